-- agentchat.import_claude() imports an export of Claude. The exports here are written by hand, after public
-- descriptions of the format.
\ir ../lib/agentchat.sql
\ir ../lib/error_of.sql
SET client_min_messages = warning;

SELECT plan(29);

INSERT INTO users (id, email) VALUES
    ('ada00000-0000-4000-8000-000000000000', 'ada@example.com'),
    ('b0b00000-0000-4000-8000-000000000000', 'bob@example.com');

-- A message of an export.
CREATE FUNCTION said(uuid text, parent text, sender text, text text, more jsonb DEFAULT '{}') RETURNS jsonb
    LANGUAGE sql AS $$
SELECT jsonb_build_object(
    'uuid', uuid, 'parent_message_uuid', coalesce(parent, '00000000-0000-4000-8000-000000000000'),
    'sender', sender, 'text', text, 'content', jsonb_build_array(jsonb_build_object('type', 'text', 'text',
        text)),
    'created_at', '2026-03-01T10:00:00.5Z', 'updated_at', '2026-03-01T10:00:00.5Z', 'attachments',
        '[]'::jsonb,
    'files', '[]'::jsonb) || more
$$;

CREATE FUNCTION chat(uuid text, messages jsonb, more jsonb DEFAULT '{}') RETURNS jsonb LANGUAGE sql AS $$
SELECT jsonb_build_object(
    'uuid', uuid, 'name', 'Chat ' || uuid, 'summary', '', 'created_at', '2026-03-01T09:59:59Z',
    'updated_at', '2026-03-02T00:00:00Z', 'account', '{"uuid": "account-1"}'::jsonb, 'chat_messages',
        messages) || more
$$;

-- The result of a dry run and of the import, which must be the same, and which must say where each row went.
CREATE FUNCTION imported(export jsonb, owner uuid DEFAULT 'ada00000-0000-4000-8000-000000000000')
    RETURNS TABLE (source text, read bigint, written bigint, skipped bigint, problems jsonb)
    LANGUAGE plpgsql AS $$
DECLARE
    tried text;
    done text;
BEGIN
    SELECT string_agg(format('%s %s %s %s %s %s', i.source, i.read, i.written, i.merged, i.skipped,
        i.problems), '; ')
    INTO tried FROM agentchat.import_claude(owner, export, true) i;
    CREATE TEMPORARY TABLE result ON COMMIT DROP AS SELECT * FROM agentchat.import_claude(owner, export);
    SELECT string_agg(format('%s %s %s %s %s %s', i.source, i.read, i.written, i.merged, i.skipped,
        i.problems), '; ')
    INTO done FROM result i;
    IF tried IS DISTINCT FROM done THEN
        RAISE EXCEPTION 'the dry run said %, the import %', tried, done;
    END IF;
    IF EXISTS (SELECT FROM result r WHERE r.read <> r.written + r.merged + r.skipped) THEN
        RAISE EXCEPTION 'rows are missing: %', done;
    END IF;
    IF EXISTS (SELECT FROM result r WHERE r.figures ->> 'agreeing' <> r.figures ->> 'conversations') THEN
        RAISE EXCEPTION 'the figures differ: %',
            (SELECT r.figures FROM result r WHERE r.source = 'conversations');
    END IF;
    RETURN QUERY SELECT r.source, r.read, r.written, r.skipped, r.problems FROM result r;
    DROP TABLE result;
END
$$;

CREATE FUNCTION parts_of(id text) RETURNS jsonb LANGUAGE sql AS $$
SELECT m.parts FROM messages m WHERE m.parts @> jsonb_build_array(jsonb_build_object(
    'type', 'data-imported', 'data', jsonb_build_object('id', $1)))
$$;

