#!/usr/bin/env bash
# append_messages() works in many sessions at once, and in sessions that end in the middle of a call.
. test/lib/tap.sh

sql <<'END'
CREATE EXTENSION agentchat;
INSERT INTO users (id, email) VALUES (md5('ada')::uuid, 'ada@example.com');
\i test/lib/said.sql
CREATE FUNCTION append(title text, messages jsonb) RETURNS int LANGUAGE sql AS
$$ SELECT jsonb_array_length(append_messages(md5(title)::uuid, messages)) $$;
END

conversation() { # NAME: makes it
    sql -c "INSERT INTO conversations (id, user_id, title) VALUES (md5('$1')::uuid, md5('ada')::uuid, '$1')"
}

contents() { # NAME
    sql -c "SELECT string_agg(content, ' ' ORDER BY created_at, id) FROM messages WHERE conversation_id = md5('$1')::uuid"
}

# Processes that end by themselves; sessions go on.
background=()
in_background() { # PID
    background+=("$1")
}
wait_for_all() {
    wait "${background[@]}" || true
    background=()
}

# Twenty sessions run a pgbench script. Each transaction takes its snapshot before it waits.
crowd() { # LEVEL TRANSACTIONS SCRIPT
    printf 'BEGIN ISOLATION LEVEL %s;\nSELECT count(*) FROM users;\n%s\nCOMMIT;\n' "$1" "$3" >"$tmp/crowd.sql"
    pgbench -n -c 20 -t "$2" -D n=0 -f "$tmp/crowd.sql" >"$tmp/crowd.log" 2>&1
}

for level in 'READ COMMITTED' 'REPEATABLE READ'; do
    # Each call's three messages stay together, and in the order of the session's calls.
    conversation "crowd $level"
    ok "$level: twenty sessions append to one conversation" crowd "$level" 20 "
        \\set n :n + 1
        SELECT append('crowd $level', jsonb_agg(said(concat_ws(' ', :client_id, :n, part)) ORDER BY part)) FROM generate_series(1, 3) part;"
    if [[ ${EDITION-} == sql && $level != 'READ COMMITTED' ]]; then
        skip '... each call in one piece' 'PL/pgSQL does not see what was committed since the snapshot'
    else
        is "$(sql -c "SELECT count(*), count(*) FILTER (WHERE content <> before || part OR n <> nth) FROM (
                SELECT content, part, split_part(content, ' ', 2)::int AS n,
                    regexp_replace(first_value(content) OVER (PARTITION BY (place - 1) / 3 ORDER BY place), '1$', '') AS before,
                    (row_number() OVER (PARTITION BY split_part(content, ' ', 1) ORDER BY place) + 2) / 3 AS nth
                FROM (SELECT content, row_number() OVER (ORDER BY created_at, id) AS place, split_part(content, ' ', 3) AS part
                    FROM messages WHERE conversation_id = md5('crowd $level')::uuid) m) m")" '1200|0' \
            '... each call in one piece, and the calls of each session in order'
    fi

    # The same messages, in any order, that all sessions send again and again.
    conversation "retries $level"
    ok "$level: twenty sessions send the same messages" crowd "$level" 20 "
        SELECT append('retries $level', jsonb_agg(said(n || repeat('!', (random() * 2)::int), 'msg-' || n) ORDER BY random())) FROM generate_series(1, 20) n;"
    is "$(sql -c "SELECT count(*), count(DISTINCT rtrim(content, '!')) FROM messages WHERE conversation_id = md5('retries $level')::uuid")" '20|20' \
        '... each is stored once'

    # Others change the same messages without append_messages, in statements of their own.
    conversation "others $level"
    sql -o /dev/null -c "SELECT append('others $level', jsonb_agg(said('0', 'msg-' || n))) FROM generate_series(1, 4) n"
    for n in {1..4}; do
        for _ in {1..300}; do
            echo "UPDATE messages SET content = content || 'x' WHERE id = (SELECT id FROM messages
                WHERE conversation_id = md5('others $level')::uuid AND content <> 'new' ORDER BY random() LIMIT 1);"
        done | sql -v ON_ERROR_STOP=0 >"$tmp/others.$n" 2>&1 &
        in_background $!
    done
    # Under REPEATABLE READ a message that another statement has changed meanwhile is a conflict by all rules.
    [[ $level != 'READ COMMITTED' ]] ||
        ok "$level: twenty sessions append and change while others change" crowd "$level" 20 "
        SELECT append('others $level', jsonb_agg(said(clock_timestamp()::text, 'msg-' || n) ORDER BY random()) || said('new')) FROM generate_series(1, 4) n;"
    wait_for_all
    is "$(cat "$tmp"/others.*)" '' '... there is no deadlock'
