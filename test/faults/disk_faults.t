#!/usr/bin/env bash
# The disk gets full while messages are appended: that of the tables, and that of the WAL. Calls of 20 messages end in
# success or in 53100; after a full WAL, PostgreSQL stops (PANIC) and recovers. Of each call there are then 20 messages or
# none, all 20 of those that have returned, and once there is room again, calls succeed.
# The small disks are tmpfs, in a mount namespace of the test's own, with which they go.
if ((EUID != 0)); then
    echo '1..0 # SKIP only root can mount a small disk'
    exit
fi
[[ ${in_namespace-} ]] || exec env in_namespace=1 unshare --mount "$0"
. test/lib/databases.sh

small_disk() { # DIRECTORY: of 160 MB, half of which a file takes that free_space() removes
    mkdir -p "$1"
    mount -t tmpfs -o size=160m tmpfs "$1"
    head -c 80M /dev/zero >"$1/filler"
    chown postgres "$1"
}

free_space() { # DIRECTORY
    rm "$1/filler"
}

# Each call takes about a megabyte, of text that does not get smaller.
calls() { # FROM TO
    local n
    for ((n = $1; n <= $2; n++)); do
        echo "SELECT 'done $n' FROM append_messages(md5('c')::uuid, (SELECT jsonb_agg(jsonb_build_object('role', 'user',
            'content', 'call $n ' || text)) FROM (SELECT (SELECT string_agg(
            md5(random()::text || call || n), '') FROM generate_series(1, 1500) n) FROM generate_series(1, 20) call)
            AS t (text)), 'rows');"
    done
}

# What calls that come after 'from' say until one fails; the last line is the SQLSTATE, or what psql says of the server.
append_until_full() { # FROM
    calls "$1" $(($1 + 400)) | psql -XAtq -v ON_ERROR_STOP=1 -v VERBOSITY=sqlstate 2>&1 || true
}

# The calls that are neither wholly there nor wholly absent, and those that have returned and are absent.
faults() { # FILE: what append_until_full printed
    sql -F ' ' -c "SELECT split_part(content, ' ', 2), count(*) FROM messages GROUP BY 1" >"$tmp/there"
    awk 'NR == FNR { there[$1] = $2; next } /^done / && there[$2] != 20 { print "call", $2, "is lost" }
        END { for (n in there) if (there[n] != 20) print "call", n, "has", there[n] }' "$tmp/there" "$1"
}

set_up() { # NAME CREATE_DATABASE_OPTION...
    export PGHOST=$tmp/$1 PGUSER=bootstrap PGDATABASE=chat
    createdb "${@:2}" chat -T template0
    sql <<'END' >/dev/null
CREATE EXTENSION agentchat;
INSERT INTO users (id, email) VALUES (md5('u')::uuid, 'ada@example.com');
INSERT INTO conversations (id, user_id, title) VALUES (md5('c')::uuid, md5('u')::uuid, 'x');
END
}

passes() { # WHAT FILE
    is "$(faults "$2")" '' "$1: of each call there is all or nothing"
    like "$(grep -c '^done ' "$2")" '^[1-9][0-9]+$' '... and some had returned before'
    calls 1000 1001 | sql >"$2"
    is "$(grep -c '^done ' "$2")$(faults "$2")" 2 '... with more room, calls succeed'
    is "$(sql -c 'SELECT count(*) FROM agentchat.check()')" 0 '... and check() finds nothing'
}

# ---- the tables' disk

start_cluster tables 'fsync = off' 'max_wal_size = 200MB'
small_disk "$tmp/space"
mkdir "$tmp/space/data"
chown postgres "$tmp/space/data"
PGHOST=$tmp/tables PGUSER=bootstrap PGDATABASE=postgres sql -c "CREATE TABLESPACE small LOCATION '$tmp/space/data'"
outer=$PGHOST outer_user=$PGUSER outer_database=$PGDATABASE
set_up tables -D small
append_until_full 1 >"$tmp/said"
is "$(tail -n 1 "$tmp/said")" 'ERROR:  53100' 'a full disk of the tables is error 53100'
is "$(sql -c 'SELECT 1')" 1 '... and the server stays up'
free_space "$tmp/space"
passes 'tables' "$tmp/said"

# ---- the disk of the WAL

export PGHOST=$outer PGUSER=$outer_user PGDATABASE=$outer_database
# The WAL is kept, so that it fills the disk.
start_cluster wal 'fsync = off' 'wal_keep_size = 10GB' 'wal_recycle = off'
as_server_user pg_ctl -D "$tmp/wal" -m fast stop >/dev/null
small_disk "$tmp/wal_disk"
mv "$tmp/wal/pg_wal" "$tmp/wal_disk/pg_wal"
ln -s "$tmp/wal_disk/pg_wal" "$tmp/wal/pg_wal"
start_wal() {
    as_server_user pg_ctl -w -D "$tmp/wal" -l "$tmp/wal.log" -o "-p $PGPORT -c listen_addresses= -k $tmp/wal" start >/dev/null
}
start_wal
set_up wal
append_until_full 1 >"$tmp/said"
ok 'a full disk of the WAL ends the call' test "$(tail -n 1 "$tmp/said" | grep -c '^done ')" = 0
like "$(grep -oE '(PANIC|FATAL|ERROR):.*No space left on device' "$tmp/wal.log" | head -n 1)" 'No space left' \
    '... as the log says'
as_server_user pg_ctl -w -D "$tmp/wal" -m immediate stop >/dev/null 2>&1 || true
rm -f "$tmp/wal/postmaster.pid"
free_space "$tmp/wal_disk"
start_wal
passes 'WAL' "$tmp/said"
done_testing
