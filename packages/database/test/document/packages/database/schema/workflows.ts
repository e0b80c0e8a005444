import { pgTable, text, timestamp, uuid, jsonb } from 'drizzle-orm/pg-core';
import { users } from './users';
import { agentInstances } from './agentInstances';

export const workflows = pgTable('workflows', {
  id: uuid('id').primaryKey().defaultRandom(),
  userId: uuid('user_id')
    .references(() => users.id)
    .notNull(),
  agentInstanceId: uuid('agent_instance_id').references(() => agentInstances.id),
  workflowId: text('workflow_id').notNull(), // Upstash Workflow ID
  status: text('status').notNull(), // 'pending', 'running', 'completed', 'failed'
  goal: text('goal').notNull(),
  steps: jsonb('steps').$type<Record<string, any>[]>(),
  result: jsonb('result').$type<Record<string, any>>(),
  metadata: jsonb('metadata').$type<Record<string, any>>(),
  createdAt: timestamp('created_at').defaultNow().notNull(),
  updatedAt: timestamp('updated_at').defaultNow().notNull()
});

export type Workflow = typeof workflows.$inferSelect;
export type NewWorkflow = typeof workflows.$inferInsert;
