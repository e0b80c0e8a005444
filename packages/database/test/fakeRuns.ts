import { randomUUID } from 'node:crypto';
import type { Chunk, SupabaseClient, UIMessage } from '@agentchat/database';

interface FakeRun {
  runId: string;
  messageId: string;
  status: string;
  stopRequested: boolean;
  chunks: Chunk[];
  aliveAt: number;
}

const refused = (code: string, message: string, details = '') => ({
  data: null,
  error: { code, message, details, hint: '' },
  status: 400,
});

/** The functions of the feature `runs` for one conversation, in memory. */
export class FakeRuns implements SupabaseClient {
  readonly messages: UIMessage[] = [];
  readonly runs: FakeRun[] = [];
  readonly calls: string[] = [];
  /** Answers are lost after the call was done, or before, with these names of functions. */
  readonly lost: { name: string; isDone: boolean }[] = [];

  async rpc(name: string, args: any): Promise<any> {
    await new Promise((resolve) => setTimeout(resolve, 1));
    this.calls.push(name);
    const index = this.lost.findIndex((lost) => lost.name === name);
    const [lost] = index < 0 ? [] : this.lost.splice(index, 1);
    const result = lost && !lost.isDone ? undefined : this.#do(name, JSON.parse(JSON.stringify(args)));
    if (lost) return { data: null, error: { code: '', message: 'TypeError: fetch failed' }, status: 0 };
    return 'error' in result ? result : { data: result, error: null, status: 200 };
  }

  #do(name: string, args: any): any {
    const run = this.runs.find((one) => (args.run_id ? one.runId === args.run_id : one.status === 'running'));
    const staleAfter = Number.parseInt(args.stale_after ?? '30000', 10);
    if (name === 'start_run') return this.#start(staleAfter, args.message_id);
    if (name === 'recover_run') return this.#recover(staleAfter);
    if (name === 'get_conversation_json') return this.messages.slice(-args.message_limit);
    if (name === 'read_chunks') return run ? this.#read(run, args) : { status: 'none' };
    if (name === 'stop_run' && !run) return { status: 'none' };
    if (!run) return refused('PT404', 'run not found');
    if (name === 'finish_run') return this.#finish(run, args);
    if (run.status !== 'running') return refused('PT409', 'run is over', `Run ${run.runId} is ${run.status}.`);
    if (name === 'stop_run') run.stopRequested = true;
    else run.aliveAt = Date.now();
    if (name === 'append_chunks') return this.#append(run, args);
    return { run_id: run.runId, stop_requested: run.stopRequested };
  }

  #start(staleAfter: number, messageId = randomUUID()) {
    const other = this.runs.find(({ status }) => status === 'running');
    if (other && Date.now() - other.aliveAt < staleAfter) {
      return refused('PT409', 'a run is in progress', `The run ${other.runId} is in progress.`);
    }
    if (other) other.status = 'failed';
    const run = {
      runId: randomUUID(),
      messageId,
      status: 'running',
      stopRequested: false,
      chunks: [],
      aliveAt: Date.now(),
    };
    this.runs.push(run);
    const taken = other && { run_id: other.runId, message_id: other.messageId, has_chunks: other.chunks.length > 0 };
    return { run_id: run.runId, message_id: run.messageId, next_seq: 1, taken_over: taken ?? null };
  }

  #append(run: FakeRun, { chunks, from_seq: from }: { chunks: Chunk[]; from_seq: number }) {
    if (from > run.chunks.length + 1) return refused('22023', 'chunks are missing');
    for (const [index, chunk] of chunks.entries()) {
      const stored = run.chunks[from - 1 + index];
      if (stored && JSON.stringify(stored) !== JSON.stringify(chunk)) return refused('PT409', 'chunk differs');
      run.chunks[from - 1 + index] = chunk;
    }
    return { next_seq: run.chunks.length + 1, stop_requested: run.stopRequested };
  }

  #read(run: FakeRun, { after = 0, max = 1000 }) {
    const chunks = run.chunks.slice(after, after + max);
    return {
      run_id: run.runId,
      message_id: run.messageId,
      status: run.status,
      stop_requested: run.stopRequested,
      chunks,
      next: after + chunks.length,
      ...(run.status === 'running' ? { idle_ms: Date.now() - run.aliveAt } : {}),
    };
  }

  #finish(run: FakeRun, { status, messages }: { status: string; messages?: UIMessage }) {
    const isSaving = run.status === 'running' || (run.status === 'failed' && run.chunks.length > 0);
    if (run.status !== 'running' && run.status !== status) {
      return refused('PT409', 'run is over', `Run ${run.runId} is ${run.status}.`);
    }
    run.status = status;
    const written = isSaving && messages ? [messages].flat() : [];
    for (const message of written) {
      const index = this.messages.findIndex(({ id }) => id === message.id);
      if (index < 0) this.messages.push(message);
      else this.messages[index] = message;
    }
    run.chunks = [];
    return { run_id: run.runId, message_id: run.messageId, status, messages: written.map(({ id }) => ({ id })) };
  }

  #recover(staleAfter: number) {
    for (const run of this.runs) {
      if (run.status === 'running' && Date.now() - run.aliveAt >= staleAfter) run.status = 'failed';
      if (run.status === 'failed' && run.chunks.length) {
        return { run_id: run.runId, message_id: run.messageId, status: 'failed' };
      }
    }
    return { status: 'none' };
  }
}
