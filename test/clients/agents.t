#!/usr/bin/env node
// Tools, agents and workflows through the real PostgREST: the status of each answer, for a signed-in user, for another
// user, without a JWT, and as service_role.
const {
    run,
    is,
    like,
    extensionOnly,
    newDatabase,
    startPostgrest,
    anonymous,
    service,
    user,
} = require('../lib/http.js');

const ada = 'ada00000-0000-4000-8000-000000000000';
const bob = 'b0b00000-0000-4000-8000-000000000000';
const trip = '11111111-0000-4000-8000-000000000001';
const poet = '33333333-0000-4000-8000-000000000001';
const myPoet = '44444444-0000-4000-8000-000000000001';
const weather = '55555555-0000-4000-8000-000000000001';
const report = '66666666-0000-4000-8000-000000000001';
const nothing = '99999999-0000-4000-8000-000000000000';

const schema = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] };

const rows = `
    INSERT INTO users (id, email) VALUES ('${ada}', 'ada@example.com'), ('${bob}', 'bob@example.com');
    INSERT INTO conversations (id, user_id, title) VALUES ('${trip}', '${ada}', 'A trip');
    INSERT INTO agent_tools (id, name, description, schema)
    VALUES ('${weather}', 'weather', 'Tells the weather', '${JSON.stringify(schema)}'), (DEFAULT, 'spare', '', '{}');
    INSERT INTO agent_definitions (id, user_id, name, description, system_prompt, tools)
    VALUES ('${poet}', '${ada}', 'Poet', '', 'Rhyme.', '["weather"]');
    INSERT INTO agent_instances (id, user_id, definition_id, name) VALUES ('${myPoet}', '${ada}', '${poet}', 'My poet');
    INSERT INTO workflows (id, user_id, workflow_id, status, goal)
    VALUES ('${report}', '${ada}', 'wfr_1', 'pending', 'A report')`;

// Checks the status and the SQLSTATE of an answer.
async function answers(what, request, status, code) {
    const answer = await request;
    is([answer.status, answer.body?.code], [status, code], `${what}: ${status}`);
    return answer;
}

async function validatesInputs(callers) {
    const wrong = { valid: false, errors: [{ path: '/city', message: 'must be a string, but is the number 7' }] };
    for (const who of ['ada', 'bob', 'service']) {
        for (const tool of ['weather', weather]) {
            const right = await callers[who].call('validate_tool_input', { tool, input: { city: 'Hana' } });
            is([right.status, right.body], [200, { valid: true, errors: [] }], `${who}: a valid input, by ${tool}`);
            const { status, body } = await callers[who].call('validate_tool_input', { tool, input: { city: 7 } });
            is([status, body], [200, wrong], '... an invalid one');
        }
    }
    const { ada: app, anonymous: nobody } = callers;
    const validate = (caller, args) => caller.call('validate_tool_input', { tool: 'weather', input: {}, ...args });
    const byGet = await app.callByGet('validate_tool_input', { tool: 'weather', input: '{"city": 7}' });
    const { message } = byGet.body.errors[0];
    is(message, 'must be an object, but is the string "{"city": 7}"', 'by GET, PostgREST makes it a string');
    const { data } = await app.client.rpc('validate_tool_input', { tool: 'weather', input: { city: 7 } });
    is(data, wrong, 'with postgrest-js');
    const missing = await answers('an unknown tool', validate(app, { tool: 'none' }), 404, 'PT404');
    is(missing.statusText, 'tool not found', '... with a constant status line');
    await answers('no input', validate(app, { input: null }), 400, '22004');
    await answers('without a JWT', validate(nobody), 401, '42501');
}

async function keepsTools({ service: backend }) {
    const insert = (row) => backend.post('/agent_tools', { name: 'new', description: '', ...row });
    await extensionOnly('schemas of tools are checked', async () => {
        const bad = await answers('a wrong schema', insert({ schema: { type: 'text' } }), 400, '22023');
        like(bad.body.details, /^At \/type: /, '... with its path');
        const remote = { $ref: 'https://example.com/schema.json' };
        await answers('a remote reference', insert({ schema: remote }), 400, '22023');
    });
    const tool = '/agent_tools?name=eq.weather';
    await answers('a deleted tool in use', backend.delete(tool), 409, '23503');
    await answers('a renamed tool in use', backend.patch(tool, { name: 'climate' }), 409, '23503');
    await answers('a changed description', backend.patch(tool, { description: 'Knows' }), 204);
    const definition = `/agent_definitions?id=eq.${poet}`;
    await answers('a missing tool', backend.patch(definition, { tools: ['none'] }), 409, '23503');
    await answers('tools that are not texts', backend.patch(definition, { tools: [1] }), 400, '22023');
    await answers('a tool by its id', backend.patch(definition, { tools: [weather, 'spare'] }), 204);
    await answers('the old names again', backend.patch(definition, { tools: ['weather'] }), 204);
    await answers('a deleted spare tool', backend.delete('/agent_tools?name=eq.spare'), 204);
}

