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

policy_latency() { # QUERY: milliseconds
    pgbench -n -M prepared -T 1 -f <(echo "SELECT pg_column_size(value) FROM ($1) AS query (value);") 2>/dev/null |
        sed -n 's/^latency average = \(.*\) ms/\1/p'
}

policies_row() { # WHAT QUERY
    local owner=() user=()
    for _ in 1 2 3 4 5; do
        owner+=("$(policy_latency "$2")")
        user+=("$(as_user policy_latency "$2")")
    done
    row "$1, signed in" 'the owner' "$(awk -v a="$(printf '%s\n' "${user[@]}" | sort -g | sed -n 3p)" \
        -v b="$(printf '%s\n' "${owner[@]}" | sort -g | sed -n 3p)" 'BEGIN { printf "%.2f× (%.3g ms to %.3g ms)", a / b, a, b }')" \
        '≤ 1.2×'
}

for size in 10 1000 10000; do
    policies_row "get_conversation of $size messages" "SELECT get_conversation(bench.conversation($size))"
done
policies_row "the newest 50 of 10,000" "SELECT get_conversation(bench.conversation(10000), message_limit => 50)"
policies_row "agent_usage" "SELECT agent_usage('00000000-0000-0000-0000-0000000000be')"
