-- agentchat.adopt() repairs tables with one difference each, in a schema whose name must be quoted.
\ir ../lib/pgtap.sql
CREATE SCHEMA "My Chat";
CREATE EXTENSION agentchat SCHEMA "My Chat";
\set QUIET on
SET client_min_messages = warning;
SET search_path = "My Chat", tap;
\ir ../lib/catalog.sql
\ir ../lib/rows.sql

-- Adds to messages what an application might have added and must keep.
CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';
CREATE FUNCTION add_to_messages() RETURNS void LANGUAGE sql AS $$
ALTER TABLE messages ADD COLUMN tokens integer DEFAULT 0 CHECK (tokens >= 0),
    ADD COLUMN number bigserial UNIQUE;
CREATE INDEX messages_tokens_idx ON messages (created_at);
CREATE TRIGGER stamp BEFORE INSERT ON messages FOR EACH ROW EXECUTE FUNCTION stamp();
ALTER TABLE messages ENABLE ROW LEVEL SECURITY;
CREATE POLICY readers ON messages FOR SELECT USING (true);
COMMENT ON COLUMN messages.role IS 'The user''s own comment.';
$$;
SELECT add_to_messages();
CREATE TABLE feedback (message_id uuid REFERENCES messages (id), stars integer);

-- Everything is undone again.

-- Creates a fault and adopts the tables, by the statements left to the user or with build. Returns the
-- differences from the state before the fault, or an empty text. `afterwards` is what the application adds
-- again.
CREATE FUNCTION adopted(fault text, afterwards text DEFAULT '', build boolean DEFAULT false)
RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    catalog_function text := CASE WHEN fault ~ 'DROP COLUMN|DROP TABLE' THEN 'catalog_in_any_order'
        ELSE 'catalog' END;
    before text[];
    after text[];
    statement text;
    wrong text := '';
BEGIN
    EXECUTE format('SELECT array_agg(l) FROM pg_temp.%I(%L) l', catalog_function, 'My Chat') INTO before;
    EXECUTE fault;
    IF NOT EXISTS (SELECT FROM agentchat.check()) THEN wrong := 'check() does not find it;'; END IF;
    FOREACH statement IN ARRAY ARRAY(
        SELECT a.statement FROM agentchat.adopt(build => adopted.build) a WHERE a.outcome <> 'done')
    LOOP
        IF build THEN wrong := wrong || ' left to do: ' || statement; END IF;
        EXECUTE replace(statement, ' CONCURRENTLY ', ' ');
    END LOOP;
    EXECUTE afterwards;
    EXECUTE format('SELECT array_agg(l) FROM pg_temp.%I(%L) l', catalog_function, 'My Chat') INTO after;
    wrong := concat(wrong,
        (SELECT string_agg(' lost: ' || b, E'\n')
         FROM (SELECT unnest(before) EXCEPT ALL SELECT unnest(after)) t (b)),
        (SELECT string_agg(' new: ' || a, E'\n')
         FROM (SELECT unnest(after) EXCEPT ALL SELECT unnest(before)) t (a)),
        (SELECT string_agg(' check(): ' || concat_ws(' ', c.object, c.problem), E'\n')
         FROM agentchat.check() c),
        (SELECT string_agg(' again: ' || a.statement, E'\n') FROM agentchat.adopt() a));
    RAISE EXCEPTION USING ERRCODE = 'TAP01';
EXCEPTION
    WHEN SQLSTATE 'TAP01' THEN RETURN wrong;
    WHEN OTHERS THEN RETURN concat_ws(' ', wrong, SQLSTATE, SQLERRM, statement);
END $$;

