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

    IF EXISTS (SELECT FROM pg_catalog.pg_namespace n WHERE n.nspname OPERATOR(pg_catalog.=) 'agentchat') THEN
        RAISE EXCEPTION 'schema "agentchat" already exists'
            USING ERRCODE = 'duplicate_schema',
                  DETAIL = 'CREATE EXTENSION creates that schema for the extension''s internal functions.',
                  HINT = 'Rename or drop the existing schema, then run CREATE EXTENSION agentchat again.';
    END IF;
END
$preconditions$;
