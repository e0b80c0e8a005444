-- The rules of runs and run_chunks: who sees them, what changes, and when chunks come and go.
\ir ../lib/agentchat.sql
SELECT * FROM agentchat.enable('runs') \g /dev/null
\ir ../lib/api_user.sql
\ir ../lib/error_of.sql

INSERT INTO conversations (id, user_id, title)
SELECT md5('c ' || u)::uuid, md5(u)::uuid, u FROM unnest('{ada,bob}'::text[]) u;
CREATE PROCEDURE fill() LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM runs;
    INSERT INTO runs (id, conversation_id, message_id)
    SELECT md5('r ' || u)::uuid, md5('c ' || u)::uuid, md5('m ' || u)::uuid
    FROM unnest('{ada,bob}'::text[]) u;
    INSERT INTO run_chunks (run_id, seq, chunk) SELECT id, n, '{}' FROM runs, generate_series(1, 3) n;
END $$;
\set ada 'md5(''r ada'')::uuid'
\set bob 'md5(''r bob'')::uuid'

SELECT no_plan();

-- owns_run() and the policies.
CALL fill();
SET ROLE agentchat_test_user;
BEGIN;
SELECT become('ada') \g /dev/null
SELECT is((SELECT array_agg(DISTINCT run_id) FROM run_chunks), ARRAY[:ada], 'Ada sees the chunks of her run');
SELECT is(agentchat.owns_run(:ada), true, '... owns_run() of her own');
SELECT is(agentchat.owns_run(:bob), false, '... of another user''s');
SELECT is(agentchat.owns_run(md5('none')::uuid), false, '... of none');
SELECT is(agentchat.owns_run(NULL), NULL, '... of NULL');
SELECT become('bob') \g /dev/null
SELECT is((SELECT array_agg(DISTINCT run_id) FROM run_chunks), ARRAY[:bob],
    'Bob sees those of his, in the same transaction');
SELECT is((SELECT array_agg(id) FROM runs), ARRAY[:bob], '... and his run');
SELECT throws_ok(format('INSERT INTO run_chunks (run_id, seq, chunk) VALUES (%L, 4, ''{}'')', :ada),
    '42501', NULL, 'a chunk of another user''s run is refused');
SELECT throws_ok(format('INSERT INTO runs (conversation_id) VALUES (%L)', md5('c ada')::uuid),
    '42501', NULL, '... a run of another user''s conversation, too');
SELECT become('') \g /dev/null
SELECT is((SELECT count(*) FROM run_chunks), 0::bigint, 'a caller who is not signed in sees no chunks');
SELECT is((SELECT count(*) FROM runs), 0::bigint, '... no runs either');
COMMIT;
RESET ROLE;
SELECT is((SELECT array_agg(agentchat.owns_run(run_id) ORDER BY run_id, seq) FROM run_chunks),
    (SELECT array_agg(false ORDER BY run_id, seq) FROM run_chunks), 'without a caller, nobody owns a run');

-- Runs.
INSERT INTO conversations (id, user_id, title) VALUES (md5('c new')::uuid, md5('ada')::uuid, 'new');
INSERT INTO runs (id, conversation_id) VALUES (md5('r new')::uuid, md5('c new')::uuid);
DELETE FROM runs WHERE id = :bob;
SELECT is(error_of(format('UPDATE runs SET %s = %L WHERE id = %L', "column", md5('c bob')::uuid,
        md5('r new')::uuid)),
    format('22023 a run keeps its id, its conversation and its answer | The column "%s" would change. | '
           'Start another run with start_run().', "column"), "column")
FROM unnest('{id,conversation_id,message_id}'::text[]) "column";
SELECT is(error_of(format('UPDATE runs SET metadata = %L, heartbeat_at = now() WHERE id = %L', '{}', :ada)),
    NULL, 'other columns of a running run may change');
CALL fill();
UPDATE runs SET status = 'finished', finished_at = now() WHERE id = :ada;
SELECT is(error_of(format('UPDATE runs SET status = %L, finished_at = %L WHERE id = %L', status,
        CASE WHEN status <> 'running' THEN 'now' END, :ada)),
    format('PT409 a run that is over keeps its status | Run %s is "finished"; its status would become "%s". '
           '| Start another run with start_run().', :ada, status), 'from finished to ' || status)
FROM unnest('{running,failed,stopped}'::text[]) status;
SELECT is(error_of(format('UPDATE runs SET status = %L, error = %L WHERE id = %L', 'finished', '{}', :ada)),
    NULL, 'a run may keep its status');

-- Chunks.
SELECT is(error_of(format('INSERT INTO run_chunks (run_id, seq, chunk) VALUES (%L, 4, ''{}'')', :ada)),
    format('PT409 run is over | Run %s takes no more chunks. | Start another run with start_run().', :ada),
    'a run that is over takes no chunks');
SELECT is(error_of(format(
        'INSERT INTO run_chunks (run_id, seq, chunk) SELECT r, 4, ''{}'' FROM unnest(''{%s,%s}''::uuid[]) r',
        :bob,
        :ada)),
    format('PT409 run is over | Run %s takes no more chunks. | Start another run with start_run().', :ada),
    '... nor with those of a running one');
SELECT is(error_of('INSERT INTO run_chunks SELECT * FROM run_chunks WHERE false'),
    NULL, 'no chunks');
