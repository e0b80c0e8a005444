# shellcheck shell=bash
# import_vercel_chatbot() of 1,000,000 messages in 50,000 chats, against an INSERT … SELECT of the same columns into the
# same tables. The import also orders the messages, reads their texts, looks for what it has to report, and compares
# what it wrote with the source.
createdb bench_import
PGDATABASE=bench_import sql -v chats="${CHATS:-50000}" <<'SQL'
CREATE EXTENSION agentchat;
CREATE SCHEMA chatbot;
SET search_path = chatbot;
\i test/data/vercel_chatbot/0000_initial.sql
INSERT INTO "User" (email) SELECT 'user' || n || '@example.com' FROM generate_series(1, 1000) n;
INSERT INTO "Chat" (id, "createdAt", title, "userId")
SELECT md5('chat' || n)::uuid, timestamp '2026-01-05' + n * interval '1 minute', 'Chat ' || n, u.id
FROM (SELECT id, row_number() OVER (ORDER BY id) AS place FROM "User") u
    JOIN generate_series(1, :chats) n ON n % 1000 + 1 = u.place;
-- 20 messages in each chat, in the order in which many users write at the same time. 350 bytes of parts on average.
INSERT INTO "Message_v2" (id, "chatId", role, parts, attachments, "createdAt")
SELECT md5(c.id || '-' || n)::uuid, c.id, (ARRAY['assistant', 'user'])[1 + n % 2],
    CASE n % 2 WHEN 1 THEN json_build_array(json_build_object('type', 'text', 'text', 'How does item ' || n || ' work?'))
    ELSE json_build_array(json_build_object('type', 'step-start'), json_build_object('type', 'text', 'state', 'done',
        'text', repeat('What you should see on Maui is the crater. ', 5 + n))) END,
    '[]', c."createdAt" + n * interval '5 seconds'
FROM "Chat" c CROSS JOIN generate_series(1, 20) n
ORDER BY n, c.id;
VACUUM ANALYZE;

-- How many milliseconds a statement takes that fills empty tables.
CREATE PROCEDURE measure(statement text, INOUT ms float8) LANGUAGE plpgsql AS $$
DECLARE
    started timestamptz;
BEGIN
    TRUNCATE public.users CASCADE;
    COMMIT;
    CHECKPOINT;
    started := clock_timestamp();
    EXECUTE statement;
    COMMIT;
    ms := 1000 * extract(epoch FROM clock_timestamp() - started);
END $$;
SQL

measure() { # STATEMENT
    PGDATABASE=bench_import sql -c 'SET client_min_messages = warning' -c "CALL chatbot.measure(\$\$$1\$\$, NULL)"
}

inserted=$(measure "
    INSERT INTO public.users (id, email, created_at, updated_at)
    SELECT id, email, \"createdAt\", \"updatedAt\" FROM chatbot.\"User\";
    INSERT INTO public.conversations (id, user_id, title, metadata, created_at, updated_at)
    SELECT id, \"userId\", title, jsonb_build_object('visibility', visibility), \"createdAt\", \"createdAt\"
    FROM chatbot.\"Chat\";
    INSERT INTO public.messages (id, conversation_id, role, content, parts, attachments, created_at)
    SELECT id, \"chatId\", role, coalesce(parts -> 0 ->> 'text', parts -> 1 ->> 'text'), parts::jsonb,
        attachments::jsonb, \"createdAt\"
    FROM chatbot.\"Message_v2\"")
imported=$(measure "SELECT * FROM agentchat.import_vercel_chatbot('chatbot')")
row 'import_vercel_chatbot of 1,000,000 messages' 'INSERT … SELECT' share 2 <<<"$imported $inserted"
dropdb bench_import
