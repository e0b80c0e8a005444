#!/usr/bin/env bash
# The page of the TypeScript package's example, in a browser (make test-browser).
set -euo pipefail

psql -Xq -v owner=developer -v password="$PGPASSWORD" -v default_privileges=true -f test/lib/supabase.sql >&2
cd packages/database
node node_modules/npm/bin/npm-cli.js run --silent build:test >&2
exec node --test --test-reporter=./test/reporter.js build/test/page.browser.js
