#!/usr/bin/env bash
# What counts as the restore of a dump, where triggers let rows pass as they are: a session with row_security off whose
# users are not subject to row-level security. No role that is subject to it can have one.
. test/lib/databases.sh

role owner
role authenticated

# Rows that go through triggers.
filled_database source owner public 0.5
snapshot source >"$tmp/source"
for restorer in owner postgres; do
    empty_database restored owner
    as owner sql -d restored -c 'CREATE EXTENSION agentchat'
    as $restorer pg_dump --data-only source | as $restorer psql -Xq -v ON_ERROR_STOP=1 restored >/dev/null
    is_same restored "$tmp/source" "data-only into a fresh install, as $restorer: the same"
    dropdb restored
done
dropdb source

# Everybody's conversations are everybody's, but row-level security applies.
role bypasser
sql -c "ALTER DATABASE $PGDATABASE OWNER TO owner" -c 'ALTER ROLE bypasser BYPASSRLS'
as owner sql <<'END'
CREATE EXTENSION agentchat;
INSERT INTO users (id, email) VALUES (gen_random_uuid(), 'ada@example.com');
INSERT INTO conversations (user_id, title) SELECT id, 'Hello' FROM users;
ALTER TABLE conversations ENABLE ROW LEVEL SECURITY;
CREATE POLICY everything ON conversations USING (true);

CREATE VIEW owners_view AS SELECT * FROM conversations;
CREATE VIEW own_view WITH (security_invoker) AS SELECT * FROM conversations;
CREATE FUNCTION touch() RETURNS SETOF boolean
    LANGUAGE sql SECURITY DEFINER SET search_path = public
    AS $$ UPDATE conversations SET title = 'Touched', updated_at = '2001-01-01' RETURNING updated_at = '2001-01-01' $$;
CREATE FUNCTION touch_off() RETURNS SETOF boolean
    LANGUAGE sql SECURITY DEFINER SET search_path = public SET row_security = off
    AS $$ UPDATE conversations SET title = 'Touched again', updated_at = '2001-01-01' RETURNING updated_at = '2001-01-01' $$;
CREATE FUNCTION upsert() RETURNS SETOF boolean
    LANGUAGE sql SECURITY DEFINER SET search_path = public
    AS $$
INSERT INTO conversations SELECT * FROM conversations
ON CONFLICT (id) DO UPDATE SET title = 'Upserted', updated_at = '2001-01-01' RETURNING updated_at = '2001-01-01'
$$;
CREATE FUNCTION users_touch() RETURNS SETOF boolean
    LANGUAGE sql SECURITY DEFINER SET search_path = public
    AS $$ UPDATE owners_view SET title = 'Touched by a user', updated_at = '2001-01-01' RETURNING updated_at = '2001-01-01' $$;
GRANT SELECT, INSERT, UPDATE ON conversations, owners_view, own_view TO authenticated, bypasser;
END

sql -c 'ALTER FUNCTION users_touch() OWNER TO authenticated'

update() { # TABLE
    echo "UPDATE $1 SET title = title || '.', updated_at = '2001-01-01' RETURNING updated_at = '2001-01-01'"
}

# What becomes of an updated_at that a statement sets: t is kept, f is overruled.
attempt() { # ROLE SQL...
    local commands=() command
    for command in "${@:2}"; do
        commands+=(-c "$command")
    done
    as "$1" sql -v VERBOSITY=terse "${commands[@]}" 2>&1 || true
}

check() { # COLUMNS DATABASE
    as owner sql -d "$2" -c "SELECT $1 FROM agentchat.check()" 2>&1 || true
}

