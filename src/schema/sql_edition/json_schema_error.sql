-- Without the extension only the kind of the value is checked: a JSON Schema is an object or a boolean.
LANGUAGE sql SET search_path = pg_catalog, pg_temp
AS $function$
SELECT CASE WHEN jsonb_typeof($1) NOT IN ('object', 'boolean')
            THEN 'At the root: must be a schema, which is an object or a boolean.' END
$function$
