-- It keeps the caller's search_path for the triggers that it fires. Therefore its names are qualified.
LANGUAGE plpgsql
AS $function$
DECLARE
    conversation pg_catalog.uuid;
    conversations pg_catalog.regclass;
    result pg_catalog.jsonb;
BEGIN
    PERFORM agentchat.require_not_null('conversation_id', conversation_id IS NULL);
    PERFORM agentchat.require_object('metadata', metadata);
    conversation := agentchat.conversation_by_name(conversation_id);
    -- The lock comes before the row's lock, as in append_messages(). Otherwise, a transaction that updates
    -- and then appends could deadlock with one that appends.
    PERFORM agentchat.lock_conversation(conversation);
    conversations := agentchat.table_of('conversations');
    -- It takes the stored metadata from the row that it locks: keys that others write at the same time stay.
    EXECUTE pg_catalog.format(
        'UPDATE %s AS c SET title = COALESCE($2, c.title), metadata = agentchat.merged(c.metadata, $3) '
        'WHERE c.id OPERATOR(pg_catalog.=) $1 RETURNING pg_catalog.jsonb_build_object('
        '''id'', $1, ''title'', c.title, ''metadata'', c.metadata, ''updated_at'', agentchat.utc_time(%s))',
        conversations, agentchat.time_in_utc(conversations, 'updated_at', 'c.updated_at'))
        INTO result USING conversation, title, metadata;
    -- A policy may let the caller see the conversation, but not change it.
    IF result IS NULL THEN
        PERFORM agentchat.refuse_conversation(conversation);
    END IF;
    RETURN result;
END
$function$
