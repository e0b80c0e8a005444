import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { before, describe, test } from 'node:test';
import { exportUser } from '@agentchat/database';
import { drizzle } from './drizzle.js';
import { Project } from './project.js';
import { database, packageFolder, type TestDatabase } from './server.js';

const ada = 'ada00000-0000-4000-8000-000000000000';
const command = `${packageFolder}/dist/cli/agentchat.js`;

let made: TestDatabase;
let folder: string;

/** Runs the command to its end. */
function agentchat(args: string[], { node = [] as string[], input = '', env = {} as Record<string, string> } = {}) {
  return new Promise<{ status: number; stdout: string; stderr: string }>((resolve) => {
    const child = execFile(
      process.execPath,
      [...node, command, ...args],
      { env: { ...process.env, DATABASE_URL: made.url, ...env }, maxBuffer: 2 ** 26 },
      (error, stdout, stderr) => resolve({ status: error ? Number(error.code ?? -1) : 0, stdout, stderr }),
    );
    child.stdin?.end(input);
  });
}

const uuid = (a: number, b = 0) => `${String(a).padStart(8, '0')}-0000-4000-8000-${String(b).padStart(12, '0')}`;

/** A conversation of an export of Claude. */
function chat(number: number, texts: string[]) {
  const chat_messages = texts.map((text, n) => ({
    uuid: uuid(number, n + 1),
    text,
    content: [{ type: 'text', text }],
    sender: n % 2 ? 'assistant' : 'human',
    created_at: new Date(Date.UTC(2026, 0, 1) + n * 1000).toISOString(),
    attachments: [],
    files: [],
  }));
  return { uuid: uuid(number), name: `Chat ${number}`, created_at: '2026-01-01T00:00:00Z', chat_messages };
}

async function file(name: string, text: string | Buffer): Promise<string> {
  const path = `${folder}/${name}`;
  await writeFile(path, text);
  return path;
}

/** Writes a file of the given number of megabytes, in small pieces. */
async function largeFile(name: string, megabytes: number): Promise<{ path: string; count: number }> {
  const path = `${folder}/${name}`;
  const stream = createWriteStream(path);
  const texts = Array.from({ length: 10 }, (_, n) => `${n} ${'Lorem ipsum dolor sit amet. '.repeat(180)}`);
  const count = Math.ceil((megabytes * 1e6) / JSON.stringify(chat(1, texts)).length);
  for (let n = 1; n <= count; n += 1) {
    if (!stream.write(`${n === 1 ? '[' : ','}${JSON.stringify(chat(n, texts))}`)) await once(stream, 'drain');
  }
  stream.end(']');
  await once(stream, 'finish');
  return { path, count };
}

const counts = async () =>
  (await made.sql('SELECT (SELECT count(*) FROM conversations), (SELECT count(*) FROM messages)')).trim();

