-- require_workflow_move() raises PT409 if a workflow may not go from one status to the other.
CREATE FUNCTION agentchat.require_workflow_move(workflow uuid, before text, after text) RETURNS void
    LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp
    AS $function$
BEGIN
    IF before IS NULL OR before = after OR before NOT IN ('pending', 'running', 'completed', 'failed')
        OR (before, after) IN (('pending', 'running'), ('running', 'completed'), ('running', 'failed'),
                               ('failed', 'running'))
    THEN
        RETURN;
    END IF;
    -- PostgREST copies the message into the status line of HTTP: it must stay constant.
    RAISE EXCEPTION 'workflow cannot change to this status'
        USING ERRCODE = 'PT409',
              DETAIL = format('Workflow %s cannot change from %s to %s.', workflow,
                              agentchat.quoted_excerpt(before), agentchat.quoted_excerpt(after)),
              HINT = 'A workflow goes from pending to running, from running to completed or failed, and from '
                     'failed to running again.';
END
$function$;
