import { RunOverError } from '../errors.js';
import type { UIMessage } from '../queries/uiMessage.js';
import { storable } from '../storable.js';
import { assembledMessage, emptyMessage, interrupted, isEmpty } from './assembledMessage.js';
import { ChunkLog } from './chunkLog.js';
import { type FinishRunOptions, finishRun } from './finishRun.js';
import { addMerged } from './mergeDeltas.js';
import { retrying } from './retrying.js';
import type { RunClient } from './runClient.js';
import type { Run, RunEnd } from './startRun.js';
import type { Chunk } from './uiMessageChunk.js';

/** How long a model that was told to stop may take to end its stream, in milliseconds. */
const grace = 1_000;

/** The options of {@link resumableStream}. */
export interface ResumableStreamOptions {
  /** Aborted if the run is to stop, or if it is lost. Give its signal to `streamText`. */
  abort?: AbortController | undefined;
  /**
   * The messages that were given to `toUIMessageStream`. If the last one is of the assistant, the answer continues it:
   * call {@link startRun} with its id as `messageId`.
   */
  originalMessages?: readonly UIMessage[] | undefined;
  /** The longest time between two batches of chunks, in milliseconds. The default is 100. */
  batchInterval?: number | undefined;
  /** How many chunks make a batch at most. The default is 20. */
  batchSize?: number | undefined;
  /** How often to say that the run is alive while no chunks come, in milliseconds. The default is 10 seconds. */
  heartbeatInterval?: number | undefined;
  /** Is told of a stream that breaks and of an answer that cannot be saved. May return the text for the client. */
  onError?: ((error: unknown) => unknown) | undefined;
}

/** How an answer has ended. */
export interface Answer {
  status: RunEnd;
  /** The message that was saved; null if it had no content. */
  message: UIMessage | null;
}

/** The result of {@link resumableStream}. */
export interface ResumableStream<TChunk> {
  /** The same chunks, for the client. It ends when the answer is saved. */
  stream: ReadableStream<TChunk>;
  /** Resolves when the answer is saved. */
  done: Promise<Answer>;
}

/**
 * Writes the stream of an answer to the database while it passes it on. At the end it saves the message and finishes the
 * run. The database gets the whole answer even if the client goes away. If the run is to stop ({@link stopRun}), it aborts
 * `abort`, and saves the answer so far. If the database restarts, it tries again for a minute.
 *
 * ```ts
 * const run = await startRun(db, conversationId);
 * const abort = new AbortController();
 * const result = streamText({ model, messages, abortSignal: abort.signal });
 * const { stream } = resumableStream(db, run, result.toUIMessageStream(), { abort });
 * return createUIMessageStreamResponse({ stream });
 * ```
 *
 * `done` rejects with {@link RunOverError} if another run has taken over, with {@link NotFoundError} if the conversation
 * was deleted, and otherwise with the error of the database. The model is then aborted.
 */
export function resumableStream<TChunk extends { type: string }>(
  client: RunClient,
  run: Run,
  source: ReadableStream<TChunk> | AsyncIterable<TChunk>,
  options: ResumableStreamOptions = {},
): ResumableStream<TChunk> {
  let output!: ReadableStreamDefaultController<TChunk>;
  let isOpen = true;
  const stream = new ReadableStream<TChunk>({
    start(controller) {
      output = controller;
    },
    cancel() {
      isOpen = false;
    },
  });
  const emit = (chunk: Chunk) => {
    if (isOpen) output.enqueue(chunk as never);
  };
  const done = new Writer(client, run, options, emit).write(readerOf(source as never)).finally(() => {
    if (isOpen) output.close();
    isOpen = false;
  });
  // The stream tells of the error, too. Callers need not wait for both.
  done.catch(() => {});
  return { stream, done };
}

