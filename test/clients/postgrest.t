#!/usr/bin/env node
// Calls the functions through the real PostgREST in the way of applications: by HTTP, and with postgrest-js.
const {
    run,
    is,
    ok,
    skip,
    like,
    eventually,
    isSqlEdition,
    newDatabase,
    startPostgrest,
    token,
    anonymous,
    service,
    user,
} = require('../lib/http.js');

const ada = 'ada00000-0000-4000-8000-000000000000';
const bob = 'b0b00000-0000-4000-8000-000000000000';
const trip = '11111111-0000-4000-8000-000000000001';
const other = '11111111-0000-4000-8000-000000000002';
const hello = '22222222-0000-4000-8000-000000000001';
const poet = '33333333-0000-4000-8000-000000000001';
const nothing = '99999999-0000-4000-8000-000000000000';

const rows = `
    INSERT INTO users (id, email) VALUES ('${ada}', 'ada@example.com'), ('${bob}', 'bob@example.com');
    INSERT INTO conversations (id, user_id, title, metadata)
    VALUES ('${trip}', '${ada}', E'A "trip" to\\nHawai''i', '{"price": 12345678901234567890.10}'),
        ('${other}', '${ada}', 'Other', NULL);
    INSERT INTO messages (id, conversation_id, role, content, parts)
    VALUES ('${hello}', '${trip}', 'user', E'Aloha \\U0001F334\\r\\n\\t\\\\', '[{"type": "text", "text": "\\u003c"}]');
    INSERT INTO messages (conversation_id, role, content)
    SELECT '${trip}', CASE n % 2 WHEN 1 THEN 'assistant' ELSE 'user' END, n::text FROM generate_series(1, 9) n;
    INSERT INTO agent_definitions (id, user_id, name, description, system_prompt)
    VALUES ('${poet}', '${ada}', 'Poet', '', '')`;

const embedding = `/conversations?select=*,messages(*)&messages.order=created_at,id&id=eq.${trip}`;

const readers = ['get_conversation', 'get_conversation_json'];

// A PostgREST that was started before agentchat was installed or updated sees the change.
async function hearsOfWhatIsNew(change, database, backend) {
    const succeeds = (name, args) => eventually(async () => (await backend.call(name, args)).status === 200);
    const embeds = () => eventually(async () => (await backend.get(embedding)).status === 200);

    const { body } = await backend.call('current_user_id');
    is(body.code, 'PGRST202', 'before the change, current_user_id does not exist');
    await change();
    is(await succeeds('current_user_id'), true, '... after it, current_user_id exists');
    for (const name of readers) is(await succeeds(name, { conversation_id: trip }), true, `... and ${name}`);
    is(await embeds(), true, '... and messages can be embedded');

    await database.owner(`ALTER TABLE messages DROP CONSTRAINT messages_conversation_id_conversations_id_fk;
        NOTIFY pgrst`);
    const refused = () => eventually(async () => (await backend.get(embedding)).body.code);
    is(await refused(), 'PGRST200', 'without the foreign key, messages cannot be embedded');
    await database.owner('SELECT count(*) FROM agentchat.adopt()');
    is(await embeds(), true, '... until adopt() has created it');
}

async function isDescribed(database, backend) {
    const { body } = await backend.get('/');
    is(
        Object.keys(body.definitions).sort().join(' '),
        'agent_definitions agent_instances agent_tools artifacts conversations messages subscriptions users workflows',
        'the API has the nine tables and no others',
    );
    const functions = Object.entries(body.paths).filter(([path]) => path.startsWith('/rpc/'));
    is(
        functions
            .map(([path]) => path.slice('/rpc/'.length))
            .sort()
            .join(' '),
        await database.sql(`SELECT string_agg(DISTINCT proname, ' ' ORDER BY proname) FROM pg_proc p
            JOIN agentchat.own_functions() o ON o = p.oid
            WHERE pronamespace = 'public'::regnamespace`),
        '... and the functions that users call, and no others',
    );
    for (const [path, { post }] of functions) {
        like(post.summary, /^[A-Z].{20,}/, `... and says what ${path} does`);
        const { properties = {} } = post.parameters.find(({ name }) => name === 'args').schema;
        ok(!('' in properties), '... and has no argument for SQL', path, properties, post.summary);
    }
}

