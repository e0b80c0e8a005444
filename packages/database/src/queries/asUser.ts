import { sql } from 'drizzle-orm';
import { InvalidInputError, NotAllowedError, typedError } from '../errors.js';
import { quoted } from '../quoted.js';
import { type DrizzleClient, rowsIn } from './client.js';

/** A Drizzle database or transaction, which can begin a transaction. */
interface Transactional {
  transaction(work: (tx: any) => Promise<any>): Promise<any>;
}

/**
 * Runs queries as a user, in a transaction of their own. Row-level security limits them to the rows of the user. The
 * login must be a member of the role.
 *
 * ```ts
 * const list = await asUser(db, session.userId, (tx) => listConversations(tx));
 * ```
 *
 * An error ends the transaction, even if `work` catches the error. To continue after an error, run the statements that
 * may fail in `tx.transaction(…)`. Within one transaction, call it for one user after the other, not at the same time.
 */
export async function asUser<TDatabase extends Transactional, TResult>(
  db: TDatabase,
  userId: string,
  work: (tx: Parameters<Parameters<TDatabase['transaction']>[0]>[0]) => Promise<TResult>,
  { role = 'authenticated' }: { role?: string | undefined } = {},
): Promise<TResult> {
  if (!userId) throw new TypeError('asUser: userId is empty.');
  // SET ROLE none would mean the login itself.
  if (role.toLowerCase() === 'none') throw new TypeError('asUser: role must not be none.');
  return db.transaction(async (tx) => {
    const before = await replaceSettings(tx, {
      role,
      'request.jwt.claims': JSON.stringify({ sub: userId, role }),
      // The older setting, which current_user_id() reads first.
      'request.jwt.claim.sub': userId,
    }).catch((error: unknown) => {
      throw explained(error, role);
    });
    const result = await work(tx as Parameters<typeof work>[0]);
    // Inside another transaction, the settings would last until that transaction ends. If work has caught an error of
    // the database, this statement fails. COMMIT alone would roll back without an error.
    await replaceSettings(tx, before);
    return result;
  });
}

/** Says what to do about a role that is missing or not granted. Not for the caller, who cannot act on it. */
function explained(error: unknown, role: string): unknown {
  const typed = typedError(error);
  const name = quoted(role);
  const grant = `GRANT ${name} TO <your login>;`;
  const message =
    typed instanceof InvalidInputError
      ? `asUser: the role ${name} does not exist. Run, as the owner of the tables: CREATE ROLE ${name} NOLOGIN; ${grant} ` +
        `SELECT agentchat.grant_api('${role.replaceAll("'", "''")}');`
      : typed instanceof NotAllowedError
        ? `asUser: the login is not a member of the role ${name}. Run, as the owner of the tables: ${grant}`
        : undefined;
  return message ? new Error(message, { cause: error }) : error;
}

type Settings = Record<'role' | 'request.jwt.claims' | 'request.jwt.claim.sub', string>;

/** Changes settings for the rest of the transaction, and resolves to the previous ones. */
async function replaceSettings(tx: DrizzleClient, settings: Settings): Promise<Settings> {
  const names = Object.keys(settings) as (keyof Settings)[];
  const were = names.map((name) => sql`coalesce(current_setting(${name}, true), '') AS ${sql.identifier(name)}`);
  const changes = names.map((name) => sql`set_config(${name}, ${settings[name]}, true)`);
  const query = sql`
    WITH was AS MATERIALIZED (SELECT ${sql.join(were, sql`, `)})
    SELECT was.*, ${sql.join(changes, sql`, `)} FROM was`;
  const [row] = rowsIn(await tx.execute(query));
  return Object.fromEntries(names.map((name) => [name, row[name]])) as Settings;
}
