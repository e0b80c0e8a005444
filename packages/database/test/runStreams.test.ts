import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import {
  appendChunks,
  type Chunk,
  NotFoundError,
  type ResumableStreamOptions,
  RunInProgressError,
  RunOverError,
  recoverRun,
  resumableStream,
  resumeStream,
  startRun,
  stopRun,
  type UIMessage,
} from '@agentchat/database';
import * as ai6 from 'ai';
import { answerOf, collected, given, plain, shown, textOf } from './answers.js';
import { FakeRuns } from './fakeRuns.js';
import { packageFolder, patience, repository } from './server.js';

const ai7: typeof ai6 = await import(pathToFileURL(`${repository}test/node_modules/ai-7/dist/index.js`).href);

// The package does not export these modules.
const internal = (name: string) => import(pathToFileURL(`${packageFolder}/dist/runs/${name}.js`).href);
const { mergeDeltas }: typeof import('../src/runs/mergeDeltas.js') = await internal('mergeDeltas');
const { SeenChunks }: typeof import('../src/runs/restOfMessage.js') = await internal('restOfMessage');
const { assembledMessage, emptyMessage, interrupted, isEmpty }: typeof import('../src/runs/assembledMessage.js') =
  await internal('assembledMessage');

const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31);
let state = seed;
/** A random number below the limit. The seed repeats the row. */
function random(limit: number): number {
  state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
  return Math.floor((state / 0x80000000) * limit);
}
const oneOf = <T>(values: readonly T[]): T => values[random(values.length)]!;

const words = ['See ', 'the ', 'sunrise ', '🌴', ' on ', 'Haleakalā', '. ', '\n'];

/** A random answer of the AI SDK: texts, reasoning, calls of tools and other parts, in steps. */
function randomAnswer(messageId: string): Chunk[] {
  const chunks: Chunk[] = [{ type: 'start', messageId }];
  const metadata = () => (random(4) ? {} : { providerMetadata: { openai: { itemId: `item-${random(100)}` } } });
  let number = 0;
  const newId = (of: string) => {
    number += 1;
    return `${of}-${number}`;
  };
  const text = (kind: string) => {
    const id = newId(kind);
    const deltas = Array.from({ length: random(8) }, () => ({
      type: `${kind}-delta`,
      id,
      delta: oneOf(words),
      ...(random(10) ? {} : metadata()),
    }));
    return [{ type: `${kind}-start`, id, ...metadata() }, ...deltas, { type: `${kind}-end`, id, ...metadata() }];
  };
  const call = () => {
    const toolCallId = newId('call');
    const named = { toolCallId, toolName: oneOf(['weather', 'search']), ...(random(3) ? {} : { dynamic: true }) };
    const isStreamed = random(2) > 0;
    const inputs: Chunk[] = isStreamed
      ? [
          { type: 'tool-input-start', ...named },
          ...['{"city":', '"Ro', 'me"}'].map((inputTextDelta) => ({
            type: 'tool-input-delta',
            toolCallId,
            inputTextDelta,
          })),
        ]
      : [];
    const available = { type: 'tool-input-available', ...named, input: { city: 'Rome' }, ...metadata() };
    const output = { type: 'tool-output-available', toolCallId, output: { celsius: random(30) } };
    return oneOf<Chunk[]>([
      [...inputs, available, output],
      [...inputs, available, { ...output, preliminary: true }, output],
      [...inputs, available, { type: 'tool-output-error', toolCallId, errorText: 'no weather' }],
      [...inputs, { type: 'tool-input-error', ...named, input: { city: 7 }, errorText: 'wrong input' }],
      [...inputs, available],
      [...inputs, available, { type: 'tool-approval-request', approvalId: `ok-${toolCallId}`, toolCallId }],
    ]);
  };
  const other = (): Chunk[] => [
    oneOf<Chunk>([
      { type: 'source-url', sourceId: newId('source'), url: 'https://example.com', title: 'Example' },
      { type: 'source-document', sourceId: newId('source'), mediaType: 'text/plain', title: 'A document' },
      { type: 'file', mediaType: 'image/png', url: 'data:image/png;base64,AAAA' },
      { type: 'data-weather', id: oneOf(['a', 'b']), data: { celsius: random(30) } },
      { type: 'data-note', data: random(30), ...(random(2) ? {} : { transient: true }) },
      { type: 'message-metadata', messageMetadata: { tokens: random(100) } },
    ]),
  ];
  for (let step = 0; step <= random(3); step += 1) {
    chunks.push({ type: 'start-step' });
    for (let part = 0; part <= random(5); part += 1) {
      chunks.push(...oneOf([() => text('text'), () => text('reasoning'), call, other])());
    }
    chunks.push({ type: 'finish-step' });
  }
  return [...chunks, { type: 'finish', finishReason: 'stop', messageMetadata: { model: 'fake' } }];
}

