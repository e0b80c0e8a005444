-- touch_held_conversation() touches a conversation that another session may hold. `older` is the rest of a
-- query for it if it is older, and `touching` the UPDATE. If the holder lets nobody have FOR KEY SHARE, it
-- deletes the conversation, and the conversation stays as it is. It waits for any other holder, but gives up
-- before PostgreSQL looks for a deadlock, which a deletion that waits for both would be. Under REPEATABLE
-- READ, a conversation that was changed since the transaction began stays as it is, too.
--
-- It has no SET search_path: the triggers of conversations are yours.
CREATE FUNCTION agentchat.touch_held_conversation(conversation uuid, older text, touching text) RETURNS void
    LANGUAGE plpgsql
    AS $function$
DECLARE
    callers_timeout CONSTANT pg_catalog.text := pg_catalog.current_setting('lock_timeout');
    is_older pg_catalog.bool;
BEGIN
    EXECUTE pg_catalog.concat('SELECT true ', older) INTO is_older USING conversation;
    IF is_older IS NULL THEN
        RETURN;
    END IF;
    BEGIN
        EXECUTE pg_catalog.concat('SELECT true ', older, ' FOR NO KEY UPDATE SKIP LOCKED')
        INTO is_older USING conversation;
        IF is_older IS NULL THEN
            PERFORM pg_catalog.set_config('lock_timeout', pg_catalog.concat(pg_catalog.ceil(
                extract(epoch FROM pg_catalog.current_setting('deadlock_timeout')::pg_catalog.interval)
                OPERATOR(pg_catalog.*) 500), 'ms'), true);
            EXECUTE pg_catalog.concat('SELECT true ', older, ' FOR KEY SHARE SKIP LOCKED')
            INTO is_older USING conversation;
        END IF;
        IF is_older THEN
            EXECUTE touching USING conversation;
        END IF;
        PERFORM pg_catalog.set_config('lock_timeout', callers_timeout, true);
    EXCEPTION WHEN lock_not_available OR serialization_failure THEN
        -- The settings are as before.
        NULL;
    END;
END
$function$;