-- A conversation and its columns.
SELECT results_eq(
    $$SELECT * FROM imported(jsonb_build_array(chat('one', jsonb_build_array(
        said('m1', NULL, 'human', 'What should I see?'),
        said('m2', 'm1', 'assistant', 'The sunrise.'))), 7, chat('', '[]'), chat('one', '[]'),
            '{"uuid": "x"}'::jsonb))$$,
    $$VALUES ('conversations', 5::bigint, 1::bigint, 4::bigint, jsonb_build_array(
            '{"kind": "conversation occurs twice", "count": 1, "first_ids": ["one"]}'::jsonb,
            '{"kind": "conversation without a uuid", "count": 1, "first_ids": [""]}'::jsonb,
            '{"kind": "not a conversation with chat_messages", "count": 2, "first_ids": ["conversation 2",
                "x"]}'::jsonb)),
        ('messages', 2, 2, 0, '[]')$$,
    'each row is written, or skipped for a reason');
SELECT results_eq(
    $$SELECT title, system_prompt, created_at, updated_at, metadata FROM conversations$$,
    $$VALUES ('Chat one', NULL, timestamp '2026-03-01 09:59:59', timestamp '2026-03-02', '{"imported":
        {"source": "claude", "id": "one", "conversation": {"account": {"uuid": "account-1"},
            "summary": ""}}}'::jsonb)$$,
    'a conversation');
SELECT results_eq(
    $$SELECT role, content, reasoning, attachments, created_at, parts FROM messages ORDER BY created_at, id$$,
    $$VALUES ('user', 'What should I see?', NULL, NULL::jsonb, timestamp '2026-03-01 10:00:00.5',
        '[{"type": "text",
            "text": "What should I see?"}, {"type": "data-imported", "data": {"source": "claude", "id": "m1",
            "parent_message_uuid": "00000000-0000-4000-8000-000000000000"}}]'::jsonb),
        ('assistant', 'The sunrise.', NULL, NULL, '2026-03-01 10:00:00.500001', '[{"type": "text",
            "text": "The sunrise."}, {"type": "data-imported", "data": {"source": "claude", "id": "m2",
            "parent_message_uuid": "m1"}}]')$$,
    'messages of the same time are in order');

-- Run again, and when the export has grown.
SELECT results_eq(
    $$SELECT source, written, problems FROM imported(jsonb_build_array(chat('one', jsonb_build_array(
        said('m1', NULL, 'human', 'What should I see?'), said('m2', 'm1', 'assistant', 'The sunrise.'),
        said('m3', 'm2', 'human', 'Thanks', '{"created_at": "2026-03-05T10:00:00+02:00"}')))))$$,
    $$VALUES ('conversations', 0::bigint,
            '[{"kind": "already imported", "count": 1, "first_ids": ["one"]}]'::jsonb),
        ('messages', 1, '[{"kind": "already imported", "count": 2, "first_ids": ["m1", "m2"]}]')$$,
    'new messages are written, and no others');
SELECT is((SELECT updated_at FROM conversations), '2026-03-05 08:00:00',
    'the conversation has the time of the newest');
SELECT results_eq(
    $$SELECT source, written FROM imported(jsonb_build_array(chat('one', jsonb_build_array(
        said('m1', NULL, 'human', 'What should I see?')))), 'b0b00000-0000-4000-8000-000000000000')$$,
    $$VALUES ('conversations', 1::bigint), ('messages', 1)$$,
    'another user gets rows of their own');
SELECT is((SELECT count(DISTINCT user_id) FROM conversations), 2::bigint, 'in a conversation of their own');

