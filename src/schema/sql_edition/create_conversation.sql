-- It keeps the caller's search_path for the triggers that it fires. Therefore its names are qualified.
LANGUAGE plpgsql
AS $function$
DECLARE
    owner CONSTANT pg_catalog.uuid := COALESCE(user_id, @extschema@.current_user_id());
    conversations pg_catalog.regclass;
    times pg_catalog.text;
    input pg_catalog.jsonb := '[]';
    conversation pg_catalog.uuid;
    -- The conversation of that id that the caller sees, with its owner and its fields in the result.
    stored_owner pg_catalog.uuid;
    result pg_catalog.jsonb;
    is_found pg_catalog.bool := false;
BEGIN
    PERFORM agentchat.check_input_format(format);
    PERFORM agentchat.require_not_null('title', title IS NULL);
    PERFORM agentchat.require_object('metadata', metadata);
    IF owner IS NULL THEN
        RAISE EXCEPTION 'no user given'
            USING ERRCODE = 'invalid_parameter_value',
                  DETAIL = 'Neither the argument user_id nor the claims of the request name a user.',
                  HINT = 'Pass user_id, or sign in.';
    END IF;
    PERFORM agentchat.check_conversation_id(id, 'id');
    conversation := agentchat.uuid_of_name(owner, id);
    IF messages IS NOT NULL THEN
        input := agentchat.read_messages(messages, COALESCE(format, 'ai-sdk'), conversation);
    END IF;

    conversations := agentchat.table_of('conversations');
    PERFORM agentchat.type_of_column(conversations, 'user_id', 'pg_catalog.uuid');
    times := pg_catalog.format('agentchat.utc_time(%s), ''updated_at'', agentchat.utc_time(%s)',
        agentchat.time_in_utc(conversations, 'created_at', 'created_at'),
        agentchat.time_in_utc(conversations, 'updated_at', 'updated_at'));
    IF id IS NOT NULL THEN
        PERFORM agentchat.require_unique(conversations, 'id');
    END IF;
    -- Between two statements, another session can delete the conversation that was found. Then it is created
    -- anew. An id that is stored, but is never found, belongs to another user.
    FOR attempt IN 1 .. 3 LOOP
        IF id IS NOT NULL THEN
            EXECUTE pg_catalog.format(
                'SELECT user_id FROM %s WHERE id OPERATOR(pg_catalog.=) $1', conversations)
                INTO stored_owner USING conversation;
            IF stored_owner IS NOT NULL THEN
                EXIT WHEN stored_owner OPERATOR(pg_catalog.<>) owner;
                is_found := agentchat.lock_conversation_if_visible(conversation);
                EXIT WHEN is_found;
                CONTINUE;
            END IF;
        END IF;
        EXECUTE pg_catalog.format(
            'INSERT INTO %s (user_id, title, system_prompt, metadata%s) VALUES ($1, $2, $3, $4%s) %s'
            'RETURNING id, pg_catalog.jsonb_build_object(''id'', id, ''user_id'', $1, ''title'', $2, '
            '''created_at'', %s)', conversations, CASE WHEN id IS NOT NULL THEN ', id' END,
            CASE WHEN id IS NOT NULL THEN ', $5' END,
            CASE WHEN id IS NOT NULL THEN 'ON CONFLICT (id) DO NOTHING ' END, times)
            INTO conversation, result USING owner, title, system_prompt, metadata, conversation;
        EXIT WHEN result IS NOT NULL OR id IS NULL;
        conversation := agentchat.uuid_of_name(owner, id);
    END LOOP;
    IF result IS NULL AND NOT is_found THEN
        RAISE EXCEPTION 'conversation belongs to another user'
            USING ERRCODE = 'PT409',
                  DETAIL = pg_catalog.format('id is %s.', agentchat.quoted_excerpt(id)),
                  HINT = 'Nothing was written. Give the conversation another id, or none.';
    END IF;

    input := agentchat.write_messages(conversation, input);
    IF is_found THEN
        EXECUTE pg_catalog.format(
            'SELECT pg_catalog.jsonb_build_object(''id'', id, ''user_id'', user_id, ''title'', title, '
            '''created_at'', %s) FROM %s WHERE id OPERATOR(pg_catalog.=) $1', times, conversations)
            INTO result USING conversation;
    END IF;
    RETURN result OPERATOR(pg_catalog.||) pg_catalog.jsonb_build_object('messages', input);
END
$function$
