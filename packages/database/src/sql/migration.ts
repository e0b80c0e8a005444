/**
 * The differences between two scripts of the SQL edition, as one statement that leads from one version to the other.
 *
 * Functions are replaced and keep their identity, unless their arguments or results have changed. Tables of the
 * application are not touched: `agentchat.adopt()` brings them up to date.
 */

interface Statement {
  text: string;
  /** Of a function: its name and the types of its arguments. */
  signature?: string;
  /** Of a function: all up to its language. */
  head?: string;
}

const begin = '\n-- What is installed.\n';
const end = '\n-- The end of what is installed.\n';

/** Returns the part of a script between its two marks. */
function installed(script: string): string {
  const [from, to] = [script.indexOf(begin), script.indexOf(end)];
  if (from < 0 || to < 0) throw new Error('This is not a script of the SQL edition.');
  return script.slice(from + begin.length, to);
}

const token = /--[^\n]*|\$(\w*)\$[\s\S]*?\$\1\$|'(?:[^']|'')*'|"[^"]*"|BEGIN ATOMIC[\s\S]*?\nEND|[\s\S]/g;

/** Splits SQL into its statements, without the comments between them. */
export function statementsOf(sql: string): string[] {
  const statements = [''];
  for (const [part] of sql.matchAll(token)) {
    const isComment = part.startsWith('--') && statements.at(-1)?.trim() === '';
    if (part === ';') statements.push('');
    else if (!isComment) statements[statements.length - 1] += part;
  }
  return statements.map((text) => text.trim()).filter((text) => text !== '');
}

const partOfArgument = /'(?:[^']|'')*'|"[^"]*"|[\s\S]/g;

/** Splits a list of arguments at the commas that are not in a default or in brackets: `numeric(10, 2)`. */
function argumentsOf(list: string): string[] {
  const found = [''];
  let depth = 0;
  for (const [part] of list.matchAll(partOfArgument)) {
    if (part === '(' || part === '[') depth++;
    if (part === ')' || part === ']') depth--;
    if (part === ',' && depth === 0) found.push('');
    else found[found.length - 1] += part;
  }
  return found.map((argument) => argument.trim()).filter((argument) => argument !== '');
}

// "text text DEFAULT ''" is of type text; "uuid" has no name. PostgreSQL ignores the 10 and the 2 of numeric(10, 2).
const typeOf = (argument: string) =>
  argument
    .replace(/ DEFAULT [\s\S]*/, '')
    .replace(/\([\d, ]*\)/, '')
    .replace(/^VARIADIC /, '')
    .replace(/^\S+ (?=\S)/, '');

