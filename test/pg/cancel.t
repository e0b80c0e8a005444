#!/usr/bin/env bash
# Queries that are cancelled in the middle of get_conversation.
. test/lib/tap.sh

sql <<'END'
CREATE EXTENSION agentchat;
INSERT INTO users (email) VALUES ('ada@example.com');
INSERT INTO conversations (id, user_id, title)
SELECT md5(title)::uuid, id, title FROM users, unnest('{long, short}'::text[]) AS title;
INSERT INTO messages (conversation_id, role, content, created_at)
SELECT md5(CASE WHEN n > 3 THEN 'long' ELSE 'short' END)::uuid, 'user', n,
    timestamp '2026-01-05' + n * interval '1 second'
FROM generate_series(1, 100003) n;
ANALYZE messages;

CREATE FUNCTION count(result jsonb) RETURNS int LANGUAGE sql AS
$$ SELECT jsonb_array_length(result -> 'messages') $$;
-- The session has one set of statements, and less than 4 MB.
CREATE VIEW little_memory AS
SELECT count(*) FILTER (WHERE name = 'agentchat conversation statements') = 1 AND sum(total_bytes) < 4e6
FROM pg_backend_memory_contexts;
END

long="get_conversation(md5('long')::uuid)"
page="get_conversation(md5('long')::uuid, message_limit => 50000)"
short="get_conversation(md5('short')::uuid)"
cancelled='ERROR:  canceling statement due to (user request|statement timeout)|^CONTEXT: '

start_session reader
pid=$(tell reader 'SELECT pg_backend_pid();')

# A call that would go on for minutes: the cast of one column takes a millisecond.
sql <<'END'
CREATE TYPE slow AS ENUM ('x');
CREATE FUNCTION to_json(slow) RETURNS json LANGUAGE sql AS $$ SELECT json_build_array(pg_sleep(0.001)) $$;
CREATE CAST (slow AS json) WITH FUNCTION to_json(slow);
ALTER TABLE messages ADD COLUMN slow slow DEFAULT 'x';
END
echo "SELECT $long;" >&"${session_in[reader]}"
for _ in {1..100}; do
    [[ $(sql -c "SELECT state FROM pg_stat_activity WHERE pid = $pid") != active ]] || break
    sleep 0.1
done
sleep 0.5
SECONDS=0
sql -c "SELECT pg_cancel_backend($pid)" >/dev/null
like "$(tell reader '')" 'canceling statement due to user request' "a query is cancelled"
limit "... soon" test "$SECONDS" -lt 5
sql -c 'ALTER TABLE messages DROP COLUMN slow'
is "$(tell reader "SELECT count($long);")" 100000 "... and the session goes on"

# At many points.
for ((ms = 1; ms <= 120; ms += 4)); do
    tell reader "SET statement_timeout = $ms; SELECT count($long); SELECT count($page);"
    tell reader "RESET statement_timeout;"
done >"$tmp/timeouts"
ok "queries run into timeouts" grep -q timeout "$tmp/timeouts"
is "$(grep -vE "$cancelled|^(100000|50000)$" "$tmp/timeouts")" "" "... and nothing else happens"
is "$(tell reader "SELECT count($long);")" 100000 "... and the session goes on"
is "$(tell reader 'TABLE little_memory;')" t "... with little memory"

# During the preparation of statements: a GRANT makes the session prepare them again.
sql -c "SELECT count(pg_cancel_backend($pid)), count(pg_sleep(0.001)) FROM generate_series(1, 1500)" \
    >/dev/null &
for ((n = 0; n < 1000; n++)); do
    tell reader "GRANT SELECT ON messages TO PUBLIC; SELECT count($short);"
done >"$tmp/cancels"
wait $!
ok "queries are cancelled while they prepare" grep -q 'user request' "$tmp/cancels"
is "$(grep -vE "$cancelled|^3$" "$tmp/cancels")" "" "... and nothing else happens"
is "$(tell reader "SELECT count($short);")" 3 "... and the session goes on"
is "$(tell reader 'TABLE little_memory;')" t "... with little memory"
done_testing
