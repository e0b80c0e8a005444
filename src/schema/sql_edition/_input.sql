-- Reads the messages that append_messages() and create_conversation() are given. No function here reads rows
-- of tables or fires triggers.

-- Raises 22023 for an unknown format, and 0A000 for one that the edition does not read.
CREATE FUNCTION agentchat.check_input_format(format text) RETURNS void
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $function$
BEGIN
    IF format = 'openai' THEN
        RAISE EXCEPTION 'the format openai needs the extension'
            USING ERRCODE = 'feature_not_supported',
                  DETAIL = 'This database has the SQL edition of agentchat, which is without this format.',
                  HINT = 'The extension has it. It is installed on a server of your own.';
    ELSIF format NOT IN ('rows', 'drizzle', 'ai-sdk') THEN
        RAISE EXCEPTION 'unknown format'
            USING ERRCODE = 'invalid_parameter_value',
                  DETAIL = format('The format is %s.', agentchat.quoted_excerpt(format)),
                  HINT = 'Valid formats: rows, drizzle, ai-sdk, openai.';
    END IF;
END
$function$;

-- Raises 22023 if a condition holds for the value at a path in the messages. The problem completes the
-- sentence.
CREATE FUNCTION agentchat.refuse_if(condition boolean, path text, problem text) RETURNS void
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    AS $function$
BEGIN
    IF condition THEN
        RAISE EXCEPTION 'message does not match its format'
            USING ERRCODE = 'invalid_parameter_value',
                  DETAIL = pg_catalog.concat(path, ' ', problem, '.'),
                  HINT = 'Nothing was written. Correct the message, and send all messages again.';
    END IF;
END
$function$;

-- Raises PT409 for the value at a path in the messages.
CREATE FUNCTION agentchat.refuse_for_other_conversation(path text, value text) RETURNS void
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    AS $function$
BEGIN
    RAISE EXCEPTION 'message belongs to another conversation'
        USING ERRCODE = 'PT409',
              DETAIL = pg_catalog.format('%s is %s.', path, agentchat.quoted_excerpt(value)),
              HINT = 'Nothing was written. Give the message another id, or none.';
END
$function$;

-- Returns the string under a key of a message, or NULL. Raises 22023 for another value.
CREATE FUNCTION agentchat.text_or_null(place text, message jsonb, key text) RETURNS text
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $function$
BEGIN
    PERFORM agentchat.refuse_if(jsonb_typeof(message -> key) NOT IN ('string', 'null'), place || '.' || key,
        'must be a string or null');
    RETURN message ->> key;
END
$function$;

-- Returns the array under a key of a message, or NULL. Raises 22023 for another value.
CREATE FUNCTION agentchat.array_or_null(place text, message jsonb, key text) RETURNS jsonb
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $function$
BEGIN
    PERFORM agentchat.refuse_if(jsonb_typeof(message -> key) NOT IN ('array', 'null'), place || '.' || key,
        'must be an array or null');
    RETURN nullif(message -> key, 'null');
END
$function$;

-- Returns the time that a text in ISO 8601 is, in UTC; NULL for any other text. The year may have a sign and
-- six digits, as in JavaScript; 0 is then 1 BC.
CREATE FUNCTION agentchat.parse_time(value text) RETURNS timestamp
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    found CONSTANT text[] := regexp_match(value, '^([+-]\d{6}|\d{4,6})-(\d\d)-(\d\d)'
        '([Tt ]([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d)(\.\d+)?)?'
        '([Zz]|[+-](?:0\d|1[0-5])(?::?[0-5]\d)?)?)?( BC)?$');
    is_signed CONSTANT boolean := value ~ '^[+-]';
    year integer;
    zone text;
BEGIN
    IF value IN ('infinity', '-infinity') THEN
        RETURN value::timestamp;
    END IF;
    year := found[1]::integer;
    IF found IS NULL OR year = 0 AND NOT is_signed OR found[10] IS NOT NULL AND is_signed THEN
        RETURN NULL;
    END IF;
    -- make_date() knows no year 0: -1 is 1 BC.
    IF found[10] IS NOT NULL THEN
        year := -year;
    ELSIF year <= 0 THEN
        year := year - 1;
    END IF;
    zone := CASE WHEN upper(found[9]) = 'Z' THEN NULL ELSE replace(found[9], ':', '') END;
    RETURN make_date(year, found[2]::integer, found[3]::integer)
        + make_interval(hours => coalesce(found[5], '0')::integer, mins => coalesce(found[6], '0')::integer,
            secs => (coalesce(found[7], '0') || coalesce(left(found[8], 10), ''))::float8)
        - make_interval(hours => coalesce(left(zone, 3), '0')::integer,
            mins => coalesce(left(zone, 1) || coalesce(nullif(substr(zone, 4), ''), '0'), '0')::integer);
