#!/usr/bin/env node
// Tests the format rows over HTTP, through the real PostgREST. get_conversation and get_conversation_json return
// exactly the result of embedding the messages, with all digits. The conversations are random. Some are in tables to
// which columns of all types were added. The seed of a failed conversation repeats it:
//   SEED=17 CONVERSATIONS=25 scripts/test test/shapes/rows.t
const { readFileSync } = require('node:fs');
const { isDeepStrictEqual } = require('node:util');
const { run, is, ok, newDatabase, startPostgrest, service, user } = require('../lib/http.js');
const { generators, randomConversations } = require('../lib/conversations.js');

const { SEED = '1', CONVERSATIONS = '75' } = process.env;
const roundSize = 25;
const ada = 'ada00000-0000-4000-8000-000000000000';
const ben = 'be000000-0000-4000-8000-000000000000';

const embedding = (id, order = 'created_at,id') =>
    `/conversations?select=*,messages(*)&messages.order=${order}&id=eq.${id}`;
const quoted = (text) => `'${text.replaceAll("'", "''")}'`;

// Changes the tables in the ways that an application could: drops the checks, and adds a column of each type.
const addColumns = `
    SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname) FROM pg_constraint
    WHERE conrelid IN ('conversations'::regclass, 'messages'::regclass) AND contype = 'c' \\gexec
    SELECT format('ALTER TABLE %s ADD COLUMN %I %s', of_table, 'Column ' || type, type)
    FROM test.column_type, unnest('{conversations, messages}'::regclass[]) of_table \\gexec`;

const fillColumns = `
    SELECT format('UPDATE %s SET %s', of_table, string_agg(format('%I = CASE WHEN test.chance(0.8) THEN %s END',
                                                               'Column ' || type, value), ', ' ORDER BY type))
    FROM test.column_type, unnest('{conversations, messages}'::regclass[]) of_table GROUP BY of_table \\gexec`;

// JSON has -0, which jsonb turns into 0.
const asJson = (value) => JSON.parse(JSON.stringify(value));

// Returns the result of the embedding for a page.
async function embeddedPage(id, limit, caller) {
    const [page] = (await caller.get(`${embedding(id, 'created_at.desc,id.desc')}&messages.limit=${limit + 1}`)).body;
    const newest = page.messages.slice(0, limit).reverse();
    return { ...page, messages: newest, has_more: page.messages.length > limit };
}

// Tells whether two JSON texts are the same value with the same digits. PostgreSQL compares, because JavaScript would
// round numbers.
async function sameDigits(database, text, other) {
    return (await database.sql(`SELECT ${quoted(text)}::jsonb::text = ${quoted(other)}::jsonb::text`)) === 't';
}

async function problemsOf(id, caller, database) {
    const embedded = await caller.get(embedding(id));
    const page = await embeddedPage(id, 3, caller);
    const problems = [];
    for (const name of ['get_conversation', 'get_conversation_json']) {
        const whole = await caller.call(name, { conversation_id: id });
        const answers = {
            'by POST': [whole, embedded.body[0]],
            'by GET': [await caller.callByGet(name, { conversation_id: id, format: 'rows' }), embedded.body[0]],
            'of a page': [await caller.call(name, { conversation_id: id, message_limit: 3 }), page],
        };
        for (const [which, [answer, expected]] of Object.entries(answers)) {
            if (
                answer.status !== 200 ||
                answer.headers['content-type'] !== 'application/json; charset=utf-8' ||
                !isDeepStrictEqual(asJson(answer.body), asJson(expected))
            ) {
                problems.push(`${id}: ${name} ${which}: ${answer.status} ${answer.text.slice(0, 500)}`);
            }
        }
        if (!(await sameDigits(database, `[${whole.text}]`, embedded.text))) {
            problems.push(`${id}: ${name}: other digits`);
        }
    }
    return problems;
}

// Checks a round of random conversations, after a change to them.
async function check(database, api, seed, name, change = '') {
    await database.sql(`TRUNCATE conversations, messages, artifacts; ${randomConversations(roundSize, seed, ada)};
        ${change}`);
    const ids = (await database.sql('SELECT id FROM conversations ORDER BY id')).split('\n');
    for (const [who, claims] of Object.entries({ service_role: service, 'a signed-in user': user(ada) })) {
        const problems = [];
        for (const id of ids) problems.push(...(await problemsOf(id, api.as(claims), database)));
        ok(
            ids.length === roundSize && problems.length === 0,
            `as ${who}: ${ids.length} conversations${name}, SEED=${seed}`,
            ...problems.slice(0, 5),
        );
    }
    const { status, body } = await api.as(user(ben)).call('get_conversation_json', { conversation_id: ids[0] });
    is([status, body], [200, null], '... and null for another user');
}

// bench/postgrest.sql is the statement that PostgREST sends, but for the layout. The test finds it in the server's log,
// which scripts/with-cluster keeps beside the data.
async function isMeasured(database) {
    await database.sql(`ALTER ROLE authenticator SET log_statement = 'all'`);
    const api = await startPostgrest(database);
    await api.as(service).get(embedding(ada));
    const sent = await database.sql(`
        SELECT max(regexp_replace(line, '^.*LOG:  execute \\w+: ', ''))
        FROM string_to_table(pg_read_file(current_setting('data_directory') || '/../log'), E'\\n') line
        WHERE line ~ 'LOG:  execute \\w+: WITH pgrst_source'`);
    const measured = readFileSync(`${__dirname}/../../bench/postgrest.sql`, 'utf8')
        .replace(/^--.*\n/gm, '')
        .replace(':conversation', '$1')
        .replace(/;\n$/, '')
        .replace(/\s+/g, ' ');
    is(sent.replace(/\s+/g, ' '), measured, "the benchmark's SQL is the statement that embeds the messages");
}

run(async () => {
    const database = await newDatabase();
    await database.owner('CREATE EXTENSION agentchat');
    await database.sql(generators);
    const api = await startPostgrest(database);

    const seeds = [];
    for (let tried = 0; tried < Number(CONVERSATIONS); tried += roundSize) {
        seeds.push(Number(SEED) + tried / roundSize);
    }
    for (const seed of seeds) await check(database, api, seed, '');
    await database.sql(addColumns);
    await database.sql('GRANT USAGE ON SCHEMA test TO PUBLIC');
    for (const seed of seeds) await check(database, api, seed, ' with columns of all types', fillColumns);
    await isMeasured(database);
});
