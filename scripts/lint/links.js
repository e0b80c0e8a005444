#!/usr/bin/env node
// scripts/lint/links.js [FOLDER]: checks that each link of a Markdown file to another file, or to a heading, leads
// somewhere. Links to other sites are not followed.
const { existsSync, readdirSync, readFileSync } = require('node:fs');
const { dirname, join, relative } = require('node:path');

// The check may be given another folder, to try it on.
const root = process.argv[2] ?? join(__dirname, '../..');

// Lists the Markdown files in a folder and below it. What is built or installed there is not ours.
function pagesBelow(folder) {
    return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
        if (/^(\..*|node_modules|build|dist)$/.test(entry.name)) return [];
        const path = join(folder, entry.name);
        if (entry.isDirectory()) return pagesBelow(path);
        return entry.name.endsWith('.md') ? [path] : [];
    });
}

// Replaces what is in blocks of code by empty lines, so that the others keep their numbers.
function withoutBlocks(text) {
    return text.replace(/^( *)(```+|~~~+).*?^\1\2$/gms, (block) => block.replace(/[^\n]/g, ''));
}

// Returns the anchors of a page: GitHub makes them of the headings, and puts a number behind those that come again.
function anchorsOf(page) {
    const seen = new Map();
    const anchors = new Set();
    for (const [, heading] of withoutBlocks(readFileSync(page, 'utf8')).matchAll(/^#{1,6} +(.*?) *#*$/gm)) {
        const words = heading.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase();
        const anchor = words.replace(/[^\p{L}\p{M}\p{N}\p{Pc}\- ]/gu, '').replaceAll(' ', '-');
        const before = seen.get(anchor) ?? 0;
        anchors.add(before ? `${anchor}-${before}` : anchor);
        seen.set(anchor, before + 1);
    }
    return anchors;
}

// Returns the links of a page: [target, line]. A text in backquotes is none.
function linksOf(page) {
    const text = withoutBlocks(readFileSync(page, 'utf8')).replace(/`[^`\n]+`/g, (code) => '`'.repeat(code.length));
    return [...text.matchAll(/\]\(([^()\s]+)\)|^\[[^\]]+\]: (\S+)/gm)].map((found) => [
        found[1] ?? found[2],
        text.slice(0, found.index + found[0].length).split('\n').length,
    ]);
}

function problemOf(page, target) {
    if (/^[a-z]+:/.test(target)) return null;
    const [path, anchor] = target.split('#');
    const file = path ? join(dirname(page), path) : page;
    if (!existsSync(file)) return 'does not exist';
    return anchor && file.endsWith('.md') && !anchorsOf(file).has(anchor) ? 'has no such heading' : null;
}

const errors = pagesBelow(root).flatMap((page) =>
    linksOf(page).flatMap(([target, line]) => {
        const problem = problemOf(page, target);
        return problem ? [`${relative(root, page)}:${line}: ${target} ${problem}`] : [];
    }),
);
for (const error of errors) console.error(error);
process.exitCode = errors.length > 0 ? 1 : 0;
