import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Database, getConversation, listConversations, onUnstorableText } from '@agentchat/database';
import {
  AbstractChat,
  type ChatState,
  type ChatStatus,
  DefaultChatTransport,
  type UIMessage,
  validateUIMessages,
} from 'ai';
import { MockLanguageModelV3 } from 'ai/test';
import { type ChatOptions, chatServer } from '../examples/chat.js';
import { compilerOptions, Project } from './project.js';
import { type Chunk, eventually, Puppet, usage } from './puppet.js';
import { database, drizzles, freePort, packageFolder, patience, type TestDatabase } from './server.js';

const ada = 'ada00000-0000-4000-8000-000000000000';
const bob = 'b0b00000-0000-4000-8000-000000000000';

/** The useChat of @ai-sdk/react, without React. */
class Chat extends AbstractChat<UIMessage> {
  constructor(url: string, messages: UIMessage[] = [], headers = { 'x-user-id': ada }) {
    const state: ChatState<UIMessage> = {
      status: 'ready' as ChatStatus,
      error: undefined,
      messages,
      pushMessage: (message) => {
        state.messages = [...state.messages, message];
      },
      popMessage: () => {
        state.messages = state.messages.slice(0, -1);
      },
      replaceMessage: (index, message) => {
        state.messages = state.messages.with(index, message);
      },
      snapshot: (thing) => structuredClone(thing),
    };
    super({
      state,
      transport: new DefaultChatTransport({
        api: `${url}/messages`,
        headers,
        prepareReconnectToStreamRequest: () => ({ api: `${url}/stream` }),
      }),
    });
  }
}

const texts = (messages: UIMessage[]) =>
  messages.map(({ parts }) => parts.map((part) => (part.type === 'text' ? part.text : '')).join(''));

