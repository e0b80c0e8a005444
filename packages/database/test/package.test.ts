import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { major } from './drizzle.js';
import { compilerOptions, Project } from './project.js';
import { database, packageFolder, repository, type TestDatabase } from './server.js';

describe('the published package', () => {
  let project: Project;
  let made: TestDatabase;
  before(async () => {
    project = await Project.create();
    made = await database();
  });

  for (const [driver, without] of [
    ['node-postgres', 'postgres'],
    ['postgres.js', 'pg'],
  ] as const) {
    test(`connects to DATABASE_URL with ${driver} if ${without} is not installed`, async () => {
      const alone = await Project.create({ without: [without] });
      await alone.write({
        'main.mjs': `
          import { createConversation, db, eq, getConversation, migrationsFolder, users } from '@agentchat/database';
          const [user] = await db.insert(users).values({ email: '${driver}@example.com' }).returning();
          const { id } = await createConversation(db, { title: 'Hi', userId: user.id });
          const { title } = await getConversation(db, id);
          const found = await db.query.users.findFirst({ with: { conversations: true }, where: ${major === 1 ? '{ id: user.id }' : 'eq(users.id, user.id)'} });
          console.log(JSON.stringify([title, found.conversations.length, user.createdAt instanceof Date, migrationsFolder]));
          await db.transaction(async (tx) => void (await getConversation(tx, id)));
          await db.$client.end();`,
      });
      const [title, count, isDate, folder] = JSON.parse(await alone.node('main.mjs', { DATABASE_URL: made.url }));
      assert.deepEqual([title, count, isDate], ['Hi', 1, true]);
      const file = major === 1 ? '20260101000000_agentchat/migration.sql' : '0000_agentchat.sql';
      assert.ok((await readFile(`${folder}/${file}`, 'utf8')).includes('CREATE EXTENSION'));
    });
  }

  test('tells that DATABASE_URL or a driver is missing', async () => {
    const bare = await Project.create({ without: ['pg', 'postgres'] });
    await bare.write({
      'main.mjs':
        "import { db } from '@agentchat/database'; try { db.select(); } catch (error) { console.log(error.message); }",
    });
    assert.match(await bare.node('main.mjs', { DATABASE_URL: '' }), /^DATABASE_URL is not set\./);
    assert.match(await bare.node('main.mjs', { DATABASE_URL: made.url }), /Install pg or postgres\./);
  });

  test('can be imported by each entry, and required', async () => {
    await project.write({
      'main.mjs': `
        import * as all from '@agentchat/database';
        import * as schema from '@agentchat/database/schema';
        import * as queries from '@agentchat/database/queries';
        import '@agentchat/database/supabase';
        const missing = [...Object.keys(schema), ...Object.keys(queries)].filter((name) => !(name in all));
        console.log(JSON.stringify([missing, typeof schema.eq, typeof queries.getConversation]));`,
      // Node.js 20.19 and later can require() modules.
      'main.cjs': `
        const { getConversation, messages } = require('@agentchat/database');
        console.log(typeof getConversation, typeof messages);`,
    });
    assert.deepEqual(JSON.parse(await project.node('main.mjs')), [[], 'function', 'function']);
    const [major, minor] = process.versions.node.split('.').map(Number) as [number, number];
    if (major > 20 || (major === 20 && minor >= 19)) assert.equal(await project.node('main.cjs'), 'function object\n');
  });

  test('needs the AI SDK only for the streams of runs and for getModelMessages', async () => {
    const alone = await Project.create({ without: ['ai'] });
    await alone.write({
      'main.mjs': `
        import { getConversation, getModelMessages, recoverRun } from '@agentchat/database';
        import { runs } from '@agentchat/database/schema/runs';
        const id = '00000000-0000-4000-8000-000000000000';
        const results = { recover_run: { status: 'failed', run_id: id, message_id: id }, get_conversation_json: [] };
        const chunks = { run_id: id, message_id: id, status: 'failed', chunks: [], next: 0 };
        const rpc = async (name) => ({ data: results[name] ?? chunks, error: null, status: 200 });
        const tell = ({ message }) => console.log(typeof getConversation, typeof runs, message);
        await recoverRun({ rpc }, 'c').catch(tell);
        await getModelMessages({ rpc }, 'c').catch(tell);`,
    });
    assert.equal(await alone.node('main.mjs'), 'function object The AI SDK is not installed. Install ai.\n'.repeat(2));
    const { errors, outputFiles } = await build({
      entryPoints: [`${alone.folder}/main.mjs`],
      bundle: true,
      write: false,
      platform: 'node',
      format: 'esm',
      external: ['pg', 'postgres', 'drizzle-orm'],
      logLevel: 'silent',
    });
    assert.deepEqual(errors, []);
    assert.equal(outputFiles.length, 1);
  });

  for (const [module, moduleResolution] of [
    ['nodenext', 'nodenext'],
    ...(major === 0 ? [['esnext', 'bundler']] : []),
  ]) {
    test(`has the types that users expect, with moduleResolution ${moduleResolution}`, async () => {
      await project.write({
        'types.ts': await readFile(`${packageFolder}/test/consumer/types.ts`, 'utf8'),
        'drizzle.ts': await readFile(`${packageFolder}/test/consumer/drizzle${major === 1 ? '_1' : ''}.ts`, 'utf8'),
        'tsconfig.json': JSON.stringify({
          compilerOptions: { ...compilerOptions, module, moduleResolution },
          files: ['types.ts'],
        }),
      });
      await project.program('tsc', ['--project', '.']);
    });
  }

  test('has types that need only drizzle-orm', async () => {
    const alone = await Project.create({
      without: [
        'pg',
        'postgres',
        '@electric-sql/pglite',
        'ai',
        'openai',
        '@anthropic-ai/sdk',
        '@supabase/supabase-js',
        '@types/node',
      ],
    });
    await alone.write({
      'types.ts': `
        import { getConversation, type UIMessage } from '@agentchat/database/queries';
        export const read = async (client: { rpc: (name: any, args?: any) => PromiseLike<{ data: any; error: any }> }) => {
          const messages: UIMessage[] | null = await getConversation(client, '', { format: 'ai-sdk' });
          return messages;
        };
        // @ts-expect-error: it is an array
        export const wrong: Promise<string> = read(null!);`,
      'tsconfig.json': JSON.stringify({
        compilerOptions: { ...compilerOptions, types: [], module: 'nodenext' },
        files: ['types.ts'],
      }),
    });
    await alone.program('tsc', ['--project', '.']);
  });

  // Drizzle makes no difference to these.
  if (major === 0) {
    test('has the files that it needs, and no others', async () => {
      const files = (
        await project.run('find', ['node_modules/@agentchat/database/', '-type', 'f', '-printf', '%P\n'])
      ).split('\n');
      for (const file of [
        'package.json',
        'README.md',
        'LICENSE',
        'CHANGELOG.md',
        'dist/index.js',
        'dist/index.d.ts',
        'dist/schema/messages.d.ts',
        'dist/queries/getConversation.js.map',
        'src/queries/getConversation.ts',
        'src/migrations/0000_agentchat.sql',
        'src/migrations/meta/_journal.json',
        'src/migrations/meta/0000_snapshot.json',
        'src/migrations-1/20260101000000_agentchat/migration.sql',
        'src/migrations-1/20260101000000_agentchat/snapshot.json',
      ]) {
        assert.ok(files.includes(file), file);
      }
      assert.deepEqual(
        files.filter((file) => file && !/^(dist|src)\/|^(package\.json|README\.md|LICENSE|CHANGELOG\.md)$/.test(file)),
        [],
      );
      assert.equal(await readFile(`${packageFolder}/LICENSE`, 'utf8'), await readFile(`${repository}LICENSE`, 'utf8'));
      const { dependencies, version } = JSON.parse(await readFile(`${packageFolder}/package.json`, 'utf8'));
      assert.equal(dependencies, undefined);
      assert.match(
        await readFile(`${repository}agentchat.control`, 'utf8'),
        new RegExp(`default_version = '${version}'`),
      );
    });

    for (const [file, ...features] of [['supabase.types.ts'], ['runs/supabase.types.ts', 'runs']] as const) {
      test(`has the types that Supabase's generator makes, ${file}`, async () => {
        const { stdout } = await promisify(execFile)(`${repository}scripts/supabase-types`, features);
        assert.equal(stdout, await readFile(`${packageFolder}/src/${file}`, 'utf8'));
      });
    }
  }
});
