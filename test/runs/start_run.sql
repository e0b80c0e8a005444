-- start_run() starts a run: one at a time in a conversation, and a silent one is taken over.
\ir ../lib/agentchat.sql
SELECT * FROM agentchat.enable('runs') \g /dev/null
\ir ../lib/api_user.sql
\ir ../lib/error_of.sql

INSERT INTO conversations (id, user_id, title)
SELECT md5('c ' || u)::uuid, md5(u)::uuid, u FROM unnest('{ada,bob}'::text[]) u;
\set ada 'md5(''c ada'')::uuid'
\set bob 'md5(''c bob'')::uuid'
-- Moves all signs of life of the running runs into the past.
CREATE FUNCTION grow_old(age interval) RETURNS void LANGUAGE sql SET row_security = off AS $$
    UPDATE runs SET started_at = started_at - age, heartbeat_at = heartbeat_at - age WHERE status = 'running';
    UPDATE run_chunks SET created_at = created_at - age;
$$;
CREATE FUNCTION end_run() RETURNS void LANGUAGE sql AS
$$ UPDATE runs SET status = 'finished', finished_at = now() WHERE status = 'running' $$;

SELECT no_plan();

-- What it returns and stores.
SELECT start_run(:ada, metadata => '{"model": "m"}') AS run \gset
SELECT is(:'run'::jsonb, (SELECT jsonb_build_object('run_id', id, 'conversation_id', :ada, 'message_id',
    message_id,
        'status', 'running', 'started_at', to_char(started_at, 'YYYY-MM-DD"T"HH24:MI:SS.USZ'), 'next_seq', 1,
        'taken_over', NULL) FROM runs), 'the result is the row');
SELECT is((SELECT metadata FROM runs), '{"model": "m"}', '... with its metadata');
SELECT ok((SELECT clock_timestamp() AT TIME ZONE 'utc' - started_at < '1 minute' FROM runs),
    '... it starts now');
SELECT is((SELECT (heartbeat_at, stop_requested_at, finished_at, error) FROM runs),
    (SELECT (NULL::timestamp, NULL::timestamp, NULL::timestamp, NULL::jsonb)), '... nothing else is set');
SELECT is(error_of(format('SELECT start_run(%L::uuid)', :ada)),
    format('PT409 a run is in progress | Run %s is running. Its last sign of life was at %s. | '
           'Read it with read_chunks(), or ask it to stop with stop_run().',
        :'run'::jsonb ->> 'run_id', :'run'::jsonb ->> 'started_at'), 'a second run');
SELECT is((start_run(:bob::text) ->> 'conversation_id')::uuid, :bob, 'another conversation has its own run');
SELECT end_run() \g /dev/null
SELECT is(start_run(:ada) -> 'taken_over', 'null', 'after the end of the run, another one starts');
SELECT is((SELECT count(*) FROM runs WHERE conversation_id = :ada), 2::bigint, '... and the first one stays');

-- It starts when it is called, not when its transaction began.
SELECT end_run() \g /dev/null
BEGIN;
SELECT pg_sleep(0.05) \g /dev/null
SELECT start_run(:ada) AS run \gset
SELECT ok((:'run'::jsonb ->> 'started_at')::timestamptz > now() + interval '0.04 s',
    'a run starts when it is called');
ROLLBACK;
SELECT is((SELECT count(*) FROM runs WHERE status = 'running'), 0::bigint, '... and can be rolled back');

-- The id of the answer.
SELECT is(start_run(:ada, md5('m')::uuid::text) ->> 'message_id', md5('m')::uuid::text,
    'message_id is a UUID');
SELECT end_run() \g /dev/null
-- The UUIDv5 that append_messages() makes of the same id.
BEGIN;
SELECT append_messages(:ada,
    '{"id": "msg-1", "role": "assistant", "parts": []}') -> 0 ->> 'id' AS answer \gset
ROLLBACK;
SELECT is(start_run(:ada, 'msg-1') ->> 'message_id', :'answer', '... or the id that the client chose');
SELECT end_run() \g /dev/null
SELECT append_messages(:ada, '{"id": "msg-1", "role": "assistant", "parts": []}') \g /dev/null
SELECT is(start_run(:ada, 'msg-1') ->> 'message_id', :'answer',
    '... also of a stored message of the conversation');
SELECT end_run() \g /dev/null
SELECT is(error_of(format('SELECT start_run(%L::uuid, %L)', :bob, :'answer')),
    format('PT409 message belongs to another conversation | message_id is "%s". | '
           'No run was started. Give the message another id, or none.', :'answer'),
               '... of another conversation');
SELECT isnt(start_run(:ada, '') ->> 'message_id', (start_run(:bob, '') ->> 'message_id'),
    'an empty id is none');
SELECT end_run() \g /dev/null

