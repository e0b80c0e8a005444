-- advance_workflow() appends steps and moves workflows from status to status. The trigger of workflows allows
-- the same moves.
\ir ../lib/agentchat.sql
\ir ../lib/api_user.sql
\ir ../lib/error_of.sql

CREATE FUNCTION make(status text DEFAULT 'pending', steps jsonb DEFAULT NULL) RETURNS uuid LANGUAGE sql AS
    'INSERT INTO workflows (user_id, workflow_id, status, goal, steps)
     VALUES (md5(''ada'')::uuid, ''w-1'', status, '''', steps) RETURNING id';
CREATE TEMPORARY TABLE statuses AS SELECT unnest('{pending,running,completed,failed}'::text[]) AS status;
-- The moves of the product's description, and keeping a status, which is not a move.
CREATE FUNCTION may_move(a text, b text) RETURNS boolean LANGUAGE sql AS
$$SELECT a = b OR (a, b) IN (('pending', 'running'), ('running', 'completed'), ('running', 'failed'),
    ('failed', 'running'))$$;

SELECT no_plan();

-- ---- every move

SELECT is(error_of(format('SELECT advance_workflow(%L, %L)', make(a.status), b.status)) IS NULL,
    may_move(a.status, b.status),
    format('advance_workflow(): from %s to %s', a.status, b.status))
FROM statuses a, statuses b;
SELECT is(error_of(format('UPDATE workflows SET status = %L WHERE id = %L', b.status,
    make(a.status))) IS NULL, may_move(a.status, b.status),
    format('UPDATE: from %s to %s', a.status, b.status))
FROM statuses a, statuses b;
SELECT lives_ok(format('SELECT make(%L)', status), 'INSERT: ' || status) FROM statuses;

SELECT make('completed') AS id \gset
SELECT is(error_of(format(statement, :'id')),
    format('PT409 workflow cannot change to this status | Workflow %s cannot change from "completed" to '
        '"running". | '
           'A workflow goes from pending to running, from running to completed or failed, and from failed '
               'to running again.', :'id'),
    statement)
FROM unnest(ARRAY['SELECT advance_workflow(%L, ''running'')',
    'UPDATE workflows SET status = ''running'' WHERE id = %L']) statement;
SELECT is(error_of(format('SELECT advance_workflow(%L, ''running'', ''{"n": 1}'', ''1'')', :'id')) IS NULL,
    false, 'an illegal move');
SELECT results_eq(format('SELECT steps, result FROM workflows WHERE id = %L', :'id'),
    'VALUES (NULL::jsonb, NULL::jsonb)',
    '... writes nothing');
SELECT lives_ok(format($$UPDATE workflows SET status = 'completed', goal = 'new' WHERE id = %L$$, :'id'),
    'an ORM writes all columns');
SELECT is(error_of(format($$INSERT INTO workflows (id, user_id, workflow_id, status, goal) VALUES (%L,
    md5('ada')::uuid, '', 'pending', '')
    ON CONFLICT (id) DO UPDATE SET status = excluded.status$$, :'id')) LIKE 'PT409 %', true,
        'an upsert obeys the same rules');

-- A trigger of the user that changes the status.
CREATE FUNCTION back() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN NEW.status := 'pending'; RETURN NEW; END$$;
CREATE TRIGGER back BEFORE UPDATE ON workflows FOR EACH ROW EXECUTE FUNCTION back();
SELECT matches(error_of(format('UPDATE workflows SET goal = ''x'' WHERE id = %L', :'id')),
    '^PT409 .* from "completed" to "pending"',
    'what a BEFORE trigger makes of the status counts');
DROP TRIGGER back ON workflows;

-- ---- steps and results

SELECT make() AS id \gset
UPDATE workflows SET updated_at = '2001-01-01' WHERE id = :'id';
SELECT is(advance_workflow(:'id', 'running', '{"n": 1}') - 'updated_at',
    jsonb_build_object('id', :'id', 'workflow_id', 'w-1', 'status', 'running', 'step_count', 1),
        'the result');
SELECT is(advance_workflow(:'id') ->> 'updated_at',
    (SELECT to_char(updated_at, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') FROM workflows WHERE id = :'id'),
        '... updated_at has six digits and Z');
SELECT is(advance_workflow(:'id', step => '{"n": 2, "text": "zwei \"2\""}') -> 'step_count', '2',
    'a step alone');
SELECT is(advance_workflow(:'id', 'failed', '{"error": null}', '{"why": "?"}') -> 'step_count', '3',
    'all three');
SELECT results_eq(format('SELECT status, steps, result FROM workflows WHERE id = %L', :'id'),
    $$VALUES ('failed', '[{"n": 1}, {"n": 2, "text": "zwei \"2\""}, {"error": null}]'::jsonb,
        '{"why": "?"}'::jsonb)$$, '... are written');
SELECT xmin AS xmin FROM workflows WHERE id = :'id' \gset
SELECT is(advance_workflow(:'id') - 'updated_at',
    jsonb_build_object('id', :'id', 'workflow_id', 'w-1', 'status', 'failed', 'step_count', 3),
        'without arguments: its state');
SELECT is((SELECT xmin::text FROM workflows WHERE id = :'id'), :'xmin', '... which is only read');
SELECT is(advance_workflow(:'id', 'running') -> 'step_count', '3', 'a status alone counts the steps');
SELECT results_eq(format('SELECT steps -> 2, result FROM workflows WHERE id = %L', :'id'),
    $$VALUES ('{"error": null}'::jsonb, '{"why": "?"}'::jsonb)$$, '... and keeps steps and result');
CREATE FUNCTION stored_result(value jsonb) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    workflow CONSTANT uuid := public.make('running');
BEGIN
    PERFORM advance_workflow(workflow, result => value);
    RETURN (SELECT result::text FROM workflows WHERE id = workflow);
END $$;
SELECT is(stored_result(value), value::text, 'a result: ' || value::text)
FROM unnest(ARRAY['null', '0.10', '"text"', '[1]', '{}', 'false']::jsonb[]) value;
SELECT is(advance_workflow(make('completed'), step => '{}') -> 'step_count', '1', 'a step after the end');
SELECT is(advance_workflow(make('pending', '[]'), step => '{}') -> 'step_count', '1',
    'the first step of an empty array');
-- Two calls in one query: each sees what the one before wrote.
SELECT is((SELECT array_agg(advance_workflow(:'id', step => jsonb_build_object('n', n)) -> 'step_count')
    FROM generate_series(4, 6) n),
    ARRAY['4', '5', '6']::jsonb[], 'three calls in one query');

-- The stored bytes are those that || makes.
CREATE FUNCTION random_value(depth int) RETURNS jsonb LANGUAGE sql VOLATILE AS $$
    SELECT CASE (random() * CASE WHEN depth > 0 THEN 7 ELSE 5 END)::int
        WHEN 0 THEN 'null' WHEN 1 THEN to_jsonb(random() < 0.5) WHEN 2 THEN to_jsonb((random() *
            1e6)::numeric)
        WHEN 3 THEN to_jsonb(repeat('é',
            (random() * 9)::int)) WHEN 4 THEN to_jsonb((random() * 9)::int) WHEN 5 THEN '{}'
        WHEN 6 THEN (SELECT jsonb_agg(random_value(depth - 1)) FROM generate_series(1,
            (random() * 3)::int + 1))
        ELSE (SELECT jsonb_object_agg(repeat('k', n), random_value(depth - 1)) FROM generate_series(1,
            (random() * 3)::int + 1) n) END
$$;
CREATE FUNCTION compare(rounds int) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    workflow uuid := public.make('running', CASE WHEN random() < 0.5 THEN '[]'::jsonb END);
    added jsonb;
    expected jsonb := '[]';
BEGIN
    FOR round IN 1 .. rounds LOOP
        added := jsonb_build_object('n', round, 'v', random_value(2));
        expected := expected || jsonb_build_array(added);
        PERFORM advance_workflow(workflow, step => added);
        IF (SELECT ROW(w.steps)::record *<> ROW(expected)::record FROM workflows w WHERE w.id = workflow) THEN
            RETURN format('round %s: %s', round, added);
        END IF;
    END LOOP;
    RETURN NULL;
END $$;
SELECT is(compare(130), NULL, 'steps of every shape are appended as || appends them') FROM generate_series(1,
    3);

-- ---- large steps

SELECT make('running') AS id \gset
SELECT advance_workflow(:'id', step => jsonb_build_object('text', repeat(md5('a'), 100000))) \g /dev/null
SELECT advance_workflow(:'id', step => jsonb_build_object('text', repeat(md5('b'), 100000))) \g /dev/null
SELECT is((SELECT array_agg(md5(step ->> 'text')) FROM workflows, jsonb_array_elements(steps) step
    WHERE id = :'id'),
    ARRAY[md5(repeat(md5('a'), 100000)), md5(repeat(md5('b'), 100000))], 'steps of 3.2 MB each');
SELECT make('running', jsonb_build_array(jsonb_build_object('text', repeat('x', 200000000)))) AS id \gset
SELECT
    matches(error_of(format('SELECT advance_workflow(%L, step => jsonb_build_object(''text'', repeat(''x'', '
    '100000000)))', :'id')),
    '^22023 the steps of a workflow are too large \| Workflow [-0-9a-f]{36} has 1 steps of 2000000.. bytes, '
        'and the new step has 1000000.. bytes\. ',
    'steps that are too large together');
SELECT is(advance_workflow(:'id', 'failed') -> 'step_count', '1', '... the workflow can go on without them');
DELETE FROM workflows WHERE id = :'id';

-- ---- links

INSERT INTO agent_definitions (id, user_id, name, description, system_prompt)
VALUES (md5('d')::uuid, md5('ada')::uuid, '', '', '');
INSERT INTO agent_instances (id, user_id, definition_id, name)
VALUES (md5('i')::uuid, md5('ada')::uuid, md5('d')::uuid, '');
SELECT make('running', '[{"n": 1}]') AS id \gset
UPDATE workflows SET agent_instance_id = md5('i')::uuid WHERE id = :'id';
DELETE FROM agent_instances WHERE id = md5('i')::uuid;
SELECT results_eq(format('SELECT agent_instance_id, status, steps FROM workflows WHERE id = %L', :'id'),
    $$VALUES (NULL::uuid, 'running', '[{"n": 1}]'::jsonb)$$, 'an agent is deleted: its workflow stays');
SELECT is(advance_workflow(:'id', 'completed', '{"n": 2}') -> 'step_count', '2', '... and goes on');
INSERT INTO conversations (id, user_id, title) VALUES (md5('c')::uuid, md5('ada')::uuid, '');
INSERT INTO messages (id, conversation_id, role, content)
VALUES (md5('m')::uuid, md5('c')::uuid, 'assistant', 'A poem');
INSERT INTO artifacts (user_id, message_id, type, title, content)
VALUES (md5('ada')::uuid, md5('m')::uuid, 'text', 'Poem', 'Roses');
DELETE FROM messages WHERE id = md5('m')::uuid;
SELECT results_eq('SELECT message_id, content FROM artifacts', $$VALUES (NULL::uuid, 'Roses')$$,
    'a message is deleted: its artifacts stay');

-- ---- bad arguments

SELECT make('running') AS id \gset
SELECT is(error_of(format('SELECT advance_workflow(%L, %s)', :'id', arguments)), error, arguments)
FROM (VALUES
    ('''done''',
        '22023 unknown workflow status | The status is "done". | Use "pending", "running", "completed" or '
        '"failed".'),
    ('''''',
        '22023 unknown workflow status | The status is "". | Use "pending", "running", "completed" or '
        '"failed".'),
    ('''Running''',
        '22023 unknown workflow status | The status is "Running". | Use "pending", "running", "completed" '
        'or "failed".'),
    ('step => ''[]''',
        '22023 step must be a JSON object | Put the value into an object, such as {"output": ...}.'),
    ('step => ''null''',
        '22023 step must be a JSON object | Put the value into an object, such as {"output": ...}.'),
    ('step => ''"x"''',
        '22023 step must be a JSON object | Put the value into an object, such as {"output": ...}.')) v
        (arguments, error);
