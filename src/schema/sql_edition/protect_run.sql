-- A run keeps its id, its conversation, its answer, and its status once it is over.
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    changed text;
BEGIN
    IF TG_WHEN <> 'AFTER' OR TG_LEVEL <> 'ROW' OR TG_OP <> 'UPDATE' THEN
        PERFORM agentchat.refuse_firing(TG_RELID, TG_NAME, 'protect_run', 'AFTER UPDATE', 'FOR EACH ROW');
    END IF;
    PERFORM agentchat.require_table(TG_RELID, TG_NAME, 'runs');
    IF agentchat.is_restore(TG_RELID) THEN
        RETURN NULL;
    END IF;
    changed := CASE WHEN OLD.id IS DISTINCT FROM NEW.id THEN 'id'
                    WHEN OLD.conversation_id IS DISTINCT FROM NEW.conversation_id THEN 'conversation_id'
                    WHEN OLD.message_id IS DISTINCT FROM NEW.message_id THEN 'message_id' END;
    IF changed IS NOT NULL THEN
        RAISE EXCEPTION 'a run keeps its id, its conversation and its answer'
            USING ERRCODE = 'invalid_parameter_value',
                  DETAIL = format('The column "%s" would change.', changed),
                  HINT = 'Start another run with start_run().';
    END IF;
    IF OLD.status IS DISTINCT FROM 'running' AND OLD.status IS DISTINCT FROM NEW.status THEN
        RAISE EXCEPTION 'a run that is over keeps its status'
            USING ERRCODE = 'PT409',
                  DETAIL = format('Run %s is %s; its status would become %s.', OLD.id,
                                  agentchat.quoted_excerpt(coalesce(OLD.status, '')),
                                  agentchat.quoted_excerpt(coalesce(NEW.status, ''))),
                  HINT = 'Start another run with start_run().';
    END IF;
    RETURN NULL;
END
$function$
