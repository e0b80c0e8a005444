-- agentchat.check() finds each fault and says how to repair it, and that repairs it.
\ir ../lib/pgtap.sql
\ir ../lib/default_agent_limit.sql
DO $$ BEGIN CREATE ROLE anon; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
DO $$ BEGIN CREATE ROLE authenticated; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
CREATE EXTENSION agentchat;
\set QUIET on
SET client_min_messages = warning;
SET search_path = public, tap;
\ir ../lib/rows.sql

SELECT plan(56);

SELECT is_empty('SELECT * FROM agentchat.check()',
    'nothing is wrong with the tables that CREATE EXTENSION creates');

-- Creates a fault, then runs the remedies of check() (the SQL after a colon, if there is other text) and the
-- repair that it leaves to the reader. Returns what check() found, with a note if it still finds something.
-- Everything is undone again.
CREATE FUNCTION mended(fault text, by_hand text DEFAULT '') RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    found text;
    remedies text[];
    statement text;
BEGIN
    EXECUTE fault;
    SELECT string_agg(concat_ws(' ', c.object, c.problem, c.bad_rows), '; '), array_agg(c.remedy)
    INTO found, remedies FROM agentchat.check() c;
    EXECUTE by_hand;
    FOR statement IN
        SELECT s FROM unnest(remedies) r
        CROSS JOIN regexp_split_to_table(regexp_replace(r, '^[A-Z][a-z][^:]*: ', ''), '; ') s
        WHERE r !~ '\.$'
    LOOP
        EXECUTE replace(statement, ' CONCURRENTLY ', ' ');
    END LOOP;
    found := concat(found, (SELECT string_agg(' STILL THERE: ' || c.object, '') FROM agentchat.check() c));
    RAISE EXCEPTION USING ERRCODE = 'TAP01';
EXCEPTION
    WHEN SQLSTATE 'TAP01' THEN RETURN found;
    WHEN OTHERS THEN RETURN concat_ws(' ', found, SQLSTATE, SQLERRM, statement);
END $$;

