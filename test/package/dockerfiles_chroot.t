#!/usr/bin/env node
// Dockerfile and those of packaging/ build, and a server takes the extension from what they make (make docker-test). There
// is no Docker here: each RUN is a shell in a chroot of the base image's Debian, and each COPY a cp. As root, or with sudo.
// ONLY=docker, supabase or cloudnativepg builds that image alone. A chroot differs from its image in these ways:
//   postgres:17-trixie    PostgreSQL is Debian's, not that of apt.postgresql.org
//   Supabase              compiled on the same Debian for its own PostgreSQL 15, in place of 17. The image has the files
//                         and the shell (BusyBox) where Supabase has them, and neither Nix nor Supabase
//   CloudNativePG         PostgreSQL 18 and Debian 14, which is the first to have it
const { spawnSync } = require('node:child_process');
const { chmodSync, mkdirSync, mkdtempSync, readFileSync, renameSync, symlinkSync, writeFileSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { join } = require('node:path');
const { build, copyOf, execute, inImage, postgres, remove } = require('../lib/chroot_images.js');
const { is, ok, run } = require('../lib/http.js');

if (process.getuid() !== 0) {
    const again = ['env', `TMPDIR=${tmpdir()}`, `ONLY=${process.env.ONLY ?? ''}`, process.execPath, __filename];
    process.exit(spawnSync('sudo', again, { stdio: 'inherit' }).status ?? 1);
}

const version = /^default_version = '(.*)'/m.exec(readFileSync(join(__dirname, '../../agentchat.control'), 'utf8'))[1];

const question = 'What should I see on Maui?';

// What the owner of a database does, who is no superuser: each statement, and what it prints.
const session = [
    ['CREATE EXTENSION agentchat', ''],
    ['SELECT edition, version FROM agentchat.version()', `extension|${version}`],
    ["SELECT tableowner FROM pg_tables WHERE tablename = 'messages'", 'app'],
    ["INSERT INTO users (id, email) VALUES ('ada00000-0000-4000-8000-000000000000', 'ada@example.com')", ''],
    [
        `SELECT count(create_conversation('A trip', user_id => 'ada00000-0000-4000-8000-000000000000', messages =>
            '[{"id": "msg-1", "role": "user", "parts": [{"type": "text", "text": "${question}"}]}]'))`,
        '1',
    ],
    ["SELECT get_conversation(id, 'ai-sdk') #>> '{0,parts,0,text}' FROM conversations", question],
    [`SELECT agentchat.count_tokens('${question}', 'o200k_base')`, '7'],
    [
        `SELECT count(path) FROM pg_extension_update_paths('agentchat')
         WHERE (source, target) IN (('0.1.0', '${version}'), ('sql', '${version}'), ('${version}', 'sql'))`,
        '3',
    ],
];

// Runs the session on a server of the image, which ends with it, and returns what each statement printed.
function answers(image, major, settings = []) {
    const bin = `/usr/lib/postgresql/${major}/bin`;
    const statements = session.map(([sql]) => `${sql};\n\\echo .done.\n`).join('');
    writeFileSync(join(image.root, 'tmp/session.sql'), statements);
    const lines = ["listen_addresses = ''", "unix_socket_directories = '/tmp'", ...settings];
    writeFileSync(join(image.root, 'tmp/settings.conf'), `${lines.join('\n')}\n`);
    const printed = inImage(
        image,
        `set -e
        as_postgres() { runuser -u postgres -- "$@"; }
        as_postgres ${bin}/initdb -D /tmp/data -U postgres -A trust --locale=C.UTF-8 --no-sync >/dev/null
        cat /tmp/settings.conf >>/tmp/data/postgresql.conf
        as_postgres ${bin}/pg_ctl -D /tmp/data -l /tmp/data/log -w start >/dev/null || { cat /tmp/data/log >&2; exit 1; }
        psql="${bin}/psql -XAtq -h /tmp -v ON_ERROR_STOP=1"
        $psql -U postgres -c 'CREATE ROLE app LOGIN' -c 'CREATE DATABASE app OWNER app'
        $psql -U app -f /tmp/session.sql`,
    );
    return printed
        .split('.done.\n')
        .slice(0, -1)
        .map((text) => text.trimEnd());
}

// In place of Supabase's image, as its sources and its guide for extensions in C have it
// (https://github.com/supabase/postgres): a start script names the folder of the libraries, and the shell is BusyBox's.
function supabase(image, major, libraries) {
    inImage(image, 'apt-get update && apt-get install -y --no-install-recommends busybox');
    // Debian's has no `install`, unlike Alpine's.
    for (const name of ['sh', 'sed', 'rm']) {
        symlinkSync('/usr/bin/busybox', join(image.root, 'usr/local/bin', name));
    }
    mkdirSync(join(image.root, libraries, '..'), { recursive: true });
    renameSync(join(image.root, `usr/lib/postgresql/${major}/lib`), join(image.root, libraries));
    symlinkSync(libraries, join(image.root, `usr/lib/postgresql/${major}/lib`));
    const script = `#!/bin/bash -e\nexport NIX_PGLIBDIR='${libraries}'\nexec -a "$0" /usr/lib/postgresql/${major}/bin/postgres "$@"\n`;
    writeFileSync(join(image.root, 'usr/bin/postgres'), script);
    chmodSync(join(image.root, 'usr/bin/postgres'), 0o755);
    return { ...image, shell: '/usr/local/bin/sh' };
}

// The libraries that a library asks the loader for.
const needed = (image, library) =>
    [...execute('readelf', ['-d', join(image.root, library)]).matchAll(/\(NEEDED\).*\[(.*)\]/g)].map(
        ([, name]) => name,
    );

const expected = session.map(([, answer]) => answer);

const done = (file) => (step) => ok(true, `${file}:${step.line} ${step.keyword}`);

function testDocker(work) {
    const file = 'Dockerfile';
    const bases = new Map([['postgres:17-trixie', postgres('trixie', 17, join(work, 'trixie'))]]);
    const image = build(file, { bases, work: join(work, 'docker'), done: done(file) });
    // postgresql-17 brings it, for ICU. For Supabase the same question must have another answer.
    const libraries = needed(image, '/usr/lib/postgresql/17/lib/agentchat.so');
    ok(libraries.includes('libstdc++.so.6'), "the library asks for Debian's C++ library", libraries);
    is(answers(image, 17), expected, 'a server of the image has the extension');
}

function testSupabase(work) {
    const file = 'packaging/supabase/Dockerfile';
    const libraries = '/nix/store/00000000000000000000000000000000-postgresql-and-plugins/lib';
    const base = postgres('bookworm', 15, join(work, 'bookworm'));
    const theirs = supabase(copyOf(base, join(work, 'their_image')), 15, libraries);
    const bases = new Map([
        ['postgres:15-bookworm', base],
        ['supabase/postgres:tag', theirs],
    ]);
    const buildArguments = { PG_MAJOR: '15', SUPABASE_POSTGRES_TAG: 'tag' };
    const image = build(file, { buildArguments, bases, work: join(work, 'supabase'), done: done(file) });
    const others = needed(image, join(libraries, 'agentchat.so')).filter(
        (name) => !/^(libc|libm|ld-linux.*)\.so/.test(name),
    );
    is(others, [], 'the library asks for none but those of the C library');
    is(answers(image, 15), expected, 'a server whose libraries are where the script says has the extension');
}

function testCloudNativePg(work) {
    const file = 'packaging/cloudnativepg/Dockerfile';
    const server = postgres('forky', 18, join(work, 'forky'));
    const bases = new Map([['ghcr.io/cloudnative-pg/postgresql:18-minimal-trixie', { ...server, user: 'postgres' }]]);
    const image = build(file, { bases, work: join(work, 'cloudnativepg'), done: done(file) });
    const files = execute('find', [image.root, '-type', 'f', '-printf', '/%P\n']).trim().split('\n');
    const others = files.filter((path) => !/^\/share\/extension\/agentchat(\.control|--.*\.sql)$/.test(path));
    is(others.sort(), ['/lib/agentchat.so', '/licenses/agentchat/LICENSE'], 'the image has nothing else');

    // As CloudNativePG mounts it, and what it adds to the server's settings.
    mkdirSync(join(server.root, 'extensions'));
    copyOf(image, join(server.root, 'extensions/agentchat'));
    const settings = [
        "extension_control_path = '$system:/extensions/agentchat/share'",
        "dynamic_library_path = '$libdir:/extensions/agentchat/lib'",
    ];
    is(answers(server, 18, settings), expected, 'a server that has the image mounted has the extension');
}

const images = Object.entries({ docker: testDocker, supabase: testSupabase, cloudnativepg: testCloudNativePg });
const selected = images.filter(([name]) => !process.env.ONLY || name === process.env.ONLY);
if (selected.length === 0) throw new Error(`ONLY is none of ${images.map(([name]) => name).join(', ')}`);

run(async () => {
    const work = mkdtempSync(join(tmpdir(), 'images.'));
    chmodSync(work, 0o755);
    try {
        for (const [name, test] of selected) {
            const folder = join(work, name);
            mkdirSync(folder);
            try {
                test(folder);
            } catch (error) {
                ok(false, `${name} comes to its end`, error.message);
            }
            remove(folder);
        }
    } finally {
        remove(work);
    }
});
