#!/usr/bin/env node
// Sends all kinds of input through the real PostgREST. The answer is always the user's own data or a client error. It
// is never a server error and never contains the data of another user, and no input becomes a header.
const { run, ok, is, newDatabase, startPostgrest, token, anonymous, user } = require('../lib/http.js');
const { tables, id, People, hasNoFaults } = require('../lib/people.js');

// Texts that have broken other programs.
const texts = {
    'a line break and a header': 'x\r\nX-Injected: 1\r\n\r\n<script>',
    'a line break': '\n',
    quotes: `'"\`"'; DROP TABLE users; -- $$ \\ ''''`,
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the placeholder is part of the text
    'a format': '%s%n%1$s{}{0}${x}',
    '10,000 characters': 'x'.repeat(10000),
    '10,000 characters of four bytes': '\u{1F334}'.repeat(10000),
    nothing: '',
    'a blank': ' ',
    'a character 0': 'a\u0000b',
    'half a character': 'a\ud83cb',
    controls: '\u0001\u001b[31m\u007f\u0085\u2028\u202e\ufeff',
    'the word null': 'null',
    'an id of another user': id.messages.bob,
};

const deep = (depth) => `${'['.repeat(depth)}${']'.repeat(depth)}`;

// Values of other types, as JSON.
const values = {
    uuid: [
        id.conversations.ada,
        id.conversations.bob,
        id.messages.bob,
        id.agent_instances.bob,
        id.workflows.bob,
        id.users.bob,
        id.users.nothing,
        null,
        '',
        'x',
        7,
        `{${id.users.ada}}`,
    ].map((value) => JSON.stringify(value)),
    integer: ['-1', '0', '1', '2147483647', '2147483648', '-2147483648', '1e99', '1.5', 'null', '"x"', 'true', '[]'],
    boolean: ['true', 'false', 'null', '"x"', '2'],
    jsonb: [
        'null',
        'true',
        '0',
        '""',
        '[]',
        '{}',
        '[null]',
        '[[]]',
        '[{}]',
        '{"": null}',
        '1e400',
        '[{"id": null}]',
        `[{"id": "${id.messages.bob}", "role": "user", "content": "x", "parts": [{"type": "text", "text": "x"}]}]`,
        `{"id": "${id.users.bob}"}`,
        deep(1000),
        deep(20000),
        JSON.stringify(texts),
        JSON.stringify(Object.values(texts)),
        JSON.stringify({ [texts['a line break and a header']]: 1 }),
        `"${'x'.repeat(1000000)}"`,
    ],
};

// Valid arguments by name. With them, a call passes the first checks of a function.
const rightArguments = {
    conversation_id: id.conversations.ada,
    before_message: id.messages.ada,
    from_message: id.messages.ada,
    up_to_message: id.messages.ada,
    agent_instance_id: id.agent_instances.ada,
    user_id: id.users.ada,
    id: id.workflows.ada,
    messages: [{ role: 'user', parts: [{ type: 'text', text: 'Hello' }] }],
    title: 'New',
    tool: 'search',
    query: 'Hello',
    input: {},
    status: 'running',
    run_id: id.users.ada,
    chunks: [{ type: 'start' }],
    from_seq: 1,
};

const statuses = [200, 201, 204, 400, 401, 402, 403, 404, 405, 409, 413];

// Returns the functions of the API, with the names and types of their arguments.
async function functionsOf(database) {
    return JSON.parse(
        await database.sql(`
        SELECT jsonb_agg(jsonb_build_object('name', p.proname, 'volatile', p.provolatile = 'v', 'arguments',
                (SELECT coalesce(jsonb_object_agg(a.name, format_type(a.type, NULL)), '{}')
                 FROM unnest(p.proargnames, p.proargtypes::oid[]) a (name, type)
                 WHERE a.name IS NOT NULL AND a.type IS NOT NULL))
            ORDER BY p.proname)
        FROM pg_proc p JOIN agentchat.own_functions() o ON o = p.oid
        WHERE p.pronamespace = 'public'::regnamespace`),
    );
}

