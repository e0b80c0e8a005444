#!/usr/bin/env node
// 10,000 statements of all kinds are cancelled at random moments, up to twice the time that they take. Each ends in its
// result or in 57014, and then nothing of it is there. The sessions go on, with as much memory as before.
// SEED=n repeats the random choices (the moments are up to the machine, too), STATEMENTS=n runs so many.
const { run, ok, is } = require('../lib/http.js');
const { randomNumbers } = require('../lib/messages.js');
const { OwnServer } = require('../lib/own_server.js');

const seed = Number(process.env.SEED ?? Date.now() % 1e9);
const statements = Number(process.env.STATEMENTS ?? 10000);
const sessions = 3;
const agentLimit = 5;
const canceled = '57014';

let server;

// Each session has rows of its own, whose ids come from its number s.
const setUp = `
    CREATE EXTENSION agentchat;
    SELECT agentchat.enable('runs');
    SELECT agentchat.enable('search');
    INSERT INTO users (id, email) SELECT md5('u' || s)::uuid, s || '@example.com' FROM generate_series(1, ${sessions}) s;
    INSERT INTO subscriptions (user_id, plan, status, is_active, agent_limit)
    SELECT id, 'pro', 'active', true, ${agentLimit} FROM users;

    CREATE FUNCTION begin_anew(s int) RETURNS void LANGUAGE sql AS $$
        DELETE FROM conversations WHERE user_id = md5('u' || s)::uuid;
        DELETE FROM agent_instances WHERE user_id = md5('u' || s)::uuid;
        DELETE FROM agent_definitions WHERE user_id = md5('u' || s)::uuid;
        DELETE FROM workflows WHERE user_id = md5('u' || s)::uuid;
        DELETE FROM artifacts WHERE user_id = md5('u' || s)::uuid;
        DELETE FROM agent_tools WHERE name LIKE 's' || s || '%';
        DELETE FROM users WHERE email LIKE 'new' || s || '%';
        INSERT INTO conversations (id, user_id, title) VALUES (md5('c' || s)::uuid, md5('u' || s)::uuid, 'Rome');
        INSERT INTO messages (id, conversation_id, role, content, parts)
        SELECT md5('m' || s || n)::uuid, md5('c' || s)::uuid, 'assistant', '0', '[{"type": "text", "text": "Hello"},
            {"type": "tool-weather", "toolCallId": "c", "state": "output-available", "input": {}, "output": "sun"}]'
        FROM generate_series(1, 300) n;
        INSERT INTO agent_tools (name, description, schema) VALUES ('s' || s, 'Weather', '{"type": "object", "properties":
            {"city": {"type": "string", "pattern": "^[A-Z][a-z]+$"}}, "required": ["city"]}');
        INSERT INTO agent_definitions (id, user_id, name, description, system_prompt, tools)
        VALUES (md5('d' || s)::uuid, md5('u' || s)::uuid, 'Forecaster', '', '', jsonb_build_array('s' || s));
        INSERT INTO agent_instances (id, user_id, definition_id, name)
        VALUES (md5('i' || s)::uuid, md5('u' || s)::uuid, md5('d' || s)::uuid, 'Mine');
        INSERT INTO workflows (id, user_id, workflow_id, status, goal)
        VALUES (md5('w' || s)::uuid, md5('u' || s)::uuid, 'w', 'running', '');
    $$;
    SELECT begin_anew(s) FROM generate_series(1, ${sessions}) s;

    -- Everything that a session may change.
    CREATE FUNCTION fingerprint(s int) RETURNS text LANGUAGE sql AS $$
        WITH rows AS (
            SELECT t::text FROM conversations t WHERE user_id = md5('u' || s)::uuid
            UNION ALL SELECT t::text FROM messages t JOIN conversations c ON c.id = conversation_id
                WHERE user_id = md5('u' || s)::uuid
            UNION ALL SELECT t::text FROM runs t JOIN conversations c ON c.id = conversation_id
                WHERE user_id = md5('u' || s)::uuid
            UNION ALL SELECT t::text FROM run_chunks t JOIN runs r ON r.id = run_id
                JOIN conversations c ON c.id = conversation_id WHERE user_id = md5('u' || s)::uuid
            UNION ALL SELECT t::text FROM artifacts t WHERE user_id = md5('u' || s)::uuid
            UNION ALL SELECT t::text FROM agent_definitions t WHERE user_id = md5('u' || s)::uuid
            UNION ALL SELECT t::text FROM agent_instances t WHERE user_id = md5('u' || s)::uuid
            UNION ALL SELECT t::text FROM workflows t WHERE user_id = md5('u' || s)::uuid
            UNION ALL SELECT t::text FROM subscriptions t WHERE user_id = md5('u' || s)::uuid
            UNION ALL SELECT t::text FROM agent_tools t WHERE name LIKE 's' || s || '%'
            UNION ALL SELECT t::text FROM users t WHERE id = md5('u' || s)::uuid OR email LIKE 'new' || s || '%')
        SELECT md5(string_agg(text, ',' ORDER BY text)) FROM rows AS r (text)
    $$;

    -- pg_sleep() rounds up to milliseconds (misc.c), which is longer than most statements.
    -- The times have the way to the server and back in them, so that one moment would often be before or after all.
    CREATE FUNCTION cancel(pid int, microseconds int) RETURNS void LANGUAGE plpgsql AS $$
    DECLARE moment timestamptz := clock_timestamp();
    BEGIN
        FOR n IN 1 .. 4 LOOP
            moment := moment + microseconds * interval '1 microsecond';
            WHILE clock_timestamp() < moment LOOP END LOOP;
            PERFORM pg_cancel_backend(pid);
        END LOOP;
    END $$;`;

