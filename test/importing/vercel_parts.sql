-- agentchat.ui_parts() brings the parts of older AI SDKs to the form of today's, and keeps what the AI SDK
-- would refuse. agentchat.vercel_ui_parts() makes the other columns of messages of them.
\ir ../lib/agentchat.sql

SELECT plan(35);

CREATE FUNCTION becomes(parts jsonb, expected jsonb, what text) RETURNS text LANGUAGE sql
    AS $$ SELECT is(agentchat.ui_parts(parts, 'elsewhere'), expected, what) $$;
-- The part stays whole in a data part.
CREATE FUNCTION is_kept(part jsonb, what text) RETURNS text LANGUAGE sql
    AS $$ SELECT becomes(jsonb_build_array(part), jsonb_build_array(jsonb_build_object('type',
        'data-imported',
                             'data', jsonb_build_object('source', 'elsewhere', 'part', part))), what) $$;

-- ---- today's parts stay

CREATE TABLE current (parts jsonb);
INSERT INTO current VALUES ('[
    {"type": "step-start"},
    {"type": "text", "text": "Hi", "state": "done", "providerMetadata": {"openai": {"itemId": "1"}}},
    {"type": "reasoning", "text": "Hm", "state": "streaming"},
    {"type": "file", "mediaType": "image/png", "url": "https://a/b", "filename": "b"},
    {"type": "source-url", "sourceId": "1", "url": "https://a", "title": "A"},
    {"type": "source-document", "sourceId": "1", "mediaType": "text/plain", "title": "A"},
    {"type": "data-weather", "id": "1", "data": null},
    {"type": "tool-a", "toolCallId": "1", "state": "input-streaming", "input": {"a": null}},
    {"type": "tool-a", "toolCallId": "2", "state": "input-available", "input": null},
    {"type": "tool-a", "toolCallId": "3", "state": "output-available", "input": 1, "output": null},
    {"type": "tool-a", "toolCallId": "4", "state": "output-error", "rawInput": "{", "errorText": "no"},
    {"type": "tool-a", "toolCallId": "5", "state": "approval-requested", "input": 1, "approval": {"id": "1"}},
    {"type": "tool-a", "toolCallId": "6", "state": "approval-responded", "input": 1,
     "approval": {"id": "1", "approved": false, "reason": "no"}},
    {"type": "tool-a", "toolCallId": "7", "state": "output-denied", "input": 1,
     "approval": {"id": "1", "approved": false}},
    {"type": "dynamic-tool", "toolName": "b", "toolCallId": "8", "state": "output-available", "input": 1,
     "output": {"c": []}, "providerExecuted": true}
]');
SELECT becomes(c.parts, c.parts, 'parts of today') FROM current c;

-- ---- older parts

SELECT becomes('[{"type": "tool-invocation", "toolInvocation": {"state": "result", "step": 0,
        "toolCallId": "1",
                  "toolName": "getWeather", "args": {"city": "Rome"}, "result": {"degrees": 20}}}]',
    '[{"type": "tool-getWeather", "toolCallId": "1", "state": "output-available", "input": {"city": "Rome"},
       "output": {"degrees": 20}}]', 'a call with its result');
SELECT becomes('[{"type": "tool-invocation", "toolInvocation": {"state": "call", "toolCallId": "1",
                  "toolName": "getWeather", "args": {}}}]',
    '[{"type": "tool-getWeather", "toolCallId": "1", "state": "input-available", "input": {}}]',
        'without it');
SELECT becomes('[{"type": "reasoning", "reasoning": "Hm."}]', '[{"type": "reasoning", "text": "Hm."}]',
        'reasoning');
SELECT becomes('[{"type": "reasoning", "reasoning": "Hm.", "details": [
                  {"type": "text", "text": "Hm.", "signature": "s"}, {"type": "redacted", "data": "d"}]}]',
    '[{"type": "reasoning", "text": "Hm.", "providerMetadata": {"anthropic": {"signature": "s"}}},
      {"type": "reasoning", "text": "", "providerMetadata": {"anthropic": {"redactedData": "d"}}}]',
    'reasoning with signatures');
SELECT becomes('[{"type": "source", "source": {"sourceType": "url", "id": "1", "url": "https://a",
        "title": "A"}}]',
    '[{"type": "source-url", "sourceId": "1", "url": "https://a", "title": "A"}]', 'a source');
SELECT becomes('[{"type": "file", "mimeType": "image/png", "data": "AAAA"}]',
    '[{"type": "file", "mediaType": "image/png", "url": "data:image/png;base64,AAAA"}]', 'a file');

-- ---- parts of ModelMessages

SELECT becomes('[{"type": "image", "image": "https://a/b.png"}]',
    '[{"type": "file", "mediaType": "image/*", "url": "https://a/b.png"}]', 'an image with its address');
SELECT becomes('[{"type": "image", "image": "AAAA", "mimeType": "image/png"}]',
    '[{"type": "file", "mediaType": "image/png", "url": "data:image/png;base64,AAAA"}]',
        'an image with its bytes');
SELECT becomes('[{"type": "file", "data": "https://a/b.pdf", "mimeType": "application/pdf",
        "filename": "b.pdf"}]',
    '[{"type": "file", "mediaType": "application/pdf", "url": "https://a/b.pdf", "filename": "b.pdf"}]',
    'a file with its address');
