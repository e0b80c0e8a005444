-- How long two queries take, in milliseconds: for each of so many rounds the medians of both, in turns of
-- five runs each for so long.
--
-- Inside the server, because there both are measured without what they have in common: the network, and the
-- text that a jsonb value is turned into for the client. Both are planned once, as a driver's prepared
-- statements are, and the ids in them are constants, so the planner knows what it can about them: the
-- planning that every new statement costs SQL would be a gift to functions, whose plans are kept. The first
-- run of a turn does not count: it pays for what the other query did to the session's memory and the
-- processor's caches.
CREATE FUNCTION bench.compare(
    query text, other_query text, rounds int DEFAULT 5, duration interval DEFAULT '1 s')
RETURNS TABLE (query_ms float8, other_ms float8)
LANGUAGE plpgsql AS $$
DECLARE
    turn text := $turn$
        FOR run IN 0..5 LOOP
            started := clock_timestamp();
            SELECT pg_column_size(value) INTO size FROM (%2$s) AS query (value);
            IF run > 0 THEN
                %1$s := %1$s || 1000 * extract(epoch FROM clock_timestamp() - started)::float8;
            END IF;
        END LOOP; $turn$;
BEGIN
    EXECUTE format($function$
        CREATE OR REPLACE FUNCTION pg_temp.compare(
            duration interval, OUT query_ms float8[], OUT other_ms float8[])
        LANGUAGE plpgsql AS $loop$
        DECLARE
            size int;
            started timestamptz;
            until timestamptz := clock_timestamp() + duration;
        BEGIN
            LOOP
                %s %s
                EXIT WHEN clock_timestamp() > until;
            END LOOP;
        END $loop$ $function$, format(turn, 'query_ms', query), format(turn, 'other_ms', other_query));
    FOR round IN 1 .. rounds LOOP
        RETURN QUERY
        SELECT (SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY ms) FROM unnest(m.query_ms) ms),
            (SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY ms) FROM unnest(m.other_ms) ms)
        FROM pg_temp.compare(duration) m;
    END LOOP;
END $$;
