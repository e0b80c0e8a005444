-- Makes the functions of the SQL edition members of the extension, before they get their bodies in C++. They
-- keep their OIDs, so that triggers, policies and the user's own views and functions stay valid.
DO $take_over$
DECLARE
    signature text;
    given record;
BEGIN
    ALTER SCHEMA agentchat OWNER TO CURRENT_USER;
    ALTER EXTENSION agentchat ADD SCHEMA agentchat;
    FOREACH signature IN ARRAY ARRAY[
        @functions_of_both@
    ] LOOP
        -- The owner of a C function can change what it does.
        EXECUTE pg_catalog.format('ALTER FUNCTION %s OWNER TO CURRENT_USER', signature);
        EXECUTE pg_catalog.format('ALTER EXTENSION agentchat ADD FUNCTION %s', signature);
    END LOOP;

    -- The grants are those of a new installation: none but the default, before the rest of this script.
    FOR given IN
        SELECT 'SCHEMA agentchat' AS object, 'USAGE' AS privilege, a.grantee
        FROM pg_catalog.pg_namespace n CROSS JOIN LATERAL pg_catalog.aclexplode(n.nspacl) a
        WHERE n.nspname OPERATOR(pg_catalog.=) 'agentchat' AND a.grantee OPERATOR(pg_catalog.<>) n.nspowner
        UNION
        SELECT pg_catalog.format('FUNCTION %s', p.oid::pg_catalog.regprocedure), 'EXECUTE', a.grantee
        FROM pg_catalog.pg_depend d
            JOIN pg_catalog.pg_extension e ON e.oid OPERATOR(pg_catalog.=) d.refobjid
            JOIN pg_catalog.pg_proc p ON p.oid OPERATOR(pg_catalog.=) d.objid
            CROSS JOIN LATERAL pg_catalog.aclexplode(p.proacl) a
        WHERE e.extname OPERATOR(pg_catalog.=) 'agentchat' AND a.grantee OPERATOR(pg_catalog.<>) p.proowner
          AND d.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_proc'::pg_catalog.regclass
          AND d.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_extension'::pg_catalog.regclass
    LOOP
        IF given.grantee OPERATOR(pg_catalog.<>) 0 THEN
            EXECUTE pg_catalog.format('REVOKE ALL ON %s FROM %s CASCADE', given.object,
                                      given.grantee::pg_catalog.regrole);
        END IF;
        EXECUTE pg_catalog.format('REVOKE ALL ON %s FROM PUBLIC', given.object);
        EXECUTE pg_catalog.format('GRANT %s ON %s TO PUBLIC', given.privilege, given.object);
    END LOOP;
END
$take_over$;

-- The blueprint is made again, and the functions that are called by those in SQL alone are not needed.
DROP VIEW @views_to_drop@;
DROP TABLE @tables_to_drop@;
DROP FUNCTION
    @functions_to_drop@;
