-- finish_run() writes the answer, marks the run and deletes its chunks, once.
\ir ../lib/agentchat.sql
SELECT * FROM agentchat.enable('runs') \g /dev/null
\ir ../lib/api_user.sql
\ir ../lib/error_of.sql

INSERT INTO conversations (id, user_id, title)
SELECT md5('c ' || u)::uuid, md5(u)::uuid, u FROM unnest('{ada,bob}'::text[]) u;
\set ada 'md5(''r ada'')::uuid'
\set bob 'md5(''r bob'')::uuid'
\set trip 'md5(''c ada'')::uuid'
-- Ada and Bob have a run each, with three chunks.
CREATE PROCEDURE fill() LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM messages;
    DELETE FROM runs;
    INSERT INTO runs (id, conversation_id, message_id, metadata)
    SELECT md5('r ' || u)::uuid, md5('c ' || u)::uuid, md5('m ' || u)::uuid, '{"model": "a", "try": 1}'
    FROM unnest('{ada,bob}'::text[]) u;
    INSERT INTO run_chunks (run_id, seq, chunk) SELECT id, n, '{}' FROM runs, generate_series(1, 3) n;
END $$;
-- The answer with that text.
CREATE FUNCTION answer(text text) RETURNS jsonb LANGUAGE sql AS $$
    SELECT jsonb_build_array(jsonb_build_object('id', md5('m ada')::uuid, 'role', 'assistant',
        'parts', jsonb_build_array(jsonb_build_object('type', 'text', 'text', text))))
$$;
-- The state of Ada's run, the number of its chunks, and the texts of the conversation.
CREATE FUNCTION state() RETURNS text LANGUAGE sql AS $$
    SELECT concat_ws(' | ', status, metadata, error, (SELECT count(*) FROM run_chunks WHERE run_id = r.id),
        (SELECT string_agg(content, ', ' ORDER BY created_at, id) FROM messages m
         WHERE m.conversation_id = r.conversation_id))
    FROM runs r WHERE id = md5('r ada')::uuid
$$;

SELECT no_plan();
CALL fill();
SET ROLE agentchat_test_user;
SELECT become('ada') \g /dev/null

-- Once.
SELECT is(finish_run(:ada, 'finished', answer('Hello'), metadata => '{"try": 2, "tokens": 7}')
        - 'finished_at' #- '{messages,0,created_at}',
    jsonb_build_object('run_id', :ada, 'message_id', md5('m ada')::uuid, 'status', 'finished', 'messages',
        jsonb_build_array(jsonb_build_object('id', md5('m ada')::uuid, 'given_id', md5('m ada')::uuid))),
    'finish_run() says what it wrote');
SELECT is(state(), 'finished | {"try": 2, "model": "a", "tokens": 7} | 0 | Hello',
    '... it marks the run, adds the metadata, deletes the chunks and writes the answer');
