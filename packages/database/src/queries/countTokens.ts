import { type DrizzleClient, type DrizzleInSchema, rowsOf } from './client.js';
import type { Tokenizer } from './getContext.js';

/**
 * Counts the tokens of a text. Any user may call it, with Drizzle. PostgREST does not offer it.
 *
 * ```ts
 * const tokens = await countTokens(db, text, 'estimate');
 * ```
 *
 * @param tokenizer how the tokens are counted. The default is `o200k_base`.
 * @throws {@link InvalidInputError} if the tokenizer is unknown, {@link TooLargeError} if the text has more than 16 MB
 * in a row that the tokenizer does not split.
 */
export async function countTokens(
  db: DrizzleClient | DrizzleInSchema,
  text: string,
  tokenizer?: Tokenizer | undefined,
): Promise<number> {
  const [row] = await rowsOf(db, 'count_tokens', { text: [text, 'text'], tokenizer: [tokenizer, 'text'] });
  // A bigint, which the drivers return as text.
  return Number(row.count_tokens);
}
