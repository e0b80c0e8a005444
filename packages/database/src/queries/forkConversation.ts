import { type Client, call } from './client.js';

/** The options of {@link forkConversation}. */
export interface ForkConversationOptions {
  /** The last message to copy: its UUID, or the id that the client gave it. By default all messages are copied. */
  upToMessage?: string | undefined;
  /** The title of the copy, by default that of the original. */
  title?: string | undefined;
}

/**
 * Copies a conversation, up to one of its messages, and resolves to the id of the copy. The copy can then continue in
 * another way.
 *
 * @throws {@link NotFoundError} if the conversation or the message does not exist.
 */
export async function forkConversation(
  client: Client,
  conversationId: string,
  { upToMessage, title }: ForkConversationOptions = {},
): Promise<string> {
  return call(client, 'fork_conversation', {
    conversation_id: [conversationId ?? null, 'text'],
    up_to_message: [upToMessage, 'text'],
    title: [title, 'text'],
  });
}
