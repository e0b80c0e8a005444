// node bench/http.js CONVERSATION USER: prints for each of several turns of a second how many requests a second PostgREST
// answers that call get_conversation_json, and how many that embed the messages. Several clients send requests at once.
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

// Measures the requests per second.
async function rate(url, options) {
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
    return answered / elapsed();
}

(async () => {
    const api = await startPostgrest({ name: process.env.PGDATABASE });
    const agent = new Agent({ keepAlive: true, maxSockets: clients });
    const options = { agent, headers: { Authorization: `Bearer ${token(user(owner))}` } };
    for (let turn = 0; turn <= turns; turn += 1) {
        const rates = [];
        for (const path of paths) rates.push(await rate(api.url + path, options));
        // The first turn opens the connections and does not count.
        if (turn > 0) console.log(rates.join(' '));
    }
    agent.destroy();
    await api.stop();
})();