const mapped = (object, f) => Object.fromEntries(Object.entries(object).map(([key, value]) => [key, f(value)]));

// Creates a JSON object of members that are JSON, and makes such members of an object.
const object = (members) =>
    `{${Object.entries(members)
        .map(([name, json]) => `"${name}": ${json}`)
        .join()}}`;
const members = (value) => mapped(value, JSON.stringify);

// Returns the values to try for a type, as JSON.
const triedFor = (type) =>
    type === 'text' ? Object.values(texts).map((text) => JSON.stringify(text)) : (values[type] ?? ['"x"', 'null']);

// Sends each request. Its status is one of the allowed ones, and no row of Bob is changed.
async function allAreAnswered(people, callers, requests, name, options) {
    const wrong = [];
    for (const caller of callers) {
        for (const request of requests) {
            const { status, text, changes } = await people.ask(caller, request, options);
            const [method, path, body = ''] = request;
            const line = `${method} ${path.slice(0, 100)} ${body.slice(0, 100)}: ${status} ${text.slice(0, 200)}`;
            if (!statuses.includes(status)) wrong.push(line);
            const isOthers = (change) => / (bob|nothing|carol)/.test(change);
            if (changes.some(isOthers)) wrong.push(`${changes} by ${line}`);
        }
    }
    ok(wrong.length === 0, name, ...wrong.slice(0, 10));
    hasNoFaults(people, '... and no answer has anything that must not be in it');
}

async function functions(database, api, people) {
    const callers = [api.as(user(id.users.ada)), api.as(anonymous), api.as({ role: 'authenticated' })];
    for (const { name, arguments: types, volatile } of await functionsOf(database)) {
        const path = `/rpc/${name}`;
        const plain = Object.fromEntries(Object.entries(rightArguments).filter(([argument]) => types[argument]));
        const right = members(plain);
        await allAreAnswered(
            people,
            callers,
            [...[object(right), '{}', '[', 'null', ''].map((body) => ['POST', path, body]), ['GET', path]],
            `${name}, with a right body and with wrong ones`,
        );
        for (const [argument, type] of Object.entries(types)) {
            const requests = triedFor(type).map((json) => ['POST', path, object({ ...right, [argument]: json })]);
            if (!volatile && type !== 'jsonb') {
                requests.push(
                    ...triedFor(type).map((json) => {
                        const value = JSON.parse(json);
                        const text = typeof value === 'string' ? value : json;
                        return ['GET', `${path}?${new URLSearchParams({ ...plain, [argument]: text })}`];
                    }),
                );
            }
            await allAreAnswered(people, callers, requests, `${name} with any ${argument}`);
        }
    }
}

// Rows that a user may write.
const rows = {
    conversations: { user_id: id.users.ada, title: 'New' },
    messages: { conversation_id: id.conversations.ada, role: 'user', content: 'New' },
    artifacts: { user_id: id.users.ada, type: 'text', title: 'New' },
    agent_definitions: { user_id: id.users.ada, name: 'New', description: '', system_prompt: '' },
    agent_instances: { user_id: id.users.ada, definition_id: id.agent_definitions.ada, name: 'New' },
    workflows: { user_id: id.users.ada, workflow_id: 'new', status: 'pending', goal: '' },
    users: { name: 'New' },
};

async function columns(database, api, people) {
    const ada = api.as(user(id.users.ada));
    const types = JSON.parse(
        await database.sql(`
        SELECT jsonb_object_agg(c.name, c.columns) FROM (
            SELECT attrelid::regclass AS name, jsonb_object_agg(attname, format_type(atttypid, NULL)) AS columns
            FROM pg_attribute
            WHERE attrelid = ANY ('{${tables.join()}}'::regclass[]) AND attnum > 0 AND NOT attisdropped
            GROUP BY attrelid) c`),
    );
    for (const [table, row] of Object.entries(rows)) {
        const there = `/${table}?id=eq.${id[table].ada}`;
        const requests = [];
        for (const [column, type] of Object.entries(types[table])) {
            for (const json of triedFor(type)) {
                requests.push(['PATCH', there, object({ [column]: json })]);
                if (table === 'users') continue;
                requests.push(['POST', `/${table}`, object({ ...members(row), [column]: json })]);
            }
        }
        await allAreAnswered(people, [ada], requests, `${table} with anything in each column`, {
            prefer: 'tx=rollback',
        });
    }
    // A written text comes back unchanged.
    for (const [what, text] of Object.entries(texts)) {
        // PostgreSQL's text can hold neither of these.
        if (['a character 0', 'half a character'].includes(what)) continue;
        const { status, body } = await people.ask(ada, ['POST', '/messages', { ...rows.messages, content: text }], {
            prefer: 'return=representation',
        });
        is([status, body[0]?.content], [201, text], `a message of ${what} comes back unchanged`);
    }
}

