-- The conversation as json: its UUID becomes its row with its messages, or NULL.
LANGUAGE sql
AS $function$
SELECT agentchat.read_conversation($1::pg_catalog.text, $2, $3, $4, NULL::pg_catalog.json)
$function$
