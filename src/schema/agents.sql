-- agent_usage(), for pages that show a user's agents and limit.
CREATE FUNCTION @extschema@.agent_usage(user_id uuid DEFAULT NULL) RETURNS jsonb
    LANGUAGE c STABLE PARALLEL RESTRICTED COST 1000
    AS 'MODULE_PATHNAME', 'agentchat_agent_usage';

GRANT EXECUTE ON FUNCTION @extschema@.agent_usage(uuid) TO PUBLIC;

COMMENT ON FUNCTION @extschema@.agent_usage(uuid) IS
'Returns how many agents a user has and may have: {"limit", "used", "remaining", "plan"}.

The result is NULL if the caller cannot see such a user. Archived agents do not count. limit: -1 for no '
'limit; remaining is then null. plan: that of the active subscription with the highest limit, or null '
'without one. user_id: by default the caller. The function takes no lock. Errors: 22023 neither user_id nor '
'a caller.';
