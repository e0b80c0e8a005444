-- The functions in SQL, in the schema in_sql, against those in C++. For test/reading/editions.t.

-- What a call returns, as text and as it is stored, or the error that it raises.
CREATE FUNCTION test.outcome(
    schema text, function text, conversation text, format text, message_limit int, before text,
    OUT document text, OUT bytes bytea, OUT error text
) LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('SELECT d::text, %s FROM %I.%I($1, $2, $3, $4) d',
                   CASE function WHEN 'get_conversation' THEN 'd::bytea' ELSE 'NULL' END, schema, function)
        INTO document, bytes USING conversation, format, message_limit, before;
EXCEPTION WHEN OTHERS THEN
    error := SQLSTATE || ' ' || SQLERRM;
END $$;

-- NULL if both functions return the same in both editions, or raise the same error.
CREATE FUNCTION test.editions_differ(conversation text, format text, message_limit int, before text)
RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    function text;
    ours record;
    theirs record;
BEGIN
    FOREACH function IN ARRAY '{get_conversation, get_conversation_json}'::text[] LOOP
        SELECT * INTO theirs
        FROM test.outcome('public', function, conversation, format, message_limit, before);
        SELECT * INTO ours
        FROM test.outcome('in_sql', function, conversation, format, message_limit, before);
        IF function = 'get_conversation_json' THEN
            -- The text of the functions in SQL has blanks.
            ours.document := ours.document::jsonb::text;
            theirs.document := theirs.document::jsonb::text;
        END IF;
        IF ours IS DISTINCT FROM theirs THEN
            RETURN concat_ws(', ', function, format,
                'errors: ' || nullif(concat_ws(' and ', ours.error, theirs.error), ''),
                test.first_difference(ours.document, theirs.document));
        END IF;
    END LOOP;
    RETURN NULL;
END $$;

