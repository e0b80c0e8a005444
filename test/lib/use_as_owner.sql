-- Uses a database of fill.sql and customise.sql: psql -XAtq -v schema=public -f test/lib/use_as_owner.sql, as
-- the tables' owner. The output is the same for any such database. It leaves nothing behind.
\set ON_ERROR_STOP on
SET search_path = :schema;
BEGIN;
INSERT INTO users (email) VALUES ('ada@example.com') RETURNING id AS "user" \gset
INSERT INTO conversations (user_id, title) VALUES (:'user', 'Hello') RETURNING id AS conversation \gset
INSERT INTO messages (conversation_id, role, content)
VALUES (:'conversation', 'user', 'Hi') RETURNING id AS message \gset
INSERT INTO artifacts (user_id, message_id, type, title) VALUES (:'user', :'message', 'text', 'Notes');
INSERT INTO agent_definitions (user_id, name, description, system_prompt)
VALUES (:'user', 'a', 'b', 'c') RETURNING id AS definition \gset
INSERT INTO agent_instances (user_id, definition_id, name)
VALUES (:'user', :'definition', 'a') RETURNING id AS instance \gset
INSERT INTO agent_tools (name, description, schema) VALUES ('a', 'b', '{}');
INSERT INTO workflows (user_id, agent_instance_id, workflow_id, status, goal)
VALUES (:'user', :'instance', 'a', 'running', 'b');
INSERT INTO subscriptions (user_id, plan, status, agent_limit) VALUES (:'user', 'free', 'active', 1);
INSERT INTO favourites (id, user_id, message_id) VALUES (-1, :'user', :'message');
SELECT 'created', abs(extract(epoch FROM created_at - now() AT TIME ZONE 'utc')) < 60
FROM agent_instances WHERE id = :'instance';
SELECT 'conversation', get_conversation(:'conversation') -> 'messages' -> 0 ->> 'content';
UPDATE conversations SET title = 'Hello again', updated_at = '1999-01-01' WHERE id = :'conversation'
RETURNING 'updated', updated_at = now() AT TIME ZONE 'utc';
SELECT 'titles', title FROM titles WHERE id = :'conversation';
DELETE FROM messages WHERE id = :'message';
SELECT 'set NULL', (SELECT message_id FROM artifacts WHERE user_id = :'user') IS NULL,
    (SELECT message_id FROM favourites WHERE user_id = :'user') IS NULL;
SELECT 'read', count(*) FROM messages m JOIN conversations c ON c.id = m.conversation_id;
SELECT 'check', * FROM agentchat.check();
ROLLBACK;
