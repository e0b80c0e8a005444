import { type Client, call } from './client.js';

/**
 * Deletes a message and all messages after it, and resolves to the number of deleted messages.
 *
 * @param fromMessage the UUID of the message, or the id that the client gave it.
 * @throws {@link NotFoundError} if the conversation or the message does not exist.
 */
export async function truncateConversation(
  client: Client,
  conversationId: string,
  fromMessage: string,
): Promise<number> {
  return call(client, 'truncate_conversation', {
    conversation_id: [conversationId ?? null, 'text'],
    from_message: [fromMessage ?? null, 'text'],
  });
}
