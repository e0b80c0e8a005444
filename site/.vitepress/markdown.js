// Makes Markdown that is written for GitHub, with links that lead through the repository, work on the site.
import { existsSync } from 'node:fs';
import { join, relative } from 'node:path';
import { moved, pages, repository } from './pages.js';

/** Makes the anchor of a heading as GitHub does. (VitePress's own anchors differ, in underscores for one.) */
export const slugify = (text) =>
    text
        .trim()
        .toLowerCase()
        .replace(/[^\p{L}\p{M}\p{N}\p{Pc}\- ]/gu, '')
        .replaceAll(' ', '-');

/** Returns what a link on a page leads to in the repository: [path, anchor]; null if it leads elsewhere. */
function targetOf(page, href) {
    if (/^([a-z]+:|#|\/)/i.test(href)) return null;
    const [path, anchor] = href.split('#');
    const target = join(page, '..', decodeURIComponent(path));
    const readme = join(target, 'README.md');
    return [pages.includes(readme) ? readme : target, anchor];
}

/** The tokens of "text (path)", with the path as code; of the path alone if that is what the text says. */
function asText(Token, text, path) {
    const code = new Token('code_inline', 'code', 0);
    code.content = path;
    const says = text.map(({ content }) => content).join('');
    if (path.endsWith(says)) return [code];
    const [open, close] = [' (', ')'].map((content) => Object.assign(new Token('text', '', 0), { content }));
    return [...text, open, code, close];
}

/** Returns the tokens of a line or paragraph with other links. */
function withLinks(Token, page, tokens) {
    const result = [];
    for (let i = 0; i < tokens.length; i += 1) {
        const [path, anchor] = (tokens[i].type === 'link_open' && targetOf(page, tokens[i].attrGet('href'))) || [];
        if (pages.includes(path)) {
            tokens[i].attrSet('href', `/${moved[path] ?? path}${anchor ? `#${anchor}` : ''}`);
        } else if (path && existsSync(join(repository, path))) {
            // A file of the source. The repository has no address that all readers can reach.
            const end = tokens.findIndex(({ type }, at) => at > i && type === 'link_close');
            result.push(...asText(Token, tokens.slice(i + 1, end), path));
            i = end;
            continue;
        }
        result.push(tokens[i]);
    }
    return result;
}

/** Braces in a text are text. Vue would take what is between two of them for a program. */
export function keepBraces(markdown) {
    const { text } = markdown.renderer.rules;
    markdown.renderer.rules.text = (...rest) => text(...rest).replaceAll('{{', '&#123;&#123;');
}

/** A plugin of markdown-it. What leads nowhere is left as it is, and found by checkLinks. */
export function rewriteLinks(markdown) {
    markdown.core.ruler.push('repository_links', ({ tokens, env, Token }) => {
        // The path of a page is that on the site; the search gives only the one in the repository.
        const page = relative(repository, env.realPath ?? env.path);
        for (const token of tokens) {
            if (token.type === 'inline') token.children = withLinks(Token, page, token.children);
        }
    });
}
