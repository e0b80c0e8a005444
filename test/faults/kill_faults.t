#!/usr/bin/env node
// Backends and whole servers are killed with SIGKILL at random moments, while sessions append, create conversations,
// write runs, import a user, adopt old tables, update the extension and make the index of messages. After each recovery,
// whatever was acknowledged is there, and everything else is wholly there or wholly absent.
// SEED=n repeats the random choices (the moments are up to the machine, too), ROUNDS=n kills so often for each kind of call.
const { readFileSync } = require('node:fs');
const path = require('node:path');
const { setTimeout: sleep } = require('node:timers/promises');
const { run, ok, is } = require('../lib/http.js');
const { randomNumbers } = require('../lib/messages.js');
const { OwnServer, kill } = require('../lib/own_server.js');

const seed = Number(process.env.SEED ?? Date.now() % 1e9);
const roundsOfEach = Number(process.env.ROUNDS ?? 8);
const random = randomNumbers(seed);

const file = (name) => readFileSync(path.join(__dirname, '..', name), 'utf8');
const ada = '00000000-0000-4000-8000-00000000000a';
const bob = '00000000-0000-4000-8000-00000000000b';
// Each call writes so many messages, or chunks.
const size = 20;

let server;

const one = async (client, sql, values) =>
    Object.values((await client.query({ text: sql, values, rowMode: 'array' })).rows[0])[0];
const texts = (name, format) =>
    JSON.stringify(
        Array.from({ length: size }, (_, n) =>
            format === 'ai-sdk'
                ? { role: 'user', parts: [{ type: 'text', text: `${name} m${n}` }] }
                : { role: 'user', content: `${name} m${n}` },
        ),
    );

// Whether the error only says that the session is over.
const isOver = (error) =>
    ['57P01', '57P02', 'ECONNRESET', 'EPIPE'].includes(error.code) ||
    /Connection terminated|not queryable|was closed/.test(error.message);

// What is wrong after a round, for its test.
let faults;
const expect = (passed, ...words) => passed || faults.push(words.join(' '));

// The calls of one session, one after the other until it is over. Each writer's call() resolves when it is acknowledged.
async function write(writer) {
    try {
        for (; !writer.done; writer.number += 1) await writer.call();
    } catch (error) {
        expect(isOver(error), writer.constructor.name, error.code, error.message);
    }
}

// How many messages of Ada a search finds. It goes on until there is no cursor, since a call ends after some time.
async function countFound(client, words) {
    let count = 0;
    let cursor = null;
    do {
        const search = 'SELECT search_messages($1, page_size => 100, cursor => $2, user_id => $3)';
        const page = await one(client, search, [words, cursor, ada]);
        count += page.messages.length;
        cursor = page.next_cursor;
    } while (cursor !== null);
    return count;
}

// How many messages each call has left, by the first word of their content.
async function countsOf(client, names) {
    const { rows } = await client.query(
        `SELECT split_part(content, ' ', 1) AS name, count(DISTINCT content)::int AS messages FROM messages
         WHERE split_part(content, ' ', 1) = ANY ($1) GROUP BY 1`,
        [names],
    );
    return new Map(rows.map(({ name, messages }) => [name, messages]));
}

class Writer {
    number = 0;
    done = false;

    constructor(round) {
        this.word = `r${round}${this.constructor.name}`;
    }

    get name() {
        return `${this.word}x${this.number}`;
    }

    // The calls of which one or more may have left something: the last one was not acknowledged.
    get names() {
        return Array.from({ length: this.number + 1 }, (_, n) => `${this.word}x${n}`);
    }

    async connect() {
        this.client = await server.connect('work');
        this.pid = this.client.processID;
    }

    async verify(client) {
        const counts = await countsOf(client, this.names);
        this.names.forEach((name, n) => {
            const count = counts.get(name) ?? 0;
            expect(count === size || (n === this.number && count === 0), name, 'has', count, 'messages');
        });
    }
}

class Append extends Writer {
    async call() {
        const format = ['ai-sdk', 'rows', 'openai'][this.number % 3];
        const conversation = await one(this.client, 'SELECT id FROM conversations WHERE title = $1', ['Long']);
        await this.client.query('SELECT append_messages($1::uuid, $2, $3)', [
            conversation,
            texts(this.name, format),
            format,
        ]);
    }

