// node bench/drizzle.js CONVERSATION: prints for each of several turns of a second how many milliseconds it takes until the
// conversation is an object in Node.js: by get_conversation_json, and by Drizzle's findFirst. Both go through the same
// connection of node-postgres.
const { isDeepStrictEqual } = require('node:util');
const { asc, eq } = require('../test/node_modules/drizzle-orm');
const { drizzle } = require('../test/node_modules/drizzle-orm/node-postgres');
const { Client } = require('../test/node_modules/pg');
const schema = require('../test/lib/drizzle_schema.js');

const [, , conversation] = process.argv;
const turns = 5;
const seconds = 1;

const { conversations, messages } = schema;

// Measures the median of the milliseconds that a call takes.
async function time(call) {
    const times = [];
    const end = Date.now() + 1000 * seconds;
    while (Date.now() < end) {
        const start = process.hrtime.bigint();
        await call();
        times.push(Number(process.hrtime.bigint() - start) / 1e6);
    }
    return times.sort((a, b) => a - b)[Math.floor(times.length / 2)];
}

(async () => {
    const client = new Client();
    await client.connect();
    const db = drizzle(client, { schema });
    // Both are prepared. In drizzle-orm 0.45 that makes no difference to the SQL.
    const query = db.query.conversations
        .findFirst({
            where: eq(conversations.id, conversation),
            with: { messages: { orderBy: [asc(messages.createdAt), asc(messages.id)] } },
        })
        .prepare('find_first');
    const ofDrizzle = () => query.execute();
    const ours = async () => {
        const { rows } = await client.query({
            name: 'ours',
            text: "SELECT get_conversation_json($1, 'drizzle') AS value",
            values: [conversation],
        });
        return rows[0].value;
    };
    if (!isDeepStrictEqual(JSON.parse(JSON.stringify(await ofDrizzle())), await ours())) {
        throw new Error('Drizzle returns something else');
    }
    for (let turn = 0; turn < turns; turn += 1) console.log(await time(ours), await time(ofDrizzle));
    await client.end();
})();