describe('examples/chat.ts', { timeout: patience }, () => {
  let made: TestDatabase;
  let db: Database;
  let base: string;
  const servers: Server[] = [];
  const programs: ChildProcess[] = [];
  const groups: number[] = [];
  const puppet = new Puppet();
  const errors: unknown[] = [];
  const { error } = console;

  before(async () => {
    console.error = (...args) => void errors.push(args);
    made = await database();
    await made.pool.query("SELECT agentchat.enable('runs')");
    await made.pool.query(
      `INSERT INTO users (id, email) VALUES ('${ada}', 'ada@example.com'), ('${bob}', 'bob@example.com')`,
    );
    db = drizzles(made)['node-postgres'];
    base = await listening({ model: puppet.model });
  });
  after(async () => {
    console.error = error;
    for (const program of programs) program.kill('SIGKILL');
    for (const group of groups) {
      try {
        process.kill(-group, 'SIGTERM');
      } catch {
        // It has ended.
      }
    }
    for (const server of servers) {
      server.closeAllConnections();
      server.close();
    }
  });

  /** Starts a server, and resolves to its address. */
  async function listening(options: Pick<ChatOptions, 'model' | 'tools' | 'staleAfter'>) {
    const userOf = (request: { headers: Record<string, unknown> }) => request.headers['x-user-id'] as string;
    const { server } = chatServer({ db, userOf, ...options });
    servers.push(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/conversations`;
  }

  async function request(
    path: string,
    { user = ada, body, ...init }: { user?: string; body?: unknown; method?: string } = {},
  ) {
    const response = await fetch(base + path, {
      ...init,
      headers: { ...(user && { 'x-user-id': user }), 'content-type': 'application/json' },
      ...(body === undefined ? {} : { method: 'POST', body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, body: text && JSON.parse(text) };
  }

  const newConversation = async () => (await request('', { body: { title: 'Maui' } })).body.id as string;
  const stored = async (id: string) => (await getConversation(db, id, { format: 'ai-sdk' })) ?? [];
  const texted = async (id: string) => texts((await stored(id)) as UIMessage[]);
  const reloaded = async (id: string) => new Chat(`${base}/${id}`, (await request(`/${id}`)).body);

  /** The text of the answer in progress, as far as the database has it. */
  async function written(id: string): Promise<string> {
    const { rows } = await made.pool.query(
      `SELECT string_agg(chunk ->> 'delta', '' ORDER BY run_chunks.seq) AS text
       FROM run_chunks JOIN runs ON runs.id = run_id WHERE status = 'running' AND conversation_id = $1`,
      [id],
    );
    return rows[0].text ?? '';
  }

  async function answered(chat: Chat, asking: Promise<void>, ...words: string[]) {
    await puppet.asked;
    puppet.say(...words);
    puppet.finish();
    await asking;
    assert.equal(chat.status, 'ready', String(chat.error));
  }

  test('streams an answer, and saves it while it grows', async () => {
    const id = await newConversation();
    const chat = new Chat(`${base}/${id}`);
    const asking = chat.sendMessage({ text: 'What should I see?' });
    await puppet.asked;
    assert.deepEqual(await texted(id), ['What should I see?']);
    for (const [word, grown] of [
      ['The ', 'The '],
      ['sunrise ', 'The sunrise '],
      ['there.', 'The sunrise there.'],
    ] as const) {
      puppet.say(word);
      assert.ok(await eventually(async () => texts(chat.messages)[1] === grown));
      assert.ok(await eventually(async () => (await written(id)) === grown), await written(id));
    }
    puppet.finish();
    await asking;
    // The client has the same messages, except for the id that it made and the times. The answer is saved before the
    // stream ends.
    const withoutTimes = (messages: UIMessage[]) => messages.map(({ role, parts }) => ({ role, parts }));
    const messages = (await stored(id)) as UIMessage[];
    assert.equal(chat.lastMessage?.id, messages[1]?.id);
    assert.deepEqual(withoutTimes(messages), withoutTimes(JSON.parse(JSON.stringify(chat.messages))));
    assert.equal((await made.pool.query('SELECT FROM run_chunks')).rowCount, 0);
  });

  test('goes on after a reload in mid-answer, with any number of readers', async () => {
    const id = await newConversation();
    const chat = new Chat(`${base}/${id}`);
    const asking = chat.sendMessage({ text: 'Long?' });
    await puppet.asked;
    puppet.say('Once ');
    const elsewhere = (await listening({ model: puppet.model })).concat(`/${id}`);
    const readers = [await reloaded(id), await reloaded(id), new Chat(elsewhere, (await request(`/${id}`)).body)];
    const reading = readers.map((reader) => reader.resumeStream());
    for (const reader of readers) assert.ok(await eventually(async () => texts(reader.messages)[1] === 'Once '));
    // One of them goes, and comes again.
    await readers[1]?.stop();
    for (let n = 0; n < 100; n += 1) puppet.say('upon ');
    puppet.finish();
    const late = await reloaded(id);
    await late.resumeStream();
    await Promise.all([asking, ...reading]);
    const whole = `Once ${'upon '.repeat(100)}`;
    assert.deepEqual(await texted(id), ['Long?', whole]);
    for (const of of [chat, readers[0], readers[2], await reloaded(id)]) {
      assert.deepEqual([of?.status, texts(of?.messages ?? [])], ['ready', ['Long?', whole]]);
    }
    assert.equal((await request(`/${id}/stream`)).status, 204);
  });

  test('stops an answer from another tab', async () => {
    const id = await newConversation();
    const chat = new Chat(`${base}/${id}`);
    const asking = chat.sendMessage({ text: 'Long?' });
    await puppet.asked;
    puppet.say('Once ');
    const second = await reloaded(id);
    const reading = second.resumeStream();
    assert.ok(await eventually(async () => texts(second.messages)[1] === 'Once '));
    assert.deepEqual(await request(`/${id}/stop`, { method: 'POST' }), { status: 200, body: { stopping: true } });
    await Promise.all([asking, reading]);
    for (const { status, messages } of [chat, second]) {
      assert.deepEqual([status, texts(messages)], ['ready', ['Long?', 'Once ']]);
    }
    assert.deepEqual(await texted(id), ['Long?', 'Once ']);
    assert.deepEqual((await request(`/${id}/stop`, { method: 'POST' })).body, { stopping: false });
    puppet.asked = puppet.again();
    const again = await reloaded(id);
    await answered(again, again.sendMessage({ text: 'Go on.' }), 'upon a time.');
    assert.deepEqual(await texted(id), ['Long?', 'Once ', 'Go on.', 'upon a time.']);
  });

  test('continues a reloaded conversation with all its messages', async () => {
    const id = await newConversation();
    const first = new Chat(`${base}/${id}`);
    await answered(first, first.sendMessage({ text: 'One?' }), 'One.');
    const second = await reloaded(id);
    await validateUIMessages({ messages: second.messages });
    assert.deepEqual(texts(second.messages), ['One?', 'One.']);
    await answered(second, second.sendMessage({ text: 'Two?' }), 'Two.');
    const prompt = puppet.model.doStreamCalls
      .at(-1)
      ?.prompt.map(({ role, content }) => [role, (content as any)[0].text]);
    assert.deepEqual(prompt, [
      ['user', 'One?'],
      ['assistant', 'One.'],
      ['user', 'Two?'],
    ]);
    assert.deepEqual(texts((await reloaded(id)).messages), ['One?', 'One.', 'Two?', 'Two.']);
  });

  test("sends the conversation's system prompt", async () => {
    const id = await newConversation();
    await made.pool.query(`UPDATE conversations SET system_prompt = 'Be brief.' WHERE id = '${id}'`);
    const chat = new Chat(`${base}/${id}`);
    await answered(chat, chat.sendMessage({ text: 'Hi' }), 'Hi.');
    assert.deepEqual(puppet.model.doStreamCalls.at(-1)?.prompt[0], { role: 'system', content: 'Be brief.' });
  });

  test('answers a question again, and answers an edited question', async () => {
    const id = await newConversation();
    const chat = new Chat(`${base}/${id}`);
    await answered(chat, chat.sendMessage({ text: 'One?' }), 'One.');
    await answered(chat, chat.regenerate(), 'Another one.');
    assert.deepEqual(await texted(id), ['One?', 'Another one.']);
    await answered(chat, chat.sendMessage({ text: 'Two?' }), 'Two.');
    const [, one] = chat.messages;
    await answered(chat, chat.regenerate({ messageId: one!.id }), 'Yet another.');
    assert.deepEqual(await texted(id), ['One?', 'Yet another.']);
    const again = await reloaded(id);
    await answered(again, again.sendMessage({ text: 'Edited?', messageId: again.messages[0]!.id }), 'Edited.');
    assert.deepEqual(await texted(id), ['Edited?', 'Edited.']);
    assert.deepEqual(texts(again.messages), ['Edited?', 'Edited.']);
  });

  test('saves an answer to its end when the client disconnects', async () => {
    const id = await newConversation();
    const chat = new Chat(`${base}/${id}`);
    const asking = chat.sendMessage({ text: 'Long?' });
    await puppet.asked;
    puppet.say('Once ');
    assert.ok(await eventually(async () => texts(chat.messages)[1] === 'Once '));
    await chat.stop();
    await asking;
    for (let n = 0; n < 200; n += 1) {
      puppet.say('upon ');
      if (n % 20 === 0) await sleep(1);
    }
    puppet.finish();
    const whole = `Once ${'upon '.repeat(200)}`;
    assert.ok(await eventually(async () => (await texted(id))[1] === whole));
    assert.deepEqual(texts((await reloaded(id)).messages), ['Long?', whole]);
  });

  for (const how of ['fail', 'breakOff'] as const) {
    test(`keeps an answer that ends with an error of the model (${how}), and continues`, async () => {
      const id = await newConversation();
      const chat = new Chat(`${base}/${id}`);
      const asking = chat.sendMessage({ text: 'Why?' });
      await puppet.asked;
      puppet.say('Because ');
      assert.ok(await eventually(async () => texts(chat.messages)[1] === 'Because '));
      puppet[how]();
      await asking;
      assert.equal(chat.error?.message, 'The answer could not be finished.');
      // The client disconnects at the error and does not wait for the end.
      assert.ok(await eventually(async () => (await texted(id))[1] === 'Because '));
      const again = await reloaded(id);
      await answered(again, again.sendMessage({ text: 'Go on.' }), '... of that.');
      assert.deepEqual(await texted(id), ['Why?', 'Because ', 'Go on.', '... of that.']);
    });
  }

  test('stores tool calls with their results', async () => {
    const id = await newConversation();
    const chat = new Chat(`${base}/${id}`);
    const asking = chat.sendMessage({ text: 'Weather?' });
    await puppet.asked;
    puppet.call('weather', { city: 'Kihei' }, { celsius: 29 });
    await answered(chat, asking, 'Warm.');
    const [, answer] = (await reloaded(id)).messages;
    const call = answer?.parts.find((part) => part.type === 'dynamic-tool' || part.type === 'tool-weather') as any;
    assert.deepEqual([call.state, call.input, call.output], ['output-available', { city: 'Kihei' }, { celsius: 29 }]);
  });

  test('validates the input of a tool before it runs', async () => {
    const schema = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] };
    await made.pool.query('INSERT INTO agent_tools (name, description, schema) VALUES ($1, $2, $3)', [
      'weather',
      'Tells the weather',
      schema,
    ]);
    const callOf = (toolCallId: string, input: object): Chunk => ({
      type: 'tool-call',
      toolCallId,
      toolName: 'weather',
      input: JSON.stringify(input),
    });
    const answers: Chunk[][] = [
      [callOf('call_1', { city: 7 })],
      [callOf('call_2', { city: 'Kihei' })],
      [
        { type: 'text-start', id: '1' },
        { type: 'text-delta', id: '1', delta: 'Warm.' },
        { type: 'text-end', id: '1' },
      ],
    ];
    const model = new MockLanguageModelV3({
      doStream: async () => {
        const chunks = answers.shift() ?? [];
        const reason = chunks[0]?.type === 'tool-call' ? 'tool-calls' : 'stop';
        const finish: Chunk = { type: 'finish', finishReason: { unified: reason, raw: reason }, usage };
        return { stream: ReadableStream.from<Chunk>([{ type: 'stream-start', warnings: [] }, ...chunks, finish]) };
      },
    });
    const ran: unknown[] = [];
    const weather = async (input: unknown, userId: string) => {
      ran.push([input, userId]);
      return { celsius: 29 };
    };
    const tools = await listening({ model, tools: { weather } });
    const id = await newConversation();
    const chat = new Chat(`${tools}/${id}`);
    await chat.sendMessage({ text: 'Weather?' });
    assert.equal(chat.status, 'ready', String(chat.error));
    assert.deepEqual(ran, [[{ city: 'Kihei' }, ada]]);

    const [asked, askedAgain] = model.doStreamCalls;
    const [given] = asked?.tools ?? [];
    assert.ok(given?.type === 'function');
    assert.deepEqual([given.name, given.description, given.inputSchema], ['weather', 'Tells the weather', schema]);
    const problem = '/city must be a string, but is the number 7.';
    assert.ok(JSON.stringify(askedAgain?.prompt).includes(problem));

    const [, answer] = (await stored(id)) as UIMessage[];
    const parts: any[] = answer?.parts ?? [];
    const calls = parts.filter((part) => part.toolCallId);
    assert.deepEqual(
      calls.map(({ state, toolCallId }) => [toolCallId, state]),
      [
        ['call_1', 'output-error'],
        ['call_2', 'output-available'],
      ],
    );
    assert.ok(calls[0].errorText.includes(problem));
    assert.deepEqual(calls[1].output, { celsius: 29 });
  });

  test('answers one question of a conversation at a time', async () => {
    const id = await newConversation();
    const first = new Chat(`${base}/${id}`);
    const asking = first.sendMessage({ text: 'One?' });
    await puppet.asked;
    puppet.say('Once upon ');
    assert.ok(await eventually(async () => (await written(id)) === 'Once upon '));
    // The user stops the answer and asks again before the answer has ended.
    await first.stop();
    await asking;
    puppet.asked = puppet.again();
    await answered(first, first.regenerate(), 'Another one.');
    assert.deepEqual(await texted(id), ['One?', 'Another one.']);
    const [second, third] = [await reloaded(id), await reloaded(id)];
    const both = [second.sendMessage({ text: 'Two?' }), third.sendMessage({ text: 'Three?' })];
    const promptOf = () => JSON.stringify(puppet.model.doStreamCalls.at(-1)?.prompt);
    assert.ok(await eventually(async () => promptOf().includes('Two?') && promptOf().includes('Three?')));
    const of = async () => (await texted(id)).slice(2);
    assert.ok(await eventually(async () => (await of()).length === 2));
    puppet.say('Three.');
    puppet.finish();
    await Promise.all(both);
    assert.deepEqual([...(await of())].sort(), ['Three.', 'Three?', 'Two?']);
    assert.equal((await of()).at(-1), 'Three.');
  });

  test('tells the client if an answer could not be saved', async () => {
    const id = await newConversation();
    const chat = new Chat(`${base}/${id}`);
    const asking = chat.sendMessage({ text: 'Hi' });
    await puppet.asked;
    onUnstorableText('refuse');
    puppet.say('\0');
    puppet.finish();
    await asking;
    onUnstorableText('replace');
    assert.equal(chat.error?.message, 'The answer could not be saved.');
  });

  test('tries to save again', async () => {
    const id = await newConversation();
    const chat = new Chat(`${base}/${id}`);
    const asking = chat.sendMessage({ text: 'Hi' });
    await puppet.asked;
    const { transaction } = db;
    let failures = 2;
    db.transaction = ((...args: Parameters<typeof transaction>) => {
      failures -= 1;
      if (failures >= 0) return Promise.reject(new Error('no connection'));
      db.transaction = transaction;
      return transaction.apply(db, args);
    }) as never;
    puppet.say('Hello.');
    puppet.finish();
    await asking;
    assert.equal(chat.error, undefined);
    assert.deepEqual(await texted(id), ['Hi', 'Hello.']);
  });

  test('keeps users apart', async () => {
    const id = await newConversation();
    assert.equal((await request(`/${id}`, { user: bob })).status, 404);
    const hello = { message: { id: 'm', role: 'user', parts: [{ type: 'text', text: 'Hi' }] } };
    assert.deepEqual(await request(`/${id}/messages`, { user: bob, body: hello }), {
      status: 404,
      body: { error: 'conversation not found' },
    });
    assert.deepEqual((await request('', { user: bob })).body, { conversations: [], next_cursor: null });
    const { body } = await request('');
    assert.deepEqual(body, JSON.parse(JSON.stringify(await listConversations(db, { userId: ada }))));
    assert.equal((await request(`/${id}`, { user: '' })).status, 401);
  });

  test('answers wrong requests with the reason', async () => {
    const id = await newConversation();
    const statusOf = async (path: string, body?: unknown) => (await request(path, { body })).status;
    assert.equal(await statusOf(`/${id}/messages`, '{'), 400);
    assert.equal(await statusOf(`/${id}/messages`, {}), 400);
    assert.equal(await statusOf(`/${id}/messages`, { message: { role: 'assistant', parts: [] } }), 400);
    assert.equal(
      await statusOf(`/${id}/messages`, { message: { id: 'm', role: 'user', parts: [{ text: 'Hi' }] } }),
      400,
    );
    assert.equal(await statusOf(`/${id}/messages`, { messages: 5 }), 400);
    const unknown = { id: 'm', role: 'user', parts: [{ type: 'of-my-own' }] };
    assert.equal(await statusOf(`/${id}/messages`, { message: unknown }), 400);
    assert.equal(await statusOf('', { title: 'x'.repeat(10_000_001) }), 413);
    assert.equal(
      (await fetch(base.replace('/api/conversations', '//'), { headers: { 'x-user-id': ada } })).status,
      404,
    );
    assert.equal(await statusOf('/nonsense'), 404);
    assert.equal(await statusOf('?cursor=nonsense'), 400);
    assert.equal(await statusOf('/99999999-0000-4000-8000-000000000000'), 404);
    assert.equal(await statusOf(`/${id}/other`), 404);
    assert.deepEqual(await stored(id), []);
  });

  test('keeps running when an answer cannot be saved', async () => {
    const id = await newConversation();
    const chat = new Chat(`${base}/${id}`);
    const asking = chat.sendMessage({ text: 'Hi' });
    await puppet.asked;
    await made.pool.query(`DELETE FROM conversations WHERE id = '${id}'`);
    errors.length = 0;
    puppet.say('Hello.');
    puppet.finish();
    await asking;
    assert.equal(chat.error?.message, 'The answer could not be saved.');
    assert.ok(errors.length > 0);
    assert.equal((await request('')).status, 200);
  });

  test('opens a conversation whose interrupted answer cannot be read', async () => {
    const id = await newConversation();
    const broken = [{ type: 'text-delta', id: 'never started', delta: 'Once' }];
    await made.pool.query(
      `SELECT append_chunks((run ->> 'run_id')::uuid, $2, 1) FROM (SELECT start_run($1::text) AS run OFFSET 0) AS started`,
      [id, JSON.stringify(broken)],
    );
    await sleep(20);
    const url = `${await listening({ model: puppet.model, staleAfter: 1 })}/${id}`;
    assert.equal((await fetch(url, { headers: { 'x-user-id': ada } })).status, 200);
    const chat = new Chat(url);
    await answered(chat, chat.sendMessage({ text: 'Hi' }), 'Hello.');
    assert.deepEqual((await texted(id)).slice(-2), ['Hi', 'Hello.']);
  });

  /** Starts the example as a program. */
  async function started(wordDelay: number) {
    const port = String(await freePort());
    const program = spawn(process.execPath, [`${packageFolder}/build/examples/chat.js`], {
      env: { ...process.env, DATABASE_URL: made.url, PORT: port, WORD_DELAY: String(wordDelay) },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    programs.push(program);
    const [address] = await once(program.stdout, 'data');
    assert.equal(String(address), `http://localhost:${port}/\n`);
    return { program, base: `${String(address).trim()}api/conversations` };
  }

  test('runs as a program', async () => {
    const { program, base: api } = await started(10);
    const { headers, status } = await fetch(new URL('/', api));
    assert.deepEqual([status, headers.get('content-type')], [200, 'text/html; charset=utf-8']);
    const created = await fetch(api, { method: 'POST', headers: { 'x-user-id': ada }, body: '{"title": "Maui"}' });
    const { id } = (await created.json()) as { id: string };
    const chat = new Chat(`${api}/${id}`);
    await chat.sendMessage({ text: 'What should I see?' });
    const [, whole = ''] = texts(chat.messages);
    assert.match(whole, /^Rent a car .* Kihei\.$/s);
    assert.deepEqual(await texted(id), ['What should I see?', whole]);
    // The server is stopped during an answer whose client has disconnected.
    const asking = chat.sendMessage({ text: 'And then?' });
    assert.ok(await eventually(async () => texts(chat.messages)[3]?.startsWith('In the evening') ?? false));
    await chat.stop();
    await asking;
    program.kill();
    assert.deepEqual(await once(program, 'exit'), [0, null]);
    assert.match((await texted(id))[3] ?? '', /^In the evening.* in spring\.$/s);
  });

  const npmRunExample = [`${packageFolder}/node_modules/npm/bin/npm-cli.js`, 'run', '--silent', 'example'];

  /** Starts the program in a process group of its own, and resolves to what it prints until then, or until its end. */
  async function output(command: string, args: string[], env: NodeJS.ProcessEnv, until = /$^/) {
    const program = spawn(command, args, {
      cwd: packageFolder,
      env: { ...process.env, PORT: '0', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    groups.push(program.pid!);
    let text = '';
    const closed = once(program, 'close');
    const found = new Promise<void>((resolve) => {
      for (const stream of [program.stdout, program.stderr]) {
        stream.on('data', (data) => {
          text += data;
          if (until.test(text)) resolve();
        });
      }
    });
    await Promise.race([found, closed]);
    const end = async () => {
      process.kill(-program.pid!, 'SIGTERM');
      await closed;
    };
    return { text, status: program.exitCode, end };
  }

  const address = /^http:\/\/localhost:\d+\/$/m;

  for (const [where, env] of [
    ['the database of DATABASE_URL', () => ({ DATABASE_URL: made.url, USER_ID: ada })],
    ['a throw-away cluster', () => ({ DATABASE_URL: undefined })],
  ] as const) {
    test(`npm run example serves the page on ${where}`, async () => {
      const { text, end } = await output(process.execPath, npmRunExample, env(), address);
      const [base] = address.exec(text) ?? assert.fail(text);
      assert.match(await (await fetch(base)).text(), /page\.js/);
      assert.equal((await fetch(`${base}page.js`)).status, 200);
      const created = await fetch(`${base}api/conversations`, { method: 'POST', body: '{}' });
      assert.equal(created.status, 201, await created.text());
      await end();
    });
  }

  test('npm run example says what the database lacks', async () => {
    const other = await database();
    const complaint = async (url = other.url) => {
      const { text, status } = await output(process.execPath, npmRunExample, { DATABASE_URL: url, USER_ID: ada });
      assert.equal(status, 1, text);
      return text;
    };
    assert.match(await complaint(), /:\nthe feature runs is off\n.*agentchat\.enable\('runs'\)/);
    await other.pool.query("SELECT agentchat.enable('runs')");
    await other.pool.query('REVOKE ALL ON ALL TABLES IN SCHEMA public FROM authenticated');
    assert.match(await complaint(), /:\npermission denied for table \w+\n.*agentchat\.grant_api\('authenticated'\)/);
    await other.sql("CREATE ROLE stranger LOGIN PASSWORD 'change-me'");
    const asStranger = other.url.replace(/\/\/[^@]*/, '//stranger:change-me');
    assert.match(await complaint(asStranger), /:\nasUser: the login is not a member .* GRANT "authenticated" TO /);
    assert.match(await complaint(other.url.replace(/\w+$/, 'nowhere')), /:\ndatabase "nowhere" does not exist/);
  });

  test('npm run example says that Node.js is too old, or that nobody is signed in', async () => {
    const bin = await mkdtemp(`${tmpdir()}/bin-`);
    // Answers as the one of Debian 12, both to --print and to --version.
    await writeFile(`${bin}/node`, '#!/bin/sh\n[ "$1" = --version ] && echo v18.20.4 || echo 18\n', { mode: 0o755 });
    const script = ['scripts/example.sh'];
    const old = { DATABASE_URL: made.url, PATH: `${bin}:${process.env.PATH}` };
    assert.match(
      (await output('bash', script, old)).text,
      /needs Node\.js 20 or later, and this is v18\.20\.4\. .*Debian 12/,
    );
    assert.match((await output('bash', script, { DATABASE_URL: made.url })).text, /^USER_ID is not set\./);
  });

  test('can be copied: it compiles without the DOM, and has only types to remove', async () => {
    const project = await Project.create();
    await project.write({
      'chat.ts': await readFile(`${packageFolder}/examples/chat.ts`, 'utf8'),
      'tsconfig.json': JSON.stringify({
        compilerOptions: {
          ...compilerOptions,
          module: 'nodenext',
          erasableSyntaxOnly: true,
          verbatimModuleSyntax: true,
        },
      }),
    });
    await project.program('tsc', ['--project', '.']);
  });

  const { typescript } = process.features as { typescript?: unknown };
  test('runs in Node.js as it is', { skip: !typescript && 'this Node.js removes no types' }, async () => {
    const env = { DATABASE_URL: made.url, USER_ID: ada };
    const { text, end } = await output(process.execPath, ['examples/chat.ts'], env, address);
    const [base] = address.exec(text) ?? assert.fail(text);
    assert.equal((await fetch(`${base}api/conversations`)).status, 200);
    assert.match(await (await fetch(`${base}page.js`)).text(), /npm run example builds it/);
    await end();
  });

  test('serves the readers of an answer that another process writes, and saves the rest when that process dies', async () => {
    const [writer, other] = await Promise.all([started(50), started(10)]);
    const id = await newConversation();
    const chat = new Chat(`${writer.base}/${id}`);
    const asking = chat.sendMessage({ text: 'What should I see?' });
    assert.ok(await eventually(async () => (await written(id)).startsWith('Rent a car')));
    const reader = new Chat(`${other.base}/${id}`, (await request(`/${id}`)).body);
    const reading = reader.resumeStream();
    const wordsOf = (of: Chat) => (texts(of.messages)[1] ?? '').split(' ').length;
    assert.ok(await eventually(async () => wordsOf(reader) > 20));
    writer.program.kill('SIGKILL');
    await once(writer.program, 'exit');
    await asking;
    assert.equal(chat.status, 'error');
    // A server that takes another one for dead early.
    const visited = await listening({ model: puppet.model, staleAfter: 500 });
    const visit = async () => (await fetch(`${visited}/${id}`, { headers: { 'x-user-id': ada } })).json();
    assert.ok(await eventually(async () => ((await visit()) as UIMessage[]).length === 2));
    await reading;
    const [, kept = ''] = await texted(id);
    assert.ok(texts(chat.messages)[1]?.startsWith(kept) || kept.startsWith(texts(chat.messages)[1] ?? ''));
    // At most one batch is lost.
    assert.ok(wordsOf(chat) - kept.split(' ').length <= 20, kept);
    assert.equal(texts(reader.messages)[1], kept);
    const again = new Chat(`${other.base}/${id}`, (await request(`/${id}`)).body);
    await again.sendMessage({ text: 'Go on.' });
    const [, , , next = ''] = await texted(id);
    assert.match(next, /^In the evening.* in spring\.$/s);
    // What was kept is the beginning of what the process that died would have written.
    const same = await newConversation();
    await new Chat(`${other.base}/${same}`).sendMessage({ text: 'What should I see?' });
    const [, whole = ''] = await texted(same);
    assert.ok(whole.startsWith(kept) && whole.length > kept.length);
  });
});
