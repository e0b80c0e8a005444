-- Two databases can be compared line by line by
--   pg_temp.catalog(schema)               what the catalogs say about the tables there, without the
--                                         schema's name
--   pg_temp.catalog_in_any_order(schema)  the same without the places of the columns, for tables to which
--                                         one was added
--   pg_temp.members()                     what belongs to the extension
CREATE FUNCTION pg_temp.grants(acl aclitem[]) RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT string_agg(concat(a.grantee::regrole, ' ', a.privilege_type, CASE WHEN a.is_grantable THEN '*' END,
        ' by ', a.grantor::regrole),
                  ', ' ORDER BY a.grantee::regrole::text, a.privilege_type)
FROM aclexplode(acl) a
$function$;

CREATE FUNCTION pg_temp.catalog(schema name) RETURNS SETOF text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
WITH tables AS (
    SELECT c.* FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = schema
        AND replace(c.relname, 'blueprint_', '') IN ('users', 'conversations', 'messages', 'artifacts',
        'agent_definitions', 'agent_instances', 'agent_tools', 'workflows', 'subscriptions', 'runs',
        'run_chunks')
),
lines AS (
    SELECT concat_ws(' ', 'table', t.relname, t.relkind, t.relpersistence, pg_get_userbyid(t.relowner),
        t.reloptions::text,
        'rls', t.relrowsecurity, t.relforcerowsecurity, 'identity', t.relreplident, 'acl',
        pg_temp.grants(coalesce(t.relacl, acldefault('r', t.relowner))),
        'comment', obj_description(t.oid, 'pg_class')) AS line
    FROM tables t

    UNION ALL
    SELECT concat_ws(' ', 'column', t.relname, 'at',
        row_number() OVER (PARTITION BY t.oid ORDER BY a.attnum),
        a.attname,
        format_type(a.atttypid, a.atttypmod),
        CASE WHEN a.attnotnull THEN 'NOT NULL' END, 'default', pg_get_expr(d.adbin, d.adrelid),
        'storage', a.attstorage, nullif(a.attcompression::text, ''), 'collation',
        a.attcollation::regcollation, nullif(a.attidentity::text, ''), nullif(a.attgenerated::text, ''),
        'acl', pg_temp.grants(a.attacl), 'comment', col_description(t.oid, a.attnum))
    FROM tables t
        JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped
        LEFT JOIN pg_attrdef d ON d.adrelid = t.oid AND d.adnum = a.attnum

    UNION ALL
    SELECT concat_ws(' ', 'constraint', t.relname, c.conname, c.contype, pg_get_constraintdef(c.oid),
        c.convalidated, 'triggers',
        (SELECT string_agg(g.tgenabled::text, '') FROM pg_trigger g WHERE g.tgconstraint = c.oid),
        'comment', obj_description(c.oid, 'pg_constraint'))
    FROM tables t JOIN pg_constraint c ON c.conrelid = t.oid AND c.contype <> 'n'

    UNION ALL
    SELECT concat_ws(' ', 'index', pg_get_indexdef(i.indexrelid), i.indisprimary, i.indimmediate, 'valid',
        i.indisvalid, i.indisready, i.indislive, 'comment', obj_description(i.indexrelid, 'pg_class'))
    FROM tables t JOIN pg_index i ON i.indrelid = t.oid

    UNION ALL
    SELECT concat_ws(' ', 'trigger', pg_get_triggerdef(g.oid), g.tgenabled, 'comment',
        obj_description(g.oid, 'pg_trigger'))
    FROM tables t JOIN pg_trigger g ON g.tgrelid = t.oid AND NOT g.tgisinternal

    UNION ALL
    SELECT concat_ws(' ', 'policy', t.relname, p.polname, p.polcmd, p.polpermissive,
        p.polroles::regrole[]::text,
        pg_get_expr(p.polqual, p.polrelid), 'check', pg_get_expr(p.polwithcheck, p.polrelid))
    FROM tables t JOIN pg_policy p ON p.polrelid = t.oid
)
SELECT replace(line, quote_ident(schema) || '.', '') FROM lines ORDER BY line COLLATE "C"
$function$;

CREATE FUNCTION pg_temp.catalog_in_any_order(schema name) RETURNS SETOF text
    LANGUAGE sql STABLE AS $function$
SELECT regexp_replace(line, '^(column \w+) at \d+', '\1') FROM pg_temp.catalog(schema) line
$function$;

CREATE FUNCTION pg_temp.members() RETURNS SETOF text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
WITH members AS (
    SELECT d.classid, d.objid, d.objsubid, pg_describe_object(d.classid, d.objid, d.objsubid) AS name
    FROM pg_depend d JOIN pg_extension e ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid
    WHERE e.extname = 'agentchat' AND d.deptype = 'e'
),
lines AS (
    SELECT concat_ws(' ', 'extension', e.extversion, e.extrelocatable, e.extconfig::text,
        'owner', (SELECT rolsuper FROM pg_roles r WHERE r.oid = e.extowner)) AS line
    FROM pg_extension e WHERE e.extname = 'agentchat'

    UNION ALL
    SELECT concat_ws(' ', m.name, 'comment', obj_description(m.objid, m.classid::regclass::name),
        'grants', (SELECT i.initprivs::text
            FROM pg_init_privs i WHERE i.objoid = m.objid AND i.classoid = m.classid AND i.objsubid = 0))
    FROM members m

    UNION ALL
    SELECT concat_ws(' ', m.name, 'owner', pg_get_userbyid(p.proowner), 'acl', p.proacl::text, 'cost',
        p.procost, p.prorows, p.probin, pg_get_functiondef(p.oid))
    FROM members m JOIN pg_proc p ON m.classid = 'pg_proc'::regclass AND p.oid = m.objid

    UNION ALL
    SELECT concat_ws(' ', m.name, 'owner', pg_get_userbyid(n.nspowner), 'acl', n.nspacl::text)
    FROM members m JOIN pg_namespace n ON m.classid = 'pg_namespace'::regclass AND n.oid = m.objid

    UNION ALL
    SELECT * FROM pg_temp.catalog('agentchat')
)
SELECT line FROM lines ORDER BY line COLLATE "C"
$function$;
