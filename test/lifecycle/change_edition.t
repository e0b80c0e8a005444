#!/usr/bin/env bash
# The SQL edition is installed by an owner who is no superuser, dumped and restored; and agentchat.change_edition() leads
# to the extension and back, without touching a row.
. test/lib/tap.sh

version=$(sed -n "s/^default_version = '\(.*\)'/\1/p" agentchat.control)
superuser=$PGUSER
superusers_password=$PGPASSWORD
sql -c "CREATE ROLE chat_owner LOGIN PASSWORD 'secret'; CREATE ROLE chat_other LOGIN PASSWORD 'secret'; CREATE ROLE authenticated"

as_owner() { PGUSER=chat_owner PGPASSWORD=secret "$@"; }
as_superuser() { PGUSER=$superuser PGPASSWORD=$superusers_password "$@"; }
new_database() { # NAME
    sql -c "CREATE DATABASE \"$1\" OWNER chat_owner"
}

functions() { # DATABASE: what catalogs say about functions and schemas, without the extension's own rows
    sql -d "$1" <<'SQL'
SELECT p.oid::regprocedure, pg_get_userbyid(p.proowner), p.proacl, p.procost, p.prorows, pg_get_functiondef(p.oid),
    obj_description(p.oid, 'pg_proc')
FROM pg_proc p WHERE p.pronamespace IN ('agentchat'::regnamespace, agentchat.tables_schema())
ORDER BY p.oid::regprocedure::text COLLATE "C";
SELECT n.nspname, pg_get_userbyid(n.nspowner), n.nspacl, obj_description(n.oid, 'pg_namespace')
FROM pg_namespace n WHERE n.nspname = 'agentchat';
SELECT pg_describe_object(d.classid, d.objid, 0) FROM pg_depend d
WHERE d.refclassid = 'pg_namespace'::regclass AND d.refobjid = 'agentchat'::regnamespace AND d.deptype = 'n'
ORDER BY pg_describe_object(d.classid, d.objid, 0) COLLATE "C";
SQL
}

# A grant to PUBLIC that is written down is the same as none, which lets everybody execute a function.
without_default_grants() {
    sed -E 's/\{(\w+)=X\/\1,=X\/\1\}/{=X\/\1,\1=X\/\1}/
        s/([| ])\{=X\/(\w+),\2=X\/\2\}([| ]|$)/\1\3/; s/ acl  cost/ acl cost/
        s/ grants $/ grants/'
}

catalogs() { # DATABASE [SCHEMA]
    as_superuser functions "$1" | without_default_grants
    as_superuser sql -d "$1" -f test/lib/catalog.sql -c "SELECT pg_temp.catalog('${2:-public}')" -c 'SELECT pg_temp.members()' \
        -c "SELECT pg_temp.catalog('agentchat')" | without_default_grants
}

rows() { # DATABASE [SCHEMA]: with the transaction that wrote each
    local table
    for table in users conversations messages artifacts agent_tools agent_definitions agent_instances workflows subscriptions; do
        as_superuser sql -d "$1" -c "SELECT xmin, ctid, t FROM ${2:-public}.$table t ORDER BY ctid"
    done
}

same() { # FILE FILE: prints what differs
    diff "$@" | sed 's/^/# /' | cut -c 1-300
    cmp -s "$@"
}

refused() { # DATABASE SQL SQLSTATE NAME
    like "$(as_owner psql -XAtq -v VERBOSITY=verbose -d "$1" -c "$2" 2>&1)" "ERROR:  $3" "$4"
}

# ---- installing

new_database fresh-sql
new_database fresh-extension
as_owner sql -d fresh-extension -c 'CREATE EXTENSION agentchat'
sql_edition | as_owner sql -d fresh-sql -f -
is "$(as_owner sql -d fresh-sql -c 'SELECT * FROM agentchat.version()')" "sql|$version" 'the SQL edition says what it is'
is "$(as_owner sql -d fresh-extension -c 'SELECT * FROM agentchat.version()')" "extension|$version" 'so does the extension'
is "$(as_owner sql -d fresh-sql -c 'SELECT * FROM agentchat.check()' -c 'SELECT * FROM agentchat.adopt()')" '' \
    'nothing is wrong with the SQL edition, and nothing left to adopt'
