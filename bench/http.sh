# shellcheck shell=bash
# Requests per second through the real PostgREST, by signed-in users whose connections stay: get_conversation_json and
# embedding the messages.
sql -v owner=bench_owner -v password="$PGPASSWORD" -v default_privileges=true -f test/lib/supabase.sql
sql -o /dev/null -c "SELECT agentchat.grant_api('authenticated')"
for case in '10 -' '100 2.5' '1000 6'; do
    read -r size wanted <<<"$case"
    read -r user < <(sql -c "SELECT user_id FROM conversations WHERE id = bench.conversation($size)")
    node bench/http.js "$(sql -c "SELECT bench.conversation($size)")" "$user" >"$TMPDIR/rates"
    row "get_conversation_json of $size messages, over HTTP" 'embedding in PostgREST' rate "${wanted#-}" requests/s \
        <"$TMPDIR/rates"
    cut -d ' ' -f 1 "$TMPDIR/rates" | point http get_conversation_json "$size"
    cut -d ' ' -f 2 "$TMPDIR/rates" | point http 'embedding' "$size"
done
