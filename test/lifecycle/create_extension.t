#!/usr/bin/env bash
# CREATE EXTENSION and DROP EXTENSION: permitted roles, schemas, conflicts, and remaining objects.
. test/lib/tap.sh

sql -c "CREATE ROLE agentchat_installer LOGIN PASSWORD '$PGPASSWORD'" \
    -c "CREATE ROLE agentchat_bystander LOGIN PASSWORD '$PGPASSWORD'"

new_database() { # makes $PGDATABASE, which belongs to agentchat_installer
    databases=$((${databases-0} + 1))
    sql -c "CREATE DATABASE agentchat_test_$databases OWNER agentchat_installer"
    export PGDATABASE=agentchat_test_$databases
}

owner() { # as sql, by a user who owns the database and is no superuser
    sql -U agentchat_installer "$@"
}

says() { # COMMAND...: its messages, less where they come from
    "$@" -v SHOW_CONTEXT=never 2>&1 | grep -v '^LOCATION' || true
}

schema_of() { # SCHEMA: all that is in it but for the extension's, as SQL
    pg_dump --schema-only --schema="$1" --no-comments | grep -v '^\\\(un\)\?restrict'
}

tables='agent_definitions agent_instances agent_tools artifacts conversations messages subscriptions users workflows'
tables_in() { # SCHEMA: all relations in it that are no indexes, and their owners
    sql -c "SELECT string_agg(relname, ' ' ORDER BY relname), string_agg(DISTINCT relowner::regrole::text, ' ')
            FROM pg_class WHERE relnamespace = '$1'::regnamespace AND relkind <> 'i'"
}
nothing_made="SELECT to_regnamespace('agentchat'), count(*) FROM pg_extension WHERE extname = 'agentchat'"

# A row in every table, and what the owner can do with it.
fill=$(cat <<'END'
INSERT INTO users (id, email) VALUES (md5('ada')::uuid, 'ada@example.com');
INSERT INTO conversations (id, user_id, title) VALUES (md5('one')::uuid, md5('ada')::uuid, 'One');
INSERT INTO messages (id, conversation_id, role, content) VALUES (md5('1')::uuid, md5('one')::uuid, 'user', 'Hello');
INSERT INTO artifacts (user_id, message_id, type, title) VALUES (md5('ada')::uuid, md5('1')::uuid, 'text', 'Poem');
INSERT INTO agent_definitions (id, user_id, name, description, system_prompt)
VALUES (md5('poet')::uuid, md5('ada')::uuid, 'Poet', '', '');
INSERT INTO agent_instances (user_id, definition_id, name) VALUES (md5('ada')::uuid, md5('poet')::uuid, 'My poet');
INSERT INTO agent_tools (name, description, schema) VALUES ('search', '', '{}');
INSERT INTO workflows (user_id, workflow_id, status, goal) VALUES (md5('ada')::uuid, 'w-1', 'pending', '');
INSERT INTO subscriptions (user_id, plan, status, agent_limit) VALUES (md5('ada')::uuid, 'free', 'active', 1);
END
)

# By a database owner.

new_database
is "$(says owner -c 'CREATE EXTENSION agentchat')" "" "the owner of a database installs it"
is "$(tables_in public)" "$tables|agentchat_installer" "... and then owns the nine tables"
if [[ ${EDITION-} == sql ]]; then
    skip "... but no function in C" 'there are none'
else
    is "$(sql -c "SELECT DISTINCT proowner::regrole FROM pg_proc WHERE probin LIKE '%agentchat'")" "$PGUSER" \
        "... but no function in C"
fi
like "$(says owner -c "CREATE OR REPLACE FUNCTION agentchat.set_updated_at() RETURNS trigger
    LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'")" 'must be owner|permission denied' "... nor can replace one"
like "$(says owner -c 'CREATE FUNCTION agentchat.f() RETURNS int LANGUAGE sql AS $$ SELECT 1 $$')" \
    'permission denied for schema agentchat' "... nor add to its schema"
is "$(says owner -c "$fill" -c "SELECT get_conversation(id) ->> 'title' FROM conversations")" One \
    "... and uses the tables"
like "$(says sql -U agentchat_bystander -c "SELECT get_conversation(md5('one')::uuid)")" \
    'permission denied for table conversations' "others are not given the tables"

new_database
like "$(says sql -U agentchat_bystander -c 'CREATE EXTENSION agentchat')" 'permission denied to create extension' \
    "somebody else does not install it"
owner -c 'CREATE SCHEMA chat' -c 'CREATE EXTENSION agentchat SCHEMA chat'
is "$(tables_in chat)" "$tables|agentchat_installer" "the owner installs it into another schema"
is "$(tables_in public)" "|" "... and nothing comes into public"
is "$(owner -c 'SET search_path = chat' -c "$fill" -c "SELECT get_conversation(id) ->> 'title' FROM conversations")" \
    One "... and uses it there"

# What is in the way.

new_database
sql -c 'CREATE SCHEMA agentchat'
is "$(says sql -v VERBOSITY=verbose -c 'CREATE EXTENSION agentchat SCHEMA agentchat')" \
    "ERROR:  42939: agentchat cannot be installed into the schema \"agentchat\"
DETAIL:  CREATE EXTENSION creates that schema for the extension's internal functions.
HINT:  Choose another schema: CREATE EXTENSION agentchat SCHEMA chat;" "the schema agentchat is refused"
is "$(says sql -v VERBOSITY=verbose -c 'CREATE EXTENSION agentchat')" \
    "ERROR:  42P06: schema \"agentchat\" already exists
