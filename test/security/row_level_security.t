#!/usr/bin/env node
// Tests row-level security through the real PostgREST: for every table and each kind of request, what the owner of a
// row, another user, an anonymous caller and service_role get, and what the request changes.
const {
    run,
    ok,
    is,
    skip,
    isSqlEdition,
    newDatabase,
    startPostgrest,
    anonymous,
    service,
    user,
} = require('../lib/http.js');
const { isDeepStrictEqual } = require('node:util');
const { tables, id, People, rowsIn, namesIn, hasNoFaults } = require('../lib/people.js');

// For each table: a row that Ada may add (whose = 'ada') and the same for Bob, a change that its owner may make, and
// the rows that are embedded. agent_tools belong to no user.
const content = {
    users: {
        row: (whose) => ({ id: id.users.new, email: `${whose}.new@example.com` }),
        patch: { name: 'New' },
        embed: ['conversations', 'artifacts', 'agent_definitions', 'agent_instances', 'workflows', 'subscriptions']
            .map((table) => `${table}(id)`)
            .join(),
        embedded: (whose) => [
            `agent_definitions ${whose}`,
            `agent_definitions ${whose} public`,
            ...(whose === 'bob' ? ['agent_definitions bob spare'] : []),
            `agent_instances ${whose}`,
            `agent_instances ${whose} lent`,
            `artifacts ${whose}`,
            `conversations ${whose}`,
            `subscriptions ${whose}`,
            `users ${whose}`,
            `workflows ${whose}`,
        ],
    },
    conversations: {
        row: (whose) => ({ id: id.conversations.new, user_id: id.users[whose], title: 'New' }),
        patch: { title: 'New' },
        cascade: (whose) => [`changed artifacts ${whose}`, `deleted messages ${whose}`],
        embed: 'messages(id,artifacts(id)),users(id)',
        embedded: (whose) => [`artifacts ${whose}`, `conversations ${whose}`, `messages ${whose}`, `users ${whose}`],
    },
    messages: {
        row: (whose) => ({
            id: id.messages.new,
            conversation_id: id.conversations[whose],
            role: 'user',
            content: 'New',
        }),
        patch: { content: 'New' },
        cascade: (whose) => [`changed artifacts ${whose}`],
        embed: 'conversations(id,users(id)),artifacts(id)',
        embedded: (whose) => [`artifacts ${whose}`, `conversations ${whose}`, `messages ${whose}`, `users ${whose}`],
    },
    artifacts: {
        row: (whose) => ({ id: id.artifacts.new, user_id: id.users[whose], type: 'text', title: 'New' }),
        patch: { title: 'New' },
        embed: 'messages(id,conversations(id)),users(id)',
        embedded: (whose) => [`artifacts ${whose}`, `conversations ${whose}`, `messages ${whose}`, `users ${whose}`],
    },
    agent_definitions: {
        row: (whose) => ({
            id: id.agent_definitions.new,
            user_id: id.users[whose],
            name: 'New',
            description: '',
            system_prompt: '',
        }),
        patch: { name: 'New' },
        embed: 'agent_instances(id),users(id)',
        embedded: (whose) => [`agent_definitions ${whose}`, `users ${whose}`],
        readable: ['agent_definitions bob public', 'agent_definitions bob spare'],
    },
    agent_instances: {
        row: (whose) => ({
            id: id.agent_instances.new,
            user_id: id.users[whose],
            name: 'New',
            definition_id: id.agent_definitions[`${whose} public`],
        }),
        patch: { name: 'New' },
        cascade: (whose) => [`changed workflows ${whose}`],
        embed: 'agent_definitions(id),workflows(id),users(id)',
        embedded: (whose) => [
            `agent_definitions ${whose} public`,
            `agent_instances ${whose}`,
            `users ${whose}`,
            `workflows ${whose}`,
        ],
    },
    agent_tools: {
        row: () => ({ id: id.agent_tools.new, name: 'new', description: '', schema: {} }),
        patch: { description: 'New' },
        readable: ['agent_tools ada', 'agent_tools bob'],
    },
    workflows: {
        row: (whose) => ({
            id: id.workflows.new,
            user_id: id.users[whose],
            workflow_id: 'new',
            status: 'pending',
            goal: 'New',
        }),
        patch: { goal: 'New' },
        embed: 'agent_instances(id,agent_definitions(id)),users(id)',
        embedded: (whose) => [
            `agent_definitions ${whose} public`,
            `agent_instances ${whose}`,
            `users ${whose}`,
            `workflows ${whose}`,
        ],
    },
    subscriptions: {
        row: (whose) => ({
            id: id.subscriptions.new,
            user_id: id.users[whose],
            plan: 'pro',
            status: 'active',
            is_active: true,
            agent_limit: 9,
        }),
        patch: { agent_limit: 9 },
        embed: 'users(id)',
        embedded: (whose) => [`subscriptions ${whose}`, `users ${whose}`],
    },
};

