#!/usr/bin/env bash
# Compares the functions in SQL (src/schema/sql_edition/) with those in C++, in one database: the formats rows, drizzle
# and ai-sdk of get_conversation and get_conversation_json, byte for byte, and their errors. The conversations are those
# of differential.t, those of the tests of the formats, and ones of random parts. The seed of a failed round repeats it:
#   SEED=17 CONVERSATIONS=25 scripts/test test/reading/editions.t
. test/lib/tap.sh
conversations=${CONVERSATIONS:-75}
first_seed=${SEED:-1}
round_size=25

export PGOPTIONS='-c client_min_messages=warning'
sql -c 'CREATE EXTENSION agentchat'
# The SQL edition in schemas of its own, for the tables of the extension.
sql -c 'CREATE SCHEMA in_sql'
sql_edition in_sql | sed 's/\bagentchat\b/sql_edition/g' | sql -f -
sql -c "CREATE OR REPLACE FUNCTION sql_edition.tables_schema() RETURNS oid LANGUAGE sql
    RETURN 'public'::regnamespace::oid"
cat test/lib/differential/{values,compare,chosen,round,editions}.sql | sql -c 'CREATE SCHEMA test' -f -

no_difference() { # QUERY NAME: it returns what went wrong
    is "$(sql -c "BEGIN; $1 LIMIT 3; ROLLBACK" 2>&1)" '' "$2"
}

while IFS=$'\t' read -r n name; do
    no_difference "SELECT problem FROM test.chosen c, test.check_chosen(c) problem WHERE n = $n" "$name"
done < <(sql -F $'\t' -c "SELECT n, name FROM test.chosen WHERE name !~ 'TOAST|10 MB|10000|^times$' ORDER BY n")

for ((tried = 0; tried < conversations; tried += round_size)); do
    seed=$((first_seed + tried / round_size))
    no_difference "SELECT problem FROM test.round($seed, 5) problem" \
        "5 random conversations in random tables, SEED=$seed"
    no_difference "SELECT problem FROM test.round_of_parts($seed, $round_size) problem" \
        "$round_size conversations of random parts, SEED=$seed"
done

sql -c "INSERT INTO users (id, email) VALUES (md5('ada')::uuid, 'ada@example.com')" \
    -c 'ALTER TABLE messages DROP CONSTRAINT messages_role_check'
test/lib/differential/ui_conversations.js "$first_seed" "$conversations" | sql -f -
no_difference "SELECT title, problem FROM conversations, test.check(id) problem WHERE problem IS NOT NULL" \
    "the conversations of the tests of the formats, and $conversations random ones, SEED=$first_seed"

# ---- errors

sql -c "INSERT INTO conversations (id, user_id, title) VALUES (md5('c')::uuid, md5('ada')::uuid, 'T')"
for call in "'', 'rows', NULL, NULL" "repeat('x', 256), 'rows', NULL, NULL" "'not a uuid', 'rows', NULL, NULL" \
    "NULL, 'nothing', NULL, NULL" "md5('c'), 'nothing', 0, NULL" "NULL, 'ai-sdk', 0, NULL" \
    "md5('none'), 'ai-sdk', NULL, 'x'" "md5('c'), 'ai-sdk', NULL, 'x'" "md5('c'), 'ai-sdk', 2, md5('x')" \
    "md5('c'), NULL, 2, ''" "md5('c'), 'ai-sdk', NULL, NULL"; do
    no_difference "SELECT p FROM test.editions_differ($call) p WHERE p IS NOT NULL" "get_conversation($call)"
done

# ---- ids of clients, with the SHA-1 of pgcrypto

sql -c 'CREATE SCHEMA extensions; CREATE EXTENSION pgcrypto SCHEMA extensions'
no_difference "SELECT problem FROM test.round_of_parts($first_seed, $round_size) problem" \
    "$round_size conversations of random parts, with pgcrypto, SEED=$first_seed"

# ---- tables that users have changed

sql -c 'ALTER TABLE messages DROP CONSTRAINT messages_parts_check, DROP CONSTRAINT messages_attachments_check'
for change in 'ALTER created_at TYPE timestamptz' 'DROP parts' \
    'DROP content, DROP role, DROP reasoning, DROP attachments' 'ALTER role TYPE char(12)' \
    'ALTER parts TYPE json, ALTER content TYPE jsonb USING to_jsonb(content)' \
    'ALTER parts TYPE text, ALTER attachments TYPE text'; do
    no_difference "ALTER TABLE messages $change;
        SELECT problem FROM (SELECT id FROM conversations ORDER BY id LIMIT 30) c, unnest('{NULL, 3}'::int[]) l,
            test.check(id, l) problem WHERE problem IS NOT NULL" "ALTER TABLE messages $change"
done
done_testing
