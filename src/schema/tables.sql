-- The user's tables, after the blueprint. They belong to the user: the script makes them and then releases them from
-- the extension, so that pg_dump treats them like any table and DROP EXTENSION takes no row.
--
-- They are made only where none of them exists. What is there already may be anybody's, and no statement of
-- a script that runs as superuser may touch it: agentchat.adopt() does that, as its owner.
DO $tables$
DECLARE
    present text;
    statement text;
    target record;
BEGIN
    -- CREATE EXTENSION lets warnings through only; this lasts until it ends.
    PERFORM pg_catalog.set_config('client_min_messages', 'notice', true);

    SELECT pg_catalog.string_agg(pg_catalog.quote_ident(c.relname), ', ' ORDER BY c.relname) INTO present
    FROM pg_catalog.pg_class c
    WHERE c.relnamespace OPERATOR(pg_catalog.=) '@extschema@'::pg_catalog.regnamespace
      AND c.relname OPERATOR(pg_catalog.=) ANY (ARRAY['users', 'conversations', 'messages', 'artifacts',
          'agent_definitions', 'agent_instances', 'agent_tools', 'workflows', 'subscriptions']::pg_catalog.name[]);
    IF present IS NOT NULL THEN
        RAISE NOTICE 'agentchat makes no tables, because some of their names are taken already'
            USING DETAIL = pg_catalog.format('In the schema %s: %s.', '@extschema@', present),
                  HINT = 'To have agentchat work with these tables, run as their owner: '
                         'SELECT * FROM agentchat.adopt();';
        RETURN;
    END IF;

    -- Every pg_dump since 9.5 sets row_security off, and brings the tables itself: with the columns, indexes
    -- and triggers that the user added.
    IF pg_catalog.current_setting('row_security') OPERATOR(pg_catalog.=) 'off' THEN
        RAISE NOTICE 'agentchat leaves its tables to the dump that is being restored'
            USING DETAIL = 'The setting row_security is off, as in every script of pg_dump.',
                  HINT = 'If this is no restore: SET row_security = on; SELECT * FROM agentchat.adopt();';
        RETURN;
    END IF;

    -- What adopt() does where nothing is, but it would also count the rows of a table that somebody else made in this
    -- moment, and so run the functions in its indexes with the superuser's rights. Such a table fails the release below.
    FOR statement IN
        SELECT s.statement
        FROM agentchat.differences() WITH ORDINALITY d
            CROSS JOIN LATERAL pg_catalog.unnest(d.at_once) WITH ORDINALITY s (statement, n)
        ORDER BY d.ordinality, s.n
    LOOP
        EXECUTE statement;
    END LOOP;

    -- A trusted extension's script runs as the bootstrap superuser, so the tables would be that role's. The C
    -- functions stay with it: whoever owns a C function can change what it does.
    FOR target IN SELECT t.qualified_name FROM agentchat.tables() t LOOP
        EXECUTE pg_catalog.format('ALTER EXTENSION agentchat DROP TABLE %s', target.qualified_name);
        EXECUTE pg_catalog.format('ALTER TABLE %s OWNER TO %s', target.qualified_name, $owner$@extowner@$owner$);
    END LOOP;
END
$tables$;
