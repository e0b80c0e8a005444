-- Gives sqlsmith's user rows in every table, in place of those that it has left: psql -v user=UUID.
\set ON_ERROR_STOP on
SET client_min_messages = warning;
BEGIN;
DELETE FROM conversations WHERE user_id = :'user';
DELETE FROM artifacts WHERE user_id = :'user';
DELETE FROM workflows WHERE user_id = :'user';
DELETE FROM agent_instances WHERE user_id = :'user';
DELETE FROM agent_definitions WHERE user_id = :'user';
DELETE FROM subscriptions WHERE user_id = :'user';

INSERT INTO users (id, email, name) VALUES (:'user', 'smith@example.com', 'Smith') ON CONFLICT DO NOTHING;
INSERT INTO conversations (user_id, title, system_prompt, metadata)
SELECT :'user', 'Conversation ' || n, 'Be brief.', jsonb_build_object('n', n) FROM generate_series(1, 20) n;
INSERT INTO messages (conversation_id, role, content, parts, attachments, reasoning)
SELECT id, (ARRAY['user', 'assistant'])[1 + n % 2], 'Message ' || n,
    CASE WHEN n % 3 > 0
        THEN jsonb_build_array(jsonb_build_object('type', 'text', 'text', 'Message ' || n)) END,
    CASE WHEN n % 4 = 0
        THEN '[{"url": "https://example.com/a.png", "contentType": "image/png"}]'::jsonb END,
    CASE WHEN n % 5 = 0 THEN 'It thinks.' END
FROM conversations, generate_series(1, 10) n WHERE user_id = :'user';
INSERT INTO artifacts (user_id, message_id, type, title, content)
SELECT :'user', m.id, 'code', m.content, 'print(1)'
FROM messages m JOIN conversations c ON c.id = m.conversation_id WHERE c.user_id = :'user' LIMIT 20;
INSERT INTO subscriptions (user_id, stripe_subscription_id, plan, status, is_active, agent_limit)
VALUES (:'user', 'sub_smith', 'pro', 'active', true, 8);
INSERT INTO agent_definitions (user_id, name, description, system_prompt, is_public)
SELECT :'user', 'agent ' || n, 'An agent', 'Be kind.', n = 1 FROM generate_series(1, 5) n;
INSERT INTO agent_instances (user_id, definition_id, name)
SELECT user_id, id, name FROM agent_definitions WHERE user_id = :'user';
INSERT INTO workflows (user_id, agent_instance_id, workflow_id, status, goal, steps)
SELECT user_id, id, 'wf ' || name, 'pending', 'to win', '["one", "two"]' FROM agent_instances
WHERE user_id = :'user';
INSERT INTO runs (conversation_id) SELECT id FROM conversations WHERE user_id = :'user' LIMIT 10;
INSERT INTO run_chunks (run_id, seq, chunk)
SELECT r.id, n, '{"type": "text-delta", "id": "1", "delta": "Hello"}'
FROM runs r JOIN conversations c ON c.id = r.conversation_id, generate_series(1, 5) n
WHERE c.user_id = :'user';
COMMIT;
