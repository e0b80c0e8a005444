-- Refuses users under row-level security a new message_id that is from another user's conversation. The WITH
-- CHECK of a policy would look at every UPDATE.
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    IF TG_WHEN <> 'AFTER' OR TG_LEVEL <> 'ROW' OR TG_OP NOT IN ('INSERT', 'UPDATE') THEN
        PERFORM agentchat.refuse_firing(TG_RELID, TG_NAME, 'check_artifact_links', 'AFTER INSERT OR UPDATE',
            'FOR EACH ROW');
    END IF;
    IF NOT agentchat.is_under_policies(TG_RELID) THEN
        RETURN NULL;
    END IF;
    PERFORM agentchat.require_table(TG_RELID, TG_NAME, 'artifacts');
    -- On an INSERT, the columns of OLD are NULL.
    IF NEW.message_id IS NOT NULL AND (TG_OP = 'INSERT' OR OLD.user_id IS DISTINCT FROM NEW.user_id
                                   OR OLD.message_id IS DISTINCT FROM NEW.message_id)
    THEN
        PERFORM agentchat.require_link('message_id', NEW.id, NEW.message_id, NEW.user_id);
    END IF;
    RETURN NULL;
END
$function$
