-- agent_query() returns a query for agent $1 in the format rows or ai-sdk. It qualifies every name, because
-- it runs with the search_path of the caller. A private definition serves only its author.
CREATE FUNCTION agentchat.agent_query(format text) RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    instances CONSTANT regclass := agentchat.table_of('agent_instances');
    definitions CONSTANT regclass := agentchat.table_of('agent_definitions');
    tools CONSTANT regclass := agentchat.table_of('agent_tools');
BEGIN
    PERFORM agentchat.type_of_column(instances, c, 'uuid')
    FROM unnest('{id, user_id, definition_id}'::text[]) c;
    PERFORM agentchat.type_of_column(definitions, c, 'uuid') FROM unnest('{id, user_id}'::text[]) c;
    PERFORM agentchat.type_of_column(tools, 'id', 'uuid');
    RETURN format(
        'SELECT agentchat.agent_document(%L, a.instance, a.definition, '
            'ARRAY(SELECT pg_catalog.to_jsonb(t.*) FROM %s t '
                'WHERE t.id OPERATOR(pg_catalog.=) ANY (n.ids) '
                'OR t.name::pg_catalog.text OPERATOR(pg_catalog.=) ANY (n.names))) '
        'FROM (SELECT pg_catalog.to_jsonb(i.*) AS instance, pg_catalog.to_jsonb(d.*) AS definition '
            'FROM %s i LEFT JOIN %s d ON d.id OPERATOR(pg_catalog.=) i.definition_id '
            'AND (d.is_public OR d.user_id OPERATOR(pg_catalog.=) i.user_id) '
            'WHERE i.id OPERATOR(pg_catalog.=) $1 LIMIT 1) a '
        'CROSS JOIN LATERAL agentchat.names_of_tools(a.definition) n', format, tools, instances, definitions);
END
$function$;

-- names_of_tools() returns the texts in the tools of a definition, and those of them that are UUIDs.
CREATE FUNCTION agentchat.names_of_tools(definition jsonb, OUT names text[], OUT ids uuid[])
    LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT array_agg(e #>> '{}'), array_agg(agentchat.parse_uuid(e #>> '{}'))
FROM jsonb_path_query(definition, 'strict $.tools ? (@.type() == "array")[*] ? (@.type() == "string")',
                      silent => true) e
$function$;

-- agent_document() puts the agent together. A tool comes once, in the order of the definition; an id comes
-- before a name that looks the same.
CREATE FUNCTION agentchat.agent_document(format text, instance jsonb, definition jsonb, candidates jsonb[])
    RETURNS jsonb
    LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $function$
WITH named AS (
    SELECT e.n, e.value, (SELECT t FROM unnest(candidates) t
        WHERE jsonb_typeof(e.value) = 'string'
          AND ((t ->> 'id')::uuid = agentchat.parse_uuid(e.value #>> '{}') OR t ->> 'name' = e.value #>> '{}')
        ORDER BY (t ->> 'id')::uuid IS NOT DISTINCT FROM agentchat.parse_uuid(e.value #>> '{}') DESC
        LIMIT 1) AS tool
    FROM jsonb_array_elements(CASE jsonb_typeof(definition -> 'tools')
        WHEN 'array' THEN definition -> 'tools' END) WITH ORDINALITY e (value, n)
), tools AS (
    SELECT DISTINCT ON (tool ->> 'name') n, tool FROM named WHERE tool IS NOT NULL ORDER BY tool ->> 'name', n
)
SELECT jsonb_build_object(
        'status', instance -> 'status',
        'definition_status', CASE WHEN definition IS NULL THEN 'gone' ELSE 'available' END,
        'configuration',
            CASE jsonb_typeof(definition -> 'capabilities') WHEN 'object' THEN definition -> 'capabilities'
            ELSE '{}' END
            || CASE jsonb_typeof(instance -> 'configuration') WHEN 'object' THEN instance -> 'configuration'
               ELSE '{}' END)
    || CASE format WHEN 'rows' THEN jsonb_build_object('instance', instance, 'definition', definition,
            'tools', ARRAY(SELECT tool FROM tools ORDER BY n),
            'missing_tools', ARRAY(SELECT value FROM named WHERE tool IS NULL ORDER BY n))
       ELSE jsonb_build_object('id', instance -> 'id', 'name', instance -> 'name',
            'system', CASE WHEN definition ->> 'system_prompt' ~ '[^\s\u001c-\u001f\u0085\u00a0\ufeff]'
                THEN definition -> 'system_prompt' END,
            'tools', (SELECT COALESCE(jsonb_object_agg(tool ->> 'name',
                    CASE jsonb_typeof(tool -> 'description') WHEN 'string'
                        THEN jsonb_build_object('description', tool -> 'description') ELSE '{}' END
                    || jsonb_build_object('inputSchema', tool -> 'schema')), '{}') FROM tools)) END
$function$;
