-- agentchat.import_chatgpt() imports exports of ChatGPT: each type of content, branches, odd trees, errors,
-- and exports that have grown since.
\ir ../lib/agentchat.sql
\ir ../lib/error_of.sql
SELECT plan(33);

INSERT INTO users (id, email) VALUES
    ('00000000-0000-4000-8000-000000000001', 'a@example.com'),
    ('00000000-0000-4000-8000-000000000002', 'b@example.com');
SET client_min_messages = error;

-- node() returns a node of a mapping, after another one. Its time is that of its name's letter.
CREATE FUNCTION node(id text, parent text, role text, content jsonb, more jsonb DEFAULT '{}') RETURNS jsonb
    LANGUAGE sql AS $$
SELECT jsonb_build_object(id, jsonb_build_object('id', id, 'parent', parent, 'children', '[]'::jsonb,
    'message',
    jsonb_build_object('id', id, 'author', jsonb_build_object('role', role, 'name', more ->> 'name',
    'metadata',
                       '{}'::jsonb),
                       'create_time', 1700000000 + ascii(id), 'update_time', NULL, 'content', content,
                       'status', 'finished_successfully', 'end_turn', NULL, 'weight', 1, 'metadata',
                       '{}'::jsonb,
                       'recipient', 'all', 'channel', NULL) || more - 'name'))
$$;
CREATE FUNCTION said(text text) RETURNS jsonb LANGUAGE sql AS
    $$ SELECT jsonb_build_object('content_type', 'text', 'parts', jsonb_build_array(text)) $$;
CREATE FUNCTION talk(id text, leaf text, mapping jsonb) RETURNS jsonb LANGUAGE sql AS
    $$ SELECT jsonb_build_object('conversation_id', id, 'title', 'Title of ' || id, 'create_time', 1700000000,
                                 'update_time', 1700000500.5, 'current_node', leaf, 'mapping', mapping,
                                 'is_archived', true, 'gizmo_id', NULL) $$;
CREATE FUNCTION import(export jsonb, dry boolean DEFAULT false, who integer DEFAULT 1)
    RETURNS TABLE (source text, read bigint, written bigint, merged bigint, skipped bigint, kinds text)
    LANGUAGE sql AS $$
SELECT i.source, i.read, i.written, i.merged, i.skipped,
    (SELECT string_agg(p ->> 'kind' || ': ' || (p ->> 'count'), ', ') FROM jsonb_array_elements(i.problems) p)
FROM agentchat.import_chatgpt(('00000000-0000-4000-8000-00000000000' || who)::uuid, export, dry) i
$$;
-- of() returns the conversations of an export's conversation: texts of messages, by roles.
CREATE FUNCTION of(id text) RETURNS TABLE (after text, texts text) LANGUAGE sql AS $$
SELECT c.metadata #>> '{imported,after}',
    string_agg(m.role || ' ' || m.content, ' + ' ORDER BY m.created_at, m.id)
FROM conversations c LEFT JOIN messages m ON m.conversation_id = c.id
WHERE c.metadata #>> '{imported,id}' = of.id
GROUP BY c.id ORDER BY c.metadata ? 'branched_from', min(m.created_at)
$$;
-- parts() returns the parts of the message with a node, without the last one.
CREATE FUNCTION parts(id text) RETURNS jsonb LANGUAGE sql AS $$
SELECT m.parts - -1 FROM messages m
WHERE m.parts @? format('$[*].data.nodes[*] ? (@.id == "%s")', parts.id)::jsonpath
$$;

