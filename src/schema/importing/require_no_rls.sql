-- require_no_rls() refuses callers to whom row-level security applies. The tables' triggers would act for
-- them and replace the times of an import. A SECURITY DEFINER function changes only the current user.
CREATE FUNCTION agentchat.require_no_rls(action text) RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    caller CONSTANT text := coalesce(nullif(current_setting('role'), 'none'), session_user);
BEGIN
    IF EXISTS (SELECT FROM agentchat.tables() t JOIN pg_class c ON c.oid = t.actual JOIN pg_roles r
        ON r.rolname = caller
               WHERE NOT (r.rolsuper OR r.rolbypassrls OR pg_has_role(r.oid, c.relowner, 'USAGE'))) THEN
        RAISE EXCEPTION 'row-level security must not apply to the role that may %', action
            USING ERRCODE = 'insufficient_privilege',
                  DETAIL = format('The session''s role is %I.', caller),
                  HINT = 'Connect as the owner of the tables. A SECURITY DEFINER function is not enough.';
    END IF;
END
$function$;
