-- is_missing_tool() returns a condition in SQL: the element e.tool of a definition's tools names no tool. NOT
-- IN hashes the tools once. NOT EXISTS would look for each element among them.
CREATE FUNCTION agentchat.is_missing_tool() RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT format(
    '(jsonb_typeof(e.tool) <> ''string'' OR e.tool #>> ''{}'' NOT IN '
    '(SELECT t.name FROM %1$sagent_tools t WHERE t.name IS NOT NULL) '
    'AND lower(translate(e.tool #>> ''{}'', ''{-}'', '''')) NOT IN '
    '(SELECT replace(t.id::text, ''-'', '''') FROM %1$sagent_tools t WHERE t.id IS NOT NULL))',
    agentchat.tables_prefix())
$function$;

-- names_missing_tool() returns a condition in SQL: the definition of that alias names a tool that is missing.
CREATE FUNCTION agentchat.names_missing_tool(definition text) RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT format('EXISTS (SELECT FROM jsonb_array_elements('
              'CASE jsonb_typeof(%1$I.tools) WHEN ''array'' THEN %1$I.tools END) e (tool) WHERE %2$s)',
              definition, agentchat.is_missing_tool())
$function$;

-- check() returns what is wrong with the tables and their rows, and how to correct it.
CREATE FUNCTION agentchat.check()
    RETURNS TABLE (object text, problem text, bad_rows bigint, remedy text)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET row_security = off
    AS $function$
DECLARE
    found record;
    -- The stage of the worst difference: 0 for a relation of another kind or type, which no query may read;
    -- up to 20 for a missing table or column.
    worst integer;
    prefix CONSTANT text := agentchat.tables_prefix();
