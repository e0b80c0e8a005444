#!/usr/bin/env node
// append_chunks(), read_chunks() and finish_run() against a model in JavaScript: random batches, many senders, readers
// and finishers at once, at every isolation level; sessions that end in the middle; conversations and users that are
// deleted meanwhile. SEED=n repeats a run.
const { Client } = require('pg');
const { run, ok, is } = require('../lib/http.js');

const seed = Number(process.env.SEED ?? Date.now() % 1e9);
let state = seed;
// A whole number from 0 to n - 1 (mulberry32).
function random(n) {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % n;
}

const levels = ['READ COMMITTED', 'REPEATABLE READ', 'SERIALIZABLE'];
const user = '00000000-0000-4000-8000-000000000001';
const trip = '00000000-0000-4000-8000-0000000000aa';
const chunk = (seq) => ({
    type: 'text-delta',
    id: '1',
    delta: `word ${seq} ${'é😀\u2028"\\'.repeat(seq % 7)}`,
    n: seq / 8,
});
const chunks = (from, count, make = chunk) => Array.from({ length: count }, (_, i) => make(from + i));

const clients = [];
async function connect() {
    const client = new Client();
    client.on('error', () => {});
    await client.connect();
    clients.push(client);
    return client;
}
const value = async (client, text, values) => Object.values((await client.query(text, values)).rows[0])[0];
const append = (client, id, from, sent) =>
    value(client, 'SELECT append_chunks($1, $2, $3)', [id, JSON.stringify(sent), from]);
const read = (client, after, max, id = null) =>
    value(client, 'SELECT read_chunks($1::text, $2, $3, $4)', [trip, id, after, max]);
const outcome = (promise) =>
    promise.then(
        (result) => ({ result }),
        ({ code, message }) => ({ code, message }),
    );

// The functions in SQL see only the snapshot of the transaction. Where those in C++ go on, they raise 40001.
const seesOneSnapshot = (level) => process.env.EDITION === 'sql' && level !== 'READ COMMITTED';

// Runs the statements of `work` in a transaction of that level. PostgreSQL may abort any transaction under SERIALIZABLE,
// which is then to be tried again.
async function within(client, level, work) {
    for (;;) {
        await client.query(`BEGIN ISOLATION LEVEL ${level}`);
        try {
            const result = await work();
            await client.query('COMMIT');
            return result;
        } catch (error) {
            await client.query('ROLLBACK');
            const mayFail = level === 'SERIALIZABLE' || seesOneSnapshot(level);
            if (!mayFail || error.code !== '40001') throw error;
        }
    }
}

async function startRun(admin, id = trip) {
    await admin.query('DELETE FROM conversations WHERE id = $1', [id]);
    await admin.query("INSERT INTO conversations (id, user_id, title) VALUES ($1, $2, 'Trip')", [id, user]);
    return (await value(admin, 'SELECT start_run($1::text)', [id])).run_id;
}
const stored = (admin, id) =>
    value(admin, "SELECT coalesce(jsonb_agg(chunk ORDER BY seq), '[]') FROM run_chunks WHERE run_id = $1", [id]);

async function randomBatches(admin) {
    const id = await startRun(admin);
    const model = [];
    const faults = [];
    for (let call = 0; call < 400 && faults.length === 0; ++call) {
        const next = model.length + 1;
        const from = random(3) === 0 ? next : 1 + random(next + 2);
        const wrong = random(8) === 0 ? from + random(8) : 0;
        const sent = chunks(from, random(5) === 0 ? 0 : random(25), (seq) =>
            seq === wrong ? { other: call } : chunk(seq),
        );
        let expected;
        if (sent.length > 0 && from > next) expected = '22023';
        else if (sent.some((c, i) => from + i < next && JSON.stringify(c) !== JSON.stringify(model[from + i - 1])))
            expected = 'PT409';
        else if (sent.length > 0) model.push(...sent.slice(next - from));
        const { code, result } = await outcome(append(admin, id, from, sent));
        if (code !== expected || (!code && result.next_seq !== model.length + 1))
            faults.push(`call ${call}: ${from} + ${sent.length}: ${code} instead of ${expected}`);
    }
    is(faults, [], '400 random batches, with gaps, repeats and overlaps, are taken or refused as in the model');
    is(await stored(admin, id), model, '... the stored chunks are those of the model');
    const pages = [];
    for (let page = { next: 0, has_more: true }; page.has_more; pages.push(...page.chunks))
        page = await read(admin, page.next, 1 + random(40));
    is(pages, model, '... and are read in pages of random sizes');
}

