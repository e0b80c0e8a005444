#!/usr/bin/env node
// The SQL edition on a database like Supabase's, whose owner is no superuser: installed in every way in which its
// script can be run, used through the real PostgREST, which answers as over the extension, and dumped and restored.
const { execFileSync } = require('node:child_process');
const { Client } = require('pg');
const postgres = require('postgres');
const { run, is, like, newDatabase, startPostgrest, sqlEdition, anonymous, service, user } = require('../lib/http.js');

const { PGHOST, PGPORT, PGPASSWORD } = process.env;
const ada = 'ada00000-0000-4000-8000-000000000000';
const bob = 'b0b00000-0000-4000-8000-000000000000';
const poet = '33333333-0000-4000-8000-000000000001';
const nothing = '99999999-0000-4000-8000-000000000000';

const rows = `
    INSERT INTO users (id, email) VALUES ('${ada}', 'ada@example.com'), ('${bob}', 'bob@example.com');
    INSERT INTO agent_definitions (id, user_id, name, description, system_prompt)
    VALUES ('${poet}', '${ada}', 'Poet', '', 'Rhyme.');
    INSERT INTO subscriptions (user_id, plan, status, agent_limit) VALUES ('${ada}', 'pro', 'active', 1)`;

// Runs a program of PostgreSQL as the owner of the database, and returns its output.
const asOwner = (program, args, input) =>
    execFileSync(program, args, {
        input,
        encoding: 'utf8',
        maxBuffer: 2 ** 26,
        env: { ...process.env, PGUSER: 'developer' },
    });
const psql = (database, input) =>
    asOwner('psql', ['-XAtq', '-v', 'ON_ERROR_STOP=1', '-d', database.name, '-f', '-'], input);

// The ways to run the script.
const connection = { host: PGHOST, port: PGPORT, user: 'developer', password: PGPASSWORD };
async function withClient(database, use) {
    const client = new Client({ ...connection, database: database.name });
    await client.connect();
    await use(client);
    await client.end();
}
const ways = {
    'psql -f': (database, script) => psql(database, script),
    "one query, as in Supabase's SQL editor": (database, script) =>
        withClient(database, (client) => client.query(script)),
    'a prepared statement of pg': (database, script) =>
        withClient(database, (client) => client.query({ name: 'install', text: script })),
    'a prepared statement of postgres.js': async (database, script) => {
        const sql = postgres({ ...connection, database: database.name, onnotice: () => {}, max: 1 });
        await sql.unsafe(script, [], { prepare: true });
        await sql.end();
    },
};

// Ids and times that are new each time become their number in the order in which they come, and "time".
function comparable(answers) {
    const known = new Map();
    const numbered = (id) => known.get(id) ?? known.set(id, `id ${known.size + 1}`).get(id);
    const text = JSON.stringify(answers)
        .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, numbered)
        .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z?/g, 'time');
    return JSON.parse(text);
}

// What an application and others get by HTTP: [what, status, body] of each request.
async function answersOf(api) {
    const answers = [];
    const note = async (what, request) => {
        const { status, body } = await request;
        answers.push([what, status, body]);
        return body;
    };
    const callers = {
        ada: api.as(user(ada)),
        bob: api.as(user(bob)),
        anon: api.as(anonymous),
        service: api.as(service),
    };
    const parts = (text) => [{ type: 'text', text }];
    const call = (who, name, args = {}) => note(`${who}: ${name} ${Object.keys(args)}`, callers[who].call(name, args));

    const made = await call('ada', 'create_conversation', {
        title: 'A trip',
        messages: [{ id: 'msg-1', role: 'user', parts: parts('Where to?') }],
    });
    const conversation_id = made.id;
    await call('ada', 'append_messages', {
        conversation_id,
        messages: { id: 'msg-2', role: 'assistant', parts: parts('To Maui.'), metadata: { tokens: 3 } },
    });
    for (const who of Object.keys(callers)) {
        for (const format of ['rows', 'drizzle', 'ai-sdk', 'xml']) {
            await call(who, 'get_conversation', { conversation_id, format });
            await call(who, 'get_conversation_json', { conversation_id, format });
        }
        await call(who, 'get_conversation', { conversation_id, message_limit: 1 });
        await call(who, 'list_conversations');
        await call(who, 'agent_usage');
        await note(`${who}: conversations`, callers[who].get('/conversations?select=*,messages(*)'));
        for (const [name, args] of [
            ['append_messages', { messages: [{ role: 'user', parts: [{ type: 7 }] }] }],
            ['append_messages', { messages: [{ role: 'user', parts: parts('x') }], format: 'x' }],
            ['update_conversation', {}],
            ['truncate_conversation', { from_message: nothing }],
        ]) {
            await call(who, name, { conversation_id, ...args });
            await call(who, name, { conversation_id: nothing, ...args });
        }
        const agent = { user_id: ada, definition_id: poet, name: 'Poet' };
        await note(`${who}: an agent`, callers[who].post('/agent_instances', agent));
        await note(`${who}: another agent`, callers[who].post('/agent_instances', agent));
    }
    await call('anon', 'create_conversation', { title: 'x' });
    await call('bob', 'create_conversation', { title: 'x', user_id: ada });
    const copy = await call('ada', 'fork_conversation', { conversation_id });
    await call('ada', 'truncate_conversation', { conversation_id: copy.id, from_message: 'msg-2' });
    await call('ada', 'update_conversation', { conversation_id, title: 'The trip', metadata: { a: 1 } });
    return { conversation_id, answers };
}

