-- current_user_id() reads the claims of a JWT the way Supabase's auth.uid() does.
\ir ../lib/agentchat.sql

-- Supabase's function.
CREATE SCHEMA auth;
CREATE FUNCTION auth.uid() RETURNS uuid LANGUAGE sql STABLE AS $$
    SELECT coalesce(
        nullif(current_setting('request.jwt.claim.sub', true), ''),
        (nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub')
    )::uuid
$$;

-- Returns the result as text, or the SQLSTATE.
CREATE FUNCTION answer(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    result text;
BEGIN
    EXECUTE query INTO result;
    RETURN result;
EXCEPTION WHEN OTHERS THEN
    RETURN SQLSTATE;
END $$;

-- Claims and the expected result: a user, NULL or 22023.
CREATE TEMPORARY TABLE cases (n serial, claims text, older text, expected text);
INSERT INTO cases (claims, older, expected) VALUES
(NULL, NULL, NULL),
('', NULL, NULL),
('', '', NULL),
('{}', NULL, NULL),
('null', NULL, NULL),
('[]', NULL, NULL),
('"00000000-0000-0000-0000-000000000001"', NULL, NULL),
('["sub", "00000000-0000-0000-0000-000000000001"]', NULL, NULL),
('[{"sub": "00000000-0000-0000-0000-000000000001"}]', NULL, NULL),
('{"sub": null}', NULL, NULL),
('{"role": "anon"}', NULL, NULL),
('{"app": {"sub": "00000000-0000-0000-0000-000000000001"}}', NULL, NULL),
('{"app": [{"sub": "00000000-0000-0000-0000-000000000001"}]}', NULL, NULL),
('{"Sub": "00000000-0000-0000-0000-000000000001"}', NULL, NULL),
('{"sub": "00000000-0000-0000-0000-000000000001"}', NULL, '00000000-0000-0000-0000-000000000001'),
('{"sub": "00000000-0000-0000-0000-000000000001"}', '', '00000000-0000-0000-0000-000000000001'),
('{"sub": "00000000-0000-0000-0000-000000000001", "app": {"sub": "00000000-0000-0000-0000-000000000002"}}',
    NULL, '00000000-0000-0000-0000-000000000001'),
('{"app": {"sub": "00000000-0000-0000-0000-000000000002"}, "sub": "00000000-0000-0000-0000-000000000001"}',
    NULL, '00000000-0000-0000-0000-000000000001'),
('{"app": [[], {"a": {}}], "sub": "00000000-0000-0000-0000-000000000001", "z": [1, 2.5, true, null]}', NULL,
    '00000000-0000-0000-0000-000000000001'),
('{"sub": "00000000-0000-0000-0000-000000000002", "sub": "00000000-0000-0000-0000-000000000001"}', NULL,
    '00000000-0000-0000-0000-000000000001'),
('{"sub": "00000000-0000-0000-0000-000000000002", "sub": null}', NULL, NULL),
('{"\u0073ub": "000\u00300000-0000-0000-0000-00000000000A"}', NULL, '00000000-0000-0000-0000-00000000000a'),
('{"sub": "{00000000-0000-0000-0000-00000000000A}"}', NULL, '00000000-0000-0000-0000-00000000000a'),
(NULL, '00000000-0000-0000-0000-000000000003', '00000000-0000-0000-0000-000000000003'),
('{"sub": "00000000-0000-0000-0000-000000000001"}', '00000000-0000-0000-0000-000000000003',
    '00000000-0000-0000-0000-000000000003'),
('not JSON', '00000000-0000-0000-0000-000000000003', '00000000-0000-0000-0000-000000000003'),
('{"sub": ""}', NULL, '22023'),
('{"sub": "service"}', NULL, '22023'),
('{"sub": " 00000000-0000-0000-0000-000000000001"}', NULL, '22023'),
('{"sub": "00000000-0000-0000-0000-000000000001x"}', NULL, '22023'),
('{"sub": "00000000-0000-0000-0000-00000000000"}', NULL, '22023'),
(format('{"sub": "00000000-0000-0000-0000-000000000001%s"}', repeat('0', 10000)), NULL, '22023'),
('{"sub": 1}', NULL, '22023'),
('{"sub": -1}', NULL, '22023'),
('{"sub": 1.5}', NULL, '22023'),
('{"sub": 111111111111111111111111111111E7}', NULL, '22023'),
('{"sub": true}', NULL, '22023'),
('{"sub": {}}', NULL, '22023'),
('{"sub": ["00000000-0000-0000-0000-000000000001"]}', NULL, '22023'),
('{"sub": {"sub": "00000000-0000-0000-0000-000000000001"}}', NULL, '22023'),
('{', NULL, '22023'),
('{"sub": "00000000-0000-0000-0000-000000000001"', NULL, '22023'),
('{"sub": "00000000-0000-0000-0000-000000000001"} x', NULL, '22023'),
('{sub: "00000000-0000-0000-0000-000000000001"}', NULL, '22023'),
(' ', NULL, '22023'),
(E'\uFEFF{"sub": "00000000-0000-0000-0000-000000000001"}', NULL, '22023'),
(repeat('[', 5000), NULL, '22023'),
(repeat('{"a":', 5000) || '1' || repeat('}', 5000), NULL, NULL),
(NULL, 'service', '22023'),
(NULL, ' ', '22023');

SELECT plan((SELECT 2 * count(*)::int FROM cases) + 4);

CREATE FUNCTION tested() RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    c cases;
    theirs text;
BEGIN
    FOR c IN SELECT * FROM cases ORDER BY n LOOP
        PERFORM set_config('request.jwt.claims', c.claims, true),
            set_config('request.jwt.claim.sub', c.older, true);
        RETURN NEXT is(answer('SELECT current_user_id()'), c.expected,
                       left(format('claims %s, older setting %s', c.claims, c.older), 120));
        theirs := answer('SELECT auth.uid()');
        -- Where auth.uid() fails, ours does with an error of its own.
        RETURN NEXT is(c.expected,
            CASE WHEN length(theirs) = 5 THEN '22023' ELSE theirs END,
            '... auth.uid() agrees');
    END LOOP;
END $$;
SELECT tested();

SET request.jwt.claims = '{"sub": "none of your business"}';
SELECT throws_ok('SELECT current_user_id()',
    '22023',
    'the claims of the request do not name a user',
    'the message');
RESET request.jwt.claims;

-- Many rows, one look: EXPLAIN shows it as an InitPlan.
CREATE FUNCTION plan_of(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
    RETURN QUERY EXECUTE 'EXPLAIN (COSTS OFF) ' || query;
END $$;
SELECT ok(EXISTS (SELECT
        FROM plan_of('SELECT * FROM users WHERE id = (SELECT current_user_id())') l WHERE l ~ 'InitPlan'),
          'a subquery is evaluated once');
SELECT is((SELECT provolatile::text FROM pg_proc WHERE oid = 'current_user_id'::regproc),
    's',
    'it is stable');
-- In a parallel worker.
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET max_parallel_workers_per_gather = 2;
SET request.jwt.claims = '{"sub": "00000000-0000-0000-0000-000000000001"}';
CREATE TABLE many AS SELECT generate_series(1, 10000) AS n;
ANALYZE many;
SELECT is((SELECT count(*)::int
        FROM many WHERE current_user_id() = '00000000-0000-0000-0000-000000000001'), 10000,
          'in parallel workers, too');
SELECT * FROM finish();
