-- agentchat.link_supabase_auth(): users follow auth.users, and no sign-up fails because of it. The
-- owner who runs it is not a superuser, like Supabase's postgres. Supabase Auth writes as a role without any
-- privilege on our tables.
\ir ../lib/pgtap.sql
GRANT USAGE ON SCHEMA tap TO PUBLIC;
\set QUIET on
SET client_min_messages = error;
SELECT quote_ident(current_database()) AS database \gset
CREATE ROLE tap_owner BYPASSRLS;
CREATE ROLE tap_other;
ALTER DATABASE :database OWNER TO tap_owner;
SET ROLE tap_owner;
CREATE EXTENSION agentchat;
RESET ROLE;
SET search_path = public, tap;

SELECT plan(113);

-- Returns a user's id by its number.
CREATE FUNCTION nth(n int) RETURNS uuid LANGUAGE sql AS $$ SELECT lpad(n::text, 32, '0')::uuid $$;
CREATE FUNCTION placeholder(n int) RETURNS text LANGUAGE sql AS $$ SELECT nth(n) || '@no-email.invalid' $$;

-- Returns the result of link_supabase_auth() in one line.
CREATE FUNCTION linked() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    result text;
BEGIN
    SET LOCAL ROLE tap_owner;
    SELECT coalesce(string_agg(object || ': ' || outcome, '; '), '') INTO result
    FROM agentchat.link_supabase_auth();
    RESET ROLE;
    RETURN result;
END $$;

