-- Fills the nine tables with random rows, the same for the same seed: psql -v schema=public -v seed=0.3
-- -f test/lib/fill.sql, as their owner. Odd text, NULLs, large values, times that are equal or at the end of
-- the range, and users with more agents than they may have. It counts as a restore: rows go in as they are.
\set ON_ERROR_STOP on
SET client_min_messages = warning;
SET row_security = off;
SET search_path = :schema;
BEGIN;
SELECT setseed(:seed) \g /dev/null

CREATE FUNCTION pg_temp.one_of(choices anyarray) RETURNS anyelement
    LANGUAGE sql VOLATILE AS 'SELECT choices[1 + floor(random() * cardinality(choices))]';

CREATE FUNCTION pg_temp.words() RETURNS text
    LANGUAGE plpgsql VOLATILE
    AS $function$
DECLARE
    odd CONSTANT text[] := ARRAY[E'\\', E'\\N', E'\\.', E'\t', E'\n', E'\r\n', E'\x01', E'\x7f', '''', '"',
        '', ' ', ',', ';', '--',
        '$$', '{}', '%s', 'NULL', 'ß', 'é', U&'e\0301', U&'\200B', U&'\202E', U&'\FEFF',
        U&'\+01F469\200D\+01F467',
        U&'\+10FFFF', U&'\FFFD', U&'\D55C', 'a', 'word', 'Word', '<|im_end|>', E'\n\\.\n'];
    made text := '';
BEGIN
    FOR i IN 1 .. 1 + floor(random() * 20) LOOP
        made := made || pg_temp.one_of(odd);
    END LOOP;
    RETURN made;
END
$function$;

-- Some are out of line, compressed or not.
CREATE FUNCTION pg_temp.prose() RETURNS text
    LANGUAGE plpgsql VOLATILE
    AS $$
DECLARE
    luck CONSTANT double precision := random();
BEGIN
    RETURN pg_temp.words() || CASE
        WHEN luck < 0.02 THEN repeat(pg_temp.words(), 5000)
        WHEN luck < 0.04 THEN (SELECT string_agg(md5(random()::text), '') FROM generate_series(1, 1000))
        ELSE '' END;
END
$$;

CREATE FUNCTION pg_temp.json_object() RETURNS jsonb
    LANGUAGE sql VOLATILE
    AS $$
SELECT jsonb_build_object(pg_temp.words(), pg_temp.prose(), 'number', (random() * 1e9)::numeric ^ 5, 'tiny',
    1e-300::numeric,
    'trailing', 1.500, 'nested', jsonb_build_array(pg_temp.words(), NULL, true, '{}'::jsonb, '[]'::jsonb))
$$;

CREATE FUNCTION pg_temp.json_array() RETURNS jsonb
    LANGUAGE sql VOLATILE
    AS $$ SELECT coalesce((SELECT jsonb_agg(pg_temp.json_object())
        FROM generate_series(1, floor(random() * 4)::integer)), '[]') $$;

-- Returns one of a few times, which makes many equal: to the microsecond, to the millisecond, and beyond all
-- clocks.
CREATE FUNCTION pg_temp.moment() RETURNS timestamp
    LANGUAGE sql VOLATILE
    AS $$
SELECT pg_temp.one_of(ARRAY['infinity', '-infinity', '294276-12-31 23:59:59.999999', '0001-01-01 BC',
    '1970-01-01', '2026-03-29 02:30',
    '2026-01-01 00:00:00.000001', '2026-01-01 00:00:00.001', '2026-01-01 00:00:00.001',
    '2026-01-01 00:00:00.001']::timestamp[])
$$;

CREATE FUNCTION pg_temp.id() RETURNS uuid
    LANGUAGE sql VOLATILE AS 'SELECT md5(random()::text)::uuid';

INSERT INTO users (id, email, name, avatar_url, created_at, updated_at)
SELECT pg_temp.id(), n || pg_temp.words(), CASE WHEN n % 3 > 0 THEN pg_temp.words() END,
    CASE WHEN n % 2 > 0 THEN pg_temp.words() END, pg_temp.moment(), pg_temp.moment()
FROM generate_series(1, 30) n;

-- Ids to draw from.
SELECT array_agg(id ORDER BY id) AS users FROM users \gset

INSERT INTO conversations (id, user_id, title, system_prompt, metadata, created_at, updated_at)
SELECT pg_temp.id(), pg_temp.one_of(:'users'::uuid[]), pg_temp.words(),
    CASE WHEN n % 3 > 0 THEN pg_temp.prose() END,
    CASE WHEN n % 2 > 0 THEN pg_temp.json_object() END, pg_temp.moment(), pg_temp.moment()
FROM generate_series(1, 60) n;
SELECT array_agg(id ORDER BY id) AS conversations FROM conversations \gset

INSERT INTO messages (id, conversation_id, role, content, parts, attachments, reasoning, created_at)
SELECT pg_temp.id(), pg_temp.one_of(:'conversations'::uuid[]),
    pg_temp.one_of('{user,assistant,system}'::text[]), pg_temp.prose(),
    CASE WHEN n % 3 > 0 THEN pg_temp.json_array() END, CASE WHEN n % 5 = 0 THEN pg_temp.json_array() END,
    CASE WHEN n % 4 = 0 THEN pg_temp.prose() END, pg_temp.moment()
FROM generate_series(1, 600) n;
SELECT array_agg(id ORDER BY id) AS messages FROM messages \gset

INSERT INTO artifacts (id, user_id, message_id, type, title, content, metadata, created_at, updated_at)
SELECT pg_temp.id(), pg_temp.one_of(:'users'::uuid[]),
    CASE WHEN n % 3 > 0 THEN pg_temp.one_of(:'messages'::uuid[]) END,
    pg_temp.one_of('{code,text,sheet,image}'::text[]),
    pg_temp.words(),
    CASE WHEN n % 4 > 0 THEN pg_temp.prose() END,
    CASE WHEN n % 2 > 0 THEN pg_temp.json_object() END, pg_temp.moment(), pg_temp.moment()
FROM generate_series(1, 60) n;

INSERT INTO agent_tools (id, name, description, schema, is_system, metadata, created_at, updated_at)
SELECT pg_temp.id(), n || pg_temp.words(), pg_temp.prose(), pg_temp.json_object(), n % 2 = 0,
    CASE WHEN n % 2 > 0 THEN pg_temp.json_object() END, pg_temp.moment(), pg_temp.moment()
FROM generate_series(1, 10) n;
SELECT array_agg(name ORDER BY name) AS tools FROM agent_tools \gset

INSERT INTO agent_definitions (id, user_id, name, description, system_prompt, is_public, tools, capabilities,
    metadata, created_at, updated_at)
SELECT pg_temp.id(), pg_temp.one_of(:'users'::uuid[]), pg_temp.words(), pg_temp.prose(), pg_temp.prose(),
    n % 4 = 0,
    CASE WHEN n % 2 > 0 THEN to_jsonb(:'tools'::text[]) - n END,
    CASE WHEN n % 3 > 0 THEN pg_temp.json_object() END,
    CASE WHEN n % 5 > 0 THEN pg_temp.json_object() END, pg_temp.moment(), pg_temp.moment()
FROM generate_series(1, 20) n;
SELECT array_agg(id ORDER BY id) AS definitions FROM agent_definitions \gset

-- Two for each user on average, where one is allowed.
INSERT INTO agent_instances (id, user_id, definition_id, name, configuration, status, metadata, created_at,
    updated_at)
SELECT pg_temp.id(), pg_temp.one_of(:'users'::uuid[]), pg_temp.one_of(:'definitions'::uuid[]),
    pg_temp.words(),
    CASE WHEN n % 2 > 0 THEN pg_temp.json_object() END, pg_temp.one_of('{active,paused,archived}'::text[]),
    CASE WHEN n % 3 > 0 THEN pg_temp.json_object() END, pg_temp.moment(), pg_temp.moment()
FROM generate_series(1, 60) n;
SELECT array_agg(id ORDER BY id) AS instances FROM agent_instances \gset

INSERT INTO workflows (id, user_id, agent_instance_id, workflow_id, status, goal, steps, result, metadata,
    created_at, updated_at)
SELECT pg_temp.id(), pg_temp.one_of(:'users'::uuid[]),
    CASE WHEN n % 3 > 0 THEN pg_temp.one_of(:'instances'::uuid[]) END, pg_temp.words(),
    pg_temp.one_of('{pending,running,completed,failed}'::text[]),
    pg_temp.prose(),
    CASE WHEN n % 2 > 0 THEN pg_temp.json_array() END,
    pg_temp.one_of(ARRAY[NULL, 'null', 'true', '"text"', '0.10', '[]', '{}']::jsonb[]),
    CASE WHEN n % 5 > 0 THEN pg_temp.json_object() END, pg_temp.moment(), pg_temp.moment()
FROM generate_series(1, 30) n;

INSERT INTO subscriptions (id, user_id, stripe_customer_id, stripe_subscription_id, stripe_price_id,
    stripe_current_period_end, plan, status, is_active, agent_limit, created_at, updated_at)
SELECT pg_temp.id(), pg_temp.one_of(:'users'::uuid[]), CASE WHEN n % 2 > 0 THEN pg_temp.words() END,
    CASE WHEN n % 3 > 0 THEN n || pg_temp.words() END, CASE WHEN n % 5 > 0 THEN pg_temp.words() END,
    CASE WHEN n % 7 > 0 THEN pg_temp.moment() END, pg_temp.one_of('{free,pro,enterprise}'::text[]),
    pg_temp.one_of('{active,canceled,past_due}'::text[]),
    n % 2 = 0,
    pg_temp.one_of('{-1,0,1,2147483647}'::integer[]),
    pg_temp.moment(), pg_temp.moment()
FROM generate_series(1, 20) n;
COMMIT;
