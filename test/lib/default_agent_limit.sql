-- set_default_limit() sets the limit of users without a subscription in both editions: the extension has a
-- setting, and the functions in SQL read what ALTER DATABASE has stored of it.
CREATE FUNCTION tap.set_default_limit(value int) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('agentchat.default_agent_limit', value::text, false);
    EXECUTE format('ALTER DATABASE %I SET agentchat.default_agent_limit = %s', current_database(), value);
END $$;
