#!/usr/bin/env node
// get_agent() through PostgREST: who gets an agent, and whether its tools equal those that the AI SDK sends.
const { run, is, like, newDatabase, startPostgrest, anonymous, service, user } = require('../lib/http.js');
const { capturedAgent, majorsOf, newest } = require('../lib/ai_sdk.js');

const ada = 'ada00000-0000-4000-8000-000000000000';
const bob = 'b0b00000-0000-4000-8000-000000000000';
const draft = 'https://json-schema.org/draft/2020-12/schema';

const text = (description) => ({ type: 'string', description });
const object = (properties, required = Object.keys(properties), rest = {}) => ({
    type: 'object',
    properties,
    required,
    ...rest,
});
const closed = { additionalProperties: false };

// Schemas of tools as zod 4, zod-to-json-schema, Pydantic and MCP servers write them.
const schemas = {
    get_weather: object({ city: text('A city'), unit: { type: 'string', enum: ['C', 'F'], default: 'C' } }, ['city'], {
        $schema: draft,
        ...closed,
    }),
    send_email: object(
        {
            to: { minItems: 1, type: 'array', items: { type: 'string', format: 'email', pattern: '^[^@]+@[^@]+$' } },
            subject: { type: 'string', minLength: 1, maxLength: 200 },
            body: text('HTML'),
            at: { anyOf: [{ type: 'string', format: 'date-time' }, { type: 'null' }] },
        },
        ['to', 'subject', 'body'],
        { $schema: draft },
    ),
    search_files: object(
        { path: text('Where'), pattern: text('What'), excludePatterns: { type: 'array', default: [] } },
        ['path', 'pattern'],
    ),
    edit_file: object(
        {
            path: { type: 'string' },
            edits: { type: 'array', items: object({ oldText: text('Old'), newText: text('New') }, undefined, closed) },
            dryRun: { type: 'boolean', default: false },
        },
        ['path', 'edits'],
        { $schema: 'http://json-schema.org/draft-07/schema#', ...closed },
    ),
    create_issue: object(
        {
            owner: text('Account owner'),
            repo: text('Name of the repository'),
            labels: { type: 'array', items: { type: 'string' } },
            milestone: { type: 'number' },
        },
        ['owner', 'repo'],
    ),
    'query-database': object(
        {
            sql: { type: 'string' },
            parameters: { type: 'array', items: {} },
            limit: { exclusiveMinimum: 0, maximum: 1e21 },
        },
        ['sql'],
    ),
    draw_tree: {
        ...object({ root: { $ref: '#/$defs/Node' } }),
        $defs: {
            Node: object({ label: { type: 'string' }, children: { type: 'array', items: { $ref: '#/$defs/Node' } } }, [
                'label',
            ]),
        },
    },
    move: object({
        by: {
            oneOf: [
                object({ kind: { const: 'steps' }, count: { type: 'integer', multipleOf: 1 } }),
                object({ kind: { const: 'to' }, place: { prefixItems: [{ type: 'number' }, { type: 'number' }] } }),
            ],
        },
    }),
    set_options: object({
        options: { type: 'object', propertyNames: { pattern: '^\\w+$' }, additionalProperties: true },
    }),
    list_users: object({}),
    get_time: object({}, [], { $schema: draft, ...closed }),
    'grüße jemanden': object({ wen: text('Wen: "ß"\n😀') }),
    convert: object({
        amount: { type: 'number', minimum: 0.01, maximum: 12345678901.5, multipleOf: 0.01 },
        to: { enum: [1, null, 'x'] },
    }),
    remember: object({ note: { type: ['string', 'null'] }, if_new: { not: { const: false } } }, ['note'], {
        dependentRequired: { if_new: ['note'] },
        title: 'Remember',
    }),
};

