import { createRequire } from 'node:module';
import { after } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type Database, grantApi } from '@agentchat/database';
import * as schema from '@agentchat/database/schema';
import { createClient } from '@supabase/supabase-js';
import { drizzle as drizzleNodePostgres } from 'drizzle-orm/node-postgres';
import { drizzle as drizzlePostgresJs } from 'drizzle-orm/postgres-js';
import pg from 'pg';
import postgres from 'postgres';

/** The top of the repository, with a slash; compiled tests are in packages/database/build/test. */
export const repository = fileURLToPath(new URL('../../../..', import.meta.url));

export const packageFolder = `${repository}packages/database`;

// The tests run against the server that scripts/with-cluster has started, and the real PostgREST.
const { newDatabase, startPostgrest, token, stopAll, freePort } = createRequire(import.meta.url)(
  `${repository}test/clients/http.js`,
);

export { freePort };

const { PGHOST, PGPORT, PGPASSWORD } = process.env;

export interface TestDatabase {
  name: string;
  /** As superuser, by psql; what it prints. */
  sql(query: string): Promise<string>;
  /** Of the tables' owner, who is none. */
  url: string;
  pool: pg.Pool;
}

const urlOf = (database: string, user: string) => `postgres://${user}:${PGPASSWORD}@${PGHOST}:${PGPORT}/${database}`;

const open: { end(): Promise<void> }[] = [];

after(async () => {
  await Promise.all(open.map((pool) => pool.end()));
  await stopAll();
});

/** A new database like Supabase's, without the extension. */
export async function emptyDatabase(): Promise<TestDatabase> {
  const { name, sql } = await newDatabase();
  const url = urlOf(name, 'developer');
  const pool = new pg.Pool({ connectionString: url });
  open.push(pool);
  return { name, sql, url, pool };
}

/** The same with the extension in that schema, made by the tables' owner. */
export async function database(inSchema = 'public'): Promise<TestDatabase> {
  const made = await emptyDatabase();
  if (inSchema !== 'public') await made.pool.query(`CREATE SCHEMA ${inSchema}`);
  await made.pool.query(`CREATE EXTENSION agentchat SCHEMA ${inSchema}`);
  for (const role of ['authenticated', 'service_role']) await grantApi(drizzleNodePostgres(made.pool), role);
  return made;
}

/** Drizzle as the tables' owner, with both drivers. */
export function drizzles(made: TestDatabase) {
  const client = postgres(made.url, { max: 4, onnotice: () => {} });
  open.push(client);
  // The tests use what both have.
  return {
    'node-postgres': drizzleNodePostgres(made.pool, { schema }) as unknown as Database,
    'postgres.js': drizzlePostgresJs(client, { schema }) as unknown as Database,
  };
}

/** Clients of supabase-js by PostgREST: as the user, or as service_role. */
export async function supabases(made: TestDatabase, inSchema = 'public') {
  const { url } = await startPostgrest(made, { PGRST_DB_SCHEMAS: inSchema });
  // Supabase's gateway has PostgREST below /rest/v1.
  const throughGateway: typeof fetch = (input, init) => fetch(String(input).replace('/rest/v1', ''), init);
  const as = (claims: { role: string; sub?: string }) =>
    createClient(url, token(claims), {
      db: { schema: inSchema },
      global: { fetch: throughGateway },
      // Node.js before 22 has no WebSocket, and nothing here is realtime.
      realtime: { transport: class {} as never },
    });
  return {
    user: (id: string) => as({ role: 'authenticated', sub: id }),
    service: () => as({ role: 'service_role' }),
  };
}

/** Without what it writes to the terminal, where TAP is expected. */
export async function quietly<T>(work: () => Promise<T>): Promise<T> {
  const { write } = process.stdout;
  process.stdout.write = () => true;
  try {
    return await work();
  } finally {
    process.stdout.write = write;
  }
}
