-- grant_differences() finds the grants that Supabase's roles lack, if these roles exist.
CREATE FUNCTION agentchat.grant_differences(enabling text) RETURNS TABLE (
    stage integer, object text, problem text, at_once text[], later text[], bad_rows text, essential boolean,
    model regclass, place integer)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
WITH tables AS (
    SELECT t.* FROM agentchat.tables(enabling) t
),
roles AS (
    SELECT t.*, r.oid AS role, r.rolname, quote_ident(r.rolname) AS quoted,
        r.rolname <> 'anon' AS uses_api, r.rolbypassrls OR r.rolsuper AS bypasses_rls
    FROM tables t
        CROSS JOIN pg_roles r
    WHERE r.rolname IN ('anon', 'authenticated', 'service_role')
)
-- Default privileges may have granted more on a new table when it was created. check() reports the grants of
-- the API's roles, too: its remedies must leave nothing to report.
SELECT 96, 'grants on ' || t.qualified_name, 'of a new table',
    ARRAY['REVOKE ALL ON ' || t.qualified_name || ' FROM PUBLIC']
        || ARRAY(SELECT format('REVOKE ALL ON %s FROM %s', r.qualified_name, r.quoted) FROM roles r
                 WHERE r.model = t.model ORDER BY r.rolname)
        || ARRAY(SELECT unnest(agentchat.grant_statements(
                     r.bypasses_rls, r.table_name, r.qualified_name, r.quoted))
                 FROM roles r WHERE r.model = t.model AND r.uses_api ORDER BY r.rolname),
    NULL::text[], NULL::text, EXISTS (SELECT FROM roles r WHERE r.model = t.model AND r.uses_api), t.model, 0
FROM tables t
WHERE t.actual IS NULL

UNION ALL
-- A role's existing grants on a table may be there for a reason: only a role without any gets grants. Without
-- grants the API does not work; pg_dump -x leaves them out.
SELECT 98, 'grants on ' || r.qualified_name, r.quoted || ' has none',
    agentchat.grant_statements(r.bypasses_rls, r.table_name, r.qualified_name, r.quoted),
    NULL, NULL, true, r.model, 0
FROM roles r
WHERE r.uses_api AND r.actual IS NOT NULL
  AND EXISTS (SELECT FROM agentchat.api_privileges(r.bypasses_rls) p WHERE p.table_name = r.table_name)
  AND NOT EXISTS (
      SELECT FROM pg_class c
          CROSS JOIN LATERAL (SELECT c.relacl AS acl UNION ALL
                              SELECT l.attacl FROM pg_attribute l WHERE l.attrelid = c.oid) g
          CROSS JOIN LATERAL aclexplode(g.acl) a
      WHERE c.oid = r.actual AND a.grantee = r.role)
  AND NOT EXISTS (SELECT FROM pg_class c WHERE c.oid = r.actual AND c.relowner = r.role)
$function$;
