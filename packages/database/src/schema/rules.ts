import { type SQL, sql } from 'drizzle-orm';
import {
  type AnyPgColumn,
  check,
  type ExtraConfigColumn,
  type PgPolicy,
  type PgTableWithColumns,
  pgPolicy,
  type pgTable,
} from 'drizzle-orm/pg-core';
import { quoted } from '../quoted.js';

// The checks and policies of the tables, under the names that they have in the database, and row-level security.

/** The columns of a table that its rules use. */
export type Columns<TName extends string> = Record<TName, ExtraConfigColumn>;

/** A table that other tables refer to. */
export interface Referenced {
  id: AnyPgColumn;
}

/** A table in the schema `public`, with the columns that the function makes. */
export type PublicTable<TName extends string, TColumns extends (...of: any[]) => Record<string, any>> = ReturnType<
  typeof pgTable<TName, ReturnType<TColumns>>
>;

/** The same table in another schema. */
export type TableIn<TSchema extends string, TTable extends { _: { name: string; columns: any } }> = PgTableWithColumns<{
  name: TTable['_']['name'];
  schema: TSchema;
  columns: TTable['_']['columns'];
  dialect: 'pg';
  isAlias: false;
}>;

/** The schema of the extension, if not another one is given. */
export const defaultSchema = 'public';

/** Makes a check that a jsonb column holds an array or an object. */
export const jsonCheck = (name: string, column: string, type: 'array' | 'object') =>
  check(name, sql.raw(`jsonb_typeof(${column}) = '${type}'`));

/** Makes a check that a text column holds one of the values. */
export const valueCheck = (name: string, column: string, values: readonly string[]) =>
  check(name, sql.raw(`${column} IN (${values.map((value) => `'${value}'`).join(', ')})`));

/**
 * Turns on row-level security. Policies alone would not do: if it is off in the database, drizzle-kit's push turns it
 * on again only for tables that ask for it.
 */
export function secured<TTable extends { enableRLS(): unknown }>(table: TTable): TTable {
  table.enableRLS();
  return table;
}

const currentUserId = (schema: string) => `(SELECT ${quoted(schema)}.current_user_id())`;

/** The condition that a row belongs to the caller. */
export const isOwn = (schema: string, column = 'user_id') =>
  sql.raw(`${column} OPERATOR(pg_catalog.=) ${currentUserId(schema)}`);

/** The condition that a user is signed in. */
export const isSignedIn = (schema: string) => sql.raw(`${currentUserId(schema)} IS NOT NULL`);

/** The commands that policies are made for. */
export const allCommands = ['select', 'insert', 'update', 'delete'] as const;

/** Makes a policy for each of the commands, with this condition on the rows. */
export const policies = (
  table: string,
  condition: SQL,
  commands: readonly (typeof allCommands)[number][] = allCommands,
): PgPolicy[] =>
  commands.map((command) =>
    pgPolicy(`${table}_${command}`, {
      for: command,
      ...(command === 'insert' ? {} : { using: condition }),
      ...(command === 'insert' || command === 'update' ? { withCheck: condition } : {}),
    }),
  );
