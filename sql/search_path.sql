-- Nothing depends on the caller's search_path: here its first schema is somebody else's, with the names that
-- agentchat uses. Whatever of it ran would say so.
CREATE SCHEMA evil;
CREATE FUNCTION evil.yes(uuid, uuid) RETURNS boolean LANGUAGE plpgsql AS
$$ BEGIN RAISE WARNING 'evil'; RETURN true; END $$;
CREATE FUNCTION evil.yes(timestamp, timestamp) RETURNS boolean LANGUAGE plpgsql AS
$$ BEGIN RAISE WARNING 'evil'; RETURN true; END $$;
CREATE FUNCTION evil.yes(record, record) RETURNS boolean LANGUAGE plpgsql AS
$$ BEGIN RAISE WARNING 'evil'; RETURN true; END $$;
CREATE OPERATOR evil.= (LEFTARG = uuid, RIGHTARG = uuid, FUNCTION = evil.yes);
CREATE OPERATOR evil.< (LEFTARG = uuid, RIGHTARG = uuid, FUNCTION = evil.yes);
CREATE OPERATOR evil.= (LEFTARG = timestamp, RIGHTARG = timestamp, FUNCTION = evil.yes);
CREATE OPERATOR evil.< (LEFTARG = timestamp, RIGHTARG = timestamp, FUNCTION = evil.yes);
CREATE OPERATOR evil.> (LEFTARG = timestamp, RIGHTARG = timestamp, FUNCTION = evil.yes);
CREATE OPERATOR evil.<= (LEFTARG = timestamp, RIGHTARG = timestamp, FUNCTION = evil.yes);
CREATE OPERATOR evil.= (LEFTARG = record, RIGHTARG = record, FUNCTION = evil.yes);
CREATE OPERATOR evil.< (LEFTARG = record, RIGHTARG = record, FUNCTION = evil.yes);
CREATE FUNCTION evil.to_jsonb(anyelement) RETURNS jsonb LANGUAGE plpgsql AS
$$ BEGIN RAISE WARNING 'evil'; RETURN '"evil"'; END $$;
CREATE FUNCTION evil.now() RETURNS timestamptz LANGUAGE plpgsql AS
$$ BEGIN RAISE WARNING 'evil'; RETURN '-infinity'; END $$;
CREATE FUNCTION evil.timezone(text, timestamp) RETURNS timestamptz LANGUAGE plpgsql AS
$$ BEGIN RAISE WARNING 'evil'; RETURN '-infinity'; END $$;
CREATE DOMAIN evil.text AS pg_catalog.text CHECK (false);
CREATE TABLE evil.conversations AS SELECT * FROM conversations;
CREATE TABLE evil.messages AS SELECT * FROM messages;

\set ada '\'00000000-0000-0000-0000-0000000000a1\''
\set one '\'00000000-0000-0000-0000-0000000000c1\''
\set two '\'00000000-0000-0000-0000-0000000000c2\''
\set third '\'00000000-0000-0000-0000-0000000000e3\''
INSERT INTO users (id, email) VALUES (:ada, 'ada@example.com');
INSERT INTO conversations (id, user_id, title) VALUES (:one, :ada, 'One'), (:two, :ada, 'Two');
INSERT INTO messages (id, conversation_id, role, content, created_at) VALUES
    ('00000000-0000-0000-0000-0000000000e1', :one, 'user', '1', '2026-01-05 09:01'),
    ('00000000-0000-0000-0000-0000000000e2', :one, 'user', '2', '2026-01-05 09:02'),
    (:third, :one, 'user', '3', '2026-01-05 09:03'),
    ('00000000-0000-0000-0000-0000000000e4', :two, 'user', '4', '2026-01-05 09:04');
-- A type that is handed to to_jsonb.
ALTER TABLE messages ADD COLUMN tokens integer DEFAULT 7;

-- A new session, whose first call is under that search_path.
\c -
SET search_path = evil, pg_catalog;
SELECT jsonb_path_query_array(public.get_conversation(:one), '$.messages[*].content');
SELECT jsonb_path_query_array(public.get_conversation(:two), '$.messages[*].tokens');
SELECT jsonb_path_query_array(public.get_conversation(:one, 'rows', 1, :third), '$.messages[*].content');
SELECT jsonb_path_query_array(public.get_conversation(:one, before_message => :third),
    '$.messages[*].content');
UPDATE public.conversations SET title = 'changed' RETURNING isfinite(updated_at);

-- One whose calls come before and after.
\c -
SELECT jsonb_path_query_array(public.get_conversation(:one, 'rows', 1, :third), '$.messages[*].content');
SET search_path = evil, pg_catalog;
SELECT jsonb_path_query_array(public.get_conversation(:one, 'rows', 1, :third), '$.messages[*].content');
SET search_path = '';
SELECT jsonb_path_query_array(public.get_conversation(:one, 'rows', 1, :third), '$.messages[*].content');

-- A table of the session's own comes before all others.
CREATE TEMPORARY TABLE messages AS SELECT * FROM public.messages;
RESET search_path;
UPDATE messages SET content = 'temporary';
SELECT jsonb_path_query_array(get_conversation(:one), '$.messages[*].content');
DROP TABLE messages;

-- A new session that writes, under that search_path from the beginning.
SET row_security = off;
UPDATE conversations SET updated_at = '2026-01-05 10:00';
\c -
CREATE TEMPORARY TABLE conversations AS SELECT * FROM public.conversations;
SET search_path = evil, pg_catalog;
INSERT INTO public.messages (id, conversation_id, role, content, created_at) VALUES
    ('00000000-0000-0000-0000-0000000000d6', :two, 'user', '5', '2026-01-05 09:04'),
    ('00000000-0000-0000-0000-0000000000d5', :two, 'user', '6', '2026-01-05 09:04')
RETURNING content, created_at;
INSERT INTO public.messages (id, conversation_id, role, content, created_at) VALUES
    ('00000000-0000-0000-0000-0000000000d6', :two, 'user', '5', '2026-01-05 09:04')
ON CONFLICT (id) DO UPDATE SET content = excluded.content, created_at = excluded.created_at
RETURNING content, created_at;
INSERT INTO public.messages (conversation_id, role, content) VALUES (:two, 'user', '7')
RETURNING isfinite(created_at);
UPDATE public.messages SET role = 'assistant', created_at = date_trunc('milliseconds', created_at);
SELECT jsonb_path_query_array(public.get_conversation(:two), '$.messages[*].content');
DELETE FROM public.messages;
RESET search_path;
DROP TABLE pg_temp.conversations;
SELECT title, updated_at > '2026-01-06' AS touched FROM conversations ORDER BY title;

\set VERBOSITY terse
SET client_min_messages = warning;
DROP SCHEMA evil CASCADE;
ALTER TABLE messages DROP COLUMN tokens;
DELETE FROM conversations;
DELETE FROM users;
