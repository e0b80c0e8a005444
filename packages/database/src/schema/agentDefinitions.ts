import { sql } from 'drizzle-orm';
import { index, pgTable } from 'drizzle-orm/pg-core';
import { boolean, id, jsonb, text, time, uuid } from './columns.js';
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

/** Makes the columns of {@link agentDefinitions}. `of` names the tables that they refer to. */
export const agentDefinitionsColumns = (of: { users: Referenced } = { users }) => ({
  id: id(),
  /** The author. */
  userId: uuid('user_id')
    .references(() => of.users.id)
    .notNull(),
  name: text('name').notNull(),
  description: text('description').notNull(),
  systemPrompt: text('system_prompt').notNull(),
  /** Whether other users may see and use it. */
  isPublic: boolean('is_public').default(false).notNull(),
  /** The tools that it may use, by id or by name. */
  tools: jsonb('tools').$type<string[]>(),
  capabilities: jsonb('capabilities').$type<Record<string, any>>(),
  metadata: jsonb('metadata').$type<Record<string, any>>(),
  createdAt: time('created_at'),
  updatedAt: time('updated_at'),
});

// Callers see their own definitions and public ones. Without a caller, the result is NULL and shows nothing.
const isVisible = (schema: string) => sql`(${isOwn(schema)}) OPERATOR(pg_catalog.=) ANY (ARRAY[true, NOT is_public])`;

/** Makes the checks, indexes and policies of {@link agentDefinitions}. `schema` is the schema of the extension. */
export const agentDefinitionsRules =
  (schema: string = defaultSchema) =>
  (t: Columns<'userId' | 'isPublic' | 'createdAt' | 'id'>) => [
    jsonCheck('agent_definitions_tools_check', 'tools', 'array'),
    jsonCheck('agent_definitions_capabilities_check', 'capabilities', 'object'),
    jsonCheck('agent_definitions_metadata_check', 'metadata', 'object'),
    index('agent_definitions_user_id_created_at_id_idx').on(t.userId, t.createdAt, t.id),
    index('agent_definitions_public_created_at_id_idx').on(t.createdAt, t.id).where(sql.raw('is_public')),
    ...policies('agent_definitions', isVisible(schema), ['select']),
    ...policies('agent_definitions', isOwn(schema), ['insert', 'update', 'delete']),
  ];

/** The table `agent_definitions`: agents as their authors describe them. */
export const agentDefinitions: PublicTable<'agent_definitions', typeof agentDefinitionsColumns> = secured(
  pgTable('agent_definitions', agentDefinitionsColumns(), agentDefinitionsRules()),
);

/** A row of {@link agentDefinitions}. */
export type AgentDefinition = typeof agentDefinitions.$inferSelect;
/** A row of {@link agentDefinitions} to insert. */
export type NewAgentDefinition = typeof agentDefinitions.$inferInsert;
