#!/usr/bin/env node
// Compares random JSON Schemas with ajv: whether they are valid, and which inputs fit them.
//     SEED      the seed of the first schema
//     SCHEMAS   the number of schemas
const { Client } = require('pg');
const { run, ok } = require('../lib/http.js');
const { compile } = require('../lib/json_schema_oracle.js');
const { randomIntegers } = require('../lib/patterns.js');

const { SEED = 1, SCHEMAS = 250 } = process.env;
const batchSize = 50;
const inputsOfSchema = 15;

const drafts = {
    4: 'http://json-schema.org/draft-04/schema#',
    7: 'http://json-schema.org/draft-07/schema#',
    2019: 'https://json-schema.org/draft/2019-09/schema',
    2020: 'https://json-schema.org/draft/2020-12/schema',
};

const names = ['a', 'b', 'c', 'é', ''];
const strings = ['', 'a', 'b', 'ab', 'abc', 'é', '😀', '1', '2026-01-05', 'ada@example.com', 'a\nb', '0.5'];
const numbers = [0, 1, 2, 3, -1, 0.5, 1.5, 0.1, 0.3, 1e20, 1e-7, 9007199254740992];
const patterns = ['^a', 'b$', '^[ab]+$', '.', '^.$', '^\\w*$', '^(?!a)', '\\p{L}', '', '^(a|ab)(c|bc)?$'];
const types = ['null', 'boolean', 'integer', 'number', 'string', 'array', 'object'];

class SchemaMaker {
    constructor(random, draft) {
        this.random = random;
        this.draft = Number(draft);
        this.definitions = this.draft < 2019 ? 'definitions' : '$defs';
    }

    pick(choices) {
        return choices[this.random(choices.length)];
    }

    some(most, make) {
        return Array.from({ length: this.random(most + 1) }, make);
    }

    object(most, make) {
        return Object.fromEntries(this.some(most, () => [this.pick(names), make()]));
    }

    value(depth) {
        const kind = this.random(depth > 0 ? 8 : 5);
        if (kind === 0) return this.pick([null, true, false]);
        if (kind < 3) return this.pick(numbers);
        if (kind < 5) return this.pick(strings);
        if (kind < 6) return this.some(4, () => this.value(depth - 1));
        return this.object(4, () => this.value(depth - 1));
    }

    // Something that is no value of most keywords.
    wrong() {
        return this.pick([-1, 'a', 1.5, null, [], ['a', 'a'], {}, [1], true, '[', { a: 1 }]);
    }

    schemas(depth) {
        return [this.schema(depth), ...this.some(2, () => this.schema(depth))];
    }

    // The keywords of the draft, each with a function that makes a value.
    keywords(depth) {
        const schema = () => this.schema(depth - 1);
        const schemas = () => this.schemas(depth - 1);
        const count = () => this.random(4);
        // ajv does not look for the required property "".
        const unique = () => [...new Set(this.some(3, () => this.pick(names.slice(0, -1))))];
        const required = () => (this.draft === 4 ? [...new Set(['a', ...unique()])] : unique());
        const listed = () => this.some(3, () => this.value(1)).filter(distinct);
        const all = {
            type: () => (this.random(3) ? this.pick(types) : [...new Set([this.pick(types), this.pick(types)])]),
            enum: () => [this.value(2), ...listed()].filter(distinct),
            multipleOf: () => this.pick([1, 2, 0.5, 0.1, 3, 1e-7]),
            minimum: () => this.pick(numbers),
            maximum: () => this.pick(numbers),
            minLength: count,
            maxLength: count,
            pattern: () => this.pick(patterns),
            format: () => this.pick(['date', 'email', 'uuid', 'other']),
            minItems: count,
            maxItems: count,
            uniqueItems: () => this.random(4) > 0,
            minProperties: count,
            maxProperties: count,
            required,
            properties: () => this.object(3, schema),
            patternProperties: () => Object.fromEntries(this.some(2, () => [this.pick(patterns), schema()])),
            additionalProperties: schema,
            items: this.draft < 2020 && !this.random(2) ? schemas : schema,
            allOf: schemas,
            anyOf: schemas,
            oneOf: schemas,
            not: schema,
        };
        if (this.draft < 2020) all.additionalItems = schema;
        if (this.draft < 2019) all.dependencies = () => this.object(2, () => (this.random(2) ? required() : schema()));
        if (this.draft === 4) {
            all.exclusiveMinimum = () => this.random(2) > 0;
            return all;
        }
        Object.assign(all, {
            exclusiveMinimum: () => this.pick(numbers),
            exclusiveMaximum: () => this.pick(numbers),
            const: () => this.value(2),
            contains: schema,
            propertyNames: schema,
            if: schema,
            // biome-ignore lint/suspicious/noThenProperty: a keyword
            then: schema,
            else: schema,
        });
        if (this.draft < 2019) return all;
        Object.assign(all, {
            dependentRequired: () => this.object(2, unique),
            dependentSchemas: () => this.object(2, schema),
            minContains: count,
            maxContains: count,
        });
        if (this.draft === 2020) all.prefixItems = schemas;
        return all;
    }