-- An answer with thoughts and tools, and a hidden beginning.
SELECT talk('talk', 'h', '{"root": {"id": "root", "message": null, "parent": null, "children": ["a"]}}'
    || node('a', 'root', 'system', said(''), '{"weight": 0,
    "metadata": {"is_visually_hidden_from_conversation": true}}')
    || node('b', 'a', 'user', '{"content_type": "user_editable_context", "user_profile": "I am Ada.",
    "user_instructions": "Be brief."}',
            '{"metadata": {"is_visually_hidden_from_conversation": true}}')
    || node('c', 'b', 'user', said('Question'))
    || node('d', 'c', 'assistant', '{"content_type": "thoughts", "thoughts": [{"summary": "Plan",
    "content": "Compute.", "chunks": ["Compute."], "finished": true}]}')
    || node('e', 'd', 'assistant', '{"content_type": "code", "language": "python", "text": "1 + 1"}',
    '{"recipient": "python"}')
    || node('f', 'e', 'tool', '{"content_type": "execution_output", "text": "2"}', '{"name": "python"}')
    || node('g', 'f', 'assistant', '{"content_type": "reasoning_recap", "content": "Thought for 2s"}')
    || node('h', 'g', 'assistant', said('Two'), '{"metadata": {"model_slug": "gpt-5"}}')) AS talk \gset

SELECT results_eq($$SELECT * FROM import(jsonb_build_array($$ || quote_literal(:'talk') || $$::jsonb),
    true)$$,
    $$VALUES ('conversations', 1::bigint, 1::bigint, 0::bigint, 0::bigint, NULL),
             ('messages', 9, 2, 6, 1, 'custom instructions; became the system prompt: 1, '
             'node without a message: 1')$$,
    'a dry run counts');
SELECT is_empty('SELECT FROM conversations', 'and writes nothing');
BEGIN READ ONLY;
SELECT lives_ok(format('SELECT * FROM import(jsonb_build_array(%L::jsonb), true)', :'talk'),
    'in a read-only transaction');
COMMIT;
SELECT results_eq($$SELECT * FROM import(jsonb_build_array($$ || quote_literal(:'talk') || $$::jsonb))$$,
    $$VALUES ('conversations', 1::bigint, 1::bigint, 0::bigint, 0::bigint, NULL),
             ('messages', 9, 2, 6, 1, 'custom instructions; became the system prompt: 1, '
             'node without a message: 1')$$,
    'the import returns the same');
SELECT results_eq('SELECT * FROM of(''talk'')', $$VALUES (NULL, 'user Question + assistant Two')$$,
    'an answer is one message');
SELECT results_eq($$SELECT title, system_prompt, created_at, updated_at,
    metadata #- '{imported,conversation,current_node}'
                    FROM conversations$$,
    $$VALUES ('Title of talk', E'I am Ada.\n\nBe brief.', timestamp '2023-11-14 22:13:20',
    timestamp '2023-11-14 22:21:40.5',
              '{"imported": {"source": "chatgpt", "id": "talk",
              "conversation": {"is_archived": true}}}'::jsonb)$$,
    'the conversation has its title, times and custom instructions');
SELECT is(parts('h'), '[{"type": "reasoning", "text": "**Plan**\n\nCompute."},
    {"type": "dynamic-tool", "toolName": "python", "toolCallId": "e", "state": "output-available",
    "output": "2",
     "input": {"code": "1 + 1", "language": "python"}},
    {"type": "step-start"}, {"type": "text", "text": "Two"}]', 'thoughts, a call with its result, and text');
SELECT is((SELECT parts #> '{-1,data,nodes}' FROM messages WHERE role = 'assistant'), '[
    {"id": "d", "role": "assistant", "create_time": 1700000100, "content": {"content_type": "thoughts"}},
    {"id": "e", "role": "assistant", "create_time": 1700000101, "recipient": "python",
     "content": {"content_type": "code", "language": "python"}},
    {"id": "f", "role": "tool", "create_time": 1700000102, "author": {"name": "python"},
     "content": {"content_type": "execution_output"}},
    {"id": "g", "role": "assistant", "create_time": 1700000103,
     "content": {"content_type": "reasoning_recap", "content": "Thought for 2s"}},
    {"id": "h", "role": "assistant", "create_time": 1700000104, "metadata": {"model_slug": "gpt-5"}}]',
    'the last part keeps the rest');
SELECT results_eq($$SELECT * FROM import(jsonb_build_array($$ || quote_literal(:'talk') || $$::jsonb))$$,
    $$VALUES ('conversations', 1::bigint, 0::bigint, 0::bigint, 1::bigint, 'already imported: 1'),
             ('messages', 9, 0, 0, 9, 'already imported: 8, node without a message: 1')$$,
    'a second run writes nothing');
