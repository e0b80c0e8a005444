#!/usr/bin/env node
// scripts/pictures/measured.js FILE: prints that file of docs/ (speed.svg, http.svg, growth.svg, performance.md or
// why-not-my-own-tables.md), as it follows from docs/bench.json and docs/growth.json. Of a page, only what is between
// "<!-- measured: NAME -->" and "<!-- measured -->" is made anew.
const { readFileSync } = require('node:fs');
const { join } = require('node:path');
const { plot } = require('./plot.js');
const { picture, text } = require('./svg.js');

const docs = join(__dirname, '../../docs');
const read = (name) => JSON.parse(readFileSync(join(docs, name), 'utf8'));

const margin = 26;

const number = (n, digits = 3) => Number(n.toPrecision(digits)).toLocaleString('en', { maximumFractionDigits: 6 });

// Lists the values of a key, each once.
const distinct = (list, key) => [...new Set(list.map((one) => one[key]))];

// ---- pictures

// Returns the lines of a plot of bench.json.
function seriesOf(points, name, colours) {
    const own = points.filter((point) => point.plot === name);
    return distinct(own, 'name').map((contender, i) => ({
        name: contender,
        colour: colours[i],
        strong: contender === 'get_conversation_json',
        points: own.filter((point) => point.name === contender).map(({ size, value }) => [size, value]),
    }));
}

function drawSpeed() {
    const { points } = read('bench.json');
    const series = seriesOf(points, 'time', ['blue', 'purple', 'orange', 'pink', 'green']);
    return picture(
        'Milliseconds until a client has a conversation, by its number of messages',
        780,
        440,
        [
            ...plot({
                x: margin,
                y: margin,
                width: 540,
                height: 370,
                title: 'Milliseconds until the client has the conversation (less is better)',
                xName: 'messages of the conversation',
                series,
            }),
            text(margin + 8, 424, 'The wire: a text of as many bytes, which the server only repeats.', {
                size: 11.5,
                colour: 'muted',
            }),
        ],
        'bench-plots',
    );
}

function drawHttp() {
    const { points } = read('bench.json');
    const series = seriesOf(points, 'http', ['blue', 'pink']);
    return picture(
        'Requests per second through PostgREST, by the number of messages',
        780,
        330,
        plot({
            x: margin,
            y: margin,
            width: 540,
            height: 285,
            title: 'Requests per second through PostgREST (more is better)',
            xName: 'messages of the conversation',
            series,
        }),
        'bench-plots',
    );
}

function drawGrowth() {
    const { costs } = read('growth.json');
    const colours = ['grey', 'purple', 'green', 'orange', 'pink', 'blue', 'text'];
    const calls = distinct(costs, 'what');
    const series = (key) =>
        calls.map((what, i) => ({
            name: what,
            colour: colours[i % colours.length],
            dashed: i >= colours.length,
            points: costs.filter((cost) => cost.what === what).map((cost) => [cost.size, cost[key]]),
        }));
    const box = { x: margin, width: 520, height: 330, xName: 'messages in the table' };
    return picture(
        'Buffers and time of calls, by the number of messages in the table',
        900,
        720,
        [
            ...plot({ ...box, y: margin, title: 'Buffers: blocks of tables and indexes', series: series('buffers') }),
            ...plot({ ...box, y: margin + 345, title: 'Milliseconds', series: series('ms') }),
        ],
        'bench-plots',
    );
}

// ---- tables

function table(head, rows) {
    const cells = (row) => `| ${row.join(' | ')} |`;
    return [cells(head), cells(head.map(() => '---')), ...rows.map(cells)].join('\n');
}

function conditions({ date, machine, versions }) {
    const software = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
    const [year, month, day] = date.split('-').map(Number);
    const when = new Intl.DateTimeFormat('en', { dateStyle: 'long', timeZone: 'UTC' }).format(
        new Date(Date.UTC(year, month - 1, day)),
    );
    return `Measured on ${when}: ${software.join(', ')}; ${machine.processor}, ${machine.cores} cores, ${machine.memory}.`;
}

const ratioText = ({ how }, ratio) => (how === 'share' ? ratio.toFixed(2) : ratio.toFixed(1));

const isMet = ({ how, ratio, wanted }) => (how === 'share' ? ratio <= wanted : ratio >= wanted);

function wantedText(row) {
    if (row.wanted === null) return '';
    const target = `${row.how === 'share' ? '≤' : '≥'} ${row.wanted}×`;
    return isMet(row) ? target : `**${target}, missed**`;
}

function speedTable() {
    const rows = read('bench.json').rows.map((row) => [
        row.what,
        row.against.replace(/^(jsonb_agg|repeat)\(.*\)$/, '`$&`'),
        `${number(row.ours)} ${row.unit}`,
        `${number(row.theirs)} ${row.unit}`,
        `${ratioText(row, row.ratio)}×`,
        row.rounds > 1 ? `${ratioText(row, row.low)} to ${ratioText(row, row.high)}` : '',
        wantedText(row),
    ]);
    return table(['what', 'against', 'ours', 'theirs', 'ratio', 'quartiles', 'wanted'], rows);
}

