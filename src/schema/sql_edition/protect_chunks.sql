-- The chunks of a run come only while it is running, never change, and are deleted only when it is over. Each
-- run is checked once, in the order of the ids, so that statements do not deadlock.
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    runs uuid[];
    run uuid;
    is_running boolean;
BEGIN
    PERFORM agentchat.require_transition_tables(TG_RELID, TG_NAME, TG_WHEN, TG_LEVEL, TG_OP,
        'protect_chunks', 'run_chunks', '{INSERT,UPDATE,DELETE}');
    IF agentchat.is_restore(TG_RELID) THEN
        RETURN NULL;
    END IF;
    IF TG_OP = 'UPDATE' THEN
        -- The rows of both tables have the same order.
        SELECT o.run_id INTO run
        FROM (SELECT row_number() OVER () AS place, o AS contents, o.run_id FROM old_rows o) o
            JOIN (SELECT row_number() OVER () AS place, n AS contents FROM new_rows n) n
                ON n.place = o.place AND n.contents *<> o.contents
        WHERE o.run_id IS NOT NULL LIMIT 1;
        IF FOUND THEN
            RAISE EXCEPTION 'a chunk of a run cannot change'
                USING ERRCODE = 'PT409', DETAIL = format('Run %s has the chunk.', run),
                      HINT = 'Append what has come since with append_chunks().';
        END IF;
    ELSIF TG_OP = 'INSERT' THEN
        SELECT array_agg(DISTINCT n.run_id) INTO runs FROM new_rows n WHERE n.run_id IS NOT NULL;
        FOREACH run IN ARRAY coalesce(runs, '{}') LOOP
            -- The lock keeps others from ending the run.
            EXECUTE format('SELECT true FROM %I.runs WHERE id = $1 AND status = ''running''
                            FOR NO KEY UPDATE', TG_TABLE_SCHEMA)
            INTO is_running USING run;
            IF is_running IS NULL THEN
                RAISE EXCEPTION 'run is over'
                    USING ERRCODE = 'PT409', DETAIL = format('Run %s takes no more chunks.', run),
                          HINT = 'Start another run with start_run().';
            END IF;
        END LOOP;
    ELSE
        SELECT array_agg(DISTINCT o.run_id) INTO runs FROM old_rows o;
        -- A run that is deleted takes its chunks with it, and is not found.
        EXECUTE format('SELECT id FROM %I.runs WHERE id = ANY ($1) AND status = ''running''
                        ORDER BY id LIMIT 1', TG_TABLE_SCHEMA)
        INTO run USING runs;
        IF run IS NOT NULL THEN
            RAISE EXCEPTION 'a running run keeps its chunks'
                USING ERRCODE = 'PT409', DETAIL = format('Run %s is running.', run),
                      HINT = 'Finish it with finish_run(), which deletes its chunks.';
        END IF;
    END IF;
    RETURN NULL;
END
$function$
