#!/usr/bin/env bash
# Allocations fail, in every function and every trigger: test/lib/allocations.js, on a server that lets them.
. test/lib/databases.sh

library() { # FILE
    ${CXX:-g++} -std=c++20 -O1 -g -fPIC -shared -Isrc -isystem "$("$PG_CONFIG" --includedir-server)" \
        -o "$tmp/$1.so" "test/pg/$1.cpp"
}
library failing_allocations
library failing_new
chmod 755 "$tmp"

LD_PRELOAD=$tmp/failing_new.so start_cluster faulty "shared_preload_libraries = '$tmp/failing_allocations'"
export PGHOST=$tmp/faulty PGUSER=bootstrap PGDATABASE=postgres
NODE_PATH=test/node_modules node test/lib/allocations.js
# A crash of a backend restarts the server. The log has the names of the functions.
! grep -nE 'terminated by signal|PANIC|TRAP' "$tmp/faulty.log"
