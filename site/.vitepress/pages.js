// Which files of the repository are pages, where they are on the site, and the contents that stand beside each.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The top of the repository, with a slash at the end. */
export const repository = fileURLToPath(new URL('../..', import.meta.url));

/** The page whose lists are the contents of the site. */
const contents = 'docs/index.md';

/** Pages are the Markdown files in these folders, without those below them. */
const folders = ['', 'docs', 'packages/database', 'test'];

/** All others, as patterns for VitePress. The slash before the last star spares the files at the top. */
export const excluded = [
    '!(docs|packages|test)/**/*',
    '{docs,test,packages/database}/*/**/*',
    'packages/!(database)/**',
];

/** The pages, by their paths in the repository. */
export const pages = folders
    .filter((folder) => existsSync(join(repository, folder)))
    .flatMap((folder) => readdirSync(join(repository, folder)).map((name) => join(folder, name)))
    .filter((path) => path.endsWith('.md'));

/** Where pages are on the site, if it is elsewhere than in the repository: a README is the index of its folder. */
export const moved = Object.fromEntries(
    pages.filter((page) => page.endsWith('README.md')).map((page) => [page, page.replace(/README\.md$/, 'index.md')]),
);

/** Returns the path of a page on the site, which VitePress completes. */
export const addressOf = (page) => `/${(moved[page] ?? page).replace(/(^|\/)index\.md$|\.md$/, '$1')}`;

const read = (page) => readFileSync(join(repository, page), 'utf8');

const titleOf = (page) => /^# +(.*)$/m.exec(read(page))?.[1].replaceAll('`', '') ?? page;

/** Returns the links that begin items of lists and rows of tables, below each heading: [heading, [[text, page]]]. */
function listsOf(page) {
    const groups = [['', []]];
    for (const line of read(page).split('\n')) {
        const [, heading] = /^##+ +(.*)$/.exec(line) ?? [];
        const [, text, target] = /^ *(?:[-*]|\d+\.|\|) +\**\[([^\]]+)\]\(([^)#]+\.md)(?:#[^)]*)?\)/.exec(line) ?? [];
        if (heading) groups.push([heading, []]);
        else if (text) groups.at(-1)[1].push([text.replaceAll('`', ''), join(page, '..', target)]);
    }
    return groups.filter(([, items]) => items.length);
}

/** The contents, and below "More" the pages that no list has. */
function allLists() {
    const groups = listsOf(contents);
    const listed = new Set([contents, 'README.md', ...groups.flatMap(([, items]) => items.map(([, page]) => page))]);
    const others = pages.filter((page) => !listed.has(page)).map((page) => [titleOf(page), page]);
    return others.length ? [...groups, ['More', others]] : groups;
}

export const sidebar = allLists().map(([text, items]) => ({
    text,
    collapsed: false,
    items: items.map(([text, page]) => ({ text, link: addressOf(page) })),
}));

/** What stands at the top of each page, as far as it is there. */
export const navigation = [
    ['Quick start', 'docs/quick-start.md'],
    ['Documentation', contents],
    ['TypeScript', 'packages/database/README.md'],
    ['Changes', 'CHANGELOG.md'],
].filter(([, page]) => pages.includes(page));
