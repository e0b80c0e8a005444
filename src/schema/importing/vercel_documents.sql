-- vercel_documents() returns the versions of the documents of the source. The newest version is written, as
-- an artifact that has the older ones in its metadata; they are merged. If a document has got new versions
-- since an earlier import, the artifact is updated, unless it has changed here since.
CREATE FUNCTION agentchat.vercel_documents(
    source_schema text, time_zone text, dry_run boolean, OUT id uuid, OUT user_id uuid, OUT message_id uuid,
    OUT type text, OUT title text, OUT content text, OUT metadata jsonb, OUT created_at timestamp,
    OUT updated_at timestamp, OUT is_update boolean, OUT outcome text, OUT notes text[]
) RETURNS SETOF record
    LANGUAGE plpgsql STABLE ROWS 10000 SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    documents CONSTANT text := agentchat.vercel_source(source_schema, 'Document', time_zone,
        ARRAY['id', 'user_id', 'title', 'content', 'kind', 'created_at', 'extra_columns']);
BEGIN
    IF documents IS NULL THEN
        RETURN;
    END IF;
    RETURN QUERY EXECUTE format(
        $sql$
WITH versions AS (
    SELECT d.id, d.user_id, coalesce(d.title, '') AS title, d.content, coalesce(d.kind, 'text') AS kind,
        w.created_at, d.extra_columns, d.replaced,
        a.id IS NOT NULL AS is_stored, a.user_id AS stored_owner, a.updated_at AS stored_at,
        (a.metadata #>> '{imported,version_at}')::timestamp AS imported_at,
        coalesce(a.metadata #>> '{imported,version_at}' = agentchat.utc_text(w.created_at)
            OR a.metadata -> 'versions' @> jsonb_build_array(jsonb_build_object(
                'created_at', agentchat.utc_text(w.created_at))), false) AS is_known,
        row_number() OVER (PARTITION BY d.id ORDER BY d.created_at DESC, d.content DESC) AS age,
        first_value(d.user_id) OVER (PARTITION BY d.id ORDER BY d.created_at DESC, d.content DESC)
            AS newest_user_id,
        sum(octet_length(d.content) + 1000.0) OVER (
            PARTITION BY d.id ORDER BY d.created_at DESC, d.content DESC ROWS UNBOUNDED PRECEDING) AS size
    FROM (%1$s) d
        LEFT JOIN %2$sartifacts a ON a.id = d.id
        CROSS JOIN LATERAL (SELECT coalesce(
            d.created_at, (a.metadata #>> '{imported,version_at}')::timestamp, now() AT TIME ZONE 'UTC')
            ) w (created_at)
), older AS (
    SELECT v.id, min(v.created_at) AS created_at, jsonb_agg(
        jsonb_build_object('created_at', agentchat.utc_text(v.created_at), 'title', v.title,
                           'content', v.content, 'kind', v.kind)
            || CASE WHEN v.user_id = v.newest_user_id THEN '{}'
               ELSE jsonb_build_object('user_id', v.user_id) END
            || CASE WHEN v.extra_columns IS NULL THEN '{}'
               ELSE jsonb_build_object('columns', v.extra_columns) END
        ORDER BY v.age DESC) AS versions
    FROM versions v
    WHERE v.age > 1 AND v.size < 200000000 AND NOT v.is_known
    GROUP BY v.id
), mentions AS (
    -- The first message whose tools made the document.
    SELECT DISTINCT ON (c.user_id, o.id) c.user_id, o.id, m.id AS message_id
    FROM %2$sconversations c
        JOIN %2$smessages m ON m.conversation_id = c.id
        CROSS JOIN LATERAL (
            SELECT p.output_id #>> '{}' FROM jsonb_path_query(m.parts, '$[*].output.id') p (output_id)) o (id)
    WHERE NOT $3 AND c.metadata #>> '{imported,source}' = 'vercel_chatbot'
      AND EXISTS (SELECT FROM versions v WHERE NOT v.is_stored)
    ORDER BY c.user_id, o.id, m.created_at, m.id
)
SELECT v.id, o.owner, m.message_id, CASE WHEN k.is_known THEN v.kind ELSE 'text' END, v.title, v.content,
    CASE WHEN v.age = 1 THEN
        coalesce(a.metadata, '{}')
        || jsonb_build_object('imported',
            agentchat.vercel_origin(v.id, v.user_id, o.owner, v.extra_columns)
                || jsonb_build_object('version_at', agentchat.utc_text(v.created_at))
                || CASE WHEN k.is_known THEN '{}' ELSE jsonb_build_object('kind', v.kind) END)
        || CASE WHEN a.id IS NULL AND e.versions IS NULL THEN '{}' ELSE jsonb_build_object('versions', (
               SELECT coalesce(jsonb_agg(o.version ORDER BY o.version ->> 'created_at', o.n), '[]')
               FROM jsonb_array_elements(
                   coalesce(a.metadata -> 'versions', '[]')
                   || CASE WHEN a.id IS NULL OR v.is_known THEN '[]'
                      ELSE jsonb_build_array(jsonb_build_object(
                          'created_at', agentchat.utc_text(a.updated_at), 'title', a.title,
                          'content', a.content,
                          'kind', coalesce(a.metadata #>> '{imported,kind}', a.type))) END
                   || coalesce(e.versions, '[]')) WITH ORDINALITY o (version, n))) END
    END,
    coalesce(e.created_at, v.created_at), v.created_at,
    v.age = 1 AND v.is_stored AND v.stored_owner = o.owner AND v.stored_at = v.imported_at
        AND (NOT v.is_known OR e.versions IS NOT NULL),
    CASE WHEN v.id IS NULL THEN 'no id'
         WHEN t.id IS NULL AND NOT ($3 AND u.id IS NOT NULL) THEN 'no such user'
         WHEN v.stored_owner <> o.owner THEN 'id is that of an artifact of another user'
         WHEN v.is_stored AND v.imported_at IS NULL THEN 'id is that of an artifact that was not imported'
         WHEN v.is_known THEN 'already imported'
         WHEN v.stored_at <> v.imported_at THEN 'the artifact has changed since it was imported'
         -- A jsonb value can have 256 MB.
         WHEN v.age > 1 AND v.size >= 200000000 THEN 'older version, left out because of its size'
         WHEN v.age > 1 THEN 'older version, merged' END,
    array_remove(ARRAY[
        CASE WHEN v.replaced THEN 'characters that jsonb cannot hold were replaced' END,
        CASE WHEN NOT k.is_known THEN 'kind is not text, code, image or sheet; "text" was written' END], NULL)
FROM versions v
    LEFT JOIN agentchat.vercel_users($1, $2) u
        ON u.source_id = v.newest_user_id AND u.outcome IS DISTINCT FROM 'id occurs more than once'
    CROSS JOIN LATERAL (SELECT coalesce(u.id, v.newest_user_id)) o (owner)
    CROSS JOIN LATERAL (SELECT v.kind IN ('code', 'text', 'sheet', 'image')) k (is_known)
    LEFT JOIN %2$susers t ON t.id = o.owner
    LEFT JOIN older e ON e.id = v.id AND v.age = 1
    LEFT JOIN mentions m ON m.user_id = o.owner AND m.id = v.id::text AND v.age = 1
    LEFT JOIN %2$sartifacts a ON a.id = v.id AND v.age = 1
        $sql$, documents, agentchat.tables_prefix())
        USING source_schema, time_zone, dry_run;
END
$function$;

-- vercel_suggestions() returns the suggestions of the source, each as an element for the metadata of the
-- artifact that it belongs to.
CREATE FUNCTION agentchat.vercel_suggestions(
    source_schema text, time_zone text, dry_run boolean, OUT id uuid, OUT artifact_id uuid,
        OUT suggestion jsonb,
    OUT created_at timestamp, OUT outcome text, OUT notes text[]
) RETURNS SETOF record
    LANGUAGE plpgsql STABLE ROWS 10000 SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    prefix CONSTANT text := agentchat.tables_prefix();
    suggestions CONSTANT text := agentchat.vercel_source(source_schema, 'Suggestion', time_zone,
        ARRAY['id', 'document_id', 'document_created_at', 'original_text', 'suggested_text', 'description',
              'is_resolved', 'user_id', 'created_at', 'extra_columns']);
    versions CONSTANT text := coalesce(agentchat.vercel_source(source_schema, 'Document', time_zone,
        ARRAY['id', 'created_at']), 'SELECT NULL::uuid AS id, NULL::timestamp AS created_at WHERE false');
    artifacts CONSTANT text := format('SELECT a.id FROM %sartifacts a WHERE a.metadata ? ''imported''',
        prefix)
        || CASE WHEN dry_run THEN ' UNION SELECT d.id FROM agentchat.vercel_documents($1, $2, true) d '
                                  'WHERE d.outcome IS NULL' ELSE '' END;
BEGIN
    IF suggestions IS NULL THEN
        RETURN;
    END IF;
    RETURN QUERY EXECUTE format(
        $sql$
WITH stored AS (
    SELECT a.id AS artifact_id, e.suggestion ->> 'id' AS id
    FROM %4$sartifacts a
        CROSS JOIN LATERAL jsonb_array_elements(
            CASE jsonb_typeof(a.metadata -> 'suggestions') WHEN 'array' THEN a.metadata -> 'suggestions' END
        ) e (suggestion)
    WHERE a.id IN (SELECT s.document_id FROM (%1$s) s)
)
SELECT s.id, s.document_id,
    jsonb_build_object(
        'id', s.id, 'document_created_at', agentchat.utc_text(s.document_created_at),
        'original_text', s.original_text, 'suggested_text', s.suggested_text, 'description', s.description,
        'is_resolved', s.is_resolved, 'user_id', coalesce(u.id, s.user_id),
        'created_at', agentchat.utc_text(s.created_at))
        || CASE WHEN s.extra_columns IS NULL THEN '{}' ELSE jsonb_build_object('columns', s.extra_columns)
            END,
    s.created_at,
    CASE WHEN s.id IS NULL THEN 'no id'
         WHEN a.id IS NULL THEN 'no such document'
         WHEN row_number() OVER (PARTITION BY s.id) > 1 THEN 'id occurs more than once'
         WHEN t.id IS NOT NULL THEN 'already imported' END,
    array_remove(ARRAY[
        CASE WHEN s.replaced THEN 'characters that jsonb cannot hold were replaced' END,
        CASE WHEN a.id IS NOT NULL AND v.id IS NULL THEN 'the version that it belongs to does not exist'
            END], NULL)
FROM (%1$s) s
    LEFT JOIN (%2$s) a ON a.id = s.document_id
    LEFT JOIN (SELECT DISTINCT v.id, v.created_at FROM (%3$s) v) v
        ON v.id = s.document_id AND v.created_at = s.document_created_at
    LEFT JOIN agentchat.vercel_users($1, $2) u
        ON u.source_id = s.user_id AND u.outcome IS DISTINCT FROM 'id occurs more than once'
    LEFT JOIN stored t ON t.artifact_id = s.document_id AND t.id = s.id::text
        $sql$, suggestions, artifacts, versions, prefix)
        USING source_schema, time_zone;
END
$function$;

-- vercel_other_tables() returns the tables of the source's schema that are not imported, with the exact
-- numbers of their rows. The tables of the extension and of other extensions do not count as tables of the
-- source, nor do partitions and views, which have no rows of their own. Rows that the caller may not read are
-- not counted.
CREATE FUNCTION agentchat.vercel_other_tables(source_schema text) RETURNS TABLE (source text, read bigint,
    kind text)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    found record;
BEGIN
    FOR found IN
        SELECT c.oid::regclass AS name, c.relname,
            has_table_privilege(c.oid, 'SELECT') AND NOT row_security_active(c.oid) AS is_readable
        FROM pg_class c JOIN pg_namespace s ON s.oid = c.relnamespace
        WHERE s.nspname = source_schema AND c.relkind IN ('r', 'p', 'f') AND NOT c.relispartition
          AND c.relname NOT IN (SELECT v.source FROM agentchat.vercel_columns() v)
          AND c.oid NOT IN (SELECT t.actual FROM agentchat.tables() t WHERE t.actual IS NOT NULL)
          AND NOT EXISTS (SELECT FROM pg_depend d
                          WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
        ORDER BY c.relname
    LOOP
        source := found.relname;
        read := 0;
        kind := 'left out, and not counted because the table cannot be read';
        IF found.is_readable THEN
            EXECUTE format('SELECT count(*) FROM %s', found.name) INTO read;
            kind := 'left out';
        END IF;
        RETURN NEXT;
    END LOOP;
END
$function$;
