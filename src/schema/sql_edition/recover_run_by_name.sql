-- It keeps the caller's search_path for the triggers that it fires. Therefore its names are qualified.
LANGUAGE plpgsql
AS $function$
DECLARE
    conversation pg_catalog.uuid;
    run record;
BEGIN
    PERFORM agentchat.require_feature('runs');
    PERFORM agentchat.require_not_null('conversation_id', conversation_id IS NULL);
    PERFORM agentchat.check_stale_after(stale_after);
    conversation := agentchat.conversation_by_name(conversation_id);
    PERFORM agentchat.lock_conversation(conversation);
    PERFORM agentchat.fail_silent_run(conversation, stale_after);
    EXECUTE agentchat.run_query(pg_catalog.format('r.conversation_id OPERATOR(pg_catalog.=) $1 '
        'AND r.status OPERATOR(pg_catalog.=) ''failed'' '
        'AND EXISTS (SELECT FROM %s c WHERE c.run_id OPERATOR(pg_catalog.=) r.id) '
        'ORDER BY r.started_at, r.id LIMIT 1', agentchat.table_of('run_chunks'))) INTO run USING conversation;
    IF run.id IS NULL THEN
        RETURN '{"status": "none"}';
    END IF;
    RETURN pg_catalog.jsonb_build_object('run_id', run.id, 'conversation_id', run.conversation_id,
        'message_id', run.message_id, 'status', run.status,
        'started_at', agentchat.utc_time(run.started_at),
        'finished_at', agentchat.utc_time(COALESCE(run.finished_at, run.started_at)));
END
$function$
