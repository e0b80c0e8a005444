import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { migration } from './migration.js';

/** The version of the SQL edition in this package. */
export const sqlEditionVersion: string = JSON.parse(
  readFileSync(fileURLToPath(new URL('../../package.json', import.meta.url)), 'utf8'),
).version;

/** Returns the name of a schema as it stands in SQL. */
export function quotedSchema(schema: string): string {
  // The name stands in string constants and dollar quotes, too. PostgreSQL refuses the same for extensions.
  if (/["'$\\]/.test(schema) || schema === '') {
    throw new Error(`The name of the schema must not be empty or contain ", ', $ or \\: ${schema}`);
  }
  // Another name may be a keyword.
  return schema === 'public' ? schema : `"${schema}"`;
}

const fileName = /^agentchat-sql--(.+)\.sql$/;
const folder = new URL('./', import.meta.url);

/** The versions of which this package has the script, and from which {@link sqlEditionMigration} leads to its own. */
export const sqlEditionVersions = (): string[] => readdirSync(folder).flatMap((name) => fileName.exec(name)?.[1] ?? []);

const script = (version: string, schema: string) =>
  readFileSync(new URL(`agentchat-sql--${version}.sql`, folder), 'utf8').replaceAll(
    '@extschema@',
    quotedSchema(schema),
  );

/**
 * Returns the script that installs the SQL edition of agentchat into a schema: a single statement, for servers on which
 * the extension cannot be installed, and for PGlite.
 */
export function sqlEdition({ schema = 'public' }: { schema?: string } = {}): string {
  return script(sqlEditionVersion, schema);
}

/** Returns a single statement that leads from an older version of the SQL edition to the one of this package. */
export function sqlEditionMigration({ from, schema = 'public' }: { from: string; schema?: string }): string {
  if (from === sqlEditionVersion) throw new Error(`${from} is the version of this package.`);
  if (!sqlEditionVersions().includes(from)) {
    throw new Error(`This package does not know version ${from}. It knows ${sqlEditionVersions().join(', ')}.`);
  }
  return migration(script(from, schema), script(sqlEditionVersion, schema));
}
