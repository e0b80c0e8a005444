-- append_messages() stores messages in each format, updates stored messages, and refuses everything wrong.
\ir ../lib/pgtap.sql
CREATE EXTENSION "uuid-ossp" SCHEMA tap;
CREATE EXTENSION agentchat;
SET search_path = public, tap;
SET client_min_messages = warning;
\ir ../lib/said.sql

INSERT INTO users (id, email) SELECT md5(u)::uuid, u FROM unnest('{ada, bob}'::text[]) u;
INSERT INTO conversations (id, user_id, title)
SELECT md5(title)::uuid, md5(split_part(title, ' ', 1))::uuid, title
FROM unnest('{ada one, ada two, ada three, bob one}'::text[]) AS title;

CREATE FUNCTION append(title text, messages jsonb, format text DEFAULT 'ai-sdk') RETURNS jsonb LANGUAGE sql AS
$$ SELECT append_messages(md5(title)::uuid, messages, format) $$;

-- Returns the messages of a conversation in their order.
-- The parts are without the one that holds the client's id, which client_ids.sql tests.
CREATE FUNCTION without_client_id(m messages) RETURNS messages LANGUAGE sql AS $$
    SELECT jsonb_populate_record(m, jsonb_build_object('parts', jsonb_path_query_array(m.parts,
        '$[*] ? (!(@.type == "data-message-id"))'))) $$;
CREATE FUNCTION stored(title text) RETURNS SETOF messages LANGUAGE sql STABLE AS
$$ SELECT (without_client_id(whole_row)).* FROM messages AS whole_row
   WHERE conversation_id = md5(title)::uuid ORDER BY whole_row.created_at, whole_row.id $$;
CREATE FUNCTION contents(title text) RETURNS text LANGUAGE sql STABLE AS
$$ SELECT string_agg(content, '|' ORDER BY created_at, id) FROM stored(title) $$;
CREATE FUNCTION clear() RETURNS void LANGUAGE sql AS 'DELETE FROM messages';

-- Appends one message and returns its row, in the same statement.
CREATE FUNCTION appended(title text, message jsonb, format text DEFAULT 'ai-sdk')
RETURNS messages LANGUAGE plpgsql AS $$
DECLARE
    result jsonb := append(title, message, format);
BEGIN
    RETURN (SELECT without_client_id(whole_row) FROM messages AS whole_row
        WHERE id = (result #>> '{0,id}')::uuid);
END $$;

-- Returns the error of a query: SQLSTATE, message and detail.
CREATE FUNCTION error(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    message text;
    detail text;
BEGIN
    EXECUTE query;
    RETURN 'none';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL;
    RETURN concat_ws(': ', SQLSTATE, message, nullif(detail, ''));
END $$;
CREATE FUNCTION append_error(messages jsonb, format text DEFAULT 'ai-sdk', title text DEFAULT 'ada one')
RETURNS text LANGUAGE sql AS
$$ SELECT error(pg_catalog.format('SELECT append(%L, %L, %L)', title, messages, format)) $$;

SELECT plan(222);

-- ---- UIMessages

SELECT is(append('ada one', '[]'), '[]', 'an empty array of messages');
SELECT is(jsonb_array_length(append('ada one', said('alone'))), 1, 'one message as an object');
SELECT results_eq(
    $$SELECT role, content, parts, attachments, reasoning FROM stored('ada one')$$,
    $$VALUES ('user', 'alone', '[{"type": "text", "text": "alone"}]'::jsonb, NULL::jsonb, NULL::text)$$,
    '... its content is the text of its part');

CREATE TEMPORARY TABLE written AS
SELECT append('ada two',
    jsonb_agg(said(n::text,
        CASE WHEN n % 3 = 0 THEN 'msg-' || n END,
        CASE n % 2 WHEN 1 THEN 'user' ELSE 'assistant' END) ORDER BY n)) AS result
FROM generate_series(1, 300) n;
SELECT is(contents('ada two'),
    (SELECT string_agg(n::text, '|') FROM generate_series(1, 300) n),
    'many messages keep their order');
SELECT results_eq(
    $$SELECT (e ->> 'id')::uuid, e ->> 'given_id', (e ->> 'created_at')::timestamptz AT TIME ZONE 'utc'
      FROM written, jsonb_array_elements(result) WITH ORDINALITY a (e, n) ORDER BY n$$,
    $$SELECT id, CASE WHEN n % 3 = 0 THEN 'msg-' || n END, created_at
      FROM (SELECT id, created_at, row_number() OVER (ORDER BY created_at, id) AS n FROM stored('ada two')) s
      ORDER BY n$$,
    'the result has the id, the given id and the time of each message, in order');
SELECT is_empty(
    $$SELECT e FROM written, jsonb_array_elements(result) e
      WHERE e ->> 'created_at' !~ '^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$'$$,
    '... the time has six digits and Z');
SELECT is_empty(
    $$SELECT e FROM written, jsonb_array_elements(result) e
      WHERE e ->> 'given_id' IS NOT NULL
          AND (e ->> 'id')::uuid <> uuid_generate_v5(md5('ada two')::uuid, e ->> 'given_id')$$,
    'an id that is not a UUID becomes the UUIDv5 of the conversation and the id');
SELECT is_empty(
    $$SELECT e FROM written, jsonb_array_elements(result) e
      WHERE e ->> 'given_id' IS NULL AND e ->> 'id' !~ '^.{14}4.{4}[89ab]'$$,
    '... without an id, a message gets a random UUID of version 4');
SELECT is((SELECT updated_at FROM conversations WHERE title = 'ada two'),
    (SELECT max(created_at) - 299 * interval '1 us' FROM stored('ada two')),
    'the conversation has a new updated_at');
SELECT clear() \g /dev/null

SELECT is(append('ada one', said('x', id => form)) -> 0 ->> 'id',
    'aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee',
    format('%L is a UUID', form))
FROM unnest(ARRAY['aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee', 'AAAAAAAA-BBBB-4CCC-8DDD-EEEEEEEEEEEE',
    '{aaaaaaaabbbb4ccc8dddeeeeeeeeeeee}']) AS form;
SELECT is((SELECT count(*) FROM messages), 1::bigint, '... the same id');
SELECT is(append('ada one', jsonb_build_array(said('a', id => ''), said('b', id => ''))) #>> '{1,given_id}',
    '', 'an empty id counts as none');
SELECT is(contents('ada one'), 'x|a|b', '... each becomes a message of its own');
SELECT clear() \g /dev/null

SELECT append('ada one', '[{"id": "m", "role": "assistant", "parts": [
    {"type": "step-start"}, {"type": "reasoning", "text": "First ", "state": "done"},
    {"type": "text", "text": "One "},
    {"type": "tool-x", "toolCallId": "1", "state": "input-available", "input": {"a": 1.10}},
    {"type": "reasoning", "text": "then"}, {"type": "text", "text": ""}, {"type": "text", "text": "two"},
    {"type": "data-weather", "data": {"t": [1, null]}}, {"type": "of-the-future", "x": {}},
    {"type": "dynamic-tool", "toolName": "y", "toolCallId": "2"},
    {"type": "file", "mediaType": "image/png", "url": "https://example.com/x.png"},
    {"type": "source-url", "sourceId": "s", "url": "https://example.com"}]}]') \g /dev/null
SELECT results_eq(
    $$SELECT content, reasoning, jsonb_array_length(parts), parts #>> '{3,input,a}', parts -> 8
      FROM stored('ada one')$$,
    $$VALUES ('One two', 'First then', 12, '1.10', '{"type": "of-the-future", "x": {}}'::jsonb)$$,
    'texts and reasoning are joined the way the AI SDK joins them; all parts are kept unchanged');

SELECT append('ada one',
    said('meta', 'm', 'assistant')
        || '{"metadata": {"model": "x", "createdAt": "2026-01-05T09:00:00.123456Z",
                "usage": {"total": 1.50}}}') \g /dev/null
