#!/usr/bin/env bash
# A standby answers what only reads; logical replication gives equal tables in a database with the extension.
. test/lib/tap.sh

sql -c 'CREATE EXTENSION agentchat' -f test/lib/rows.sql
sql -c "SELECT * FROM agentchat.enable('runs')" >/dev/null
# Times that triggers would change: equal ones, some of the future, and conversations that are older than their messages.
restored_messages() { # NAME
    cat <<END
SET row_security = off;
INSERT INTO messages (conversation_id, role, content, created_at)
SELECT c.id, 'user', '$1 ' || n, t FROM conversations c, generate_series(1, 3) n,
    unnest('{2026-01-05 09:00, 2026-01-05 09:00:00.000001, 2100-01-05 09:00, infinity, -infinity}'::timestamp[]) AS t;
UPDATE conversations SET updated_at = '2001-01-01';
RESET row_security;
END
}
restored_messages before | sql
sql -c 'ALTER TABLE artifacts DROP CONSTRAINT artifacts_type_check'
conversation=$(sql -c 'SELECT id FROM conversations ORDER BY id LIMIT 1')
run=$(sql -c "SELECT start_run('$conversation') ->> 'run_id'")
sql -c "SELECT append_chunks('$run', '[{\"type\": \"start\"}, {\"type\": \"text-start\", \"id\": \"1\"}]', 1)" >/dev/null
reading=(
    "SELECT get_conversation('$conversation')"
    "SELECT get_conversation_json('$conversation')"
    "SELECT get_conversation('$conversation'::uuid), get_conversation_json('$conversation'::uuid)"
    "SELECT get_context('$conversation', 1000), get_context('$conversation'::uuid, 1000, 'anthropic')"
    "SELECT get_agent(id), get_agent(id, 'openai') FROM agent_instances ORDER BY id"
    "SELECT agent_usage(id) FROM users ORDER BY id"
    "SELECT validate_tool_input(name, '[]') FROM agent_tools ORDER BY name"
    "SELECT read_chunks('$conversation') - 'idle_ms', read_chunks('$conversation'::uuid, '$run', 1) - 'idle_ms'"
    "SELECT list_conversations(1, user_id => id) FROM users ORDER BY id"
    "SELECT search_messages('before -x', user_id => id, page_size => 100, \"in\" => 'all') FROM users ORDER BY id"
    "SET request.jwt.claims = '{\"sub\": \"00000000-0000-0000-0000-000000000001\"}'; SELECT current_user_id(), agent_usage()"
    "SELECT * FROM agentchat.check()"
)

is "$(sql -c "SELECT DISTINCT p.proname FROM pg_proc p JOIN pg_depend d ON d.objid = p.oid AND d.classid = 'pg_proc'::regclass AND d.deptype = 'e'
    WHERE p.provolatile <> 'v' AND p.pronamespace = 'public'::regnamespace ORDER BY 1")" $'agent_usage\ncurrent_user_id\nget_agent\nget_context\nget_conversation\nget_conversation_json\nlist_conversations\nread_chunks\nsearch_messages\nvalidate_tool_input' \
    'the functions that only read are those that are called here'

start_standby copy
for query in "${reading[@]}"; do
    is "$(PGHOST=$tmp/copy sql -c "$query")" "$(sql -c "$query")" "on a standby: $query"
done
like "$(PGHOST=$tmp/copy sql -c 'SELECT * FROM agentchat.check()')" artifacts_type_check '... check() finds the fault there'

# From here on the standby is a server of its own, and publishes.
on_publisher() {
    PGHOST=$tmp/copy sql "$@"
}
as_server_user pg_ctl -D "$tmp/copy" promote >/dev/null
on_publisher -c 'ALTER SYSTEM SET wal_level = logical' -c "ALTER TABLE artifacts ADD CONSTRAINT artifacts_type_check
    CHECK (type IN ('code', 'text', 'sheet', 'image'))"
as_server_user pg_ctl -D "$tmp/copy" -l "$tmp/copy.log" restart >/dev/null
on_publisher -c 'CREATE PUBLICATION nine FOR TABLE users, conversations, messages, artifacts, agent_definitions, agent_instances,
    agent_tools, workflows, subscriptions' -c 'CREATE PUBLICATION everything FOR ALL TABLES'

all_rows() {
    local table
    for table in users conversations messages artifacts agent_definitions agent_instances agent_tools workflows subscriptions; do
        echo "$table"
        sql -c "COPY (SELECT * FROM $table ORDER BY id) TO STDOUT"
    done
}

until_it_is() { # VALUE COMMAND...
    for _ in {1..300}; do
        [[ $("${@:2}") != "$1" ]] || return 0
        sleep 0.1
    done
    echo "# gave up waiting for $1 from ${*:2}"
    return 1
}

publisher=$PGDATABASE
for publication in nine everything; do
    export PGDATABASE=$publisher-$publication
    createdb "$PGDATABASE"
    sql -c 'CREATE EXTENSION agentchat' -c "SELECT * FROM agentchat.enable('runs')" >/dev/null
    sql -c "CREATE SUBSCRIPTION $publication CONNECTION 'host=$tmp/copy port=$PGPORT user=$PGUSER password=$PGPASSWORD dbname=$publisher' PUBLICATION $publication" 2>/dev/null
    ok "publication $publication: the rows come over" until_it_is t sql -c "SELECT bool_and(srsubstate = 'r') FROM pg_subscription_rel"
    PGDATABASE=$publisher on_publisher -f - <<END
UPDATE conversations SET title = 'changed after $publication';
INSERT INTO messages (conversation_id, role, content) SELECT id, 'user', '$publication' FROM conversations;
DELETE FROM messages WHERE content = 'Message 1';
INSERT INTO users (email) VALUES ('$publication@example.com');
DELETE FROM conversations WHERE id = (SELECT max(id::text)::uuid FROM conversations);
INSERT INTO agent_instances (user_id, definition_id, name) SELECT user_id, id, '$publication' FROM agent_definitions;
UPDATE agent_instances SET status = 'archived';
UPDATE messages SET reasoning = 'after $publication', created_at = date_trunc('milliseconds', created_at) WHERE created_at = '2026-01-05 09:00:00.000001';
$(restored_messages "$publication")
SET row_security = off;
UPDATE messages SET created_at = created_at + interval '2 microseconds' WHERE content = '$publication 2';
DELETE FROM messages WHERE content = '$publication 3';
END
    position=$(PGDATABASE=$publisher on_publisher -c 'SELECT pg_current_wal_lsn()')
    ok "publication $publication: so do changes" until_it_is t env PGHOST="$tmp/copy" PGDATABASE="$publisher" psql -XAtc \
        "SELECT confirmed_flush_lsn >= '$position' FROM pg_replication_slots WHERE slot_name = '$publication'"
    is "$(all_rows)" "$(PGHOST=$tmp/copy PGDATABASE=$publisher all_rows)" "publication $publication: the tables are equal, created_at and updated_at included"
    is "$(sql -c 'SELECT * FROM agentchat.check()')" '' "publication $publication: nothing is wrong with them"
    sql -c "DROP SUBSCRIPTION $publication" 2>/dev/null
done

done_testing
