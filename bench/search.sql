-- psql -v messages=1000000 -f bench/search.sql: ten users with so many messages together (a multiple of
-- 1,000), a hundred in each conversation. All ten write at the same time: the messages of a conversation lie
-- among those of nine others. Each has a piece of one of 5,000 texts and a number that no other has, one in
-- ten thousand the word "serendipity", and the oldest of each user the word "xylophone". A call adds to the
-- messages of an earlier one. It needs bench/texts.sql.
SET row_security = off;
INSERT INTO users (id, email)
SELECT md5('searcher ' || n)::uuid, 'searcher' || n || '@example.com' FROM generate_series(0, 9) n
ON CONFLICT DO NOTHING;
CREATE TABLE IF NOT EXISTS bench.sentence (n integer PRIMARY KEY, text text);
INSERT INTO bench.sentence
SELECT row_number() OVER (), text
FROM (SELECT substr(content, 1 + 150 * part, 150) AS text
      FROM bench.text CROSS JOIN generate_series(0, 50) part) t
WHERE length(text) = 150
LIMIT 5000
ON CONFLICT DO NOTHING;
SELECT count(*) AS sentences FROM bench.sentence \gset
SELECT count(*) AS there FROM messages m JOIN conversations c ON c.id = m.conversation_id
WHERE c.user_id IN (SELECT md5('searcher ' || n)::uuid FROM generate_series(0, 9) n) \gset

INSERT INTO conversations (id, user_id, title, created_at, updated_at)
SELECT md5('searched ' || c)::uuid, md5('searcher ' || c % 10)::uuid, 'Conversation ' || c,
    timestamp '2020-01-01' + c * interval '5 minutes', timestamp '2020-01-01' + (c + 1) * interval '5 minutes'
FROM generate_series(:there / 100, :messages / 100 - 1) c;
INSERT INTO messages (conversation_id, role, content, created_at)
SELECT md5('searched ' || i / 1000 * 10 + i % 10)::uuid,
    CASE i / 10 % 2 WHEN 0 THEN 'user' ELSE 'assistant' END,
    concat_ws(' ', s.text, 'n' || i, CASE WHEN i % 9973 = 0 THEN 'serendipity' END,
              CASE WHEN i < 10 THEN 'xylophone' END),
    timestamp '2020-01-01' + i * interval '3 s'
FROM generate_series(:there, :messages - 1) i
    JOIN bench.sentence s ON s.n = 1 + (i::bigint * 7919) % :sentences;
VACUUM (ANALYZE) conversations, messages;

-- Goes on with a search until it has 20 messages or all, and returns how long that took, and how long the
-- slowest call took, in milliseconds.
CREATE OR REPLACE FUNCTION bench.search(query text, OUT all_ms float8, OUT slowest_ms float8)
LANGUAGE plpgsql AS $$
DECLARE
    started timestamptz := clock_timestamp();
    call_started timestamptz;
    page jsonb;
    messages bigint := 0;
BEGIN
    slowest_ms := 0;
    LOOP
        call_started := clock_timestamp();
        page := search_messages(query, user_id => md5('searcher 3')::uuid, page_size => 20,
                                cursor => page ->> 'next_cursor');
        slowest_ms := greatest(slowest_ms, 1000 * extract(epoch FROM clock_timestamp() - call_started));
        messages := messages + jsonb_array_length(page -> 'messages');
        EXIT WHEN page ->> 'next_cursor' IS NULL OR messages >= 20;
    END LOOP;
    all_ms := 1000 * extract(epoch FROM clock_timestamp() - started);
END $$;
-- The median of five such searches, after one that does not count.
CREATE OR REPLACE FUNCTION bench.search_median(query text, OUT all_ms float8, OUT slowest_ms float8)
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM bench.search(query);
    SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY s.all_ms), max(s.slowest_ms)
    INTO search_median.all_ms, search_median.slowest_ms
    FROM generate_series(1, 5) CROSS JOIN LATERAL bench.search(query || repeat(' ', generate_series)) s;
END $$;
-- The same with the SQL of an application.
CREATE OR REPLACE FUNCTION bench.search_by_sql(word text, OUT all_ms float8) LANGUAGE plpgsql AS $$
DECLARE
    started timestamptz;
    times float8[];
BEGIN
    FOR run IN 0..3 LOOP
        started := clock_timestamp();
        PERFORM jsonb_agg(to_jsonb(m))
        FROM (SELECT m.id, m.conversation_id, c.title, m.role, m.content, m.created_at
              FROM messages m JOIN conversations c ON c.id = m.conversation_id
              WHERE c.user_id = md5('searcher 3')::uuid AND m.content ILIKE '%' || word || '%'
              ORDER BY m.created_at DESC, m.id DESC LIMIT 20) m;
        times := times || 1000 * extract(epoch FROM clock_timestamp() - started)::float8;
    END LOOP;
    all_ms := (SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY t) FROM unnest(times[2:]) t);
END $$;