SELECT results_eq($$SELECT written FROM import(jsonb_build_array($$ || quote_literal(:'talk')
    || $$::jsonb), false, 2)$$,
    'VALUES (1::bigint), (2)', 'another user imports the same');
SELECT is(count(DISTINCT id), 4::bigint, 'into rows of their own') FROM messages;
DELETE FROM messages;
DELETE FROM conversations;

-- Content of each type.
SELECT count(*) FROM import(jsonb_build_array(talk('types', 'z', node('a', NULL, 'user',
        '{"content_type": "multimodal_text", "parts": ["Look", {"content_type": "image_asset_pointer",
        "asset_pointer": "file-service://file-1", "width": 2},
          {"content_type": "audio_transcription", "text": "!", "direction": "in"},
          {"content_type": "new", "x": 1}, null]}',
        '{"metadata": {"attachments": [{"id": "file-1", "name": "a.png", "mimeType": "image/png"},
        {"id": "file-2", "name": "b.pdf"}]}}')
    || node('b', 'a', 'assistant', '{"content_type": "code", "language": "unknown",
    "text": "{\"q\": [1]}"}', '{"recipient": "browser.search"}')
    || node('c', 'b', 'tool', '{"content_type": "tether_browsing_display", "result": "L0",
    "summary": "s", "assets": null}', '{"name": "browser"}')
    || node('d', 'c', 'tool', '{"content_type": "tether_quote", "url": "https://example.com/a",
    "domain": "example.com", "title": "A", "text": "quoted"}', '{"name": "browser"}')
    || node('e', 'd', 'assistant', said('{not json'), '{"recipient": "dalle.text2im"}')
    || node('f', 'e', 'tool', '{"content_type": "system_error", "name": "E", "text": "failed"}',
    '{"name": "dalle.text2im"}')
    || node('g', 'f', 'assistant', '{"content_type": "code", "language": "sql", "text": "SELECT 1"}')
    || node('h', 'g', 'assistant', said('planned'), '{"channel": "analysis"}')
    || node('i', 'h', 'assistant', '{"content_type": "citable", "text": "new"}',
            '{"metadata": {"content_references": [{"items": [{"url": "https://example.com/b",
            "title": "B"}]}], "citations": [{"metadata": {"url": "https://example.com/b"}}]}}')
    || node('z', 'i', 'tool', said('late'), '{"name": "web"}')))) \g /dev/null
SELECT is(parts('a'), '[{"type": "text", "text": "Look"},
    {"type": "data-imported", "data": {"source": "chatgpt", "file": {"content_type": "image_asset_pointer",
     "asset_pointer": "file-service://file-1", "width": 2, "id": "file-1", "name": "a.png",
     "mimeType": "image/png"}}},
    {"type": "text", "text": "!"},
    {"type": "data-imported", "data": {"source": "chatgpt", "part": {"content_type": "new", "x": 1}}},
    {"type": "data-imported", "data": {"source": "chatgpt", "file": {"id": "file-2", "name": "b.pdf"}}}]',
    'text, files by reference, transcriptions, unknown parts');
SELECT is(parts('b'), '[
    {"type": "dynamic-tool", "toolName": "browser_search", "toolCallId": "b", "input": {"q": [1]},
    "state": "output-available",
     "output": ["L0", {"url": "https://example.com/a", "domain": "example.com", "title": "A",
     "text": "quoted"}]},
    {"type": "source-url", "sourceId": "d-1", "url": "https://example.com/a", "title": "A"},
    {"type": "step-start"},
    {"type": "dynamic-tool", "toolName": "dalle_text2im", "toolCallId": "e",
    "input": {"input": "{not json"}, "state": "output-error",
     "errorText": "failed"},
    {"type": "step-start"},
    {"type": "text", "text": "```sql\nSELECT 1\n```"}, {"type": "reasoning", "text": "planned"},
    {"type": "text", "text": "new"},
    {"type": "source-url", "sourceId": "i-1", "url": "https://example.com/b", "title": "B"},
    {"type": "dynamic-tool", "toolName": "web", "toolCallId": "z", "input": {},
    "state": "output-available", "output": "late"}]',
    'tools, errors, code, sources');
