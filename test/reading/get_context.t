#!/usr/bin/env node
// get_context() against get_conversation(), js-tiktoken and the rules of the providers: random conversations, hostile ones
// among them, in all formats and with random budgets.
//     SEED            the seed of the first conversation
//     CONVERSATIONS   the number of conversations
const { Client } = require('pg');
const { readFileSync, readdirSync } = require('node:fs');
const { getEncoding } = require('js-tiktoken');
const { run, ok, is } = require('../lib/http.js');
const { violations } = require('../lib/provider_rules.js');
const { randomConversation, randomNumbers } = require('../lib/messages.js');
const { hostileConversation } = require('../lib/hostile_messages.js');

const { SEED = 1, CONVERSATIONS = 300 } = process.env;
const formats = ['openai', 'openai-compatible', 'anthropic', 'ai-sdk'];
const wantsUserFirst = (format) => ['openai-compatible', 'anthropic'].includes(format);
const huge = 2147483647;
const root = `${__dirname}/../..`;

const conversations = readFileSync(`${root}/test/data/mt-bench.jsonl`, 'utf8').trim().split('\n').map(JSON.parse);

let database;
const value = async (text, values) => Object.values((await database.query(text, values)).rows[0])[0];
const context = (id, budget, format = 'openai', reserve = 0) =>
    value('SELECT get_context($1::text, $2, $3, $4)', [id, budget, format, reserve]);

// Stores a conversation, and returns its id and those of its messages.
async function store({ systemPrompt, messages }) {
    const id = await value(
        "INSERT INTO conversations (user_id, title, system_prompt) SELECT id, 'x', $1 FROM users RETURNING id",
        [systemPrompt ?? null],
    );
    const { rows } = await database.query(
        `INSERT INTO messages (conversation_id, role, content, reasoning, attachments, parts)
         SELECT $1, m->>'role', coalesce(m->>'content', ''), m->>'reasoning', nullif(m->'attachments', 'null'),
             nullif(m->'parts', 'null')
         FROM jsonb_array_elements($2) WITH ORDINALITY AS each (m, n) ORDER BY n RETURNING id`,
        [id, JSON.stringify(messages)],
    );
    return { id, messages: rows.map((row) => row.id) };
}

// What get_conversation() gives for the newest messages, in the form of get_context().
async function newest({ id, messages }, format, count) {
    const whole = await value('SELECT get_conversation($1::text, $2, $3)', [id, format, Math.max(count, 1)]);
    const of = format === 'anthropic' ? whole : { messages: whole };
    if (count === 0)
        of.messages = of.messages.filter(({ role }) => format.startsWith('openai') && role === 'system').slice(0, 1);
    if (count === 0 && messages.length > 0) return { messages: of.messages };
    const { has_more, ...rest } = of;
    return rest;
}

const without = ({ tokens, from_message, left_out, ...rest }) => rest;

// Says what is wrong with the context of that budget, if anything.
async function mistake(stored, format, budget) {
    let found;
    try {
        found = await context(stored.id, budget, format);
    } catch ({ code, message }) {
        return code === '22023' && message === 'the system prompt does not fit' ? undefined : `${code} ${message}`;
    }
    if (found.tokens > budget) return `${found.tokens} tokens for a budget of ${budget}`;
    const first = found.from_message === null ? stored.messages.length : stored.messages.indexOf(found.from_message);
    if (first < 0) return `unknown message ${found.from_message}`;
    if (found.left_out !== first > 0) return `left_out is ${found.left_out}`;
    if (found.from_message !== null) {
        const expected = await newest(stored, format, stored.messages.length - first);
        if (JSON.stringify(expected) !== JSON.stringify(without(found)))
            return `${JSON.stringify(without(found))} instead of ${JSON.stringify(expected)}`;
        const again = await context(stored.id, found.tokens, format);
        if (again.from_message !== found.from_message) return 'another context for a budget that it fills';
        if ((await tokensOrNothing(stored.id, found.tokens - 1, format)) >= found.tokens) return 'too many tokens';
    }
    if (wantsUserFirst(format) && found.messages.find(({ role }) => role !== 'system')?.role === 'assistant')
        return 'an assistant first';
    const broken = violations[format]?.(format === 'anthropic' ? without(found) : found.messages) ?? [];
    if (found.messages.length > 0 && broken.length > 0) return `${JSON.stringify(broken[0])}`;
}

const tokensOrNothing = async (id, budget, format) => {
    try {
        return (await context(id, budget, format)).tokens;
    } catch {
        return 0;
    }
};