SELECT is((SELECT parts FROM stored('ada one')),
    '[{"type": "text", "text": "meta"}, {"type": "data-metadata",
            "data": {"model": "x", "usage": {"total": 1.50}}}]',
    'metadata becomes the last part, without the time that get_conversation adds to it');
SELECT is((SELECT content FROM stored('ada one')), 'meta', '... it is not part of the content');
SELECT is((appended('ada one',
        said('m', 'm', 'assistant') || jsonb_build_object('metadata', metadata::jsonb))).parts #> '{1,data}',
    kept::jsonb,
    format('metadata %s is kept as %s', metadata, coalesce(kept, 'nothing')))
FROM (VALUES ('{"createdAt": "2026-01-05T09:00:00.123456Z"}', NULL), ('{}', NULL), ('null', NULL),
    ('{"createdAt": "2026-01-05T09:00:00.123Z"}', '{"createdAt": "2026-01-05T09:00:00.123Z"}'),
    ('{"createdAt": 1767603600123}', '{"createdAt": 1767603600123}'),
    ('{"createdAt": null}', '{"createdAt": null}'),
    ('{"createdAt": "yesterday."}', '{"createdAt": "yesterday."}'), ('[1]', '[1]'), ('"text"', '"text"'),
    ('0', '0')) v (metadata, kept);
SELECT clear() \g /dev/null

-- Messages of AI SDK 4.
SELECT append('ada one',
    '[{"role": "user", "content": "Hi",
        "experimental_attachments": [{"url": "https://example.com/x"}], "createdAt": "2026-01-05"},
    {"id": "2", "role": "assistant", "content": "Ho", "reasoning": "hm",
        "toolInvocations": [{"state": "call", "toolCallId": "c", "toolName": "t", "args": {}}]},
    {"id": "3", "role": "assistant", "content": "He",
        "parts": [{"type": "reasoning", "reasoning": "why", "details": []}, {"type": "text", "text": "He"},
        {"type": "tool-invocation", "toolInvocation": {"state": "call"}},
        {"type": "file", "data": "aGk=", "mimeType": "text/plain"}]},
    {"id": "4", "role": "user", "content": "Ha", "metadata": {"a": 1}}]') \g /dev/null
SELECT results_eq(
    $$SELECT content, reasoning, parts, attachments FROM stored('ada one')$$,
    $$VALUES ('Hi', NULL, NULL::jsonb, '[{"url": "https://example.com/x"}]'::jsonb),
        ('Ho', 'hm',
            '[{"type": "reasoning", "text": "hm"},
                {"type": "tool-invocation", "toolInvocation": {"state": "call", "toolCallId": "c",
                    "toolName": "t", "args": {}}}, {"type": "text", "text": "Ho"}]',
            NULL),
        ('He', 'why',
            '[{"type": "reasoning", "reasoning": "why", "details": []}, {"type": "text", "text": "He"},
                {"type": "tool-invocation", "toolInvocation": {"state": "call"}},
                {"type": "file", "data": "aGk=", "mimeType": "text/plain"}]',
            NULL),
        ('Ha', NULL, '[{"type": "text", "text": "Ha"}, {"type": "data-metadata", "data": {"a": 1}}]', NULL)$$,
    'messages of AI SDK 4');
SELECT clear() \g /dev/null

-- ---- messages that are already stored

SELECT append('ada one',
    jsonb_build_array(said('1', id => 'a'), said('2', 'b', 'assistant'), said('3', id => 'c'))) \g /dev/null
CREATE TEMPORARY TABLE before AS SELECT ctid AS place, m.* FROM messages m;
SELECT append('ada one', jsonb_build_array(said('1', id => 'a'), said('2', 'b', 'assistant'))) AS again \gset
CREATE VIEW changed AS SELECT id FROM messages m JOIN before USING (id) WHERE m.ctid <> before.place;
CREATE TEMPORARY TABLE touched AS SELECT updated_at FROM conversations WHERE title = 'ada one';
SELECT is_empty('TABLE changed', 'unchanged messages are not written again');
SELECT is((SELECT updated_at FROM conversations WHERE title = 'ada one'),
    (SELECT max(created_at) - interval '2 us' FROM before),
    '... the conversation is not touched');
