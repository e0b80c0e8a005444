-- agentchat @version@, the SQL edition: the tables of an AI chat application, their rules, and the functions
-- that read and write them, for servers on which the extension cannot be installed.
--
-- Run this file as the owner of the database, in any way: psql -f, the SQL editor of Supabase, a migration.
-- It is one statement: nothing is half installed. A second run changes nothing and says what is there.
--
-- The tables and the functions that clients call come into the schema @extschema@, all else into the schema
-- agentchat.
DO $agentchat_install$
DECLARE
    callers_search_path CONSTANT text := pg_catalog.current_setting('search_path');
    callers_check CONSTANT text := pg_catalog.current_setting('check_function_bodies');
    present record;
BEGIN
    IF pg_catalog.current_setting('server_version_num')::integer OPERATOR(pg_catalog.<) 150000 THEN
        RAISE EXCEPTION 'agentchat needs PostgreSQL 15 or later'
            USING ERRCODE = 'feature_not_supported',
                  DETAIL = pg_catalog.format('This is PostgreSQL %s.',
                                             pg_catalog.current_setting('server_version')),
                  HINT = 'Upgrade the server.';
    END IF;
    IF pg_catalog.current_setting('server_encoding') OPERATOR(pg_catalog.<>) 'UTF8' THEN
        RAISE EXCEPTION 'agentchat needs a database with the encoding UTF8'
            USING ERRCODE = 'feature_not_supported',
                  DETAIL = pg_catalog.format('The encoding is %s.',
                                             pg_catalog.current_setting('server_encoding')),
                  HINT = 'Create one: CREATE DATABASE chat TEMPLATE template0 ENCODING ''UTF8'';';
    END IF;
    IF pg_catalog.to_regproc('agentchat.version') IS NOT NULL THEN
        SELECT v.edition, v.version INTO present FROM agentchat.version() v;
        IF present.edition OPERATOR(pg_catalog.=) 'sql' AND present.version OPERATOR(pg_catalog.=) '@version@'
        THEN
            RAISE NOTICE 'agentchat @version@ is already installed'
                USING HINT = 'To bring the tables up to date, run as their owner: '
                             'SELECT * FROM agentchat.adopt();';
        ELSIF present.edition OPERATOR(pg_catalog.=) 'sql' THEN
            RAISE EXCEPTION 'another version of agentchat is installed'
                USING ERRCODE = 'duplicate_object',
                      DETAIL = pg_catalog.format('The installed version is %s, this file has @version@.',
                                                 present.version),
                      HINT = pg_catalog.format('Get the statements that lead from one to the other: '
                                               'npx agentchat migration --from %s', present.version);
        ELSE
            RAISE EXCEPTION 'the extension agentchat is installed'
                USING ERRCODE = 'duplicate_object',
                      DETAIL = 'It has all that this file would install.',
                      HINT = 'To replace it by the same functions in SQL, without changing a row, run: '
                             'SELECT agentchat.change_edition(''sql'');';
        END IF;
        RETURN;
    ELSIF EXISTS (SELECT FROM pg_catalog.pg_namespace n
                  WHERE n.nspname OPERATOR(pg_catalog.=) 'agentchat') THEN
        RAISE EXCEPTION 'schema "agentchat" already exists'
            USING ERRCODE = 'duplicate_schema',
                  DETAIL = 'agentchat creates that schema for its internal functions.',
                  HINT = 'Rename or drop the existing schema, then run this file again.';
    END IF;

    -- As CREATE EXTENSION does (execute_extension_script() in src/backend/commands/extension.c): functions
    -- may call others that come later.
    PERFORM pg_catalog.set_config('check_function_bodies', 'off', true);
    PERFORM pg_catalog.set_config('search_path', 'pg_catalog, @extschema@, pg_temp', true);

-- What is installed.

