-- Callers who ask about themselves get the numbers that the limit uses, even if policies hide some of their
-- agents. For other users, they get the numbers that the policies show them.
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    asked CONSTANT uuid := coalesce($1, agentchat.caller());
    is_visible boolean;
    usage record;
BEGIN
    IF asked IS NULL THEN
        RAISE EXCEPTION 'no user given'
            USING ERRCODE = 'invalid_parameter_value',
                  DETAIL = 'Neither the argument user_id nor the claims of the request name a user.',
                  HINT = 'Pass user_id, or sign in.';
    END IF;
    EXECUTE format('SELECT true FROM %susers WHERE id = $1', agentchat.tables_prefix())
    INTO is_visible USING asked;
    IF is_visible IS NULL THEN
        RETURN NULL;
    END IF;
    IF asked = agentchat.caller() THEN
        SELECT * INTO usage FROM agentchat.own_usage_of_agents();
    ELSE
        SELECT * INTO usage FROM agentchat.usage_of_agents(ARRAY[asked]);
    END IF;
    RETURN jsonb_build_object(
        'limit', usage.agent_limit, 'used', usage.used,
        'remaining', CASE WHEN usage.agent_limit <> -1 THEN greatest(usage.agent_limit - usage.used, 0) END,
        'plan', usage.plan);
END
$function$