-- Blocks.
SELECT results_eq(
    $$SELECT source, problems FROM imported(jsonb_build_array(chat('blocks', jsonb_build_array(
        said('b1', NULL, 'assistant', 'Found it. Sorry.', jsonb_build_object('stop_reason', 'end_turn',
            'content', '[
            {"type": "thinking", "thinking": "I should search.", "summaries": [{"summary": "Searching"}],
             "signature": "c2ln", "cut_off": false, "flags": null},
            {"type": "tool_use", "id": "toolu_1", "name": "web_search", "input": {"query": "Maui"},
             "message": "Searching the web", "integration_name": null},
            {"type": "tool_use", "id": "toolu_2", "name": "Drive: search", "input": {}},
            {"type": "tool_result", "tool_use_id": "toolu_2", "name": "Drive: search", "is_error": true,
             "content": [{"type": "text", "text": "No access"}]},
            {"type": "tool_result", "tool_use_id": "toolu_1", "name": "web_search", "is_error": false,
             "content": [{"type": "knowledge", "title": "Maui", "url": "https://example.com/maui"}]},
            {"type": "text", "text": "Found it.", "citations": [
                {"uuid": "c1", "url": "https://example.com/maui", "title": "Maui"},
                {"uuid": "c2", "details": {"type": "web_search_citation", "url": "https://example.com/maui"}},
                {"uuid": "c3", "url": "javascript:alert(1)"}]},
            {"type": "token_budget"},
            {"type": "tool_use", "name": "artifacts", "input": null},
            {"type": "tool_result", "name": "artifacts", "content": "OK"},
            {"type": "tool_use", "id": "toolu_3", "name": "repl", "input": {"code": "1"}},
            {"type": "text", "text": " Sorry."},
            {"type": "voice_note", "title": "Note"},
            {"type": "tool_result", "tool_use_id": "toolu_9", "content": "lost"}
        ]'::jsonb))))))$$,
    $$VALUES ('conversations', '[]'::jsonb), ('messages', '[
        {"kind": "block of an unknown type; kept in a data part", "count": 1, "first_ids": ["b1"]},
        {"kind": "tool result without a call; kept in a data part", "count": 1, "first_ids": ["b1"]}]')$$,
    'blocks that have no part of their own are reported');
SELECT is(parts_of('b1'), '[
    {"type": "reasoning", "text": "I should search."},
    {"type": "dynamic-tool", "toolName": "web_search", "toolCallId": "toolu_1", "state": "output-available",
     "input": {"query": "Maui"},
     "output": [{"type": "knowledge", "title": "Maui", "url": "https://example.com/maui"}]},
    {"type": "dynamic-tool", "toolName": "Drive: search", "toolCallId": "toolu_2", "state": "output-error",
     "input": {}, "errorText": "No access"},
    {"type": "step-start"},
    {"type": "text", "text": "Found it."},
    {"type": "source-url", "sourceId": "6-1", "url": "https://example.com/maui", "title": "Maui"},
    {"type": "data-imported", "data": {"source": "claude", "block": {"type": "token_budget"}}},
    {"type": "dynamic-tool", "toolName": "artifacts", "toolCallId": "call-8", "state": "output-available",
     "input": {}, "output": "OK"},
    {"type": "step-start"},
    {"type": "dynamic-tool", "toolName": "repl", "toolCallId": "toolu_3", "state": "input-available",
     "input": {"code": "1"}},
    {"type": "text", "text": " Sorry."},
    {"type": "data-imported", "data": {"source": "claude", "block": {"type": "voice_note", "title": "Note"}}},
    {"type": "data-imported", "data": {"source": "claude", "block":
        {"type": "tool_result", "tool_use_id": "toolu_9", "content": "lost"}}},
    {"type": "data-imported", "data": {"source": "claude", "id": "b1", "stop_reason": "end_turn",
     "parent_message_uuid": "00000000-0000-4000-8000-000000000000", "blocks": [
        {"index": 0, "type": "thinking", "summaries": [{"summary": "Searching"}], "signature": "c2ln",
         "cut_off": false},
        {"index": 1, "type": "tool_use", "message": "Searching the web"},
        {"index": 3, "type": "tool_result", "content": [{"type": "text", "text": "No access"}]},
        {"index": 5, "type": "text", "citations": [
            {"uuid": "c1", "url": "https://example.com/maui", "title": "Maui"},
            {"uuid": "c2", "details": {"type": "web_search_citation", "url": "https://example.com/maui"}},
            {"uuid": "c3", "url": "javascript:alert(1)"}]}]}}]',
    'a message with thoughts, tools and sources');
SELECT is(m.content || '|' || m.reasoning, 'Found it. Sorry.|I should search.', 'content and reasoning')
FROM messages m WHERE m.parts = parts_of('b1');

-- Attachments, files, texts without blocks, odd values.
SELECT results_eq(
    $$SELECT source, read, written, problems FROM imported(jsonb_build_array(chat('odd', jsonb_build_array(
        said('o1', NULL, 'human', '', '{"content": [], "files": [{"file_name": "a.png", "file_uuid": "f"}],
            "attachments": [{"file_name": "plan.txt", "file_size": 4, "file_type": "text/plain",
                             "extracted_content": "Day 1"},
                            {"file_name": "", "file_type": "txt", "extracted_content": "pasted"},
                            {"file_name": "empty.pdf", "extracted_content": ""}]}'),
        said('o2', 'o1', 'assistant', 'old text', '{"content": []}'),
        said('o3', 'o2', 'human', 'other text', '{"content": "a string", "created_at": "yesterday"}'),
        said('o4', 'o3', 'assistant', '', '{"content": ["one", 2, {"type": "text"}, {"type": "thinking",
            "thinking": "", "summaries": [{"summary": "Thinking"}, {"summary": "Done"}]}],
            "created_at": null}'),
        said('o5', 'o4', 'tool', 'no role'), said('o5', 'o4', 'human', 'twice'), '"text"'::jsonb,
        said('o6', 'o5', 'assistant',
            E'A\n\n```\nThis block is not supported on your current device yet.\n```\n\nB',
             '{"content": [{"type": "text", "text": "A"}, {"type": "token_budget"}, {"type": "text",
                 "text": "B"}]}')
        ), '{"name": "", "created_at": "2026-02-30", "updated_at": null, "model": "claude-sonnet-4-5"}')))$$,
    $$VALUES ('conversations', 1::bigint, 1::bigint,
            '[{"kind": "created_at is not a time; kept in metadata", "count": 1,
                "first_ids": ["odd"]}]'::jsonb),
        ('messages', 8, 5, '[
            {"kind": "block of an unknown type; kept in a data part", "count": 2, "first_ids": ["o4", "o4"]},
            {"kind": "created_at is not a time; kept in a data part", "count": 1, "first_ids": ["o3"]},
            {"kind": "files are not in the export; their names were kept", "count": 1, "first_ids": ["o1"]},
            {"kind": "message is not a JSON object", "count": 1, "first_ids": ["7"]},
            {"kind": "message occurs twice", "count": 1, "first_ids": ["o5"]},
            {"kind": "sender is not human or assistant", "count": 1, "first_ids": ["o5"]}]')$$,
    'odd messages are imported or reported');