EXCEPTION
    -- A day that the month does not have, or a time beyond what a timestamp holds.
    WHEN datetime_field_overflow THEN
        RETURN NULL;
END
$function$;

-- Returns the texts of parts, and their reasoning, which AI SDK 4 has under another key; NULL without any.
CREATE FUNCTION agentchat.part_texts(parts jsonb, OUT content text, OUT reasoning text)
    LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT string_agg(t.text, '' ORDER BY p.n) FILTER (WHERE p.part ->> 'type' = 'text'),
    string_agg(coalesce(t.text, t.reasoning), '' ORDER BY p.n) FILTER (WHERE p.part ->> 'type' = 'reasoning')
FROM jsonb_array_elements(parts) WITH ORDINALITY p (part, n)
    CROSS JOIN LATERAL (SELECT
        CASE jsonb_typeof(p.part -> 'text') WHEN 'string' THEN p.part ->> 'text' END AS text,
        CASE jsonb_typeof(p.part -> 'reasoning') WHEN 'string' THEN p.part ->> 'reasoning' END AS reasoning) t
$function$;

-- Returns parts with the id that the client chose behind them, but before the metadata. An id from before at
-- their end is left out. They stay as they are if the id is NULL, empty or a UUID.
CREATE FUNCTION agentchat.with_client_id(parts jsonb, id text) RETURNS jsonb
    LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT CASE
    WHEN coalesce(id, '') = '' OR agentchat.parse_uuid(id) IS NOT NULL THEN parts
    WHEN parts #>> '{-1,type}' = 'data-metadata' THEN
        CASE parts #>> '{-2,type}' WHEN 'data-message-id' THEN parts - (-2) ELSE parts END - (-1)
            || jsonb_build_array(jsonb_build_object('type', 'data-message-id', 'data', id), parts -> -1)
    ELSE CASE parts #>> '{-1,type}' WHEN 'data-message-id' THEN parts - (-1) ELSE parts END
        || jsonb_build_array(jsonb_build_object('type', 'data-message-id', 'data', id)) END
$function$;

-- Returns the part that holds a message's metadata, in an array; an empty array if there is none but the time
-- that get_conversation() adds. That time has six digits, and a Date of JavaScript has three.
CREATE FUNCTION agentchat.metadata_part(metadata jsonb) RETURNS jsonb
    LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT CASE WHEN coalesce(own.metadata, 'null') IN ('null', '{}') THEN '[]'
    ELSE jsonb_build_array(jsonb_build_object('type', 'data-metadata', 'data', own.metadata)) END
FROM (SELECT CASE
    WHEN jsonb_typeof(metadata) = 'object' AND jsonb_typeof(metadata -> 'createdAt') = 'string'
        AND metadata ->> 'createdAt' ~ '\.\d{6}Z$'
        AND agentchat.parse_time(metadata ->> 'createdAt') IS NOT NULL
    THEN metadata - 'createdAt' ELSE metadata END AS metadata) own
$function$;

-- Raises 22023 if a part of a UIMessage lacks what its type needs. Parts of unknown types may have any keys.
CREATE FUNCTION agentchat.check_part(path text, part jsonb) RETURNS void
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    -- The keys with strings that get_conversation() and the AI SDK need; behind each its name in AI SDK 4.
    keys_of_types CONSTANT jsonb := '{
        "text": [["text"]],
        "reasoning": [["text", "reasoning"]],
        "file": [["url", "data"], ["mediaType", "mimeType"]],
        "source-url": [["url"], ["sourceId"]],
        "source-document": [["sourceId"], ["mediaType"], ["title"]],
        "dynamic-tool": [["toolName"], ["toolCallId"]],
        "tool-": [["toolCallId"]]}';
    type CONSTANT text := part ->> 'type';
    key jsonb;
