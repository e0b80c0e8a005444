#!/usr/bin/env bash
# list_conversations pages through 100,000 conversations with the same time while others write, a page has a fixed cost,
# and forged cursors are refused.
. test/lib/tap.sh

ada=00000000-0000-0000-0000-0000000000a1
claims="SET request.jwt.claims = '{\"sub\": \"$ada\"}'; SET ROLE authenticated;"

sql <<END_OF_SQL
CREATE ROLE authenticated;
CREATE EXTENSION agentchat;
INSERT INTO users (id, email) VALUES ('$ada', 'ada@example.com');
INSERT INTO conversations (user_id, title, updated_at)
SELECT '$ada', 'conversation ' || n, '2026-01-05' FROM generate_series(1, 100000) n;
-- With rows that come as in a restore, their conversations keep their times.
SET row_security = off;
INSERT INTO messages (conversation_id, role, content) SELECT id, 'user', title FROM conversations;
RESET row_security;
VACUUM ANALYZE;

CREATE TABLE seen (id uuid, turn int);
CREATE TABLE touched (id uuid);
CREATE TABLE done (done boolean);
CREATE TABLE original AS SELECT id FROM conversations;
GRANT ALL ON seen, touched, done TO authenticated;
GRANT SELECT ON original TO authenticated;

-- Each page in a transaction of its own.
CREATE PROCEDURE page_through(size int, turn int) LANGUAGE plpgsql AS \$\$
DECLARE
    page jsonb;
    cursor text;
BEGIN
    LOOP
        page := list_conversations(size, cursor);
        INSERT INTO seen SELECT (c ->> 'id')::uuid, turn FROM jsonb_array_elements(page -> 'conversations') c;
        COMMIT;
        cursor := page ->> 'next_cursor';
        EXIT WHEN cursor IS NULL;
    END LOOP;
END \$\$;

-- Adds conversations and touches others, by a change of their own and by messages, until the paging is done.
CREATE PROCEDURE interfere() LANGUAGE plpgsql AS \$\$
DECLARE
    target uuid;
BEGIN
    WHILE NOT EXISTS (SELECT FROM done) LOOP
        FOR target IN SELECT id FROM original TABLESAMPLE SYSTEM (0.5) ORDER BY random() LIMIT 20 LOOP
            INSERT INTO touched VALUES (target);
            IF random() < 0.5 THEN
                UPDATE conversations SET title = 'touched' WHERE id = target;
            ELSE
                INSERT INTO messages (conversation_id, role, content) VALUES (target, 'user', 'touched');
            END IF;
            COMMIT;
        END LOOP;
        -- At the end of the list, too, which one would reach later.
        INSERT INTO conversations (user_id, title, updated_at)
        VALUES ('$ada', 'new', now() AT TIME ZONE 'utc'), ('$ada', 'new', '2026-01-05'), ('$ada', 'new', '1999-01-01');
        COMMIT;
    END LOOP;
END \$\$;

CREATE FUNCTION last_cursor(size int) RETURNS text LANGUAGE plpgsql AS \$\$
DECLARE
    page jsonb;
    cursor text;
    before text;
BEGIN
    LOOP
        page := list_conversations(1000, cursor, '$ada');
        EXIT WHEN page ->> 'next_cursor' IS NULL;
        before := cursor;
        cursor := page ->> 'next_cursor';
    END LOOP;
    RETURN before;
END \$\$;
END_OF_SQL

# Counts the buffers that a page touches after the session has planned the statement.
buffers() { # SETUP CURSOR
    local page="list_conversations(20, $2, '$ada')"
    sql <<END | grep -o '"Shared [A-Za-z]* Blocks": [0-9]*' | head -2 | awk '{ sum += $NF } END { print sum }'
$1
SELECT jsonb_array_length($page -> 'conversations') \g /dev/null
EXPLAIN (ANALYZE, BUFFERS, FORMAT json) SELECT $page;
END
}

