// A server process of runs.test.ts. It answers an order of its parent.
import { asUser, createDatabase, type RunClient, resumableStream, resumeStream, startRun } from '@agentchat/database';
import { collected, given, wordsOf } from './answers.js';

/** What the process is to do. */
export interface Order {
  url: string;
  userId: string;
  conversationId: string;
  /** Writes an answer of so many words, one each `delay` milliseconds. */
  write?: { words: number; delay: number };
  /** Waits for an answer in progress, and reads it. */
  read?: true;
}

process.once('message', async ({ url, userId, conversationId, write, read }: Order) => {
  const db = createDatabase(url);
  const client: RunClient = (work) => asUser(db, userId, work);
  if (write) {
    const run = await startRun(client, conversationId);
    process.send?.({ run });
    const abort = new AbortController();
    const { stream, done } = resumableStream(client, run, given(wordsOf(write.words), write.delay, abort.signal), {
      abort,
    });
    for await (const chunk of stream) process.send?.({ chunk });
    process.send?.({ answer: await done });
  }
  if (read) {
    process.send?.({ waits: true });
    let stream: ReadableStream | null = null;
    while (!stream) stream = await resumeStream(client, conversationId);
    process.send?.({ read: await collected(stream) });
  }
  await db.$client.end();
  process.disconnect();
});
