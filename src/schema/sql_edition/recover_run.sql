-- The UUID is a name, too.
LANGUAGE plpgsql
AS $function$
BEGIN
    RETURN @extschema@.recover_run($1::pg_catalog.text, stale_after);
END
$function$
