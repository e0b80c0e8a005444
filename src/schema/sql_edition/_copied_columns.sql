-- Helpers of fork_conversation().

-- copied_columns() returns the columns of a table as ", a, b", without some and without generated ones.
CREATE FUNCTION agentchat.copied_columns(of_table regclass, others text[]) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT coalesce(string_agg(format(', %I', attname), '' ORDER BY attnum), '') FROM pg_attribute
WHERE attrelid = of_table AND attnum > 0 AND NOT attisdropped AND attgenerated = '' AND attidentity = ''
  AND attname::text <> ALL (others)
$function$;

-- copied_parts() returns the parts of a message without the id that the client chose: the copy has another
-- id. It is in the last part, or in the one before the metadata.
CREATE FUNCTION agentchat.copied_parts(parts jsonb) RETURNS jsonb
    LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT CASE
    WHEN parts #>> '{-1,type}' = 'data-message-id' THEN parts - (-1)
    WHEN parts #>> '{-1,type}' = 'data-metadata' AND parts #>> '{-2,type}' = 'data-message-id'
    THEN parts - (-2)
    ELSE parts END
$function$;

-- Parts of another type are copied as they are.
CREATE FUNCTION agentchat.copied_parts(parts anyelement) RETURNS anyelement
    LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS 'SELECT parts';
