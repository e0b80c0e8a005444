#!/usr/bin/env node
// What import_vercel_chatbot() makes of random rows of "Message", against a program that knows the format, and whether
// the AI SDK accepts it.
//     SEED    the seed of the random chats
//     CHATS   their number
const { Client } = require('pg');
const { run, ok, is } = require('../lib/http.js');
const { faultOf } = require('../lib/ai_sdk.js');
const { randomNumbers } = require('../lib/messages.js');

const { SEED = 1, CHATS = 200 } = process.env;
const random = randomNumbers(+SEED);
const below = (n) => Math.floor(random() * n);
const chance = (p) => random() < p;
const uuid = (prefix, n) => `${prefix.repeat(8)}-0000-4000-8000-${String(n).padStart(12, '0')}`;
const user = uuid('a', 1);
let numbers = 0;
const next = () => (numbers += 1);

// Returns a chat: its rows, and the messages that are expected, each { id, role, texts, calls }. A call is
// [toolName, input, output], without the output if there is no result.
function randomChat(n) {
    const chat = { id: uuid('c', n), rows: [], expected: [] };
    let time = Date.UTC(2024, 10, 1) + n * 1e6;
    const say = (role, content) => {
        const row = { id: uuid('b', next()), role, content, time };
        chat.rows.push(row);
        return row;
    };
    const newText = () => ({ type: 'text', text: `text ${next()}. ` });
    for (let turn = below(5); turn >= 0; turn--) {
        time += 1000;
        const question = newText();
        const asked = say('user', chance(0.5) ? question.text : [question]);
        chat.expected.push({ id: asked.id, role: 'user', texts: question.text, calls: [] });
        if (chance(0.1)) continue;
        const answer = { role: 'assistant', texts: '', calls: [] };
        for (let step = below(4); step >= 0; step--) {
            time += 1 + below(1000);
            const content = chance(0.6) ? [newText()] : [];
            const results = [];
            for (let call = below(3); call > 0; call--) {
                // Some providers use ids again.
                const toolCallId = chance(0.2) ? 'call_0' : `call_${next()}`;
                if (content.some((part) => part.toolCallId === toolCallId)) continue;
                const toolName = `tool${below(3)}`;
                const args = { number: next() };
                const result = chance(0.2) ? null : { result: next() };
                content.push({ type: 'tool-call', toolCallId, toolName, args });
                const hasResult = toolCallId === 'call_0' || chance(0.85);
                if (hasResult) results.push({ type: 'tool-result', toolCallId, toolName, result });
                answer.calls.push(hasResult ? [toolName, args, result] : [toolName, args]);
            }
            if (content.length === 0) content.push(newText());
            const row = say('assistant', content.length === 1 && content[0].text ? content[0].text : content);
            answer.id ??= row.id;
            answer.texts += content.map((part) => part.text ?? '').join('');
            // The rows of a step may have the same time.
            if (chance(0.5)) time += 1;
            if (results.length > 0) say('tool', results);
        }
        chat.expected.push(answer);
    }
    return chat;
}

// Returns a stored message in the form of the expected ones.
const summaryOf = ({ id, role, parts }) => ({
    id,
    role,
    texts: parts.map(({ type, text }) => (type === 'text' ? text : '')).join(''),
    calls: parts
        .filter(({ type }) => type.startsWith('tool-'))
        .map(({ type, state, input, output }) =>
            state === 'output-available' ? [type.slice(5), input, output] : [type.slice(5), input],
        ),
});
const sorted = ({ id, role, texts, calls }) => JSON.stringify([id, role, texts, calls]);

run(async () => {
    const client = new Client();
    await client.connect();
    const query = async (sql, values) => (await client.query(sql, values)).rows;
    await client.query(`
        CREATE EXTENSION IF NOT EXISTS agentchat;
        CREATE TABLE "User" (id uuid PRIMARY KEY, email varchar(64) NOT NULL, password varchar(64));
        CREATE TABLE "Chat" (id uuid PRIMARY KEY, "createdAt" timestamp NOT NULL, title text NOT NULL,
                             "userId" uuid NOT NULL);
        CREATE TABLE "Message" (id uuid PRIMARY KEY, "chatId" uuid NOT NULL, role varchar NOT NULL, content json NOT NULL,
                                "createdAt" timestamp NOT NULL)`);
    await query(`INSERT INTO "User" VALUES ($1, 'ada@example.com', 'x')`, [user]);
    const chats = Array.from({ length: +CHATS }, (_, n) => randomChat(n + 1));
    for (const { id, rows } of chats) {
        await query(`INSERT INTO "Chat" VALUES ($1, '2024-11-01', 'Chat', $2)`, [id, user]);
        await query(
            `INSERT INTO "Message" SELECT (r ->> 'id')::uuid, $1, r ->> 'role', r -> 'content',
                 to_timestamp((r ->> 'time')::numeric / 1000) AT TIME ZONE 'UTC' FROM json_array_elements($2) r`,
            [id, JSON.stringify(rows)],
        );
    }
    const result = await query('SELECT * FROM agentchat.import_vercel_chatbot()');
    const messages = result.find(({ source }) => source === 'Message');
    is(+messages.written + +messages.merged + +messages.skipped, +messages.read, 'every row is counted');
    is(+messages.written, chats.flatMap(({ expected }) => expected).length, 'the messages are as many as expected');
    const { figures } = result.find(({ source }) => source === 'Chat');
    is(figures.agreeing, +CHATS, 'all conversations agree with their chats');
    let failed = 0;
    for (const { id, rows, expected } of chats) {
        const [{ stored }] = await query(`SELECT get_conversation($1, 'ai-sdk') AS stored`, [id]);
        const faults = [];
        for (const major of [6, 7]) {
            const fault = await faultOf(stored, major);
            if (fault) faults.push(fault);
        }
        // jsonb has keys in an order of its own, but here no object has two.
        if (stored.map(summaryOf).map(sorted).join('\n') !== expected.map(sorted).join('\n')) faults.push('differs');
        if (faults.length > 0) failed += 1;
        if (faults.length > 0 && failed <= 3)
            ok(false, `SEED=${SEED}: ${id}`, ...faults, JSON.stringify({ rows, expected, stored }).slice(0, 5000));
    }
    is(failed, 0, `${CHATS} random chats from SEED=${SEED} become what is expected, and the AI SDK accepts it`);
    is(await query('SELECT * FROM agentchat.check()'), [], 'check() finds nothing');
    await client.end();
});
