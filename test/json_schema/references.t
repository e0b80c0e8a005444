#!/usr/bin/env node
// Compares how `$ref` and `$id` resolve with JavaScript's URL, and the names of anchors with the meta-schemas.
const { Client } = require('pg');
const Ajv2019 = require('ajv/dist/2019').default;
const Ajv2020 = require('ajv/dist/2020').default;
const { run, ok, is } = require('../lib/http.js');

// Of RFC 3986, section 5.4, without those whose resolution is no path.
const base = 'http://a/b/c/d;p?q';
const references = [
    ...['g', './g', 'g/', '/g', '//g/h', '?y', 'g?y', ';x', 'g;x', 'g;x?y', '', '.', './', '..', '../', '../g'],
    ...['../..', '../../', '../../g', '../../../g', '../../../../g', '/./g', '/../g', 'g.'],
    ...['.g', 'g..', '..g', './../g', './g/.', 'g/./h', 'g/../h', 'g;x=1/./y'],
    ...['g;x=1/../y', 'g?y/./x', 'g?y/../x', 'g/..', '/..', '/.', 'http://h/i'],
];
const bases = [base, 'http://a', 'http://a?q', 'http://a/', 'https://a.b/c/d/', 'http://a/b/../c/./d'];

const anchors = ['a', '_a', 'a:b', ':a', 'A-1._z', '-a', '1', '.a', '', 'é', 'aé', 'a b', 'a\n', 'a#', 'a/b'];

// Which schema the reference names: that whose `$id` it should be, the whole one, or an error.
async function target(client, root, id, reference) {
    const schema = {
        ...(root === undefined ? {} : { $id: root }),
        type: 'object',
        properties: { a: { $ref: reference } },
        ...(id === undefined ? {} : { $defs: { target: { $id: id, type: 'string' } } }),
    };
    const { rows } = await client.query('SELECT agentchat.json_schema_error($1) AS fault', [schema]);
    if (rows[0].fault) return rows[0].fault;
    await client.query(
        `INSERT INTO agent_tools (name, description, schema) VALUES ('t', '', $1)
        ON CONFLICT (name) DO UPDATE SET schema = excluded.schema`,
        [schema],
    );
    const fits = async (input) =>
        (await client.query("SELECT validate_tool_input('t', $1) -> 'valid' AS fits", [input])).rows[0].fits;
    const [asTarget, asWhole] = [await fits({ a: 'text' }), await fits({ a: {} })];
    return asTarget === asWhole ? 'neither' : asTarget ? 'target' : 'whole';
}

run(async () => {
    const client = new Client();
    await client.connect();
    await client.query('CREATE EXTENSION agentchat');
    for (const root of bases) {
        const wrong = [];
        for (const reference of references) {
            const { href, pathname } = new URL(reference, root);
            // URL gives an empty path a slash, which RFC 3986 leaves to those who compare URIs (section 6.2.3).
            if (pathname === '/' && reference !== '' && !/^\w+:\/\/[^/]+\//.test(root)) continue;
            const isWhole = href === new URL(root).href;
            const found = await target(client, root, isWhole ? undefined : href, reference);
            if (found !== (isWhole ? 'whole' : 'target')) wrong.push(`${reference}: ${found}, not ${href}`);
        }
        ok(wrong.length === 0, `references from ${root} resolve as those of URL`, ...wrong);
    }
    // Without a base, a path has nothing above it.
    is(await target(client, undefined, 'x', '../../x'), 'target', '"../../x" without a base');
    is(await target(client, undefined, '../x', './x'), 'target', '... and as $id');
    is(await target(client, undefined, undefined, '..'), 'whole', '".." without a base is the whole schema');
    for (const [draft, Ajv] of Object.entries({ '2019-09': Ajv2019, '2020-12': Ajv2020 })) {
        const ajv = new Ajv({ strict: false, logger: false });
        const schemas = anchors.map((name) => ({
            $schema: `https://json-schema.org/draft/${draft}/schema`,
            $anchor: name,
        }));
        const { rows } = await client.query(
            `SELECT ARRAY(SELECT agentchat.json_schema_error(s) IS NULL
                          FROM jsonb_array_elements($1) WITH ORDINALITY e (s, n) ORDER BY n) AS valid`,
            [JSON.stringify(schemas)],
        );
        is(
            anchors.filter((_, index) => rows[0].valid[index]),
            anchors.filter((_, index) => ajv.validateSchema(schemas[index])),
            `anchors of ${draft} have the names that its meta-schema allows`,
        );
    }
    await client.end();
});
