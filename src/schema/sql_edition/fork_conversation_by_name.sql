-- It keeps the caller's search_path for the triggers that it fires. Therefore its names are qualified.
LANGUAGE plpgsql
AS $function$
DECLARE
    original pg_catalog.uuid;
    copy CONSTANT pg_catalog.uuid := pg_catalog.gen_random_uuid();
    conversations pg_catalog.regclass;
    messages pg_catalog.regclass;
    columns pg_catalog.text;
    copied pg_catalog.int8;
BEGIN
    PERFORM agentchat.require_not_null('conversation_id', conversation_id IS NULL);
    original := agentchat.conversation_by_name(conversation_id);

    -- The copy gets times of its own.
    conversations := agentchat.table_of('conversations');
    columns := agentchat.copied_columns(conversations, '{id, title, created_at, updated_at}');
    EXECUTE pg_catalog.format(
        'INSERT INTO %1$s (id, title%2$s) SELECT $2, COALESCE($3, title)%2$s FROM %1$s '
        'WHERE id OPERATOR(pg_catalog.=) $1', conversations, columns) USING original, copy, title;
    GET DIAGNOSTICS copied = ROW_COUNT;
    IF copied OPERATOR(pg_catalog.=) 0 THEN
        PERFORM agentchat.refuse_conversation(original);
    END IF;

    -- The first eight digits of an id count the messages: the ids are in their order, also when times are
    -- equal. One statement copies the messages in their state at one moment.
    messages := agentchat.table_of('messages');
    columns := agentchat.copied_columns(messages, '{id, conversation_id}');
    IF up_to_message IS NOT NULL THEN
        PERFORM agentchat.find_message(original, up_to_message);
    END IF;
    EXECUTE pg_catalog.format(
        'INSERT INTO %1$s (id, conversation_id%2$s) SELECT (pg_catalog.lpad(pg_catalog.to_hex('
        'pg_catalog.row_number() OVER (ORDER BY created_at, id)), 8, ''0'') OPERATOR(pg_catalog.||) '
        'pg_catalog.substr(pg_catalog.gen_random_uuid()::pg_catalog.text, 9))::pg_catalog.uuid, $2%3$s '
        'FROM %1$s WHERE conversation_id OPERATOR(pg_catalog.=) $1%4$s ORDER BY created_at, id',
        messages, columns, pg_catalog.replace(columns, ', parts', ', agentchat.copied_parts(parts)'),
        CASE WHEN up_to_message IS NOT NULL THEN pg_catalog.format(
            ' AND ROW(created_at, id) OPERATOR(pg_catalog.<=) (SELECT l.created_at, l.id FROM %s l '
            'WHERE l.conversation_id OPERATOR(pg_catalog.=) $1 AND l.id OPERATOR(pg_catalog.=) $3)',
            messages) END)
        USING original, copy, agentchat.uuid_of_name(original, up_to_message);
    GET DIAGNOSTICS copied = ROW_COUNT;
    IF copied OPERATOR(pg_catalog.=) 0 AND up_to_message IS NOT NULL THEN
        PERFORM agentchat.find_message(original, up_to_message);
    END IF;
    -- Another session may have deleted it since the first statement, and its messages with it.
    IF NOT agentchat.sees_conversation(original) THEN
        PERFORM agentchat.refuse_conversation(original);
    END IF;
    RETURN copy;
END
$function$
