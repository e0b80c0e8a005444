#!/usr/bin/env bash
# The functions in SQL that have the rights of their owner, who is no superuser, tell nothing about others and change
# nothing for them.
. test/lib/tap.sh

version=$(sed -n "s/^default_version = '\(.*\)'/\1/p" agentchat.control)
make -s PG_CONFIG="$PG_CONFIG" "build/agentchat-sql--$version.sql"
for role in owner mallory; do
    sql -c "CREATE ROLE agentchat_test_$role LOGIN PASSWORD '$PGPASSWORD'"
done
sql -c "DO 'BEGIN CREATE ROLE authenticated; EXCEPTION WHEN duplicate_object THEN NULL; END'" \
    -c 'GRANT authenticated TO agentchat_test_mallory' -c 'CREATE DATABASE agentchat_test_owned OWNER agentchat_test_owner'
export PGDATABASE=agentchat_test_owned

owner() { # as sql
    PGUSER=agentchat_test_owner sql "$@"
}

# As sql, by a user of the application who may also make tables. Prints SQLSTATEs for errors.
mallory() {
    PGUSER=agentchat_test_mallory sql -v ON_ERROR_STOP=0 -v VERBOSITY=sqlstate -o /dev/null -c 'SET ROLE authenticated' \
        -c "SET request.jwt.claims = '{\"sub\": \"00000000-0000-4000-8000-000000000002\"}'" -o /dev/stdout "$@" 2>&1
}

owner -q -f <(sed 's/@extschema@/public/g' "build/agentchat-sql--$version.sql")
owner -o /dev/null <<'SQL'
SELECT FROM agentchat.adopt();
INSERT INTO users (id, email) VALUES
    ('00000000-0000-4000-8000-000000000001', 'ada@example.com'),
    ('00000000-0000-4000-8000-000000000002', 'mallory@example.com');
INSERT INTO conversations (id, user_id, title) VALUES
    (md5('of Ada')::uuid, '00000000-0000-4000-8000-000000000001', 'Secret'),
    (md5('own')::uuid, '00000000-0000-4000-8000-000000000002', 'Own');
INSERT INTO messages (id, conversation_id, role, content)
SELECT id, id, 'user', 'x' FROM conversations;
INSERT INTO agent_definitions (id, user_id, name, description, system_prompt)
SELECT id, id, 'Poet', '', '' FROM users;
GRANT CREATE ON SCHEMA public TO authenticated;
SQL

is "$(owner -c "SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user")" f 'the owner is no superuser'
# They answer only about the caller, about what is in a row already, or what append_messages() tells, too.
is "$(owner -c "SELECT string_agg(oid::regprocedure::text, ' ' ORDER BY proname) FROM pg_proc
        WHERE pronamespace IN ('agentchat'::regnamespace, 'public'::regnamespace) AND prosecdef
          AND prorettype <> 'trigger'::regtype AND has_function_privilege('agentchat_test_mallory', oid, 'EXECUTE')")" \
    'agentchat.is_elsewhere(uuid,uuid) agentchat.own_usage_of_agents() agentchat.owns_conversation(uuid) agentchat.owns_run(uuid) agentchat.require_link(text,uuid,uuid,uuid)' \
    'only these functions that everyone may call have the rights of the owner'

# Conversations.
others="md5('of Ada')::uuid" unknown="md5('unknown')::uuid" own="md5('own')::uuid"
keep() { # ID
    mallory -c "BEGIN" -c "SELECT FROM set_config('agentchat_sql.conversation', ($1)::text, true)" \
        -c 'UPDATE agentchat.kept_conversation SET id = id RETURNING id' -c 'COMMIT' | grep -v '^$' || true
}
is "$(keep "$own")" "$(owner -c "SELECT $own")" 'users keep a conversation of their own'
is "$(keep "$others")" '' "... but not another's"
is "$(keep "$unknown")" '' '... nor learn whether it exists'
is "$(mallory -c "SELECT append_messages($others, '[]')")" 'ERROR:  PT404' "nor do they by append_messages()"
is "$(mallory -c 'SELECT agentchat.keep_conversation()')" 'ERROR:  42501' 'they cannot call what keeps it'
is "$(mallory -c 'CREATE VIEW mine AS SELECT 1 AS id' -c "CREATE TRIGGER t INSTEAD OF UPDATE ON mine
    FOR EACH ROW EXECUTE FUNCTION agentchat.keep_conversation()")" 'ERROR:  42501' '... nor make a trigger of it'
owner -c 'GRANT EXECUTE ON FUNCTION agentchat.keep_conversation() TO PUBLIC'
is "$(mallory -c "CREATE VIEW his AS SELECT $others AS id" -c "CREATE TRIGGER t INSTEAD OF UPDATE ON his
    FOR EACH ROW EXECUTE FUNCTION agentchat.keep_conversation()" -c 'UPDATE his SET id = id')" 'ERROR:  39P01' \
    '... which would do nothing, either'
owner -c 'REVOKE EXECUTE ON FUNCTION agentchat.keep_conversation() FROM PUBLIC'

# Links.
for id in "$others" "$unknown" "$own"; do
    is "$(mallory -c "SELECT agentchat.require_link('message_id', $unknown, $id, '00000000-0000-4000-8000-000000000001')")" \
        'ERROR:  42501' "require_link() does not tell whether a row exists: $id"
