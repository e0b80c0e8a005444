-- Creates two users, ada and bob, and the role agentchat_test_user. become(name) makes it call as one of
-- them.
CREATE ROLE agentchat_test_user;
SELECT agentchat.grant_api('agentchat_test_user') \g /dev/null
GRANT USAGE ON SCHEMA tap TO agentchat_test_user;
INSERT INTO users (id, email) SELECT md5(u)::uuid, u FROM unnest('{ada, bob}'::text[]) u;

-- Nobody is signed in after become('').
CREATE FUNCTION become(name text) RETURNS text LANGUAGE sql AS $$
    SELECT set_config('request.jwt.claims',
        CASE WHEN name <> '' THEN jsonb_build_object('sub', md5(name)::uuid)::text ELSE '' END, false)
$$;
