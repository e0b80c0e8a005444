#!/usr/bin/env node
// Compares "pattern" with RegExp: random regular expressions, those of people and libraries, and those that explode.
//     SEED      the seed of the random ones
//     PATTERNS  their number
const { execFileSync } = require('node:child_process');
const { readFileSync } = require('node:fs');
const { Client } = require('pg');
const { run, ok, is, like, limit, skip } = require('../lib/http.js');
const { randomIntegers, PatternMaker, randomTexts, matchFunction, answers, mistakes } = require('../lib/patterns.js');

const { SEED = 1, PATTERNS = 3000 } = process.env;
const batchSize = 250;

const noMistake = (list, name) => ok(list.length === 0, name, ...list.slice(0, 5));

async function testRandomPatterns(client) {
    const random = randomIntegers(Number(SEED));
    const maker = new PatternMaker(random);
    const found = [];
    for (let tried = 0; tried < PATTERNS; tried += batchSize) {
        const patterns = Array.from({ length: batchSize }, () => maker.pattern());
        found.push(...(await mistakes(client, patterns, randomTexts(random, 60))));
    }
    noMistake(found, `${PATTERNS} random patterns match what RegExp matches, SEED=${SEED}`);
}

const real = {
    'zod 3: email': [
        "^(?!\\.)(?!.*\\.\\.)([A-Za-z0-9_'+\\-\\.]*)[A-Za-z0-9_+-]@([A-Za-z0-9][A-Za-z0-9\\-]*\\.)+[A-Za-z]{2,}$",
        ['ada@example.com', 'a..b@example.com', '.a@b.co', 'a.b+c@d-e.co.uk', 'a@b', "o'neil@x.io"],
    ],
    'zod: duration': [
        '^P(?:(\\d+W)|(?!.*W)(?=\\d|T\\d)(\\d+Y)?(\\d+M)?(\\d+D)?(T(?=\\d)(\\d+H)?(\\d+M)?(\\d+([.,]\\d+)?S)?)?)$',
        ['P1W', 'P1Y2M3DT4H5M6.7S', 'P', 'PT', 'PT1S', 'P1Y2W', 'P1DT'],
    ],
    'zod: emoji': [
        '^(?=[\\s\\S]*[\\p{Extended_Pictographic}\\p{Regional_Indicator}\\u20E3])' +
            '[\\p{Extended_Pictographic}\\p{Emoji_Component}]+$',
        ['😀', '👩‍👩‍👧', '🇩🇪', '1', '1️⃣', 'a', ''],
    ],
    'zod: hostname': [
        '^(?=.{1,253}\\.?$)[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?' +
            '(?:\\.[a-zA-Z0-9](?:[-0-9a-zA-Z]{0,61}[0-9a-zA-Z])?)*\\.?$',
        ['example.com', '-a', `${'a'.repeat(63)}.de`, `${'a'.repeat(64)}.de`, 'a.'.repeat(127)],
    ],
    'a strong password': [
        '^(?=.*[A-Z])(?=.*[a-z])(?=.*\\d)(?=.*[@$!%*?&])[A-Za-z\\d@$!%*?&]{8,}$',
        ['Passw0rd!', 'password', 'PASSW0RD!', 'Pw0!'],
    ],
    'the quote that begins ends': ['^([\'"])(?:(?!\\\\).|\\\\.)*?\\1$', ['"a"', '\'a"', "''", '"a\\"', '"']],
    'an optional quote': ['^(?<q>[\'"])?\\w+\\k<q>$', ['"a"', 'a', '"a', "'a'"]],
    'a date': ['^(?<y>\\d{4})-(?<m>0[1-9]|1[0-2])-(?<d>0[1-9]|[12]\\d|3[01])$', ['2024-02-30', '2024-13-01']],
    'a version': [
        '^(0|[1-9]\\d*)\\.(0|[1-9]\\d*)\\.(0|[1-9]\\d*)(?:-((?:0|[1-9]\\d*|\\d*[a-zA-Z-][0-9a-zA-Z-]*)' +
            '(?:\\.(?:0|[1-9]\\d*|\\d*[a-zA-Z-][0-9a-zA-Z-]*))*))?(?:\\+([0-9a-zA-Z-]+(?:\\.[0-9a-zA-Z-]+)*))?$',
        ['1.2.3', '1.2.3-alpha.1+build.5', '01.2.3', '1.2'],
    ],
    'a currency': ['^\\$?(?:\\d{1,3}(?:,\\d{3})*|\\d+)(?:\\.\\d{2})?$', ['$1,234.50', '1234', '12,34', '$']],
    anything: ['[\\s\\S]*', ['', '\n', '😀']],
    'no control characters': ['^[^\\u0000-\\u001f\\u007f]*$', ['a\tb', 'ab', 'é']],
    'an emoji as two halves': ['^[\\ud83c\\udf00-\\ud83d\\ude4f]$', ['😀', '🌀', 'a']],
    'a path': ['^(/[^/\\0]+)+/?$', ['/a/b', 'a/b', '/', '/a//b']],
    'a colour': ['^#(?:[0-9a-fA-F]{3}){1,2}$', ['#fff', '#ffff', '#FFFFFF']],
    'words, not those': ['^(?!(?:admin|root)$)[a-z_]+$', ['admin', 'admins', 'ada']],
    'a price after a sign': ['(?<=[$€])\\d+(?:\\.\\d\\d)?(?!\\d)', ['€12.50', '12', 'USD 5 $6']],
    'letters of any script': ["^[\\p{L}\\p{M}][\\p{L}\\p{M}' -]*$", ['José', '李', 'O’Neil', 'R2']],
    'the start of an ARE with options': ['(?:i)A', ['a', 'A', 'iA']],
    'escapes of an ARE': ['^\\\\m\\\\y$', ['\\m\\y', 'my']],
    'quantifiers in a row': ['^a{2}{3}$', ['aaaaaa']],
    'a brace that is a character': ['^{"a": ?\\[\\d]}$', ['{"a": [1]}', '{"a":[2]}', '{"a": []}']],
    'more than 255': ['^(?:[a-z]{2}){300,}$', ['ab'.repeat(299), 'ab'.repeat(300), 'ab'.repeat(700), 'a'.repeat(601)]],
    'up to many': ['^.{1,5000}$', ['', 'a', 'a'.repeat(4999), 'a'.repeat(5000), 'a'.repeat(5001)]],
    'exactly many': ['^(?:ab?){511}$', ['a'.repeat(510), 'ab'.repeat(511), 'a'.repeat(511), 'a'.repeat(512)]],
};

