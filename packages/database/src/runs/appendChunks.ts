import { callForObject, type RunClient } from './runClient.js';
import type { Chunk, UIMessageChunk } from './uiMessageChunk.js';

/** The result of {@link appendChunks}. */
export interface AppendedChunks {
  /** The number of the next chunk. */
  nextSeq: number;
  /** Whether somebody has called {@link stopRun}. */
  stopRequested: boolean;
}

/**
 * Writes chunks of a run. Either all are written or none. Chunks that are already stored are not written again. You can
 * therefore repeat a call whose answer was lost.
 *
 * @param fromSeq the number of the first of these chunks. The first chunk of a run has the number 1.
 * @throws {@link RunOverError} if the run is over, {@link ConflictError} if another chunk has one of the numbers,
 * {@link InvalidInputError} if chunks are missing before `fromSeq`, {@link NotFoundError} if the run does not exist,
 * {@link FeatureOffError}.
 */
export async function appendChunks(
  client: RunClient,
  runId: string,
  chunks: readonly (UIMessageChunk | Chunk)[],
  fromSeq: number,
): Promise<AppendedChunks> {
  const result = await callForObject(client, 'append_chunks', {
    run_id: [runId ?? null, 'uuid'],
    chunks: [chunks ?? null, 'jsonb'],
    from_seq: [fromSeq ?? null, 'integer'],
  });
  return { nextSeq: result.next_seq, stopRequested: result.stop_requested };
}
