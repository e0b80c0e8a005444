-- require_link() raises 42501 unless the row with that id is the user's, or is a public definition. It looks
-- with the rights of the owner, whatever the caller may read.
CREATE FUNCTION agentchat.require_link(link text, target uuid, owner uuid) RETURNS void
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    allowed boolean;
BEGIN
    EXECUTE format(
        CASE link
            WHEN 'message_id' THEN
                'SELECT true FROM %1$smessages m JOIN %1$sconversations c ON c.id = m.conversation_id
                 WHERE m.id = $1 AND c.user_id = $2'
            WHEN 'definition_id' THEN
                'SELECT true FROM %1$sagent_definitions WHERE id = $1 AND (user_id = $2 OR is_public)'
            WHEN 'agent_instance_id' THEN
                'SELECT true FROM %1$sagent_instances WHERE id = $1 AND user_id = $2'
        END, agentchat.tables_prefix())
    INTO allowed USING target, owner;
    IF allowed IS NULL THEN
        RAISE EXCEPTION 'cannot refer to a row of another user'
            USING ERRCODE = 'insufficient_privilege',
                  DETAIL = format('The column %s is %s.', link, target),
                  HINT = 'Refer to a row of the same user, or to a public agent definition.';
    END IF;
END
$function$;
