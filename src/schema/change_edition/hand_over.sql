-- Gives all that there is of agentchat to the role that has installed the extension, as its own. The
-- extension is then without members, and DROP EXTENSION drops nothing.
DO $hand_over$
DECLARE
    object text;
    other text;
BEGIN
    FOREACH object IN ARRAY ARRAY[
        'SCHEMA agentchat',
        @objects@
    ] LOOP
        EXECUTE pg_catalog.format('ALTER EXTENSION agentchat DROP %s', object);
        EXECUTE pg_catalog.format('ALTER %s OWNER TO %s', object, $owner$@extowner@$owner$);
    END LOOP;

    -- DROP EXTENSION would drop these, too, and a table with its rows.
    SELECT pg_catalog.pg_describe_object(d.classid, d.objid, 0) INTO other
    FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_extension e ON d.refobjid OPERATOR(pg_catalog.=) e.oid
    WHERE d.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_extension'::pg_catalog.regclass
      AND e.extname OPERATOR(pg_catalog.=) 'agentchat'
    ORDER BY 1
    LIMIT 1;
    IF other IS NOT NULL THEN
        RAISE EXCEPTION 'the extension agentchat has what is not of agentchat'
            USING ERRCODE = 'object_not_in_prerequisite_state',
                  DETAIL = pg_catalog.format('DROP EXTENSION would drop %s.', other),
                  HINT = 'Run ALTER EXTENSION agentchat DROP for a member, and ALTER with NO DEPENDS ON '
                         'EXTENSION agentchat for what depends on it.';
    END IF;
END
$hand_over$;
