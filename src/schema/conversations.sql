CREATE FUNCTION @extschema@.get_conversation(
    conversation_id uuid,
    format text DEFAULT 'rows',
    message_limit integer DEFAULT NULL,
    before_message text DEFAULT NULL
) RETURNS jsonb
    LANGUAGE c STABLE PARALLEL SAFE COST 1000
    AS 'MODULE_PATHNAME', 'agentchat_get_conversation';

GRANT EXECUTE ON FUNCTION @extschema@.get_conversation(uuid, text, integer, text) TO PUBLIC;

COMMENT ON FUNCTION @extschema@.get_conversation(uuid, text, integer, text) IS
'One conversation with its messages in order, as one JSON object; NULL where there is none that the caller may see.

format: rows (the columns as they are named in the tables). message_limit: the newest so many messages, oldest first, and has_more in the result. before_message: only messages before this one (its UUID, or the id that the client gave). Errors: 22023 unknown format, message_limit below 1, before_message not of this conversation; 54000 larger than a jsonb can be.';
