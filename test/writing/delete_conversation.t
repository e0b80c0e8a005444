#!/usr/bin/env bash
# Sessions change messages while others delete, lock or change their conversation. Single statements do not deadlock, and
# under REPEATABLE READ a session that has waited goes on.
. test/lib/tap.sh
clients=8
seconds=${SECONDS_OF_LOAD:-4}

sql <<'END'
CREATE EXTENSION agentchat;
CREATE FUNCTION key(name text) RETURNS uuid LANGUAGE sql IMMUTABLE AS 'SELECT md5(name)::uuid';
INSERT INTO users (id, email) VALUES (key('ada'), 'ada@example.com');
-- Who changes it.
ALTER TABLE messages ADD COLUMN client int DEFAULT -1;
CREATE INDEX ON messages (client);
END

# Each client changes messages of its own in all conversations. All delete and create again the same few conversations.
cat >"$tmp/make.sql" <<'END'
\set n random(1, 4)
WITH c AS (INSERT INTO conversations (id, user_id, title) VALUES (key('c' || :n), key('ada'), 'load') ON CONFLICT DO NOTHING RETURNING id) INSERT INTO messages (conversation_id, role, content, client) SELECT id, 'user', 'x', client FROM c, generate_series(0, 7) client;
END
cat >"$tmp/delete.sql" <<'END'
\set n random(1, 4)
DELETE FROM conversations WHERE id = key('c' || :n);
END
cat >"$tmp/one.sql" <<'END'
\set n random(1, 4)
UPDATE messages SET content = 'x' || random() WHERE conversation_id = key('c' || :n) AND client = :client_id;
END
cat >"$tmp/all.sql" <<'END'
UPDATE messages SET content = 'x' || random() WHERE client = :client_id;
END
cat >"$tmp/remove.sql" <<'END'
\set n random(1, 4)
DELETE FROM messages WHERE conversation_id = key('c' || :n) AND client = :client_id;
END
cat >"$tmp/rename.sql" <<'END'
\set n random(1, 4)
UPDATE conversations SET title = title || '.' WHERE id = key('c' || :n);
END
# The functions in SQL stop waiting after half of it. A busy machine wakes them late.
[[ ${EDITION-} == sql ]] && deadlock_timeout=100ms || deadlock_timeout=5ms
load() {
    PGOPTIONS="-c deadlock_timeout=$deadlock_timeout" pgbench -n -c $clients -j 2 -T "$seconds" -f "$tmp/make.sql@3" -f "$tmp/delete.sql@3" \
        -f "$tmp/one.sql@6" -f "$tmp/all.sql@3" -f "$tmp/remove.sql@1" -f "$tmp/rename.sql@2" >"$tmp/log" 2>&1
}
ok "$clients sessions change messages of conversations that they delete" load
grep -E 'error|ERROR|failed|processed' "$tmp/log" | head -n 5 | sed 's/^/# /' || true
deadlocks=$(sql -c 'SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()')
if [[ ${EDITION-} == sql ]]; then
    # A deletion looks for a deadlock while a change of a message, which has begun to wait later, still waits.
    like "$(cat "$tmp/log")" "^number of failed transactions: $deadlocks " '... and no statement fails but by deadlocks'
    ok '... these are rare' test "$deadlocks" -lt 20
else
    like "$(cat "$tmp/log")" '^number of failed transactions: 0 ' '... and no statement fails'
    is "$deadlocks" 0 '... there is no deadlock'
fi
ok '... in hundreds of transactions' test "$(sed -n 's/^number of transactions actually processed: \([0-9]*\).*/\1/p' "$tmp/log")" -gt 200

# The cases one by one.

start_session one
start_session two
start_session three
tell two '\set VERBOSITY sqlstate'

fill() { # makes the conversation anew, last touched long ago
    sql <<'END'
SET row_security = off;
DELETE FROM conversations;
INSERT INTO conversations (id, user_id, title, updated_at) VALUES (key('a'), key('ada'), 'a', '2026-01-05');
INSERT INTO messages (id, conversation_id, role, content) SELECT key('m' || n), key('a'), 'user', 'x' FROM generate_series(1, 3) n;
END
}
touched() { # whether the conversation is there and was touched
    sql -c "SELECT updated_at > now() AT TIME ZONE 'utc' - interval '1 min' FROM conversations WHERE id = key('a')"
}
start() { # SESSION SQL: does not wait for its end
    echo "$2" >&"${session_in[$1]}"
}
waits() { # COUNT
    [[ $(sql -c "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'") == "$1" ]]
}
lingers() {
    [[ $(sql -c "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'") == 1 ]]
}
wait_until() { # COMMAND...
    local _
    for _ in {1..100}; do
        ! "$@" || return 0
        sleep 0.02
    done
    return 1
}

