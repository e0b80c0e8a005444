import { aiSdk } from '../aiSdk.js';
import type { UIMessage, UIMessagePart } from '../queries/uiMessage.js';
import type { Chunk } from './uiMessageChunk.js';

const streamOf = (chunks: readonly Chunk[]) =>
  new ReadableStream<Chunk>({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(chunk);
      controller.close();
    },
  });

/**
 * Assembles the message of the chunks as useChat does, by the AI SDK. It ends before a chunk that the AI SDK refuses.
 *
 * @param message what the chunks continue: the stored message, or one without parts.
 * @param onProblem is told why a chunk is refused.
 */
export async function assembledMessage(
  chunks: readonly Chunk[],
  message: UIMessage,
  onProblem: (error: unknown) => void = () => {},
): Promise<UIMessage> {
  const { readUIMessageStream } = await aiSdk();
  // A start with another id would begin another message, and an error would be reported, although nothing is wrong here.
  const kept = chunks
    .filter(({ type }) => type !== 'error')
    .map((chunk) => (chunk.type === 'start' ? { ...chunk, messageId: undefined } : chunk));
  let assembled = message;
  const states = readUIMessageStream({
    message: structuredClone(message),
    stream: streamOf(kept),
    onError: onProblem,
  });
  for await (const state of states) assembled = state;
  return assembled;
}

/** Makes a message without parts, for {@link assembledMessage}. */
export const emptyMessage = (id: string): UIMessage => ({ id, role: 'assistant', parts: [] });

const isEmptyText = (part: UIMessagePart) => (part.type === 'text' || part.type === 'reasoning') && part.text === '';

/** Tells whether the message has no content. Such a message is not stored, because models refuse it in a prompt. */
export const isEmpty = ({ parts }: UIMessage): boolean =>
  parts.every((part) => part.type === 'step-start' || isEmptyText(part));

/**
 * Completes a message that was interrupted. Its texts are done. A call of a tool without a result gets an error as its
 * result, because models refuse a call without one.
 */
export const interrupted = (message: UIMessage): UIMessage => ({
  ...message,
  parts: message.parts.flatMap((part) => completed(part)),
});

function completed(part: UIMessagePart): UIMessagePart[] {
  if (part.type === 'text' || part.type === 'reasoning') {
    // Some providers keep an encrypted text in the metadata of a reasoning without text.
    return part.text === '' && !part.providerMetadata ? [] : [{ ...part, state: 'done' }];
  }
  return [isTool(part) ? withResult(part) : part];
}

type ToolPart = Extract<UIMessagePart, { toolCallId: string }>;

const isTool = (part: UIMessagePart): part is ToolPart => 'toolCallId' in part;

function withResult(part: ToolPart): ToolPart {
  const { state } = part;
  if (state === 'approval-responded' && !part.approval.approved) return { ...part, state: 'output-denied' } as ToolPart;
  if (state !== 'input-streaming' && state !== 'input-available' && state !== 'approval-responded') return part;
  const { rawInput, inputEncoding, ...call } = part as ToolPart & { rawInput?: unknown; inputEncoding?: unknown };
  return {
    ...call,
    state: 'output-error',
    // A model refuses a call without input, too.
    input: part.input ?? {},
    errorText: 'The call was interrupted.',
  } as ToolPart;
}
