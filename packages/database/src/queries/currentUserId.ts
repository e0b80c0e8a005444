import { type Client, call } from './client.js';

/** Returns the id of the caller, from the claims of the request; null without a user. */
export async function currentUserId(client: Client): Promise<string | null> {
  return call(client, 'current_user_id', {});
}
