-- The feature search: with the index, search_messages() finds what it finds without, whatever happens to the
-- messages.
\ir ../lib/agentchat.sql
CREATE EXTENSION unaccent;

SELECT no_plan();

INSERT INTO users (id, email) SELECT md5(u)::uuid, u || '@example.com' FROM unnest('{ada,bob,eve}'::text[]) u;
INSERT INTO conversations (id, user_id, title, metadata)
SELECT md5(u || c)::uuid, md5(u)::uuid, u || c, jsonb_build_object('project', c % 3)
FROM unnest('{ada,bob}'::text[]) u CROSS JOIN generate_series(1, 20) c;

-- Texts of words that are common or rare, and short or long.
SELECT setseed(0.18);
CREATE TEMPORARY TABLE words AS
SELECT n, translate((SELECT string_agg(chr(97 + (random() * 13)::integer), '')
                     FROM generate_series(1, 1 + n % 7 + 0 * n)), 'ein', 'Ëî漢') AS word
FROM generate_series(1, 3000) n;
CREATE FUNCTION pg_temp.said(length integer) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    words CONSTANT text[] := (SELECT array_agg(word ORDER BY n) FROM words);
    said text[];
BEGIN
    FOR i IN 1 .. length LOOP
        said[i] := words[1 + (2999 * power(random(), 4))::integer];
    END LOOP;
    RETURN array_to_string(said, ' ');
END $$;
CREATE FUNCTION pg_temp.said_part() RETURNS jsonb LANGUAGE sql VOLATILE AS $$
    SELECT jsonb_build_array(jsonb_build_object('type', 'tool-look', 'toolCallId', 'c', 'state',
        'output-available', 'input', jsonb_build_object('q', pg_temp.said(2)),
        'output', jsonb_build_array(pg_temp.said(3), random())))
$$;
CREATE FUNCTION pg_temp.say(u text, count integer) RETURNS void LANGUAGE sql VOLATILE AS $$
    INSERT INTO messages (conversation_id, role, content, parts, reasoning, created_at)
    SELECT (SELECT array_agg(id ORDER BY id) FROM conversations WHERE title LIKE u || '%')[1 + n % 19],
        'assistant', pg_temp.said(1 + n % 30),
        CASE n % 5 WHEN 0 THEN pg_temp.said_part() END, CASE n % 7 WHEN 0 THEN pg_temp.said(4) END,
        '2026-01-01'::timestamp + random() * interval '300 days'
    FROM generate_series(1, count) n
$$;

CREATE FUNCTION pg_temp.found(
    query text, u text, "in" text, filter jsonb DEFAULT NULL, conversation uuid DEFAULT NULL
) RETURNS uuid[] LANGUAGE plpgsql AS $$
DECLARE
    page jsonb;
    next_cursor text;
    ids uuid[] := '{}';
BEGIN
    LOOP
        page := search_messages(query, conversation, 40 + (random() * 60)::integer, next_cursor,
                                md5(u)::uuid, filter, "in");
        ids := ids || ARRAY(SELECT (m ->> 'id')::uuid FROM jsonb_array_elements(page -> 'messages') m);
        next_cursor := page ->> 'next_cursor';
        EXIT WHEN next_cursor IS NULL;
    END LOOP;
    RETURN ids;
END $$;

-- What LIKE finds in folded texts.
CREATE FUNCTION pg_temp.folded(text text) RETURNS text LANGUAGE sql AS $$SELECT lower(unaccent(text))$$;
CREATE TEMPORARY TABLE folded_texts (
    user_id uuid, conversation_id uuid, project integer, created_at timestamp, message_id uuid, "in" text,
    text text);
