-- import_chatgpt() imports the conversations of an export of ChatGPT (conversations.json).
--
-- Sources for the format, which OpenAI does not document: the script in chat.html, which is in every export;
-- the importers of LibreChat and Open WebUI; chatgpt-exporter; and descriptions of exports from 2023 to 2026.
--
-- A conversation is a tree: mapping has its nodes by their ids, each with a message, a parent and children.
-- An answer consists of several nodes: thoughts, calls of tools, their results, texts.

-- chatgpt_time() returns a time of an export, a number of seconds since 1970, in UTC; NULL if it is not a
-- time.
CREATE FUNCTION agentchat.chatgpt_time(value jsonb) RETURNS timestamp
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $function$
SELECT CASE WHEN pg_catalog.jsonb_typeof(value) OPERATOR(pg_catalog.=) 'number' THEN
    CASE WHEN value::pg_catalog.numeric OPERATOR(pg_catalog.>=) 0
          AND value::pg_catalog.numeric OPERATOR(pg_catalog.<) 253402300800
    THEN '1970-01-01'::pg_catalog.timestamp OPERATOR(pg_catalog.+) (
        '1 us'::pg_catalog.interval OPERATOR(pg_catalog.*)
        pg_catalog.round(value::pg_catalog.numeric OPERATOR(pg_catalog.*) 1000000)::pg_catalog.float8) END END
$function$;

-- chatgpt_rest() returns what an object of an export has beside the given keys, without nulls and empty
-- lists. In PL/pgSQL, like all that is called for each node: it keeps the plans of its queries, unlike SQL.
CREATE FUNCTION agentchat.chatgpt_rest(object jsonb, keys text[]) RETURNS jsonb
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    rest jsonb;
    key text;
BEGIN
    IF coalesce(jsonb_typeof(object) <> 'object', true) THEN
        RETURN '{}';
    END IF;
    rest := object - keys;
    FOR key IN SELECT k.key FROM jsonb_object_keys(rest) k (key) LOOP
        IF rest -> key IN ('null', '[]', '{}') THEN
            object := object - key;
        END IF;
    END LOOP;
    RETURN object - keys;
END
$function$;

