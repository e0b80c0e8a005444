-- Answers of a minute: psql -f bench/runs.sql, in a database with the rows of bench/data.sql and the feature
-- runs.
--
-- An answer has 1,500 chunks of the AI SDK, 25 a second, with 20 kB of MT-Bench's text. bench.write() writes
-- one in one of these ways, each call in a transaction of its own, without the waits between the calls:
--   merged   as resumableStream() does: a batch each 100 ms, in which adjacent deltas are one chunk
--   raw      20 chunks a call, as they are
--   message  no run: append_messages() rewrites the message each 250 ms
\set ON_ERROR_STOP on
CREATE EXTENSION pgstattuple;
ALTER TABLE messages SET (autovacuum_enabled = off, toast.autovacuum_enabled = off);
ALTER TABLE conversations SET (autovacuum_enabled = off);
ALTER TABLE runs SET (autovacuum_enabled = off);
ALTER TABLE run_chunks SET (autovacuum_enabled = off);

CREATE TABLE bench.answer AS
SELECT left(string_agg(content, E'\n\n' ORDER BY nth), 20000) AS content
FROM bench.text WHERE role = 'assistant';

-- The beginning of the answer that has come after so many chunks.
CREATE FUNCTION bench.answer(n int) RETURNS text LANGUAGE sql STABLE
    RETURN (SELECT left(content, n * 20000 / 1500) FROM bench.answer);

CREATE FUNCTION bench.delta(first int, last int) RETURNS jsonb LANGUAGE sql STABLE
    RETURN jsonb_build_object('type', 'text-delta', 'id', 'txt-0',
        'delta', substr(bench.answer(last), 1 + length(bench.answer(first - 1))));

-- The chunks first to last, with those that begin and end an answer.
CREATE FUNCTION bench.chunks(first int, last int, is_merged boolean) RETURNS jsonb LANGUAGE sql STABLE
    RETURN CASE WHEN first > 1 THEN '[]' ELSE
            '[{"type": "start"}, {"type": "start-step"}, {"type": "text-start", "id": "txt-0"}]'::jsonb END
        || CASE WHEN is_merged THEN jsonb_build_array(bench.delta(first, last))
            ELSE (SELECT jsonb_agg(bench.delta(n, n) ORDER BY n) FROM generate_series(first, last) n) END
        || CASE WHEN last < 1500 THEN '[]' ELSE
            '[{"type": "text-end", "id": "txt-0"}, {"type": "finish-step"}, {"type": "finish"}]'::jsonb END;

CREATE FUNCTION bench.message(id text, last int) RETURNS jsonb LANGUAGE sql STABLE
    RETURN jsonb_build_object('id', id, 'role', 'assistant', 'parts', jsonb_build_array(
        jsonb_build_object('type', 'step-start'),
        jsonb_build_object('type', 'text', 'text', bench.answer(last),
            'state', CASE WHEN last < 1500 THEN 'streaming' ELSE 'done' END)));

-- The calls, made before anything is measured.
CREATE TABLE bench.call AS
SELECT 'merged' AS way, n, bench.chunks((n - 1) * 5 / 2 + 1, n * 5 / 2, true) AS value
FROM generate_series(1, 600) n
UNION ALL
SELECT 'raw', n, bench.chunks(n * 20 - 19, n * 20, false) FROM generate_series(1, 75) n
UNION ALL
SELECT 'message', n, bench.message('answer', n * 25 / 4) FROM generate_series(1, 240) n;
CREATE INDEX ON bench.call (way, n);
ANALYZE bench.call;

CREATE PROCEDURE bench.write(way text, conversation uuid) LANGUAGE plpgsql AS $$
DECLARE
    run uuid;
    next int := 1;
    value jsonb;
BEGIN
    IF way <> 'message' THEN
        run := start_run(conversation) ->> 'run_id';
        COMMIT;
    END IF;
    FOR value IN SELECT c.value FROM bench.call c WHERE c.way = write.way ORDER BY n LOOP
        IF way = 'message' THEN
            PERFORM append_messages(conversation, value);
        ELSE
            next := append_chunks(run, value, next) ->> 'next_seq';
        END IF;
        COMMIT;
    END LOOP;
    IF way <> 'message' THEN
        PERFORM finish_run(run, 'finished', bench.message('answer', 1500));
        COMMIT;
    END IF;
END $$;

CREATE TABLE bench.writer AS SELECT row_number() OVER (ORDER BY id) - 1 AS n, id FROM conversations;
CREATE UNIQUE INDEX ON bench.writer (n);

-- The bytes of dead rows, also of those that are stored out of line.
CREATE FUNCTION bench.dead_bytes() RETURNS numeric LANGUAGE sql
BEGIN ATOMIC
    SELECT sum((pgstattuple(t)).dead_tuple_len)
    FROM unnest('{messages, conversations, runs, run_chunks}'::regclass[]) AS m (name),
        LATERAL (SELECT oid, reltoastrelid FROM pg_class WHERE oid = name) AS c,
        LATERAL (VALUES (oid::regclass), (reltoastrelid::regclass)) AS v (t)
    WHERE t <> 0;
END;

-- Adds runs that are over, to all conversations in turn.
CREATE PROCEDURE bench.keep_runs(up_to int) LANGUAGE sql AS $$
    INSERT INTO runs (conversation_id, status, finished_at)
    SELECT c.id, 'finished', now() AT TIME ZONE 'utc'
    FROM generate_series(1, up_to - (SELECT count(*) FROM runs)) n
        JOIN (SELECT id, row_number() OVER (ORDER BY id) AS place,
                  count(*) OVER () AS total FROM conversations) c
            ON c.place = 1 + n % c.total;
    ANALYZE runs;
$$;

-- The medians, in milliseconds, of an append of 20 chunks, of a poll that gets the newest 20 of up to
-- 1,500, and of a poll that gets nothing. Inside the server, without the network and the commit.
CREATE PROCEDURE bench.time_calls(INOUT append_ms float8, INOUT poll_ms float8, INOUT idle_ms float8)
    LANGUAGE plpgsql AS $$
DECLARE
    conversation uuid := bench.conversation(10);
    run uuid;
    next int;
    value jsonb;
    t timestamptz[] := '{}';
BEGIN
    CREATE TEMPORARY TABLE took (append float8, poll float8, idle float8);
    FOR answer IN 1..20 LOOP
        run := start_run(conversation) ->> 'run_id';
        COMMIT;
        next := 1;
        FOR value IN SELECT c.value FROM bench.call c WHERE way = 'raw' ORDER BY n LOOP
            t[0] := clock_timestamp();
            next := append_chunks(run, value, next) ->> 'next_seq';
            t[1] := clock_timestamp();
            COMMIT;
            t[2] := clock_timestamp();
            PERFORM read_chunks(conversation, after => next - 21);
            t[3] := clock_timestamp();
            PERFORM read_chunks(conversation, after => next - 1);
            t[4] := clock_timestamp();
            INSERT INTO took SELECT 1000 * extract(epoch FROM t[1] - t[0]),
                1000 * extract(epoch FROM t[3] - t[2]),
                1000 * extract(epoch FROM t[4] - t[3]);
        END LOOP;
        PERFORM finish_run(run, 'finished');
        COMMIT;
    END LOOP;
    SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY append),
        percentile_cont(0.5) WITHIN GROUP (ORDER BY poll),
        percentile_cont(0.5) WITHIN GROUP (ORDER BY idle)
    INTO append_ms, poll_ms, idle_ms FROM took;
    DROP TABLE took;
END $$;
