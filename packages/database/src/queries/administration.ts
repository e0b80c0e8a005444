import { quoted } from '../quoted.js';
import type { AgentDefinition } from '../schema/agentDefinitions.js';
import type { AgentInstance } from '../schema/agentInstances.js';
import type { Artifact } from '../schema/artifacts.js';
import type { Subscription } from '../schema/subscriptions.js';
import type { User } from '../schema/users.js';
import type { Workflow } from '../schema/workflows.js';
import { type DrizzleClient, type DrizzleInSchema, rowsOf } from './client.js';
import type { ConversationRows, Row } from './rows.js';

// For the owner of the tables, who does not come through PostgREST.
type Owner = DrizzleClient | DrizzleInSchema;

export interface AdoptedObject {
  object: string;
  /** Whether it is done, or to do, by running `statement`. */
  outcome: string;
  /** How many rows are in the way. */
  bad_rows: number | null;
  statement: string | null;
}

const withNumbers = <TRow extends { bad_rows: unknown }>(rows: TRow[]) =>
  rows.map((row) => ({ ...row, bad_rows: row.bad_rows === null ? null : Number(row.bad_rows) }));

/** Brings tables that were there before to the full state. With `build` it also runs what takes long. */
export async function adopt(db: Owner, { build }: { build?: boolean | undefined } = {}): Promise<AdoptedObject[]> {
  return withNumbers(await rowsOf(db, 'adopt', { build: [build, 'boolean'] }));
}

export interface Problem {
  object: string;
  problem: string;
  bad_rows: number | null;
  remedy: string | null;
}

/** What is wrong with the tables, and how to mend it; empty where all is well. */
export async function check(db: Owner): Promise<Problem[]> {
  return withNumbers(await rowsOf(db, 'check', {}));
}

/** Takes triggers and policies off the tables, so that the extension can be dropped. */
export async function detach(db: Owner): Promise<{ object: string; statement: string }[]> {
  return rowsOf(db, 'detach', {});
}

/** Grants a role what users behind an API need, and returns the statements that it ran. */
export async function grantApi(db: Owner, role: string): Promise<{ statement: string }[]> {
  return rowsOf(db, 'grant_api', { role: [quoted(role), 'regrole'] });
}

/** Keeps users in step with Supabase Auth. */
export async function linkSupabaseAuth(db: Owner): Promise<{ object: string; outcome: string }[]> {
  return rowsOf(db, 'link_supabase_auth', {});
}

export interface ExportedUser {
  user: Row<User>;
  conversations: ConversationRows[];
  artifacts: Row<Artifact>[];
  agent_definitions: Row<AgentDefinition>[];
  agent_instances: Row<AgentInstance>[];
  workflows: Row<Workflow>[];
  subscriptions: Row<Subscription>[];
}

/**
 * Everything of a user.
 *
 * @throws {@link NotFoundError} where there is no such user.
 */
export async function exportUser(db: Owner, userId: string): Promise<ExportedUser> {
  const [row] = await rowsOf(db, 'export_user', { user_id: [userId, 'uuid'] });
  return row.export_user;
}

export interface DeletedUser {
  /** How many rows of each table. */
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
  >;
  /** What others use, which belongs to nobody now. */
  kept: { agent_definitions: number; anonymous_user_id: string | null };
}

/**
 * Erases a user and everything of the user.
 *
 * @throws {@link NotFoundError} where there is no such user, {@link ConflictError} where a table of yours refers to it.
 */
export async function deleteUser(db: Owner, userId: string): Promise<DeletedUser> {
  const [row] = await rowsOf(db, 'delete_user', { user_id: [userId, 'uuid'] });
  return row.delete_user;
}
