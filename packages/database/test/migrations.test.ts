import assert from 'node:assert/strict';
import { cp, readdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { before, describe, test } from 'node:test';
import { adopt, check, migrationsFolder } from '@agentchat/database';
import * as agentchat from '@agentchat/database/schema';
import { drizzle as drizzleNodePostgres } from 'drizzle-orm/node-postgres';
import { migrate as migrateNodePostgres } from 'drizzle-orm/node-postgres/migrator';
import { drizzle as drizzlePostgresJs } from 'drizzle-orm/postgres-js';
import { migrate as migratePostgresJs } from 'drizzle-orm/postgres-js/migrator';
import postgres from 'postgres';
import { Project } from './project.js';
import { emptyDatabase, packageFolder, repository } from './server.js';

const { generateDrizzleJson } = createRequire(import.meta.url)('drizzle-kit/api') as typeof import('drizzle-kit/api');

const shipped = './node_modules/@agentchat/database/src/migrations';

const config = (out: string) => `
  export default {
    dialect: 'postgresql',
    schema: './schema.ts',
    out: '${out}',
    dbCredentials: { url: process.env.DATABASE_URL },
  };`;

describe('migrations', () => {
  let project: Project;
  before(async () => {
    project = await Project.create();
    await project.write({ 'schema.ts': "export * from '@agentchat/database/schema';" });
  });

  test('have a current snapshot of the schema', async () => {
    const snapshot = JSON.parse(await readFile(`${packageFolder}/src/migrations/meta/0000_snapshot.json`, 'utf8'));
    const { id, prevId } = snapshot;
    assert.deepEqual(snapshot, JSON.parse(JSON.stringify({ ...generateDrizzleJson(agentchat), id, prevId })));
  });

  test('install the extension in an empty database with drizzle-kit migrate', async () => {
    const made = await emptyDatabase();
    await project.write({ 'drizzle.config.ts': config(shipped) });
    for (let times = 0; times < 2; times += 1) {
      await project.program('drizzle-kit', ['migrate'], { DATABASE_URL: made.url });
      assert.deepEqual(await check(drizzleNodePostgres(made.pool)), []);
    }
    assert.match(await project.program('drizzle-kit', ['push'], { DATABASE_URL: made.url }), /No changes detected/);
    const version = /^default_version = '(.*)'/m.exec(await readFile(`${repository}agentchat.control`, 'utf8'))?.[1];
    const { rows } = await made.pool.query("SELECT extversion FROM pg_extension WHERE extname = 'agentchat'");
    assert.deepEqual(rows, [{ extversion: version }]);
  });

  test('... and with the migrators of both drivers', async () => {
    const first = await emptyDatabase();
    await migrateNodePostgres(drizzleNodePostgres(first.pool), { migrationsFolder });
    assert.deepEqual(await check(drizzleNodePostgres(first.pool)), []);
    const second = await emptyDatabase();
    const client = postgres(second.url, { max: 1, onnotice: () => {} });
    await migratePostgresJs(drizzlePostgresJs(client), { migrationsFolder });
    assert.deepEqual(await check(drizzlePostgresJs(client)), []);
    await client.end();
  });

  test('are the first of an application; its later ones have only its additions', async () => {
    const made = await emptyDatabase();
    await cp(`${project.folder}/${shipped}`, `${project.folder}/migrations`, { recursive: true });
    await project.write({
      'drizzle.config.ts': config('./migrations'),
      'schema.ts': `
        import { integer, pgTable, uuid } from 'drizzle-orm/pg-core';
        import { messagesColumns, messagesRules, users } from '@agentchat/database/schema';
        export * from '@agentchat/database/schema';
        export const messages = pgTable('messages', { ...messagesColumns(), rating: integer('rating') }, messagesRules()).enableRLS();
        export const folders = pgTable('folders', { userId: uuid('user_id').references(() => users.id) });`,
    });
    await project.program('drizzle-kit', ['generate', '--name', 'additions']);
    const files = (await readdir(`${project.folder}/migrations`)).filter((name) => name.endsWith('.sql')).sort();
    assert.deepEqual(files, ['0000_agentchat.sql', '0001_additions.sql']);
    const additions = await readFile(`${project.folder}/migrations/0001_additions.sql`, 'utf8');
    assert.deepEqual(
      additions.split('--> statement-breakpoint').map((text) => text.trim().replaceAll(/\s+/g, ' ')),
      [
        'CREATE TABLE "folders" ( "user_id" uuid );',
        'ALTER TABLE "messages" ADD COLUMN "rating" integer;',
        'ALTER TABLE "folders" ADD CONSTRAINT "folders_user_id_users_id_fk" FOREIGN KEY ("user_id") ' +
          'REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;',
      ],
    );
    await project.program('drizzle-kit', ['migrate'], { DATABASE_URL: made.url });
    assert.deepEqual(await check(drizzleNodePostgres(made.pool)), []);
    const { rows } = await made.pool.query('SELECT rating FROM messages UNION ALL SELECT 1 FROM folders');
    assert.deepEqual(rows, []);
  });

  test('leave existing tables to adopt()', async () => {
    const made = await emptyDatabase();
    await made.pool.query(`
      CREATE TABLE users (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), email text NOT NULL UNIQUE, name text,
        avatar_url text, created_at timestamp DEFAULT now() NOT NULL, updated_at timestamp DEFAULT now() NOT NULL);
      INSERT INTO users (email) VALUES ('ada@example.com')`);
    const db = drizzleNodePostgres(made.pool);
    await migrateNodePostgres(db, { migrationsFolder });
    await adopt(db, { build: true });
    // adopt() revokes nothing.
    for (const { remedy } of await check(db)) await made.pool.query(remedy!);
    assert.deepEqual(await check(db), []);
    assert.equal((await db.select().from(agentchat.users)).length, 1);
  });
});
