import { type Client, call } from './client.js';

/** How many agents a user has and may have. */
export interface AgentUsage {
  /** How many agents the user may have; -1 means no limit. */
  limit: number;
  /** How many agents the user has, not counting archived ones. */
  used: number;
  /** How many more agents the user may have; null without a limit. */
  remaining: number | null;
  /** The plan of the subscription that sets the limit; null without a subscription. */
  plan: string | null;
}

/** Returns how many agents a user (by default the caller) has and may have; null if the user does not exist. */
export async function agentUsage(
  client: Client,
  { userId }: { userId?: string | undefined } = {},
): Promise<AgentUsage | null> {
  return call(client, 'agent_usage', { user_id: [userId, 'uuid'] });
}
