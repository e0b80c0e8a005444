-- The limit on agents is the same for all roles, policies and search_paths. It does not hold in a restore,
-- and a role under policies cannot have a restore session.
\ir ../lib/pgtap.sql
SELECT quote_ident(current_database()) AS database \gset
CREATE ROLE tap_owner;
CREATE ROLE tap_bypass BYPASSRLS;
CREATE ROLE authenticated;
GRANT USAGE ON SCHEMA tap TO PUBLIC;
ALTER DATABASE :database OWNER TO tap_owner;
ALTER SCHEMA public OWNER TO tap_owner;
\set QUIET on
SET client_min_messages = warning;
SET search_path = public, tap;

SELECT plan(129);

-- The tables belong to tap_owner, who is not a superuser. Ada may have three agents and has three. Policies
-- hide some of them and her subscription from her.
SET SESSION AUTHORIZATION tap_owner;
CREATE EXTENSION agentchat;
SELECT FROM agentchat.adopt() \g /dev/null
INSERT INTO users (id, email) VALUES
    ('00000000-0000-0000-0000-0000000000a1', 'ada@example.com'),
    ('00000000-0000-0000-0000-0000000000b0', 'bob@example.com');
INSERT INTO agent_definitions (id, user_id, name, description, system_prompt)
VALUES ('00000000-0000-0000-0000-0000000000d1', '00000000-0000-0000-0000-0000000000a1', 'Poet', '', '');
INSERT INTO subscriptions (user_id, plan, status, is_active, agent_limit)
VALUES ('00000000-0000-0000-0000-0000000000a1', 'pro', 'active', true, 3);
ALTER TABLE agent_instances ALTER COLUMN definition_id SET DEFAULT '00000000-0000-0000-0000-0000000000d1',
    ALTER COLUMN user_id SET DEFAULT '00000000-0000-0000-0000-0000000000a1',
    ALTER COLUMN name SET DEFAULT 'A poet';
SET row_security = off;
INSERT INTO agent_instances (id, name, status) VALUES
    ('00000000-0000-0000-0000-0000000000e1', 'seen', 'active'),
    ('00000000-0000-0000-0000-0000000000e2', 'hidden', 'active'),
    ('00000000-0000-0000-0000-0000000000e3', 'hidden', 'paused'),
    ('00000000-0000-0000-0000-0000000000e4', 'seen', 'archived'),
    ('00000000-0000-0000-0000-0000000000e5', 'hidden', 'archived');
-- Bob has more than he may.
INSERT INTO agent_instances (user_id)
SELECT '00000000-0000-0000-0000-0000000000b0' FROM generate_series(1, 4);
SET row_security = on;

ALTER TABLE users ENABLE ROW LEVEL SECURITY;
ALTER TABLE subscriptions ENABLE ROW LEVEL SECURITY;
ALTER TABLE agent_instances ENABLE ROW LEVEL SECURITY;
ALTER TABLE agent_definitions DISABLE ROW LEVEL SECURITY;
CREATE POLICY adas ON users TO authenticated USING (id = '00000000-0000-0000-0000-0000000000a1');
CREATE POLICY adas ON agent_instances TO authenticated USING (true);
CREATE POLICY hide ON agent_instances AS RESTRICTIVE FOR SELECT TO authenticated
    USING (name <> 'hidden' AND user_id = '00000000-0000-0000-0000-0000000000a1');
CREATE POLICY hide ON subscriptions AS RESTRICTIVE USING (false);
GRANT ALL ON users, agent_definitions, agent_instances TO authenticated, tap_bypass;

CREATE VIEW owners_view AS SELECT * FROM agent_instances;
CREATE VIEW invokers_view WITH (security_invoker) AS SELECT * FROM agent_instances;
GRANT ALL ON owners_view, invokers_view TO authenticated, tap_bypass;
CREATE FUNCTION hire() RETURNS void LANGUAGE sql SECURITY DEFINER
    AS 'INSERT INTO public.agent_instances DEFAULT VALUES';
CREATE FUNCTION hire_off() RETURNS void LANGUAGE sql SECURITY DEFINER SET row_security = off
    AS 'INSERT INTO public.agent_instances DEFAULT VALUES';
