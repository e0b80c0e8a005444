-- recover_run() finds what a dead server has left of an answer; agentchat.sweep_runs() finds all of it.
\ir ../lib/agentchat.sql
SELECT * FROM agentchat.enable('runs') \g /dev/null
\ir ../lib/api_user.sql
\ir ../lib/error_of.sql

INSERT INTO conversations (id, user_id, title)
SELECT md5('c ' || u)::uuid, md5(u)::uuid, u FROM unnest('{ada,bob}'::text[]) u;
\set ada 'md5(''c ada'')::uuid'
\set bob 'md5(''c bob'')::uuid'
-- Starts a run that is so old, with so many chunks, and returns its id.
CREATE FUNCTION old_run(conversation uuid, age interval, chunks integer) RETURNS uuid LANGUAGE plpgsql
    SET row_security = off AS $$
DECLARE
    new CONSTANT uuid := start_run(conversation, stale_after => '0') ->> 'run_id';
BEGIN
    UPDATE runs r SET started_at = started_at - age WHERE r.id = new;
    INSERT INTO run_chunks (run_id, seq, chunk, created_at)
    SELECT new, n, '{}', clock_timestamp() AT TIME ZONE 'utc' - age FROM generate_series(1, chunks) n;
    RETURN new;
END $$;
CREATE FUNCTION statuses() RETURNS text LANGUAGE sql AS
$$ SELECT string_agg(status, ' ' ORDER BY started_at) FROM runs $$;
CREATE FUNCTION swept(older_than interval DEFAULT '1 minute') RETURNS text LANGUAGE sql AS
$$ SELECT string_agg(format('%s %s', run_id, chunks), ', ' ORDER BY n)
   FROM agentchat.sweep_runs(older_than) WITH ORDINALITY s (run_id, conversation_id, message_id, started_at,
       chunks, n) $$;

SELECT no_plan();

-- recover_run().
SELECT is(recover_run(:ada), '{"status": "none"}', 'without a run');
SELECT old_run(:ada, '29 s', 2) AS run \gset
SELECT is(recover_run(:ada), '{"status": "none"}', 'silent for 29 s');
SELECT is(statuses(), 'running', '... the run stays');
SELECT old_run(:ada, '31 s', 2) AS second \gset
SELECT recover_run(:ada, '1 hour') AS recovered \gset
SELECT is(:'recovered'::jsonb ->> 'run_id', :'run', 'of a run that was taken over');
SELECT is(statuses(), 'running failed', '... a run that is not silent for so long stays');
SELECT is(:'recovered'::jsonb, (SELECT jsonb_build_object('run_id', id, 'conversation_id', :ada, 'message_id',
        message_id, 'status', 'failed', 'started_at', to_char(started_at, 'YYYY-MM-DD"T"HH24:MI:SS.USZ'),
            'finished_at',
        to_char(finished_at, 'YYYY-MM-DD"T"HH24:MI:SS.USZ')) FROM runs WHERE id = :'run'),
            '... the result is the row');
SELECT is(recover_run(:ada) ->> 'run_id', :'second', 'silent for 31 s: it is the oldest with chunks');
SELECT is(statuses(), 'failed failed', '... and has failed');
SELECT is((SELECT error FROM runs WHERE id = :'second'), (SELECT jsonb_build_object('message',
        format('The run has given no sign of life since %s.',
            to_char(max(created_at), 'YYYY-MM-DD"T"HH24:MI:SS.USZ'))) FROM run_chunks
                WHERE run_id = :'second'),
    '... with the time of its last chunk');
SELECT is((SELECT count(*) FROM run_chunks), 4::bigint, '... chunks stay');
SELECT is(recover_run(:ada) ->> 'run_id', :'second', '... until somebody saves them');
DELETE FROM run_chunks WHERE run_id = :'second';
SELECT is(recover_run(:ada) ->> 'run_id', :'run', '... then comes the next one');
DELETE FROM run_chunks;
SELECT is(recover_run(:ada), '{"status": "none"}', '... and then none');
SELECT old_run(:ada, '31 s', 0) AS run \gset
SELECT is(recover_run(:ada::text), '{"status": "none"}',
    'a silent run without chunks leaves nothing to save');
SELECT is((SELECT status FROM runs WHERE id = :'run'), 'failed', '... it has failed all the same');
SELECT old_run(:ada, '31 s', 1) AS run \gset
UPDATE runs SET status = 'stopped', finished_at = now() WHERE id = :'run';
SELECT is(recover_run(:ada), '{"status": "none"}', 'a run that did not fail needs no recovery');

SELECT is(error_of(statement), error, statement) FROM (VALUES
    ('SELECT recover_run(NULL::uuid)',
        '22004 an argument must not be NULL | The argument is conversation_id.'),
    ('SELECT recover_run(NULL::text)',
        '22004 an argument must not be NULL | The argument is conversation_id.'),
    (format('SELECT recover_run(%L::uuid, NULL)', :ada),
        '22004 an argument must not be NULL | The argument is stale_after.'),
    (format('SELECT recover_run(%L::uuid, %L)', :ada, '-1 s'), '22023 stale_after must not be negative | '
        'Pass how long a run may give no sign of life, such as ''30 seconds''.'),
    (format('SELECT recover_run(%L::uuid)', md5('none')::uuid), format('PT404 conversation not found | '
        'Conversation %s does not exist, or the caller may not see it. | '
        'Create the conversation with create_conversation().', md5('none')::uuid))) e (statement, error);