// Tries all texts in addresses, in the places where an address names rows, columns and functions.
async function addresses(api, people) {
    const callers = [api.as(user(id.users.ada)), api.as(anonymous)];
    const anything = Object.entries(texts)
        .filter(([what, text]) => text.length < 1000 && what !== 'half a character')
        .map(([, text]) => encodeURIComponent(text));
    const requests = anything.flatMap((text) => [
        ...[
            '',
            'rpc/',
            'conversations?',
            'conversations?title=eq.',
            'conversations?title=in.',
            'conversations?select=',
            'conversations?order=',
            'conversations?limit=',
            'conversations?metadata=cs.',
            'conversations?metadata->>',
            'messages?content=fts.',
            'messages?content=like.',
            'messages?content=match.',
        ].map((path) => ['GET', `/${path}${text}`]),
        ['GET', `/conversations?${text}=eq.1`],
        ['DELETE', `/conversations?id=eq.${text}`],
        ['POST', `/conversations?columns=${text}`, '{}'],
        ['POST', `/conversations?on_conflict=${text}`, '{}'],
        ['PATCH', '/conversations', text],
    ]);
    await allAreAnswered(people, callers, requests, 'anything in an address');
}

// Tests the statuses that the specification of errors lists, one by one.
async function statusesAreRight(api, people) {
    const ada = api.as(user(id.users.ada));
    const workflow = `/workflows?id=eq.${id.workflows.ada}`;
    const advance = '/rpc/advance_workflow';
    for (const [what, request, status] of [
        ['an unknown table', ['GET', '/nothing'], 404],
        ['an unknown function', ['POST', '/rpc/nothing', {}], 404],
        ['an unknown column', ['GET', '/messages?select=nothing'], 400],
        ['a body that is not JSON', ['POST', '/messages', '{'], 400],
        ['a value of another type', ['POST', '/messages', { ...rows.messages, id: 'x' }], 400],
        ['a missing value', ['POST', '/messages', { ...rows.messages, content: null }], 400],
        ['a value that a check refuses', ['POST', '/messages', { ...rows.messages, role: 'robot' }], 400],
        ['parts that are not an array', ['POST', '/messages', { ...rows.messages, parts: {} }], 400],
        ['an id that the user already has', ['POST', '/messages', { ...rows.messages, id: id.messages.ada }], 409],
        ['an id that another user has', ['POST', '/messages', { ...rows.messages, id: id.messages.bob }], 409],
        ['a row in use', ['DELETE', `/agent_definitions?id=eq.${id.agent_definitions['ada public']}`], 409],
        ['a row for another user', ['POST', '/conversations', { user_id: id.users.bob, title: 'x' }], 403],
        [
            'an agent for another user',
            ['POST', '/agent_instances', { ...rows.agent_instances, user_id: id.users.bob }],
            403,
        ],
        [
            'a tool that does not exist',
            ['POST', '/agent_definitions', { ...rows.agent_definitions, tools: ['gone'] }],
            409,
        ],
        ['a tool that is not a string', ['POST', '/agent_definitions', { ...rows.agent_definitions, tools: [1] }], 400],
        ['tools that are not an array', ['POST', '/agent_definitions', { ...rows.agent_definitions, tools: {} }], 400],
        ['a workflow that ends before it runs', ['PATCH', workflow, { status: 'completed' }], 409],
        ['a call that ends it', ['POST', advance, { id: id.workflows.ada, status: 'completed' }], 409],
        ['a workflow of another user', ['POST', advance, { id: id.workflows.bob, status: 'running' }], 404],
        ['a status that does not exist', ['POST', advance, { id: id.workflows.ada, status: 'done' }], 400],
        ['a step that is not an object', ['POST', advance, { id: id.workflows.ada, step: [] }], 400],
        ['no workflow', ['POST', advance, { id: null }], 400],
        [
            'JSON that is too deep',
            ['POST', '/messages', object({ ...members(rows.messages), parts: deep(20000) })],
            413,
        ],
    ]) {
        const answer = await people.ask(ada, request);
        is([answer.status, answer.changes], [status, []], `${what}: ${status}`);
    }

    // At the limit. The owner of the agent is checked first, because the number of another user's agents must stay
    // hidden.
    await people.reset('UPDATE subscriptions SET agent_limit = 2');
    const ofBob = { user_id: id.users.bob };
    const limits = [
        ['one more agent', ['POST', '/agent_instances', rows.agent_instances], 402],
        ['one more agent for another user', ['POST', '/agent_instances', { ...rows.agent_instances, ...ofBob }], 403],
        ['an agent given to another user', ['PATCH', `/agent_instances?id=eq.${id.agent_instances.ada}`, ofBob], 403],
    ];
    for (const [what, request, status] of limits) {
        const answer = await people.ask(ada, request);
        is([answer.status, answer.changes], [status, []], `at the limit, ${what}: ${status}`);
        if (status === 402) is(answer.statusText, 'agent limit reached', '... with a constant status line');
    }
    hasNoFaults(people, '... and the answers show nothing of another user');
    await people.reset();

    for (const [what, claims] of [
        ['text', 'x\r\nX-Injected: 1'],
        ['a number', 7],
        ['an object', { id: id.users.ada }],
        ['a list', [id.users.ada]],
        ['nothing', ''],
        ['null', null],
        ['true', true],
        ['10,000 characters', 'x'.repeat(10000)],
        ['a quote', `'"\\`],
    ].map(([name, sub]) => [name, { role: 'authenticated', sub }])) {
        const caller = api.withToken(token(claims));
        const wrong = [];
        for (const request of [
            ['GET', '/conversations'],
            ['GET', '/agent_tools'],
            ['POST', '/rpc/current_user_id', {}],
            ['POST', '/rpc/get_conversation', { conversation_id: id.conversations.bob }],
            ['POST', '/conversations', rows.conversations],
            ['DELETE', '/messages'],
        ]) {
            const answer = await people.ask(caller, request);
            const isEmpty = [200, 204].includes(answer.status) && ['', '[]', 'null'].includes(answer.text);
            if (answer.changes.length || !(isEmpty || [400, 401, 403].includes(answer.status))) {
                wrong.push(`${request[1]}: ${answer.status} ${answer.text.slice(0, 100)} ${answer.changes}`);
            }
        }
        is(wrong, [], `a JWT whose sub is ${what} gives access to nothing`);
    }
    for (const jwt of [
        'x',
        'x.y.z',
        `${token(user(id.users.ada))}x`,
        token({ role: 'postgres', sub: id.users.ada }),
        token({ role: 'x"; DROP TABLE users; --' }),
    ]) {
        const answer = await people.ask(api.withToken(jwt), ['GET', '/conversations']);
        is([400, 401, 403].includes(answer.status), true, `a JWT ${jwt.slice(0, 10)}: ${answer.status}`);
    }
    hasNoFaults(people, '... none causes a wrong header or a server error');
}

run(async () => {
    const database = await newDatabase();
    await database.install();
    await database.owner("SELECT * FROM agentchat.enable('runs')");
    const people = await new People(database).reset();
    const api = await startPostgrest(database, { PGRST_DB_TX_END: 'commit-allow-override' });
    await statusesAreRight(api, people);
    await functions(database, api, people);
    await columns(database, api, people);
    await addresses(api, people);
});
