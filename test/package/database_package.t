#!/usr/bin/env bash
# The TypeScript package against the server, by Node.js's own test runner. One file alone:
#   TESTS=errors scripts/test test/package/database_package.t
set -euo pipefail

if [[ $(uname -m) != x86_64 ]]; then
    echo '1..0 # SKIP PostgREST in npm is for x86-64'
    exit
fi

# The roles belong to the cluster, and the files run at the same time.
psql -Xq -v owner=developer -v password="$PGPASSWORD" -v default_privileges=true -f test/lib/supabase.sql >&2
cd packages/database
npm=node_modules/npm/bin/npm-cli.js
node $npm run --silent build:test >&2
node $npm run --silent drizzle-1 >&2
files=()
for file in build/test/${TESTS:-*}.test.js build/drizzle-1/build/test/${TESTS:-*}.test.js; do
    # The other tests do not depend on the version of Drizzle.
    if [[ $file == build/drizzle-1/* && ! $file =~ /(docs|errors|migrations|package|pglite|queries|schema|storable)\.test ]]; then
        continue
    fi
    [[ ! -e $file ]] || files+=("$file")
done
# Without files, node would look for some itself.
((${#files[@]})) || { echo "No test of the package has the name \"${TESTS-}\"." >&2; exit 1; }
# Four files at a time, since the tests mostly wait.
exec node --test --test-concurrency=4 --test-reporter=./test/reporter.js "${files[@]}"
