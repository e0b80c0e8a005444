-- get_conversation follows changes of the tables: in this session, which has planned its statements, in
-- transactions that are rolled back, and during a call.
SET client_min_messages = warning;
\ir ../lib/pgtap.sql
CREATE SCHEMA "My Chat";
CREATE EXTENSION agentchat SCHEMA "My Chat";
SET search_path = tap;

-- Tells whether get_conversation returns the same as SQL, whole and in pages.
CREATE FUNCTION same(schema text DEFAULT 'My Chat') RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    result boolean;
BEGIN
    EXECUTE format($query$
        SELECT count(*) = 3 AND bool_and(
            %1$I.get_conversation(c.id) = to_jsonb(c) || jsonb_build_object('messages', m.all_of_them)
            AND %1$I.get_conversation_json(c.id)::jsonb = %1$I.get_conversation(c.id)
            AND %1$I.get_conversation(c.id, message_limit => 2) -> 'messages' = m.all_of_them - 0
            AND %1$I.get_conversation(c.id, before_message => m.last) -> 'messages' = m.all_of_them - 2
            AND %1$I.get_conversation(c.id, message_limit => 1, before_message => m.last) -> 'messages'
                = m.all_of_them - 2 - 0)
        FROM %1$I.conversations c, LATERAL (
            SELECT jsonb_agg(to_jsonb(m) ORDER BY m.created_at, m.id) AS all_of_them,
                (array_agg(m.id ORDER BY m.created_at, m.id))[3]::text AS last
            FROM %1$I.messages m WHERE m.conversation_id = c.id) m
        $query$, schema) INTO result;
    RETURN result;
END $$;

-- Three conversations with three messages each.
CREATE FUNCTION fill(schema text DEFAULT 'My Chat') RETURNS void LANGUAGE plpgsql SET search_path = '' AS $$
BEGIN
    PERFORM set_config('search_path', quote_ident(schema), true);
    INSERT INTO users (id, email) VALUES (md5('ada')::uuid, 'ada@example.com');
    INSERT INTO conversations (id, user_id, title)
    SELECT md5('c' || c)::uuid, md5('ada')::uuid, c FROM generate_series(1, 3) c;
    INSERT INTO messages (id, conversation_id, role, content, parts, created_at)
    SELECT md5(c || ' ' || m)::uuid, md5('c' || c)::uuid, 'user', m, '[]',
        timestamp '2026-01-05' + m * interval '1 second'
    FROM generate_series(1, 3) c, generate_series(1, 3) m;
END $$;

SELECT plan(102);

SELECT fill() \g /dev/null
SELECT ok(same(), 'it works in a schema whose name needs quotes');

-- Changes by users: rolled back to a savepoint, rolled back, and committed.
CREATE TEMPORARY TABLE changes (n serial, change text);
INSERT INTO changes (change) VALUES
    ('ALTER TABLE "My Chat".messages ADD COLUMN tokens int DEFAULT 7'),
    ('ALTER TABLE "My Chat".messages ADD COLUMN "an ""odd"" name, %s" text DEFAULT ''x'''),
    ('ALTER TABLE "My Chat".messages ALTER COLUMN tokens DROP DEFAULT, ALTER COLUMN tokens TYPE text'),
    ('ALTER TABLE "My Chat".messages ALTER COLUMN tokens TYPE jsonb USING ''{"n": 7}''::jsonb'),
    ('ALTER TABLE "My Chat".messages ALTER COLUMN tokens TYPE numeric USING 7.50'),
    ('ALTER TABLE "My Chat".messages ALTER COLUMN content TYPE varchar(100)'),
    ('ALTER TABLE "My Chat".messages ALTER COLUMN content TYPE char(100)'),
    ('ALTER TABLE "My Chat".messages RENAME COLUMN reasoning TO thoughts'),
    ('ALTER TABLE "My Chat".messages DROP COLUMN parts'),
    ('ALTER TABLE "My Chat".messages ADD COLUMN parts boolean GENERATED ALWAYS AS (role = ''user'') STORED'),
    ('ALTER TABLE "My Chat".conversations ADD COLUMN tags text[] DEFAULT ''{a, b}'''),
    ('ALTER TABLE "My Chat".conversations ADD COLUMN messages text DEFAULT ''gives way'''),
    ('ALTER TABLE "My Chat".conversations ADD COLUMN has_more text DEFAULT ''stays but in a page'''),
    ('ALTER TABLE "My Chat".conversations ALTER COLUMN title TYPE int USING title::int'),
    ('ALTER TABLE "My Chat".conversations RENAME COLUMN metadata TO "data"'),
    ('ALTER TABLE "My Chat".conversations DROP COLUMN system_prompt'),
    ('ALTER TABLE "My Chat".messages RENAME TO kept; '
     'CREATE VIEW "My Chat".messages AS SELECT *, upper(content::text) AS loud FROM "My Chat".kept'),
    ('DROP VIEW "My Chat".messages; ALTER TABLE "My Chat".kept RENAME TO messages');

