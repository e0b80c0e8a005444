-- append_messages() with check_tools refuses tool calls that the schemas of their tools do not allow.
\ir ../lib/agentchat.sql
\ir ../lib/api_user.sql

SELECT plan(62);

INSERT INTO agent_tools (name, description, schema) VALUES
    ('weather', '', '{"type": "object", "properties": {"city": {"type": "string"}, "days": {"type": "integer",
        "minimum": 1}}, "required": ["city"], "additionalProperties": false}'),
    ('say', '', '{"type": "string"}'), ('any thing', '', '{}');
INSERT INTO conversations (id, user_id, title) VALUES (md5('trip')::uuid, md5('ada')::uuid, 'Trip');
SELECT become('ada') \g /dev/null
SET ROLE agentchat_test_user;

-- Returns the number of messages written, or the error.
CREATE FUNCTION pg_temp.outcome(messages jsonb, format text DEFAULT 'ai-sdk',
    check_tools boolean DEFAULT true)
RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    detail text;
    hint text;
BEGIN
    RETURN jsonb_array_length(append_messages(md5('trip')::uuid, messages, format, check_tools));
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
    RETURN format('%s %s: %s%s', SQLSTATE, SQLERRM, detail,
        CASE WHEN hint NOT LIKE 'Nothing was written. %' THEN ' HINT: ' || hint END);
END $$;
-- The outcome for that input, whose errors are those of validate_tool_input().
CREATE FUNCTION pg_temp.mismatch(path text, tool text, input jsonb) RETURNS text LANGUAGE sql
RETURN format('22023 a tool call does not match the tool''s schema: %s is not a valid input of "%s": %s.',
    path, tool,
    (SELECT string_agg(CASE e ->> 'path' WHEN '' THEN 'the input' ELSE format('"%s"', e ->> 'path') END
        || ' ' || (e ->> 'message'), '; ') FROM jsonb_array_elements(validate_tool_input(tool,
        input) -> 'errors') e));
-- A message of the assistant with that part.
CREATE FUNCTION pg_temp.part(part jsonb) RETURNS jsonb LANGUAGE sql
RETURN jsonb_build_object('role', 'assistant', 'parts', jsonb_build_array(part));
-- A call in that state.
CREATE FUNCTION pg_temp.call(input jsonb, others jsonb DEFAULT '{}') RETURNS jsonb LANGUAGE sql
RETURN '{"type": "tool-weather", "toolCallId": "1", "state": "input-available"}'
    || jsonb_build_object('input', input) || others;

\set wrong '{"city": 5}'

-- UIMessages.
SELECT is(pg_temp.outcome(pg_temp.part(pg_temp.call('{"city": "Kahului", "days": 3}'))), '1',
    'a call that matches');
SELECT is(pg_temp.outcome(pg_temp.part(pg_temp.call(:'wrong')), check_tools => c), '1',
    'without check_tools, a call that does not match is written')
FROM unnest('{false, NULL}'::boolean[]) c;
SELECT is(jsonb_array_length(append_messages(md5('trip')::uuid, pg_temp.part(pg_temp.call(:'wrong')))), 1,
    '... also by default');
SELECT is(jsonb_array_length(append_messages(md5('trip')::uuid::text, pg_temp.part(pg_temp.call(:'wrong')),
    check_tools => false)), 1, '... and with the conversation by name');
SELECT throws_ok($$ SELECT append_messages(md5('trip')::uuid::text, pg_temp.part(pg_temp.call('{}')),
    check_tools => true) $$, '22023', 'a tool call does not match the tool''s schema',
    'with check_tools it is refused, with the conversation by name');
SELECT is(pg_temp.outcome(pg_temp.part(pg_temp.call(:'wrong', others))),
    pg_temp.mismatch('messages.parts[0].input', 'weather', :'wrong'), 'a wrong call ' || others::text)
FROM unnest('{"{}", "{\"state\": \"output-available\", \"output\": 1}", "{\"state\": \"approval-requested\"}",
    "{\"state\": \"output-error\", \"errorText\": \"x\"}", "{\"type\": \"dynamic-tool\",
    \"toolName\": \"weather\"}",
    "{\"providerExecuted\": false}", "{\"state\": \"output-error\", \"errorText\": \"x\", \"rawInput\": {}}"}'
    ::jsonb[]) others;
SELECT is(pg_temp.outcome(jsonb_build_array(pg_temp.part('{"type": "text", "text": "Hi"}'),
    pg_temp.part(pg_temp.call('{"city": "Hana"}')) #- '{parts}' || jsonb_build_object('parts',
        jsonb_build_array('{"type": "step-start"}'::jsonb, pg_temp.call('{"city": "Hana"}'),
        pg_temp.call(:'wrong'))))),
    pg_temp.mismatch('messages[1].parts[2].input', 'weather', :'wrong'), 'the path in an array');
