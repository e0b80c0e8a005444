#!/usr/bin/env bash
# A signed-in user who reaches SQL makes types, functions and temporary tables, and tries to get the rights of the owner,
# or to others' rows, with them. For both editions.
. test/lib/databases.sh

ada=ada00000-0000-4000-8000-000000000001
bob=b0b00000-0000-4000-8000-000000000001
trip=ada11111-0000-4000-8000-000000000001  # a conversation of Ada's
mine=b0b11111-0000-4000-8000-000000000001  # one of Bob's

# As PostgREST does it for Bob. Goes on after errors.
bob() { # SQL on stdin
    PGUSER=authenticator PGOPTIONS="-c role=authenticated -c request.jwt.claims={\"sub\":\"$bob\"}" \
        psql -XAtq -v VERBOSITY=terse 2>&1
}

empty_supabase() { # NAME
    createdb -T template0 "$1"
    psql -Xq -d "$1" -v owner=developer -v password="$PGPASSWORD" -v default_privileges=true -f test/lib/supabase.sql
}

database() { # NAME EDITION
    empty_supabase "$1"
    EDITION=$2 as developer install_agentchat public -d "$1"
    as developer sql -d "$1" -o /dev/null <<SQL
INSERT INTO users (id, email) VALUES ('$ada', 'ada@example.com'), ('$bob', 'bob@example.com');
INSERT INTO conversations (id, user_id, title) VALUES ('$trip', '$ada', 'A trip'), ('$mine', '$bob', 'Mine');
INSERT INTO messages (conversation_id, role, content) VALUES ('$trip', 'user', 'Maui'), ('$mine', 'user', 'Hello');
INSERT INTO agent_tools (name, description, schema) VALUES ('weather', '', '{}');
SELECT agentchat.enable('runs');
CREATE SCHEMA lair;
GRANT USAGE, CREATE ON SCHEMA lair TO authenticated;
SQL
}

