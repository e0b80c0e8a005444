-- agentchat.set_updated_at() decides what counts as a change, and which sessions count as a restore.
\ir ../lib/agentchat.sql
SET TimeZone = 'America/New_York';

SELECT plan(59);

CREATE TYPE pair AS (name text, number numeric);
CREATE TABLE things (
    id int,
    gone text DEFAULT 'of a column that is dropped',
    note text,
    number numeric,
    stored text,
    body text,
    parts jsonb,
    pair pair,
    tags text[],
    twice int GENERATED ALWAYS AS (id * 2) STORED,
    updated_at timestamp
);
ALTER TABLE things ALTER COLUMN stored SET STORAGE EXTERNAL;
CREATE TRIGGER agentchat_set_updated_at BEFORE UPDATE ON things
    FOR EACH ROW EXECUTE FUNCTION agentchat.set_updated_at();
INSERT INTO things VALUES (1, DEFAULT, NULL, 1.0, repeat('x', 10000), repeat('long ', 20000),
    jsonb_build_array(repeat('long ', 20000)), ROW(repeat('long ', 20000), 1.0),
    ARRAY[repeat('long ', 20000), NULL], DEFAULT, '2026-01-05');
-- From here on the stored row has one column too many and lacks two.
ALTER TABLE things DROP COLUMN gone;
ALTER TABLE things ADD COLUMN later int DEFAULT 7, ADD COLUMN later_null text;

BEGIN;
UPDATE things SET id = 1, later = 7, later_null = NULL;
SELECT is(updated_at, '2026-01-05', 'dropping and adding columns does not change a row') FROM things;
ROLLBACK;
BEGIN;
UPDATE things SET later = 8;
SELECT is(updated_at, now() AT TIME ZONE 'utc', 'a column added later is changed') FROM things;
ROLLBACK;
BEGIN;
UPDATE things SET later_null = 'x';
SELECT is(updated_at, now() AT TIME ZONE 'utc', '... also from NULL') FROM things;
ROLLBACK;

