-- What the user's tables lack, compared with the blueprint: the one place that knows how to find it and mend it.
--
-- Every search_path here ends with pg_temp. Where it is not named it comes first, and a temporary view pg_class of the
-- database's owner would run its functions with the rights of whoever installs the extension: a superuser's.

-- The schema of the tables, as it stands in front of a name.
CREATE FUNCTION agentchat.tables_prefix() RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT format('%I.', n.nspname)
FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
WHERE e.extname = 'agentchat'
$function$;

-- Each table of the blueprint, with the user's where there is one.
CREATE FUNCTION agentchat.tables(
    OUT model regclass, OUT actual regclass, OUT table_name text, OUT qualified_name text
) RETURNS SETOF record
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT b.oid::regclass, t.oid::regclass, n.name, agentchat.tables_prefix() || quote_ident(n.name)
FROM pg_class b
    CROSS JOIN LATERAL (SELECT substr(b.relname, length('blueprint_') + 1) AS name) n
    LEFT JOIN pg_class t ON t.relname = n.name
        AND t.relnamespace = (SELECT e.extnamespace FROM pg_extension e WHERE e.extname = 'agentchat')
WHERE b.relnamespace = 'agentchat'::regnamespace AND b.relkind = 'r' AND starts_with(b.relname, 'blueprint_')
ORDER BY b.oid
$function$;

-- A definition of the blueprint, as it reads for the user's tables.
CREATE FUNCTION agentchat.for_user_tables(definition text) RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT replace(definition, 'agentchat.blueprint_', agentchat.tables_prefix())
$function$;

-- Counts the rows that are too many for a unique index.
CREATE FUNCTION agentchat.duplicates_query(table_name text, columns text) RETURNS text
    LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT format('SELECT coalesce(sum(d.n), 0) FROM (SELECT count(*) - 1 AS n FROM %s WHERE (%s) IS NOT NULL GROUP BY %s) d',
              table_name, columns, columns)
$function$;

-- A row for each thing that is not as in the blueprint:
--   object      what, in words
--   problem     what is wrong with it
--   at_once     statements that mend it by catalog work alone, under locks that last milliseconds
--   later       statements that mend it and take long on large tables, each its own transaction
--   bad_rows    a query that counts the rows that stand in the way
--   essential   whether anything depends on it (comments and compression are for convenience)
-- in the order in which they must be mended. What mends a table that is not there is all at once. Compiling the query
-- would take many times longer than it takes.
CREATE FUNCTION agentchat.differences(
    OUT stage integer, OUT object text, OUT problem text, OUT at_once text[], OUT later text[],
    OUT bad_rows text, OUT essential boolean
) RETURNS SETOF record
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp SET jit = off
    AS $function$