DETAIL:  CREATE EXTENSION creates that schema for the extension's internal functions.
HINT:  Rename or drop the existing schema, then run CREATE EXTENSION agentchat again." \
    "a schema agentchat that exists already is not touched"
sql -c 'DROP SCHEMA agentchat'

# shellcheck disable=SC2016 # $$ is SQL's
for function in 'FUNCTION public.get_conversation(text) RETURNS int LANGUAGE sql AS $$ SELECT 1 $$' \
    'PROCEDURE public.get_conversation() LANGUAGE sql AS $$ SELECT 1 $$' \
    'AGGREGATE public.get_conversation(int) (SFUNC = int4pl, STYPE = int)' \
    'FUNCTION public.agent_usage() RETURNS int LANGUAGE sql AS $$ SELECT 1 $$' \
    'FUNCTION public.current_user_id() RETURNS uuid LANGUAGE sql AS $$ SELECT NULL::uuid $$'; do
    sql -c "CREATE $function"
    name=$(sed -E 's/.* public\.(\w+)\(.*/\1/' <<<"$function")
    is "$(says sql -v VERBOSITY=verbose -c 'CREATE EXTENSION agentchat' | sed "s/contains .*$name(.*)/contains it/")" \
        "ERROR:  42723: a function with a name that agentchat needs already exists
DETAIL:  The schema public contains it.
HINT:  Rename it, or install agentchat into a separate schema: CREATE SCHEMA chat; CREATE EXTENSION agentchat SCHEMA chat;" \
        "so is a ${function%% *} $name"
    sql -c "DROP ROUTINE public.$name"
done
is "$(sql -c "$nothing_made")" "|0" "nothing is left of these attempts"

# Tables that exist are left as they are, and no others are made.
for existing in 'TABLE messages (id int)' 'VIEW users AS SELECT 1 AS id' 'SEQUENCE workflows' \
    'TABLE users (id int); CREATE INDEX messages ON users (id)'; do
    new_database
    owner -c "CREATE $existing"
    before=$(schema_of public)
    like "$(says owner -c 'CREATE EXTENSION agentchat')" \
        'NOTICE:  agentchat created no tables because some of their names are already in use' "there is a $existing"
    is "$(schema_of public)" "$before" "... and it stays the only one, as it is"
done

new_database
owner -f test/data/schema-design.sql
before=$(schema_of public)
is "$(says owner -c 'CREATE EXTENSION agentchat' | grep DETAIL)" "DETAIL:  The schema public contains: ${tables// /, }." \
    "there are all nine, made by drizzle-kit"
is "$(schema_of public)" "$before" "... and they stay as they are"
is "$(owner -c "$fill" -c "SELECT get_conversation(id) ->> 'title' FROM conversations")" One \
    "... and get_conversation reads them"

# A restore brings the tables.
new_database
like "$(says owner -c 'SET row_security = off' -c 'CREATE EXTENSION agentchat')" \
    'NOTICE:  agentchat created no tables because a dump is being restored' "there is a restore going on"
is "$(tables_in public)" "|" "... and no table is made"

# Going.

new_database
owner -c 'CREATE EXTENSION agentchat' -c "$fill"
rows=$(pg_dump --data-only --inserts | grep -v '^\\\(un\)\?restrict')
like "$(says owner -c 'DROP EXTENSION agentchat')" 'cannot drop extension agentchat because other objects depend' \
    "it is not dropped while the tables use it"
owner -c 'DROP EXTENSION agentchat CASCADE' 2>"$tmp/notices"
is "$(pg_dump --data-only --inserts | grep -v '^\\\(un\)\?restrict')" "$rows" "dropped with CASCADE, it takes no row"
is "$(says owner -c "UPDATE users SET name = 'Ada'" -c "INSERT INTO users (email) VALUES ('bob@example.com')" \
    -c "INSERT INTO messages (conversation_id, role, content) SELECT id, 'user', 'Hi' FROM conversations" \
    -c 'SELECT count(*) FROM messages' -c 'DELETE FROM conversations')" 2 "... and the tables go on working"
is "$(sql -c "$nothing_made")" "|0" "... and leaves nothing else"
# An owner whose name needs quotes, with policies that also hold for the owner.
sql -c "CREATE ROLE \"ada@example.com\" LOGIN PASSWORD '$PGPASSWORD'" \
    -c 'CREATE DATABASE agentchat_quoted OWNER "ada@example.com"'
ada() {
    sql -U ada@example.com -d agentchat_quoted "$@"
}
is "$(ada -c 'CREATE EXTENSION agentchat' \
    -c "SELECT count(*) FROM pg_tables WHERE schemaname = 'public' AND tableowner = 'ada@example.com'")" 9 \
    'the tables of an owner whose name needs quotes'
ada -c 'ALTER TABLE users ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY'
for call in 'agentchat.check()' 'agentchat.adopt()'; do
    is "$(ada -c "INSERT INTO conversations (user_id, title) SELECT NULL, NULL WHERE false" \
        -c 'ALTER TABLE conversations DROP CONSTRAINT IF EXISTS conversations_user_id_users_id_fk' \
        -c "SELECT * FROM $call" 2>&1 | grep -c 'row-level security')" 1 "$call counts all rows or none"
done

done_testing