BEGIN
    PERFORM agentchat.refuse_if(jsonb_typeof(part) <> 'object', path, 'must be an object');
    PERFORM agentchat.refuse_if(jsonb_typeof(part -> 'type') IS DISTINCT FROM 'string', path || '.type',
        'must be a string');
    IF type = 'tool-invocation' THEN
        PERFORM agentchat.refuse_if(jsonb_typeof(part -> 'toolInvocation') IS DISTINCT FROM 'object',
            path || '.toolInvocation', 'must be an object');
    ELSE
        FOR key IN SELECT jsonb_array_elements(
            keys_of_types -> CASE WHEN starts_with(type, 'tool-') THEN 'tool-' ELSE type END)
        LOOP
            PERFORM agentchat.refuse_if(
                jsonb_typeof(coalesce(part -> (key ->> 0), part -> (key ->> 1))) IS DISTINCT FROM 'string',
                path || '.' || (key ->> 0), 'must be a string');
        END LOOP;
    END IF;
END
$function$;

-- Reads a UIMessage: returns its columns as an object. Messages of AI SDK 4 have content instead of parts.
-- They are stored without parts unless something has no other place.
CREATE FUNCTION agentchat.read_ui_message(place text, message jsonb) RETURNS jsonb
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    parts jsonb := message -> 'parts';
    metadata CONSTANT jsonb := agentchat.metadata_part(message -> 'metadata');
    tools CONSTANT jsonb := nullif(message -> 'toolInvocations', 'null');
    id CONSTANT text := message ->> 'id';
    files CONSTANT jsonb := message -> 'experimental_attachments';
    content text;
    reasoning text;
    item jsonb;
    n bigint;
BEGIN
    IF parts IS NOT NULL THEN
        PERFORM agentchat.refuse_if(jsonb_typeof(parts) <> 'array', place || '.parts', 'must be an array');
        FOR item, n IN SELECT * FROM jsonb_array_elements(parts) WITH ORDINALITY LOOP
            PERFORM agentchat.check_part(format('%s.parts[%s]', place, n - 1), item);
        END LOOP;
        SELECT t.* INTO content, reasoning FROM agentchat.part_texts(parts) t;
        parts := agentchat.with_client_id(parts, id) || metadata;
    ELSE
        PERFORM agentchat.refuse_if(NOT message ? 'content', place || '.parts', 'is missing');
        PERFORM agentchat.refuse_if(jsonb_typeof(message -> 'content') <> 'string', place || '.content',
            'must be a string');
        content := message ->> 'content';
        reasoning := agentchat.text_or_null(place, message, 'reasoning');
        PERFORM agentchat.refuse_if(jsonb_typeof(tools) <> 'array', place || '.toolInvocations',
            'must be an array');
        FOR item, n IN SELECT * FROM jsonb_array_elements(tools) WITH ORDINALITY LOOP
            PERFORM agentchat.refuse_if(jsonb_typeof(item) <> 'object',
                format('%s.toolInvocations[%s]', place, n - 1), 'must be an object');
        END LOOP;
        parts := agentchat.with_client_id('[]', id) || metadata;
        IF tools IS NOT NULL OR parts <> '[]' THEN
            parts := (
                SELECT jsonb_agg(p.part ORDER BY p.kind, p.n) FROM (
                    SELECT 1, 0, jsonb_build_object('type', 'reasoning', 'text', reasoning)
                    WHERE reasoning IS NOT NULL
                    UNION ALL
                    SELECT 2, t.n, jsonb_build_object('type', 'tool-invocation', 'toolInvocation', t.call)
                    FROM jsonb_array_elements(tools) WITH ORDINALITY t (call, n)
                    UNION ALL
                    SELECT 3, 0, jsonb_build_object('type', 'text', 'text', content)
                    WHERE content <> '' OR reasoning IS NULL AND tools IS NULL AND files IS NULL
                    UNION ALL
                    SELECT 4, f.n, jsonb_strip_nulls(jsonb_build_object('type', 'file', 'mediaType',
                        CASE jsonb_typeof(f.file -> 'contentType')
                            WHEN 'string' THEN f.file -> 'contentType' ELSE '"application/octet-stream"' END,
                        'url', f.file -> 'url',
                        'filename',
                        CASE jsonb_typeof(f.file -> 'name') WHEN 'string' THEN f.file -> 'name' END))
                    FROM jsonb_array_elements(CASE jsonb_typeof(files) WHEN 'array' THEN files END)
                        WITH ORDINALITY f (file, n)
                    WHERE jsonb_typeof(f.file -> 'url') = 'string'
                    UNION ALL
                    SELECT 5, e.n, e.part FROM jsonb_array_elements(parts) WITH ORDINALITY e (part, n)
                ) p (kind, n, part));
        ELSE
            parts := NULL;
        END IF;
    END IF;
    RETURN jsonb_build_object('content', coalesce(content, ''), 'reasoning', reasoning, 'parts', parts,
            'is_ui_message', true)
        || CASE WHEN files IS NULL THEN '{}' ELSE jsonb_build_object('attachments',
            agentchat.array_or_null(place, message, 'experimental_attachments')) END;
