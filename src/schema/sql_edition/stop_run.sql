-- The UUID is a name, too.
LANGUAGE plpgsql
AS $function$
BEGIN
    RETURN @extschema@.stop_run($1::pg_catalog.text);
END
$function$
