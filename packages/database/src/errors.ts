/** The fields of a database error, whichever client reported it. */
interface Report {
  code: string;
  message: string;
  detail?: string | undefined;
  hint?: string | undefined;
  constraint?: string | undefined;
  column?: string | undefined;
}

/** An error of the database on which the caller can act. Its class tells the kind of error. */
export class AgentchatError extends Error {
  /** The SQLSTATE. */
  readonly code: string;
  /** The DETAIL: the values that the error is about. */
  readonly detail: string | undefined;
  /** The HINT: what to do. */
  readonly hint: string | undefined;
  /** The HTTP status of PostgREST's answer. Your own back end can answer with it, too. */
  readonly status: number;

  constructor(report: Report, status: number, cause: unknown) {
    super(report.message, { cause });
    this.name = new.target.name;
    this.code = report.code;
    this.detail = report.detail;
    this.hint = report.hint;
    this.status = status;
  }
}

/** The user would have more agents than the subscription allows (PT402). */
export class AgentLimitReachedError extends AgentchatError {
  /** The user who has reached the limit. */
  readonly userId: string;
  /** How many agents the user may have. */
  readonly limit: number;
  /** How many agents the user has, not counting archived ones. */
  readonly used: number;
  /** The plan of the subscription that sets the limit; null without a subscription. */
  readonly plan: string | null;

  constructor(report: Report, cause: unknown) {
    super(report, 402, cause);
    const [, userId, limit, used, plan] = limitDetail.exec(report.detail ?? '') ?? [];
    this.userId = userId ?? '';
    this.limit = Number(limit);
    this.used = Number(used);
    this.plan = !plan || plan === 'none' ? null : plan;
  }
}

const limitDetail = /^user ([0-9a-f-]{36}), limit (-?\d+), used (\d+), plan (.*)$/s;

/** The conversation, message, user, tool or workflow does not exist, or the caller may not see it (PT404). */
export class NotFoundError extends AgentchatError {
  constructor(report: Report, cause: unknown) {
    super(report, 404, cause);
  }
}

/**
 * The input conflicts with stored rows: an id belongs to a message of another conversation or to another user's
 * conversation (PT409), a unique value already exists (23505), a row refers to a missing row or an agent definition to a
 * missing tool, or other rows refer to a row (23503, 23001).
 */
export class ConflictError extends AgentchatError {
  /** The violated constraint, if the client reports it. */
  readonly constraint: string | undefined;
  /** The place in the input, as in {@link InvalidInputError}. */
  readonly path: string | undefined;

  constructor(report: Report, cause: unknown) {
    super(report, 409, cause);
    this.constraint = report.constraint;
    this.path = pathOf(report);
  }
}

/** A workflow cannot change from its status to the new one (PT409). */
export class WorkflowStatusError extends ConflictError {
  /** The status that the workflow has. */
  readonly from: string;
  /** The status that it was to get. */
  readonly to: string;

  constructor(report: Report, cause: unknown) {
    super(report, cause);
    const [, from, to] = statusDetail.exec(report.detail ?? '') ?? [];
    this.from = from ?? '';
    this.to = to ?? '';
  }
}

const statusDetail = /^Workflow \S+ cannot change from "(.*)" to "(.*)"\.$/s;

/** A tool can be neither deleted nor renamed while agent definitions use it (23503). */
export class ToolInUseError extends ConflictError {
  /** The name of the tool. */
  readonly tool: string;
  /** How many agent definitions use it. */
  readonly definitions: number;

  constructor(report: Report, cause: unknown) {
    super(report, cause);
    const [, tool, definitions] = toolDetail.exec(report.detail ?? '') ?? [];
    this.tool = tool ?? '';
    this.definitions = Number(definitions);
  }
}

const toolDetail = /^The tool "(.*)" is in the tools of (\d+) agent definitions?\.$/s;

/** Another run is in progress in the conversation (PT409). */
export class RunInProgressError extends ConflictError {
  /** The run in progress. */
  readonly runId: string;

  constructor(report: Report, cause: unknown) {
    super(report, cause);
    this.runId = runDetail.exec(report.detail ?? '')?.[1] ?? '';
  }
}

/** The run is over: it has ended, or another run has taken over (PT409). */
export class RunOverError extends ConflictError {
  readonly runId: string;
  /** The status of the run: `finished`, `failed` or `stopped`. */
  readonly runStatus: string;

