import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { before, describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { adopt, check } from '@agentchat/database';
import { build } from 'esbuild';
import { drizzle, push } from './drizzle.js';
import { database, packageFolder, type TestDatabase } from './server.js';

// test/document holds the schema and the query of the design document, verbatim.
const document = `${packageFolder}/test/document`;
/** Bundles an entry. The aliases tell what `@/packages/database` stands for. */
async function bundle(entry: string, alias: Record<string, string> = {}): Promise<string> {
  // Inside the package's folder, where Node.js finds the dependencies.
  const outfile = `${await mkdtemp(`${packageFolder}/build/document-`)}/main.mjs`;
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    tsconfig: `${document}/tsconfig.json`,
    alias,
    logLevel: 'error',
  });
  return outfile;
}

async function run(program: string, env: Record<string, string>): Promise<any> {
  const { stdout } = await promisify(execFile)(process.execPath, [program], { env: { ...process.env, ...env } });
  return JSON.parse(stdout);
}

describe('the design document', () => {
  let made: TestDatabase;
  before(async () => {
    made = await database();
  });

  test('compiles unchanged', async () => {
    await promisify(execFile)(process.execPath, [
      createRequire(import.meta.url).resolve('typescript/bin/tsc'),
      '--project',
      document,
    ]);
  });

  for (const driver of ['node-postgres', 'postgres.js']) {
    for (const [zone, offset] of [
      ['UTC', 0],
      ['America/New_York', 240],
      ['Asia/Kolkata', -330],
      ['Pacific/Apia', -780],
    ] as const) {
      test(`writes and reads with ${driver} in ${zone}`, async () => {
        await made.sql(`ALTER DATABASE ${made.name} SET TimeZone = '${zone}'`);
        const program = await bundle(`${document}/main.ts`);
        const result = await run(program, { DATABASE_URL: made.url, DRIVER: driver, TZ: zone });
        assert.equal(result.offset, offset);
        const given = '2026-03-08T07:30:00.123Z';
        assert.equal(result.user.createdAt, given);
        assert.equal(result.subscription.stripeCurrentPeriodEnd, given);
        const { read, now } = result;
        assert.equal(read.title, 'A longer trip');
        assert.deepEqual(
          read.messages.map(({ content }: any) => content),
          ['Where to?', 'To', 'the', 'sea'],
        );
        assert.equal(read.messages[0].createdAt, given);
        // The times that the database has set are the current time, in every time zone.
        for (const time of [
          read.createdAt,
          read.updatedAt,
          read.messages[3].createdAt,
          result.artifact.createdAt,
          result.user.updatedAt,
        ]) {
          assert.ok(Math.abs(Date.parse(time) - Date.parse(now)) < 60_000, `${time} at ${now}`);
        }
        assert.deepEqual(
          [
            result.instance.status,
            result.definition.isPublic,
            result.definition.tools,
            result.tool.isSystem,
            result.workflow.steps,
          ],
          ['active', false, [result.tool.name], false, [{ n: 1 }]],
        );
        assert.equal(result.artifact.messageId, read.messages[3].id);
      });
    }
  }

  test('has a query that also runs on this package', async () => {
    const { rows } = await made.pool.query('SELECT id FROM conversations LIMIT 1');
    const main = `${await mkdtemp(`${tmpdir()}/agentchat-`)}/main.ts`;
    await writeFile(
      main,
      `
      import { getConversationMessages } from '${document}/getConversationMessages';
      import { db } from '@/packages/database';
      console.log(JSON.stringify(await getConversationMessages('${rows[0].id}')));
      await db.$client.end();`,
    );
    const program = await bundle(main, {
      '@/packages/database': '@agentchat/database',
      '@/packages/database/schema': '@agentchat/database/schema',
    });
    const found = await run(program, { DATABASE_URL: made.url });
    assert.deepEqual(
      found.messages.map(({ content }: any) => content),
      ['Where to?', 'To', 'the', 'sea'],
    );
  });

  // docs/drizzle.md describes this.
  test('removes rules that it does not know when it is pushed; adopt() restores them', async () => {
    const schema = await import(pathToFileURL(await bundle(`${document}/packages/database/schema/index.ts`)).href);
    const db = drizzle(made.pool);
    const { statements, apply } = await push(made, schema, ['public']);
    const kinds = new Map<string, number>();
    for (const statement of statements) {
      const kind =
        /^(DROP \w+|ALTER TABLE \S+ (?:DISABLE ROW|DROP CONSTRAINT|ADD CONSTRAINT|ALTER COLUMN))/.exec(
          statement.trim(),
        )?.[1] ?? statement;
      const name = kind.replace(/TABLE \S+/, 'TABLE').trim();
      kinds.set(name, (kinds.get(name) ?? 0) + 1);
    }
    assert.deepEqual(Object.fromEntries(kinds), {
      'ALTER TABLE DISABLE ROW': 9,
      'DROP POLICY': 28,
      'DROP INDEX': 13,
      'ALTER TABLE ADD CONSTRAINT': 3,
      'ALTER TABLE ALTER COLUMN': 17,
      'ALTER TABLE DROP CONSTRAINT': 23,
    });
    await apply();
    assert.ok((await check(db)).length > 50);
    await adopt(db, { build: true });
    assert.deepEqual(await check(db), []);
  });
});
