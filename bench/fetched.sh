# shellcheck shell=bash
# A conversation that the client fetches: by get_conversation_json, by the SQL of others for the same, and the wire: a
# text of as many bytes. All are prepared, as drivers do, by the same client (pgbench).
#
# repeat() copies its text piece by piece: of a text of one byte, that takes a share of the time (repeat in
# src/backend/utils/adt/oracle_compat.c). In pieces of 1,000 bytes it is no more than copying, sending and fetching.
echo "SELECT get_conversation_json(:conversation);" >"$TMPDIR/rows.sql"
echo "SELECT get_conversation_json(:conversation, 'drizzle');" >"$TMPDIR/drizzle.sql"
cat >"$TMPDIR/jsonb_agg.sql" <<'SQL'
SELECT to_jsonb(c) || jsonb_build_object('messages',
    (SELECT coalesce(jsonb_agg(to_jsonb(m) ORDER BY m.created_at, m.id), '[]')
     FROM messages m WHERE m.conversation_id = c.id))
FROM conversations c WHERE c.id = :conversation;
SQL
echo "SELECT repeat('x', :bytes);" >"$TMPDIR/wire.sql"
echo "SELECT repeat('$(printf '%1000s' '' | tr ' ' x)', :bytes / 1000);" >"$TMPDIR/wire_in_pieces.sql"
contenders=("$TMPDIR"/{rows,drizzle,jsonb_agg,wire,wire_in_pieces}.sql bench/{drizzle,postgrest}.sql)

milliseconds() { # CONTENDER: the file with the milliseconds of its rounds
    echo "$TMPDIR/ms.$(tr / _ <<<"$1")"
}

fetch_in_turns() { # SIZE
    local conversation bytes contender
    read -r conversation bytes < <(sql -F ' ' -v size="$1" \
        <<<'SELECT id, octet_length(get_conversation_json(id)::text) FROM bench.conversation(:size) AS id')
    rm -f "$TMPDIR"/ms.*
    for _ in 1 2 3 4 5; do
        for contender in "${contenders[@]}"; do
            latency -T 1 -D one=1 -D bytes="$bytes" -D conversation="$conversation" -f "$contender" \
                >>"$(milliseconds "$contender")"
        done
    done
}

fetched_row() { # SIZE FORMAT AGAINST FILE HOW WANTED
    paste -d ' ' "$(milliseconds "$TMPDIR/$2.sql")" "$(milliseconds "$4")" |
        row "get_conversation_json of $1 messages, $2" "$3" "$5" "$6"
}

fetched_point() { # SIZE NAME FILE
    point time "$2" "$1" <"$(milliseconds "$3")"
}

# The SIZE, and what is wanted against the SQL of Drizzle and PostgREST, and against the wire. At 10 messages planning,
# parsing and the client are most of it.
for case in '10 - -' '100 6 -' '1000 8 1.5' '10000 8 1.5'; do
    read -r size wanted of_wire <<<"$case"
    fetch_in_turns "$size"
    fetched_row "$size" drizzle 'SQL of Drizzle' bench/drizzle.sql times "${wanted#-}"
    fetched_row "$size" rows 'SQL of PostgREST' bench/postgrest.sql times "${wanted#-}"
    fetched_row "$size" rows 'jsonb_agg(to_jsonb(m))' "$TMPDIR/jsonb_agg.sql" times ''
    fetched_row "$size" rows "repeat('x', bytes)" "$TMPDIR/wire.sql" share "${of_wire#-}"
    fetched_row "$size" rows 'the wire' "$TMPDIR/wire_in_pieces.sql" share ''
    fetched_point "$size" get_conversation_json "$TMPDIR/rows.sql"
    fetched_point "$size" jsonb_agg "$TMPDIR/jsonb_agg.sql"
    fetched_point "$size" "Drizzle's SQL" bench/drizzle.sql
    fetched_point "$size" "PostgREST's SQL" bench/postgrest.sql
    fetched_point "$size" 'the wire' "$TMPDIR/wire_in_pieces.sql"
done