WITH
-- The columns of both, matched by name.
columns AS (
    SELECT t.*, m.attnum, m.attname, quote_ident(m.attname) AS quoted, m.attnotnull, m.atttypid, m.atttypmod,
        format_type(m.atttypid, m.atttypmod) AS type, m.attcompression,
        (SELECT pg_get_expr(d.adbin, d.adrelid) FROM pg_attrdef d
         WHERE d.adrelid = m.attrelid AND d.adnum = m.attnum) AS default_value,
        col_description(m.attrelid, m.attnum) AS comment,
        a.attnum IS NOT NULL AS present,
        a.atttypid IS DISTINCT FROM m.atttypid OR a.atttypmod IS DISTINCT FROM m.atttypmod AS other_type,
        format_type(a.atttypid, a.atttypmod) AS actual_type, a.attnotnull AS actual_not_null,
        a.attcompression AS actual_compression,
        (SELECT pg_get_expr(d.adbin, d.adrelid) FROM pg_attrdef d
         WHERE d.adrelid = a.attrelid AND d.adnum = a.attnum) AS actual_default,
        col_description(a.attrelid, a.attnum) AS actual_comment
    FROM agentchat.tables() t
        JOIN pg_attribute m ON m.attrelid = t.model AND m.attnum > 0 AND NOT m.attisdropped
        LEFT JOIN pg_attribute a ON a.attrelid = t.actual AND a.attname = m.attname
            AND a.attnum > 0 AND NOT a.attisdropped
),
-- Columns that will be added: no row can break a rule about them.
missing_columns AS (
    SELECT c.model, array_agg(c.attname) AS names FROM columns c WHERE NOT c.present GROUP BY c.model
),
-- Constraints, with their columns by name; pg_get_constraintdef gives what is compared.
constraints AS (
    SELECT c.oid, c.conrelid, c.conname, quote_ident(c.conname) AS quoted, c.contype, c.convalidated, c.confrelid,
        c.conindid, agentchat.for_user_tables(pg_get_constraintdef(c.oid)) AS definition,
        (SELECT array_agg(a.attname ORDER BY k.n)
         FROM unnest(c.conkey) WITH ORDINALITY k (attnum, n)
             JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.attnum) AS columns
    FROM pg_constraint c
    WHERE c.contype IN ('p', 'u', 'c', 'f')
),
wanted_constraints AS (
    SELECT t.*, m.conname, m.quoted, m.contype, m.columns, m.definition, m.confrelid,
        a.oid IS NOT NULL AS present, a.convalidated,
        regexp_replace(a.definition, ' NOT VALID$', '') IS NOT DISTINCT FROM m.definition AS same,
        t.actual IS NOT NULL AND NOT coalesce(m.columns && n.names, false) AS countable
    FROM agentchat.tables() t
        JOIN constraints m ON m.conrelid = t.model
        LEFT JOIN missing_columns n ON n.model = t.model
        LEFT JOIN constraints a ON a.conrelid = t.actual AND a.conname = m.conname
),
-- A foreign key needs a unique index on what it refers to; tables that are made anew get theirs first.
targets AS (
    SELECT t.*, t.actual IS NULL OR EXISTS (
            SELECT FROM pg_index i JOIN pg_attribute a ON a.attrelid = t.actual AND a.attname = 'id'
            WHERE i.indrelid = t.actual AND i.indisunique AND i.indisvalid AND i.indimmediate
              AND i.indkey::text = a.attnum::text AND i.indpred IS NULL) AS can_be_referred_to
    FROM agentchat.tables() t
),
-- Foreign keys that do the work of one of ours under another name.
rival_foreign_keys AS (
    SELECT w.actual, w.conname, array_agg(format('ALTER TABLE %s DROP CONSTRAINT %s', w.qualified_name, a.quoted)
                                          ORDER BY a.conname) AS drops
    FROM wanted_constraints w
        JOIN agentchat.tables() target ON target.model = w.confrelid
        JOIN constraints a ON a.conrelid = w.actual AND a.contype = 'f' AND a.columns = w.columns
            AND a.confrelid = target.actual AND a.conname <> w.conname
    WHERE w.contype = 'f'
    GROUP BY w.actual, w.conname
),
-- Indexes that stand behind no constraint.
indexes AS (
    SELECT i.indexrelid, i.indrelid, c.relname, quote_ident(c.relname) AS quoted, i.indisunique, i.indisvalid,
        agentchat.for_user_tables(pg_get_indexdef(i.indexrelid)) AS definition,
        regexp_replace(agentchat.for_user_tables(pg_get_indexdef(i.indexrelid)), ' INDEX .*? ON ', ' INDEX ON ')
            AS nameless,
        (SELECT array_agg(a.attname ORDER BY k.n)
         FROM unnest(i.indkey) WITH ORDINALITY k (attnum, n)
             JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum) AS columns
    FROM pg_index i
        JOIN pg_class c ON c.oid = i.indexrelid
    WHERE NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x'))
),
wanted_indexes AS (
    SELECT t.*, m.relname, m.quoted, m.definition, m.indisunique,
        (SELECT string_agg(quote_ident(c), ', ') FROM unnest(m.columns) c) AS list,
        t.actual IS NOT NULL AND NOT coalesce(m.columns && n.names, false) AS countable,
        same_name.indexrelid IS NOT NULL AS present,
        coalesce(same_name.indisvalid AND same_name.definition = m.definition, false) AS good,
        (SELECT o.quoted FROM indexes o
         WHERE o.indrelid = t.actual AND o.nameless = m.nameless AND o.indisvalid
         ORDER BY o.relname LIMIT 1) AS same_otherwise
    FROM agentchat.tables() t
        JOIN indexes m ON m.indrelid = t.model
        LEFT JOIN missing_columns n ON n.model = t.model
        LEFT JOIN indexes same_name ON same_name.indrelid = t.actual AND same_name.relname = m.relname
),
triggers AS (
    SELECT t.*, m.tgname, quote_ident(m.tgname) AS quoted, agentchat.for_user_tables(pg_get_triggerdef(m.oid)) AS definition,
        m.tgenabled, a.oid IS NOT NULL AS present, pg_get_triggerdef(a.oid) AS actual_definition,
        a.tgenabled AS actual_enabled
    FROM agentchat.tables() t
        JOIN pg_trigger m ON m.tgrelid = t.model AND NOT m.tgisinternal
        LEFT JOIN pg_trigger a ON a.tgrelid = t.actual AND a.tgname = m.tgname AND NOT a.tgisinternal
),
found AS (
    SELECT 0 AS stage, format('column %s of %s', c.quoted, c.qualified_name) AS object,
        format('is of type %s, should be %s', c.actual_type, c.type) AS problem,
        NULL::text[] AS at_once, NULL::text[] AS later, NULL AS bad_rows, true AS essential, c.model, c.attnum::integer AS n
    FROM columns c
    WHERE c.present AND c.other_type

    UNION ALL
    SELECT 10, 'table ' || t.qualified_name, 'missing',
        ARRAY[format('CREATE TABLE %s (%s)', t.qualified_name,
            (SELECT string_agg(concat_ws(' ', c.quoted, c.type, 'COMPRESSION ' || CASE c.attcompression WHEN 'l' THEN 'lz4' END,
                                         'DEFAULT ' || c.default_value, CASE WHEN c.attnotnull THEN 'NOT NULL' END),
                               ', ' ORDER BY c.attnum)
             FROM columns c WHERE c.model = t.model))],
        NULL, NULL, true, t.model, 0
    FROM agentchat.tables() t
    WHERE t.actual IS NULL

    UNION ALL
    SELECT 20, format('column %s of %s', c.quoted, c.qualified_name), 'missing',
        ARRAY[concat_ws(' ', 'ALTER TABLE', c.qualified_name, 'ADD COLUMN', c.quoted, c.type,
                        'DEFAULT ' || c.default_value,
                        CASE WHEN c.attnotnull AND c.default_value IS NOT NULL THEN 'NOT NULL' END)],
        NULL, NULL, true, c.model, c.attnum
    FROM columns c
    WHERE c.actual IS NOT NULL AND NOT c.present

    UNION ALL
    SELECT 30, format('default of column %s of %s', c.quoted, c.qualified_name),
        CASE WHEN c.actual_default IS NULL THEN 'missing' ELSE 'other than it should be: ' || c.actual_default END,
        ARRAY[format('ALTER TABLE %s ALTER COLUMN %s SET DEFAULT %s', c.qualified_name, c.quoted, c.default_value)],
        NULL, NULL, true, c.model, c.attnum
    FROM columns c
    WHERE c.present AND c.default_value IS NOT NULL AND c.actual_default IS DISTINCT FROM c.default_value

    UNION ALL
    -- The check lets SET NOT NULL do without its scan under an exclusive lock.
    SELECT 70, format('column %s of %s', c.quoted, c.qualified_name), 'may be NULL',
        NULL,
        ARRAY[format('ALTER TABLE %s ADD CONSTRAINT agentchat_not_null CHECK (%s IS NOT NULL) NOT VALID',
                     c.qualified_name, c.quoted),
              format('ALTER TABLE %s VALIDATE CONSTRAINT agentchat_not_null', c.qualified_name),
              format('ALTER TABLE %s ALTER COLUMN %s SET NOT NULL, DROP CONSTRAINT agentchat_not_null',
                     c.qualified_name, c.quoted)],
        format('SELECT count(*) FROM %s WHERE %s', c.qualified_name,
               CASE WHEN c.present THEN c.quoted || ' IS NULL' ELSE 'true' END),
        true, c.model, c.attnum
    FROM columns c
    WHERE c.actual IS NOT NULL AND c.attnotnull AND NOT coalesce(c.actual_not_null, c.default_value IS NOT NULL)

    UNION ALL
    SELECT 40, format('constraint %s of %s', w.quoted, w.qualified_name),
        CASE WHEN w.present AND w.same THEN 'not validated' WHEN w.present THEN 'other than it should be' ELSE 'missing' END,
        CASE WHEN NOT (w.present AND w.same) THEN
            array_remove(ARRAY[
                CASE WHEN w.present THEN format('ALTER TABLE %s DROP CONSTRAINT %s', w.qualified_name, w.quoted) END,
                format('ALTER TABLE %s ADD CONSTRAINT %s %s%s', w.qualified_name, w.quoted, w.definition,
                       CASE WHEN w.actual IS NOT NULL THEN ' NOT VALID' END)], NULL)
        END,
        CASE WHEN w.actual IS NOT NULL THEN
            ARRAY[format('ALTER TABLE %s VALIDATE CONSTRAINT %s', w.qualified_name, w.quoted)] END,
        CASE WHEN w.countable THEN
            format('SELECT count(*) FROM %s WHERE NOT (%s)', w.qualified_name,
                   regexp_replace(w.definition, '^CHECK ', '')) END,
        true, w.model, 0
    FROM wanted_constraints w
    WHERE w.contype = 'c' AND NOT (w.present AND w.same AND w.convalidated)

    UNION ALL
    SELECT 50, format('constraint %s of %s', w.quoted, w.qualified_name),
        CASE WHEN w.present THEN 'other than it should be' ELSE 'missing' END,
        CASE WHEN w.actual IS NULL THEN
            ARRAY[format('ALTER TABLE %s ADD CONSTRAINT %s %s', w.qualified_name, w.quoted, w.definition)] END,
        CASE WHEN w.actual IS NOT NULL THEN
            array_remove(ARRAY[
                CASE WHEN w.present THEN format('ALTER TABLE %s DROP CONSTRAINT %s', w.qualified_name, w.quoted) END,
                format('CREATE UNIQUE INDEX CONCURRENTLY %s ON %s (%s)', w.quoted, w.qualified_name, l.list),
                format('ALTER TABLE %s ADD CONSTRAINT %s %s USING INDEX %s', w.qualified_name, w.quoted,
                       CASE w.contype WHEN 'p' THEN 'PRIMARY KEY' ELSE 'UNIQUE' END, w.quoted)], NULL) END,
        CASE WHEN w.countable THEN agentchat.duplicates_query(w.qualified_name, l.list) END,
        true, w.model, 0
    FROM wanted_constraints w
        CROSS JOIN LATERAL (SELECT string_agg(quote_ident(c), ', ') AS list FROM unnest(w.columns) c) l
    WHERE w.contype IN ('p', 'u') AND NOT (w.present AND w.same)

    UNION ALL
    SELECT 60, format('constraint %s of %s', w.quoted, w.qualified_name),
        CASE WHEN w.present AND w.same THEN CASE WHEN r.drops IS NULL THEN 'not validated' ELSE 'there twice' END
             WHEN w.present OR r.drops IS NOT NULL THEN 'other than it should be' ELSE 'missing' END,
        CASE WHEN target.can_be_referred_to THEN s.replace END,
        CASE WHEN w.actual IS NOT NULL THEN
            CASE WHEN target.can_be_referred_to THEN '{}' ELSE s.replace END
            || CASE WHEN NOT (w.present AND w.same AND w.convalidated) THEN
                   ARRAY[format('ALTER TABLE %s VALIDATE CONSTRAINT %s', w.qualified_name, w.quoted)] END END,
        CASE WHEN w.countable AND target.actual IS NOT NULL AND NOT (w.present AND w.same AND w.convalidated) THEN
            format('SELECT count(*) FROM %s t WHERE t.%I IS NOT NULL '
                   'AND NOT EXISTS (SELECT FROM %s r WHERE r.id = t.%I)',
                   w.qualified_name, w.columns[1], target.qualified_name, w.columns[1]) END,
        true, w.model, 0
    FROM wanted_constraints w
        JOIN targets target ON target.model = w.confrelid
        LEFT JOIN rival_foreign_keys r ON r.actual = w.actual AND r.conname = w.conname
        CROSS JOIN LATERAL (
            SELECT coalesce(r.drops, '{}')
                || CASE WHEN w.present AND NOT w.same THEN
                       ARRAY[format('ALTER TABLE %s DROP CONSTRAINT %s', w.qualified_name, w.quoted)] END
                || CASE WHEN NOT (w.present AND w.same) THEN
                       ARRAY[format('ALTER TABLE %s ADD CONSTRAINT %s %s%s', w.qualified_name, w.quoted, w.definition,
                                    CASE WHEN w.actual IS NOT NULL THEN ' NOT VALID' END)] END AS replace) s
    WHERE w.contype = 'f' AND NOT (w.present AND w.same AND w.convalidated AND r.drops IS NULL)

    UNION ALL
    SELECT 80, format('index %s of %s', w.quoted, w.qualified_name),
        CASE WHEN w.present THEN 'invalid, or other than it should be' ELSE 'missing' END,
        CASE WHEN w.actual IS NULL THEN ARRAY[w.definition]
             WHEN NOT w.present AND w.same_otherwise IS NOT NULL THEN
                 ARRAY[format('ALTER INDEX %s%s RENAME TO %s', agentchat.tables_prefix(), w.same_otherwise, w.quoted)] END,
        CASE WHEN w.actual IS NOT NULL AND (w.present OR w.same_otherwise IS NULL) THEN
            array_remove(ARRAY[
                CASE WHEN w.present THEN format('DROP INDEX CONCURRENTLY %s%s', agentchat.tables_prefix(), w.quoted) END,
                regexp_replace(w.definition, ' INDEX ', ' INDEX CONCURRENTLY ')], NULL) END,
        CASE WHEN w.countable AND w.indisunique THEN agentchat.duplicates_query(w.qualified_name, w.list) END,
        true, w.model, 0
    FROM wanted_indexes w
    WHERE NOT w.good

    UNION ALL
    SELECT 90, format('trigger %s of %s', t.quoted, t.qualified_name),
        CASE WHEN NOT t.present THEN 'missing' WHEN t.actual_definition <> t.definition THEN 'other than it should be'
             ELSE 'disabled' END,
        CASE WHEN t.present AND t.actual_definition = t.definition THEN
            ARRAY[format('ALTER TABLE %s ENABLE TRIGGER %s', t.qualified_name, t.quoted)]
        ELSE
            array_remove(ARRAY[
                CASE WHEN t.present THEN format('DROP TRIGGER %s ON %s', t.quoted, t.qualified_name) END,
                t.definition], NULL)
        END,
        NULL, NULL, true, t.model, 0
    FROM triggers t
    WHERE NOT t.present OR t.actual_definition <> t.definition OR t.actual_enabled <> t.tgenabled

    UNION ALL
    SELECT 100, 'comment of table ' || t.qualified_name, 'missing',
        ARRAY[format('COMMENT ON TABLE %s IS %L', t.qualified_name, obj_description(t.model, 'pg_class'))],
        NULL, NULL, false, t.model, 0
    FROM agentchat.tables() t
    WHERE obj_description(t.model, 'pg_class') IS NOT NULL
      AND (t.actual IS NULL OR obj_description(t.actual, 'pg_class') IS NULL)

    UNION ALL
    SELECT 110, format('comment of column %s of %s', c.quoted, c.qualified_name), 'missing',
        ARRAY[format('COMMENT ON COLUMN %s.%s IS %L', c.qualified_name, c.quoted, c.comment)],
        NULL, NULL, false, c.model, c.attnum
    FROM columns c
    WHERE c.comment IS NOT NULL AND c.actual_comment IS NULL

    UNION ALL
    SELECT 120, format('compression of column %s of %s', c.quoted, c.qualified_name), 'not lz4',
        ARRAY[format('ALTER TABLE %s ALTER COLUMN %s SET COMPRESSION lz4', c.qualified_name, c.quoted)],
        NULL, NULL, false, c.model, c.attnum
    FROM columns c
    WHERE c.actual IS NOT NULL AND c.attcompression = 'l' AND coalesce(c.actual_compression, '') = ''
)
SELECT f.stage, f.object, f.problem, coalesce(f.at_once, '{}'), coalesce(f.later, '{}'), f.bad_rows, f.essential
FROM found f
ORDER BY f.stage, f.model::oid, f.n, f.object
$function$;
