-- agentchat.set_updated_at() keeps updated_at: the time, in UTC, of the transaction that last changed a row.
-- The functions of the SQL edition have contexts, in PL/pgSQL.
\set SHOW_CONTEXT never
SET TimeZone = 'America/New_York';
BEGIN;
INSERT INTO users (email, updated_at) VALUES ('ada@example.com', '2026-01-05 09:00');

-- An UPDATE that changes nothing leaves it alone.
UPDATE users SET email = 'ada@example.com', name = NULL RETURNING updated_at;
-- One that changes something sets it.
UPDATE users SET name = 'Ada'
RETURNING updated_at = now() AT TIME ZONE 'utc' AS updated;
-- What the statement sets is overruled.
UPDATE users SET name = 'Ada L.', updated_at = '2000-01-01'
RETURNING updated_at = now() AT TIME ZONE 'utc' AS updated;
UPDATE users SET name = 'Ada', updated_at = 'infinity'
RETURNING updated_at = now() AT TIME ZONE 'utc' AS updated;

-- A restore session (pg_dump sets row_security off) sets what it likes.
SET LOCAL row_security = off;
UPDATE users SET updated_at = '2026-01-05 09:00' RETURNING updated_at;
UPDATE users SET name = 'Ada L.' RETURNING updated_at;
UPDATE users SET updated_at = '2100-01-01' RETURNING updated_at;
SET LOCAL row_security = on;
-- It never goes back.
UPDATE users SET name = 'Ada', updated_at = '2000-01-01' RETURNING updated_at;
ROLLBACK;

-- It is there for your own tables, too, with a timestamp or a timestamptz.
CREATE TABLE notes (id int PRIMARY KEY, body text, updated_at timestamptz);
CREATE TRIGGER set_updated_at BEFORE UPDATE ON notes
    FOR EACH ROW EXECUTE FUNCTION agentchat.set_updated_at();
INSERT INTO notes VALUES (1, 'one'), (2, 'two');
BEGIN;
UPDATE notes SET body = 'changed' WHERE id = 1;
SELECT id, body, updated_at = now() AS updated FROM notes ORDER BY id;
INSERT INTO notes VALUES (1, 'upserted'), (3, 'three') ON CONFLICT (id) DO UPDATE SET body = excluded.body;
MERGE INTO notes USING (VALUES (2, 'merged')) AS v (id, body) ON v.id = notes.id
WHEN MATCHED THEN UPDATE SET body = v.body;
SELECT id, body, updated_at = now() AS updated FROM notes ORDER BY id;
ROLLBACK;

-- The precision that the column has been given holds.
CREATE TABLE notes_ms (id int, updated_at timestamp(0));
CREATE TRIGGER set_updated_at BEFORE UPDATE ON notes_ms
    FOR EACH ROW EXECUTE FUNCTION agentchat.set_updated_at();
INSERT INTO notes_ms VALUES (1);
UPDATE notes_ms SET id = 2 RETURNING updated_at = date_trunc('second', updated_at) AS whole_second;
DROP TABLE notes_ms;

-- Errors.
CREATE TABLE lists (id int, updated_on date);
CREATE TRIGGER set_updated_at BEFORE UPDATE ON lists
    FOR EACH ROW EXECUTE FUNCTION agentchat.set_updated_at();
INSERT INTO lists VALUES (1);
UPDATE lists SET id = 2;
\echo :LAST_ERROR_SQLSTATE
ALTER TABLE lists RENAME updated_on TO updated_at;
UPDATE lists SET id = 2;
\echo :LAST_ERROR_SQLSTATE
DROP TRIGGER set_updated_at ON lists;

CREATE TRIGGER late AFTER UPDATE ON lists FOR EACH ROW EXECUTE FUNCTION agentchat.set_updated_at();
UPDATE lists SET id = 2;
\echo :LAST_ERROR_SQLSTATE
DROP TRIGGER late ON lists;
CREATE TRIGGER once BEFORE UPDATE ON lists EXECUTE FUNCTION agentchat.set_updated_at();
UPDATE lists SET id = 2;
DROP TRIGGER once ON lists;
CREATE TRIGGER early BEFORE INSERT ON lists FOR EACH ROW EXECUTE FUNCTION agentchat.set_updated_at();
INSERT INTO lists VALUES (2);
DROP TRIGGER early ON lists;
CREATE TRIGGER gone BEFORE DELETE ON lists FOR EACH ROW EXECUTE FUNCTION agentchat.set_updated_at();
DELETE FROM lists;
DROP TRIGGER gone ON lists;
CREATE VIEW list_view AS SELECT * FROM lists;
CREATE TRIGGER instead INSTEAD OF UPDATE ON list_view
    FOR EACH ROW EXECUTE FUNCTION agentchat.set_updated_at();
UPDATE list_view SET id = 2;
SELECT agentchat.set_updated_at();

DROP VIEW list_view;
DROP TABLE lists, notes;
