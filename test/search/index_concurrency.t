#!/usr/bin/env node
// The feature search while twenty sessions write, at every isolation level: they insert, change, move and delete
// messages, move conversations between users, and delete conversations and users. Others search, make the index again,
// and switch the feature off and on. Statements are cancelled, and transactions rolled back to savepoints. Nothing
// fails but for the reasons that it may, and in the end the searches find the same as without the index.
// SEED=n repeats the random choices, SECONDS_=n the time.
const { Client } = require('pg');
const { run, is, ok } = require('../lib/http.js');

const seed = Number(process.env.SEED ?? Date.now() % 1e9);
const seconds = Number(process.env.SECONDS_ ?? 3);
let state = seed;
// A whole number from 0 to n - 1 (mulberry32).
function random(n) {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % n;
}
const one = (list) => list[random(list.length)];

const levels = ['READ COMMITTED', 'READ COMMITTED', 'REPEATABLE READ', 'SERIALIZABLE'];
const users = Array.from({ length: 4 }, (_, i) => `00000000-0000-4000-8000-0000000000a${i}`);
const conversations = Array.from({ length: 24 }, (_, i) => `00000000-0000-4000-8000-0000000000${i + 16}`);
const letters = 'abcdefghijk';
const word = () => Array.from({ length: 1 + random(4) }, () => one(letters)).join('');
const said = () => Array.from({ length: 1 + random(8) }, word).join(' ');

const clients = [];
async function connect() {
    const client = new Client();
    client.on('error', () => {});
    await client.connect();
    clients.push(client);
    return client;
}

const outcomes = new Map();
const count = (key) => outcomes.set(key, (outcomes.get(key) ?? 0) + 1);

// Each kind of statement.
const statements = {
    insert: () => [
        'INSERT INTO messages (conversation_id, role, content) SELECT $1, $2, $3 || n FROM generate_series(1, $4) n',
        [one(conversations), 'user', said(), 1 + random(20)],
    ],
    insert_many: () => [
        'INSERT INTO messages (conversation_id, role, content) SELECT $1, $2, $3 || n % 3 FROM generate_series(1, $4) n',
        [one(conversations), 'user', said(), 900 + random(600)],
    ],
    update: () => [
        `UPDATE messages SET content = $1 WHERE id IN (
             SELECT id FROM messages WHERE conversation_id = $2 ORDER BY id LIMIT 3 OFFSET $3)`,
        [said(), one(conversations), random(100)],
    ],
    move_message: () => [
        `UPDATE messages SET conversation_id = $1 WHERE id = (
             SELECT id FROM messages WHERE conversation_id = $2 ORDER BY id LIMIT 1 OFFSET $3)`,
        [one(conversations), one(conversations), random(100)],
    ],
    delete: () => [
        `DELETE FROM messages WHERE id IN (
             SELECT id FROM messages WHERE conversation_id = $1 ORDER BY id LIMIT 5 OFFSET $2)`,
        [one(conversations), random(100)],
    ],
    move: () => ['UPDATE conversations SET user_id = $1 WHERE id = $2', [one(users), one(conversations)]],
    rename: () => ['UPDATE conversations SET title = $1 WHERE id = $2', [said(), one(conversations)]],
};
const some = [
    'insert',
    'insert',
    'insert',
    'insert',
    'insert_many',
    'update',
    'move_message',
    'delete',
    'move',
    'rename',
];

let ends = 0;
let may_deadlock = [];
// Only READ COMMITTED waits for others and goes on. A statement may find that its conversation or user was deleted.
function note(kind, level, code, message) {
    const may_fail = level === 'READ COMMITTED' ? ['23503', '57014'] : ['23503', '57014', '40001'];
    if (may_deadlock.includes(kind)) may_fail.push('40P01');
    if (!code) count(`${kind}: done`);
    else if (!may_fail.includes(code)) count(`${kind} ${level}: ${code} ${message}`);
}

async function write(client, kinds, in_transaction) {
    while (Date.now() < ends) {
        const level = one(levels);
        const kind = one(kinds);
        try {
            await client.query(`BEGIN ISOLATION LEVEL ${level}`);
            if (random(3) === 0) await client.query('SELECT FROM users');
            if (random(4) === 0) {
                await client.query('SAVEPOINT s');
                await client.query(...statements[in_transaction ? kind : 'insert']());
                await client.query('ROLLBACK TO s');
            }
            if (random(6) === 0) await client.query(`SET LOCAL statement_timeout = ${1 + random(40)}`);
            await client.query(...statements[kind]());
            await client.query(random(10) === 0 ? 'ROLLBACK' : 'COMMIT');
            note(kind, level);
        } catch ({ code, message }) {
            note(kind, level, code, message);
            await client.query('ROLLBACK');
        }
    }
}

async function repeat(client, kind, pause, text, values = () => []) {
    while (Date.now() < ends) {
        const level = one(levels);
        try {
            await client.query(`BEGIN ISOLATION LEVEL ${level}`);
            if (random(4) === 0) await client.query(`SET LOCAL statement_timeout = ${1 + random(200)}`);
            await client.query(text, values());
            await client.query('COMMIT');
            note(kind, level);
        } catch ({ code, message }) {
            note(kind, level, code, message);
            await client.query('ROLLBACK');
        }
        await client.query('SELECT pg_sleep($1)', [pause / 1000]);
    }
}

