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

for case in '10 3×' '100 12×' '1000 25×' '10000 20×'; do
    read -r size wanted <<<"$case"
    read -r fast slow < <(sql -F ' ' -v ours="$(ours "$size")" -v by_sql="$(by_sql "$size")" \
        <<<"SELECT * FROM bench.compare(:'ours', :'by_sql')")
    row "get_conversation of $size messages" 'jsonb_agg(to_jsonb(m))' "$(times "$fast" "$slow")" "$wanted"
done

# As a client sees it that sends each as a new statement: parsed and planned each time.
latency() { # QUERY: milliseconds
    pgbench -n -T 1 -f <(tr '\n' ' ' <<<"SELECT pg_column_size(value) FROM ($1) AS query (value);") 2>/dev/null |
        sed -n 's/^latency average = \(.*\) ms/\1/p'
}
median() {
    sort -g | sed -n 3p
}
for size in 10 100 1000 10000; do
    fast=() slow=()
    for _ in 1 2 3 4 5; do
        fast+=("$(latency "$(ours "$size")")")
        slow+=("$(latency "$(by_sql "$size")")")
    done
    row "    as single statements of pgbench, $size messages" 'jsonb_agg(to_jsonb(m))' \
        "$(times "$(printf '%s\n' "${fast[@]}" | median)" "$(printf '%s\n' "${slow[@]}" | median)")" ''
done
