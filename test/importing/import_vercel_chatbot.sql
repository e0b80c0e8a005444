-- agentchat.import_vercel_chatbot() imports every generation of the template's tables, which its migrations
-- make, and accounts for every row.
\ir ../lib/agentchat.sql
\ir ../lib/error_of.sql

SELECT plan(42);

-- ---- the tables of 2025, in the schema of the extension

\ir ../data/vercel_chatbot/0000_keen_devos.sql
\ir ../data/vercel_chatbot/0001_sparkling_blue_marvel.sql
\ir ../data/vercel_chatbot/0002_wandering_riptide.sql
\ir ../data/vercel_chatbot/0003_cloudy_glorian.sql
\ir ../data/vercel_chatbot/0004_odd_slayback.sql
\ir ../data/vercel_chatbot/0005_wooden_whistler.sql
\ir ../data/vercel_chatbot/0006_marvelous_frog_thor.sql
\ir ../data/vercel_chatbot/0007_flowery_ben_parker.sql

-- The id of a row of the source.
CREATE FUNCTION n(prefix text, number int) RETURNS uuid LANGUAGE sql IMMUTABLE
    AS $$ SELECT (rpad(prefix, 8, '0') || '-0000-4000-8000-' || lpad(number::text, 12, '0'))::uuid $$;
CREATE FUNCTION texts(VARIADIC texts text[]) RETURNS json LANGUAGE sql IMMUTABLE
    AS $$ SELECT json_agg(json_build_object('type', 'text', 'text', t)) FROM unnest(texts) t $$;

INSERT INTO "User" VALUES
    (n('a', 1), 'ada@example.com', 'secret'),
    (n('a', 2), 'bob@example.com', NULL),
    (n('a', 3), 'ada@example.com', 'other'),
    (n('a', 4), 'guest-1735689600000', 'secret');
INSERT INTO "Chat" (id, "createdAt", title, "userId", visibility, "lastContext") VALUES
    (n('c', 1), '2025-03-01 10:00', 'Maui', n('a', 1), 'private',
        '{"usage": {"inputTokens": 5, "cached": null}}'),
    (n('c', 2), '2025-03-02 10:00', 'Kauai', n('a', 3), 'public', NULL),
    (n('c', 3), '2025-03-03 10:00', 'Empty', n('a', 2), 'private', NULL);
INSERT INTO "Message_v2" (id, "chatId", role, parts, attachments, "createdAt") VALUES
    -- The answer has the smaller id and the same time.
    (n('b', 2), n('c', 1), 'user', texts('What should ', 'I see?'), '[]', '2025-03-01 10:00:01.5'),
    (n('b', 1), n('c', 1), 'assistant', '[{"type": "step-start"}, {"type": "reasoning", "text": "Hm."},
        {"type": "text", "text": "The crater.", "state": "done"}]', '[]', '2025-03-01 10:00:01.5'),
    (n('b', 3), n('c', 1), 'assistant', texts('And the road.'), '[]', '2025-03-01 10:00:01.5'),
    (n('b', 4), n('c', 2), 'user', '[{"type": "text", "text": "\ud83d\ude00 \ud83d \u0000 \\u0000"}]', '[]',
        '2025-03-02 10:00:02'),
    (n('b', 5), n('c', 2), 'data', texts('Not a role.'), '[]', '2025-03-02 10:00:03'),
    (n('b', 6), n('c', 2), 'assistant',
        json_build_array(json_build_object('type', 'tool-createDocument', 'toolCallId', 'call_1',
            'state', 'output-available', 'input', json_build_object('title', 'Essay', 'kind', 'text'),
            'output', json_build_object('id', n('d', 1), 'title', 'Essay', 'kind', 'text', 'content',
                'Done.'))),
        '[]', '2025-03-02 10:00:04');
INSERT INTO "Vote_v2" VALUES (n('c', 1), n('b', 1), true), (n('c', 1), n('b', 3), false), (n('c', 1), n('b',
    4), true);
