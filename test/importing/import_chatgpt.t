#!/usr/bin/env node
// agentchat.import_chatgpt() against programs that know the formats: random trees of messages, and whether the AI SDK
// accepts what they become.
//     SEED    the seed of the first random conversation
//     CASES   the number of random conversations
const { Client } = require('pg');
const { createHash } = require('node:crypto');
const { run, ok, is } = require('../lib/http.js');
const { faultOf } = require('../lib/ai_sdk.js');
const { randomNumbers } = require('../lib/messages.js');

const { SEED = 1, CASES = 150 } = process.env;
const user = '00000000-0000-4000-8000-000000000001';

// ---- random conversations, in the form of the export

// Returns a conversation whose messages are `key` for the text, so that each can be found again.
function randomConversation(seed) {
    const random = randomNumbers(seed);
    const below = (n) => Math.floor(random() * n);
    const chance = (p) => random() < p;
    const pick = (list) => list[below(list.length)];
    const mapping = {};
    const size = 1 + below(30);
    const keys = Array.from(
        { length: size },
        (_, n) => `${pick(['n', 'node-', 'ü'])}${seed}-${String(n).padStart(2, '0')}`,
    );
    let time = 1700000000 * 1e6 + below(1e9);
    keys.forEach((key, n) => {
        const parent = n === 0 || chance(0.03) ? null : keys[chance(0.7) ? n - 1 : below(n)];
        time += pick([0, 1, below(5e6)]);
        mapping[key] = { id: key, message: chance(0.05) ? null : message(key), parent, children: [] };
        if (parent) mapping[parent].children.push(key);
    });
    // What exports lack.
    for (const node of Object.values(mapping)) {
        const lacks = pick(['children', 'parent', ...Array(38).fill(null)]);
        if (lacks === 'children') node.children = [];
        if (lacks === 'parent') delete node.parent;
    }
    return {
        title: pick(['A title', '', null]),
        create_time: chance(0.1) ? null : 1700000000.123456,
        update_time: chance(0.1) ? null : 1800000000,
        mapping,
        current_node: chance(0.1) ? 'missing' : pick(keys),
        conversation_id: `conversation-${seed}`,
        is_archived: false,
        gizmo_id: null,
    };

    function message(key) {
        const role = pick(['user', 'assistant', 'assistant', 'tool', 'system']);
        const tool = pick(['python', 'browser', 'web.run']);
        const content = {
            user: () => [
                { content_type: 'text', parts: [key] },
                multimodal(key),
                { content_type: 'text', parts: [''] },
            ],
            system: () => [
                { content_type: 'text', parts: [''] },
                { content_type: 'text', parts: [key] },
            ],
            assistant: () => [
                { content_type: 'text', parts: [key] },
                { content_type: 'code', language: 'python', text: `print('${key}')` },
                { content_type: 'code', language: 'unknown', text: `{"q": "${key}"}` },
                { content_type: 'thoughts', thoughts: [{ summary: 'S', content: key, chunks: [key], finished: true }] },
                { content_type: 'thoughts', parts: [key] },
                { content_type: 'thoughts', text: key },
                { content_type: 'reasoning_recap', content: 'Thought for 5 seconds' },
                { content_type: 'reasoning_recap', parts: [key] },
                { content_type: 'new_type', text: key },
            ],
            tool: () => [
                { content_type: 'execution_output', text: key },
                {
                    content_type: 'tether_quote',
                    url: 'https://example.com/a',
                    domain: 'example.com',
                    title: 'T',
                    text: key,
                },
                { content_type: 'tether_browsing_display', result: '', summary: '', assets: null, tether_id: null },
                { content_type: 'system_error', name: 'Error', text: key },
                multimodal(key),
            ],
        };
        return {
            id: key,
            author: { role, name: role === 'tool' ? tool : null, metadata: {} },
            create_time: chance(0.15)
                ? null
                : Number(`${Math.floor(time / 1e6)}.${String(time % 1e6).padStart(6, '0')}`),
            update_time: null,
            content: pick(content[role]()),
            status: 'finished_successfully',
            end_turn: null,
            weight: pick([1, 1, 1, 0]),
            metadata: {
                ...(chance(0.1) && { is_visually_hidden_from_conversation: true }),
                ...(chance(0.1) && {
                    content_references: [
                        { type: 'grouped_webpages', items: [{ title: 'P', url: 'https://example.com/p' }] },
                    ],
                }),
                ...(chance(0.1) && {
                    attachments: [{ id: `file-${key}`, name: 'a.pdf', mimeType: 'application/pdf' }],
                }),
            },
            recipient: role === 'assistant' && chance(0.4) ? tool : 'all',
        };
    }

    function multimodal(key) {
        const file = {
            content_type: 'image_asset_pointer',
            asset_pointer: `file-service://file-${key}`,
            width: 1,
            height: 1,
        };
        return {
            content_type: 'multimodal_text',
            parts: [file, key, { content_type: 'audio_transcription', text: '!' }],
        };
    }
}