const id = (letter, s) => `md5('${letter}${s}')::uuid`;
// Messages with numbers that rise with the time.
const many = (n, make) => JSON.stringify(Array.from({ length: 60 }, (_, i) => make(String(n * 60 + i))));
const rows = (n) => many(n, (content) => ({ role: 'user', content }));
const parts = (n) => many(n, (text) => ({ role: 'user', parts: [{ type: 'text', text }] }));
const formats = ['rows', 'drizzle', 'ai-sdk', 'openai', 'openai-compatible', 'anthropic'];

// A row for COPY of each table: its columns, and the query that wrote it to a file of the session.
const copies = {
    users: ['email', (s) => `SELECT 'new${s}copied'`],
    conversations: ['user_id, title', (s) => `SELECT ${id('u', s)}, 'Copied'`],
    messages: ['id, conversation_id, role, content', (s) => `SELECT ${id('n', s)}, ${id('c', s)}, 'user', '0'`],
    artifacts: ['user_id, type, title', (s) => `SELECT ${id('u', s)}, 'text', 'Copied'`],
    agent_tools: ['name, description, schema', (s) => `SELECT 's${s}xcopied', '', '{"type": "object"}'`],
    agent_definitions: [
        'user_id, name, description, system_prompt, tools',
        (s) => `SELECT ${id('u', s)}, 'Other', '', '', '["s${s}"]'`,
    ],
    agent_instances: ['user_id, definition_id, name', (s) => `SELECT ${id('u', s)}, ${id('d', s)}, 'Copied'`],
    workflows: ['user_id, workflow_id, status, goal', (s) => `SELECT ${id('u', s)}, 'x', 'pending', ''`],
    subscriptions: [
        'user_id, plan, status, is_active, agent_limit',
        (s) => `SELECT ${id('u', s)}, 'free', 'canceled', false, 1`,
    ],
};
const copyFile = (table, s) => `${server.data}/${table}${s}`;

