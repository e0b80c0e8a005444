-- append_chunks() writes the chunks of a run, once each, and read_chunks() returns them.
\ir ../lib/agentchat.sql
SELECT * FROM agentchat.enable('runs') \g /dev/null
\ir ../lib/api_user.sql
\ir ../lib/error_of.sql

INSERT INTO conversations (id, user_id, title)
SELECT md5('c ' || u)::uuid, md5(u)::uuid, u FROM unnest('{ada,bob}'::text[]) u;
CREATE PROCEDURE fill() LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM runs;
    INSERT INTO runs (id, conversation_id, message_id)
    SELECT md5('r ' || u)::uuid, md5('c ' || u)::uuid, md5('m ' || u)::uuid
    FROM unnest('{ada,bob}'::text[]) u;
END $$;
\set ada 'md5(''r ada'')::uuid'
\set bob 'md5(''r bob'')::uuid'
\set trip 'md5(''c ada'')::uuid'

-- Chunks n, n + 1, ... of a run.
CREATE FUNCTION chunks(first bigint, count bigint) RETURNS jsonb LANGUAGE sql AS $$
    SELECT coalesce(jsonb_agg(jsonb_build_object('type', 'text-delta', 'id', '1', 'delta', 'word ' || n)
            ORDER BY n), '[]')
    FROM generate_series(first, first + count - 1) n
$$;
-- The stored chunks of a run, as one array.
CREATE FUNCTION stored(run uuid) RETURNS jsonb LANGUAGE sql AS $$
    SELECT coalesce(jsonb_agg(chunk ORDER BY seq), '[]') FROM run_chunks WHERE run_id = run
$$;
-- What read_chunks() returns, but for the time.
CREATE FUNCTION seen(conversation uuid, run uuid DEFAULT NULL, after int DEFAULT 0, max int DEFAULT 1000)
RETURNS jsonb LANGUAGE sql AS $$
    SELECT read_chunks(conversation, run, after, max) - '{run_id,message_id,idle_ms}'::text[]
$$;

SELECT no_plan();
SET ROLE agentchat_test_user;
SELECT become('ada') \g /dev/null
RESET ROLE;
CALL fill();
SET ROLE agentchat_test_user;

-- Appending.
SELECT is(append_chunks(:ada, chunks(1, 3), 1), '{"next_seq": 4, "stop_requested": false}',
    'the first chunks');
SELECT is(append_chunks(:ada, chunks(4, 1) -> 0, 4), '{"next_seq": 5, "stop_requested": false}',
    'an object is one chunk');
SELECT is(stored(:ada), chunks(1, 4), '... they are stored as they are');
SELECT is(append_chunks(:ada, chunks(1, 3), 1), '{"next_seq": 5, "stop_requested": false}',
    'the same chunks again are no error');
SELECT is(append_chunks(:ada, chunks(3, 4), 3), '{"next_seq": 7, "stop_requested": false}',
    'an overlap is written from where it is new');
SELECT is(append_chunks(:ada, '[]', 1), '{"next_seq": 7, "stop_requested": false}',
    'an empty array asks for the next number');
SELECT is(append_chunks(:ada, '[]', 99), '{"next_seq": 7, "stop_requested": false}', '... at any place');
SELECT is(stored(:ada), chunks(1, 6), 'each chunk is written once, in its order');
SELECT is((SELECT array_agg(seq ORDER BY seq) FROM run_chunks WHERE run_id = :ada), '{1,2,3,4,5,6}',
    '... with its number');

-- Errors.
SELECT is(error_of(format('SELECT append_chunks(%L, %L, %s)', :ada, chunks, from_seq)), error, name)
FROM (VALUES
    ('a gap', chunks(8, 2), '8',
        '22023 chunks are missing | from_seq is 8, and the next chunk of the run is 7. | '
        'Nothing was written. Send the chunks from next_seq on.'),
    ('no number', chunks(5, 2), 'NULL', '22004 an argument must not be NULL | The argument is from_seq.'),
    ('no chunks', NULL, '7', '22004 an argument must not be NULL | The argument is chunks.'),
    ('a number before the first', chunks(1, 1), '0',
        '22023 from_seq must be at least 1 | The value is 0. | The first chunk of a run has the number 1.'),
    ('a chunk that is not an object', '[{}, [], {}]', '7',
        '22023 a chunk must be a JSON object | chunks[1] is not an object. | Nothing was written.'),
    ('JSON null', 'null', '7',
        '22023 a chunk must be a JSON object | chunks is neither an array nor an object. | '
        'Nothing was written.'),
    ('a string', '"a"', '7',
        '22023 a chunk must be a JSON object | chunks is neither an array nor an object. | '
        'Nothing was written.'),
    ('numbers that do not fit', chunks(1, 3), '2147483646',
        '22023 the run has too many chunks | '
        'The number of the last chunk would be greater than 2147483647. | '
        'Nothing was written.')) t (name, chunks, from_seq, error);
