#!/usr/bin/env node
// The formats ai-sdk, openai and anthropic against the real AI SDK: what it takes for UIMessages, and what its
// providers send for them.
//     SEED, CASES   of the random conversations: the first one's, and how many
const { Client } = require('./clients/node_modules/pg');
const { isDeepStrictEqual } = require('node:util');
const { run, ok, is } = require('./clients/http.js');
const { captured, faultOf } = require('./clients/ai_sdk.js');
const { corpus, randomConversation } = require('./clients/messages.js');

const { SEED = 1, CASES = 300 } = process.env;
const formats = ['rows', 'drizzle', 'ai-sdk', 'openai', 'anthropic'];

// What JSON has of it: no undefined.
const asJson = (value) => JSON.parse(JSON.stringify(value));

// ---- what we send otherwise than the SDK, on purpose

const isObject = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);
const isToolPart = ({ type }) => type === 'dynamic-tool' || type.startsWith('tool-');
const hasResult = ({ state, preliminary }) =>
    ['output-available', 'output-error', 'output-denied'].includes(state) && preliminary !== true;
// An assistant's message without any is none to the SDK.
const isModelContent = (part) =>
    ['text', 'reasoning', 'file'].includes(part.type) || (isToolPart(part) && hasResult(part));
const mapContent = ({ messages, ...request }, change) => ({
    ...request,
    messages: messages.map((message) => ({
        ...message,
        content: message.content.flatMap((block) => change(block, message)),
    })),
});

// What the provider makes of one part alone, which stays the same wherever the part is.
const alone = new Map();
async function capturedAlone(provider, role, part) {
    const key = JSON.stringify([provider, role, part]);
    if (!alone.has(key)) alone.set(key, await captured(provider, [{ role, parts: [part] }]));
    return alone.get(key);
}

async function filterParts(messages, keeps) {
    const kept = (message) => Promise.all(message.parts.map((part) => keeps(part, message)));
    return Promise.all(
        messages.map(async (message) => {
            const keep = await kept(message);
            return { ...message, parts: message.parts.filter((_, index) => keep[index]) };
        }),
    );
}

