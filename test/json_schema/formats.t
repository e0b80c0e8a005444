#!/usr/bin/env node
// Compares "format" with what zod 3 and zod 4 check: right are the strings that either accepts, with any of its options.
//     SEED   the seed of the random strings
const { Client } = require('pg');
const { z } = require('zod');
const { z: z3 } = require('zod/v3');
const { run, ok, is } = require('../lib/http.js');
const { randomIntegers, matchFunction, answers } = require('../lib/patterns.js');

const { SEED = 1 } = process.env;
const count = 1500;

const string = z3.string();
// What zod checks, and strings to begin with.
const formats = {
    base64: [
        [z.base64(), string.base64()],
        ['', 'YQ==', 'YWI=', 'YWJj', 'YQ'],
    ],
    base64url: [
        [z.base64url(), string.base64url()],
        ['YQ', 'YQ==', '_-8', 'YWI='],
    ],
    cidrv4: [
        [z.cidrv4(), string.cidr({ version: 'v4' })],
        ['1.2.3.4/8', '1.2.3.4/33'],
    ],
    cuid: [
        [z.cuid(), string.cuid()],
        ['cjld2cjxh0000qzrmn831i7rn', 'CJLD2CJX'],
    ],
    cuid2: [[z.cuid2(), string.cuid2()], ['tz4a98xxat96iws9zmbrgj3a']],
    date: [
        [z.iso.date(), string.date()],
        ['2024-02-29', '2023-02-29', '2000-12-31', '1900-02-29', '2024-13-01'],
    ],
    'date-time': [
        [
            z.iso.datetime({ offset: true, local: true }),
            string.datetime({ offset: true }),
            string.datetime({ offset: true, local: true }),
        ],
        [
            ...[
                '2024-02-29T10:00:00Z',
                '2024-02-29T10:00:00.123+02:00',
                '2024-02-29T10:00',
                '2024-02-29T10:00:00+0200',
            ],
            ...['2024-02-29T10:00Z', '2024-02-29t10:00:00z', '2024-02-29T10:00:00+25:00', '2024-02-29 10:00:00Z'],
        ],
    ],
    duration: [
        [z.iso.duration(), string.duration()],
        ['P1Y2M3DT4H5M6S', 'PT1S', 'P', 'PT', 'P1W', '-P1D', 'P1.5Y', 'P1Y1.5M', 'PT0.5S', 'P1WT1H', 'P1DT'],
    ],
    e164: [[z.e164()], ['+14155552671', '+04155552671']],
    email: [
        [z.email(), string.email()],
        [
            'a@b.co',
            'john.doe+x@mail.example.com',
            "o'b@x.io",
            'a..b@c.de',
            '.a@b.cd',
            'a.@b.cd',
            'é@b.co',
            'a@b',
            'A_B@C.DE',
        ],
    ],
    emoji: [
        [z.emoji(), string.emoji()],
        ['😀', '👩‍👩‍👧', '🇩🇪', '1️⃣', 'a'],
    ],
    hostname: [[z.hostname()], ['example.com', 'a', 'a.b.', '-a', 'a-', 'a_b', `${'x'.repeat(63)}.de`, 'x'.repeat(64)]],
    ipv4: [
        [z.ipv4(), string.ip({ version: 'v4' })],
        ['1.2.3.4', '255.255.255.255', '256.1.1.1', '01.2.3.4'],
    ],
    ipv6: [
        [z.ipv6(), string.ip({ version: 'v6' })],
        [
            ...[
                '::',
                '::1',
                '1:2:3:4:5:6:7:8',
                '1::8',
                'fe80::1%eth0',
                '::ffff:1.2.3.4',
                '64:ff9b::1.2.3.4',
                '1::2::3',
            ],
            ...['1:2:3:4:5:6:1.2.3.4', '1:2:3:4:5:6:7::', '::2:3:4:5:6:7:8', '1:2:3:4:5::1.2.3.4'],
        ],
    ],
    ksuid: [[z.ksuid()], ['0ujsszwN8NRY24YaXiTIE2VWDTS']],
    mac: [[z.mac()], ['00:1A:2B:3C:4D:5E', '00:1a:2b:3c:4d:5e', '00:1a:2B:3c:4d:5e']],
    nanoid: [[z.nanoid(), string.nanoid()], ['V1StGXR8_Z5jdHi6B-myT']],
    time: [
        [z.iso.time(), string.time()],
        ['10:00', '23:59:59.123', '24:00:00', '10:00:60', '1:00'],
    ],
    ulid: [
        [z.ulid(), string.ulid()],
        ['01ARZ3NDEKTSV4RRFFQ69G5FAV', '81ARZ3NDEKTSV4RRFFQ69G5FAV'],
    ],
    uri: [
        [z.url(), string.url()],
        [
            ...[
                'https://example.com',
                'http://a',
                'http:a',
                'http:/a',
                'http://',
                'http:',
                'mailto:a@b.c',
                'foo:',
                'foo://',
            ],
            ...[
                'foo://a b',
                'http://a b',
                'http://a/b c',
                'http://[::1]:80/x',
                'http://[::1',
                'http://1.2.3.256',
                'a',
                '/x',
            ],
            ...[
                'http://1.2.3.4.5',
                'http://0x7f.1',
                'http://a:65535',
                'http://a:65536',
                'http://a:',
                'http://u:p@h/',
                '//x',
            ],
            ...[
                'http://u@',
                'file:///x',
                '1a:b',
                ' http://a ',
                'http://a\\b',
                'http://exa%41mple',
                'http://exa%zz',
                'foo://u@/',
            ],
            ...[
                'http://bücher.de',
                'http://a..b',
                'http://a"b',
                'http://a|b',
                'foo://a^b',
                'foo://:80',
                'https://例え.jp/パス',
            ],
            ...[
                'javascript:alert(1)',
                'urn:isbn:123',
                'http://a?b',
                'http:?',
                'HTTP://A',
                'http://a.1',
                'http://a@b@c',
            ],
        ],
    ],
    uuid: [
        [z.guid(), string.uuid()],
        ['123e4567-e89b-12d3-a456-426614174000', 'FFFFFFFF-ffff-ffff-ffff-ffffffffffff'],
    ],
    xid: [[z.xid()], ['9m4e2mr0ui3e8a215n4g']],
};

