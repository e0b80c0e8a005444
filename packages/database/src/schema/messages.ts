import { sql } from 'drizzle-orm';
import { index, jsonb, pgTable, text, uuid } from 'drizzle-orm/pg-core';
import { id, time } from './columns.js';
import { conversations } from './conversations.js';
import { type Columns, jsonCheck, policies, type Referenced, secured, valueCheck } from './rules.js';

const roles = ['user', 'assistant', 'system'] as const;

export const messagesColumns = (of: { conversations: Referenced } = { conversations }) => ({
  id: id(),
  conversationId: uuid('conversation_id')
    .references(() => of.conversations.id, { onDelete: 'cascade' })
    .notNull(),
  role: text('role', { enum: roles }).notNull(),
  content: text('content').notNull(),
  /** The parts of an AI SDK UIMessage. */
  parts: jsonb('parts').$type<any[]>(),
  attachments: jsonb('attachments').$type<any[]>(),
  reasoning: text('reasoning'),
  /** With id the order of the conversation; the database moves ties apart. */
  createdAt: time('created_at'),
});

export const messagesRules = () => (t: Columns<'conversationId' | 'createdAt' | 'id'>) => [
  valueCheck('messages_role_check', 'role', roles),
  jsonCheck('messages_parts_check', 'parts', 'array'),
  jsonCheck('messages_attachments_check', 'attachments', 'array'),
  index('messages_conversation_id_created_at_id_idx').on(t.conversationId, t.createdAt, t.id),
  ...policies('messages', sql.raw('agentchat.owns_conversation(conversation_id)')),
];

export const messages = secured(pgTable('messages', messagesColumns(), messagesRules()));

export type Message = typeof messages.$inferSelect;
export type NewMessage = typeof messages.$inferInsert;