SELECT is(error_of(format('SELECT append_chunks(%L, %L, 6)', :ada, chunks(5, 2))),
    format('PT409 chunk differs from the stored one | Run %s already has another chunk 6. | '
           'Nothing was written. Only one writer may append to a run.', :ada), 'another chunk with a number');
SELECT is(error_of(format('SELECT append_chunks(NULL, %L, 1)', '[]')),
    '22004 an argument must not be NULL | The argument is run_id.', 'no run');
SELECT is(error_of(format('SELECT append_chunks(%L, %L, 1)', r, '[{}]')),
    format('PT404 run not found | Run %s does not exist, or the caller may not see it. | '
           'Start a run with start_run().', r), 'the run of ' || name)
FROM (VALUES ('another user', :bob), ('nobody', md5('none')::uuid)) t (name, r);
SELECT is(stored(:ada), chunks(1, 6), 'nothing of these was written');

-- Reading.
SELECT is(read_chunks(:trip) - 'idle_ms' , jsonb_build_object('run_id', :ada, 'message_id',
    md5('m ada')::uuid,
    'status', 'running', 'stop_requested', false, 'chunks', chunks(1, 6), 'next', 6, 'has_more', false),
    'read_chunks() returns the running run');
SELECT is(read_chunks(md5('c ada')) - 'idle_ms', read_chunks(:trip) - 'idle_ms', '... by the name, too');
SELECT is(read_chunks(:trip, :ada) - 'idle_ms', read_chunks(:trip) - 'idle_ms',
    '... by the id of the run, too');
SELECT is(read_chunks(:trip, after => NULL, max => NULL) - 'idle_ms', read_chunks(:trip) - 'idle_ms',
    'NULL stands for the default');
SELECT is(seen(:trip, after => after, max => max),
    jsonb_build_object('status', 'running', 'stop_requested', false, 'chunks', chunks(after::bigint + 1,
        count),
        'next', after::bigint + count, 'has_more', has_more),
    format('after %s, at most %s', after, max))
FROM (VALUES (0, 6, 6, false), (0, 5, 5, true), (2, 3, 3, true), (2, 4, 4, false), (6, 10, 0, false),
    (7, 10, 0, false), (2147483647, 2147483647, 0, false), (0, 0, 0, true), (6, 0, 0, false), (7, 0, 0,
        false))
    t (after, max, count, has_more);
SELECT is(read_chunks(conversation, run), '{"status": "none"}', name)
FROM (VALUES ('a conversation without a run', md5('c none')::uuid, NULL::uuid),
    ('another user''s', md5('c bob')::uuid, NULL),
    ('another user''s run', md5('c bob')::uuid, :bob),
    ('another user''s run in the own conversation', :trip, :bob),
    ('a run that does not exist', :trip, md5('none')::uuid)) t (name, conversation, run);
SELECT is(error_of('SELECT read_chunks(NULL::uuid)'),
    '22004 an argument must not be NULL | The argument is conversation_id.', 'no conversation');
SELECT is(error_of(format('SELECT read_chunks(%L::uuid, after => -1)', :trip)),
    '22023 after must not be negative | The value is -1.', 'a negative number');
SELECT is(error_of(format('SELECT read_chunks(%L::uuid, max => -1)', :trip)),
    '22023 max must not be negative | The value is -1.', 'a negative max');
SELECT become('') \g /dev/null
SELECT is(read_chunks(:trip), '{"status": "none"}', 'a caller who is not signed in sees no run');
SELECT is(error_of(format('SELECT append_chunks(%L, %L, 1)', :ada, '[{}]')),
    format('PT404 run not found | Run %s does not exist, or the caller may not see it. | '
           'Start a run with start_run().', :ada), '... and cannot append');
SELECT become('ada') \g /dev/null

-- Signs of life.
RESET ROLE;
ALTER TABLE runs DISABLE TRIGGER USER;
ALTER TABLE run_chunks DISABLE TRIGGER USER;
UPDATE runs SET started_at = started_at - interval '1 hour' WHERE id = :ada;
UPDATE run_chunks SET created_at = created_at - interval '10 s' * (7 - seq) WHERE run_id = :ada;
CREATE FUNCTION idle(after int, max int DEFAULT 1000) RETURNS int LANGUAGE sql AS $$
    SELECT (read_chunks(md5('c ada')::uuid, after => after, max => max) ->> 'idle_ms')::int / 10000
