#!/usr/bin/env node
// Random JSON Schemas of four drafts accept the inputs that ajv accepts, and are refused if ajv refuses them.
//     SEED      the seed of the random numbers
//     SECONDS_  how long the test runs
const { Client } = require('pg');
const { run, is, ok } = require('../lib/http.js');

const { SEED = 1, SECONDS_ = 5 } = process.env;

const drafts = [
    { number: 4, uri: 'http://json-schema.org/draft-04/schema#', Ajv: require('ajv-draft-04').default },
    { number: 7, uri: 'http://json-schema.org/draft-07/schema#', Ajv: require('ajv').default },
    { number: 2019, uri: 'https://json-schema.org/draft/2019-09/schema', Ajv: require('ajv/dist/2019').default },
    { number: 2020, uri: 'https://json-schema.org/draft/2020-12/schema', Ajv: require('ajv/dist/2020').default },
];

// ---- random values

let state = Number(SEED);
function random() {
    state = (state * 1103515245 + 12345) % 2147483648;
    return state / 2147483648;
}
const below = (limit) => Math.floor(random() * limit);
const chance = (share) => random() < share;
const pick = (list) => list[below(list.length)];
const times = (count, make) => Array.from({ length: count }, make);
const distinct = (list) => [...new Map(list.map((value) => [JSON.stringify(value), value])).values()];

const keys = ['a', 'b', 'cc', 'd/e', '~f'];

function value(depth = 0) {
    const kinds = [
        () => null,
        () => pick([0, 1, 2, 3, 5, 10, 1.5, 0.5, -1]),
        () => pick(['', 'a', 'ab', 'abc', '12', 'é']),
        () => chance(0.5),
        () => times(below(4), () => value(depth + 1)),
        () => Object.fromEntries(times(below(4), () => [pick(keys), value(depth + 1)])),
    ];
    return pick(depth > 2 ? kinds.slice(0, 4) : kinds)();
}

// ---- random schemas

const types = ['string', 'number', 'integer', 'boolean', 'array', 'object', 'null'];
const from = (least, make) => (depth, draft) => (draft >= least ? make(depth, draft) : undefined);
const below2020 = (make) => (depth, draft) => (draft < 2020 ? make(depth, draft) : undefined);
const schemas = (count) => (depth, draft) => times(count, () => subschema(depth, draft));

// Keywords that hold no schemas, with random values.
const simple = {
    type: () => (chance(0.7) ? pick(types) : distinct([pick(types), pick(types)])),
    enum: () => distinct(times(1 + below(3), () => value(1))),
    const: from(6, () => value(1)),
    minimum: () => below(4),
    maximum: () => below(6),
    multipleOf: () => pick([1, 2, 3, 0.5]),
    minLength: () => below(3),
    maxLength: () => below(4),
    pattern: () => pick(['^a', 'b$', '^\\d+$', '.']),
    minItems: () => below(3),
    maxItems: () => below(4),
    uniqueItems: () => chance(0.7),
    minProperties: () => below(3),
    maxProperties: () => below(4),
    required: () => distinct([pick(keys), pick(keys)]),
    minContains: from(2019, () => below(3)),
    maxContains: from(2019, () => below(3)),
    dependentRequired: from(2019, () => ({ [pick(keys)]: [pick(keys)] })),
    $ref: () => pick(['#/definitions/x', '#/definitions/y']),
};
const nesting = {
    properties: (depth, draft) => ({ [pick(keys)]: subschema(depth, draft), [pick(keys)]: subschema(depth, draft) }),
    patternProperties: (depth, draft) => ({ [pick(['^a', 'b', '^cc$'])]: subschema(depth, draft) }),
    additionalProperties: (depth, draft) => (chance(0.5) ? false : subschema(depth, draft)),
    propertyNames: from(6, subschema),
    items: (depth, draft) => (draft < 2020 && chance(0.3) ? schemas(2)(depth, draft) : subschema(depth, draft)),
    prefixItems: from(2020, schemas(1)),
    additionalItems: below2020((depth, draft) => (chance(0.4) ? false : subschema(depth, draft))),
    contains: from(6, subschema),
    allOf: schemas(2),
    anyOf: schemas(2),
    oneOf: schemas(2),
    not: subschema,
    if: from(7, subschema),
    // biome-ignore lint/suspicious/noThenProperty: a keyword
    then: from(7, subschema),
    else: from(7, subschema),
    dependentSchemas: from(2019, (depth, draft) => ({ [pick(keys)]: subschema(depth, draft) })),
    dependencies: (depth, draft) =>
        draft < 2019 ? { [pick(keys)]: chance(0.5) ? [pick(keys)] : subschema(depth, draft) } : undefined,
};

