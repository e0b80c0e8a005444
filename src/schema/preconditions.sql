-- Stops CREATE EXTENSION if the schema agentchat cannot be created, and warns of encodings other than UTF-8.
-- The script runs as superuser, and the schema that it installs into may belong to somebody who plants
-- functions and operators there. Therefore every name is qualified.
DO $preconditions$
DECLARE
    target CONSTANT text := '@extschema@';
    encoding CONSTANT text := pg_catalog.getdatabaseencoding();
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

    -- All functions work in any encoding, with the characters that it has. Models write others, too, and the
    -- encoding of a database never changes.
    IF encoding OPERATOR(pg_catalog.<>) 'UTF8' THEN
        RAISE WARNING 'the encoding of this database is %, not UTF8', encoding
            USING DETAIL = CASE encoding
                      WHEN 'SQL_ASCII' THEN 'It stores bytes, and refuses JSON with escapes such as "\u00e9".'
                      ELSE 'It refuses messages with characters that it does not have, such as emoji.'
                  END,
                  HINT = 'Use another database: CREATE DATABASE chat TEMPLATE template0 ENCODING ''UTF8'';';
    END IF;
END
$preconditions$;
