-- agentchat.import_vercel_chatbot() accounts for rows that no template writes: without parents, with NULLs,
-- with
-- ids that occur twice, in views and partitions. The dry run says the same as the import.
\ir ../lib/agentchat.sql
\ir ../lib/error_of.sql

SELECT plan(20);

CREATE SCHEMA source;
CREATE FUNCTION n(prefix text, number int) RETURNS uuid LANGUAGE sql IMMUTABLE
    AS $$ SELECT (rpad(prefix, 8, '0') || '-0000-4000-8000-' || lpad(number::text, 12, '0'))::uuid $$;

-- No keys, no NOT NULL; one partitioned table, one view, one materialized view.
CREATE TABLE source."User" (id uuid, email text, "createdAt" timestamptz);
CREATE TABLE source."Chat" (id uuid, "createdAt" timestamp, "userId" uuid);
CREATE TABLE source."Message_v2" (
    id uuid, "chatId" uuid, role text, parts jsonb, "createdAt" timestamp) PARTITION BY HASH (id);
CREATE TABLE source.messages_0 PARTITION OF source."Message_v2" FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE source.messages_1 PARTITION OF source."Message_v2" FOR VALUES WITH (MODULUS 2, REMAINDER 1);
CREATE TABLE source.votes ("chatId" uuid, "messageId" uuid, "isUpvoted" boolean);
CREATE VIEW source."Vote_v2" AS SELECT * FROM source.votes;
CREATE TABLE source.documents (id uuid, "createdAt" timestamp, title text, content text, "userId" uuid);
CREATE TABLE source."Suggestion" (id uuid, "documentId" uuid, "documentCreatedAt" timestamp,
    "originalText" text,
    "suggestedText" text, "createdAt" timestamp);

INSERT INTO source."User" VALUES (n('a', 1), 'ada@example.com', '2025-01-02 00:00+00'),
    (n('a', 2), 'ada@example.com', '2025-01-01 00:00+00'), (n('a', 3), 'Ada@example.com',
        '2025-01-03 00:00+00'),
    (n('a', 4), NULL, NULL), (n('a', 5), '', NULL), (n('a', 5), 'five@example.com', NULL), (NULL,
        'no@example.com', NULL);
INSERT INTO source."Chat" VALUES (n('c', 1), '2025-02-01', n('a', 1)), (n('c', 2), NULL, n('a', 4)),
    (n('c', 3), '2025-02-03', n('a', 9)), (n('c', 4), '2025-02-04', NULL), (NULL, '2025-02-05', n('a', 1)),
    (n('c', 1), '2025-02-01', n('a', 1)), (n('c', 5), 'infinity', n('a', 1));
INSERT INTO source."Message_v2" VALUES
    (n('b', 1), n('c', 1), 'user', '[{"type": "text", "text": "one"}]', '2025-02-01'),
    (n('b', 2), n('c', 3), 'user', '[{"type": "text", "text": "no user"}]', '2025-02-01'),
    (n('b', 3), n('c', 9), 'user', '[{"type": "text", "text": "no chat"}]', '2025-02-01'),
    (n('b', 4), n('c', 1), NULL, '[]', '2025-02-01'), (n('b', 5), n('c', 1), 'tool', '[]', '2025-02-01'),
    (n('b', 6), n('c', 1), 'system', '[{"type": "text", "text": "no time"}]', NULL),
    (n('b', 7), n('c', 1), 'assistant', jsonb_build_array(jsonb_build_object('type', 'text', 'text',
        repeat('10 MB. ', 1500000))), '2025-02-01 00:00:01'),
    (NULL, n('c', 1), 'user', '[]', '2025-02-01'),
    (n('b', 10), n('c', 1), 'user', '{"no": "array"}', '2025-02-01 00:00:02'),
    (n('b', 11), n('c', 1), 'user', '["no object", {"no": "type"}, null]', '2025-02-01 00:00:03'),
    (n('b', 12), n('c', 1), 'user', NULL, '2025-02-01 00:00:04'),
    (n('b', 8), n('c', 5), 'user', '[{"type": "text", "text": "never"}]', 'infinity'),
    (n('b', 9), n('c', 5), 'assistant', '[{"type": "text", "text": "ever"}]', '-infinity');
