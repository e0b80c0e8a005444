#!/usr/bin/env bash
# create_conversation() with one id by many sessions at once makes one conversation, without an error.
. test/lib/tap.sh

sql -c 'CREATE EXTENSION agentchat'
sql -c "INSERT INTO users (id, email) VALUES ('ada00000-0000-4000-8000-000000000000', 'ada@example.com')"

call() { # ID SESSION: a call with a message that all have, and one of the session
    echo "SELECT create_conversation('Chat', '[{\"id\": \"first\", \"role\": \"user\", \"parts\": [{\"type\": \"text\", \"text\": \"first\"}]},
        {\"id\": \"of $2\", \"role\": \"user\", \"parts\": [{\"type\": \"text\", \"text\": \"of $2\"}]}]',
        user_id => 'ada00000-0000-4000-8000-000000000000', id => '$1') ->> 'id';"
}

together() { # LEVEL ID: twenty sessions, three calls each
    local session pids=()
    for session in {1..20}; do
        {
            echo "SET default_transaction_isolation = '$1';"
            # All begin at once.
            echo "DO \$\$ BEGIN PERFORM pg_advisory_lock_shared(1); END \$\$;"
            for _ in 1 2 3; do call "$2" "$session"; done
        } >"$tmp/$2.$session.sql"
    done
    tell gate 'SELECT pg_advisory_lock(1);' >/dev/null
    for session in {1..20}; do
        psql -XAtq -f "$tmp/$2.$session.sql" >"$tmp/$2.$session.out" 2>&1 &
        pids+=($!)
    done
    until [[ $(sql -c "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted") == 20 ]]; do sleep 0.05; done
    tell gate 'SELECT pg_advisory_unlock(1);' >/dev/null
    wait "${pids[@]}"
}

start_session gate
together 'read committed' chat
is "$(cat "$tmp"/chat.*.out | sort | uniq -c | sed 's/^ *//')" "60 $(head -1 "$tmp/chat.1.out")" \
    'twenty sessions get the same conversation, and no error'
chat=$(head -1 "$tmp/chat.1.out")
is "$(sql -c "SELECT count(*), count(DISTINCT content) FROM messages WHERE conversation_id = '$chat'")" '21|21' '... with each message once'
is "$(sql -c 'SELECT count(*) FROM conversations')" 1 '... and there is one conversation'

# Under REPEATABLE READ, the foreign keys of messages do not find a conversation that is newer than the transaction.
together 'repeatable read' repeated
is "$(cat "$tmp"/repeated.*.out | grep -E 'ERROR:|^[0-9a-f-]{36}$' | sed 's/.*ERROR/ERROR/' | sort -u |
    grep -vc '^ERROR:  could not serialize access due to concurrent')" 1 \
    'under REPEATABLE READ they get the same conversation, or could not serialize access'
repeated=$(grep -h '^[0-9a-f-]*$' "$tmp"/repeated.*.out | head -1)
is "$(sql -c "SELECT count(*) = count(DISTINCT content) AND count(*) > 1 FROM messages WHERE conversation_id = '$repeated'")" t '... with each message once'
is "$(sql -c 'SELECT count(*) FROM conversations')" 2 '... and there is one conversation'

# A session that inserted the row itself, and then appends, does not deadlock with one that creates.
start_session one
id=11111111-0000-4000-8000-000000000001
tell one 'BEGIN;' >/dev/null
tell one "INSERT INTO conversations (id, user_id, title) VALUES ('$id', 'ada00000-0000-4000-8000-000000000000', 'Inserted');" >/dev/null
call "$id" two >"$tmp/waits.sql"
psql -XAtq -f "$tmp/waits.sql" >"$tmp/waits.out" 2>&1 &
other=$!
until [[ $(sql -c "SELECT count(*) FROM pg_stat_activity WHERE wait_event IN ('transactionid', 'spectoken')") == 1 ]]; do sleep 0.05; done
is "$(tell one "SELECT append_messages('$id', '{\"role\": \"user\", \"parts\": []}') #>> '{0,given_id}' IS NULL;")" t 'one who inserted the row appends while another waits for it'
tell one 'COMMIT;' >/dev/null
wait $other
is "$(cat "$tmp/waits.out")" "$id" '... who then appends to it'
is "$(sql -c "SELECT title, count(*) FROM conversations c JOIN messages m ON m.conversation_id = c.id WHERE c.id = '$id' GROUP BY 1")" 'Inserted|3' '... and nothing is lost'

# The conversation is deleted while a call waits for its lock.
id=11111111-0000-4000-8000-000000000002
call "$id" one >"$tmp/again.sql"
sql -f "$tmp/again.sql" >/dev/null
tell one 'BEGIN;' >/dev/null
tell one "SELECT append_messages('$id', '[]');" >/dev/null
tell one "DELETE FROM conversations WHERE id = '$id';" >/dev/null
psql -XAtq -f "$tmp/again.sql" >"$tmp/again.out" 2>&1 &
other=$!
until [[ $(sql -c "SELECT count(*) FROM pg_locks WHERE NOT granted") == 1 ]]; do sleep 0.05; done
tell one 'COMMIT;' >/dev/null
wait $other
is "$(cat "$tmp/again.out")" "$id" 'a conversation that is deleted meanwhile is created anew'
is "$(sql -c "SELECT count(*) FROM messages WHERE conversation_id = '$id'")" 2 '... with its messages'

done_testing