SELECT is(:'again'::jsonb -> 1 ->> 'created_at',
    (SELECT to_char(created_at, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
     FROM before ORDER BY created_at OFFSET 1 LIMIT 1),
    '... they are in the result');
SELECT append('ada one',
    jsonb_build_array(said('4', id => 'd'), said('2 and more', 'b', 'assistant'), said('5'))) \g /dev/null
SELECT is(contents('ada one'),
    '1|2 and more|3|4|5',
    'a message that has grown keeps its place; new messages come last');
SELECT results_eq('TABLE changed',
    $$SELECT uuid_generate_v5(md5('ada one')::uuid, 'b')$$,
    '... no other message is written again');
SELECT is_empty('SELECT 1 FROM messages m JOIN before USING (id) WHERE m.created_at <> before.created_at',
    '... its time stays the same');
SELECT append('ada one',
    said('1.0', id => 'a')
        || '{"parts": [{"type": "text", "text": "1.0"}, {"type": "data-x", "data": 1.0}]}') \g /dev/null
SELECT append('ada one',
    said('1.0', id => 'a')
        || '{"parts": [{"type": "text", "text": "1.0"}, {"type": "data-x", "data": 1.00}]}') \g /dev/null
SELECT is((SELECT parts::text FROM stored('ada one') LIMIT 1),
    '[{"text": "1.0", "type": "text"}, {"data": 1.00, "type": "data-x"}]',
    'a number with other digits is a change');

-- Many messages, new and already stored.
SELECT clear() \g /dev/null
SELECT append('ada one', jsonb_agg(said(n::text, id => n::text) ORDER BY n))
FROM generate_series(1, 100) n \g /dev/null
SELECT append('ada one', jsonb_agg(said(n || '!', id => n::text) ORDER BY n))
FROM generate_series(90, 150) n \g /dev/null
SELECT is(contents('ada one'),
    (SELECT string_agg(n || CASE WHEN n >= 90 THEN '!' ELSE '' END, '|' ORDER BY n)
     FROM generate_series(1, 150) n),
    'some of many messages are already stored');
-- The first and the last are new, which makes the call try all as new.
SELECT append('ada one',
    jsonb_agg(said(n || '?', id => CASE n WHEN 200 THEN '150' ELSE n::text END) ORDER BY n))
FROM generate_series(151, 249) n \g /dev/null
SELECT is((SELECT content FROM stored('ada one') OFFSET 149 LIMIT 1),
    '200?',
    'one message in the middle of many is already stored');
SELECT is((SELECT count(*) FROM messages), 248::bigint, '... only that one is updated');
SELECT is(append('ada one', jsonb_agg(said(n::text, id => n::text))) -> 50 ->> 'given_id',
    '51',
    'many messages are sent again')
FROM generate_series(1, 100) n;
SELECT clear() \g /dev/null

-- An update changes only the keys that a row has.
SELECT append('ada one',
    '{"id": "r", "role": "user", "content": "c", "parts": [{"type": "text", "text": "p"}], "attachments": [1],
        "reasoning": "r"}',
    'rows') \g /dev/null
SELECT append('ada one', '{"id": "r", "role": "assistant", "content": "d"}', 'rows') \g /dev/null
SELECT results_eq($$SELECT role, content, parts, attachments, reasoning FROM stored('ada one')$$,
    $$VALUES ('assistant', 'd', '[{"type": "text", "text": "p"}]'::jsonb, '[1]'::jsonb, 'r')$$,
    'an update of a row keeps the columns that it leaves out');
SELECT append('ada one',
    '{"id": "r", "role": "assistant", "parts": [{"type": "text", "text": "q"}], "attachments": null,
        "reasoning": null}',
    'rows') \g /dev/null
SELECT results_eq($$SELECT content, parts, attachments, reasoning FROM stored('ada one')$$,
    $$VALUES ('q', '[{"type": "text", "text": "q"}]'::jsonb, NULL::jsonb, NULL::text)$$,
    '... it sets a column to null, and content follows the parts');
SELECT append('ada one', said('ui', 'r', 'assistant')) \g /dev/null
SELECT clear() \g /dev/null

-- ---- rows and drizzle

SELECT append('ada one', '[{"role": "user", "content": "1", "created_at": "2026-01-05T09:00:00.123456"},
    {"role": "user", "content": "2", "created_at": "2026-01-05 10:00:01+01"},
    {"role": "user", "content": "3", "created_at": "2026-01-05T09:00:02.5Z"},
    {"role": "system", "content": "", "parts": null, "created_at": null}]', 'rows') \g /dev/null
SELECT results_eq($$SELECT created_at FROM stored('ada one') LIMIT 3$$,
    $$VALUES (timestamp '2026-01-05 09:00:00.123456'), ('2026-01-05 09:00:01'), ('2026-01-05 09:00:02.5')$$,
    'times of rows are in UTC or have a zone');
SELECT ok((SELECT created_at > now() AT TIME ZONE 'utc' - interval '1 min' FROM stored('ada one') OFFSET 3),
    '... a row needs no time');
SELECT clear() \g /dev/null

-- All kinds of messages come back unchanged, also with columns that the user added.
ALTER TABLE messages ADD COLUMN tokens int DEFAULT 7, ADD COLUMN "modelName" text, ADD COLUMN tags text[],
    ADD COLUMN seen_at timestamptz, ADD COLUMN words int GENERATED ALWAYS AS (length(content)) STORED,
    ADD COLUMN m jsonb;
SET row_security = off;
INSERT INTO messages (conversation_id, role, content, parts, attachments, reasoning, created_at, tokens,
    "modelName", tags, seen_at, m)
SELECT md5('ada three')::uuid, (ARRAY['user', 'assistant', 'system'])[1 + n % 3],
    n || U&' \0001 \+01F334 "\\', parts::jsonb, attachments::jsonb, reasoning, created_at,
    n, 'gpt', ARRAY['a', NULL, n::text], '2026-01-05 09:00:00.5+03', parts::jsonb
FROM (VALUES (1, NULL, NULL, NULL, timestamp '2026-01-05 09:00'),
    (2, '[]', '[]', '', '2026-01-05 09:00:00.000001'),
    (3, '[{"type": "text", "text": "x"}, 1, null, "x", [], {"type": 7}]', '[{"url": "x"}]', 'because',
        '2026-01-05 09:00:00.999999'),
    (4, '[{"a": 1e-10, "b": 12345678901234567890.1234567890, "": {"": {}}}]', NULL, NULL, 'infinity'),
    (5, NULL, NULL, NULL, '9999-12-31 23:59:59.999'),
    (6, '[[[[[[]]]]]]', NULL, NULL, '0044-03-15 BC'),
    (7, NULL, NULL, NULL, '-infinity'),
    (8, NULL, NULL, NULL, '12026-01-05 09:00:00.25')) v (n, parts, attachments, reasoning, created_at);
