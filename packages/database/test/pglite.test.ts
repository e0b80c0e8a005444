import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  AgentLimitReachedError,
  adopt,
  advanceWorkflow,
  agentDefinitions,
  agentInstances,
  agentUsage,
  appendMessages,
  asUser,
  check,
  conversations,
  createConversation,
  createDatabase,
  currentUserId,
  deleteUser,
  disable,
  enable,
  exportUser,
  FeatureOffError,
  features,
  forkConversation,
  getAgent,
  getContext,
  getConversation,
  getConversationJson,
  getConversationMessages,
  getModelMessages,
  grantApi,
  importUser,
  InvalidInputError,
  listConversations,
  messages,
  NeedsExtensionError,
  NotAllowedError,
  NotFoundError,
  orThrow,
  type RunClient,
  RunInProgressError,
  resumableStream,
  resumeStream,
  searchMessages,
  startRun,
  sweepRuns,
  truncateConversation,
  updateConversation,
  users,
  workflows,
} from '@agentchat/database';
import { sqlEdition, sqlEditionVersion } from '@agentchat/database/sql';
import { PGlite } from '@electric-sql/pglite';
import { eq, sql } from 'drizzle-orm';
import { answerOf, collected, given, shown, textOf } from './answers.js';
import { whereId } from './drizzle.js';

const ada = 'ada00000-0000-4000-8000-000000000000';
const bob = 'b0b00000-0000-4000-8000-000000000000';
const nobody = '99999999-0000-4000-8000-000000000000';

const said = (id: string, text: string, role: 'user' | 'assistant' = 'user') => ({
  id,
  role,
  parts: [{ type: 'text' as const, text }],
});

/** The texts of a page of messages. */
const texts = (page: { content: string }[] | undefined) => page?.map(({ content }) => content);

