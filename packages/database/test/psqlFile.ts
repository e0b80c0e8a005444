import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { type PGlite, protocol } from '@electric-sql/pglite';

// Runs files for psql in PGlite, as far as the tests of this repository use psql: \ir, \set, \if, \g /dev/null, \gset,
// \gexec and variables. Values with backslashes are quoted as psql quotes them.

/** A command of psql that this file does not know. */
export class UnknownCommandError extends Error {}

type Piece =
  | { kind: 'text'; text: string }
  | { kind: 'variable'; quote: string; name: string }
  | { kind: 'exists'; name: string }
  | { kind: 'end' }
  | { kind: 'command'; name: string; rest: string };

const dollarTag = /\$(?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$/y;
const variable = /:(?:(['"])(\w+)\1|\{\?(\w+)\}|(\w+))/y;
const command = /\\(\w+)[ \t]*([^\n]*)/y;

const at = (pattern: RegExp, text: string, index: number) => {
  pattern.lastIndex = index;
  return pattern.exec(text);
};

/** Returns the end of a quoted text that begins at the index. */
function endOfQuoted(text: string, start: number, hasBackslashes: boolean): number {
  const quote = text[start];
  for (let i = start + 1; i < text.length; i += 1) {
    if (hasBackslashes && text[i] === '\\') i += 1;
    // A doubled quote is two quoted texts side by side.
    else if (text[i] === quote) return i + 1;
  }
  return text.length;
}

function endOfComment(text: string, start: number): number {
  let depth = 0;
  for (let i = start; i < text.length; i += 1) {
    if (text.startsWith('/*', i)) depth += 1;
    else if (text.startsWith('*/', i)) depth -= 1;
    else continue;
    i += 1;
    if (depth === 0) return i + 1;
  }
  return text.length;
}

/** Splits a file as psql does: a semicolon outside of parentheses ends a statement, a backslash begins a command. */
function* pieces(text: string): Generator<Piece> {
  let depth = 0;
  let index = 0;
  const take = function* (end: number): Generator<Piece> {
    yield { kind: 'text', text: text.slice(index, end) };
    index = end;
  };
  while (index < text.length) {
    const char = text[index]!;
    const isInWord = index > 0 && /[\w$]/.test(text[index - 1]!);
    if (text.startsWith('--', index)) {
      const end = text.indexOf('\n', index);
      index = end < 0 ? text.length : end;
    } else if (text.startsWith('/*', index)) {
      index = endOfComment(text, index);
    } else if (char === "'" || char === '"') {
      yield* take(endOfQuoted(text, index, char === "'" && /(?:^|[^\w$])[eE]$/.test(text.slice(0, index).slice(-2))));
    } else if (char === '$' && !isInWord && at(dollarTag, text, index)) {
      const [tag] = at(dollarTag, text, index)!;
      const end = text.indexOf(tag, index + tag.length);
      yield* take(end < 0 ? text.length : end + tag.length);
    } else if (text.startsWith('::', index)) {
      yield* take(index + 2);
    } else if (char === ':' && at(variable, text, index)) {
      const [whole, quote = '', quoted, asked, plain] = at(variable, text, index)!;
      yield asked ? { kind: 'exists', name: asked } : { kind: 'variable', quote, name: (quoted ?? plain)! };
      index += whole.length;
    } else if (char === '\\') {
      const [whole, name, rest] = at(command, text, index) ?? [];
      if (!whole) throw new UnknownCommandError(text.slice(index, index + 20));
      yield { kind: 'command', name: name!, rest: rest!.trim() };
      index += whole.length;
    } else if (char === ';' && depth === 0) {
      yield { kind: 'end' };
      index += 1;
    } else {
      if (char === '(') depth += 1;
      if (char === ')') depth -= 1;
      yield* take(index + 1);
    }
  }
}

const quotedBy: Record<string, (value: string) => string> = {
  '': (value) => value,
  "'": (value) => `${value.includes('\\') ? ' E' : ''}'${value.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`,
  '"': (value) => `"${value.replaceAll('"', '""')}"`,
};

/** The columns and rows of a result, as text. */
interface Result {
  columns: string[];
  rows: (string | null)[][];
}

/** What replaces a statement in PGlite; undefined if nothing does. */
export type Replacement = (statement: string) => string | undefined;

/** A session of psql. */
export class Psql {
  readonly variables = new Map<string, string>();
  /** The rows so far, without the lines of errors. */
  readonly output: string[] = [];
  readonly #client: PGlite;
  readonly #folder: string;
  readonly #replacement: Replacement;
  /** Whether the branches around are taken. */
  readonly #branches: boolean[] = [];

  /** The folder is the one that psql would have been started in. */
  constructor(client: PGlite, folder: string, replacement: Replacement) {
    this.#client = client;
    this.#folder = folder;
    this.#replacement = replacement;
  }

  async run(file: string): Promise<void> {
    await this.#client.waitReady;
    let statement = '';
    const taken = () => {
      const text = statement.trim();
      statement = '';
      return text;
    };
    for (const piece of pieces(await readFile(file, 'utf8'))) {
      if (piece.kind === 'command' && this.#branch(piece.name, piece.rest)) continue;
      if (this.#branches.includes(false)) continue;
      if (piece.kind === 'text') statement += piece.text;
      else if (piece.kind === 'exists') statement += this.variables.has(piece.name) ? 'TRUE' : 'FALSE';
      else if (piece.kind === 'variable') statement += this.#valueOf(piece.name, piece.quote);
      else if (piece.kind === 'end') await this.#print(taken());
      else await this.#command(piece.name, piece.rest, taken, file);
    }
    await this.#print(taken());
  }

  /** psql leaves a variable that is not set as it stands. */
  #valueOf(name: string, quote: string): string {
    const value = this.variables.get(name);
    return value === undefined ? `:${quote}${name}${quote}` : quotedBy[quote]!(value);
  }

  #substituted = (text: string) =>
    text
      .replaceAll(/:\{\?(\w+)\}/g, (_, name) => String(this.variables.has(name)))
      .replaceAll(/:(['"]?)(\w+)\1/g, (_, quote, name) => this.#valueOf(name, quote));

  #branch(name: string, rest: string): boolean {
    if (name === 'if') this.#branches.push(/^(t|true|on|yes|1)$/i.test(this.#substituted(rest)));
    else if (name === 'else') this.#branches.push(!this.#branches.pop());
    else if (name === 'endif') this.#branches.pop();
    else return false;
    return true;
  }

  /** What `\\set` sets a variable to: a text, or the content of a file that the program cat prints. */
  async #setTo(value: string): Promise<string> {
    const printed = /^`cat :'(\w+)'`$/.exec(value);
    if (printed)
      return (await readFile(resolve(this.#folder, this.#valueOf(printed[1]!, '')), 'utf8')).replace(/\n+$/, '');
    if (value.includes('`')) throw new UnknownCommandError(`\\set ${value}`);
    const texts = value.match(/'(?:[^']|'')*'|\S+/g) ?? [];
    return texts
      .map((text) => (text.startsWith("'") ? text.slice(1, -1).replaceAll("''", "'") : this.#substituted(text)))
      .join('');
  }

  async #command(name: string, rest: string, statement: () => string, file: string): Promise<void> {
    if (name === 'ir') {
      await this.run(resolve(dirname(file), this.#substituted(rest)));
    } else if (name === 'set') {
      const [, key, value] = /^(\S+)\s*(.*)$/.exec(rest) ?? [];
      this.variables.set(key!, await this.#setTo(value!));
    } else if (name === 'g' && rest === '/dev/null') {
      await this.#execute(statement());
    } else if (name === 'gset') {
      const { columns, rows } = await this.#execute(statement());
      if (rows.length !== 1) throw new Error(`\\gset: ${rows.length} rows`);
      for (const [index, column] of columns.entries()) {
        const value = rows[0]![index];
        if (typeof value === 'string') this.variables.set(rest + column, value);
        else this.variables.delete(rest + column);
      }
    } else if (name === 'gexec') {
      for (const row of (await this.#execute(statement())).rows) {
        for (const text of row) if (text !== null) await this.#print(text);
      }
    } else {
      throw new UnknownCommandError(`\\${name} ${rest}`);
    }
  }

  async #print(statement: string): Promise<void> {
    if (statement === '') return;
    for (const row of (await this.#execute(statement)).rows)
      this.output.push(row.map((value) => value ?? '').join('|'));
  }

  /** Executes a statement as psql does: by the simple protocol, with all values as text. */
  async #execute(statement: string): Promise<Result> {
    const message = protocol.serialize.query(this.#replacement(statement) ?? statement);
    try {
      const { messages } = await this.#client.execProtocol(message, { throwOnError: true });
      const result: Result = { columns: [], rows: [] };
      for (const answer of messages as any[]) {
        if (answer.name === 'rowDescription') result.columns = answer.fields.map(({ name }: any) => name);
        if (answer.name === 'dataRow') result.rows.push(answer.fields);
      }
      return result;
    } catch (error) {
      await this.#client.execProtocol(protocol.serialize.sync());
      throw new Error(`${(error as Error).message}, in: ${statement.slice(0, 200)}`, { cause: error });
    }
  }
}
