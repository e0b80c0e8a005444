# shellcheck shell=bash
# get_conversation_json, whose result the client fetches, against the statements of Drizzle and PostgREST for the same
# conversation. All are prepared, as drivers do; sessions stay, as in a pool.
fetched() { # FILE SIZE: milliseconds
    pgbench -n -M prepared -T 1 -D one=1 -D conversation="$(sql -c "SELECT bench.conversation($2)")" -f "$1" \
        2>/dev/null | sed -n 's/^latency average = \(.*\) ms/\1/p'
}

medians() { # FILE OTHER_FILE SIZE: of both, in milliseconds, in turns of a second each
    local mine=() other=()
    for _ in 1 2 3 4 5; do
        mine+=("$(fetched "$1" "$3")")
        other+=("$(fetched "$2" "$3")")
    done
    echo "$(printf '%s\n' "${mine[@]}" | sort -g | sed -n 3p) $(printf '%s\n' "${other[@]}" | sort -g | sed -n 3p)"
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
