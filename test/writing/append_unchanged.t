#!/usr/bin/env node
// Appends the messages that get_conversation() returns. Nothing may change: neither a row nor its version, nor the
// updated_at of the conversation.
//     SEED    the seed of the first random conversation
//     CASES   the number of random conversations
const { Client } = require('pg');
const { readFileSync } = require('node:fs');
const { join } = require('node:path');
const { isDeepStrictEqual } = require('node:util');
const { run, ok, is } = require('../lib/http.js');
const { corpus, randomConversation } = require('../lib/messages.js');

const { SEED = 1, CASES = 200 } = process.env;

const mtBench = readFileSync(join(__dirname, '../data/mt-bench.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
    .map(({ title, messages }) => ({ name: title, messages }));

// What append_messages() of older versions wrote, and what applications write by themselves.
const others = [
    {
        name: 'messages without parts',
        messages: [
            { role: 'user', content: '' },
            {
                role: 'user',
                content: 'x',
                attachments: [{ url: 'https://example.com/x.png', contentType: 'image/png' }],
            },
            { role: 'assistant', content: 'x', reasoning: 'y' },
        ],
    },
    {
        name: 'messages with empty parts',
        messages: [
            { role: 'assistant', parts: [] },
            { role: 'assistant', parts: [], content: 'x' },
            { role: 'assistant', parts: [{ type: 'data-metadata', data: { a: 1 } }] },
            { role: 'assistant', parts: [{ type: 'data-metadata', data: {} }] },
            { role: 'assistant', parts: [{ type: 'data-metadata', data: null }] },
            { role: 'assistant', parts: [{ type: 'data-metadata', data: 7 }] },
        ],
    },
    {
        name: 'attachments beside parts',
        messages: [
            {
                role: 'user',
                content: 'x',
                parts: [{ type: 'text', text: 'x' }],
                attachments: [{ url: 'https://example.com/x.png', contentType: 'image/png', name: 'x.png' }],
            },
        ],
    },
    {
        name: 'content beside other parts',
        messages: [{ role: 'user', content: 'x', parts: [{ type: 'text', text: 'y' }] }],
    },
];

class Conversations {
    constructor(client) {
        this.client = client;
        this.refused = 0;
        this.appended = 0;
    }

    async make(messages) {
        const { rows } = await this.client.query(
            `INSERT INTO conversations (user_id, title) SELECT id, 'x' FROM users RETURNING id`,
        );
        await this.client.query(
            `INSERT INTO messages (conversation_id, role, content, reasoning, attachments, parts)
             SELECT $1, m->>'role', coalesce(m->>'content', ''), m->>'reasoning', m->'attachments', m->'parts'
             FROM jsonb_array_elements($2) WITH ORDINALITY AS given (m, n) ORDER BY n`,
            [rows[0].id, typeof messages === 'string' ? messages : JSON.stringify(messages)],
        );
        return rows[0].id;
    }

    // Everything that a change would change.
    async state(id) {
        const { rows } = await this.client.query(
            `SELECT to_jsonb(m) AS row, xmin::text, ctid::text FROM messages m WHERE conversation_id = $1
             UNION ALL
             SELECT to_jsonb(c), xmin::text, '' FROM conversations c WHERE id = $1
             ORDER BY ctid, xmin`,
            [id],
        );
        return rows;
    }

    async read(id, format) {
        const { rows } = await this.client.query('SELECT get_conversation($1, $2) AS read', [id, format]);
        return Array.isArray(rows[0].read) ? rows[0].read : rows[0].read.messages;
    }

    async append(query, values) {
        try {
            await this.client.query(query, values);
            this.appended += 1;
        } catch (error) {
            // A part lacks what its type needs.
            if (error.code !== '22023') throw error;
            this.refused += 1;
        }
    }
}

async function unchanged(conversations, name, given) {
    const wrong = [];
    for (const { messages, name: what } of given) {
        const id = await conversations.make(messages);
        const before = await conversations.state(id);
        for (const format of ['rows', 'drizzle', 'ai-sdk']) {
            const read = await conversations.read(id, format);
            for (const message of read)
                await conversations.append('SELECT append_messages($1, $2, $3)', [id, JSON.stringify(message), format]);
            await conversations.append('SELECT append_messages($1, $2, $3)', [id, JSON.stringify(read), format]);
            const after = await conversations.state(id);
            if (!isDeepStrictEqual(after, before)) {
                wrong.push({ what, format, before, after });
                break;
            }
        }
    }
    ok(wrong.length === 0, `${name}: what was read is appended without a change`, wrong.length, ...wrong.slice(0, 2));
}

// Calls with their results, in the ways of a client that repeats its requests.
async function openai(conversations) {
    const id = await conversations.make([]);
    const call = {
        id: 'm1',
        role: 'assistant',
        content: null,
        tool_calls: [
            { id: 'c1', type: 'function', function: { name: 'look', arguments: '{"a": "\\u0000"}' } },
            { id: 'c2', type: 'custom', custom: { name: 'run', input: 'x' } },
        ],
    };
    const results = ['c1', 'c2'].map((tool_call_id) => ({
        role: 'tool',
        tool_call_id,
        content: [{ type: 'text', text: 'x', prompt_cache_breakpoint: { mode: 'explicit' } }],
    }));
    const append = (messages) =>
        conversations.client.query(`SELECT append_messages($1, $2, 'openai')`, [id, JSON.stringify(messages)]);
    await append([call, ...results]);
    const before = await conversations.state(id);
    await append([call, ...results]);
    await append(results);
    is(await conversations.state(id), before, 'openai: repeated calls and results change nothing');
}

run(async () => {
    const client = new Client();
    await client.connect();
    try {
        await client.query('CREATE EXTENSION agentchat');
        await client.query(`INSERT INTO users (email) VALUES ('ada@example.com')`);
        // Some messages of the corpus have roles that the table would refuse.
        await client.query('ALTER TABLE messages DROP CONSTRAINT messages_role_check');
        const conversations = new Conversations(client);
        await unchanged(conversations, 'the questions of MT-Bench', mtBench);
        await unchanged(conversations, 'the corpus', corpus);
        await unchanged(conversations, 'other rows', others);
        await unchanged(
            conversations,
            'random conversations',
            Array.from({ length: CASES }, (_, n) => randomConversation(Number(SEED) + n)),
        );
        const { refused, appended } = conversations;
        ok(refused < appended / 10, 'most messages can be appended', { refused, appended });
        // The functions in SQL do not have the formats of providers.
        if (process.env.EDITION !== 'sql') await openai(conversations);
    } finally {
        await client.end();
    }
});
