# shellcheck shell=bash
# The real Drizzle: an object in Node.js, by findFirst, and by get_conversation_json through the same driver, which parses
# the JSON.
for size in 100 1000 10000; do
    node bench/drizzle.js "$(sql -c "SELECT bench.conversation($size)")" |
        row "get_conversation_json of $size messages, in Node.js" "Drizzle's findFirst" times ''
done
