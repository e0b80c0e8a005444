#!/usr/bin/env bash
# What a build prints: a short line for each file, or with V=1 the commands. After an edit, only what includes it is built.
. test/lib/tap.sh

mkdir "$tmp/copy"
tar -c --exclude='*.[od]' Makefile agentchat.control src data scripts | tar -x -C "$tmp/copy"
build() { # make's arguments
    make -C "$tmp/copy" --no-print-directory PG_CONFIG="$PG_CONFIG" "$@" 2>&1
}

# Nothing is compiled: true takes any options.
shown=$(build CXX=true all)
is "$(grep -c '^CXX  src/.*\.cpp$' <<<"$shown")" "$(find src -name '*.cpp' | wc -l)" 'a line for each source'
like "$shown" '^LINK agentchat\.so$' 'one for the library'
like "$shown" '^SQL  agentchat--[0-9.]+\.sql$' 'and one for each script'
is "$(grep -vE '^(CXX|LINK|SQL) +[^ ]{1,60}$' <<<"$shown")" '' 'and nothing else'
like "$(build CXX=true V=1 all)" '^true .* -std=c\+\+20 .* -c -o src/module\.o src/module\.cpp' 'V=1 prints the commands'

source=src/common/message_id.cpp
compiler=${CXX:-g++}
is "$(build -s "CXX=$compiler" "${source%.cpp}.o" | grep -v '^CXX  src/pg/.*\.hpp$')" "CXX  $source" 'a single file'
is "$(build -s "CXX=$compiler" "${source%.cpp}.o")" '' '... is not compiled again'
touch "$tmp/copy/src/common/uuid_set.hpp"
is "$(build -s "CXX=$compiler" "${source%.cpp}.o")" '' '... nor after an edit of what it does not include'
touch "$tmp/copy/${source%.cpp}.hpp"
is "$(build -s "CXX=$compiler" "${source%.cpp}.o")" "CXX  $source" '... but after one of its header'
done_testing