// What OpenAI refuses, wherever it may be.
const node = { $ref: '#/$defs/a~1b' };
const name = { type: 'string', pattern: '^(?!admin)[a-z]+$' };
const record = { type: 'object', propertyNames: { type: 'string', minLength: 1 }, additionalProperties: name };
const everywhere = (schema) => ({
    ...object({ schema, named: { properties: { pattern: schema, propertyNames: schema } } }),
    patternProperties: { '(?=x)': schema },
    additionalProperties: schema,
    additionalItems: schema,
    items: [schema, { items: schema }],
    contains: schema,
    not: schema,
    allOf: [schema, schema, true],
    anyOf: [schema],
    oneOf: [{}, schema],
    definitions: { schema },
    dependencies: { a: schema, b: ['c'] },
    ...Object.fromEntries(['if', 'then', 'else'].map((keyword) => [keyword, schema])),
    enum: [schema],
    default: schema,
    $defs: { 'a/b': schema },
});
const patterns = [
    '(?<=a)b',
    '(?<!a)b',
    'a(?=b)',
    '\\\\(?=b)',
    '\\(?=b)',
    '[(?=]',
    '[\\](?=]',
    '(?:a)',
    '(?<name>a)',
    '[]](?=b)',
];
const cases = {
    everywhere: everywhere(record),
    everywhere_twice: everywhere(everywhere(record)),
    references: everywhere({ description: 'A node', allOf: [node] }),
    nested_references: everywhere({ allOf: [{ allOf: [{ propertyNames: {}, ...node }] }] }),
    other_references: everywhere({ allOf: [{ ...node, title: 'x' }], $ref: '#' }),
    replaced_references: everywhere({ allOf: [node], $ref: '#' }),
    patterns: object(Object.fromEntries(patterns.map((pattern, index) => [`p${index}`, { pattern }]))),
    root: { ...record, pattern: '(?=x)', properties: {} },
    root_reference: { $defs: { 'a/b': object({ next: { allOf: [node] }, record }) }, allOf: [node], title: 'Root' },
    root_definition: {
        definitions: { tree: { ...object({ a: {} }), title: 'Tree', allOf: [{ $ref: '#/definitions/tree' }] } },
        title: 'Root',
        allOf: [{ $ref: '#/definitions/tree' }],
    },
    root_elsewhere: { type: 'object', properties: { a: { type: 'object' } }, allOf: [{ $ref: '#/properties/a' }] },
    root_missing: { type: 'object', properties: {}, $defs: { a: false, b: {} }, allOf: [node] },
};
Object.assign(schemas, cases);

// As before 0.2.0, nothing checks the schemas: some are wrong.
const rows = `
    SET session_replication_role = replica;
    INSERT INTO users (id, email) VALUES ('${ada}', 'ada@example.com'), ('${bob}', 'bob@example.com');
    INSERT INTO subscriptions (user_id, plan, status, is_active, agent_limit) VALUES ('${ada}', 'pro', 'active', true, -1);
    INSERT INTO agent_tools (name, description, schema)
    SELECT key, 'Does ' || key, value FROM jsonb_each($json$${JSON.stringify(schemas)}$json$)`;

// ---- where we differ from the SDK, on purpose

// Names of tools as get_conversation gives them to a provider.
const conforming = (name) => name.replaceAll(/[^\w-]/gu, '_');
// The root is an object, and has properties.
const demanded = (schema) => {
    const { type = 'object', properties = type === 'object' ? {} : undefined } = schema;
    return { type, ...(properties && { properties }), ...schema };
};
const changed = (tool) =>
    tool.function
        ? { ...tool, function: { ...tool.function, ...changed(tool.function) } }
        : {
              ...tool,
              name: conforming(tool.name),
              ...(tool.parameters && { parameters: demanded(tool.parameters) }),
              ...(tool.input_schema && { input_schema: demanded(tool.input_schema) }),
          };

