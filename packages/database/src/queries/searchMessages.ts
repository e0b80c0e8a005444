import { type Client, call } from './client.js';

/** The options of {@link searchMessages}. */
export interface SearchMessagesOptions {
  /** The UUID of a conversation, to search only in this one. */
  conversationId?: string | undefined;
  /** How many messages to return at most: 1 to 100, by default 20. */
  pageSize?: number | undefined;
  /** `next_cursor` of the previous page. */
  cursor?: string | null | undefined;
  /** The user whose messages to search, by default the caller. */
  userId?: string | undefined;
  /** What the metadata of a conversation must contain, such as `{ project: 'p1' }` or `{ tags: ['a'] }`. */
  filter?: Record<string, unknown> | undefined;
  /** What to search: what is said (`text`, the default), or also reasoning and the inputs and outputs of tools. */
  in?: 'text' | 'all' | undefined;
}

/** A piece of a text in which words were found. */
export interface SearchSnippet {
  /** Where the text is from. */
  in: 'text' | 'reasoning' | 'tool';
  text: string;
  /** Where words stand in `text`, in order: `text.slice(start, end)`. They do not overlap. */
  hits: { start: number; end: number }[];
  /** Whether the text goes on before the piece. */
  cut_before: boolean;
  /** Whether the text goes on after the piece. */
  cut_after: boolean;
}

/** A message that was found. */
export interface FoundMessage {
  id: string;
  conversation_id: string;
  /** The title of the conversation. */
  title: string;
  role: 'user' | 'assistant' | 'system';
  place: {
    /** ISO 8601 with six digits and `Z`. */
    created_at: string;
    /**
     * The `beforeMessage` with which `getConversation` returns a page that ends with this message; null for the last
     * message of the conversation.
     */
    before_message: string | null;
  };
  snippet: SearchSnippet;
}

/** A page of messages that were found. */
export interface FoundMessages {
  messages: FoundMessage[];
  /** The `cursor` for the next page; null at the end. A page can be short or empty although more follow. */
  next_cursor: string | null;
}

/**
 * Finds a user's messages that have all the words, the newest first, such as `red "big car" -bike or train`. Case and
 * accents do not matter.
 *
 * ```ts
 * const { messages, next_cursor } = await searchMessages(db, 'train -bus', { userId, in: 'all' });
 * const marked = messages.map(({ snippet: { text, hits } }) => hits.map(({ start, end }) => text.slice(start, end)));
 * ```
 *
 * A call ends after about 0.2 seconds. Go on with `next_cursor` until it is null, also after an empty page.
 *
 * @throws {@link InvalidInputError} if `pageSize` is out of range, if `cursor` does not come from this search, or if
 * there are more than 64 words.
 */
export async function searchMessages(
  client: Client,
  query: string,
  { conversationId, pageSize, cursor, userId, filter, in: searchIn }: SearchMessagesOptions = {},
): Promise<FoundMessages> {
  return call(client, 'search_messages', {
    query: [query, 'text'],
    conversation_id: [conversationId, 'uuid'],
    page_size: [pageSize, 'integer'],
    cursor: [cursor ?? undefined, 'text'],
    user_id: [userId, 'uuid'],
    filter: [filter, 'jsonb'],
    in: [searchIn, 'text'],
  });
}
