-- require_link() raises 42501 unless the row `source` has this link and this user, and the link is to a row
-- of the user's or to a public definition. It looks with the rights of the owner, whatever the caller may
-- read. The trigger functions call it after the row is written. Everyone may call it, but learns nothing: the
-- error is the same for rows that are not there, and for what they do not refer to.
CREATE FUNCTION agentchat.require_link(link text, source uuid, target uuid, owner uuid) RETURNS void
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    allowed boolean;
BEGIN
    EXECUTE format(
        CASE link
            WHEN 'message_id' THEN
                'SELECT true FROM %1$sartifacts s JOIN %1$smessages m ON m.id = s.message_id
                     JOIN %1$sconversations c ON c.id = m.conversation_id AND c.user_id = s.user_id
                 WHERE s.id = $1 AND m.id = $2 AND s.user_id = $3'
            WHEN 'definition_id' THEN
                'SELECT true FROM %1$sagent_instances s JOIN %1$sagent_definitions d ON d.id = s.definition_id
                     AND (d.user_id = s.user_id OR d.is_public)
                 WHERE s.id = $1 AND d.id = $2 AND s.user_id = $3'
            WHEN 'agent_instance_id' THEN
                'SELECT true FROM %1$sworkflows s JOIN %1$sagent_instances i ON i.id = s.agent_instance_id
                     AND i.user_id = s.user_id
                 WHERE s.id = $1 AND i.id = $2 AND s.user_id = $3'
        END, agentchat.tables_prefix())
    INTO allowed USING source, target, owner;
    IF allowed IS NULL THEN
        RAISE EXCEPTION 'cannot refer to a row of another user'
            USING ERRCODE = 'insufficient_privilege',
                  DETAIL = format('The column %s is %s.', link, target),
                  HINT = 'Refer to a row of the same user, or to a public agent definition.';
    END IF;
END
$function$;
