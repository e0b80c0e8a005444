-- append_messages() with messages of a request to OpenAI: get_conversation() sends again what they had.
\ir ../lib/pgtap.sql
CREATE EXTENSION agentchat;
SET search_path = public, tap;
SET client_min_messages = warning;

INSERT INTO users (id, email) VALUES (md5('ada')::uuid, 'ada@example.com');
INSERT INTO conversations (id, user_id, title) VALUES (md5('c')::uuid, md5('ada')::uuid, 'x');

CREATE FUNCTION append(messages jsonb) RETURNS jsonb LANGUAGE sql AS
$$ SELECT append_messages(md5('c')::uuid, messages, 'openai') $$;
CREATE FUNCTION sent_again(messages jsonb) RETURNS jsonb LANGUAGE sql AS $$
    DELETE FROM messages;
    SELECT append(messages);
    SELECT get_conversation(md5('c')::uuid, 'openai')
$$;
-- A call of a tool, and its result.
CREATE FUNCTION called(arguments text) RETURNS jsonb LANGUAGE sql AS $$
    SELECT jsonb_build_array(
        jsonb_build_object('role', 'assistant', 'content', NULL, 'tool_calls', jsonb_build_array(
            jsonb_build_object('id', 'c', 'type', 'function',
                'function', jsonb_build_object('name', 'f', 'arguments', arguments)))),
        jsonb_build_object('role', 'tool', 'tool_call_id', 'c', 'content', 'x'))
$$;

SELECT plan(34);

-- ---- marks of the cache, and custom tools

SELECT is(sent_again(messages), messages, what || ' come back')
FROM (VALUES
    ('marks of the cache', '[
        {"role": "system", "content": [
            {"type": "text", "text": "Be brief.", "prompt_cache_breakpoint": {"mode": "explicit"}}]},
        {"role": "user", "content": [
            {"type": "text", "text": "See", "prompt_cache_breakpoint": {"mode": "explicit"}}]},
        {"role": "user", "content": [
            {"type": "text", "text": "See"},
            {"type": "image_url", "image_url": {"url": "https://example.com/x.png", "detail": "low"},
                "prompt_cache_breakpoint": {"mode": "explicit"}},
            {"type": "image_url", "image_url": {"url": "https://example.com/x.png"},
                "prompt_cache_breakpoint": {"mode": "explicit"}},
            {"type": "input_audio", "input_audio": {"data": "aGk=", "format": "mp3"},
                "prompt_cache_breakpoint": {"mode": "explicit"}},
            {"type": "file",
                "file": {"file_data": "data:application/pdf;base64,aGk=", "filename": "x.pdf"},
                "prompt_cache_breakpoint": {"mode": "explicit"}},
            {"type": "file", "file": {"file_id": "file-1"},
                "prompt_cache_breakpoint": {"mode": "explicit"}}]},
        {"role": "assistant", "content": [
            {"type": "text", "text": "A"},
            {"type": "text", "text": "B", "prompt_cache_breakpoint": {"mode": "explicit"}}],
            "tool_calls": [
                {"id": "c1", "type": "function", "function": {"name": "look", "arguments": "{}"}}]},
        {"role": "tool", "tool_call_id": "c1", "content": [
            {"type": "text", "text": "a cat", "prompt_cache_breakpoint": {"mode": "explicit"}}]}]'::jsonb),
    ('calls of custom tools', '[
        {"role": "assistant", "content": null, "tool_calls": [
            {"id": "c1", "type": "custom", "custom": {"name": "run", "input": "SELECT 1;"}},
            {"id": "c2", "type": "custom", "custom": {"name": "run", "input": "{}"}},
            {"id": "c3", "type": "custom", "custom": {"name": "run", "input": ""}}]},
        {"role": "tool", "tool_call_id": "c1", "content": "1"},
        {"role": "tool", "tool_call_id": "c2", "content": [
            {"type": "text", "text": "2", "prompt_cache_breakpoint": {"mode": "explicit"}}]},
        {"role": "tool", "tool_call_id": "c3", "content": ""}]'),
    ('files that were uploaded', '[
        {"role": "user", "content": [
            {"type": "text", "text": "sum it up"},
            {"type": "file", "file": {"file_id": "file-abc123"}}]}]')) v (what, messages);

SELECT is((SELECT parts -> 1 FROM messages),
    '{"type": "file", "mediaType": "application/pdf", "url": "file-abc123",
    "providerReference": {"openai": "file-abc123"}}', 'an uploaded file as in AI SDK 7');

SELECT append('[{"role": "assistant", "content": null, "tool_calls": [
    {"id": "c1", "type": "custom", "custom": {"name": "run", "input": "x"}}]}]') \g /dev/null
