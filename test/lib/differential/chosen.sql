-- Chosen conversations: the rows of each test. test.check_chosen has given defaults to the columns.
CREATE TABLE test.chosen (n serial, name text, rows text);

INSERT INTO test.chosen (name, rows) VALUES ('no messages', 'INSERT INTO conversations DEFAULT VALUES');

INSERT INTO test.chosen (name, rows)
SELECT n || ' messages',
    format($$INSERT INTO messages (content, parts)
             SELECT left('abc', n %% 4), jsonb_build_array(n) FROM generate_series(1, %s) n$$, n)
FROM unnest('{1, 31, 32, 33, 64, 65, 10000}'::int[]) n;

INSERT INTO test.chosen (name, rows) VALUES ('NULL or not, in every column that can be NULL', $$
    INSERT INTO conversations (id, system_prompt, metadata)
    SELECT test.uuid(), s, m FROM (VALUES ('be'), (NULL)) s (s), (VALUES ('{"a": 1}'::jsonb), (NULL)) m (m);
    INSERT INTO messages (parts, attachments, reasoning)
    SELECT p, a, r
    FROM (VALUES ('[1]'::jsonb), (NULL)) p (p),
        (VALUES ('[]'::jsonb), (NULL)) a (a),
        (VALUES ('why'), (NULL)) r (r)$$);

INSERT INTO test.chosen (name, rows) VALUES ('objects of 0 to 100 keys, behind texts of all lengths', $$
    INSERT INTO messages (content, parts)
    SELECT repeat('x', n),
        jsonb_build_array((SELECT coalesce(jsonb_object_agg(repeat('k', k % 3) || k, k), '{}')
                                              FROM generate_series(1, n) k))
    FROM generate_series(0, 100) n$$);

INSERT INTO test.chosen (name, rows) VALUES ('jsonb nested 1 to 500 deep', $$
    INSERT INTO messages (parts)
    SELECT jsonb_build_array(test.deep_jsonb(n)) FROM generate_series(1, 500) n$$);

INSERT INTO test.chosen (name, rows) VALUES ('scalars and empty containers in jsonb columns', $$
    ALTER TABLE messages DROP CONSTRAINT messages_parts_check;
    ALTER TABLE conversations DROP CONSTRAINT conversations_metadata_check;
    INSERT INTO conversations (id, metadata)
    SELECT test.uuid(), v
    FROM jsonb_array_elements('[null, true, false, 0, -1.50, 1e400, "", "text", [], {}, [[]]]') v;
    INSERT INTO messages (content, conversation_id, parts)
    SELECT repeat('x', n), c.id, o.metadata FROM conversations c, conversations o, generate_series(0, 3) n$$);

INSERT INTO test.chosen (name, rows) VALUES ('numbers of up to 1,000 digits, and the largest', $$
    INSERT INTO messages (parts) SELECT jsonb_build_array(number, -number, 'x', number)
    FROM generate_series(1, 1000) n,
        unnest(ARRAY[repeat('7', n), '0.' || repeat('3', n), '1.' || repeat('0', n),
            '1e' || n]::numeric[]) number;
    INSERT INTO messages (parts) VALUES ('[1e131071, -9.99e-16000]')$$);

INSERT INTO test.chosen (name, rows) VALUES ('every code point', $$
    INSERT INTO messages (content, parts)
    SELECT string_agg(chr(n), '' ORDER BY n),
        jsonb_build_array(string_agg(chr(n), ''), jsonb_object_agg(chr(n), n) FILTER (WHERE n % 9 = 0))
    FROM generate_series(1, x'10ffff'::int) n WHERE n NOT BETWEEN x'd800'::int AND x'dfff'::int
    GROUP BY n / 1000$$);

INSERT INTO test.chosen (name, rows) VALUES ('times', $$
    INSERT INTO messages (created_at)
    SELECT unnest('{infinity, -infinity, 4714-11-24 BC, 4713-01-01 BC, 0001-12-31 23:59:59.999999 BC,
        0001-01-01, 0009-09-09, 1582-10-15, 1900-02-28 23:59:59, 1969-12-31 23:59:59.999999,
        1999-12-31 23:59:59.999999, 2000-01-01, 2000-02-29,
        9999-12-31 23:59:59.999999, 10000-01-01, 99999-12-31, 294276-12-31 23:59:59.999999}'::timestamp[])
    UNION ALL SELECT date '2000-01-01' + generate_series(-30000, 30000, 7)
    UNION ALL SELECT t + u * interval '1 microsecond'
    FROM unnest('{0001-01-01, 1999-12-31, 2024-07-01 23:59:59}'::timestamp[]) t,
        unnest('{0, 1, 10, 100, 1000, 10000, 100000, 120000, 123000, 123400, 123450, 123456, 500000,
            999999}'::int[]) u;
    INSERT INTO conversations (id, created_at, updated_at)
    SELECT test.uuid(), created_at, created_at FROM messages$$);

