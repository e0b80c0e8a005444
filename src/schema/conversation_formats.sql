-- The functions that read one conversation. Each exists twice: for the name of a conversation, which is a
-- text, and for a uuid. The type uuid is not implicitly cast to text, and a query may pass the column
-- conversations.id. The argument for the uuid has no name: PostgREST chooses between functions by the names
-- of their arguments, and never finds this one. It describes the one whose comment sorts last (Ord Routine in
-- PostgREST's src/PostgREST/SchemaCache/Routine.hs): the comments of functions for uuids begin with "As".
CREATE FUNCTION @extschema@.get_conversation(
    conversation_id text,
    format text DEFAULT 'rows',
    message_limit integer DEFAULT NULL,
    before_message text DEFAULT NULL
) RETURNS jsonb
    LANGUAGE c STABLE PARALLEL SAFE COST 1000
    AS 'MODULE_PATHNAME', 'agentchat_get_conversation_by_name';

GRANT EXECUTE ON FUNCTION @extschema@.get_conversation(text, text, integer, text) TO PUBLIC;

CREATE FUNCTION @extschema@.get_conversation_json(
    uuid,
    format text DEFAULT 'rows',
    message_limit integer DEFAULT NULL,
    before_message text DEFAULT NULL
) RETURNS json
    LANGUAGE c STABLE PARALLEL SAFE COST 1000
    AS 'MODULE_PATHNAME', 'agentchat_get_conversation_json';

GRANT EXECUTE ON FUNCTION @extschema@.get_conversation_json(uuid, text, integer, text) TO PUBLIC;

CREATE FUNCTION @extschema@.get_conversation_json(
    conversation_id text,
    format text DEFAULT 'rows',
    message_limit integer DEFAULT NULL,
    before_message text DEFAULT NULL
) RETURNS json
    LANGUAGE c STABLE PARALLEL SAFE COST 1000
    AS 'MODULE_PATHNAME', 'agentchat_get_conversation_json_by_name';

GRANT EXECUTE ON FUNCTION @extschema@.get_conversation_json(text, text, integer, text) TO PUBLIC;

COMMENT ON FUNCTION @extschema@.get_conversation_json(text, text, integer, text) IS
'Returns one conversation with its messages in order, as JSON text to send to a client.

It has the arguments of get_conversation and returns the same value, or NULL if the caller cannot see such a '
'conversation. Errors: 22023 unknown format, message_limit below 1, before_message is not in this '
'conversation, or conversation_id is empty, has more than 255 characters, or is a client''s id without a '
'caller; 54000 larger than a json value can be.';

COMMENT ON FUNCTION @extschema@.get_conversation(text, text, integer, text) IS
'Returns one conversation with its messages in order, as one JSON value.

The result is NULL if the caller cannot see such a conversation. conversation_id: its UUID, or the id that '
'the client chose, which names a conversation of the caller. format: rows (columns named as in the tables), '
'drizzle (camelCase, timestamps as in JSON.stringify), ai-sdk (an array of UIMessages), openai (the messages '
'of a chat-completions request), openai-compatible (the same for other providers with that API, with '
'reasoning), anthropic (system and messages of a Messages request). message_limit: only this many messages, '
'the newest, oldest first; a result that is an object has has_more. before_message: only messages before '
'this one, named by its UUID or by the id from the client. Errors: 22023 unknown format, message_limit below '
'1, before_message is not in this conversation, or conversation_id is empty, has more than 255 characters, '
'or is a client''s id without a caller; 54000 larger than a jsonb value can be.';

COMMENT ON FUNCTION @extschema@.get_conversation(uuid, text, integer, text) IS
'As get_conversation(text), for a uuid in SQL, such as the column id of conversations. '
'PostgREST does not offer this function.';

COMMENT ON FUNCTION @extschema@.get_conversation_json(uuid, text, integer, text) IS
'As get_conversation_json(text), for a uuid in SQL, such as the column id of conversations. '
'PostgREST does not offer this function.';

CREATE FUNCTION @extschema@.get_context(
    uuid,
    token_budget integer,
    format text DEFAULT 'openai',
    reserve integer DEFAULT 0,
    tokenizer text DEFAULT 'estimate'
) RETURNS jsonb
    LANGUAGE c STABLE PARALLEL SAFE COST 1000
    AS 'MODULE_PATHNAME', 'agentchat_get_context';

GRANT EXECUTE ON FUNCTION @extschema@.get_context(uuid, integer, text, integer, text) TO PUBLIC;

CREATE FUNCTION @extschema@.get_context(
    conversation_id text,
    token_budget integer,
    format text DEFAULT 'openai',
    reserve integer DEFAULT 0,
    tokenizer text DEFAULT 'estimate'
) RETURNS jsonb
    LANGUAGE c STABLE PARALLEL SAFE COST 1000
    AS 'MODULE_PATHNAME', 'agentchat_get_context_by_name';

GRANT EXECUTE ON FUNCTION @extschema@.get_context(text, integer, text, integer, text) TO PUBLIC;

COMMENT ON FUNCTION @extschema@.get_context(uuid, integer, text, integer, text) IS
'As get_context(text), for a uuid in SQL, such as the column id of conversations. '
'PostgREST does not offer this function.';

COMMENT ON FUNCTION @extschema@.get_context(text, integer, text, integer, text) IS
'Returns what fits into the window of a model: the system prompt and the newest messages of a conversation.

The result is {"messages": [...], "tokens", "from_message", "left_out"}, with "system" for anthropic. '
'token_budget: the window in tokens, of which reserve stays free for the answer and the tools. format: '
'openai, openai-compatible, anthropic or ai-sdk. tokenizer: estimate, o200k_base or cl100k_base. '
'from_message: the id of the first message. left_out: whether there are earlier messages. A message with '
'a part data-summary stands for all before it. NULL if the caller cannot see such a conversation. Errors: '
'22023 an argument out of its range, an unknown format or tokenizer, or a system prompt that does not fit; '
'22004 token_budget is NULL.';
