import type { UIMessage } from '../queries/uiMessage.js';
import { assembledMessage, emptyMessage, interrupted, isEmpty } from './assembledMessage.js';
import { finishRun } from './finishRun.js';
import { addMerged } from './mergeDeltas.js';
import { readChunks } from './readChunks.js';
import { callForObject, type RunClient } from './runClient.js';
import { interval } from './startRun.js';
import { storedMessage } from './storedMessage.js';
import type { Chunk } from './uiMessageChunk.js';

/** The options of {@link recoverRun}. */
export interface RecoverRunOptions {
  /** How long a run must have been silent, in milliseconds. The default is 30 seconds. */
  staleAfter?: number | undefined;
}

/**
 * Saves what a dead server has left of an answer, as a message of the conversation. Its texts are done, and calls of
 * tools without a result have an error as their result. Resolves to the message; null if nothing was left.
 *
 * ```ts
 * await recoverRun(db, conversationId);
 * const messages = await getConversation(db, conversationId, { format: 'ai-sdk' });
 * ```
 *
 * @throws {@link NotFoundError} if the conversation does not exist, {@link FeatureOffError}.
 */
export async function recoverRun(
  client: RunClient,
  conversationId: string,
  { staleAfter }: RecoverRunOptions = {},
): Promise<UIMessage | null> {
  let saved: UIMessage | null = null;
  const recovered = new Set<string>();
  for (;;) {
    const run = await callForObject(client, 'recover_run', {
      conversation_id: [conversationId ?? null, 'text'],
      stale_after: interval(staleAfter),
    });
    if (run.status === 'none' || recovered.has(run.run_id)) return saved;
    recovered.add(run.run_id);
    const before = await storedMessage(client, conversationId, run.message_id);
    const chunks = await allChunks(client, conversationId, run.run_id);
    const message = interrupted(await assembledMessage(chunks, before ?? emptyMessage(run.message_id)));
    // If two readers recover the run at the same time, the second one writes nothing.
    const { messages } = await finishRun(client, run.run_id, 'failed', isEmpty(message) ? {} : { messages: message });
    if (messages.length) saved = message;
  }
}

async function allChunks(client: RunClient, conversationId: string, runId: string): Promise<Chunk[]> {
  const chunks: Chunk[] = [];
  for (let after = 0; ; ) {
    const read = await readChunks(client, conversationId, { runId, after });
    if (!read?.chunks.length) return chunks;
    for (const chunk of read.chunks) addMerged(chunks, chunk);
    after = read.next;
  }
}