// What may be said besides the result: `may` is an SQLSTATE.
const kinds = [
    ...formats.flatMap((format) => [
        { sql: (s) => `SELECT get_conversation(${id('c', s)}, '${format}')` },
        { sql: (s) => `SELECT get_conversation_json(${id('c', s)}, '${format}', 10)` },
    ]),
    { sql: (s) => `SELECT list_conversations(user_id => ${id('u', s)})` },
    { sql: (s) => `SELECT search_messages('hello', user_id => ${id('u', s)})` },
    { sql: (s) => `SELECT get_context(${id('c', s)}, 500, 'openai')` },
    { sql: () => `SELECT agentchat.count_tokens(repeat('The weather in Rome. ', 100))` },
    { sql: (s) => `SELECT get_agent(${id('i', s)})` },
    { sql: (s) => `SELECT validate_tool_input('s${s}', '{"city": "rome"}')` },
    { sql: (s) => `SELECT read_chunks(${id('c', s)})` },
    { sql: (s) => `SELECT agentchat.export_user(${id('u', s)})` },
    { sql: (s, n) => `SELECT append_messages(${id('c', s)}, '${parts(n)}')` },
    { sql: (s, n) => `SELECT append_messages(${id('c', s)}, '${rows(n)}', 'rows')` },
    { sql: (s, n) => `SELECT append_messages(${id('c', s)}, '${rows(n)}', 'openai')` },
    { sql: (s, n) => `SELECT create_conversation('New', '${parts(n)}', user_id => ${id('u', s)})` },
    { sql: (s) => `SELECT fork_conversation(${id('c', s)})` },
    { sql: (s) => `SELECT truncate_conversation(${id('c', s)}, ${id('m', `${s}50`)}::text)`, may: 'PT404' },
    { sql: (s, n) => `SELECT update_conversation(${id('c', s)}, 'Title ${n}', '{"n": ${n}}')` },
    { sql: (s) => `SELECT advance_workflow(${id('w', s)}, step => '{"did": 1}')` },
    { sql: (s) => `SELECT start_run(${id('c', s)}, stale_after => '0')` },
    {
        sql: (s) => `SELECT append_chunks(r.id, '[{"type": "a"}, {"type": "b"}]', 1 + (SELECT count(*) FROM run_chunks
            WHERE run_id = r.id)::int) FROM runs r WHERE conversation_id = ${id('c', s)} AND status = 'running'`,
    },
    {
        sql: (s, n) => `SELECT finish_run(id, 'finished', '${parts(n)}') FROM runs
            WHERE conversation_id = ${id('c', s)} AND status = 'running'`,
    },
    { sql: (s) => `SELECT agentchat.index_messages(${id('u', s)})` },
    { sql: (s, n) => `INSERT INTO users (email) VALUES ('new${s}x${n}')` },
    { sql: (s, n) => `UPDATE users SET name = 'Ada ${n}' WHERE id = ${id('u', s)}` },
    { sql: (s) => `DELETE FROM users WHERE email LIKE 'new${s}%'` },
    { sql: (s, n) => `INSERT INTO conversations (user_id, title) VALUES (${id('u', s)}, '${n}')` },
    { sql: (s, n) => `UPDATE conversations SET title = '${n}' WHERE user_id = ${id('u', s)}` },
    { sql: (s) => `DELETE FROM conversations WHERE user_id = ${id('u', s)} AND id <> ${id('c', s)}` },
    {
        sql: (s, n) => `INSERT INTO messages (conversation_id, role, content)
            SELECT ${id('c', s)}, 'user', ${n * 60} + i FROM generate_series(1, 50) i`,
    },
    { sql: (s) => `UPDATE messages SET reasoning = 'Hm' WHERE conversation_id = ${id('c', s)}` },
    { sql: (s) => `DELETE FROM messages WHERE conversation_id = ${id('c', s)} AND parts IS NULL` },
    { sql: (s) => `INSERT INTO artifacts (user_id, type, title) VALUES (${id('u', s)}, 'text', 'Plan')` },
    { sql: (s, n) => `UPDATE artifacts SET title = '${n}' WHERE user_id = ${id('u', s)}` },
    { sql: (s) => `DELETE FROM artifacts WHERE user_id = ${id('u', s)}` },
    {
        sql: (s, n) =>
            `INSERT INTO agent_tools (name, description, schema) VALUES ('s${s}x${n}', '', '{"type": "object"}')`,
    },
    {
        sql: (s, n) =>
            `UPDATE agent_tools SET description = '${n}', schema = schema || '{"title": "${n}"}' WHERE name = 's${s}'`,
    },
    { sql: (s) => `DELETE FROM agent_tools WHERE name LIKE 's${s}x%'` },
    {
        sql: (s) => `INSERT INTO agent_definitions (user_id, name, description, system_prompt, tools)
            VALUES (${id('u', s)}, 'Other', '', '', '["s${s}"]')`,
    },
    {
        sql: (s) =>
            `UPDATE agent_definitions SET tools = '["s${s}"]', description = 'Knows' WHERE user_id = ${id('u', s)}`,
    },
    { sql: (s) => `DELETE FROM agent_definitions WHERE name = 'Other' AND user_id = ${id('u', s)}` },
    {
        sql: (s) => `INSERT INTO agent_instances (user_id, definition_id, name)
            SELECT ${id('u', s)}, ${id('d', s)}, 'New' FROM generate_series(1, 2)`,
        may: 'PT402',
    },
    { sql: (s, n) => `UPDATE agent_instances SET name = '${n}' WHERE user_id = ${id('u', s)}` },
    { sql: (s) => `DELETE FROM agent_instances WHERE user_id = ${id('u', s)} AND id <> ${id('i', s)}` },
    {
        sql: (s) =>
            `INSERT INTO workflows (user_id, workflow_id, status, goal) VALUES (${id('u', s)}, 'x', 'pending', '')`,
    },
    { sql: (s) => `UPDATE workflows SET status = 'running' WHERE user_id = ${id('u', s)}` },
    { sql: (s) => `DELETE FROM workflows WHERE user_id = ${id('u', s)} AND id <> ${id('w', s)}` },
    {
        sql: (s) => `INSERT INTO subscriptions (user_id, plan, status, is_active, agent_limit)
            VALUES (${id('u', s)}, 'free', 'canceled', false, 1)`,
    },
    { sql: (s, n) => `UPDATE subscriptions SET stripe_price_id = '${n}' WHERE user_id = ${id('u', s)}` },
    { sql: (s) => `DELETE FROM subscriptions WHERE plan = 'free' AND user_id = ${id('u', s)}` },
    // A unique row may be there, and an agent be one too many.
    ...Object.entries(copies).map(([table, [columns]]) => ({
        sql: (s) => `COPY ${table} (${columns}) FROM '${copyFile(table, s)}'`,
        may: table === 'agent_instances' ? 'PT402' : '23505',
    })),
];

