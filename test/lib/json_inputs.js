// Makes random inputs for a JSON Schema: valid ones with up to three changes, which often make them invalid.
const { randomNumbers } = require('./messages.js');

// Strings at the edges of the formats.
const strings = [
    '',
    ' ',
    'a',
    'ab',
    'abc',
    'A',
    'a b',
    'a\nb',
    '0',
    '1',
    '-1',
    '1.5',
    'null',
    'true',
    'é',
    '東',
    'x'.repeat(25),
    'x'.repeat(60),
    'x'.repeat(101),
    // email
    'ada@example.com',
    'ada@example',
    'ada@',
    '@example.com',
    'ada..b@example.com',
    '.ada@example.com',
    'ada.@example.com',
    'ada@-example.com',
    'ada@exam_ple.com',
    'a+b@example.co.uk',
    'Ada <ada@example.com>',
    ' ada@example.com',
    'ada@example.c',
    // uri, hostname
    'https://example.com',
    'https://example.com/a?b=c#d',
    'http://localhost:8080/',
    'https://a.example.com',
    'ftp://example.com/a',
    'mailto:ada@example.com',
    'example.com',
    '//example.com',
    '/a/b',
    'a-b.example',
    '-a.example',
    'a..example',
    `${'a'.repeat(64)}.example`,
    // date-time, date, time, duration
    '2026-01-31T12:00:00Z',
    '2026-01-31T12:00:00z',
    '2026-01-31T12:00:00+02:00',
    '2026-01-31T12:00:00+0200',
    '2026-01-31T12:00:00.123Z',
    '2026-01-31T12:00:00.Z',
    '2026-01-31T12:00:00',
    '2026-01-31T12:00Z',
    '2026-01-31 12:00:00Z',
    '2026-01-31T24:00:00Z',
    '2026-01-31T23:59:60Z',
    '2026-02-29T00:00:00Z',
    '2026-01-31',
    '2024-02-29',
    '2026-02-29',
    '2026-02-30',
    '2026-04-31',
    '2026-13-01',
    '2026-00-10',
    '1900-02-29',
    '2000-02-29',
    '26-01-31',
    '2026-1-31',
    '12:00',
    '12:00:00',
    '12:00:00.5',
    '12:00:00.123',
    '12:00:00Z',
    '24:00:00',
    '12:60:00',
    '1:00:00',
    'P1D',
    'P1Y2M3DT4H5M6S',
    'PT0.5S',
    'PT36H',
    'P1W',
    'P1W1D',
    'P',
    'PT',
    'P1',
    '-P1D',
    'p1d',
    // uuid and other ids
    '123e4567-e89b-12d3-a456-426614174000',
    '123E4567-E89B-12D3-A456-426614174000',
    '11111111-0000-4000-8000-000000000001',
    '11111111-0000-4000-c000-000000000001',
    '11111111-0000-9000-8000-000000000001',
    '00000000-0000-0000-0000-000000000000',
    'ffffffff-ffff-ffff-ffff-ffffffffffff',
    '123e4567e89b12d3a456426614174000',
    '{123e4567-e89b-12d3-a456-426614174000}',
    '123e4567-e89b-12d3-a456-42661417400g',
    '01ARZ3NDEKTSV4RRFFQ69G5FAV',
    '81ARZ3NDEKTSV4RRFFQ69G5FAV',
    'tz4a98xxat96iws9zmbrgj3a',
    'cjld2cjxh0000qzrmn831i7rn',
    '0ujtsYcgvSTl8PAuAdqWYSMnLOv',
    'V1StGXR8_Z5jdHi6B-myT',
    // addresses
    '127.0.0.1',
    '256.0.0.1',
    '01.2.3.4',
    '1.2.3',
    '10.0.0.0/8',
    '10.0.0.0/33',
    '::1',
    '2001:db8::/32',
    '2001:db8::/129',
    'fe80::1',
    '1:2:3:4:5:6:7:8',
    '1:2:3:4:5:6:7:8:9',
    '::ffff:127.0.0.1',
    '12345::',
    '00:1a:2b:3c:4d:5e',
    '00-1A-2B-3C-4D-5E',
    // base64, phone, others
    'YWxvaGE=',
    'YWxvaGE',
    'YWxv',
    'YQ==',
    'YQ=',
    'YW-_',
    'YW+/',
    '+18085551234',
    '+08085551234',
    '18085551234',
    '🌺',
    '🌺🌴',
    'Haleakalā 2',
    '#ff00Aa',
    '#ff00A',
    'SELECT 1 FROM a',
    '4242424242424242',
    'DE89370400440532013000',
    'aA345678',
];

