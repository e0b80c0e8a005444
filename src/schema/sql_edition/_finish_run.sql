-- Helpers of finish_run().

-- Raises 22023 unless the status is one of a run that is over.
CREATE FUNCTION agentchat.check_final_status(status text) RETURNS void
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $function$
BEGIN
    IF status NOT IN ('finished', 'failed', 'stopped') THEN
        RAISE EXCEPTION 'unknown status of a run that is over'
            USING ERRCODE = 'invalid_parameter_value',
                  DETAIL = format('The value is %s.', agentchat.quoted_excerpt(status)),
                  HINT = 'Use finished, failed or stopped.';
    END IF;
END
$function$;

-- Returns whether the call with a status ends a run that it has locked. A repeat does not. Raises PT409 if the
-- run has ended in another way.
--
-- A writer that died has left a run which others mark as failed when it is silent. The chunks of that run stay
-- until somebody has saved them, which is the second end of the run.
CREATE FUNCTION agentchat.ends_run(run uuid, stored_status text, status text) RETURNS boolean
    LANGUAGE plpgsql
    AS $function$
BEGIN
    IF stored_status OPERATOR(pg_catalog.=) 'running' THEN
        -- A chunk that an old snapshot does not show would stay behind.
        PERFORM agentchat.newest_chunk_of_locked(run);
        RETURN true;
    ELSIF stored_status OPERATOR(pg_catalog.<>) status THEN
        PERFORM agentchat.refuse_run_that_is_over(run, stored_status);
    END IF;
    RETURN status OPERATOR(pg_catalog.=) 'failed' AND (agentchat.newest_chunk(run)).seq IS NOT NULL;
END
$function$;