// Four senders have the same chunks, and three readers read them.
async function manySenders(admin, level) {
    const count = 600;
    const id = await startRun(admin);
    const errors = [];
    const send = async (client) => {
        for (let next = 1; next <= count; ) {
            const from = Math.max(1, next - random(10));
            const sent = chunks(from, Math.min(count - from + 1, 1 + random(30)));
            const { result, code, message } = await outcome(
                within(client, level, () => append(client, id, from, sent)),
            );
            if (result) next = result.next_seq;
            else errors.push(`${code} ${message}`);
        }
    };
    const follow = async (client) => {
        const seen = [];
        while (seen.length < count) {
            const page = await within(client, level, () => read(client, seen.length, 1 + random(50)));
            if (page.next !== seen.length + page.chunks.length) errors.push(`next is ${page.next}`);
            seen.push(...page.chunks);
        }
        return seen;
    };
    const work = [];
    for (let i = 0; i < 7; ++i) work.push((i < 4 ? send : follow)(await connect()));
    const seen = (await Promise.all(work)).filter(Boolean);
    is(errors, [], `${level}: four senders of the same chunks have no errors`);
    is(await stored(admin, id), chunks(1, count), '... each chunk is written once');
    is(seen, Array(3).fill(chunks(1, count)), '... three readers see all in their order');
}

async function manyFinishers(admin, level) {
    const id = await startRun(admin);
    await append(admin, id, 1, chunks(1, 50));
    const messages = JSON.stringify([{ id: 'answer', role: 'assistant', parts: [{ type: 'text', text: 'Hello' }] }]);
    const sessions = [];
    for (let i = 0; i < 20; ++i) sessions.push(await connect());
    // The snapshots are older than the end of the run.
    for (const client of sessions) await client.query(`BEGIN ISOLATION LEVEL ${level}`);
    for (const client of sessions) await client.query('SELECT count(*) FROM runs');
    const outcomes = await Promise.all(
        sessions.map(async (client, i) => {
            const one = await outcome(
                value(client, 'SELECT finish_run($1, $2, $3)', [id, i % 4 === 3 ? 'stopped' : 'finished', messages]),
            );
            await client.query(one.code ? 'ROLLBACK' : 'COMMIT');
            return one;
        }),
    );
    const status = await value(admin, 'SELECT status FROM runs WHERE id = $1', [id]);
    const others = seesOneSnapshot(level) ? 19 : status === 'stopped' ? 15 : 5;
    is(
        outcomes.filter(({ code }) => code).map(({ code }) => code),
        Array(others).fill(seesOneSnapshot(level) ? '40001' : 'PT409'),
        `${level}: of twenty sessions, those that end the run in another way than the first get an error`,
    );
    is(outcomes.filter(({ result }) => result?.messages.length === 1).length, 1, '... one writes the answer');
    is(await value(admin, "SELECT count(*)::int FROM messages WHERE content = 'Hello'"), 1, '... it is there once');
    is(await stored(admin, id), [], '... and the chunks are gone');
}

async function endedSessions(admin) {
    const id = await startRun(admin);
    const other = await connect();
    await append(admin, id, 1, chunks(1, 5));
    await other.query('BEGIN');
    await append(other, id, 6, chunks(6, 5));
    const waiting = append(admin, id, 6, chunks(6, 3));
    await admin2.query('SELECT pg_sleep(0.2)');
    await admin2.query('SELECT pg_terminate_backend($1)', [other.processID]);
    is(
        (await waiting).next_seq,
        9,
        'a session that ends before its COMMIT has written nothing; one that waited goes on',
    );
    is(await stored(admin, id), chunks(1, 8), '... each chunk is there once');

    const holder = await connect();
    await holder.query('BEGIN');
    await append(holder, id, 9, chunks(9, 2));
    await admin.query("SET statement_timeout = '200ms'");
    is(
        (await outcome(append(admin, id, 9, chunks(9, 2)))).code,
        '57014',
        'a call that waits for another can be cancelled',
    );
    is((await outcome(value(admin, "SELECT finish_run($1, 'finished')", [id]))).code, '57014', '... finish_run(), too');
    await admin.query('RESET statement_timeout');
    is((await read(admin, 0, 100)).next, 8, 'readers do not wait');
    await holder.query('COMMIT');
    is((await append(admin, id, 9, chunks(9, 2))).next_seq, 11, '... and later the chunks are stored already');

    await admin.query('BEGIN');
    await append(admin, id, 11, chunks(11, 2));
    await admin.query('SAVEPOINT s');
    is((await outcome(append(admin, id, 14, [{}]))).code, '22023', 'after an error');
    await admin.query('ROLLBACK TO s');
    is((await append(admin, id, 13, chunks(13, 1))).next_seq, 14, '... the transaction goes on from the savepoint');
    await admin.query('COMMIT');
    is(await stored(admin, id), chunks(1, 13), '... and all is stored');
}

