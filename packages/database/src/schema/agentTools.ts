import { boolean, jsonb, pgTable, text } from 'drizzle-orm/pg-core';
import { id, time } from './columns.js';
import { defaultSchema, isSignedIn, jsonCheck, policies, secured } from './rules.js';

export const agentToolsColumns = () => ({
  id: id(),
  /** As the model calls it. */
  name: text('name').notNull().unique(),
  /** What the model is told about it. */
  description: text('description').notNull(),
  /** JSON Schema of its input. */
  schema: jsonb('schema').$type<Record<string, any>>().notNull(),
  /** Whether it came with the product. */
  isSystem: boolean('is_system').default(false).notNull(),
  metadata: jsonb('metadata').$type<Record<string, any>>(),
  createdAt: time('created_at'),
  updatedAt: time('updated_at'),
});

export const agentToolsRules =
  (schema: string = defaultSchema) =>
  () => [
    jsonCheck('agent_tools_schema_check', 'schema', 'object'),
    jsonCheck('agent_tools_metadata_check', 'metadata', 'object'),
    ...policies('agent_tools', isSignedIn(schema), ['select']),
  ];

export const agentTools = secured(pgTable('agent_tools', agentToolsColumns(), agentToolsRules()));

export type AgentTool = typeof agentTools.$inferSelect;
export type NewAgentTool = typeof agentTools.$inferInsert;
