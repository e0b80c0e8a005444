import { drizzle as drizzleNodePostgres } from 'drizzle-orm/node-postgres';
import { drizzle as drizzlePostgresJs } from 'drizzle-orm/postgres-js';
import * as schema from './schema';

const { DATABASE_URL, DRIVER } = process.env;

export const db =
  DRIVER === 'postgres.js'
    ? drizzlePostgresJs(DATABASE_URL!, { schema })
    : drizzleNodePostgres(DATABASE_URL!, { schema });
