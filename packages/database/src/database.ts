import { createRequire } from 'node:module';
import type { ExtractTablesWithRelations } from 'drizzle-orm';
import type { PgDatabase, PgQueryResultHKT } from 'drizzle-orm/pg-core';
import * as schema from './schema/index.js';

/** Drizzle on agentchat's tables, with whichever driver. */
export type Database = PgDatabase<PgQueryResultHKT, typeof schema, ExtractTablesWithRelations<typeof schema>> & {
  /** The driver's pool of connections. */
  $client: { end(): Promise<void> };
};

const require = createRequire(import.meta.url);

function isInstalled(name: string): boolean {
  try {
    require.resolve(name);
    return true;
  } catch {
    return false;
  }
}

/** Connects with node-postgres or, where that is not installed, with postgres.js. */
export function createDatabase(url: string | undefined = process.env.DATABASE_URL): Database {
  if (!url) throw new Error('No database: set DATABASE_URL to postgres://user:password@host:5432/name.');
  const driver = ['pg', 'postgres'].find(isInstalled);
  if (!driver) throw new Error('No driver: install pg or postgres.');
  const { drizzle } = require(driver === 'pg' ? 'drizzle-orm/node-postgres' : 'drizzle-orm/postgres-js');
  const database = drizzle(url, { schema });
  // An idle connection that is lost: the pool makes another when one is needed, but ends the process where nobody listens.
  if (driver === 'pg') database.$client.on('error', () => {});
  return database;
}

let connected: Database | undefined;
const connect = () => (connected ??= createDatabase());

/** The database of the environment variable DATABASE_URL, connected to when it is first used. */
export const db = new Proxy({} as Database, {
  get: (_, key) => Reflect.get(connect(), key),
  getPrototypeOf: () => Reflect.getPrototypeOf(connect()),
});
