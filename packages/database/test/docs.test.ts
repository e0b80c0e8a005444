import assert from 'node:assert/strict';
import { readdir, readFile, symlink } from 'node:fs/promises';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { asUser, getConversation, inSchema } from '@agentchat/database';
import { simulateReadableStream } from 'ai';
import { MockLanguageModelV3 } from 'ai/test';
import { pgTable, text } from 'drizzle-orm/pg-core';
import { transform } from 'esbuild';
import { major, push } from './drizzle.js';
import { compilerOptions, Project } from './project.js';
import { usage } from './puppet.js';
import { database, drizzles, packageFolder, repository, type TestDatabase } from './server.js';

// Declares the names that the pages use without defining them.
const given = `
  import type { SupabaseClient } from '@supabase/supabase-js';
  import type { Database } from '@agentchat/database';
  import type { LanguageModel, ModelMessage } from 'ai';
  declare global {
    const db: Database;
    const supabase: SupabaseClient;
    const id: string;
    const userId: string;
    const definitionId: string;
    const agentInstanceId: string;
    const model: LanguageModel;
    const messages: ModelMessage[];
    const run: (tool: string, input: unknown) => Promise<unknown>;
  }`;

test('the TypeScript in the pages compiles', async () => {
  const project = await Project.create();
  const files: Record<string, string> = { 'given.d.ts': given };
  const docs = (await readdir(`${repository}docs`)).filter((name) => name.endsWith('.md'));
  const pages = ['packages/database/README.md', 'README.md', ...docs.map((name) => `docs/${name}`)];
  for (const page of pages) {
    const blocks = (await readFile(`${repository}${page}`, 'utf8')).matchAll(/^( *)```ts\n(.*?)^ *```/gms);
    let number = 0;
    for (const [, indent, block] of blocks) {
      if (block!.includes(`// Drizzle ${major === 1 ? '0.45' : '1.0'}`)) continue;
      files[`${page.replaceAll('/', '-')}-${++number}.ts`] =
        `${block!.replaceAll(new RegExp(`^${indent}`, 'gm'), '')}\nexport {};`;
    }
  }
  assert.ok(Object.keys(files).length > 25);
  await project.write(files);
  await project.write({
    'tsconfig.json': JSON.stringify({
      // Some of it is for browsers.
      compilerOptions: { ...compilerOptions, lib: ['es2023', 'dom', 'dom.iterable'], module: 'nodenext' },
    }),
  });
  await project.program('tsc', ['--project', '.']);
});

const userId = 'ada00000-0000-4000-8000-000000000000';

/** Returns the block of TypeScript in a page that contains the word. */
async function blockWith(word: string, name: string): Promise<string> {
  const page = await readFile(`${repository}${name}`, 'utf8');
  const blocks = [...page.matchAll(/^```ts\n(.*?)^```/gms)].map(([, code]) => code!);
  return blocks.find((code) => code.includes(word))!;
}

/** Makes a model that always gives the same answer. */
const answering = (...words: string[]) =>
  new MockLanguageModelV3({
    doStream: async () => ({
      stream: simulateReadableStream({
        chunks: [
          { type: 'stream-start', warnings: [] },
          { type: 'text-start', id: '1' },
          ...words.map((delta) => ({ type: 'text-delta' as const, id: '1', delta })),
          { type: 'text-end', id: '1' },
          { type: 'finish', finishReason: { unified: 'stop', raw: 'stop' }, usage },
        ],
      }),
    }),
  });

/**
 * Runs a page's route for useChat, with each version of the AI SDK: a question, a reload, and another question. Returns
 * the conversation as it is after either.
 */
async function talksThrough(route: string, made: TestDatabase) {
  await made.pool.query(`INSERT INTO users (id, email) VALUES ('${userId}', 'ada@example.com')`);
  const { code } = await transform(route, { loader: 'ts', format: 'esm' });
  const talks = [];
  for (const [version, folder] of [
    ['6', `${packageFolder}/node_modules/ai`],
    ['7', `${repository}test/node_modules/ai-7`],
  ] as const) {
    const project = await Project.create({ without: ['ai'] });
    await symlink(folder, `${project.folder}/node_modules/ai`);
    await project.write({ 'route.mjs': code });
    const db = drizzles(made)['node-postgres']!;
    Object.assign(globalThis, { db, userId, model: answering('See ', 'Haleakalā.') });
    const { POST } = await import(pathToFileURL(`${project.folder}/route.mjs`).href);
    const id = `Chat${version}`.padEnd(16, 'x');
    const ask = async (messages: unknown) => {
      const body = JSON.stringify({ id, messages, trigger: 'submit-message' });
      const answer = await POST(new Request('http://localhost/api/chat', { method: 'POST', body }));
      assert.match(await answer.text(), /Haleakal/);
    };
    const reload = async () => (await asUser(db, userId, (tx) => getConversation(tx, id, { format: 'ai-sdk' })))!;
    const said = (messageId: string) => ({ id: messageId, role: 'user', parts: [{ type: 'text', text: 'What?' }] });
    await ask([said('aB3dE5fG7hI9jK1l')]);
    const first = await reload();
    assert.deepEqual([first.length, first[0]!.id], [2, 'aB3dE5fG7hI9jK1l']);
    await ask([...first, said('zB3dE5fG7hI9jK1l')]);
    const second = await reload();
    assert.equal(second.length, 4);
    assert.deepEqual(second.slice(0, 2), first);
    talks.push(second);
  }
  return talks;
}

test("docs/quick-start.md: useChat's server keeps the ids of the browser and gives ids to answers", async () => {
  const block = await blockWith('generateMessageId', 'docs/quick-start.md');
  const route = block.replace("'openai/gpt-5'", 'globalThis.model');
  assert.notEqual(route, block);
  for (const messages of await talksThrough(route, await database())) {
    for (const answer of [messages[1]!, messages[3]!]) assert.match(answer.id, /^msg-[A-Za-z0-9]{16}$/);
  }
});

test('README.md: the answers are runs that have ended', async () => {
  const made = await database();
  await made.pool.query("SELECT agentchat.enable('runs')");
  const talks = await talksThrough(await blockWith('startRun', 'README.md'), made);
  const { rows } = await made.pool.query("SELECT message_id AS id FROM runs WHERE status = 'finished'");
  const answers = talks.flatMap((messages) => [messages[1]!.id, messages[3]!.id]);
  assert.deepEqual(rows.map(({ id }) => id).sort(), answers.sort());
});

test('README.md of the package: the test on PGlite passes', async () => {
  const page = await readFile(`${packageFolder}/README.md`, 'utf8');
  const code = /^```ts\n(\/\/ chat\.test\.ts\n.*?)^```/ms.exec(page)![1]!;
  const project = await Project.create({ without: ['pg', 'postgres'] });
  await project.write({ 'chat.test.mjs': (await transform(code, { loader: 'ts', format: 'esm' })).code });
  // Inside a test of Node.js, another one would report to it.
  const args = ['--test', '--test-reporter=tap', 'chat.test.mjs'];
  const output = await project.run(process.execPath, args, { NODE_TEST_CONTEXT: undefined });
  assert.match(output, /^# pass 1\n# fail 0$/m);
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
