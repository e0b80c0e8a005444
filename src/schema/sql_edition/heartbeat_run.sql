-- It keeps the caller's search_path for the triggers that it fires. Therefore its names are qualified.
LANGUAGE plpgsql
AS $function$
DECLARE
    run record;
    runs pg_catalog.regclass;
BEGIN
    PERFORM agentchat.require_feature('runs');
    PERFORM agentchat.require_not_null('run_id', run_id IS NULL);
    run := agentchat.lock_run_while_running(run_id);
    runs := agentchat.table_of('runs');
    EXECUTE pg_catalog.format('UPDATE %s SET heartbeat_at = %s WHERE id OPERATOR(pg_catalog.=) $1', runs,
        agentchat.time_in_utc(runs, 'heartbeat_at', '$2'))
        USING run_id, pg_catalog.timezone('UTC', pg_catalog.clock_timestamp());
    RETURN pg_catalog.jsonb_build_object('stop_requested', run.stop_requested_at IS NOT NULL);
END
$function$
