-- The UUID is a name, too.
LANGUAGE plpgsql
AS $function$
BEGIN
    RETURN @extschema@.start_run($1::pg_catalog.text, message_id, stale_after, metadata);
END
$function$
