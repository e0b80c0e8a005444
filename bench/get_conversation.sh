# shellcheck shell=bash
# get_conversation against the same value by SQL.
ours() { # SIZE
    echo "SELECT get_conversation(bench.conversation($1))"
}

by_sql() { # SIZE
    echo "SELECT to_jsonb(c) || jsonb_build_object('messages',
              (SELECT coalesce(jsonb_agg(to_jsonb(m) ORDER BY m.created_at, m.id), '[]')
               FROM messages m WHERE m.conversation_id = c.id))
          FROM conversations c WHERE c.id = bench.conversation($1)"
}

for case in '10 15' '100 30' '1000 35' '10000 20'; do
    read -r size wanted <<<"$case"
    compared "$(ours "$size")" "$(by_sql "$size")" |
        row "get_conversation of $size messages" 'jsonb_agg(to_jsonb(m))' times "$wanted"
done

# As a client sees it that sends each as a new statement: parsed and planned each time.
single() { # QUERY
    tr '\n' ' ' <<<"SELECT pg_column_size(value) FROM ($1) AS query (value);" >"$TMPDIR/single.sql"
    latency -M simple -T 1 -f "$TMPDIR/single.sql"
}
single_ours() { # SIZE
    single "$(ours "$1")"
}
single_by_sql() { # SIZE
    single "$(by_sql "$1")"
}
for size in 10 100 1000 10000; do
    alternately 5 "single_ours $size" "single_by_sql $size" |
        row "get_conversation of $size messages, single statements" 'jsonb_agg(to_jsonb(m))' times ''
done
