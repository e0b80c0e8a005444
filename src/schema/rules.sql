-- The rules of the tables: what triggers call.
CREATE FUNCTION agentchat.set_created_at() RETURNS trigger
    LANGUAGE c
    AS 'MODULE_PATHNAME', 'agentchat_set_created_at';

GRANT EXECUTE ON FUNCTION agentchat.set_created_at() TO PUBLIC;

COMMENT ON FUNCTION agentchat.set_created_at() IS
'Trigger function of messages: BEFORE INSERT OR UPDATE FOR EACH ROW, moves created_at on to the next microsecond where the message would otherwise not come after those written before it, and keeps times that differ on purpose. Errors: 39P01 fired otherwise, 42703 no such column, 42804 column of another type.';

CREATE FUNCTION agentchat.touch_conversations() RETURNS trigger
    LANGUAGE c
    AS 'MODULE_PATHNAME', 'agentchat_touch_conversations';

GRANT EXECUTE ON FUNCTION agentchat.touch_conversations() TO PUBLIC;

COMMENT ON FUNCTION agentchat.touch_conversations() IS
'Trigger function of messages: AFTER INSERT, UPDATE or DELETE FOR EACH STATEMENT with transition tables, brings updated_at of the conversations whose messages have changed to the transaction''s time, never backwards. Errors: 39P01 fired otherwise, 42703 no such column, 42804 column of another type.';

CREATE FUNCTION agentchat.enforce_agent_limit() RETURNS trigger
    LANGUAGE c
    AS 'MODULE_PATHNAME', 'agentchat_enforce_agent_limit';

GRANT EXECUTE ON FUNCTION agentchat.enforce_agent_limit() TO PUBLIC;

COMMENT ON FUNCTION agentchat.enforce_agent_limit() IS
'Trigger function of agent_instances: AFTER INSERT or UPDATE FOR EACH STATEMENT with transition tables, refuses what would give a user more agents (archived ones do not count) than the subscription allows. Errors: PT402 agent limit reached, 39P01 fired otherwise, 42703 no such column, 42804 column of another type.';

CREATE FUNCTION agentchat.default_agent_limit() RETURNS integer
    LANGUAGE c STABLE PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'agentchat_default_agent_limit';

GRANT EXECUTE ON FUNCTION agentchat.default_agent_limit() TO PUBLIC;

COMMENT ON FUNCTION agentchat.default_agent_limit() IS
'How many agents a user without an active subscription may have: the setting agentchat.default_agent_limit, which only superusers change; -1 is no limit.';

CREATE FUNCTION agentchat.owns_conversation(conversation_id uuid) RETURNS boolean
    LANGUAGE c STABLE STRICT PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'agentchat_owns_conversation';

GRANT EXECUTE ON FUNCTION agentchat.owns_conversation(uuid) TO PUBLIC;

COMMENT ON FUNCTION agentchat.owns_conversation(uuid) IS
'Whether the conversation belongs to the caller; for policies, where it looks once for all messages of a conversation. Errors: 22023 claims that name no user.';

CREATE FUNCTION agentchat.protect_user() RETURNS trigger
    LANGUAGE c
    AS 'MODULE_PATHNAME', 'agentchat_protect_user';

GRANT EXECUTE ON FUNCTION agentchat.protect_user() TO PUBLIC;

COMMENT ON FUNCTION agentchat.protect_user() IS
'Trigger function of users: AFTER UPDATE FOR EACH ROW, refuses callers who are subject to row-level security to change anything but name and avatar_url. Errors: 42501 another column would change, 39P01 fired otherwise.';

CREATE FUNCTION agentchat.check_artifact_links() RETURNS trigger
    LANGUAGE c
    AS 'MODULE_PATHNAME', 'agentchat_check_artifact_links';

GRANT EXECUTE ON FUNCTION agentchat.check_artifact_links() TO PUBLIC;

COMMENT ON FUNCTION agentchat.check_artifact_links() IS
'Trigger function of artifacts: AFTER INSERT OR UPDATE FOR EACH ROW, refuses callers who are subject to row-level security a message_id of another user''s conversation. Errors: 42501 such a link, 39P01 fired otherwise.';

CREATE FUNCTION agentchat.check_agent_instance_links() RETURNS trigger
    LANGUAGE c
    AS 'MODULE_PATHNAME', 'agentchat_check_agent_instance_links';

GRANT EXECUTE ON FUNCTION agentchat.check_agent_instance_links() TO PUBLIC;

COMMENT ON FUNCTION agentchat.check_agent_instance_links() IS
'Trigger function of agent_instances: AFTER INSERT OR UPDATE FOR EACH ROW, refuses callers who are subject to row-level security a definition_id of another user that is not public. Errors: 42501 such a link, 39P01 fired otherwise.';

CREATE FUNCTION agentchat.check_workflow_links() RETURNS trigger
    LANGUAGE c
    AS 'MODULE_PATHNAME', 'agentchat_check_workflow_links';

GRANT EXECUTE ON FUNCTION agentchat.check_workflow_links() TO PUBLIC;

COMMENT ON FUNCTION agentchat.check_workflow_links() IS
'Trigger function of workflows: AFTER INSERT OR UPDATE FOR EACH ROW, refuses callers who are subject to row-level security an agent_instance_id of another user. Errors: 42501 such a link, 39P01 fired otherwise.';
