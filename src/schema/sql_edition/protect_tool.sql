-- Keeps tools that agent definitions use: the other half of check_agent_definition_tools(). Definitions that
-- policies hide count, too, but the error tells only their number.
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    -- The id counts in each of the forms of a uuid.
    uses_tool CONSTANT text := format($condition$
        FROM %I.agent_definitions d
        WHERE d.tools ? $1 OR EXISTS (
            SELECT FROM jsonb_array_elements_text(
                CASE jsonb_typeof(d.tools) WHEN 'array' THEN d.tools END) e (name)
            WHERE length(e.name) >= 32 AND lower(translate(e.name, '{-}', '')) = translate($2, '-', ''))
        $condition$, TG_TABLE_SCHEMA);
    is_used boolean;
    uses bigint;
BEGIN
    IF TG_WHEN <> 'AFTER' OR TG_LEVEL <> 'ROW' OR TG_OP NOT IN ('UPDATE', 'DELETE') THEN
        PERFORM agentchat.refuse_firing(TG_RELID, TG_NAME, 'protect_tool', 'AFTER UPDATE OR DELETE',
            'FOR EACH ROW');
    END IF;
    PERFORM agentchat.require_table(TG_RELID, TG_NAME, 'agent_tools');
    IF OLD.id IS NULL OR OLD.name IS NULL OR agentchat.is_restore(TG_RELID)
        OR TG_OP = 'UPDATE' AND NEW.id = OLD.id AND NEW.name = OLD.name
    THEN
        RETURN NULL;
    END IF;
    PERFORM agentchat.require_all_rows('agent_definitions');
    -- The lock waits for a session that is deleting the definition.
    EXECUTE 'SELECT true' || uses_tool || 'LIMIT 1 FOR KEY SHARE OF d'
    INTO is_used USING OLD.name, OLD.id::text;
    IF is_used THEN
        EXECUTE 'SELECT count(*)' || uses_tool INTO uses USING OLD.name, OLD.id::text;
        RAISE EXCEPTION 'a tool that agent definitions use must stay as it is'
            USING ERRCODE = 'foreign_key_violation',
                  DETAIL = format('The tool %s is in the tools of %s agent %s.',
                                  agentchat.quoted_excerpt(OLD.name), uses,
                                  CASE uses WHEN 1 THEN 'definition' ELSE 'definitions' END),
                  HINT = 'Take it out of these definitions before you delete it, rename it or change its id.';
    END IF;
    -- A transaction with one snapshot does not see the definitions that have come since it began.
    IF current_setting('transaction_isolation') IN ('repeatable read', 'serializable') THEN
        RAISE EXCEPTION 'a tool can be deleted or renamed only under READ COMMITTED'
            USING ERRCODE = 'feature_not_supported',
                  DETAIL = 'This database has the SQL edition of agentchat, which cannot see definitions '
                           'that were written since the transaction began.',
                  HINT = 'Do it in a transaction of its own, with the isolation level READ COMMITTED.';
    END IF;
    RETURN NULL;
END
$function$
