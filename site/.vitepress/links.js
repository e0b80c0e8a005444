// Checks that each link of the built site to a page, a heading or a file of it leads there.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path/posix';

const decoded = (text) => text.replaceAll('&amp;', '&').replaceAll('&quot;', '"').replaceAll('&#39;', "'");

/** Returns the values of one of these attributes in all tags. */
function values(html, attributes) {
    const tags = html.matchAll(new RegExp(`<[a-z][^>]*?\\s(?:${attributes})="([^"]*)"`, 'gi'));
    return [...tags].map(([, value]) => decoded(value));
}

/** Throws an error with all links that lead nowhere. */
export function checkLinks(folder) {
    const files = new Set(readdirSync(folder, { recursive: true }));
    const pages = new Map();
    for (const file of files) {
        if (!file.endsWith('.html')) continue;
        const html = readFileSync(join(folder, file), 'utf8');
        pages.set(file, { ids: new Set(values(html, 'id')), links: new Set(values(html, 'href|src')) });
    }

    /** The pages that have a link that leads nowhere, by the link. */
    const broken = new Map();
    for (const [page, { links }] of pages) {
        for (const link of links) {
            if (/^([a-z]+:|\/\/)/i.test(link)) continue;
            const { pathname, hash } = new URL(link, `http://site/${page}`);
            const file = decodeURIComponent(pathname.slice(1)).replace(/(^|\/)$/, '$1index.html');
            const anchor = decodeURIComponent(hash.slice(1));
            if (files.has(file) && (!anchor || pages.get(file)?.ids.has(anchor))) continue;
            broken.set(link, [...(broken.get(link) ?? []), page]);
        }
    }
    if (!broken.size) return;
    const list = [...broken].map(([link, on]) => `  ${link} on ${on[0]}${on[1] ? ` and ${on.length - 1} more` : ''}`);
    throw new Error(`links that lead nowhere:\n${list.join('\n')}`);
}