// Tells what users may do with their own rows.
const readOnly = ['agent_tools', 'subscriptions'];
const may = {
    select: () => true,
    insert: (table) => table !== 'users' && !readOnly.includes(table),
    update: (table) => !readOnly.includes(table),
    delete: (table) => table !== 'users' && !readOnly.includes(table),
};

// Results of requests: an error, or rows. The rows are undefined if the request asks for none.
const refused = (status) => ({ status, rows: undefined, changes: [] });
const done = (status, rows, changes = []) => ({ status, rows, changes: [...changes].sort() });
const nothing = done(200, []);

function isOneOf(answer, expected, name, rowsOf = rowsIn) {
    const got = { status: answer.status, rows: rowsOf(answer), changes: answer.changes };
    const passed = expected.some((outcome) => isDeepStrictEqual(got, outcome));
    ok(passed, name, 'got:', got, answer.text.slice(0, 300), 'expected:', ...expected);
}

// Returns the requests about a row of one person (whose), by a caller whose own rows are those of another (place). Each
// has the right that it needs, and its result for a caller who has that right.
function requests(table, whose, place) {
    const { row, patch, embed, embedded, cascade = () => [] } = content[table];
    const name = `${table} ${whose}`;
    const there = `/${table}?id=eq.${id[table][whose]}`;
    const same = (owner) => ({ ...row(owner), ...patch, id: id[table][whose] });
    const list = [
        { what: 'select', right: 'select', send: ['GET', there], outcome: done(200, [name]) },
        {
            what: 'insert',
            right: 'insert',
            send: ['POST', `/${table}`, row(whose)],
            outcome: done(201, [`${table} new`], [`inserted ${table} new`]),
        },
        {
            what: 'update',
            right: 'update',
            send: ['PATCH', there, patch],
            outcome: done(200, [name], [`changed ${name}`]),
        },
        {
            what: 'delete',
            right: 'delete',
            send: ['DELETE', there],
            outcome: done(200, [name], [`deleted ${name}`, ...cascade(whose)]),
        },
        {
            what: 'upsert',
            right: 'insert',
            send: ['POST', `/${table}`, same(whose)],
            prefer: 'resolution=merge-duplicates',
            outcome: done(200, [name], [`changed ${name}`]),
        },
        {
            what: 'insert with its id into own rows,',
            right: 'insert',
            inOwnPlace: true,
            send: ['POST', `/${table}`, same(place)],
            outcome: refused(409),
        },
        {
            what: 'insert with its id into own rows, ignoring duplicates,',
            right: 'insert',
            inOwnPlace: true,
            send: ['POST', `/${table}`, same(place)],
            prefer: 'resolution=ignore-duplicates',
            outcome: done(201, []),
        },
    ];
    if (place !== whose) {
        list.push({
            what: 'upsert into own rows',
            right: 'insert',
            send: ['POST', `/${table}`, same(place)],
            prefer: 'resolution=merge-duplicates',
            outcome: refused(403),
        });
    }
    if (embed) {
        list.push({
            what: 'embed',
            right: 'select',
            send: ['GET', `${there}&select=id,${embed}`],
            rowsOf: namesIn,
            outcome: done(200, embedded(whose)),
        });
    }
    return list;
}

