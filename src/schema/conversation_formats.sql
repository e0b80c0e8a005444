-- get_conversation_json(), and the comment of get_conversation(), which has learned formats since version
-- 0.1.0.
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
'Returns one conversation with its messages in order, as JSON text to send to a client.

It has the arguments of get_conversation and returns the same value, or NULL if the caller cannot see such a '
'conversation. Errors: 22023 unknown format, message_limit below 1, or before_message is not in this '
'conversation; 54000 larger than a json value can be.';

COMMENT ON FUNCTION @extschema@.get_conversation(uuid, text, integer, text) IS
'Returns one conversation with its messages in order, as one JSON value.

The result is NULL if the caller cannot see such a conversation. format: rows (columns named as in the '
'tables), drizzle (camelCase, timestamps as in JSON.stringify), ai-sdk (an array of UIMessages), openai (the '
'messages of a chat-completions request), openai-compatible (the same for other providers with that API, '
'with reasoning), anthropic (system and messages of a Messages request). '
'message_limit: only this many messages, the newest, oldest first; a result that is an object has has_more. '
'before_message: only messages before this one, named by its UUID or by the id from the client. Errors: '
'22023 unknown format, message_limit below 1, or before_message is not in this conversation; 54000 larger '
'than a jsonb value can be.';
