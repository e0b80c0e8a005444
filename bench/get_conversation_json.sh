# shellcheck shell=bash
# get_conversation_json, whose result the client fetches, against the statements of Drizzle and PostgREST for the same
# conversation. All are prepared, as drivers do; sessions stay, as in a pool.
fetched() { # FILE SIZE
    latencies "$(basename "$1")" -D one=1 -D conversation="$(sql -c "SELECT bench.conversation($2)")" -f "$1"
}

medians() { # FILE OTHER_FILE SIZE: of both, in milliseconds, in turns of a second each
    rm -f "$TMPDIR"/times.*
    for _ in 1 2 3 4 5; do
        fetched "$1" "$3"
        fetched "$2" "$3"
    done
    echo "$(median_latency "$(basename "$1")") $(median_latency "$(basename "$2")")"
}

for case in 'drizzle drizzle.sql Drizzle' 'rows postgrest.sql PostgREST'; do
    read -r format file whose <<<"$case"
    echo "SELECT get_conversation_json(:conversation, '$format');" >"$TMPDIR/json.sql"
    for wanted in '100 4×' '1000 6×' '10000 6×'; do
        read -r size wanted <<<"$wanted"
        read -r fast slow < <(medians "$TMPDIR/json.sql" "bench/$file" "$size")
        row "get_conversation_json of $size messages, $format" "SQL of $whose" "$(times "$fast" "$slow")" "$wanted"
    done
done
