#!/usr/bin/env bash
# link_supabase_auth() works with several sessions and databases: the log, cancelled sign-ups, simultaneous sign-ups,
# dump and restore, another schema.
. test/lib/databases.sh

linked_database() { # NAME SCHEMA
    empty_database "$1" owner
    sql -d "$1" -v owner=owner -f test/lib/auth_users.sql
    as owner sql -d "$1" -v schema="$2" >/dev/null <<'END'
SET client_min_messages = warning;
CREATE SCHEMA IF NOT EXISTS :schema;
CREATE EXTENSION agentchat SCHEMA :schema;
SELECT * FROM agentchat.link_supabase_auth();
END
}

auth() { # DATABASE SQL...: as Supabase Auth
    local commands=() command
    for command in "${@:2}"; do
        commands+=(-c "$command")
    done
    sql -d "$1" -v VERBOSITY=verbose -c 'SET ROLE supabase_auth_admin' -c 'SET search_path = auth' "${commands[@]}" 2>&1 |
        grep -v '^LOCATION: ' || true
}

nth() { # NUMBER: an id
    printf '00000000-0000-0000-0000-%012d' "$1"
}

sign_up() { # NUMBER EMAIL: as SQL
    echo "INSERT INTO auth.users (id, email, is_sso_user) VALUES ('$(nth "$1")', '$2', true)"
}

users() { # DATABASE [SCHEMA]
    sql -d "$1" -c "SELECT right(id::text, 2), email, name FROM ${2-public}.users ORDER BY id"
}

role owner
sql -c 'ALTER ROLE owner BYPASSRLS'

# The log names the user, and nothing about others.
linked_database linked public
auth linked "$(sign_up 1 ada@example.com)"
is "$(auth linked "$(sign_up 2 ada@example.com)")" \
"WARNING:  01000: e-mail address of a Supabase Auth user belongs to another user
DETAIL:  User $(nth 2) gets the address $(nth 2)@no-email.invalid instead.
HINT:  After the other row of users is deleted or gets another e-mail address, run: SELECT * FROM agentchat.link_supabase_auth();" \
    "an e-mail that another user has is a warning"
sql -d linked -c "ALTER TABLE users ADD CONSTRAINT own CHECK (email <> 'secret@example.com')"
is "$(auth linked "$(sign_up 3 secret@example.com)" 'SELECT count(*) FROM users')" \
"WARNING:  01000: could not copy a Supabase Auth user to users
DETAIL:  User $(nth 3): new row for relation \"users\" violates check constraint \"own\" (SQLSTATE 23514).
HINT:  After you fix the cause, run: SELECT * FROM agentchat.link_supabase_auth();
3" "so is an error"
sql -d linked -c "ALTER TABLE users DROP CONSTRAINT own" -c 'ALTER TABLE users ADD UNIQUE (name)' \
    -c "UPDATE users SET name = 'Ada' WHERE id = '$(nth 1)'"
like "$(auth linked "INSERT INTO users (id, email, raw_user_meta_data) VALUES ('$(nth 4)', 'ada@example.com', '{\"name\": \"Ada\"}')")" \
    "DETAIL:  User $(nth 4): duplicate key value violates unique constraint \"users_name_key\" \(SQLSTATE 23505\)" \
    "two errors in a row"
is "$(auth linked 'UPDATE users SET last_sign_in_at = now()' | grep -c WARNING)" 1 "a sign-in warns about a remaining problem"
is "$(users linked)" "01|ada@example.com|Ada
02|$(nth 2)@no-email.invalid|
03|secret@example.com|" "... and repairs what is missing"

# Many sign-ups in one session, with errors, leave nothing behind.
sql -d linked -c 'ALTER TABLE users DROP CONSTRAINT users_name_key'
is "$(auth linked "INSERT INTO users (id, email, is_sso_user) SELECT gen_random_uuid(), 'ada@example.com', true FROM generate_series(1, 2000)" \
    'INSERT INTO users (id, email) VALUES (gen_random_uuid(), NULL)' \
    'RESET ROLE' "SELECT sum(total_bytes) < 8e6 FROM pg_backend_memory_contexts" | tail -n 1)" t "2,000 e-mails of another user in one statement take little memory"
