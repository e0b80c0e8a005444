#!/usr/bin/env node
// What a new user types on Debian: the last lines of make demo (scripts/own-database), docs/install.md,
// docs/postgrest.md, and the SQL and JavaScript of docs/supabase.md. They run on a cluster that pg_createcluster makes,
// with Debian's pg_hba.conf (peer on the socket, scram-sha-256 over TCP) and Debian's psql, which finds it by itself.
//
// The cluster is that of a bare machine, without a locale. Its files are in a directory of their own, and so are those
// of the extension. Only that, its port and fsync are unlike on such a machine.
const { execFileSync, spawnSync } = require('node:child_process');
const { randomBytes } = require('node:crypto');
const { chmodSync, mkdirSync, mkdtempSync, writeFileSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { join } = require('node:path');

const { INSTRUMENTED, PGBINDIR } = process.env;
const repository = join(__dirname, '../..');
const isRoot = process.getuid() === 0;
const [, version] = /^\/usr\/lib\/postgresql\/(\d+)\/bin$/.exec(PGBINDIR) ?? [];

const reason =
    (process.arch !== 'x64' && 'PostgREST in npm is for x86-64') ||
    INSTRUMENTED ||
    (!version && 'the server is not from a package of Debian') ||
    (!isRoot && spawnSync('sudo', ['-n', 'true']).status !== 0 && 'this takes root, or sudo without a password');
if (reason) {
    console.log(`1..0 # SKIP ${reason}`);
    process.exit();
}

const output = (program, ...args) => execFileSync(program, args, { encoding: 'utf8' });

const [scripts, libraries] = ['--sharedir', '--pkglibdir'].map((of) => output(`${PGBINDIR}/pg_config`, of).trim());

// The clusters of this machine, and what Debian has of them and of extensions.
function ofTheMachine() {
    const folders = ['/etc', '/var/lib', '/var/log', '/run'].map((folder) => `${folder}/postgresql`);
    const shown = ['-maxdepth', '2', '-printf', '%p %u %m\n'];
    const files = spawnSync('find', [...folders, '/etc/postgresql-common', scripts, libraries, ...shown]);
    return `${output('env', '-u', 'PG_CLUSTER_CONF_ROOT', 'pg_lsclusters')}${files.stdout}`.split('\n').sort();
}
const before = ofTheMachine();

// In place of the machine: where pg_createcluster puts its files, and make install those of the extension.
const machine = mkdtempSync(join(tmpdir(), 'stock.'));
chmodSync(machine, 0o755);
const kept = { PG_CLUSTER_CONF_ROOT: `${machine}/etc`, DESTDIR: `${machine}/stage` };
Object.assign(process.env, kept);
for (const name of ['etc', 'stage', 'bin']) mkdirSync(`${machine}/${name}`);
const port = output(
    process.execPath,
    '-e',
    `require('${repository}/test/lib/http.js').freePort().then(console.log)`,
).trim();

function program(name, code) {
    writeFileSync(`${machine}/bin/${name}`, `#!/usr/bin/env bash\n${code}\n`, { mode: 0o755 });
}
const found =
    Number(version) >= 18
        ? `extension_control_path=${machine}/stage${scripts}:$system`
        : `extension_destdir=${machine}/stage`; // a patch of Debian's
const settings = [
    found,
    `dynamic_library_path=${machine}/stage${libraries}:$libdir`,
    `external_pid_file=${machine}/pid`,
    'fsync=off',
];
// Not main: stopping a cluster removes the file in /run/postgresql with its name (pg_ctlcluster), whoever it belongs to.
const name = `stock${process.pid}`;
program(
    'pg_createcluster',
    `exec /usr/bin/pg_createcluster "\${@/#main/${name}}" --datadir=${machine}/data --socketdir=${machine}/socket \\
        --logfile=${machine}/log --port=${port} ${settings.map((setting) => `--pgoption='${setting}'`).join(' ')}`,
);
// sudo would set PATH and the environment back.
const assignments = Object.entries(kept).map(([name, value]) => `${name}=${value}`);
program(
    'sudo',
    `user=root
    [[ $1 != -u ]] || { user=$2; shift 2; }
    ${isRoot ? 'exec runuser -u "$user" --' : `exec /usr/bin/sudo -n -u "$user" env PATH="$PATH" ${assignments.join(' ')}`} "$@"`,
);

// A new user has none of libpq's settings, no locale, and Debian's wrappers of the client programs. PG_CONFIG and
// PG_CLUSTER_CONF_ROOT stay.
for (const name of Object.keys(process.env)) {
    if (/^(PG(?!_C)|LC_|LANG)/.test(name)) delete process.env[name];
}
const path = process.env.PATH.split(':').filter((folder) => !folder.startsWith('/usr/lib/postgresql/'));
process.env.PATH = [`${machine}/bin`, ...path].join(':');

// Not pg_dropcluster, which also removes logs by their name.
function drop() {
    spawnSync('sudo', ['pg_ctlcluster', '--mode', 'immediate', version, name, 'stop']);
    spawnSync('sudo', ['rm', '-rf', '--one-file-system', machine]);
}
process.on('exit', drop);
for (const signal of ['SIGHUP', 'SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(143));

// As in a terminal: the lines one after the other, and what is then typed in psql. If something listens on port 5432 of
// this machine, they have --port. Debian's psql would then look in /run/postgresql, where this cluster has no socket.
const lines = output(`${repository}/scripts/own-database`)
    .replaceAll(/localhost:\d+/g, `localhost:${port}`)
    .replaceAll(/ --port=\d+/g, '');
const typed = spawnSync('bash', ['-ec', lines], {
    cwd: repository,
    input: 'SELECT current_user, current_database(), getdatabaseencoding();',
    encoding: 'utf8',
});

// What follows connects as a superuser by the environment, and by nothing of it where a page is read.
const superuser = { PGUSER: 'tester', PGPASSWORD: randomBytes(8).toString('hex') };
const asPostgres = (...statements) =>
    output('sudo', '-u', 'postgres', 'psql', '-XAtq', ...statements.flatMap((statement) => ['-c', statement]));
asPostgres(`CREATE ROLE ${superuser.PGUSER} SUPERUSER LOGIN PASSWORD '${superuser.PGPASSWORD}'`);
Object.assign(process.env, superuser, { PGHOST: '127.0.0.1', PGPORT: port, PGDATABASE: 'postgres' });
const without = Object.fromEntries(
    ['PGHOST', 'PGPORT', 'PGDATABASE', ...Object.keys(superuser)].map((name) => [name, undefined]),
);

const { run, ok, is, like } = require('../lib/http.js');
const { runPage, postgrest, supabase } = require('../lib/pages.js');

run(async () => {
    like(lines, /^sudo pg_createcluster \d+ main --start$/m, 'make demo says how to make a cluster');
    ok(typed.status === 0, '... and its lines run', lines, typed.stdout, typed.stderr);
    like(typed.stdout, /^ *chat *\| chat *\| UTF8 *$/m, '... up to a prompt in a database in UTF-8');
    const method = (type) =>
        asPostgres(`SELECT auth_method FROM pg_hba_file_rules
        WHERE type = '${type}' AND database = '{all}' AND user_name = '{all}' AND coalesce(address, '127.0.0.1') = '127.0.0.1'`);
    is([method('local'), method('host')], ['peer\n', 'scram-sha-256\n'], 'the cluster authenticates as any of Debian');

    await runPage('install.md', [], {
        languages: ['sh', 'sql', 'text'],
        has: 'sudo make install',
        connection: () => `-d postgres://chat:change-me@localhost:${port}/chat`,
        env: without,
        cwd: repository,
    });
    asPostgres('DROP DATABASE chat', 'DROP ROLE chat');
    const { errors } = await postgrest({ sudo: 'sudo -u postgres ', password: 'change-me', env: without });
    ok(!errors.includes('WARNING'), 'postgrest.md: nothing warns of the encoding', errors);
    asPostgres(
        'DROP DATABASE chat WITH (FORCE)',
        'DROP ROLE authenticator, anon, authenticated, service_role, chat_owner',
    );
    await supabase({ env: without });

    drop();
    const after = ofTheMachine();
    const differences = [before, after].map((lines, i, all) => lines.filter((line) => !all[1 - i].includes(line)));
    is(differences, [[], []], "the machine's own clusters and extensions are as before");
});
