#!/usr/bin/env node
// The Dockerfiles get from the checkout all that git has of what they build, and no more; their files and the page about
// them name the same versions. Whether they build is tested by dockerfiles_chroot.t.
const { execFileSync } = require('node:child_process');
const { mkdirSync, mkdtempSync, readFileSync, writeFileSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { join } = require('node:path');
const { parseAllDocuments } = require('yaml');
const { contextFiles, stagesOf } = require('../lib/dockerfile.js');
const { is, ok, run } = require('../lib/http.js');

const root = join(__dirname, '../..');
const read = (path) => readFileSync(join(root, path), 'utf8');
const yaml = (path) => parseAllDocuments(read(path)).map((document) => document.toJS());
const version = /^default_version = '(.*)'/m.exec(read('agentchat.control'))[1];

// The base images of a Dockerfile, and the arguments of its COPY instructions that take from the checkout.
const bases = (file) => stagesOf(join(root, file)).map(({ base }) => base);

function testContext() {
    const built = ['LICENSE', 'Makefile', 'agentchat.control', 'data', 'scripts/change-edition.js'];
    const tracked = execFileSync(
        'git',
        ['-c', `safe.directory=${root}`, 'ls-files', '-z', ...built, 'scripts/sql-edition.js', 'src'],
        { cwd: root, encoding: 'utf8' },
    );
    is(
        contextFiles(root).sort(),
        tracked.split('\0').filter(Boolean).sort(),
        '.dockerignore lets through what is built',
    );

    const folder = mkdtempSync(join(tmpdir(), 'context.'));
    for (const path of ['src/pg', 'docs', 'node_modules/a', 'scripts'])
        mkdirSync(join(folder, path), { recursive: true });
    for (const path of [
        'src/pg/a.cpp',
        'src/pg/a.o',
        'src/pg/a.d',
        'docs/a.md',
        'node_modules/a/LICENSE',
        'scripts/test',
    ]) {
        writeFileSync(join(folder, path), '');
    }
    writeFileSync(join(folder, '.dockerignore'), read('.dockerignore'));
    is(contextFiles(folder), ['src/pg/a.cpp'], 'and nothing that a build has left, no page and no other script');
}

function testVersions() {
    is(bases('Dockerfile'), ['postgres:17-trixie', 'postgres:17-trixie'], 'the image of PostgreSQL');
    is(
        bases('packaging/supabase/Dockerfile').map((base) => base.replace(/:17\..*/, ':17')),
        ['postgres:17-bookworm', 'supabase/postgres:17'],
        "the images for Supabase are of one major version, and the first has an older C library than Supabase's",
    );
    const [cluster] = yaml('packaging/cloudnativepg/cluster.yaml');
    const [extension] = cluster.spec.postgresql.extensions;
    is(
        bases('packaging/cloudnativepg/Dockerfile'),
        [cluster.spec.imageName, 'scratch'],
        "the cluster's image is built on",
    );
    is(extension.name, 'agentchat', 'the folder of the mounted image');
    const reference = `registry.example.com/agentchat:${version}-18-trixie`;
    is(extension.image.reference, reference, 'its tag has the version, that of PostgreSQL and the release of Debian');
    ok(read('packaging/cloudnativepg/Dockerfile').includes(` -t ${reference} .`), 'its Dockerfile names the same tag');
    ok(read('docs/docker.md').includes(` -t ${reference} `), 'and so does docs/docker.md');
    const [{ services }] = yaml('packaging/supabase/docker-compose.agentchat.yml');
    ok(
        read('docs/docker.md').includes(` -t ${services.db.image} .`),
        'the image of the compose file is what the page builds',
    );
}

// A Dockerfile in which something is not understood must not pass as one in which there is nothing to do.
function testStrictness() {
    const file = join(mkdtempSync(join(tmpdir(), 'dockerfile.')), 'Dockerfile');
    const read = (text) => {
        writeFileSync(file, `FROM scratch\n${text}\n`);
        try {
            return stagesOf(file)[0].steps;
        } catch (error) {
            return error.message.replace(/^.*:\d+: /, '');
        }
    };
    is(read('ADD a b'), 'ADD: not understood here', 'ADD');
    is(read('COPY --chown=1 a b'), 'COPY: not understood here', 'COPY with a flag');
    is(read('COPY $A b'), 'COPY: $A: A has no value', 'a variable without a value');
    is(read('ARG A=1\nCOPY $A$ b'), 'COPY: $A$: this form is not understood here', 'a form that is not a variable');
    is(
        read('ARG A=x\nUSER me\nWORKDIR /w\nRUN a \\\n  $A').at(-1),
        {
            line: 5,
            keyword: 'RUN',
            command: 'a   $A',
            variables: { A: 'x' },
            user: 'me',
            folder: '/w',
        },
        'RUN has the variables, the user and the folder of the lines before it',
    );
}

run(async () => {
    testContext();
    testVersions();
    testStrictness();
});
