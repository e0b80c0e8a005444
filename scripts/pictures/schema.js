#!/usr/bin/env node
// scripts/pictures/schema.js: prints an SVG of the tables that CREATE EXTENSION makes: columns, keys, triggers and
// policies. It reads them from the catalog, in scripts/with-cluster's environment, and leaves nothing in the database.
//
// The table that most others refer to stands at the top of the middle column. The others form families: each table
// stands below the first that it refers to, apart from that one. Large families have a column of their own. Arrows run
// in the gutters beside the columns, and arrows to the same column of a table share a lane.
const { execFileSync } = require('node:child_process');
const { arrows, card, colours, line, picture, pill, pillWidth, text, textWidth } = require('./svg.js');

const query = `
BEGIN;
CREATE EXTENSION agentchat;
SELECT json_agg(json_build_object(
    'name', c.relname,
    'columns', (
        SELECT json_agg(json_build_object(
            'name', attname,
            'type', CASE atttypid WHEN 'timestamp'::regtype THEN 'timestamp' ELSE format_type(atttypid, atttypmod) END,
            'nullable', NOT attnotnull,
            'primary', EXISTS (SELECT FROM pg_index WHERE indrelid = c.oid AND indisprimary AND attnum = ANY (indkey)),
            'unique', EXISTS (
                SELECT FROM pg_index
                WHERE indrelid = c.oid AND indisunique AND NOT indisprimary AND indnkeyatts = 1 AND indkey[0] = attnum)
        ) ORDER BY attnum)
        FROM pg_attribute WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped),
    'references', (
        SELECT coalesce(json_agg(json_build_object(
            'column', a.attname, 'table', r.relname, 'key', b.attname, 'onDelete', confdeltype
        ) ORDER BY a.attnum), '[]')
        FROM pg_constraint
        JOIN pg_class r ON r.oid = confrelid
        JOIN pg_attribute a ON a.attrelid = conrelid AND a.attnum = conkey[1]
        JOIN pg_attribute b ON b.attrelid = confrelid AND b.attnum = confkey[1]
        WHERE conrelid = c.oid AND contype = 'f'),
    'triggers', (
        SELECT coalesce(json_agg(json_build_object('name', name, 'events', events) ORDER BY name), '[]')
        FROM (
            SELECT proname AS name, bit_or(tgtype::int) AS events
            FROM pg_trigger JOIN pg_proc p ON p.oid = tgfoid
            WHERE tgrelid = c.oid AND NOT tgisinternal
            GROUP BY proname) t),
    'policies', (
        SELECT coalesce(json_agg(json_build_object('name', polname, 'command', polcmd) ORDER BY polname), '[]')
        FROM pg_policy WHERE polrelid = c.oid)
) ORDER BY c.oid)
FROM pg_class c JOIN pg_extension e ON extname = 'agentchat' AND relnamespace = extnamespace
WHERE relkind = 'r';
ROLLBACK;`;

const margin = 26;
const padding = 12; // at the sides of a table
const head = 30;
const row = 19;
const footRow = 16;
const gap = 26; // below a table
const lane = 10;
const inset = 14; // of the first lane from a table
const badges = { a: 'FK', r: 'FK restrict', c: 'FK cascade', n: 'FK set null', d: 'FK set default' };
const commands = { r: 'select', a: 'insert', w: 'update', d: 'delete', '*': 'all' };
const legend = [
    'An arrow leads from a foreign key (FK) to the column that it refers to. Columns whose names are grey may be NULL.',
    'cascade: deleting the row that it refers to deletes this row, too. set null: it sets the key to NULL.',
    'With neither, a row cannot be deleted while others refer to it.',
];

function height({ columns, triggers }) {
    return head + columns.length * row + 6 + (triggers.length ? (triggers.length + 1) * footRow + 4 : 0) + footRow + 10;
}

// Returns where arrows meet a column, below the top of the first table.
function columnY(table, name) {
    return table.y + head + table.columns.findIndex((column) => column.name === name) * row + row / 2 + 3;
}

// Returns the families, largest first: each a list of tables, and each table after the one that it stands below.
function families(tables, hub) {
    const path = (table, below = []) => {
        const parents = table.references.map((r) => tables.find((t) => t.name === r.table));
        const parent = parents.find((t) => t !== hub && t !== table);
        return !parent || below.includes(parent) ? [table, ...below] : path(parent, [table, ...below]);
    };
    const found = new Map();
    for (const table of tables.filter((t) => t !== hub)) {
        const [root, ...below] = path(table);
        if (!found.has(root)) found.set(root, []);
        found.get(root).push({ table, depth: below.length });
    }
    const refersToHub = (root) => Number(root.references.some((r) => r.table === hub.name));
    return [...found]
        .sort(([a, of_a], [b, of_b]) => of_b.length - of_a.length || refersToHub(b) - refersToHub(a))
        .map(([, members]) => members.sort((a, b) => a.depth - b.depth).map(({ table }) => table));
}