CREATE FUNCTION pg_temp.fold_all() RETURNS void LANGUAGE sql AS $$
    TRUNCATE folded_texts;
    INSERT INTO folded_texts
    SELECT c.user_id, c.id, (c.metadata ->> 'project')::integer, m.created_at, m.id, t.scope,
        pg_temp.folded(t.text)
    FROM messages m JOIN conversations c ON c.id = m.conversation_id
        CROSS JOIN LATERAL (
            SELECT 'text' AS scope, m.content AS text
            UNION ALL SELECT 'all', m.reasoning
            UNION ALL SELECT 'all', p #>> '{input,q}' FROM jsonb_array_elements(m.parts) p
            UNION ALL SELECT 'all', p #>> '{output,0}' FROM jsonb_array_elements(m.parts) p
            UNION ALL SELECT 'all', p #>> '{output,1}' FROM jsonb_array_elements(m.parts) p) t
$$;
CREATE FUNCTION pg_temp.likes(
    query text, u text, "in" text, project integer DEFAULT NULL, conversation uuid DEFAULT NULL
) RETURNS uuid[] LANGUAGE sql AS $$
    SELECT coalesce(array_agg(t.message_id ORDER BY t.created_at DESC, t.message_id DESC), '{}')
    FROM (SELECT DISTINCT t.message_id, t.created_at
          FROM folded_texts t
          WHERE t.user_id = md5(u)::uuid AND t."in" IN ('text', likes."in")
            AND (conversation IS NULL OR t.conversation_id = conversation)
            AND (likes.project IS NULL OR t.project = likes.project)
            AND t.text LIKE '%' || pg_temp.folded(query) || '%') t
$$;

-- Words of all lengths, parts of words, phrases, and what nobody has said.
CREATE TEMPORARY TABLE queries AS
SELECT word AS query FROM words WHERE n IN (3, 50, 51, 52, 500, 501, 2990, 2995, 2999)
UNION SELECT substr(word, 2, 3) FROM words WHERE n IN (6, 55, 503, 1000) AND length(word) > 4
UNION VALUES ('漢'), ('漢漢'), ('zz'), ('zzz'), ('zzqzz'), ('0.12'), ('b c');

-- Compares the searches of a user with LIKE.
CREATE FUNCTION pg_temp.agrees(what text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    u text;
    scope text;
BEGIN
    PERFORM pg_temp.fold_all();
    FOREACH u IN ARRAY '{ada,bob,eve}'::text[] LOOP
        FOREACH scope IN ARRAY '{text,all}'::text[] LOOP
            RETURN NEXT tap.is(
                (SELECT string_agg(query, ', ') FROM queries
                 WHERE pg_temp.found('"' || query || '"', u, scope) <> pg_temp.likes(query, u, scope)),
                NULL, format('%s: %s, %s', what, u, scope));
        END LOOP;
    END LOOP;
END $$;

SELECT pg_temp.say('ada', 1500);
SELECT pg_temp.say('bob', 300);
SELECT pg_temp.agrees('without the index');
SELECT cmp_ok((SELECT count(*) FROM queries WHERE cardinality(pg_temp.likes(query, 'ada', 'text')) > 0), '>',
    10::bigint, '... and most words are found');
CREATE TEMPORARY TABLE page_before AS
SELECT query, search_messages(query, user_id => md5('ada')::uuid, page_size => 7) AS page FROM queries;

SELECT lives_ok($$SELECT * FROM agentchat.enable('search')$$, 'enable()');
SELECT is_empty($$SELECT * FROM agentchat.enable('search')$$, '... a second call has nothing to do');
SELECT is_empty('SELECT * FROM agentchat.check()', '... check() finds nothing');
SELECT is((SELECT state FROM agentchat.features() WHERE feature = 'search'), 'on', '... it is on');
SELECT cmp_ok((SELECT count(*) FROM search_segments), '>=', 2::bigint, '... and has made segments');
SELECT is_empty('SELECT * FROM search_pending', '... of all messages');
SELECT pg_temp.agrees('with the index');
SELECT is((SELECT string_agg(b.query, ', ') FROM page_before b
           WHERE b.page -> 'messages' IS DISTINCT FROM
               search_messages(b.query, user_id => md5('ada')::uuid, page_size => 7) -> 'messages'),
    NULL, '... the pages are the same, with their snippets');
SELECT is((SELECT string_agg(b.query, ', ') FROM page_before b
           WHERE ARRAY(SELECT m ->> 'id' FROM jsonb_array_elements(
                           search_messages(b.query, user_id => md5('ada')::uuid, page_size => 100,
                                           cursor => b.page ->> 'next_cursor') -> 'messages') m)
               <> ARRAY(SELECT id::text FROM unnest(
                            (pg_temp.found(b.query, 'ada', 'text'))[8:107]) WITH ORDINALITY t (id, n)
                        ORDER BY n)
             AND b.page ->> 'next_cursor' IS NOT NULL),
    NULL, '... and a cursor from before goes on');

-- What happens to messages.
SELECT pg_temp.say('bob', 900);
SELECT cmp_ok((SELECT count(*) FROM search_pending), '>', 0::bigint, 'a few new messages are noted');
SELECT pg_temp.agrees('new messages');
SELECT pg_temp.say('bob', 1500);
SELECT cmp_ok((SELECT count(*) FROM search_pending), '<', 1100::bigint, 'many are brought into segments');
SELECT pg_temp.agrees('many new messages');
UPDATE messages SET content = pg_temp.said(5) WHERE id::text LIKE '%7';
UPDATE messages SET parts = pg_temp.said_part() WHERE id::text LIKE '%8';
SELECT pg_temp.agrees('changed messages');
DELETE FROM messages WHERE id::text LIKE '%9';
DELETE FROM conversations WHERE id IN (md5('ada7')::uuid, md5('bob7')::uuid);
SELECT pg_temp.agrees('deleted messages');
UPDATE conversations SET user_id = md5('eve')::uuid WHERE id IN (md5('ada8')::uuid, md5('bob8')::uuid);
UPDATE conversations SET user_id = md5('bob')::uuid WHERE id = md5('ada9')::uuid;
SELECT pg_temp.agrees('conversations of another user');
UPDATE messages SET conversation_id = md5('bob10')::uuid WHERE conversation_id = md5('ada10')::uuid;
SELECT pg_temp.agrees('messages of another conversation');
SET row_security = off;
UPDATE messages SET created_at = created_at - interval '1 year' WHERE id::text LIKE '%6';
INSERT INTO messages (id, conversation_id, role, content, created_at)
SELECT gen_random_uuid(), md5('ada11')::uuid, 'user', pg_temp.said(4), '2025-06-01'
FROM generate_series(1, 99);
RESET row_security;
SELECT pg_temp.agrees('messages written as by a restore, at the same or at other times');
SELECT pg_temp.say('ada', 4500);
SELECT pg_temp.agrees('more than a segment at once');

-- With a filter, and in one conversation.
SELECT is((SELECT string_agg(query, ', ') FROM queries
           WHERE pg_temp.found('"' || query || '"', 'ada', 'all', '{"project": 1}')
              <> pg_temp.likes(query, 'ada', 'all', 1)),
    NULL, 'a filter');
SELECT is((SELECT string_agg(query, ', ') FROM queries
           WHERE pg_temp.found('"' || query || '"', 'bob', 'text', NULL, md5('bob10')::uuid)
              <> pg_temp.likes(query, 'bob', 'text', NULL, md5('bob10')::uuid)),
    NULL, 'one conversation');

-- All kinds of queries, against the walk.
CREATE TEMPORARY TABLE mixed AS
SELECT q, pg_temp.found(q, 'ada', 'all') AS with_index
FROM (SELECT a.word || ' ' || (ARRAY['', '-', 'or ', '"', 'or -'])[1 + (random() * 4)::integer] || b.word
             || ' ' || c.word AS q
      FROM words a JOIN words b ON b.n = 1 + (a.n * 7) % 200 JOIN words c ON c.n = 1 + (a.n * 13) % 60
      WHERE a.n <= 12
      UNION ALL VALUES (''), ('-漢 -a'), ('a')) v (q);
SELECT is_empty('SELECT * FROM agentchat.index_messages() i WHERE i <> (SELECT count(*) FROM messages)',
    'index_messages() takes all messages');
SELECT is_empty('SELECT * FROM search_pending', '... and leaves none noted');
SELECT is((SELECT string_agg(q, ', ') FROM mixed WHERE with_index <> pg_temp.found(q, 'ada', 'all')),
    NULL, '... the index finds the same as before');
SELECT pg_temp.agrees('made again');
SELECT is(agentchat.index_messages(md5('bob')::uuid),
    (SELECT count(*) FROM messages m JOIN conversations c ON c.id = m.conversation_id
     WHERE c.user_id = md5('bob')::uuid), 'index_messages() of one user');
SELECT is((SELECT count(*) FROM agentchat.disable('search')), 6::bigint,
    'disable() drops three triggers and three policies');
SELECT is((SELECT string_agg(q, ', ') FROM mixed WHERE with_index <> pg_temp.found(q, 'ada', 'all')),
    NULL, '... the walk finds the same as the index');
SELECT is_empty('SELECT * FROM agentchat.check()', '... check() finds nothing');
SELECT throws_ok('SELECT agentchat.index_messages()', '0A000', 'the feature search is off',
    'index_messages() without the feature');

-- What was missed while it was off, or while a trigger was.
SELECT pg_temp.say('ada', 50);
SELECT lives_ok($$SELECT * FROM agentchat.enable('search')$$, 'enable() again');
SELECT pg_temp.agrees('on again');
ALTER TABLE messages DISABLE TRIGGER agentchat_update_search_on_insert;
SELECT pg_temp.say('ada', 50);
SELECT set_eq('SELECT object FROM agentchat.check()',
    ARRAY['trigger agentchat_update_search_on_insert of public.messages', 'index of messages'],
    'check() finds a disabled trigger');
SELECT lives_ok('SELECT * FROM agentchat.adopt()', '... adopt() enables it');
SELECT pg_temp.agrees('adopted');

-- Damage: what the owner of the tables has written there.
UPDATE search_grams SET grams = substr(grams, 1, length(grams) / 2) WHERE bucket % 3 = 0;
UPDATE search_grams SET grams = '\x' WHERE bucket % 7 = 0;
UPDATE search_segments SET messages = messages || '\x00';
SELECT lives_ok($$SELECT pg_temp.found(query, 'ada', 'all') FROM queries$$, 'a damaged index does no harm');
TRUNCATE search_segments CASCADE;
SELECT lives_ok($$SELECT pg_temp.found(query, 'ada', 'all') FROM queries$$, 'nor an empty one');
SELECT cmp_ok(agentchat.index_messages(), '>', 0::bigint, '... index_messages() makes it again');
SELECT pg_temp.agrees('repaired');

-- How long a search with the index takes would tell others what somebody has written.
CREATE ROLE tap_searcher;
SELECT agentchat.grant_api('tap_searcher') \g /dev/null
CREATE FUNCTION pg_temp.scans_by(caller text, u text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    before CONSTANT bigint := pg_stat_get_xact_numscans('search_segments_user_id_newest_idx'::regclass);
BEGIN
    PERFORM set_config('request.jwt.claims', jsonb_build_object('sub', md5(caller)::uuid)::text, true);
    SET LOCAL ROLE tap_searcher;
    PERFORM search_messages('a', user_id => md5(u)::uuid);
    RESET ROLE;
    PERFORM set_config('request.jwt.claims', '', true);
    RETURN pg_stat_get_xact_numscans('search_segments_user_id_newest_idx'::regclass) - before;
END $$;
SELECT cmp_ok(pg_temp.scans_by('ada', 'ada'), '>', 0::bigint, 'a user searches with the index');
SELECT is(pg_temp.scans_by('bob', 'ada'), 0::bigint, '... another user searches without it');

-- More users than PostgreSQL has room for locks.
INSERT INTO users (id, email) SELECT md5('many' || n)::uuid, n || '@many.com' FROM generate_series(1, 3000) n;
INSERT INTO conversations (user_id, title) SELECT md5('many' || n)::uuid, '' FROM generate_series(1, 3000) n;
BEGIN;
SELECT cmp_ok(agentchat.index_messages(), '>', 0::bigint, 'index_messages() of many users');
SELECT cmp_ok((SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()), '<=',
    1024::bigint, '... takes few locks');
COMMIT;

-- Messages that have all grams of a word, but not the word: the index is of no use. The user has more
-- conversations than the walk takes at once.
INSERT INTO users (id, email) VALUES (md5('zoe')::uuid, 'zoe@example.com');
INSERT INTO conversations (id, user_id, title)
SELECT md5('zoe' || n)::uuid, md5('zoe')::uuid, '' FROM generate_series(1, 10001) n;
INSERT INTO messages (conversation_id, role, content)
SELECT md5('zoe' || 1 + n % 3)::uuid, 'user', CASE WHEN n % 150 = 1 THEN 'abcd' ELSE 'abc bcd' END
FROM generate_series(1, 300) n;
SELECT is(agentchat.index_messages(md5('zoe')::uuid), 300::bigint,
    'the messages of ten thousand conversations');
SELECT pg_temp.fold_all();
SELECT is(pg_temp.found('abcd', 'zoe', 'text'), pg_temp.likes('abcd', 'zoe', 'text'),
    '... are found by a word whose grams most of them have');

-- A conversation without an id, where users have dropped the primary key.
BEGIN;
ALTER TABLE conversations DROP CONSTRAINT conversations_pkey CASCADE, ALTER COLUMN id DROP NOT NULL;
INSERT INTO conversations (id, user_id, title) VALUES (NULL, md5('ada')::uuid, '');
SELECT lives_ok($$UPDATE conversations SET user_id = md5('zoe')::uuid WHERE id IS NULL$$,
    'a conversation without an id moves to another user');
ROLLBACK;

-- Leaving.
SELECT is((agentchat.delete_user(md5('bob')::uuid) #>> '{deleted,users}'), '1', 'delete_user()');
SELECT is_empty('SELECT user_id FROM search_segments INTERSECT SELECT md5(''bob'')::uuid',
    '... takes the index of the user with it');
SELECT is_empty($$SELECT k FROM jsonb_object_keys(agentchat.export_user(md5('ada')::uuid)) k
                  WHERE k LIKE 'search%'$$, 'an index is no data of the user: export_user() leaves it out');

SELECT * FROM finish();
