#!/usr/bin/env node
// Calls append_messages and create_conversation in the way of clients: through the real PostgREST, with messages of the
// AI SDK, of OpenAI's API and of Drizzle. The messages come back in the form that docs/append_messages.md describes.
const { Client } = require('pg');
const { drizzle } = require('drizzle-orm/node-postgres');
const { relations, eq } = require('drizzle-orm');
const { pgTable, text, timestamp, uuid, jsonb } = require('drizzle-orm/pg-core');
const { validateUIMessages } = require('ai');
const {
    run,
    ok,
    is,
    like,
    isSqlEdition,
    extensionOnly,
    newDatabase,
    startPostgrest,
    anonymous,
    user,
} = require('../lib/http.js');
const { id, People } = require('../lib/people.js');

const { PGHOST, PGPORT, PGUSER, PGPASSWORD } = process.env;
const there = id.conversations.ada;
const said = (content, more = {}) => ({ role: 'user', parts: [{ type: 'text', text: content }], ...more });
// A message of the assistant that calls a tool.
const calling = (tool, input) => ({
    role: 'assistant',
    parts: [{ type: `tool-${tool}`, toolCallId: 'call', state: 'input-available', input }],
});

// The SQL edition refuses to check calls of tools, whatever they are.
const ofCheckedCall = (details) => (isSqlEdition ? /which does not check calls/ : details);

// Tests the answers of PostgREST to errors.
async function errors(api) {
    const ada = api.as(user(id.users.ada));
    const append = (messages, more = {}) => ada.call('append_messages', { conversation_id: there, messages, ...more });
    for (const [what, answer, status, statusText, details] of [
        [
            'an unknown conversation',
            await append([], { conversation_id: id.conversations.nothing }),
            404,
            'conversation not found',
            /^Conversation \S+ does not exist/,
        ],
        [
            'a conversation of another user',
            await append(said('x'), { conversation_id: id.conversations.bob }),
            404,
            'conversation not found',
            /^Conversation \S+ does not exist/,
        ],
        [
            'a message of another user',
            await append([said('x'), said('y', { id: id.messages.bob })]),
            409,
            'message belongs to another conversation',
            /^messages\[1\]\.id is/,
        ],
        [
            'a wrong message',
            await append([said('x'), said('y', { parts: [{ type: 7 }] })]),
            400,
            'Bad Request',
            /^messages\[1\]\.parts\[0\]\.type must be a string\.$/,
        ],
        [
            'a tool call that does not match',
            await append([said('x'), calling('weather', { city: 5 })], { check_tools: true }),
            400,
            'Bad Request',
            ofCheckedCall(
                /^messages\[1\]\.parts\[0\]\.input is not a valid input of "weather": "\/city" must be a string, but is/,
            ),
        ],
        [
            'a call of an unknown tool',
            await append(calling('nothing', {}), { check_tools: true }),
            400,
            'Bad Request',
            ofCheckedCall(/^messages\.parts\[0\] calls "nothing"/),
        ],
        ['an unknown format', await append([], { format: 'x' }), 400, 'Bad Request', /The format is "x"/],
        [
            'a conversation for another user',
            await ada.call('create_conversation', { title: 'x', user_id: id.users.bob }),
            403,
            'Forbidden',
            /.*/,
        ],
        [
            'a conversation without a title',
            await ada.call('create_conversation', { title: null }),
            400,
            'Bad Request',
            /title/,
        ],
        [
            'a conversation by GET',
            await ada.callByGet('create_conversation', { title: 'x' }),
            405,
            'Method Not Allowed',
            /.*/,
        ],
    ]) {
        is([answer.status, answer.statusText], [status, statusText], `${what}: ${status}`);
        like(answer.body.details ?? '', details, '... with the details');
    }
    is(
        (await api.as(anonymous).call('create_conversation', { title: 'x' })).status,
        400,
        'a conversation without a user: 400',
    );
    const written = await ada.get(`/messages?conversation_id=eq.${there}`);
    is(
        written.body.map((message) => message.id),
        [id.messages.ada],
        '... and nothing was written',
    );
}