-- Runs a statement the way Supabase Auth does.
CREATE FUNCTION auth(statement text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('search_path', 'auth', true), set_config('role', 'supabase_auth_admin', true);
    EXECUTE statement;
    PERFORM set_config('role', 'none', true), set_config('search_path', 'public, tap', true);
END $$;
CREATE FUNCTION sign_up(n int, email text, metadata jsonb DEFAULT '{}') RETURNS void LANGUAGE sql AS $$
    SELECT auth(format('INSERT INTO users (id, email, raw_user_meta_data, is_anonymous)
        VALUES (%L, %L, %L, %L)',
                       nth(n), email, metadata, email IS NULL))
$$;

-- Returns a row of users as text.
CREATE FUNCTION row_of(n int) RETURNS text LANGUAGE sql AS $$
    SELECT concat_ws(' | ', email, coalesce(name, '-'), coalesce(avatar_url, '-'))
    FROM users WHERE id = nth(n)
$$;

-- Reasons to refuse.

SELECT throws_ok('SELECT linked()',
    '42P01',
    'table auth.users does not exist',
    'without Supabase Auth there is a clear error');
CREATE SCHEMA auth;
CREATE VIEW auth.users AS SELECT 1;
SELECT throws_ok('SELECT linked()',
    '42P01',
    'table auth.users does not exist',
    'a view of that name is the same error');
DROP VIEW auth.users;
CREATE TABLE auth.users (id uuid PRIMARY KEY, email text, raw_user_meta_data text);
SELECT throws_ok('SELECT linked()',
    '42804',
    'table auth.users does not match that of Supabase',
    'another table of that name is refused');
DROP SCHEMA auth CASCADE;

\set owner tap_owner
\ir ../lib/auth_users.sql

SELECT throws_ok('SELECT * FROM agentchat.link_supabase_auth()',
    '42501',
    'only the owner of the tables may link them',
    'a superuser who does not own users is refused');
SET ROLE tap_other;
SELECT throws_ok('SELECT * FROM agentchat.link_supabase_auth()',
    '42501',
    'permission denied for function link_supabase_auth',
    'other roles may not call it');
RESET ROLE;
REVOKE TRIGGER ON auth.users FROM tap_owner;
SELECT throws_ok('SELECT linked()', '42501', 'permission denied to link auth.users',
    'a role that may not create triggers on auth.users gets an error');
GRANT TRIGGER ON auth.users TO tap_owner;
REVOKE USAGE ON SCHEMA auth FROM tap_owner;
SELECT throws_ok('SELECT linked()', '42501', 'permission denied to link auth.users',
    '... a role that may not use its schema');
GRANT USAGE ON SCHEMA auth TO tap_owner;
ALTER ROLE tap_owner NOBYPASSRLS;
SELECT throws_ok('SELECT linked()', '42501', 'row-level security may hide users from the role tap_owner',
    '... a role that would not see all of auth.users');
ALTER ROLE tap_owner BYPASSRLS;
ALTER TABLE users RENAME TO people;
SELECT throws_ok('SELECT linked()',
    '42P01',
    'table users does not exist',
    'without the table users there is a clear error');
ALTER TABLE people RENAME TO users;
SELECT is((SELECT count(*)
        FROM pg_trigger WHERE tgrelid = 'auth.users'::regclass AND NOT tgisinternal), 0::bigint,
    'none of these calls left a trigger');

-- Existing users.

INSERT INTO auth.users (id, email, phone, raw_user_meta_data, is_anonymous, is_sso_user, deleted_at,
    created_at) VALUES
(nth(1), 'ada@example.com', NULL, '{"full_name": "Ada", "avatar_url": "https://example.com/ada.png"}', false,
    false, NULL, '2023-04-05 06:07:08+02'),
(nth(2), NULL, '441234', '{}', false, false, NULL, '2023-01-01'),
(nth(3), NULL, NULL, NULL, true, false, NULL, NULL),
(nth(4), '', NULL, '[]', true, false, NULL, '2023-01-01'),
(nth(5), 'Wx8hashed', '15hashed', '{}', false, false, '2024-01-01', '2023-01-01'),
(nth(6), 'taken@example.com', NULL, '{"name": "Eve"}', false, false, NULL, '2023-01-01'),
(nth(7), 'new@example.com', NULL, '{"name": "Grace"}', false, false, NULL, '2023-01-01'),
(nth(8), 'twin@example.com', NULL, '{"name": "Second"}', false, true, NULL, '2023-01-02'),
(nth(9), 'twin@example.com', NULL, '{"name": "First"}', false, true, NULL, '2023-01-01'),
(nth(10), 'b@example.com', NULL, '{"name": "From auth", "picture": "p"}', false, false, NULL, '2023-01-01'),
(nth(11), 'a@example.com', NULL, '{"name": "From auth"}', false, false, NULL, '2023-01-01'),
(nth(12), 'held@example.com', NULL, '{}', false, true, NULL, '2022-01-01'),
(nth(13), 'held@example.com', NULL, '{}', false, true, NULL, '2023-01-01'),
(nth(14), 'lower@example.com', NULL, '{}', false, false, NULL, '2023-01-01');
INSERT INTO users (id, email, name, updated_at) VALUES
(nth(100), 'taken@example.com', 'Somebody else', '2001-01-01'),
(nth(101), 'Lower@Example.com', 'Of another spelling', '2001-01-01'),
(nth(7), 'old@example.com', 'As in the app', '2001-01-01'),
(nth(10), 'a@example.com', NULL, '2001-01-01'),
(nth(11), 'b@example.com', 'Own', '2001-01-01'),
(nth(13), 'held@example.com', NULL, '2001-01-01');

SELECT is(linked(),
    format('trigger agentchat_sync_user of auth.users: created; users: 10 copied; users: 3 updated; '
    'user %1$s: %4$s; user %2$s: %4$s; user %3$s: %4$s', nth(6), nth(8), nth(12),
    'has a placeholder because another row of users has the e-mail address; they are not linked'),
    'existing users are copied, with a report');
SELECT is(row_of(1),
    'ada@example.com | Ada | https://example.com/ada.png',
    'e-mail, name and avatar are copied');
SELECT is((SELECT created_at FROM users WHERE id = nth(1)),
    '2023-04-05 04:07:08',
    'created_at is the time of the sign-up, in UTC');
SELECT is(row_of(2), placeholder(2) || ' | - | -', 'a user with only a phone gets a placeholder as e-mail');
SELECT is(row_of(3), placeholder(3) || ' | - | -', '... an anonymous user');
SELECT is(row_of(4), placeholder(4) || ' | - | -', '... a user with an empty e-mail');
SELECT is(row_of(5), placeholder(5) || ' | - | -', '... a softly deleted user');
SELECT is(row_of(6), placeholder(6) || ' | Eve | -', '... a user whose e-mail another row of users has');
SELECT is(row_of(100), 'taken@example.com | Somebody else | -', '... that row is unchanged');
SELECT is(row_of(7),
    'new@example.com | As in the app | -',
    'an existing row gets the e-mail and keeps its name');
SELECT ok((SELECT updated_at > now() - interval '1 day' FROM users WHERE id = nth(7)),
    '... its updated_at is new');
SELECT is(row_of(8) || ', ' || row_of(9), placeholder(8) || ' | Second | -, twin@example.com | First | -',
    'of two users with the same e-mail (single sign-on) the older one gets it');
SELECT is(row_of(12) || ', ' || row_of(13), placeholder(12) || ' | - | -, held@example.com | - | -',
    '... or the one who already has it in users');
SELECT is(row_of(10) || ', ' || row_of(11), 'b@example.com | From auth | p, a@example.com | Own | -',
    'two users who have exchanged their e-mails get them; a row without a name gets that of Supabase Auth');
SELECT is(row_of(14) || ', ' || row_of(101),
    'lower@example.com | - | -, Lower@Example.com | Of another spelling | -',
    'an e-mail in other case is a different e-mail');

CREATE TEMPORARY TABLE before AS SELECT u.*, u.xmin AS version FROM users u;
UPDATE users SET name = NULL WHERE id = nth(1);
SELECT is(linked(),
    (SELECT string_agg(format('user %s: has a placeholder because another row of users has the e-mail '
         'address; they are not linked', nth(n)), '; ')
     FROM unnest(ARRAY[6, 8, 12]) n),
    'a second call only reports');
SELECT is((SELECT count(*) FROM users u JOIN before b USING (id) WHERE u.xmin <> b.version),
    1::bigint,
    '... it writes no row');
SELECT is(row_of(1),
    'ada@example.com | - | https://example.com/ada.png',
    'a removed name stays removed');

DELETE FROM users WHERE id = nth(100);
SELECT matches(linked(),
    '^users: 1 updated; user ' || nth(8)::text,
    'the e-mail is copied after the other row is gone');
SELECT is(row_of(6), 'taken@example.com | Eve | -', '... the user has it');

-- Sign-ups.

SELECT is((SELECT count(*) FROM unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE']) p
    WHERE has_table_privilege('supabase_auth_admin', 'users', p)),
        0::bigint,
        'Supabase Auth has no privilege on users');
SELECT lives_ok($$SELECT sign_up(20,
        'bob@example.com',
        '{"full_name": "Bob", "avatar_url": "https://example.com/bob.png"}')$$,
    'a user can sign up');
SELECT is(row_of(20),
    'bob@example.com | Bob | https://example.com/bob.png',
    '... the user has a row in users');
SELECT sign_up(21, NULL);
SELECT is(row_of(21), placeholder(21) || ' | - | -', 'an anonymous user gets a placeholder');
SELECT auth(format('INSERT INTO users (id, phone) VALUES (%L, %L)', nth(22), '49123'));
SELECT is(row_of(22), placeholder(22) || ' | - | -', '... a user with a phone and without metadata, too');

SELECT sign_up(23, 'bob@example.com') FROM (SELECT auth('DROP INDEX auth.users_email_partial_key')) x;
SELECT is(row_of(23), placeholder(23) || ' | - | -', 'an e-mail of another row is not copied');
SELECT is(row_of(20),
    'bob@example.com | Bob | https://example.com/bob.png',
    '... the other row is unchanged');
SELECT sign_up(24, 'BOB@example.com');
SELECT is(row_of(24), 'BOB@example.com | - | -', 'an e-mail in other case is copied');

INSERT INTO users (id, email, name) VALUES (nth(25), 'earlier@example.com', 'Earlier');
SELECT sign_up(25, 'carol@example.com', '{"name": "Carol", "picture": "c"}');
SELECT is(row_of(25),
    'carol@example.com | Earlier | c',
    'an existing row with the id is updated');

SELECT auth(format($$INSERT INTO users (id, email) SELECT lpad(n::text, 32, '0')::uuid, n || '@example.com'
    FROM generate_series(200, 299) n$$));
SELECT is((SELECT count(*) FROM users WHERE id BETWEEN nth(200) AND nth(299)),
    100::bigint,
    'many users can sign up in one statement');

-- Names and pictures.

CREATE TEMPORARY TABLE cases (n serial, metadata jsonb, name text, avatar_url text);
INSERT INTO cases (metadata, name, avatar_url) VALUES
('{"full_name": "F", "name": "N", "user_name": "u", "avatar_url": "a", "picture": "p"}', 'F', 'a'),
('{"name": "N", "user_name": "u", "picture": "p"}', 'N', 'p'),
('{"user_name": "u"}', 'u', NULL),
('{"full_name": "", "name": null, "user_name": "u", "avatar_url": 1, "picture": ["p"]}', 'u', NULL),
('{"full_name": 1, "name": {"full_name": "x"}, "user_name": true, "avatar_url": {}, "picture": false}', NULL,
    NULL),
('{"Full_Name": "F", "username": "u"}', NULL, NULL),
('{"nested": {"full_name": "F"}}', NULL, NULL),
('["full_name"]', NULL, NULL),
('"full_name"', NULL, NULL),
('null', NULL, NULL),
('{}', NULL, NULL),
(NULL, NULL, NULL),
(jsonb_build_object('full_name', repeat('é', 255), 'avatar_url', repeat('é', 2048)), repeat('é', 255),
    repeat('é', 2048)),
(jsonb_build_object('full_name', repeat('é', 256), 'avatar_url', repeat('é', 2049)), NULL, NULL),
(jsonb_build_object('full_name', repeat('x', 3000000), 'name', 'N', 'avatar_url',
    'data:' || repeat('x', 3000000), 'picture', 'p'), 'N', 'p');
SELECT sign_up(300 + n, n || '@cases.example.com', metadata) FROM cases ORDER BY n;
SELECT is((SELECT left(concat_ws(' | ', u.name, u.avatar_url), 40) FROM users u WHERE u.id = nth(300 + n)),
    left(concat_ws(' | ', name, avatar_url), 40), 'metadata ' || coalesce(left(metadata::text, 60), 'NULL'))
        FROM cases ORDER BY n;
SELECT is((SELECT count(*) FROM cases c JOIN users u ON u.id = nth(300 + n)
    WHERE (u.name, u.avatar_url) IS NOT DISTINCT FROM (c.name, c.avatar_url)), (SELECT count(*) FROM cases),
        'to the last character');

-- Changes.

SELECT auth(format('UPDATE users SET email = %L WHERE id = %L', 'robert@example.com', nth(20)));
SELECT is(row_of(20), 'robert@example.com | Bob | https://example.com/bob.png', 'a changed e-mail is copied');
UPDATE users SET name = 'Bobby' WHERE id = nth(20);
SELECT auth(format('UPDATE users SET last_sign_in_at = now(), raw_user_meta_data = raw_user_meta_data || %L
        WHERE id = %L',
    '{"x": 1}',
    nth(20)));
SELECT is(row_of(20),
    'robert@example.com | Bobby | https://example.com/bob.png',
    'a change by the user stays');
SELECT auth(format('UPDATE users SET raw_user_meta_data = raw_user_meta_data || %L WHERE id = %L',
    '{"avatar_url": "new"}',
    nth(20)));
SELECT is(row_of(20), 'robert@example.com | Bobby | new', '... also if something else changes');
SELECT auth(format('UPDATE users SET raw_user_meta_data = raw_user_meta_data || %L WHERE id = %L',
    '{"full_name": "Robert"}',
    nth(20)));
SELECT is(row_of(20), 'robert@example.com | Robert | new', '... until it changes in auth.users');
SELECT auth(format('UPDATE users SET email = %L, is_anonymous = false WHERE id = %L',
    'known@example.com',
    nth(21)));
SELECT is(row_of(21), 'known@example.com | - | -', 'an anonymous user gets an e-mail');
SELECT auth(format('UPDATE users SET email = NULL, phone = %L WHERE id = %L', '1', nth(21)));
SELECT is(row_of(21), placeholder(21) || ' | - | -', '... and can lose it again');
SELECT auth(format('UPDATE users SET email = %L WHERE id = %L', 'robert@example.com', nth(24)));
SELECT is(row_of(24) || ', ' || row_of(20), placeholder(24) || ' | - | -, robert@example.com | Robert | new',
    'a changed e-mail of another row is not copied');
SELECT auth(format('UPDATE users SET last_sign_in_at = now() WHERE id = %L', nth(24)));
SELECT is(row_of(24), placeholder(24) || ' | - | -', '... nor at the next sign-in');
CREATE TEMPORARY TABLE untouched AS SELECT u.*, u.xmin AS version FROM users u;
SELECT auth('UPDATE users SET last_sign_in_at = now()');
SELECT is((SELECT count(*) FROM users u JOIN untouched b USING (id) WHERE u.xmin <> b.version),
    0::bigint,
    'signing in writes nothing');
SELECT auth(format('UPDATE users SET email = %L, deleted_at = now() WHERE id = %L', 'Wx8hash', nth(20)));
SELECT auth(format('UPDATE users SET raw_user_meta_data = %L WHERE id = %L', '{}', nth(20)));
SELECT is(row_of(20), placeholder(20) || ' | - | -', 'a soft deletion removes e-mail, name and picture');
DELETE FROM users WHERE id = nth(25);
SELECT auth(format('UPDATE users SET last_sign_in_at = now() WHERE id = %L', nth(25)));
SELECT is(row_of(25), 'carol@example.com | Carol | c', 'a missing row is created at the next sign-in');

-- Row-level security, also forced; the caller's search_path.

ALTER TABLE users ENABLE ROW LEVEL SECURITY;
ALTER TABLE users FORCE ROW LEVEL SECURITY;
ALTER ROLE tap_owner NOBYPASSRLS;
SELECT sign_up(30, 'forced@example.com');
SELECT auth(format('UPDATE users SET email = %L WHERE id = %L', 'forced.too@example.com', nth(30)));
SELECT is(row_of(30), 'forced.too@example.com | - | -', 'forced row-level security on users does no harm');
SELECT throws_ok('SELECT linked()',
    '42501',
    'row-level security may hide users from the role tap_owner',
    '... but linking is refused');
ALTER ROLE tap_owner BYPASSRLS;
ALTER TABLE users NO FORCE ROW LEVEL SECURITY;

CREATE SCHEMA evil;
CREATE FUNCTION evil.same(uuid, uuid) RETURNS boolean LANGUAGE sql AS 'SELECT true';
CREATE FUNCTION evil.same(text, text) RETURNS boolean LANGUAGE sql AS 'SELECT true';
CREATE OPERATOR evil.= (FUNCTION = evil.same, LEFTARG = uuid, RIGHTARG = uuid);
CREATE OPERATOR evil.= (FUNCTION = evil.same, LEFTARG = text, RIGHTARG = text);
CREATE TABLE evil.users (LIKE public.users);
GRANT ALL ON SCHEMA evil TO PUBLIC;
GRANT ALL ON evil.users TO PUBLIC;
SELECT auth($statement$DO $do$ BEGIN
    SET LOCAL search_path = evil, pg_catalog;
    INSERT INTO auth.users (id, email) VALUES ('00000000-0000-0000-0000-000000000031', 'evil@example.com');
    UPDATE auth.users
    SET email = 'good@example.com' WHERE id OPERATOR(pg_catalog.=) '00000000-0000-0000-0000-000000000031';
END $do$ $statement$);
SELECT is(row_of(31), 'good@example.com | - | -', 'the caller''s search_path does not matter');
SELECT is((SELECT count(*) FROM users WHERE email = 'good@example.com') + (SELECT count(*) FROM evil.users),
    1::bigint,
    '... nor do operators and tables there');

-- Deletion.

INSERT INTO conversations (id, user_id, title) VALUES (nth(1), nth(1), 'Hello');
SELECT throws_ok($$SELECT auth(format('DELETE FROM users WHERE id = %L', nth(1)))$$,
    '23503',
    NULL,
    'a user with data cannot be deleted');
SELECT ok(EXISTS (SELECT FROM auth.users WHERE id = nth(1)) AND EXISTS (SELECT FROM users WHERE id = nth(1)),
    '... the user still exists');
DELETE FROM conversations;
SELECT lives_ok($$SELECT auth(format('DELETE FROM users WHERE id = %L', nth(1)))$$,
    'a user without data can be deleted');
SELECT ok(NOT EXISTS (SELECT FROM users WHERE id = nth(1)), '... their row of users is deleted, too');
DELETE FROM users WHERE id = nth(2);
SELECT lives_ok($$SELECT auth(format('DELETE FROM users WHERE id = %L', nth(2)))$$,
    'a user without a row of users can be deleted');

-- Errors during a sign-up.

CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO public.conversations (user_id, title) VALUES (new.id, 'half done');
    IF tg_argv[0] = 'XX' THEN
        PERFORM 1 / 0;
    END IF;
    RAISE EXCEPTION USING ERRCODE = tg_argv[0];
END $$;
CREATE FUNCTION sign_up_failing(n int, code text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('CREATE TRIGGER fail AFTER INSERT OR UPDATE ON public.users FOR EACH ROW
            EXECUTE FUNCTION fail(%L)',
        code);
    PERFORM sign_up(n, n || '@failing.example.com');
    DROP TRIGGER fail ON public.users;
    RETURN 'signed up, ' || (SELECT count(*) FROM auth.users WHERE id = nth(n)) || ' '
        || (SELECT count(*) FROM public.users WHERE id = nth(n));
EXCEPTION WHEN OTHERS OR query_canceled OR assert_failure THEN
    RETURN SQLSTATE || ', ' || (SELECT count(*) FROM auth.users WHERE id = nth(n));
END $$;
SELECT is(sign_up_failing(n, code), 'signed up, 1 0', 'a sign-up survives ' || code)
FROM (VALUES (40, 'XX'), (41, '23514'), (42, '42501'), (43, 'P0001'), (44, '23505'), (45, '40001'),
    (46, '40P01'), (47, '55P03'),
             (48, 'XX000'), (49, 'PT402')) f (n, code);
SELECT is(sign_up_failing(n, code), code || ', 0', 'but not ' || code)
FROM (VALUES (50, '57014'), (51, '57P01'), (52, '53200'), (53, '53100'), (54, '58030'), (55, 'P0004'),
    (56, 'XX001')) f (n, code);
SELECT is_empty('SELECT FROM conversations', 'nothing is left half-done');
SELECT is(current_user::text, 'postgres', '... the session keeps its role');
SELECT auth(format('UPDATE users SET last_sign_in_at = now() WHERE id = %L', nth(40)));
SELECT is(row_of(40), '40@failing.example.com | - | -', 'the next sign-in repairs it');
SELECT is(linked(),
    format('users: 9 copied; users: 1 updated; user %1$s: %4$s; user %2$s: %4$s; user %3$s: %4$s',
    nth(8), nth(12), nth(23),
    'has a placeholder because another row of users has the e-mail address; they are not linked'),
    '... so does linking again')
FROM (SELECT auth(format('UPDATE users SET email = %L WHERE id = %L', 'b@example.com', nth(23)))) x;

ALTER TABLE users RENAME COLUMN avatar_url TO picture;
SELECT lives_ok($$SELECT sign_up(60, 'column@example.com')$$, 'a sign-up works without a column');
ALTER TABLE users RENAME COLUMN picture TO avatar_url;
ALTER TABLE users RENAME TO people;
SELECT lives_ok($$SELECT sign_up(61, 'table@example.com')$$, '... without the table');
SELECT lives_ok($$SELECT auth(format('DELETE FROM users WHERE id = %L', nth(61)))$$,
    '... so does a deletion');
ALTER TABLE people RENAME TO users;
ALTER TABLE auth.users ALTER COLUMN raw_user_meta_data TYPE json;
SELECT lives_ok($$SELECT sign_up(62, 'json@example.com')$$, '... and after a change of auth.users');
ALTER TABLE auth.users ALTER COLUMN raw_user_meta_data TYPE jsonb;

-- The owner of the trigger.

SET ROLE tap_other;
CREATE TEMPORARY TABLE own (id uuid, email text, raw_user_meta_data jsonb);
SELECT throws_ok('CREATE TRIGGER own AFTER INSERT ON own FOR EACH ROW
        EXECUTE FUNCTION agentchat.sync_auth_user()',
    '42501',
    NULL,
    'no other role can use it to write users');
RESET ROLE;
CREATE TABLE copies (id uuid, email text, raw_user_meta_data jsonb);
CREATE TRIGGER copies AFTER INSERT ON copies FOR EACH ROW EXECUTE FUNCTION agentchat.sync_auth_user();
SELECT throws_ok($$INSERT INTO copies VALUES (nth(70), 'copy@example.com', '{}')$$, '39P01',
    'agentchat.sync_auth_user() works only on the table auth.users', 'it refuses to run on another table');
DROP TABLE copies;

-- A restore: the dump has the rows of both tables.

SET row_security = off;
SELECT auth(format('INSERT INTO users (id, email) VALUES (%L, %L)', nth(71), 'restored@example.com'));
SELECT ok(NOT EXISTS (SELECT FROM users WHERE id = nth(71)),
    'the trigger does nothing during a restore');
RESET row_security;

-- The trigger is dropped and created again.

SET ROLE tap_owner;
SELECT * FROM agentchat.adopt() \g /dev/null
SELECT is_empty('SELECT * FROM agentchat.check()', 'check() finds nothing wrong');
RESET ROLE;
ALTER TABLE auth.users DISABLE TRIGGER agentchat_sync_user;
SET ROLE tap_owner;
SELECT results_eq('SELECT object, problem, remedy FROM agentchat.check()',
    $$VALUES ('trigger agentchat_sync_user of auth.users',
        'disabled, or has a different definition',
        'SELECT * FROM agentchat.link_supabase_auth()')$$,
    'it reports a disabled trigger');
-- The extension has not copied user 62, whose metadata was json, not jsonb. The functions in SQL have.
SELECT CASE WHEN :'is_sql' THEN 2 ELSE 3 END AS missing \gset
SELECT matches(linked(),
    format('^trigger agentchat_sync_user of auth.users: recreated; users: %s copied', :missing),
    'linking repairs that');
SET ROLE tap_owner;
SELECT is_empty('SELECT * FROM agentchat.check()', '... check() agrees');
SELECT throws_ok('SELECT * FROM agentchat.detach()',
    '42501',
    'trigger agentchat_sync_user of auth.users must be dropped first',
    'detach() reports a trigger that it may not drop');
RESET ROLE;
GRANT supabase_auth_admin TO tap_owner;
SET ROLE tap_owner;
SELECT ok('DROP TRIGGER agentchat_sync_user ON auth.users' IN (SELECT statement FROM agentchat.detach()),
    '... otherwise it drops the trigger');
SELECT lives_ok('DROP EXTENSION agentchat', '... then the extension can be dropped');
CREATE EXTENSION agentchat;
SELECT * FROM agentchat.adopt() \g /dev/null
SELECT matches(linked(),
    '^trigger agentchat_sync_user of auth.users: created; user ',
    'after a new installation, linking works again');
RESET ROLE;
SELECT sign_up(80, 'again@example.com');
SELECT is(row_of(80), 'again@example.com | - | -', '... and copies users');

SELECT * FROM finish();
