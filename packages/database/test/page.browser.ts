// The page of the example, in Chromium.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { chatServer } from '../examples/chat.js';
import { eventually, Puppet } from './puppet.js';
import { database, drizzles } from './server.js';

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

describe("the example's page", { timeout: 120_000 }, () => {
  const puppet = new Puppet();
  let chat: ReturnType<typeof chatServer>;
  let base: string;
  let browser: Browser;
  let context: BrowserContext;
  /** What went wrong in the pages of a test. */
  const problems: string[] = [];

  before(async () => {
    const made = await database();
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

  test('streams an answer', async () => {
    const page = await opened();
    await ask(page, 'What should I see?');
    await puppet.asked;
    puppet.say('The ');
    await shows(page, 'What should I see?', 'The ');
    puppet.say('sunrise.');
    puppet.finish();
    await shows(page, 'What should I see?', 'The sunrise.');
    await page.reload();
    await shows(page, 'What should I see?', 'The sunrise.');
  });
});
