-- What the nine tables take and refuse.
\set VERBOSITY terse
\set ON_ERROR_ROLLBACK on
BEGIN;

-- Times are in UTC, wherever the session is. Ids come by themselves, and so does what may be left out.
SET LOCAL TimeZone = 'America/New_York';
INSERT INTO users (email) VALUES ('ada@example.com')
RETURNING id IS NOT NULL AS id, name,
    created_at = now() AT TIME ZONE 'utc' AS created, updated_at = created_at AS updated;
UPDATE users SET id = '00000000-0000-0000-0000-0000000000a1';
\set ada '\'00000000-0000-0000-0000-0000000000a1\''

INSERT INTO conversations (user_id, title) VALUES (:ada, 'First')
RETURNING system_prompt, metadata,
    created_at = now() AT TIME ZONE 'utc' AS created, updated_at = created_at AS updated;
UPDATE conversations SET id = '00000000-0000-0000-0000-0000000000c1';
\set first '\'00000000-0000-0000-0000-0000000000c1\''

INSERT INTO messages (conversation_id, role, content) VALUES (:first, 'user', 'Hello')
RETURNING parts, attachments, reasoning,
    created_at = now() AT TIME ZONE 'utc' AS created;

INSERT INTO agent_definitions (user_id, name, description, system_prompt) VALUES (:ada, 'Poet', '', '')
RETURNING is_public, tools, capabilities, metadata,
    created_at = now() AT TIME ZONE 'utc' AS created, updated_at = created_at AS updated;
INSERT INTO agent_instances (user_id, definition_id, name)
SELECT :ada, id, 'My poet' FROM agent_definitions
RETURNING status, configuration, metadata,
    created_at = now() AT TIME ZONE 'utc' AS created, updated_at = created_at AS updated;
INSERT INTO agent_tools (name, description, schema) VALUES ('search', '', '{}')
RETURNING is_system, metadata,
    created_at = now() AT TIME ZONE 'utc' AS created, updated_at = created_at AS updated;
INSERT INTO workflows (user_id, workflow_id, status, goal) VALUES (:ada, 'w-1', 'pending', '')
RETURNING agent_instance_id, steps, result, metadata,
    created_at = now() AT TIME ZONE 'utc' AS created, updated_at = created_at AS updated;
INSERT INTO artifacts (user_id, type, title) VALUES (:ada, 'text', 'Poem')
RETURNING message_id, content, metadata,
    created_at = now() AT TIME ZONE 'utc' AS created, updated_at = created_at AS updated;
INSERT INTO subscriptions (user_id, plan, status, agent_limit) VALUES (:ada, 'free', 'active', 1)
RETURNING is_active, stripe_subscription_id,
    created_at = now() AT TIME ZONE 'utc' AS created, updated_at = created_at AS updated;

-- Enumerations: all that the design names, and nothing else.
UPDATE messages SET role = 'assistant';
UPDATE messages SET role = 'system';
UPDATE messages SET role = 'user';
UPDATE messages SET role = 'tool';
UPDATE messages SET role = 'User';
UPDATE artifacts SET type = 'code';
UPDATE artifacts SET type = 'text';
UPDATE artifacts SET type = 'sheet';
UPDATE artifacts SET type = 'image';
UPDATE artifacts SET type = 'video';
UPDATE agent_instances SET status = 'active';
UPDATE agent_instances SET status = 'paused';
UPDATE agent_instances SET status = 'archived';
UPDATE agent_instances SET status = 'deleted';
UPDATE workflows SET status = 'pending';
UPDATE workflows SET status = 'running';
UPDATE workflows SET status = 'failed';
UPDATE workflows SET status = 'running';
UPDATE workflows SET status = 'completed';
UPDATE workflows SET status = '';
UPDATE subscriptions SET plan = 'free';
UPDATE subscriptions SET plan = 'pro';
UPDATE subscriptions SET plan = 'enterprise';
UPDATE subscriptions SET plan = 'gold';
UPDATE subscriptions SET status = 'active';
UPDATE subscriptions SET status = 'canceled';
UPDATE subscriptions SET status = 'past_due';
UPDATE subscriptions SET status = 'cancelled';

-- A limit of agents; -1 is none.
UPDATE subscriptions SET agent_limit = -1;
UPDATE subscriptions SET agent_limit = 0;
UPDATE subscriptions SET agent_limit = -2;

-- Arrays are arrays.
UPDATE messages SET parts = '[{"type": "text", "text": "Hello"}]', attachments = '[]';
UPDATE messages SET parts = NULL, attachments = NULL;
UPDATE messages SET parts = '{}';
UPDATE messages SET parts = 'null';
UPDATE messages SET attachments = '"a.png"';
UPDATE agent_definitions SET tools = '["search"]';
UPDATE agent_definitions SET tools = '{"search": true}';
UPDATE workflows SET steps = '[{}]';
UPDATE workflows SET steps = '1';

-- Objects are objects.
UPDATE conversations SET metadata = '{"pinned": true}';
UPDATE conversations SET metadata = NULL;
UPDATE conversations SET metadata = '[]';
UPDATE conversations SET metadata = 'null';
UPDATE artifacts SET metadata = '[]';
UPDATE agent_definitions SET capabilities = '{}', metadata = '{}';
UPDATE agent_definitions SET capabilities = '[]';
UPDATE agent_definitions SET metadata = '"x"';
UPDATE agent_instances SET configuration = '{}', metadata = '{}';
UPDATE agent_instances SET configuration = '[]';
UPDATE agent_instances SET metadata = '1';
UPDATE agent_tools SET schema = '{"type": "object"}', metadata = '{}';
UPDATE agent_tools SET schema = 'true';
UPDATE agent_tools SET schema = NULL;
UPDATE agent_tools SET metadata = '[]';
UPDATE workflows SET metadata = 'false';
-- A result is whatever came out.
UPDATE workflows SET result = '["a", "list"]';
UPDATE workflows SET result = '42';

-- What is unique.
INSERT INTO users (email) VALUES ('ada@example.com');
INSERT INTO agent_tools (name, description, schema) VALUES ('search', '', '{}');
UPDATE subscriptions SET stripe_subscription_id = 'sub_1';
INSERT INTO subscriptions (user_id, stripe_subscription_id, plan, status, agent_limit)
VALUES (:ada, 'sub_1', 'pro', 'active', 10)
ON CONFLICT (stripe_subscription_id) DO UPDATE SET plan = excluded.plan RETURNING plan;

-- Rows that others need stay.
DELETE FROM users;
DELETE FROM agent_definitions;
INSERT INTO messages (conversation_id, role, content) VALUES (:ada, 'user', 'Whose?');

-- Messages go with their conversation, and what was made of them stays.
UPDATE artifacts SET message_id = messages.id FROM messages;
UPDATE workflows SET agent_instance_id = agent_instances.id FROM agent_instances;
DELETE FROM conversations;
SELECT count(*) FROM messages;
SELECT title, message_id FROM artifacts;
DELETE FROM agent_instances;
SELECT workflow_id, agent_instance_id FROM workflows;

ROLLBACK;
