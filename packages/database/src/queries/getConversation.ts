import type { Conversation } from '../schema/conversations.js';
import type { Message } from '../schema/messages.js';
import { type Client, call } from './client.js';
import type { AnthropicConversation, OpenAIMessage } from './modelMessages.js';
import type { ConversationRows, SerializedConversation } from './rows.js';
import type { UIMessage } from './uiMessage.js';

/** What a conversation is in each format. */
export interface ConversationFormats {
  rows: ConversationRows;
  drizzle: SerializedConversation;
  'ai-sdk': UIMessage[];
  openai: OpenAIMessage[];
  anthropic: AnthropicConversation;
}

export type ConversationFormat = keyof ConversationFormats;

export interface GetConversationOptions {
  /** By default `rows`. */
  format?: ConversationFormat | undefined;
  /** Only the newest so many messages; `has_more` then tells whether there are older ones. */
  messageLimit?: number | undefined;
  /** Only messages before this one: its UUID, or the id that the client gave it. */
  beforeMessage?: string | undefined;
}

type Rows = ConversationFormats['rows'];

// Where the format may be left out, it may be rows.
type InFormat<TOptions> = TOptions extends { format: infer TFormat }
  ? ConversationFormats[Extract<TFormat, ConversationFormat>] | (undefined extends TFormat ? Rows : never)
  : TOptions extends { format?: infer TFormat }
    ? Rows | (unknown extends TFormat ? never : ConversationFormats[Extract<TFormat, ConversationFormat>])
    : Rows;

type Paged<TResult, TOptions> = TOptions extends { messageLimit: number }
  ? TResult extends unknown[]
    ? TResult
    : TResult & { has_more: boolean }
  : TResult;

/** The result of {@link getConversation} with these options. */
export type ConversationWith<TOptions> = Paged<InFormat<TOptions>, TOptions>;

/**
 * One conversation with its messages in order, in the shape that is asked for; null where there is none that the
 * caller may see.
 *
 * ```ts
 * const messages = await getConversation(db, id, { format: 'ai-sdk' });
 * ```
 *
 * @throws {@link InvalidInputError} for a `messageLimit` below 1, and where `beforeMessage` is no message of the
 * conversation.
 */
export async function getConversation<const TOptions extends GetConversationOptions = Record<never, never>>(
  client: Client,
  conversationId: string,
  options?: TOptions,
): Promise<ConversationWith<TOptions> | null> {
  const value = await callGetConversation(client, conversationId, options);
  // Unless the application has told its driver to leave JSON alone.
  return typeof value === 'string' ? JSON.parse(value) : value;
}

/**
 * The same as JSON text, for a server that only hands it on: nothing is parsed on the way. (supabase-js parses all that
 * it gets: with it this is `JSON.stringify` of the value.)
 *
 * ```ts
 * return new Response(await getConversationJson(db, id, { format: 'ai-sdk' }));
 * ```
 */
export async function getConversationJson(
  client: Client,
  conversationId: string,
  options?: GetConversationOptions,
): Promise<string | null> {
  const value = await callGetConversation(client, conversationId, options, 'text');
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : value;
}

const callGetConversation = (
  client: Client,
  conversationId: string,
  { format, messageLimit, beforeMessage }: GetConversationOptions = {},
  cast?: 'text',
) =>
  call(
    client,
    'get_conversation_json',
    {
      conversation_id: [conversationId ?? null, 'uuid'],
      format: [format, 'text'],
      message_limit: [messageLimit, 'integer'],
      before_message: [beforeMessage, 'text'],
    },
    cast,
  );

// A time that JavaScript has no date for is null in JSON, and an invalid date with Drizzle.
const date = (time: string | null) => new Date(time ?? Number.NaN);

/**
 * What Drizzle's `findFirst` with `with: { messages }` gives, dates included, and undefined where there is no such
 * conversation: many times as fast.
 */
export async function getConversationMessages(
  client: Client,
  conversationId: string,
): Promise<(Conversation & { messages: Message[] }) | undefined> {
  const conversation = await getConversation(client, conversationId, { format: 'drizzle' });
  if (!conversation) return undefined;
  return {
    ...conversation,
    createdAt: date(conversation.createdAt),
    updatedAt: date(conversation.updatedAt),
    messages: conversation.messages.map((message) => ({ ...message, createdAt: date(message.createdAt) })),
  };
}