// Both functions return the result of PostgREST's embedding.
async function readsConversations(callers) {
    const [expected] = (await callers.service_role.get(embedding)).body;
    is(expected.messages.length, 10, 'the conversation has ten messages');
    for (const [who, caller] of Object.entries(callers)) {
        for (const name of readers) await readsConversation(who, caller, name, expected);
    }
}

async function readsConversation(who, caller, name, expected) {
    const { messages } = expected;
    const ways = { POST: (args) => caller.call(name, args), GET: (args) => caller.callByGet(name, args) };
    for (const [way, get] of Object.entries(ways)) {
        const { status, headers, body } = await get({ conversation_id: trip });
        is(
            [status, headers['content-type'], body],
            [200, 'application/json; charset=utf-8', expected],
            `${name} by ${way} as ${who}`,
        );
        is(
            (await get({ conversation_id: trip, message_limit: 2, format: 'rows' })).body,
            { ...expected, has_more: true, messages: messages.slice(-2) },
            '... the newest two messages',
        );
        is(
            (await get({ conversation_id: trip, message_limit: 5, before_message: messages[3].id })).body,
            { ...expected, has_more: false, messages: messages.slice(0, 3) },
            '... those before the fourth',
        );
        const none = await get({ conversation_id: nothing });
        is([none.status, none.body], [200, null], '... null if the conversation does not exist');
    }
    for (const options of [{}, { get: true }]) {
        const { data } = await caller.client.rpc(name, { conversation_id: trip }, options);
        is(data, expected, `... with postgrest-js, by ${options.get ? 'GET' : 'POST'}`);
    }
    // These are more digits than a JavaScript number has.
    const { text } = await ways.POST({ conversation_id: trip });
    like(text, /"price": ?12345678901234567890\.10\b/, '... with all digits');
}

async function refusesWrongArguments(caller) {
    const wrong = [
        ['an unknown format', { conversation_id: trip, format: 'xml' }, 400, '22023'],
        ['a limit of 0', { conversation_id: trip, message_limit: 0 }, 400, '22023'],
        ['a limit beyond integer', { conversation_id: trip, message_limit: 2147483648 }, 400, '22003'],
        ['a limit that is not a number', { conversation_id: trip, message_limit: 'all' }, 400, '22P02'],
        ['a message of another conversation', { conversation_id: other, before_message: hello }, 400, '22023'],
        ['an unknown message', { conversation_id: trip, before_message: 'msg-1' }, 400, '22023'],
        ['an empty id', { conversation_id: '' }, 400, '22023'],
        ['an id that is too long', { conversation_id: 'x'.repeat(256) }, 400, '22023'],
        ['a name that is not one of the arguments', { id: trip }, 404, 'PGRST202'],
        ['two conversations', { conversation_id: trip, id: trip }, 404, 'PGRST202'],
        ['an unknown argument', { conversation_id: trip, page: 1 }, 404, 'PGRST202'],
        ['no argument', {}, 404, 'PGRST202'],
    ];
    for (const name of readers) {
        for (const [what, args, status, code] of wrong) {
            const answers = [await caller.call(name, args), await caller.callByGet(name, args)];
            is(
                answers.map((answer) => [answer.status, answer.body.code]),
                [
                    [status, code],
                    [status, code],
                ],
                `${name} with ${what}: ${status}`,
            );
        }
        const { error } = await caller.client.rpc(name, { conversation_id: trip, format: 'xml' });
        is([error.code, error.message], ['22023', 'unknown format'], '... and postgrest-js passes the error on');
    }
}