async function checksCalls({ ada: app }) {
    const said = (input, type = 'tool-weather') => ({
        conversation_id: trip,
        check_tools: true,
        messages: [
            {
                id: 'msg-1',
                role: 'assistant',
                parts: [{ type, toolCallId: 'call_1', state: 'input-available', input }],
            },
        ],
    });
    const append = (args) => app.call('append_messages', args);
    const wrong = await answers('a call with an invalid input', append(said({ city: 7 })), 400, '22023');
    like(wrong.body.details, /^messages\[0\]\.parts\[0\]\.input .*"\/city" must be a string/, '... with its paths');
    await answers('a call of an unknown tool', append(said({}, 'tool-none')), 400, '22023');
    await answers('... unchecked', append({ ...said({}, 'tool-none'), check_tools: false }), 200);
    await answers('a right call', append(said({ city: 'Hana' })), 200);
}

async function readsAgents({ ada: app, bob: other, service: backend, anonymous: nobody }) {
    const get = (caller, args) => caller.call('get_agent', { agent_instance_id: myPoet, ...args });
    for (const [who, caller] of [
        ['the user', app],
        ['service_role', backend],
    ]) {
        const { status, body } = await get(caller, { format: 'ai-sdk' });
        is([status, body.system, Object.keys(body.tools)], [200, 'Rhyme.', ['weather']], `${who} gets the agent`);
    }
    const foreign = await get(other);
    is([foreign.status, foreign.body], [200, null], "another user's agent is null");
    await answers('an unknown format', get(app, { format: 'xml' }), 400, '22023');
    await answers('an agent without a JWT', get(nobody), 401, '42501');
}

async function advancesWorkflows({ ada: app, bob: other, service: backend, anonymous: nobody }) {
    const advance = (caller, args) => caller.call('advance_workflow', { id: report, ...args });
    const { body } = await answers('a step', advance(app, { step: { name: 'search' } }), 200);
    is([body.id, body.workflow_id, body.status, body.step_count], [report, 'wfr_1', 'pending', 1], '... its result');
    const move = await answers('an illegal move', advance(app, { status: 'completed' }), 409, 'PT409');
    is(move.statusText, 'workflow cannot change to this status', '... with a constant status line');
    like(move.body.details, /"pending" to "completed"/, '... with from and to');
    const path = `/workflows?id=eq.${report}`;
    await answers('an illegal move by PATCH', app.patch(path, { status: 'failed' }), 409, 'PT409');
    await answers('a move', advance(app, { status: 'running' }), 200);
    await answers('the same status again', app.patch(path, { status: 'running' }), 204);
    await answers('a move by service_role', advance(backend, { status: 'completed', result: { a: 1 } }), 200);
    await answers('an unknown status', advance(app, { status: 'paused' }), 400, '22023');
    await answers('a step that is not an object', advance(app, { step: [1] }), 400, '22023');
    await answers('an unknown workflow', advance(app, { id: nothing, step: {} }), 404, 'PT404');
    const foreign = await answers("another user's workflow", advance(other, { step: {} }), 404, 'PT404');
    is(foreign.statusText, 'workflow not found', '... with a constant status line');
    await answers('a workflow without a JWT', advance(nobody, { step: {} }), 401, '42501');
    const [row] = (await app.get(path)).body;
    is(
        [row.status, row.steps, row.result],
        ['completed', [{ name: 'search' }], { a: 1 }],
        'refused calls change nothing',
    );
}

run(async () => {
    const database = await newDatabase();
    await database.install();
    await database.owner(rows);
    const api = await startPostgrest(database);
    const callers = {
        ada: api.as(user(ada)),
        bob: api.as(user(bob)),
        service: api.as(service),
        anonymous: api.as(anonymous),
    };
    await extensionOnly('validate_tool_input()', () => validatesInputs(callers));
    await extensionOnly('append_messages() checks calls', () => checksCalls(callers));
    await readsAgents(callers);
    await keepsTools(callers);
    await advancesWorkflows(callers);
});