CREATE FUNCTION test.first_difference(got text, wanted text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    low int := 0;
    high int := least(length(got), length(wanted));
    middle int;
BEGIN
    -- The longest beginning that both have.
    WHILE low < high LOOP
        middle := (low + high + 1) / 2;
        IF left(got, middle) = left(wanted, middle) THEN low := middle; ELSE high := middle - 1; END IF;
    END LOOP;
    IF low = length(got) AND low = length(wanted) THEN
        RETURN 'same text, other bytes';
    END IF;
    RETURN format('at %s: SQL: %s, C++: %s', low, coalesce(substr(got, greatest(low - 60, 1), 160), 'NULL'),
                  coalesce(substr(wanted, greatest(low - 60, 1), 160), 'NULL'));
END $$;

-- What differential.t compares with SQL is compared with the other edition. Large pages take too long.
CREATE OR REPLACE FUNCTION test.check(
    conversation uuid, message_limit int DEFAULT NULL, before uuid DEFAULT NULL
) RETURNS text LANGUAGE sql AS $$
    SELECT format('%s (%L, message_limit => %s, before_message => %s)', problem, conversation,
                  coalesce(message_limit::text, 'NULL'), coalesce(quote_literal(before), 'NULL'))
    FROM unnest('{rows, drizzle, ai-sdk}'::text[]) format
        CROSS JOIN LATERAL (
            SELECT test.editions_differ(conversation::text, format, message_limit, before::text)
            WHERE message_limit <= 100 OR message_limit IS NULL) d (problem)
    WHERE problem IS NOT NULL LIMIT 1
$$;
CREATE OR REPLACE FUNCTION test.check_access(document jsonb) RETURNS text LANGUAGE sql AS 'SELECT NULL';

INSERT INTO test.chosen (name, rows) VALUES ('some times', $$
    INSERT INTO messages (created_at)
    SELECT unnest('{infinity, -infinity, 4714-11-24 BC, 0001-12-31 23:59:59.999999 BC, 0001-01-01, 0009-09-09,
        1969-12-31 23:59:59.999999, 2000-02-29, 2024-07-01 01:02:03.1, 2024-07-01 01:02:03.000001,
        9999-12-31 23:59:59.999999, 10000-01-01, 294276-12-31 23:59:59.999999}'::timestamp[]);
    INSERT INTO conversations (id, created_at, updated_at)
    SELECT test.uuid(), created_at, created_at FROM messages$$);

-- ---- parts of all versions of the AI SDK, and what only looks like them

-- Values that mean something under some key.
CREATE FUNCTION test.odd_value(levels int) RETURNS jsonb LANGUAGE plpgsql AS $$
BEGIN
    RETURN CASE test.whole(0, 13)
        WHEN 0 THEN 'null'
        WHEN 1 THEN '""'
        WHEN 2 THEN '[]'
        WHEN 3 THEN '{}'
        WHEN 4 THEN to_jsonb(test.pick('text', 'data:,x', 'image/png', 'https://example.com/a', 'call_1',
            '": null'))
        WHEN 5 THEN to_jsonb(test.pick('output-available', 'output-error', 'input-streaming',
            'input-available', 'approval-responded', 'output-denied', 'result', 'partial-call', 'call'))
        WHEN 6 THEN to_jsonb(test.letters(test.whole(1, 6)))
        WHEN 7 THEN to_jsonb(test.number())
        WHEN 8 THEN to_jsonb(test.chance(0.5))
        WHEN 9 THEN '[null]'
        WHEN 10 THEN '["text"]'
        ELSE CASE WHEN levels > 0 THEN test.odd_object(levels - 1) ELSE '{"a": null}' END END;
END $$;

CREATE FUNCTION test.odd_object(levels int) RETURNS jsonb LANGUAGE sql AS $$
    SELECT coalesce(jsonb_object_agg(test.pick('url', 'id', 'title', 'text', 'signature', 'data', 'approved',
        'reason', 'state', 'toolCallId', 'toolName', 'args', 'result', 'providerMetadata', 'input', 'output',
        'createdAt', 'name', 'contentType', 'mediaType', test.letter()), test.odd_value(levels)), '{}')
    FROM generate_series(1, test.whole(0, 6))
$$;

CREATE FUNCTION test.odd_type() RETURNS text LANGUAGE sql AS $$
    SELECT test.pick('text', 'reasoning', 'file', 'tool-weather', 'tool-', 'dynamic-tool', 'tool-invocation',
        'source', 'source-url', 'source-document', 'reasoning-file', 'custom', 'steering-message',
        'step-start', 'data-weather', 'data-metadata', 'data-message-id', 'unknown', 'tool', 'Text', '')
$$;

-- A part with the keys that some part has, each with the value that belongs to it or with any.
CREATE FUNCTION test.odd_part() RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
    spoilt float8 := test.pick(0.0, 0.0, 0.2, 0.7);
    kept float8 := test.pick(0.3, 0.7, 0.95);
BEGIN
    IF test.chance(0.03) THEN
        RETURN test.odd_value(2);
    END IF;
    RETURN (SELECT jsonb_object_agg(key, CASE WHEN test.chance(spoilt) THEN test.odd_value(2) ELSE value END)
        FROM (VALUES ('type', to_jsonb(test.odd_type())), ('text', '"some text"'), ('reasoning', '"why"'),
            ('details', jsonb_build_array('{"text": "a", "signature": "s"}'::jsonb, '{"data": "r"}'::jsonb,
                test.odd_value(1))),
            ('url', '"https://example.com/a"'), ('data', test.pick('"aGk="', '"data:text/plain,x"', '"msg-1"',
                '{"model": "m"}', '{"createdAt": 1}')::jsonb),
            ('mediaType', '"image/png"'), ('mimeType', '"image/gif"'), ('filename', '"a.png"'),
            ('providerReference', '{"openai": "file-1"}'), ('providerMetadata', '{"openai": {"a": null}}'),
            ('state', to_jsonb(test.pick('output-available', 'output-error', 'input-streaming',
                'input-available', 'approval-responded', 'output-denied', 'done'))),
            ('toolCallId', '"call_1"'), ('toolName', '"search"'), ('input', '{"city": null}'),
            ('output', '[1.50, null]'), ('rawInput', 'null'), ('errorText', '"failed"'),
            ('approval', '{"id": "x", "approved": true, "reason": null}'), ('preliminary', 'null'),
            ('providerExecuted', 'true'), ('title', '"T"'), ('sourceId', '"s"'), ('id', '"i"'),
            ('source', '{"sourceType": "url", "id": "1", "url": "https://example.com", "title": "T",
                         "providerMetadata": {"x": {}}}'),
            ('toolInvocation', '{"state": "result", "toolCallId": "call_1", "toolName": "weather",
                                 "args": {"a": 1}, "result": {"b": [null]}}'),
            ('parts', '[{"type": "text", "text": "said"}]')) k (key, value)
        WHERE test.chance(CASE key WHEN 'type' THEN 0.97 ELSE kept END));
END $$;

CREATE FUNCTION test.odd_parts() RETURNS jsonb LANGUAGE plpgsql AS $$
BEGIN
    RETURN CASE test.whole(0, 15)
        WHEN 0 THEN NULL
        WHEN 1 THEN '[]'
        WHEN 2 THEN test.pick('{"-1": {"type": "data-metadata", "data": 1}}', 'null', '"text"',
            test.odd_value(2)::text)::jsonb
        ELSE (SELECT jsonb_agg(test.odd_part()) FROM generate_series(1, test.whole(1, 6)))
            || test.pick('[]', '[]', '[{"type": "data-message-id", "data": "msg-1"}]',
                '[{"type": "data-message-id", "data": "msg-1"},
                  {"type": "data-metadata", "data": {"a": null}}]',
                '[{"type": "data-metadata", "data": "no object"}]', '[{"type": "data-metadata"}]',
                '[{"type": "data-metadata", "data": {"createdAt": null, "x": 1}}]')::jsonb END;