done

# Two statements change a message, one after the other, and have not touched the conversation yet. Then a call changes
# the same message and adds another one.
conversation gate
sql -o /dev/null -c "SELECT append('gate', said('1', 'msg-1'))" -c "CREATE FUNCTION gate() RETURNS trigger LANGUAGE plpgsql AS
        'BEGIN PERFORM pg_advisory_xact_lock(NEW.content::int); RETURN NULL; END'" \
    -c "CREATE TRIGGER gate AFTER UPDATE ON messages FOR EACH ROW WHEN (NEW.content IN ('7', '8')) EXECUTE FUNCTION gate()"
start_session keeper
tell keeper 'SELECT pg_advisory_lock(7), pg_advisory_lock(8);' >/dev/null
starts_to_wait() { # NUMBER STATEMENT: of all that wait it is that one
    sql -v VERBOSITY=terse -c "$2" >"$tmp/gate.$1" 2>&1 &
    in_background $!
    for _ in {1..200}; do
        [[ $(sql -c "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'") != "$1" ]] || break
        sleep 0.05
    done
}
starts_to_wait 1 "UPDATE messages SET content = '7' WHERE conversation_id = md5('gate')::uuid"
starts_to_wait 2 "UPDATE messages SET content = '8' WHERE conversation_id = md5('gate')::uuid"
starts_to_wait 3 "SELECT append('gate', jsonb_build_array(said('2', 'msg-1'), said('3')))"
tell keeper 'SELECT pg_advisory_unlock(7);' >/dev/null
sleep 0.5
tell keeper 'SELECT pg_advisory_unlock(8);' >/dev/null
wait_for_all
like "$(cat "$tmp"/gate.*)|$(contents gate)" '^2\|(2|8) 3$' 'who has changed a message and then touches the conversation does not meet a call in a circle'

# An id that is sent to several conversations at once is stored in one of them.
for n in {1..4}; do conversation "twin $n"; done
for n in {1..4}; do
    for id in {1..100}; do
        echo "SELECT append('twin $n', said('x', md5('$id')) || (SELECT jsonb_agg(said('y', md5('$id ' || n))) FROM generate_series(1, 20) n));"
    done | sql -v ON_ERROR_STOP=0 -v VERBOSITY=terse >"$tmp/twin.$n" 2>&1 &
    in_background $!
done
wait_for_all
is "$(cat "$tmp"/twin.* | sort | uniq -c | sed 's/^ *//')" "$(printf '%s\n' '100 21' '300 ERROR:  message belongs to another conversation')" \
    'an id that is sent to several conversations at once is stored in one of them'

# Conversations are deleted in the meantime: a call that comes too late gets an error.
conversation gone
for n in {1..6}; do
    for _ in {1..60}; do echo "SELECT append('gone', jsonb_build_array(said('a', 'a'), said('b')));"; done |
        sql -v ON_ERROR_STOP=0 -v VERBOSITY=verbose >"$tmp/gone.$n" 2>&1 &
    in_background $!
done
for _ in {1..40}; do
    echo "DELETE FROM conversations WHERE id = md5('gone')::uuid; INSERT INTO conversations (id, user_id, title) VALUES (md5('gone')::uuid, md5('ada')::uuid, 'gone');"
done | sql -v ON_ERROR_STOP=0 -v VERBOSITY=verbose >"$tmp/gone.0" 2>&1
wait_for_all
is "$(cat "$tmp"/gone.* | grep -E '^[A-Z]+: ' | grep -vE '^DETAIL|^HINT|^LOCATION|^CONTEXT' | grep -v 'PT404: conversation not found')" '' \
    'if a conversation is deleted in the meantime, a call fails with PT404 and in no other way'
ok '... some calls were in time' grep -q '^2$' "$tmp"/gone.*

