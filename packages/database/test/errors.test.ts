import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import {
  AgentchatError,
  AgentLimitReachedError,
  advanceWorkflow,
  agentDefinitions,
  agentInstances,
  agentTools,
  appendMessages,
  artifacts,
  type Client,
  ConflictError,
  conversations,
  createConversation,
  eq,
  forkConversation,
  getAgent,
  getConversation,
  InvalidInputError,
  listConversations,
  NotAllowedError,
  NotFoundError,
  orThrow,
  searchMessages,
  subscriptions,
  TooLargeError,
  ToolInUseError,
  truncateConversation,
  typedError,
  updateConversation,
  users,
  validateToolInput,
  WorkflowStatusError,
  workflows,
} from '@agentchat/database';
import { major } from './drizzle.js';
import { database, drizzles, supabases, type TestDatabase } from './server.js';

const ada = 'ada00000-0000-4000-8000-000000000000';
const bob = 'b0b00000-0000-4000-8000-000000000000';
const nobody = '99999999-0000-4000-8000-000000000000';
const hello = { role: 'user', parts: [{ type: 'text', text: 'Hello' }] } as const;

type Kind<T> = abstract new (...args: any[]) => T;

async function refused<T extends AgentchatError>(work: Promise<unknown>, kind: Kind<T>, status: number): Promise<T> {
  const error = await work.then(
    () => assert.fail('nothing was refused'),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof kind, String(error));
  assert.ok(error instanceof AgentchatError && error instanceof Error);
  assert.equal(error.name, kind.name);
  assert.equal(error.status, status);
  assert.ok(error.cause);
  return error;
}

