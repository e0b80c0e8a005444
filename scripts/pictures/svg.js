// What the pictures are made of: colours for light and for dark pages, text, arrows. The output holds no date and
// nothing of the machine, so that the same source always gives the same bytes.

// Each name is a class. Two values: on a light page, and on a dark one.
const palette = {
    page: ['#f6f8fa', '#151b23'],
    card: ['#ffffff', '#0d1117'],
    rule: ['#d1d9e0', '#3d444d'],
    text: ['#1f2328', '#f0f6fc'],
    muted: ['#59636e', '#9198a1'],
    blue: ['#0969da', '#4493f8'],
    green: ['#1a7f37', '#3fb950'],
    purple: ['#8250df', '#ab7df8'],
    orange: ['#bc4c00', '#f0883e'],
    pink: ['#bf3989', '#f778ba'],
    grey: ['#59636e', '#9198a1'],
};

// Of tables and rooms, in the order in which they get one.
const colours = ['blue', 'green', 'purple', 'orange', 'pink', 'grey'];

function rules(scheme) {
    return Object.entries(palette)
        .map(([name, values]) => `.${name}{fill:${values[scheme]}}.${name}-line{stroke:${values[scheme]}}`)
        .join('');
}

function escaped(text) {
    return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

// Estimates the width of a text, about as wide as the widest of the usual system fonts: the reader's font is not known
// here.
function textWidth(text, size) {
    const widths = [...text].map((c) => {
        if (/[ijl.,:|' ]/.test(c)) return 0.31;
        if (/[frt()/-]/.test(c)) return 0.41;
        if (/[mwMW]/.test(c)) return 0.93;
        return /[A-Z]/.test(c) ? 0.7 : 0.61;
    });
    return size * widths.reduce((sum, width) => sum + width, 0);
}

function text(x, y, content, { size = 12, colour = 'text', anchor = 'start', bold = false } = {}) {
    const attributes = [
        `class="${colour}" x="${x}" y="${y}" font-size="${size}"`,
        anchor === 'start' ? '' : ` text-anchor="${anchor}"`,
        bold ? ' font-weight="600"' : '',
    ];
    return `<text ${attributes.join('')}>${escaped(content)}</text>`;
}

function line(x1, y1, x2, y2, colour) {
    return `<path class="${colour}-line" d="M${x1} ${y1}L${x2} ${y2}"/>`;
}

// Draws a box with a coloured head. What is drawn in it comes after.
function card(x, y, width, height, head, colour) {
    return [
        `<rect class="card ${colour}-line" x="${x}" y="${y}" width="${width}" height="${height}" rx="6"/>`,
        `<path class="${colour}" fill-opacity=".16" d="M${x} ${y + head}V${y + 6}a6 6 0 0 1 6-6H${x + width - 6}`,
        `a6 6 0 0 1 6 6V${y + head}z"/>`,
    ].join('');
}

const pillWidth = (content) => Math.max(18, Math.ceil(textWidth(content, 9.5)) + 10);

// Draws a short text on a round ground, centred at x, y.
function pill(x, y, content, colour) {
    const width = pillWidth(content);
    return [
        `<rect class="card" x="${x - width / 2}" y="${y - 7}" width="${width}" height="14" rx="7"/>`,
        `<rect class="${colour} ${colour}-line" fill-opacity=".14" x="${x - width / 2}" y="${y - 7}"`,
        ` width="${width}" height="14" rx="7"/>`,
        text(x, y + 3.4, content, { size: 9.5, anchor: 'middle', colour }),
    ].join('');
}

// Draws an arrow through points, whose corners are round. Each segment is horizontal or vertical. An edge in the page's
// colour tells arrows apart that cross.
function arrow(points, colour) {
    const kept = points.filter(([x, y], i) => i === 0 || x !== points[i - 1][0] || y !== points[i - 1][1]);
    let d = `M${kept[0].join(' ')}`;
    for (let i = 1; i < kept.length - 1; i++) {
        const [[x0, y0], [x, y], [x1, y1]] = kept.slice(i - 1, i + 2);
        const before = Math.hypot(x - x0, y - y0);
        const after = Math.hypot(x1 - x, y1 - y);
        const r = Math.min(6, before / 2, after / 2);
        const from = [x + ((x0 - x) / before) * r, y + ((y0 - y) / before) * r];
        const to = [x + ((x1 - x) / after) * r, y + ((y1 - y) / after) * r];
        d += `L${from.join(' ')}Q${x} ${y} ${to.join(' ')}`;
    }
    const [x, y] = kept.at(-1);
    const [x0, y0] = kept.at(-2);
    const [dx, dy] = [Math.sign(x - x0), Math.sign(y - y0)];
    d += `L${x - dx * 5} ${y - dy * 5}`;
    const [bx, by] = [x - dx * 7, y - dy * 7];
    const head = `M${x} ${y}L${bx + dy * 4} ${by + dx * 4}L${bx - dy * 4} ${by - dx * 4}z`;
    return {
        edge: `<path class="page-line" fill="none" stroke-width="5" d="${d}"/>`,
        stroke: `<path class="${colour}-line" fill="none" stroke-width="1.5" d="${d}"/>`,
        head: `<path class="${colour}" d="${head}"/>`,
    };
}

// Draws arrows that may share a part of their way.
function arrows(colour, ways) {
    const drawn = ways.map((points) => arrow(points, colour));
    return [...new Set(['edge', 'stroke', 'head'].flatMap((part) => drawn.map((d) => d[part])))].join('');
}

// Puts the file together; `target` is the make target that does so. The ground is its own, and stays legible if the page is dark and the reader's browser is not.
function picture(title, width, height, parts, target = 'pictures') {
    return `${[
        `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}"`,
        ' font-family="system-ui, sans-serif">',
        `\n<!-- Made by "make ${target}". -->`,
        `\n<title>${escaped(title)}</title>`,
        `\n<style>${rules(0)}@media (prefers-color-scheme:dark){${rules(1)}}</style>`,
        `\n<rect class="page" width="${width}" height="${height}" rx="8"/>`,
        ...parts.map((part) => `\n${part}`),
    ].join('')}\n</svg>\n`;
}

module.exports = { arrows, card, colours, line, picture, pill, pillWidth, text, textWidth };