UPDATE messages SET parts = jsonb_set(parts, '{0,callProviderMetadata}',
    '{"openai": {"type": "custom", "itemId": "i"}, "anthropic": {"a": 1}}') WHERE parts @> '[{"input": "x"}]';
SELECT append('{"role": "tool", "tool_call_id": "c1", "content": [
    {"type": "text", "text": "a", "prompt_cache_breakpoint": {"mode": "explicit"}},
    {"type": "text", "text": "b"}]}') \g /dev/null
SELECT is((SELECT parts -> 0 FROM messages WHERE role = 'assistant'),
    '{"type": "tool-run", "toolCallId": "c1", "state": "output-available", "input": "x", "output": "ab",
    "callProviderMetadata": {"anthropic": {"a": 1},
        "openai": {"type": "custom", "itemId": "i", "promptCacheBreakpoint": {"mode": "explicit"}}}}',
    'the mark of a later result goes to the metadata of its call');

-- ---- arguments

SELECT is(sent_again(called(arguments)) #>> '{0,tool_calls,0,function,arguments}', arguments,
    'jsonb cannot hold the object: the text is sent: ' || left(arguments, 40))
FROM unnest(ARRAY['{"a": "\u0000"}', ' {"\u0000":1}', '{"a":"\ud83d"}', '{"a":"\uDC34\uD83C"}',
    '{"a":["x\\\ud800",1e400]}', '{"a":-1e+5000}', '{"a":' || repeat('9', 400) || '}',
    '{"a":1.5e999,"b":[0]}',
    '{"a":"é\u0000"}', '{"a": ' || repeat('[', 2000) || repeat(']', 2000) || '}']) AS arguments;

SELECT is(sent_again(called(arguments)) #>> '{0,tool_calls,0,function,arguments}', '{}',
    'not a JSON object: {} is sent: ' || arguments)
FROM unnest(ARRAY['{"a":1e400', '{"a":01e400}', '{"a":1e}', '["\u0000"]', '"\u0000"', '{"a":"\u00"}',
    '{"a":"\x\u0000"}', '{"a":"\u0000\"}', '{"a":\u0000}', '{"a":"\u0000"}}', '{"a":1.e400}',
    '{"a":.1,"b":"\ud800"}', 'x']) AS arguments;

SELECT is(jsonb_array_length(sent_again(called('{"a": "\u0000"}') || called('{"b": "\u0000"}'))), 4,
    'the same id in two turns: each call has its result');
SELECT is(sent_again(called('{"a": "\u0000"}')) #>> '{0,tool_calls,0,function,arguments}',
    '{"a": "\u0000"}',
    'a text that jsonb cannot hold');
SELECT is(get_conversation(md5('c')::uuid, 'anthropic') #>> '{messages,0,content,0,input,a}', U&'\FFFD',
    '... is an object with U+FFFD for Anthropic, who takes no text');

-- ---- odd requests

DELETE FROM messages;
SELECT append(called('{}') || (called('{}') -> 0)) \g /dev/null
SELECT results_eq('SELECT parts #>> ''{0,state}'', count(*) FROM messages GROUP BY 1 ORDER BY 1',
    $$VALUES ('input-available', 1::bigint), ('output-available', 1)$$,
    'two calls with one id and one result: the first call has the result');
DELETE FROM messages;
SELECT append(called('{}') -> 0) \g /dev/null
SELECT append(jsonb_build_array(called('{}') -> 1) || called('{"a": 1}')) \g /dev/null
SELECT results_eq(
    'SELECT parts #> ''{0,input}'', parts #>> ''{0,output}'' FROM messages ORDER BY created_at, id',
    $$VALUES ('{}'::jsonb, 'x'), ('{"a": 1}', 'x')$$,
    'a result before a call with its id belongs to the stored call');
DELETE FROM messages;
SELECT append('[{"role": "assistant", "content": null, "refusal": "I cannot."}]') \g /dev/null
SELECT results_eq('SELECT content, parts FROM messages',
    $$VALUES ('I cannot.', '[{"type": "text", "text": "I cannot."}]'::jsonb)$$, 'a refusal is a text');

SELECT * FROM finish();
