import { type Client, call } from '../queries/client.js';

/**
 * A client, or a function that does work with one. A run takes many calls, and each must be a transaction of its own:
 *
 * ```ts
 * const run = await startRun((work) => asUser(db, userId, work), conversationId);
 * ```
 */
export type RunClient = Client | (<T>(work: (client: Client) => Promise<T>) => Promise<T>);

/** Does work with the client. */
export const using = <T>(client: RunClient, work: (client: Client) => Promise<T>): Promise<T> =>
  typeof client === 'function' ? client(work) : work(client);

/** Calls a function of the extension whose result is a JSON object. */
export const callForObject = (
  client: RunClient,
  ...[name, args]: Parameters<typeof call> extends [any, ...infer T] ? T : never
) =>
  using(client, async (of) => {
    const value = await call(of, name, args);
    // An application can configure its driver not to parse JSON.
    return typeof value === 'string' ? JSON.parse(value) : value;
  });
