-- The UUID is a name, too.
LANGUAGE plpgsql
AS $function$
BEGIN
    RETURN @extschema@.truncate_conversation($1::pg_catalog.text, from_message);
END
$function$
