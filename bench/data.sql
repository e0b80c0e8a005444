-- What an AI chat product's database holds: psql -v data=test/data/mt-bench.jsonl -f bench/data.sql
-- 3,000 conversations of 300 users, most of them short, and those that are measured among them. The texts are
-- MT-Bench's, the parts as the AI SDK writes them: of the assistant's messages every second has a tool call,
-- every third reasoning.
\set ON_ERROR_STOP on
SELECT setseed(0.1) \g /dev/null

\ir texts.sql

INSERT INTO users (id, email, name)
SELECT md5('user ' || n)::uuid, 'user' || n || '@example.com', 'User ' || n FROM generate_series(1, 300) n;

-- The ids of those that are measured are those of their sizes.
CREATE FUNCTION bench.conversation(size int) RETURNS uuid LANGUAGE sql IMMUTABLE
    RETURN md5('conversation of ' || size)::uuid;

CREATE TABLE bench.conversation AS
SELECT gen_random_uuid() AS id, (2 + 30 * -ln(1 - random()))::int AS size,
    timestamp '2025-01-01' + random() * interval '1 year' AS created_at
FROM generate_series(1, 3000)
UNION ALL
SELECT bench.conversation(size), size, timestamp '2025-01-01' + nth * interval '1 month'
FROM unnest('{10,100,1000,10000,100000}'::int[]) WITH ORDINALITY AS m (size, nth);

INSERT INTO conversations (id, user_id, title, system_prompt, metadata, created_at, updated_at)
SELECT id, md5('user ' || 1 + floor(300 * random()))::uuid, 'A conversation of ' || size || ' messages',
    CASE WHEN random() < 0.5 THEN 'You are a helpful assistant. Answer briefly.' END,
    CASE WHEN random() < 0.5 THEN '{"model": "gpt-4o", "temperature": 0.7, "pinned": false}'::jsonb END,
    created_at, created_at
FROM bench.conversation;

CREATE FUNCTION bench.parts(role text, content text, reasoning text, n bigint)
RETURNS jsonb LANGUAGE sql AS $$
    SELECT CASE WHEN role = 'user' THEN jsonb_build_array(jsonb_build_object('type', 'text', 'text', content))
    ELSE jsonb_build_array(jsonb_build_object('type', 'step-start'))
        || CASE WHEN reasoning IS NULL THEN '[]' ELSE
            jsonb_build_array(jsonb_build_object('type', 'reasoning', 'text', reasoning, 'state', 'done')) END
        || CASE WHEN n % 4 <> 0 THEN '[]' ELSE jsonb_build_array(jsonb_build_object(
            'type', 'tool-searchProducts', 'toolCallId', 'call_' || md5(n::text), 'state', 'output-available',
            'input', jsonb_build_object('query', left(content, 40), 'limit', 5, 'maxPrice', 99.50, 'inStock',
                true),
            'output', jsonb_build_object('total', n % 100, 'results', (
                SELECT jsonb_agg(jsonb_build_object('id', n * 10 + i, 'name', substr(content, i * 20, 30),
                    'price', (n + i) % 500 / 10.0, 'rating', 4.5, 'tags', '["new", "sale"]'::jsonb,
                    'url', 'https://shop.example.com/products/' || n * 10 + i))
                FROM generate_series(1, 5) i)))) END
        || jsonb_build_array(jsonb_build_object('type', 'text', 'text', content, 'state', 'done')) END;
$$;

-- In the order of time, as they were written: the messages of a conversation lie among those of others. As in
-- a restore, so that the times stay.
SET row_security = off;
INSERT INTO messages (conversation_id, role, content, parts, attachments, reasoning, created_at)
SELECT c.id, role, content,
    CASE WHEN n % 10 <> 7 THEN bench.parts(role, content, reasoning, n) END,
    CASE WHEN n % 20 = 1 THEN jsonb_build_array(jsonb_build_object('name', 'photo.png', 'contentType',
        'image/png', 'url', 'https://files.example.com/' || md5(n::text) || '.png')) END,
    reasoning, c.created_at + n * interval '40.123456 s'
FROM bench.conversation c, generate_series(1, size) n,
    LATERAL (SELECT CASE n % 2 WHEN 1 THEN 'user' ELSE 'assistant' END) AS r (role),
    LATERAL (SELECT content FROM bench.text t
             WHERE t.role = r.role
                 AND t.nth = 1 + (n * 7 + size) % CASE n % 2 WHEN 1 THEN 110 ELSE 60 END) AS t,
    LATERAL (SELECT CASE WHEN n % 6 = 0 THEN
        'The user asks: ' || left(content, 200)
            || ' So I should explain it step by step.' END) AS w (reasoning)
ORDER BY c.created_at + n * interval '40.123456 s';
RESET row_security;

VACUUM (ANALYZE) users, conversations, messages;
