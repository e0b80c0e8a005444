#!/usr/bin/env node
// The real AI SDK accepts what agentchat.import_claude() has imported, and each provider gets every text and result.
const { Client } = require('pg');
const { run, ok, is } = require('../lib/http.js');
const { captured, faultOf, modules } = require('../lib/ai_sdk.js');

const ada = 'ada00000-0000-4000-8000-000000000000';
const at = (n) => new Date(Date.UTC(2026, 0, 1, 0, 0, n)).toISOString();

const blocks = [
    { type: 'thinking', thinking: 'I should search.', signature: 'c2ln', summaries: [] },
    { type: 'tool_use', id: 'toolu_1', name: 'web_search', input: { query: 'Maui' } },
    { type: 'tool_use', id: 'toolu_2', name: 'Drive: search', input: {} },
    { type: 'tool_result', tool_use_id: 'toolu_1', content: [{ type: 'knowledge', url: 'https://example.com' }] },
    { type: 'tool_result', tool_use_id: 'toolu_2', is_error: true, content: [{ type: 'text', text: 'No access' }] },
    { type: 'text', text: 'Found it.', citations: [{ uuid: 'c', url: 'https://example.com', title: 'Example' }] },
    { type: 'token_budget' },
    { type: 'tool_use', name: 'artifacts', input: null },
    { type: 'tool_result', name: 'artifacts', content: 'Created' },
    { type: 'tool_use', id: 'toolu_3', name: '', input: 'text' },
    { type: 'tool_result', tool_use_id: 'toolu_9', content: null },
    { type: 'voice_note', title: 'Note' },
    { type: 'text', text: 'Done.' },
    'a string',
    7,
    null,
    [],
    {},
    { type: 7 },
    { type: 'text', text: 7 },
    { type: 'thinking', thinking: null, summaries: 'none' },
];

const message = (uuid, sender, more) => ({
    uuid,
    sender,
    created_at: at(uuid.length),
    attachments: [],
    files: [],
    ...more,
});

const conversations = [
    [
        message('1', 'human', {
            content: [{ type: 'text', text: 'What should I see?' }],
            files: [{ file_name: 'a.png' }],
        }),
        message('22', 'assistant', { content: blocks }),
        message('333', 'human', {
            content: [],
            text: '',
            attachments: [{ file_name: '', extracted_content: 'pasted' }],
        }),
        message('4444', 'assistant', { content: [], text: 'Old text' }),
        message('55555', 'human', { content: [], text: '' }),
    ],
    // Each block alone.
    blocks.flatMap((block, n) => [
        message(`q${n}`, 'human', { content: [block] }),
        message(`a${n}`, 'assistant', { content: [block] }),
    ]),
    // Any values in place of lists and objects.
    [null, 7, 'text', [], {}, { a: 1 }].map((value, n) => ({
        uuid: `v${n}`,
        sender: n % 2 ? 'assistant' : 'human',
        text: value,
        content: value,
        attachments: value,
        files: value,
        created_at: value,
        parent_message_uuid: value,
    })),
];

run(async () => {
    const client = new Client();
    await client.connect();
    await client.query('CREATE EXTENSION agentchat');
    await client.query(`INSERT INTO users (id, email) VALUES ('${ada}', 'ada@example.com')`);
    const exported = conversations.map((chat_messages, n) => ({ uuid: `chat-${n}`, name: 'Chat', chat_messages }));
    const { rows } = await client.query('SELECT * FROM agentchat.import_claude($1, $2)', [
        ada,
        JSON.stringify(exported),
    ]);
    for (const { source, read, written, merged, skipped } of rows) {
        is(Number(written) + Number(merged) + Number(skipped), Number(read), `${source}: each row is accounted for`);
        is(Number(written), Number(read), `${source}: all are written`);
    }
    const stored = await client.query(
        "SELECT get_conversation(id, 'ai-sdk') AS messages FROM conversations ORDER BY metadata #>> '{imported,id}'",
    );
    for (const [n, { messages }] of stored.rows.entries()) {
        for (const major of Object.keys(modules)) {
            is(await faultOf(messages, major), null, `AI SDK ${major} accepts conversation ${n}`);
        }
    }
    for (const provider of ['openai', 'anthropic']) {
        const body = JSON.stringify(await captured(provider, stored.rows[0].messages));
        for (const text of ['What should I see?', 'No access', 'Found it.', 'Created', 'Done.', 'pasted', 'Old text']) {
            ok(body.includes(text), `${provider} gets ${text}`);
        }
        ok(body.indexOf('https://example.com') < body.indexOf('Found it.'), `${provider} gets results before answers`);
    }
    await client.end();
});
