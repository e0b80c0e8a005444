-- agentchat.import_vercel_chatbot() makes UIMessages of the ModelMessages in the table "Message" of the
-- template's first generations.
\ir ../lib/agentchat.sql

SELECT plan(19);

\ir ../data/vercel_chatbot/0000_keen_devos.sql
\ir ../data/vercel_chatbot/0001_sparkling_blue_marvel.sql
\ir ../data/vercel_chatbot/0002_wandering_riptide.sql
ALTER TABLE "Message" ADD COLUMN note text;

CREATE FUNCTION n(prefix text, number int) RETURNS uuid LANGUAGE sql IMMUTABLE
    AS $$ SELECT (rpad(prefix, 8, '0') || '-0000-4000-8000-' || lpad(number::text, 12, '0'))::uuid $$;
INSERT INTO "User" VALUES (n('a', 1), 'ada@example.com', 'secret');
INSERT INTO "Chat" (id, "createdAt", title, "userId")
SELECT n('c', i), '2024-11-01 10:00', 'Chat ' || i, n('a', 1) FROM generate_series(1, 6) i;

-- Adds a row to a chat, at a minute.
CREATE FUNCTION say(chat int, id int, minute int, role text, content text, note text DEFAULT NULL)
    RETURNS void
    LANGUAGE sql AS $$ INSERT INTO "Message" (id, "chatId", role, content, "createdAt", note)
                       VALUES (n('b', id), n('c', chat), role, content::json,
                               timestamp '2024-11-01 10:00' + minute * interval '1 minute', note) $$;
CREATE FUNCTION call(id text, tool text, args text) RETURNS text LANGUAGE sql AS $$ SELECT format(
    '{"type": "tool-call", "toolCallId": "%s", "toolName": "%s", "args": %s}', id, tool, args) $$;
CREATE FUNCTION result(id text, tool text, result text) RETURNS text LANGUAGE sql AS $$ SELECT format(
    '{"type": "tool-result", "toolCallId": "%s", "toolName": "%s", "result": %s}', id, tool, result) $$;
CREATE FUNCTION parts(id int) RETURNS jsonb LANGUAGE sql AS $$ SELECT parts
        FROM messages WHERE messages.id = n('b', $1) $$;

DO $$
BEGIN
    -- Texts, and two steps with calls; the second call has no result.
    PERFORM say(1, 1, 1, 'user', '"Weather?"');
    PERFORM say(1, 2, 2, 'assistant', '[{"type": "text", "text": "I look."}, ' || call('x', 'getWeather',
        '{"a": 1}') || ']');
    PERFORM say(1, 3, 2, 'tool', '[' || result('x', 'getWeather', '{"b": 2}') || ']');
    PERFORM say(1, 4, 3, 'assistant', '[' || call('y', 'getTime', '{}') || ']', 'a fork''s');
    PERFORM say(1, 5, 4, 'assistant', '"Sunny."');
    PERFORM say(1, 6, 5, 'user', '[{"type": "text", "text": "And "}, {"type": "text", "text": "there?"},
        {"type": "image", "image": "https://a/b.png"}]');
    -- All rows of an answer have the same time; ids are in another order than the steps.
    PERFORM say(2, 19, 1, 'user', '"Go"');
    PERFORM say(2, 13, 1, 'assistant', '[' || call('x', 'go', '1') || ']');
    PERFORM say(2, 12, 1, 'tool', '[' || result('x', 'go', '2') || ']');
    PERFORM say(2, 11, 1, 'assistant', '"Gone."');
    -- A result in another answer, one without a call, and an id that is used again.
    PERFORM say(3, 21, 1, 'user', '"Go"');
    PERFORM say(3, 22, 2, 'assistant', '[' || call('x', 'go', '1') || ', ' || call('z', 'go', '2') || ']');
    PERFORM say(3, 23, 3, 'tool', '[' || result('x', 'go', '"one"') || ']');
    PERFORM say(3, 24, 4, 'user', '"Again"');
    PERFORM say(3, 25, 5, 'tool', '[' || result('z', 'go', '"two"') || ']');
    PERFORM say(3, 26, 6, 'user', '"Again"');
    PERFORM say(3, 27, 7, 'assistant', '[' || call('x', 'go', '3') || ']');
    PERFORM say(3, 28, 8, 'tool', '[' || result('x', 'go', '"three"') || ', ' || result('w', 'stay',
        '"four"') || ']');
    PERFORM say(3, 29, 9, 'user', '"Again"');
    PERFORM say(3, 30, 10, 'tool', '[' || result('v', 'stay', 'null') || ']');
    -- An error, a result of AI SDK 5, reasoning, content that is neither text nor parts, and other roles.
    PERFORM say(4, 41, 1, 'system', '"Be good."');
    PERFORM say(4, 42, 2, 'assistant', '[{"type": "reasoning", "text": "Hm", "signature": "s"},
        {"type": "redacted-reasoning",
        "data": "d"}, ' || call('e', 'fail', '{}') || ', {"type": "tool-call", "toolCallId": "f",
        "toolName": "new", "input": 5}]');
    PERFORM say(4, 43, 3, 'tool', '[{"type": "tool-result", "toolCallId": "e", "toolName": "fail",
        "result": "broken",
        "isError": true}, {"type": "tool-result", "toolCallId": "f", "toolName": "new",
        "output": {"type": "json",
        "value": [6]}}]');
    PERFORM say(4, 44, 4, 'user', '{"odd": true}');
    PERFORM say(4, 45, 5, 'data', '"left out"');
    PERFORM say(4, 46, 6, 'user', 'null');
    PERFORM say(4, 47, 7, 'assistant', '""');
    -- The template's migration has taken in a part of this chat.
    PERFORM say(5, 51, 1, 'user', '"Old"');
    PERFORM say(5, 52, 2, 'assistant', '[' || call('x', 'go', '1') || ']');
    PERFORM say(5, 53, 3, 'tool', '[' || result('x', 'go', '2') || ']');
    PERFORM say(5, 54, 4, 'user', '"Not migrated"');
    PERFORM say(5, 55, 5, 'assistant', '"Nor this"');