BEGIN
    PERFORM agentchat.require_owner('check them');

    -- Differences from the blueprint.
    FOR found IN SELECT d.* FROM agentchat.differences() d WHERE d.essential LOOP
        worst := least(worst, found.stage);
        EXIT WHEN worst = 0 AND found.stage > 0;
        object := found.object;
        problem := found.problem;
        bad_rows := NULL;
        IF found.bad_rows IS NOT NULL THEN
            EXECUTE found.bad_rows INTO bad_rows;
        END IF;
        remedy := CASE
            WHEN found.stage = 0 THEN 'Change it back, or rename it and run agentchat.adopt().'
            WHEN bad_rows > 0 THEN 'Fix or delete the bad rows, then: '
                || array_to_string(found.at_once || found.later, '; ')
            ELSE array_to_string(found.at_once || found.later, '; ') END;
        RETURN NEXT;
    END LOOP;

    -- A missing trigger is not a fault: whether it ever existed is not known.
    IF (SELECT t.present AND NOT t.good FROM agentchat.auth_trigger() t) THEN
        object := 'trigger agentchat_sync_user of auth.users';
        problem := 'disabled, or has a different definition';
        bad_rows := NULL;
        remedy := 'SELECT * FROM agentchat.link_supabase_auth()';
        RETURN NEXT;
    END IF;

    -- Rows that refer to nothing in spite of a foreign key. They were written with session_replication_role
    -- set to replica, or with triggers disabled.
    FOR found IN
        SELECT t.qualified_name, a.attname, target.qualified_name AS target, m.confdeltype
        FROM agentchat.tables() t
            JOIN pg_constraint m ON m.conrelid = t.model AND m.contype = 'f'
            JOIN pg_constraint c ON c.conrelid = t.actual AND c.contype = 'f' AND c.conname = m.conname
                AND c.convalidated
            JOIN agentchat.tables() target ON target.actual = c.confrelid AND target.model = m.confrelid
            JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
        WHERE worst IS DISTINCT FROM 0
        ORDER BY t.model::oid, a.attname
    LOOP
        EXECUTE format('SELECT count(*) FROM %1$s t WHERE t.%2$I IS NOT NULL '
                       'AND NOT EXISTS (SELECT FROM %3$s r WHERE r.id = t.%2$I)',
                       found.qualified_name, found.attname, found.target) INTO bad_rows;
        CONTINUE WHEN bad_rows = 0;
        object := format('column %I of %s', found.attname, found.qualified_name);
        problem := format('refers to missing rows of %s', found.target);
        remedy := format(CASE found.confdeltype
                WHEN 'n' THEN
                    'Restore the missing rows, or clear the references: UPDATE %1$s t SET %2$I = NULL'
                ELSE 'Restore the missing rows, or delete those that refer to them: DELETE FROM %1$s t' END
            || ' WHERE t.%2$I IS NOT NULL AND NOT EXISTS (SELECT FROM %3$s r WHERE r.id = t.%2$I)',
            found.qualified_name, found.attname, found.target);
        RETURN NEXT;
    END LOOP;

    -- Definitions that name missing tools: they are older than the rule, or agent_tools was truncated. A uuid
    -- may be written in several ways, as for agentchat.protect_tool().
    EXECUTE CASE WHEN worst <= 20 THEN 'SELECT 0' ELSE format(
        'SELECT count(*) FROM %sagent_definitions d WHERE %s', prefix, agentchat.names_missing_tool('d')) END
        INTO bad_rows;
    IF bad_rows > 0 THEN
        object := format('column tools of %sagent_definitions', prefix);
        problem := format('names tools that are missing from %sagent_tools', prefix);
        remedy := format('Insert the missing tools, or take them out of the definitions: '
            'UPDATE %sagent_definitions d '
            'SET tools = (SELECT coalesce(jsonb_agg(e.tool ORDER BY e.place), ''[]'') '
            'FROM jsonb_array_elements(d.tools) WITH ORDINALITY e (tool, place) WHERE NOT %s) WHERE %s',
            prefix, agentchat.is_missing_tool(), agentchat.names_missing_tool('d'));
        RETURN NEXT;
    END IF;

    -- Tools with schemas by which no input can be checked: they are older than the rule.
    EXECUTE CASE WHEN worst <= 20 THEN 'SELECT 0' ELSE format(
        'SELECT count(*) FROM %sagent_tools t WHERE agentchat.json_schema_error(t.schema) IS NOT NULL',
        prefix) END INTO bad_rows;
    IF bad_rows > 0 THEN
        object := format('column schema of %sagent_tools', prefix);
        problem := 'is not a valid JSON Schema';
        remedy := format('Correct the schemas. This query lists them with their faults: '
            'SELECT t.name, agentchat.json_schema_error(t.schema) FROM %sagent_tools t '
            'WHERE agentchat.json_schema_error(t.schema) IS NOT NULL', prefix);
        RETURN NEXT;
    END IF;

    -- More agents than the subscription allows: a restore brought them back, or the limit was lowered.
    FOR found IN EXECUTE CASE WHEN worst <= 20 THEN 'SELECT WHERE false' ELSE format(
        $query$
        SELECT u.id, u.used, u.agent_limit
        FROM (SELECT i.user_id AS id, count(*) AS used,
                  coalesce((SELECT max(CASE s.agent_limit WHEN -1 THEN 2147483647 ELSE s.agent_limit END)
                            FROM %1$ssubscriptions s WHERE s.user_id = i.user_id AND s.is_active),
                           agentchat.default_agent_limit()) AS agent_limit
              FROM %1$sagent_instances i
              WHERE i.status <> 'archived'
              GROUP BY i.user_id) u
        WHERE u.used > u.agent_limit AND u.agent_limit <> -1
        ORDER BY u.id
        $query$, prefix) END
    LOOP
        object := format('user %s', found.id);
        problem := format('has %s agents, the limit is %s', found.used, found.agent_limit);
        bad_rows := found.used - greatest(found.agent_limit, 0);
        remedy := format('Raise agent_limit of the user''s subscription, or archive agents: '
                         'UPDATE %sagent_instances SET status = ''archived'' WHERE id = ...', prefix);
        RETURN NEXT;
    END LOOP;

    -- Grants that bypass row-level security, let in users who are not signed in, or are more than users need.
    FOR found IN
        SELECT t.qualified_name, t.table_name, r.rolname,
            coalesce(quote_ident(r.rolname), 'PUBLIC') AS grantee,
            string_agg(DISTINCT a.privilege_type, ', ' ORDER BY a.privilege_type) AS privileges,
            bool_or(a.is_grantable) AS is_grantable
        FROM agentchat.tables() t
            JOIN pg_class c ON c.oid = t.actual
            -- Grants on the table and on columns: REVOKE on the table revokes both.
            CROSS JOIN LATERAL (SELECT c.relacl AS acl, NULL::name AS column_name UNION ALL
                                SELECT l.attacl, l.attname FROM pg_attribute l WHERE l.attrelid = t.actual) g
            CROSS JOIN LATERAL aclexplode(g.acl) a
            LEFT JOIN pg_roles r ON r.oid = a.grantee
        WHERE a.grantee <> c.relowner
          AND (a.grantee = 0 OR r.rolname = 'anon'
               OR r.rolname = 'authenticated' AND NOT EXISTS (
                   SELECT FROM agentchat.api_privileges(false) p
                   WHERE p.table_name = t.table_name AND p.privilege = a.privilege_type
                     AND (p.column_name IS NULL OR p.column_name = g.column_name)))
        GROUP BY t.model, t.qualified_name, t.table_name, r.rolname
        ORDER BY t.model::oid, grantee
    LOOP
        object := format('grants on %s', found.qualified_name);
        problem := format('%s has %s', found.grantee, found.privileges);
        bad_rows := NULL;
        remedy := array_to_string(
            ARRAY[format('REVOKE %s ON %s FROM %s%s', found.privileges, found.qualified_name, found.grantee,
                         CASE WHEN found.is_grantable THEN ' CASCADE' ELSE '' END)]
            -- REVOKE on the table has also revoked those on its columns.
            || CASE WHEN found.rolname = 'authenticated' THEN
                   agentchat.grant_statements(false, found.table_name, found.qualified_name, found.grantee)
               END, '; ');
        RETURN NEXT;
    END LOOP;

    -- With this setting every session of the role or database looks like the restore of a dump.
    FOR found IN
        SELECT CASE WHEN r.rolname IS NULL AND d.datname IS NULL THEN 'ROLE ALL'
                   ELSE concat_ws(' IN ', 'ROLE ' || quote_ident(r.rolname),
                                  'DATABASE ' || quote_ident(d.datname))
               END AS whose
        FROM pg_db_role_setting s
            LEFT JOIN pg_roles r ON r.oid = s.setrole
            LEFT JOIN pg_database d ON d.oid = s.setdatabase
        WHERE (s.setdatabase = 0 OR d.datname = current_database())
          AND EXISTS (SELECT FROM unnest(s.setconfig) c
                      WHERE starts_with(c, 'row_security=')
                        AND NOT substr(c, length('row_security=') + 1)::boolean)
        ORDER BY s.setrole, s.setdatabase
    LOOP
        object := format('setting row_security of %s', found.whose);
        problem := 'is off, which makes sessions look like the restore of a dump';
        bad_rows := NULL;
        remedy := format('ALTER %s RESET row_security', found.whose);
        RETURN NEXT;
    END LOOP;
END
$function$;

REVOKE EXECUTE ON FUNCTION agentchat.check() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION agentchat.check() TO pg_database_owner;

COMMENT ON FUNCTION agentchat.check() IS
'Returns a row for each fault of the tables, with the number of rows concerned and the remedy; no rows if '
'all is well. It reads whole tables, changes nothing, and runs on a standby. Errors: 42501 not the owner of '
'the tables.';