// Saves an answer while it grows, under the id of the client, in the way of an application.
async function chat(api) {
    const ada = api.as(user(id.users.ada));
    const made = await ada.call('create_conversation', {
        title: 'A trip',
        messages: [said('Where to?', { id: 'msg-1' })],
    });
    is(
        [made.status, made.body.messages.map((message) => message.given_id)],
        [200, ['msg-1']],
        'a conversation is created',
    );
    const conversation = made.body.id;
    for (const content of ['To', 'To Maui', 'To Maui.', 'To Maui.']) {
        const answer = {
            id: 'msg-2',
            role: 'assistant',
            parts: [{ type: 'text', text: content }],
            metadata: { tokens: content.length },
        };
        await ada.call('append_messages', { conversation_id: conversation, messages: answer });
    }
    const read = await ada.call('get_conversation', { conversation_id: conversation, format: 'ai-sdk' });
    const messages = await validateUIMessages({ messages: read.body });
    is(
        messages.map(({ role, parts, metadata }) => [role, parts[0].text, metadata.tokens]),
        [
            ['user', 'Where to?', undefined],
            ['assistant', 'To Maui.', 8],
        ],
        '... and read by the AI SDK',
    );
    const again = await ada.call('append_messages', { conversation_id: conversation, messages });
    is(
        again.body.map((message) => message.given_id),
        messages.map((message) => message.id),
        '... and can be sent again unchanged',
    );
    is(
        (await ada.call('get_conversation', { conversation_id: conversation, format: 'ai-sdk' })).body,
        read.body,
        '... which changes nothing',
    );
}

// Tests UIMessages with parts of all kinds, and the text that the AI SDK finds in them.
async function uiMessages(api) {
    const ada = api.as(user(id.users.ada));
    const sent = [
        said('Look', { id: 'u1', metadata: { locale: 'en', nested: { a: [1, null, 'x'] } } }),
        {
            id: 'a1',
            role: 'assistant',
            metadata: { model: 'x', createdAt: 1767603600123 },
            parts: [
                { type: 'step-start' },
                { type: 'reasoning', text: 'Hm', state: 'done', providerMetadata: { anthropic: { signature: 's' } } },
                { type: 'text', text: 'First. ', state: 'done' },
                {
                    type: 'tool-search',
                    toolCallId: 'c1',
                    state: 'output-available',
                    input: { q: 'x' },
                    output: { hits: [1.5, 1e21] },
                },
                { type: 'tool-search', toolCallId: 'c2', state: 'output-error', input: {}, errorText: 'no' },
                { type: 'dynamic-tool', toolName: 'mcp', toolCallId: 'c3', state: 'input-available', input: [] },
                { type: 'step-start' },
                { type: 'source-url', sourceId: 's1', url: 'https://example.com', title: 'x' },
                { type: 'source-document', sourceId: 's2', mediaType: 'application/pdf', title: 'y' },
                { type: 'file', mediaType: 'image/png', url: 'data:image/png;base64,aGk=', filename: 'x.png' },
                { type: 'data-weather', id: 'd', data: { t: 20 } },
                { type: 'text', text: 'Then \u{1F334} "quoted" \u0001.' },
            ],
        },
        { id: 's1', role: 'system', parts: [{ type: 'text', text: '' }] },
    ];
    const {
        body: [...written],
    } = await ada.call('append_messages', { conversation_id: there, messages: sent });
    const { body: read } = await ada.call('get_conversation', { conversation_id: there, format: 'ai-sdk' });
    const expected = sent.map((message, i) => ({
        ...message,
        metadata: { createdAt: written[i].created_at, ...message.metadata },
    }));
    is(read.slice(-3), expected, 'UIMessages come back unchanged, with the time of their rows');
    const { body: rows } = await ada.get(`/messages?id=eq.${written[1].id}`);
    const textOf = (type) =>
        sent[1].parts
            .filter((part) => part.type === type)
            .map((part) => part.text)
            .join('');
    is(
        [rows[0].content, rows[0].reasoning],
        [textOf('text'), textOf('reasoning')],
        "... and content and reasoning are the AI SDK's texts",
    );
}

