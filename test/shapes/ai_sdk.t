#!/usr/bin/env node
// Compares the formats ai-sdk, openai and anthropic with the real AI SDK: which UIMessages it accepts, and what its
// providers send for them.
//     SEED    the seed of the first random conversation
//     CASES   the number of random conversations
const { Client } = require('pg');
const { isDeepStrictEqual } = require('node:util');
const { run, ok, is } = require('../lib/http.js');
const { captured, faultOf } = require('../lib/ai_sdk.js');
const { corpus, randomConversation } = require('../lib/messages.js');

const { SEED = 1, CASES = 300 } = process.env;
const formats = ['rows', 'drizzle', 'ai-sdk', 'openai', 'anthropic'];

// Converts a value to JSON and back, which removes undefined.
const asJson = (value) => JSON.parse(JSON.stringify(value));

// ---- where we differ from the SDK, on purpose

const isObject = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);
const isToolPart = ({ type }) => type === 'dynamic-tool' || type.startsWith('tool-');
const hasResult = ({ state, preliminary }) =>
    ['output-available', 'output-error', 'output-denied'].includes(state) && preliminary !== true;
// The SDK ignores a message of the assistant without such parts.
const isModelContent = (part) =>
    ['text', 'reasoning', 'file'].includes(part.type) || (isToolPart(part) && hasResult(part));
const mapContent = ({ messages, ...request }, change) => ({
    ...request,
    messages: messages.map((message) => ({
        ...message,
        content: message.content.flatMap((block) => change(block, message)),
    })),
});

// Returns what the provider sends for one part alone. It is the same wherever the part is.
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

// The differences, applied in this order. Each changes the input of the SDK, or its request, to match ours.
const differences = [
    {
        name: 'messages with other roles are left out; the SDK throws',
        before: (messages) => messages.filter(({ role }) => ['system', 'user', 'assistant'].includes(role)),
    },
    {
        name: 'parts without the keys that their type needs are left out; the SDK throws',
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
        name: 'an approved call without a result is left out; the SDK throws or runs it',
        before: (messages) => filterParts(messages, (part) => !isToolPart(part) || part.state !== 'approval-responded'),
    },
    {
        name: 'files that the provider does not accept are left out; the SDK throws or fetches them',
        before: (messages, provider) =>
            filterParts(messages, async (part, { role }) => {
                if (part.type !== 'file' || role === 'system') return true;
                if (/^text\/plain/.test(part.mediaType) && /^https?:/.test(part.url)) return false;
                return !(await capturedAlone(provider, role, part)).error;
            }),
    },
    {
        name: 'text that is not UTF-8 is left out; the SDK sends other text',
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
        name: 'tools that a provider has run are left out; the SDK sends calls without results',
        provider: 'openai',
        before: (messages) => filterParts(messages, (part) => !isToolPart(part) || part.providerExecuted !== true),
    },
    {
        name: 'calls of a provider are sent with their results or not at all; the SDK sends them alone',
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
                            // Something must remain for the SDK, which looks for the last part of the assistant.
                            return sends ? part : { type: 'reasoning', text: '' };
                        }),
                    ),
                })),
            ),
    },
    {
        name: 'metadata about a single request is left out: the caller of a tool, and its toolset',
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
        name: 'an empty message of a user is left out, because providers refuse it',
        before: (messages) =>
            messages.filter(
                ({ role, parts }) =>
                    role !== 'user' ||
                    parts.some(({ type, text }) => type === 'file' || (type === 'text' && text !== '')),
            ),
    },
    {
        name: 'empty system messages are left out, because Anthropic refuses them',
        provider: 'anthropic',
        before: (messages) =>
            messages.filter(
                ({ role, parts }) =>
                    role !== 'system' || parts.some(({ type, text }) => type === 'text' && text !== ''),
            ),
    },
    {
        name: "a system message that becomes the system prompt does not end a turn; the SDK's does",
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
        name: 'a last text is also trimmed before empty ones, because Anthropic refuses blanks at the end',
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
        name: 'empty texts are left out, because Anthropic refuses them',
        provider: 'anthropic',
        after: (request) => mapContent(request, (block) => (block.type === 'text' && block.text === '' ? [] : [block])),
    },
    {
        name: 'inputs that are not objects become empty objects, because Anthropic refuses other types',
        provider: 'anthropic',
        after: (request) =>
            mapContent(request, (block) => [
                block.type === 'tool_use' && !isObject(block.input) ? { ...block, input: {} } : block,
            ]),
    },
    {
        name: 'empty messages are left out, and the sides alternate',
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

// The requests without messages, for which the SDK throws.
const ofNothing = {
    openai: (systemPrompt) => (systemPrompt ? [{ role: 'system', content: systemPrompt }] : []),
    anthropic: (systemPrompt) => ({
        ...(systemPrompt && { system: [{ type: 'text', text: systemPrompt }] }),
        messages: [],
    }),
};

// Returns the request that we should send for UIMessages, and the differences that apply to it.
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

// ---- what the database returns

let database;

// Reads the conversation in each format, as text from both functions, and compares the two.
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

// Returns the parts that must come back unchanged: those of a UIMessage that the SDK accepts. Otherwise returns null.
async function asStored({ role, parts }) {
    const given = asJson(parts ?? []);
    const kept = given.at(-1)?.type === 'data-metadata' ? given.slice(0, -1) : given;
    if (kept.length === 0 || (await faultOf([{ id: 'x', role, parts: kept }]))) return null;
    return kept;
}

// Returns a line for each fault in the results.
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
        if (fault) found.push('they are not valid UIMessages:', `  ${JSON.stringify(uiMessages)}`, fault);
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

// Tests numbers without the SDK, which reads them as JavaScript numbers and loses digits.
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
    // Existing tables can contain other roles than ours.
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
    ok(wrong.length === 0, `... and it agrees on each of ${CASES} random conversations`, ...wrong.slice(0, 40));
    is(
        differences.filter((each) => !seen.has(each)).map(({ name }) => name),
        [],
        '... except for the differences on purpose, all of which occurred',
    );
    await database.end();
});
