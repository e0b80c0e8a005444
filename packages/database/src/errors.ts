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

/** The conversation, message or user does not exist, or the caller may not see it (PT404). */
export class NotFoundError extends AgentchatError {
  constructor(report: Report, cause: unknown) {
    super(report, 404, cause);
  }
}

/**
 * The input conflicts with stored rows: an id belongs to a message of another conversation or to another user's
 * conversation (PT409), a unique value already exists (23505), a row refers to a missing row, or other rows refer to it (23503, 23001).
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

/** The database does not accept an argument or a value (22xxx, 23502, 23514). */
export class InvalidInputError extends AgentchatError {
  /**
   * The place in the input: `messages[3].parts[0].type`, or the SQL name of an argument (`page_size`) or of a column.
   * Undefined if the database does not report it.
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

/** The caller may not do this (42501). */
export class NotAllowedError extends AgentchatError {
  constructor(report: Report, cause: unknown) {
    super(report, 403, cause);
  }
}

/** A value would be larger than PostgreSQL can store, or one call would write too much (54000). */
export class TooLargeError extends AgentchatError {
  constructor(report: Report, cause: unknown) {
    super(report, 413, cause);
  }
}

const pathInDetail = /^(messages(?:\[\d+\]|\.[A-Za-z_]\w*)*|id) /;
const nullArgument = /^The argument is (\w+)\.$/;
const argumentInMessage =
  /^(?:unknown |the )?(id|conversation_id|message_limit|before_message|page_size|cursor|format|metadata|user_id)\b/;
const missingArgument = /^Neither the argument (\w+) /;

function pathOf({ code, detail, message, column }: Report): string | undefined {
  if (code === '22023' || code === 'PT409') {
    return (
      pathInDetail.exec(detail ?? '')?.[1] ??
      argumentInMessage.exec(message)?.[1] ??
      missingArgument.exec(detail ?? '')?.[1]
    );
  }
  return code === '22004' ? nullArgument.exec(detail ?? '')?.[1] : column;
}

const kinds: [code: RegExp, kind: new (report: Report, cause: unknown) => AgentchatError][] = [
  [/^PT402$/, AgentLimitReachedError],
  [/^PT404$/, NotFoundError],
  [/^(PT409|23503|23505|23001)$/, ConflictError],
  [/^(22...|23502|23514)$/, InvalidInputError],
  [/^42501$/, NotAllowedError],
  [/^54000$/, TooLargeError],
];

/**
 * Converts an error of Drizzle (on node-postgres or postgres.js) or of supabase-js to one of the classes above. Returns
 * other errors, such as a lost connection, unchanged.
 */
export function typedError(error: unknown): unknown {
  if (error instanceof AgentchatError) return error;
  const report = reportIn(error);
  const kind = report && kinds.find(([code]) => code.test(report.code))?.[1];
  return kind ? new kind(report, error) : error;
}

// Drizzle throws an error of its own, with the driver's error as its cause.
function reportIn(error: unknown): Report | undefined {
  for (let depth = 0; typeof error === 'object' && error !== null && depth < 10; depth += 1) {
    const fields = error as Record<string, unknown>;
    if (typeof fields.code === 'string' && /^[0-9A-Z]{5}$/.test(fields.code)) {
      return {
        code: fields.code,
        message: String(fields.message),
        // node-postgres and postgres.js say detail, PostgREST says details.
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
