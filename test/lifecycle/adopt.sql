-- agentchat.adopt() adopts the tables that drizzle-kit creates from the schema design, with rows of which
-- some break a rule. A database owner who is not a superuser runs everything.
\ir ../lib/pgtap.sql
\set QUIET on
SET client_min_messages = warning;
DROP ROLE IF EXISTS tap_adopter, tap_other;
CREATE ROLE tap_adopter;
CREATE ROLE tap_other;
SELECT quote_ident(current_database()) AS database \gset
ALTER DATABASE :database OWNER TO tap_adopter;
ALTER SCHEMA public OWNER TO tap_adopter;
GRANT USAGE ON SCHEMA tap TO PUBLIC;
GRANT CREATE ON SCHEMA public TO tap_other;
SET search_path = public, tap;
\ir ../lib/catalog.sql

SELECT plan(32);

SET SESSION AUTHORIZATION tap_adopter;
CREATE EXTENSION agentchat;
CREATE TEMPORARY TABLE fresh AS SELECT line FROM pg_temp.catalog('public') line;
DROP EXTENSION agentchat CASCADE;
DROP TABLE users, conversations, messages, artifacts, agent_definitions, agent_instances, agent_tools,
    workflows, subscriptions;

\ir ../data/schema-design.sql
\ir ../lib/rows.sql
INSERT INTO messages (conversation_id, role, content, parts)
SELECT id, 'tool', '', '{"type": "text"}' FROM conversations LIMIT 2;
UPDATE agent_tools SET metadata = '[]';
UPDATE subscriptions SET agent_limit = -2, is_active = false WHERE stripe_subscription_id = 'sub_User 1';
UPDATE subscriptions SET stripe_subscription_id = 'sub_twice';
ALTER TABLE users DROP CONSTRAINT users_email_unique;
UPDATE users SET email = 'one@example.com';
ALTER TABLE artifacts DROP CONSTRAINT artifacts_message_id_messages_id_fk;
INSERT INTO artifacts (user_id, message_id, type, title)
SELECT id, gen_random_uuid(), 'text', 'orphan' FROM users LIMIT 2;

CREATE FUNCTION pg_temp.all_rows() RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['users', 'conversations', 'messages', 'artifacts', 'agent_definitions',
        'agent_instances',
                             'agent_tools', 'workflows', 'subscriptions'] LOOP
        RETURN QUERY EXECUTE format('SELECT %L || t::text FROM %I t', t, t);
    END LOOP;
END $$;
CREATE TEMPORARY TABLE rows_before AS SELECT r FROM pg_temp.all_rows() r;

CREATE EXTENSION agentchat;

-- A role that does not own the tables changes nothing.

CREATE TEMPORARY TABLE catalog_before AS SELECT line FROM pg_temp.catalog('public') line;
RESET SESSION AUTHORIZATION;
SET ROLE tap_other;
SELECT throws_ok('SELECT * FROM agentchat.adopt()',
    '42501',
    'permission denied for function adopt',
    'only the owner of the database may run adopt()');
SELECT throws_ok('SELECT * FROM agentchat.check()',
    '42501',
    'permission denied for function check',
    '... and check()');
RESET ROLE;
ALTER TABLE workflows OWNER TO tap_other;
SET SESSION AUTHORIZATION tap_adopter;
SELECT throws_ok('SELECT * FROM agentchat.adopt()',
    '42501',
    'only the owner of the tables may adopt them',
    'the owner must own all tables');
SELECT throws_ok('SELECT * FROM agentchat.check()',
    '42501',
    'only the owner of the tables may check them',
    '... also to check them');
SELECT throws_ok('SELECT * FROM agentchat.detach()',
    '42501',
    'only the owner of the tables may detach them',
    '... and to detach them');
RESET SESSION AUTHORIZATION;
ALTER TABLE workflows OWNER TO tap_adopter;
SET SESSION AUTHORIZATION tap_adopter;
SELECT set_eq($$SELECT pg_temp.catalog('public')$$,
    'TABLE catalog_before',
    'none of these calls changed anything');

-- What it does and what it leaves to the user.

CREATE TEMPORARY TABLE bad (object text, bad_rows bigint);
INSERT INTO bad VALUES
    ('constraint messages_role_check of public.messages', 2),
    ('constraint messages_parts_check of public.messages', 2),
    ('constraint agent_tools_metadata_check of public.agent_tools', 1),
    ('constraint subscriptions_agent_limit_check of public.subscriptions', 1),
    ('index subscriptions_stripe_subscription_id_idx of public.subscriptions', 2),
    ('constraint users_email_unique of public.users', 2),
    ('constraint artifacts_message_id_messages_id_fk of public.artifacts', 2);

CREATE TEMPORARY TABLE first AS SELECT * FROM agentchat.adopt();
SELECT set_eq($$SELECT object, bad_rows FROM first WHERE outcome = 'to do after the bad rows are fixed'$$,
    'TABLE bad',
    'rows that break a rule are reported, with their number');
SELECT set_eq('SELECT DISTINCT object FROM first WHERE bad_rows > 0',
    'SELECT object FROM bad',
    '... no other objects are');
SELECT set_eq('SELECT DISTINCT outcome FROM first',
    ARRAY['done', 'to do', 'to do after the bad rows are fixed'],
    'there are three outcomes');
SELECT ok(bool_and(statement ~ ' (CREATE|DROP|ADD|ALTER|SET|COMMENT|ENABLE|RENAME)|^(CREATE|COMMENT)')
    AND NOT bool_or(statement ~ 'CONCURRENTLY|VALIDATE'),
    'nothing that takes long is done') FROM first WHERE outcome = 'done';
