-- Helpers of append_chunks(), read_chunks() and finish_run(). For search_path and enable_seqscan, see _run.sql.

-- Returns the chunks of the argument as an array. Raises 22023 if one is not an object, or if its number does
-- not fit into the column.
CREATE FUNCTION agentchat.read_chunk_argument(chunks jsonb, from_seq integer) RETURNS jsonb
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    is_array CONSTANT boolean := jsonb_typeof(chunks) = 'array';
    batch CONSTANT jsonb := CASE WHEN is_array THEN chunks ELSE jsonb_build_array(chunks) END;
    wrong CONSTANT bigint := (
        SELECT min(e.n) FROM jsonb_array_elements(batch) WITH ORDINALITY e (chunk, n)
        WHERE jsonb_typeof(e.chunk) <> 'object');
    hint CONSTANT text := 'Nothing was written.';
BEGIN
    IF wrong IS NOT NULL THEN
        RAISE EXCEPTION 'a chunk must be a JSON object'
            USING ERRCODE = 'invalid_parameter_value', HINT = hint,
                  DETAIL = CASE WHEN is_array THEN format('chunks[%s] is not an object.', wrong - 1)
                                ELSE 'chunks is neither an array nor an object.' END;
    ELSIF from_seq < 1 THEN
        RAISE EXCEPTION 'from_seq must be at least 1'
            USING ERRCODE = 'invalid_parameter_value',
                  DETAIL = format('The value is %s.', from_seq),
                  HINT = 'The first chunk of a run has the number 1.';
    ELSIF jsonb_array_length(batch) > 2147483647 - from_seq + 1::bigint THEN
        RAISE EXCEPTION 'the run has too many chunks'
            USING ERRCODE = 'invalid_parameter_value', HINT = hint,
                  DETAIL = 'The number of the last chunk would be greater than 2147483647.';
    END IF;
    RETURN batch;
END
$function$;

-- Raises 22023 if a batch begins after the next chunk. An empty batch has no place.
CREATE FUNCTION agentchat.require_no_gap(batch jsonb, from_seq integer, next bigint) RETURNS void
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $function$
BEGIN
    IF from_seq > next AND batch <> '[]' THEN
        RAISE EXCEPTION 'chunks are missing'
            USING ERRCODE = 'invalid_parameter_value',
                  DETAIL = format('from_seq is %s, and the next chunk of the run is %s.', from_seq, next),
                  HINT = 'Nothing was written. Send the chunks from next_seq on.';
    END IF;
END
$function$;

-- Raises PT409 if a chunk of a batch is already stored with another value, or if its number is skipped among
-- the stored ones. The bytes count: jsonb's own = takes 1.0 for 1.00.
CREATE FUNCTION agentchat.require_same_as_stored(run uuid, batch jsonb, from_seq integer, next bigint)
    RETURNS void
    LANGUAGE plpgsql SET enable_seqscan = off
    AS $function$
DECLARE
    differing pg_catalog.int8;
BEGIN
    EXECUTE pg_catalog.format(
        'SELECT pg_catalog.min(b.seq) FROM (SELECT $3 OPERATOR(pg_catalog.+) e.n OPERATOR(pg_catalog.-) 1, '
        'e.chunk FROM pg_catalog.jsonb_array_elements($2) WITH ORDINALITY e (chunk, n)) b (seq, chunk) '
        'LEFT JOIN %s c ON c.run_id OPERATOR(pg_catalog.=) $1 AND c.seq OPERATOR(pg_catalog.=) b.seq '
        'WHERE b.seq OPERATOR(pg_catalog.<) $4 AND (c.chunk IS NULL '
        'OR ROW(c.chunk)::pg_catalog.record OPERATOR(pg_catalog.*<>) ROW(b.chunk)::pg_catalog.record)',
        agentchat.table_of('run_chunks'))
        INTO differing USING run, batch, from_seq, next;
    IF differing IS NOT NULL THEN
        RAISE EXCEPTION 'chunk differs from the stored one'
            USING ERRCODE = 'PT409',
                  DETAIL = pg_catalog.format('Run %s already has another chunk %s.', run, differing),
                  HINT = 'Nothing was written. Only one writer may append to a run.';
    END IF;
END
$function$;

-- Raises 22023 if an argument is negative.
CREATE FUNCTION agentchat.require_not_negative(argument text, value integer) RETURNS void
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $function$
BEGIN
    IF value < 0 THEN
        RAISE EXCEPTION '% must not be negative', argument
            USING ERRCODE = 'invalid_parameter_value', DETAIL = format('The value is %s.', value);
    END IF;
END
$function$;

-- Deletes the chunks of a run.
CREATE FUNCTION agentchat.delete_chunks(run uuid) RETURNS void
    LANGUAGE plpgsql SET enable_seqscan = off
    AS $function$
BEGIN
    EXECUTE pg_catalog.format('DELETE FROM %s WHERE run_id OPERATOR(pg_catalog.=) $1',
        agentchat.table_of('run_chunks')) USING run;
END
$function$;
