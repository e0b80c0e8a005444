# shellcheck shell=bash
# 100,000 messages, as they come into 1,000 conversations or one, with all triggers against the same table with those of
# the extension switched off (foreign keys stay). In a database of its own, where the tables start empty each time.
createdb bench_insert
PGDATABASE=bench_insert sql <<'SQL'
CREATE EXTENSION agentchat;
ALTER TABLE messages SET (autovacuum_enabled = off);
ALTER TABLE conversations SET (autovacuum_enabled = off);
INSERT INTO users (email) VALUES ('ada@example.com');
INSERT INTO conversations (id, user_id, title)
SELECT md5(n::text)::uuid, id, n FROM users, generate_series(1, 1000) n;

-- 300 bytes of text on average, in the order in which many users write at the same time.
CREATE TABLE rows AS
SELECT md5((1 + n * 7 % 1000)::text)::uuid AS conversation_id, (ARRAY['user', 'assistant'])[1 + n / 1000 % 2] AS role,
    repeat('What should I see on Maui? ', 1 + n % 21) AS content,
    timestamp '2026-01-05 09:00' + n / 10 * interval '1 ms' AS created_at
FROM generate_series(0, 99999) n;
VACUUM ANALYZE;

-- How many milliseconds a statement takes that fills an empty table, in turns: with triggers and without.
CREATE TABLE took (run int, enabled boolean, ms float8);
CREATE PROCEDURE compare(statement text, runs int) LANGUAGE plpgsql AS $$
DECLARE
    enabled boolean;
    started timestamptz;
BEGIN
    TRUNCATE took;
    FOR run IN 0 .. runs LOOP
        FOREACH enabled IN ARRAY '{true, false}'::boolean[] LOOP
            EXECUTE format('ALTER TABLE messages %s TRIGGER USER', CASE WHEN enabled THEN 'ENABLE' ELSE 'DISABLE' END);
            TRUNCATE messages CASCADE;
            COMMIT;
            CHECKPOINT;
            started := clock_timestamp();
            EXECUTE statement;
            COMMIT;
            -- The first turn fills caches.
            IF run > 0 THEN
                INSERT INTO took VALUES (run, enabled, 1000 * extract(epoch FROM clock_timestamp() - started));
            END IF;
        END LOOP;
    END LOOP;
    ALTER TABLE messages ENABLE TRIGGER USER;
END $$;
SQL

compare() { # WHAT STATEMENT WANTED
    PGDATABASE=bench_insert sql -F ' ' -c 'SET client_min_messages = warning' -c "CALL compare(\$\$$2\$\$, 7)" \
        -c "SELECT min(ms) FILTER (WHERE enabled), min(ms) FILTER (WHERE NOT enabled) FROM took GROUP BY run" |
        row "$1" 'without the triggers' share "$3"
}

columns='conversation_id, role, content'
PGDATABASE=bench_insert sql -c "COPY (SELECT $columns FROM rows) TO '$TMPDIR/rows.copy'" \
    -c "COPY (SELECT $columns, created_at FROM rows) TO '$TMPDIR/rows_with_times.copy'" \
    -c "COPY (SELECT md5('1')::uuid, role, content FROM rows) TO '$TMPDIR/rows_of_one.copy'"
compare 'INSERT of 100,000 messages' "INSERT INTO messages ($columns) SELECT $columns FROM rows" 1.25
compare 'COPY of 100,000 messages' "COPY messages ($columns) FROM '$TMPDIR/rows.copy'" 1.25
compare '    with times' "COPY messages ($columns, created_at) FROM '$TMPDIR/rows_with_times.copy'" ''
compare '    into one conversation' "COPY messages ($columns) FROM '$TMPDIR/rows_of_one.copy'" ''
dropdb bench_insert
