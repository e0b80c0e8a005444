-- The UUID is a name, too.
LANGUAGE plpgsql
AS $function$
BEGIN
    RETURN @extschema@.append_messages($1::pg_catalog.text, messages, format, check_tools);
END
$function$
