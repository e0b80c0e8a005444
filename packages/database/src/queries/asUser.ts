import { sql } from 'drizzle-orm';
import type { PgDatabase } from 'drizzle-orm/pg-core';

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
    const claims = JSON.stringify({ sub: userId, role });
    await tx.execute(sql`SELECT set_config('role', ${role}, true), set_config('request.jwt.claims', ${claims}, true)`);
    return work(tx as Parameters<typeof work>[0]);
  });
}