CREATE FUNCTION bring_back_off() RETURNS void LANGUAGE sql SECURITY DEFINER SET row_security = off
    AS $$ UPDATE public.agent_instances
        SET status = 'active' WHERE id = '00000000-0000-0000-0000-0000000000e4' $$;
CREATE FUNCTION hire_in_plpgsql() RETURNS void LANGUAGE plpgsql SECURITY DEFINER
    AS $$ BEGIN SET LOCAL row_security = off; INSERT INTO public.agent_instances DEFAULT VALUES; END $$;
CREATE FUNCTION bypassers_hire() RETURNS void LANGUAGE sql SECURITY DEFINER SET row_security = off
    AS 'INSERT INTO public.agent_instances DEFAULT VALUES';
CREATE FUNCTION users_hire() RETURNS void LANGUAGE sql SECURITY DEFINER
    AS 'INSERT INTO public.owners_view DEFAULT VALUES';
RESET SESSION AUTHORIZATION;
ALTER FUNCTION bypassers_hire() OWNER TO tap_bypass;
ALTER FUNCTION users_hire() OWNER TO authenticated;
ALTER VIEW owners_view ALTER COLUMN id SET DEFAULT gen_random_uuid();


-- Functions, operators, types and tables that the limit could mistake for PostgreSQL's or its own: in a
-- foreign schema, in the schema of the tables and among the temporary objects.
SET search_path = tap;
CREATE SCHEMA evil;
GRANT USAGE ON SCHEMA evil TO PUBLIC;
CREATE FUNCTION tap.trap() RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'trap'; END $$;
SELECT format('CREATE FUNCTION %I.%s RETURNS boolean LANGUAGE sql AS ''SELECT tap.trap()''',
    schema,
    signature)
FROM unnest('{evil, public}'::text[]) schema, unnest(ARRAY[
    'enforce_agent_limit()', 'default_agent_limit()', 'unnest(uuid[])', 'max(int)', 'sum(bigint)', 'now()',
    'text(uuid)',
    'pg_advisory_xact_lock(bigint)', 'pg_advisory_xact_lock(int, int)', 'hashtext(text)',
    'hashtextextended(text, bigint)', 'uuid_hash(uuid)', 'uuid_hash_extended(uuid, bigint)',
    'format(text, VARIADIC text[])', 'array_agg(uuid)',
    'jsonb_build_object(VARIADIC text[])', 'to_jsonb(bigint)']) signature \gexec
SELECT format('CREATE FUNCTION %I.trap(%s, %2$s) RETURNS boolean LANGUAGE sql AS ''SELECT tap.trap()''',
    schema,
    type)
FROM unnest('{evil, public}'::text[]) schema,
    unnest('{uuid, text, int, bigint, boolean, timestamp}'::text[]) type \gexec
SELECT format('CREATE OPERATOR %I.%s (FUNCTION = %1$I.trap, LEFTARG = %3$s, RIGHTARG = %3$s)',
    schema,
    operator,
    type)
FROM unnest('{evil, public}'::text[]) schema,
    unnest('{uuid, text, int, bigint, boolean, timestamp}'::text[]) type,
    unnest('{=, <>, <, >, <=, >=}'::text[]) operator \gexec
SELECT format('CREATE FUNCTION %I.next(bigint) RETURNS bigint LANGUAGE sql AS ''SELECT 0 FROM tap.trap()''',
    schema),
    format('CREATE AGGREGATE %I.count(*) (SFUNC = %1$I.next, STYPE = bigint)', schema),
    format('CREATE DOMAIN %I.uuid AS uuid CHECK (tap.trap())', schema),
    format('CREATE DOMAIN %I.text AS text CHECK (tap.trap())', schema),
    format('CREATE DOMAIN %I.int8 AS int8 CHECK (tap.trap())', schema)
FROM unnest('{evil, public}'::text[]) schema \gexec
CREATE TABLE evil.agent_instances AS SELECT * FROM public.agent_instances WITH NO DATA;
CREATE TABLE evil.subscriptions AS SELECT * FROM public.subscriptions WITH NO DATA;
CREATE TABLE evil.users AS SELECT * FROM public.users WITH NO DATA;
CREATE TEMPORARY TABLE agent_instances AS SELECT * FROM public.agent_instances WITH NO DATA;
CREATE TEMPORARY TABLE subscriptions AS SELECT * FROM public.subscriptions WITH NO DATA;
CREATE TEMPORARY TABLE users AS SELECT * FROM public.users WITH NO DATA;
GRANT ALL ON ALL TABLES IN SCHEMA evil, pg_temp TO PUBLIC;

