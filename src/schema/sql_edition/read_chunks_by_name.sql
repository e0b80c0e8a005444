-- Readers call it again and again. It keeps the caller's search_path for the policies of the tables: its names
-- are qualified. For enable_seqscan, see _run.sql.
LANGUAGE plpgsql SET enable_seqscan = off
AS $function$
DECLARE
    -- A result ends after the chunk that makes it larger than this.
    enough_bytes CONSTANT pg_catalog.int4 := 8388608;
    first CONSTANT pg_catalog.int4 := COALESCE(after, 0);
    most CONSTANT pg_catalog.int4 := COALESCE(max, 1000);
    conversation pg_catalog.uuid;
    stored pg_catalog.regclass;
    run record;
    chunk record;
    chunks pg_catalog.jsonb[] := '{}';
    size pg_catalog.int8 := 0;
    next pg_catalog.int4 := first;
    has_more pg_catalog.bool := false;
    newest pg_catalog.timestamp;
    idle_ms pg_catalog.int8;
BEGIN
    PERFORM agentchat.require_not_null('conversation_id', conversation_id IS NULL);
    PERFORM agentchat.require_feature('runs');
    PERFORM agentchat.require_not_negative('after', after);
    PERFORM agentchat.require_not_negative('max', max);
    conversation := agentchat.conversation_by_name(conversation_id);
    EXECUTE CASE WHEN run_id IS NULL THEN agentchat.running_run_query()
        ELSE agentchat.run_query('r.conversation_id OPERATOR(pg_catalog.=) $1 '
            'AND r.id OPERATOR(pg_catalog.=) $2') END INTO run USING conversation, run_id;
    IF run.id IS NULL THEN
        RETURN '{"status": "none"}';
    END IF;

    -- One probe of the index finds everything: the chunk `after`, whose time tells when the run last wrote; up
    -- to `max` chunks after it; and one more, which tells that the run has more.
    stored := agentchat.table_of('run_chunks');
    FOR chunk IN EXECUTE pg_catalog.format(
        'SELECT c.seq, %s AS created_at, c.chunk FROM %s c WHERE c.run_id OPERATOR(pg_catalog.=) $1 '
        'AND c.seq OPERATOR(pg_catalog.>=) $2 ORDER BY c.seq LIMIT $3',
        agentchat.time_in_utc(stored, 'created_at', 'c.created_at'), stored)
        USING run.id, first, most::pg_catalog.int8 OPERATOR(pg_catalog.+) 2
    LOOP
        newest := chunk.created_at;
        CONTINUE WHEN chunk.seq OPERATOR(pg_catalog.<=) first;
        has_more := size OPERATOR(pg_catalog.>) enough_bytes
            OR pg_catalog.cardinality(chunks) OPERATOR(pg_catalog.=) most;
        EXIT WHEN has_more;
        -- append_chunks() writes only objects. Other statements can write anything.
        IF pg_catalog.jsonb_typeof(chunk.chunk) OPERATOR(pg_catalog.<>) 'object' THEN
            RAISE EXCEPTION 'a chunk must be a JSON object'
                USING ERRCODE = 'invalid_parameter_value',
                      DETAIL = pg_catalog.format('Chunk %s of the run is not an object.', chunk.seq),
                      HINT = 'Write chunks with append_chunks().';
        END IF;
        chunks := pg_catalog.array_append(chunks, chunk.chunk);
        next := chunk.seq;
        -- The size of a stored value would be that of its compressed bytes.
        size := size OPERATOR(pg_catalog.+)
            pg_catalog.pg_column_size(chunk.chunk OPERATOR(pg_catalog.||) '{}'::pg_catalog.jsonb);
    END LOOP;

    IF run.status OPERATOR(pg_catalog.=) 'running' THEN
        IF has_more OR newest IS NULL AND first OPERATOR(pg_catalog.>) 0 THEN
            SELECT n.created_at INTO newest FROM agentchat.newest_chunk(run.id) n;
        END IF;
        idle_ms := GREATEST(0, pg_catalog.floor(1000 OPERATOR(pg_catalog.*) EXTRACT(epoch FROM
            pg_catalog.timezone('UTC', pg_catalog.clock_timestamp()) OPERATOR(pg_catalog.-)
            GREATEST(run.started_at, run.heartbeat_at, newest))));
    END IF;
    RETURN pg_catalog.jsonb_build_object('run_id', run.id, 'message_id', run.message_id,
        'status', run.status, 'stop_requested', run.stop_requested_at IS NOT NULL, 'chunks', chunks,
        'next', next, 'has_more', has_more, 'idle_ms', idle_ms);
END
$function$
