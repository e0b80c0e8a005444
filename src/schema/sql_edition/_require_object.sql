-- require_object() raises 22023 if an argument is neither NULL nor a JSON object.
CREATE FUNCTION agentchat.require_object(argument text, value jsonb) RETURNS void
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $function$
BEGIN
    IF jsonb_typeof(value) <> 'object' THEN
        RAISE EXCEPTION '% must be a JSON object', argument
            USING ERRCODE = 'invalid_parameter_value', HINT = 'Wrap the value in an object.';
    END IF;
END
$function$;
