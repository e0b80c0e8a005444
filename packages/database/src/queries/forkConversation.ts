import { type Client, call } from './client.js';

export interface ForkConversationOptions {
  /** The last message to copy: its UUID, or the id that the client gave it. By default all are copied. */
  upToMessage?: string | undefined;
  /** By default the original's. */
  title?: string | undefined;
}

/**
 * Copies a conversation, to go on from one of its messages in another way, and resolves to the copy's id.
 *
 * @throws {@link NotFoundError} where there is no such conversation or message.
 */
export async function forkConversation(
  client: Client,
  conversationId: string,
  { upToMessage, title }: ForkConversationOptions = {},
): Promise<string> {
  return call(client, 'fork_conversation', {
    conversation_id: [conversationId ?? null, 'uuid'],
    up_to_message: [upToMessage, 'text'],
    title: [title, 'text'],
  });
}
