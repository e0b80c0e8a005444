-- A round of the differential test: tables of a random shape, random conversations in them, and every
-- comparison. To be called in a transaction that is rolled back.

-- Unique in its table; mostly names that mean something to somebody.
CREATE FUNCTION test.column_name(of_table regclass) RETURNS name LANGUAGE plpgsql AS $$
DECLARE
    candidate name;
BEGIN
    LOOP
        candidate := CASE WHEN test.chance(0.5) THEN
            test.pick('messages', 'has_more', 't', 'm', 'c', 'select', 'a', 'Title', 'x y', 'it''s',
                'say "hi"', '%s',
                      'größe', '日本語', '🙂', 'created_at ', 'b\c', repeat('long', 15), test.letters(20))
            ELSE test.letters(test.whole(1, 8)) END;
        IF NOT EXISTS (SELECT FROM pg_attribute WHERE attrelid = of_table AND attname = candidate) THEN
            RETURN candidate;
        END IF;
    END LOOP;
END $$;

CREATE FUNCTION test.add_columns(to_table regclass, count int, with_defaults boolean) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    types text[] := ARRAY(SELECT type FROM test.column_type ORDER BY ctid);
BEGIN
    FOR n IN 1..count LOOP
        EXECUTE format('ALTER TABLE %s ADD COLUMN %I %s', to_table, test.column_name(to_table),
                       CASE WHEN NOT with_defaults THEN test.pick(VARIADIC types)
                            ELSE test.pick('text DEFAULT ''as if stored''', 'jsonb DEFAULT ''1.50''',
                                           'jsonb DEFAULT ''{"a": [1.0, "b"]}''', 'boolean DEFAULT true',
                                           'integer') END);
    END LOOP;
END $$;

CREATE FUNCTION test.drop_columns(of_table regclass, share float8) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    dropped name;
BEGIN
    FOR dropped IN SELECT attname FROM pg_attribute
                   WHERE attrelid = of_table AND attnum > 0 AND NOT attisdropped AND NOT attnotnull
                     AND attgenerated = '' ORDER BY attnum LOOP
        IF test.chance(share) THEN
            EXECUTE format('ALTER TABLE %s DROP COLUMN %I CASCADE', of_table, dropped);
        END IF;
    END LOOP;
END $$;

CREATE FUNCTION test.reshape(of_table regclass) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    item record;
BEGIN
    -- Scalars belong into jsonb columns too, and NULLs wherever the extension does not need a value.
    FOR item IN SELECT conname FROM pg_constraint WHERE conrelid = of_table AND contype = 'c' LOOP
        EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', of_table, item.conname);
    END LOOP;
    FOR item IN SELECT attname FROM pg_attribute
                WHERE attrelid = of_table AND attnotnull AND attname IN ('title', 'role', 'content')
                    ORDER BY attnum LOOP
        IF test.chance(0.2) THEN
            EXECUTE format('ALTER TABLE %s ALTER %I DROP NOT NULL', of_table, item.attname);
        END IF;
    END LOOP;

    PERFORM test.add_columns(of_table, CASE WHEN test.chance(0.4) THEN 0
                                            WHEN test.chance(0.7) THEN test.whole(1, 12)
                                            ELSE test.pick(20, 23, 24, 25, 26, 56, 57, 100, 110) END, false);
    IF test.chance(0.3) THEN
        EXECUTE format('ALTER TABLE %s ADD COLUMN %I text GENERATED ALWAYS AS (id::text || ''!'') STORED',
                       of_table, test.column_name(of_table));
    END IF;
    IF test.chance(0.3) THEN
        PERFORM test.drop_columns(of_table, 0.2);
    END IF;

    FOR item IN SELECT attname FROM pg_attribute
                WHERE attrelid = of_table AND attnum > 0 AND NOT attisdropped AND attstorage = 'x'
                    ORDER BY attnum LOOP
        EXECUTE format('ALTER TABLE %s ALTER %I SET STORAGE %s', of_table, item.attname,
                       test.pick('EXTENDED', 'EXTENDED', 'EXTENDED', 'EXTERNAL', 'MAIN'));
        EXECUTE format('ALTER TABLE %s ALTER %I SET COMPRESSION %s', of_table, item.attname,
                       test.pick(VARIADIC (SELECT enumvals
                           FROM pg_settings WHERE name = 'default_toast_compression')));
    END LOOP;
END $$;