// Each brings what the SDK gets, or what it sends, to ours: in this order.
const differences = [
    {
        name: 'messages of other roles are left out, where the SDK throws',
        before: (messages) => messages.filter(({ role }) => ['system', 'user', 'assistant'].includes(role)),
    },
    {
        name: 'parts that are not what their type needs are left out, where the SDK throws',
        before: (messages) =>
            filterParts(messages, (part) => {
                if (!isObject(part) || typeof part.type !== 'string') return false;
                if (part.type === 'text' || part.type === 'reasoning') return typeof part.text === 'string';
                if (part.type === 'file') return typeof part.url === 'string' && typeof part.mediaType === 'string';
                if (part.type === 'dynamic-tool' && typeof part.toolName !== 'string') return false;
                return !isToolPart(part) || typeof part.toolCallId === 'string';
            }),
    },
    {
        name: 'a call that was approved and has no result yet is left out, where the SDK throws or runs it',
        before: (messages) => filterParts(messages, (part) => !isToolPart(part) || part.state !== 'approval-responded'),
    },
    {
        name: 'files that the provider does not take are left out, where the SDK throws or fetches them',
        before: (messages, provider) =>
            filterParts(messages, async (part, { role }) => {
                if (part.type !== 'file' || role === 'system') return true;
                if (/^text\/plain/.test(part.mediaType) && /^https?:/.test(part.url)) return false;
                return !(await capturedAlone(provider, role, part)).error;
            }),
    },
    {
        name: 'text that is no UTF-8 is left out, where the SDK sends something else',
        provider: 'anthropic',
        before: (messages) =>
            filterParts(
                messages,
                (part) =>
                    !/^data:text\/plain;base64,/.test(part.url) ||
                    !Buffer.from(part.url.split(',')[1], 'base64').toString().includes('\uFFFD'),
            ),
    },
    {
        name: 'tools that a provider has run are left out, where the SDK sends calls alone',
        provider: 'openai',
        before: (messages) => filterParts(messages, (part) => !isToolPart(part) || part.providerExecuted !== true),
    },
    {
        name: 'calls of a provider go with their results or not at all, where the SDK sends them alone',
        provider: 'anthropic',
        before: (messages) =>
            Promise.all(
                messages.map(async (message) => ({
                    ...message,
                    parts: await Promise.all(
                        message.parts.map(async (part) => {
                            if (
                                message.role !== 'assistant' ||
                                !isToolPart(part) ||
                                part.providerExecuted !== true ||
                                !hasResult(part)
                            )
                                return part;
                            const { error, messages: sent } = await capturedAlone('anthropic', 'assistant', part);
                            const sends = !error && sent[0].content.length === 2 && isObject(sent[0].content[0].input);
                            // To the SDK there has to be something: it looks for what the assistant did last.
                            return sends ? part : { type: 'reasoning', text: '' };
                        }),
                    ),
                })),
            ),
    },
    {
        name: 'what a provider says about one request alone is left out: who called a tool, and its toolset',
        provider: 'anthropic',
        before: (messages) =>
            messages.map((message) => ({
                ...message,
                parts: message.parts.map((part) => {
                    if (!part.callProviderMetadata?.anthropic) return part;
                    const { caller, toolsetName, ...anthropic } = part.callProviderMetadata.anthropic;
                    return { ...part, callProviderMetadata: { ...part.callProviderMetadata, anthropic } };
                }),
            })),
    },
    {
        name: "a user's message that says nothing is left out, as providers refuse it",
        before: (messages) =>
            messages.filter(
                ({ role, parts }) =>
                    role !== 'user' ||
                    parts.some(({ type, text }) => type === 'file' || (type === 'text' && text !== '')),
            ),
    },
    {
        name: 'system messages that say nothing are left out, as Anthropic refuses them',
        provider: 'anthropic',
        before: (messages) =>
            messages.filter(
                ({ role, parts }) =>
                    role !== 'system' || parts.some(({ type, text }) => type === 'text' && text !== ''),
            ),
    },
    {
        name: "a system message that becomes the system prompt ends nobody's turn, where the SDK's does",
        provider: 'anthropic',
        before: (messages, _provider, systemPrompt) => {
            const start = messages.findIndex(({ role }) => role === 'system');
            if (systemPrompt || start === -1) return messages;
            const end = messages.findIndex(
                ({ role, parts }, index) =>
                    index > start && role !== 'system' && (role !== 'assistant' || parts.some(isModelContent)),
            );
            const moved = messages.slice(start, end === -1 ? undefined : end).filter(({ role }) => role === 'system');
            return [...moved, ...messages.filter((message) => !moved.includes(message))];
        },
    },
    {
        name: 'a last text is trimmed also before empty ones, as Anthropic refuses blanks at the end',
        provider: 'anthropic',
        before: (messages) => {
            const saysNothing = (part) =>
                !isModelContent(part) || (part.type === 'text' && part.text === '' && !part.providerMetadata);
            const kept = [...messages];
            while (kept.at(-1)?.role === 'assistant') {
                const { parts, ...message } = kept.pop();
                const end = parts.findLastIndex((part) => !saysNothing(part));
                if (end !== -1) return [...kept, { ...message, parts: parts.slice(0, end + 1) }];
            }
            return kept;
        },
    },
    {
        name: 'empty texts are left out, as Anthropic refuses them',
        provider: 'anthropic',
        after: (request) => mapContent(request, (block) => (block.type === 'text' && block.text === '' ? [] : [block])),
    },
    {
        name: 'inputs that are no objects are sent as empty ones, as Anthropic refuses others',
        provider: 'anthropic',
        after: (request) =>
            mapContent(request, (block) => [
                block.type === 'tool_use' && !isObject(block.input) ? { ...block, input: {} } : block,
            ]),
    },
    {
        name: 'messages of nothing are left out, and the sides alternate',
        provider: 'anthropic',
        after: ({ messages, ...request }) => ({
            ...request,
            messages: messages
                .filter(({ content }) => content.length > 0)
                .reduce((turns, { role, content }) => {
                    const last = turns.at(-1);
                    if (last?.role === role && role !== 'system') last.content.push(...content);
                    else turns.push({ role, content: [...content] });
                    return turns;
                }, []),
        }),
    },
];

// A request without messages is none to the SDK, which throws.
const ofNothing = {
    openai: (systemPrompt) => (systemPrompt ? [{ role: 'system', content: systemPrompt }] : []),
    anthropic: (systemPrompt) => ({
        ...(systemPrompt && { system: [{ type: 'text', text: systemPrompt }] }),
        messages: [],
    }),
};

// What we are to send for what is ai-sdk's, and the differences that made it other than what the SDK sends.
async function expectedRequest(provider, uiMessages, systemPrompt) {
    const seen = [];
    const apply = async (step, value) => {
        let result = value;
        for (const difference of differences.filter((each) => each[step] && (each.provider ?? provider) === provider)) {
            const changed = await difference[step](result, provider, systemPrompt);
            if (!isDeepStrictEqual(changed, result)) seen.push(difference);
            result = changed;
        }
        return result;
    };
    const messages = await apply('before', uiMessages);
    let request = messages.length && (await captured(provider, messages, systemPrompt));
    if (!request || /messages must not be empty/.test(request.error)) request = ofNothing[provider](systemPrompt);
    return { request: request.error ? request : await apply('after', request), seen };
}

// ---- what the database gives

let database;

