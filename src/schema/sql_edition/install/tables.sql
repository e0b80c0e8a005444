-- Creates the tables after the blueprint, if none of their names is in use. adopt() would do the same, and
-- count the rows of tables that there are.
DO $tables$
DECLARE
    present text;
    statement text;
BEGIN
    SELECT string_agg(t.qualified_name, ', ' ORDER BY t.table_name) INTO present
    FROM agentchat.tables() t WHERE t.actual IS NOT NULL;
    IF present IS NOT NULL THEN
        RAISE NOTICE 'agentchat created no tables because some of their names are already in use'
            USING DETAIL = format('These exist: %s.', present),
                  HINT = 'To use agentchat with the existing tables, run as their owner: '
                         'SELECT * FROM agentchat.adopt();';
        RETURN;
    END IF;
    FOR statement IN
        SELECT s.statement
        FROM agentchat.differences() WITH ORDINALITY d
            CROSS JOIN LATERAL unnest(d.at_once) WITH ORDINALITY s (statement, n)
        ORDER BY d.ordinality, s.n
    LOOP
        EXECUTE statement;
    END LOOP;
END
$tables$;
