#!/usr/bin/env bash
# agentchat.change_edition() keeps out what an owner who is no superuser has planted meanwhile, loses nothing that depends
# on the extension, and is wholly done or not at all.
. test/lib/tap.sh

sql -c "CREATE ROLE chat_owner LOGIN PASSWORD 'secret'"
as_owner() { PGUSER=chat_owner PGPASSWORD=secret PGDATABASE=app "$@"; }
new_database() {
    sql -c 'DROP DATABASE IF EXISTS app WITH (FORCE)' -c 'CREATE DATABASE app OWNER chat_owner'
    sql_edition | as_owner sql -f -
}
change() { # EDITION
    as_owner sql -c "SELECT edition FROM agentchat.change_edition('$1')" 2>&1
}
not_of_superuser() { # functions in both schemas that the owner could change
    sql -d app -c "SELECT p.oid::regprocedure FROM pg_proc p
        WHERE p.pronamespace IN ('agentchat'::regnamespace, 'public'::regnamespace) AND p.proowner <> 'postgres'::regrole"
}

# ---- planted in a transaction that is still open

new_database
as_owner start_session planting
tell planting "BEGIN; CREATE FUNCTION agentchat.tables() RETURNS SETOF integer LANGUAGE sql AS 'SELECT 1';"
# The change may wait for that transaction, and then refuses.
PGOPTIONS='-c lock_timeout=1s' change extension >/dev/null || true
tell planting 'COMMIT;' >/dev/null
is "$(sql -d app -c "SELECT v.edition FROM agentchat.version() v, pg_proc p WHERE v.edition = 'extension'
    AND p.pronamespace = 'agentchat'::regnamespace AND p.proowner <> 'postgres'::regrole")" '' \
    'what the owner creates in an open transaction does not get into the extension'

# ---- attributes, grants and dependent objects of one's own

new_database
as_owner sql <<'SQL'
CREATE OR REPLACE FUNCTION public.current_user_id() RETURNS uuid LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public
    AS 'SELECT NULL::uuid';
ALTER FUNCTION agentchat.clean_json(text) CALLED ON NULL INPUT SECURITY DEFINER;
ALTER FUNCTION agentchat.owns_conversation(uuid) STRICT SECURITY DEFINER;
SQL
is "$(change extension)" extension 'functions with other attributes are replaced'
is "$(not_of_superuser)" '' 'all functions in both schemas belong to the superuser'
is "$(sql -d app -c "SELECT count(*) FROM agentchat.own_functions() f JOIN pg_proc p ON p.oid = f WHERE p.prosecdef")" 0 \
    'none has the rights of its owner'
like "$(as_owner psql -XAtq -c 'ALTER FUNCTION public.current_user_id() STRICT' 2>&1)" 'must be owner' \
    'the owner cannot change what a function in C++ does'
sql -d app -c 'CREATE TABLE kept (id integer)' -c 'ALTER EXTENSION agentchat ADD TABLE kept'
like "$(change sql)" 'DETAIL:  DROP EXTENSION would drop table kept' 'a table that was made a member is not dropped'
sql -d app -c 'ALTER EXTENSION agentchat DROP TABLE kept' -c "CREATE FUNCTION dependent() RETURNS integer LANGUAGE sql AS 'SELECT 1'" \
    -c 'ALTER FUNCTION dependent() DEPENDS ON EXTENSION agentchat'
like "$(change sql)" 'DETAIL:  DROP EXTENSION would drop function dependent\(\)' 'nor a function that depends on the extension'
sql -d app -c 'ALTER FUNCTION dependent() NO DEPENDS ON EXTENSION agentchat'
is "$(change sql)" sql 'without them the edition changes'

# ---- wholly or not at all

as_owner sql -c "BEGIN" -c "SELECT agentchat.change_edition('extension')" -c 'SAVEPOINT s' -c "SELECT agentchat.change_edition('sql')" \
    -c 'ROLLBACK TO s' -c "SELECT edition FROM agentchat.change_edition('extension')" -c "SELECT agentchat.change_edition('sql')" \
    -c 'ROLLBACK' -o /dev/null
is "$(as_owner sql -c 'SELECT edition FROM agentchat.version()')" sql 'it is undone with its transaction'
wrong=0
edition=sql
for timeout in 5 20 40 80 120 160 200 260 320; do
    for target in extension sql; do
        PGOPTIONS="-c statement_timeout=$timeout" change $target >/dev/null || true
        edition=$(as_owner sql -c 'SELECT edition FROM agentchat.version()')
        language=$(as_owner sql -c "SELECT string_agg(DISTINCT l.lanname, ' ') FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang
            WHERE p.proname IN ('append_messages', 'create_conversation') AND p.pronamespace = 'public'::regnamespace")
        [[ $edition/$language == extension/c || $edition/$language == sql/* && $language != *c' '* && $language != c ]] ||
            wrong=$((wrong + 1))
        as_owner sql -o /dev/null -c 'SELECT * FROM agentchat.check()' || wrong=$((wrong + 1))
    done
done
is "$wrong" 0 'a change that is cancelled leaves one edition whole'
done_testing
