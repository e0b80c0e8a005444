-- kind_of() names the kind of a JSON value, for messages.
CREATE FUNCTION agentchat.kind_of(value jsonb) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT CASE WHEN k = 'null' THEN k WHEN k ~ '^[ao]' THEN 'an ' || k ELSE 'a ' || k END
FROM jsonb_typeof(value) k
$function$;
