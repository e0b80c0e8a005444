#!/usr/bin/env node
// Sessions that may have only little memory (prlimit --as, the limit of ulimit -v) read and write a conversation of 20 MB
// in every format. Each statement ends in its result or in 53200, and after that the session goes on.
const { readFileSync } = require('node:fs');
const { run, ok, is } = require('../lib/http.js');
const { OwnServer, bash } = require('../lib/own_server.js');

const megabyte = 2 ** 20;
const formats = ['rows', 'drizzle', 'ai-sdk', 'openai', 'openai-compatible', 'anthropic'];
// How much more than it has a session may take, from too little for any statement to enough for all.
const allowances = [1, 4, 16, 32, 48, 64, 96, 128, 192, 256, 384, 768].map((megabytes) => megabytes * megabyte);

const reads = formats.flatMap((format) => [
    `SELECT md5(get_conversation(id, '${format}')::text) FROM conversations WHERE title = 'Long'`,
    `SELECT md5(get_conversation_json(id, '${format}')::text) FROM conversations WHERE title = 'Long'`,
]);
const writes = ['rows', 'ai-sdk', 'openai'].map(
    (format) => `SELECT jsonb_array_length(append_messages(id, messages, '${format}')) FROM conversations, inputs
        WHERE title = 'New' AND format = '${format}'`,
);

const setUp = `
    CREATE EXTENSION agentchat;
    INSERT INTO users (email) VALUES ('ada@example.com');
    INSERT INTO conversations (user_id, title) SELECT id, unnest('{Long,New}'::text[]) FROM users;
    INSERT INTO messages (conversation_id, role, content, parts)
    SELECT id, 'assistant', '', jsonb_build_array(jsonb_build_object('type', 'text', 'text', repeat(md5(n::text), 3000)))
    FROM conversations, generate_series(1, 200) n WHERE title = 'Long';
    CREATE TABLE inputs AS
    SELECT 'ai-sdk' AS format, jsonb_agg(jsonb_build_object('role', role, 'parts', parts)) AS messages FROM messages
    UNION ALL SELECT f, jsonb_agg(jsonb_build_object('role', 'user', 'content', repeat(md5(n::text), 3000)))
    FROM generate_series(1, 200) n, unnest('{rows,openai}'::text[]) f GROUP BY f`;

// The bytes of address space that a process has.
const sizeOf = (pid) => 1024 * Number(/^VmSize:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]);
// Only the soft limit, which may be raised again.
const limit = (pid, bytes) => bash('as_server_user prlimit --pid "$1" "--as=$2:"', String(pid), String(bytes));

let server;

async function outcome(client, sql) {
    try {
        return { value: Object.values((await client.query(sql)).rows[0])[0] };
    } catch (error) {
        return { error: error.code ?? error.message };
    }
}

async function underLimits(client, sql) {
    const expected = await outcome(client, sql);
    const faults = [];
    const counts = { result: 0, refused: 0 };
    await client.query('BEGIN');
    for (const allowance of allowances) {
        const { rows } = await client
            .query('SAVEPOINT before; SELECT count(*) FROM messages')
            .then((results) => results[1]);
        limit(client.processID, sizeOf(client.processID) + allowance);
        const got = await outcome(client, sql);
        limit(client.processID, 'unlimited');
        counts[got.error ? 'refused' : 'result'] += 1;
        if (got.error ? got.error !== '53200' : got.value !== expected.value) {
            faults.push(`${allowance / megabyte} MB: ${JSON.stringify(got)}`);
        }
        await client.query('ROLLBACK TO before');
        const after = (await client.query('SELECT count(*) FROM messages')).rows;
        if (after[0].count !== rows[0].count) faults.push(`${allowance / megabyte} MB: ${after[0].count} messages`);
    }
    await client.query('ROLLBACK');
    const last = await outcome(client, sql);
    if (last.value !== expected.value) faults.push(`at the end: ${JSON.stringify(last)}`);
    return { faults, counts, expected };
}

run(async () => {
    server = new OwnServer('little_memory', ['fsync = off', 'shared_buffers = 16MB']);
    const owner = await server.connect('postgres');
    await owner.query(setUp);
    for (const sql of [...reads, ...writes]) {
        const client = await server.connect('postgres');
        const { faults, counts, expected } = await underLimits(client, sql);
        const name = sql.replace(/ FROM.*/s, '');
        ok(!expected.error, `${name}: without a limit it has a result`, expected);
        is(faults, [], '... with a limit it has the same or 53200, and the session goes on');
        ok(
            counts.result > 0 && counts.refused > 0,
            `... ${counts.refused} times 53200, ${counts.result} times the result`,
        );
        await client.end();
    }
    is((await owner.query('SELECT * FROM agentchat.check()')).rows, [], 'check() finds nothing');
    ok(!/terminated by signal|PANIC/.test(server.logText), 'no process has died');
    await server.kill();
});
