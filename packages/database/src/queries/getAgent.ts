import type { AgentDefinition } from '../schema/agentDefinitions.js';
import type { AgentInstance } from '../schema/agentInstances.js';
import type { AgentTool } from '../schema/agentTools.js';
import { type Client, call } from './client.js';
import type { InFormat } from './inFormat.js';
import type { Row } from './rows.js';

/** A JSON Schema. */
export type JsonSchema = Record<string, any>;

interface AgentState {
  /** Only an active agent should answer. */
  status: AgentInstance['status'];
  /** `gone` if the definition is no longer public. The agent then has neither its prompt nor its tools. */
  definition_status: 'available' | 'gone';
  /** The instance's configuration, laid over the definition's capabilities key by key. */
  configuration: Record<string, any>;
}

/** The format `rows`. */
export interface AgentRows extends AgentState {
  instance: Row<AgentInstance>;
  definition: Row<AgentDefinition> | null;
  tools: Row<AgentTool>[];
  /** The ids and names in the definition that no tool has. */
  missing_tools: string[];
}

interface ModelAgent extends AgentState {
  id: string;
  name: string;
}

/** The format `openai`: the system prompt, and `tools` of a chat-completions request. */
export interface OpenAIAgent extends ModelAgent {
  system: string | null;
  tools: { type: 'function'; function: { name: string; description: string; parameters: JsonSchema } }[];
}

/** The format `anthropic`: `system` and `tools` of a Messages request. */
export interface AnthropicAgent extends ModelAgent {
  system: { type: 'text'; text: string }[] | null;
  tools: { name: string; description: string; input_schema: JsonSchema & { type: 'object' } }[];
}

/** The format `ai-sdk`: the system prompt, and the tools by name. */
export interface AiSdkAgent extends ModelAgent {
  system: string | null;
  tools: Record<string, { description: string; inputSchema: JsonSchema }>;
}

/** The type of an agent in each format. */
export interface AgentFormats {
  rows: AgentRows;
  openai: OpenAIAgent;
  anthropic: AnthropicAgent;
  'ai-sdk': AiSdkAgent;
}

/** The name of a format of {@link getAgent}. */
export type AgentFormat = keyof AgentFormats;

/** The options of {@link getAgent}. */
export interface GetAgentOptions {
  /** The format of the result, by default `rows`. */
  format?: AgentFormat | undefined;
}

/**
 * Returns an agent: its instance, its definition and its tools, in the given format. Returns null if the instance does
 * not exist or the caller may not see it.
 *
 * ```ts
 * const agent = await getAgent(db, agentInstanceId, { format: 'openai' });
 * ```
 */
export async function getAgent<const TOptions extends GetAgentOptions = Record<never, never>>(
  client: Client,
  agentInstanceId: string,
  { format }: TOptions = {} as TOptions,
): Promise<InFormat<TOptions, AgentFormats> | null> {
  return call(client, 'get_agent', { agent_instance_id: [agentInstanceId ?? null, 'uuid'], format: [format, 'text'] });
}
