-- The rules of the tables: the functions that triggers and policies call. The first two comments are here for
-- updates from version 0.1.0.
COMMENT ON SCHEMA agentchat IS
'The internals of the extension agentchat: the functions of triggers and policies, and administration.';

COMMENT ON FUNCTION agentchat.set_updated_at() IS
'Trigger function, BEFORE UPDATE FOR EACH ROW: if the row changes, sets the column updated_at (timestamp, in '
'UTC, or timestamptz) to the time of the transaction, but never backwards. You can use it on your own '
'tables. Errors: 39P01 called by another kind of trigger; 42703 column missing; 42804 column of another '
'type.';

CREATE FUNCTION agentchat.set_created_at() RETURNS trigger
    LANGUAGE c
    AS 'MODULE_PATHNAME', 'agentchat_set_created_at';

GRANT EXECUTE ON FUNCTION agentchat.set_created_at() TO PUBLIC;

COMMENT ON FUNCTION agentchat.set_created_at() IS
'Trigger function of messages, BEFORE INSERT OR UPDATE FOR EACH ROW: moves created_at to the next '
'microsecond if the message would otherwise not come after those written before it. It keeps times that '
'differ on purpose. Errors: 39P01 called by another kind of trigger; 42703 column missing; 42804 column of '
'another type.';

CREATE FUNCTION agentchat.touch_conversations() RETURNS trigger
    LANGUAGE c
    AS 'MODULE_PATHNAME', 'agentchat_touch_conversations';

GRANT EXECUTE ON FUNCTION agentchat.touch_conversations() TO PUBLIC;

COMMENT ON FUNCTION agentchat.touch_conversations() IS
'Trigger function of messages, AFTER INSERT, UPDATE or DELETE FOR EACH STATEMENT with transition tables: '
'sets updated_at of the conversations whose messages changed to the time of the transaction, but never '
'backwards. Errors: 39P01 called by another kind of trigger; 42703 column missing; 42804 column of another '
'type.';

CREATE FUNCTION agentchat.enforce_agent_limit() RETURNS trigger
    LANGUAGE c
    AS 'MODULE_PATHNAME', 'agentchat_enforce_agent_limit';

GRANT EXECUTE ON FUNCTION agentchat.enforce_agent_limit() TO PUBLIC;

COMMENT ON FUNCTION agentchat.enforce_agent_limit() IS
'Trigger function of agent_instances, AFTER INSERT or UPDATE FOR EACH STATEMENT with transition tables: '
'refuses a statement that gives a user more agents than the subscription allows. Archived agents do not '
'count. Errors: PT402 agent limit reached; 39P01 called by another kind of trigger; 42703 column missing; '
'42804 column of another type.';

CREATE FUNCTION agentchat.default_agent_limit() RETURNS integer
    LANGUAGE c STABLE PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'agentchat_default_agent_limit';

GRANT EXECUTE ON FUNCTION agentchat.default_agent_limit() TO PUBLIC;

COMMENT ON FUNCTION agentchat.default_agent_limit() IS
'Returns how many agents a user without an active subscription may have: the setting '
'agentchat.default_agent_limit, which only superusers can change; -1 for no limit.';

CREATE FUNCTION agentchat.owns_conversation(conversation_id uuid) RETURNS boolean
    LANGUAGE c STABLE STRICT PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'agentchat_owns_conversation';

GRANT EXECUTE ON FUNCTION agentchat.owns_conversation(uuid) TO PUBLIC;

COMMENT ON FUNCTION agentchat.owns_conversation(uuid) IS
'Returns whether the conversation belongs to the caller. Policies call it; it looks a conversation up once '
'for all its messages. Errors: 22023 the claims do not name a user.';

CREATE FUNCTION agentchat.protect_user() RETURNS trigger
    LANGUAGE c
    AS 'MODULE_PATHNAME', 'agentchat_protect_user';

GRANT EXECUTE ON FUNCTION agentchat.protect_user() TO PUBLIC;

COMMENT ON FUNCTION agentchat.protect_user() IS
'Trigger function of users, AFTER UPDATE FOR EACH ROW: lets callers who are subject to row-level security '
'change only name and avatar_url. Errors: 42501 another column would change; 39P01 called by another kind of '
'trigger.';

CREATE FUNCTION agentchat.check_artifact_links() RETURNS trigger
    LANGUAGE c
    AS 'MODULE_PATHNAME', 'agentchat_check_artifact_links';

GRANT EXECUTE ON FUNCTION agentchat.check_artifact_links() TO PUBLIC;

COMMENT ON FUNCTION agentchat.check_artifact_links() IS
'Trigger function of artifacts, AFTER INSERT OR UPDATE FOR EACH ROW: refuses callers who are subject to '
'row-level security a message_id from another user''s conversation. Errors: 42501 such a link; 39P01 called '
'by another kind of trigger.';

