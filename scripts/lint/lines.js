#!/usr/bin/env node
// scripts/lint/lines.js [FOLDER]: checks that no line of SQL is longer than 110 characters.
//
// It reads the *.sql and *.spec files of src/, sql/, test/ and bench/.
const { readdirSync, readFileSync } = require('node:fs');
const { join } = require('node:path');

const limit = 110;
const rooms = ['src', 'sql', 'test', 'bench'];
// Not ours to lay out: scripts of releases never change, test/data has the output of other programs.
const leftOut = ['src/schema/releases', 'test/data', 'test/node_modules'];

// The check may be given another folder, to try it on.
const root = process.argv[2] ?? join(__dirname, '../..');

// Lists the files in a folder and below it, by their paths from the root.
function filesBelow(folder) {
    return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
        const path = join(folder, entry.name);
        if (leftOut.includes(path)) return [];
        return entry.isDirectory() ? filesBelow(path) : [path];
    });
}

const files = rooms.flatMap(filesBelow).filter((path) => /\.(sql|spec)$/.test(path));
const errors = files.flatMap((path) => {
    const lines = readFileSync(join(root, path), 'utf8').split('\n');
    return lines.flatMap((line, index) => {
        // Spread into code points: a string's own length counts UTF-16 units.
        const { length } = [...line];
        return length > limit ? [`${path}:${index + 1}: ${length} characters; at most ${limit} are allowed`] : [];
    });
});
for (const error of errors) console.error(error);
process.exitCode = errors.length > 0 ? 1 : 0;
