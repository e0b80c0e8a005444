export {
  and,
  asc,
  desc,
  eq,
  gt,
  gte,
  ilike,
  inArray,
  isNotNull,
  isNull,
  like,
  lt,
  lte,
  ne,
  not,
  or,
  sql,
} from 'drizzle-orm';
export * from './agentDefinitions.js';
export * from './agentInstances.js';
export * from './agentTools.js';
export * from './artifacts.js';
export * from './conversations.js';
export { inSchema } from './inSchema.js';
export * from './messages.js';
export {
  type AgentchatRelations,
  agentchatRelations,
  agentDefinitionsRelations,
  agentInstancesRelations,
  artifactsRelations,
  conversationsRelations,
  messagesRelations,
  relations,
  subscriptionsRelations,
  usersRelations,
  workflowsRelations,
} from './relations.js';
export * from './subscriptions.js';
export * from './users.js';
export * from './workflows.js';
