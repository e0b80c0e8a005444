-- Refuses definitions that name tools which do not exist. Like the check of a foreign key it locks the
-- tools, so that nobody deletes or renames them before the transaction ends. protect_tool() is the other
-- half.
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    fault text;
    missing text[];
BEGIN
    IF TG_WHEN <> 'AFTER' OR TG_LEVEL <> 'ROW' OR TG_OP NOT IN ('INSERT', 'UPDATE') THEN
        PERFORM agentchat.refuse_firing(TG_RELID, TG_NAME, 'check_agent_definition_tools',
            'AFTER INSERT OR UPDATE', 'FOR EACH ROW');
    END IF;
    PERFORM agentchat.require_table(TG_RELID, TG_NAME, 'agent_definitions');
    IF NEW.tools IS NULL OR OLD.tools::text = NEW.tools::text OR agentchat.is_restore(TG_RELID) THEN
        RETURN NULL;
    END IF;

    IF jsonb_typeof(NEW.tools) <> 'array' THEN
        fault := format('The value is %s.', agentchat.kind_of(NEW.tools));
    ELSE
        SELECT format('tools[%s] is %s.', e.place - 1, agentchat.kind_of(e.value)) INTO fault
        FROM jsonb_array_elements(NEW.tools) WITH ORDINALITY e (value, place)
        WHERE jsonb_typeof(e.value) <> 'string' ORDER BY e.place LIMIT 1;
    END IF;
    IF fault IS NOT NULL THEN
        RAISE EXCEPTION 'agent_definitions.tools must be an array of strings'
            USING ERRCODE = 'invalid_parameter_value', DETAIL = fault,
                  HINT = 'Name each tool by its id or its name.';
    END IF;

    -- The text of a UUID can also be a name.
    EXECUTE format($query$
        WITH named AS MATERIALIZED (
            SELECT DISTINCT e.name COLLATE "C" AS name, agentchat.parse_uuid(e.name) AS id
            FROM jsonb_array_elements_text($1) e (name)),
        found AS MATERIALIZED (
            SELECT t.id, t.name::text COLLATE "C" AS name FROM %I.agent_tools t
            WHERE t.id = ANY (ARRAY(SELECT id FROM named)) OR t.name = ANY (ARRAY(SELECT name FROM named))
            FOR KEY SHARE OF t)
        SELECT array_agg(n.name::text ORDER BY n.name) FROM named n
        WHERE NOT EXISTS (SELECT FROM found f WHERE f.id = n.id OR f.name = n.name)
        $query$, TG_TABLE_SCHEMA)
    INTO missing USING NEW.tools;
    IF missing IS NOT NULL THEN
        RAISE EXCEPTION 'agent_definitions.tools names tools that do not exist'
            USING ERRCODE = 'foreign_key_violation',
                  DETAIL = format('Missing: %s%s.', (
                      SELECT string_agg(agentchat.quoted_excerpt(m.name), ', ' ORDER BY m.place)
                      FROM unnest(missing[:20]) WITH ORDINALITY m (name, place)),
                      CASE WHEN cardinality(missing) > 20
                           THEN format(', and %s more', cardinality(missing) - 20) END),
                  HINT = 'Insert the tools into agent_tools first, or name existing tools by id or name.';
    END IF;
    RETURN NULL;
END
$function$