// Tests random requests to OpenAI: get_conversation returns the messages that were sent.
async function openai(api) {
    const ada = api.as(user(id.users.ada));
    const below = (n) => Math.floor(Math.random() * n);
    const pick = (...values) => values[below(values.length)];
    const word = () => pick('Maui', 'a "b" \\', '\u{1F334}', 'x\ny', ' ', '0');
    let calls = 0;
    function turn() {
        const messages = [
            {
                role: 'user',
                content: pick(word(), [
                    { type: 'text', text: word() },
                    pick(
                        { type: 'image_url', image_url: { url: 'https://example.com/x.png' } },
                        { type: 'image_url', image_url: { url: 'data:image/png;base64,aGk=', detail: 'low' } },
                        { type: 'input_audio', input_audio: { data: 'aGk=', format: pick('wav', 'mp3') } },
                        { type: 'file', file: { file_data: 'data:application/pdf;base64,aGk=', filename: 'x.pdf' } },
                        { type: 'file', file: { file_id: 'file-7' } },
                    ),
                ]),
            },
        ];
        while (below(3) === 0) {
            const made = Array.from({ length: 1 + below(3) }, () => ({
                id: `call_${++calls}`,
                type: 'function',
                function: {
                    name: pick('look', 'go'),
                    arguments: JSON.stringify(pick({}, { a: 1 }, { a: [{ b: word() }], c: null })),
                },
            }));
            messages.push({ role: 'assistant', content: pick(null, word()), tool_calls: made });
            for (const call of made) {
                messages.push({ role: 'tool', tool_call_id: call.id, content: pick('', word(), '{"a":  1}') });
            }
        }
        messages.push({ role: 'assistant', content: word() });
        return messages;
    }
    const wrong = [];
    for (let n = 0; n < 200; n += 1) {
        const messages = [
            ...(below(2) ? [{ role: 'system', content: word() }] : []),
            ...Array.from({ length: 1 + below(4) }, turn).flat(),
        ];
        const made = await ada.call('create_conversation', { title: 'x', messages: [], format: 'openai' });
        // In one call, or message by message.
        for (const part of below(2) ? [messages] : messages) {
            const { status, text: answer } = await ada.call('append_messages', {
                conversation_id: made.body.id,
                messages: part,
                format: 'openai',
            });
            if (status !== 200) wrong.push(answer);
        }
        const read = await ada.call('get_conversation', { conversation_id: made.body.id, format: 'openai' });
        if (JSON.stringify(sorted(read.body)) !== JSON.stringify(sorted(messages))) wrong.push(messages, read.body);
    }
    ok(wrong.length === 0, 'requests to OpenAI come back unchanged', ...wrong.slice(0, 2));
}

// Sorts the keys, because jsonb has its own order.
const sorted = (value) => {
    if (Array.isArray(value)) return value.map(sorted);
    if (value === null || typeof value !== 'object') return value;
    return Object.fromEntries(
        Object.keys(value)
            .sort()
            .map((key) => [key, sorted(value[key])]),
    );
};

// Tests rows of Drizzle.
async function drizzleRows(database) {
    const conversations = pgTable('conversations', { id: uuid('id').primaryKey(), title: text('title').notNull() });
    const messages = pgTable('messages', {
        id: uuid('id').primaryKey().defaultRandom(),
        conversationId: uuid('conversation_id').notNull(),
        role: text('role').notNull(),
        content: text('content').notNull(),
        parts: jsonb('parts'),
        attachments: jsonb('attachments'),
        reasoning: text('reasoning'),
        createdAt: timestamp('created_at').defaultNow().notNull(),
    });
    const conversationsRelations = relations(conversations, ({ many }) => ({ messages: many(messages) }));
    const messagesRelations = relations(messages, ({ one }) => ({
        conversation: one(conversations, { fields: [messages.conversationId], references: [conversations.id] }),
    }));
    const client = new Client({
        host: PGHOST,
        port: PGPORT,
        user: PGUSER,
        password: PGPASSWORD,
        database: database.name,
    });
    await client.connect();
    const db = drizzle(client, { schema: { conversations, messages, conversationsRelations, messagesRelations } });
    const read = async () =>
        (
            await db.query.conversations.findFirst({
                where: eq(conversations.id, id.conversations.bob),
                with: { messages: { orderBy: (m, { asc }) => [asc(m.createdAt), asc(m.id)] } },
            })
        ).messages;
    await db.insert(messages).values(
        Array.from({ length: 50 }, (_, n) => ({
            conversationId: id.conversations.bob,
            role: n % 2 ? 'user' : 'assistant',
            content: `${n} \u{1F334}`,
            createdAt: new Date(1767603600000 + n * 1001),
            parts: n % 3 ? [{ type: 'text', text: `${n}` }] : null,
            attachments: n % 5 ? null : [{ url: 'x' }],
            reasoning: n % 7 ? null : 'because',
        })),
    );
    const before = await read();
    await db.delete(messages).where(eq(messages.conversationId, id.conversations.bob));
    const append = (rows) =>
        client.query("SELECT append_messages($1, $2, 'drizzle')", [id.conversations.bob, JSON.stringify(rows)]);
    await append(before);
    is(await read(), before, 'rows of Drizzle come back unchanged');
    await client.query('CREATE TABLE before AS SELECT ctid AS place, id FROM messages');
    await append(await read());
    const changed = await client.query('SELECT 1 FROM messages m JOIN before b ON b.id = m.id WHERE b.place <> m.ctid');
    is(changed.rows, [], '... and appending them again changes nothing');
    await client.end();
}

run(async () => {
    const database = await newDatabase();
    await database.install();
    await new People(database).reset();
    await database.owner(`INSERT INTO agent_tools (name, description, schema)
        VALUES ('weather', '', '{"properties": {"city": {"type": "string"}}}')`);
    const api = await startPostgrest(database);
    await errors(api);
    await chat(api);
    await uiMessages(api);
    await extensionOnly('requests to OpenAI come back unchanged', () => openai(api));
    await drizzleRows(database);
});
