-- import_progress() tells how far an import has come. It returns true, so that a condition can call it.
CREATE FUNCTION agentchat.import_progress(source text, n bigint) RETURNS boolean
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $function$
BEGIN
    RAISE NOTICE 'importing "%": % rows done', source, n;
    RETURN true;
END
$function$;

-- import_vercel_chatbot() imports a database of Vercel's chatbot.
--
-- It has no search_path of its own. The user's triggers run inside the function and expect the caller's
-- search_path. Therefore every name, type and operator is qualified here. The functions that read the source
-- have a search_path.
--
-- A table is one statement. It reads the rows, writes those that have no outcome yet, and counts. Later
-- statements see what earlier ones have written. The dry run leaves the writing out.
CREATE FUNCTION agentchat.import_vercel_chatbot(
    source_schema text DEFAULT 'public', dry_run boolean DEFAULT false, time_zone text DEFAULT 'UTC'
) RETURNS TABLE (
    source text, read bigint, written bigint, merged bigint, skipped bigint, problems jsonb, figures jsonb
)
    LANGUAGE plpgsql SET row_security = off SET jit = off
    SET enable_nestloop = off SET enable_memoize = off
    AS $function$
#variable_conflict use_column
DECLARE
    -- The rows of each kind, and what is written of them: $1 is the schema, $2 the time zone, $3 dry_run.
    steps CONSTANT pg_catalog.jsonb := pg_catalog.jsonb_build_array(
        pg_catalog.jsonb_build_object(
            'sources', '{User}',
            'table', 'users',
            'rows', $sql$
SELECT 'User' AS source, u.source_id AS id, u.outcome, u.notes, u.email, u.name, u.avatar_url, u.created_at,
    u.updated_at
FROM agentchat.vercel_users($1, $2) u
            $sql$,
            'writing', $sql$
written AS (
    INSERT INTO %1$susers (id, email, name, avatar_url, created_at, updated_at)
    SELECT r.id, r.email, r.name, r.avatar_url, r.created_at, r.updated_at FROM rows r WHERE r.outcome IS NULL
),
            $sql$),
        pg_catalog.jsonb_build_object(
            'sources', '{Chat}',
            'table', 'conversations',
            'rows', $sql$
SELECT 'Chat' AS source, c.id, c.outcome, c.notes, c.user_id, c.title, c.metadata, c.created_at
FROM agentchat.vercel_chats($1, $2, $3) c
            $sql$,
            'writing', $sql$
written AS (
    INSERT INTO %1$sconversations (id, user_id, title, metadata, created_at, updated_at)
    SELECT r.id, r.user_id, r.title, r.metadata, r.created_at, r.created_at
    FROM rows r
    WHERE r.outcome IS NULL
),
            $sql$),
        pg_catalog.jsonb_build_object(
            'sources', '{Message,Message_v2}',
            'table', 'messages',
            'rows', $sql$
SELECT m.* FROM agentchat.vercel_messages($1, $2, $3, true) m
            $sql$,
            'writing', $sql$
written AS (
    INSERT INTO %1$smessages (id, conversation_id, role, content, parts, attachments, reasoning, created_at)
    SELECT r.id, r.conversation_id, r.role, r.content, r.parts, r.attachments, r.reasoning, r.created_at
    FROM rows r
    WHERE CASE WHEN r.n OPERATOR(pg_catalog.%%) 100000 OPERATOR(pg_catalog.=) 0
               AND agentchat.import_progress(r.source, r.n)
          THEN r.outcome IS NULL ELSE r.outcome IS NULL END
    RETURNING conversation_id, created_at
), newest AS (
    SELECT w.conversation_id, pg_catalog.max(w.created_at) AS created_at
    FROM written w
    GROUP BY w.conversation_id
), touched AS (
    UPDATE %1$sconversations c SET updated_at = n.created_at
    FROM newest n
    WHERE c.id OPERATOR(pg_catalog.=) n.conversation_id AND c.updated_at OPERATOR(pg_catalog.<) n.created_at
),
            $sql$),
        pg_catalog.jsonb_build_object(
            'sources', '{Vote,Vote_v2}',
            'rows', $sql$
SELECT v.* FROM agentchat.vercel_votes($1, $2, $3) v
            $sql$,
            'writing', $sql$
votes AS (
    SELECT r.conversation_id, pg_catalog.jsonb_object_agg(r.message_id, r.vote) AS votes
    FROM rows r
    WHERE r.outcome IS NULL
    GROUP BY r.conversation_id
), written AS (
    UPDATE %1$sconversations c
    SET metadata = COALESCE(c.metadata, '{}') OPERATOR(pg_catalog.||) pg_catalog.jsonb_build_object(
        'votes', COALESCE(c.metadata OPERATOR(pg_catalog.->) 'votes', '{}') OPERATOR(pg_catalog.||) v.votes)
    FROM votes v
    WHERE c.id OPERATOR(pg_catalog.=) v.conversation_id
),
            $sql$),
        pg_catalog.jsonb_build_object(
            'sources', '{Document}',
            'table', 'artifacts',
            'rows', $sql$
SELECT 'Document' AS source, d.* FROM agentchat.vercel_documents($1, $2, $3) d
            $sql$,
            'writing', $sql$
written AS (
    INSERT INTO %1$sartifacts (id, user_id, message_id, type, title, content, metadata, created_at,
        updated_at)
    SELECT r.id, r.user_id, r.message_id, r.type, r.title, r.content, r.metadata, r.created_at, r.updated_at
    FROM rows r
    WHERE r.outcome IS NULL AND NOT r.is_update
), updated AS (
    UPDATE %1$sartifacts a
    SET type = r.type, title = r.title, content = r.content, metadata = r.metadata, updated_at = r.updated_at
    FROM rows r
    WHERE r.is_update AND a.id OPERATOR(pg_catalog.=) r.id
),
            $sql$),
        pg_catalog.jsonb_build_object(
            'sources', '{Suggestion}',
            'rows', $sql$
SELECT 'Suggestion' AS source, s.* FROM agentchat.vercel_suggestions($1, $2, $3) s
            $sql$,
            'writing', $sql$
suggestions AS (
    SELECT r.artifact_id, pg_catalog.jsonb_agg(r.suggestion ORDER BY r.created_at, r.id) AS suggestions
    FROM rows r
    WHERE r.outcome IS NULL
    GROUP BY r.artifact_id
), written AS (
    UPDATE %1$sartifacts a
    SET metadata = a.metadata OPERATOR(pg_catalog.||) pg_catalog.jsonb_build_object(
        'suggestions', COALESCE(a.metadata OPERATOR(pg_catalog.->) 'suggestions', '[]')
            OPERATOR(pg_catalog.||) s.suggestions)
    FROM suggestions s
    WHERE a.id OPERATOR(pg_catalog.=) s.artifact_id
),
            $sql$));
    counting CONSTANT pg_catalog.text := $sql$
