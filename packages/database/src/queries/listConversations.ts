import type { Conversation } from '../schema/conversations.js';
import { type Client, call } from './client.js';
import type { Row } from './rows.js';

/** The options of {@link listConversations}. */
export interface ListConversationsOptions {
  /** How many conversations to return at most: 1 to 1000, by default 20. */
  pageSize?: number | undefined;
  /** `next_cursor` of the previous page. */
  cursor?: string | null | undefined;
  /** The user whose conversations to list, by default the caller. */
  userId?: string | undefined;
  /** What the metadata of a conversation must contain, such as `{ project: 'p1' }` or `{ tags: ['a'] }`. */
  filter?: Record<string, unknown> | undefined;
  /** Words that the title must have, such as `red "big car" -bike or train`. Case and accents do not matter. */
  words?: string | undefined;
}

/** A conversation in a list. Timestamps are ISO 8601 with six digits and `Z`. */
export type ListedConversation = Row<Conversation> & {
  /** The last message: its role, the first 200 characters of its text, and its time. */
  preview: { role: 'user' | 'assistant' | 'system'; content: string; created_at: string } | null;
};

/** A page of a list of conversations. */
export interface ConversationList {
  conversations: ListedConversation[];
  /** The `cursor` for the next page; null on the last page. */
  next_cursor: string | null;
}

/**
 * Lists a user's conversations in pages, the latest first.
 *
 * @throws {@link InvalidInputError} if `pageSize` is out of range, or if `cursor` does not come from this list, or
 * if `words` are more than 64.
 */
export async function listConversations(
  client: Client,
  { pageSize, cursor, userId, filter, words }: ListConversationsOptions = {},
): Promise<ConversationList> {
  return call(client, 'list_conversations', {
    page_size: [pageSize, 'integer'],
    cursor: [cursor ?? undefined, 'text'],
    user_id: [userId, 'uuid'],
    filter: [filter, 'jsonb'],
    words: [words, 'text'],
  });
}