-- chatgpt_instructions() returns the custom instructions that a message consists of; NULL for other messages.
-- Until 2024 they were in the metadata of a system message.
CREATE FUNCTION agentchat.chatgpt_instructions(message jsonb) RETURNS text
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    said CONSTANT jsonb := message #> '{metadata,user_context_message_data}';
BEGIN
    RETURN CASE
        WHEN message #>> '{content,content_type}' = 'user_editable_context'
            THEN concat_ws(E'\n\n', nullif(message #>> '{content,user_profile}', ''),
                           nullif(message #>> '{content,user_instructions}', ''))
        WHEN message #> '{metadata,is_user_system_message}' = 'true'
            THEN concat_ws(E'\n\n', nullif(said ->> 'about_user_message', ''),
                           nullif(said ->> 'about_model_message', '')) END;
END
$function$;

-- chatgpt_hidden() tells whether ChatGPT does not show a message.
CREATE FUNCTION agentchat.chatgpt_hidden(message jsonb) RETURNS boolean
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $function$
BEGIN
    RETURN coalesce(message #> '{metadata,is_visually_hidden_from_conversation}' = 'true', false)
        OR agentchat.chatgpt_instructions(message) IS NOT NULL;
END
$function$;

-- chatgpt_input() returns the input of a tool's call as an object. Tools take JSON, or code.
CREATE FUNCTION agentchat.chatgpt_input(text text, language text) RETURNS jsonb
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    input jsonb;
BEGIN
    IF text ~ '^\s*\{' THEN
        BEGIN
            input := text::jsonb;
        EXCEPTION WHEN data_exception OR program_limit_exceeded OR statement_too_complex THEN
            -- Code can begin with a brace, and models make mistakes.
            input := NULL;
        END;
    END IF;
    RETURN coalesce(input, jsonb_strip_nulls(jsonb_build_object(
        CASE WHEN language IS NULL THEN 'input' ELSE 'code' END, text, 'language', language)));
END
$function$;

-- chatgpt_file() returns the part for a file. The bytes are not in conversations.json, and a reference such
-- as file-service:// and an id is not a URL that a reader can load.
CREATE FUNCTION agentchat.chatgpt_file(file jsonb, attachments jsonb) RETURNS jsonb
    LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT CASE
    WHEN file ->> 'asset_pointer' ~ '^https?://' THEN jsonb_build_object(
        'type', 'file', 'url', file ->> 'asset_pointer', 'mediaType', coalesce(a.attached ->> 'mime_type',
            a.attached ->> 'mimeType',
            CASE WHEN file ->> 'content_type' LIKE 'audio%' THEN 'audio/*' ELSE 'image/*' END))
    ELSE jsonb_build_object('type', 'data-imported', 'data', jsonb_build_object(
        'source', 'chatgpt', 'file', jsonb_strip_nulls(coalesce(a.attached, '{}') || file))) END
FROM (SELECT) one LEFT JOIN LATERAL (
    SELECT e.value
    FROM jsonb_array_elements(attachments) e
    WHERE e.value ->> 'id' <> '' AND strpos(file ->> 'asset_pointer', e.value ->> 'id') > 0
    LIMIT 1) a (attached) ON true
$function$;

-- chatgpt_files() returns the parts for the files that a message has in its metadata only: attached
-- documents, and pictures that code has drawn.
CREATE FUNCTION agentchat.chatgpt_files(message jsonb) RETURNS jsonb[]
    LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT array_agg(agentchat.chatgpt_file(f.file, '[]') ORDER BY f.kind, f.n)
FROM (
    SELECT 1, a.n, a.file
    FROM jsonb_array_elements(agentchat.imported_list(message #> '{metadata,attachments}'))
        WITH ORDINALITY a (file, n)
    WHERE jsonb_typeof(a.file) = 'object' AND NOT EXISTS (
        SELECT FROM jsonb_array_elements(agentchat.imported_list(message #> '{content,parts}')) p
        WHERE a.file ->> 'id' <> '' AND strpos(p.value ->> 'asset_pointer', a.file ->> 'id') > 0)
    UNION ALL
    SELECT 2, o.n, jsonb_build_object('asset_pointer', o.output -> 'image_url') || (o.output - 'image_url')
    FROM jsonb_array_elements(agentchat.imported_list(message #> '{metadata,aggregate_result,messages}'))
        WITH ORDINALITY o (output, n)
    WHERE jsonb_typeof(o.output -> 'image_url') = 'string'
) f (kind, n, file)
$function$;

-- chatgpt_sources() returns the web pages that a message cites, as parts.
CREATE FUNCTION agentchat.chatgpt_sources(message jsonb) RETURNS jsonb[]
    LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT array_agg(jsonb_strip_nulls(jsonb_build_object(
    'type', 'source-url', 'sourceId', format('%s-%s', message ->> 'id', s.n), 'url', s.url, 'title', s.title))
    ORDER BY s.n)
FROM (
    SELECT row_number() OVER (ORDER BY min(p.n)) AS n, p.page ->> 'url' AS url,
        min(CASE jsonb_typeof(p.page -> 'title') WHEN 'string' THEN p.page ->> 'title' END) AS title
    FROM (
        SELECT row_number() OVER (), u.page
        FROM (
            SELECT message -> 'content'
            WHERE message #>> '{content,content_type}' IN ('tether_quote', 'sonic_webpage')
            UNION ALL
            SELECT c.value -> 'metadata'
            FROM jsonb_array_elements(agentchat.imported_list(message #> '{metadata,citations}')) c
            UNION ALL
            SELECT i.value
            FROM jsonb_array_elements(agentchat.imported_list(message #> '{metadata,content_references}')) r
                CROSS JOIN LATERAL jsonb_array_elements(
                    agentchat.imported_list(r.value -> 'items') || r.value) i) u (page)) p (n, page)
    WHERE p.page ->> 'url' ~ '^https?://'
    GROUP BY p.page ->> 'url'
) s
$function$;

-- chatgpt_kept() returns what is kept of a message in the last part of the message that it becomes. content
-- is what no other part says.
CREATE FUNCTION agentchat.chatgpt_kept(message jsonb, content jsonb) RETURNS jsonb
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    kept jsonb := agentchat.chatgpt_rest(message, '{id,content,author}');
    author CONSTANT jsonb := CASE WHEN jsonb_typeof(message -> 'author') IN ('object', 'null')
        THEN agentchat.chatgpt_rest(message -> 'author', '{role}') ELSE message -> 'author' END;
BEGIN
    IF kept ->> 'recipient' = 'all' THEN
        kept := kept - 'recipient';
    END IF;
    IF kept -> 'weight' = '1' THEN
        kept := kept - 'weight';
    END IF;
    IF kept ->> 'status' = 'finished_successfully' THEN
        kept := kept - 'status';
    END IF;
    IF author <> '{}' THEN
        kept := kept || jsonb_build_object('author', author);
    END IF;
    IF content NOT IN ('{}', '{"content_type": "text"}', '{"content_type": "text", "parts": [""]}') THEN
        kept := kept || jsonb_build_object('content', content);
    END IF;
    RETURN kept || jsonb_build_object('role', message #> '{author,role}');
END
$function$;

-- chatgpt_output() returns the output of a tool that a message has: text, or what was found on a web page.
CREATE FUNCTION agentchat.chatgpt_output(content jsonb) RETURNS jsonb
    LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT CASE WHEN content ->> 'content_type' IN ('tether_quote', 'sonic_webpage')
    THEN agentchat.chatgpt_rest(content, '{content_type}')
    ELSE to_jsonb(coalesce(
        CASE WHEN content ->> 'content_type' = 'tether_browsing_display'
            THEN coalesce(nullif(content ->> 'result', ''), content ->> 'summary') END,
        content ->> 'text',
        (SELECT string_agg(CASE jsonb_typeof(p.value) WHEN 'string' THEN p.value #>> '{}'
                           ELSE p.value ->> 'text' END, E'\n' ORDER BY p.ordinality)
         FROM jsonb_array_elements(agentchat.imported_list(content -> 'parts')) WITH ORDINALITY p), '')) END
$function$;

-- chatgpt_thoughts() returns what thoughts have beside their texts. The chunks of a thought repeat its text.
CREATE FUNCTION agentchat.chatgpt_thoughts(thoughts jsonb) RETURNS jsonb
    LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT coalesce(jsonb_build_object('thoughts', jsonb_agg(r.rest ORDER BY t.ordinality)
                                   FILTER (WHERE r.rest <> '{}')), '{}')
FROM jsonb_array_elements(thoughts) WITH ORDINALITY t
    CROSS JOIN LATERAL (
        SELECT string_agg(c.value, '' ORDER BY c.ordinality)
        FROM jsonb_array_elements_text(agentchat.imported_list(t.value -> 'chunks'))
            WITH ORDINALITY c) c (chunks)
    CROSS JOIN LATERAL (
        SELECT CASE jsonb_typeof(t.value)
            WHEN 'object' THEN agentchat.chatgpt_rest(t.value, '{summary,content,finished}'::text[]
                || CASE WHEN replace(c.chunks, ' ', '') = replace(t.value ->> 'content', ' ', '')
                    THEN 'chunks' END)
            ELSE t.value END) r (rest)
HAVING count(*) FILTER (WHERE r.rest <> '{}') > 0
$function$;

-- chatgpt_node() returns what the message of a node becomes, an object: kind, parts, kept, problems; of a
-- call of a tool also tool and input, and of a result tool, output and error.
--
-- kind is the role of the message that the node can be in, or hidden if the node shows nothing.
CREATE FUNCTION agentchat.chatgpt_node(message jsonb) RETURNS jsonb
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    content jsonb := CASE jsonb_typeof(message -> 'content') WHEN 'null' THEN '{}'
                     ELSE coalesce(message -> 'content', '{}') END;
    content_type CONSTANT text := coalesce(content ->> 'content_type', 'text');
    role CONSTANT text := message #>> '{author,role}';
    recipient CONSTANT text := coalesce(nullif(message ->> 'recipient', ''), 'all');
    is_call CONSTANT boolean := role = 'assistant' AND recipient NOT IN ('all', 'assistant');
    attachments CONSTANT jsonb := agentchat.imported_list(message #> '{metadata,attachments}');
    is_hidden boolean := false;
    parts jsonb[] := '{}';
    problems text[] := '{}';
    texts text[] := '{}';
    shown text;
    piece jsonb;
    tool jsonb := '{}';
BEGIN
    IF message -> 'create_time' <> 'null' AND agentchat.chatgpt_time(message -> 'create_time') IS NULL THEN
        problems := array_append(problems, 'create_time is not a time; kept in a data part');
    END IF;
    IF coalesce(role NOT IN ('user', 'assistant', 'system', 'developer', 'tool'), true) THEN
        problems := array_append(problems, 'role is unknown; kept in a data part');
        is_hidden := true;
    ELSIF agentchat.chatgpt_instructions(message) IS NOT NULL THEN
        problems := array_append(problems, 'custom instructions; became the system prompt');
        is_hidden := true;
    ELSIF agentchat.chatgpt_hidden(message) THEN
        IF content_type <> 'text' OR coalesce(content -> 'parts' NOT IN ('[]', '[""]'), false) THEN
            problems := array_append(problems, 'hidden in ChatGPT; kept in a data part');
        END IF;
        is_hidden := true;
    ELSIF jsonb_typeof(content) <> 'object' THEN
        problems := array_append(problems, 'content of an unknown type; kept in a data part');
        is_hidden := true;
    ELSIF message -> 'weight' = '0' THEN
        problems := array_append(problems, 'weight is 0; noted in a data part');
    END IF;
    IF is_hidden THEN
        RETURN jsonb_build_object('kind', 'hidden', 'parts', '[]'::jsonb, 'problems', problems,
                                  'kept', agentchat.chatgpt_kept(message, content));
    END IF;

    IF content_type = 'thoughts' AND jsonb_typeof(content -> 'thoughts') = 'array' THEN
        FOR piece IN SELECT t.value FROM jsonb_array_elements(content -> 'thoughts') t LOOP
            shown := concat_ws(E'\n\n', '**' || nullif(piece ->> 'summary', '') || '**',
                               nullif(piece ->> 'content', ''));
            IF shown <> '' THEN
                parts := array_append(parts, jsonb_build_object('type', 'reasoning', 'text', shown));
            END IF;
        END LOOP;
        content := content - 'thoughts' || coalesce(agentchat.chatgpt_thoughts(content -> 'thoughts'), '{}');
    ELSIF content_type IN ('reasoning_recap', 'model_editable_context') THEN
        NULL;
    ELSIF content_type IN ('text', 'multimodal_text') OR jsonb_typeof(content -> 'parts') = 'array' THEN
        FOR piece IN
            SELECT p.value FROM jsonb_array_elements(agentchat.imported_list(content -> 'parts')) p
        LOOP
            shown := CASE WHEN jsonb_typeof(piece) = 'string' THEN piece #>> '{}'
                     WHEN coalesce(piece ->> 'content_type', 'text') IN ('text', 'audio_transcription')
                     THEN piece ->> 'text' END;
            IF shown IS NOT NULL THEN
                texts := array_append(texts, shown);
                IF shown <> '' AND role <> 'tool' AND NOT is_call THEN
                    parts := array_append(parts, jsonb_build_object('text', shown, 'type', CASE
                        WHEN content_type = 'thoughts'
                          OR role = 'assistant' AND message ->> 'channel' = 'analysis' THEN 'reasoning'
                        ELSE 'text' END));
                END IF;
            ELSIF piece ->> 'content_type' LIKE '%asset_pointer' THEN
                parts := array_append(parts, agentchat.chatgpt_file(piece, attachments));
            ELSIF piece <> 'null' THEN
                parts := array_append(parts, jsonb_build_object(
                    'type', 'data-imported', 'data', jsonb_build_object('source', 'chatgpt', 'part', piece)));
                problems := array_append(problems, 'part of an unknown type; kept in a data part');
            END IF;
        END LOOP;
        -- A transcription has more than its text.
        IF jsonb_typeof(content -> 'parts') = 'array'
           AND NOT content @? '$.parts[*].content_type ? (@ == "audio_transcription" || @ == "text")' THEN
            content := content - 'parts';
        END IF;
        IF content_type NOT IN ('text', 'multimodal_text', 'thoughts') THEN
            problems := array_append(problems, 'content of an unknown type; kept in a data part');
        END IF;
    ELSIF content_type IN ('code', 'execution_output', 'tether_quote', 'tether_browsing_display',
                           'sonic_webpage', 'system_error') THEN
        texts := ARRAY[coalesce(content ->> 'text', '')];
        IF role <> 'tool' AND NOT is_call AND texts[1] <> '' THEN
            parts := array_append(parts, jsonb_build_object('type', 'text', 'text', CASE content_type
                WHEN 'code'
                    THEN format(E'```%s\n%s\n```', nullif(content ->> 'language', 'unknown'), texts[1])
                ELSE texts[1] END));
        END IF;
        content := CASE
            WHEN role <> 'tool' THEN content - 'text'
            WHEN content_type IN ('tether_quote', 'sonic_webpage')
                THEN jsonb_build_object('content_type', content_type)
            WHEN content_type = 'tether_browsing_display' AND content ->> 'result' <> ''
                THEN content - 'result'
            ELSE content - 'text' END;
    ELSE
        problems := array_append(problems, 'content of an unknown type; kept in a data part');
        texts := ARRAY[coalesce(content ->> 'text', '')];
        IF role <> 'tool' AND NOT is_call AND texts[1] <> '' AND content_type <> 'thoughts' THEN
            parts := array_append(parts, jsonb_build_object('type', 'text', 'text', texts[1]));
        END IF;
    END IF;

    IF is_call THEN
        tool := jsonb_build_object('tool', recipient, 'input', agentchat.chatgpt_input(
            array_to_string(texts, E'\n'), content ->> 'language'));
    ELSIF role = 'tool' THEN
        tool := jsonb_build_object(
            'tool', coalesce(message #>> '{author,name}', ''),
            'output', agentchat.chatgpt_output(message -> 'content'), 'error', CASE content_type
                WHEN 'system_error' THEN coalesce(nullif(message #>> '{content,text}', ''),
                                                  message #>> '{content,name}', 'error') END);
    END IF;
    IF message -> 'metadata' ?| '{attachments,aggregate_result}' THEN
        parts := parts || agentchat.chatgpt_files(message);
    END IF;
    IF message -> 'metadata' ?| '{citations,content_references}'
       OR content_type IN ('tether_quote', 'sonic_webpage') THEN
        parts := parts || agentchat.chatgpt_sources(message);
    END IF;
    FOREACH piece IN ARRAY parts LOOP
        IF piece -> 'data' ? 'file' THEN
            problems := array_append(problems, 'files are not in the export; their references were kept');
            EXIT;
        END IF;
    END LOOP;
    RETURN tool || jsonb_build_object(
        'kind', CASE WHEN parts = '{}' AND tool = '{}' THEN 'hidden'
                WHEN role = 'tool' THEN 'assistant'
                WHEN role = 'developer' THEN 'system' ELSE role END,
        'parts', parts, 'problems', problems, 'kept', agentchat.chatgpt_kept(message, content));
END
$function$;

-- chatgpt_text() returns the text of a message. The import makes the column content from the parts; this text
-- is for the figures of the source.
CREATE FUNCTION agentchat.chatgpt_text(message jsonb) RETURNS text
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    content CONSTANT jsonb := message -> 'content';
    content_type CONSTANT text := coalesce(content ->> 'content_type', 'text');
    is_assistant CONSTANT boolean := message #>> '{author,role}' = 'assistant';
BEGIN
    IF coalesce(message #>> '{author,role}' NOT IN ('user', 'system', 'developer', 'assistant'), true)
       OR is_assistant AND message ->> 'recipient' NOT IN ('', 'all', 'assistant')
       OR agentchat.chatgpt_hidden(message)
       OR content_type IN ('thoughts', 'reasoning_recap', 'model_editable_context') THEN
        RETURN '';
    END IF;
    IF jsonb_typeof(content -> 'parts') = 'array' THEN
        IF is_assistant AND message ->> 'channel' = 'analysis' THEN
            RETURN '';
        END IF;
        RETURN coalesce((
            SELECT string_agg(CASE WHEN jsonb_typeof(p.value) = 'string' THEN p.value #>> '{}'
                              WHEN coalesce(p.value ->> 'content_type', 'text') IN (
                                  'text', 'audio_transcription')
                              THEN p.value ->> 'text' END, '' ORDER BY p.ordinality)
            FROM jsonb_array_elements(content -> 'parts') WITH ORDINALITY p), '');
    END IF;
    RETURN CASE
        WHEN content_type IN ('text', 'multimodal_text') THEN ''
        WHEN content_type = 'code' AND content ->> 'text' <> ''
            THEN concat('```', nullif(content ->> 'language', 'unknown'), E'\n', content ->> 'text', E'\n```')
        ELSE coalesce(content ->> 'text', '') END;
END
$function$;

-- chatgpt_tool() returns the name of a tool with only the characters that models allow.
CREATE FUNCTION agentchat.chatgpt_tool(name text) RETURNS text
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $function$
BEGIN
    RETURN coalesce(nullif(left(regexp_replace(name, '[^a-zA-Z0-9_-]', '_', 'g'), 64), ''), 'unknown');
END
$function$;

-- chatgpt_call_id() returns the id of a call of a tool: the id of the node, if models allow its characters.
CREATE FUNCTION agentchat.chatgpt_call_id(node_id text) RETURNS text
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $function$
BEGIN
    RETURN CASE WHEN node_id ~ '^[a-zA-Z0-9_-]{1,40}$' THEN node_id
           ELSE left(encode(sha256(convert_to(node_id, 'UTF8')), 'hex'), 40) END;
END
$function$;

-- chatgpt_result() returns what the part for the call of a tool has of its results, which are objects with
-- output and error.
CREATE FUNCTION agentchat.chatgpt_result(results jsonb) RETURNS jsonb
    LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT CASE
    WHEN jsonb_array_length(results) = 1 AND results #>> '{0,error}' IS NOT NULL
        THEN jsonb_build_object('state', 'output-error', 'errorText', results #> '{0,error}')
    WHEN jsonb_array_length(results) = 1
        THEN jsonb_build_object('state', 'output-available', 'output', results #> '{0,output}')
    ELSE jsonb_build_object('state', 'output-available', 'output',
                            jsonb_path_query_array(results, '$[*].output')) END
$function$;

-- chatgpt_parts() returns the parts of a message that nodes become, in their order.
--
-- The result of a tool belongs to the last call if that is of the same tool, or has no result yet; else to
-- the latest call of the same tool that has none. The names of tools such as browser.search begin with that
-- of the author of the result. What the model said after it had read a result is another step.
CREATE FUNCTION agentchat.chatgpt_parts(keys text[], nodes jsonb[]) RETURNS jsonb
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    made jsonb[] := '{}';
    kept jsonb[] := '{}';
    -- The calls: their places in made, the tools, and whether they have a result.
    places integer[] := '{}';
    tools text[] := '{}';
    answered boolean[] := '{}';
    -- The results: the places of their calls in made, and the nodes.
    answers integer[] := '{}';
    results jsonb[] := '{}';
    is_after_result boolean := false;
    node jsonb;
    part jsonb;
    tool text;
    found integer;
BEGIN
    FOR i IN 1 .. cardinality(nodes) LOOP
        node := nodes[i];
        tool := split_part(node ->> 'tool', '.', 1);
        IF is_after_result AND NOT node ? 'output' AND (node -> 'parts' <> '[]' OR node ? 'input') THEN
            made := array_append(made, '{"type": "step-start"}');
            is_after_result := false;
        END IF;
        IF node ? 'output' THEN
            found := nullif(cardinality(places), 0);
            IF answered[found] AND tools[found] <> tool THEN
                found := NULL;
                -- Without a limit, the time would be quadratic in the number of calls.
                FOR earlier IN REVERSE cardinality(places) - 1 .. GREATEST(cardinality(places) - 100, 1) LOOP
                    IF NOT answered[earlier] AND tools[earlier] = tool THEN
                        found := earlier;
                        EXIT;
                    END IF;
                END LOOP;
            END IF;
            IF found IS NOT NULL THEN
                answered[found] := true;
                answers := array_append(answers, places[found]);
                results := array_append(results, node);
            ELSIF node ->> 'output' <> '' OR node ->> 'error' <> '' THEN
                made := array_append(made, jsonb_build_object(
                    'type', 'dynamic-tool', 'toolName', agentchat.chatgpt_tool(node ->> 'tool'),
                    'toolCallId', agentchat.chatgpt_call_id(keys[i]), 'input', jsonb '{}')
                    || agentchat.chatgpt_result(jsonb_build_array(node)));
            END IF;
            is_after_result := true;
        END IF;
        FOR part IN SELECT p.value FROM jsonb_array_elements(node -> 'parts') p LOOP
            made := array_append(made, part);
        END LOOP;
        IF node ? 'input' THEN
            made := array_append(made, jsonb_build_object(
                'type', 'dynamic-tool', 'state', 'input-available',
                'toolName', agentchat.chatgpt_tool(node ->> 'tool'),
                'toolCallId', agentchat.chatgpt_call_id(keys[i]), 'input', node -> 'input'));
            places := array_append(places, cardinality(made));
            tools := array_append(tools, tool);
            answered := array_append(answered, false);
        END IF;
        kept := array_append(kept, jsonb_build_object('id', keys[i]) || (node -> 'kept'));
    END LOOP;
    FOR found, part IN
        SELECT a.place, agentchat.chatgpt_result(jsonb_agg(a.result ORDER BY a.n))
        FROM unnest(answers, results) WITH ORDINALITY a (place, result, n)
        GROUP BY a.place
    LOOP
        made[found] := made[found] || part;
    END LOOP;
    RETURN to_jsonb(array_append(made, jsonb_build_object('type', 'data-imported', 'data', jsonb_build_object(
        'source', 'chatgpt', 'nodes', to_jsonb(kept)))));
END
$function$;

-- chatgpt_nodes() returns the nodes of a conversation, older ones first. parent is the number of the node
-- that each follows. Where an export leaves out the parent, children say which one it is. fault tells why a
-- node is not imported.
CREATE FUNCTION agentchat.chatgpt_nodes(conversation jsonb)
    RETURNS TABLE (n integer, key text, message jsonb, said_at timestamp, parent integer, made jsonb,
                   fault text, problem text)
    LANGUAGE sql STABLE ROWS 100 SET search_path = pg_catalog, pg_temp
    AS $function$
WITH nodes AS MATERIALIZED (
    SELECT e.key, e.value AS node, e.value ->> 'parent' AS parent,
        CASE jsonb_typeof(e.value -> 'message') WHEN 'object' THEN e.value -> 'message' END AS message
    FROM jsonb_each(conversation -> 'mapping') e
), children AS (
    SELECT DISTINCT ON (c.value) c.value AS child, n.key AS parent, c.ordinality AS place
    FROM nodes n
        CROSS JOIN LATERAL jsonb_array_elements_text(agentchat.imported_list(n.node -> 'children'))
            WITH ORDINALITY c
    ORDER BY c.value, n.key
), numbered AS MATERIALIZED (
    SELECT n.*, c.parent AS listed_by, t.said_at,
        row_number() OVER (
            ORDER BY t.said_at NULLS FIRST, c.place NULLS FIRST, n.key COLLATE "C")::integer AS n
    FROM nodes n
        LEFT JOIN children c ON c.child = n.key
        CROSS JOIN LATERAL agentchat.chatgpt_time(n.message -> 'create_time') t (said_at)
)
SELECT n.n, n.key, n.message, n.said_at, coalesce(p.n, l.n),
    CASE WHEN n.message IS NOT NULL THEN agentchat.chatgpt_node(n.message) END,
    CASE WHEN n.message IS NOT NULL THEN NULL
        WHEN coalesce(n.node -> 'message', 'null') = 'null' THEN 'node without a message'
        ELSE 'message is not a JSON object' END,
    CASE WHEN p.n IS NULL AND l.n IS NULL AND n.parent <> '' AND n.message IS NOT NULL
        THEN 'message before is missing; begins a branch' END
FROM numbered n
    LEFT JOIN numbered p ON p.key = n.parent
    LEFT JOIN numbered l ON l.key = n.listed_by
ORDER BY n.n
$function$;

-- cut_circles() returns the parents of nodes without circles: in each circle, the oldest node becomes the
-- first. Nodes have larger numbers than older ones.
CREATE FUNCTION agentchat.cut_circles(INOUT parents integer[], OUT cut integer[]) RETURNS record
    LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    -- For each node, the first walk that has come by.
    walks integer[] := array_fill(0, ARRAY[cardinality(parents)]);
    node integer;
    other integer;
    oldest integer;
BEGIN
    cut := '{}';
    FOR walk IN 1 .. cardinality(parents) LOOP
        node := walk;
        WHILE walks[node] = 0 LOOP
            walks[node] := walk;
            node := parents[node];
        END LOOP;
        IF walks[node] = walk THEN
            oldest := node;
            other := parents[node];
            WHILE other <> node LOOP
                oldest := LEAST(oldest, other);
                other := parents[other];
            END LOOP;
            parents[oldest] := NULL;
            cut := array_append(cut, oldest);
        END IF;
    END LOOP;
END
$function$;

-- chatgpt_links() returns the parents of nodes without the skipped ones between them, and the links along
-- which branches can go on: those of skipped nodes, and between conversations in which nodes are stored, are
-- cut.
CREATE FUNCTION agentchat.chatgpt_links(
    INOUT parents integer[], skipped boolean[], stored uuid[], OUT links integer[]
) RETURNS record
    LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    found integer;
    passed integer;
    parent integer;
BEGIN
    FOR node IN 1 .. cardinality(parents) LOOP
        found := parents[node];
        WHILE skipped[found] LOOP
            found := parents[found];
        END LOOP;
        -- The next walk is shorter.
        passed := node;
        WHILE parents[passed] IS DISTINCT FROM found LOOP
            parent := parents[passed];
            parents[passed] := found;
            passed := parent;
        END LOOP;
    END LOOP;
    links := parents;
    FOR node IN 1 .. cardinality(parents) LOOP
        IF skipped[node]
           OR stored[node] IS NOT NULL AND stored[node] IS DISTINCT FROM stored[parents[node]] THEN
            links[node] := NULL;
        END IF;
    END LOOP;
END
$function$;

-- chatgpt_stored() returns which nodes are stored, and in which message. A message names its nodes in its
-- last part. PostgreSQL expects more rows than there are, and would scan the table instead of its index.
CREATE FUNCTION agentchat.chatgpt_stored(user_id uuid, ids uuid[], keys text[])
    RETURNS TABLE (key text, message_id uuid, conversation_id uuid, created_at timestamp)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET row_security = off
    SET enable_nestloop = on SET enable_hashjoin = off SET enable_mergejoin = off
    AS $function$
BEGIN
    RETURN QUERY EXECUTE format(
        'SELECT DISTINCT ON (k.key) k.key, s.id, s.conversation_id, s.created_at '
        'FROM (SELECT i.key, m.id, m.created_at, m.parts, '
        'CASE WHEN c.user_id = $1 THEN m.conversation_id END AS conversation_id '
        'FROM unnest($2, $3) i (id, key) JOIN %1$smessages m ON m.id = i.id '
        'JOIN %1$sconversations c ON c.id = m.conversation_id) s '
        'CROSS JOIN LATERAL (SELECT s.key, 1 UNION ALL '
        'SELECT p.value #>> ''{}'', 2 FROM jsonb_path_query(s.parts, '
        '''$[*] ? (@.type == "data-imported").data.nodes[*].id'') p (value)) k (key, place) '
        'ORDER BY k.key, k.place, s.id', agentchat.tables_prefix()) USING user_id, ids, keys;
END
$function$;

-- chatgpt_groups() divides nodes into messages. chain has the numbers of all nodes, branch by branch; heads
-- has the first node of the branch of each. kinds are those of chatgpt_node(), NULL for nodes that are not
-- imported. It returns the node that each node becomes one message with; NULL for nodes that are not imported
-- or stored.
--
-- An answer becomes one message. A node that shows nothing goes to the answer that it is in, else to the next
-- message, else to the one before.
CREATE FUNCTION agentchat.chatgpt_groups(
    chain integer[], heads integer[], kinds text[], roles text[], stored boolean[]
) RETURNS integer[]
    LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    groups integer[] := array_fill(NULL::integer, ARRAY[cardinality(kinds)]);
    head integer;
    current integer;
    waiting integer[] := '{}';
    node integer;
    other integer;
BEGIN
    -- The NULL at the end ends the last branch.
    FOREACH node IN ARRAY array_append(chain, NULL) LOOP
        IF head IS DISTINCT FROM heads[node] OR stored[node] THEN
            FOREACH other IN ARRAY waiting LOOP
                groups[other] := coalesce(current, waiting[1]);
            END LOOP;
            head := heads[node];
            current := NULL;
            waiting := '{}';
        END IF;
        CONTINUE WHEN node IS NULL OR stored[node] OR kinds[node] IS NULL;
        IF kinds[node] = 'hidden' THEN
            IF kinds[current] = 'assistant' AND roles[node] IN ('assistant', 'tool') AND waiting = '{}' THEN
                groups[node] := current;
            ELSE
                waiting := array_append(waiting, node);
            END IF;
            CONTINUE;
        END IF;
        IF current IS NULL OR kinds[node] <> 'assistant' OR kinds[current] <> 'assistant' THEN
            current := node;
        END IF;
        groups[node] := current;
        FOREACH other IN ARRAY waiting LOOP
            groups[other] := current;
        END LOOP;
        waiting := '{}';
    END LOOP;
    RETURN groups;
END
$function$;

-- chatgpt_origins() returns for each node the closest one before it that a reader of its message has come by.
-- chain has the numbers of all nodes, each after its parent; anchors are the results of chatgpt_groups().
CREATE FUNCTION agentchat.chatgpt_origins(
    chain integer[], parents integer[], anchors integer[], places integer[]
) RETURNS integer[]
    LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    origins integer[] := array_fill(NULL::integer, ARRAY[cardinality(parents)]);
    node integer;
    parent integer;
BEGIN
    FOREACH node IN ARRAY chain LOOP
        parent := parents[node];
        -- A node that shows nothing can be in a message that comes later.
        origins[node] := CASE WHEN places[anchors[parent]] <= places[parent] THEN parent
                         ELSE origins[parent] END;
    END LOOP;
    RETURN origins;
END
$function$;

-- chatgpt_id() returns the id of a conversation.
CREATE FUNCTION agentchat.chatgpt_id(conversation jsonb) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT coalesce(nullif(conversation ->> 'conversation_id', ''), nullif(conversation ->> 'id', ''))
$function$;

-- chatgpt_rest_of_conversation() returns what a conversation has beside what columns say.
CREATE FUNCTION agentchat.chatgpt_rest_of_conversation(conversation jsonb) RETURNS jsonb
    LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT agentchat.chatgpt_rest(conversation, '{mapping,title,conversation_id}'::text[]
    || CASE WHEN conversation ->> 'id' = agentchat.chatgpt_id(conversation) THEN 'id' END
    || ARRAY(SELECT k.key FROM unnest('{create_time,update_time}'::text[]) k (key)
             WHERE agentchat.chatgpt_time(conversation -> k.key) IS NOT NULL))
$function$;

-- chatgpt_conversation() returns what is to be written of a conversation of an export: the conversation and
-- each branch in the form that write_imported_conversations() expects, their figures, the problems, and how
-- many nodes there are.
--
-- A node that is stored stays in its message, and a branch that begins there is stored there. A later export
-- can have another current_node, or more nodes.
--
-- PostgreSQL expects fewer rows than there are, and would compare each node with each.
CREATE FUNCTION agentchat.chatgpt_conversation(
    user_id uuid, conversation jsonb, OUT documents jsonb, OUT figures jsonb, OUT problems jsonb,
    OUT size bigint
) RETURNS record
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
    SET enable_nestloop = off
    AS $function$
DECLARE
    source_id CONSTANT text := agentchat.chatgpt_id(conversation);
    main_id CONSTANT uuid := agentchat.imported_id(user_id, 'chatgpt conversation', source_id);
    began_at timestamp;
    -- What is known of each node, by its number.
    keys text[];
    ids uuid[];
    messages jsonb[];
    times timestamp[];
    parents integer[];
    ages integer[];
    links integer[];
    made jsonb[];
    message_ids uuid[];
    stored_in uuid[];
    stored_at timestamp[];
    leaf integer;
    cut integer[];
    first integer[];
    places integer[];
    anchors integer[];
    origins integer[];
    main integer;
BEGIN
    SELECT array_agg(n.key ORDER BY n.n), array_agg(n.message ORDER BY n.n),
        array_agg(n.said_at ORDER BY n.n), array_agg(n.parent ORDER BY n.n), array_agg(n.made ORDER BY n.n),
        array_agg(agentchat.imported_id(user_id, 'chatgpt message', format('%s/%s', source_id, n.key))
                  ORDER BY n.n),
        min(n.n) FILTER (WHERE n.key = conversation ->> 'current_node'), count(*),
        coalesce(agentchat.chatgpt_time(conversation -> 'create_time'), min(n.said_at), '1970-01-01'),
        coalesce(jsonb_agg(jsonb_build_object('source', 'messages', 'id', n.key,
                                              'kind', coalesce(n.fault, n.problem)) ORDER BY n.n)
                 FILTER (WHERE coalesce(n.fault, n.problem) IS NOT NULL), '[]')
    INTO keys, messages, times, parents, made, ids, leaf, size, began_at, problems
    FROM agentchat.chatgpt_nodes(conversation) n;
    problems := problems || coalesce((
        SELECT jsonb_agg(jsonb_build_object('source', 'conversations', 'id', source_id, 'kind', k.kind))
        FROM (SELECT format('%s is not a time; kept in metadata', u.key)
              FROM unnest('{create_time,update_time}'::text[]) u (key)
              WHERE conversation -> u.key <> 'null' AND agentchat.chatgpt_time(conversation -> u.key) IS NULL
              UNION ALL
              SELECT 'current_node is missing; branch of the newest message taken'
              WHERE leaf IS NULL AND size > 0) k (kind)), '[]');

    IF size > 0 THEN
        ages := ARRAY(SELECT generate_series(1, size::integer));
        SELECT c.parents, c.cut INTO parents, cut FROM agentchat.cut_circles(parents) c;
        SELECT array_agg(s.message_id ORDER BY k.n), array_agg(s.conversation_id ORDER BY k.n),
            array_agg(s.created_at ORDER BY k.n)
        INTO message_ids, stored_in, stored_at
        FROM unnest(keys) WITH ORDINALITY k (key, n)
            LEFT JOIN agentchat.chatgpt_stored(user_id, ids, keys) s ON s.key = k.key;
        SELECT l.parents, l.links INTO parents, links
        FROM agentchat.chatgpt_links(
            parents, ARRAY(SELECT m.made IS NULL FROM unnest(made) WITH ORDINALITY m (made, n) ORDER BY m.n),
            stored_in) l;
        leaf := CASE WHEN made[leaf] IS NULL THEN parents[leaf] ELSE leaf END;
        SELECT b.places INTO places FROM agentchat.imported_branches(parents, ages, stored_in, leaf) b;
        SELECT b.first INTO first FROM agentchat.imported_branches(links, ages, stored_in, leaf) b;
        main := coalesce(first[array_position(stored_in, main_id)], first[leaf],
                         first[(SELECT max(m.n) FROM unnest(made) WITH ORDINALITY m (made, n)
                                WHERE m.made IS NOT NULL)]);
        anchors := agentchat.chatgpt_groups(
            ARRAY(SELECT u.n::integer FROM unnest(first, places) WITH ORDINALITY u (head, place, n)
                  ORDER BY u.head, u.place),
            first, ARRAY(SELECT m.made ->> 'kind' FROM unnest(made) WITH ORDINALITY m (made, n) ORDER BY m.n),
            ARRAY(SELECT m.message #>> '{author,role}' FROM unnest(messages) WITH ORDINALITY m (message, n)
                  ORDER BY m.n),
            ARRAY(SELECT m.id IS NOT NULL FROM unnest(message_ids) WITH ORDINALITY m (id, n) ORDER BY m.n));
        -- The anchor of a stored node is the one from which the message has its id.
        SELECT array_agg(coalesce(a.anchor, i.n, CASE WHEN a.id IS NOT NULL THEN a.n END)::integer
                         ORDER BY a.n)
        INTO anchors
        FROM unnest(anchors, message_ids) WITH ORDINALITY a (anchor, id, n)
            LEFT JOIN unnest(ids) WITH ORDINALITY i (id, n) ON i.id = a.id;
        origins := agentchat.chatgpt_origins(
            ARRAY(SELECT p.n::integer FROM unnest(places) WITH ORDINALITY p (place, n) ORDER BY p.place),
            parents, anchors, places);
    END IF;

    WITH nodes AS MATERIALIZED (
        SELECT u.*, coalesce(u.message_id, ids[u.anchor]) AS id
        FROM unnest(keys, messages, times, made, message_ids, stored_in, stored_at, parents, first, places,
                    anchors, origins)
            WITH ORDINALITY u (key, message, said_at, made, message_id, stored_in, stored_at, parent, head,
                               place, anchor, origin, n)
        WHERE u.anchor IS NOT NULL
    ), heads AS (
        SELECT n.head, CASE WHEN n.head = main THEN main_id ELSE coalesce(
            (array_agg(n.stored_in ORDER BY n.place) FILTER (WHERE n.stored_in IS NOT NULL))[1],
            agentchat.imported_id(user_id, 'chatgpt branch', format(
                '%s/%s', source_id, min(n.key) FILTER (WHERE n.n = n.head)))) END AS conversation_id
        FROM nodes n
        GROUP BY n.head
    ), owned AS MATERIALIZED (
        SELECT n.*, h.conversation_id FROM nodes n JOIN heads h ON h.head = n.head
    ), listed AS (
        SELECT s.*, row_number() OVER (PARTITION BY s.conversation_id ORDER BY s.place) AS k
        FROM (
            SELECT n.conversation_id, n.id, min(n.place) AS place,
                bool_or(n.message_id IS NOT NULL) AS is_stored,
                min(n.key) FILTER (WHERE n.n = n.anchor) AS source_id,
                min(coalesce(nullif(n.made ->> 'kind', 'hidden'), CASE n.message #>> '{author,role}'
                    WHEN 'user' THEN 'user' WHEN 'assistant' THEN 'assistant' WHEN 'tool' THEN 'assistant'
                    ELSE 'system' END)) FILTER (WHERE n.n = n.anchor) AS role,
                coalesce(min(n.stored_at), min(n.said_at) FILTER (WHERE n.n = n.anchor), min(n.said_at))
                    AS said_at,
                array_agg(n.key ORDER BY n.place) AS of_keys, array_agg(n.made ORDER BY n.place) AS of_made,
                sha256(convert_to(string_agg(agentchat.chatgpt_text(n.message), '' ORDER BY n.place), 'UTF8'))
                    AS hash
            FROM owned n
            GROUP BY n.conversation_id, n.id
        ) s
    ), timed AS (
        -- Times that increase along a branch, at least by a microsecond. Some messages have the same time, or
        -- none.
        SELECT l.*, max(coalesce(l.said_at, CASE l.k WHEN 1 THEN began_at END) - l.k * interval '1 us')
            OVER (PARTITION BY l.conversation_id ORDER BY l.k) + l.k * interval '1 us' AS created_at
        FROM listed l
    ), branches AS (
        SELECT t.conversation_id, count(*) AS messages, min(t.created_at) AS first_message_at,
            max(t.created_at) AS last_message_at, string_agg(t.hash, '' ORDER BY t.k) AS hashes,
            jsonb_agg(jsonb_build_object(
                'id', t.id, 'source_id', t.source_id, 'source_ids', t.of_keys, 'role', t.role,
                'parts', agentchat.chatgpt_parts(t.of_keys, t.of_made),
                'created_at', agentchat.utc_text(t.created_at)) ORDER BY t.k) FILTER (WHERE NOT t.is_stored)
                AS documents
        FROM timed t
        GROUP BY t.conversation_id
    ), firsts AS (
        SELECT i.conversation_id, (array_agg(i.n ORDER BY i.place))[1] AS n,
            (array_agg(i.instructions ORDER BY i.place) FILTER (WHERE i.instructions <> ''))[1] AS prompt
        FROM (SELECT n.conversation_id, n.n, n.place,
                  agentchat.chatgpt_instructions(n.message) AS instructions
              FROM owned n) i
        GROUP BY i.conversation_id
    ), conversations AS MATERIALIZED (
        SELECT c.id, c.id = main_id AS is_main, f.place, f.key, p.key AS after, b.messages,
            b.first_message_at, b.last_message_at, b.hashes, b.documents,
            coalesce(o.prompt, m.prompt) AS prompt,
            coalesce(l.conversation_id, main_id) AS from_conversation, l.id AS from_message
        FROM (SELECT main_id UNION SELECT n.conversation_id FROM owned n) c (id)
            LEFT JOIN branches b ON b.conversation_id = c.id
            LEFT JOIN firsts o ON o.conversation_id = c.id
            LEFT JOIN firsts m ON m.conversation_id = main_id
            LEFT JOIN owned f ON f.n = o.n
            LEFT JOIN owned p ON p.n = f.parent
            LEFT JOIN owned l ON l.n = f.origin
    )
    SELECT jsonb_agg(jsonb_build_object(
            'id', c.id, 'source_id', CASE WHEN c.is_main THEN source_id
                ELSE format('%s, from %s', source_id, c.key) END,
            'title', coalesce(nullif(conversation ->> 'title', ''), 'Untitled'), 'system_prompt', c.prompt,
            'metadata', CASE WHEN c.is_main THEN jsonb_build_object('imported', jsonb_build_object(
                    'source', 'chatgpt', 'id', source_id,
                    'conversation', agentchat.chatgpt_rest_of_conversation(conversation)))
                ELSE jsonb_build_object(
                    'imported', jsonb_build_object('source', 'chatgpt', 'id', source_id, 'after', c.after),
                    'branched_from', jsonb_build_object('conversation_id', c.from_conversation,
                                                        'message_id', c.from_message)) END,
            'created_at', agentchat.utc_text(CASE WHEN c.is_main THEN began_at ELSE c.first_message_at END),
            'updated_at', agentchat.utc_text(GREATEST(
                c.last_message_at, CASE WHEN c.is_main THEN began_at END,
                CASE WHEN c.is_main THEN agentchat.chatgpt_time(conversation -> 'update_time') END)),
            'messages', coalesce(c.documents, '[]')) ORDER BY c.is_main DESC, c.place),
        jsonb_agg(jsonb_build_object(
            'conversation_id', c.id, 'messages', coalesce(c.messages, 0),
            'first_message_at', agentchat.utc_text(c.first_message_at),
            'last_message_at', agentchat.utc_text(c.last_message_at),
            'checksum', encode(sha256(coalesce(c.hashes, '')), 'hex')) ORDER BY c.is_main DESC, c.place),
        problems || coalesce((
            SELECT jsonb_agg(jsonb_build_object('source', 'messages', 'id', n.key, 'kind', p.kind)
                             ORDER BY n.n)
            FROM nodes n
                CROSS JOIN LATERAL (
                    SELECT 'already imported' WHERE n.message_id IS NOT NULL
                    UNION ALL
                    SELECT m.value FROM jsonb_array_elements_text(n.made -> 'problems') m
                    WHERE n.message_id IS NULL
                    UNION ALL
                    SELECT 'messages follow one another in a circle; oldest begins a branch'
                    WHERE n.n = ANY (cut)) p (kind)), '[]')
    INTO documents, figures, problems
    FROM conversations c;
END
$function$;

-- chatgpt_conversations() returns the conversations of an export. fault tells why one is not imported.
CREATE FUNCTION agentchat.chatgpt_conversations(export jsonb)
    RETURNS TABLE (n bigint, source_id text, message_ids jsonb, conversation jsonb, fault text)
    LANGUAGE sql IMMUTABLE ROWS 1000 SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT e.ordinality, agentchat.chatgpt_id(e.value), CASE jsonb_typeof(e.value -> 'mapping')
        WHEN 'object' THEN to_jsonb(ARRAY(SELECT jsonb_object_keys(e.value -> 'mapping'))) ELSE '[]' END,
    e.value, CASE
        WHEN coalesce(jsonb_typeof(e.value -> 'mapping') <> 'object', true)
            THEN 'not a conversation with a mapping'
        WHEN agentchat.chatgpt_id(e.value) IS NULL THEN 'conversation without an id'
        WHEN row_number() OVER (PARTITION BY agentchat.chatgpt_id(e.value),
                                    jsonb_typeof(e.value -> 'mapping')
                                ORDER BY e.ordinality) > 1 THEN 'conversation occurs twice' END
FROM jsonb_array_elements(export) WITH ORDINALITY e
ORDER BY e.ordinality
$function$;

CREATE FUNCTION agentchat.import_chatgpt(user_id uuid, export jsonb, dry_run boolean DEFAULT false)
    RETURNS TABLE (source text, read bigint, written bigint, merged bigint, skipped bigint, problems jsonb,
                   figures jsonb)
    LANGUAGE sql
    AS $function$
SELECT i.* FROM agentchat.import_conversations('chatgpt', user_id, export, dry_run) i
$function$;

REVOKE EXECUTE ON FUNCTION agentchat.import_chatgpt(uuid, jsonb, boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION agentchat.import_chatgpt(uuid, jsonb, boolean) TO pg_database_owner;

COMMENT ON FUNCTION agentchat.import_chatgpt(uuid, jsonb, boolean) IS
'Imports the conversations of an export of ChatGPT for a user: the array in conversations.json, or a part '
'of it, all or nothing. Returns a row for each list: conversations, branches, messages, with how many were '
'read, written, merged and skipped, and why. What has been imported before is not written again. dry_run '
'returns the same and writes nothing. Errors: PT404 user not found; 22004 an argument is NULL; 22023 not an '
'array; 42501 not the owner of the tables.';
