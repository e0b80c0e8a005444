-- The locks of conversations. These functions read the users' tables, or call functions that fire triggers:
-- they keep the caller's search_path, as the extension does, and qualify all names.

-- Keeps others from deleting a conversation until the transaction ends; returns whether it is there. It runs
-- in the name of its owner, like the checks of foreign keys: callers need no right to change it.
CREATE FUNCTION agentchat.keep_conversation(conversation uuid) RETURNS boolean
    LANGUAGE plpgsql STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    is_there boolean;
BEGIN
    EXECUTE format('SELECT true FROM %sconversations WHERE id = $1 FOR KEY SHARE', agentchat.tables_prefix())
        INTO is_there USING conversation;
    RETURN coalesce(is_there, false);
END
$function$;

-- Raises PT404.
CREATE FUNCTION agentchat.refuse_conversation(conversation uuid) RETURNS void
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    AS $function$
BEGIN
    RAISE EXCEPTION 'conversation not found'
        USING ERRCODE = 'PT404',
              DETAIL = pg_catalog.format(
                  'Conversation %s does not exist, or the caller may not see it.', conversation),
              HINT = 'Create the conversation with create_conversation().';
END
$function$;

-- Returns whether the caller sees the conversation.
CREATE FUNCTION agentchat.sees_conversation(conversation uuid) RETURNS boolean
    LANGUAGE plpgsql
    AS $function$
DECLARE
    is_visible pg_catalog.bool;
BEGIN
    EXECUTE pg_catalog.format('SELECT true FROM %sconversations WHERE id OPERATOR(pg_catalog.=) $1',
        agentchat.tables_prefix()) INTO is_visible USING conversation;
    RETURN COALESCE(is_visible, false);
END
$function$;

-- Locks a conversation until the transaction ends; returns whether it is there and the caller sees it.
--
-- The lock is an advisory lock. A lock on the row could deadlock with a session that changes a message and
-- then touches the conversation: this call would have the row, and wait for the message.
CREATE FUNCTION agentchat.lock_conversation_if_visible(conversation uuid) RETURNS boolean
    LANGUAGE plpgsql
    AS $function$
BEGIN
    IF NOT agentchat.sees_conversation(conversation) THEN
        RETURN false;
    END IF;
    PERFORM pg_catalog.pg_advisory_xact_lock(pg_catalog.uuid_hash_extended(conversation, 43));
    -- It may have been deleted during the wait, or another session may be deleting it now.
    RETURN agentchat.keep_conversation(conversation);
END
$function$;

-- Locks a conversation until the transaction ends. Raises PT404 if the caller sees no such conversation.
CREATE FUNCTION agentchat.lock_conversation(conversation uuid) RETURNS void
    LANGUAGE plpgsql
    AS $function$
BEGIN
    IF NOT agentchat.lock_conversation_if_visible(conversation) THEN
        PERFORM agentchat.refuse_conversation(conversation);
    END IF;
END
$function$;
