-- Optional features: enable(), disable() and features(), and what they leave alone. A database owner who is
-- not a superuser runs everything.
\ir ../lib/pgtap.sql
\set QUIET on
SET client_min_messages = warning;
DROP ROLE IF EXISTS tap_adopter, tap_other;
CREATE ROLE tap_adopter;
CREATE ROLE tap_other;
SELECT quote_ident(current_database()) AS database \gset
ALTER DATABASE :database OWNER TO tap_adopter;
ALTER SCHEMA public OWNER TO tap_adopter;
GRANT USAGE ON SCHEMA tap TO PUBLIC;
GRANT CREATE ON SCHEMA public TO tap_other;
SET search_path = public, tap;
\ir ../lib/catalog.sql
\ir ../lib/error_of.sql

SELECT no_plan();

SET SESSION AUTHORIZATION tap_adopter;
CREATE EXTENSION agentchat;
CREATE TEMPORARY TABLE fresh AS
SELECT line FROM pg_temp.catalog('public') line;
INSERT INTO users (id, email) SELECT md5(u)::uuid, u || '@example.com' FROM unnest('{ada,bob,eve}'::text[]) u;
INSERT INTO conversations (id, user_id, title)
SELECT md5('c ' || u)::uuid, md5(u)::uuid, u FROM unnest('{ada,bob,eve}'::text[]) u;
CREATE TEMPORARY TABLE export_before AS SELECT agentchat.export_user(md5('ada')::uuid) AS export;

-- Off.
SELECT results_eq('SELECT feature, state, tables FROM agentchat.features()',
    $$VALUES ('runs', 'off', '{}'::text[]), ('search', 'off', '{}')$$,
    'a feature is off at first, and has no tables');
SELECT is_empty('SELECT * FROM agentchat.adopt(build => true)', '... adopt() does not make them');
SELECT is_empty('SELECT * FROM agentchat.check()', '... check() does not miss them');
SELECT is_empty($$SELECT * FROM agentchat.disable('runs')$$, '... disable() has nothing to do');
SELECT is((SELECT count(*) FROM agentchat.tables()), 9::bigint, '... nine tables');
SELECT set_eq($$SELECT jsonb_object_keys(export) FROM export_before$$,
    '{user,conversations,artifacts,agent_definitions,agent_instances,workflows,subscriptions}'::text[],
    '... export_user() has the members that it always had');
SELECT is(agentchat.delete_user(md5('eve')::uuid),
    '{"kept": {"agent_definitions": 0, "anonymous_user_id": null},
    "deleted": {"users": 1, "conversations": 1, "messages": 0, "artifacts": 0, "agent_definitions": 0,
                "agent_instances": 0, "workflows": 0, "subscriptions": 0}}'::jsonb,
    '... delete_user() returns what it always returned');

-- Wrong calls.
SELECT is(error_of('SELECT agentchat.enable(NULL)'),
    '22004 feature is NULL | The features are: runs, search.', 'enable(NULL)');
SELECT is(error_of($$SELECT agentchat.enable('rums')$$),
    '22023 unknown feature | agentchat has no feature "rums". | The features are: runs, search.',
    'enable() of none');
SELECT is(error_of($$SELECT agentchat.disable('rums')$$),
    '22023 unknown feature | agentchat has no feature "rums". | The features are: runs, search.',
    'disable() of none');
SELECT is(error_of('SELECT agentchat.disable(NULL)'),
    '22004 feature is NULL | The features are: runs, search.', 'disable(NULL)');
RESET SESSION AUTHORIZATION;
SELECT matches(error_of($$SELECT agentchat.enable('runs')$$),
    '^42501 only the owner of the tables may enable features', 'a superuser who is not the owner is refused');
SELECT matches(error_of($$SELECT agentchat.disable('runs')$$),
    '^42501 only the owner of the tables may disable features', '... disable(), too');
