#!/usr/bin/env node
// The format drizzle against the real Drizzle, with both of its drivers: what get_conversation and
// get_conversation_json give is what JSON.stringify makes of findFirst's result. Chosen conversations, then random
// ones; the seed of one that failed repeats it:
//   SEED=17 CONVERSATIONS=50 scripts/test test/drizzle.t
const { asc, eq } = require('./clients/node_modules/drizzle-orm');
const { drizzle: drizzlePg } = require('./clients/node_modules/drizzle-orm/node-postgres');
const { drizzle: drizzlePostgres } = require('./clients/node_modules/drizzle-orm/postgres-js');
const pg = require('./clients/node_modules/pg');
const postgres = require('./clients/node_modules/postgres');
const { isDeepStrictEqual } = require('node:util');
const { run, ok, newDatabase } = require('./clients/http.js');
const { conversation, message, generators, randomConversations } = require('./clients/conversations.js');
const schema = require('./clients/drizzle_schema.js');

const { PGHOST, PGPORT, PGUSER, PGPASSWORD, SEED = '1', CONVERSATIONS = '400' } = process.env;
const roundSize = 50;
// Of the sessions and of Node.js.
const zones = ['UTC', 'America/New_York', 'Asia/Kolkata', 'Pacific/Apia'];

function connect(database, zone) {
    const login = { host: PGHOST, port: Number(PGPORT), user: PGUSER, password: PGPASSWORD, database };
    const pool = new pg.Pool({ ...login, max: 1, options: `-c TimeZone=${zone}` });
    const client = postgres({ ...login, username: PGUSER, max: 1, connection: { TimeZone: zone } });
    return {
        drivers: { 'node-postgres': drizzlePg(pool, { schema }), 'postgres.js': drizzlePostgres(client, { schema }) },
        // As text: a driver would read it.
        ours: async (id) => (await pool.query(
            `SELECT get_conversation($1, 'drizzle')::text AS jsonb, get_conversation_json($1, 'drizzle')::text AS json`,
            [id],
        )).rows[0],
        ids: async () => (await pool.query('SELECT id FROM conversations ORDER BY id')).rows.map(({ id }) => id),
        end: () => Promise.all([pool.end(), client.end()]),
    };
}

// A number beyond the largest of JavaScript's is read as Infinity, and written as null.
const asSent = (value) => JSON.parse(JSON.stringify(value));

// What differs first, as a path and both values.
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
        const expected = asSent(await db.query.conversations.findFirst({
            where: eq(schema.conversations.id, id),
            with: { messages: { orderBy: [asc(schema.messages.createdAt), asc(schema.messages.id)] } },
        }));
        for (const [type, text] of Object.entries(texts)) {
            const got = asSent(JSON.parse(text));
            if (!isDeepStrictEqual(got, expected)) {
                problems.push(`${id}, ${driver}, as ${type} ${difference(got, expected)}`);
            }
        }
    }
    return problems;
}

// All conversations that the SQL makes.
async function check(database, rows, zone, name) {
    await database.sql(`TRUNCATE conversations, messages, artifacts; ${rows}`);
    process.env.TZ = zone;
    const connections = connect(database.name, zone);
    const ids = await connections.ids();
    const problems = [];
    for (const id of ids) problems.push(...await problemsOf(id, connections));
    await connections.end();
    ok(ids.length > 0 && problems.length === 0, `${name}: ${ids.length} conversations, ${zone}`,
        ...problems.slice(0, 5));
}

// Conversations of those times, and one that has a message of each.
const ofTimes = (times) => `
    CREATE TEMP TABLE times AS ${times};
    ${conversation} SELECT gen_random_uuid(), test.uuid(), '', NULL, NULL, t, t FROM times;
    ${message} SELECT gen_random_uuid(), (SELECT id FROM conversations LIMIT 1), 'user', '', NULL, NULL, NULL, t
        FROM times;
    DROP TABLE times`;

// A Date has milliseconds, and its years differ by whether they came as JSON.
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
    // These are another time in each of Node.js' zones.
    await check(database, ofTimes(`SELECT unnest('{infinity, -infinity}'::timestamp[]) AS t`), 'UTC', 'infinities');
}

run(async () => {
    const database = await newDatabase();
    await database.owner('CREATE EXTENSION agentchat');
    await database.sql(generators);

    await ofOddTimes(database);
    for (let tried = 0; tried < Number(CONVERSATIONS); tried += roundSize) {
        const seed = Number(SEED) + tried / roundSize;
        await check(database, randomConversations(roundSize, seed), zones[seed % zones.length],
            `random, SEED=${seed}`);
    }
});
