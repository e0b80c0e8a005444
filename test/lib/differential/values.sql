-- Random values for test/reading/differential.t. They all use random(): setseed() repeats them.

CREATE FUNCTION test.whole(low int, high int) RETURNS int LANGUAGE plpgsql AS $$
BEGIN
    RETURN low + floor(random() * (high::bigint - low + 1));
END $$;

CREATE FUNCTION test.pick(VARIADIC choices anycompatiblearray) RETURNS anycompatible LANGUAGE plpgsql AS $$
BEGIN
    RETURN choices[test.whole(1, cardinality(choices))];
END $$;

CREATE FUNCTION test.chance(probability float8) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    RETURN random() < probability;
END $$;

CREATE FUNCTION test.uuid() RETURNS uuid LANGUAGE plpgsql AS $$
BEGIN
    RETURN md5(random()::text);
END $$;

-- Any code point but U+0000 and the surrogates; often one that JSON escapes.
CREATE FUNCTION test.letter() RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    RETURN chr(CASE test.whole(0, 7)
        WHEN 0 THEN ascii(test.pick('"', '\', '/', '''', E'\n', '{', ']'))
        WHEN 1 THEN test.whole(1, 31)
        WHEN 2 THEN test.whole(x'7f'::int, x'7ff'::int)
        WHEN 3 THEN test.whole(x'800'::int, x'd7ff'::int)
        WHEN 4 THEN test.whole(x'e000'::int, x'ffff'::int)
        WHEN 5 THEN test.whole(x'10000'::int, x'10ffff'::int)
        ELSE test.whole(32, 126) END);
END $$;

CREATE FUNCTION test.letters(count int) RETURNS text LANGUAGE sql AS $$
    SELECT coalesce(string_agg(test.letter(), ''), '') FROM generate_series(1, count);
$$;

-- Where PostgreSQL changes how it stores a value: a header of one byte up to 126 bytes, TOAST from 2 kB a
-- row, pages of 8 kB.
CREATE FUNCTION test.bytes_at_threshold() RETURNS int LANGUAGE plpgsql AS $$
BEGIN
    RETURN CASE test.whole(0, 9)
        WHEN 0 THEN test.whole(1985, 2060)
        WHEN 1 THEN test.whole(8120, 8210)
        WHEN 2 THEN test.whole(1, 12000)
        ELSE test.whole(115, 135) END;
END $$;

CREATE FUNCTION test.text() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    bytes int;
BEGIN
    CASE test.whole(0, 9)
        WHEN 0 THEN RETURN '';
        WHEN 1 THEN RETURN test.letter();
        WHEN 2, 3 THEN -- compresses
            bytes := test.bytes_at_threshold();
            RETURN left(repeat(md5(random()::text), 1 + bytes / 32), bytes);
        WHEN 4 THEN -- does not
            bytes := test.bytes_at_threshold();
            RETURN left((SELECT string_agg(md5(random()::text), '')
                FROM generate_series(0, bytes / 32)), bytes);
        WHEN 5 THEN RETURN test.letters(test.whole(40, 400));
        ELSE RETURN test.letters(test.whole(2, 40));
    END CASE;
END $$;

CREATE FUNCTION test.digits(count int) RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(test.whole(0, 9)::text, '') FROM generate_series(1, count);
$$;

CREATE FUNCTION test.number() RETURNS numeric LANGUAGE plpgsql AS $$
BEGIN
    RETURN test.pick('', '-') || CASE test.whole(0, 11)
        WHEN 0 THEN '0'
        WHEN 1 THEN '0.000'
        WHEN 2 THEN test.digits(1000)
        WHEN 3 THEN test.digits(test.whole(1, 40)) || '.' || test.digits(test.whole(1, 40))
        WHEN 4 THEN test.digits(3) || '.' || test.whole(0, 9) || repeat('0', test.whole(1, 12))
        WHEN 5 THEN '1e' || test.whole(-300, 400)
        WHEN 6 THEN test.pick('1e9000', '9.99e-900', '9223372036854775808', '18446744073709551616', '1e400',
            '0.1')
        WHEN 7 THEN test.digits(1) || repeat('0', test.whole(1, 60))
        ELSE test.whole(0, 100000)::text END;
END $$;

-- Arrays and objects up to `levels` deep, of up to 100 children at the top and few further down.
CREATE FUNCTION test.jsonb(levels int) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
    children int;
BEGIN
    IF levels = 0 OR test.chance(0.3) THEN
        RETURN CASE test.whole(0, 6)
            WHEN 0 THEN 'null'
            WHEN 1 THEN to_jsonb(test.chance(0.5))
            WHEN 2 THEN to_jsonb(test.number())
            WHEN 3 THEN to_jsonb(test.number())
            ELSE to_jsonb(test.letters(test.whole(0, 9))) END;
    END IF;
    children := CASE WHEN test.chance(0.8) THEN test.whole(0, 6)
                     WHEN levels > 2 THEN test.whole(0, 100)
                     ELSE test.pick(31, 32, 33, 64, 65) END;
    IF test.chance(0.4) THEN
        RETURN (SELECT coalesce(jsonb_agg(test.jsonb(CASE WHEN children > 6 THEN 0
                ELSE levels - 1 END)), '[]')
                FROM generate_series(1, children));
    END IF;
    RETURN (SELECT coalesce(jsonb_object_agg(
                test.letters(test.whole(0, 5)) || CASE WHEN children > 6 THEN n::text ELSE '' END,
                test.jsonb(CASE WHEN children > 6 THEN 0 ELSE levels - 1 END)), '{}')
            FROM generate_series(1, children) n);
END $$;

CREATE FUNCTION test.deep_jsonb(levels int) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
    front text := '';
    back text := '';
BEGIN
    FOR level IN 1..levels LOOP
        CASE test.whole(0, 3)
            WHEN 0 THEN front := front || '['; back := ']' || back;
            WHEN 1 THEN front := front || '["ab",'; back := ',1.50]' || back;
            WHEN 2 THEN front := front || '{"a":'; back := '}' || back;
            ELSE front := front || '{"abc":null,"a":'; back := ',"ab":"x"}' || back;
        END CASE;
    END LOOP;
    RETURN front || '-7' || back;
END $$;

CREATE FUNCTION test.jsonb() RETURNS jsonb LANGUAGE plpgsql AS $$
BEGIN
    RETURN CASE test.whole(0, 19)
        WHEN 0 THEN test.deep_jsonb(test.whole(1, 500))
        WHEN 1 THEN to_jsonb(test.text())
        WHEN 2 THEN jsonb_build_array(test.text(), test.number(), test.text())
        ELSE test.jsonb(3) END;
END $$;

CREATE FUNCTION test.between(low date, high date) RETURNS timestamp LANGUAGE plpgsql AS $$
BEGIN
    RETURN low + test.whole(0, high - low) + make_interval(secs => random() * 86399);
END $$;

CREATE FUNCTION test.time() RETURNS timestamp LANGUAGE plpgsql AS $$
BEGIN
    RETURN CASE test.whole(0, 5)
        WHEN 0 THEN test.pick('infinity', '-infinity', '0001-01-01', '0001-12-31 23:59:59.999999 BC',
            '4713-01-01 BC',
                              '9999-12-31 23:59:59.999999', '10000-01-01', '294276-12-31 23:59:59.999999',
                              '1999-12-31 23:59:59.999999', '2000-01-01', '2000-02-29 12:34:56.1',
                              '1900-02-28 01:02:03.00001', '2024-12-31 23:59:59.5')::timestamp
        WHEN 1 THEN test.between('4713-01-01 BC', '294276-12-31')
        WHEN 2 THEN test.between('0001-01-01', '9999-12-31')
        ELSE date_trunc(test.pick('second', 'milliseconds', 'microseconds', 'day'),
                        test.between('1990-01-01', '2040-01-01')) END;
END $$;

-- What a round draws most of its texts and jsonb values from: making them is slower than all the rest.
CREATE TABLE test.pool (texts text[], documents jsonb[]);

CREATE FUNCTION test.pooled_text() RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    RETURN test.pick(VARIADIC texts) FROM test.pool;
END $$;

CREATE FUNCTION test.pooled_jsonb() RETURNS jsonb LANGUAGE plpgsql AS $$
BEGIN
    RETURN test.pick(VARIADIC documents) FROM test.pool;
END $$;

CREATE TYPE test.mood AS ENUM ('good', 'So "so"');
CREATE TYPE test.pair AS (a int, "b c" text, d jsonb);
CREATE DOMAIN test.short_text AS text CHECK (length(value) < 100000);
CREATE DOMAIN test.document AS jsonb;

-- The types of columns, as format_type() names them, and an expression for a random value of each.
CREATE TABLE test.column_type (type text, value text);
INSERT INTO test.column_type VALUES
    ('uuid', 'test.uuid()'),
    ('text', 'test.pooled_text()'),
    ('jsonb', 'test.pooled_jsonb()'),
    ('timestamp without time zone', 'test.time()'),
    ('boolean', 'test.chance(0.5)'),
    ('character varying', 'test.pooled_text()'),
    ('character varying(300)', 'left(test.pooled_text(), 300)'),
    ('character(10)', 'test.letters(test.whole(0, 10))'),
    ('name', 'test.letters(test.whole(0, 15))'),
    ('"char"', 'chr(test.whole(32, 126))::"char"'),
    ('test.short_text', 'test.pooled_text()'),
    ('test.document', 'test.pooled_jsonb()'),
    ('json', $$test.pooled_jsonb()::text::json$$),
    ('smallint', 'test.whole(-32768, 32767)'),
    ('integer', 'test.whole(-2147483648, 2147483647)'),
    ('bigint', 'test.pick(0, -9223372036854775808, 9223372036854775807, test.whole(-9, 9))'),
    ('numeric', $$test.pick(test.number(), 'NaN', 'Infinity', '-Infinity')$$),
    ('numeric(20,5)', 'test.whole(-100000, 100000) / 7.0'),
    ('real', $$test.pick(random()::real, '-0', 'NaN', '1e30', 'Infinity')$$),
    ('double precision', $$test.pick(random(), '-0', 'NaN', '1e300', '-Infinity', '1e-300', 0.1)$$),
    ('money', 'test.whole(-1000000, 1000000)::money'),
    ('date', $$test.pick('infinity',
        '0044-03-15 BC',
        '2024-02-29',
        date '2000-01-01' + test.whole(-99999, 99999))$$),
    ('time without time zone', 'test.between(''2000-01-01'', ''2000-01-02'')::time'),
    ('timestamp(3) without time zone', 'test.time()'),
    ('timestamp with time zone',
        $$test.pick('infinity', '0044-03-15 BC', test.between('1800-01-01', '2100-01-01'))$$),
    ('interval',
        $$test.pick('1 year -2 days 03:04:05.678', '0',
            make_interval(secs => test.whole(-999999, 999999)))$$),
    ('bytea', $$decode(md5(random()::text), 'hex')$$),
    ('bit(3)', $$test.pick(B'101', B'000')$$),
    ('inet', $$test.pick('10.0.0.1', '::1/64')::inet$$),
    ('int4range', 'int4range(test.whole(-9, 0), test.whole(1, 9))'),
    ('point', 'point(random(), random())'),
    ('tsvector', $$'fat:2 cat:3'::tsvector$$),
    ('text[]', 'ARRAY[test.pooled_text(), NULL, test.letters(3)]'),
    ('jsonb[]', 'ARRAY[test.pooled_jsonb(), NULL]'),
    ('integer[]', $$test.pick('{}', '{{1,2},{3,NULL}}', '[0:1]={7,8}')::int[]$$),
    ('test.mood', $$test.pick('good', 'So "so"')::test.mood$$),
    ('test.pair', 'ROW(test.whole(0, 9), test.letters(4), test.pooled_jsonb())::test.pair'),
    ('test.pair[]', 'ARRAY[ROW(1, NULL, test.pooled_jsonb())::test.pair]');