// Sessions append to runs, stop and finish them, while two others delete conversations, or users. Not both: a DELETE of a
// conversation with messages is a statement of several rows, which can deadlock with delete_user() as its docs say.
async function deletions(admin, name, remove) {
    const ends = Date.now() + 2500;
    const place = (n) => `00000000-0000-4000-8000-00000000b00${n}`;
    const outcomes = new Map();
    const note = async (name, promise) => {
        const { code, message } = await outcome(promise);
        const key = `${name}: ${code ? `${code} ${message}` : 'done'}`;
        outcomes.set(key, (outcomes.get(key) ?? 0) + 1);
    };
    const person = async (client, n) =>
        client.query('INSERT INTO users (id, email) VALUES ($1, $2) ON CONFLICT DO NOTHING', [
            place(n),
            `${n}@example.com`,
        ]);
    const write = async (client) => {
        while (Date.now() < ends) {
            const n = random(3);
            await note('person', person(client, n));
            await note(
                'conversation',
                client.query(
                    "INSERT INTO conversations (id, user_id, title) VALUES ($1, $1, 'x') ON CONFLICT DO NOTHING",
                    [place(n)],
                ),
            );
            const { result } = await outcome(
                value(client, "SELECT start_run($1::text, stale_after => '1 ms')", [place(n)]),
            );
            if (!result) continue;
            for (let i = 0; i < 5; ++i)
                await note('append', append(client, result.run_id, 1 + 3 * i, chunks(1 + 3 * i, 3)));
            const messages = [{ id: result.message_id, role: 'assistant', parts: [{ type: 'text', text: 'x' }] }];
            await note(
                'finish',
                value(client, "SELECT finish_run($1, 'finished', $2)", [result.run_id, JSON.stringify(messages)]),
            );
        }
    };
    const stop = async (client) => {
        while (Date.now() < ends) {
            await note('stop', value(client, 'SELECT stop_run($1::text)', [place(random(3))]));
            await note('recover', value(client, "SELECT recover_run($1::text, '1 ms')", [place(random(3))]));
            await note('sweep', client.query("SELECT * FROM agentchat.sweep_runs('1 ms')"));
        }
    };
    const removals = async (client) => {
        while (Date.now() < ends) {
            await note('delete', remove(client, place(random(3))));
            await client.query('SELECT pg_sleep(0.02)');
        }
    };
    const work = [];
    for (const one of [write, write, write, stop, removals, removals]) work.push(one(await connect()));
    await Promise.all(work);
    const expected = /: (done|PT404 .*|PT409 (run is over|.*)|23503 .*)$/;
    is(
        [...outcomes.keys()].filter((key) => !expected.test(key)),
        [],
        `nobody deadlocks with deletions of ${name}`,
    );
    ok(
        outcomes.has('append: done') && outcomes.has('finish: done') && outcomes.has('delete: done'),
        '... while all work goes on',
    );
    is(
        await value(
            admin,
            `SELECT count(*)::int FROM run_chunks c WHERE NOT EXISTS (SELECT FROM runs r WHERE r.id = c.run_id)`,
        ),
        0,
        '... and no chunks are left alone',
    );
}

let admin2;
run(async () => {
    const admin = await connect();
    admin2 = await connect();
    await admin.query('CREATE EXTENSION agentchat');
    await admin.query("SELECT * FROM agentchat.enable('runs')");
    await admin.query("INSERT INTO users (id, email) VALUES ($1, 'ada@example.com')", [user]);
    await randomBatches(admin);
    for (const level of levels) await manySenders(admin, level);
    for (const level of levels) await manyFinishers(admin, level);
    await endedSessions(admin);
    await deletions(admin, 'conversations', (client, id) =>
        client.query('DELETE FROM conversations WHERE id = $1', [id]),
    );
    await deletions(admin, 'users', (client, id) => client.query('SELECT agentchat.delete_user($1)', [id]));
    console.log(`# SEED=${seed}`);
    for (const client of clients) await client.end().catch(() => {});
});
