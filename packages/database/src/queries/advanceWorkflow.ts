import type { Workflow } from '../schema/workflows.js';
import { type Client, call } from './client.js';

/** What {@link advanceWorkflow} changes. */
export interface WorkflowProgress {
  /** The new status: from pending to running, from running to completed or failed, from failed to running again. */
  status?: Workflow['status'] | undefined;
  /** A step to append. */
  step?: Record<string, unknown> | undefined;
  /** The result: any JSON value but null. It replaces the previous one. */
  result?: unknown;
}

/** A workflow after {@link advanceWorkflow}, without its steps and its result. */
export interface AdvancedWorkflow {
  id: string;
  workflow_id: string;
  status: Workflow['status'];
  /** How many steps the workflow has. */
  step_count: number;
  /** The time of the change, in ISO 8601 with six digits and `Z`. */
  updated_at: string;
}

/**
 * Appends a step to a workflow, moves its status and sets its result, all at once. Many workers can call it at the same
 * time, and no step is lost.
 *
 * ```ts
 * await advanceWorkflow(db, id, { status: 'running' });
 * await advanceWorkflow(db, id, { step: { name: 'search', hits: 3 } });
 * await advanceWorkflow(db, id, { status: 'completed', result: { report: '…' } });
 * ```
 *
 * @throws {@link NotFoundError} if the workflow does not exist, {@link WorkflowStatusError} if it cannot change to this
 * status.
 */
export async function advanceWorkflow(
  client: Client,
  id: string,
  { status, step, result }: WorkflowProgress,
): Promise<AdvancedWorkflow> {
  return call(client, 'advance_workflow', {
    id: [id ?? null, 'uuid'],
    status: [status, 'text'],
    step: [step, 'jsonb'],
    result: [result, 'jsonb'],
  });
}