SELECT is(reasoning, 'planned', 'the column reasoning') FROM messages WHERE role = 'assistant';
SELECT results_eq($$SELECT (figures ->> 'conversations')::int, (figures ->> 'agreeing')::int,
    figures -> 'differing'
    FROM agentchat.import_chatgpt('00000000-0000-4000-8000-000000000001',
    jsonb_build_array(talk('figures', 'a', node('a', NULL, 'user', said('ü')))))
    WHERE source = 'conversations'$$, $$VALUES (1, 1, '[]'::jsonb)$$, 'figures agree');
SELECT is(metadata #>> '{imported,conversation,title}', NULL, 'no title twice') FROM conversations LIMIT 1;

-- Branches: a question that was edited, and an answer that was regenerated.
CREATE FUNCTION tree(leaf text) RETURNS jsonb LANGUAGE sql AS $$
SELECT jsonb_build_array(talk('tree', leaf, node('a', NULL, 'user', said('A')) || node('b', 'a',
    'assistant', said('B'))
    || node('c', 'b', 'user', said('C')) || node('d', 'c', 'assistant', said('D')) || node('e', 'c',
    'assistant', said('E'))
    || node('f', 'b', 'user', said('F')) || node('g', 'f', 'assistant', said('G')) || node('h', 'g',
    'user', said('H'))))
$$;
SELECT results_eq($$SELECT source, read, written FROM import(tree('h'))$$,
    $$VALUES ('conversations', 1::bigint, 1::bigint), ('branches', 2, 2), ('messages', 8, 8)$$,
    'branches are counted');
SELECT results_eq('SELECT * FROM of(''tree'')', $$VALUES
    (NULL, 'user A + assistant B + user F + assistant G + user H'),
    ('b', 'user C + assistant E'), ('c', 'assistant D')$$, 'each is a conversation');
SELECT results_eq($$SELECT o.metadata #>> '{imported,after}', m.content, m.conversation_id = o.id
    FROM conversations c
        LEFT JOIN conversations o ON o.id = (c.metadata #>> '{branched_from,conversation_id}')::uuid
        JOIN messages m ON m.id = (c.metadata #>> '{branched_from,message_id}')::uuid
    WHERE c.metadata #>> '{imported,id}' = 'tree' ORDER BY 2$$,
    $$VALUES (NULL, 'B', true), ('b', 'C', true)$$, 'and says from where it branched');
SELECT results_eq($$SELECT source, written FROM import(tree('d'))$$,
    $$VALUES ('conversations', 0::bigint), ('branches', 0), ('messages', 0)$$,
    'another current_node moves nothing');
SELECT results_eq($$SELECT source, written FROM import(jsonb_set(tree('j'), '{0,mapping}',
    tree('j') #> '{0,mapping}'
    || node('i', 'd', 'user', said('I')) || node('j', 'i', 'assistant', said('J')) || node('k', 'e',
    'user', said('K'))))$$,
    $$VALUES ('conversations', 0::bigint), ('branches', 0), ('messages', 3)$$, 'new messages are written');
SELECT results_eq('SELECT * FROM of(''tree'')', $$VALUES
    (NULL, 'user A + assistant B + user F + assistant G + user H'),
    ('b', 'user C + assistant E + user K'), ('c', 'assistant D + user I + assistant J')$$,
    'to the branches that they are in');

-- Odd trees.
SELECT results_eq($$SELECT * FROM import(jsonb_build_array(talk('circle', 'b', node('a', 'c', 'user',
    said('A'))
        || node('b', 'a', 'assistant', said('B')) || node('c', 'b', 'user', said('C')))))$$,
    $$VALUES ('conversations', 1::bigint, 1::bigint, 0::bigint, 0::bigint, NULL), ('branches', 1, 1, 0,
    0, NULL),
             ('messages', 3, 3, 0, 0,
             'messages follow one another in a circle; oldest begins a branch: 1')$$, 'a circle');
SELECT results_eq($$SELECT * FROM import(jsonb_build_array(talk('odd', 'x', node('a', 'x', 'user', said('A'))
        || node('b', 'b', 'critic', said('B')) || node('c', 'a', 'user', said('C'), '{"create_time": "x",
        "weight": 0}'))))$$,
    $$VALUES ('conversations', 1::bigint, 1::bigint, 0::bigint, 0::bigint,
    'current_node is missing; branch of the newest message taken: 1'),
             ('branches', 1, 1, 0, 0, NULL),
             ('messages', 3, 3, 0, 0, 'create_time is not a time; kept in a data part: 1, '
             'message before is missing; begins a branch: 1, '
             'messages follow one another in a circle; oldest begins a branch: 1, '
             'role is unknown; kept in a data part: 1, weight is 0; noted in a data part: 1')$$,
    'missing parents, times, roles');
SELECT results_eq($$SELECT * FROM import(jsonb_build_array(1, '{"id": "x"}'::jsonb,
    '{"mapping": {"a": null}}'::jsonb,
        talk('empty', NULL, '{}'), talk('empty', NULL, node('a', NULL, 'user', said('A'))), '{"id": "n",
        "mapping": {"a": 1, "b": {"message": 1}}}'::jsonb))$$,
    $$VALUES ('conversations', 6::bigint, 2::bigint, 0::bigint, 4::bigint,
              'conversation occurs twice: 1, conversation without an id: 1, '
              'current_node is missing; branch of the newest message taken: 1, '
              'not a conversation with a mapping: 2'),
             ('messages', 4, 0, 0, 4, 'conversation is not imported: 2, message is not a JSON object: 1, '
             'node without a message: 1')$$,
    'what is not a conversation');
SELECT results_eq('SELECT * FROM import(''[]'')', $$VALUES ('conversations', 0::bigint, 0::bigint,
    0::bigint, 0::bigint, NULL), ('messages', 0, 0, 0, 0, NULL)$$,
    'an empty export');

-- Errors.
SELECT throws_ok($$SELECT agentchat.import_chatgpt('00000000-0000-4000-8000-000000000009', '[]')$$,
    'PT404', 'user not found');
SELECT throws_ok($$SELECT agentchat.import_chatgpt('00000000-0000-4000-8000-000000000001', '{}')$$,
    '22023', 'export is not a JSON array');
SELECT throws_ok($$SELECT agentchat.import_chatgpt('00000000-0000-4000-8000-000000000001', NULL)$$,
    '22004', 'export is NULL');
SELECT throws_ok($$SELECT agentchat.import_chatgpt(NULL, '[]')$$, '22004', 'user_id is NULL');
-- Triggers act for a caller under row-level security.
DO $$ BEGIN CREATE ROLE authenticated; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
SELECT count(*) FROM agentchat.grant_api('authenticated') \g /dev/null
CREATE FUNCTION public.import_mine(export jsonb) RETURNS bigint
    LANGUAGE sql SECURITY DEFINER SET search_path = ''
    AS $$ SELECT sum(i.written)
          FROM agentchat.import_chatgpt('00000000-0000-4000-8000-000000000001', export) i $$;
SELECT jsonb_build_array(talk('mine', 'c', node('a', NULL, 'user', said('A'))
    || node('c', 'b', 'user', said('C'))
    || node('b', 'a', 'assistant', said('B'), '{"create_time": 1700000097}'))) AS mine \gset
SET ROLE authenticated;
SELECT public.import_mine(:'mine') AS written \gset
RESET ROLE;
SELECT is(:written, 4, 'an owner''s function imports for a user');
SELECT results_eq($$SELECT m.content, m.created_at FROM messages m
        JOIN conversations c ON c.id = m.conversation_id
    WHERE c.title = 'Title of mine' ORDER BY m.created_at$$,
    $$VALUES ('A', timestamp '2023-11-14 22:14:57'), ('B', '2023-11-14 22:14:57.000001'),
             ('C', '2023-11-14 22:14:59')$$, 'with the times of the export');
SELECT is_empty('SELECT * FROM agentchat.check()', 'check() finds nothing');
SELECT * FROM finish();