function subschema(depth, draft) {
    return draft > 4 && chance(0.08) ? chance(0.6) : schema(depth + 1, draft);
}

// Some keywords have a value of the wrong kind.
function schema(depth, draft, faulty = false) {
    const keywords = depth > 3 ? simple : { ...simple, ...nesting };
    const made = {};
    for (const name of times(depth > 3 ? 1 : 1 + below(4), () => pick(Object.keys(keywords)))) {
        const content = faulty && chance(0.2) ? value(1) : keywords[name](depth, draft);
        if (content !== undefined) made[name] = content;
    }
    // Until draft 7, the standard ignores the keywords beside $ref. Ajv checks them.
    return draft <= 7 && made.$ref ? { $ref: made.$ref } : made;
}

function randomSchema({ number, uri }) {
    const definitions = { x: schema(2, number), y: schema(4, number) };
    return { ...schema(0, number, chance(0.1)), $schema: uri, definitions };
}

// ---- the comparison

// Returns ajv's function, or nothing if ajv refuses the schema.
function ajvFunction({ Ajv }, made) {
    try {
        return new Ajv({ strict: false, validateFormats: false, logger: false }).compile(made);
    } catch {
        return undefined;
    }
}

const has = (input, path) =>
    path
        .split('/')
        .slice(1)
        .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))
        .reduce(({ found, at }, step) => ({ found: found && Object.hasOwn(at ?? {}, step), at: at?.[step] }), {
            found: true,
            at: input,
        }).found;

async function store(client, made) {
    try {
        await client.query(
            `INSERT INTO agent_tools (name, description, schema) VALUES ('t', '', $1)
            ON CONFLICT (name) DO UPDATE SET schema = excluded.schema`,
            [JSON.stringify(made)],
        );
    } catch (error) {
        return error.detail;
    }
}

run(async () => {
    const client = new Client();
    await client.connect();
    await client.query('CREATE EXTENSION agentchat');
    const differences = [];
    const counts = { valid: 0, invalid: 0, refused: 0 };
    const end = Date.now() + SECONDS_ * 1000;
    while (Date.now() < end && differences.length < 5) {
        const draft = pick(drafts);
        const made = randomSchema(draft);
        const accepts = ajvFunction(draft, made);
        const fault = await store(client, made);
        if (!accepts || fault) {
            counts.refused += 1;
            // Ajv finds a schema that refers to itself without end only when it validates.
            if (accepts && !fault.includes('refers to itself')) differences.push({ made, fault });
            if (!accepts && !fault) differences.push({ made, fault: 'only by ajv' });
            continue;
        }
        for (const input of times(10, () => value())) {
            const call = { text: `SELECT validate_tool_input('t', $1) AS result`, values: [JSON.stringify(input)] };
            const { valid, errors } = (await client.query(call)).rows[0].result;
            counts[valid ? 'valid' : 'invalid'] += 1;
            if (valid !== accepts(input)) differences.push({ made, input, valid });
            for (const { path } of errors) if (!has(input, path)) differences.push({ made, input, path });
        }
    }
    is(differences, [], `the same as ajv: ${JSON.stringify(counts)}, seed ${SEED}`);
    ok(Math.min(...Object.values(counts)) > 0, 'all outcomes occurred');
    await client.end();
});
