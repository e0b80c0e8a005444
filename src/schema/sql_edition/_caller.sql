-- is_json() returns whether a text is JSON. PostgreSQL 16 has pg_input_is_valid() for that. On version 15,
-- the error of a cast would have to be caught, which fails in parallel queries. There the values become 0 or
-- "", the innermost ones first, until one is left. What is nested deeper than 100 is left to the cast.
CREATE FUNCTION agentchat.is_json(value text) RETURNS boolean
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    rest text;
    before text;
BEGIN
    IF current_setting('server_version_num')::int >= 160000 THEN
        RETURN pg_input_is_valid(value, 'json');
    END IF;
    rest := regexp_replace(value, '"([^"\\\x01-\x1f]|\\(["\\/bfnrt]|u[0-9A-Fa-f]{4}))*"', '""', 'g');
    rest := regexp_replace(rest, '-?(0|[1-9][0-9]*)(\.[0-9]+)?([Ee][+-]?[0-9]+)?|true|false|null', '0', 'g');
    rest := translate(rest, E' \t\n\r', '');
    FOR depth IN 1 .. 100 LOOP
        EXIT WHEN rest IN ('0', '""');
        before := rest;
        rest := regexp_replace(rest,
            '\[((0|"")(,(0|""))*)?\]|\{("":(0|"")(,"":(0|""))*)?\}', '0', 'g');
        IF rest = before THEN
            RETURN false;
        END IF;
    END LOOP;
    RETURN true;
END
$function$;

-- caller() returns the user whom the claims of the JWT name. PostgREST, or another server, puts the claims
-- into a setting. The older setting comes first, as in auth.uid() of Supabase. current_user_id() is this
-- function.
CREATE FUNCTION agentchat.caller() RETURNS uuid
    LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    subject text := nullif(current_setting('request.jwt.claim.sub', true), '');
    claims CONSTANT text := nullif(current_setting('request.jwt.claims', true), '');
    user_id uuid;
    detail text;
BEGIN
    IF subject IS NULL AND claims IS NULL THEN
        RETURN NULL;
    END IF;
    IF subject IS NULL THEN
        IF NOT agentchat.is_json(claims) THEN
            detail := 'The setting request.jwt.claims is not JSON.';
        ELSIF json_typeof(claims::json) = 'object' THEN
            -- The e of an exponent is no digit of a UUID.
            SELECT CASE WHEN json_typeof(c.value) = 'object' THEN '{...}'
                        WHEN json_typeof(c.value) = 'array' THEN '[...]'
                        WHEN json_typeof(c.value) = 'number' AND c.value #>> '{}' ILIKE '%e%' THEN 'a number'
                        ELSE c.value #>> '{}' END
            INTO subject
            FROM json_each(claims::json) WITH ORDINALITY c (key, value, place)
            WHERE c.key = 'sub' ORDER BY c.place DESC LIMIT 1;
        END IF;
    END IF;
    user_id := agentchat.parse_uuid(subject);
    IF user_id IS NULL THEN
        detail := coalesce(detail, 'The claim sub is ' || agentchat.quoted_excerpt(subject) || '.');
    END IF;
    IF detail IS NOT NULL THEN
        RAISE EXCEPTION 'the claims of the request do not name a user'
            USING ERRCODE = 'invalid_parameter_value', DETAIL = detail,
                  HINT = 'The claim sub of the JWT must be the UUID of a user.';
    END IF;
    RETURN user_id;
END
$function$;
