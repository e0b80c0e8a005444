#!/usr/bin/env bash
# Twenty sessions race for the agents of a few users, in all ways and at all isolation levels, for SECONDS_ seconds. No
# user ever has too many agents, and the limit is the only reason for a refusal.
# shellcheck disable=SC2016 # awk has its own $1
. test/lib/tap.sh
. test/lib/race.sh
seconds=${SECONDS_:-60}

sql -o /dev/null <<'SQL'
CREATE EXTENSION agentchat;
SELECT FROM agentchat.adopt();

-- The sessions race for users 1 to 6. The last of them and the many others have no limit.
INSERT INTO users (id, email) SELECT md5(n::text)::uuid, n || '@example.com' FROM generate_series(1, 1200) n;
INSERT INTO agent_definitions (id, user_id, name, description, system_prompt)
VALUES (md5('1')::uuid, md5('1')::uuid, 'Poet', '', '');
INSERT INTO subscriptions (user_id, plan, status, is_active, agent_limit)
SELECT md5(n::text)::uuid, 'pro', 'active', true, agent_limit
FROM (VALUES (1, 3), (2, 5), (3, 2), (3, 4), (5, 8), (6, 2)) v (n, agent_limit)
UNION ALL SELECT md5(n::text)::uuid, 'enterprise', 'active', true, -1 FROM generate_series(6, 1200) n;

ALTER TABLE agent_instances ALTER COLUMN definition_id SET DEFAULT md5('1')::uuid;
CREATE INDEX ON agent_instances (name);
CREATE VIEW too_many AS
SELECT user_id, count(*) FROM agent_instances i
    JOIN (VALUES (1, 3), (2, 5), (3, 4), (4, 1), (5, 8)) v (n, agent_limit) ON md5(n::text)::uuid = user_id
WHERE status <> 'archived'
GROUP BY user_id, agent_limit HAVING count(*) > agent_limit;
SQL

# Prints what a session does, without end. Each session touches only its own agents, which have its number as a name,
# because any row that two sessions change at once is 40001 under REPEATABLE READ. "# LEVEL WAY" comes before each
# transaction.
statements() { # SESSION
    awk -v session="$1" -v seed="$RANDOM" -v seconds="$seconds" '
        function below(n) { return int(rand() * n) }
        function user() { return sprintf("md5(\047%d\047)::uuid", 1 + below(6)) }
        function uuid(n) { return sprintf("md5(\047%d of %d\047)::uuid", n, session) }
        function insert(values) { return "INSERT INTO agent_instances (name, user_id) " values }
        function row() { return "(\047" session "\047, " user() ")" }
        function mine(status) {
            return "id IN (SELECT id FROM agent_instances WHERE name = \047" session "\047 AND status " status \
                " LIMIT " 1 + below(2) ")"
        }
        function upserted(n) { return "(\047" session "\047, " user() ", " uuid(n) ")" }
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
                if (way < 30)
                    say("one", insert("VALUES " row()))
                else if (way < 40)
                    say("some", insert("VALUES " row() ", " row() ", " row()))
                else if (way < 45)
                    say("copy", "COPY agent_instances (name, user_id) FROM STDIN;\n" \
                        session "\tc4ca4238-a0b9-2382-0dcc-509a6f75849b\n" \
                        session "\tc81e728d-9d4c-2f63-6f06-7f89cc14862c\n\\.\nSELECT")
                else if (way < 53)
                    say("delete", "DELETE FROM agent_instances WHERE name = \047" session "\047 AND random() < 0.5")
                else if (way < 60)
                    say("archive", "UPDATE agent_instances SET status = \047archived\047 WHERE " mine("<> \047archived\047"))
                else if (way < 70)
                    say("bring_back", "UPDATE agent_instances SET status = \047paused\047 WHERE " mine("= \047archived\047"))
                else if (way < 78)
                    say("give", "UPDATE agent_instances SET user_id = " user() " WHERE " mine("IS NOT NULL"))
                else if (way < 86)
                    say("upsert", "INSERT INTO agent_instances (name, user_id, id) VALUES " \
                        upserted(1) ", " upserted(2) " ON CONFLICT (id) DO UPDATE" \
                        " SET user_id = excluded.user_id, status = \047active\047")
                else if (way < 90) {
                    owner = "VALUES " row()
                    say("savepoint", "BEGIN; SAVEPOINT s; " insert(owner) "; ROLLBACK TO s; " insert(owner) "; COMMIT")
                } else if (way < 99)
                    say("open", "BEGIN; " insert("VALUES " row()) "; SELECT FROM pg_sleep(0.01); " \
                        (below(3) ? "COMMIT" : "ROLLBACK"))
                else
                    say("many", insert("SELECT \047" session "\047, id FROM users WHERE id <> " user()))
            }
        }'
}

race too_many "$seconds" "no user ever has too many agents"

# LEVEL WAY OUTCOME of each transaction, with "used" and "limit" of the detail if it was refused.
awk '
    function done() { if (level) print level, way, outcome }
    /^# / { done(); level = $2; way = $3; outcome = "done" }
    /^ERROR:|^FATAL:|^psql:|^WARNING:/ && $2 != "25P02:" { outcome = $2 }
    /^DETAIL:  user / { outcome = outcome " " substr($5, 1, length($5) - 1) " " substr($7, 1, length($7) - 1) }
    FNR == 1 && NR > 1 { level = "" }
    END { done() }' "$tmp"/*.log >"$tmp/outcomes"
cut -d' ' -f-3 "$tmp/outcomes" | sort | uniq -c | sed 's/^/# /'

each_level_refuses_some PT402
# PL/pgSQL sees only the snapshot of the transaction, and fails if others have gained agents since. Its upserts take the
# locks of the users in two steps, which can be a deadlock.
if [[ ${EDITION-} == sql ]]; then
    is "$(count '$3 != "done" && $3 != "PT402:" && !($1 != "READ_COMMITTED" && $3 == "40001:") &&
        !($2 == "upsert" && $3 == "40P01:")')" 0 "nothing else happens, but 40001 and deadlocks of upserts"
else
    is "$(count '$3 != "done" && $3 != "PT402:" && !($1 == "SERIALIZABLE" && $3 == "40001:")')" 0 \
        "nothing else happens, but 40001 under SERIALIZABLE"
fi
is "$(count '$3 == "PT402:" && $2 == "one" && $4 != $5')" 0 "a user who is refused one agent has reached the limit"
is "$(count '$3 == "PT402:" && ($5 == "" || $5 > $4 || $4 == -1)')" 0 "no refused user is over the limit or has none"

# There is room for as many agents as before.
sql -c "UPDATE agent_instances SET status = 'archived'" \
    -c "INSERT INTO agent_instances (name, user_id) SELECT 'last', md5(n::text)::uuid
        FROM (VALUES (1, 3), (2, 5), (3, 4), (4, 1), (5, 8)) v (n, agent_limit), generate_series(1, agent_limit)"
is "$(sql -c "SELECT count(*) FROM agent_instances WHERE name = 'last'")" 21 "then each user gets as many agents as the limit allows"
done_testing