cursor=$(sql -c "SELECT last_cursor(20)")
for who in owner authenticated; do
    setup=$([[ $who == owner ]] || echo "$claims")
    first=$(buffers "$setup" NULL)
    last=$(buffers "$setup" "'$cursor'")
    echo "# $who: the first page of 100,000 conversations takes $first buffers, one at the end $last"
    # The functions in SQL also look up the tables and their columns, and under policies whether each row is the caller's.
    if [[ ${EDITION-} == sql ]]; then
        most_more=10 most=350
    else
        most_more=3 most=250
    fi
    # 21 rows, for each its row, and a look at the last message; of users, one at who owns it; 3 for where a page of the index ends.
    ok "$who: a page touches as many buffers at the end as at the start" \
        test $((first > last ? first - last : last - first)) -le "$most_more"
    ok "$who: ... and few" test "$first" -gt 20 -a "$first" -le "$most"
done

sql -c "$claims" -c 'CALL page_through(20, 1)'
is "$(sql -c 'SELECT count(*), count(DISTINCT id) FROM seen')" '100000|100000' \
    "paging through 100,000 conversations of the same time shows each once"
sql -c "$claims" -c 'CALL interfere()' &
interferer=$!
sql -c "$claims" -c 'CALL page_through(20, 2)'
sql -c 'INSERT INTO done VALUES (true)'
ok "while another session adds and touches some conversations" wait $interferer
is "$(sql -c "SELECT count(*) FROM original o LEFT JOIN (SELECT id, count(*) AS times FROM seen WHERE turn = 2 GROUP BY id) s USING (id)
    WHERE id NOT IN (SELECT id FROM touched) AND times IS DISTINCT FROM 1")" 0 "... each that is not touched is seen once"
is "$(sql -c "SELECT count(*) FROM (SELECT id FROM seen WHERE turn = 2 GROUP BY id HAVING count(*) > 1) twice")" 0 \
    "... and none twice"
like "$(sql -c "SELECT count(DISTINCT id) FROM touched")" '^[0-9]{3,}$' "... hundreds are touched"
is "$(sql -c "SELECT count(*) > 100 FROM conversations WHERE title = 'new'")" t "... hundreds are new"

# All texts that differ from the cursor in one character. Whichever of a row of equal characters is dropped, the text is
# the same, and swapping two of them changes nothing.
sql <<END_OF_SQL
CREATE FUNCTION state_of(cursor text) RETURNS text LANGUAGE plpgsql AS \$\$
BEGIN
    PERFORM list_conversations(1, cursor, '$ada');
    RETURN 'taken';
EXCEPTION WHEN OTHERS THEN
    RETURN SQLSTATE;
END \$\$;
CREATE VIEW tampered AS
SELECT kind, text FROM (SELECT '$cursor' AS cursor) good, generate_series(1, length(cursor) + 1) n,
    string_to_table('0123456789abcdefABCDEFgzZ-_=+/ é', NULL) c,
    LATERAL (VALUES ('changed', overlay(cursor placing c from n for 1)), ('dropped', overlay(cursor placing '' from n for 1)),
        ('added', overlay(cursor placing c from n for 0)), ('cut off', left(cursor, n - 1)),
        ('swapped', overlay(cursor placing reverse(substr(cursor, n, 2)) from n))) t (kind, text)
WHERE text <> cursor;
END_OF_SQL
is "$(sql -c "SELECT state_of('$cursor')")" taken "the cursor is good"
rows_of_equals=$(sql -c "SELECT count(*) FROM regexp_matches('$cursor', '(.)\1*', 'g')")
is "$(sql -c "SELECT kind, state, CASE WHEN kind IN ('dropped', 'swapped') THEN min(count)::text ELSE (min(count) > 50)::text END
    FROM (SELECT kind, state_of(text) AS state, count(*) OVER (PARTITION BY kind) AS count
    FROM (SELECT DISTINCT kind, text FROM tampered) t) t GROUP BY kind, state ORDER BY kind")" \
    "$(printf '%s|22023|%s\n' added true changed true 'cut off' true dropped "$rows_of_equals" swapped $((rows_of_equals - 1)))" \
    "a character changed, dropped, added or swapped: 22023"
done_testing