SELECT 'BEGIN', 'SAVEPOINT before', change, format('SELECT ok(same(), %L)', change),
    'ROLLBACK TO before', $$SELECT ok(same(), '... rolled back to a savepoint')$$,
    change, 'DO $do$ BEGIN ASSERT tap.same(); END $do$', 'ROLLBACK', $$SELECT ok(same(), '... rolled back')$$,
    change, $$SELECT ok(same(), '... committed')$$
FROM changes ORDER BY n \gexec

ALTER SCHEMA "My Chat" RENAME TO chat;
SELECT ok(same('chat'), 'it works after the schema was renamed');

-- Types that a page cannot have. The whole conversation can still be read.
CREATE FUNCTION has_no_pages(name text) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
    RETURN QUERY SELECT throws_ok(
        format('SELECT chat.get_conversation(%L, %s)', md5('c1')::uuid, arguments), '42804',
        'columns of the table messages have the wrong types', format('%s: %s', name, arguments))
    FROM unnest('{message_limit => 1,before_message => md5(''1 3'')::uuid::text}'::text[]) arguments;
    RETURN QUERY SELECT is(chat.get_conversation(md5('c1')::uuid),
        to_jsonb(c) || jsonb_build_object('messages', (
            SELECT jsonb_agg(to_jsonb(m) ORDER BY m.created_at, m.id) FROM chat.messages m
            WHERE m.conversation_id = c.id)),
        '... the whole conversation')
    FROM chat.conversations c WHERE c.id = md5('c1')::uuid;
END $$;
SELECT 'BEGIN', change, format('SELECT has_no_pages(%L)', name), more, 'ROLLBACK' FROM (VALUES
    ('days in place of times', 'ALTER TABLE chat.messages ALTER COLUMN created_at DROP DEFAULT, '
     'ALTER COLUMN created_at TYPE date',
     $$SELECT is(jsonb_path_query_array(chat.get_conversation(md5('c1')::uuid, 'ai-sdk'), '$[*].metadata'),
         '[{}, {}, {}]', '... without times in UIMessages')$$),
    ('texts in place of times', 'ALTER TABLE chat.messages ALTER COLUMN created_at DROP DEFAULT, '
     'ALTER COLUMN created_at TYPE text', NULL),
    ('texts in place of ids', 'ALTER TABLE chat.messages DROP CONSTRAINT messages_pkey CASCADE, '
     'ALTER COLUMN id DROP DEFAULT, ALTER COLUMN id TYPE text', NULL)) v (name, change, more) \gexec

-- A domain is read as the type under it, wherever a format looks at the column.
CREATE DOMAIN conversation_key AS uuid;
SELECT chat.get_conversation(md5('c1')::uuid, 'ai-sdk') AS before \gset
BEGIN;
ALTER TABLE chat.messages RENAME TO kept;
CREATE VIEW chat.messages AS SELECT id, conversation_id::conversation_key, role, content, parts, created_at
FROM chat.kept;
SELECT is(chat.get_conversation(md5('c1')::uuid, 'ai-sdk'), :'before', 'a domain in place of uuid');
ROLLBACK;

-- Missing tables.
BEGIN;
DROP TABLE chat.messages CASCADE;
SELECT throws_ok($$SELECT chat.get_conversation(md5('c1')::uuid)$$, '42P01',
    'a table of agentchat is missing', 'without messages');
ROLLBACK;
SELECT ok(same('chat'), '... rolled back');
BEGIN;
ALTER TABLE chat.conversations RENAME TO chats;
SELECT throws_ok($$SELECT chat.get_conversation(md5('c1')::uuid)$$, '42P01',
    'a table of agentchat is missing', 'without conversations');
ROLLBACK;
SELECT ok(same('chat'), '... rolled back');

-- The extension is dropped and created again.
DROP EXTENSION agentchat CASCADE;
CREATE EXTENSION agentchat SCHEMA chat;
SELECT ok(same('chat'), 'it works after the extension was created again on the same tables');

BEGIN;
DROP EXTENSION agentchat CASCADE;
CREATE EXTENSION agentchat SCHEMA public;
SELECT fill('public') \g /dev/null
SELECT ok(same('public'), 'it works with the extension in another schema');
ROLLBACK;
SELECT ok(same('chat'), '... rolled back');

