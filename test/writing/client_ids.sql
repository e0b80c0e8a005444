-- The id that a client chose for a message comes back in the format ai-sdk. The parts of the message hold it.
\ir ../lib/agentchat.sql
\ir ../lib/api_user.sql
\ir ../lib/said.sql

-- The ids of a conversation's messages in the format ai-sdk, and the versions of all rows.
CREATE FUNCTION ids(conversation text) RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(m ->> 'id', '|' ORDER BY n)
    FROM jsonb_array_elements(get_conversation(conversation, 'ai-sdk')) WITH ORDINALITY AS e (m, n) $$;
CREATE FUNCTION versions() RETURNS text LANGUAGE sql AS
$$ SELECT string_agg(id::text || ctid || xmin, ' ' ORDER BY id) FROM messages $$;

SELECT plan(39);
SELECT become('ada') \g /dev/null
SET ROLE agentchat_test_user;

SELECT create_conversation('Chat', jsonb_build_array(said('one', 'msg-1'), said('two', role => 'assistant'),
    said('three', '33333333-0000-4000-8000-000000000003')), id => 'chat') \g /dev/null
SELECT id AS two FROM messages WHERE content = 'two' \gset
SELECT is(ids('chat'), 'msg-1|' || :'two' || '|33333333-0000-4000-8000-000000000003',
    'ids come back as they were given');
SELECT results_eq('SELECT parts FROM messages ORDER BY content', ARRAY[
    '[{"text": "one", "type": "text"}, {"data": "msg-1", "type": "data-message-id"}]',
    '[{"text": "three", "type": "text"}]', '[{"text": "two", "type": "text"}]']::jsonb[],
    '... a part holds the id that the client chose, and no other');
SELECT is(get_conversation_json('chat', 'ai-sdk')::jsonb, get_conversation('chat', 'ai-sdk'),
    '... as JSON text');
SELECT is(get_conversation('chat', 'ai-sdk') #> '{0,parts}', '[{"type": "text", "text": "one"}]',
    'the format ai-sdk does not show the part');
SELECT is(get_conversation('chat', 'openai'), '[{"role": "user", "content": "one"},
    {"role": "assistant", "content": "two"}, {"role": "user", "content": "three"}]', '... nor does openai');
SELECT is(get_conversation('chat', 'anthropic') #> '{messages,0}',
    '{"role": "user", "content": [{"type": "text", "text": "one"}]}', '... nor anthropic');

-- What was read is appended.
SELECT versions() AS before \gset
SELECT append_messages('chat', get_conversation('chat', 'ai-sdk')) \g /dev/null
SELECT is(versions(), :'before', 'appending what was read writes nothing: ai-sdk');
SELECT append_messages('chat', get_conversation('chat') -> 'messages', 'rows') \g /dev/null
SELECT is(versions(), :'before', '... rows');
SELECT append_messages('chat', get_conversation('chat', 'drizzle') -> 'messages', 'drizzle') \g /dev/null
SELECT is(versions(), :'before', '... drizzle');
SELECT append_messages('chat', said('one', id::text)) FROM messages WHERE content = 'one' \g /dev/null
SELECT is(versions(), :'before', '... by its UUID');
SELECT is(append_messages('chat', said('one more', 'msg-1')) #>> '{0,given_id}', 'msg-1',
    'a message that grows');
SELECT is(ids('chat'), 'msg-1|' || :'two' || '|33333333-0000-4000-8000-000000000003', '... keeps its id');
SELECT is((SELECT count(*) FROM messages,
    jsonb_array_elements(parts) p WHERE p ->> 'type' = 'data-message-id'),
    1::bigint, '... which is stored once');

-- Metadata stays the last part.
SELECT append_messages('chat', said('four', 'msg-4') || '{"metadata": {"model": "m"}}') \g /dev/null
SELECT is((SELECT parts FROM messages WHERE content = 'four'), '[{"text": "four", "type": "text"},
    {"data": "msg-4", "type": "data-message-id"}, {"data": {"model": "m"}, "type": "data-metadata"}]',
    'metadata is the last part');
SELECT is(get_conversation('chat', 'ai-sdk') -> 3 #- '{metadata,createdAt}', '{"id": "msg-4", "role": "user",
    "metadata": {"model": "m"}, "parts": [{"type": "text", "text": "four"}]}', '... and both come back');
SELECT versions() AS before \gset
SELECT append_messages('chat', get_conversation('chat', 'ai-sdk')) \g /dev/null
SELECT is(versions(), :'before', '... and writing them again changes nothing');
-- The parts of the row as parts of a UIMessage.
SELECT append_messages('chat', jsonb_build_object('id', 'msg-4', 'role', 'user', 'parts', parts))
FROM messages WHERE content = 'four' \g /dev/null
SELECT is(versions(), :'before', '... nor does writing the parts of the row');
SELECT append_messages('chat', jsonb_build_object('id', 'msg-1', 'role', 'user', 'parts', parts))
FROM messages WHERE content = 'one more' \g /dev/null
SELECT is(versions(), :'before', '... without metadata');

-- Every format of append_messages().
SELECT append_messages('chat', '{"id": "o", "role": "user", "content": "openai"}', 'openai') \g /dev/null
SELECT append_messages('chat', '{"id": "r", "role": "user", "content": "x", "parts": [{"type": "text",
    "text": "x"}]}', 'rows') \g /dev/null
SELECT append_messages('chat', '{"id": "d", "role": "user", "content": "y", "parts": [{"type": "text",
    "text": "y"}]}', 'drizzle') \g /dev/null
