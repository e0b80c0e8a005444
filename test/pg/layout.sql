-- PostgreSQL stores values with the bytes that src/pg/ reads and writes. src/pg/layout.cpp checks what the
-- headers tell. This file checks the rest, and runs first. If a test fails on a new version of PostgreSQL,
-- the code that it names must change before anything else is looked at.
\ir ../lib/pgtap.sql
CREATE EXTENSION pageinspect SCHEMA tap;
SET search_path = public, tap;

-- Returns the bytes of the value in a row.
CREATE FUNCTION stored(value anyelement) RETURNS bytea LANGUAGE plpgsql AS $$
DECLARE
    bytes bytea;
BEGIN
    EXECUTE format('CREATE TABLE stored (value %s)', pg_typeof(value));
    INSERT INTO stored VALUES (value);
    SELECT t_data INTO bytes FROM heap_page_items(get_raw_page('stored', 0));
    DROP TABLE stored;
    RETURN bytes;
END $$;

SELECT plan(14);

-- The expected bytes are those of a processor that stores the lowest byte of a number first.
SELECT stored(1) <> '\x01000000' AS is_big_endian \gset
\if :is_big_endian
    SELECT skip('the bytes of numbers are in another order', 14);
    SELECT * FROM finish();
    \q
\endif

-- Lengths (src/include/varatt.h, before 16 in postgres.h), for all of src/pg/.
SELECT is(stored('x'::text), '\x05 78',
    'a short value begins with one byte: its length, shifted by one bit, and 1');
SELECT is(stored(repeat('x', 126)), ('\xff' || repeat('78', 126))::bytea, '... up to 126 bytes');
SELECT is(stored(repeat('x', 127)), ('\x0c020000' || repeat('78', 127))::bytea,
    'a longer one begins with four bytes: its length, shifted by two bits');

-- numeric (src/backend/utils/adt/numeric.c), for write_short_number() in src/pg/json_text.cpp. Two bytes hold
-- sign, scale and weight, and two bytes hold each group of four digits.
SELECT is(stored(0::numeric), '\x07 0080', 'numeric: zero has no digits');
SELECT is(stored(12345::numeric), '\x0f 0180 0100 2909', '... the weight counts groups of four digits');
SELECT is(stored(-1.50), '\x0f 00a1 0100 8813', '... a sign, and a scale of two digits');
SELECT is(stored(0.00001234), '\x0b 7e84 d204', '... a weight below zero');
SELECT is(stored(('1' || repeat('0', 256))::numeric), '\x0f 0000 4000 0100',
    '... a large weight needs the long form');
SELECT is(stored(('0.' || repeat('0', 63) || '1')::numeric), '\x0f 4000 f0ff 0100',
    '... as does a scale of 64 digits');

-- jsonb (src/backend/utils/adt/jsonb_util.c), for jsonb_stored.hpp, jsonb.cpp, jsonb_view.cpp and
-- value_writer.cpp in src/pg/. A header, a JEntry for each child, and the children.
SELECT is(stored('true'::jsonb), '\x13 01000050 000000b0', 'jsonb: a scalar is the only element of an array');
SELECT is(stored('{"bb": 7, "a": "xy"}'::jsonb),
    '\x4b 02000020 01000080 02000000 02000000 0b000010 61 6262 7879 000000 20000000 0080 0700',
    '... the keys of an object come first, and zeros fill up to a numeric, which has four bytes of length');
SELECT is(stored('[[], "x", {}]'::jsonb),
    '\x3b 03000040 040000d0 01000000 07000050 00000040 78 000000 00000020',
    '... containers are children with the same alignment');
SELECT is(stored(to_jsonb(array_fill('x'::text, '{33}'))),
    ('\xb4020000 21000040 01000080' || repeat('01000000', 31) || '21000080' || repeat('78', 33))::bytea,
    '... the JEntry of every 32nd child holds the end of the child');
SELECT is('{"b": 0, "é": 0, "aa": 0, "a": 0, "": 0}'::jsonb::text, '{"": 0, "a": 0, "b": 0, "aa": 0, "é": 0}',
    '... keys are in the order of their lengths in bytes, then of their bytes');
SELECT * FROM finish();
