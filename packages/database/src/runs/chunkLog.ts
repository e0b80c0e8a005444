import { appendChunks } from './appendChunks.js';
import { heartbeatRun } from './heartbeatRun.js';
import { endsInHalf, mergeDeltas } from './mergeDeltas.js';
import { readChunks } from './readChunks.js';
import { retrying } from './retrying.js';
import type { RunClient } from './runClient.js';
import type { Run } from './startRun.js';
import type { Chunk } from './uiMessageChunk.js';

/** How often to ask whether the run is to stop while no chunks come, in milliseconds. */
const stopInterval = 1_000;

/** The options of a {@link ChunkLog}. */
export interface ChunkLogOptions {
  batchInterval: number;
  batchSize: number;
  heartbeatInterval: number;
  /** Is called once if the run is to stop. */
  onStop: () => void;
  /** Is called once if the chunks cannot be written any more. */
  onFailure: (error: unknown) => void;
}

/** Writes the chunks of a run in batches, one batch at a time. While no chunks come, it says that the run is alive. */
export class ChunkLog {
  readonly #client: RunClient;
  readonly #run: Run;
  readonly #options: ChunkLogOptions;
  #waiting: Chunk[] = [];
  /** When the first of the waiting chunks came. */
  #waitingSince = 0;
  #nextSeq: number;
  /** When the database last heard of the run, and when it was last asked whether the run is to stop. */
  #heardAt = Date.now();
  #askedAt = Date.now();
  #isEnding = false;
  #isStopping = false;
  #wake = () => {};
  readonly #ended: Promise<void>;

  constructor(client: RunClient, run: Run, options: ChunkLogOptions) {
    this.#client = client;
    this.#run = run;
    this.#options = options;
    this.#nextSeq = run.nextSeq;
    this.#ended = this.#write().catch((error: unknown) => options.onFailure(error));
  }

  add(chunk: Chunk): void {
    if (!this.#waiting.length) this.#waitingSince = Date.now();
    this.#waiting.push(chunk);
    this.#wake();
  }

  /** Ends the writing. The chunks that wait are not written: the end of the run deletes its chunks. */
  async end(): Promise<void> {
    this.#isEnding = true;
    this.#wake();
    await this.#ended;
  }

  async #write() {
    for (;;) {
      const wait = this.#timeUntilDue();
      if (this.#isEnding) return;
      if (wait > 0) await this.#sleep(wait);
      else await this.#report();
    }
  }

  /** How many of the chunks can be written. The second half of a character may come with the next chunk. */
  get #ready(): number {
    return this.#waiting.length - (endsInHalf(this.#waiting.at(-1)) ? 1 : 0);
  }

  #timeUntilDue(): number {
    const { batchSize, batchInterval } = this.#options;
    if (!this.#ready) return this.#askedAt + stopInterval - Date.now();
    return this.#ready >= batchSize ? 0 : this.#waitingSince + batchInterval - Date.now();
  }

  #sleep(milliseconds: number) {
    return new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** Writes the chunks that wait. If none wait, says that the run is alive or asks whether it is to stop. */
  async #report() {
    const batch = mergeDeltas(this.#waiting.splice(0, this.#ready));
    this.#waitingSince = Date.now();
    if (batch.length) await this.#append(batch);
    else await this.#ask();
  }

  async #append(batch: Chunk[]) {
    // If only the answer was lost, the database finds that it has the chunks.
    const { nextSeq, stopRequested } = await retrying(() =>
      appendChunks(this.#client, this.#run.runId, batch, this.#nextSeq),
    );
    this.#nextSeq = nextSeq;
    this.#heardAt = Date.now();
    this.#hear(stopRequested);
  }

  async #ask() {
    if (Date.now() - this.#heardAt < this.#options.heartbeatInterval) {
      const { conversationId, runId } = this.#run;
      const read = await retrying(() =>
        readChunks(this.#client, conversationId, { runId, after: this.#nextSeq - 1, max: 1 }),
      );
      if (read?.status === 'running') return this.#hear(read.stopRequested);
    }
    // Also says why if the run is over.
    const { stopRequested } = await retrying(() => heartbeatRun(this.#client, this.#run.runId));
    this.#heardAt = Date.now();
    this.#hear(stopRequested);
  }

  #hear(stopRequested: boolean) {
    this.#askedAt = Date.now();
    if (!stopRequested || this.#isStopping) return;
    this.#isStopping = true;
    this.#options.onStop();
  }
}
