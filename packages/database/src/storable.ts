import { InvalidInputError } from './errors.js';

// PostgreSQL stores neither U+0000 nor a half of a surrogate pair, in text or in jsonb. Outputs of tools, text from PDFs,
// and text that was cut in the middle of an emoji contain them.

/** What to do with text that PostgreSQL cannot store: store U+FFFD in place of the character, or throw. */
export type UnstorableText = 'replace' | 'refuse';

let mode: UnstorableText = 'replace';

/**
 * Tells what to do with U+0000 and with halves of surrogate pairs, which PostgreSQL cannot store. `replace`, the
 * default, stores U+FFFD (�) in their place. `refuse` throws {@link InvalidInputError} with the path of the text. It
 * holds for the whole process.
 */
export function onUnstorableText(action: UnstorableText): void {
  mode = action;
}

const unstorable = /\0|\p{Surrogate}/u;
const allUnstorable = new RegExp(unstorable, 'gu');

// JSON.stringify writes each of these characters as an escape. The last alternative passes over other escapes, which
// include escaped backslashes.
const unstorableEscape = /\\u(?:0000|d[89a-f][0-9a-f]{2})|\\./g;

/**
 * Replaces what PostgreSQL cannot store in a text, and in all texts and keys of a value for jsonb: U+0000 and halves of
 * surrogate pairs become U+FFFD. Returns the value itself if it contains none of them, and otherwise a copy as
 * JSON.parse would read it. The package's queries and columns do this by themselves. Call it for your own statements
 * with supabase-js and for values in your own SQL.
 *
 * ```ts
 * await supabase.from('messages').insert(storable({ conversation_id: id, role: 'user', content }));
 * ```
 *
 * @param path the place of the value in the input, for the error of {@link onUnstorableText}'s `refuse`.
 */
export function storable<TValue>(value: TValue, path = ''): TValue {
  if (typeof value === 'string') {
    if (!unstorable.test(value)) return value;
    refuseIfAsked(value, path);
    return value.replaceAll(allUnstorable, '\ufffd') as TValue;
  }
  if (typeof value !== 'object' || value === null) return value;
  // Undefined if toJSON returns undefined.
  const json: string | undefined = JSON.stringify(value);
  if (json === undefined) return value;
  const replaced = storableJson(json, path);
  return replaced === json ? value : JSON.parse(replaced);
}

/** Does the same in JSON text that JSON.stringify has written. */
export function storableJson(json: string, path: string): string {
  const replaced = json.replaceAll(unstorableEscape, (found) => (found.length > 2 ? '\ufffd' : found));
  if (replaced !== json) refuseIfAsked(JSON.parse(json), path);
  return replaced;
}

// JSON of other programs has escapes of whole surrogate pairs, too.
const unstorableEscapeOrPair = /\\u(?:d[89ab][0-9a-f]{2}\\ud[c-f][0-9a-f]{2}|0000|d[89a-f][0-9a-f]{2})|\\./gi;

/** Replaces what PostgreSQL cannot store in any JSON text, and counts the characters. */
export function storableJsonOf(json: string): { json: string; replaced: number } {
  if (!/\\u(?:0000|d[89a-f])/i.test(json)) return { json, replaced: 0 };
  let replaced = 0;
  const storable = json.replaceAll(unstorableEscapeOrPair, (found) => {
    if (found.length !== '\\u0000'.length) return found;
    replaced += 1;
    return '\ufffd';
  });
  return { json: storable, replaced };
}

function refuseIfAsked(value: unknown, path: string): void {
  const found = mode === 'refuse' ? placeIn(value, path) : undefined;
  if (found === undefined) return;
  throw new InvalidInputError(
    {
      code: '22P05',
      message: 'text contains a character that cannot be stored',
      detail: `${found || 'The text'} contains U+0000 or a half of a surrogate pair.`,
      hint: 'Remove the character, or call onUnstorableText("replace").',
      constraint: undefined,
      column: found,
    },
    undefined,
  );
}

/** Returns the path of the first such character. */
function placeIn(value: unknown, path: string): string | undefined {
  if (typeof value === 'string') return unstorable.test(value) ? path : undefined;
  if (typeof value !== 'object' || value === null) return undefined;
  for (const [key, inner] of Object.entries(value)) {
    const place = placeOf(Array.isArray(value) ? Number(key) : key, path);
    const found = unstorable.test(key) ? place : placeIn(inner, place);
    if (found !== undefined) return found;
  }
  return undefined;
}

function placeOf(key: string | number, path: string): string {
  if (typeof key === 'number' || !/^[A-Za-z_]\w*$/.test(key)) return `${path}[${JSON.stringify(key)}]`;
  return path ? `${path}.${key}` : key;
}
