-- import_conversations() imports an export of conversations, of ChatGPT or of Claude. What differs is in two
-- functions of each kind: <kind>_conversations() finds the conversations of an export, and
-- <kind>_conversation() brings one to the form that write_imported_conversations() writes.

-- imported_outcome() returns the counts and the problems of a conversation that is imported. size is the
-- number of its messages in the source. A message can be made of several, whose ids are its source_ids:
-- merged is the number of those that others took in. noted are problems that were found before.
CREATE FUNCTION agentchat.imported_outcome(
    user_id uuid, documents jsonb, noted jsonb, size bigint, OUT counts jsonb, OUT problems jsonb,
    OUT merged bigint
) RETURNS record
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
WITH conversations AS MATERIALIZED (
    SELECT CASE WHEN c.conversation -> 'metadata' ? 'branched_from' THEN 'branches'
           ELSE 'conversations' END AS source, c.source_id, c.fault
    FROM agentchat.imported_conversations(user_id, documents) c
), messages AS MATERIALIZED (
    SELECT m.fault, coalesce(m.message -> 'source_ids', jsonb_build_array(m.source_id)) AS source_ids
    FROM agentchat.imported_messages(user_id, documents) m
)
SELECT (SELECT jsonb_object_agg(c.source, jsonb_build_array(c.read, c.written))
        FROM (SELECT o.source, count(*), count(*) FILTER (WHERE o.fault IS NULL)
              FROM conversations o GROUP BY 1) c (source, read, written))
    || jsonb_build_object('messages', jsonb_build_array(size, count(*) FILTER (WHERE m.fault IS NULL))),
    noted || coalesce((
        SELECT jsonb_agg(jsonb_build_object('source', o.source, 'kind', o.fault, 'id', o.source_id))
        FROM conversations o WHERE o.fault IS NOT NULL), '[]')
    || coalesce((
        SELECT jsonb_agg(jsonb_build_object('source', 'messages', 'kind', f.fault, 'id', i.value))
        FROM messages f CROSS JOIN LATERAL jsonb_array_elements(f.source_ids) i
        WHERE f.fault IS NOT NULL), '[]'),
    coalesce(sum(jsonb_array_length(m.source_ids) - 1) FILTER (WHERE m.fault IS NULL), 0)
FROM messages m
$function$;

-- left_out_outcome() returns the counts and the problems of a conversation that is not imported.
CREATE FUNCTION agentchat.left_out_outcome(
    place bigint, source_id text, message_ids jsonb, fault text, OUT counts jsonb, OUT problems jsonb,
    OUT merged bigint
) RETURNS record
    LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT jsonb_build_object('conversations', jsonb_build_array(1, 0),
                          'messages', jsonb_build_array(count(*), 0)),
    jsonb_build_array(jsonb_build_object(
        'source', 'conversations', 'kind', fault,
        'id', coalesce(source_id, format('conversation %s', place))))
    || coalesce(jsonb_agg(jsonb_build_object('source', 'messages', 'kind', 'conversation is not imported',
                                             'id', m.id) ORDER BY m.n), '[]'), 0::bigint
FROM jsonb_array_elements(message_ids) WITH ORDINALITY m (id, n)
$function$;

-- It has no search_path of its own, as delete_user().
CREATE FUNCTION agentchat.import_conversations(kind text, user_id uuid, export jsonb, dry_run boolean)
    RETURNS TABLE (source text, read bigint, written bigint, merged bigint, skipped bigint, problems jsonb,
                   figures jsonb)
    LANGUAGE plpgsql SET row_security = off SET jit = off
    AS $function$
DECLARE
    summary pg_catalog.jsonb := agentchat.added_outcomes(
        '{}', '{"conversations": [0, 0], "messages": [0, 0]}', '[]');
    all_figures pg_catalog.jsonb[] := '{}';
    all_merged pg_catalog.int8 := 0;
    all_outcomes pg_catalog.jsonb;
    listed record;
    planned record;
    outcome record;
    found_figures pg_catalog.jsonb;
BEGIN
    PERFORM agentchat.require_owner('import conversations');
    IF dry_run IS NULL THEN
        RAISE EXCEPTION 'dry_run is NULL'
            USING ERRCODE = 'null_value_not_allowed',
                  HINT = 'Pass true or false.';
    END IF;
    PERFORM agentchat.require_user(user_id);
    PERFORM agentchat.require_list(export);
    IF NOT dry_run THEN
        -- A second call with the same export waits, and then finds the rows.
        PERFORM pg_catalog.pg_advisory_xact_lock(
            'agentchat.import_conversations'::pg_catalog.regproc::pg_catalog.oid::pg_catalog.int4,
            pg_catalog.uuid_hash(user_id));
    END IF;
    RAISE NOTICE 'importing "conversations": % rows', pg_catalog.jsonb_array_length(export);

    FOR listed IN EXECUTE pg_catalog.format('SELECT c.* FROM agentchat.%I($1) c',
                                            pg_catalog.concat(kind, '_conversations')) USING export LOOP
        IF listed.fault IS NULL THEN
            EXECUTE pg_catalog.format('SELECT c.* FROM agentchat.%I($1, $2) c',
                                      pg_catalog.concat(kind, '_conversation'))
                INTO planned USING user_id, listed.conversation;
            SELECT o.* INTO outcome
            FROM agentchat.imported_outcome(user_id, planned.documents, planned.problems, planned.size) o;
            IF NOT dry_run THEN
                PERFORM agentchat.write_imported_conversations(user_id, planned.documents);
            END IF;
            FOR found_figures IN SELECT f.value FROM pg_catalog.jsonb_array_elements(planned.figures) f LOOP
                all_figures := pg_catalog.array_append(all_figures, found_figures);
            END LOOP;
        ELSE
            SELECT o.* INTO outcome
            FROM agentchat.left_out_outcome(listed.n, listed.source_id, listed.message_ids, listed.fault) o;
        END IF;
        all_merged := all_merged OPERATOR(pg_catalog.+) outcome.merged;
        all_outcomes := agentchat.added_outcomes(summary, outcome.counts, outcome.problems);
        PERFORM agentchat.report_messages(summary, all_outcomes);
        summary := all_outcomes;
    END LOOP;
    summary := pg_catalog.jsonb_set(summary, '{messages,merged}', pg_catalog.to_jsonb(all_merged));
    RETURN QUERY
        SELECT l.* FROM agentchat.imported_lists(summary, pg_catalog.to_jsonb(all_figures), dry_run) l;
END
$function$;
