#!/usr/bin/env bash
# Messages keep their order when several sessions write them, and while the tables change.
. test/lib/tap.sh

# Falling ids, which return messages with the same time in the wrong order.
sql <<'END'
CREATE EXTENSION agentchat;
CREATE SEQUENCE falling;
CREATE FUNCTION falling_id() RETURNS uuid LANGUAGE sql AS
$$ SELECT lpad(to_hex(x'ffffffffffff'::bigint - nextval('falling')), 32, '0')::uuid $$;
ALTER TABLE messages ALTER id SET DEFAULT falling_id();
INSERT INTO users (email) VALUES ('ada@example.com');
END

conversation() { # NAME: makes it
    sql -c "INSERT INTO conversations (id, user_id, title) SELECT md5('$1')::uuid, id, '$1' FROM users"
}

say() { # CONVERSATION CONTENT [TIME]: SQL that writes a message, at a time of JavaScript's if one is given
    if [[ ${3-} ]]; then
        echo "INSERT INTO messages (conversation_id, role, content, created_at)
            VALUES (md5('$1')::uuid, 'user', '$2', date_trunc('milliseconds', $3));"
    else
        echo "INSERT INTO messages (conversation_id, role, content) VALUES (md5('$1')::uuid, 'user', '$2');"
    fi
}

is_as_written() { # CONVERSATION COUNT NAME
    is "$(sql -c "SELECT string_agg(content, ' ' ORDER BY created_at, id) FROM messages
        WHERE conversation_id = md5('$1')::uuid")" "$(seq -s ' ' "$2")" "$3"
}

start_session one
start_session two

# Two sessions of a pool write question and answer.
in_turns() { # NAME TIME_OF_ONE TIME_OF_TWO
    local n
    conversation "$1"
    for ((n = 1; n <= 60; n += 2)); do
        tell one "$(say "$1" $n "$2")"
        tell two "$(say "$1" $((n + 1)) "$3")"
    done
    is_as_written "$1" 60 "$1"
}
nine="timestamp '2026-01-05 09:00'"
clock="clock_timestamp() AT TIME ZONE 'utc'"
in_turns 'two sessions, all in the same millisecond' "$nine" "$nine"
in_turns 'two sessions that give no time' '' ''
in_turns 'two sessions with the time of JavaScript' "$clock" "$clock"
in_turns 'two sessions, one of which gives no time' '' "$clock"

# A transaction begins earlier and writes later.
for level in 'READ COMMITTED' 'REPEATABLE READ' 'SERIALIZABLE'; do
    conversation "$level"
    tell one "BEGIN ISOLATION LEVEL $level; SELECT count(*) FROM messages, conversations;" >/dev/null
    tell two "$(say "$level" 1) $(say "$level" 2)"
    is "$(tell one "$(say "$level" 3) $(say "$level" 4) COMMIT;")" '' "$level: a transaction that began earlier writes later"
    name='... and its messages come after those that were committed before'
    if [[ ${EDITION-} == sql && $level != 'READ COMMITTED' ]]; then
        skip "$name" 'PL/pgSQL sees nothing newer than the snapshot of the transaction'
    else
        is_as_written "$level" 4 "$name"
    fi
done

# A session's knowledge about a conversation ends with its transaction.
conversation forget
future="timestamp '2100-01-05 09:00'"
tell one "BEGIN; $(say forget 1) COMMIT;"
tell two "$(say forget 2 "$future")"
tell one "$(say forget 3)"
tell one "BEGIN; $(say forget x "timestamp '2101-01-05'") ROLLBACK;"
tell two "$(say forget 4)"
tell one "BEGIN; $(say forget 5) SAVEPOINT s; $(say forget x "timestamp '2101-01-05'")"
tell one "ROLLBACK TO s; $(say forget 6) COMMIT;"
tell two "DO \$\$ BEGIN $(say forget 7) COMMIT; $(say forget x) ROLLBACK; END \$\$;"
tell one "DO \$\$ BEGIN $(say forget 8 "$future") COMMIT; END \$\$;"
tell two "$(say forget 9 "$future")"
is_as_written forget 9 'what one session knows is not older than its transaction'

# Two sessions write to the same conversation at once. The second waits for the first, because both touch it.
conversation together
conversation elsewhere
tell one "BEGIN; $(say together 1)"
is "$(tell two "SET lock_timeout = '1s'; $(say elsewhere 1) RESET lock_timeout;")" '' \
    'who writes to another conversation does not wait'
say together 2 >&"${session_in[two]}"
for _ in {1..100}; do
    [[ $(sql -c "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'") == 0 ]] || break
    sleep 0.05
done
tell one "$(say together 3) COMMIT;"
is "$(tell two '')" '' 'a writer to the same conversation goes on after the commit'
is "$(sql -c "SELECT count(*) FROM messages WHERE conversation_id = md5('together')::uuid")" 3 '... nothing is lost'

