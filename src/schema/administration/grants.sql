-- api_privileges() returns the privileges on the tables that a role of the API needs, one in each row, with a
-- column if the privilege is on that column only. Row-level security decides about the rows. Roles that
-- bypass it are those of servers, which write everywhere.
CREATE FUNCTION agentchat.api_privileges(
    bypasses_rls boolean, OUT table_name text, OUT privilege text, OUT column_name text
) RETURNS SETOF record
    LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT t.name, p.name, NULL
FROM unnest(ARRAY['users', 'conversations', 'messages', 'artifacts', 'agent_definitions', 'agent_instances',
                  'agent_tools', 'workflows', 'subscriptions', 'runs', 'run_chunks'])
        WITH ORDINALITY t (name, n)
    CROSS JOIN unnest('{SELECT,INSERT,UPDATE,DELETE}'::text[]) WITH ORDINALITY p (name, n)
WHERE bypasses_rls OR p.name = 'SELECT'
   OR CASE t.name WHEN 'run_chunks' THEN p.name <> 'UPDATE'
      ELSE t.name NOT IN ('users', 'agent_tools', 'subscriptions') END
UNION ALL
SELECT 'users', 'UPDATE', c.name
FROM unnest('{name,avatar_url}'::text[]) c (name)
WHERE NOT bypasses_rls
$function$;

-- grant_statements() returns the statements that grant these privileges on one table, if there are any.
CREATE FUNCTION agentchat.grant_statements(
    bypasses_rls boolean, table_name text, qualified_name text, role text
) RETURNS text[]
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT array_remove(ARRAY[
    'GRANT ' || string_agg(p.privilege || coalesce(' (' || p.column_name || ')', ''), ', ')
    || format(' ON %s TO %s', qualified_name, role)], NULL)
FROM agentchat.api_privileges(bypasses_rls) p
WHERE p.table_name = grant_statements.table_name
$function$;

-- grant_api() grants them on all tables, and USAGE of the schema if the role does not have it.
CREATE FUNCTION agentchat.grant_api(role regrole) RETURNS TABLE (statement text)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    bypasses_rls boolean;
BEGIN
    PERFORM agentchat.require_owner('grant the API on them');
    IF role IS NULL THEN
        RAISE EXCEPTION 'role is NULL'
            USING ERRCODE = 'null_value_not_allowed',
                  HINT = 'Pass the name of a role: SELECT agentchat.grant_api(''authenticated'');';
    END IF;
    SELECT r.rolbypassrls OR r.rolsuper INTO bypasses_rls FROM pg_roles r WHERE r.oid = role;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'role "%" does not exist', role USING ERRCODE = 'undefined_object';
    END IF;
    FOR statement IN
        SELECT format('GRANT USAGE ON SCHEMA %I TO %s', n.nspname, role)
        FROM pg_namespace n
        WHERE n.oid = agentchat.tables_schema() AND NOT has_schema_privilege(role, n.oid, 'USAGE')
        UNION ALL
        SELECT s.statement
        FROM agentchat.tables() t
            CROSS JOIN LATERAL unnest(agentchat.grant_statements(
                bypasses_rls, t.table_name, t.qualified_name, role::text)) s (statement)
        WHERE t.actual IS NOT NULL
    LOOP
        EXECUTE statement;
        RETURN NEXT;
    END LOOP;
END
$function$;

REVOKE EXECUTE ON FUNCTION agentchat.grant_api(regrole) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION agentchat.grant_api(regrole) TO pg_database_owner;

COMMENT ON FUNCTION agentchat.grant_api(regrole) IS
'Grants a role the privileges of authenticated on the tables, or those of service_role if the role bypasses '
'row-level security, and returns the statements. The policies ask for current_user_id(), not for the role. '
'Errors: 22004 role is NULL; 42501 not the owner of the tables; 42704 the role does not exist.';
