-- The functions of runs in another schema than public, with a search_path that names nothing of agentchat.
SET client_min_messages = warning;
\ir ../lib/pgtap.sql
CREATE SCHEMA chat;
CREATE EXTENSION agentchat SCHEMA chat;
SELECT * FROM agentchat.enable('runs') \g /dev/null
-- Tables of the user with the same names, and operators that would answer wrongly.
CREATE TABLE public.runs (id uuid);
CREATE TABLE public.run_chunks (run_id uuid);
CREATE FUNCTION public.never(timestamp, timestamp) RETURNS boolean LANGUAGE sql AS 'SELECT false';
CREATE OPERATOR public.<= (LEFTARG = timestamp, RIGHTARG = timestamp, FUNCTION = public.never);
SET search_path = public, tap, pg_catalog;

INSERT INTO chat.users (id, email) VALUES (md5('ada')::uuid, 'ada');
INSERT INTO chat.conversations (id, user_id, title) VALUES (md5('c')::uuid, md5('ada')::uuid, 'Chat');
\set conversation 'md5(''c'')::uuid'

SELECT no_plan();

SELECT chat.start_run(:conversation) ->> 'run_id' AS run \gset
SELECT is((SELECT status FROM chat.runs WHERE id = :'run'), 'running', 'start_run()');
SELECT throws_ok(format('SELECT chat.start_run(%L::uuid)', :conversation), 'PT409', NULL, '... a second one');
SELECT is(chat.append_chunks(:'run', '[{}, {}]', 1), '{"next_seq": 3, "stop_requested": false}',
    'append_chunks()');
SELECT is(chat.stop_run(:conversation) ->> 'run_id', :'run', 'stop_run()');
SELECT is(chat.heartbeat_run(:'run'), '{"stop_requested": true}', 'heartbeat_run()');
SELECT is(chat.read_chunks(:conversation) -> 'chunks', '[{}, {}]', 'read_chunks()');
SELECT is(chat.recover_run(:conversation, '0') ->> 'run_id', :'run', 'recover_run()');
SELECT is((SELECT array_agg(chunks) FROM agentchat.sweep_runs()), '{2}', 'sweep_runs()');
SELECT is(chat.finish_run(:'run', 'failed', '{"role": "assistant", "parts": []}') ->> 'status', 'failed',
    'finish_run()');
SELECT is((SELECT count(*) FROM chat.run_chunks), 0::bigint, '... deletes the chunks');
SELECT is((SELECT count(*) FROM chat.messages), 1::bigint, '... and writes the answer');
SELECT is((SELECT count(*) FROM agentchat.sweep_runs('0')), 0::bigint, '... nothing is left');
SELECT * FROM finish();