    async verify(client) {
        await super.verify(client);
        // The index of messages finds what was written, and nothing else.
        for (const name of this.names.slice(-5)) {
            const found = await countFound(client, name);
            const there = await one(
                client,
                'SELECT count(*)::int FROM messages WHERE agentchat.has_words(content, $1)',
                [name],
            );
            expect(found === there, 'a search for', name, 'finds', found, 'of', there);
        }
    }
}

class Create extends Writer {
    async call() {
        await this.client.query(`SELECT create_conversation($1, $2, user_id => $3)`, [
            this.name,
            texts(this.name, 'ai-sdk'),
            ada,
        ]);
    }

    async verify(client) {
        await super.verify(client);
        const { rows } = await client.query('SELECT title FROM conversations WHERE title = ANY ($1)', [this.names]);
        const counts = await countsOf(client, this.names);
        expect(rows.length === counts.size, rows.length, 'conversations,', counts.size, 'with messages');
    }
}

// The state of a run after each of its calls: its status, its chunks, its messages.
const runStates = ['absent', `running ${0} 0`, `running ${size} 0`, `running ${2 * size} 0`, `finished 0 ${size}`];

class Run extends Writer {
    steps = 0;

    async call() {
        this.steps = 0;
        // The answer of a writer that was killed is taken over.
        const started = await one(
            this.client,
            `SELECT start_run(id, stale_after => '0', metadata => $1)
            FROM conversations WHERE title = 'Answered'`,
            [{ name: this.name }],
        );
        const chunks = (n) =>
            JSON.stringify(Array.from({ length: size }, (_, i) => ({ type: 'text-delta', delta: `${n + i}` })));
        this.steps = 1;
        await this.client.query('SELECT append_chunks($1, $2, 1)', [started.run_id, chunks(1)]);
        this.steps = 2;
        await this.client.query('SELECT append_chunks($1, $2, $3)', [started.run_id, chunks(size + 1), size + 1]);
        this.steps = 3;
        await this.client.query(`SELECT finish_run($1, 'finished', $2)`, [started.run_id, texts(this.name, 'ai-sdk')]);
    }

    async verify(client) {
        const { rows } = await client.query(
            `SELECT metadata ->> 'name' AS name, concat_ws(' ', status,
                 (SELECT count(*) FROM run_chunks WHERE run_id = runs.id),
                 (SELECT count(DISTINCT content) FROM messages WHERE split_part(content, ' ', 1) = metadata ->> 'name')) AS state
             FROM runs WHERE metadata ->> 'name' = ANY ($1)`,
            [this.names],
        );
        const states = new Map(rows.map(({ name, state }) => [name, state]));
        this.names.forEach((name, n) => {
            const state = states.get(name) ?? 'absent';
            const possible = n < this.number ? runStates.slice(-1) : runStates.slice(this.steps, this.steps + 2);
            expect(possible.includes(state), name, 'is', state, 'and not', possible.join(' or '));
        });
    }
}

// Brings up a database to what this version makes, and tells what is wrong after that.
async function adopt(client) {
    await client.query('SELECT agentchat.adopt()');
    const { rows } = await client.query(`SELECT statement FROM agentchat.adopt() WHERE outcome = 'to do'`);
    for (const { statement } of rows) await client.query(statement);
    return (await client.query('SELECT object, problem FROM agentchat.check()')).rows;
}

// Everything in the catalogs of the copy that adopt() and updates answer for.
async function catalogOfCopy() {
    const client = await server.connect('copy');
    await client.query(file('lib/catalog.sql'));
    const { rows } = await client.query(`SELECT pg_temp.catalog('public') AS line UNION ALL SELECT pg_temp.members()`);
    await client.end();
    return rows.map(({ line }) => line).join('\n');
}

const rowsOf = (client) =>
    one(
        client,
        `SELECT md5(string_agg(t::text, ',' ORDER BY t::text)) FROM
        (SELECT c.id, title, m.content, m.created_at FROM conversations c JOIN messages m ON m.conversation_id = c.id) t`,
    );

// A single call, which is there or not: in the database work, or in a copy of a template.
class Single {
    number = 0;
    done = false;

