#!/usr/bin/env node
// The functions of runs through the real PostgREST: the status of each answer, for the owner of a conversation, for
// another user, without a JWT, and as service_role.
const { run, is, newDatabase, startPostgrest, anonymous, service, user } = require('../lib/http.js');

const ada = 'ada00000-0000-4000-8000-000000000000';
const bob = 'b0b00000-0000-4000-8000-000000000000';
const trip = '11111111-0000-4000-8000-000000000001';
const home = '11111111-0000-4000-8000-000000000002';
const ofHome = '22222222-0000-4000-8000-000000000002';
const nothing = '99999999-0000-4000-8000-000000000000';

const rows = `
    INSERT INTO users (id, email) VALUES ('${ada}', 'ada@example.com'), ('${bob}', 'bob@example.com');
    INSERT INTO conversations (id, user_id, title) VALUES ('${trip}', '${ada}', 'A trip'), ('${home}', '${bob}', 'Home');
    INSERT INTO messages (id, conversation_id, role, content) VALUES ('${ofHome}', '${home}', 'user', 'Hi')`;

// Checks the status and the SQLSTATE of an answer.
async function answers(what, request, status, code) {
    const answer = await request;
    is([answer.status, answer.body?.code], [status, code], `${what}: ${status}`);
    return answer;
}

async function startsRuns({ ada: app, bob: other, anonymous: nobody, service: backend }, database) {
    const start = (caller, args) => caller.call('start_run', { conversation_id: trip, ...args });
    for (const caller of [app, backend]) {
        const { body } = await answers('start_run', start(caller, { metadata: { model: 'm' } }), 200);
        is([body.conversation_id, body.status], [trip, 'running'], '... the run');
        const second = await answers('... a second one', start(caller), 409, 'PT409');
        is(second.statusText, 'a run is in progress', '... with a constant status line');
        is(second.body.details.includes(body.run_id), true, '... names the running run');
        await answers('... taken over', start(caller, { stale_after: '0' }), 200);
        await database.owner("UPDATE runs SET status = 'finished', finished_at = now() WHERE status = 'running'");
    }
    const taken = await answers('an id that is taken', start(app, { message_id: ofHome }), 409, 'PT409');
    is(taken.statusText, 'message belongs to another conversation', '... with a constant status line');
    const missing = await answers('another user', start(other), 404, 'PT404');
    is(missing.statusText, 'conversation not found', '... with a constant status line');
    await answers('without a JWT', start(nobody), 401, '42501');
    await answers('no conversation', start(app, { conversation_id: null }), 400, '22004');
    await answers('an empty name', start(app, { conversation_id: '' }), 400, '22023');
    await answers('no patience', start(app, { stale_after: null }), 400, '22004');
    await answers('a negative patience', start(app, { stale_after: '-1 s' }), 400, '22023');
    await answers('not an interval', start(app, { stale_after: 'soon' }), 400, '22007');
    await answers('metadata that is not an object', start(app, { metadata: [] }), 400, '22023');
    await answers('another type', start(app, { metadata: 'x' }), 400, '22023');
    await answers('by GET', app.callByGet('start_run', { conversation_id: trip }), 405, '25006');
}