// useChat chooses the id of a chat in the browser, before the database knows of it.
async function namesConversationsByTheClientsId(api) {
    const app = api.as(user(ada));
    const conversation_id = 'aB3dE5fG7hI9jK1l';
    for (const name of readers) {
        for (const way of ['call', 'callByGet']) {
            const { status, body } = await app[way](name, { conversation_id });
            is([status, body], [200, null], `${name} of a client's id: null while there is no conversation, by ${way}`);
        }
    }
    const said = (id) => ({ id, role: 'user', parts: [{ type: 'text', text: id }] });
    const missing = await app.call('append_messages', { conversation_id, messages: said('msg-1') });
    is([missing.status, missing.body.code], [404, 'PT404'], '... and nothing can be appended to it');
    const create = (caller, args) =>
        caller.call('create_conversation', { title: 'Chat', id: conversation_id, ...args });
    const made = await create(app, { messages: said('msg-1') });
    is([made.status, made.body.messages[0].given_id], [200, 'msg-1'], 'create_conversation takes the id');
    const again = await create(app, { title: 'Another', messages: [said('msg-1'), said('msg-2')] });
    is([again.status, again.body.id, again.body.title], [200, made.body.id, 'Chat'], '... and is idempotent');
    for (const id of [conversation_id, made.body.id]) {
        for (const name of readers) {
            const { body } = await app.call(name, { conversation_id: id });
            is(
                [body.id, body.messages.map(({ content }) => content)],
                [made.body.id, ['msg-1', 'msg-2']],
                `${name} finds it by ${id}`,
            );
        }
    }
    const appended = await app.call('append_messages', { conversation_id, messages: said('msg-3') });
    is(appended.status, 200, '... append_messages');
    const copy = await app.call('fork_conversation', { conversation_id, up_to_message: 'msg-2' });
    is(copy.status, 200, '... fork_conversation');
    const changes = { title: 'Renamed', metadata: { a: 1, b: null } };
    const updated = await app.call('update_conversation', { conversation_id, ...changes });
    is(
        [updated.status, updated.body.id, updated.body.title, updated.body.metadata],
        [200, made.body.id, 'Renamed', { a: 1 }],
        '... update_conversation',
    );
    const removed = await app.call('update_conversation', { conversation_id, metadata: { a: null } });
    is([removed.body.title, removed.body.metadata], ['Renamed', {}], '... a JSON null removes a key');
    const truncated = await app.call('truncate_conversation', { conversation_id, from_message: 'msg-3' });
    is([truncated.status, truncated.body], [200, 1], '... truncate_conversation');

    const nobody = await api.as(service).call('get_conversation', { conversation_id });
    is([nobody.status, nobody.body.code], [400, '22023'], "without a user, a client's id names nothing");
    const taken = await create(api.as(user(bob)), { id: made.body.id });
    is(
        [taken.status, taken.statusText, taken.body.code, taken.text.includes('Chat'), taken.text.includes(ada)],
        [409, 'conversation belongs to another user', 'PT409', false, false],
        "the id of another user's conversation: 409, and nothing of theirs",
    );
    is((await create(api.as(user(bob)))).status, 200, "... but a client's id may be the same");
}

async function knowsTheCaller(api) {
    is((await api.as(user(ada)).call('current_user_id')).body, ada, 'current_user_id is the claim sub of the JWT');
    is((await api.as(service).call('current_user_id')).body, null, '... null without the claim');
    is((await api.as(anonymous).call('current_user_id')).body, null, '... and without a JWT');
    const wrong = [
        ['signed with another key', token(user(ada), 'x'.repeat(64)), 401],
        ['that has expired', token({ ...user(ada), exp: 1 }), 401],
        ['of a role that PostgREST may not use', token({ role: 'developer', sub: ada }), 403],
        ['of a role that does not exist', token({ role: 'nobody', sub: ada }), 400],
        ['of a user whose id is not a UUID', token(user('ada')), 400],
    ];
    for (const [what, jwt, status] of wrong) {
        is((await api.withToken(jwt).call('current_user_id')).status, status, `a JWT ${what}: ${status}`);
    }
}

