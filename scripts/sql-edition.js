#!/usr/bin/env node
// scripts/sql-edition.js VERSION FILE...: prints the script that these files make together, with functions in SQL and
// PL/pgSQL in place of those in C++.
//
// The body of a function is in src/schema/sql_edition/, in the file with the name of its symbol in the library. It
// begins with LANGUAGE; the name, the arguments, the result and the volatility are those of the install script. A
// function without a file raises 0A000. Files whose names begin with _ are helpers of these functions.
//
// Of a FILE with a minus before its name, only the functions for users come, and raise 0A000.
const { existsSync, readdirSync, readFileSync } = require('node:fs');
const path = require('node:path');

const folder = path.join(__dirname, '..', 'src', 'schema', 'sql_edition');
const inC = /LANGUAGE c\b([^;]*?)\s+AS 'MODULE_PATHNAME', 'agentchat_(\w+)'/g;
const notHere = (name) => `LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $function$
BEGIN
    RAISE EXCEPTION '${name}() needs the extension'
        USING ERRCODE = 'feature_not_supported',
              DETAIL = 'This database has the SQL edition of agentchat, which is without this function.',
              HINT = 'The extension has it. It is installed on a server of your own.';
END
$function$`;

const [version, ...files] = process.argv.slice(2);
const withoutComment = (text) => text.replace(/^(--.*\n)+/, '').trim();
const readBody = (name) => withoutComment(readFileSync(path.join(folder, name), 'utf8'));

const used = new Set();
function body(symbol) {
    const file = `${symbol}.sql`;
    if (!existsSync(path.join(folder, file))) return notHere(symbol.replace(/_by_name$/, ''));
    used.add(file);
    return readBody(file).replace(/;$/, '');
}

// Functions for users have a comment.
function withoutBodies(text) {
    const comments = text.matchAll(/^COMMENT ON FUNCTION \w+\.(\w+)\([^']*IS\s(?:'(?:[^']|'')*'\s*)+;/gm);
    const grants = [...text.matchAll(/^(REVOKE|GRANT) EXECUTE ON FUNCTION .*;$/gm)].map(([grant]) => grant);
    return [...comments].map(([comment, name]) => {
        const definition = new RegExp(`CREATE FUNCTION \\w+\\.${name}\\([^$]*?(?=\n    LANGUAGE)`);
        const [head] = definition.exec(text);
        const [, attributes] = /^\s+LANGUAGE \w+((?: (?:STABLE|IMMUTABLE|STRICT|PARALLEL \w+))*)/.exec(
            text.slice(text.indexOf(head) + head.length),
        );
        const body = notHere(name).replace(/^LANGUAGE \w+/, (language) => language + attributes);
        const own = grants.filter((grant) => grant.includes(`.${name}(`));
        return `${head}\n    ${body};\n\n${own.join('\n')}\n\n${comment}\n`;
    });
}

const sources = files.flatMap((file) => {
    const text = readFileSync(file.replace(/^-/, ''), 'utf8');
    return file.startsWith('-') ? withoutBodies(text) : [text];
});
let script = sources
    .join('\n')
    .replace(inC, (_, attributes, symbol) =>
        body(symbol).replace(/^LANGUAGE \w+/, (language) => language + attributes),
    );

const all = readdirSync(folder)
    .filter((file) => file.endsWith('.sql'))
    .sort();
const helpers = all.filter((file) => file.startsWith('_'));
for (const file of all) {
    if (!helpers.includes(file) && !used.has(file)) throw new Error(`${file} is the body of no function`);
}

// Helpers come as soon as their schema is there. Everyone may call them, whatever the default privileges are, except
// those that revoke it.
const schema = 'GRANT USAGE ON SCHEMA agentchat TO PUBLIC;\n';
if (!script.includes(schema)) throw new Error('the script does not create the schema agentchat');
const grant = 'GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA agentchat TO PUBLIC;\n';
const revoke = /^REVOKE EXECUTE .*;\n/gm;
const helperTexts = helpers.map((file) => `${readBody(file)}\n`);
const revokes = helperTexts.flatMap((text) => text.match(revoke) ?? []).join('');
const texts = [...helperTexts.map((text) => text.replace(revoke, '')), `${grant}${revokes}`];
script = script.replace(schema, () => `${schema}\n${texts.join('\n')}`);

const names = new Set([...script.matchAll(/CREATE FUNCTION @extschema@\.(\w+)/g)].map(([, name]) => name));
process.stdout.write(
    script
        .replaceAll('@version@', version)
        .replaceAll('@function_names@', () => [...names].map((name) => `'${name}'`).join(', ')),
);