# The trigger functions that Bob may use on tables of his own, with the columns that ours have: of a type whose casts are
# functions of his.
uses_triggers() {
    cat <<'SQL'
CREATE TYPE pg_temp.evil AS (value integer);
SELECT format($sql$
    CREATE FUNCTION pg_temp.evil_to_%1$s(pg_temp.evil) RETURNS %1$s LANGUAGE plpgsql AS $body$ BEGIN
        IF current_user <> 'authenticated' THEN RAISE WARNING 'a cast to %1$s runs as %%', current_user; END IF;
        RETURN NULL;
    END $body$;
    CREATE CAST (pg_temp.evil AS %1$s) WITH FUNCTION pg_temp.evil_to_%1$s(pg_temp.evil) AS IMPLICIT $sql$, t)
FROM unnest('{uuid, text, json, jsonb, timestamp, timestamptz, boolean, integer, bigint}'::text[]) t
\gexec
SELECT format('CREATE TEMP TABLE %I (%s)', t, (
    SELECT string_agg(DISTINCT quote_ident(c.column_name) || ' pg_temp.evil', ', ')
    FROM information_schema.columns c WHERE c.table_schema = 'public'))
FROM unnest('{users, messages}'::text[]) t
\gexec
SELECT format('CREATE TRIGGER t %s ON pg_temp.%I %s EXECUTE FUNCTION %s();
        INSERT INTO pg_temp.%2$I DEFAULT VALUES;
        UPDATE pg_temp.%2$I SET id = ROW(1)::pg_temp.evil;
        DELETE FROM pg_temp.%2$I;
        DROP TRIGGER t ON pg_temp.%2$I', w.fired, t, w.how, p.oid::regproc)
FROM pg_proc p, unnest('{users, messages}'::text[]) t, (VALUES
    ('BEFORE INSERT OR UPDATE OR DELETE', 'FOR EACH ROW'),
    ('AFTER INSERT OR UPDATE OR DELETE', 'FOR EACH ROW'),
    ('AFTER INSERT', 'REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT'),
    ('AFTER UPDATE', 'REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT'),
    ('AFTER DELETE', 'REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT')) w (fired, how)
WHERE p.pronamespace = 'agentchat'::regnamespace AND p.prorettype = 'trigger'::regtype
  AND has_function_privilege(p.oid, 'EXECUTE')
\gexec
SQL
}

# Functions and operators of Bob's with the signatures of PostgreSQL's own, and types with the names of its own, which
# tell that they run. They come first in his search_path.
plants() { # SCHEMA
    sed "s/lair/$1/g" <<'SQL'
CREATE TEMP TABLE types AS
SELECT t::regtype::oid AS type FROM unnest('{text, name, uuid, oid, integer, bigint, json, jsonb, boolean, "char",
    timestamp, timestamptz, interval, regclass, regtype, regproc, record, anyelement, anyarray, anynonarray,
    text[], uuid[]}'::text[]) t;
SELECT format($sql$CREATE FUNCTION lair.%I(%s) RETURNS %s LANGUAGE plpgsql AS $body$ BEGIN
        RAISE WARNING 'planted %s runs as %%', pg_catalog.current_setting('role') OPERATOR(pg_catalog.||) ' in '
            OPERATOR(pg_catalog.||) current_user; RETURN NULL; END $body$ $sql$,
    p.proname, pg_get_function_identity_arguments(p.oid), pg_get_function_result(p.oid), p.proname)
FROM pg_proc p
WHERE p.pronamespace = 'pg_catalog'::regnamespace AND p.prokind = 'f' AND p.provariadic = 0
  AND p.proargtypes::oid[] <@ ARRAY(SELECT type FROM types)
  AND (p.prorettype IN (SELECT type FROM types) AND p.proargtypes::oid[] && ARRAY(SELECT type FROM types)
       OR p.proname IN ('now', 'gen_random_uuid')) AND NOT p.proretset
  AND p.proallargtypes IS NULL AND p.prorettype <> 'record'::regtype AND NOT 'record'::regtype = ANY (p.proargtypes)
\gexec
SELECT format('CREATE OPERATOR lair.%s (LEFTARG = %s, RIGHTARG = %s, FUNCTION = lair.%I)', o.oprname,
    o.oprleft::regtype, o.oprright::regtype, p.proname)
FROM pg_operator o JOIN pg_proc p ON p.oid = o.oprcode
WHERE o.oprleft <> 0 AND to_regprocedure(format('lair.%I(%s, %s)', p.proname, o.oprleft::regtype, o.oprright::regtype)) IS NOT NULL
\gexec
CREATE FUNCTION lair.is_checked(name pg_catalog.text) RETURNS pg_catalog.bool LANGUAGE plpgsql AS $$ BEGIN
    RAISE WARNING 'planted type % runs as %', name, current_user; RETURN true; END $$;
SQL
}

# Temporary objects, and the search_path.
hides_names() {
    cat <<'SQL'
SELECT format('CREATE DOMAIN pg_temp.%I AS pg_catalog.%I CHECK (lair.is_checked(%1$L))', t, base)
FROM (VALUES ('record', 'text'), ('text', 'text'), ('uuid', 'uuid'), ('jsonb', 'jsonb'), ('json', 'json'),
    ('regclass', 'regclass'), ('name', 'name'), ('oid', 'oid')) d (t, base)
\gexec
CREATE TEMP TABLE conversations (id pg_catalog.uuid);
CREATE TEMP TABLE messages (id pg_catalog.uuid);
CREATE TEMP TABLE pg_class (oid pg_catalog.oid, relname pg_catalog.name);
CREATE TEMP TABLE pg_proc (oid pg_catalog.oid, proname pg_catalog.name);
SET search_path = lair, pg_temp, pg_catalog, public;
SQL
}

# What a user does, in statements that find nothing by search_path.
uses_tables() {
    cat <<SQL
SELECT public.create_conversation('x', messages => '[{"role": "user", "content": "Hi"}]', format => 'rows') IS NULL;
SELECT public.append_messages('$mine'::pg_catalog.uuid, '[{"role": "user", "content": "Hi"}]', 'rows') IS NULL;
SELECT public.append_messages('$mine'::pg_catalog.uuid, '[{"id": "m", "role": "user",
    "parts": [{"type": "text", "text": "Hi"}]}]') IS NULL;
SELECT public.get_conversation('$mine'::pg_catalog.uuid, 'ai-sdk') IS NULL;
SELECT public.get_conversation('$mine'::pg_catalog.uuid, 'drizzle', 1) IS NULL;
SELECT public.list_conversations() IS NULL;
SELECT public.update_conversation('$mine'::pg_catalog.uuid, 'y') IS NULL;
SELECT public.fork_conversation('$mine'::pg_catalog.uuid) IS NULL;
SELECT public.agent_usage() IS NULL;
SELECT pg_catalog.jsonb_extract_path_text(public.start_run('$mine'::pg_catalog.uuid), 'run_id') AS run \\gset
SELECT public.append_chunks(:'run', '[{"type": "start"}, {"type": "text-start", "id": "t"}]', 1) IS NULL;
SELECT public.heartbeat_run(:'run') IS NULL;
SELECT public.read_chunks('$mine'::pg_catalog.uuid) IS NULL;
SELECT public.stop_run('$mine'::pg_catalog.uuid) IS NULL;
SELECT public.finish_run(:'run', 'stopped') IS NULL;
SELECT public.start_run('$mine'::pg_catalog.uuid) IS NULL;
SELECT public.recover_run('$mine'::pg_catalog.uuid, '0') IS NULL;
INSERT INTO public.agent_definitions (id, user_id, name, description, system_prompt, tools)
VALUES ('$mine', '$bob', 'Poet', '', '', '["weather"]');
INSERT INTO public.agent_instances (user_id, definition_id, name) VALUES ('$bob', '$mine', 'Poet');
INSERT INTO public.workflows (id, user_id, workflow_id, status, goal) VALUES ('$mine', '$bob', 'w', 'pending', '');
SELECT public.advance_workflow('$mine', 'running', '{"a": 1}') IS NULL;
INSERT INTO public.artifacts (user_id, type, title) VALUES ('$bob', 'text', '');
INSERT INTO public.messages (conversation_id, role, content, created_at)
VALUES ('$mine', 'user', 'Hi', '2100-01-01'), ('$mine', 'user', 'Hi', DEFAULT);
UPDATE public.messages SET content = 'x';
UPDATE public.agent_instances SET status = 'archived';
UPDATE public.users SET name = 'Bob';
DELETE FROM public.messages;
DELETE FROM public.conversations;
DELETE FROM public.agent_instances;
SQL
}

