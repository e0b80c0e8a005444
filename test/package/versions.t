#!/usr/bin/env node
// The version, and what else META.json and debian/ repeat, is the same everywhere; and META.json is what PGXN takes.
const { execFileSync } = require('node:child_process');
const { existsSync, readFileSync } = require('node:fs');
const Ajv = require('ajv/dist/2020').default;
const addFormats = require('ajv-formats').default;
const { run, ok, is } = require('../lib/http.js');
const { schema } = require('../lib/pgxn_meta.js');

const root = `${__dirname}/../..`;
const read = (file) => readFileSync(`${root}/${file}`, 'utf8');
const found = (file, pattern) => pattern.exec(read(file))?.[1];

// A release is dated, and its scripts, which never change again, are what the sources make. So whoever changes one of
// these begins the next version first.
function checkRelease(version) {
    const heading = `## ${version} `;
    const dates = ['CHANGELOG.md', 'packages/database/CHANGELOG.md'].map((file) =>
        found(file, new RegExp(`^${heading}\\((.*)\\)$`, 'm')),
    );
    is(dates[0], dates[1], 'date: both changelogs');

    const last = found('Makefile', /^LAST_RELEASE = (.*)$/m);
    const releases = [...read('test/data/releases.sha256').matchAll(/agentchat--(\d+\.\d+\.\d+)\.sql$/gm)];
    const before = releases.map(([, release]) => release).filter((release) => release !== version);
    is(last, before.at(-1), 'LAST_RELEASE of the Makefile');

    const edition = `agentchat-sql--${version}.sql`;
    const scripts = {
        [`src/schema/releases/agentchat--${version}.sql`]: `agentchat--${version}.sql`,
        [`src/schema/releases/agentchat--${last}--${version}.sql`]: `agentchat--${last}--${version}.sql`,
        [`packages/database/src/sql/releases/${edition}`]: `build/${edition}`,
    };
    const released = dates[0] !== 'unreleased';
    for (const [kept, made] of Object.entries(scripts)) {
        is(existsSync(`${root}/${kept}`), released, `${kept}: ${released ? '' : 'not '}kept, as of ${dates[0]}`);
        is(read('test/data/releases.sha256').includes(`  ${kept}\n`), released, `${kept}: its checksum, too`);
        if (!released) continue;
        execFileSync('make', ['-s', made], { cwd: root });
        ok(read(kept) === read(made), `${kept}: what the sources make`);
    }
    if (!released) return;
    ok(/^\d{4}-\d\d-\d\d$/.test(dates[0]), 'date: of the form YYYY-MM-DD', dates[0]);
    const packaged = new Date(found('debian/changelog', /^ -- .*> {2}(.*)$/m));
    is(packaged.toISOString().slice(0, 10), dates[0], 'date: debian/changelog');
}

run(async () => {
    const meta = JSON.parse(read('META.json'));
    const control = read('agentchat.control');
    const version = found('agentchat.control', /^default_version = '(.*)'$/m);

    is(meta.version, version, 'version: META.json');
    is(meta.provides.agentchat.version, version, 'version: META.json, of the extension');
    is(found('CHANGELOG.md', /^## (\S+)/m), version, 'version: CHANGELOG.md');
    is(found('debian/changelog', /^agentchat \((.*)-\w+\) /), version, 'version: debian/changelog');

    for (const file of ['package.json', 'package-lock.json'])
        is(JSON.parse(read(`packages/database/${file}`)).version, version, `version: packages/database/${file}`);
    checkRelease(version);

    const comment = meta.abstract[0].toLowerCase() + meta.abstract.slice(1);
    ok(control.includes(`comment = '${comment}'`), 'abstract: META.json');
    const [oldest] = meta.prereqs.runtime.requires.PostgreSQL.split('.');
    is(read('debian/pgversions').trim(), `${oldest}+`, 'PostgreSQL: META.json and debian/pgversions');

    const [built] = /(?<=^Package: postgresql-)\d+/m.exec(read('debian/control')) ?? [];
    is(
        read('debian/control'),
        read('debian/control.in').replaceAll('PGVERSION', built),
        'debian/control is what pg_buildext updatecontrol makes of debian/control.in',
    );

    const ajv = new Ajv({ allErrors: true, strictRequired: false });
    addFormats(ajv);
    const isValid = ajv.compile(schema);
    ok(isValid(meta), 'META.json follows the specification', isValid.errors);
    const { license, ...withoutLicense } = meta;
    for (const [name, wrong] of Object.entries({
        'no license': withoutLicense,
        'a license that PGXN does not know': { ...meta, license: 'PostgreSQL' },
        'a version of two numbers': { ...meta, version: '0.2' },
        'a key that is not in the specification': { ...meta, homepage: 'https://pgxn.org/' },
        'a path with a parent': { ...meta, no_index: { directory: ['../src'] } },
        'a link without a host': { ...meta, resources: { homepage: 'https://agentchat/' } },
        'no link': { ...meta, resources: {} },
    }))
        ok(!isValid(wrong), `not META.json with ${name}`);

    const { file, directory } = meta.no_index;
    const { agentchat } = meta.provides;
    for (const path of [...file, ...directory, agentchat.file, agentchat.docfile])
        ok(existsSync(`${root}/${path}`), `META.json names ${path}, which exists`);
});
