-- duplicates_query() returns a query that counts the surplus rows of a unique index on columns, among
-- the rows that its predicate selects. For a primary key it also counts the rows without a value.
CREATE FUNCTION agentchat.duplicates_query(
    table_name text, quoted_columns text, primary_key boolean, predicate text DEFAULT NULL
) RETURNS text
    LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT format('SELECT count(%s) - count(DISTINCT (%s)) FROM %s',
              CASE WHEN primary_key THEN '*' ELSE format('(%s)', quoted_columns) END, quoted_columns,
              table_name)
    || coalesce(' WHERE ' || predicate, '')
$function$;

-- spare_indexes() returns the indexes of the user's tables that belong to no constraint. One whose definition
-- is that of a missing index can take its place; nameless is the definition without the index's own name.
CREATE FUNCTION agentchat.spare_indexes(enabling text) RETURNS TABLE (
    indrelid oid, relname name, quoted text, indisvalid boolean, nameless text)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT i.indrelid, c.relname, quote_ident(c.relname), i.indisvalid,
    replace(pg_get_indexdef(c.oid), format(' INDEX %I ON ', c.relname), ' INDEX ON ')
FROM agentchat.tables(enabling) t
    JOIN pg_index i ON i.indrelid = t.actual
    JOIN pg_class c ON c.oid = i.indexrelid
WHERE NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = c.oid AND k.contype IN ('p', 'u', 'x'))
$function$;

-- index_differences() compares the indexes that belong to no constraint; key_differences() compares the
-- others.
CREATE FUNCTION agentchat.index_differences(enabling text) RETURNS TABLE (
    stage integer, object text, problem text, at_once text[], later text[], bad_rows text, essential boolean,
    model regclass, place integer)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
WITH spare AS MATERIALIZED (
    SELECT s.* FROM agentchat.spare_indexes(enabling) s
),
compared AS (
    SELECT t.model, t.actual, t.qualified_name, t.prefix, quote_ident(c.relname) AS quoted, m.indisunique,
        d.definition, k.quoted_columns, pg_get_expr(m.indpred, m.indrelid) AS predicate,
        -- Whether rows can break it: they cannot if one of its columns is still missing.
        coalesce(k.columns <@ ARRAY(SELECT r.attname FROM pg_attribute r
                                    WHERE r.attrelid = t.actual AND r.attnum > 0 AND NOT r.attisdropped),
                 t.actual IS NOT NULL) AS countable,
        a.indexrelid IS NOT NULL AS present,
        coalesce(a.indisvalid AND d.actual_definition = d.definition, false) AS good, (
            SELECT s.quoted FROM spare s
            WHERE s.indrelid = t.actual AND s.indisvalid
              AND s.nameless = replace(d.definition, format(' INDEX %I ON ', c.relname), ' INDEX ON ')
            ORDER BY s.relname LIMIT 1) AS same_otherwise
    FROM agentchat.tables(enabling) t
        JOIN pg_index m ON m.indrelid = t.model
        JOIN pg_class c ON c.oid = m.indexrelid
        LEFT JOIN (pg_index a JOIN pg_class n ON n.oid = a.indexrelid)
            ON a.indrelid = t.actual AND n.relname = c.relname
        CROSS JOIN LATERAL (
            SELECT array_agg(r.attname ORDER BY u.n) AS columns,
                string_agg(quote_ident(r.attname), ', ' ORDER BY u.n) AS quoted_columns
            FROM unnest(m.indkey) WITH ORDINALITY u (attnum, n)
                JOIN pg_attribute r ON r.attrelid = m.indrelid AND r.attnum = u.attnum) k
        -- OFFSET 0 keeps the planner from calling pg_get_indexdef() once for each use.
        CROSS JOIN LATERAL (
            SELECT replace(pg_get_indexdef(m.indexrelid), 'agentchat.blueprint_', t.prefix) AS definition,
                pg_get_indexdef(a.indexrelid) AS actual_definition
            OFFSET 0) d
    WHERE NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = c.oid AND k.contype IN ('p', 'u'))
)
SELECT 80, format('index %s of %s', i.quoted, i.qualified_name),
    CASE WHEN i.present THEN 'invalid, or has a different definition' ELSE 'missing' END,
    CASE WHEN i.actual IS NULL THEN ARRAY[i.definition]
         WHEN NOT i.present AND i.same_otherwise IS NOT NULL THEN
             ARRAY[format('ALTER INDEX %s%s RENAME TO %s', i.prefix, i.same_otherwise, i.quoted)] END,
    CASE WHEN i.actual IS NOT NULL AND (i.present OR i.same_otherwise IS NULL) THEN
        array_remove(ARRAY[
            CASE WHEN i.present THEN format('DROP INDEX CONCURRENTLY %s%s', i.prefix, i.quoted) END,
            regexp_replace(i.definition, ' INDEX ', ' INDEX CONCURRENTLY ')], NULL) END,
    CASE WHEN i.countable AND i.indisunique THEN
        agentchat.duplicates_query(i.qualified_name, i.quoted_columns, false, i.predicate) END,
    true, i.model, 0
FROM compared i
WHERE NOT i.good
$function$;
