import { relations } from 'drizzle-orm';
import { conversations } from './conversations';
import { messages } from './messages';

// Not in the document, but its query needs them.
export const conversationsRelations = relations(conversations, ({ many }) => ({ messages: many(messages) }));

export const messagesRelations = relations(messages, ({ one }) => ({
  conversation: one(conversations, { fields: [messages.conversationId], references: [conversations.id] }),
}));
