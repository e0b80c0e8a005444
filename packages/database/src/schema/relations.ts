import { relations } from 'drizzle-orm';
import { agentDefinitions } from './agentDefinitions.js';
import { agentInstances } from './agentInstances.js';
import { artifacts } from './artifacts.js';
import { conversations } from './conversations.js';
import { messages } from './messages.js';
import { subscriptions } from './subscriptions.js';
import { users } from './users.js';
import { workflows } from './workflows.js';

const publicTables = {
  users,
  conversations,
  messages,
  artifacts,
  agentDefinitions,
  agentInstances,
  workflows,
  subscriptions,
};

/** Makes the relations of the tables, which `with` follows in relational queries. */
export const relationsOf = ({
  users,
  conversations,
  messages,
  artifacts,
  agentDefinitions,
  agentInstances,
  workflows,
  subscriptions,
}: typeof publicTables) => ({
  usersRelations: relations(users, ({ many }) => ({
    conversations: many(conversations),
    artifacts: many(artifacts),
    agentDefinitions: many(agentDefinitions),
    agentInstances: many(agentInstances),
    workflows: many(workflows),
    subscriptions: many(subscriptions),
  })),
  conversationsRelations: relations(conversations, ({ one, many }) => ({
    user: one(users, { fields: [conversations.userId], references: [users.id] }),
    messages: many(messages),
  })),
  messagesRelations: relations(messages, ({ one, many }) => ({
    conversation: one(conversations, { fields: [messages.conversationId], references: [conversations.id] }),
    artifacts: many(artifacts),
  })),
  artifactsRelations: relations(artifacts, ({ one }) => ({
    user: one(users, { fields: [artifacts.userId], references: [users.id] }),
    message: one(messages, { fields: [artifacts.messageId], references: [messages.id] }),
  })),
  agentDefinitionsRelations: relations(agentDefinitions, ({ one, many }) => ({
    user: one(users, { fields: [agentDefinitions.userId], references: [users.id] }),
    instances: many(agentInstances),
  })),
  agentInstancesRelations: relations(agentInstances, ({ one, many }) => ({
    user: one(users, { fields: [agentInstances.userId], references: [users.id] }),
    definition: one(agentDefinitions, {
      fields: [agentInstances.definitionId],
      references: [agentDefinitions.id],
    }),
    workflows: many(workflows),
  })),
  workflowsRelations: relations(workflows, ({ one }) => ({
    user: one(users, { fields: [workflows.userId], references: [users.id] }),
    agentInstance: one(agentInstances, {
      fields: [workflows.agentInstanceId],
      references: [agentInstances.id],
    }),
  })),
  subscriptionsRelations: relations(subscriptions, ({ one }) => ({
    user: one(users, { fields: [subscriptions.userId], references: [users.id] }),
  })),
});

/** The relations of the tables in the schema `public`. */
export const {
  usersRelations,
  conversationsRelations,
  messagesRelations,
  artifactsRelations,
  agentDefinitionsRelations,
  agentInstancesRelations,
  workflowsRelations,
  subscriptionsRelations,
} = relationsOf(publicTables);
