// What npm would publish: `npm publish --dry-run` has nothing to warn of, and what it would send is complete.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname } from 'node:path';
import { describe, test } from 'node:test';
import { promisify } from 'node:util';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { major } from './drizzle.js';
import { packed } from './project.js';
import { packageFolder } from './server.js';

const exec = promisify(execFile);

/** The links of a page that lead neither into the web nor within the page, outside of blocks of code. */
const relativeLinks = (markdown: string) =>
  markdown.replace(/^```[\s\S]*?^```$/gm, '').match(/\]\((?!https?:|#)[^)]*\)/g) ?? [];

// Drizzle makes no difference.
describe('publishing', { skip: major === 1 }, () => {
  test('npm publish --dry-run has nothing to warn of, and sends nothing', async (context) => {
    const requests: string[] = [];
    // In place of the registry: the package is not there yet.
    const registry = createServer((request, response) => {
      requests.push(`${request.method} ${request.url}`);
      response.writeHead(404, { 'content-type': 'application/json' }).end('{"error": "not found"}');
    }).listen(0, '127.0.0.1');
    context.after(() => registry.close());
    await new Promise((resolve) => registry.once('listening', resolve));
    const address = `//127.0.0.1:${(registry.address() as AddressInfo).port}/`;
    const folder = dirname(await packed());
    await writeFile(`${folder}/.npmrc`, `registry=http:${address}\n${address}:_authToken=none\n`);
    const npm = `${packageFolder}/node_modules/npm/bin/npm-cli.js`;
    // The scripts have run, when it was packed.
    const publish = [npm, 'publish', '--dry-run', '--json', '--ignore-scripts'];
    // What this machine has set for npm is not of the package.
    const env = { ...process.env, npm_config_userconfig: `${folder}/.npmrc`, npm_config_globalconfig: '/dev/null' };
    const { stdout, stderr } = await exec(process.execPath, publish, { cwd: folder, env });

    assert.doesNotMatch(stderr, /warn|error/i);
    assert.match(stderr, /with tag latest and public access \(dry-run\)/);
    assert.deepEqual(
      requests.filter((request) => !request.startsWith('GET ')),
      [],
    );
    const report = JSON.parse(stdout);
    const { name, version, files } = report.files ? report : (Object.values(report)[0] as typeof report);
    const { name: ourName, version: ourVersion } = JSON.parse(await readFile(`${packageFolder}/package.json`, 'utf8'));
    assert.deepEqual([name, version], [ourName, ourVersion]);
    const paths = files.map((file: { path: string }) => file.path);
    for (const path of [
      'CHANGELOG.md',
      'LICENSE',
      'README.md',
      'dist/cli/agentchat.js',
      `dist/sql/agentchat-sql--${version}.sql`,
    ]) {
      assert.ok(paths.includes(path), path);
    }
    assert.deepEqual(
      paths.filter((path: string) => !/^(dist|src)\/|^[A-Z]+(\.md)?$|^package\.json$/.test(path)),
      [],
    );
  });

  test('publint finds nothing in what is published', async () => {
    const tarball = await readFile(await packed());
    const { messages, pkg } = await publint({
      pack: { tarball: tarball.buffer.slice(tarball.byteOffset, tarball.byteOffset + tarball.byteLength) },
      strict: true,
    });
    assert.deepEqual(
      messages.map((message) => formatMessage(message, pkg, { color: false })),
      [],
    );
  });

  test('the changelog has this version, and so has that of the database', async () => {
    const { version } = JSON.parse(await readFile(`${packageFolder}/package.json`, 'utf8'));
    for (const file of ['CHANGELOG.md', '../../CHANGELOG.md']) {
      assert.match(
        await readFile(`${packageFolder}/${file}`, 'utf8'),
        new RegExp(`^## ${version.replaceAll('.', '\\.')}`, 'm'),
      );
    }
  });

  test('README.md has no links that npmjs.com cannot follow', async () => {
    const { stdout } = await exec('tar', ['-xzOf', await packed(), 'package/README.md'], { maxBuffer: 2 ** 24 });
    const ours = await readFile(`${packageFolder}/README.md`, 'utf8');
    assert.notDeepEqual(relativeLinks(ours), []);
    assert.deepEqual(relativeLinks(stdout), []);
    assert.match(stdout, /\(docs\/runs\.md\)/);
  });

  test('README.md is what it was after packing, and after publishing, which reads it once more', async () => {
    const folder = await mkdtemp(`${tmpdir()}/readme-`);
    await cp(`${packageFolder}/scripts/readme.js`, `${folder}/readme.js`);
    const run = (step: string, env: NodeJS.ProcessEnv) =>
      exec(process.execPath, ['readme.js', step], { cwd: folder, env: { ...process.env, ...env } });
    const read = () => readFile(`${folder}/README.md`, 'utf8');
    const page = '# Title\n\n[One](../../docs/one.md#two) and [web](https://example.com).\n\n```ts\na[0](b)\n```\n';
    await writeFile(`${folder}/README.md`, page);
    await writeFile(`${folder}/package.json`, '{"type": "module"}');

    await run('pack', { npm_command: 'publish', npm_lifecycle_event: 'prepack' });
    const packedPage = await read();
    assert.match(
      packedPage,
      /^# Title\n\nOne \(docs\/one\.md\) and \[web\]\(https:\/\/example\.com\)\.\n\n.*\n\n```ts\na\[0\]\(b\)\n/,
    );
    await run('restore', { npm_command: 'publish', npm_lifecycle_event: 'postpack' });
    assert.equal(await read(), packedPage);
    await run('restore', { npm_command: 'publish', npm_lifecycle_event: 'postpublish' });
    assert.equal(await read(), page);

    await run('pack', { npm_command: 'pack', npm_lifecycle_event: 'prepack' });
    await run('restore', { npm_command: 'pack', npm_lifecycle_event: 'postpack' });
    assert.equal(await read(), page);

    // npmjs.com follows links by the address of a repository.
    await writeFile(`${folder}/package.json`, '{"type": "module", "repository": "https://example.com/agentchat"}');
    await run('pack', { npm_command: 'pack', npm_lifecycle_event: 'prepack' });
    assert.equal(await read(), page);
  });
});