// How the statements have ended.
const outcomes = { result: 0, canceled: 0, other: 0 };
const faults = [];
const expect = (passed, ...words) => passed || faults.push(words.join(' '));

class Session {
    number = 0;

    constructor(s) {
        this.s = s;
        this.random = randomNumbers(seed + s);
    }

    async connect() {
        this.client = await server.connect('work');
        this.canceler = await server.connect('work');
    }

    async one(sql) {
        return Object.values((await this.client.query(sql)).rows[0])[0];
    }

    beginAnew() {
        return this.client.query(`SELECT begin_anew(${this.s})`);
    }

    fingerprint() {
        return this.one(`SELECT fingerprint(${this.s})`);
    }

    // The bytes of all memory contexts.
    memory() {
        return this.one('SELECT sum(total_bytes)::int FROM pg_backend_memory_contexts');
    }

    get nextNumber() {
        this.number += 1;
        return this.number;
    }

    // The SQLSTATE of a statement, or null for its result.
    async outcome(sql) {
        try {
            await this.client.query(sql);
            return null;
        } catch (error) {
            if (!error.code) throw error;
            return error.code;
        }
    }

    // The times of each kind, by three statements that nobody cancels: the least one, in microseconds.
    async learn() {
        this.times = kinds.map(() => Infinity);
        for (let round = 0; round < 3; round += 1) {
            await this.beginAnew();
            for (const [k, { sql, may }] of kinds.entries()) {
                const began = performance.now();
                const outcome = await this.outcome(sql(this.s, this.nextNumber));
                this.times[k] = Math.min(this.times[k], (performance.now() - began) * 1000);
                expect(outcome === null || outcome === may, outcome, 'from', sql(this.s, 0));
            }
        }
    }

