-- agentchat.import_user() writes what agentchat.export_user() returned: every row of a user comes back equal,
-- and what cannot be written is reported.
\set schema public
\set seed 0.4
DO $$ BEGIN CREATE ROLE authenticated; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
SET client_min_messages = warning;
\ir ../lib/pgtap.sql
CREATE EXTENSION agentchat;
-- ALTER EXTENSION UPDATE does not change the tables.
SELECT count(*) FROM agentchat.adopt(build => true) \g /dev/null
\ir ../lib/fill.sql
\ir ../lib/customise.sql
SET row_security = on;
SET search_path = public, tap;
\ir ../lib/error_of.sql

SELECT plan(17);

-- Columns of many types, of the user's own types, too, with identities, sequences and generated values.
CREATE TYPE mood AS ENUM ('glad', 'sad');
CREATE TYPE place AS (name text, "at" point);
CREATE DOMAIN short AS text CHECK (length(value) < 100);
CREATE FUNCTION dress(t text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format(
        'ALTER TABLE %I ADD COLUMN "Own" text DEFAULT ''own'', ADD COLUMN number numeric(20, 5), '
        'ADD COLUMN numbers bigint[][], ADD COLUMN bytes bytea, ADD COLUMN moment timestamptz, '
        'ADD COLUMN moments timestamp[], ADD COLUMN day date, ADD COLUMN span interval, '
        'ADD COLUMN range tstzrange, ADD COLUMN mood mood, ADD COLUMN moods mood[], ADD COLUMN place place, '
        'ADD COLUMN short short, ADD COLUMN flag boolean, ADD COLUMN float double precision, '
        'ADD COLUMN letters char(5), ADD COLUMN json json, ADD COLUMN words tsvector, ADD COLUMN net inet, '
        'ADD COLUMN bits bit varying, ADD COLUMN xml xml, '
        'ADD COLUMN extra jsonb NOT NULL DEFAULT ''null'', '
        'ADD COLUMN twice numeric GENERATED ALWAYS AS (number * 2) STORED, '
        'ADD COLUMN counter bigint GENERATED ALWAYS AS IDENTITY UNIQUE, '
        'ADD COLUMN "Old; counter" bigserial', t);
END $$;
SELECT dress(table_name) FROM agentchat.tables() WHERE table_name <> 'agent_tools' \g /dev/null
SET row_security = off;
DO $$
DECLARE
    t text;
BEGIN
    FOR t IN SELECT table_name FROM agentchat.tables() WHERE table_name <> 'agent_tools' LOOP
        EXECUTE format(
            'UPDATE %I SET number = 12345678901234.5, numbers = ''{{1,2},{3,NULL}}'', '
            'bytes = ''\x0001ff'', moment = ''2026-03-29 02:30+05:30'', '
            'moments = ''{infinity,"0044-03-15 BC",2026-01-01 00:00:00.000001}'', day = ''-infinity'', '
            'span = ''1 year -2 days 03:04:05.6'', range = ''[2026-01-01 00:00+00,)'', mood = ''sad'', '
            'moods = ''{glad,sad}'', place = ''("a, ""b""","(1,2)")'', short = ''s'', flag = true, '
            'float = ''0.30000000000000004'', letters = ''ab'', json = ''{"a": [1, "x"]}'', '
            'words = ''a:1A b:2'', '
            'net = ''10.0.0.1/8'', bits = ''101'', xml = ''<a>b</a>'', extra = ''{"a": null}'' '
            'WHERE get_byte(uuid_send(id), 0) < 150', t);
    END LOOP;
END $$;
-- Links to rows of other users would be cleared.
UPDATE artifacts a SET message_id = (
    SELECT m.id FROM messages m JOIN conversations c ON c.id = m.conversation_id
    WHERE c.user_id = a.user_id ORDER BY m.id LIMIT 1);
UPDATE workflows w SET agent_instance_id = (
    SELECT i.id FROM agent_instances i WHERE i.user_id = w.user_id ORDER BY i.id LIMIT 1)
WHERE agent_instance_id IS NOT NULL;
-- A JSON null is exported like NULL.
UPDATE workflows SET result = NULL WHERE result = 'null';
SET row_security = on;

CREATE FUNCTION all_rows() RETURNS TABLE (t text, document jsonb) LANGUAGE plpgsql
    SET timezone = 'UTC' SET datestyle = 'ISO' SET intervalstyle = 'postgres' SET extra_float_digits = 1
    SET bytea_output = 'hex' AS $$
BEGIN
    FOR t IN SELECT table_name FROM agentchat.tables() WHERE table_name <> 'agent_tools' LOOP
        RETURN QUERY EXECUTE format('SELECT %L, to_jsonb(r.*) FROM %I r', t, t);
    END LOOP;
END $$;
CREATE FUNCTION problems() RETURNS SETOF text LANGUAGE sql AS $$
    SELECT concat_ws('|', object, problem, bad_rows) FROM agentchat.check() $$;

-- ---- export, erase, import

CREATE TEMPORARY TABLE before AS SELECT * FROM all_rows();
CREATE TEMPORARY TABLE check_before AS SELECT p FROM problems() p;
CREATE TEMPORARY TABLE exports AS
SELECT row_number() OVER (ORDER BY id) AS n, id, agentchat.export_user(id) AS export FROM users;
-- Settings by which another session would write and read other texts.
SET datestyle = 'SQL, DMY';
SET intervalstyle = sql_standard;
SET extra_float_digits = 0;
SET timezone = 'Asia/Kathmandu';
SET bytea_output = escape;
SELECT is_empty('SELECT id FROM exports WHERE export IS DISTINCT FROM agentchat.export_user(id)',
    'an export does not depend on the settings of the session');
SELECT cmp_ok(count(*), '>', 500::bigint, 'many rows') FROM before;
CREATE TEMPORARY TABLE again AS
SELECT e.n, i.* FROM exports e CROSS JOIN LATERAL agentchat.import_user(e.export) i;
SELECT is_empty($$SELECT * FROM again WHERE written > 0 OR read <> skipped
    OR read > 0 AND problems -> 0 ->> 'kind' <> 'already imported' OR jsonb_array_length(problems) > 1$$,
    'rows that exist are not written again');
SELECT set_eq('SELECT t, md5(document::text) FROM all_rows()', 'SELECT t, md5(document::text) FROM before',
    '... and stay as they are');
SELECT is_empty($$SELECT figures FROM again
    WHERE source = 'conversations' AND figures ->> 'conversations' <> figures ->> 'agreeing'$$,
    '... and their figures agree');

CREATE TEMPORARY TABLE erased AS SELECT agentchat.delete_user(id) FROM users ORDER BY id;
-- The definitions that were in use when their author was deleted.
TRUNCATE users CASCADE;
SELECT is((SELECT count(*) FROM all_rows()), 0::bigint, 'all is erased');

CREATE TEMPORARY TABLE dry AS
SELECT e.n, i.*
FROM exports e CROSS JOIN LATERAL agentchat.import_user(e.export, dry_run => true) i WHERE e.n = 1;
SELECT is((SELECT count(*) FROM all_rows()), 0::bigint, 'a dry run writes nothing');
CREATE TEMPORARY TABLE first_run (LIKE dry);
CREATE FUNCTION import_all() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    e record;
BEGIN
    FOR e IN SELECT * FROM exports ORDER BY n LOOP
        INSERT INTO dry SELECT e.n, i.* FROM agentchat.import_user(e.export, true) i WHERE e.n > 1;
        INSERT INTO first_run SELECT e.n, i.* FROM agentchat.import_user(e.export) i;
    END LOOP;
END $$;
SELECT import_all() \g /dev/null
SELECT set_eq('SELECT n, source, read, written, merged, skipped, problems FROM dry',
    'SELECT n, source, read, written, merged, skipped, problems FROM first_run',
    'a dry run returns what the import returns');
CREATE FUNCTION of_source(figures jsonb) RETURNS jsonb LANGUAGE sql AS $$
    SELECT jsonb_path_query_array(figures, '$.each[*].source') || (figures -> 'messages') $$;
SELECT set_eq('SELECT n, of_source(figures) FROM dry', 'SELECT n, of_source(figures) FROM first_run',
    '... also the figures of the source');
SELECT is_empty($$SELECT * FROM first_run WHERE read <> written + merged + skipped OR merged <> 0$$,
    'each row is counted once');
SELECT set_eq($$SELECT DISTINCT source, p ->> 'kind' FROM first_run, jsonb_array_elements(problems) p$$,
    $$VALUES ('agent_instances', 'no such agent definition'),
        ('workflows', 'agent_instance_id was cleared: no such agent instance')$$,
    'agents of definitions of users who are not there yet are left out');
-- A second pass for these agents.
TRUNCATE first_run;
SELECT import_all() \g /dev/null
SELECT set_eq($$SELECT source, sum(written) > 0 FROM first_run GROUP BY source HAVING sum(written) > 0$$,
    $$VALUES ('agent_instances', true)$$, '... and a second run writes them only');
-- The links from workflows to these agents were cleared.
SELECT set_eq($$SELECT t, md5(document::text) FROM all_rows() WHERE t <> 'workflows'$$,
    $$SELECT t, md5(document::text) FROM before WHERE t <> 'workflows'$$, 'every row is what it was');
SELECT set_eq($$SELECT md5((document - 'agent_instance_id')::text) FROM all_rows() WHERE t = 'workflows'$$,
    $$SELECT md5((document - 'agent_instance_id')::text) FROM before WHERE t = 'workflows'$$,
    '... also workflows, without the links to agents that came later');
SELECT set_eq('SELECT p FROM problems() p', 'SELECT p FROM check_before',
    'check() finds what it found before');
SELECT is_empty($$SELECT figures FROM first_run
    WHERE source = 'conversations' AND figures ->> 'conversations' <> figures ->> 'agreeing'$$,
    'the figures of all conversations agree');
SELECT lives_ok($$INSERT INTO users (email) VALUES ('next@example.com')$$,
    'sequences continue after the imported values');
DELETE FROM users WHERE email = 'next@example.com';
SELECT * FROM finish();
