import { AgentchatError } from '../errors.js';

/** How long to try again, in milliseconds. A restart of PostgreSQL takes less. */
const patience = 60_000;

const longestWait = 2_000;

// The classes of SQLSTATEs that say that the same statement will fail again. 08 is a lost connection, 25006 a server that
// is read-only during a failover, and 40 a conflict of transactions.
const lasting = /^(?!08|25006|40)[0-4][0-9A-Z]{4}$|^(?:PT|P0|F0|HV|XX)[0-9A-Z]{3}$/;

/** Tells whether the call may succeed if it is repeated: the connection was lost, or the server restarts. */
export function isPassing(error: unknown): boolean {
  for (let depth = 0; typeof error === 'object' && error !== null && depth < 10; depth += 1) {
    const { code, status, cause } = error as { code?: unknown; status?: unknown; cause?: unknown };
    if (error instanceof AgentchatError || (typeof code === 'string' && lasting.test(code))) return false;
    // A value that cannot be sent. The error of fetch() has the cause.
    if (error instanceof RangeError || (error instanceof TypeError && cause === undefined)) return false;
    // PostgREST's own errors, such as an expired token.
    if (typeof status === 'number' && status >= 400 && status < 500) return false;
    error = cause;
  }
  return true;
}

/** Waits, or less if the signal aborts. */
export function sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, milliseconds);
    signal?.addEventListener('abort', end);
    if (signal?.aborted) end();
  });
}

/** Repeats work that fails because the connection is lost or the server restarts. Other errors it throws. */
export async function retrying<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  const end = Date.now() + patience;
  for (let wait = 100; ; wait = Math.min(wait * 2, longestWait)) {
    try {
      return await work();
    } catch (error) {
      if (!isPassing(error) || signal?.aborted || Date.now() + wait > end) throw error;
    }
    await sleep(wait, signal);
  }
}
