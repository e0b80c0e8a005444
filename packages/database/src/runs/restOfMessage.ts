import type { UIMessage } from '../queries/uiMessage.js';
import type { Chunk } from './uiMessageChunk.js';

// finish_run() deletes the chunks of a run. A reader that has not read the last ones gets what is missing from the stored
// message.

/** What a reader knows of a part, from the chunks that it has read. */
interface SeenPart {
  /** The type, without the name of the tool. */
  kind: string;
  /** The id of the text, or of the call of the tool. */
  id?: string;
  text?: string;
  isOpen?: boolean;
  stage?: number;
  data?: unknown;
}

// How far the call of a tool has come. A preliminary output comes before the output.
const stages: Record<string, number> = {
  'tool-input-start': 0,
  'tool-input-available': 1,
  'tool-approval-request': 2,
  'tool-approval-response': 3,
  'tool-input-error': 5,
  'tool-output-available': 5,
  'tool-output-error': 5,
  'tool-output-denied': 5,
};
const preliminaryStage = 4;

const stageOf = ({ type, preliminary }: Chunk): number => (preliminary ? preliminaryStage : (stages[type] ?? -1));

const ends = new Set(['finish', 'abort', 'error']);

/** What a reader has read so far of an answer. */
export class SeenChunks {
  #hasStarted = false;
  #hasEnded = false;
  #isInStep = false;
  #parts: SeenPart[] = [];

  /** Whether the answer has begun. */
  get hasStarted(): boolean {
    return this.#hasStarted;
  }

  /** Takes note of a chunk, and returns it. */
  see<TChunk extends Chunk>(chunk: TChunk): TChunk {
    // A chunk can be any object of the application.
    const type = String(chunk.type);
    const [, kind, event = ''] = /^(text|reasoning)-(start|delta|end)$/.exec(type) ?? [];
    if (kind) this.#seeText(kind, event, chunk);
    else if (type in stages) this.#seeTool(chunk);
    else if (type === 'start') this.#hasStarted = true;
    else if (ends.has(type)) this.#end(type);
    else if (type === 'start-step') this.#step(true);
    else if (type === 'finish-step') this.#step(false);
    else if (type === 'reset-step')
      this.#parts.splice(this.#parts.findLastIndex((part) => part.kind === 'step-start') + 1);
    else if (type.startsWith('data-')) this.#seeData(chunk);
    else if (makesPart.has(type)) this.#parts.push({ kind: type });
    return chunk;
  }