-- 50 versions, one a minute, and a sheet of one version.
INSERT INTO "Document" (id, "createdAt", title, content, text, "userId")
SELECT n('d', 1), timestamp '2025-03-02 10:00' + v * interval '1 minute', 'Essay', 'Version ' || v, 'text',
    n('a', 3)
FROM generate_series(1, 50) v;
INSERT INTO "Document" VALUES
    (n('d', 2), '2025-03-05 10:00', 'Numbers', NULL, n('a', 2), 'sheet'),
    (n('d', 3), '2025-03-05 10:00', 'Page', '<p>', n('a', 2), 'html');
INSERT INTO "Suggestion" VALUES
    (n('e', 1), n('d', 1), '2025-03-02 10:01', 'Version', 'Draft', NULL, false, n('a', 3),
        '2025-03-02 10:02'),
    (n('e', 2), n('d', 1), '2025-03-02 10:50', 'Version', 'Edition', 'Better.', true, n('a', 1),
        '2025-03-02 11:00');
INSERT INTO "Stream" VALUES (n('f', 1), n('c', 1), '2025-03-01 10:00');

-- A call, with the problems in short: kind and count.
CREATE FUNCTION imported(schema_name text, dry_run boolean) RETURNS TABLE (
    source text, read bigint, written bigint, merged bigint, skipped bigint, problems text
) LANGUAGE sql AS $$
    SELECT i.source, i.read, i.written, i.merged, i.skipped, (
        SELECT string_agg((p ->> 'kind') || ': ' || (p ->> 'count'), '; ' ORDER BY n)
        FROM jsonb_array_elements(i.problems) WITH ORDINALITY e (p, n))
    FROM agentchat.import_vercel_chatbot(schema_name, dry_run) i
$$;
CREATE FUNCTION everything() RETURNS text LANGUAGE sql AS $$
    SELECT md5(concat((SELECT jsonb_agg(t ORDER BY id) FROM users t),
        (SELECT jsonb_agg(t ORDER BY id) FROM conversations t), (SELECT jsonb_agg(t ORDER BY id)
            FROM messages t),
        (SELECT jsonb_agg(t ORDER BY id) FROM artifacts t)))
$$;

CREATE TEMPORARY TABLE expected (source text, read bigint, written bigint, merged bigint, skipped bigint,
    problems text);
INSERT INTO expected VALUES
    ('User', 4, 3, 1, 0, 'columns that users does not have were left out: 3; duplicate e-mail, merged: 1'),
    ('Chat', 3, 3, 0, 0, NULL),
    ('Message', 0, 0, 0, 0, NULL),
    ('Message_v2', 6, 5, 0, 1,
        'characters that jsonb cannot hold were replaced: 1; role is not user, assistant or system: 1'),
    ('Vote', 0, 0, 0, 0, NULL),
    ('Vote_v2', 3, 2, 0, 1, 'no such message in the chat: 1'),
    ('Document', 52, 3, 49, 0,
        'kind is not text, code, image or sheet; "text" was written: 1; older version, merged: 49'),
    ('Suggestion', 2, 2, 0, 0, NULL),
    ('Stream', 1, 0, 0, 1, 'left out: 1');

SELECT everything() AS before \gset
SET transaction_read_only = on;
SELECT results_eq($$SELECT * FROM imported('public', true)$$, 'SELECT * FROM expected',
    'a dry run tells what the import would do, in a transaction that cannot write');
SET transaction_read_only = off;
SELECT is(everything(), :'before', 'it writes nothing');

SELECT results_eq($$SELECT * FROM imported('public', false)$$, 'SELECT * FROM expected',
    'the import does it');

SELECT is_empty('SELECT * FROM agentchat.check()', 'nothing is wrong with the tables afterwards');

SELECT results_eq($$SELECT email, avatar_url, created_at FROM users WHERE email ~ '@' ORDER BY id$$,
    $$VALUES ('ada@example.com', NULL, timestamp '2025-03-01 10:00'), ('bob@example.com', NULL,
        '2025-03-03 10:00')$$,
    'users without a time get that of their first chat');
