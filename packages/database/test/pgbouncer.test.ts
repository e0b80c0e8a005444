import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  asUser,
  createConversation,
  currentUserId,
  type Database,
  getConversation,
  NotFoundError,
  sql,
  truncateConversation,
} from '@agentchat/database';
import pg from 'pg';
import postgres from 'postgres';
import { drizzle, drizzlePostgresJs } from './drizzle.js';
import { database, freePort, type TestDatabase } from './server.js';

const ada = 'ada00000-0000-4000-8000-000000000000';
const bob = 'b0b00000-0000-4000-8000-000000000000';
const { PGHOST, PGPORT, PGPASSWORD } = process.env;

/** Starts PgBouncer, which lends its only connection to the server to one transaction after the other. */
async function startPgbouncer() {
  const folder = await mkdtemp(`${tmpdir()}/pgbouncer-`);
  const port = await freePort();
  await writeFile(`${folder}/users`, `"developer" "${PGPASSWORD}"\n`);
  await writeFile(
    `${folder}/pgbouncer.ini`,
    `
    [databases]
    * = host=${PGHOST} port=${PGPORT}
    [pgbouncer]
    listen_addr = 127.0.0.1
    listen_port = ${port}
    unix_socket_dir =
    auth_type = scram-sha-256
    auth_file = ${folder}/users
    pool_mode = transaction
    default_pool_size = 1
    `,
  );
  await chmod(folder, 0o755);
  // It refuses to run as root.
  const user = process.getuid?.() === 0 ? ['-u', 'postgres'] : [];
  const child = spawn('/usr/sbin/pgbouncer', ['-q', ...user, `${folder}/pgbouncer.ini`], { stdio: 'inherit' });
  const ended = once(child, 'exit');
  process.on('exit', () => child.kill());
  for (let tries = 0; ; tries += 1) {
    const socket = connect(port, '127.0.0.1');
    const listens = await once(socket, 'connect').then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (listens) break;
    assert.ok(tries < 100 && child.exitCode === null, 'PgBouncer does not listen');
    await sleep(50);
  }
  const stop = async () => {
    child.kill('SIGINT');
    await ended;
  };
  return { port, stop };
}

describe('asUser, through PgBouncer in transaction mode', () => {
  let made: TestDatabase;
  let bouncer: Awaited<ReturnType<typeof startPgbouncer>>;
  const clients: { end(): Promise<void> }[] = [];
  before(async () => {
    made = await database();
    await made.pool.query(`INSERT INTO users (id, email) VALUES ('${ada}', 'ada@example.com'), ('${bob}', 'b')`);
    bouncer = await startPgbouncer();
  });
  after(async () => {
    await Promise.all(clients.map((client) => client.end()));
    await bouncer?.stop();
  });

  const url = () => `postgres://developer:${PGPASSWORD}@127.0.0.1:${bouncer.port}/${made.name}`;
  const connects: Record<string, () => Database> = {
    'node-postgres': () => {
      const pool = new pg.Pool({ connectionString: url(), max: 4 });
      clients.push(pool);
      return drizzle(pool) as unknown as Database;
    },
    'postgres.js': () => {
      const client = postgres(url(), { max: 4, prepare: false, onnotice: () => {} });
      clients.push(client);
      return drizzlePostgresJs(client) as unknown as Database;
    },
  };

  for (const [name, newClient] of Object.entries(connects)) {
    test(`${name}: the user ends with the transaction`, async () => {
      const [first, second] = [newClient(), newClient()];
      const state = async (db: Database) => {
        const result: any = await db.execute(sql`
          SELECT pg_backend_pid() AS pid, current_user AS role, coalesce(current_setting('request.jwt.claims', true), '')
            AS claims, coalesce(current_setting('request.jwt.claim.sub', true), '') AS sub`);
        return (result.rows ?? result)[0];
      };
      const before = await state(second);
      const nobody = { pid: before.pid, role: 'developer', claims: '', sub: '' };
      assert.deepEqual(before, nobody);
      // Both clients get the same connection to the server, one after the other.
      const { id } = await asUser(first, ada, (tx) => createConversation(tx, { title: 'Mine' }));
      assert.deepEqual(await state(second), nobody);
      assert.equal(await currentUserId(second), null);
      assert.equal(await asUser(second, bob, (tx) => getConversation(tx, id)), null);
      assert.equal((await asUser(second, ada, (tx) => getConversation(tx, id)))?.user_id, ada);
      // Also after an error.
      await assert.rejects(
        asUser(first, ada, (tx) => truncateConversation(tx, id, 'msg-1')),
        NotFoundError,
      );
      assert.deepEqual(await state(second), nobody);
      await assert.rejects(
        asUser(first, ada, async () => {
          throw new Error('changed my mind');
        }),
        /changed my mind/,
      );
      assert.deepEqual(await state(second), nobody);
    });

    test(`${name}: users at the same time see their own rows only`, async () => {
      const dbs = [newClient(), newClient()];
      await Promise.all(
        Array.from({ length: 60 }, async (_, n) => {
          const user = n % 2 ? ada : bob;
          const db = dbs[n % 3 ? 0 : 1]!;
          const found = await asUser(db, user, async (tx) => {
            const { id } = await createConversation(tx, { title: `${n}` });
            const conversation = await getConversation(tx, id);
            return [await currentUserId(tx), conversation?.user_id, conversation?.title];
          });
          assert.deepEqual(found, [user, user, `${n}`]);
          if (n % 5 === 0) assert.equal(await currentUserId(db), null);
        }),
      );
    });
  }
});
