import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import {
  compareVercelChatbot,
  deleteUser,
  exportUser,
  type ImportedRows,
  InvalidInputError,
  importChatgpt,
  importClaude,
  importUser,
  importVercelChatbot,
  NotFoundError,
} from '@agentchat/database';
import { database, drizzles, type TestDatabase } from './server.js';

const ada = 'ada00000-0000-4000-8000-000000000000';

const claude = [
  {
    uuid: '9d6f0f5e-5c1d-4f0b-8f57-0f6f6a1f7e11',
    name: 'Maui',
    chat_messages: [
      { uuid: 'm1', sender: 'human', text: 'What should I see?\0', created_at: '2026-02-14T10:04:22Z' },
      { uuid: 'm2', sender: 'tool', text: '' },
    ],
  },
];
const chatgpt = [
  {
    id: 'c1',
    title: 'Maui',
    create_time: 1771063462.5,
    current_node: 'n1',
    mapping: {
      n1: {
        id: 'n1',
        parent: null,
        children: [],
        message: { id: 'n1', author: { role: 'user' }, content: { content_type: 'text', parts: ['Hi'] } },
      },
    },
  },
];

const written = (rows: ImportedRows[]) => Object.fromEntries(rows.map((row) => [row.source, row.written]));

let made: TestDatabase;
before(async () => {
  made = await database();
});

for (const driver of ['node-postgres', 'postgres.js'] as const) {
  describe(`imports, with ${driver}`, () => {
    const db = () => drizzles(made)[driver];
    before(async () => {
      await made.pool.query(`
        DROP SCHEMA IF EXISTS vercel CASCADE;
        DELETE FROM messages; DELETE FROM conversations; DELETE FROM users;
        INSERT INTO users (id, email) VALUES ('${ada}', 'ada@example.com')`);
    });

    test('exports of Claude', async () => {
      const dry = await importClaude(db(), ada, claude, { dryRun: true });
      assert.deepEqual(written(dry), { conversations: 1, messages: 1 });
      const [conversations, messages] = await importClaude(db(), ada, claude);
      assert.deepEqual(messages, {
        source: 'messages',
        read: 2,
        written: 1,
        merged: 0,
        skipped: 1,
        problems: [{ kind: 'sender is not human or assistant', count: 1, first_ids: ['m2'] }],
        figures: null,
      });
      assert.deepEqual([conversations?.figures?.conversations, conversations?.figures?.agreeing], [1, 1]);
      assert.deepEqual(written(await importClaude(db(), ada, claude)), { conversations: 0, messages: 0 });
      await assert.rejects(importClaude(db(), '00000000-0000-4000-8000-000000000000', claude), NotFoundError);
      await assert.rejects(importClaude(db(), ada, {} as never), InvalidInputError);
    });

    test('exports of ChatGPT', async () => {
      assert.equal(written(await importChatgpt(db(), ada, chatgpt, { dryRun: true })).conversations, 1);
      assert.equal(written(await importChatgpt(db(), ada, chatgpt)).conversations, 1);
      assert.equal(written(await importChatgpt(db(), ada, chatgpt)).conversations, 0);
    });

    test('users', async () => {
      const exported = await exportUser(db(), ada);
      await deleteUser(db(), ada);
      assert.equal(written(await importUser(db(), exported, { dryRun: true })).users, 1);
      assert.equal(written(await importUser(db(), exported)).users, 1);
      assert.deepEqual(await exportUser(db(), ada), exported);
      await assert.rejects(importUser(db(), {}), InvalidInputError);
    });

    test("Vercel's chatbot", async () => {
      await assert.rejects(importVercelChatbot(db(), { sourceSchema: 'vercel' }), InvalidInputError);
      await made.pool.query(`
        CREATE SCHEMA vercel;
        CREATE TABLE vercel."User" (id uuid PRIMARY KEY, email varchar(64) NOT NULL, password varchar(64));
        INSERT INTO vercel."User" VALUES ('b0b00000-0000-4000-8000-000000000000', 'bob@example.com')`);
      const options = { sourceSchema: 'vercel', timeZone: 'Europe/Berlin' };
      assert.equal(written(await importVercelChatbot(db(), { ...options, dryRun: true })).User, 1);
      assert.equal(written(await importVercelChatbot(db(), options)).User, 1);
      await assert.rejects(importVercelChatbot(db(), { ...options, timeZone: 'Mars/Olympus' }), InvalidInputError);
      assert.deepEqual(await compareVercelChatbot(db(), { sourceSchema: 'vercel' }), []);
    });
  });
}
