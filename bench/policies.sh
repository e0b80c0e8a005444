# shellcheck shell=bash
# What row-level security costs a user who is signed in, against the owner of the tables, who is not subject to it. The
# user has 10,000 conversations. As single statements of a client, in turns.
sql <<'END' >/dev/null
CREATE ROLE bench_user;
SELECT agentchat.grant_api('bench_user');
GRANT USAGE ON SCHEMA bench TO bench_user;
INSERT INTO users (id, email) VALUES ('00000000-0000-0000-0000-0000000000be', 'bench@example.com');
UPDATE conversations SET user_id = '00000000-0000-0000-0000-0000000000be'
WHERE id IN (SELECT bench.conversation(size) FROM unnest('{10,1000,10000}'::int[]) size);
INSERT INTO conversations (user_id, title)
SELECT '00000000-0000-0000-0000-0000000000be', 'Conversation ' || n FROM generate_series(1, 10000) n;
VACUUM (ANALYZE) conversations, users;
END
claims='{"sub": "00000000-0000-0000-0000-0000000000be", "role": "authenticated", "email": "bench@example.com",
    "aud": "authenticated", "exp": 1800000000, "app_metadata": {"provider": "email", "providers": ["email"]}}'

as_user() { # COMMAND...
    PGOPTIONS="-c role=bench_user -c request.jwt.claims=$(tr -d '\n ' <<<"$claims")" "$@"
}

policies_row() { # WHAT QUERY
    local query=(latency -T 1 -f "$TMPDIR/policies.sql")
    echo "SELECT pg_column_size(value) FROM ($2) AS query (value);" >"$TMPDIR/policies.sql"
    alternately 5 "as_user ${query[*]}" "${query[*]}" | row "$1, signed in" 'the owner' share 1.2
}

for size in 10 1000 10000; do
    policies_row "get_conversation of $size messages" "SELECT get_conversation(bench.conversation($size))"
done
# The cast to text is what a client gets.
policies_row "get_conversation_json of 1000 messages" "SELECT get_conversation_json(bench.conversation(1000))::text"
policies_row "the newest 50 of 10,000" "SELECT get_conversation(bench.conversation(10000), message_limit => 50)"
policies_row "agent_usage" "SELECT agent_usage('00000000-0000-0000-0000-0000000000be')"
