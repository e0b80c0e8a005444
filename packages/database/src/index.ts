import { fileURLToPath } from 'node:url';

export { createDatabase, type Database, db } from './database.js';
export * from './queries/index.js';
export * from './schema/index.js';

/** The folder of the migrations, for Drizzle's `migrate`. */
export const migrationsFolder = fileURLToPath(new URL('../src/migrations', import.meta.url));
