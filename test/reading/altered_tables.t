#!/usr/bin/env bash
# get_conversation follows changes of the tables by other sessions, in sessions that have planned its statements; also on
# a standby, which learns of changes from the primary.
. test/lib/tap.sh

conversation="'00000000-0000-0000-0000-0000000000c1'"
expected="(SELECT to_jsonb(c) || jsonb_build_object('messages', (SELECT jsonb_agg(to_jsonb(m) ORDER BY created_at, id)
    FROM messages m WHERE conversation_id = c.id)) FROM conversations c WHERE id = $conversation)"
# First the call alone. A query that names the tables would learn of changes before the call.
query="SELECT get_conversation($conversation) AS value \\gset
    SELECT :'value' = $expected;"

sql <<END
CREATE EXTENSION agentchat;
INSERT INTO users (email) VALUES ('ada@example.com');
INSERT INTO conversations (id, user_id, title) SELECT $conversation, id, 'One' FROM users;
INSERT INTO messages (conversation_id, role, content, created_at)
SELECT $conversation, 'user', n, timestamp '2026-01-05' + n * interval '1s' FROM generate_series(1, 5) n;
END

start_session reader
is "$(tell reader "$query")" t "a session reads a conversation"

tell reader "BEGIN; $query" >/dev/null
like "$(sql -c 'SET lock_timeout = 1' -c 'ALTER TABLE messages ADD COLUMN tokens int' 2>&1)" 'lock timeout' \
    "in a transaction that has read it, the tables stay as they are"
tell reader "COMMIT;"

while read -r change; do
    # Once between two calls, and once in a transaction that has not read anything yet.
    sql -c "$change"
    is "$(tell reader "$query")" t "another session runs $change"
    tell reader "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1;" >/dev/null
    sql -c "ALTER TABLE messages ADD COLUMN more text DEFAULT 'x'"
    if [[ ${EDITION-} == sql ]]; then
        skip "... and adds a column when a transaction has begun" 'PL/pgSQL sees the columns of its snapshot'
    else
        is "$(tell reader "$query")" t "... and adds a column when a transaction has begun"
    fi
    tell reader "COMMIT;"
    sql -c "ALTER TABLE messages DROP COLUMN more"
done <<'END'
ALTER TABLE messages ADD COLUMN tokens int DEFAULT 7
ALTER TABLE messages ALTER COLUMN tokens DROP DEFAULT, ALTER COLUMN tokens TYPE jsonb USING '[7]'
ALTER TABLE messages ALTER COLUMN content TYPE int USING content::int
ALTER TABLE messages ALTER COLUMN content TYPE text
ALTER TABLE messages RENAME COLUMN reasoning TO thoughts
ALTER TABLE messages DROP COLUMN parts
ALTER TABLE conversations ADD COLUMN tags text[] DEFAULT '{a, b}'
ALTER TABLE conversations RENAME TO c; CREATE VIEW conversations AS SELECT *, 1 AS one FROM c
DROP VIEW conversations; ALTER TABLE c RENAME TO conversations
END

sql -c "DROP EXTENSION agentchat CASCADE" -c "CREATE EXTENSION agentchat" 2>/dev/null
is "$(tell reader "$query")" t "another session drops the extension and creates it again"
sql -c "ALTER SCHEMA public RENAME TO chat"
is "$(tell reader "SET search_path = chat; $query")" t "another session renames the schema"
sql -c "ALTER SCHEMA chat RENAME TO public"
tell reader "RESET search_path;"

# Many sessions at once: a wrong result is a division by zero.
echo "SELECT 1 / (get_conversation($conversation) = $expected)::int; SELECT get_conversation($conversation);" \
    >"$tmp/readers.sql"
cat >"$tmp/changes.sql" <<'END'
ALTER TABLE messages ADD COLUMN more text DEFAULT 'x';
ALTER TABLE messages ALTER COLUMN more DROP DEFAULT, ALTER COLUMN more TYPE jsonb USING '{}';
ALTER TABLE conversations ADD COLUMN more text DEFAULT 'x';
ALTER TABLE messages DROP COLUMN more;
ALTER TABLE conversations DROP COLUMN more;
END
bench() { # NAME PGBENCH_OPTION...
    pgbench -n -f "$tmp/$1.sql" "${@:2}" >"$tmp/$1.log" 2>&1
}
bench changes -t 60 &
changes=$!
if [[ ${EDITION-} == sql ]]; then
    skip "readers are right while the tables change" \
        'a column that is dropped between the list of columns and the query is an error, 42703'
else
    ok "readers are right while the tables change" bench readers -c 3 -t 200 -M prepared
fi
ok "... and the changes go through" wait $changes
grep -h ERROR "$tmp"/{changes,readers}.log 2>/dev/null | sed 's/^/# /' || true

start_standby standby
primary_host=$PGHOST
caught_up() { # Waits until the standby has what the primary has.
    local lsn
    lsn=$(PGHOST=$primary_host sql -c 'SELECT pg_current_wal_flush_lsn()')
    for _ in {1..200}; do
        [[ $(sql -c "SELECT pg_last_wal_replay_lsn() >= '$lsn'") != t ]] || return 0
        sleep 0.1
    done
    echo "# The standby has not caught up."
}
export PGHOST=$tmp/standby
caught_up
start_session on_standby
is "$(tell on_standby "SELECT pg_is_in_recovery(); $query")" $'t\nt' "a standby reads a conversation"
is "$(tell on_standby "SELECT get_conversation($conversation, message_limit => 1) -> 'has_more';")" true \
    "... in pages"
PGHOST=$primary_host sql -c "ALTER TABLE messages ADD COLUMN more text DEFAULT 'x', DROP COLUMN thoughts"
caught_up
is "$(tell on_standby "$query")" t "... after a change on the primary"

done_testing
