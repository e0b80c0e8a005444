-- What the functions of triggers ask before they begin.
--
-- The extension tells by whom a trigger is fired also within functions of other users. Here a trigger
-- function with SECURITY DEFINER sees its owner and the role of the session, which is the one that SET ROLE
-- has set.

-- outer_role() returns the role outside all functions with SECURITY DEFINER.
CREATE FUNCTION agentchat.outer_role() RETURNS name
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT coalesce(nullif(current_setting('role'), 'none'), session_user)
$function$;

-- is_under_policies() returns whether row-level security applies to the current user. Triggers fire on a
-- partition, but the policies of the partitioned table apply.
CREATE FUNCTION agentchat.is_under_policies(target oid) RETURNS boolean
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT row_security_active(target)
    OR EXISTS (SELECT FROM pg_partition_ancestors(target) a WHERE row_security_active(a))
$function$;

-- may_restore() returns whether a role has BYPASSRLS, or owns the table and is not under its policies.
CREATE FUNCTION agentchat.may_restore(target oid, role_name name) RETURNS boolean
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT r.rolsuper OR r.rolbypassrls OR (
    SELECT pg_has_role(r.oid, c.relowner, 'USAGE') FROM pg_class c WHERE c.oid = target)
    AND NOT EXISTS (
        SELECT FROM pg_class c
        WHERE (c.oid = target OR c.oid IN (SELECT pg_partition_ancestors(target))) AND c.relrowsecurity
          AND (c.relforcerowsecurity OR NOT pg_has_role(r.oid, c.relowner, 'USAGE')))
FROM pg_roles r WHERE r.rolname = role_name
$function$;

-- is_restore() returns whether the session restores a dump: its rows are stored unchanged. Every pg_dump
-- since 9.5 sets row_security to off. That alone is not enough: it would let users bypass the rules.
CREATE FUNCTION agentchat.is_restore(target oid) RETURNS boolean
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
BEGIN
    RETURN current_setting('row_security') = 'off' AND agentchat.may_restore(target, current_user)
        AND agentchat.may_restore(target, agentchat.outer_role());
END
$function$;

-- refuse_firing() raises 39P01 for a trigger that is fired in another way than its function needs.
CREATE FUNCTION agentchat.refuse_firing(
    target regclass, trigger_name name, called text, fired text, how text
) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    table_name CONSTANT name := (SELECT relname FROM pg_class WHERE oid = target);
BEGIN
    RAISE EXCEPTION USING
        ERRCODE = 'trigger_protocol_violated',
        MESSAGE = format('a trigger must be fired %s %s', fired, how),
        DETAIL = format('The trigger is "%s" on "%s", which calls agentchat.%s.', trigger_name, table_name,
                        called),
        HINT = format('Create it as: CREATE TRIGGER ... %s ON %I %s EXECUTE FUNCTION agentchat.%s().', fired,
                      table_name, how, called);
END
$function$;

-- require_table() raises 39P01 unless the trigger is on that table of agentchat or on a partition of it. Any
-- user can make a trigger that calls our functions, on a table of their own.
CREATE FUNCTION agentchat.require_table(target oid, trigger_name name, wanted text) RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    actual CONSTANT oid := to_regclass(agentchat.tables_prefix() || wanted);
BEGIN
    IF target = actual AND EXISTS (SELECT FROM pg_class WHERE oid = target AND relkind IN ('r', 'p')) THEN
        RETURN;
    END IF;
    IF EXISTS (SELECT FROM pg_partition_ancestors(target) a JOIN pg_class c ON c.oid = target
               WHERE a = actual AND c.relkind IN ('r', 'p')) THEN
        RETURN;
    END IF;
    RAISE EXCEPTION 'a trigger function is used on the wrong table'
        USING ERRCODE = 'trigger_protocol_violated',
              DETAIL = format('The trigger is "%s" on "%s".', trigger_name,
                              (SELECT relname FROM pg_class WHERE oid = target)),
              HINT = format('Use the function only on the table %s of agentchat.', wanted);
END
$function$;

-- require_transition_tables() does the same for a statement trigger, which also needs its transition tables.
CREATE FUNCTION agentchat.require_transition_tables(
    target oid, trigger_name name, fired_when text, level text, event text,
    called text, wanted_table text, wanted_events text[]
) RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
BEGIN
    IF fired_when <> 'AFTER' OR level <> 'STATEMENT' OR event <> ALL (wanted_events) OR NOT EXISTS (
        SELECT FROM pg_trigger t
        WHERE t.tgrelid = target AND t.tgname = trigger_name
          AND (event = 'INSERT' OR t.tgoldtable = 'old_rows')
          AND (event = 'DELETE' OR t.tgnewtable = 'new_rows'))
    THEN
        PERFORM agentchat.refuse_firing(target, trigger_name, called,
            'AFTER ' || regexp_replace(array_to_string(wanted_events, ', '), ', (\w+)$', ' or \1'),
            'REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT');
    END IF;
    PERFORM agentchat.require_table(target, trigger_name, wanted_table);
END
$function$;

-- excerpt() returns a text in quotes, of at most 120 bytes, for the DETAIL of an error.
CREATE FUNCTION agentchat.excerpt(content text) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT CASE WHEN octet_length(content) <= 120 THEN '"' || content || '"'
            ELSE (SELECT '"' || left(content, max(n)) || '..."' FROM generate_series(30, 120) n
                  WHERE octet_length(left(content, n)) <= 120) END
$function$;

-- require_time() raises 42804 unless the type is one of the two that hold a time.
CREATE FUNCTION agentchat.require_time(target oid, name text, actual regtype) RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
BEGIN
    IF actual NOT IN ('timestamp'::regtype, 'timestamptz'::regtype) THEN
        RAISE EXCEPTION 'a column that a trigger needs has the wrong type'
            USING ERRCODE = 'datatype_mismatch',
                  DETAIL = format('The column "%s" of "%s" is of type %s.', name,
                                  (SELECT relname FROM pg_class WHERE oid = target), actual),
                  HINT = 'Change the type to timestamp (which will hold UTC) or timestamptz.';
    END IF;
END
$function$;