-- "INSERT INTO t (…) SELECT …", an expression for each column: the one given for it, else one for its type.
CREATE FUNCTION test.insert_statement(into_table regclass, given jsonb) RETURNS text LANGUAGE sql AS $$
    SELECT format('INSERT INTO %s (%s) SELECT %s', into_table,
                  string_agg(quote_ident(attname), ', ' ORDER BY attnum),
                  string_agg(CASE WHEN given ? attname THEN given ->> attname
                                  WHEN attnotnull THEN value
                                  ELSE format('CASE WHEN test.chance(0.8) THEN %s END', value) END, ', '
                                      ORDER BY attnum))
    FROM pg_attribute LEFT JOIN test.column_type ON type = format_type(atttypid, atttypmod)
    WHERE attrelid = into_table AND attnum > 0 AND NOT attisdropped AND attgenerated = '';
$$;

CREATE FUNCTION test.check_pages(conversation uuid) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    ids uuid[] := ARRAY(SELECT id FROM messages WHERE conversation_id = conversation ORDER BY created_at, id);
    n int := cardinality(ids);
BEGIN
    IF n <= 4 THEN
        RETURN QUERY SELECT test.check(conversation, message_limit, before)
        FROM generate_series(0, n + 1) l, nullif(l, 0) message_limit, unnest(ids || NULL::uuid) before;
    ELSE
        RETURN NEXT test.check(conversation);
        FOR i IN 1..6 LOOP
            RETURN NEXT test.check(conversation,
                test.pick(NULL, 1, n - 1, n, n + 1, 31, 32, 33, 2147483647, test.whole(1, n)),
                test.pick(NULL, ids[1], ids[2], ids[n], ids[test.whole(1, n)], ids[test.whole(1, n)]));
        END LOOP;
    END IF;
END $$;

-- What went wrong.
CREATE FUNCTION test.round(seed int, conversation_count int) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    conversation uuid;
    insert_conversation text;
    insert_message text;
    base timestamp;
BEGIN
    PERFORM setseed(seed / 2147483647.0);
    -- The triggers would change the times of messages, and the checks would refuse unexpected kinds of jsonb.
    SET LOCAL session_replication_role = replica;
    PERFORM set_config('TimeZone', test.pick('UTC', 'America/New_York', 'Asia/Kolkata'), true),
        set_config('DateStyle', test.pick('ISO', 'German', 'SQL, DMY'), true),
        set_config('IntervalStyle', test.pick('postgres', 'iso_8601', 'sql_standard'), true),
        set_config('bytea_output', test.pick('hex', 'escape'), true),
        set_config('extra_float_digits', test.pick('1', '0', '-5'), true);

    TRUNCATE test.pool;
    INSERT INTO test.pool SELECT array_agg(test.text()), array_agg(test.jsonb()) FROM generate_series(1, 40);

    PERFORM test.reshape('conversations'), test.reshape('messages');
    IF test.chance(0.2) THEN
        DROP INDEX messages_conversation_id_created_at_id_idx;
    END IF;
    insert_conversation := test.insert_statement('conversations', '{"id": "$1"}');
    insert_message := test.insert_statement('messages', '{"id": "test.uuid()", "conversation_id": "$1",
        "role": "test.pick(''user'', ''assistant'', ''system'')",
        "created_at": "coalesce($2 + test.whole(0, 3) * interval ''1 microsecond'', test.time())"}')
        || ' FROM generate_series(1, $3)';

    FOR i IN 1..conversation_count LOOP
        conversation := test.uuid();
        EXECUTE insert_conversation USING conversation;
        -- Often with many messages of one time, whose order is that of their ids.
        base := CASE WHEN test.chance(0.5) THEN test.between('2020-01-01', '2030-01-01') END;
        EXECUTE insert_message USING conversation, base,
            CASE WHEN test.chance(0.8) THEN test.whole(0, 8)
                 ELSE test.pick(31, 32, 33, 64, 65, test.whole(9, 100)) END;
        RETURN QUERY
            SELECT problem FROM test.check_pages(conversation) AS c (problem) WHERE problem IS NOT NULL;
    END LOOP;

    -- Once more with tables that have changed in between: columns dropped, and columns that no row has
    -- stored.
    PERFORM test.drop_columns(t, 0.2), test.add_columns(t, test.whole(0, 3), true)
    FROM unnest(ARRAY['conversations', 'messages']::regclass[]) t WHERE test.chance(0.7);
    RETURN QUERY SELECT 'After the tables were changed: ' || problem
    FROM conversations,
        LATERAL (SELECT test.check(id)
            UNION ALL SELECT test.check_access(get_conversation(id))) AS c (problem)
    WHERE problem IS NOT NULL;
END $$;
