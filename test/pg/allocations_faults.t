#!/usr/bin/env bash
# Allocations fail, in every function and every trigger: test/lib/allocations.js, on a server that lets them.
. test/lib/faults.sh

library failing_new
LD_PRELOAD=$tmp/failing_new.so start_faulty_cluster
status=0
NODE_PATH=test/node_modules node test/lib/allocations.js || status=$?
# A crash of a backend restarts the server. The log has the names of the functions.
! grep -nE -B 40 'terminated by signal|PANIC|TRAP' "$tmp/faulty.log" || status=1
exit "$status"
