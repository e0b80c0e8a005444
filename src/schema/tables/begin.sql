-- The nine tables. They belong to the user: the script makes them and then releases them from the extension
-- (tables/end.sql), so that pg_dump treats them like any table and DROP EXTENSION takes no row.
--
-- They are made only where none of them exists. What is there already may be anybody's, and no statement of
-- a script that runs as superuser may touch it. Each table's file is the body of this DO block.
DO $tables$
DECLARE
    present text;
BEGIN
    -- CREATE EXTENSION lets warnings through only; this lasts until it ends.
    PERFORM pg_catalog.set_config('client_min_messages', 'notice', true);

    SELECT pg_catalog.string_agg(pg_catalog.quote_ident(c.relname), ', ' ORDER BY c.relname) INTO present
    FROM pg_catalog.pg_class c
    WHERE c.relnamespace OPERATOR(pg_catalog.=) '@extschema@'::pg_catalog.regnamespace
      AND c.relname OPERATOR(pg_catalog.=) ANY (ARRAY['users', 'conversations', 'messages', 'artifacts',
          'agent_definitions', 'agent_instances', 'agent_tools', 'workflows', 'subscriptions']::name[]);

    IF present IS NOT NULL THEN
        RAISE NOTICE 'agentchat makes no tables, because some of their names are taken already'
            USING DETAIL = pg_catalog.format('In the schema %s: %s.', '@extschema@', present),
                  HINT = 'What exists is left as it is. To have tables made, install into an empty schema: '
                         'CREATE SCHEMA chat; CREATE EXTENSION agentchat SCHEMA chat;';
        RETURN;
    END IF;

    -- Every pg_dump since 9.5 sets row_security off, and brings the tables itself: with the columns, indexes
    -- and triggers that the user added.
    IF pg_catalog.current_setting('row_security') OPERATOR(pg_catalog.=) 'off' THEN
        RAISE NOTICE 'agentchat leaves its tables to the dump that is being restored'
            USING DETAIL = 'The setting row_security is off, as in every script of pg_dump.',
                  HINT = 'If this is no restore: DROP EXTENSION agentchat; SET row_security = on; '
                         'CREATE EXTENSION agentchat;';
        RETURN;
    END IF;

