#!/usr/bin/env node
// search_messages() against LIKE on texts that PostgreSQL's unaccent, normalize and lower have folded: random
// conversations and searches, in pages of random sizes. Then its snippets, users with very many conversations, and
// calls that are cancelled.
//     SEED        the seed of the conversations and searches
//     SEARCHES    the number of searches
const { Client } = require('pg');
const { run, ok, is, limit } = require('../lib/http.js');
const { randomNumbers } = require('../lib/messages.js');

const { SEED = 1, SEARCHES = 300 } = process.env;
const random = randomNumbers(Number(SEED));
const upTo = (most) => Math.floor(random() * (most + 1));
const oneOf = (list) => list[upTo(list.length - 1)];
const chance = (share) => random() < share;

let database;
const rows = async (text, values) => (await database.query(text, values)).rows;
const value = async (text, values) => Object.values((await rows(text, values))[0])[0];

const ada = '00000000-0000-4000-8000-00000000000a';
const users = [ada, '00000000-0000-4000-8000-00000000000b', '00000000-0000-4000-8000-00000000000c'];

// Words that the oracle folds like the extension. has_words.sql tests all others.
const vocabulary = [
    ...[
        'red',
        'RED',
        'Réd',
        're\u0308d',
        'redder',
        'car',
        'Cars',
        'scar',
        'train',
        'TRAINS',
        'Straße',
        'STRASSE',
        'ss',
    ],
    ...['ｒｅｄ', 'Ｆｕｌｌ', 'full', 'Łódź', 'lodz', 'x2', '42', 'a.b', '50%', 'a_b', '\\', '😀', '😀😀', '👍🏽'],
    ...[
        '北京大学',
        '京大',
        '大学',
        '東京',
        'カタカナ',
        'カナ',
        '안녕하세요',
        '안녕'.normalize('NFD'),
        '녕하',
        'สวัสดีครับ',
        'ครับ',
        'ab',
        'bab',
    ],
];
const blanks = [' ', ' ', ' ', '', '\n', '  ', '\t', '\u00a0', ', '];
const someText = (words) =>
    Array.from({ length: words }, () => oneOf(vocabulary) + oneOf(blanks)).join('') + (chance(0.5) ? '.' : '');

function randomTexts() {
    if (chance(0.05)) return { content: '' };
    if (chance(0.01)) return { content: `${someText(5)}${'lorem ipsum '.repeat(9000)}${someText(5)}` };
    const text = someText(upTo(chance(0.1) ? 300 : 8));
    if (chance(0.1)) {
        const texts = [text, someText(3)];
        return { content: '', texts, parts: texts.map((each) => ({ type: 'text', text: each })) };
    }
    if (chance(0.3)) {
        const thought = someText(3);
        const [input, output] = [someText(3), someText(3)];
        const parts = [
            { type: 'reasoning', text: thought },
            {
                type: 'tool-search',
                toolCallId: 'c',
                state: 'output-available',
                input: { q: [input] },
                output: { found: { text: output } },
            },
            { type: 'text', text },
        ];
        return { content: text, others: [thought, input, output], parts };
    }
    return chance(0.1) ? { content: text, others: ['red thought'], reasoning: 'red thought' } : { content: text };
}

// The texts of each message, by its id.
const stored = new Map();

