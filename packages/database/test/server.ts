import { execFile } from 'node:child_process';
import { appendFile, mkdtemp } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { after } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type Database, grantApi } from '@agentchat/database';
import { createClient } from '@supabase/supabase-js';
import pg from 'pg';
import postgres from 'postgres';
import { drizzle, drizzlePostgresJs, major } from './drizzle.js';

// Compiled tests are in packages/database/build/test, or with Drizzle 1.0 in build/drizzle-1/build/test.
const depth = major === 1 ? '../../../../../..' : '../../../..';

/** The top of the repository, with a slash at the end. */
export const repository = fileURLToPath(new URL(depth, import.meta.url));

export const packageFolder = `${repository}packages/database`;

// The tests use the server that scripts/with-cluster has started, and the real PostgREST.
const { newDatabase, startPostgrest, token, stopAll, freePort } = createRequire(import.meta.url)(
  `${repository}test/lib/http.js`,
);

export { freePort };

const { INSTRUMENTED, PGHOST, PGPORT, PGPASSWORD, PGUSER, PGDATABASE } = process.env;

/** How many milliseconds a long file may take: more where scripts/with-cluster says INSTRUMENTED. */
export const patience = INSTRUMENTED ? 1_800_000 : 300_000;

/** A database for a test. */
export interface TestDatabase {
  name: string;
  /** Runs a query as superuser, with psql, and returns its output. */
  sql(query: string): Promise<string>;
  /** Connects as the owner of the tables, who is not a superuser. */
  url: string;
  pool: pg.Pool;
}

const urlOf = (database: string, user: string) => `postgres://${user}:${PGPASSWORD}@${PGHOST}:${PGPORT}/${database}`;

const open: { end(): Promise<void> }[] = [];

after(async () => {
  await Promise.all(open.map((pool) => pool.end()));
  await stopAll();
});

/** Creates a database like Supabase's, without the extension. */
export async function emptyDatabase(): Promise<TestDatabase> {
  const { name, sql } = await newDatabase();
  const url = urlOf(name, 'developer');
  // Most tests have a database of their own. The server would run out of connections if all kept theirs.
  const pool = new pg.Pool({ connectionString: url, idleTimeoutMillis: 1000 });
  open.push(pool);
  return { name, sql, url, pool };
}

/** Creates a database like Supabase's. The owner of the tables has created the extension in the given schema. */
export async function database(inSchema = 'public'): Promise<TestDatabase> {
  const made = await emptyDatabase();
  if (inSchema !== 'public') await made.pool.query(`CREATE SCHEMA ${inSchema}`);
  await made.pool.query(`CREATE EXTENSION agentchat SCHEMA ${inSchema}`);
  for (const role of ['authenticated', 'service_role']) await grantApi(drizzle(made.pool), role);
  return made;
}

/** Connects Drizzle as the owner of the tables, with both drivers. */
export function drizzles(made: TestDatabase) {
  const client = postgres(made.url, { max: 4, onnotice: () => {} });
  open.push(client);
  // The tests use only functions that both have.
  return {
    'node-postgres': drizzle(made.pool) as unknown as Database,
    'postgres.js': drizzlePostgresJs(client) as unknown as Database,
  };
}

/** Starts PostgREST, and makes clients of supabase-js: as a user, or as service_role. */
export async function supabases(made: TestDatabase, inSchema = 'public') {
  const { url } = await startPostgrest(made, { PGRST_DB_SCHEMAS: inSchema });
  // supabase-js expects PostgREST below /rest/v1, where Supabase's gateway has it.
  const throughGateway: typeof fetch = (input, init) => fetch(String(input).replace('/rest/v1', ''), init);
  const as = (claims: { role: string; sub?: string }) =>
    createClient(url, token(claims), {
      db: { schema: inSchema },
      global: { fetch: throughGateway },
      // supabase-js asks for a WebSocket, which Node.js before 22 does not have. The tests use nothing of realtime.
      realtime: { transport: class {} as never },
    });
  return {
    user: (id: string) => as({ role: 'authenticated', sub: id }),
    service: () => as({ role: 'service_role' }),
  };
}

/** A cluster of a test's own, which the test can restart. */
export interface Cluster {
  /** Connects as the owner of the tables. */
  url: string;
  restart(mode: 'fast' | 'immediate'): Promise<void>;
}

const run = promisify(execFile);

/** Starts a cluster with a database like Supabase's and the extension. scripts/with-cluster stops it at the end. */
export async function ownCluster(made: TestDatabase): Promise<Cluster> {
  const folder = await mkdtemp(`${tmpdir()}/cluster-`);
  const port = await freePort();
  // It refuses to run as root.
  const isRoot = process.getuid?.() === 0;
  const asServer = (...command: [string, ...string[]]) =>
    isRoot ? run('runuser', ['-u', 'postgres', '--', ...command], { cwd: '/' }) : run(command[0], command.slice(1));
  if (isRoot) await run('chown', ['postgres', folder]);
  const data = `${folder}/data`;
  await asServer('initdb', '-D', data, '-U', PGUSER ?? '', '-A', 'trust', '--encoding=UTF8', '--no-sync');
  // It finds the extension where the other one does.
  const settings = await made.sql(`
    SELECT string_agg(format('%s = %L', name, setting), E'\\n') FROM pg_settings
    WHERE name IN ('dynamic_library_path', 'extension_destdir', 'extension_control_path')`);
  const listens = `port = ${port}\nlisten_addresses = '127.0.0.1'\nunix_socket_directories = ''\n`;
  // What the operating system holds survives a restart of the server. On a busy disk, fsync takes minutes.
  const quick = 'fsync = off\n';
  await appendFile(`${data}/postgresql.conf`, `${settings}\n${listens}${quick}`);
  const control = (...command: string[]) => asServer('pg_ctl', '-D', data, '-l', `${folder}/log`, '-w', ...command);
  await control('start');
  const psql = (...options: string[]) =>
    run('psql', ['-Xq', '-p', String(port), '-v', 'ON_ERROR_STOP=1', '-v', 'owner=developer', ...options]);
  if (PGDATABASE !== 'postgres') await psql('-d', 'postgres', '-c', `CREATE DATABASE "${PGDATABASE}"`);
  await psql(
    '-v',
    `password=${PGPASSWORD}`,
    '-v',
    'default_privileges=true',
    '-f',
    `${repository}test/lib/supabase.sql`,
  );
  return {
    url: `postgres://developer@127.0.0.1:${port}/${PGDATABASE}`,
    restart: async (mode) => void (await control('restart', '-m', mode)),
  };
}