    async statement(before) {
        const k = Math.floor(this.random() * kinds.length);
        const { sql, may } = kinds[k];
        const text = sql(this.s, this.nextNumber);
        const microseconds = Math.floor((this.random() * this.times[k]) / 2);
        const cancel = this.canceler.query(`SELECT cancel(${this.client.processID}, ${microseconds})`);
        const outcome = await this.outcome(text);
        // It goes nowhere when nothing runs.
        await cancel;
        outcomes[outcome === null ? 'result' : outcome === canceled ? 'canceled' : 'other'] += 1;
        expect([null, canceled, may].includes(outcome), outcome, 'from', text);
        const after = await this.fingerprint();
        expect(outcome === null || after === before, outcome, 'and yet something is there of', text);
        return after;
    }

    // Whether messages have their order, and agents their limit.
    async rules() {
        const disorder = await this.one(`SELECT count(*)::int FROM (
            SELECT content::int < lag(content::int) OVER (PARTITION BY conversation_id ORDER BY m.created_at, m.id) AS falls
            FROM messages m JOIN conversations c ON c.id = conversation_id
            WHERE user_id = ${id('u', this.s)} AND content::int > 0) m WHERE falls`);
        expect(disorder === 0, disorder, 'messages stand before an older one');
        const agents = await this.one(`SELECT count(*)::int FROM agent_instances WHERE user_id = ${id('u', this.s)}`);
        expect(agents <= agentLimit, agents, 'agents');
    }

    async work(count) {
        await this.learn();
        let before;
        for (let n = 0; n < count; n += 1) {
            if (n % 100 === 0) {
                await this.rules();
                await this.beginAnew();
                before = await this.fingerprint();
            }
            if (n === Math.floor(count / 3)) this.memoryBefore = await this.memory();
            before = await this.statement(before);
        }
        this.memoryAfter = await this.memory();
    }
}

run(async () => {
    console.log(`# SEED=${seed}`);
    server = new OwnServer('canceled', ['fsync = off']);
    const admin = await server.connect('postgres');
    await admin.query('CREATE DATABASE work');
    await admin.end();
    const owner = await server.connect('work');
    await owner.query(setUp);
    const all = Array.from({ length: sessions }, (_, n) => new Session(n + 1));
    for (const { s } of all) {
        for (const [table, [, query]] of Object.entries(copies))
            await owner.query(`COPY (${query(s)}) TO '${copyFile(table, s)}'`);
    }
    for (const session of all) await session.connect();
    await Promise.all(all.map((session) => session.work(Math.ceil(statements / sessions))));

    is(faults.slice(0, 10), [], 'each statement ends in its result or in 57014, which leaves nothing of it');
    console.log(`# ${JSON.stringify(outcomes)}, ${kinds.length} kinds`);
    ok(
        outcomes.canceled > statements / 20 && outcomes.result > statements / 20,
        'many are cancelled, and many are not',
    );
    const growth = all.map(({ memoryBefore, memoryAfter }) => memoryAfter - memoryBefore);
    ok(Math.max(...growth) < 500000, `the last two thirds add no memory to a session: ${growth} bytes`);
    is((await owner.query('SELECT * FROM agentchat.check()')).rows, [], 'check() finds nothing');
    ok(!/terminated by signal|PANIC/.test(server.logText), 'no process has died');
    await server.kill();
});