SELECT is(pg_temp.outcome(pg_temp.part(pg_temp.call(input))),
    pg_temp.mismatch('messages.parts[0].input', 'weather', input), 'the input ' || input::text)
FROM unnest('{"null", "\"x\"", "{\"city\": 5, \"days\": 0}", "{}"}'::jsonb[]) input;
SELECT is(pg_temp.outcome(pg_temp.part(pg_temp.call(NULL) - 'input')),
    pg_temp.mismatch('messages.parts[0].input', 'weather', 'null'),
    'a call without an input has none');
SELECT matches(pg_temp.outcome(pg_temp.part(pg_temp.call(
        (SELECT jsonb_object_agg('key' || n, n) || '{"city": "x"}' FROM generate_series(1, 9) n)))),
    '^22023 (.*"key[1-5]".*; ){5}and 4 more\.$', 'of many errors, it shows the first five');
SELECT ok(length(pg_temp.outcome(pg_temp.part(pg_temp.call(jsonb_build_object(repeat('ä', 1000), repeat('ä',
    1000)))))) < 900,
    'long names and values are cut');

-- Calls that are not checked.
SELECT is(pg_temp.outcome(pg_temp.part(pg_temp.call(input, others) || part)), '1',
    'not checked: ' || (others || part)::text)
FROM (VALUES ('{}'::jsonb, '{"state": "input-streaming"}'::jsonb, '{}'::jsonb),
    ('{"city": 5}', '{"state": "input-available", "providerExecuted": true}', '{}'),
    ('{}', '{"type": "tool-web_search", "providerExecuted": true}', '{}'),
    ('null', '{"state": "output-error", "errorText": "x", "rawInput": {"city": 5}}', '{}'),
    ('{"city": 5}', '{"type": "dynamic-tool", "toolName": "weather", "state": "output-error"}',
        '{"errorText": "Invalid input"}'),
    ('{}', '{"type": "dynamic-tool", "toolName": "nothing", "state": "output-error"}',
        '{"errorText": "unavailable tool"}'),
    ('{}', '{"type": "data-weather"}', '{"data": 1}'), ('{}', '{"type": "text"}', '{"text": "tool-weather"}'))
    v(input, others, part);
