-- check_conversation_id() refuses an id of the client's that is empty or too long.
CREATE FUNCTION agentchat.check_conversation_id(id text, argument text DEFAULT 'conversation_id') RETURNS void
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    hint CONSTANT text := 'Pass the UUID of a conversation, or the id that the client chose.';
BEGIN
    IF id = '' THEN
        RAISE EXCEPTION '% must not be empty', argument
            USING ERRCODE = 'invalid_parameter_value', HINT = hint;
    ELSIF length(id) > 255 THEN
        RAISE EXCEPTION '% must have at most 255 characters', argument
            USING ERRCODE = 'invalid_parameter_value', HINT = hint,
                  DETAIL = format('The value is %s.', agentchat.quoted_excerpt(id));
    END IF;
END
$function$;

-- conversation_by_name() returns the UUID of a conversation by its UUID, or by the id that the caller's
-- client chose. The conversation need not exist.
CREATE FUNCTION agentchat.conversation_by_name(conversation_id text) RETURNS uuid
    LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    id uuid := agentchat.parse_uuid(conversation_id);
    caller uuid;
BEGIN
    IF id IS NULL AND conversation_id IS NOT NULL THEN
        PERFORM agentchat.check_conversation_id(conversation_id);
        EXECUTE format('SELECT %scurrent_user_id()', agentchat.tables_prefix()) INTO caller;
        IF caller IS NULL THEN
            RAISE EXCEPTION 'conversation_id is not a UUID'
                USING ERRCODE = 'invalid_parameter_value',
                      DETAIL = format('The value is %s. The claims of the request name no user who could '
                                      'have chosen this id.', agentchat.quoted_excerpt(conversation_id)),
                      HINT = 'Pass the UUID of the conversation, which create_conversation() returns, or '
                             'sign in.';
        END IF;
        id := agentchat.uuid_v5(caller, conversation_id);
    END IF;
    RETURN id;
END
$function$;
