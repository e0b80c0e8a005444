-- delete_user() erases a user and all data of the user.
--
-- It has no search_path of its own. The triggers of the tables, and those of the tables that DELETE cascades
-- to, run inside the function and expect the caller's search_path. Therefore every name, type and operator is
-- qualified.
--
-- It locks all rows first. Other writers then wait, and nothing deadlocks, because the order is that of an
-- application's statements: each table before those that it refers to (an UPDATE of a message touches its
-- conversation), and the user last. PostgreSQL checks foreign keys in the order of their names, and an
-- INSERT, too, locks a message or a definition before the user. With every row locked that a new row could
-- refer to, nobody can add anything.
CREATE FUNCTION agentchat.delete_user(user_id uuid) RETURNS jsonb
    LANGUAGE plpgsql SET row_security = off
    AS $function$
DECLARE
    prefix CONSTANT pg_catalog.text := agentchat.tables_prefix();
    -- The conditions on a user's rows and on those that refer to them, and the assignment for a row whose
    -- link changes.
    owned CONSTANT pg_catalog.text := 'user_id OPERATOR(pg_catalog.=) $1';
    said CONSTANT pg_catalog.text := pg_catalog.format(
        'conversation_id OPERATOR(pg_catalog.=) ANY (SELECT c.id FROM %sconversations c WHERE c.%s)',
        prefix, owned);
    of_message CONSTANT pg_catalog.text := pg_catalog.format(
        'message_id OPERATOR(pg_catalog.=) ANY (SELECT m.id FROM %smessages m WHERE m.%s)', prefix, said);
    of_agent CONSTANT pg_catalog.text := pg_catalog.format(
        'agent_instance_id OPERATOR(pg_catalog.=) ANY (SELECT i.id FROM %sagent_instances i WHERE i.%s)',
        prefix, owned);
    used CONSTANT pg_catalog.text := pg_catalog.format(
        'EXISTS (SELECT FROM %sagent_instances i WHERE i.definition_id OPERATOR(pg_catalog.=) t.id)', prefix);
    of_features CONSTANT pg_catalog.text[] := agentchat.tables_of_features();
    of_run CONSTANT pg_catalog.text := pg_catalog.format(
        'run_id OPERATOR(pg_catalog.=) ANY (SELECT r.id FROM %sruns r WHERE r.%s)', prefix, said);
    changed CONSTANT pg_catalog.text :=
        'updated_at = GREATEST(t.updated_at, pg_catalog.timezone(''UTC'', pg_catalog.now()))';
    of_user CONSTANT pg_catalog.text[] := ARRAY[
        pg_catalog.format('artifacts WHERE %s ORDER BY id', owned),
        pg_catalog.format('artifacts WHERE %s ORDER BY id', of_message),
        pg_catalog.format('messages WHERE %s ORDER BY conversation_id, created_at, id', said),
        pg_catalog.format('conversations WHERE %s ORDER BY id', owned)]
        -- finish_run() and a DELETE of the conversation lock it before its runs.
        OPERATOR(pg_catalog.||) CASE WHEN 'runs' OPERATOR(pg_catalog.=) ANY (of_features)
            THEN ARRAY[pg_catalog.format('runs WHERE %s ORDER BY id', said)] END
        OPERATOR(pg_catalog.||) CASE WHEN 'run_chunks' OPERATOR(pg_catalog.=) ANY (of_features)
            THEN ARRAY[pg_catalog.format('run_chunks WHERE %s ORDER BY run_id, seq', of_run)] END
        OPERATOR(pg_catalog.||) ARRAY[
        pg_catalog.format('workflows WHERE %s ORDER BY id', owned),
        pg_catalog.format('workflows WHERE %s ORDER BY id', of_agent),
        pg_catalog.format('agent_instances WHERE %s ORDER BY id', owned),
        pg_catalog.format('agent_definitions WHERE %s ORDER BY id', owned),
        pg_catalog.format('subscriptions WHERE %s ORDER BY id', owned),
        'users WHERE id OPERATOR(pg_catalog.=) $1'];
    rows pg_catalog.text;
    all_locked boolean;
    artifacts bigint;
    messages bigint;
    conversations bigint;
    runs bigint;
    run_chunks bigint;
    workflows bigint;
    agent_instances bigint;
    agent_definitions bigint;
    subscriptions bigint;
    users bigint;
    kept bigint;
    anonymous pg_catalog.uuid;
