#!/usr/bin/env node
// scripts/token-tables.js [FOLDER]: makes the files of data/tokens/, which src/tokens/ reads as they are.
//
// o200k_base.bin and cl100k_base.bin hold the tokens of a tokenizer as js-tiktoken has them (scripts/setup test installs
// it), in a hash table. All numbers have 32 bits, the lowest byte first: the number of tokens n, the number of slots s;
// n + 1 offsets of the tokens' bytes, by rank; s slots, each with a rank and above it the tag of the token's hash, or
// all bits set; the bytes of all tokens. A token stands in the first free slot from that of its hash on.
//
// character_classes.bin holds the class of each code point, from the Unicode data of this Node.js: for each 256 code
// points the number of a block, a byte each; then the blocks, with a byte for each code point.
const { writeFileSync } = require('node:fs');
const { join } = require('node:path');

const root = join(__dirname, '..');
const ranksOf = (name) => {
    const ranks = require(join(root, `test/node_modules/js-tiktoken/dist/ranks/${name}.cjs`));
    return ranks.default ?? ranks;
};
const folder = process.argv[2] ?? join(root, 'data/tokens');
const write = (name, bytes) => writeFileSync(join(folder, `${name}.bin`), bytes);

const rankBits = 18;
const tagMask = 2 ** (32 - rankBits) - 1;
const emptySlot = 0xffffffff;

// FNV-1a, and a last mixing of its bits. hash_of() in src/tokens/token_table.cpp is the same.
function hashOf(bytes) {
    let hash = 0x811c9dc5;
    for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
    hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
    return (hash ^ (hash >>> 12)) >>> 0;
}

// Lists the tokens of a tokenizer by their ranks.
function tokensOf(name) {
    const tokens = [];
    for (const line of ranksOf(name).bpe_ranks.split('\n').filter(Boolean)) {
        const [, first, ...texts] = line.split(' ');
        texts.forEach((text, index) => {
            tokens[Number(first) + index] = Buffer.from(text, 'base64');
        });
    }
    if (tokens.length >= 2 ** rankBits || tokens.includes(undefined)) throw new Error(`${name} has other ranks`);
    return tokens;
}

function writeTokens(name) {
    const tokens = tokensOf(name);
    const slots = new Uint32Array(Math.ceil(tokens.length * 1.6)).fill(emptySlot);
    const offsets = new Uint32Array(tokens.length + 1);
    tokens.forEach((token, rank) => {
        offsets[rank + 1] = offsets[rank] + token.length;
        const hash = hashOf(token);
        let slot = Math.floor((hash * slots.length) / 2 ** 32);
        while (slots[slot] !== emptySlot) slot = (slot + 1) % slots.length;
        slots[slot] = ((hash & tagMask) * 2 ** rankBits + rank) >>> 0;
    });
    const numbers = [tokens.length, slots.length, ...offsets, ...slots];
    const head = Buffer.alloc(4 * numbers.length);
    numbers.forEach((number, index) => {
        head.writeUInt32LE(number, 4 * index);
    });
    write(name, Buffer.concat([head, ...tokens]));
}

// The classes of CharacterClass in src/tokens/character_class.hpp, in its order. All else is of class 0, a symbol.
const classes = [
    /\p{N}/u,
    /[\p{Lu}\p{Lt}]/u,
    /\p{Ll}/u,
    /[\p{Lm}\p{Lo}]/u,
    /\p{M}/u,
    /(?![\r\n])\p{White_Space}/u,
    /[\r\n]/u,
];
const blockSize = 256;

function writeClasses() {
    const numbers = new Map();
    const index = [];
    for (let start = 0; start < 0x110000; start += blockSize) {
        const block = Array.from({ length: blockSize }, (_, i) => {
            const character = String.fromCodePoint(start + i);
            return 1 + classes.findIndex((pattern) => pattern.test(character));
        }).join();
        if (!numbers.has(block)) numbers.set(block, numbers.size);
        index.push(numbers.get(block));
    }
    if (numbers.size > 256) throw new Error('the numbers of the blocks do not fit in a byte');
    write(
        'character_classes',
        Buffer.from([...index, ...[...numbers.keys()].flatMap((block) => block.split(',').map(Number))]),
    );
}

writeTokens('o200k_base');
writeTokens('cl100k_base');
writeClasses();
