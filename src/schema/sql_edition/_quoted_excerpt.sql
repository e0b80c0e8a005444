-- quoted_excerpt() returns a text in quotes, of at most 120 bytes, for an error.
CREATE FUNCTION agentchat.quoted_excerpt(value text) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT CASE WHEN octet_length(value) <= 120 THEN '"' || value || '"' ELSE (
    SELECT '"' || left(value, max(n)) || '..."' FROM generate_series(30, 120) n
    WHERE octet_length(left(value, n)) <= 120) END
$function$;
