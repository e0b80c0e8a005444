#!/usr/bin/env node
// Tests that Supabase's own linters find nothing. "supabase db advisors" checks tables, policies, indexes and grants.
// "supabase db lint" checks functions.
const { run, is, skip, isSqlEdition, newDatabase } = require('../lib/http.js');
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
    if (isSqlEdition) {
        skip(name, 'plpgsql_check takes records that dynamic SQL fills for records without a value');
        return;
    }
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

// In the SQL edition, functions that run triggers of the application, and what they call for each message, keep the
// search_path of the caller, too. They are the functions for clients, and these. The planner inlines functions in SQL
// that have no SET. hostile_user.t shows that they find nothing by search_path.
const runTriggersInSql = [
    'compact_json',
    'delete_chunks',
    'ends_run',
    'export_conversation',
    'fail_silent_run',
    'find_message',
    'lock_conversation',
    'lock_conversation_if_visible',
    'lock_run',
    'lock_run_while_running',
    'lock_running_run',
    'newest_chunk',
    'newest_chunk_of_locked',
    'read_conversation',
    'refuse_conversation',
    'refuse_for_other_conversation',
    'refuse_if',
    'refuse_run',
    'refuse_run_that_is_over',
    'require_same_as_stored',
    'sees_conversation',
    'sync_auth_user',
    'touch_conversations',
    'touch_held_conversation',
    'write_auth_user',
    'write_messages',
];

const inPublic = (schema) => (schema === 'public' && !isSqlEdition ? ['extension_in_public: agentchat'] : []);

// Returns the advice that is known: the schema of the extension, and functions of the SQL edition without search_path.
async function allowed(database, schema) {
    if (!isSqlEdition) return inPublic(schema);
    const found = await database.sql(`
        SELECT format('function_search_path_mutable: %s.%s', pronamespace::regnamespace, proname)
        FROM pg_proc p JOIN agentchat.own_functions() o ON o = p.oid JOIN pg_language l ON l.oid = prolang
        WHERE array_to_string(proconfig, ',') ~ 'search_path=' IS NOT TRUE
          AND (lanname = 'sql' OR pronamespace = '${schema}'::regnamespace
               OR proname = ANY ('{${[...runTriggers, ...runTriggersInSql].join()}}'))`);
    return found.split('\n').sort();
}

async function findsNothing(database, schema, name) {
    const expected = await allowed(database, schema);
    is(await advice(database), expected, `${name}: the advisors find nothing but what is known`);
    await hasFaultyFunctions(database, [], '... and the linter of functions finds nothing');
}

async function holdsForFeatures(database, schema) {
    const features = isSqlEdition ? ['runs'] : ['runs', 'search'];
    for (const feature of features) await database.owner(`SELECT agentchat.enable('${feature}')`);
    is(await advice(database), await allowed(database, schema), `... with features: nothing else`);
    for (const feature of features) await database.owner(`SELECT agentchat.disable('${feature}')`);
    if (!isSqlEdition) {
        await database.owner(`DROP TABLE ${schema}.search_grams, ${schema}.search_segments, ${schema}.search_pending`);
    }
    await database.owner(`DROP TABLE ${schema}.run_chunks, ${schema}.runs`);
}

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
        ...new Set(await allowed(database, schema)),
        ...(schema === 'public' ? ['rls_disabled_in_public: public.messages'] : []),
    ];
    is([...new Set(found)], expected.sort(), `in ${schema}: faults are found`);
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
                `in ${schema}, ${defaultPrivileges ? 'with' : 'without'} default privileges`,
            );
            if (defaultPrivileges) await holdsForFeatures(database, schema);
            await findsFaults(database, schema);
            // No release has the SQL edition, and its functions are no members of an extension.
            if (!defaultPrivileges || isSqlEdition) continue;

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
