import { fileURLToPath } from 'node:url';
import { relations } from './schema/index.js';

export { createDatabase, type Database, db, type PGliteClient, type PGliteDatabase } from './database.js';
export * from './queries/index.js';
export * from './schema/index.js';

/** The folder of the migrations, for Drizzle's `migrate`. Its layout is that of the installed version of Drizzle. */
export const migrationsFolder = fileURLToPath(
  new URL(relations ? '../src/migrations-1' : '../src/migrations', import.meta.url),
);