  #end(type: string) {
    this.#hasEnded = true;
    // A text may go on after an error. Nothing goes on after the other ends, but in a stream that was merged from several,
    // more parts may follow the first end.
    if (type !== 'error') this.#close();
  }

  #close() {
    for (const part of this.#parts) part.isOpen = false;
  }

  #seeText(kind: string, event: string, { id, delta }: Chunk) {
    if (event === 'start') this.#parts.push({ kind, id, text: '', isOpen: true });
    const part = this.#parts.findLast((seen) => seen.kind === kind && seen.id === id && seen.isOpen);
    if (part && event === 'delta') part.text += delta;
    if (part && event === 'end') part.isOpen = false;
  }

  #seeTool(chunk: Chunk) {
    const id = chunk.toolCallId;
    let part = this.#parts.findLast((seen) => seen.kind === 'tool' && seen.id === id);
    // With the name of a tool, it is a new call. Its id may be that of a call in an earlier step.
    const stepAt = this.#parts.findLastIndex((seen) => seen.kind === 'step-start');
    if (chunk.toolName !== undefined && (!part || this.#parts.indexOf(part) < stepAt)) {
      part = { kind: 'tool', id };
      this.#parts.push(part);
    }
    if (part) part.stage = stageOf(chunk);
  }

  #seeData({ type, id, data, transient }: Chunk) {
    if (transient) return;
    const known = id === undefined ? undefined : this.#parts.find((part) => part.kind === type && part.id === id);
    if (known) known.data = data;
    else this.#parts.push({ kind: type, id, data });
  }

  #step(begins: boolean) {
    this.#isInStep = begins;
    if (begins) this.#parts.push({ kind: 'step-start' });
    else this.#close();
  }

  /**
   * Returns the chunks that are missing to make the message of what has been seen, without the last chunk. It is empty
   * from the first part on that the chunks cannot have made.
   */
  restOf(message: UIMessage): Chunk[] {
    const rest: Chunk[] = this.#hasStarted ? [] : [{ type: 'start', messageId: message.id }];
    const seen = [...this.#parts];
    for (const [index, part] of (message.parts as Chunk[]).entries()) {
      const kind = kindOf(part);
      while (seen[0] && isDropped(seen[0], seen[1], kind, part)) rest.push(...seen.splice(0, 1).flatMap(closing));
      const known = seen.shift();
      if (known && known.kind !== kind) return rest;
      if (kind === 'step-start' && !known && this.#isInStep) rest.push({ type: 'finish-step' });
      const missing = chunksOf(part, known, `rest-${index}`);
      if (!missing) return rest;
      rest.push(...missing);
    }
    return [...rest, ...seen.flatMap(closing)];
  }

  /** Returns the chunk that ends the answer, if none has been seen. */
  endOf(status: string, message: UIMessage | undefined): Chunk[] {
    if (this.#hasEnded) return [];
    const messageMetadata = metadataOf(message);
    if (status === 'stopped') return [{ type: 'abort' }];
    if (status === 'failed') return [{ type: 'error', errorText: 'The answer was interrupted.' }];
    return [
      ...(this.#isInStep ? [{ type: 'finish-step' }] : []),
      { type: 'finish', ...(messageMetadata ? { messageMetadata } : {}) },
    ];
  }
}

const makesPart = new Set(['file', 'reasoning-file', 'source-url', 'source-document', 'custom', 'steering-message']);

const kindOf = ({ type }: Chunk) => (type === 'dynamic-tool' || type.startsWith('tool-') ? 'tool' : type);

/** Returns the metadata without the time that get_conversation() adds. */
function metadataOf(message: UIMessage | undefined): object | undefined {
  const { createdAt, ...metadata } = Object(message?.metadata);
  return Object.keys(metadata).length ? metadata : undefined;
}

// A text without content is not in an interrupted message.
const isDropped = (seen: SeenPart, next: SeenPart | undefined, kind: string, { text }: Chunk) =>
  seen.text === '' &&
  (seen.kind !== kind ||
    (!seen.isOpen && text !== '') ||
    (next?.kind === kind && !!next.text && text.startsWith(next.text)));

const closing = ({ kind, id, isOpen }: SeenPart): Chunk[] => (isOpen ? [{ type: `${kind}-end`, id }] : []);

/** Makes an object of the fields that are defined. */
const defined = (chunk: Chunk): Chunk =>
  Object.fromEntries(Object.entries(chunk).filter(([, value]) => value !== undefined)) as Chunk;

/** Returns the chunks of a part that are missing; undefined if the part cannot come of what is known of it. */
function chunksOf(part: Chunk, known: SeenPart | undefined, newId: string): Chunk[] | undefined {
  const { type } = part;
  const kind = kindOf(part);
  if (type === 'text' || type === 'reasoning') return chunksOfText(part, known, newId);
  if (kind === 'tool') {
    if (known && known.id !== part.toolCallId) return undefined;
    return chunksOfTool(part).filter((chunk) => stageOf(chunk) > (known?.stage ?? -1));
  }
  const isNewer = part.id !== undefined && JSON.stringify(part.data) !== JSON.stringify(known?.data);
  if (known && !(type.startsWith('data-') && isNewer)) return [];
  if (type === 'step-start') return [{ type: 'start-step' }];
  // A chunk of a file has no name.
  const { filename, ...file } = part;
  return [type === 'file' ? (file as Chunk) : part];
}

function chunksOfText(part: Chunk, known: SeenPart | undefined, newId: string): Chunk[] | undefined {
  const { type, text, providerMetadata, citations } = part;
  if (known && !text.startsWith(known.text)) return undefined;
  if (known && !known.isOpen) return [];
  const id = known?.id ?? newId;
  const delta = text.slice(known?.text?.length ?? 0);
  return [
    ...(known ? [] : [{ type: `${type}-start`, id }]),
    ...(delta ? [{ type: `${type}-delta`, id, delta }] : []),
    defined({ type: `${type}-end`, id, providerMetadata, citations }),
  ];
}

function chunksOfTool(part: Chunk): Chunk[] {
  const { toolCallId, state, input, rawInput, output, errorText, approval, providerExecuted, preliminary } = part;
  const isDynamic = part.type === 'dynamic-tool';
  const named = {
    toolCallId,
    toolName: isDynamic ? part.toolName : part.type.slice('tool-'.length),
    title: part.title,
    toolMetadata: part.toolMetadata,
    providerExecuted,
    providerMetadata: part.callProviderMetadata,
    ...(isDynamic ? { dynamic: true } : {}),
  };
  const ofResult = { toolCallId, providerExecuted, providerMetadata: part.resultProviderMetadata };
  if (state === 'input-streaming') return [defined({ type: 'tool-input-start', ...named })];
  // The input did not match the tool's schema.
  if (state === 'output-error' && input === undefined) {
    const { providerMetadata } = ofResult;
    return [defined({ type: 'tool-input-error', ...named, providerMetadata, input: rawInput ?? null, errorText })];
  }
  const chunks: Chunk[] = [{ type: 'tool-input-available', ...named, input }];
  if (approval && state !== 'output-available' && state !== 'output-error') {
    const { id, descriptor, inputSchemaInput, signature } = approval;
    chunks.push({
      type: 'tool-approval-request',
      toolCallId,
      approvalId: id,
      approvalDescriptor: descriptor,
      inputSchemaInput,
      signature,
    });
  }
  if (state === 'output-available') chunks.push({ type: 'tool-output-available', ...ofResult, output, preliminary });
  if (state === 'output-error') chunks.push({ type: 'tool-output-error', ...ofResult, errorText });
  if (state === 'output-denied') chunks.push({ type: 'tool-output-denied', toolCallId });
  return chunks.map(defined);
}
