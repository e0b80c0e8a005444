#!/usr/bin/env node
// Compares the formats ai-sdk, openai, openai-compatible and anthropic with the real AI SDK: which UIMessages it
// accepts, and what its providers send for them.
// The functions in SQL (EDITION=sql) have no formats for providers.
//     SEED    the seed of the first random conversation
//     CASES   the number of random conversations
const { Client } = require('pg');
const { createHash } = require('node:crypto');
const { isDeepStrictEqual } = require('node:util');
const { run, ok, is } = require('../lib/http.js');
const { isBlank, trimmed } = require('../lib/blanks.js');
const { captured, faultOf, majorsOf, newest } = require('../lib/ai_sdk.js');
const { corpus, randomConversation } = require('../lib/messages.js');

const { SEED = 1, CASES = 300, EDITION } = process.env;
const providers = EDITION === 'sql' ? [] : ['openai', 'openai-compatible', 'anthropic'];
const formats = ['rows', 'drizzle', 'ai-sdk', ...providers];

// Converts a value to JSON and back, which removes undefined.
const asJson = (value) => JSON.parse(JSON.stringify(value));

// ---- where we differ from the SDK, on purpose

const isAnswered = (part) => isToolPart(part) && !part.providerExecuted && hasResult(part);
const isObject = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);
const isToolPart = ({ type }) => type === 'dynamic-tool' || type.startsWith('tool-');
const reasoningOf = (text) => ({ type: 'reasoning', text });
const isRefused = ({ state, approval, providerExecuted }) =>
    state === 'approval-responded' && approval?.approved === false && providerExecuted !== true;
const hasResult = (part) =>
    (['output-available', 'output-error', 'output-denied'].includes(part.state) && part.preliminary !== true) ||
    isRefused(part);
// The SDK ignores a message of the assistant without such parts.
const isModelContent = (part) =>
    ['text', 'reasoning', 'file', 'reasoning-file', 'custom'].includes(part.type) ||
    (isToolPart(part) && hasResult(part));

// Whether a server tool of Anthropic's is at work on the call.
const isServedCall = (part) =>
    isToolPart(part) &&
    part.providerExecuted === true &&
    (part.state === 'input-available' || part.state === 'approval-responded') &&
    isObject(part.input) &&
    /^(tool-)?(web_search|web_fetch|code_execution|advisor|tool_search_tool_(regex|bm25))$/.test(
        part.toolName ?? part.type,
    );

// Returns what the provider sends for one part alone. It is the same wherever the part is.
const alone = new Map();
async function capturedAlone(provider, role, part) {
    const key = JSON.stringify([provider, role, part]);
    if (!alone.has(key)) alone.set(key, await captured(provider, [{ role, parts: [part] }]));
    return alone.get(key);
}

// Keeps the parts for which `keeps(part, message)` is true. The parts of a steering message are the user's.
async function filterParts(messages, keeps) {
    const filtered = async (message) => {
        const keep = await Promise.all(message.parts.map((part) => keeps(part, message)));
        const kept = message.parts.filter((_, index) => keep[index]);
        const parts = kept.map(async (part) =>
            part?.type === 'steering-message' && Array.isArray(part.parts)
                ? { ...part, parts: (await filtered({ role: 'user', parts: part.parts })).parts }
                : part,
        );
        return { ...message, parts: await Promise.all(parts) };
    };
    return Promise.all(messages.map(filtered));
}

// Changes the files of messages, those in steering messages included.
const mapFiles = (change) => {
    const changePart = (part) => {
        if (part.type === 'steering-message') return { ...part, parts: part.parts.map(changePart) };
        return part.type === 'file' ? change(part) : part;
    };
    return (messages) => messages.map((message) => ({ ...message, parts: message.parts.map(changePart) }));
};

// Whether the parts of a user's message contain something.
const saysSomething = (parts) => parts.some(({ type, text }) => type === 'file' || (type === 'text' && text !== ''));

// Whether a part of the assistant's says nothing to Anthropic.
const saysNothing = (part) =>
    (!isModelContent(part) && !(part.type === 'steering-message' && saysSomething(part.parts))) ||
    (part.type === 'text' && isBlank(part.text)) ||
    ['reasoning', 'file', 'reasoning-file'].includes(part.type) ||
    (part.type === 'custom' && part.kind !== 'anthropic.fallback');