// Gives each table its place (column 0 to 2, y, height) and its colour. Returns the height of the tallest column.
function arrange(tables) {
    const referring = (table) => tables.filter((t) => t.references.some((r) => r.table === table.name)).length;
    const hub = tables.reduce((a, b) => (referring(b) > referring(a) ? b : a));
    const heights = [0, 0, 0];
    const place = (table, column, colour) => {
        Object.assign(table, { column, y: heights[column], height: height(table), colour });
        heights[column] += table.height + gap;
    };
    place(hub, 1, colours[0]);
    families(tables, hub).forEach((members, i) => {
        const shortest = [1, 0, 2].reduce((a, b) => (heights[b] < heights[a] ? b : a));
        const column = i < 2 ? i * 2 : shortest;
        for (const table of members) place(table, column, colours[Math.min(i + 1, colours.length - 1)]);
    });
    return Math.max(...heights) - gap;
}

// Returns the gutters that an arrow runs in. Gutter n is at the left of column n, and gutter 3 at the right of the
// last.
function guttersBetween(from, to) {
    if (from.column === to.column) return [from.column === 0 ? 0 : from.column + 1];
    const step = Math.sign(to.column - from.column);
    const first = step > 0 ? from.column + 1 : from.column;
    return Math.abs(to.column - from.column) === 1 ? [first] : [first, first + step];
}

// Returns the arrows and their lanes. Each arrow has a lane in each gutter that it runs in; one between the outer
// columns passes above the middle.
function connect(tables) {
    const lanes = [];
    let above = 0;
    const links = tables.flatMap((from) =>
        from.references.map((reference) => {
            const to = tables.find((table) => table.name === reference.table);
            const gutters = guttersBetween(from, to);
            const ends = [columnY(from, reference.column), columnY(to, reference.key)];
            const over = gutters.length > 1 ? -inset - lane * above++ : null;
            const used = gutters.map((gutter, i) => {
                const target = `${to.name}.${reference.key} ${over}`;
                const shared = lanes.find((l) => l.gutter === gutter && l.target === target);
                const found = shared ?? { gutter, target, from: Infinity, to: -Infinity };
                if (!shared) lanes.push(found);
                const span = over === null ? ends : [over, ends[i]];
                return Object.assign(found, { from: Math.min(found.from, ...span), to: Math.max(found.to, ...span) });
            });
            return { from, to, column: reference.column, ends, over, used };
        }),
    );
    return { links, lanes, above };
}

// Numbers the lanes of each gutter; lanes that do not overlap may share a number. Returns how many each gutter needs.
function numberLanes(lanes) {
    return [0, 1, 2, 3].map((gutter) => {
        const ends = [];
        for (const l of lanes.filter((other) => other.gutter === gutter).sort((a, b) => a.from - b.from)) {
            const free = ends.findIndex((end) => end + 8 < l.from);
            l.number = free < 0 ? ends.length : free;
            ends[l.number] = l.to;
        }
        return ends.length;
    });
}

function badgeOf(table, column) {
    const reference = table.references.find((r) => r.column === column.name);
    if (reference) return badges[reference.onDelete];
    if (column.primary) return 'PK';
    return column.unique ? 'unique' : null;
}

function events(bits) {
    const names = { 4: 'insert', 16: 'update', 8: 'delete', 32: 'truncate' };
    const order = [4, 16, 8, 32];
    return order.filter((bit) => bits & bit).map((bit) => names[bit]);
}

// A policy is called by its command if its name is TABLE_COMMAND, as the extension's are.
function policyNames({ name, policies }) {
    const order = Object.keys(commands);
    return [...policies]
        .sort((a, b) => order.indexOf(a.command) - order.indexOf(b.command))
        .map((policy) =>
            policy.name === `${name}_${commands[policy.command]}` ? commands[policy.command] : policy.name,
        );
}

