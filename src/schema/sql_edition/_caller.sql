-- caller() returns the user whom the claims of the JWT name. PostgREST, or another server, puts the claims
-- into a setting. The older setting comes first, as in auth.uid() of Supabase. current_user_id() is this
-- function.
--
-- It has no EXCEPTION clause, because before PostgreSQL 17 that would fail in parallel queries. Therefore
-- PostgreSQL 15 reports claims that are not JSON with its own error.
CREATE FUNCTION agentchat.caller() RETURNS uuid
    LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    subject text := nullif(current_setting('request.jwt.claim.sub', true), '');
    claims CONSTANT text := nullif(current_setting('request.jwt.claims', true), '');
    detail text;
BEGIN
    IF subject IS NULL AND claims IS NULL THEN
        RETURN NULL;
    END IF;
    IF subject IS NULL THEN
        IF current_setting('server_version_num')::int >= 160000 THEN
            IF NOT pg_input_is_valid(claims, 'json') THEN
                detail := 'The setting request.jwt.claims is not JSON.';
            END IF;
        END IF;
        IF detail IS NULL AND json_typeof(claims::json) = 'object' THEN
            SELECT CASE json_typeof(c.value) WHEN 'object' THEN '{...}' WHEN 'array' THEN '[...]'
                        ELSE c.value #>> '{}' END
            INTO subject
            FROM json_each(claims::json) WITH ORDINALITY c (key, value, place)
            WHERE c.key = 'sub' ORDER BY c.place DESC LIMIT 1;
        END IF;
    END IF;
    -- A uuid can be written in capitals, in braces and with other hyphens.
    IF subject ~* '^(([0-9a-f]{4}-?){7}[0-9a-f]{4}|\{([0-9a-f]{4}-?){7}[0-9a-f]{4}\})$' THEN
        RETURN subject::uuid;
    END IF;
    detail := coalesce(detail, 'The claim sub is ' || agentchat.excerpt(subject) || '.');
    IF detail IS NOT NULL THEN
        RAISE EXCEPTION 'the claims of the request do not name a user'
            USING ERRCODE = 'invalid_parameter_value', DETAIL = detail,
                  HINT = 'The claim sub of the JWT must be the UUID of a user.';
    END IF;
    RETURN NULL;
END
$function$;
