import { pgTable, text, timestamp, uuid, jsonb } from 'drizzle-orm/pg-core';
import { users } from './users';
import { agentDefinitions } from './agentDefinitions';

export const agentInstances = pgTable('agent_instances', {
  id: uuid('id').primaryKey().defaultRandom(),
  userId: uuid('user_id')
    .references(() => users.id)
    .notNull(),
  definitionId: uuid('definition_id')
    .references(() => agentDefinitions.id)
    .notNull(),
  name: text('name').notNull(),
  configuration: jsonb('configuration').$type<Record<string, any>>(),
  status: text('status').notNull().default('active'), // 'active', 'paused', 'archived'
  metadata: jsonb('metadata').$type<Record<string, any>>(),
  createdAt: timestamp('created_at').defaultNow().notNull(),
  updatedAt: timestamp('updated_at').defaultNow().notNull()
});

export type AgentInstance = typeof agentInstances.$inferSelect;
export type NewAgentInstance = typeof agentInstances.$inferInsert;