const numbers = [0, 1, -1, 2, 3, 5, 0.1, 0.3, 0.25, 1.5, 7, 10, 100, 255, 256, 1e9, 2147483648, 4294967296];
const largeNumbers = [9007199254740991, 9007199254740992, -9007199254740992, 1e21, 1e300, 1e-7, -2147483649, 3.5e38];

const isObject = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);

const repeated = (times, value) => Array(times).fill(value);

// Adds the strings and numbers of a schema to the pools: the values of enum and const, names, bounds and their
// neighbours.
function collect(schema, pools) {
    if (typeof schema === 'number') {
        pools.numbers.push(schema, schema - 1, schema + 1, schema + 0.5);
    } else if (typeof schema === 'string') {
        if (schema.length < 30) pools.strings.push(schema);
    } else if (typeof schema === 'object' && schema !== null) {
        for (const [key, value] of Object.entries(schema)) {
            if (['$schema', '$ref', '$id', 'description', 'pattern', 'title'].includes(key)) continue;
            if (key === 'properties' && isObject(value)) pools.names.push(...Object.keys(value));
            collect(value, pools);
        }
    }
}

// Returns all places in a value, each with its holder and key.
function placesIn(value) {
    const places = [];
    const visit = (holder) => {
        for (const key of Object.keys(holder)) {
            places.push({ holder, key });
            if (typeof holder[key] === 'object' && holder[key] !== null) visit(holder[key]);
        }
    };
    visit(value);
    return places;
}

// For each format, a string that has it.
const ofFormat = {
    email: 'ada@example.com',
    uri: 'https://example.com/a',
    uuid: '11111111-0000-4000-8000-000000000001',
    date: '2026-01-31',
    time: '12:00:00',
    'date-time': '2026-01-31T12:00:00Z',
};

// Returns a random value that is meant to be valid by a schema of usual keywords.
function sampleOf(root, seed) {
    const random = randomNumbers(seed);
    const anyOf = (list) => list[Math.floor(random() * list.length)];

    function sampleObject({ properties = {}, required = [], additionalProperties }, depth) {
        const sampled = {};
        for (const [name, property] of Object.entries(properties)) {
            if (required.includes(name) || random() < 0.7 / depth) sampled[name] = sample(property, depth + 1);
        }
        if (isObject(additionalProperties) && random() < 0.5) sampled.extra = sample(additionalProperties, depth + 1);
        return sampled;
    }

    function sampleArray({ items = {}, prefixItems, minItems = 0, maxItems = 2 }, depth) {
        if (prefixItems) return prefixItems.map((item) => sample(item, depth + 1));
        const length = Math.max(minItems, Math.min(maxItems, depth > 8 ? 0 : Math.floor(random() * 3)));
        return Array.from({ length }, () => sample(items, depth + 1));
    }

    const samplesOfTypes = {
        object: sampleObject,
        array: sampleArray,
        string: ({ format, minLength = 0 }) => ofFormat[format] ?? anyOf(['a', 'abc']).padEnd(minLength, 'x'),
        integer: ({ minimum = 0, exclusiveMinimum = minimum - 1 }) => Math.max(minimum, exclusiveMinimum + 1),
        number: ({ minimum = 0, exclusiveMinimum = minimum - 1 }) => Math.max(minimum, exclusiveMinimum + 0.5),
        boolean: () => random() < 0.5,
        null: () => null,
    };

    function sample(schema, depth) {
        if (typeof schema === 'boolean') return null;
        if ('const' in schema) return schema.const;
        if (schema.enum) return anyOf(schema.enum);
        if (schema.$ref) {
            const names = schema.$ref.split('/').slice(1);
            return sample(
                names.reduce((place, name) => place[name.replace(/~1/g, '/').replace(/~0/g, '~')], root),
                depth,
            );
        }
        const branches = schema.anyOf ?? schema.oneOf;
        if (branches) return sample(anyOf(branches), depth + 1);
        const type = Array.isArray(schema.type) ? anyOf(schema.type) : (schema.type ?? 'string');
        return samplesOfTypes[type](schema, depth);
    }

    return sample(root, 1);
}

