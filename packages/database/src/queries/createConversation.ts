import { type AppendedMessage, type MessageFormat, type MessageInputs, withDates } from './appendMessages.js';
import { type Client, call } from './client.js';

/** The options of {@link createConversation}. */
export interface CreateConversationOptions<TFormat extends MessageFormat> {
  /** The title in lists. */
  title: string;
  /** The first messages, in the form that {@link appendMessages} accepts. */
  messages?: MessageInputs[TFormat] | readonly MessageInputs[TFormat][] | undefined;
  /** The format of the messages, by default `ai-sdk`. */
  format?: TFormat | undefined;
  /** Instructions for the model, before the first message. */
  systemPrompt?: string | undefined;
  /** Any values that the application wants to keep with the conversation. */
  metadata?: Record<string, unknown> | undefined;
  /** The user to whom the conversation belongs, by default the caller. */
  userId?: string | undefined;
  /**
   * The id of the conversation: a UUID, or the id that the client chose, such as the id of a chat of `useChat`. The
   * call is then idempotent: if the user already has that conversation, the messages are appended to it.
   */
  id?: string | undefined;
}

/** A conversation with the messages that were written. */
export interface CreatedConversation {
  /** The UUID of the row, also if the client chose another id. */
  id: string;
  user_id: string;
  title: string;
  /** ISO 8601 with six digits and `Z`. */
  created_at: string;
  /** ISO 8601 with six digits and `Z`. */
  updated_at: string;
  messages: AppendedMessage[];
}

/**
 * Creates a conversation with its first messages. If one of them is refused, nothing is created.
 *
 * ```ts
 * await createConversation(db, { id: chatId, title, messages, userId });
 * ```
 *
 * @throws {@link ConflictError} if the user does not exist or the id belongs to another user's conversation, and the errors of {@link appendMessages}.
 */
export async function createConversation<TFormat extends MessageFormat = 'ai-sdk'>(
  client: Client,
  { title, messages, format, systemPrompt, metadata, userId, id }: CreateConversationOptions<TFormat>,
): Promise<CreatedConversation> {
  return call(client, 'create_conversation', {
    title: [title ?? null, 'text'],
    messages: [withDates(messages), 'jsonb'],
    system_prompt: [systemPrompt, 'text'],
    metadata: [metadata, 'jsonb'],
    user_id: [userId, 'uuid'],
    format: [format, 'text'],
    id: [id, 'text'],
  });
}