async function testRealPatterns(client) {
    const found = [];
    for (const [name, [pattern, texts]] of Object.entries(real)) {
        const list = await mistakes(client, [pattern], texts);
        found.push(...list.map((words) => `${name}: ${words}`));
    }
    noMistake(found, 'patterns of people and libraries do');
}

async function testProperties(client) {
    const names = [
        'L',
        'Lu',
        'Ll',
        'LC',
        'M',
        'N',
        'Nd',
        'P',
        'Sc',
        'S',
        'Z',
        'Cc',
        'punct',
        'Letter',
        'gc=Nl',
        'Script=Greek',
    ];
    names.push(
        'sc=Han',
        'Script=Latin',
        'Alphabetic',
        'Upper',
        'Lowercase',
        'White_Space',
        'Emoji',
        'ASCII',
        'Any',
        'AHex',
    );
    const patterns = names.flatMap((name) => [`^\\p{${name}}$`, `^[\\P{${name}}!]$`]);
    // All characters up to U+3FFF, and some of those beyond that have been there for long.
    const texts = Array.from({ length: 0x3fff }, (_, index) => String.fromCodePoint(index + 1));
    for (let c = 0x4000; c < 0x9000; c += 97) texts.push(String.fromCodePoint(c));
    for (let c = 0x1f300; c < 0x1f650; c++) texts.push(String.fromCodePoint(c));
    const header = readFileSync(`${__dirname}/../../src/json_schema/unicode_tables.hpp`, 'utf8');
    const { unicode } = process.versions;
    if (!header.includes(`version = "${unicode}"`)) {
        skip('properties of Unicode', `this Node.js has Unicode ${unicode}`);
        return;
    }
    noMistake(await mistakes(client, patterns, texts), 'properties of Unicode have the same characters');
    is(String(execFileSync(`${__dirname}/../../scripts/unicode-tables.js`)), header, '... by tables that are current');
}

const faults = {
    '(': 'a group is not closed',
    'a)': '")" closes no group, at character 2 of the regular expression',
    '[a': 'a class of characters is not closed, at character 1 of the regular expression',
    '+a': 'a quantifier has nothing to repeat, at character 1 of the regular expression',
    '***:a': 'a quantifier has nothing to repeat, at character 1 of the regular expression',
    '(?i)a': '"(?" is not followed by ":", "=", "!" or "<", at character 1 of the regular expression',
    'a{2,1}': 'the numbers in braces are out of order, at character 2 of the regular expression',
    '[b-a]': 'the range is out of order, at character 2 of the regular expression',
    'a\\': 'a backslash at the end escapes nothing',
    'é\\m': 'the escape is not one of ECMA-262, at character 2 of the regular expression',
    '\\p{Klingon}': 'the Unicode property is not known, at character 1 of the regular expression',
    '(a)|b\\2': 'a back reference means a group that does not exist',
    '^(?!.*(.)\\1)': 'a back reference is inside a lookahead or lookbehind',
    '(?:(a)|b)\\1': 'a back reference means a group whose last match is uncertain',
    'a{30000}': 'it is too large: with its repetitions, it has more than 20,000 parts',
    [`${'('.repeat(1001)}${')'.repeat(1001)}`]: 'its groups are nested too deeply',
    ['a'.repeat(100001)]: 'the regular expression has more than 100,000 bytes',
};

