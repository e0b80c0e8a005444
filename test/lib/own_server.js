// A server of its own for a test that kills it, or lets it run out of something. scripts/with-cluster stops and removes
// it in the end, since its data is below TMPDIR.
const { execFileSync } = require('node:child_process');
const { readFileSync, readdirSync, rmSync, writeFileSync } = require('node:fs');
const path = require('node:path');
const { setTimeout: sleep } = require('node:timers/promises');
const { Client } = require('pg');

const root = path.join(__dirname, '../..');

// Runs bash with the functions of test/lib/databases.sh, and returns what it prints.
function bash(script, ...args) {
    const whole = `. test/lib/databases.sh; ${script}`;
    return execFileSync('bash', ['-c', whole, 'bash', ...args], {
        cwd: root,
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'pipe'],
    });
}

class OwnServer {
    // Settings are lines of postgresql.conf.
    constructor(name, settings = []) {
        this.data = bash('start_cluster "$1"; echo "$tmp/$1"', name).trim();
        this.log = `${this.data}.log`;
        if (settings.length) {
            writeFileSync(`${this.data}/postgresql.conf`, `${settings.join('\n')}\n`, { flag: 'a' });
            this.stop();
            this.start();
        }
    }

    // Options are those of the program postgres.
    start(options = '') {
        bash(
            'as_server_user pg_ctl -w -t 60 -D "$1" -l "$1.log" -o "-p $PGPORT -c listen_addresses= -k $1 $2" start >&2',
            this.data,
            options,
        );
    }

    stop() {
        bash('as_server_user pg_ctl -D "$1" -m fast stop >&2', this.data);
    }

    get processes() {
        const [postmaster] = readFileSync(`${this.data}/postmaster.pid`, 'utf8').split('\n');
        return [Number(postmaster), ...childrenOf(Number(postmaster))];
    }

    // Kills all of its processes, and waits until they are gone: the next start refuses to run beside one of them. For
    // that it asks kill(pid, 0), too (CreateLockFile() in utils/init/miscinit.c), which finds the postmaster as long as
    // nobody has waited for it. In a container without an init nobody does, so the lock files go, too.
    async kill() {
        const { processes } = this;
        for (const pid of processes) kill(pid);
        while (processes.some(isAlive)) await sleep(5);
        for (const name of readdirSync(this.data)) {
            if (/^(postmaster\.pid|.*\.lock)$/.test(name)) rmSync(path.join(this.data, name));
        }
    }

    client(database = 'postgres') {
        const client = new Client({ host: this.data, user: 'bootstrap', database });
        client.on('error', () => {});
        return client;
    }

    async connect(database) {
        const client = this.client(database);
        await client.connect();
        return client;
    }

    // Connects as soon as the server is through with its recovery.
    async reconnect(database) {
        for (;;) {
            try {
                return await this.connect(database);
            } catch (error) {
                if (!['57P03', '57P02', '57P01', 'ECONNREFUSED', 'ECONNRESET', 'ENOENT'].includes(error.code)) {
                    if (error.message !== 'Connection terminated unexpectedly') throw error;
                }
            }
            await sleep(20);
        }
    }

    get logText() {
        return readFileSync(this.log, 'utf8');
    }
}

function statOf(pid) {
    try {
        // The name of the program may contain anything, but no other field has a parenthesis.
        const [state, parent] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').pop().split(' ');
        return { state, parent: Number(parent) };
    } catch {
        return null;
    }
}

function childrenOf(pid) {
    return readdirSync('/proc')
        .filter((name) => /^\d+$/.test(name) && statOf(name)?.parent === pid)
        .map(Number);
}

function isAlive(pid) {
    const stat = statOf(pid);
    return stat !== null && stat.state !== 'Z';
}

function kill(pid) {
    try {
        process.kill(pid, 'SIGKILL');
    } catch (error) {
        if (error.code !== 'ESRCH') throw error;
    }
}

module.exports = { OwnServer, bash, kill };
