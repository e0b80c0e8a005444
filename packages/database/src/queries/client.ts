import { type SQL, sql } from 'drizzle-orm';
import type { PgDatabase } from 'drizzle-orm/pg-core';
import { orThrow } from '../errors.js';

/** A database or transaction of Drizzle's, with any driver. */
export type DrizzleClient = PgDatabase<any, any, any>;

/** A database of Drizzle's where the extension is in another schema than `public`. */
export interface DrizzleInSchema {
  db: DrizzleClient;
  schema: string;
}

/** A client of supabase-js or postgrest-js; in another schema than `public`: `supabase.schema('chat')`. */
export interface SupabaseClient {
  rpc(name: any, args?: any, options?: any): PromiseLike<{ data: any; error: any }>;
}

/** What queries are sent by. */
export type Client = DrizzleClient | DrizzleInSchema | SupabaseClient;

/** An argument of a function: its value and type. Undefined leaves it to the database's default. */
type Argument = [value: unknown, type: 'uuid' | 'text' | 'integer' | 'jsonb' | 'boolean' | 'regrole'];

type Arguments = Record<string, Argument>;

const given = (args: Arguments) => Object.entries(args).filter(([, [value]]) => value !== undefined);

const isSupabase = (client: Client): client is SupabaseClient => 'rpc' in client;

/** Calls a function of the extension; `cast` is for Drizzle, whose drivers parse JSON. */
export async function call(client: Client, name: string, args: Arguments, cast?: 'text'): Promise<any> {
  if (isSupabase(client)) {
    const values = given(args).map(([key, [value]]) => [key, value]);
    return orThrow(client.rpc(name, Object.fromEntries(values)));
  }
  const { db, schema } = 'db' in client ? client : { db: client, schema: 'public' };
  const value = callOf(schema, name, args);
  const [row] = await rowsBy(db, sql`SELECT ${cast ? sql`${value}::${sql.raw(cast)}` : value} AS value`);
  return row.value;
}

/** Calls a function of the extension that gives rows, or that is in the schema `agentchat`. */
export async function rowsOf(client: DrizzleClient | DrizzleInSchema, name: string, args: Arguments): Promise<any[]> {
  const db = 'db' in client ? client.db : client;
  return rowsBy(db, sql`SELECT * FROM ${callOf('agentchat', name, args)}`);
}

const rowsBy = async (db: DrizzleClient, statement: SQL) => rowsIn(await orThrow(db.execute(statement)));

/** postgres.js resolves to the rows, other drivers to an object that has them. */
export const rowsIn = (result: any): any[] => (Array.isArray(result) ? result : result.rows);

function callOf(schema: string, name: string, args: Arguments): SQL {
  const list = given(args).map(([key, [value, type]]) => {
    const parameter = type === 'jsonb' && value !== null ? (JSON.stringify(value) ?? null) : value;
    return sql`${sql.identifier(key)} => ${parameter}::${sql.raw(type)}`;
  });
  return sql`${sql.identifier(schema)}.${sql.identifier(name)}(${sql.join(list, sql`, `)})`;
}
