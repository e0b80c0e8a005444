# shellcheck shell=bash
# Answers that are written as runs, in a copy of the database that has the feature.
createdb -T bench bench_runs
in_copy() { # a command
    PGDATABASE=bench_runs "$@"
}
in_copy sql -o /dev/null -c "SELECT * FROM agentchat.enable('runs')"

# get_conversation where the feature is on, against a database without it: in turns of a second each.
for size in 10 100 1000; do
    echo "SELECT pg_column_size(get_conversation(bench.conversation($size)));" >"$TMPDIR/conversation.sql"
    read_once="latency -T 1 -f $TMPDIR/conversation.sql"
    alternately 5 "$read_once bench_runs" "$read_once bench" |
        row "get_conversation of $size messages, feature runs on" 'feature off' share 1.05
done

in_copy sql -f bench/runs.sql >/dev/null

# What an answer of a minute leaves behind, in kB: WAL, and dead rows. The first answer after the checkpoint does not
# count: it writes whole pages to the WAL.
left_behind() { # WAY
    in_copy sql -o /dev/null -c 'VACUUM messages, conversations, runs, run_chunks' -c CHECKPOINT \
        -c "CALL bench.write('$1', bench.conversation(10))" -c 'VACUUM messages, conversations, runs, run_chunks'
    in_copy sql -F ' ' -v way="$1" <<'SQL'
SELECT pg_current_wal_insert_lsn() AS wal \gset
CALL bench.write(:'way', bench.conversation(100));
SELECT (pg_current_wal_insert_lsn() - :'wal') / 1000, bench.dead_bytes() / 1000;
SQL
}

read -r message_wal message_dead < <(left_behind message)
for case in 'merged 10 100 ms merged' 'raw - 20 chunks a call'; do
    read -r way wanted how <<<"$case"
    read -r wal dead < <(left_behind "$way")
    row "WAL of an answer of a minute, $how" 'row each 250 ms' times "${wanted#-}" kB <<<"$wal $message_wal"
    row '    dead rows after it' 'row each 250 ms' times "${wanted#-}" kB <<<"$dead $message_dead"
done

# Neither grows with the number of runs that are kept.
times_with() { # RUNS
    in_copy sql -F ' ' -c "CALL bench.keep_runs($1)" -c 'CALL bench.time_calls(NULL, NULL, NULL)'
}
read -r append poll idle < <(times_with 100)
read -r append_many poll_many idle_many < <(times_with 100000)
row 'append_chunks of 20, 100,000 runs kept' '100 runs kept' share 1.25 <<<"$append_many $append"
row 'read_chunks of the newest 20, 100,000 runs kept' '100 runs kept' share 1.25 <<<"$poll_many $poll"
row 'read_chunks without news, 100,000 runs kept' '100 runs kept' share 1.25 <<<"$idle_many $idle"

# Readers that poll, each as a prepared statement over a connection of a pool.
polls() { # AFTER: a second
    echo "SELECT read_chunks(bench.conversation(1000), NULL, $1);" >"$TMPDIR/poll.sql"
    in_copy pgbench -n -M prepared -c 8 -T 5 -f "$TMPDIR/poll.sql" 2>/dev/null | sed -n 's/^tps = \([0-9]*\).*/\1/p'
}
in_copy sql -o /dev/null -c "SELECT append_chunks((start_run(bench.conversation(1000)) ->> 'run_id')::uuid,
    (SELECT jsonb_agg(chunk) FROM (SELECT jsonb_array_elements(value) FROM bench.call WHERE way = 'raw') AS c (chunk)), 1)"
figure 'polls of read_chunks a second, without news' "$(polls 1506)" '1,000 readers: 10,000'
figure '    that get 3 chunks' "$(polls 1503)"

# 500 answers at once: every client writes a batch, and the next one 100 ms after its end, for 20 seconds. Commits wait
# for the disk, as they do elsewhere. Prints how many batches were written a second, and how long each took.
written_by() { # CLIENTS
    in_copy pgbench -n -M prepared -c "$1" -j 2 -t 200 -D next=0 -f "$TMPDIR/writer.sql" 2>"$TMPDIR/errors" |
        awk '/^latency average/ { ms = $4 - 100 } /^tps/ { tps = $3 } END { printf "%.0f/s, each in %.1f ms\n", tps, ms }'
}
cat >"$TMPDIR/writer.sql" <<'SQL'
\if :next = 0
    SELECT start_run(id) ->> 'run_id' AS run FROM bench.writer WHERE n = :client_id \gset
    \set next 1
    \set batch 1
\endif
SELECT append_chunks(:run, value, :next) ->> 'next_seq' AS next FROM bench.call WHERE way = 'merged' AND n = :batch \gset
\set batch :batch + 1
\sleep 100 ms
SQL
in_copy sql -o /dev/null -c 'ALTER SYSTEM SET fsync = on' -c 'SELECT pg_reload_conf()'
for writers in 50 500; do
    in_copy sql -o /dev/null -c "DELETE FROM runs WHERE status = 'running'"
    figure "$writers answers at once, a batch each 100 ms" "$(written_by "$writers")" "$((writers * 10))/s"
done
in_copy sql -o /dev/null -c 'ALTER SYSTEM RESET fsync' -c 'SELECT pg_reload_conf()'
dropdb bench_runs