async function equalsTheSdk(app, id) {
    const asked = await app.call('get_agent', { agent_instance_id: id, format: 'ai-sdk' });
    const { body: agent } = asked;
    is(
        [asked.status, Object.keys(agent.tools).sort()],
        [200, Object.keys(schemas).sort()],
        'the format ai-sdk has all tools',
    );
    for (const provider of ['openai', 'anthropic']) {
        const { body } = await app.call('get_agent', { agent_instance_id: id, format: provider });
        // The OpenAI provider of AI SDK 6 sends keywords that OpenAI refuses.
        for (const major of majorsOf(provider).filter((major) => major === newest || provider !== 'openai')) {
            // PostgREST writes the keys of jsonb in its order; a request has the order of the definition.
            const ordered = Object.fromEntries(Object.keys(schemas).map((name) => [name, agent.tools[name]]));
            const sent = await capturedAgent(provider, { ...agent, tools: ordered }, major);
            is(body.tools.length, sent.tools.length, `${provider}: as many tools as the AI SDK ${major} sends`);
            for (const [index, tool] of sent.tools.entries())
                is(body.tools[index], changed(tool), `... the same: ${(tool.function ?? tool).name}`);
            is(body.system, sent.system, '... and the prompt');
        }
        is(body.configuration, { web: true, model: 'x' }, '... and the configuration');
    }
}

run(async () => {
    const database = await newDatabase();
    await database.owner('CREATE EXTENSION agentchat');
    await database.sql(rows);
    const api = await startPostgrest(database);
    const app = api.as(user(ada));

    const definition = {
        name: 'Helper',
        description: 'Helps',
        system_prompt: 'You help. "Aloha" 😀',
        tools: Object.keys(schemas),
        capabilities: { web: true, model: 'y' },
    };
    const define = async (caller, values) =>
        (await caller.post('/agent_definitions', { ...definition, ...values }, { Prefer: 'return=representation' }))
            .body[0];
    const instantiate = async (caller, values) =>
        (
            await caller.post(
                '/agent_instances',
                { name: 'My helper', configuration: { model: 'x' }, ...values },
                { Prefer: 'return=representation' },
            )
        ).body[0];

    const own = await define(app, { user_id: ada });
    const mine = await instantiate(app, { user_id: ada, definition_id: own.id });
    await equalsTheSdk(app, mine.id);

    const ask = (caller, values) => caller.call('get_agent', { agent_instance_id: mine.id, ...values });
    const { body: tools } = await app.get('/agent_tools?select=*&name=eq.get_weather');
    const { body: rowsOf } = await ask(app);
    is(
        [rowsOf.instance, rowsOf.definition, rowsOf.tools.length, rowsOf.tools[0]],
        [mine, own, Object.keys(schemas).length, tools[0]],
        'the format rows has the rows that PostgREST returns',
    );
    is((await app.callByGet('get_agent', { agent_instance_id: mine.id })).body, rowsOf, '... by GET, too');
    is((await ask(api.as(service))).body, rowsOf, '... for service_role, too');
    const others = await ask(api.as(user(bob)));
    is([others.status, others.body], [200, null], "another user's agent is null");
    is((await ask(api.as(anonymous))).status, 401, 'without a JWT: 401');
    const wrong = await ask(app, { format: 'xml' });
    is([wrong.status, wrong.body.code], [400, '22023'], 'an unknown format: 400');
    like(wrong.body.hint, /rows, ai-sdk, openai, anthropic/, '... which names the formats');

    const shared = await define(api.as(user(bob)), { user_id: bob, is_public: true, system_prompt: 'A secret' });
    const used = await instantiate(app, { user_id: ada, definition_id: shared.id });
    is(
        (await ask(app, { agent_instance_id: used.id, format: 'openai' })).body.system,
        'A secret',
        "another user's public definition",
    );
    await api.as(user(bob)).patch(`/agent_definitions?id=eq.${shared.id}`, { is_public: false });
    for (const [who, caller] of Object.entries({ 'the user': app, service_role: api.as(service) })) {
        const gone = await ask(caller, { agent_instance_id: used.id });
        is(
            [gone.status, gone.body.definition, gone.body.tools, gone.body.definition_status],
            [200, null, [], 'gone'],
            `... is gone when it is private, for ${who}`,
        );
        is(gone.text.includes('secret'), false, '... with its prompt');
    }
    await app.patch(`/agent_instances?id=eq.${used.id}`, { status: 'archived' });
    is((await ask(app, { agent_instance_id: used.id })).body.status, 'archived', 'an archived agent says so');
});
