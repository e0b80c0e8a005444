-- It keeps the caller's search_path for the triggers that it fires. Therefore its names are qualified.
LANGUAGE plpgsql
AS $function$
DECLARE
    runs pg_catalog.regclass;
    conversation pg_catalog.uuid;
    input pg_catalog.jsonb := '[]';
    run record;
    finished_at pg_catalog.timestamp;
BEGIN
    PERFORM agentchat.require_not_null('run_id', run_id IS NULL);
    PERFORM agentchat.require_not_null('status', status IS NULL);
    PERFORM agentchat.check_final_status(status);
    PERFORM agentchat.check_input_format(format);
    PERFORM agentchat.require_object('metadata', metadata);
    PERFORM agentchat.require_feature('runs');
    EXECUTE agentchat.run_query('r.id OPERATOR(pg_catalog.=) $1') INTO run USING run_id;
    IF run.id IS NULL THEN
        PERFORM agentchat.refuse_run(run_id);
    END IF;
    conversation := run.conversation_id;
    IF messages IS NOT NULL THEN
        input := agentchat.read_messages(messages, COALESCE(format, 'ai-sdk'), conversation);
    END IF;
    IF NOT agentchat.lock_conversation_if_visible(conversation) THEN
        PERFORM agentchat.refuse_run(run_id);
    END IF;
    run := agentchat.lock_run(run_id);
    finished_at := COALESCE(run.finished_at,
        pg_catalog.timezone('UTC', pg_catalog.clock_timestamp()));

    IF agentchat.ends_run(run_id, run.status, status) THEN
        runs := agentchat.table_of('runs');
        -- The keys of metadata replace those that start_run() was given.
        EXECUTE pg_catalog.format(
            'UPDATE %s SET status = $2, finished_at = %s, error = COALESCE($4, error), '
            'metadata = CASE WHEN $5 IS NULL THEN metadata '
            'ELSE COALESCE(metadata, ''{}'') OPERATOR(pg_catalog.||) $5 END '
            'WHERE id OPERATOR(pg_catalog.=) $1', runs, agentchat.time_in_utc(runs, 'finished_at', '$3'))
            USING run_id, status, finished_at, error, metadata;
        -- The rules allow it only when the run is over.
        PERFORM agentchat.delete_chunks(run_id);
        input := agentchat.write_messages(conversation, input);
    ELSE
        input := '[]';
    END IF;
    RETURN pg_catalog.jsonb_build_object('run_id', run_id, 'message_id', run.message_id, 'status', status,
        'finished_at', agentchat.utc_time(finished_at), 'messages', input);
END
$function$
