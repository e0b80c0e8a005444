// Allocations fail: for every function in C and every trigger, one allocation of the statement after the other, until
// it passes. Each statement runs in a new session and in one that has run it before, in a transaction, in a
// savepoint of one, and alone. After each failure the same session goes on: the same statement has the result that it
// had before, and nothing is half-written. failing_allocations.cpp says what SET faults.fail_after does, and
// allocations_faults.t starts the server.
//
// The first DENSE allocations fail one by one, and then some in random steps (SEED) of up to half of their number.
// A larger DENSE finds more, and takes longer.
const { spawnSync } = require('node:child_process');
const { Client } = require('pg');
const { run, ok, is } = require('./http.js');
const { reads, writes } = require('./every_function.js');

const { DENSE = '10', SEED = String(Date.now() % 1e9), ONLY = '' } = process.env;

// mulberry32
let state = Number(SEED);
function random() {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
}

// Ids and times that a statement makes anew differ each time.
const shown = (rows) =>
    JSON.stringify(rows)
        .replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'id')
        .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z?/g, 'time');

// A session. try(sql) resolves to the result or to the SQLSTATE.
class Session {
    constructor() {
        this.client = new Client();
        this.client.on('error', (error) => (this.lost = error));
    }

    async open(by) {
        await this.client.connect();
        if (by === 'owner') return this;
        await this.client.query('SET ROLE faults_caller');
        await this.client.query(`SELECT set_config('request.jwt.claims',
            jsonb_build_object('sub', md5('ada')::uuid)::text, false)`);
        return this;
    }

    async try(sql) {
        try {
            return shown((await this.client.query(sql)).rows);
        } catch (error) {
            if (!error.code || this.lost) throw new Error(`the session is lost: ${error.message}`);
            return error.code;
        }
    }

    // Runs the statement while its n-th allocation fails.
    async fail(n, sql) {
        await this.client.query(`SET faults.fail_after = ${n}`);
        return this.try(`/*fail*/ ${sql}`);
    }

    // How many allocations before the failure the statement ended; 0 if an allocation failed, and it went on.
    async spared() {
        return Number((await this.client.query('SHOW faults.fail_after')).rows[0]['faults.fail_after']);
    }

    close() {
        return this.client.end().catch(() => {});
    }
}

// The ways to run a statement. Each resolves to [outcome, spared], and leaves the session after a rollback, or after a
// commit if the statement passed alone.
const ways = {
    async alone(session, n, sql) {
        const outcome = await session.fail(n, sql);
        return [outcome, outcome === '53200' ? 0 : await session.spared()];
    },
    async 'in a transaction'(session, n, sql) {
        await session.try('BEGIN');
        const outcome = await session.fail(n, sql);
        const spared = /^\w{5}$/.test(outcome) ? 0 : await session.spared();
        await session.try('ROLLBACK');
        return [outcome, spared];
    },
    async 'in a savepoint'(session, n, sql) {
        await session.try('BEGIN');
        await session.try('SAVEPOINT s');
        const outcome = await session.fail(n, sql);
        const spared = /^\w{5}$/.test(outcome) ? 0 : await session.spared();
        await session.try('ROLLBACK TO s');
        // The same transaction goes on.
        const again = await session.try(sql);
        await session.try('ROLLBACK');
        return [outcome, spared, again];
    },
};

const step = (n) => (n < Number(DENSE) ? 1 : 1 + Math.floor(random() * (n / 2)));

let failures = 0;
let swallowed = 0;

// Returns what went wrong, or null.
async function tryAll({ sql, by, expected, warm, way, watcher, isWrite }) {
    const rolledBack = async (session) => {
        await session.try('BEGIN');
        const outcome = await session.try(sql);
        await session.try('ROLLBACK');
        return outcome;
    };
    const open = async () => {
        const session = await new Session().open(by);
        if (warm) await rolledBack(session);
        return session;
    };
    let session = await open();
    const before = await watcher.try('SELECT fingerprint()');
    for (let n = 1; ; n += step(n)) {
        const where = `n = ${n}`;
        const [outcome, spared, again = expected] = await ways[way](session, n, sql);
        if (again !== expected) return `${where}: then in the transaction: ${again}`;
        if (outcome !== '53200') {
            if (outcome !== expected) return `${where}: ${outcome}`;
            if (spared > 0 || /^\w{5}$/.test(outcome)) break;
            // The statement did without the memory.
            swallowed += 1;
            if (isWrite && way === 'alone') break;
        }
        failures += 1;
        const after = await rolledBack(session);
        if (after !== expected) return `${where}: then ${after}`;
        if (isWrite && (await watcher.try('SELECT fingerprint()')) !== before) return `${where}: something is written`;
        if (!warm) {
            await session.close();
            session = await open();
        }
    }
    await session.close();
    return null;
}

run(async () => {
    const filled = spawnSync('psql', ['-XAtq', '-v', 'ON_ERROR_STOP=1', '-f', 'test/lib/faults.sql'], {
        encoding: 'utf8',
    });
    if (!ok(filled.status === 0, 'the data is there', filled.stderr)) return;
    const watcher = await new Session().open('owner');
    const used = new Set([...reads, ...writes].flatMap(({ uses }) => uses));
    const { rows } = await watcher.client.query(`SELECT DISTINCT regexp_replace(prosrc, '^agentchat_', '') AS prosrc
        FROM pg_proc p JOIN pg_depend d
        ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
        JOIN pg_extension e ON e.oid = d.refobjid WHERE e.extname = 'agentchat'
        AND prolang = (SELECT oid FROM pg_language WHERE lanname = 'c') ORDER BY 1`);
    is(
        rows.map(({ prosrc }) => prosrc).filter((name) => !used.has(name)),
        [],
        'every function is used',
    );

    console.log(`# SEED=${SEED}`);
    for (const { sql, by, uses, fails } of [...reads, ...writes].filter(({ sql, uses }) =>
        `${uses} ${sql}`.includes(ONLY),
    )) {
        const isWrite = writes.some((write) => write.sql === sql);
        const problems = [];
        for (const warm of [false, true]) {
            for (const way of Object.keys(ways)) {
                const session = await new Session().open(by);
                await session.try('BEGIN');
                const expected = await session.try(sql);
                await session.try('ROLLBACK');
                await session.close();
                if (/^\w{5}$/.test(expected) && expected !== fails) problems.push(`without a failure: ${expected}`);
                else {
                    const problem = await tryAll({ sql, by, expected, warm, way, watcher, isWrite }).catch(String);
                    if (problem) problems.push(`${warm ? 'warm' : 'fresh'}, ${way}, ${problem}`);
                }
                if (isWrite && way === 'alone') await watcher.client.query('SELECT restore_rows()');
            }
        }
        is(problems, [], `${uses[0]}: ${sql.replace(/\s+/g, ' ').slice(0, 60)}`);
    }
    is(await watcher.try('SELECT * FROM agentchat.check()'), '[]', 'check() finds nothing');
    ok(failures > 1000 || ONLY !== '', `${failures} allocations failed; ${swallowed} statements did without one`);
    await watcher.close();
});
