-- get_conversation reads real conversations, in all places where a function can be called.
\ir ../lib/pgtap.sql
CREATE EXTENSION "uuid-ossp" SCHEMA tap;
CREATE EXTENSION agentchat;
SET search_path = public, tap;
\set data test/data/mt-bench.jsonl
\ir ../lib/load_mt_bench.sql

-- Returns the same value by SQL.
CREATE FUNCTION expected(wanted uuid) RETURNS jsonb STABLE PARALLEL SAFE LANGUAGE sql AS $$
    SELECT to_jsonb(c) || jsonb_build_object('messages', coalesce(
        (SELECT jsonb_agg(to_jsonb(m) ORDER BY m.created_at, m.id)
         FROM messages m WHERE m.conversation_id = c.id), '[]'))
    FROM conversations c WHERE c.id = wanted
$$;

-- A conversation of 100 messages, of which every ten have the same time. It is written as in a restore,
-- because a trigger would move the times apart.
SET row_security = off;
INSERT INTO conversations (id, user_id, title) SELECT md5('long')::uuid, id, 'long' FROM users;
INSERT INTO messages (id, conversation_id, role, content, created_at)
SELECT md5('long ' || n)::uuid, md5('long')::uuid, 'user', n, timestamp '2026-01-06' + n / 10 * interval '1s'
FROM generate_series(1, 100) n;
RESET row_security;
ANALYZE;

SELECT plan(39);

SELECT is_empty(
    'SELECT title FROM conversations WHERE get_conversation(id) IS DISTINCT FROM expected(id)',
    'it returns the same as to_jsonb and jsonb_agg');

-- Names of messages.

-- An id from the client stands for its UUIDv5 in the name space of the conversation. So does a text that only
-- looks like a UUID.
CREATE TEMPORARY TABLE client_ids AS
SELECT id, uuid_generate_v5(md5('long')::uuid, id) AS uuid
FROM unnest(ARRAY['msg-abc', '', 'ü', repeat('long ', 100), '00000000-0000-0000-0000-00000000000',
    '00000000-0000-0000-0000-0000000000000', '{00000000-0000-0000-0000-000000000000',
    '00000000-0000-0000-0000-000000000000}', ' 00000000-0000-0000-0000-000000000000',
    '00000000-0000-0000-0000-00000000000g', '0-0000000-0000-0000-0000-000000000000',
    'urn:uuid:00000000-0000-0000-0000-000000000000']) AS id;
SET row_security = off;
INSERT INTO messages (id, conversation_id, role, content, created_at)
SELECT uuid, md5('long')::uuid, 'user', 'by ' || id, timestamp '2026-01-06 00:00:05' FROM client_ids;
RESET row_security;

SELECT is(
    get_conversation(md5('long')::uuid, before_message => id),
    get_conversation(md5('long')::uuid, before_message => uuid::text),
    format('%L is an id of the client''s', left(id, 40)))
FROM client_ids;

SELECT is(
    get_conversation(md5('long')::uuid, before_message => form),
    get_conversation(md5('long')::uuid, before_message => md5('long 42')::uuid::text),
    format('%L is a UUID', form))
FROM (SELECT md5('long 42') AS digits) AS f, unnest(ARRAY[digits, upper(digits), '{' || digits || '}',
    upper(digits::uuid::text), regexp_replace(digits, '(....)(?=.)', '\1-', 'g'),
    '{' || regexp_replace(digits, '(........)(?=.)', '\1-', 'g') || '}']) AS form;

-- Paging back from the end returns every message once, in order.
CREATE FUNCTION paged(conversation uuid, size integer) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
    page jsonb := get_conversation(conversation, message_limit => size);
    result jsonb := page -> 'messages';
BEGIN
    WHILE (page -> 'has_more')::boolean LOOP
        ASSERT jsonb_array_length(page -> 'messages') = size;
        page := get_conversation(conversation, message_limit => size,
            before_message => page -> 'messages' -> 0 ->> 'id');
        result := (page -> 'messages') || result;
    END LOOP;
    RETURN result;
END $$;

SELECT is(paged(md5('long')::uuid, size), expected(md5('long')::uuid) -> 'messages',
    format('paging by %s finds each message once, in order', size))
