-- get_conversation(). Its comment is in conversation_formats.sql, for updates from version 0.1.0.
CREATE FUNCTION @extschema@.get_conversation(
    conversation_id uuid,
    format text DEFAULT 'rows',
    message_limit integer DEFAULT NULL,
    before_message text DEFAULT NULL
) RETURNS jsonb
    LANGUAGE c STABLE PARALLEL SAFE COST 1000
    AS 'MODULE_PATHNAME', 'agentchat_get_conversation';

GRANT EXECUTE ON FUNCTION @extschema@.get_conversation(uuid, text, integer, text) TO PUBLIC;