is "$(sql -d linked -c "SELECT count(*) FROM users WHERE email LIKE '%@no-email.invalid'")" 2002 "... they get placeholders"
auth linked "DELETE FROM users WHERE id > '$(nth 99)'"

# A waiting sign-up can be cancelled, and is then undone as a whole.
start_session holder
tell holder '\c linked'
tell holder 'BEGIN; LOCK TABLE users;'
is "$(auth linked 'SET statement_timeout = 300' "$(sign_up 5 eve@example.com)" | head -n 1)" \
    "ERROR:  57014: canceling statement due to statement timeout" "a sign-up is cancelled"
is "$(auth linked 'SET lock_timeout = 300' "$(sign_up 6 mallory@example.com)" | grep DETAIL)" \
    "DETAIL:  User $(nth 6): canceling statement due to lock timeout (SQLSTATE 55P03)." "a lock that is not to be had is a warning"
tell holder 'ROLLBACK;'
is "$(auth linked "SELECT id FROM users WHERE id IN ('$(nth 5)', '$(nth 6)')")" "$(nth 6)" "the cancelled user does not exist, and the other one does"
start_session waiter
tell waiter '\c linked'
pid=$(tell waiter 'SELECT pg_backend_pid();')
tell holder 'BEGIN; LOCK TABLE users;'
echo "$(sign_up 7 trent@example.com);" >&"${session_in[waiter]}"
for _ in {1..100}; do
    [[ $(sql -c "SELECT wait_event_type FROM pg_stat_activity WHERE pid = $pid") != Lock ]] || break
    sleep 0.1
done
sql -c "SELECT pg_cancel_backend($pid)" >/dev/null
like "$(tell waiter '')" 'ERROR:  canceling statement due to user request' "... also by pg_cancel_backend"
tell holder 'ROLLBACK;'
is "$(tell waiter "$(sign_up 7 trent@example.com); SELECT email FROM users WHERE id = '$(nth 7)';")" trent@example.com \
    "and the session goes on"

# Of two simultaneous sign-ups with the same e-mail, the second waits for the first.
tell holder "BEGIN; $(sign_up 8 same@example.com);"
echo "$(sign_up 9 same@example.com);" >&"${session_in[waiter]}"
for _ in {1..100}; do
    [[ $(sql -c "SELECT wait_event_type FROM pg_stat_activity WHERE pid = $pid") != Lock ]] || break
    sleep 0.1
done
tell holder 'COMMIT;'
like "$(tell waiter '')" "User $(nth 9) gets the address $(nth 9)@no-email.invalid instead" "of two simultaneous sign-ups the second gets a placeholder"

# Other isolation levels, and a deadlock.
for level in 'REPEATABLE READ' SERIALIZABLE; do
    tell waiter "BEGIN ISOLATION LEVEL $level; SELECT count(*) > 0 FROM users;" >/dev/null
    tell holder "$(sign_up 10 "$level@example.com");"
    like "$(tell waiter "$(sign_up 11 "$level@example.com"); COMMIT;")" "User $(nth 11) gets the address $(nth 11)@no-email.invalid instead" \
        "$level: an e-mail that is newer than the snapshot"
    is "$(sql -d linked -c "SELECT count(*) FROM users WHERE id IN ('$(nth 10)', '$(nth 11)')")" 2 "$level: both are there"
    auth linked "DELETE FROM users WHERE id IN ('$(nth 10)', '$(nth 11)')"
done

