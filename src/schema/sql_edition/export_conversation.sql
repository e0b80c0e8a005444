-- The conversation in the format rows, with times that end in Z.
LANGUAGE plpgsql
AS $function$
DECLARE
    result pg_catalog.jsonb;
BEGIN
    EXECUTE agentchat.conversation_query('utc', false, false, false) INTO result USING $1;
    RETURN result;
END
$function$
