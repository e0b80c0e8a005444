-- first_text() returns the first value of these keys that is a text, not empty and not too long.
CREATE FUNCTION agentchat.first_text(metadata jsonb, keys text[], longest integer) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT metadata ->> k.key FROM unnest(keys) WITH ORDINALITY k (key, place)
WHERE jsonb_typeof(metadata) = 'object' AND jsonb_typeof(metadata -> k.key) = 'string'
  AND char_length(metadata ->> k.key) BETWEEN 1 AND longest
ORDER BY k.place LIMIT 1
$function$;