// Creates the version 5 UUID of a text in a namespace of 16 bytes.
function uuidV5(space, name) {
    const bytes = createHash('sha1').update(space).update(name).digest().subarray(0, 16);
    bytes[6] = (bytes[6] & 0x0f) | 0x50;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1_$2_$3_$4_$5');
}

// Returns a function that gives the calls of a message the ids that the provider takes.
function newIds(isAccepted) {
    const seen = new Map();
    return (id, prefix = '') => {
        const occurrence = seen.get(id) ?? 0;
        seen.set(id, occurrence + 1);
        if (occurrence === 0 && isAccepted(id)) return id;
        const space = Buffer.alloc(16);
        space.writeUInt32LE(occurrence);
        return prefix + uuidV5(space, id);
    };
}
const newName = (name, limit) => [...name.replaceAll(/[^\w-]/gu, '_')].slice(0, limit).join('') || '_';

// Changes the ids of calls and results, and the names of tools, in a request to OpenAI.
function withOpenAiIds(messages) {
    let ids = [];
    return messages.map((message) => {
        if (message.role === 'tool') return { ...message, tool_call_id: ids.shift() };
        if (!message.tool_calls) return message;
        const newId = newIds((id) => id !== '' && [...id].length <= 40);
        ids = message.tool_calls.map(({ id }) => newId(id));
        return {
            ...message,
            tool_calls: message.tool_calls.map((call, index) => ({
                ...call,
                id: ids[index],
                function: { ...call.function, name: newName(call.function.name, 64) },
            })),
        };
    });
}

