-- stop_run() asks the writer of a run to stop; heartbeat_run() says that the writer is alive, and tells it.
\ir ../lib/agentchat.sql
SELECT * FROM agentchat.enable('runs') \g /dev/null
\ir ../lib/api_user.sql
\ir ../lib/error_of.sql

INSERT INTO conversations (id, user_id, title)
SELECT md5('c ' || u)::uuid, md5(u)::uuid, u FROM unnest('{ada,bob}'::text[]) u;
\set ada 'md5(''c ada'')::uuid'
SELECT start_run(md5('c ada')::uuid) ->> 'run_id' AS run \gset

SELECT no_plan();

-- Alive.
UPDATE runs SET started_at = started_at - interval '1 min';
SELECT is(heartbeat_run(:'run'), '{"stop_requested": false}', 'a heartbeat');
SELECT ok((SELECT clock_timestamp() AT TIME ZONE 'utc' - heartbeat_at < '10 s' FROM runs), '... is stored');
SELECT throws_ok(format('SELECT start_run(%L::uuid)', :ada), 'PT409', NULL, '... and the run is not silent');

-- Stop.
SELECT stop_run(:ada) AS stop \gset
SELECT is(:'stop'::jsonb, (SELECT jsonb_build_object('run_id', id, 'status', 'running',
        'stop_requested_at', to_char(stop_requested_at, 'YYYY-MM-DD"T"HH24:MI:SS.USZ')) FROM runs),
            'the result is the row');
SELECT ok((SELECT clock_timestamp() AT TIME ZONE 'utc' - stop_requested_at < '10 s' FROM runs),
    '... it is asked now');
SELECT is((SELECT xmin::text FROM runs), (SELECT xmin::text FROM runs WHERE stop_run(:ada) = :'stop'),
    'a second call changes nothing');
SELECT is(heartbeat_run(:'run'), '{"stop_requested": true}', 'the writer learns of it');
SELECT is(stop_run(conversation_id => md5('c bob')::uuid::text), '{"status": "none"}', 'without a run');
UPDATE runs SET status = 'stopped', finished_at = now();
SELECT is(stop_run(:ada), '{"status": "none"}', 'after the end of the run');

-- Errors.
SELECT is(error_of(statement), error, statement) FROM (VALUES
    ('SELECT heartbeat_run(NULL)', '22004 an argument must not be NULL | The argument is run_id.'),
    (format('SELECT heartbeat_run(%L)', md5('none')::uuid),
        format('PT404 run not found | Run %s does not exist, or the caller may not see it. | '
               'Start a run with start_run().', md5('none')::uuid)),
    (format('SELECT heartbeat_run(%L)', :'run'),
        format('PT409 run is over | Run %s is stopped. | Start another run with start_run().', :'run')),
    ('SELECT stop_run(NULL::uuid)', '22004 an argument must not be NULL | The argument is conversation_id.'),
    ('SELECT stop_run(NULL::text)', '22004 an argument must not be NULL | The argument is conversation_id.'),
    (format('SELECT stop_run(%L::uuid)', md5('none')::uuid), format('PT404 conversation not found | '
        'Conversation %s does not exist, or the caller may not see it. | '
        'Create the conversation with create_conversation().', md5('none')::uuid))) e (statement, error);

-- Row-level security.
SELECT start_run(:ada) ->> 'run_id' AS run \gset
SET ROLE agentchat_test_user;
SELECT become('bob') \g /dev/null
SELECT throws_ok(format('SELECT stop_run(%L::uuid)', :ada), 'PT404', 'conversation not found',
    'another user''s conversation');
SELECT throws_ok(format('SELECT heartbeat_run(%L)', :'run'), 'PT404', 'run not found',
    '... another user''s run');
SELECT become('') \g /dev/null
SELECT throws_ok(format('SELECT stop_run(%L::uuid)', :ada), 'PT404', NULL, 'nobody is signed in');
SELECT throws_ok(format('SELECT heartbeat_run(%L)', :'run'), 'PT404', NULL, '... nor has a run');
SELECT become('ada') \g /dev/null
SELECT is(heartbeat_run(:'run'), '{"stop_requested": false}', 'one''s own run');
SELECT is(stop_run(:ada::text) ->> 'run_id', :'run', '... and conversation');
SELECT create_conversation('mine', id => 'chat-1') \g /dev/null
SELECT is(stop_run('chat-1'), '{"status": "none"}', 'a conversation by its name');
RESET ROLE;

-- The levels of isolation.
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT is(heartbeat_run(:'run'), '{"stop_requested": true}', 'repeatable read: a heartbeat');
SELECT is(heartbeat_run(:'run'), '{"stop_requested": true}', '... twice');
COMMIT;
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT is(stop_run(:ada) ->> 'run_id', :'run', 'serializable: a stop');
COMMIT;
BEGIN READ ONLY;
SELECT throws_ok(format('SELECT heartbeat_run(%L)', :'run'), '25006', NULL, 'read only');
ROLLBACK;

-- Columns with another type.
SET TimeZone = 'Asia/Tokyo';
ALTER TABLE runs ALTER heartbeat_at TYPE timestamptz USING heartbeat_at AT TIME ZONE 'utc',
    ALTER stop_requested_at TYPE timestamptz USING stop_requested_at AT TIME ZONE 'utc';
UPDATE runs SET stop_requested_at = NULL, heartbeat_at = NULL WHERE status = 'running';
SELECT heartbeat_run(:'run') \g /dev/null
SELECT stop_run(:ada) AS stop \gset
SELECT ok((SELECT clock_timestamp() - stop_requested_at < '10 s'
    AND clock_timestamp() - heartbeat_at < '10 s' AND
        stop_requested_at = (:'stop'::jsonb ->> 'stop_requested_at')::timestamptz FROM runs
            WHERE status = 'running'),
    'timestamptz');
SELECT * FROM finish();
