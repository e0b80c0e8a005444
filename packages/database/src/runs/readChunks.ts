import { callForObject, type RunClient } from './runClient.js';
import type { RunStatus } from './startRun.js';
import type { UIMessageChunk } from './uiMessageChunk.js';

/** The options of {@link readChunks}. */
export interface ReadChunksOptions {
  /** The run, by default the one in progress. */
  runId?: string | undefined;
  /** The number of the last chunk that the caller has, by default 0. */
  after?: number | undefined;
  /** How many chunks to return at most. The default is 1,000. */
  max?: number | undefined;
}

/** The result of {@link readChunks}. */
export interface ReadChunks {
  runId: string;
  /** The UUID that the answer has or will have. */
  messageId: string;
  status: RunStatus;
  /** Whether somebody has called {@link stopRun}. */
  stopRequested: boolean;
  chunks: UIMessageChunk[];
  /** The number of the last chunk read: `after` of the next call. */
  next: number;
  /** How long the run has been silent, in milliseconds. Undefined if it is over. */
  idleMs: number | undefined;
}

/**
 * Reads the chunks of a run after a number. Resolves to null if no run is in progress, if the run does not exist, or if
 * the caller may not see it.
 *
 * @throws {@link InvalidInputError} if `after` or `max` is negative, {@link FeatureOffError}.
 */
export async function readChunks(
  client: RunClient,
  conversationId: string,
  { runId, after, max }: ReadChunksOptions = {},
): Promise<ReadChunks | null> {
  const result = await callForObject(client, 'read_chunks', {
    conversation_id: [conversationId ?? null, 'text'],
    run_id: [runId, 'uuid'],
    after: [after, 'integer'],
    max: [max, 'integer'],
  });
  if (result.status === 'none') return null;
  return {
    runId: result.run_id,
    messageId: result.message_id,
    status: result.status,
    stopRequested: result.stop_requested,
    chunks: result.chunks,
    next: result.next,
    idleMs: result.idle_ms ?? undefined,
  };
}
