import { type Client, call } from './client.js';

/** The user who calls, by the claims of the request; null without one. */
export async function currentUserId(client: Client): Promise<string | null> {
  return call(client, 'current_user_id', {});
}