// Returns the width of tables in which no two texts of a row meet.
function widthFor(tables) {
    const apart = (...widths) => widths.reduce((sum, width) => sum + width + 8, 2 * padding - 8);
    const widths = tables.flatMap((table) => [
        ...table.columns.map((column) => {
            const badge = badgeOf(table, column);
            const pills = badge ? [pillWidth(badge)] : [];
            return apart(textWidth(column.name, 12), ...pills, textWidth(column.type, 11));
        }),
        ...table.triggers.map(({ name, events: bits }) =>
            apart(textWidth(name, 11), textWidth(events(bits).join(' '), 10)),
        ),
        apart(textWidth('Policies', 11), textWidth(policyNames(table).join(' '), 10)),
    ]);
    return Math.ceil(Math.max(...widths));
}

function drawColumns(table, targets) {
    const right = table.x + table.width - padding;
    return table.columns.flatMap((column, i) => {
        const y = table.y + head + i * row + row / 2 + 7;
        const colour = column.nullable ? 'muted' : 'text';
        const badge = badgeOf(table, column);
        const end = right - Math.ceil(textWidth(column.type, 11)) - 8;
        return [
            text(table.x + padding, y, column.name, { colour, bold: column.primary }),
            text(right, y, column.type, { size: 11, colour: 'muted', anchor: 'end' }),
            badge ? pill(end - pillWidth(badge) / 2, y - 4, badge, targets.get(column.name) ?? table.colour) : '',
        ];
    });
}

function drawFoot(table) {
    const left = table.x + padding;
    const right = table.x + table.width - padding;
    const style = { size: 11, colour: 'muted' };
    const list = (y, words) => text(right, y, words.join(' ') || 'none', { ...style, size: 10, anchor: 'end' });
    const rule = (y) => line(table.x, y, table.x + table.width, y, 'rule');
    const parts = [];
    let y = table.y + head + table.columns.length * row + 6;
    if (table.triggers.length) {
        parts.push(rule(y), text(left, y + 14, 'Triggers', { ...style, colour: table.colour }));
        for (const trigger of table.triggers) {
            y += footRow;
            parts.push(text(left, y + 14, trigger.name, style), list(y + 14, events(trigger.events)));
        }
        y += footRow + 4;
    }
    parts.push(rule(y), text(left, y + 16, 'Policies', { ...style, colour: table.colour }));
    parts.push(list(y + 16, policyNames(table)));
    return parts;
}

function drawTable(table, links) {
    const targets = new Map(links.filter((l) => l.from === table).map((l) => [l.column, l.to.colour]));
    return [
        card(table.x, table.y, table.width, table.height, head, table.colour),
        text(table.x + padding, table.y + 20, table.name, { size: 14, bold: true }),
        ...drawColumns(table, targets),
        ...drawFoot(table),
    ].join('');
}

function draw(tables) {
    const tall = arrange(tables);
    const width = widthFor(tables);
    const { links, lanes, above } = connect(tables);
    const gutterWidths = numberLanes(lanes).map((count, i) => {
        const sides = i === 0 || i === 3 ? Math.min(count, 1) : 2;
        return inset * sides + lane * Math.max(count - 1, 0);
    });
    const lefts = [0, 1, 2].map(
        (column) => margin + column * width + gutterWidths.slice(0, column + 1).reduce((a, b) => a + b),
    );
    const top = margin + (above ? inset + lane * (above - 1) : 0);
    for (const table of tables) {
        Object.assign(table, { width, x: lefts[table.column] });
        table.y += top;
    }

    const laneX = ({ gutter, number }) =>
        gutter === 3 ? lefts[2] + width + inset + number * lane : lefts[gutter] - inset - number * lane;
    const sideX = (table, { gutter }) => (gutter === table.column ? table.x : table.x + width);
    const way = ({ from, to, ends, over, used }) => {
        const [first, last] = [used[0], used.at(-1)];
        const [start, end] = ends.map((y) => y + top);
        return [
            [sideX(from, first), start],
            [laneX(first), start],
            ...(over === null ? [] : used.map((l) => [laneX(l), over + top])),
            [laneX(last), end],
            [sideX(to, last), end],
        ];
    };
    const drawn = lanes.map((l) => {
        const sharing = links.filter(({ used }) => used.at(-1) === l);
        return sharing.length ? arrows(sharing[0].to.colour, sharing.map(way)) : '';
    });

    const bottom = top + tall + 32;
    return picture('The tables of agentchat', lefts[2] + width + gutterWidths[3] + margin, bottom + 34 + 20, [
        ...drawn.filter(Boolean),
        ...tables.map((table) => drawTable(table, links)),
        ...legend.map((words, i) => text(margin, bottom + i * 17, words, { size: 11.5, colour: 'muted' })),
    ]);
}

const psql = execFileSync('psql', ['-XAtq', '-v', 'ON_ERROR_STOP=1'], { input: query, encoding: 'utf8' });
process.stdout.write(draw(JSON.parse(psql)));
