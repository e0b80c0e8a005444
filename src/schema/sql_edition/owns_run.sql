-- The policies of run_chunks call it. It looks with the rights of the owner.
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    owns boolean;
BEGIN
    EXECUTE format('SELECT c.user_id = agentchat.caller()
                    FROM %1$sruns r JOIN %1$sconversations c ON c.id = r.conversation_id WHERE r.id = $1',
                   agentchat.tables_prefix())
    INTO owns USING $1;
    RETURN coalesce(owns, false);
END
$function$