RESET row_security;
CREATE FUNCTION is_round_trip(form text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    before jsonb := get_conversation(md5('ada three')::uuid, form);
BEGIN
    CREATE TEMPORARY TABLE old AS SELECT * FROM stored('ada three');
    DELETE FROM messages;
    PERFORM append('ada three', before -> 'messages', form);
    RETURN NEXT is(get_conversation(md5('ada three')::uuid, form) -> 'messages',
        before -> 'messages',
        form || ': messages come back unchanged');
    DROP TABLE old;
END $$;
SELECT is_round_trip('rows');
SELECT results_eq($$SELECT tokens, "modelName", tags, seen_at, words
        FROM stored('ada three') WHERE tokens = 3$$,
    $$VALUES (3, 'gpt', '{a,NULL,3}'::text[], '2026-01-05 09:00:00.5+03'::timestamptz, 8)$$,
    '... with the columns that the user added');
DELETE FROM messages WHERE created_at > '9000-01-01' OR created_at < '1900-01-01';
UPDATE messages
SET seen_at = NULL, created_at = date_trunc('milliseconds', created_at) + tokens * interval '1 ms';
SELECT is_round_trip('drizzle');
SELECT is(append('ada three',
        '[{"id": "t", "role": "user", "content": "x", "tokens": 1},
            {"id": "u", "role": "user", "content": "x"}]',
        'rows')
    -> 0 ->> 'given_id',
    't', 'a column that only some rows have');
SELECT results_eq($$SELECT tokens FROM stored('ada three') ORDER BY created_at DESC LIMIT 2$$,
    'VALUES (NULL::int), (1)',
    '... it is NULL in the others');
SELECT append('ada three',
    '[{"id": "t", "role": "user", "content": "y", "modelName": "o"},
        {"id": "v", "role": "user", "content": "y"}]',
    'drizzle') \g /dev/null
SELECT results_eq($$SELECT content, tokens, "modelName"
        FROM stored('ada three') WHERE id = uuid_generate_v5(md5('ada three')::uuid, 't')$$,
    $$VALUES ('y', 1, 'o')$$, '... an update keeps a column that it leaves out');
SELECT append('ada three', said('z')) \g /dev/null
SELECT is((SELECT tokens FROM stored('ada three') ORDER BY created_at DESC LIMIT 1), 7,
    'a column that no row has gets its default');
SELECT is(append_error('[{"role": "user", "content": "x", "tokenz": 1}]', 'rows'),
    '22023: message does not match its format: messages[0] has the key "tokenz", '
    'which is not a column of messages.',
    'a key that is not a column');
SELECT is(append_error('[{"role": "user", "content": "x", "model_name": 1}]', 'drizzle'),
    '22023: message does not match its format: messages[0] has the key "model_name", '
    'which is not a column of messages.',
    '... in Drizzle''s names');
SELECT is(append_error('[{"role": "user", "content": "x", "tokens": "many"}]', 'rows'),
    '22P02: invalid input syntax for type integer: "many"',
    'a value that the column cannot store');
ALTER TABLE messages DROP COLUMN tokens, DROP COLUMN "modelName", DROP COLUMN tags, DROP COLUMN seen_at,
    DROP COLUMN words, DROP COLUMN m;
SELECT clear() \g /dev/null

-- Times, compared with how PostgreSQL reads them.
SELECT is((appended('ada one',
        jsonb_build_object('role', 'user', 'content', '', 'created_at', text),
        'rows')).created_at,
    CASE WHEN text ~* '[z+]$|\d[+-]\d+(:\d+)?$' AND length(text) > 10
        THEN text::timestamptz AT TIME ZONE 'utc'
        ELSE text::timestamp END,
    format('the time %s', text))
FROM unnest(ARRAY['2026-01-05T09:28:00', '2026-01-05 09:27', '2026-01-05', '2024-02-29T23:59:59.9999999Z',
    '2026-01-05T09:28:00.1+05:30', '2026-01-05T09:28:00-0800', '2026-01-05t09:28:00.123z',
    '1969-12-31T23:59:59.999999Z', '0001-01-01T00:00:00', '0044-03-15T12:00:00.5 BC',
    '294276-12-31T23:59:59.999999', '4713-11-25T00:00:00 BC', '12026-01-05T00:00:00Z', 'infinity',
    '-infinity']) AS text;
SELECT is((appended('ada one',
        jsonb_build_object('role', 'user', 'content', '', 'createdAt', text),
        'drizzle')).created_at,
    expected::timestamp,
    format('the time %s of JavaScript', text))
FROM (VALUES ('+012026-01-05T09:00:00.000Z', '12026-01-05 09:00'),
    ('-000043-03-15T12:00:00.500Z', '0044-03-15 12:00:00.5 BC'),
    ('+000000-01-01T00:00:00.000Z', '0001-01-01 BC')) v (text, expected);
SELECT is(append_error(
        jsonb_build_array(jsonb_build_object('role', 'user', 'content', '', 'created_at', text)),
        'rows'),
    '22023: message does not match its format: messages[0].created_at must be a time in ISO 8601.',
    format('%L is not a time', text))
FROM unnest(ARRAY['', 'now', 'yesterday', '2026-02-29T00:00:00Z', '2026-13-01T00:00:00', '2026-01-00',
    '2026-01-05T24:00:00', '2026-01-05T09:60:00', '2026-01-05T09:28:00.', '2026-01-05T09:28:00.5 UTC',
    '2026-01-05T09:28:00+', '2026-01-05T09:28.5', '2026-01-05T', '294277-01-01T00:00:00',
    '4714-01-01T00:00:00 BC', '999999-01-01', '0000-01-01T00:00:00', '26-01-05',
    'Mon Jan 05 2026 10:00:00 GMT+0100', '1767603600123',
    '2026-01-05T09:28:00ZZ', '2026-1-5', '+2026-01-05T00:00:00Z', '2026-01-', '2026-01-05T09:28:60',
    '2026-01-05T09:28:00.Z', '2026-01-05T09:28:00+01:60', '99999999999999999999']) AS text;
SELECT clear() \g /dev/null

