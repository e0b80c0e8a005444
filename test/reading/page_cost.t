#!/usr/bin/env bash
# The newest 50 messages, and 50 from the middle, cost the same in a conversation of 100,000 (MESSAGES) as in one of 100.
# The cost is the number of pages of tables and indexes that are read, because times vary.
. test/lib/tap.sh
messages=${MESSAGES:-100000}
# A larger index has one or two more levels, and each of up to four searches passes them.
most_more=8

sql -o /dev/null <<SQL
CREATE EXTENSION agentchat;
INSERT INTO users (id, email) VALUES (md5('ada')::uuid, 'ada@example.com');
INSERT INTO conversations (id, user_id, title)
SELECT md5(title)::uuid, md5('ada')::uuid, title FROM unnest('{short,long}'::text[]) title;
-- As in a restore, which keeps the times.
SET row_security = off;
INSERT INTO messages (id, conversation_id, role, content, created_at)
SELECT md5(title || n)::uuid, md5(title)::uuid, 'user', 'Message ' || n, timestamp '2025-01-01' + n * interval '1 s'
FROM (VALUES ('short', 100), ('long', $messages)) v (title, size), generate_series(1, size) n;
RESET row_security;
VACUUM (ANALYZE) conversations, messages;

-- Pages that the query looks at.
CREATE FUNCTION pages(query text) RETURNS bigint LANGUAGE plpgsql AS \$\$
DECLARE
    plan json;
BEGIN
    EXECUTE 'EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ' || query INTO plan;
    RETURN (plan -> 0 -> 'Plan' ->> 'Shared Hit Blocks')::bigint + (plan -> 0 -> 'Plan' ->> 'Shared Read Blocks')::bigint;
END \$\$;
SQL

# In one session, which has planned its statements after both have been read.
pages() { # FUNCTION FORMAT BEFORE: of the short one, and of the long one
    sql -F ' ' <<SQL
CREATE TEMP TABLE q AS
SELECT title, format('SELECT $1(%L, %L, 50, %L)', md5(title), '$2', $3) AS query
FROM (VALUES ('short', 100), ('long', $messages)) v (title, size);
SELECT count(pages(query)) FROM q, generate_series(1, 3) \g /dev/null
SELECT max(pages) FILTER (WHERE title = 'short'), max(pages) FILTER (WHERE title = 'long')
FROM (SELECT title, pages(query) FROM q) p;
SQL
}

for function in get_conversation get_conversation_json; do
    for format in rows drizzle; do
        while IFS='|' read -r what before; do
            read -r short long < <(pages "$function" "$format" "$before")
            ok "$function, $format: $what, $short pages and $long" test "$long" -le $((short + most_more)) -a "$short" -gt 0
        done <<'END'
newest 50|NULL
50 before the middle|md5(title || size / 2)::uuid
END
    done
done

done_testing
