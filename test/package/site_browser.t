#!/usr/bin/env node
// The site of the documentation (make site): built, looked at in Chromium on a wide and on a narrow screen, and whether
// it fails on what leads nowhere. With SCREENSHOTS=FOLDER, it photographs some pages.
const { execFile, spawn } = require('node:child_process');
const { once } = require('node:events');
const { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, symlinkSync, writeFileSync } = require('node:fs');
const { createRequire } = require('node:module');
const { tmpdir } = require('node:os');
const { join } = require('node:path');
const { run, ok, is, eventually, freePort } = require('../lib/http.js');

const root = join(__dirname, '../..');
const { chromium } = createRequire(join(root, 'packages/database/package.json'))('playwright-core');
const vitepress = join(root, 'site/node_modules/vitepress/bin/vitepress.js');

// Builds the site of a repository. Resolves to the exit status and what was printed.
const build = (repository) =>
    new Promise((resolve) => {
        execFile('node', [vitepress, 'build'], { cwd: join(repository, 'site') }, (error, output, errors) =>
            resolve({ status: error ? error.code : 0, printed: output + errors }),
        );
    });

// A repository of a few pages, by their paths, with the site's own configuration.
function repositoryOf(pages) {
    const repository = mkdtempSync(join(tmpdir(), 'site.'));
    for (const folder of ['docs', 'src', 'packages/database', 'site']) {
        mkdirSync(join(repository, folder), { recursive: true });
    }
    for (const name of ['.vitepress', 'package.json'])
        cpSync(join(root, 'site', name), join(repository, 'site', name), { recursive: true });
    symlinkSync(join(root, 'site/node_modules'), join(repository, 'site/node_modules'));
    writeFileSync(join(repository, 'src/code.cpp'), '');
    for (const [path, text] of Object.entries(pages)) writeFileSync(join(repository, path), text);
    return repository;
}

const index = '# Documentation\n\n## First steps\n\n- [Start](start.md): begin\n';

async function findsMistakes() {
    const { status, printed } = await build(
        repositoryOf({
            'README.md': '# Product\n\n[a page](docs/start.md), [no page](docs/nowhere.md)\n',
            'docs/index.md': index,
            'docs/start.md':
                '# Start\n\n## `first_step`\n\n[there](#first_step), [not there](#second), [no file](../src/no.cpp)\n',
            'docs/other.md': '# Other\n\n[there](start.md#first_step), [not there](start.md#third)\n',
        }),
    );
    ok(status !== 0, 'a site with links that lead nowhere is not built', printed);
    const matches = printed.matchAll(/^ {2}(\S+) on (\S+)$/gm);
    // VitePress prints the error, and its stack.
    const found = [...new Set([...matches].map(([, link, page]) => `${page}: ${link}`))].sort();
    const expected = [
        'docs/other.html: /docs/start.html#third',
        'docs/start.html: #second',
        'docs/start.html: ./../src/no.cpp.html',
        'index.html: ./docs/nowhere.html',
    ];
    is(found, expected, '... and told where: a page, a file, and headings of this page and of another one');

    const picture = { 'README.md': '# Product\n\n![a picture](nowhere.svg)\n', 'docs/index.md': '# Documentation\n' };
    const without = await build(repositoryOf(picture));
    ok(without.status !== 0 && /nowhere\.svg/.test(without.printed), '... nor one without a picture', without.printed);
}

// Opens pages of a server. What goes wrong in them is in problems.
async function opener(browser, size, problems) {
    const context = await browser.newContext({ viewport: size });
    const page = await context.newPage();
    page.on('pageerror', (error) => problems.push(`${page.url()}: ${error}`));
    page.on('console', (message) => {
        if (['error', 'warning'].includes(message.type())) problems.push(`${page.url()}: ${message.text()}`);
    });
    page.on('request', (request) => {
        if (!/^(http:\/\/localhost:|data:|blob:)/.test(request.url())) problems.push(`${page.url()}: ${request.url()}`);
    });
    page.on('response', (response) => {
        if (response.status() >= 400) problems.push(`${page.url()}: ${response.status()} for ${response.url()}`);
    });
    return page;
}

async function photograph(page, name) {
    const { SCREENSHOTS } = process.env;
    if (SCREENSHOTS) await page.screenshot({ path: join(SCREENSHOTS, `${name}.png`) });
}