async function fill(client) {
    for (const [i, id] of users.entries())
        await client.query('INSERT INTO users (id, email) VALUES ($1, $2) ON CONFLICT DO NOTHING', [id, `${i}@e.org`]);
    for (const id of conversations)
        await client
            .query('INSERT INTO conversations (id, user_id, title) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING', [
                id,
                one(users),
                'x',
            ])
            .catch(({ code }) => code !== '23503' && count(`conversation: ${code}`));
}
async function fill_again(client) {
    while (Date.now() < ends) {
        await fill(client).catch(({ code, message }) => count(`fill: ${code} ${message}`));
        await client.query('SELECT pg_sleep(0.05)');
    }
}

// The messages that each user's searches find, as far as 300.
const most = 300;
async function found(client, words) {
    const all = {};
    for (const user of users)
        for (const query of words) {
            const ids = [];
            let cursor = null;
            do {
                const page = (
                    await client.query('SELECT search_messages($1, NULL, 100, $2, $3) page', [query, cursor, user])
                ).rows[0].page;
                ids.push(...page.messages.map(({ id }) => id));
                cursor = page.next_cursor;
            } while (cursor && ids.length < most);
            all[`${user} ${query}`] = ids.slice(0, most);
        }
    return all;
}

async function compare(admin, what) {
    await admin.query("SELECT * FROM agentchat.enable('search')");
    const words = ['a', 'kk', ...Array.from({ length: 8 }, () => word() + one(letters) + one(letters))];
    const indexed = await found(admin, words);
    const { noted, segments } = (
        await admin.query(
            'SELECT (SELECT count(*) FROM search_pending) noted, (SELECT count(*) FROM search_segments) segments',
        )
    ).rows[0];
    await admin.query("BEGIN; SELECT * FROM agentchat.disable('search')");
    const walked = await found(admin, words);
    await admin.query('ROLLBACK');
    const different = Object.keys(walked).filter((key) => JSON.stringify(walked[key]) !== JSON.stringify(indexed[key]));
    is(different, [], `${what}: the searches find the same as without the index`);
    const total = Object.values(walked).reduce((sum, ids) => sum + ids.length, 0);
    ok(total > 100 && segments > 0, `... ${total} messages, with ${segments} segments and ${noted} noted`);
}

async function round(admin, what, tasks) {
    outcomes.clear();
    ends = Date.now() + seconds * 1000;
    await Promise.all(tasks.map(async (task) => task(await connect())));
    const bad = [...outcomes].filter(([key]) => !key.endsWith(': done')).map(([key, n]) => `${n} times ${key}`);
    is(bad, [], `${what}: nothing fails that may not`);
    console.log(`# ${[...outcomes].map(([key, n]) => `${key} ${n}`).join(', ')}`);
    await compare(admin, what);
    while (clients.length > 1) await clients.pop().end();
}

const times = (n, task) => Array.from({ length: n }, () => task);
const writer = (client) => write(client, some, true);
const searcher = (client) =>
    repeat(client, 'search', 1, 'SELECT search_messages($1, NULL, 20, NULL, $2)', () => [word(), one(users)]);

run(async () => {
    const admin = await connect();
    await admin.query('CREATE EXTENSION agentchat');
    await admin.query("SELECT * FROM agentchat.enable('search')");
    await fill(admin);
    console.log(`# SEED=${seed}`);
    const index_user = (client) =>
        repeat(client, 'index user', 30, 'SELECT agentchat.index_messages($1)', () => [one(users)]);
    const index_all = (client) => repeat(client, 'index all', 200, 'SELECT agentchat.index_messages()');
    await round(admin, 'writers', [...times(16, writer), searcher, searcher, index_user, index_all]);
    // DELETE of a conversation takes its messages after it, and so may deadlock with a change of them.
    const inserter = (client) => write(client, ['insert', 'insert', 'insert_many', 'move', 'rename'], false);
    const delete_user = (client) =>
        repeat(client, 'delete user', 100, 'SELECT agentchat.delete_user(id) FROM users WHERE id = $1', () => [
            one(users),
        ]);
    const delete_conversation = (client) =>
        repeat(client, 'delete conversation', 50, 'DELETE FROM conversations WHERE id = $1', () => [
            one(conversations),
        ]);
    await round(admin, 'deleted conversations', [
        ...times(14, inserter),
        searcher,
        index_user,
        index_all,
        delete_conversation,
        fill_again,
    ]);
    // Statements that write several rows, and transactions with several statements, can deadlock with delete_user(), as
    // docs/export_and_delete_user.md says. The writers are such.
    may_deadlock = ['delete user', ...some];
    await round(admin, 'deleted users', [
        ...times(14, writer),
        searcher,
        index_user,
        index_all,
        delete_user,
        fill_again,
    ]);
    const disable = (client) => repeat(client, 'disable', 150, "SELECT agentchat.disable('search')");
    const enable = (client) => repeat(client, 'enable', 200, "SELECT agentchat.enable('search')");
    const unmoved = (client) =>
        write(
            client,
            some.filter((kind) => kind !== 'move'),
            true,
        );
    may_deadlock = [];
    await round(admin, 'off and on', [...times(14, unmoved), searcher, disable, enable]);
    // The trigger that notes a moved conversation reads its messages: it locks the tables in another order than
    // enable() and disable(). PostgreSQL ends one of the sessions that wait for one another, and whoever waits for the
    // conversation may be it, as docs/features.md says.
    may_deadlock = [...some, 'enable', 'disable'];
    await round(admin, 'off and on, and moved', [...times(14, writer), searcher, disable, enable]);
    for (const client of clients) await client.end().catch(() => {});
});
