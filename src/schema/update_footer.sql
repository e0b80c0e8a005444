-- The tables are the user's: what is new on them, they let adopt() put there.
DO $update_footer$
BEGIN
    -- ALTER EXTENSION lets warnings through only; this lasts until it ends.
    PERFORM pg_catalog.set_config('client_min_messages', 'notice', true);
    RAISE NOTICE 'the tables of agentchat are as they were'
        USING HINT = 'To bring them up to this version, run as their owner: SELECT * FROM agentchat.adopt();';
END
$update_footer$;