SELECT becomes('[{"type": "reasoning", "text": "Hm.", "signature": "s"}, {"type": "redacted-reasoning",
        "data": "d"}]',
    '[{"type": "reasoning", "text": "Hm.", "providerMetadata": {"anthropic": {"signature": "s"}}},
      {"type": "reasoning", "text": "", "providerMetadata": {"anthropic": {"redactedData": "d"}}}]',
    'reasoning of Anthropic');
SELECT becomes('[{"type": "text", "text": [{"type": "text", "text": "See"}, {"type": "image",
        "image": "https://a"}]}]',
    '[{"type": "text", "text": "See"}, {"type": "file", "mediaType": "image/*", "url": "https://a"}]',
    'content that the migration of the template took for a text');

-- ---- what is not an array of parts

SELECT becomes('[]', '[{"type": "text", "text": ""}]', 'no parts');
SELECT becomes('null', '[{"type": "text", "text": ""}]', 'null');
SELECT becomes('"Hi"', '[{"type": "text", "text": "Hi"}]', 'a text');
SELECT becomes('["Hi"]', '[{"type": "text", "text": "Hi"}]', 'texts');
SELECT becomes('{"type": "text", "text": "Hi"}', '[{"type": "text", "text": "Hi"}]', 'a part');

-- ---- what the AI SDK refuses

SELECT is_kept('5', 'a number');
SELECT is_kept('{"text": "no type"}', 'a part without a type');
SELECT is_kept('{"type": "hologram", "url": "https://a"}', 'of a type that does not exist');
SELECT is_kept('{"type": "text"}', 'a text without a text');
SELECT becomes('[{"type": "text", "text": "a", "state": "half"}]', '[{"type": "text", "text": "a"},
    {"type": "data-imported", "data": {"source": "elsewhere", "part":
        {"type": "text", "text": "a", "state": "half"}}}]', 'a text in a state that does not exist');
SELECT is_kept('{"type": "file", "url": "https://a"}', 'a file without a media type');
SELECT is_kept('{"type": "image", "image": {"0": 137, "1": 80}}', 'an image of bytes');
SELECT is_kept('{"type": "tool-a", "toolCallId": "1", "state": "result", "input": 1}', 'a call in no state');
SELECT is_kept('{"type": "tool-a", "toolCallId": "1", "state": "input-available", "input": 1, "output": 2}',
    'a call with an output that is too early');
SELECT is_kept('{"type": "tool-a", "state": "output-available", "input": 1, "output": 2}',
        'a call without an id');
SELECT is_kept('{"type": "tool-a", "toolCallId": "1", "state": "output-denied", "input": 1}',
        'denied by nobody');
SELECT becomes('[{"type": "text", "text": "a", "providerMetadata": {"openai": 1}}]',
    '[{"type": "text", "text": "a"}, {"type": "data-imported", "data": {"source": "elsewhere", "part":
        {"type": "text", "text": "a", "providerMetadata": {"openai": 1}}}}]', 'metadata that is none');

SELECT becomes('[{"type": "text", "text": [{"type": "text", "text": ["a"]}]}]', '[{"type": "data-imported",
    "data": {"source": "elsewhere", "part": {"type": "text", "text": ["a"]}}}]', 'a text in a text');
\if :is_instrumented
    SET max_stack_depth = '56MB';
\else
    SET max_stack_depth = '7MB';
\endif
SELECT is(agentchat.ui_parts((repeat('[{"type": "text", "text": ', n) || '[]' || repeat('}]', n))::jsonb,
    'elsewhere') #>> '{0,type}', 'data-imported', 'texts in texts, as deep as a jsonb value can be')
FROM (VALUES (12000)) v (n);
RESET max_stack_depth;

-- ---- the other columns

SELECT results_eq($$ SELECT p.* FROM agentchat.vercel_ui_parts(
        '[{"type": "reasoning", "reasoning": "H"}, {"type": "text", "text": "a"}, {"type": "reasoning",
        "text": "m"},
          {"type": "text", "text": "b"}, {"type": "file", "mediaType": "image/png", "url": "https://a"}]',
        '[{"url": "https://a", "contentType": "image/png"}, {"url": "https://b"},
          {"url": "https://a", "name": "a"}]') p $$,
    $$ VALUES ('[{"type": "reasoning", "text": "H"}, {"type": "text", "text": "a"}, {"type": "reasoning",
        "text": "m"},
          {"type": "text", "text": "b"}, {"type": "file", "mediaType": "image/png",
          "url": "https://a"}]'::jsonb,
        '[{"url": "https://b"}, {"url": "https://a", "name": "a"}]'::jsonb, 'ab', 'Hm', '{}'::text[]) $$,
    'texts, reasoning, and the attachments that say more than the parts');
SELECT results_eq($$ SELECT p.content, p.reasoning, p.attachments, p.notes
                     FROM agentchat.vercel_ui_parts('[{"type": "text", "text": "a"}]', NULL) p $$,
    $$ VALUES ('a', NULL::text, '[]'::jsonb, NULL::text[]) $$, 'nothing to change');
SELECT results_eq($$ SELECT p.notes FROM agentchat.vercel_ui_parts('[5]', '5') p $$,
    $$ VALUES (ARRAY['parts that the AI SDK does not accept were kept as data']) $$,
        'a note of what was refused');
SELECT results_eq($$ SELECT p.notes FROM agentchat.vercel_ui_parts('[]', '[]') p $$,
    $$ VALUES (ARRAY['no parts, an empty text was written']) $$, 'a note of messages without parts');

SELECT * FROM finish();
