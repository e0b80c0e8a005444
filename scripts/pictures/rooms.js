#!/usr/bin/env node
// scripts/pictures/rooms.js: prints an SVG of the rooms (the folders of src/), their files, and who includes whom.
//
// Every arrow points downwards. The files that stand in src/ itself are at the top, below the SQL that calls them. A
// room that most others include is a bar across the bottom; arrows to another bar pass it as dots. The others stand in
// columns, each below those that include it.
const { readdirSync, readFileSync } = require('node:fs');
const { dirname, join } = require('node:path');
const { arrows, card, picture, pill, text, textWidth } = require('./svg.js');

const source = join(__dirname, '../../src');
const top = 'src';

const margin = 26;
const leastWidth = 900;
const mostColumns = 4;
const head = 28;
const row = 17;
const gap = 46; // between rows: room for arrows
const corridor = 40; // at the left of each column, for arrows that pass its rooms
const lane = 12;
const exit = 36; // from one arrow that leaves a room to the next
const foot = 18; // below the last file of a room
const pass = 14; // in a bar, for an arrow that goes on to another one
const legend = [
    'An arrow leads from a room to one whose headers it includes. Its number counts these headers.',
    'From src/ it also counts the files with functions that module.cpp calls. From schema/ it counts C++ functions.',
    'A name stands for a .cpp and its .hpp.',
];

// Lists the paths of the files in a folder of src/ and below it.
function filesBelow(folder) {
    return readdirSync(join(source, folder), { withFileTypes: true })
        .sort((a, b) => (a.name < b.name ? -1 : 1))
        .flatMap((entry) => {
            const path = join(folder, entry.name);
            return entry.isDirectory() ? filesBelow(path) : [path];
        });
}

// Of a path in src/.
const roomOf = (path) => (path.includes('/') ? path.slice(0, path.indexOf('/')) : top);

