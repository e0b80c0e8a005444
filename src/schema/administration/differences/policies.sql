-- policy_differences() compares the policies, and finds tables whose row-level security is off.
CREATE FUNCTION agentchat.policy_differences(enabling text) RETURNS TABLE (
    stage integer, object text, problem text, at_once text[], later text[], bad_rows text, essential boolean,
    model regclass, place integer)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
WITH tables AS (
    SELECT t.* FROM agentchat.tables(enabling) t
)
SELECT 92, format('policy %s of %s', p.quoted, p.qualified_name),
    CASE WHEN p.present THEN 'has a different definition' ELSE 'missing' END,
    array_remove(ARRAY[
        CASE WHEN p.present THEN format('DROP POLICY %s ON %s', p.quoted, p.qualified_name) END,
        concat_ws(' ', format('CREATE POLICY %s ON %s FOR %s', p.quoted, p.qualified_name,
                              CASE p.polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT'
                                  WHEN 'w' THEN 'UPDATE' ELSE 'DELETE' END),
                  'USING (' || p.using || ')', 'WITH CHECK (' || p.with_check || ')')], NULL),
    NULL::text[], NULL::text, true, p.model, 0
FROM (
    SELECT t.model, t.qualified_name, quote_ident(m.polname) AS quoted, m.polcmd, w.using, w.with_check,
        a.oid IS NOT NULL AS present,
        a.polcmd = m.polcmd AND a.polpermissive AND a.polroles = m.polroles
            AND pg_get_expr(a.polqual, a.polrelid) IS NOT DISTINCT FROM w.using
            AND pg_get_expr(a.polwithcheck, a.polrelid) IS NOT DISTINCT FROM w.with_check AS same
    FROM tables t
        JOIN pg_policy m ON m.polrelid = t.model
        CROSS JOIN LATERAL (SELECT pg_get_expr(m.polqual, m.polrelid) AS using,
                                pg_get_expr(m.polwithcheck, m.polrelid) AS with_check) w
        LEFT JOIN pg_policy a ON a.polrelid = t.actual AND a.polname = m.polname
) p
WHERE NOT coalesce(p.same, false)

UNION ALL
SELECT 94, 'row-level security of ' || t.qualified_name, 'off',
    ARRAY[format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', t.qualified_name)],
    NULL, NULL, true, t.model, 0
FROM tables t
WHERE NOT EXISTS (SELECT FROM pg_class c WHERE c.oid = t.actual AND c.relrowsecurity)
$function$;
