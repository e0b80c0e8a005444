import { type SQL, sql } from 'drizzle-orm';
import { InvalidInputError, orThrow } from '../errors.js';
import { storable, storableJson } from '../storable.js';

/** A Drizzle database or transaction, with any driver, of Drizzle 0.45 or 1.0. */
export interface DrizzleClient {
  execute(query: SQL): PromiseLike<unknown>;
}

/** A Drizzle database, and the extension's schema if that is not `public`. */
export interface DrizzleInSchema {
  db: DrizzleClient;
  schema: string;
}

/** A client of supabase-js or postgrest-js. If the extension's schema is not `public`: `supabase.schema('chat')`. */
export interface SupabaseClient {
  rpc(name: any, args?: any, options?: any): PromiseLike<{ data: any; error: any }>;
}

/** A client that sends queries. */
export type Client = DrizzleClient | DrizzleInSchema | SupabaseClient;

/** An argument of a function: its value and its type. An undefined value is left out and takes the default. */
type Argument = [value: unknown, type: 'uuid' | 'text' | 'integer' | 'interval' | 'jsonb' | 'boolean' | 'regrole'];

type Arguments = Record<string, Argument>;

const given = (args: Arguments) => Object.entries(args).filter(([, [value]]) => value !== undefined);

const storableArgument = (name: string, [value, type]: Argument) =>
  type === 'text' || type === 'jsonb' ? storable(value, name) : value;

const isSupabase = (client: Client): client is SupabaseClient => 'rpc' in client;

// What the database accepts as a value of the type. It would refuse other values before it calls the function, with an
// error that does not name the argument.
const accepted: Partial<Record<Argument[1], { test: (value: unknown) => boolean; problem: string }>> = {
  uuid: {
    test: (value) => /^(\{(?=.*\}$))?([0-9a-f]{4}-?){7}[0-9a-f]{4}\}?$/i.test(String(value)),
    problem: 'a UUID',
  },
  integer: {
    test: (value) => Number.isInteger(value) && Math.abs(value as number) < 2 ** 31,
    problem: 'an integer of at most 32 bits',
  },
  interval: { test: (value) => /^-?\d/.test(String(value)), problem: 'a finite number of milliseconds' },
};

/** Throws an {@link InvalidInputError} that names the argument if the database would not accept its value. */
function check(args: Arguments) {
  for (const [name, [value, type]] of given(args)) {
    const known = value === null ? undefined : accepted[type];
    if (!known || known.test(value)) continue;
    const message = `${name} is not ${known.problem}`;
    const detail = `The value is ${JSON.stringify(value)}.`;
    throw new InvalidInputError({ code: '22023', message, detail }, new TypeError(message));
  }
}

/** Calls a function of the extension. With Drizzle, `cast` casts its result to text, because the drivers parse JSON. */
export async function call(client: Client, name: string, args: Arguments, cast?: 'text'): Promise<any> {
  check(args);
  if (isSupabase(client)) {
    const values = given(args).map(([key, argument]) => [key, storableArgument(key, argument)]);
    return orThrow(client.rpc(name, Object.fromEntries(values)));
  }
  const { db, schema } = 'db' in client ? client : { db: client, schema: 'public' };
  const value = callOf(schema, name, args);
  const [row] = await rowsBy(db, sql`SELECT ${cast ? sql`${value}::${sql.raw(cast)}` : value} AS value`);
  return row.value;
}

/** Calls a function in the schema `agentchat` and returns its rows. */
export async function rowsOf(client: DrizzleClient | DrizzleInSchema, name: string, args: Arguments): Promise<any[]> {
  check(args);
  const db = 'db' in client ? client.db : client;
  return rowsBy(db, sql`SELECT * FROM ${callOf('agentchat', name, args)}`);
}

const rowsBy = async (db: DrizzleClient, statement: SQL) => rowsIn(await orThrow(db.execute(statement)));

/** Returns the rows of a result. postgres.js resolves to the rows, other drivers to an object with the rows. */
export const rowsIn = (result: any): any[] => (Array.isArray(result) ? result : result.rows);

function parameterOf(name: string, argument: Argument): unknown {
  const [value, type] = argument;
  if (type !== 'jsonb' || value === null) return storableArgument(name, argument);
  const json: string | undefined = JSON.stringify(value);
  return json === undefined ? null : storableJson(json, name);
}

// Parameters for jsonb are sent as text. If their type were jsonb, postgres.js would encode the JSON text once more as
// a JSON string, unless Drizzle 0.45 has told it not to.
function callOf(schema: string, name: string, args: Arguments): SQL {
  const list = given(args).map(([key, argument]) => {
    const type = argument[1] === 'jsonb' ? 'text::jsonb' : argument[1];
    return sql`${sql.identifier(key)} => ${parameterOf(key, argument)}::${sql.raw(type)}`;
  });
  return sql`${sql.identifier(schema)}.${sql.identifier(name)}(${sql.join(list, sql`, `)})`;
}
