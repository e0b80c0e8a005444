-- Refuses what is not the SQL edition of this version, installed by the role that now has the extension. This
-- runs as superuser: it calls no function of that role, and what may lie in that role's schema is checked.
DO $require_sql_edition$
DECLARE
    schema CONSTANT oid := (SELECT n.oid FROM pg_catalog.pg_namespace n
                            WHERE n.nspname OPERATOR(pg_catalog.=) 'agentchat');
    installer CONSTANT oid := (SELECT e.extowner FROM pg_catalog.pg_extension e
                               WHERE e.extname OPERATOR(pg_catalog.=) 'agentchat');
    other text;
BEGIN
    IF NOT EXISTS (
        SELECT FROM pg_catalog.pg_proc p
        WHERE p.oid OPERATOR(pg_catalog.=) pg_catalog.to_regprocedure('agentchat.version()')::oid
          AND p.prosrc OPERATOR(pg_catalog.~~) $source$%SELECT 'sql', '@version@'%$source$)
    THEN
        RAISE EXCEPTION 'the SQL edition of agentchat @version@ is not in this database'
            USING ERRCODE = 'object_not_in_prerequisite_state',
                  HINT = 'To install the extension where it is not: CREATE EXTENSION agentchat; '
                         'to upgrade the SQL edition first: npx agentchat install --sql';
    END IF;
    IF pg_catalog.to_regprocedure('@extschema@.current_user_id()') IS NULL THEN
        RAISE EXCEPTION 'the SQL edition of agentchat is in another schema'
            USING ERRCODE = 'object_not_in_prerequisite_state',
                  DETAIL = 'The schema @extschema@ has none of its functions.',
                  HINT = 'Run: SELECT agentchat.change_edition(''extension'');';
    END IF;
    IF EXISTS (SELECT FROM pg_catalog.pg_namespace n
               WHERE n.oid OPERATOR(pg_catalog.=) schema
                 AND n.nspowner OPERATOR(pg_catalog.<>) installer)
       AND NOT (SELECT r.rolsuper FROM pg_catalog.pg_roles r WHERE r.oid OPERATOR(pg_catalog.=) installer)
    THEN
        RAISE EXCEPTION 'the SQL edition of agentchat belongs to another role'
            USING ERRCODE = 'insufficient_privilege',
                  DETAIL = pg_catalog.format(
                      'The schema agentchat belongs to %s.',
                      (SELECT n.nspowner::pg_catalog.regrole FROM pg_catalog.pg_namespace n
                       WHERE n.oid OPERATOR(pg_catalog.=) schema)),
                  HINT = 'Run as this role: SELECT agentchat.change_edition(''extension'');';
    END IF;

    -- A function or an operator that somebody has put there could be called in place of ours, with the rights
    -- of whoever calls it.
    SELECT pg_catalog.pg_describe_object(d.classid, d.objid, 0) INTO other
    FROM pg_catalog.pg_depend d
    WHERE d.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_namespace'::pg_catalog.regclass
      AND d.refobjid OPERATOR(pg_catalog.=) schema
      AND NOT (d.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_proc'::pg_catalog.regclass
               AND d.objid OPERATOR(pg_catalog.=) ANY (ARRAY[
                   @functions_of_sql_edition@
                   ]::pg_catalog.regprocedure[]::oid[]))
      AND NOT EXISTS (
          SELECT FROM pg_catalog.pg_class c
          WHERE d.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_class'::pg_catalog.regclass
            AND c.oid OPERATOR(pg_catalog.=) d.objid AND c.relkind OPERATOR(pg_catalog.=) ANY ('{r,v}')
            AND c.relname OPERATOR(pg_catalog.=) ANY (ARRAY[
          @relations_of_sql_edition@
          ]::pg_catalog.name[]))
      -- Row types, indexes and the like depend on the schema through what they belong to.
      AND d.deptype OPERATOR(pg_catalog.=) 'n'
    ORDER BY 1
    LIMIT 1;
    IF other IS NOT NULL THEN
        RAISE EXCEPTION 'the schema "agentchat" contains what is not of agentchat'
            USING ERRCODE = 'object_not_in_prerequisite_state',
                  DETAIL = pg_catalog.format('It contains %s.', other),
                  HINT = 'Move it to another schema, or drop it.';
    END IF;
END
$require_sql_edition$;
