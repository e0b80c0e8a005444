import { type Client, call } from './client.js';

/**
 * Deletes a message and all that come after it, and resolves to their number.
 *
 * @param fromMessage its UUID, or the id that the client gave it.
 * @throws {@link NotFoundError} where there is no such conversation or message.
 */
export async function truncateConversation(
  client: Client,
  conversationId: string,
  fromMessage: string,
): Promise<number> {
  return call(client, 'truncate_conversation', {
    conversation_id: [conversationId ?? null, 'uuid'],
    from_message: [fromMessage ?? null, 'text'],
  });
}