INSERT INTO test.chosen (name, rows) VALUES ('columns that are called messages and has_more', $$
    ALTER TABLE conversations ADD messages text DEFAULT 'some', ADD has_more integer DEFAULT 7;
    ALTER TABLE messages ADD messages text DEFAULT 'some', ADD has_more integer DEFAULT 7;
    INSERT INTO messages (content) VALUES ('a'), ('b'), ('c')$$);

-- The index happens to give the order that a query forgets to ask for.
INSERT INTO test.chosen (name, rows) VALUES ('messages of one time, without the index', $$
    DROP INDEX messages_conversation_id_created_at_id_idx;
    INSERT INTO messages (content) SELECT n FROM generate_series(1, 100) n$$);

-- The ways of storing that this server has.
CREATE TABLE test.stored (storage text, compression text);
INSERT INTO test.stored SELECT s, c
FROM unnest('{EXTENDED, EXTERNAL, MAIN, PLAIN}'::text[]) s, pg_settings, unnest(enumvals) c
WHERE name = 'default_toast_compression' AND (c = 'pglz' OR s IN ('EXTENDED', 'MAIN'));

CREATE FUNCTION test.store(storage text, compression text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    altered text;
BEGIN
    FOREACH altered IN ARRAY '{content, parts, reasoning}'::text[] LOOP
        EXECUTE format('ALTER TABLE messages ALTER %1$I SET STORAGE %2$s, ALTER %1$I SET COMPRESSION %3$s',
                       altered, storage, compression);
    END LOOP;
END $$;

INSERT INTO test.chosen (name, rows)
SELECT format('lengths around the thresholds of TOAST, %s %s', storage, compression), format($$
    SELECT test.store(%L, %L);
    INSERT INTO messages (content, parts, reasoning)
    SELECT CASE WHEN as_text THEN value ELSE '' END, CASE WHEN NOT as_text THEN jsonb_build_array(value) END,
        left(value, 1)
    FROM (SELECT generate_series(0, 300) UNION ALL SELECT generate_series(1980, 2060)
          UNION ALL SELECT generate_series(8100, 8210)) l (length),
        unnest(ARRAY[repeat('x', length),
                     left((SELECT string_agg(md5(i::text), '') FROM generate_series(0, 300) i),
                         length)]) value,
        unnest('{f, t}'::bool[]) as_text
    WHERE length <= %s$$, storage, compression,
    CASE storage WHEN 'PLAIN' THEN 8000 ELSE 9000 END) -- plain values have to fit into a page
FROM test.stored;

INSERT INTO test.chosen (name, rows) SELECT format('10 MB, %s %s', storage, compression), format($$
    SELECT test.store(%L, %L);
    INSERT INTO messages (content, parts)
    VALUES (repeat('0123456789', 1 << 20), '[0]'), ('a', jsonb_build_array(repeat('é', 5 << 20))),
        ((SELECT string_agg(md5(i::text), '') FROM generate_series(1, 10 << 15) i),
    '[1.0]')$$, storage, compression)
FROM test.stored WHERE storage IN ('EXTENDED', 'EXTERNAL');

-- Returns the first differences. Call it in a transaction that is rolled back.
CREATE FUNCTION test.check_chosen(chosen test.chosen) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
    -- No triggers and foreign keys: they would set the times of messages, and want users.
    SET LOCAL session_replication_role = replica;
    PERFORM setseed(0.5);
    ALTER TABLE conversations ALTER id SET DEFAULT md5('')::uuid, ALTER user_id SET DEFAULT md5('')::uuid,
        ALTER title SET DEFAULT 'T';
    -- All of one time, unless told: their order is that of the ids.
    ALTER TABLE messages ALTER id SET DEFAULT test.uuid(), ALTER conversation_id SET DEFAULT md5('')::uuid,
        ALTER role SET DEFAULT 'user', ALTER content SET DEFAULT '';
    EXECUTE chosen.rows;
    INSERT INTO conversations (id) SELECT DISTINCT conversation_id FROM messages ON CONFLICT DO NOTHING;

    RETURN QUERY SELECT problem
    FROM (SELECT c.id, count(m.id)::int AS n,
              array_agg(m.id ORDER BY m.created_at, m.id) FILTER (WHERE m.id IS NOT NULL) AS ids
          FROM conversations c
          LEFT JOIN messages m ON m.conversation_id = c.id GROUP BY c.id) AS conversation,
        LATERAL (SELECT test.check(id)
                 UNION ALL SELECT test.check_access(get_conversation(id))
                 UNION ALL SELECT test.check(id, message_limit, before)
                 FROM (VALUES (1, NULL), (n - 1, NULL), (n, NULL), (n + 1, NULL), (n - 2, ids[n]),
                     (n, ids[n]))
                     AS page (message_limit, before)
                 WHERE n > 0 AND message_limit > 0) AS checked (problem)
    WHERE problem IS NOT NULL
    LIMIT 3;
END $$;
