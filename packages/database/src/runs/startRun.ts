import { callForObject, type RunClient } from './runClient.js';

/** How a run ends. */
export type RunEnd = 'finished' | 'failed' | 'stopped';

/** The status of a run. */
export type RunStatus = 'running' | RunEnd;

/** The making of one answer in a conversation. */
export interface Run {
  runId: string;
  /** The UUID of the conversation. */
  conversationId: string;
  /** The UUID that the answer has or will have. */
  messageId: string;
  /** The time of the start, in ISO 8601 with six digits and `Z`. */
  startedAt: string;
  /** The number of the next chunk. */
  nextSeq: number;
  /** The run that was silent and that this run replaces; null if none was in progress. */
  takenOver: {
    runId: string;
    messageId: string;
    /** Whether it has chunks that {@link recoverRun} can save. */
    hasChunks: boolean;
  } | null;
}

/** The options of {@link startRun}. */
export interface StartRunOptions {
  /** The id of the answer, by default a random UUID. An id that is not a UUID becomes one, as in `appendMessages`. */
  messageId?: string | undefined;
  /** How long a run may be silent before another one may replace it, in milliseconds. The default is 30 seconds. */
  staleAfter?: number | undefined;
  metadata?: Record<string, unknown> | undefined;
}

/** Converts milliseconds to an argument of the type interval. */
export const interval = (milliseconds: number | undefined): [value: unknown, type: 'interval'] => [
  milliseconds === undefined ? undefined : `${milliseconds} milliseconds`,
  'interval',
];

/**
 * Starts a run: the making of one answer. A conversation has at most one run in progress. A run that has been silent for
 * `staleAfter` is marked as failed and replaced.
 *
 * @throws {@link RunInProgressError} if another run is in progress, {@link NotFoundError} if the conversation does not
 * exist, {@link ConflictError} if `messageId` belongs to a message of another conversation, {@link FeatureOffError}.
 */
export async function startRun(
  client: RunClient,
  conversationId: string,
  { messageId, staleAfter, metadata }: StartRunOptions = {},
): Promise<Run> {
  const run = await callForObject(client, 'start_run', {
    conversation_id: [conversationId ?? null, 'text'],
    message_id: [messageId, 'text'],
    stale_after: interval(staleAfter),
    metadata: [metadata, 'jsonb'],
  });
  const taken = run.taken_over;
  return {
    runId: run.run_id,
    conversationId: run.conversation_id,
    messageId: run.message_id,
    startedAt: run.started_at,
    nextSeq: run.next_seq,
    takenOver: taken && { runId: taken.run_id, messageId: taken.message_id, hasChunks: taken.has_chunks },
  };
}
