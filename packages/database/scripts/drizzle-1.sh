#!/usr/bin/env bash
# npm run drizzle-1: copies the built package and its tests to build/drizzle-1, where they find Drizzle 1.0, which
# test/drizzle-1 has installed.
set -euo pipefail
copy=build/drizzle-1
rm -rf "$copy"
mkdir -p "$copy/build"
cp -r package.json dist src scripts "$copy"
[[ ! -d build/test ]] || cp -r build/test build/examples "$copy/build"
ln -s ../../test/drizzle-1/node_modules "$copy/node_modules"
