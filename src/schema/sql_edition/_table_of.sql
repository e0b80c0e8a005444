-- What functions ask about the user's tables before they put together a statement. The columns of the tables,
-- and their schema, can change at any time.

-- table_of() returns the user's table of that name.
CREATE FUNCTION agentchat.table_of(table_name text) RETURNS regclass
    LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    found regclass;
    schema name;
BEGIN
    SELECT c.oid, n.nspname INTO found, schema
    FROM pg_namespace n LEFT JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = table_name
    WHERE n.oid = agentchat.tables_schema();
    IF found IS NULL THEN
        RAISE EXCEPTION 'a table of agentchat is missing'
            USING ERRCODE = 'undefined_table',
                  DETAIL = format('The table %I.%I does not exist.', schema, table_name),
                  HINT = 'Restore the table from your backup.';
    END IF;
    RETURN found;
END
$function$;

-- type_of_column() returns the type of a column. It raises an error if the type is none of those allowed.
CREATE FUNCTION agentchat.type_of_column(of_table regclass, column_name text, VARIADIC allowed regtype[])
    RETURNS regtype
    LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    table_name CONSTANT name := (SELECT relname FROM pg_class WHERE oid = of_table);
    type CONSTANT regtype := (SELECT atttypid FROM pg_attribute
        WHERE attrelid = of_table AND attname = column_name AND attnum > 0 AND NOT attisdropped);
BEGIN
    IF type IS NULL THEN
        RAISE EXCEPTION 'a table of agentchat lacks a column'
            USING ERRCODE = 'undefined_column',
                  DETAIL = format('The table "%s" has no column "%s".', table_name, column_name),
                  HINT = 'To add it again, run: SELECT * FROM agentchat.adopt().';
    ELSIF type <> ALL (allowed) THEN
        RAISE EXCEPTION 'a column of agentchat has the wrong type'
            USING ERRCODE = 'datatype_mismatch',
                  DETAIL = format('The column "%s" of "%s" is of type %s.', column_name, table_name, type),
                  HINT = format('Change it back to %s.', split_part(allowed[1]::text, ' ', 1));
    END IF;
    RETURN type;
END
$function$;

-- time_in_utc() returns the SQL of an expression of the type of a column, which is a time, in UTC and without
-- a zone.
CREATE FUNCTION agentchat.time_in_utc(of_table regclass, column_name text, expression text) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT format(CASE agentchat.type_of_column(of_table, column_name, 'timestamp', 'timestamptz')
    WHEN 'timestamptz'::regtype THEN 'pg_catalog.timezone(''UTC'', %s)' ELSE '%s' END, expression)
$function$;
