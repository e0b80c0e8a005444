-- MT-Bench's texts, for the messages: psql -v data=test/data/mt-bench.jsonl -f bench/texts.sql
\set lines `cat :'data'`
CREATE SCHEMA bench;

CREATE TABLE bench.text AS
SELECT m ->> 'role' AS role, row_number() OVER (PARTITION BY m ->> 'role' ORDER BY line, n) AS nth,
    m ->> 'content' AS content
FROM string_to_table(:'lines', E'\n') WITH ORDINALITY AS f (text, line),
    jsonb_array_elements(text::jsonb -> 'messages') WITH ORDINALITY AS e (m, n);
CREATE INDEX ON bench.text (role, nth);
