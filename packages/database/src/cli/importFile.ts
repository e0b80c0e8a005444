import { isUtf8 } from 'node:buffer';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { type ImportedRows, importedRows } from '../queries/imports.js';
import { storableJsonOf } from '../storable.js';
import type { Connection } from './connection.js';
import { add } from './importReport.js';
import { type JsonItem, jsonItems, UnreadableJsonError } from './jsonItems.js';

/** The kinds of files that the command imports. */
export type ImportKind = 'chatgpt' | 'claude' | 'user';

/** What the command is to do. */
export interface ImportTask {
  kind: ImportKind;
  /** `-` is the standard input. */
  file: string;
  userId: string | undefined;
  isDryRun: boolean;
  /** How many values of the file go into one transaction. */
  batchSize: number;
}

/** How far the import is. */
export interface ImportProgress {
  readBytes: number;
  /** Undefined for the standard input. */
  fileBytes: number | undefined;
  values: number;
  total: ImportedRows[];
}

interface Listener {
  /** Is called after each transaction, and at the end of the file. */
  progress(progress: ImportProgress, isDone: boolean): void;
  /** Is called for each value that the database refuses. */
  refused(item: JsonItem, error: unknown): void;
}

// A batch takes several times its size in memory, here and in the database.
const maxBatchBytes = 8 * 2 ** 20;
// PostgreSQL's jsonb cannot be larger.
const maxItemBytes = 2 ** 28;

/**
 * Imports the values of a file in transactions of some values each, and adds the results to `total`. Memory does not
 * grow with the file. Stops after the transaction during which the signal comes.
 */
export async function importFile(
  connection: Connection,
  task: ImportTask,
  total: ImportedRows[],
  listener: Listener,
  signal: AbortSignal,
): Promise<void> {
  const isStandardInput = task.file === '-';
  const fileBytes = isStandardInput ? undefined : (await stat(task.file)).size;
  const stream: Readable = isStandardInput ? process.stdin : createReadStream(task.file, { highWaterMark: 2 ** 20 });
  const progress: ImportProgress = { readBytes: 0, fileBytes, values: 0, total };
  const importer = new Importer(connection, task, listener, progress);
  // The next bytes of the standard input may never come.
  const stop = () => stream.destroy();
  signal.addEventListener('abort', stop);
  try {
    for await (const item of jsonItems(counted(stream, progress), { maxBytes: maxItemBytes })) {
      if (!signal.aborted) await importer.push(item);
      if (signal.aborted) return;
    }
  } catch (error) {
    if (signal.aborted) return;
    // The values before the place where the file ends to be JSON are good.
    if (error instanceof UnreadableJsonError) await importer.flush();
    throw error;
  } finally {
    signal.removeEventListener('abort', stop);
    stream.destroy();
  }
  await importer.end();
  listener.progress(progress, true);
}

async function* counted(stream: Readable, progress: ImportProgress): AsyncGenerator<Uint8Array> {
  for await (const chunk of stream) {
    progress.readBytes += chunk.length;
    yield chunk;
  }
}

class Importer {
  private batch: JsonItem[] = [];
  private bytes = 0;

  constructor(
    private readonly connection: Connection,
    private readonly task: ImportTask,
    private readonly listener: Listener,
    private readonly progress: ImportProgress,
  ) {}

  async push(item: JsonItem): Promise<void> {
    if (this.bytes + item.bytes > maxBatchBytes) await this.flush();
    this.batch.push(item);
    this.bytes += item.bytes;
    // import_user() takes one user.
    if (this.task.kind === 'user' || this.batch.length >= this.task.batchSize) await this.flush();
  }

  async flush(): Promise<void> {
    if (this.batch.length === 0) return;
    const { batch } = this;
    this.batch = [];
    this.bytes = 0;
    await this.importItems(batch);
    this.progress.values += batch.length;
    this.listener.progress(this.progress, false);
  }

  /** Imports the last values. A file without conversations is imported, too: the database checks the user. */
  async end(): Promise<void> {
    await this.flush();
    if (this.progress.values === 0 && this.task.kind !== 'user') await this.importJson('[]');
  }

  /** Imports some values in one transaction, or, if the database refuses one of them, each in its own. */
  private async importItems(items: JsonItem[]): Promise<void> {
    try {
      await this.importTogether(items);
    } catch (error) {
      if (!isRefusal(error)) throw error;
      if (items.length === 1 && items[0]) return this.refuse(items[0], error);
      for (const item of items) await this.importItems([item]);
    }
  }

  private async importTogether(items: JsonItem[]): Promise<void> {
    const changed: { id: string; kind: string }[] = [];
    const texts = items.map((item) => {
      if (!item.json) throw new TooLargeItemError();
      const { json, replaced } = storableJsonOf(item.json.toString());
      if (replaced > 0) changed.push({ id: idOf(item), kind: 'characters that jsonb cannot hold were replaced' });
      if (!isUtf8(item.json)) changed.push({ id: idOf(item), kind: 'bytes that are not UTF-8 were replaced' });
      return json;
    });
    await this.importJson(this.task.kind === 'user' ? texts.join() : `[${texts.join()}]`);
    for (const { id, kind } of changed) this.count({ problems: [{ kind, count: 1, first_ids: [id] }] });
  }

  private async importJson(json: string): Promise<void> {
    const { kind, userId, isDryRun } = this.task;
    const rows =
      kind === 'user'
        ? await this.connection.query('SELECT * FROM agentchat.import_user($1::text::jsonb, $2::boolean)', [
            json,
            isDryRun,
          ])
        : await this.connection.query(
            `SELECT * FROM agentchat.import_${kind}($1::text::uuid, $2::text::jsonb, $3::boolean)`,
            [userId, json, isDryRun],
          );
    add(this.progress.total, importedRows(rows));
  }

  private refuse(item: JsonItem, error: unknown): void {
    this.listener.refused(item, error);
    this.count({
      read: 1,
      skipped: 1,
      problems: [{ kind: 'refused by the database', count: 1, first_ids: [idOf(item)] }],
    });
  }

  private count(row: Partial<ImportedRows>): void {
    const source = this.task.kind === 'user' ? 'exports' : 'conversations';
    add(this.progress.total, [
      { source, read: 0, written: 0, merged: 0, skipped: 0, problems: [], figures: null, ...row },
    ]);
  }
}

class TooLargeItemError extends Error {
  readonly code = '54000';
  constructor() {
    super(`it is larger than a jsonb value can be (${maxItemBytes / 2 ** 20} MB)`);
  }
}

/** Tells whether the values are at fault. After other errors the next values would fail, too. */
const isRefusal = (error: unknown) => /^(22|23|54)/.test(String((error as { code?: unknown }).code));

/** The id of a conversation or of a user in an export, or the number of the value. */
function idOf({ json, number }: JsonItem): string {
  try {
    const value = JSON.parse(json?.toString() ?? '');
    const id = value.uuid ?? value.conversation_id ?? value.id ?? value.user?.id;
    if (typeof id === 'string') return id;
  } catch {
    // It may be the reason why the database refuses the value.
  }
  return `value ${number}`;
}
