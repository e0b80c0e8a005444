-- The tables of the blueprint and of the user.
--
-- Every search_path in this folder ends with pg_temp. PostgreSQL searches pg_temp first if a search_path does
-- not name it. A database's owner could then create a temporary view pg_class that runs functions with the
-- rights of the role that installs the extension: a superuser.

-- tables_prefix() returns the schema of the tables, quoted and with a dot, to stand before a name.
CREATE FUNCTION agentchat.tables_prefix() RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT format('%I.', n.nspname) FROM pg_namespace n WHERE n.oid = agentchat.tables_schema()
$function$;

-- feature_catalog() returns the optional features, with the names of their tables, and of the triggers that
-- they have on the nine tables. Their blueprint is in the schema agentchat like that of the nine; the user's
-- tables and these triggers exist only after agentchat.enable(). What is derived can be made again from the
-- nine tables: it is no data of the user.
CREATE FUNCTION agentchat.feature_catalog(
    OUT feature text, OUT tables text[], OUT triggers text[], OUT is_derived boolean, OUT description text
) RETURNS SETOF record
    LANGUAGE sql IMMUTABLE ROWS 2 SET search_path = pg_catalog, pg_temp
    AS $function$
VALUES ('runs', '{runs,run_chunks}'::text[], '{}'::text[], false,
        'Answers in progress: they survive a reload, a lost network and a restart, and can be stopped.'),
       ('search', '{search_pending,search_segments,search_grams}',
        '{agentchat_update_search_on_insert,agentchat_update_search_on_update,'
        'agentchat_index_moved_conversation}', true,
        'An index of messages: search_messages() finds rare words among millions of messages at once.')
$function$;

-- feature_is_on() returns whether a feature is on: one of its tables has a trigger or a policy of the
-- blueprint, or one of the nine has a trigger of the feature. It has the name, and calls the function, of
-- that in the blueprint, because a table of the user's own may be called runs. No setting says it: in a dump
-- and its restore only the tables themselves last.
--
-- In PL/pgSQL, because it keeps its plan: tables() asks for it in each part of differences().
CREATE FUNCTION agentchat.feature_is_on(feature text) RETURNS boolean
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
BEGIN
    RETURN EXISTS (
        SELECT FROM agentchat.feature_catalog() f
            CROSS JOIN unnest(
                f.tables || CASE WHEN f.triggers <> '{}' THEN ARRAY['messages', 'conversations'] END) n (name)
            JOIN pg_class t ON t.relnamespace = agentchat.tables_schema() AND t.relname = n.name
            JOIN pg_class b
                ON b.relnamespace = 'agentchat'::regnamespace AND b.relname = 'blueprint_' || n.name
        WHERE f.feature = feature_is_on.feature
          AND (EXISTS (
                  SELECT FROM pg_trigger g
                      JOIN pg_trigger m ON m.tgrelid = b.oid AND m.tgname = g.tgname AND m.tgfoid = g.tgfoid
                  WHERE g.tgrelid = t.oid AND NOT g.tgisinternal
                    AND (n.name = ANY (f.tables) OR g.tgname = ANY (f.triggers)))
               OR EXISTS (
                  SELECT FROM pg_policy p
                      JOIN pg_policy m ON m.polrelid = b.oid AND m.polname = p.polname
                      JOIN pg_depend d ON d.classid = 'pg_policy'::regclass AND d.objid = p.oid
                          AND d.refclassid = 'pg_proc'::regclass
                      JOIN pg_depend k ON k.classid = 'pg_policy'::regclass AND k.objid = m.oid
                          AND k.refclassid = 'pg_proc'::regclass AND k.refobjid = d.refobjid
                  WHERE p.polrelid = t.oid AND n.name = ANY (f.tables))));
END
$function$;

-- tables() returns each table of the blueprint (model) and the user's table of that name (actual), if it
-- exists: the nine tables, those of the features that are on, and those of the feature to be switched on
-- (enabling). feature is NULL for the nine.
CREATE FUNCTION agentchat.tables(
    enabling text DEFAULT NULL, OUT model regclass, OUT actual regclass, OUT table_name text,
    OUT qualified_name text, OUT prefix text, OUT feature text
) RETURNS SETOF record
    LANGUAGE sql STABLE ROWS 9 SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT b.oid::regclass, t.oid::regclass, n.name, n.prefix || quote_ident(n.name), n.prefix, f.feature
FROM pg_namespace s
    CROSS JOIN pg_class b
    CROSS JOIN LATERAL (
        SELECT substr(b.relname, length('blueprint_') + 1), format('%I.', s.nspname)) n (name, prefix)
    LEFT JOIN pg_class t ON t.relnamespace = s.oid AND t.relname = n.name
    LEFT JOIN agentchat.feature_catalog() f ON n.name = ANY (f.tables)
WHERE s.oid = agentchat.tables_schema()
  AND b.relnamespace = 'agentchat'::regnamespace AND b.relkind = 'r' AND starts_with(b.relname, 'blueprint_')
  AND CASE WHEN f.feature IS NULL OR f.feature = enabling THEN true
           ELSE agentchat.feature_is_on(f.feature) END
ORDER BY b.oid
$function$;