// Metadata of the provider can change without a text, and ids of parts are the stream's.
const comparable = (message: UIMessage | undefined) =>
  plain(message?.parts ?? []).map((part: any) => {
    delete part.id;
    return part;
  });

describe(`streams of runs (SEED=${seed})`, () => {
  test('an open text without content is not mistaken for the text after it', async () => {
    const read = [
      { type: 'start', messageId: 'm' },
      { type: 'text-start', id: '0' },
      { type: 'text-start', id: '2' },
      { type: 'text-delta', id: '2', delta: 'b' },
    ];
    const seen = new SeenChunks();
    for (const chunk of read) seen.see(chunk);
    const rest = seen.restOf({ id: 'm', role: 'assistant', parts: [{ type: 'text', text: 'bc', state: 'done' }] });
    assert.equal(textOf(await shown([...read, ...rest])), 'bc');
  });

  test('a stream that was merged from several goes on after the end of the first', async () => {
    const read = [
      { type: 'start', messageId: 'm' },
      { type: 'text-start', id: '0' },
      { type: 'text-delta', id: '0', delta: 'a' },
      { type: 'text-end', id: '0' },
      { type: 'finish' },
    ];
    const seen = new SeenChunks();
    for (const chunk of read) seen.see(chunk);
    const parts = ['a', 'b'].map((text) => ({ type: 'text' as const, text, state: 'done' as const }));
    const rest = seen.restOf({ id: 'm', role: 'assistant', parts });
    assert.equal(textOf(await shown([...read, ...rest])), 'ab');
  });

  test('no text is ended after the end of an answer', () => {
    const parts = [{ type: 'text' as const, text: 'a', state: 'done' as const }];
    for (const end of ['abort', 'finish']) {
      const seen = new SeenChunks();
      const read = [
        { type: 'start', messageId: 'm' },
        { type: 'text-start', id: '0' },
        { type: 'text-delta', id: '0', delta: 'a' },
      ];
      for (const chunk of [...read, { type: end }]) seen.see(chunk);
      const message = { id: 'm', role: 'assistant' as const, parts };
      assert.deepEqual([...seen.restOf(message), ...seen.endOf('stopped', message)], []);
    }
  });

  test('merged deltas make the same message', async () => {
    for (let round = 0; round < 50; round += 1) {
      const chunks = randomAnswer('m');
      const merged = mergeDeltas(chunks);
      assert.deepEqual(await shown(merged), await shown(chunks));
      assert.deepEqual(mergeDeltas(merged), merged);
    }
    const deltas = ['a', 'b', 'c'].map((delta) => ({ type: 'text-delta', id: '1', delta }));
    assert.deepEqual(mergeDeltas([...deltas, { ...deltas[0]!, id: '2' }]), [
      { type: 'text-delta', id: '1', delta: 'abc' },
      { type: 'text-delta', id: '2', delta: 'a' },
    ]);
  });

  for (const [version, ai] of [
    ['6', ai6],
    ['7', ai7],
  ] as const) {
    const sdk = { read: ai.readUIMessageStream };
    test(`a reader that missed the last chunks gets the rest from the message, with ai ${version}`, async () => {
      for (let round = 0; round < 30; round += 1) {
        const chunks = randomAnswer('m');
        const message = (await shown(chunks, sdk))!;
        for (let cut = 0; cut <= chunks.length; cut += 1 + random(4)) {
          const seen = new SeenChunks();
          const read = mergeDeltas(chunks.slice(0, cut));
          for (const chunk of read) seen.see(chunk);
          const rest = [...seen.restOf(message), ...seen.endOf('finished', message)];
          const got = await shown([...read, ...rest], sdk);
          assert.deepEqual(comparable(got), comparable(message), JSON.stringify({ cut, read, rest }));
          assert.equal(got!.id, 'm');
          assert.deepEqual(got!.metadata, message.metadata);
          for (const chunk of rest) {
            const schema: any = ai.uiMessageChunkSchema();
            assert.ok((await schema.validate(chunk)).success, JSON.stringify(chunk));
          }
          for (const chunk of rest) seen.see(chunk);
          assert.deepEqual([...seen.restOf(message), ...seen.endOf('finished', message)], []);
        }
      }
    });

    test(`an interrupted answer is one that models accept, with ai ${version}`, async () => {
      for (let round = 0; round < 15; round += 1) {
        const chunks = randomAnswer('m');
        for (let cut = 1; cut < chunks.length; cut += 1 + random(4)) {
          const read = chunks.slice(0, cut);
          const message = plain(interrupted(await assembledMessage(read, emptyMessage('m'))));
          if (isEmpty(message)) continue;
          const user = { id: 'u', role: 'user' as const, parts: [{ type: 'text' as const, text: 'Go on' }] };
          const valid = await ai.validateUIMessages({ messages: [user, message, { ...user, id: 'v' }] });
          const prompt: any[] = await ai.convertToModelMessages(valid as never);
          const parts: any[] = prompt.flatMap(({ content }) => (Array.isArray(content) ? content : []));
          const ids = (type: string) => parts.filter((part) => part.type === type).map(({ toolCallId }) => toolCallId);
          const awaiting = ids('tool-approval-request');
          assert.deepEqual(
            ids('tool-call').filter((id) => !ids('tool-result').includes(id) && !awaiting.includes(id)),
            [],
          );
          assert.ok(parts.every((part) => part.type !== 'text' || part.text !== '' || part.providerOptions));
          assert.ok(message.parts.every((part: any) => part.state !== 'streaming'));
          // A reader that saw only a part of it ends with the same.
          const seen = new SeenChunks();
          for (const chunk of read) seen.see(chunk);
          const got = await shown([...read, ...seen.restOf(message), ...seen.endOf('stopped', message)], sdk);
          const isShown = ({ type, text }: any) => text !== '' && type !== 'step-start';
          const texts = (parts: any[]) => parts.filter(isShown).map(({ type, text, output }) => [type, text, output]);
          assert.deepEqual(texts(comparable(got)), texts(message.parts));
        }
      }
    });
  }
});

