#!/usr/bin/env bash
# Ten sessions import the same source at once. All succeed, one of them writes each row, and the others find it.
. test/lib/tap.sh

sql <<SQL
CREATE EXTENSION agentchat;
\i test/data/vercel_chatbot/0000_initial.sql
\i test/lib/vercel_chatbot_rows.sql
INSERT INTO users (id, email) VALUES (md5('ada')::uuid, 'ada@example.com'), (md5('bob')::uuid, 'bob@example.com');
INSERT INTO conversations (user_id, title) SELECT md5('bob')::uuid, n::text FROM generate_series(1, 100) n;
CREATE TABLE exports AS SELECT agentchat.export_user(md5('bob')::uuid) AS bob;
SELECT agentchat.delete_user(md5('bob')::uuid);
SQL

at_once() { # NAME CALL
    local session reports rows
    for session in {1..10}; do
        sql -c "SELECT sum(written) FROM $2" >"$tmp/$session.written" 2>"$tmp/$session.error" &
    done
    wait
    reports=$(cat "$tmp"/*.error | grep -v NOTICE || true)
    is "$reports" '' "$1: no session fails"
    rows=$(cat "$tmp"/*.written | sort -n | uniq -c | awk '{ print ($2 == 0 ? "0" : "more") ": " $1 }')
    is "$rows" $'0: 9\nmore: 1' "$1: one writes"
    is "$(sql -c 'SELECT * FROM agentchat.check()')" '' "$1: nothing is wrong with the tables"
}

chatgpt=$(tr -d "'" <test/data/exports/chatgpt.json)
claude=$(tr -d "'" <test/data/exports/claude.json)
at_once import_vercel_chatbot "agentchat.import_vercel_chatbot('public')"
at_once import_chatgpt "agentchat.import_chatgpt(md5('ada')::uuid, '$chatgpt')"
at_once import_claude "agentchat.import_claude(md5('ada')::uuid, '$claude')"
at_once import_user "agentchat.import_user((SELECT bob FROM exports))"
done_testing
