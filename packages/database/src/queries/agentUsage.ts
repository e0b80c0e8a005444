import { type Client, call } from './client.js';

export interface AgentUsage {
  /** How many agents the user may have; -1 is no limit. */
  limit: number;
  /** How many there are, archived ones not counted. */
  used: number;
  /** How many more there may be; null without a limit. */
  remaining: number | null;
  /** The plan of the subscription that the limit is from; null without one. */
  plan: string | null;
}

/** How many agents a user (by default the caller) has and may have; null where there is no such user. */
export async function agentUsage(
  client: Client,
  { userId }: { userId?: string | undefined } = {},
): Promise<AgentUsage | null> {
  return call(client, 'agent_usage', { user_id: [userId, 'uuid'] });
}
