import assert from 'node:assert/strict';
import { afterEach, before, describe, test } from 'node:test';
import {
  appendMessages,
  type Client,
  conversations,
  createConversation,
  eq,
  forkConversation,
  getConversation,
  InvalidInputError,
  listConversations,
  messages,
  onUnstorableText,
  orThrow,
  searchMessages,
  storable,
  updateConversation,
  users,
} from '@agentchat/database';
import * as schema from '@agentchat/database/schema';
import { getTableColumns, is } from 'drizzle-orm';
import { PgTable } from 'drizzle-orm/pg-core';
import { drizzle, major } from './drizzle.js';
import { database, drizzles, supabases, type TestDatabase } from './server.js';

const ada = 'ada00000-0000-4000-8000-000000000000';
// U+0000, the two halves of a surrogate pair, and text that only looks like an escape.
const bad = 'a\0b \ud83d c\ude00 \u{1F600} \\u0000 \\\\ud83d';
const good = 'a\ufffdb \ufffd c\ufffd \u{1F600} \\u0000 \\\\ud83d';

/** Another implementation, for values that JSON.parse returns. */
function cleaned(value: any): any {
  if (typeof value === 'string') {
    const points = [...value].map((point) => (/^[\0\ud800-\udfff]$/.test(point) ? '\ufffd' : point));
    return points.join('');
  }
  if (Array.isArray(value)) return value.map(cleaned);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [cleaned(key), cleaned(inner)]));
}

let state = 1;

/** Returns a pseudo-random number from 0 to below n. The sequence is always the same. */
function below(n: number): number {
  state = (state * 1103515245 + 12345) % 2 ** 31;
  return Math.floor((state / 2 ** 31) * n);
}

const pieces = [
  '\0',
  '\ud83d',
  '\ude00',
  '\u{1F600}',
  '\\',
  '\\u0000',
  'u0000',
  '"',
  '\n',
  '\u001f',
  '\u2028',
  'é',
  'a',
  '',
];
const randomText = () => Array.from({ length: below(5) }, () => pieces[below(pieces.length)]).join('');

function randomValue(depth: number): unknown {
  const leaf = () =>
    [randomText(), randomText(), below(100) / 8, -0, true, null, undefined, new Date(below(2 ** 30))][below(8)];
  if (depth === 0) return leaf();
  const inner = () => randomValue(depth - 1);
  switch (below(5)) {
    case 0:
      return Array.from({ length: below(4) }, inner);
    case 1: {
      const value = inner();
      return { toJSON: () => value };
    }
    case 2:
      return leaf();
    default:
      return Object.fromEntries(Array.from({ length: below(4) }, () => [randomText(), inner()]));
  }
}

afterEach(() => onUnstorableText('replace'));

describe('storable', () => {
  test('replaces in every text and key, and leaves the rest to JSON.stringify', () => {
    let changed = 0;
    for (let times = 0; times < 20_000; times += 1) {
      const value = randomValue(below(5));
      const json = JSON.stringify(value);
      if (json === undefined) {
        assert.equal(storable(value), value);
        continue;
      }
      const expected = cleaned(JSON.parse(json));
      const result = storable(value);
      assert.deepEqual(JSON.parse(JSON.stringify(result)), expected);
      if (JSON.stringify(expected) === json) assert.equal(result, value);
      else changed += 1;
    }
    assert.ok(changed > 5_000);
  });

  test('returns values without such text as they are', () => {
    const value = { text: '\u{1F600} \\u0000 \\ud83d', at: new Date(), none: undefined };
    assert.equal(storable(value), value);
    for (const other of [undefined, null, 1, true, 1n, '\u{1F600}']) assert.equal(storable(other), other);
    assert.throws(() => storable({ n: 1n }), TypeError);
    assert.deepEqual(
      storable({ ['__proto__']: bad, d: new Date(0) }),
      JSON.parse(`{"__proto__": ${JSON.stringify(good)}, "d": "1970-01-01T00:00:00.000Z"}`),
    );
  });

  test('refuses if it is told to, with the path', () => {
    onUnstorableText('refuse');
    const cases: [value: unknown, path: string][] = [
      [{ a: [{ b: 'c' }, { 'd e': '\0' }] }, 'a[1]["d e"]'],
      [{ a: { '\0': 1 } }, 'a["\\u0000"]'],
      [['\ud83d'], '[0]'],
      ['\ude00', ''],
    ];
    for (const [value, path] of cases) {
      assert.throws(
        () => storable(value),
        (error) => {
          assert.ok(error instanceof InvalidInputError);
          assert.deepEqual([error.path, error.code, error.status], [path, '22P05', 400]);
          return true;
        },
      );
    }
    for (const value of ['\u{1F600}', { a: '\\u0000 \\\\ud83d' }]) assert.equal(storable(value), value);
  });
});

