import { index, jsonb, pgTable, text, uuid } from 'drizzle-orm/pg-core';
import { agentInstances } from './agentInstances.js';
import { id, time } from './columns.js';
import {
  type Columns,
  defaultSchema,
  isOwn,
  jsonCheck,
  policies,
  type Referenced,
  secured,
  valueCheck,
} from './rules.js';
import { users } from './users.js';

const statuses = ['pending', 'running', 'completed', 'failed'] as const;

export const workflowsColumns = (
  of: { users: Referenced; agentInstances: Referenced } = { users, agentInstances },
) => ({
  id: id(),
  userId: uuid('user_id')
    .references(() => of.users.id)
    .notNull(),
  /** The agent at work; null when that was deleted. */
  agentInstanceId: uuid('agent_instance_id').references(() => of.agentInstances.id, { onDelete: 'set null' }),
  /** The id at the workflow service (Upstash). */
  workflowId: text('workflow_id').notNull(),
  status: text('status', { enum: statuses }).notNull(),
  goal: text('goal').notNull(),
  steps: jsonb('steps').$type<Record<string, any>[]>(),
  result: jsonb('result').$type<Record<string, any>>(),
  metadata: jsonb('metadata').$type<Record<string, any>>(),
  createdAt: time('created_at'),
  updatedAt: time('updated_at'),
});

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

export const workflows = secured(pgTable('workflows', workflowsColumns(), workflowsRules()));

export type Workflow = typeof workflows.$inferSelect;
export type NewWorkflow = typeof workflows.$inferInsert;
