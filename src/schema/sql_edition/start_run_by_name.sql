-- Calls for one conversation wait for one another: the last one finds the run of the first. It keeps the
-- caller's search_path for the triggers that it fires: its names are qualified.
LANGUAGE plpgsql
AS $function$
DECLARE
    conversation pg_catalog.uuid;
    answer pg_catalog.uuid;
    running record;
    runs pg_catalog.regclass;
    clause pg_catalog.text;
    run pg_catalog.uuid;
    started_at pg_catalog.timestamp;
BEGIN
    PERFORM agentchat.require_feature('runs');
    PERFORM agentchat.require_not_null('conversation_id', conversation_id IS NULL);
    PERFORM agentchat.check_stale_after(stale_after);
    PERFORM agentchat.require_object('metadata', metadata);
    conversation := agentchat.conversation_by_name(conversation_id);
    PERFORM agentchat.lock_conversation(conversation);

    -- The AI SDK makes an empty id if the application gives none.
    IF COALESCE(message_id, '') OPERATOR(pg_catalog.=) '' THEN
        answer := pg_catalog.gen_random_uuid();
    ELSE
        answer := agentchat.uuid_of_name(conversation, message_id);
        IF agentchat.is_elsewhere(answer, conversation) THEN
            RAISE EXCEPTION 'message belongs to another conversation'
                USING ERRCODE = 'PT409',
                      DETAIL = pg_catalog.format('message_id is %s.', agentchat.quoted_excerpt(message_id)),
                      HINT = 'No run was started. Give the message another id, or none.';
        END IF;
    END IF;
    SELECT f.* INTO running FROM agentchat.fail_silent_run(conversation, stale_after) f;
    IF NOT running.has_failed THEN
        RAISE EXCEPTION 'a run is in progress'
            USING ERRCODE = 'PT409',
                  DETAIL = pg_catalog.format('Run %s is running. Its last sign of life was at %s.',
                      running.id, agentchat.utc_time(running.last_sign)),
                  HINT = 'Read it with read_chunks(), or ask it to stop with stop_run().';
    END IF;

    runs := agentchat.table_of('runs');
    -- ON CONFLICT raises 40001 for a run that an old snapshot does not show. It passes by a run that a policy
    -- hides, for which the second INSERT raises 23505. The default of started_at is the time when the
    -- transaction began, which can be long ago: the run would be silent from its start.
    FOREACH clause IN ARRAY '{ON CONFLICT DO NOTHING, ""}'::pg_catalog.text[] LOOP
        EXECUTE pg_catalog.format('INSERT INTO %s (conversation_id, message_id, started_at, metadata) '
            'VALUES ($1, $2, %s, $4) %s RETURNING id, %s', runs,
            agentchat.time_in_utc(runs, 'started_at', '$3'), clause,
            agentchat.time_in_utc(runs, 'started_at', 'started_at'))
            INTO run, started_at
            USING conversation, answer, pg_catalog.timezone('UTC', pg_catalog.clock_timestamp()), metadata;
        EXIT WHEN run IS NOT NULL;
    END LOOP;
    RETURN pg_catalog.jsonb_build_object('run_id', run, 'conversation_id', conversation,
        'message_id', answer, 'status', 'running', 'started_at', agentchat.utc_time(started_at),
        'next_seq', 1, 'taken_over', CASE WHEN running.has_failed THEN pg_catalog.jsonb_build_object(
            'run_id', running.id, 'message_id', running.message_id, 'has_chunks', running.has_chunks) END);
END
$function$
