-- The instance, its definition, and the tools that the definition names, each by its id or its name. Formats
-- for a provider's API need the extension: a schema is rewritten for each.
LANGUAGE plpgsql
AS $function$
DECLARE
    form CONSTANT pg_catalog.text := COALESCE($2, 'rows');
    result pg_catalog.jsonb;
BEGIN
    PERFORM agentchat.check_format(form, '{rows, ai-sdk, openai, anthropic}', '{openai, anthropic}',
        'Read the format ai-sdk: the AI SDK makes a request of its schemas with jsonSchema().');
    IF $1 IS NOT NULL THEN
        EXECUTE agentchat.agent_query(form) INTO result USING $1;
    END IF;
    RETURN result;
END
$function$
