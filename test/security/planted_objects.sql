-- A role that may create extensions in a database, but is not a superuser, plants functions, operators,
-- types, tables and views for a superuser to run. CREATE EXTENSION, ALTER EXTENSION UPDATE and the
-- administration must not run any.
\ir ../lib/pgtap.sql
SELECT quote_ident(current_database()) AS database \gset
DROP ROLE IF EXISTS tap_hostile_owner;
CREATE ROLE tap_hostile_owner;
ALTER DATABASE :database OWNER TO tap_hostile_owner;
ALTER SCHEMA public OWNER TO tap_hostile_owner;
GRANT USAGE ON SCHEMA tap TO PUBLIC;
\set QUIET on

SET search_path = public, tap;
SELECT plan(21);

SET SESSION AUTHORIZATION tap_hostile_owner;
SET client_min_messages = error;

-- Records the role that ran it. trapped() returns those roles, except for the owner. It is a setting, because
-- functions that are called in planning may not write.
CREATE FUNCTION trap() RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    PERFORM set_config('trap.fell_in',
        concat_ws(' ', nullif(current_setting('trap.fell_in', true), ''), current_user),
        false);
    RETURN true;
END $$;

CREATE FUNCTION trapped() RETURNS text LANGUAGE plpgsql AS $$
DECLARE who text := (SELECT string_agg(DISTINCT w, ' ')
    FROM regexp_split_to_table(current_setting('trap.fell_in', true), ' ') w
                     WHERE w <> 'tap_hostile_owner');
BEGIN
    PERFORM set_config('trap.fell_in', '', false);
    RETURN coalesce(who, '');
END $$;

-- Names that the scripts use, at home in the schema that they install into.
CREATE FUNCTION now() RETURNS timestamptz LANGUAGE sql AS 'SELECT pg_catalog.now() FROM public.trap()';
CREATE FUNCTION gen_random_uuid()
RETURNS uuid LANGUAGE sql AS 'SELECT pg_catalog.gen_random_uuid() FROM public.trap()';
CREATE FUNCTION jsonb_typeof(jsonb)
RETURNS text LANGUAGE sql AS 'SELECT pg_catalog.jsonb_typeof($1) FROM public.trap()';
CREATE FUNCTION format(text, VARIADIC text[])
RETURNS text LANGUAGE sql AS 'SELECT pg_catalog.format($1, VARIADIC $2) FROM public.trap()';
CREATE FUNCTION quote_ident(name)
RETURNS text LANGUAGE sql AS 'SELECT pg_catalog.quote_ident($1) FROM public.trap()';
CREATE FUNCTION unnest(text[])
RETURNS SETOF text LANGUAGE sql AS 'SELECT pg_catalog.unnest($1) FROM public.trap()';
CREATE FUNCTION timezone(text, timestamptz)
RETURNS timestamp LANGUAGE sql AS 'SELECT pg_catalog.timezone($1, $2) FROM public.trap()';
CREATE FUNCTION same(name, text) RETURNS boolean LANGUAGE sql AS 'SELECT public.trap()';
CREATE FUNCTION same(name, name) RETURNS boolean LANGUAGE sql AS 'SELECT public.trap()';
CREATE FUNCTION same(text, text) RETURNS boolean LANGUAGE sql AS 'SELECT public.trap()';
CREATE FUNCTION same(oid, oid) RETURNS boolean LANGUAGE sql AS 'SELECT public.trap()';
CREATE FUNCTION same(uuid, uuid) RETURNS boolean LANGUAGE sql AS 'SELECT public.trap()';
CREATE FUNCTION same(integer, integer) RETURNS boolean LANGUAGE sql AS 'SELECT public.trap()';
CREATE OPERATOR = (FUNCTION = same, LEFTARG = name, RIGHTARG = text);
CREATE OPERATOR = (FUNCTION = same, LEFTARG = name, RIGHTARG = name);
CREATE OPERATOR = (FUNCTION = same, LEFTARG = text, RIGHTARG = text);
CREATE OPERATOR = (FUNCTION = same, LEFTARG = oid, RIGHTARG = oid);
CREATE OPERATOR = (FUNCTION = same, LEFTARG = uuid, RIGHTARG = uuid);
CREATE OPERATOR >= (FUNCTION = same, LEFTARG = integer, RIGHTARG = integer);
CREATE DOMAIN text AS pg_catalog.text CHECK (public.trap());
CREATE DOMAIN jsonb AS pg_catalog.jsonb CHECK (public.trap());
CREATE DOMAIN uuid AS pg_catalog.uuid CHECK (public.trap());
CREATE DOMAIN name AS pg_catalog.name CHECK (public.trap());
CREATE TYPE thing AS (t pg_catalog.text);
CREATE FUNCTION thing(pg_catalog.text)
RETURNS thing LANGUAGE sql AS 'SELECT ROW($1)::public.thing FROM public.trap()';
CREATE CAST (pg_catalog.text AS thing) WITH FUNCTION thing(pg_catalog.text) AS IMPLICIT;
ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO PUBLIC;
ALTER DEFAULT PRIVILEGES GRANT ALL ON FUNCTIONS TO PUBLIC;
-- pg_temp is searched first where a search_path does not name it, for relations and types.
CREATE TEMPORARY VIEW pg_extension AS SELECT * FROM pg_catalog.pg_extension WHERE public.trap();
CREATE TEMPORARY VIEW pg_class AS SELECT * FROM pg_catalog.pg_class WHERE public.trap();
CREATE TEMPORARY VIEW pg_attribute AS SELECT attrelid, attname, atttypid, atttypmod, attnum, attnotnull,
    attisdropped, attcompression, attidentity, attgenerated, attacl
        FROM pg_catalog.pg_attribute WHERE public.trap();
