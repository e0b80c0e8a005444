#!/usr/bin/env bash
# Exceptions in C++ become errors of PostgreSQL, and the session goes on: a module of its own throws each kind through
# the guard that is around every function of agentchat.
. test/lib/tap.sh

# With the extension's own flags and objects.
guard="src/pg/entry.o src/pg/error.o src/pg/values.o"
make -s PG_CONFIG="$PG_CONFIG" MODULE_big=guard_test OBJS="test/pg/guard_test.o $guard" guard_test.so
mv guard_test.so "$tmp/"
rm test/pg/guard_test.o

sql -f - <<SQL
CREATE FUNCTION throw_it(int) RETURNS int LANGUAGE c AS '$tmp/guard_test';
CREATE FUNCTION objects_alive() RETURNS int LANGUAGE c AS '$tmp/guard_test';
CREATE FUNCTION outcome(what int, OUT state text, OUT message text, OUT detail text, OUT hint text)
LANGUAGE plpgsql AS \$\$
BEGIN
    PERFORM throw_it(what);
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT,
        detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
END \$\$;
SQL

outcome() { # NUMBER: message, detail and hint are cut for the eye, and then come their lengths
    tell session "SELECT state, left(message, 30), left(detail, 30), left(hint, 30),
        length(message), length(detail), length(hint) FROM outcome($1);"
}

start_session session
is "$(tell session 'SELECT throw_it(0);')" "ERROR:  out of memory" "an exception is an error"
is "$(outcome 0)" '53200|out of memory|||13|0|0' "std::bad_alloc"
is "$(outcome 1)" 'XX000|unexpected C++ exception|éééééééééééééééééééééééééééééé||24|511|0' \
    "std::runtime_error with a text that is too long, cut between characters"
is "$(outcome 2)" 'XX000|unexpected C++ exception|||24|0|0' "an exception that is not a std::exception"
is "$(outcome 3)" 'PT402|agent limit reached|The limit is 3.|Archive an agent.|19|15|17' "Failure, with all its parts"
long=éééééééééééééééééééééééééééééé
is "$(outcome 4)" "22023|$long|$long|$long|127|511|255" "... which are too long"
is "$(outcome 5)" '22023|only a message|||14|0|0' "... with nothing but a message"

used="SELECT substring(pg_read_file('/proc/self/status') FROM 'RssAnon:\s+(\d+)')::int
    + (SELECT sum(total_bytes) / 1024 FROM pg_backend_memory_contexts WHERE name <> 'TopTransactionContext')::int;"
tell session 'SELECT count(outcome(n % 6)) FROM generate_series(1, 1000) n;' >/dev/null
before=$(tell session "$used")
is "$(tell session 'SELECT count(outcome(n % 6)) FROM generate_series(1, 10000) n;')" 10000 "10,000 exceptions"
after=$(tell session "$used")
limit "... leave no memory behind" test "$after" -lt $((before + 2000))
is "$(tell session 'SELECT objects_alive();')" 0 "... and no object"

done_testing