// Each is answered, or ends when the query is cancelled.
const explosive = [
    ['^(a|b)*$', 'ab'.repeat(100000), '1'],
    ['(a+)+$', `${'a'.repeat(200000)}b`, '0'],
    ['(.*)*x', 'a'.repeat(200000), '0'],
    ['^(a?){100}a{100}$', 'a'.repeat(100), '1'],
    ['((a{1,100}){1,100}){1,100}', 'a', /^it is too large/],
    ['^(?=(?:a{1,100}){1,50})a', 'a'.repeat(100), '1'],
    ['^(([a-z])+.)+[A-Z]([a-z])+$', 'a'.repeat(100000), '0'],
    [Array(1000).fill('(?:').join('') + Array(1000).fill('a)*').join(''), 'a', /^(1|it is too)/],
    ['a?'.repeat(3000), 'a', /^(1|it is too)/],
    ['(.*)(.*)(.*)(.*)\\1\\2\\3\\4x', 'a'.repeat(1000), '0'],
    ['(.+)\\1x', 'a'.repeat(20000), '0'],
    ['^(?:(?=.*x).)*x', `${'a'.repeat(10000000)}x`, 'cancelled'],
    ['^(.*)(.*)(.*)\\1\\2\\3$', `${'ab'.repeat(2000)}c`, 'cancelled'],
    [Array(1000).fill('(?:a|').join('') + Array(1000).fill(')*').join(''), 'a', 'cancelled'],
];

async function testExplosive(client) {
    await client.query("SET statement_timeout = '300ms'");
    for (const [pattern, text, expected] of explosive) {
        const start = Date.now();
        const answer = await answers(client, [pattern], [text]).then(
            ([first]) => first,
            ({ code, message }) => (code === '57014' ? 'cancelled' : `${code}: ${message}`),
        );
        const took = Date.now() - start;
        const shown = `${pattern.slice(0, 30)} on ${text.length} characters`;
        const isRight = expected instanceof RegExp ? expected.test(answer) : answer === expected;
        ok(isRight || answer === 'cancelled', `${shown}: an answer, or it is cancelled`, answer);
        limit(took < 5000, '... soon', `${took} ms`);
    }
    await client.query('RESET statement_timeout');
}

async function testFaults(client) {
    for (const [pattern, fault] of Object.entries(faults)) {
        const [answer] = await answers(client, [pattern], ['a']);
        is(answer, fault, `${pattern.slice(0, 20)} is refused`);
    }
    const { rows } = await client.query(
        'SELECT agentchat.json_schema_error(\'{"properties": {"a": {"pattern": "("}}}\') AS fault',
    );
    like(rows[0].fault, /\/properties\/a\/pattern/, 'the fault has its place in the schema');
}

// Characters are the same in databases of other encodings. SQL_ASCII also takes what is not UTF-8.
async function testEncodings(client) {
    for (const encoding of ['LATIN1', 'SQL_ASCII']) {
        const database = `${process.env.PGDATABASE}_${encoding.toLowerCase()}`;
        await client.query(
            `CREATE DATABASE ${database} ENCODING '${encoding}' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'`,
        );
        const other = new Client({ database });
        await other.connect();
        await other.query('CREATE EXTENSION agentchat');
        await other.query(matchFunction);
        const patterns = ['^é$', '^.$', '^\\p{L}$', '^[à-ü]$', '^\\xe9$', '^\\W$'];
        noMistake(await mistakes(other, patterns, ['é', 'e', 'ab', '']), `${encoding}: as RegExp`);
        if (encoding === 'SQL_ASCII') {
            const { rows } = await other.query(
                `SELECT test.match(p, 'pattern', jsonb_build_array(convert_from('\\xe9', 'SQL_ASCII'))) AS answer
                FROM unnest(ARRAY['^.$', '^\\uFFFD$', '^..$']) AS p`,
            );
            is(rows.map(({ answer }) => answer).join(), '1,1,0', '... and other bytes are U+FFFD');
        }
        await other.end();
        await client.query(`DROP DATABASE ${database}`);
    }
}

run(async () => {
    const client = new Client();
    await client.connect();
    await client.query('CREATE EXTENSION agentchat');
    await client.query(matchFunction);
    await testRandomPatterns(client);
    await testRealPatterns(client);
    await testProperties(client);
    await testFaults(client);
    await testExplosive(client);
    await testEncodings(client);
    await client.end();
});
