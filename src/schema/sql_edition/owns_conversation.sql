-- The policies of messages call it. It looks with the rights of the owner.
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    owns boolean;
BEGIN
    EXECUTE format('SELECT user_id = agentchat.caller() FROM %sconversations WHERE id = $1',
                   agentchat.tables_prefix())
    INTO owns USING $1;
    RETURN coalesce(owns, false);
END
$function$
