#!/usr/bin/env bash
# From every released version to this one: by ALTER EXTENSION UPDATE, and by restoring a dump onto this version.
. test/lib/tap.sh

version=$(sed -n "s/^default_version = '\(.*\)'/\1/p" agentchat.control)

catalogs() { # DATABASE: what adopt() answers for, and the extension's own
    sql -d "$1" -f test/lib/catalog.sql -c "SELECT pg_temp.catalog('public')" -c 'SELECT pg_temp.members()'
}

rows() { # of a dump on stdin: what it copies into the tables, sorted
    sed -n '/^COPY public/,/^\\\.$/p'  | sort
}

same() { # FILE FILE: prints what differs
    diff "$@" | sed 's/^/# /'
    cmp -s "$@"
}

brought_up() { # DATABASE WORDS: adopt() leaves nothing to do, and the database is as a fresh one
    sql -d "$1" -o /dev/null <<<"SELECT agentchat.adopt(); SELECT statement FROM agentchat.adopt() WHERE outcome = 'to do' \gexec"
    is "$(sql -d "$1" -c 'SELECT * FROM agentchat.check()')" '' "$2: nothing is wrong"
    is "$(sql -d "$1" -c 'SELECT * FROM agentchat.adopt()')" '' "$2: nothing is left to adopt"
    catalogs "$1" >"$tmp/catalogs"
    ok "$2: tables and extension are as made by $version" same "$tmp/fresh" "$tmp/catalogs"
}

# get_conversation(uuid) is another function now than the one that clients call.
has_users_objects() { # DATABASE WORDS: the view and the function of the user are what they were
    is "$(sql -d "$1" -c 'SELECT count(*) FROM documents d JOIN documents_before b USING (id, document, last)')" 3 "$2: the user's view works"
    is "$(sql -d "$1" -c 'SELECT count(*) FROM documents_before WHERE document(id) = document')" 3 "$2: the user's function works"
    is "$(sql -d "$1" -c 'SELECT count(*) FROM documents_before WHERE get_conversation(id::text) = document')" 3 "$2: so does the name of a conversation"
}

works() { # DATABASE WORDS: what triggers and functions do
    is "$(sql -d "$1" -c "UPDATE conversations SET title = 'new' WHERE id = (SELECT min(id::text)::uuid FROM conversations)
        RETURNING updated_at = (now() AT TIME ZONE 'utc')")" t "$2: the triggers work"
    is "$(sql -d "$1" -c "SELECT sum(jsonb_array_length(get_conversation(id) -> 'messages')) = (SELECT count(*) FROM messages) FROM conversations")" \
        t "$2: the functions work"
    like "$(sql -d "$1" -c "DELETE FROM agent_tools WHERE name = 'search'" 2>&1 || true)" 'ERROR:  a tool that agent definitions use' \
        "$2: the tools of definitions stay"
    like "$(sql -d "$1" -c "UPDATE workflows SET status = 'completed' WHERE status = 'pending'" 2>&1 || true)" \
        'ERROR:  workflow cannot change to this status' "$2: workflows obey the rules"
    is "$(sql -d "$1" -c "SELECT advance_workflow(min(id::text)::uuid, 'running', '{}') ->> 'status' FROM workflows
        WHERE status = 'pending'")" running \
        "$2: ... and advance"
}

createdb "$PGDATABASE-fresh"
sql -d "$PGDATABASE-fresh" -c 'CREATE EXTENSION agentchat'
catalogs "$PGDATABASE-fresh" >"$tmp/fresh"
ok 'a fresh database is of this version' grep -q "^extension $version " "$tmp/fresh"

ok 'the scripts of released versions have not changed' sha256sum --quiet -c test/data/releases.sha256

for script in src/schema/releases/agentchat--*.sql; do
    release=${script##*/agentchat--}
    release=${release%.sql}
    [[ $release != *--* ]] || continue
    old=$PGDATABASE-$release

    ok "$release is in the list of scripts that do not change" grep -q " $script\$" test/data/releases.sha256

    createdb "$old"
    sql -d "$old" -c "CREATE EXTENSION agentchat VERSION '$release'" -f test/lib/rows.sql -f - <<'SQL'
CREATE VIEW documents AS SELECT c.id, get_conversation(c.id) AS document, get_conversation(c.id, message_limit => 1) AS last
FROM conversations c;
CREATE FUNCTION document(conversation uuid) RETURNS jsonb LANGUAGE sql AS 'SELECT get_conversation($1)';
CREATE TABLE documents_before AS SELECT * FROM documents;
SQL
    pg_dump -a "$old" | rows >"$tmp/before"
    sql -d "$old" -c 'ALTER EXTENSION agentchat UPDATE'
    brought_up "$old" "$release updated"
    pg_dump -a "$old" | rows >"$tmp/after"
    ok "$release updated: every row is as it was" same "$tmp/before" "$tmp/after"
    has_users_objects "$old" "$release updated"
    createdb "$old-dumped"
    pg_dump "$old" | sql -d "$old-dumped" -o /dev/null
    has_users_objects "$old-dumped" "$release updated, dumped and restored"
    works "$old" "$release updated"

    restored=$PGDATABASE-restored-$release
    createdb "$restored"
    ok "a dump of $release is restored" sql -d "$restored" --single-transaction -o /dev/null -f "test/data/dump-$release.sql"
    rows <"test/data/dump-$release.sql" >"$tmp/before"
    pg_dump -a "$restored" | rows >"$tmp/after"
    ok "a dump of $release restored: every row is as it was" same "$tmp/before" "$tmp/after"
    brought_up "$restored" "a dump of $release restored"
    works "$restored" "a dump of $release restored"
done

done_testing
