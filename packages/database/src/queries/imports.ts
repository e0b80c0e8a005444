import { type DrizzleClient, type DrizzleInSchema, rowsOf } from './client.js';

// The owner of the tables calls these functions, with Drizzle. PostgREST does not offer them.
type Owner = DrizzleClient | DrizzleInSchema;

/** Why rows were skipped, or what was changed in rows. */
export interface ImportProblem {
  kind: string;
  count: number;
  /** At most 10 ids. */
  first_ids: string[];
  /** The columns that were left out. */
  columns?: Record<string, number> | string[];
}

/** What a conversation contains. */
export interface ConversationFigures {
  messages: number;
  first_message_at: string | null;
  last_message_at: string | null;
  /** The SHA-256 of the SHA-256s of the texts, in hexadecimal digits. */
  checksum: string | null;
}

/** A conversation in the source and in the database. */
export interface ImportedConversation {
  conversation_id: string;
  source: ConversationFigures;
  /** Missing in a dry run. */
  stored?: ConversationFigures | null;
}

/** How the conversations in the source and in the database compare. */
export interface ImportFigures {
  conversations: number;
  /** How many conversations are equal. Missing in a dry run. */
  agreeing?: number;
  messages: number;
  /** At most 10 conversations that differ. */
  differing?: ImportedConversation[];
  /** All conversations of an export. */
  each?: ImportedConversation[];
}

/** What an import did with a table or a list of the source: `read` is the sum of the three others. */
export interface ImportedRows {
  /** The table or the list. */
  source: string;
  read: number;
  written: number;
  /** Rows that became part of another row. */
  merged: number;
  skipped: number;
  problems: ImportProblem[];
  /** Null except for the conversations. */
  figures: ImportFigures | null;
}

/** Options of all imports. */
export interface ImportOptions {
  /** Returns what the import would do, and writes nothing. */
  dryRun?: boolean | undefined;
}

/** Converts the numbers, which the drivers return as text. */
export const importedRows = (rows: Record<string, any>[]): ImportedRows[] =>
  rows.map((row) => ({
    source: row.source,
    read: Number(row.read),
    written: Number(row.written),
    merged: Number(row.merged),
    skipped: Number(row.skipped),
    problems: row.problems,
    figures: row.figures,
  }));

const call = async (db: Owner, name: string, args: Parameters<typeof rowsOf>[2]) =>
  importedRows(await rowsOf(db, name, args));

/**
 * Imports the conversations of an export of ChatGPT: what JSON.parse makes of `conversations.json`, or a part of the
 * array. For large files, use the command `agentchat import chatgpt`.
 *
 * @throws {@link NotFoundError} if the user does not exist.
 */
export async function importChatgpt(
  db: Owner,
  userId: string,
  conversations: unknown[],
  { dryRun }: ImportOptions = {},
): Promise<ImportedRows[]> {
  return call(db, 'import_chatgpt', {
    user_id: [userId, 'uuid'],
    export: [conversations, 'jsonb'],
    dry_run: [dryRun, 'boolean'],
  });
}

/**
 * Imports the conversations of an export of Claude: what JSON.parse makes of `conversations.json`, or a part of the
 * array. For large files, use the command `agentchat import claude`.
 *
 * @throws {@link NotFoundError} if the user does not exist.
 */
export async function importClaude(
  db: Owner,
  userId: string,
  conversations: unknown[],
  { dryRun }: ImportOptions = {},
): Promise<ImportedRows[]> {
  return call(db, 'import_claude', {
    user_id: [userId, 'uuid'],
    export: [conversations, 'jsonb'],
    dry_run: [dryRun, 'boolean'],
  });
}

/** Imports a user with all their data, as {@link exportUser} returns it, into this or another database. */
export async function importUser(
  db: Owner,
  exported: unknown,
  { dryRun }: ImportOptions = {},
): Promise<ImportedRows[]> {
  return call(db, 'import_user', { export: [exported, 'jsonb'], dry_run: [dryRun, 'boolean'] });
}

/** Imports the tables of Vercel's chatbot from a schema of the same database. */
export async function importVercelChatbot(
  db: Owner,
  {
    sourceSchema,
    dryRun,
    timeZone,
  }: ImportOptions & {
    /** `public` by default. */
    sourceSchema?: string | undefined;
    /** The time zone of times without a zone in the source, by default `UTC`. */
    timeZone?: string | undefined;
  } = {},
): Promise<ImportedRows[]> {
  return call(db, 'import_vercel_chatbot', {
    source_schema: [sourceSchema, 'text'],
    dry_run: [dryRun, 'boolean'],
    time_zone: [timeZone, 'text'],
  });
}

/** A chat of Vercel's chatbot, and the conversation that it was imported to. */
export interface ComparedConversation {
  conversation_id: string;
  source: ConversationFigures;
  /** Null if the conversation does not exist. */
  stored: ConversationFigures | null;
  agrees: boolean;
}

/** Compares each chat of Vercel's chatbot with the conversation that {@link importVercelChatbot} has written. */
export async function compareVercelChatbot(
  db: Owner,
  {
    sourceSchema,
    timeZone,
  }: {
    /** `public` by default. */
    sourceSchema?: string | undefined;
    /** The time zone of times without a zone in the source, by default `UTC`. */
    timeZone?: string | undefined;
  } = {},
): Promise<ComparedConversation[]> {
  const rows = await rowsOf(db, 'compare_vercel_chatbot', {
    source_schema: [sourceSchema, 'text'],
    time_zone: [timeZone, 'text'],
  });
  // postgres.js returns a subclass of Array.
  return Array.from(rows, ({ conversation_id, source, stored, agrees }) => ({
    conversation_id,
    source,
    stored,
    agrees,
  }));
}