SELECT is(parts_of('o1'), '[
    {"type": "text", "text": "plan.txt:\n\nDay 1"}, {"type": "text", "text": "pasted"},
    {"type": "data-imported", "data": {"source": "claude", "id": "o1",
     "parent_message_uuid": "00000000-0000-4000-8000-000000000000",
     "files": [{"file_name": "a.png", "file_uuid": "f"}], "attachments": [
        {"file_name": "plan.txt", "file_size": 4, "file_type": "text/plain"}, {"file_name": "",
            "file_type": "txt"},
        {"file_name": "empty.pdf", "extracted_content": ""}]}}]',
    'texts of attachments, and the names of files');
SELECT is(parts_of('o2') #>> '{0,text}', 'old text', 'the text of old exports, which have no blocks');
SELECT is(parts_of('o3') #- '{1,data,parent_message_uuid}', '[{"type": "text", "text": "a string"},
    {"type": "data-imported", "data": {"source": "claude", "id": "o3", "text": "other text",
     "created_at": "yesterday", "updated_at": "2026-03-01T10:00:00.5Z"}}]',
     'a text that differs from the blocks is kept');
SELECT is(parts_of('o4') - 4, '[{"type": "text", "text": "one"},
    {"type": "data-imported", "data": {"source": "claude", "block": 2}},
    {"type": "data-imported", "data": {"source": "claude", "block": {"type": "text"}}},
    {"type": "reasoning", "text": "Thinking\nDone"}]', 'summaries where the thoughts are hidden');
