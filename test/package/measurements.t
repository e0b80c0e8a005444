#!/usr/bin/env bash
# The plots and the tables of docs/performance.md and docs/why-not-my-own-tables.md are what docs/bench.json and
# docs/growth.json give. Each target of the product is in the tables, so that a row of the benchmark cannot get lost.
# Nothing here depends on how fast anything is.
# shellcheck source=SCRIPTDIR/../lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
cd "$(dirname "$0")/../.."

for file in speed.svg http.svg growth.svg performance.md why-not-my-own-tables.md; do
    scripts/pictures/measured.js "$file" >"$tmp/$file"
    ok "docs/$file is what was measured; make bench-plots makes it anew" cmp "$tmp/$file" "docs/$file"
done

# What, against what, and the target.
while IFS='|' read -r what against wanted; do
    ok "docs/bench.json has $what against $against, and what is wanted" node -e '
        const [what, against, wanted] = process.argv.slice(1);
        const { rows } = require("./docs/bench.json");
        process.exit(rows.some((row) => row.what === what && row.against === against && row.wanted === Number(wanted)) ? 0 : 1);
    ' "$what" "$against" "$wanted"
done <<'ROWS'
get_conversation of 10 messages|jsonb_agg(to_jsonb(m))|15
get_conversation of 100 messages|jsonb_agg(to_jsonb(m))|30
get_conversation of 1000 messages|jsonb_agg(to_jsonb(m))|35
get_conversation of 10000 messages|jsonb_agg(to_jsonb(m))|20
get_conversation_json of 100 messages, drizzle|SQL of Drizzle|6
get_conversation_json of 1000 messages, drizzle|SQL of Drizzle|8
get_conversation_json of 10000 messages, drizzle|SQL of Drizzle|8
get_conversation_json of 100 messages, rows|SQL of PostgREST|6
get_conversation_json of 1000 messages, rows|SQL of PostgREST|8
get_conversation_json of 10000 messages, rows|SQL of PostgREST|8
get_conversation_json of 1000 messages, rows|repeat('x', bytes)|1.5
get_conversation_json of 10000 messages, rows|repeat('x', bytes)|1.5
get_conversation_json of 100 messages, over HTTP|embedding in PostgREST|2.5
get_conversation_json of 1000 messages, over HTTP|embedding in PostgREST|6
get_conversation, newest 50 of 1,000,000|newest 50 of 100|1.3
get_conversation of 1000 messages, signed in|the owner|1.2
UPDATE of 100,000 rows with set_updated_at|moddatetime|1
INSERT of 100,000 messages|without the triggers|1.25
COPY of 100,000 messages|without the triggers|1.25
append_messages of 100, ai-sdk|jsonb_to_recordset|1
memory of get_conversation of 100000 messages|the size of its result|1.2
ROWS
done_testing
