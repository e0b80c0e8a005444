// The site of the documentation, by VitePress (make site): the Markdown files of the repository with a search.
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitepress';
import { checkLinks } from './links.js';
import { keepBraces, rewriteLinks, slugify } from './markdown.js';
import { addressOf, excluded, moved, navigation, pages, repository, sidebar } from './pages.js';

const site = fileURLToPath(new URL('..', import.meta.url));

// Pages are outside of the folder that Vue is installed in. They import it as if they were inside.
const findVue = {
    name: 'find-vue',
    enforce: 'pre',
    resolveId(source, importer) {
        if (!/^vue(\/|$)/.test(source) || importer?.startsWith(site)) return null;
        return this.resolve(source, `${site}package.json`, { skipSelf: true });
    },
};

export default defineConfig({
    title: 'agentchat',
    description: 'The database of an AI chat product, as an extension of PostgreSQL',
    lang: 'en',
    // None: browsers would ask for favicon.ico.
    head: [['link', { rel: 'icon', href: 'data:,' }]],
    srcDir: repository,
    srcExclude: excluded,
    rewrites: moved,
    outDir: `${repository}build/site`,
    cacheDir: `${repository}build/site-cache`,
    // A page names itself in its first heading, with the name of the product or without it.
    titleTemplate: ':title | agentchat',
    // checkLinks looks at pages and at headings, and tells about all of them at once.
    ignoreDeadLinks: true,
    buildEnd: ({ outDir }) => checkLinks(outDir),
    markdown: {
        // Braces at the end of a line are text on GitHub.
        attrs: { disable: true },
        anchor: { slugify },
        languageAlias: { psql: 'sql' },
        config: (markdown) => void markdown.use(rewriteLinks).use(keepBraces),
    },
    themeConfig: {
        nav: navigation.map(([text, page]) => ({ text, link: addressOf(page) })),
        sidebar,
        outline: [2, 3],
        search: {
            provider: 'local',
            options: {
                // A word of a title is worth more than one of the text; the names of functions are titles of pages.
                miniSearch: { searchOptions: { boost: { title: 8, titles: 2, text: 1 } } },
            },
        },
        docFooter: { prev: false, next: false },
    },
    vite: {
        plugins: [findVue],
        // A picture in a file of its own can be opened alone, and its text found by the browser.
        build: { assetsInlineLimit: 0 },
    },
    transformPageData: ({ filePath }) => {
        if (!pages.includes(filePath)) throw new Error(`${filePath} is a page, but pages.js does not know it`);
    },
});
