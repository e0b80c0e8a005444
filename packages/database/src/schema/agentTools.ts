import { pgTable } from 'drizzle-orm/pg-core';
import { boolean, id, jsonb, text, time } from './columns.js';
import { defaultSchema, isSignedIn, jsonCheck, type PublicTable, policies, secured } from './rules.js';

/** Makes the columns of {@link agentTools}. */
export const agentToolsColumns = () => ({
  id: id(),
  /** The name by which the model calls it. */
  name: text('name').notNull().unique(),
  /** Tells the model what the tool does. */
  description: text('description').notNull(),
  /** The JSON Schema of its input. */
  schema: jsonb('schema').$type<Record<string, any>>().notNull(),
  /** Whether it comes with the product. */
  isSystem: boolean('is_system').default(false).notNull(),
  metadata: jsonb('metadata').$type<Record<string, any>>(),
  createdAt: time('created_at'),
  updatedAt: time('updated_at'),
});

/** Makes the checks and policies of {@link agentTools}. `schema` is the schema of the extension. */
export const agentToolsRules =
  (schema: string = defaultSchema) =>
  () => [
    jsonCheck('agent_tools_schema_check', 'schema', 'object'),
    jsonCheck('agent_tools_metadata_check', 'metadata', 'object'),
    ...policies('agent_tools', isSignedIn(schema), ['select']),
  ];

/** The table `agent_tools`: the tools that agents can call. */
export const agentTools: PublicTable<'agent_tools', typeof agentToolsColumns> = secured(
  pgTable('agent_tools', agentToolsColumns(), agentToolsRules()),
);

/** A row of {@link agentTools}. */
export type AgentTool = typeof agentTools.$inferSelect;
/** A row of {@link agentTools} to insert. */
export type NewAgentTool = typeof agentTools.$inferInsert;
