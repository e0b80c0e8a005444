-- Every time in a result ends in Z, in every format and function but the format rows.
\ir ../lib/agentchat.sql
\ir ../lib/said.sql
SET TimeZone = 'America/New_York';
SELECT clock_timestamp() AS began \gset

INSERT INTO users (id, email) VALUES (md5('ada')::uuid, 'ada@example.com');
SELECT create_conversation('Chat', jsonb_build_array(said('one', 'msg-1'), said('two')),
    user_id => md5('ada')::uuid) AS created \gset
SELECT :'created'::jsonb ->> 'id' AS id \gset
INSERT INTO artifacts (user_id, type, title) VALUES (md5('ada')::uuid, 'text', 'A');
INSERT INTO agent_definitions (id, user_id, name, description, system_prompt)
VALUES (md5('d')::uuid, md5('ada')::uuid, 'D', '', '');
INSERT INTO agent_instances (id, user_id, definition_id, name)
VALUES (md5('i')::uuid, md5('ada')::uuid, md5('d')::uuid, 'I');
INSERT INTO workflows (user_id, workflow_id, status, goal) VALUES (md5('ada')::uuid, 'w', 'pending', '');
INSERT INTO subscriptions (user_id, plan, status, agent_limit, stripe_current_period_end)
VALUES (md5('ada')::uuid, 'free', 'active', 1, '2026-01-05 09:00');

-- The times in a value: every text that begins like one.
CREATE FUNCTION times(value jsonb) RETURNS SETOF text LANGUAGE sql AS
$$ SELECT t #>> '{}' FROM jsonb_path_query(value, '$.** ? (@.type() == "string")') t
   WHERE t #>> '{}' ~ '^\d{4}-\d\d-\d\d[T ]\d\d:' $$;

CREATE TEMPORARY TABLE results (what text, times int, value jsonb);
INSERT INTO results VALUES
    ('create_conversation', 4, :'created'),
    ('append_messages', 2, append_messages(:'id', jsonb_build_array(said('one', 'msg-1'), said('three')))),
    ('append_messages of rows', 1,
     append_messages(:'id', '{"role": "user", "content": "x", "created_at": "2026-01-05T09:00"}', 'rows'));
INSERT INTO results VALUES
    ('list_conversations', 3, list_conversations(user_id => md5('ada')::uuid)),
    ('drizzle', 6, get_conversation(:'id', 'drizzle')),
    ('ai-sdk', 4, get_conversation(:'id', 'ai-sdk')),
    ('drizzle as JSON', 6, get_conversation_json(:'id', 'drizzle')::jsonb),
    ('ai-sdk as JSON', 4, get_conversation_json(:'id', 'ai-sdk')::jsonb);

INSERT INTO results VALUES ('export_user', 19, agentchat.export_user(md5('ada')::uuid));

SELECT plan(20);

SELECT is((SELECT count(*)::int FROM times(value)), times, what || ' has its times') FROM results;
SELECT is((SELECT string_agg(t, ' ') FROM times(value) t WHERE t !~ '^\S+T\S+\.\d+Z$'), NULL,
    what || ': all of them end in Z') FROM results;
SELECT is((SELECT count(*)::int FROM times(get_conversation(:'id')) t WHERE t !~ '[Z+]'), 6,
    'the format rows has times without a zone, like PostgREST');
SELECT is((SELECT bool_and(t::timestamptz BETWEEN :'began' AND clock_timestamp())
    FROM results, times(value) t WHERE what = 'list_conversations'), true, 'the times are in UTC');

SELECT * FROM finish();
