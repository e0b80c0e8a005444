-- Supabase Auth: what the trigger calls that agentchat.link_supabase_auth() puts on auth.users.
CREATE FUNCTION agentchat.sync_auth_user() RETURNS trigger
    LANGUAGE c
    AS 'MODULE_PATHNAME', 'agentchat_sync_auth_user';

-- It writes users with their owner's rights. Who may not put it on a table needs no further check; firing a trigger
-- takes no privilege.
REVOKE EXECUTE ON FUNCTION agentchat.sync_auth_user() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION agentchat.sync_auth_user() TO pg_database_owner;

COMMENT ON FUNCTION agentchat.sync_auth_user() IS
'Trigger function of auth.users: AFTER INSERT, UPDATE or DELETE FOR EACH ROW, brings the row to users; what fails at that is a warning. Deleting the row of a user with data is refused. Errors: 23503 there is data, 39P01 fired otherwise or on another table.';

CREATE FUNCTION agentchat.auth_user_name(metadata jsonb) RETURNS text
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'agentchat_auth_user_name';

COMMENT ON FUNCTION agentchat.auth_user_name(jsonb) IS
'The display name in raw_user_meta_data of auth.users.';

CREATE FUNCTION agentchat.auth_user_avatar_url(metadata jsonb) RETURNS text
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'agentchat_auth_user_avatar_url';

COMMENT ON FUNCTION agentchat.auth_user_avatar_url(jsonb) IS
'The URL of the picture in raw_user_meta_data of auth.users.';
