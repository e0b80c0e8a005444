# shellcheck shell=bash
# Sourced first by the TAP programs test/*.t, which end with done_testing. They run in scripts/with-cluster's
# environment (scripts/test test/NAME.t). $tmp is a new directory of the server's user.
set -euo pipefail

tests=0

ok() { # NAME COMMAND...: passes if the command succeeds
    tests=$((tests + 1))
    if "${@:2}"; then
        echo "ok $tests - $1"
    else
        echo "not ok $tests - $1"
    fi
}

is() { # GOT EXPECTED NAME
    ok "$3" test "$1" = "$2"
    [[ $1 == "$2" ]] || printf '%s\n' "got:      $1" "expected: $2" | sed 's/^/# /'
}

like() { # GOT REGEX NAME: an extended regular expression
    ok "$3" grep -qE -- "$2" <<<"$1"
    [[ $1 =~ $2 ]] || printf '%s\n' "got:          $1" "doesn't match $2" | sed 's/^/# /'
}

done_testing() {
    echo "1..$tests"
}

sql() { # psql's arguments, or SQL on stdin
    psql -XAtq -v ON_ERROR_STOP=1 "$@"
}

as_server_user() { # COMMAND...: a server's programs refuse to run as root
    if ((EUID == 0)); then
        (cd / && runuser -u postgres -- "$@")
    else
        "$@"
    fi
}

# Starts a standby of the cluster; with PGHOST=$tmp/NAME it is the one that is talked to.
start_standby() { # NAME
    local data=$tmp/$1
    as_server_user pg_basebackup -D "$data" -R -X stream -c fast
    echo 'local all all scram-sha-256' >"$tmp/$1.hba"
    # Debian keeps the configuration out of the data directory; the standby goes by the same file.
    as_server_user pg_ctl -D "$data" -l "$tmp/$1.log" start >/dev/null -o "-c config_file=$(sql -c 'SHOW config_file') \
        -c data_directory=$data -c hba_file=$tmp/$1.hba -c listen_addresses= -c unix_socket_directories=$data \
        -c external_pid_file="
}

tmp=$(mktemp -d -t agentchat-t.XXXXXX)
((EUID != 0)) || chown postgres "$tmp"

# A server that a test has started with its data directory in $tmp does not outlive it.
clean_up() {
    local pidfile
    for pidfile in "$tmp"/*/postmaster.pid; do
        [[ ! -e $pidfile ]] || as_server_user pg_ctl -D "${pidfile%/*}" -m immediate stop >/dev/null
    done
    rm -rf "$tmp"
}
trap clean_up EXIT
trap 'exit 143' HUP INT TERM
