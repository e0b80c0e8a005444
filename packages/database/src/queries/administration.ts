import { quoted } from '../quoted.js';
import type { RunChunkRow, RunRow } from '../runs/schema.js';
import { interval } from '../runs/startRun.js';
import type { AgentDefinition } from '../schema/agentDefinitions.js';
import type { AgentInstance } from '../schema/agentInstances.js';
import type { Artifact } from '../schema/artifacts.js';
import type { Subscription } from '../schema/subscriptions.js';
import type { User } from '../schema/users.js';
import type { Workflow } from '../schema/workflows.js';
import { type DrizzleClient, type DrizzleInSchema, rowsOf } from './client.js';
import type { ConversationRows, Row } from './rows.js';

// The owner of the tables calls these functions, with Drizzle. PostgREST does not offer them.
type Owner = DrizzleClient | DrizzleInSchema;

/** What {@link adopt} did to an object, or leaves to do. */
export interface AdoptedObject {
  /** The table, column, constraint, index, trigger or policy. */
  object: string;
  /** Whether the change is done, or still to do by running `statement`. */
  outcome: string;
  /** How many rows prevent the change. */
  bad_rows: number | null;
  /** The statement that makes the change. */
  statement: string | null;
}

const withNumbers = <TRow extends { bad_rows: unknown }>(rows: TRow[]) =>
  rows.map((row) => ({ ...row, bad_rows: row.bad_rows === null ? null : Number(row.bad_rows) }));

/** Brings existing tables to the full state of this version. With `build`, also runs the statements that take long. */
export async function adopt(db: Owner, { build }: { build?: boolean | undefined } = {}): Promise<AdoptedObject[]> {
  return withNumbers(await rowsOf(db, 'adopt', { build: [build, 'boolean'] }));
}

/** A problem that {@link check} found. */
export interface Problem {
  /** The table, column, constraint, index, trigger or policy. */
  object: string;
  /** What is wrong. */
  problem: string;
  /** How many rows are concerned. */
  bad_rows: number | null;
  /** How to correct it. */
  remedy: string | null;
}

/** Lists what is wrong with the tables and how to correct it; empty if nothing is wrong. */
export async function check(db: Owner): Promise<Problem[]> {
  return withNumbers(await rowsOf(db, 'check', {}));
}

/** Removes the triggers and policies from the tables. The extension can then be dropped. */
export async function detach(db: Owner): Promise<{ object: string; statement: string }[]> {
  return rowsOf(db, 'detach', {});
}

/** What of agentchat is in the database: the extension, or the same functions in SQL. */
export interface Edition {
  edition: 'extension' | 'sql';
  version: string;
}

/** Returns the edition of agentchat in the database, and its version. */
export async function getVersion(db: Owner): Promise<Edition> {
  return (await rowsOf(db, 'version', {}))[0];
}

/** Puts the functions of the other edition in place of those there are. No table and no row changes. */
export async function changeEdition(db: Owner, target: Edition['edition']): Promise<Edition> {
  return (await rowsOf(db, 'change_edition', { target: [target, 'text'] }))[0];
}

/** Grants a role the privileges that users of an API need, and returns the statements that it ran. */
export async function grantApi(db: Owner, role: string): Promise<{ statement: string }[]> {
  return rowsOf(db, 'grant_api', { role: [quoted(role), 'regrole'] });
}

/** Copies the users of Supabase Auth to `users`, and keeps them up to date by a trigger. */
export async function linkSupabaseAuth(db: Owner): Promise<{ object: string; outcome: string }[]> {
  return rowsOf(db, 'link_supabase_auth', {});
}

/** A user with all their data, as rows with all their columns. */
export interface ExportedUser {
  user: Row<User>;
  conversations: ConversationRows[];
  artifacts: Row<Artifact>[];
  agent_definitions: Row<AgentDefinition>[];
  agent_instances: Row<AgentInstance>[];
  workflows: Row<Workflow>[];
  subscriptions: Row<Subscription>[];
  /** If the database has the tables of the feature. */
  runs?: Row<RunRow>[];
  /** If the database has the tables of the feature. */
  run_chunks?: Row<RunChunkRow>[];
}