async function fill() {
    await database.query('SET row_security = off');
    await database.query('INSERT INTO users (id, email) SELECT u, u FROM unnest($1::uuid[]) u', [users]);
    const conversations = await rows(
        `INSERT INTO conversations (user_id, title, metadata, created_at, updated_at)
         SELECT ($1::uuid[])[1 + n % 7 % 3], 'c' || n, CASE n % 3 WHEN 0 THEN '{"project": "p1"}'::jsonb
             WHEN 1 THEN '{"project": "p2", "n": 1}' END, '2026-01-01', timestamp '2026-01-01' + n % 5 * interval '1 h'
         FROM generate_series(1, 70) n RETURNING id`,
        [users],
    );
    for (let i = 0; i < 3000; ++i) {
        const { content, texts = [content], others = [], parts = null, reasoning = null } = randomTexts();
        // Most have times of their own; others have one in common with many conversations.
        const time = chance(0.5)
            ? `2026-01-05 00:00:${String(upTo(20)).padStart(2, '0')}`
            : `2026-01-0${1 + upTo(8)} 10:00`;
        const id = await value(
            `INSERT INTO messages (conversation_id, role, content, parts, reasoning, created_at)
             VALUES ($1, $2, $3, $4, $5, $6::timestamp + $7 * interval '1 us') RETURNING id`,
            [
                oneOf(conversations).id,
                oneOf(['user', 'assistant']),
                content,
                parts && JSON.stringify(parts),
                reasoning,
                time,
                chance(0.5) ? 0 : i,
            ],
        );
        stored.set(id, [...texts, ...others]);
        await database.query('INSERT INTO oracle VALUES ($1, $2, $3)', [
            id,
            texts.join('\u0001'),
            [...texts, ...others].join('\u0001'),
        ]);
    }
    await database.query('RESET row_security');
    await database.query('UPDATE oracle SET said = fold(said), everything = fold(everything)');
    await database.query('VACUUM (ANALYZE) conversations, messages, oracle');
}

// Returns a random word: one of the vocabulary, a part of one, or two that follow one another.
function randomTerm() {
    const characters = [...oneOf(vocabulary).normalize('NFC')];
    const begin = chance(0.4) ? upTo(characters.length - 1) : 0;
    const word = characters.slice(begin, chance(0.4) ? begin + 1 + upTo(2) : undefined).join('');
    return chance(0.15) ? `${word} ${oneOf(vocabulary)}` : word;
}

function randomSearch() {
    const groups = chance(0.05)
        ? []
        : Array.from({ length: 1 + (chance(0.3) ? 1 : 0) }, () =>
              Array.from({ length: 1 + upTo(chance(0.3) ? 3 : 1) }, () => ({
                  text: randomTerm(),
                  excluded: chance(0.2),
              })),
          );
    const written = ({ text, excluded }) =>
        `${excluded ? '-' : ''}${text.includes(' ') || chance(0.2) ? `"${text}"` : text}`;
    return {
        groups,
        query: groups.map((terms) => terms.map(written).join(' ')).join(' or ') || oneOf(['', '  ', ' - ']),
        conversation: chance(0.1),
        user: oneOf(users),
        filter: chance(0.2) ? oneOf(['{"project": "p1"}', '{"project": "p2"}', '{}', '{"n": 1}']) : null,
        in: oneOf(['text', 'all']),
    };
}

// What LIKE finds.
async function expected(search, conversation) {
    const values = [search.user, conversation, search.filter];
    const like = ({ text, excluded }) => {
        values.push(text);
        const pattern = `'%' || regexp_replace(fold($${values.length}), '([%_\\\\])', '\\\\\\1', 'g') || '%'`;
        return `${search.in === 'all' ? 'everything' : 'said'} ${excluded ? 'NOT LIKE' : 'LIKE'} ${pattern}`;
    };
    const words = search.groups.map((terms) => `(${terms.map(like).join(' AND ')})`).join(' OR ') || 'true';
    return rows(
        `SELECT m.id FROM oracle o JOIN messages m USING (id) JOIN conversations c ON c.id = m.conversation_id
         WHERE c.user_id = $1 AND ($2::uuid IS NULL OR c.id = $2)
             AND ($3::jsonb IS NULL OR $3 = '{}' OR c.metadata @> $3) AND (${words})
         ORDER BY m.created_at DESC, m.id DESC`,
        values,
    );
}

// Reads all pages of a search.
async function pages(search, conversation, size) {
    const found = [];
    const cursors = new Set();
    let cursor = null;
    do {
        const pageSize = size();
        const page = await value('SELECT search_messages($1, $2, $3, $4, $5, $6, $7)', [
            search.query,
            conversation,
            pageSize,
            cursor,
            search.user,
            search.filter,
            search.in,
        ]);
        if (page.messages.length > pageSize) throw new Error('a page is too large');
        found.push(...page.messages);
        cursor = page.next_cursor;
        if (cursors.has(cursor)) throw new Error('a cursor comes twice');
        cursors.add(cursor);
    } while (cursor !== null);
    return found;
}