/** Returns a reader that can be cancelled while it waits for a chunk. */
function readerOf(source: ReadableStream<Chunk> | AsyncIterable<Chunk>): ReadableStreamDefaultReader<Chunk> {
  if ('getReader' in source) return source.getReader();
  const chunks = source[Symbol.asyncIterator]();
  return new ReadableStream<Chunk>({
    async pull(controller) {
      const { done, value } = await chunks.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    // It would wait for the next chunk.
    cancel: () => void chunks.return?.()?.catch(() => {}),
  }).getReader();
}

class Writer {
  readonly #client: RunClient;
  readonly #run: Run;
  readonly #options: ResumableStreamOptions;
  readonly #emit: (chunk: Chunk) => void;
  /** What the answer continues. */
  readonly #before: UIMessage;
  readonly #chunks: Chunk[] = [];
  #isStopped = false;
  #problem: string | undefined;
  #failure: { error: unknown } | undefined;

  constructor(client: RunClient, run: Run, options: ResumableStreamOptions, emit: (chunk: Chunk) => void) {
    this.#client = client;
    this.#run = run;
    this.#options = options;
    this.#emit = emit;
    const last = options.originalMessages?.at(-1);
    this.#before = last?.role === 'assistant' ? last : emptyMessage(run.messageId);
  }

  async write(source: ReadableStreamDefaultReader<Chunk>): Promise<Answer> {
    try {
      await this.#passOn(source);
      if (this.#failure) throw this.#failure.error;
      return await this.#finish();
    } catch (error) {
      this.#take({ type: 'error', errorText: this.#told(error, 'The answer could not be saved.') });
      await this.#saveAnyway(error);
      throw error;
    }
  }

  async #passOn(source: ReadableStreamDefaultReader<Chunk>) {
    const { abort, batchInterval = 100, batchSize = 20, heartbeatInterval = 10_000 } = this.#options;
    const cancel = () => void source.cancel().catch(() => {});
    let graceTimer: NodeJS.Timeout | undefined;
    const log = new ChunkLog(this.#client, this.#run, {
      batchInterval,
      batchSize,
      heartbeatInterval,
      onStop: () => {
        this.#isStopped = true;
        abort?.abort();
        // Also ends a stream that does not listen to `abort`.
        graceTimer = setTimeout(cancel, abort ? grace : 0);
      },
      onFailure: (error) => {
        this.#failure = { error };
        abort?.abort();
        cancel();
      },
    });
    const take = (chunk: Chunk) => log.add(this.#take(chunk));
    try {
      for (;;) {
        const { done, value } = await source.read();
        if (done) break;
        // Without a start, a reader that comes late would not know the id of the message.
        if (!this.#chunks.length && value.type !== 'start') take(this.#start({ type: 'start' }));
        take(value.type === 'start' ? this.#start(value) : value);
      }
    } catch (error) {
      // A stream that was aborted breaks, too.
      if (abort?.signal.aborted) this.#isStopped = true;
      else take({ type: 'error', errorText: this.#told(error, 'The answer could not be finished.') });
    } finally {
      clearTimeout(graceTimer);
      await log.end();
    }
  }

  #start = (chunk: Chunk): Chunk => ({ ...chunk, messageId: this.#before.id });

  #take(chunk: Chunk): Chunk {
    if (chunk.type === 'error') this.#problem ??= String(chunk.errorText);
    if (chunk.type === 'abort') this.#isStopped = true;
    addMerged(this.#chunks, chunk);
    this.#emit(chunk);
    return chunk;
  }

  /** Tells the application of the error, and returns the text for the client. */
  #told(error: unknown, text: string): string {
    const told = this.#options.onError?.(error);
    return typeof told === 'string' ? told : text;
  }

  async #finish(): Promise<Answer> {
    const assembled = await assembledMessage(this.#chunks, this.#before, (error) =>
      this.#take({ type: 'error', errorText: this.#told(error, 'The answer could not be finished.') }),
    );
    const status = this.#isStopped ? 'stopped' : this.#problem === undefined ? 'finished' : 'failed';
    if (status === 'stopped' && !this.#chunks.some(({ type }) => type === 'abort')) this.#take({ type: 'abort' });
    const message = status === 'finished' ? assembled : interrupted(assembled);
    const answer = { status, message: isEmpty(message) ? null : storable(message, 'messages') } as const;
    const options = { ...(answer.message ? { messages: answer.message } : {}), ...this.#error(status) };
    await retrying(() => this.#finishRun(status, options));
    return answer;
  }

  #finishRun = (status: RunEnd, options: FinishRunOptions) => finishRun(this.#client, this.#run.runId, status, options);

  #error = (status: RunEnd) => (status === 'failed' ? { error: { message: this.#problem } } : {});

  /**
   * Saves the answer so far if the run has failed. A run that was marked as failed because it was silent, such as while
   * the database was away, can still get its answer.
   */
  async #saveAnyway(error: unknown) {
    try {
      const message = interrupted(await assembledMessage(this.#chunks, this.#before));
      const options = error instanceof RunOverError ? {} : this.#error('failed');
      await this.#finishRun('failed', { ...(isEmpty(message) ? {} : { messages: message }), ...options });
    } catch {
      // The chunks that were written stay for recoverRun().
    }
  }
}
