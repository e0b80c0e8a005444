-- The functions that list conversations, and those that cut or copy one.
CREATE FUNCTION @extschema@.list_conversations(
    page_size integer DEFAULT 20,
    cursor text DEFAULT NULL,
    user_id uuid DEFAULT NULL
) RETURNS jsonb
    LANGUAGE c STABLE PARALLEL RESTRICTED COST 1000
    AS 'MODULE_PATHNAME', 'agentchat_list_conversations';

GRANT EXECUTE ON FUNCTION @extschema@.list_conversations(integer, text, uuid) TO PUBLIC;

COMMENT ON FUNCTION @extschema@.list_conversations(integer, text, uuid) IS
'Returns a user''s conversations, latest first, page by page: {"conversations": [...], "next_cursor"}.

Each conversation has its columns and a preview of its last message: {"role", "content" (200 characters), '
'"created_at"}, or null. Timestamps are ISO 8601 with six digits and Z. page_size: 1 to 1000. cursor: '
'next_cursor of the previous page; it is null on the last page. user_id: by default the caller. A '
'conversation that is not touched between the calls appears once. Errors: 22023 page_size out of range, a '
'cursor that is not from this user''s list, or neither user_id nor a caller.';

CREATE FUNCTION @extschema@.truncate_conversation(conversation_id uuid, from_message text) RETURNS integer
    LANGUAGE c
    AS 'MODULE_PATHNAME', 'agentchat_truncate_conversation';

GRANT EXECUTE ON FUNCTION @extschema@.truncate_conversation(uuid, text) TO PUBLIC;

COMMENT ON FUNCTION @extschema@.truncate_conversation(uuid, text) IS
'Deletes a message of a conversation and all messages after it, and returns their number.

Call it before an edited message or another answer is written. from_message: its UUID, or the id from the '
'client. Errors: PT404 the caller cannot see such a conversation or message; 22004 an argument is NULL.';

CREATE FUNCTION @extschema@.fork_conversation(
    conversation_id uuid,
    up_to_message text DEFAULT NULL,
    title text DEFAULT NULL
) RETURNS uuid
    LANGUAGE c
    AS 'MODULE_PATHNAME', 'agentchat_fork_conversation';

GRANT EXECUTE ON FUNCTION @extschema@.fork_conversation(uuid, text, text) TO PUBLIC;

COMMENT ON FUNCTION @extschema@.fork_conversation(uuid, text, text) IS
'Copies a conversation with its messages, and returns the id of the copy.

It copies all messages, or those up to and including up_to_message. They get new ids and keep their order '
'and times. up_to_message: its UUID, or the id from the client. title: by default the same. Errors: PT404 '
'the caller cannot see such a conversation or message; 22004 conversation_id is NULL.';
