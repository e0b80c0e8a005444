-- Tells the user to bring the tables up to date. They belong to the user; adopt() adds what is new to them.
DO $update_footer$
BEGIN
    -- ALTER EXTENSION shows warnings only; this setting lasts until it ends.
    PERFORM pg_catalog.set_config('client_min_messages', 'notice', true);
    RAISE NOTICE 'the update did not change the tables of agentchat'
        USING HINT = 'To bring them up to this version, run as their owner: SELECT * FROM agentchat.adopt();';
END
$update_footer$;
