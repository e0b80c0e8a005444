/** What the database said, whichever client said it. */
interface Report {
  code: string;
  message: string;
  detail: string | undefined;
  hint: string | undefined;
  constraint: string | undefined;
  column: string | undefined;
}

/** An error that the database raises for something that its caller can do something about. */
export class AgentchatError extends Error {
  /** The SQLSTATE. */
  readonly code: string;
  /** The values that it is about. */
  readonly detail: string | undefined;
  /** What to do. */
  readonly hint: string | undefined;
  /** The HTTP status with which PostgREST answers, and a back end of yours may. */
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

/** One more agent than the user's subscription allows (PT402). */
export class AgentLimitReachedError extends AgentchatError {
  readonly userId: string;
  readonly limit: number;
  readonly used: number;
  /** The plan of the subscription that the limit is from; null without one. */
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

/** No such conversation, message or user, or none that the caller may see (PT404). */
export class NotFoundError extends AgentchatError {
  constructor(report: Report, cause: unknown) {
    super(report, 404, cause);
  }
}

/**
 * What is there already, or refers to something that is not: an id of another conversation's message (PT409), a value
 * that must be unique (23505), a row that others refer to, or that refers to none (23503).
 */
export class ConflictError extends AgentchatError {
  /** The constraint that it would break, where the client tells. */
  readonly constraint: string | undefined;
  /** Where in the input, as in {@link InvalidInputError}. */
  readonly path: string | undefined;

  constructor(report: Report, cause: unknown) {
    super(report, 409, cause);
    this.constraint = report.constraint;
    this.path = pathOf(report);
  }
}

/** An argument or a value that the database does not take (22xxx, 23502, 23514). */
export class InvalidInputError extends AgentchatError {
  /**
   * Where: `messages[3].parts[0].type`, or the name of the function's argument (`page_size`) or of a column; undefined
   * where the database does not tell.
   */
  readonly path: string | undefined;
  /** The constraint that it would break, where the client tells. */
  readonly constraint: string | undefined;

  constructor(report: Report, cause: unknown) {
    super(report, 400, cause);
    this.path = pathOf(report);
    this.constraint = report.constraint;
  }
}

/** Something that the caller may not do (42501). */
export class NotAllowedError extends AgentchatError {
  constructor(report: Report, cause: unknown) {
    super(report, 403, cause);
  }
}

/** More than PostgreSQL can hold in a value, or than one call may write (54000). */
export class TooLargeError extends AgentchatError {
  constructor(report: Report, cause: unknown) {
    super(report, 413, cause);
  }
}

const pathInDetail = /^(messages(?:\[\d+\]|\.[A-Za-z_]\w*)*) /;
const nullArgument = /^It is (\w+)\.$/;
const argumentInMessage = /\b(message_limit|before_message|page_size|cursor|format|metadata)\b/;

function pathOf({ code, detail, message, column }: Report): string | undefined {
  if (code === '22023' || code === 'PT409') {
    return pathInDetail.exec(detail ?? '')?.[1] ?? argumentInMessage.exec(message)?.[1];
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
 * The error of Drizzle (with node-postgres or postgres.js) or supabase-js as a typed one. Others, such as a lost
 * connection, are returned as they are.
 */
export function typedError(error: unknown): unknown {
  if (error instanceof AgentchatError) return error;
  const report = reportIn(error);
  const kind = report && kinds.find(([code]) => code.test(report.code))?.[1];
  return kind ? new kind(report, error) : error;
}

// Drizzle wraps what the driver throws.
function reportIn(error: unknown): Report | undefined {
  for (let depth = 0; typeof error === 'object' && error !== null && depth < 10; depth += 1) {
    const fields = error as Record<string, unknown>;
    if (typeof fields.code === 'string' && /^[0-9A-Z]{5}$/.test(fields.code)) {
      return {
        code: fields.code,
        message: String(fields.message),
        // postgres.js and node-postgres; PostgREST.
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

/** What supabase-js resolves to. */
interface Response<TData> {
  data: TData;
  error: unknown;
  status: number;
}

type Data<TResult> = TResult extends { data: infer TData; error: unknown }
  ? Exclude<TData, null> | NullIn<TResult>
  : TResult;
// Null is there without an error, too, where the type of a success has it.
type NullIn<TResult> = TResult extends { error: null; data: infer TData } ? Extract<TData, null> : never;

/**
 * Waits for a query of your own and throws typed errors. What it resolves to is Drizzle's result, or the `data` of
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

// supabase-js resolves to plain objects.
function asError(error: unknown, status: number): Error {
  if (error instanceof Error) return error;
  const { message } = error as { message: string };
  return Object.assign(new Error(message, { cause: error }), error, { status });
}

const isResponse = (result: unknown): result is Response<unknown> =>
  typeof result === 'object' && result !== null && 'data' in result && 'error' in result && 'status' in result;
