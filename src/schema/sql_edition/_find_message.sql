-- find_message() returns the place of a message in the conversation that the caller sees. It raises PT404
-- without one. The policies that it fires keep the caller's search_path.
CREATE FUNCTION agentchat.find_message(
    conversation uuid, name text, OUT created_at timestamp, OUT id uuid
)
    LANGUAGE plpgsql
    AS $function$
DECLARE
    messages CONSTANT pg_catalog.regclass := agentchat.table_of('messages');
BEGIN
    id := agentchat.uuid_of_name(conversation, name);
    EXECUTE pg_catalog.format(
        'SELECT %s FROM %s WHERE conversation_id OPERATOR(pg_catalog.=) $1 AND id OPERATOR(pg_catalog.=) $2',
        agentchat.time_in_utc(messages, 'created_at', 'created_at'), messages)
        INTO created_at USING conversation, id;
    IF created_at IS NULL THEN
        RAISE EXCEPTION 'message not found'
            USING ERRCODE = 'PT404',
                  DETAIL = pg_catalog.format('The conversation has no message %s that the caller may see.',
                      agentchat.quoted_excerpt(name)),
                  HINT = 'Pass the id of one of its messages.';
    END IF;
END
$function$;
