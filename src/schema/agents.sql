CREATE FUNCTION @extschema@.agent_usage(user_id uuid DEFAULT NULL) RETURNS jsonb
    LANGUAGE c STABLE PARALLEL RESTRICTED COST 1000
    AS 'MODULE_PATHNAME', 'agentchat_agent_usage';

GRANT EXECUTE ON FUNCTION @extschema@.agent_usage(uuid) TO PUBLIC;

COMMENT ON FUNCTION @extschema@.agent_usage(uuid) IS
'How many agents a user has and may have: {"limit", "used", "remaining", "plan"}; NULL where there is no such user whom the caller may see. Archived agents are not counted. limit: -1 for no limit, with remaining null. plan: of the active subscription that allows most, null with none. user_id: by default the caller. Takes no lock. Errors: 22023 neither user_id nor a caller.';
