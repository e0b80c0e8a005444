-- current_user_id(), which policies and functions ask for the caller.
CREATE FUNCTION @extschema@.current_user_id() RETURNS uuid
    LANGUAGE c STABLE PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'agentchat_current_user_id';

GRANT EXECUTE ON FUNCTION @extschema@.current_user_id() TO PUBLIC;

COMMENT ON FUNCTION @extschema@.current_user_id() IS
'Returns the id of the calling user, or NULL without one.

PostgREST takes the id from the JWT: it is the claim sub of the setting request.jwt.claims, or the older '
'setting request.jwt.claim.sub, which comes first. auth.uid() of Supabase returns the same. Errors: 22023 '
'the claims are not JSON, or sub is not a UUID.';
