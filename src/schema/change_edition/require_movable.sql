-- Refuses to put functions in SQL in place of those of the extension where they could not work.
DO $require_movable$
DECLARE
    others text;
BEGIN
    IF (SELECT agentchat.feature_is_on('search')) THEN
        RAISE EXCEPTION 'the feature search is on'
            USING ERRCODE = 'object_not_in_prerequisite_state',
                  DETAIL = 'The SQL edition of agentchat is without this feature.',
                  HINT = 'Switch it off first: SELECT * FROM agentchat.disable(''search'');';
    END IF;
    -- Some triggers see rows that the caller cannot see, with the rights of the tables' owner.
    SELECT pg_catalog.string_agg(t.qualified_name, ', ') INTO others
    FROM agentchat.tables() t
        JOIN pg_catalog.pg_class c ON c.oid OPERATOR(pg_catalog.=) t.actual
        JOIN pg_catalog.pg_extension e ON e.extowner OPERATOR(pg_catalog.<>) c.relowner
    WHERE e.extname OPERATOR(pg_catalog.=) 'agentchat';
    IF others IS NOT NULL THEN
        RAISE EXCEPTION 'tables of agentchat belong to another role than the extension'
            USING ERRCODE = 'object_not_in_prerequisite_state',
                  DETAIL = pg_catalog.format('The extension belongs to %s, and these do not: %s.',
                                             $owner$@extowner@$owner$, others),
                  HINT = 'Functions in SQL must belong to the owner of the tables. Change the owner of these '
                         'tables by ALTER TABLE.';
    END IF;
END
$require_movable$;

-- The blueprint is made again, and what only the functions of the extension call is not needed.
DROP TABLE @tables_to_drop@;
DROP FUNCTION
    @functions_to_drop@;