-- Creates a fault and tries to adopt the tables. Returns the error, with a note if anything has changed.
CREATE FUNCTION refused(fault text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    before text[];
    detail text;
    result text;
BEGIN
    EXECUTE fault;
    before := ARRAY(SELECT pg_temp.catalog('My Chat'));
    BEGIN
        PERFORM agentchat.adopt(build => true);
        result := 'not refused';
    EXCEPTION WHEN OTHERS THEN
        GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
        result := concat_ws(' ', SQLSTATE, detail);
    END;
    IF before IS DISTINCT FROM ARRAY(SELECT pg_temp.catalog('My Chat')) THEN
        result := result || ' CHANGED';
    END IF;
    IF NOT EXISTS (SELECT FROM agentchat.check()) THEN result := result || ' NOT FOUND BY CHECK'; END IF;
    RAISE EXCEPTION USING ERRCODE = 'TAP01';
EXCEPTION WHEN SQLSTATE 'TAP01' THEN RETURN replace(result, '"My Chat".', '');
END $$;

-- Creates a fault, adopts the tables with build, and returns the reported bad rows and remaining statements.
-- No row may change.
CREATE FUNCTION reported(fault text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    dump CONSTANT text := $q$
        SELECT md5(string_agg(
            query_to_xml('SELECT * FROM ' || t.actual || ' ORDER BY 1, 2', true, true, '')::text, ''))
        FROM agentchat.tables() t
        WHERE t.actual IS NOT NULL AND t.table_name = ANY ($1)$q$;
    tables text[];
    before text;
    after text;
    result text;
    found text;
BEGIN
    EXECUTE fault;
    tables := ARRAY(SELECT t.table_name FROM agentchat.tables() t WHERE t.actual IS NOT NULL);
    EXECUTE dump INTO before USING tables;
    SELECT string_agg(DISTINCT a.object || ': ' || a.bad_rows, ', ') INTO result
    FROM agentchat.adopt(build => true) a WHERE a.outcome = 'to do after the bad rows are fixed';
    EXECUTE dump INTO after USING tables;
    IF before IS DISTINCT FROM after AND fault !~ 'DROP COLUMN' THEN
        result := result || ' ROWS CHANGED';
    END IF;
    SELECT string_agg(c.object || ': ' || c.bad_rows, ', ' ORDER BY c.object || ': ' || c.bad_rows) INTO found
    FROM agentchat.check() c;
    IF result IS DISTINCT FROM found THEN result := concat_ws(' but check() says ', result, found); END IF;
    RAISE EXCEPTION USING ERRCODE = 'TAP01';
EXCEPTION WHEN SQLSTATE 'TAP01' THEN RETURN replace(result, '"My Chat".', '');
END $$;

SELECT plan(91);

SELECT is_empty('SELECT * FROM agentchat.adopt()', 'at first there is nothing to do');
SELECT is_empty('SELECT * FROM agentchat.check()', '... and nothing is wrong');

-- Without their rows, check() would rightly miss the tools of the definitions.
SELECT is(adopted(format('UPDATE agent_definitions SET tools = NULL; TRUNCATE %1$s CASCADE; '
            'DROP TABLE %1$s CASCADE', t.table_name),
        CASE t.table_name WHEN 'messages' THEN 'SELECT add_to_messages()' ELSE '' END), '',
        'table missing: ' || t.table_name)
FROM agentchat.tables() t;

SELECT is(adopted('TRUNCATE users CASCADE; DROP TABLE users, conversations, artifacts, agent_definitions,
    agent_instances, agent_tools, workflows, subscriptions CASCADE;
    ALTER TABLE messages DROP CONSTRAINT messages_role_check'),
    '', 'all tables but messages missing');

SELECT is(adopted(fault), '', name) FROM (VALUES
('column missing', 'ALTER TABLE users DROP COLUMN avatar_url'),
('column missing, with a default', 'ALTER TABLE users DROP COLUMN created_at'),
('column missing, of primary key and a foreign key',
    'UPDATE artifacts SET message_id = NULL; TRUNCATE feedback;
    ALTER TABLE feedback DROP CONSTRAINT feedback_message_id_fkey;
    ALTER TABLE messages DROP COLUMN id CASCADE'),
('column missing, of a foreign key and an index', 'ALTER TABLE artifacts DROP COLUMN message_id'),
('column missing, of a foreign key, not null, no rows',
    'TRUNCATE conversations CASCADE; ALTER TABLE conversations DROP COLUMN user_id CASCADE'),
('column missing, of a check and an index', 'ALTER TABLE agent_instances DROP COLUMN status'),
('column missing, of a unique constraint, no rows',
    'UPDATE agent_definitions SET tools = NULL; TRUNCATE agent_tools;
    ALTER TABLE agent_tools DROP COLUMN name'),
('column missing, of a unique index', 'ALTER TABLE subscriptions DROP COLUMN stripe_subscription_id'),
('column missing, which the trigger sets', 'ALTER TABLE conversations DROP COLUMN updated_at'),
('column missing, with another default now',
    'ALTER TABLE agent_definitions DROP COLUMN is_public CASCADE, ALTER created_at DROP DEFAULT'),
('NOT NULL missing', 'ALTER TABLE conversations ALTER title DROP NOT NULL'),
('NOT NULL missing twice',
    'ALTER TABLE messages ALTER role DROP NOT NULL, ALTER conversation_id DROP NOT NULL'),
('NOT NULL missing, half repaired', 'ALTER TABLE conversations ALTER title DROP NOT NULL,
    ADD CONSTRAINT agentchat_not_null CHECK (title IS NOT NULL)'),
('NOT NULL of the primary key missing',
    'ALTER TABLE users DROP CONSTRAINT users_pkey CASCADE, ALTER id DROP NOT NULL'),
('NOT NULL on a column that allows NULL', 'ALTER TABLE messages ALTER parts SET NOT NULL'),
('foreign key missing', 'ALTER TABLE workflows DROP CONSTRAINT workflows_user_id_users_id_fk'),
('foreign key of another name',
    'ALTER TABLE workflows RENAME CONSTRAINT workflows_user_id_users_id_fk TO workflows_user_id_fkey'),
('foreign key of another action', 'ALTER TABLE workflows DROP CONSTRAINT workflows_user_id_users_id_fk,
    ADD CONSTRAINT workflows_user_id_users_id_fk FOREIGN KEY (user_id) REFERENCES users ON DELETE CASCADE'),
('foreign key of another name and action',
    'ALTER TABLE messages DROP CONSTRAINT messages_conversation_id_conversations_id_fk,
    ADD CONSTRAINT "To Conversation" FOREIGN KEY (conversation_id)
    REFERENCES conversations ON UPDATE CASCADE'),
('foreign key three times', 'ALTER TABLE messages ADD FOREIGN KEY (conversation_id) REFERENCES conversations,
    ADD FOREIGN KEY (conversation_id) REFERENCES conversations ON DELETE CASCADE'),
('foreign key deferrable',
    'ALTER TABLE artifacts ALTER CONSTRAINT artifacts_user_id_users_id_fk DEFERRABLE INITIALLY DEFERRED'),
('foreign key not valid', 'ALTER TABLE artifacts DROP CONSTRAINT artifacts_user_id_users_id_fk,
    ADD CONSTRAINT artifacts_user_id_users_id_fk FOREIGN KEY (user_id) REFERENCES users NOT VALID'),
('foreign key of the same name, to another table',
    'TRUNCATE workflows;
    ALTER TABLE workflows DROP CONSTRAINT workflows_agent_instance_id_agent_instances_id_fk,
    ADD CONSTRAINT workflows_agent_instance_id_agent_instances_id_fk FOREIGN KEY (agent_instance_id)
    REFERENCES messages'),
('primary key missing', 'ALTER TABLE agent_tools DROP CONSTRAINT agent_tools_pkey'),
('primary key missing that foreign keys refer to', 'ALTER TABLE users DROP CONSTRAINT users_pkey CASCADE'),
('primary key of another name', 'ALTER TABLE users RENAME CONSTRAINT users_pkey TO users_pk'),
('primary key missing, with a unique index',
    'ALTER TABLE users DROP CONSTRAINT users_pkey CASCADE; CREATE UNIQUE INDEX users_id ON users (id)'),
('primary key missing, with a unique index of its name',
    'ALTER TABLE users DROP CONSTRAINT users_pkey CASCADE;
    CREATE UNIQUE INDEX users_pkey ON users (id); ALTER TABLE users ALTER id DROP NOT NULL'),
('primary key missing, with a broken index of its name',
    'ALTER TABLE agent_tools DROP CONSTRAINT agent_tools_pkey;
    CREATE UNIQUE INDEX agent_tools_pkey ON agent_tools (id);
    UPDATE pg_index SET indisvalid = false WHERE indexrelid = ''agent_tools_pkey''::regclass'),
('primary key of more columns', 'ALTER TABLE conversations DROP CONSTRAINT conversations_pkey CASCADE,
    ADD CONSTRAINT conversations_pkey PRIMARY KEY (user_id, id)'),
('primary key of more columns and another name',
    'ALTER TABLE conversations DROP CONSTRAINT conversations_pkey CASCADE,
    ADD PRIMARY KEY (user_id, id); ALTER TABLE conversations RENAME CONSTRAINT conversations_pkey TO pk'),
('primary key deferrable',
    'ALTER TABLE agent_tools DROP CONSTRAINT agent_tools_pkey,
        ADD CONSTRAINT agent_tools_pkey PRIMARY KEY (id) DEFERRABLE'),
('unique constraint missing', 'ALTER TABLE users DROP CONSTRAINT users_email_unique'),
('unique constraint of another name',
    'ALTER TABLE users RENAME CONSTRAINT users_email_unique TO users_email_key'),
('unique constraint as an index',
    'ALTER TABLE users DROP CONSTRAINT users_email_unique; CREATE UNIQUE INDEX "E Mail" ON users (email)'),
('unique constraint as an index of its name',
    'ALTER TABLE users DROP CONSTRAINT users_email_unique;
        CREATE UNIQUE INDEX users_email_unique ON users (email)'),
('unique constraint missing, with a plain index of its name',
    'ALTER TABLE users DROP CONSTRAINT users_email_unique; CREATE INDEX users_email_unique ON users (email)'),
('unique constraint deferrable',
    'ALTER TABLE users DROP CONSTRAINT users_email_unique,
        ADD CONSTRAINT users_email_unique UNIQUE (email) DEFERRABLE'),
('unique constraint on another column',
    'ALTER TABLE users DROP CONSTRAINT users_email_unique, ADD CONSTRAINT users_email_unique UNIQUE (name)'),
('check with the name of a unique constraint',
    'ALTER TABLE users DROP CONSTRAINT users_email_unique,
        ADD CONSTRAINT users_email_unique CHECK (email <> '''')'),
('index missing', 'DROP INDEX messages_conversation_id_created_at_id_idx'),
('unique index missing', 'DROP INDEX subscriptions_stripe_subscription_id_idx'),
('unique index not unique', 'DROP INDEX subscriptions_stripe_subscription_id_idx;
    CREATE INDEX subscriptions_stripe_subscription_id_idx ON subscriptions (stripe_subscription_id)'),
('index of another name',
    'ALTER INDEX messages_conversation_id_created_at_id_idx RENAME TO "My Index ON messages"'),
('index of the same name, on fewer columns', 'DROP INDEX messages_conversation_id_created_at_id_idx;
    CREATE INDEX messages_conversation_id_created_at_id_idx ON messages (conversation_id)'),
('index of the same name, partial',
    'DROP INDEX workflows_workflow_id_idx;
        CREATE INDEX workflows_workflow_id_idx ON workflows (workflow_id) WHERE status = ''running'''),
('partial index missing', 'DROP INDEX agent_definitions_public_created_at_id_idx'),
('index invalid',
    'UPDATE pg_index SET indisvalid = false WHERE indexrelid = ''workflows_workflow_id_idx''::regclass'),
('check missing', 'ALTER TABLE messages DROP CONSTRAINT messages_parts_check'),
('check of the same name, with another expression', 'ALTER TABLE messages DROP CONSTRAINT messages_role_check,
    ADD CONSTRAINT messages_role_check CHECK (role IN (''user'', ''assistant'', ''system'', ''tool''))'),
('check not valid', 'ALTER TABLE messages DROP CONSTRAINT messages_role_check,
    ADD CONSTRAINT messages_role_check CHECK (role IN (''user'', ''assistant'', ''system'')) NOT VALID'),
('default now()', 'ALTER TABLE messages ALTER created_at SET DEFAULT now()'),
('default missing', 'ALTER TABLE messages ALTER id DROP DEFAULT'),
('default of another function of the same name',
    'CREATE FUNCTION gen_random_uuid() RETURNS uuid LANGUAGE sql AS ''SELECT NULL::uuid'';
    ALTER TABLE messages ALTER id SET DEFAULT "My Chat".gen_random_uuid()'),
('trigger missing', 'DROP TRIGGER agentchat_set_updated_at ON users'),
('trigger disabled', 'ALTER TABLE users DISABLE TRIGGER agentchat_set_updated_at'),
('trigger for replication only', 'ALTER TABLE users ENABLE REPLICA TRIGGER agentchat_set_updated_at'),
('trigger that calls another function', 'DROP TRIGGER agentchat_set_updated_at ON users;
    CREATE TRIGGER agentchat_set_updated_at BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION stamp()'),
('trigger with a condition', 'DROP TRIGGER agentchat_set_updated_at ON users;
    CREATE TRIGGER agentchat_set_updated_at BEFORE UPDATE ON users FOR EACH ROW WHEN (new.name IS NULL)
    EXECUTE FUNCTION agentchat.set_updated_at()'),
('all triggers disabled, also those of foreign keys', 'ALTER TABLE users DISABLE TRIGGER ALL'),
('all our additions removed',
    'SELECT agentchat.detach(); ALTER TABLE messages DROP CONSTRAINT messages_role_check,
    ALTER created_at SET DEFAULT now(); DROP INDEX artifacts_message_id_idx; COMMENT ON TABLE users IS NULL;
    ALTER TABLE artifacts ALTER content SET COMPRESSION default')
) variants (name, fault);

SELECT is(adopted(fault, build => true), '', name || ', with build') FROM (VALUES
('unique constraint missing', 'ALTER TABLE users DROP CONSTRAINT users_email_unique'),
('primary key missing',
    'ALTER TABLE users DROP CONSTRAINT users_pkey CASCADE; ALTER TABLE users ALTER id DROP NOT NULL'),
('column missing, of the primary key', 'ALTER TABLE agent_tools DROP COLUMN id'),
('index invalid',
    'UPDATE pg_index SET indisvalid = false
        WHERE indexrelid = ''subscriptions_stripe_subscription_id_idx''::regclass')
) variants (name, fault);

-- Relations that cannot become one of our tables.
SELECT is(refused(fault), '42804 ' || expected, name) FROM (VALUES
('other types are all named',
    'ALTER TABLE users ALTER email TYPE varchar(64), ALTER created_at TYPE timestamptz;
    ALTER TABLE messages DROP CONSTRAINT messages_parts_check, ALTER parts TYPE json;
    ALTER TABLE agent_tools ALTER id DROP DEFAULT, ALTER id TYPE text, DROP COLUMN metadata;
    ALTER TABLE workflows ALTER created_at TYPE timestamp(3);
    ALTER TABLE subscriptions ALTER agent_limit TYPE bigint',
    'column email of users has the type character varying(64) instead of text; '
    'column created_at of users has the type timestamp with time zone instead of timestamp without time '
    'zone; '
    'column parts of messages has the type json instead of jsonb; '
    'column id of agent_tools has the type text instead of uuid; '
    'column created_at of workflows has the type timestamp(3) without time zone instead of timestamp without '
    'time zone; '
    'column agent_limit of subscriptions has the type bigint instead of integer.'),
('a generated column',
    'ALTER TABLE messages DROP COLUMN content,
        ADD COLUMN content text GENERATED ALWAYS AS (parts ->> 0) STORED',
    'column content of messages has the type text, generated instead of text.'),
('a view', 'ALTER TABLE users RENAME TO people; CREATE VIEW users AS SELECT * FROM people',
    'relation users is a view instead of a table.'),
('a materialized view',
    'ALTER TABLE users RENAME TO people; CREATE MATERIALIZED VIEW users AS SELECT * FROM people',
    'relation users is a materialized view instead of a table.'),
('a partitioned table',
    'DROP TABLE messages CASCADE; CREATE TABLE messages (id uuid NOT NULL DEFAULT gen_random_uuid(),
        conversation_id uuid NOT NULL,
    role text NOT NULL, content text NOT NULL, parts jsonb, attachments jsonb, reasoning text,
    created_at timestamp NOT NULL DEFAULT now())
    PARTITION BY HASH (conversation_id)', 'relation messages is a partitioned table instead of a table.'),
('a foreign table',
    'DROP TABLE workflows; CREATE FOREIGN DATA WRAPPER none; CREATE SERVER none FOREIGN DATA WRAPPER none;
    CREATE FOREIGN TABLE workflows (id uuid) SERVER none',
    'relation workflows is a foreign table instead of a table.'),
('a sequence', 'DROP TABLE workflows; CREATE SEQUENCE workflows',
    'relation workflows is a sequence instead of a table.')
) variants (name, fault, expected);

-- Rows that break a rule.
SELECT is(reported(fault), expected, name) FROM (VALUES
('NULLs',
    'ALTER TABLE conversations ALTER title DROP NOT NULL;
        UPDATE conversations SET title = NULL WHERE title LIKE ''%1''',
    'column title of conversations: 1'),
('a column without a default, in a table with rows', 'ALTER TABLE conversations DROP COLUMN title',
    'column title of conversations: 3'),
('NULLs and duplicates in the columns of a primary key',
    'ALTER TABLE agent_tools DROP CONSTRAINT agent_tools_pkey, DROP CONSTRAINT agent_tools_name_unique,
        ALTER id DROP NOT NULL, ALTER id DROP DEFAULT;
    INSERT INTO agent_tools (name, description, schema) VALUES (''a'', '''', ''{}''), (''b'', '''', ''{}'');
    INSERT INTO agent_tools SELECT * FROM agent_tools WHERE id IS NOT NULL',
    'column id of agent_tools: 2, constraint agent_tools_name_unique of agent_tools: 1, '
    'constraint agent_tools_pkey of agent_tools: 3'),
('rows that refer to a missing table',
    'ALTER TABLE feedback DROP CONSTRAINT feedback_message_id_fkey; DROP TABLE messages CASCADE',
    'constraint artifacts_message_id_messages_id_fk of artifacts: 12'),
('rows that refer to a missing column',
    'ALTER TABLE feedback DROP CONSTRAINT feedback_message_id_fkey;
        ALTER TABLE messages DROP COLUMN id CASCADE',
    'constraint artifacts_message_id_messages_id_fk of artifacts: 12'),
('orphans',
    'ALTER TABLE messages DROP CONSTRAINT messages_conversation_id_conversations_id_fk;
        DELETE FROM conversations WHERE title LIKE ''%1''',
    'constraint messages_conversation_id_conversations_id_fk of messages: 4'),
('duplicates under a unique index',
    'DROP INDEX subscriptions_stripe_subscription_id_idx;
        UPDATE subscriptions SET stripe_subscription_id = ''one''',
    'index subscriptions_stripe_subscription_id_idx of subscriptions: 2')
) variants (name, fault, expected);

SELECT * FROM finish();
