import { type Client, call } from './client.js';
import type { AnthropicConversation, OpenAICompatibleMessage, OpenAIMessage } from './modelMessages.js';
import type { UIMessage } from './uiMessage.js';

/** What a context has besides its messages. */
export interface ContextFigures {
  /** What the system prompt and the messages count together. */
  tokens: number;
  /** The id of the first message that is in the context; null if none is. */
  from_message: string | null;
  /** Whether the conversation has earlier messages. */
  left_out: boolean;
}

/** The type of a context in each format. */
export interface ContextFormats {
  openai: { messages: OpenAIMessage[] } & ContextFigures;
  'openai-compatible': { messages: OpenAICompatibleMessage[] } & ContextFigures;
  anthropic: AnthropicConversation & ContextFigures;
  'ai-sdk': { messages: UIMessage[] } & ContextFigures;
}

/** The name of a format of {@link getContext}. */
export type ContextFormat = keyof ContextFormats;

/** How tokens are counted. */
export type Tokenizer = 'estimate' | 'o200k_base' | 'cl100k_base';

/** The options of {@link getContext}. */
export interface GetContextOptions<TFormat extends ContextFormat> {
  /** The window of the model, in tokens. */
  tokenBudget: number;
  /** The format of the messages, by default `openai`. */
  format?: TFormat | undefined;
  /** What stays free of the budget, for the answer and the tools. */
  reserve?: number | undefined;
  /** How tokens are counted, by default `estimate`. */
  tokenizer?: Tokenizer | undefined;
}

/**
 * Returns what fits into the window of a model: the system prompt, and as many of the newest messages as fit. Returns
 * null if the conversation does not exist or the caller may not see it.
 *
 * ```ts
 * const context = await getContext(db, id, { tokenBudget: 128_000, reserve: 8_000, format: 'anthropic' });
 * ```
 *
 * @throws {@link InvalidInputError} if an option is out of range, or if the system prompt alone does not fit.
 */
export async function getContext<TFormat extends ContextFormat = 'openai'>(
  client: Client,
  conversationId: string,
  { tokenBudget, format, reserve, tokenizer }: GetContextOptions<TFormat>,
): Promise<ContextFormats[TFormat] | null> {
  return call(client, 'get_context', {
    conversation_id: [conversationId, 'text'],
    token_budget: [tokenBudget, 'integer'],
    format: [format, 'text'],
    reserve: [reserve, 'integer'],
    tokenizer: [tokenizer, 'text'],
  });
}