/**
 * Returns all data of a user.
 *
 * @throws {@link NotFoundError} if the user does not exist.
 */
export async function exportUser(db: Owner, userId: string): Promise<ExportedUser> {
  const [row] = await rowsOf(db, 'export_user', { user_id: [userId, 'uuid'] });
  return row.export_user;
}

/** What {@link deleteUser} deleted and kept. */
export interface DeletedUser {
  /** How many rows were deleted from each table. */
  deleted: Record<
    | 'users'
    | 'conversations'
    | 'messages'
    | 'artifacts'
    | 'agent_definitions'
    | 'agent_instances'
    | 'workflows'
    | 'subscriptions',
    number
  > &
    // If the database has the tables of the feature.
    Partial<Record<'runs' | 'run_chunks', number>>;
  /** Agent definitions that other users use. They now belong to the anonymous user. */
  kept: { agent_definitions: number; anonymous_user_id: string | null };
}

/**
 * Deletes a user and all data of the user.
 *
 * @throws {@link NotFoundError} if the user does not exist, {@link ConflictError} if a table of yours refers to the
 * data.
 */
export async function deleteUser(db: Owner, userId: string): Promise<DeletedUser> {
  const [row] = await rowsOf(db, 'delete_user', { user_id: [userId, 'uuid'] });
  return row.delete_user;
}

/** A feature: tables and functions that the owner of the tables can switch on. */
export interface Feature {
  feature: string;
  state: 'on' | 'off';
  /** The feature's tables that exist, with their schema. They stay if the feature is switched off. */
  tables: string[];
  description: string;
}

/** Lists the features. */
export async function features(db: Owner): Promise<Feature[]> {
  return rowsOf(db, 'features', {});
}

/**
 * Switches a feature on: makes its tables, and returns what it did. If it is already on, it returns nothing.
 *
 * @throws {@link InvalidInputError} if the feature is unknown, {@link NotAllowedError} if the caller does not own the
 * tables.
 */
export async function enable(db: Owner, feature: string): Promise<AdoptedObject[]> {
  return withNumbers(await rowsOf(db, 'enable', { feature: [feature ?? null, 'text'] }));
}

/** Switches a feature off: removes its triggers and policies. Its tables and rows stay. */
export async function disable(db: Owner, feature: string): Promise<{ object: string; statement: string }[]> {
  return rowsOf(db, 'disable', { feature: [feature ?? null, 'text'] });
}

/** A run that has failed and whose chunks are not saved yet. */
export interface UnsavedRun {
  run_id: string;
  conversation_id: string;
  message_id: string;
  started_at: Date | string;
  /** How many chunks it has. */
  chunks: number;
}

/**
 * Marks runs as failed that have been silent for this time, and lists all failed runs whose chunks are not saved yet.
 * Save them with {@link recoverRun}.
 *
 * @param olderThan the time in milliseconds. The default is a minute.
 */
export async function sweepRuns(db: Owner, olderThan?: number): Promise<UnsavedRun[]> {
  const rows: UnsavedRun[] = await rowsOf(db, 'sweep_runs', { older_than: interval(olderThan) });
  return rows.map((row) => ({ ...row, chunks: Number(row.chunks) }));
}

/**
 * Makes the index of the feature `search` again, for a user or for all, and returns the number of messages in it.
 * Triggers keep the index up to date otherwise.
 *
 * @throws {@link FeatureOffError} if the feature is off.
 */
export async function indexMessages(db: Owner, userId?: string): Promise<number> {
  const [row] = await rowsOf(db, 'index_messages', { user_id: [userId, 'uuid'] });
  return Number(row.index_messages);
}
