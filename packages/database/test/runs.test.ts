import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { on, once } from 'node:events';
import { before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import {
  type Answer,
  appendChunks,
  asUser,
  type Chunk,
  type Client,
  ConflictError,
  createConversation,
  createDatabase,
  type Database,
  disable,
  enable,
  FeatureOffError,
  features,
  finishRun,
  getConversation,
  grantApi,
  heartbeatRun,
  InvalidInputError,
  NotAllowedError,
  NotFoundError,
  type Run,
  type RunClient,
  RunInProgressError,
  RunOverError,
  readChunks,
  recoverRun,
  resumableStream,
  resumeStream,
  startRun,
  stopRun,
  sweepRuns,
  type UIMessage,
} from '@agentchat/database';
import { convertToModelMessages, validateUIMessages } from 'ai';
import { collected, given, plain, shown, textOf, textOfWords, wordsOf } from './answers.js';
import type { Order } from './runProcess.js';
import { database, drizzles, ownCluster, patience, supabases, type TestDatabase } from './server.js';

const ada = 'ada00000-0000-4000-8000-000000000000';
const bob = 'b0b00000-0000-4000-8000-000000000000';
const nobody = '99999999-0000-4000-8000-000000000000';

const addUsers = `INSERT INTO users (id, email) VALUES ('${ada}', 'ada@example.com'), ('${bob}', 'bob@example.com')`;

/** Does each call as the user, in a transaction of its own. */
const as =
  (db: Database, userId: string): RunClient =>
  (work) =>
    asUser(db, userId, work);

/** A server process. */
class Server {
  readonly #child: ChildProcess;
  readonly #messages: AsyncIterator<any[]>;
  /** The chunks that the client has got. */
  readonly chunks: Chunk[] = [];

  constructor(order: Order) {
    this.#child = fork(fileURLToPath(new URL('runProcess.js', import.meta.url)));
    this.#messages = on(this.#child, 'message')[Symbol.asyncIterator]();
    this.#child.send(order);
  }

  /** Returns what the process says next, other than chunks. */
  async said<T>(key: 'run' | 'answer' | 'waits' | 'read'): Promise<T> {
    for (;;) {
      const [message] = (await this.#messages.next()).value;
      if (key in message) return message[key];
      this.chunks.push(message.chunk);
    }
  }

  /** Waits until the client has got so many chunks. */
  async shows(count: number): Promise<void> {
    while (this.chunks.length < count) this.chunks.push((await this.#messages.next()).value[0].chunk);
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await once(this.#child, 'exit');
  }
}

describe('runs', { timeout: patience }, () => {
  let made: TestDatabase;
  let db: Database;
  let api: Awaited<ReturnType<typeof supabases>>;
  before(async () => {
    made = await database();
    db = drizzles(made)['node-postgres'];
    await enable(db, 'runs');
    for (const role of ['authenticated', 'service_role']) await grantApi(db, role);
    await made.pool.query(addUsers);
    api = await supabases(made);
  });

  const newConversation = async (userId = ada) => (await createConversation(db, { title: '', userId })).id;
  const stored = async (id: string, of = db): Promise<UIMessage[]> =>
    (await getConversation(of, id, { format: 'ai-sdk' })) ?? [];
  const order = (conversationId: string, what: Partial<Order>): Order => ({
    url: made.url,
    userId: ada,
    conversationId,
    ...what,
  });
  const until = async (id: string, isReached: (next: number) => boolean, client = as(db, ada)) => {
    for (;;) {
      const read = await readChunks(client, id);
      if (read && isReached(read.next)) return read;
      await sleep(20);
    }
  };

  test('two processes: readers that come late, twice, or are not the owner', async () => {
    const id = await newConversation();
    const other = new Server(order(id, { read: true }));
    await other.said('waits');
    const writer = new Server(order(id, { write: { words: 150, delay: 10 } }));
    const { runId, messageId } = await writer.said<Run>('run');
    const early = resumeStream(as(db, ada), id).then(collected);
    await until(id, (next) => next >= 5);
    // One that goes away and comes again.
    const first = (await resumeStream(as(db, ada), id))!.getReader();
    await first.read();
    await first.cancel();
    const again = resumeStream(as(db, ada), id).then(collected);
    const bySupabase = resumeStream(api.user(ada), id).then(collected);
    assert.equal(await resumeStream(as(db, bob), id), null);
    assert.equal(await resumeStream(as(db, bob), id, { runId }), null);
    assert.equal(await resumeStream(api.user(bob), id, { runId }), null);
    await assert.rejects(stopRun(as(db, bob), id), NotFoundError);
    await assert.rejects(appendChunks(as(db, bob), runId, [], 1), NotFoundError);
    await assert.rejects(heartbeatRun(api.user(bob), runId), NotFoundError);
    await assert.rejects(finishRun(as(db, bob), runId, 'stopped'), NotFoundError);

    const { status, message } = await writer.said<Answer>('answer');
    assert.equal(status, 'finished');
    assert.equal(textOf(message), textOfWords(150));
    for (const read of [writer.chunks, await early, await other.said<Chunk[]>('read'), await again, await bySupabase]) {
      const seen = await shown(read);
      assert.deepEqual([seen!.id, textOf(seen)], [messageId, textOfWords(150)]);
      assert.equal(read.at(-1)!.type, 'finish');
    }
    const messages = await stored(id);
    assert.deepEqual(
      messages.map(({ id, parts }) => [id, parts]),
      [[messageId, plain(message)!.parts]],
    );
    // One that comes after the end.
    assert.equal(await resumeStream(as(db, ada), id), null);
    const after = await resumeStream(as(db, ada), id, { runId });
    assert.deepEqual((await shown(await collected(after)))!.parts, messages[0]!.parts);
    assert.equal((await made.pool.query('SELECT count(*)::int AS n FROM run_chunks')).rows[0].n, 0);
  });

  test('stop from another process', async () => {
    const id = await newConversation();
    const writer = new Server(order(id, { write: { words: 2000, delay: 10 } }));
    await writer.said('run');
    const reader = resumeStream(as(db, ada), id).then(collected);
    await until(id, (next) => next >= 5);
    const stopped = await stopRun(api.user(ada), id);
    assert.match(stopped!.stopRequestedAt, /^\d{4}-.*Z$/);
    const { status, message } = await writer.said<Answer>('answer');
    assert.equal(status, 'stopped');
    assert.equal(writer.chunks.at(-1)!.type, 'abort');
    const read = await reader;
    assert.equal(read.at(-1)!.type, 'abort');
    assert.equal(textOf(await shown(read)), textOf(message));
    assert.deepEqual((await stored(id))[0]!.parts, plain(message)!.parts);
    assert.equal(await stopRun(as(db, ada), id), null);
  });

  test('kill -9 of the writer: a reader saves what there was, and the next answer can begin', async () => {
    const id = await newConversation();
    const writer = new Server(order(id, { write: { words: 2000, delay: 5 } }));
    const { runId, messageId } = await writer.said<Run>('run');
    const reader = resumeStream(as(db, ada), id, { staleAfter: 1_000 }).then(collected);
    await until(id, (next) => next >= 5);
    await writer.shows(100);
    await writer.kill();
    await assert.rejects(
      startRun(as(db, ada), id),
      (error) => error instanceof RunInProgressError && error.runId === runId,
    );
    const read = await reader;
    assert.equal(read.at(-1)!.type, 'error');
    const [message] = await stored(id);
    assert.equal(message!.id, messageId);
    assert.equal(textOf(await shown(read)), textOf(message));
    assert.ok(textOfWords(2000).startsWith(textOf(message)));
    // What the client had got, but for the batch that the writer had not sent yet.
    const got = textOf(await shown(writer.chunks)).split(' ').length;
    const saved = textOf(message).split(' ').length;
    assert.ok(saved >= got - 60, `${saved} of ${got}`);
    await validateUIMessages({ messages: [message!] });
    const next = await startRun(as(db, ada), id);
    assert.equal(next.takenOver, null);
    await finishRun(as(db, ada), next.runId, 'finished', {
      messages: { role: 'assistant', parts: [{ type: 'text', text: '!' }] },
    });
    assert.equal((await stored(id)).length, 2);
  });

  test('the next run takes over a silent one, whose writer learns of it', async () => {
    const id = await newConversation();
    const client = as(db, ada);
    const run = await startRun(client, id, { metadata: { model: 'fake' } });
    const abort = new AbortController();
    const source = given(wordsOf(2000), 5, abort.signal);
    const { done } = resumableStream(client, run, source, { abort });
    await until(id, (next) => next >= 3);
    const next = await startRun(client, id, { staleAfter: 0 });
    assert.deepEqual(next.takenOver, { runId: run.runId, messageId: run.messageId, hasChunks: true });
    await assert.rejects(done, (error) => error instanceof RunOverError && error.runStatus === 'failed');
    assert.ok(abort.signal.aborted);
    // The late writer has saved its answer.
    assert.deepEqual(
      (await stored(id)).map((message) => message.id),
      [run.messageId],
    );
    assert.equal(await recoverRun(client, id), null);
    await finishRun(client, next.runId, 'failed', { error: { message: 'nothing' } });
  });

  test('recoverRun() closes calls of tools, and sweepRuns() lists what is not saved', async () => {
    const id = await newConversation();
    const run = await startRun(as(db, ada), id);
    const call = { type: 'tool-input-available', toolCallId: 'call-1', toolName: 'weather', input: { city: 'Rome' } };
    await appendChunks(as(db, ada), run.runId, [{ type: 'start' }, { type: 'start-step' }, call], 1);
    const swept = await sweepRuns(db, 0);
    assert.deepEqual(
      swept.map(({ run_id, message_id, chunks }) => [run_id, message_id, chunks]),
      [[run.runId, run.messageId, 3]],
    );
    // Two readers come at the same time.
    const both = await Promise.all([recoverRun(as(db, ada), id), recoverRun(api.user(ada), id)]);
    const message = both.find((one) => one)!;
    assert.deepEqual(
      message.parts.map((part: any) => [part.type, part.state, part.errorText]),
      [
        ['step-start', undefined, undefined],
        ['tool-weather', 'output-error', 'The call was interrupted.'],
      ],
    );
    const messages = await stored(id);
    assert.equal(messages.length, 1);
    await validateUIMessages({ messages });
    await convertToModelMessages(messages);
    assert.deepEqual(await sweepRuns(db, 0), []);
  });

  test('restarts of PostgreSQL in the middle of answers', async () => {
    const cluster = await ownCluster(made);
    const own = createDatabase(cluster.url);
    try {
      await own.execute('CREATE EXTENSION agentchat');
      await enable(own, 'runs');
      await grantApi(own, 'authenticated');
      await own.execute(addUsers);
      for (const mode of ['fast', 'immediate'] as const) {
        const { id } = await createConversation(own, { title: '', userId: ada });
        const writer = new Server({ ...order(id, { write: { words: 150, delay: 10 } }), url: cluster.url });
        const { messageId } = await writer.said<Run>('run');
        const reader = resumeStream(as(own, ada), id).then(collected);
        await until(id, (next) => next >= 3, as(own, ada));
        await cluster.restart(mode);
        const { status } = await writer.said<Answer>('answer');
        assert.equal(status, 'finished');
        const [message] = await stored(id, own);
        assert.deepEqual([message!.id, textOf(message)], [messageId, textOfWords(150)], mode);
        const read = await reader;
        assert.equal(textOf(await shown(read)), textOfWords(150), mode);
        assert.equal(read.at(-1)!.type, 'finish');
      }
    } finally {
      await own.$client.end();
    }
  });

  const clients = (): Record<string, [owner: RunClient, stranger: RunClient]> => ({
    ...Object.fromEntries(Object.entries(drizzles(made)).map(([name, one]) => [name, [as(one, ada), as(one, bob)]])),
    'supabase-js': [api.user(ada), api.user(bob)],
  });
  for (const name of ['node-postgres', 'postgres.js', 'supabase-js']) {
    test(`${name}: an answer from its beginning to its end, with lost answers of the database`, async () => {
      const [client, stranger] = clients()[name]!;
      const id = await newConversation();
      const run = await startRun(client, id, { messageId: 'answer-1', metadata: { model: 'fake' } });
      assert.deepEqual([run.conversationId, run.nextSeq, run.takenOver], [id, 1, null]);
      assert.match(run.startedAt, /^\d{4}-.*\.\d{6}Z$/);
      let calls = 0;
      // The connection is lost after the call, before its answer.
      const losing: RunClient = async (work) => {
        const done = await (typeof client === 'function' ? client(work) : work(client as Client));
        calls += 1;
        if (calls % 3 === 1) throw Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });
        return done;
      };
      let readerIsThere = () => {};
      const reading = new Promise<void>((resolve) => {
        readerIsThere = resolve;
      });
      // Goes on when the reader has come, however slow the machine is.
      async function* answer() {
        let count = 0;
        for await (const chunk of given(wordsOf(60), 10)) {
          if (count === 20) await reading;
          count += 1;
          yield chunk;
        }
      }
      const { stream, done } = resumableStream(losing, run, answer(), {
        originalMessages: [{ id: 'question', role: 'user', parts: [{ type: 'text', text: 'Hi' }] }],
      });
      const client1 = collected(stream);
      await until(id, (next) => next >= 1, client);
      assert.equal(await resumeStream(stranger, id), null);
      const reader = resumeStream(losing, id)
        .catch(() => resumeStream(losing, id))
        .then((resumed) => {
          readerIsThere();
          return collected(resumed);
        });
      const { message } = await done;
      assert.equal(textOf(message), textOfWords(60));
      assert.equal(textOf(await shown(await client1)), textOfWords(60));
      assert.equal(textOf(await shown(await reader)), textOfWords(60));
      assert.deepEqual(
        (await stored(id)).map((one) => [one.id, textOf(one)]),
        [[run.messageId, textOfWords(60)]],
      );
      assert.ok(calls > 3);
    });

    test(`${name}: errors that the caller can cause`, async () => {
      const [client, stranger] = clients()[name]!;
      const id = await newConversation();
      const invalid = (path: string | undefined) => (error: unknown) => {
        assert.ok(error instanceof InvalidInputError, String(error));
        assert.equal(error.path, path);
        return true;
      };
      const run = await startRun(client, id);
      await assert.rejects(startRun(stranger, id), NotFoundError);
      await assert.rejects(startRun(client, nobody), NotFoundError);
      await assert.rejects(
        startRun(client, id),
        (error) => error instanceof RunInProgressError && error.runId === run.runId,
      );
      await assert.rejects(startRun(client, id, { staleAfter: -1 }), invalid('stale_after'));
      await assert.rejects(startRun(client, id, { metadata: [] as never }), invalid('metadata'));
      await assert.rejects(startRun(client, null as never), invalid('conversation_id'));
      const chunk = { type: 'text-start', id: '1' };
      await appendChunks(client, run.runId, [chunk, chunk], 1);
      assert.deepEqual(await appendChunks(client, run.runId, [chunk, { type: 'text-end', id: '1' }], 2), {
        nextSeq: 4,
        stopRequested: false,
      });
      await assert.rejects(appendChunks(client, run.runId, [{ type: 'other' }], 1), (error) => {
        assert.ok(error instanceof ConflictError && !(error instanceof RunOverError), String(error));
        return true;
      });
      await assert.rejects(appendChunks(client, run.runId, [chunk], 5), invalid('from_seq'));
      await assert.rejects(appendChunks(client, run.runId, [chunk], 0), invalid('from_seq'));
      await assert.rejects(appendChunks(client, run.runId, [chunk, 5 as never], 4), invalid('chunks[1]'));
      await assert.rejects(appendChunks(client, 'nonsense', [chunk], 4), invalid('run_id'));
      await assert.rejects(readChunks(client, id, { after: -1 }), invalid('after'));
      await assert.rejects(readChunks(client, id, { max: -1 }), invalid('max'));
      await assert.rejects(finishRun(client, run.runId, 'running' as never), invalid('status'));
      await assert.rejects(
        finishRun(client, run.runId, 'finished', { messages: { role: 'assistant', parts: [{ text: '' }] } as never }),
        invalid('messages.parts[0].type'),
      );
      await assert.rejects(heartbeatRun(client, nobody), NotFoundError);
      await finishRun(client, run.runId, 'stopped');
      assert.deepEqual((await finishRun(client, run.runId, 'stopped')).messages, []);
      for (const late of [
        () => appendChunks(client, run.runId, [chunk], 4),
        () => heartbeatRun(client, run.runId),
        () => finishRun(client, run.runId, 'finished'),
      ]) {
        await assert.rejects(late, (error) => {
          assert.ok(error instanceof RunOverError, String(error));
          assert.deepEqual([error.status, error.runId, error.runStatus], [409, run.runId, 'stopped']);
          return true;
        });
      }
    });
  }

  test('a feature that is off', async () => {
    const off = await database();
    const owner = drizzles(off)['node-postgres'];
    assert.deepEqual(
      (await features(owner)).filter(({ feature }) => feature === 'runs').map(({ state, tables }) => [state, tables]),
      [['off', []]],
    );
    const clientOff = (await supabases(off)).service();
    for (const client of [owner, clientOff]) {
      for (const work of [
        () => startRun(client, nobody),
        () => readChunks(client, nobody),
        () => stopRun(client, nobody),
        () => appendChunks(client, nobody, [], 1),
        () => heartbeatRun(client, nobody),
        () => finishRun(client, nobody, 'failed'),
        () => recoverRun(client, nobody),
        () => resumeStream(client, nobody),
      ]) {
        await assert.rejects(work(), (error) => {
          assert.ok(error instanceof FeatureOffError, String(error));
          assert.equal(error.status, 400);
          assert.match(error.hint!, /agentchat\.enable\('runs'\)/);
          return true;
        });
      }
    }
    await assert.rejects(sweepRuns(owner), FeatureOffError);
    await assert.rejects(
      enable(owner, 'nonsense'),
      (error) => error instanceof InvalidInputError && error.code === '22023',
    );
    assert.ok((await enable(owner, 'runs')).length > 5);
    assert.deepEqual(await enable(owner, 'runs'), []);
    assert.equal((await features(owner)).find(({ feature }) => feature === 'runs')!.state, 'on');
    assert.ok((await disable(owner, 'runs')).length > 5);
    await assert.rejects(startRun(owner, nobody), FeatureOffError);
    await assert.rejects(
      asUser(owner, ada, (tx) => enable(tx, 'runs')),
      NotAllowedError,
    );
  });
});
