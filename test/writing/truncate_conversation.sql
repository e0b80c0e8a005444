-- truncate_conversation() deletes a message and all later ones, in conversations of the caller only.
\ir ../lib/agentchat.sql
\ir ../lib/api_user.sql

INSERT INTO conversations (id, user_id, title, updated_at)
SELECT md5('c ' || u)::uuid, md5(u)::uuid, u, '2026-01-01' FROM unnest('{ada,bob}'::text[]) u;

-- Each conversation has five messages. In Ada's, a client named the third, and three have the same time,
-- which only a restore can write.
CREATE PROCEDURE fill() LANGUAGE plpgsql SET row_security = off AS $$
BEGIN
    DELETE FROM messages;
    INSERT INTO messages (id, conversation_id, role, content, created_at)
    SELECT md5('m ' || u || n)::uuid, md5('c ' || u)::uuid, 'user', n,
        CASE n WHEN 1 THEN '-infinity' WHEN 5 THEN 'infinity' ELSE timestamp '2026-01-05' END
    FROM unnest('{ada,bob}'::text[]) u, generate_series(1, 5) n;
    UPDATE messages SET id = '1f263af6-85f5-58d0-bf02-034fd8b38a8c'
    WHERE content = '3' AND conversation_id = md5('c ada')::uuid;
    UPDATE messages SET id = '00000000-0000-0000-0000-000000000002'
    WHERE content = '2' AND conversation_id = md5('c ada')::uuid;
    UPDATE messages SET id = 'ffffffff-0000-0000-0000-000000000002'
    WHERE content = '4' AND conversation_id = md5('c ada')::uuid;
END $$;
CREATE FUNCTION left_of(name text) RETURNS text LANGUAGE sql
    AS $$ SELECT string_agg(content, '' ORDER BY content)
        FROM messages WHERE conversation_id = md5('c ' || name)::uuid $$;
\set ada 'md5(''c ada'')::uuid'
\set bob 'md5(''c bob'')::uuid'

SELECT plan(36);

-- The UUIDv5 of the client's id, as Python's uuid module computes it.
CALL fill();
SELECT is(left_of('ada'), '12345', 'the conversation has five messages');
SELECT is(truncate_conversation(:ada, 'msg-three'), 3, 'a message can be named by the client''s id');
SELECT is(left_of('ada'), '12', '... earlier messages stay, also those with the same time');
SELECT is(left_of('bob'), '12345', '... messages of others stay');
SELECT ok((SELECT updated_at FROM conversations WHERE id = :ada) > now() AT TIME ZONE 'utc' - interval '1h',
    '... the conversation has a new updated_at');
SELECT throws_ok(format('SELECT truncate_conversation(%L, %L)', :ada, 'msg-three'),
    'PT404',
    'message not found',
    '... a second time it is gone');
CALL fill();
SELECT is(truncate_conversation(:ada, upper(md5('m ada5')::uuid::text)), 1,
    'the last message, at infinity, can be deleted alone');
SELECT is(left_of('ada'), '1234', '... one message is gone');
SELECT is(truncate_conversation(conversation_id => :ada::text, from_message => md5('m ada1')::uuid::text), 4,
    'all can be deleted from the first, at -infinity');
SELECT is(left_of('ada'), NULL, '... all messages are gone');
SELECT ok(EXISTS (SELECT FROM conversations WHERE id = :ada), '... the conversation stays');

-- As a VOLATILE function, it sees what the transaction has done so far.
CALL fill();
CREATE FUNCTION add_and_truncate() RETURNS int LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO messages (id, conversation_id, role, content)
    VALUES (md5('new')::uuid, md5('c ada')::uuid, 'user', 'new');
    RETURN truncate_conversation(md5('c ada')::uuid, md5('new')::uuid::text);
END $$;
SELECT is(add_and_truncate(), 2, 'it sees what its caller has just written, before and after');
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT is(truncate_conversation(:ada, 'ffffffff-0000-0000-0000-000000000002'), 1,
    'it works in a serializable transaction');
ROLLBACK;
SELECT is(left_of('ada'), '1234', '... and can be rolled back');
BEGIN READ ONLY;
SELECT throws_ok(format('SELECT truncate_conversation(%L, %L)', :ada, 'msg-three'),
    '25006',
    NULL,
    'it fails in a read-only transaction');
ROLLBACK;

-- Errors.
SELECT throws_ok($$SELECT truncate_conversation('00000000-0000-0000-0000-000000000000', 'x')$$,
    'PT404',
    'conversation not found',
    'an unknown conversation');
SELECT throws_ok(format('SELECT truncate_conversation(%L, %L)', :ada, md5('m bob1')::uuid),
    'PT404',
    'message not found',
    'a message of another conversation');
SELECT throws_ok(format('SELECT truncate_conversation(%L, %L)', :ada, ''),
    'PT404',
    'message not found',
    'an empty id');
SELECT throws_ok(format('SELECT truncate_conversation(%L, %L)', :ada, repeat('ü', 100000)),
    'PT404',
    'message not found',
    'a long id');
