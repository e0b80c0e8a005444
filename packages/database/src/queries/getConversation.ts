import { NeedsExtensionError } from '../errors.js';
import type { Conversation } from '../schema/conversations.js';
import type { Message } from '../schema/messages.js';
import { type Client, call } from './client.js';
import type { InFormat } from './inFormat.js';
import type { AnthropicConversation, OpenAICompatibleMessage, OpenAIMessage } from './modelMessages.js';
import type { ConversationRows, SerializedConversation } from './rows.js';
import type { UIMessage } from './uiMessage.js';

/** The type of a conversation in each format. */
export interface ConversationFormats {
  rows: ConversationRows;
  drizzle: SerializedConversation;
  'ai-sdk': UIMessage[];
  openai: OpenAIMessage[];
  'openai-compatible': OpenAICompatibleMessage[];
  anthropic: AnthropicConversation;
}

/** The name of a format of {@link getConversation}. */
export type ConversationFormat = keyof ConversationFormats;

/** The options of {@link getConversation}. */
export interface GetConversationOptions {
  /** The format of the result, by default `rows`. */
  format?: ConversationFormat | undefined;
  /** How many messages to return at most, the newest ones. `has_more` then tells whether older ones exist. */
  messageLimit?: number | undefined;
  /** Return only messages before this one: its UUID, or the id that the client gave it. */
  beforeMessage?: string | undefined;
}

type Paged<TResult, TOptions> = TOptions extends { messageLimit: number }
  ? TResult extends unknown[]
    ? TResult
    : TResult & { has_more: boolean }
  : TResult;

/** The result of {@link getConversation} with these options. */
export type ConversationWith<TOptions> = Paged<InFormat<TOptions, ConversationFormats>, TOptions>;

/**
 * Returns one conversation with its messages in order, in the given format. Returns null if the conversation does not
 * exist or the caller may not see it.
 *
 * ```ts
 * const messages = await getConversation(db, id, { format: 'ai-sdk' });
 * ```
 *
 * @throws {@link InvalidInputError} if `messageLimit` is below 1, or if `beforeMessage` is not in the conversation.
 * {@link NeedsExtensionError} if the database has the SQL edition, which is without the formats of providers:
 * {@link getModelMessages} works on both editions.
 */
export async function getConversation<const TOptions extends GetConversationOptions = Record<never, never>>(
  client: Client,
  conversationId: string,
  options?: TOptions,
): Promise<ConversationWith<TOptions> | null> {
  const value = await callGetConversation(client, conversationId, options);
  // An application can configure its driver not to parse JSON.
  return typeof value === 'string' ? JSON.parse(value) : value;
}

/**
 * Returns the value of {@link getConversation} as JSON text, for a server that passes it on unparsed. supabase-js
 * parses every answer; with it, the text is `JSON.stringify` of the value.
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
      conversation_id: [conversationId ?? null, 'text'],
      format: [format, 'text'],
      message_limit: [messageLimit, 'integer'],
      before_message: [beforeMessage, 'text'],
    },
    cast,
  ).catch((error: unknown) => {
    throw error instanceof NeedsExtensionError ? withTheWayOut(error) : error;
  });

const withTheWayOut = ({ code, message, detail, hint, cause }: NeedsExtensionError) =>
  new NeedsExtensionError({ code, message: `${message}; getModelMessages() works without it`, detail, hint }, cause);

// A time outside the range of JavaScript's dates is null in JSON. Drizzle returns an invalid date for it.
const date = (time: string | null) => new Date(time ?? Number.NaN);

/**
 * Returns the result of Drizzle's `findFirst` with `with: { messages }`, including dates, many times as fast. Returns
 * undefined if the conversation does not exist.
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
