-- A conversation of 1,000,000 messages, unless an earlier row of bench/run has made it. Its newest 100
-- messages are those of the conversation of 100. The many before them are short, so that they are soon there.
SELECT NOT EXISTS (SELECT FROM conversations WHERE id = bench.conversation(1000000)) AS missing \gset
\if :missing
INSERT INTO conversations (id, user_id, title)
SELECT bench.conversation(1000000), user_id, 'A conversation of 1000000 messages'
FROM conversations WHERE id = bench.conversation(100);
SET row_security = off;
INSERT INTO messages (conversation_id, role, content, created_at)
SELECT bench.conversation(1000000), 'user', 'Message ' || n, timestamp '2024-01-01' + n * interval '1 s'
FROM generate_series(1, 999900) n;
INSERT INTO messages (conversation_id, role, content, parts, attachments, reasoning, created_at)
SELECT bench.conversation(1000000), role, content, parts, attachments, reasoning, created_at
FROM messages WHERE conversation_id = bench.conversation(100) ORDER BY created_at;
VACUUM (ANALYZE) messages;
\endif
