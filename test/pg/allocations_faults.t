#!/usr/bin/env bash
# Allocations fail, in every function and every trigger: test/lib/allocations.js, on a server that lets them.
. test/lib/faults.sh

library failing_new
LD_PRELOAD=$tmp/failing_new.so start_faulty_cluster
NODE_PATH=test/node_modules node test/lib/allocations.js
# A crash of a backend restarts the server. The log has the names of the functions.
! grep -nE 'terminated by signal|PANIC|TRAP' "$tmp/faulty.log"
