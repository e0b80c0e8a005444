-- A few rows in each of the nine tables on the search_path.
INSERT INTO users (id, email, name)
SELECT format('00000000-0000-0000-0000-%s', lpad(i::text, 12, '0'))::uuid, 'user' || i || '@example.com',
    'User ' || i
FROM generate_series(1, 3) i;
INSERT INTO conversations (id, user_id, title, metadata)
SELECT id, id, 'About ' || name, '{"a": 1}' FROM users;
INSERT INTO messages (id, conversation_id, role, content, parts)
SELECT md5(c.id::text || i)::uuid, c.id, (ARRAY['user', 'assistant'])[1 + i % 2], 'Message ' || i,
    jsonb_build_array(jsonb_build_object('type', 'text', 'text', 'Message ' || i))
FROM conversations c CROSS JOIN generate_series(1, 4) i;
INSERT INTO artifacts (user_id, message_id, type, title)
SELECT c.user_id, m.id, 'code', m.content FROM messages m JOIN conversations c ON c.id = m.conversation_id;
INSERT INTO agent_tools (name, description, schema) VALUES ('search', 'Searches', '{"type": "object"}');
INSERT INTO agent_definitions (id, user_id, name, description, system_prompt, tools)
SELECT id, id, 'agent', 'An agent', 'Be kind.', '["search"]' FROM users;
INSERT INTO agent_instances (id, user_id, definition_id, name) SELECT id, id, id, 'my agent' FROM users;
INSERT INTO workflows (user_id, agent_instance_id, workflow_id, status, goal, steps)
SELECT id, id, 'wf-1', 'pending', 'to win', '[]' FROM users;
INSERT INTO subscriptions (user_id, stripe_subscription_id, plan, status, is_active, agent_limit)
SELECT id, 'sub_' || name, 'pro', 'active', true, 5 FROM users;
