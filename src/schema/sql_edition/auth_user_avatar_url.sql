-- The keys under which sign-in providers store a picture.
LANGUAGE sql
AS $function$
SELECT agentchat.first_text($1, '{avatar_url,picture}', 2048)
$function$
