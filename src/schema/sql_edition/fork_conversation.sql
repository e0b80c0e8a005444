-- The UUID is a name, too.
LANGUAGE plpgsql
AS $function$
BEGIN
    RETURN @extschema@.fork_conversation($1::pg_catalog.text, up_to_message, title);
END
$function$
