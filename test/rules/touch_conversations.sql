-- A change of messages sets their conversation's updated_at to the transaction's time: once, and never back.
SET client_min_messages = error;
\ir ../lib/agentchat.sql
SET TimeZone = 'America/New_York';

INSERT INTO users (email) VALUES ('ada@example.com');
CREATE FUNCTION key(name text) RETURNS uuid LANGUAGE sql IMMUTABLE AS 'SELECT md5(name)::uuid';

-- A trigger of the user logs every write to conversations.
CREATE TABLE touch_log (n serial, title text, id uuid);
CREATE FUNCTION log_touch() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    INSERT INTO public.touch_log (title, id) VALUES (NEW.title, NEW.id);
    RETURN NULL;
END $$;
CREATE TRIGGER log_touch AFTER UPDATE ON conversations FOR EACH ROW EXECUTE FUNCTION log_touch();

-- Three conversations with three messages each: a1, a2, a3, b1...
CREATE PROCEDURE fill() LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('row_security', 'off', true);
    DELETE FROM conversations;
    INSERT INTO conversations (id, user_id, title, created_at, updated_at)
    SELECT key(title), u.id, title, '2026-01-05', '2026-01-05'
    FROM users u, unnest('{a, b, c}'::text[]) AS title;
    INSERT INTO messages (id, conversation_id, role, content, reasoning, parts, created_at)
    SELECT key(c.title || n), c.id, 'user', c.title || n, repeat('because ', 10000), '[{"n": 1.0}]',
        timestamp '2026-01-05' + n * interval '1 s'
    FROM conversations c, generate_series(1, 3) n;
    DELETE FROM touch_log;
    PERFORM set_config('row_security', 'on', true);
END $$;
CALL fill();

-- Returns the conversations with the transaction's time, each with the number of writes to it; then other
-- conversations that have changed.
CREATE FUNCTION touched() RETURNS text LANGUAGE sql AS $$
    SELECT coalesce(string_agg(c.title
        || CASE c.updated_at WHEN now() AT TIME ZONE 'utc' THEN '' ELSE c.updated_at::text END
                               || ':' || times, ' ' ORDER BY c.title), '')
    FROM conversations c, LATERAL (SELECT count(*) AS times FROM touch_log l WHERE l.id = c.id) t
    WHERE c.updated_at <> '2026-01-05' OR times > 0
$$;

