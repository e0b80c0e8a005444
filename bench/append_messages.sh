# shellcheck shell=bash
# append_messages of 100 messages against one INSERT … SELECT FROM jsonb_to_recordset of the same, both with all triggers,
# each time into a conversation that has none yet. In turns, in a database of its own, where the tables start empty for each
# line; PL/pgSQL keeps the plan of the INSERT, as drivers do.
createdb bench_append
PGDATABASE=bench_append sql <<'SQL'
CREATE EXTENSION agentchat;
ALTER TABLE messages SET (autovacuum_enabled = off);
ALTER TABLE conversations SET (autovacuum_enabled = off);
INSERT INTO users (id, email) VALUES (md5('ada')::uuid, 'ada@example.com');

-- 100 messages as one value, in the formats rows (without ids and times) and ai-sdk. The small ones are a line of text each,
-- the realistic ones have 1.5 kB on average, with tool calls.
CREATE FUNCTION parts(content text, n int, realistic boolean) RETURNS jsonb LANGUAGE sql AS $$
    SELECT CASE WHEN realistic AND n % 4 = 0 THEN jsonb_build_array(jsonb_build_object(
            'type', 'tool-searchProducts', 'toolCallId', 'call_' || n, 'state', 'output-available',
            'input', jsonb_build_object('query', left(content, 40), 'limit', 5, 'maxPrice', 99.50),
            'output', (SELECT jsonb_agg(jsonb_build_object('id', n * 10 + i, 'name', substr(content, i * 20, 30),
                'price', n / 10.0, 'url', 'https://shop.example.com/products/' || i)) FROM generate_series(1, 5) i)))
        ELSE '[]' END || jsonb_build_array(jsonb_build_object('type', 'text', 'text', content, 'state', 'done'))
$$;
CREATE TABLE input AS
SELECT realistic, jsonb_agg(jsonb_build_object('role', role, 'content', content, 'parts', parts) ORDER BY n) AS rows,
    jsonb_agg(jsonb_build_object('role', role, 'parts', parts) ORDER BY n) AS ui
FROM unnest('{false, true}'::boolean[]) AS r (realistic), generate_series(1, 100) n,
    LATERAL (SELECT (ARRAY['user', 'assistant'])[1 + n % 2] AS role,
        CASE WHEN realistic THEN repeat('What should I see on Maui? ', 1 + n % 60) ELSE 'What is ' || n || '?' END AS content) AS m,
    LATERAL (SELECT parts(content, n, realistic)) AS p (parts)
GROUP BY realistic;

CREATE FUNCTION with_ids(messages jsonb) RETURNS jsonb LANGUAGE sql AS $$
    SELECT jsonb_agg(m || jsonb_build_object('id', gen_random_uuid()) ORDER BY n)
    FROM jsonb_array_elements(messages) WITH ORDINALITY AS e (m, n)
$$;
CREATE FUNCTION conversation() RETURNS uuid LANGUAGE sql AS
$$ INSERT INTO conversations (user_id, title) VALUES (md5('ada')::uuid, 'x') RETURNING id $$;

-- In milliseconds. In each round, of half a second, one comes as often after the other as after itself.
CREATE TABLE took (round int, appends boolean, ms float8);
CREATE PROCEDURE compare(format text, is_realistic boolean, has_ids boolean, seconds float8)
LANGUAGE plpgsql AS $$
DECLARE
    rows jsonb := (SELECT i.rows FROM input i WHERE realistic = is_realistic);
    input jsonb := CASE format WHEN 'rows' THEN rows ELSE (SELECT i.ui FROM input i WHERE realistic = is_realistic) END;
    until timestamptz := clock_timestamp() + seconds * interval '1 s';
    appends boolean;
    conversation uuid;
    started timestamptz;
    round int;
BEGIN
    TRUNCATE took;
    WHILE clock_timestamp() < until LOOP
        round := 2 * extract(epoch FROM until - clock_timestamp());
        FOREACH appends IN ARRAY '{true, false, false, true}'::boolean[] LOOP
            IF has_ids THEN
                input := with_ids(input);
                rows := with_ids(rows);
            END IF;
            conversation := conversation();
            COMMIT;
            started := clock_timestamp();
            IF appends THEN
                PERFORM append_messages(conversation, input, format);
            ELSIF has_ids THEN
                INSERT INTO messages (id, conversation_id, role, content, parts)
                SELECT r.id, conversation, r.role, r.content, r.parts
                FROM jsonb_to_recordset(rows) AS r (id uuid, role text, content text, parts jsonb);
            ELSE
                INSERT INTO messages (conversation_id, role, content, parts)
                SELECT conversation, r.role, r.content, r.parts
                FROM jsonb_to_recordset(rows) AS r (role text, content text, parts jsonb);
            END IF;
            INSERT INTO took VALUES (round, appends, 1000 * extract(epoch FROM clock_timestamp() - started));
            COMMIT;
        END LOOP;
    END LOOP;
END $$;
SQL

compare() { # WHAT FORMAT REALISTIC IDS
    PGDATABASE=bench_append sql -c 'SET client_min_messages = warning' -c 'TRUNCATE conversations CASCADE' -c CHECKPOINT
    PGDATABASE=bench_append sql -F ' ' -c "CALL compare('$2', $3, $4, 5)" \
        -c 'SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY ms) FILTER (WHERE appends),
            percentile_cont(0.5) WITHIN GROUP (ORDER BY ms) FILTER (WHERE NOT appends) FROM took GROUP BY round' |
        row "$1" 'jsonb_to_recordset' share 1.0
}

compare 'append_messages of 100, ai-sdk' ai-sdk true false
compare '    with ids' ai-sdk true true
compare '    small ones' ai-sdk false false
compare 'append_messages of 100, rows' rows true false
compare '    with ids' rows true true
compare '    small ones' rows false false
dropdb bench_append
