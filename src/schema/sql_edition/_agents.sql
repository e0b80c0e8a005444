-- agent_locks has the locks of the agent limit, each for some of the users. A lock is the UPDATE of its row:
-- a statement that gives a user an agent waits for the others that do, and under REPEATABLE READ and
-- SERIALIZABLE it fails (40001) if one of them has committed since its transaction began. The advisory locks
-- of PostgreSQL would only wait.
CREATE UNLOGGED TABLE agentchat.agent_locks (bucket integer PRIMARY KEY);

-- usage_of_agents() returns how many agents users have and may have. Of several subscriptions the one with
-- the largest limit counts; -1 is the largest. It counts the rows that the current user can see.
CREATE FUNCTION agentchat.usage_of_agents(
    users uuid[], OUT user_id uuid, OUT used bigint, OUT agent_limit bigint, OUT plan text
) RETURNS SETOF record
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
BEGIN
    RETURN QUERY EXECUTE format($query$
        SELECT u.user_id, a.number, coalesce(best.agent_limit, agentchat.default_agent_limit())::int8,
            best.plan::text
        FROM unnest($1) u (user_id)
            CROSS JOIN LATERAL (
                SELECT count(*) AS number FROM %1$sagent_instances i
                WHERE i.user_id = u.user_id AND i.status <> 'archived') a
            LEFT JOIN LATERAL (
                SELECT s.agent_limit, s.plan FROM %1$ssubscriptions s
                WHERE s.user_id = u.user_id AND s.is_active AND s.agent_limit IS NOT NULL
                ORDER BY s.agent_limit = -1 DESC, s.agent_limit DESC, s.created_at DESC, s.id
                LIMIT 1) best ON true
        $query$, agentchat.tables_prefix())
    USING users;
END
$function$;

-- own_usage_of_agents() counts all agents of the caller, even those that policies hide. It has the rights of
-- the owner, and everyone may call it: it tells about nobody else.
CREATE FUNCTION agentchat.own_usage_of_agents(
    OUT user_id uuid, OUT used bigint, OUT agent_limit bigint, OUT plan text
) RETURNS SETOF record
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT agentchat.require_all_rows('agent_instances', 'subscriptions');
SELECT * FROM agentchat.usage_of_agents(ARRAY[agentchat.caller()])
$function$;
