import { AsyncLocalStorage } from 'node:async_hooks';
import { createRequire } from 'node:module';
import * as schema from '@agentchat/database/schema';
import { eq, sql } from 'drizzle-orm';
import * as nodePostgres from 'drizzle-orm/node-postgres';
import * as postgresJs from 'drizzle-orm/postgres-js';
import type pg from 'pg';
import type postgres from 'postgres';

// The tests run with Drizzle 0.45, and those of the schema, the queries and the migrations also with 1.0. The types
// here are those of 0.45.

/** The major version of Drizzle. */
export const major = schema.relations ? 1 : 0;

/** Connects Drizzle with node-postgres. */
export const drizzle = <TSchema extends Record<string, unknown> = typeof schema>(
  client: pg.Pool,
  tables: TSchema = schema as never,
  relations: unknown = tables.relations,
): nodePostgres.NodePgDatabase<TSchema> =>
  nodePostgres.drizzle({ client, schema: tables, relations } as never) as never;

/** Connects Drizzle with postgres.js. */
export const drizzlePostgresJs = (client: postgres.Sql): postgresJs.PostgresJsDatabase<typeof schema> =>
  postgresJs.drizzle({ client, schema, relations: schema.relations } as never) as never;

/** Makes the condition of a relational query. */
export const whereId = (table: { id: any }, id: string) => (major === 1 ? ({ id } as never) : eq(table.id, id));

const require = createRequire(import.meta.url);

/** Runs work without its output to the terminal, where prove expects TAP. */
async function quietly<T>(work: () => Promise<T>): Promise<T> {
  const { write } = process.stdout;
  process.stdout.write = () => true;
  try {
    return await work();
  } finally {
    process.stdout.write = write;
  }
}

/** What drizzle-kit's push would do. */
export interface Push {
  statements: string[];
  apply(): Promise<void>;
}

/**
 * Adds the parameters that drizzle-kit's function forgets in its only query with some. It asks for the name of a key of
 * several columns. The program drizzle-kit does not forget them. The tables are read side by side, each by queries one
 * after the other, and an earlier query names the table.
 */
function withParameters<TDatabase extends { execute(query: any): any }>(db: TDatabase): TDatabase {
  const execute = db.execute.bind(db);
  const parameters = new AsyncLocalStorage<[table: string, schema: string]>();
  return Object.assign(db, {
    execute: (query: { queryChunks: { value: string[] }[] }) => {
      const text = query.queryChunks.flatMap(({ value }) => value).join('');
      const named = /WHERE tc\.table_name = '(.*)' and constraint_schema = '(.*)'/.exec(text);
      if (named) parameters.enterWith([named[1]!, named[2]!]);
      const [table, schema] = parameters.getStore() ?? ['', ''];
      return execute(sql.raw(text.replace('$1', `'${schema}'`).replace('$2', `'${table}'`)));
    },
  });
}

/** Calls drizzle-kit's push. */
export function push(
  { pool }: { pool: pg.Pool },
  tables: Record<string, unknown>,
  schemas: string[] | undefined,
  filter?: string[],
): Promise<Push> {
  return quietly(async () => {
    if (major === 1) {
      const { pushSchema } = require('drizzle-kit/api-postgres');
      const { sqlStatements, apply } = await pushSchema(tables, drizzle(pool), { schemas, tables: filter });
      return { statements: sqlStatements, apply };
    }
    const { pushSchema } = require('drizzle-kit/api') as typeof import('drizzle-kit/api');
    const { statementsToExecute, hasDataLoss, apply } = await pushSchema(
      tables,
      withParameters(drizzle(pool)) as never,
      schemas,
      filter,
    );
    if (hasDataLoss) throw new Error('push would lose data');
    return { statements: statementsToExecute, apply };
  });
}

/** drizzle-kit's functions that make snapshots and migrations. */
export const kit: {
  generateDrizzleJson(tables: Record<string, unknown>): Promise<Record<string, any>>;
  generateMigration(before: Record<string, any>, after: Record<string, any>): Promise<string[]>;
} = require(major === 1 ? 'drizzle-kit/api-postgres' : 'drizzle-kit/api');
