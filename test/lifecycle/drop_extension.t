#!/usr/bin/env bash
# Not a row is lost when the extension goes, and everything is as before when it comes back.
. test/lib/databases.sh

owner() { # SQL...
    local commands=() command
    for command; do
        commands+=(-c "$command")
    done
    as owner sql -d used "${commands[@]}" 2>&1 || true
}

# Prints the user's part of a snapshot.
without_extension() {
    grep -vE '^(extension|schema) \| agentchat |^[a-z]+ \| agentchat\.|^function .* \| member \||EXECUTE FUNCTION agentchat\.|^policy .*(current_user_id|agentchat.owns_conversation)\('
}

goes_and_comes() { # WAY SCHEMA CREATOR
    local name="$1, extension in $2"
    if [[ $1 == cascade ]]; then
        owner 'SET client_min_messages = error' 'DROP EXTENSION agentchat CASCADE' >/dev/null
    else
        is "$(owner "SELECT string_agg(statement, '; ') ~ '^(DROP (TRIGGER agentchat|POLICY [a-z]+)_[a-z_]+ ON $2.[a-z_]+(; |$))+$' FROM agentchat.detach()" \
            'DROP EXTENSION agentchat')" t "$name: a plain DROP works"
    fi
    is_same used "$tmp/without" "$name: nothing is lost but functions and triggers"
    is "$(owner "SET search_path = $2" 'BEGIN' "INSERT INTO users (email) VALUES ('eve@example.com')" \
        "INSERT INTO conversations (user_id, title) SELECT id, 'Hi' FROM users WHERE email = 'eve@example.com'" \
        "UPDATE conversations SET title = 'Hello' WHERE title = 'Hi' RETURNING title" 'SELECT count(*) FROM conversations' 'ROLLBACK')" \
        $'Hello\n61' "$name: the owner goes on"
    is "$(as authenticated sql -d used -c "SELECT count(*) FROM $2.conversations" 2>&1)" 0 "$name: nothing opens up"

    # The owner of the schema decides about its contents, whoever creates it.
    local created
    created=$(as "$3" psql -Xd used -c "CREATE EXTENSION agentchat SCHEMA $2" 2>&1)
    like "$created" '^NOTICE:  agentchat created no tables because some of their names are already in use' "$name: CREATE EXTENSION makes no tables"
    # The notice is that of the script that made the extension.
    [[ -n ${BY_UPDATE-} ]] || like "$created" 'SELECT \* FROM agentchat\.adopt\(\)' "$name: and says what to do"
    is "$(owner "SELECT DISTINCT outcome FROM agentchat.adopt()")" "done" "$name: adopt() after CREATE EXTENSION by $3"
    is_same used "$tmp/before" "$name: the same as before"
    is "$(owner 'SELECT * FROM agentchat.adopt()')" "" "$name: adopt() again does nothing"
    is "$(answers used owner "$2" 2>&1)" "$(cat "$tmp/before.answers")" "$name: works"
}

role owner
role authenticated
for schema in public chat; do
    customised_database used owner $schema 0.7
    answers used owner $schema >"$tmp/before.answers"
    snapshot used >"$tmp/before"
    without_extension <"$tmp/before" >"$tmp/without"

    refused=$(owner 'DROP EXTENSION agentchat')
    like "$refused" '^ERROR:  cannot drop extension agentchat because other objects depend on it' "extension in $schema: DROP is refused"
    like "$refused" '^DETAIL:  trigger agentchat_set_updated_at on table [a-z.]+ depends on function' "extension in $schema: and says why"
    owner 'SELECT agentchat.detach()' 'SELECT agentchat.adopt()' >/dev/null
    is_same used "$tmp/before" "extension in $schema: adopt() after detach() puts all back"

    goes_and_comes cascade $schema owner
    goes_and_comes detach $schema owner
    goes_and_comes cascade $schema postgres
    dropdb used
done
done_testing
