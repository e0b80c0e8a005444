-- read_conversation(), which all functions that read one conversation call.

-- check_format() refuses an unknown format, and one of those formats for models that need the extension.
CREATE FUNCTION agentchat.check_format(format text, formats text[], needing_c text[], hint text) RETURNS void
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $function$
BEGIN
    IF format <> ALL (formats) THEN
        RAISE EXCEPTION 'unknown format'
            USING ERRCODE = 'invalid_parameter_value',
                  DETAIL = format('The format is %s.', agentchat.quoted_excerpt(format)),
                  HINT = format('Valid formats: %s.', array_to_string(formats, ', '));
    ELSIF format = ANY (needing_c) THEN
        RAISE EXCEPTION 'the format % needs the extension', format
            USING ERRCODE = 'feature_not_supported',
                  DETAIL = 'This database has the SQL edition of agentchat, which is without this format.',
                  HINT = hint;
    END IF;
END
$function$;

-- array_of() returns the SQL of an array of rows. json_agg() writes each row into the array's text at once;
-- an array of JSON values would copy them several times.
CREATE FUNCTION agentchat.array_of(rows text, is_json boolean) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT format('COALESCE(pg_catalog.%s(%s.*), ''[]'')',
              CASE WHEN is_json THEN 'json_agg' ELSE 'jsonb_agg' END, rows)
$function$;

-- conversation_query() returns a query for conversation $1 in a format: with all its messages, or with the
-- newest $2, or with those before the place ($3, $4). It qualifies every name, because it runs with the
-- search_path of the caller, which their policies may need.
CREATE FUNCTION agentchat.conversation_query(
    format text, is_json boolean, has_limit boolean, has_bound boolean
) RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    conversations CONSTANT regclass := agentchat.table_of('conversations');
    messages CONSTANT regclass := agentchat.table_of('messages');
    wanted text := ' WHERE t.conversation_id OPERATOR(pg_catalog.=) $1'
        || CASE WHEN has_bound THEN ' AND ROW(t.created_at, t.id) OPERATOR(pg_catalog.<) ROW($3, $4)'
           ELSE '' END;
    from_messages text := format('%s t', messages);
    newest_first CONSTANT text := ' ORDER BY t.created_at DESC, t.id DESC';
    own_columns text;
BEGIN
    IF has_limit THEN
        from_messages := format('(SELECT t.* FROM %s%s%s LIMIT $2) t', from_messages, wanted, newest_first);
    END IF;
    IF format = 'ai-sdk' THEN
        RETURN format('SELECT (%s) FROM %s t WHERE t.id OPERATOR(pg_catalog.=) $1 LIMIT 1',
            agentchat.ui_messages_query(messages, is_json,
                from_messages || CASE WHEN has_limit THEN '' ELSE wanted END), conversations);
    END IF;
    own_columns := agentchat.columns_of(conversations, format, true, is_json,
        CASE WHEN has_limit THEN '{messages, has_more}' ELSE '{messages}' END::text[]);

    RETURN format(
        'SELECT pg_catalog.%s(d.*) FROM %s t CROSS JOIN LATERAL (SELECT %s, (SELECT %s FROM ('
            'SELECT %s FROM %s%s ORDER BY t.created_at, t.id) m) AS messages%s) d '
        'WHERE t.id OPERATOR(pg_catalog.=) $1 LIMIT 1',
        CASE WHEN is_json THEN 'row_to_json' ELSE 'to_jsonb' END, conversations, own_columns,
        agentchat.array_of('m', is_json), agentchat.columns_of(messages, format, false, is_json),
        from_messages, CASE WHEN has_limit THEN '' ELSE wanted END,
        CASE WHEN has_limit THEN format(', EXISTS (SELECT FROM %s t%s%s OFFSET $2) AS has_more',
                                        messages, wanted, newest_first) ELSE '' END);
END
$function$;

-- place_query() returns a query for the time of message $2 in conversation $1. It checks the columns by which
-- pages are cut.
CREATE FUNCTION agentchat.place_query() RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    messages CONSTANT regclass := agentchat.table_of('messages');
BEGIN
    IF (SELECT count(*) FROM pg_attribute WHERE attrelid = messages AND NOT attisdropped
        AND (attname, atttypid) IN (('created_at', 'timestamp'::regtype), ('id', 'uuid'::regtype))) < 2 THEN
        RAISE EXCEPTION 'columns of the table messages have the wrong types'
            USING ERRCODE = 'datatype_mismatch',
                  DETAIL = 'A page needs created_at as timestamp without time zone, and id as uuid.',
                  HINT = 'Change the types back.';
    END IF;
    RETURN format('SELECT t.created_at FROM %s t WHERE t.conversation_id OPERATOR(pg_catalog.=) $1 '
                  'AND t.id OPERATOR(pg_catalog.=) $2', messages);
END
$function$;

-- read_conversation() returns a conversation in a format. The result has the type of the last argument: json,
-- or jsonb.
CREATE FUNCTION agentchat.read_conversation(
    conversation_id text, format text, message_limit integer, before_message text, result anyelement
) RETURNS anyelement
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    AS $function$
DECLARE
    form CONSTANT pg_catalog.text := COALESCE(format, 'rows');
    conversation pg_catalog.uuid;
    query pg_catalog.text;
    query_of_place pg_catalog.text;
    before_time pg_catalog.timestamp;
    before_id pg_catalog.uuid;
BEGIN
    PERFORM agentchat.check_format(
        form, '{rows, drizzle, ai-sdk, openai, openai-compatible, anthropic}',
        '{openai, openai-compatible, anthropic}',
        'Read the format ai-sdk: convertToModelMessages() of the AI SDK makes a request of it.');
    IF message_limit OPERATOR(pg_catalog.<) 1 THEN
        RAISE EXCEPTION 'message_limit must be at least 1'
            USING ERRCODE = 'invalid_parameter_value',
                  DETAIL = pg_catalog.format('The value is %s.', message_limit),
                  HINT = 'Leave it out to get all messages.';
    END IF;
    IF conversation_id IS NULL THEN
        RETURN NULL;
    END IF;
    conversation := agentchat.conversation_by_name(conversation_id);
    query := agentchat.conversation_query(
        form, pg_catalog.pg_typeof(result) OPERATOR(pg_catalog.=) 'pg_catalog.json'::pg_catalog.regtype,
        message_limit IS NOT NULL, before_message IS NOT NULL);
    IF message_limit IS NOT NULL OR before_message IS NOT NULL THEN
        query_of_place := agentchat.place_query();
    END IF;
    IF before_message IS NOT NULL THEN
        before_id := agentchat.uuid_of_name(conversation, before_message);
        EXECUTE query_of_place INTO before_time USING conversation, before_id;
    END IF;
    EXECUTE query INTO result USING conversation, message_limit, before_time, before_id;
    IF result IS NOT NULL AND before_message IS NOT NULL AND before_time IS NULL THEN
        RAISE EXCEPTION 'before_message is not in this conversation'
            USING ERRCODE = 'invalid_parameter_value',
                  DETAIL = pg_catalog.format('The conversation has no message %s that the caller may see.',
                                             agentchat.quoted_excerpt(before_message)),
                  HINT = 'Pass the id of one of its messages.';
    END IF;
    RETURN result;
END
$function$;