-- Runs a statement as a role under a search_path, undoes it, and returns the DETAIL of a refusal.
CREATE FUNCTION tap.outcome(statement text, role text, path text DEFAULT '', security text DEFAULT 'on')
RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    error text;
    detail text;
BEGIN
    PERFORM pg_catalog.set_config('request.jwt.claims',
        '{"sub": "00000000-0000-0000-0000-0000000000a1"}',
        true),
        pg_catalog.set_config('role', role, true), pg_catalog.set_config('row_security', security, true),
        pg_catalog.set_config('search_path', path, true);
    EXECUTE statement;
    RAISE EXCEPTION USING ERRCODE = 'UNDO0';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS error = RETURNED_SQLSTATE, detail = PG_EXCEPTION_DETAIL;
    RETURN CASE error WHEN 'UNDO0' THEN 'done'
        WHEN 'PT402' THEN pg_catalog.replace(detail, '00000000-0000-0000-0000-0000000000a1', 'Ada')
        ELSE pg_catalog.concat_ws(' ', error, SQLERRM) END;
END $$;

CREATE TABLE tap.statement (n int GENERATED ALWAYS AS IDENTITY, statement text);
INSERT INTO tap.statement (statement) VALUES
    ('INSERT INTO public.agent_instances DEFAULT VALUES'),
    ($$INSERT INTO public.agent_instances (name) VALUES ('hidden'), ('seen'), ('hidden')$$),
    ($$UPDATE public.agent_instances
       SET status = 'active' WHERE id OPERATOR(pg_catalog.=) '00000000-0000-0000-0000-0000000000e4'$$),
    ($$INSERT INTO public.agent_instances (id)
       VALUES ('00000000-0000-0000-0000-0000000000e4') ON CONFLICT (id) DO UPDATE SET status = 'active'$$);
CREATE TABLE tap.role (n int GENERATED ALWAYS AS IDENTITY, role text);
INSERT INTO tap.role (role) VALUES ('authenticated'), ('tap_owner'), ('tap_bypass'), ('none');
CREATE TABLE tap.path (n int GENERATED ALWAYS AS IDENTITY, path text);
INSERT INTO tap.path (path)
VALUES ('evil, pg_catalog'), ('public, pg_catalog'), ('pg_temp, evil, public, pg_catalog'), ('');
GRANT SELECT ON ALL TABLES IN SCHEMA tap TO PUBLIC;

-- The session's first use of the limit meets all of these objects.
SELECT is(outcome(statement, role, path), 'user Ada, limit 3, used 3, plan pro',
    format('%s, %s, search_path = %s', statement, role, path))
FROM tap.role r, tap.path p, tap.statement s ORDER BY p.n, r.n, s.n;
UPDATE public.subscriptions SET agent_limit = 6;
SELECT is(outcome(statement, role, path), 'done', format('... %s, %s, with room', role, path))
FROM tap.role r, tap.path p, tap.statement s WHERE s.n = 2 ORDER BY p.n, r.n;
UPDATE public.subscriptions SET agent_limit = 3;

-- Policies apply to the tables' owner, too.
ALTER TABLE public.agent_instances FORCE ROW LEVEL SECURITY;
ALTER TABLE public.subscriptions FORCE ROW LEVEL SECURITY;
CREATE POLICY owners ON public.agent_instances TO tap_owner
    USING (user_id <> '00000000-0000-0000-0000-0000000000a1')
    WITH CHECK (true);
SELECT is(outcome('INSERT INTO public.agent_instances DEFAULT VALUES', role),
    'user Ada, limit 3, used 3, plan pro',
    format('FORCE ROW LEVEL SECURITY, %s', role))
FROM tap.role r ORDER BY r.n;
ALTER TABLE public.agent_instances NO FORCE ROW LEVEL SECURITY;
ALTER TABLE public.subscriptions NO FORCE ROW LEVEL SECURITY;
DROP POLICY owners ON public.agent_instances;