// Where a string is right here although zod refuses it, or wrong although zod accepts it.
const differences = {
    // The full-time of RFC 3339 has an offset. zod's never has one.
    time: (text) => /(Z|[+-]\d\d:?\d\d)$/.test(text),
    // new URL() ignores tabs and line breaks, and knows which numbers are IPv4 addresses and which names are domains.
    uri: (text) => /[\t\n\r]|^\s*[a-z]+:[/\\]*[^/\\?#]*(\d|0x|xn--|%)/i.test(text),
};

const alphabet = [..."abcxyzABCP019256.-:/@%+TZWYMDHS_=,[]#? \\'éfe80\n"];

// Changes a text in one to three places.
function changed(text, random) {
    const characters = [...text];
    for (let change = random(3); change >= 0; change--) {
        const at = random(characters.length + 1);
        const other = alphabet[random(alphabet.length)];
        const end = random(characters.length + 1);
        [
            () => characters.splice(at, 0, other),
            () => characters.splice(at, 1),
            () => characters.splice(at, 1, other),
            () => characters.splice(at, 0, ...characters.slice(end, end + 4)),
        ][random(4)]();
    }
    return characters.join('');
}

async function testFormat(client, name, [schemas, seeds]) {
    const random = randomIntegers(Number(SEED));
    const texts = new Set(seeds);
    while (texts.size < count) texts.add(changed([...texts][random(Math.min(texts.size, 150))], random));
    const [answer] = await answers(client, [name], [...texts], 'format');
    const wrong = [...texts].filter((text, index) => {
        const isRight = schemas.some((schema) => schema.safeParse(text).success);
        return isRight !== (answer[index] === '1') && !differences[name]?.(text);
    });
    ok(wrong.length === 0, `${name}: as zod, SEED=${SEED}`, ...wrong.slice(0, 5).map((text) => JSON.stringify(text)));
}

run(async () => {
    const client = new Client();
    await client.connect();
    await client.query('CREATE EXTENSION agentchat');
    await client.query(matchFunction);
    for (const [name, format] of Object.entries(formats)) await testFormat(client, name, format);

    const [jwt] = await answers(client, ['jwt'], ['eyJhbGciOiJIUzI1NiJ9.e30.c2ln', 'e30.e30', ''], 'format');
    is(jwt, '100', 'jwt: three parts');
    const [other] = await answers(client, ['binary'], ['anything'], 'format');
    is(other, '1', 'other formats are annotations');
    await client.end();
});
