-- list_conversations() returns the caller's conversations in pages, last updated first.
\ir ../lib/agentchat.sql
\ir ../lib/api_user.sql

INSERT INTO users (id, email) VALUES (md5('eve')::uuid, 'eve');

-- Columns of every kind, conflicting names, and times that are equal or at the ends of their range.
ALTER TABLE conversations ADD COLUMN "Odd ""name""" int[] DEFAULT '{1}',
    ADD COLUMN preview text DEFAULT 'in the way', ADD COLUMN pinned boolean,
    ADD COLUMN number bigint GENERATED ALWAYS AS IDENTITY, ADD COLUMN gone int,
    ADD COLUMN opened_at timestamp, ADD COLUMN price numeric,
    ADD COLUMN folder varchar(10), ADD COLUMN day date;
ALTER TABLE conversations DROP COLUMN gone;
CREATE PROCEDURE fill() LANGUAGE plpgsql SET row_security = off AS $$
BEGIN
    INSERT INTO conversations (user_id, title, system_prompt, metadata, created_at, updated_at, pinned,
        opened_at, price, folder, day)
    SELECT md5(CASE WHEN n % 10 = 0 THEN 'bob' ELSE 'ada' END)::uuid, 'ß ' || chr(128512) || E' "\\\n' || n,
        CASE WHEN n % 3 = 0 THEN 'Be brief.' END,
        CASE WHEN n % 2 = 0 THEN jsonb_build_object('n', n, 'x', repeat('y', n * 100)) END,
        '2026-01-01 00:00:00',
        CASE WHEN n < 10 THEN '-infinity' WHEN n > 190 THEN 'infinity'
            WHEN n < 20 THEN '0044-03-15 BC'::timestamp
            WHEN n > 180 THEN '294276-12-31 23:59:59.999999'::timestamp
                ELSE timestamp '1999-12-31 23:59:59.999' + n / 10 * interval '1us' END,
        CASE WHEN n % 3 > 0 THEN n % 3 = 1 END,
        CASE WHEN n % 4 = 0 THEN '2026-01-05 10:00:00.12'::timestamp END, n / 3.0, 'f' || n, '2026-01-05'
    FROM generate_series(1, 200) n;
    INSERT INTO messages (conversation_id, role, content, created_at)
    SELECT id, CASE WHEN m % 2 = 0 THEN 'user' ELSE 'assistant' END,
        repeat(m || ' ß' || chr(128512), CASE WHEN number % 3 = 0 THEN 10000 ELSE 1 + number::int END),
        CASE WHEN m = 3 AND number % 5 = 0 THEN 'infinity' ELSE timestamp '2026-01-05' END
    FROM conversations, generate_series(1, 3) m WHERE number % 7 > 0;
END $$;
CALL fill();