SELECT is(pg_temp.outcome(pg_temp.part(pg_temp.call(NULL) - 'input'
    || '{"state": "output-error", "errorText": "x",
    "rawInput": "{"}')), '1', 'an input that the AI SDK could not read');

-- Unknown tools.
SELECT is(pg_temp.outcome(pg_temp.part(pg_temp.call('{}', others))),
    format('22023 a tool call names an unknown tool: messages.parts[0] calls "%s". No tool that the '
        'caller may see has this name.', tool), 'an unknown tool: ' || others::text)
FROM (VALUES ('{"type": "tool-nothing"}'::jsonb, 'nothing'), ('{"type": "tool-"}', ''),
    ('{"type": "dynamic-tool", "toolName": "Weather"}', 'Weather')) v(others, tool);
SELECT is(pg_temp.outcome(pg_temp.part('{"type": "tool-any thing", "toolCallId": "1", "input": 1}')), '1',
    'a name with a space');

-- The first wrong call is reported, whatever its tool.
SELECT matches(pg_temp.outcome((SELECT jsonb_agg(pg_temp.part(pg_temp.call('1', jsonb_build_object('type',
    t))))
    FROM unnest(tools) t)), '^22023 .*' || found, 'the first of ' || tools::text)
FROM (VALUES ('{tool-any thing, tool-weather, tool-nothing, tool-say}'::text[],
    'messages\[1\]\.parts.*weather'),
    ('{tool-say, tool-nothing}', 'messages\[0\]\.parts.*say'),
    ('{tool-weather, tool-nothing, tool-say}', 'messages\[0\]\.parts.*weather'),
    ('{tool-any thing, tool-nothing, tool-weather, tool-a}', 'messages\[1\]\.parts.*nothing')) v(tools,
    found);

-- Messages of AI SDK 4.
SELECT is(pg_temp.outcome(pg_temp.part(jsonb_build_object('type', 'tool-invocation', 'toolInvocation', i))),
    pg_temp.mismatch('messages.parts[0].toolInvocation.args', 'weather', COALESCE(i -> 'args', 'null')),
    'a part of AI SDK 4: ' || i::text)
FROM (VALUES ('{"state": "result", "toolCallId": "1", "toolName": "weather", "args": {"city": 5}}'::jsonb),
    ('{"state": "call", "toolCallId": "1", "toolName": "weather"}')) v(i);
SELECT is(pg_temp.outcome(pg_temp.part('{"type": "tool-invocation", "toolInvocation":
    {"state": "partial-call", "toolCallId": "1",
    "toolName": "weather"}}')), '1', '... which is not complete');
SELECT is(pg_temp.outcome('{"role": "assistant", "content": "", "toolInvocations": [{"state": "call",
    "toolCallId": "1", "toolName": "weather", "args": {"city": "Hana", "x": 1}}]}'),
    pg_temp.mismatch('messages.toolInvocations[0].args', 'weather', '{"city": "Hana", "x": 1}'),
    'a message without parts');

-- Rows.
SELECT is(pg_temp.outcome(jsonb_build_object('role', 'assistant', 'content', '', 'parts',
    jsonb_build_array(pg_temp.call(:'wrong'), 1)), f),
    pg_temp.mismatch('messages.parts[0].input', 'weather', :'wrong'), 'a call in ' || f)
FROM unnest('{rows, drizzle}'::text[]) f;
SELECT is(pg_temp.outcome(jsonb_build_object('role', 'assistant', 'content', 'Hi', 'parts', p), f), '1',
    'no calls in ' || f)
FROM unnest('{rows, drizzle}'::text[]) f, unnest('{null, [1], []}'::jsonb[]) p;

-- OpenAI's messages.
CREATE FUNCTION pg_temp.openai(arguments text, name text DEFAULT 'weather') RETURNS jsonb LANGUAGE sql
RETURN jsonb_build_array('{"role": "user", "content": "Hi"}'::jsonb,
    jsonb_build_object('role', 'assistant', 'content', NULL, 'tool_calls',
    jsonb_build_array(jsonb_build_object('id',
        'a', 'type', 'function', 'function', jsonb_build_object('name', name, 'arguments', arguments)))));
SELECT is(pg_temp.outcome(pg_temp.openai('{"city": "Hana"}'), 'openai'), '2', 'OpenAI''s call that matches');
SELECT is(pg_temp.outcome(pg_temp.openai(arguments), 'openai'),
    pg_temp.mismatch('messages[1].tool_calls[0].function.arguments', 'weather', input),
    'OpenAI''s call: ' || arguments)
FROM (VALUES ('{"city": 5}', '{"city": 5}'::jsonb), ('', '{}'), ('{"city": ', '"{\"city\": "'), ('[]',
    '"[]"'))
    v(arguments, input);
SELECT matches(pg_temp.outcome(pg_temp.openai('{}', 'nothing'), 'openai'),
    '^22023 a tool call names an unknown tool: messages\[1\]\.tool_calls\[0\] calls "nothing"',
    '... of an unknown tool');
SELECT is(pg_temp.outcome('{"role": "assistant", "tool_calls": [{"id": "b", "type": "custom", "custom":
    {"name": "say", "input": "{}"}}]}', 'openai'), '1', 'a call of a custom tool, whose input is a text');
SELECT matches(pg_temp.outcome('{"role": "assistant", "tool_calls": [{"id": "b", "type": "custom", "custom":
    {"name": "weather", "input": "{}"}}]}', 'openai'),
    '^22023 .*messages\.tool_calls\[0\]\.custom\.input is not',
    '... that does not match');

-- Nothing is written if one call is wrong.
SELECT count(*) AS before FROM messages \gset
SELECT matches(pg_temp.outcome(jsonb_build_array(said, pg_temp.part(pg_temp.call('{}')), said)), '^22023 ',
    'one call is wrong')
FROM (SELECT '{"role": "user", "parts": [{"type": "text", "text": "Hi"}]}'::jsonb) m(said);
SELECT is((SELECT count(*) FROM messages), :before::bigint, '... and nothing is written');
SELECT matches(pg_temp.outcome('{"role": "assistant"}'), '^22023 message does not match its format',
    'the format is checked first');
RESET ROLE;

-- Each tool is looked up once.
CREATE FUNCTION pg_temp.scans() RETURNS bigint LANGUAGE sql
RETURN (SELECT seq_scan + COALESCE(idx_scan, 0) FROM pg_stat_xact_user_tables WHERE relname = 'agent_tools');
BEGIN;
SELECT pg_temp.scans() AS before \gset
SELECT append_messages(md5('trip')::uuid, (SELECT jsonb_agg(pg_temp.part(pg_temp.call('{"city": "Hana"}')))
    FROM generate_series(1, 100)), check_tools => true) \g /dev/null
SELECT is(pg_temp.scans() - :before, 1::bigint, 'a hundred calls of one tool look it up once');
COMMIT;

SELECT finish();