  constructor(report: Report, cause: unknown) {
    super(report, cause);
    this.runId = runDetail.exec(report.detail ?? '')?.[1] ?? '';
    this.runStatus = runStatusDetail.exec(report.detail ?? '')?.[1] ?? '';
  }
}

const runDetail = /\b([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\b/;
const runStatusDetail = /\b(finished|failed|stopped)\b/;

/** The database does not accept an argument or a value (22xxx, 23502, 23514). */
export class InvalidInputError extends AgentchatError {
  /**
   * The place in the input: `messages[3].parts[0].type`, the SQL name of an argument (`page_size`) or of a column, or in
   * a JSON Schema a JSON Pointer (`/properties/city/type`). Undefined if the database does not report it.
   */
  readonly path: string | undefined;
  /** The violated constraint, if the client reports it. */
  readonly constraint: string | undefined;

  constructor(report: Report, cause: unknown) {
    super(report, 400, cause);
    this.path = pathOf(report);
    this.constraint = report.constraint;
  }
}

/** A call of a tool in the messages does not match the tool's JSON Schema (22023). {@link path} is that of its input. */
export class InvalidToolCallError extends InvalidInputError {
  /** The name of the tool. */
  readonly tool: string;
  /** The first wrong value in the input, as a JSON Pointer: `/city`. Empty for the input itself. */
  readonly inputPath: string;

  constructor(report: Report, cause: unknown) {
    super(report, cause);
    const [, tool, inputPath] = callDetail.exec(report.detail ?? '') ?? [];
    this.tool = tool ?? '';
    this.inputPath = inputPath ?? '';
  }
}

const callDetail = /^\S+ is not a valid input of "(.*?)": (?:"(\/.*?)" )?/s;

/** The caller may not do this (42501). */
export class NotAllowedError extends AgentchatError {
  constructor(report: Report, cause: unknown) {
    const hint = report.hint ?? (/^permission denied for /.test(report.message) ? grantsHint : undefined);
    super({ ...report, hint }, 403, cause);
  }
}

// PostgreSQL has no hint for it. Row-level security has other messages.
const grantsHint =
  'If all users may do this, their role lacks its grants. ' +
  "Run, as the owner of the tables: SELECT agentchat.grant_api('authenticated');";

/** The feature is off (0A000). The owner of the tables switches it on with `enable`. */
export class FeatureOffError extends AgentchatError {
  constructor(report: Report, cause: unknown) {
    super(report, 400, cause);
  }
}

/** The database has the SQL edition, which is without this function, format or option (0A000). */
export class NeedsExtensionError extends AgentchatError {
  constructor(report: Report, cause: unknown) {
    super(report, 400, cause);
  }
}

/** A value would be larger than PostgreSQL can store, or one call would write too much (54000). */
export class TooLargeError extends AgentchatError {
  constructor(report: Report, cause: unknown) {
    super(report, 413, cause);
  }
}

// A path in messages, in chunks or in agent_definitions.tools, an argument, or a JSON Pointer into a JSON Schema.
const pathInDetail =
  /^(messages(?:\[\d+\]|\.[A-Za-z_]\w*)*|tools\[\d+\]|chunks(?:\[\d+\])?|from_seq|message_id|id) |^At (\/.*?): /s;
const nullArgument = /^The argument is (\w+)\.$/;
const argumentNames = [
  'id',
  'conversation_id',
  'agent_instance_id',
  'user_id',
  'message_limit',
  'before_message',
  'page_size',
  'cursor',
  'filter',
  'in',
  'format',
  'metadata',
  'status',
  'step',
  'tools',
  'run_id',
  'chunks',
  'from_seq',
  'after',
  'max',
  'stale_after',
  'older_than',
].join('|');
const argumentInMessage = new RegExp(`^(?:unknown (?:workflow )?|the |agent_definitions\\.)?(${argumentNames})\\b`);
const missingArgument = /^Neither the argument (\w+) /;

function pathOf({ code, detail, message, column }: Report): string | undefined {
  if (code === '22023' || code === 'PT409' || code === '23503') {
    const [, inMessages, inSchema] = pathInDetail.exec(detail ?? '') ?? [];
    return inMessages ?? inSchema ?? argumentInMessage.exec(message)?.[1] ?? missingArgument.exec(detail ?? '')?.[1];
  }
  return code === '22004' ? nullArgument.exec(detail ?? '')?.[1] : column;
}

type Kind = new (report: Report, cause: unknown) => AgentchatError;

const kinds: [code: RegExp, kind: Kind, message?: RegExp | string][] = [
  [/^PT402$/, AgentLimitReachedError],
  [/^PT404$/, NotFoundError],
  [/^PT409$/, WorkflowStatusError, 'workflow cannot change to this status'],
  [/^PT409$/, RunInProgressError, 'a run is in progress'],
  [/^PT409$/, RunOverError, 'run is over'],
  [/^0A000$/, FeatureOffError, /^the feature \w+ is off$/],
  [/^0A000$/, NeedsExtensionError, / needs? the extension$/],
  [/^23503$/, ToolInUseError, 'a tool that agent definitions use must stay as it is'],
  [/^(PT409|23503|23505|23001)$/, ConflictError],
  [/^22023$/, InvalidToolCallError, "a tool call does not match the tool's schema"],
  [/^(22...|23502|23514)$/, InvalidInputError],
  [/^42501$/, NotAllowedError],
  [/^54000$/, TooLargeError],
];

/**
 * Converts an error of Drizzle (on node-postgres, postgres.js or PGlite) or of supabase-js to one of the classes above. Returns
 * other errors, such as a lost connection, unchanged.
 */
export function typedError(error: unknown): unknown {
  if (error instanceof AgentchatError) return error;
  const report = reportIn(error);
  const kind = report && kindOf(report);
  return kind ? new kind(report, error) : error;
}

const isOf = (message: string, of: RegExp | string | undefined) =>
  of === undefined || (typeof of === 'string' ? of === message : of.test(message));

const kindOf = ({ code, message }: Report) =>
  kinds.find(([ofCode, , ofMessage]) => ofCode.test(code) && isOf(message, ofMessage))?.[1];

// Drizzle throws an error of its own, with the driver's error as its cause.
function reportIn(error: unknown): Report | undefined {
  for (let depth = 0; typeof error === 'object' && error !== null && depth < 10; depth += 1) {
    const fields = error as Record<string, unknown>;
    if (typeof fields.code === 'string' && /^[0-9A-Z]{5}$/.test(fields.code)) {
      return {
        code: fields.code,
        message: String(fields.message),
        // The drivers of Drizzle say detail, PostgREST says details.
        detail: text(fields.detail ?? fields.details),
        hint: text(fields.hint),
        constraint: text(fields.constraint ?? fields.constraint_name),
        column: text(fields.column ?? fields.column_name),
      };
    }
    error = fields.cause;
  }
  return undefined;
}

const text = (value: unknown) => (typeof value === 'string' ? value : undefined);

/** What a query of supabase-js resolves to. */
interface Response<TData> {
  data: TData;
  error: unknown;
  status: number;
}

type Data<TResult> = TResult extends { data: infer TData; error: unknown }
  ? Exclude<TData, null> | NullIn<TResult>
  : TResult;
// Keeps null if a successful result can be null.
type NullIn<TResult> = TResult extends { error: null; data: infer TData } ? Extract<TData, null> : never;

/**
 * Awaits a statement of your own and throws typed errors. Resolves to Drizzle's result, or to the `data` of
 * supabase-js.
 *
 * ```ts
 * await orThrow(db.insert(agentInstances).values(agent));
 * const rows = await orThrow(supabase.from('agent_instances').insert(agent).select());
 * ```
 */
export async function orThrow<TResult>(query: PromiseLike<TResult>): Promise<Data<TResult>> {
  let result: TResult;
  try {
    result = await query;
  } catch (error) {
    throw typedError(error);
  }
  if (!isResponse(result)) return result as Data<TResult>;
  if (result.error) throw asError(typedError(result.error), result.status);
  return result.data as Data<TResult>;
}

// supabase-js resolves to plain objects instead of errors.
function asError(error: unknown, status: number): Error {
  if (error instanceof Error) return error;
  const { message } = error as { message: string };
  return Object.assign(new Error(message, { cause: error }), error, { status });
}

const isResponse = (result: unknown): result is Response<unknown> =>
  typeof result === 'object' && result !== null && 'data' in result && 'error' in result && 'status' in result;