describe('agentchat import', () => {
  before(async () => {
    folder = await mkdtemp(`${tmpdir()}/exports-`);
  });

  const begin = async () => {
    made = await database();
    await made.pool.query(`INSERT INTO users (id, email) VALUES ('${ada}', 'ada@example.com')`);
  };

  test('imports a file, and again nothing', async () => {
    await begin();
    const path = await file('small.json', JSON.stringify([chat(1, ['Hi', 'Hello']), chat(2, ['Bye']), { a: 1 }]));
    const dry = await agentchat(['import', 'claude', path, '--user', ada, '--dry-run']);
    assert.equal(dry.status, 3, dry.stderr);
    assert.match(dry.stderr, /3 read, 3 messages to write\n$/);
    assert.match(dry.stdout, /^conversations +3 +2 +0 +1$/m);
    assert.match(dry.stdout, /^messages +3 +3 +0 +0$/m);
    assert.match(dry.stdout, /^The file has 2 conversations with 3 messages\.$/m);
    assert.equal(await counts(), '0|0');
    const first = await agentchat(['import', 'claude', path, '--user', ada, '--batch-size', '1']);
    assert.equal(first.status, 3, first.stderr);
    assert.match(first.stdout, /^conversations +3 +2 +0 +1$/m);
    assert.match(first.stdout, /not a conversation with chat_messages: 1\n {4}conversation 1$/m);
    assert.match(first.stdout, /^The file has 2 conversations with 3 messages\. 2 are equal in the database\.$/m);
    assert.match(first.stderr, /small\.json: 0\.0 MB of 0\.0 MB \(100 %\), 3 read, 3 messages written\n$/);
    assert.equal(await counts(), '2|3');
    const again = await agentchat(['import', 'claude', path, '--user', ada, '--json']);
    assert.equal(again.status, 3, again.stderr);
    const [conversations, messages] = JSON.parse(again.stdout);
    assert.deepEqual([conversations.read, conversations.written, conversations.skipped], [3, 0, 3]);
    assert.deepEqual([messages.read, messages.written, messages.skipped], [3, 0, 3]);
    assert.deepEqual(messages.problems, [
      { kind: 'already imported', count: 3, first_ids: [uuid(1, 1), uuid(1, 2), uuid(2, 1)] },
    ]);
    assert.deepEqual([conversations.figures.agreeing, conversations.figures.messages], [2, 3]);
    assert.equal(await counts(), '2|3');
  });

  test('reads the standard input, and one conversation a line', async () => {
    await begin();
    const input = [chat(1, ['Hi']), chat(2, ['Hi'])].map((line) => JSON.stringify(line)).join('\n');
    const { status, stdout, stderr } = await agentchat(['import', 'claude', '-', '--user', ada], { input });
    assert.equal(status, 0, stderr);
    assert.match(stdout, /^conversations +2 +2 +0 +0$/m);
  });

  test('reports what the database refuses, and imports the rest', async () => {
    await begin();
    const texts = [
      JSON.stringify(chat(1, ['One'])),
      JSON.stringify(chat(2, ['Two'])).replace('"sender"', '"size": 1e999999, "sender"'),
      JSON.stringify(chat(3, ['Three'])).replace('"text"', 'text'),
      JSON.stringify(chat(4, ['Four'])),
    ];
    const path = await file('refused.json', `[${texts.join()}]`);
    const { status, stdout, stderr } = await agentchat(['import', 'claude', path, '--user', ada]);
    assert.equal(status, 3, stderr);
    assert.match(stderr, /value 2, at byte \d+, is refused: .*numeric/);
    assert.match(stderr, /value 3, at byte \d+, is refused: invalid input syntax for type json\n {2}.*"text"/);
    assert.match(stdout, /^conversations +4 +2 +0 +2$/m);
    assert.match(stdout, /refused by the database: 2\n {4}00000002-.*, value 3$/m);
    assert.equal(await counts(), '2|2');
  });

  test('replaces what jsonb cannot hold, and says so', async () => {
    await begin();
    const raw = JSON.stringify([chat(1, ['zero null cut half whole escaped']), chat(2, ['latin ?'])])
      .replaceAll('null', '\\u0000')
      .replaceAll('half', '\\uD83D!')
      .replaceAll('whole', '\\ud83d\\ude00')
      .replaceAll('escaped', '\\\\u0000');
    const bytes = Buffer.from(raw);
    for (const [n, byte] of bytes.entries()) if (byte === '?'.charCodeAt(0)) bytes[n] = 0xe9;
    const path = await file('characters.json', bytes);
    const { status, stdout, stderr } = await agentchat(['import', 'claude', path, '--user', ada]);
    assert.equal(status, 0, stderr);
    assert.match(stdout, /characters that jsonb cannot hold were replaced: 1\n {4}00000001-/);
    assert.match(stdout, /bytes that are not UTF-8 were replaced: 1\n {4}00000002-/);
    const contents = await made.pool.query('SELECT content FROM messages ORDER BY content');
    assert.deepEqual(
      contents.rows.map(({ content }) => content),
      ['latin \ufffd', 'zero \ufffd cut \ufffd! \u{1F600} \\u0000'],
    );
  });

  test('imports what comes before the place where a file is not JSON', async () => {
    await begin();
    const text = JSON.stringify([chat(1, ['One']), chat(2, ['Two'])]);
    const cut = await file('cut.json', text.slice(0, -20));
    const first = await agentchat(['import', 'claude', cut, '--user', ada]);
    assert.equal(first.status, 1);
    assert.match(
      first.stderr,
      /cut\.json: The file is not valid JSON: it ends too early, after \d+ bytes, in value 2\./,
    );
    assert.match(first.stdout, /^conversations +1 +1 +0 +0$/m);
    assert.equal(await counts(), '1|1');
    const zip = await file('export.zip', 'PK\x03\x04');
    assert.match((await agentchat(['import', 'claude', zip, '--user', ada])).stderr, /byte 0 is "P"/);
  });

  test('tells what is wrong', async () => {
    await begin();
    const path = await file('empty.json', '[]');
    const unknown = uuid(9);
    for (const [status, words, args, env] of [
      [2, /A command is missing/, [], {}],
      [2, /There is no command export/, ['export'], {}],
      [2, /gemini is not chatgpt, claude or user/, ['import', 'gemini', path], {}],
      [2, /FILE is missing/, ['import', 'claude'], {}],
      [2, /--user is missing/, ['import', 'claude', path], {}],
      [2, /--user ada is not a UUID/, ['import', 'claude', path, '--user', 'ada'], {}],
      [2, /Leave --user out/, ['import', 'user', path, '--user', ada], {}],
      [
        2,
        /--batch-size 0 is not a positive integer/,
        ['import', 'claude', path, '--user', ada, '--batch-size', '0'],
        {},
      ],
      [2, /Unknown option '--usr'/, ['import', 'claude', path, '--usr', ada], {}],
      [2, /DATABASE_URL is not set/, ['import', 'claude', path, '--user', ada], { DATABASE_URL: '' }],
      [1, /ECONNREFUSED/, ['import', 'claude', path, '--user', ada], { DATABASE_URL: 'postgres://127.0.0.1:1/x' }],
      [1, /gone\.json: ENOENT/, ['import', 'claude', `${folder}/gone.json`, '--user', ada], {}],
      [1, /user not found\n {2}No user has the id/, ['import', 'claude', path, '--user', unknown], {}],
      [0, /^$/, ['import', 'claude', path, '--user', ada], {}],
      [0, /^$/, ['--help'], {}],
    ] as const) {
      const result = await agentchat([...args], { env });
      assert.equal(result.status, status, `${args.join(' ')}: ${result.stderr}`);
      if (status > 0) assert.match(result.stderr, words);
    }
  });

  test('needs the same memory for any file', async () => {
    await begin();
    const { path, count } = await largeFile('large.json', Number(process.env.EXPORT_MEGABYTES ?? 20));
    const heap = ['--max-old-space-size=64'];
    const { status, stdout, stderr } = await agentchat(['import', 'claude', path, '--user', ada], { node: heap });
    assert.equal(status, 0, stderr);
    assert.match(stdout.replaceAll(',', ''), new RegExp(`^The file has ${count} .* ${count} are equal`, 'm'));
    assert.equal(await counts(), `${count}|${count * 10}`);
  });

  for (const [signal, expected] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGKILL', null],
  ] as const) {
    test(`can be stopped by ${signal} and run again`, async () => {
      await begin();
      const { path, count } = await largeFile('stopped.json', 2);
      const args = ['import', 'claude', path, '--user', ada, '--batch-size', '1'];
      const child = spawn(process.execPath, [command, ...args], { env: { ...process.env, DATABASE_URL: made.url } });
      let stdout = '';
      child.stdout.on('data', (text) => {
        stdout += text;
      });
      child.stderr.resume();
      const ended = once(child, 'close');
      // A transaction has been committed.
      while ((await counts()) === '0|0' && child.exitCode === null);
      child.kill(signal);
      assert.equal((await ended)[0], expected);
      if (expected) assert.match(stdout, /^conversations +\d/m);
      const [conversations = 0] = (await counts()).split('|').map(Number);
      assert.ok(conversations > 0 && conversations < count, `${conversations} of ${count}`);
      const again = await agentchat(args.slice(0, -2));
      assert.equal(again.status, 0, again.stderr);
      assert.equal(await counts(), `${count}|${count * 10}`);
    });
  }

  test('imports users, as exported', async () => {
    await begin();
    const path = await file('chats.json', JSON.stringify([chat(1, ['Hi', 'Hello'])]));
    await agentchat(['import', 'claude', path, '--user', ada]);
    const before = await exportUser(drizzle(made.pool), ada);
    const users = await file('users.json', JSON.stringify(before));
    await made.sql(`SET ROLE developer; SELECT agentchat.delete_user('${ada}')`);
    assert.equal(await counts(), '0|0');
    const { status, stdout, stderr } = await agentchat(['import', 'user', users]);
    assert.equal(status, 0, stderr);
    assert.match(stdout, /^messages +2 +2 +0 +0$/m);
    assert.deepEqual(await exportUser(drizzle(made.pool), ada), before);
  });

  for (const without of ['pg', 'postgres']) {
    test(`runs as npx does, without ${without}`, async () => {
      await begin();
      const project = await Project.create({ without: [without] });
      await project.write({ 'conversations.json': JSON.stringify([chat(1, ['Hi']), chat(2, ['1e9', 'Yes'])]) });
      const args = ['import', 'claude', 'conversations.json', '--user', ada];
      const stdout = await project.run('node_modules/.bin/agentchat', args, { DATABASE_URL: made.url });
      assert.match(stdout, /^messages +3 +3 +0 +0$/m);
      assert.match(stdout, / 2 are equal in the database\.$/m);
    });
  }
});
