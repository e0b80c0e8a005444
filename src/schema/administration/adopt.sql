-- require_owner() refuses callers who do not own the existing tables: their DDL would fail half-way. It also
-- refuses a superuser unless the owner is a superuser, too: planning a query on a table runs the functions in
-- its indexes and statistics with the caller's rights.
CREATE FUNCTION agentchat.require_owner(action text, enabling text DEFAULT NULL) RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    others text;
BEGIN
    SELECT string_agg(t.qualified_name, ', ') INTO others
    FROM agentchat.tables(enabling) t JOIN pg_class c ON c.oid = t.actual
    WHERE NOT pg_has_role(c.relowner, 'USAGE')
       OR (SELECT r.rolsuper FROM pg_roles r WHERE r.rolname = current_user)
           AND NOT (SELECT r.rolsuper FROM pg_roles r WHERE r.oid = c.relowner);
    IF others IS NOT NULL THEN
        RAISE EXCEPTION 'only the owner of the tables may %', action
            USING ERRCODE = 'insufficient_privilege',
                  DETAIL = format('The role %I does not own %s.', current_user, others),
                  HINT = 'Connect as their owner, or use SET ROLE. '
                         'A superuser''s rights are not used on tables of other roles.';
    END IF;
END
$function$;

-- lock_order() returns a number that is higher the earlier an application locks the table: before those that
-- it refers to, which are older in the blueprint. Triggers of messages and conversations write to the tables
-- of the feature search, which refer to the user.
CREATE FUNCTION agentchat.lock_order(model regclass, feature text) RETURNS oid
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT CASE WHEN feature = 'search' THEN 'agentchat.blueprint_users'::regclass ELSE model END::oid
$function$;

-- adopt_tables() runs the statements of differences(), or returns them.
CREATE FUNCTION agentchat.adopt_tables(build boolean, enabling text)
    RETURNS TABLE (object text, outcome text, bad_rows bigint, statement text)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET row_security = off
    AS $function$
DECLARE
    wrong text;
    differences jsonb[];
    difference jsonb;
    counts bigint[] := ARRAY[]::bigint[];
    owner name;
    changed boolean := false;