kinds AS (
    SELECT r.source, k.kind, r.id,
        pg_catalog.row_number() OVER (PARTITION BY r.source, k.kind ORDER BY r.id) AS n
    FROM rows r CROSS JOIN LATERAL pg_catalog.unnest(pg_catalog.array_append(r.notes, r.outcome)) k (kind)
    WHERE k.kind IS NOT NULL
), problems AS (
    SELECT k.source, k.kind, pg_catalog.jsonb_build_object(
        'kind', k.kind, 'count', pg_catalog.count(*), 'first_ids',
        COALESCE(pg_catalog.jsonb_agg(k.id ORDER BY k.n) FILTER (WHERE k.n OPERATOR(pg_catalog.<=) 10), '[]')
        ) AS problem
    FROM kinds k
    GROUP BY k.source, k.kind
), totals AS (
    SELECT r.source, pg_catalog.count(*) AS read, pg_catalog.count(*) FILTER (WHERE r.outcome IS NULL)
        AS written,
        pg_catalog.count(*) FILTER (WHERE pg_catalog.right(r.outcome, 8) OPERATOR(pg_catalog.=) ', merged')
            AS merged
    FROM rows r
    GROUP BY r.source
)
SELECT pg_catalog.jsonb_object_agg(t.source, pg_catalog.jsonb_build_object(
    'read', t.read, 'written', t.written, 'merged', t.merged, 'problems',
    COALESCE((SELECT pg_catalog.jsonb_agg(p.problem ORDER BY p.kind COLLATE pg_catalog."C") FROM problems p
              WHERE p.source OPERATOR(pg_catalog.=) t.source), '[]')))