SELECT ok(bool_and(statement ~ 'CONCURRENTLY|VALIDATE|USING INDEX'), 'only slow statements are left to do')
FROM first WHERE outcome <> 'done';
SELECT set_eq($$SELECT conname FROM pg_constraint WHERE NOT convalidated AND contype IN ('c', 'f')$$,
    $$SELECT substring(object from 'constraint (\w+)') FROM first WHERE statement LIKE '%NOT VALID'$$,
    'checks and foreign keys exist without validation');
SELECT throws_ok($$UPDATE messages SET role = 'robot'$$, '23514', NULL, 'and reject new bad rows');
SELECT set_eq('SELECT pg_temp.all_rows()', 'TABLE rows_before', 'no row has changed');
SELECT set_eq('SELECT object, outcome, bad_rows, statement FROM agentchat.adopt()',
    $$SELECT object, outcome, bad_rows, statement FROM first WHERE outcome <> 'done'$$,
    'a second call does nothing and leaves the same to do');
SELECT set_eq($$SELECT object, bad_rows FROM agentchat.check() WHERE bad_rows > 0$$,
    'TABLE bad',
    'check() reports the bad rows');

SELECT statement FROM first WHERE outcome = 'to do' \gexec

SELECT set_eq('SELECT object, bad_rows FROM agentchat.check()',
    'TABLE bad',
    'after that is done, check() reports nothing else');
SELECT set_eq('SELECT statement FROM agentchat.adopt()',
    $$SELECT statement FROM first WHERE outcome = 'to do after the bad rows are fixed'$$,
    '... adopt() has nothing else to do');
SELECT is_empty('SELECT * FROM agentchat.adopt(build => true) WHERE outcome = ''done''',
    '... not even with build');
SELECT set_eq('SELECT pg_temp.all_rows()', 'TABLE rows_before', 'no row has changed');

-- A unique index that fails on a duplicate leaves an invalid index behind.

SELECT is(count(*), 1::bigint, 'one statement fails if it is run in spite of bad rows') FROM agentchat.adopt()
WHERE statement = 'CREATE UNIQUE INDEX CONCURRENTLY users_email_unique ON public.users (email)';
\set ON_ERROR_STOP off
\set VERBOSITY sqlstate
CREATE UNIQUE INDEX CONCURRENTLY users_email_unique ON public.users (email);
CREATE UNIQUE INDEX CONCURRENTLY subscriptions_stripe_subscription_id_idx
    ON subscriptions (stripe_subscription_id);
\set ON_ERROR_STOP on
SELECT set_eq('SELECT relname FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid WHERE NOT indisvalid',
    ARRAY['users_email_unique', 'subscriptions_stripe_subscription_id_idx'],
    '... and leaves an invalid index');
SELECT set_eq('SELECT object, bad_rows FROM agentchat.check()', 'TABLE bad', '... which check() reports');

-- After the bad rows are fixed.

UPDATE messages SET role = 'assistant', parts = jsonb_build_array(parts) WHERE role = 'tool';
UPDATE agent_tools SET metadata = '{}';
UPDATE subscriptions SET agent_limit = -1 WHERE agent_limit = -2;
UPDATE subscriptions SET stripe_subscription_id = id;
UPDATE users SET email = id || '@example.com';
DELETE FROM artifacts WHERE title = 'orphan';
CREATE TEMPORARY TABLE rows_mended AS SELECT r FROM pg_temp.all_rows() r;
SELECT set_eq('SELECT outcome, bad_rows FROM agentchat.adopt()',
    $$VALUES ('to do', 0::bigint)$$,
    'after the bad rows are fixed, the rest can be done');
SELECT statement FROM agentchat.adopt() WHERE outcome = 'to do' \gexec
SELECT is_empty('SELECT * FROM agentchat.check()', 'after that is done, check() finds nothing');
SELECT is_empty('SELECT * FROM agentchat.adopt()', '... adopt() has nothing to do');
SELECT set_eq('SELECT pg_temp.all_rows()', 'TABLE rows_mended', 'no row has changed');
SELECT bag_eq($$SELECT pg_temp.catalog('public')$$, 'TABLE fresh', 'the tables are those of a fresh install');

-- A push of the schema design removes checks, indexes, defaults and actions.

\ir ../data/schema-design-push.sql
SELECT cmp_ok(count(*), '>', 50::bigint, 'check() finds what a push of the schema design removed')
FROM agentchat.check();
SELECT statement FROM agentchat.adopt() WHERE outcome = 'to do' \gexec
SELECT bag_eq($$SELECT pg_temp.catalog('public')$$, 'TABLE fresh', 'adopt() restores it');

-- New tables belong to the owner of the others.

RESET SESSION AUTHORIZATION;
CREATE ROLE tap_app;
GRANT tap_app TO tap_adopter;
GRANT USAGE, CREATE ON SCHEMA public TO tap_app;
DROP TABLE subscriptions;
SELECT format('ALTER TABLE %s OWNER TO tap_app', qualified_name)
FROM agentchat.tables() WHERE actual IS NOT NULL \gexec
SET SESSION AUTHORIZATION tap_adopter;
SELECT lives_ok('SELECT * FROM agentchat.adopt()',
    'a member of the role that owns the tables can adopt them');
SELECT set_eq($$SELECT relowner::regrole::text
        FROM pg_class WHERE oid IN (SELECT actual FROM agentchat.tables())$$,
    ARRAY['tap_app'],
    '... a new table belongs to that role');

SELECT * FROM finish();
