#!/usr/bin/env bash
# Many sessions advance one workflow: no step is lost, and the order of the steps is the order of the commits. Calls
# wait for other transactions, at every isolation level, and can be cancelled.
. test/lib/tap.sh
sessions=50
steps=100

sql <<'SQL'
CREATE EXTENSION agentchat;
CREATE ROLE agentchat_test_worker;
SELECT agentchat.grant_api('agentchat_test_worker') \g /dev/null
INSERT INTO users (id, email) VALUES (md5('ada')::uuid, 'ada@example.com');
INSERT INTO workflows (id, user_id, workflow_id, status, goal)
SELECT md5(w)::uuid, md5('ada')::uuid, w, 'running', '' FROM unnest('{many,one,large}'::text[]) w;
-- What the sessions write after each call, while they have the row: its order is that of the commits.
CREATE TABLE log (place bigserial PRIMARY KEY, session int, step int, answer jsonb);
GRANT INSERT ON log TO agentchat_test_worker;
GRANT USAGE ON log_place_seq TO agentchat_test_worker;
SQL

# Each session calls under row-level security. Some transactions change the workflow once more, and some take a step
# back.
statements() { # SESSION
    echo "SET ROLE agentchat_test_worker; SELECT set_config('request.jwt.claims', jsonb_build_object('sub', md5('ada')::uuid)::text,
        false) \\g /dev/null"
    for ((step = 1; step <= steps; step++)); do
        echo "BEGIN;"
        ((step % 10 != 7)) || echo "SAVEPOINT s;
            SELECT advance_workflow(md5('many')::uuid, step => '{\"undone\": true}') \\g /dev/null
            ROLLBACK TO s;"
        echo "SELECT advance_workflow(md5('many')::uuid, step => '{\"session\": $1, \"step\": $step}') AS answer \\gset
            INSERT INTO log (session, step, answer) VALUES ($1, $step, :'answer');"
        ((step % 3)) || echo "UPDATE workflows SET metadata = jsonb_build_object('of', $1) WHERE id = md5('many')::uuid;"
        echo "COMMIT;"
    done
}
for ((session = 1; session <= sessions; session++)); do
    statements "$session" | sql >"$tmp/$session.log" 2>&1 &
done
wait
is "$(cat "$tmp"/*.log)" '' "$sessions sessions append $steps steps each"
all=$((sessions * steps))
is "$(sql -c "SELECT jsonb_array_length(steps), (SELECT count(DISTINCT step) FROM jsonb_array_elements(steps) step)
    FROM workflows WHERE id = md5('many')::uuid")" "$all|$all" '... no step is lost, and none is there twice'
is "$(sql -c "SELECT count(*) FROM log CROSS JOIN workflows w CROSS JOIN LATERAL (SELECT count(*)::int AS n FROM log l WHERE l.place <= log.place) p
    WHERE w.id = md5('many')::uuid
        AND ((answer ->> 'step_count')::int <> n OR w.steps -> (n - 1) <> jsonb_build_object('session', session, 'step', step))")" 0 \
    '... the order of the steps is that of the commits, and step_count tells the place of each'

# ---- two sessions

waits() { # until a session waits for a lock
    for _ in {1..300}; do
        [[ $(sql -c "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'") == 0 ]] || return 0
        sleep 0.1
    done
    return 1
}
state() { # WORKFLOW
    sql -c "SELECT status, steps FROM workflows WHERE id = md5('$1')::uuid"
}
start_session first
start_session second
tell first '\set VERBOSITY sqlstate'
tell second '\set VERBOSITY sqlstate'
advance() { # WORKFLOW STEP [STATUS]
    local status=${3:+", status => '$3'"}
    echo "SELECT advance_workflow(md5('$1')::uuid, step => '{\"n\": $2}'$status) -> 'step_count';"
}

