-- It keeps the caller's search_path for the triggers that it fires. Therefore its names are qualified.
LANGUAGE plpgsql
AS $function$
DECLARE
    conversation pg_catalog.uuid;
    messages pg_catalog.regclass;
    place pg_catalog.record;
    deleted pg_catalog.int4;
BEGIN
    PERFORM agentchat.require_not_null('conversation_id', conversation_id IS NULL);
    PERFORM agentchat.require_not_null('from_message', from_message IS NULL);
    conversation := agentchat.conversation_by_name(conversation_id);
    -- Calls that append wait. Otherwise their messages could follow messages that are deleted here.
    PERFORM agentchat.lock_conversation(conversation);
    SELECT f.* INTO place FROM agentchat.find_message(conversation, from_message) f;
    messages := agentchat.table_of('messages');
    EXECUTE pg_catalog.format(
        'DELETE FROM %s WHERE conversation_id OPERATOR(pg_catalog.=) $1 '
        'AND ROW(%s, id) OPERATOR(pg_catalog.>=) ROW($2, $3)',
        messages, agentchat.time_in_utc(messages, 'created_at', 'created_at'))
        USING conversation, place.created_at, place.id;
    GET DIAGNOSTICS deleted = ROW_COUNT;
    RETURN deleted;
END
$function$
