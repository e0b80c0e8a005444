import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { inSchema } from '@agentchat/database';
import { drizzle } from 'drizzle-orm/node-postgres';
import { pgTable, text } from 'drizzle-orm/pg-core';
import { Project } from './project.js';
import { database, packageFolder, quietly, repository } from './server.js';

const { pushSchema } = createRequire(import.meta.url)('drizzle-kit/api') as typeof import('drizzle-kit/api');

// Declares the names that the pages use without defining them.
const given = `
  import type { SupabaseClient } from '@supabase/supabase-js';
  import type { NodePgDatabase } from 'drizzle-orm/node-postgres';
  import type * as schema from '@agentchat/database/schema';
  declare global {
    const db: NodePgDatabase<typeof schema>;
    const supabase: SupabaseClient;
    const id: string;
    const userId: string;
    const definitionId: string;
  }`;

test('the TypeScript in the pages compiles', async () => {
  const project = await Project.create();
  const files: Record<string, string> = { 'given.d.ts': given };
  for (const page of [`${packageFolder}/README.md`, `${repository}README.md`, `${repository}docs/drizzle.md`]) {
    const blocks = (await readFile(page, 'utf8')).matchAll(/^( *)```ts\n(.*?)^ *```/gms);
    let number = 0;
    for (const [, indent, block] of blocks) {
      files[`${page.slice(repository.length).replaceAll('/', '-')}-${++number}.ts`] =
        `${block!.replaceAll(new RegExp(`^${indent}`, 'gm'), '')}\nexport {};`;
    }
    assert.ok(number >= 1, page);
  }
  await project.write(files);
  await project.write({
    'tsconfig.json': JSON.stringify({
      compilerOptions: {
        strict: true,
        skipLibCheck: true,
        noEmit: true,
        target: 'es2022',
        module: 'nodenext',
        types: ['node'],
      },
    }),
  });
  await project.program('tsc', ['--project', '.']);
});

test('docs/drizzle.md: with the filter, drizzle-kit leaves the tables alone', async () => {
  const made = await database();
  const page = await readFile(`${repository}docs/drizzle.md`, 'utf8');
  const filter = [.../tablesFilter: \[(.*?)\]/s.exec(page)![1]!.matchAll(/'(.*?)'/g)].map(([, name]) => name!);
  const notes = pgTable('notes', { text: text('text') });
  const { statementsToExecute } = await quietly(() =>
    pushSchema({ notes }, drizzle(made.pool) as never, ['public'], filter),
  );
  assert.deepEqual(
    statementsToExecute.map((statement) => statement.replaceAll(/\s+/g, ' ').trim()),
    ['CREATE TABLE "notes" ( "text" text );'],
  );
});

test('README.md: with the exports of another schema, drizzle-kit push has nothing to change', async () => {
  const made = await database('chat');
  const block = /^export const \{([^}]*)\} = inSchema\('chat'\);/m.exec(
    await readFile(`${packageFolder}/README.md`, 'utf8'),
  );
  const all = inSchema('chat');
  const names = block![1]!
    .split(',')
    .map((name) => name.trim())
    .filter(Boolean);
  const exported = Object.fromEntries(Object.entries(all).filter(([name]) => names.includes(name)));
  assert.deepEqual(Object.keys(exported).sort(), [...names].sort());
  const { statementsToExecute } = await quietly(() => pushSchema(exported, drizzle(made.pool) as never, ['chat']));
  assert.deepEqual(statementsToExecute, []);
  assert.deepEqual(Object.keys(all).sort(), [...names].sort());
});
