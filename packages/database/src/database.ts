import type { EventEmitter } from 'node:events';
import { createRequire } from 'node:module';
import type * as orm from 'drizzle-orm';
import type * as core from 'drizzle-orm/pg-core';
import * as schema from './schema/index.js';

type Schema = typeof schema;

// Drizzle 0.45 takes relations from the schema, and Drizzle 1.0 takes nothing else.
type DrizzleDatabase = typeof core extends { PgDatabase: unknown }
  ? core.PgDatabase<core.PgQueryResultHKT, Schema, orm.ExtractTablesWithRelations<Schema>>
  : // @ts-ignore: Drizzle 0.45 does not have this type, which only 1.0 uses.
    core.PgAsyncDatabase<core.PgQueryResultHKT, Schema['relations']>;

/** A Drizzle database with agentchat's tables, on any driver. */
export type Database = DrizzleDatabase & {
  /** The driver's pool of connections. */
  $client: { end(): Promise<void> };
};

/** PGlite, as far as this package knows it. */
export interface PGliteClient {
  exec(query: string): Promise<unknown>;
  close(): Promise<void>;
}

/** A Drizzle database with agentchat's tables, in PGlite. */
export type PGliteDatabase<TClient extends PGliteClient = PGliteClient> = DrizzleDatabase & { $client: TClient };

const require = createRequire(import.meta.url);

function isInstalled(name: string): boolean {
  try {
    require.resolve(name);
    return true;
  } catch {
    return false;
  }
}

/** Returns the name of the driver that is installed. node-postgres comes before postgres.js. */
export function installedDriver(): 'pg' | 'postgres' {
  const driver = (['pg', 'postgres'] as const).find(isInstalled);
  if (!driver) throw new Error('No driver is installed. Install pg or postgres.');
  return driver;
}

/**
 * When a connection is lost, node-postgres emits an error, which ends the process if nothing listens: on the pool if the
 * connection is idle, and on the connection itself if it is lost between two statements of a transaction. The statement
 * fails by itself, and the pool opens another connection when it needs one.
 */
function surviveLostConnections(pool: EventEmitter): void {
  pool.on('error', () => {});
  pool.on('connect', (connection: EventEmitter) => connection.on('error', () => {}));
}

/** Connects with node-postgres, or with postgres.js if node-postgres is not installed. */
export function createDatabase(url?: string): Database;
/**
 * Returns the database in PGlite: PostgreSQL in this process, for tests and for local applications.
 *
 * ```ts
 * const db = createDatabase(new PGlite());
 * await db.$client.exec(sqlEdition());
 * ```
 */
export function createDatabase<TClient extends PGliteClient>(client: TClient): PGliteDatabase<TClient>;
export function createDatabase(target: string | PGliteClient | undefined = process.env.DATABASE_URL) {
  return typeof target === 'object' ? createInPGlite(target) : connectTo(target);
}

function createInPGlite(client: PGliteClient): PGliteDatabase {
  const { drizzle } = require('drizzle-orm/pglite');
  return drizzle({ client, schema, relations: schema.relations });
}

function connectTo(url: string | undefined): Database {
  if (!url) throw new Error('DATABASE_URL is not set. Set it to postgres://user:password@host:5432/name.');
  const driver = installedDriver();
  const { drizzle } = require(driver === 'pg' ? 'drizzle-orm/node-postgres' : 'drizzle-orm/postgres-js');
  const database = drizzle(url, { schema, relations: schema.relations });
  if (driver === 'pg') surviveLostConnections(database.$client);
  return database;
}

let connected: Database | undefined;
const connect = () => (connected ??= createDatabase());

/** The database of the environment variable DATABASE_URL. It connects on first use. */
export const db = new Proxy({} as Database, {
  get: (_, key) => Reflect.get(connect(), key),
  getPrototypeOf: () => Reflect.getPrototypeOf(connect()),
});
