import { pgTable, text, timestamp, uuid, jsonb } from 'drizzle-orm/pg-core';
import { conversations } from './conversations';

export const messages = pgTable('messages', {
  id: uuid('id').primaryKey().defaultRandom(),
  conversationId: uuid('conversation_id')
    .references(() => conversations.id)
    .notNull(),
  role: text('role').notNull(), // 'user', 'assistant', 'system'
  content: text('content').notNull(),
  parts: jsonb('parts').$type<any[]>(),
  attachments: jsonb('attachments').$type<any[]>(),
  reasoning: text('reasoning'),
  createdAt: timestamp('created_at').defaultNow().notNull()
});

export type Message = typeof messages.$inferSelect;
export type NewMessage = typeof messages.$inferInsert;
