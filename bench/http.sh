# shellcheck shell=bash
# Requests per second through the real PostgREST, by signed-in users whose connections stay: get_conversation_json and
# embedding the messages.
sql -v owner=bench_owner -v password="$PGPASSWORD" -v default_privileges=true -f test/lib/supabase.sql
sql -o /dev/null -c "SELECT agentchat.grant_api('authenticated')"
for case in '100 2×' '1000 5×'; do
    read -r size wanted <<<"$case"
    read -r user < <(sql -c "SELECT user_id FROM conversations WHERE id = bench.conversation($size)")
    read -r fast slow < <(node bench/http.js "$(sql -c "SELECT bench.conversation($size)")" "$user")
    row "get_conversation_json of $size messages, over HTTP" 'embedding in PostgREST' \
        "$(awk -v a="$fast" -v b="$slow" 'BEGIN { printf "%.1f× (%.0f to %.0f requests/s)", a / b, a, b }')" "$wanted"
done