SELECT results_eq(
    'SELECT id, user_id, title, metadata, created_at, updated_at FROM conversations ORDER BY id',
    $$VALUES (n('c', 1), n('a', 1), 'Maui', jsonb_build_object('visibility', 'private',
            'lastContext', '{"usage": {"inputTokens": 5, "cached": null}}'::jsonb,
            'imported', jsonb_build_object('source', 'vercel_chatbot', 'id', n('c', 1)),
            'votes', jsonb_build_object(n('b', 1), '{"is_upvoted": true}'::jsonb, n('b', 3),
                '{"is_upvoted": false}'::jsonb)),
            timestamp '2025-03-01 10:00', timestamp '2025-03-01 10:00:01.500002'),
        (n('c', 2), n('a', 1), 'Kauai', jsonb_build_object('visibility', 'public',
            'imported', jsonb_build_object('source', 'vercel_chatbot', 'id', n('c', 2), 'user_id', n('a',
                3))),
            '2025-03-02 10:00', '2025-03-02 10:00:04'),
        (n('c', 3), n('a', 2), 'Empty', jsonb_build_object('visibility', 'private',
            'imported', jsonb_build_object('source', 'vercel_chatbot', 'id', n('c', 3))),
            '2025-03-03 10:00', '2025-03-03 10:00')$$,
    'chats become conversations, with votes, and with the id of the user who was merged');
SELECT results_eq($$SELECT id, role, content, reasoning, created_at FROM messages ORDER BY conversation_id,
    created_at$$,
    $$VALUES (n('b', 2), 'user', 'What should I see?', NULL, timestamp '2025-03-01 10:00:01.5'),
        (n('b', 1), 'assistant', 'The crater.', 'Hm.', '2025-03-01 10:00:01.500001'),
        (n('b', 3), 'assistant', 'And the road.', NULL, '2025-03-01 10:00:01.500002'),
        (n('b', 4), 'user', U&'\+01F600 \FFFD \FFFD \\u0000', NULL, '2025-03-02 10:00:02'),
        (n('b', 6), 'assistant', '', NULL, '2025-03-02 10:00:04')$$,
    'the user''s message comes first, and each message later than the one before it');
SELECT is((SELECT jsonb_agg(m.parts ORDER BY m.id) FROM messages m WHERE m.id <> n('b', 4)),
    (SELECT jsonb_agg(s.parts::jsonb ORDER BY s.id) FROM "Message_v2" s WHERE s.id NOT IN (n('b', 4), n('b',
        5))),
    'current parts stay as they are');
SELECT results_eq(
    'SELECT id, user_id, message_id, type, title, content, created_at, updated_at FROM artifacts ORDER BY id',
    $$VALUES (n('d', 1), n('a', 1), n('b', 6), 'text', 'Essay', 'Version 50', timestamp '2025-03-02 10:01',
            timestamp '2025-03-02 10:50'),
        (n('d', 2), n('a', 2), NULL, 'sheet', 'Numbers', NULL, '2025-03-05 10:00', '2025-03-05 10:00'),
        (n('d', 3), n('a', 2), NULL, 'text', 'Page', '<p>', '2025-03-05 10:00', '2025-03-05 10:00')$$,
    'the newest version of a document is the artifact, of the message whose tool made it');