BEGIN
    -- A second session waits here, and then finds nothing left to do.
    PERFORM pg_advisory_xact_lock('agentchat.adopt(boolean)'::regprocedure::oid::bigint);

    differences := ARRAY(SELECT to_jsonb(d) FROM agentchat.differences(enabling) d);

    SELECT string_agg(format('%s %s', d ->> 'object', d ->> 'problem'), '; ') INTO wrong
    FROM unnest(differences) d
    WHERE d -> 'stage' = '0';
    IF wrong IS NOT NULL THEN
        RAISE EXCEPTION 'the tables do not match those of agentchat'
            USING ERRCODE = 'datatype_mismatch',
                  DETAIL = format('%s.', wrong),
                  HINT = 'Change the types, rename the tables, or install into another schema: '
                         'CREATE SCHEMA chat; CREATE EXTENSION agentchat SCHEMA chat;';
    END IF;

    -- Queries that read whole tables come first, before any lock that blocks other sessions. The rest is
    -- short, because its locks last until the transaction ends.
    FOR i IN 1 .. cardinality(differences) LOOP
        IF differences[i] ->> 'bad_rows' IS NOT NULL THEN
            EXECUTE differences[i] ->> 'bad_rows' INTO bad_rows;
            counts[i] := bad_rows;
        END IF;
    END LOOP;

    -- New tables get the owner of the others.
    SELECT pg_get_userbyid(c.relowner) INTO owner
    FROM agentchat.tables() t JOIN pg_class c ON c.oid = t.actual
    LIMIT 1;

    -- An application that writes a row locks the table first, then the tables that it refers to. Locks in
    -- another order could deadlock with it. These are the strongest locks of any statement here. One of the
    -- nine tables only gets triggers of the feature: it can be read meanwhile.
    IF EXISTS (SELECT FROM unnest(differences) d WHERE d -> 'at_once' <> '[]') THEN
        FOR statement IN
            SELECT format('LOCK TABLE %s IN %s MODE', t.qualified_name,
                          CASE WHEN enabling IS NULL OR t.feature = enabling THEN 'ACCESS EXCLUSIVE'
                               ELSE 'SHARE ROW EXCLUSIVE' END)
            FROM agentchat.tables(enabling) t
            WHERE t.actual IS NOT NULL
              AND (enabling IS NULL OR t.feature = enabling
                   OR EXISTS (SELECT FROM pg_trigger m JOIN agentchat.feature_catalog() f
                                  ON f.feature = enabling AND m.tgname = ANY (f.triggers)
                              WHERE m.tgrelid = t.model))
            ORDER BY agentchat.lock_order(t.model, t.feature) DESC, t.model::oid DESC
        LOOP
            EXECUTE statement;
        END LOOP;
    END IF;

    FOR i IN 1 .. cardinality(differences) LOOP
        difference := differences[i];
        object := difference ->> 'object';
        bad_rows := counts[i];

        IF difference -> 'at_once' <> '[]' THEN
            FOR statement IN SELECT jsonb_array_elements_text(difference -> 'at_once') LOOP
                EXECUTE statement;
                outcome := 'done';
                changed := true;
                RETURN NEXT;
            END LOOP;
            IF (difference ->> 'stage')::integer = 10 AND owner IS NOT NULL AND owner <> current_user THEN
                EXECUTE format('ALTER %s OWNER TO %I', object, owner);
            END IF;
        END IF;

        FOR statement IN SELECT jsonb_array_elements_text(difference -> 'later') LOOP
            IF counts[i] > 0 THEN
                outcome := 'to do after the bad rows are fixed';
            ELSIF build THEN
                statement := regexp_replace(statement, ' INDEX CONCURRENTLY ', ' INDEX ');
                EXECUTE statement;
                outcome := 'done';
            ELSE
                outcome := 'to do';
            END IF;
            changed := changed OR outcome = 'done';
            RETURN NEXT;
        END LOOP;
    END LOOP;

    -- The install script ends the same way.
    IF changed THEN
        NOTIFY pgrst, 'reload schema';
    END IF;
END
$function$;

-- adopt() brings the nine tables, and those of the features that are on, to the state of this version.
CREATE FUNCTION agentchat.adopt(build boolean DEFAULT false)
    RETURNS TABLE (object text, outcome text, bad_rows bigint, statement text)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    sleeping record;
BEGIN
    PERFORM agentchat.require_owner('adopt them');
    RETURN QUERY SELECT * FROM agentchat.adopt_tables(build, NULL);

    -- A restore or DROP EXTENSION may have left the tables of a feature without its triggers and policies.
    FOR sleeping IN
        SELECT f.feature, array_to_string(f.tables, ', ') AS tables
        FROM agentchat.features() f
        WHERE f.state = 'off' AND f.tables <> '{}'
    LOOP
        RAISE NOTICE 'the feature % is off', sleeping.feature
            USING DETAIL = format('agentchat.adopt() did not look at its tables: %s.', sleeping.tables),
                  HINT = format('To switch it on, run: SELECT * FROM agentchat.enable(%L);',
                                sleeping.feature);
    END LOOP;
END
$function$;

