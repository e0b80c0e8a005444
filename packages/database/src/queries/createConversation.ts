import { type AppendedMessage, type MessageFormat, type MessageInputs, withDates } from './appendMessages.js';
import { type Client, call } from './client.js';

export interface CreateConversationOptions<TFormat extends MessageFormat> {
  title: string;
  /** The first messages, as {@link appendMessages} takes them. */
  messages?: MessageInputs[TFormat] | readonly MessageInputs[TFormat][] | undefined;
  format?: TFormat | undefined;
  /** Instructions that stand before the first message. */
  systemPrompt?: string | undefined;
  metadata?: Record<string, unknown> | undefined;
  /** By default the caller. */
  userId?: string | undefined;
}

export interface CreatedConversation {
  id: string;
  user_id: string;
  title: string;
  /** ISO 8601 with six digits and `Z`. */
  created_at: string;
  updated_at: string;
  messages: AppendedMessage[];
}

/**
 * Creates a conversation with its first messages, all or nothing.
 *
 * @throws {@link ConflictError} where there is no such user, and what {@link appendMessages} throws.
 */
export async function createConversation<TFormat extends MessageFormat = 'ai-sdk'>(
  client: Client,
  { title, messages, format, systemPrompt, metadata, userId }: CreateConversationOptions<TFormat>,
): Promise<CreatedConversation> {
  return call(client, 'create_conversation', {
    title: [title ?? null, 'text'],
    messages: [withDates(messages), 'jsonb'],
    system_prompt: [systemPrompt, 'text'],
    metadata: [metadata, 'jsonb'],
    user_id: [userId, 'uuid'],
    format: [format, 'text'],
  });
}