-- A silent run is taken over.
SELECT start_run(:ada, 'a') AS run \gset
SELECT grow_old('29 s') \g /dev/null
SELECT throws_ok(format('SELECT start_run(%L::uuid)', :ada), 'PT409', 'a run is in progress',
    'silent for 29 s');
SELECT grow_old('2 s') \g /dev/null
SELECT throws_ok(format('SELECT start_run(%L::uuid, stale_after => %L)', :ada, '2 min'), 'PT409', NULL,
    'silent for 31 s of 2 min');
SELECT start_run(:ada) AS next \gset
SELECT is(:'next'::jsonb -> 'taken_over', jsonb_build_object('run_id', :'run'::jsonb -> 'run_id',
    'message_id',
        :'run'::jsonb -> 'message_id', 'has_chunks', false), 'silent for 31 s: it is taken over');
SELECT is((SELECT (status, error) FROM runs WHERE id = (:'run'::jsonb ->> 'run_id')::uuid),
    (SELECT ('failed'::text, jsonb_build_object('message',
        format('The run has given no sign of life since %s.',
        to_char(started_at, 'YYYY-MM-DD"T"HH24:MI:SS.USZ'))))
     FROM runs WHERE id = (:'run'::jsonb ->> 'run_id')::uuid), '... it is marked as failed');
SELECT ok((SELECT clock_timestamp() AT TIME ZONE 'utc' - finished_at < '1 minute' FROM runs
    WHERE status = 'failed'),
    '... now');
