import { is, sql } from 'drizzle-orm';
import { type PgDatabase, PgTransaction } from 'drizzle-orm/pg-core';
import { rowsBy } from './client.js';

/**
 * Runs queries as a user, in a transaction of their own: row-level security shows and lets through what is the user's.
 * The login must be a member of the role, and must not be a superuser for it to mean much.
 *
 * ```ts
 * const list = await asUser(db, session.userId, (tx) => listConversations(tx));
 * ```
 */
export async function asUser<TDatabase extends PgDatabase<any, any, any>, TResult>(
  db: TDatabase,
  userId: string,
  work: (tx: Parameters<Parameters<TDatabase['transaction']>[0]>[0]) => Promise<TResult>,
  { role = 'authenticated' }: { role?: string | undefined } = {},
): Promise<TResult> {
  return db.transaction(async (tx) => {
    const settings = { role, 'request.jwt.claims': JSON.stringify({ sub: userId, role }) };
    const before = await replaceSettings(tx, settings);
    const result = await work(tx as Parameters<typeof work>[0]);
    // Those of a transaction within another last until the outer one's end.
    if (is(db, PgTransaction)) await replaceSettings(tx, before);
    return result;
  });
}

type Settings = Record<'role' | 'request.jwt.claims', string>;

/** Makes settings for the rest of the transaction, and resolves to what they were. */
async function replaceSettings(tx: PgDatabase<any, any, any>, settings: Settings): Promise<Settings> {
  const names = Object.keys(settings) as (keyof Settings)[];
  const were = names.map((name) => sql`coalesce(current_setting(${name}, true), '') AS ${sql.identifier(name)}`);
  const changes = names.map((name) => sql`set_config(${name}, ${settings[name]}, true)`);
  const [row] = await rowsBy(
    tx,
    sql`WITH was AS MATERIALIZED (SELECT ${sql.join(were, sql`, `)}) SELECT was.*, ${sql.join(changes, sql`, `)} FROM was`,
  );
  return Object.fromEntries(names.map((name) => [name, row[name]])) as Settings;
}
