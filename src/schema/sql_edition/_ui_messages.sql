-- The format ai-sdk: stored messages as UIMessages of today's AI SDK, whichever version wrote their parts.
--
-- Most messages hold what their UIMessage holds. One look with a JSON path tells, and only the others are
-- taken apart. What is made of them is JSON text with its keys in the order in which the extension writes
-- them. The functions with bodies of the SQL standard are inlined into the query of the conversation; their
-- names are bound already, whatever the caller's search_path.

-- needs_change() returns whether a part among some, or one part, may have another form in a UIMessage: a key
-- with null, a form of AI SDK 4, or a call without its input or output. It may be wrong in saying so. Every
-- condition is positive about keys that exist, because a path takes an array for its elements.
CREATE FUNCTION agentchat.needs_change(parts jsonb) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN jsonb_path_exists(parts, '$[*] ? (@.* == null || @.approval.* == null
        || !(@.type == "text" || @.type == "step-start")
            && (@.type == "reasoning" && (exists(@.details) || exists(@.reasoning))
                || @.type == "file" && (exists(@.data) || exists(@.mimeType) || exists(@.providerReference))
                || @.type == "source" || @.type == "tool-invocation"
                || (@.type starts with "tool-" || @.type == "dynamic-tool")
                    && (!exists(@.input) || @.state == "output-available" && !exists(@.output))))');

-- are_shown() returns whether a message's parts are those of its UIMessage, but for what append_messages()
-- stored behind them, and its columns have nothing that they lack.
CREATE FUNCTION agentchat.are_shown(parts jsonb, content text, reasoning text, attachments jsonb)
    RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN jsonb_typeof(parts) = 'array' AND NOT agentchat.needs_change(parts)
        AND (COALESCE(content, '') = '' OR parts @> '[{"type": "text"}]')
        AND (COALESCE(reasoning, '') = '' OR parts @> '[{"type": "reasoning"}]')
        AND COALESCE(jsonb_typeof(attachments) <> 'array' OR attachments = '[]', true);

-- last_type() returns the type of the last part, or NULL.
CREATE FUNCTION agentchat.last_type(parts jsonb) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN jsonb_typeof(parts) = 'array' THEN parts #>> '{-1,type}' END;

-- without_ends() returns parts without the metadata and the client's id at their end. last_type is the type
-- of the last part.
CREATE FUNCTION agentchat.without_ends(parts jsonb, last_type text) RETURNS jsonb
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE
        WHEN last_type = 'data-message-id' THEN parts - (-1)
        WHEN last_type = 'data-metadata' THEN
            CASE WHEN parts #>> '{-2,type}' = 'data-message-id' THEN parts - (-1) - (-1) ELSE parts - (-1) END
        ELSE parts END;

-- string_or_null() returns the text of a JSON string, and NULL for any other value.
CREATE FUNCTION agentchat.string_or_null(value jsonb) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN jsonb_typeof(value) = 'string' THEN value #>> '{}' END;

-- small_json() does what compact_json() does. It is inlined, and writes a value twice instead of calling a
-- function.
CREATE FUNCTION agentchat.small_json(value jsonb) RETURNS json
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN strpos(value::text, '": null') = 0 THEN json_strip_nulls(value::text::json)
        ELSE agentchat.compact_json(value) END;

-- object_text() returns the JSON text of a key and its value if that is an object, behind a comma, or NULL.
CREATE FUNCTION agentchat.object_text(key text, value jsonb) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN CASE WHEN jsonb_typeof(value) = 'object'
        THEN concat(',"', key, '":', agentchat.small_json(value)) END;

-- string_text() is the same for a string.
CREATE FUNCTION agentchat.string_text(key text, value jsonb) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN CASE WHEN jsonb_typeof(value) = 'string' THEN concat(',"', key, '":', value) END;