// Returns the possible results of a request for callers without the right. With granted, they have every privilege on
// the table, as on tables that were restored in Supabase. Then only policies and triggers protect the rows.
function denied(table, right, isAnonymous, granted) {
    if (right === 'insert') return [refused(isAnonymous ? 401 : 403)];
    if (isAnonymous) return granted ? [nothing] : [refused(401)];
    return may[right](table) ? [nothing] : [nothing, refused(403)];
}

// Tests the answers to requests about one row.
async function oneRow(api, people, setting, granted) {
    const callers = [
        { who: 'own row', claims: user(id.users.ada), whose: 'ada', place: 'ada' },
        { who: "another's row", claims: user(id.users.ada), whose: 'bob', place: 'ada' },
        { who: 'anonymous', claims: anonymous, whose: 'ada', place: 'ada' },
        { who: 'service_role', claims: service, whose: 'bob', place: 'bob' },
    ];
    for (const table of tables) {
        for (const { who, claims, whose, place } of callers) {
            // Grants make no difference for service_role.
            if (claims === service && granted) continue;
            const caller = api.as(claims);
            const readable = claims !== anonymous && content[table].readable?.includes(`${table} ${whose}`);
            for (const { what, right, send, prefer, inOwnPlace, outcome, rowsOf } of requests(table, whose, place)) {
                // Rows of all users refer to users.
                if (claims === service && table === 'users' && what === 'delete') continue;
                const isAllowed =
                    claims === service ||
                    (right === 'select' && readable) ||
                    (claims !== anonymous && (place === whose || inOwnPlace) && may[right](table));
                const expected = isAllowed ? [outcome] : denied(table, right, claims === anonymous, granted);
                const ask = (also) =>
                    people.ask(caller, send, {
                        prefer: [prefer, also].filter(Boolean).join(),
                        sees: claims === service && 'all',
                    });
                isOneOf(await ask('return=representation'), expected, `${setting}: ${what} ${table}, ${who}`, rowsOf);
                // Without returned rows, PostgreSQL checks fewer policies.
                if (right !== 'select' && claims !== service) {
                    const bare = expected.map(({ status, changes }) => ({
                        status: status === 200 && !prefer ? 204 : status,
                        rows: undefined,
                        changes,
                    }));
                    isOneOf(await ask('return=minimal'), bare, '... without returned rows');
                }
            }
        }
    }
    hasNoFaults(people, `${setting}: no answer has data of another user or is a server error`);
}