catalogs fresh-sql >"$tmp/fresh-sql"
catalogs fresh-extension >"$tmp/fresh-extension"
for database in fresh-sql fresh-extension; do
    as_superuser sql -d $database -f test/lib/catalog.sql -c "SELECT pg_temp.catalog('public')" >"$tmp/$database-tables"
done
ok 'the tables are those of the extension' same "$tmp/fresh-extension-tables" "$tmp/fresh-sql-tables"
signatures() { # DATABASE: of the functions for users
    sql -d "$1" -c "SELECT p.oid::regprocedure, pg_get_function_arguments(p.oid), pg_get_function_result(p.oid), p.provolatile,
        p.proisstrict, p.proparallel, obj_description(p.oid, 'pg_proc') FROM pg_proc p
        WHERE p.pronamespace IN ('public'::regnamespace, 'agentchat'::regnamespace)
          AND obj_description(p.oid, 'pg_proc') IS NOT NULL ORDER BY p.oid::regprocedure::text COLLATE \"C\""
}
signatures fresh-extension >"$tmp/extension-signatures"
signatures fresh-sql >"$tmp/sql-signatures"
ok 'the functions for users have the same arguments, results and comments' \
    same "$tmp/extension-signatures" "$tmp/sql-signatures"

like "$(sql_edition | as_owner sql -d fresh-sql -f - 2>&1)" "NOTICE:  agentchat $version is already installed" \
    'a second run says what is there'
like "$(sql_edition | as_owner sql -d fresh-extension -f - 2>&1 || true)" 'ERROR:  the extension agentchat is installed' \
    'over the extension it says so'
catalogs fresh-sql >"$tmp/again"
ok 'and changes nothing' same "$tmp/fresh-sql" "$tmp/again"
# shellcheck disable=SC2016 # that is the default
is "$(as_owner sql -d fresh-sql -c 'SHOW search_path')" '"$user", public' 'the search_path is left alone'

new_database latin
sql -c "DROP DATABASE latin" -c "CREATE DATABASE latin OWNER chat_owner TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'"
like "$(sql_edition | as_owner sql -d latin -f - 2>&1 || true)" 'ERROR:  agentchat needs a database with the encoding UTF8' \
    'another encoding is refused'

# ---- a dump

new_database app
sql_edition | as_owner sql -d app -f -
as_owner sql -d app -f test/lib/rows.sql -f - <<'SQL'
-- What a user makes of the functions.
CREATE VIEW documents AS SELECT c.id, get_conversation(c.id) AS document FROM conversations c;
CREATE FUNCTION document(conversation uuid) RETURNS jsonb LANGUAGE sql AS 'SELECT get_conversation($1)';
CREATE TABLE notes (id integer PRIMARY KEY, owner uuid DEFAULT current_user_id(), updated_at timestamp);
CREATE TRIGGER touch BEFORE UPDATE ON notes FOR EACH ROW EXECUTE FUNCTION agentchat.set_updated_at();
ALTER TABLE notes ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON notes USING (owner = (SELECT current_user_id()));
CREATE POLICY guests ON messages FOR SELECT TO authenticated USING (agentchat.owns_conversation(conversation_id));
INSERT INTO notes VALUES (1, '00000000-0000-0000-0000-000000000001');
CREATE TABLE documents_before AS SELECT * FROM documents;
GRANT ALL ON notes TO authenticated;
SELECT agentchat.enable('runs') \g /dev/null
SQL
catalogs app >"$tmp/app"
new_database restored
pg_dump -d app | as_superuser sql -d restored -o /dev/null -f -
ok 'a dump is restored as the superuser' as_owner sql -d restored -c 'SELECT 1' -o /dev/null
catalogs restored >"$tmp/restored"
ok 'a restored dump has the same tables and functions' same "$tmp/app" "$tmp/restored"
is "$(as_owner sql -d restored -c 'SELECT * FROM agentchat.check()' -c 'SELECT * FROM agentchat.adopt()')" '' \
    'nothing is wrong with what was restored'