SELECT matches(error_of('SELECT advance_workflow(NULL)'), '^22004 ', 'id is NULL');
SELECT is(error_of('SELECT advance_workflow(''00000000-0000-0000-0000-000000000000'', ''running'')'),
    'PT404 workflow not found | Workflow 00000000-0000-0000-0000-000000000000 does not exist, or the caller '
        'may not change it. | '
    'Insert the workflow into workflows first.', 'a workflow that does not exist');

-- ---- with policies

SET ROLE agentchat_test_user;
SELECT become('ada') \g /dev/null
SELECT is(advance_workflow(:'id', step => '{}') -> 'step_count', '1', 'the owner of the workflow');
SELECT become('bob') \g /dev/null
SELECT matches(error_of(format('SELECT advance_workflow(%L, ''failed'')', :'id')),
    '^PT404 workflow not found ', 'another user');
SELECT matches(error_of(format('SELECT advance_workflow(%L)', :'id')), '^PT404 workflow not found ',
    '... even without a change');
SELECT become('') \g /dev/null
SELECT matches(error_of(format('SELECT advance_workflow(%L, ''failed'')', :'id')),
    '^PT404 workflow not found ', 'nobody');
RESET ROLE;
CREATE ROLE agentchat_test_steps;
GRANT SELECT, UPDATE (steps) ON workflows TO agentchat_test_steps;
GRANT USAGE ON SCHEMA tap TO agentchat_test_steps;
CREATE POLICY steps ON workflows TO agentchat_test_steps USING (true);
SET ROLE agentchat_test_steps;
SELECT is(advance_workflow(:'id', step => '{}') -> 'step_count', '2', 'a role that may only change steps');
SELECT matches(error_of(format('SELECT advance_workflow(%L, ''failed'')', :'id')), '^42501 ',
    '... may not change the status');
