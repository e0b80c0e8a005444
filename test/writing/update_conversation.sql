-- update_conversation() changes the title of a conversation, and merges keys into its metadata.
\ir ../lib/agentchat.sql
\ir ../lib/api_user.sql

INSERT INTO conversations (id, user_id, title, metadata, created_at, updated_at)
SELECT md5('c ' || u)::uuid, md5(u)::uuid, u, '{"a": 1, "b": {"x": 1, "y": null}}', '2026-01-01', '2026-01-02'
FROM unnest('{ada,bob}'::text[]) u;
\set ada 'md5(''c ada'')::uuid'
\set bob 'md5(''c bob'')::uuid'

-- Sets the stored metadata without the trigger that sets updated_at.
CREATE PROCEDURE store(value jsonb) LANGUAGE plpgsql SET session_replication_role = replica AS $$
BEGIN
    UPDATE conversations SET metadata = value, updated_at = '2026-01-02', title = 'ada'
    WHERE id = md5('c ada')::uuid;
END $$;
CREATE FUNCTION merged(value jsonb, given jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
BEGIN
    CALL store(value);
    RETURN nullif(update_conversation(md5('c ada')::uuid, metadata => given) -> 'metadata', 'null');
END $$;
CREATE FUNCTION is_touched() RETURNS boolean LANGUAGE sql
    AS $$ SELECT updated_at > '2026-01-02' FROM conversations WHERE id = md5('c ada')::uuid $$;

SELECT plan(63);

-- The result.
SELECT update_conversation(:ada, 'Trip', '{"c": [3], "a": null}') AS result \gset
SELECT is((:'result'::jsonb) - 'updated_at',
    jsonb_build_object('id', :ada, 'title', 'Trip',
        'metadata', '{"b": {"x": 1, "y": null}, "c": [3]}'::jsonb),
    'title and metadata change, and the result shows them');
SELECT is((SELECT jsonb_build_object('id', id, 'title', title, 'metadata', metadata, 'updated_at',
        to_char(updated_at, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')) FROM conversations WHERE id = :ada),
    :'result'::jsonb,
    '... as they are stored');
SELECT ok(is_touched(), '... updated_at is the time of the change');
SELECT is((SELECT to_jsonb(c) - '{id,user_id}'::text[] FROM conversations c WHERE id = :bob),
    (SELECT to_jsonb(c) - '{id,user_id}'::text[] || '{"title": "bob"}' FROM conversations c WHERE id = :bob),
    'other conversations stay');
SELECT is((SELECT created_at FROM conversations WHERE id = :ada), '2026-01-01', 'other columns stay');
SELECT is(update_conversation(conversation_id => :ada::text, metadata => '{"d": 4}', title => NULL)
        ->> 'title',
    'Trip',
    'a NULL title leaves the title');
SELECT is(update_conversation(:ada, title => '') - '{id,updated_at}'::text[],
    '{"title": "", "metadata": {"b": {"x": 1, "y": null}, "c": [3], "d": 4}}',
    'without metadata, the metadata stays, and a title may be empty');

-- What merges into what. Tables that agentchat did not create may lack the constraint.
ALTER TABLE conversations DROP CONSTRAINT conversations_metadata_check;
SELECT is(merged(stored::jsonb, given::jsonb), expected::jsonb, format('%s and %s', stored, given))
FROM (VALUES
    (NULL, '{"a": 1}', '{"a": 1}'),
    (NULL, '{"a": null}', '{}'),
    ('null', '{"a": 1, "b": null}', '{"a": 1}'),
    ('{}', '{"a": {"b": null}}', '{"a": {"b": null}}'),
    ('{"a": 1}', '{"a": null}', '{}'),
    ('{"a": null, "b": null}', '{"b": null}', '{"a": null}'),
    ('{"a": {"x": 1}}', '{"a": {"y": 2}}', '{"a": {"y": 2}}'),
    ('{"a": 1}', '{"A": 2, "": 3, " a": 4}', '{"a": 1, "A": 2, "": 3, " a": 4}'),
    ('{"": 1}', '{"": null}', '{}'),
    ('{"a": 1.50}', '{"b": 1e300}', '{"a": 1.50, "b": 1e300}'),
    (U&'{"\+01F334": 1, "\00DF": 2}', U&'{"\+01F334": null, "u\0308": 3, "\00FC": 4, "\2028": 5}',
     U&'{"\00DF": 2, "u\0308": 3, "\00FC": 4, "\2028": 5}'),
    ('{"\"": 1, "\\": 2, "a\nb": 3, "''": 4}', '{"\"": null, "\\": null, "''": null}', '{"a\nb": 3}')
) t (stored, given, expected);
SELECT is((SELECT metadata::text FROM conversations WHERE id = :ada), '{"a\nb": 3}', '... and is stored');

-- Nothing changes.
CREATE FUNCTION unchanged(stored jsonb, title text, given jsonb) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    result jsonb;
BEGIN
    CALL store(stored);
    result := update_conversation(md5('c ada')::uuid, title, given);
    RETURN concat_ws(' ', is_touched(), result ->> 'updated_at',
        (SELECT c.metadata IS NOT DISTINCT FROM stored FROM conversations c WHERE c.id = md5('c ada')::uuid));
END $$;
SELECT is(unchanged(stored, title, given), 'f 2026-01-02T00:00:00.000000Z t', 'nothing changes: ' || what)
FROM (VALUES
    ('no arguments', '{"a": 1}'::jsonb, NULL, NULL::jsonb),
    ('the same title', '{"a": 1}', 'ada', NULL),
    ('the same value', '{"a": 1.0, "b": [null]}', NULL, '{"b": [null]}'),
    ('a missing key is removed', '{"a": 1}', 'ada', '{"b": null}'),
    ('no keys', '{"a": 1}', NULL, '{}'),
    ('no keys, and NULL is stored', NULL, NULL, '{}'),
    ('no metadata, and an array is stored', '[1]', NULL, NULL),
    ('no keys, and a text is stored', '"x"', NULL, '{}'),
    ('a large value',
     (SELECT jsonb_object_agg(n, repeat(md5(n::text), 100)) FROM generate_series(1, 1000) n),
     NULL, '{"x": null}'),
    ('a large compressible value', jsonb_build_object('a', repeat('x', 1000000), 'b', 1), 'ada', '{"b": 1}')
) t (what, stored, title, given);
SELECT is(merged('{"a": 1}', '{"a": 1.0}')::text, '{"a": 1.0}', 'another form of a number is a change');

-- Random merges, against an expression with other operators.
SELECT setseed(0.5) \g /dev/null
CREATE FUNCTION random_object(keys int) RETURNS jsonb LANGUAGE sql VOLATILE AS $$
    SELECT coalesce(jsonb_object_agg(
        (ARRAY['', 'k', 'ß', U&'\+01F334', 'null', U&'e\0301', '"', 'longer key '])
            [1 + floor(random() * 8)::int] || floor(random() * keys)::int,
        (ARRAY['null', '1', '"x"', '[null]', 'true', '{}', '{"k1": null}']::jsonb[])
            [1 + floor(random() * 7)::int]), '{}')
    FROM generate_series(1, floor(random() * keys)::int)
$$;
CREATE TABLE merges AS
SELECT n, CASE WHEN n % 9 > 0 THEN random_object(1 + n % 70) END AS stored, random_object(1 + n % 50) AS given
FROM generate_series(1, 1500) n;
CREATE FUNCTION oracle(stored jsonb, given jsonb) RETURNS jsonb LANGUAGE sql AS $$
    SELECT CASE WHEN given = '{}' THEN stored ELSE
        (coalesce(stored, '{}') - coalesce(array_agg(key) FILTER (WHERE value = 'null'), '{}'))
        || coalesce(jsonb_object_agg(key, value) FILTER (WHERE value <> 'null'), '{}') END
    FROM (VALUES (1)) v (one) LEFT JOIN jsonb_each(given) ON true
$$;
SELECT is_empty($$SELECT n FROM merges WHERE merged(stored, given) IS DISTINCT FROM oracle(stored, given)$$,
    'random merges');
SELECT cmp_ok((SELECT count(DISTINCT oracle(stored, given)) FROM merges)::int, '>', 1000, '... that differ');

-- Many keys.
SELECT is(merged((SELECT jsonb_object_agg(n, n) FROM generate_series(1, 33) n), '{"33": null, "34": 34}'),
    (SELECT jsonb_object_agg(n, n) FROM generate_series(1, 34) n WHERE n <> 33),
    '33 keys');
SET statement_timeout = '60s';
SELECT is(merged((SELECT jsonb_object_agg('key ' || n, n) FROM generate_series(1, 100000) n),
        (SELECT jsonb_object_agg('key ' || n, NULL) FROM generate_series(2, 100000) n)),
    '{"key 1": 1}',
    'a hundred thousand keys are removed in a moment');
RESET statement_timeout;

-- A trigger of the user.
CREATE FUNCTION shout() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN NEW.title := upper(NEW.title); RETURN NEW; END $$;
CREATE TRIGGER shout BEFORE UPDATE ON conversations FOR EACH ROW EXECUTE FUNCTION shout();
SELECT is(update_conversation(:ada, 'loud') ->> 'title', 'LOUD', 'the result shows what a trigger has done');
DROP TRIGGER shout ON conversations;

-- Errors.
SELECT throws_ok($$SELECT update_conversation('00000000-0000-0000-0000-000000000000', 'x')$$,
    'PT404',
    'conversation not found',
    'an unknown conversation');
SELECT throws_ok('SELECT update_conversation(NULL::uuid)', '22004', NULL, 'NULL');
SELECT throws_ok(format('SELECT update_conversation(%L, metadata => %L)', :ada, given), '22023',
    'metadata must be a JSON object',
    'metadata is ' || given)
FROM unnest('{[],"null",1,"\"{}\"",true}'::text[]) given;
SELECT throws_ok(format('SELECT merged(%L, %L)', stored, '{"a": 1}'), 'PT409',
    'stored metadata is not a JSON object',
    'stored metadata is ' || stored)
FROM unnest('{[],1,"\"{}\"",false}'::text[]) stored;
SELECT throws_ok(format('SELECT update_conversation(%L, NULL)', :ada || 'x'), '22023', NULL, 'no caller');
BEGIN READ ONLY;
SELECT throws_ok(format('SELECT update_conversation(%L)', :ada), '25006', NULL, 'a read-only transaction');
ROLLBACK;
CALL store('{"a": 1}');

-- Under row-level security.
SET ROLE agentchat_test_user;
SELECT become('ada') \g /dev/null
SELECT is(update_conversation(:ada, 'Mine', '{"b": 2}') - 'updated_at',
    jsonb_build_object('id', :ada, 'title', 'Mine', 'metadata', '{"a": 1, "b": 2}'::jsonb),
    'a user updates a conversation of their own');
SELECT throws_ok(format('SELECT update_conversation(%L, %L, %L)', :bob, 'Mine', '{"a": 2}'),
    'PT404',
    'conversation not found',
    '... not another user''s');
SELECT become('') \g /dev/null
SELECT throws_ok(format('SELECT update_conversation(%L)', :ada),
    'PT404',
    'conversation not found',
    'a caller who is not signed in updates none');
RESET ROLE;
SELECT is((SELECT title || metadata FROM conversations WHERE id = :bob),
    'bob{"a": 1, "b": {"x": 1, "y": null}}',
    '... the other user''s is unchanged');
CREATE POLICY frozen ON conversations AS RESTRICTIVE FOR UPDATE USING (title <> 'Mine');
SELECT become('ada') \g /dev/null
SET ROLE agentchat_test_user;
SELECT throws_ok(format('SELECT update_conversation(%L, %L)', :ada, 'x'),
    'PT404',
    'conversation not found',
    'a conversation that the caller may see, but not change');
RESET ROLE;
DROP POLICY frozen ON conversations;
REVOKE UPDATE ON conversations FROM agentchat_test_user;
SET ROLE agentchat_test_user;
SELECT throws_ok(format('SELECT update_conversation(%L, %L)', :ada, 'x'), '42501', NULL,
    'a caller who may not change conversations');
RESET ROLE;
GRANT UPDATE (title, metadata) ON conversations TO agentchat_test_user;
SET ROLE agentchat_test_user;
SELECT is(update_conversation(:ada, 'Both') ->> 'title', 'Both', 'a caller who may change both columns');
RESET ROLE;
CREATE ROLE agentchat_test_nobody;
GRANT USAGE ON SCHEMA tap TO agentchat_test_nobody;
SET ROLE agentchat_test_nobody;
SELECT throws_ok(format('SELECT update_conversation(%L)', :ada), '42501', NULL, 'a role without grants');
RESET ROLE;

-- Planted functions and operators are not called.
CREATE SCHEMA evil;
CREATE FUNCTION evil.trap(jsonb, jsonb)
RETURNS jsonb LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'trap'; END $$;
CREATE OPERATOR evil.|| (FUNCTION = evil.trap, LEFTARG = jsonb, RIGHTARG = jsonb);
CREATE FUNCTION evil.trap(jsonb, text)
RETURNS jsonb LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'trap'; END $$;
CREATE OPERATOR evil.-> (FUNCTION = evil.trap, LEFTARG = jsonb, RIGHTARG = text);
CREATE FUNCTION evil.trap(text, text)
RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'trap'; END $$;
CREATE OPERATOR evil.= (FUNCTION = evil.trap, LEFTARG = text, RIGHTARG = text);
CREATE OPERATOR evil.<> (FUNCTION = evil.trap, LEFTARG = text, RIGHTARG = text);
CREATE FUNCTION evil.trap(uuid, uuid)
RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'trap'; END $$;
CREATE OPERATOR evil.= (FUNCTION = evil.trap, LEFTARG = uuid, RIGHTARG = uuid);
CREATE FUNCTION evil.jsonb_typeof(jsonb)
RETURNS text LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'trap'; END $$;
CREATE TABLE evil.conversations AS TABLE conversations;
SELECT set_config('search_path', 'evil, pg_catalog', false) \g /dev/null
SELECT public.update_conversation(pg_catalog.md5('c ada')::pg_catalog.uuid, 'Safe', '{"a": null, "s": 1}')
AS safe \gset
SET search_path = public, tap;
SELECT is((SELECT title || metadata FROM conversations WHERE id = :ada),
    'Safe{"b": 2, "s": 1}',
    'search_path = evil, pg_catalog');
SELECT is((SELECT title FROM evil.conversations WHERE id = :ada), 'Both', '... the planted table stays');
DROP SCHEMA evil CASCADE;

-- The statement follows the tables.
ALTER TABLE conversations ALTER title TYPE varchar(10), ALTER updated_at TYPE timestamptz
    USING updated_at AT TIME ZONE 'utc', ADD COLUMN key text, ADD COLUMN value jsonb;
SET timezone = 'Asia/Tokyo';
SELECT is(update_conversation(:ada, 'Ten', '{"t": 1}') - '{id,updated_at}'::text[],
    '{"title": "Ten", "metadata": {"b": 2, "s": 1, "t": 1}}',
    'columns of other types, and more columns');
SELECT is((update_conversation(:ada) ->> 'updated_at')::timestamptz,
    (SELECT updated_at FROM conversations WHERE id = :ada),
    '... updated_at is in UTC');
SELECT throws_ok(format('SELECT update_conversation(%L, %L)', :ada, 'longer than ten'), '22001', NULL,
    'a title that is too long for its column');

ALTER TABLE conversations ALTER title DROP NOT NULL, ALTER metadata DROP NOT NULL,
    ALTER updated_at DROP NOT NULL, DISABLE TRIGGER USER;
UPDATE conversations SET title = NULL, metadata = NULL, updated_at = NULL WHERE id = :ada;
SELECT is(update_conversation(:ada) - 'id', '{"title": null, "metadata": null, "updated_at": null}',
    'columns that are NULL');

SELECT * FROM finish();