// Returns a function that makes the next input. The same seed gives the same inputs.
function inputMaker(schema, valid, seed) {
    const random = randomNumbers(seed);
    const below = (n) => Math.floor(random() * n);
    const anyOf = (list) => list[below(list.length)];
    const pools = { strings: [], numbers: [], names: ['extra', 'constructor'] };
    collect(schema, pools);

    const anyString = () => anyOf(random() < 0.4 && pools.strings.length ? pools.strings : strings);
    const anyNumber = () => {
        const list = random() < 0.5 && pools.numbers.length ? pools.numbers : numbers;
        return random() < 0.1 ? anyOf(largeNumbers) : anyOf(list);
    };
    const anyValue = () =>
        anyOf([anyString, anyNumber, () => random() < 0.5, () => null, () => [], () => ({}), () => [anyString()]])();

    // Another value of the same type.
    function similar(value) {
        if (typeof value === 'boolean') return !value;
        if (typeof value === 'number') return random() < 0.3 ? value + anyOf([-1, 1, 0.5, 0.05]) : anyNumber();
        if (typeof value === 'string') return random() < 0.3 ? edited(value) : anyString();
        return anyValue();
    }

    function edited(text) {
        const characters = [...text];
        const at = below(characters.length + 1);
        const inserted = anyOf(['a', 'Z', '0', '.', '-', ' ', '\n', '@', ':', '/', 'é']);
        characters.splice(at, anyOf([0, 1, 1]), ...(random() < 0.7 ? [inserted] : []));
        return characters.join('');
    }

    // Each changes the holder, or returns the value for the place.
    const changes = [
        ...repeated(8, ({ holder, key }) => similar(holder[key])),
        ...repeated(3, remove),
        ...repeated(3, () => anyValue()),
        ...repeated(2, ({ holder, key }, places) => add(Array.isArray(holder) ? holder : holder[key], places)),
        ...repeated(2, (_, places) => copy(anyOf(places))),
        ({ holder, key }) => [holder[key]],
        () => null,
    ];

    const copy = ({ holder, key }) => structuredClone(holder[key]);

    function remove({ holder, key }) {
        if (Array.isArray(holder)) holder.splice(Number(key), 1);
        else delete holder[key];
    }

    function add(target, places) {
        const value = random() < 0.5 ? copy(anyOf(places)) : anyValue();
        if (Array.isArray(target)) target.push(random() < 0.5 && target.length ? structuredClone(target[0]) : value);
        else if (isObject(target)) target[anyOf(pools.names)] = value;
        else return value;
    }

    return () => {
        // A holder for the input itself makes it a place like the others.
        const root = { input: structuredClone(anyOf(valid)) };
        for (let left = anyOf([0, 1, 1, 1, 1, 2, 3]); left > 0; left -= 1) {
            const places = placesIn(root);
            if (!places.length) break;
            const place = places.length > 1 && random() < 0.98 ? anyOf(places.slice(1)) : places[0];
            const value = anyOf(changes)(place, places);
            if (value !== undefined) place.holder[place.key] = value;
        }
        return root.input === undefined ? null : root.input;
    };
}

module.exports = { inputMaker, sampleOf };