REVOKE EXECUTE ON FUNCTION agentchat.adopt(boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION agentchat.adopt(boolean) TO pg_database_owner;

COMMENT ON FUNCTION agentchat.adopt(boolean) IS
'Brings the tables to the full state of this version. It runs the statements that need only catalog work. It '
'returns those that take long, to be run one by one outside a transaction; with build => true it runs them, '
'too, and blocks the tables meanwhile. It counts the rows that break a rule and does not change them. A '
'second call does nothing. Errors: 42501 not the owner of the tables; 42804 columns of other types, or a '
'relation that is not a table.';

-- detachments() returns the statements that drop triggers and policies: those of all tables that call
-- functions of agentchat, or those of one feature that have a name of the blueprint.
CREATE FUNCTION agentchat.detachments(of_feature text, OUT object text, OUT statement text)
    RETURNS SETOF record
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
WITH functions AS (
    SELECT f.oid FROM agentchat.own_functions() f (oid)
)
SELECT format('%s %I of %s', u.kind, u.name, t.qualified_name),
    format('DROP %s %I ON %s', upper(u.kind), u.name, t.qualified_name)
FROM agentchat.tables() t
    CROSS JOIN LATERAL (
        SELECT 'trigger' AS kind, g.tgname AS name
        FROM pg_trigger g
        WHERE g.tgrelid = t.actual AND NOT g.tgisinternal
          AND CASE WHEN of_feature IS NULL THEN g.tgfoid IN (SELECT f.oid FROM functions f)
              WHEN t.feature = of_feature THEN
                  EXISTS (SELECT FROM pg_trigger m WHERE m.tgrelid = t.model AND m.tgname = g.tgname)
              ELSE EXISTS (SELECT FROM agentchat.feature_catalog() f
                           WHERE f.feature = of_feature AND g.tgname = ANY (f.triggers)) END
        UNION ALL
        SELECT 'policy', p.polname
        FROM pg_policy p
        WHERE p.polrelid = t.actual
          AND CASE WHEN of_feature IS NULL THEN EXISTS (
                  SELECT FROM pg_depend d JOIN functions f ON d.refobjid = f.oid
                  WHERE d.classid = 'pg_policy'::regclass AND d.objid = p.oid
                    AND d.refclassid = 'pg_proc'::regclass)
              ELSE t.feature = of_feature AND EXISTS (
                  SELECT FROM pg_policy m WHERE m.polrelid = t.model AND m.polname = p.polname) END
        ) u
ORDER BY t.model::oid, u.kind DESC, u.name
$function$;

-- detach() drops the triggers and policies that call functions of agentchat.
CREATE FUNCTION agentchat.detach()
    RETURNS TABLE (object text, statement text)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $function$
BEGIN
    PERFORM agentchat.require_owner('detach them');
    FOR object, statement IN SELECT d.object, d.statement FROM agentchat.detachments(NULL) d LOOP
        EXECUTE statement;
        RETURN NEXT;
    END LOOP;

    -- The trigger of agentchat.link_supabase_auth() is on a table of another role. Supabase lets the role
    -- postgres drop triggers of auth.users without owning it. Only an attempt shows whether this is allowed.
    IF (SELECT t.present FROM agentchat.auth_trigger() t) THEN
        object := 'trigger agentchat_sync_user of auth.users';
        statement := 'DROP TRIGGER agentchat_sync_user ON auth.users';
        BEGIN
            EXECUTE statement;
        EXCEPTION WHEN insufficient_privilege THEN
            RAISE EXCEPTION 'trigger agentchat_sync_user of auth.users must be dropped first'
                USING ERRCODE = 'insufficient_privilege',
                      DETAIL = format('The role %I may not drop it: %s.', current_user, SQLERRM),
                      HINT = format('Run as the owner of auth.users: %s;', statement);
        END;
        RETURN NEXT;
    END IF;
END
$function$;

REVOKE EXECUTE ON FUNCTION agentchat.detach() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION agentchat.detach() TO pg_database_owner;

COMMENT ON FUNCTION agentchat.detach() IS
'Drops the triggers and policies that depend on the extension. DROP EXTENSION agentchat then works without '
'CASCADE. No row changes. agentchat.adopt() puts them back, except triggers of your own that call functions '
'of the extension; agentchat.link_supabase_auth() puts back the trigger of auth.users. Errors: 42501 not the '
'owner of the tables, or not allowed to drop the trigger of auth.users.';
