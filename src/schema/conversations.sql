-- get_conversation() for a uuid. In version 0.1.0, the uuid was named conversation_id;
-- update_get_conversation.sql takes that name away.
CREATE FUNCTION @extschema@.get_conversation(
    uuid,
    format text DEFAULT 'rows',
    message_limit integer DEFAULT NULL,
    before_message text DEFAULT NULL
) RETURNS jsonb
    LANGUAGE c STABLE PARALLEL SAFE COST 1000
    AS 'MODULE_PATHNAME', 'agentchat_get_conversation';

GRANT EXECUTE ON FUNCTION @extschema@.get_conversation(uuid, text, integer, text) TO PUBLIC;
