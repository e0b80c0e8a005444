# shellcheck shell=bash
# search_messages, until it has 20 messages or all, for one of ten users: without and with the index of
# agentchat.enable('search'), against ILIKE. SEARCH_SIZES is how many messages all users have.

search_rows() { # MESSAGES WITH
    local word slowest all by_sql
    for word in the serendipity xylophone absentword; do
        read -r all slowest < <(sql -F ' ' -c "SELECT * FROM bench.search_median('$word')")
        by_sql=$(sql -c "SELECT bench.search_by_sql('$word')")
        row "search_messages, $1 messages, $2 index, $word" 'ILIKE' times '' <<<"$all $by_sql"
        figure '    the slowest call' "$(printf '%.1f ms' "$slowest")" \
            "$([[ $2 == with ]] && echo '≤ 50 ms' || echo '≤ 200 ms')"
    done
}

for size in ${SEARCH_SIZES:-100000 1000000}; do
    sql -v messages="$size" -f bench/search.sql >/dev/null 2>&1
    search_rows "$size" without
    read -r bytes milliseconds < <(sql -F ' ' <<<"
        SELECT (SELECT sum(length(m.content)) FROM messages m JOIN conversations c ON c.id = m.conversation_id
                WHERE c.user_id = md5('searcher 3')::uuid), all_ms FROM bench.search_median('absentword')")
    figure '    text read without index' "$(awk -v b="$bytes" -v ms="$milliseconds" \
        'BEGIN { printf "%.0f MB/s", b / ms / 1000 }')" '≥ 300 MB/s'
    started=$(date +%s%N)
    sql -c "SELECT agentchat.enable('search')" >/dev/null 2>&1
    figure "    agentchat.enable('search')" \
        "$(awk -v ns="$(($(date +%s%N) - started))" 'BEGIN { printf "%.1f s", ns / 1e9 }')"
    figure '    size of the index, of the messages' "$(sql -c "SELECT format('%s %%', round(100.0 *
        (pg_total_relation_size('search_grams') + pg_total_relation_size('search_segments')) /
        pg_total_relation_size('messages')))")"
    search_rows "$size" with
    sql -c "SELECT agentchat.disable('search')" -c 'TRUNCATE search_grams, search_segments, search_pending' >/dev/null
done
