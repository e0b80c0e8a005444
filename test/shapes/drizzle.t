#!/usr/bin/env node
// Compares the format drizzle with the real Drizzle, with both of its drivers. get_conversation and
// get_conversation_json return JSON.stringify's text of findFirst's result. The conversations are chosen ones and
// random ones. The seed of a failed conversation repeats it:
//   SEED=17 CONVERSATIONS=50 scripts/test test/shapes/drizzle.t
const { asc, desc, eq, lt, sql } = require('drizzle-orm');
const { drizzle: drizzlePg } = require('drizzle-orm/node-postgres');
const { drizzle: drizzlePostgres } = require('drizzle-orm/postgres-js');
const pg = require('pg');
const postgres = require('postgres');
const { readFileSync } = require('node:fs');
const { isDeepStrictEqual } = require('node:util');
const { run, ok, is, newDatabase } = require('../lib/http.js');
const { conversation, message, generators, randomConversations } = require('../lib/conversations.js');
const schema = require('../lib/drizzle_schema.js');

const { PGHOST, PGPORT, PGUSER, PGPASSWORD, SEED = '1', CONVERSATIONS = '300' } = process.env;
const roundSize = 50;
// The time zones of the sessions and of Node.js.
const zones = ['UTC', 'America/New_York', 'Asia/Kolkata', 'Pacific/Apia'];

function connect(database, zone, logger = false) {
    const login = { host: PGHOST, port: Number(PGPORT), user: PGUSER, password: PGPASSWORD, database };
    const pool = new pg.Pool({ ...login, max: 1, options: `-c TimeZone=${zone}` });
    const client = postgres({ ...login, username: PGUSER, max: 1, connection: { TimeZone: zone } });
    return {
        drivers: {
            'node-postgres': drizzlePg(pool, { schema, logger }),
            'postgres.js': drizzlePostgres(client, { schema, logger }),
        },
        // As text, because a driver would parse JSON.
        ours: async (id) =>
            (
                await pool.query(
                    `SELECT get_conversation($1, 'drizzle')::text AS jsonb, get_conversation_json($1, 'drizzle')::text AS json`,
                    [id],
                )
            ).rows[0],
        ids: async () => (await pool.query('SELECT id FROM conversations ORDER BY id')).rows.map(({ id }) => id),
        end: () => Promise.all([pool.end(), client.end()]),
    };
}

const { conversations, messages } = schema;
const inOrder = { orderBy: [asc(messages.createdAt), asc(messages.id)] };

const findFirst = (db, id, related = inOrder) =>
    db.query.conversations.findFirst({ where: eq(conversations.id, id), with: { messages: related } });

const functions = ['get_conversation', 'get_conversation_json'];

// Calls a function in the way of an application: the driver parses the value.
async function call(db, name, ...args) {
    const list = sql.join(
        args.map((arg) => sql`${arg}`),
        sql`, `,
    );
    const result = await db.execute(sql`SELECT ${sql.raw(name)}(${list}) AS value`);
    return asSent((result.rows ?? result)[0].value);
}

// JavaScript reads a number beyond its range as Infinity, and writes Infinity as null.
const asSent = (value) => JSON.parse(JSON.stringify(value));

// Returns the first difference, as a path and both values.
function difference(got, expected, path = '') {
    const isObject = (value) => typeof value === 'object' && value !== null;
    if (isObject(got) && isObject(expected)) {
        for (const key of new Set([...Object.keys(expected), ...Object.keys(got)])) {
            if (!isDeepStrictEqual(got[key], expected[key])) {
                return difference(got[key], expected[key], `${path}[${JSON.stringify(key)}]`);
            }
        }
    }
    return `${path}: got ${JSON.stringify(got)?.slice(0, 500)}, expected ${JSON.stringify(expected)?.slice(0, 500)}`;
}

async function problemsOf(id, { drivers, ours }) {
    const texts = await ours(id);
    const problems = [];
    for (const [driver, db] of Object.entries(drivers)) {
        const expected = asSent(await findFirst(db, id));
        for (const [type, text] of Object.entries(texts)) {
            const got = asSent(JSON.parse(text));
            if (!isDeepStrictEqual(got, expected)) {
                problems.push(`${id}, ${driver}, as ${type} ${difference(got, expected)}`);
            }
        }
    }
    return problems;
}

