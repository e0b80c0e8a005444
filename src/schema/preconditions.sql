-- Stops CREATE EXTENSION if the schema agentchat cannot be created. The script runs as superuser, and the
-- schema that it installs into may belong to somebody who plants functions and operators there. Therefore
-- every name is qualified.
DO $preconditions$
DECLARE
    target CONSTANT text := '@extschema@';
BEGIN
    IF target OPERATOR(pg_catalog.=) 'agentchat' THEN
        RAISE EXCEPTION 'agentchat cannot be installed into the schema "agentchat"'
            USING ERRCODE = 'reserved_name',
                  DETAIL = 'CREATE EXTENSION creates that schema for the extension''s internal functions.',
                  HINT = 'Choose another schema: CREATE EXTENSION agentchat SCHEMA chat;';
    END IF;

    IF EXISTS (
        SELECT FROM pg_catalog.pg_proc p
        WHERE p.oid OPERATOR(pg_catalog.=) pg_catalog.to_regprocedure('agentchat.version()')::oid
          AND p.prosrc OPERATOR(pg_catalog.~~) $source$%SELECT 'sql', %$source$)
    THEN
        RAISE EXCEPTION 'the SQL edition of agentchat is in this database'
            USING ERRCODE = 'duplicate_schema',
                  DETAIL = 'It has the same functions, in the schema agentchat and in that of its tables.',
                  HINT = 'To put those of the extension in their place, without changing a row, run: '
                         'SELECT agentchat.change_edition(''extension'');';
    END IF;

    IF EXISTS (SELECT FROM pg_catalog.pg_namespace n WHERE n.nspname OPERATOR(pg_catalog.=) 'agentchat') THEN
        RAISE EXCEPTION 'schema "agentchat" already exists'
            USING ERRCODE = 'duplicate_schema',
                  DETAIL = 'CREATE EXTENSION creates that schema for the extension''s internal functions.',
                  HINT = 'Rename or drop the existing schema, then run CREATE EXTENSION agentchat again.';
    END IF;
END
$preconditions$;