RESET ROLE;
DROP POLICY steps ON workflows;
DROP OWNED BY agentchat_test_steps;
DROP ROLE agentchat_test_steps;

-- ---- other tables

CREATE FUNCTION swallow() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RETURN NULL; END$$;
CREATE TRIGGER swallow BEFORE UPDATE ON workflows FOR EACH ROW EXECUTE FUNCTION swallow();
SELECT matches(error_of(format('SELECT advance_workflow(%L, step => ''{}'')', :'id')), '^PT404 ',
    'a trigger suppresses the change');
DROP TRIGGER swallow ON workflows;
BEGIN;
SET LOCAL row_security = off;
SELECT lives_ok(format($$UPDATE workflows SET status = 'pending' WHERE id = %L$$, :'id'),
    'a restore may set any status');
ROLLBACK;
ALTER TABLE workflows DROP CONSTRAINT workflows_status_check, DROP CONSTRAINT workflows_steps_check,
    ALTER updated_at TYPE timestamptz USING updated_at AT TIME ZONE 'utc';
SELECT matches(advance_workflow(:'id', step => '{}') ->> 'updated_at', '^\d{4}-.*T.*\.\d{6}Z$',
    'updated_at with a time zone');
SELECT matches(error_of(format('UPDATE workflows SET status = ''queued'' WHERE id = %L', :'id')), '^PT409 ',
    'without the CHECK: an unknown status');
