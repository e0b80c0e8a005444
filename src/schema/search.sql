-- The function that searches messages.
CREATE FUNCTION @extschema@.search_messages(
    query text,
    conversation_id uuid DEFAULT NULL,
    page_size integer DEFAULT 20,
    cursor text DEFAULT NULL,
    user_id uuid DEFAULT NULL,
    filter jsonb DEFAULT NULL,
    "in" text DEFAULT 'text'
) RETURNS jsonb
    LANGUAGE c STABLE PARALLEL RESTRICTED COST 10000
    AS 'MODULE_PATHNAME', 'agentchat_search_messages';

GRANT EXECUTE ON FUNCTION @extschema@.search_messages(text, uuid, integer, text, uuid, jsonb, text) TO PUBLIC;

COMMENT ON FUNCTION @extschema@.search_messages(text, uuid, integer, text, uuid, jsonb, text) IS
'Returns the messages of a user that have all the words, the newest first, page by page: {"messages": '
'[{"id", "conversation_id", "title", "role", "place", "snippet"}], "next_cursor"}.

query: words such as red "big car" -bike or train, found anywhere, in either case, with or without accents. '
'conversation_id: only messages of this conversation. page_size: 1 to 100. cursor: next_cursor of the '
'previous page; null at the end. A call ends after about 0.2 seconds; a page can then be short or empty, and '
'next_cursor goes on. user_id: by default the caller. filter: only conversations whose metadata contain it. '
'in: text, or all to search reasoning and the inputs and outputs of tools, too. place: {"created_at" (ISO '
'8601, UTC), "before_message" (what get_conversation() takes to end a page with this message; null for the '
'last)}. snippet: {"in" (text, reasoning or tool), "text", "hits": [{"start", "end"}] (in UTF-16 code units '
'of the text), "cut_before", "cut_after"}. Errors: 22004 query is NULL; 22023 page_size, cursor, filter or '
'in is not valid, more than 64 words, or neither user_id nor a caller.';