END $$;
INSERT INTO "Vote" VALUES (n('c', 1), n('b', 5), true), (n('c', 1), n('b', 1), false), (n('c', 5),
        n('b', 53), true);

CREATE TEMPORARY TABLE dry AS SELECT * FROM agentchat.import_vercel_chatbot('public', true);
BEGIN;
SELECT results_eq($$ SELECT source, read, written, merged, skipped, problems::text
                     FROM agentchat.import_vercel_chatbot('public') WHERE source IN ('Message', 'Vote')
                     ORDER BY source $$,
    $$ SELECT source, read, written, merged, skipped, problems::text FROM dry WHERE source IN ('Message',
        'Vote')
       ORDER BY source $$, 'a dry run returns the same');
ROLLBACK;

\ir ../data/vercel_chatbot/0005_wooden_whistler.sql
INSERT INTO "Message_v2" VALUES
    (n('b', 51), n('c', 5), 'user', '[{"type": "text", "text": "Old"}]', '[]', '2024-11-01 10:01'),
    (n('b', 52), n('c', 5), 'assistant', '[{"type": "tool-invocation", "toolInvocation": {"state": "result",
        "toolCallId": "x", "toolName": "go", "args": 1, "result": 2}}]', '[]', '2024-11-01 10:02');
CREATE TEMPORARY TABLE done AS SELECT * FROM agentchat.import_vercel_chatbot('public');

SELECT results_eq($$ SELECT source, read, written, merged, skipped FROM done WHERE read > 0
        ORDER BY source COLLATE "C" $$,
    $$ VALUES ('Chat', 6::bigint, 6::bigint, 0::bigint, 0::bigint), ('Message', 32, 19, 9, 4),
        ('Message_v2', 2, 2, 0, 0),
              ('User', 1, 1, 0, 0), ('Vote', 3, 3, 0, 0) $$, 'every row is counted');
SELECT is((SELECT problems FROM done WHERE source = 'Message'), jsonb_build_array(
    jsonb_build_object('kind', 'already in Message_v2', 'count', 3,
        'first_ids', jsonb_build_array(n('b', 51), n('b', 52), n('b', 53))),
    jsonb_build_object('kind', 'no parts, an empty text was written', 'count', 1,
        'first_ids', jsonb_build_array(n('b', 46))),
    jsonb_build_object('kind', 'part of an answer, merged', 'count', 9, 'first_ids',
        (SELECT jsonb_agg(n('b', i) ORDER BY i) FROM unnest('{3,4,5,11,12,23,25,28,43}'::int[]) i)),
    jsonb_build_object('kind', 'parts that the AI SDK does not accept were kept as data', 'count', 1,
        'first_ids', jsonb_build_array(n('b', 44))),
    jsonb_build_object('kind', 'results without a call were kept', 'count', 2,
        'first_ids', jsonb_build_array(n('b', 27), n('b', 30))),
    jsonb_build_object('kind', 'role is not user, assistant or system', 'count', 1,
        'first_ids', jsonb_build_array(n('b', 45)))),
    'and every reason given');

