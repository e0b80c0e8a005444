// Compiles JSON Schemas with ajv, which knows nothing of this extension.
const { z } = require('zod');
const { z: z3 } = require('zod/v3');
const Ajv = {
    '-04': require('ajv-draft-04').default,
    '-07': require('ajv').default,
    2019: require('ajv/dist/2019').default,
    2020: require('ajv/dist/2020').default,
};

const anyOf = (schemas) => ({ validate: (text) => schemas.some((schema) => schema.safeParse(text).success) });

// All times that an option of zod accepts, and that JSON Schema does: with and without seconds and an offset.
const dateTimes = [undefined, -1].flatMap((precision) => [
    z.iso.datetime({ precision, offset: true }),
    z.iso.datetime({ precision, local: true }),
    z3.string().datetime({ offset: true, local: true }),
]);

// new URL() removes line breaks and tabs first. In the scheme and in the host, the database refuses them.
const isBroken = (text) => /^\s*[a-z+.-]+([\t\n\r]|:[/\\]*[^/\\?#]*[\t\n\r])/i.test(text);
const url = anyOf([z.url(), z3.string().url()]);

// The formats that the database checks: those of zod. A JSON Schema does not say which major version of zod has written
// it, nor with which options. A text that any of them accepts is right. Other formats are annotations.
const formats = {
    base64: anyOf([z.base64(), z3.string().base64()]),
    base64url: anyOf([z.base64url(), z3.string().base64url()]),
    cidrv4: anyOf([z.cidrv4(), z3.string().cidr({ version: 'v4' })]),
    cidrv6: anyOf([z.cidrv6(), z3.string().cidr({ version: 'v6' })]),
    cuid: anyOf([z.cuid(), z3.string().cuid()]),
    cuid2: anyOf([z.cuid2(), z3.string().cuid2()]),
    date: anyOf([z.iso.date(), z3.string().date()]),
    'date-time': anyOf(dateTimes),
    duration: anyOf([z.iso.duration(), z3.string().duration()]),
    e164: anyOf([z.e164()]),
    email: anyOf([z.email(), z3.string().email()]),
    hostname: anyOf([z.hostname()]),
    ipv4: anyOf([z.ipv4(), z3.string().ip({ version: 'v4' })]),
    ipv6: anyOf([z.ipv6(), z3.string().ip({ version: 'v6' })]),
    // zod also decodes it.
    jwt: anyOf([z.string().regex(/^[\w-]+\.[\w-]+\.[\w-]*$/)]),
    ksuid: anyOf([z.ksuid()]),
    mac: anyOf([z.mac()]),
    nanoid: anyOf([z.nanoid(), z3.string().nanoid()]),
    time: { validate: (text) => dateTimes.some((schema) => schema.safeParse(`2026-01-01T${text}`).success) },
    ulid: anyOf([z.ulid(), z3.string().ulid()]),
    uri: { validate: (text) => url.validate(text) && !isBroken(text) },
    uuid: anyOf([z.guid(), z.uuid(), z3.string().uuid()]),
    xid: anyOf([z.xid()]),
};

// zod and zod-to-json-schema write escapes that a regular expression with the flag u does not know (`\\ `).
function regExp(source, flags) {
    try {
        return new RegExp(source, flags);
    } catch {
        return new RegExp(source);
    }
}
regExp.code = 'new RegExp';

// Rewrites what ajv refuses or reads in another way than the database.
function rewritten(_, value) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
    const schema = { ...value };
    // zod writes the pattern of a format beside it. If it is more special than the format, the pattern decides.
    if (typeof schema.format === 'string' && typeof schema.pattern === 'string') delete schema.format;
    return schema;
}

// zod-to-json-schema writes draft 4's exclusiveMinimum for 2019-09.
function withNumericBounds(key, value) {
    const schema = rewritten(key, value);
    for (const [exclusive, bound] of [
        ['exclusiveMinimum', 'minimum'],
        ['exclusiveMaximum', 'maximum'],
    ]) {
        if (schema?.[exclusive] !== true) continue;
        schema[exclusive] = schema[bound];
        delete schema[bound];
    }
    return schema;
}

// Returns the integers that two numbers are if both are multiplied by the same power of ten.
function scaled(...numbers) {
    const parts = numbers.map((number) => {
        const [, digits, fraction = '', exponent = 0] = /^(-?\d+)(?:\.(\d+))?(?:e([+-]\d+))?$/.exec(String(number));
        return { digits: BigInt(digits + fraction), exponent: Number(exponent) - fraction.length };
    });
    const least = Math.min(...parts.map(({ exponent }) => exponent));
    return parts.map(({ digits, exponent }) => digits * 10n ** BigInt(exponent - least));
}

// ajv divides, and 0.3 / 0.1 is not 3. In decimals it is.
const exactMultipleOf = {
    keyword: 'multipleOf',
    type: 'number',
    schemaType: 'number',
    validate: (divisor, value) => {
        const [dividend, by] = scaled(value, divisor);
        return dividend % by === 0n;
    },
};

// Returns the function that validates an input.
function compile(schema) {
    const draft = Object.keys(Ajv).find((name) => schema.$schema?.includes(name)) ?? '2020';
    const ajv = new Ajv[draft]({ strict: false, logger: false, code: { regExp } });
    for (const [name, format] of Object.entries(formats)) ajv.addFormat(name, format);
    ajv.removeKeyword('multipleOf').addKeyword(exactMultipleOf);
    return ajv.compile(JSON.parse(JSON.stringify(schema), draft === '-04' ? rewritten : withNumericBounds));
}

module.exports = { compile };
