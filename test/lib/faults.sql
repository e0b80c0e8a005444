-- Data for the tests of faults: agentchat with both optional features in the schema public, the user Ada with
-- rows in every table, and the role faults_caller, whom the policies know as Ada. c is her conversation, and
-- r its run. Its messages have times to come, which others have only if they are put after them.
SET client_min_messages = warning;
SELECT current_user AS owner \gset
\ir auth_users.sql
CREATE EXTENSION agentchat;
SELECT count(*) FROM agentchat.enable('runs') \g /dev/null
SELECT count(*) FROM agentchat.enable('search') \g /dev/null
SELECT agentchat.link_supabase_auth() \g /dev/null
CREATE ROLE faults_caller;
SELECT agentchat.grant_api('faults_caller') \g /dev/null

INSERT INTO auth.users (id, email)
VALUES (md5('ada')::uuid, 'ada@example.com'), (md5('bob')::uuid, 'bob@example.com');
INSERT INTO subscriptions (user_id, plan, status, is_active, agent_limit)
VALUES (md5('ada')::uuid, 'pro', 'active', true, 5);
INSERT INTO agent_tools (name, description, schema)
VALUES ('weather', 'Tells the weather', '{"type": "object",
    "properties": {"city": {"type": "string", "pattern": "^[A-Z][a-z]+$"}}, "required": ["city"]}');
INSERT INTO agent_definitions (id, user_id, name, description, system_prompt, tools)
VALUES (md5('d')::uuid, md5('ada')::uuid, 'Forecaster', 'Knows', 'Be kind.', '["weather"]');
INSERT INTO agent_instances (id, user_id, definition_id, name)
VALUES (md5('i')::uuid, md5('ada')::uuid, md5('d')::uuid, 'Mine');
INSERT INTO workflows (id, user_id, agent_instance_id, workflow_id, status, goal)
VALUES (md5('w')::uuid, md5('ada')::uuid, md5('i')::uuid, 'w1', 'pending', 'Plan a trip');
INSERT INTO conversations (id, user_id, title, system_prompt)
VALUES (md5('c')::uuid, md5('ada')::uuid, 'Rome', 'Be brief.'),
    (md5('empty')::uuid, md5('ada')::uuid, 'Empty', NULL);
INSERT INTO messages (id, conversation_id, role, content, parts, created_at)
SELECT md5('m' || n)::uuid, md5('c')::uuid, CASE n % 2 WHEN 0 THEN 'assistant' ELSE 'user' END,
    'Weather in Rome, ' || n,
    CASE WHEN n % 2 = 0 THEN jsonb_build_array(
        jsonb_build_object('type', 'text', 'text', 'I look, ' || n),
        jsonb_build_object('type', 'tool-weather', 'toolCallId', 'call' || n, 'state', 'output-available',
            'input', '{"city": "Rome"}'::jsonb, 'output', jsonb_build_object('sun', n))) END,
    timestamp '2100-01-05' + n * interval '1 minute'
FROM generate_series(1, 12) n;
INSERT INTO artifacts (user_id, message_id, type, title, content)
VALUES (md5('ada')::uuid, md5('m2')::uuid, 'text', 'Plan', 'Sun');
INSERT INTO runs (id, conversation_id, message_id)
VALUES (md5('r')::uuid, md5('c')::uuid, md5('answer')::uuid);
INSERT INTO run_chunks (run_id, seq, chunk)
SELECT md5('r')::uuid, n, '{"type": "start"}' FROM generate_series(1, 3) n;
SELECT * FROM agentchat.index_messages() \g /dev/null

-- One number for everything that is stored.
CREATE FUNCTION fingerprint() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    t text;
    one text;
    every text := '';
BEGIN
    FOR t IN SELECT qualified_name FROM agentchat.tables() WHERE actual IS NOT NULL ORDER BY 1 LOOP
        EXECUTE format($q$SELECT md5(coalesce(string_agg(t::text, ' ' ORDER BY t::text), '')) FROM %s t$q$, t)
            INTO one;
        every := every || one;
    END LOOP;
    RETURN md5(every);
END $$;

-- restore_rows() brings back the rows that are there now.
CREATE SCHEMA saved;
SELECT format('CREATE TABLE saved.%I AS TABLE %s', table_name, actual)
FROM agentchat.tables() WHERE actual IS NOT NULL
UNION ALL SELECT 'CREATE TABLE saved.auth_users AS SELECT id, email FROM auth.users' \gexec
CREATE FUNCTION restore_rows() RETURNS void LANGUAGE plpgsql SET session_replication_role = replica AS $$
DECLARE
    t record;
BEGIN
    EXECUTE (SELECT format('TRUNCATE %s', string_agg(actual::text, ', '))
        FROM agentchat.tables() WHERE actual IS NOT NULL);
    FOR t IN SELECT actual, table_name FROM agentchat.tables() WHERE actual IS NOT NULL LOOP
        EXECUTE format('INSERT INTO %s SELECT * FROM saved.%I', t.actual, t.table_name);
    END LOOP;
    DELETE FROM auth.users;
    INSERT INTO auth.users (id, email) SELECT id, email FROM saved.auth_users;
END $$;
