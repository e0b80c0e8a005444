#!/usr/bin/env node
// Tests that Supabase's own linters find nothing. "supabase db advisors" checks tables, policies, indexes and grants.
// "supabase db lint" checks functions.
const { run, is, skip, newDatabase } = require('../lib/http.js');
const { execFile } = require('node:child_process');
const { promisify } = require('node:util');

const { PGHOST, PGPORT, PGUSER, PGPASSWORD, TMPDIR, PATH } = process.env;
const program = `${__dirname}/../node_modules/@supabase/cli-linux-x64/bin/supabase`;

// Returns what the command finds, at the given level or above.
async function supabase(database, level, ...command) {
    const url = `postgresql://${PGUSER}:${PGPASSWORD}@${PGHOST}:${PGPORT}/${database.name}?sslmode=disable`;
    const env = { PATH, HOME: TMPDIR, TMPDIR, DO_NOT_TRACK: '1', SUPABASE_TELEMETRY_DISABLED: '1' };
    const { stdout } = await promisify(execFile)(
        program,
        [...command, '--level', level, '--fail-on', 'none', '--output-format', 'json', `--remote=${url}`],
        { cwd: TMPDIR, env, timeout: 120_000 },
    );
    return JSON.parse(stdout).results;
}

// Returns the advice as "name of the rule: object". The level is info, because that is the level of foreign keys
// without an index. Unused indexes are left out, because no query has run yet.
async function advice(database) {
    const found = await supabase(database, 'info', 'db', 'advisors', '--type', 'all');
    return found
        .filter(({ name }) => name !== 'unused_index')
        .map(({ name, detail }) => `${name}: ${detail.match(/`([^`]+)`/)[1]}`)
        .sort();
}

// "supabase db lint" creates the extension plpgsql_check, which a new PostgreSQL does not have yet.
async function hasFaultyFunctions(database, expected, name) {
    const available = await database.sql("SELECT count(*) FROM pg_available_extensions WHERE name = 'plpgsql_check'");
    if (available === '0') {
        skip(name, 'plpgsql_check is not installed');
        return;
    }
    const found = await supabase(database, 'warning', 'db', 'lint');
    is(
        found.map((one) => one.function),
        expected,
        name,
    );
}

const inPublic = (schema) => (schema === 'public' ? ['extension_in_public: agentchat'] : []);

async function findsNothing(database, schema, name) {
    is(
        await advice(database),
        inPublic(schema),
        `${name}: the advisors find nothing${schema === 'public' ? ' except that it is in public' : ''}`,
    );
    await hasFaultyFunctions(database, [], '... and the linter of functions finds nothing');
}

async function holdsForFeatures(database, schema) {
    await database.owner("SELECT agentchat.enable('runs'); SELECT agentchat.enable('search')");
    is(await advice(database), inPublic(schema), `extension in ${schema}, with features: the advisors find nothing`);
    await database.owner(`SELECT agentchat.disable('search'); SELECT agentchat.disable('runs');
        DROP TABLE ${schema}.search_grams, ${schema}.search_segments, ${schema}.search_pending;
        DROP TABLE ${schema}.run_chunks, ${schema}.runs`);
}

// Members of extensions are exempt from the rules. Ours follow them anyway, except for functions that do not set
// search_path: those in C, those that run triggers of the application, and those that the planner inlines. They find
// nothing by search_path.
const runTriggers = [
    'delete_user',
    'import_chatgpt',
    'import_claude',
    'import_conversations',
    'import_user',
    'import_vercel_chatbot',
    'sweep_runs',
    'write_imported_conversations',
];
const inlined = ['chatgpt_time', 'imported_list', 'vercel_origin', 'vercel_ui_parts'];
const qualifyingFunctions = [...runTriggers, ...inlined].join();

async function holdsForMembers(database, schema) {
    const free = await database.sql(`
        SELECT string_agg('ALTER EXTENSION agentchat DROP ' || pg_describe_object(classid, objid, 0), ';')
        FROM pg_depend JOIN pg_extension e ON e.oid = refobjid
        WHERE refclassid = 'pg_extension'::regclass AND extname = 'agentchat' AND deptype = 'e'
          -- The row type of a table is dropped with the table.
          AND classid <> 'pg_type'::regclass`);
    await database.sql(free);
    const qualifying = await database.sql(`
        SELECT string_agg(format('function_search_path_mutable: %s.%s', pronamespace::regnamespace, proname), E'\\n')
        FROM pg_proc JOIN pg_language l ON l.oid = prolang
        WHERE (lanname = 'c' OR proname = ANY ('{${qualifyingFunctions}}')) AND pronamespace IN ('agentchat'::regnamespace, '${schema}'::regnamespace)`);
    is(
        await advice(database),
        [...inPublic(schema), ...qualifying.split('\n')].sort(),
        `extension in ${schema}: its functions follow the rules`,
    );
}

// Shows that the linters check these tables: they find faults that the test makes.
async function findsFaults(database, schema) {
    await database.owner(`SET search_path = ${schema};
        ALTER TABLE messages DISABLE ROW LEVEL SECURITY;
        CREATE POLICY more ON conversations FOR SELECT
            USING (user_id::text = current_setting('request.jwt.claim.sub', true));
        DROP INDEX artifacts_message_id_idx;
        CREATE INDEX twin ON workflows (workflow_id);
        CREATE FUNCTION broken() RETURNS integer LANGUAGE plpgsql SET search_path = ''
            AS 'BEGIN RETURN nothing.of_that_name(); END';
        RESET search_path`);
    const found = await advice(database);
    const expected = [
        `auth_rls_initplan: ${schema}.conversations`,
        `duplicate_index: ${schema}.workflows`,
        `multiple_permissive_policies: ${schema}.conversations`,
        `policy_exists_rls_disabled: ${schema}.messages`,
        `unindexed_foreign_keys: ${schema}.artifacts`,
        ...inPublic(schema),
        ...(schema === 'public' ? ['rls_disabled_in_public: public.messages'] : []),
    ];
    is([...new Set(found)], expected.sort(), `extension in ${schema}: faults are found`);
    await hasFaultyFunctions(database, [`${schema}.broken`], '... and broken functions');
}

run(async () => {
    for (const schema of ['public', 'chat']) {
        for (const defaultPrivileges of [true, false]) {
            const database = await newDatabase({ defaultPrivileges });
            if (schema !== 'public') await database.owner(`CREATE SCHEMA ${schema}`);
            await database.install(schema);
            await findsNothing(
                database,
                schema,
                `extension in ${schema}, ${defaultPrivileges ? 'with' : 'without'} default privileges`,
            );
            if (defaultPrivileges) await holdsForFeatures(database, schema);
            await findsFaults(database, schema);
            if (!defaultPrivileges) continue;

            const old = await newDatabase();
            if (schema !== 'public') await old.owner(`CREATE SCHEMA ${schema}`);
            await old.owner(`CREATE EXTENSION agentchat SCHEMA ${schema} VERSION '0.1.0';
                ALTER EXTENSION agentchat UPDATE`);
            await old.owner('SELECT agentchat.adopt(build => true)');
            await findsNothing(old, schema, `extension in ${schema}, from 0.1.0`);
            await holdsForMembers(old, schema);
        }
    }
});
