CREATE FUNCTION @extschema@.append_messages(
    conversation_id uuid,
    messages jsonb,
    format text DEFAULT 'ai-sdk'
) RETURNS jsonb
    LANGUAGE c VOLATILE PARALLEL UNSAFE COST 1000
    AS 'MODULE_PATHNAME', 'agentchat_append_messages';

GRANT EXECUTE ON FUNCTION @extschema@.append_messages(uuid, jsonb, text) TO PUBLIC;

COMMENT ON FUNCTION @extschema@.append_messages(uuid, jsonb, text) IS
'Writes messages to a conversation, in their order, all or none, and returns for each {"id", "given_id", "created_at"}.

messages: an array, or one object for one message. format: ai-sdk (UIMessages), openai (the messages of a chat-completions request), rows (the columns as they are named in the table), drizzle (camelCase). A message whose id is there already is updated and keeps its place; an id that is no UUID stands for the UUIDv5 of conversation and id. Errors: 22023 unknown format, or a message that is not as the format has it, with its path; 22004 an argument is NULL; PT404 no such conversation that the caller may see; PT409 a message belongs to another conversation; 54000 more than 100,000 messages.';

CREATE FUNCTION @extschema@.create_conversation(
    title text,
    messages jsonb DEFAULT NULL,
    system_prompt text DEFAULT NULL,
    metadata jsonb DEFAULT NULL,
    user_id uuid DEFAULT NULL,
    format text DEFAULT 'ai-sdk'
) RETURNS jsonb
    LANGUAGE c VOLATILE PARALLEL UNSAFE COST 1000
    AS 'MODULE_PATHNAME', 'agentchat_create_conversation';

GRANT EXECUTE ON FUNCTION @extschema@.create_conversation(text, jsonb, text, jsonb, uuid, text) TO PUBLIC;

COMMENT ON FUNCTION @extschema@.create_conversation(text, jsonb, text, jsonb, uuid, text) IS
'Creates a conversation with its first messages and returns {"id", "user_id", "title", "created_at", "updated_at", "messages"}, the last as append_messages() does.

messages, format: as of append_messages(); NULL for no messages. metadata: an object. user_id: by default the caller. Errors: 22023 neither user_id nor a caller, metadata that is no object, unknown format, or a message that is not as the format has it, with its path; 22004 title is NULL; 23503 no such user; 42501 another user''s.';
