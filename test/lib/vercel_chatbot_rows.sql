-- Fills the tables of Vercel's chatbot with a few rows. Their ids are different in each database.
CREATE TEMPORARY TABLE ids AS
SELECT gen_random_uuid() AS "user", gen_random_uuid() AS chat, gen_random_uuid() AS question,
    gen_random_uuid() AS answer, gen_random_uuid() AS document;
INSERT INTO "User" (id, email) SELECT "user", left("user"::text, 8) || '@example.com' FROM ids;
INSERT INTO "Chat" (id, "createdAt", title, "userId")
SELECT chat, timestamp '2025-03-01 10:00', 'Maui', "user" FROM ids;
INSERT INTO "Message_v2" (id, "chatId", role, parts, attachments, "createdAt")
SELECT question, chat, 'user', '[{"type": "text", "text": "What should I see?"}]'::json, '[]'::json,
    timestamp '2025-03-01 10:00:01' FROM ids
UNION ALL
SELECT answer, chat, 'assistant', '[{"type": "text", "text": "The crater."}]', '[]', '2025-03-01 10:00:02'
FROM ids;
INSERT INTO "Vote_v2" SELECT chat, answer, true FROM ids;
INSERT INTO "Document" (id, "createdAt", title, content, text, "userId")
SELECT document, timestamp '2025-03-01 10:00' + v * interval '1 minute', 'Plan', 'Version ' || v, 'text',
    "user"
FROM ids CROSS JOIN generate_series(1, 2) v;
