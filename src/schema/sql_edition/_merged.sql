-- merged() returns stored metadata with changed keys: those with null are removed. An object without keys
-- changes nothing, not even NULL. It raises PT409 if the stored metadata is neither an object nor null.
CREATE FUNCTION agentchat.merged(stored jsonb, changes jsonb) RETURNS jsonb
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $function$
BEGIN
    IF changes IS NULL OR changes = '{}' THEN
        RETURN stored;
    ELSIF jsonb_typeof(stored) NOT IN ('object', 'null') THEN
        RAISE EXCEPTION 'stored metadata is not a JSON object'
            USING ERRCODE = 'PT409',
                  DETAIL = 'Keys can be merged only into an object.',
                  HINT = 'Nothing was changed. Replace the stored value with an UPDATE first.';
    END IF;
    RETURN (coalesce(nullif(stored, 'null'), '{}') || changes)
        - ARRAY(SELECT key FROM jsonb_each(changes) WHERE jsonb_typeof(value) = 'null');
END
$function$;
