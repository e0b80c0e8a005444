# shellcheck shell=bash
# The SQL edition against the extension, and its reading functions against the statements of Drizzle and PostgREST. Two
# databases with the same rows; all statements are prepared, sessions stay, results are fetched, in turns of a second each.
createdb bench_edition
sed 's/@extschema@/public/g' build/agentchat-sql--*.sql | PGDATABASE=bench_edition sql -f -
PGDATABASE=bench_edition sql -v data=test/data/mt-bench.jsonl -f bench/data.sql >/dev/null
for database in bench bench_edition; do
    PGDATABASE=$database sql -c "SELECT agentchat.enable('runs')" -o /dev/null
done

in_edition() { # DATABASE FILE SIZE
    PGDATABASE=$1 latency -T 1 -D one=1 -D conversation="$(sql -c "SELECT bench.conversation($3)")" \
        -D owner="$(PGDATABASE=$1 sql -c "SELECT user_id FROM conversations WHERE id = bench.conversation($3)")" -f "$2"
}

against_the_extension() { # WHAT SIZE: of $TMPDIR/statement.sql
    alternately 3 "in_edition bench_edition $TMPDIR/statement.sql $2" "in_edition bench $TMPDIR/statement.sql $2" |
        row "SQL edition: $1" 'the extension' share ''
}

against_sql() { # FILE WHOSE SIZE: of $TMPDIR/statement.sql
    alternately 3 "in_edition bench_edition $TMPDIR/statement.sql $3" "in_edition bench_edition bench/$1 $3" |
        row '' "SQL of $2" share 2
}

# FUNCTION FORMAT PEER'S_FILE PEER
while read -r name format file whose; do
    echo "SELECT $name(:conversation, '$format');" >"$TMPDIR/statement.sql"
    for size in ${SIZES:-100 1000 10000}; do
        against_the_extension "$name of $size messages, $format" "$size"
        against_sql "$file" "$whose" "$size"
    done
done <<'END'
get_conversation rows postgrest.sql PostgREST
get_conversation ai-sdk postgrest.sql PostgREST
get_conversation_json rows postgrest.sql PostgREST
get_conversation_json drizzle drizzle.sql Drizzle
get_conversation_json ai-sdk drizzle.sql Drizzle
END

# WHAT, and the statements of a transaction after it
while IFS='|' read -r what statements; do
    echo "$statements" >"$TMPDIR/statement.sql"
    against_the_extension "$what" 1000
done <<'END'
a page of 20 of 1,000 messages|SELECT get_conversation(:conversation, 'ai-sdk', message_limit => 20);
list_conversations, 20|SELECT list_conversations(user_id => :owner);
create_conversation|SELECT create_conversation('x', user_id => :owner);
append_messages, 1|SELECT append_messages(:conversation, '{"role": "user", "parts": [{"type": "text", "text": "Hi"}]}');
append_messages, 100|SELECT append_messages(:conversation, (SELECT jsonb_agg('{"role": "user", "parts": [{"type": "text", "text": "Hi"}]}'::jsonb) FROM generate_series(1, 100)));
update_conversation|SELECT update_conversation(:conversation, metadata => '{"a": 1}');
agent_usage|SELECT agent_usage(:owner);
INSERT of a message, with its triggers|INSERT INTO messages (conversation_id, role, content) VALUES (:conversation, 'user', 'Hi');
a run: its conversation, start, and 20 chunks|WITH r AS (SELECT (start_run(c.id) ->> 'run_id')::uuid AS id FROM create_conversation('x', user_id => :owner) d, LATERAL (SELECT (d ->> 'id')::uuid AS id) c) SELECT append_chunks(id, (SELECT jsonb_agg(jsonb_build_object('type', 'text-delta', 'id', 't', 'delta', 'word ')) FROM generate_series(1, 20)), 1) FROM r;
END
dropdb bench_edition
