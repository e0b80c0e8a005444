#!/usr/bin/env bash
# Sessions that update the same conversation at once lose nothing of one another, and do not deadlock with sessions that
# append to it.
. test/lib/tap.sh

sql <<'END_OF_SQL'
CREATE EXTENSION agentchat;
INSERT INTO users (id, email) VALUES (md5('ada')::uuid, 'ada@example.com');
INSERT INTO conversations (id, user_id, title) VALUES (md5('chat')::uuid, md5('ada')::uuid, 'Chat');
\i test/lib/said.sql

-- Sets keys of its own, changes one twenty times, and removes one that it has set.
CREATE PROCEDURE set_keys(session text) LANGUAGE plpgsql AS $$
DECLARE
    chat uuid := md5('chat')::uuid;
BEGIN
    FOR n IN 1..10 LOOP
        PERFORM update_conversation(chat, metadata => jsonb_build_object(session || ' ' || n, n, session, n));
        COMMIT;
        PERFORM update_conversation(chat, metadata => jsonb_build_object(session, n * 2, 'gone ' || session, n));
        COMMIT;
    END LOOP;
    PERFORM update_conversation(chat, metadata => jsonb_build_object('gone ' || session, NULL));
END $$;
-- Updates and appends within each transaction.
CREATE PROCEDURE append_too(session text) LANGUAGE plpgsql AS $$
BEGIN
    FOR n IN 1..20 LOOP
        IF n % 2 = 0 THEN
            PERFORM update_conversation(md5('chat')::uuid, title => session, metadata => jsonb_build_object(session, n));
        END IF;
        PERFORM append_messages(md5('chat')::uuid, said(session || n));
        PERFORM update_conversation(md5('chat')::uuid, metadata => jsonb_build_object(session, n));
        COMMIT;
    END LOOP;
END $$;
END_OF_SQL

at_once() { # COUNT PROCEDURE: so many sessions; their errors, each once, are $errors then
    local session
    for ((session = 1; session <= $1; session++)); do
        sql -v VERBOSITY=verbose -c "CALL $2('s$session')" >"$tmp/session.$session" 2>&1 &
    done
    wait
    errors=$(cat "$tmp"/session.* | sed -nE 's/^(ERROR|FATAL|WARNING): *//p' | sort -u)
    rm "$tmp"/session.*
}

at_once 20 set_keys
is "$errors" '' 'twenty sessions set keys of their own: no errors'
is "$(sql -c "SELECT count(*), sum(value::int) FROM conversations, jsonb_each_text(metadata) WHERE key ~ '^s.* '")" '200|1100' \
    '... no key is lost'
is "$(sql -c "SELECT count(*), sum(value::int) FROM conversations, jsonb_each_text(metadata) WHERE key !~ ' '")" '20|400' \
    '... each has its last value'
is "$(sql -c "SELECT count(*) FROM conversations, jsonb_each_text(metadata) WHERE key ~ 'gone'")" 0 '... no removed key is back'

sql -c "UPDATE conversations SET metadata = NULL"
at_once 6 append_too
is "$errors" '' 'sessions update and append in one transaction: no deadlock'
is "$(sql -c "SELECT sum(value::int) FROM conversations, jsonb_each_text(metadata)")" 120 '... no key is lost'
is "$(sql -c 'SELECT count(*) FROM messages')" 120 '... and no message'

# A call waits for another session that has not committed yet. Its transaction began before.
start_session first
start_session second
waits() { # LEVEL FIRST: $result is what the second call says
    sql -c "UPDATE conversations SET metadata = NULL"
    tell second "\\set VERBOSITY sqlstate" >/dev/null
    tell second "BEGIN ISOLATION LEVEL $1; SELECT count(*) > 0 FROM conversations;" >/dev/null
    tell first "BEGIN; $2" >/dev/null
    tell second "SELECT update_conversation(md5('chat')::uuid, metadata => '{\"b\": 2}') -> 'metadata'; COMMIT;" >"$tmp/second" &
    local call=$!
    until [[ $(sql -c "SELECT count(*) FROM pg_locks WHERE NOT granted") != 0 ]]; do sleep 0.02; done
    tell first 'COMMIT;' >/dev/null
    wait "$call"
    result=$(<"$tmp/second")
}
for level in 'READ COMMITTED' 'REPEATABLE READ'; do
    waits "$level" "SELECT update_conversation(md5('chat')::uuid, metadata => '{\"a\": 1}');"
    if [[ ${EDITION-} == sql && $level != 'READ COMMITTED' ]]; then
        is "$result" 'ERROR:  40001' "$level: a call that waits for another call fails, because PL/pgSQL sees only its snapshot"
    else
        is "$result" '{"a": 1, "b": 2}' "$level: a call waits for another call, and merges into what that has stored"
    fi
done
waits 'READ COMMITTED' "UPDATE conversations SET metadata = '{\"a\": 1}';"
is "$result" '{"a": 1, "b": 2}' 'READ COMMITTED: a call waits for an UPDATE, and merges into what that has stored'
waits 'REPEATABLE READ' "UPDATE conversations SET metadata = '{\"a\": 1}';"
is "$result" 'ERROR:  40001' 'REPEATABLE READ: a call that waits for an UPDATE fails'
is "$(sql -c 'SELECT metadata FROM conversations')" '{"a": 1}' '... and changes nothing'

# In another schema, beside a table of the same name.
sql -c 'CREATE DATABASE in_chat'
is "$(sql -d in_chat <<'END_OF_SQL'
CREATE SCHEMA "the chat";
CREATE EXTENSION agentchat SCHEMA "the chat";
CREATE TABLE conversations (id uuid, title text, metadata jsonb, updated_at timestamp);
INSERT INTO "the chat".users (id, email) VALUES (md5('ada')::uuid, 'ada@example.com');
INSERT INTO "the chat".conversations (id, user_id, title) VALUES (md5('chat')::uuid, md5('ada')::uuid, 'Chat');
SELECT "the chat".update_conversation(md5('chat')::uuid, 'New', '{"a": 1}') - '{id,updated_at}'::text[];
END_OF_SQL
)" '{"title": "New", "metadata": {"a": 1}}' 'in another schema'

done_testing