// Reads the rooms, by their names: { name, files, paths, uses, isSql }. uses has for each room that this one uses the
// set of what it uses there. src/ itself declares what the rooms define and module.cpp calls, hence an include of its
// header is an arrow the other way.
function readRooms() {
    const paths = filesBelow('').filter((path) => /\.([ch]pp|sql)$/.test(path));
    const rooms = new Map();
    for (const path of paths) {
        const name = roomOf(path);
        if (!rooms.has(name)) rooms.set(name, { name, paths: [], uses: new Map() });
        rooms.get(name).paths.push(path);
    }
    const use = (from, to, what) => {
        if (from === to) return;
        const { uses } = rooms.get(from);
        uses.set(to, (uses.get(to) ?? new Set()).add(what));
    };
    for (const path of paths) {
        const code = readFileSync(join(source, path), 'utf8');
        const room = roomOf(path);
        for (const [, included] of code.matchAll(/^#include "(.*)"/gm)) {
            const found = [included, join(dirname(path), included)].find((p) => paths.includes(p));
            if (!found) throw new Error(`${path} includes ${included}, which is not in src/`);
            if (roomOf(found) === top) use(top, room, path);
            else use(room, roomOf(found), found);
        }
        if (path.includes('/releases/')) continue;
        for (const [, called] of code.matchAll(/'MODULE_PATHNAME', '(\w+)'/g)) use(room, top, called);
    }
    for (const room of rooms.values()) {
        room.isSql = room.paths.every((path) => path.endsWith('.sql'));
        room.files = fileNames(room);
    }
    return rooms;
}

// Lists what is shown in a room: stems, folders with the number of their files, and whole names in src/ itself.
function fileNames({ name, paths }) {
    if (name === top) return paths;
    const counts = new Map();
    for (const path of paths) {
        const [, first, ...below] = path.split('/');
        const shown = below.length ? `${first}/` : first.replace(/\.\w+$/, '');
        counts.set(shown, (counts.get(shown) ?? 0) + 1);
    }
    const entries = [...counts].sort(([a], [b]) => (a < b ? -1 : 1));
    return entries.map(([shown, count]) => (shown.endsWith('/') ? `${shown} (${count})` : shown));
}

// Counts the arrows on the longest way to a room from others in the list.
function depth(room, list, below = []) {
    if (below.includes(room)) {
        const circle = [...below.slice(below.indexOf(room)), room].map(({ name }) => name).reverse();
        throw new Error(`no room is at the bottom: ${circle.join(' includes ')}`);
    }
    const users = list.filter((other) => other.uses.has(room.name));
    return Math.max(-1, ...users.map((other) => depth(other, list, [...below, room]))) + 1;
}

// Sorts rooms into those with SQL, src/ itself, the bars at the bottom from the top down, and the others, by depth.
function layers(rooms) {
    const all = [...rooms.values()];
    const code = all.filter((room) => !room.isSql && room.name !== top);
    for (const room of code) room.depth = depth(room, code);
    const order = (a, b) => a.depth - b.depth || (a.name < b.name ? -1 : 1);
    const users = (room) => code.filter((other) => other.uses.has(room.name)).length;
    const isBar = (room) =>
        users(room) * 2 > code.length - 1 && [...room.uses.keys()].every((name) => isBar(rooms.get(name)));
    const bars = code.filter(isBar).sort(order);
    const others = code.filter((room) => !bars.includes(room)).sort(order);
    return { sql: all.filter((room) => room.isSql), root: rooms.get(top), bars, others };
}

// Gives each of the others its row and column. Those that include others of them come first, with these below them.
// Returns the number of columns.
function arrange(others) {
    const isUser = (room) => others.some((other) => room.uses.has(other.name));
    const columns = Math.min(mostColumns, others.filter((room) => room.depth === 0).length);
    const isFree = (r, c) => !others.some((room) => room.row === r && room.column === c);
    const freeFrom = (firstRow) => {
        let cell = firstRow * columns;
        while (!isFree(Math.floor(cell / columns), cell % columns)) cell++;
        return { row: Math.floor(cell / columns), column: cell % columns };
    };
    const used = others.filter((room) => room.depth > 0);
    const unused = others.filter((room) => room.depth === 0);
    const queue = [...unused.filter(isUser), ...unused.filter((room) => !isUser(room))];
    const beside = queue.splice(0, columns);
    for (const room of [...beside, ...queue.filter(isUser), ...used, ...queue.filter((room) => !isUser(room))]) {
        const users = others.filter((other) => other.uses.has(room.name));
        const nextRow = Math.max(-1, ...users.map((user) => user.row)) + 1;
        const above = users.find((user) => isFree(nextRow, user.column));
        Object.assign(room, above ? { row: nextRow, column: above.column } : freeFrom(nextRow));
    }
    return columns;
}

const sum = (numbers) => numbers.reduce((a, b) => a + b, 0);
const widest = (rooms) =>
    Math.ceil(Math.max(...rooms.flatMap((room) => room.files).map((file) => textWidth(file, 12))));
const bottom = (room) => room.y + room.height;

// Returns the arrows: { from, to, count, isLane, column }. One that is a lane runs at the left of a column for a part
// of its way: beside the room that it leads to, or beside rooms that are between it and a bar.
function connect({ sql, root, bars, others }) {
    const between = (from, to) =>
        others.some((room) => room.column === from.column && room.row > from.row && room.row < to.row);
    const isLane = (from, to) => {
        if (from === root) return to.row > 0;
        if (bars.includes(from)) return false;
        return bars.includes(to) ? between(from, { row: Infinity }) : from.column !== to.column || between(from, to);
    };
    const byName = new Map([...sql, root, ...others, ...bars].map((room) => [room.name, room]));
    return [...byName.values()].flatMap((from) =>
        [...from.uses].map(([name, used]) => {
            const to = byName.get(name);
            return { from, to, count: used.size, isLane: isLane(from, to), column: to.column ?? from.column };
        }),
    );
}

// Returns the rooms that lanes of a column lead to, from the column to the left.
function laneTargets(links, column, { bars, others }) {
    const targets = links.filter((link) => link.isLane && link.column === column).map((link) => link.to);
    return [...others, ...[...bars].reverse()].filter((room) => targets.includes(room));
}

// Returns what of a bar's width is free between the arrows that pass it.
function freeSpans(bar) {
    const passes = bar.passes.flatMap((x) => [x - pass / 2, x + pass / 2]);
    const edges = [bar.x, ...passes, bar.x + bar.width];
    return edges.flatMap((x, i) => (i % 2 === 0 ? [[x, edges[i + 1]]] : []));
}

// Lists a bar's files in as many lists as fit between the arrows that pass it. Its own arrows leave in the middle of
// the widest space.
function fillBar(bar, links) {
    const spans = freeSpans(bar);
    const cell = widest([bar]) + 24;
    const lefts = spans.flatMap(([from, to]) => {
        const count = Math.floor((to - from) / cell);
        return Array.from({ length: count }, (_, i) => from + 12 + Math.floor(((to - from) * i) / count));
    });
    const rows = Math.ceil(bar.files.length / lefts.length);
    bar.height = head + rows * row + foot;
    bar.titleX = lefts[0];
    bar.places = bar.files.map((file, i) => [lefts[Math.floor(i / rows)], bar.y + head + 18 + (i % rows) * row, file]);
    const [from, to] = spans.reduce((a, b) => (b[1] - b[0] > a[1] - a[0] ? b : a));
    links.forEach((link, i) => {
        link.x = Math.round((from + to) / 2) + (i * 2 - links.length + 1) * (exit / 2);
    });
}

// Gives the arrows from src/ and from the columns their x, and those in lanes where they leave a room (from) and turn
// (jog).
function placeArrows({ root, bars, others }, links, targets, width) {
    const laneX = ({ column, to }) => {
        const left = others.find((room) => room.column === column).x;
        return left - 14 - targets[column].indexOf(to) * lane;
    };
    const fromRoot = links.filter((link) => link.from === root);
    const toBars = fromRoot.filter((link) => bars.includes(link.to));
    for (const link of fromRoot) {
        const column = link.isLane ? laneX(link) : link.to.x + link.to.width / 2;
        link.x = bars.includes(link.to) ? width - margin - exit * (toBars.indexOf(link) + 0.5) : column;
    }
    for (const room of others) {
        const leaving = links.filter((link) => link.from === room);
        const order = (link) => (link.isLane ? 0 : 2) + Number(bars.includes(link.to) !== link.isLane);
        leaving.sort((a, b) => order(a) - order(b) || bars.indexOf(a.to) - bars.indexOf(b.to));
        leaving.forEach((link, i) => {
            const exitX = room.x + 28 + i * exit;
            const end = link.column === room.column ? bottom(room) : room.rowEnd;
            Object.assign(link, link.isLane ? { x: laneX(link), exitX, jog: end + 15 + i * 7 } : { x: exitX });
        });
    }
}

// Gives every room its x, y, width and height, and every arrow its way. Returns the width of the picture and the end of
// the last bar.
function measure(rooms, links, columns) {
    const { sql, root, bars, others } = rooms;
    const targets = Array.from({ length: columns }, (_, column) => laneTargets(links, column, rooms));
    const corridors = targets.map((list) => Math.max(corridor, list.length * lane + 18));
    const besides = links.filter((link) => link.from === root && bars.includes(link.to)).length * exit;
    const outside = 2 * margin + sum(corridors) + besides;
    const columnWidth = Math.max(widest(others) + 24, Math.floor((leastWidth - outside) / columns));
    const width = outside + columnWidth * columns;

    let y = margin;
    const addBar = (bar, passes) => {
        Object.assign(bar, { x: margin, y, width: width - 2 * margin, passes });
        const leaving = links.filter((link) => link.from === bar && bar !== root);
        fillBar(bar, leaving);
        y = bottom(bar) + gap;
    };
    for (const bar of [...sql, root]) addBar(bar, []);
    for (let r = 0; others.some((room) => room.row === r); r++) {
        const inRow = others.filter((room) => room.row === r);
        for (const room of inRow) {
            const x = margin + sum(corridors.slice(0, room.column + 1)) + room.column * columnWidth;
            Object.assign(room, { x, y, width: columnWidth, height: head + room.files.length * row + foot });
            Object.assign(room, {
                titleX: x + 12,
                places: room.files.map((file, i) => [x + 12, y + head + 18 + i * row, file]),
            });
        }
        y = Math.max(...inRow.map(bottom));
        for (const room of inRow) room.rowEnd = y;
        y += gap;
    }
    placeArrows(rooms, links, targets, width);
    bars.forEach((bar, i) => {
        const passing = links.filter((link) => bars.indexOf(link.to) > i && !bars.slice(i).includes(link.from));
        addBar(
            bar,
            [...new Set(passing.map((link) => link.x))].sort((a, b) => a - b),
        );
    });
    return { width, end: y - gap };
}

// Returns the points of an arrow. A lane enters a room at its side, and a bar from above.
function way({ from, to, x, exitX, jog, isLane }) {
    const start = [exitX ?? x, bottom(from)];
    const turn =
        jog === undefined
            ? []
            : [
                  [exitX, jog],
                  [x, jog],
              ];
    const intoSide = isLane && to.column !== undefined;
    const y = to.y + head / 2;
    return [
        start,
        ...turn,
        ...(intoSide
            ? [
                  [x, y],
                  [to.x, y],
              ]
            : [[x, to.y]]),
    ];
}

function drawRoom(room) {
    const { x, y, width, height } = room;
    return [
        card(x, y, width, height, head, room.colour),
        text(room.titleX, y + 19, `${room.name}/`, { size: 14, bold: true }),
        ...room.places.map(([left, base, file]) => text(left, base, file)),
    ].join('');
}

// Draws the dots of an arrow that passes a bar.
function passing({ y, height }, x, links) {
    const { colour } = links.find((link) => link.x === x).to;
    return `<path class="${colour}-line" stroke-width="1.5" stroke-dasharray="1.5 4" d="M${x} ${y}v${height}"/>`;
}

function draw() {
    const rooms = layers(readRooms());
    const { sql, root, bars, others } = rooms;
    const columns = arrange(others);
    const links = connect(rooms);
    for (const room of [...sql, root]) room.colour = 'grey';
    for (const room of others) room.colour = ['blue', 'orange', 'pink'][Math.min(room.depth, 2)];
    bars.forEach((bar, i) => {
        bar.colour = ['purple', 'green'][(bars.length - 1 - i) % 2];
    });
    const { width, end } = measure(rooms, links, columns);
    const all = [...sql, root, ...others, ...bars];
    return picture('The rooms of src/ and who includes whom', width, end + 32 + 17 * (legend.length - 1) + 20, [
        ...all.flatMap((to) => {
            const ways = links.filter((link) => link.to === to).map(way);
            return ways.length ? [arrows(to.colour, ways)] : [];
        }),
        ...all.map(drawRoom),
        ...bars.flatMap((bar) => bar.passes.map((x) => passing(bar, x, links))),
        ...links.map((link) => pill(link.exitX ?? link.x, bottom(link.from), String(link.count), link.to.colour)),
        ...legend.map((words, i) => text(margin, end + 32 + i * 17, words, { size: 11.5, colour: 'muted' })),
    ]);
}

process.stdout.write(draw());