DROP EXTENSION agentchat CASCADE;
DROP SCHEMA chat CASCADE;
CREATE SCHEMA chat;
BEGIN;
CREATE EXTENSION agentchat SCHEMA chat;
SELECT fill('chat') \g /dev/null
SELECT ok(same('chat'), 'it works after the extension and its tables were created again');
ROLLBACK;
CREATE EXTENSION agentchat SCHEMA chat;
SELECT fill('chat') \g /dev/null
SELECT ok(same('chat'), '... rolled back, and created again');

-- Changes during a call: a column's type has a cast to json that reads another conversation. Each inner call
-- finds changed tables and prepares its statements again while the outer calls still use theirs.
CREATE TYPE public.mention AS ENUM ('c1', 'c2');
CREATE FUNCTION public.to_json(public.mention) RETURNS json LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE 'GRANT SELECT ON chat.conversations, chat.messages TO CURRENT_USER';
    RETURN chat.get_conversation(md5($1::text)::uuid);
END $$;
CREATE CAST (public.mention AS json) WITH FUNCTION public.to_json(public.mention);
ALTER TABLE chat.messages ADD COLUMN mentions public.mention;
-- The third conversation mentions the second, and the second mentions the first.
UPDATE chat.messages SET mentions = 'c2' WHERE conversation_id = md5('c3')::uuid AND content <> '2';
UPDATE chat.messages SET mentions = 'c1' WHERE conversation_id = md5('c2')::uuid;
SELECT is(jsonb_path_query_array(chat.get_conversation(md5('c3')::uuid),
    '$.messages[*].mentions.messages[*].mentions.messages[*].content'),
    (SELECT jsonb_agg(m::text ORDER BY n, m) FROM generate_series(1, 6) n, generate_series(1, 3) m),
    'two nested calls work');
SELECT ok(same('chat'), '... later calls work as before');
\if :is_sql
SELECT skip('PL/pgSQL keeps no such statements');
\else
SELECT is((SELECT count(*)::int FROM pg_backend_memory_contexts WHERE name LIKE 'agentchat%'), 1,
    '... only one set of statements is kept');
\endif

-- A policy changes the other table. No statement reads that table yet: PostgreSQL allows the change.
CREATE ROLE agentchat_test_reader;
GRANT USAGE ON SCHEMA chat, tap TO agentchat_test_reader;
GRANT SELECT ON chat.conversations, chat.messages TO agentchat_test_reader;
ALTER TABLE chat.messages DROP COLUMN mentions;
ALTER TABLE chat.messages ADD COLUMN note text;
ALTER TABLE chat.conversations ENABLE ROW LEVEL SECURITY;
CREATE FUNCTION public.visible() RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    EXECUTE current_setting('test.change');
    RETURN true;
END $$;
CREATE POLICY all_of_them ON chat.conversations USING (public.visible());
ALTER TABLE chat.messages DISABLE ROW LEVEL SECURITY;

SET ROLE agentchat_test_reader;
-- The query of the functions in SQL reads both tables, and PostgreSQL refuses any change of them.
\if :is_sql
SET test.change = 'ALTER TABLE chat.messages ALTER COLUMN note TYPE uuid USING NULL';
SELECT throws_ok($$SELECT chat.get_conversation(md5('c1')::uuid)$$, '55006', NULL,
    'a column that changes its type during a call is an error');
SET test.change = 'ALTER TABLE chat.messages DROP COLUMN note';
SELECT throws_ok($$SELECT chat.get_conversation(md5('c1')::uuid)$$, '55006', NULL, '... one that is dropped');
\else
SET test.change = 'ALTER TABLE chat.messages ALTER COLUMN note TYPE uuid USING NULL';
SELECT throws_ok($$SELECT chat.get_conversation(md5('c1')::uuid)$$, '55006',
    'a table of agentchat was changed while it was read',
    'a column that changes its type during a call is an error');
SET test.change = 'ALTER TABLE chat.messages DROP COLUMN note';
SELECT throws_ok($$SELECT chat.get_conversation(md5('c1')::uuid)$$, '42703', NULL, '... one that is dropped');
\endif
SET test.change = 'ALTER TABLE chat.conversations ADD COLUMN x text';
SELECT throws_ok($$SELECT chat.get_conversation(md5('c1')::uuid)$$, '55006', NULL,
    '... one that is added to the table that is read');
SET test.change = 'ALTER TABLE chat.messages ADD COLUMN x text';
\if :is_sql
SELECT throws_ok($$SELECT chat.get_conversation(md5('c1')::uuid)$$, '55006', NULL,
    '... or to the other table');
\else
SELECT isnt(chat.get_conversation(md5('c1')::uuid),
    NULL,
    'a column can be added to the other table during a call');
\endif
SET test.change = '';
SELECT ok(same('chat'), '... later calls work as before');
RESET ROLE;

SELECT * FROM finish();
DROP OWNED BY agentchat_test_reader;
DROP ROLE agentchat_test_reader;
