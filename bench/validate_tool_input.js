// node bench/validate_tool_input.js: prints for each of three tools how many microseconds validate_tool_input() takes for
// an input, and how many ajv takes, whose schema is compiled and whose input is parsed. Both go on until they are warm. The
// results are the medians of turns.
const Ajv2020 = require('../test/node_modules/ajv/dist/2020.js');
const addFormats = require('../test/node_modules/ajv-formats');
const { Client } = require('../test/node_modules/pg');

const turns = 15;
const calls = 5000;

const string = (description, more) => ({ type: 'string', description, ...more });

// As MCP servers list them, and as zod 4 writes them.
const tools = {
    create_issue: {
        schema: {
            type: 'object',
            properties: {
                owner: string('Repository owner'),
                repo: string('Repository name'),
                title: string('Issue title'),
                body: string('Issue body content'),
                assignees: { type: 'array', items: { type: 'string' }, description: 'Usernames to assign' },
                labels: { type: 'array', items: { type: 'string' }, description: 'Labels to apply' },
                milestone: { type: 'number', description: 'Milestone number' },
            },
            required: ['owner', 'repo', 'title'],
            additionalProperties: false,
            $schema: 'http://json-schema.org/draft-07/schema#',
        },
        input: {
            owner: 'ada',
            repo: 'engine',
            title: 'The mill stops after the 20th card',
            body: 'It stops when a card has been read twice.\n\nExpected: it goes on.',
            assignees: ['charles'],
            labels: ['bug', 'mill'],
        },
    },
    book_meeting: {
        schema: {
            $schema: 'https://json-schema.org/draft/2020-12/schema',
            type: 'object',
            properties: {
                title: string('What it is about', { minLength: 1, maxLength: 200 }),
                start: string('When it begins', { format: 'date-time' }),
                minutes: { type: 'integer', minimum: 5, maximum: 480, default: 30 },
                attendees: {
                    type: 'array',
                    minItems: 1,
                    items: {
                        type: 'object',
                        properties: {
                            name: { type: 'string' },
                            email: {
                                type: 'string',
                                format: 'email',
                                pattern:
                                    "^(?:[A-Za-z0-9_'+\\-]+\\.)*[A-Za-z0-9_'+\\-]*[A-Za-z0-9_+-]@" +
                                    '(?:[A-Za-z0-9][A-Za-z0-9\\-]*\\.)+[A-Za-z]{2,}$',
                            },
                            role: { type: 'string', enum: ['host', 'required', 'optional'] },
                        },
                        required: ['email', 'role'],
                        additionalProperties: false,
                    },
                },
                place: {
                    anyOf: [
                        {
                            type: 'object',
                            properties: { kind: { const: 'room' }, room: { type: 'string' } },
                            required: ['kind', 'room'],
                            additionalProperties: false,
                        },
                        {
                            type: 'object',
                            properties: { kind: { const: 'call' }, url: { type: 'string', format: 'uri' } },
                            required: ['kind', 'url'],
                            additionalProperties: false,
                        },
                    ],
                },
            },
            required: ['title', 'start', 'minutes', 'attendees', 'place'],
            additionalProperties: false,
        },
        input: {
            title: 'Notes on the engine',
            start: '2026-01-05T09:30:00Z',
            minutes: 45,
            attendees: [
                { name: 'Ada', email: 'ada@example.com', role: 'host' },
                { name: 'Charles', email: 'charles@example.com', role: 'required' },
                { email: 'luigi@example.com', role: 'optional' },
            ],
            place: { kind: 'call', url: 'https://meet.example.com/engine' },
        },
    },
    write_document: {
        schema: {
            $schema: 'https://json-schema.org/draft/2020-12/schema',
            $defs: {
                node: {
                    type: 'object',
                    properties: {
                        type: { enum: ['heading', 'paragraph', 'list', 'item'] },
                        text: { type: 'string' },
                        level: { type: 'integer', minimum: 1, maximum: 6 },
                        children: { type: 'array', items: { $ref: '#/$defs/node' } },
                    },
                    required: ['type'],
                    additionalProperties: false,
                },
            },
            type: 'object',
            properties: {
                path: string('Where it goes', { pattern: '^(?:[\\w-]+/)*[\\w-]+\\.md$' }),
                nodes: { type: 'array', items: { $ref: '#/$defs/node' } },
            },
            required: ['path', 'nodes'],
            additionalProperties: false,
        },
        input: {
            path: 'notes/engine.md',
            nodes: Array.from({ length: 20 }, (_, n) =>
                n % 4 === 0
                    ? { type: 'heading', level: 2, text: `Part ${n}` }
                    : {
                          type: 'list',
                          children: [
                              { type: 'item', text: 'The mill works on numbers.' },
                              { type: 'item', children: [{ type: 'paragraph', text: 'The store holds them.' }] },
                          ],
                      },
            ),
        },
    },
};

const median = (values) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)];

async function databaseTime(client, name, input) {
    const times = [];
    for (let turn = 0; turn < turns; turn++) {
        const { rows } = await client.query('SELECT bench.validate($1, $2, $3) AS us', [name, input, calls]);
        times.push(rows[0].us);
    }
    return median(times);
}

function ajvTime(schema, input) {
    const options = { strict: false, allErrors: true };
    const Ajv = schema.$schema.includes('draft-07') ? require('../test/node_modules/ajv') : Ajv2020;
    const validate = addFormats(new Ajv(options)).compile(schema);
    if (!validate(input)) throw new Error(JSON.stringify(validate.errors));
    const times = [];
    for (let turn = 0; turn < turns; turn++) {
        const start = process.hrtime.bigint();
        for (let call = 0; call < 10 * calls; call++) validate(input);
        times.push(Number(process.hrtime.bigint() - start) / 1000 / (10 * calls));
    }
    return median(times);
}

async function main() {
    const client = new Client();
    await client.connect();
    await client.query(`
        CREATE FUNCTION bench.validate(tool text, input jsonb, calls int) RETURNS float8 LANGUAGE plpgsql AS $$
        DECLARE
            result jsonb;
            started timestamptz := clock_timestamp();
        BEGIN
            FOR i IN 1 .. calls LOOP
                result := validate_tool_input(tool, input);
            END LOOP;
            ASSERT (result -> 'valid')::boolean, result;
            RETURN 1e6 * extract(epoch FROM clock_timestamp() - started) / calls;
        END $$`);
    for (const [name, { schema, input }] of Object.entries(tools)) {
        await client.query("INSERT INTO agent_tools (name, description, schema) VALUES ($1, '', $2)", [name, schema]);
        console.log(name, await databaseTime(client, name, input), ajvTime(schema, input));
    }
    await client.end();
}

main();