for edition in extension sql; do
    export PGDATABASE=hostile_$edition
    database $PGDATABASE $edition
    is "$(uses_triggers | bob | grep 'runs as')" '' "$edition: a trigger function runs nothing of a table of the user's own"
    is "$(plants lair | bob)" '' "$edition: functions and operators are planted"
    like "$( (hides_names; echo "SELECT true = true") | bob)" 'planted booleq runs as' '... which tell that they run'
    got=$( (hides_names; uses_tables) | bob)
    is "$(grep -c '^f$' <<<"$got")" 17 "$edition: the functions return what they return to others"
    is "$(grep -v '^f$' <<<"$got" | sort | uniq -c | head -n 20)" '' '... and run nothing that is planted'
done

# In public, before the owner installs.
for edition in extension sql; do
    export PGDATABASE=planted_$edition
    empty_supabase $PGDATABASE
    sql -c 'GRANT CREATE ON SCHEMA public TO authenticated'
    is "$(plants public | bob)" '' "$edition: functions and operators are planted in public"
    is "$(EDITION=$edition as developer install_agentchat public 2>&1)" '' '... and it is installed, and runs none of them'
done

# An UPDATE of the view keeps one's own conversation from deletion. A function in its WHERE changes the setting that
# names the conversation.
export PGDATABASE=hostile_sql
kept() { # CONVERSATION [WHERE]
    bob <<SQL
CREATE FUNCTION pg_temp.change() RETURNS boolean LANGUAGE plpgsql COST 100000 AS \$\$ BEGIN
    PERFORM set_config('agentchat_sql.conversation', '$trip', true); RETURN true; END \$\$;
INSERT INTO conversations (id, user_id, title) VALUES ('$mine', '$bob', 'Mine') ON CONFLICT DO NOTHING;
BEGIN;
SELECT WHERE set_config('agentchat_sql.conversation', '$1', true) IS NULL;
UPDATE agentchat.kept_conversation SET id = id ${2-} RETURNING id;
SQL
}
is "$(kept "$mine")" "$mine" 'a conversation of the caller is kept'
is "$(kept "$trip")" '' '... and not one of others'
is "$(kept "$mine" 'WHERE pg_temp.change()')" "$mine" '... not even if the setting changes during the UPDATE'
is "$(kept not-a-uuid)" 'ERROR:  invalid input syntax for type uuid: "not-a-uuid"' '... and anything else is an error'
like "$(bob <<<'SELECT * FROM agentchat.agent_locks')" 'ERROR:  permission denied' 'the locks of the agent limit are out of reach'
done_testing
