# shellcheck shell=bash
# The newest 50 messages of a conversation of 1,000,000 against those of one of 100. The newest of both are the
# same.
sql -f bench/million.sql

newest() { # FUNCTION SIZE
    echo "SELECT $1(bench.conversation($2), message_limit => 50)"
}
for function in get_conversation get_conversation_json; do
    compared "$(newest $function 1000000)" "$(newest $function 100)" |
        row "$function, newest 50 of 1,000,000" 'newest 50 of 100' share 1.3
done
