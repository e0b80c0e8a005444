#!/usr/bin/env node
import { parseArgs } from 'node:util';
import { sqlEdition, sqlEditionMigration } from '../sql/sqlEdition.js';
import { type Connection, connect } from './connection.js';
import { type ImportKind, type ImportProgress, type ImportTask, importFile } from './importFile.js';
import { isComplete, tableOf } from './importReport.js';
import { install } from './install.js';
import { type JsonItem, UnreadableJsonError } from './jsonItems.js';

const usage = `Usage: agentchat install [--sql] [--schema NAME] [options]
       agentchat migration [--schema NAME] [--from VERSION]
       agentchat import chatgpt FILE… --user ID [options]
       agentchat import claude FILE… --user ID [options]
       agentchat import user FILE… [options]

install makes agentchat in the database: the extension, or with --sql the same tables, rules and functions in SQL, for
servers that cannot have the extension. An older version of the SQL edition is brought to this one.

migration prints the SQL that install --sql runs, for a file of your migrations; with --from, what leads from that version
to this one.

  --schema NAME        the schema of the tables and functions (default: public)

import reads conversations.json of an export of ChatGPT or Claude for a user, or users as agentchat.export_user()
returns them. FILE can be - for the standard input. The command can be stopped at any time and run again: it then imports what
is missing.

  --user ID            the id of the user in the table users, to whom the conversations will belong
  --database-url URL   the database; by default the environment variable DATABASE_URL
  --dry-run            shows what the import would do, and writes nothing
  --batch-size N       the number of conversations in a transaction (default: 100)
  --json               prints the result as JSON
  --help               prints this text

Exit status: 0 if everything is imported; 1 after an error; 2 if the command is not used in this way; 3 if some
conversations were refused or skipped, or differ from those in the database; 130 or 143 if stopped by SIGINT or SIGTERM.
`;

class UsageError extends Error {}

const isUuid = (text: string) => /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/i.test(text);

type Values = ReturnType<typeof parse>['values'];