$$;
SELECT is((SELECT array_agg(idle(after, max)) FROM unnest('{0,3,6,7}'::int[]) after,
    unnest('{0,2,1000}'::int[]) max),
    array_fill(1, ARRAY[12]),
        'the newest chunk tells how long the run has been silent, wherever the reader is');
UPDATE runs SET heartbeat_at = (now() AT TIME ZONE 'utc') - interval '5 s' WHERE id = :ada;
SELECT is(idle(0), 0, '... or the heartbeat, if it is later');
UPDATE runs SET heartbeat_at = NULL;
DELETE FROM run_chunks;
SELECT is(idle(0), 360, '... or the start');
SELECT is(idle(9), 360, '... for a reader that has more than there is, too');
UPDATE runs SET started_at = started_at + interval '2 hours' WHERE id = :ada;
SELECT is(read_chunks(:trip) ->> 'idle_ms', '0', '... and is never negative');
ALTER TABLE runs ENABLE TRIGGER USER;
ALTER TABLE run_chunks ENABLE TRIGGER USER;

-- Stop.
CALL fill();
UPDATE runs SET stop_requested_at = now() AT TIME ZONE 'utc';
SET ROLE agentchat_test_user;
SELECT is(append_chunks(:ada, '{}', 1), '{"next_seq": 2, "stop_requested": true}',
    'the writer is asked to stop');
SELECT is(append_chunks(:ada, '[]', 1), '{"next_seq": 2, "stop_requested": true}',
    '... without a chunk, too');
SELECT is(seen(:trip),
    '{"status": "running", "stop_requested": true, "chunks": [{}], "next": 1, "has_more": false}',
    '... and readers see it');

-- The end.
RESET ROLE;
UPDATE runs SET status = 'failed', finished_at = now() AT TIME ZONE 'utc';
SET ROLE agentchat_test_user;
SELECT is(error_of(format('SELECT append_chunks(%L, %L, 2)', :ada, '[{}]')),
    format('PT409 run is over | Run %s is failed. | Start another run with start_run().', :ada),
    'a run that is over takes no chunks');
SELECT is(error_of(format('SELECT append_chunks(%L, %L, 1)', :ada, '[]')),
    format('PT409 run is over | Run %s is failed. | Start another run with start_run().', :ada),
        '... nor an empty array');
SELECT is(read_chunks(:trip), '{"status": "none"}', 'it is not the running run');
SELECT is(read_chunks(:trip, :ada), jsonb_build_object('run_id', :ada, 'message_id', md5('m ada')::uuid,
    'status', 'failed', 'stop_requested', true, 'chunks', '[{}]'::jsonb, 'next', 1, 'has_more', false,
    'idle_ms', NULL), '... and can be read by its id');

-- Any chunk.
RESET ROLE;
CALL fill();
SET ROLE agentchat_test_user;
CREATE TEMP TABLE odd AS SELECT row_number() OVER () AS n, chunk FROM (VALUES
    ('{}'::jsonb),
    ('{"": ""}'),
    ('{"delta": "\ud83d\ude00 e\u0301 \u200d \u2028 \\ \" \u0001 \uffff"}'),
    ('{"delta": 1.00, "other": 1.0, "large": 123456789012345678901234567890.5, "small": 1e-30}'),
    ((SELECT jsonb_object_agg('key ' || i, i) FROM generate_series(1, 33) i)),
    ((SELECT jsonb_object_agg(i, jsonb_build_array(i, i::text, NULL, true)) FROM generate_series(1, 1000) i)),
    ((repeat('{"a": [', 1000) || repeat(']}', 1000))::jsonb),
    (jsonb_build_object('delta', repeat('0123456789', 1000000))),
    ('{"null": null, "true": true, "false": false, "array": [], "object": {}}')) t (chunk);
SELECT is(append_chunks(:ada, (SELECT jsonb_agg(chunk ORDER BY n) FROM odd), 1),
    '{"next_seq": 10, "stop_requested": false}',
    'odd chunks are written');
SELECT is(append_chunks(:ada, chunk, n::int), '{"next_seq": 10, "stop_requested": false}',
    format('chunk %s is the same when it is sent again', n)) FROM odd;
SELECT ok(append_chunks(:ada, (SELECT jsonb_agg(chunk ORDER BY n) FROM odd), 1) IS NOT NULL,
    '... all at once, too');
