-- Loads test/data/mt-bench.jsonl into an empty agentchat: psql -v data=test/data/mt-bench.jsonl
-- -f test/lib/load_mt_bench.sql
-- One user; a conversation for each line. Ids are made of the titles and times are those of a restore, which
-- no trigger changes: so all are the same every time.
\set ON_ERROR_STOP on
-- The client reads the file (the server may not be able to), and :'lines' quotes it, backslashes and all.
\set lines `cat :'data'`

BEGIN;
SET LOCAL row_security = off;
CREATE TEMPORARY TABLE line ON COMMIT DROP AS
SELECT md5(j ->> 'title')::uuid AS id, j ->> 'title' AS title, j -> 'messages' AS messages,
    timestamp '2026-01-05 09:00' + n * interval '1 minute' AS created_at
FROM string_to_table(:'lines', E'\n') WITH ORDINALITY AS f (text, n), jsonb(text) AS j;

INSERT INTO users (id, email, name) VALUES (md5('ada')::uuid, 'ada@example.com', 'Ada');

INSERT INTO conversations (id, user_id, title, created_at, updated_at)
SELECT id, md5('ada')::uuid, title, created_at, created_at FROM line;

INSERT INTO messages (id, conversation_id, role, content, created_at)
SELECT md5(title || ' ' || n)::uuid, id, m ->> 'role', m ->> 'content',
    created_at + n * interval '1 millisecond'
FROM line, jsonb_array_elements(messages) WITH ORDINALITY AS e (m, n);
COMMIT;

ANALYZE;