SELECT ok(NOT parts_of('o6') @> '[{"data": {"text": "A"}}]' AND NOT parts_of('o6') #> '{3,data}' ? 'text',
    'a text that repeats the blocks is not kept');
SELECT results_eq(
    $$SELECT title, created_at, updated_at, metadata #> '{imported,conversation}' FROM conversations
      WHERE metadata #>> '{imported,id}' = 'odd'$$,
    $$VALUES ('Untitled', timestamp '2026-03-01 10:00:00.5', timestamp '2026-03-01 10:00:00.500004',
        '{"account":
        {"uuid": "account-1"}, "summary": "", "created_at": "2026-02-30",
            "model": "claude-sonnet-4-5"}'::jsonb)$$,
    'a conversation without a name and with a wrong time');

-- Branches: an answer that was made anew, a question that was edited, and a first question that was edited.
CREATE FUNCTION tree(leaf text, more jsonb DEFAULT '[]') RETURNS jsonb LANGUAGE sql AS $$
SELECT jsonb_build_array(chat('tree', jsonb_build_array(
    said('t1', NULL, 'human', 'Q'), said('t2', 't1', 'assistant', 'A1'), said('t3', 't1', 'assistant', 'A2'),
    said('t4', 't3', 'human', 'Q2'), said('t5', 't4', 'assistant', 'A3'), said('t6', 't3', 'human',
        'Q2 edited'),
    said('t7', NULL, 'human', 'Q edited')) || more, jsonb_build_object('current_leaf_message_uuid', leaf)))
$$;
CREATE FUNCTION branches(chat text) RETURNS TABLE (is_main boolean, texts text, "from" text)
    LANGUAGE sql AS $$
