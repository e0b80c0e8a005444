// Tools as applications write them, with zod 4 and with zod 3. Each has inputs that it accepts.
//
// `object` makes an object from its properties: z.object, or the strict variant. Some converters write
// `additionalProperties: false` for every object. Their schemas are compared with the strict variant.
const { z } = require('zod');
const { z: z3 } = require('zod/v3');

const objectsOf = {
    4: { open: z.object, strict: z.strictObject },
    3: { open: z3.object, strict: (shape) => z3.object(shape).strict() },
};

// ---- zod 4

const tools = {
    get_weather: {
        zod4: (object) =>
            object({
                city: z.string().min(1).max(100).describe('The name of the city'),
                country: z
                    .string()
                    .regex(/^[A-Z]{2}$/)
                    .optional(),
                units: z.enum(['metric', 'imperial']).default('metric'),
                days: z.int().min(1).max(16).default(1),
                hourly: z.boolean().optional(),
            }),
        zod3: (object) =>
            object({
                city: z3.string().min(1).max(100).describe('The name of the city'),
                country: z3
                    .string()
                    .regex(/^[A-Z]{2}$/)
                    .optional(),
                units: z3.enum(['metric', 'imperial']).default('metric'),
                days: z3.number().int().min(1).max(16).default(1),
                hourly: z3.boolean().optional(),
            }),
        inputs: [
            { city: 'Honolulu' },
            { city: 'Zürich', country: 'CH', units: 'metric', days: 16, hourly: true },
            { city: '東京', country: 'JP', units: 'imperial', days: 1 },
        ],
    },
    send_email: {
        zod4: (object) =>
            object({
                to: z.array(z.email()).min(1).max(3),
                cc: z.array(z.email()).optional(),
                reply_to: z.email().nullable(),
                subject: z.string().max(78),
                body: object({ html: z.string(), text: z.string().nullish() }),
                attachments: z
                    .array(object({ filename: z.string().min(1), url: z.httpUrl(), bytes: z.int().positive() }))
                    .max(2)
                    .optional(),
            }),
        zod3: (object) =>
            object({
                to: z3.array(z3.string().email()).min(1).max(3),
                cc: z3.string().email().array().optional(),
                reply_to: z3.string().email().nullable(),
                subject: z3.string().max(78),
                body: object({ html: z3.string(), text: z3.string().nullish() }),
                attachments: z3
                    .array(
                        object({
                            filename: z3.string().min(1),
                            url: z3.string().url(),
                            bytes: z3.number().int().positive(),
                        }),
                    )
                    .max(2)
                    .optional(),
            }),
        inputs: [
            { to: ['ada@example.com'], reply_to: null, subject: '', body: { html: '<p>' } },
            {
                to: ['ada@example.com', "o'neil+tag@mail.example.co.uk"],
                cc: ['bob@example.org'],
                reply_to: 'no-reply@example.com',
                subject: 'Hello',
                body: { html: '<p>', text: null },
                attachments: [{ filename: 'a.pdf', url: 'https://example.com/a.pdf', bytes: 1 }],
            },
        ],
    },
    create_event: {
        zod4: (object) =>
            object({
                title: z.string().nonempty(),
                start: z.iso.datetime({ offset: true }),
                end: z.iso.datetime(),
                local_start: z.iso.datetime({ local: true }).optional(),
                day: z.iso.date().optional(),
                alarm: z.iso.time().optional(),
                lasts: z.iso.duration().optional(),
                repeats: z
                    .discriminatedUnion('every', [
                        object({ every: z.literal('day'), interval: z.int().gte(1) }),
                        object({ every: z.literal('week'), days: z.array(z.int().min(0).max(6)).min(1) }),
                        object({ every: z.literal('month'), day: z.int().min(1).max(31) }),
                    ])
                    .optional(),
                reminders: z.array(z.number().multipleOf(5).nonnegative()).max(5).default([]),
                attendees: z.array(z.union([z.email(), object({ name: z.string(), email: z.email() })])).optional(),
            }),
        zod3: (object) =>
            object({
                title: z3.string().nonempty(),
                start: z3.string().datetime({ offset: true }),
                end: z3.string().datetime(),
                local_start: z3.string().datetime({ local: true }).optional(),
                day: z3.string().date().optional(),
                alarm: z3.string().time().optional(),
                lasts: z3.string().duration().optional(),
                repeats: z3
                    .discriminatedUnion('every', [
                        object({ every: z3.literal('day'), interval: z3.number().int().gte(1) }),
                        object({ every: z3.literal('week'), days: z3.array(z3.number().int().min(0).max(6)).min(1) }),
                        object({ every: z3.literal('month'), day: z3.number().int().min(1).max(31) }),
                    ])
                    .optional(),
                reminders: z3.array(z3.number().multipleOf(5).nonnegative()).max(5).default([]),
                attendees: z3
                    .array(z3.union([z3.string().email(), object({ name: z3.string(), email: z3.string().email() })]))
                    .optional(),
            }),
        inputs: [
            { title: 'Surf', start: '2026-02-28T09:00:00+02:00', end: '2026-02-28T10:00:00Z' },
            {
                title: 'Hike',
                start: '2024-02-29T23:59:59.999-10:00',
                end: '2024-02-29T10:00:00Z',
                local_start: '2024-02-29T23:59:59',
                day: '2024-02-29',
                alarm: '08:30:00',
                lasts: 'P3DT12H30M5S',
                repeats: { every: 'week', days: [0, 6] },
                reminders: [0, 5, 60],
                attendees: ['ada@example.com', { name: 'Bob', email: 'bob@example.org' }],
            },
            {
                title: 'Pay',
                start: '2026-01-31T00:00:00Z',
                end: '2026-01-31T00:00:01.123456Z',
                lasts: 'P2W',
                repeats: { every: 'month', day: 31 },
            },
            {
                title: 'Run',
                start: '2026-01-31T00:00:00Z',
                end: '2026-01-31T00:00:00Z',
                repeats: { every: 'day', interval: 2 },
                reminders: [15],
                attendees: [],
            },
        ],
    },
    web_search: {
        zod4: (object) =>
            object({
                query: z.string().min(2).max(400),
                limit: z.number().int().min(1).max(50).optional(),
                freshness: z.union([z.enum(['day', 'week', 'month']), z.iso.date()]).optional(),
                sites: z.array(z.hostname()).max(3).optional(),
                safe: z.literal(true).optional(),
                offset: z.uint32().optional(),
            }),
        zod3: (object) =>
            object({
                query: z3.string().min(2).max(400),
                limit: z3.number().int().min(1).max(50).optional(),
                freshness: z3.union([z3.enum(['day', 'week', 'month']), z3.string().date()]).optional(),
                sites: z3
                    .array(z3.string().regex(/^[a-z0-9-]+(\.[a-z0-9-]+)+$/))
                    .max(3)
                    .optional(),
                safe: z3.literal(true).optional(),
                offset: z3.number().int().nonnegative().finite().optional(),
            }),
        inputs: [
            { query: 'surf report' },
            { query: 'ab', limit: 50, freshness: 'week', sites: ['example.com', 'a-b.example.org'], safe: true },
            { query: 'Haleakalā', limit: 1, freshness: '2026-01-31', sites: [], offset: 4294967295 },
        ],
    },
    edit_file: {
        zod4: (object) =>
            object({
                path: z.string().regex(/^(?!.*\.\.)\/[\w./-]+$/),
                edits: z
                    .array(
                        object({ old_text: z.string().min(1), new_text: z.string(), all: z.boolean().default(false) }),
                    )
                    .nonempty(),
                lines: z.tuple([z.int().positive(), z.int().positive()]).optional(),
                mode: z
                    .string()
                    .length(4)
                    .regex(/^0[0-7]+$/)
                    .optional(),
                encoding: z.literal(['utf-8', 'latin-1', null]).optional(),
            }),
        zod3: (object) =>
            object({
                path: z3.string().regex(/^(?!.*\.\.)\/[\w./-]+$/),
                edits: z3
                    .array(
                        object({
                            old_text: z3.string().min(1),
                            new_text: z3.string(),
                            all: z3.boolean().default(false),
                        }),
                    )
                    .nonempty(),
                lines: z3.tuple([z3.number().int().positive(), z3.number().int().positive()]).optional(),
                mode: z3
                    .string()
                    .length(4)
                    .regex(/^0[0-7]+$/)
                    .optional(),
                encoding: z3.union([z3.literal('utf-8'), z3.literal('latin-1'), z3.literal(null)]).optional(),
            }),
        inputs: [
            { path: '/src/main.cpp', edits: [{ old_text: 'a', new_text: '' }] },
            {
                path: '/a',
                edits: [
                    { old_text: 'a', new_text: 'b', all: true },
                    { old_text: '\n', new_text: '\t' },
                ],
                lines: [1, 20],
                mode: '0644',
                encoding: null,
            },
            { path: '/a/b.c', edits: [{ old_text: '"', new_text: '\\' }], encoding: 'utf-8' },
        ],
    },
    run_sql: {
        zod4: (object) =>
            object({
                sql: z.string().startsWith('SELECT ').includes(' FROM ').max(1000),
                parameters: z.array(z.union([z.string(), z.number(), z.boolean(), z.null()])).optional(),
                named: z.record(z.string().regex(/^[a-z]\w*$/), z.union([z.string(), z.number()])).optional(),
                timeout: z.number().gt(0).lte(30.5).optional(),
                schema: z.string().toLowerCase().max(63).optional(),
                read_only: z.literal(true),
            }),
        zod3: (object) =>
            object({
                sql: z3.string().startsWith('SELECT ').includes(' FROM ').max(1000),
                parameters: z3.array(z3.union([z3.string(), z3.number(), z3.boolean(), z3.null()])).optional(),
                named: z3.record(z3.string().regex(/^[a-z]\w*$/), z3.union([z3.string(), z3.number()])).optional(),
                timeout: z3.number().gt(0).lte(30.5).optional(),
                schema: z3.string().toLowerCase().max(63).optional(),
                read_only: z3.literal(true),
            }),
        inputs: [
            { sql: 'SELECT 1 FROM a', read_only: true },
            { sql: 'SELECT * FROM b', parameters: ['x', 1.5, false, null], timeout: 30.5, read_only: true },
            { sql: 'SELECT * FROM c', named: { a: 1, b_2: 'x' }, schema: 'public', read_only: true },
        ],
    },
    create_payment: {
        zod4: (object) =>
            z.discriminatedUnion('method', [
                object({
                    method: z.literal('card'),
                    amount: z.int().positive(),
                    number: z.string().regex(/^\d{12,19}$/),
                    expires: z.templateLiteral([z.enum(['01', '02', '12']), '/', z.int()]),
                }),
                object({
                    method: z.literal('transfer'),
                    amount: z.number().positive().multipleOf(0.01),
                    iban: z
                        .string()
                        .min(15)
                        .max(34)
                        .regex(/^[A-Z]{2}\d{2}[A-Z\d]+$/),
                    on: z.iso.date().optional(),
                }),
                object({
                    method: z.enum(['wallet', 'voucher']),
                    amount: z.int().positive(),
                    code: z.nanoid(),
                    details: z.discriminatedUnion('kind', [
                        object({ kind: z.literal('phone'), phone: z.e164() }),
                        object({ kind: z.literal('mail'), mail: z.email() }),
                    ]),
                }),
            ]),
        zod3: (object) =>
            z3.discriminatedUnion('method', [
                object({
                    method: z3.literal('card'),
                    amount: z3.number().int().positive(),
                    number: z3.string().regex(/^\d{12,19}$/),
                    expires: z3.string().regex(/^(?:0[1-9]|1[0-2])\/\d{2}$/),
                }),
                object({
                    method: z3.literal('transfer'),
                    amount: z3.number().positive().multipleOf(0.01),
                    iban: z3
                        .string()
                        .min(15)
                        .max(34)
                        .regex(/^[A-Z]{2}\d{2}[A-Z\d]+$/),
                    on: z3.string().date().optional(),
                }),
                object({
                    method: z3.enum(['wallet', 'voucher']),
                    amount: z3.number().int().positive(),
                    code: z3.string().nanoid(),
                    details: z3.discriminatedUnion('kind', [
                        object({ kind: z3.literal('phone'), phone: z3.string().regex(/^\+[1-9]\d{6,14}$/) }),
                        object({ kind: z3.literal('mail'), mail: z3.string().email() }),
                    ]),
                }),
            ]),
        inputs: [
            { method: 'card', amount: 1, number: '4242424242424242', expires: '12/30' },
            { method: 'transfer', amount: 19.99, iban: 'DE89370400440532013000', on: '2026-12-01' },
            {
                method: 'wallet',
                amount: 100,
                code: 'V1StGXR8_Z5jdHi6B-myT',
                details: { kind: 'phone', phone: '+18085551234' },
            },
            {
                method: 'voucher',
                amount: 100,
                code: 'V1StGXR8_Z5jdHi6B-myT',
                details: { kind: 'mail', mail: 'ada@example.com' },
            },
        ],
    },
    post_comments: {
        zod4: (object) => {
            const comment = object({
                author: z.string().min(1),
                text: z.string().max(20),
                stars: z.int().min(1).max(5).nullable().optional(),
                get replies() {
                    return z.array(comment).max(2).optional();
                },
            });
            return object({ thread: z.uuid(), comments: z.array(comment).min(1) });
        },
        zod3: (object) => {
            const comment = object({
                author: z3.string().min(1),
                text: z3.string().max(20),
                stars: z3.number().int().min(1).max(5).nullable().optional(),
                replies: z3.lazy(() => comment.array().max(2)).optional(),
            });
            return object({ thread: z3.string().uuid(), comments: z3.array(comment).min(1) });
        },
        inputs: [
            { thread: '123e4567-e89b-12d3-a456-426614174000', comments: [{ author: 'Ada', text: 'Hi' }] },
            {
                thread: '00000000-0000-0000-0000-000000000000',
                comments: [
                    {
                        author: 'Ada',
                        text: '',
                        stars: null,
                        replies: [
                            { author: 'Bob', text: 'a', replies: [{ author: 'Ada', text: 'b', stars: 5 }] },
                            { author: 'Eve', text: 'c', replies: [] },
                        ],
                    },
                ],
            },
        ],
    },
    update_contact: {
        zod4: (object) =>
            object({
                id: z.uuidv4(),
                fields: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
                labels: z.partialRecord(z.enum(['work', 'home', 'vip']), z.boolean()).optional(),
                scores: z.record(z.enum(['reach', 'fit']), z.number().min(0).max(1)),
                notes: z.looseObject({ text: z.string() }).optional(),
                counts: z.object({ total: z.int() }).catchall(z.int().nonnegative()).optional(),
            }),
        zod3: (object) =>
            object({
                id: z3.string().uuid(),
                fields: z3.record(z3.union([z3.string(), z3.number(), z3.boolean(), z3.null()])),
                labels: z3.record(z3.enum(['work', 'home', 'vip']), z3.boolean()).optional(),
                scores: object({ reach: z3.number().min(0).max(1), fit: z3.number().min(0).max(1) }),
                notes: z3.object({ text: z3.string() }).passthrough().optional(),
                counts: z3.object({ total: z3.number().int() }).catchall(z3.number().int().nonnegative()).optional(),
            }),
        inputs: [
            { id: '11111111-0000-4000-8000-000000000001', fields: {}, scores: { reach: 0, fit: 1 } },
            {
                id: '11111111-0000-4000-8000-000000000001',
                fields: { name: 'Ada', age: 36, active: true, end: null },
                labels: { vip: true },
                scores: { reach: 0.25, fit: 0.5 },
                notes: { text: '', more: [1] },
                counts: { total: -1, mails: 3 },
            },
        ],
    },
    plot_points: {
        zod4: (object) =>
            object({
                points: z
                    .array(z.tuple([z.number(), z.number()]))
                    .min(2)
                    .max(5),
                labels: z.tuple([z.string()], z.string()).optional(),
                range: z.tuple([z.number(), z.number().optional()]).optional(),
                box: z.tuple([z.tuple([z.number(), z.number()]), z.tuple([z.number(), z.number()])]).nullish(),
                colour: z
                    .union([
                        z.string().regex(/^#[0-9a-fA-F]{6}$/),
                        z.tuple([z.int().max(255), z.int().max(255), z.int().max(255)]),
                    ])
                    .optional(),
            }),
        zod3: (object) =>
            object({
                points: z3
                    .array(z3.tuple([z3.number(), z3.number()]))
                    .min(2)
                    .max(5),
                labels: z3.tuple([z3.string()]).rest(z3.string()).optional(),
                range: z3.tuple([z3.number(), z3.number().nullable()]).optional(),
                box: z3.tuple([z3.tuple([z3.number(), z3.number()]), z3.tuple([z3.number(), z3.number()])]).nullish(),
                colour: z3
                    .union([
                        z3.string().regex(/^#[0-9a-fA-F]{6}$/),
                        z3.tuple([z3.number().int(), z3.number().int(), z3.number().int()]),
                    ])
                    .optional(),
            }),
        inputs: [
            {
                points: [
                    [0, 0],
                    [1.5, -2e10],
                ],
            },
            {
                points: [
                    [0, 0],
                    [1, 1],
                    [2, 4],
                ],
                labels: ['a', 'b', 'c'],
                range: [0, 1],
                box: [
                    [0, 0],
                    [1, 1],
                ],
                colour: [255, 0, 0],
            },
            {
                points: [
                    [0, 0],
                    [1, 1],
                ],
                labels: ['a'],
                range: [0, 1],
                box: null,
                colour: '#ff00Aa',
            },
        ],
    },
    search_flights: {
        zod4: (object) =>
            object({
                session: z.uuid(),
                from: z.string().length(3).toUpperCase(),
                to: z.string().length(3).toUpperCase(),
                depart: z.iso.date(),
                back: z.iso.date().nullable(),
                passengers: object({
                    adults: z.int().min(1).max(9),
                    children: z.int().min(0).max(8).default(0),
                    infants: z.int().min(0).max(4).optional(),
                }),
                cabin: z.enum({ economy: 'Y', business: 'C', first: 'F' }).default('Y'),
                price: object({ max: z.number().positive(), currency: z.enum(['EUR', 'USD']) })
                    .partial()
                    .optional(),
                flexible: z.union([z.literal(false), z.int().min(1).max(3)]).optional(),
            }),
        zod3: (object) =>
            object({
                session: z3.string().uuid(),
                from: z3.string().length(3).toUpperCase(),
                to: z3.string().length(3).toUpperCase(),
                depart: z3.string().date(),
                back: z3.string().date().nullable(),
                passengers: object({
                    adults: z3.number().int().min(1).max(9),
                    children: z3.number().int().min(0).max(8).default(0),
                    infants: z3.number().int().min(0).max(4).optional(),
                }),
                cabin: z3.nativeEnum({ economy: 'Y', business: 'C', first: 'F' }).default('Y'),
                price: object({ max: z3.number().positive(), currency: z3.enum(['EUR', 'USD']) })
                    .partial()
                    .optional(),
                flexible: z3.union([z3.literal(false), z3.number().int().min(1).max(3)]).optional(),
            }),
        inputs: [
            {
                session: '11111111-0000-4000-8000-000000000001',
                from: 'HNL',
                to: 'OGG',
                depart: '2026-12-24',
                back: null,
                passengers: { adults: 1 },
            },
            {
                session: '11111111-0000-7000-8000-000000000001',
                from: 'HNL',
                to: 'OGG',
                depart: '2026-12-24',
                back: '2027-01-02',
                passengers: { adults: 2, children: 8, infants: 1 },
                cabin: 'F',
                price: { max: 199.5 },
                flexible: 3,
            },
            {
                session: '11111111-0000-7000-8000-000000000001',
                from: 'A-1',
                to: 'OGG',
                depart: '2026-12-24',
                back: null,
                passengers: { adults: 2, children: 0 },
                price: { currency: 'EUR' },
                flexible: false,
            },
        ],
    },
    translate: {
        zod4: (object) =>
            object({
                text: z.string().min(1).max(50),
                from: z.literal(['en', 'de', 'haw']).optional(),
                to: z.templateLiteral([
                    z.enum(['en', 'de']),
                    z.templateLiteral(['-', z.enum(['US', 'DE'])]).optional(),
                ]),
                formality: z.literal([-1, 0, 1]).default(0),
                glossary: z.array(z.tuple([z.string(), z.string()])).optional(),
                is_html: z.boolean().nullable().default(null),
            }),
        zod3: (object) =>
            object({
                text: z3.string().min(1).max(50),
                from: z3.enum(['en', 'de', 'haw']).optional(),
                to: z3.string().regex(/^(en|de)(-(US|DE))?$/),
                formality: z3.nativeEnum({ low: -1, middle: 0, high: 1 }).default(0),
                glossary: z3.array(z3.tuple([z3.string(), z3.string()])).optional(),
                is_html: z3.boolean().nullable().default(null),
            }),
        inputs: [
            { text: 'Aloha', to: 'en' },
            { text: 'Aloha', from: 'haw', to: 'de-DE', formality: -1, glossary: [['a', 'b']], is_html: null },
            { text: 'x', from: 'en', to: 'en-US', formality: 1, glossary: [], is_html: true },
        ],
    },
    resize_image: {
        zod4: (object) =>
            object({
                image: z.union([object({ url: z.httpUrl() }), object({ data: z.base64().min(4) })]),
                width: z.union([z.int().gt(0).lt(10000), z.literal('auto')]),
                height: z.union([z.int().gt(0).lt(10000), z.literal('auto')]),
                quality: z.number().multipleOf(0.1).gt(0).lte(1).default(0.8),
                crop: object({ x: z.number(), y: z.number() }).optional(),
                hash: z.hash('sha256').optional(),
                tags: z.array(z.string().regex(/^\p{L}[\p{L}\p{N} ]*$/u)).optional(),
            }),
        zod3: (object) =>
            object({
                image: z3.union([object({ url: z3.string().url() }), object({ data: z3.string().base64().min(4) })]),
                width: z3.union([z3.number().int().gt(0).lt(10000), z3.literal('auto')]),
                height: z3.number().int().gt(0).lt(10000).or(z3.literal('auto')),
                quality: z3.number().multipleOf(0.1).gt(0).lte(1).default(0.8),
                crop: object({ x: z3.number(), y: z3.number() }).optional(),
                hash: z3
                    .string()
                    .length(64)
                    .regex(/^[0-9a-f]*$/)
                    .optional(),
                tags: z3.array(z3.string().regex(/^\p{L}[\p{L}\p{N} ]*$/u)).optional(),
            }),
        inputs: [
            { image: { url: 'https://example.com/a.png' }, width: 100, height: 'auto' },
            {
                image: { data: 'YWxvaGE=' },
                width: 'auto',
                height: 9999,
                quality: 0.3,
                crop: { x: -1.5, y: 0 },
                hash: 'a'.repeat(64),
                tags: ['Haleakalā 2', '東京'],
            },
        ],
    },
    call_api: {
        zod4: (object) =>
            object({
                url: z.url({ protocol: /^https?$/, hostname: /\.example\.com$/ }),
                method: z.enum(['GET', 'POST', 'DELETE']).default('GET'),
                headers: z.record(z.string().max(20), z.string()).optional(),
                body: z.json().optional(),
                retries: z.int32().min(0).optional(),
                token: z.base64url().optional(),
                key: z.union([z.ulid(), z.cuid2(), z.ksuid()]).optional(),
                allow: z.array(z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()])).optional(),
            }),
        zod3: (object) => {
            const json = z3.lazy(() =>
                z3.union([z3.string(), z3.number(), z3.boolean(), z3.null(), z3.array(json), z3.record(json)]),
            );
            return object({
                url: z3.string().url().startsWith('http'),
                method: z3.enum(['GET', 'POST', 'DELETE']).default('GET'),
                headers: z3.record(z3.string().max(20), z3.string()).optional(),
                body: json.optional(),
                retries: z3.number().int().min(0).max(2147483647).optional(),
                token: z3.string().base64url().optional(),
                key: z3.union([z3.string().ulid(), z3.string().cuid2(), z3.string().cuid()]).optional(),
                allow: z3.array(z3.union([z3.string().ip(), z3.string().cidr()])).optional(),
            });
        },
        inputs: [
            { url: 'https://api.example.com/v1?a=b' },
            {
                url: 'http://api.example.com',
                method: 'POST',
                headers: { Accept: '*/*' },
                body: { a: [1, null, { b: true }], c: '' },
                retries: 2147483647,
                token: 'YWxvaGE',
                key: '01ARZ3NDEKTSV4RRFFQ69G5FAV',
                allow: ['127.0.0.1', '::1', '10.0.0.0/8', '2001:db8::/32'],
            },
            { url: 'http://a.example.com/x', method: 'DELETE', body: null },
            { url: 'http://a.example.com/x', body: [[]], key: 'tz4a98xxat96iws9zmbrgj3a' },
        ],
    },
    filter_rows: {
        zod4: (object) => {
            const value = z.union([z.string(), z.number(), z.boolean()]);
            const condition = z.lazy(() =>
                z.union([
                    object({ and: z.array(condition).min(1) }),
                    object({ or: z.array(condition).min(1) }),
                    object({ not: condition }),
                    object({ column: z.string().min(1), op: z.enum(['=', '<', '>']), value }),
                    object({ column: z.string().min(1), op: z.literal('in'), value: z.array(value).min(1) }),
                ]),
            );
            return object({
                table: z.string(),
                where: condition.optional(),
                order: z.array(object({ column: z.string(), descending: z.boolean().optional() })).optional(),
                limit: z.int().positive().max(1000),
            });
        },
        zod3: (object) => {
            const value = z3.union([z3.string(), z3.number(), z3.boolean()]);
            const condition = z3.lazy(() =>
                z3.union([
                    object({ and: z3.array(condition).min(1) }),
                    object({ or: z3.array(condition).min(1) }),
                    object({ not: condition }),
                    object({ column: z3.string().min(1), op: z3.enum(['=', '<', '>']), value }),
                    object({ column: z3.string().min(1), op: z3.literal('in'), value: z3.array(value).min(1) }),
                ]),
            );
            return object({
                table: z3.string(),
                where: condition.optional(),
                order: z3.array(object({ column: z3.string(), descending: z3.boolean().optional() })).optional(),
                limit: z3.number().int().positive().max(1000),
            });
        },
        inputs: [
            { table: 'a', limit: 1 },
            { table: 'a', where: { column: 'b', op: '=', value: true }, order: [{ column: 'c' }], limit: 1000 },
            {
                table: 'a',
                where: {
                    and: [
                        { not: { column: 'b', op: '<', value: 1.5 } },
                        {
                            or: [
                                { column: 'c', op: 'in', value: ['x', 2, false] },
                                { column: 'd', op: '>', value: 'y' },
                            ],
                        },
                    ],
                },
                limit: 10,
            },
        ],
    },
    control_lights: {
        zod4: (object) => {
            // An intersection of strict objects accepts nothing. These are therefore always open.
            const place = z.object({ room: z.string().min(1), floor: z.int().min(-2).max(40).optional() });
            const light = z.object({ on: z.boolean(), brightness: z.number().min(0).max(100).optional() });
            return object({
                light: z.intersection(place, light),
                scene: z.intersection(z.string().min(2), z.string().max(4)).optional(),
                other: place.and(z.object({ effect: z.enum(['blink', 'fade']) })).nullish(),
            });
        },
        zod3: (object) => {
            const place = z3.object({ room: z3.string().min(1), floor: z3.number().int().min(-2).max(40).optional() });
            const light = z3.object({ on: z3.boolean(), brightness: z3.number().min(0).max(100).optional() });
            return object({
                light: z3.intersection(place, light),
                scene: z3.intersection(z3.string().min(2), z3.string().max(4)).optional(),
                other: place.and(z3.object({ effect: z3.enum(['blink', 'fade']) })).nullish(),
            });
        },
        inputs: [
            { light: { room: 'hall', on: true } },
            {
                light: { room: 'hall', floor: -2, on: false, brightness: 55.5 },
                scene: 'cosy',
                other: { room: 'x', effect: 'fade' },
            },
            { light: { room: 'hall', on: true, brightness: 100 }, other: null },
        ],
    },
    create_ticket: {
        zod4: () =>
            z.strictObject({
                title: z.string().min(5).max(40),
                priority: z.literal([1, 2, 3]).default(2),
                assignee: z.string().nullable(),
                due: z.iso.date().nullish(),
                labels: z.array(z.string()).max(3).readonly().optional(),
                parent: z.strictObject({ key: z.string().regex(/^[A-Z]+-[1-9]\d*$/) }).optional(),
                estimate: z.number().min(0.5).max(100).multipleOf(0.5).prefault(1),
                kind: z.string().brand('Kind').optional(),
                extra: z.unknown().optional(),
                nothing: z.never().optional(),
                anything: z.any(),
            }),
        zod3: () =>
            z3
                .object({
                    title: z3.string().min(5).max(40),
                    priority: z3.union([z3.literal(1), z3.literal(2), z3.literal(3)]).default(2),
                    assignee: z3.string().nullable(),
                    due: z3.string().date().nullish(),
                    labels: z3.array(z3.string()).max(3).readonly().optional(),
                    parent: z3
                        .object({ key: z3.string().regex(/^[A-Z]+-[1-9]\d*$/) })
                        .strict()
                        .optional(),
                    estimate: z3.number().min(0.5).max(100).multipleOf(0.5).default(1),
                    kind: z3.string().brand('Kind').optional(),
                    extra: z3.unknown().optional(),
                    nothing: z3.never().optional(),
                    anything: z3.any(),
                })
                .strict(),
        inputs: [
            { title: 'Broken', assignee: null, anything: 0 },
            {
                title: 'Broken build',
                priority: 3,
                assignee: 'ada',
                due: null,
                labels: ['a', 'b'],
                parent: { key: 'ABC-12' },
                estimate: 2.5,
                kind: 'bug',
                extra: { a: 1 },
                anything: null,
            },
            { title: 'Broken', assignee: '', due: '2026-01-01', estimate: 100, anything: [] },
        ],
    },
    open_firewall: {
        zod4: (object) =>
            object({
                host: z.union([z.hostname(), z.ipv4()]),
                sources: z.array(z.cidrv4()).min(1),
                sources_6: z.array(z.cidrv6()).optional(),
                gateway: z.ipv6().optional(),
                mac: z.mac().optional(),
                ports: z.array(z.union([z.int().min(1).max(65535), object({ from: z.int(), to: z.int() })])).max(3),
                protocol: z.enum(['tcp', 'udp']).or(z.literal('any')),
                expires: z.iso.datetime({ precision: 3 }).optional(),
            }),
        zod3: (object) =>
            object({
                host: z3.union([z3.string().regex(/^[a-z\d-]+(\.[a-z\d-]+)*$/), z3.string().ip({ version: 'v4' })]),
                sources: z3.array(z3.string().cidr({ version: 'v4' })).min(1),
                sources_6: z3.array(z3.string().cidr({ version: 'v6' })).optional(),
                gateway: z3.string().ip({ version: 'v6' }).optional(),
                mac: z3
                    .string()
                    .regex(/^([\da-fA-F]{2}:){5}[\da-fA-F]{2}$/)
                    .optional(),
                ports: z3
                    .array(
                        z3.union([
                            z3.number().int().min(1).max(65535),
                            object({ from: z3.number().int(), to: z3.number().int() }),
                        ]),
                    )
                    .max(3),
                protocol: z3.enum(['tcp', 'udp']).or(z3.literal('any')),
                expires: z3.string().datetime({ precision: 3 }).optional(),
            }),
        inputs: [
            { host: 'db.example.com', sources: ['10.0.0.0/8'], ports: [5432], protocol: 'tcp' },
            {
                host: '192.168.0.1',
                sources: ['0.0.0.0/0', '192.168.1.0/24'],
                sources_6: ['2001:db8::/32'],
                gateway: 'fe80::1',
                mac: '00:1A:2B:3C:4D:5E',
                ports: [1, 65535, { from: 8000, to: 8080 }],
                protocol: 'any',
                expires: '2026-12-31T23:59:59.123Z',
            },
        ],
    },
    register_user: {
        zod4: (object) =>
            object({
                name: z.string().regex(/^[a-z](?:[a-z0-9_]{1,14}[a-z0-9])?$/),
                password: z.string().regex(/^(?=.*[a-z])(?=.*[A-Z])(?=.*\d)[^\s]{8,}$/),
                email: z.email({ pattern: z.regexes.html5Email }),
                phone: z.e164().optional(),
                born: z.iso.date().optional(),
                website: z.url().or(z.literal('')).optional(),
                avatar: z.emoji().optional(),
                roles: z
                    .array(z.enum(['admin', 'editor']))
                    .max(2)
                    .default([]),
                address: object({ street: z.string(), city: z.string(), zip: z.string().regex(/^\d{5}(-\d{4})?$/) })
                    .omit({ street: true })
                    .extend({ lines: z.array(z.string()).min(1).max(2) })
                    .optional(),
            }),
        zod3: (object) =>
            object({
                name: z3.string().regex(/^[a-z](?:[a-z0-9_]{1,14}[a-z0-9])?$/),
                password: z3.string().regex(/^(?=.*[a-z])(?=.*[A-Z])(?=.*\d)[^\s]{8,}$/),
                email: z3.string().email(),
                phone: z3
                    .string()
                    .regex(/^\+[1-9]\d{6,14}$/)
                    .optional(),
                born: z3.string().date().optional(),
                website: z3.string().url().or(z3.literal('')).optional(),
                avatar: z3.string().emoji().optional(),
                roles: z3
                    .array(z3.enum(['admin', 'editor']))
                    .max(2)
                    .default([]),
                address: object({ street: z3.string(), city: z3.string(), zip: z3.string().regex(/^\d{5}(-\d{4})?$/) })
                    .omit({ street: true })
                    .extend({ lines: z3.array(z3.string()).min(1).max(2) })
                    .optional(),
            }),
        inputs: [
            { name: 'ada', password: 'aA345678', email: 'ada@example.com' },
            {
                name: 'a_1',
                password: 'Lovelace1815!',
                email: 'ada@example.com',
                phone: '+18085551234',
                born: '1815-12-10',
                website: 'https://example.com/~ada',
                avatar: '🌺',
                roles: ['admin'],
                address: { city: 'Hāna', zip: '96713-0001', lines: ['1 Hāna Hwy'] },
            },
            { name: 'x', password: 'Lovelace1815!', email: 'ada@example.com', website: '' },
        ],
    },
    create_entities: {
        zod4: (object) => {
            const node = object({
                name: z.string().min(1),
                type: z.string(),
                observations: z.array(z.string()),
                get children() {
                    return z.record(z.string(), node).optional();
                },
                get parent() {
                    return node.nullable();
                },
            });
            return object({
                entities: z.array(node).max(3),
                relations: z.array(object({ from: z.string(), to: z.string(), weight: z.number().optional() })),
            });
        },
        zod3: (object) => {
            const node = object({
                name: z3.string().min(1),
                type: z3.string(),
                observations: z3.array(z3.string()),
                children: z3.record(z3.lazy(() => node)).optional(),
                parent: z3.lazy(() => node).nullable(),
            });
            return object({
                entities: z3.array(node).max(3),
                relations: z3.array(object({ from: z3.string(), to: z3.string(), weight: z3.number().optional() })),
            });
        },
        inputs: [
            { entities: [], relations: [] },
            {
                entities: [
                    {
                        name: 'a',
                        type: 't',
                        observations: ['x'],
                        children: { b: { name: 'b', type: 't', observations: [], parent: null } },
                        parent: { name: 'c', type: 't', observations: [], parent: null },
                    },
                ],
                relations: [{ from: 'a', to: 'b', weight: -1.25 }],
            },
        ],
    },
    schedule_job: {
        zod4: (object) =>
            object({
                name: z.string().trim().min(1).max(30),
                when: z.union([
                    object({ cron: z.string().regex(/^(\S+ ){4}\S+$/) }),
                    object({ every: z.iso.duration() }),
                    object({ at: z.iso.datetime({ offset: true, local: true }) }),
                ]),
                window: z.tuple([z.iso.time({ precision: -1 }), z.iso.time({ precision: 0 })]).optional(),
                payload: z.record(z.string(), z.json()).default({}),
                priority: z.float32().optional(),
                depends_on: z.array(z.guid()).max(2).optional(),
                secret: z.jwt().optional(),
            }),
        zod3: (object) =>
            object({
                name: z3.string().trim().min(1).max(30),
                when: z3.union([
                    object({ cron: z3.string().regex(/^(\S+ ){4}\S+$/) }),
                    object({ every: z3.string().duration() }),
                    object({ at: z3.string().datetime({ offset: true, local: true }) }),
                ]),
                window: z3.tuple([z3.string().time({ precision: 0 }), z3.string().time({ precision: 0 })]).optional(),
                payload: z3.record(z3.unknown()).default({}),
                priority: z3.number().optional(),
                depends_on: z3.array(z3.string().uuid()).max(2).optional(),
                secret: z3.string().jwt().optional(),
            }),
        inputs: [
            { name: 'nightly', when: { cron: '0 3 * * *' } },
            {
                name: 'often',
                when: { every: 'PT15M' },
                window: ['08:00', '17:30:00'],
                payload: { a: [{ b: null }] },
                priority: 0.5,
                depends_on: ['11111111-0000-4000-8000-000000000001'],
                secret: 'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxIn0.2nCHaBHxLLZkJhUuEGuxkDdAgoRMuJxXMGMLdSqZVGY',
            },
            { name: 'once', when: { at: '2026-12-31T23:59:59' }, payload: {} },
        ],
    },
};

module.exports = { tools, objectsOf };
