#!/usr/bin/env node
// Compares clean_json() with JavaScript: with JSON.parse(), and with what String.toWellFormed() makes of its strings.
// Compares the arguments of tool calls that append_messages() stores and get_conversation() sends again with JSON.parse().
//     SEED    the seed of the first random text
//     CASES   the number of random texts
const { Client } = require('pg');
const { isDeepStrictEqual } = require('node:util');
const { run, ok, is } = require('../lib/http.js');

const { SEED = 1, CASES = 1000 } = process.env;

// ---- random texts

// Makes numbers from 0 to 1 (mulberry32).
function random(seed) {
    let state = seed;
    return () => {
        state = (state + 0x6d2b79f5) | 0;
        let t = Math.imul(state ^ (state >>> 15), 1 | state);
        t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
        return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
    };
}

// What strings are made of: escapes with every run of backslashes, halves of pairs, and text that looks like an escape.
const pieces = [
    ...['\\u0000', '\\ud83d', '\\uD83D', '\\ude00', '\\uDE00', '\\udbFF', '\\uDc00', '\\ud7ff', '\\ue000', '\\ufffd'],
    ...['\\u005c', '\\u0022', '\\u0001', '\\\\', '\\\\\\\\', '\\"', '\\n', '\\/', '\\b'],
    ...['u0000', 'ud83d', 'a', ' ', '0', '{', ']', ',', 'é', '\u{1F334}', '\u007F'],
];
const numbers = ['0', '-0', '1', '-1.5', '2e3', '1E+2', '123456', '1e400', '-1e400', '9'.repeat(400), '1e-400'];
// What no JSON has at most places.
const mistakes = [
    '\\',
    '\\u00',
    '\\x',
    '"',
    '\n',
    '01',
    '1.',
    '.5',
    '+1',
    'e',
    ',',
    '[',
    '}',
    ':',
    '\uFEFF',
    'nul',
    '',
];

class Texts {
    constructor(seed) {
        this.random = random(seed);
    }
    below(count) {
        return Math.floor(this.random() * count);
    }
    pick(values) {
        return values[this.below(values.length)];
    }
    list(make, most) {
        return Array.from({ length: this.below(most + 1) }, make);
    }
    string() {
        return `"${this.list(() => this.pick(pieces), 6).join('')}"`;
    }
    // Keys differ by their numbers: of equal keys, jsonb and JavaScript keep different ones.
    object(depth, numbers) {
        const pairs = this.list(() => this.value(depth + 1, numbers), 4).map(
            (value, n) => `"${n}${this.string().slice(1)}: ${value}`,
        );
        return `{${pairs.join(',')}}`;
    }
    value(depth, numbers) {
        const kind = this.below(depth > 3 ? 4 : 6);
        if (kind < 2) return this.string();
        if (kind === 2) return this.pick(numbers);
        if (kind === 3) return this.pick(['true', 'false', 'null', ' 1\n', '{}', '[]']);
        if (kind === 4) return `[${this.list(() => this.value(depth + 1, numbers), 4).join(' , ')}]`;
        return this.object(depth, numbers);
    }
    // A text with a mistake in it, most of the times.
    broken(text) {
        const at = this.below(text.length + 1);
        return (text.slice(0, at) + this.pick(mistakes) + text.slice(at + this.below(2))).toWellFormed();
    }
}

// ---- the oracle

function parsed(text) {
    try {
        return { value: JSON.parse(text) };
    } catch {
        return null;
    }
}

const cleanString = (string) => string.toWellFormed().replaceAll('\0', '\uFFFD');

function cleaned(value) {
    if (typeof value === 'string') return cleanString(value);
    if (Array.isArray(value)) return value.map(cleaned);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [cleanString(key), cleaned(inner)]));
}

const isObject = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);
// jsonb has no -0.
const withoutMinusZero = (text) => JSON.parse(text, (_key, value) => (Object.is(value, -0) ? 0 : value));

// ---- the tests

// Returns the outcome of a query with one value: { value } or { code }.
const outcome = (client, query, values) =>
    client.query({ text: query, values, rowMode: 'array' }).then(
        ({ rows }) => ({ value: rows[0][0] }),
        ({ code }) => ({ code }),
    );

async function cleanJson(client) {
    const wrong = [];
    const finite = numbers.filter((number) => Number.isFinite(Number(number)));
    let refused = 0;
    let replaced = 0;
    for (let n = 0; n < CASES; n += 1) {
        const texts = new Texts(Number(SEED) + n);
        const whole = texts.value(0, finite);
        const text = texts.below(3) ? whole : texts.broken(whole);
        const expected = parsed(text);
        const { value, code } = await outcome(client, 'SELECT agentchat.clean_json($1)::text', [text]);
        const passes = expected
            ? value !== undefined && isDeepStrictEqual(JSON.parse(value), cleaned(withoutMinusZero(text)))
            : code === '22P02';
        if (!passes) wrong.push({ seed: Number(SEED) + n, text, value, code, expected });
        refused += code ? 1 : 0;
        replaced += (value ?? '').includes('\uFFFD') ? 1 : 0;
    }
    ok(wrong.length === 0, `clean_json makes of ${CASES} texts what JavaScript does`, ...wrong.slice(0, 3));
    ok(refused > CASES / 10 && replaced > CASES / 10, '... it refused some and replaced in some', refused, replaced);
}

