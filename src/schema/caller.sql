CREATE FUNCTION @extschema@.current_user_id() RETURNS uuid
    LANGUAGE c STABLE PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'agentchat_current_user_id';

GRANT EXECUTE ON FUNCTION @extschema@.current_user_id() TO PUBLIC;

COMMENT ON FUNCTION @extschema@.current_user_id() IS
'The id of the user who calls, as PostgREST has it from the JWT: the claim sub of the setting request.jwt.claims, or the older setting request.jwt.claim.sub, which comes first; NULL with none. The same as auth.uid() of Supabase. Errors: 22023 claims that are not JSON, sub that is no UUID.';