// ---- what they become, worked out without the importer

// Returns the parents of the nodes that have messages or not.
function parentsOf({ mapping }) {
    const parents = {};
    for (const key of Object.keys(mapping).sort((a, b) => (a < b ? -1 : 1))) {
        for (const child of mapping[key].children) if (mapping[child]) parents[child] ??= key;
    }
    for (const [key, { parent }] of Object.entries(mapping)) if (mapping[parent]) parents[key] = parent;
    return parents;
}

// Returns the paths of nodes with messages that must be conversations: the first ends at current_node.
function pathsOf(conversation) {
    const parents = parentsOf(conversation);
    const path = [];
    for (let key = conversation.current_node; key; key = parents[key]) path.unshift(key);
    return { parents, path: path.filter((key) => conversation.mapping[key]?.message) };
}

const micros = (seconds) => (seconds === null ? null : BigInt(Math.round(seconds * 1e6)));

const nodesOf = (message) =>
    message.parts
        .filter(({ type, data }) => type === 'data-imported' && data.nodes)
        .flatMap(({ data }) => data.nodes.map(({ id }) => id));

// Tells what is wrong with the stored conversations of an export; null if nothing is.
function faultsOf(conversation, stored) {
    const { mapping } = conversation;
    const { parents, path } = pathsOf(conversation);
    const withMessages = Object.keys(mapping).filter((key) => mapping[key].message);
    const faults = [];
    const seen = stored.flatMap(({ messages }) => messages.flatMap(nodesOf));
    if (seen.toSorted().join() !== withMessages.toSorted().join()) faults.push('not each node once');
    const above = (key) => {
        const list = [];
        for (let one = parents[key]; one; one = parents[one]) list.push(one);
        return list;
    };
    for (const { id, metadata, messages } of stored) {
        const nodes = messages.flatMap(nodesOf);
        if (!metadata.branched_from && path.length > 0 && nodes.join() !== path.join()) {
            faults.push(`the conversation is ${nodes}, not ${path}`);
        }
        // Each node follows the one before, with nodes without messages between them.
        nodes.slice(1).forEach((node, n) => {
            if (above(node).find((one) => mapping[one].message) !== nodes[n]) faults.push(`${node} after ${nodes[n]}`);
        });
        if (metadata.branched_from) {
            const { conversation_id, message_id } = metadata.branched_from;
            const origin = stored.find((other) => other.id === conversation_id);
            const message = origin?.messages.find((other) => other.id === message_id);
            const before = above(nodes[0]).filter((one) => mapping[one].message);
            // Nodes that show nothing may be in a later message of the conversation that goes on.
            const shown = before.find((one) => (message ? nodesOf(message).includes(one) : false));
            if (!origin || id === conversation_id) faults.push('the origin is missing');
            if (message_id !== null && !shown) faults.push(`${nodes[0]} does not branch from ${nodesOf(message)}`);
            if (metadata.imported.after !== (before[0] ?? null)) faults.push('after');
        }
        messages.slice(1).forEach(({ created_at }, n) => {
            if (created_at <= messages[n].created_at) faults.push('times do not increase');
        });
        for (const message of messages) {
            const times = nodesOf(message)
                .map((key) => micros(mapping[key].message.create_time))
                .filter((t) => t !== null);
            const at =
                BigInt(Date.parse(`${message.created_at.slice(0, 19)}Z`)) * 1000n +
                BigInt(message.created_at.slice(20, 26).padEnd(6, '0'));
            if (times.length > 0 && messages.length === 1 && !times.includes(at)) faults.push('time');
            for (const key of nodesOf(message)) {
                const { content, metadata: about, author, recipient } = mapping[key].message;
                const isShown =
                    !about.is_visually_hidden_from_conversation &&
                    author.role !== 'tool' &&
                    (author.role !== 'assistant' || recipient === 'all') &&
                    !['thoughts', 'reasoning_recap'].includes(content.content_type) &&
                    (content.text ?? content.parts?.join('') ?? '') !== '';
                if (message.content.includes(key) !== isShown) faults.push(`text of ${key}`);
                if (!JSON.stringify(message.parts).includes(JSON.stringify(key).slice(1, -1)))
                    faults.push(`nothing of ${key}`);
            }
            const text = message.parts
                .filter(({ type }) => type === 'text')
                .map((part) => part.text)
                .join('');
            if (text !== message.content) faults.push('content is not the text of the parts');
        }
    }
    return faults.length > 0 ? faults : null;
}

