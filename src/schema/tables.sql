-- Creates the user's tables after the blueprint, and removes them from the extension. As the user's own
-- tables they are in dumps, and DROP EXTENSION deletes no row.
--
-- The script creates them only if none exists. An existing table may belong to anybody, and a script that
-- runs as superuser must not touch it. agentchat.adopt() does this as the tables' owner.
DO $tables$
DECLARE
    present text;
    statement text;
    target record;
BEGIN
    -- CREATE EXTENSION shows warnings only; this setting lasts until it ends.
    PERFORM pg_catalog.set_config('client_min_messages', 'notice', true);

    SELECT pg_catalog.string_agg(pg_catalog.quote_ident(c.relname), ', ' ORDER BY c.relname) INTO present
    FROM pg_catalog.pg_class c
    WHERE c.relnamespace OPERATOR(pg_catalog.=) '@extschema@'::pg_catalog.regnamespace
      AND c.relname OPERATOR(pg_catalog.=) ANY (ARRAY['users', 'conversations', 'messages', 'artifacts',
          'agent_definitions', 'agent_instances', 'agent_tools', 'workflows', 'subscriptions'
          ]::pg_catalog.name[]);
    IF present IS NOT NULL THEN
        RAISE NOTICE 'agentchat created no tables because some of their names are already in use'
            USING DETAIL = pg_catalog.format('The schema %s contains: %s.', '@extschema@', present),
                  HINT = 'To use agentchat with the existing tables, run as their owner: '
                         'SELECT * FROM agentchat.adopt();';
        RETURN;
    END IF;

    -- The dump creates the tables, with the columns, indexes and triggers that the user added. Every pg_dump
    -- since 9.5 sets row_security off.
    IF pg_catalog.current_setting('row_security') OPERATOR(pg_catalog.=) 'off' THEN
        RAISE NOTICE 'agentchat created no tables because a dump is being restored'
            USING DETAIL = 'The setting row_security is off, as in every dump of pg_dump.',
                  HINT = 'If this is not a restore, run: '
                         'SET row_security = on; SELECT * FROM agentchat.adopt();';
        RETURN;
    END IF;

    -- adopt() would do the same, but it would also count the rows of a table that somebody else created at
    -- this moment, and run the functions in its indexes with the superuser's rights. Such a table makes ALTER
    -- EXTENSION fail below.
    FOR statement IN
        SELECT s.statement
        FROM agentchat.differences() WITH ORDINALITY d
            CROSS JOIN LATERAL pg_catalog.unnest(d.at_once) WITH ORDINALITY s (statement, n)
        ORDER BY d.ordinality, s.n
    LOOP
        EXECUTE statement;
    END LOOP;

    -- The script of a trusted extension runs as the bootstrap superuser, who would own the tables. The
    -- superuser keeps the C functions, because the owner of a C function can change what it does.
    FOR target IN SELECT t.qualified_name FROM agentchat.tables() t LOOP
        EXECUTE pg_catalog.format('ALTER EXTENSION agentchat DROP TABLE %s', target.qualified_name);
        EXECUTE pg_catalog.format('ALTER TABLE %s OWNER TO %s', target.qualified_name,
                                  $owner$@extowner@$owner$);
    END LOOP;
END
$tables$;