-- Messages without a time go between those that have one; those after the last one are new.
CREATE FUNCTION at_times(times text[]) RETURNS text LANGUAGE sql AS $$
    SELECT clear();
    SELECT append('ada one', jsonb_agg(jsonb_build_object(
        'role', 'user', 'content', n::text, 'created_at', time) ORDER BY n), 'rows')
    FROM unnest(times) WITH ORDINALITY AS t (time, n);
    SELECT string_agg(content || coalesce(' ' || nullif(created_at, now() AT TIME ZONE 'utc'), ' now'), '|'
        ORDER BY created_at, id) FROM stored('ada one')
$$;
SELECT is(at_times('{2020-01-05 09:00, NULL, 2020-01-05 10:00}'),
    '1 2020-01-05 09:00:00|2 2020-01-05 09:00:00.000001|3 2020-01-05 10:00:00',
    'a message without a time');
SELECT is(at_times('{NULL, NULL, 2020-01-05 09:00, NULL, NULL, 2020-01-05 10:00, NULL}'),
    '1 2020-01-05 08:59:59.999998|2 2020-01-05 08:59:59.999999|3 2020-01-05 09:00:00|'
    '4 2020-01-05 09:00:00.000001|5 2020-01-05 09:00:00.000002|6 2020-01-05 10:00:00|7 now',
    'messages without a time come before, between and after others');
SELECT is(at_times('{2020-01-05 09:00, NULL, NULL, 2020-01-05 09:00}'),
    '1 2020-01-05 09:00:00|2 2020-01-05 09:00:00.000001|3 2020-01-05 09:00:00.000002|'
    '4 2020-01-05 09:00:00.000003', '... also between equal times');
SELECT is(at_times('{NULL}'), '1 now', 'no message has a time');
SELECT clear() \g /dev/null

-- ---- attachments of AI SDK 4

SELECT is(to_jsonb(appended('ada one', message)) -> 'parts', parts, what) FROM (VALUES
    ('{"role": "user", "content": "x", "metadata": {"n": 1}, "experimental_attachments": [
        {"name": "dog.png", "contentType": "image/png", "url": "https://example.com/dog.png"},
        {"url": "https://example.com/x"}, {"name": "none"}, 7]}'::jsonb, '[{"type": "text", "text": "x"},
        {"type": "file", "mediaType": "image/png", "url": "https://example.com/dog.png",
            "filename": "dog.png"},
        {"type": "file", "mediaType": "application/octet-stream", "url": "https://example.com/x"},
        {"type": "data-metadata", "data": {"n": 1}}]'::jsonb, 'parts that are made have the attachments'),
    ('{"role": "user", "content": "x", "parts": [{"type": "text", "text": "x"}], "experimental_attachments": [
        {"name": "dog.png", "contentType": "image/png", "url": "https://example.com/dog.png"}]}',
        '[{"type": "text", "text": "x"}]', 'parts that are given stay'),
    ('{"role": "user", "parts": []}', '[]', 'parts stay empty')) v (message, parts, what);
SELECT is((SELECT jsonb_agg(jsonb_array_length(attachments) ORDER BY created_at, id) FROM stored('ada one')),
    '[4, 1, null]', 'the attachments have their own column, too');
SELECT clear() \g /dev/null

-- ---- OpenAI's messages

\if :is_sql
SELECT skip('the functions in SQL do not have the formats of providers', 25);
\else
SELECT append('ada one',
    '[{"role": "developer", "content": "Be brief."},
        {"role": "user", "content": [{"type": "text", "text": "What is "},
        {"type": "image_url", "image_url": {"url": "https://example.com/x.png", "detail": "low"}},
        {"type": "image_url", "image_url": {"url": "data:image/webp;base64,aGk="}},
        {"type": "input_audio", "input_audio": {"data": "aGk=", "format": "mp3"}},
        {"type": "file", "file": {"file_data": "data:application/pdf;base64,aGk=", "filename": "x.pdf"}},
        {"type": "file", "file": {"file_id": "file-1"}}, {"type": "text", "text": "this?"}]},
    {"role": "assistant", "content": null, "tool_calls": [
        {"id": "c1", "type": "function", "function": {"name": "look",
            "arguments": "{\"at\": [1.50], \"b\": null}"}},
        {"id": "c2", "type": "function", "function": {"name": "look", "arguments": "{no"}},
        {"id": "c3", "type": "function", "function": {"name": "wait", "arguments": ""}},
        {"id": "c4", "type": "custom", "custom": {"name": "run", "input": "{}"}}]},
    {"role": "tool", "tool_call_id": "c2", "content": "{\"a\":  1}"},
    {"role": "tool", "tool_call_id": "c1",
        "content": [{"type": "text", "text": "a "}, {"type": "text", "text": "cat"}]},
    {"role": "assistant", "content": "A cat.", "refusal": null, "reasoning_content": "Look."},
    {"role": "assistant", "content": [{"type": "refusal", "refusal": "No."}]}]', 'openai') AS openai \gset
SELECT is(jsonb_array_length(:'openai'), 5, 'results of tool calls do not become messages of their own');
SELECT results_eq($$SELECT role, content, reasoning FROM stored('ada one')$$,
    $$VALUES ('system', 'Be brief.', NULL), ('user', 'What is this?', NULL), ('assistant', '', NULL),
        ('assistant', 'A cat.', 'Look.'), ('assistant', 'No.', NULL)$$,
    'roles and texts are stored');
SELECT is((SELECT parts FROM stored('ada one') OFFSET 1 LIMIT 1), '[{"type": "text", "text": "What is "},
    {"type": "file", "mediaType": "image/*", "url": "https://example.com/x.png",
        "providerMetadata": {"openai": {"imageDetail": "low"}}},
    {"type": "file", "mediaType": "image/webp", "url": "data:image/webp;base64,aGk="},
    {"type": "file", "mediaType": "audio/mpeg", "url": "data:audio/mpeg;base64,aGk="},
    {"type": "file", "mediaType": "application/pdf", "url": "data:application/pdf;base64,aGk=",
        "filename": "x.pdf"},
    {"type": "file", "mediaType": "application/pdf", "url": "file-1",
        "providerReference": {"openai": "file-1"}},
    {"type": "text", "text": "this?"}]',
    'files of a user become parts');