async function randomContexts() {
    const mistakes = [];
    for (let seed = Number(SEED); seed < Number(SEED) + Number(CONVERSATIONS); ++seed) {
        const random = randomNumbers(seed);
        const stored = await store(seed % 2 === 0 ? randomConversation(seed) : hostileConversation(seed));
        for (const format of formats) {
            const all = await context(stored.id, huge, format);
            for (const budget of [huge, 1, ...Array.from({ length: 4 }, () => 1 + Math.floor(random() * all.tokens))]) {
                const what = await mistake(stored, format, budget);
                if (what) mistakes.push(`seed ${seed}, ${format}, ${budget}: ${what.slice(0, 600)}`);
            }
        }
    }
    ok(mistakes.length === 0, `${CONVERSATIONS} random conversations with random budgets`, ...mistakes.slice(0, 5));
}

// The tokens of a request with these messages (num_tokens_from_messages() in OpenAI's cookbook).
const encoding = getEncoding('o200k_base');
const tokensOf = (text) => encoding.encode(text, [], []).length;
const requestTokens = (messages) =>
    messages.reduce((sum, { content }) => sum + 3 + tokensOf('user') + tokensOf(content), 3);

// The contents of the files below a folder whose names end so, without tables of data.
const files = (folder, ...ends) =>
    readdirSync(`${root}/${folder}`, { recursive: true })
        .filter((name) => ends.some((end) => name.endsWith(end)) && !/_tables?\.hpp$/.test(name))
        .sort()
        .map((name) => readFileSync(`${root}/${folder}/${name}`, 'utf8'));
const translated = (language) =>
    Object.values(
        require(`${root}/packages/database/node_modules/typescript/lib/${language}/diagnosticMessages.generated.json`),
    ).map(String);

// The texts of each kind, which together the estimate must not count too low, and at most 15 % too high.
async function estimates() {
    const corpora = {
        'conversations in English': conversations.flatMap(({ messages }) => messages.map(({ content }) => content)),
        'C++': files('src', '.cpp', '.hpp'),
        TypeScript: files('packages/database/src', '.ts'),
        SQL: files('src/schema', '.sql'),
        JavaScript: [...files('scripts', '.js'), ...files('test/lib', '.js')],
        Chinese: translated('zh-cn'),
        'Chinese characters': translated('zh-cn')
            .map((text) => text.replace(/[^\u4e00-\u9fff，。：；]/g, ''))
            .filter(Boolean),
    };
    for (const [name, texts] of Object.entries(corpora)) {
        const messages = texts.map((content) => ({ role: 'user', content }));
        const { id } = await store({ messages });
        const found = await context(id, huge);
        const real = requestTokens(found.messages);
        const ratio = found.tokens / real;
        ok(
            ratio >= 1 && ratio <= 1.15,
            `${name}: ${found.tokens} tokens for ${real}, ${ratio.toFixed(3)} times as many`,
        );
    }
}

async function summaries() {
    const said = (role, text, ...parts) => ({ role, content: text, parts: [...parts, { type: 'text', text }] });
    const summary = { type: 'data-summary', data: { upTo: 3 } };
    const messages = [
        said('user', 'old question'),
        said('assistant', 'old answer'),
        said('user', 'They spoke of old things.', summary),
        said('user', 'question'),
        said('assistant', 'answer'),
    ];
    const stored = await store({ systemPrompt: 'Be brief.', messages });
    for (const format of formats) {
        const found = await context(stored.id, huge, format);
        is(
            [found.from_message, found.left_out],
            [stored.messages[2], true],
            `${format}: a summary stands for all before it`,
        );
    }
    const { tokens } = await context(stored.id, huge);
    const less = await context(stored.id, tokens - 1);
    is(less.from_message, stored.messages[3], '... if it fits');
    const twice = await store({ messages: [...messages, said('user', 'Newer.', summary), said('assistant', 'x')] });
    is((await context(twice.id, huge)).from_message, twice.messages[5], '... the newest one');
}

async function images() {
    const png = `data:image/png;base64,${'iVBORw0KGgo'.repeat(20000)}`;
    const { id } = await store({
        messages: [{ role: 'user', parts: [{ type: 'file', mediaType: 'image/png', url: png }] }],
    });
    for (const format of formats) {
        const { tokens } = await context(id, huge, format);
        ok(
            tokens >= 1600 && tokens < 1650,
            `${format}: an image counts 1,600 tokens, whatever its size`,
            String(tokens),
        );
    }
}

