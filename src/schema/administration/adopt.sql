-- Refuses who does not own the tables that are there: DDL would fail for them half-way. A superuser, too, unless the
-- owner is one: planning a query on a table runs the functions in its indexes and statistics, with the caller's rights.
CREATE FUNCTION agentchat.require_owner(action text) RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    others text;
BEGIN
    SELECT string_agg(t.qualified_name, ', ') INTO others
    FROM agentchat.tables() t JOIN pg_class c ON c.oid = t.actual
    WHERE NOT pg_has_role(c.relowner, 'USAGE')
       OR (SELECT r.rolsuper FROM pg_roles r WHERE r.rolname = current_user)
           AND NOT (SELECT r.rolsuper FROM pg_roles r WHERE r.oid = c.relowner);
    IF others IS NOT NULL THEN
        RAISE EXCEPTION 'only the owner of the tables may %', action
            USING ERRCODE = 'insufficient_privilege',
                  DETAIL = format('The role %I does not own %s.', current_user, others),
                  HINT = 'Connect as their owner, or SET ROLE to it. '
                         'A superuser''s rights are not used on tables of others.';
    END IF;
END
$function$;

CREATE FUNCTION agentchat.adopt(build boolean DEFAULT false)
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
    PERFORM agentchat.require_owner('adopt them');

    -- One at a time: another one's work is found done.
    PERFORM pg_advisory_xact_lock('agentchat.adopt(boolean)'::regprocedure::oid::bigint);

    differences := ARRAY(SELECT to_jsonb(d) FROM agentchat.differences() d);

    SELECT string_agg(format('%s %s', d ->> 'object', d ->> 'problem'), '; ') INTO wrong
    FROM unnest(differences) d
    WHERE d -> 'stage' = '0';
    IF wrong IS NOT NULL THEN
        RAISE EXCEPTION 'the tables are other than agentchat''s'
            USING ERRCODE = 'datatype_mismatch',
                  DETAIL = format('%s.', wrong),
                  HINT = 'Change the types, or rename the tables, or install into another schema: '
                         'CREATE SCHEMA chat; CREATE EXTENSION agentchat SCHEMA chat;';
    END IF;

    -- All that reads whole tables comes first, when it holds no lock that anybody notices. What follows is short,
    -- because its locks last until the transaction ends.
    FOR i IN 1 .. cardinality(differences) LOOP
        IF differences[i] ->> 'bad_rows' IS NOT NULL THEN
            EXECUTE differences[i] ->> 'bad_rows' INTO bad_rows;
            counts[i] := bad_rows;
        END IF;
    END LOOP;

    -- Tables made here belong to whom the others do.
    SELECT pg_get_userbyid(c.relowner) INTO owner
    FROM agentchat.tables() t JOIN pg_class c ON c.oid = t.actual
    LIMIT 1;

    -- Who writes a row locks the table first, then those that it refers to. Locks taken the other way round would be
    -- deadlocks with a busy application, and these are the strongest that any statement here takes.
    IF EXISTS (SELECT FROM unnest(differences) d WHERE d -> 'at_once' <> '[]') THEN
        FOR statement IN
            SELECT format('LOCK TABLE %s IN ACCESS EXCLUSIVE MODE', t.qualified_name)
            FROM agentchat.tables() t
            WHERE t.actual IS NOT NULL
            ORDER BY t.model::oid DESC
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
                outcome := 'to do when the bad rows are mended';
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

    -- As at the end of the install script.
    IF changed THEN
        NOTIFY pgrst, 'reload schema';
    END IF;
END
$function$;

REVOKE EXECUTE ON FUNCTION agentchat.adopt(boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION agentchat.adopt(boolean) TO pg_database_owner;

COMMENT ON FUNCTION agentchat.adopt(boolean) IS
'Brings the tables to the full state of this version: what can be done by catalog work alone is done, what takes long is returned as statements to run one by one outside a transaction (with build => true it is run here, and blocks the tables meanwhile). Rows that break a rule are counted and left alone. Again, it does nothing. Errors: 42501 not the tables'' owner, 42804 columns of other types, or something else in place of a table.';

CREATE FUNCTION agentchat.detach()
    RETURNS TABLE (object text, statement text)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $function$
BEGIN
    PERFORM agentchat.require_owner('detach them');
    FOR object, statement IN
        WITH functions AS (
            SELECT d.objid AS oid
            FROM pg_depend d JOIN pg_extension e ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid
            WHERE d.classid = 'pg_proc'::regclass AND d.deptype = 'e' AND e.extname = 'agentchat'
        )
        SELECT format('%s %I of %s', u.kind, u.name, t.qualified_name),
            format('DROP %s %I ON %s', upper(u.kind), u.name, t.qualified_name)
        FROM agentchat.tables() t
            CROSS JOIN LATERAL (
                SELECT 'trigger' AS kind, g.tgname AS name
                FROM pg_trigger g
                WHERE g.tgrelid = t.actual AND NOT g.tgisinternal AND g.tgfoid IN (SELECT f.oid FROM functions f)
                UNION ALL
                SELECT 'policy', p.polname
                FROM pg_policy p
                WHERE p.polrelid = t.actual AND EXISTS (
                    SELECT FROM pg_depend d JOIN functions f ON d.refobjid = f.oid
                    WHERE d.classid = 'pg_policy'::regclass AND d.objid = p.oid
                      AND d.refclassid = 'pg_proc'::regclass)) u
        ORDER BY t.model::oid, u.kind DESC, u.name
    LOOP
        EXECUTE statement;
        RETURN NEXT;
    END LOOP;

    -- What agentchat.link_supabase_auth() has put on a table of others. Supabase lets the role postgres drop triggers of
    -- auth.users without owning it, so whether that is allowed is seen by trying.
    IF (SELECT t.present FROM agentchat.auth_trigger() t) THEN
        object := 'trigger agentchat_sync_user of auth.users';
        statement := 'DROP TRIGGER agentchat_sync_user ON auth.users';
        BEGIN
            EXECUTE statement;
        EXCEPTION WHEN insufficient_privilege THEN
            RAISE EXCEPTION 'the trigger agentchat_sync_user of auth.users has to go first'
                USING ERRCODE = 'insufficient_privilege',
                      DETAIL = format('The role %I may not drop it: %s.', current_user, SQLERRM),
                      HINT = format('As the owner of auth.users: %s;', statement);
        END;
        RETURN NEXT;
    END IF;
END
$function$;

REVOKE EXECUTE ON FUNCTION agentchat.detach() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION agentchat.detach() TO pg_database_owner;

COMMENT ON FUNCTION agentchat.detach() IS
'Takes from the tables what depends on the extension, so that DROP EXTENSION agentchat needs no CASCADE. No row is touched; agentchat.adopt() puts it back, but for triggers of your own that call the extension''s functions; agentchat.link_supabase_auth() puts back the one on auth.users. Errors: 42501 not the tables'' owner, or not allowed to drop the trigger of auth.users.';
