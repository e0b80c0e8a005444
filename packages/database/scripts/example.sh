#!/usr/bin/env bash
# npm run example: the chat of examples/ with its page, on the database of DATABASE_URL and for the user USER_ID. Without
# DATABASE_URL, on a throw-away cluster, as make demo-chat.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=SCRIPTDIR/../../../scripts/common.sh
. ../../scripts/common.sh

[[ -n ${DATABASE_URL-} ]] || exec ../../scripts/demo-chat
if ! has_node; then
    echo "The example needs Node.js 20 or later, and this is $(node --version). (Debian 12 has version 18.)" >&2
    echo "Install another one, or leave DATABASE_URL out: then this uses a Node.js and a PostgreSQL of its own." >&2
    exit 1
fi
if [[ -z ${USER_ID-} ]]; then
    echo "USER_ID is not set. Set it to the id of a row of users, for whom the page is." >&2
    exit 1
fi
[[ -e node_modules/npm ]] || { echo "Run npm ci first." >&2 && exit 1; }
built=build/examples/page.js
if [[ ! -e $built || $(find src examples package.json tsconfig*.json -newer $built -print -quit) ]]; then
    node node_modules/npm/bin/npm-cli.js run --silent build:example
fi
exec node build/examples/chat.js
