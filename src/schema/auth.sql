-- The functions behind agentchat.link_supabase_auth(), which puts a trigger on auth.users of Supabase Auth.
CREATE FUNCTION agentchat.sync_auth_user() RETURNS trigger
    LANGUAGE c
    AS 'MODULE_PATHNAME', 'agentchat_sync_auth_user';

-- The function writes to users with the rights of their owner. Creating a trigger takes the privilege to
-- execute its function; firing one takes none. Therefore the function needs no other check.
REVOKE EXECUTE ON FUNCTION agentchat.sync_auth_user() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION agentchat.sync_auth_user() TO pg_database_owner;

COMMENT ON FUNCTION agentchat.sync_auth_user() IS
'Trigger function of auth.users, AFTER INSERT, UPDATE or DELETE FOR EACH ROW: copies the row to users. An '
'error in this becomes a warning. It refuses to delete the row of a user who still has data. Errors: 23503 '
'the user still has data; 39P01 called by another kind of trigger or on another table.';

CREATE FUNCTION agentchat.auth_user_name(metadata jsonb) RETURNS text
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'agentchat_auth_user_name';

COMMENT ON FUNCTION agentchat.auth_user_name(jsonb) IS
'Returns the display name in raw_user_meta_data of auth.users.';

CREATE FUNCTION agentchat.auth_user_avatar_url(metadata jsonb) RETURNS text
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'agentchat_auth_user_avatar_url';

COMMENT ON FUNCTION agentchat.auth_user_avatar_url(jsonb) IS
'Returns the URL of the picture in raw_user_meta_data of auth.users.';
