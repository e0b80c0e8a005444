-- Lists of conversations, and changes of whole ones.
CREATE FUNCTION @extschema@.list_conversations(
    page_size integer DEFAULT 20,
    cursor text DEFAULT NULL,
    user_id uuid DEFAULT NULL
) RETURNS jsonb
    LANGUAGE c STABLE PARALLEL RESTRICTED COST 1000
    AS 'MODULE_PATHNAME', 'agentchat_list_conversations';

GRANT EXECUTE ON FUNCTION @extschema@.list_conversations(integer, text, uuid) TO PUBLIC;

COMMENT ON FUNCTION @extschema@.list_conversations(integer, text, uuid) IS
'A user''s conversations, the latest first, page by page: {"conversations": [...], "next_cursor"}. Each has its columns and a preview of its last message: {"role", "content" (200 characters), "created_at"}, or null. Timestamps are ISO 8601 with six digits and Z.

page_size: 1 to 1000. cursor: next_cursor of the page before; null on the last one. user_id: by default the caller. A conversation that is not touched meanwhile is seen once. Errors: 22023 page_size out of range, a cursor that is not one of this user''s list, neither user_id nor a caller.';

CREATE FUNCTION @extschema@.truncate_conversation(conversation_id uuid, from_message text) RETURNS integer
    LANGUAGE c
    AS 'MODULE_PATHNAME', 'agentchat_truncate_conversation';

GRANT EXECUTE ON FUNCTION @extschema@.truncate_conversation(uuid, text) TO PUBLIC;

COMMENT ON FUNCTION @extschema@.truncate_conversation(uuid, text) IS
'Deletes a message of a conversation and all after it, as for an edit or another answer; the number deleted.

from_message: its UUID, or the id that the client gave. Errors: PT404 no such conversation or message that the caller may see, 22004 an argument is NULL.';

CREATE FUNCTION @extschema@.fork_conversation(
    conversation_id uuid,
    up_to_message text DEFAULT NULL,
    title text DEFAULT NULL
) RETURNS uuid
    LANGUAGE c
    AS 'MODULE_PATHNAME', 'agentchat_fork_conversation';

GRANT EXECUTE ON FUNCTION @extschema@.fork_conversation(uuid, text, text) TO PUBLIC;

COMMENT ON FUNCTION @extschema@.fork_conversation(uuid, text, text) IS
'Copies a conversation with its messages, all or up to and with one of them; the id of the copy. Messages get new ids and keep their order and times.

up_to_message: its UUID, or the id that the client gave. title: by default the same. Errors: PT404 no such conversation or message that the caller may see, 22004 conversation_id is NULL.';
