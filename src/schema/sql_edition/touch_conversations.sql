-- Sets updated_at of the conversations whose messages a statement changed, in the order of their ids, so
-- that statements do not deadlock. It has no SET search_path: the triggers of conversations are yours.
--
-- An UPDATE or a DELETE of messages holds rows that the deletion of their conversation waits for. It
-- therefore waits for every session except one that deletes the conversation, but not for long: see
-- touch_held_conversation().
LANGUAGE plpgsql SECURITY DEFINER
AS $function$
DECLARE
    may_wait CONSTANT boolean := TG_OP OPERATOR(pg_catalog.=) 'INSERT'
        AND pg_catalog.current_setting('transaction_isolation') OPERATOR(pg_catalog.=) 'read committed';
    changed pg_catalog.uuid[];
    conversation pg_catalog.uuid;
    older pg_catalog.text;
    touching pg_catalog.text;
BEGIN
    PERFORM agentchat.require_transition_tables(TG_RELID, TG_NAME, TG_WHEN, TG_LEVEL, TG_OP,
        'touch_conversations', 'messages', '{INSERT,UPDATE,DELETE}');
    IF agentchat.is_restore(TG_RELID) THEN
        RETURN NULL;
    END IF;

    IF TG_OP OPERATOR(pg_catalog.=) 'INSERT' THEN
        SELECT pg_catalog.array_agg(DISTINCT n.conversation_id) INTO changed FROM new_rows n;
    ELSIF TG_OP OPERATOR(pg_catalog.=) 'DELETE' THEN
        SELECT pg_catalog.array_agg(DISTINCT o.conversation_id) INTO changed FROM old_rows o;
    ELSE
        -- The rows of both tables have the same order.
        SELECT pg_catalog.array_agg(DISTINCT c.id) INTO changed
        FROM (SELECT pg_catalog.row_number() OVER () AS place, o AS contents, o.conversation_id
              FROM old_rows o) o
            JOIN (SELECT pg_catalog.row_number() OVER () AS place, n AS contents, n.conversation_id
                  FROM new_rows n) n ON n.place OPERATOR(pg_catalog.=) o.place
                                    AND n.contents OPERATOR(pg_catalog.*<>) o.contents
            CROSS JOIN LATERAL (VALUES (o.conversation_id), (n.conversation_id)) c (id);
    END IF;

    SELECT pg_catalog.format('FROM %1$I.conversations c WHERE c.id OPERATOR(pg_catalog.=) $1
                                  AND c.updated_at OPERATOR(pg_catalog.<) %2$s', TG_TABLE_SCHEMA, now),
        pg_catalog.format('UPDATE %1$I.conversations SET updated_at = %2$s WHERE id OPERATOR(pg_catalog.=) $1
                               AND updated_at OPERATOR(pg_catalog.<) %2$s', TG_TABLE_SCHEMA, now)
    INTO older, touching
    FROM (SELECT CASE WHEN pg_catalog.bool_or(
              a.atttypid OPERATOR(pg_catalog.=) 'pg_catalog.timestamptz'::pg_catalog.regtype)
              THEN 'pg_catalog.now()' ELSE 'pg_catalog.timezone(''UTC'', pg_catalog.now())' END
          FROM pg_catalog.pg_attribute a
          WHERE a.attrelid OPERATOR(pg_catalog.=)
                    pg_catalog.to_regclass(pg_catalog.format('%I.conversations', TG_TABLE_SCHEMA))
            AND a.attname OPERATOR(pg_catalog.=) 'updated_at') t (now);
    FOREACH conversation IN ARRAY coalesce(changed, '{}') LOOP
        IF TG_OP OPERATOR(pg_catalog.=) 'DELETE' THEN
            PERFORM agentchat.forget_newest_message(conversation);
        END IF;
        IF may_wait THEN
            EXECUTE touching USING conversation;
        ELSE
            PERFORM agentchat.touch_held_conversation(conversation, older, touching);
        END IF;
    END LOOP;
    RETURN NULL;
END
$function$
