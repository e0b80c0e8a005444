# shellcheck shell=bash
# tap.sh, and on top of it: databases with rows in them, and whether two are equal.
. test/lib/tap.sh

as() { # ROLE COMMAND...
    PGUSER=$1 "${@:2}"
}

role() { # NAME: makes it, without privileges, where it is not there
    sql -d postgres -v name="$1" -v password="$PGPASSWORD" <<'END'
SELECT format('CREATE ROLE %I LOGIN PASSWORD %L', :'name', :'password')
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'name') \gexec
END
}

empty_database() { # NAME OWNER
    createdb -O "$2" -T template0 "$1"
}

filled_database() { # NAME OWNER SCHEMA SEED: with the extension in SCHEMA, made by OWNER
    empty_database "$1" "$2"
    as "$2" sql -d "$1" -v schema="$3" >/dev/null <<'END'
SET client_min_messages = warning;
CREATE SCHEMA IF NOT EXISTS :schema;
CREATE EXTENSION agentchat SCHEMA :schema;
END
    as "$2" sql -d "$1" -v schema="$3" -v seed="$4" -f test/lib/fill.sql
}

customised_database() { # NAME OWNER SCHEMA SEED: and with what a user adds
    filled_database "$@"
    as "$2" sql -d "$1" -v schema="$3" -f test/lib/customise.sql
}

snapshot() { # DATABASE: prints all of it
    sql -d "$1" -f test/lib/snapshot.sql
}

is_same() { # DATABASE EXPECTED_SNAPSHOT_FILE NAME
    snapshot "$1" >"$tmp/snapshot" || true
    ok "$3" cmp -s "$tmp/snapshot" "$2"
    diff "$2" "$tmp/snapshot" | head -n 20 | cut -c -300 | sed 's/^/# /' || true
}

# What its users get from a database: as its owner, and as authenticated.
answers() { # DATABASE OWNER SCHEMA
    as "$2" sql -d "$1" -v schema="$3" -f test/lib/use_as_owner.sql
    as authenticated sql -d "$1" -v schema="$3" -f test/lib/use_as_authenticated.sql
}

# Starts an empty cluster, whose superuser is called bootstrap; with PGHOST=$tmp/NAME it is the one that is talked to.
start_cluster() { # NAME [SETTING...]: lines of its postgresql.conf
    local data=$tmp/$1
    as_server_user initdb -D "$data" -U bootstrap -A trust --encoding UTF8 --locale C.UTF-8 --no-sync >/dev/null
    # It finds the extension where the other one does.
    sql >>"$data/postgresql.conf" <<'END'
SELECT format('%s = %L', name, setting) FROM pg_settings
WHERE name IN ('dynamic_library_path', 'extension_destdir', 'extension_control_path')
END
    printf '%s\n' "${@:2}" >>"$data/postgresql.conf"
    as_server_user pg_ctl -D "$data" -l "$tmp/$1.log" -o "-p $PGPORT -c listen_addresses= -k $data" start >/dev/null
}
