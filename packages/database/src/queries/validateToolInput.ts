import { type Client, call } from './client.js';

/** What is wrong in the input of a tool. */
export interface ToolInputError {
  /** The place in the input, as a JSON Pointer: `/to/0`. Empty for the input itself. */
  path: string;
  /** What was wanted and what came. A model can act on it. */
  message: string;
}

/** The result of {@link validateToolInput}. */
export interface ToolInputValidity {
  valid: boolean;
  /** All errors; empty if the input is valid. */
  errors: ToolInputError[];
}

/**
 * Validates the input of a tool by the JSON Schema in `agent_tools`.
 *
 * ```ts
 * const { valid, errors } = await validateToolInput(db, 'get_weather', { city: 7 });
 * // errors: [{ path: '/city', message: 'must be a string, but is the number 7' }]
 * ```
 *
 * @param tool the id or the name of the tool.
 * @throws {@link NotFoundError} if the tool does not exist.
 */
export async function validateToolInput(client: Client, tool: string, input: unknown): Promise<ToolInputValidity> {
  return call(client, 'validate_tool_input', { tool: [tool ?? null, 'text'], input: [input ?? null, 'jsonb'] });
}
