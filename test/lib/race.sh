# shellcheck shell=bash
# Sourced, after tap.sh, by tests in which twenty sessions race. The test has a function statements(), which prints what
# a session does, and writes the level, the way and the outcome of each transaction to $tmp/outcomes.
# shellcheck disable=SC2154 # tap.sh sets tmp

race() { # VIEW SECONDS NAME: no other session ever sees a row in the view
    local session
    for session in {1..20}; do
        { statements "$session" || true; } | sql -v ON_ERROR_STOP=0 -v VERBOSITY=verbose >"$tmp/$session.log" 2>&1 &
    done
    start_session watcher
    # COMMIT, because deleted rows would pile up otherwise.
    tell watcher "DO \$\$
DECLARE until timestamptz := clock_timestamp() + interval '$2 s';
BEGIN
    WHILE clock_timestamp() < until LOOP
        IF EXISTS (SELECT FROM $1) THEN
            RAISE EXCEPTION '$1 has rows';
        END IF;
        COMMIT;
        PERFORM pg_sleep(0.01);
    END LOOP;
END \$\$;" >"$tmp/watched"
    while (($(sql -c "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()") > 2)); do
        sleep 0.1
    done
    is "$(cat "$tmp/watched")" "" "$3"
    is "$(sql -c "TABLE $1")" "" "... nor at the end"
}

count() { # AWK_CONDITION: of level, way and outcome as $1 to $3, and what else the test has written
    awk "$1 { count++ } END { print count + 0 }" "$tmp/outcomes"
}

each_level_refuses_some() { # SQLSTATE
    local level
    for level in READ_COMMITTED REPEATABLE_READ SERIALIZABLE; do
        ok "$level: some are refused" test "$(count "\$1 == \"$level\" && \$3 == \"$1:\"")" -gt 10
        ok "$level: some are not" test "$(count "\$1 == \"$level\" && \$3 == \"done\"")" -gt 10
    done
}
