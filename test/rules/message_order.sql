-- Messages come back in the order in which they were written, by created_at and id, whatever times their
-- writers give.
\ir ../lib/agentchat.sql
SET TimeZone = 'America/New_York';

INSERT INTO users (email) VALUES ('ada@example.com');

-- Returns falling ids: two messages with the same time come back in the wrong order.
CREATE SEQUENCE falling;
CREATE FUNCTION falling_id() RETURNS uuid LANGUAGE sql SECURITY DEFINER SET search_path = public AS
$$ SELECT lpad(to_hex(x'ffffffffffff'::bigint - nextval('falling')), 32, '0')::uuid $$;
ALTER TABLE messages ALTER id SET DEFAULT falling_id();

-- key() returns the id of a conversation. c() also creates the conversation when it is first named.
CREATE FUNCTION key(title text) RETURNS uuid LANGUAGE sql IMMUTABLE AS 'SELECT md5(title)::uuid';
CREATE FUNCTION c(title text) RETURNS uuid LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO conversations (id, user_id, title)
    SELECT key(c.title), id, c.title FROM users ON CONFLICT DO NOTHING;
    RETURN key(title);
END $$;

-- Writes a message, at a given time or none, optionally with an id made of title and content.
CREATE PROCEDURE say(title text, content text, given timestamp DEFAULT NULL, by_name boolean DEFAULT false)
LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('INSERT INTO messages (id, conversation_id, role, content, created_at)
        VALUES (%s, %L, %L, %L, %s)',
                   CASE WHEN by_name THEN format('md5(%L)::uuid', title || content) ELSE 'DEFAULT' END,
                   c(title), 'user', content, coalesce(quote_literal(given), 'DEFAULT'));
END $$;

CREATE FUNCTION contents(title text) RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(m.content, ' ' ORDER BY m.created_at, m.id)
    FROM messages m WHERE m.conversation_id = key(title)
$$;

CREATE FUNCTION times(title text) RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(m.created_at::text, ', ' ORDER BY m.created_at, m.id) FROM messages m
    WHERE m.conversation_id = key(title)
$$;