-- Runs an UPDATE of that row with an updated_at in the past, and returns the outcome.
CREATE FUNCTION outcome(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    result timestamp;
BEGIN
    SET LOCAL row_security = off;
    UPDATE things SET updated_at = '2026-01-05';
    SET LOCAL row_security = on;
    EXECUTE statement;
    SELECT updated_at INTO STRICT result FROM things;
    RETURN CASE result WHEN '2026-01-05' THEN 'left alone'
                       WHEN now() AT TIME ZONE 'utc' THEN 'set' ELSE result::text END;
END $$;

-- UPDATEs that change nothing.
SELECT is(outcome('UPDATE things SET ' || assignment), 'left alone', assignment)
FROM unnest(ARRAY[
    'id = id', 'id = 1', 'note = NULL', 'number = 1.0', 'body = body', $$body = body || ''$$,
    $$body = repeat('long ', 20000)$$, $$stored = repeat('x', 10000)$$, $$parts = parts || '[]'$$,
    $$parts = jsonb_build_array(repeat('long ', 20000))$$, $$pair = ROW(repeat('long ', 20000), 1.0)$$,
    'pair.number = 1.0', $$tags = ARRAY[repeat('long ', 20000), NULL]$$, $$tags[1] = repeat('long ', 20000)$$,
    'twice = DEFAULT', 'later = 7', 'later_null = NULL', $$updated_at = '2026-01-05'$$,
    $$id = 1, note = NULL, body = repeat('long ', 20000), later = 7, updated_at = '2026-01-05'$$
]) AS assignment;
SELECT is(outcome('UPDATE things SET id = 2 WHERE false'), 'left alone', 'no row');

-- UPDATEs that change something.
SELECT is(outcome('UPDATE things SET ' || assignment), 'set', assignment)
FROM unnest(ARRAY[
    'id = 2', $$note = ''$$, 'note = NULL', 'number = 1.00', $$body = repeat('long ', 19999) || 'lonG '$$,
    $$body = body || ' '$$, $$stored = repeat('x', 9999) || 'y'$$, $$parts = parts || '[1]'$$,
    'pair.number = 1.00', 'pair = NULL', $$tags[2] = ''$$, 'tags = NULL', 'later = 8', 'later = NULL',
    $$later_null = ''$$, 'updated_at = NULL', $$updated_at = '2000-01-01'$$, $$updated_at = 'infinity'$$,
    $$id = 3, updated_at = '2000-01-01'$$
]) AS assignment;

-- Two UPDATEs in a transaction set the same time. A restore may have left a later time, or none.
BEGIN;
UPDATE things SET id = 4;
SELECT pg_sleep(0.01) \g /dev/null
UPDATE things SET id = 5;
SELECT is(updated_at, now() AT TIME ZONE 'utc', 'the time is that of the transaction') FROM things;
SET LOCAL row_security = off;
UPDATE things SET updated_at = now() AT TIME ZONE 'utc' + interval '1 microsecond';
SET LOCAL row_security = on;
UPDATE things SET id = 6;
SELECT is(updated_at, now() AT TIME ZONE 'utc' + interval '1 microsecond', 'it never goes back') FROM things;
SET LOCAL row_security = off;
UPDATE things SET updated_at = NULL;
SET LOCAL row_security = on;
UPDATE things SET id = 7;
SELECT is(updated_at, now() AT TIME ZONE 'utc', 'it takes the place of NULL') FROM things;
ROLLBACK;

-- A partitioned table with columns in another order in its partitions, and a row that moves.
CREATE TABLE parted (id int, body text, updated_at timestamptz) PARTITION BY LIST (id);
CREATE TABLE parted_1 (updated_at timestamptz, body text, id int);
ALTER TABLE parted ATTACH PARTITION parted_1 FOR VALUES IN (1);
CREATE TABLE parted_2 PARTITION OF parted FOR VALUES IN (2);
CREATE TRIGGER set_updated_at BEFORE UPDATE ON parted
    FOR EACH ROW EXECUTE FUNCTION agentchat.set_updated_at();
BEGIN;
INSERT INTO parted VALUES (1, 'one', '2026-01-05'), (2, 'two', '2026-01-05');
UPDATE parted SET body = 'one';
SELECT results_eq('SELECT id, updated_at = now() FROM parted ORDER BY id', 'VALUES (1, false), (2, true)',
    'in partitions');
UPDATE parted SET id = 2 WHERE id = 1;
SELECT results_eq('SELECT id, updated_at = now() FROM parted ORDER BY id', 'VALUES (2, true), (2, true)',
    'in a row that moves to another partition');
ROLLBACK;

-- Sessions that count as a restore. The owner offers a function and a view to other roles.
CREATE ROLE agentchat_test_owner;
CREATE ROLE agentchat_test_user;
CREATE ROLE agentchat_test_bypass BYPASSRLS;
GRANT USAGE ON SCHEMA tap TO agentchat_test_owner, agentchat_test_user, agentchat_test_bypass;
CREATE TABLE private (id int, updated_at timestamp);
CREATE TRIGGER set_updated_at BEFORE UPDATE ON private
    FOR EACH ROW EXECUTE FUNCTION agentchat.set_updated_at();
ALTER TABLE private ENABLE ROW LEVEL SECURITY;
CREATE POLICY everything ON private USING (true);
ALTER TABLE private OWNER TO agentchat_test_owner;
GRANT SELECT, UPDATE ON private TO agentchat_test_user, agentchat_test_bypass;
INSERT INTO private VALUES (1);
CREATE VIEW private_view AS SELECT * FROM private;
ALTER VIEW private_view OWNER TO agentchat_test_owner;
GRANT SELECT, UPDATE ON private_view TO agentchat_test_user, agentchat_test_bypass;
CREATE FUNCTION by_function() RETURNS void LANGUAGE sql SECURITY DEFINER SET row_security = off AS
$$ UPDATE public.private SET updated_at = '2000-01-01' $$;
ALTER FUNCTION by_function() OWNER TO agentchat_test_owner;

-- Tells whether a role with row_security off can set updated_at with the statement.
CREATE FUNCTION is_restore(role text, statement text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    result boolean;
BEGIN
    UPDATE private SET id = id + 1;
    PERFORM set_config('role', role, true), set_config('row_security', 'off', true);
    EXECUTE statement;
    PERFORM set_config('role', 'none', true), set_config('row_security', 'on', true);
    SELECT updated_at = '2000-01-01' INTO STRICT result FROM private;
    RETURN result;
END $$;
\set direct 'UPDATE private SET updated_at = $$2000-01-01$$'
\set by_view 'UPDATE private_view SET updated_at = $$2000-01-01$$'
\set by_function 'SELECT by_function()'

SELECT ok(is_restore('none', :'direct'), 'a superuser restores');
SELECT ok(is_restore('agentchat_test_owner', :'direct'), 'the owner restores');
SELECT ok(is_restore('agentchat_test_bypass', :'direct'), 'a user with BYPASSRLS restores');
SELECT throws_ok(format('SELECT is_restore(%L, %L)', 'agentchat_test_user', :'direct'), '42501', NULL,
    'a user under policies cannot restore');
SELECT ok(NOT is_restore('agentchat_test_user', :'by_function'), '... nor through a function of the owner');
SELECT ok(NOT is_restore('agentchat_test_user', :'by_view'), '... nor through a view of the owner');

ALTER TABLE private FORCE ROW LEVEL SECURITY;
SELECT throws_ok(format('SELECT is_restore(%L, %L)', 'agentchat_test_owner', :'direct'), '42501', NULL,
    'the owner under policies cannot restore');

ALTER TABLE private DISABLE ROW LEVEL SECURITY;
SELECT ok(NOT is_restore('agentchat_test_user', :'direct'),
    'a user who may only write cannot restore, even without policies');

-- The policies of a partitioned table count for its partitions, where its triggers fire.
CREATE TABLE split (id int, updated_at timestamp) PARTITION BY LIST (id);
CREATE TABLE split_1 PARTITION OF split FOR VALUES IN (1);
ALTER TABLE split OWNER TO agentchat_test_owner;
ALTER TABLE split_1 OWNER TO agentchat_test_owner;
CREATE TRIGGER set_updated_at BEFORE UPDATE ON split FOR EACH ROW EXECUTE FUNCTION agentchat.set_updated_at();
ALTER TABLE split ENABLE ROW LEVEL SECURITY;
CREATE VIEW split_view AS SELECT * FROM split;
ALTER VIEW split_view OWNER TO agentchat_test_owner;
GRANT SELECT, UPDATE ON split_view TO agentchat_test_user;
INSERT INTO split VALUES (1, '2020-01-01');
SET row_security = off;
SET ROLE agentchat_test_user;
UPDATE split_view SET updated_at = '1999-01-01';
RESET ROLE;
SELECT ok(updated_at > '2026-01-01',
    'a user under policies of a partitioned table does not restore') FROM split;
UPDATE split SET updated_at = '1999-01-01';
SELECT is(updated_at, '1999-01-01', '... and a superuser does') FROM split;
-- The partition itself has no policies.
ALTER TABLE split FORCE ROW LEVEL SECURITY;
SET ROLE agentchat_test_owner;
UPDATE split_1 SET updated_at = '1999-01-02';
RESET ROLE;
SELECT ok(updated_at > '2026-01-01', '... nor does their owner, if they apply to the owner') FROM split_1;
RESET row_security;

-- An earlier trigger in PL/pgSQL leaves generated columns NULL.
CREATE TABLE generated (n int, twice int GENERATED ALWAYS AS (2 * n) STORED, updated_at timestamp);
CREATE FUNCTION as_it_is() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER a BEFORE UPDATE ON generated FOR EACH ROW EXECUTE FUNCTION as_it_is();
CREATE TRIGGER b BEFORE UPDATE ON generated FOR EACH ROW EXECUTE FUNCTION agentchat.set_updated_at();
INSERT INTO generated VALUES (1, DEFAULT, '2020-01-01');
UPDATE generated SET n = n;
SELECT is(updated_at, '2020-01-01', 'a generated column is not a change') FROM generated;

SELECT * FROM finish();
DROP OWNED BY agentchat_test_owner, agentchat_test_user, agentchat_test_bypass;
DROP ROLE agentchat_test_owner, agentchat_test_user, agentchat_test_bypass;
