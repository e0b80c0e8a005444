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

-- get_agent(), for a server that is about to call a model for a user's agent.
CREATE FUNCTION @extschema@.get_agent(agent_instance_id uuid, format text DEFAULT 'rows') RETURNS jsonb
    LANGUAGE c STABLE PARALLEL SAFE COST 1000
    AS 'MODULE_PATHNAME', 'agentchat_get_agent';

GRANT EXECUTE ON FUNCTION @extschema@.get_agent(uuid, text) TO PUBLIC;

COMMENT ON FUNCTION @extschema@.get_agent(uuid, text) IS
'Returns a user''s agent with its definition, its configuration and its tools, as one JSON value.

The result is NULL if the caller cannot see such an instance. format: rows, ai-sdk, openai or anthropic. The '
'last three give the system prompt and the tools as a request to the model needs them. configuration: the '
'definition''s capabilities, and over them, key by key, the configuration of the instance. '
'definition_status: gone if the definition has become private; nothing of it is then in the result. Errors: '
'22023 unknown format; 54000 larger than a jsonb value can be.';

-- validate_tool_input(), for what a model wrote as the input of a tool.
CREATE FUNCTION @extschema@.validate_tool_input(tool text, input jsonb) RETURNS jsonb
    LANGUAGE c STABLE PARALLEL RESTRICTED COST 1000
    AS 'MODULE_PATHNAME', 'agentchat_validate_tool_input';

GRANT EXECUTE ON FUNCTION @extschema@.validate_tool_input(text, jsonb) TO PUBLIC;

COMMENT ON FUNCTION @extschema@.validate_tool_input(text, jsonb) IS
'Checks the input of a tool by its JSON Schema: {"valid", "errors": [{"path", "message"}]}.

tool: the id or the name of a row of agent_tools that the caller may see. path: the JSON Pointer of the '
'wrong value in the input. message: what was wanted and what came, in words for the model. All errors are '
'given. Errors: 22004 an argument is NULL; 22023 the stored schema is not a valid JSON Schema, or the input '
'is nested too deeply; PT404 tool not found.';