FROM totals t
    $sql$;
    results pg_catalog.jsonb := '{}';
    step pg_catalog.jsonb;
    source_name pg_catalog.text;
    result pg_catalog.jsonb;
    n bigint;
    in_step bigint;
BEGIN
    PERFORM agentchat.require_owner('import into them');
    PERFORM agentchat.require_no_rls('import');
    IF dry_run IS NULL THEN
        RAISE EXCEPTION 'dry_run is NULL'
            USING ERRCODE = 'null_value_not_allowed',
                  HINT = 'Pass true to see what the import would do, or false.';
    END IF;
    PERFORM agentchat.require_vercel_chatbot(source_schema, time_zone);
    IF NOT dry_run THEN
        -- One import at a time: a second one would not see the rows of the first.
        PERFORM pg_catalog.pg_advisory_xact_lock(
            'agentchat.import_vercel_chatbot'::pg_catalog.regproc::pg_catalog.oid::pg_catalog.int8);
    END IF;

    FOR step IN SELECT s.step FROM pg_catalog.jsonb_array_elements(steps) s (step) LOOP
        in_step := NULL;
        FOREACH source_name IN ARRAY (step OPERATOR(pg_catalog.->>) 'sources')::pg_catalog.text[] LOOP
            n := agentchat.vercel_count(source_schema, source_name);
            IF n IS NOT NULL THEN
                RAISE NOTICE 'importing "%": % rows', source_name, n;
                -- The statement replaces this if it returns rows of the table.
                results := results OPERATOR(pg_catalog.||) pg_catalog.jsonb_build_object(source_name,
                    pg_catalog.jsonb_build_object('read', n, 'written', 0, 'merged', 0, 'problems',
                        CASE WHEN n OPERATOR(pg_catalog.=) 0 THEN '[]'
                        ELSE pg_catalog.jsonb_build_array(pg_catalog.jsonb_build_object(
                            'kind', 'left out', 'count', n, 'first_ids', '[]'::pg_catalog.jsonb)) END));
                in_step := COALESCE(in_step, 0) OPERATOR(pg_catalog.+) n;
            END IF;
        END LOOP;
        IF in_step OPERATOR(pg_catalog.>) 0 THEN
            EXECUTE pg_catalog.format(
                'WITH rows AS MATERIALIZED (%s), %s %s', step OPERATOR(pg_catalog.->>) 'rows',
                CASE WHEN dry_run THEN '' ELSE pg_catalog.format(
                    step OPERATOR(pg_catalog.->>) 'writing', agentchat.tables_prefix()) END, counting)
                INTO result USING source_schema, time_zone, dry_run;
            results := results OPERATOR(pg_catalog.||) COALESCE(result, '{}');
            -- Autovacuum does not see the new rows before the end of the transaction, and would tell the
            -- planner that the table is empty. Foreign keys would then be checked with the wrong index. The
            -- lock of ANALYZE keeps it away.
            IF NOT dry_run AND step OPERATOR(pg_catalog.?) 'table' THEN
                EXECUTE pg_catalog.format('ANALYZE %s%I', agentchat.tables_prefix(),
                                          step OPERATOR(pg_catalog.->>) 'table');
            END IF;
        END IF;
    END LOOP;

    RETURN QUERY SELECT r.* FROM agentchat.vercel_results(source_schema, time_zone, dry_run, results) r;
END
$function$;

REVOKE EXECUTE ON FUNCTION agentchat.import_vercel_chatbot(text, boolean, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION agentchat.import_vercel_chatbot(text, boolean, text) TO pg_database_owner;

COMMENT ON FUNCTION agentchat.import_vercel_chatbot(text, boolean, text) IS
'Imports a database of Vercel''s chatbot (User, Chat, Message_v2, Vote_v2, Document, Suggestion; Message and '
'Vote of older versions), all or nothing, and returns a row for each table of the source: read, written, '
'merged, skipped, problems ([{"kind", "count", "first_ids"}]), and figures of the conversations.

Ids and times stay. Running it again writes only rows that have been added since. dry_run returns the '
'same and writes nothing. source_schema: where the tables are. time_zone: the zone of the source''s times. '
'Errors: 22004 an argument is NULL; 22023 the schema or the time zone does not exist, or the tables are not '
'those of the chatbot; 42501 not the owner of the tables, or row-level security applies to the caller.';