CREATE TEMPORARY VIEW pg_constraint AS SELECT * FROM pg_catalog.pg_constraint WHERE public.trap();
CREATE DOMAIN pg_temp.uuid AS pg_catalog.uuid CHECK (public.trap());
CREATE DOMAIN pg_temp.text AS pg_catalog.text CHECK (public.trap());
CREATE DOMAIN pg_temp.jsonb AS pg_catalog.jsonb CHECK (public.trap());

-- Where no tables are.

SELECT tap.lives_ok('CREATE EXTENSION agentchat',
    'an owner of the database who is not a superuser can install it');
SELECT tap.is(trapped(), '', 'and it runs nothing of what was there before');

SELECT tap.is_empty($$
    SELECT p.oid::regprocedure FROM pg_proc p JOIN pg_roles r ON r.oid = p.proowner
    WHERE p.pronamespace = 'agentchat'::regnamespace AND NOT r.rolsuper
    UNION ALL SELECT nspname::text::regproc FROM pg_namespace n JOIN pg_roles r ON r.oid = n.nspowner
    WHERE n.nspname = 'agentchat' AND NOT r.rolsuper$$,
    'the functions and their schema are not the owner''s, who could change them');
SELECT tap.is((SELECT count(*) FROM agentchat.tables() t JOIN pg_catalog.pg_class c ON c.oid = t.actual
        WHERE pg_get_userbyid(c.relowner) = 'tap_hostile_owner'), 9::bigint, 'the tables are the owner''s');
SELECT tap.is_empty($$
    SELECT a.attrelid::regclass, a.attname FROM agentchat.tables() t
        JOIN pg_catalog.pg_attribute a ON a.attrelid IN (t.model, t.actual)
        JOIN pg_catalog.pg_type y ON y.oid = a.atttypid
    WHERE y.typnamespace <> 'pg_catalog'::regnamespace$$,
        'their types are PostgreSQL''s, not those of the same name');
SELECT tap.is_empty($$
    SELECT d.objid FROM pg_catalog.pg_depend d
    WHERE d.refclassid IN ('pg_catalog.pg_proc'::regclass, 'pg_catalog.pg_operator'::regclass)
      AND d.objid IN (SELECT f.oid
          FROM pg_catalog.pg_attrdef f JOIN agentchat.tables() t ON f.adrelid IN (t.model, t.actual)
                      UNION SELECT k.oid FROM pg_catalog.pg_constraint k
                      JOIN agentchat.tables() t ON k.conrelid IN (t.model, t.actual))$$,
    'and so are the functions and operators of defaults and checks');
SELECT tap.is_empty('SELECT * FROM agentchat.adopt() UNION ALL SELECT object, problem, bad_rows, remedy
    FROM agentchat.check()',
    'there is nothing to adopt and nothing wrong');
SELECT tap.is(trapped(), '', 'and finding that out runs nothing of theirs');

-- Where the tables are there, with traps in everything that a table can call.