SELECT is((SELECT finish_run(:ada, 'finished') ->> 'finished_at'),
    (SELECT to_char(finished_at, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') FROM runs WHERE id = :ada),
    'a repeat has the time of the first call');
SELECT xmin AS before FROM runs WHERE id = :ada \gset
SELECT is(finish_run(:ada, 'finished', answer('Other'), error => '1',
    metadata => '{"try": 3}') -> 'messages', '[]',
    '... and no messages');
SELECT is(xmin, (:'before')::xid, '... it does not write the row of the run') FROM runs WHERE id = :ada;
SELECT is(state(), 'finished | {"try": 2, "model": "a", "tokens": 7} | 0 | Hello', '... nothing changed');
SELECT is(error_of(format('SELECT finish_run(%L, %L)', :ada, status)),
    format('PT409 run is over | Run %s is finished. | Start another run with start_run().', :ada),
    'another status: ' || status)
FROM unnest('{failed,stopped}'::text[]) status;
SELECT is((SELECT count(*) FROM runs WHERE status = 'running'), 0::bigint,
    'the conversation has no running run');
SELECT is(start_run(:trip) ->> 'status', 'running', '... and may start another');

-- Each status; messages in any format, or none.
RESET ROLE;
CALL fill();
SET ROLE agentchat_test_user;
SELECT is(finish_run(:ada, 'stopped') -> 'messages', '[]', 'a run ends without messages');
SELECT is(state(), 'stopped | {"try": 1, "model": "a"} | 0', '... its metadata stays');
RESET ROLE;
CALL fill();
SET ROLE agentchat_test_user;
SELECT is(finish_run(:ada, 'failed', '[]', error => '{"message": "overloaded"}',
    metadata => '{}') -> 'messages', '[]',
    '... or with an empty array');
SELECT is(state(), 'failed | {"try": 1, "model": "a"} | {"message": "overloaded"} | 0',
    '... and keeps the error');
SELECT is(finish_run(:ada, 'failed', answer('Late'), error => '{}') -> 'messages', '[]',
    'a failed run without chunks ends once, too');
SELECT is(state(), 'failed | {"try": 1, "model": "a"} | {"message": "overloaded"} | 0',
    '... nothing changed');
RESET ROLE;
CALL fill();
UPDATE runs SET metadata = NULL;
SET ROLE agentchat_test_user;
-- Messages of the format rows may look the same. The functions in SQL do not read those of OpenAI.
SELECT CASE WHEN :'is_sql'::bool THEN 'rows' ELSE 'openai' END AS format \gset
SELECT is(jsonb_array_length(finish_run(:ada, 'finished',
        '[{"role": "assistant", "content": "One"}, {"role": "user", "content": "Two"}]', :'format',
        metadata => '{"a": 1}') -> 'messages'), 2, 'messages in the format ' || :'format');
SELECT is(state(), 'finished | {"a": 1} | 0 | One, Two', '... are written in their order');

-- The answer of a writer that died.
RESET ROLE;
CALL fill();
UPDATE runs SET status = 'failed', finished_at = '2026-01-05', error = '{"message": "silent"}'
    WHERE id = :ada;
SET ROLE agentchat_test_user;
SELECT is(error_of(format('SELECT finish_run(%L, %L, %L)', :ada, status, answer('Part'))),
    format('PT409 run is over | Run %s is failed. | Start another run with start_run().', :ada),
    'the run of a silent writer does not become ' || status)
FROM unnest('{finished,stopped}'::text[]) status;
SELECT is((SELECT array_agg(seq) FROM run_chunks WHERE run_id = :ada), '{1,2,3}', '... its chunks stay');
SELECT is(recover_run(:trip) ->> 'run_id', (:ada)::text, 'recover_run() names it');
SELECT is(finish_run(:ada, 'failed', answer('Part'), metadata => '{"recovered": true}') ->> 'finished_at',
    '2026-01-05T00:00:00.000000Z', 'it is ended again with the status failed, and keeps its time');
SELECT is(state(), 'failed | {"try": 1, "model": "a", "recovered": true} | {"message": "silent"} | 0 | Part',
    '... the answer is saved, and the error stays');
SELECT is(finish_run(:ada, 'failed', answer('Other')) -> 'messages', '[]', '... once');
SELECT is(state(), 'failed | {"try": 1, "model": "a", "recovered": true} | {"message": "silent"} | 0 | Part',
    '... nothing changed');
SELECT is(recover_run(:trip), '{"status": "none"}', 'recover_run() has no more to do');

-- Taken over: the first writer comes back.
RESET ROLE;
CALL fill();
ALTER TABLE runs DISABLE TRIGGER USER;
ALTER TABLE run_chunks DISABLE TRIGGER USER;
UPDATE runs SET started_at = started_at - interval '1 hour';
UPDATE run_chunks SET created_at = created_at - interval '1 hour';
ALTER TABLE runs ENABLE TRIGGER USER;
ALTER TABLE run_chunks ENABLE TRIGGER USER;
SET ROLE agentchat_test_user;
SELECT is(start_run(:trip) -> 'taken_over' ->> 'run_id', (:ada)::text, 'a silent run is taken over');
SELECT is(error_of(format('SELECT finish_run(%L, %L, %L)', :ada, 'finished', answer('Late'))),
    format('PT409 run is over | Run %s is failed. | Start another run with start_run().', :ada),
    '... its writer cannot finish it any more');
SELECT is((SELECT count(*) FROM messages), 0::bigint, '... nothing was written');
SELECT is((SELECT count(*) FROM runs WHERE status = 'running'), 1::bigint, '... and the new run goes on');

-- All or nothing.
RESET ROLE;
CALL fill();
SET ROLE agentchat_test_user;
INSERT INTO messages (id, conversation_id, role, content) VALUES (md5('other')::uuid, :trip, 'user', 'Hi');
RESET ROLE;
INSERT INTO messages (id, conversation_id, role, content) VALUES (md5('bob''s')::uuid, md5('c bob')::uuid,
    'user', 'Hi');
SET ROLE agentchat_test_user;
SELECT is(error_of(format('SELECT finish_run(%L, %L, %L)', :ada, 'finished',
        answer('Hello') || jsonb_build_object('id', md5('bob''s')::uuid, 'role', 'user', 'parts',
            '[]'::jsonb))),
    format('PT409 message belongs to another conversation | messages[1].id is "%s". | '
           'Nothing was written. Give the message another id, or none.', md5('bob''s')::uuid),
               'a message of another conversation');
SELECT is(state(), 'running | {"try": 1, "model": "a"} | 3 | Hi', '... nothing was written');

-- Errors.
SELECT is(error_of(format('SELECT finish_run(%L, %s, %L, %L, metadata => %L)', :ada, status, messages,
    format, metadata)),
    error, name)
FROM (VALUES
    ('no status', 'NULL', NULL, 'ai-sdk', NULL,
        '22004 an argument must not be NULL | The argument is status.'),
    ('the status running', '''running''', NULL, 'ai-sdk', NULL,
        '22023 unknown status of a run that is over | The value is "running". | '
        'Use finished, failed or stopped.'),
    ('an unknown status', '''Finished''', NULL, 'ai-sdk', NULL,
        '22023 unknown status of a run that is over | The value is "Finished". | '
        'Use finished, failed or stopped.'),
    ('metadata', '''finished''', NULL, 'ai-sdk', '[]',
        '22023 metadata must be a JSON object | Wrap the value in an object.'),
    ('a message that is not an object', '''finished''', '[1]', 'ai-sdk', NULL,
        '22023 message does not match its format | messages[0] must be an object. | Nothing was written. '
        'Correct the message, and send all messages again.'))
    t (name, status, messages, format, metadata, error);
SELECT is(left(error_of(format('SELECT finish_run(%L, %L, %L, %L)', :ada, 'finished', '[]', 'none')), 5),
    '22023',
    'an unknown format');
SELECT is(error_of('SELECT finish_run(NULL, ''finished'')'),
    '22004 an argument must not be NULL | The argument is run_id.',
    'no run');
SELECT is(error_of(format('SELECT finish_run(%L, %L)', run, 'finished')),
    format('PT404 run not found | Run %s does not exist, or the caller may not see it. | '
           'Start a run with start_run().', run), 'the run of ' || name)
FROM (VALUES ('another user', :bob), ('nobody', md5('none')::uuid)) t (name, run);
SELECT become('') \g /dev/null
SELECT is(left(error_of(format('SELECT finish_run(%L, %L)', :ada, 'finished')), 5), 'PT404',
    'a caller who is not signed in has no run');
SELECT become('ada') \g /dev/null
SELECT is(state(), 'running | {"try": 1, "model": "a"} | 3 | Hi', 'nothing of these was written');

-- Isolation levels.
SELECT is(finish_run(:ada, 'finished') ->> 'status', 'finished', 'the run ends after the errors');
RESET ROLE;
CALL fill();
SET ROLE agentchat_test_user;
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT is(append_chunks(:ada, '[{}, {}]', 3), '{"next_seq": 5, "stop_requested": false}',
    'serializable: append');
SELECT is(read_chunks(:trip) ->> 'next', '4', '... read');
SELECT is(finish_run(:ada, 'finished', answer('Hello')) ->> 'status', 'finished', '... finish');
SELECT is(read_chunks(:trip), '{"status": "none"}', '... and read again');
COMMIT;
SELECT is(state(), 'finished | {"try": 1, "model": "a"} | 0 | Hello', '... in one transaction');

-- The cascade, and the feature off.
RESET ROLE;
CALL fill();
SET ROLE agentchat_test_user;
DELETE FROM conversations WHERE id = :trip;
SELECT is((SELECT count(*) FROM runs), 0::bigint, 'runs go with their conversation');
RESET ROLE;
SELECT is((SELECT count(*) FROM run_chunks WHERE run_id = :ada), 0::bigint, '... with their chunks');
SELECT is(left(error_of(format('SELECT finish_run(%L, %L)', :ada, 'finished')), 5), 'PT404',
    '... finish_run() finds none');
DROP TRIGGER agentchat_protect_run ON runs;
SELECT is(left(error_of(format('SELECT finish_run(%L, %L)', :bob, 'finished')), 29),
    '0A000 the feature runs is off', 'off');

SELECT finish();
