import { sql } from 'drizzle-orm';
import type { PgDatabase } from 'drizzle-orm/pg-core';
import { type DrizzleClient, rowsIn } from './client.js';

/**
 * Runs queries as a user, in a transaction of their own: row-level security shows and lets through what is the user's.
 * The login must be a member of the role.
 *
 * ```ts
 * const list = await asUser(db, session.userId, (tx) => listConversations(tx));
 * ```
 *
 * An error ends the transaction, also one that `work` catches: to go on after it, run what may fail in
 * `tx.transaction(…)`. Within one transaction, call it for one user after the other, not at the same time.
 */
export async function asUser<TDatabase extends PgDatabase<any, any, any>, TResult>(
  db: TDatabase,
  userId: string,
  work: (tx: Parameters<Parameters<TDatabase['transaction']>[0]>[0]) => Promise<TResult>,
  { role = 'authenticated' }: { role?: string | undefined } = {},
): Promise<TResult> {
  if (!userId) throw new TypeError('asUser: there is no user.');
  // That would be the login itself.
  if (role.toLowerCase() === 'none') throw new TypeError('asUser: there is no role.');
  return db.transaction(async (tx) => {
    const before = await replaceSettings(tx, {
      role,
      'request.jwt.claims': JSON.stringify({ sub: userId, role }),
      // Older than the other, and asked first.
      'request.jwt.claim.sub': userId,
    });
    const result = await work(tx as Parameters<typeof work>[0]);
    // Within another transaction they would last until that one's end. And where an error was caught in between, this
    // fails: COMMIT would only roll back, without a word.
    await replaceSettings(tx, before);
    return result;
  });
}

type Settings = Record<'role' | 'request.jwt.claims' | 'request.jwt.claim.sub', string>;

/** Makes settings for the rest of the transaction, and resolves to what they were. */
async function replaceSettings(tx: DrizzleClient, settings: Settings): Promise<Settings> {
  const names = Object.keys(settings) as (keyof Settings)[];
  const were = names.map((name) => sql`coalesce(current_setting(${name}, true), '') AS ${sql.identifier(name)}`);
  const changes = names.map((name) => sql`set_config(${name}, ${settings[name]}, true)`);
  const query = sql`WITH was AS MATERIALIZED (SELECT ${sql.join(were, sql`, `)}) SELECT was.*, ${sql.join(changes, sql`, `)} FROM was`;
  // A role that is not there or not the login's is no fault of the caller's: its error keeps its form.
  const [row] = rowsIn(await tx.execute(query));
  return Object.fromEntries(names.map((name) => [name, row[name]])) as Settings;
}
