-- Refuses changes of a workflow's status that advance_workflow() would refuse, too.
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    IF TG_WHEN <> 'AFTER' OR TG_LEVEL <> 'ROW' OR TG_OP <> 'UPDATE' THEN
        PERFORM agentchat.refuse_firing(TG_RELID, TG_NAME, 'check_workflow_status', 'AFTER UPDATE',
            'FOR EACH ROW');
    END IF;
    IF OLD.status <> NEW.status AND NOT agentchat.is_restore(TG_RELID) THEN
        PERFORM agentchat.require_workflow_move(NEW.id, OLD.status, NEW.status);
    END IF;
    RETURN NULL;
END
$function$