// Tests requests that name no row: what they list, count, change and delete.
async function allRows(api, people, setting, granted) {
    const ofAda = {
        agent_definitions: ['agent_definitions ada', 'agent_definitions ada public'],
        agent_instances: ['agent_instances ada', 'agent_instances ada lent'],
        agent_tools: [],
    };
    const ofAll = {
        agent_definitions: ['ada public', 'bob public', 'bob spare'].map((name) => `agent_definitions ${name}`),
        agent_tools: ['agent_tools ada', 'agent_tools bob'],
    };
    const unique = (list) => [...new Set(list)].sort();
    for (const table of tables) {
        const own = ofAda[table] ?? [`${table} ada`];
        const common = ofAll[table] ?? [];
        for (const { who, claims, rows } of [
            { who: 'a user', claims: user(id.users.ada), rows: unique([...own, ...common]) },
            { who: 'a user who is not in users', claims: user(id.users.carol), rows: common },
            { who: 'a JWT without a user', claims: { role: 'authenticated' }, rows: [] },
            { who: 'anonymous', claims: anonymous, rows: [] },
        ]) {
            const caller = api.as(claims);
            const isRefused = claims === anonymous && !granted;
            const list = await people.ask(caller, ['GET', `/${table}`], { prefer: 'count=exact' });
            isOneOf(list, [isRefused ? refused(401) : done(200, rows)], `${setting}: list ${table}, ${who}`);
            const counted = list.headers['content-range']?.split('/')[1];
            is(counted, isRefused ? undefined : String(rows.length), '... and count');
            const isOwn = (change) => claims?.sub === id.users.ada && / ada( lent| public)?$/.test(change);
            const write = (...send) => people.ask(caller, send, { prefer: 'return=minimal' });
            const { status, changes } = await write('PATCH', `/${table}`, content[table].patch);
            if (claims?.sub === id.users.ada && may.update(table)) {
                is([status, changes], [204, own.map((name) => `changed ${name}`)], '... and change all own rows');
            } else {
                is(changes, [], '... and change nothing');
            }
            // Without a condition and without returned rows, PostgreSQL reads nothing. Policies for reading do not
            // apply.
            const place = { user_id: claims?.sub ?? id.users.ada, conversation_id: id.conversations.ada };
            const [column] = Object.keys(place).filter((name) => name in content[table].row('ada'));
            if (column) {
                const taken = await write('PATCH', `/${table}`, { [column]: place[column] });
                is(taken.changes, [], '... and take over nothing');
            }
            const deleted = await write('DELETE', `/${table}`);
            is(
                deleted.changes.filter((change) => !isOwn(change)),
                [],
                '... and delete no rows of others',
            );
        }
    }
    hasNoFaults(people, `${setting}: no list has data of another user or is a server error`);
}

// Tests that users can change only name and avatar_url of their own row in users, and no row of agent_tools.
async function columns(api, people) {
    const ada = api.as(user(id.users.ada));
    for (const [patch, status] of [
        [{ name: 'Ada L.' }, 200],
        [{ avatar_url: null }, 200],
        [{ name: 'Ada L.', avatar_url: 'https://example.com/a.png' }, 200],
        [{ email: 'bob@example.com' }, 403],
        [{ name: 'Ada L.', email: 'bob@example.com' }, 403],
        [{ id: id.users.new }, 403],
        [{ created_at: '2000-01-01' }, 403],
    ]) {
        const answer = await people.ask(ada, ['PATCH', `/users?id=eq.${id.users.ada}`, patch], {
            prefer: 'return=representation',
        });
        is(
            [answer.status, answer.changes],
            [status, status === 200 ? ['changed users ada'] : []],
            `users: ${Object.keys(patch).join(' and ')}: ${status}`,
        );
    }
    const tool = `/agent_tools?id=eq.${id.agent_tools.bob}`;
    const { changes } = await people.ask(ada, ['PATCH', tool, { is_system: true }]);
    is(changes, [], 'agent_tools: is_system cannot be changed');
}

