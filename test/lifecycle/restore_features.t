#!/usr/bin/env bash
# A dump and its restore keep a feature as it was: off, on with rows, and disabled with rows. A plain owner does it.
. test/lib/databases.sh

role owner
role authenticated
for schema in public chat; do
    for state in off on disabled; do
        filled_database source owner $schema 0.3
        if [[ $state != off ]]; then
            as owner sql -d source -v schema=$schema >/dev/null <<'END'
SELECT agentchat.enable('runs');
SET search_path = :schema;
INSERT INTO runs (conversation_id, status, started_at, finished_at, error)
SELECT c.id, 'failed', now(), now(), '{"message": "silent"}' FROM conversations c ORDER BY c.id LIMIT 5;
INSERT INTO runs (conversation_id, metadata) SELECT c.id, '{"a": 1}' FROM conversations c ORDER BY c.id LIMIT 5;
INSERT INTO run_chunks (run_id, seq, chunk)
SELECT r.id, n, '{"type": "text-delta"}' FROM runs r, generate_series(1, 3) n WHERE r.status = 'running' ORDER BY r.id, n;
END
        fi
        [[ $state != disabled ]] || as owner sql -d source -c "SELECT agentchat.disable('runs')" >/dev/null
        snapshot source >"$tmp/source"
        features=$(sql -d source -c "SELECT state, tables FROM agentchat.features() WHERE feature = 'runs'")
        is "${features%%|*}" "${state/disabled/off}" "$state in $schema"

        empty_database restored owner
        as owner pg_dump source | as owner psql -XAtq -v ON_ERROR_STOP=1 --single-transaction -d restored >/dev/null 2>"$tmp/errors" ||
            sed 's/^/# /' "$tmp/errors"
        is_same restored "$tmp/source" '... plain: the same'
        is "$(sql -d restored -c "SELECT state, tables FROM agentchat.features() WHERE feature = 'runs'")" "$features" '... the feature, too'
        is "$(as owner sql -d restored -c 'SELECT object FROM agentchat.check()' | grep -v '^user ')" '' '... check() finds nothing'
        dropdb restored

        # The rows of failed and running runs come after the triggers.
        empty_database restored owner
        { as owner pg_dump --schema-only source && as owner pg_dump --data-only source; } |
            as owner psql -XAtq -v ON_ERROR_STOP=1 --single-transaction -d restored >/dev/null 2>"$tmp/errors" || sed 's/^/# /' "$tmp/errors"
        is_same restored "$tmp/source" '... schema, then data: the same'
        dropdb restored

        # As the restore ends, the feature goes on or comes back.
        as owner sql -d source -c "SELECT agentchat.enable('runs')" >/dev/null
        is "$(sql -d source -c "SELECT state FROM agentchat.features() WHERE feature = 'runs'")" on '... and can be enabled'
        is "$(as owner sql -d source -c 'SELECT object FROM agentchat.check()' | grep -v '^user ')" '' '... without a fault'
        dropdb source
    done

    # The index of messages.
    filled_database source owner $schema 0.3
    as owner sql -d source -c "SELECT agentchat.enable('search')" >/dev/null
    snapshot source >"$tmp/source"
    empty_database restored owner
    as owner pg_dump source | as owner psql -XAtq -v ON_ERROR_STOP=1 --single-transaction -d restored >/dev/null 2>"$tmp/errors" ||
        sed 's/^/# /' "$tmp/errors"
    is_same restored "$tmp/source" "search in $schema: the same"
    is "$(sql -d restored -c "SELECT state FROM agentchat.features() WHERE feature = 'search'")" on '... it is on'
    is "$(as owner sql -d restored -c 'SELECT object FROM agentchat.check()' | grep -v '^user ')" '' '... check() finds nothing'
    find="SELECT sum(jsonb_array_length($schema.search_messages('e', user_id => id) -> 'messages')) FROM $schema.users"
    found=$(sql -d source -c "$find")
    is "$((found > 0))" 1 '... messages are found'
    is "$(sql -d restored -c "$find")" "$found" '... the same ones'
    dropdb restored
    dropdb source
done
done_testing