const refusal = (text, values) =>
    database.query(text, values).then(
        () => 'none',
        ({ code, message }) => `${code} ${message}`,
    );

async function refusals() {
    const { id } = await store({ systemPrompt: 'Be brief.', messages: [{ role: 'user', content: 'x' }] });
    const cases = [
        ['NULL', '22004 token_budget must not be NULL'],
        ['0', '22023 token_budget must be at least 1'],
        ['-5', '22023 token_budget must be at least 1'],
        ['100, reserve => -1', '22023 reserve must be at least 0'],
        ['100, reserve => 100', '22023 reserve must be less than token_budget'],
        ["100, 'rows'", '22023 unknown format'],
        ["100, tokenizer => 'gpt'", '22023 unknown tokenizer'],
        ['5', '22023 the system prompt does not fit'],
        ['100, reserve => 95', '22023 the system prompt does not fit'],
    ];
    for (const [args, expected] of cases) {
        const got = await refusal(`SELECT get_context($1::text, ${args})`, [id]);
        ok(got.startsWith(expected.slice(0, 5)) && (got === expected || args === 'NULL'), `${args}: ${expected}`, got);
    }
    is(
        await value('SELECT get_context($1::uuid, 100, NULL, NULL, NULL)', [id]),
        await context(id, 100),
        'NULL stands for the defaults',
    );
    is(await value('SELECT get_context(NULL::text, 100)'), null, 'NULL for no conversation');
    is(await value('SELECT get_context(gen_random_uuid(), 100)'), null, '... for one that does not exist');
    is(await context(id, 100, 'openai', 89), await context(id, 11), 'the reserve is taken off the budget');
    const empty = await store({ messages: [] });
    is(
        await context(empty.id, 100),
        { tokens: 3, left_out: false, messages: [], from_message: null },
        'a conversation without messages',
    );
}

async function rowLevelSecurity() {
    const { id } = await store({ messages: [{ role: 'user', content: 'secret' }] });
    await database.query("CREATE ROLE agentchat_context; SELECT agentchat.grant_api('agentchat_context')");
    const owner = await value('SELECT id FROM users');
    const as = async (user) => {
        await database.query("SELECT set_config('request.jwt.claims', $1, false)", [JSON.stringify({ sub: user })]);
        await database.query('SET ROLE agentchat_context');
        const found = await context(id, 1000);
        await database.query("RESET ROLE; SELECT set_config('request.jwt.claims', '', false)");
        return found;
    };
    is((await as(owner))?.messages?.[0].content, 'secret', 'a user reads their own conversation');
    is(await as('00000000-0000-4000-8000-000000000000'), null, '... and no other');
}

// The pages of tables and indexes that are read, because times vary.
async function cost() {
    const fill = (size) =>
        value(
            `WITH c AS (INSERT INTO conversations (user_id, title) SELECT id, 'x' FROM users RETURNING id), m AS (
                 INSERT INTO messages (conversation_id, role, content, created_at)
                 SELECT c.id, CASE WHEN n % 2 = 0 THEN 'user' ELSE 'assistant' END, repeat('word ', 100), timestamp '2026-01-01' + n * interval '1 s'
                 FROM c, generate_series(1, $1::int) n)
             SELECT id FROM c`,
            [size],
        );
    await database.query('SET row_security = off');
    const ids = [await fill(100), await fill(100000)];
    await database.query('RESET row_security');
    await database.query('VACUUM (ANALYZE) conversations, messages');
    const pages = [];
    for (const id of ids) {
        const explain = () =>
            value(`EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) SELECT get_context('${id}'::uuid, 5000, 'anthropic')`);
        await explain();
        const [{ Plan: plan }] = await explain();
        pages.push(plan['Shared Hit Blocks'] + plan['Shared Read Blocks']);
    }
    ok(
        pages[1] <= pages[0] + 20,
        `a context costs the same in a conversation of 100 and of 100,000 messages`,
        pages.join(),
    );
}

run(async () => {
    database = new Client();
    await database.connect();
    await database.query('CREATE EXTENSION agentchat');
    // The providers' rules are checked with other roles, too.
    await database.query('ALTER TABLE messages DROP CONSTRAINT messages_role_check');
    await database.query("INSERT INTO users (email) VALUES ('ada@example.com')");
    try {
        for (const test of [estimates, summaries, images, refusals, rowLevelSecurity, randomContexts, cost])
            await test();
    } finally {
        await database.end();
    }
});
