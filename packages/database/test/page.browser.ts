// The page of the example, in Chromium.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { chatServer } from '../examples/chat.js';
import { eventually, Puppet } from './puppet.js';
import { database, drizzles, type TestDatabase } from './server.js';

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
const ends = (page: Page) => page.waitForSelector('output:text("ready")');

describe("the example's page", { timeout: 300_000 }, () => {
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
});
