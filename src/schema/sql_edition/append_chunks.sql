-- It locks the row of the run and does not update it: an answer of a thousand batches leaves no dead versions
-- of that row. It keeps the caller's search_path for the triggers that it fires: its names are qualified.
LANGUAGE plpgsql
AS $function$
DECLARE
    batch pg_catalog.jsonb;
    run record;
    next pg_catalog.int8;
    -- The number after the last chunk of the batch.
    batch_end pg_catalog.int8;
BEGIN
    PERFORM agentchat.require_not_null('run_id', run_id IS NULL);
    PERFORM agentchat.require_not_null('chunks', chunks IS NULL);
    PERFORM agentchat.require_not_null('from_seq', from_seq IS NULL);
    PERFORM agentchat.require_feature('runs');
    batch := agentchat.read_chunk_argument(chunks, from_seq);
    batch_end := from_seq::pg_catalog.int8 OPERATOR(pg_catalog.+) pg_catalog.jsonb_array_length(batch);

    run := agentchat.lock_run_while_running(run_id);
    -- Others may have appended while this call waited for the lock.
    SELECT COALESCE(n.seq, 0)::pg_catalog.int8 OPERATOR(pg_catalog.+) 1 INTO next
    FROM agentchat.newest_chunk_of_locked(run_id) n;
    PERFORM agentchat.require_no_gap(batch, from_seq, next);
    IF from_seq OPERATOR(pg_catalog.<) LEAST(next, batch_end) THEN
        PERFORM agentchat.require_same_as_stored(run_id, batch, from_seq, next);
    END IF;
    IF batch_end OPERATOR(pg_catalog.>) GREATEST(next, from_seq) THEN
        EXECUTE pg_catalog.format(
            'INSERT INTO %s (run_id, seq, chunk) SELECT $1, b.seq, b.chunk FROM ('
            'SELECT $3 OPERATOR(pg_catalog.+) e.n OPERATOR(pg_catalog.-) 1, e.chunk '
            'FROM pg_catalog.jsonb_array_elements($2) WITH ORDINALITY e (chunk, n)) b (seq, chunk) '
            'WHERE b.seq OPERATOR(pg_catalog.>=) $4', agentchat.table_of('run_chunks'))
            USING run_id, batch, from_seq, next;
    END IF;
    RETURN pg_catalog.jsonb_build_object(
        'next_seq', CASE WHEN batch_end OPERATOR(pg_catalog.=) from_seq THEN next
            ELSE GREATEST(next, batch_end) END,
        'stop_requested', run.stop_requested_at IS NOT NULL);
END
$function$