describe('text that PostgreSQL cannot store', () => {
  let made: TestDatabase;
  const clients: Record<string, Client> = {};
  before(async () => {
    made = await database();
    await made.pool.query(`INSERT INTO users (id, email) VALUES ('${ada}', 'ada@example.com')`);
    Object.assign(clients, drizzles(made));
    if (major === 0) clients['supabase-js'] = (await supabases(made)).service();
  });

  for (const name of ['node-postgres', 'postgres.js', ...(major === 0 ? ['supabase-js'] : [])]) {
    test(`${name}: is replaced in what queries send`, async () => {
      const client = clients[name]!;
      const message = {
        id: `${name}${bad}`,
        role: 'assistant',
        metadata: { [bad]: bad },
        parts: [
          { type: 'tool-read', toolCallId: 'c1', state: 'output-available', input: { [bad]: 1 }, output: bad },
          { type: 'text', text: bad },
        ],
      } as const;
      const { id, title } = await createConversation(client, {
        title: bad,
        systemPrompt: bad,
        metadata: { [bad]: [bad] },
        userId: ada,
        messages: [message],
      });
      assert.equal(title, good);
      const [again] = await appendMessages(client, id, [message]);
      assert.equal(again?.given_id, `${name}${good}`);
      const rows = await getConversation(client, id, { beforeMessage: `${name}${bad}` });
      assert.deepEqual([rows?.system_prompt, rows?.metadata, rows?.messages], [good, { [good]: [good] }, []]);
      const [ui] = (await getConversation(client, id, { format: 'ai-sdk' }))!;
      assert.deepEqual(ui?.parts, cleaned(message.parts));
      assert.equal((ui as any).metadata[good], good);
      const copy = await forkConversation(client, id, { title: bad, upToMessage: `${name}${bad}` });
      assert.equal((await getConversation(client, copy))?.title, good);
      const updated = await updateConversation(client, id, { title: bad, metadata: { [bad]: bad } });
      assert.deepEqual([updated.title, updated.metadata], [good, { [good]: good }]);
    });

    test(`${name}: is refused if the package is told so, with the path`, async () => {
      const client = clients[name]!;
      const { id } = await createConversation(client, { title: '', userId: ada });
      onUnstorableText('refuse');
      const paths: [work: () => Promise<unknown>, path: string][] = [
        [
          () => appendMessages(client, id, [{ role: 'user', parts: [{ type: 'text', text: 'cut \ud83d' }] }]),
          'messages[0].parts[0].text',
        ],
        [() => appendMessages(client, id, { id: '\0', role: 'user', parts: [] }), 'messages.id'],
        [() => createConversation(client, { title: '\0', userId: ada }), 'title'],
        [() => createConversation(client, { title: '', systemPrompt: '\ude00', userId: ada }), 'system_prompt'],
        [() => listConversations(client, { cursor: '\0', userId: ada }), 'cursor'],
        [() => searchMessages(client, 'cut \ud83d', { userId: ada }), 'query'],
      ];
      for (const [work, path] of paths) {
        const error = await work().catch((reason) => reason);
        assert.ok(error instanceof InvalidInputError, String(error));
        assert.deepEqual([error.path, error.code], [path, '22P05']);
      }
      assert.equal((await getConversation(client, id))?.messages.length, 0);
    });
  }

  test("is replaced in Drizzle's own statements", async () => {
    for (const db of Object.values(drizzles(made))) {
      await db.delete(conversations);
      const [conversation] = await db
        .insert(conversations)
        .values({ userId: ada, title: bad, metadata: { [bad]: [bad] } })
        .returning();
      assert.deepEqual([conversation!.title, conversation!.metadata], [good, { [good]: [good] }]);
      const conversationId = conversation!.id;
      const [row] = await db
        .insert(messages)
        .values({ conversationId, role: 'user', content: bad, parts: [{ type: 'text', text: bad }, bad] })
        .returning();
      assert.deepEqual([row!.content, row!.parts], [good, [{ type: 'text', text: good }, good]]);
      await db.update(messages).set({ reasoning: bad }).where(eq(messages.content, bad));
      const [found] = await db.select().from(messages).where(eq(messages.reasoning, bad));
      assert.equal(found?.id, row!.id);
      onUnstorableText('refuse');
      const refused = await orThrow(
        db.insert(messages).values({ conversationId, role: 'user', content: '', parts: [{ text: bad }] }),
      ).catch((error) => error);
      assert.ok(refused instanceof InvalidInputError, String(refused));
      assert.equal(refused.path, 'parts[0].text');
      onUnstorableText('replace');
    }
  });

  test('is replaced in every column of text and jsonb', async () => {
    let columns = 0;
    for (const tables of [schema, schema.inSchema('chat')]) {
      for (const table of Object.values(tables).filter((value): value is PgTable => is(value, PgTable))) {
        for (const column of Object.values(getTableColumns(table))) {
          if (!['PgText', 'PgJsonb'].includes(column.columnType)) continue;
          columns += 1;
          const sent = column.mapToDriverValue({ PgText: bad, PgJsonb: [bad] }[column.columnType]);
          const value = column.columnType === 'PgText' ? [sent] : typeof sent === 'string' ? JSON.parse(sent) : sent;
          assert.deepEqual(value, [good], `${column.name}`);
        }
      }
    }
    const { rows } = await made.pool.query(`
      SELECT count(*)::int AS n FROM information_schema.columns
      WHERE table_schema = 'public' AND data_type IN ('text', 'jsonb')`);
    assert.equal(columns, 2 * rows[0].n);
  });

  test('keeps the options of columns', () => {
    assert.deepEqual(messages.role.enumValues, ['user', 'assistant', 'system']);
    assert.equal(messages.role.getSQLType(), 'text');
    assert.equal(messages.createdAt.getSQLType(), 'timestamp');
  });
});