INSERT INTO source."Message_v2" SELECT * FROM source."Message_v2" WHERE id = n('b', 1);
-- 3,000 messages of one time.
INSERT INTO source."Message_v2"
SELECT n('b1', i), n('c', 2), 'assistant', '[{"type": "text", "text": "same time"}]',
    '2025-03-01 00:00:00.999'
FROM generate_series(1, 3000) i;
INSERT INTO source.votes VALUES (n('c', 1), n('b', 1), true), (n('c', 1), n('b', 1), false),
    (n('c', 1), n('b', 99), true), (n('c', 9), n('b', 1), true), (n('c', 1), n('b', 7), NULL), (NULL, NULL,
        NULL),
    (n('c', 3), n('b', 2), true), (n('c', 1), n('b', 5), true);
INSERT INTO source.documents VALUES (n('d', 1), '2025-02-01', 'A', 'a', n('a', 1)), (n('d', 1), '2025-02-02',
    'A', 'b', n('a', 2)),
    (n('d', 2), '2025-02-01', NULL, NULL, n('a', 9)), (NULL, '2025-02-01', 'A', 'a', n('a', 1)),
    (n('d', 3), NULL, 'A', 'a', n('a', 1));
CREATE MATERIALIZED VIEW source."Document" AS SELECT * FROM source.documents;
INSERT INTO source."Suggestion" VALUES (n('e', 1), n('d', 1), '2025-02-01', 'a', 'b', '2025-02-01'),
    (n('e', 2), n('d', 1), '2024-02-01', 'a', 'b', '2025-02-02'), (n('e', 3), n('d', 2), '2025-02-01', 'a',
        'b', '2025-02-01'),
    (n('e', 4), n('d', 9), '2025-02-01', 'a', 'b', '2025-02-01'), (n('e', 1), n('d', 1), '2025-02-01', 'a',
        'b', '2025-02-01'),
    (NULL, NULL, NULL, NULL, NULL, NULL);

CREATE TEMPORARY TABLE dry AS SELECT * FROM agentchat.import_vercel_chatbot('source', true);
SELECT is((SELECT count(*) FROM users) + (SELECT count(*) FROM conversations), 0::bigint,
    'the dry run writes nothing');
CREATE TEMPORARY TABLE real AS SELECT * FROM agentchat.import_vercel_chatbot('source');
SELECT results_eq('SELECT source, read, written, merged, skipped, problems FROM dry',
    'SELECT source, read, written, merged, skipped, problems FROM real',
        'the dry run says what the import does');
SELECT results_eq($$SELECT source, read, written, merged, skipped FROM real$$,
    $$VALUES ('User', 7::bigint, 4::bigint, 1::bigint, 2::bigint), ('Chat', 7, 3, 0, 4),
        ('Message_v2', 3014, 3008, 0, 6),
        ('Vote_v2', 8, 1, 0, 7), ('Document', 5, 2, 1, 2), ('Suggestion', 6, 2, 0, 4), ('documents', 5, 0, 0,
            5),
        ('votes', 8, 0, 0, 8)$$, 'every row is counted once');
SELECT is((SELECT bool_and(skipped + merged = (
        SELECT coalesce(sum((p ->> 'count')::bigint), 0)
        FROM jsonb_array_elements(problems) p
        WHERE p ->> 'kind' !~ 'was written$|were replaced|were kept|left out were|does not exist$'))
    FROM real), true,
    'every row that was skipped or merged has its reason');
SELECT is((SELECT jsonb_object_agg(p ->> 'kind', p -> 'count') FROM real, jsonb_array_elements(problems) p
    WHERE source = 'Message_v2'), '{"no id": 1, "no such chat": 2, "id occurs more than once": 1,
        "role is not user, assistant or system": 2,
        "no time, that of the chat was written": 1,
        "no parts, an empty text was written": 1,
        "parts that the AI SDK does not accept were kept as data": 2}', 'reasons of messages');
