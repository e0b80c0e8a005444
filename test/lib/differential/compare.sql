-- What get_conversation and get_conversation_json return, and the same by SQL.

-- The bytes of a jsonb value as they are stored. Two values can look and compare the same and yet differ in
-- these: a wrong offset shows when a far element is asked for, wrong padding when something reads the number
-- behind it.
CREATE CAST (jsonb AS bytea) WITHOUT FUNCTION;

-- m.* and c.*, because to_jsonb(m) is a column if the user has one that is called m.
CREATE FUNCTION test.expected(conversation uuid, message_limit int DEFAULT NULL, before uuid DEFAULT NULL)
RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
    document jsonb;
    page jsonb;
    available bigint;
BEGIN
    SELECT to_jsonb(c.*) INTO document FROM conversations c WHERE c.id = conversation;
    IF before IS NULL AND message_limit IS NULL THEN
        RETURN document || jsonb_build_object('messages',
            (SELECT coalesce(jsonb_agg(to_jsonb(m.*) ORDER BY m.created_at, m.id), '[]')
             FROM messages m WHERE m.conversation_id = conversation));
    END IF;
    SELECT coalesce(jsonb_agg(to_jsonb(m.*) ORDER BY m.created_at, m.id), '[]') INTO page
    FROM (SELECT m.* FROM messages m
          WHERE m.conversation_id = conversation
            AND (before IS NULL
                 OR (m.created_at, m.id) < (SELECT b.created_at, b.id FROM messages b WHERE b.id = before))
          ORDER BY m.created_at DESC, m.id DESC LIMIT message_limit) m;
    IF message_limit IS NOT NULL THEN
        SELECT count(*) INTO available FROM messages m
        WHERE m.conversation_id = conversation
          AND (before IS NULL
               OR (m.created_at, m.id) < (SELECT b.created_at, b.id FROM messages b WHERE b.id = before));
        document := document || jsonb_build_object('has_more', available > message_limit);
    END IF;
    RETURN document || jsonb_build_object('messages', page);
END $$;

-- NULL if the two are the same: with the same bytes they are equal, look the same and are sent the same.
CREATE FUNCTION test.difference(got jsonb, wanted jsonb) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    at int;
BEGIN
    IF got::bytea = wanted::bytea THEN
        RETURN NULL;
    END IF;
    SELECT min(i) INTO at FROM generate_series(0, least(length(got::bytea), length(wanted::bytea)) - 1) i
    WHERE get_byte(got::bytea, i) <> get_byte(wanted::bytea, i);
    RETURN format('%s. Sizes: got %s, wanted %s. First different byte: %s; from 16 before it: got %s, '
        'wanted %s',
                  CASE WHEN got IS NULL THEN 'NULL'
                       WHEN jsonb_send(got) = jsonb_send(wanted) THEN 'same text, other bytes'
                       ELSE 'other text' END,
                  pg_column_size(got), pg_column_size(wanted), at,
                  substr(got::bytea, at - 15, 48), substr(wanted::bytea, at - 15, 48));
END $$;

-- The formats that this edition has.
CREATE FUNCTION test.formats() RETURNS text[] LANGUAGE sql AS $$
    SELECT '{rows, drizzle, ai-sdk}'::text[]
        || CASE l.lanname WHEN 'c' THEN '{openai, openai-compatible, anthropic}' ELSE '{}' END::text[]
    FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang
    WHERE p.oid = 'public.get_conversation(text, text, integer, text)'::regprocedure
$$;

-- get_conversation against SQL, and get_conversation_json against get_conversation in each format.
CREATE FUNCTION test.check(conversation uuid, message_limit int DEFAULT NULL, before uuid DEFAULT NULL)
RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    rows jsonb := get_conversation(conversation, 'rows', message_limit, before::text);
    problem text := 'get_conversation: '
        || test.difference(rows, test.expected(conversation, message_limit, before));
    format text;
BEGIN
    FOREACH format IN ARRAY test.formats() LOOP
        problem := coalesce(problem, format('get_conversation_json, %s: ', format)
            || test.difference(get_conversation_json(conversation,
                format,
                message_limit,
                before::text)::jsonb,
                   CASE format WHEN 'rows' THEN rows
                               ELSE get_conversation(conversation, format, message_limit, before::text) END));
    END LOOP;
    RETURN format('%s (%L, message_limit => %s, before_message => %s)', problem, conversation,
                  coalesce(message_limit::text, 'NULL'), coalesce(quote_literal(before), 'NULL'))
    WHERE problem IS NOT NULL;
END $$;

-- Whether an element or field that is asked for by itself is the one that comes in its place when all are
-- read. Among the elements, those around every 32nd are where jsonb stores offsets instead of lengths.
CREATE FUNCTION test.check_access(document jsonb) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    messages jsonb := document -> 'messages';
BEGIN
    RETURN (SELECT format('messages[%s] is another when asked for', i - 1)
            FROM jsonb_array_elements(messages) WITH ORDINALITY AS e (message, i)
            WHERE (i % 32 IN (31, 0, 1, 2) OR i < 4) AND messages -> (i - 1)::int IS DISTINCT FROM message
            UNION ALL
            SELECT format('the field %s is another when asked for', key)
            FROM unnest(ARRAY[document, messages -> 0, messages -> -1]) object, jsonb_each(object)
            WHERE object -> key IS DISTINCT FROM value
            LIMIT 1);
END $$;