async function toolArguments(client) {
    await client.query(`INSERT INTO users (id, email) VALUES (gen_random_uuid(), 'ada@example.com')`);
    await client.query(`INSERT INTO conversations (user_id, title) SELECT id, 'x' FROM users`);
    const conversation = '(SELECT id FROM conversations)';
    const wrong = [];
    let sent = 0;
    for (let n = 0; n < CASES / 2; n += 1) {
        const texts = new Texts(Number(SEED) + n);
        const whole = texts.below(5) ? texts.object(0, numbers) : texts.value(0, numbers);
        const text = texts.below(4) ? whole : texts.broken(whole);
        const value = parsed(text) && withoutMinusZero(text);
        const expected = text === '' || !isObject(value) ? {} : value;
        await client.query('TRUNCATE messages CASCADE');
        const messages = [
            {
                role: 'assistant',
                content: null,
                tool_calls: [{ id: 'c', type: 'function', function: { name: 'f', arguments: text } }],
            },
            { role: 'tool', tool_call_id: 'c', content: 'x' },
        ];
        await client.query(`SELECT append_messages(${conversation}, $1, 'openai')`, [JSON.stringify(messages)]);
        const read = await client.query(`SELECT get_conversation(${conversation}, 'openai') AS messages`);
        const back = read.rows[0].messages[0].tool_calls[0].function.arguments;
        if (!isDeepStrictEqual(withoutMinusZero(back), expected)) wrong.push({ seed: Number(SEED) + n, text, back });
        sent += isObject(value) ? 1 : 0;
    }
    ok(
        wrong.length === 0,
        'arguments that JSON.parse() accepts are sent again, and {} otherwise',
        ...wrong.slice(0, 3),
    );
    ok(sent > CASES / 8, '... most of them', sent);
}

async function otherEncodings(client) {
    await client.query(`CREATE DATABASE latin1 ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0`);
    const latin1 = new Client({ database: 'latin1' });
    await latin1.connect();
    try {
        await latin1.query('CREATE EXTENSION agentchat');
        is(
            await outcome(latin1, 'SELECT agentchat.clean_json($1)::text', ['{"é\\u0000": "\\ud83dé\\\\u0000"}']),
            { value: '{"é?": "?é\\\\u0000"}' },
            'in another encoding than UTF-8, question marks replace them',
        );
    } finally {
        await latin1.end();
    }
}

async function examples(client) {
    for (const [text, expected] of [
        ['"\\u0000"', '"\uFFFD"'],
        ['"\\\\u0000"', '"\\\\u0000"'],
        ['"\\\\\\u0000"', '"\\\\\uFFFD"'],
        ['"\\ud83d\\ude00"', '"\u{1F600}"'],
        ['"\\ude00\\ud83d"', '"\uFFFD\uFFFD"'],
        ['"\\ud83d\\ud83d\\ude00"', '"\uFFFD\u{1F600}"'],
        ['"\\uD83Dx\\uDE00"', '"\uFFFDx\uFFFD"'],
        ['"\\ud83d\\\\ude00"', '"\uFFFD\\\\ude00"'],
        ['{"a\\u0000": 1}', '{"a\uFFFD": 1}'],
    ])
        is(await outcome(client, 'SELECT agentchat.clean_json($1)::text', [text]), { value: expected }, text);
    for (const text of ['', 'x', '"\\u00"', '"\\ud83d', '\\u0000', '"\\u000g"', '{"a": 1}}'])
        is(await outcome(client, 'SELECT agentchat.clean_json($1)', [text]), { code: '22P02' }, `${text} is refused`);
    is(await outcome(client, 'SELECT agentchat.clean_json(NULL)', []), { value: null }, 'NULL is NULL');
    is(
        await outcome(
            client,
            `SELECT provolatile = 'i' AND proisstrict AND proparallel = 's' FROM pg_proc WHERE proname = 'clean_json'`,
            [],
        ),
        { value: true },
        'the function is immutable, strict and parallel safe',
    );
}

run(async () => {
    const client = new Client();
    await client.connect();
    try {
        await client.query('CREATE EXTENSION agentchat');
        // The functions in SQL do not have the formats of providers.
        const ofProviders = process.env.EDITION === 'sql' ? [] : [toolArguments];
        for (const test of [examples, cleanJson, ...ofProviders, otherEncodings]) await test(client);
    } finally {
        await client.end();
    }
});
