# shellcheck shell=bash
# databases.sh, and a server whose allocations fail.
. test/lib/databases.sh

# Compiles a library of test/pg/ into $tmp.
library() { # NAME
    ${CXX:-g++} -std=c++20 -O1 -g -fPIC -shared -Isrc -isystem "$("$PG_CONFIG" --includedir-server)" \
        -o "$tmp/$1.so" "test/pg/$1.cpp"
}

# Starts a cluster with failing_allocations.cpp, and makes it the one that is talked to.
start_faulty_cluster() {
    library failing_allocations
    chmod 755 "$tmp"
    start_cluster faulty "shared_preload_libraries = '$tmp/failing_allocations'"
    export PGHOST=$tmp/faulty PGUSER=bootstrap PGDATABASE=postgres
}
