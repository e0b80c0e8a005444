#!/usr/bin/env node
// scripts/lint/regimes.js [FOLDER]: checks, as far as names tell, that no function of src/ uses both kinds of errors.
//
// A CamelCase function may throw. Hence it calls no snake_case function, which may raise a PostgreSQL error, unless that
// one is declared noexcept. Only CamelCase functions throw. Methods of an object are not checked, because a name does
// not tell whose they are. The check relies on the layout of clang-format.
const { report, sources } = require('./source.js');

const specifiers = /^(?:(?:static|constexpr|inline|virtual|friend|\[\[\w+\]\])\s+)+/;
// A type, a name in CamelCase that may be qualified, and the opening parenthesis. A constructor has no type.
const head = /^[A-Za-z_][\w:<>,*&[\] ]*[ *&](?:\w+(?:<[^()]*>)?::)*([A-Z]\w*)\(/;
const notTypes = /^(?:return|throw|new|delete|else|using|case|explicit)\b/;

// A name in snake_case and its opening parenthesis, not after a "." or "->", and in no namespace but ours.
const call = /(?<![\w.:]|->)((?:agentchat::)?(?:pg::)?)([a-z][a-z0-9_]*)\(/g;
const keywords = new Set('if for while switch return catch sizeof alignof decltype noexcept'.split(' '));
// What stands before the name of a variable that parentheses initialise: a type.
const type = /(?<!\b(?:return|else|throw|and|or|not))(?:[\w>] [&*]?|\w[&*] )$/;

// Lists the lines without comments, and without what is in strings and characters.
const codeOf = ({ lines }) =>
    lines.map((line) =>
        line
            .replace(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)'/g, '""')
            .replace(/\/\/.*/, '')
            .trimEnd(),
    );

const indentOf = (line) => line.length - line.trimStart().length;

// The name of the CamelCase function that begins in the line, if one does.
function nameIn(line) {
    const text = line.trimStart();
    return notTypes.test(text) ? undefined : text.replace(specifiers, '').match(head)?.[1];
}

// Lists the CamelCase functions with their bodies: { name, first, last }, which are indexes of lines. The head of a
// function ends in the first line that ends in "{", "}" or ";". Its body ends at the "}" that is indented as the head.
function functionsOf(lines) {
    return lines.flatMap((line, first) => {
        const name = nameIn(line);
        if (!name) return [];
        const opens = lines.findIndex((text, index) => index >= first && /[{};]$/.test(text));
        if (lines[opens].endsWith(';')) return [];
        if (lines[opens].endsWith('}')) return [{ name, first, last: opens }];
        const last = lines.findIndex(
            (text, index) => index > opens && indentOf(text) === indentOf(line) && /^\s*}/.test(text),
        );
        return [{ name, first, last }];
    });
}

// Collects the names of the snake_case functions that are declared noexcept.
function neverRaise(files) {
    const declaration = /\b([a-z][a-z0-9_]*)\([^;{}()]*\)(?:\s*const)?\s+noexcept\b/g;
    return new Set(files.flatMap(({ code }) => [...code.join(' ').matchAll(declaration)].map(([, name]) => name)));
}

// Lists the snake_case functions that the line calls.
function callsIn(line) {
    return [...line.matchAll(call)]
        .filter(({ 1: space, 2: name, index }) => !keywords.has(name) && (space || !type.test(line.slice(0, index))))
        .map(([, space, name]) => ({ name, text: space + name }));
}

function errorsOf({ path, code }, allowed) {
    const functions = functionsOf(code);
    return code.flatMap((line, index) => {
        const within = functions.find(({ first, last }) => first <= index && index <= last);
        const error = (message) => ({ path, line: index + 1, message });
        if (!within) return /\bthrow\b/.test(line) ? [error('only a CamelCase function may throw')] : [];
        return callsIn(line)
            .filter(({ name }) => !allowed.has(name))
            .map(({ text }) => error(`${within.name}() may throw, but calls ${text}(), which is not noexcept`));
    });
}

const files = sources().map((file) => ({ path: file.path, code: codeOf(file) }));
const allowed = neverRaise(files);
report(files.flatMap((file) => errorsOf(file, allowed)));
