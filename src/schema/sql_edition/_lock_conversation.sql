-- The locks of conversations. These functions read the users' tables, or call functions that fire triggers:
-- they keep the caller's search_path, as the extension does, and qualify all names.

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

-- kept_conversation has the conversation of the setting agentchat_sql.conversation, if the caller sees it. An
-- UPDATE of it keeps others from deleting this conversation until the transaction ends. Callers need no right
-- to change the conversation: the trigger has the rights of the owner, like the checks of foreign keys. A
-- function with these rights, which everyone could call, would tell whether any conversation exists.
CREATE VIEW agentchat.kept_conversation AS
SELECT asked.id
FROM (SELECT nullif(current_setting('agentchat_sql.conversation', true), '')::uuid AS id) asked
WHERE agentchat.sees_conversation(asked.id);
GRANT SELECT, UPDATE ON agentchat.kept_conversation TO PUBLIC;

CREATE FUNCTION agentchat.keep_conversation() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    is_there boolean;
BEGIN
    -- A trigger on a table of somebody else's.
    IF TG_RELID <> 'agentchat.kept_conversation'::regclass THEN
        PERFORM agentchat.refuse_table(TG_RELID, TG_NAME, 'agentchat.kept_conversation');
    END IF;
    EXECUTE format('SELECT true FROM %sconversations WHERE id = $1 FOR KEY SHARE', agentchat.tables_prefix())
        INTO is_there USING OLD.id;
    IF is_there THEN
        RETURN NEW;
    END IF;
    RETURN NULL;
END
$function$;
REVOKE EXECUTE ON FUNCTION agentchat.keep_conversation() FROM PUBLIC;
CREATE TRIGGER keep INSTEAD OF UPDATE ON agentchat.kept_conversation
    FOR EACH ROW EXECUTE FUNCTION agentchat.keep_conversation();

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
    PERFORM pg_catalog.set_config('agentchat_sql.conversation', conversation::pg_catalog.text, true);
    UPDATE agentchat.kept_conversation SET id = id;
    RETURN FOUND;
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
