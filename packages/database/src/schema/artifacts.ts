import { index, pgTable } from 'drizzle-orm/pg-core';
import { id, jsonb, text, time, uuid } from './columns.js';
import { messages } from './messages.js';
import {
  type Columns,
  defaultSchema,
  isOwn,
  jsonCheck,
  type PublicTable,
  policies,
  type Referenced,
  secured,
  valueCheck,
} from './rules.js';
import { users } from './users.js';

const types = ['code', 'text', 'sheet', 'image'] as const;

/** Makes the columns of {@link artifacts}. `of` names the tables that they refer to. */
export const artifactsColumns = (of: { users: Referenced; messages: Referenced } = { users, messages }) => ({
  id: id(),
  userId: uuid('user_id')
    .references(() => of.users.id)
    .notNull(),
  /** The message that it came from; null if that message was deleted. */
  messageId: uuid('message_id').references(() => of.messages.id, { onDelete: 'set null' }),
  type: text('type', { enum: types }).notNull(),
  title: text('title').notNull(),
  content: text('content'),
  metadata: jsonb('metadata').$type<Record<string, any>>(),
  createdAt: time('created_at'),
  updatedAt: time('updated_at'),
});

/** Makes the checks, indexes and policies of {@link artifacts}. `schema` is the schema of the extension. */
export const artifactsRules =
  (schema: string = defaultSchema) =>
  (t: Columns<'userId' | 'messageId' | 'createdAt' | 'id'>) => [
    valueCheck('artifacts_type_check', 'type', types),
    jsonCheck('artifacts_metadata_check', 'metadata', 'object'),
    index('artifacts_user_id_created_at_id_idx').on(t.userId, t.createdAt, t.id),
    index('artifacts_message_id_idx').on(t.messageId),
    ...policies('artifacts', isOwn(schema)),
  ];

/** The table `artifacts`: documents from conversations: code, texts, sheets and images. */
export const artifacts: PublicTable<'artifacts', typeof artifactsColumns> = secured(
  pgTable('artifacts', artifactsColumns(), artifactsRules()),
);

/** A row of {@link artifacts}. */
export type Artifact = typeof artifacts.$inferSelect;
/** A row of {@link artifacts} to insert. */
export type NewArtifact = typeof artifacts.$inferInsert;
