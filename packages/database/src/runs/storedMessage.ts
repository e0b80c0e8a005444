import { getConversation } from '../queries/getConversation.js';
import type { UIMessage } from '../queries/uiMessage.js';
import { type RunClient, using } from './runClient.js';

/** Finds the answer of a run among the last messages of its conversation. */
export async function storedMessage(
  client: RunClient,
  conversationId: string,
  id: string,
  messageLimit = 20,
): Promise<UIMessage | undefined> {
  const last = await using(client, (of) => getConversation(of, conversationId, { format: 'ai-sdk', messageLimit }));
  return last?.find((message) => message.id === id);
}