END $$;

-- Conversations of such messages, and every comparison. Some messages have the UUID of a client's id. Call
-- it in a transaction that is rolled back.
CREATE FUNCTION test.round_of_parts(seed int, conversations int) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    conversation uuid;
BEGIN
    PERFORM setseed(seed / 2147483647.0);
    SET LOCAL session_replication_role = replica;
    ALTER TABLE messages DROP CONSTRAINT IF EXISTS messages_parts_check,
        DROP CONSTRAINT IF EXISTS messages_role_check,
        DROP CONSTRAINT IF EXISTS messages_attachments_check;
    FOR i IN 1..conversations LOOP
        conversation := test.uuid();
        INSERT INTO conversations (id, user_id, title) VALUES (conversation, conversation, 'T');
        INSERT INTO messages (id, conversation_id, role, content, reasoning, attachments, parts, created_at)
        SELECT CASE WHEN n = 1 THEN sql_edition.uuid_v5(conversation, 'msg-1') ELSE test.uuid() END,
            conversation, test.pick('user', 'assistant', 'system', ' odd '),
            test.pick('', 'Hello', test.letters(4)),
            test.pick(NULL, '', 'Thought', test.letters(4)),
            test.pick(NULL, NULL, '[]',
                '[{"url": "https://example.com/a"}, {"url": "data:text/plain,x", "name": "n"}]',
                '[null, {"url": 1}, {"url": "u", "filename": "f", "contentType": "text/csv",
                                     "mediaType": null}]',
                '[{"url": ""}, {"url": "data:image/gif;base64,aGk="}]', '{"url": "u"}')::jsonb,
            test.odd_parts(),
            CASE WHEN test.chance(0.9) THEN timestamp '2025-01-01' + n * interval '1 s' ELSE test.time() END
        FROM generate_series(1, test.whole(1, 12)) n;
        RETURN QUERY SELECT problem FROM test.check_pages(conversation) p (problem) WHERE problem IS NOT NULL;
    END LOOP;
END $$;
