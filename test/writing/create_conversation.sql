-- create_conversation() and append_messages() obey rights and policies, and work with any search_path,
-- changed tables and all isolation levels.
\ir ../lib/agentchat.sql
\ir ../lib/api_user.sql
\ir ../lib/said.sql

INSERT INTO conversations (id, user_id, title)
SELECT md5('c ' || u)::uuid, md5(u)::uuid, u FROM unnest('{ada, bob}'::text[]) u;
INSERT INTO messages (id, conversation_id, role, content)
SELECT md5('m ' || title)::uuid, id, 'user', title FROM conversations;

-- Returns an error without the values in it.
CREATE FUNCTION error(query text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE query;
    RETURN 'none';
EXCEPTION WHEN OTHERS THEN
    RETURN SQLSTATE || ': ' || SQLERRM;
END $$;

SELECT plan(65);

-- ---- create_conversation()

SELECT create_conversation('A trip', jsonb_build_array(said('1', 'a'), said('2')), 'Be brief.',
    '{"pinned": true}', md5('ada')::uuid) AS made \gset
SELECT :'made'::jsonb ->> 'id' AS id \gset
SELECT is(:'made'::jsonb - 'messages' - 'id', jsonb_build_object('user_id', user_id, 'title', title,
        'created_at',
        to_char(created_at, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
        'updated_at',
        to_char(updated_at, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')),
        'the result is the conversation')
FROM conversations WHERE id = :'id';
SELECT is((SELECT jsonb_agg(jsonb_build_object('id', id, 'given_id', CASE content WHEN '1' THEN 'a' END,
        'created_at', to_char(created_at, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'))
        ORDER BY created_at)
    FROM messages WHERE conversation_id = :'id'),
        :'made'::jsonb -> 'messages',
        '... with its messages as append_messages() returns them');
SELECT results_eq(format('SELECT user_id, title, system_prompt, metadata, created_at = updated_at
    FROM conversations WHERE id = %L',
        :'id'),
    $$VALUES (md5('ada')::uuid, 'A trip', 'Be brief.', '{"pinned": true}'::jsonb, true)$$,
    'the arguments are stored');
SELECT is(append_messages(:'id', said('1 and more', 'a')) -> 0,
    :'made'::jsonb #> '{messages,0}',
    'a message can be named by its given id');
SELECT is(create_conversation('Empty', user_id => md5('ada')::uuid) -> 'messages', '[]', 'without messages');
SELECT is(create_conversation('', '[]', '', '{}', md5('ada')::uuid) ->> 'title', '',
    'empty values are allowed');
SELECT CASE WHEN :'is_sql' THEN 'rows' ELSE 'openai' END AS another_format \gset
SELECT is(create_conversation(U&'\+01F334 "',
        '{"role": "user", "content": "x"}',
        user_id => md5('ada')::uuid,
        format => :'another_format') ->> 'title',
    U&'\+01F334 "',
    'in another format');
SELECT become('bob') \g /dev/null
SELECT is(create_conversation('Mine') ->> 'user_id', md5('bob')::uuid::text, 'the user is the caller');
SELECT is(create_conversation('Hers', user_id => md5('ada')::uuid) ->> 'user_id',
    md5('ada')::uuid::text,
    '... unless the call names another');
SELECT become('') \g /dev/null

SELECT count(*) AS before FROM conversations \gset
SELECT is(error($$SELECT create_conversation('x')$$), '22023: no user given', 'a call without a user');
SELECT is(error($$SELECT create_conversation(NULL, user_id => md5('ada')::uuid)$$),
    '22004: an argument must not be NULL',
    'NULL as the title');
SELECT is(error($$SELECT create_conversation('x', metadata => '[]', user_id => md5('ada')::uuid)$$),
    '22023: metadata must be a JSON object',
    'metadata that is not an object');
SELECT is(error($$SELECT create_conversation('x', metadata => 'null', user_id => md5('ada')::uuid)$$),
    '22023: metadata must be a JSON object',
    '... or null');
SELECT is(error($$SELECT create_conversation('x', user_id => md5('ada')::uuid, format => 'x')$$),
    '22023: unknown format',
    'an unknown format');
SELECT is(error($$SELECT create_conversation('x', user_id => md5('nobody')::uuid)$$),
    '23503: insert or update on table "conversations" violates foreign key constraint '
    '"conversations_user_id_users_id_fk"',
    'a user that does not exist');
SELECT is(error($$SELECT create_conversation('x',
        '[{"role": "user", "parts": []}, {"role": "user"}]',
        user_id => md5('ada')::uuid)$$),
    '22023: message does not match its format',
    'a wrong message');
SELECT is(error($$SELECT create_conversation('x',
        said('x', md5('m bob')::uuid::text),
        user_id => md5('ada')::uuid)$$),
    'PT409: message belongs to another conversation',
    'an id of another conversation''s message');
SELECT is(error($$SELECT create_conversation('x',
        jsonb_build_object('role', 'user', 'content', 'x', 'conversation_id', md5('c ada')::uuid),
        user_id => md5('ada')::uuid,
        format => 'rows')$$),
    'PT409: message belongs to another conversation', 'a row of another conversation');
\if :is_sql
SELECT skip('the functions in SQL do not have the formats of providers');
\else
SELECT is(error($$SELECT create_conversation('x',
        '{"role": "tool", "tool_call_id": "x", "content": "x"}',
        user_id => md5('ada')::uuid,
        format => 'openai')$$),
    '22023: message does not match its format',
    'a result without a call');
\endif
SELECT is((SELECT count(*) FROM conversations), :before::bigint, '... none of these calls created anything');

-- ---- users

SET ROLE agentchat_test_user;
SELECT become('ada') \g /dev/null
SELECT is(jsonb_array_length(append_messages(md5('c ada')::uuid,
        jsonb_build_array(said('x', 'x'), said('y')))),
    2, 'a user appends to a conversation');
SELECT is(append_messages(md5('c ada')::uuid, said('more', 'x')) #>> '{0,given_id}',
    'x',
    '... changes a message');
SELECT is(create_conversation('New', said('x')) ->> 'user_id',
    md5('ada')::uuid::text,
    '... creates a conversation');
SELECT is(error(format('SELECT append_messages(md5(''c bob'')::uuid, %L)', messages)),
    'PT404: conversation not found',
    'a user cannot find another user''s conversation: ' || left(messages, 10))
FROM unnest(ARRAY['[]', said('x')::text, said('x', md5('m bob')::uuid::text)::text]) AS messages;
SELECT is(error($$SELECT append_messages(md5('c ada')::uuid, said('x', md5('m bob')::uuid::text))$$),
    'PT409: message belongs to another conversation',
    'a user cannot change another user''s message');
SELECT is(error($$SELECT create_conversation('x', user_id => md5('bob')::uuid)$$),
    '42501: new row violates row-level security policy for table "conversations"',
    'a user cannot create a conversation for another');
SELECT become('') \g /dev/null
SELECT is(error($$SELECT append_messages(md5('c ada')::uuid, '[]')$$),
    'PT404: conversation not found',
    'a caller who is not signed in finds no conversation');
SELECT is(error($$SELECT create_conversation('x')$$), '22023: no user given', '... creates none');
SELECT is(error($$SELECT create_conversation('x', user_id => md5('ada')::uuid)$$),
    '42501: new row violates row-level security policy for table "conversations"',
    '... not for a named user either');
RESET ROLE;
SELECT is((SELECT content FROM messages WHERE id = md5('m bob')::uuid),
    'bob',
    'another user''s message is unchanged');

-- Policies and privileges that the application has added.
DROP POLICY messages_update ON messages;
SET ROLE agentchat_test_user;
SELECT become('ada') \g /dev/null
SELECT is(error($$SELECT append_messages(md5('c ada')::uuid,
        jsonb_build_array(said('new'), said('even more', 'x')))$$),
    '42501: cannot change a stored message',
    'changing a message is an error if a policy forbids it');
SELECT is(append_messages(md5('c ada')::uuid, said('more', 'x')) #>> '{0,given_id}',
    'x',
    '... but not if nothing would change');
RESET ROLE;
CREATE POLICY shared ON conversations FOR SELECT USING (true);
SET ROLE agentchat_test_user;
SELECT is(error($$SELECT append_messages(md5('c bob')::uuid, said('x'))$$),
    '42501: new row violates row-level security policy for table "messages"',
    'a conversation that everybody may read is not open to all writers');
RESET ROLE;
REVOKE INSERT ON messages FROM agentchat_test_user;
SET ROLE agentchat_test_user;
SELECT is(error($$SELECT append_messages(md5('c ada')::uuid, said('x'))$$),
    '42501: permission denied for table messages',
    'a role without the privilege');
RESET ROLE;
SELECT become('') \g /dev/null
SELECT is((SELECT count(*) FROM messages WHERE conversation_id = md5('c ada')::uuid),
    3::bigint,
    '... nothing is written');

BEGIN READ ONLY;
SELECT throws_ok($$SELECT append_messages(md5('c ada')::uuid, said('x'))$$, '25006');
ROLLBACK;

-- ---- search_path: an operator that finds everything equal, and a function of the same name

CREATE SCHEMA evil;
CREATE FUNCTION evil.yes(uuid, uuid) RETURNS boolean LANGUAGE sql AS 'SELECT true';
CREATE FUNCTION evil.yes(text, text) RETURNS boolean LANGUAGE sql AS 'SELECT true';
CREATE FUNCTION evil.no(record, record) RETURNS boolean LANGUAGE internal AS 'record_eq';
CREATE OPERATOR evil.= (FUNCTION = evil.yes, LEFTARG = uuid, RIGHTARG = uuid);
CREATE OPERATOR evil.= (FUNCTION = evil.yes, LEFTARG = text, RIGHTARG = text);
CREATE OPERATOR evil.*<> (FUNCTION = evil.no, LEFTARG = record, RIGHTARG = record);
CREATE FUNCTION evil.unnest(uuid[])
RETURNS SETOF uuid LANGUAGE sql AS 'SELECT pg_catalog.md5(''evil'')::uuid';
CREATE TABLE evil.messages (LIKE messages);
CREATE TABLE evil.conversations (LIKE conversations);
SET search_path = evil, pg_catalog;
SELECT public.append_messages(md5('c ada')::uuid, public.said('z', 'x')) #>> '{0,given_id}' AS given_id \gset
SELECT public.create_conversation('x',
    public.said('z'),
    user_id => md5('ada')::uuid) ->> 'title' AS title \gset
SET search_path = public, tap;
SELECT is(:'given_id'::text, 'x', 'append_messages() works with a foreign search_path');
SELECT is(:'title'::text, 'x', '... create_conversation() too');
SELECT is((SELECT count(*) FROM messages WHERE content = 'z'),
    2::bigint,
    '... both write to the right tables');

-- ---- changed tables

SELECT count(*) AS before FROM messages \gset
ALTER TABLE messages DROP CONSTRAINT messages_pkey CASCADE;
SELECT is(error($$SELECT append_messages(md5('c ada')::uuid, said('x', 'k'))$$),
    '42P10: a table of agentchat lacks its primary key',
    'messages without its primary key');
ALTER TABLE messages ADD PRIMARY KEY (id);
ALTER TABLE messages RENAME COLUMN reasoning TO thoughts;
SELECT is(error($$SELECT append_messages(md5('c ada')::uuid, said('x', 'k'))$$),
    '42703: a table of agentchat lacks a column',
    'messages without a column');
ALTER TABLE messages RENAME COLUMN thoughts TO reasoning;
ALTER TABLE messages ALTER COLUMN created_at DROP DEFAULT,
    ALTER COLUMN created_at TYPE timestamptz USING created_at AT TIME ZONE 'utc',
    ALTER COLUMN created_at SET DEFAULT now();
ALTER TABLE conversations ALTER COLUMN created_at DROP DEFAULT,
    ALTER COLUMN created_at TYPE timestamptz USING created_at AT TIME ZONE 'utc',
    ALTER COLUMN created_at SET DEFAULT now();
ALTER TABLE messages ALTER COLUMN content TYPE varchar(100), ALTER COLUMN role TYPE varchar(9);
ALTER TABLE messages DROP CONSTRAINT messages_parts_check;
ALTER TABLE messages ALTER COLUMN parts TYPE json;
SET TIME ZONE 'America/New_York';
SELECT is(append_messages(md5('c ada')::uuid,
        '{"id": "t", "role": "user", "content": "t", "created_at": "2026-01-05T09:00:00"}',
        'rows') #>> '{0,created_at}',
    '2026-01-05T09:00:00.000000Z',
    'columns of other types work');
SELECT is((SELECT created_at FROM messages WHERE content = 't'),
    '2026-01-05 09:00:00Z',
    '... the time is right');
SELECT is(append_messages(md5('c ada')::uuid, said('t and more', 't')) #>> '{0,created_at}',
    '2026-01-05T09:00:00.000000Z',
    '... an update has the right time');
SELECT matches(create_conversation('x', user_id => md5('ada')::uuid) ->> 'created_at',
    to_char(now() AT TIME ZONE 'utc', 'YYYY-MM-DD"T"HH24:MI'),
    '... a new conversation too');
SELECT is((SELECT count(*) FROM messages), :before::bigint + 1, '... nothing else is written');
RESET TIME ZONE;
SELECT is(error($$SELECT append_messages(md5('c ada')::uuid, said(repeat('x', 101)))$$),
    '22001: value too long for type character varying(100)',
    'a text that is too long for the column');
ALTER TABLE messages RENAME TO m;
SELECT is(error($$SELECT append_messages(md5('c ada')::uuid, said('x'))$$),
    '42P01: a table of agentchat is missing',
    'without the table messages');
CREATE VIEW messages AS SELECT * FROM m;
SELECT is(error($$SELECT append_messages(md5('c ada')::uuid, said('x', 'k'))$$),
    '42P10: a table of agentchat lacks its primary key',
    'a view in its place');
DROP VIEW messages;
ALTER TABLE m RENAME TO messages;

-- One trigger prevents the insert of a message, another one fails.
CREATE FUNCTION skip() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.content = 'skip' THEN RETURN NULL; END IF;
    IF NEW.content = 'fail' THEN RAISE 'no' USING ERRCODE = '23514'; END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER skip BEFORE INSERT ON messages FOR EACH ROW EXECUTE FUNCTION skip();
SELECT is(error($$SELECT append_messages(md5('c ada')::uuid,
        jsonb_agg(said(CASE n WHEN 30 THEN 'fail' ELSE n::text END, 'n' || n)))
        FROM generate_series(1, 50) n$$),
    '23514: no',
    'a trigger that fails for one of many messages');
SELECT is(error(format($$SELECT append_messages(md5('c ada')::uuid,
        jsonb_agg(said(CASE n WHEN 2 THEN 'skip' ELSE 'kept' END, %s)))
        FROM generate_series(1, %s) n$$, id, count)),
    'PT409: message belongs to another conversation',
    format('a trigger that keeps out one of %s messages, id %s', count, id))
FROM (VALUES ('NULL', 2), ($$'n' || n$$, 2), ($$'n' || n$$, 50)) v (id, count);
DROP TRIGGER skip ON messages;
SELECT is((SELECT count(*) FROM messages), :before::bigint + 1, '... nothing is written');

-- A trigger chooses the ids.
BEGIN;
CREATE FUNCTION choose_id() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.id := md5('chosen ' || NEW.content)::uuid;
    RETURN NEW;
END $$;
CREATE TRIGGER choose_id BEFORE INSERT ON messages FOR EACH ROW EXECUTE FUNCTION choose_id();
SELECT append_messages(md5('c ada')::uuid, jsonb_agg(said(n::text) ORDER BY n)) AS appended
FROM generate_series(1, 3) n \gset
SELECT is(:'appended'::jsonb,
    (SELECT jsonb_agg(jsonb_build_object('id', id, 'given_id', NULL, 'created_at',
            to_char(created_at AT TIME ZONE 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')) ORDER BY n)
        FROM generate_series(1, 3) n JOIN messages ON id = md5('chosen ' || n)::uuid),
    'a trigger that chooses the ids: the result has them');
SELECT is(error(format($$SELECT append_messages(md5('c ada')::uuid, jsonb_agg(said('m' || n, 'n' || n)))
        FROM generate_series(1, %s) n$$, count)),
    'PT409: message belongs to another conversation',
    format('... it may not change the ids that %s messages have', count))
FROM (VALUES (2), (50)) v (count);
ROLLBACK;

-- In functions, transactions and queries of all kinds.
CREATE FUNCTION in_definers() RETURNS jsonb LANGUAGE sql SECURITY DEFINER SET search_path = '' AS
$$ SELECT public.append_messages(pg_catalog.md5('c ada')::uuid, public.said('d')) $$;
SELECT is(jsonb_array_length(in_definers()), 1, 'a call in a SECURITY DEFINER function');
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT is(jsonb_array_length(append_messages(md5('c ada')::uuid,
        jsonb_build_array(said('s1', 's1'), said('s2')))),
    2, 'a call in a serializable transaction');
SAVEPOINT s;
SELECT append_messages(md5('c ada')::uuid, said('s1 lost', 's1')) \g /dev/null
ROLLBACK TO s;
SELECT append_messages(md5('c ada')::uuid,
    jsonb_build_array(said('s1 and more', 's1'), said('s3'))) \g /dev/null
COMMIT;
SELECT is((SELECT string_agg(content, '|' ORDER BY created_at, id) FROM messages WHERE content LIKE 's%'),
    's1 and more|s2|s3',
    '... after a savepoint');
SELECT is((SELECT count(*)
        FROM (SELECT append_messages(id, said('q' || n))
            FROM conversations, generate_series(1, 2) n WHERE title IN ('ada', 'bob')) q),
    4::bigint,
    'several calls in a query');
PREPARE append(jsonb) AS SELECT append_messages(md5('c ada')::uuid, $1);
EXECUTE append(said('p1')) \g /dev/null
SET plan_cache_mode = force_generic_plan;
EXECUTE append(said('p2')) \g /dev/null
SELECT is((SELECT string_agg(content, '|' ORDER BY created_at, id) FROM messages WHERE content LIKE 'p%'),
    'p1|p2',
    'a call as a prepared statement');

-- Calls free the memory that they take.
CREATE FUNCTION memory() RETURNS bigint LANGUAGE sql AS
'SELECT sum(total_bytes)::bigint FROM pg_backend_memory_contexts';
CREATE PROCEDURE write_and_fail(times int) LANGUAGE plpgsql AS $$
BEGIN
    FOR n IN 1 .. times LOOP
        PERFORM append_messages(md5('c ada')::uuid, said('m'));
        PERFORM error('SELECT append_messages(md5(''c ada'')::uuid, ''[1]'')');
    END LOOP;
END $$;
CALL write_and_fail(50);
SELECT memory() AS memory \gset
CALL write_and_fail(2000);
SELECT cmp_ok(memory() - :memory, '<', 200000::bigint, 'memory does not grow with the calls');

SELECT * FROM finish();
