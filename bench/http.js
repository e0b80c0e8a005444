// node bench/http.js CONVERSATION USER: prints for each of several turns of a second how many requests a second PostgREST
// answers that call get_conversation_json, and how many that embed the messages; then the milliseconds of a processor that
// a request of each takes in the database, and in PostgREST and the client. Several clients send requests at once.
const { execFileSync } = require('node:child_process');
const { readFileSync } = require('node:fs');
const { Agent, get } = require('node:http');
const { startPostgrest, token, user } = require('../test/lib/http.js');

const [, , conversation, owner] = process.argv;
const clients = 4;
const turns = 5;
const seconds = 1;

const paths = [
    `/rpc/get_conversation_json?conversation_id=${conversation}`,
    `/conversations?select=*,messages(*)&messages.order=created_at,id&id=eq.${conversation}`,
];

// Sends a request and resolves to the size of the answer.
function request(url, options) {
    return new Promise((resolve, reject) => {
        get(url, options, (response) => {
            let size = 0;
            response.on('data', (chunk) => (size += chunk.length));
            response.on('end', () =>
                response.statusCode === 200 && size > 1000
                    ? resolve(size)
                    : reject(new Error(`${url}: ${response.statusCode}, ${size} bytes`)),
            );
        }).on('error', reject);
    });
}

// Returns the milliseconds of a processor that the processes have had so far.
const ticksPerSecond = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));
function processorTime(pids) {
    const ticks = pids.map((pid) => {
        // After the name of the program, which is in parentheses: utime and stime are the 12th and 13th.
        const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/.*\) /s, '').split(' ');
        return Number(fields[11]) + Number(fields[12]);
    });
    return (ticks.reduce((sum, n) => sum + n, 0) * 1000) / ticksPerSecond;
}

function backends() {
    const query = "SELECT pid FROM pg_stat_activity WHERE usename = 'authenticator'";
    return execFileSync('psql', ['-XAtc', query], { encoding: 'utf8' }).trim().split('\n');
}

// Measures the requests per second, and the processor time of a request in the database and in the other processes.
async function measure(url, options, others) {
    const inDatabase = backends();
    const before = [processorTime(inDatabase), processorTime(others)];
    const start = process.hrtime.bigint();
    const elapsed = () => Number(process.hrtime.bigint() - start) / 1e9;
    let answered = 0;
    const client = async () => {
        while (elapsed() < seconds) {
            await request(url, options);
            answered += 1;
        }
    };
    await Promise.all(Array.from({ length: clients }, client));
    const rate = answered / elapsed();
    const after = [processorTime(inDatabase), processorTime(others)];
    return [rate, ...after.map((time, i) => (time - before[i]) / answered)];
}

(async () => {
    const api = await startPostgrest({ name: process.env.PGDATABASE });
    const agent = new Agent({ keepAlive: true, maxSockets: clients });
    const options = { agent, headers: { Authorization: `Bearer ${token(user(owner))}` } };
    for (let turn = 0; turn <= turns; turn += 1) {
        const measured = [];
        for (const path of paths) measured.push(await measure(api.url + path, options, [api.pid, process.pid]));
        // The first turn opens the connections and does not count.
        if (turn > 0) console.log([0, 1, 2].flatMap((i) => measured.map((values) => values[i])).join(' '));
    }
    agent.destroy();
    await api.stop();
})();
