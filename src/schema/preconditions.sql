-- What must hold before anything is made. Every name is qualified: the script runs as superuser, and the
-- schema that it installs into may belong to somebody who plants functions and operators there.
DO $preconditions$
DECLARE
    target CONSTANT text := '@extschema@';
BEGIN
    IF target OPERATOR(pg_catalog.=) 'agentchat' THEN
        RAISE EXCEPTION 'agentchat cannot be installed into the schema "agentchat"'
            USING ERRCODE = 'reserved_name',
                  DETAIL = 'That schema is for the extension''s machinery, and the extension makes it by itself.',
                  HINT = 'Choose another one: CREATE EXTENSION agentchat SCHEMA chat;';
    END IF;

    IF EXISTS (SELECT FROM pg_catalog.pg_namespace n WHERE n.nspname OPERATOR(pg_catalog.=) 'agentchat') THEN
        RAISE EXCEPTION 'the schema "agentchat" exists already'
            USING ERRCODE = 'duplicate_schema',
                  DETAIL = 'The extension makes that schema by itself, for its machinery.',
                  HINT = 'Rename or drop the schema that is there, then run CREATE EXTENSION agentchat again.';
    END IF;
END
$preconditions$;
