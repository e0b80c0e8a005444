-- Many workers may call it for one workflow. Each call locks the row until its transaction ends; therefore no
-- step is lost. It keeps the caller's search_path for the triggers that it fires: its names are qualified.
LANGUAGE plpgsql
AS $function$
DECLARE
    workflows pg_catalog.regclass;
    columns pg_catalog.text;
    assignments pg_catalog.text;
    workflow pg_catalog.record;
    steps pg_catalog.jsonb;
    stored_steps pg_catalog.jsonb;
    found_id pg_catalog.uuid;
BEGIN
    PERFORM agentchat.require_not_null('id', id IS NULL);
    PERFORM agentchat.check_workflow_change(status, step);
    workflows := agentchat.table_of('workflows');
    columns := pg_catalog.format(
        'w.id, w.workflow_id::pg_catalog.text AS workflow_id, w.status::pg_catalog.text AS status, '
        'agentchat.utc_time(%s) AS updated_at',
        agentchat.time_in_utc(workflows, 'updated_at', 'w.updated_at'));
    EXECUTE pg_catalog.format('SELECT %s, w.steps::pg_catalog.jsonb AS steps FROM %s w '
        'WHERE w.id OPERATOR(pg_catalog.=) $1 FOR NO KEY UPDATE OF w', columns, workflows)
        INTO workflow USING id;
    found_id := workflow.id;
    IF found_id IS NOT NULL THEN
        PERFORM agentchat.require_workflow_move(id, workflow.status, COALESCE(status, workflow.status));
        stored_steps := workflow.steps;
        steps := agentchat.with_step(id, stored_steps, step);
        assignments := pg_catalog.concat_ws(', ', CASE WHEN status IS NOT NULL THEN 'status = $2' END,
            CASE WHEN step IS NOT NULL THEN 'steps = $3' END,
            CASE WHEN result IS NOT NULL THEN 'result = $4' END);
        IF status IS NOT NULL OR step IS NOT NULL OR result IS NOT NULL THEN
            -- A column that need not change is not written: callers may lack the right to change it.
            EXECUTE pg_catalog.format('UPDATE %s w SET %s WHERE w.id OPERATOR(pg_catalog.=) $1 RETURNING %s',
                workflows, assignments, columns) INTO workflow USING id, status, steps, result;
            found_id := workflow.id;
        END IF;
    END IF;
    IF found_id IS NULL THEN
        RAISE EXCEPTION 'workflow not found'
            USING ERRCODE = 'PT404',
                  DETAIL = pg_catalog.format(
                      'Workflow %s does not exist, or the caller may not change it.', id),
                  HINT = 'Insert the workflow into workflows first.';
    END IF;
    RETURN pg_catalog.jsonb_build_object('id', id, 'workflow_id', workflow.workflow_id,
        'status', workflow.status, 'updated_at', workflow.updated_at,
        'step_count', COALESCE(pg_catalog.jsonb_array_length(steps), 0));
END
$function$
