#!/usr/bin/env bash
# Puts the script of the SQL edition into dist/sql. AGENTCHAT names the repository, for a copy of the package elsewhere.
set -euo pipefail
repository=${AGENTCHAT:-../..}
# npm sets it.
script=build/agentchat-sql--${npm_package_version:?}.sql
mkdir -p dist/sql
make -s -C "$repository" "$script"
cp "$repository/$script" dist/sql/
