import { type AppendedMessage, type MessageFormat, type MessageInputs, withDates } from '../queries/appendMessages.js';
import { callForObject, type RunClient } from './runClient.js';
import type { RunEnd } from './startRun.js';

/** The options of {@link finishRun}. */
export interface FinishRunOptions<TFormat extends MessageFormat = 'ai-sdk'> {
  /** The answer, as in `appendMessages`. */
  messages?: MessageInputs[TFormat] | readonly MessageInputs[TFormat][] | undefined;
  /** The format of the messages, by default `ai-sdk`. */
  format?: TFormat | undefined;
  /** What went wrong, for `runs.error`. */
  error?: unknown;
  /** Added to the run's metadata, key by key. */
  metadata?: Record<string, unknown> | undefined;
}

/** The result of {@link finishRun}. */
export interface FinishedRun {
  runId: string;
  messageId: string;
  status: RunEnd;
  /** The time of the end, in ISO 8601 with six digits and `Z`. */
  finishedAt: string;
  /** The messages that this call has written. */
  messages: AppendedMessage[];
}

/**
 * Ends a run: writes the answer, marks the run, and deletes its chunks, all or nothing. A repeated call writes nothing.
 *
 * @throws {@link RunOverError} if the run has ended with another status, {@link NotFoundError} if it does not exist,
 * {@link InvalidInputError} with the path of the wrong value, {@link ConflictError} if a message's id belongs to a
 * message of another conversation, {@link FeatureOffError}.
 */
export async function finishRun<TFormat extends MessageFormat = 'ai-sdk'>(
  client: RunClient,
  runId: string,
  status: RunEnd,
  { messages, format, error, metadata }: FinishRunOptions<TFormat> = {},
): Promise<FinishedRun> {
  const result = await callForObject(client, 'finish_run', {
    run_id: [runId ?? null, 'uuid'],
    status: [status ?? null, 'text'],
    messages: [messages && withDates(messages), 'jsonb'],
    format: [format, 'text'],
    error: [error, 'jsonb'],
    metadata: [metadata, 'jsonb'],
  });
  return {
    runId: result.run_id,
    messageId: result.message_id,
    status: result.status,
    finishedAt: result.finished_at,
    messages: result.messages,
  };
}
