-- change_edition() puts the functions of the other edition in place of those there are.
--
-- It leads through the version sql of the extension, which has no members: its scripts run as superuser and
-- check what they find. The functions keep their OIDs, and no table is touched.
CREATE FUNCTION agentchat.change_edition(target text, OUT edition text, OUT version text)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    present CONSTANT record := agentchat.version();
BEGIN
    IF target IS NULL OR target NOT IN ('extension', 'sql') THEN
        RAISE EXCEPTION 'unknown edition'
            USING ERRCODE = CASE WHEN target IS NULL THEN 'null_value_not_allowed'
                            ELSE 'invalid_parameter_value' END,
                  DETAIL = CASE WHEN target IS NULL THEN 'target is NULL.'
                           ELSE format('There is no edition "%s".', target) END,
                  HINT = 'The editions are extension, in C++, and sql.';
    END IF;
    BEGIN
        IF target = present.edition THEN
            NULL;
        ELSIF target = 'extension' THEN
            EXECUTE format('CREATE EXTENSION agentchat SCHEMA %s VERSION %L',
                           agentchat.tables_schema()::regnamespace, 'sql');
            EXECUTE format('ALTER EXTENSION agentchat UPDATE TO %L', present.version);
        ELSE
            ALTER EXTENSION agentchat UPDATE TO 'sql';
            DROP EXTENSION agentchat;
        END IF;
    EXCEPTION WHEN feature_not_supported OR undefined_file OR invalid_parameter_value THEN
        RAISE EXCEPTION 'the extension agentchat is not on this server, or without the scripts for this'
            USING ERRCODE = 'undefined_file',
                  DETAIL = format('PostgreSQL says: %s', SQLERRM),
                  HINT = 'Install the extension''s files on the server, with node in the PATH: make install';
    END;
    SELECT v.edition, v.version INTO edition, version FROM agentchat.version() v;
END
$function$;

REVOKE EXECUTE ON FUNCTION agentchat.change_edition(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION agentchat.change_edition(text) TO pg_database_owner;

COMMENT ON FUNCTION agentchat.change_edition(text) IS
'Puts the functions of the other edition in place of those there are, and returns version(): target is '
'extension, for functions in C++, or sql, for the same in SQL, with which a dump can be restored where the '
'extension cannot be installed. No table and no row changes; policies, triggers, views and functions of your '
'own stay valid. Errors: 22004 target is NULL; 22023 unknown edition; 58P01 the extension is not on this '
'server, or without the scripts for this; 55000 the feature search is on, tables have several owners, the '
'schema agentchat contains what is not of agentchat, or DROP EXTENSION would drop more than that; 42501 '
'the SQL edition belongs to another role, or not allowed to create extensions.';
