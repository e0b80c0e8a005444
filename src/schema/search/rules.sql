-- The functions that the triggers of the feature search call.
CREATE FUNCTION agentchat.index_new_messages() RETURNS trigger
    LANGUAGE c
    AS 'MODULE_PATHNAME', 'agentchat_index_new_messages';

GRANT EXECUTE ON FUNCTION agentchat.index_new_messages() TO PUBLIC;

COMMENT ON FUNCTION agentchat.index_new_messages() IS
'Trigger function of messages, AFTER INSERT or UPDATE FOR EACH STATEMENT with transition tables: notes the '
'messages for the index of search_messages(), and brings the noted ones into the index when there are many. '
'Errors: 39P01 called by another kind of trigger, or for another table.';

CREATE FUNCTION agentchat.index_moved_conversation() RETURNS trigger
    LANGUAGE c
    AS 'MODULE_PATHNAME', 'agentchat_index_moved_conversation';

GRANT EXECUTE ON FUNCTION agentchat.index_moved_conversation() TO PUBLIC;

COMMENT ON FUNCTION agentchat.index_moved_conversation() IS
'Trigger function of conversations, AFTER UPDATE FOR EACH ROW: notes the messages of a conversation that '
'another user has got for the index of search_messages(). Errors: 39P01 called by another kind of trigger, '
'or for another table.';
