-- index_messages() makes the index of search_messages() again, of one user or of all.
CREATE FUNCTION agentchat.index_messages(user_id uuid DEFAULT NULL) RETURNS bigint
    LANGUAGE c
    AS 'MODULE_PATHNAME', 'agentchat_index_messages';

REVOKE EXECUTE ON FUNCTION agentchat.index_messages(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION agentchat.index_messages(uuid) TO pg_database_owner;

COMMENT ON FUNCTION agentchat.index_messages(uuid) IS
'Makes the index of the feature search again for a user, or for all users, and returns the number of '
'messages in it. The index then holds nothing of messages that were deleted or changed. Triggers keep it up '
'to date otherwise; call this after changes that no trigger has seen (session_replication_role, disabled '
'triggers). Errors: 0A000 the feature search is off.';