is "$(tell first "BEGIN; $(advance one 1)")" 1 'one session appends a step and has not ended yet'
tell second "BEGIN; $(advance one 2 failed)" >"$tmp/second" &
teller=$!
ok '... another one waits' waits
is "$(tell first 'ROLLBACK;')" '' '... the first takes it back'
wait "$teller"
is "$(cat "$tmp/second")" 1 '... the second one has its step first'
tell second 'COMMIT;'
is "$(state one)" 'failed|[{"n": 2}]' '... which is stored'

tell first "BEGIN; $(advance one 3 running)" >/dev/null
tell second "BEGIN; $(advance one 4 running)" >"$tmp/second" &
teller=$!
waits
tell first 'COMMIT;'
wait "$teller"
is "$(cat "$tmp/second")" 3 'a step that waited for a commit comes after it'
tell second 'COMMIT;'
is "$(state one)" 'running|[{"n": 2}, {"n": 3}, {"n": 4}]' '... which is stored'

tell first "BEGIN; $(advance one 5 completed)" >/dev/null
tell second "$(advance one 6 failed)" >"$tmp/second" &
teller=$!
waits
tell first 'COMMIT;'
wait "$teller"
is "$(cat "$tmp/second")" 'ERROR:  PT409' 'a move is judged by the status that was committed during the wait'

for level in 'REPEATABLE READ' SERIALIZABLE; do
    tell first "BEGIN ISOLATION LEVEL $level; SELECT FROM workflows;" >/dev/null
    tell second "$(advance one 7)" >/dev/null
    is "$(tell first "$(advance one 8)")" 'ERROR:  40001' "$level: a workflow that has changed since the transaction began"
    tell first 'ROLLBACK;'
    tell second "BEGIN; $(advance one 9)" >/dev/null
    tell first "BEGIN ISOLATION LEVEL $level; $(advance one 10)" >"$tmp/first" &
    teller=$!
    waits
    tell second 'COMMIT;'
    wait "$teller"
    is "$(cat "$tmp/first")" 'ERROR:  40001' "$level: ... one that changes during the wait"
    tell first 'ROLLBACK;'
    like "$(tell first "BEGIN ISOLATION LEVEL $level; $(advance one 11) $(advance one 12) COMMIT;" | tail -n 1)" '^[0-9]+$' "$level: two steps in one transaction"
done

tell first "BEGIN; DELETE FROM workflows WHERE id = md5('one')::uuid;"
tell second "$(advance one 13)" >"$tmp/second" &
teller=$!
waits
tell first 'COMMIT;'
wait "$teller"
is "$(cat "$tmp/second")" 'ERROR:  PT404' 'a workflow that is deleted during the wait'

# ---- cancels

tell first "BEGIN; $(advance large 1)" >/dev/null
tell second "SET statement_timeout = '200ms';"
is "$(tell second "$(advance large 2)")" 'ERROR:  57014' 'a call that waits can be cancelled'
tell first 'COMMIT;'
is "$(state large)" 'running|[{"n": 1}]' '... and has left nothing'

# The first value is stored compressed, and both are read and written as a whole. The time of each call differs.
sql -c "UPDATE workflows SET steps = (SELECT jsonb_agg(jsonb_build_object('n', n, 'text', repeat(md5(n::text), 30)))
    FROM generate_series(1, 20000) n) WHERE id = md5('large')::uuid"
for timeout in 1 2 4 8 16 32 64; do
    tell second "SET statement_timeout = '${timeout}ms'; $(advance large 3)"
done >"$tmp/second"
is "$(grep -vxE '[0-9]+|ERROR:  57014' "$tmp/second")" '' 'calls with 20,000 steps are cancelled at any moment, or succeed'
is "$(sql -c "SELECT jsonb_array_length(steps) = 20000 + $(grep -cxE '[0-9]+' "$tmp/second" || true) FROM workflows WHERE id = md5('large')::uuid")" t \
    '... each that succeeded has added one step'

done_testing
