import { setTimeout as sleep } from 'node:timers/promises';
import type { Chunk, UIMessage } from '@agentchat/database';
import { readUIMessageStream } from 'ai';

// Answers of models and what readers make of them, for the tests of runs.

/** The chunks of an answer with these pieces of text. */
export const answerOf = (...texts: string[]): Chunk[] => [
  { type: 'start' },
  { type: 'start-step' },
  { type: 'text-start', id: '1' },
  ...texts.map((delta) => ({ type: 'text-delta', id: '1', delta })),
  { type: 'text-end', id: '1' },
  { type: 'finish-step' },
  { type: 'finish', finishReason: 'stop' },
];

/** The text of an answer of so many words. */
export const textOfWords = (count: number): string =>
  Array.from({ length: count }, (_, index) => `word${index} `).join('');

/** The chunks of an answer of so many words. */
export const wordsOf = (count: number): Chunk[] => answerOf(...(textOfWords(count).match(/\S+ /g) ?? []));

/** A model that gives the chunks one by one, and ends with the AI SDK's chunk if it is aborted. */
export async function* given(chunks: readonly Chunk[], delay = 0, signal?: AbortSignal): AsyncGenerator<Chunk> {
  for (const chunk of chunks) {
    if (delay) await sleep(delay);
    if (signal?.aborted) {
      yield { type: 'abort' };
      return;
    }
    yield chunk;
  }
}

/** Reads a stream to its end. */
export async function collected(stream: ReadableStream<any> | null): Promise<Chunk[]> {
  const chunks: Chunk[] = [];
  for await (const chunk of stream ?? []) chunks.push(chunk);
  return chunks;
}

/** The message that useChat shows for the chunks. */
export async function shown(
  chunks: readonly Chunk[],
  { read = readUIMessageStream as (options: any) => AsyncIterable<any> } = {},
): Promise<UIMessage | undefined> {
  let last: UIMessage | undefined;
  const stream = ReadableStream.from(chunks.filter(({ type }) => type !== 'error'));
  for await (const message of read({ stream, terminateOnError: true })) last = message;
  return last && plain(last);
}

/** The value as the database returns it. */
export const plain = <T>(value: T): T => JSON.parse(JSON.stringify(value));

/** The text of a message. */
export const textOf = (message: UIMessage | null | undefined): string =>
  (message?.parts ?? []).map((part) => (part.type === 'text' ? part.text : '')).join('');
