-- What is measured while the tables grow around it: psql -f bench/growth.sql, once, after bench/texts.sql. A
-- user with 30 conversations of four messages each, whose data stay as they are. The other conversations are
-- those of bench/search.sql.
CREATE EXTENSION pageinspect SCHEMA bench;
INSERT INTO users (id, email) VALUES (md5('reader')::uuid, 'reader@example.com');
INSERT INTO conversations (id, user_id, title)
SELECT md5('read ' || n)::uuid, md5('reader')::uuid, 'Conversation ' || n FROM generate_series(1, 30) n;
INSERT INTO messages (conversation_id, role, content)
SELECT md5('read ' || 1 + n / 4)::uuid, 'user',
    left(content, 150) || CASE n WHEN 0 THEN ' xylophone' ELSE '' END
FROM generate_series(0, 119) n JOIN bench.text ON role = 'user' AND nth = 1 + n % 110;
INSERT INTO agent_definitions (id, user_id, name, description, system_prompt)
VALUES (md5('definition')::uuid, md5('reader')::uuid, 'Poet', 'Writes poems.', 'You are a poet.');
INSERT INTO subscriptions (user_id, plan, status, is_active, agent_limit)
VALUES (md5('reader')::uuid, 'enterprise', 'active', true, 100);

-- As many agents as there are hundreds of messages, ten for each of so many more users.
CREATE PROCEDURE bench.add_agents(messages bigint) LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO users (id, email)
    SELECT md5('agent owner ' || n)::uuid, 'owner' || n || '@example.com'
    FROM generate_series(1, messages / 1000) n
    ON CONFLICT DO NOTHING;
    INSERT INTO subscriptions (user_id, plan, status, is_active, agent_limit)
    SELECT id, 'enterprise', 'active', true, 10 FROM users u
    WHERE email LIKE 'owner%' AND NOT EXISTS (SELECT FROM subscriptions s WHERE s.user_id = u.id);
    INSERT INTO agent_instances (user_id, definition_id, name)
    SELECT id, md5('definition')::uuid, 'Poet ' || n FROM users u, generate_series(1, 10) n
    WHERE email LIKE 'owner%' AND NOT EXISTS (SELECT FROM agent_instances i WHERE i.user_id = u.id);
END $$;

-- How many levels the indexes have, from the root to a leaf.
CREATE FUNCTION bench.depths() RETURNS TABLE (index regclass, "table" regclass, levels bigint)
LANGUAGE sql AS $$
    SELECT i.indexrelid, i.indrelid, (bench.bt_metap(i.indexrelid::regclass::text)).level + 1
    FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_am a ON a.oid = c.relam
    WHERE a.amname = 'btree' AND c.oid >= 16384
$$;
CREATE TABLE bench.depth AS SELECT * FROM bench.depths();

-- How many blocks of tables and indexes the transaction has asked for, whether they were in memory or not.
-- Those of triggers and foreign keys are among them, which EXPLAIN leaves out; those of PostgreSQL's catalogs
-- are not.
CREATE FUNCTION bench.blocks_fetched() RETURNS bigint LANGUAGE sql AS $$
    SELECT sum(pg_stat_get_xact_blocks_fetched(oid)) FROM pg_class WHERE oid >= 16384
$$;

-- How many of them it needs to get from the roots of indexes to the leaves: once for each scan of an index,
-- and once for each row that an index gets.
CREATE FUNCTION bench.blocks_of_descents() RETURNS bigint LANGUAGE sql AS $$
    SELECT sum(levels * (pg_stat_get_xact_numscans(index) + pg_stat_get_xact_tuples_inserted("table")
        + pg_stat_get_xact_tuples_updated("table") - pg_stat_get_xact_tuples_hot_updated("table")))
    FROM bench.depth
$$;

-- The medians of what a statement takes that is prepared: buffers, how many of these are the descents of
-- indexes, and milliseconds. What it writes is undone each time. The first runs do not count: they fill
-- caches.
CREATE FUNCTION bench.cost(
    statement text, runs int DEFAULT 100, OUT buffers float8, OUT descents float8, OUT ms float8)
LANGUAGE plpgsql AS $$
DECLARE
    warm_up CONSTANT int := 10;
    before bigint;
    descents_before bigint;
    started timestamptz;
    one_ms float8;
    one_buffers bigint;
    one_descents bigint;
    all_ms float8[];
    all_buffers bigint[];
    all_descents bigint[];
BEGIN
    TRUNCATE bench.depth;
    INSERT INTO bench.depth SELECT * FROM bench.depths();
    EXECUTE 'PREPARE measured AS ' || statement;
    FOR run IN 1 - warm_up .. runs LOOP
        BEGIN
            descents_before := bench.blocks_of_descents();
            before := bench.blocks_fetched();
            started := clock_timestamp();
            EXECUTE 'EXECUTE measured';
            one_ms := 1000 * extract(epoch FROM clock_timestamp() - started);
            one_buffers := bench.blocks_fetched() - before;
            one_descents := bench.blocks_of_descents() - descents_before;
            RAISE SQLSTATE 'UNDO1';
        EXCEPTION WHEN SQLSTATE 'UNDO1' THEN
            IF run > 0 THEN
                all_ms := all_ms || one_ms;
                all_buffers := all_buffers || one_buffers;
                all_descents := all_descents || one_descents;
            END IF;
        END;
    END LOOP;
    DEALLOCATE measured;
    SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY b), percentile_cont(0.5) WITHIN GROUP (ORDER BY d),
        percentile_cont(0.5) WITHIN GROUP (ORDER BY t)
    INTO buffers, descents, ms FROM unnest(all_buffers, all_descents, all_ms) AS r (b, d, t);
END $$;