// The conversation in each format, as text by both functions, and whether these are equal.
async function read({ systemPrompt = null, messages }) {
    const {
        rows: [{ id }],
    } = await database.query(
        `INSERT INTO conversations (user_id, title, system_prompt) SELECT id, 'x', $1 FROM users RETURNING id`,
        [systemPrompt],
    );
    await database.query(
        `INSERT INTO messages (conversation_id, role, content, reasoning, attachments, parts)
         SELECT $1, m->>'role', coalesce(m->>'content', ''), m->>'reasoning', m->'attachments', m->'parts'
         FROM jsonb_array_elements($2) WITH ORDINALITY AS given (m, n) ORDER BY n`,
        [id, typeof messages === 'string' ? messages : JSON.stringify(messages)],
    );
    const { rows } = await database.query(
        `SELECT format, by_jsonb::text AS by_jsonb, by_json::text AS by_json, by_jsonb = by_json::jsonb AS equal
         FROM unnest($2::text[]) format, get_conversation($1, format) by_jsonb,
             get_conversation_json($1, format) by_json`,
        [id, formats],
    );
    return Object.fromEntries(
        rows.map(({ format, by_jsonb, by_json, equal }) => [
            format,
            { equal, value: JSON.parse(by_jsonb), text: by_json },
        ]),
    );
}

// What a UIMessage has that the SDK itself has written comes back as it is.
async function asStored({ role, parts }) {
    const given = asJson(parts ?? []);
    const kept = given.at(-1)?.type === 'data-metadata' ? given.slice(0, -1) : given;
    if (kept.length === 0 || (await faultOf([{ id: 'x', role, parts: kept }]))) return null;
    return kept;
}

// What is wrong with how the conversation reads: nothing, or lines.
async function faults(conversation, given, seen) {
    const found = [];
    const compare = (what, got, expected) => {
        if (!isDeepStrictEqual(got, expected))
            found.push(`${what}:`, `  got      ${JSON.stringify(got)}`, `  expected ${JSON.stringify(expected)}`);
    };
    for (const format of formats) {
        if (!given[format].equal) found.push(`get_conversation_json as ${format} is another value`, given[format].text);
    }
    const uiMessages = given['ai-sdk'].value;
    if (!conversation.isOdd) {
        const fault = await faultOf(uiMessages);
        if (fault) found.push('they are no UIMessages:', `  ${JSON.stringify(uiMessages)}`, fault);
    }
    for (const [index, message] of conversation.messages.entries()) {
        compare(`role of message ${index}`, uiMessages[index]?.role, message.role);
        const stored = await asStored(message);
        if (stored) compare(`parts of message ${index}`, uiMessages[index]?.parts, stored);
    }
    for (const [index, { role, parts, metadata }] of (conversation.expected ?? []).entries()) {
        const got = uiMessages[index];
        compare(`message ${index}`, [got.role, got.parts], asJson([role, parts]));
        compare(
            `metadata of message ${index}`,
            got.metadata,
            isObject(metadata) || metadata === undefined
                ? { createdAt: got.metadata?.createdAt, ...metadata }
                : metadata,
        );
    }
    for (const provider of ['openai', 'anthropic']) {
        const expected = await expectedRequest(provider, uiMessages, conversation.systemPrompt);
        compare(provider, given[provider].value, expected.request);
        for (const difference of expected.seen) seen.add(difference);
    }
    return found;
}

// The SDK has read what we give as numbers of JavaScript's, so it is no oracle for these.
async function keepsDigits() {
    const given = await read({
        messages: `[{"role": "assistant", "parts": [{"type": "tool-x", "toolCallId": "c1", "state": "output-available",
            "input": {"n": 12345678901234567890.1, "m": 1.10}, "output": [9007199254740993, 1e21]}]}]`,
    });
    const [
        {
            tool_calls: [
                {
                    function: { arguments: input },
                },
            ],
        },
        { content: output },
    ] = given.openai.value;
    is(
        [input, output],
        ['{"m":1.1,"n":12345678901234567890.1}', '[9007199254740993,1e+21]'],
        'numbers keep their digits, and are written as JavaScript writes them',
    );
}

run(async () => {
    database = new Client();
    await database.connect();
    await database.query('CREATE EXTENSION agentchat');
    // Other roles than ours, as in tables that were there before.
    await database.query('ALTER TABLE messages DROP CONSTRAINT messages_role_check');
    await database.query(`INSERT INTO users (id, email) VALUES (gen_random_uuid(), 'ada@example.com')`);

    const seen = new Set();
    for (const conversation of corpus) {
        const found = await faults(conversation, await read(conversation), seen);
        ok(found.length === 0, `the AI SDK agrees: ${conversation.name}`, ...found);
    }

    await keepsDigits();

    const wrong = [];
    for (let seed = Number(SEED); seed < Number(SEED) + Number(CASES); seed += 1) {
        const conversation = randomConversation(seed);
        let found;
        try {
            found = await faults(conversation, await read(conversation), seen);
        } catch (error) {
            found = [error.stack];
        }
        if (found.length > 0) wrong.push(`SEED=${seed} CASES=1`, ...found);
    }
    ok(wrong.length === 0, `... of ${CASES} random conversations, each`, ...wrong.slice(0, 40));
    is(
        differences.filter((each) => !seen.has(each)).map(({ name }) => name),
        [],
        '... but for all of the differences on purpose, and these alone',
    );
    await database.end();
});
