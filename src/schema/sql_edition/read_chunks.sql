-- The UUID is a name, too.
LANGUAGE plpgsql
AS $function$
BEGIN
    RETURN @extschema@.read_chunks($1::pg_catalog.text, run_id, after, max);
END
$function$
