import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { cp, readdir, readFile } from 'node:fs/promises';
import { before, describe, test } from 'node:test';
import { adopt, check, createDatabase, getVersion, migrationsFolder } from '@agentchat/database';
import * as agentchat from '@agentchat/database/schema';
import { PGlite } from '@electric-sql/pglite';
import { migrate } from 'drizzle-orm/node-postgres/migrator';
import { migrate as migratePGlite } from 'drizzle-orm/pglite/migrator';
import { migrate as migratePostgresJs } from 'drizzle-orm/postgres-js/migrator';
import postgres from 'postgres';
import { drizzle, drizzlePostgresJs, kit, major } from './drizzle.js';
import { Project } from './project.js';
import { emptyDatabase, packageFolder, repository } from './server.js';

// Drizzle 1.0 has a folder for each migration.
const [folder, sqlFile] =
  major === 1 ? ['migrations-1', '20260101000000_agentchat/migration.sql'] : ['migrations', '0000_agentchat.sql'];
const shipped = `./node_modules/@agentchat/database/src/${folder}`;

const config = (out: string) => `
  export default {
    dialect: 'postgresql',
    schema: './schema.ts',
    out: '${out}',
    schemaFilter: ['public'],
    dbCredentials: { url: process.env.DATABASE_URL },
  };`;