    async connect() {
        const { template } = this.constructor;
        const client = await server.connect('postgres');
        await client.query('DROP DATABASE IF EXISTS copy WITH (FORCE)');
        await client.query(`CREATE DATABASE copy TEMPLATE ${template}`);
        await client.end();
        this.client = await server.connect('copy');
        this.pid = this.client.processID;
        this.before = await catalogOfCopy();
        this.rows = await rowsOf(this.client);
    }

    async call() {
        await this.client.query(this.constructor.statement);
        this.done = true;
    }

    async verify() {
        const { name } = this.constructor;
        const client = await server.connect('copy');
        const catalog = await catalogOfCopy();
        const { after } = this.constructor;
        expect(
            catalog === after || (catalog === this.before && !this.done),
            name,
            this.done ? 'is not there' : 'is half there',
        );
        await this.works?.(client);
        const wrong = await adopt(client);
        expect(wrong.length === 0, name, JSON.stringify(wrong));
        expect((await rowsOf(client)) === this.rows, 'rows have changed');
        await client.end();
    }

    // Learns from a call that nobody disturbs what it leaves.
    async learn() {
        this.constructor.after = await catalogOfCopy();
    }
}

class Adopt extends Single {
    static template = 'old_tables';
    static statement = 'SELECT count(*) FROM agentchat.adopt()';
}

class Update extends Single {
    static template = 'released';
    static statement = 'ALTER EXTENSION agentchat UPDATE';

    // Of the old version or the new one, it works.
    async works(client) {
        const documents = `SELECT sum(jsonb_array_length(get_conversation(id) -> 'messages')) = (SELECT count(*) FROM messages)
            FROM conversations`;
        expect(await one(client, documents), 'documents are wrong');
        await client.query('ALTER EXTENSION agentchat UPDATE');
        expect(await one(client, documents), 'documents are wrong after the update');
    }
}

class Import extends Single {
    async connect() {
        this.client = await server.connect('work');
        this.pid = this.client.processID;
        await this.client.query('SELECT agentchat.delete_user(id) FROM users WHERE id = $1', [bob]);
    }

    async call() {
        await this.client.query('SELECT agentchat.import_user(bob) FROM exports');
        this.done = true;
    }

    async learn() {}

    async verify(client) {
        const there = await one(client, 'SELECT count(*)::int FROM users WHERE id = $1', [bob]);
        expect(there === 1 || !this.done, 'the user is lost');
        if (there) {
            const whole = `SELECT (agentchat.export_user($1) - 'exported_at') = (bob - 'exported_at') FROM exports`;
            expect(await one(client, whole, [bob]), 'the user is half there');
        }
    }
}

class Index extends Single {
    async connect() {
        this.client = await server.connect('work');
        this.pid = this.client.processID;
    }

    async call() {
        await this.client.query('SELECT agentchat.index_messages()');
        this.done = true;
    }

    async learn() {}

    async verify(client) {
        for (let n = 0; n < 10; n += 1) {
            const found = await countFound(client, `needle${n}`);
            expect(found === 10, 'a search for old words finds', found, 'of 10');
        }
    }
}

async function makeDatabases() {
    const admin = await server.connect('postgres');
    for (const name of ['work', 'old_tables', 'released']) await admin.query(`CREATE DATABASE ${name}`);
    await admin.end();

    const work = await server.connect('work');
    await work.query(`SET client_min_messages = warning;
        CREATE EXTENSION agentchat;
        SELECT agentchat.enable('runs');
        SELECT agentchat.enable('search');
        INSERT INTO users (id, email) VALUES ('${ada}', 'ada@example.com'), ('${bob}', 'bob@example.com');
        INSERT INTO conversations (user_id, title) VALUES ('${ada}', 'Long'), ('${ada}', 'Answered'), ('${ada}', 'Old');
        INSERT INTO messages (conversation_id, role, content) SELECT id, 'user', 'Old words, needle' || n % 10
            FROM conversations, generate_series(1, 100) n WHERE title = 'Old';
        INSERT INTO messages (conversation_id, role, content) SELECT id, 'user', md5(n::text) || ' ' || md5(n::text || 'a')
            FROM conversations, generate_series(1, 3000) n WHERE title = 'Old';
        INSERT INTO conversations (user_id, title) SELECT '${bob}', 'Of Bob ' || n FROM generate_series(1, 20) n;
        INSERT INTO messages (conversation_id, role, content, parts) SELECT id, 'user', n::text, '[{"type": "text", "text": "a"}]'
            FROM conversations, generate_series(1, 20) n WHERE user_id = '${bob}';
        CREATE TABLE exports AS SELECT agentchat.export_user('${bob}') AS bob;`);
    await work.end();

    const old = await server.connect('old_tables');
    await old.query(file('data/schema-design.sql'));
    await old.query(file('lib/rows.sql'));
    await old.query('CREATE EXTENSION agentchat');
    await old.end();

    const [, current] = /^default_version = '(.*)'/m.exec(file('../agentchat.control'));
    const releases = [...file('data/releases.sha256').matchAll(/agentchat--(\d+\.\d+\.\d+)\.sql$/gm)];
    const release = releases.map(([, version]) => version).findLast((version) => version !== current);
    const released = await server.connect('released');
    await released.query(`CREATE EXTENSION agentchat VERSION '${release}'`);
    await released.query(file('lib/rows.sql'));
    await released.end();
}