SELECT ok(read_chunks(:trip, after => n::int - 1, max => 1) -> 'chunks' = jsonb_build_array(chunk)
        AND (read_chunks(:trip, after => n::int - 1, max => 1) ->> 'chunks') = jsonb_build_array(chunk)::text,
    format('chunk %s is read as it was written', n)) FROM odd;
SELECT is(jsonb_array_length(read_chunks(:trip) -> 'chunks'), 8, 'a result ends after some megabytes');
SELECT is(read_chunks(:trip) ->> 'has_more', 'true', '... and says that the run has more');
SELECT is(read_chunks(:trip) ->> 'next', '8', '... and from where');
SELECT is(error_of(format('SELECT append_chunks(%L, %L, 4)', :ada,
    '{"delta": 1.0, "other": 1.0}')) ~ 'PT409', true,
    'another number of digits is another chunk');

-- A large batch.
RESET ROLE;
CALL fill();
SET ROLE agentchat_test_user;
SELECT is(append_chunks(:ada, chunks(1, 20000), 1), '{"next_seq": 20001, "stop_requested": false}',
    '20,000 chunks at once');
SELECT is(append_chunks(:ada, chunks(9001, 20000), 9001), '{"next_seq": 29001, "stop_requested": false}',
    '... and 9,000 more');
SELECT ok(stored(:ada) = chunks(1, 29000), '... are stored');
SELECT ok(read_chunks(:trip, max => 100000) -> 'chunks' = chunks(1, 29000), '... and read');

-- Plans. A table that was empty when it was last analysed looks as if reading all of it were cheapest.
RESET ROLE;
CALL fill();
DELETE FROM run_chunks;
VACUUM ANALYZE run_chunks;
CREATE FUNCTION seq_scans() RETURNS bigint LANGUAGE sql VOLATILE AS $$
    SELECT sum(seq_scan)::bigint FROM pg_stat_xact_user_tables WHERE relname = 'run_chunks'
$$;
SET ROLE agentchat_test_user;
BEGIN;
SELECT seq_scans() AS before \gset
SELECT append_chunks(:ada, chunks(1, 20), 1), append_chunks(:ada, chunks(5, 20), 5),
    read_chunks(:trip, after => 3), read_chunks(:trip, :ada), finish_run(:ada, 'finished') \g /dev/null
SELECT is(seq_scans(), :before::bigint, 'chunks are found by their index');
COMMIT;

-- Chunks that others have written.
RESET ROLE;
CALL fill();
INSERT INTO run_chunks (run_id, seq, chunk) VALUES (:ada, 1, '{}'), (:ada, 3, '{}'), (:ada, 2147483647, '{}');
SET ROLE agentchat_test_user;
SELECT is(append_chunks(:ada, '[]', 1), '{"next_seq": 2147483648, "stop_requested": false}',
    'the last number');
SELECT is(error_of(format('SELECT append_chunks(%L, %L, 1)', :ada, '[{}, {}, {}]')),
    format('PT409 chunk differs from the stored one | Run %s already has another chunk 2. | '
           'Nothing was written. Only one writer may append to a run.', :ada), 'a number that is skipped');
SELECT is(seen(:trip),
    '{"status": "running", "stop_requested": false, "chunks": [{}, {}, {}], "next": 2147483647,
    "has_more": false}', 'all are read');
RESET ROLE;
DELETE FROM runs WHERE id = :ada;
INSERT INTO runs (id, conversation_id) VALUES (:ada, :trip);
INSERT INTO run_chunks (run_id, seq, chunk) VALUES (:ada, 1, '"text"');
SELECT is(error_of(format('SELECT read_chunks(%L::uuid)', :trip)),
    '22023 a chunk must be a JSON object | Chunk 1 of the run is not an object. | '
    'Write chunks with append_chunks().',
    'a chunk that is not an object');

-- Read-only and off.
SELECT is(provolatile::text, 's', 'read_chunks() is stable') FROM pg_proc
    WHERE proname = 'read_chunks' LIMIT 1;
SET default_transaction_read_only = on;
SELECT is(read_chunks(:trip, max => 0) ->> 'status', 'running', '... and works in a read-only transaction');
SELECT is(error_of(format('SELECT append_chunks(%L, %L, 1)', :ada, '[]')) ~ '^25006', true,
    'append_chunks() does not');
RESET default_transaction_read_only;
DROP TRIGGER agentchat_protect_run ON runs;
SELECT is(left(error_of(statement), 30), '0A000 the feature runs is off ', statement)
FROM unnest(ARRAY[format('SELECT append_chunks(%L, %L, 1)', :ada, '[]'),
    format('SELECT read_chunks(%L::uuid)', :trip)])
    statement;

SELECT finish();