const parse = (args: string[]) =>
  parseArgs({
    args,
    allowPositionals: true,
    options: {
      user: { type: 'string' },
      'database-url': { type: 'string' },
      'dry-run': { type: 'boolean', default: false },
      'batch-size': { type: 'string' },
      json: { type: 'boolean', default: false },
      sql: { type: 'boolean', default: false },
      schema: { type: 'string' },
      from: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });

/** Refuses options that the command does not have. */
function refuseOthers(command: string, values: Values, allowed: string[]): void {
  for (const [name, value] of Object.entries(values)) {
    if (value !== undefined && value !== false && !allowed.includes(name))
      throw new UsageError(`${command} does not have the option --${name}.`);
  }
}

function databaseUrl(values: Values): string {
  const url = values['database-url'] ?? process.env.DATABASE_URL;
  if (!url) throw new UsageError('DATABASE_URL is not set. Set it to postgres://user:password@host:5432/name.');
  return url;
}

/** Returns what to import. */
function readImport(values: Values, [kind, ...files]: string[]) {
  refuseOthers('import', values, ['user', 'database-url', 'dry-run', 'batch-size', 'json']);
  if (kind !== 'chatgpt' && kind !== 'claude' && kind !== 'user') {
    throw new UsageError(`Import what? ${kind ?? 'Nothing'} is not chatgpt, claude or user.`);
  }
  if (files.length === 0) throw new UsageError('FILE is missing.');
  if (kind === 'user' && values.user !== undefined) throw new UsageError('The file tells the user. Leave --user out.');
  if (kind !== 'user' && values.user === undefined) throw new UsageError('--user is missing.');
  if (values.user !== undefined && !isUuid(values.user)) throw new UsageError(`--user ${values.user} is not a UUID.`);
  const batchSize = Number(values['batch-size'] ?? 100);
  if (!Number.isInteger(batchSize) || batchSize < 1) {
    throw new UsageError(`--batch-size ${values['batch-size']} is not a positive integer.`);
  }
  const url = databaseUrl(values);
  const tasks = files.map(
    (file): ImportTask => ({ kind, file, userId: values.user, isDryRun: values['dry-run'], batchSize }),
  );
  return { kind: kind as ImportKind, tasks, url, isJson: values.json };
}

const say = (text: string) => process.stderr.write(`${text}\n`);

/** An error in words, with the database's detail and hint. */
function wordsOf(error: unknown): string {
  const { code, message, detail, hint } = error as Record<string, unknown>;
  // Node.js gives an AggregateError without a message if no address of the host answers.
  const words = [message || code, detail, hint].filter((text) => typeof text === 'string' && text !== '');
  return words.join('\n  ');
}

const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;

/** Writes a line about the progress, at most one a second, and one at the end. On a terminal it replaces the last one. */
function progressLines(isDryRun: boolean) {
  let last = 0;
  const isTerminal = process.stderr.isTTY;
  return {
    show(file: string, { readBytes, fileBytes, values, total }: ImportProgress, isDone: boolean): void {
      if (Date.now() - last < 1000 && !isDone) return;
      last = Date.now();
      const share = fileBytes ? ` of ${megabytes(fileBytes)} (${Math.floor((100 * readBytes) / fileBytes)} %)` : '';
      const written = total.find(({ source }) => source === 'messages')?.written ?? 0;
      const messages = `${written} messages ${isDryRun ? 'to write' : 'written'}`;
      const text = `${file}: ${megabytes(readBytes)}${share}, ${values} read, ${messages}`;
      process.stderr.write(isTerminal ? `\r\x1b[K${text}` : `${text}\n`);
    },
    end(): void {
      if (isTerminal && last > 0) process.stderr.write('\n');
    },
  };
}

/** Gives a signal when the process is asked to stop. The transaction at hand ends before. */
function stopSignal() {
  const controller = new AbortController();
  let status = 0;
  for (const [name, number] of [
    ['SIGINT', 2],
    ['SIGTERM', 15],
  ] as const) {
    process.on(name, () => {
      if (status !== 0) process.exit(status);
      status = 128 + number;
      say('\nStopping after the current transaction. Run the same command again to import the rest.');
      controller.abort();
    });
  }
  return { signal: controller.signal, status: () => status };
}

async function runImport(given: ReturnType<typeof readImport>): Promise<number> {
  const stop = stopSignal();
  const lines = progressLines(given.tasks.some((task) => task.isDryRun));
  const total: ImportProgress['total'] = [];
  let refused = 0;
  let connection: Connection | undefined;
  try {
    connection = await connect(given.url, say);
    for (const task of given.tasks) {
      const listener = {
        progress: (progress: ImportProgress, isDone: boolean) => lines.show(task.file, progress, isDone),
        refused: ({ number, offset }: JsonItem, error: unknown) => {
          refused += 1;
          say(`${task.file}: value ${number}, at byte ${offset}, is refused: ${wordsOf(error)}`);
        },
      };
      await importFile(connection, task, total, listener, stop.signal).catch((error: unknown) => {
        const isUnreadable = error instanceof UnreadableJsonError;
        const words = isUnreadable ? `The file is not valid JSON: ${error.message}.` : wordsOf(error);
        throw new Error(`${task.file}: ${words}`, { cause: error });
      });
      if (stop.signal.aborted) break;
    }
  } finally {
    await connection?.end().catch(() => {});
    lines.end();
    if (total.length > 0) process.stdout.write(given.isJson ? `${JSON.stringify(total)}\n` : tableOf(total));
  }
  return stop.status() || (refused > 0 || !isComplete(total) ? 3 : 0);
}

async function runInstall(values: Values): Promise<number> {
  refuseOthers('install', values, ['database-url', 'sql', 'schema']);
  const connection = await connect(databaseUrl(values), say);
  try {
    const said = await install(connection, { isSqlEdition: values.sql, schema: values.schema });
    process.stdout.write(`${said}\n`);
  } finally {
    await connection.end().catch(() => {});
  }
  return 0;
}

function runMigration(values: Values): number {
  refuseOthers('migration', values, ['schema', 'from']);
  const { from, schema = 'public' } = values;
  process.stdout.write(from === undefined ? sqlEdition({ schema }) : sqlEditionMigration({ from, schema }));
  return 0;
}

async function run(args: string[]): Promise<number> {
  const { values, positionals } = parse(args);
  const [command, ...rest] = positionals;
  if (values.help) {
    process.stdout.write(usage);
    return 0;
  }
  if (command === 'import') return runImport(readImport(values, rest));
  if (command !== 'install' && command !== 'migration') {
    throw new UsageError(command ? `There is no command ${command}.` : 'A command is missing.');
  }
  if (rest.length > 0) throw new UsageError(`${command} takes no ${rest[0]}.`);
  return command === 'install' ? runInstall(values) : runMigration(values);
}

try {
  process.exitCode = await run(process.argv.slice(2));
} catch (error) {
  const isUsage = error instanceof UsageError || (error as { code?: string }).code?.startsWith('ERR_PARSE_ARGS');
  say(`agentchat: ${wordsOf(error)}`);
  if (isUsage) say('Try agentchat --help.');
  process.exitCode = isUsage ? 2 : 1;
}