-- Returns a page by SQL, with all times in ISO 8601 with six digits and Z.
CREATE FUNCTION iso(t timestamp) RETURNS text LANGUAGE sql AS $$
    SELECT CASE WHEN isfinite(t) THEN to_char(t, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
        || CASE WHEN t < '0001-01-01' THEN ' BC' ELSE '' END
        ELSE t::text END $$;
CREATE FUNCTION expected(u uuid) RETURNS TABLE (conversation jsonb) LANGUAGE sql AS $$
    SELECT to_jsonb(c)
        || jsonb_build_object('created_at', iso(created_at), 'opened_at', iso(opened_at), 'updated_at',
            iso(updated_at), 'preview',
        (SELECT jsonb_build_object('role', role, 'content', left(content, 200), 'created_at',
            iso(m.created_at))
         FROM messages m WHERE conversation_id = c.id ORDER BY m.created_at DESC, m.id DESC LIMIT 1))
    FROM conversations c WHERE c.user_id = u ORDER BY c.updated_at DESC, c.id DESC $$;
CREATE FUNCTION paged(size int, u uuid) RETURNS TABLE (conversation jsonb) LANGUAGE plpgsql AS $$
DECLARE
    page jsonb;
    cursor text;
BEGIN
    LOOP
        page := list_conversations(size, cursor, u);
        IF jsonb_array_length(page -> 'conversations') > size
            OR jsonb_array_length(page -> 'conversations') < size AND page ->> 'next_cursor' IS NOT NULL THEN
            RAISE EXCEPTION 'a page of another size';
        END IF;
        RETURN QUERY SELECT value
            FROM jsonb_array_elements(page -> 'conversations') WITH ORDINALITY ORDER BY ordinality;
        cursor := page ->> 'next_cursor';
        EXIT WHEN cursor IS NULL;
    END LOOP;
END $$;
\set ada 'md5(''ada'')::uuid'
\set bob 'md5(''bob'')::uuid'
\set eve 'md5(''eve'')::uuid'

SELECT plan(184);

SELECT results_eq(format('SELECT conversation FROM paged(1000, %L)', :ada),
    format('SELECT expected(%L)', :ada),
    'all conversations of a user, with all columns and the preview');
SELECT results_eq(format('SELECT paged(%s, %L)', size, u),
    format('SELECT expected(%L)', u),
    format('%s to a page', size))
FROM unnest(ARRAY[:ada, :bob]) u, unnest('{1,2,7,18,20,179,180,181}'::int[]) size;
SELECT is(list_conversations(user_id => :ada) -> 'next_cursor' IS NOT NULL, true, 'there is a next page');
SELECT is(jsonb_array_length(list_conversations(user_id => :ada) -> 'conversations'), 20,
    '... after 20 by default');
SELECT is(list_conversations(NULL, NULL, :ada),
    list_conversations(user_id => :ada),
    '... NULL means the default, too');
SELECT is(list_conversations(user_id => :eve),
    '{"conversations": [], "next_cursor": null}',
    'a user without conversations');
SELECT is(list_conversations(user_id => gen_random_uuid()),
    '{"conversations": [], "next_cursor": null}',
    'an unknown user');
SELECT is(list_conversations(20, user_id => :bob) -> 'next_cursor',
    'null'::jsonb,
    'a full last page');

-- Errors.
SELECT list_conversations(user_id => :ada) ->> 'next_cursor' AS cursor \gset
SELECT ok(:'cursor' ~ '^[A-Za-z0-9_-]+$', 'a cursor needs no escaping in a URL');
SELECT throws_ok(format('SELECT list_conversations(%s, user_id => %L)', size, :ada),
    '22023',
    'page_size must be between 1 and 1000',
    'page_size ' || size)
FROM unnest('{0,-1,1001,2147483647,-2147483648}'::int[]) size;
SELECT throws_ok(format('SELECT list_conversations(cursor => %L, user_id => %L)', cursor, :ada),
    '22023',
    'the cursor does not belong to this list',
    format('the cursor %L', left(cursor, 70)))
FROM unnest(ARRAY['', 'x', upper(:'cursor'), :'cursor' || 'a', ' ' || :'cursor', repeat('0', 64),
    repeat('ß', 100000)]) cursor;
SELECT throws_ok(format('SELECT list_conversations(cursor => %L, user_id => %L)', :'cursor', :bob),
    '22023',
    NULL,
    'another user''s cursor');
SELECT throws_ok('SELECT list_conversations()', '22023', 'no user given', 'a call without a user');
SELECT is((list_conversations(NULL, :'cursor', :ada) #>> '{conversations,0,id}'),
    (SELECT conversation ->> 'id' FROM expected(:ada) OFFSET 20 LIMIT 1), 'the cursor itself is accepted');

-- By metadata and by words, against SQL.
CREATE EXTENSION unaccent;
CREATE TABLE kept_metadata AS SELECT id, metadata, title FROM conversations;
UPDATE conversations
SET title = (ARRAY['Trip to Kraków', 'TRIP by bus', 'a tripod', '旅行の計画', 'bus', ''])[1 + number % 6],
    metadata = (ARRAY[NULL, '{}', '{"project": "p1"}', '{"project": "p1", "tags": ["a", "b"]}',
        '{"tags": ["b", "c"]}', '{"archived": true, "project": null}',
        '{"project": {"id": 1.0}, "tags": []}'])[1 + number % 7]::jsonb;
CREATE FUNCTION found(u uuid, filter jsonb, pattern text) RETURNS TABLE (conversation jsonb)
    LANGUAGE sql AS $$
    SELECT e.conversation FROM expected(u) e
    WHERE (filter IS NULL OR e.conversation -> 'metadata' @> filter)
        AND (pattern IS NULL OR unaccent(e.conversation ->> 'title') ILIKE pattern) $$;
CREATE FUNCTION paged_found(size int, u uuid, filter jsonb, words text) RETURNS TABLE (conversation jsonb)
    LANGUAGE plpgsql AS $$
DECLARE
    page jsonb;
    cursor text;
BEGIN
    LOOP
        page := list_conversations(size, cursor, u, filter, words);
        RETURN QUERY SELECT value
            FROM jsonb_array_elements(page -> 'conversations') WITH ORDINALITY ORDER BY ordinality;
        cursor := page ->> 'next_cursor';
        EXIT WHEN cursor IS NULL;
    END LOOP;
END $$;
SELECT results_eq(format('SELECT paged_found(%s, %L, %L, %L)', size, :ada, filter, words),
    format('SELECT found(%L, %L, %L)', :ada, filter, pattern),
    format('%s to a page, with the filter %s and the words %s', size, filter, words))
FROM unnest('{1, 7, 1000}'::int[]) size,
    unnest(ARRAY['{"project": "p1"}', '{"tags": ["b"]}', '{"tags": []}', '{"project": {"id": 1}}',
        '{"project": null}', '{"no": 1}', NULL]::jsonb[]) filter,
    (VALUES ('krakow', '%krakow%'), ('trip', '%trip%'), ('"TRIP BY"', 'trip by%'), ('旅行', '旅行%'),
        (NULL, NULL)) w (words, pattern)
WHERE words IS NULL OR NOT :'is_sql';
\if :is_sql
SELECT skip('the functions in SQL do not look for words', 3 * 7 * 4 + 14);
\else
SELECT results_eq(format('SELECT paged_found(7, %L, %L, %L)', :ada, '{}', words),
    format('SELECT expected(%L)', :ada),
    format('an empty filter and the words %L select nothing', words))
FROM unnest('{"", " ", "-", \"\"}'::text[]) words;
SELECT list_conversations(1, NULL, :ada, '{"project": "p1"}', 'trip') ->> 'next_cursor' AS found \gset
SELECT throws_ok(format('SELECT list_conversations(1, %L, %L, %L, %L)', cursor, u, filter, words),
    '22023',
    'the cursor does not belong to this list',
    format('a cursor of another list than that of %s, %s', filter, words))
FROM (VALUES (:'found', :ada, '{"project": "p1"}', NULL), (:'found', :ada, NULL, 'trip'),
    (:'found', :ada, NULL, NULL),
    (:'found', :ada, '{"project": "p2"}', 'trip'), (:'found', :ada, '{"project": "p1"}', 'trips'),
    (:'found', :bob, '{"project": "p1"}', 'trip'), (:'cursor', :ada, '{"project": "p1"}', NULL),
    (:'cursor', :ada, NULL, 'trip')) c (cursor, u, filter, words);
SELECT throws_ok(format('SELECT list_conversations(words => %L, user_id => %L)', repeat('a ', 65), :ada),
    '22023',
    'too many words to look for',
    'too many words');
SET ROLE agentchat_test_user;
SELECT become('ada') \g /dev/null
SELECT results_eq($$SELECT paged_found(7, NULL, '{"project": "p1"}', 'trip')$$,
    format($$SELECT found(%L, '{"project": "p1"}', '%%trip%%')$$, :ada),
    'a user finds their own conversations');
RESET ROLE;
SET request.jwt.claims = '';
\endif
SELECT is(list_conversations(5, user_id => :ada, filter => '{"project": "p1", "tags": ["a"]}'),
    list_conversations(5, user_id => :ada, filter => '{"tags": ["a"], "project": "p1"}'),
    'the order of the keys does not matter');
SELECT throws_ok(format('SELECT list_conversations(filter => %L, user_id => %L)', filter, :ada),
    '22023',
    'filter must be a JSON object',
    'the filter ' || filter)
FROM unnest('{"null", 1, "\"a\"", "[{}]"}'::text[]) filter;
UPDATE conversations c SET title = k.title, metadata = k.metadata FROM kept_metadata k WHERE k.id = c.id;

-- Under row-level security.
SET ROLE agentchat_test_user;
SELECT become('ada') \g /dev/null
SELECT is(list_conversations(7), list_conversations(7, NULL, :ada), 'a user sees their own conversations');
SELECT results_eq(format('SELECT paged(20, %L)', :ada), format('SELECT expected(%L)', :ada), '... in pages');
SELECT is(list_conversations(user_id => :bob),
    '{"conversations": [], "next_cursor": null}',
    '... not those of another user');
SELECT throws_ok(format('SELECT list_conversations(cursor => %L)',
        (SELECT overlay(:'cursor' placing '0' from 10))),
    '22023',
    NULL,
    '... not with a forged cursor either');
SELECT become('') \g /dev/null
SELECT throws_ok('SELECT list_conversations()', '22023', NULL, 'a caller who is not signed in is an error');
SELECT is(list_conversations(user_id => :ada),
    '{"conversations": [], "next_cursor": null}',
    '... sees none of a named user');
SET request.jwt.claims = '{"sub": "ada"}';
SELECT throws_ok('SELECT list_conversations()', '22023', NULL, 'unreadable claims are an error');
RESET request.jwt.claims;
RESET ROLE;
CREATE ROLE agentchat_test_nobody;
GRANT USAGE ON SCHEMA tap TO agentchat_test_nobody;
SET ROLE agentchat_test_nobody;
SELECT throws_ok(format('SELECT list_conversations(user_id => %L)', :ada),
    '42501',
    NULL,
    'a role without grants');
RESET ROLE;

-- As a STABLE function, it uses the snapshot of the query.
BEGIN READ ONLY;
SELECT is(jsonb_array_length(list_conversations(1000, NULL, :bob) -> 'conversations'), 20,
    'it works in a read-only transaction');
COMMIT;

-- Planted operators are not called.
CREATE SCHEMA evil;
CREATE FUNCTION evil.trap(uuid, uuid)
RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'trap'; END $$;
CREATE OPERATOR evil.= (FUNCTION = evil.trap, LEFTARG = uuid, RIGHTARG = uuid);
CREATE FUNCTION evil.trap(timestamp, timestamp)
RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'trap'; END $$;
CREATE OPERATOR evil.<= (FUNCTION = evil.trap, LEFTARG = timestamp, RIGHTARG = timestamp);
CREATE FUNCTION evil.substr(text, int, int)
RETURNS text LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'trap'; END $$;
CREATE FUNCTION evil.to_jsonb(int[])
RETURNS jsonb LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'trap'; END $$;
CREATE TABLE evil.messages AS TABLE messages WITH NO DATA;
CREATE TABLE evil.conversations AS TABLE conversations WITH NO DATA;
SELECT list_conversations(user_id => :ada) AS page \gset
ALTER TABLE messages ADD COLUMN planned_anew int;
SELECT set_config('search_path', 'evil, pg_catalog', false) \g /dev/null
SELECT public.list_conversations(user_id => '8c8d357b-5e87-2bba-cd45-197626bd5759') AS evil_page \gset
SET search_path = public, tap;
SELECT is(:'evil_page'::jsonb, :'page'::jsonb, 'search_path = evil, pg_catalog');
DROP SCHEMA evil CASCADE;

-- It follows changes of the tables.
ALTER TABLE conversations ADD COLUMN late timestamp DEFAULT '2026-01-05', DROP COLUMN preview;
SELECT is(list_conversations(1, user_id => :ada) #>> '{conversations,0,late}',
    '2026-01-05T00:00:00.000000Z',
    'an added column');
ALTER TABLE conversations ALTER COLUMN late TYPE text USING 'text';
SELECT is(list_conversations(1, user_id => :ada) #>> '{conversations,0,late}',
    'text',
    '... a changed column');
SELECT is(list_conversations(1, user_id => :ada) #>> '{conversations,0,preview,role}',
    (SELECT conversation #>> '{preview,role}' FROM expected(:ada) LIMIT 1),
    '... a dropped column');

-- Times may be timestamptz, whatever the session's TimeZone.
CREATE TEMPORARY TABLE before AS SELECT conversation ->> 'id' AS id, conversation -> 'preview' AS preview
    FROM paged(7, :ada);
SELECT list_conversations(7, user_id => :ada) ->> 'next_cursor' AS cursor \gset
ALTER TABLE conversations ALTER COLUMN updated_at TYPE timestamptz USING updated_at AT TIME ZONE 'utc';
ALTER TABLE messages ALTER COLUMN created_at TYPE timestamptz USING created_at AT TIME ZONE 'utc';
SET TIME ZONE 'America/New_York';
SELECT results_eq(format($$SELECT conversation ->> 'id', conversation -> 'preview' FROM paged(7, %L)$$, :ada),
    'SELECT id, preview FROM before',
    'times with a zone');
SELECT is(list_conversations(7, user_id => :ada) ->> 'next_cursor', :'cursor', '... create the same cursor');
RESET TIME ZONE;
BEGIN;
SELECT list_conversations(1, user_id => :ada) #>> '{conversations,0,id}' AS top \gset
INSERT INTO messages (conversation_id, role, content) VALUES (:'top', 'user', 'x');
ALTER TABLE conversations ALTER title DROP NOT NULL;
ALTER TABLE messages ALTER role DROP NOT NULL, ALTER content DROP NOT NULL, ALTER created_at DROP NOT NULL;
SET LOCAL session_replication_role = replica;
UPDATE conversations SET title = NULL WHERE id = :'top';
UPDATE messages SET role = NULL, content = NULL, created_at = NULL WHERE conversation_id = :'top';
SELECT is((list_conversations(1, user_id => :ada) #> '{conversations,0}')
        - '{created_at,updated_at,opened_at}'::text[],
    to_jsonb(c) - '{created_at,updated_at,opened_at}'::text[]
        || '{"preview": {"role": null, "content": null, "created_at": null}}', 'columns that are NULL')
FROM conversations c WHERE id = :'top';
ROLLBACK;
BEGIN;
ALTER TABLE conversations DROP CONSTRAINT conversations_pkey CASCADE, ALTER COLUMN id DROP NOT NULL;
INSERT INTO conversations (id, user_id, title, updated_at) VALUES (NULL, :ada, '', '2026-01-01');
SELECT count(*) AS before FROM conversations WHERE user_id = :ada AND updated_at > '2026-01-01' \gset
SELECT throws_ok(format('SELECT list_conversations(%s, user_id => %L)', :before, :ada),
    '22004',
    'a row has no id',
    'the next page would begin at a conversation without an id');
ROLLBACK;
ALTER TABLE messages ALTER COLUMN created_at DROP DEFAULT, ALTER COLUMN created_at TYPE text;
SELECT throws_ok(format('SELECT list_conversations(1, user_id => %L)', :ada),
    '42804',
    'a column of agentchat has the wrong type',
    'a time of another type');
ALTER TABLE conversations ALTER COLUMN updated_at DROP DEFAULT, ALTER COLUMN updated_at TYPE date;
SELECT throws_ok(format('SELECT list_conversations(1, user_id => %L)', :ada),
    '42804',
    'a column of agentchat has the wrong type',
    '... in conversations');
ALTER TABLE messages DROP CONSTRAINT messages_pkey CASCADE, ALTER COLUMN id DROP DEFAULT,
    ALTER COLUMN id TYPE text;
SELECT throws_ok(format('SELECT list_conversations(1, user_id => %L)', :ada),
    '42804',
    'a column of agentchat has the wrong type',
    'an id of another type');
ALTER TABLE messages DROP COLUMN id;
SELECT throws_ok(format('SELECT list_conversations(1, user_id => %L)', :ada),
    '42703',
    NULL,
    'a missing column');
SELECT * FROM finish();
