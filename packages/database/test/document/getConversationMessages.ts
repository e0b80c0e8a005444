// Example query
import { db } from '@/packages/database';
import { conversations, messages, eq } from '@/packages/database/schema';

export async function getConversationMessages(conversationId: string) {
  return db.query.conversations.findFirst({
    where: eq(conversations.id, conversationId),
    with: {
      messages: {
        orderBy: (messages, { asc }) => [asc(messages.createdAt)]
      }
    }
  });
}
