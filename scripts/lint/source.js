// scripts/lint/source.js: reads the C++ source for the checks of make lint.
const { readdirSync, readFileSync } = require('node:fs');
const { dirname, join } = require('node:path');

// The checks may be given another folder, to try them on.
const root = process.argv[2] ?? join(__dirname, '../../src');

// Lists the files in a folder of src/ and below it, by their paths.
function filesBelow(folder) {
    return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
        const path = join(folder, entry.name);
        return entry.isDirectory() ? filesBelow(path) : [path];
    });
}

// Lists the C++ files of src/, each as { path, room, lines }. A file in src/ itself is in the room ''.
function sources() {
    return filesBelow('')
        .filter((path) => /\.[ch]pp$/.test(path))
        .sort()
        .map((path) => {
            const room = dirname(path) === '.' ? '' : dirname(path);
            return { path, room, lines: readFileSync(join(root, path), 'utf8').split('\n') };
        });
}

// Prints the errors, each { path, line, message }, and ends the program accordingly.
function report(errors) {
    for (const { path, line, message } of errors) console.error(`src/${path}:${line}: ${message}`);
    process.exitCode = errors.length > 0 ? 1 : 0;
}

module.exports = { report, sources };
