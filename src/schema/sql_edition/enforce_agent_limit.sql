-- Raises PT402 if a statement gave a user too many agents. It first takes the locks of these users, and then
-- counts: every earlier holder of a lock has committed or rolled back.
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    gainers uuid[];
    excess record;
    gained bigint;
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

    PERFORM agentchat.require_all_rows('agent_instances', 'subscriptions');
    -- A transaction with one snapshot sees old limits. This fails (40001) if one has changed since.
    IF current_setting('transaction_isolation') IN ('repeatable read', 'serializable') THEN
        EXECUTE format('SELECT FROM %I.subscriptions WHERE user_id = ANY ($1) FOR SHARE SKIP LOCKED',
                       TG_TABLE_SCHEMA)
        USING gainers;
    END IF;
    SELECT * INTO excess FROM agentchat.usage_of_agents(gainers) u
    WHERE u.agent_limit <> -1 AND u.used > u.agent_limit ORDER BY u.user_id LIMIT 1;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    -- The error tells how many there were before the statement. An upsert fires the trigger for its updates
    -- first, but has inserted its rows by then: these are of the same command.
    IF TG_OP = 'INSERT' THEN
        SELECT count(*) INTO gained FROM new_rows n
        WHERE n.user_id = excess.user_id AND n.status <> 'archived';
    ELSE
        EXECUTE format(
            'SELECT count(*) FROM %1$I.%2$I i JOIN %1$I.%2$I w ON i.xmin = w.xmin AND i.cmin = w.cmin
             WHERE w.id = $1 AND i.user_id = $2 AND i.status <> ''archived''', TG_TABLE_SCHEMA, TG_TABLE_NAME)
        INTO gained USING (SELECT n.id FROM new_rows n LIMIT 1), excess.user_id;
        SELECT gained - count(*) INTO gained FROM old_rows o
        WHERE o.user_id = excess.user_id AND o.status <> 'archived';
    END IF;
    -- PostgREST copies the message into the status line of HTTP: it must stay constant.
    RAISE EXCEPTION 'agent limit reached'
        USING ERRCODE = 'PT402',
              DETAIL = format('user %s, limit %s, used %s, plan %s', excess.user_id, excess.agent_limit,
                              excess.used - gained, coalesce(excess.plan, 'none')),
              HINT = 'Archive an agent of this user, or raise agent_limit of the user''s subscription.';
END
$function$
