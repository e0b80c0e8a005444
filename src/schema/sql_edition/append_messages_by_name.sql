-- It keeps the caller's search_path for the triggers that it fires. Therefore its names are qualified.
LANGUAGE plpgsql
AS $function$
DECLARE
    conversation pg_catalog.uuid;
    input pg_catalog.jsonb;
BEGIN
    PERFORM agentchat.check_input_format(format);
    PERFORM agentchat.require_not_null('conversation_id', conversation_id IS NULL);
    PERFORM agentchat.require_not_null('messages', messages IS NULL);
    conversation := agentchat.conversation_by_name(conversation_id);
    input := agentchat.read_messages(messages, COALESCE(format, 'ai-sdk'), conversation);
    IF check_tools THEN
        RAISE EXCEPTION 'append_messages() with check_tools needs the extension'
            USING ERRCODE = 'feature_not_supported',
                  DETAIL = 'This database has the SQL edition of agentchat, which does not check calls.',
                  HINT = 'The extension has it. It is installed on a server of your own.';
    END IF;
    PERFORM agentchat.lock_conversation(conversation);
    RETURN agentchat.write_messages(conversation, input);
END
$function$
