#!/usr/bin/env bash
# A session keeps compiled schemas of tools, and never uses one that is out of date or hidden from the caller.
. test/lib/tap.sh

sql -f - <<'END_OF_SQL'
CREATE EXTENSION agentchat;
INSERT INTO agent_tools (name, description, schema) VALUES ('t', '', '{"type": "string"}');
CREATE FUNCTION outcome(tool text DEFAULT 't') RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    RETURN validate_tool_input(tool, '1') ->> 'valid';
EXCEPTION WHEN OTHERS THEN
    RETURN SQLSTATE;
END $$;
END_OF_SQL
start_session one
start_session two

is "$(tell one 'SELECT outcome();')" false 'the first call'
is "$(tell two "UPDATE agent_tools SET schema = '{\"type\": \"number\"}' WHERE name = 't'; SELECT outcome();")" true \
    'a change counts in its own session'
is "$(tell one 'SELECT outcome();')" true 'and in another one'
tell two "BEGIN; UPDATE agent_tools SET schema = '{\"type\": \"null\"}' WHERE name = 't';" >/dev/null
is "$(tell two 'SELECT outcome();')" false 'a change counts before the COMMIT'
is "$(tell one 'SELECT outcome();')" true 'but not in another session'
tell two "SAVEPOINT s; UPDATE agent_tools SET schema = '{}' WHERE name = 't';" >/dev/null
is "$(tell two 'SELECT outcome();')" true 'a change in a savepoint counts'
is "$(tell two 'ROLLBACK TO s; SELECT outcome();')" false 'not after its rollback'
is "$(tell two 'ROLLBACK; SELECT outcome();')" true 'not after the rollback of the transaction'
tell two "UPDATE agent_tools SET name = 'u' WHERE name = 't';"
is "$(tell one "SELECT outcome() || ' ' || outcome('u');")" 'PT404 true' 'a new name'
tell two "DELETE FROM agent_tools;
    INSERT INTO agent_tools (name, description, schema) VALUES ('t', '', '{\"type\": \"string\"}');"
is "$(tell one "SELECT outcome() || ' ' || outcome('u');")" 'false PT404' \
    'a deleted tool, and another of its first name'

sql -c "CREATE ROLE agentchat_test_reader; GRANT SELECT ON agent_tools TO agentchat_test_reader;
    ALTER TABLE agent_tools ENABLE ROW LEVEL SECURITY;"
is "$(tell one 'SET ROLE agentchat_test_reader; SELECT outcome();')" PT404 'a tool that row-level security hides'
sql -c "CREATE POLICY all_tools ON agent_tools USING (true);"
is "$(tell one 'SELECT outcome();')" false 'a tool that it shows'
sql -c "REVOKE SELECT ON agent_tools FROM agentchat_test_reader;"
is "$(tell one 'SELECT outcome();')" 42501 'a table that the caller may not read'
tell one 'RESET ROLE;'

sql -c "INSERT INTO agent_tools (name, description, schema)
    SELECT 'tool' || n, '', jsonb_build_object('enum', jsonb_build_array(n % 2)) FROM generate_series(1, 300) n;"
is "$(tell one "SELECT count(*) FROM generate_series(1, 300) n
    WHERE outcome('tool' || n)::boolean <> (n % 2 = 1);")" 0 \
    'more tools than the session keeps'
is "$(tell one "SELECT count(*) FROM pg_backend_memory_contexts WHERE name = 'agentchat schema of a tool';")" 64 \
    'it keeps 64'
sql -c "INSERT INTO agent_tools (name, description, schema)
    SELECT 'large' || n, '', jsonb_build_object('enum', jsonb_agg(n || 'x' || m)) FROM generate_series(1, 5) n,
        generate_series(1, 100000) m GROUP BY n;"
is "$(tell one "SELECT string_agg(outcome('large' || n), ' ') FROM generate_series(1, 5) n;")" \
    'false false false false false' 'large schemas'
is "$(tell one "SELECT count(*) BETWEEN 1 AND 4 FROM pg_backend_memory_contexts
    WHERE name = 'agentchat schema of a tool';")" t \
    'it keeps few of them'
done_testing
