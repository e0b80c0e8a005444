import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import ts from 'typescript';
import { database, packageFolder, type TestDatabase } from './server.js';

// The tables, and the names of their types in the design document.
const types = {
  users: 'User',
  conversations: 'Conversation',
  messages: 'Message',
  artifacts: 'Artifact',
  agent_definitions: 'AgentDefinition',
  agent_instances: 'AgentInstance',
  agent_tools: 'AgentTool',
  workflows: 'Workflow',
  subscriptions: 'Subscription',
};

const scalars: Record<string, string> = {
  uuid: 'string',
  text: 'string',
  integer: 'number',
  boolean: 'boolean',
  'timestamp without time zone': 'Date',
};

interface Column {
  table: keyof typeof types;
  column: string;
  type: string;
  nullable: boolean;
  has_default: boolean;
  checks: string[];
}

const columns = async (made: TestDatabase): Promise<Column[]> =>
  (
    await made.pool.query(`
      SELECT c.relname AS "table", a.attname AS "column", format_type(a.atttypid, a.atttypmod) AS type,
        NOT a.attnotnull AS nullable, a.atthasdef AS has_default,
        ARRAY(SELECT pg_get_constraintdef(k.oid) FROM pg_constraint k
              WHERE k.conrelid = c.oid AND k.contype = 'c' AND k.conkey = ARRAY[a.attnum]) AS checks
      FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
      WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped
      ORDER BY c.relname, a.attnum`)
  ).rows;

const inCamelCase = (name: string) => name.replaceAll(/_(.)/g, (_, letter: string) => letter.toUpperCase());

// Returns the type of a column's values that are not null, from the catalog.
function typeOf({ type, checks }: Column): string {
  const check = checks.join(' ');
  if (type === 'jsonb') return /'(array|object)'/.exec(check)?.[0] ?? "'array' | 'object'";
  const values = /= ANY \(ARRAY\[(.*)\]\)/.exec(check)?.[1];
  if (values) return values.replaceAll('::text', '').replaceAll(', ', ' | ');
  return scalars[type] ?? `never /* ${type} */`;
}

/** Writes a program that compiles if the types match the catalog. */
function assertions(all: Column[]): string {
  const lines = [
    `import type * as agentchat from '${packageFolder}/dist/schema/index.js';`,
    'type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;',
    "type Kind<T> = T extends unknown[] ? 'array' : T extends Record<string, unknown> ? 'object' : never;",
    'type Optional<T, K extends keyof T> = {} extends Pick<T, K> ? true : false;',
    'declare function assert<T extends true>(): T;',
  ];
  for (const [table, name] of Object.entries(types)) {
    const own = all.filter((column) => column.table === table);
    const [select, insert] = [`agentchat.${name}`, `agentchat.New${name}`];
    const keys = own.map(({ column }) => `'${inCamelCase(column)}'`).join(' | ');
    lines.push(`assert<Equal<keyof ${select}, ${keys}>>();`, `assert<Equal<keyof ${insert}, ${keys}>>();`);
    for (const column of own) {
      const key = `'${inCamelCase(column.column)}'`;
      const selected = `NonNullable<${select}[${key}]>`;
      const value = column.type === 'jsonb' ? `Kind<${selected}>` : selected;
      const expected = typeOf(column);
      // Either of them if the catalog does not tell.
      lines.push(
        expected === "'array' | 'object'"
          ? `assert<${value} extends ${expected} ? true : false>();`
          : `assert<Equal<${value}, ${expected}>>();`,
        `assert<Equal<null extends ${select}[${key}] ? true : false, ${column.nullable}>>();`,
        `assert<Equal<NonNullable<${insert}[${key}]>, ${selected}>>();`,
        `assert<Equal<null extends ${insert}[${key}] ? true : false, ${column.nullable}>>();`,
        `assert<Equal<Optional<${insert}, ${key}>, ${column.nullable || column.has_default}>>();`,
      );
    }
  }
  return lines.join('\n');
}

let lastProgram: ts.Program | undefined;

/** Returns the lines of the source that do not compile. */
function faults(source: string): string[] {
  const file = `${packageFolder}/build/catalog.ts`;
  const options: ts.CompilerOptions = {
    strict: true,
    skipLibCheck: true,
    noEmit: true,
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.NodeNext,
    types: [],
  };
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists } = host;
  host.fileExists = (name) => name === file || fileExists(name);
  host.getSourceFile = (name, ...rest) =>
    name === file
      ? ts.createSourceFile(name, source, {
          languageVersion: ts.ScriptTarget.ES2022,
          impliedNodeFormat: ts.ModuleKind.ESNext,
        })
      : (lastProgram?.getSourceFile(name) ?? getSourceFile(name, ...rest));
  const program = ts.createProgram([file], options, host, lastProgram);
  lastProgram = program;
  return ts.getPreEmitDiagnostics(program).map(({ start, file: at, messageText }) => {
    const line = at && start !== undefined ? at.text.slice(start).split('\n')[0] : '';
    return `${line} // ${ts.flattenDiagnosticMessageText(messageText, ' ')}`;
  });
}

describe('the types of the tables', () => {
  let made: TestDatabase;
  before(async () => {
    made = await database();
  });

  test('match the catalog', async () => {
    const all = await columns(made);
    assert.equal(all.length, 81);
    assert.deepEqual(faults(assertions(all)), []);
  });

  // The test above would fail after each of these changes.
  for (const [what, change, key] of [
    ['a column that may be null', 'messages ALTER content DROP NOT NULL', "'content'"],
    ['a column that may not be null', 'users ALTER name SET NOT NULL', "'name'"],
    ['one default fewer', 'agent_instances ALTER status DROP DEFAULT', "'status'"],
    ['one more default', "messages ALTER role SET DEFAULT 'user'", "'role'"],
    ['another type', 'subscriptions ALTER agent_limit TYPE text', "'agentLimit'"],
    ['a text instead of a time', 'artifacts ALTER updated_at DROP DEFAULT, ALTER updated_at TYPE text', "'updatedAt'"],
    [
      'another value',
      "artifacts DROP CONSTRAINT artifacts_type_check, ADD CONSTRAINT artifacts_type_check CHECK (type IN ('code', 'song'))",
      "'type'",
    ],
    [
      'an object instead of an array',
      'workflows DROP CONSTRAINT workflows_steps_check, ADD CONSTRAINT workflows_steps_check ' +
        "CHECK (jsonb_typeof(steps) = 'object')",
      "'steps'",
    ],
    ['one more column', 'agent_tools ADD version integer', 'keyof'],
    ['one column fewer', 'agent_definitions DROP capabilities', 'keyof'],
  ] as const) {
    test(`do not match a catalog with ${what}`, async () => {
      const client = await made.pool.connect();
      try {
        await client.query(
          `BEGIN; ALTER TABLE subscriptions DROP CONSTRAINT subscriptions_agent_limit_check; ALTER TABLE ${change}`,
        );
        const found = faults(assertions(await columns({ ...made, pool: client as never })));
        assert.ok(found.length > 0 && found.some((line) => line.includes(key)), found.join('\n'));
      } finally {
        await client.query('ROLLBACK');
        client.release();
      }
    });
  }
});
