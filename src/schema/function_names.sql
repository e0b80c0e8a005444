-- Stops the script if a function of the user has the name of one of ours. PostgreSQL would accept a function
-- with other arguments beside ours, and callers might get either.
DO $function_names$
DECLARE
    taken text;
BEGIN
    SELECT p.oid::pg_catalog.regprocedure::text INTO taken
    FROM pg_catalog.pg_proc p
    WHERE p.pronamespace OPERATOR(pg_catalog.=) '@extschema@'::pg_catalog.regnamespace
      AND p.proname OPERATOR(pg_catalog.=) ANY (ARRAY[
          'advance_workflow', 'agent_usage', 'append_chunks', 'append_messages', 'create_conversation',
          'current_user_id', 'finish_run', 'fork_conversation', 'get_agent', 'get_context',
          'get_conversation', 'get_conversation_json', 'heartbeat_run', 'list_conversations', 'read_chunks',
          'recover_run', 'search_messages', 'start_run', 'stop_run', 'truncate_conversation',
          'update_conversation', 'validate_tool_input'
          ]::pg_catalog.name[])
      -- An update finds the functions of the previous version.
      AND NOT EXISTS (
          SELECT FROM pg_catalog.pg_depend d
              JOIN pg_catalog.pg_extension e ON d.refobjid OPERATOR(pg_catalog.=) e.oid
          WHERE d.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_proc'::pg_catalog.regclass
            AND d.objid OPERATOR(pg_catalog.=) p.oid
            AND d.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_extension'::pg_catalog.regclass
            AND e.extname OPERATOR(pg_catalog.=) 'agentchat')
    ORDER BY p.oid
    LIMIT 1;
    IF taken IS NOT NULL THEN
        RAISE EXCEPTION 'a function with a name that agentchat needs already exists'
            USING ERRCODE = 'duplicate_function',
                  DETAIL = pg_catalog.format('The schema %s contains %s.', '@extschema@', taken),
                  HINT = 'Rename it, or install agentchat into a separate schema: '
                         'CREATE SCHEMA chat; CREATE EXTENSION agentchat SCHEMA chat;';
    END IF;
END
$function_names$;
