import { sql } from 'drizzle-orm';
import { index, pgTable } from 'drizzle-orm/pg-core';
import { id, jsonb, text, time, uuid } from './columns.js';
import { conversations } from './conversations.js';
import { type Columns, jsonCheck, type PublicTable, policies, type Referenced, secured, valueCheck } from './rules.js';

const roles = ['user', 'assistant', 'system'] as const;

/** Makes the columns of {@link messages}. `of` names the tables that they refer to. */
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
  /** Orders the messages of a conversation, together with id. The database moves equal times apart. */
  createdAt: time('created_at'),
});

/** Makes the checks, indexes and policies of {@link messages}. */
export const messagesRules = () => (t: Columns<'conversationId' | 'createdAt' | 'id'>) => [
  valueCheck('messages_role_check', 'role', roles),
  jsonCheck('messages_parts_check', 'parts', 'array'),
  jsonCheck('messages_attachments_check', 'attachments', 'array'),
  index('messages_conversation_id_created_at_id_idx').on(t.conversationId, t.createdAt, t.id),
  ...policies('messages', sql.raw('agentchat.owns_conversation(conversation_id)')),
];

/** The table `messages`: the messages of conversations. */
export const messages: PublicTable<'messages', typeof messagesColumns> = secured(
  pgTable('messages', messagesColumns(), messagesRules()),
);

/** A row of {@link messages}. */
export type Message = typeof messages.$inferSelect;
/** A row of {@link messages} to insert. */
export type NewMessage = typeof messages.$inferInsert;
