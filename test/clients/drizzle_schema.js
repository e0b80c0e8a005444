// The tables as an application declares them for Drizzle, and the relations that its queries follow.
const { relations } = require('drizzle-orm');
const { boolean, integer, jsonb, pgTable, text, timestamp, uuid } = require('drizzle-orm/pg-core');

const users = pgTable('users', {
  id: uuid('id').primaryKey().defaultRandom(),
  email: text('email').notNull().unique(),
  name: text('name'),
  avatarUrl: text('avatar_url'),
  createdAt: timestamp('created_at').defaultNow().notNull(),
  updatedAt: timestamp('updated_at').defaultNow().notNull()
});

const conversations = pgTable('conversations', {
  id: uuid('id').primaryKey().defaultRandom(),
  userId: uuid('user_id')
    .references(() => users.id)
    .notNull(),
  title: text('title').notNull(),
  systemPrompt: text('system_prompt'),
  metadata: jsonb('metadata'),
  createdAt: timestamp('created_at').defaultNow().notNull(),
  updatedAt: timestamp('updated_at').defaultNow().notNull()
});

const messages = pgTable('messages', {
  id: uuid('id').primaryKey().defaultRandom(),
  conversationId: uuid('conversation_id')
    .references(() => conversations.id)
    .notNull(),
  role: text('role').notNull(), // 'user', 'assistant', 'system'
  content: text('content').notNull(),
  parts: jsonb('parts'),
  attachments: jsonb('attachments'),
  reasoning: text('reasoning'),
  createdAt: timestamp('created_at').defaultNow().notNull()
});

const artifacts = pgTable('artifacts', {
  id: uuid('id').primaryKey().defaultRandom(),
  userId: uuid('user_id')
    .references(() => users.id)
    .notNull(),
  messageId: uuid('message_id').references(() => messages.id),
  type: text('type').notNull(), // 'code', 'text', 'sheet', 'image'
  title: text('title').notNull(),
  content: text('content'),
  metadata: jsonb('metadata'),
  createdAt: timestamp('created_at').defaultNow().notNull(),
  updatedAt: timestamp('updated_at').defaultNow().notNull()
});

const agentDefinitions = pgTable('agent_definitions', {
  id: uuid('id').primaryKey().defaultRandom(),
  userId: uuid('user_id')
    .references(() => users.id)
    .notNull(),
  name: text('name').notNull(),
  description: text('description').notNull(),
  systemPrompt: text('system_prompt').notNull(),
  isPublic: boolean('is_public').default(false).notNull(),
  tools: jsonb('tools'), // Tool IDs this agent can use
  capabilities: jsonb('capabilities'),
  metadata: jsonb('metadata'),
  createdAt: timestamp('created_at').defaultNow().notNull(),
  updatedAt: timestamp('updated_at').defaultNow().notNull()
});

const agentInstances = pgTable('agent_instances', {
  id: uuid('id').primaryKey().defaultRandom(),
  userId: uuid('user_id')
    .references(() => users.id)
    .notNull(),
  definitionId: uuid('definition_id')
    .references(() => agentDefinitions.id)
    .notNull(),
  name: text('name').notNull(),
  configuration: jsonb('configuration'),
  status: text('status').notNull().default('active'), // 'active', 'paused', 'archived'
  metadata: jsonb('metadata'),
  createdAt: timestamp('created_at').defaultNow().notNull(),
  updatedAt: timestamp('updated_at').defaultNow().notNull()
});

const agentTools = pgTable('agent_tools', {
  id: uuid('id').primaryKey().defaultRandom(),
  name: text('name').notNull().unique(),
  description: text('description').notNull(),
  schema: jsonb('schema').notNull(), // JSON Schema for tool parameters
  isSystem: boolean('is_system').default(false).notNull(), // Is this a system tool or custom?
  metadata: jsonb('metadata'),
  createdAt: timestamp('created_at').defaultNow().notNull(),
  updatedAt: timestamp('updated_at').defaultNow().notNull()
});

const workflows = pgTable('workflows', {
  id: uuid('id').primaryKey().defaultRandom(),
  userId: uuid('user_id')
    .references(() => users.id)
    .notNull(),
  agentInstanceId: uuid('agent_instance_id').references(() => agentInstances.id),
  workflowId: text('workflow_id').notNull(), // Upstash Workflow ID
  status: text('status').notNull(), // 'pending', 'running', 'completed', 'failed'
  goal: text('goal').notNull(),
  steps: jsonb('steps'),
  result: jsonb('result'),
  metadata: jsonb('metadata'),
  createdAt: timestamp('created_at').defaultNow().notNull(),
  updatedAt: timestamp('updated_at').defaultNow().notNull()
});

const subscriptions = pgTable('subscriptions', {
  id: uuid('id').primaryKey().defaultRandom(),
  userId: uuid('user_id')
    .references(() => users.id)
    .notNull(),
  stripeCustomerId: text('stripe_customer_id'),
  stripeSubscriptionId: text('stripe_subscription_id'),
  stripePriceId: text('stripe_price_id'),
  stripeCurrentPeriodEnd: timestamp('stripe_current_period_end'),
  plan: text('plan').notNull(), // 'free', 'pro', 'enterprise'
  status: text('status').notNull(), // 'active', 'canceled', 'past_due'
  isActive: boolean('is_active').default(false).notNull(),
  agentLimit: integer('agent_limit').notNull(),
  createdAt: timestamp('created_at').defaultNow().notNull(),
  updatedAt: timestamp('updated_at').defaultNow().notNull()
});

const conversationRelations = relations(conversations, ({ one, many }) => ({
  user: one(users, { fields: [conversations.userId], references: [users.id] }),
  messages: many(messages)
}));

const messageRelations = relations(messages, ({ one }) => ({
  conversation: one(conversations, { fields: [messages.conversationId], references: [conversations.id] })
}));

module.exports = {
  users, conversations, messages, artifacts, agentDefinitions, agentInstances, agentTools, workflows, subscriptions,
  conversationRelations, messageRelations,
};
