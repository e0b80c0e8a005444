#!/usr/bin/env bash
# docs/troubleshooting.md quotes what the server says.
# shellcheck source=SCRIPTDIR/../lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
cd "$(dirname "$0")/../.."

# What is quoted: the lines of the blocks of text, and the messages in the table. … stands for any text.
# shellcheck disable=SC2016 # the backquotes are Markdown's
quoted() {
    sed -n '/^```text$/,/^```$/p' docs/troubleshooting.md | grep -E '^(ERROR|HINT|NOTICE):'
    sed -nE 's/^\| (NOTICE|ERROR)[^:]*: `([^`]*)`.*/\1:  \2/p' docs/troubleshooting.md
}

says() { # STATEMENT [psql's arguments]: runs it, and tests that the page quotes each ERROR, NOTICE, and the HINT of an ERROR
    local line got found
    got=$(sql "${@:2}" -c "$1" 2>&1 | sed 's/agentchat_absent/agentchat/g' | grep -E '^(ERROR|NOTICE|HINT):') || true
    # A hint of a NOTICE, or of an error of our own, is for the one who sees it.
    [[ $got == *' extension "agentchat"'* ]] || got=$(grep -v '^HINT' <<<"$got") || true
    while read -r line; do
        found=no
        while read -r shown; do
            # shellcheck disable=SC2053 # the page's … is a pattern
            [[ $line != ${shown//…/*} ]] || found=yes
        done < <(quoted)
        is "$found" yes "the page quotes $line"
    done <<<"${got:-nothing was said}"
}

for name in theirs filled taken restored; do createdb "$name"; done
trap 'for name in theirs filled taken restored; do dropdb "$name"; done; sql -c "DROP ROLE newcomer"' EXIT
sql -c 'CREATE ROLE newcomer'

says 'CREATE EXTENSION agentchat_absent'
says 'SET ROLE newcomer; CREATE EXTENSION agentchat'
says 'CREATE TABLE users (id uuid); CREATE EXTENSION agentchat' -d filled
says 'SET row_security = off; CREATE EXTENSION agentchat' -d restored
says 'CREATE SCHEMA agentchat; CREATE EXTENSION agentchat' -d taken
sql -d theirs -c 'CREATE FUNCTION current_user_id() RETURNS uuid RETURN gen_random_uuid()'
says 'CREATE EXTENSION agentchat' -d theirs
sql -c 'CREATE EXTENSION agentchat'
says 'SET ROLE newcomer; SELECT FROM conversations'
done_testing
