-- What administration asks about this installation. The SQL edition has these functions in
-- sql_edition/install/installation.sql.

-- version() returns the edition and the version of agentchat in this database.
CREATE FUNCTION agentchat.version(OUT edition text, OUT version text)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT 'extension', e.extversion FROM pg_extension e WHERE e.extname = 'agentchat'
$function$;

GRANT EXECUTE ON FUNCTION agentchat.version() TO PUBLIC;

COMMENT ON FUNCTION agentchat.version() IS
'Returns the edition of agentchat in this database, extension or sql, and its version.';

-- tables_schema() returns the schema of the tables and of the functions that users call.
CREATE FUNCTION agentchat.tables_schema() RETURNS oid
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT e.extnamespace FROM pg_extension e WHERE e.extname = 'agentchat'
$function$;

-- own_functions() returns all functions of agentchat.
CREATE FUNCTION agentchat.own_functions() RETURNS SETOF oid
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT d.objid
FROM pg_depend d
    JOIN pg_extension e ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid
WHERE d.classid = 'pg_proc'::regclass AND d.deptype = 'e' AND e.extname = 'agentchat'
$function$;
