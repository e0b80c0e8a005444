-- Without a search_path of its own: triggers of the tables, and of those that deleting cascades to, run inside and
-- expect the caller's. So every name, type and operator is qualified.
--
-- Row locks are taken in the order in which the application's statements take them, so that these wait and never
-- deadlock. Who inserts a row locks the user first and then what else it refers to; who changes a row has it before
-- what it refers to (an UPDATE of a message touches the conversation after it). So the user is locked first, which
-- lets nobody add anything more, and then each table before those that it refers to.
CREATE FUNCTION agentchat.delete_user(user_id uuid) RETURNS jsonb
    LANGUAGE plpgsql SET row_security = off
    AS $function$
DECLARE
    prefix CONSTANT pg_catalog.text := agentchat.tables_prefix();
    -- Conditions, and what a row gets whose link is changed.
    owned CONSTANT pg_catalog.text := 'user_id OPERATOR(pg_catalog.=) $1';
    said CONSTANT pg_catalog.text := pg_catalog.format(
        'conversation_id OPERATOR(pg_catalog.=) ANY (SELECT c.id FROM %sconversations c WHERE c.%s)', prefix, owned);
    changed CONSTANT pg_catalog.text :=
        'updated_at = GREATEST(t.updated_at, pg_catalog.timezone(''UTC'', pg_catalog.now()))';
    artifacts bigint;
    messages bigint;
    conversations bigint;
    workflows bigint;
    agent_instances bigint;
    agent_definitions bigint;
    subscriptions bigint;
    kept bigint;
    anonymous pg_catalog.uuid;
BEGIN
    PERFORM agentchat.require_owner('delete users');

    -- One at a time: two whose rows refer to one another's would lock them in different order.
    PERFORM pg_catalog.pg_advisory_xact_lock('agentchat.delete_user'::pg_catalog.regproc::pg_catalog.oid::bigint);
    EXECUTE pg_catalog.format('SELECT FROM %susers WHERE id OPERATOR(pg_catalog.=) $1 FOR UPDATE', prefix) USING user_id;
    PERFORM agentchat.require_user(user_id);

    -- Foreign keys would do the two UPDATEs here and below, but with the locks the other way round.
    EXECUTE pg_catalog.format('DELETE FROM %sartifacts WHERE %s', prefix, owned) USING user_id;
    GET DIAGNOSTICS artifacts = ROW_COUNT;
    EXECUTE pg_catalog.format('UPDATE %1$sartifacts t SET message_id = NULL, %3$s WHERE message_id OPERATOR(pg_catalog.=) '
                              'ANY (SELECT m.id FROM %1$smessages m WHERE m.%2$s)', prefix, said, changed) USING user_id;

    -- Deleting messages at once would touch their conversations, and so have a lock that lets messages in.
    EXECUTE pg_catalog.format('SELECT pg_catalog.count(*) FROM (SELECT FROM %smessages WHERE %s FOR UPDATE) locked',
                              prefix, said) USING user_id;
    EXECUTE pg_catalog.format('SELECT pg_catalog.count(*) FROM (SELECT FROM %sconversations WHERE %s ORDER BY id FOR UPDATE) locked',
                              prefix, owned) USING user_id;
    EXECUTE pg_catalog.format('DELETE FROM %smessages WHERE %s', prefix, said) USING user_id;
    GET DIAGNOSTICS messages = ROW_COUNT;
    EXECUTE pg_catalog.format('DELETE FROM %sconversations WHERE %s', prefix, owned) USING user_id;
    GET DIAGNOSTICS conversations = ROW_COUNT;

    EXECUTE pg_catalog.format('DELETE FROM %sworkflows WHERE %s', prefix, owned) USING user_id;
    GET DIAGNOSTICS workflows = ROW_COUNT;
    EXECUTE pg_catalog.format('UPDATE %1$sworkflows t SET agent_instance_id = NULL, %3$s WHERE agent_instance_id OPERATOR(pg_catalog.=) '
                              'ANY (SELECT i.id FROM %1$sagent_instances i WHERE i.%2$s)', prefix, owned, changed) USING user_id;
    EXECUTE pg_catalog.format('DELETE FROM %sagent_instances WHERE %s', prefix, owned) USING user_id;
    GET DIAGNOSTICS agent_instances = ROW_COUNT;

    -- The user's own agents are gone, so any that is left is somebody else's. None can come while they are locked.
    EXECUTE pg_catalog.format('SELECT pg_catalog.count(*) FROM (SELECT FROM %sagent_definitions WHERE %s ORDER BY id FOR UPDATE) locked',
                              prefix, owned) USING user_id;
    EXECUTE pg_catalog.format('DELETE FROM %1$sagent_definitions d WHERE d.%2$s AND NOT EXISTS (SELECT FROM '
                              '%1$sagent_instances i WHERE i.definition_id OPERATOR(pg_catalog.=) d.id)', prefix, owned) USING user_id;
    GET DIAGNOSTICS agent_definitions = ROW_COUNT;

    EXECUTE pg_catalog.format('DELETE FROM %ssubscriptions WHERE %s', prefix, owned) USING user_id;
    GET DIAGNOSTICS subscriptions = ROW_COUNT;

    -- What is kept goes to a new row that is nobody's, and the user's own is deleted: with it goes what other tables hold
    -- that refer to it ON DELETE CASCADE, and its id, by which an account elsewhere or a log could tell who it was.
    EXECUTE pg_catalog.format('SELECT pg_catalog.count(*) FROM %sagent_definitions WHERE %s', prefix, owned)
        INTO kept USING user_id;
    IF kept OPERATOR(pg_catalog.>) 0 THEN
        anonymous := pg_catalog.gen_random_uuid();
        EXECUTE pg_catalog.format('INSERT INTO %susers (id, email) VALUES ($1, $2)', prefix)
            USING anonymous, pg_catalog.format('%s@deleted.invalid', anonymous);
        EXECUTE pg_catalog.format('UPDATE %sagent_definitions t SET user_id = $2, %s WHERE %s', prefix, changed, owned)
            USING user_id, anonymous;
    END IF;
    EXECUTE pg_catalog.format('DELETE FROM %susers WHERE id OPERATOR(pg_catalog.=) $1', prefix) USING user_id;

    RETURN pg_catalog.jsonb_build_object(
        'deleted', pg_catalog.jsonb_build_object(
            'users', 1, 'conversations', conversations, 'messages', messages, 'artifacts', artifacts,
            'agent_definitions', agent_definitions, 'agent_instances', agent_instances, 'workflows', workflows,
            'subscriptions', subscriptions),
        'kept', pg_catalog.jsonb_build_object('agent_definitions', kept, 'anonymous_user_id', anonymous));
END
$function$;

REVOKE EXECUTE ON FUNCTION agentchat.delete_user(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION agentchat.delete_user(uuid) TO pg_database_owner;

COMMENT ON FUNCTION agentchat.delete_user(uuid) IS
'Erases a user and everything of the user, all or nothing, and counts it: {"deleted": {"users", "conversations", "messages", ...}, "kept": {"agent_definitions", "anonymous_user_id"}}. Agent definitions that others have made agents from are kept, for a new row in users that is nobody. Errors: PT404 no such user, 22004 user_id is NULL, 23503 a table of yours refers to what would be deleted, 42501 not the tables'' owner.';