SELECT is((SELECT parts FROM stored('ada one') OFFSET 2 LIMIT 1), '[
    {"type": "tool-look", "toolCallId": "c1", "state": "output-available", "input": {"at": [1.50], "b": null},
        "output": "a cat"},
    {"type": "tool-look", "toolCallId": "c2", "state": "output-available", "input": "{no",
        "output": "{\"a\":  1}"},
    {"type": "tool-wait", "toolCallId": "c3", "state": "input-available", "input": {}},
    {"type": "tool-run", "toolCallId": "c4", "state": "input-available", "input": "{}",
        "callProviderMetadata": {"openai": {"type": "custom"}}}]',
    'calls are stored with their results');
SELECT clear() \g /dev/null

SELECT append('ada one',
    '[{"role": "assistant", "content": "",
            "tool_calls": [{"id": "c1", "function": {"name": "look", "arguments": "{}"}},
            {"id": "c2", "function": {"name": "look", "arguments": "{}"}}]},
        {"role": "user", "content": "Wait"}]',
    'openai')
    -> 0 AS called \gset
SELECT is(append('ada one',
        '[{"role": "user", "content": "And?"}, {"role": "tool", "tool_call_id": "c2", "content": "two"},
            {"role": "assistant", "content": "Two."}]',
        'openai') -> 1, :'called',
    'for a result of an earlier call, the result has the message with the call');
SELECT is((SELECT parts FROM stored('ada one') LIMIT 1),
    '[{"type": "tool-look", "toolCallId": "c1", "state": "input-available", "input": {}},
        {"type": "tool-look", "toolCallId": "c2", "state": "output-available", "input": {},
            "output": "two"}]',
    '... the tool''s result is stored in that message');
SELECT is(contents('ada one'), '|Wait|And?|Two.', '... which keeps its place');
SELECT is(append_error('[{"role": "user", "content": "x"},
    {"role": "tool", "tool_call_id": "c1", "content": "one"}]',
        'openai'),
    '22023: message does not match its format: messages[1].tool_call_id matches no earlier call in the '
    'input, and no call in the last assistant message.',
    'a result without a call');
SELECT is(contents('ada one'), '|Wait|And?|Two.', '... nothing is written');
BEGIN;
UPDATE messages SET parts = NULL WHERE content = 'Two.';
SELECT matches(append_error('{"role": "tool", "tool_call_id": "c1", "content": "one"}', 'openai'),
    'matches no earlier call', '... also if the last message of the assistant has no parts');
ROLLBACK;
UPDATE messages
SET parts = '[{"type": "dynamic-tool", "toolName": "x", "toolCallId": "c1", "state": "output-error",
        "errorText": "no", "input": 1}, 7, {"type": "text", "text": "Two."}]'
WHERE content = 'Two.';
SELECT append('ada one', '{"role": "tool", "tool_call_id": "c1", "content": "one"}', 'openai') \g /dev/null
SELECT is((SELECT parts FROM stored('ada one') OFFSET 3),
    '[{"type": "dynamic-tool", "toolName": "x", "toolCallId": "c1", "state": "output-available",
            "output": "one", "input": 1}, 7, {"type": "text", "text": "Two."}]',
    'a result replaces an error');
SELECT clear() \g /dev/null
SELECT is((appended('ada one',
        jsonb_build_object('role', 'assistant', 'tool_calls', jsonb_build_array(jsonb_build_object('id', 'c',
            'function', jsonb_build_object('name', 'f', 'arguments', arguments)))),
        'openai')).parts #> '{0,input}',
    kept::jsonb,
    format('arguments %s', left(arguments, 40)))
FROM (VALUES ('{"b": [1, 2.50]}', '{"b": [1, 2.50]}'),
    ('[1]', '"[1]"'),
    ('"x"', '"\"x\""'),
    ('null', '"null"'),
    ('{"a": ' || repeat('[', 2000) || repeat(']', 2000) || '}',
        to_json('{"a": ' || repeat('[', 2000) || repeat(']', 2000) || '}')::text),
    (' {"a": "\u00e4\ud83c\udf34"} ', '{"a": "ä🌴"}'),
    ('{"a": "\u0000"}', '"{\"a\": \"\\u0000\"}"'),
    ('{"a": "\ud800"}', '"{\"a\": \"\\ud800\"}"'),
    ('1e400', '"1e400"'), ('{"a":1}{', '"{\"a\":1}{"'), (U&'\FEFF{}', U&'"\FEFF{}"'),
    ('{"a": 1, "a": 2}', '{"a": 2}'), ('NaN', '"NaN"'),
    (E'{"a": "\t"}', '"{\"a\": \"\t\"}"')) v (arguments, kept);
SELECT clear() \g /dev/null
\endif

-- ---- errors

