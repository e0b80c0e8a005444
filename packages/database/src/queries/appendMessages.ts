import type { NewMessage } from '../schema/messages.js';
import { type Client, call } from './client.js';
import type { Row } from './rows.js';
import type { UIMessagePart } from './uiMessage.js';

/** A part of any type, also of those that are not known here. */
export type UIMessagePartInput = UIMessagePart | { type: string; [key: string]: unknown };

/** A message of the AI SDK, of version 4 to 6. */
export interface UIMessageInput {
  id?: string | undefined;
  role: 'system' | 'user' | 'assistant';
  metadata?: unknown;
  parts?: readonly UIMessagePartInput[] | undefined;
  // Of version 4.
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

// The text comes from the parts where there is none, and an id need not be a UUID.
type Given<TRow extends { content: string }> = Omit<Partial<TRow>, 'role'> & {
  role: 'user' | 'assistant' | 'system';
  /** Columns that you have added. */
  [column: string]: unknown;
};

/** What messages are in each format. */
export interface MessageInputs {
  'ai-sdk': UIMessageInput;
  openai: OpenAIMessageInput;
  rows: Given<Row<NewMessage>>;
  drizzle: Given<Omit<NewMessage, 'createdAt'> & { createdAt?: Date | string | undefined }>;
}

export type MessageFormat = keyof MessageInputs;

export interface AppendedMessage {
  /** The UUID of its row. */
  id: string;
  /** The id that it came with. */
  given_id: string | null;
  /** ISO 8601 with six digits and `Z`. */
  created_at: string;
}

/**
 * Writes messages to a conversation, in their order, all or none of them. A message whose id is there already is
 * updated and keeps its place: so a stream can be saved as it grows, and a call can be sent again.
 *
 * ```ts
 * await appendMessages(db, id, messages);
 * await appendMessages(db, id, { role: 'user', content: 'Hello' }, { format: 'openai' });
 * ```
 *
 * @throws {@link NotFoundError} where there is no such conversation, {@link InvalidInputError} with the path of what is
 * wrong, {@link ConflictError} where an id is that of another conversation's message.
 */
export async function appendMessages<TFormat extends MessageFormat = 'ai-sdk'>(
  client: Client,
  conversationId: string,
  messages: MessageInputs[TFormat] | readonly MessageInputs[TFormat][],
  { format }: { format?: TFormat | undefined } = {},
): Promise<AppendedMessage[]> {
  return call(client, 'append_messages', {
    conversation_id: [conversationId ?? null, 'uuid'],
    messages: [withDates(messages) ?? null, 'jsonb'],
    format: [format, 'text'],
  });
}

/** Refuses what is no date, which JSON would make null, and the database now. */
export function withDates<TMessages>(messages: TMessages): TMessages {
  for (const message of [messages].flat() as { createdAt?: unknown }[]) {
    if (message?.createdAt instanceof Date) message.createdAt.toISOString();
  }
  return messages;
}