// Tests links to rows of other users.
async function links(api, people) {
    const ada = api.as(user(id.users.ada));
    const bob = api.as(user(id.users.bob));
    const row = (table) => content[table].row('ada');
    const refusedLinks = [
        ['artifacts', { message_id: id.messages.bob }, "an artifact of another user's message"],
        ['messages', { conversation_id: id.conversations.bob }, "a message in another user's conversation"],
        [
            'agent_instances',
            { definition_id: id.agent_definitions.bob },
            "an agent of another user's private definition",
        ],
        ['workflows', { agent_instance_id: id.agent_instances.bob }, "a workflow of another user's agent"],
        ...['conversations', 'artifacts', 'agent_definitions', 'agent_instances', 'workflows'].map((table) => [
            table,
            { user_id: id.users.bob },
            `${table} of another user`,
        ]),
    ];
    for (const [table, link, what] of refusedLinks) {
        const old = { ...row(table), id: id[table].ada };
        // PostgREST needs the same keys in all rows.
        const right = { ...Object.fromEntries(Object.keys(link).map((key) => [key, null])), ...row(table) };
        const attempts = {
            'when made': ['POST', `/${table}`, { ...row(table), ...link }],
            'when made beside a right one': [
                'POST',
                `/${table}`,
                [right, { ...right, ...link, id: id[table].nothing }],
            ],
            'when changed': ['PATCH', `/${table}?id=eq.${id[table].ada}`, link],
            'when changed, in all rows': ['PATCH', `/${table}`, link],
            'when changed by an upsert': ['POST', `/${table}`, { ...old, ...link }],
            'when changed by an upsert beside a right one': ['POST', `/${table}`, [right, { ...old, ...link }]],
        };
        for (const [when, request] of Object.entries(attempts)) {
            const prefer = when.includes('upsert') && 'resolution=merge-duplicates';
            const { status, body, changes } = await people.ask(ada, request, { prefer });
            is([status, body.code, changes], [403, '42501', []], `${what}: refused ${when}`);
        }
    }

    const rightLinks = [
        ['artifacts', { message_id: id.messages.ada }, 'an artifact of an own message'],
        ['artifacts', { message_id: null }, 'an artifact of no message'],
        ['messages', { conversation_id: id.conversations.ada }, 'a message in an own conversation'],
        ['agent_instances', { definition_id: id.agent_definitions.ada }, 'an agent of an own private definition'],
        [
            'agent_instances',
            { definition_id: id.agent_definitions['bob public'] },
            "an agent of another user's public definition",
        ],
        ['workflows', { agent_instance_id: id.agent_instances['ada lent'] }, 'a workflow of an own agent'],
        ['workflows', { agent_instance_id: null }, 'a workflow of no agent'],
    ];
    for (const [table, link, what] of rightLinks) {
        const made = await people.ask(ada, ['POST', `/${table}`, { ...row(table), ...link }]);
        is([made.status, made.changes], [201, [`inserted ${table} new`]], `${what}: made`);
        const changed = await people.ask(ada, ['PATCH', `/${table}?id=eq.${id[table].ada}`, link]);
        is(changed.status, 204, '... and changed');
    }

    for (const [table, link] of [
        ['artifacts', { message_id: id.messages.nothing }],
        ['messages', { conversation_id: id.conversations.nothing }],
        ['agent_instances', { definition_id: id.agent_definitions.nothing }],
        ['workflows', { agent_instance_id: id.agent_instances.nothing }],
    ]) {
        const { status, changes } = await people.ask(ada, ['POST', `/${table}`, { ...row(table), ...link }]);
        is(
            [[403, 409].includes(status), changes],
            [true, []],
            `${table} with a link to a missing row: refused with ${status}`,
        );
    }

    // A public definition, which later becomes private.
    const definition = `/agent_definitions?id=eq.${id.agent_definitions['bob public']}`;
    const lent = `/agent_instances?id=eq.${id.agent_instances['ada lent']}`;
    const keep = true;
    const see = async () => rowsIn(await people.ask(ada, ['GET', definition]));
    is(await see(), ['agent_definitions bob public'], 'others can read a public definition');
    const spare = `/agent_definitions?id=eq.${id.agent_definitions['bob spare']}`;
    for (const [what, method, body] of [
        ['rename it', 'PATCH', { name: 'New' }],
        ['make it private', 'PATCH', { is_public: false }],
        ['take it', 'PATCH', { user_id: id.users.ada }],
        ['delete it', 'DELETE'],
    ]) {
        const answer = await people.ask(ada, [method, spare, body], { prefer: 'return=representation' });
        isOneOf(answer, [nothing], `... and cannot ${what}`);
    }
    for (const [whose, seen] of [
        ['ada', ['agent_instances ada', 'users ada']],
        ['bob', ['agent_instances ada lent']],
    ]) {
        const uses = `/agent_definitions?id=eq.${id.agent_definitions[`${whose} public`]}`;
        is(
            namesIn(await people.ask(ada, ['GET', `${uses}&select=id,agent_instances(id),users(id)`])),
            [`agent_definitions ${whose} public`, ...seen],
            `... and see only their own agents of ${whose}'s definition`,
        );
    }
    const probe = '/agent_definitions?select=id,users!inner(id)&users.email=like.k*';
    is((await people.ask(ada, ['GET', probe])).body, [], "... and cannot find out its owner's e-mail");
    const used = await people.ask(bob, ['DELETE', definition]);
    is(used.status, 409, 'its owner cannot delete it while others use it');
    const hidden = await people.ask(bob, ['PATCH', definition, { is_public: false }], { keep });
    is(hidden.status, 204, 'its owner can make it private');
    is(await see(), [], '... and others can no longer read it');
    const itsDefinition = { definition_id: id.agent_definitions['bob public'] };
    for (const [what, method, path, body, prefer] of [
        ['renamed', 'PATCH', lent, { name: 'Mine' }],
        ['archived', 'PATCH', lent, { status: 'archived' }],
        ['taken out of the archive', 'PATCH', lent, { status: 'active' }],
        ['written with its own definition', 'PATCH', lent, { name: 'Ours', ...itsDefinition }],
        [
            'upserted',
            'POST',
            '/agent_instances',
            {
                id: id.agent_instances['ada lent'],
                user_id: id.users.ada,
                ...itsDefinition,
                name: 'Yours',
            },
            'resolution=merge-duplicates',
        ],
    ]) {
        const answer = await people.ask(ada, [method, path, body], { keep, prefer });
        is(
            [answer.status < 300, answer.changes],
            [true, ['changed agent_instances ada lent']],
            `... an agent of it can be ${what}`,
        );
    }
    const embedding = await people.ask(ada, ['GET', `${lent}&select=id,agent_definitions(id)`]);
    is(
        embedding.body.map((agent) => agent.agent_definitions),
        [null],
        '... and shows nothing of the definition',
    );
    const another = { ...content.agent_instances.row('ada'), ...itsDefinition };
    const made = await people.ask(ada, ['POST', '/agent_instances', another]);
    is([made.status, made.changes], [403, []], '... but a new agent of it is refused');
    is((await people.ask(ada, ['DELETE', lent], { keep })).status, 204, '... and it can be deleted');
    await people.reset();
    hasNoFaults(people, 'links: no answer has data of another user or is a server error');
}