-- given_id() returns the id that the client chose, which is behind the parts. last_type is the type of the
-- last part.
CREATE FUNCTION agentchat.given_id(parts jsonb, last_type text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE
        WHEN last_type = 'data-message-id' THEN agentchat.string_or_null(parts #> '{-1,data}')
        WHEN last_type = 'data-metadata' AND parts #>> '{-2,type}' = 'data-message-id'
        THEN agentchat.string_or_null(parts #> '{-2,data}') END;

-- shown_id() returns the id of a UIMessage: the one that the client chose, if it names this message, or the
-- UUID. A copy of the message has another UUID, and the part could hold any text. `named` is the UUID for the
-- id.
CREATE FUNCTION agentchat.shown_id(id text, uuid uuid, conversation uuid, given_id text, named uuid)
    RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN given_id IS NOT NULL AND conversation IS NOT NULL AND named = uuid THEN given_id
        ELSE COALESCE(id, '') END;

-- uuid_of_sha1() returns the version 5 UUID with this SHA-1 hash.
CREATE FUNCTION agentchat.uuid_of_sha1(hash bytea) RETURNS uuid
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $function$
BEGIN
    RETURN encode(set_byte(set_byte(substr(hash, 1, 16), 6, get_byte(hash, 6) & 15 | 80),
        8, get_byte(hash, 8) & 63 | 128), 'hex')::uuid;
END
$function$;

-- named_uuid() returns the SQL of the UUID for the client's id of a message m. uuid_of_name() takes 0.1 ms,
-- much longer than all the rest. pgcrypto has SHA-1 in C. Only superusers can create a function in C; nobody
-- can plant one.
CREATE FUNCTION agentchat.named_uuid() RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT coalesce(
    (SELECT format('CASE WHEN m.given_id OPERATOR(pg_catalog.~) ''[^0-9A-Fa-f{}-]'' '
         'THEN agentchat.uuid_of_sha1(%I.digest(pg_catalog.uuid_send(m.conversation) OPERATOR(pg_catalog.||) '
             'pg_catalog.convert_to(m.given_id, ''UTF8''), ''sha1'')) '
         'ELSE agentchat.uuid_of_name(m.conversation, m.given_id) END', n.nspname)
     FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
     WHERE p.proname = 'digest' AND p.proargtypes = '17 25'::oidvector
       AND p.probin = '$libdir/pgcrypto' AND p.prosrc = 'pg_digest'
       AND has_function_privilege(p.oid, 'EXECUTE') AND has_schema_privilege(n.oid, 'USAGE')
     LIMIT 1),
    'agentchat.uuid_of_name(m.conversation, m.given_id)')
$function$;

-- given_metadata() returns the application's metadata, which is the last part, or NULL.
CREATE FUNCTION agentchat.given_metadata(parts jsonb, last_type text) RETURNS jsonb
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN last_type = 'data-metadata' THEN COALESCE(parts #> '{-1,data}', 'null') END;

-- shown_metadata() returns the metadata of a UIMessage: what the application gave, and the time unless it
-- gave one.
CREATE FUNCTION agentchat.shown_metadata(given jsonb, created_at timestamp) RETURNS jsonb
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN CASE
        WHEN jsonb_typeof(given) <> 'object' OR given ? 'createdAt' THEN given
        WHEN created_at IS NULL THEN COALESCE(given, '{}')
        ELSE COALESCE(given, '{}') || jsonb_build_object('createdAt', agentchat.utc_time(created_at)) END;

-- shown_metadata_json() is the same as JSON, with the time at the end.
CREATE FUNCTION agentchat.shown_metadata_json(given jsonb, created_at timestamp) RETURNS json
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN CASE
        WHEN jsonb_typeof(given) <> 'object' OR given ? 'createdAt' THEN agentchat.small_json(given)
        WHEN created_at IS NULL THEN COALESCE(agentchat.small_json(given), '{}')
        ELSE concat('{', CASE WHEN given <> '{}'
                THEN substr(left(agentchat.small_json(given)::text, -1), 2) || ',' END,
            '"createdAt":"', agentchat.utc_time(created_at), '"}')::json END;

-- mended_part() returns the JSON text of a part in today's form, or of one that no version knows: without the
-- optional keys that are null, which the AI SDK takes for values of the wrong type, and with the keys that a
-- call lacks, because JSON.stringify() leaves out undefined.
CREATE FUNCTION agentchat.mended_part(part jsonb) RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    type CONSTANT text := agentchat.string_or_null(part -> 'type');
    is_call CONSTANT boolean := coalesce((type ~ '^tool-' OR type = 'dynamic-tool'
            AND jsonb_typeof(part -> 'toolName') = 'string')
        AND jsonb_typeof(part -> 'toolCallId') = 'string', false);
    is_known CONSTANT boolean := is_call
        OR type IN ('text', 'reasoning', 'steering-message', 'step-start', 'source-url', 'source-document',
            'reasoning-file', 'custom')
        OR type ~ '^data-'
        OR type = 'file' AND jsonb_typeof(part -> 'url') = 'string'
            AND jsonb_typeof(part -> 'mediaType') = 'string';
    state CONSTANT text := CASE WHEN is_call THEN coalesce(part ->> 'state', '') ELSE '' END;
    nulls CONSTANT text[] := CASE state WHEN 'output-available' THEN '{input, rawInput, data, output}'
        ELSE '{input, rawInput, data}' END;
    mended jsonb;
    missing text;
BEGIN
    IF is_known IS NOT TRUE THEN
        RETURN agentchat.compact_json(part);
    END IF;
    mended := agentchat.without_nulls(part, nulls);
    IF jsonb_typeof(part -> 'approval') = 'object' THEN
        mended := jsonb_set(mended, '{approval}', agentchat.without_nulls(part -> 'approval', nulls));
    END IF;
    IF is_call AND state NOT IN ('input-streaming', 'output-error') THEN
        missing := concat(CASE WHEN NOT part ? 'input' THEN ',"input":null' END,
            CASE WHEN state = 'output-available' AND NOT part ? 'output' THEN ',"output":null' END);
    END IF;
    RETURN concat(left(agentchat.compact_json(mended)::text, -1), missing, '}');
END
$function$;

-- without_nulls() returns an object without the keys that are null, but for some.
CREATE FUNCTION agentchat.without_nulls(object jsonb, others text[]) RETURNS jsonb
    LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT object - ARRAY(SELECT key FROM jsonb_each(object)
                      WHERE jsonb_typeof(value) = 'null' AND key <> ALL (others))
$function$;

-- detailed_reasoning() returns the JSON texts of the pieces of reasoning that AI SDK 4 keeps in one part,
-- each with its signature, or in encrypted form.
CREATE FUNCTION agentchat.detailed_reasoning(part jsonb) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT string_agg(concat('{"type":"reasoning"',
    coalesce(agentchat.string_text('text', d.detail -> 'text'), ',"text":""'),
    coalesce(agentchat.object_text('providerMetadata', part -> 'providerMetadata'),
        ',"providerMetadata":{"anthropic":{' || substr(nullif(concat(
            agentchat.string_text('signature', d.detail -> 'signature'),
            agentchat.string_text('redactedData', d.detail -> 'data')), ''), 2) || '}}'),
    '}'), ',' ORDER BY d.n)
FROM jsonb_array_elements(part -> 'details') WITH ORDINALITY d (detail, n)
$function$;

-- changed_file() returns the JSON text of a file. AI SDK 4 keeps the bytes in base64, or a data URL, under
-- `data`, and the media type under `mimeType`. A file without a URL or a media type cannot be shown: it is
-- passed on as it is stored.
CREATE FUNCTION agentchat.changed_file(part jsonb) RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    media_type CONSTANT text := coalesce(agentchat.string_or_null(part -> 'mediaType'),
        agentchat.string_or_null(part -> 'mimeType'));
    data CONSTANT text := agentchat.string_or_null(part -> 'data');
    url CONSTANT text := coalesce(agentchat.string_or_null(part -> 'url'), CASE
        WHEN data IS NULL AND jsonb_typeof(part -> 'providerReference') = 'object' THEN ''
        WHEN data ~ '^data:' THEN data
        ELSE 'data:' || media_type || ';base64,' || data END);
BEGIN
    IF url IS NULL OR media_type IS NULL
        OR jsonb_typeof(part -> 'url') = 'string' AND jsonb_typeof(part -> 'mediaType') = 'string' THEN
        RETURN agentchat.mended_part(part);
    END IF;
    RETURN concat('{"type":"file","mediaType":', to_json(media_type), ',"url":', to_json(url),
        agentchat.string_text('filename', part -> 'filename'),
        agentchat.object_text('providerReference', part -> 'providerReference'),
        agentchat.object_text('providerMetadata', part -> 'providerMetadata'), '}');
END
$function$;

-- changed_call() returns the JSON text of a call in the form of AI SDK 4.
CREATE FUNCTION agentchat.changed_call(part jsonb, call jsonb) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN concat('{"type":', to_json('tool-' || (call ->> 'toolName')),
        ',"toolCallId":', call -> 'toolCallId',
        ',"state":', CASE call -> 'state'
            WHEN '"result"' THEN '"output-available"'
            WHEN '"partial-call"' THEN '"input-streaming"'
            ELSE '"input-available"' END,
        ',"input":', COALESCE(agentchat.small_json(call -> 'args')::text, 'null'),
        CASE WHEN call -> 'state' = '"result"'
            THEN ',"output":' || COALESCE(agentchat.small_json(call -> 'result')::text, 'null') END,
        agentchat.object_text('providerMetadata', part -> 'providerMetadata'), '}');

-- shown_part() returns the JSON text of a stored part: of several if AI SDK 4 kept several in one.
CREATE FUNCTION agentchat.shown_part(part jsonb) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN CASE
        WHEN NOT agentchat.needs_change(part) THEN agentchat.small_json(part)::text
        WHEN part -> 'type' = '"tool-invocation"'
            AND jsonb_typeof(part #> '{toolInvocation,toolName}') = 'string'
            AND jsonb_typeof(part #> '{toolInvocation,toolCallId}') = 'string'
        THEN agentchat.changed_call(part, part -> 'toolInvocation')
        WHEN part -> 'type' = '"source"' AND jsonb_typeof(part #> '{source,url}') = 'string'
        THEN concat('{"type":"source-url","sourceId":',
            CASE WHEN jsonb_typeof(part #> '{source,id}') = 'string' THEN part #> '{source,id}'
                ELSE part #> '{source,url}' END,
            ',"url":', part #> '{source,url}', agentchat.string_text('title', part #> '{source,title}'),
            agentchat.object_text('providerMetadata', part #> '{source,providerMetadata}'), '}')
        WHEN part -> 'type' = '"reasoning"' AND jsonb_typeof(part -> 'text') IS DISTINCT FROM 'string'
            AND jsonb_typeof(part -> 'details') = 'array' AND part -> 'details' <> '[]'
        THEN agentchat.detailed_reasoning(part)
        WHEN part -> 'type' = '"reasoning"' AND jsonb_typeof(part -> 'text') IS DISTINCT FROM 'string'
            AND jsonb_typeof(part -> 'reasoning') = 'string'
        THEN concat('{"type":"reasoning","text":', part -> 'reasoning',
            agentchat.object_text('providerMetadata', part -> 'providerMetadata'), '}')
        WHEN part -> 'type' = '"file"' THEN agentchat.changed_file(part)
        ELSE agentchat.mended_part(part) END;

-- attached_files() returns the JSON texts of the files that AI SDK 4 keeps beside the text, if they are not
-- among the parts that can be shown.
CREATE FUNCTION agentchat.attached_files(attachments jsonb, parts jsonb) RETURNS text[]
    LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $function$
WITH shown AS (
    SELECT f.file ->> 'url' AS url
    FROM jsonb_array_elements(parts) p (part),
        LATERAL (SELECT agentchat.changed_file(part)::jsonb WHERE part -> 'type' = '"file"') f (file)
    WHERE jsonb_typeof(f.file -> 'url') = 'string' AND jsonb_typeof(f.file -> 'mediaType') = 'string')
SELECT ARRAY(
    SELECT concat('{"type":"file","mediaType":', coalesce(
            to_json(agentchat.string_or_null(file -> 'mediaType')),
            to_json(agentchat.string_or_null(file -> 'contentType')), '"application/octet-stream"'),
        ',"url":', file -> 'url',
        coalesce(agentchat.string_text('filename', file -> 'filename'),
            agentchat.string_text('filename', file -> 'name')), '}')
    FROM jsonb_array_elements(attachments) WITH ORDINALITY f (file, n)
    WHERE jsonb_typeof(file -> 'url') = 'string' AND file ->> 'url' NOT IN (SELECT url FROM shown)
    ORDER BY n)
$function$;

-- shown_parts() returns the parts of a UIMessage: the stored ones, and what only the columns hold. Reasoning
-- comes before everything else in the first step; rows of AI SDK 4 have their files in a column of their own.
CREATE FUNCTION agentchat.shown_parts(parts jsonb, content text, reasoning text, attachments jsonb)
    RETURNS json
    LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    has_parts CONSTANT boolean := coalesce(jsonb_typeof(parts) = 'array', false);
    stored CONSTANT jsonb := CASE WHEN has_parts
        THEN agentchat.without_ends(parts, agentchat.last_type(parts)) ELSE '[]' END;
    shown text[] := ARRAY(SELECT agentchat.shown_part(p.part)
                          FROM jsonb_array_elements(stored) WITH ORDINALITY p (part, n) ORDER BY p.n);
    steps CONSTANT integer := CASE WHEN stored #>> '{0,type}' = 'step-start' THEN 1 ELSE 0 END;
BEGIN
    IF reasoning <> '' AND NOT stored @> '[{"type": "reasoning"}]' THEN
        shown := shown[:steps] || concat('{"type":"reasoning","text":', to_json(reasoning), '}')
            || shown[steps + 1:];
    END IF;
    IF content <> '' AND NOT stored @> '[{"type": "text"}]' THEN
        shown := shown || concat('{"type":"text","text":', to_json(content), '}');
    END IF;
    IF jsonb_typeof(attachments) = 'array' AND attachments <> '[]' THEN
        shown := shown || agentchat.attached_files(attachments, stored);
    END IF;
    IF shown = '{}' AND NOT has_parts THEN
        shown := '{"{\"type\":\"text\",\"text\":\"\"}"}';
    END IF;
    RETURN concat('[', array_to_string(shown, ','), ']');
END
$function$;

-- is_content_alone() returns whether a message has no parts and nothing but its content.
CREATE FUNCTION agentchat.is_content_alone(parts jsonb, reasoning text, attachments jsonb) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN jsonb_typeof(parts) IS DISTINCT FROM 'array' AND COALESCE(reasoning, '') = ''
        AND COALESCE(jsonb_typeof(attachments) <> 'array', true);

-- parts_as_jsonb() returns the parts of a UIMessage.
CREATE FUNCTION agentchat.parts_as_jsonb(
    shown jsonb, parts jsonb, content text, reasoning text, attachments jsonb
) RETURNS jsonb
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN CASE
        WHEN shown IS NOT NULL THEN shown
        WHEN agentchat.is_content_alone(parts, reasoning, attachments)
        THEN jsonb_build_array(jsonb_build_object('type', 'text', 'text', COALESCE(content, '')))
        ELSE agentchat.shown_parts(parts, content, reasoning, attachments)::jsonb END;

-- parts_as_json() is the same as JSON.
CREATE FUNCTION agentchat.parts_as_json(
    shown text, parts jsonb, content text, reasoning text, attachments jsonb
) RETURNS json
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN CASE
        -- This is what compact_json() does. Calls of it would be a third of the time for the whole message.
        WHEN strpos(shown, '": null') = 0 THEN json_strip_nulls(shown::json)
        WHEN shown IS NOT NULL THEN agentchat.compact_json(shown::jsonb)
        WHEN agentchat.is_content_alone(parts, reasoning, attachments)
        THEN concat('[{"type":"text","text":', to_json(COALESCE(content, '')), '}]')::json
        ELSE agentchat.shown_parts(parts, content, reasoning, attachments) END;

-- ui_messages_query() returns a query for an array: the UIMessages of rows t that come from tables.
CREATE FUNCTION agentchat.ui_messages_query(messages regclass, is_json boolean, from_messages text)
    RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $function$
-- Users can change the columns: one that is missing, or cannot be read as its type, is NULL.
-- The path of no key hands back the parts as they are, but decompressed: once, and not by each function that
-- looks at them. OFFSET 0 keeps the planner from computing a column where it is used, and more than once.
SELECT format(
    'SELECT %s FROM (SELECT '
            'agentchat.shown_id(m.id, m.uuid, m.conversation, m.given_id, %s) AS id, '
            'COALESCE(pg_catalog.rtrim(m.role), '''') AS role, '
            '%s(m.given, m.created_at) AS metadata, '
            '%s(m.shown, m.parts, m.content, m.reasoning, m.attachments) AS parts '
        'FROM (SELECT m.*, agentchat.given_metadata(m.parts, m.last_type) AS given, '
                'agentchat.given_id(m.parts, m.last_type) AS given_id, '
                'CASE WHEN agentchat.are_shown(m.parts, m.content, m.reasoning, m.attachments) '
                'THEN agentchat.without_ends(m.parts, m.last_type)%s END AS shown '
            'FROM (SELECT m.*, agentchat.last_type(m.parts) AS last_type '
                'FROM (SELECT %s, m.stored OPERATOR(pg_catalog.#>) ''{}'' AS parts '
                    'FROM (SELECT %s FROM %s ORDER BY t.created_at, t.id) m OFFSET 0) m OFFSET 0) m '
            'OFFSET 0) m) m',
    agentchat.array_of('m', is_json),
    agentchat.named_uuid(),
    CASE WHEN is_json THEN 'agentchat.shown_metadata_json' ELSE 'agentchat.shown_metadata' END,
    CASE WHEN is_json THEN 'agentchat.parts_as_json' ELSE 'agentchat.parts_as_jsonb' END,
    CASE WHEN is_json THEN '::pg_catalog.text' ELSE '' END,
    string_agg(format('m.%I', c.alias), ', ' ORDER BY n) FILTER (WHERE c.alias <> 'stored'),
    string_agg(format('%s AS %I', coalesce(format(CASE
            WHEN atttypid IS NULL THEN NULL
            WHEN atttypid = c.type::regtype THEN 't.%I'
            WHEN c.type = 'text' AND atttypid IN ('varchar'::regtype, 'uuid'::regtype)
            THEN 't.%I::pg_catalog.text'
            WHEN atttypid IN ('text'::regtype, 'varchar'::regtype, 'uuid'::regtype, 'timestamp'::regtype,
                'boolean'::regtype) THEN NULL
            WHEN c.type = 'text' THEN 'agentchat.string_or_null(pg_catalog.to_jsonb(t.%I))'
            WHEN c.type = 'jsonb' THEN 'pg_catalog.to_jsonb(t.%I)' END, attname),
        format('NULL::pg_catalog.%I', c.type)), c.alias), ', ' ORDER BY n),
    from_messages)
FROM (VALUES (1, 'id', 'uuid', 'uuid'), (2, 'id', 'text', 'id'),
    (3, 'conversation_id', 'uuid', 'conversation'), (4, 'role', 'text', 'role'),
    (5, 'content', 'text', 'content'), (6, 'reasoning', 'text', 'reasoning'), (7, 'parts', 'jsonb', 'stored'),
    (8, 'attachments', 'jsonb', 'attachments'), (9, 'created_at', 'timestamp', 'created_at')
) c (n, name, type, alias)
    LEFT JOIN pg_attribute ON attrelid = messages AND attname = c.name AND attnum > 0 AND NOT attisdropped
$function$;