update="UPDATE messages SET content = 'y' WHERE id = key('m1');"
remove="DELETE FROM messages WHERE id = key('m1');"
insert="INSERT INTO messages (conversation_id, role, content) VALUES (key('a'), 'user', 'x');"
upsert="INSERT INTO messages (id, conversation_id, role, content) VALUES (key('m1'), key('a'), 'user', 'x')
    ON CONFLICT (id) DO UPDATE SET content = 'y';"

# The deletion has locked the conversation and waits for a message. The change of that message then wants the
# conversation.
for change in "$update" "$remove" "$upsert"; do
    fill
    tell one "BEGIN; SELECT FROM messages WHERE id = key('m2') FOR UPDATE;"
    tell three "BEGIN; SELECT FROM messages WHERE id = key('m1') FOR UPDATE;"
    start two "DELETE FROM conversations WHERE id = key('a');"
    wait_until waits 1
    is "$(tell three "SET lock_timeout = '2s'; $change RESET lock_timeout; COMMIT;")" '' "a deletion is under way: ${change:0:6}"
    tell one 'ROLLBACK;'
    is "$(tell two '')" '' '... the deletion goes on, too'
    is "$(sql -c 'SELECT (SELECT count(*) FROM conversations), (SELECT count(*) FROM messages)')" '0|0' \
        '... it deletes the conversation and its messages'
done

# The deletion has locked the conversation, but has not deleted it yet.
if [[ ${EDITION-} != sql ]]; then
    sql <<'END'
CREATE FUNCTION linger() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(0.4); RETURN old; END';
CREATE TRIGGER linger BEFORE DELETE ON conversations FOR EACH ROW EXECUTE FUNCTION linger();
END
    for change in "$update" "$remove"; do
        fill
        start two "DELETE FROM conversations WHERE id = key('a');"
        wait_until lingers
        is "$(tell three "SET deadlock_timeout = '5ms'; $change RESET deadlock_timeout;")" '' \
            "a deletion is about to happen: ${change:0:6}"
        is "$(tell two '')" '' '... the deletion goes on, too'
        is "$(sql -c 'SELECT count(*) FROM conversations')" 0 '... it deletes the conversation'
    done
    sql -c 'DROP FUNCTION linger() CASCADE' 2>"$tmp/notices"
fi

# A deletion is rolled back.
fill
tell one "BEGIN; DELETE FROM conversations WHERE id = key('a'); ROLLBACK;"
is "$(tell two "$update")" '' 'a change works after a deletion was rolled back'
is "$(touched)" t '... it touches the conversation'
sql <<'END'
ALTER TABLE messages DROP CONSTRAINT messages_conversation_id_conversations_id_fk;
END
# A transaction that has the key of the conversation has two locks when it deletes it in a savepoint.
key_and_savepoint="SELECT FROM conversations WHERE id = key('a') FOR KEY SHARE; SAVEPOINT s;"
for before in '' "$key_and_savepoint"; do
    sql -c 'DELETE FROM messages'
    fill
    tell one "BEGIN; $before DELETE FROM conversations WHERE id = key('a');"
    is "$(tell two "SET lock_timeout = '2s'; $update RESET lock_timeout;")" '' \
        "a change does not wait for a deletion that is under way${before:+, in a savepoint}"
    tell one 'ROLLBACK;'
    is "$(tell two "$remove")" '' '... nor does the next change, after the rollback'
    is "$(touched)" t '... the change touched the conversation'
done
sql <<'END'
SET client_min_messages = error;
SELECT FROM agentchat.adopt(build => true);
END

# A change waits for all other locks on the conversation, whatever takes them and however their transaction ends.
while IFS='|' read -r what holds; do
    for level in 'READ COMMITTED' 'REPEATABLE READ'; do
        for change in "$update" "$remove" "$insert" "$upsert"; do
            for end in COMMIT ROLLBACK; do
                fill
                tell two "BEGIN ISOLATION LEVEL $level; SELECT FROM conversations;"
                tell one "BEGIN; $holds"
                start two "$change COMMIT;"
                ok "$level, ${change:0:6}, ${what}: waits" wait_until waits 1
                tell one "$end;"
                is "$(tell two '')" '' "... it goes on after $end"
                is "$(touched)" t '... it touches the conversation'
            done
        done
    done
