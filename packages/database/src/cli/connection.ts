import { createRequire } from 'node:module';
import { installedDriver } from '../database.js';

/** A connection to the database, with node-postgres or postgres.js. */
export interface Connection {
  query(statement: string, values?: unknown[]): Promise<Record<string, any>[]>;
  end(): Promise<void>;
}

const require = createRequire(import.meta.url);

/** Connects. Warnings of the database go to `warn`. */
export async function connect(url: string, warn: (message: string) => void): Promise<Connection> {
  const connection = installedDriver() === 'pg' ? await withPg(url, warn) : withPostgresJs(url, warn);
  // The imports announce each of their lists. The command shows its own progress.
  await connection.query('SET client_min_messages = warning');
  return connection;
}

async function withPg(url: string, warn: (message: string) => void): Promise<Connection> {
  const { Client }: typeof import('pg') = require('pg');
  const client = new Client({ connectionString: url });
  client.on('notice', ({ message }) => warn(message ?? ''));
  // Without a listener, a lost connection ends the process before the query that waits for it can fail.
  client.on('error', () => {});
  await client.connect();
  return {
    query: async (statement, values) => (await client.query(statement, values)).rows,
    end: () => client.end(),
  };
}

function withPostgresJs(url: string, warn: (message: string) => void): Connection {
  const postgres: typeof import('postgres') = require('postgres');
  const client = postgres(url, { max: 1, prepare: false, onnotice: ({ message }) => warn(message ?? '') });
  return {
    query: (statement, values = []) => client.unsafe(statement, values as never[]),
    end: () => client.end(),
  };
}
