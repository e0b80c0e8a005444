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

-- refuse_table() raises 39P01 for a trigger on the wrong table.
CREATE FUNCTION agentchat.refuse_table(target oid, trigger_name name, wanted text) RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
BEGIN
    RAISE EXCEPTION 'a trigger function is used on the wrong table'
        USING ERRCODE = 'trigger_protocol_violated',
              DETAIL = format('The trigger is "%s" on "%s".', trigger_name,
                              (SELECT relname FROM pg_class WHERE oid = target)),
              HINT = format('Use the function only on the table %s of agentchat.', wanted);
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
    PERFORM agentchat.refuse_table(target, trigger_name, wanted);
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

-- time_column() returns whether a column that holds a time has a zone, and the modifier of its type, which is
-- its precision. It raises an error unless the column is there and has one of the two types.
--
-- PL/pgSQL plans an expression for the type that a column of NEW or OLD has the first time, and fails after
-- ALTER TABLE ... TYPE. Triggers therefore read a column of time with another expression for each type.
CREATE FUNCTION agentchat.time_column(
    target oid, trigger_name name, column_name text, OUT has_zone boolean, OUT type_modifier integer
)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    type regtype;
BEGIN
    SELECT atttypid, atttypmod INTO type, type_modifier FROM pg_attribute
    WHERE attrelid = target AND attname = column_name AND NOT attisdropped;
    IF type IS NULL THEN
        RAISE EXCEPTION 'a trigger needs a column that its table lacks'
            USING ERRCODE = 'undefined_column',
                  DETAIL = format('The table "%s" has no column "%s".',
                                  (SELECT relname FROM pg_class WHERE oid = target), column_name),
                  HINT = format('Add the column, or drop the trigger "%s".', trigger_name);
    ELSIF type NOT IN ('timestamp', 'timestamptz') THEN
        RAISE EXCEPTION 'a column that a trigger needs has the wrong type'
            USING ERRCODE = 'datatype_mismatch',
                  DETAIL = format('The column "%s" of "%s" is of type %s.', column_name,
                                  (SELECT relname FROM pg_class WHERE oid = target), type),
                  HINT = 'Change the type to timestamp (which will hold UTC) or timestamptz.';
    END IF;
    has_zone := type = 'timestamptz'::regtype;
END
$function$;

-- require_all_rows() raises 42501 if policies hide rows of these tables from their owner. A rule that counts
-- rows, or looks for them, would let pass what it must refuse. The extension suspends FORCE ROW LEVEL
-- SECURITY.
CREATE FUNCTION agentchat.require_all_rows(VARIADIC names text[]) RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    forced regclass;
BEGIN
    SELECT t INTO forced FROM unnest(names) n (name), agentchat.table_of(n.name) t
    WHERE row_security_active(t) LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'a rule cannot see all rows of a table'
            USING ERRCODE = 'insufficient_privilege',
                  DETAIL = format('The owner of the table %s is subject to its policies.', forced),
                  HINT = format('Run: ALTER TABLE %s NO FORCE ROW LEVEL SECURITY;', forced);
    END IF;
END
$function$;
