#!/usr/bin/env bash
# Twenty sessions write definitions, and delete, rename and create the tools that these name, in all ways and at all
# isolation levels, for SECONDS_ seconds. No definition ever names a tool that does not exist, and nothing else than
# the rules, conflicts of names, deadlocks between several rows and 40001 is a reason for a refusal.
# shellcheck disable=SC2016 # awk has its own $1
. test/lib/tap.sh
. test/lib/race.sh
seconds=${SECONDS_:-60}

sql <<'SQL'
CREATE EXTENSION agentchat;
INSERT INTO users (id, email) VALUES (md5('ada')::uuid, 'ada@example.com');
INSERT INTO agent_tools (id, name, description, schema)
SELECT md5('tool ' || n)::uuid, 'tool ' || n, '', '{"type": "object"}' FROM generate_series(1, 20) n;
ALTER TABLE agent_definitions ADD COLUMN session int, ALTER COLUMN user_id SET DEFAULT md5('ada')::uuid,
    ALTER COLUMN name SET DEFAULT '', ALTER COLUMN description SET DEFAULT '', ALTER COLUMN system_prompt SET DEFAULT '';
CREATE INDEX ON agent_definitions (session);
CREATE VIEW missing AS
SELECT d.id, tool FROM agent_definitions d, jsonb_array_elements_text(tools) tool
WHERE NOT EXISTS (SELECT FROM agent_tools t WHERE t.name = tool OR t.id::text = lower(tool));
SQL

# Prints what a session does, without end. Each session has definitions of its own, and shares the tools. "# LEVEL WAY"
# comes before each transaction.
statements() { # SESSION
    awk -v session="$1" -v seed="$RANDOM" -v seconds="$seconds" '
        function below(n) { return int(rand() * n) }
        function id() { return sprintf("md5(\047tool %d\047)::uuid", 1 + below(30)) }
        function name() { return sprintf("\047tool %d\047", 1 + below(30)) }
        function named() { return below(3) ? name() : below(2) ? id() : "upper(" id() "::text)" }
        function tools(    n, list) {
            list = named()
            for (n = below(3); n > 0; n--) list = list ", " named()
            return "jsonb_build_array(" list ")"
        }
        function mine() { return "session = " session " AND random() < 0.7" }
        function say(way, statement) { print "\\echo \047#\047 " level " " way; print statement ";" }
        BEGIN {
            srand(seed)
            split("READ COMMITTED,REPEATABLE READ,SERIALIZABLE", levels, ",")
            print "SELECT clock_timestamp() + interval \047" seconds "s\047 AS until \\gset"
            for (n = 0; ; n++) {
                if (n % 10 == 0) {
                    level = levels[1 + below(3)]
                    print "SELECT clock_timestamp() > :\047until\047 AS over \\gset\n\\if :over\n\\q\n\\endif"
                    print "SET default_transaction_isolation = \047" level "\047;"
                    sub(" ", "_", level)
                }
                way = below(100)
                insert = "INSERT INTO agent_definitions (session, tools) VALUES (" session ", " tools() ")"
                remove = "DELETE FROM agent_definitions WHERE " mine()
                if (way < 25)
                    say("insert", insert)
                else if (way < 35)
                    say("update", "UPDATE agent_definitions SET tools = " tools() " WHERE " mine())
                else if (way < 60)
                    say("remove", remove)
                else if (way < 70)
                    say("delete", "DELETE FROM agent_tools WHERE name = " name())
                else if (way < 75)
                    say("delete_id", "DELETE FROM agent_tools WHERE id = " id())
                else if (way < 82)
                    say("rename", "UPDATE agent_tools SET name = " name() " WHERE id = " id())
                else if (way < 85)
                    say("new_id", "UPDATE agent_tools SET id = " id() " WHERE name = " name())
                else if (way < 90)
                    say("create", "INSERT INTO agent_tools (id, name, description, schema)" \
                        " VALUES (" id() ", " name() ", \047\047, \047{}\047) ON CONFLICT DO NOTHING")
                else if (way < 94)
                    say("describe", "UPDATE agent_tools SET description = description || \047.\047 WHERE id = " id())
                else if (way < 96)
                    say("savepoint", "BEGIN; SAVEPOINT s; " insert "; ROLLBACK TO s; " remove "; COMMIT")
                else
                    say("open", "BEGIN; " insert "; SELECT FROM pg_sleep(0.01); " (below(3) ? "COMMIT" : "ROLLBACK"))
            }
        }'
}

race missing "$seconds" "no tool of a definition is ever missing"

# LEVEL WAY OUTCOME of each transaction.
awk '
    function done() { if (level) print level, way, outcome }
    /^# / { done(); level = $2; way = $3; outcome = "done" }
    /^ERROR:|^FATAL:|^psql:|^WARNING:/ && $2 != "25P02:" { outcome = $2 }
    FNR == 1 && NR > 1 { level = "" }
    END { done() }' "$tmp"/*.log >"$tmp/outcomes"
sort "$tmp/outcomes" | uniq -c | sed 's/^/# /'

each_level_refuses_some 23503
for way in insert update delete delete_id rename; do
    ok "$way: some are refused" test "$(count "\$2 == \"$way\" && \$3 == \"23503:\"")" -gt 0
    ok "$way: some are not" test "$(count "\$2 == \"$way\" && \$3 == \"done\"")" -gt 0
done
# The functions in SQL refuse to delete and rename tools in a transaction with one snapshot.
one_snapshot='40001:'
if [[ ${EDITION-} == sql ]]; then
    one_snapshot='(40001|0A000):'
fi
is "$(count '$3 !~ /^(done|23503:|40P01:)$/ && !($3 ~ /^'"$one_snapshot"'$/ && $1 != "READ_COMMITTED") &&
    !($3 == "23505:" && $2 ~ /^(rename|new_id|create)$/)')" 0 "nothing else happens"
is "$(count '$2 ~ /^(remove|describe)$/ && $3 !~ /^(done|40001:)$/')" 0 "who deletes definitions or describes tools is never refused"
done_testing
