import type { NewMessage } from '../schema/messages.js';
import { type Client, call } from './client.js';
import type { Row } from './rows.js';
import type { UIMessagePart } from './uiMessage.js';

/** A part of any type, including types that this package does not know. */
export type UIMessagePartInput = UIMessagePart | { type: string; [key: string]: unknown };

/** A message of the AI SDK, version 4 to 6. */
export interface UIMessageInput {
  id?: string | undefined;
  role: 'system' | 'user' | 'assistant';
  metadata?: unknown;
  parts?: readonly UIMessagePartInput[] | undefined;
  // The other fields are those of version 4.
  content?: unknown;
  reasoning?: unknown;
  toolInvocations?: unknown;
  experimental_attachments?: unknown;
  createdAt?: unknown;
}

/** A message of a chat-completions request. */
export interface OpenAIMessageInput {
  id?: string | undefined;
  role: 'system' | 'developer' | 'user' | 'assistant' | 'tool';
  content?: unknown;
  tool_call_id?: string | undefined;
  tool_calls?: readonly unknown[] | null | undefined;
  name?: unknown;
  refusal?: unknown;
  reasoning_content?: unknown;
  annotations?: unknown;
  audio?: unknown;
}

// Without content, the database takes the text of the parts. An id need not be a UUID.
type Given<TRow extends { content: string }> = Omit<Partial<TRow>, 'role'> & {
  role: 'user' | 'assistant' | 'system';
  /** The columns that you have added. */
  [column: string]: unknown;
};

/** The type of a message in each format. */
export interface MessageInputs {
  'ai-sdk': UIMessageInput;
  openai: OpenAIMessageInput;
  rows: Given<Row<NewMessage>>;
  drizzle: Given<Omit<NewMessage, 'createdAt'> & { createdAt?: Date | string | undefined }>;
}

/** The name of a format that {@link appendMessages} accepts. */
export type MessageFormat = keyof MessageInputs;

/** The options of {@link appendMessages}. */
export interface AppendMessagesOptions<TFormat extends MessageFormat = 'ai-sdk'> {
  /** The format of the messages, by default `ai-sdk`. */
  format?: TFormat | undefined;
  /** Whether calls of tools must be valid by the JSON Schemas in `agent_tools`. By default they are not checked. */
  checkTools?: boolean | undefined;
}

/** A message that {@link appendMessages} has written. */
export interface AppendedMessage {
  /** The UUID of the row. */
  id: string;
  /** The id in the input; null if the message had none. */
  given_id: string | null;
  /** The time of writing, in ISO 8601 with six digits and `Z`. */
  created_at: string;
}

/**
 * Writes messages to a conversation, in order. Either all messages are written or none. A message whose id is already
 * stored is updated and keeps its place. You can therefore save a stream while it grows, and repeat a call.
 *
 * ```ts
 * await appendMessages(db, id, messages);
 * await appendMessages(db, id, { role: 'user', content: 'Hello' }, { format: 'openai' });
 * ```
 *
 * @throws {@link NotFoundError} if the conversation does not exist, {@link InvalidInputError} with the path of the
 * wrong value, {@link InvalidToolCallError} if `checkTools` finds a wrong call, {@link ConflictError} if an id belongs to a message of another conversation.
 */
export async function appendMessages<TFormat extends MessageFormat = 'ai-sdk'>(
  client: Client,
  conversationId: string,
  messages: MessageInputs[TFormat] | readonly MessageInputs[TFormat][],
  { format, checkTools }: AppendMessagesOptions<TFormat> = {},
): Promise<AppendedMessage[]> {
  return call(client, 'append_messages', {
    conversation_id: [conversationId ?? null, 'text'],
    messages: [withDates(messages) ?? null, 'jsonb'],
    format: [format, 'text'],
    check_tools: [checkTools, 'boolean'],
  });
}

/** Throws for an invalid date. JSON would turn it into null, and the database would then store the current time. */
export function withDates<TMessages>(messages: TMessages): TMessages {
  for (const message of [messages].flat() as { createdAt?: unknown }[]) {
    if (message?.createdAt instanceof Date) message.createdAt.toISOString();
  }
  return messages;
}
