-- key_differences() compares the primary keys and unique constraints.
CREATE FUNCTION agentchat.key_differences(enabling text) RETURNS TABLE (
    stage integer, object text, problem text, at_once text[], later text[], bad_rows text, essential boolean,
    model regclass, place integer)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
WITH spare AS MATERIALIZED (
    SELECT s.* FROM agentchat.spare_indexes(enabling) s
),
keys AS (
    SELECT c.*,
        (SELECT string_agg(quote_ident(u.name), ', ' ORDER BY u.n)
         FROM unnest(c.columns) WITH ORDINALITY u (name, n)) AS quoted_columns,
        -- Two things can become the key without a new index: a constraint of another name, or a unique index
        -- without a constraint.
        (SELECT quote_ident(a.conname) FROM pg_constraint a
         WHERE a.conrelid = c.actual AND a.conname <> c.conname AND pg_get_constraintdef(a.oid) = c.definition
         ORDER BY a.conname LIMIT 1) AS other_name,
        (SELECT s.quoted FROM spare s
         WHERE s.indrelid = c.actual AND s.indisvalid
           AND s.nameless = replace(replace(pg_get_indexdef(c.conindid), 'agentchat.blueprint_', c.prefix),
                                    format(' INDEX %I ON ', c.conname), ' INDEX ON ')
         ORDER BY s.relname <> c.conname, s.relname LIMIT 1) AS index,
        -- Three things are in the way of a new one: a constraint of this name on other columns, another
        -- primary key, and the invalid index of an earlier attempt.
        ARRAY(SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', c.qualified_name, a.conname)
              FROM pg_constraint a
              WHERE a.conrelid = c.actual AND a.contype IN ('p', 'u', 'c', 'f')
                AND (a.conname = c.conname OR a.contype = 'p' AND c.contype = 'p')
              ORDER BY a.conname) AS drop_constraints,
        ARRAY(SELECT format('DROP INDEX CONCURRENTLY %s%s', c.prefix, s.quoted) FROM spare s
              WHERE s.indrelid = c.actual AND s.relname = c.conname) AS drop_indexes
    FROM agentchat.compared_constraints(enabling, '{p,u}') c
    WHERE NOT c.same
)
SELECT 50, k.name,
    CASE WHEN k.present THEN 'has a different definition'
         WHEN k.other_name IS NOT NULL THEN 'has another name' ELSE 'missing' END,
    CASE WHEN k.actual IS NULL THEN
             ARRAY[format('ALTER TABLE %s ADD CONSTRAINT %s %s', k.qualified_name, k.quoted, k.definition)]
         WHEN s.rename IS NOT NULL THEN ARRAY[s.rename] END,
    CASE WHEN k.actual IS NOT NULL AND s.rename IS NULL THEN
        k.drop_constraints
        || CASE WHEN k.index IS NULL THEN
               k.drop_indexes || ARRAY[format('CREATE UNIQUE INDEX CONCURRENTLY %s ON %s (%s)',
                                              k.quoted, k.qualified_name, k.quoted_columns)] END
        || ARRAY[format('ALTER TABLE %s ADD CONSTRAINT %s %s USING INDEX %s', k.qualified_name, k.quoted,
                        CASE k.contype WHEN 'p' THEN 'PRIMARY KEY' ELSE 'UNIQUE' END,
                        coalesce(k.index, k.quoted))] END,
    CASE WHEN k.countable AND s.rename IS NULL THEN
        agentchat.duplicates_query(k.qualified_name, k.quoted_columns, k.contype = 'p') END,
    true, k.model, 0
FROM keys k
    CROSS JOIN LATERAL (
        SELECT CASE WHEN NOT k.present AND k.other_name IS NOT NULL THEN
            format('ALTER TABLE %s RENAME CONSTRAINT %s TO %s', k.qualified_name, k.other_name, k.quoted)
        END AS rename) s
$function$;