const fold = async (texts) =>
    (await rows('SELECT fold(t) AS folded FROM unnest($1::text[]) WITH ORDINALITY u (t, n) ORDER BY n', [texts])).map(
        ({ folded }) => folded,
    );

// Tells whether each character of a folded text belongs to one of the words.
function isCovered(text, words) {
    const covered = Array.from(text, () => false);
    const characters = Array.from(text);
    for (const word of words.map((each) => Array.from(each)))
        for (let at = 0; at + word.length <= characters.length; ++at)
            if (word.every((character, i) => characters[at + i] === character))
                covered.fill(true, at, at + word.length);
    return covered.every(Boolean);
}

// Says what is wrong with the snippets, if anything.
async function snippetMistake(search, found) {
    const wanted = search.groups.flat().filter(({ excluded }) => !excluded);
    const words = await fold(wanted.map(({ text }) => text));
    for (const { id, snippet } of found) {
        const { text, hits, cut_before: cutBefore, cut_after: cutAfter } = snippet;
        const isCutSo = (whole) => {
            for (let at = whole.indexOf(text); at >= 0; at = whole.indexOf(text, at + 1))
                if (at > 0 === cutBefore && at + text.length < whole.length === cutAfter) return true;
            return false;
        };
        const texts = stored.get(id);
        if (!texts.some(isCutSo) && text !== '') return `not cut like this: ${JSON.stringify(snippet)}`;
        if (Buffer.byteLength(text) > 400) return `long: ${JSON.stringify(snippet)}`;
        let end = 0;
        const inside = [];
        const outside = [];
        for (const hit of hits) {
            if (hit.start < end || hit.end <= hit.start) return `hits in disorder: ${JSON.stringify(snippet)}`;
            outside.push(text.slice(end, hit.start));
            inside.push(text.slice(hit.start, hit.end));
            end = hit.end;
        }
        outside.push(text.slice(end));
        if (end > text.length) return `a hit outside: ${JSON.stringify(snippet)}`;
        for (const folded of await fold(outside))
            if (words.some((word) => folded.includes(word)))
                return `a place is not marked: ${JSON.stringify(snippet)}, ${words}`;
        // Half of what ß becomes may be a hit.
        for (const [i, folded] of (await fold(inside)).entries())
            if (!isCovered(folded, words) && !inside[i].includes('ß'))
                return `${inside[i]} is marked: ${JSON.stringify(snippet)}, ${words}`;
        // A message with one of the words in the wanted texts shows it.
        if (hits.length === 0 && words.length > 0) {
            const shown = await fold(search.in === 'all' ? texts : texts.slice(0, 1));
            if (words.some((word) => shown.some((each) => each.includes(word))))
                return `nothing is marked: ${JSON.stringify(snippet)}, ${words}`;
        }
    }
}

// Says what is wrong with the place of a message, if anything.
async function placeMistake({ id, conversation_id: conversation, place }) {
    const page = await value("SELECT get_conversation($1::uuid, 'rows', 1, $2)", [conversation, place.before_message]);
    const [last] = page.messages;
    // The format rows writes times like PostgREST.
    if (last.id !== id || Number(new Date(`${last.created_at}Z`)) !== Number(new Date(place.created_at)))
        return `${JSON.stringify([place, last])} instead of ${id}`;
}