function missed() {
    const rows = read('bench.json').rows.filter((row) => row.wanted !== null);
    const misses = rows.filter((row) => !isMet(row));
    if (!misses.length) return `All ${rows.length} targets were met.`;
    return `${rows.length - misses.length} of ${rows.length} targets were met.`;
}

// What one would write without agentchat to read a conversation, and the rows that measure it: {size} messages.
const ownReads = [
    ['the SQL that Drizzle sends', 'get_conversation_json of {size} messages, drizzle', 'SQL of Drizzle'],
    [
        "Drizzle's `findFirst`, in Node.js",
        'get_conversation_json of {size} messages, in Node.js',
        "Drizzle's findFirst",
    ],
    ['the SQL that PostgREST sends', 'get_conversation_json of {size} messages, rows', 'SQL of PostgREST'],
    [
        'embedding in PostgREST, over HTTP',
        'get_conversation_json of {size} messages, over HTTP',
        'embedding in PostgREST',
    ],
];

const measuredRow = (what, against) => read('bench.json').rows.find((r) => r.what === what && r.against === against);

function ownReadsTable() {
    const sizes = [10, 100, 1000, 10000];
    const rows = ownReads.map(([name, what, against]) => {
        const measured = sizes.map((size) => measuredRow(what.replace('{size}', size), against));
        if (!measured.some(Boolean)) throw new Error(`docs/bench.json does not have ${what} against ${against}`);
        const cell = (row) => `${number(row.theirs)} → ${number(row.ours)} ${row.unit}, ${ratioText(row, row.ratio)}×`;
        return [name, ...measured.map((row) => (row ? cell(row) : ''))];
    });
    return table(['messages', ...sizes.map((size) => size.toLocaleString('en'))], rows);
}

// What is written with the triggers of agentchat, and read under its policies, and the rows that measure it.
const ownWrites = [
    ['INSERT of 100,000 messages', 'without the triggers'],
    ['COPY of 100,000 messages', 'without the triggers'],
    ['append_messages of 100, rows', 'jsonb_to_recordset'],
    ['append_messages of 100, rows: with ids', 'jsonb_to_recordset'],
    ['get_conversation of 1000 messages, signed in', 'the owner'],
];

function ownWritesTable() {
    const rows = ownWrites.map(([what, against]) => {
        const row = measuredRow(what, against);
        if (!row) throw new Error(`docs/bench.json does not have ${what} against ${against}`);
        const value = (n) => `${number(n)} ${row.unit}`;
        return [what, against, value(row.theirs), value(row.ours), `${ratioText(row, row.ratio)}×`];
    });
    return table(['what', 'against', 'theirs', 'agentchat', 'times as long'], rows);
}

// Of each call: the cost in each table, and how much it grew from the least to the greatest, with and without what the
// depth of the indexes explains.
function growthTable() {
    const { costs } = read('growth.json');
    const sizes = distinct(costs, 'size');
    const rows = distinct(costs, 'what').map((what) => {
        const own = costs.filter((cost) => cost.what === what);
        const [first, last] = [own[0], own.at(-1)];
        const times = (of) => `${(of(last) / of(first)).toFixed(2)}×`;
        return [
            what,
            ...own.map(({ buffers, ms }) => `${number(buffers)}; ${number(ms)} ms`),
            times(({ buffers }) => buffers),
            times(({ buffers, descents }) => buffers - descents),
            times(({ ms }) => ms),
        ];
    });
    const heads = sizes.map((size) => size.toLocaleString('en'));
    return table(['buffers; time', ...heads, 'buffers', 'without descents', 'time'], rows);
}

function depthTable() {
    const { depths } = read('growth.json');
    const rows = distinct(depths, 'index').map((index) => [
        `\`${index}\``,
        ...depths.filter((depth) => depth.index === index).map(({ levels }) => levels),
    ]);
    return table(['index of `messages`', ...distinct(depths, 'size').map((size) => size.toLocaleString('en'))], rows);
}

const parts = {
    conditions: () => conditions(read('bench.json')),
    speed: speedTable,
    missed,
    'own reads': ownReadsTable,
    'own writes': ownWritesTable,
    'conditions of growth': () => conditions(read('growth.json')),
    growth: growthTable,
    depths: depthTable,
};

function writePage(file) {
    const page = readFileSync(join(docs, file), 'utf8');
    return page.replace(/(<!-- measured: (.*) -->\n)[\s\S]*?(<!-- measured -->)/g, (_, begin, name, end) => {
        if (!(name in parts)) throw new Error(`docs/${file}: nothing is measured as "${name}"`);
        return `${begin}\n${parts[name]()}\n\n${end}`;
    });
}

const files = {
    'speed.svg': drawSpeed,
    'http.svg': drawHttp,
    'growth.svg': drawGrowth,
    'performance.md': () => writePage('performance.md'),
    'why-not-my-own-tables.md': () => writePage('why-not-my-own-tables.md'),
};

const [, , name] = process.argv;
if (!(name in files)) throw new Error(`usage: scripts/pictures/measured.js ${Object.keys(files).join('|')}`);
process.stdout.write(files[name]());
