-- What administration asks about this installation, as ../../installation.sql does for the extension.
CREATE FUNCTION agentchat.version(OUT edition text, OUT version text)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT 'sql', '@version@'
$function$;

GRANT EXECUTE ON FUNCTION agentchat.version() TO PUBLIC;

COMMENT ON FUNCTION agentchat.version() IS
'Returns the edition of agentchat in this database, extension or sql, and its version.';

-- tables_schema() returns the schema of the tables and of the functions that users call: that of one of them.
-- PostgreSQL keeps the body as a tree, in which the function is an OID. Renaming the schema does not change
-- that, and pg_dump writes the name that it has then.
CREATE FUNCTION agentchat.tables_schema() RETURNS oid
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT p.pronamespace FROM pg_catalog.pg_proc p
    WHERE p.oid = '@extschema@.current_user_id()'::pg_catalog.regprocedure::pg_catalog.oid;
END;

-- own_functions() returns all functions of agentchat: those of its schema, and in the schema of the tables
-- those with our names.
CREATE FUNCTION agentchat.own_functions() RETURNS SETOF oid
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT p.oid
FROM pg_proc p
WHERE p.pronamespace = 'agentchat'::regnamespace
   OR p.pronamespace = agentchat.tables_schema()
      AND p.proname = ANY (ARRAY[@function_names@])
$function$;