# Many sessions write to one conversation.
conversation crowd
cat >"$tmp/crowd.sql" <<'END'
\set n :n + 1
INSERT INTO messages (conversation_id, role, content) VALUES (md5('crowd')::uuid, 'user', :client_id || ' ' || :n);
\set n :n + 1
BEGIN;
INSERT INTO messages (conversation_id, role, content) VALUES (md5('crowd')::uuid, 'user', :client_id || ' ' || :n);
\set n :n + 1
INSERT INTO messages (conversation_id, role, content) VALUES (md5('crowd')::uuid, 'user', :client_id || ' ' || :n);
COMMIT;
END
crowd() {
    pgbench -n -c 8 -t 50 -D n=0 -f "$tmp/crowd.sql" >"$tmp/crowd.log" 2>&1
}
ok 'eight sessions write to one conversation' crowd
is "$(sql -c "SELECT count(*), count(*) FILTER (WHERE n <> place) FROM (
    SELECT split_part(content, ' ', 2)::int AS n,
        row_number() OVER (PARTITION BY split_part(content, ' ', 1) ORDER BY created_at, id) AS place
    FROM messages WHERE conversation_id = md5('crowd')::uuid) m")" '1200|0' '... and the messages of each are as written'

# The tables change during a session.
conversation changes
written=1
tell one "$(say changes 1 "$future")"
writes_on() { # NAME
    tell one "$(say changes $((written + 1))) $(say changes $((written + 2)) "$future")
        BEGIN; $(say changes $((written + 3)) "$future") $(say changes $((written + 4))) COMMIT;
        UPDATE messages SET created_at = date_trunc('milliseconds', created_at) WHERE conversation_id = md5('changes')::uuid;"
    written=$((written + 4))
    is_as_written changes $written "$1"
}
writes_on 'a session writes'
while read -r change; do
    sql -c "$change" &>/dev/null
    writes_on "... another session has run: $change"
done <<'END'
ALTER TABLE messages ADD COLUMN tokens int DEFAULT 7
ALTER TABLE messages DROP COLUMN attachments
DROP INDEX messages_conversation_id_created_at_id_idx
CREATE INDEX backwards ON messages (conversation_id DESC, created_at DESC)
CREATE INDEX some_of_them ON messages (conversation_id, created_at) WHERE role = 'assistant'
CREATE INDEX as_text ON messages ((conversation_id::text), created_at)
CREATE INDEX by_hash ON messages USING hash (conversation_id)
CREATE INDEX nulls_first ON messages (conversation_id, created_at NULLS FIRST)
CREATE INDEX other_name ON messages (conversation_id, created_at, role)
ALTER TABLE messages ALTER created_at DROP DEFAULT, ALTER created_at TYPE timestamptz USING created_at AT TIME ZONE 'utc', ALTER created_at SET DEFAULT now()
ALTER TABLE messages ALTER created_at DROP DEFAULT, ALTER created_at TYPE timestamp USING created_at AT TIME ZONE 'utc', ALTER created_at SET DEFAULT now() AT TIME ZONE 'utc'
ALTER TABLE conversations ADD COLUMN tags text[] DEFAULT '{a}'
ALTER TABLE messages DROP CONSTRAINT messages_pkey CASCADE
DROP EXTENSION agentchat CASCADE; CREATE EXTENSION agentchat; SELECT * FROM agentchat.adopt(build => true)
REINDEX TABLE messages
END
is "$(sql -c "SELECT updated_at > now() AT TIME ZONE 'utc' - interval '1 min' FROM conversations WHERE title = 'changes'")" t \
    '... and the conversation has followed'

# Statements are cancelled in the middle.
conversation cancelled
writes_much="INSERT INTO messages (conversation_id, role, content, created_at)
    SELECT md5('cancelled')::uuid, 'user', 'x', timestamp '2101-01-05' + n * interval '1 s' FROM generate_series(1, 1000000) n;"
for ((n = 1; n <= 40; n += 2)); do
    tell one "SET statement_timeout = $((n * 3)); $writes_much"
    tell one "RESET statement_timeout; BEGIN; $(say cancelled $n "$future") SAVEPOINT s; SET statement_timeout = $((n * 3)); $writes_much"
    tell one "ROLLBACK TO s; $(say cancelled $((n + 1)) "$future") COMMIT;"
done >"$tmp/cancelled"
is "$(grep -c 'statement timeout' "$tmp/cancelled")" 40 'statements are cancelled'
is "$(grep -E '^[A-Z]+: ' "$tmp/cancelled" | grep -vE 'statement timeout|^CONTEXT: ')" '' '... there is no other error'
is_as_written cancelled 40 '... and the order is right'

done_testing
