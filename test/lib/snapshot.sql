-- A database as text, to compare two of them: psql -XAtq -f test/lib/snapshot.sql. A line for each thing in
-- the catalogs that users can define, then every row of the tables. The database's owner reads as "owner", so
-- that those of two databases may differ; objects of an extension are shown without owner. Left out:
-- attoptions (Debian's 15.20 writes one for itself), the privilege MAINTAIN (which 17 brings) and qualifiers
-- in views (16 leaves out needless ones).
SET search_path = pg_catalog;
SET client_min_messages = error;

CREATE FUNCTION pg_temp.role_name(role oid) RETURNS text
    LANGUAGE sql STABLE
    AS $$
SELECT CASE role WHEN 0 THEN 'PUBLIC' WHEN d.datdba THEN 'owner' ELSE pg_get_userbyid(role)::text END
FROM pg_database d WHERE d.datname = current_database()
$$;

CREATE FUNCTION pg_temp.grants(acl aclitem[], owner oid, is_member boolean) RETURNS text
    LANGUAGE sql STABLE
    AS $$
SELECT string_agg(concat(pg_temp.role_name(a.grantee), ' ', a.privilege_type,
    CASE WHEN a.is_grantable THEN '*' END,
           CASE WHEN NOT is_member THEN ' by ' || pg_temp.role_name(a.grantor) END),
       ', ' ORDER BY pg_temp.role_name(a.grantee), a.privilege_type, pg_temp.role_name(a.grantor))
FROM aclexplode(acl) a
WHERE a.privilege_type <> 'MAINTAIN' AND NOT (is_member AND a.grantee = owner)
$$;

CREATE TEMPORARY VIEW schemas AS
SELECT n.* FROM pg_namespace n WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema';

CREATE TEMPORARY VIEW members AS
SELECT d.classid, d.objid FROM pg_depend d WHERE d.deptype = 'e';

CREATE TEMPORARY VIEW relations AS
SELECT c.*, c.oid::regclass::text AS name,
    ('pg_class'::regclass, c.oid) IN (SELECT m.classid, m.objid FROM members m) AS is_member
FROM pg_class c JOIN schemas n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f');

SELECT replace(concat_ws(' | ', kind, object, detail), E'\n', '\n') FROM (
    SELECT 'extension' AS kind, e.extname::text AS object,
        concat_ws(' | ', e.extversion, n.nspname, obj_description(e.oid, 'pg_extension')) AS detail
    FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace

    UNION ALL
    SELECT 'schema', n.nspname,
        concat_ws(' | ', CASE WHEN NOT m.is_member THEN pg_temp.role_name(n.nspowner) END,
        pg_temp.grants(coalesce(n.nspacl, acldefault('n', n.nspowner)), n.nspowner, m.is_member),
        obj_description(n.oid, 'pg_namespace'))
    FROM schemas n
        CROSS JOIN LATERAL (
            SELECT ('pg_namespace'::regclass, n.oid) IN (SELECT m.classid, m.objid FROM members m)
                AS is_member) m

    UNION ALL
    SELECT 'relation', c.name,
        concat_ws(' | ', c.relkind, c.relpersistence, c.reloptions::text, c.relreplident,
        CASE WHEN c.is_member THEN 'member' ELSE pg_temp.role_name(c.relowner) END,
        pg_temp.grants(coalesce(c.relacl,
            acldefault(CASE c.relkind WHEN 'S' THEN 's' ELSE 'r' END::"char", c.relowner)),
                       c.relowner, c.is_member),
        CASE WHEN c.relrowsecurity THEN 'RLS' END, CASE WHEN c.relforcerowsecurity THEN 'FORCE RLS' END,
        CASE WHEN c.relkind IN ('v', 'm') THEN regexp_replace(pg_get_viewdef(c.oid), '\w+\.', '', 'g') END,
        obj_description(c.oid, 'pg_class'))
    FROM relations c

    UNION ALL
    SELECT 'column', c.name || '.' || a.attname,
        concat_ws(' | ', row_number() OVER (PARTITION BY c.oid ORDER BY a.attnum),
            format_type(a.atttypid, a.atttypmod),
            a.attcollation::regcollation, CASE WHEN a.attnotnull THEN 'NOT NULL' END,
            pg_get_expr(d.adbin, d.adrelid),
            a.attidentity, a.attgenerated, concat('storage ', a.attstorage),
            concat('compression ', a.attcompression),
            nullif(a.attstattarget, -1),
            pg_temp.grants(a.attacl, c.relowner, c.is_member),
            col_description(c.oid, a.attnum))
    FROM relations c
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
        LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum

    UNION ALL
    SELECT 'constraint', c.name || '.' || k.conname,
        concat_ws(' | ', pg_get_constraintdef(k.oid), k.convalidated, obj_description(k.oid, 'pg_constraint'))
    FROM relations c JOIN pg_constraint k ON k.conrelid = c.oid

    UNION ALL
    SELECT 'index', c.name || '.' || i.indexrelid::regclass,
        concat_ws(' | ', pg_get_indexdef(i.indexrelid), i.indisvalid, i.indisclustered, i.indisreplident,
            obj_description(i.indexrelid, 'pg_class'))
    FROM relations c JOIN pg_index i ON i.indrelid = c.oid

    UNION ALL
    SELECT 'trigger', c.name || '.' || g.tgname,
        concat_ws(' | ', pg_get_triggerdef(g.oid), g.tgenabled, obj_description(g.oid, 'pg_trigger'))
    FROM relations c JOIN pg_trigger g ON g.tgrelid = c.oid AND NOT g.tgisinternal

    UNION ALL
    SELECT 'policy', c.name || '.' || p.polname,
        concat_ws(' | ', p.polcmd, p.polpermissive,
            (SELECT string_agg(pg_temp.role_name(r), ', ' ORDER BY pg_temp.role_name(r))
             FROM unnest(p.polroles) r),
            pg_get_expr(p.polqual, p.polrelid), 'WITH CHECK ' || pg_get_expr(p.polwithcheck, p.polrelid),
            obj_description(p.oid, 'pg_policy'))
    FROM relations c JOIN pg_policy p ON p.polrelid = c.oid

    UNION ALL
    SELECT 'sequence', format('%I.%I', s.schemaname, s.sequencename),
        concat_ws(' | ', s.increment_by, s.last_value)
    FROM pg_sequences s

    UNION ALL
    SELECT 'function', f.oid::regprocedure::text,
        concat_ws(' | ', CASE WHEN m.is_member THEN 'member' ELSE pg_temp.role_name(f.proowner) END,
            pg_temp.grants(coalesce(f.proacl, acldefault('f', f.proowner)), f.proowner, m.is_member),
            pg_get_functiondef(f.oid), obj_description(f.oid, 'pg_proc'))
    FROM pg_proc f
        JOIN schemas n ON n.oid = f.pronamespace
        CROSS JOIN LATERAL (SELECT ('pg_proc'::regclass, f.oid) IN (SELECT m.classid, m.objid FROM members m)
                                AS is_member) m

    UNION ALL
    SELECT 'default grants', concat_ws('.', a.defaclnamespace::regnamespace, a.defaclobjtype),
        pg_temp.grants(a.defaclacl, a.defaclrole, false)
    FROM pg_default_acl a
) things
ORDER BY kind, object, detail;

-- The key begins with the first column.
SELECT format('SELECT %L; COPY (SELECT * FROM %s t ORDER BY 1, t::text COLLATE "C") TO STDOUT',
              'rows of ' || c.name, c.name)
FROM relations c
WHERE c.relkind = 'r' AND NOT c.is_member
ORDER BY c.name COLLATE "C" \gexec