INSERT INTO run_chunks (run_id, seq, chunk)
SELECT (:'next'::jsonb ->> 'run_id')::uuid, n, '{}' FROM generate_series(1, 3) n;
SELECT is(start_run(:ada, stale_after => '0') #> '{taken_over,has_chunks}', 'true', 'without patience');
SELECT is((SELECT count(*) FROM run_chunks), 3::bigint, '... chunks stay');

-- Chunks and heartbeats are signs of life.
SELECT grow_old('1 min') \g /dev/null
UPDATE runs SET heartbeat_at = clock_timestamp() AT TIME ZONE 'utc' WHERE status = 'running';
SELECT throws_ok(format('SELECT start_run(%L::uuid)', :ada), 'PT409', NULL, 'a heartbeat');
SELECT grow_old('1 min') \g /dev/null
INSERT INTO run_chunks (run_id, seq, chunk, created_at)
SELECT id, n, '{}', clock_timestamp() AT TIME ZONE 'utc' - CASE n WHEN 1 THEN interval '1 day' ELSE '1 s' END
FROM runs, generate_series(1, 2) n WHERE status = 'running' AND conversation_id = :ada;
SELECT throws_ok(format('SELECT start_run(%L::uuid)', :ada), 'PT409', NULL, 'a chunk');
SELECT grow_old('1 min') \g /dev/null
SELECT is(start_run(:ada) #> '{taken_over,has_chunks}', 'true', '... and both become old');
SELECT end_run() \g /dev/null

-- Odd ages and odd times.
SELECT lives_ok(format('SELECT start_run(%L::uuid, stale_after => %L)', :ada, '178000000 years'),
    'a very long patience');
SELECT throws_ok(format('SELECT start_run(%L::uuid, stale_after => %L)', :ada, '178000000 years'), 'PT409',
    NULL,
    '... never ends');
SET row_security = off;
UPDATE runs SET started_at = '-infinity' WHERE status = 'running';
RESET row_security;
SELECT lives_ok(format('SELECT start_run(%L::uuid)', :ada), 'a run that started at -infinity is silent');
UPDATE runs SET started_at = 'infinity' WHERE status = 'running';
SELECT throws_ok(format('SELECT start_run(%L::uuid, stale_after => %L)', :ada, '0'), 'PT409', NULL,
    '... at infinity is not');
SELECT end_run() \g /dev/null

-- Errors.
SELECT is(error_of(statement), error, statement) FROM (VALUES
    ('SELECT start_run(NULL::uuid)', '22004 an argument must not be NULL | The argument is conversation_id.'),
    ('SELECT start_run(NULL::text)', '22004 an argument must not be NULL | The argument is conversation_id.'),
    (format('SELECT start_run(%L::uuid, stale_after => NULL)', :ada),
        '22004 an argument must not be NULL | The argument is stale_after.'),
    (format('SELECT start_run(%L::uuid, stale_after => %L)', :ada, '-1 s'),
        '22023 stale_after must not be negative | '
        'Pass how long a run may give no sign of life, such as ''30 seconds''.'),
    (format('SELECT start_run(%L::uuid, metadata => %L)', :ada, '[]'),
        '22023 metadata must be a JSON object | Wrap the value in an object.'),
    (format('SELECT start_run(%L::uuid)', md5('none')::uuid), format('PT404 conversation not found | '
        'Conversation %s does not exist, or the caller may not see it. | '
        'Create the conversation with create_conversation().', md5('none')::uuid)),
    ('SELECT start_run('''')', '22023 conversation_id must not be empty | '
        'Pass the UUID of a conversation, or the id that the client chose.')) e (statement, error);

-- Row-level security, and names of conversations.
SET ROLE agentchat_test_user;
SELECT become('ada') \g /dev/null
SELECT create_conversation('mine', id => 'chat-1') AS conversation \gset
SELECT is(start_run('chat-1') -> 'conversation_id', :'conversation'::jsonb -> 'id',
    'a conversation by its name');
SELECT throws_ok('SELECT start_run(''chat-1'')', 'PT409', NULL, '... has one run');
SELECT become('bob') \g /dev/null
SELECT throws_ok('SELECT start_run(''chat-1'')', 'PT404', 'conversation not found', 'names belong to a user');
SELECT throws_ok(format('SELECT start_run(%L::uuid)', :ada), 'PT404', 'conversation not found',
    'another user''s conversation');
SELECT throws_ok(format('SELECT start_run(%L::uuid, stale_after => %L)', :'conversation'::jsonb ->> 'id',
    '0'),
    'PT404', 'conversation not found', '... cannot be taken over');
SELECT lives_ok(format('SELECT start_run(%L::uuid)', :bob), 'one''s own');
RESET ROLE;
SELECT become('') \g /dev/null

-- The levels of isolation.
SELECT end_run() \g /dev/null
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT lives_ok(format('SELECT start_run(%L::uuid)', :ada), 'repeatable read');
SELECT is(start_run(:ada, stale_after => '0') #> '{taken_over,has_chunks}', 'false', '... twice');
COMMIT;
SELECT end_run() \g /dev/null
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT lives_ok(format('SELECT start_run(%L::uuid)', :ada), 'serializable');
COMMIT;
BEGIN READ ONLY;
SELECT throws_ok(format('SELECT start_run(%L::uuid)', :bob), '25006', NULL, 'read only');
ROLLBACK;

-- Columns with another type.
SELECT end_run() \g /dev/null
SET TimeZone = 'Asia/Tokyo';
ALTER TABLE runs ALTER started_at TYPE timestamptz USING started_at AT TIME ZONE 'utc',
    ALTER started_at SET DEFAULT now(), ALTER finished_at TYPE timestamptz
        USING finished_at AT TIME ZONE 'utc';
ALTER TABLE run_chunks ALTER created_at TYPE timestamptz USING created_at AT TIME ZONE 'utc';
SELECT start_run(:ada) AS run \gset
SELECT ok((SELECT clock_timestamp() - started_at < '1 minute' AND
        started_at = (:'run'::jsonb ->> 'started_at')::timestamptz FROM runs WHERE status = 'running'),
            'timestamptz');
SELECT throws_ok(format('SELECT start_run(%L::uuid)', :ada), 'PT409', NULL, '... a second run');
SELECT grow_old('31 s') \g /dev/null
SELECT isnt(start_run(:ada) -> 'taken_over', 'null', '... a silent run');
SELECT ok((SELECT clock_timestamp() - max(finished_at) < '1 minute' FROM runs), '... has failed now');
RESET TimeZone;
ALTER TABLE runs ALTER started_at TYPE date;
SELECT throws_ok(format('SELECT start_run(%L::uuid)', :ada), '42804', NULL, 'not a time');

-- The feature.
DROP TRIGGER agentchat_protect_run ON runs;
SELECT is(error_of(format('SELECT start_run(%L::uuid)', :ada)), '0A000 the feature runs is off | '
    'The table public.runs lacks the trigger agentchat_protect_run. | '
    'To switch it on, run as the owner of the tables: SELECT * FROM agentchat.enable(''runs'');',
        'a feature that is off');
DROP TABLE runs CASCADE;
SELECT is(error_of(statement), '0A000 the feature runs is off | The table public.runs does not exist. | '
    'To switch it on, run as the owner of the tables: SELECT * FROM agentchat.enable(''runs'');', statement)
FROM unnest(ARRAY[format('SELECT start_run(%L::uuid)', :ada), format('SELECT start_run(%L)', :ada),
    format('SELECT stop_run(%L::uuid)', :ada), format('SELECT heartbeat_run(%L)', :ada),
    format('SELECT recover_run(%L::uuid)', :ada), 'SELECT agentchat.sweep_runs()',
    'SELECT agentchat.require_feature(''runs'')']) statement;
SELECT is(error_of('SELECT agentchat.require_feature(''none'')'), '22023 unknown feature | '
    'The feature is "none". | agentchat.features() lists the features.', 'an unknown feature');
SELECT * FROM finish();