describe('PGlite', { timeout: 120_000 }, () => {
  const client = new PGlite();
  const db = createDatabase(client);
  after(() => db.$client.close());

  const newConversation = async (userId = ada) => (await createConversation(db, { title: 'A trip', userId })).id;
  /** A conversation with the messages m-1, m-2 and m-3. Ids of messages belong to one conversation. */
  const filled = async () => {
    const id = await newConversation();
    const [first] = await appendMessages(db, id, [
      said(`1-${id}`, 'What should I see?'),
      said(`2-${id}`, 'The sunrise.', 'assistant'),
      said(`3-${id}`, 'When?'),
    ]);
    return { id, first: first! };
  };

  before(async () => {
    await client.exec(sqlEdition());
    await client.exec('CREATE ROLE authenticated NOLOGIN');
    await grantApi(db, 'authenticated');
    await db.insert(users).values([
      { id: ada, email: 'ada@example.com' },
      { id: bob, email: 'bob@example.com' },
    ]);
  });

  test('has the SQL edition, complete, and a second run changes nothing', async () => {
    const state = async () =>
      (
        await client.query(`
          SELECT oid::text, xmin::text FROM pg_proc WHERE pronamespace IN ('public'::regnamespace, 'agentchat'::regnamespace)
          UNION ALL SELECT oid::text, xmin::text FROM pg_class WHERE relnamespace = 'public'::regnamespace
          ORDER BY 1, 2`)
      ).rows;
    const versions = async () => (await client.query('SELECT * FROM agentchat.version()')).rows;
    const installed = await state();
    assert.deepEqual(await versions(), [{ edition: 'sql', version: sqlEditionVersion }]);
    assert.deepEqual(await check(db), []);
    const notices: (string | undefined)[] = [];
    await client.exec(sqlEdition(), { onNotice: ({ message }) => notices.push(message) });
    assert.deepEqual(notices, [`agentchat ${sqlEditionVersion} is already installed`]);
    assert.deepEqual(await state(), installed);
    assert.deepEqual(await versions(), [{ edition: 'sql', version: sqlEditionVersion }]);
    assert.deepEqual(
      (await adopt(db)).filter(({ statement }) => statement !== null),
      [],
    );
  });

  test('can have it in another schema', async () => {
    const other = createDatabase(new PGlite());
    await other.$client.exec(`CREATE SCHEMA chat; ${sqlEdition({ schema: 'chat' })}`);
    await other.$client.exec(`INSERT INTO chat.users (id, email) VALUES ('${ada}', 'ada@example.com')`);
    const inChat = { db: other, schema: 'chat' };
    const { id } = await createConversation(inChat, { title: 'Hi', userId: ada, messages: [said('m-1', 'Hi')] });
    assert.deepEqual(texts((await getConversation(inChat, id))?.messages), ['Hi']);
    await other.$client.close();
  });

  test('creates a conversation, and appends in each format that the edition reads', async () => {
    const { id, messages: written } = await createConversation(db, {
      title: 'A trip to Maui',
      userId: ada,
      metadata: { project: 'maui' },
      systemPrompt: 'Be brief.',
      messages: [said('first', 'Aloha \u0000')],
    });
    assert.equal(written[0]?.given_id, 'first');
    await appendMessages(db, id, { role: 'assistant', content: 'Rows' }, { format: 'rows' });
    await appendMessages(db, id, { role: 'user', content: 'Drizzle', createdAt: new Date() }, { format: 'drizzle' });
    assert.deepEqual(texts((await getConversation(db, id))?.messages), ['Aloha \ufffd', 'Rows', 'Drizzle']);
    await appendMessages(db, id, said('first', 'Aloha'));
    assert.deepEqual(texts((await getConversation(db, id))?.messages), ['Aloha', 'Rows', 'Drizzle']);
    const wrong = appendMessages(db, id, [said('second', 'x'), { role: 'nobody' } as never]);
    await assert.rejects(wrong, (error) => error instanceof InvalidInputError && error.path === 'messages[1].role');
    await assert.rejects(appendMessages(db, nobody, said('third', 'x')), NotFoundError);
  });

  test('reads all formats that are without a provider', async () => {
    const { id } = await filled();
    const conversation = await getConversation(db, id);
    assert.equal(conversation?.user_id, ada);
    assert.deepEqual(texts(conversation?.messages), ['What should I see?', 'The sunrise.', 'When?']);
    const serialized = await getConversation(db, id, { format: 'drizzle' });
    const found = await db.query.conversations.findFirst({
      where: whereId(conversations, id),
      with: { messages: true },
    });
    assert.deepEqual(await getConversationMessages(db, id), found);
    assert.equal(serialized?.createdAt, found?.createdAt.toISOString());
    const shownMessages = await getConversation(db, id, { format: 'ai-sdk' });
    assert.deepEqual(
      shownMessages?.map(({ id: messageId, role, parts }) => ({ id: messageId, role, parts })),
      [
        said(`1-${id}`, 'What should I see?'),
        said(`2-${id}`, 'The sunrise.', 'assistant'),
        said(`3-${id}`, 'When?'),
      ],
    );
    assert.deepEqual(JSON.parse((await getConversationJson(db, id, { format: 'ai-sdk' }))!), shownMessages);
    assert.equal(await getConversation(db, nobody), null);
  });

  test('reads pages', async () => {
    const { id } = await filled();
    const newest = await getConversation(db, id, { messageLimit: 2 });
    assert.deepEqual([texts(newest?.messages), newest?.has_more], [['The sunrise.', 'When?'], true]);
    const before2 = { messageLimit: 2, beforeMessage: `2-${id}` };
    const older = await getConversation(db, id, before2);
    assert.deepEqual([texts(older?.messages), older?.has_more], [['What should I see?'], false]);
    assert.equal((await getConversation(db, id, { ...before2, format: 'ai-sdk' }))?.length, 1);
    await assert.rejects(getConversation(db, id, { messageLimit: 0 }), InvalidInputError);
    await assert.rejects(getConversation(db, id, { beforeMessage: 'not there' }), InvalidInputError);
  });

  test('lists conversations in pages, and those that a filter selects', async () => {
    const carl = 'ca410000-0000-4000-8000-000000000000';
    await db.insert(users).values({ id: carl, email: 'carl@example.com' });
    for (const title of ['a', 'b', 'c']) {
      await createConversation(db, { title, userId: carl, metadata: { isB: title === 'b' } });
    }
    const first = await listConversations(db, { userId: carl, pageSize: 2 });
    const second = await listConversations(db, { userId: carl, pageSize: 2, cursor: first.next_cursor! });
    const titles = [first, second].map((page) => page.conversations.map(({ title }) => title));
    assert.deepEqual([titles, second.next_cursor], [[['c', 'b'], ['a']], null]);
    const filtered = await listConversations(db, { userId: carl, filter: { isB: true } });
    assert.deepEqual(
      filtered.conversations.map(({ title }) => title),
      ['b'],
    );
    await assert.rejects(listConversations(db, { userId: carl, words: 'b' }), NeedsExtensionError);
  });

  test('updates, truncates and forks', async () => {
    const { id, first } = await filled();
    const updated = await updateConversation(db, id, { title: 'New', metadata: { a: 1 } });
    assert.deepEqual([updated.title, updated.metadata], ['New', { a: 1 }]);
    const copy = await forkConversation(db, id, { upToMessage: `2-${id}`, title: 'A copy' });
    assert.deepEqual(texts((await getConversation(db, copy))?.messages), ['What should I see?', 'The sunrise.']);
    assert.equal(await truncateConversation(db, id, `2-${id}`), 2);
    assert.deepEqual(texts((await getConversation(db, id))?.messages), ['What should I see?']);
    assert.equal(await truncateConversation(db, id, first.id), 1);
    await assert.rejects(truncateConversation(db, id, nobody), NotFoundError);
  });

  test('keeps the limit of agents', async () => {
    const [definition] = await db
      .insert(agentDefinitions)
      .values({ userId: ada, name: 'Poet', description: '', systemPrompt: 'Write.' })
      .returning();
    const agent = { userId: ada, definitionId: definition!.id, name: 'Poet' };
    assert.deepEqual(await agentUsage(db, { userId: ada }), { limit: 1, used: 0, remaining: 1, plan: null });
    const [made] = await db.insert(agentInstances).values(agent).returning();
    assert.deepEqual(await agentUsage(db, { userId: ada }), { limit: 1, used: 1, remaining: 0, plan: null });
    await assert.rejects(orThrow(db.insert(agentInstances).values(agent)), (error) => {
      assert.ok(error instanceof AgentLimitReachedError, String(error));
      assert.deepEqual([error.userId, error.limit, error.used, error.plan], [ada, 1, 1, null]);
      return true;
    });
    assert.equal(await agentUsage(db, { userId: nobody }), null);
    assert.equal((await getAgent(db, made!.id))?.instance.name, 'Poet');
    await assert.rejects(getAgent(db, made!.id, { format: 'openai' }), NeedsExtensionError);
  });

  test('keeps users apart by row-level security', async () => {
    const { id } = await filled();
    assert.equal(await asUser(db, ada, (tx) => currentUserId(tx)), ada);
    assert.equal((await asUser(db, ada, (tx) => getConversation(tx, id)))?.id, id);
    await asUser(db, bob, async (tx) => {
      assert.equal(await getConversation(tx, id), null);
      assert.deepEqual(await tx.select().from(messages), []);
      assert.equal((await listConversations(tx)).conversations.length, 0);
    });
    const refused = asUser(db, bob, (tx) => appendMessages(tx, id, said('bob', 'Mine!')));
    await assert.rejects(refused, NotFoundError);
    const forAda = asUser(db, bob, (tx) => createConversation(tx, { title: 'Hi', userId: ada }));
    await assert.rejects(forAda, NotAllowedError);
    // Ids that the client has chosen name conversations of the caller.
    await asUser(db, bob, (tx) => createConversation(tx, { id: 'chat-1', title: 'Hi', messages: [said('b-1', 'Hi')] }));
    assert.deepEqual(texts((await asUser(db, bob, (tx) => getConversation(tx, 'chat-1')))?.messages), ['Hi']);
    assert.equal(await asUser(db, ada, (tx) => getConversation(tx, 'chat-1')), null);
    // The settings ended with the transaction.
    assert.equal(await currentUserId(db), null);
    assert.deepEqual((await client.query('SELECT current_user::text AS name')).rows, [{ name: 'postgres' }]);
  });

  test('exports, imports and deletes a user', async () => {
    const dora = 'd04a0000-0000-4000-8000-000000000000';
    await db.insert(users).values({ id: dora, email: 'dora@example.com' });
    const { id } = await createConversation(db, {
      title: 'Hi',
      userId: dora,
      messages: [said('d-1', 'Keep this')],
    });
    const exported = await exportUser(db, dora);
    assert.deepEqual(exported.conversations.map((one) => texts(one.messages)), [['Keep this']]);
    const { deleted } = await deleteUser(db, dora);
    assert.deepEqual([deleted.users, deleted.conversations, deleted.messages], [1, 1, 1]);
    assert.equal(await getConversation(db, id), null);
    await assert.rejects(exportUser(db, dora), NotFoundError);
    await importUser(db, exported);
    const listed = await listConversations(db, { userId: dora });
    const again = await getConversation(db, listed.conversations[0]!.id);
    assert.deepEqual(texts(again?.messages), ['Keep this']);
  });

  test('advances workflows', async () => {
    const plan = { userId: ada, workflowId: 'w-1', status: 'pending', goal: 'A trip' } as const;
    const [workflow] = await db.insert(workflows).values(plan).returning();
    const advanced = await advanceWorkflow(db, workflow!.id, { status: 'running' });
    assert.equal(advanced.status, 'running');
  });

  test('keeps answers that survive', async () => {
    const id = await newConversation();
    const of: RunClient = (work) => asUser(db, ada, work);
    await assert.rejects(startRun(of, id), FeatureOffError);
    await enable(db, 'runs');
    await grantApi(db, 'authenticated');
    assert.equal((await features(db)).find(({ feature }) => feature === 'runs')?.state, 'on');

    const run = await startRun(of, id);
    await assert.rejects(startRun(of, id), (error) => error instanceof RunInProgressError && error.runId === run.runId);
    const source = ReadableStream.from(given(answerOf('The ', 'sunrise.'), 5));
    const { stream, done } = resumableStream(of, run, source, { batchInterval: 5 });
    const resumed = await resumeStream(of, id, { pollInterval: 5 });
    const [here, there] = await Promise.all([collected(stream), collected(resumed)]);
    assert.equal((await done).status, 'finished');
    assert.equal(textOf(await shown(here)), 'The sunrise.');
    assert.equal(textOf(await shown(there)), 'The sunrise.');
    assert.equal(textOf((await getConversation(db, id, { format: 'ai-sdk' }))?.[0]), 'The sunrise.');
    assert.equal(await resumeStream(of, id), null);
    await assert.rejects(startRun((work) => asUser(db, bob, work), id), NotFoundError);
    assert.deepEqual(await sweepRuns(db), []);
    await disable(db, 'runs');
    await assert.rejects(startRun(of, id), FeatureOffError);
  });

  test('says what needs the extension', async () => {
    const { id } = await filled();
    for (const format of ['openai', 'openai-compatible', 'anthropic'] as const) {
      await assert.rejects(getConversation(db, id, { format }), (error) => {
        assert.ok(error instanceof NeedsExtensionError, String(error));
        assert.equal(error.code, '0A000');
        assert.match(error.message, /^the format \S+ needs the extension; getModelMessages\(\) works without it$/);
        return true;
      });
    }
    for (const refused of [
      getContext(db, id, { tokenBudget: 1000 }),
      searchMessages(db, 'sunrise'),
      appendMessages(db, id, { role: 'user', content: 'x' }, { format: 'openai' }),
      appendMessages(db, id, said('t', 'x'), { checkTools: true }),
    ]) {
      await assert.rejects(refused, (error) => {
        assert.ok(error instanceof NeedsExtensionError, String(error));
        assert.doesNotMatch(error.message, /getModelMessages/);
        return true;
      });
    }
  });

  test('makes the messages of the AI SDK', async () => {
    const { id } = await filled();
    assert.deepEqual(await getModelMessages(db, id, { messageLimit: 2 }), [
      { role: 'assistant', content: [{ type: 'text', text: 'The sunrise.' }] },
      { role: 'user', content: [{ type: 'text', text: 'When?' }] },
    ]);
    assert.equal(await getModelMessages(db, nobody), null);
  });

  test("is a database of Drizzle's", async () => {
    const { id } = await filled();
    await db.update(conversations).set({ title: 'Drizzle' }).where(eq(conversations.id, id));
    await assert.rejects(
      db.transaction(async (tx) => {
        await updateConversation(tx, id, { title: 'Undone' });
        throw new Error('undo');
      }),
      /undo/,
    );
    const [row] = await db.select({ title: conversations.title }).from(conversations).where(eq(conversations.id, id));
    assert.equal(row?.title, 'Drizzle');
    assert.ok(await db.execute(sql`SELECT 1`));
  });
});