test('times with an offset are stored in UTC', async () => {
  const made = await database();
  const db = drizzle(made.pool);
  const read = async (createdAt: unknown) => {
    const [user] = await db
      .insert(users)
      .values({ email: `${createdAt}`, createdAt: createdAt as Date })
      .returning({ id: users.id });
    const { rows } = await made.pool.query('SELECT created_at::text AS text FROM users WHERE id = $1', [user!.id]);
    return rows[0].text;
  };
  const cases: [given: unknown, stored: string][] = [
    ['2026-01-01T10:00:00+02:00', '2026-01-01 08:00:00'],
    ['2026-01-01T10:00:00.123456+02:00', '2026-01-01 08:00:00.123456'],
    ['2026-01-01 00:30-0530', '2026-01-01 06:00:00'],
    ['2025-12-31T23:30:00.5-01', '2026-01-01 00:30:00.5'],
    ['1900-01-01 00:00:00+00:19:32', '1899-12-31 23:40:28'],
    ['2026-01-01T10:00:00z', '2026-01-01 10:00:00'],
    ['2026-01-01T10:00:00', '2026-01-01 10:00:00'],
    ['0099-01-01 10:00:00+02', '0099-01-01 08:00:00'],
    [new Date('2026-01-01T10:00:00.007+02:00'), '2026-01-01 08:00:00.007'],
    ['infinity', 'infinity'],
  ];
  for (const zone of ['UTC', 'America/New_York']) {
    await made.sql(`ALTER DATABASE ${made.name} SET TimeZone = '${zone}'`);
    for (const [given, stored] of cases) assert.equal(await read(given), stored);
    await made.pool.query('DELETE FROM users');
  }
  await assert.rejects(read(new Date(Number.NaN)), RangeError);
});
