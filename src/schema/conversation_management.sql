-- The functions that list conversations, and those that cut, copy or update one.
CREATE FUNCTION agentchat.has_words(text text, words text) RETURNS boolean
    LANGUAGE c STABLE STRICT PARALLEL SAFE COST 100
    AS 'MODULE_PATHNAME', 'agentchat_has_words';

GRANT EXECUTE ON FUNCTION agentchat.has_words(text, text) TO PUBLIC;

COMMENT ON FUNCTION agentchat.has_words(text, text) IS
'Tells whether a text has the words that a user looks for, as list_conversations() looks in titles.

Letters of either case, with and without accents, are the same. A word is found anywhere, also inside a '
'longer one. "a b": a phrase; -a: not this word; a or b: either. Errors: 22023 more than 64 words.';

CREATE FUNCTION @extschema@.list_conversations(
    page_size integer DEFAULT 20,
    cursor text DEFAULT NULL,
    user_id uuid DEFAULT NULL,
    filter jsonb DEFAULT NULL,
    words text DEFAULT NULL
) RETURNS jsonb
    LANGUAGE c STABLE PARALLEL RESTRICTED COST 1000
    AS 'MODULE_PATHNAME', 'agentchat_list_conversations';

GRANT EXECUTE ON FUNCTION @extschema@.list_conversations(integer, text, uuid, jsonb, text) TO PUBLIC;

COMMENT ON FUNCTION @extschema@.list_conversations(integer, text, uuid, jsonb, text) IS
'Returns a user''s conversations, latest first, page by page: {"conversations": [...], "next_cursor"}.

Each conversation has its columns and a preview of its last message: {"role", "content" (200 characters), '
'"created_at"}, or null. Timestamps are ISO 8601 with six digits and Z. page_size: 1 to 1000. cursor: '
'next_cursor of the previous page; it is null on the last page. user_id: by default the caller. filter: '
'only conversations whose metadata contain it. words: only those whose titles have these words, such as '
'red "big car" -bike or train. A conversation that is not touched between the calls appears once. Errors: '
'22023 page_size out of range, a cursor that is not from this list, a filter that is no object, more than '
'64 words, or neither user_id nor a caller.';

CREATE FUNCTION @extschema@.truncate_conversation(uuid, from_message text) RETURNS integer
    LANGUAGE c
    AS 'MODULE_PATHNAME', 'agentchat_truncate_conversation';

GRANT EXECUTE ON FUNCTION @extschema@.truncate_conversation(uuid, text) TO PUBLIC;

CREATE FUNCTION @extschema@.truncate_conversation(conversation_id text, from_message text) RETURNS integer
    LANGUAGE c
    AS 'MODULE_PATHNAME', 'agentchat_truncate_conversation_by_name';

GRANT EXECUTE ON FUNCTION @extschema@.truncate_conversation(text, text) TO PUBLIC;

COMMENT ON FUNCTION @extschema@.truncate_conversation(uuid, text) IS
'As truncate_conversation(text), for a uuid in SQL, such as the column id of conversations. '
'PostgREST does not offer this function.';

COMMENT ON FUNCTION @extschema@.truncate_conversation(text, text) IS
'Deletes a message of a conversation and all messages after it, and returns their number.

Call it before an edited message or another answer is written. conversation_id, from_message: a UUID, or '
'the id that the client chose. Errors: PT404 the caller cannot see such a conversation or message; 22004 an '
'argument is NULL; 22023 conversation_id is empty, has more than 255 characters, or is a client''s id '
'without a caller.';

CREATE FUNCTION @extschema@.fork_conversation(
    uuid,
    up_to_message text DEFAULT NULL,
    title text DEFAULT NULL
) RETURNS uuid
    LANGUAGE c
    AS 'MODULE_PATHNAME', 'agentchat_fork_conversation';

GRANT EXECUTE ON FUNCTION @extschema@.fork_conversation(uuid, text, text) TO PUBLIC;

CREATE FUNCTION @extschema@.fork_conversation(
    conversation_id text,
    up_to_message text DEFAULT NULL,
    title text DEFAULT NULL
) RETURNS uuid
    LANGUAGE c
    AS 'MODULE_PATHNAME', 'agentchat_fork_conversation_by_name';

GRANT EXECUTE ON FUNCTION @extschema@.fork_conversation(text, text, text) TO PUBLIC;

COMMENT ON FUNCTION @extschema@.fork_conversation(uuid, text, text) IS
'As fork_conversation(text), for a uuid in SQL, such as the column id of conversations. '
'PostgREST does not offer this function.';

COMMENT ON FUNCTION @extschema@.fork_conversation(text, text, text) IS
'Copies a conversation with its messages, and returns the id of the copy.

It copies all messages, or those up to and including up_to_message. They get new ids and keep their order '
'and times. conversation_id, up_to_message: a UUID, or the id that the client chose. title: by default the '
'same. Errors: PT404 the caller cannot see such a conversation or message; 22004 conversation_id is NULL; '
'22023 conversation_id is empty, has more than 255 characters, or is a client''s id without a caller.';

CREATE FUNCTION @extschema@.update_conversation(
    uuid,
    title text DEFAULT NULL,
    metadata jsonb DEFAULT NULL
) RETURNS jsonb
    LANGUAGE c
    AS 'MODULE_PATHNAME', 'agentchat_update_conversation';

GRANT EXECUTE ON FUNCTION @extschema@.update_conversation(uuid, text, jsonb) TO PUBLIC;

CREATE FUNCTION @extschema@.update_conversation(
    conversation_id text,
    title text DEFAULT NULL,
    metadata jsonb DEFAULT NULL
) RETURNS jsonb
    LANGUAGE c
    AS 'MODULE_PATHNAME', 'agentchat_update_conversation_by_name';

GRANT EXECUTE ON FUNCTION @extschema@.update_conversation(text, text, jsonb) TO PUBLIC;

COMMENT ON FUNCTION @extschema@.update_conversation(uuid, text, jsonb) IS
'As update_conversation(text), for a uuid in SQL, such as the column id of conversations. '
'PostgREST does not offer this function.';

COMMENT ON FUNCTION @extschema@.update_conversation(text, text, jsonb) IS
'Changes the title of a conversation and keys of its metadata, and returns {"id", "title", "metadata", '
'"updated_at"}.

conversation_id: a UUID, or the id that the client chose. title: NULL leaves it unchanged. metadata: an '
'object. Its keys replace stored ones, as a whole; a JSON null removes a key. Other keys stay, also those '
'that another session writes at the same time. updated_at: ISO 8601 with six digits and Z; it stays if '
'nothing changes. Errors: PT404 the caller cannot see or change such a conversation; 22004 conversation_id '
'is NULL; 22023 metadata is not a JSON object, or conversation_id is empty, has more than 255 characters, or '
'is a client''s id without a caller; PT409 the stored metadata is not a JSON object.';