SELECT append_messages('chat', '{"id": "v4", "role": "user", "content": "z"}') \g /dev/null
SELECT append_messages('chat', '{"id": "v4-empty", "role": "user", "content": ""}') \g /dev/null
SELECT is((SELECT string_agg(id, ' ') FROM unnest(string_to_array(ids('chat'), '|')) WITH ORDINALITY AS i (id,
    n)
    WHERE n > 4), 'o r d v4 v4-empty', 'every format keeps the id');
SELECT is(get_conversation('chat', 'ai-sdk') #> '{7,parts}', '[{"type": "text", "text": "z"}]',
    '... content of AI SDK 4');
SELECT is(get_conversation('chat', 'ai-sdk') #> '{8,parts}', '[{"type": "text", "text": ""}]',
    '... without text');
SELECT append_messages('chat', '{"id": "no-parts", "role": "user", "content": "none"}', 'rows') \g /dev/null
SELECT is((SELECT parts FROM messages WHERE content = 'none'), NULL,
    'a row without parts stays without parts');
SELECT is(ids('chat') ~ ('\|' || id || '$'), true,
    '... and has its UUID') FROM messages WHERE content = 'none';
SELECT is(truncate_conversation('chat', 'no-parts'), 1, '... but can be named by the client''s id');

-- Other functions.
SELECT is(get_conversation('chat', 'ai-sdk', 1, 'msg-4') #>> '{0,id}', '33333333-0000-4000-8000-000000000003',
    'pages name messages by these ids');
SELECT is(truncate_conversation('chat', 'o'), 5, '... and truncate_conversation()');
SELECT fork_conversation('chat', 'msg-4') AS copy \gset
SELECT is(ids(:'copy'), (SELECT string_agg(id::text, '|' ORDER BY created_at, id) FROM messages
    WHERE conversation_id = :'copy'), 'the messages of a copy have new ids');
SELECT is((SELECT count(*) FROM messages WHERE conversation_id = :'copy' AND parts::text LIKE '%message-id%'),
    0::bigint, '... and hold no old ones');
SELECT is((SELECT parts -> -1 ->> 'type' FROM messages WHERE conversation_id = :'copy' AND content = 'four'),
    'data-metadata', '... but the metadata');
SELECT versions() AS before \gset
SELECT append_messages(:'copy', get_conversation(:'copy', 'ai-sdk')) \g /dev/null
SELECT is(versions(), :'before', '... and appending what was read writes nothing');
SELECT is(append_messages(:'copy', said('one', 'msg-1')) #>> '{0,given_id}', 'msg-1',
    'a client''s id in the copy');
SELECT is(ids(:'copy') ~ '\|msg-1$', true, '... is that of a message of its own');

-- A part that names another message is no id: of a copy by hand, or made up.
RESET ROLE;
INSERT INTO messages (id, conversation_id, role, content, parts)
SELECT '44444444-0000-4000-8000-000000000004', conversation_id, role, 'copied', parts FROM messages
WHERE content = 'four' AND conversation_id <> :'copy';
SELECT is(get_conversation('chat', 'ai-sdk') #>> '{-1,id}', '44444444-0000-4000-8000-000000000004',
    'a part with the id of another message does not count');
SELECT append_messages('chat', '{"id": "55555555-0000-4000-8000-000000000005", "role": "user",
    "parts": [{"type": "data-message-id", "data": {"a": 1}}]}') \g /dev/null
SELECT is(get_conversation('chat', 'ai-sdk') #>> '{-1,id}', '55555555-0000-4000-8000-000000000005',
    '... nor does one that is no text');
SELECT append_messages('chat',
    '{"id": "six", "role": "user", "parts": [{"type": "data-message-id", "data": "a"},
    {"type": "text", "text": "6"}, {"type": "data-metadata", "data": 1}]}') \g /dev/null
SELECT is(get_conversation('chat', 'ai-sdk') #> '{-1}' -> 'parts', '[{"type": "data-message-id", "data": "a"},
    {"type": "text", "text": "6"}]', '... and in another place it is a part like others');
SELECT is(get_conversation('chat', 'ai-sdk') #>> '{-1,id}', 'six', '... beside the id');

-- Results of tools are added to the parts.
SELECT append_messages('chat',
    '{"id": "call", "role": "assistant", "content": null, "tool_calls": [{"id": "c",
    "type": "function", "function": {"name": "f", "arguments": "{}"}}]}', 'openai') \g /dev/null
SELECT append_messages('chat', '{"role": "tool", "tool_call_id": "c", "content": "42"}',
    'openai') \g /dev/null
SELECT is(get_conversation('chat', 'ai-sdk') #>> '{-1,id}', 'call',
    'a call that got its result keeps its id');

-- Parts that hold an id from before, when they are sent again.
SELECT append_messages('chat', jsonb_build_object('id', 'seven', 'role', 'user', 'parts', parts::jsonb))
FROM (VALUES ('[{"type": "data-message-id", "data": "old"},
    {"type": "text", "text": "7"}]')) v (parts) \g /dev/null
SELECT is((SELECT parts FROM messages WHERE content = '7'), '[{"type": "data-message-id", "data": "old"},
    {"type": "text", "text": "7"}, {"type": "data-message-id", "data": "seven"}]',
    'an id that is not at the end is a part like others');
SELECT append_messages('chat', '{"id": "eight", "role": "user", "parts": [{"type": "text", "text": "8"},
    {"type": "data-message-id", "data": "old"}, {"type": "data-metadata", "data": {"a": 1}}]}') \g /dev/null
SELECT is((SELECT parts FROM messages WHERE content = '8'), '[{"type": "text", "text": "8"},
    {"type": "data-message-id", "data": "eight"}, {"type": "data-metadata", "data": {"a": 1}}]',
    '... before the metadata, the new one takes its place');

SELECT * FROM finish();
