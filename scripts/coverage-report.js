#!/usr/bin/env node
// scripts/coverage-report.js FOLDER: the report of scripts/coverage. FOLDER has gcov's files of src/ as src/*/*.gcno and
// *.gcda.
const { execFileSync } = require('node:child_process');
const { existsSync, readFileSync, readdirSync } = require('node:fs');
const path = require('node:path');

const root = path.join(__dirname, '..');
const reasonsFile = 'test/not_covered.txt';
const leastPercent = 92;

// A line is compiled once for each file that includes it and for each instance of a template: it runs if one of these
// does. Returns file => line => { count, functions }.
function readCounts(folder) {
    const files = new Map();
    for (const name of readdirSync(path.join(folder, 'src'), { recursive: true })) {
        if (!name.endsWith('.gcno')) continue;
        const unit = path.join(folder, 'src', name.replace(/\.gcno$/, '.gcda'));
        const report = execFileSync('gcov', ['--json-format', '--stdout', '--demangled-names', unit], {
            cwd: root,
            maxBuffer: 2 ** 30,
            stdio: ['ignore', 'pipe', existsSync(unit) ? 'inherit' : 'ignore'],
        });
        for (const { file, functions, lines } of JSON.parse(report).files) {
            const relative = path.relative(root, path.resolve(root, file));
            if (!relative.startsWith('src/')) continue;
            if (!files.has(relative)) files.set(relative, new Map());
            const demangled = new Map(functions.map((each) => [each.name, each.demangled_name]));
            for (const { line_number: number, count, function_name: mangled } of lines) {
                const line = files.get(relative).get(number) ?? { count: 0, functions: new Set() };
                line.count += count;
                line.functions.add(demangled.get(mangled) ?? '');
                files.get(relative).set(number, line);
            }
        }
    }
    return new Map([...files].sort());
}

// The lines "file TAB words TAB reason": the reason is for the lines of the file that have the words in them or are in a
// function that has. For the file "*" it is for those of all files.
function readReasons() {
    return readFileSync(path.join(root, reasonsFile), 'utf8')
        .split('\n')
        .filter((line) => line && !line.startsWith('#'))
        .map((line) => {
            const [file, words, reason] = line.split('\t');
            return { file, words, reason, isUsed: false };
        });
}

// gcov counts a call that never returns only where it is on one line with something else. Such an error is raised if the
// lines of its arguments run.
function isRaise(text, next) {
    return /\braise(_\w+)?\(/.test(text) && !text.endsWith(';') && next?.count > 0;
}

// Ranges of lines next to each other with the same reason.
function missesOf(file, lines, reasons) {
    const source = readFileSync(path.join(root, file), 'utf8').split('\n');
    const ranges = [];
    for (const [number, line] of [...lines].sort(([a], [b]) => a - b)) {
        const last = ranges.at(-1);
        const text = source[number - 1].trim();
        if (line.count === 0 && isRaise(text, lines.get(number + 1))) line.count = 1;
        if (line.count > 0) {
            if (last) last.isOpen = false;
            continue;
        }
        const found = reasons.find(
            (each) =>
                (each.file === file || each.file === '*') &&
                (text.includes(each.words) || [...line.functions].some((name) => name.includes(each.words))),
        );
        if (found) found.isUsed = true;
        if (last?.isOpen && last.reason === found?.reason) last.to = number;
        else ranges.push({ from: number, to: number, reason: found?.reason, text, isOpen: true });
    }
    return ranges.map(({ from, to, reason, text }) => ({
        place: `${file}:${from === to ? from : `${from}-${to}`}`,
        reason,
        text,
    }));
}

function row(name, run, all) {
    const percent = all > 0 ? ((100 * run) / all).toFixed(1) : '100.0';
    return `${name.padEnd(48)} ${String(run).padStart(5)} of ${String(all).padStart(5)}, ${percent.padStart(5)} %`;
}

const counts = readCounts(process.argv[2]);
const reasons = readReasons();
const misses = [];
let all = 0;
let run = 0;
console.log('\nLines that run, of those that have code:');
for (const [file, lines] of counts) {
    misses.push(...missesOf(file, lines, reasons));
    const runHere = [...lines.values()].filter(({ count }) => count > 0).length;
    all += lines.size;
    run += runHere;
    console.log(row(file, runHere, lines.size));
}
console.log(row('src/', run, all));

const explained = misses.filter(({ reason }) => reason);
const unexplained = misses.filter(({ reason }) => !reason);
console.log('\nNot run, for a reason:');
for (const { place, reason } of explained) console.log(`${place}: ${reason}`);
console.log(`\nNot run, without a reason in ${reasonsFile}:`);
for (const { place, text } of unexplained) console.log(`${place}: ${text}`);
const unused = reasons.filter(({ isUsed }) => !isUsed);
if (unused.length > 0) console.log(`\nReasons in ${reasonsFile} for lines that run:`);
for (const { file, words } of unused) console.log(`${file}: ${words}`);
process.exitCode = run < (all * leastPercent) / 100 ? 1 : 0;
