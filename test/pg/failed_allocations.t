#!/usr/bin/env bash
# After an allocation has failed, a transaction goes on from its savepoint, and a new session has the extension and keeps
# no plan for nothing. make faults does more, in every function.
. test/lib/faults.sh

start_faulty_cluster
sql <<'END'
CREATE EXTENSION agentchat;
INSERT INTO users (email) VALUES ('ada@example.com');
INSERT INTO conversations (id, user_id, title) SELECT md5('c')::uuid, id, 'c' FROM users;
INSERT INTO messages (conversation_id, role, content, created_at)
VALUES (md5('c')::uuid, 'user', 'Only a message that comes after it is as late', '2100-01-01');
END

# Servers with assertions, sanitizers or Valgrind are slow: fewer of the allocations fail there.
step=${INSTRUMENTED:+25}

# Runs SQL in a new session, after each error too. Its errors go to $tmp/errors.
in_session() {
    psql -XAtq 2>"$tmp/errors"
}

# Whether allocations have failed, and none was left for the last of so many statements.
all_failed() { # COUNT
    local failed
    failed=$(grep -c 'Injected: ' "$tmp/errors")
    echo "# $failed failures"
    ((failed > $1 / 4 && failed < $1))
}

say="INSERT INTO messages (conversation_id, role, content) VALUES (md5('c')::uuid, 'user', 'Hello') RETURNING created_at"
for ((n = 1; n <= 2000; n += ${step:-1})); do
    echo "BEGIN; SAVEPOINT s; SET faults.fail_after = $n;"
    echo "/*fail*/ $say \\g /dev/null"
    echo "ROLLBACK TO s; $say; ROLLBACK;"
done | in_session >"$tmp/times"
ok 'each allocation of an INSERT fails in a savepoint' all_failed $((2000 / ${step:-1}))
is "$(sort -u "$tmp/times")" '2100-01-01 00:00:00.000001' '... and the next message of the transaction has the right time'

read="SELECT get_context(md5('c')::uuid, 100) -> 'messages' -> 0 ->> 'role'"
plans="SELECT count(*), ident FROM pg_backend_memory_contexts WHERE name = 'CachedPlanSource' GROUP BY 2 ORDER BY 2;"
{
    # On PostgreSQL 18, a session crashes that lacked memory for its cache of types: lookup_type_cache() in
    # src/backend/utils/cache/typcache.c makes two tables and a list, and takes the first table for all of them. So it
    # has them before.
    echo "SELECT n FROM generate_series(1, 2) n ORDER BY 1 \\g /dev/null"
    for ((n = 1; n <= 5000; n += ${step:-1})); do
        echo "SET faults.fail_after = $n;"
        echo "/*fail*/ $read \\g $tmp/role"
    done
    echo "$plans"
} | in_session >"$tmp/plans"
ok 'each allocation of get_context() fails in a new session' all_failed $((5000 / ${step:-1}))
is "$(cat "$tmp/role")" user '... and then it passes'
expected=$(printf '%s\n' "$read \\g /dev/null" "$plans" | in_session)
is "$(cat "$tmp/plans")" "$expected" '... and has no more plans than without a failure'

done_testing
