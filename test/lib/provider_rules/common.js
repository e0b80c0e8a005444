// What the rules of all providers are made of: tests of JSON values and texts, and a list of violations.

// ---- shapes of JSON values: each function returns a test of a value

const isObject = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);
const isText = (value) => typeof value === 'string';
const isNumber = (value) => typeof value === 'number';
const isBoolean = (value) => typeof value === 'boolean';
const isNull = (value) => value === null;
const isAny = () => true;
const oneOf =
    (...values) =>
    (value) =>
        values.includes(value);
const either =
    (...tests) =>
    (value) =>
        tests.some((test) => test(value));
const listOf = (test) => (value) => Array.isArray(value) && value.every(test);
const orNull = (test) => either(isNull, test);
// An object that has all keys of `required`, and no others than these and those of `optional`.
const object =
    (required, optional = {}) =>
    (value) =>
        isObject(value) &&
        Object.keys(required).every((key) => Object.hasOwn(value, key)) &&
        Object.entries(value).every(([key, each]) => {
            const tests = Object.hasOwn(required, key) ? required : optional;
            return Object.hasOwn(tests, key) && tests[key](each);
        });
// An object that may have keys beside those.
const openObject =
    (required, optional = {}) =>
    (value) =>
        isObject(value) &&
        Object.keys(required).every((key) => Object.hasOwn(value, key)) &&
        Object.entries(value).every(([key, each]) => {
            const test = { ...optional, ...required }[key];
            return !test || test(each);
        });

// ---- texts

const isBase64 = (text) => isText(text) && text !== '' && text.length % 4 === 0 && /^[A-Za-z0-9+/]+={0,2}$/.test(text);
const isUrl = (text, protocols) => {
    if (!isText(text) || !URL.canParse(text)) return false;
    const { protocol, hostname } = new URL(text);
    return protocols.includes(protocol) && hostname !== '';
};
const isJson = (text, test = isAny) => {
    try {
        return test(JSON.parse(text));
    } catch {
        return false;
    }
};
const isJsonObject = (text) => isJson(text, isObject);

const imageTypes = ['image/jpeg', 'image/png', 'image/gif', 'image/webp'];

// Returns the values that a list has more than once.
const repeated = (list) => list.filter((value, index) => list.indexOf(value) !== index);

// ---- what both have in common

// Collects violations. rules names all rules of the provider.
class Findings {
    list = [];
    #rules;

    constructor(rules) {
        this.#rules = rules;
    }

    add(rule, path, value) {
        if (!Object.hasOwn(this.#rules, rule)) throw new Error(`not a rule: ${rule}`);
        this.list.push({ rule: this.#rules[rule], path, value });
    }

    // Adds a violation unless the rule is kept.
    check(isKept, rule, path, value) {
        if (!isKept) this.add(rule, path, value);
        return isKept;
    }
}

const at = (list, path) => list.map((value, index) => [value, `${path}[${index}]`]);

// Returns the test of the name; one that no value passes if there is none.
const testOf = (tests, name) => (isText(name) && Object.hasOwn(tests, name) ? tests[name] : () => false);

module.exports = {
    isObject,
    isText,
    isNumber,
    isBoolean,
    isAny,
    oneOf,
    either,
    listOf,
    orNull,
    object,
    openObject,
    isBase64,
    isUrl,
    isJson,
    isJsonObject,
    imageTypes,
    repeated,
    Findings,
    at,
    testOf,
};