INSERT INTO workflows (id, user_id, workflow_id, status, goal, steps) VALUES
    (md5('queued')::uuid, md5('ada')::uuid, '', 'queued', '', NULL), (md5('object')::uuid, md5('ada')::uuid,
        '', 'running', '', '{"a": 1}'),
    (md5('null')::uuid, md5('ada')::uuid, '', 'running', '', 'null');
SELECT is(advance_workflow(md5('queued')::uuid, 'completed') ->> 'status', 'completed',
    '... from which a row may go anywhere');
SELECT matches(error_of(format('SELECT advance_workflow(%L, step => ''{}'')', md5(kind)::uuid)),
    '^22023 workflows.steps must be a JSON array ', 'steps that are not an array: ' || kind)
FROM unnest(ARRAY['object', 'null']) kind;

-- Users can take away NOT NULL, and the trigger that sets updated_at.
INSERT INTO workflows (id, user_id, workflow_id, status, goal)
VALUES (md5('nulls')::uuid, md5('ada')::uuid, 'w', 'running', '');
ALTER TABLE workflows ALTER workflow_id DROP NOT NULL, ALTER status DROP NOT NULL,
    ALTER updated_at DROP NOT NULL, DISABLE TRIGGER USER;
UPDATE workflows SET workflow_id = NULL, status = NULL, updated_at = NULL WHERE id = md5('nulls')::uuid;
SELECT is(advance_workflow(md5('nulls')::uuid, step => '{}') - 'id',
    '{"workflow_id": null, "status": null, "step_count": 1, "updated_at": null}', 'columns that are NULL');

SELECT * FROM finish();
