#!/usr/bin/env bash
# The pictures in docs/ are what their scripts draw, from the tables and the rooms as they are.
set -euo pipefail
cd "$(dirname "$0")/../.."

pictures=(rooms runs schema)
echo "1..${#pictures[@]}"
for i in "${!pictures[@]}"; do
    name=${pictures[i]}
    if difference=$(scripts/pictures/"$name".js | cmp - "docs/$name.svg" 2>&1); then
        echo "ok $((i + 1)) - docs/$name.svg is current"
    else
        echo "not ok $((i + 1)) - docs/$name.svg is current"
        printf '%s\n' "$difference" 'make pictures draws it anew' | sed 's/^/# /'
    fi
done
