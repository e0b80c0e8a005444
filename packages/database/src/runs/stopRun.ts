import { callForObject, type RunClient } from './runClient.js';

/**
 * Asks the writer of the conversation's run to stop. It learns of this from its next call. Resolves to the run; null if
 * no run is in progress.
 *
 * @throws {@link NotFoundError} if the conversation does not exist, {@link FeatureOffError}.
 */
export async function stopRun(
  client: RunClient,
  conversationId: string,
): Promise<{ runId: string; stopRequestedAt: string } | null> {
  const result = await callForObject(client, 'stop_run', { conversation_id: [conversationId ?? null, 'text'] });
  return result.status === 'none' ? null : { runId: result.run_id, stopRequestedAt: result.stop_requested_at };
}
