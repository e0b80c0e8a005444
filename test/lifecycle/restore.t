#!/usr/bin/env bash
# Nobody loses or bends a row by backup and restore: whatever way a database takes through pg_dump, it is the same
# afterwards, with all that a user has added, and works.
. test/lib/databases.sh

dump() {
    as "$restorer" pg_dump "$@" "$source"
}
restore() {
    as "$restorer" psql -XAtq -v ON_ERROR_STOP=1 --single-transaction -d restored "$@" >/dev/null
}

# The ways from the database $source to the empty one "restored", gone by the role $restorer.
plain() { dump | restore; }
custom() { dump -Fc -f "$tmp/custom" && as "$restorer" pg_restore -j4 --exit-on-error -d restored "$tmp/custom"; }
directory() {
    rm -rf "$tmp/directory"
    dump -Fd -j2 -f "$tmp/directory" && as "$restorer" pg_restore -j2 --exit-on-error -d restored "$tmp/directory"
}
clean() { dump --clean --if-exists | restore; }
no_owner() { dump --no-owner | restore; }
inserts() { dump --column-inserts --rows-per-insert=10 | restore; }
# The dump creates the schema, without PostgreSQL's own grants on it.
schema_public() {
    restore -c 'DROP SCHEMA public'
    dump -n public -e agentchat | restore
    restore -c 'GRANT USAGE ON SCHEMA public TO PUBLIC'
}
schema_then_data() { dump --schema-only | restore && dump --data-only | restore; }
enable_row_security() { dump --enable-row-security | sed 's/^SET row_security = on;/SET row_security = off;/' | restore; }
enable_row_security_custom() { dump --enable-row-security -Fc | as "$restorer" pg_restore --exit-on-error -d restored; }
schema_chat() {
    dump -n "$schema" -e agentchat | restore
}

is_restored() { # DATABASE SOURCE OWNER SCHEMA NAME
    is_same "$1" "$tmp/$2" "$5: the same"
    is "$(answers "$1" "$3" "$4" 2>&1)" "$(cat "$tmp/$2.answers")" "$5: works"
}

restores() { # WAY RESTORER SCHEMA
    local way=$1 restorer=$2 schema=$3 source=source_$3 owner=owner
    [[ $way != no_owner ]] || owner=$restorer
    if [[ $way == clean ]]; then
        # Over an older state.
        filled_database restored "$owner" "$schema" 0.9
    else
        empty_database restored "$owner"
    fi
    $way 2>"$tmp/errors" || sed 's/^/# /' "$tmp/errors"
    is_restored restored "$source" "$owner" "$schema" "$way, extension in $schema, by $restorer"
    dropdb restored
}

role owner
role authenticated
for schema in public chat; do
    source=source_$schema
    customised_database "$source" owner "$schema" 0.3
    answers "$source" owner "$schema" >"$tmp/$source.answers"
    snapshot "$source" >"$tmp/$source"
    ok "over the limit in $schema: some users" grep -q '^check|user .*|has 3 agents, the limit is 1' "$tmp/$source.answers"
    is "$(grep '^check' "$tmp/$source.answers" | grep -v '^check|user ')" "" "over the limit in $schema: nothing else"
done

for restorer in postgres owner; do
    for schema in public chat; do
        # Each way twice, with each role and each schema; all combinations with ALL_WAYS (make test-restore).
        if [[ $restorer$schema != @(postgrespublic|ownerchat) && ! ${ALL_WAYS-} ]]; then
            continue
        fi
        for way in plain custom directory clean no_owner inserts schema_then_data enable_row_security \
                   enable_row_security_custom "schema_$schema"; do
            restores "$way" $restorer $schema
        done
    done
done

# All of a cluster, into another one.
pg_dumpall --exclude-database='test_*' >"$tmp/all"
start_cluster other
PGHOST=$tmp/other PGUSER=bootstrap sql -d template1 -f "$tmp/all" >/dev/null 2>"$tmp/errors" || sed 's/^/# /' "$tmp/errors"
for schema in public chat; do
    PGHOST=$tmp/other is_restored source_$schema source_$schema owner $schema "pg_dumpall, extension in $schema"
    dropdb source_$schema
done
done_testing