# A user signs up during the linking.
as owner sql -d linked -c "SELECT * FROM agentchat.link_supabase_auth()" >/dev/null
sql -d linked -c 'DROP TRIGGER agentchat_sync_user ON auth.users'
tell holder "BEGIN; $(sign_up 12 meanwhile@example.com);"
as owner sql -d linked -c "SELECT object, outcome FROM agentchat.link_supabase_auth() WHERE object !~ '^user '" >"$tmp/linked" &
for _ in {1..100}; do
    [[ $(sql -c "SELECT count(*) FROM pg_stat_activity WHERE query ~ 'link_supabase_auth' AND wait_event_type = 'Lock'") != 1 ]] || break
    sleep 0.1
done
tell holder 'COMMIT;'
wait $!
is "$(cat "$tmp/linked")" "trigger agentchat_sync_user of auth.users|created
users|1 copied" "a user who has signed up in the meantime is copied, too"

# Another schema; dump and restore.
linked_database chat chat
auth chat "$(sign_up 1 ada@example.com)" "$(sign_up 2 ada@example.com)" >/dev/null
is "$(users chat chat)" "01|ada@example.com|
02|$(nth 2)@no-email.invalid|" "with the extension in the schema chat"
for schema in public:linked chat:chat; do
    database=${schema#*:} schema=${schema%:*}
    empty_database restored owner
    pg_dump "$database" | sql --single-transaction -d restored >/dev/null 2>"$tmp/errors" || sed 's/^/# /' "$tmp/errors"
    is "$(users restored "$schema")" "$(users "$database" "$schema")" "in $schema: a dump restores the same users"
    auth restored "$(sign_up 50 restored@example.com)"
    like "$(users restored "$schema")" '^50\|restored@example.com\|$' "and the trigger works"
    is "$(as owner sql -d restored -c "SELECT * FROM agentchat.link_supabase_auth() WHERE object !~ '^user '")" "" \
        "and linking again has nothing to do"
    dropdb restored
done

# Tables of superusers: functions of the owner of auth.users would run with a superuser's rights.
empty_database super owner
sql -d super -v owner=owner -f test/lib/auth_users.sql
sql -d super -c 'CREATE EXTENSION agentchat'
auth super "INSERT INTO users (id, email) VALUES ('$(nth 1)', 'ada@example.com')"
link='SELECT object, outcome FROM agentchat.link_supabase_auth()'
is "$(sql -d super -c "$link")" "trigger agentchat_sync_user of auth.users|created
users|1 copied" "a superuser who owns users can link them"
auth super "$(sign_up 2 bob@example.com)"
like "$(users super)" '^02\|bob@example.com\|$' "... and it works"
traps=("CREATE INDEX trap ON auth.users ((trap()))" "CREATE INDEX trap ON auth.users (id) WHERE trap()"
       "CREATE STATISTICS auth.trap ON (trap()), id FROM auth.users" "ALTER TABLE auth.users ADD CONSTRAINT trap CHECK (trap())"
       "ALTER TABLE auth.users ADD trap boolean GENERATED ALWAYS AS (trap()) STORED" "CREATE TABLE auth.trap () INHERITS (auth.users)")
for trap in "${traps[@]}"; do
    is "$(sql -d super -v VERBOSITY=terse -v ON_ERROR_STOP=0 -c "BEGIN;
        SET LOCAL ROLE supabase_auth_admin; SET LOCAL search_path = auth; SET LOCAL client_min_messages = warning;
        CREATE FUNCTION auth.trap() RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS
            'BEGIN IF current_user <> ''supabase_auth_admin'' THEN RAISE ''%'', current_user; END IF; RETURN true; END'; $trap;
        RESET ROLE; $link" 2>&1)" \
        "ERROR:  auth.users calls functions that must not run with a superuser's rights" "not with: $trap"
done
is "$(sql -d super -c "$link")" "" "it stays linked"

# The rows of both tables are restored into a linked database.
linked_database again public
pg_dump --data-only -t public.users -t auth.users linked | sql -d again >/dev/null
is "$(users again)" "$(users linked)" "rows restored into a linked database are not duplicated"

done_testing
