#!/usr/bin/env bash
# The index of grams finds each message that has the words of a search, and survives damage: a module of its own
# builds random segments from ASCII, Chinese, emoji and bytes that are no UTF-8, and compares them with the texts.
. test/lib/tap.sh

# With the extension's own flags and objects.
objects="src/search/gram_set.o src/search/segment.o src/pg/memory.o src/pg/session.o"
make -s PG_CONFIG="$PG_CONFIG" MODULE_big=segment_test OBJS="test/search/segment_test.o $objects" segment_test.so
mv segment_test.so "$tmp/"
rm test/search/segment_test.o

sql -f - <<SQL
CREATE FUNCTION random_segments(seed int, rounds int) RETURNS text LANGUAGE c AS '$tmp/segment_test';
CREATE FUNCTION segment_bytes(size int) RETURNS bigint LANGUAGE c AS '$tmp/segment_test';
SQL

seed=${SEED:-$RANDOM}
is "$(sql -c "SELECT random_segments($seed, 300);")" "" "300 random segments (SEED=$seed)"
# 100 random letters have 99 grams, of 17,576: a bit less than 9 bits for each position would be the least.
bytes=$(sql -c 'SELECT segment_bytes(100) / 4096;')
ok "an index of random letters is almost as small as it can be" test "$bytes" -gt 90 -a "$bytes" -lt 135

done_testing
