import { mergeDeltas } from './mergeDeltas.js';
import { type ReadChunks, readChunks } from './readChunks.js';
import { recoverRun } from './recoverRun.js';
import { SeenChunks } from './restOfMessage.js';
import { retrying, sleep } from './retrying.js';
import type { RunClient } from './runClient.js';
import { storedMessage } from './storedMessage.js';
import type { Chunk, UIMessageChunk } from './uiMessageChunk.js';

/** How long to wait between two polls at most, in milliseconds, while no chunks come. */
const longestPoll = 1_000;

/** The options of {@link resumeStream}. */
export interface ResumeStreamOptions {
  /** The run, by default the one in progress. */
  runId?: string | undefined;
  /** The number of the last chunk that the reader has. By default the reader gets all. */
  after?: number | undefined;
  /** The time between two polls, in milliseconds. The default is 100. It grows to a second while no chunks come. */
  pollInterval?: number | undefined;
  /** How long the run may be silent before its answer counts as interrupted, in milliseconds. The default is 30 seconds. */
  staleAfter?: number | undefined;
  /** Ends the stream. */
  signal?: AbortSignal | undefined;
}

/**
 * Returns the answer in progress as a stream for useChat: everything so far, and then what comes. Any number of readers
 * can read it, in any process. Resolves to null if no run is in progress: answer with the status 204.
 *
 * ```ts
 * const stream = await resumeStream(db, conversationId);
 * return stream ? createUIMessageStreamResponse({ stream }) : new Response(null, { status: 204 });
 * ```
 *
 * With `runId`, the run may be over. The stream then is made from the stored message. If the writer has died, the stream
 * saves what it has left ({@link recoverRun}) and ends.
 *
 * @throws {@link InvalidInputError}, {@link FeatureOffError}.
 */
export async function resumeStream<TChunk extends { type: string } = UIMessageChunk>(
  client: RunClient,
  conversationId: string,
  options: ResumeStreamOptions = {},
): Promise<ReadableStream<TChunk> | null> {
  const { runId, signal } = options;
  const first = await retrying(() => readChunks(client, conversationId, { runId }), signal);
  if (!first) return null;
  const reader = new Reader(client, conversationId, first, options);
  // What came before `after` is gone.
  if (first.status !== 'running' && !first.chunks.length && options.after) return null;
  return reader.stream() as ReadableStream<TChunk>;
}

class Reader {
  readonly #client: RunClient;
  readonly #conversationId: string;
  readonly #options: ResumeStreamOptions;
  readonly #stop = new AbortController();
  readonly #seen = new SeenChunks();
  #page: ReadChunks;
  #wait: number;

  constructor(client: RunClient, conversationId: string, first: ReadChunks, options: ResumeStreamOptions) {
    this.#client = client;
    this.#conversationId = conversationId;
    this.#options = options;
    this.#page = first;
    this.#wait = this.#pollInterval;
  }

  get #pollInterval(): number {
    return this.#options.pollInterval ?? 100;
  }

  stream(): ReadableStream<Chunk> {
    const chunks = this.#chunks();
    const { signal } = this.#options;
    const stop = () => this.#stop.abort();
    if (signal?.aborted) stop();
    signal?.addEventListener('abort', stop);
    return new ReadableStream<Chunk>({
      pull: async (controller) => {
        const { done, value } = await chunks.next();
        if (!done) return controller.enqueue(value);
        signal?.removeEventListener('abort', stop);
        // A reader that has cancelled has closed it.
        if (!this.#stop.signal.aborted || signal?.aborted) controller.close();
      },
      cancel: () => {
        signal?.removeEventListener('abort', stop);
        stop();
      },
    });
  }

  /** Yields what the reader is to get. Reads from the beginning to know what it has seen. */
  async *#chunks(): AsyncGenerator<Chunk> {
    yield* this.#before();
    while (!this.#stop.signal.aborted) {
      const { chunks, next, status, idleMs = 0 } = this.#page;
      const first = next - chunks.length + 1;
      for (const chunk of chunks) this.#seen.see(chunk);
      yield* mergeDeltas(chunks.slice(Math.max(0, (this.#options.after ?? 0) + 1 - first)));
      if (!chunks.length && status !== 'running') return yield* this.#end();
      if (chunks.length) this.#wait = this.#pollInterval;
      else if (idleMs >= (this.#options.staleAfter ?? 30_000)) await this.#recover();
      if (!chunks.length) await this.#pause();
      await this.#read(next);
    }
  }

  /** Yields the message that the answer continues. */
  async *#before(): AsyncGenerator<Chunk> {
    if (this.#page.status !== 'running' || this.#options.after) return;
    const { messageId } = this.#page;
    const message = await retrying(
      () => storedMessage(this.#client, this.#conversationId, messageId, 1),
      this.#stop.signal,
    );
    if (!message) return;
    // If the run has ended since, this is the whole answer, and the chunks are gone.
    await this.#read(0);
    for (const chunk of this.#seen.restOf(message)) yield this.#seen.see(chunk);
  }

  async #read(after: number) {
    const { runId } = this.#page;
    const page = await retrying(
      () => readChunks(this.#client, this.#conversationId, { runId, after }),
      this.#stop.signal,
    );
    // The conversation was deleted.
    this.#page = page ?? { ...this.#page, status: 'failed', chunks: [], idleMs: undefined };
  }

  async #pause() {
    await sleep(this.#wait, this.#stop.signal);
    this.#wait = Math.min(this.#wait * 1.5, Math.max(longestPoll, this.#pollInterval));
  }

  async #recover() {
    const { staleAfter } = this.#options;
    await retrying(() => recoverRun(this.#client, this.#conversationId, { staleAfter }), this.#stop.signal);
  }

  /** Yields what the reader has missed because the end of the run has deleted the chunks. */
  async *#end(): AsyncGenerator<Chunk> {
    const { messageId, status } = this.#page;
    const message = await retrying(
      () => storedMessage(this.#client, this.#conversationId, messageId),
      this.#stop.signal,
    );
    if (message) yield* this.#seen.restOf(message);
    yield* this.#seen.endOf(status, message);
  }
}