async function randomSearches() {
    const mistakes = [];
    let total = 0;
    const kinds = { empty: 0, some: 0 };
    for (let i = 0; i < Number(SEARCHES); ++i) {
        const search = randomSearch();
        const conversation = search.conversation
            ? await value('SELECT id FROM conversations WHERE user_id = $1 ORDER BY random() LIMIT 1', [search.user])
            : null;
        const ids = (await expected(search, conversation)).map(({ id }) => id);
        const smallest = Math.ceil(ids.length / 30);
        const found = await pages(search, conversation, () => Math.min(100, smallest + upTo(oneOf([3, 100]))) || 1);
        const what =
            JSON.stringify(found.map(({ id }) => id)) !== JSON.stringify(ids)
                ? `${found.length} messages instead of ${ids.length}`
                : ((await snippetMistake(search, found)) ?? (found.length > 0 && (await placeMistake(oneOf(found)))));
        if (what) mistakes.push(`${JSON.stringify(search)}: ${what}`);
        total += ids.length;
        kinds[ids.length > 0 ? 'some' : 'empty'] += 1;
    }
    ok(
        mistakes.length === 0,
        `${SEARCHES} random searches with seed ${SEED} find what LIKE finds`,
        ...mistakes.slice(0, 5),
    );
    ok(kinds.some > kinds.empty && total > 20 * Number(SEARCHES), `... ${total} messages`);
}

// A snippet with its hits in brackets, and … where it is cut.
function marked({ text, hits, cut_before: before, cut_after: after }) {
    let result = before ? '…' : '';
    let end = 0;
    for (const hit of hits) {
        result += `${text.slice(end, hit.start)}[${text.slice(hit.start, hit.end)}]`;
        end = hit.end;
    }
    return result + text.slice(end) + (after ? '…' : '');
}

async function snippets() {
    const conversation = await value(
        "INSERT INTO conversations (user_id, title) VALUES ($1, 'snippets') RETURNING id",
        [ada],
    );
    const snippetOf = async (content, query) => {
        const id = await value(
            "INSERT INTO messages (conversation_id, role, content) VALUES ($1, 'user', $2) RETURNING id",
            [conversation, content],
        );
        const page = await value('SELECT search_messages($1, $2)', [query, conversation]);
        await database.query('DELETE FROM messages WHERE id = $1', [id]);
        return page.messages.length === 1 ? marked(page.messages[0].snippet) : `${page.messages.length} messages`;
    };
    const lorem = 'lorem ipsum '.repeat(10000);
    const long = 'z'.repeat(300);
    const longest = 'z'.repeat(10000);
    const cases = [
        ['at the beginning', 'red car', 'red', '[red] car'],
        ['at the end', 'a car, red', 'red', 'a car, [red]'],
        ['the whole text', 'Réd', 'red', '[Réd]'],
        ['several', 'red car, RED train', 'train red', '[red] car, [RED] [train]'],
        ['overlapping ones', 'banana', 'ana', 'b[anana]'],
        ['different ones that overlap', 'scarab', 'scar arab', '[scarab]'],
        ['ones that touch', 'redcar', 'red car', '[redcar]'],
        ['one inside of another', 'motorcar', 'car motorcar', '[motorcar]'],
        ['a phrase over blanks', 'a big \n red car', '"big red"', 'a [big \n red] car'],
        ['a part of what a letter becomes', 'Fuß', 's', 'Fu[ß]'],
        ['behind emoji', '😀😀 red 👍🏽', 'red', '😀😀 [red] 👍🏽'],
        ['decomposed letters', 'a re\u0308d car', 'red', 'a [re\u0308d] car'],
        [
            'a Hangul syllable of three characters',
            `a ${'한'.normalize('NFD')} b`,
            '한',
            `a [${'한'.normalize('NFD')}] b`,
        ],
        ['letters with what is not seen', 'co\u00adoperate', 'coop', '[co\u00adop]erate'],
        ['an excluded word', 'a red car', 'red -train', 'a [red] car'],
        ['only an excluded word', 'a red car', '-train', 'a red car'],
        ['no words', 'a red car', '', 'a red car'],
        ['the word of another group', 'a red car', 'train or car', 'a red [car]'],
        ['a word longer than a snippet', `a ${long} b`, long, `a [${long}]…`],
        ['a word that fills the text', 'a'.repeat(1000), 'a', `[${'a'.repeat(240)}]…`],
        ['a word longer than a page', `a ${longest} b`, longest, `a [${longest}]…`],
        ['a word longer than a page in a long text', `${lorem}${longest} ${lorem}`, longest, undefined],
        ['the beginning of a long text', `red ${lorem}`, 'red', undefined],
        ['the end of a long text', `${lorem}red`, 'red', undefined],
        ['the middle of a long text', `${lorem}red ${lorem}`, 'red', undefined],
        ['a long text that shrinks', `${'\u00ad \n\t'.repeat(50000)}x red ${'ß'.repeat(50000)}`, 'red', undefined],
        ['a long text that grows', `${'ﷺß'.repeat(20000)}x red ${'ß'.repeat(50000)}`, 'red', undefined],
    ];
    const endless = 'y'.repeat(3e6);
    const unmarked = await snippetOf(`${lorem}${endless} ${lorem}`, endless);
    ok(unmarked.length < 300 && !unmarked.includes('['), 'a snippet: a word of 3 MB is found and not marked', unmarked);
    for (const [name, content, query, shown] of cases) {
        const got = await snippetOf(content, query);
        if (shown !== undefined) {
            is(got, shown, `a snippet: ${name}`);
            continue;
        }
        const plain = got.replace(/[[\]]/g, '').replace(/^…|…$/g, '');
        ok(
            got.includes(`[${query}]`) && content.includes(plain) && got.length < query.length + 400,
            `a snippet: ${name}`,
            got.slice(0, 300),
        );
        const at = content.indexOf(plain);
        is(
            [got.startsWith('…'), got.endsWith('…')],
            [at > 0, at + plain.length < content.length],
            '... it tells whether it is cut',
        );
    }
    await database.query('DELETE FROM conversations WHERE id = $1', [conversation]);
}