-- A role that may only insert.
REVOKE ALL ON public.agent_instances, public.users FROM authenticated;
GRANT INSERT ON public.agent_instances TO authenticated;
SELECT is(outcome('INSERT INTO public.agent_instances DEFAULT VALUES', 'authenticated'),
    'user Ada, limit 3, used 3, plan pro', 'a role that may only insert');
GRANT ALL ON public.agent_instances, public.users TO authenticated;

-- The limit gives nobody the rights of the tables' owner.
CREATE FUNCTION public.who_am_i() RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO public.agent_instances DEFAULT VALUES;
    RETURN 'hired';
EXCEPTION WHEN SQLSTATE 'PT402' THEN
    RETURN pg_catalog.concat_ws(' ', current_user, (SELECT pg_catalog.count(*) FROM public.agent_instances));
END $$;
CREATE FUNCTION public.who_after() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% %', current_user, (SELECT pg_catalog.count(*) FROM public.agent_instances);
END $$;
SET request.jwt.claims = '{"sub": "00000000-0000-0000-0000-0000000000a1"}';
SET ROLE authenticated;
SELECT is(public.who_am_i(),
    'authenticated 2',
    'a caller who catches a refusal keeps their role and sees the same rows');
RESET ROLE;
UPDATE public.subscriptions SET agent_limit = 4;
CREATE TRIGGER zzz AFTER INSERT ON public.agent_instances EXECUTE FUNCTION public.who_after();
SELECT is(outcome('INSERT INTO public.agent_instances DEFAULT VALUES', 'authenticated'),
    'P0001 authenticated 3',
    '... also a caller who is not refused');
DROP TRIGGER zzz ON public.agent_instances;
UPDATE public.subscriptions SET agent_limit = 3;

-- In a restore, row_security is off and no role is under policies.
\set direct '\'INSERT INTO public.agent_instances DEFAULT VALUES\''
\set back '$$UPDATE public.agent_instances SET status = \'active\' WHERE name = \'seen\'$$'
\set off '\'\', \'off\''
\set refused '\'user Ada, limit 3, used 3, plan pro\''
\set by_policies '\'42501 query would be affected by row-level security policy for table "agent_instances"\''
SELECT is(outcome(:direct, role, :off), 'done', 'a restore: ' || role)
FROM tap.role r WHERE role <> 'authenticated' ORDER BY r.n;
SELECT is(outcome(:back, role, :off), 'done', '... of an agent that was archived: ' || role)
FROM tap.role r WHERE role <> 'authenticated' ORDER BY r.n;
SELECT is(outcome(:direct, 'authenticated', :off),
    :by_policies,
    'a user under policies, with row_security off');
SELECT is(outcome(:back, 'authenticated', :off), :by_policies, '... restoring an archived agent');
SELECT is(outcome('INSERT INTO public.owners_view DEFAULT VALUES', 'authenticated', :off),
    :refused,
    '... through a view of the owner');
SELECT is(outcome($$UPDATE public.owners_view SET status = 'active' WHERE name = 'seen'$$,
        'authenticated',
        :off), :refused,
    '... an UPDATE through it');
SELECT is(outcome('INSERT INTO public.invokers_view DEFAULT VALUES', 'authenticated', :off), :by_policies,
    '... through a view with security_invoker');
SELECT is(outcome(format('SELECT public.%I()', f), 'authenticated', :off), :refused, '... by ' || f)
FROM unnest('{hire, hire_off, bring_back_off, hire_in_plpgsql, bypassers_hire}'::text[]) f;
SELECT is(outcome(format('SELECT public.%I()', f), 'authenticated'),
    :refused,
    'a user under policies: by ' || f)
FROM unnest('{hire, hire_off, bring_back_off, hire_in_plpgsql, bypassers_hire}'::text[]) f;
-- The user's function has the user's rights, also during a restore. The functions in SQL see only the role of
-- the session, which restores.
\if :is_sql
SELECT skip('PL/pgSQL cannot see whose rights a calling function has', 1)
FROM tap.role WHERE role <> 'authenticated';
SELECT is(outcome('SELECT public.users_hire()', role, :off),
    :refused,
    role || ': through a function of the user')
FROM tap.role WHERE role = 'authenticated';
\else
SELECT is(outcome('SELECT public.users_hire()', role, :off),
    :refused,
    role || ': through a function of the user')
