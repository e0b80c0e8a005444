-- The functions that write conversations and messages.
CREATE FUNCTION @extschema@.append_messages(
    uuid,
    messages jsonb,
    format text DEFAULT 'ai-sdk',
    check_tools boolean DEFAULT false
) RETURNS jsonb
    LANGUAGE c VOLATILE PARALLEL UNSAFE COST 1000
    AS 'MODULE_PATHNAME', 'agentchat_append_messages';

GRANT EXECUTE ON FUNCTION @extschema@.append_messages(uuid, jsonb, text, boolean) TO PUBLIC;

CREATE FUNCTION @extschema@.append_messages(
    conversation_id text,
    messages jsonb,
    format text DEFAULT 'ai-sdk',
    check_tools boolean DEFAULT false
) RETURNS jsonb
    LANGUAGE c VOLATILE PARALLEL UNSAFE COST 1000
    AS 'MODULE_PATHNAME', 'agentchat_append_messages_by_name';

GRANT EXECUTE ON FUNCTION @extschema@.append_messages(text, jsonb, text, boolean) TO PUBLIC;

COMMENT ON FUNCTION @extschema@.append_messages(uuid, jsonb, text, boolean) IS
'As append_messages(text), for a uuid in SQL, such as the column id of conversations. '
'PostgREST does not offer this function.';

COMMENT ON FUNCTION @extschema@.append_messages(text, jsonb, text, boolean) IS
'Writes messages to a conversation in their order, all or none, and returns {"id", "given_id", "created_at"} '
'for each.

conversation_id: its UUID, or the id that the client chose, which names a conversation of the caller. '
'messages: an array, or an object for one message. format: ai-sdk (UIMessages), openai (the messages of a '
'chat-completions request), rows (columns named as in the table), drizzle (camelCase). A message whose id is '
'already stored is updated and keeps its place. An id that is not a UUID stands for the UUIDv5 of '
'conversation and id. check_tools: whether tool calls must match the schemas in agent_tools. Errors: 22023 '
'unknown format, or a message that does not match its format or a tool call that does not match its tool, '
'with the path, or conversation_id is empty, has more than 255 characters, or is a client''s id without a '
'caller; 22004 an argument is NULL; PT404 the caller cannot see such a conversation; PT409 a message belongs '
'to another conversation; 54000 more than 100,000 messages.';

CREATE FUNCTION @extschema@.create_conversation(
    title text,
    messages jsonb DEFAULT NULL,
    system_prompt text DEFAULT NULL,
    metadata jsonb DEFAULT NULL,
    user_id uuid DEFAULT NULL,
    format text DEFAULT 'ai-sdk',
    id text DEFAULT NULL
) RETURNS jsonb
    LANGUAGE c VOLATILE PARALLEL UNSAFE COST 1000
    AS 'MODULE_PATHNAME', 'agentchat_create_conversation';

GRANT EXECUTE ON FUNCTION @extschema@.create_conversation(text, jsonb, text, jsonb, uuid, text, text)
    TO PUBLIC;

COMMENT ON FUNCTION @extschema@.create_conversation(text, jsonb, text, jsonb, uuid, text, text) IS
'Creates a conversation with its first messages.

The result is {"id", "user_id", "title", "created_at", "updated_at", "messages"}; messages is what '
'append_messages() returns. messages, format: as in append_messages(); NULL for no messages. metadata: an '
'object. user_id: by default the caller. id: a UUID, or the id that the client chose, which stands for the '
'UUIDv5 of user and id. If the user already has that conversation, the messages are appended to it, and its '
'title, system_prompt and metadata stay. Errors: 22023 neither user_id nor a caller, metadata that is not an '
'object, unknown format, an id that is empty or has more than 255 characters, or a message that does not '
'match its format, with the path; 22004 title is NULL; 23503 the user does not exist; 42501 user_id is '
'another user; PT409 the id belongs to a conversation of another user.';

CREATE FUNCTION agentchat.clean_json(json_text text) RETURNS jsonb
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'agentchat_clean_json';

GRANT EXECUTE ON FUNCTION agentchat.clean_json(text) TO PUBLIC;

COMMENT ON FUNCTION agentchat.clean_json(text) IS
'Converts JSON text to jsonb, and replaces what jsonb cannot hold with U+FFFD: the character 0 (\u0000) and '
'surrogates that are not in pairs.

Errors: 22P02 the text is not JSON, as in a cast to jsonb.';
