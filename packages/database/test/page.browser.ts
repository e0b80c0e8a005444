// The page of the example, and make demo-chat, in Chromium. With SCREENSHOTS=FOLDER, it photographs the latter.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { chatServer } from '../examples/chat.js';
import { eventually, Puppet } from './puppet.js';
import { database, drizzles, repository, type TestDatabase } from './server.js';

const ada = 'ada00000-0000-4000-8000-000000000000';

/** The messages that a page shows. */
const shown = (page: Page) => page.locator('main p').allTextContents();

async function ask(page: Page, question: string) {
  await page.fill('input', question);
  await page.press('input', 'Enter');
}

async function shows(page: Page, ...expected: string[]) {
  await eventually(async () => JSON.stringify(await shown(page)) === JSON.stringify(expected));
  assert.deepEqual(await shown(page), expected);
}

/** Waits until no answer is in progress in the page. */
const ends = (page: Page) => page.waitForSelector('output[data-status="ready"]');

describe("the example's page", { timeout: 900_000 }, () => {
  const puppet = new Puppet();
  let chat: ReturnType<typeof chatServer>;
  let made: TestDatabase;
  let base: string;
  let browser: Browser;
  let context: BrowserContext;
  /** What went wrong in the pages of a test. */
  const problems: string[] = [];

  before(async () => {
    made = await database();
    await made.pool.query("SELECT agentchat.enable('runs')");
    await made.pool.query(`INSERT INTO users (id, email) VALUES ('${ada}', 'ada@example.com')`);
    chat = chatServer({ db: drizzles(made)['node-postgres'], model: puppet.model, userOf: () => ada });
    chat.server.listen(0, '127.0.0.1');
    await once(chat.server, 'listening');
    base = `http://127.0.0.1:${(chat.server.address() as AddressInfo).port}/`;
    // Chromium's sandbox refuses to run as root.
    browser = await chromium.launch({
      executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
      chromiumSandbox: process.getuid?.() !== 0,
    });
  });
  after(async () => {
    await browser?.close();
    chat.server.closeAllConnections();
    chat.server.close();
  });
  beforeEach(async () => {
    context = await browser.newContext();
  });
  afterEach(async () => {
    await context.close();
    assert.deepEqual(problems.splice(0), []);
  });

  /** Opens a tab. Without an address, it starts a conversation. */
  async function opened(address = base) {
    const page = await context.newPage();
    page.on('pageerror', (error) => problems.push(String(error)));
    await page.goto(address);
    await page.waitForSelector('form');
    return page;
  }

  /** The titles in the list. */
  const listed = (page: Page) => page.locator('nav li b').allTextContents();

  const question = 'What should I see?';

  /** Opens a tab and asks. Resolves to the tab when it shows the beginning of the answer. */
  async function answering() {
    const page = await opened();
    await ask(page, question);
    await puppet.asked;
    puppet.say('The ');
    await shows(page, question, 'The ');
    return page;
  }

  test('streams an answer', async () => {
    const page = await answering();
    puppet.say('sunrise.');
    puppet.finish();
    await shows(page, question, 'The sunrise.');
    await ends(page);
    await page.reload();
    await shows(page, question, 'The sunrise.');
  });

  test('goes on after a reload in mid-answer', async () => {
    const page = await answering();
    const words = Array.from({ length: 200 }, (_, n) => `word ${n} `);
    for (const [n, word] of words.entries()) {
      puppet.say(word);
      if (n % 20 === 0) await sleep(10);
      if (n === 50 || n === 120) {
        await page.reload();
        await page.waitForSelector('.assistant');
      }
    }
    await shows(page, question, `The ${words.join('')}`);
    puppet.say('end.');
    puppet.finish();
    await shows(page, question, `The ${words.join('')}end.`);
    await ends(page);
    await page.reload();
    await shows(page, question, `The ${words.join('')}end.`);
  });

  test('stops from a second tab', async () => {
    const page = await answering();
    const second = await opened(page.url());
    await shows(second, question, 'The ');
    puppet.say('sunrise ');
    await shows(second, question, 'The sunrise ');
    await second.click('text=Stop');
    for (const tab of [page, second]) await ends(tab);
    for (const tab of [page, second]) await shows(tab, question, 'The sunrise ');
    puppet.asked = puppet.again();
    await ask(second, 'And then?');
    await puppet.asked;
    puppet.say('Whales.');
    puppet.finish();
    await shows(second, question, 'The sunrise ', 'And then?', 'Whales.');
  });

  test('goes on when the connection was lost', async () => {
    const page = await answering();
    chat.server.closeAllConnections();
    puppet.say('sunrise ');
    await shows(page, question, 'The sunrise ');
    puppet.say('there.');
    puppet.finish();
    await shows(page, question, 'The sunrise there.');
    await ends(page);
  });

  test('shows an answer that ends while the page loads', async () => {
    const page = await answering();
    await page.route('**/stream', async (route) => {
      puppet.finish();
      await eventually(async () => !(await made.pool.query("SELECT FROM runs WHERE status = 'running'")).rowCount);
      await route.continue();
    });
    await page.reload();
    await shows(page, question, 'The ');
    await ends(page);
  });

  test('lists the conversations, and goes from one to the other', async () => {
    const page = await answering();
    const first = page.url();
    await eventually(async () => (await listed(page))[0] === question);
    await page.click('text=New conversation');
    await shows(page);
    puppet.finish();
    await ask(page, 'Where do we eat?');
    await puppet.asked;
    puppet.say('In Pāʻia.');
    puppet.finish();
    await shows(page, 'Where do we eat?', 'In Pāʻia.');
    await ends(page);
    assert.notEqual(page.url(), first);
    await eventually(async () => (await listed(page))[0] === 'Where do we eat?');
    assert.deepEqual((await listed(page)).slice(0, 2), ['Where do we eat?', question]);
    await page.click(`nav li:nth-child(2) a`);
    await shows(page, question, 'The ');
    assert.equal(page.url(), first);
    await page.goBack();
    await shows(page, 'Where do we eat?', 'In Pāʻia.');
  });

  test('tells that a conversation does not exist', async () => {
    const page = await context.newPage();
    await page.goto(`${base}#${randomUUID()}`);
    assert.match((await page.locator('.error').textContent()) ?? '', /conversation not found/);
  });

  describe('make demo-chat', () => {
    let program: ChildProcess;
    let address: string;
    const ended = () => program.exitCode !== null || program.signalCode !== null;
    const interrupt = () => ended() || process.kill(-program.pid!, 'SIGINT');

    before(async () => {
      // In a process group of its own, which gets the signal of Ctrl-C as one.
      program = spawn('scripts/demo-chat', {
        cwd: repository,
        env: { ...process.env, WORD_DELAY: '20' },
        stdio: ['ignore', 'pipe', 'inherit'],
        detached: true,
      });
      let printed = '';
      program.stdout!.on('data', (text) => (printed += text));
      while (!/http\S+/.test(printed) && !ended()) await sleep(50);
      [address = ''] = /http\S+/.exec(printed) ?? [];
      assert.ok(address, printed);
    });
    after(interrupt);

    test('shows its conversations, streams answers, and has them after a reload', async () => {
      const page = await opened(address);
      await eventually(async () => (await listed(page)).length === 20);
      await page.getByRole('button', { name: 'More', exact: true }).click();
      await eventually(async () => (await listed(page)).length === 30);
      const [latest] = await listed(page);
      await page.click('nav li a');
      await page.waitForSelector('.assistant');
      assert.ok((await shown(page))[0]?.startsWith(latest!), latest);
      assert.equal(await page.locator('nav [aria-current]').count(), 1);
      await page.click('text=New conversation');
      await page.click('text=What should I see on Maui?');
      await page.waitForSelector('main.streaming .assistant');
      await page.reload();
      await page.waitForSelector('text=beaches of Kihei.');
      await ends(page);
      await ask(page, 'And where do we eat?');
      await page.waitForSelector('text=strawberries in spring.');
      await ends(page);
      const all = await shown(page);
      assert.equal(all.length, 4);
      assert.match(all[1]!, /^Rent a car .* Kihei\.$/);
      assert.match(all[3]!, /^In the evening.* spring\.$/);
      await page.reload();
      await shows(page, ...all);
      await eventually(async () => (await listed(page)).length === 20);
      assert.equal((await listed(page))[0], 'What should I see on Maui?');
    });

    // GitHub shows a picture in a README some 830 pixels wide.
    for (const [screen, colorScheme, width, height] of [
      ['wide', 'light', 1100, 680],
      ['wide', 'dark', 1100, 680],
      ['narrow', 'light', 360, 740],
    ] as const) {
      test(`fits a ${screen} screen, in ${colorScheme}`, async () => {
        const page = await opened(address);
        await page.emulateMedia({ colorScheme });
        await page.setViewportSize({ width, height });
        if (screen === 'narrow') await page.click('text=Conversations');
        await page.click('nav li a');
        await page.waitForSelector('.assistant');
        const size = await page.evaluate(
          '[document.documentElement.scrollWidth, document.documentElement.scrollHeight]',
        );
        assert.deepEqual(size, [width, height]);
        const [lightest] = /\d+/.exec(
          (await page.evaluate('getComputedStyle(document.body).backgroundColor')) as string,
        )!;
        assert.equal(Number(lightest) > 128, colorScheme === 'light');
        const folder = process.env.SCREENSHOTS;
        if (folder) await page.screenshot({ path: `${folder}/chat-${screen}-${colorScheme}.png` });
      });
    }

    test('ends by Ctrl-C', async () => {
      interrupt();
      await eventually(async () => ended());
      assert.ok(ended());
      await assert.rejects(fetch(address), /fetch failed/);
    });
  });
});
