-- require_user() refuses an argument that is not the id of a user.
CREATE FUNCTION agentchat.require_user(user_id uuid) RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    users CONSTANT text := agentchat.tables_prefix() || 'users';
    is_there boolean;
BEGIN
    IF user_id IS NULL THEN
        RAISE EXCEPTION 'user_id is NULL'
            USING ERRCODE = 'null_value_not_allowed',
                  HINT = 'Pass the id of the user.';
    END IF;
    EXECUTE format('SELECT EXISTS (SELECT FROM %s u WHERE u.id = $1)', users) INTO is_there USING user_id;
    IF NOT is_there THEN
        RAISE EXCEPTION 'user not found'
            USING ERRCODE = 'PT404',
                  DETAIL = format('No user has the id %s.', user_id),
                  HINT = format('Pass the id of a row in %s.', users);
    END IF;
END
$function$;

-- export_conversation() returns what get_conversation() returns in the format rows, with times that end in Z.
CREATE FUNCTION agentchat.export_conversation(id uuid) RETURNS jsonb
    LANGUAGE c STABLE STRICT PARALLEL SAFE COST 1000
    AS 'MODULE_PATHNAME', 'agentchat_export_conversation';

-- row_with_times() returns the SQL of a row t as jsonb, with times that end in Z.
CREATE FUNCTION agentchat.row_with_times(row_table regclass) RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT 'to_jsonb(t.*)' || coalesce(' || jsonb_build_object(' || string_agg(format(
    '%1$L, CASE WHEN isfinite(t.%2$I) AND t.%2$I >= ''0001-01-01'' '
    'THEN to_char(t.%2$I, ''YYYY-MM-DD"T"HH24:MI:SS.US"Z"'') ELSE t.%2$I::text END', a.attname, a.attname),
    ', ' ORDER BY a.attnum) || ')', '')
FROM pg_attribute a
WHERE a.attrelid = row_table AND a.attnum > 0 AND NOT a.attisdropped AND a.atttypid = 'timestamp'::regtype
$function$;

-- export_user() returns all data of a user. As a STABLE function it reads everything with one snapshot. The
-- texts of values do not depend on the session's settings: import_user() may run with others.
CREATE FUNCTION agentchat.export_user(user_id uuid) RETURNS jsonb
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET row_security = off
    SET datestyle = 'ISO' SET timezone = 'UTC' SET intervalstyle = 'postgres' SET extra_float_digits = 1
    SET bytea_output = 'hex'
    AS $function$
DECLARE
    prefix CONSTANT text := agentchat.tables_prefix();
    -- The largest size of a jsonb value.
    largest CONSTANT bigint := 268435455;
    sizes text;
    members text;
    size bigint;
    result jsonb;
BEGIN
    PERFORM agentchat.require_owner('export users');
    PERFORM agentchat.require_user(user_id);

    -- The sizes and the values of the members of the result, as SQL. A feature that is off keeps its rows,
    -- too.
    SELECT string_agg(format('(SELECT coalesce(sum(pg_column_size(%s)), 0) FROM %s%I t WHERE %s)',
                             m.document, prefix, m.key, m.condition), ' + ' ORDER BY m.n),
        string_agg(format('%L, ARRAY(SELECT %s FROM %s%I t WHERE %s ORDER BY %s)',
                          m.key, m.document, prefix, m.key, m.condition, m.place), ', ' ORDER BY m.n)
    INTO sizes, members
    FROM (SELECT k.key, k.n,
              CASE k.key WHEN 'conversations' THEN 'agentchat.export_conversation(t.id)'
              ELSE agentchat.row_with_times((prefix || quote_ident(k.key))::regclass) END AS document,
              CASE k.key
                  WHEN 'runs' THEN format('t.conversation_id IN '
                      '(SELECT c.id FROM %sconversations c WHERE c.user_id = $1)', prefix)
                  WHEN 'run_chunks' THEN format('t.run_id IN (SELECT r.id FROM %1$sruns r '
                      'JOIN %1$sconversations c ON c.id = r.conversation_id WHERE c.user_id = $1)', prefix)
                  ELSE 't.user_id = $1' END AS condition,
              CASE k.key WHEN 'runs' THEN 't.started_at, t.id' WHEN 'run_chunks' THEN 't.run_id, t.seq'
              ELSE 't.created_at, t.id' END AS place
          FROM unnest(ARRAY['conversations', 'artifacts', 'agent_definitions', 'agent_instances', 'workflows',
                            'subscriptions'] || agentchat.tables_of_features())
              WITH ORDINALITY k (key, n)) m;

    BEGIN
        -- Building the value takes several times its size in memory, and PostgreSQL would report only at the
        -- end that it is too large. ARRAY() takes half the memory of jsonb_agg().
        EXECUTE format('SELECT %s', sizes) INTO size USING user_id;
        IF size > largest THEN
            RAISE EXCEPTION USING ERRCODE = 'program_limit_exceeded';
        END IF;
        EXECUTE format('SELECT jsonb_build_object('
                       '''user'', (SELECT %s FROM %susers t WHERE t.id = $1), %s)',
                       agentchat.row_with_times((prefix || 'users')::regclass), prefix, members)
            INTO result USING user_id;
    EXCEPTION WHEN program_limit_exceeded THEN
        -- The error is from the lines above, or from PostgreSQL or get_conversation(), to which a single
        -- value was too large.
        RAISE EXCEPTION 'the user''s data is too large for a jsonb value'
            USING ERRCODE = 'program_limit_exceeded',
                  DETAIL = format('The user is %s.', user_id),
                  HINT = format('Export table by table, for example with psql: '
                                '\copy (SELECT to_jsonb(m.*) FROM %1$smessages m '
                                'JOIN %1$sconversations c ON c.id = m.conversation_id '
                                'WHERE c.user_id = %2$L) TO messages.jsonl', prefix, user_id);
    END;
    RETURN result;
END
$function$;

REVOKE EXECUTE ON FUNCTION agentchat.export_user(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION agentchat.export_user(uuid) TO pg_database_owner;

COMMENT ON FUNCTION agentchat.export_user(uuid) IS
'Returns all data of a user as one JSON object: user, conversations with their messages, artifacts, '
'agent_definitions, agent_instances, workflows, subscriptions, and the tables of features that exist (runs, '
'run_chunks), each row with all its columns. Times are ISO 8601 in UTC and end in Z. It changes nothing, and '
'runs on a standby. Errors: PT404 user not found; 22004 user_id is NULL; 54000 larger than a jsonb value can '
'be; 42501 not the owner of the tables.';
