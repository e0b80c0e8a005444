-- Compares the text that get_conversation_json writes with PostgreSQL's own, character by character.
--
-- The type json keeps its text unchanged, and the operators -> cut pieces out of it. Therefore each piece can
-- be compared: a text with to_json(), a number with numeric's output, and everything with jsonb's output,
-- except for the blanks that jsonb puts after commas and colons.
\ir ../lib/agentchat.sql
CREATE SCHEMA test;
\ir ../lib/differential/values.sql

-- The columns of type jsonb take every kind of value, and times stay unchanged.
ALTER TABLE messages DROP CONSTRAINT messages_parts_check, DROP CONSTRAINT messages_attachments_check;
ALTER TABLE conversations DROP CONSTRAINT conversations_metadata_check;
SET session_replication_role = replica;

-- Returns the pieces of the result for the messages of a conversation, which belong to one test.
CREATE FUNCTION written(conversation text)
RETURNS TABLE (id uuid, message text, content text, parts text, part json) LANGUAGE sql AS $$
    SELECT (m ->> 'id')::uuid, m::text, (m -> 'content')::text, (m -> 'parts')::text, m -> 'parts' -> 0
    FROM json_array_elements(get_conversation_json(md5(conversation)::uuid) -> 'messages') m;
$$;

-- Returns the number of pieces, and the ids of the first that differ.
CREATE FUNCTION outcome(test text, correct text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    result text;
BEGIN
    EXECUTE format($query$
        SELECT count(*) || ' values'
            || coalesce(', other in messages '
                || (array_agg(m.id) FILTER (WHERE (%2$s) IS NOT TRUE))[1:3]::text, '')
        FROM messages m LEFT JOIN written(%1$L) w USING (id)
        WHERE m.conversation_id = md5(%1$L)::uuid $query$, test, correct) INTO result;
    RETURN result;
END $$;

CREATE FUNCTION add(test text, content text, parts jsonb DEFAULT NULL) RETURNS void LANGUAGE sql AS $$
    INSERT INTO conversations (id, user_id, title)
    SELECT md5(test)::uuid, md5('')::uuid, test ON CONFLICT DO NOTHING;
    INSERT INTO messages (conversation_id, role, content, parts)
    VALUES (md5(test)::uuid, 'user', content, parts);
$$;
CREATE FUNCTION add_many(test text, contents text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    added bigint;
BEGIN
    INSERT INTO conversations (id, user_id, title) VALUES (md5(test)::uuid, md5('')::uuid, test);
    EXECUTE format('INSERT INTO messages (conversation_id, role, content, parts)
        SELECT %L, ''user'', content, jsonb_build_array(content) FROM (%s) q (content)', md5(test), contents);
    GET DIAGNOSTICS added = ROW_COUNT;
    RETURN added;
END $$;

-- Adds a text to a column and to jsonb.
CREATE FUNCTION texts_outcome(test text) RETURNS text LANGUAGE sql AS $$
    SELECT outcome(test, 'w.content = to_json(m.content)::text AND w.part::text = to_json(m.content)::text
                          AND w.parts = ''['' || to_json(m.content) || '']''');
$$;

-- Returns jsonb's text without blanks.
CREATE FUNCTION compact(value jsonb) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    RETURN CASE jsonb_typeof(value)
        WHEN 'object' THEN
            '{' || coalesce((SELECT string_agg(to_json(e.key) || ':' || compact(e.value), ',' ORDER BY n)
                             FROM jsonb_each(value) WITH ORDINALITY e (key, value, n)), '') || '}'
        WHEN 'array' THEN
            '[' || coalesce((SELECT string_agg(compact(e), ',' ORDER BY n)
                             FROM jsonb_array_elements(value) WITH ORDINALITY a (e, n)), '') || ']'
        ELSE value::text END;
END $$;

-- Returns whether a text is that of a value. The functions in SQL write jsonb's text with its blanks.
CREATE FUNCTION is_text_of(written text, value jsonb) RETURNS boolean LANGUAGE sql AS
\if :is_sql
    'SELECT written::jsonb = value';
\else
    'SELECT written = compact(value)';
\endif

SELECT plan(18);

-- Texts. The writer reads blocks of sixteen bytes, and has separate code for shorter texts and the last
-- block.

CREATE TABLE special AS
SELECT chr(n) AS letter FROM generate_series(1, 31) n
UNION ALL SELECT unnest(ARRAY['"', '\', '/', chr(127), 'é', '日', '🙂', U&'\2028']);

SELECT is(add_many('one', $$SELECT overlay(repeat('x', length) PLACING letter FROM at + 1 FOR 1)
    FROM special, generate_series(0, 70) length, generate_series(0, 40) at WHERE at < length$$)
    || ' values', texts_outcome('one'), 'each character at each place of texts of each length');

SELECT is(add_many('two', $$SELECT overlay(overlay(repeat('y', 36) PLACING a.letter FROM i + 1 FOR 1)
                                           PLACING b.letter FROM j + 1 FOR 1)
    FROM special a, special b, unnest('{0,6,15,16,31,35}'::int[]) i,
        unnest('{1,7,14,15,16,17,32,34}'::int[]) j WHERE i <> j$$)
    || ' values', texts_outcome('two'), 'two special characters');

SELECT is(add_many('only', 'SELECT repeat(letter, n) FROM special, generate_series(0, 70) n') || ' values',
    texts_outcome('only'), 'texts of one special character');

SELECT is(add_many('ends', $$SELECT repeat(a, n) || e || repeat(b, m)
    FROM unnest('{x,é,日,🙂}'::text[]) a, unnest(ARRAY['"', E'\n', '\', E'\x01', 'é', '日', '🙂']) e,
        unnest('{x,é,日,🙂}'::text[]) b, generate_series(0, 18) n, generate_series(0, 18, 3) m$$) || ' values',
    texts_outcome('ends'), 'characters of several bytes across the edges of blocks');

SELECT setseed(0.1) \g /dev/null
SELECT is(add_many('random',
        'SELECT test.letters(test.whole(0, 300)) FROM generate_series(1, 3000)') || ' values',
    texts_outcome('random'), 'random texts');

SELECT is(add_many('large', $$SELECT repeat(t, (1 << 20) / length(t) + n)
    FROM unnest(ARRAY['x', E'\x01', '"', E'x\n', 'é\', '🙂', '0123456789abcde"', '0123456789abcdef"']) t,
        generate_series(0, 1) n$$) || ' values',
    texts_outcome('large'), 'texts of a megabyte, which grow up to six times in size');

-- All ways in which PostgreSQL stores a value: a header of one byte or of four, compressed, and out of line.
CREATE FUNCTION store(storage text, largest int) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('ALTER TABLE messages ALTER content SET STORAGE %1$s, ALTER parts SET STORAGE %1$s',
        storage);
    RETURN add_many(storage, format($q$
        SELECT left(t, n) FROM (VALUES (repeat('xyz"', 3000)),
            ((SELECT string_agg(md5(i::text), E'\n') FROM generate_series(1, 300) i))) v (t),
            (SELECT generate_series(0, 3) UNION ALL SELECT generate_series(110, 140)
             UNION ALL
             SELECT generate_series(1900, 2100, 3) UNION ALL SELECT generate_series(8000, 8300, 7)) l (n)
        WHERE n <= %s$q$, largest)) || ' values';
END $$;
-- Plain values must fit into a page.
SELECT is(store('PLAIN', 3800), texts_outcome('PLAIN'), 'values that are stored PLAIN');
SELECT is(store(s, 10000), texts_outcome(s), 'values that are stored ' || s)
FROM unnest('{MAIN,EXTERNAL,EXTENDED}'::text[]) s;

-- Numbers, one in each parts.

CREATE FUNCTION add_numbers(test text, numbers text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    added bigint;
BEGIN
    INSERT INTO conversations (id, user_id, title) VALUES (md5(test)::uuid, md5('')::uuid, test);
    EXECUTE format('INSERT INTO messages (conversation_id, role, content, parts)
        SELECT %L, ''user'', number::text, jsonb_build_array(number) FROM (%s) q (number)',
        md5(test), numbers);
    GET DIAGNOSTICS added = ROW_COUNT;
    RETURN added || ' values';
END $$;

SELECT is(add_numbers('numbers', $$
    SELECT (sign || coalesce(nullif(test.digits(before), ''), '0')
        || coalesce('.' || test.digits(nullif(after, 0)), ''))::numeric
    FROM unnest('{"",-}'::text[]) sign,
        (SELECT generate_series(0, 30) UNION ALL SELECT generate_series(250, 262)) b (before),
        generate_series(0, 70) after$$),
    outcome('numbers', 'w.part::text = m.content'),
    'numbers of 0 to 262 digits before the point, and 0 to 70 after it');

SELECT is(add_numbers('zeros', $$
    SELECT (sign || a || repeat('0', n) || coalesce('.' || repeat('0', nullif(m, 0)), '')
        || CASE WHEN m > 0 THEN b ELSE '' END)::numeric
    FROM unnest('{"",-}'::text[]) sign,
        unnest('{0,1,12,123,1234,12345}'::text[]) a,
        unnest('{"",1,10,1234}'::text[]) b,
        generate_series(0, 20) n, generate_series(0, 20) m
    UNION ALL SELECT ('1e' || n)::numeric FROM generate_series(-400, 400) n
    UNION ALL SELECT ('-9.87654321e' || n)::numeric FROM generate_series(-400, 400) n
    UNION ALL VALUES (1e131071), (-1e-16383), (9223372036854775807), (-9223372036854775808)$$),
    outcome('zeros', 'w.part::text = m.content'), 'numbers with zeros, small ones and large ones');

SELECT is(add_numbers('random numbers', 'SELECT test.number() FROM generate_series(1, 5000)'),
    outcome('random numbers', 'w.part::text = m.content'), 'random numbers');

-- Containers.

SELECT add('values', repeat('x', n), v)
FROM generate_series(0, 3) n,
    unnest(ARRAY['null', 'true', 'false', '0', '-1.50', '1e400', '""', '"text"', '[]', '{}',
    '[[]]', '[{}]', '{"": {}}', '{"": ""}', '[[[1.0]], {"a": []}]', NULL]::jsonb[]) v \g /dev/null
SELECT is('64 values', outcome('values', $$is_text_of(w.parts, coalesce(m.parts, 'null'))
    AND is_text_of(w.message, get_conversation(m.conversation_id) -> 'messages' ->
        (SELECT count(*)::int FROM messages o WHERE o.conversation_id = m.conversation_id
         AND (o.created_at, o.id) < (m.created_at, m.id)))$$),
    'scalars, empty containers, NULL, and whole messages');

SELECT add('keys', '',
    (SELECT coalesce(jsonb_object_agg(repeat('k', k % 40) || k || CASE k % 7 WHEN 0 THEN E'"\n' ELSE '' END,
                                             CASE k % 3 WHEN 0 THEN '[1, {}]' WHEN 1 THEN '"v"'
                                                 ELSE '1.10' END::jsonb), '{}')
                        FROM generate_series(1, n) k))
FROM (SELECT generate_series(0, 100) UNION ALL VALUES (1000), (4999), (20000)) c (n) \g /dev/null
SELECT is('104 values', outcome('keys', 'is_text_of(w.parts, m.parts)'), 'objects of 0 to 20,000 keys');

SELECT add('elements', '',
    (SELECT jsonb_agg(CASE k % 5 WHEN 0 THEN to_jsonb(repeat('e', k % 40)) WHEN 1 THEN 'null'
                                        WHEN 2 THEN to_jsonb(k / 8.0) WHEN 3 THEN 'true' ELSE '{"a": []}' END)
                            FROM generate_series(1, n) k))
FROM (SELECT generate_series(1, 100) UNION ALL VALUES (1000), (4999), (20000)) c (n) \g /dev/null
SELECT is('103 values', outcome('elements', 'is_text_of(w.parts, m.parts)'),
    'arrays of 1 to 20,000 elements');

-- The source text already has no blanks.
\if :is_instrumented
    SET max_stack_depth = '56MB';
\else
    SET max_stack_depth = '7MB';
\endif
SELECT add('deep',
    repeat(opening, n) || '1' || repeat(closing, n),
    (repeat(opening, n) || '1' || repeat(closing, n))::jsonb)
FROM (VALUES ('[', ']'), ('{"a":', '}'), ('[{"b":', '}]')) v (opening, closing),
    unnest('{1,31,500,5000}'::int[]) n \g /dev/null
SELECT is('12 values',
    outcome('deep',
        CASE WHEN :'is_sql' THEN 'is_text_of(w.parts, m.parts)' ELSE 'w.parts = m.content' END),
    'nested containers, up to 10,000 levels');

SELECT setseed(0.2) \g /dev/null
SELECT add('documents', '', test.jsonb()) FROM generate_series(1, 300) \g /dev/null
SELECT is('300 values', outcome('documents', 'is_text_of(w.parts, m.parts)'), 'random documents');

SELECT * FROM finish();