/** Waits until the run has texts in the database. */
async function written({ runs }: FakeRuns, count: number) {
  while (mergeDeltas(runs[0]!.chunks).reduce((sum, { delta = '' }) => sum + delta.length, 0) < count) await sleep(5);
}

describe('runs', { timeout: patience }, () => {
  const begin = async (
    source: (abort: AbortController) => AsyncIterable<Chunk>,
    options: ResumableStreamOptions = {},
  ) => {
    const fake = new FakeRuns();
    const run = await startRun(fake, 'c');
    const abort = new AbortController();
    const { stream, done } = resumableStream(fake, run, source(abort), { abort, batchInterval: 10, ...options });
    return { fake, run, abort, stream, done };
  };

  test('an answer is written, passed on and saved', async () => {
    const texts = Array.from({ length: 200 }, (_, index) => `${index} `);
    const { fake, run, stream, done } = await begin(() => given(answerOf(...texts)));
    const chunks = await collected(stream);
    assert.equal(chunks.length, 206);
    assert.deepEqual(chunks[0], { type: 'start', messageId: run.messageId });
    const { status, message } = await done;
    assert.deepEqual([status, textOf(message)], ['finished', texts.join('')]);
    assert.deepEqual(fake.messages, [plain(message)]);
    assert.equal(fake.runs[0]!.status, 'finished');
    assert.equal(await resumeStream(fake, 'c'), null);
    const later = await shown(await collected(await resumeStream(fake, 'c', { runId: run.runId })));
    assert.deepEqual(comparable(later), comparable(message!));
    assert.equal(await resumeStream(fake, 'c', { runId: run.runId, after: 5 }), null);
  });

  test('batches are as large and as often as asked for', async () => {
    const { fake, done } = await begin(() => given(answerOf(...Array(55).fill('x')), 0), {
      batchInterval: 60_000,
      batchSize: 20,
    });
    await done;
    // 61 chunks came faster than the database could write the second batch.
    const appended = fake.calls.filter((name) => name === 'append_chunks').length;
    assert.ok(appended >= 1 && appended <= 3, String(appended));
    const slow = await begin(() => given(answerOf(...Array(10).fill('x')), 10), { batchInterval: 40, batchSize: 1000 });
    await slow.done;
    const often = slow.fake.calls.filter((name) => name === 'append_chunks').length;
    assert.ok(often >= 2 && often <= 5, String(often));
  });

  test('readers get everything, whenever they come', async () => {
    for (let round = 0; round < 5; round += 1) {
      const answer = randomAnswer('ignored');
      const { fake, done, stream } = await begin(() => given(answer, 2));
      const readers: Promise<Chunk[]>[] = [collected(stream)];
      for (let come = 0; come < 5; come += 1) {
        await sleep(random(answer.length / 2));
        const resumed = await resumeStream(fake, 'c', { pollInterval: 5 });
        if (resumed) readers.push(collected(resumed));
      }
      const { message } = await done;
      for (const chunks of await Promise.all(readers)) {
        const got = await shown(chunks);
        assert.equal(got!.id, message?.id ?? got!.id);
        if (message) assert.deepEqual(comparable(got), comparable(plain(message)));
        assert.equal(chunks.filter(({ type }) => type === 'finish').length, 1);
        assert.equal(chunks.filter(({ type }) => type === 'start').length, 1);
      }
    }
  });

  test('a reader can tell what it has', async () => {
    const { fake, run, done } = await begin(() => given(answerOf('a', 'b', 'c', 'd'), 20), { batchSize: 1 });
    await sleep(110);
    const [all, rest] = await Promise.all([
      resumeStream(fake, 'c', { pollInterval: 5 }).then(collected),
      resumeStream(fake, 'c', { pollInterval: 5, runId: run.runId, after: 3 }).then(collected),
      done,
    ]);
    assert.equal(textOf(await shown(all)), 'abcd');
    const texts = (chunks: Chunk[]) => mergeDeltas(chunks).filter(({ id }) => id === '1');
    assert.deepEqual(texts(all).slice(1), texts(rest));
  });

  test('lost answers of the database are repeated', async () => {
    const { fake, done } = await begin(() => given(answerOf(...Array(50).fill('x')), 2));
    for (const name of ['append_chunks', 'append_chunks', 'finish_run']) {
      fake.lost.push({ name, isDone: true }, { name, isDone: false });
    }
    const { message } = await done;
    assert.equal(textOf(message), 'x'.repeat(50));
    assert.equal(fake.messages.length, 1);
    assert.equal(fake.lost.length, 0);
  });

  test('the database gets the answer although the client goes away', async () => {
    const { fake, stream, done } = await begin(() => given(answerOf('a', 'b', 'c'), 5));
    await stream.cancel();
    await done;
    assert.equal(textOf(fake.messages[0]), 'abc');
  });

  for (const listens of [true, false]) {
    test(`stop, with a model that ${listens ? 'listens' : 'does not listen'}`, async () => {
      const { fake, abort, stream, done } = await begin(
        (stop) => given(answerOf(...Array(1000).fill('x')), 10, listens ? stop.signal : undefined),
        listens ? {} : { abort: undefined },
      );
      await written(fake, 5);
      const reader = resumeStream(fake, 'c', { pollInterval: 5 }).then(collected);
      await stopRun(fake, 'c');
      const { status, message } = await done;
      assert.equal(status, 'stopped');
      assert.equal(abort.signal.aborted, listens);
      assert.match(textOf(message)!, /^x{5,500}$/);
      assert.equal((message!.parts.at(-1) as any).state, 'done');
      assert.equal((await collected(stream)).at(-1)!.type, 'abort');
      const chunks = await reader;
      assert.equal(chunks.at(-1)!.type, 'abort');
      assert.equal(textOf(await shown(chunks)), textOf(message));
    });
  }

  test('stop while a tool runs', async () => {
    async function* source(signal: AbortSignal) {
      yield { type: 'start' };
      yield { type: 'tool-input-available', toolCallId: 'a', toolName: 'slow', input: {} };
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      throw signal.reason;
    }
    const { fake, done } = await begin((abort) => source(abort.signal));
    await sleep(50);
    await stopRun(fake, 'c');
    const { status, message } = await done;
    assert.equal(status, 'stopped');
    assert.deepEqual(
      message?.parts.map((part: any) => [part.state, part.errorText]),
      [['output-error', 'The call was interrupted.']],
    );
  });

  test('a heartbeat keeps the run of a slow tool', async () => {
    const { fake, done } = await begin(() => given([{ type: 'data-a', data: 1 }], 2_500), { heartbeatInterval: 500 });
    const other = setInterval(() => startRun(fake, 'c', { staleAfter: 1_250 }).catch(() => {}), 50);
    try {
      assert.equal((await done).status, 'finished');
    } finally {
      clearInterval(other);
    }
    assert.ok(fake.calls.includes('heartbeat_run'));
  });

  test('an error of the model, in the stream or by a broken stream', async () => {
    const broken = [...answerOf('See ').slice(0, 4)];
    async function* breaking() {
      yield* broken;
      throw new Error('the connection is lost');
    }
    const told: unknown[] = [];
    const onError = (error: unknown) => {
      told.push(error);
      return 'Sorry.';
    };
    for (const source of [() => given([...broken, { type: 'error', errorText: 'Sorry.' }]), breaking]) {
      const { fake, stream, done } = await begin(source, { onError });
      const { status, message } = await done;
      assert.deepEqual([status, textOf(message)], ['failed', 'See ']);
      assert.deepEqual((await collected(stream)).at(-1), { type: 'error', errorText: 'Sorry.' });
      assert.equal(fake.runs[0]!.status, 'failed');
    }
    assert.match(String(told), /^Error: the connection is lost$/);
  });

  test('an answer without content is not stored', async () => {
    const { fake, done } = await begin(() => given([{ type: 'start' }, { type: 'start-step' }, { type: 'abort' }]));
    assert.deepEqual(await done, { status: 'stopped', message: null });
    assert.deepEqual(fake.messages, []);
  });

  test('a run that was taken over', async () => {
    const { fake, run, abort, stream, done } = await begin((stop) =>
      given(answerOf(...Array(1000).fill('x')), 10, stop.signal),
    );
    await written(fake, 1);
    await assert.rejects(startRun(fake, 'c'), (error: any) => {
      assert.ok(error instanceof RunInProgressError);
      assert.equal(error.runId, run.runId);
      return true;
    });
    const { takenOver } = await startRun(fake, 'c', { staleAfter: 0 });
    assert.deepEqual(takenOver, { runId: run.runId, messageId: run.messageId, hasChunks: true });
    await assert.rejects(done, (error: any) => error instanceof RunOverError && error.runStatus === 'failed');
    assert.ok(abort.signal.aborted);
    assert.equal((await collected(stream)).at(-1)!.type, 'error');
    // What came is saved all the same.
    assert.match(textOf(fake.messages[0])!, /^x+$/);
    assert.equal(fake.messages[0]!.id, run.messageId);
  });

  test('a conversation that was deleted', async () => {
    const { fake, abort, done } = await begin((stop) => given(answerOf(...Array(1000).fill('x')), 10, stop.signal));
    await sleep(50);
    const reader = resumeStream(fake, 'c', { pollInterval: 5 }).then(collected);
    await sleep(20);
    fake.runs.pop();
    await assert.rejects(done, NotFoundError);
    assert.ok(abort.signal.aborted);
    assert.equal((await reader).at(-1)!.type, 'error');
  });

  test('what a dead server has left is recovered, by a reader or by recoverRun()', async () => {
    for (const isRead of [true, false]) {
      const fake = new FakeRuns();
      const run = await startRun(fake, 'c');
      // A writer that dies.
      await appendChunks(fake, run.runId, answerOf('See ', 'the ').slice(0, 5), 1);
      fake.runs[0]!.aliveAt -= 1000;
      const read = isRead ? await collected(await resumeStream(fake, 'c', { staleAfter: 900, pollInterval: 5 })) : [];
      assert.equal(read.at(-1)?.type, isRead ? 'error' : undefined);
      const recovered = isRead ? await shown(read) : await recoverRun(fake, 'c', { staleAfter: 900 });
      assert.match(textOf(recovered)!, /^See/);
      assert.equal(textOf(fake.messages[0]), textOf(recovered));
      assert.equal(fake.messages[0]!.id, run.messageId);
      assert.equal(await recoverRun(fake, 'c', { staleAfter: 900 }), null);
    }
  });

  test('chunks that the AI SDK refuses do not hinder the chunks before them, and later runs', async () => {
    const good = answerOf('good').slice(0, 5);
    for (const bad of [{ type: 'text-delta', id: 'none', delta: 'x' }, { hello: 1 }, { type: 5 }] as never[]) {
      const fake = new FakeRuns();
      const run = await startRun(fake, 'c');
      await appendChunks(fake, run.runId, [...good, bad], 1);
      assert.equal(textOf(await recoverRun(fake, 'c', { staleAfter: 0 })), 'good');
      assert.equal(await recoverRun(fake, 'c', { staleAfter: 0 }), null);
      const told: unknown[] = [];
      const next = await begin(() => given([...good, bad, { type: 'finish' }], 5), {
        onError: (error) => told.push(error),
      });
      const reader = resumeStream(next.fake, 'c', { pollInterval: 5 }).then(collected);
      const { status, message } = await next.done;
      assert.deepEqual([status, textOf(message), told.length], ['failed', 'good', 1]);
      assert.equal(next.fake.runs[0]!.status, 'failed');
      await reader;
    }
  });

  test('a value that cannot be sent ends the answer at once', async () => {
    const source = () => given([...answerOf('good').slice(0, 5), { type: 'data-a', data: 5n }, { type: 'finish' }], 5);
    const { fake, abort, done } = await begin(source, { batchInterval: 1, onError: () => {} });
    const begun = Date.now();
    await assert.rejects(done, TypeError);
    assert.ok(Date.now() - begun < 5_000);
    assert.ok(abort.signal.aborted);
    assert.notEqual(fake.runs[0]!.status, 'finished');
  });

  test('the message of done is the stored one', async () => {
    const { fake, done } = await begin(() => given(answerOf('a\0b'), 5));
    const { message } = await done;
    assert.equal(textOf(message), 'a\ufffdb');
    assert.deepEqual(fake.messages, [plain(message)]);
    await assert.rejects(startRun(fake, 'c', { staleAfter: Number.POSITIVE_INFINITY }), /stale_after is not a finite/);
  });

  test('an answer that continues a message', async () => {
    const fake = new FakeRuns();
    const before: UIMessage = {
      id: 'a0000000-0000-4000-8000-000000000000',
      role: 'assistant',
      parts: [
        { type: 'step-start' },
        { type: 'text', text: 'Let me see.', state: 'done' },
        { type: 'tool-weather', toolCallId: 'call-1', state: 'input-available', input: { city: 'Rome' } },
      ],
    };
    fake.messages.push(before);
    const run = await startRun(fake, 'c', { messageId: before.id });
    const chunks = [
      { type: 'start', messageId: before.id },
      { type: 'tool-output-available', toolCallId: 'call-1', output: 21 },
      ...answerOf('Warm', '.').slice(1),
    ];
    const { done } = resumableStream(fake, run, given(chunks, 10), { originalMessages: [before], batchSize: 1 });
    await sleep(30);
    const reader = resumeStream(fake, 'c', { pollInterval: 5 }).then(collected);
    const { message } = await done;
    assert.equal(textOf(message), 'Let me see.Warm.');
    assert.deepEqual(fake.messages, [plain(message)]);
    assert.deepEqual(comparable(await shown(await reader)), comparable(plain(message!)));
  });

  test('half of a character at the end of a batch waits for the other half', async () => {
    const { fake, done } = await begin(() => given(answerOf('a', '\ud83c', '\udf34', 'b'), 20), { batchSize: 1 });
    await sleep(130);
    assert.ok(!JSON.stringify(fake.runs[0]!.chunks).includes('\ufffd'));
    assert.equal(textOf((await done).message), 'a🌴b');
  });
});
