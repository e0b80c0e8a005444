#!/usr/bin/env bash
# The limit on agents holds in new sessions, which do not know its setting yet, and in prepared transactions, and a
# client sees why it was refused.
. test/lib/databases.sh

ada="'00000000-0000-0000-0000-0000000000a1'"
insert="INSERT INTO agent_instances (user_id, definition_id, name) SELECT user_id, id, 'A poet' FROM agent_definitions"
make_tables=$(cat <<END_OF_SQL
CREATE EXTENSION agentchat;
SELECT FROM agentchat.adopt();
INSERT INTO users (id, email) VALUES ($ada, 'ada@example.com');
INSERT INTO agent_definitions (user_id, name, description, system_prompt) VALUES ($ada, 'Poet', '', '');
GRANT SELECT, INSERT, DELETE ON users, agent_definitions, agent_instances TO authenticated;
END_OF_SQL
)

role owner
role authenticated
sql -c "ALTER DATABASE $PGDATABASE OWNER TO owner"
as owner sql -o /dev/null -c "$make_tables"

# Prints the outcome of an INSERT of two agents, after the given commands in a new session of the role.
two() { # ROLE SQL...
    local commands=() command
    for command in "${@:2}"; do
        commands+=(-c "$command")
    done
    as "$1" sql -v ON_ERROR_STOP=0 -v VERBOSITY=verbose "${commands[@]}" -c "$claims" -c 'BEGIN' -c "$insert UNION ALL
        SELECT user_id, id, 'Another' FROM agent_definitions" -c 'SELECT count(*) FROM agent_instances' -c 'ROLLBACK' 2>&1 || true
}
claims="SELECT FROM set_config('request.jwt.claims', '{\"sub\": \"' || $ada || '\"}', false)"

refusal=$(two authenticated)
like "$refusal" '^ERROR:  PT402: agent limit reached$' "a client sees SQLSTATE and message"
like "$refusal" "^DETAIL:  user ${ada//\'/}, limit 1, used 0, plan none\$" "... the numbers in the detail"
like "$refusal" '^HINT:  .' "... and a hint"

# A session that has not loaded the library accepts any value for the setting, and must not keep it.
set='SET agentchat.default_agent_limit = -1'
like "$(two authenticated "$set")" '^ERROR:  PT402' "a user sets agentchat.default_agent_limit first"
like "$(two authenticated "SELECT FROM set_config('agentchat.default_agent_limit', '5', false)")" '^ERROR:  PT402' \
    "... by set_config"
like "$(two owner "$set")" '^ERROR:  PT402' "... the owner of the database"
like "$(PGOPTIONS='-c agentchat.default_agent_limit=-1' two authenticated)" '^ERROR:  PT402' "... when connecting"
like "$(two authenticated 'BEGIN' "$set" 'SAVEPOINT s' "$set" 'COMMIT')" '^ERROR:  PT402' "... in savepoints"
for statement in "ALTER ROLE authenticated $set" "ALTER DATABASE $PGDATABASE $set" \
                 "CREATE FUNCTION pg_temp.f() RETURNS int LANGUAGE sql $set RETURN 1"; do
    like "$(as owner sql -c "$statement" 2>&1)" '^ERROR: .*permission denied|must be' "the owner cannot: $statement"
done
of_the_session() { # GOT NAME
    if [[ ${EDITION-} == sql ]]; then
        like "$1" '^ERROR:  PT402' "$2: no, functions in SQL read only the setting of the database"
    else
        is "$1" 2 "$2"
    fi
}
of_the_session "$(two postgres "$set")" "a superuser can set it first"
of_the_session "$(two postgres "$set" 'SET ROLE authenticated')" "... it holds after they become the user"

sql -c "ALTER DATABASE $PGDATABASE SET agentchat.default_agent_limit = 2"
is "$(two authenticated)" 2 "a superuser's setting for the database holds for a user's new session"
like "$(two authenticated "$claims" 'BEGIN' "$insert")" ', limit 2, used 1, plan none$' "... up to that limit"
is "$(as authenticated sql -c "$claims" -c "SELECT agent_usage() -> 'limit'")" 2 "... agent_usage() tells it"
sql -c "ALTER DATABASE $PGDATABASE RESET agentchat.default_agent_limit" \
    -c 'ALTER ROLE authenticated SET agentchat.default_agent_limit = -1'
of_the_session "$(two authenticated)" "... a superuser's setting for the role holds, too"
sql -c 'ALTER ROLE authenticated RESET agentchat.default_agent_limit' \
    -c 'GRANT SET ON PARAMETER agentchat.default_agent_limit TO authenticated'
of_the_session "$(two authenticated "$set")" "a role with a grant on the setting can set it"
sql -c 'REVOKE SET ON PARAMETER agentchat.default_agent_limit FROM authenticated'

# A session follows changes by others.
start_session keeper
refused() { # WORDS
    like "$(tell keeper "$insert;")" '^ERROR:  agent limit reached$' "$1"
}
tell keeper "$insert;" >/dev/null
refused "a session is refused another agent"
as owner sql -c 'DROP EXTENSION agentchat CASCADE' -c 'CREATE EXTENSION agentchat' -c 'SELECT FROM agentchat.adopt()' \
    >/dev/null 2>&1
refused "... after the extension was dropped and made again"
sql -c "ALTER SCHEMA public RENAME TO chat"
tell keeper "SET search_path = chat;"
refused "... and the schema got another name"
sql -c "ALTER SCHEMA chat RENAME TO public"
tell keeper "RESET search_path;"
sql -c "ALTER TABLE agent_instances RENAME TO other" -c "CREATE TABLE agent_instances (LIKE other INCLUDING ALL)" \
    -c "DROP TABLE agent_instances" -c "ALTER TABLE other RENAME TO agent_instances"
refused "... and the table was another one for a while"

# A prepared transaction keeps others waiting until it ends.
start_cluster prepared
export PGHOST=$tmp/prepared PGUSER=bootstrap PGDATABASE=template1
sql -c 'ALTER SYSTEM SET max_prepared_transactions = 2'
as_server_user pg_ctl -D "$tmp/prepared" -w restart >/dev/null
sql -c 'CREATE ROLE authenticated' -o /dev/null -c "$make_tables"
start_session first
tell first "BEGIN; $insert; PREPARE TRANSACTION 'first';" >/dev/null
for session in "$(tell first "SET lock_timeout = '0.2s'; $insert;")" "$(sql -c "SET lock_timeout = '0.2s'" -c "$insert" 2>&1)"; do
    like "$session" 'lock timeout' "while a transaction is prepared that made an agent, another one waits"
done
tell first "COMMIT PREPARED 'first'; RESET lock_timeout;" >/dev/null
like "$(tell first "$insert;")" 'agent limit reached' "... and is refused after its commit"
tell first "DELETE FROM agent_instances; BEGIN; $insert; PREPARE TRANSACTION 'second'; ROLLBACK PREPARED 'second';" >/dev/null
is "$(tell first "$insert;")" "" "... or gets its agent after its rollback"
done_testing
