-- search_messages() finds the messages of a user that have certain words: in which texts, whose messages, and
-- its errors. search_messages.t compares random searches with LIKE.
\ir ../lib/agentchat.sql
\ir ../lib/api_user.sql
\ir ../lib/error_of.sql

CREATE FUNCTION id(name text) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$ SELECT md5(name)::uuid $$;
-- Says something in a conversation, a second after what was said before.
CREATE SEQUENCE seconds;
CREATE PROCEDURE say(conversation text, message text, content text DEFAULT '', parts jsonb DEFAULT NULL,
    reasoning text DEFAULT NULL) LANGUAGE sql AS $$
    INSERT INTO messages (id, conversation_id, role, content, parts, reasoning, created_at)
    VALUES (id(message), id(conversation), 'assistant', content, parts, reasoning,
        timestamp '2026-01-05 09:00' + nextval('seconds') * interval '1 second')
$$;
-- The names of what a page has, in its order.
CREATE TABLE names (name text);
CREATE FUNCTION names(page jsonb) RETURNS text LANGUAGE sql STABLE SECURITY DEFINER AS $$
    SELECT coalesce(string_agg(coalesce(name, 'unknown'), ' ' ORDER BY n), '')
    FROM jsonb_array_elements(page -> 'messages') WITH ORDINALITY m (message, n)
        LEFT JOIN public.names ON (message ->> 'id')::uuid = md5(name)::uuid
$$;

INSERT INTO conversations (id, user_id, title, metadata) VALUES
    (id('trip'), id('ada'), 'Trip', '{"project": "p1", "tags": ["a", "b"]}'),
    (id('home'), id('ada'), 'Home', NULL), (id('bobs'), id('bob'), 'Secret', '{"project": "p1"}');
CALL say('trip', 't1', 'A red car');
CALL say('home', 'h1', 'A RED bike');
CALL say('bobs', 'b1', 'A red secret');
CALL say('trip', 't2', 'A blue car, and a rëd one');
CALL say('home', 'h2', '');
INSERT INTO names VALUES ('t1'), ('t2'), ('h1'), ('h2'), ('b1');

SELECT plan(85);

