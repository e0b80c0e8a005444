#!/usr/bin/env node
// Compares agentchat.count_tokens() with js-tiktoken, which has the ranks of OpenAI's tiktoken and, here, its patterns.
//     SEED   the seed of the random texts
const { execFileSync } = require('node:child_process');
const { mkdtempSync, readFileSync, readdirSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { join } = require('node:path');
const { Client } = require('pg');
const { Tiktoken } = require('js-tiktoken/lite');
const { run, ok, is } = require('../lib/http.js');
const { randomIntegers } = require('../lib/patterns.js');

const { SEED = 1 } = process.env;
const root = join(__dirname, '../..');

// tiktoken's patterns in JavaScript. Rust's \s is White_Space, and its (?i:s) includes U+017F. js-tiktoken's own
// patterns know neither, nor do they have cl100k_base's rule for white space at the end of the text.
const space = '\\t-\\r \\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000';
const contraction = "'(?:[sSſtTmMdD]|[lL][lL]|[vV][eE]|[rR][eE])";
const heads = '[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]';
const tails = '[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]';
const prefix = '[^\\r\\n\\p{L}\\p{N}]?';
const patterns = {
    o200k_base: [
        `${prefix}${heads}*${tails}+(?:${contraction})?`,
        `${prefix}${heads}+${tails}*(?:${contraction})?`,
        '\\p{N}{1,3}',
        ` ?[^${space}\\p{L}\\p{N}]+[\\r\\n/]*`,
        `[${space}]*[\\r\\n]+`,
        `[${space}]+(?![^${space}])`,
        `[${space}]+`,
    ],
    cl100k_base: [
        contraction,
        `${prefix}\\p{L}+`,
        '\\p{N}{1,3}',
        ` ?[^${space}\\p{L}\\p{N}]+[\\r\\n]*`,
        `[${space}]+$`,
        `[${space}]*[\\r\\n]`,
        `[${space}]+(?![^${space}])`,
        `[${space}]`,
    ],
};
const names = Object.keys(patterns);
const oracles = Object.fromEntries(
    names.map((name) => {
        const ranks = require(`js-tiktoken/ranks/${name}`);
        return [name, new Tiktoken({ ...(ranks.default ?? ranks), pat_str: patterns[name].join('|') })];
    }),
);
const expectedOf = (name, text) => oracles[name].encode(text, [], []).length;

// What random texts are made of.
const bits = [
    ...['a', 'b', 'Z', 'the', 'The', 'HELLO', 'camelCase', 'HTTPServer', 'x', 'antidisestablishmentarianism'],
    ...["'s", "'S", "'t", "'Re", "'vE", "'m", "'LL", "'lL", "'d", "'ſ", "'", '’s', "'l", "'x"],
    ...[' ', '  ', '   ', '\n', '\r\n', '\r', '\n\n', '\t', '\v', '\f', '\x85', '\xa0', '\u2003', '\u2028', '\u3000'],
    ...['\ufeff', '\u200b', '\u200d', '\x01', '\x7f', '\u00ad'],
    ...['0', '7', '42', '1234', '3.14', '١٢', '²', 'Ⅷ', '½', '௧'],
    ...['.', ',', '!', '/', '//', '://', '{', '}', '();', '=>', '<|endoftext|>', '<|im_start|>', '_', '#', '---', '\\'],
    ...['ß', 'É', 'é', 'e\u0301', '\u0301', '\u0300\u0301', 'ǅ', 'ʰ', 'ª', 'ﬁ', 'İ', 'Ω', 'слово', 'Слово', 'СЛОВО'],
    ...[
        '中',
        '中文',
        '人工智能',
        '。',
        '，',
        'ひらがな',
        'カタカナ',
        '한국어',
        'สวัสดี',
        'ภาษาไทย',
        'हिन्दी',
        'עברית',
        'مرحبا',
    ],
    ...['😀', '👩‍👩‍👧‍👦', '🇩🇪', '👍🏽', '❤️', '𝒜', '𠮷', '\u{10ffff}', '\ue000', '\ufffd', '\ufffe'],
];

function randomTexts(count) {
    const next = randomIntegers(Number(SEED));
    const character = () => {
        const limit = [0x80, 0x250, 0x3000, 0xd800, 0x1f700][next(5)];
        return String.fromCodePoint(1 + next(limit - 1));
    };
    return Array.from({ length: count }, () => {
        let text = '';
        for (let left = 1 + next(30); left > 0; left--) {
            const bit = next(6) === 0 ? character() : bits[next(bits.length)];
            text += next(12) === 0 ? bit.repeat(1 + next(20)) : bit;
        }
        return text.replaceAll(/[\ud800-\udfff]/gu, '');
    });
}

// Long runs, around the size at which another algorithm begins. js-tiktoken's time is quadratic.
const runs = ['a', 'A', ' ', '\n', '=', '0', '中', 'ab', 'é', '😀', 'aB', '中A', '\u0301', ' \n', 'ACGT'].flatMap(
    (bit) => [1, 2, 3, 15, 31, 32, 33, 63, 64, 65, 66, 127, 700].map((count) => bit.repeat(count)),
);

const filesIn = (folder, ending) =>
    readdirSync(join(root, folder))
        .filter((name) => name.endsWith(ending))
        .map((name) => readFileSync(join(root, folder, name), 'utf8'));

// Three corpora, each a list of texts.
const corpora = {
    English: readFileSync(join(root, 'test/data/mt-bench.jsonl'), 'utf8')
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line))
        .flatMap((line) => JSON.stringify(line).match(/[^"\\]{200,}/g) ?? [])
        .concat(filesIn('docs', '.md')),
    code: [...filesIn('src/pg', '.cpp'), ...filesIn('src/json_schema', '.cpp'), ...filesIn('test/lib', '.js')],
    Chinese: readFileSync(join(__dirname, 'chinese.txt'), 'utf8').split('\n\n'),
};

async function counts(client, texts, tokenizer) {
    const { rows } = await client.query(
        'SELECT agentchat.count_tokens(t, $2)::int AS tokens FROM unnest($1::text[]) WITH ORDINALITY u (t, n) ORDER BY n',
        [texts, tokenizer],
    );
    return rows.map(({ tokens }) => tokens);
}

// Lists the texts whose numbers of tokens differ.
async function differences(client, texts, tokenizer) {
    const got = await counts(client, texts, tokenizer);
    return texts
        .map((text, index) => ({ text: text.slice(0, 300), got: got[index], expected: expectedOf(tokenizer, text) }))
        .filter(({ got, expected }) => got !== expected)
        .slice(0, 5);
}

const errorOf = (promise) =>
    promise.then(
        () => undefined,
        ({ code, message, detail, hint }) => ({ code, message, detail, hint }),
    );

// Lists the files of data/tokens/ that scripts/token-tables.js would make otherwise.
function oldTables() {
    const folder = mkdtempSync(join(tmpdir(), 'token-tables-'));
    execFileSync(join(root, 'scripts/token-tables.js'), [folder]);
    return readdirSync(folder)
        .filter((name) => name !== 'character_classes.bin' || process.versions.unicode === '17.0')
        .filter((name) => !readFileSync(join(folder, name)).equals(readFileSync(join(root, 'data/tokens', name))));
}

run(async () => {
    is(oldTables(), [], 'the tables are current');

    const client = new Client();
    await client.connect();
    await client.query('CREATE EXTENSION IF NOT EXISTS agentchat');

    const corpus = Object.values(corpora).flat();
    for (const name of names) {
        is(await differences(client, ['', ...bits, ...runs], name), [], `${name}: odd texts and long runs`);
        is(await differences(client, randomTexts(4000), name), [], `${name}: random texts`);
        is(await differences(client, corpus, name), [], `${name}: English, code and Chinese`);
    }

    const total = (numbers) => numbers.reduce((sum, number) => sum + number, 0);
    for (const [name, texts] of Object.entries(corpora)) {
        const ratio =
            total(await counts(client, texts, 'estimate')) / total(texts.map((text) => expectedOf('o200k_base', text)));
        ok(ratio >= 1 && ratio <= 1.15, `estimate, ${name}: up to 15 % too many`, ratio);
    }

    const one = async (sql, values) => (await client.query(sql, values)).rows[0].value;
    is(await one("SELECT agentchat.count_tokens('Hello, world!')::int AS value"), 4, 'o200k_base is the default');
    is(await one('SELECT agentchat.count_tokens(NULL) AS value'), null, 'NULL has no tokens');
    is(
        await errorOf(client.query("SELECT agentchat.count_tokens('a', 'gpt-4')")),
        {
            code: '22023',
            message: 'unknown tokenizer',
            detail: 'The tokenizer is "gpt-4".',
            hint: 'Pass "o200k_base", "cl100k_base" or "estimate".',
        },
        'an unknown tokenizer',
    );

    const began = Date.now();
    for (const name of names) {
        is(
            await one("SELECT agentchat.count_tokens(repeat('a', 1 << 20), $1)::int AS value", [name]),
            expectedOf(name, 'a'.repeat(1 << 10)) * 1024,
            `${name}: 1 MB of one letter`,
        );
    }
    ok(Date.now() - began < 20000, '... in a time that is not quadratic', Date.now() - began);
    is(
        (await errorOf(client.query("SELECT agentchat.count_tokens(repeat('a', 17000000))"))).code,
        '54000',
        'one word of 17 MB is too long',
    );
    is(
        Number(await one("SELECT agentchat.count_tokens(repeat('a', 17000000), 'estimate') AS value")) > 0,
        true,
        '... but not for the estimate',
    );
    for (const [kind, text] of [
        ['one word', "repeat('a', 10000000)"],
        ['random words', "(SELECT string_agg(md5(n::text), ' ') FROM generate_series(1, 400000) n)"],
    ]) {
        await client.query(`CREATE TEMPORARY TABLE input AS SELECT ${text} AS text`);
        await client.query('SET statement_timeout = 100');
        const start = Date.now();
        const error = await errorOf(client.query('SELECT agentchat.count_tokens(text) FROM input'));
        await client.query('RESET statement_timeout; DROP TABLE input');
        is(error?.code, '57014', `10 MB of ${kind} can be cancelled`);
        ok(Date.now() - start < 5000, '... at once', Date.now() - start);
    }

    await client.query("CREATE DATABASE count_tokens_gb ENCODING EUC_CN LOCALE 'C' TEMPLATE template0");
    const other = new Client({ database: 'count_tokens_gb' });
    await other.connect();
    await other.query('CREATE EXTENSION agentchat');
    for (const name of names) {
        is(await differences(other, corpora.Chinese, name), [], `${name}: in a database with another encoding`);
    }
    await other.end();
    await client.query('DROP DATABASE count_tokens_gb');
    await client.end();
});