off='SET row_security = off'
refused='ERROR:  query would be affected by row-level security policy for table "conversations"'
is "$(attempt owner "$(update conversations)")" f "owner"
is "$(attempt owner "$off" "$(update conversations)")" t "owner, off: a restore"
is "$(attempt postgres "$off" "$(update conversations)")" t "superuser, off: a restore"
is "$(attempt bypasser "$off" "$(update conversations)")" t "role with BYPASSRLS, off: a restore"
is "$(attempt authenticated "$(update conversations)")" f "user"
is "$(attempt authenticated "$off" "$(update conversations)")" "$refused" "user, off"
is "$(attempt authenticated "$off" "INSERT INTO conversations (user_id, title) VALUES (gen_random_uuid(), '')")" "$refused" "user, off: INSERT"
is "$(attempt authenticated "$off" "$(update owners_view)")" f "user, off: a view of the owner"
is "$(attempt authenticated "$off" "$(update own_view)")" "$refused" "user, off: a view with security_invoker"
is "$(attempt authenticated "$off" 'SELECT touch()')" f "user, off: a SECURITY DEFINER function of the owner"
is "$(attempt authenticated 'SELECT touch_off()')" f "user: one that sets row_security off"
is "$(attempt authenticated "$off" 'SELECT upsert()')" f "user, off: one that upserts"
is "$(attempt postgres 'SET ROLE authenticated' "$off" 'SELECT touch()')" f "superuser who has become the user, off: a function of the owner"
is "$(attempt postgres 'SET SESSION AUTHORIZATION authenticated' "$off" "$(update owners_view)")" f "likewise with SET SESSION AUTHORIZATION: a view"
is "$(attempt postgres "$off" 'SELECT touch()')" t "superuser, off: one of the owner, a restore"
is "$(attempt owner "$off" 'SELECT users_touch()')" f "owner, off: a SECURITY DEFINER function of the user"
is "$(attempt owner 'ALTER TABLE conversations FORCE ROW LEVEL SECURITY' "$off" "$(update conversations)")" "$refused" \
    "owner, off, FORCE ROW LEVEL SECURITY"
is "$(attempt postgres "$off" 'SELECT touch_off()')" "$refused" \
    "superuser, off, FORCE ROW LEVEL SECURITY: one of the owner"
attempt owner 'ALTER TABLE conversations NO FORCE ROW LEVEL SECURITY'

# Settings that make every session a restore.
reports_setting() { # WHOSE
    sql -c "ALTER $1 SET row_security = 'no'"
    is "$(check 'object, remedy' "$PGDATABASE")" "setting row_security of $1|ALTER $1 RESET row_security" "check() reports it for $1"
    sql -c "$(check remedy "$PGDATABASE")"
    is "$(check '*' "$PGDATABASE")" "" "and its remedy helps"
}
is "$(check '*' "$PGDATABASE")" "" "check() finds nothing at first"
reports_setting "ROLE authenticated"
reports_setting "ROLE ALL"
reports_setting "DATABASE $PGDATABASE"
reports_setting "ROLE authenticated IN DATABASE $PGDATABASE"
sql -c 'ALTER DATABASE postgres SET row_security = off' -c "ALTER DATABASE $PGDATABASE SET row_security = on"
is "$(check '*' "$PGDATABASE")" "" "check() does not mind another database's, nor on"
sql -c 'ALTER DATABASE postgres RESET row_security'

# CREATE EXTENSION in a restore session without a dump.
empty_database restored owner
created=$(as owner sql -d restored -c "$off" -c 'CREATE EXTENSION agentchat' 2>&1)
like "$created" '^NOTICE:  agentchat created no tables because a dump is being restored' "CREATE EXTENSION says that it creates no tables"
like "$(check '*' restored)" 'table public.users\|missing' "check() reports them as missing"
is "$(sql -d restored -c "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")" 0 "... none was created"
as owner sql -d restored -c "$(sed -n 's/.*If this is not a restore, run: //p' <<<"$created")" >/dev/null
is "$(check '*' restored)" "" "the remedy in its hint creates them"
empty_database fresh owner
as owner sql -d fresh -c 'CREATE EXTENSION agentchat'
snapshot fresh >"$tmp/fresh"
is_same restored "$tmp/fresh" "as they would have been"
dropdb restored
dropdb fresh
done_testing
