#!/usr/bin/env bash
# start_run() by many sessions at once starts one run, at every isolation level. It waits for sessions that write.
. test/lib/tap.sh

sql -c 'CREATE EXTENSION agentchat' -c "SELECT * FROM agentchat.enable('runs')" >/dev/null
sql <<'END'
INSERT INTO users (id, email) VALUES ('ada00000-0000-4000-8000-000000000000', 'ada@example.com');
INSERT INTO conversations (id, user_id, title)
VALUES ('c0000000-0000-4000-8000-000000000000', 'ada00000-0000-4000-8000-000000000000', 'Chat');
END
conversation="'c0000000-0000-4000-8000-000000000000'::uuid"

# Makes a running run, which has been silent for so long, with one chunk.
silent_run() { # AGE
    sql >/dev/null <<END
SET row_security = off;
DELETE FROM runs;
SELECT start_run($conversation);
UPDATE runs SET started_at = started_at - interval '$1';
INSERT INTO run_chunks (run_id, seq, chunk, created_at) SELECT id, 1, '{}', started_at FROM runs;
END
}

# Twenty sessions run a statement each, all at once; each has taken its snapshot before, if its level has one. Prints
# the SQLSTATEs of the errors and "done", with their numbers.
together() { # LEVEL STATEMENT...: the sessions take turns with the statements
    local session pids=() statements=("${@:2}")
    for session in {1..20}; do
        cat >"$tmp/$session.sql" <<END
\set VERBOSITY sqlstate
BEGIN ISOLATION LEVEL $1;
DO \$\$ BEGIN PERFORM count(*) FROM runs; END \$\$;
DO \$\$ BEGIN PERFORM pg_advisory_lock_shared(1); END \$\$;
DO \$\$ BEGIN PERFORM ${statements[session % ${#statements[@]}]}; END \$\$;
COMMIT;
\echo done
END
    done
    tell gate 'SELECT pg_advisory_lock(1);' >/dev/null
    for session in {1..20}; do
        psql -XAtq -v ON_ERROR_STOP=1 -f "$tmp/$session.sql" >"$tmp/$session.out" 2>&1 &
        pids+=($!)
    done
    until [[ $(sql -c "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted") == 20 ]]; do sleep 0.05; done
    tell gate 'SELECT pg_advisory_unlock(1);' >/dev/null
    for session in "${pids[@]}"; do wait "$session" || true; done
    cat "$tmp"/{1..20}.out | sed 's/.*ERROR:  //' | sort | uniq -c | awk '{ printf "%s%s %s", (NR > 1 ? ", " : ""), $2, $1 }'
}

# The functions in SQL see only the snapshot of the transaction. Where those in C++ go on, they raise 40001.
sees_one_snapshot() { # LEVEL
    [[ ${EDITION-} == sql && $1 != 'READ COMMITTED' ]]
}

counts() { # the runs, by status
    sql -c "SELECT string_agg(status || ' ' || n, ', ' ORDER BY status) FROM (SELECT status, count(*) n FROM runs GROUP BY 1) r"
}

start_session gate
for level in 'READ COMMITTED' 'REPEATABLE READ' 'SERIALIZABLE'; do
    late='PT409 19, done 1' recovered='done 20'
    if sees_one_snapshot "$level"; then late='40001 19, done 1' recovered=$late; fi
    sql -c 'DELETE FROM runs'
    is "$(together "$level" "start_run($conversation)")" "$late" "$level: one of twenty sessions starts a run"
    is "$(counts)" 'running 1' '... there is one'
    silent_run '31 s'
    is "$(together "$level" "start_run($conversation)")" "$late" '... one takes a silent run over'
    is "$(counts)" 'failed 1, running 1' '... there are two'
    silent_run '2 min'
    is "$(together "$level" "recover_run($conversation)")" "$recovered" '... all may recover a silent run'
    is "$(counts)" 'failed 1' '... it fails once'
    silent_run '29 s'
    is "$(together "$level" "stop_run($conversation)" | grep -c '^done 20$\|^40001 [0-9]*, done [0-9]*$')" 1 '... all may stop it'
    is "$(sql -c 'SELECT count(*) FROM runs WHERE stop_requested_at IS NOT NULL')" 1 '... it is asked to'
done
silent_run '2 min'
outcome=$(together 'READ COMMITTED' "start_run($conversation)" "recover_run($conversation)" 'agentchat.sweep_runs()' "stop_run($conversation)")
like "$outcome" '^PT409 4, done 16$' 'starts, recoveries, sweeps and stops at once do not deadlock'
is "$(counts)" 'failed 1, running 1' '... one run fails, and one starts'

# A call waits for another session that writes to the run, and sees what it has written.
start_session writer
start_session other
waits() { # until a session waits for a lock
    until [[ $(sql -c "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'") == 1 ]]; do sleep 0.05; done
}
for level in 'READ COMMITTED' 'REPEATABLE READ' 'SERIALIZABLE'; do
    silent_run '31 s'
    tell writer 'BEGIN;' >/dev/null
    tell writer "INSERT INTO run_chunks (run_id, seq, chunk, created_at) SELECT id, 2, '{}', clock_timestamp() AT TIME ZONE 'utc' FROM runs;" >/dev/null
    tell other "BEGIN ISOLATION LEVEL $level; SELECT count(*) FROM runs;" >/dev/null
    tell other "SELECT start_run($conversation);" >"$tmp/other" &
    pid=$!
    waits
    tell writer 'COMMIT;' >/dev/null
    wait "$pid"
    late='a run is in progress'
    if sees_one_snapshot "$level"; then late='could not serialize access'; fi
    like "$(cat "$tmp/other")" "ERROR:  $late" "$level: a chunk that comes while start_run() waits is a sign of life"
    tell other 'ROLLBACK;' >/dev/null

    sql -c 'DELETE FROM runs'
    tell writer "BEGIN; SELECT start_run($conversation);" >/dev/null
    tell other "BEGIN ISOLATION LEVEL $level; SELECT count(*) FROM runs;" >/dev/null
    tell other "SELECT start_run($conversation) ->> 'status';" >"$tmp/other" &
    pid=$!
    waits
    tell writer 'ROLLBACK;' >/dev/null
    wait "$pid"
    is "$(cat "$tmp/other")" running "... a run whose start is rolled back stands in nobody's way"
    tell other 'COMMIT;' >/dev/null
done

silent_run '1 s'
tell writer "BEGIN; UPDATE runs SET status = 'finished', finished_at = now();" >/dev/null
tell other "SELECT stop_run($conversation);" >"$tmp/other" &
pid=$!
waits
tell writer 'COMMIT;' >/dev/null
wait "$pid"
is "$(cat "$tmp/other")" '{"status": "none"}' 'a stop that waits for the end of the run finds none'

# A sweep passes by what others have locked.
silent_run '2 min'
tell writer 'BEGIN; SELECT FROM runs FOR UPDATE;' >/dev/null
is "$(sql -c 'SELECT count(*) FROM agentchat.sweep_runs()')" 0 'a sweep does not wait for a run that is locked'
tell writer 'COMMIT;' >/dev/null
is "$(sql -c 'SELECT count(*) FROM agentchat.sweep_runs()')" 1 '... the next one finds it'

done_testing
