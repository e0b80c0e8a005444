-- The keys under which sign-in providers store a name, the best key first. user_name is that of an account.
LANGUAGE sql
AS $function$
SELECT agentchat.first_text($1, '{full_name,name,user_name}', 255)
$function$
