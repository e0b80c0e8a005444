-- What a provider would refuse of a part is left out of the formats for models, or replaced.
\ir ../lib/agentchat.sql

INSERT INTO users (id, email) VALUES (md5('ada')::uuid, 'ada@example.com');

-- Returns what the format has for parts.
CREATE FUNCTION sent(format text, role text, parts jsonb) RETURNS jsonb LANGUAGE sql AS $$
    DELETE FROM conversations;
    INSERT INTO conversations (id, user_id, title) VALUES (md5('x')::uuid, md5('ada')::uuid, 'x');
    INSERT INTO messages (conversation_id, role, content, parts) VALUES (md5('x')::uuid, role, '', parts);
    SELECT get_conversation(md5('x')::uuid, format);
$$;
-- Returns the content of the first message for one part.
CREATE FUNCTION content(format text, role text, part jsonb) RETURNS jsonb LANGUAGE sql AS $$
    SELECT jsonb_path_query_first(sent(format, role, jsonb_build_array(part)), '$.**.content')
$$;
CREATE FUNCTION file(url text, more jsonb DEFAULT '{}') RETURNS jsonb LANGUAGE sql AS $$
    SELECT jsonb_build_object('type', 'file', 'mediaType', 'image/png', 'url', url) || more
$$;
-- Returns a text with this metadata for a provider.
CREATE FUNCTION noted(provider text, metadata jsonb) RETURNS jsonb LANGUAGE sql AS $$
    SELECT jsonb_build_object('type', 'text', 'text', 'x',
        'providerMetadata', jsonb_build_object(provider, metadata))
$$;

SELECT plan(11);

-- Files.
SELECT is(
    array(SELECT url
          FROM unnest('{https://a b/c, "https://[::1", https://a:99999/, https://, https://?x, https://a%/,
                  https://a:b/, "https://[x]/", http://|/, https://u@/}'::text[]) url
          WHERE content('openai', 'user', file(url)) IS NOT NULL
              OR content('anthropic', 'user', file(url)) IS NOT NULL),
    '{}', 'no provider gets a URL whose host is not one');
SELECT is(
    array(SELECT content('openai', 'user', file(url)) #>> '{0,image_url,url}'
          FROM unnest('{"https://[::1]:80/a", https://u:p@a.b:65535, https://é.example/?,
                  https://a:/}'::text[]) WITH ORDINALITY each (url, n) ORDER BY n),
    '{"https://[::1]:80/a", https://u:p@a.b:65535/, https://é.example/?, https://a:/}', '... but any other');
SELECT is(
    array(SELECT content(format, 'user', file('https://a.b/c', jsonb_build_object('providerReference',
              jsonb_build_object(format, ''))))
          FROM unnest('{openai, anthropic}'::text[]) format),
    array[jsonb '[{"type": "image_url", "image_url": {"url": "https://a.b/c"}}]',
          '[{"type": "image", "source": {"type": "url", "url": "https://a.b/c"}}]'],
    'an empty id of an uploaded file counts as none');
SELECT is(content('openai', 'user', file('data:application/pdf;base64,JVBERi0=',
              '{"mediaType": "application/pdf", "filename": ""}')) #>> '{0,file,filename}',
    'part-0.pdf', 'an empty name of a file counts as none');

-- Marks for the cache.
SELECT is(
    array(SELECT metadata FROM unnest('{"{}", true, "{\"mode\": 1}", "\"explicit\""}'::jsonb[]) metadata
          WHERE content('openai', 'user',
              noted('openai', jsonb_build_object('promptCacheBreakpoint', metadata))) <> '"x"'),
    '{}', 'OpenAI gets only marks that it knows');
SELECT is(content('openai', 'user', file('https://a.b/c',
              '{"providerMetadata": {"openai": {"imageDetail": "x"}}}')) #> '{0,image_url}',
    '{"url": "https://a.b/c"}', '... and only details of images that it knows');
SELECT is(
    jsonb_path_query_array(
        sent('anthropic', 'user', jsonb_agg(noted('anthropic', jsonb_build_object('cacheControl',
            jsonb_build_object('type', 'ephemeral', 'ttl', ttl))) ORDER BY n)),
        '$.messages.content.cache_control.ttl'),
    '["1h", "5m", "5m"]', 'Anthropic gets no mark for an hour behind one for five minutes')
FROM unnest('{1h, 5m, 1h, 5m}'::text[]) WITH ORDINALITY each (ttl, n);

-- Documents, citations, results of MCP servers.
SELECT is(
    array(SELECT content('anthropic', 'user', file('https://a.b/c',
              jsonb_build_object('mediaType', 'application/pdf', 'filename', name))) #>> '{0,title}'
          FROM unnest(array['', repeat('é', 500), repeat('é', 501)]) WITH ORDINALITY each (name, n)
          ORDER BY n),
    array[NULL, repeat('é', 500), NULL], 'titles of documents have 1 to 500 characters for Anthropic');
SELECT is(content('anthropic', 'user', file('data:text/plain;base64,IAo=', '{"mediaType": "text/plain"}')),
    NULL, '... and a document is not blank');
SELECT is(
    array(SELECT value FROM unnest('{"{}", "[{}]", "[{\"type\": \"x\"}]", 1}'::jsonb[]) value
          WHERE content('anthropic', 'assistant', noted('anthropic', jsonb_build_object('citations', value)))
              #> '{0,citations}' IS NOT NULL),
    '{}', 'Anthropic gets only citations that it knows');
SELECT is(
    array(SELECT content('anthropic', 'assistant', jsonb_build_object('type', 'dynamic-tool',
              'toolName', name, 'toolCallId', 'm', 'providerExecuted', true, 'state', state,
              'input', jsonb '{}', 'errorText', '', 'output', output, 'callProviderMetadata',
              jsonb '{"anthropic": {"type": "mcp-tool-use", "serverName": "s"}}')) #> '{1,content}'
          FROM (VALUES (1, 'a', 'output-available', jsonb '[{"type": "text", "text": " "},
                    {"type": "text", "text": "b"}]'),
                (2, 'a', 'output-available', '{"a": 1}'), (3, 'a', 'output-available', '[1]'),
                (4, 'a.b', 'output-available', '[]'), (5, 'a', 'output-error', 'null'))
              AS each (n, name, state, output) ORDER BY n),
    array[jsonb '[{"type": "text", "text": "b"}]', NULL, NULL, NULL, '"unknown error"'],
    'Anthropic gets results of MCP servers that are lists of texts, and errors with a text');

SELECT * FROM finish();
