-- Optional features: more tables beside the nine, which the owner switches on.

-- feature_tables() returns the tables of a feature that exist, and whether they are the feature's. A table of
-- the user's own may have the same name: it lacks a column or a foreign key of the blueprint.
CREATE FUNCTION agentchat.feature_tables(
    of_feature text, OUT actual regclass, OUT table_name text, OUT qualified_name text, OUT is_own boolean
) RETURNS SETOF record
    LANGUAGE sql STABLE ROWS 2 SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT t.actual, t.table_name, t.qualified_name,
    NOT agentchat.feature_is_on(of_feature)
    AND (c.relkind <> 'r'
         OR EXISTS (SELECT FROM pg_attribute m
                    WHERE m.attrelid = t.model AND m.attnum > 0 AND NOT m.attisdropped
                      AND NOT EXISTS (SELECT FROM pg_attribute a
                                      WHERE a.attrelid = t.actual AND a.attname = m.attname AND a.attnum > 0))
         OR EXISTS (SELECT FROM pg_constraint m
                    WHERE m.conrelid = t.model AND m.contype = 'f'
                      AND NOT EXISTS (SELECT FROM pg_constraint a
                                      WHERE a.conrelid = t.actual AND a.conname = m.conname
                                        AND a.contype = 'f')))
FROM agentchat.tables(of_feature) t
    JOIN pg_class c ON c.oid = t.actual
WHERE t.feature = of_feature
ORDER BY t.model::oid
$function$;

-- tables_of_features() returns the names of the existing tables of all features, whether on or off, that hold
-- data of users.
CREATE FUNCTION agentchat.tables_of_features() RETURNS text[]
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT ARRAY(SELECT t.table_name
             FROM agentchat.feature_catalog() f CROSS JOIN LATERAL agentchat.feature_tables(f.feature) t
             WHERE NOT t.is_own AND NOT f.is_derived)
$function$;

-- features() returns the features, whether they are on, and those of their tables that exist.
CREATE FUNCTION agentchat.features()
    RETURNS TABLE (feature text, state text, tables text[], description text)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT f.feature, CASE WHEN agentchat.feature_is_on(f.feature) THEN 'on' ELSE 'off' END,
    ARRAY(SELECT t.qualified_name FROM agentchat.feature_tables(f.feature) t WHERE NOT t.is_own),
    f.description
FROM agentchat.feature_catalog() f
$function$;

GRANT EXECUTE ON FUNCTION agentchat.features() TO PUBLIC;

COMMENT ON FUNCTION agentchat.features() IS
'Returns the optional features: the name, the state (on or off), the tables of the feature that exist, and '
'what it is for. agentchat.enable() switches a feature on, agentchat.disable() off.';

-- require_feature_name() refuses an argument that names no feature.
CREATE FUNCTION agentchat.require_feature_name(feature text) RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    hint CONSTANT text := (SELECT format('The features are: %s.', string_agg(f.feature, ', '))
                           FROM agentchat.feature_catalog() f);
BEGIN
    IF feature IS NULL THEN
        RAISE EXCEPTION 'feature is NULL' USING ERRCODE = 'null_value_not_allowed', HINT = hint;
    END IF;
    IF NOT EXISTS (SELECT FROM agentchat.feature_catalog() f WHERE f.feature = $1) THEN
        RAISE EXCEPTION 'unknown feature'
            USING ERRCODE = 'invalid_parameter_value',
                  DETAIL = format('agentchat has no feature "%s".', feature),
                  HINT = hint;
    END IF;
END
$function$;

-- enable() makes the tables of a feature, or brings back what they lack.
CREATE FUNCTION agentchat.enable(feature text)
    RETURNS TABLE (object text, outcome text, bad_rows bigint, statement text)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    others text;
BEGIN
    PERFORM agentchat.require_feature_name(feature);
    PERFORM agentchat.require_owner('enable features');

    SELECT string_agg(t.qualified_name, ', ') INTO others FROM agentchat.tables() t WHERE t.actual IS NULL;
    IF others IS NOT NULL THEN
        RAISE EXCEPTION 'the tables of agentchat are not complete'
            USING ERRCODE = 'undefined_table',
                  DETAIL = format('Missing: %s.', others),
                  HINT = 'Run as the owner of the tables: SELECT * FROM agentchat.adopt();';
    END IF;

    SELECT string_agg(t.qualified_name, ', ') INTO others
    FROM agentchat.feature_tables(feature) t
    WHERE t.is_own;
    IF others IS NOT NULL THEN
        RAISE EXCEPTION 'a relation with a name that the feature needs already exists'
            USING ERRCODE = 'duplicate_table',
                  DETAIL = format('These are not the tables of the feature: %s.', others),
                  HINT = 'Rename it, or install agentchat into a separate schema: '
                         'CREATE SCHEMA chat; CREATE EXTENSION agentchat SCHEMA chat;';
    END IF;

    PERFORM agentchat.require_owner('enable features', feature);
    RETURN QUERY SELECT * FROM agentchat.adopt_tables(true, feature);
END
$function$;

REVOKE EXECUTE ON FUNCTION agentchat.enable(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION agentchat.enable(text) TO pg_database_owner;

COMMENT ON FUNCTION agentchat.enable(text) IS
'Switches a feature on: makes its tables, or puts back their triggers, policies and whatever else they lack. '
'It returns the statements that it has run; a second call returns no row. Errors: 22004 feature is NULL; '
'22023 unknown feature; 42501 not the owner of the tables; 42P01 one of the nine tables is missing; 42P07 a '
'relation of yours has the name of one of the tables; 42804 columns of other types.';

-- disable() drops the triggers and policies of a feature.
CREATE FUNCTION agentchat.disable(feature text) RETURNS TABLE (object text, statement text)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $function$
BEGIN
    PERFORM agentchat.require_feature_name(feature);
    PERFORM agentchat.require_owner('disable features');

    -- enable() and adopt() of another session end before. Otherwise their triggers could appear between the
    -- two loops, and the second one would lock tables in its own order.
    PERFORM pg_advisory_xact_lock('agentchat.adopt(boolean)'::regprocedure::oid::bigint);

    -- In the order in which an application locks them, as adopt_tables() does.
    FOR statement IN
        SELECT format('LOCK TABLE %s IN ACCESS EXCLUSIVE MODE', t.qualified_name)
        FROM agentchat.tables() t
        WHERE t.actual IS NOT NULL
          AND EXISTS (SELECT FROM agentchat.detachments($1) d
                      WHERE right(d.object, length(t.qualified_name) + 4) = ' of ' || t.qualified_name)
        ORDER BY agentchat.lock_order(t.model, t.feature) DESC, t.model::oid DESC
    LOOP
        EXECUTE statement;
    END LOOP;

    FOR object, statement IN SELECT d.object, d.statement FROM agentchat.detachments(feature) d LOOP
        EXECUTE statement;
        RETURN NEXT;
    END LOOP;
END
$function$;

REVOKE EXECUTE ON FUNCTION agentchat.disable(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION agentchat.disable(text) TO pg_database_owner;

COMMENT ON FUNCTION agentchat.disable(text) IS
'Switches a feature off: drops the triggers and policies of its tables, and returns these statements. The '
'tables and their rows stay; row-level security stays enabled, and hides the rows from users. '
'agentchat.enable() switches the feature on again. Errors: 22004 feature is NULL; 22023 unknown feature; '
'42501 not the owner of the tables.';