const statusOf = (answers, what) => answers.filter(([name]) => name === what).map(([, status]) => status);

async function works(database, expected, name) {
    await database.owner(rows);
    const api = await startPostgrest(database);
    const { conversation_id, answers } = await answersOf(api);
    is(comparable(answers), expected, `${name}: PostgREST answers as over the extension`);
    is(await database.owner('SELECT * FROM agentchat.check()'), '', '... and check() finds nothing');
    await api.stop();
    return conversation_id;
}

// Shows that the requests are what they should be.
async function ofTheExtension() {
    const database = await newDatabase();
    await database.owner(`CREATE EXTENSION agentchat; ${rows}`);
    const api = await startPostgrest(database);
    const { answers } = await answersOf(api);
    await api.stop();
    is(statusOf(answers, 'ada: another agent'), [402], 'an agent above the limit: 402');
    const [, , refusal] = answers.find(([what]) => what === 'ada: another agent');
    is([refusal.code, refusal.message], ['PT402', 'agent limit reached'], '... PT402');
    is(statusOf(answers, 'bob: get_conversation conversation_id,format'), [200, 200, 200, 400], 'another user reads');
    is(answers.find(([what]) => what === 'bob: conversations')[2], [], '... nothing');
    is(statusOf(answers, 'anon: get_conversation conversation_id,format'), [401, 401, 401, 400], 'without a JWT: 401');
    return comparable(answers);
}

const withoutKey = (dump) => dump.replace(/^\\(un)?restrict .*\n/gm, '');

async function isRestored(database, conversation_id) {
    const dump = asOwner('pg_dump', ['-d', database.name]);
    const restored = await newDatabase({ defaultPrivileges: false });
    psql(restored, dump);
    const again = asOwner('pg_dump', ['-d', restored.name]);
    is(withoutKey(again) === withoutKey(dump), true, 'a restored dump dumps to the same bytes');
    is(await restored.owner('SELECT * FROM agentchat.check()'), '', '... and check() finds nothing');
    is(await restored.owner('SELECT * FROM agentchat.adopt()'), '', '... nor has adopt() anything to do');
    const read = async (from, who) => {
        const api = await startPostgrest(from);
        const { body } = await api.as(user(who)).call('get_conversation', { conversation_id, format: 'ai-sdk' });
        await api.stop();
        return body;
    };
    const before = await read(database, ada);
    is([before.length, await read(restored, ada)], [2, before], '... and PostgREST answers as before');
    is(await read(restored, bob), null, '... and another user reads nothing');
}

async function isLinked() {
    const database = await newDatabase();
    await database.sql(`\\set owner developer
        \\i ${__dirname}/../lib/auth_users.sql`);
    psql(database, sqlEdition());
    const link = 'SELECT object, outcome FROM agentchat.link_supabase_auth()';
    await withClient(database, async (client) => {
        const refused = await client.query(link).catch((error) => error);
        is(refused.code, '42501', 'link_supabase_auth() needs to see all of auth.users');
    });
    // Supabase's role postgres has this attribute.
    await database.sql('ALTER ROLE developer BYPASSRLS');
    await database.sql(`SET ROLE supabase_auth_admin;
        INSERT INTO auth.users (id, email) VALUES ('${ada}', 'ada@example.com');
        RESET ROLE`);
    like(await database.owner(link), /auth\.users\|created/, '... and puts its trigger there');
    await database.sql(`SET ROLE supabase_auth_admin;
        INSERT INTO auth.users (id, email, raw_user_meta_data) VALUES ('${bob}', 'bob@example.com', '{"name": "Bob"}');
        RESET ROLE`);
    const api = await startPostgrest(database);
    for (const [who, name] of [
        [ada, null],
        [bob, 'Bob'],
    ]) {
        const { body } = await api.as(user(who)).get('/users?select=id,name');
        is(body, [{ id: who, name }], 'a user who has signed up sees their own row');
    }
    const made = await api.as(user(bob)).call('create_conversation', { title: 'x' });
    is([made.status, made.body.user_id], [200, bob], '... and creates a conversation');
    await database.sql('ALTER ROLE developer NOBYPASSRLS');
}

run(async () => {
    const expected = await ofTheExtension();
    for (const [way, install] of Object.entries(ways)) {
        const database = await newDatabase();
        await install(database, sqlEdition());
        is(await database.owner('SELECT edition FROM agentchat.version()'), 'sql', `installed by ${way}`);
        await works(database, expected, way);
    }
    const database = await newDatabase({ defaultPrivileges: false });
    psql(database, sqlEdition());
    await isRestored(database, await works(database, expected, 'without default privileges'));
    await isLinked();
});