const hash = (data) => createHash('sha256').update(data).digest();

run(async () => {
    const client = new Client();
    await client.connect();
    const query = async (...sql) => (await client.query(...sql)).rows;
    await query('SET client_min_messages = warning; CREATE EXTENSION agentchat');
    await query(`INSERT INTO users (id, email) VALUES ('${user}', 'a@example.com')`);

    const imported = async (conversations, dryRun = false) =>
        query('SELECT * FROM agentchat.import_chatgpt($1, $2, $3)', [user, JSON.stringify(conversations), dryRun]);
    const storedOf = async ({ conversation_id: id }) =>
        (
            await query(
                `SELECT get_conversation(id) AS c FROM conversations WHERE metadata #>> '{imported,id}' = $1
                 ORDER BY metadata ? 'branched_from'`,
                [id],
            )
        ).map(({ c }) => c);
    const withoutStored = (rows) =>
        rows.map(({ figures, ...row }) => ({
            ...row,
            figures: figures?.each.map(({ conversation_id, source }) => ({ conversation_id, source })),
        }));
    const sums = (rows) => rows.every(({ read, written, merged, skipped }) => +read === +written + +merged + +skipped);
    const differingOf = (rows) => rows.find(({ source }) => source === 'conversations').figures.differing;
    const rowsOf = async () => (await query('SELECT count(*) FROM messages'))[0].count;

    const seeds = Array.from({ length: Number(CASES) }, (_, n) => Number(SEED) + n);
    let failed = 0;
    for (const seed of seeds) {
        const conversation = randomConversation(seed);
        // A first export that ends earlier, with the nodes that were there then.
        const keys = Object.keys(conversation.mapping);
        const early = keys.slice(0, seed % 2 ? Math.ceil(keys.length / 2) : 0);
        const faults = [];
        if (early.length > 0) {
            const mapping = Object.fromEntries(
                early.map((key) => [
                    key,
                    {
                        ...conversation.mapping[key],
                        children: conversation.mapping[key].children.filter((child) => early.includes(child)),
                    },
                ]),
            );
            const earlier = { ...conversation, mapping, current_node: early.at(-1) };
            const found = await imported([earlier]);
            if (!sums(found) || differingOf(found).length > 0) faults.push('earlier', found);
            faults.push(...(faultsOf(earlier, await storedOf(earlier)) ?? []));
        }
        const dry = await imported([conversation], true);
        const real = await imported([conversation]);
        if (JSON.stringify(withoutStored(dry)) !== JSON.stringify(withoutStored(real)))
            faults.push('dry run', dry, real);
        if (!sums(real)) faults.push('sums', real);
        if (differingOf(real).length > 0) faults.push('figures', differingOf(real));
        const stored = await storedOf(conversation);
        const paths = (faultsOf(conversation, stored) ?? []).filter(
            // A stored message stays where it is.
            (fault) => early.length === 0 || !/^the conversation is|branch from/.test(fault),
        );
        faults.push(...paths);
        for (const { conversation_id, source } of real[0].figures.each) {
            const { messages } = stored.find(({ id }) => id === conversation_id);
            const checksum = hash(Buffer.concat(messages.map(({ content }) => hash(content)))).toString('hex');
            if (source.checksum !== checksum || source.messages !== messages.length) faults.push('checksum');
        }
        const before = await rowsOf();
        const again = await imported([conversation]);
        if (again.some(({ written }) => +written > 0) || (await rowsOf()) !== before || !sums(again))
            faults.push('again', again);
        for (const { id } of stored) {
            const [{ messages }] = await query(`SELECT get_conversation($1, 'ai-sdk') AS messages`, [id]);
            for (const major of [6, 7]) {
                const fault = messages.length > 0 && (await faultOf(messages, major));
                if (fault) faults.push(fault, messages);
            }
        }
        if (faults.length > 0) {
            failed += 1;
            ok(false, `SEED=${seed}`, ...faults.slice(0, 3), JSON.stringify(conversation).slice(0, 3000));
            if (failed > 3) break;
        }
    }
    is(failed, 0, `${CASES} random conversations from SEED=${SEED} are imported as they are`);
    is(await query('SELECT * FROM agentchat.check()'), [], 'check() finds nothing');
    await client.end();
});
