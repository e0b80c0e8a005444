import * as orm from 'drizzle-orm';
import { agentDefinitions } from './agentDefinitions.js';
import { agentInstances } from './agentInstances.js';
import { agentTools } from './agentTools.js';
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
  agentTools,
  workflows,
  subscriptions,
};

/** The tables in the schema `public`. */
export type PublicTables = typeof publicTables;
type TableName = keyof PublicTables;
/** The nine tables, in any schema. */
export type Tables = Record<TableName, any>;

const one = <const TTable extends TableName, const TColumn extends string>(table: TTable, by: TColumn) => ({
  one: table,
  by,
});
const many = <const TTable extends TableName>(table: TTable) => ({ many: table });

// The relations of each table: by one of its columns to one row, or to the many rows whose column refers back.
const links = {
  users: {
    conversations: many('conversations'),
    artifacts: many('artifacts'),
    agentDefinitions: many('agentDefinitions'),
    agentInstances: many('agentInstances'),
    workflows: many('workflows'),
    subscriptions: many('subscriptions'),
  },
  conversations: { user: one('users', 'userId'), messages: many('messages') },
  messages: { conversation: one('conversations', 'conversationId'), artifacts: many('artifacts') },
  artifacts: { user: one('users', 'userId'), message: one('messages', 'messageId') },
  agentDefinitions: { user: one('users', 'userId'), instances: many('agentInstances') },
  agentInstances: {
    user: one('users', 'userId'),
    definition: one('agentDefinitions', 'definitionId'),
    workflows: many('workflows'),
  },
  workflows: { user: one('users', 'userId'), agentInstance: one('agentInstances', 'agentInstanceId') },
  subscriptions: { user: one('users', 'userId') },
};

type Links = typeof links;
type Source = keyof Links;
type Link = { one: TableName; by: string } | { many: TableName };

type Column<TSource extends Source, TColumn> = TColumn extends keyof PublicTables[TSource]
  ? PublicTables[TSource][TColumn]
  : never;
type IsNotNull<TColumn> = TColumn extends { _: { notNull: true } } ? true : false;
type Not<TBoolean> = TBoolean extends true ? false : true;

const linksOf = (source: Source) => Object.entries(links[source] as Record<string, Link>);

/** Makes an object with the same keys and other values. */
const mapped = <TValue, TResult>(entries: [string, TValue][], change: (value: TValue) => TResult) =>
  Object.fromEntries(entries.map(([name, value]) => [name, change(value)]));

// ---- Drizzle 0.45: relations(), one call for each table. Tables have the names that they have in the database.

type NameIn<TTable extends TableName> = PublicTables[TTable]['_']['name'];
type FirstRelation<TSource extends Source, TLink> = TLink extends { one: infer TTable extends TableName; by: infer TBy }
  ? orm.One<NameIn<TTable>, IsNotNull<Column<TSource, TBy>>>
  : TLink extends { many: infer TTable extends TableName }
    ? orm.Many<NameIn<TTable>>
    : never;
type FirstRelations<TSource extends Source> = typeof orm extends { relations: unknown }
  ? orm.Relations<NameIn<TSource>, { [TName in keyof Links[TSource]]: FirstRelation<TSource, Links[TSource][TName]> }>
  : undefined;

/** The relations of the tables in the form of Drizzle 0.45. With Drizzle 1.0, all of them are undefined. */
export type EachRelations = { [TSource in Source as `${TSource}Relations`]: FirstRelations<TSource> };

/** Makes the relations of the tables, which `with` follows in relational queries of Drizzle 0.45. */
export function eachRelationsOf(tables: Tables): EachRelations {
  // Drizzle 1.0 does not export this name.
  const relations: typeof orm.relations | undefined = Reflect.get(orm, 'relations');
  const relationsOf = (source: Source) =>
    relations?.(tables[source], (r) =>
      mapped(linksOf(source), (link) =>
        'one' in link
          ? r.one(tables[link.one], { fields: [tables[source][link.by]], references: [tables[link.one].id] })
          : r.many(tables[link.many]),
      ),
    );
  const sources = Object.keys(links) as Source[];
  return Object.fromEntries(sources.map((source) => [`${source}Relations`, relationsOf(source)])) as any;
}

// ---- Drizzle 1.0: defineRelations(), one call for all tables.

type SecondRelation<TSource extends Source, TLink> = TLink extends {
  one: infer TTable extends TableName;
  by: infer TBy;
}
  ? orm.One<TTable, Not<IsNotNull<Column<TSource, TBy>>>>
  : TLink extends { many: infer TTable extends TableName }
    ? orm.Many<TTable>
    : never;
type SecondRelations<TSource> = TSource extends Source
  ? { [TName in keyof Links[TSource]]: SecondRelation<TSource, Links[TSource][TName]> }
  : Record<never, never>;

/** What {@link agentchatRelations} returns. */
export type AgentchatRelations = { [TSource in Source]: SecondRelations<TSource> };

/**
 * Describes the relations of the tables to `defineRelations` of Drizzle 1.0, to which you can add yours:
 *
 * ```ts
 * const relations = defineRelations(schema, (r) => ({
 *   ...agentchatRelations(r),
 *   folders: { user: r.one.users({ from: r.folders.userId, to: r.users.id }) },
 * }));
 * ```
 *
 * @param r the argument of the function that `defineRelations` calls.
 */
export function agentchatRelations(r: any): AgentchatRelations {
  const relationOf = (source: Source, link: Link) => {
    if ('many' in link) return r.many[link.many]();
    const from = r[source][link.by];
    return r.one[link.one]({ from, to: r[link.one].id, optional: !from._.column.notNull });
  };
  return Object.fromEntries(
    (Object.keys(links) as Source[]).map((source) => [
      source,
      mapped(linksOf(source), (link) => relationOf(source, link)),
    ]),
  ) as any;
}

/** The relations of the tables in the form of Drizzle 1.0. With Drizzle 0.45, they are undefined. */
export type AllRelations<TTables extends Tables> = typeof orm extends { defineRelations: unknown }
  ? { [TName in TableName]: { table: TTables[TName]; name: TName; relations: SecondRelations<TName> } }
  : undefined;

/** Makes the relations of the tables, which `with` follows in relational queries of Drizzle 1.0. */
export function allRelationsOf<TTables extends Tables>(tables: TTables): AllRelations<TTables> {
  // Drizzle 0.45 does not export this name.
  return Reflect.get(orm, 'defineRelations')?.(tables, agentchatRelations);
}

/** The relations of the tables in the schema `public`, for Drizzle 0.45. */
export const {
  usersRelations,
  conversationsRelations,
  messagesRelations,
  artifactsRelations,
  agentDefinitionsRelations,
  agentInstancesRelations,
  workflowsRelations,
  subscriptionsRelations,
} = eachRelationsOf(publicTables);

/** The relations of the tables in the schema `public`, for Drizzle 1.0. */
export const relations: AllRelations<PublicTables> = allRelationsOf(publicTables);