SET SESSION AUTHORIZATION tap_other;
SELECT matches(error_of($$SELECT agentchat.enable('runs')$$), '^42501 ', 'another role is refused');
SELECT matches(error_of($$SELECT agentchat.disable('runs')$$), '^42501 ', '... disable(), too');
SELECT lives_ok('SELECT * FROM agentchat.features()', '... but sees the features');

-- Tables of the user's own with these names. They have whatever a user may give them: drizzle-kit's name for
-- a foreign key, a policy with our function.
SET SESSION AUTHORIZATION tap_adopter;
CREATE FUNCTION pg_temp.refuses(statement text, name text) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE statement;
    RETURN NEXT tap.matches(error_of($e$SELECT agentchat.enable('runs')$e$),
        '^42P07 a relation with a name that the feature needs already exists [|] '
        'These are not the tables of the feature: public.runs?(_chunks)?. [|] Rename it', name);
    RETURN NEXT tap.is((SELECT state || tables::text FROM agentchat.features() WHERE feature = 'runs'),
        'off{}', '... it is off');
    RETURN NEXT tap.is_empty('SELECT * FROM agentchat.check()', '... check() does not look at it');
    RETURN NEXT tap.is_empty('SELECT * FROM agentchat.adopt(build => true)', '... nor adopt()');
    RETURN NEXT tap.is_empty($e$SELECT * FROM agentchat.disable('runs')$e$, '... nor disable()');
    RETURN NEXT tap.is((SELECT export FROM export_before), agentchat.export_user(md5('ada')::uuid),
        '... nor export_user()');
END $$;
BEGIN;
SELECT pg_temp.refuses($$
    CREATE TABLE runs (
        id uuid PRIMARY KEY, distance real, user_id uuid NOT NULL, conversation_id uuid NOT NULL
            CONSTRAINT runs_conversation_id_conversations_id_fk REFERENCES conversations ON DELETE CASCADE);
    CREATE POLICY runs_select ON runs USING (user_id = current_user_id());
    INSERT INTO runs VALUES (gen_random_uuid(), 42.2, md5('ada')::uuid, md5('c ada')::uuid)$$,
    'an own table runs');
SELECT is((SELECT distance FROM runs), 42.2::real, '... which is as it was');
SELECT is(agentchat.delete_user(md5('bob')::uuid) -> 'deleted' ? 'runs', false,
    '... delete_user() leaves it');
ROLLBACK;
BEGIN;
SELECT pg_temp.refuses('CREATE VIEW runs AS SELECT 1 AS id', 'an own view runs');
ROLLBACK;
BEGIN;
SELECT pg_temp.refuses('CREATE TABLE run_chunks (id uuid)', 'an own table run_chunks');
ROLLBACK;
SET SESSION AUTHORIZATION tap_other;
CREATE TABLE runs (id uuid);
SET SESSION AUTHORIZATION tap_adopter;
SELECT matches(error_of($$SELECT agentchat.enable('runs')$$), '^42P07 ', 'a table runs of another role');
SET SESSION AUTHORIZATION tap_other;
DROP TABLE runs;
-- A table that could be the feature's, but is another role's.
SET SESSION AUTHORIZATION tap_adopter;
GRANT REFERENCES ON conversations TO tap_other;
SET SESSION AUTHORIZATION tap_other;
CREATE TABLE runs (
    id uuid PRIMARY KEY, conversation_id uuid CONSTRAINT runs_conversation_id_conversations_id_fk
        REFERENCES conversations, message_id uuid, status text, started_at timestamp, heartbeat_at timestamp,
    stop_requested_at timestamp, finished_at timestamp, error jsonb, metadata jsonb);
SET SESSION AUTHORIZATION tap_adopter;
SELECT matches(error_of($$SELECT agentchat.enable('runs')$$), '^42501 ', 'a look-alike of another role');
SET SESSION AUTHORIZATION tap_other;
DROP TABLE runs;

