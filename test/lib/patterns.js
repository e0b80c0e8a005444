// Makes random regular expressions and texts for them, and compares what agentchat says of them with RegExp.
//
// RegExp with the flag u is the oracle. A pattern that only RegExp without it takes may be refused. Otherwise, it matches
// what RegExp says, in texts without characters beyond U+FFFF, which are two characters there.

const { randomNumbers } = require('./messages.js');

// Returns a function that returns random integers below its argument.
function randomIntegers(seed) {
    const random = randomNumbers(seed);
    return (limit) => Math.floor(random() * limit);
}

const characters = [
    ...['a', 'b', 'c', 'a', 'b', 'A', '0', '1', '_', '-', ' ', 'é', '😀', ',', '=', ':', '<', '!', '#', '/', '"'],
    ...['\\/', '\\.', '\\-', '\\\\', '\\{', '\\}', '\\[', '\\]', '\\$', '\\^', '\\*', '\\x61', '\\u0062', '\\u{63}'],
    ...['\\ud83d\\ude00', '\\n', '\\t', '\\0', '\\cJ', '\\v', '\u2028'],
];
const sets = ['\\d', '\\D', '\\w', '\\W', '\\s', '\\S', '\\p{L}', '\\P{Lu}'];
const classCharacters = [
    ...['a', 'b', 'c', '0', '-', 'é', '😀', '.', '*', '(', '|', '\\]', '\\\\', '\\-', '\\b', '\\n', '\\^', '^', '['],
    ...['\\x62', '\\u{1F600}', '\\ud83d\\ude00', ':', '='],
];
const ranges = [
    'a-c',
    '0-9',
    'A-Z',
    'a-z',
    '\\0-\\x1f',
    '\\u0000-\\uffff',
    '😀-😎',
    '\\ud83d\\ude00-\\ud83d\\udeff',
    ' -~',
];
const quantifiers = ['*', '+', '?', '{2}', '{0,1}', '{1,3}', '{2,}', '{0}', '{1}', '{0,2}'];
const noise = [...'()[]{}*+?|\\^$.-,012ab:=!<>k'];

class PatternMaker {
    constructor(random) {
        this.random = random;
    }

    pick(choices) {
        return choices[this.random(choices.length)];
    }

    times(count, make) {
        return Array.from({ length: count }, make).join('');
    }

    class() {
        const element = () => this.pick(this.pick([classCharacters, ranges, sets]));
        return `[${this.pick(['', '', '^'])}${this.times(this.random(4), element)}]`;
    }

    group(depth) {
        this.groups += 1;
        const name = this.random(4) ? '' : `?<n${this.groups}>`;
        return `(${name}${this.alternatives(depth - 1)})`;
    }

    reference() {
        const number = 1 + this.random(this.groups + 1);
        return this.random(4) ? `\\${number}` : `\\k<n${number}>`;
    }

    atom(depth) {
        const kind = this.random(14);
        if (kind < 4) return this.pick(characters);
        if (kind < 5) return '.';
        if (kind < 7) return this.class();
        if (kind < 9) return this.pick(sets);
        if (kind < 10 && this.groups > 0) return this.reference();
        if (depth === 0) return this.pick(characters);
        return this.random(2) ? this.group(depth) : `(?:${this.alternatives(depth - 1)})`;
    }

    quantifier() {
        return this.pick(quantifiers) + (this.random(4) ? '' : '?');
    }

    term(depth) {
        const kind = this.random(20);
        if (kind < 4) return this.pick(['^', '$', '\\b', '\\B']);
        if (kind < 6 && depth > 0) return `(${this.pick(['?=', '?!', '?<=', '?<!'])}${this.alternatives(depth - 1)})`;
        return this.atom(depth) + (this.random(3) ? '' : this.quantifier());
    }

    sequence(depth) {
        return this.times(this.random(4), () => this.term(depth));
    }

    alternatives(depth) {
        let text = this.sequence(depth);
        while (!this.random(4)) text += `|${this.sequence(depth)}`;
        return text;
    }

    pattern() {
        this.groups = 0;
        const text = `${this.pick(['', '', '^'])}${this.alternatives(3)}${this.pick(['', '', '$'])}`;
        if (this.random(10)) return text;
        // Not all that people write is a regular expression.
        const parts = [...text];
        parts.splice(this.random(parts.length + 1), this.random(2), this.pick(noise));
        return parts.join('');
    }
}

const textCharacters = [
    ...['a', 'a', 'a', 'b', 'b', 'c', 'A', '0', '1', '_', '-', ' ', 'é', '😀', '\n', '\u2028', '\u00a0', ']', '{', '}'],
    ...['\\', '.', '"', ':', '=', '\t', '\b', '\r', '/'],
];

