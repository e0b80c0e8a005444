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
    OUT model regclass, OUT actual regclass, OUT table_name text, OUT qualified_name text, OUT prefix text
) RETURNS SETOF record
    LANGUAGE sql STABLE ROWS 9 SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT b.oid::regclass, t.oid::regclass, n.name, p.prefix || quote_ident(n.name), p.prefix
FROM pg_class b
    CROSS JOIN (SELECT agentchat.tables_prefix() AS prefix) p
    CROSS JOIN LATERAL (SELECT substr(b.relname, length('blueprint_') + 1) AS name) n
    LEFT JOIN pg_class t ON t.relname = n.name
        AND t.relnamespace = (SELECT e.extnamespace FROM pg_extension e WHERE e.extname = 'agentchat')
WHERE b.relnamespace = 'agentchat'::regnamespace AND b.relkind = 'r' AND starts_with(b.relname, 'blueprint_')
ORDER BY b.oid
$function$;

-- Counts the rows that are too many for a unique index on a column, for a primary key also those without a value.
CREATE FUNCTION agentchat.duplicates_query(table_name text, quoted_column text, primary_key boolean) RETURNS text
    LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT format('SELECT count(%s) - count(DISTINCT %s) FROM %s',
              CASE WHEN primary_key THEN '*' ELSE quoted_column END, quoted_column, table_name)
$function$;

-- A row for each thing that is not as in the blueprint:
--   object      what, in words
--   problem     what is wrong with it
--   at_once     statements that mend it by catalog work alone, under locks that last milliseconds
--   later       statements that mend it and take long on large tables, each its own transaction
--   bad_rows    a query that counts the rows that stand in the way
--   essential   whether anything depends on it (comments, compression and storage are for convenience)
-- in the order in which they must be mended. What mends a table that is not there is all at once.
--
-- Compiling this query takes seconds, running it a tenth of one: hence without jit.
CREATE FUNCTION agentchat.differences(
    OUT stage integer, OUT object text, OUT problem text, OUT at_once text[], OUT later text[],
    OUT bad_rows text, OUT essential boolean
) RETURNS SETOF record
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp SET jit = off
    AS $function$