CREATE FUNCTION agentchat.check_agent_instance_links() RETURNS trigger
    LANGUAGE c
    AS 'MODULE_PATHNAME', 'agentchat_check_agent_instance_links';

GRANT EXECUTE ON FUNCTION agentchat.check_agent_instance_links() TO PUBLIC;

COMMENT ON FUNCTION agentchat.check_agent_instance_links() IS
'Trigger function of agent_instances, AFTER INSERT OR UPDATE FOR EACH ROW: refuses callers who are subject '
'to row-level security a definition_id that is another user''s and not public. Errors: 42501 such a link; '
'39P01 called by another kind of trigger.';

CREATE FUNCTION agentchat.check_workflow_links() RETURNS trigger
    LANGUAGE c
    AS 'MODULE_PATHNAME', 'agentchat_check_workflow_links';

GRANT EXECUTE ON FUNCTION agentchat.check_workflow_links() TO PUBLIC;

COMMENT ON FUNCTION agentchat.check_workflow_links() IS
'Trigger function of workflows, AFTER INSERT OR UPDATE FOR EACH ROW: refuses callers who are subject to '
'row-level security an agent_instance_id that is another user''s. Errors: 42501 such a link; 39P01 called by '
'another kind of trigger.';

CREATE FUNCTION agentchat.check_tool_schema() RETURNS trigger
    LANGUAGE c
    AS 'MODULE_PATHNAME', 'agentchat_check_tool_schema';

GRANT EXECUTE ON FUNCTION agentchat.check_tool_schema() TO PUBLIC;

COMMENT ON FUNCTION agentchat.check_tool_schema() IS
'Trigger function of agent_tools, AFTER INSERT OR UPDATE FOR EACH ROW: refuses a new value of the column '
'schema that is not a valid JSON Schema of draft 4, 6, 7, 2019-09 or 2020-12. Errors: 22023 such a schema, '
'with the JSON Pointer of the fault in DETAIL; 39P01 called by another kind of trigger; 42703 column '
'missing; 42804 column of another type.';

CREATE FUNCTION agentchat.json_schema_error(schema jsonb) RETURNS text
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 1000
    AS 'MODULE_PATHNAME', 'agentchat_json_schema_error';

GRANT EXECUTE ON FUNCTION agentchat.json_schema_error(jsonb) TO PUBLIC;

COMMENT ON FUNCTION agentchat.json_schema_error(jsonb) IS
'Returns what is wrong with a JSON Schema, with the JSON Pointer of the place: '
'"At /properties/a/type: must be ..."; NULL if the schema is valid.';

CREATE FUNCTION agentchat.check_agent_definition_tools() RETURNS trigger
    LANGUAGE c
    AS 'MODULE_PATHNAME', 'agentchat_check_agent_definition_tools';

GRANT EXECUTE ON FUNCTION agentchat.check_agent_definition_tools() TO PUBLIC;

COMMENT ON FUNCTION agentchat.check_agent_definition_tools() IS
'Trigger function of agent_definitions, AFTER INSERT OR UPDATE FOR EACH ROW: refuses tools that do not '
'exist, and keeps the others from being deleted or renamed until the transaction ends. Errors: 23503 a tool '
'does not exist; 22023 tools is not an array of strings; 39P01 called by another kind of trigger.';

CREATE FUNCTION agentchat.protect_tool() RETURNS trigger
    LANGUAGE c
    AS 'MODULE_PATHNAME', 'agentchat_protect_tool';

GRANT EXECUTE ON FUNCTION agentchat.protect_tool() TO PUBLIC;

COMMENT ON FUNCTION agentchat.protect_tool() IS
'Trigger function of agent_tools, AFTER UPDATE OR DELETE FOR EACH ROW: refuses to delete or rename a tool '
'that agent definitions use, or to change its id. Errors: 23503 definitions use the tool; 39P01 called by '
'another kind of trigger.';

CREATE FUNCTION agentchat.check_workflow_status() RETURNS trigger
    LANGUAGE c
    AS 'MODULE_PATHNAME', 'agentchat_check_workflow_status';

GRANT EXECUTE ON FUNCTION agentchat.check_workflow_status() TO PUBLIC;

COMMENT ON FUNCTION agentchat.check_workflow_status() IS
'Trigger function of workflows, AFTER UPDATE FOR EACH ROW: lets status change only from pending to running, '
'from running to completed or failed, and from failed to running. Errors: PT409 another change; 39P01 called '
'by another kind of trigger; 42703 column missing; 42804 column of another type.';

CREATE FUNCTION agentchat.require_feature(feature text) RETURNS void
    LANGUAGE c STRICT
    AS 'MODULE_PATHNAME', 'agentchat_require_feature';

GRANT EXECUTE ON FUNCTION agentchat.require_feature(text) TO PUBLIC;

COMMENT ON FUNCTION agentchat.require_feature(text) IS
'Raises an error unless the feature is on, for functions of features. Errors: 0A000 the feature is off; '
'22023 no feature has that name.';