-- Returns what a statement touches, and undoes it.
CREATE FUNCTION touched_by(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    result text;
BEGIN
    BEGIN
        EXECUTE statement;
        result := touched();
        RAISE USING ERRCODE = 'ZZ001';
    EXCEPTION WHEN SQLSTATE 'ZZ001' THEN
        RETURN result;
    END;
END $$;

SELECT plan(106);

SELECT is(touched_by(statement), touches, coalesce(name, statement))
FROM (VALUES
    ($$INSERT INTO messages (conversation_id, role, content) VALUES (key('a'), 'user', 'x')$$, 'a:1', NULL),
    ($$INSERT INTO messages (conversation_id, role, content)
       SELECT key('a'), 'user', n FROM generate_series(1, 1000) n$$,
        'a:1', NULL),
    ($$INSERT INTO messages (conversation_id, role, content)
       SELECT key(t), 'user', n FROM generate_series(1, 100) n, unnest('{a, b}'::text[]) AS t$$, 'a:1 b:1',
        'an INSERT into two conversations'),
    ($$INSERT INTO messages (conversation_id, role, content)
       SELECT key('a'), 'user', 'x' WHERE false$$, '', NULL),
    ($$INSERT INTO messages (conversation_id, role, content, created_at)
       VALUES (key('a'), 'user', 'x', '2025-01-05')$$,
        'a:1', 'an INSERT at another time'),
    ($$INSERT INTO messages (conversation_id, role, content) VALUES (key('a'), 'user', 'x') RETURNING 1$$,
        'a:1', NULL),
    ($$COPY messages (conversation_id, role, content) FROM PROGRAM
       'for c in 0cc175b9-c0f1-b6a8-31c3-99e269772661 92eb5ffe-e6ae-2fec-3ad7-1c777531578f; '
       'do for n in 1 2 3; do printf "$c\tuser\t$n\n"; done; done'$$,
        'a:1 b:1', 'COPY'),

    ($$UPDATE messages SET content = 'x' WHERE id = key('a1')$$, 'a:1', NULL),
    ($$UPDATE messages SET content = 'x'$$, 'a:1 b:1 c:1', NULL),
    ($$UPDATE messages SET created_at = created_at + interval '1 hour' WHERE conversation_id = key('b')$$,
        'b:1', NULL),
    ($$UPDATE messages SET conversation_id = key('b') WHERE id = key('a1')$$, 'a:1 b:1', NULL),
    ($$UPDATE messages SET conversation_id = key('c')$$, 'a:1 b:1 c:1', NULL),
    ($$UPDATE messages
       SET conversation_id = CASE conversation_id WHEN key('a') THEN key('b') ELSE key('a') END
       WHERE conversation_id
           <> key('c')$$, 'a:1 b:1', 'an UPDATE that exchanges the messages of two conversations'),
    ($$UPDATE messages SET content = 'x' WHERE false$$, '', NULL),
    ($$UPDATE messages SET content = content$$, '', NULL),
    ($$UPDATE messages
       SET content = content || '',
       reasoning = repeat('because ', 10000),
       parts = '[{"n": 1.0}]'$$, '', NULL),
    ($$UPDATE messages SET created_at = date_trunc('milliseconds', created_at)$$, '', NULL),
    ($$UPDATE messages SET content = CASE id WHEN key('a2') THEN 'x' ELSE content END$$, 'a:1',
        'an UPDATE of all that changes one'),
    ($$UPDATE messages SET parts = '[{"n": 1.00}]' WHERE id = key('a1')$$, 'a:1', NULL),
    ($$UPDATE messages SET reasoning = NULL WHERE id = key('a1')$$, 'a:1', NULL),

    ($$DELETE FROM messages WHERE id = key('a1')$$, 'a:1', NULL),
    ($$DELETE FROM messages WHERE conversation_id <> key('b')$$, 'a:1 c:1', NULL),
    ($$DELETE FROM messages WHERE false$$, '', NULL),

    ($$INSERT INTO messages SELECT * FROM messages ON CONFLICT DO NOTHING$$, '', NULL),
    ($$INSERT INTO messages
       SELECT * FROM messages ON CONFLICT (id) DO UPDATE SET content = excluded.content$$, '', NULL),
    ($$INSERT INTO messages SELECT * FROM messages ON CONFLICT (id) DO UPDATE SET content = 'x'$$,
        'a:1 b:1 c:1', NULL),
    ($$INSERT INTO messages (id, conversation_id, role, content)
       VALUES (key('a1'), key('a'), 'user', 'x'),
           (key('a4'), key('a'), 'user', 'x'),
           (key('b1'), key('b'), 'user', 'b1')
       ON CONFLICT (id) DO UPDATE SET content = excluded.content$$, 'a:1',
        'an upsert that updates and inserts in a conversation, and changes nothing in another'),
    ($$MERGE INTO messages m
        USING (VALUES ('a1'), ('a2'), ('a4'), ('b1'), ('c4')) AS v (content) ON m.id = key(v.content)
       WHEN MATCHED AND v.content = 'a1' THEN DELETE
       WHEN MATCHED AND v.content = 'b1' THEN DO NOTHING
       WHEN MATCHED THEN UPDATE SET role = 'assistant'
       WHEN NOT MATCHED THEN INSERT (id, conversation_id, role, content)
           VALUES (key(v.content), key(left(v.content, 1)), 'user', v.content)$$, 'a:1 c:1',
        'a MERGE that inserts, updates and deletes'),
    ($$WITH i AS (INSERT INTO messages (conversation_id, role, content) VALUES (key('a'), 'user', 'x')),
            u AS (UPDATE messages SET content = 'x' WHERE id IN (key('a1'), key('b1')))
       DELETE FROM messages WHERE id IN (key('a2'), key('c1'))$$, 'a:1 b:1 c:1', 'three statements in one'),

    ($$UPDATE conversations SET title = title || '.' WHERE id = key('a');
       INSERT INTO messages (conversation_id, role, content) VALUES (key('a'), 'user', 'x')$$, 'a.:1',
        'a conversation that is at the transaction''s time is not written again'),
    ($$INSERT INTO messages (conversation_id, role, content) VALUES (key('a'), 'user', 'x');
       UPDATE messages SET content = 'x';
       DELETE FROM messages$$, 'a:1 b:1 c:1', 'several statements touch it once'),
    ($$INSERT INTO conversations (id, user_id, title, updated_at)
       SELECT key('d'), id, 'd', '2026-01-06' FROM users;
       INSERT INTO messages (conversation_id, role, content)
       VALUES (key('d'), 'user', 'x')$$, 'd:1', 'a new conversation'),

    ($$DELETE FROM conversations WHERE id = key('a')$$, '', NULL),
    ($$DELETE FROM conversations$$, '', NULL),
    ($$DELETE FROM messages WHERE conversation_id = key('a');
       DELETE FROM conversations WHERE id = key('a')$$, '',
        'messages and their conversation'),
    ($$TRUNCATE messages CASCADE$$, '', NULL),

    -- The restore of a dump, and replication.
    ($$SET LOCAL row_security = off;
        INSERT INTO messages SELECT gen_random_uuid(), conversation_id, role, content FROM messages;
       UPDATE messages SET content = 'x'; DELETE FROM messages$$, '', 'a restore session'),
    ($$SET LOCAL session_replication_role = replica;
        INSERT INTO messages SELECT gen_random_uuid(), conversation_id, role, content FROM messages;
       UPDATE messages SET content = 'x'; DELETE FROM messages$$, '', 'session_replication_role = replica')
) AS v (statement, touches, name);

-- Any number of messages touches each conversation once, in the order of the ids. Therefore no two statements
-- wait for each other.
BEGIN;
INSERT INTO conversations (id, user_id, title, updated_at)
SELECT gen_random_uuid(), id, 'many', '2026-01-05' FROM users, generate_series(1, 200);
INSERT INTO messages (id, conversation_id, role, content)
SELECT gen_random_uuid(), id, 'user', n
FROM conversations, generate_series(1, 50) n WHERE title = 'many' ORDER BY random();
SELECT is(count(*), 200::bigint, '10,000 messages touch 200 conversations once each') FROM touch_log;
SELECT is_empty('SELECT n, id FROM (SELECT *, lag(id) OVER (ORDER BY n) AS before FROM touch_log) l
    WHERE before >= id',
    '... in the order of their ids');
ROLLBACK;
BEGIN;
SET LOCAL row_security = off;
INSERT INTO conversations (id, user_id, title, updated_at)
SELECT gen_random_uuid(), id, 'many', '2026-01-05' FROM users, generate_series(1, 200);
INSERT INTO messages (id, conversation_id, role, content)
SELECT gen_random_uuid(), id, 'user', n
FROM conversations, generate_series(1, 50) n WHERE title = 'many' ORDER BY random();
DELETE FROM touch_log;
RESET row_security;
SAVEPOINT before;
UPDATE messages SET content = 'x';
SELECT is_empty('SELECT n, id FROM (SELECT *, lag(id) OVER (ORDER BY n) AS before FROM touch_log) l
    WHERE before >= id',
    '... also by an UPDATE');
ROLLBACK TO before;
DELETE FROM messages;
SELECT is(count(*), 203::bigint, '... and a DELETE: once') FROM touch_log;
SELECT is_empty('SELECT n, id FROM (SELECT *, lag(id) OVER (ORDER BY n) AS before FROM touch_log) l
    WHERE before >= id',
    '... and in the order of the ids');
ROLLBACK;

-- The time.

BEGIN;
SET LOCAL row_security = off;
UPDATE conversations
SET updated_at = CASE title WHEN 'a' THEN '2100-01-05 09:00' WHEN 'b' THEN 'infinity'
    ELSE '-infinity' END::timestamp;
RESET row_security;
-- The touch itself sets the time, not the table's own trigger.
ALTER TABLE conversations DISABLE TRIGGER agentchat_set_updated_at;
INSERT INTO messages (conversation_id, role, content)
SELECT key(t), 'user', 'x' FROM unnest('{a, b, c}'::text[]) t;
SELECT is(array_agg(updated_at ORDER BY title),
    ARRAY['2100-01-05 09:00', 'infinity', now() AT TIME ZONE 'utc']::timestamp[],
    'updated_at is the transaction''s time in UTC, and never goes back') FROM conversations;
ROLLBACK;

-- Columns of other types.
BEGIN;
ALTER TABLE conversations ALTER updated_at DROP DEFAULT,
    ALTER updated_at TYPE timestamptz USING updated_at AT TIME ZONE 'utc', ALTER updated_at SET DEFAULT now();
DELETE FROM messages WHERE id = key('a1');
SELECT is(updated_at, now(), 'as a timestamptz') FROM conversations WHERE title = 'a';
ROLLBACK;
BEGIN;
ALTER TABLE conversations ALTER updated_at TYPE timestamp(0);
DELETE FROM messages WHERE id = key('a1');
DELETE FROM messages WHERE id = key('a2');
SELECT is(updated_at, (now() AT TIME ZONE 'utc')::timestamp(0), 'to the second')
FROM conversations WHERE title = 'a';
ROLLBACK;
SELECT is(touched_by($$DELETE FROM messages WHERE id = key('a1')$$), 'a:1', 'the type timestamp again');

-- Columns that users add and drop.
BEGIN;
ALTER TABLE messages DROP COLUMN attachments, ADD COLUMN tokens int DEFAULT 7;
ALTER TABLE conversations DROP COLUMN metadata, ADD COLUMN tokens int DEFAULT 7;
SELECT is(touched_by('UPDATE messages SET tokens = 7'), '', 'an added column that does not change');
SELECT is(touched_by($$UPDATE messages SET tokens = 8 WHERE id = key('a1')$$),
    'a:1',
    'an added column that changes');
ALTER TABLE messages ADD COLUMN length int GENERATED ALWAYS AS (length(content)) STORED;
SELECT is(touched_by($$UPDATE messages SET content = content || ''$$), '', 'a generated column');
ROLLBACK;

-- All kinds of writers.

CREATE ROLE agentchat_test_writer;
CREATE ROLE agentchat_test_owner;
GRANT USAGE ON SCHEMA tap TO agentchat_test_writer, agentchat_test_owner;
GRANT SELECT, INSERT, UPDATE, DELETE ON messages TO agentchat_test_writer;

-- Does the same as a role.
CREATE FUNCTION touched_by_role(role text, statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    result text;
BEGIN
    BEGIN
        PERFORM set_config('role', role, true);
        EXECUTE statement;
        PERFORM set_config('role', 'none', true);
        result := touched();
        RAISE USING ERRCODE = 'ZZ001';
    EXCEPTION WHEN SQLSTATE 'ZZ001' THEN
        RETURN result;
    END;
END $$;
CREATE TABLE statements (statement text, touches text);
INSERT INTO statements VALUES
    ($$INSERT INTO messages (conversation_id, role, content) VALUES (key('a'), 'user', 'x')$$, 'a:1'),
    ($$UPDATE messages SET content = 'x' WHERE id = key('a1')$$, 'a:1'),
    ($$UPDATE messages SET conversation_id = key('b') WHERE id = key('a1')$$, 'a:1 b:1'),
    ($$DELETE FROM messages WHERE id = key('a1')$$, 'a:1');

ALTER TABLE conversations DISABLE ROW LEVEL SECURITY;
ALTER TABLE messages DISABLE ROW LEVEL SECURITY;
SELECT throws_ok($$SELECT touched_by_role('agentchat_test_writer',
        'UPDATE conversations SET title = title')$$,
    '42501',
    NULL,
    'a role that may write messages but has no rights on conversations');
SELECT is(touched_by_role('agentchat_test_writer', statement), touches, '... ' || statement) FROM statements;

ALTER TABLE users OWNER TO agentchat_test_owner;
ALTER TABLE conversations OWNER TO agentchat_test_owner;
ALTER TABLE messages OWNER TO agentchat_test_owner;
ALTER TABLE conversations ENABLE ROW LEVEL SECURITY;
ALTER TABLE messages ENABLE ROW LEVEL SECURITY;
SELECT set_config('request.jwt.claims', json_build_object('sub', id)::text, false) FROM users \g /dev/null
SELECT is(touched_by_role('agentchat_test_writer', statement),
    touches,
    'by a user who is signed in: ' || statement)
FROM statements;
RESET request.jwt.claims;
GRANT SELECT ON conversations TO agentchat_test_writer;
CREATE POLICY all_messages ON messages USING (true);
CREATE POLICY all_conversations ON conversations FOR SELECT USING (true);
SELECT is(touched_by_role('agentchat_test_writer', statement),
    touches,
    'by a role under policies: ' || statement)
FROM statements;
ALTER TABLE conversations FORCE ROW LEVEL SECURITY;
ALTER TABLE messages FORCE ROW LEVEL SECURITY;
SELECT is(touched_by_role('agentchat_test_writer', statement),
    touches,
    'by a role where the owner is under policies: ' || statement)
FROM statements;
SELECT is(touched_by_role('agentchat_test_owner', statement),
    touches,
    'by the owner under policies: ' || statement)
FROM statements;
DROP POLICY all_conversations ON conversations;
SELECT is(touched_by_role('agentchat_test_owner', statement), touches,
    'by the owner under policies, who sees no conversation: ' || statement) FROM statements;

-- A role under policies cannot have a restore session, not even through a function of the owner.
CREATE FUNCTION by_owner() RETURNS void LANGUAGE sql SECURITY DEFINER SET row_security = off AS
$$ DELETE FROM public.messages WHERE content = 'a1' $$;
ALTER FUNCTION by_owner() OWNER TO agentchat_test_owner;
ALTER TABLE conversations NO FORCE ROW LEVEL SECURITY;
ALTER TABLE messages NO FORCE ROW LEVEL SECURITY;
SELECT is(touched_by_role('agentchat_test_writer', 'SELECT by_owner()'),
    'a:1',
    'by a function of the owner that sets row_security off');

-- A conversation is deleted with its messages, also if nobody may delete those.
CREATE POLICY all_conversations ON conversations USING (true);
GRANT DELETE ON conversations TO agentchat_test_writer;
REVOKE DELETE ON messages FROM agentchat_test_writer;
BEGIN;
SET LOCAL ROLE agentchat_test_writer;
DELETE FROM conversations WHERE id = public.key('a');
RESET ROLE;
SELECT is(count(*), 6::bigint, 'a role deletes a conversation and its messages') FROM messages;
ROLLBACK;
GRANT DELETE ON messages TO agentchat_test_writer;

ALTER TABLE conversations DISABLE ROW LEVEL SECURITY;
ALTER TABLE messages DISABLE ROW LEVEL SECURITY;
ALTER TABLE users OWNER TO CURRENT_USER;
ALTER TABLE conversations OWNER TO CURRENT_USER;
ALTER TABLE messages OWNER TO CURRENT_USER;

-- Triggers of users.

CREATE FUNCTION do_it() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE TG_ARGV[0] USING NEW;
    RETURN NEW;
END $$;
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'no' USING ERRCODE = 'ZZ002';
END $$;
CREATE FUNCTION leave_out() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';

\set say_b 'INSERT INTO messages (conversation_id, role, content) VALUES (key($$a$$), $$user$$, $$x$$)'
BEGIN;
CREATE TRIGGER copy_to_b AFTER INSERT ON messages FOR EACH ROW WHEN (NEW.conversation_id = md5('a')::uuid)
    EXECUTE FUNCTION do_it('INSERT INTO messages (conversation_id, role, content)
        VALUES (key(''b''), $1.role, $1.content)');
SELECT is(touched_by(:'say_b'), 'a:1 b:1', 'a trigger on messages that writes to another conversation');
ROLLBACK;
BEGIN;
CREATE TRIGGER note AFTER UPDATE ON conversations FOR EACH ROW
    EXECUTE FUNCTION do_it('INSERT INTO messages (conversation_id, role, content)
        VALUES ($1.id, ''system'', ''touched'')');
SELECT is(touched_by(:'say_b'), 'a:1', 'a trigger on conversations that writes to the conversation');
ROLLBACK;
BEGIN;
CREATE TRIGGER refuse BEFORE UPDATE ON conversations FOR EACH ROW EXECUTE FUNCTION refuse();
SELECT throws_ok(:'say_b', 'ZZ002', 'no', 'a trigger on conversations that refuses');
SELECT throws_ok(:'say_b', 'ZZ002', 'no', '... a second time');
DROP TRIGGER refuse ON conversations;
SELECT is(touched_by(:'say_b'), 'a:1', '... until it is dropped');
CREATE TRIGGER zzz_leave_out BEFORE UPDATE ON conversations FOR EACH ROW EXECUTE FUNCTION leave_out();
SELECT is(touched_by(:'say_b'), '', 'a trigger that skips the UPDATE');
ROLLBACK;
BEGIN;
ALTER TABLE conversations DISABLE TRIGGER agentchat_set_updated_at;
SELECT is(touched_by(:'say_b'), 'a:1', 'without the trigger on conversations');
ROLLBACK;

-- An upsert whose rows a trigger moves to another conversation.
BEGIN;
CREATE FUNCTION to_c() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN NEW.conversation_id := key('c'); RETURN NEW; END $$;
CREATE TRIGGER bbb_to_c BEFORE INSERT OR UPDATE ON messages FOR EACH ROW EXECUTE FUNCTION to_c();
SELECT is(touched_by(:'say_b'), 'c:1', 'a trigger that moves the message to another conversation');
SELECT is(touched_by($$UPDATE messages SET content = 'x' WHERE id = key('a1')$$),
    'a:1 c:1',
    '... in an UPDATE');
ROLLBACK;

-- Savepoints.
BEGIN;
SAVEPOINT before;
INSERT INTO messages (conversation_id, role, content) VALUES (key('a'), 'user', 'x');
ROLLBACK TO before;
SELECT is(touched(), '', 'a savepoint that is rolled back');
INSERT INTO messages (conversation_id, role, content) VALUES (key('a'), 'user', 'x');
SELECT is(touched(), 'a:1', '... later statements work as before');
ROLLBACK;

-- Another schema whose name needs quotes, a renamed schema, and temporary tables that come first.
DROP EXTENSION agentchat CASCADE;
CREATE SCHEMA "My Chat";
ALTER TABLE users SET SCHEMA "My Chat";
ALTER TABLE conversations SET SCHEMA "My Chat";
ALTER TABLE messages SET SCHEMA "My Chat";
DROP TABLE artifacts, agent_definitions, agent_instances, agent_tools, workflows, subscriptions;
CREATE EXTENSION agentchat SCHEMA "My Chat";
SET search_path = "My Chat", public, tap;
SELECT count(*) FROM agentchat.adopt() \g /dev/null
SELECT is(touched_by(:'say_b'), 'a:1', 'in another schema');
ALTER SCHEMA "My Chat" RENAME TO chat;
SET search_path = chat, public, tap;
SELECT is(touched_by(:'say_b'), 'a:1', 'in a renamed schema');
CREATE TEMPORARY TABLE conversations AS SELECT * FROM chat.conversations;
SET search_path = public, tap;
INSERT INTO chat.messages (conversation_id, role, content) VALUES (key('a'), 'user', 'x');
SELECT is(updated_at, '2026-01-05', 'a temporary table of the same name')
FROM pg_temp.conversations WHERE title = 'a';
SELECT isnt(updated_at, '2026-01-05', '... the real one is touched')
FROM chat.conversations WHERE title = 'a';
DROP TABLE pg_temp.conversations;

-- Changed tables.
SET search_path = chat, public, tap;
BEGIN;
ALTER TABLE conversations RENAME TO chats;
SELECT throws_ok(:'say_b', '42P01', NULL, 'without conversations');
ROLLBACK;
BEGIN;
ALTER TABLE conversations DROP COLUMN updated_at;
SELECT throws_ok(:'say_b', '42703', NULL, 'without the column');
ROLLBACK;
BEGIN;
ALTER TABLE messages DROP CONSTRAINT messages_conversation_id_conversations_id_fk,
    ALTER conversation_id DROP NOT NULL;
SELECT lives_ok($$INSERT INTO messages (role, content) VALUES ('user', 'x')$$,
    'a message without a conversation');
SELECT lives_ok($$INSERT INTO messages (conversation_id, role, content)
        VALUES (gen_random_uuid(), 'user', 'x')$$,
    '... a message of an unknown conversation');
SELECT lives_ok($$DELETE FROM messages$$, '... they can be deleted');
ROLLBACK;
SELECT is(touched_by('INSERT INTO messages (conversation_id, role, content)
        VALUES (key($$b$$), $$user$$, $$x$$)'),
    'a' || (
    SELECT updated_at FROM conversations WHERE title = 'a') || ':1 b:1',
        '... later statements work as before');

-- Tables to which the trigger must not write with the rights of their owner.
\if :is_sql
SELECT skip(3, 'the functions in SQL write with the rights of their owner');
\else
BEGIN;
ALTER TABLE conversations RENAME TO kept;
CREATE VIEW conversations AS TABLE kept;
SELECT throws_ok(statement, '42809', '"conversations" is not a table',
    'conversations as a view: ' || statement)
FROM unnest(ARRAY[:'say_b', 'DELETE FROM messages']) statement;
ROLLBACK;
BEGIN;
ALTER TABLE messages OWNER TO pg_database_owner;
SELECT throws_ok(:'say_b', '42501', 'the tables of agentchat belong to different owners',
    'messages and conversations of two owners');
ROLLBACK;
\endif
BEGIN;
SELECT format('DROP POLICY %I ON messages', polname) FROM pg_policy
WHERE polrelid = 'messages'::regclass \gexec
ALTER TABLE messages DROP CONSTRAINT messages_conversation_id_conversations_id_fk,
    ALTER conversation_id TYPE text USING conversation_id::text;
SELECT throws_ok($$INSERT INTO messages (conversation_id, role, content) VALUES ('b', 'user', 'x')$$,
    '42804', NULL, 'ids as texts');
ROLLBACK;

-- Wrong calls.
\if :is_sql
SELECT skip('PL/pgSQL refuses it with an error of its own, 0A000');
\else
SELECT throws_ok('SELECT agentchat.touch_conversations()', '39P01', NULL, 'a call of the function itself');
\endif
BEGIN;
CREATE TRIGGER early BEFORE INSERT ON messages
    FOR EACH STATEMENT EXECUTE FUNCTION agentchat.touch_conversations();
SELECT throws_ok(:'say_b', '39P01', NULL, '... before the statement');
DROP TRIGGER early ON messages;
CREATE TRIGGER each AFTER INSERT ON messages FOR EACH ROW EXECUTE FUNCTION agentchat.touch_conversations();
SELECT throws_ok(:'say_b', '39P01', NULL, '... for each row');
DROP TRIGGER each ON messages;
CREATE TRIGGER without AFTER INSERT ON messages
    FOR EACH STATEMENT EXECUTE FUNCTION agentchat.touch_conversations();
SELECT throws_ok(:'say_b', '39P01', NULL, '... without a transition table');
ROLLBACK;

SELECT * FROM finish();
DROP OWNED BY agentchat_test_writer, agentchat_test_owner;
DROP ROLE agentchat_test_writer, agentchat_test_owner;