done
link="INSERT INTO artifacts (user_id, title, type, content, message_id)
    VALUES ('00000000-0000-4000-8000-000000000002', 'x', 'text', 'x',"
is "$(mallory -c "$link $others)")" 'ERROR:  42501' "an artifact cannot refer to another's message"
is "$(mallory -c "$link $own)")" '' '... but to one of the own'
for agent in 1 2; do
    is "$(mallory -c "INSERT INTO agent_instances (user_id, name, definition_id) VALUES
        ('00000000-0000-4000-8000-000000000002', 'x', '00000000-0000-4000-8000-00000000000$agent')")" \
        "$( ((agent == 2)) || echo 'ERROR:  42501')" "an agent of the definition of user $agent"
done

# Trigger functions on a table of one's own.
functions=$(owner -c "SELECT p.oid::regproc FROM pg_proc p WHERE p.pronamespace = 'agentchat'::regnamespace AND p.prosecdef
    AND p.prorettype = 'trigger'::regtype AND has_function_privilege('agentchat_test_mallory', p.oid, 'EXECUTE')")
mallory -c "CREATE TABLE messages_of_mallory (id uuid, conversation_id uuid, user_id uuid, run_id uuid, role text, content text,
    tools jsonb, name text, status text, created_at timestamp)" >"$tmp/table"
for function in $functions; do
    ways=('BEFORE INSERT' 'FOR EACH ROW' 'AFTER INSERT' 'FOR EACH ROW' 'AFTER DELETE' 'FOR EACH ROW'
        'AFTER INSERT' 'REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT'
        'AFTER DELETE' 'REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT')
    said=''
    for ((n = 0; n < ${#ways[@]}; n += 2)); do
        said+=$(mallory -c 'BEGIN' -c "INSERT INTO messages_of_mallory VALUES ($others, $others, '00000000-0000-4000-8000-000000000001')" \
            -c "CREATE TRIGGER t ${ways[n]} ON messages_of_mallory ${ways[n + 1]} EXECUTE FUNCTION $function()" \
            -c "$(if [[ ${ways[n]} == *DELETE ]]; then echo DELETE FROM messages_of_mallory; else
                echo "INSERT INTO messages_of_mallory SELECT * FROM messages_of_mallory"; fi)" -c 'ROLLBACK')
    done
    is "${said//$'\n'/}" "$(printf 'ERROR:  39P01%.0s' 1 2 3 4 5)" "$function() does nothing on a table of others"
done

# The limit of agents.
agent="INSERT INTO agent_instances (user_id, name, definition_id) VALUES
    ('00000000-0000-4000-8000-000000000002', 'x', '00000000-0000-4000-8000-000000000002')"
is "$(mallory -c "$agent")" 'ERROR:  PT402' 'a user has as many agents as allowed'
is "$(mallory -c 'SET agentchat.default_agent_limit = 100' -c "$agent")" 'ERROR:  PT402' '... whatever the session sets'
like "$(owner -c "ALTER DATABASE $PGDATABASE SET agentchat.default_agent_limit = 2" 2>&1)" 'permission denied' \
    'an owner who is no superuser cannot store the setting'
# shellcheck disable=SC2016 # $$ is SQL's
owner -c 'CREATE OR REPLACE FUNCTION agentchat.default_agent_limit() RETURNS integer LANGUAGE sql STABLE AS $$SELECT 2$$'
is "$(mallory -c "$agent")" '' '... but replaces the function that returns the limit'
is "$(mallory -c "$agent")" 'ERROR:  PT402' '... up to that limit'
like "$(mallory -c 'SELECT agent_usage()')" '"used": 2' '... agent_usage() tells it'

# FORCE ROW LEVEL SECURITY hides rows from the owner. A rule fails then, and does not count what it sees.
owner -c 'ALTER TABLE agent_instances FORCE ROW LEVEL SECURITY'
is "$(mallory -c "$agent")" 'ERROR:  42501' 'under FORCE ROW LEVEL SECURITY, no one gets an agent'
is "$(mallory -c 'SELECT agent_usage()')" 'ERROR:  42501' '... and agent_usage() fails'
owner -c 'ALTER TABLE agent_instances NO FORCE ROW LEVEL SECURITY'
owner -c 'ALTER TABLE agent_definitions FORCE ROW LEVEL SECURITY' \
    -c "INSERT INTO agent_tools (name, description, schema) VALUES ('search', '', '{}')"
is "$(owner -v ON_ERROR_STOP=0 -v VERBOSITY=sqlstate -c 'DELETE FROM agent_tools' 2>&1)" 'ERROR:  42501' \
    '... and a tool stays, because definitions that use it could be hidden'
owner -c 'ALTER TABLE agent_definitions NO FORCE ROW LEVEL SECURITY' -c 'DELETE FROM agent_tools'

# A user who is not the owner cannot make a write look like a restore.
is "$(mallory -c 'SET row_security = off' -c "$agent")" 'ERROR:  42501' 'users cannot say that they restore a dump'
is "$(PGUSER=agentchat_test_mallory sql -v ON_ERROR_STOP=0 -v VERBOSITY=sqlstate -c "SET session_replication_role = replica" 2>&1)" \
    'ERROR:  42501' '... nor switch triggers off'

done_testing