FROM tap.role r ORDER BY r.n;
\endif
SELECT is(outcome('SELECT public.hire()', 'none', :off),
    'done',
    'a superuser: through a function of the owner');
SET SESSION AUTHORIZATION authenticated;
SELECT is(outcome('INSERT INTO public.owners_view DEFAULT VALUES', 'none', :off), :refused,
    'a superuser who has become the user: through a view of the owner');
RESET SESSION AUTHORIZATION;
ALTER TABLE public.agent_instances FORCE ROW LEVEL SECURITY;
SELECT is(outcome(:direct, 'tap_owner', :off), :by_policies, 'the owner under FORCE ROW LEVEL SECURITY');
SELECT is(outcome('SELECT public.hire()', 'none', :off),
    :by_policies,
    '... and a function of the owner');
ALTER TABLE public.agent_instances NO FORCE ROW LEVEL SECURITY;

-- Only a superuser may change the setting.
\if :is_sql
-- Anyone can set what no library knows. It changes nothing.
SET agentchat.default_agent_limit = -1;
SELECT is(agentchat.default_agent_limit(), 1, role || ' sets agentchat.default_agent_limit')
FROM unnest('{authenticated, tap_owner, tap_bypass, set_config}'::text[]) role;
RESET agentchat.default_agent_limit;
\else
SELECT is(outcome('SET agentchat.default_agent_limit = -1', role),
    '42501 permission denied to set parameter "agentchat.default_agent_limit"',
    role || ' sets agentchat.default_agent_limit')
FROM unnest('{authenticated, tap_owner, tap_bypass}'::text[]) role;
SELECT alike(outcome($$SELECT set_config('agentchat.default_agent_limit', '-1', true)$$, 'authenticated'),
    '42501 %',
    'set_config() does not do it either');
\endif
SELECT alike(outcome(statement, role), '42501 %', format('%s: %s', role, statement))
FROM (VALUES ('authenticated', 'ALTER ROLE authenticated SET agentchat.default_agent_limit = -1'),
             ('authenticated', 'ALTER FUNCTION public.users_hire() SET agentchat.default_agent_limit = -1'),
             ('tap_owner',
                 format('ALTER DATABASE %I SET agentchat.default_agent_limit = -1',
                     current_database()))) AS v (role, statement);

-- Users learn nothing about others: not by a trigger on a table of their own, and not by agent_usage().
SELECT alike(outcome($$CREATE TABLE pg_temp.mine (user_id uuid, status text);
    CREATE TRIGGER mine AFTER INSERT ON pg_temp.mine
        REFERENCING NEW TABLE AS new_rows EXECUTE FUNCTION agentchat.enforce_agent_limit();
    INSERT INTO pg_temp.mine VALUES ('00000000-0000-0000-0000-0000000000b0', 'active')$$, 'authenticated'),
    '39P01 %', 'a trigger on a temporary table');
GRANT CREATE ON SCHEMA public TO authenticated;
SELECT alike(outcome($$CREATE TABLE public.mine (user_id uuid, status text);
    CREATE TRIGGER mine AFTER INSERT ON public.mine
        REFERENCING NEW TABLE AS new_rows EXECUTE FUNCTION agentchat.enforce_agent_limit();
    INSERT INTO public.mine VALUES ('00000000-0000-0000-0000-0000000000b0', 'active')$$, 'authenticated'),
    '39P01 %', 'a trigger on a table of one''s own in the same schema');
SET ROLE authenticated;
SELECT is(public.agent_usage()::text, '{"plan": "pro", "used": 3, "limit": 3, "remaining": 0}',
    'agent_usage() tells users what the limit counts, whatever policies hide');
SELECT is(public.agent_usage('00000000-0000-0000-0000-0000000000a1')::text,
    public.agent_usage()::text,
    '... also by id');
SELECT is(public.agent_usage('00000000-0000-0000-0000-0000000000b0'),
    NULL,
    '... it tells nothing about others');
SET search_path = evil, pg_catalog;
SELECT public.agent_usage() AS usage \gset
SET search_path = tap;
SELECT is(:'usage'::text,
    '{"plan": "pro", "used": 3, "limit": 3, "remaining": 0}',
    '... under any search_path');
RESET ROLE;

SELECT * FROM finish();
