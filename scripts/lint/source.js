// scripts/lint/source.js: reads the C++ source for the checks of make lint.
const { readdirSync, readFileSync } = require('node:fs');
const { dirname, join } = require('node:path');

// The checks may be given another folder, to try them on.
const root = process.argv[2] ?? join(__dirname, '../../src');

// Lists the C++ files of src/, each as { path, room, lines }. A file in src/ itself is in the room ''.
function sources() {
    return readdirSync(root, { recursive: true })
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
