-- The same as authenticated, who is subject to row-level security.
\set ON_ERROR_STOP on
SET search_path = :schema;
BEGIN;
INSERT INTO users (email) VALUES ('ada@example.com') RETURNING set_config('request.user', id::text, true) AS "user" \gset
INSERT INTO conversations (user_id, title) VALUES (:'user', 'Hello') RETURNING id AS conversation \gset
INSERT INTO messages (conversation_id, role, content) VALUES (:'conversation', 'user', 'Hi');
SELECT 'conversation', get_conversation(:'conversation') -> 'messages' -> 0 ->> 'content';
UPDATE conversations SET title = 'Hello again', updated_at = '1999-01-01' WHERE id = :'conversation'
RETURNING 'updated', updated_at = now() AT TIME ZONE 'utc';
SELECT 'own', count(*) FROM conversations;
SELECT 'all', count(*) FROM messages;
ROLLBACK;
