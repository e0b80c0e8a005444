-- foreign_key_differences() compares the foreign keys.
CREATE FUNCTION agentchat.foreign_key_differences(enabling text) RETURNS TABLE (
    stage integer, object text, problem text, at_once text[], later text[], bad_rows text, essential boolean,
    model regclass, place integer)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
WITH foreign_keys AS (
    SELECT c.* FROM agentchat.compared_constraints(enabling, '{f}') c
),
-- The tables that foreign keys refer to. A foreign key needs a unique index on the referenced id; a table
-- that is created here gets it first. A row refers to nothing if the table or its id is missing.
targets AS (
    SELECT t.model, t.actual, t.qualified_name, a.attnum IS NOT NULL AS has_id,
        t.actual IS NULL OR EXISTS (
            SELECT FROM pg_index i
            WHERE i.indrelid = t.actual AND i.indisunique AND i.indisvalid AND i.indimmediate
              AND i.indkey::text = a.attnum::text AND i.indpred IS NULL) AS can_be_referred_to
    FROM agentchat.tables(enabling) t
        LEFT JOIN pg_attribute a ON a.attrelid = t.actual AND a.attname = 'id' AND NOT a.attisdropped
),
-- Foreign keys of another name that do the same work.
rivals AS (
    SELECT f.actual, f.conname,
        array_agg(format('ALTER TABLE %s DROP CONSTRAINT %I', f.qualified_name, a.conname)
                  ORDER BY a.conname) AS drops
    FROM foreign_keys f
        JOIN targets target ON target.model = f.confrelid
        JOIN pg_constraint a ON a.conrelid = f.actual AND a.contype = 'f' AND a.confrelid = target.actual
            AND a.conname <> f.conname
    WHERE f.columns = ARRAY(SELECT k.attname
                            FROM unnest(a.conkey) WITH ORDINALITY u (attnum, n)
                                JOIN pg_attribute k ON k.attrelid = a.conrelid AND k.attnum = u.attnum
                            ORDER BY u.n)
    GROUP BY f.actual, f.conname
)
SELECT 60, f.name,
    CASE WHEN f.present AND f.same THEN CASE WHEN r.drops IS NULL THEN 'not validated' ELSE 'exists twice' END
         WHEN f.present OR r.drops IS NOT NULL THEN 'has a different definition' ELSE 'missing' END,
    CASE WHEN target.can_be_referred_to THEN s.replace END,
    CASE WHEN NOT target.can_be_referred_to THEN s.replace END
        || CASE WHEN s.validate THEN
               ARRAY[format('ALTER TABLE %s VALIDATE CONSTRAINT %s', f.qualified_name, f.quoted)] END,
    CASE WHEN f.countable AND s.validate THEN
        format('SELECT (SELECT count(*) FROM %s t WHERE t.%s IS NOT NULL', f.qualified_name, f.quoted_column)
        || CASE WHEN target.has_id THEN format(' AND NOT EXISTS (SELECT FROM %s r WHERE r.id = t.%s)',
                                               target.qualified_name, f.quoted_column) ELSE '' END || ')'
        -- The rows that keep the referenced table from getting its primary key.
        || CASE WHEN target.has_id AND NOT target.can_be_referred_to THEN
               format(' + (%s)', agentchat.duplicates_query(target.qualified_name, 'id', true))
           ELSE '' END END,
    true, f.model, 0
FROM foreign_keys f
    JOIN targets target ON target.model = f.confrelid
    LEFT JOIN rivals r ON r.actual = f.actual AND r.conname = f.conname
    CROSS JOIN LATERAL (
        SELECT f.actual IS NOT NULL AND NOT (f.present AND f.same AND f.convalidated) AS validate,
            coalesce(r.drops, '{}')
            || CASE WHEN f.present AND NOT f.same THEN
                   ARRAY[format('ALTER TABLE %s DROP CONSTRAINT %s', f.qualified_name, f.quoted)] END
            || CASE WHEN NOT (f.present AND f.same) THEN
                   ARRAY[format('ALTER TABLE %s ADD CONSTRAINT %s %s%s', f.qualified_name, f.quoted,
                                f.definition, CASE WHEN f.actual IS NOT NULL THEN ' NOT VALID' END)]
               END AS replace) s
WHERE NOT (f.present AND f.same AND f.convalidated AND r.drops IS NULL)
$function$;
