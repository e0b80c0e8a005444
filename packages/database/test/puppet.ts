import { setTimeout as sleep } from 'node:timers/promises';
import { MockLanguageModelV3 } from 'ai/test';

export type Chunk =
  Awaited<ReturnType<MockLanguageModelV3['doStream']>>['stream'] extends ReadableStream<infer T> ? T : never;

export const usage = {
  inputTokens: { total: 1, noCache: 1, cacheRead: 0, cacheWrite: 0 },
  outputTokens: { total: 1, text: 1, reasoning: 0 },
};

/** A model that the test controls: what it says, and when. */
export class Puppet {
  #controller!: ReadableStreamDefaultController<Chunk>;
  readonly model = new MockLanguageModelV3({
    doStream: async ({ abortSignal }) => ({
      stream: new ReadableStream<Chunk>({
        start: (controller) => {
          this.#controller = controller;
          // The connection to a provider ends in the same way.
          abortSignal?.addEventListener('abort', () => controller.error(abortSignal.reason));
          this.#send({ type: 'stream-start', warnings: [] }, { type: 'text-start', id: '1' });
          this.#begun();
        },
      }),
    }),
  });
  #begun!: () => void;
  /** Resolves when the model is asked. */
  asked = this.#next();

  #next() {
    return new Promise<void>((resolve) => (this.#begun = resolve));
  }

  /** Resolves when the model is asked again after it was stopped. */
  again() {
    return this.#next();
  }

  #send(...chunks: Chunk[]) {
    for (const chunk of chunks) this.#controller.enqueue(chunk);
  }

  say(...words: string[]) {
    this.#send(...words.map((delta): Chunk => ({ type: 'text-delta', id: '1', delta })));
  }

  call(toolName: string, input: object, result: object) {
    this.#send(
      { type: 'tool-call', toolCallId: 'call_1', toolName, input: JSON.stringify(input), providerExecuted: true },
      { type: 'tool-result', toolCallId: 'call_1', toolName, result: result as never },
    );
  }

  finish() {
    this.#send(
      { type: 'text-end', id: '1' },
      { type: 'finish', finishReason: { unified: 'stop', raw: 'stop' }, usage },
    );
    this.#controller.close();
    this.asked = this.#next();
  }

  /** Ends with an error that the model reports. */
  fail() {
    this.#send({ type: 'error', error: new Error('the model is overloaded') });
    this.#controller.close();
    this.asked = this.#next();
  }

  /** Ends like a lost connection. */
  breakOff() {
    this.#controller.error(new Error('the connection is lost'));
    this.asked = this.#next();
  }
}

/** Repeats the check until it is true, for ten seconds at most. */
export async function eventually<T>(check: () => Promise<T>): Promise<T> {
  const end = Date.now() + 10_000;
  for (;;) {
    const result = await check();
    if (result || Date.now() > end) return result;
    await sleep(10);
  }
}
