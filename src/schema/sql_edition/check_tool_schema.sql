-- Refuses a new schema of a tool that json_schema_error() finds a fault in.
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    fault text;
BEGIN
    IF TG_WHEN <> 'AFTER' OR TG_LEVEL <> 'ROW' OR TG_OP NOT IN ('INSERT', 'UPDATE') THEN
        PERFORM agentchat.refuse_firing(TG_RELID, TG_NAME, 'check_tool_schema', 'AFTER INSERT OR UPDATE',
            'FOR EACH ROW');
    END IF;
    fault := agentchat.json_schema_error(NEW.schema);
    IF fault IS NOT NULL AND OLD.schema IS DISTINCT FROM NEW.schema
        AND NOT agentchat.is_restore(TG_RELID)
    THEN
        RAISE EXCEPTION 'agent_tools.schema is not a valid JSON Schema'
            USING ERRCODE = 'invalid_parameter_value', DETAIL = fault,
                  HINT = format('Correct the schema of the tool %s.',
                                agentchat.quoted_excerpt(coalesce(NEW.name, '')));
    END IF;
    RETURN NULL;
END
$function$
