import type { Conversation } from '../schema/conversations.js';
import { type Client, call } from './client.js';
import type { Row } from './rows.js';

export interface ListConversationsOptions {
  /** From 1 to 1000, by default 20. */
  pageSize?: number | undefined;
  /** `next_cursor` of the page before. */
  cursor?: string | null | undefined;
  /** By default the caller. */
  userId?: string | undefined;
}

/** A conversation in a list. Timestamps are ISO 8601 with six digits and `Z`. */
export type ListedConversation = Row<Conversation> & {
  /** The last message: its role, the first 200 characters of its text, and its time. */
  preview: { role: 'user' | 'assistant' | 'system'; content: string; created_at: string } | null;
};

export interface ConversationList {
  conversations: ListedConversation[];
  /** For the next page; null on the last one. */
  next_cursor: string | null;
}

/**
 * A user's conversations, the latest first, in pages.
 *
 * @throws {@link InvalidInputError} for a `pageSize` out of range, and a `cursor` that is none of this list.
 */
export async function listConversations(
  client: Client,
  { pageSize, cursor, userId }: ListConversationsOptions = {},
): Promise<ConversationList> {
  return call(client, 'list_conversations', {
    page_size: [pageSize, 'integer'],
    cursor: [cursor ?? undefined, 'text'],
    user_id: [userId, 'uuid'],
  });
}
