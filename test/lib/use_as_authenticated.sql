-- Uses such a database as authenticated, a role under row-level security.
\set ON_ERROR_STOP on
SET search_path = :schema;
BEGIN;
SELECT gen_random_uuid() AS "user" \gset
SELECT set_config('request.jwt.claims', jsonb_build_object('sub', :'user')::text, true) AS claims \gset
SELECT sign_up(:'user', 'ada@example.com') \g /dev/null
SELECT 'user', email FROM users;
INSERT INTO conversations (user_id, title) VALUES (:'user', 'Hello') RETURNING id AS conversation \gset
INSERT INTO messages (conversation_id, role, content) VALUES (:'conversation', 'user', 'Hi');
SELECT 'conversation', get_conversation(:'conversation') -> 'messages' -> 0 ->> 'content';
UPDATE conversations SET title = 'Hello again', updated_at = '1999-01-01' WHERE id = :'conversation'
RETURNING 'updated', updated_at = now() AT TIME ZONE 'utc';
SELECT 'own', count(*) FROM conversations;
SELECT 'all', count(*) FROM messages;
ROLLBACK;
