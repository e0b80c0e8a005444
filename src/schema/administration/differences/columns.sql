-- column_differences() compares the columns: type, default, NOT NULL, comment and compression.
CREATE FUNCTION agentchat.column_differences(enabling text) RETURNS TABLE (
    stage integer, object text, problem text, at_once text[], later text[], bad_rows text, essential boolean,
    model regclass, place integer)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
-- Each column of the blueprint beside the user's column of that name, if it exists.
WITH columns AS (
    SELECT c.*, format('column %s of %s', c.quoted, c.qualified_name) AS name,
        format('ALTER TABLE %s ALTER COLUMN %s', c.qualified_name, c.quoted) AS alter_column,
        -- ADD COLUMN rewrites the whole table if the default differs from row to row.
        c.actual IS NOT NULL AND NOT c.present AND c.default_value IS NOT DISTINCT FROM 'gen_random_uuid()'
            AS rewrites
    FROM (
        SELECT t.model, t.actual, t.qualified_name, m.attnum::integer AS place,
            quote_ident(m.attname) AS quoted, a.attnum IS NOT NULL AS present, a.attnum AS actual_attnum,
            m.atttypid, m.atttypmod, a.atttypid AS actual_atttypid, a.atttypmod AS actual_atttypmod,
            a.attgenerated <> '' OR a.attidentity <> '' AS generated,
            m.attnotnull, a.attnotnull AS actual_not_null,
            m.attcompression, a.attcompression AS actual_compression, (
                SELECT pg_get_expr(d.adbin, d.adrelid) FROM pg_attrdef d
                WHERE d.adrelid = m.attrelid AND d.adnum = m.attnum) AS default_value, (
                SELECT pg_get_expr(d.adbin, d.adrelid) FROM pg_attrdef d
                WHERE d.adrelid = a.attrelid AND d.adnum = a.attnum) AS actual_default, (
                SELECT d.description FROM pg_description d
                WHERE d.classoid = 'pg_class'::regclass AND d.objoid = m.attrelid AND d.objsubid = m.attnum)
                AS comment, (
                SELECT d.description FROM pg_description d
                WHERE d.classoid = 'pg_class'::regclass AND d.objoid = a.attrelid AND d.objsubid = a.attnum)
                AS actual_comment
        FROM agentchat.tables(enabling) t
            JOIN pg_attribute m ON m.attrelid = t.model AND m.attnum > 0 AND NOT m.attisdropped
            LEFT JOIN pg_attribute a ON a.attrelid = t.actual AND a.attname = m.attname
                AND a.attnum > 0 AND NOT a.attisdropped
    ) c
)
SELECT 0, c.name,
    format('has the type %s%s instead of %s', format_type(c.actual_atttypid, c.actual_atttypmod),
           CASE WHEN c.generated THEN ', generated' END, format_type(c.atttypid, c.atttypmod)),
    NULL::text[], NULL::text[], NULL::text, true, c.model, c.place
FROM columns c
WHERE c.present
  AND (c.actual_atttypid <> c.atttypid OR c.actual_atttypmod <> c.atttypmod OR c.generated)

UNION ALL
SELECT 20, c.name, 'missing',
    CASE WHEN NOT c.rewrites THEN ARRAY[s.statement] END, CASE WHEN c.rewrites THEN ARRAY[s.statement] END,
    NULL, true, c.model, c.place
FROM columns c
    CROSS JOIN LATERAL (
        SELECT concat_ws(' ', 'ALTER TABLE', c.qualified_name, 'ADD COLUMN', c.quoted,
                         format_type(c.atttypid, c.atttypmod), 'DEFAULT ' || c.default_value,
                         CASE WHEN c.attnotnull AND c.default_value IS NOT NULL THEN 'NOT NULL' END)
            AS statement) s
WHERE c.actual IS NOT NULL AND NOT c.present

UNION ALL
SELECT 30, 'default of ' || c.name,
    CASE WHEN c.actual_default IS NULL THEN 'missing'
         ELSE format('is %s instead of %s', c.actual_default, c.default_value) END,
    ARRAY[format('%s SET DEFAULT %s', c.alter_column, c.default_value)],
    NULL, NULL, true, c.model, c.place
FROM columns c
WHERE c.present AND c.default_value IS NOT NULL AND c.actual_default IS DISTINCT FROM c.default_value

UNION ALL
SELECT 32, c.name, 'does not allow NULL',
    ARRAY[c.alter_column || ' DROP NOT NULL'],
    NULL, NULL, true, c.model, c.place
FROM columns c
WHERE c.actual_not_null AND NOT c.attnotnull

UNION ALL
-- A valid CHECK spares SET NOT NULL its scan of the table, which would run under an exclusive lock.
SELECT 35, c.name, 'allows NULL',
    NULL,
    ARRAY[format('ALTER TABLE %s DROP CONSTRAINT IF EXISTS agentchat_not_null, '
                 'ADD CONSTRAINT agentchat_not_null CHECK (%s IS NOT NULL) NOT VALID',
                 c.qualified_name, c.quoted),
          format('ALTER TABLE %s VALIDATE CONSTRAINT agentchat_not_null', c.qualified_name),
          -- Two statements: a single one would drop the constraint first.
          c.alter_column || ' SET NOT NULL',
          format('ALTER TABLE %s DROP CONSTRAINT agentchat_not_null', c.qualified_name)],
    format('SELECT count(*) FROM %s WHERE %s', c.qualified_name,
           CASE WHEN c.present THEN c.quoted || ' IS NULL' ELSE 'true' END),
    true, c.model, c.place
FROM columns c
WHERE c.actual IS NOT NULL AND c.attnotnull
  AND NOT CASE
      -- Since PostgreSQL 18 attnotnull is set even if the existing rows have not been checked.
      WHEN c.present THEN c.actual_not_null AND NOT EXISTS (
          SELECT FROM pg_constraint k
          WHERE k.conrelid = c.actual AND k.contype = 'n' AND k.conkey[1] = c.actual_attnum
            AND NOT k.convalidated)
      -- A missing column is added with NOT NULL if it has a default.
      ELSE c.default_value IS NOT NULL END

UNION ALL
SELECT 110, 'comment of ' || c.name, 'missing',
    CASE WHEN NOT c.rewrites THEN ARRAY[s.statement] END, CASE WHEN c.rewrites THEN ARRAY[s.statement] END,
    NULL, false, c.model, c.place
FROM columns c
    CROSS JOIN LATERAL (
        SELECT format('COMMENT ON COLUMN %s.%s IS %L', c.qualified_name, c.quoted, c.comment) AS statement) s
WHERE c.comment IS NOT NULL AND c.actual_comment IS NULL

UNION ALL
SELECT 120, 'compression of ' || c.name, 'not lz4',
    ARRAY[c.alter_column || ' SET COMPRESSION lz4'],
    NULL, NULL, false, c.model, c.place
FROM columns c
WHERE c.actual IS NOT NULL AND c.attcompression = 'l' AND coalesce(c.actual_compression, '') = ''
$function$;
