#!/usr/bin/env bash
# A conversation of 20,000 messages, many with the same time, is read page by page from its end to its beginning while
# others write to it: every message is returned once, in order.
. test/lib/tap.sh
writers=3

sql -o /dev/null <<'SQL'
CREATE EXTENSION agentchat;
INSERT INTO users (id, email) VALUES (md5('ada')::uuid, 'ada@example.com');
INSERT INTO conversations (id, user_id, title)
SELECT md5(title)::uuid, md5('ada')::uuid, title FROM unnest('{long,other}'::text[]) title;
-- As in a restore, or a trigger would move the times apart.
SET row_security = off;
INSERT INTO messages (conversation_id, role, content, created_at)
SELECT md5(title)::uuid, 'user', n, timestamp '2025-01-01' + n / 700 * interval '1 s'
FROM generate_series(1, 20000) n, unnest('{long,other}'::text[]) title;
RESET row_security;
CREATE TABLE old AS SELECT id FROM messages WHERE conversation_id = md5('long')::uuid;
ANALYZE;
CREATE TABLE writing ();

CREATE TABLE seen (page int, place int, id uuid, created_at timestamp);
-- Each page has a snapshot of its own.
CREATE PROCEDURE read_all(function_name text, format text) LANGUAGE plpgsql AS $$
DECLARE
    document json;
    before text;
    page int := 0;
BEGIN
    TRUNCATE seen;
    PERFORM setseed(0.1);
    LOOP
        COMMIT;
        EXECUTE format('SELECT %I($1, $2, $3, $4)::json', function_name)
        INTO document USING md5('long')::uuid, format, 1 + floor(random() ^ 2 * 900)::int, before;
        page := page + 1;
        INSERT INTO seen
        SELECT page, n, (m ->> 'id')::uuid, coalesce(m ->> 'created_at', m ->> 'createdAt')::timestamp
        FROM json_array_elements(document -> 'messages') WITH ORDINALITY AS e (m, n);
        EXIT WHEN NOT (document ->> 'has_more')::boolean;
        before := document -> 'messages' -> 0 ->> 'id';
    END LOOP;
END $$;
SQL

# shellcheck disable=SC2016 # SQL's dollars, not the shell's
writer='DO $$
BEGIN
    WHILE to_regclass($q$writing$q$) IS NOT NULL LOOP
        INSERT INTO messages (conversation_id, role, content)
        SELECT md5(title)::uuid, $q$user$q$, n FROM generate_series(1, 3) n, unnest($q${long,other}$q$::text[]) title;
        COMMIT;
    END LOOP;
END $$'
for ((n = 0; n < writers; n++)); do
    sql -c "$writer" >"$tmp/writer.$n" 2>&1 &
done

for function in get_conversation get_conversation_json; do
    for format in rows drizzle; do
        sql -c "CALL read_all('$function', '$format')"
        is "$(sql -c 'SELECT max(page) > 40 FROM seen')" t "$function, $format: there are many pages"
        is "$(sql -c 'SELECT count(*) FROM old WHERE id NOT IN (SELECT id FROM seen)')" 0 \
            '... on which each message is that was there'
        is "$(sql -c 'SELECT count(*) - count(DISTINCT id) FROM seen')" 0 '... and none twice'
        is "$(sql -c "SELECT count(*) FROM (SELECT (m.created_at, m.id) AS this,
                    lag((m.created_at, m.id)) OVER (ORDER BY page DESC, place) AS before
                FROM seen JOIN messages m USING (id)) o WHERE before > this")" 0 '... in order'
    done
done
written=$(sql -c "SELECT count(*) > 20000 FROM messages WHERE conversation_id = md5('long')::uuid")
is "$written" t 'others have written in the meantime'
sql -c 'DROP TABLE writing'
wait
is "$(cat "$tmp"/writer.*)" '' '... without an error'

done_testing