// Checks all conversations that the SQL makes.
async function check(database, rows, zone, name) {
    await database.sql(`TRUNCATE conversations, messages, artifacts; ${rows}`);
    process.env.TZ = zone;
    const connections = connect(database.name, zone);
    const ids = await connections.ids();
    const problems = [];
    for (const id of ids) problems.push(...(await problemsOf(id, connections)));
    await connections.end();
    ok(
        ids.length > 0 && problems.length === 0,
        `${name}: ${ids.length} conversations, ${zone}`,
        ...problems.slice(0, 5),
    );
}

// Creates a conversation for each of the times, and a message for each of them in one of the conversations.
const ofTimes = (times) => `
    CREATE TEMP TABLE times AS ${times};
    ${conversation} SELECT gen_random_uuid(), test.uuid(), '', NULL, NULL, t, t FROM times;
    ${message} SELECT gen_random_uuid(), (SELECT id FROM conversations LIMIT 1), 'user', '', NULL, NULL, NULL, t
        FROM times;
    DROP TABLE times`;

// Tests unusual times. A Date has only milliseconds, and Drizzle reads some years differently from JSON.
async function ofOddTimes(database) {
    const fractions = `
        SELECT day + second * interval '1 s' + fraction * interval '1 us' AS t
        FROM unnest('{0050-03-04, 0001-12-31, 1582-10-15, 1969-12-31, 1999-12-31, 2024-02-29, 9999-12-31}'::timestamp[]) day,
            unnest('{0, 86399}'::int[]) second,
            unnest('{0, 1, 999, 1000, 1999, 100000, 120000, 123000, 123400, 123450, 123456, 999000, 999999}'::int[])
                fraction`;
    const years = `
        SELECT t FROM generate_series(timestamp '4713-01-02 BC', '0001-12-31 BC', '123456 days 07:08:09.1') t
        UNION SELECT t FROM generate_series(timestamp '0001-01-01', '0102-01-01', '97 days 04:05:06.789') t
        UNION SELECT t FROM generate_series(timestamp '9999-01-01', '290000-12-31', '1234567 days 01:02:03.456') t
        UNION SELECT unnest('{0004-02-29, 0012-12-31, 0013-01-01, 0031-12-31, 0032-01-01, 0049-12-31, 0050-01-01,
            0099-12-31, 0100-01-01, 9999-12-31 23:59:59.999999, 10000-01-01, 99999-12-31, 100000-01-01, 275760-09-12,
            275760-09-13, 275760-09-13 00:00:00.000999, 275760-09-13 00:00:00.001, 275760-09-14,
            294276-12-31 23:59:59.999999}'::timestamp[])`;
    for (const zone of zones) {
        await check(database, ofTimes(fractions), zone, 'fractions of a second');
        await check(database, ofTimes(years), zone, 'years from 4713 BC to 294276');
    }
    // In each time zone of Node.js, these are a different time.
    await check(database, ofTimes(`SELECT unnest('{infinity, -infinity}'::timestamp[]) AS t`), 'UTC', 'infinities');
}

// Tests values that jsonb columns can hold without the checks. Strings that are themselves JSON are left out, because
// Drizzle parses them again.
async function ofScalars(database) {
    await database.sql(`ALTER TABLE conversations DROP CONSTRAINT conversations_metadata_check;
        ALTER TABLE messages DROP CONSTRAINT messages_parts_check, DROP CONSTRAINT messages_attachments_check`);
    await check(
        database,
        `
        CREATE TEMP TABLE scalars AS SELECT v FROM jsonb_array_elements(
            '[null, true, false, 0, -1.50, 1e400, 12345678901234567890.10, "text", "", [], {}, [[]], [null], {"": {}}]') v;
        ${conversation} SELECT test.uuid(), test.uuid(), '', NULL, v, now(), now() FROM scalars;
        ${message} SELECT test.uuid(), c.id, 'user', '', v, v, NULL, now() FROM conversations c, scalars;
        DROP TABLE scalars`,
        'UTC',
        'scalars in jsonb columns',
    );
    await database.owner('SELECT count(*) FROM agentchat.adopt()');
}

