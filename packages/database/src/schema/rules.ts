import { type SQL, sql } from 'drizzle-orm';
import { type AnyPgColumn, check, type ExtraConfigColumn, type PgPolicy, pgPolicy } from 'drizzle-orm/pg-core';
import { quoted } from '../quoted.js';

// What stands behind the columns of a table: checks, indexes and policies, by the names that the database has them
// under, and row-level security.

/** The columns of a table that its rules are about. */
export type Columns<TName extends string> = Record<TName, ExtraConfigColumn>;

/** A table that others refer to. */
export interface Referenced {
  id: AnyPgColumn;
}

/** PostgreSQL's schema that the tables are in. */
export const defaultSchema = 'public';

export const jsonCheck = (name: string, column: string, type: 'array' | 'object') =>
  check(name, sql.raw(`jsonb_typeof(${column}) = '${type}'`));

export const valueCheck = (name: string, column: string, values: readonly string[]) =>
  check(name, sql.raw(`${column} IN (${values.map((value) => `'${value}'`).join(', ')})`));

/** With row-level security: policies alone would not make drizzle-kit's push turn it on again where it is off. */
export function secured<TTable extends { enableRLS(): unknown }>(table: TTable): TTable {
  table.enableRLS();
  return table;
}

const currentUserId = (schema: string) => `(SELECT ${quoted(schema)}.current_user_id())`;

/** That a row is the caller's. */
export const isOwn = (schema: string, column = 'user_id') =>
  sql.raw(`${column} OPERATOR(pg_catalog.=) ${currentUserId(schema)}`);

/** That somebody is signed in. */
export const isSignedIn = (schema: string) => sql.raw(`${currentUserId(schema)} IS NOT NULL`);

export const allCommands = ['select', 'insert', 'update', 'delete'] as const;

/** A policy for each of the commands, with that condition on the rows. */
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
