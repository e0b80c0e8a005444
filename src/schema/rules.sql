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