async function stopsRuns({ ada: app, bob: other, anonymous: nobody, service: backend }, database) {
    const { body: run } = await app.call('start_run', { conversation_id: trip });
    const heartbeat = (caller, id = run.run_id) => caller.call('heartbeat_run', { run_id: id });
    const stop = (caller, id = trip) => caller.call('stop_run', { conversation_id: id });
    is((await answers('heartbeat_run', heartbeat(app), 200)).body, { stop_requested: false }, '... the result');
    is((await answers('stop_run', stop(app), 200)).body.run_id, run.run_id, '... the run');
    is((await heartbeat(backend)).body, { stop_requested: true }, '... heartbeat_run tells it');
    is((await stop(other, home)).body, { status: 'none' }, '... without a run');
    const missing = await answers('a heartbeat of another user', heartbeat(other), 404, 'PT404');
    is(missing.statusText, 'run not found', '... with a constant status line');
    await answers('a stop of another user', stop(other), 404, 'PT404');
    await answers('no such run', heartbeat(app, nothing), 404, 'PT404');
    await answers('no such conversation', stop(app, nothing), 404, 'PT404');
    await answers('a heartbeat without a run', heartbeat(app, null), 400, '22004');
    await answers('a stop without a conversation', stop(app, null), 400, '22004');
    await answers('a heartbeat without a JWT', heartbeat(nobody), 401, '42501');
    await answers('a stop without a JWT', stop(nobody), 401, '42501');
    await database.owner("UPDATE runs SET status = 'stopped', finished_at = now() WHERE status = 'running'");
    const over = await answers('a heartbeat of a run that is over', heartbeat(app), 409, 'PT409');
    is(over.statusText, 'run is over', '... with a constant status line');
}

async function recoversRuns({ ada: app, bob: other, anonymous: nobody, service: backend }, database) {
    const recover = (caller, args) => caller.call('recover_run', { conversation_id: trip, ...args });
    const { body: run } = await app.call('start_run', { conversation_id: trip });
    await database.owner(`INSERT INTO run_chunks (run_id, seq, chunk) VALUES ('${run.run_id}', 1, '{}')`);
    is((await answers('recover_run', recover(app), 200)).body, { status: 'none' }, '... nothing');
    is((await recover(backend, { stale_after: '0' })).body.run_id, run.run_id, '... the run');
    await answers('a recovery by another user', recover(other), 404, 'PT404');
    await answers('a recovery without a JWT', recover(nobody), 401, '42501');
    await answers('a negative patience', recover(app, { stale_after: '-1 s' }), 400, '22023');
    await answers('a recovery without a conversation', recover(app, { conversation_id: null }), 400, '22004');
}

// Tests the rules of the tables, and that a stranger sees nothing.
async function guardsRows({ ada: app, bob: other }, database) {
    const { body: run } = await app.call('start_run', { conversation_id: trip });
    const chunk = { run_id: run.run_id, seq: 1, chunk: { type: 'start' } };
    await answers('a chunk', app.post('/run_chunks', chunk), 201);
    await answers('a chunk of another user', other.post('/run_chunks', { ...chunk, seq: 2 }), 403, '42501');
    await answers('a run of another user', other.post('/runs', { conversation_id: trip }), 403, '42501');
    is((await other.client.from('runs').select()).data, [], 'a stranger sees no runs');
    is((await other.client.from('run_chunks').select()).data, [], '... no chunks');
    is((await app.client.from('run_chunks').select('seq')).data.length, 2, 'the owner sees them');
    const change = (fields) => app.client.from('runs').update(fields).eq('id', run.run_id);
    is((await change({ message_id: nothing })).status, 400, 'a run keeps its answer');
    is((await change({ status: 'finished', finished_at: '2026-01-01' })).status, 204, 'a run may end');
    is((await change({ status: 'failed' })).status, 409, '... once');
    await answers('a chunk of a run that is over', app.post('/run_chunks', { ...chunk, seq: 2 }), 409, 'PT409');
    await database.owner('DROP TRIGGER agentchat_protect_run ON runs');
    const off = await answers('a feature that is off', app.call('stop_run', { conversation_id: trip }), 400, '0A000');
    is(off.body.message, 'the feature runs is off', '... and the message says so');
}

run(async () => {
    const database = await newDatabase();
    await database.install();
    await database.owner("SELECT * FROM agentchat.enable('runs')");
    await database.owner(rows);
    const api = await startPostgrest(database);
    const callers = {
        ada: api.as(user(ada)),
        bob: api.as(user(bob)),
        service: api.as(service),
        anonymous: api.as(anonymous),
    };
    await startsRuns(callers, database);
    await stopsRuns(callers, database);
    await recoversRuns(callers, database);
    await guardsRows(callers, database);
});