SELECT is((SELECT jsonb_object_agg(p ->> 'kind', p -> 'count') FROM real, jsonb_array_elements(problems) p
    WHERE source = 'Vote_v2'),
        '{"no vote": 1, "no such message in the chat": 5, "second vote on a message": 1}',
    'reasons of votes');
SELECT is((SELECT jsonb_object_agg(p ->> 'kind', p -> 'count') FROM real, jsonb_array_elements(problems) p
    WHERE source = 'Suggestion'), '{"no id": 1, "no such document": 2, "id occurs more than once": 1,
        "the version that it belongs to does not exist": 1}', 'reasons of suggestions');
SELECT results_eq('SELECT id, email FROM users ORDER BY id', $$VALUES (n('a', 2), 'ada@example.com'),
    (n('a', 3), 'Ada@example.com'), (n('a', 4), n('a', 4) || '@no-email.invalid'),
    (n('a', 5), n('a', 5) || '@no-email.invalid')$$, 'the oldest user keeps the e-mail');
SELECT is((SELECT length(content) FROM messages WHERE id = n('b', 7)), 10500000, 'a content of 10 MB');
SELECT results_eq($$SELECT count(DISTINCT created_at), max(created_at) FROM messages
    WHERE conversation_id = n('c', 2)$$,
    $$VALUES (3000::bigint, timestamp '2025-03-01 00:00:01.001999')$$,
        'messages of one time are a microsecond apart');
SELECT is((SELECT updated_at FROM conversations WHERE id = n('c', 5)), 'infinity', 'infinite times stay');
SELECT is((SELECT array_agg(agrees ORDER BY conversation_id) FROM agentchat.compare_vercel_chatbot('source')
    WHERE conversation_id IN (n('c', 2), n('c', 5))), '{t,t}', 'both agree with the source');
SELECT is_empty('SELECT * FROM agentchat.check()', 'nothing is wrong with the tables');
SELECT is((SELECT sum(written) FROM agentchat.import_vercel_chatbot('source')), 0::numeric,
    'a second run writes nothing');

-- ---- subsets of the tables

CREATE SCHEMA part;
CREATE TABLE part."Message_v2" AS SELECT n('b', 20) AS id, n('c', 1) AS "chatId", 'user' AS role,
    '[{"type": "text", "text": "more"}]'::jsonb AS parts, timestamp '2025-02-07' AS "createdAt";
CREATE TABLE part."Vote" AS SELECT n('c', 1) AS "chatId", n('b', 20) AS "messageId", true AS "isUpvoted";
SELECT results_eq($$SELECT source, read, written FROM agentchat.import_vercel_chatbot('part', true)$$,
    $$VALUES ('Message_v2', 1::bigint, 1::bigint), ('Vote', 1, 1)$$,
        'messages of conversations that exist: dry');
SELECT results_eq($$SELECT source, read, written FROM agentchat.import_vercel_chatbot('part')$$,
    $$VALUES ('Message_v2', 1::bigint, 1::bigint), ('Vote', 1, 1)$$, 'messages of conversations that exist');
SELECT is((SELECT count(*) FROM agentchat.compare_vercel_chatbot('part')), 1::bigint, 'compared');

-- ---- who may

CREATE ROLE reader;
CREATE FUNCTION wrapper() RETURNS bigint LANGUAGE sql SECURITY DEFINER
    AS $$ SELECT count(*) FROM agentchat.import_vercel_chatbot('part') $$;
SET ROLE reader;
SELECT error_of('SELECT * FROM agentchat.import_vercel_chatbot(''part'')') AS direct,
    error_of('SELECT wrapper()') AS wrapped \gset
RESET ROLE;
SELECT matches(:'direct'::text, '^42501 permission denied for function', 'others may not');
SELECT matches(:'wrapped'::text, '^42501 row-level security must not apply',
    'a SECURITY DEFINER function may not, because the triggers would change the times');
SELECT is(wrapper(), 2::bigint, 'its owner may call it');

SELECT * FROM finish();