// Starts the writers of a round and, if the call is none of theirs, the call.
async function start(kind, round) {
    const writers = [Append, Create, Run].map((Kind) => new Kind(round));
    const isWriter = writers.find((writer) => writer instanceof kind);
    if (!isWriter) writers.push(new kind(round));
    for (const writer of writers) await writer.connect();
    return { writers, victim: isWriter ?? writers.at(-1), began: performance.now(), ends: writers.map(write) };
}

// Lets a call end, and returns how many milliseconds it takes beside the writers.
async function learn(kind) {
    const { writers, victim, began, ends } = await start(kind, `learn${kind.name}`);
    await (victim instanceof Single ? ends.at(-1) : sleep(150));
    const milliseconds = performance.now() - began;
    for (const writer of writers) writer.done = true;
    await Promise.all(ends);
    await victim.learn?.();
    for (const writer of writers) await writer.client.end();
    return milliseconds;
}

async function killRound(kind, round, milliseconds, whole) {
    const { writers, victim, ends } = await start(kind, round);
    await sleep(random() * milliseconds);
    const middle = !victim.done;
    if (whole) {
        await server.kill();
        server.start();
    } else kill(victim.pid);
    await Promise.all(ends);

    const client = await server.reconnect('work');
    for (const writer of writers) await writer.verify(client);
    const { rows } = await client.query('SELECT * FROM agentchat.check()');
    expect(rows.length === 0, 'check():', JSON.stringify(rows));
    await client.end();
    return { middle, calls: writers.reduce((sum, writer) => sum + writer.number, 0) };
}

async function killAll() {
    await makeDatabases();
    let round = 0;
    let acknowledged = 0;
    const total = { backends: 0, servers: 0, middles: 0 };
    // The index comes first: it takes longer with all that the others write.
    for (const kind of [Index, Append, Create, Run, Import, Adopt, Update]) {
        faults = [];
        await learn(kind);
        // The second time, as it is with a warm cache.
        const milliseconds = await learn(kind);
        is(faults, [], `${kind.name}: without a kill, nothing fails`);
        let middles = 0;
        for (let n = 0; n < roundsOfEach; n += 1) {
            const whole = n % 4 === 3;
            total[whole ? 'servers' : 'backends'] += 1;
            round += 1;
            const { middle, calls } = await killRound(kind, round, milliseconds, whole);
            middles += middle;
            acknowledged += calls;
        }
        is(
            faults,
            [],
            `${kind.name}: after ${roundsOfEach} kills, whatever was acknowledged is there, and the rest whole or absent`,
        );
        console.log(`# ${kind.name}: ${middles} of the kills came before its end (${Math.round(milliseconds)} ms)`);
        total.middles += middles;
    }
    ok(total.middles > round / 2, `${total.middles} of ${round} kills came in the middle of a call`);
    console.log(
        `# ${total.backends} backends and ${total.servers} servers killed, ${acknowledged} calls acknowledged before that`,
    );
}

run(async () => {
    console.log(`# SEED=${seed}`);
    // What a process has written survives its death, so nothing needs to wait for the disk.
    server = new OwnServer('killed', ['fsync = off']);
    await killAll();
    await server.kill();
});
