#!/usr/bin/env bash
# agentchat.adopt() while an application is in the middle of a transaction.
. test/lib/tap.sh

sql -f test/data/schema-design.sql -f test/lib/rows.sql -c 'CREATE EXTENSION agentchat'

until_one_waits() {
    for _ in {1..600}; do
        [[ $(sql -c 'SELECT count(*) FROM pg_locks WHERE NOT granted') == 0 ]] || return 0
        sleep 0.05
    done
}

# The application has locked messages as an INSERT does, and goes on to what that refers to when adopt() waits for it.
{
    echo "BEGIN; LOCK TABLE messages IN ROW EXCLUSIVE MODE; SELECT 'locked';"
    until [[ -s $tmp/application ]]; do sleep 0.05; done
    sql -c 'SELECT count(*) FROM agentchat.adopt()' >"$tmp/adopt" 2>&1 &
    until_one_waits
    echo "INSERT INTO messages (conversation_id, role, content) SELECT id, 'user', '' FROM conversations;"
    echo "UPDATE conversations SET title = ''; UPDATE users SET name = ''; COMMIT; SELECT 'committed';"
    wait
} | sql >"$tmp/application" 2>&1

is "$(cat "$tmp/application")" $'locked\ncommitted' 'an INSERT that adopt() waits for goes on'
like "$(cat "$tmp/adopt")" '^[1-9][0-9]+$' 'and so does adopt() then'

done_testing
