// The tables of the feature `runs`. They are not among those of schema/, because a database has them only after
// agentchat.enable('runs').
import * as orm from 'drizzle-orm';
import { sql } from 'drizzle-orm';
import { check, index, pgSchema, pgTable, primaryKey, uniqueIndex } from 'drizzle-orm/pg-core';
import { id, integer, jsonb, text, time, timestamp, uuid } from '../schema/columns.js';
import { conversations } from '../schema/conversations.js';
import {
  type Columns,
  jsonCheck,
  type PublicTable,
  policies,
  type Referenced,
  secured,
  type TableIn,
  valueCheck,
} from '../schema/rules.js';

const statuses = ['running', 'finished', 'failed', 'stopped'] as const;

/** Makes the columns of {@link runs}. `of` names the tables that they refer to. */
export const runsColumns = (of: { conversations: Referenced } = { conversations }) => ({
  id: id(),
  conversationId: uuid('conversation_id')
    .references(() => of.conversations.id, { onDelete: 'cascade' })
    .notNull(),
  /** The answer. It is written at the end of the run. */
  messageId: uuid('message_id').defaultRandom().notNull(),
  status: text('status', { enum: statuses }).default('running').notNull(),
  startedAt: time('started_at'),
  /** When the writer last said that it is alive while no chunks came. */
  heartbeatAt: timestamp('heartbeat_at'),
  stopRequestedAt: timestamp('stop_requested_at'),
  finishedAt: timestamp('finished_at'),
  error: jsonb('error').$type<any>(),
  metadata: jsonb('metadata').$type<Record<string, any>>(),
});

/** Makes the checks, indexes and policies of {@link runs}. */
export const runsRules = () => (t: Columns<'conversationId' | 'startedAt'>) => [
  valueCheck('runs_status_check', 'status', statuses),
  check('runs_finished_at_check', sql.raw("(status = 'running') = (finished_at IS NULL)")),
  jsonCheck('runs_metadata_check', 'metadata', 'object'),
  uniqueIndex('runs_conversation_id_running_idx').on(t.conversationId).where(sql.raw("status = 'running'")),
  index('runs_conversation_id_started_at_idx').on(t.conversationId, t.startedAt),
  ...policies('runs', sql.raw('agentchat.owns_conversation(conversation_id)')),
];

/** The table `runs`: the makings of answers. */
export const runs: PublicTable<'runs', typeof runsColumns> = secured(pgTable('runs', runsColumns(), runsRules()));

/** Makes the columns of {@link runChunks}. `of` names the tables that they refer to. */
export const runChunksColumns = (of: { runs: Referenced } = { runs }) => ({
  runId: uuid('run_id')
    .references(() => of.runs.id, { onDelete: 'cascade' })
    .notNull(),
  /** The number in the run, from 1. */
  seq: integer('seq').notNull(),
  /** A UIMessageChunk of the AI SDK, or another object. */
  chunk: jsonb('chunk').$type<any>().notNull(),
  createdAt: time('created_at'),
});

/** Makes the key, checks and policies of {@link runChunks}. */
export const runChunksRules = () => (t: Columns<'runId' | 'seq'>) => [
  primaryKey({ name: 'run_chunks_pkey', columns: [t.runId, t.seq] as never }),
  check('run_chunks_seq_check', sql.raw('seq > 0')),
  ...policies('run_chunks', sql.raw('agentchat.owns_run(run_id)'), ['select', 'insert', 'delete']),
];

/** The table `run_chunks`: the chunks of answers in progress. */
export const runChunks: PublicTable<'run_chunks', typeof runChunksColumns> = secured(
  pgTable('run_chunks', runChunksColumns(), runChunksRules()),
);

/** A row of {@link runs}. */
export type RunRow = typeof runs.$inferSelect;
/** A row of {@link runChunks}. */
export type RunChunkRow = typeof runChunks.$inferSelect;

type Tables = { conversations: any; runs: any; runChunks: any };

/** The relations in the form of Drizzle 0.45. With Drizzle 1.0, they are undefined. */
export type EachRunsRelations = typeof orm extends { relations: unknown }
  ? {
      runsRelations: orm.Relations<
        'runs',
        { conversation: orm.One<'conversations', true>; chunks: orm.Many<'run_chunks'> }
      >;
      runChunksRelations: orm.Relations<'run_chunks', { run: orm.One<'runs', true> }>;
    }
  : { runsRelations: undefined; runChunksRelations: undefined };

function eachRelationsOf({ conversations, runs, runChunks }: Tables): EachRunsRelations {
  // Drizzle 1.0 does not export this name.
  const relations: any = Reflect.get(orm, 'relations');
  return {
    runsRelations: relations?.(runs, (r: any) => ({
      conversation: r.one(conversations, { fields: [runs.conversationId], references: [conversations.id] }),
      chunks: r.many(runChunks),
    })),
    runChunksRelations: relations?.(runChunks, (r: any) => ({
      run: r.one(runs, { fields: [runChunks.runId], references: [runs.id] }),
    })),
  } as EachRunsRelations;
}

/** The relations of the tables in the schema `public`, for Drizzle 0.45. */
export const { runsRelations, runChunksRelations } = eachRelationsOf({ conversations, runs, runChunks });

/** What {@link agentchatRunsRelations} returns. */
export type AgentchatRunsRelations = typeof orm extends { defineRelations: unknown }
  ? {
      runs: { conversation: orm.One<'conversations', false>; chunks: orm.Many<'runChunks'> };
      runChunks: { run: orm.One<'runs', false> };
    }
  : Record<never, never>;

/**
 * Describes the relations of the tables to `defineRelations` of Drizzle 1.0:
 *
 * ```ts
 * const relations = defineRelations({ ...schema, runs, runChunks }, (r) => ({
 *   ...agentchatRelations(r),
 *   ...agentchatRunsRelations(r),
 * }));
 * ```
 *
 * @param r the argument of the function that `defineRelations` calls.
 */
export function agentchatRunsRelations(r: any): AgentchatRunsRelations {
  return {
    runs: {
      conversation: r.one.conversations({ from: r.runs.conversationId, to: r.conversations.id, optional: false }),
      chunks: r.many.runChunks(),
    },
    runChunks: { run: r.one.runs({ from: r.runChunks.runId, to: r.runs.id, optional: false }) },
  } as AgentchatRunsRelations;
}

/** The tables and relations in the schema. */
export type RunsInSchema<TName extends string> = {
  runs: TableIn<TName, typeof runs>;
  runChunks: TableIn<TName, typeof runChunks>;
} & EachRunsRelations;

/**
 * Makes the tables and relations in another schema than `public`.
 *
 * ```ts
 * export const { runs, runChunks, runsRelations, runChunksRelations } = runsInSchema('chat', { conversations });
 * ```
 *
 * @param of the table that `inSchema` has made.
 */
export function runsInSchema<TName extends string>(
  name: TName,
  { conversations }: { conversations: Referenced },
): RunsInSchema<TName> {
  const schema = pgSchema(name);
  const runs = secured(schema.table('runs', runsColumns({ conversations }), runsRules()));
  const runChunks = secured(schema.table('run_chunks', runChunksColumns({ runs }), runChunksRules()));
  return { runs, runChunks, ...eachRelationsOf({ conversations, runs, runChunks }) } as unknown as RunsInSchema<TName>;
}