SELECT throws_ok('SELECT truncate_conversation(NULL, ''x'')', '22004', NULL, 'conversation_id NULL');
SELECT throws_ok(format('SELECT truncate_conversation(%L, NULL)', :ada), '22004', NULL, 'from_message NULL');
CREATE FUNCTION pg_temp.detail_of(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    detail text;
BEGIN
    EXECUTE statement;
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
    RETURN detail;
END $$;
SELECT is(pg_temp.detail_of($$SELECT truncate_conversation('00000000-0000-0000-0000-00000000000A', 'x')$$),
    'Conversation 00000000-0000-0000-0000-00000000000a does not exist, or the caller may not see it.',
    'DETAIL names the conversation');
SELECT is(pg_temp.detail_of(format('SELECT truncate_conversation(%L, ''no "such"'')', :ada)),
    'The conversation has no message "no "such"" that the caller may see.',
    '... and the message');

-- Under row-level security.
CALL fill();
SET ROLE agentchat_test_user;
SELECT become('ada') \g /dev/null
SELECT is(truncate_conversation(:ada, 'msg-three'), 3, 'a user truncates a conversation of their own');
SELECT throws_ok(format('SELECT truncate_conversation(%L, %L)', :bob, md5('m bob1')::uuid),
    'PT404',
    'conversation not found',
    '... not another user''s');
SELECT become('') \g /dev/null
SELECT throws_ok(format('SELECT truncate_conversation(%L, %L)', :ada, md5('m ada1')::uuid),
    'PT404',
    'conversation not found',
    'a caller who is not signed in truncates none');
SET request.jwt.claims = '{"sub": "ada"}';
SELECT throws_ok(format('SELECT truncate_conversation(%L, %L)', :ada, md5('m ada1')::uuid),
    '22023',
    NULL,
    'unreadable claims are an error');
RESET ROLE;
RESET request.jwt.claims;
SELECT is(left_of('ada') || left_of('bob'), '1212345', '... all other messages stay');
CREATE ROLE agentchat_test_nobody;
GRANT USAGE ON SCHEMA tap TO agentchat_test_nobody;
SET ROLE agentchat_test_nobody;
SELECT throws_ok(format('SELECT truncate_conversation(%L, %L)', :ada, md5('m ada1')::uuid),
    '42501',
    NULL,
    'a role without grants');
RESET ROLE;

-- Artifacts stay.
CALL fill();
INSERT INTO artifacts (user_id, message_id, type, title)
VALUES (md5('ada')::uuid, '1f263af6-85f5-58d0-bf02-034fd8b38a8c', 'text', 'kept');
SELECT is(truncate_conversation(:ada, 'msg-three'), 3, 'a message with an artifact can be deleted');
SELECT results_eq('SELECT title, message_id FROM artifacts',
    $$VALUES ('kept', NULL::uuid)$$,
    '... the artifact stays');

-- Planted operators are not called.
CALL fill();
CREATE SCHEMA evil;
CREATE FUNCTION evil.always(uuid, uuid) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT true';
CREATE FUNCTION evil.always(timestamp, timestamp) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT true';
CREATE OPERATOR evil.= (FUNCTION = evil.always, LEFTARG = uuid, RIGHTARG = uuid);
CREATE OPERATOR evil.>= (FUNCTION = evil.always, LEFTARG = uuid, RIGHTARG = uuid);
CREATE OPERATOR evil.>= (FUNCTION = evil.always, LEFTARG = timestamp, RIGHTARG = timestamp);
CREATE TABLE evil.messages AS TABLE messages;
SELECT set_config('search_path', 'evil, pg_catalog', false) \g /dev/null
SELECT public.truncate_conversation(md5('c ada')::pg_catalog.uuid, 'msg-three') AS deleted \gset
SET search_path = public, tap;
SELECT is(:deleted || left_of('ada') || left_of('bob'), '31212345', 'search_path = evil, pg_catalog');
DROP SCHEMA evil CASCADE;

-- The plan follows the table, and a column of another type is an error.
SELECT add_and_truncate() \g /dev/null
ALTER TABLE messages ADD COLUMN tokens int DEFAULT 7;
CALL fill();
SELECT is(truncate_conversation(:ada, 'msg-three'), 3, 'it works after a change of the table');
CALL fill();
ALTER TABLE messages ALTER COLUMN created_at TYPE timestamptz USING created_at AT TIME ZONE 'utc';
SET TIME ZONE 'America/New_York';
SELECT is(truncate_conversation(:ada, 'msg-three'), 3, 'it works with times that have a zone');
RESET TIME ZONE;
ALTER TABLE messages ALTER COLUMN created_at DROP DEFAULT, ALTER COLUMN created_at TYPE text;
SELECT throws_ok(format('SELECT truncate_conversation(%L, %L)', :ada, md5('m ada1')::uuid),
    '42804',
    'a column of agentchat has the wrong type',
    'another type of times is an error');
SELECT is(left_of('ada'), '12', '... nothing is deleted');
SELECT * FROM finish();