-- One page.
SELECT become('ada') \g /dev/null
SELECT is(search_messages('red', page_size => 1) - 'next_cursor', jsonb_build_object('messages',
    jsonb_build_array(jsonb_build_object('id', id('t2'), 'conversation_id', id('trip'), 'title', 'Trip',
        'role', 'assistant',
        'place', '{"created_at": "2026-01-05T09:00:04.000000Z", "before_message": null}'::jsonb,
        'snippet', '{"in": "text", "text": "A blue car, and a rëd one", "hits": [{"start": 18, "end": 21}],
            "cut_before": false, "cut_after": false}'::jsonb))), 'a page');
SELECT is(search_messages('t1'), '{"messages": [], "next_cursor": null}', 'a page without messages');
SELECT is(search_messages('"red car"') #>> '{messages,0,place,before_message}', id('t2')::text,
    'before_message is the next message of the conversation');

-- Whose messages.
SELECT is(names(search_messages('red')), 't2 h1 t1', 'the messages of the caller, the newest first');
SELECT is(names(search_messages('red', user_id => id('ada'))), 't2 h1 t1', '... who may be named');
SELECT is(names(search_messages('red', user_id => id('bob'))), 'b1', '... the owner finds those of others');
SELECT is(names(search_messages('red', id('trip'))), 't2 t1', 'a conversation');
SELECT is(names(search_messages('red', id('bobs'))), 'b1', '... that row-level security lets the role see');
SELECT is(names(search_messages('red', id('bobs'), user_id => id('bob'))), 'b1', '... of its owner');
SELECT is(names(search_messages('red', id('bobs'), user_id => id('ada'))), '', '... not of another user');
SELECT is(names(search_messages('red', id('nothing'))), '', '... that does not exist');
SELECT is(names(search_messages('red', filter => f::jsonb)), found, coalesce('the filter ' || f, 'no filter'))
FROM (VALUES ('{"project": "p1"}', 't2 t1'), ('{"tags": ["b"]}', 't2 t1'), ('{"project": "p2"}', ''),
    ('{}', 't2 h1 t1'), (NULL, 't2 h1 t1')) v (f, found);
SELECT is(names(search_messages('red', id('home'), filter => '{"project": "p1"}')), '',
    '... and a conversation');
SELECT is(names(search_messages(words)), found, 'the words ' || words)
FROM (VALUES ('red -bike', 't2 t1'), ('bike or blue', 't2 h1'), ('"red car"', 't1'), ('-red', 'h2'),
    ('', 'h2 t2 h1 t1'), (' - ', 'h2 t2 h1 t1'), ('ed ar', 't2 t1')) v (words, found);
SELECT is(names(search_messages('red', NULL, NULL, NULL, NULL, NULL, NULL)), 't2 h1 t1',
    'NULL stands for the defaults');
SELECT is(search_messages('') #> '{messages,0,snippet}',
    '{"in": "text", "text": "", "hits": [], "cut_before": false, "cut_after": false}',
    'the snippet of a message without texts');

-- Row-level security.
SET ROLE agentchat_test_user;
SELECT is(names(search_messages('red')), 't2 h1 t1', 'row-level security: a user finds their own messages');
SELECT is(search_messages('red', user_id => id('bob')), '{"messages": [], "next_cursor": null}',
    '... nothing of another user');
SELECT is(search_messages('red', id('bobs'), user_id => id('bob')), '{"messages": [], "next_cursor": null}',
    '... nor of a conversation of theirs');
SELECT is(search_messages('red', id('bobs')), '{"messages": [], "next_cursor": null}',
    '... also without their name');
SELECT become('bob') \g /dev/null
SELECT is(names(search_messages('red')), 'b1', '... another user finds theirs');
SELECT become('') \g /dev/null
SELECT is(names(search_messages('red', id('trip'))), '', 'nobody finds nothing in a conversation');
SELECT is(names(search_messages('red', user_id => id('ada'))), '', '... nor in those of a user');
SELECT throws_ok($$SELECT search_messages('red')$$, '22023', NULL, '... and must name somebody');
RESET ROLE;
CREATE ROLE agentchat_service BYPASSRLS;
SELECT agentchat.grant_api('agentchat_service') \g /dev/null
GRANT USAGE ON SCHEMA tap TO agentchat_service;
SET ROLE agentchat_service;
SELECT is(names(search_messages('red', user_id => id('ada'))), 't2 h1 t1',
    'a service that bypasses row-level security names a user');
SELECT is(names(search_messages('red', id('bobs'))), 'b1', '... or only a conversation');
RESET ROLE;
CREATE ROLE agentchat_nobody;
GRANT USAGE ON SCHEMA tap TO agentchat_nobody;
SET ROLE agentchat_nobody;
SELECT throws_ok($$SELECT search_messages('red', user_id => '00000000-0000-0000-0000-000000000000')$$,
    '42501', NULL, 'a role without grants is refused');
RESET ROLE;

-- Errors.
SELECT become('ada') \g /dev/null
SELECT search_messages('red', page_size => 1) ->> 'next_cursor' AS cursor \gset
SELECT set_config('test.cursor', :'cursor', false) \g /dev/null
SELECT is(names(search_messages('red', page_size => 5, cursor => :'cursor')), 'h1 t1',
    'a cursor goes on, with any page_size');
SELECT throws_ok(format('SELECT search_messages(%s)', args), state, message, args)
FROM (VALUES ('NULL', '22004', 'an argument must not be NULL'),
    ($$'red', page_size => 0$$, '22023', 'page_size must be between 1 and 100'),
    ($$'red', page_size => 101$$, '22023', 'page_size must be between 1 and 100'),
    ($$'red', page_size => -1$$, '22023', 'page_size must be between 1 and 100'),
    ($$'red', filter => '[]'$$, '22023', NULL), ($$'red', filter => '1'$$, '22023', NULL),
    ($$'red', filter => 'null'$$, '22023', NULL),
    ($$'red', "in" => 'x'$$, '22023', 'in must be text or all'),
    ($$'red', "in" => 'TEXT'$$, '22023', 'in must be text or all'),
    ($$'red', "in" => ''$$, '22023', 'in must be text or all'),
    ($$repeat('a ', 65)$$, '22023', 'too many words to look for'),
    ($$'red', cursor => ''$$, '22023', 'the cursor does not belong to this search'),
    ($$'red', cursor => 'x'$$, '22023', 'the cursor does not belong to this search'))
    v (args, state, message);
SELECT throws_ok(format('SELECT search_messages(%s)', args), '22023',
    'the cursor does not belong to this search', 'a cursor of another search: ' || args)
FROM (VALUES ($$'Red', cursor => current_setting('test.cursor')$$),
    ($$'red', id('trip'), cursor => current_setting('test.cursor')$$),
    ($$'red', user_id => id('bob'), cursor => current_setting('test.cursor')$$),
    ($$'red', filter => '{"project": "p1"}', cursor => current_setting('test.cursor')$$),
    ($$'red', "in" => 'all', cursor => current_setting('test.cursor')$$),
    ($$'', cursor => current_setting('test.cursor')$$),
    ($$'red', cursor => left(current_setting('test.cursor'), -1)$$),
    ($$'red', cursor => left(current_setting('test.cursor'), -2)$$),
    ($$'red', cursor => upper(current_setting('test.cursor'))$$),
    ($$'red', cursor => current_setting('test.cursor') || '00'$$),
    ($$'red', cursor => list_conversations(1) ->> 'next_cursor'$$)) v (args);
SELECT throws_ok($$SELECT list_conversations(1, current_setting('test.cursor'))$$, '22023', NULL,
    'list_conversations() refuses a cursor of a search');
SELECT ok(error_of('SELECT search_messages(repeat(''a '', 64))') IS NULL, '64 words');
SELECT become('') \g /dev/null
SELECT throws_ok($$SELECT search_messages('red')$$, '22023', NULL, 'neither a user_id nor a caller');
SELECT is(names(search_messages('red', id('trip'))), 't2 t1', '... a conversation needs none');
SELECT become('ada') \g /dev/null

-- In all texts. Each message has one text with x and its own number.
CREATE FUNCTION tool(more jsonb) RETURNS jsonb LANGUAGE sql AS $$
    SELECT jsonb_build_array('{"type": "tool-f", "toolCallId": "c", "input": {},
        "state": "output-available"}'::jsonb || more)
$$;
CREATE FUNCTION tool4(more jsonb) RETURNS jsonb LANGUAGE sql AS $$
    SELECT jsonb_build_array(jsonb_build_object('type', 'tool-invocation', 'toolInvocation',
        '{"toolName": "f", "toolCallId": "c", "args": {}, "state": "result"}'::jsonb || more))
$$;
CREATE TABLE texts (number int GENERATED ALWAYS AS IDENTITY (START 101), found_in text, kind text,
    content text DEFAULT '', parts jsonb, reasoning text);
INSERT INTO texts (found_in, kind, content, parts, reasoning) VALUES
    ('content', 'text', 'x%s', NULL, NULL),
    ('a text part, content being empty', 'text', '', '[{"type": "text", "text": "x%s"}]', NULL),
    ('the second text part', 'text', '', '[{"type": "text", "text": "a"}, {"type": "text", "text": "x%s"}]',
        NULL),
    ('the column reasoning', 'reasoning', 'a', NULL, 'x%s'),
    ('reasoning', 'reasoning', 'a', '[{"type": "reasoning", "text": "x%s"}]', NULL),
    ('reasoning of AI SDK 4', 'reasoning', 'a', '[{"type": "reasoning", "reasoning": "x%s",
        "details": [{"type": "text", "text": "x%s"}]}]', NULL),
    ('an input', 'tool', 'a', tool('{"input": {"city": "x%s"}}'), NULL),
    ('an output', 'tool', 'a', tool('{"output": {"weather": ["a", {"b": "x%s"}]}}'), NULL),
    ('an output that is a text', 'tool', 'a', tool('{"output": "x%s"}'), NULL),
    ('an output of a dynamic tool', 'tool', 'a',
        tool('{"type": "dynamic-tool", "toolName": "f", "output": [["x%s"]]}'), NULL),
    ('an error text', 'tool', 'a', tool('{"state": "output-error", "errorText": "x%s"}'), NULL),
    ('an input whose output is coming', 'tool', 'a',
        tool('{"state": "input-available", "input": ["x%s"]}'), NULL),
    ('the input of an approved call of AI SDK 6', 'tool', 'a', tool('{"state": "approval-responded",
        "approval": {"id": "i", "approved": true}, "input": {"a": "x%s"}}'), NULL),
    ('the arguments of AI SDK 4', 'tool', 'a', tool4('{"args": {"city": "x%s"}}'), NULL),
    ('a result of AI SDK 4', 'tool', 'a', tool4('{"result": {"weather": ["x%s"]}}'), NULL),
    ('no file name', NULL, 'a', '[{"type": "file", "mediaType": "image/png", "url": "https://x%s.com/"}]',
        NULL),
    ('no key', NULL, 'a', tool('{"output": {"x%s": 1}}'), NULL),
    ('no data', NULL, 'a', '[{"type": "data-x", "data": "x%s"}]', NULL);
CREATE FUNCTION numbered(text text, number int) RETURNS text LANGUAGE sql AS
    $$ SELECT replace(text, '%s', number::text) $$;
INSERT INTO messages (id, conversation_id, role, content, parts, reasoning)
SELECT id(number::text), id('home'), 'assistant', numbered(content, number),
    numbered(parts::text, number)::jsonb, numbered(reasoning, number) FROM texts;
INSERT INTO names SELECT number FROM texts;
SELECT is((SELECT string_agg(found_in, ', ') FROM texts
    WHERE names(search_messages('x' || number, "in" => 'all'))
        IS DISTINCT FROM CASE WHEN kind IS NULL THEN '' ELSE number::text END), NULL,
    'all: each text is found that is said, thought, or goes into a tool or comes out');
SELECT is((SELECT string_agg(found_in, ', ') FROM texts
    WHERE names(search_messages('x' || number)) <> CASE WHEN kind = 'text' THEN number::text ELSE '' END),
    NULL, 'text: only what is said is found');
SELECT is((SELECT string_agg(found_in || ' ' || (s ->> 'in') || ' ' || (s ->> 'text'), ', ') FROM texts,
        LATERAL (SELECT search_messages('x' || number, "in" => 'all') #> '{messages,0,snippet}' AS s) s
    WHERE kind IS NOT NULL AND (s ->> 'in' <> kind OR s ->> 'text' <> 'x' || number
        OR s -> 'hits' <> '[{"start": 0, "end": 4}]')), NULL, '... the snippet says where it was found');

CALL say('home', 'n', 'rome',
    tool('{"input": {"degrees": -12.5, "far": [1e3, true, null]}, "output": "paris"}'), 'oslo');
INSERT INTO names VALUES ('n');
SELECT is(names(search_messages(words, "in" => 'all')), found, 'all: ' || words)
FROM (VALUES ('rome 12.5', 'n'), ('1000 degrees', ''), ('rome paris oslo', 'n'), ('paris -rome', ''),
    ('rome -oslo', ''), ('"rome paris"', '')) v (words, found);
SELECT is(names(search_messages('rome -oslo')), 'n', 'text: words of other texts are not excluded');
SELECT is(search_messages('none or 12.5', "in" => 'all') #> '{messages,0,snippet,in}', '"tool"',
    'a number is shown');

-- What the user says in the middle of an answer.
CALL say('home', 'm', '',
    '[{"type": "steering-message", "id": "1", "parts": [{"type": "text", "text": "zebra"}]}]');
INSERT INTO names VALUES ('m');
SELECT is(names(search_messages('zebra')), 'm', 'steering messages are found');

-- Altered tables.
BEGIN;
ALTER TABLE conversations ALTER title DROP NOT NULL;
ALTER TABLE messages ALTER role DROP NOT NULL;
SET LOCAL session_replication_role = replica;
UPDATE conversations SET title = NULL;
UPDATE messages SET role = NULL;
SELECT is(search_messages('zebra') #> '{messages,0}' -> key, 'null', 'NULL: ' || key)
FROM unnest('{title,role}'::text[]) key;
ROLLBACK;
BEGIN;
ALTER TABLE messages DROP CONSTRAINT messages_pkey CASCADE;
SET LOCAL session_replication_role = replica;
INSERT INTO messages SELECT * FROM messages WHERE id = id('m');
SELECT is(names(search_messages('zebra')), 'm m',
    'without the primary key, two messages with one id are found');
ROLLBACK;
ALTER TABLE messages ALTER COLUMN created_at TYPE timestamptz USING created_at AT TIME ZONE 'UTC';
SET timezone = 'Asia/Kolkata';
SELECT is(names(search_messages('red')), 't2 h1 t1', 'times with time zones');
SELECT is(search_messages('"red car"') #>> '{messages,0,place,created_at}', '2026-01-05T09:00:01.000000Z',
    '... they are in UTC');
ALTER TABLE messages DROP COLUMN id CASCADE;
SELECT throws_ok($$SELECT search_messages('red')$$, '42703', NULL, 'a dropped column');
DROP TABLE messages CASCADE;
SELECT throws_ok($$SELECT search_messages('red')$$, '42P01', NULL, 'a dropped table');

SELECT * FROM finish();
