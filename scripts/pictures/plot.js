// A plot with logarithmic axes. Each line has its name at its right end.
const { line, text } = require('./svg.js');

const left = 62; // room for the numbers of the axis
const head = 34; // room for the title
const foot = 46; // room for the numbers and the name of the axis
const nameHeight = 16;
const nameGap = 22; // from the end of a line to its name

const shown = (n) => (n >= 1 ? n.toLocaleString('en') : String(Number(n.toPrecision(1))));

// Returns the powers of ten from the one below the least value to the one above the greatest.
function decades(values) {
    const first = Math.floor(Math.log10(Math.min(...values)) + 1e-9);
    const last = Math.max(first + 1, Math.ceil(Math.log10(Math.max(...values)) - 1e-9));
    return Array.from({ length: last - first + 1 }, (_, i) => 10 ** (first + i));
}

// Returns a function from a value to a place between start and end.
function scale(ticks, start, end) {
    const [first, last] = [ticks[0], ticks.at(-1)].map(Math.log10);
    return (value) => start + ((Math.log10(value) - first) / (last - first)) * (end - start);
}

// Returns where the names stand, from the top down: each as near to its wanted place as those above it allow, and all of
// them above the bottom.
function spread(wanted, bottom) {
    const places = [];
    for (const y of wanted) places.push(Math.max(y, (places.at(-1) ?? -Infinity) + nameHeight));
    let limit = bottom;
    for (let i = places.length - 1; i >= 0; i--) {
        places[i] = Math.min(places[i], limit);
        limit = places[i] - nameHeight;
    }
    return places;
}

function curve({ colour, strong, dashed, points }, toX, toY) {
    const places = points.map(([x, y]) => [toX(x), toY(y)].map((place) => place.toFixed(1)));
    const dots = places.map(([x, y]) => `<circle class="${colour}" cx="${x}" cy="${y}" r="${strong ? 4 : 3}"/>`);
    const d = places.map((place) => place.join(' ')).join('L');
    const style = `stroke-width="${strong ? 3 : 1.5}"${dashed ? ' stroke-dasharray="6 4"' : ''}`;
    return `<path class="${colour}-line" fill="none" ${style} d="M${d}"/>${dots.join('')}`;
}

// Draws the names, with a thin line from the end of each curve.
function names(series, toX, toY, bottom) {
    const ends = series
        .map((one) => ({ ...one, x: toX(one.points.at(-1)[0]), y: toY(one.points.at(-1)[1]) }))
        .sort((a, b) => a.y - b.y);
    const places = spread(
        ends.map(({ y }) => y),
        bottom,
    );
    return ends.flatMap(({ name, colour, strong, x, y }, i) => [
        line(Math.round(x + 6), Math.round(y), Math.round(x + nameGap - 3), Math.round(places[i]), colour),
        text(Math.round(x + nameGap), Math.round(places[i]) + 4, name, { colour, bold: Boolean(strong) }),
    ]);
}

// Draws a plot into the box at x, y; the names of the lines are to the right of it. series are { name, colour, strong,
// dashed, points }, of which the points are [x, y].
function plot({ x, y, width, height, title, xName, series }) {
    const points = series.flatMap((one) => one.points);
    const xTicks = decades(points.map((point) => point[0]));
    const yTicks = decades(points.map((point) => point[1]));
    const [top, bottom] = [y + head, y + height - foot];
    const toX = scale(xTicks, x + left, x + width);
    const toY = scale(yTicks, bottom, top);
    return [
        text(x + 8, y + 14, title, { size: 14, bold: true }),
        ...yTicks.flatMap((tick) => [
            line(x + left, Math.round(toY(tick)), x + width, Math.round(toY(tick)), 'rule'),
            text(x + left - 8, Math.round(toY(tick)) + 4, shown(tick), { size: 11.5, colour: 'muted', anchor: 'end' }),
        ]),
        ...xTicks.flatMap((tick) => [
            line(Math.round(toX(tick)), top, Math.round(toX(tick)), bottom, 'rule'),
            text(Math.round(toX(tick)), bottom + 18, shown(tick), { size: 11.5, colour: 'muted', anchor: 'middle' }),
        ]),
        text(x + left + (width - left) / 2, bottom + 38, xName, { size: 11.5, colour: 'muted', anchor: 'middle' }),
        ...series.map((one) => curve(one, toX, toY)),
        ...names(series, toX, toY, bottom),
    ];
}

module.exports = { plot };
