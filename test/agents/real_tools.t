#!/usr/bin/env node
// Stores the JSON Schemas of real tools, and compares validate_tool_input() with zod, for schemas that are converted
// from zod in all usual ways, and with ajv, for these and for the tools of public MCP servers.
//     SEED    the seed of the random inputs
//     CASES   the number of random inputs for each tool and major version of zod
const { Client } = require('pg');
const { readFileSync } = require('node:fs');
const { run, ok, is, like } = require('../lib/http.js');
const { compile } = require('../lib/json_schema_oracle.js');
const { inputMaker, sampleOf } = require('../lib/json_inputs.js');
const { tools, objectsOf } = require('../lib/real_tools.js');
const { converters } = require('../lib/schema_converters.js');

const { SEED = 1, CASES = 200 } = process.env;
const database = new Client();

// Where a schema validates in another way than zod. ajv agrees with the database on all of them.
const differences = [
    {
        why: 'zod checks the protocol and the host of a URL; the schema has only the format uri',
        tools: /^(call_api|resize_image|send_email|register_user) 4 |^call_api 3 /,
        accepts: true,
    },
    {
        why: 'new URL() removes a line break in the scheme or the host of a URL; the database refuses it',
        tools: /^(call_api|resize_image|send_email|register_user) /,
        accepts: false,
    },
    {
        why: 'zod decodes a JWT; the schema has only the format jwt',
        tools: /^schedule_job /,
        accepts: true,
    },
    {
        why: 'zod ignores blanks in a JWT',
        tools: /^schedule_job /,
        accepts: false,
    },
    {
        why: 'draft 4 has no propertyNames, which zod writes for the keys of a record',
        tools: /^(call_api|run_sql|update_contact) 4 toJSONSchema draft-4/,
        accepts: true,
    },
    {
        why: 'zod trims a text before it counts the characters; a schema does not',
        tools: /^schedule_job /,
        accepts: true,
    },
    {
        why: 'zod rounds the multiples of numbers beyond 2^53',
        tools: /^create_event 4 /,
        accepts: false,
    },
    {
        why: 'the AI SDK closes both sides of an intersection, and together they accept nothing',
        tools: /^control_lights 4 AI SDK/,
        accepts: false,
    },
    {
        why: 'zod-to-json-schema writes date-time and time without the options: local, offset, precision',
        tools: /^(create_event|schedule_job|open_firewall) 3 /,
        accepts: true,
    },
    {
        why: 'zod-to-json-schema writes base64 as contentEncoding, which is an annotation',
        tools: /^resize_image 3 /,
        accepts: true,
    },
    {
        why: 'zod-to-json-schema writes cidr() as the patterns of both versions, and a text has only one',
        tools: /^call_api 3 /,
        accepts: false,
    },
];
const isKnown = (tool, accepts) => differences.some((known) => known.tools.test(tool) && known.accepts === accepts);

// zod-to-json-schema writes unevaluatedProperties for an intersection in 2019-09.
const isUnsupported = (schema) => JSON.stringify(schema).includes('"unevaluatedProperties"');

// Stores a tool. Returns whether it is accepted.
async function store(name, schema) {
    const error = await database
        .query("INSERT INTO agent_tools (name, description, schema) VALUES ($1, '', $2)", [name, schema])
        .then(
            () => null,
            (refusal) => refusal,
        );
    if (isUnsupported(schema)) {
        is(error?.code, '22023', `${name} is refused`);
        like(error?.detail ?? '', /^At \/\S+\/unevaluatedProperties: /, '... with the path');
    } else if (error) {
        ok(false, `${name} is accepted`, error.message, error.detail, JSON.stringify(schema));
    }
    return !error;
}

// Tells for each tool which inputs are valid.
async function validity(names, inputs) {
    const { rows } = await database.query(
        `SELECT t.name, array_agg((validate_tool_input(t.name, input) ->> 'valid')::boolean ORDER BY n) AS valid
        FROM unnest($1::text[]) AS t(name), jsonb_array_elements($2) WITH ORDINALITY AS i(input, n) GROUP BY 1`,
        [names, JSON.stringify(inputs)],
    );
    return Object.fromEntries(rows.map(({ name, valid }) => [name, valid]));
}