-- Tests that a conversation has the messages 1 to n, in that order and with different times.
CREATE FUNCTION as_written(title text, count int, name text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    problem text;
BEGIN
    WITH placed AS (
        SELECT m.content, m.created_at, row_number() OVER w AS place, lag(m.created_at) OVER w AS before
        FROM messages m WHERE m.conversation_id = key(title) WINDOW w AS (ORDER BY m.created_at, m.id))
    SELECT CASE WHEN count(*) <> as_written.count THEN count(*) || ' messages'
                ELSE min(format('in place %s is %s at %s after %s', place, content, created_at, before))
                     FILTER (WHERE content <> place::text OR created_at <= before) END
    INTO problem FROM placed;
    RETURN is(problem, NULL, name);
END $$;

SELECT plan(138);

-- Written in one statement.

INSERT INTO messages (id, conversation_id, role, content, created_at)
SELECT gen_random_uuid(), c('same time'), 'user', n, '2026-01-05 09:00' FROM generate_series(1, 1000) n;
SELECT as_written('same time', 1000, '1,000 in one INSERT with the same created_at and random ids');
SELECT is(max(created_at), '2026-01-05 09:00:00.000999', '... a microsecond apart')
FROM messages WHERE conversation_id = key('same time');
SELECT results_eq(
    $$SELECT n FROM jsonb_path_query(get_conversation(key('same time')), '$.messages[*].content') n$$,
    $$SELECT to_jsonb(n::text)
      FROM generate_series(1, 1000) n$$, '... get_conversation returns them in that order');

INSERT INTO messages (id, conversation_id, role, content)
SELECT gen_random_uuid(), c('no time'), 'user', n FROM generate_series(1, 1000) n;
SELECT as_written('no time', 1000, '1,000 in one INSERT with no created_at');

INSERT INTO messages (conversation_id, role, content)
VALUES (c('values'), 'user', 1), (c('values'), 'assistant', 2), (c('values'), 'user', 3),
    (c('values'), 'assistant', 4);
SELECT as_written('values', 4, 'a list of values');

INSERT INTO messages (conversation_id, role, content)
SELECT conversation_id, role, content::int + 4 FROM messages WHERE conversation_id = key('values')
ORDER BY created_at, id;
SELECT as_written('values', 8, 'copied from the conversation itself');

MERGE INTO messages USING generate_series(1, 100) n ON false
WHEN NOT MATCHED THEN INSERT (conversation_id, role, content) VALUES (c('merge'), 'user', n);
SELECT as_written('merge', 100, 'by MERGE');

SELECT c('copy') AS conversation \gset
\setenv conversation :conversation
\copy messages (conversation_id, role, content) from program 'seq -f "$conversation,user,%g" 1000' csv
SELECT as_written('copy', 1000, 'by COPY');
\set row :conversation ',user,%g,2100-01-05 09:00:00.123'
\setenv row :row
\copy messages (conversation_id, role, content, created_at) from program 'seq -f "$row" 1001 2000' csv
SELECT as_written('copy', 2000, 'by COPY with the same time');

-- As PostgREST 12 sends the rows of a request, without a time and with those of JavaScript.
PREPARE post(json) AS
WITH pgrst_source AS (
    INSERT INTO public.messages (content, conversation_id, role)
    SELECT pgrst_body.content, pgrst_body.conversation_id, pgrst_body.role
    FROM (SELECT $1 AS json_data) pgrst_payload,
        LATERAL (SELECT CASE WHEN json_typeof(pgrst_payload.json_data) = 'array' THEN pgrst_payload.json_data
                             ELSE json_build_array(pgrst_payload.json_data) END AS val) pgrst_uniform_json,
        LATERAL (SELECT content, conversation_id, role FROM json_to_recordset(pgrst_uniform_json.val)
                     AS _(content text, conversation_id uuid, role text)) pgrst_body
    RETURNING public.messages.id)
SELECT count(*) FROM pgrst_source;
PREPARE post_with_times(json) AS
WITH pgrst_source AS (
    INSERT INTO public.messages (content, conversation_id, created_at, role)
    SELECT pgrst_body.content, pgrst_body.conversation_id, pgrst_body.created_at, pgrst_body.role
    FROM (SELECT $1 AS json_data) pgrst_payload,
        LATERAL (SELECT CASE WHEN json_typeof(pgrst_payload.json_data) = 'array' THEN pgrst_payload.json_data
                             ELSE json_build_array(pgrst_payload.json_data) END AS val) pgrst_uniform_json,
        LATERAL (SELECT content, conversation_id, created_at, role
            FROM json_to_recordset(pgrst_uniform_json.val)
                     AS _(content text, conversation_id uuid, created_at timestamp, role text)) pgrst_body
    RETURNING public.messages.id)
SELECT count(*) FROM pgrst_source;

SELECT json_agg(json_build_object('conversation_id', c('rest'), 'role', 'user', 'content', n)) AS body
FROM generate_series(1, 200) n \gset
EXECUTE post(:'body') \g /dev/null
SELECT as_written('rest', 200, 'by PostgREST');
SELECT json_agg(json_build_object('conversation_id', c('rest'), 'role', 'user', 'content', n,
    'created_at',
    to_char(now() AT TIME ZONE 'utc' + n / 100 * interval '1 ms', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))) AS body
FROM generate_series(201, 400) n \gset
EXECUTE post_with_times(:'body') \g /dev/null
SELECT as_written('rest', 400, '... with the times of JavaScript');

-- More messages than a millisecond has microseconds.
INSERT INTO messages (conversation_id, role, content, created_at)
SELECT c('full ms'), 'user', n, '2026-01-05 09:00:00.001' FROM generate_series(1, 1500) n;
INSERT INTO messages (conversation_id, role, content, created_at)
SELECT c('full ms'), 'user', n, '2026-01-05 09:00:00.002' FROM generate_series(1501, 3000) n;
SELECT as_written('full ms', 3000, '1,500 in one millisecond, then 1,500 in the next');
BEGIN;
INSERT INTO messages (conversation_id, role, content, created_at)
SELECT c('full ms 2'), 'user', n, '2026-01-05 09:00:00.001' FROM generate_series(1, 1500) n;
INSERT INTO messages (conversation_id, role, content, created_at)
SELECT c('full ms 2'), 'user', n, '2026-01-05 09:00:00.002' FROM generate_series(1501, 3000) n;
COMMIT;
SELECT as_written('full ms 2', 3000, '... in a transaction');
INSERT INTO messages (conversation_id, role, content, created_at)
SELECT c('full ms 3'), 'user', n, timestamp '2026-01-05 09:00' + (n - 1) / 1500 * interval '1 ms'
FROM generate_series(1, 6000) n;
SELECT as_written('full ms 3', 6000, '... in a statement, twice as many');

-- Written in several statements.

BEGIN;
SELECT format('INSERT INTO messages (conversation_id, role, content) VALUES (%L, %L, %s)', c('transaction'),
    'user', n)
FROM generate_series(1, 50) n \gexec
COMMIT;
SELECT as_written('transaction', 50, 'one by one in a transaction');
SELECT format('INSERT INTO messages (conversation_id, role, content) VALUES (%L, %L, %s)', c('transaction'),
    'user', n)
FROM generate_series(51, 100) n \gexec
SELECT as_written('transaction', 100, '... in a transaction each');

DO $$
BEGIN
    FOR n IN 1..500 LOOP
        CALL say('loop', n::text);
    END LOOP;
END $$;
SELECT as_written('loop', 500, 'one by one in a DO block');
DO $$
BEGIN
    FOR n IN 501..1000 LOOP
        CALL say('loop', n::text, date_trunc('milliseconds', clock_timestamp() AT TIME ZONE 'utc'));
    END LOOP;
END $$;
SELECT as_written('loop', 1000, '... with the times of JavaScript');
DO $$
BEGIN
    FOR n IN 1001..1500 LOOP
        CALL say('loop', n::text,
                 CASE WHEN n % 3 > 0 THEN date_trunc('milliseconds',
                     clock_timestamp() AT TIME ZONE 'utc') END);
    END LOOP;
END $$;
SELECT as_written('loop', 1500, '... with and without a time');
DO $$
BEGIN
    FOR n IN 1..500 LOOP
        CALL say('commits', n::text, date_trunc('milliseconds', clock_timestamp() AT TIME ZONE 'utc'));
        COMMIT;
    END LOOP;
END $$;
SELECT as_written('commits', 500, '... in a transaction each');

-- A transaction of more than a millisecond, with times of the application's clock.
BEGIN;
CALL say('clock', '1');
SELECT pg_sleep(0.005) \g /dev/null
CALL say('clock', '2', date_trunc('milliseconds', clock_timestamp() AT TIME ZONE 'utc'));
CALL say('clock', '3');
SELECT pg_sleep(0.005) \g /dev/null
CALL say('clock', '4', date_trunc('milliseconds', clock_timestamp() AT TIME ZONE 'utc'));
CALL say('clock', '5', clock_timestamp() AT TIME ZONE 'utc');
CALL say('clock', '6');
COMMIT;
SELECT as_written('clock', 6, 'the times of the application and the transaction in turns');
BEGIN;
CALL say('same clock', '1');
CALL say('same clock', '2', date_trunc('milliseconds', now() AT TIME ZONE 'utc'));
CALL say('same clock', '3');
CALL say('same clock', '4', date_trunc('milliseconds', now() AT TIME ZONE 'utc'));
COMMIT;
SELECT as_written('same clock', 4, '... in one millisecond');

INSERT INTO messages (conversation_id, role, content)
SELECT c('ten ' || n % 10), 'user', n / 10 + 1 FROM generate_series(0, 999) n;
SELECT is(count(*), 0::bigint, 'interleaved over 10 conversations in one INSERT') FROM (
    SELECT content, row_number() OVER (PARTITION BY conversation_id ORDER BY created_at, id) AS place
    FROM messages WHERE conversation_id IN (SELECT key('ten ' || n) FROM generate_series(0, 9) n)) m
WHERE content <> place::text;
BEGIN;
SELECT format('INSERT INTO messages (conversation_id, role, content, created_at) VALUES (%L, %L, %s, %s)',
    c('mixed ' || n % 10), 'user', n / 10 + 1,
    CASE WHEN n % 7 = 0 THEN 'now() AT TIME ZONE ''utc''' ELSE 'DEFAULT' END)
FROM generate_series(0, 299) n \gexec
COMMIT;
SELECT as_written('mixed ' || n, 30, 'interleaved over 10 conversations in one transaction: ' || n)
FROM generate_series(0, 9) n;

-- The clock was set back: existing messages are in the future.
CALL say('clock set back', '1', '2100-01-05 09:00');
CALL say('clock set back', '2');
CALL say('clock set back', '3');
INSERT INTO messages (conversation_id, role, content)
SELECT c('clock set back'), 'user', n FROM generate_series(4, 100) n;
SELECT as_written('clock set back', 100, 'after the clock was set back');

-- Existing messages.

-- A conversation of ten messages of one transaction.
CREATE PROCEDURE ten(title text) LANGUAGE plpgsql AS $$
BEGIN
    FOR n IN 1..10 LOOP
        CALL say(title, n::text, by_name => true);
    END LOOP;
END $$;
CREATE FUNCTION m(title text, content text) RETURNS uuid LANGUAGE sql AS 'SELECT md5(title || content)::uuid';
-- As JavaScript reads it.
CREATE FUNCTION read_time(message uuid) RETURNS timestamp LANGUAGE sql AS
$$ SELECT date_trunc('milliseconds', created_at) FROM messages WHERE id = message $$;

CALL ten('upsert');
SELECT times('upsert') AS times \gset
INSERT INTO messages (id, conversation_id, role, content, created_at)
VALUES (m('upsert', '3'), c('upsert'), 'user', '3', read_time(m('upsert', '3')))
ON CONFLICT (id) DO UPDATE SET content = excluded.content, created_at = excluded.created_at;
SELECT as_written('upsert', 10, 'an upsert of an older message with its own time');
SELECT is(times('upsert'), :'times', '... keeps the times');
INSERT INTO messages (id, conversation_id, role, content, created_at)
SELECT id, conversation_id, role, content, date_trunc('milliseconds', created_at)
FROM messages WHERE conversation_id = key('upsert') ORDER BY id
ON CONFLICT (id) DO UPDATE SET id = excluded.id, conversation_id = excluded.conversation_id,
    role = excluded.role, content = excluded.content, created_at = excluded.created_at;
SELECT is(times('upsert'), :'times', 'an upsert of all in another order');
SELECT as_written('upsert', 10, '... keeps their times');
INSERT INTO messages (id, conversation_id, role, content)
VALUES (m('upsert', '3'), c('upsert'), 'user', '3'), (m('upsert', '1'), c('upsert'), 'user', '1')
ON CONFLICT (id) DO UPDATE SET content = excluded.content;
SELECT as_written('upsert', 10, 'an upsert without a time');
SELECT is(times('upsert'), :'times', '... keeps the times');
INSERT INTO messages (id, conversation_id, role, content, created_at)
SELECT id, conversation_id, role, content, date_trunc('milliseconds', created_at)
FROM messages WHERE conversation_id = key('upsert')
ON CONFLICT DO NOTHING;
SELECT is(times('upsert'), :'times', '... an upsert that does nothing, too');
MERGE INTO messages USING (SELECT m('upsert', '3') AS id, read_time(m('upsert', '3')) AS created_at) AS v
ON v.id = messages.id WHEN MATCHED THEN UPDATE SET created_at = v.created_at;
SELECT is(times('upsert'), :'times', '... MERGE, too');
UPDATE messages SET created_at = date_trunc('milliseconds', created_at), content = content
WHERE conversation_id = key('upsert');
SELECT is(times('upsert'), :'times', '... an UPDATE with the times that JavaScript read, too');
UPDATE messages SET created_at = created_at, content = content WHERE conversation_id = key('upsert');
SELECT is(times('upsert'), :'times', '... an UPDATE with the same times, too');

-- As PostgREST does it (Prefer: resolution=merge-duplicates), with old messages and new ones.
PREPARE merge(json) AS
WITH pgrst_source AS (
    INSERT INTO public.messages (content, conversation_id, created_at, id, role)
    SELECT pgrst_body.content, pgrst_body.conversation_id, pgrst_body.created_at, pgrst_body.id,
        pgrst_body.role
    FROM (SELECT $1 AS json_data) pgrst_payload,
        LATERAL (SELECT CASE WHEN json_typeof(pgrst_payload.json_data) = 'array' THEN pgrst_payload.json_data
                             ELSE json_build_array(pgrst_payload.json_data) END AS val) pgrst_uniform_json,
        LATERAL (SELECT content, conversation_id, created_at, id, role
            FROM json_to_recordset(pgrst_uniform_json.val)
                     AS _(content text, conversation_id uuid, created_at timestamp, id uuid,
                         role text)) pgrst_body
    ON CONFLICT (id) DO UPDATE SET content = EXCLUDED.content, conversation_id = EXCLUDED.conversation_id,
        created_at = EXCLUDED.created_at, id = EXCLUDED.id, role = EXCLUDED.role
    RETURNING public.messages.id)
SELECT count(*) FROM pgrst_source;
SELECT json_agg(json_build_object('conversation_id', c('upsert'), 'role', 'user', 'content', n, 'id',
    m('upsert', n::text),
    'created_at', to_char(coalesce((SELECT created_at FROM messages WHERE id = m('upsert', n::text)),
        (SELECT max(created_at) FROM messages WHERE conversation_id = key('upsert'))),
        'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))) AS body
FROM generate_series(1, 15) n \gset
EXECUTE merge(:'body') \g /dev/null
SELECT as_written('upsert', 15,
    'a merge by PostgREST of ten messages and five new ones in their millisecond');
SELECT is(left(times('upsert'), length(:'times')), :'times', '... keeps the times of the ten');

-- A stream that grows.
CALL ten('stream');
SELECT times('stream') AS times \gset
INSERT INTO messages (id, conversation_id, role, content, created_at)
SELECT m('stream', '10'), c('stream'), 'assistant', '10', read_time(m('stream', '10'))
ON CONFLICT (id) DO UPDATE SET content = excluded.content, created_at = excluded.created_at;
\g
\g
SELECT is(times('stream'), :'times', 'a stream that grew keeps the times');
CALL say('stream', '11', read_time(m('stream', '10')));
SELECT as_written('stream', 11, '... a later message in its millisecond comes later');

-- An existing message does not tell where the next one belongs.
DO $$
BEGIN
    FOR n IN 1..3 LOOP
        CALL say('upsert, then new', n::text, '2026-01-05 09:00', by_name => true);
    END LOOP;
END $$;
BEGIN;
INSERT INTO messages (id, conversation_id, role, content, created_at)
VALUES (m('upsert, then new', '1'), c('upsert, then new'), 'user', '1', '2026-01-05 09:00')
ON CONFLICT (id) DO UPDATE SET created_at = excluded.created_at;
CALL say('upsert, then new', '4', '2026-01-05 09:00');
INSERT INTO messages (id, conversation_id, role, content, created_at) VALUES
    (DEFAULT, c('upsert, then new'), 'user', '5', '2026-01-05 09:00'),
    (m('upsert, then new', '2'), c('upsert, then new'), 'user', '2', '2026-01-05 09:00'),
    (DEFAULT, c('upsert, then new'), 'user', '6', '2026-01-05 09:00')
ON CONFLICT (id) DO UPDATE SET created_at = excluded.created_at;
UPDATE messages SET created_at = '2026-01-05 09:00' WHERE id = m('upsert, then new', '3');
CALL say('upsert, then new', '7', '2026-01-05 09:00');
COMMIT;
SELECT as_written('upsert, then new', 7, 'new messages after and among upserted ones');

DO $$
BEGIN
    FOR n IN 1..2 LOOP
        CALL say('saved again', n::text, '2026-01-05 09:00', by_name => true);
    END LOOP;
END $$;
BEGIN;
INSERT INTO messages (id, conversation_id, role, content, created_at)
VALUES (m('saved again', '1'), key('saved again'), 'user', '1', '2026-01-05 10:00')
ON CONFLICT (id) DO UPDATE SET content = excluded.content;
CALL say('saved again', '3', '2026-01-05 09:00');
INSERT INTO messages (id, conversation_id, role, content, created_at)
VALUES (m('saved again', '2'), key('saved again'), 'user', '2', '2026-01-05 10:00') ON CONFLICT DO NOTHING;
CALL say('saved again', '4', '2026-01-05 09:00');
COMMIT;
SELECT as_written('saved again', 4,
    'new messages after one that is saved again with a later time, which it does not take');

-- Times that are different on purpose.

INSERT INTO messages (conversation_id, role, content, created_at)
SELECT c('backfill'), 'user', n, timestamp '2025-01-05 09:00:00.123456' + n * interval '7 microseconds'
FROM generate_series(1, 1000) n;
SELECT is(count(*), 1000::bigint, 'a backfill is kept to the microsecond') FROM messages
WHERE conversation_id = key('backfill')
  AND created_at = timestamp '2025-01-05 09:00:00.123456' + content::int * interval '7 microseconds';
INSERT INTO messages (conversation_id, role, content, created_at)
SELECT c('backfill'), 'user', n, timestamp '2025-01-05 09:00:00.123456' + n * interval '7 microseconds'
FROM generate_series(-2, -1000, -1) n;
SELECT is(count(*), 1999::bigint, '... from the latest to the earliest, too') FROM messages
WHERE conversation_id = key('backfill')
  AND created_at = timestamp '2025-01-05 09:00:00.123456' + content::int * interval '7 microseconds';
INSERT INTO messages (conversation_id, role, content, created_at)
SELECT c('backfill'), 'user', n, timestamp '2025-01-05 09:00:00.123456' + n * interval '7 microseconds'
FROM (SELECT n FROM generate_series(-2000, -1001) n ORDER BY md5(n::text)) n;
SELECT is(count(*), 2999::bigint, '... and in any order') FROM messages
WHERE conversation_id = key('backfill')
  AND created_at = timestamp '2025-01-05 09:00:00.123456' + content::int * interval '7 microseconds';
BEGIN;
CALL say('back and forth', '3');
CALL say('back and forth', '1', '2025-01-05 09:00:00.123456');
CALL say('back and forth', '2', '2025-01-05 09:00:00.123456');
CALL say('back and forth', '4');
COMMIT;
SELECT as_written('back and forth', 4, 'a backfill keeps its own order');
SELECT matches(times('back and forth'),
    '^2025-01-05 09:00:00.123456, 2025-01-05 09:00:00.123457, ',
    '... with its own times');

-- At past times that other messages have: after the last message with that time.
BEGIN;
CALL say('rules', '1', '2026-01-05 09:00:00.5');
CALL say('rules', '2', '2026-01-05 09:00:00.5');
CALL say('rules', '3', '2026-01-05 09:00:00.500001');
CALL say('rules', '4', '2026-01-05 09:00:00.500001');
CALL say('rules', '5', '2026-01-05 09:00:00.500004');
CALL say('rules', '6', '2026-01-05 09:00:00.500007');
CALL say('rules', '-', '2026-01-05 09:00:00.500006');
COMMIT;
SELECT is(times('rules'),
    concat_ws(', ', '2026-01-05 09:00:00.5', '2026-01-05 09:00:00.500001', '2026-01-05 09:00:00.500002',
    '2026-01-05 09:00:00.500003', '2026-01-05 09:00:00.500004', '2026-01-05 09:00:00.500006',
    '2026-01-05 09:00:00.500007'),
    'times later than the last are kept, and earlier ones, too');
SELECT is(contents('rules'), '1 2 3 4 5 - 6', '... there are no other messages');
-- The time of the newest message, cut to the millisecond, counts as the same time.
CALL say('rules', '-', '2026-01-05 09:00:00.499999');
SELECT is(contents('rules'), '- 1 2 3 4 5 - 6', 'a time before the millisecond of the newest is kept');
CALL say('rules', '7', '2026-01-05 09:00:00.5');
SELECT is(contents('rules'), '- 1 2 3 4 5 - 6 7', 'a time in the millisecond of the newest comes after it');

UPDATE messages
SET created_at = created_at + interval '1 day 1 microsecond' WHERE conversation_id = key('rules');
SELECT matches(times('rules'),
    '^2026-01-06 09:00:00.5, 2026-01-06 09:00:00.500001,.* 2026-01-06 09:00:00.500009$',
    'an UPDATE can give other times');
CALL ten('moved');
INSERT INTO messages (id, conversation_id, role, content, created_at)
VALUES (m('moved', '10'), c('moved'), 'user', '0', '2025-01-05 09:00:00.123456')
ON CONFLICT (id) DO UPDATE SET content = excluded.content, created_at = excluded.created_at;
SELECT is(contents('moved'), '0 1 2 3 4 5 6 7 8 9', '... so can an upsert');
SELECT matches(times('moved'), '^2025-01-05 09:00:00.123456,', '... to the microsecond');
SELECT c('elsewhere') \g /dev/null
UPDATE messages SET conversation_id = key('elsewhere') WHERE id = m('moved', '5');
SELECT is(created_at, (SELECT created_at - interval '1 microsecond' FROM messages WHERE id = m('moved', '6')),
    'a message that moves to another conversation keeps its time') FROM messages WHERE id = m('moved', '5');

-- Times before 2000, which PostgreSQL counts as negative.
BEGIN;
CALL say('negative', '2', '1999-12-31 23:59:59.123456', true);
CALL say('negative', '3', '1999-12-31 23:59:59.123456');
COMMIT;
INSERT INTO messages (id, conversation_id, role, content, created_at)
VALUES (m('negative', '2'), key('negative'), 'user', '2', '1999-12-31 23:59:59.123')
ON CONFLICT (id) DO UPDATE SET created_at = excluded.created_at;
UPDATE messages SET created_at = '1999-12-31 23:59:59.123' WHERE id = m('negative', '2');
CALL say('negative', '4', '1999-12-31 23:59:59.123');
CALL say('negative', '1', '1999-12-31 23:59:59.122999');
SELECT as_written('negative', 4, 'times before 2000 keep the order');
SELECT is(created_at,
    '1999-12-31 23:59:59.123456',
    '... a millisecond begins at the same point as after 2000')
FROM messages WHERE id = m('negative', '2');

-- No message is later than infinity or the last microsecond.
BEGIN;
CALL say('infinity', '1');
CALL say('infinity', '4', 'infinity', by_name => true);
CALL say('infinity', '2');
COMMIT;
CALL say('infinity', '3');
SELECT is(contents('infinity'), '1 2 3 4', 'messages after infinity come after the others');
SELECT matches(times('infinity'), ', infinity$', '... infinity is kept');
CALL say('infinity', '5', 'infinity');
SELECT matches(times('infinity'), '[0-9], infinity, infinity$', '... the second time, too');
UPDATE messages SET created_at = 'infinity', content = 'x' WHERE id = m('infinity', '4');
SELECT is(created_at, 'infinity', '... in an update') FROM messages WHERE id = m('infinity', '4');
INSERT INTO messages (id, conversation_id, role, content, created_at)
VALUES (m('infinity', '4'), c('infinity'), 'user', '4', 'infinity')
ON CONFLICT (id) DO UPDATE SET created_at = excluded.created_at;
SELECT is(created_at, 'infinity', '... in an upsert') FROM messages WHERE id = m('infinity', '4');
UPDATE messages SET created_at = '2100-01-05 09:00' WHERE id = m('infinity', '4');
SELECT is(created_at, '2100-01-05 09:00', '... until the message gets another time')
FROM messages WHERE id = m('infinity', '4');
BEGIN;
CALL say('given infinity', '1', '2026-01-05 09:00');
CALL say('given infinity', '3', 'infinity');
CALL say('given infinity', '2', '2026-01-05 09:00');
COMMIT;
SELECT is(times('given infinity'), '2026-01-05 09:00:00, 2026-01-05 09:00:00.000001, infinity',
    'a message after infinity comes after those before it');

CALL say('the beginning', '1', '-infinity');
CALL say('the beginning', '2', '-infinity');
CALL say('the beginning', '3', '4713-01-01 BC');
CALL say('the beginning', '4', '4713-01-01 BC');
SELECT is(times('the beginning'),
    '-infinity, -infinity, 4713-01-01 00:00:00 BC, 4713-01-01 00:00:00.000001 BC',
    'the order is kept at the beginning of time');
BEGIN;
CALL say('-infinity', '1', '-infinity');
CALL say('-infinity', '2', '-infinity');
CALL say('-infinity', '3');
CALL say('-infinity', '4', '-infinity');
CALL say('-infinity', '5');
COMMIT;
SELECT matches(times('-infinity'),
    '^-infinity, -infinity, -infinity, 2[^,]*, 2[^,]*$',
    '... in a transaction');

\set end '294276-12-31 23:59:59.999999'
CALL say('the end', '1', :'end');
CALL say('the end', '2', :'end');
SELECT is(times('the end'),
    '294276-12-31 23:59:59.999999, 294276-12-31 23:59:59.999999',
    'the order is kept at the end of time');
CALL say('the end', '3');
SELECT ok(bool_and(isfinite(created_at) AND created_at <= :'end'), '... which no message passes')
FROM messages WHERE conversation_id = key('the end');
BEGIN;
INSERT INTO messages (conversation_id, role, content, created_at)
SELECT c('the very end'), 'user', n, '294276-12-31 23:59:59.999998' FROM generate_series(1, 4) n;
COMMIT;
SELECT ok(bool_and(isfinite(created_at) AND created_at <= :'end'), '... nor within a transaction')
FROM messages WHERE conversation_id = key('the very end');

-- Values that the columns refuse.
SELECT throws_ok(format('INSERT INTO messages (%s) VALUES (%s)', columns, values),
    '23502',
    NULL,
    columns || ': ' || values)
FROM (VALUES ('conversation_id, role, content, created_at', $$c('nulls'), 'user', '', NULL$$),
             ('conversation_id, role, content', $$NULL, 'user', ''$$),
             ('conversation_id, role, content, created_at', $$NULL, 'user', '', '2026-01-05 09:00'$$),
             ('id, conversation_id, role, content', $$NULL, c('nulls'), 'user', ''$$),
             ('id, conversation_id, role, content, created_at',
                 $$NULL, c('nulls'), 'user', '', NULL$$)) AS v (columns, values);
SELECT throws_ok('UPDATE messages SET created_at = NULL', '23502', NULL, 'created_at = NULL');
SELECT throws_ok($$INSERT INTO messages (conversation_id, role, content)
        VALUES (gen_random_uuid(), 'user', '')$$,
    '23503',
    NULL,
    'an unknown conversation');

-- Restores keep all times.

CREATE FUNCTION restored(title text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    CALL say(title, '1', '2026-01-05 09:00', true);
    CALL say(title, '2', '2026-01-05 09:00');
    INSERT INTO messages (conversation_id, role, content, created_at)
    SELECT c(title), 'user', n, '2026-01-05 09:00' FROM generate_series(3, 5) n;
    UPDATE messages SET created_at = '2026-01-05 09:00:00.0005' WHERE id = m(title, '1');
    RETURN times(title);
END $$;
\set time '2026-01-05 09:00:00'
\set expected :time ', ' :time ', ' :time ', ' :time ', ' :time '.0005'
SET row_security = off;
SELECT is(restored('restore'), :'expected', 'a restore session changes no time');
SELECT c('restore by COPY') AS conversation \gset
\set row :conversation ',user,%g,2026-01-05 09:00'
\setenv row :row
\copy messages (conversation_id, role, content, created_at) from program 'seq -f "$row" 3' csv
SELECT is(count(DISTINCT created_at), 1::bigint, '... nor by COPY')
FROM messages WHERE conversation_id = key('restore by COPY');
RESET row_security;
SET session_replication_role = replica;
SELECT is(restored('replica'), :'expected', 'session_replication_role = replica changes no time');
RESET session_replication_role;
SELECT isnt(restored('no restore'), :'expected', 'other sessions change times');
CALL say('restore', '6', '2026-01-05 09:00');
SELECT matches(times('restore'),
    '2026-01-05 09:00:00.000501$',
    'new messages come after restored ones');

-- Savepoints, and exceptions in PL/pgSQL.

BEGIN;
CALL say('savepoint', '1', '2026-01-05 09:00');
SAVEPOINT one;
CALL say('savepoint', 'x', '2026-01-05 10:00');
CALL say('savepoint', 'x', '2026-01-05 10:00');
ROLLBACK TO one;
CALL say('savepoint', '2', '2026-01-05 09:00');
SAVEPOINT two;
CALL say('savepoint', 'x', '2026-01-05 08:00');
ROLLBACK TO two;
CALL say('savepoint', '3', '2026-01-05 09:00');
SAVEPOINT three;
CALL say('savepoint', '4', '2026-01-05 09:00');
RELEASE three;
CALL say('savepoint', '5', '2026-01-05 09:00');
SAVEPOINT four;
SAVEPOINT five;
CALL say('savepoint', 'x', '2026-01-05 10:00');
RELEASE five;
ROLLBACK TO four;
CALL say('savepoint', '6', '2026-01-05 09:00');
SAVEPOINT six;
SAVEPOINT seven;
CALL say('savepoint', 'x', '2026-01-05 10:00');
ROLLBACK TO seven;
CALL say('savepoint', '7', '2026-01-05 09:00');
RELEASE six;
CALL say('savepoint', '8', '2026-01-05 09:00');
COMMIT;
SELECT as_written('savepoint', 8, 'savepoints that are rolled back and released');
SELECT matches(times('savepoint'),
    '^2026-01-05 09:00:00, .*2026-01-05 09:00:00.000007$',
    '... leave no trace');

BEGIN;
SAVEPOINT one;
CALL say('first in a savepoint', 'x', '2100-01-05 09:00');
ROLLBACK TO one;
CALL say('first in a savepoint', '1', '2026-01-05 09:00');
CALL say('first in a savepoint', '2', '2026-01-05 09:00');
CALL say('first in a savepoint', '3');
ROLLBACK TO one;
CALL say('first in a savepoint', '1', '2026-01-05 08:00');
CALL say('first in a savepoint', '2', '2026-01-05 08:00');
COMMIT;
SELECT is(times('first in a savepoint'), '2026-01-05 08:00:00, 2026-01-05 08:00:00.000001',
    'a conversation that is first written to in a savepoint');
BEGIN;
CALL say('first in a savepoint', 'x', '2026-01-05 10:00');
ROLLBACK;
CALL say('first in a savepoint', '3', '2026-01-05 08:00');
SELECT is(times('first in a savepoint'),
    '2026-01-05 08:00:00, 2026-01-05 08:00:00.000001, 2026-01-05 08:00:00.000002',
    'a transaction that is rolled back');

DO $$
BEGIN
    FOR n IN 1..100 LOOP
        CALL say('exceptions', n::text, '2026-01-05 09:00');
        BEGIN
            CALL say('exceptions', 'x', timestamp '2026-01-05 09:00' + n % 3 * interval '1 hour');
            INSERT INTO messages (conversation_id, role, content, created_at) VALUES
                (c('exceptions'), 'user', 'x', '2026-01-05 08:00'),
                (c('exceptions'), 'nobody', 'x', '2026-01-05 09:00');
        EXCEPTION WHEN check_violation THEN
            NULL;
        END;
    END LOOP;
END $$;
SELECT as_written('exceptions', 100, 'exceptions in PL/pgSQL');

BEGIN;
CALL say('error', '1', '2026-01-05 09:00');
SELECT throws_ok(
    $$INSERT INTO messages (conversation_id, role, content, created_at)
      SELECT key('error'), CASE n WHEN 5 THEN 'nobody' ELSE 'user' END, 'x',
          timestamp '2026-01-05 10:00' - n * interval '1 s'
      FROM generate_series(1, 10) n$$, '23514', NULL, 'a statement that fails in the middle');
CALL say('error', '2', '2026-01-05 09:00');
COMMIT;
SELECT as_written('error', 2, '... leaves no trace');

-- All kinds of writers.

CREATE ROLE agentchat_test_writer;
CREATE ROLE agentchat_test_owner;
GRANT USAGE ON SCHEMA tap TO agentchat_test_writer, agentchat_test_owner;
SELECT c('writer') AS conversation \gset
CALL say('writer', '1', '2100-01-05 09:00');
GRANT INSERT ON messages TO agentchat_test_writer;
ALTER TABLE messages DISABLE ROW LEVEL SECURITY;
SET ROLE agentchat_test_writer;
INSERT INTO messages (conversation_id, role, content)
VALUES (:'conversation', 'user', '2'), (:'conversation', 'user', '3');
INSERT INTO messages (conversation_id, role, content, created_at)
VALUES (:'conversation', 'user', '4', '2100-01-05 09:00');
RESET ROLE;
SELECT as_written('writer', 4, 'a role that may INSERT messages and read none');

ALTER TABLE messages ENABLE ROW LEVEL SECURITY;
GRANT SELECT, UPDATE ON messages TO agentchat_test_writer;
CALL say('signed in', '1', '2100-01-05 09:00');
SELECT set_config('request.jwt.claims', json_build_object('sub', id)::text, false) FROM users \g /dev/null
SELECT key('signed in') AS signed_in \gset
SET ROLE agentchat_test_writer;
INSERT INTO messages (conversation_id, role, content)
VALUES (:'signed_in', 'user', '2'), (:'signed_in', 'assistant', '3');
UPDATE messages SET created_at = date_trunc('milliseconds', created_at) WHERE conversation_id = :'signed_in';
INSERT INTO messages (conversation_id, role, content, created_at)
VALUES (:'signed_in', 'user', '4', '2100-01-05 09:00');
RESET ROLE;
RESET request.jwt.claims;
SELECT as_written('signed in', 4, 'a user who is signed in');

ALTER TABLE messages OWNER TO agentchat_test_owner;
ALTER TABLE conversations OWNER TO agentchat_test_owner;
ALTER TABLE users OWNER TO agentchat_test_owner;
CREATE POLICY some_messages ON messages
    USING (conversation_id = key('writer') AND content = '6') WITH CHECK (true);
SET ROLE agentchat_test_writer;
INSERT INTO messages (conversation_id, role, content)
VALUES (:'conversation', 'user', '5'), (:'conversation', 'user', '6');
SELECT is(array_agg(content), ARRAY['6'], 'a role that sees some messages only') FROM messages;
RESET ROLE;
SELECT as_written('writer', 6, '... writes after messages that it cannot see');
SET ROLE agentchat_test_writer;
INSERT INTO messages (conversation_id, role, content, created_at)
VALUES (:'conversation', 'user', '7', '2100-01-05 09:00');
RESET ROLE;
SELECT as_written('writer', 7, '... also with their time');
ALTER TABLE messages FORCE ROW LEVEL SECURITY;
ALTER TABLE conversations FORCE ROW LEVEL SECURITY;
SET ROLE agentchat_test_owner;
INSERT INTO messages (id, conversation_id, role, content)
VALUES (public.falling_id(), :'conversation', 'user', '8'),
    (public.falling_id(), :'conversation', 'user', '9');
RESET ROLE;
SELECT as_written('writer', 9, 'the owner under policies, who sees only some messages');
ALTER TABLE messages NO FORCE ROW LEVEL SECURITY;
ALTER TABLE conversations NO FORCE ROW LEVEL SECURITY;
DROP POLICY some_messages ON messages;

-- Missing and changed objects.

BEGIN;
DROP INDEX messages_conversation_id_created_at_id_idx;
CALL say('clock set back', '101');
CALL say('clock set back', '102', '2100-01-05 09:00');
CALL say('infinity', '6');
INSERT INTO messages (conversation_id, role, content, created_at)
SELECT c('no index'), 'user', n, '2026-01-05 09:00' FROM generate_series(1, 1000) n;
SELECT as_written('clock set back', 102, 'without the index');
SELECT as_written('no index', 1000, '... 1,000 in one INSERT');
SELECT matches(times('infinity'), ', infinity$', '... after infinity');
ROLLBACK;

-- Plans without the index.
SET enable_indexscan = off;
SET enable_indexonlyscan = off;
SET enable_bitmapscan = off;
CALL say('clock set back', '101');
SELECT as_written('clock set back', 101, 'with index scans switched off');
RESET enable_indexscan;
RESET enable_indexonlyscan;
RESET enable_bitmapscan;

-- Columns of other types.
SET TimeZone = 'Asia/Kolkata';
CREATE FUNCTION with_type(type text, title text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('INSERT INTO messages (conversation_id, role, content, created_at)
                    SELECT %L, ''user'', n, ''2026-01-05 09:00:00.5Z'' FROM generate_series(1, 20) n',
                    c(title));
    EXECUTE format('INSERT INTO messages (conversation_id, role, content) SELECT %L, ''user'', n
        FROM generate_series(21, 40) n',
                   c(title));
    EXECUTE format('INSERT INTO messages (conversation_id, role, content, created_at)
                    SELECT %L, ''user'', n, created_at FROM generate_series(41, 60) n,
                    (SELECT max(created_at) FROM messages WHERE conversation_id = %1$L) m (created_at)',
                    c(title));
    EXECUTE format('UPDATE messages SET created_at = date_trunc(''milliseconds'', created_at)
        WHERE conversation_id = %L',
                   c(title));
    EXECUTE format('INSERT INTO messages SELECT m.* FROM messages m WHERE conversation_id = %L ORDER BY id
                    ON CONFLICT (id) DO UPDATE SET created_at = excluded.created_at', c(title));
    EXECUTE format('INSERT INTO messages (conversation_id, role, content, created_at)
                    SELECT %L, ''user'', n, ''2100-01-05 09:00Z'' FROM generate_series(61, 80) n', c(title));
    EXECUTE format('INSERT INTO messages (conversation_id, role, content) SELECT %L, ''user'', n
        FROM generate_series(81, 99) n',
                   c(title));
    RETURN as_written(title, 99, type);
END $$;
BEGIN;
ALTER TABLE messages ALTER created_at DROP DEFAULT,
    ALTER created_at TYPE timestamptz USING created_at AT TIME ZONE 'utc',
    ALTER created_at SET DEFAULT now();
SELECT with_type('timestamptz', 'zone');
SELECT is(array_agg(created_at ORDER BY created_at), ARRAY(
    SELECT timestamptz '2026-01-05 09:00:00.5Z' + n * interval '1 microsecond' FROM generate_series(0, 19) n
    UNION ALL SELECT now() + n * interval '1 microsecond' FROM generate_series(0, 39) n),
        '... with those times')
FROM messages WHERE conversation_id = key('zone') AND created_at < '2100-01-05';
ROLLBACK;
BEGIN;
ALTER TABLE messages ALTER created_at TYPE timestamp(3);
SELECT with_type('timestamp(3)', 'milliseconds');
SELECT is(array_agg(created_at ORDER BY created_at), ARRAY(
    SELECT timestamp '2026-01-05 09:00:00.5' + n * interval '1 ms' FROM generate_series(0, 19) n
    UNION ALL
    SELECT (now() AT TIME ZONE 'utc')::timestamp(3) + n * interval '1 ms' FROM generate_series(0, 39) n),
    '... a millisecond apart')
FROM messages WHERE conversation_id = key('milliseconds') AND created_at < '2100-01-05';
ROLLBACK;
BEGIN;
ALTER TABLE messages ALTER created_at DROP DEFAULT,
    ALTER created_at TYPE timestamptz(3) USING created_at AT TIME ZONE 'utc',
    ALTER created_at SET DEFAULT now();
SELECT with_type('timestamptz(3)', 'both');
ROLLBACK;
BEGIN;
ALTER TABLE messages ALTER created_at TYPE timestamp(0);
SELECT with_type('timestamp(0)', 'seconds');
ROLLBACK;
CALL say('clock set back', '102');
SELECT as_written('clock set back', 102, 'the type timestamp again');

-- A partitioned table: the trigger fires on its partitions.
BEGIN;
ALTER TABLE messages RENAME TO whole;
CREATE TABLE messages (LIKE whole INCLUDING DEFAULTS) PARTITION BY HASH (conversation_id);
CREATE TABLE messages_0 PARTITION OF messages FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE messages_1 PARTITION OF messages FOR VALUES WITH (MODULUS 2, REMAINDER 1);
CREATE TRIGGER agentchat_set_created_at BEFORE INSERT OR UPDATE ON messages
    FOR EACH ROW EXECUTE FUNCTION agentchat.set_created_at();
INSERT INTO messages (conversation_id, role, content)
SELECT c('parted ' || n % 4), 'user', n / 4 + 1 FROM generate_series(0, 39) n;
SELECT as_written('parted ' || n, 10, 'in partitions: ' || n) FROM generate_series(0, 3) n;
ROLLBACK;

-- Columns that users add, with rows that are stored without them.
BEGIN;
ALTER TABLE messages ADD COLUMN tokens int DEFAULT 7, DROP COLUMN attachments;
CALL say('clock set back', '103');
UPDATE messages
SET created_at = date_trunc('milliseconds', created_at) WHERE conversation_id = key('clock set back');
SELECT as_written('clock set back', 103, 'with columns added and dropped');
ALTER TABLE messages RENAME COLUMN created_at TO written_at;
SELECT throws_ok($$INSERT INTO messages (conversation_id, role, content)
        VALUES (key('clock set back'), 'user', '104')$$,
    '42703', NULL, 'without the column');
ROLLBACK;

-- Triggers of users that write more messages.
CREATE FUNCTION reply() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.role = 'user' THEN
        INSERT INTO messages (conversation_id, role, content)
        VALUES (NEW.conversation_id, 'assistant', 'Re: ' || NEW.content);
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER zzz_reply AFTER INSERT ON messages FOR EACH ROW EXECUTE FUNCTION reply();
BEGIN;
CALL say('replies', 'a');
CALL say('replies', 'b');
INSERT INTO messages (conversation_id, role, content)
VALUES (c('replies'), 'user', 'c'), (c('replies'), 'user', 'd');
COMMIT;
SELECT is(contents('replies'), 'a Re: a b Re: b c d Re: c Re: d', 'a trigger that replies after the message');
BEGIN;
CALL say('given replies', 'a', '2100-01-05 09:00');
CALL say('given replies', 'b', '2100-01-05 09:00');
COMMIT;
SELECT is(contents('given replies'), 'a Re: a b Re: b', '... to messages with a given time');
DROP TRIGGER zzz_reply ON messages;
CREATE TRIGGER aaa_reply BEFORE INSERT ON messages FOR EACH ROW EXECUTE FUNCTION reply();
CALL say('replies before', 'a');
CALL say('replies before', 'b', '2100-01-05 09:00');
SELECT is(contents('replies before'), 'Re: a a Re: b b', 'a trigger that replies before the message');
DROP TRIGGER aaa_reply ON messages;
CREATE TRIGGER zzz_reply BEFORE INSERT ON messages FOR EACH ROW EXECUTE FUNCTION reply();
CALL say('replies late', 'a');
SELECT is(contents('replies late'), 'a Re: a', '... after the message has its time');
DROP TRIGGER zzz_reply ON messages;

-- Wrong calls.
\if :is_sql
SELECT skip('PL/pgSQL refuses it with an error of its own, 0A000');
\else
SELECT throws_ok('SELECT agentchat.set_created_at()', '39P01', NULL, 'a call of the function itself');
\endif
BEGIN;
CREATE TRIGGER late AFTER INSERT ON messages FOR EACH ROW EXECUTE FUNCTION agentchat.set_created_at();
SELECT throws_ok($$CALL say('called late', '1')$$, '39P01', NULL, '... after the row');
DROP TRIGGER late ON messages;
CREATE TRIGGER once BEFORE INSERT ON messages EXECUTE FUNCTION agentchat.set_created_at();
SELECT throws_ok($$CALL say('called once', '1')$$, '39P01', NULL, '... for a statement');
ROLLBACK;

-- In another schema that the session meets later.
DROP EXTENSION agentchat CASCADE;
DROP TABLE users, conversations, messages, artifacts, agent_definitions, agent_instances, agent_tools,
    workflows, subscriptions;
CREATE SCHEMA "My Chat";
CREATE EXTENSION agentchat SCHEMA "My Chat";
SET search_path = "My Chat", public, tap;
INSERT INTO users (email) VALUES ('ada@example.com');
ALTER TABLE messages ALTER id SET DEFAULT falling_id();
CALL say('another schema', '1', '2100-01-05 09:00');
CALL say('another schema', '2');
BEGIN;
CALL say('another schema', '3');
CALL say('another schema', '4', '2100-01-05 09:00');
COMMIT;
SELECT as_written('another schema', 4, 'in another schema');
ALTER SCHEMA "My Chat" RENAME TO chat;
SET search_path = chat, public, tap;
CALL say('another schema', '5');
SELECT as_written('another schema', 5, 'in a renamed schema');

-- Compares random writes with a model of the rules: into three conversations, at times that often collide, in
-- transactions with savepoints.
CREATE SCHEMA model;
CREATE TABLE model.messages (id uuid PRIMARY KEY, conversation_id uuid, created_at timestamp);
-- What a session knows in a transaction. It is a table, because a savepoint must undo it.
CREATE TABLE model.known (
    conversation_id uuid, newest timestamp, last_given timestamp, last_stored timestamp, is_sure boolean);
CREATE TABLE model.outcome (seed int, problem text);
SELECT c('model ' || n) FROM generate_series(1, 3) n \g /dev/null

CREATE FUNCTION model.to_ms(t timestamp) RETURNS timestamp LANGUAGE sql IMMUTABLE AS
$$ SELECT date_trunc('milliseconds', t) $$;

CREATE FUNCTION model.whole(low int, high int) RETURNS int LANGUAGE sql VOLATILE AS
$$ SELECT low + floor(random() * (high - low + 1))::int $$;

-- An existing message, in an upsert or an UPDATE. If its time changes, another message may be the newest.
CREATE PROCEDURE model.change(message uuid, given timestamp) LANGUAGE sql AS $$
    WITH changed AS (
        UPDATE model.messages
        SET created_at = given WHERE id = message AND model.to_ms(created_at) <> model.to_ms(given)
        RETURNING conversation_id)
    UPDATE model.known SET is_sure = false WHERE conversation_id IN (SELECT conversation_id FROM changed)
$$;

CREATE PROCEDURE model.remove(message uuid) LANGUAGE sql AS $$
    WITH removed AS (DELETE FROM model.messages WHERE id = message RETURNING conversation_id)
    UPDATE model.known SET is_sure = false WHERE conversation_id IN (SELECT conversation_id FROM removed)
$$;

-- A new message.
CREATE PROCEDURE model.add(message uuid, conversation uuid, given timestamp) LANGUAGE plpgsql AS $$
DECLARE
    k model.known;
    is_first boolean;
    found_newest timestamp := (SELECT coalesce(max(created_at), '-infinity') FROM model.messages
                               WHERE conversation_id = conversation AND created_at < 'infinity');
    stored timestamp := given;
BEGIN
    SELECT * INTO k FROM model.known WHERE conversation_id = conversation;
    is_first := NOT FOUND;
    IF is_first OR NOT k.is_sure THEN
        k.newest := found_newest;
        IF is_first OR k.last_stored > k.newest THEN
            k.last_stored := k.newest;
            k.last_given := model.to_ms(k.newest);
        END IF;
    END IF;

    IF isfinite(given) THEN
        IF given = now() AT TIME ZONE 'utc' THEN
            k.last_given := model.to_ms(given);
            IF given <= k.newest THEN
                stored := k.newest + interval '1 microsecond';
            END IF;
        ELSE
            IF given BETWEEN k.last_given AND k.last_stored THEN
                stored := k.last_stored + interval '1 microsecond';
            END IF;
            k.last_given := given;
        END IF;
        DELETE FROM model.known WHERE conversation_id = conversation;
        INSERT INTO model.known VALUES (conversation, greatest(k.newest, stored), k.last_given, stored, true);
    END IF;
    INSERT INTO model.messages VALUES (message, conversation, stored);
END $$;

-- Often the time of the transaction, which stands for none.
CREATE FUNCTION model.some_time(conversation uuid) RETURNS timestamp LANGUAGE plpgsql AS $$
DECLARE
    by_default timestamp := now() AT TIME ZONE 'utc';
    known timestamp :=
        (SELECT created_at
         FROM model.messages WHERE conversation_id = conversation ORDER BY random() LIMIT 1);
BEGIN
    RETURN CASE (ARRAY['default', 'infinity', 'past', 'about now', 'of another', 'later'])[
                     width_bucket(random(), ARRAY[0.5, 0.55, 0.7, 0.85, 0.97]) + 1]
        WHEN 'infinity' THEN (ARRAY['infinity', '-infinity'])[model.whole(1, 2)]::timestamp
        WHEN 'past' THEN timestamp '1999-12-31 23:59:59.998'
            + CASE model.whole(0, 1) WHEN 0 THEN model.whole(0, 3) * 1000
                ELSE model.whole(0, 3000) END * interval '1 microsecond'
        WHEN 'about now' THEN model.to_ms(by_default)
            + CASE model.whole(0, 2) WHEN 0 THEN model.whole(0, 3000)
                ELSE model.whole(-1, 3) * 1000 END * interval '1 microsecond'
        WHEN 'of another' THEN coalesce(CASE model.whole(0, 1) WHEN 0 THEN model.to_ms(known)
            ELSE known + model.whole(-1, 1) * interval '1 microsecond' END, by_default)
        WHEN 'later' THEN CASE model.whole(0, 5) WHEN 0 THEN timestamp '2100-01-05 09:00'
            ELSE by_default + interval '1 s' END
        ELSE by_default END;
END $$;

-- Runs a statement on the table and on the model, and returns its text.
CREATE FUNCTION model.statement() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    new_ones model.messages[];
    old_ones model.messages[] := '{}';
    item model.messages;
    statement text;
BEGIN
    SELECT * INTO item FROM model.messages ORDER BY random() LIMIT 1;
    IF random() < 0.15 THEN
        item.created_at := CASE model.whole(0, 3) WHEN 0 THEN model.to_ms(item.created_at)
                                                  WHEN 1 THEN item.created_at + interval '1 microsecond'
                                                  WHEN 2 THEN item.created_at + interval '1 ms'
                                                  ELSE item.created_at END;
        statement := format('UPDATE messages SET content = content || %L, created_at = %L WHERE id = %L',
            '.',
            item.created_at,
            item.id);
        EXECUTE statement;
        CALL model.change(item.id, item.created_at);
    ELSIF random() < 0.15 THEN
        statement := format('DELETE FROM messages WHERE id = %L', item.id);
        EXECUTE statement;
        CALL model.remove(item.id);
    ELSE
        SELECT array_agg(ROW(falling_id(),
            conversation,
            model.some_time(conversation))::model.messages) INTO new_ones
        FROM (SELECT key('model ' || model.whole(1, 3)) AS conversation
            FROM generate_series(1, model.whole(1, 4))) n;
        IF random() < 0.4 THEN
            SELECT array_agg(ROW(id, conversation_id, CASE model.whole(0, 3)
                WHEN 0 THEN created_at WHEN 1 THEN '1980-01-05'
                    ELSE model.to_ms(created_at) END)::model.messages)
            INTO old_ones FROM (SELECT * FROM model.messages ORDER BY random() LIMIT model.whole(1, 3)) m;
        END IF;
        SELECT 'INSERT INTO messages (id, conversation_id, role, content, created_at) VALUES '
            || string_agg(format('(%L, %L, %L, %L, %s)', id, conversation_id, 'user', '',
                   CASE WHEN created_at = now() AT TIME ZONE 'utc' AND random() < 0.9 THEN 'DEFAULT'
                        ELSE quote_literal(created_at) END), ', ' ORDER BY random())
            || ' ON CONFLICT (id) DO UPDATE SET created_at = excluded.created_at'
        INTO statement FROM unnest(new_ones || old_ones);
        EXECUTE statement;
        -- In the statement's order.
        FOR item IN SELECT * FROM unnest(new_ones || old_ones) ORDER BY position(id::text IN statement) LOOP
            IF item.id = ANY (SELECT id FROM unnest(new_ones)) THEN
                CALL model.add(item.id, item.conversation_id, item.created_at);
            ELSE
                CALL model.change(item.id, item.created_at);
            END IF;
        END LOOP;
    END IF;
    RETURN statement;
END $$;

-- Runs statements, some in savepoints that are rolled back or released. The log has all of them.
CREATE FUNCTION model.block(depth int, INOUT log text[]) LANGUAGE plpgsql AS $$
BEGIN
    FOR n IN 1 .. model.whole(1, 4) LOOP
        IF depth < 3 AND random() < 0.3 THEN
            BEGIN
                log := model.block(depth + 1, log || 'SAVEPOINT'::text);
                IF random() < 0.5 THEN
                    RAISE USING ERRCODE = 'ZZ001';
                END IF;
                log := log || 'RELEASE'::text;
            EXCEPTION WHEN SQLSTATE 'ZZ001' THEN
                log := log || 'ROLLBACK TO'::text;
            END;
        ELSE
            log := log || model.statement();
        END IF;
    END LOOP;
END $$;

-- Runs transactions until one has another outcome than the model.
CREATE PROCEDURE model.round(round_seed int, transactions int) LANGUAGE plpgsql AS $$
DECLARE
    log text[];
    problem text;
BEGIN
    PERFORM setseed(round_seed / 1000000.0);
    DELETE FROM messages;
    DELETE FROM model.messages;
    FOR n IN 1..transactions LOOP
        COMMIT;
        DELETE FROM model.known;
        log := model.block(1, ARRAY[format('transaction %s of %s', n, now() AT TIME ZONE 'utc')]);
        SELECT string_agg(format('%s is at %s, by the rules at %s', id, is_at, should_be), E'\n') || E'\n'
            || array_to_string(log, E'\n')
        INTO problem
        FROM (SELECT id, created_at AS is_at FROM messages) m
            FULL JOIN (SELECT id, created_at AS should_be FROM model.messages) w USING (id)
        WHERE is_at IS DISTINCT FROM should_be;
        EXIT WHEN problem IS NOT NULL;
    END LOOP;
    INSERT INTO model.outcome VALUES (round_seed, problem);
END $$;

SELECT format('CALL model.round(%s, 60)', seed) FROM generate_series(1, 10) seed \gexec
SELECT is(problem, NULL, format('60 random transactions follow the rules, seed %s', seed))
FROM model.outcome ORDER BY seed;

SELECT * FROM finish();
DROP OWNED BY agentchat_test_writer, agentchat_test_owner;
DROP ROLE agentchat_test_writer, agentchat_test_owner;