// ... and in one to Anthropic.
function withAnthropicIds({ messages, ...request }) {
    let waiting = new Map();
    const newIdOf = (id) => waiting.get(id)?.shift() ?? id;
    return {
        ...request,
        messages: messages.map(({ role, content }) => {
            if (role === 'assistant') waiting = new Map();
            const newId = newIds((id) => /^[\w-]+$/.test(id));
            const mapped = content.map((block) => {
                if (block.tool_use_id !== undefined) return { ...block, tool_use_id: newIdOf(block.tool_use_id) };
                if (block.id === undefined) return block;
                const id = newId(block.id, block.type === 'tool_use' ? '' : 'srvtoolu_');
                waiting.set(block.id, [...(waiting.get(block.id) ?? []), id]);
                return { ...block, id, ...(block.type === 'tool_use' && { name: newName(block.name, 128) }) };
            });
            return { role, content: mapped };
        }),
    };
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
        before: (messages) =>
            filterParts(
                messages,
                (part) => !isToolPart(part) || part.state !== 'approval-responded' || isRefused(part),
            ),
    },
    {
        name: 'image/jpg is image/jpeg',
        before: mapFiles((part) => ({
            ...part,
            mediaType: part.mediaType.replace(/^image\/jpg$/, 'image/jpeg'),
            url: part.url.replace(/^data:image\/jpg;/, 'data:image/jpeg;'),
        })),
    },
    {
        name: 'base64 where the URL belongs is sent; the SDK throws, as 6 does not',
        before: mapFiles((part) =>
            /^(?!\/(?!9j))(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(part.url) && part.url
                ? { ...part, url: `data:${part.mediaType};base64,${part.url}` }
                : part,
        ),
    },
    {
        name: 'without an id for the provider, the URL of a file is sent; the SDK throws',
        before: (messages, provider) =>
            mapFiles(({ providerReference, ...part }) =>
                providerReference?.[provider === 'openai-compatible' ? 'openaiCompatible' : provider]
                    ? { providerReference, ...part }
                    : part,
            )(messages),
    },
    {
        name: 'URLs of other schemes, and data URLs without base64, are left out; the SDK sends them',
        before: (messages) =>
            filterParts(
                messages,
                ({ type, url, providerReference }, { role }) =>
                    type !== 'file' ||
                    role !== 'user' ||
                    providerReference ||
                    !/^\s*(?!https?:)[a-z][a-z0-9+.-]*:/i.test(url) ||
                    /^\s*data:[^,]*;base64,[\w+/-]+={0,2}\s*$/i.test(url.replaceAll(/[\t\n\r]/g, '')),
            ),
    },
    {
        name: 'files that the provider does not accept are left out; the SDK throws or fetches them',
        before: (messages, provider) =>
            filterParts(messages, async (part, { role }) => {
                if (part.type !== 'file' || role !== 'user') return true;
                if (/^text\/plain/.test(part.mediaType) && /^https?:/.test(part.url)) return false;
                return !(await capturedAlone(provider, role, part)).error;
            }),
    },
    {
        name: 'a file of the assistant has no URL that the SDK can read; the SDK throws',
        before: (messages) =>
            messages.map((message) => ({
                ...message,
                parts: message.parts.map((part) =>
                    message.role === 'assistant' && part.type === 'file' && !URL.canParse(part.url)
                        ? { type: 'reasoning', text: '' }
                        : part,
                ),
            })),
    },
    {
        name: 'images of other types than JPEG, PNG, GIF and WebP are left out, because providers refuse them',
        before: (messages, provider) =>
            filterParts(messages, async (part, { role }) => {
                if (part.type !== 'file' || role !== 'user' || part.providerReference) return true;
                const sent = JSON.stringify(await capturedAlone(provider, role, part));
                const [type] = sent.match(/image\/[a-z+]+/) ?? (/^https?:/.test(part.url) ? [part.mediaType] : []);
                return !type?.startsWith('image/') || /^image\/(jpeg|png|gif|webp|\*)$/.test(type);
            }),
    },
    {
        name: 'files by http are left out, because Anthropic takes https only',
        provider: 'anthropic',
        before: (messages) =>
            filterParts(
                messages,
                ({ type, url }, { role }) => type !== 'file' || role !== 'user' || !/^http:/.test(url),
            ),
    },
    {
        name: 'text that is not UTF-8 is left out; the SDK sends other text',
        provider: ['anthropic', 'openai-compatible'],
        before: (messages) =>
            filterParts(
                messages,
                (part) =>
                    !/^data:text\/[^,]*;base64,/.test(part.url) ||
                    !Buffer.from(part.url.split(',')[1], 'base64').toString().includes('\uFFFD'),
            ),
    },
    {
        name: 'tools that a provider has run are left out; the SDK sends calls without results',
        provider: ['openai', 'openai-compatible'],
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
                            const sends = !error && sent[0]?.content.length === 2 && isObject(sent[0].content[0].input);
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
        name: 'blank texts are left out, because Anthropic refuses them',
        provider: 'anthropic',
        before: (messages) =>
            messages.map((message) => ({
                ...message,
                parts: message.parts.map((part) => {
                    if (part.type === 'steering-message')
                        return {
                            ...part,
                            parts: part.parts.filter(({ type, text }) => type !== 'text' || !isBlank(text)),
                        };
                    // Something must remain for the SDK, which looks for the last part of the assistant.
                    return part.type === 'text' && message.role !== 'system' && isBlank(part.text)
                        ? { type: message.role === 'user' ? 'step-start' : 'reasoning', text: '' }
                        : part;
                }),
            })),
    },
    {
        name: 'an empty message of a user is left out, because providers refuse it',
        before: (messages) =>
            messages
                .filter(({ role, parts }) => role !== 'user' || saysSomething(parts))
                .map((message) => ({
                    ...message,
                    parts: message.parts.map((part) =>
                        part.type === 'steering-message' && !saysSomething(part.parts) ? { type: 'step-start' } : part,
                    ),
                })),
    },
    {
        name: 'blank system messages are left out, because Anthropic refuses them',
        provider: 'anthropic',
        before: (messages) =>
            messages.filter(
                ({ role, parts }) =>
                    role !== 'system' || parts.some(({ type, text }) => type === 'text' && !isBlank(text)),
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
        name: 'a call that a server tool is at work on stays at the very end; the SDK leaves it out',
        provider: 'anthropic',
        before: (messages) => {
            const last = messages.findLastIndex(
                ({ role, parts }) =>
                    role !== 'assistant' || parts.some((part) => isServedCall(part) || !saysNothing(part)),
            );
            if (messages[last]?.role !== 'assistant') return messages;
            const { parts } = messages[last];
            let end = parts.findLastIndex((part) => !isServedCall(part) && !saysNothing(part));
            // The user's results follow the whole step.
            const isStep = ({ type }) => type === 'step-start' || type === 'steering-message';
            const step = parts.slice(parts.findLastIndex((part, at) => at < end && isStep(part)) + 1, end + 1);
            while (step.some(isAnswered) && parts[end + 1] && !isStep(parts[end + 1])) end += 1;
            return messages.map((message, index) => ({
                ...message,
                parts:
                    index === last
                        ? message.parts.map((part, at) =>
                              at > end && isServedCall(part)
                                  ? { ...part, state: 'approval-responded', approval: { id: 'a', approved: true } }
                                  : part,
                          )
                        : message.parts,
            }));
        },
    },
    {
        name: 'a last text is also trimmed before what is not sent, because Anthropic refuses blanks at the end',
        provider: 'anthropic',
        before: (messages) => {
            const kept = [...messages];
            while (kept.at(-1)?.role === 'assistant') {
                const { parts, ...message } = kept.pop();
                const end = parts.findLastIndex(
                    (part) => !saysNothing(part) || (isServedCall(part) && part.state === 'approval-responded'),
                );
                if (end === -1) continue;
                const shorter = parts.slice(0, end + 1);
                const step = shorter.slice(shorter.findLastIndex(({ type }) => type === 'step-start') + 1);
                const isLast = !step.some(isAnswered);
                const last = shorter.pop();
                // The SDK trims it, too, but knows fewer blanks.
                shorter.push(last.type === 'text' && isLast ? { ...last, text: trimmed(last.text) } : last);
                return [...kept, { ...message, parts: shorter }];
            }
            return kept;
        },
    },
    {
        name: 'an error without a text gets one, because Anthropic refuses it',
        provider: 'anthropic',
        before: (messages) =>
            messages.map((message) => ({
                ...message,
                parts: message.parts.map((part) => {
                    if (!isToolPart(part) || part.providerExecuted) return part;
                    if (part.state === 'output-error' && isBlank(part.errorText ?? ''))
                        return { ...part, errorText: 'unknown error' };
                    if (typeof part.approval?.reason !== 'string' || !isBlank(part.approval.reason)) return part;
                    const { reason, ...approval } = part.approval;
                    return { ...part, approval };
                }),
            })),
    },
    {
        name: 'thinking at the end of a message is left out, because Anthropic refuses it',
        provider: 'anthropic',
        after: ({ messages, ...request }) => ({
            ...request,
            messages: messages.map(({ role, content }) => ({
                role,
                content:
                    role === 'assistant'
                        ? content.slice(0, content.findLastIndex(({ type }) => !/thinking$/.test(type)) + 1)
                        : content,
            })),
        }),
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
    {
        name: 'a failed call without an input gets an empty one; the SDK sends none',
        provider: 'openai-compatible',
        after: (messages) =>
            messages.map((message) => ({
                ...message,
                ...(message.tool_calls && {
                    tool_calls: message.tool_calls.map((call) => ({
                        ...call,
                        function: { arguments: '{}', ...call.function },
                    })),
                }),
            })),
    },
    {
        name: 'ids and names of calls that the provider refuses are replaced',
        after: (request) => (Array.isArray(request) ? withOpenAiIds(request) : withAnthropicIds(request)),
    },
];

// ---- what AI SDK 7 changed

const jsonObjectIn = (string) => {
    try {
        return isObject(JSON.parse(string));
    } catch {
        return false;
    }
};
const mapParts = (change) => (messages) =>
    messages.map((message) => ({ ...message, parts: message.parts.flatMap((part) => change(part, message)) }));
const denial = 'Tool call execution denied.';

// Each changes the input of AI SDK 6, so that it sends what 7 sends.
const changesSince6 = [
    {
        name: 'errors and denials are wrapped for OpenAI',
        provider: 'openai',
        before: mapParts((part) => {
            if (!isToolPart(part) || part.providerExecuted) return part;
            const wrapped = (error) => JSON.stringify({ error });
            if (part.state === 'output-error')
                return { ...part, errorText: wrapped(part.errorText ?? 'unknown error') };
            if (part.state !== 'output-denied') return part;
            return { ...part, approval: { ...part.approval, reason: wrapped(part.approval?.reason ?? denial) } };
        }),
    },
    {
        name: 'a refused call is sent with its refusal',
        before: mapParts((part) => {
            if (!isToolPart(part) || !isRefused(part)) return part;
            const { approval, ...call } = part;
            return { ...call, state: 'output-available', output: approval.reason ?? denial };
        }),
    },
    {
        name: 'inputs that are not objects are wrapped for Anthropic',
        provider: 'anthropic',
        before: mapParts((part) => {
            if (!isToolPart(part) || part.providerExecuted) return part;
            const input = part.state === 'output-error' ? (part.input ?? part.rawInput) : part.input;
            if (isObject(input) || (typeof input === 'string' && jsonObjectIn(input))) return part;
            return { ...part, input: { rawInvalidInput: input } };
        }),
    },
    {
        name: 'what the user said in the middle is a message of the user',
        before: (messages) =>
            messages.flatMap((message) => {
                if (message.role !== 'assistant') return [message];
                const pieces = [{ ...message, parts: [] }];
                for (const part of message.parts) {
                    if (part.type !== 'steering-message') pieces.at(-1).parts.push(part);
                    else pieces.push({ role: 'user', parts: part.parts }, { ...message, parts: [] });
                }
                return pieces.filter(({ parts }) => parts.length > 0);
            }),
    },
    {
        name: 'the bytes of an image decide on its type',
        before: (messages) =>
            Promise.all(
                messages.map(async (message) => ({
                    ...message,
                    parts: await Promise.all(
                        message.parts.map(async (part) => {
                            if (message.role !== 'user' || part.type !== 'file' || !/^\s*data:/i.test(part.url))
                                return part;
                            const sent = JSON.stringify(await capturedAlone('openai', 'user', part));
                            const [, type] = sent.match(/data:(image\/[a-z]+);/) ?? [];
                            return type ? { ...part, url: part.url.replace(/data:[^;,]*/i, `data:${type}`) } : part;
                        }),
                    ),
                })),
            ),
    },
    {
        name: 'parts of the types custom and reasoning-file are known',
        before: mapParts((part) => (['custom', 'reasoning-file'].includes(part.type) ? reasoningOf('') : part)),
    },
];

// Whether the messages have a part of which only AI SDK 7's providers say something.
const isNewIn7 = (part) =>
    part?.providerReference !== undefined ||
    part?.kind === 'anthropic.fallback' ||
    part?.providerMetadata?.anthropic?.type === 'compaction' ||
    (Array.isArray(part?.parts) && part.parts.some(isNewIn7));

// The requests without messages, for which the SDK throws.
const ofNothing = {
    openai: (systemPrompt) => (systemPrompt ? [{ role: 'system', content: systemPrompt }] : []),
    'openai-compatible': (systemPrompt) => ofNothing.openai(systemPrompt),
    anthropic: (systemPrompt) => ({
        ...(systemPrompt && { system: [{ type: 'text', text: systemPrompt }] }),
        messages: [],
    }),
};

// Returns the request that we should send for UIMessages, and the differences that apply to it.
async function expectedRequest(provider, uiMessages, systemPrompt, major) {
    const seen = [];
    const all = major === newest ? differences : [...differences, ...changesSince6];
    const apply = async (step, value) => {
        let result = value;
        for (const difference of all.filter(
            (each) => each[step] && [each.provider ?? provider].flat().includes(provider),
        )) {
            const changed = await difference[step](result, provider, systemPrompt);
            if (!isDeepStrictEqual(changed, result)) seen.push(difference);
            result = changed;
        }
        return result;
    };
    const messages = await apply('before', uiMessages);
    // Anthropic refuses a blank system prompt.
    const system = provider === 'anthropic' && isBlank(systemPrompt ?? '') ? undefined : systemPrompt;
    let request = messages.length && (await captured(provider, messages, system, major));
    if (!request || /messages must not be empty/.test(request.error)) request = ofNothing[provider](system);
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
        // An empty array of parts comes back as such, although the SDK wants at least one.
        const notEmpty = uiMessages.filter(({ parts }) => parts.length > 0);
        const fault = notEmpty.length > 0 && (await faultOf(notEmpty));
        if (fault) found.push('they are not valid UIMessages:', `  ${JSON.stringify(uiMessages)}`, fault);
    }
    for (const [index, message] of conversation.messages.entries()) {
        compare(`role of message ${index}`, uiMessages[index]?.role, message.role);
        const stored = conversation.expected ? null : await asStored(message);
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
    for (const provider of providers) {
        for (const major of majorsOf(provider)) {
            if (major !== newest && uiMessages.some(({ parts }) => parts.some(isNewIn7))) continue;
            const expected = await expectedRequest(provider, uiMessages, conversation.systemPrompt, major);
            compare(`${provider} of AI SDK ${major}`, given[provider].value, expected.request);
            for (const difference of expected.seen) seen.add(difference);
        }
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
        const found = await faults(conversation, await read(conversation), seen).catch(({ stack }) => [stack]);
        ok(found.length === 0, `the AI SDK agrees: ${conversation.name}`, ...found);
    }

    if (EDITION !== 'sql') await keepsDigits();

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
    if (EDITION !== 'sql') {
        is(
            [...differences, ...changesSince6].filter((each) => !seen.has(each)).map(({ name }) => name),
            [],
            '... except for the differences on purpose, and what AI SDK 7 changed, all of which occurred',
        );
    }
    await database.end();
});