async function limitsAgents(backend) {
    const agent = { user_id: ada, definition_id: poet, name: 'My poet' };
    is((await backend.post('/agent_instances', agent)).status, 201, 'a first agent');
    const { status, statusText, body } = await backend.post('/agent_instances', agent);
    is([status, statusText, body.code], [402, 'agent limit reached', 'PT402'], 'one agent too many: 402');
    is((await backend.call('agent_usage', { user_id: ada })).body.remaining, 0, 'agent_usage tells it');
    is((await backend.call('agent_usage')).status, 400, '... without a user: 400');
}

async function keepsTools(backend) {
    const tool = { name: 'lookup', description: '', schema: { type: 'object' } };
    is((await backend.post('/agent_tools', tool)).status, 201, 'a tool');
    const agent = { user_id: ada, name: 'Guide', description: '', system_prompt: '', tools: ['lookup'] };
    is((await backend.post('/agent_definitions', agent)).status, 201, '... that an agent definition names');
    const missing = await backend.post('/agent_definitions', { ...agent, tools: ['lookup', 'gone'] });
    is(
        [missing.status, missing.body.code, missing.body.details],
        [409, '23503', 'Missing: "gone".'],
        'a tool that does not exist: 409',
    );
    for (const [method, body] of [
        ['DELETE', undefined],
        ['PATCH', { name: 'search' }],
    ]) {
        const answer = await backend.request(method, '/agent_tools?name=eq.lookup', body);
        is(
            [answer.status, answer.body.code, answer.body.details],
            [409, '23503', 'The tool "lookup" is in the tools of 1 agent definition.'],
            `${method} of a tool in use: 409`,
        );
    }
}

async function advancesWorkflows(backend) {
    const row = { id: crypto.randomUUID(), user_id: ada, workflow_id: 'w', status: 'pending', goal: '' };
    is((await backend.post('/workflows', row)).status, 201, 'a workflow');
    const advanced = await backend.call('advance_workflow', { id: row.id, status: 'running', step: { n: 1 } });
    is([advanced.status, advanced.body.status, advanced.body.step_count], [200, 'running', 1], '... advances');
    const { status, statusText, body } = await backend.call('advance_workflow', { id: row.id, status: 'pending' });
    is(
        [status, statusText, body.code],
        [409, 'workflow cannot change to this status', 'PT409'],
        '... but not to any status: 409, with a constant status line',
    );
    const other = await backend.call('advance_workflow', { id: crypto.randomUUID() });
    is([other.status, other.statusText], [404, 'workflow not found'], 'a workflow that does not exist: 404');
}

run(async () => {
    const database = await newDatabase();
    const api = await startPostgrest(database);
    const backend = api.as(service);
    await hearsOfWhatIsNew(database.install, database, backend);

    if (isSqlEdition) {
        skip('PostgREST hears of an update', 'no earlier version has the SQL edition');
    } else {
        const old = await newDatabase();
        await old.owner("CREATE EXTENSION agentchat VERSION '0.1.0'");
        const update = () => old.owner('ALTER EXTENSION agentchat UPDATE');
        await hearsOfWhatIsNew(update, old, (await startPostgrest(old)).as(service));
    }

    await database.owner(rows);
    const app = api.as(user(ada));
    await isDescribed(database, backend);
    await readsConversations({ service_role: backend, 'a user': app });
    await refusesWrongArguments(app);
    await namesConversationsByTheClientsId(api);
    await knowsTheCaller(api);
    await limitsAgents(backend);
    await keepsTools(backend);
    await advancesWorkflows(backend);
});
