import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { copyFile, cp, mkdtemp, readFile, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { before, describe, test } from 'node:test';
import { sqlEdition, sqlEditionVersion } from '@agentchat/database/sql';
import { emptyDatabase, packageFolder, type TestDatabase } from './server.js';

const ada = 'ada00000-0000-4000-8000-000000000000';

/** Runs the command of a copy of the package to its end. */
function agentchat(folder: string, args: string[], url: string) {
  return new Promise<{ status: number; stdout: string; stderr: string }>((resolve) => {
    execFile(
      process.execPath,
      [`${folder}/dist/cli/agentchat.js`, ...args],
      { env: { ...process.env, DATABASE_URL: url }, maxBuffer: 2 ** 26 },
      (error, stdout, stderr) => resolve({ status: error ? Number(error.code ?? -1) : 0, stdout, stderr }),
    );
  });
}

/** What the catalogs say about functions, the blueprint and the tables. */
const catalogs = (made: TestDatabase) =>
  made.sql(`
    SELECT concat_ws(' ', p.oid::regprocedure,
        (SELECT string_agg(a::text, ' ' ORDER BY a::text) FROM unnest(p.proacl) a), pg_get_functiondef(p.oid), obj_description(p.oid, 'pg_proc'))
    FROM pg_proc p WHERE p.pronamespace IN ('agentchat'::regnamespace, agentchat.tables_schema())
    UNION ALL SELECT concat_ws(' ', c.oid::regclass, c.relkind, a.attname, a.atttypid::regtype, a.attnotnull)
    FROM pg_class c LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
    WHERE c.relnamespace = 'agentchat'::regnamespace
    UNION ALL SELECT pg_get_triggerdef(g.oid) FROM pg_trigger g JOIN pg_class c ON c.oid = g.tgrelid
    WHERE c.relnamespace = 'agentchat'::regnamespace AND NOT g.tgisinternal
    UNION ALL SELECT concat_ws(' ', p.polname, p.polrelid::regclass, pg_get_expr(p.polqual, p.polrelid)) FROM pg_policy p
    UNION ALL SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE connamespace = 'agentchat'::regnamespace
    ORDER BY 1`);

describe('agentchat install', () => {
  test('--sql installs the SQL edition, and says the second time what is there', async () => {
    const made = await emptyDatabase();
    const first = await agentchat(packageFolder, ['install', '--sql'], made.url);
    assert.deepEqual(first, {
      status: 0,
      stdout: `Installed the SQL edition of agentchat ${sqlEditionVersion} into the schema public.\n`,
      stderr: '',
    });
    assert.equal(
      (await made.sql('SELECT edition, version FROM agentchat.version()')).trim(),
      `sql|${sqlEditionVersion}`,
    );
    assert.deepEqual((await made.pool.query('SELECT * FROM agentchat.check()')).rows, []);
    const again = await agentchat(packageFolder, ['install', '--sql'], made.url);
    const there = `There is already the SQL edition of agentchat ${sqlEditionVersion}.\n`;
    assert.deepEqual(again, { status: 0, stdout: there, stderr: '' });
    const other = await agentchat(packageFolder, ['install'], made.url);
    assert.equal(
      other.stdout,
      `${there}To change to the other edition, run: SELECT agentchat.change_edition('extension');\n`,
    );
    const elsewhere = await agentchat(packageFolder, ['install', '--sql', '--schema', 'chat'], made.url);
    assert.equal(elsewhere.status, 1);
    assert.match(elsewhere.stderr, /is in the schema public\. A database has one\./);
  });

  test('--schema makes a schema', async () => {
    for (const schema of ['My chat', 'order']) {
      const made = await emptyDatabase();
      const { stdout } = await agentchat(packageFolder, ['install', '--sql', '--schema', schema], made.url);
      assert.equal(stdout, `Installed the SQL edition of agentchat ${sqlEditionVersion} into the schema ${schema}.\n`);
      assert.equal((await made.sql(`SELECT count(*) FROM "${schema}".users`)).trim(), '0');
      assert.deepEqual((await made.pool.query('SELECT * FROM agentchat.check()')).rows, []);
    }
    const other = await emptyDatabase();
    const refused = await agentchat(packageFolder, ['install', '--sql', '--schema', "a'b"], other.url);
    assert.equal(refused.status, 1);
    assert.match(refused.stderr, /The name of the schema must not/);
  });

  test('without --sql installs the extension', async () => {
    const made = await emptyDatabase();
    const { stdout, stderr } = await agentchat(packageFolder, ['install', '--schema', 'chat'], made.url);
    assert.deepEqual(
      [stdout, stderr],
      [`Installed the extension agentchat ${sqlEditionVersion} into the schema chat.\n`, ''],
    );
    const again = await agentchat(packageFolder, ['install', '--sql'], made.url);
    assert.match(again.stdout, /^There is already the extension agentchat .*\n.*change_edition\('sql'\);\n$/);
  });

  test('leaves nothing behind after an error', async () => {
    const made = await emptyDatabase();
    await made.sql('CREATE FUNCTION get_conversation(integer) RETURNS integer LANGUAGE sql RETURN $1');
    const { status, stderr } = await agentchat(packageFolder, ['install', '--sql', '--schema', 'public'], made.url);
    assert.equal(status, 1);
    assert.match(stderr, /a function with a name that agentchat needs already exists/);
    assert.equal((await made.sql("SELECT to_regnamespace('agentchat') IS NULL")).trim(), 't');
  });

  test('refuses what it does not know', async () => {
    for (const [args, words] of [
      [['install', '--from', '1'], /install does not have the option --from/],
      [['migration', '--sql'], /migration does not have the option --sql/],
      [['install', 'it'], /install takes no it/],
    ] as const) {
      const { status, stderr } = await agentchat(packageFolder, [...args], 'postgres://localhost/none');
      assert.equal(status, 2);
      assert.match(stderr, words);
    }
    const { status, stderr } = await agentchat(packageFolder, ['migration', '--from', '0.0.1'], '');
    assert.equal(status, 1);
    assert.match(stderr, /This package does not know version 0\.0\.1\. It knows /);
  });
});

/** A script of a version that never was: with functions, grants, comments and a blueprint that have changed since. */
function pretended(script: string): string {
  const replace = (text: string, from: string | RegExp, to: string) => {
    const replaced = text.replace(from, to);
    assert.notEqual(replaced, text, String(from));
    return replaced;
  };
  let old = script.replaceAll(`SELECT 'sql', '${sqlEditionVersion}'`, "SELECT 'sql', '0.1.9'");
  // Another body.
  old = replace(
    old,
    'CREATE FUNCTION agentchat.tables_prefix() RETURNS text',
    'CREATE FUNCTION agentchat.tables_prefix() RETURNS text COST 7',
  );
  // A function that is new, one that is gone, and one with other arguments.
  old = replace(old, /CREATE FUNCTION agentchat\.features\(\)[\s\S]*?\$function\$;\n/, '');
  old = replace(old, /GRANT EXECUTE ON FUNCTION agentchat\.features\(\) TO PUBLIC;\n/, '');
  old = replace(
    old,
    /COMMENT ON FUNCTION agentchat\.features\(\) IS\n[\s\S]*?;\n/,
    "CREATE FUNCTION agentchat.old(n numeric(10, 2), words text DEFAULT 'a, b') RETURNS int LANGUAGE sql RETURN 1;\n",
  );
  old = replace(
    old,
    'agentchat.utc_time(t timestamp) RETURNS text',
    'agentchat.utc_time(t timestamp, other integer DEFAULT 1) RETURNS text',
  );
  // A function that policies of the blueprint call had another argument.
  old = replace(old, 'CREATE FUNCTION agentchat.owns_run(run_id uuid)', 'CREATE FUNCTION agentchat.owns_run(run uuid)');
  // A comment, a grant and a revoke that are gone.
  old = replace(
    old,
    'CREATE FUNCTION agentchat.own_functions()',
    `COMMENT ON FUNCTION agentchat.tables_schema() IS 'gone';
REVOKE EXECUTE ON FUNCTION agentchat.version() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION agentchat.version() TO pg_monitor;

CREATE FUNCTION agentchat.own_functions()`,
  );
  // Comments, grants and the blueprint.
  old = replace(
    old,
    'Returns the edition of agentchat in this database, extension or sql, and its version.',
    'Another comment.',
  );
  old = replace(old, 'GRANT EXECUTE ON FUNCTION agentchat.check() TO pg_database_owner;\n', '');
  old = replace(old, /CREATE TABLE agentchat\.blueprint_users \(\n/, '$&    nickname text,\n');
  return old;
}

describe('agentchat migration', () => {
  let folder: string;
  let fresh: TestDatabase;
  before(async () => {
    // A package that knows an older version.
    folder = await mkdtemp(`${tmpdir()}/package-`);
    await cp(`${packageFolder}/dist`, `${folder}/dist`, { recursive: true });
    await copyFile(`${packageFolder}/package.json`, `${folder}/package.json`);
    await symlink(`${packageFolder}/node_modules`, `${folder}/node_modules`);
    const name = (version: string) => `${folder}/dist/sql/agentchat-sql--${version}.sql`;
    await writeFile(name('0.1.9'), pretended(await readFile(name(sqlEditionVersion), 'utf8')));
    fresh = await emptyDatabase();
    await fresh.pool.query(sqlEdition());
  });

  const older = async (schema = 'public') => {
    const made = await emptyDatabase();
    if (schema !== 'public') await made.pool.query(`CREATE SCHEMA ${schema}`);
    const script = await readFile(`${folder}/dist/sql/agentchat-sql--0.1.9.sql`, 'utf8');
    await made.pool.query(script.replaceAll('@extschema@', schema));
    await made.pool.query(`INSERT INTO ${schema}.users (id, email) VALUES ('${ada}', 'ada@example.com');
      CREATE VIEW mine AS SELECT ${schema}.get_conversation(id) FROM ${schema}.conversations;`);
    return made;
  };

  test('prints the script', async () => {
    const { stdout } = await agentchat(folder, ['migration', '--schema', 'chat'], '');
    assert.equal(stdout, sqlEdition({ schema: 'chat' }));
  });

  test('--from leads to what the script installs', async () => {
    const made = await older();
    assert.notEqual(await catalogs(made), await catalogs(fresh));
    const { stdout, stderr } = await agentchat(folder, ['migration', '--from', '0.1.9'], '');
    assert.equal(stderr, '');
    assert.ok(stdout.length < sqlEdition().length / 2, `${stdout.length} characters`);
    await made.pool.query(stdout);
    assert.equal(await catalogs(made), await catalogs(fresh));
    // The column that the blueprint no longer has is the user's own.
    assert.deepEqual((await made.pool.query('SELECT * FROM agentchat.check()')).rows, []);
    // A second time, it changes nothing.
    await assert.rejects(made.pool.query(stdout), /version 0\.1\.9 of the SQL edition of agentchat is not installed/);
    assert.equal(await catalogs(made), await catalogs(fresh));
  });

  test('install --sql brings an older version to this one', async () => {
    const made = await older();
    const { stdout, stderr } = await agentchat(folder, ['install', '--sql'], made.url);
    assert.equal(stderr, '');
    assert.match(
      stdout,
      new RegExp(`was upgraded from 0\\.1\\.9 to ${sqlEditionVersion}\\.\\n.*agentchat\\.adopt\\(\\)`),
    );
    assert.equal(await catalogs(made), await catalogs(fresh));
  });

  test('stays in the schema in which agentchat is', async () => {
    const made = await older('chat');
    const before = await catalogs(made);
    const { stdout: forPublic } = await agentchat(folder, ['migration', '--from', '0.1.9'], '');
    await assert.rejects(made.pool.query(forPublic), /agentchat is in another schema/);
    assert.equal(await catalogs(made), before);
    const { stdout } = await agentchat(folder, ['install', '--sql'], made.url);
    assert.match(stdout, /was upgraded/);
    const inPublic =
      "SELECT count(*) FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND proname LIKE '%conversation%'";
    assert.equal((await made.sql(inPublic)).trim(), '0');
    assert.deepEqual((await made.pool.query('SELECT * FROM agentchat.check()')).rows, []);
  });

  test("does not replace a function of the user's", async () => {
    const made = await older();
    await made.pool.query(`CREATE FUNCTION agentchat.features() RETURNS TABLE (feature text, state text, tables text[],
      description text) LANGUAGE sql AS $$SELECT 'mine', '', '{}'::text[], ''$$`);
    const { stdout } = await agentchat(folder, ['migration', '--from', '0.1.9'], '');
    await assert.rejects(made.pool.query(stdout), /function "features" already exists/);
    assert.equal((await made.sql('SELECT feature FROM agentchat.features()')).trim(), 'mine');
  });
});