-- The nine tables are not complete.
SET SESSION AUTHORIZATION tap_adopter;
REVOKE REFERENCES ON conversations FROM tap_other;
BEGIN;
DROP TABLE artifacts;
SELECT matches(error_of($$SELECT agentchat.enable('runs')$$),
    '^42P01 the tables of agentchat are not complete [|] Missing: public.artifacts. [|] Run as the owner',
    'enable() refuses while one of the nine is missing');
ROLLBACK;

-- On.
SELECT results_eq($$SELECT outcome FROM agentchat.enable('runs') GROUP BY outcome$$, $$VALUES ('done')$$,
    'enable()');
SELECT is_empty($$SELECT * FROM agentchat.enable('runs')$$, '... a second time returns no row');
SELECT is_empty('SELECT * FROM agentchat.check()', '... check() finds no fault');
SELECT is_empty('SELECT * FROM agentchat.adopt(build => true)', '... adopt() has nothing to do');
SELECT results_eq('SELECT feature, state, tables FROM agentchat.features()',
    $$VALUES ('runs', 'on', '{public.runs,public.run_chunks}'::text[]), ('search', 'off', '{}')$$,
    '... features()');
SELECT is((SELECT array_agg(DISTINCT relowner::regrole::text)
           FROM pg_class WHERE relname IN ('runs', 'run_chunks')), '{tap_adopter}', '... the owner''s');
SELECT is_empty($$SELECT 1 FROM pg_depend WHERE deptype = 'e'
                  AND objid IN ('runs'::regclass, 'run_chunks'::regclass)$$, '... not the extension''s');
SELECT set_eq($$SELECT line FROM pg_temp.catalog('public') line
                WHERE line ~ 'For whom it runs' OR line !~ '\yrun(s|_chunks)\y'$$,
    'SELECT line FROM fresh', '... the nine tables are unchanged');
CREATE TEMPORARY TABLE enabled AS SELECT line FROM pg_temp.catalog('public') line;
SELECT results_eq(
    $$SELECT replace(replace(line, 'blueprint_', ''), 'agentchat.', '') FROM pg_temp.catalog('agentchat') line
      WHERE line ~ '^(constraint|trigger|index)' AND line ~ '\y(blueprint_)?run(s|_chunks)\y' ORDER BY 1$$,
    $$SELECT replace(line, 'agentchat.', '') FROM enabled
      WHERE line ~ '^(constraint|trigger|index)' AND line ~ '\yrun(s|_chunks)\y' ORDER BY 1$$,
    '... the new ones are those of the blueprint');

