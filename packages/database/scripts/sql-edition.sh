#!/usr/bin/env bash
# Puts the scripts of the SQL edition into dist/sql: this version's, and those of released versions, from which
# `agentchat migration` leads to it.
# AGENTCHAT names the repository, for a copy of the package elsewhere.
set -euo pipefail
repository=${AGENTCHAT:-../..}
# npm sets it.
script=build/agentchat-sql--${npm_package_version:?}.sql
mkdir -p dist/sql
make -s -C "$repository" "$script" >&2
for released in src/sql/releases/*.sql; do
    [[ ! -e $released ]] || cp "$released" dist/sql/
done
cp "$repository/$script" dist/sql/