new_database restored-by-owner
as_owner pg_dump --no-comments -d app | as_owner sql -d restored-by-owner -o /dev/null -f -
as_owner pg_dump --no-comments -d app >"$tmp/dump"
as_owner pg_dump --no-comments -d restored-by-owner >"$tmp/dump-of-restored"
sed -i '/^\\\(un\)\?restrict /d' "$tmp/dump" "$tmp/dump-of-restored"
ok 'a dump restored by the owner dumps as the same bytes' same "$tmp/dump" "$tmp/dump-of-restored"
new_database data-only
sql_edition | as_owner sql -d data-only -f -
as_owner pg_dump --data-only -t public.users -t public.conversations -t public.messages -d app |
    as_owner sql -d data-only -o /dev/null -f -
is "$(as_owner sql -d data-only -c 'SELECT md5(string_agg(m::text, chr(10) ORDER BY id)) FROM messages m')" \
    "$(as_owner sql -d app -c 'SELECT md5(string_agg(m::text, chr(10) ORDER BY id)) FROM messages m')" \
    'rows restored into another installation are the same'

# ---- to the extension

works() { # NAME: what the user has made, in the session that was open before
    local name=$1
    is "$(sql -d app -c 'SELECT count(*) FROM documents d JOIN documents_before b USING (id, document)')" 3 "$name: the user's view works"
    is "$(sql -d app -c 'SELECT count(*) FROM documents_before WHERE document(id) = document')" 3 "$name: so does the function"
    is "$(tell open "BEGIN; SET LOCAL ROLE authenticated; EXECUTE mine;
        SELECT set_config('request.jwt.claims', '{\"sub\": \"00000000-0000-0000-0000-000000000001\"}', true) <> '';
        EXECUTE mine; SELECT count(*) FROM messages; ROLLBACK;" | paste -sd ' ')" '0 t 1 4' "$name: policies work in an open session"
    is "$(tell open "BEGIN; UPDATE notes SET owner = gen_random_uuid() RETURNING updated_at = timezone('UTC', now());
        SELECT jsonb_array_length(append_messages('00000000-0000-0000-0000-000000000001'::uuid, '{\"role\": \"user\", \"content\": \"Hi\"}', 'openai-like'));
        ROLLBACK;" | grep -c '^t$')" 1 "$name: so does the trigger"
    is "$(tell open "BEGIN; SELECT jsonb_array_length(append_messages('00000000-0000-0000-0000-000000000001'::uuid,
        '[{\"role\": \"user\", \"parts\": [{\"type\": \"text\", \"text\": \"Hi\"}]}]')),
        (SELECT count(*) FROM messages); ROLLBACK;")" '1|12' "$name: ... and messages are appended"
}

as_superuser start_session open
tell open '\c app' >/dev/null
tell open 'PREPARE mine AS SELECT count(*) FROM notes; SET client_min_messages = error;' >/dev/null
works 'before'
refused app 'CREATE EXTENSION agentchat' '42P06: the SQL edition of agentchat is in this database' \
    'CREATE EXTENSION over the SQL edition is refused'
like "$(as_owner psql -XAtq -d app -c 'CREATE EXTENSION agentchat' 2>&1)" "HINT: .*SELECT agentchat.change_edition\('extension'\)" \
    '... and says what to do'
refused app "SELECT agentchat.change_edition('both')" '22023: unknown edition' 'an unknown edition'
refused app 'SELECT agentchat.change_edition(NULL)' '22004: unknown edition' 'none'
as_owner sql -d app -c "CREATE FUNCTION agentchat.tables(integer) RETURNS integer LANGUAGE sql AS 'SELECT 1'"
refused app "SELECT agentchat.change_edition('extension')" '55000: the schema "agentchat" contains what is not of agentchat' \
    'what is planted in the schema stays out of the extension'
as_owner sql -d app -c 'DROP FUNCTION agentchat.tables(integer)' -c 'CREATE VIEW agentchat.planted AS SELECT 1'
refused app "SELECT agentchat.change_edition('extension')" '55000: the schema "agentchat" contains' '... of any kind'
as_owner sql -d app -c 'DROP VIEW agentchat.planted' -c "CREATE OPERATOR agentchat.= (FUNCTION = int4eq, LEFTARG = int, RIGHTARG = int)"
refused app "SELECT agentchat.change_edition('extension')" '55000: the schema "agentchat" contains' '... an operator'
as_owner sql -d app -c 'DROP OPERATOR agentchat.= (int, int)' -c 'GRANT CREATE ON DATABASE app TO chat_other' \
    -c 'GRANT EXECUTE ON FUNCTION agentchat.change_edition(text) TO chat_other'