// Serves the site of a repository, as make site-preview does, while the work lasts.
async function served(repository, work) {
    const port = await freePort();
    const server = spawn('node', [vitepress, 'preview', '--port', String(port)], {
        cwd: join(repository, 'site'),
        stdio: 'ignore',
    });
    const base = `http://localhost:${port}/`;
    try {
        const answers = () => fetch(base).catch(() => null);
        await eventually(answers, 60);
        await work(base);
    } finally {
        server.kill();
        await once(server, 'exit');
    }
}

async function showsEveryPage(browser) {
    const repository = repositoryOf({
        'README.md': '# Product\n\n[its code](src/code.cpp), [src/code.cpp](src/code.cpp), {{ braces }} {#braces}\n',
        'docs/index.md': index,
        'docs/start.md': '# Start\n',
        'docs/unlisted.md': '# `not_in_a_list`\n',
        'packages/database/README.md': '# In TypeScript\n\n[Top](../../README.md) <!-- not shown -->\n',
    });
    const { status, printed } = await build(repository);
    ok(status === 0, 'a site of a few pages is built', printed);
    const problems = [];
    const page = await opener(browser, { width: 1280, height: 800 }, problems);
    await served(repository, async (base) => {
        await page.goto(base);
        const groups = await page.locator('.VPSidebarItem.level-0 h2').allInnerTexts();
        const links = await page.locator('.VPSidebarItem.level-1 a').allInnerTexts();
        is(
            [groups, links],
            [
                ['First steps', 'More'],
                ['Start', 'not_in_a_list', 'In TypeScript'],
            ],
            'pages in no list stand below More',
        );
        const text = await page.locator('.vp-doc p').textContent();
        is(
            text,
            'its code (src/code.cpp), src/code.cpp, {{ braces }} {#braces}',
            'files of the source are named, and braces are text',
        );
        await page.click('text=In TypeScript');
        await page.waitForURL(`${base}packages/database/`);
        await page.click('.vp-doc >> text=Top');
        await page.waitForURL(base);
    });
    is(problems, [], '... without an error');
}

async function looksWell(browser) {
    const { status, printed } = await build(root);
    if (!ok(status === 0, 'make site builds all pages, and each link of them leads somewhere', printed)) return;
    const folder = join(root, 'build/site');
    const pages = readdirSync(folder, { recursive: true }).filter(
        (path) => path.endsWith('.html') && path !== '404.html',
    );
    ok(pages.length > 40 && existsSync(join(folder, 'docs/get_conversation.html')), `${pages.length} pages`);
    await served(root, async (base) => {
        for (const [screen, width, height] of [
            ['wide', 1440, 900],
            ['narrow', 360, 740],
        ]) {
            const problems = [];
            const page = await opener(browser, { width, height }, problems);
            const tooWide = [];
            for (const path of pages) {
                await page.goto(base + path);
                await page.waitForSelector('.vp-doc h1');
                const wide = await page.evaluate('document.documentElement.scrollWidth');
                if (wide > width) tooWide.push(`${path}: ${wide}`);
            }
            is(tooWide, [], `${screen}: no page scrolls to the side`);

            await page.goto(base);
            await photograph(page, `site-${screen}`);
            await page.click('.VPNavBarSearch button');
            await page.fill('.VPLocalSearchBox input', 'get_conversation');
            await page.waitForSelector('.VPLocalSearchBox .result');
            await photograph(page, `site-${screen}-search`);
            await page.click('.VPLocalSearchBox .result >> nth=0');
            await page.waitForURL('**/docs/get_conversation.html*');
            ok(await page.waitForSelector('h1#get_conversation'), `${screen}: the search finds a function`);
            await page.goto(`${base}docs/tables.html`);
            await page.click('.vp-doc a[href$="operations.html#bring-tables-up-to-date"]');
            await page.waitForURL('**/docs/operations.html#bring-tables-up-to-date');
            await eventually(async () => (await page.evaluate('scrollY')) > 0);
            const { y } = await page.locator('#bring-tables-up-to-date').boundingBox();
            ok(y >= 0 && y < height / 2, `${screen}: a link goes to a heading`, y);
            for (const name of ['tables', 'performance', 'design', 'formats']) {
                await page.goto(`${base}docs/${name}.html`);
                await photograph(page, `site-${screen}-${name}`);
            }
            is(problems, [], `${screen}: no error, and nothing comes from elsewhere`);
        }
    });
}

run(async () => {
    await findsMistakes();
    // Chromium's sandbox refuses to run as root.
    const browser = await chromium.launch({
        executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
        chromiumSandbox: process.getuid() !== 0,
    });
    try {
        await showsEveryPage(browser);
        await looksWell(browser);
    } finally {
        await browser.close();
    }
});