SELECT NOT c.metadata ? 'branched_from', string_agg(m.content, ' ' ORDER BY m.created_at, m.id),
    (SELECT o.content FROM messages o WHERE o.id = (c.metadata #>> '{branched_from,message_id}')::uuid
     AND o.conversation_id = (c.metadata #>> '{branched_from,conversation_id}')::uuid)
FROM conversations c JOIN messages m ON m.conversation_id = c.id
WHERE c.metadata #>> '{imported,id}' = chat
GROUP BY c.id ORDER BY 1 DESC, 2
$$;
SELECT results_eq($$SELECT source, read, written, skipped FROM imported(tree('t5'))$$,
    $$VALUES ('conversations', 1::bigint, 1::bigint, 0::bigint), ('branches', 3, 3, 0),
        ('messages', 7, 7, 0)$$,
    'branches are counted');
SELECT results_eq($$SELECT * FROM branches('tree')$$,
    $$VALUES (true, 'Q A2 Q2 A3', NULL), (false, 'A1', 'Q'), (false, 'Q edited', NULL), (false, 'Q2 edited',
        'A2')$$,
    'the way to the leaf is the conversation, and each branch says where it begins');
SELECT results_eq($$SELECT source, written, skipped FROM imported(tree('t8', jsonb_build_array(
        said('t8', 't2', 'human', 'Q3'), said('t9', 't5', 'human', 'Q4'), said('t10', 't4', 'assistant',
            'A4'))))$$,
    $$VALUES ('conversations', 0::bigint, 1::bigint), ('branches', 1, 3), ('messages', 3, 7)$$,
    'a later export with another leaf');
SELECT results_eq($$SELECT * FROM branches('tree')$$,
    $$VALUES (true, 'Q A2 Q2 A3 Q4', NULL), (false, 'A1 Q3', 'Q'), (false, 'A4', 'Q2'), (false, 'Q edited',
        NULL),
        (false, 'Q2 edited', 'A2')$$,
    'adds messages to the branches where they belong');
SELECT results_eq(
    $$SELECT source, problems FROM imported(jsonb_build_array(
        chat('circle', jsonb_build_array(said('c1', 'c2', 'human', '1'), said('c2', 'c1', 'assistant', '2'))),
        chat('missing', jsonb_build_array(said('n1', NULL, 'human', '1'), said('n2', 'n1', 'assistant', '2'),
                                          said('n3', 'gone', 'human', '3'))),
        chat('self', jsonb_build_array(said('s1', 's1', 'human', '1')))))$$,
    $$VALUES ('conversations', '[{"kind": "messages follow one another in a circle; order of the file kept",
            "count": 2, "first_ids": ["circle", "self"]}]'::jsonb),
        ('messages', '[{"kind": "message before is missing; order of the file kept", "count": 1,
            "first_ids": ["n3"]}]')$$,
    'circles and missing messages');
SELECT results_eq($$SELECT texts FROM branches('circle') UNION ALL SELECT texts FROM branches('missing')$$,
    $$VALUES ('1 2'), ('1 2 3')$$, 'are in the order of the file');

-- A conversation without messages, and one whose messages are all left out.
SELECT results_eq(
    $$SELECT source, read, written FROM imported(jsonb_build_array(chat('empty', '[]'),
        chat('none', '[{"uuid": "z", "sender": "tool"}]')))$$,
    $$VALUES ('conversations', 2::bigint, 2::bigint), ('messages', 1, 0)$$, 'conversations without messages');

SELECT results_eq($$SELECT source, read FROM agentchat.import_claude('ada00000-0000-4000-8000-000000000000',
    '[]')$$,
    $$VALUES ('conversations', 0::bigint), ('messages', 0)$$, 'an empty export');
SELECT is_empty('SELECT * FROM agentchat.check()', 'the tables are healthy');
SELECT results_eq(
    $$SELECT left(error_of(statement), 5) FROM (VALUES
        (1, $x$SELECT agentchat.import_claude(NULL, '[]')$x$),
        (2, $x$SELECT agentchat.import_claude('ada00000-0000-4000-8000-000000000000', NULL)$x$),
        (3, $x$SELECT agentchat.import_claude('ada00000-0000-4000-8000-000000000000', '[]', NULL)$x$),
        (4, $x$SELECT agentchat.import_claude('ada00000-0000-4000-8000-000000000000', '{}')$x$),
        (5, $x$SELECT agentchat.import_claude('ada00000-0000-4000-8000-000000000001', '[]')$x$)) s (n,
        statement)
      ORDER BY n$$,
    ARRAY['22004', '22004', '22004', '22023', 'PT404'], 'errors');

-- A conversation of 5,000 messages, and 500 answers to one question.
SELECT results_eq(
    $$SELECT source, read, written FROM imported(jsonb_build_array(chat('long', (
        SELECT jsonb_agg(said(n::text, nullif(n - 1, 0)::text,
            CASE n % 2 WHEN 1 THEN 'human' ELSE 'assistant' END,
                              'message ' || n) ORDER BY n) FROM generate_series(1, 5000) n)),
        chat('wide', jsonb_build_array(said('w', NULL, 'human', 'Again')) || (
        SELECT jsonb_agg(said('w' || n, 'w', 'assistant', 'answer') ORDER BY n) FROM generate_series(1, 500)
            n))))$$,
    $$VALUES ('conversations', 2::bigint, 2::bigint), ('branches', 499, 499), ('messages', 5501, 5501)$$,
    'long conversations and many branches');
SELECT is((SELECT count(*) FROM messages m WHERE m.content LIKE 'message %'
           AND m.created_at = timestamp '2026-03-01 10:00:00.5' + (substr(m.content, 9)::int - 1) * interval
               '1 us'),
    5000::bigint, 'in order');
SELECT * FROM finish();
