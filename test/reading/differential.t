#!/usr/bin/env bash
# Compares get_conversation with the same value by SQL, byte for byte, and get_conversation_json with get_conversation:
# for chosen conversations, then for random ones. A round is 25 conversations in tables of a random shape. The seed of a
# failed round repeats it:
#   SEED=17 CONVERSATIONS=25 scripts/test test/reading/differential.t
. test/lib/tap.sh
conversations=${CONVERSATIONS:-1000}
# The functions in SQL are slower.
[[ ${EDITION-} != sql ]] || conversations=${CONVERSATIONS:-150}
first_seed=${SEED:-1}
round_size=25

cat test/lib/differential/{values,compare,chosen,round}.sql |
    sql -c 'CREATE EXTENSION agentchat; CREATE SCHEMA test' -f -

no_difference() { # QUERY NAME: it returns what went wrong
    is "$(sql -c "BEGIN; $1 LIMIT 3; ROLLBACK" 2>&1)" '' "$2"
}

while IFS=$'\t' read -r n name; do
    no_difference "SELECT problem FROM test.chosen c, test.check_chosen(c) problem WHERE n = $n" "$name"
done < <(sql -F $'\t' -c 'SELECT n, name FROM test.chosen ORDER BY n')

for ((tried = 0; tried < conversations; tried += round_size)); do
    seed=$((first_seed + tried / round_size))
    no_difference "SELECT problem FROM test.round($seed, $round_size) problem" \
        "$round_size random conversations, SEED=$seed"
done
done_testing
