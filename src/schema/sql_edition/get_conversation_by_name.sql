-- The conversation as jsonb: its name becomes its row with its messages, or NULL.
LANGUAGE sql
AS $function$
SELECT agentchat.read_conversation($1, $2, $3, $4, NULL::pg_catalog.jsonb)
$function$