// Tests that functions show nothing of other users.
async function functions(api, people, granted) {
    const { bob } = id.conversations;
    const formats = [
        'rows',
        'drizzle',
        'ai-sdk',
        ...(isSqlEdition ? [] : ['openai', 'openai-compatible', 'anthropic']),
    ];
    if (isSqlEdition) {
        skip('get_conversation_json', 'the functions in SQL do not have the formats of providers');
        skip('search_messages', 'the functions in SQL do not have it');
    }
    const calls = {
        get_conversation: { conversation_id: bob },
        'get_conversation of a page': { conversation_id: bob, message_limit: 1, before_message: id.messages.bob },
        ...Object.fromEntries(
            formats.map((format) => [`get_conversation_json ${format}`, { conversation_id: bob, format }]),
        ),
        agent_usage: { user_id: id.users.bob },
    };
    for (const [what, args] of Object.entries(calls)) {
        const [name] = what.split(' ');
        for (const [who, claims] of [
            ['another user', user(id.users.ada)],
            ['anonymous', anonymous],
        ]) {
            const { status, body } = await people.ask(api.as(claims), ['POST', `/rpc/${name}`, args]);
            const isRefused = claims === anonymous && !granted;
            is([status, isRefused || body], isRefused ? [401, true] : [200, null], `${what}, ${who}`);
        }
        const { status, body } = await people.ask(api.as(service), ['POST', `/rpc/${name}`, args], { sees: 'all' });
        is([status, body !== null], [200, true], `${what}, service_role`);
    }

    const parts = [{ type: 'text', text: 'Hello' }];
    const { ada } = id.conversations;
    const writes = {
        append_messages: { conversation_id: bob, messages: [{ id: 'x', role: 'user', parts }] },
        'append_messages with the id of a message': {
            conversation_id: ada,
            messages: [{ id: id.messages.bob, role: 'user', parts }],
        },
        create_conversation: { title: 'Hello', user_id: id.users.bob },
        truncate_conversation: { conversation_id: bob, from_message: id.messages.bob },
        fork_conversation: { conversation_id: bob },
        update_conversation: { conversation_id: bob, title: 'Mine', metadata: { mine: true } },
    };
    const statuses = { 'append_messages with the id of a message': 409, create_conversation: 403 };
    for (const [what, args] of Object.entries(writes)) {
        const [name] = what.split(' ');
        const refused = await people.ask(api.as(user(id.users.ada)), ['POST', `/rpc/${name}`, args]);
        is([refused.status, refused.changes], [statuses[what] ?? 404, []], `${what}, another user`);
        const { status, changes } = await people.ask(api.as(anonymous), ['POST', `/rpc/${name}`, args]);
        is([status >= 400 && status < 500, changes], [true, []], `${what}, anonymous`);
    }
    const list = await people.ask(api.as(user(id.users.ada)), [
        'POST',
        '/rpc/list_conversations',
        { user_id: id.users.bob },
    ]);
    is([list.status, list.body], [200, { conversations: [], next_cursor: null }], 'list_conversations, another user');
    const searches = [{ user_id: id.users.bob }, { conversation_id: bob }, { user_id: id.users.bob, in: 'all' }];
    for (const args of isSqlEdition ? [] : searches) {
        const request = ['POST', '/rpc/search_messages', { query: '', ...args }];
        const nothing = [200, { messages: [], next_cursor: null }];
        const found = await people.ask(api.as(user(id.users.ada)), request);
        is([found.status, found.body], nothing, `search_messages, another user, ${Object.keys(args)}`);
        const { status, body } = await people.ask(api.as(anonymous), request);
        is(granted ? [status, body] : status, granted ? nothing : 401, '... anonymous');
        const all = await people.ask(api.as(service), request, { sees: 'all' });
        is([all.status, all.body.messages?.length > 0], [200, true], '... service_role');
    }
    hasNoFaults(people, 'functions: no answer has data of another user or is a server error');
}

