/** A value in a file: an item of the array that the file consists of. */
export interface JsonItem {
  /** Counts from 1. */
  number: number;
  /** The place of its first byte in the file. The first byte of the file has the place 0. */
  offset: number;
  /** Its number of bytes. */
  bytes: number;
  /** The bytes of the file. Undefined if there are more than the allowed number. */
  json: Buffer | undefined;
}

/** The file is not JSON, or its end is missing. */
export class UnreadableJsonError extends Error {}

const isOneOf = (characters: string) => {
  const table = Uint8Array.from({ length: 256 }, (_, byte) => +characters.includes(String.fromCharCode(byte)));
  return (byte: number) => table[byte] === 1;
};

const isBlank = isOneOf(' \t\r\n');
const opens = isOneOf('{[');
const closes = isOneOf('}]');
const endsScalar = isOneOf(' \t\r\n,]');
const beginsScalar = isOneOf('-0123456789tfn');
const quote = 0x22;
const comma = 0x2c;
const openBracket = 0x5b;
const backslash = 0x5c;
const closeBracket = 0x5d;
const byteOrderMark = [0xef, 0xbb, 0xbf];

type Place = 'value' | 'first value' | 'comma' | 'nested' | 'string' | 'scalar';

/**
 * Yields the values of a file of any size, one at a time: the items of an array, or values one after the other, such as
 * one a line. It looks only for the ends of values. The database reads them, and reports what is wrong inside.
 *
 * JSON.parse() would need the whole file in memory, and would round numbers with more digits than JavaScript's have.
 */
export async function* jsonItems(
  chunks: AsyncIterable<Uint8Array>,
  { maxBytes }: { maxBytes: number },
): AsyncGenerator<JsonItem, void> {
  // Between values: what may come next. Otherwise: the kind of value that the next byte is in.
  let place: Place = 'first value';
  let isInArray = false;
  let depth = 0;
  let isInString = false;
  let isEscaped = false;
  let hasValues = false;

  let chunkOffset = 0;
  let pieces: Uint8Array[] = [];
  let item = { number: 0, offset: 0, bytes: 0 };

  const add = (piece: Uint8Array) => {
    item.bytes += piece.length;
    if (item.bytes <= maxBytes) pieces.push(piece);
    else pieces = [];
  };
  const finished = (): JsonItem => {
    const json = item.bytes <= maxBytes ? Buffer.concat(pieces) : undefined;
    pieces = [];
    return { ...item, json };
  };

  /** Tells whether the byte is the last one of the current value, or the first one after a number or a literal. */
  const ends = (byte: number): boolean => {
    if (place === 'scalar') return endsScalar(byte);
    if (isInString) {
      if (isEscaped) isEscaped = false;
      else if (byte === backslash) isEscaped = true;
      else if (byte === quote) isInString = false;
      return place === 'string' && !isInString;
    }
    if (byte === quote) isInString = true;
    else if (opens(byte)) depth += 1;
    else if (closes(byte)) depth -= 1;
    return depth === 0;
  };

  /** Handles a byte between values. Tells whether a value begins. */
  const begins = (byte: number, offset: number): boolean => {
    if (isBlank(byte) || byteOrderMark[offset] === byte) return false;
    if (isInArray && byte === closeBracket && place !== 'value') {
      isInArray = false;
      place = 'first value';
      return false;
    }
    if (place === 'comma' && byte === comma) {
      place = 'value';
      return false;
    }
    if (place !== 'comma' && byte === openBracket && !isInArray) {
      isInArray = true;
      hasValues = true;
      place = 'first value';
      return false;
    }
    if (place === 'comma' || !(opens(byte) || byte === quote || beginsScalar(byte))) {
      const found = JSON.stringify(String.fromCharCode(byte));
      throw new UnreadableJsonError(`byte ${offset} is ${found}, after ${item.number} values`);
    }
    place = opens(byte) ? 'nested' : byte === quote ? 'string' : 'scalar';
    depth = 1;
    isInString = place === 'string';
    hasValues = true;
    item = { number: item.number + 1, offset, bytes: 0 };
    return true;
  };

  const isInScalar = () => place === 'scalar';
  const isInValue = () => isInScalar() || place === 'nested' || place === 'string';

  for await (const chunk of chunks) {
    // Where the bytes begin that the current value does not have yet.
    let start = 0;
    for (let i = 0; i < chunk.length; i += 1) {
      const byte = chunk[i] as number;
      if (isInValue()) {
        if (!ends(byte)) continue;
        const isScalar = isInScalar();
        add(chunk.subarray(start, isScalar ? i : i + 1));
        yield finished();
        place = isInArray ? 'comma' : 'first value';
        if (!isScalar) continue;
      }
      if (begins(byte, chunkOffset + i)) start = i;
    }
    if (isInValue()) add(chunk.subarray(start));
    chunkOffset += chunk.length;
  }

  if (isInScalar() && !isInArray) yield finished();
  else if (isInValue() || isInArray) {
    const where = isInValue() ? `in value ${item.number}` : `after value ${item.number}`;
    throw new UnreadableJsonError(`it ends too early, after ${chunkOffset} bytes, ${where}`);
  } else if (!hasValues) throw new UnreadableJsonError('it is empty');
}
