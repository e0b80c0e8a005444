import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import * as agentchat from '@agentchat/database';
import {
  advanceWorkflow,
  agentUsage,
  appendMessages,
  archiveConversation,
  asUser,
  type Client,
  type ConversationFilterOptions,
  type ConversationMetadata,
  conversationFilter,
  conversationMetadata,
  countTokens,
  createConversation,
  currentUserId,
  forkConversation,
  getAgent,
  getContext,
  getConversation,
  getConversationJson,
  getConversationMessages,
  getModelMessages,
  InvalidInputError,
  InvalidToolCallError,
  type ListConversationsOptions,
  listConversations,
  moveToBin,
  moveToProject,
  NotFoundError,
  pinConversation,
  restoreFromBin,
  type SearchMessagesOptions,
  searchMessages,
  setConversationTags,
  truncateConversation,
  type UIMessageInput,
  updateConversation,
  validateToolInput,
} from '@agentchat/database';
import { convertToModelMessages } from 'ai';
import postgres from 'postgres';
import { drizzlePostgresJs, major, whereId } from './drizzle.js';
import { database, drizzles, packageFolder, supabases, type TestDatabase } from './server.js';

const ada = 'ada00000-0000-4000-8000-000000000000';
const bob = 'b0b00000-0000-4000-8000-000000000000';
const nobody = '99999999-0000-4000-8000-000000000000';

const dialogue: UIMessageInput[] = [
  { id: 'msg-1', role: 'user', parts: [{ type: 'text', text: 'Is it "warm" in Rome? \u{1F334}\\\n' }] },
  {
    id: 'msg-2',
    role: 'assistant',
    metadata: { model: 'gpt-4o' },
    parts: [
      { type: 'step-start' },
      {
        type: 'tool-weather',
        toolCallId: 'call_1',
        state: 'output-available',
        input: { city: 'Rome' },
        output: { celsius: 21 },
      },
      { type: 'text', text: 'Yes.' },
    ],
  },
];

