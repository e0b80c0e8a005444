import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The version of the SQL edition in this package. */
export const sqlEditionVersion: string = JSON.parse(
  readFileSync(fileURLToPath(new URL('../../package.json', import.meta.url)), 'utf8'),
).version;

/** Returns the name of a schema as it stands in SQL. */
export function quotedSchema(schema: string): string {
  // The name stands in string constants and dollar quotes, too. PostgreSQL refuses the same for extensions.
  if (/["'$\\]/.test(schema) || schema === '')
    throw new Error(`The schema ${JSON.stringify(schema)} has another name.`);
  return /^[a-z_][a-z0-9_]*$/.test(schema) ? schema : `"${schema}"`;
}

/**
 * Returns the script that installs the SQL edition of agentchat into a schema: a single statement, for servers on which
 * the extension cannot be installed, and for PGlite.
 */
export function sqlEdition({ schema = 'public' }: { schema?: string } = {}): string {
  const file = fileURLToPath(new URL(`./agentchat-sql--${sqlEditionVersion}.sql`, import.meta.url));
  return readFileSync(file, 'utf8').replaceAll('@extschema@', quotedSchema(schema));
}
