#!/usr/bin/env bash
# The owner of a database, who is not a superuser, plants functions, operators and types that the install script might
# take for PostgreSQL's own. None may ever run: the script runs as superuser, and superusers use the tables.
. test/lib/tap.sh

sql -c "CREATE ROLE agentchat_test_hostile LOGIN PASSWORD '$PGPASSWORD'" -c 'CREATE ROLE agentchat_test_friend' \
    -c 'CREATE DATABASE agentchat_test_hostile OWNER agentchat_test_hostile'
export PGDATABASE=agentchat_test_hostile

# Each planted function writes down who ran it.
sql -U agentchat_test_hostile >/dev/null <<'SQL'
CREATE SCHEMA evil;
GRANT USAGE ON SCHEMA evil TO PUBLIC;
CREATE TABLE evil.ran (function text, by_user name DEFAULT current_user);
GRANT INSERT ON evil.ran TO PUBLIC;

CREATE FUNCTION evil.plant(function text, returns text, value text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('CREATE FUNCTION public.%s RETURNS %s LANGUAGE plpgsql AS %L', function, returns,
        format('BEGIN INSERT INTO evil.ran VALUES (%L); RETURN %L; END', function, value));
END $$;
SELECT evil.plant(function, returns, value) FROM (VALUES
    ('now()', 'timestamptz', '-infinity'),
    ('timezone(text, timestamptz)', 'timestamp', '-infinity'),
    ('gen_random_uuid()', 'uuid', '00000000-0000-0000-0000-000000000000'),
    ('jsonb_typeof(jsonb)', 'text', 'array'),
    ('format(text, VARIADIC text[])', 'text', ''),
    ('format(text, text)', 'text', ''),
    ('format(text, text, text)', 'text', ''),
    ('quote_ident(text)', 'text', ''),
    ('quote_ident(name)', 'text', ''),
    ('current_setting(text)', 'text', 'off'),
    ('set_config(text, text, boolean)', 'text', ''),
    ('text(name)', 'text', ''),
    ('text(regprocedure)', 'text', ''),
    ('regnamespace(text)', 'regnamespace', '0'),
    ('state(text, text, text)', 'text', ''),
    ('eq(name, name)', 'boolean', 'true'),
    ('eq(name, text)', 'boolean', 'true'),
    ('eq(text, text)', 'boolean', 'true'),
    ('eq(oid, oid)', 'boolean', 'true'),
    ('eq(oid, regnamespace)', 'boolean', 'true'),
    ('eq(uuid, uuid)', 'boolean', 'true'),
    ('eq(timestamp, timestamp)', 'boolean', 'true'),
    ('lt(timestamp, timestamp)', 'boolean', 'true'),
    ('le(timestamp, timestamp)', 'boolean', 'true'),
    ('eq(int, int)', 'boolean', 'true'),
    ('eq(tid, tid)', 'boolean', 'true'),
    ('unnest(bytea[])', 'bytea', ''),
    ('timezone(text, timestamp)', 'timestamptz', '-infinity'),
    ('lt(name, name)', 'boolean', 'true'),
    ('ge(int, int)', 'boolean', 'true'),
    ('cat(text, text)', 'text', '')) AS planted (function, returns, value);
CREATE AGGREGATE public.string_agg(text, text) (SFUNC = public.state, STYPE = text);
CREATE OPERATOR public.= (LEFTARG = name, RIGHTARG = name, FUNCTION = public.eq);
CREATE OPERATOR public.= (LEFTARG = name, RIGHTARG = text, FUNCTION = public.eq);
CREATE OPERATOR public.= (LEFTARG = text, RIGHTARG = text, FUNCTION = public.eq);
CREATE OPERATOR public.= (LEFTARG = oid, RIGHTARG = oid, FUNCTION = public.eq);
CREATE OPERATOR public.= (LEFTARG = oid, RIGHTARG = regnamespace, FUNCTION = public.eq);
CREATE OPERATOR public.= (LEFTARG = uuid, RIGHTARG = uuid, FUNCTION = public.eq);
CREATE OPERATOR public.= (LEFTARG = timestamp, RIGHTARG = timestamp, FUNCTION = public.eq);
CREATE OPERATOR public.<= (LEFTARG = timestamp, RIGHTARG = timestamp, FUNCTION = public.le);
CREATE OPERATOR public.= (LEFTARG = int, RIGHTARG = int, FUNCTION = public.eq);
CREATE OPERATOR public.= (LEFTARG = tid, RIGHTARG = tid, FUNCTION = public.eq);
CREATE OPERATOR public.< (LEFTARG = timestamp, RIGHTARG = timestamp, FUNCTION = public.lt);
CREATE OPERATOR public.< (LEFTARG = name, RIGHTARG = name, FUNCTION = public.lt);
CREATE OPERATOR public.>= (LEFTARG = int, RIGHTARG = int, FUNCTION = public.ge);
CREATE OPERATOR public.|| (LEFTARG = text, RIGHTARG = text, FUNCTION = public.cat);
CREATE TABLE public.pg_class (relname name, relnamespace oid);
CREATE TABLE public.pg_namespace (nspname name);
CREATE TABLE public.pg_proc (proname name);
CREATE DOMAIN public.text AS pg_catalog.text CHECK (false);
CREATE DOMAIN public.uuid AS pg_catalog.uuid CHECK (false);
CREATE DOMAIN public.jsonb AS pg_catalog.jsonb CHECK (false);
ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO agentchat_test_friend;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT ALL ON TABLES TO agentchat_test_friend;
ALTER DATABASE agentchat_test_hostile SET search_path = public, pg_catalog;
SQL

# All that the tables do by themselves: defaults, checks, foreign keys, triggers. Nothing planted is to run because
# of the statements themselves, so they name nothing.
use=$(cat <<'SQL'
SET search_path = pg_catalog;
INSERT INTO public.users (id, email) VALUES ('00000000-0000-0000-0000-0000000000a1', 'ada@example.com');
INSERT INTO public.users (email) VALUES ('bob@example.com');
INSERT INTO public.conversations (id, user_id, title, metadata)
VALUES ('00000000-0000-0000-0000-0000000000c1', '00000000-0000-0000-0000-0000000000a1', 'One', '{}');
INSERT INTO public.messages (conversation_id, role, content, parts)
VALUES ('00000000-0000-0000-0000-0000000000c1', 'user', 'Hello', '[]');
INSERT INTO public.subscriptions (user_id, plan, status, agent_limit)
VALUES ('00000000-0000-0000-0000-0000000000a1', 'pro', 'active', 1);
INSERT INTO public.messages (conversation_id, role, content, created_at)
VALUES ('00000000-0000-0000-0000-0000000000c1', 'user', 'Hello', '2100-01-05');
UPDATE public.users SET name = 'Changed';
SET search_path = public, pg_catalog;
UPDATE public.users SET name = 'Ada';
SELECT public.get_conversation('00000000-0000-0000-0000-0000000000c1', 'rows', 1)
    OPERATOR(pg_catalog.#>>) '{messages, 0, content}';
INSERT INTO public.messages (conversation_id, role, content)
VALUES ('00000000-0000-0000-0000-0000000000c1', 'user', 'Hello');
SELECT public.search_messages('hello', user_id => '00000000-0000-0000-0000-0000000000a1')
    OPERATOR(pg_catalog.#>>) '{messages, 0, snippet, text}';
UPDATE public.messages SET role = 'assistant', created_at = '2026-01-05';
SELECT agentchat.index_messages() OPERATOR(pg_catalog.>) 0;
DELETE FROM public.messages;
DELETE FROM public.conversations;
SQL
)

for installer in agentchat_test_hostile "$PGUSER"; do
    install() {
        sql -U "$installer" -c 'CREATE EXTENSION agentchat SCHEMA public' 2>&1
    }
    nothing_ran() {
        is "$(sql -c 'SELECT DISTINCT function, by_user FROM evil.ran')" "" "... and nothing planted runs"
    }

    is "$(install)" "" "$installer installs it"
    nothing_ran
    if [[ ${EDITION-} == sql ]]; then
        skip '... enables the feature search' 'the functions in SQL do not have it'
        use=$(sed '/^SELECT public.search_messages/,/^ /d; /index_messages/d' <<<"$use")
        uses=Hello
    else
        is "$(sql -U "$installer" -c 'SET search_path = pg_catalog' -c "SELECT state FROM agentchat.features()
            WHERE feature = 'search' AND (SELECT count(*) FROM agentchat.enable('search')) > 0" 2>&1)" \
            off '... enables the feature search'
        uses=$'Hello\nHello\nt'
    fi
    nothing_ran
    is "$(sql -c "$use" 2>&1)" "$uses" "a superuser uses the tables"
    nothing_ran
    is "$(sql -c 'SET search_path = pg_catalog' -c "SELECT count(*) FROM pg_class, aclexplode(relacl)
        WHERE relnamespace = 'public'::regnamespace AND relname IN ('users', 'messages') AND grantee <> relowner")" 0 \
        "... they are granted to nobody"

    sql -c 'DROP EXTENSION agentchat CASCADE' 2>/dev/null
    like "$(install)" 'NOTICE:  agentchat created no tables because some' "$installer installs it again"
    nothing_ran

    sql 2>/dev/null -c 'DROP EXTENSION agentchat CASCADE' -c 'DROP TABLE IF EXISTS users, conversations, messages, artifacts,
        agent_definitions, agent_instances, agent_tools, workflows, subscriptions, search_pending, search_segments,
        search_grams'
    like "$(sql -U "$installer" -c 'SET row_security = off' -c 'CREATE EXTENSION agentchat SCHEMA public' 2>&1)" \
        'NOTICE:  agentchat created no tables because a dump' "$installer installs it to restore a dump"
    nothing_ran
    sql -c 'DROP EXTENSION agentchat'

    sql -c 'CREATE FUNCTION public.get_conversation() RETURNS int LANGUAGE sql RETURN 1'
    like "$(install)" 'ERROR:  a function with a name that agentchat needs already exists' "$installer cannot install it"
    nothing_ran
    sql -c 'DROP FUNCTION public.get_conversation()'
done

done_testing
