import { quotedSchema, sqlEdition, sqlEditionMigration, sqlEditionVersion } from '../sql/sqlEdition.js';
import type { Connection } from './connection.js';

/** What the command is asked to install, and where. */
export interface Installation {
  isSqlEdition: boolean;
  /** By default the one in which agentchat is, or public. */
  schema: string | undefined;
}

interface Present {
  edition: 'extension' | 'sql';
  version: string;
  schema: string;
}

async function present({ query }: Connection): Promise<Present | undefined> {
  const [{ exists }] = (await query("SELECT to_regproc('agentchat.version') IS NOT NULL AS exists")) as [
    { exists: boolean },
  ];
  return exists
    ? ((
        await query(`
    SELECT v.edition, v.version, n.nspname AS schema
    FROM agentchat.version() v JOIN pg_namespace n ON n.oid = agentchat.tables_schema()`)
      )[0] as Present)
    : undefined;
}

const inWords = ({ edition, version }: Present) =>
  `${edition === 'sql' ? 'the SQL edition of' : 'the extension'} agentchat ${version}`;

/** Runs the script, or the migration if an older version is there. */
async function installSqlEdition(connection: Connection, there: Present | undefined, schema: string): Promise<string> {
  if (there?.edition === 'sql' && there.version !== sqlEditionVersion) {
    await connection.query(sqlEditionMigration({ from: there.version, schema }));
    return `The SQL edition of agentchat was upgraded from ${there.version} to ${sqlEditionVersion}.
To bring the tables up to date, run as their owner: SELECT * FROM agentchat.adopt();`;
  }
  await connection.query(sqlEdition({ schema }));
  return `Installed the SQL edition of agentchat ${sqlEditionVersion} into the schema ${schema}.`;
}

async function installExtension({ query }: Connection, schema: string): Promise<string> {
  const [available] = await query("SELECT FROM pg_available_extensions WHERE name = 'agentchat'");
  try {
    await query(`CREATE EXTENSION agentchat SCHEMA ${quotedSchema(schema)}`);
  } catch (error) {
    const { code } = error as { code?: string };
    // Not available, in the words of different versions of PostgreSQL.
    if (!available && (code === '0A000' || code === '58P01')) {
      throw Object.assign(new Error('The server does not have the extension agentchat.', { cause: error }), {
        hint: 'A hosted server cannot have it. Install the same in SQL: agentchat install --sql',
      });
    }
    throw error;
  }
  const [{ version }] = (await query('SELECT version FROM agentchat.version()')) as [Present];
  return `Installed the extension agentchat ${version} into the schema ${schema}.`;
}

/** Installs agentchat, and returns what to say about it. */
export async function install(connection: Connection, { isSqlEdition, schema: asked }: Installation): Promise<string> {
  // It may have to say that tables exist already.
  await connection.query('SET client_min_messages = notice');
  const there = await present(connection);
  const schema = asked ?? there?.schema ?? 'public';
  if (there && there.schema !== schema) {
    throw new Error(`${inWords(there)} is in the schema ${there.schema}. A database has one.`);
  }
  const isUpgrade = isSqlEdition && there?.edition === 'sql' && there.version !== sqlEditionVersion;
  if (there && !isUpgrade) {
    const wanted = isSqlEdition ? 'sql' : 'extension';
    const change = `\nTo change to the other edition, run: SELECT agentchat.change_edition('${wanted}');`;
    return `There is already ${inWords(there)}.${there.edition === wanted ? '' : change}`;
  }
  await connection.query('BEGIN');
  const [found] = await connection.query('SELECT FROM pg_namespace WHERE nspname = $1', [schema]);
  if (!found) await connection.query(`CREATE SCHEMA ${quotedSchema(schema)}`);
  const said = isSqlEdition
    ? await installSqlEdition(connection, there, schema)
    : await installExtension(connection, schema);
  await connection.query('COMMIT');
  return said;
}
