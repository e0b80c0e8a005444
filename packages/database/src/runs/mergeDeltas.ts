import type { Chunk } from './uiMessageChunk.js';

// The chunks that carry a piece of a text: what names the text, and the piece.
const deltas: Record<string, { of: string; piece: string }> = {
  'text-delta': { of: 'id', piece: 'delta' },
  'reasoning-delta': { of: 'id', piece: 'delta' },
  'tool-input-delta': { of: 'toolCallId', piece: 'inputTextDelta' },
};

const isPlain = (chunk: Chunk) => Object.values(chunk).filter((value) => value !== undefined).length === 3;

/** Adds a chunk to the list. A delta continues the delta before it if both are of the same text. */
export function addMerged(chunks: Chunk[], chunk: Chunk): void {
  const last = chunks.at(-1);
  const delta = deltas[chunk.type];
  // A delta with metadata of the provider stays a chunk of its own.
  if (
    last &&
    delta &&
    last.type === chunk.type &&
    last[delta.of] === chunk[delta.of] &&
    isPlain(last) &&
    isPlain(chunk)
  ) {
    chunks[chunks.length - 1] = { ...last, [delta.piece]: last[delta.piece] + chunk[delta.piece] };
  } else {
    chunks.push(chunk);
  }
}

/** Merges adjacent deltas of the same text. The message that the chunks make stays the same. */
export function mergeDeltas(chunks: readonly Chunk[]): Chunk[] {
  const merged: Chunk[] = [];
  for (const chunk of chunks) addMerged(merged, chunk);
  return merged;
}

/** Tells whether the chunk ends with the first half of a surrogate pair, which PostgreSQL cannot store alone. */
export function endsInHalf(chunk: Chunk | undefined): boolean {
  const piece = chunk && deltas[chunk.type]?.piece;
  return piece !== undefined && /[\ud800-\udbff]$/.test(String(chunk?.[piece]));
}