DROP EXTENSION agentchat CASCADE;
DROP VIEW pg_temp.pg_extension, pg_temp.pg_class, pg_temp.pg_attribute, pg_temp.pg_constraint;
CREATE FUNCTION trap_trigger()
RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM public.trap(); RETURN new; END';
CREATE FUNCTION set_traps() RETURNS void LANGUAGE plpgsql AS $$
DECLARE t pg_catalog.text;
BEGIN
    FOREACH t IN ARRAY ARRAY['users', 'conversations', 'messages', 'artifacts', 'agent_definitions',
        'agent_instances', 'agent_tools', 'workflows', 'subscriptions'] LOOP
        EXECUTE pg_catalog.format($t$
            ALTER TABLE %1$I ADD COLUMN trap boolean DEFAULT trap();
            ALTER TABLE %1$I ADD COLUMN trap_generated boolean GENERATED ALWAYS AS (trap()) STORED;
            ALTER TABLE %1$I ADD CONSTRAINT trap CHECK (trap());
            CREATE INDEX ON %1$I ((trap())) WHERE trap();
            CREATE STATISTICS trap_%1$s ON (trap()), id FROM %1$I;
            CREATE TRIGGER trap BEFORE INSERT OR UPDATE OR DELETE ON %1$I
                FOR EACH ROW EXECUTE FUNCTION trap_trigger();
            CREATE TRIGGER trap_truncate BEFORE TRUNCATE ON %1$I EXECUTE FUNCTION trap_trigger();
            CREATE POLICY trap ON %1$I USING (trap());
            ALTER TABLE %1$I ALTER COLUMN id SET DEFAULT public.gen_random_uuid();
        $t$, t);
    END LOOP;
END $$;
SELECT set_traps();
INSERT INTO users (id, email) VALUES ('00000000-0000-0000-0000-000000000001', 'a@example.com');
INSERT INTO conversations (id, user_id, title) VALUES
    ('00000000-0000-0000-0000-000000000002', '00000000-0000-0000-0000-000000000001', 'one');
ALTER TABLE messages DROP CONSTRAINT messages_role_check,
    DROP CONSTRAINT messages_conversation_id_conversations_id_fk;
INSERT INTO messages (conversation_id, role, content) VALUES
    ('00000000-0000-0000-0000-000000000002', 'user', 'one'),
    ('00000000-0000-0000-0000-000000000002', 'tool', 'two');
ALTER TABLE users DROP CONSTRAINT users_email_unique;
DROP INDEX messages_conversation_id_created_at_id_idx;
SELECT trapped() \g /dev/null

SELECT tap.lives_ok('CREATE EXTENSION agentchat', 'it installs beside hostile tables');
SELECT tap.is(trapped(), '', 'and runs nothing of theirs');
DROP EXTENSION agentchat CASCADE;

SELECT tap.lives_ok($$CREATE EXTENSION agentchat VERSION '0.1.0'$$, 'so does version 0.1.0');
SELECT tap.lives_ok('ALTER EXTENSION agentchat UPDATE', 'which can be updated');
SELECT tap.is(trapped(), '', 'and that runs nothing of theirs');

RESET SESSION AUTHORIZATION;
SELECT tap.throws_ok('SELECT * FROM agentchat.check()',
    '42501',
    'only the owner of the tables may check them',
    'check() is refused to a superuser, with whose rights the tables'' functions would run');
SELECT tap.throws_ok('SELECT * FROM agentchat.adopt()',
    '42501',
    'only the owner of the tables may adopt them',
    'so is adopt()');
SELECT tap.throws_ok('SELECT * FROM agentchat.detach()',
    '42501',
    'only the owner of the tables may detach them',
    'and detach()');
SELECT tap.is(trapped(), '', 'none of them has run anything of theirs');

SET SESSION AUTHORIZATION tap_hostile_owner;
SELECT tap.lives_ok('SELECT * FROM agentchat.adopt(build => true)', 'the owner can adopt them');
SELECT tap.results_eq('SELECT object, bad_rows FROM agentchat.check()',
    $$VALUES ('constraint messages_role_check of public.messages', 1::bigint)$$, 'and check them');
SELECT tap.matches(current_setting('trap.fell_in'), '^tap_hostile_owner', 'the traps work');
SELECT tap.is(trapped(), '', 'with the owner''s own rights');

SELECT * FROM tap.finish();
