# shellcheck shell=bash
# get_conversation_json, whose result the client fetches, against the statements of Drizzle and PostgREST for the same
# conversation. All are prepared, as drivers do; sessions stay, as in a pool.
fetched() { # FILE SIZE: appends the microseconds of each time to $TMPDIR/times.FILE
    rm -f "$TMPDIR"/log.*
    pgbench -n -M prepared -T 1 -D one=1 -D conversation="$(sql -c "SELECT bench.conversation($2)")" -f "$1" \
        --log --log-prefix="$TMPDIR/log" >/dev/null 2>&1
    cut -d ' ' -f 3 "$TMPDIR"/log.* >>"$TMPDIR/times.$(basename "$1")"
}

medians() { # FILE OTHER_FILE SIZE: of both, in milliseconds, in turns of a second each
    local file
    rm -f "$TMPDIR"/times.*
    for _ in 1 2 3 4 5; do
        fetched "$1" "$3"
        fetched "$2" "$3"
    done
    for file in "$1" "$2"; do
        sort -n "$TMPDIR/times.$(basename "$file")" | awk '{ t[NR] = $1 } END { print t[int((NR + 1) / 2)] / 1000 }'
    done | paste -sd' '
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
