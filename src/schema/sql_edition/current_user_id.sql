-- PostgreSQL puts the call of caller() into the query of the caller.
LANGUAGE sql
AS $function$
SELECT agentchat.caller()
$function$;