-- Rows of it.
SELECT start_run(md5('c ada')::uuid) ->> 'run_id' AS run \gset
SELECT append_chunks(:'run', '[{"type": "start"}, {"a": 1}]', 1) \g /dev/null
SELECT agentchat.export_user(md5('ada')::uuid) AS export \gset
SELECT is(:'export'::jsonb #>> '{runs,0,id}', :'run', 'export_user() has the runs');
SELECT is(jsonb_path_query_array(:'export'::jsonb, '$.run_chunks[*].chunk'), '[{"type": "start"}, {"a": 1}]',
    '... and their chunks');
SELECT is(agentchat.export_user(md5('bob')::uuid) -> 'runs', '[]', '... not those of others');
SELECT is(:'export'::jsonb - '{runs,run_chunks}'::text[], (SELECT export FROM export_before),
    '... the rest is as before');

-- Damage.
CREATE FUNCTION pg_temp.mends(statement text, name text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    remedy text;
BEGIN
    EXECUTE statement;
    RETURN NEXT tap.is((SELECT count(*) FROM agentchat.check()) > 0, true, name || ': check()');
    PERFORM agentchat.adopt(build => true);
    RETURN NEXT tap.is_empty('SELECT * FROM agentchat.check()', '... adopt() mends it');
    RETURN NEXT tap.is((SELECT state || tables::text FROM agentchat.features() WHERE feature = 'runs'),
        'on{public.runs,public.run_chunks}', '... and the feature is on');
END $$;
SELECT pg_temp.mends(s, s) FROM unnest(ARRAY[
    'DROP TRIGGER agentchat_protect_run ON runs',
    'DROP TRIGGER agentchat_protect_chunks_on_insert ON run_chunks',
    'ALTER TABLE run_chunks DISABLE TRIGGER agentchat_protect_chunks_on_update',
    'DROP POLICY runs_select ON runs',
    'ALTER POLICY run_chunks_select ON run_chunks USING (true)',
    'ALTER TABLE runs DISABLE ROW LEVEL SECURITY',
    'ALTER TABLE runs DROP CONSTRAINT runs_status_check',
    'ALTER TABLE runs DROP CONSTRAINT runs_conversation_id_conversations_id_fk',
    'ALTER TABLE run_chunks DROP CONSTRAINT run_chunks_pkey',
    'ALTER TABLE run_chunks DROP CONSTRAINT run_chunks_run_id_runs_id_fk',
    'DROP INDEX runs_conversation_id_running_idx',
    'ALTER TABLE runs ALTER started_at DROP DEFAULT',
    'ALTER TABLE runs ALTER message_id DROP NOT NULL',
    'ALTER TABLE runs DROP metadata',
    'DROP INDEX runs_conversation_id_running_idx; INSERT INTO runs (conversation_id, status, finished_at) '
    'SELECT conversation_id, ''stopped'', now() FROM runs, generate_series(1, 2)']) s;
BEGIN;
DROP TABLE run_chunks;
SELECT is((SELECT count(*) > 0 FROM agentchat.check() WHERE object = 'table public.run_chunks'), true,
    'a missing table: check()');
SELECT agentchat.adopt(build => true) \g /dev/null
SELECT is_empty('SELECT * FROM agentchat.check()', '... adopt() makes it');
ROLLBACK;
BEGIN;
ALTER TABLE runs ALTER COLUMN error TYPE text;
SELECT matches(error_of('SELECT agentchat.adopt()'), '^42804 ', 'a column of another type: adopt()');
ROLLBACK;
RESET SESSION AUTHORIZATION;
BEGIN;
SET LOCAL session_replication_role = replica;
INSERT INTO run_chunks (run_id, seq, chunk) VALUES (md5('nobody')::uuid, 1, '{}');
SET LOCAL SESSION AUTHORIZATION tap_adopter;
SELECT results_eq('SELECT object, problem, bad_rows FROM agentchat.check()',
    $$VALUES ('column run_id of public.run_chunks', 'refers to missing rows of public.runs', 1::bigint)$$,
    'chunks of no run: check()');
ROLLBACK;
BEGIN;
SET LOCAL SESSION AUTHORIZATION tap_adopter;
GRANT SELECT ON runs TO PUBLIC;
SELECT results_eq('SELECT object, problem FROM agentchat.check()',
    $$VALUES ('grants on public.runs', 'PUBLIC has SELECT')$$, 'grants to PUBLIC: check()');
ROLLBACK;

-- Off again, with rows.
SET SESSION AUTHORIZATION tap_adopter;
DELETE FROM runs WHERE status = 'stopped';
SELECT agentchat.export_user(md5('ada')::uuid) AS export \gset
CREATE FUNCTION pg_temp.is_off(name text) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
    RETURN NEXT tap.is((SELECT state || tables::text FROM agentchat.features() WHERE feature = 'runs'),
        'off{public.runs,public.run_chunks}', name || ': the feature is off, its tables stay');
    RETURN NEXT tap.is_empty('SELECT * FROM agentchat.check()', '... check() does not look at them');
    RETURN NEXT tap.is_empty('SELECT * FROM agentchat.adopt(build => true)', '... nor adopt()');
    RETURN NEXT tap.matches(error_of($e$SELECT start_run(md5('c ada')::uuid)$e$), '^0A000 ',
        '... start_run()');
    RETURN NEXT tap.is((SELECT count(*) FROM pg_class WHERE relrowsecurity AND oid IN (
        'runs'::regclass, 'run_chunks'::regclass)), 2::bigint, '... row-level security stays');
END $$;
CREATE FUNCTION pg_temp.is_on(name text) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
    RETURN NEXT tap.isnt_empty($e$SELECT * FROM agentchat.enable('runs')$e$, name || ': enable()');
    RETURN NEXT tap.is_empty('SELECT * FROM agentchat.check()', '... check()');
    RETURN NEXT tap.set_eq($e$SELECT line FROM pg_temp.catalog_in_any_order('public') line$e$,
        $e$SELECT regexp_replace(line, '^(column \w+) at \d+', '\1') FROM enabled$e$, '... all is as it was');
    RETURN NEXT tap.is((SELECT count(*) FROM run_chunks), 2::bigint, '... also the rows');
END $$;
SELECT is((SELECT array_agg(split_part(object, ' ', 1) || split_part(statement, ' ', 1))
           FROM agentchat.disable('runs')),
    string_to_array('triggerDROP ' || repeat('policyDROP ', 4) || repeat('triggerDROP ', 3)
                    || repeat('policyDROP ', 2) || 'policyDROP', ' '),
    'disable() returns its statements');
SELECT is_empty($$SELECT * FROM agentchat.disable('runs')$$, '... a second time none');
SELECT pg_temp.is_off('after disable()');
SELECT is(agentchat.export_user(md5('ada')::uuid), :'export'::jsonb, '... export_user() still has the rows');
SELECT pg_temp.is_on('after disable()');

-- A policy of the user's own stays.
BEGIN;
CREATE POLICY mine ON runs USING (conversation_id IN (
    SELECT id FROM conversations WHERE user_id = current_user_id()));
SELECT agentchat.disable('runs') \g /dev/null
SELECT is((SELECT array_agg(polname::text) FROM pg_policy WHERE polrelid = 'runs'::regclass), '{mine}',
    'disable() leaves your own policies');
ROLLBACK;

-- Without the extension, and with it again.
SELECT is((SELECT count(*) FROM agentchat.detach() WHERE object LIKE '%runs' OR object LIKE '%run_chunks'),
    11::bigint, 'detach() drops what depends on the extension');
DROP EXTENSION agentchat;
CREATE EXTENSION agentchat;
SELECT agentchat.adopt() \g /dev/null
SELECT pg_temp.is_off('with the extension made anew');
SELECT pg_temp.is_on('with the extension made anew');

-- Erasing.
SELECT is(agentchat.delete_user(md5('ada')::uuid) -> 'deleted' @> '{"runs": 1, "run_chunks": 2}', true,
    'delete_user() counts runs and chunks');
SELECT is((SELECT count(*) FROM runs) + (SELECT count(*) FROM run_chunks), 0::bigint, '... and deletes them');
SELECT is((SELECT string_agg(concat_ws(' ', source, read, written, problems #>> '{0,kind}'), ', '
                             ORDER BY source)
           FROM agentchat.import_user(:'export') WHERE source IN ('conversations', 'runs', 'run_chunks')),
    'conversations 1 1, run_chunks 2 0 left out, runs 1 0 left out',
    'import_user() says that it leaves them out');
SELECT agentchat.disable('runs') \g /dev/null
SELECT is(agentchat.delete_user(md5('bob')::uuid) -> 'deleted' @> '{"runs": 0, "run_chunks": 0}', true,
    '... also while the feature is off');

-- Another schema.
SELECT agentchat.detach() \g /dev/null
DROP EXTENSION agentchat;
RESET SESSION AUTHORIZATION;
SELECT format('GRANT CREATE ON DATABASE %I TO tap_adopter', current_database()) \gexec
SET SESSION AUTHORIZATION tap_adopter;
CREATE SCHEMA "My chat";
CREATE EXTENSION agentchat SCHEMA "My chat";
SELECT agentchat.enable('runs') \g /dev/null
SELECT is((SELECT tables FROM agentchat.features() WHERE feature = 'runs'),
    ARRAY['"My chat".runs', '"My chat".run_chunks'], 'in another schema');
SELECT is_empty('SELECT * FROM agentchat.check()', '... check()');
SELECT results_eq($$SELECT line FROM pg_temp.catalog('My chat') line$$, 'SELECT line FROM enabled',
    '... the same tables');

-- A feature that has triggers on the nine tables.
\if :is_sql
SELECT throws_ok($$SELECT agentchat.enable('search')$$, '0A000', NULL,
    'enable(''search'') needs the extension');
SELECT is((SELECT state || cardinality(tables) FROM agentchat.features() WHERE feature = 'search'), 'off0',
    '... nothing of it stays');
\else
SELECT agentchat.disable('runs') \g /dev/null
CREATE TEMPORARY TABLE without AS SELECT line FROM pg_temp.catalog('My chat') line;
BEGIN;
SELECT lives_ok($$SELECT agentchat.enable('search')$$, 'enable(''search'')');
SELECT is_empty(
    $$SELECT relation::regclass FROM pg_locks
      WHERE pid = pg_backend_pid() AND mode = 'AccessExclusiveLock'
        AND relation IN ('"My chat".messages'::regclass, '"My chat".conversations'::regclass)$$,
    '... others can read messages while it makes the index');
COMMIT;
SELECT is_empty($$SELECT * FROM agentchat.enable('search')$$, '... a second time returns no row');
SELECT is_empty('SELECT * FROM agentchat.check()', '... check()');
SELECT is_empty('SELECT * FROM agentchat.adopt(build => true)', '... adopt()');
BEGIN;
DROP TABLE "My chat".search_grams, "My chat".search_segments, "My chat".search_pending;
SELECT is((SELECT count(*) FROM agentchat.check() WHERE object = 'index of messages'), 1::bigint,
    'its tables are gone: check()');
SELECT is((SELECT count(*) FROM agentchat.adopt() WHERE statement ~ 'index_messages'), 1::bigint,
    '... adopt() makes the index again');
SELECT is_empty('SELECT * FROM agentchat.check()', '... check()');
ROLLBACK;
SELECT set_eq(
    $$SELECT line FROM pg_temp.catalog('My chat') line
      WHERE line !~ '\ysearch_|agentchat_(index|update_search)_'$$,
    $$SELECT line FROM without$$, '... nothing else has changed');
SELECT is((SELECT string_agg(split_part(object, ' ', 1), ' ' ORDER BY object)
           FROM agentchat.disable('search')),
    'policy policy policy trigger trigger trigger', 'disable() drops its triggers and policies');
SELECT is((SELECT state FROM agentchat.features() WHERE feature = 'search'), 'off', '... it is off');
DROP TABLE "My chat".search_grams, "My chat".search_segments, "My chat".search_pending;
SELECT set_eq($$SELECT line FROM pg_temp.catalog('My chat') line$$, 'SELECT line FROM without',
    '... without its tables all is as it was');
SELECT lives_ok($$SELECT agentchat.enable('search')$$, 'enable(''search'') again');
SELECT is((SELECT count(*) FROM agentchat.detach() WHERE object ~ 'agentchat_(index|update_search)_'),
    3::bigint,
    'detach() drops its triggers');
DROP EXTENSION agentchat;
CREATE EXTENSION agentchat SCHEMA "My chat";
SELECT agentchat.adopt() \g /dev/null
SELECT is((SELECT state || cardinality(tables) FROM agentchat.features() WHERE feature = 'search'), 'off3',
    'with the extension made anew: the feature is off, its tables stay');
SELECT lives_ok($$SELECT agentchat.enable('search')$$, '... enable(''search'')');
SELECT is_empty('SELECT * FROM agentchat.check()', '... check()');
\endif

SELECT * FROM finish();
RESET SESSION AUTHORIZATION;