SELECT is((SELECT metadata -> 'versions' FROM artifacts WHERE id = n('d', 1)),
    (SELECT jsonb_agg(jsonb_build_object('created_at', to_char("createdAt", 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
         'title', title, 'content', content, 'kind', text) ORDER BY "createdAt")
     FROM "Document" WHERE id = n('d', 1) AND "createdAt" < '2025-03-02 10:50'),
    'the older ones are in its metadata, oldest first');
SELECT is((SELECT jsonb_path_query_array(metadata, '$.suggestions[*].suggested_text') FROM artifacts
    WHERE id = n('d', 1)),
    '["Draft", "Edition"]', 'so are the suggestions, oldest first');
SELECT is((SELECT metadata FROM artifacts WHERE id = n('d', 3)), jsonb_build_object('imported',
    jsonb_build_object(
    'source', 'vercel_chatbot', 'id', n('d', 3), 'kind', 'html', 'version_at',
        '2025-03-05T10:00:00.000000Z')),
    'a kind of document that artifacts do not know is in the metadata');

-- ---- the second run, and what has come to the source since

SELECT everything() AS imported \gset
SELECT results_eq($$SELECT source, written, merged FROM imported('public', false)
    WHERE written + merged > 0$$,
    $$VALUES ('User', 0::bigint, 1::bigint)$$, 'a second run writes nothing');
SELECT is(everything(), :'imported', 'it changes nothing');
SELECT results_eq($$SELECT source, skipped, problems FROM imported('public', false) WHERE source
    IN ('Message_v2', 'Document')$$,
    $$VALUES ('Message_v2', 6::bigint,
        'already imported: 5; characters that jsonb cannot hold were replaced: 1; '
              'role is not user, assistant or system: 1'),
        ('Document', 52, 'already imported: 52; '
            'kind is not text, code, image or sheet; "text" was written: 1')$$,
    'it says why');

INSERT INTO "User" VALUES (n('a', 5), 'eve@example.com');
INSERT INTO "Chat" VALUES (n('c', 4), '2025-03-06 10:00', n('a', 5), 'New');
INSERT INTO "Message_v2" VALUES (n('b', 7), n('c', 1), 'user', texts('Thanks.'), '[]', '2025-03-01 11:00'),
    (n('b', 8), n('c', 4), 'user', texts('Hi.'), '[]', '2025-03-06 11:00');
UPDATE "Message_v2" SET parts = texts('The crater, of course.') WHERE id = n('b', 1);
INSERT INTO "Document" VALUES (n('d', 1), '2025-03-07 10:00', 'Essay', 'Version 51', n('a', 3), 'text'),
    (n('d', 1), '2025-03-07 10:01', 'Essay, final', 'Version 52', n('a', 3), 'text'),
    (n('d', 2), '2025-03-07 10:00', 'Numbers', '1,2', n('a', 2), 'sheet'),
    -- Older than all that are stored.
    (n('d', 1), '2025-01-01 10:00', 'Essay', 'Version 0', n('a', 3), 'text');
UPDATE artifacts SET content = '0' WHERE id = n('d', 2);
INSERT INTO "Suggestion" VALUES
    (n('e', 3), n('d', 1), '2025-03-07 10:00', 'Version', 'Print', NULL, false, n('a', 3),
        '2025-03-07 10:02');
INSERT INTO "Vote_v2" VALUES (n('c', 2), n('b', 6), true);
UPDATE "Vote_v2" SET "isUpvoted" = true WHERE "messageId" = n('b', 3);
SELECT results_eq($$SELECT source, written, merged, problems FROM imported('public', false)
    WHERE source <> 'Stream'
        AND source NOT IN ('Message', 'Vote')$$,
    $$VALUES ('User', 1::bigint, 1::bigint,
        'already imported: 3; columns that users does not have were left out: 3; '
              'duplicate e-mail, merged: 1'),
        ('Chat', 1, 0, 'already imported: 3'),
        ('Message_v2', 2, 0, 'already imported: 5; characters that jsonb cannot hold were replaced: 1; '
            'differs from the message that is stored, which stays: 1; '
            'role is not user, assistant or system: 1'),
        ('Vote_v2', 1, 0, 'already imported: 2; differs from the vote that is stored, which stays: 1; '
            'no such message in the chat: 1'),
        ('Document', 1, 2, 'already imported: 52; '
            'kind is not text, code, image or sheet; "text" was written: 1; '
            'older version, merged: 2; the artifact has changed since it was imported: 1'),
        ('Suggestion', 1, 0, 'already imported: 2')$$,
    'what has come to the source since is written');
SELECT is((SELECT updated_at FROM conversations WHERE id = n('c', 1)), '2025-03-01 11:00',
    'a new message changes the time of its conversation');
SELECT is((SELECT array[title, content, jsonb_array_length(metadata -> 'versions')::text,
        metadata #>> '{versions,0,content}', metadata #>> '{versions,50,content}',
        metadata #>> '{versions,51,content}', metadata #>> '{suggestions,2,id}']
    FROM artifacts WHERE id = n('d', 1)),
    ARRAY['Essay, final', 'Version 52', '52', 'Version 0', 'Version 50', 'Version 51', n('e', 3)::text],
    'new versions of a document take their places among those that are stored');
INSERT INTO "Document" VALUES (n('d', 1), '2025-03-07 10:00:30', 'Essay', 'Version 51b', n('a', 3), 'text');
SELECT results_eq($$SELECT read, written, merged, skipped FROM agentchat.import_vercel_chatbot()
    WHERE source = 'Document'$$, $$VALUES (57::bigint, 0::bigint, 1::bigint, 56::bigint)$$,
    'a version that comes later, but is older than the newest one, is merged');
SELECT is((SELECT array[title, content, jsonb_array_length(metadata -> 'versions')::text,
        metadata #>> '{versions,51,content}', metadata #>> '{versions,52,content}']
    FROM artifacts WHERE id = n('d', 1)),
    ARRAY['Essay, final', 'Version 52', '53', 'Version 51', 'Version 51b'], 'and is in its place');
SELECT is_empty('SELECT * FROM agentchat.check()', 'nothing is wrong with the tables');

-- ---- figures

SELECT is((SELECT figures FROM agentchat.import_vercel_chatbot()
    WHERE source = 'Chat') #- '{differing,0,source,checksum}'
        #- '{differing,0,stored,checksum}' #- '{differing,1}',
    jsonb_build_object('conversations', 4, 'messages', 7, 'agreeing', 3, 'differing', jsonb_build_array(
        jsonb_build_object('conversation_id', n('c', 1),
            'source', '{"messages": 4, "first_message_at": "2025-03-01T10:00:01.500000Z",
                "last_message_at": "2025-03-01T11:00:00.000000Z"}'::jsonb,
            'stored', '{"messages": 4, "first_message_at": "2025-03-01T10:00:01.500000Z",
                "last_message_at": "2025-03-01T11:00:00.000000Z"}'::jsonb))),
    'the result counts the conversations that agree with the source, and shows those that do not');
SELECT results_eq('SELECT conversation_id, agrees FROM agentchat.compare_vercel_chatbot() ORDER BY 1',
    $$VALUES (n('c', 1), false), (n('c', 2), true), (n('c', 3), true), (n('c', 4), true)$$,
    'compare_vercel_chatbot() shows all');

-- ---- the tables of July 2026, with columns and tables of a fork, in a schema of their own

CREATE SCHEMA "the fork";
SET search_path = "the fork", public, tap;
\ir ../data/vercel_chatbot/0000_initial.sql
CREATE TYPE mood AS ENUM ('glad', 'sad');
-- A cast that the owner of a type has made must not run.
CREATE FUNCTION planted(mood) RETURNS json LANGUAGE plpgsql AS $$ BEGIN RAISE 'a planted cast runs'; END $$;
CREATE CAST (mood AS json) WITH FUNCTION planted(mood);
CREATE FUNCTION planted(uuid, uuid) RETURNS boolean LANGUAGE plpgsql
    AS $$ BEGIN RAISE 'a planted operator runs'; END $$;
CREATE OPERATOR = (FUNCTION = planted, LEFTARG = uuid, RIGHTARG = uuid);
CREATE FUNCTION planted(text, text) RETURNS boolean LANGUAGE plpgsql
    AS $$ BEGIN RAISE 'a planted operator runs'; END $$;
CREATE OPERATOR = (FUNCTION = planted, LEFTARG = text, RIGHTARG = text);
ALTER TABLE "User" ADD COLUMN role text;
ALTER TABLE "Chat" ADD COLUMN mood mood, ADD COLUMN settings json, ADD COLUMN "updatedAt" timestamptz;
ALTER TABLE "Message_v2" ADD COLUMN model text, ADD COLUMN cost numeric, ADD COLUMN mood mood,
    ALTER COLUMN parts TYPE jsonb, ALTER COLUMN "createdAt" TYPE timestamptz
        USING "createdAt" AT TIME ZONE 'UTC';
ALTER TABLE "Vote_v2" ADD COLUMN comment text;
ALTER TABLE "Document" ALTER COLUMN title TYPE varchar, ADD COLUMN pages int;
CREATE TABLE "Session" (id int);
INSERT INTO "Session" SELECT generate_series(1, 12345);
CREATE VIEW "Report" AS SELECT 1 / 0 AS nothing;
SET search_path = public, tap;
INSERT INTO "the fork"."User" (id, email, password, name, "emailVerified", image, "createdAt", "updatedAt",
    role) VALUES
    (n('a', 11), 'cid@example.com', NULL, 'Cid', true, 'https://example.com/cid.png', '2026-07-01 12:00',
        '2026-07-02 12:00', 'admin'),
    -- This e-mail has a user of another id here.
    (n('a', 12), 'bob@example.com', NULL, 'Bob', true, NULL, '2026-07-01 12:00', '2026-07-02 12:00', NULL);
INSERT INTO "the fork"."Chat" (id, "createdAt", title, "userId", visibility, mood, settings,
    "updatedAt") VALUES
    (n('c', 11), timestamp '2026-07-02 23:30', 'Oahu', n('a', 11), 'private', 'glad', '{"a\u0000b": null}',
        '2026-07-03 00:00+02'),
    (n('c', 12), '2026-07-02 23:30', 'Niihau', n('a', 12), 'private', NULL, NULL, NULL);
INSERT INTO "the fork"."Message_v2" VALUES
    (n('b', 11), n('c', 11), 'user', '[{"type": "text", "text": "Hi."}]', '[]', '2026-07-02 21:30+00', 'gpt',
        0.50, 'sad'),
    (n('b', 12), n('c', 11), 'assistant', '[{"type": "text", "text": "Hi!"}]', '[]', '2026-07-02 21:30+00',
        NULL, NULL, NULL),
    (n('b', 1), n('c', 11), 'user', '[]', '[]', '2026-07-02 21:30+00', NULL, NULL, NULL);
INSERT INTO "the fork"."Vote_v2" VALUES (n('c', 11), n('b', 12), false, 'Too short.');
INSERT INTO "the fork"."Document" VALUES (n('d', 11), '2026-07-02 23:30', 'T', 'C', 'code', n('a', 12), 7);

SELECT results_eq($$SELECT source, read, written, merged, skipped, problems::text
        FROM agentchat.import_vercel_chatbot('the fork', time_zone => 'Europe/Berlin')$$,
    $$VALUES ('User', 2::bigint, 1::bigint, 1::bigint, 0::bigint,
            (jsonb_build_array(jsonb_build_object('kind', 'columns that users does not have were left out',
                'count', 2,
                'first_ids', ARRAY[n('a', 11), n('a', 12)],
                'columns', '{"emailVerified": 2, "isAnonymous": 2, "role": 1}'::jsonb),
            jsonb_build_object('kind', 'e-mail is already in users, merged', 'count', 1, 'first_ids',
                ARRAY[n('a', 12)])))::text),
        ('Chat', 2, 2, 0, 0, jsonb_build_array(jsonb_build_object('kind',
            'characters that jsonb cannot hold were replaced', 'count', 1, 'first_ids', ARRAY[n('c',
                11)]))::text),
        ('Message_v2', 3, 2, 0, 1, jsonb_build_array(jsonb_build_object('kind',
            'id is that of a message of another conversation', 'count', 1, 'first_ids', ARRAY[n('b',
                1)]))::text),
        ('Vote_v2', 1, 1, 0, 0, '[]'), ('Document', 1, 1, 0, 0, '[]'), ('Suggestion', 0, 0, 0, 0, '[]'),
        ('Session', 12345, 0, 0, 12345, '[{"kind": "left out", "count": 12345, "first_ids": []}]'),
        ('Stream', 0, 0, 0, 0, '[{"kind": "left out", "count": 0, "first_ids": []}]')$$,
    'the tables of July 2026, with more columns and tables');
SELECT is((SELECT to_jsonb(u) FROM users u WHERE id = n('a', 11)), jsonb_build_object('id', n('a', 11),
    'email',
    'cid@example.com', 'name', 'Cid', 'avatar_url', 'https://example.com/cid.png', 'created_at',
        '2026-07-01T10:00:00',
    'updated_at', '2026-07-02T10:00:00'), 'users have name, picture and times, in UTC');
SELECT is((SELECT to_jsonb(c) - 'title' FROM conversations c WHERE id = n('c', 11)), jsonb_build_object('id',
    n('c', 11),
    'user_id', n('a', 11), 'system_prompt', NULL, 'created_at', '2026-07-02T21:30:00',
    'updated_at', '2026-07-02T21:30:00.000001', 'metadata', jsonb_build_object('visibility', 'private',
        'imported', jsonb_build_object('source', 'vercel_chatbot', 'id', n('c', 11),
            'columns', jsonb_build_object('mood', 'glad', 'settings', jsonb_build_object(U&'a\FFFDb', NULL),
                                          'updatedAt', to_jsonb(timestamptz '2026-07-03 00:00+02'))),
        'votes', jsonb_build_object(n('b', 12),
            '{"is_upvoted": false, "columns": {"comment": "Too short."}}'::jsonb))),
    'the columns of a fork are in the metadata');
SELECT is((SELECT parts FROM messages WHERE id = n('b', 11)), '[{"type": "text", "text": "Hi."},
    {"type": "data-imported", "data": {"source": "vercel_chatbot",
        "columns": {"model": "gpt", "cost": 0.50, "mood": "sad"}}}]', 'or in a data part of their message');
SELECT is((SELECT metadata -> 'imported' FROM artifacts WHERE id = n('d', 11)), jsonb_build_object(
    'source', 'vercel_chatbot', 'id', n('d', 11), 'user_id', n('a', 12), 'columns', '{"pages": 7}'::jsonb,
    'version_at', '2026-07-02T21:30:00.000000Z'), 'documents of a merged user say whose they were');
SELECT results_eq($$SELECT source, written, skipped FROM agentchat.import_vercel_chatbot('the fork', false,
    'Europe/Berlin')
        WHERE source IN ('User', 'Chat', 'Message_v2', 'Vote_v2', 'Document')$$,
    $$VALUES ('User', 0::bigint, 1::bigint), ('Chat', 0, 2), ('Message_v2', 0, 3), ('Vote_v2', 0, 1),
        ('Document', 0, 1)$$,
    'a second run writes nothing');
SELECT is_empty('SELECT * FROM agentchat.check()', 'nothing is wrong with the tables');

-- ---- errors

SELECT everything() AS before \gset
SELECT is(error_of($$SELECT agentchat.import_vercel_chatbot('nowhere')$$),
    '22023 schema "nowhere" does not exist | '
    'Pass the schema that has the chatbot''s tables, as it is spelt in the catalog.',
    'a schema that does not exist');
SELECT matches(error_of($$SELECT agentchat.import_vercel_chatbot('tap')$$),
    '^22023 schema "tap" has no tables of Vercel''s chatbot | None of these tables exists: "Chat", ',
        'one without the tables');
SELECT matches(error_of($$SELECT agentchat.import_vercel_chatbot('the fork', time_zone => 'Berlin')$$),
    '^22023 time zone "Berlin" does not exist | ', 'a time zone that does not exist');
SELECT is(error_of($$SELECT agentchat.import_vercel_chatbot(NULL)$$) ~ '^22004 source_schema is NULL', true,
    'NULL');
SELECT is(error_of($$SELECT agentchat.import_vercel_chatbot('public', NULL)$$) ~ '^22004 dry_run is NULL',
    true, 'NULL');
CREATE SCHEMA other;
CREATE TABLE other."Chat" (id text, "userId" uuid, title text);
SELECT is(error_of($$SELECT agentchat.import_vercel_chatbot('other')$$),
    '22023 tables in schema "other" are not those of Vercel''s chatbot | '
    '"Chat"."createdAt" is missing. "Chat".id is of '
    'type text instead of uuid. | '
    'Create views with the columns of the chatbot in a schema of their own, and import from '
    'there.', 'tables of other applications are refused');
SELECT is(error_of($$SELECT agentchat.compare_vercel_chatbot('other')$$) ~ '^22023 tables in schema "other"',
    true,
    'by compare_vercel_chatbot(), too');

-- An error in the middle leaves nothing.
DROP TABLE other."Chat";
CREATE TABLE other."User" AS SELECT n('a', 21) AS id, 'dan@example.com' AS email;
CREATE TABLE other."Chat" AS SELECT n('c', 21) AS id, n('a', 21) AS "userId", 'T' AS title,
    timestamp '2026-01-01' AS "createdAt";
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no'; END $$;
CREATE TRIGGER refuse BEFORE INSERT ON conversations FOR EACH ROW EXECUTE FUNCTION refuse();
SELECT is(error_of($$SELECT agentchat.import_vercel_chatbot('other')$$), 'P0001 no',
    'an error of a trigger of the user');
DROP TRIGGER refuse ON conversations;
SELECT is(everything(), :'before', 'after an error nothing has changed');

-- Views of another role run functions of that role.
CREATE ROLE planter;
CREATE VIEW other."Message_v2" AS SELECT gen_random_uuid() AS id, n('c', 21) AS "chatId", 'user' AS role,
    '[]'::jsonb AS parts,
    now() AS "createdAt";
SELECT is((SELECT written FROM agentchat.import_vercel_chatbot('other', true) WHERE source = 'Message_v2'),
    1::bigint,
    'views of the caller can be imported');
ALTER VIEW other."Message_v2" OWNER TO planter;
SELECT is(error_of($$SELECT agentchat.import_vercel_chatbot('other')$$) ~
    '^42501 the source has views of another role .*other."Message_v2"', true, 'views of others are refused');

-- ---- some of the tables: each alone, each two, and all but one

CREATE FUNCTION of_some_tables() RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    tables CONSTANT text[] := '{User,Chat,Message,Message_v2,Vote,Vote_v2,Document,Suggestion}';
    chosen text[];
    name text;
BEGIN
    FOR chosen IN
        SELECT array_agg(t.name) FROM generate_series(1, 255) subset
            CROSS JOIN LATERAL unnest(tables) WITH ORDINALITY t (name, n)
        WHERE subset & 1 << t.n::int - 1 <> 0
        GROUP BY subset HAVING count(*) IN (1, 2, 7)
    LOOP
        CREATE SCHEMA part;
        FOREACH name IN ARRAY chosen LOOP
            EXECUTE format('CREATE VIEW part.%1$I AS TABLE public.%1$I', name);
        END LOOP;
        BEGIN
            RETURN QUERY SELECT format('%s: %s', chosen, r.source)
                FROM agentchat.import_vercel_chatbot('part') r
                WHERE r.read <> r.written + r.merged + r.skipped OR r.written <> 0;
            IF ARRAY(SELECT r.source FROM agentchat.import_vercel_chatbot('part', true) r ORDER BY 1)
                <> ARRAY(SELECT t.name FROM unnest(chosen) t (name) ORDER BY 1) THEN
                RETURN NEXT format('%s: other rows', chosen);
            END IF;
            PERFORM agentchat.compare_vercel_chatbot('part');
        EXCEPTION WHEN OTHERS THEN
            RETURN NEXT format('%s: %s', chosen, SQLERRM);
        END;
        SET client_min_messages = warning;
        DROP SCHEMA part CASCADE;
        RESET client_min_messages;
    END LOOP;
END $$;
SELECT agentchat.import_vercel_chatbot();
SELECT is_empty('SELECT of_some_tables()', 'any of the tables can be missing, and nothing new is written');

SELECT * FROM finish();
