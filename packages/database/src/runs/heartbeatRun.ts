import { callForObject, type RunClient } from './runClient.js';

/**
 * Says that the writer of a run is alive although no chunk comes, such as while a tool runs.
 *
 * @throws {@link RunOverError} if the run is over, {@link NotFoundError} if it does not exist, {@link FeatureOffError}.
 */
export async function heartbeatRun(client: RunClient, runId: string): Promise<{ stopRequested: boolean }> {
  const result = await callForObject(client, 'heartbeat_run', { run_id: [runId ?? null, 'uuid'] });
  return { stopRequested: result.stop_requested };
}
