-- Raises 22004 if an argument is NULL.
CREATE FUNCTION agentchat.require_not_null(argument text, is_null boolean) RETURNS void
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $function$
BEGIN
    IF is_null THEN
        RAISE EXCEPTION 'an argument must not be NULL'
            USING ERRCODE = 'null_value_not_allowed', DETAIL = format('The argument is %s.', argument);
    END IF;
END
$function$;
