# shellcheck shell=bash
# Requests per second through the real PostgREST, by signed-in users whose connections stay: get_conversation_json and
# embedding the messages. Where the processors' time goes tells how much any function could gain.
sql -v owner=bench_owner -v password="$PGPASSWORD" -v default_privileges=true -f test/lib/supabase.sql
sql -o /dev/null -c "SELECT agentchat.grant_api('authenticated')"
for case in '10 -' '100 2.5' '1000 6'; do
    read -r size wanted <<<"$case"
    read -r user < <(sql -c "SELECT user_id FROM conversations WHERE id = bench.conversation($size)")
    node bench/http.js "$(sql -c "SELECT bench.conversation($size)")" "$user" >"$TMPDIR/rates"
    cut -d ' ' -f 1,2 "$TMPDIR/rates" |
        row "get_conversation_json of $size messages, over HTTP" 'embedding in PostgREST' rate "${wanted#-}" requests/s
    cut -d ' ' -f 3,4 "$TMPDIR/rates" | row '    in the database' 'embedding in PostgREST' times ''
    cut -d ' ' -f 5,6 "$TMPDIR/rates" | row '    in PostgREST and the client' 'embedding in PostgREST' times ''
    cut -d ' ' -f 1 "$TMPDIR/rates" | point http get_conversation_json "$size"
    cut -d ' ' -f 2 "$TMPDIR/rates" | point http 'embedding' "$size"
done
