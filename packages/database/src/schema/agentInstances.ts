import { index, pgTable } from 'drizzle-orm/pg-core';
import { agentDefinitions } from './agentDefinitions.js';
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
  valueCheck,
} from './rules.js';
import { users } from './users.js';

const statuses = ['active', 'paused', 'archived'] as const;

/** Makes the columns of {@link agentInstances}. `of` names the tables that they refer to. */
export const agentInstancesColumns = (
  of: { users: Referenced; agentDefinitions: Referenced } = { users, agentDefinitions },
) => ({
  id: id(),
  userId: uuid('user_id')
    .references(() => of.users.id)
    .notNull(),
  definitionId: uuid('definition_id')
    .references(() => of.agentDefinitions.id)
    .notNull(),
  name: text('name').notNull(),
  configuration: jsonb('configuration').$type<Record<string, any>>(),
  /** The agent limit counts every agent that is not archived. */
  status: text('status', { enum: statuses }).notNull().default('active'),
  metadata: jsonb('metadata').$type<Record<string, any>>(),
  createdAt: time('created_at'),
  updatedAt: time('updated_at'),
});

/** Makes the checks, indexes and policies of {@link agentInstances}. `schema` is the schema of the extension. */
export const agentInstancesRules =
  (schema: string = defaultSchema) =>
  (t: Columns<'userId' | 'definitionId' | 'status' | 'createdAt' | 'id'>) => [
    jsonCheck('agent_instances_configuration_check', 'configuration', 'object'),
    valueCheck('agent_instances_status_check', 'status', statuses),
    jsonCheck('agent_instances_metadata_check', 'metadata', 'object'),
    index('agent_instances_user_id_status_created_at_id_idx').on(t.userId, t.status, t.createdAt, t.id),
    index('agent_instances_definition_id_idx').on(t.definitionId),
    ...policies('agent_instances', isOwn(schema)),
  ];

/** The table `agent_instances`: users' agents, each made from a definition. */
export const agentInstances: PublicTable<'agent_instances', typeof agentInstancesColumns> = secured(
  pgTable('agent_instances', agentInstancesColumns(), agentInstancesRules()),
);

/** A row of {@link agentInstances}. */
export type AgentInstance = typeof agentInstances.$inferSelect;
/** A row of {@link agentInstances} to insert. */
export type NewAgentInstance = typeof agentInstances.$inferInsert;
