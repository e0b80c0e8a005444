#!/usr/bin/env node
// scripts/sql-edition.js SCRIPT: prints the install script with functions in SQL in place of those in C++.
// scripts/sql-edition.js SCRIPT SCHEMA SYMBOL...: prints the functions with these symbols alone, and all helpers, in
// another schema. A test compares them there with those in C++.
//
// The body of a function is in src/schema/sql_edition/, in the file with the name of its symbol in the library. It
// begins with LANGUAGE; the name, the arguments, the result and the volatility are those of the install script. A
// function without a file raises 0A000. Files whose names begin with _ are helpers of these functions.
const { existsSync, readdirSync, readFileSync } = require('node:fs');
const path = require('node:path');

const folder = path.join(__dirname, '..', 'src', 'schema', 'sql_edition');
const inC = /LANGUAGE c\b([^;]*?)\s+AS 'MODULE_PATHNAME', 'agentchat_(\w+)'/g;
const notHere = (symbol) => `LANGUAGE plpgsql
    AS $function$
BEGIN
    RAISE EXCEPTION '${symbol.replace(/_by_name$/, '')}() needs the extension'
        USING ERRCODE = 'feature_not_supported',
              DETAIL = 'This database has the SQL edition of agentchat, which is without this function.',
              HINT = 'The extension has it. It is installed on a server of your own.';
END
$function$`;

// Reads a file without the comment at its beginning.
const read = (name) =>
    readFileSync(path.join(folder, name), 'utf8')
        .replace(/^(--.*\n)+/, '')
        .trim();

function body(symbol) {
    const file = `${symbol}.sql`;
    return existsSync(path.join(folder, file)) ? read(file).replace(/;$/, '') : notHere(symbol);
}

const used = new Set();
const original = readFileSync(process.argv[2], 'utf8');
function withBody(_, attributes, symbol) {
    used.add(`${symbol}.sql`);
    return body(symbol).replace(/^LANGUAGE \w+/, (language) => language + attributes);
}
const script = original.replace(inC, withBody);

const files = readdirSync(folder)
    .filter((file) => file.endsWith('.sql'))
    .sort();
const helpers = files.filter((file) => file.startsWith('_'));
for (const file of files) {
    if (!helpers.includes(file) && !used.has(file)) throw new Error(`${file} is the body of no function`);
}

// Helpers come as soon as their schema is there. Everyone may call them, whatever the default privileges are.
const schema = 'GRANT USAGE ON SCHEMA agentchat TO PUBLIC;\n';
if (!script.includes(schema)) throw new Error('the script does not create the schema agentchat');
const grant = 'GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA agentchat TO PUBLIC;\n';
const texts = [...helpers.map((file) => `${read(file)}\n`), grant];
const wholeScript = () => script.replace(schema, () => `${schema}\n${texts.join('\n')}`);

// Prints functions and all helpers in another schema. Other functions that they call remain the extension's.
function inSchema(name, symbols) {
    const functions = symbols.map((symbol) => {
        const statement = new RegExp(`CREATE FUNCTION @extschema@\\.[^;]*'agentchat_${symbol}';`).exec(original);
        if (!statement) throw new Error(`the script has no function with the symbol ${symbol}`);
        return statement[0].replace(inC, withBody).replace('@extschema@.', `${name}.`);
    });
    const all = [...helpers.map(read), ...functions].join('\n\n');
    const own = [...all.matchAll(/CREATE (?:FUNCTION|UNLOGGED TABLE) agentchat\.(\w+)/g)].map((match) => match[1]);
    const moved = all.replace(new RegExp(`\\bagentchat\\.(${own.join('|')})\\b`, 'g'), `${name}.$1`);
    return `CREATE SCHEMA ${name};\nSET check_function_bodies = off;\n${moved}\n`;
}

const [schemaName, ...symbols] = process.argv.slice(3);
process.stdout.write(schemaName ? inSchema(schemaName, symbols) : wholeScript());
