import { type PgSchema, pgSchema } from 'drizzle-orm/pg-core';
import { agentDefinitionsColumns, agentDefinitionsRules } from './agentDefinitions.js';
import { agentInstancesColumns, agentInstancesRules } from './agentInstances.js';
import { agentToolsColumns, agentToolsRules } from './agentTools.js';
import { artifactsColumns, artifactsRules } from './artifacts.js';
import { conversationsColumns, conversationsRules } from './conversations.js';
import { messagesColumns, messagesRules } from './messages.js';
import {
  type AllRelations,
  allRelationsOf,
  type EachRelations,
  eachRelationsOf,
  type PublicTables,
} from './relations.js';
import { secured, type TableIn } from './rules.js';
import { subscriptionsColumns, subscriptionsRules } from './subscriptions.js';
import { usersColumns, usersRules } from './users.js';
import { workflowsColumns, workflowsRules } from './workflows.js';

type TablesIn<TSchema extends string> = {
  [TName in keyof PublicTables]: TableIn<TSchema, PublicTables[TName]>;
};

/** The tables and relations in the schema. */
export type InSchema<TName extends string> = { schema: PgSchema<TName> } & TablesIn<TName> &
  EachRelations & { relations: AllRelations<TablesIn<TName>> };

/**
 * Makes the tables and relations in another schema than `public`, for a database with
 * `CREATE EXTENSION agentchat SCHEMA chat`. Export all of them, because drizzle-kit's push drops tables that it does
 * not know.
 *
 * ```ts
 * export const {
 *   schema, users, conversations, messages, artifacts, agentDefinitions, agentInstances, agentTools, workflows,
 *   subscriptions, usersRelations, conversationsRelations, messagesRelations, artifactsRelations,
 *   agentDefinitionsRelations, agentInstancesRelations, workflowsRelations, subscriptionsRelations, relations,
 * } = inSchema('chat');
 * ```
 */
export function inSchema<TName extends string>(name: TName): InSchema<TName> {
  const schema = pgSchema(name);
  const users = secured(schema.table('users', usersColumns(), usersRules(name)));
  const conversations = secured(
    schema.table('conversations', conversationsColumns({ users }), conversationsRules(name)),
  );
  const messages = secured(schema.table('messages', messagesColumns({ conversations }), messagesRules()));
  const artifacts = secured(schema.table('artifacts', artifactsColumns({ users, messages }), artifactsRules(name)));
  const agentDefinitions = secured(
    schema.table('agent_definitions', agentDefinitionsColumns({ users }), agentDefinitionsRules(name)),
  );
  const agentInstances = secured(
    schema.table('agent_instances', agentInstancesColumns({ users, agentDefinitions }), agentInstancesRules(name)),
  );
  const agentTools = secured(schema.table('agent_tools', agentToolsColumns(), agentToolsRules(name)));
  const workflows = secured(
    schema.table('workflows', workflowsColumns({ users, agentInstances }), workflowsRules(name)),
  );
  const subscriptions = secured(
    schema.table('subscriptions', subscriptionsColumns({ users }), subscriptionsRules(name)),
  );
  const tables = {
    users,
    conversations,
    messages,
    artifacts,
    agentDefinitions,
    agentInstances,
    agentTools,
    workflows,
    subscriptions,
  } as unknown as TablesIn<TName>;
  return { schema, ...tables, ...eachRelationsOf(tables), relations: allRelationsOf(tables) };
}