FROM unnest('{1, 2, 7, 10, 56, 111, 112, 113}'::int[]) AS size;

-- In all places where a function can be called.

CREATE FUNCTION in_sql(id uuid) RETURNS jsonb STABLE LANGUAGE sql AS 'SELECT get_conversation(id)';
CREATE FUNCTION in_plpgsql(id uuid) RETURNS jsonb STABLE LANGUAGE plpgsql AS
'BEGIN RETURN get_conversation(id); END';
CREATE FUNCTION in_definers(id uuid) RETURNS jsonb
STABLE LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS
'BEGIN RETURN public.get_conversation(id); END';

SELECT is(in_sql(md5('long')::uuid), expected(md5('long')::uuid), 'in a SQL function');
SELECT is(in_plpgsql(md5('long')::uuid), expected(md5('long')::uuid), 'in a PL/pgSQL function');
SELECT is(in_definers(md5('long')::uuid), expected(md5('long')::uuid),
    'in a SECURITY DEFINER function with its own search_path');

BEGIN READ ONLY;
SELECT is(get_conversation(md5('long')::uuid), expected(md5('long')::uuid), 'in a read-only transaction');
COMMIT;

PREPARE page(uuid, text, int, text) AS SELECT get_conversation($1, $2, $3, $4);
SELECT results_eq(
    $$EXECUTE page(md5('long')::uuid, NULL, 3, NULL)$$,
    $$SELECT get_conversation(md5('long')::uuid, message_limit => 3)$$,
    'with the parameters of a prepared statement');
SET plan_cache_mode = force_generic_plan;
SELECT results_eq(
    $$EXECUTE page(md5('long')::uuid, NULL, 3, NULL)$$,
    $$SELECT get_conversation(md5('long')::uuid, message_limit => 3)$$, '... with a generic plan');
RESET plan_cache_mode;


CREATE FUNCTION around_an_update(OUT by_cursor text, OUT after text) LANGUAGE plpgsql AS $$
DECLARE
    reading CURSOR FOR SELECT get_conversation(md5('long')::uuid, message_limit => 1);
BEGIN
    OPEN reading;
    UPDATE messages SET content = 'changed' WHERE id = md5('long 100')::uuid;
    FETCH reading INTO by_cursor;
    by_cursor := by_cursor::jsonb #>> '{messages, 0, content}';
    after := get_conversation(md5('long')::uuid, message_limit => 1) #>> '{messages, 0, content}';
END $$;
BEGIN;
SELECT results_eq('SELECT * FROM around_an_update()', $$VALUES ('100', 'changed')$$,
    'it sees the same data as the query that calls it');
ROLLBACK;

-- In parallel workers, which do the whole work here.
SELECT set_config(CASE WHEN current_setting('server_version_num')::int >= 160000 THEN 'debug_parallel_query'
                       ELSE 'force_parallel_mode' END, 'on', false) \g /dev/null
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET parallel_leader_participation = off;

-- Runs the query and returns how many parallel workers it launched.
CREATE FUNCTION workers(query text) RETURNS int LANGUAGE plpgsql AS $$
DECLARE
    plan json;
BEGIN
    EXECUTE 'EXPLAIN (ANALYZE, TIMING off, COSTS off, FORMAT json) ' || query INTO plan;
    RETURN jsonb_path_query_first(plan::jsonb, '$.**."Workers Launched"');
END $$;

\set query 'SELECT count(*) FROM conversations WHERE get_conversation(id) = expected(id)'
SELECT cmp_ok(workers(:'query'), '>=', 1, 'parallel workers read conversations');
:query \gset
SELECT is(:count, (SELECT count(*)::int FROM conversations), '... they return the right values');

\set query 'SELECT get_conversation(md5($$long$$)::uuid) = expected(md5($$long$$)::uuid) AS same'
SELECT is(workers(:'query'), 1, 'a parallel worker reads one conversation');
:query \gset
SELECT ok(:'same', '... it returns the right value');

SELECT throws_ok(
    'SELECT get_conversation(id, message_limit => 0) FROM conversations',
    '22023', 'message_limit must be at least 1', 'an error in a worker becomes an error of the query');

SELECT * FROM finish();