done <<'END'
FOR SHARE|SELECT FROM conversations WHERE id = key('a') FOR SHARE;
FOR NO KEY UPDATE|SELECT FROM conversations WHERE id = key('a') FOR NO KEY UPDATE;
a savepoint|SAVEPOINT s; UPDATE conversations SET title = 'b', updated_at = '2026-01-05' WHERE id = key('a'); RELEASE s;
a message|INSERT INTO messages (conversation_id, role, content) VALUES (key('a'), 'user', 'x');
END

# The key that a foreign key holds stops no change, but another lock beside it does.
fill
tell three "BEGIN; SELECT FROM conversations WHERE id = key('a') FOR KEY SHARE;"
tell one "BEGIN; UPDATE conversations SET title = 'b', updated_at = '2026-01-05' WHERE id = key('a');"
start two "$update"
ok 'a change of the conversation beside a lock on its key: waits' wait_until waits 1
tell one 'COMMIT;'
is "$(tell two '')" '' '... it goes on'
is "$(touched)" t '... it touches the conversation'
tell three 'COMMIT;'

# FOR UPDATE already stops an INSERT in its foreign key.
waits_for_update() { # LEVEL CHANGE NAME HOLDS
    fill
    tell two "BEGIN ISOLATION LEVEL $1; SELECT FROM conversations;"
    tell one "BEGIN; $4"
    start two "$2 COMMIT;"
    if [[ ${EDITION-} == sql ]]; then
        skip "$1, ${2:0:6}, $3: waits" 'PL/pgSQL takes the holder of FOR UPDATE for one who deletes it'
    else
        ok "$1, ${2:0:6}, $3: waits" wait_until waits 1
    fi
    tell one "UPDATE conversations SET title = 'b' WHERE id = key('a'); COMMIT;"
    is "$(tell two '')" '' '... it goes on'
    is "$(touched)" t '... it touches the conversation'
}
for_update="SELECT FROM conversations WHERE id = key('a') FOR UPDATE;"
for level in 'READ COMMITTED' 'REPEATABLE READ'; do
    for change in "$update" "$remove"; do
        waits_for_update "$level" "$change" 'FOR UPDATE' "$for_update"
    done
done
waits_for_update 'READ COMMITTED' "$update" 'FOR UPDATE in a savepoint' "$key_and_savepoint $for_update"

# Many sessions write to the conversation, each in a transaction with its own snapshot.
fill
sql -c "INSERT INTO messages (id, conversation_id, role, content) SELECT key('n' || n), key('a'), 'user', 'x' FROM generate_series(0, 7) n"
cat >"$tmp/repeatable.sql" <<'END'
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT count(*) FROM conversations;
INSERT INTO messages (conversation_id, role, content) VALUES (key('a'), 'user', 'x');
UPDATE messages SET content = 'y' WHERE id = key('n' || :client_id);
COMMIT;
END
crowd() {
    pgbench -n -c 8 -j 2 -t 50 -f "$tmp/repeatable.sql" >"$tmp/log" 2>&1
}
ok 'eight sessions write to a conversation under REPEATABLE READ' crowd
like "$(cat "$tmp/log")" '^number of failed transactions: 0 ' '... and none fails'
grep -E 'error|ERROR' "$tmp/log" | head -n 3 | sed 's/^/# /' || true

if [[ ${EDITION-} == sql ]]; then
    skip 'waits of a message for its conversation' 'the functions in SQL go on after half of deadlock_timeout'
    done_testing
    exit
fi

# A real deadlock, between transactions with several statements, is detected.
fill
tell one "BEGIN; SELECT FROM conversations WHERE id = key('a') FOR UPDATE;"
start two "SET deadlock_timeout = '50ms'; $update"
wait_until waits 1
start one "SET deadlock_timeout = '1min'; UPDATE messages SET content = 'z' WHERE id = key('m1'); COMMIT;"
tell two '' >"$tmp/deadlock" &
ok 'a deadlock of transactions with several statements ends' wait "$!"
tell one 'RESET deadlock_timeout;'

# A wait can be cancelled.
fill
tell one "BEGIN; SELECT FROM conversations WHERE id = key('a') FOR UPDATE;"
is "$(tell two "SET statement_timeout = '300ms'; $update RESET statement_timeout;")" 'ERROR:  57014' 'a wait can be cancelled'
is "$(tell two "SET lock_timeout = '300ms'; $update RESET lock_timeout;")" 'ERROR:  55P03' '... lock_timeout works'
tell one 'ROLLBACK;'

done_testing
