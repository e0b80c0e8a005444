import { index, pgTable } from 'drizzle-orm/pg-core';
import { agentInstances } from './agentInstances.js';
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

const statuses = ['pending', 'running', 'completed', 'failed'] as const;

/** Makes the columns of {@link workflows}. `of` names the tables that they refer to. */
export const workflowsColumns = (
  of: { users: Referenced; agentInstances: Referenced } = { users, agentInstances },
) => ({
  id: id(),
  userId: uuid('user_id')
    .references(() => of.users.id)
    .notNull(),
  /** The agent that works; null if that agent was deleted. */
  agentInstanceId: uuid('agent_instance_id').references(() => of.agentInstances.id, { onDelete: 'set null' }),
  /** The id in the workflow service (Upstash). */
  workflowId: text('workflow_id').notNull(),
  status: text('status', { enum: statuses }).notNull(),
  goal: text('goal').notNull(),
  steps: jsonb('steps').$type<Record<string, any>[]>(),
  result: jsonb('result').$type<Record<string, any>>(),
  metadata: jsonb('metadata').$type<Record<string, any>>(),
  createdAt: time('created_at'),
  updatedAt: time('updated_at'),
});

/** Makes the checks, indexes and policies of {@link workflows}. `schema` is the schema of the extension. */
export const workflowsRules =
  (schema: string = defaultSchema) =>
  (t: Columns<'userId' | 'agentInstanceId' | 'workflowId' | 'createdAt' | 'id'>) => [
    valueCheck('workflows_status_check', 'status', statuses),
    jsonCheck('workflows_steps_check', 'steps', 'array'),
    jsonCheck('workflows_metadata_check', 'metadata', 'object'),
    index('workflows_user_id_created_at_id_idx').on(t.userId, t.createdAt, t.id),
    index('workflows_agent_instance_id_idx').on(t.agentInstanceId),
    index('workflows_workflow_id_idx').on(t.workflowId),
    ...policies('workflows', isOwn(schema)),
  ];

/** The table `workflows`: work that agents do step by step. */
export const workflows: PublicTable<'workflows', typeof workflowsColumns> = secured(
  pgTable('workflows', workflowsColumns(), workflowsRules()),
);

/** A row of {@link workflows}. */
export type Workflow = typeof workflows.$inferSelect;
/** A row of {@link workflows} to insert. */
export type NewWorkflow = typeof workflows.$inferInsert;
