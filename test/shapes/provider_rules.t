#!/usr/bin/env node
// Checks that what a provider refuses never leaves the database in its format: reads random conversations, hostile ones
// among them, in the formats of the providers, and applies the providers' published rules to the requests.
//     SEED            the seed of the first conversation
//     CONVERSATIONS   the number of conversations
const { Client } = require('pg');
const { run, ok, is } = require('../lib/http.js');
const { rules, violations } = require('../lib/provider_rules.js');
const examples = require('../lib/provider_rules/examples.js');
const { randomConversation } = require('../lib/messages.js');
const { hostileConversation } = require('../lib/hostile_messages.js');

const { SEED = 1, CONVERSATIONS = 2000 } = process.env;
const formats = Object.keys(rules);
const batchSize = 250;

// ---- the checker

// Returns a line for each example that the checker judges in another way than it should.
function misjudged(format, rule) {
    const judge = (request) => [...new Set(violations[format](request).map(({ rule: broken }) => broken))];
    const { refused, accepted } = examples[format][rule];
    return [...refused.map((request) => [request, [rules[format][rule]]]), ...accepted.map((request) => [request, []])]
        .filter(([request, expected]) => judge(request).join() !== expected.join())
        .map(([request]) => `${JSON.stringify(request)} breaks: ${judge(request)}`);
}

function testChecker(format) {
    const names = Object.keys(rules[format]);
    const tested = Object.entries(examples[format]).filter(
        ([, { refused, accepted }]) => refused.length > 0 && accepted.length > 0,
    );
    is(tested.map(([name]) => name).sort(), [...names].sort(), `${format}: each rule has examples on both sides`);
    for (const name of names) {
        const wrong = misjudged(format, name);
        ok(wrong.length === 0, `... ${rules[format][name]}`, ...wrong);
    }
}

// ---- the database

let database;

// Stores the conversations and returns for each what the database returns in each format.
async function read(conversations) {
    await database.query('TRUNCATE conversations CASCADE');
    const { rows } = await database.query(
        `WITH given AS (
             SELECT gen_random_uuid() AS id, n, c FROM jsonb_array_elements($1) WITH ORDINALITY AS each (c, n)
         ), stored AS (
             INSERT INTO conversations (id, user_id, title, system_prompt)
             SELECT given.id, users.id, 'x', c->>'systemPrompt' FROM given, users
         )
         SELECT id FROM given ORDER BY n`,
        [JSON.stringify(conversations)],
    );
    const ids = rows.map(({ id }) => id);
    await database.query(
        `INSERT INTO messages (conversation_id, role, content, reasoning, attachments, parts)
         SELECT id, m->>'role', coalesce(m->>'content', ''), m->>'reasoning',
             nullif(m->'attachments', 'null'), nullif(m->'parts', 'null')
         FROM unnest($1::uuid[], (SELECT array_agg(c ORDER BY n)
                                  FROM jsonb_array_elements($2) WITH ORDINALITY AS each (c, n))) AS given (id, c),
             jsonb_array_elements(c->'messages') WITH ORDINALITY AS each (m, n)
         ORDER BY id, n`,
        [ids, JSON.stringify(conversations)],
    );
    const { rows: requests } = await database.query(
        `SELECT format, get_conversation_json(id, format)::text AS request
         FROM unnest($1::uuid[]) WITH ORDINALITY AS given (id, n), unnest($2::text[]) format ORDER BY n, format`,
        [ids, formats],
    );
    return conversations.map((_, index) =>
        Object.fromEntries(
            requests
                .slice(index * formats.length, (index + 1) * formats.length)
                .map(({ format, request }) => [format, JSON.parse(request)]),
        ),
    );
}

// ---- smaller conversations that break the same rule

// Returns all values that lack an element, a key or a column somewhere inside the value. A message keeps its role.
function smaller(value) {
    if (typeof value === 'string' && value.length > 80) return [value.slice(0, value.length / 2), value.slice(0, -1)];
    if (typeof value !== 'object' || value === null) return [];
    if (Array.isArray(value)) {
        return [
            ...value.map((_, index) => value.toSpliced(index, 1)),
            ...value.flatMap((each, index) => smaller(each).map((less) => value.with(index, less))),
        ];
    }
    return Object.entries(value).flatMap(([key, each]) => {
        const { [key]: _, ...others } = value;
        const less = smaller(each).map((changed) => ({ ...value, [key]: changed }));
        return ['role', 'messages'].includes(key) ? less : [others, ...less];
    });
}

async function smallest(conversation, format, kind) {
    const candidates = smaller(conversation);
    const requests = await read(candidates);
    const index = requests.findIndex((request) =>
        violations[format](request[format]).some((violation) => kindOf(format, violation) === kind),
    );
    return index === -1 ? conversation : smallest(candidates[index], format, kind);
}

// ---- the tests

// Makes the conversation of a seed. One of four is ordinary.
const conversationOf = (seed) => (seed % 4 === 0 ? randomConversation(seed) : hostileConversation(seed));

// Returns the kind of a violation: where it is, whichever the message and block, and the type of the block.
const kindOf = (format, { rule, path, value }) =>
    `${format}: ${rule}, ${path.replace(/\d+/g, '')} ${typeof value?.type === 'string' ? value.type : ''}`;

// Reads all conversations. Returns each kind of violation, with how often it occurs and its first conversation.
async function findViolations() {
    const found = new Map();
    const end = Number(SEED) + Number(CONVERSATIONS);
    for (let first = Number(SEED); first < end; first += batchSize) {
        const seeds = Array.from({ length: Math.min(batchSize, end - first) }, (_, index) => first + index);
        const conversations = seeds.map(conversationOf);
        const requests = await read(conversations);
        for (const [index, seed] of seeds.entries()) {
            for (const format of formats) {
                for (const violation of violations[format](requests[index][format])) {
                    const kind = kindOf(format, violation);
                    const first = { kind, format, seed, count: 0, conversation: conversations[index] };
                    if (!found.has(kind)) found.set(kind, first);
                    found.get(kind).count += 1;
                }
            }
        }
    }
    return [...found.values()];
}

async function describe({ kind, format, count, seed, conversation }) {
    const { systemPrompt, messages } = await smallest(conversation, format, kind);
    const [{ [format]: request }] = await read([{ systemPrompt, messages }]);
    const { path, value } = violations[format](request).find((violation) => kindOf(format, violation) === kind);
    return [
        `${kind}: ${count} times, first with SEED=${seed} CONVERSATIONS=1`,
        `  at       ${path}: ${JSON.stringify(value)}`,
        `  stored   ${JSON.stringify({ systemPrompt, messages })}`,
        `  returned ${JSON.stringify(request)}`,
    ];
}

run(async () => {
    for (const format of Object.keys(rules)) testChecker(format);

    database = new Client();
    await database.connect();
    await database.query('CREATE EXTENSION agentchat');
    // Existing tables can contain other roles than ours.
    await database.query('ALTER TABLE messages DROP CONSTRAINT messages_role_check');
    await database.query(`INSERT INTO users (id, email) VALUES (gen_random_uuid(), 'ada@example.com')`);

    const found = await findViolations();
    for (const format of formats) {
        const lines = [];
        for (const each of found.filter((each) => each.format === format)) lines.push(...(await describe(each)));
        ok(lines.length === 0, `${format} refuses none of ${CONVERSATIONS} conversations, SEED=${SEED}`, ...lines);
    }
    await database.end();
});
