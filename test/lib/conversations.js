// Creates conversations for tests over HTTP and with the clients, as SQL for the sql() of newDatabase().

const conversation = `INSERT INTO conversations (id, user_id, title, system_prompt, metadata, created_at, updated_at)`;
const message = `INSERT INTO messages (id, conversation_id, role, content, parts, attachments, reasoning, created_at)`;

// Creates the functions that random conversations need. Run it once, first, as the user who creates the conversations.
const generators = `
    CREATE SCHEMA test;
    \\i ${__dirname}/differential/values.sql
    -- Without triggers and foreign keys, which would set the times of messages and need users.
    SET session_replication_role = replica;
    SET client_min_messages = warning;
    CREATE FUNCTION test.finite_time() RETURNS timestamp LANGUAGE sql VOLATILE AS $$
        SELECT CASE WHEN isfinite(t) THEN t ELSE '2024-01-01' END FROM (SELECT test.time() OFFSET 0) AS o (t) $$;
    CREATE FUNCTION test.list() RETURNS jsonb LANGUAGE sql VOLATILE AS $$
        SELECT coalesce(jsonb_agg(test.pooled_jsonb()), '[]') FROM generate_series(1, test.whole(0, 4)) $$;
    CREATE FUNCTION test.object() RETURNS jsonb LANGUAGE sql VOLATILE AS $$
        SELECT coalesce(jsonb_object_agg(test.letters(test.whole(0, 9)) || n, test.pooled_jsonb()), '{}')
        FROM generate_series(1, test.pick(0, 1, 5, 31, 32, 33, 34, 64, 65, 100)) n $$`;

// Creates random conversations. The same seed creates the same ones.
const randomConversations = (count, seed, user = '00000000-0000-4000-8000-000000000000') => `
    SELECT setseed(${seed} / 2147483647.0);
    TRUNCATE test.pool;
    INSERT INTO test.pool SELECT array_agg(test.text()), array_agg(test.jsonb()) FROM generate_series(1, 40);
    ${conversation} SELECT test.uuid(), '${user}', test.pooled_text(),
            CASE WHEN test.chance(0.7) THEN test.pooled_text() END, CASE WHEN test.chance(0.7) THEN test.object() END,
            test.finite_time(), test.finite_time()
        FROM generate_series(1, ${count});
    ${message} SELECT test.uuid(), id, test.pick('user', 'assistant', 'system'), test.pooled_text(),
            CASE WHEN test.chance(0.8) THEN test.list() END, CASE WHEN test.chance(0.3) THEN test.list() END,
            CASE WHEN test.chance(0.5) THEN test.pooled_text() END,
            CASE WHEN same_time THEN timestamp '2024-01-01' ELSE test.finite_time() END
        FROM (SELECT id, test.chance(0.3) AS same_time,
                  CASE WHEN test.chance(0.9) THEN test.whole(0, 8) ELSE test.whole(9, 70) END AS n
              FROM conversations) c, generate_series(1, n)`;

module.exports = { conversation, message, generators, randomConversations };
