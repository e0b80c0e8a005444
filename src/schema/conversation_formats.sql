CREATE FUNCTION @extschema@.get_conversation_json(
    conversation_id uuid,
    format text DEFAULT 'rows',
    message_limit integer DEFAULT NULL,
    before_message text DEFAULT NULL
) RETURNS json
    LANGUAGE c STABLE PARALLEL SAFE COST 1000
    AS 'MODULE_PATHNAME', 'agentchat_get_conversation_json';

GRANT EXECUTE ON FUNCTION @extschema@.get_conversation_json(uuid, text, integer, text) TO PUBLIC;

COMMENT ON FUNCTION @extschema@.get_conversation_json(uuid, text, integer, text) IS
'One conversation with its messages in order, as JSON text: the same value as that of get_conversation, for sending to a client; NULL where there is none that the caller may see.

Arguments as of get_conversation. Errors: 22023 unknown format, message_limit below 1, before_message not of this conversation; 54000 larger than a json can be.';

COMMENT ON FUNCTION @extschema@.get_conversation(uuid, text, integer, text) IS
'One conversation with its messages in order, as one JSON value; NULL where there is none that the caller may see.

format: rows (the columns as they are named in the tables), drizzle (camelCase, timestamps as of JSON.stringify), ai-sdk (an array of UIMessages), openai (the messages of a chat-completions request), anthropic (system and messages of a Messages request). message_limit: the newest so many messages, oldest first, and has_more where the result is an object. before_message: only messages before this one (its UUID, or the id that the client gave). Errors: 22023 unknown format, message_limit below 1, before_message not of this conversation; 54000 larger than a jsonb can be.';
