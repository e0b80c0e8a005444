-- sweep_runs() marks all runs as failed that give no sign of life, and lists the runs that are not saved.
--
-- It has no search_path of its own: triggers of the user on runs expect the caller's. Therefore every name
-- and operator is qualified. The columns of times may be timestamp in UTC or timestamptz; the seconds since
-- 1970 are the same.
CREATE FUNCTION agentchat.sweep_runs(older_than interval DEFAULT '1 minute')
RETURNS TABLE (run_id uuid, conversation_id uuid, message_id uuid, started_at timestamp, chunks bigint)
    LANGUAGE plpgsql SET row_security = off
    AS $function$
DECLARE
    prefix CONSTANT pg_catalog.text := agentchat.tables_prefix();
    last_sign CONSTANT pg_catalog.text := pg_catalog.format(
        'GREATEST(pg_catalog.date_part(''epoch'', r.started_at), '
        'pg_catalog.date_part(''epoch'', r.heartbeat_at), '
        '(SELECT pg_catalog.date_part(''epoch'', c.created_at) FROM %srun_chunks c '
        'WHERE c.run_id OPERATOR(pg_catalog.=) r.id ORDER BY c.seq DESC LIMIT 1))', prefix);
    silent_since double precision;
    silent pg_catalog.uuid[];
BEGIN
    PERFORM agentchat.require_feature('runs');
    PERFORM agentchat.require_owner('sweep runs');
    IF older_than IS NULL THEN
        RAISE EXCEPTION 'an argument must not be NULL'
            USING ERRCODE = 'null_value_not_allowed', DETAIL = 'The argument is older_than.';
    END IF;
    IF older_than OPERATOR(pg_catalog.<) interval '0' THEN
        RAISE EXCEPTION 'older_than must not be negative'
            USING ERRCODE = 'invalid_parameter_value',
                  HINT = 'Pass how long a run may give no sign of life, such as ''1 minute''.';
    END IF;
    silent_since := pg_catalog.date_part('epoch', pg_catalog.clock_timestamp())
        OPERATOR(pg_catalog.-) pg_catalog.date_part('epoch', older_than);

    -- A run that is locked is being written, or is being recovered.
    EXECUTE pg_catalog.format(
        'SELECT pg_catalog.array_agg(l.id) FROM (SELECT r.id FROM %sruns r '
        'WHERE r.status OPERATOR(pg_catalog.=) ''running'' AND %s OPERATOR(pg_catalog.<=) $1 '
        'FOR NO KEY UPDATE OF r SKIP LOCKED) l', prefix, last_sign)
        INTO silent USING silent_since;
    -- Chunks can have come before the locks were taken. The column's type reads the zone of the literal, or
    -- ignores it. The text is that of silence_error() in src/runs/silent_run.cpp.
    EXECUTE pg_catalog.format(
        'UPDATE %1$sruns u SET status = ''failed'', finished_at = %2$L, '
        'error = pg_catalog.jsonb_build_object(''message'', pg_catalog.concat('
        '''The run has given no sign of life since '', pg_catalog.to_char(pg_catalog.timezone(''UTC'', '
        'pg_catalog.to_timestamp(s.last_sign)), ''YYYY-MM-DD"T"HH24:MI:SS.USZ.''))) '
        'FROM (SELECT r.id, %3$s AS last_sign FROM %1$sruns r '
        'WHERE r.id OPERATOR(pg_catalog.=) ANY ($1)) s '
        'WHERE u.id OPERATOR(pg_catalog.=) s.id AND s.last_sign OPERATOR(pg_catalog.<=) $2',
        prefix,
        pg_catalog.to_char(pg_catalog.timezone('UTC', pg_catalog.clock_timestamp()),
            'YYYY-MM-DD HH24:MI:SS.US+00'),
        last_sign)
        USING silent, silent_since;

    -- Only runs that are running or not saved have chunks: that is the smaller table.
    RETURN QUERY EXECUTE pg_catalog.format(
        'SELECT r.id, r.conversation_id, r.message_id, pg_catalog.timezone(''UTC'', '
        'pg_catalog.to_timestamp(pg_catalog.date_part(''epoch'', r.started_at))), c.chunks '
        'FROM (SELECT run_id, pg_catalog.count(*) AS chunks FROM %1$srun_chunks GROUP BY run_id) c '
        'JOIN %1$sruns r ON r.id OPERATOR(pg_catalog.=) c.run_id '
        'WHERE r.status OPERATOR(pg_catalog.=) ''failed'' ORDER BY r.started_at, r.id', prefix);
END
$function$;

REVOKE EXECUTE ON FUNCTION agentchat.sweep_runs(interval) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION agentchat.sweep_runs(interval) TO pg_database_owner;

COMMENT ON FUNCTION agentchat.sweep_runs(interval) IS
'Marks all running runs as failed that have given no sign of life for older_than, and returns all failed '
'runs whose chunks nobody has saved, with the number of their chunks; for the owner of the tables, and for '
'pg_cron. A run that another session has locked is left for the next call. Save what is returned as '
'recover_run() says. Errors: 42501 not the owner of the tables; 22004 older_than is NULL; 22023 older_than '
'is negative; 0A000 the feature is off.';