// Tests the privileges on the tables, including those that row-level security does not cover.
async function privileges(database) {
    const excess = `
        SELECT string_agg(concat_ws(' ', r.name, 'has', p.privilege, 'on', t.name), ', ')
        FROM unnest('{${tables.join(', ')}}'::text[]) t (name),
            (VALUES ('anon', '{SELECT, INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER}'::text[]),
                    ('authenticated', '{TRUNCATE, REFERENCES, TRIGGER}')) r (name, privileges),
            unnest(r.privileges) p (privilege)
        WHERE has_table_privilege(r.name, t.name, p.privilege)`;
    is(
        await database.sql(excess),
        '',
        'anon has no privileges on the tables, and authenticated has none that bypass policies',
    );
    is(await database.owner('SELECT * FROM agentchat.check()'), '', 'check() finds nothing wrong');
}

run(async () => {
    for (const defaultPrivileges of [true, false]) {
        const database = await newDatabase({ defaultPrivileges });
        await database.install();
        const people = await new People(database).reset();
        const api = await startPostgrest(database);
        const setting = defaultPrivileges ? 'Supabase' : 'PostgREST';

        await privileges(database);
        await oneRow(api, people, setting, false);
        await allRows(api, people, setting, false);
        await columns(api, people);
        await functions(api, people, false);
        await links(api, people);
        if (defaultPrivileges) {
            await database.owner('GRANT ALL ON ALL TABLES IN SCHEMA public TO anon, authenticated');
            await oneRow(api, people, 'all granted', true);
            await allRows(api, people, 'all granted', true);
            await columns(api, people);
            await functions(api, people, true);
        }
        await api.stop();
    }
});
