-- Finds and locks runs. What reads the users' tables or fires triggers keeps the caller's search_path, as the
-- extension does: the names in these functions are qualified.
--
-- The order of locks is: the conversation, the run, its chunks, messages. A call that changes a run or adds
-- chunks to it holds the lock on the run. start_run(), recover_run() and finish_run() also lock the
-- conversation, before the run.
--
-- Functions that look up rows switch enable_seqscan off. A table that was empty when it was last analysed looks
-- as if reading all of it were cheapest, and a SERIALIZABLE transaction that does so conflicts with all others.

-- Returns the query for the runs r that meet a condition. Times are in UTC.
CREATE FUNCTION agentchat.run_query(condition text) RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    target CONSTANT regclass := agentchat.table_of('runs');
BEGIN
    PERFORM agentchat.type_of_column(target, c.name, 'uuid')
    FROM unnest('{id, conversation_id, message_id}'::text[]) c (name);
    RETURN format('SELECT r.id, r.conversation_id, r.message_id, r.status::pg_catalog.text AS status%s '
        'FROM %s r WHERE %s', (
            SELECT string_agg(format(', %s AS %I', agentchat.time_in_utc(target, c.name, 'r.' || c.name),
                c.name), '')
            FROM unnest('{started_at, heartbeat_at, stop_requested_at, finished_at}'::text[]) c (name)),
        target, condition);
END
$function$;

-- Returns the query for the running run of the conversation $1.
CREATE FUNCTION agentchat.running_run_query() RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $function$
SELECT agentchat.run_query('r.conversation_id OPERATOR(pg_catalog.=) $1 '
    'AND r.status OPERATOR(pg_catalog.=) ''running''')
$function$;

-- Raises PT404.
CREATE FUNCTION agentchat.refuse_run(run uuid) RETURNS void
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    AS $function$
BEGIN
    RAISE EXCEPTION 'run not found'
        USING ERRCODE = 'PT404',
              DETAIL = pg_catalog.format('Run %s does not exist, or the caller may not see it.', run),
              HINT = 'Start a run with start_run().';
END
$function$;

-- Raises PT409, and names the status.
CREATE FUNCTION agentchat.refuse_run_that_is_over(run uuid, status text) RETURNS void
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    AS $function$
BEGIN
    RAISE EXCEPTION 'run is over'
        USING ERRCODE = 'PT409',
              DETAIL = pg_catalog.format('Run %s is %s.', run, status),
              HINT = 'Start another run with start_run().';
END
$function$;

-- Locks a run like an UPDATE of its status until the transaction ends, and returns it as it is then. Raises
-- PT404 if it does not exist, or if the caller may not change it.
CREATE FUNCTION agentchat.lock_run(run uuid) RETURNS record
    LANGUAGE plpgsql SET enable_seqscan = off
    AS $function$
DECLARE
    locked record;
BEGIN
    EXECUTE agentchat.run_query('r.id OPERATOR(pg_catalog.=) $1 FOR NO KEY UPDATE OF r')
        INTO locked USING run;
    IF locked.id IS NULL THEN
        PERFORM agentchat.refuse_run(run);
    END IF;
    RETURN locked;
END
$function$;

-- Locks a run in the same way, and raises PT409 if it is over.
CREATE FUNCTION agentchat.lock_run_while_running(run uuid) RETURNS record
    LANGUAGE plpgsql
    AS $function$
DECLARE
    locked CONSTANT record := agentchat.lock_run(run);
BEGIN
    IF locked.status OPERATOR(pg_catalog.<>) 'running' THEN
        PERFORM agentchat.refuse_run_that_is_over(run, locked.status);
    END IF;
    RETURN locked;
END
$function$;

-- Locks the running run of a conversation in the same way. Returns NULL if there is none.
CREATE FUNCTION agentchat.lock_running_run(conversation uuid) RETURNS record
    LANGUAGE plpgsql SET enable_seqscan = off
    AS $function$
DECLARE
    locked record;
BEGIN
    EXECUTE pg_catalog.concat(agentchat.running_run_query(), ' FOR NO KEY UPDATE OF r')
        INTO locked USING conversation;
    RETURN locked;
END
$function$;

-- Returns the number of a run's newest chunk, and the time of it in UTC; NULL without any.
CREATE FUNCTION agentchat.newest_chunk(run uuid, OUT seq integer, OUT created_at timestamp)
    LANGUAGE plpgsql STABLE PARALLEL SAFE SET enable_seqscan = off
    AS $function$
DECLARE
    chunks CONSTANT pg_catalog.regclass := agentchat.table_of('run_chunks');
