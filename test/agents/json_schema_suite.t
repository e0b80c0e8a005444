#!/usr/bin/env node
// Runs the official JSON Schema Test Suite: the required tests, without remote references, `unevaluated*` and dynamic
// references. Prints the share that passes for each draft. docs/json_schema.md says why the exceptions differ.
const { readFileSync } = require('node:fs');
const { Client } = require('pg');
const { run, ok, is } = require('../lib/http.js');

const drafts = {
    draft4: 'http://json-schema.org/draft-04/schema#',
    draft6: 'http://json-schema.org/draft-06/schema#',
    draft7: 'http://json-schema.org/draft-07/schema#',
    'draft2019-09': 'https://json-schema.org/draft/2019-09/schema',
    'draft2020-12': 'https://json-schema.org/draft/2020-12/schema',
};
const leastShare = 0.97;

// Tests whose result is another one here, on purpose: by the reason, regular expressions for "file: group: test".
const exceptions = {
    'remote references are not supported, and the meta-schemas are remote': [
        /: (definitions|defs): validate definition against metaschema: /,
        /: ref: remote ref, containing refs itself: /,
    ],
    'jsonb cannot hold U+0000': [/: nul characters in strings: /],
    'formats that zod checks are checked': [
        /: format: (date|date-time|duration|email|hostname|ipv4|ipv6|time|uri|uuid) format: invalid .* only an annotation/,
    ],
    'unevaluatedItems and unevaluatedProperties are not supported': [
        /: not: collect annotations inside a 'not', even if collection is disabled: /,
        /: ref: ref creates new scope when adjacent to keywords: /,
        /: ref: \$ref with \$recursiveAnchor: /,
    ],
};

const excepted = (name) => Object.values(exceptions).some((patterns) => patterns.some((pattern) => pattern.test(name)));

const groupsOf = (draft) =>
    readFileSync(`${__dirname}/../data/json-schema-test-suite/${draft}.jsonl`, 'utf8')
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line));

// A tool's schema must be an object. Without `$schema`, it would be of draft 2020-12.
const toolSchema = (schema, uri) =>
    typeof schema === 'boolean' ? { $schema: uri, allOf: [schema] } : { $schema: uri, ...schema };

async function outcomes(client, { schema, tests }, uri) {
    try {
        await client.query(
            `INSERT INTO agent_tools (name, description, schema) VALUES ('t', '', $1)
            ON CONFLICT (name) DO UPDATE SET schema = excluded.schema`,
            [JSON.stringify(toolSchema(schema, uri))],
        );
    } catch (error) {
        return tests.map(() => error.detail ?? error.message);
    }
    const results = [];
    for (const { data } of tests) {
        const call = {
            text: `SELECT validate_tool_input('t', $1) ->> 'valid' AS valid`,
            values: [JSON.stringify(data)],
        };
        results.push(
            await client.query(call).then(
                ({ rows }) => rows[0].valid === 'true',
                (error) => error.message,
            ),
        );
    }
    return results;
}

async function testDraft(client, draft) {
    let passed = 0;
    let count = 0;
    const surprises = [];
    for (const group of groupsOf(draft)) {
        const results = await outcomes(client, group, drafts[draft]);
        group.tests.forEach(({ description, valid }, index) => {
            const name = `${draft}: ${group.file}: ${group.description}: ${description}`;
            const fits = results[index] === valid;
            passed += fits ? 1 : 0;
            count += 1;
            if (fits === excepted(name)) surprises.push(`${name}: ${results[index]}, not ${valid}`);
        });
    }
    console.log(`# ${draft}: ${passed} of ${count} pass, ${((100 * passed) / count).toFixed(1)} %`);
    is(surprises, [], `${draft}: all tests pass but the exceptions`);
    ok(passed >= leastShare * count, `${draft}: at least ${100 * leastShare} % pass`);
}

run(async () => {
    const client = new Client();
    await client.connect();
    await client.query('CREATE EXTENSION agentchat');
    for (const draft of Object.keys(drafts)) await testDraft(client, draft);
    await client.end();
});