END
$function$;

-- Returns the keys of the columns of messages in the format rows or drizzle. A column keeps its name if its
-- key in camelCase is another column's name or key.
CREATE FUNCTION agentchat.message_keys(is_drizzle boolean)
    RETURNS TABLE (key text, name text, is_generated boolean)
    LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $function$
WITH columns AS (
    SELECT attname::text AS name, attgenerated <> '' OR attidentity <> '' AS is_generated,
        CASE WHEN is_drizzle THEN agentchat.camel_case(attname::text) ELSE attname::text END AS key
    FROM pg_attribute
    WHERE attrelid = agentchat.table_of('messages') AND attnum > 0 AND NOT attisdropped)
SELECT CASE WHEN EXISTS (SELECT FROM columns o WHERE o.name <> c.name AND c.key IN (o.name, o.key))
    THEN c.name ELSE c.key END, c.name, c.is_generated
FROM columns c
$function$;

-- Reads a message in the format rows or drizzle: returns its columns as an object, those that users have
-- added in one of their own. Raises PT409 if it names another conversation.
CREATE FUNCTION agentchat.read_row(place text, message jsonb, is_drizzle boolean, conversation uuid)
    RETURNS jsonb
    LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    time_key CONSTANT text := CASE WHEN is_drizzle THEN 'createdAt' ELSE 'created_at' END;
    conversation_key CONSTANT text := CASE WHEN is_drizzle THEN 'conversationId' ELSE 'conversation_id' END;
    known CONSTANT text[] := ARRAY['id', 'role', 'parts', 'content', 'reasoning', 'attachments', time_key,
        conversation_key];
    result jsonb := '{}';
    value text;
    created_at timestamp;
    named uuid;
    parts jsonb;
    other record;
    others jsonb;
BEGIN
    parts := agentchat.array_or_null(place, message, 'parts');
    IF message ? 'parts' THEN
        result := result || jsonb_build_object('parts', agentchat.with_client_id(parts, message ->> 'id'));
    END IF;
    value := agentchat.text_or_null(place, message, 'content');
    IF value IS NOT NULL THEN
        result := result || jsonb_build_object('content', value);
    END IF;
    value := agentchat.text_or_null(place, message, 'reasoning');
    IF message ? 'reasoning' THEN
        result := result || jsonb_build_object('reasoning', value);
    END IF;
    value := agentchat.text_or_null(place, message, time_key);
    IF value IS NOT NULL THEN
        created_at := agentchat.parse_time(value);
        PERFORM agentchat.refuse_if(created_at IS NULL, place || '.' || time_key,
            'must be a time in ISO 8601');
        result := result || jsonb_build_object('created_at', created_at);
    END IF;
    IF message ? 'attachments' THEN
        result := result || jsonb_build_object('attachments',
            agentchat.array_or_null(place, message, 'attachments'));
    END IF;
    value := agentchat.text_or_null(place, message, conversation_key);
    IF value IS NOT NULL THEN
        named := coalesce(agentchat.parse_uuid(value),
            agentchat.uuid_v5(@extschema@.current_user_id(), value));
        PERFORM agentchat.refuse_if(named IS NULL, place || '.' || conversation_key, 'must be a UUID');
        IF named IS DISTINCT FROM conversation THEN
            PERFORM agentchat.refuse_for_other_conversation(place || '.' || conversation_key, value);
        END IF;
    END IF;
    -- What the message does not say is taken from its parts.
    IF parts IS NOT NULL THEN
        result := (SELECT jsonb_build_object('content', coalesce(t.content, ''), 'reasoning', t.reasoning)
                   FROM agentchat.part_texts(parts) t) || result;
    END IF;
    PERFORM agentchat.refuse_if(NOT result ? 'content', place || '.content',
        'is missing, and the message has no parts to take it from');
    FOR other IN
        SELECT m.key, m.value, k.name, k.is_generated FROM jsonb_each(message - known) m
            LEFT JOIN agentchat.message_keys(is_drizzle) k ON k.key = m.key
    LOOP
        PERFORM agentchat.refuse_if(other.name IS NULL, place,
            format('has the key %s, which is not a column of messages',
                agentchat.quoted_excerpt(other.key)));
        others := CASE WHEN other.is_generated THEN others
            ELSE coalesce(others, '{}') || jsonb_build_object(other.name, other.value) END;
    END LOOP;
    RETURN result || CASE WHEN others IS NULL THEN '{}' ELSE jsonb_build_object('others', others) END;
