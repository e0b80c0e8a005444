# shellcheck shell=bash
# Sourced first by the TAP programs test/*/*.t, which end with done_testing. They run in scripts/with-cluster's
# environment (scripts/test test/ROOM/NAME.t). $tmp is a new directory of the server's user.
set -euo pipefail
# shellcheck source=SCRIPTDIR/../../scripts/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/../../scripts/common.sh"

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

like() { # GOT REGEX NAME: an extended regular expression, which a line must match
    ok "$3" grep -qE -- "$2" <<<"$1"
    grep -qE -- "$2" <<<"$1" || printf '%s\n' "got:          $1" "doesn't match $2" | sed 's/^/# /'
}

skip() { # NAME REASON: in place of a test that cannot be
    tests=$((tests + 1))
    echo "ok $tests - $1 # skip $2"
}

limit() { # NAME COMMAND...: as ok, for a limit of time or memory, which means nothing where with-cluster says INSTRUMENTED
    if [[ ${INSTRUMENTED-} ]]; then
        skip "$1" "$INSTRUMENTED"
    else
        ok "$@"
    fi
}

done_testing() {
    echo "1..$tests"
}

sql() { # psql's arguments, or SQL on stdin
    psql -XAtq -v ON_ERROR_STOP=1 "$@"
}

sql_edition() { # [SCHEMA]: the install script of the SQL edition
    sed "s/@extschema@/${1:-public}/g" build/agentchat-sql--*.sql
}

install_agentchat() { # SCHEMA [psql's arguments]: the extension, or with EDITION=sql the SQL edition without it
    if [[ ${EDITION-} == sql ]]; then
        sql_edition "$1" | sql "${@:2}" -f -
    else
        sql "${@:2}" -c "CREATE EXTENSION agentchat SCHEMA $1"
    fi
}

# Sessions of psql that stay: start_session NAME, then tell NAME SQL, which prints what comes back.
declare -A session_in session_out

start_session() { # NAME
    local in out
    mkfifo "$tmp/$1.in" "$tmp/$1.out"
    psql -XAtq <"$tmp/$1.in" >"$tmp/$1.out" 2>&1 &
    exec {in}>"$tmp/$1.in" {out}<"$tmp/$1.out"
    session_in[$1]=$in session_out[$1]=$out
}

tell() { # NAME SQL
    local line
    printf '%s\n\\echo .done.\n' "$2" >&"${session_in[$1]}"
    while IFS= read -r -u "${session_out[$1]}" line && [[ $line != .done. ]]; do
        printf '%s\n' "$line"
    done
}

# Starts a standby of the cluster; with PGHOST=$tmp/NAME it is the one that is talked to.
start_standby() { # NAME
    local data=$tmp/$1
    as_server_user pg_basebackup -D "$data" -R -X stream -c fast
    as_server_user pg_ctl -D "$data" -l "$tmp/$1.log" -o "-p $PGPORT -c listen_addresses= -k $data" start >/dev/null
}

# scripts/with-cluster removes it in the end, and stops what servers have their data there.
tmp=$(mktemp -d)
((EUID != 0)) || chown postgres "$tmp"