# Sessions are stopped in the middle: by a timeout anywhere, and while a trigger waits.
count() { # NAME
    sql -c "SELECT count(*) FROM messages WHERE conversation_id = md5('$1')::uuid"
}
conversation stopped
sql -o /dev/null -c "SELECT append('stopped', jsonb_build_array(said('1', '1'), said('2', '2')))"
start_session writer
tell writer "CREATE TEMPORARY TABLE much AS SELECT jsonb_agg(said(n || '!', n::text) ORDER BY n) AS messages FROM generate_series(1, 20000) n;" >/dev/null
for ((ms = 1; ms < 300; ms += 15)); do
    tell writer "SET statement_timeout = $ms; SELECT append('stopped', messages) FROM much;"
    tell writer "RESET statement_timeout;"
    [[ $(count stopped) == 2 ]] || break
done >"$tmp/stopped"
ok 'calls run into timeouts' grep -q 'statement timeout' "$tmp/stopped"
is "$(grep -E '^[A-Z]+: ' "$tmp/stopped" | grep -vE 'statement timeout|^CONTEXT' | head)" '' '... there is no other error'
like "$(count stopped)" '^(2|20000)$' '... each call writes all or nothing'
is "$(tell writer "SELECT append('stopped', said('3', '3'));")" 1 '... the session goes on'

conversation killed
sql -c "CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(60); RETURN NEW; END'" \
    -c "CREATE TRIGGER wait BEFORE INSERT ON messages FOR EACH ROW WHEN (NEW.content = 'wait') EXECUTE FUNCTION wait()"
pid=$(tell writer 'SELECT pg_backend_pid();')
echo "SELECT append('killed', jsonb_agg(said(CASE n WHEN 50 THEN 'wait' ELSE 'x' END, n::text))) FROM generate_series(1, 100) n;" >&"${session_in[writer]}"
for _ in {1..100}; do
    [[ $(sql -c "SELECT wait_event FROM pg_stat_activity WHERE pid = $pid") != PgSleep ]] || break
    sleep 0.05
done
echo "SELECT append('killed', said('y'));" | sql >"$tmp/waiting" 2>&1 &
for _ in {1..100}; do
    [[ $(sql -c "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'advisory'") == 0 ]] || break
    sleep 0.05
done
sql -o /dev/null -c "SELECT pg_terminate_backend($pid)"
wait $!
is "$(cat "$tmp/waiting")|$(count killed)" '1|1' 'a terminated session writes nothing, and the session that waited for it goes on'

# Another session deletes messages while a call wants to change them. Like INSERT ... ON CONFLICT DO UPDATE, the call
# writes them anew.
conversation deleted
sql -o /dev/null -c "SELECT append('deleted', jsonb_build_array(said('1', '1'), said('2', '2'), said('3', '3')))"
start_session deleter
start_session appender
append_while() { # TITLE SQL: the deleter runs SQL, and commits while the writer waits for it
    local pid
    pid=$(tell appender 'SELECT pg_backend_pid();')
    tell deleter "BEGIN; $2"
    echo "SELECT append('$1', jsonb_build_array(said('1'), said('2!', '2'), said('3!', '3'), said('4', '4')));" \
        >&"${session_in[appender]}"
    for _ in {1..100}; do
        [[ $(sql -c "SELECT wait_event_type FROM pg_stat_activity WHERE pid = $pid") != Lock ]] || break
        sleep 0.05
    done
    tell deleter 'COMMIT;'
    tell appender ''
}
is "$(append_while deleted "DELETE FROM messages WHERE content = '2';")|$(contents deleted)" '4|1 3! 1 2! 4' \
    'a message that another session deletes meanwhile is written anew'
is "$(append_while deleted "DELETE FROM messages WHERE content = '3!' AND false; DELETE FROM messages;
    SELECT append('deleted', said('3?', '3'));" | tail -n 1)|$(contents deleted)" '4|3! 1 2! 4' \
    '... also one that is then written by the other session'
sql -c "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'" \
    -c "CREATE TRIGGER refuse BEFORE UPDATE ON messages FOR EACH ROW WHEN (OLD.content = '2!') EXECUTE FUNCTION refuse()"
like "$(tell appender "SELECT append('deleted', jsonb_build_array(said('2?', '2'), said('4?', '4')));")" \
    'ERROR:  cannot change a stored message' '... one that a trigger does not let change is an error'
done_testing