SELECT is(error_of('UPDATE run_chunks SET chunk = ''{"a": 1}'''),
    format('PT409 a chunk of a run cannot change | Run %s has the chunk. | '
           'Append what has come since with append_chunks().', (SELECT run_id FROM run_chunks LIMIT 1)),
    'chunks never change');
SELECT is(error_of('UPDATE run_chunks SET chunk = chunk'), NULL,
    '... but an UPDATE may leave them as they are');
SELECT is(error_of('DELETE FROM run_chunks'),
    format('PT409 a running run keeps its chunks | Run %s is running. | '
           'Finish it with finish_run(), which deletes its chunks.', :bob), 'a running run keeps its chunks');
SELECT is(error_of(format('DELETE FROM run_chunks WHERE run_id = %L', :ada)), NULL,
    'chunks of a run that is over can be deleted');
SELECT is((SELECT count(*) FROM run_chunks), 3::bigint, '... they are gone');

-- Cascades, by users with row-level security and by the owner.
CALL fill();
SET ROLE agentchat_test_user;
SELECT become('ada') \g /dev/null
SELECT is(error_of('DELETE FROM runs'), NULL, 'a user may delete a running run');
RESET ROLE;
SELECT is((SELECT array_agg(run_id::text || seq ORDER BY seq) FROM run_chunks),
    (SELECT array_agg(:bob::text || n) FROM generate_series(1, 3) n), '... and its chunks with it');
DELETE FROM conversations WHERE title = 'bob';
SELECT is((SELECT count(*) FROM run_chunks), 0::bigint, 'a conversation takes its runs and chunks with it');
SELECT is((SELECT count(*) FROM runs), 0::bigint, '... all runs are gone');
INSERT INTO conversations (id, user_id, title) VALUES (md5('c bob')::uuid, md5('bob')::uuid, 'bob');
CALL fill();
BEGIN ISOLATION LEVEL SERIALIZABLE;
DELETE FROM conversations;
SELECT is((SELECT count(*) FROM run_chunks), 0::bigint, '... also in a serializable transaction');
ROLLBACK;

-- In the session of a restore, rows are stored as they are.
SET row_security = off;
SELECT lives_ok(format('UPDATE runs SET status = %L, finished_at = NULL WHERE status = %L',
        'running', 'none'), 'a restore: runs');
UPDATE runs SET status = 'stopped', finished_at = now() WHERE id = :ada;
SELECT lives_ok(format('INSERT INTO run_chunks (run_id, seq, chunk) VALUES (%L, 7, ''{}'')', :ada),
    '... chunks of a run that is over');
SELECT lives_ok(format('UPDATE runs SET status = %L WHERE id = %L', 'failed', :ada), '... another status');
SELECT lives_ok('UPDATE run_chunks SET chunk = ''{"a": 1}''', '... a chunk that changes');
RESET row_security;

-- Chunks of no run, where users have dropped the primary key.
CALL fill();
BEGIN;
ALTER TABLE run_chunks DROP CONSTRAINT run_chunks_pkey, ALTER COLUMN run_id DROP NOT NULL;
SELECT is(error_of(statement), NULL, 'a chunk of no run: ' || statement) FROM (VALUES
    ('INSERT INTO run_chunks (run_id, seq, chunk) VALUES (NULL, 1, ''{}'')'),
    ('UPDATE run_chunks SET chunk = ''{"a": 1}'' WHERE run_id IS NULL'),
    ('DELETE FROM run_chunks WHERE run_id IS NULL')) v (statement);
SELECT is(error_of('UPDATE run_chunks SET chunk = ''{"a": 1}'''),
    format('PT409 a chunk of a run cannot change | Run %s has the chunk. | '
           'Append what has come since with append_chunks().', (SELECT run_id FROM run_chunks LIMIT 1)),
    '... chunks of runs still never change');
ROLLBACK;

-- The rules stand on the tables of agentchat alone.
CREATE SCHEMA other;
CREATE TABLE other.runs (LIKE runs);
CREATE TABLE other.run_chunks (LIKE run_chunks);
CREATE TRIGGER mine AFTER UPDATE ON other.runs FOR EACH ROW EXECUTE FUNCTION agentchat.protect_run();
CREATE TRIGGER mine AFTER INSERT ON other.run_chunks REFERENCING NEW TABLE AS n
    FOR EACH STATEMENT EXECUTE FUNCTION agentchat.protect_chunks();
INSERT INTO other.runs SELECT * FROM runs;
SELECT throws_ok('UPDATE other.runs SET metadata = NULL', '39P01', NULL, 'protect_run() on another table');
SELECT throws_ok('INSERT INTO other.run_chunks SELECT * FROM run_chunks', '39P01', NULL,
    'protect_chunks() on another table');
CREATE TRIGGER a_mine AFTER DELETE ON run_chunks
    FOR EACH STATEMENT EXECUTE FUNCTION agentchat.protect_chunks();
SELECT throws_ok('DELETE FROM run_chunks', '39P01', NULL, '... without its transition tables');
DROP TRIGGER a_mine ON run_chunks;
\if :is_sql
SELECT skip('PL/pgSQL refuses it with an error of its own, 0A000');
\else
SELECT throws_ok('SELECT agentchat.protect_run()', '39P01', NULL, 'as a plain function');
\endif
ALTER TABLE runs RENAME TO r;
SELECT throws_ok('SELECT agentchat.owns_run(run_id) FROM run_chunks', '42P01', NULL, 'without the table');
ALTER TABLE r RENAME TO runs;
SELECT * FROM finish();