like "$(PGUSER=chat_other PGPASSWORD=secret psql -XAtq -d app -c "SELECT agentchat.change_edition('extension')" 2>&1)" \
    'ERROR:  the SQL edition of agentchat belongs to another role' 'another role cannot take it over'
as_owner sql -d app -c 'REVOKE CREATE ON DATABASE app FROM chat_other' \
    -c 'REVOKE EXECUTE ON FUNCTION agentchat.change_edition(text) FROM chat_other' \
    -c "GRANT CREATE ON SCHEMA agentchat TO chat_other" -c 'GRANT EXECUTE ON FUNCTION agentchat.adopt(boolean) TO chat_other'

rows app >"$tmp/rows"
is "$(as_owner sql -d app -c "SELECT * FROM agentchat.change_edition('extension')")" "extension|$version" \
    'the owner changes to the extension in one call'
works 'the extension'
rows app >"$tmp/rows-after"
ok 'no row was touched' same "$tmp/rows" "$tmp/rows-after"
is "$(as_owner sql -d app -c 'SELECT * FROM agentchat.check()' -c 'SELECT * FROM agentchat.adopt()')" '' \
    'nothing is wrong with the extension, and nothing left to adopt'
new_database changed
sql_edition | as_owner sql -d changed -f -
as_owner sql -d changed -o /dev/null -c "GRANT CREATE ON SCHEMA agentchat TO chat_other" \
    -c 'GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA agentchat TO chat_other' -c "SELECT agentchat.change_edition('extension')"
catalogs changed >"$tmp/changed"
ok 'what came of it is as CREATE EXTENSION makes it' same "$tmp/fresh-extension" "$tmp/changed"
is "$(as_owner sql -d app -c "SELECT * FROM agentchat.change_edition('extension')")" "extension|$version" 'a second call does nothing'

# ---- and back

as_owner sql -d app -o /dev/null -c "SELECT agentchat.enable('search')"
refused app "SELECT agentchat.change_edition('sql')" '55000: the feature search is on' 'the feature search cannot go with it'
as_owner sql -d app -o /dev/null -c "SELECT agentchat.disable('search')" -c 'DROP TABLE search_pending, search_segments, search_grams'
sql -d app -c 'ALTER TABLE artifacts OWNER TO chat_other'
refused app "SELECT agentchat.change_edition('sql')" '55000: tables of agentchat belong to another role' 'tables of two owners'
sql -d app -c 'ALTER TABLE artifacts OWNER TO chat_owner'
is "$(as_owner sql -d app -c "SELECT * FROM agentchat.change_edition('sql')")" "sql|$version" 'the owner changes back in one call'
works 'the SQL edition again'
rows app >"$tmp/rows-after"
ok 'no row was touched on the way back' same "$tmp/rows" "$tmp/rows-after"
is "$(as_owner sql -d app -c 'SELECT * FROM agentchat.check()' -c 'SELECT * FROM agentchat.adopt()')" '' \
    'nothing is wrong with the SQL edition, and nothing left to adopt'
is "$(sql -d app -c "SELECT count(*) FROM pg_extension WHERE extname = 'agentchat'")" 0 'the extension is gone'
as_owner sql -d changed -o /dev/null -c "SELECT agentchat.change_edition('sql')"
catalogs changed >"$tmp/changed"
ok 'what came of it is as the script makes it' same "$tmp/fresh-sql" "$tmp/changed"
as_owner pg_dump --no-comments -d app >"$tmp/dump"
new_database hosted
as_owner sql -d hosted -o /dev/null -f "$tmp/dump"
is "$(as_owner sql -d hosted -c 'SELECT count(*) FROM documents d JOIN documents_before b USING (id, document)')" 3 \
    'its dump is restored where there is no extension'

# ---- another schema

new_database other-schema
as_owner sql -d other-schema -c 'CREATE SCHEMA chat'
sql_edition chat | as_owner sql -d other-schema -f -
is "$(as_owner sql -d other-schema -c "SELECT * FROM agentchat.change_edition('extension')" -c 'ALTER SCHEMA chat RENAME TO "The chat"' \
    -c "SELECT * FROM agentchat.change_edition('sql')" -c 'SELECT * FROM agentchat.check()' | paste -sd ' ')" \
    "extension|$version sql|$version" 'in a schema of its own, and under another name'
done_testing