-- The second of three messages is wrong: nothing may be written.
CREATE TEMPORARY TABLE wrong (format text, message text, detail text);
INSERT INTO wrong VALUES
    ('ai-sdk', 'null', ' must be an object'),
    ('ai-sdk', '[]', ' must be an object'),
    ('ai-sdk', '"x"', ' must be an object'),
    ('ai-sdk', '{}', '.role is missing'),
    ('ai-sdk', '{"role": "user"}', '.parts is missing'),
    ('ai-sdk', '{"role": "tool", "parts": []}', '.role must be user, assistant or system'),
    ('ai-sdk', '{"role": null, "parts": []}', '.role must be user, assistant or system'),
    ('ai-sdk', '{"role": "user", "parts": null}', '.parts must be an array'),
    ('ai-sdk', '{"role": "user", "parts": {}}', '.parts must be an array'),
    ('ai-sdk', '{"role": "user", "id": 7, "parts": []}', '.id must be a string or null'),
    ('ai-sdk', '{"role": "user", "parts": ["x"]}', '.parts[0] must be an object'),
    ('ai-sdk', '{"role": "user", "parts": [{"type": "step-start"}, {}]}', '.parts[1].type must be a string'),
    ('ai-sdk', '{"role": "user", "parts": [{"type": 1}]}', '.parts[0].type must be a string'),
    ('ai-sdk', '{"role": "user", "parts": [{"type": "text"}]}', '.parts[0].text must be a string'),
    ('ai-sdk', '{"role": "user", "parts": [{"type": "text", "text": null}]}',
        '.parts[0].text must be a string'),
    ('ai-sdk', '{"role": "user", "parts": [{"type": "reasoning", "text": {}}]}',
        '.parts[0].text must be a string'),
    ('ai-sdk', '{"role": "user", "parts": [{"type": "file", "url": "x"}]}',
        '.parts[0].mediaType must be a string'),
    ('ai-sdk', '{"role": "user", "parts": [{"type": "file", "mediaType": "x"}]}',
        '.parts[0].url must be a string'),
    ('ai-sdk', '{"role": "user", "parts": [{"type": "tool-x"}]}', '.parts[0].toolCallId must be a string'),
    ('ai-sdk', '{"role": "user", "parts": [{"type": "dynamic-tool", "toolCallId": "x"}]}',
        '.parts[0].toolName must be a string'),
    ('ai-sdk', '{"role": "user", "parts": [{"type": "tool-invocation"}]}',
        '.parts[0].toolInvocation must be an object'),
    ('ai-sdk', '{"role": "user", "parts": [{"type": "source-document", "sourceId": "x", "mediaType": "x"}]}',
        '.parts[0].title must be a string'),
    ('ai-sdk', '{"role": "user", "content": 1}', '.content must be a string'),
    ('ai-sdk', '{"role": "user", "content": "x", "toolInvocations": 1}', '.toolInvocations must be an array'),
    ('ai-sdk', '{"role": "user", "content": "x", "toolInvocations": [{}, 1]}',
        '.toolInvocations[1] must be an object'),
    ('ai-sdk', '{"role": "user", "content": "x", "experimental_attachments": {}}',
        '.experimental_attachments must be an array or null'),
    ('rows', '{"content": "x"}', '.role is missing'),
    ('rows', '{"role": "user"}', '.content is missing, and the message has no parts to take it from'),
    ('rows', '{"role": "user", "content": 1}', '.content must be a string or null'),
    ('rows', '{"role": "user", "content": "x", "parts": "x"}', '.parts must be an array or null'),
    ('rows', '{"role": "user", "content": "x", "attachments": {}}', '.attachments must be an array or null'),
    ('rows', '{"role": "user", "content": "x", "reasoning": []}', '.reasoning must be a string or null'),
    ('rows', '{"role": "user", "content": "x", "created_at": 1767603600123}',
        '.created_at must be a string or null'),
    ('rows', '{"role": "user", "content": "x", "conversation_id": "x"}', '.conversation_id must be a UUID'),
    ('rows', '{"role": "user", "content": "x", "createdAt": "2026-01-05"}',
        ' has the key "createdAt", which is not a column of messages'),
    ('drizzle', '{"role": "user", "content": "x", "createdAt": "x"}',
        '.createdAt must be a time in ISO 8601'),
    ('drizzle', '{"role": "user", "content": "x", "conversationId": 1}',
        '.conversationId must be a string or null'),
    ('openai', '{"content": "x"}', '.role must be a string'),
    ('openai', '{"role": "function", "content": "x"}',
        '.role must be system, developer, user, assistant or tool'),
    ('openai', '{"role": "user"}', '.content must be a string or an array'),
    ('openai', '{"role": "user", "content": null}', '.content must be a string or an array'),
    ('openai', '{"role": "user", "content": [{"type": "x"}]}',
        '.content[0].type must be text, image_url, input_audio or file'),
    ('openai', '{"role": "user", "content": ["x"]}',
        '.content[0].type must be text, image_url, input_audio or file'),
    ('openai', '{"role": "system", "content": [{"type": "image_url"}]}', '.content[0].type must be text'),
    ('openai', '{"role": "assistant", "content": [{"type": "image_url"}]}',
        '.content[0].type must be text or refusal'),
    ('openai', '{"role": "user", "content": [{"type": "text"}]}', '.content[0].text must be a string'),
    ('openai', '{"role": "user", "content": [{"type": "image_url", "image_url": "x"}]}',
        '.content[0].image_url must be an object'),
    ('openai', '{"role": "user", "content": [{"type": "image_url", "image_url": {}}]}',
        '.content[0].image_url.url must be a string'),
    ('openai', '{"role": "user", "content": [{"type": "input_audio", "input_audio": {"data": "x"}}]}',
        '.content[0].input_audio.format must be a string'),
    ('openai', '{"role": "user", "content": [{"type": "file", "file": {}}]}',
        '.content[0].file.file_data must be a string'),
    ('openai', '{"role": "assistant", "tool_calls": {}}', '.tool_calls must be an array'),
    ('openai', '{"role": "assistant", "tool_calls": [1]}', '.tool_calls[0].id must be a string'),
    ('openai', '{"role": "assistant", "tool_calls": [{"id": "x"}]}',
        '.tool_calls[0].function must be an object'),
    ('openai', '{"role": "assistant", "tool_calls": [{"id": "x", "function": {}}]}',
        '.tool_calls[0].function.name must be a string'),
    ('openai',
        '{"role": "assistant", "tool_calls": [{"id": "x", "function": {"name": "x", "arguments": {}}}]}',
        '.tool_calls[0].function.arguments must be a string'),
    ('openai',
        '{"role": "assistant", "tool_calls": [{"id": "x", "type": "custom", "custom": {"name": "x"}}]}',
        '.tool_calls[0].custom.input must be a string'),
    ('openai', '{"role": "assistant", "content": 7}', '.content must be a string or an array'),
    ('openai', '{"role": "tool", "content": "x"}', '.tool_call_id must be a string'),
    ('openai', '{"role": "tool", "tool_call_id": "x"}', '.content must be a string or an array'),
    ('openai', '{"role": "user", "content": "x", "id": 1}', '.id must be a string or null');
\if :is_sql
SELECT skip('the functions in SQL do not have the formats of providers', count(*)::int)
FROM wrong WHERE format = 'openai';
DELETE FROM wrong WHERE format = 'openai';
\endif
CREATE FUNCTION good(form text) RETURNS jsonb LANGUAGE sql AS
$$ SELECT CASE form WHEN 'ai-sdk' THEN said('good') ELSE '{"role": "user", "content": "good"}' END $$;
SELECT is(append_error(jsonb_build_array(good(format), message::jsonb, good(format)), format),
    '22023: message does not match its format: messages[1]' || detail || '.',
    format('%s: %s', format, message))
FROM wrong;
SELECT is(append_error('{"role": "user", "parts": [{"type": "text"}]}'),
    '22023: message does not match its format: messages.parts[0].text must be a string.',
    'a single object');