SELECT is(parts(2), jsonb '[{"type": "step-start"}, {"type": "text", "text": "I look."},
    {"type": "tool-getWeather", "toolCallId": "x", "state": "output-available", "input": {"a": 1},
        "output": {"b": 2}},
    {"type": "step-start"}, {"type": "tool-getTime", "toolCallId": "y", "state": "input-available",
        "input": {}}]'
    || jsonb_build_array(jsonb_build_object('type', 'data-imported', 'data', jsonb_build_object(
        'source', 'vercel_chatbot', 'id', n('b', 4), 'columns', jsonb_build_object('note', 'a fork''s'))))
    || '[{"type": "step-start"}, {"type": "text", "text": "Sunny."}]'
    || jsonb_build_array(jsonb_build_object('type', 'data-imported', 'data', jsonb_build_object(
        'source', 'vercel_chatbot', 'merged', jsonb_build_array(n('b', 2), n('b', 3), n('b', 4),
        n('b', 5))))),
    'an answer of several steps');
SELECT is((SELECT content FROM messages WHERE id = n('b', 2)), 'I look.Sunny.', 'its text');
SELECT is(parts(6), '[{"type": "text", "text": "And "}, {"type": "text", "text": "there?"},
    {"type": "file", "mediaType": "image/*", "url": "https://a/b.png"}]', 'a question with an image');
SELECT is(parts(13) #- '{-1}', '[{"type": "step-start"}, {"type": "tool-go", "toolCallId": "x",
    "state": "output-available", "input": 1, "output": 2}, {"type": "step-start"}, {"type": "text",
        "text": "Gone."}]',
    'rows with the same time');
SELECT is(parts(22) #- '{-1}', '[{"type": "step-start"},
    {"type": "tool-go", "toolCallId": "x", "state": "output-available", "input": 1, "output": "one"},
    {"type": "tool-go", "toolCallId": "z", "state": "output-available", "input": 2, "output": "two"}]',
    'results in the answer and in another');
SELECT is(parts(27) #- '{-1}', '[{"type": "step-start"},
    {"type": "tool-go", "toolCallId": "x", "state": "output-available", "input": 3, "output": "three"},
    {"type": "dynamic-tool", "toolName": "stay", "toolCallId": "w", "state": "output-available",
        "input": null,
     "output": "four"}]', 'an id that is used again, and a result without a call');
SELECT is(parts(30), '[{"type": "dynamic-tool", "toolName": "stay", "toolCallId": "v",
        "state": "output-available",
    "input": null, "output": null}]', 'an answer of a result alone');
SELECT is(parts(42) #- '{-1}', '[{"type": "step-start"},
    {"type": "reasoning", "text": "Hm", "providerMetadata": {"anthropic": {"signature": "s"}}},
    {"type": "reasoning", "text": "", "providerMetadata": {"anthropic": {"redactedData": "d"}}},
    {"type": "tool-fail", "toolCallId": "e", "state": "output-error", "input": {}, "errorText": "broken"},
    {"type": "tool-new", "toolCallId": "f", "state": "output-available", "input": 5, "output": [6]}]',
    'reasoning, an error, a result of AI SDK 5');
SELECT is(parts(44), '[{"type": "data-imported", "data": {"source": "vercel_chatbot",
        "part": {"odd": true}}}]', 'an object');
SELECT is(parts(46), '[{"type": "text", "text": ""}]', 'null');
SELECT is(parts(52), '[{"type": "tool-go", "toolCallId": "x", "state": "output-available", "input": 1,
        "output": 2}]',
    'a message that the migration has made');
SELECT results_eq($$ SELECT array_agg(right(m.id::text, 2)::int ORDER BY m.created_at) FROM messages m
                     GROUP BY m.conversation_id ORDER BY m.conversation_id $$,
    $$ VALUES ('{1,2,6}'::int[]), ('{19,13}'), ('{21,22,24,26,27,29,30}'), ('{41,42,44,46,47}'),
        ('{51,52,54,55}') $$, 'the order');
SELECT is((SELECT jsonb_object_agg(c.title, c.metadata -> 'votes')
        FROM conversations c WHERE c.metadata ? 'votes'),
    jsonb_build_object('Chat 1', jsonb_build_object(n('b', 1), jsonb '{"is_upvoted": false}',
        n('b', 2), jsonb '{"is_upvoted": true}'),
                       'Chat 5', jsonb_build_object(n('b', 52), jsonb '{"is_upvoted": true}')),
                       'votes go to the whole answer');
SELECT is((SELECT figures - 'differing' FROM done WHERE source = 'Chat'), '{"conversations": 6,
        "agreeing": 6, "messages": 21}',
    'all chats agree, also the one with a row whose role is not imported');
SELECT results_eq($$ SELECT source, written
        FROM agentchat.import_vercel_chatbot('public') WHERE written > 0 $$,
    $$ SELECT NULL::text, NULL::bigint WHERE false $$, 'a second run writes nothing');
SELECT is_empty($$ SELECT * FROM agentchat.check() $$, 'nothing is wrong with the tables');

SELECT * FROM finish();
