#!/usr/bin/env node
// scripts/fold-table.js UNACCENT.RULES: prints src/search/fold_table.hpp, from the Unicode data of this Node.js and from
// the rules of PostgreSQL's extension unaccent, for letters such as ø that Unicode does not decompose:
// scripts/fold-table.js "$(pg_config --sharedir)/tsearch_data/unaccent.rules" >src/search/fold_table.hpp
const { readFileSync } = require('node:fs');

// Accents of Latin, Greek and Cyrillic, points of Hebrew, vowel signs and the elongation of Arabic, and what is not seen.
const dropped = new RegExp(
    [
        '[\\u0300-\\u036f\\u1ab0-\\u1aff\\u1dc0-\\u1dff\\u20d0-\\u20ff\\ufe20-\\ufe2f]',
        '[\\u0591-\\u05bd\\u05bf\\u05c1\\u05c2\\u05c4\\u05c5\\u05c7]',
        '[\\u0610-\\u061a\\u0640\\u064b-\\u065f\\u0670\\u06d6-\\u06dc\\u06df-\\u06e4\\u06e7\\u06e8\\u06ea-\\u06ed]',
        '\\p{Default_Ignorable_Code_Point}',
    ].join('|'),
    'gu',
);

// Letters to letters of ASCII, and quotes and dashes to those of ASCII.
const rules = new Map(
    readFileSync(process.argv[2], 'utf8')
        .split('\n')
        .map((line) => line.split('\t'))
        .filter(
            ([from, to]) =>
                (/^\p{Script=Latin}$/u.test(from) && /^[A-Za-z]+$/.test(to)) ||
                (/^\p{P}$/u.test(from) && /^['"-]$/.test(to)),
        ),
);

// A letter in lower case may have a rule in upper case alone.
for (const [from, to] of [...rules]) if (!rules.has(from.toLowerCase())) rules.set(from.toLowerCase(), to);

function foldOnce(text) {
    const lower = text.normalize('NFKD').toUpperCase().toLowerCase().normalize('NFKD');
    const plain = [...lower.replace(dropped, '')].map((c) => (rules.get(c) ?? c).toLowerCase()).join('');
    return plain.replace(/\s/gu, ' ').normalize('NFC');
}

function fold(text) {
    const once = foldOnce(text);
    return once === text ? text : fold(once);
}

const last = 0x10ffff;
const isSurrogate = (code) => code >= 0xd800 && code <= 0xdfff;
const characters = Array.from({ length: last + 1 }, (_, code) => (isSurrogate(code) ? '' : String.fromCodePoint(code)));

// The characters that can melt into the one before them, as the voiced sound mark of Kana and the Jamo of Hangul do.
const composing = new Set();
for (const c of characters) {
    const [, ...marks] = c.normalize('NFKD');
    if (c.normalize('NFC') !== c) continue;
    for (const mark of marks) if (mark.replace(dropped, '') !== '') composing.add(mark);
}
// Those of compatibility decompositions that stand alone do not count: each must compose with something.
// For the Jamo at the end of a syllable, that is the syllable without it.
const allButLast = (text) => [...text].slice(0, -1).join('');
const firsts = new Set(characters.map((c) => allButLast(c.normalize('NFD')).normalize('NFC')).filter(Boolean));
for (const mark of composing)
    if (![...firsts].some((first) => [...(first + mark).normalize('NFC')].length === 1)) composing.delete(mark);
for (const c of characters) if (composing.has(c.normalize('NFKD'))) composing.add(c);

const same = 0;
const composes = 1;
const pool = [0, 0];
const places = new Map();
function place(text) {
    if (!places.has(text)) {
        const bytes = Buffer.from(text);
        places.set(text, pool.length);
        pool.push(bytes.length, ...bytes);
    }
    return places.get(text);
}

const blockSize = 128;
const blocks = [];
const numbers = new Map();
const index = [];
for (let begin = 0; begin <= last; begin += blockSize) {
    const block = characters.slice(begin, begin + blockSize).map((c) => {
        if (composing.has(c)) return composes;
        const folded = c === '' ? c : fold(c);
        return folded === c ? same : place(folded);
    });
    const key = block.join();
    if (!numbers.has(key)) {
        numbers.set(key, blocks.length);
        blocks.push(block);
    }
    index.push(numbers.get(key));
}
if (blocks.length > 256 || pool.length > 65536) throw new Error('the table has outgrown its types');

const list = (values) => `${values.join(', ')},`.replace(/(.{1,104},)(?: |$)/g, '    $1\n').trimEnd();

console.log(`// Says what each character becomes when a text is folded. scripts/fold-table.js has written this file.
#pragma once

#include <cstddef>
#include <cstdint>

// clang-format off
namespace agentchat::fold_table {

inline constexpr std::size_t block_size = ${blockSize};

/// The block of each ${blockSize} code points.
inline constexpr std::uint8_t block_of[] = {
${list(index)}
};

/// Marks characters that stay, and those that can melt into the character before them.
inline constexpr std::uint16_t same = ${same};
inline constexpr std::uint16_t composes = ${composes};

/// For each code point of a block one of the marks, or the place of its replacement.
inline constexpr std::uint16_t entries[] = {
${list(blocks.flat())}
};

/// The replacements: the number of bytes, and the bytes in UTF-8.
inline constexpr std::uint8_t replacements[] = {
${list(pool)}
};

} // namespace agentchat::fold_table`);
