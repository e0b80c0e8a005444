import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { inSchema } from '@agentchat/database';
import { pgTable, text } from 'drizzle-orm/pg-core';
import { major, push } from './drizzle.js';
import { Project } from './project.js';
import { database, packageFolder, repository } from './server.js';

// Declares the names that the pages use without defining them.
const given = `
  import type { SupabaseClient } from '@supabase/supabase-js';
  import type { Database } from '@agentchat/database';
  declare global {
    const db: Database;
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
      if (block!.includes(`// Drizzle ${major === 1 ? '0.45' : '1.0'}`)) continue;
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
  const { statements } = await push(made, { notes }, ['public'], filter);
  assert.deepEqual(
    statements.map((statement) => statement.replaceAll(/\s+/g, ' ').trim()),
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
  const { statements } = await push(made, exported, ['chat']);
  assert.deepEqual(statements, []);
  assert.deepEqual(Object.keys(all).sort(), [...names].sort());
});