// Makes the empty text and random short ones.
function randomTexts(random, count) {
    return Array.from({ length: count }, (_, index) => {
        const length = index === 0 ? 0 : 1 + random(index < count / 2 ? 4 : 12);
        const alphabet = index % 3 ? textCharacters.slice(0, 9) : textCharacters;
        return Array.from({ length }, () => alphabet[random(alphabet.length)]).join('');
    });
}

function regExp(pattern, flags) {
    try {
        return new RegExp(pattern, flags);
    } catch {
        return undefined;
    }
}

// What agentchat may refuse although RegExp takes it.
const limits = [
    /^a back reference (is inside a lookahead or lookbehind|means a group whose last match is uncertain)/,
    /^a back reference means a group in a repetition that PostgreSQL cannot follow/,
    /^it is too complex for the regular expression engine of PostgreSQL/,
    /^it is too large: /,
];

const isBeyondBmp = (text) => /[\u{10000}-\u{10FFFF}]/u.test(text);

// Whether a pattern has parts that mean something else without the flag.
const meansOther = (pattern) => isBeyondBmp(pattern) || /\\(u\{|u[dD][89a-fA-F]|[pP]\{)/.test(pattern);

// Says what is wrong with an answer, if anything. The answer is a fault, or the matches: a "1" or "0" for each text.
function mistake(pattern, texts, answer) {
    const withFlag = regExp(pattern, 'u');
    const oracle = withFlag ?? regExp(pattern, '');
    if (!/^[01]*$/.test(answer)) {
        return withFlag && !limits.some((limit) => limit.test(answer)) ? `is refused: ${answer}` : undefined;
    }
    if (!withFlag && meansOther(pattern)) return undefined;
    if (!oracle) {
        // Each part may be right with a flag of its own.
        return /[{}\]]|\(\?[=!]|\\-/.test(pattern) ? undefined : 'is not refused';
    }
    const wrong = texts.filter(
        (text, index) => (withFlag || !isBeyondBmp(text)) && oracle.test(text) !== (answer[index] === '1'),
    );
    return wrong.length > 0 ? `differs on ${JSON.stringify(wrong.slice(0, 3))}` : undefined;
}

// Creates the SQL function test.match(patterns, texts): the answers for each pattern, by a tool's schema.
const matchFunction = `
    CREATE SCHEMA IF NOT EXISTS test;
    CREATE FUNCTION test.match(pattern text, keyword text, texts jsonb) RETURNS text LANGUAGE plpgsql AS $$
    DECLARE
        failed text;
        state text;
        wrong int[];
    BEGIN
        INSERT INTO agent_tools (name, description, schema)
        VALUES ('pattern', '', jsonb_build_object('items', jsonb_build_object(keyword, pattern)))
        ON CONFLICT (name) DO UPDATE SET schema = excluded.schema;
        SELECT array_agg(substr(e ->> 'path', 2)::int) INTO wrong
        FROM jsonb_array_elements(validate_tool_input('pattern', texts) -> 'errors') e;
        RETURN coalesce((SELECT string_agg(CASE WHEN w IS NULL THEN '1' ELSE '0' END, '' ORDER BY n)
            FROM generate_series(0, jsonb_array_length(texts) - 1) n LEFT JOIN unnest(wrong) w ON w = n), '');
    EXCEPTION WHEN invalid_parameter_value THEN
        GET STACKED DIAGNOSTICS failed = PG_EXCEPTION_DETAIL;
        RETURN regexp_replace(failed, '^At /items/pattern: (.*)\\.$', '\\1');
    END $$`;

// Returns the answers of the database for each pattern (or format, by the keyword).
async function answers(client, patterns, texts, keyword = 'pattern') {
    const { rows } = await client.query(
        `SELECT test.match(p, $3, $2) AS answer
        FROM jsonb_array_elements_text($1) WITH ORDINALITY AS each (p, n) ORDER BY n`,
        [JSON.stringify(patterns), JSON.stringify(texts), keyword],
    );
    return rows.map(({ answer }) => answer);
}

// Lists the mistakes in the database's answers.
async function mistakes(client, patterns, texts) {
    const given = await answers(client, patterns, texts);
    return patterns.flatMap((pattern, index) => {
        const words = mistake(pattern, texts, given[index]);
        return words === undefined ? [] : [`${JSON.stringify(pattern)} ${words}`];
    });
}

module.exports = { randomIntegers, PatternMaker, randomTexts, matchFunction, answers, mistakes };