describe('errors', async () => {
  let made: TestDatabase;
  let api: Awaited<ReturnType<typeof supabases>>;
  const clients: Record<string, Client> = {};
  before(async () => {
    made = await database();
    await made.pool.query(`
      INSERT INTO users (id, email) VALUES ('${ada}', 'ada@example.com'), ('${bob}', 'bob@example.com');
      INSERT INTO subscriptions (user_id, plan, status, is_active, agent_limit) VALUES ('${bob}', 'pro', 'active', true, 2)`);
    Object.assign(clients, drizzles(made));
    if (major === 1) return;
    api = await supabases(made);
    clients['supabase-js'] = api.service();
  });

  // Drizzle makes no difference to supabase-js.
  for (const name of ['node-postgres', 'postgres.js', ...(major === 0 ? ['supabase-js'] : [])]) {
    const conversationOf = async (userId: string) =>
      (await createConversation(clients[name]!, { title: '', userId })).id;

    test(`${name}: invalid input, with its path`, async () => {
      const client = clients[name]!;
      const id = await conversationOf(ada);
      const cases: [messages: any, format: any, path: string][] = [
        [[hello, { role: 'user', parts: [{ text: 'Hi' }] }], 'ai-sdk', 'messages[1].parts[0].type'],
        [{ role: 'user' }, 'ai-sdk', 'messages.parts'],
        [[{ ...hello, role: 'robot' }], 'ai-sdk', 'messages[0].role'],
        ['nonsense', 'ai-sdk', 'messages'],
        [[{ role: 'assistant', tool_calls: [{ id: 1 }] }], 'openai', 'messages[0].tool_calls[0].id'],
        [[{ role: 'user', content: '', createdAt: 'tomorrow' }], 'drizzle', 'messages[0].createdAt'],
        [
          [
            { id: 'a', ...hello },
            { id: 'a', ...hello },
          ],
          'ai-sdk',
          'messages[1].id',
        ],
        [[{ role: 'user', content: '', colour: 'red' }], 'rows', 'messages[0]'],
        [hello, 'xml', 'format'],
      ];
      for (const [messages, format, path] of cases) {
        const error = await refused(appendMessages(client, id, messages, { format }), InvalidInputError, 400);
        assert.equal(error.path, path);
        assert.equal(error.code, '22023');
        assert.ok(error.detail && error.hint);
      }
      assert.equal((await getConversation(client, id))?.messages.length, 0);

      const paths: [work: () => Promise<unknown>, path: string | undefined][] = [
        [() => getConversation(client, id, { messageLimit: 0 }), 'message_limit'],
        [() => getConversation(client, id, { beforeMessage: nobody }), 'before_message'],
        [() => getConversation(client, id, { format: 'xml' as never }), 'format'],
        [() => listConversations(client, { pageSize: 0, userId: ada }), 'page_size'],
        [() => listConversations(client, { cursor: 'nonsense', userId: ada }), 'cursor'],
        [() => searchMessages(client, 'x', { pageSize: 101, userId: ada }), 'page_size'],
        [() => searchMessages(client, 'x', { cursor: 'nonsense', userId: ada }), 'cursor'],
        [() => searchMessages(client, 'x', { filter: [] as never, userId: ada }), 'filter'],
        [() => searchMessages(client, 'x', { in: 'title' as never, userId: ada }), 'in'],
        [() => searchMessages(client, 'x', { conversationId: 'nonsense', userId: ada }), 'conversation_id'],
        [() => searchMessages(client, 'x '.repeat(65), { userId: ada }), undefined],
        [() => createConversation(client, { title: '', metadata: [] as never, userId: ada }), 'metadata'],
        [() => getConversation(client, 'nonsense'), 'conversation_id'],
        [() => getConversation(client, ''), 'conversation_id'],
        [() => appendMessages(client, 'x'.repeat(256), hello), 'conversation_id'],
        [() => truncateConversation(client, 'nonsense', nobody), 'conversation_id'],
        [() => forkConversation(client, 'nonsense'), 'conversation_id'],
        [() => updateConversation(client, 'nonsense', { title: '' }), 'conversation_id'],
        [() => updateConversation(client, id, { metadata: [] as never }), 'metadata'],
        [() => createConversation(client, { title: '', id: '', userId: ada }), 'id'],
        [() => createConversation(client, { title: '' }), 'user_id'],
        [() => createConversation(client, { title: '', userId: 'nonsense' }), 'user_id'],
        [() => listConversations(client, { userId: 'nonsense' }), 'user_id'],
        [() => listConversations(client, { userId: ada, pageSize: 1.5 }), 'page_size'],
        [() => getConversation(client, id, { messageLimit: 2 ** 31 }), 'message_limit'],
        [() => getConversation(client, id, { messageLimit: Number.NaN }), 'message_limit'],
      ];
      for (const [work, path] of paths) {
        const error = await refused(work(), InvalidInputError, 400);
        assert.equal(error.path, path);
        if (path) assert.equal(error.code, '22023');
      }

      // The id of another user's conversation.
      const taken = createConversation(client, { title: '', id, userId: bob });
      const error = await refused(taken, ConflictError, 409);
      assert.equal(error.path, 'id');
      assert.ok(!`${error.message} ${error.detail}`.includes(ada));
    });

    test(`${name}: missing arguments`, async () => {
      const client = clients[name]!;
      const id = await conversationOf(ada);
      const missing = undefined as never;
      assert.equal((await refused(appendMessages(client, id, missing), InvalidInputError, 400)).path, 'messages');
      assert.equal(
        (await refused(appendMessages(client, missing, hello), InvalidInputError, 400)).path,
        'conversation_id',
      );
      assert.equal(
        (await refused(truncateConversation(client, id, missing), InvalidInputError, 400)).path,
        'from_message',
      );
      assert.equal(
        (await refused(createConversation(client, { userId: ada } as never), InvalidInputError, 400)).path,
        'title',
      );
      assert.equal(await getConversation(client, missing), null);
    });

    test(`${name}: not found`, async () => {
      const client = clients[name]!;
      const id = await conversationOf(ada);
      const error = await refused(appendMessages(client, nobody, hello), NotFoundError, 404);
      assert.equal(error.code, 'PT404');
      assert.equal(error.message, 'conversation not found');
      assert.ok(error.detail?.includes(nobody));
      await refused(truncateConversation(client, id, 'msg-1'), NotFoundError, 404);
      await refused(forkConversation(client, nobody), NotFoundError, 404);
      await refused(updateConversation(client, nobody, { title: '' }), NotFoundError, 404);
    });

    test(`${name}: conflict`, async () => {
      const client = clients[name]!;
      const [first, second] = [await conversationOf(ada), await conversationOf(ada)];
      const [message] = await appendMessages(client, first, hello);
      const error = await refused(appendMessages(client, second, { ...hello, id: message!.id }), ConflictError, 409);
      assert.equal(error.code, 'PT409');
      assert.equal(error.path, 'messages.id');
      const noUser = await refused(createConversation(client, { title: '', userId: nobody }), ConflictError, 409);
      assert.equal(noUser.code, '23503');
    });

    test(`${name}: tools`, async () => {
      const client = clients[name]!;
      const unknown = await refused(validateToolInput(client, 'none', {}), NotFoundError, 404);
      assert.deepEqual([unknown.code, unknown.message], ['PT404', 'tool not found']);
      const missing = undefined as never;
      assert.equal((await refused(validateToolInput(client, 'none', missing), InvalidInputError, 400)).path, 'input');
      assert.equal((await refused(validateToolInput(client, missing, {}), InvalidInputError, 400)).path, 'tool');
      assert.equal(
        (await refused(getAgent(client, nobody, { format: 'xml' as never }), InvalidInputError, 400)).path,
        'format',
      );
      assert.equal((await refused(getAgent(client, 'nonsense'), InvalidInputError, 400)).path, 'agent_instance_id');
    });

    test(`${name}: workflows`, async () => {
      const client = clients[name]!;
      const { rows } = await made.pool.query(`
        INSERT INTO workflows (user_id, workflow_id, status, goal) VALUES ('${ada}', 'wfr', 'pending', '') RETURNING id`);
      const { id } = rows[0];
      const move = await refused(advanceWorkflow(client, id, { status: 'failed' }), WorkflowStatusError, 409);
      assert.deepEqual([move.code, move.from, move.to], ['PT409', 'pending', 'failed']);
      assert.ok(move instanceof ConflictError);
      const unknown = await refused(advanceWorkflow(client, nobody, { step: {} }), NotFoundError, 404);
      assert.equal(unknown.message, 'workflow not found');
      const paths: [change: object, path: string][] = [
        [{ status: 'paused' }, 'status'],
        [{ step: [1] }, 'step'],
      ];
      for (const [change, path] of paths) {
        const error = await refused(advanceWorkflow(client, id, change), InvalidInputError, 400);
        assert.deepEqual([error.code, error.path], ['22023', path]);
      }
    });

    test(`${name}: too large`, async () => {
      const many = Array.from({ length: 100_001 }, () => ({ role: 'user', content: '' }) as const);
      const error = await refused(
        appendMessages(clients[name]!, await conversationOf(ada), many, { format: 'openai' }),
        TooLargeError,
        413,
      );
      assert.equal(error.code, '54000');
    });
  }

  for (const [name, db] of Object.entries({ 'node-postgres': 0, 'postgres.js': 1 })) {
    test(`${name}: agent limit, and the application's own statements`, async () => {
      const drizzle = Object.values(drizzles(made))[db]!;
      const [definition] = await drizzle
        .insert(agentDefinitions)
        .values({ userId: bob, name: '', description: '', systemPrompt: '' })
        .returning();
      const agent = { userId: bob, definitionId: definition!.id, name: 'Poet' };
      const [made1] = await orThrow(drizzle.insert(agentInstances).values(agent).returning());
      await orThrow(drizzle.insert(agentInstances).values(agent));
      assert.equal(made1?.status, 'active');
      const error = await refused(orThrow(drizzle.insert(agentInstances).values(agent)), AgentLimitReachedError, 402);
      assert.deepEqual([error.userId, error.limit, error.used, error.plan, error.code], [bob, 2, 2, 'pro', 'PT402']);
      assert.ok(error.hint);
      const caught = await drizzle
        .insert(agentInstances)
        .values(agent)
        .then(() => null, typedError);
      assert.ok(caught instanceof AgentLimitReachedError);
      const without = await refused(
        orThrow(
          drizzle.insert(agentInstances).values([
            { ...agent, userId: ada },
            { ...agent, userId: ada },
          ]),
        ),
        AgentLimitReachedError,
        402,
      );
      assert.deepEqual([without.userId, without.limit, without.used, without.plan], [ada, 1, 0, null]);
      await drizzle.delete(agentInstances);

      const broken = { type: 'object', properties: { city: { type: 'text' } } };
      const tool = { name: `tool "${name}"`, description: '', schema: {} };
      const invalid = await refused(
        orThrow(drizzle.insert(agentTools).values({ ...tool, schema: broken })),
        InvalidInputError,
        400,
      );
      assert.equal(invalid.path, '/properties/city/type');
      await drizzle.insert(agentTools).values(tool);
      const usesTool = { userId: bob, name: '', description: '', systemPrompt: '' };
      const noTool = await refused(
        orThrow(drizzle.insert(agentDefinitions).values({ ...usesTool, tools: ['none'] })),
        ConflictError,
        409,
      );
      assert.equal(noTool.path, 'tools');
      const noName = await refused(
        orThrow(drizzle.insert(agentDefinitions).values({ ...usesTool, tools: [1] as never })),
        InvalidInputError,
        400,
      );
      assert.equal(noName.path, 'tools[0]');
      await drizzle.insert(agentDefinitions).values({ ...usesTool, tools: [tool.name] });
      const inUse = await refused(
        orThrow(drizzle.delete(agentTools).where(eq(agentTools.name, tool.name))),
        ToolInUseError,
        409,
      );
      assert.deepEqual([inUse.tool, inUse.definitions, inUse.code], [tool.name, 1, '23503']);
      const [workflow] = await drizzle
        .insert(workflows)
        .values({ userId: bob, workflowId: '', status: 'completed', goal: '' })
        .returning();
      const move = await refused(
        orThrow(drizzle.update(workflows).set({ status: 'running' }).where(eq(workflows.id, workflow!.id))),
        WorkflowStatusError,
        409,
      );
      assert.deepEqual([move.from, move.to], ['completed', 'running']);

      const taken = await refused(
        orThrow(drizzle.insert(users).values({ email: 'ada@example.com' })),
        ConflictError,
        409,
      );
      assert.equal(taken.constraint, 'users_email_unique');
      const odd = await refused(
        orThrow(drizzle.insert(artifacts).values({ userId: ada, type: 'song' as never, title: '' })),
        InvalidInputError,
        400,
      );
      assert.equal(odd.constraint, 'artifacts_type_check');
      const missing = await refused(
        orThrow(drizzle.insert(conversations).values({ userId: ada, title: null as never })),
        InvalidInputError,
        400,
      );
      assert.equal(missing.path, 'title');
      await refused(
        orThrow(drizzle.insert(subscriptions).values({ userId: ada, plan: 'pro', status: 'active', agentLimit: -2 })),
        InvalidInputError,
        400,
      );
    });
  }

  if (major === 0) {
    test("supabase-js: agent limit, and the application's own requests", async () => {
      const supabase = api.user(bob);
      const [definition] = await orThrow(
        supabase
          .from('agent_definitions')
          .insert({ user_id: bob, name: '', description: '', system_prompt: '' })
          .select(),
      );
      const agent = { user_id: bob, definition_id: definition!.id, name: 'Poet' };
      assert.equal(await orThrow(supabase.from('agent_instances').insert([agent, agent])), null);
      const error = await refused(orThrow(supabase.from('agent_instances').insert(agent)), AgentLimitReachedError, 402);
      assert.deepEqual([error.userId, error.limit, error.used, error.plan], [bob, 2, 2, 'pro']);
      await refused(orThrow(supabase.from('conversations').insert({ user_id: ada, title: '' })), NotAllowedError, 403);
      const data = await orThrow(supabase.from('agent_instances').select('name').limit(1).single());
      assert.equal(data.name, 'Poet');
    });

    test('errors of PostgREST itself have their fields', async () => {
      const missing = await orThrow(api.service().rpc('no_such_function')).catch((error: unknown) => error);
      assert.ok(missing instanceof Error);
      assert.deepEqual([(missing as any).code, (missing as any).status], ['PGRST202', 404]);
    });
  }

  test('other errors are thrown unchanged', async () => {
    const none = { code: 'ECONNREFUSED', message: 'no server' };
    assert.equal(typedError(none), none);
    assert.equal(typedError(undefined), undefined);
    const ours = new NotFoundError(
      { code: 'PT404', message: '', detail: undefined, hint: undefined, constraint: undefined, column: undefined },
      none,
    );
    assert.equal(typedError(ours), ours);
    const loop: { cause?: unknown } = {};
    loop.cause = loop;
    assert.equal(typedError(loop), loop);
    const [db] = Object.values(drizzles(made));
    const cancelled = await orThrow(db!.execute("SET statement_timeout = '1ms'; SELECT pg_sleep(1)")).catch(
      (error: unknown) => error,
    );
    assert.ok(!(cancelled instanceof AgentchatError));
  });
});