for (const inSchema of ['public', 'chat']) {
  describe(`queries, in ${inSchema}`, async () => {
    let made: TestDatabase;
    const clients: Record<string, Client> = {};
    before(async () => {
      made = await database(inSchema);
      await made.pool.query(
        `INSERT INTO ${inSchema}.users (id, email) VALUES ('${ada}', 'ada@example.com'), ('${bob}', 'b')`,
      );
      for (const [name, db] of Object.entries(drizzles(made))) {
        clients[name] = inSchema === 'public' ? db : { db, schema: inSchema };
      }
      if (major === 0) clients['supabase-js'] = (await supabases(made, inSchema)).user(ada);
    });

    // Drizzle makes no difference to supabase-js.
    for (const name of ['node-postgres', 'postgres.js', ...(major === 0 ? ['supabase-js'] : [])]) {
      // Only PostgREST knows the caller.
      const userId = name === 'supabase-js' ? undefined : ada;

      test(`${name}: a chat that got its id in the browser`, async () => {
        // An id of useChat: generateId of the AI SDK.
        const id = `Chat${name.replace(/\W/g, '')}`.padEnd(16, 'x');
        const as = async <T>(work: (client: Client) => Promise<T>): Promise<T> => {
          const client = clients[name]!;
          if ('rpc' in client) return work(client);
          const { db, schema } = 'db' in client ? client : { db: client, schema: undefined };
          await made.pool.query(`GRANT USAGE ON SCHEMA ${inSchema} TO authenticated`);
          return asUser(db as ReturnType<typeof drizzlePostgresJs>, ada, (tx) =>
            work(schema ? { db: tx, schema } : tx),
          );
        };
        assert.equal(await as((client) => getConversation(client, id)), null);
        const options = { id, title: 'Rome', messages: dialogue.slice(0, 1) };
        const created = await as((client) => createConversation(client, options));
        const again = await as((client) => createConversation(client, { ...options, title: 'x', messages: dialogue }));
        assert.deepEqual([again.id, again.title], [created.id, 'Rome']);
        assert.deepEqual(
          again.messages.map(({ given_id }) => given_id),
          ['msg-1', 'msg-2'],
        );
        for (const named of [id, created.id]) {
          assert.equal((await as((client) => getConversation(client, named)))?.messages.length, 2);
          assert.equal((await as((client) => appendMessages(client, named, dialogue)))[1]?.given_id, 'msg-2');
          const copy = await as((client) => forkConversation(client, named, { upToMessage: 'msg-1' }));
          assert.equal((await as((client) => getConversationMessages(client, copy)))?.messages.length, 1);
        }
        assert.equal((await as((client) => updateConversation(client, id, { title: 'Roma' }))).id, created.id);
        assert.equal(await as((client) => truncateConversation(client, id, 'msg-2')), 1);
        for (const conversation of (await as((client) => listConversations(client))).conversations) {
          await made.pool.query(`DELETE FROM ${inSchema}.conversations WHERE id = $1`, [conversation.id]);
        }
      });

      test(`${name}: a conversation from beginning to end`, async () => {
        const client = clients[name]!;
        const text = async (query: string, ...args: string[]) => {
          await made.pool.query({ text: `SET search_path = ${inSchema}` });
          return (await made.pool.query(query, args)).rows[0];
        };
        const created = await createConversation(client, {
          title: 'Rome',
          systemPrompt: 'Be brief.',
          metadata: { from: 'test' },
          messages: dialogue.slice(0, 1),
          userId,
        });
        assert.equal(created.user_id, ada);
        assert.equal(created.messages[0]?.given_id, 'msg-1');
        const appended = await appendMessages(client, created.id, dialogue.slice(1));
        assert.match(appended[0]?.created_at ?? '', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
        // The same message again.
        assert.deepEqual(await appendMessages(client, created.id, dialogue[1]!), appended);

        for (const format of ['rows', 'drizzle', 'ai-sdk', 'openai', 'openai-compatible', 'anthropic'] as const) {
          const { value } = await text(`SELECT ${inSchema}.get_conversation($1, $2) AS value`, created.id, format);
          assert.deepEqual(await getConversation(client, created.id, { format }), value, format);
          const json = await getConversationJson(client, created.id, { format });
          assert.equal(typeof json, 'string');
          assert.deepEqual(JSON.parse(json!), value, format);
        }
        const rows = await getConversation(client, created.id);
        assert.equal(rows?.messages[1]?.conversation_id, created.id);
        assert.equal(rows.system_prompt, 'Be brief.');

        const page = await getConversation(client, created.id, { format: 'anthropic', messageLimit: 1 });
        assert.equal(page?.has_more, true);
        const before = await getConversation(client, created.id, { messageLimit: 5, beforeMessage: 'msg-2' });
        assert.deepEqual([before?.messages.length, before?.has_more], [1, false]);

        const withDates = await getConversationMessages(client, created.id);
        assert.ok(withDates?.createdAt instanceof Date && withDates.messages[0]?.createdAt instanceof Date);
        const { seconds } = await text(
          `SELECT extract(epoch FROM created_at) AS seconds FROM ${inSchema}.messages WHERE id = $1`,
          appended[0]!.id,
        );
        assert.equal(withDates.messages[1]?.createdAt.getTime(), Math.floor(Number(seconds) * 1000));

        const copy = await forkConversation(client, created.id, { upToMessage: 'msg-1', title: 'Rome, again' });
        assert.equal((await getConversation(client, copy))?.messages.length, 1);
        const whole = await forkConversation(client, created.id);
        assert.equal((await getConversation(client, whole))?.title, 'Rome');

        const first = await listConversations(client, { pageSize: 2, userId });
        assert.deepEqual(
          first.conversations.map(({ id }) => id),
          [whole, copy],
        );
        assert.equal(first.conversations[0]?.preview?.content, 'Yes.');
        const next = await listConversations(client, { pageSize: 2, userId, cursor: first.next_cursor });
        assert.equal(next.conversations[0]?.id, created.id);
        assert.equal((await listConversations(client, { userId, cursor: null })).conversations[0]?.id, whole);

        const titles = async (options: ListConversationsOptions) =>
          (await listConversations(client, { userId, ...options })).conversations.map(({ title }) => title);
        await made.pool.query(`UPDATE ${inSchema}.conversations SET metadata = '{"tags": ["a", "b"]}' WHERE id = $1`, [
          copy,
        ]);
        assert.deepEqual(await titles({ filter: { tags: ['b'] } }), ['Rome, again']);
        assert.deepEqual(await titles({ filter: { tags: ['b'] }, words: 'paris' }), []);
        assert.deepEqual(await titles({ words: 'ROMÉ -again' }), ['Rome', 'Rome']);
        assert.equal((await titles({ filter: {} })).length, 3);

        const find = (query: string, options: SearchMessagesOptions = {}) =>
          searchMessages(client, query, { userId, ...options });
        assert.deepEqual(
          (await find('YÉS -no')).messages.map(({ conversation_id }) => conversation_id).sort(),
          [created.id, whole].sort(),
        );
        const found = await find('YÉS -no', { conversationId: whole });
        assert.deepEqual(found.messages, [
          {
            id: (await getConversation(client, whole))?.messages[1]?.id,
            conversation_id: whole,
            title: 'Rome',
            role: 'assistant',
            place: { created_at: found.messages[0]?.place.created_at, before_message: null },
            snippet: {
              in: 'text',
              text: 'Yes.',
              hits: [{ start: 0, end: 3 }],
              cut_before: false,
              cut_after: false,
            },
          },
        ]);
        assert.match(found.messages[0]!.place.created_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
        const one = await find('', { pageSize: 1 });
        assert.ok(one.next_cursor);
        const others = await find('', { cursor: one.next_cursor });
        assert.deepEqual([one.messages.length, others.messages.length, others.next_cursor], [1, 4, null]);
        const question = (await find('', { conversationId: created.id, cursor: null, in: 'all' })).messages[1]!;
        const until = await getConversation(client, created.id, {
          messageLimit: 1,
          beforeMessage: question.place.before_message!,
        });
        assert.equal(until?.messages[0]?.id, question.id);
        assert.deepEqual(
          (await find('', { filter: { tags: ['b'] } })).messages.map(({ conversation_id }) => conversation_id),
          [copy],
        );
        assert.deepEqual(await find('yes', { userId: nobody }), { messages: [], next_cursor: null });

        const metadata = { pinned: true, from: null, nested: { deep: [null] } };
        const updated = await updateConversation(client, created.id, { title: 'Roma', metadata });
        assert.deepEqual(
          [updated.id, updated.title, updated.metadata],
          [created.id, 'Roma', { pinned: true, nested: { deep: [null] } }],
        );
        assert.match(updated.updated_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
        assert.deepEqual(await updateConversation(client, created.id), updated);
        assert.deepEqual(await updateConversation(client, created.id, { metadata: { pinned: true } }), updated);
        const untitled = await updateConversation(client, created.id, { title: '', metadata: { pinned: null } });
        assert.deepEqual([untitled.title, untitled.metadata], ['', { nested: { deep: [null] } }]);

        const context = await getContext(client, created.id, {
          tokenBudget: 100,
          reserve: 10,
          tokenizer: 'o200k_base',
        });
        assert.ok(context && context.tokens <= 90);
        assert.deepEqual(context.messages, await getConversation(client, created.id, { format: 'openai' }));
        assert.equal(context.left_out, false);
        const anthropic = await getContext(client, created.id, { tokenBudget: 100, format: 'anthropic' });
        const inAnthropic = await getConversation(client, created.id, { format: 'anthropic' });
        assert.deepEqual(anthropic?.messages, inAnthropic?.messages);
        assert.equal(await getContext(client, nobody, { tokenBudget: 100 }), null);

        const forModel = await getModelMessages(client, created.id, { messageLimit: 1 });
        const [newest] = (await getConversation(client, created.id, { format: 'ai-sdk', messageLimit: 1 })) ?? [];
        assert.deepEqual(forModel, await convertToModelMessages([newest!]));
        assert.equal(await getModelMessages(client, nobody), null);
        await assert.rejects(getContext(client, created.id, { tokenBudget: 0 }), InvalidInputError);

        assert.equal(await truncateConversation(client, created.id, 'msg-2'), 1);
        assert.equal((await getConversation(client, created.id, { format: 'ai-sdk' }))?.length, 1);

        await appendMessages(client, created.id, { role: 'user', content: 'Hello' }, { format: 'openai' });
        await appendMessages(client, created.id, [{ role: 'assistant', content: 'Hi', parts: null }], {
          format: 'rows',
        });
        await appendMessages(client, created.id, [{ role: 'user', content: 'Bye', createdAt: new Date() }], {
          format: 'drizzle',
        });
        assert.deepEqual(
          (await getConversationMessages(client, created.id))?.messages.slice(1).map(({ content }) => content),
          ['Hello', 'Hi', 'Bye'],
        );

        await made.pool.query(`DELETE FROM ${inSchema}.conversations`);
      });

      test(`${name}: projects, tags, pins, the archive and the bin`, async () => {
        const client = clients[name]!;
        const make = async (title: string, metadata?: ConversationMetadata) =>
          (await createConversation(client, { title, metadata, userId })).id;
        const own = await make(
          'Own keys',
          conversationMetadata({ project: 'p1', archived: undefined, model: 'small' }),
        );
        const plain = await make('Plain', conversationMetadata());
        // From before the application followed the conventions.
        const old = await make('Old');
        const titles = async (options: ConversationFilterOptions, more?: ConversationMetadata) => {
          const filter = { ...conversationFilter(options), ...more };
          return (await listConversations(client, { userId, filter })).conversations.map(({ title }) => title).sort();
        };
        assert.deepEqual(await titles({}), ['Old', 'Own keys', 'Plain']);
        assert.deepEqual(await titles({ project: undefined, tags: [] }), ['Old', 'Own keys', 'Plain']);
        assert.deepEqual(await titles({ pinned: false, archived: false, deleted: false }), ['Own keys', 'Plain']);
        assert.deepEqual(await titles({ project: 'p1' }), ['Own keys']);
        assert.deepEqual(await titles({ archived: false }, { model: 'small' }), ['Own keys']);

        assert.deepEqual((await moveToProject(client, old, 'p2')).metadata, { project: 'p2' });
        await moveToProject(client, plain, 'p2');
        assert.deepEqual(await titles({ project: 'p2' }), ['Old', 'Plain']);
        assert.deepEqual((await moveToProject(client, old, null)).metadata, {});
        assert.deepEqual(await titles({ project: 'p2' }), ['Plain']);

        const tagged = await setConversationTags(client, plain, ['food', 'family', 'food']);
        assert.deepEqual(tagged.metadata?.tags, ['food', 'family']);
        await setConversationTags(client, own, ['food']);
        assert.deepEqual(await titles({ tags: ['food'] }), ['Own keys', 'Plain']);
        assert.deepEqual(await titles({ tags: ['family', 'food'] }), ['Plain']);
        assert.deepEqual(await titles({ tags: ['food'], project: 'p1' }), ['Own keys']);
        assert.deepEqual((await setConversationTags(client, own, [])).metadata?.tags, []);
        assert.deepEqual(await titles({ tags: ['food'] }), ['Plain']);

        assert.equal((await pinConversation(client, own)).metadata?.pinned, true);
        assert.deepEqual(await titles({ pinned: true }), ['Own keys']);
        assert.deepEqual(await titles({ pinned: false }), ['Plain']);
        assert.equal((await pinConversation(client, own, false)).metadata?.pinned, false);
        assert.deepEqual(await titles({ pinned: true }), []);

        assert.equal((await archiveConversation(client, plain)).metadata?.archived, true);
        assert.deepEqual(await titles({ archived: true }), ['Plain']);
        assert.deepEqual(await titles({ archived: false }), ['Own keys']);

        const before = Date.now();
        const inBin = (await moveToBin(client, plain)).metadata!;
        assert.equal(new Date(inBin.deleted_at).toISOString(), inBin.deleted_at);
        assert.ok(Date.parse(inBin.deleted_at) >= before && Date.parse(inBin.deleted_at) <= Date.now());
        assert.deepEqual(await titles({ deleted: true }), ['Plain']);
        assert.deepEqual(await titles({ archived: true, deleted: false }), []);
        const restored = { project: 'p2', tags: ['food', 'family'], pinned: false, archived: true, deleted: false };
        assert.deepEqual((await restoreFromBin(client, plain)).metadata, restored);
        assert.deepEqual(await titles({ archived: true, deleted: false }), ['Plain']);
        assert.equal((await archiveConversation(client, plain, false)).metadata?.archived, false);

        for (const work of [
          () => moveToProject(client, nobody, 'p1'),
          () => setConversationTags(client, nobody, []),
          () => pinConversation(client, nobody),
          () => archiveConversation(client, nobody),
          () => moveToBin(client, nobody),
          () => restoreFromBin(client, nobody),
        ]) {
          await assert.rejects(work(), NotFoundError);
        }
        await made.pool.query(`DELETE FROM ${inSchema}.conversations`);
      });

      test(`${name}: two tabs change the metadata at the same time`, async () => {
        const client = clients[name]!;
        const { id } = await createConversation(client, { title: 'Both', metadata: conversationMetadata(), userId });
        const stored = async () => (await getConversation(client, id))?.metadata;
        // Another transaction holds the conversation until the calls wait for it.
        const atOnce = async (...work: (() => Promise<unknown>)[]) => {
          const other = await made.pool.connect();
          try {
            await other.query('BEGIN');
            await other.query(`SELECT FROM ${inSchema}.conversations WHERE id = $1 FOR UPDATE`, [id]);
            const done = Promise.all(work.map((call) => call()));
            // Its errors come below.
            done.catch(() => {});
            // Not in the transaction, in which pg_stat_activity would stay as it was first read.
            const waiting = `SELECT FROM pg_locks JOIN pg_stat_activity USING (pid)
              WHERE NOT granted AND datname = current_database()`;
            const end = Date.now() + 20_000;
            while ((await made.pool.query(waiting)).rowCount! < work.length) {
              assert.ok(Date.now() < end, 'they do not wait');
              await sleep(5);
            }
            await other.query('COMMIT');
            await done;
          } finally {
            other.release(true);
          }
        };
        await atOnce(
          () => pinConversation(client, id),
          () => moveToProject(client, id, 'p1'),
        );
        assert.deepEqual(await stored(), { project: 'p1', pinned: true, archived: false, deleted: false });
        await atOnce(
          () => setConversationTags(client, id, ['food']),
          () => archiveConversation(client, id),
        );
        assert.deepEqual(await stored(), {
          project: 'p1',
          tags: ['food'],
          pinned: true,
          archived: true,
          deleted: false,
        });

        // The value of one key is of one tab.
        await atOnce(
          () => setConversationTags(client, id, ['food', 'family']),
          () => setConversationTags(client, id, ['food', 'rome']),
        );
        assert.match(JSON.stringify((await stored())?.tags), /^\["food","(family|rome)"\]$/);
        // Each tag as a key of its own.
        await atOnce(
          () => updateConversation(client, id, { metadata: { 'tag:family': true } }),
          () => updateConversation(client, id, { metadata: { 'tag:rome': true } }),
        );
        const filter = { 'tag:family': true, 'tag:rome': true };
        assert.equal((await listConversations(client, { userId, filter })).conversations.length, 1);
        await made.pool.query(`DELETE FROM ${inSchema}.conversations`);
      });

      test(`${name}: missing conversations`, async () => {
        const client = clients[name]!;
        assert.equal(await getConversation(client, nobody), null);
        assert.equal(await getConversation(client, nobody, { format: 'ai-sdk' }), null);
        assert.equal(await getConversationJson(client, nobody), null);
        assert.equal(await getConversationMessages(client, nobody), undefined);
        assert.deepEqual(await listConversations(client, { userId: nobody }), { conversations: [], next_cursor: null });
        assert.equal(await agentUsage(client, { userId: nobody }), null);
      });

      test(`${name}: tools, agents and workflows`, async () => {
        const client = clients[name]!;
        const schema = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] };
        const insert = async (table: string, row: object) => {
          const values = Object.values(row).map((value) => (typeof value === 'object' ? JSON.stringify(value) : value));
          const { rows } = await made.pool.query(
            `INSERT INTO ${inSchema}.${table} (${Object.keys(row)}) VALUES (${values.map((_, i) => `$${i + 1}`)})
            RETURNING id`,
            values,
          );
          return rows[0].id as string;
        };
        const tool = `weather ${name}`;
        await insert('agent_tools', { name: tool, description: 'Tells the weather', schema });
        const definition_id = await insert('agent_definitions', {
          user_id: ada,
          name: 'Guide',
          description: '',
          system_prompt: 'Be brief.',
          capabilities: { temperature: 1, voice: false },
          tools: [tool],
        });
        const agentId = await insert('agent_instances', {
          user_id: ada,
          definition_id,
          name: 'My guide',
          configuration: { temperature: 0 },
        });

        assert.deepEqual(await validateToolInput(client, tool, { city: 'Hana' }), { valid: true, errors: [] });
        assert.deepEqual(await validateToolInput(client, tool, { city: 7 }), {
          valid: false,
          errors: [{ path: '/city', message: 'must be a string, but is the number 7' }],
        });
        assert.equal((await validateToolInput(client, tool, 'Hana')).errors[0]?.path, '');

        const agent = await getAgent(client, agentId);
        assert.ok(agent);
        assert.deepEqual(
          [agent.instance.id, agent.definition?.id, agent.tools.map((row) => row.name), agent.configuration],
          [agentId, definition_id, [tool], { temperature: 0, voice: false }],
        );
        assert.deepEqual([agent.status, agent.definition_status, agent.missing_tools], ['active', 'available', []]);
        const callable = `weather_${name.replace('.', '_')}`;
        const openai = await getAgent(client, agentId, { format: 'openai' });
        assert.equal(openai?.tools[0]?.function.name, callable);
        assert.deepEqual(openai.tools[0].function.parameters, schema);
        const anthropic = await getAgent(client, agentId, { format: 'anthropic' });
        assert.deepEqual(anthropic?.tools[0]?.input_schema, schema);
        const aiSdk = await getAgent(client, agentId, { format: 'ai-sdk' });
        assert.deepEqual([aiSdk?.id, aiSdk?.name, aiSdk?.system], [agentId, 'My guide', 'Be brief.']);
        assert.deepEqual(Object.values(aiSdk!.tools), [{ description: 'Tells the weather', inputSchema: schema }]);
        assert.equal(await getAgent(client, nobody), null);
        await made.pool.query(`DELETE FROM ${inSchema}.agent_instances`);

        const workflowId = await insert('workflows', {
          user_id: ada,
          workflow_id: 'wfr_1',
          status: 'pending',
          goal: '',
        });
        const advanced = await advanceWorkflow(client, workflowId, { status: 'running', step: { name: 'search' } });
        assert.deepEqual(
          { ...advanced, updated_at: '' },
          { id: workflowId, workflow_id: 'wfr_1', status: 'running', step_count: 1, updated_at: '' },
        );
        assert.match(advanced.updated_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
        await advanceWorkflow(client, workflowId, { status: 'completed', result: { hits: 3 } });
        const { rows } = await made.pool.query(`SELECT steps, result FROM ${inSchema}.workflows WHERE id = $1`, [
          workflowId,
        ]);
        assert.deepEqual(rows, [{ steps: [{ name: 'search' }], result: { hits: 3 } }]);

        const id = (await createConversation(client, { title: '', userId })).id;
        const calls = (input: unknown): UIMessageInput => ({
          role: 'assistant',
          parts: [{ type: `tool-${tool}`, toolCallId: 'call_1', state: 'input-available', input }],
        });
        await appendMessages(client, id, calls({ city: 'Hana' }), { checkTools: true });
        const wrong = await appendMessages(client, id, calls({ city: 7 }), { checkTools: true }).catch(
          (error) => error,
        );
        assert.ok(wrong instanceof InvalidToolCallError, String(wrong));
        assert.deepEqual([wrong.path, wrong.tool, wrong.inputPath], ['messages.parts[0].input', tool, '/city']);
        const all = await appendMessages(client, id, calls([]), { checkTools: true }).catch((error) => error);
        assert.deepEqual([all.path, all.inputPath], ['messages.parts[0].input', '']);
        await appendMessages(client, id, calls({ city: 7 }));
        const unknown = {
          role: 'assistant',
          tool_calls: [{ id: '1', function: { name: 'none', arguments: '{}' } }],
        } as const;
        const noTool = await appendMessages(client, id, unknown, { format: 'openai', checkTools: true }).catch(
          (error) => error,
        );
        assert.ok(noTool instanceof InvalidInputError && !(noTool instanceof InvalidToolCallError), String(noTool));
        assert.equal(noTool.path, 'messages.tool_calls[0]');
      });

      test(`${name}: agent_usage and current_user_id`, async () => {
        const client = clients[name]!;
        assert.deepEqual(await agentUsage(client, { userId: ada }), { limit: 1, used: 0, remaining: 1, plan: null });
        assert.equal(await currentUserId(client), name === 'supabase-js' ? ada : null);
      });
    }
  });
}

describe('with Drizzle', () => {
  let made: TestDatabase;
  before(async () => {
    made = await database();
    await made.pool.query(
      `INSERT INTO users (id, email) VALUES ('${ada}', 'ada@example.com'), ('${bob}', 'bob@example.com')`,
    );
  });

  test('countTokens', async () => {
    for (const db of Object.values(drizzles(made))) {
      assert.equal(await countTokens(db, 'Hello, world!'), 4);
      const text = '人工智能正在改变我们的生活方式。';
      assert.equal(await countTokens(db, text, 'o200k_base'), 8);
      assert.equal(await countTokens(db, text, 'cl100k_base'), 14);
      assert.equal(await countTokens({ db, schema: 'chat' }, text, 'estimate'), 12);
      assert.equal(await countTokens(db, ''), 0);
      // Counted as it is stored.
      assert.equal(await countTokens(db, 'a\0b'), await countTokens(db, 'a\ufffdb'));
      assert.equal(await asUser(db, ada, (tx) => countTokens(tx, 'Hello, world!')), 4);
      await assert.rejects(countTokens(db, text, 'gpt2' as never), InvalidInputError);
      await assert.rejects(countTokens(db, 'a'.repeat(17 << 20)), agentchat.TooLargeError);
    }
  });

  test('getConversationMessages returns the result of findFirst', async () => {
    const titles = ['', 'Odd \u{1F334} "quotes" \\ ', 'three'];
    for (const db of Object.values(drizzles(made))) {
      for (const title of titles) {
        const { id } = await createConversation(db, {
          title,
          userId: ada,
          metadata: { n: 1.5 },
          messages: title === 'three' ? [] : dialogue,
        });
        await made.pool.query(
          `UPDATE messages SET created_at = created_at - interval '100 years' WHERE conversation_id = '${id}'`,
        );
        const expected = await db.query.conversations.findFirst({
          where: whereId(agentchat.conversations, id),
          with: { messages: { orderBy: (messages, { asc }) => [asc(messages.createdAt), asc(messages.id)] } },
        });
        assert.deepEqual(await getConversationMessages(db, id), expected);
      }
      // Times outside the range of JavaScript's dates.
      const { id } = await createConversation(db, { title: '', userId: ada, messages: dialogue });
      await made.pool.query(`
        SET row_security = off;
        UPDATE messages SET created_at = '0044-03-15 BC' WHERE conversation_id = '${id}' AND role = 'user';
        RESET row_security`);
      const odd = await getConversationMessages(db, id);
      assert.equal(odd?.messages[0]?.createdAt.getTime(), Number.NaN);
    }
  });

  test('asUser limits queries to the rows of the user', async () => {
    for (const db of Object.values(drizzles(made))) {
      const { id } = await asUser(db, ada, (tx) => createConversation(tx, { title: 'Mine' }));
      assert.equal(await asUser(db, bob, (tx) => getConversation(tx, id)), null);
      assert.equal((await asUser(db, ada, (tx) => getConversation(tx, id)))?.user_id, ada);
      assert.equal(await asUser(db, ada, (tx) => currentUserId(tx)), ada);
      // The settings end with the transaction.
      assert.equal(await currentUserId(db), null);
      await assert.rejects(
        asUser(db, ada, (tx) => createConversation(tx, { title: '', userId: bob })),
        agentchat.NotAllowedError,
      );
    }
  });

  test('asUser fails if work has caught an error and nothing was written', async () => {
    for (const db of Object.values(drizzles(made))) {
      let id = '';
      const caught = asUser(db, ada, async (tx) => {
        ({ id } = await createConversation(tx, { title: 'Lost' }));
        await truncateConversation(tx, id, 'msg-1').catch(() => {});
      });
      await assert.rejects(caught);
      assert.equal(await getConversation(db, id), null);
      // The right way: a transaction inside.
      const kept = await asUser(db, ada, async (tx) => {
        const created = await createConversation(tx, { title: 'Kept' });
        await tx.transaction((inner) => truncateConversation(inner, created.id, 'msg-1')).catch(() => {});
        return created.id;
      });
      assert.equal((await getConversation(db, kept))?.title, 'Kept');
    }
  });

  test('asUser replaces an earlier caller', async () => {
    for (const db of Object.values(drizzles(made))) {
      await db.transaction(async (tx) => {
        await tx.execute(agentchat.sql`SELECT set_config('request.jwt.claim.sub', ${bob}, true)`);
        assert.equal(await asUser(tx, ada, (inner) => currentUserId(inner)), ada);
        assert.equal(await currentUserId(tx), bob);
      });
      await assert.rejects(
        asUser(db, '', async () => {}),
        TypeError,
      );
      await assert.rejects(
        asUser(db, ada, async () => {}, { role: 'none' }),
        TypeError,
      );
      // The caller cannot act on these errors. They are for whoever has set the application up.
      for (const [role, problem] of [
        ['nobody', /^asUser: the role "nobody" does not exist\. .*CREATE ROLE "nobody" NOLOGIN; GRANT "nobody" TO /],
        ['pg_monitor', /^asUser: the login is not a member of the role "pg_monitor"\. .*GRANT "pg_monitor" TO /],
      ] as const) {
        await assert.rejects(
          asUser(db, ada, async () => {}, { role }),
          (error: Error) => problem.test(error.message) && !(error instanceof agentchat.AgentchatError),
        );
      }
    }
  });

  test('invalid dates are refused', async () => {
    for (const db of Object.values(drizzles(made))) {
      const { id } = await createConversation(db, { title: '', userId: ada });
      const message = { role: 'user', content: '', createdAt: new Date(Number.NaN) } as const;
      await assert.rejects(appendMessages(db, id, [message], { format: 'drizzle' }), RangeError);
      await assert.rejects(
        createConversation(db, { title: '', userId: ada, messages: message, format: 'drizzle' }),
        RangeError,
      );
      assert.deepEqual((await getConversation(db, id))?.messages, []);
    }
  });

  test('columns that an application has added are written', async () => {
    await made.pool.query('ALTER TABLE messages ADD rating integer');
    for (const db of Object.values(drizzles(made))) {
      const { id } = await createConversation(db, { title: '', userId: ada });
      await appendMessages(db, id, { role: 'user', content: '', rating: 5 }, { format: 'rows' });
      assert.equal(((await getConversation(db, id))?.messages[0] as { rating?: number } | undefined)?.rating, 5);
    }
    await made.pool.query('ALTER TABLE messages DROP rating');
  });

  test('a lost connection does not end the process', async () => {
    const db = agentchat.createDatabase(made.url);
    const {
      rows: [{ pid }],
    } = (await db.execute(agentchat.sql`SELECT pg_backend_pid() AS pid`)) as unknown as { rows: [{ pid: number }] };
    await made.sql(`SELECT pg_terminate_backend(${pid}, 5000)`);
    await sleep(100);
    assert.equal(await currentUserId(db), null);
    await db.$client.end();
  });

  test('asUser within a transaction restores the previous caller', async () => {
    for (const db of Object.values(drizzles(made))) {
      await db.transaction(async (tx) => {
        const { id } = await asUser(tx, ada, async (inner) => {
          assert.equal(await asUser(inner, bob, (innermost) => currentUserId(innermost)), bob);
          assert.equal(await currentUserId(inner), ada);
          return createConversation(inner, { title: 'Mine' });
        });
        assert.equal(await currentUserId(tx), null);
        assert.equal((await getConversation(tx, id))?.user_id, ada);
        await assert.rejects(asUser(tx, bob, (inner) => createConversation(inner, { title: '', userId: ada })));
        assert.equal((await createConversation(tx, { title: '', userId: bob })).user_id, bob);
      });
    }
  });

  test('queries take part in transactions', async () => {
    for (const db of Object.values(drizzles(made))) {
      let id = '';
      const cancelled = db.transaction(async (tx) => {
        ({ id } = await createConversation(tx, { title: 'Never', userId: ada }));
        assert.equal((await getConversation(tx, id))?.title, 'Never');
        throw new Error('changed my mind');
      });
      await assert.rejects(cancelled, /changed my mind/);
      assert.equal(await getConversation(db, id), null);
    }
  });

  test('a driver that does not parse JSON makes no difference', async () => {
    const client = postgres(made.url, { max: 1 });
    const db = drizzlePostgresJs(client);
    client.options.parsers[114] = (text: string) => text;
    const { id } = await createConversation(db, { title: 'Text', userId: ada });
    assert.equal((await getConversation(db, id))?.title, 'Text');
    assert.equal(JSON.parse((await getConversationJson(db, id))!).title, 'Text');
    await client.end();
  });

  test('administration', async () => {
    for (const db of Object.values(drizzles(made))) {
      const [user] = await db.insert(agentchat.users).values({ email: 'eve@example.com' }).returning();
      await createConversation(db, { title: 'Hers', userId: user!.id, messages: dialogue });
      const exported = await agentchat.exportUser(db, user!.id);
      assert.equal(exported.user.email, 'eve@example.com');
      assert.equal(exported.conversations[0]?.messages.length, 2);
      await assert.rejects(agentchat.indexMessages(db), agentchat.FeatureOffError);
      await agentchat.enable(db, 'search');
      assert.equal(typeof (await agentchat.indexMessages(db)), 'number');
      assert.equal(await agentchat.indexMessages(db, user!.id), dialogue.length);
      await agentchat.disable(db, 'search');
      const { version } = await agentchat.getVersion(db);
      await made.pool.query('DROP TABLE search_pending, search_segments, search_grams');
      assert.deepEqual(await agentchat.changeEdition(db, 'sql'), { edition: 'sql', version });
      assert.deepEqual(await agentchat.changeEdition(db, 'extension'), { edition: 'extension', version });
      const { deleted, kept } = await agentchat.deleteUser(db, user!.id);
      assert.deepEqual([deleted.users, deleted.messages, kept.agent_definitions], [1, 2, 0]);
      await assert.rejects(agentchat.exportUser(db, user!.id), agentchat.NotFoundError);

      await made.pool.query('ALTER TABLE users DISABLE ROW LEVEL SECURITY; DROP INDEX artifacts_message_id_idx');
      assert.deepEqual(
        (await agentchat.check(db)).map(({ object }) => object),
        ['index artifacts_message_id_idx of public.artifacts', 'row-level security of public.users'],
      );
      const left = await agentchat.adopt(db);
      assert.ok(left.some(({ statement }) => statement?.startsWith('CREATE INDEX CONCURRENTLY')));
      await agentchat.adopt(db, { build: true });
      assert.deepEqual(await agentchat.check(db), []);
      assert.ok((await agentchat.detach(db)).length > 20);
      await agentchat.adopt(db);
      assert.deepEqual(await agentchat.check(db), []);
      assert.match((await agentchat.grantApi(db, 'authenticated'))[0]?.statement ?? '', /^GRANT/);
      await assert.rejects(agentchat.linkSupabaseAuth(db), (error: any) => error.cause.code === '42P01');
    }
  });
});

test('every function for callers of the extension has a query', async () => {
  const sources = await Promise.all(
    [
      'appendMessages',
      'administration',
      'advanceWorkflow',
      'agentUsage',
      'countTokens',
      'createConversation',
      'currentUserId',
      'forkConversation',
      'getAgent',
      'getContext',
      'getConversation',
      'imports',
      'listConversations',
      'searchMessages',
      'truncateConversation',
      'updateConversation',
      'validateToolInput',
      '../runs/appendChunks',
      '../runs/finishRun',
      '../runs/heartbeatRun',
      '../runs/readChunks',
      '../runs/recoverRun',
      '../runs/startRun',
      '../runs/stopRun',
    ].map((name) => readFile(`${packageFolder}/src/queries/${name}.ts`, 'utf8')),
  );
  const made = await database();
  const { rows } = await made.pool.query(`
    SELECT proname AS name, coalesce(proargnames[:pronargs], '{}') AS args
    FROM pg_proc p JOIN pg_depend d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
    WHERE prorettype <> 'trigger'::regtype
      AND (pronamespace = 'public'::regnamespace
           OR p.oid = 'agentchat.count_tokens'::regproc
           OR EXISTS (SELECT FROM aclexplode(proacl) a WHERE a.grantee = 'pg_database_owner'::regrole))
    ORDER BY 1`);
  assert.ok(rows.length >= 16);
  // get_conversation has none; get_conversation_json returns the same value.
  for (const { name, args } of rows.filter((row) => row.name !== 'get_conversation')) {
    const source = sources.find((text) => text.includes(`'${name}'`));
    assert.ok(source, name);
    for (const arg of args) assert.ok(source.includes(`${arg}:`), `${name}: ${arg}`);
  }
});