-- Row-level security.
SELECT old_run(:ada, '31 s', 1) AS run \gset
SET ROLE agentchat_test_user;
SELECT become('bob') \g /dev/null
SELECT throws_ok(format('SELECT recover_run(%L::uuid)', :ada), 'PT404', 'conversation not found',
    'another user''s conversation');
SELECT throws_ok('SELECT agentchat.sweep_runs()', '42501', NULL, 'sweep_runs() is not for users');
SELECT become('ada') \g /dev/null
SELECT is(recover_run(:ada) ->> 'run_id', :'run', 'one''s own');
SELECT create_conversation('mine', id => 'chat-1') \g /dev/null
SELECT is(recover_run('chat-1'), '{"status": "none"}', 'a conversation by its name');
RESET ROLE;
SELECT become('') \g /dev/null
TRUNCATE runs CASCADE;

-- The levels of isolation.
SELECT old_run(:ada, '31 s', 1) AS run \gset
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT is(recover_run(:ada) ->> 'run_id', :'run', 'repeatable read');
ROLLBACK;
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT is(recover_run(:ada) ->> 'run_id', :'run', 'serializable');
COMMIT;
TRUNCATE runs CASCADE;

-- sweep_runs().
SELECT is(swept(), NULL, 'no runs');
SELECT old_run(:ada, '61 s', 3) AS old, old_run(:bob, '59 s', 3) AS young \gset
SELECT is(swept(), format('%s 3', :'old'), 'a silent run is returned');
SELECT is(statuses(), 'failed running', '... it is marked as failed');
SELECT is((SELECT error FROM runs WHERE id = :'old'), (SELECT jsonb_build_object('message',
        format('The run has given no sign of life since %s.',
            to_char(max(created_at), 'YYYY-MM-DD"T"HH24:MI:SS.USZ'))) FROM run_chunks WHERE run_id = :'old'),
    '... with the error of recover_run()');
SELECT ok((SELECT clock_timestamp() AT TIME ZONE 'utc' - finished_at < '10 s' FROM runs WHERE id = :'old'),
    '... now');
SELECT is(swept('10 s'), format('%s 3, %s 3', :'old', :'young'), '... both, oldest first');
SELECT is((SELECT (s.run_id, s.conversation_id, s.message_id, s.started_at)
    FROM agentchat.sweep_runs() s LIMIT 1),
    (SELECT (id, conversation_id, message_id, started_at) FROM runs WHERE id = :'old'),
        '... with their columns');
DELETE FROM run_chunks;
SELECT is(swept(), NULL, '... until somebody saves them');
SELECT old_run(:ada, '1 day', 1) AS old \gset
UPDATE runs SET heartbeat_at = now() AT TIME ZONE 'utc' WHERE id = :'old';
SELECT is(swept(), NULL, 'a run with a heartbeat is not silent');
UPDATE run_chunks SET run_id = run_id;
SELECT is(swept('0'), format('%s 1', :'old'), 'without patience');
SELECT old_run(:bob, '61 s', 0) AS old \gset
SELECT is(swept(), (SELECT format('%s 1', run_id) FROM run_chunks),
    'a silent run without chunks is not returned');
SELECT is((SELECT status FROM runs WHERE id = :'old'), 'failed', '... but has failed');
SELECT is(error_of(statement), error, statement) FROM (VALUES
    ('SELECT agentchat.sweep_runs(NULL)', '22004 an argument must not be NULL | The argument is older_than.'),
    ('SELECT agentchat.sweep_runs(''-1 s'')', '22023 older_than must not be negative | '
        'Pass how long a run may give no sign of life, such as ''1 minute''.')) e (statement, error);
TRUNCATE runs CASCADE;

-- Columns with another type, in another schema's search_path.
SELECT old_run(:ada, '61 s', 3) AS old, old_run(:bob, '59 s', 3) AS young \gset
SET TimeZone = 'Asia/Tokyo';
ALTER TABLE runs ALTER started_at TYPE timestamptz USING started_at AT TIME ZONE 'utc',
    ALTER finished_at TYPE timestamptz USING finished_at AT TIME ZONE 'utc';
SELECT is(swept(), format('%s 3', :'old'), 'timestamptz');
ALTER TABLE run_chunks ALTER created_at TYPE timestamptz USING created_at AT TIME ZONE 'utc';
SELECT is(swept(), format('%s 3', :'old'), '... of chunks, too');
SELECT ok((SELECT clock_timestamp() - finished_at < '10 s' FROM runs WHERE id = :'old'),
    '... it has failed now');
SELECT is((SELECT s.started_at FROM agentchat.sweep_runs() s),
    (SELECT started_at AT TIME ZONE 'utc' FROM runs WHERE id = :'old'), '... times are in UTC');
SELECT is(recover_run(:ada) ->> 'run_id', :'old', '... recover_run()');
SELECT * FROM finish();