// One conversation with nine messages at different times.
const ada = 'ada00000-0000-4000-8000-000000000000';
const trip = '557195b1-dfff-4514-9974-0bba22395b11';
const numbers = '1.10, 12345678901234567890.10, 0.1000, 123456789012345678901234567890';
const oneConversation = `TRUNCATE conversations, messages, artifacts;
    ${conversation} VALUES ('${trip}', '${ada}', 'Trip', NULL, '{"numbers": [${numbers}]}', now(), now());
    ${message} SELECT test.uuid(), '${trip}', 'user', n::text, '[${numbers}]', NULL, NULL,
            timestamp '2024-01-01' + n * interval '1.5 s'
        FROM generate_series(1, 9) n`;

// Tests the digits in the database, because JSON.parse loses some.
async function keepsDigits(database) {
    const expected = await database.sql(`SELECT '[${numbers}]'::jsonb`);
    for (const name of functions) {
        is(
            await database.sql(`SELECT c #> '{metadata, numbers}', c #> '{messages, 0, parts}'
                               FROM CAST(${name}('${trip}', 'drizzle') AS jsonb) c`),
            `${expected}|${expected}`,
            `numbers keep their digits in ${name}`,
        );
    }
}

// Tests pages: the newest messages, and those before a message.
async function givesPages(drivers) {
    for (const [driver, db] of Object.entries(drivers)) {
        const all = asSent(await findFirst(db, trip));
        const page = async (limit, where) => {
            const found = asSent(await findFirst(db, trip, { orderBy: desc(messages.createdAt), limit, where }));
            return { ...found, messages: found.messages.reverse() };
        };
        const before = all.messages.at(-2);
        for (const name of functions) {
            is(await call(db, name, trip, 'drizzle'), all, `${name} with ${driver}`);
            is(
                await call(db, name, trip, 'drizzle', 3),
                { ...(await page(3)), has_more: true },
                '... the newest three',
            );
            is(
                await call(db, name, trip, 'drizzle', 3, before.id),
                { ...(await page(3, lt(messages.createdAt, new Date(before.createdAt)))), has_more: true },
                '... the three before the last but one',
            );
            is(
                await call(db, name, trip, 'drizzle', 9),
                { ...all, has_more: false },
                '... all messages, with their number as the limit',
            );
            is(await call(db, name, ada, 'drizzle'), null, '... null if findFirst finds nothing');
        }
    }
}

async function givesWhatUsersSee(drivers) {
    for (const [driver, db] of Object.entries(drivers)) {
        for (const [who, sub, sees] of [
            ['its user', ada, true],
            ['another', trip, false],
        ]) {
            await db.transaction(async (session) => {
                await session.execute(sql`SELECT set_config('role', 'authenticated', true),
                    set_config('request.jwt.claims', ${JSON.stringify({ sub })}, true)`);
                const found = await findFirst(session, trip);
                is(found !== undefined, sees, `${who} ${sees ? 'finds' : 'does not find'} it, ${driver}`);
                for (const name of functions) {
                    is(await call(session, name, trip, 'drizzle'), asSent(found ?? null), `... with ${name}`);
                }
            });
        }
    }
}

// bench/drizzle.sql is the statement that Drizzle sends in one line.
async function isMeasured(drivers, queries) {
    const file = readFileSync(`${__dirname}/../../bench/drizzle.sql`, 'utf8');
    const measured = file
        .replace(/^--.*\n/gm, '')
        .replace(':conversation', '$1')
        .replace(':one;', '$2')
        .trim()
        .replace(/\n */g, ' ');
    for (const [driver, db] of Object.entries(drivers)) {
        await findFirst(db, trip);
        is(queries.at(-1), measured, `the benchmark's SQL is the statement of findFirst, ${driver}`);
    }
}

run(async () => {
    const database = await newDatabase();
    await database.owner('CREATE EXTENSION agentchat');
    await database.sql(generators);

    await ofOddTimes(database);
    for (let tried = 0; tried < Number(CONVERSATIONS); tried += roundSize) {
        const seed = Number(SEED) + tried / roundSize;
        await check(database, randomConversations(roundSize, seed), zones[seed % zones.length], `random, SEED=${seed}`);
    }
    await ofScalars(database);

    await database.sql(oneConversation);
    await keepsDigits(database);
    const queries = [];
    const { drivers, end } = connect(database.name, 'UTC', { logQuery: (query) => queries.push(query) });
    try {
        await givesPages(drivers);
        await givesWhatUsersSee(drivers);
        await isMeasured(drivers, queries);
    } finally {
        await end();
    }
});
