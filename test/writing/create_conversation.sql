-- create_conversation(), and who may write what with it and with append_messages(): rights, policies,
-- search_path, tables that were changed, isolation levels.
\ir ../lib/agentchat.sql
\ir ../lib/api_user.sql
\ir ../lib/said.sql

INSERT INTO conversations (id, user_id, title)
SELECT md5('c ' || u)::uuid, md5(u)::uuid, u FROM unnest('{ada, bob}'::text[]) u;
INSERT INTO messages (id, conversation_id, role, content)
SELECT md5('m ' || title)::uuid, id, 'user', title FROM conversations;

-- What an error says, without the values.
CREATE FUNCTION error(query text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE query;
    RETURN 'none';
EXCEPTION WHEN OTHERS THEN
    RETURN SQLSTATE || ': ' || SQLERRM;
END $$;

SELECT plan(59);

-- ---- create_conversation()

SELECT create_conversation('A trip', jsonb_build_array(said('1', 'a'), said('2')), 'Be brief.',
    '{"pinned": true}', md5('ada')::uuid) AS made \gset
SELECT :'made'::jsonb ->> 'id' AS id \gset
SELECT is(:'made'::jsonb - 'messages' - 'id', jsonb_build_object('user_id', user_id, 'title', title,
        'created_at',
        to_char(created_at, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
        'updated_at',
        to_char(updated_at, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')),
        'the result has the conversation')
FROM conversations WHERE id = :'id';
SELECT is((SELECT jsonb_agg(jsonb_build_object('id', id, 'given_id', CASE content WHEN '1' THEN 'a' END,
        'created_at', to_char(created_at, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'))
        ORDER BY created_at)
    FROM messages WHERE conversation_id = :'id'),
        :'made'::jsonb -> 'messages',
        '... and messages as append_messages() returns them');
SELECT results_eq(format('SELECT user_id, title, system_prompt, metadata, created_at = updated_at
    FROM conversations WHERE id = %L',
        :'id'),
    $$VALUES (md5('ada')::uuid, 'A trip', 'Be brief.', '{"pinned": true}'::jsonb, true)$$,
    'what was given is stored');
SELECT is(append_messages(:'id', said('1 and more', 'a')) -> 0,
    :'made'::jsonb #> '{messages,0}',
    'a message can be named by the id that was given');
SELECT is(create_conversation('Empty', user_id => md5('ada')::uuid) -> 'messages', '[]', 'without messages');
SELECT is(create_conversation('', '[]', '', '{}', md5('ada')::uuid) ->> 'title', '',
    'with nothing in anything');
SELECT is(create_conversation(U&'\+01F334 "',
        '{"role": "user", "content": "x"}',
        user_id => md5('ada')::uuid,
        format => 'openai') ->> 'title',
    U&'\+01F334 "',
    'in another format');
SELECT become('bob') \g /dev/null
SELECT is(create_conversation('Mine') ->> 'user_id', md5('bob')::uuid::text, 'the user is the caller');
SELECT is(create_conversation('Hers', user_id => md5('ada')::uuid) ->> 'user_id',
    md5('ada')::uuid::text,
    '... unless another is named');
SELECT become('') \g /dev/null

SELECT count(*) AS before FROM conversations \gset
SELECT is(error($$SELECT create_conversation('x')$$), '22023: no user given', 'no user');
SELECT is(error($$SELECT create_conversation(NULL, user_id => md5('ada')::uuid)$$),
    '22004: an argument must not be NULL',
    'no title');
SELECT is(error($$SELECT create_conversation('x', metadata => '[]', user_id => md5('ada')::uuid)$$),
    '22023: metadata must be a JSON object',
    'metadata that is no object');
SELECT is(error($$SELECT create_conversation('x', metadata => 'null', user_id => md5('ada')::uuid)$$),
    '22023: metadata must be a JSON object',
    '... or null');
SELECT is(error($$SELECT create_conversation('x', user_id => md5('ada')::uuid, format => 'x')$$),
    '22023: unknown format',
    'an unknown format');
SELECT is(error($$SELECT create_conversation('x', user_id => md5('nobody')::uuid)$$),
    '23503: insert or update on table "conversations" violates foreign key constraint '
    '"conversations_user_id_users_id_fk"',
    'a user who is not there');
SELECT is(error($$SELECT create_conversation('x',
        '[{"role": "user", "parts": []}, {"role": "user"}]',
        user_id => md5('ada')::uuid)$$),
    '22023: message does not match its format',
    'a message that is wrong');
SELECT is(error($$SELECT create_conversation('x',
        said('x', md5('m bob')::uuid::text),
        user_id => md5('ada')::uuid)$$),
    'PT409: message belongs to another conversation',
    'an id of another conversation');
SELECT is(error($$SELECT create_conversation('x',
        jsonb_build_object('role', 'user', 'content', 'x', 'conversation_id', md5('c ada')::uuid),
        user_id => md5('ada')::uuid,
        format => 'rows')$$),
    'PT409: message belongs to another conversation', 'a row of another conversation');
SELECT is(error($$SELECT create_conversation('x',
        '{"role": "tool", "tool_call_id": "x", "content": "x"}',
        user_id => md5('ada')::uuid,
        format => 'openai')$$),
    '22023: message does not match its format',
    'a result of no call');
SELECT is((SELECT count(*) FROM conversations), :before::bigint, '... and nothing is there of any of these');

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
    '... and makes a conversation');
SELECT is(error(format('SELECT append_messages(md5(''c bob'')::uuid, %L)', messages)),
    'PT404: conversation not found',
    'that of another is not there: ' || left(messages, 10))
FROM unnest(ARRAY['[]', said('x')::text, said('x', md5('m bob')::uuid::text)::text]) AS messages;
SELECT is(error($$SELECT append_messages(md5('c ada')::uuid, said('x', md5('m bob')::uuid::text))$$),
    'PT409: message belongs to another conversation',
    'nor is a message of another changed');
SELECT is(error($$SELECT create_conversation('x', user_id => md5('bob')::uuid)$$),
    '42501: new row violates row-level security policy for table "conversations"',
    'nor is one made for another');
SELECT become('') \g /dev/null
SELECT is(error($$SELECT append_messages(md5('c ada')::uuid, '[]')$$),
    'PT404: conversation not found',
    'nobody finds one');
SELECT is(error($$SELECT create_conversation('x')$$), '22023: no user given', '... nor makes one');
SELECT is(error($$SELECT create_conversation('x', user_id => md5('ada')::uuid)$$),
    '42501: new row violates row-level security policy for table "conversations"',
    '... for somebody either');
RESET ROLE;
SELECT is((SELECT content FROM messages WHERE id = md5('m bob')::uuid),
    'bob',
    'what is another''s is as it was');

-- Policies and privileges of the user's own.
DROP POLICY messages_update ON messages;
SET ROLE agentchat_test_user;
SELECT become('ada') \g /dev/null
SELECT is(error($$SELECT append_messages(md5('c ada')::uuid,
        jsonb_build_array(said('new'), said('even more', 'x')))$$),
    '42501: cannot change a stored message',
    'where messages are not to be changed, that is an error');
SELECT is(append_messages(md5('c ada')::uuid, said('more', 'x')) #>> '{0,given_id}',
    'x',
    '... but not where nothing would change');
RESET ROLE;
CREATE POLICY shared ON conversations FOR SELECT USING (true);
SET ROLE agentchat_test_user;
SELECT is(error($$SELECT append_messages(md5('c bob')::uuid, said('x'))$$),
    '42501: new row violates row-level security policy for table "messages"',
    'where all read a conversation, not all write to it');
RESET ROLE;
REVOKE INSERT ON messages FROM agentchat_test_user;
SET ROLE agentchat_test_user;
SELECT is(error($$SELECT append_messages(md5('c ada')::uuid, said('x'))$$),
    '42501: permission denied for table messages',
    'without the privilege');
RESET ROLE;
SELECT become('') \g /dev/null
SELECT is((SELECT count(*) FROM messages WHERE conversation_id = md5('c ada')::uuid),
    3::bigint,
    'and nothing was written');

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
SELECT is(:'given_id'::text, 'x', 'with a search_path of others');
SELECT is(:'title'::text, 'x', '... a new conversation');
SELECT is((SELECT count(*) FROM messages WHERE content = 'z'),
    2::bigint,
    '... the right tables and messages are written');

-- ---- tables that were changed

SELECT count(*) AS before FROM messages \gset
ALTER TABLE messages DROP CONSTRAINT messages_pkey CASCADE;
SELECT is(error($$SELECT append_messages(md5('c ada')::uuid, said('x', 'k'))$$),
    '42P10: a table of agentchat lacks its primary key',
    'without the primary key');
ALTER TABLE messages ADD PRIMARY KEY (id);
ALTER TABLE messages RENAME COLUMN reasoning TO thoughts;
SELECT is(error($$SELECT append_messages(md5('c ada')::uuid, said('x', 'k'))$$),
    '42703: a table of agentchat lacks a column',
    'without a column');
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
    'with other types');
SELECT is((SELECT created_at FROM messages WHERE content = 't'),
    '2026-01-05 09:00:00Z',
    '... the time is right');
SELECT is(append_messages(md5('c ada')::uuid, said('t and more', 't')) #>> '{0,created_at}',
    '2026-01-05T09:00:00.000000Z',
    '... and in an update');
SELECT matches(create_conversation('x', user_id => md5('ada')::uuid) ->> 'created_at',
    to_char(now() AT TIME ZONE 'utc', 'YYYY-MM-DD"T"HH24:MI'),
    '... and of a conversation');
SELECT is((SELECT count(*) FROM messages), :before::bigint + 1, '... and nothing else was written');
RESET TIME ZONE;
SELECT is(error($$SELECT append_messages(md5('c ada')::uuid, said(repeat('x', 101)))$$),
    '22001: value too long for type character varying(100)',
    'a text that the column cannot have');
ALTER TABLE messages RENAME TO m;
SELECT is(error($$SELECT append_messages(md5('c ada')::uuid, said('x'))$$),
    '42P01: a table of agentchat is missing',
    'without the table');
CREATE VIEW messages AS SELECT * FROM m;
SELECT is(error($$SELECT append_messages(md5('c ada')::uuid, said('x', 'k'))$$),
    '42P10: a table of agentchat lacks its primary key',
    'a view in its place');
DROP VIEW messages;
ALTER TABLE m RENAME TO messages;

-- A trigger that keeps a message from being written, and one that fails.
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
    'a trigger that fails among many');
DROP TRIGGER skip ON messages;
SELECT is((SELECT count(*) FROM messages), :before::bigint + 1, '... and nothing was written');

-- Where it can be called, and in what transactions.
CREATE FUNCTION in_definers() RETURNS jsonb LANGUAGE sql SECURITY DEFINER SET search_path = '' AS
$$ SELECT public.append_messages(pg_catalog.md5('c ada')::uuid, public.said('d')) $$;
SELECT is(jsonb_array_length(in_definers()), 1, 'in a SECURITY DEFINER function');
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT is(jsonb_array_length(append_messages(md5('c ada')::uuid,
        jsonb_build_array(said('s1', 's1'), said('s2')))),
    2, 'in a serializable transaction');
SAVEPOINT s;
SELECT append_messages(md5('c ada')::uuid, said('s1 lost', 's1')) \g /dev/null
ROLLBACK TO s;
SELECT append_messages(md5('c ada')::uuid,
    jsonb_build_array(said('s1 and more', 's1'), said('s3'))) \g /dev/null
COMMIT;
SELECT is((SELECT string_agg(content, '|' ORDER BY created_at, id) FROM messages WHERE content LIKE 's%'),
    's1 and more|s2|s3',
    '... with a savepoint');
SELECT is((SELECT count(*)
        FROM (SELECT append_messages(id, said('q' || n))
            FROM conversations, generate_series(1, 2) n WHERE title IN ('ada', 'bob')) q),
    4::bigint,
    'several times in a query');
PREPARE append(jsonb) AS SELECT append_messages(md5('c ada')::uuid, $1);
EXECUTE append(said('p1')) \g /dev/null
SET plan_cache_mode = force_generic_plan;
EXECUTE append(said('p2')) \g /dev/null
SELECT is((SELECT string_agg(content, '|' ORDER BY created_at, id) FROM messages WHERE content LIKE 'p%'),
    'p1|p2',
    'as a prepared statement');

-- What it takes, the session gives back.
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