    schema(depth) {
        if (this.draft > 4 && !this.random(8)) return this.random(2) > 0;
        const reference = { $ref: this.pick([`#/${this.definitions}/a`, `#/${this.definitions}/b`, '#']) };
        // Until draft 7, ajv does not ignore what is beside a $ref.
        if (!this.random(8) && this.draft < 2019) return reference;
        const result = this.random(12) ? {} : reference;
        if (this.draft < 2019) delete result.$ref;
        if (depth === 0) return { ...result, type: this.pick(types) };
        const keywords = this.keywords(depth);
        for (let left = 1 + this.random(4); left > 0; left--) {
            const name = this.pick(Object.keys(keywords));
            result[name] = this.random(120) ? keywords[name]() : this.wrong();
        }
        return result;
    }

    root(uri) {
        const root = this.schema(3);
        const definitions = { a: this.schema(2), b: this.schema(1) };
        if (typeof root === 'boolean' || root.$ref) {
            return { $schema: uri, [this.definitions]: definitions, allOf: [root] };
        }
        return { $schema: uri, [this.definitions]: definitions, ...root };
    }
}

// Keeps the first of equal values. jsonb sorts the keys of objects, and so does this.
const canonical = (value) =>
    JSON.stringify(value, (_, v) =>
        typeof v === 'object' && v !== null && !Array.isArray(v) ? Object.fromEntries(Object.entries(v).sort()) : v,
    );
const distinct = (value, index, list) => list.findIndex((other) => canonical(other) === canonical(value)) === index;

// What ajv says: the message of a schema that is not valid, or whether each input is. A schema that calls itself for the
// same value, which the database refuses, has no result.
function oracle(schema, inputs) {
    let validate;
    try {
        validate = compile(schema);
    } catch (error) {
        return error.message;
    }
    return inputs.map((input) => {
        try {
            return validate(input);
        } catch {
            return undefined;
        }
    });
}

function resolves(input, path) {
    let value = input;
    for (const part of path.split('/').slice(1)) {
        const name = part.replaceAll('~1', '/').replaceAll('~0', '~');
        if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return false;
        value = value[name];
    }
    return true;
}

const endless = /: checking a value would never end\.$/;

// Says what is wrong with the database's answer, if anything.
function mistake(schema, inputs, answer) {
    const expected = oracle(schema, inputs);
    if (typeof answer === 'string') {
        return typeof expected === 'string' || endless.test(answer) ? undefined : `is refused: ${answer}`;
    }
    if (typeof expected === 'string') return `is not refused: ${expected}`;
    for (const [index, input] of inputs.entries()) {
        const { valid, errors } = answer[index];
        const shown = JSON.stringify(input);
        if (expected[index] !== undefined && valid !== expected[index]) return `${shown} is ${valid ? '' : 'in'}valid`;
        if (valid !== (errors.length === 0)) return `${shown} has ${errors.length} errors and is ${valid}`;
        const lost = errors.find(({ path }) => !resolves(input, path));
        if (lost) return `${shown} has no ${lost.path}`;
    }
    return undefined;
}

const validateFunction = `
    CREATE FUNCTION validate_all(schema jsonb, inputs jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
    DECLARE
        detail text;
    BEGIN
        INSERT INTO agent_tools (name, description, schema) VALUES ('random', '', validate_all.schema)
        ON CONFLICT (name) DO UPDATE SET schema = excluded.schema;
        RETURN (SELECT jsonb_agg(validate_tool_input('random', input) ORDER BY n)
                FROM jsonb_array_elements(inputs) WITH ORDINALITY AS each (input, n));
    EXCEPTION WHEN invalid_parameter_value THEN
        GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
        RETURN to_jsonb(detail);
    END $$`;

async function testBatch(client, seed, size) {
    const cases = Array.from({ length: size }, (_, index) => {
        const random = randomIntegers(seed + index);
        const [draft, uri] = Object.entries(drafts)[random(4)];
        const maker = new SchemaMaker(random, draft);
        return { schema: maker.root(uri), inputs: Array.from({ length: inputsOfSchema }, () => maker.value(3)) };
    });
    const { rows } = await client.query(
        `SELECT validate_all(c -> 'schema', c -> 'inputs') AS answer
        FROM jsonb_array_elements($1) WITH ORDINALITY AS each (c, n) ORDER BY n`,
        [JSON.stringify(cases)],
    );
    const wrong = cases.flatMap(({ schema, inputs }, index) => {
        const words = mistake(schema, inputs, rows[index].answer);
        return words === undefined ? [] : [`SEED=${seed + index} ${JSON.stringify(schema)}: ${words}`];
    });
    ok(wrong.length === 0, `${size} random schemas, SEED=${seed}`, ...wrong.slice(0, 5));
}

run(async () => {
    const client = new Client();
    await client.connect();
    await client.query('CREATE EXTENSION agentchat');
    await client.query(validateFunction);
    for (let tried = 0; tried < SCHEMAS; tried += batchSize) {
        await testBatch(client, Number(SEED) + tried, Math.min(batchSize, SCHEMAS - tried));
    }
    await client.end();
});
