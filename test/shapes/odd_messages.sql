-- The formats can read messages that only an attacker would write, and tables that users have changed.
\ir ../lib/agentchat.sql

INSERT INTO users (id, email) VALUES (md5('ada')::uuid, 'ada@example.com');

CREATE FUNCTION add(test text, parts jsonb, role text DEFAULT 'assistant') RETURNS void LANGUAGE sql AS $$
    INSERT INTO conversations (id, user_id, title) VALUES (md5(test)::uuid, md5('ada')::uuid, test)
    ON CONFLICT DO NOTHING;
    INSERT INTO messages (conversation_id, role, content, parts) VALUES (md5(test)::uuid, role, '', parts);
$$;
CREATE FUNCTION tool(input jsonb) RETURNS jsonb LANGUAGE sql AS $$
    SELECT jsonb_build_object('type', 'tool-x', 'toolCallId', 'a', 'state', 'output-available', 'output', 1,
        'input', input)
$$;

SELECT plan(17);

-- Arguments that are JSON as text are kept if a number is 0 in JavaScript and too small for PostgreSQL.
SELECT add('number ' || number, jsonb_build_array(tool(to_jsonb(format('{"n": %s}', number)))))
FROM unnest('{1e-20000, 0e-20000, 0e99999999999, -1E-99999}'::text[]) number \g /dev/null
SELECT is(get_conversation(md5('number ' || number)::uuid, 'anthropic')
    #> '{messages,0,content,0,input}',
    jsonb_build_object('rawInvalidInput', format('{"n": %s}', number)),
    'arguments with ' || number)
FROM unnest('{1e-20000, 0e-20000, 0e99999999999, -1E-99999}'::text[]) number;

-- Calls before texts move behind them: within seconds, and in their order.
SELECT add('many', (SELECT jsonb_agg(tool('{}') || jsonb_build_object('toolCallId', n::text) ORDER BY n)
    FROM generate_series(1, 30000) n)
    || (SELECT jsonb_agg(jsonb_build_object('type', 'text', 'text', n::text) ORDER BY n)
        FROM generate_series(1, 30000) n)) \g /dev/null
SET statement_timeout = '1min';
SELECT is((SELECT string_agg(coalesce(block ->> 'text', block ->> 'id'), ' ' ORDER BY n)
        FROM jsonb_array_elements(get_conversation(md5('many')::uuid, 'anthropic') #> '{messages,0,content}')
            WITH ORDINALITY b (block, n)),
    (SELECT string_agg(n::text, ' ' ORDER BY round, n)
     FROM generate_series(1, 2) round, generate_series(1, 30000) n),
    'many calls before many texts');
RESET statement_timeout;

-- Only a part's own approval counts as one of the AI SDK.
SELECT add('approval', jsonb_build_array(tool('{}') || '{"approval": {"id": "1", "reason": null,
    "approval": {"reason": null}}, "errorText": null}')) \g /dev/null
SELECT is(get_conversation(md5('approval')::uuid, 'ai-sdk') #> '{0,parts,0}',
    tool('{}') || '{"approval": {"id": "1", "approval": {"reason": null}}}',
    'an approval inside an approval');

-- The ids that clients give are at the end, and nowhere else.
SELECT add('ids', '[{"type": "data-message-id", "data": "msg-1"},
    {"type": "text", "text": "hi"}]') \g /dev/null
SELECT is(get_conversation(md5('ids')::uuid, 'ai-sdk') #> '{0,parts}',
    '[{"type": "data-message-id", "data": "msg-1"}, {"type": "text", "text": "hi"}]',
    'what looks like an id before the last part is a part');
SELECT is(get_conversation(md5('ids')::uuid, 'ai-sdk') #>> '{0,id}',
    (SELECT id::text FROM messages WHERE conversation_id = md5('ids')::uuid),
    '... and the message keeps its id');

-- A part of many keys, without those that are read.
SELECT add('wide', jsonb_build_array((SELECT jsonb_object_agg('key ' || n, n) FROM generate_series(1, 100) n)
    || '{"type": "text", "text": "hi"}')) \g /dev/null
SELECT is(get_conversation(md5('wide')::uuid, f) #> path, '"hi"', 'a part of many keys, for ' || f)
FROM (VALUES ('ai-sdk', '{0,parts,0,text}'::text[]), ('openai', '{0,content}'),
    ('anthropic', '{messages,0,content,0,text}')) v (f, path);

-- Numbers that jsonb keeps with more digits or in another way than JavaScript writes them.
SELECT add('numbers', jsonb_build_array(tool('{"n": [-0.00000012345, 1.5e25, -1234567.890123,
    0.00001234567890123, 1e21, 1e20, 1e-7, 1e400, 12345678901234567890123, -0.0]}'))) \g /dev/null
SELECT is(get_conversation(md5('numbers')::uuid, 'openai') #>> '{0,tool_calls,0,function,arguments}',
    '{"n":[-1.2345e-7,1.5e+25,-1234567.890123,0.00001234567890123,1e+21,100000000000000000000,1e-7,1'
        || repeat('0', 400) || ',12345678901234567890123,0]}',
    'arguments have numbers as JavaScript writes them, if a double holds them');

-- A file that only its provider has.
SELECT add('file', '[{"type": "file", "mediaType": "image/png", "providerReference": {"openai": "file-1"}}]',
    'user') \g /dev/null
SELECT is(get_conversation(md5('file')::uuid, 'ai-sdk') #> '{0,parts,0}',
    '{"type": "file", "mediaType": "image/png", "url": "", "providerReference": {"openai": "file-1"}}',
    'a file without a URL');

-- Other types of columns.
ALTER TABLE messages DROP CONSTRAINT messages_role_check, ALTER COLUMN role TYPE char(12);
SELECT add('char', '[{"type": "text", "text": "hi"}]', 'user') \g /dev/null
SELECT is(get_conversation(md5('char')::uuid, 'openai'), '[{"role": "user", "content": "hi"}]',
    'a role of type char(n), for OpenAI');
SELECT is(get_conversation(md5('char')::uuid, 'ai-sdk') #>> '{0,role}', 'user', '... and for the AI SDK');

ALTER TABLE messages ADD COLUMN line_2 int DEFAULT 7, ADD COLUMN "createdAt" int DEFAULT 8;
SELECT is((SELECT m -> 'line2' || (m -> 'createdAt') || to_jsonb(m ? 'created_at')
        FROM (SELECT get_conversation(md5('char')::uuid, 'drizzle') #> '{messages,0}' AS m) v),
    '[7, 8, true]', 'Drizzle: a digit behind an underscore, and a key that another column has');
ALTER TABLE messages DROP COLUMN parts, ADD COLUMN parts text DEFAULT '[]';
SELECT is(get_conversation(md5('char')::uuid, 'ai-sdk') #>> '{0,role}', 'user', 'parts of another type');

SELECT * FROM finish();
