-- table_differences() finds missing tables, and compares their comments and storage settings.
CREATE FUNCTION agentchat.table_differences(enabling text) RETURNS TABLE (
    stage integer, object text, problem text, at_once text[], later text[], bad_rows text, essential boolean,
    model regclass, place integer)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
WITH tables AS (
    SELECT t.*, m.description AS comment, a.description AS actual_comment
    FROM agentchat.tables(enabling) t
        LEFT JOIN pg_description m
            ON m.classoid = 'pg_class'::regclass AND m.objoid = t.model AND m.objsubid = 0
        LEFT JOIN pg_description a
            ON a.classoid = 'pg_class'::regclass AND a.objoid = t.actual AND a.objsubid = 0
)
SELECT 0, 'relation ' || t.qualified_name,
    format('is %s instead of a table', CASE c.relkind
        WHEN 'v' THEN 'a view' WHEN 'm' THEN 'a materialized view' WHEN 'p' THEN 'a partitioned table'
        WHEN 'f' THEN 'a foreign table' WHEN 'S' THEN 'a sequence' WHEN 'c' THEN 'a type'
        ELSE 'an index' END),
    NULL::text[], NULL::text[], NULL::text, true, t.model, 0
FROM tables t JOIN pg_class c ON c.oid = t.actual
WHERE c.relkind <> 'r'

UNION ALL
SELECT 10, 'table ' || t.qualified_name, 'missing',
    ARRAY[format('CREATE TABLE %s (%s)', t.qualified_name, (
        SELECT string_agg(
            concat_ws(' ', quote_ident(c.attname), format_type(c.atttypid, c.atttypmod),
                      'COMPRESSION ' || CASE c.attcompression WHEN 'l' THEN 'lz4' END,
                      'DEFAULT ' || pg_get_expr(d.adbin, d.adrelid),
                      CASE WHEN c.attnotnull THEN 'NOT NULL' END),
            ', ' ORDER BY c.attnum)
        FROM pg_attribute c
            LEFT JOIN pg_attrdef d ON d.adrelid = c.attrelid AND d.adnum = c.attnum
        WHERE c.attrelid = t.model AND c.attnum > 0 AND NOT c.attisdropped))],
    NULL, NULL, true, t.model, 0
FROM tables t
WHERE t.actual IS NULL

UNION ALL
SELECT 100, 'comment of table ' || t.qualified_name, 'missing',
    ARRAY[format('COMMENT ON TABLE %s IS %L', t.qualified_name, t.comment)],
    NULL, NULL, false, t.model, 0
FROM tables t
WHERE t.comment IS NOT NULL AND t.actual_comment IS NULL

UNION ALL
SELECT 130, 'storage of table ' || t.qualified_name, 'without ' || m.setting,
    ARRAY[format('ALTER TABLE %s SET (%s)', t.qualified_name, m.setting)],
    NULL, NULL, false, t.model, 0
FROM tables t
    CROSS JOIN LATERAL (SELECT unnest(c.reloptions) AS setting FROM pg_class c WHERE c.oid = t.model) m
WHERE NOT EXISTS (SELECT FROM pg_class c CROSS JOIN unnest(c.reloptions) a
                  WHERE c.oid = t.actual AND split_part(a, '=', 1) = split_part(m.setting, '=', 1))
$function$;