function parsed(text: string): Statement {
  const match = /^CREATE FUNCTION ([^(]+)\(([\s\S]*?)\)\s+(?:RETURNS|LANGUAGE)/.exec(text);
  if (!match) return { text };
  const [, name = '', list = ''] = match;
  const types = argumentsOf(list)
    .filter((argument) => !argument.startsWith('OUT '))
    .map(typeOf);
  return { text, signature: `${name}(${types.join(', ')})`, head: text.slice(0, text.indexOf(' LANGUAGE ')) };
}

const parse = (script: string) => statementsOf(installed(script)).map(parsed);

const isAboutFunction = ({ text }: Statement) => /^(GRANT EXECUTE|REVOKE EXECUTE|COMMENT) ON FUNCTION /.test(text);

/** Which function a grant or a comment is about. */
const subjectOf = ({ text }: Statement) => / ON FUNCTION ([^(]+\([^)]*\))/.exec(text)?.[1];

/** Tables, views and what is on them. */
const isStructure = (statement: Statement) =>
  !statement.signature && !/^(GRANT|REVOKE|COMMENT|DO|NOTIFY|CREATE SCHEMA)\b/.test(statement.text);

/** PostgreSQL keeps these bodies as trees, and knows what they call. */
const hasBoundBody = ({ text }: Statement) => /\n\s*(RETURN|BEGIN ATOMIC)\s/.test(text) && !/\$function\$/.test(text);

/** The names of the script's own tables or views. */
const relations = (statements: Statement[], kind: 'TABLE' | 'VIEW') =>
  statements.flatMap(
    ({ text }) => new RegExp(`^CREATE (?:UNLOGGED )?${kind} (agentchat\\.\\w+)`).exec(text)?.[1] ?? [],
  );

/** What takes back the comments, grants and revokes of functions that the newer script does not have. */
function undone(older: Statement[], newer: Statement[], existing: Set<string>): string[] {
  const texts = new Set(newer.map(({ text }) => text));
  const commented = new Set(newer.filter(({ text }) => text.startsWith('COMMENT')).map(subjectOf));
  return older.flatMap((statement) => {
    const { text } = statement;
    const subject = subjectOf(statement) ?? '';
    if (!isAboutFunction(statement) || texts.has(text) || !existing.has(subject)) return [];
    if (text.startsWith('COMMENT')) return commented.has(subject) ? [] : [`COMMENT ON FUNCTION ${subject} IS NULL`];
    return text.startsWith('GRANT')
      ? [text.replace('GRANT', 'REVOKE').replace(/ TO (\S+)$/, ' FROM $1')]
      : [text.replace('REVOKE', 'GRANT').replace(/ FROM (\S+)$/, ' TO $1')];
  });
}

/** What goes before the new statements come. */
function drops(
  older: Statement[],
  newer: Statement[],
  isRebuilt: boolean,
): { statements: string[]; dropped: Set<string> } {
  const functions = older.filter(({ signature }) => signature);
  const heads = new Map(newer.map(({ signature, head }) => [signature, head]));
  const changed = functions.filter(({ signature, head }) => heads.get(signature) !== head);
  const gone = changed.length === 0 ? [] : functions.filter((one) => changed.includes(one) || hasBoundBody(one));
  return {
    statements: [
      ...(isRebuilt ? relations(older, 'VIEW').map((name) => `DROP VIEW ${name}`) : []),
      ...(isRebuilt ? [`DROP TABLE ${relations(older, 'TABLE').join(', ')}`] : []),
      // In reverse: some call those before them.
      ...gone.reverse().map(({ signature }) => `DROP FUNCTION ${signature}`),
    ],
    dropped: new Set(gone.map(({ signature }) => signature as string)),
  };
}

const versionOf = (script: string) => /SELECT 'sql', '([^']+)'/.exec(script)?.[1] ?? '';
const schemaOf = (script: string) => /set_config\('search_path', 'pg_catalog, (.+), pg_temp'/.exec(script)?.[1] ?? '';

const isBlanket = ({ text }: Statement) => text.startsWith('GRANT EXECUTE ON ALL FUNCTIONS');

/** Returns a statement that leads from what one script has installed to what the other would install. */
export function migration(olderScript: string, newerScript: string): string {
  const [older, newer] = [parse(olderScript), parse(newerScript)];
  const before = new Set(older.map(({ text }) => text));
  const structure = (statements: Statement[]) => JSON.stringify(statements.filter(isStructure).map(({ text }) => text));
  // What is on the blueprint calls functions: none of these could be dropped before it.
  const isRebuilt = structure(older) !== structure(newer) || drops(older, newer, false).dropped.size > 0;
  const { statements: first, dropped } = drops(older, newer, isRebuilt);
  const existing = new Set(older.flatMap(({ signature }) => (signature && !dropped.has(signature) ? signature : [])));
  // The grant to everybody at this place is about the functions that stand before it.
  const helpers = newer.slice(0, newer.findIndex(isBlanket)).flatMap(({ signature }) => signature ?? []);

  const then = newer.flatMap((statement) => {
    const { text, signature } = statement;
    const isKnown = before.has(text);
    if (signature) {
      // A new one is not to replace a function of the user's.
      if (!existing.has(signature)) return [text];
      return isKnown ? [] : [text.replace('CREATE FUNCTION', 'CREATE OR REPLACE FUNCTION')];
    }
    if (isAboutFunction(statement)) return isKnown && existing.has(subjectOf(statement) ?? '') ? [] : [text];
    if (isStructure(statement)) return isRebuilt ? [text] : [];
    if (isBlanket(statement)) {
      return helpers.filter((one) => !existing.has(one)).map((one) => `GRANT EXECUTE ON FUNCTION ${one} TO PUBLIC`);
    }
    // What belongs to tables that are made again.
    if (/^(COMMENT|GRANT|REVOKE) /.test(text)) return isRebuilt || !isKnown ? [text] : [];
    return text.startsWith('NOTIFY') ? [text] : [];
  });

  const taken = undone(older, newer, existing);
  const [from, to] = [versionOf(olderScript), versionOf(newerScript)];
  const schema = schemaOf(newerScript);
  return `-- From version ${from} of agentchat's SQL edition to ${to}. Run it as the owner, then: SELECT * FROM agentchat.adopt();
DO $agentchat_migration$
DECLARE
    callers_search_path CONSTANT text := pg_catalog.current_setting('search_path');
    callers_check CONSTANT text := pg_catalog.current_setting('check_function_bodies');
    present text;
BEGIN
    IF pg_catalog.to_regproc('agentchat.version') IS NOT NULL THEN
        SELECT v.edition OPERATOR(pg_catalog.||) ' ' OPERATOR(pg_catalog.||) v.version INTO present FROM agentchat.version() v;
    END IF;
    IF present IS DISTINCT FROM 'sql ${from}' THEN
        RAISE EXCEPTION 'version ${from} of the SQL edition of agentchat is not installed'
            USING ERRCODE = 'object_not_in_prerequisite_state',
                  DETAIL = pg_catalog.concat('There is: ', COALESCE(present, 'none'), '.'),
                  HINT = 'npx agentchat migration --from names the version that is installed.';
    END IF;
    IF agentchat.tables_schema() IS DISTINCT FROM pg_catalog.to_regnamespace('${schema}')::oid THEN
        RAISE EXCEPTION 'agentchat is in another schema'
            USING ERRCODE = 'object_not_in_prerequisite_state',
                  DETAIL = pg_catalog.format('This is for the schema %s, and agentchat is in %s.', '${schema}',
                                             agentchat.tables_schema()::pg_catalog.regnamespace),
                  HINT = 'npx agentchat migration --schema names the schema.';
    END IF;
    PERFORM pg_catalog.set_config('check_function_bodies', 'off', true);
    PERFORM pg_catalog.set_config('search_path', 'pg_catalog, ${schema}, pg_temp', true);

${[...first, ...taken, ...then].map((text) => `${text};\n`).join('\n')}
    PERFORM pg_catalog.set_config('search_path', callers_search_path, true);
    PERFORM pg_catalog.set_config('check_function_bodies', callers_check, true);
END
$agentchat_migration$;
`;
}