describe('migrations', () => {
  let project: Project;
  before(async () => {
    project = await Project.create();
    await project.write({ 'schema.ts': "export * from '@agentchat/database/schema';" });
  });

  test('have a current snapshot of the schema', async () => {
    if (major === 1) {
      await project.write({ 'drizzle.config.ts': config(shipped) });
      assert.match(await project.program('drizzle-kit', ['generate']), /No schema changes/);
      return;
    }
    const snapshot = JSON.parse(await readFile(`${packageFolder}/src/migrations/meta/0000_snapshot.json`, 'utf8'));
    const { id, prevId } = snapshot;
    const made = { ...(await kit.generateDrizzleJson(agentchat)), id, prevId };
    assert.deepEqual(snapshot, JSON.parse(JSON.stringify(made)));
  });

  test('install the extension in an empty database with drizzle-kit migrate', async () => {
    const made = await emptyDatabase();
    await project.write({ 'drizzle.config.ts': config(shipped) });
    for (let times = 0; times < 2; times += 1) {
      await project.program('drizzle-kit', ['migrate'], { DATABASE_URL: made.url });
      assert.deepEqual(await check(drizzle(made.pool)), []);
    }
    assert.match(await project.program('drizzle-kit', ['push'], { DATABASE_URL: made.url }), /No changes detected/);
    const version = /^default_version = '(.*)'/m.exec(await readFile(`${repository}agentchat.control`, 'utf8'))?.[1];
    const { rows } = await made.pool.query("SELECT extversion FROM pg_extension WHERE extname = 'agentchat'");
    assert.deepEqual(rows, [{ extversion: version }]);
  });

  test('... and with the migrators of both drivers', async () => {
    const first = await emptyDatabase();
    await migrate(drizzle(first.pool), { migrationsFolder });
    assert.deepEqual(await check(drizzle(first.pool)), []);
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
    const files = (await readdir(`${project.folder}/migrations`, { recursive: true }))
      .filter((name) => name.endsWith('.sql'))
      .sort();
    assert.equal(files.length, 2);
    assert.equal(files[0], sqlFile);
    assert.match(files[1]!, major === 1 ? /^20\d{12}_additions\/migration\.sql$/ : /^0001_additions\.sql$/);
    const additions = await readFile(`${project.folder}/migrations/${files[1]}`, 'utf8');
    assert.deepEqual(
      additions.split('--> statement-breakpoint').map((text) => text.trim().replaceAll(/\s+/g, ' ')),
      [
        'CREATE TABLE "folders" ( "user_id" uuid );',
        'ALTER TABLE "messages" ADD COLUMN "rating" integer;',
        major === 1
          ? 'ALTER TABLE "folders" ADD CONSTRAINT "folders_user_id_users_id_fkey" FOREIGN KEY ("user_id") ' +
            'REFERENCES "users"("id");'
          : 'ALTER TABLE "folders" ADD CONSTRAINT "folders_user_id_users_id_fk" FOREIGN KEY ("user_id") ' +
            'REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;',
      ],
    );
    await project.program('drizzle-kit', ['migrate'], { DATABASE_URL: made.url });
    assert.deepEqual(await check(drizzle(made.pool)), []);
    const { rows } = await made.pool.query('SELECT rating FROM messages UNION ALL SELECT 1 FROM folders');
    assert.deepEqual(rows, []);
  });

  describe('can have the SQL edition in place of the extension', () => {
    const out = './hosted';
    before(async () => {
      await cp(`${project.folder}/${shipped}`, `${project.folder}/${out}`, { recursive: true });
      await project.write({
        'drizzle.config.ts': config(out),
        'schema.ts': "export * from '@agentchat/database/schema';",
        [`${out}/${sqlFile}`]: await project.run('node_modules/.bin/agentchat', ['migration']),
      });
    });

    test('with drizzle-kit, which then finds nothing to change', async () => {
      const made = await emptyDatabase();
      for (let times = 0; times < 2; times += 1) {
        await project.program('drizzle-kit', ['migrate'], { DATABASE_URL: made.url });
        assert.equal((await getVersion(drizzle(made.pool))).edition, 'sql');
        assert.deepEqual(await check(drizzle(made.pool)), []);
      }
      assert.match(await project.program('drizzle-kit', ['push'], { DATABASE_URL: made.url }), /No changes detected/);
      assert.match(await project.program('drizzle-kit', ['generate']), /No schema changes/);
    });

    test('with the migrators of node-postgres, postgres.js and PGlite', async () => {
      const folder = { migrationsFolder: `${project.folder}/${out}` };
      const first = await emptyDatabase();
      await migrate(drizzle(first.pool), folder);
      const second = await emptyDatabase();
      const client = postgres(second.url, { max: 1, onnotice: () => {} });
      await migratePostgresJs(drizzlePostgresJs(client), folder);
      const third = createDatabase(new PGlite());
      await migratePGlite(third as never, folder);
      for (const db of [drizzle(first.pool), drizzlePostgresJs(client), third]) {
        assert.equal((await getVersion(db)).edition, 'sql');
        assert.deepEqual(await check(db), []);
      }
      await Promise.all([client.end(), third.$client.close()]);
    });
  });

  if (major === 1) {
    test('of a project that began with Drizzle 0.45 go on after drizzle-kit up', async () => {
      const made = await emptyDatabase();
      // What drizzle-orm 0.45 has written.
      const sql = await readFile(`${packageFolder}/src/migrations/0000_agentchat.sql`, 'utf8');
      await made.pool.query(`
        CREATE EXTENSION agentchat;
        CREATE SCHEMA drizzle;
        CREATE TABLE drizzle.__drizzle_migrations (id serial PRIMARY KEY, hash text NOT NULL, created_at bigint);
        INSERT INTO drizzle.__drizzle_migrations (hash, created_at)
          VALUES ('${createHash('sha256').update(sql).digest('hex')}', 1767225600000)`);
      await cp(`${packageFolder}/src/migrations`, `${project.folder}/upgraded`, { recursive: true });
      await project.write({
        'drizzle.config.ts': config('./upgraded'),
        'schema.ts': "export * from '@agentchat/database/schema';",
      });
      await project.program('drizzle-kit', ['up']);
      const files = ['20260101000000_agentchat/migration.sql', '20260101000000_agentchat/snapshot.json'];
      for (const file of files) {
        const upgraded = await readFile(`${project.folder}/upgraded/${file}`, 'utf8');
        assert.equal(upgraded, await readFile(`${packageFolder}/src/migrations-1/${file}`, 'utf8'));
      }
      await project.program('drizzle-kit', ['migrate'], { DATABASE_URL: made.url });
      const { rows } = await made.pool.query('SELECT name FROM drizzle.__drizzle_migrations');
      assert.deepEqual(rows, [{ name: '20260101000000_agentchat' }]);
      // A project can also replace its folder with the one of this package.
      await migrate(drizzle(made.pool), { migrationsFolder });
      assert.deepEqual(await check(drizzle(made.pool)), []);
    });
  }

  test('leave existing tables to adopt()', async () => {
    const made = await emptyDatabase();
    await made.pool.query(`
      CREATE TABLE users (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), email text NOT NULL UNIQUE, name text,
        avatar_url text, created_at timestamp DEFAULT now() NOT NULL, updated_at timestamp DEFAULT now() NOT NULL);
      INSERT INTO users (email) VALUES ('ada@example.com')`);
    const db = drizzle(made.pool);
    await migrate(db, { migrationsFolder });
    await adopt(db, { build: true });
    // adopt() revokes nothing.
    for (const { remedy } of await check(db)) await made.pool.query(remedy!);
    assert.deepEqual(await check(db), []);
    assert.equal((await db.select().from(agentchat.users)).length, 1);
  });
});
