import type { convertToModelMessages, ModelMessage } from 'ai';
import { aiSdk } from '../aiSdk.js';
import type { Client } from './client.js';
import { type GetConversationOptions, getConversation } from './getConversation.js';

/** The options of {@link getModelMessages}: which messages, and those of the AI SDK's `convertToModelMessages`. */
export type GetModelMessagesOptions = Omit<GetConversationOptions, 'format'> &
  NonNullable<Parameters<typeof convertToModelMessages>[1]>;

/**
 * Returns the messages of a conversation as the AI SDK sends them to any model: the format `ai-sdk`, converted by
 * `convertToModelMessages` of the package `ai`. It works on both editions. They are not the JSON of a provider's own
 * API, and they are without the system prompt. Returns null if the conversation does not exist or the caller may not
 * see it.
 *
 * ```ts
 * const messages = await getModelMessages(db, id, { messageLimit: 50 });
 * const result = streamText({ model, messages: messages ?? [] });
 * ```
 *
 * @throws {@link InvalidInputError} if `messageLimit` is below 1, or if `beforeMessage` is not in the conversation.
 */
export async function getModelMessages(
  client: Client,
  conversationId: string,
  { messageLimit, beforeMessage, ...conversion }: GetModelMessagesOptions = {},
): Promise<ModelMessage[] | null> {
  const { convertToModelMessages } = await aiSdk();
  const messages = await getConversation(client, conversationId, { format: 'ai-sdk', messageLimit, beforeMessage });
  return messages && convertToModelMessages(messages, conversion);
}