// The order of a user with very many conversations: newest first within 10,000 conversations that were updated last.
async function manyConversations() {
    const user = '00000000-0000-4000-8000-00000000000d';
    await database.query('SET row_security = off');
    await database.query("INSERT INTO users (id, email) VALUES ($1, 'many')", [user]);
    await database.query(
        `WITH c AS (
             INSERT INTO conversations (user_id, title, metadata, created_at, updated_at)
             SELECT $1, 'c', jsonb_build_object('odd', n % 2 = 1), '2026-01-01',
                 timestamp '2026-01-01' + n / 1000 * interval '1 s'
             FROM generate_series(1, 21500) n RETURNING id, metadata)
         INSERT INTO messages (conversation_id, role, content, created_at)
         SELECT id, 'user', CASE WHEN random() < 0.02 THEN 'rare' ELSE 'plain' END,
             timestamp '2026-01-01' + floor(random() * 5000) * interval '1 us'
         FROM c, generate_series(1, CASE WHEN random() < 0.1 THEN 0 WHEN random() < 0.1 THEN 5 ELSE 1 END)`,
        [user],
    );
    await database.query('RESET row_security');
    await database.query('VACUUM (ANALYZE) conversations, messages');
    const inGroups = async (word, filter) =>
        (
            await rows(
                `SELECT m.id FROM (
                     SELECT id, (row_number() OVER (ORDER BY updated_at DESC, id DESC) - 1) / 10000 AS place
                     FROM conversations WHERE user_id = $1 AND metadata @> $3) c
                     JOIN messages m ON m.conversation_id = c.id
                 WHERE m.content LIKE '%' || $2 || '%' ORDER BY c.place, m.created_at DESC, m.id DESC`,
                [user, word, filter],
            )
        ).map(({ id }) => id);
    const every = () => 100;
    for (const [query, filter] of [
        ['rare', '{}'],
        ['', '{}'],
        ['rare', '{"odd": true}'],
        ['rare', '{"odd": 1}'],
    ]) {
        const wanted = await inGroups(query, filter);
        const found = (await pages({ query, user, filter, in: 'text' }, null, every)).map(({ id }) => id);
        is(
            [found.length, JSON.stringify(found) === JSON.stringify(wanted)],
            [wanted.length, true],
            `21,500 conversations: ${wanted.length} messages, "${query}", ${filter}`,
        );
    }

    // Somebody writes between the pages.
    const wanted = await inGroups('rare', '{}');
    let cursor = null;
    const found = [];
    do {
        const page = await value('SELECT search_messages($1, NULL, 100, $2, $3)', ['rare', cursor, user]);
        found.push(...page.messages.map(({ id }) => id));
        cursor = page.next_cursor;
        await database.query(
            `INSERT INTO messages (conversation_id, role, content)
             SELECT id, 'user', 'rare' FROM conversations WHERE user_id = $1 ORDER BY updated_at DESC, id DESC LIMIT 1`,
            [user],
        );
    } while (cursor !== null);
    is(
        [found.length, JSON.stringify(found) === JSON.stringify(wanted)],
        [wanted.length, true],
        '... messages that come between the pages do not disturb',
    );
    await database.query('DELETE FROM conversations WHERE user_id = $1', [user]);
}

