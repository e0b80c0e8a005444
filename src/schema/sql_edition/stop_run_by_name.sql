-- append_chunks() and heartbeat_run() tell the writer. A second call changes nothing. It keeps the caller's
-- search_path for the triggers that it fires: its names are qualified.
LANGUAGE plpgsql
AS $function$
DECLARE
    conversation pg_catalog.uuid;
    run record;
    runs pg_catalog.regclass;
    stop_requested_at pg_catalog.timestamp;
BEGIN
    PERFORM agentchat.require_feature('runs');
    PERFORM agentchat.require_not_null('conversation_id', conversation_id IS NULL);
    conversation := agentchat.conversation_by_name(conversation_id);
    run := agentchat.lock_running_run(conversation);
    IF run IS NULL THEN
        IF NOT agentchat.sees_conversation(conversation) THEN
            PERFORM agentchat.refuse_conversation(conversation);
        END IF;
        RETURN '{"status": "none"}';
    END IF;
    stop_requested_at := run.stop_requested_at;
    IF stop_requested_at IS NULL THEN
        runs := agentchat.table_of('runs');
        EXECUTE pg_catalog.format(
            'UPDATE %s SET stop_requested_at = %s WHERE id OPERATOR(pg_catalog.=) $1 RETURNING %s', runs,
            agentchat.time_in_utc(runs, 'stop_requested_at', '$2'),
            agentchat.time_in_utc(runs, 'stop_requested_at', 'stop_requested_at'))
            INTO stop_requested_at
            USING run.id, pg_catalog.timezone('UTC', pg_catalog.clock_timestamp());
    END IF;
    RETURN pg_catalog.jsonb_build_object('run_id', run.id, 'status', run.status,
        'stop_requested_at', agentchat.utc_time(stop_requested_at));
END
$function$