END
$function$;

-- Gives messages without a time one between those of their neighbours, if some have one. The trigger of
-- messages moves each of several equal times behind the one before.
CREATE FUNCTION agentchat.with_missing_times(messages jsonb) RETURNS jsonb
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $function$
BEGIN
    IF NOT jsonb_path_exists(messages, '$[*].created_at') THEN
        RETURN messages;
    END IF;
    RETURN (
        WITH input AS (
            SELECT m.message, m.n, (m.message ->> 'created_at')::timestamp AS time,
                count(m.message -> 'created_at') OVER (ORDER BY m.n) AS before,
                count(m.message -> 'created_at') OVER (ORDER BY m.n DESC) AS after
            FROM jsonb_array_elements(messages) WITH ORDINALITY m (message, n)),
        -- Each group begins with a message that has a time.
        timed AS (
            SELECT i.message, i.n, i.time, CASE
                WHEN i.before = 0 THEN f.time - (f.n - i.n) * interval '1 microsecond'
                WHEN i.after > 0 THEN first_value(i.time) OVER (PARTITION BY i.before ORDER BY i.n)
                END AS given
            FROM input i
                CROSS JOIN (SELECT time, n FROM input WHERE time IS NOT NULL ORDER BY n LIMIT 1) f)
        SELECT jsonb_agg(CASE WHEN time IS NULL AND given IS NOT NULL
            THEN message || jsonb_build_object('created_at', given) ELSE message END ORDER BY n)
        FROM timed);
END
$function$;

-- Reads messages: returns an array of objects with their columns, the path of each in the input and its
-- given_id. create_conversation() may have no conversation yet.
CREATE FUNCTION agentchat.read_messages(messages jsonb, format text, conversation uuid) RETURNS jsonb
    LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    is_array CONSTANT boolean := jsonb_typeof(messages) = 'array';
    result jsonb[] := '{}';
    message jsonb;
    place text;
    n bigint;
BEGIN
    PERFORM agentchat.refuse_if(NOT is_array AND jsonb_typeof(messages) <> 'object', 'messages',
        'must be an array of objects, or one object');
    IF is_array AND jsonb_array_length(messages) > 100000 THEN
        RAISE EXCEPTION 'too many messages for one call'
            USING ERRCODE = 'program_limit_exceeded',
                  DETAIL = format('The call has %s messages; at most 100000 are allowed.',
                      jsonb_array_length(messages)),
                  HINT = 'Append them in several calls.';
    END IF;
    FOR message, n IN
        SELECT * FROM jsonb_array_elements(
            CASE WHEN is_array THEN messages ELSE jsonb_build_array(messages) END) WITH ORDINALITY
    LOOP
        place := CASE WHEN is_array THEN format('messages[%s]', n - 1) ELSE 'messages' END;
        PERFORM agentchat.refuse_if(jsonb_typeof(message) <> 'object', place, 'must be an object');
        result := result || (
            jsonb_build_object('path', place, 'given_id', agentchat.text_or_null(place, message, 'id'))
            || jsonb_build_object('role', agentchat.input_role(place, message))
            || CASE WHEN format = 'ai-sdk' THEN agentchat.read_ui_message(place, message)
                ELSE agentchat.read_row(place, message, format = 'drizzle', conversation) END);
    END LOOP;
    RETURN agentchat.with_missing_times(to_jsonb(result));
END
$function$;

-- Returns the role of a message. Raises 22023 if the table does not allow it.
CREATE FUNCTION agentchat.input_role(place text, message jsonb) RETURNS text
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $function$
BEGIN
    PERFORM agentchat.refuse_if(NOT message ? 'role', place || '.role', 'is missing');
    PERFORM agentchat.refuse_if(coalesce(message ->> 'role', '') NOT IN ('user', 'assistant', 'system'),
        place || '.role', 'must be user, assistant or system');
    RETURN message ->> 'role';
END
$function$;