WITH
tables AS (
    SELECT * FROM agentchat.tables()
),
-- The columns of both, matched by name.
columns AS (
    SELECT k.*,
        -- A default that differs from row to row makes ADD COLUMN write the whole table anew.
        k.actual IS NOT NULL AND NOT k.present AND k.default_value IS NOT DISTINCT FROM 'gen_random_uuid()' AS rewrites
    FROM (
        SELECT t.*, m.attnum, m.attname, quote_ident(m.attname) AS quoted, m.attnotnull, m.atttypid, m.atttypmod,
            format_type(m.atttypid, m.atttypmod) AS type, m.attcompression,
            (SELECT pg_get_expr(d.adbin, d.adrelid) FROM pg_attrdef d
             WHERE d.adrelid = m.attrelid AND d.adnum = m.attnum) AS default_value,
            col_description(m.attrelid, m.attnum) AS comment,
            a.attnum IS NOT NULL AS present,
            a.atttypid <> m.atttypid OR a.atttypmod <> m.atttypmod OR a.attgenerated <> '' OR a.attidentity <> '' AS other_type,
            format_type(a.atttypid, a.atttypmod)
                || CASE WHEN a.attgenerated <> '' OR a.attidentity <> '' THEN ', generated' ELSE '' END AS actual_type,
            a.attnotnull AS actual_not_null,
            -- Since 18 also where nobody has looked at the rows.
            EXISTS (SELECT FROM pg_constraint k
                    WHERE k.conrelid = a.attrelid AND k.contype = 'n' AND k.conkey[1] = a.attnum AND NOT k.convalidated)
                AS not_null_unvalidated,
            a.attcompression AS actual_compression,
            (SELECT pg_get_expr(d.adbin, d.adrelid) FROM pg_attrdef d
             WHERE d.adrelid = a.attrelid AND d.adnum = a.attnum) AS actual_default,
            col_description(a.attrelid, a.attnum) AS actual_comment
        FROM tables t
            JOIN pg_attribute m ON m.attrelid = t.model AND m.attnum > 0 AND NOT m.attisdropped
            LEFT JOIN pg_attribute a ON a.attrelid = t.actual AND a.attname = m.attname
                AND a.attnum > 0 AND NOT a.attisdropped
    ) k
),
-- Columns that will be added: no row can break a rule about them.
missing_columns AS (
    SELECT c.model, array_agg(c.attname) AS names FROM columns c WHERE NOT c.present GROUP BY c.model
),
-- Constraints, with their columns by name; pg_get_constraintdef gives what is compared.
constraints AS (
    SELECT c.oid, c.conrelid, c.conname, quote_ident(c.conname) AS quoted, c.contype, c.convalidated, c.confrelid,
        c.conindid, replace(pg_get_constraintdef(c.oid), 'agentchat.blueprint_', t.prefix) AS definition,
        -- ALTER TABLE ... DISABLE TRIGGER ALL takes its effect from a foreign key.
        EXISTS (SELECT FROM pg_trigger g WHERE g.tgconstraint = c.oid AND g.tgenabled <> 'O') AS disabled,
        (SELECT array_agg(a.attname ORDER BY k.n)
         FROM unnest(c.conkey) WITH ORDINALITY k (attnum, n)
             JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.attnum) AS columns
    FROM pg_constraint c
        JOIN tables t ON c.conrelid IN (t.model, t.actual)
    WHERE c.contype IN ('p', 'u', 'c', 'f')
),
wanted_constraints AS (
    SELECT t.*, m.conname, m.quoted, m.contype, m.columns, m.definition, m.confrelid, m.conindid,
        quote_ident(m.columns[1]) AS quoted_column,
        a.oid IS NOT NULL AS present, a.convalidated,
        coalesce(regexp_replace(a.definition, ' NOT VALID$', '') = m.definition AND NOT a.disabled, false) AS same,
        t.actual IS NOT NULL AND NOT coalesce(m.columns && n.names, false) AS countable
    FROM tables t
        JOIN constraints m ON m.conrelid = t.model
        LEFT JOIN missing_columns n ON n.model = t.model
        LEFT JOIN constraints a ON a.conrelid = t.actual AND a.conname = m.conname
),
-- A foreign key needs a unique index on what it refers to; tables that are made anew get theirs first. Where that table
-- or its id is not there yet, nothing that refers to it can be found.
targets AS (
    SELECT t.*, a.attnum IS NOT NULL AS has_id,
        t.actual IS NULL OR EXISTS (
            SELECT FROM pg_index i
            WHERE i.indrelid = t.actual AND i.indisunique AND i.indisvalid AND i.indimmediate
              AND i.indkey::text = a.attnum::text AND i.indpred IS NULL) AS can_be_referred_to
    FROM tables t
        LEFT JOIN pg_attribute a ON a.attrelid = t.actual AND a.attname = 'id' AND NOT a.attisdropped
),
-- Foreign keys that do the work of one of ours under another name.
rival_foreign_keys AS (
    SELECT w.actual, w.conname, array_agg(format('ALTER TABLE %s DROP CONSTRAINT %s', w.qualified_name, a.quoted)
                                          ORDER BY a.conname) AS drops
    FROM wanted_constraints w
        JOIN tables target ON target.model = w.confrelid
        JOIN constraints a ON a.conrelid = w.actual AND a.contype = 'f' AND a.columns = w.columns
            AND a.confrelid = target.actual AND a.conname <> w.conname
    WHERE w.contype = 'f'
    GROUP BY w.actual, w.conname
),
indexes AS (
    SELECT i.indexrelid, i.indrelid, c.relname, quote_ident(c.relname) AS quoted, i.indisunique, i.indisvalid,
        EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x'))
            AS of_constraint,
        d.definition, replace(d.definition, format(' INDEX %I ON ', c.relname), ' INDEX ON ') AS nameless,
        (SELECT array_agg(a.attname ORDER BY k.n)
         FROM unnest(i.indkey) WITH ORDINALITY k (attnum, n)
             JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum) AS columns
    FROM pg_index i
        JOIN pg_class c ON c.oid = i.indexrelid
        JOIN tables t ON i.indrelid IN (t.model, t.actual)
        CROSS JOIN LATERAL (
            SELECT replace(pg_get_indexdef(i.indexrelid), 'agentchat.blueprint_', t.prefix) AS definition) d
),
-- What can become one of our primary keys and unique constraints without being built: one of another name, or a unique
-- index that stands behind none.
wanted_keys AS (
    SELECT w.*,
        (SELECT a.quoted FROM constraints a
         WHERE a.conrelid = w.actual AND a.conname <> w.conname AND a.definition = w.definition
         ORDER BY a.conname LIMIT 1) AS other_name,
        (SELECT i.quoted FROM indexes m JOIN indexes i ON i.nameless = m.nameless
         WHERE m.indexrelid = w.conindid AND i.indrelid = w.actual AND i.indisvalid AND NOT i.of_constraint
         ORDER BY i.relname <> w.conname, i.relname LIMIT 1) AS index,
        -- What would stand in the way of building it: other columns under the name, another primary key, or the
        -- invalid index that an attempt left behind.
        ARRAY(SELECT format('ALTER TABLE %s DROP CONSTRAINT %s', w.qualified_name, a.quoted) FROM constraints a
              WHERE a.conrelid = w.actual AND (a.conname = w.conname OR a.contype = 'p' AND w.contype = 'p')
              ORDER BY a.conname) AS drop_constraints,
        ARRAY(SELECT format('DROP INDEX CONCURRENTLY %s%s', w.prefix, i.quoted) FROM indexes i
              WHERE i.indrelid = w.actual AND i.relname = w.conname AND NOT i.of_constraint) AS drop_indexes
    FROM wanted_constraints w
    WHERE w.contype IN ('p', 'u') AND NOT w.same
),
wanted_indexes AS (
    SELECT t.*, m.relname, m.quoted, m.definition, m.indisunique, quote_ident(m.columns[1]) AS quoted_column,
        t.actual IS NOT NULL AND NOT coalesce(m.columns && n.names, false) AS countable,
        same_name.indexrelid IS NOT NULL AS present,
        coalesce(same_name.indisvalid AND same_name.definition = m.definition, false) AS good,
        (SELECT o.quoted FROM indexes o
         WHERE o.indrelid = t.actual AND o.nameless = m.nameless AND o.indisvalid AND NOT o.of_constraint
         ORDER BY o.relname LIMIT 1) AS same_otherwise
    FROM tables t
        JOIN indexes m ON m.indrelid = t.model AND NOT m.of_constraint
        LEFT JOIN missing_columns n ON n.model = t.model
        LEFT JOIN indexes same_name ON same_name.indrelid = t.actual AND same_name.relname = m.relname
),
triggers AS (
    SELECT t.*, m.tgname, quote_ident(m.tgname) AS quoted, replace(pg_get_triggerdef(m.oid), 'agentchat.blueprint_', t.prefix) AS definition,
        m.tgenabled, a.oid IS NOT NULL AS present, pg_get_triggerdef(a.oid) AS actual_definition,
        a.tgenabled AS actual_enabled
    FROM tables t
        JOIN pg_trigger m ON m.tgrelid = t.model AND NOT m.tgisinternal
        LEFT JOIN pg_trigger a ON a.tgrelid = t.actual AND a.tgname = m.tgname AND NOT a.tgisinternal
),
policies AS (
    SELECT t.*, m.polname, quote_ident(m.polname) AS quoted, m.polcmd, a.oid IS NOT NULL AS present,
        pg_get_expr(m.polqual, m.polrelid) AS using, pg_get_expr(m.polwithcheck, m.polrelid) AS with_check,
        a.polcmd = m.polcmd AND a.polpermissive AND a.polroles = m.polroles
            AND pg_get_expr(a.polqual, a.polrelid) IS NOT DISTINCT FROM pg_get_expr(m.polqual, m.polrelid)
            AND pg_get_expr(a.polwithcheck, a.polrelid) IS NOT DISTINCT FROM pg_get_expr(m.polwithcheck, m.polrelid) AS same
    FROM tables t
        JOIN pg_policy m ON m.polrelid = t.model
        LEFT JOIN pg_policy a ON a.polrelid = t.actual AND a.polname = m.polname
),
-- The roles of Supabase, as far as they are there.
api_roles AS (
    SELECT t.*, r.oid AS role, r.rolname, quote_ident(r.rolname) AS quoted,
        r.rolname <> 'anon' AS uses_api, r.rolbypassrls OR r.rolsuper AS bypasses_rls
    FROM tables t
        CROSS JOIN pg_roles r
    WHERE r.rolname IN ('anon', 'authenticated', 'service_role')
),
-- Who has arranged a role's grants on a table by hand knows why: only a role that has none at all is given some.
missing_grants AS (
    SELECT r.*
    FROM api_roles r
    WHERE r.uses_api AND r.actual IS NOT NULL
      AND NOT EXISTS (
          SELECT FROM pg_class c
              CROSS JOIN LATERAL (SELECT c.relacl AS acl UNION ALL
                                  SELECT l.attacl FROM pg_attribute l WHERE l.attrelid = c.oid) g
              CROSS JOIN LATERAL aclexplode(g.acl) a
          WHERE c.oid = r.actual AND a.grantee = r.role)
      AND NOT EXISTS (SELECT FROM pg_class c WHERE c.oid = r.actual AND c.relowner = r.role)
),
found AS (
    SELECT 0 AS stage, 'relation ' || t.qualified_name AS object,
        format('is %s, should be a table', CASE c.relkind WHEN 'v' THEN 'a view' WHEN 'm' THEN 'a materialized view'
            WHEN 'p' THEN 'a partitioned table' WHEN 'f' THEN 'a foreign table' WHEN 'S' THEN 'a sequence'
            WHEN 'c' THEN 'a type' ELSE 'an index' END) AS problem,
        NULL::text[] AS at_once, NULL::text[] AS later, NULL AS bad_rows, true AS essential, t.model, 0 AS n
    FROM tables t JOIN pg_class c ON c.oid = t.actual
    WHERE c.relkind <> 'r'

    UNION ALL
    SELECT 0, format('column %s of %s', c.quoted, c.qualified_name),
        format('is of type %s, should be %s', c.actual_type, c.type),
        NULL, NULL, NULL, true, c.model, c.attnum
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
    FROM tables t
    WHERE t.actual IS NULL

    UNION ALL
    SELECT 20, format('column %s of %s', c.quoted, c.qualified_name), 'missing',
        CASE WHEN NOT c.rewrites THEN ARRAY[s.statement] END, CASE WHEN c.rewrites THEN ARRAY[s.statement] END,
        NULL, true, c.model, c.attnum
    FROM columns c
        CROSS JOIN LATERAL (
            SELECT concat_ws(' ', 'ALTER TABLE', c.qualified_name, 'ADD COLUMN', c.quoted, c.type,
                             'DEFAULT ' || c.default_value,
                             CASE WHEN c.attnotnull AND c.default_value IS NOT NULL THEN 'NOT NULL' END) AS statement) s
    WHERE c.actual IS NOT NULL AND NOT c.present

    UNION ALL
    SELECT 30, format('default of column %s of %s', c.quoted, c.qualified_name),
        CASE WHEN c.actual_default IS NULL THEN 'missing' ELSE 'other than it should be: ' || c.actual_default END,
        ARRAY[format('ALTER TABLE %s ALTER COLUMN %s SET DEFAULT %s', c.qualified_name, c.quoted, c.default_value)],
        NULL, NULL, true, c.model, c.attnum
    FROM columns c
    WHERE c.present AND c.default_value IS NOT NULL AND c.actual_default IS DISTINCT FROM c.default_value

    UNION ALL
    SELECT 32, format('column %s of %s', c.quoted, c.qualified_name), 'may not be NULL',
        ARRAY[format('ALTER TABLE %s ALTER COLUMN %s DROP NOT NULL', c.qualified_name, c.quoted)],
        NULL, NULL, true, c.model, c.attnum
    FROM columns c
    WHERE c.actual_not_null AND NOT c.attnotnull

    UNION ALL
    -- The check lets SET NOT NULL do without its scan under an exclusive lock.
    SELECT 35, format('column %s of %s', c.quoted, c.qualified_name), 'may be NULL',
        NULL,
        ARRAY[format('ALTER TABLE %s DROP CONSTRAINT IF EXISTS agentchat_not_null, '
                     'ADD CONSTRAINT agentchat_not_null CHECK (%s IS NOT NULL) NOT VALID', c.qualified_name, c.quoted),
              format('ALTER TABLE %s VALIDATE CONSTRAINT agentchat_not_null', c.qualified_name),
              -- Not in one: the constraint would be dropped first.
              format('ALTER TABLE %s ALTER COLUMN %s SET NOT NULL', c.qualified_name, c.quoted),
              format('ALTER TABLE %s DROP CONSTRAINT agentchat_not_null', c.qualified_name)],
        format('SELECT count(*) FROM %s WHERE %s', c.qualified_name,
               CASE WHEN c.present THEN c.quoted || ' IS NULL' ELSE 'true' END),
        true, c.model, c.attnum
    FROM columns c
    WHERE c.actual IS NOT NULL AND c.attnotnull AND NOT coalesce(c.actual_not_null AND NOT c.not_null_unvalidated, c.default_value IS NOT NULL)

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
        CASE WHEN w.present THEN 'other than it should be' WHEN w.other_name IS NOT NULL THEN 'under another name'
             ELSE 'missing' END,
        CASE WHEN w.actual IS NULL THEN
                 ARRAY[format('ALTER TABLE %s ADD CONSTRAINT %s %s', w.qualified_name, w.quoted, w.definition)]
             WHEN s.rename IS NOT NULL THEN ARRAY[s.rename] END,
        CASE WHEN w.actual IS NOT NULL AND s.rename IS NULL THEN
            w.drop_constraints
            || CASE WHEN w.index IS NULL THEN w.drop_indexes || ARRAY[format('CREATE UNIQUE INDEX CONCURRENTLY %s ON %s (%s)',
                   w.quoted, w.qualified_name, w.quoted_column)] END
            || ARRAY[format('ALTER TABLE %s ADD CONSTRAINT %s %s USING INDEX %s', w.qualified_name, w.quoted,
                   CASE w.contype WHEN 'p' THEN 'PRIMARY KEY' ELSE 'UNIQUE' END, coalesce(w.index, w.quoted))] END,
        CASE WHEN w.countable AND s.rename IS NULL THEN
            agentchat.duplicates_query(w.qualified_name, w.quoted_column, w.contype = 'p') END,
        true, w.model, 0
    FROM wanted_keys w
        CROSS JOIN LATERAL (
            SELECT CASE WHEN NOT w.present AND w.other_name IS NOT NULL THEN
                format('ALTER TABLE %s RENAME CONSTRAINT %s TO %s', w.qualified_name, w.other_name, w.quoted) END AS rename) s

    UNION ALL
    SELECT 60, format('constraint %s of %s', w.quoted, w.qualified_name),
        CASE WHEN w.present AND w.same THEN CASE WHEN r.drops IS NULL THEN 'not validated' ELSE 'there twice' END
             WHEN w.present OR r.drops IS NOT NULL THEN 'other than it should be' ELSE 'missing' END,
        CASE WHEN target.can_be_referred_to THEN s.replace END,
        CASE WHEN NOT target.can_be_referred_to THEN s.replace END
            || CASE WHEN s.validate THEN
                   ARRAY[format('ALTER TABLE %s VALIDATE CONSTRAINT %s', w.qualified_name, w.quoted)] END,
        CASE WHEN w.countable AND s.validate THEN
            format('SELECT (SELECT count(*) FROM %s t WHERE t.%s IS NOT NULL', w.qualified_name, w.quoted_column)
            || CASE WHEN target.has_id THEN format(' AND NOT EXISTS (SELECT FROM %s r WHERE r.id = t.%s)',
                                                   target.qualified_name, w.quoted_column) ELSE '' END || ')'
            -- Those that keep the target from getting its primary key.
            || CASE WHEN target.has_id AND NOT target.can_be_referred_to THEN
                   format(' + (%s)', agentchat.duplicates_query(target.qualified_name, 'id', true)) ELSE '' END END,
        true, w.model, 0
    FROM wanted_constraints w
        JOIN targets target ON target.model = w.confrelid
        LEFT JOIN rival_foreign_keys r ON r.actual = w.actual AND r.conname = w.conname
        CROSS JOIN LATERAL (
            SELECT w.actual IS NOT NULL AND NOT (w.present AND w.same AND w.convalidated) AS validate,
                coalesce(r.drops, '{}')
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
                 ARRAY[format('ALTER INDEX %s%s RENAME TO %s', w.prefix, w.same_otherwise, w.quoted)] END,
        CASE WHEN w.actual IS NOT NULL AND (w.present OR w.same_otherwise IS NULL) THEN
            array_remove(ARRAY[
                CASE WHEN w.present THEN format('DROP INDEX CONCURRENTLY %s%s', w.prefix, w.quoted) END,
                regexp_replace(w.definition, ' INDEX ', ' INDEX CONCURRENTLY ')], NULL) END,
        CASE WHEN w.countable AND w.indisunique THEN agentchat.duplicates_query(w.qualified_name, w.quoted_column, false) END,
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
    SELECT 92, format('policy %s of %s', p.quoted, p.qualified_name),
        CASE WHEN p.present THEN 'other than it should be' ELSE 'missing' END,
        array_remove(ARRAY[
            CASE WHEN p.present THEN format('DROP POLICY %s ON %s', p.quoted, p.qualified_name) END,
            concat_ws(' ', format('CREATE POLICY %s ON %s FOR %s', p.quoted, p.qualified_name,
                                  CASE p.polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE'
                                  ELSE 'DELETE' END),
                      'USING (' || p.using || ')', 'WITH CHECK (' || p.with_check || ')')], NULL),
        NULL, NULL, true, p.model, 0
    FROM policies p
    WHERE NOT coalesce(p.same, false)

    UNION ALL
    SELECT 94, 'row-level security of ' || t.qualified_name, 'off',
        ARRAY[format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', t.qualified_name)],
        NULL, NULL, true, t.model, 0
    FROM tables t
    WHERE NOT EXISTS (SELECT FROM pg_class c WHERE c.oid = t.actual AND c.relrowsecurity)

    UNION ALL
    -- Default privileges may have given them away the moment they were made.
    SELECT 96, 'grants on ' || t.qualified_name, 'of a new table',
        ARRAY['REVOKE ALL ON ' || t.qualified_name || ' FROM PUBLIC']
            || ARRAY(SELECT format('REVOKE ALL ON %s FROM %s', r.qualified_name, r.quoted) FROM api_roles r
                     WHERE r.model = t.model ORDER BY r.rolname)
            || ARRAY(SELECT unnest(agentchat.grant_statements(r.bypasses_rls, r.table_name, r.qualified_name, r.quoted))
                     FROM api_roles r WHERE r.model = t.model AND r.uses_api ORDER BY r.rolname),
        NULL, NULL, false, t.model, 0
    FROM tables t
    WHERE t.actual IS NULL

    UNION ALL
    SELECT 98, 'grants on ' || g.qualified_name, g.quoted || ' has none',
        agentchat.grant_statements(g.bypasses_rls, g.table_name, g.qualified_name, g.quoted),
        NULL, NULL, false, g.model, 0
    FROM missing_grants g

    UNION ALL
    SELECT 100, 'comment of table ' || t.qualified_name, 'missing',
        ARRAY[format('COMMENT ON TABLE %s IS %L', t.qualified_name, obj_description(t.model, 'pg_class'))],
        NULL, NULL, false, t.model, 0
    FROM tables t
    WHERE obj_description(t.model, 'pg_class') IS NOT NULL
      AND (t.actual IS NULL OR obj_description(t.actual, 'pg_class') IS NULL)

    UNION ALL
    SELECT 110, format('comment of column %s of %s', c.quoted, c.qualified_name), 'missing',
        CASE WHEN NOT c.rewrites THEN ARRAY[s.statement] END, CASE WHEN c.rewrites THEN ARRAY[s.statement] END,
        NULL, false, c.model, c.attnum
    FROM columns c
        CROSS JOIN LATERAL (
            SELECT format('COMMENT ON COLUMN %s.%s IS %L', c.qualified_name, c.quoted, c.comment) AS statement) s
    WHERE c.comment IS NOT NULL AND c.actual_comment IS NULL

    UNION ALL
    SELECT 120, format('compression of column %s of %s', c.quoted, c.qualified_name), 'not lz4',
        ARRAY[format('ALTER TABLE %s ALTER COLUMN %s SET COMPRESSION lz4', c.qualified_name, c.quoted)],
        NULL, NULL, false, c.model, c.attnum
    FROM columns c
    WHERE c.actual IS NOT NULL AND c.attcompression = 'l' AND coalesce(c.actual_compression, '') = ''

    UNION ALL
    SELECT 130, 'storage of table ' || t.qualified_name, 'without ' || m.setting,
        ARRAY[format('ALTER TABLE %s SET (%s)', t.qualified_name, m.setting)],
        NULL, NULL, false, t.model, 0
    FROM tables t
        CROSS JOIN LATERAL (SELECT unnest(c.reloptions) AS setting FROM pg_class c WHERE c.oid = t.model) m
    WHERE NOT EXISTS (SELECT FROM pg_class c CROSS JOIN unnest(c.reloptions) a
                      WHERE c.oid = t.actual AND split_part(a, '=', 1) = split_part(m.setting, '=', 1))
)
SELECT f.stage, f.object, f.problem, coalesce(f.at_once, '{}'), coalesce(f.later, '{}'), f.bad_rows, f.essential
FROM found f
ORDER BY f.stage, f.model::oid, f.n, f.object
$function$;