BEGIN
    EXECUTE pg_catalog.format('SELECT c.seq, %s FROM %s c WHERE c.run_id OPERATOR(pg_catalog.=) $1 '
        'ORDER BY c.seq DESC LIMIT 1', agentchat.time_in_utc(chunks, 'created_at', 'c.created_at'), chunks)
        INTO seq, created_at USING run;
END
$function$;

-- Does the same for a running run that the caller has locked. Raises 40001 if the snapshot of the transaction
-- is so old that it does not show all chunks. Only an INSERT finds such a chunk; it is undone at once.
CREATE FUNCTION agentchat.newest_chunk_of_locked(run uuid, OUT seq integer, OUT created_at timestamp)
    LANGUAGE plpgsql
    AS $function$
BEGIN
    SELECT n.seq, n.created_at INTO seq, created_at FROM agentchat.newest_chunk(run) n;
    IF pg_catalog.current_setting('transaction_isolation') OPERATOR(pg_catalog.=) 'read committed' THEN
        RETURN;
    END IF;
    EXECUTE pg_catalog.format('INSERT INTO %s (run_id, seq, chunk) VALUES ($1, $2, ''{}'') '
        'ON CONFLICT DO NOTHING', agentchat.table_of('run_chunks'))
        USING run, LEAST(COALESCE(seq, 0)::pg_catalog.int8 OPERATOR(pg_catalog.+) 1, 2147483647);
    RAISE EXCEPTION 'no newer chunk' USING ERRCODE = 'AC000';
EXCEPTION WHEN SQLSTATE 'AC000' THEN
    NULL;
END
$function$;

-- Raises 22004 if the argument stale_after is NULL, and 22023 if it is negative.
CREATE FUNCTION agentchat.check_stale_after(stale_after interval) RETURNS void
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $function$
BEGIN
    PERFORM agentchat.require_not_null('stale_after', stale_after IS NULL);
    IF stale_after < interval '0' THEN
        RAISE EXCEPTION 'stale_after must not be negative'
            USING ERRCODE = 'invalid_parameter_value',
                  HINT = 'Pass how long a run may give no sign of life, such as ''30 seconds''.';
    END IF;
END
$function$;

-- Returns whether a run has been silent for so long.
CREATE FUNCTION agentchat.is_silent(last_sign timestamp, stale_after interval) RETURNS boolean
    LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT CASE WHEN isfinite(last_sign) THEN timezone('UTC', clock_timestamp()) - last_sign >= stale_after
    ELSE last_sign = '-infinity' END
$function$;

-- Locks the running run of a conversation, and marks it as failed if it has been silent for so long. Its
-- chunks stay, for recover_run(). The text of the error is that of sweep_runs(). Returns NULL without a run.
CREATE FUNCTION agentchat.fail_silent_run(
    conversation uuid, stale_after interval,
    OUT id uuid, OUT message_id uuid, OUT has_chunks boolean, OUT last_sign timestamp, OUT has_failed boolean
)
    LANGUAGE plpgsql
    AS $function$
DECLARE
    run CONSTANT record := agentchat.lock_running_run(conversation);
    newest record;
    runs pg_catalog.regclass;
BEGIN
    IF run IS NULL THEN
        RETURN;
    END IF;
    -- Chunks that came while the lock was awaited count.
    SELECT n.* INTO newest FROM agentchat.newest_chunk_of_locked(run.id) n;
    id := run.id;
    message_id := run.message_id;
    has_chunks := newest.seq IS NOT NULL;
    last_sign := GREATEST(run.started_at, run.heartbeat_at, newest.created_at);
    has_failed := agentchat.is_silent(last_sign, stale_after);
    IF has_failed THEN
        runs := agentchat.table_of('runs');
        EXECUTE pg_catalog.format('UPDATE %s SET status = ''failed'', finished_at = %s, error = $3 '
            'WHERE id OPERATOR(pg_catalog.=) $1', runs, agentchat.time_in_utc(runs, 'finished_at', '$2'))
            USING run.id, pg_catalog.timezone('UTC', pg_catalog.clock_timestamp()),
                pg_catalog.jsonb_build_object('message', pg_catalog.format(
                    'The run has given no sign of life since %s.', agentchat.utc_time(last_sign)));
    END IF;
END
$function$;

-- Returns whether another conversation has a message with that id. It runs in the name of its owner: the
-- policies hide the messages of others, whose ids are taken all the same.
CREATE FUNCTION agentchat.is_elsewhere(message uuid, conversation uuid) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    is_there boolean;
BEGIN
    EXECUTE format('SELECT true FROM %s WHERE id = $1 AND conversation_id <> $2',
        agentchat.table_of('messages')) INTO is_there USING message, conversation;
    RETURN coalesce(is_there, false);
END
$function$;