async function largeMessages() {
    const user = '00000000-0000-4000-8000-00000000000e';
    await database.query("INSERT INTO users (id, email) VALUES ($1, 'large')", [user]);
    await database.query(
        `WITH c AS (INSERT INTO conversations (user_id, title) VALUES ($1, 'large') RETURNING id)
         INSERT INTO messages (conversation_id, role, content, parts)
         SELECT id, 'user', repeat('Lörem ipsum ', 8000) || 'end', jsonb_build_array(jsonb_build_object('type',
             'tool-f', 'toolCallId', 'c', 'state', 'output-available', 'input', '{}'::jsonb, 'output',
             jsonb_build_object('t', repeat('tool ', 20000))))
         FROM c, generate_series(1, 1000)`,
        [user],
    );
    await database.end();
    database = new Client();
    await database.connect();
    // All memory that the process has ever had at a time. Shared memory is mapped from the beginning.
    const peak = async () =>
        Number(
            await value(
                "SELECT substring(pg_read_file('/proc/self/status') FROM 'VmPeak:\\s+(\\d+) kB')::bigint * 1024",
            ),
        );
    const search = (query) => ({ query, user, filter: null, in: 'all' });
    const few = async (query) => value("SELECT search_messages($1, NULL, 2, NULL, $2, NULL, 'all')", [query, user]);
    await few('end');
    await few('tool');
    const before = await peak();
    const missing = await pages(search('nothing'), null, () => 100);
    const all = await pages(search('end tool'), null, () => 100);
    is([missing.length, all.length], [0, 1000], '1,000 messages of 200 kB');
    const grown = (await peak()) - before;
    limit(grown < 8e6, `... do not cost memory`, `${grown} bytes`);

    const outcomes = new Set();
    for (const ms of [1, 5, 20, 50, 90]) {
        await database.query(`SET statement_timeout = ${ms}`);
        outcomes.add(
            await value("SELECT search_messages('nothing', NULL, 100, NULL, $1, NULL, 'all')", [user]).then(
                () => 'none',
                ({ code }) => code,
            ),
        );
        await database.query('RESET statement_timeout');
        const page = await few('end');
        if (page.messages.length !== 2) outcomes.add(`${page.messages.length} messages afterwards`);
    }
    ok(outcomes.delete('57014'), 'a call can be cancelled');
    outcomes.delete('none');
    is([...outcomes], [], '... the session goes on');
}

run(async () => {
    database = new Client();
    await database.connect();
    await database.query('CREATE EXTENSION agentchat');
    await database.query('CREATE EXTENSION unaccent');
    await database.query(
        `CREATE FUNCTION fold(text) RETURNS text LANGUAGE sql AS
         $$ SELECT lower(unaccent(normalize(regexp_replace($1, '[\\s\u00a0]+', ' ', 'g'), NFKC))) $$`,
    );
    await database.query('CREATE TABLE oracle (id uuid PRIMARY KEY, said text, everything text)');
    try {
        await fill();
        for (const test of [randomSearches, snippets, manyConversations, largeMessages]) await test();
    } finally {
        await database.end();
    }
});
