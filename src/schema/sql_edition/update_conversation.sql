-- The UUID is a name, too.
LANGUAGE plpgsql
AS $function$
BEGIN
    RETURN @extschema@.update_conversation($1::pg_catalog.text, title, metadata);
END
$function$