SELECT is(mended(fault, coalesce(by_hand, '')), found, name) FROM (VALUES
('a trigger dropped', 'DROP TRIGGER agentchat_set_updated_at ON artifacts', NULL,
    'trigger agentchat_set_updated_at of public.artifacts missing'),
('a trigger disabled', 'ALTER TABLE artifacts DISABLE TRIGGER agentchat_set_updated_at', NULL,
    'trigger agentchat_set_updated_at of public.artifacts disabled'),
('a trigger altered',
    'ALTER TABLE artifacts ADD updated_by text; DROP TRIGGER agentchat_set_updated_at ON artifacts;
    CREATE TRIGGER agentchat_set_updated_at BEFORE UPDATE OF updated_by ON artifacts FOR EACH ROW
    EXECUTE FUNCTION agentchat.set_updated_at()', NULL,
    'trigger agentchat_set_updated_at of public.artifacts has a different definition'),
('the triggers of foreign keys disabled', 'ALTER TABLE subscriptions DISABLE TRIGGER ALL', NULL,
    'constraint subscriptions_user_id_users_id_fk of public.subscriptions has a different definition 0; '
    'trigger agentchat_set_updated_at of public.subscriptions disabled'),
('an index missing', 'DROP INDEX messages_conversation_id_created_at_id_idx', NULL,
    'index messages_conversation_id_created_at_id_idx of public.messages missing'),
('an index invalid',
    'UPDATE pg_index SET indisvalid = false
        WHERE indexrelid = ''messages_conversation_id_created_at_id_idx''::regclass',
    NULL,
    'index messages_conversation_id_created_at_id_idx of public.messages invalid, '
    'or has a different definition'),
('a unique index missing, with duplicates',
    'DROP INDEX subscriptions_stripe_subscription_id_idx;
        UPDATE subscriptions SET stripe_subscription_id = ''a''',
    'UPDATE subscriptions SET stripe_subscription_id = id',
    'index subscriptions_stripe_subscription_id_idx of public.subscriptions missing 2'),
('a check missing', 'ALTER TABLE messages DROP CONSTRAINT messages_role_check', NULL,
    'constraint messages_role_check of public.messages missing 0'),
('a check NOT VALID', 'ALTER TABLE messages DROP CONSTRAINT messages_role_check,
    ADD CONSTRAINT messages_role_check CHECK (role IN (''user'', ''assistant'', ''system'')) NOT VALID', NULL,
    'constraint messages_role_check of public.messages not validated 0'),
('parts that are not an array',
    'ALTER TABLE messages DROP CONSTRAINT messages_parts_check;
        UPDATE messages SET parts = parts -> 0 WHERE content LIKE ''%1'';
        ALTER TABLE messages
            ADD CONSTRAINT messages_parts_check CHECK (jsonb_typeof(parts) = ''array'') NOT VALID',
    'UPDATE messages SET parts = jsonb_build_array(parts) WHERE content LIKE ''%1''',
    'constraint messages_parts_check of public.messages not validated 3'),
('a foreign key missing', 'ALTER TABLE messages DROP CONSTRAINT messages_conversation_id_conversations_id_fk',
    NULL, 'constraint messages_conversation_id_conversations_id_fk of public.messages missing 0'),
('a foreign key missing, with orphans',
    'ALTER TABLE messages DROP CONSTRAINT messages_conversation_id_conversations_id_fk;
        DELETE FROM conversations',
    'DELETE FROM messages',
    'constraint messages_conversation_id_conversations_id_fk of public.messages missing 12'),
('a foreign key NOT VALID', 'ALTER TABLE artifacts DROP CONSTRAINT artifacts_user_id_users_id_fk,
    ADD CONSTRAINT artifacts_user_id_users_id_fk FOREIGN KEY (user_id) REFERENCES users NOT VALID', NULL,
    'constraint artifacts_user_id_users_id_fk of public.artifacts not validated 0'),
('a foreign key of another action',
    'ALTER TABLE artifacts DROP CONSTRAINT artifacts_message_id_messages_id_fk,
    ADD CONSTRAINT artifacts_message_id_messages_id_fk FOREIGN KEY (message_id) REFERENCES messages', NULL,
    'constraint artifacts_message_id_messages_id_fk of public.artifacts has a different definition 0'),
('orphans under a foreign key',
    'SET LOCAL session_replication_role = replica; DELETE FROM conversations WHERE title LIKE ''%1'';
    SET LOCAL session_replication_role = origin', NULL,
    'column conversation_id of public.messages refers to missing rows of public.conversations 4'),
('orphans that may be NULL',
    'SET LOCAL session_replication_role = replica; DELETE FROM messages WHERE content LIKE ''%1'';
    SET LOCAL session_replication_role = origin', NULL,
    'column message_id of public.artifacts refers to missing rows of public.messages 3'),
('a unique constraint missing', 'ALTER TABLE agent_tools DROP CONSTRAINT agent_tools_name_unique', NULL,
    'constraint agent_tools_name_unique of public.agent_tools missing 0'),
('a primary key missing', 'ALTER TABLE agent_tools DROP CONSTRAINT agent_tools_pkey', NULL,
    'constraint agent_tools_pkey of public.agent_tools missing 0'),
('a default changed', 'ALTER TABLE agent_instances ALTER status SET DEFAULT ''paused''', NULL,
    'default of column status of public.agent_instances is ''paused''::text instead of ''active''::text'),
('a default missing', 'ALTER TABLE messages ALTER id DROP DEFAULT', NULL,
    'default of column id of public.messages missing'),
('NULL allowed', 'ALTER TABLE users ALTER email DROP NOT NULL', NULL,
    'column email of public.users allows NULL 0'),
('NULL forbidden', 'ALTER TABLE messages ALTER parts SET NOT NULL', NULL,
    'column parts of public.messages does not allow NULL'),
('a column missing', 'ALTER TABLE artifacts DROP COLUMN message_id', NULL,
    'column message_id of public.artifacts missing; '
    'constraint artifacts_message_id_messages_id_fk of public.artifacts missing; '
    'index artifacts_message_id_idx of public.artifacts missing'),
('a user over the limit',
    'SET row_security = off;
        INSERT INTO agent_instances (user_id, definition_id, name)
        SELECT user_id, id, ''more'' FROM agent_definitions, generate_series(1, 6) WHERE id::text LIKE ''%1'';
        RESET row_security',
    'UPDATE agent_instances SET status = ''archived'' WHERE name = ''more''',
    'user 00000000-0000-0000-0000-000000000001 has 7 agents, the limit is 5 2'),
('the largest limit of active subscriptions counts',
    'SET row_security = off;
        INSERT INTO agent_instances (user_id, definition_id, name)
        SELECT user_id, id, ''more'' FROM agent_definitions, generate_series(1, 6) WHERE id::text LIKE ''%1'';
        RESET row_security;
        INSERT INTO subscriptions (user_id, plan, status, is_active, agent_limit)
        SELECT id, ''pro'', ''active'', false, 100 FROM users
        UNION ALL SELECT id, ''pro'', ''active'', true, 6 FROM users',
    'UPDATE subscriptions SET agent_limit = -1 WHERE is_active',
    'user 00000000-0000-0000-0000-000000000001 has 7 agents, the limit is 6 1'),
('a user without a subscription may have one agent',
    'DELETE FROM subscriptions; SET row_security = off;
        INSERT INTO agent_instances (user_id, definition_id, name)
        SELECT user_id, id, ''more'' FROM agent_definitions WHERE id::text LIKE ''%2'';
        RESET row_security',
    'UPDATE agent_instances SET status = ''archived''',
    'user 00000000-0000-0000-0000-000000000002 has 2 agents, the limit is 1 1'),
('definitions with missing tools',
    'SET LOCAL session_replication_role = replica;
        INSERT INTO agent_tools (id, name, description, schema)
        VALUES (''0000000a-0000-0000-0000-00000000000b'', ''found by id'', '''', ''{}'');
        UPDATE agent_definitions SET tools = ''["search", "0000000A-0000-0000-0000-00000000000B",
            "{0000000a000000000000-00000000000b}", "gone", 1, "00000000-0000-0000-0000-000000000000"]''
        WHERE id::text LIKE ''%1'';
        UPDATE agent_definitions SET tools = ''["0000000a00000000000000000000000c"]''
        WHERE id::text LIKE ''%2'';
        UPDATE agent_definitions SET tools = ''["0000000a00000000000000000000000b"]''
        WHERE id::text LIKE ''%3'';
        SET LOCAL session_replication_role = origin', NULL,
    'column tools of public.agent_definitions names tools that are missing from public.agent_tools 2'),
('all tools truncated', 'TRUNCATE agent_tools',
    'INSERT INTO agent_tools (name, description, schema) VALUES (''search'', '''', ''{}'')',
    'column tools of public.agent_definitions names tools that are missing from public.agent_tools 3'),
('a tool with a bad schema',
    'SET LOCAL session_replication_role = replica;
        UPDATE agent_tools SET schema = ''{"type": "strng"}'' WHERE name = ''search'';
        SET LOCAL session_replication_role = origin',
    'UPDATE agent_tools SET schema = ''{"type": "string"}''',
    'column schema of public.agent_tools is not a valid JSON Schema 1'),
('grants to anon', 'GRANT SELECT, TRUNCATE ON messages TO anon', NULL,
    'grants on public.messages anon has SELECT, TRUNCATE'),
('grants to anon on columns', 'GRANT SELECT (email, name), UPDATE (email) ON users TO anon', NULL,
    'grants on public.users anon has SELECT, UPDATE'),
('grants to PUBLIC', 'GRANT ALL ON users TO PUBLIC', NULL,
    CASE WHEN current_setting('server_version_num')::integer < 170000
    THEN 'grants on public.users PUBLIC has DELETE, INSERT, REFERENCES, SELECT, TRIGGER, TRUNCATE, UPDATE'
    ELSE 'grants on public.users PUBLIC has DELETE, INSERT, MAINTAIN, REFERENCES, SELECT, TRIGGER, TRUNCATE, '
        'UPDATE' END),
('grants to authenticated',
    'GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER ON users TO authenticated', NULL,
    'grants on public.users authenticated has DELETE, INSERT, REFERENCES, TRIGGER, TRUNCATE, UPDATE'),
('row_security off for a role', 'ALTER ROLE anon SET row_security = off', NULL,
    'setting row_security of ROLE anon is off, which makes sessions look like the restore of a dump'),
('row_security off for the database',
    format('ALTER DATABASE %I SET row_security = ''no''', current_database()), NULL,
    format('setting row_security of DATABASE %I is off, which makes sessions look like the restore of a dump',
        current_database())),
('row_security off for a role in the database',
    format('ALTER ROLE anon IN DATABASE %I SET row_security = 0', current_database()), NULL,
    format('setting row_security of ROLE anon IN DATABASE %I is off, '
            'which makes sessions look like the restore of a dump',
        current_database())),
('row_security off for all', 'ALTER ROLE ALL SET row_security = off', NULL,
    'setting row_security of ROLE ALL is off, which makes sessions look like the restore of a dump')
) faults (name, fault, by_hand, found)
WHERE NOT (:'is_sql' AND name = 'a tool with a bad schema');
\if :is_sql
SELECT skip('the functions in SQL do not validate JSON Schemas');
\endif

-- Differences that are not a fault.
SELECT is(mended(fault), '', name) FROM (VALUES
('grants that row-level security limits',
    'GRANT SELECT, INSERT, UPDATE, DELETE ON messages TO authenticated'),
('row_security on for a role', 'ALTER ROLE anon SET row_security = on'),
('row_security off in another database', 'ALTER DATABASE template1 SET row_security = off'),
('archived agents',
    'INSERT INTO agent_instances (user_id, definition_id, name, status)
        SELECT user_id, id, ''more'', ''archived'' FROM agent_definitions, generate_series(1, 6)'),
('no limit',
    'UPDATE subscriptions SET agent_limit = -1;
        INSERT INTO agent_instances (user_id, definition_id, name)
        SELECT user_id, id, ''more'' FROM agent_definitions, generate_series(1, 6)'),
('no limit by default',
    'SELECT tap.set_default_limit(-1); DELETE FROM subscriptions;
        INSERT INTO agent_instances (user_id, definition_id, name)
        SELECT user_id, id, ''more'' FROM agent_definitions'),
('objects that the user has added',
    'ALTER TABLE messages ADD tokens integer NOT NULL DEFAULT 0; CREATE INDEX ON messages (tokens);
        ALTER TABLE users ALTER name SET DEFAULT ''?'';
    CREATE RULE r AS ON INSERT TO users WHERE false DO INSTEAD NOTHING; COMMENT ON TABLE users IS NULL'),
('a smaller fillfactor of a table', 'ALTER TABLE messages SET (fillfactor = 50)')
) faults (name, fault);

-- Tables that are missing or are something else.
SELECT is(mended(format('TRUNCATE %1$s CASCADE; DROP TABLE %1$s CASCADE', t.table_name))
        ~ ('^table ' || t.qualified_name || ' missing;[^S]*$'),
    true,
    'without the table ' || t.table_name)
FROM agentchat.tables() t WHERE t.table_name IN ('users', 'agent_instances', 'subscriptions', 'messages');
SELECT is(mended('ALTER TABLE agent_instances DROP COLUMN status')
        LIKE 'column status of public.agent_instances missing; %',
    true,
    'without a column');
SELECT is(mended('ALTER TABLE agent_instances RENAME TO instances;
    CREATE VIEW agent_instances AS SELECT id, 1 / 0 AS n FROM instances',
    'DROP VIEW agent_instances; ALTER TABLE instances RENAME TO agent_instances'),
    'relation public.agent_instances is a view instead of a table', 'a view is not read');

-- It takes only weak locks and writes nothing.
ALTER TABLE messages DROP CONSTRAINT messages_role_check;
BEGIN TRANSACTION ISOLATION LEVEL SERIALIZABLE READ ONLY;
SELECT count(*) AS found FROM agentchat.check() \gset
SELECT count(*) FILTER (WHERE mode = 'AccessShareLock') AS weak,
    count(*) FILTER (WHERE mode <> 'AccessShareLock') AS strong,
    pg_current_xact_id_if_assigned() IS NULL AS unwritten
FROM pg_locks WHERE pid = pg_backend_pid() AND locktype = 'relation' AND mode <> 'SIReadLock' \gset
COMMIT;
SELECT is(:found, 1, 'it finds a fault in a read-only transaction');
SELECT cmp_ok(:weak, '>=', 9, '... locks the tables like any reader');
SELECT is(:strong, 0, '... takes no stronger lock');
SELECT ok(:'unwritten', '... needs no transaction id');

SELECT * FROM finish();