// Returns the inputs for which the results differ from an oracle's.
function differing(name, inputs, got, oracle, expected) {
    return inputs
        .map((input, n) => ({ name, input: JSON.stringify(input), got: got[n], [oracle]: expected[n] }))
        .filter((result) => result.got !== result[oracle]);
}

const shareOf = (results) => `${results.filter(Boolean).length} of ${results.length} inputs are valid`;

// Compares a tool as all converters write it, with zod and with ajv.
async function compareTool(name, major) {
    const write = tools[name][`zod${major}`];
    const stored = [];
    for (const [converter, { convert, isClosed }] of Object.entries(converters[major])) {
        const zod = write(objectsOf[major].open);
        // The SDK of MCP lists a tool whose input is a union as a tool without input.
        if (converter === 'MCP' && !zod.shape) continue;
        const schema = await convert(zod);
        const id = `${name} ${major} ${converter}`;
        if (await store(id, schema)) stored.push({ id, schema, isClosed });
    }

    const { inputs: valid } = tools[name];
    const next = inputMaker(stored[0].schema, valid, Number(SEED));
    const inputs = [...valid, ...Array.from({ length: Number(CASES) }, next)];
    const got = await validity(
        stored.map(({ id }) => id),
        inputs,
    );
    const byZod = (object) => {
        const schema = write(object);
        return inputs.map((input) => schema.safeParse(structuredClone(input)).success);
    };
    const [open, strict] = [byZod(objectsOf[major].open), byZod(objectsOf[major].strict)];
    const wrong = stored.flatMap(({ id, schema, isClosed }) => {
        const validate = compile(schema);
        const byAjv = inputs.map((input) => validate(input));
        const unlikeZod = differing(id, inputs, got[id], 'zod', isClosed ? strict : open);
        return [
            ...differing(id, inputs, got[id], 'ajv', byAjv),
            ...unlikeZod.filter((result) => !isKnown(id, result.got)),
        ];
    });
    ok(
        wrong.length === 0,
        `${name}, zod ${major}: ${stored.length} schemas, ${shareOf(open)}`,
        `${wrong.length} results are wrong`,
        ...wrong.slice(0, 3),
    );
}

// Compares a tool of an MCP server with ajv. Returns which inputs are valid, and the wrong results.
async function compareMcpTool({ server, name, inputSchema }) {
    const id = `${server} ${name}`;
    if (!(await store(id, inputSchema))) return { got: [], wrong: [] };
    const samples = Array.from({ length: 10 }, (_, n) => sampleOf(inputSchema, n));
    const next = inputMaker(inputSchema, samples, Number(SEED));
    const inputs = [...samples, ...Array.from({ length: Number(CASES) / 5 }, next)];
    const got = (await validity([id], inputs))[id];
    const validate = compile(inputSchema);
    const byAjv = inputs.map((input) => validate(input));
    return { got, wrong: differing(id, inputs, got, 'ajv', byAjv) };
}

async function compareMcpServer(server, captured) {
    const results = [];
    for (const tool of captured) results.push(await compareMcpTool(tool));
    const wrong = results.flatMap((result) => result.wrong);
    ok(
        wrong.length === 0,
        `${server}: ${captured.length} tools, ${shareOf(results.flatMap((result) => result.got))}`,
        `${wrong.length} results are wrong`,
        ...wrong.slice(0, 3),
    );
}

async function compareAll() {
    await database.query('CREATE EXTENSION agentchat');
    for (const name of Object.keys(tools)) {
        for (const major of [4, 3]) await compareTool(name, major);
    }
    const lines = readFileSync(`${__dirname}/../data/mcp_tools.jsonl`, 'utf8').trim().split('\n');
    const captured = lines.map((line) => JSON.parse(line));
    for (const server of new Set(captured.map((tool) => tool.server))) {
        await compareMcpServer(
            server,
            captured.filter((tool) => tool.server === server),
        );
    }
}

run(async () => {
    await database.connect();
    try {
        await compareAll();
    } finally {
        await database.end();
    }
});