SELECT is(append_error(value::jsonb),
    '22023: message does not match its format: messages must be an array of objects, or one object.',
    format('messages %s', value))
FROM unnest(ARRAY['null', '1', 'true', '"x"']) AS value;
SELECT is((SELECT count(*) FROM messages), 0::bigint, 'nothing is written');

SELECT is(append_error('[]', 'x'), '22023: unknown format: The format is "x".', 'an unknown format');
SELECT throws_like($$SELECT append_messages(md5('ada one')::uuid, '{"role": "user"}', NULL)$$,
    'message does not match its format',
    'without a format it is ai-sdk');
SELECT is(error($$SELECT append_messages(NULL, '[]')$$),
    '22004: an argument must not be NULL: The argument is conversation_id.',
    'NULL as the conversation');
SELECT is(error($$SELECT append_messages(md5('ada one')::uuid, NULL)$$),
    '22004: an argument must not be NULL: The argument is messages.',
    'NULL as the messages');
SELECT alike(append_error(messages::jsonb, title => 'nothing'),
    'PT404: conversation not found: Conversation % does not exist, or the caller may not see it.',
    'a conversation that does not exist: ' || left(messages, 10))
FROM unnest(ARRAY['[]', said('x')::text]) AS messages;

SELECT is(append_error(jsonb_build_array(said('x', id => 'a'), said('y'), said('z', id => 'a'))),
    '22023: message does not match its format: messages[2].id is also the id of messages[0].',
    'the same id twice');
SELECT is(append_error(jsonb_build_array(said('x', id => 'AAAAAAAA-bbbb-4ccc-8ddd-eeeeeeeeeeee'),
        said('z', id => 'aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee'))),
    '22023: message does not match its format: messages[1].id is also the id of messages[0].',
    'the same UUID twice, written in two ways');
SELECT is((SELECT count(*) FROM messages), 0::bigint, 'nothing is written');

-- Ids of other conversations.
SELECT append(title, said(title, id => md5(title)::uuid::text))
FROM unnest('{ada two, bob one}'::text[]) AS title \g /dev/null
SELECT is(append_error(jsonb_build_array(said('new'), said('x', id => md5(title)::uuid::text))),
    format('PT409: message belongs to another conversation: messages[1].id is "%s".', md5(title)::uuid),
    'an id of a message in ' || title)
FROM unnest('{ada two, bob one}'::text[]) AS title;
SELECT append('ada one', said('first', id => md5('first')::uuid::text)) \g /dev/null
SELECT is(append_error(jsonb_build_array(said('first', id => md5('first')::uuid::text),
        said('x', id => md5('bob one')::uuid::text))),
    format('PT409: message belongs to another conversation: messages[1].id is "%s".', md5('bob one')::uuid),
    '... behind a message that is stored');
SELECT is((appended('ada one', jsonb_build_object('id', md5('first')::uuid, 'role', 'assistant', 'parts',
    '[{"type": "text", "text": "first"}]'::jsonb))).role, 'assistant', 'a stored message gets another role');
DELETE FROM messages WHERE content = 'first';
SELECT is(append_error((
        SELECT jsonb_agg(said(n::text, id => md5(CASE n WHEN 50 THEN 'bob one' ELSE n::text END)) ORDER BY n)
        FROM generate_series(1, 100) n)),
    format('PT409: message belongs to another conversation: messages[49].id is "%s".', md5('bob one')),
    'an id of another conversation''s message in the middle of many');
SELECT is(append_error(jsonb_build_object('role', 'user', 'content', 'x', 'conversation_id',
        md5('ada two')::uuid), 'rows'),
    format('PT409: message belongs to another conversation: messages.conversation_id is "%s".',
        md5('ada two')::uuid),
    'a row that says so');
SELECT is(append_error(get_conversation(md5('ada two')::uuid) -> 'messages', 'rows'),
    format('PT409: message belongs to another conversation: messages[0].conversation_id is "%s".',
        md5('ada two')::uuid),
    'rows of another conversation');
SELECT is(append('ada one',
        '{"role": "user", "content": "x", "conversation_id": null}',
        'rows') #>> '{0,given_id}',
    NULL,
    'a row that says nothing');
SELECT results_eq('SELECT content FROM messages ORDER BY content',
    $$VALUES ('ada two'), ('bob one'), ('x')$$,
    'nothing else was written');
SELECT clear() \g /dev/null

-- ---- what breaks programs

SELECT is(jsonb_array_length(append('ada one',
        said('x') || jsonb_build_object('parts',
            jsonb_build_array(jsonb_build_object('type', 'x', 'deep',
                (repeat('[', 3000) || repeat(']', 3000))::jsonb))))),
    1, 'a deep value');
SELECT is(length((SELECT parts FROM stored('ada one'))::text),
    length((repeat('[', 3000) || repeat(']', 3000))) + 25,
    '... is kept');
SELECT clear() \g /dev/null
SELECT append('ada one',
    (SELECT jsonb_object_agg('key ' || n, n) FROM generate_series(1, 100) n) || said('wide')
        || jsonb_build_object('metadata',
            (SELECT jsonb_object_agg('key ' || n, n) FROM generate_series(1, 100) n))) \g /dev/null
SELECT is((SELECT parts #> '{1,data}' FROM stored('ada one')),
    (SELECT jsonb_object_agg('key ' || n, n) FROM generate_series(1, 100) n),
    'metadata of a hundred keys, in a message of as many');
SELECT clear() \g /dev/null
SELECT append('ada one', jsonb_build_array(said(text), said(text) || jsonb_build_object('metadata', text)))
FROM (SELECT U&'\+01F334 \0001\FEFF\202E"''\\' || repeat('ü', 100000) AS text) t \g /dev/null
SELECT is((SELECT count(DISTINCT content)
        FROM messages WHERE length(content) > 100000 AND parts #>> '{0,text}' = content),
    1::bigint,
    'a long text of all sorts');
SELECT is(append_error((SELECT jsonb_agg('{}'::jsonb) FROM generate_series(1, 100001))),
    '54000: too many messages for one call: The call has 100001 messages; at most 100000 are allowed.',
    'too many messages');
SELECT clear() \g /dev/null

SELECT * FROM finish();
