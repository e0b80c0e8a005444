# shellcheck shell=bash
# UPDATE of all of 100,000 rows, with agentchat.set_updated_at() against moddatetime, which comes with PostgreSQL, on two
# tables of the same rows.
createdb bench_updated_at
PGDATABASE=bench_updated_at sql <<'SQL'
CREATE EXTENSION agentchat;
CREATE EXTENSION moddatetime;
CREATE TABLE ours (id int PRIMARY KEY, title text, updated_at timestamp) WITH (autovacuum_enabled = off);
CREATE TABLE theirs (LIKE ours INCLUDING ALL) WITH (autovacuum_enabled = off);
CREATE TRIGGER t BEFORE UPDATE ON ours FOR EACH ROW EXECUTE FUNCTION agentchat.set_updated_at();
CREATE TRIGGER t BEFORE UPDATE ON theirs FOR EACH ROW EXECUTE FUNCTION moddatetime(updated_at);

-- What the UPDATEs take, in turns and each on a table that has just been filled.
CREATE TABLE took (run int, "table" regclass, ms float8);
CREATE PROCEDURE compare(runs int) LANGUAGE plpgsql AS $$
DECLARE
    "table" regclass;
    started timestamptz;
BEGIN
    FOR run IN 0 .. runs LOOP
        -- Each goes first in every other turn.
        FOREACH "table" IN ARRAY (ARRAY['{ours, theirs}', '{theirs, ours}'])[1 + run % 2]::regclass[] LOOP
            EXECUTE format('TRUNCATE %s', "table");
            EXECUTE format('INSERT INTO %s SELECT n, %L || n, %L FROM generate_series(1, 100000) n',
                           "table", 'Title ', '2026-01-05');
            COMMIT;
            CHECKPOINT;
            started := clock_timestamp();
            EXECUTE format('UPDATE %s SET title = title || %L', "table", '.');
            COMMIT;
            -- The first turn fills caches.
            IF run > 0 THEN
                INSERT INTO took VALUES (run, "table", 1000 * extract(epoch FROM clock_timestamp() - started));
            END IF;
        END LOOP;
    END LOOP;
END $$;
SQL
PGDATABASE=bench_updated_at sql -F ' ' -c 'CALL compare(20)' \
    -c "SELECT min(ms) FILTER (WHERE \"table\" = 'ours'::regclass), min(ms) FILTER (WHERE \"table\" = 'theirs'::regclass)
        FROM took GROUP BY run" |
    row 'UPDATE of 100,000 rows with set_updated_at' 'moddatetime' share 1.0
dropdb bench_updated_at
