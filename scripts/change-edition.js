#!/usr/bin/env node
// scripts/change-edition.js EXTENSION_SCRIPT SQL_SCRIPT FILE...: prints a script of the extension that leads from one
// edition to the other, made of these files. The first two are the install scripts of the editions, of which it takes
// the names of what they make; one of them is among the files, too. Functions are replaced there, not created: they keep
// their OIDs.
const { readFileSync } = require('node:fs');

const [extensionScript, sqlScript, ...files] = process.argv.slice(2);
const read = (file) => readFileSync(file, 'utf8');

// "conversation_id text DEFAULT NULL" is of type text, "OUT name text" is no argument of a call, and "uuid" has no name.
const typeOf = (argument) =>
    argument
        .replace(/ DEFAULT .*/s, '')
        .replace(/^VARIADIC /, '')
        .replace(/^\S+ (?=\S)/, '');

function functionsOf(script) {
    const heads = script.matchAll(
        /^CREATE FUNCTION (agentchat|@extschema@)\.(\w+)\(([\s\S]*?)\)\s+(?:RETURNS|LANGUAGE)/gm,
    );
    return [...heads].map(([, schema, name, text]) => {
        const all = text.split(/,\s+(?=\w+ |"|uuid)/).map((argument) => argument.trim());
        const types = all.filter((argument) => argument && !argument.startsWith('OUT ')).map(typeOf);
        return `${schema}.${name}(${types.join(', ')})`;
    });
}

const inExtension = functionsOf(read(extensionScript));
const inSql = functionsOf(read(sqlScript));
const relationsOf = (script, kind) =>
    [...script.matchAll(/^CREATE (?:UNLOGGED )?(TABLE|VIEW) (agentchat\.\w+)/gm)]
        .filter(([, is]) => is === kind)
        .map((match) => match[2]);
const viewsInSql = relationsOf(read(sqlScript), 'VIEW');
const tablesInSql = relationsOf(read(sqlScript), 'TABLE');
const script = files.map(read).join('\n');
const isIn = (functions) => (signature) => functions.includes(signature);
const toExtension = script.includes('$take_over$');
// Those of the SQL edition have been left in its former schema.
const formerly = (name) => (toExtension ? name.replace(/^agentchat/, 'agentchat_before_change_edition') : name);
const toDrop = (names) => list(names.map(formerly), '', '');
const notIn = (functions, others) => functions.filter((signature) => !isIn(others)(signature));

const list = (items, before = "'", after = "'") => items.map((item) => before + item + after).join(',\n        ');
const [, version] = /SELECT 'sql', '([^']+)'/.exec(read(sqlScript));
const values = {
    version,
    functions_of_sql_edition: list(inSql),
    functions_of_both: list(inSql.filter(isIn(inExtension))),
    functions_to_drop: toDrop(toExtension ? notIn(inSql, inExtension) : notIn(inExtension, inSql)),
    relations_of_sql_edition: list([...tablesInSql, ...viewsInSql].map((table) => table.replace(/^agentchat\./, ''))),
    tables_to_drop: toDrop(toExtension ? tablesInSql : relationsOf(read(extensionScript), 'TABLE')),
    views_to_drop: toDrop(viewsInSql),
    objects: [list(viewsInSql, "'VIEW "), list(tablesInSql, "'TABLE "), list(inSql, "'FUNCTION ")].join(',\n        '),
};
process.stdout.write(
    script
        .replace(/^CREATE SCHEMA agentchat;\n/m, '')
        .replace(/^CREATE FUNCTION/gm, 'CREATE OR REPLACE FUNCTION')
        .replace(/@(\w+)@/g, (text, name) => values[name] ?? text),
);