BEGIN
    PERFORM agentchat.require_owner('delete users');

    -- One call at a time: two users whose rows refer to one another's would lock them in different orders.
    PERFORM pg_catalog.pg_advisory_xact_lock(
        'agentchat.delete_user'::pg_catalog.regproc::pg_catalog.oid::bigint);
    PERFORM agentchat.require_user(user_id);

    LOOP
        BEGIN
            FOREACH rows IN ARRAY of_user LOOP
                EXECUTE pg_catalog.format(
                    'SELECT pg_catalog.count(*) FROM (SELECT FROM %s%s FOR UPDATE) locked', prefix, rows)
                    USING user_id;
            END LOOP;
            -- Rows that were added meanwhile are locked, too, unless somebody holds a lock on them and may be
            -- waiting for ours.
            FOR i IN REVERSE pg_catalog.cardinality(of_user) .. 1 LOOP
                EXECUTE pg_catalog.format(
                    'SELECT (SELECT pg_catalog.count(*) FROM (SELECT FROM %1$s%2$s) found) '
                    'OPERATOR(pg_catalog.=) '
                    '(SELECT pg_catalog.count(*) FROM (SELECT FROM %1$s%2$s FOR UPDATE SKIP LOCKED) locked)',
                    prefix, of_user[i])
                    INTO all_locked USING user_id;
                IF NOT all_locked THEN
                    RAISE EXCEPTION USING ERRCODE = 'AC001';
                END IF;
            END LOOP;
            EXIT;
        EXCEPTION WHEN SQLSTATE 'AC001' THEN
            -- The rollback has released the locks. Try again.
        END;
    END LOOP;

    EXECUTE pg_catalog.format('DELETE FROM %sartifacts WHERE %s', prefix, owned) USING user_id;
    GET DIAGNOSTICS artifacts = ROW_COUNT;
    EXECUTE pg_catalog.format('UPDATE %sartifacts t SET message_id = NULL, %s WHERE %s',
                              prefix, changed, of_message)
        USING user_id;
    EXECUTE pg_catalog.format('DELETE FROM %smessages WHERE %s', prefix, said) USING user_id;
    GET DIAGNOSTICS messages = ROW_COUNT;
    -- The chunks of a running run are only deleted with the run.
    IF 'run_chunks' OPERATOR(pg_catalog.=) ANY (of_features) THEN
        EXECUTE pg_catalog.format('SELECT pg_catalog.count(*) FROM %srun_chunks WHERE %s', prefix, of_run)
            INTO run_chunks USING user_id;
    END IF;
    IF 'runs' OPERATOR(pg_catalog.=) ANY (of_features) THEN
        EXECUTE pg_catalog.format('DELETE FROM %sruns WHERE %s', prefix, said) USING user_id;
        GET DIAGNOSTICS runs = ROW_COUNT;
    END IF;
    EXECUTE pg_catalog.format('DELETE FROM %sconversations WHERE %s', prefix, owned) USING user_id;
    GET DIAGNOSTICS conversations = ROW_COUNT;
    EXECUTE pg_catalog.format('DELETE FROM %sworkflows WHERE %s', prefix, owned) USING user_id;
    GET DIAGNOSTICS workflows = ROW_COUNT;
    EXECUTE pg_catalog.format('UPDATE %sworkflows t SET agent_instance_id = NULL, %s WHERE %s',
                              prefix, changed, of_agent)
        USING user_id;
    EXECUTE pg_catalog.format('DELETE FROM %sagent_instances WHERE %s', prefix, owned) USING user_id;
    GET DIAGNOSTICS agent_instances = ROW_COUNT;
    -- Definitions that are still in use have agents of other users: the user's own are deleted.
    EXECUTE pg_catalog.format('DELETE FROM %sagent_definitions t WHERE %s AND NOT %s', prefix, owned, used)
        USING user_id;
    GET DIAGNOSTICS agent_definitions = ROW_COUNT;
    EXECUTE pg_catalog.format('DELETE FROM %ssubscriptions WHERE %s', prefix, owned) USING user_id;
    GET DIAGNOSTICS subscriptions = ROW_COUNT;

    -- The definitions to keep move to a new, anonymous row, and the user's own row is deleted. This also
    -- deletes the rows of other tables that refer to it ON DELETE CASCADE, and the id, by which an account
    -- elsewhere or a log could identify the user.
    EXECUTE pg_catalog.format('SELECT pg_catalog.count(*) FROM %sagent_definitions WHERE %s', prefix, owned)
        INTO kept USING user_id;
    IF kept OPERATOR(pg_catalog.>) 0 THEN
        anonymous := pg_catalog.gen_random_uuid();
        EXECUTE pg_catalog.format('INSERT INTO %susers (id, email) VALUES ($1, $2)', prefix)
            USING anonymous, pg_catalog.format('%s@deleted.invalid', anonymous);
        EXECUTE pg_catalog.format('UPDATE %sagent_definitions t SET user_id = $2, %s WHERE %s',
                                  prefix, changed, owned)
            USING user_id, anonymous;
    END IF;
    EXECUTE pg_catalog.format('DELETE FROM %susers WHERE id OPERATOR(pg_catalog.=) $1', prefix) USING user_id;
    GET DIAGNOSTICS users = ROW_COUNT;

    RETURN pg_catalog.jsonb_build_object(
        'deleted', pg_catalog.jsonb_build_object(
            'users', users, 'conversations', conversations, 'messages', messages, 'artifacts', artifacts,
            'agent_definitions', agent_definitions, 'agent_instances', agent_instances,
            'workflows', workflows, 'subscriptions', subscriptions)
            OPERATOR(pg_catalog.||) pg_catalog.jsonb_strip_nulls(
                pg_catalog.jsonb_build_object('runs', runs, 'run_chunks', run_chunks)),
        'kept', pg_catalog.jsonb_build_object('agent_definitions', kept, 'anonymous_user_id', anonymous));
END
$function$;

REVOKE EXECUTE ON FUNCTION agentchat.delete_user(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION agentchat.delete_user(uuid) TO pg_database_owner;

COMMENT ON FUNCTION agentchat.delete_user(uuid) IS
'Erases a user and all data of the user, all or nothing, and returns the numbers of rows: {"deleted": '
'{"users", "conversations", "messages", ...}, "kept": {"agent_definitions", "anonymous_user_id"}}. It keeps '
'agent definitions from which other users have made agents; they move to a new, anonymous row in users. '
'Errors: PT404 user not found; 22004 user_id is NULL; 23503 a table of yours refers to a row to delete; '
'42501 not the owner of the tables.';
