-- Raises PT402 if a statement gave a user too many agents. It first takes the locks of these users, and then
-- counts: every earlier holder of a lock has committed or rolled back.
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    gainers uuid[];
    excess record;
BEGIN
    PERFORM agentchat.require_transition_tables(TG_RELID, TG_NAME, TG_WHEN, TG_LEVEL, TG_OP,
        'enforce_agent_limit', 'agent_instances', '{INSERT,UPDATE}');
    IF agentchat.is_restore(TG_RELID) THEN
        RETURN NULL;
    END IF;
    IF TG_OP = 'INSERT' THEN
        SELECT array_agg(DISTINCT n.user_id) INTO gainers FROM new_rows n
        WHERE n.status <> 'archived' AND n.user_id IS NOT NULL;
    ELSE
        -- The rows of both tables have the same order.
        SELECT array_agg(DISTINCT n.user_id) INTO gainers
        FROM (SELECT row_number() OVER () AS place, user_id, status FROM old_rows) o
            JOIN (SELECT row_number() OVER () AS place, user_id, status FROM new_rows) n USING (place)
        WHERE n.status <> 'archived' AND n.user_id IS NOT NULL
          AND (o.user_id = n.user_id AND o.status <> 'archived') IS NOT TRUE;
    END IF;
    IF gainers IS NULL THEN
        RETURN NULL;
    END IF;

    INSERT INTO agentchat.agent_locks AS l
    SELECT DISTINCT uuid_hash(u) & 1023 FROM unnest(gainers) u ORDER BY 1
    ON CONFLICT (bucket) DO UPDATE SET bucket = l.bucket;

    SELECT * INTO excess FROM agentchat.usage_of_agents(gainers) u
    WHERE u.agent_limit <> -1 AND u.used > u.agent_limit ORDER BY u.user_id LIMIT 1;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    -- As many as before the statement.
    SELECT excess.used - count(*) INTO excess.used FROM new_rows n
    WHERE n.user_id = excess.user_id AND n.status <> 'archived';
    IF TG_OP = 'UPDATE' THEN
        SELECT excess.used + count(*) INTO excess.used FROM old_rows o
        WHERE o.user_id = excess.user_id AND o.status <> 'archived';
    END IF;
    -- PostgREST copies the message into the status line of HTTP: it must stay constant.
    RAISE EXCEPTION 'agent limit reached'
        USING ERRCODE = 'PT402',
              DETAIL = format('user %s, limit %s, used %s, plan %s', excess.user_id, excess.agent_limit,
                              excess.used, coalesce(excess.plan, 'none')),
              HINT = 'Archive an agent of this user, or raise agent_limit of the user''s subscription.';
END
$function$
