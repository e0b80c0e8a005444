-- The tables of the blueprint and of the user.
--
-- Every search_path in this folder ends with pg_temp. PostgreSQL searches pg_temp first if a search_path does
-- not name it. A database's owner could then create a temporary view pg_class that runs functions with the
-- rights of the role that installs the extension: a superuser.

-- tables_prefix() returns the schema of the tables, quoted and with a dot, to stand before a name.
CREATE FUNCTION agentchat.tables_prefix() RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT format('%I.', n.nspname)
FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
WHERE e.extname = 'agentchat'
$function$;

-- tables() returns each table of the blueprint (model) and the user's table of that name (actual), if it
-- exists.
CREATE FUNCTION agentchat.tables(
    OUT model regclass, OUT actual regclass, OUT table_name text, OUT qualified_name text, OUT prefix text
) RETURNS SETOF record
    LANGUAGE sql STABLE ROWS 9 SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT b.oid::regclass, t.oid::regclass, n.name, n.prefix || quote_ident(n.name), n.prefix
FROM pg_extension e
    JOIN pg_namespace s ON s.oid = e.extnamespace
    CROSS JOIN pg_class b
    CROSS JOIN LATERAL (
        SELECT substr(b.relname, length('blueprint_') + 1), format('%I.', s.nspname)) n (name, prefix)
    LEFT JOIN pg_class t ON t.relnamespace = s.oid AND t.relname = n.name
WHERE e.extname = 'agentchat'
  AND b.relnamespace = 'agentchat'::regnamespace AND b.relkind = 'r' AND starts_with(b.relname, 'blueprint_')
ORDER BY b.oid
$function$;
