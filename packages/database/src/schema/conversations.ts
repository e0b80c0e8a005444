import { index, pgTable } from 'drizzle-orm/pg-core';
import { id, jsonb, text, time, uuid } from './columns.js';
import {
  type Columns,
  defaultSchema,
  isOwn,
  jsonCheck,
  type PublicTable,
  policies,
  type Referenced,
  secured,
} from './rules.js';
import { users } from './users.js';

/** Makes the columns of {@link conversations}. `of` names the tables that they refer to. */
export const conversationsColumns = (of: { users: Referenced } = { users }) => ({
  id: id(),
  userId: uuid('user_id')
    .references(() => of.users.id)
    .notNull(),
  title: text('title').notNull(),
  systemPrompt: text('system_prompt'),
  metadata: jsonb('metadata').$type<Record<string, any>>(),
  createdAt: time('created_at'),
  /** Also set when messages of the conversation change. */
  updatedAt: time('updated_at'),
});

/** Makes the checks, indexes and policies of {@link conversations}. `schema` is the schema of the extension. */
export const conversationsRules =
  (schema: string = defaultSchema) =>
  (t: Columns<'userId' | 'updatedAt' | 'id'>) => [
    jsonCheck('conversations_metadata_check', 'metadata', 'object'),
    index('conversations_user_id_updated_at_id_idx').on(t.userId, t.updatedAt, t.id),
    ...policies('conversations', isOwn(schema)),
  ];

/** The table `conversations`: users' conversations with the assistant. */
export const conversations: PublicTable<'conversations', typeof conversationsColumns> = secured(
  pgTable('conversations', conversationsColumns(), conversationsRules()),
);

/** A row of {@link conversations}. */
export type Conversation = typeof conversations.$inferSelect;
/** A row of {@link conversations} to insert. */
export type NewConversation = typeof conversations.$inferInsert;
