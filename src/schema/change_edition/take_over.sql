-- Makes the functions of the SQL edition members of the extension, before they get their bodies in C++. They
-- keep their OIDs, so that triggers, policies and the user's own views and functions stay valid.
--
-- They move into a new schema. The check above does not see what the owner of the old one creates there in a
-- transaction that is still open, and no lock keeps it out (CreateFunction in
-- src/backend/commands/functioncmds.c takes none on the schema).
DO $take_over$
DECLARE
    functions CONSTANT pg_catalog.regprocedure[] := ARRAY[
        @functions_of_both@
    ]::pg_catalog.regprocedure[];
    former_schema CONSTANT oid := 'agentchat'::pg_catalog.regnamespace;
    function pg_catalog.regprocedure;
    given record;
BEGIN
    ALTER SCHEMA agentchat RENAME TO agentchat_before_change_edition;
    CREATE SCHEMA agentchat;
    FOREACH function IN ARRAY functions LOOP
        -- The owner of a C function can change what it does.
        EXECUTE pg_catalog.format('ALTER FUNCTION %s OWNER TO CURRENT_USER', function);
        IF EXISTS (SELECT FROM pg_catalog.pg_proc p
                   WHERE p.oid OPERATOR(pg_catalog.=) function::oid
                     AND p.pronamespace OPERATOR(pg_catalog.=) former_schema) THEN
            EXECUTE pg_catalog.format('ALTER FUNCTION %s SET SCHEMA agentchat', function);
        END IF;
        EXECUTE pg_catalog.format('ALTER EXTENSION agentchat ADD FUNCTION %s', function);
    END LOOP;

    -- The grants are those of a new installation: none but the default, before the rest of this script.
    FOR given IN
        SELECT p.oid::pg_catalog.regprocedure AS function, a.grantee
        FROM pg_catalog.pg_proc p CROSS JOIN LATERAL pg_catalog.aclexplode(p.proacl) a
        WHERE p.oid OPERATOR(pg_catalog.=) ANY (functions::oid[])
          AND a.grantee OPERATOR(pg_catalog.<>) p.proowner
    LOOP
        IF given.grantee OPERATOR(pg_catalog.<>) 0 THEN
            EXECUTE pg_catalog.format('REVOKE ALL ON FUNCTION %s FROM %s CASCADE', given.function,
                                      given.grantee::pg_catalog.regrole);
        END IF;
        EXECUTE pg_catalog.format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', given.function);
        EXECUTE pg_catalog.format('GRANT EXECUTE ON FUNCTION %s TO PUBLIC', given.function);
    END LOOP;
END
$take_over$;
