-- What agentchat.import_user() cannot write is reported and left alone, in a dry run as in an import. A value
-- that is not an export is refused with its path.
\ir ../lib/agentchat.sql
\ir ../lib/default_agent_limit.sql
\ir ../lib/error_of.sql

-- Ada has a row or two in every table. Her agent is made from Bob's public definition.
SELECT tap.set_default_limit(-1) \g /dev/null
CREATE FUNCTION id(n integer) RETURNS uuid LANGUAGE sql RETURN lpad(n::text, 32, '0')::uuid;
CREATE FUNCTION ada() RETURNS uuid LANGUAGE sql RETURN id(1);
INSERT INTO users (id, email) VALUES (ada(), 'ada@example.com'), (id(2), 'bob@example.com');
INSERT INTO subscriptions (id, user_id, stripe_subscription_id, plan, status, agent_limit)
VALUES (id(10), ada(), 'sub_1', 'pro', 'active', 3);
INSERT INTO conversations (id, user_id, title) VALUES (id(20), ada(), 'One'), (id(21), ada(), 'Two');
INSERT INTO messages (id, conversation_id, role, content, created_at)
SELECT id(30 + i), id(20 + i / 5), 'user', 'Hello ' || i, timestamp '2026-01-01' + i * interval '1 s'
FROM generate_series(0, 8) i;
INSERT INTO artifacts (id, user_id, message_id, type, title)
VALUES (id(40), ada(), id(30), 'text', 'Notes'), (id(41), ada(), NULL, 'code', 'More notes');
INSERT INTO agent_tools (id, name, description, schema) VALUES (id(50), 'search', 'Searches', '{}');
INSERT INTO agent_definitions (id, user_id, name, description, system_prompt, is_public, tools)
VALUES (id(60), ada(), 'mine', 'An agent', 'Be kind.', false, '["search"]'),
    (id(61), id(2), 'his', 'An agent', 'Be kind.', true, '[]');
INSERT INTO agent_instances (id, user_id, definition_id, name)
VALUES (id(70), ada(), id(60), 'first'), (id(71), ada(), id(61), 'second');
INSERT INTO workflows (id, user_id, agent_instance_id, workflow_id, status, goal)
VALUES (id(80), ada(), id(70), 'wf', 'pending', 'to win'), (id(81), ada(), id(71), 'wf', 'pending', 'to win');

CREATE TEMPORARY TABLE exports AS SELECT agentchat.export_user(ada()) AS export;
SELECT agentchat.delete_user(ada()) \g /dev/null

-- Sums up an import after a change of the database, which is rolled back: written of read for each table, and
-- the problems. It fails if a dry run says anything else.
CREATE FUNCTION imported(setup text, change text DEFAULT 'export') RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    exported jsonb;
    dry text;
    result text;
    summary CONSTANT text := $sum$
        SELECT concat_ws(E'\n', string_agg(concat(written, '/', read), ' ' ORDER BY n),
            string_agg((SELECT string_agg(concat_ws(': ', source, p ->> 'kind', p ->> 'count',
                (SELECT string_agg(ltrim(replace(i, '-', ''), '0'), ' ')
                 FROM jsonb_array_elements_text(p -> 'first_ids') i), p ->> 'columns'), E'\n' ORDER BY m)
                FROM jsonb_array_elements(problems) WITH ORDINALITY e (p, m)), E'\n' ORDER BY n))
        FROM agentchat.import_user($1, $2) WITH ORDINALITY
            i (source, read, written, merged, skipped, problems, figures, n)$sum$;
BEGIN
    EXECUTE setup;
    EXECUTE format('SELECT %s FROM exports', change) INTO exported;
    EXECUTE summary INTO dry USING exported, true;
    EXECUTE summary INTO result USING exported, false;
    IF dry IS DISTINCT FROM result THEN
        result := concat(result, E'\nin a dry run:\n', dry);
    END IF;
    PERFORM FROM agentchat.check();
    IF FOUND THEN
        result := concat(result, E'\ncheck: ', (SELECT string_agg(c.object || ' ' || c.problem, ', ')
                                               FROM agentchat.check() c));
    END IF;
    RAISE EXCEPTION USING ERRCODE = 'TAP01';
EXCEPTION WHEN SQLSTATE 'TAP01' THEN
    RETURN result;
END $$;

SELECT plan(51);

SELECT is(imported(''), '1/1 1/1 2/2 9/9 2/2 1/1 2/2 2/2', 'all is written');
SELECT is(imported($$INSERT INTO users (id, email) VALUES (id(3), 'ada@example.com')$$),
    '0/1 0/1 0/2 0/9 0/2 0/1 0/2 0/2
users: another row has the same value in public.users_email_unique: 1: 1
subscriptions: no such user: 1: 10
conversations: no such user: 2: 20 21
messages: no such conversation: 9: 30 31 32 33 34 35 36 37 38
artifacts: no such user: 2: 40 41
agent_definitions: no such user: 1: 60
agent_instances: no such agent definition: 1: 70
agent_instances: no such user: 1: 71
workflows: no such user: 2: 80 81', 'the e-mail belongs to another user: nothing is written');
SELECT is(imported($$INSERT INTO users (id, email) VALUES (ada(), 'ada@example.org')$$),
    '0/1 1/1 2/2 9/9 2/2 1/1 2/2 2/2
users: already exists with other values: 1: 1', 'the user has changed: the rest is written');
SELECT is(imported($$INSERT INTO subscriptions (user_id, stripe_subscription_id, plan, status, agent_limit)
    VALUES (id(2), 'sub_1', 'pro', 'active', 3)$$),
    '1/1 0/1 2/2 9/9 2/2 1/1 2/2 2/2
subscriptions: another row has the same value in public.subscriptions_stripe_subscription_id_idx: 1: 10',
    'the subscription at Stripe belongs to another user');
SELECT is(imported($$INSERT INTO conversations (id, user_id, title) VALUES (id(20), id(2), 'Bob''s')$$),
    '1/1 1/1 1/2 4/9 2/2 1/1 2/2 2/2
conversations: already exists with other values: 1: 20
messages: the conversation belongs to another user: 5: 30 31 32 33 34
artifacts: message_id was cleared: no such message: 1: 40',
    'nothing is written to a conversation of another user');
SELECT is(imported($$INSERT INTO users (id, email) VALUES (ada(), 'ada@example.com');
    INSERT INTO conversations (id, user_id, title) VALUES (id(20), ada(), 'New title');
    INSERT INTO messages (id, conversation_id, role, content) VALUES (id(31), id(20), 'user', 'New text')$$),
    '0/1 1/1 1/2 8/9 2/2 1/1 2/2 2/2
users: already exists with other values: 1: 1
conversations: already exists with other values: 1: 20
messages: already exists with other values: 1: 31', 'the user''s own conversation gets what it lacks');
SELECT is(imported('DELETE FROM agent_tools'),
    '1/1 1/1 2/2 9/9 2/2 0/1 1/2 2/2
agent_definitions: no such tool: 1: 60
agent_instances: no such agent definition: 1: 70
workflows: agent_instance_id was cleared: no such agent instance: 1: 80', 'a tool is missing');
SELECT is(imported('DELETE FROM agent_tools', $$jsonb_set(export, '{agent_definitions,0,tools}', '[]')$$),
    '1/1 1/1 2/2 9/9 2/2 1/1 2/2 2/2', '... and is not used');
SELECT is(imported('DELETE FROM agent_definitions'),
    '1/1 1/1 2/2 9/9 2/2 1/1 1/2 2/2
agent_instances: no such agent definition: 1: 71
workflows: agent_instance_id was cleared: no such agent instance: 1: 81',
    'a definition of somebody else is missing');

-- The user's own rules.
SELECT is(imported($$ALTER TABLE conversations ADD CONSTRAINT "No Two" CHECK (title <> 'Two')$$),
    '1/1 1/1 1/2 5/9 2/2 1/1 2/2 2/2
conversations: the check "No Two" refuses it: 1: 21
messages: no such conversation: 4: 35 36 37 38', 'a check');
SELECT is(imported($$CREATE UNIQUE INDEX titles ON artifacts (user_id, lower(left(title, 2)))
    WHERE type = 'text';
    INSERT INTO users (id, email) VALUES (ada(), 'ada@example.com');
    INSERT INTO artifacts (user_id, type, title) VALUES (ada(), 'text', 'NO'), (ada(), 'code', 'More')$$),
    '0/1 1/1 2/2 9/9 1/2 1/1 2/2 2/2
users: already exists with other values: 1: 1
artifacts: another row has the same value in public.titles: 1: 40',
    'a partial unique index on an expression');
SELECT is(imported($$CREATE UNIQUE INDEX agents ON agent_instances (configuration, status) NULLS NOT DISTINCT;
    INSERT INTO agent_instances (user_id, definition_id, name) VALUES (id(2), id(61), 'Bob''s')$$),
    '1/1 1/1 2/2 9/9 2/2 1/1 0/2 2/2
agent_instances: another row has the same value in public.agents: 2: 70 71
workflows: agent_instance_id was cleared: no such agent instance: 2: 80 81',
    'a unique index in which NULLs are equal');
SELECT is(imported($$CREATE TABLE projects (a integer, b integer, PRIMARY KEY (a, b));
    INSERT INTO projects VALUES (1, 1);
    ALTER TABLE conversations ADD COLUMN a integer, ADD COLUMN b integer,
        ADD FOREIGN KEY (a, b) REFERENCES projects$$,
    $$jsonb_set(jsonb_set(export, '{conversations,0}', (export #> '{conversations,0}') || '{"a": 1, "b": 1}'),
        '{conversations,1}', (export #> '{conversations,1}') || '{"a": 1, "b": 2}')$$),
    '1/1 1/1 1/2 5/9 2/2 1/1 2/2 2/2
conversations: no such row in public.projects: 1: 21
messages: no such conversation: 4: 35 36 37 38', 'a foreign key to a table of one''s own');
SELECT is(imported($$ALTER TABLE messages ADD COLUMN parent uuid REFERENCES messages$$,
    $$jsonb_set(jsonb_set(export, '{conversations,0,messages,0,parent}', to_jsonb(id(38))),
        '{conversations,0,messages,1,parent}', to_jsonb(id(99)))$$),
    '1/1 1/1 2/2 8/9 2/2 1/1 2/2 2/2
messages: no such message: 1: 31', 'a foreign key to the table itself');
SELECT is(imported($$ALTER TABLE messages ADD COLUMN parent uuid REFERENCES messages ON DELETE SET NULL$$,
    $$jsonb_set(jsonb_set(export, '{conversations,0,messages,0,parent}', to_jsonb(id(38))),
        '{conversations,0,messages,1,parent}', to_jsonb(id(99)))$$),
    '1/1 1/1 2/2 9/9 2/2 1/1 2/2 2/2
messages: parent was cleared: no such message: 1: 31', '... that is cleared');
SELECT is(imported($$ALTER TABLE artifacts ADD COLUMN owner text REFERENCES users (email)$$,
    $$jsonb_set(export, '{artifacts,0,owner}', '"ada@example.com"')$$),
    '1/1 1/1 2/2 9/9 2/2 1/1 2/2 2/2', 'a foreign key to another column of a row that is imported');
SELECT is(imported($$ALTER TABLE workflows ADD COLUMN team text NOT NULL DEFAULT ''; -- Bob has none.
    ALTER TABLE workflows ALTER COLUMN team DROP DEFAULT$$),
    '1/1 1/1 2/2 9/9 2/2 1/1 2/2 0/2
workflows: team is NULL: 2: 80 81', 'a column that needs a value');
SELECT is(imported($$ALTER TABLE workflows ADD COLUMN team text NOT NULL DEFAULT 'none'$$),
    '1/1 1/1 2/2 9/9 2/2 1/1 2/2 2/2', '... and has a default');
SELECT is(imported($$CREATE FUNCTION skip() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
    CREATE TRIGGER skip BEFORE INSERT ON artifacts
        FOR EACH ROW WHEN (NEW.title = 'Notes') EXECUTE FUNCTION skip()$$) LIKE
    '1/1 1/1 2/2 9/9 1/2 1/1 2/2 2/2
artifacts: a trigger left it out: 1: 40
in a dry run:%', true, 'a trigger that leaves out a row, which a dry run cannot know');

-- Exports with other columns and lists.
SELECT is(imported('', $$jsonb_set(jsonb_set(jsonb_set(export, '{user,theme}', '"dark"'),
        '{conversations,0}', (export #> '{conversations,0}') || '{"pinned": true, "colour": null}'),
        '{conversations,1}', (export #> '{conversations,1}') || '{"pinned": null, "colour": null}')$$),
    '1/1 1/1 2/2 9/9 2/2 1/1 2/2 2/2
users: columns that the table does not have were left out: 1: 1: {"theme": 1}
conversations: columns that the table does not have were left out: 1: 20: {"pinned": 1}',
    'columns that the table does not have');
SELECT is(imported('', $$export || '{"runs": [1, 2, 3], "version": 2}'$$),
    '1/1 1/1 2/2 9/9 2/2 1/1 2/2 2/2 0/3 0/1
runs: left out: 3
version: left out: 1', 'lists of a later version');
SELECT is(imported('', $$jsonb_build_object('user', export -> 'user', 'conversations', '[]'::jsonb)$$),
    '1/1 0/0 0/0', 'lists that are missing or empty');
SELECT is(imported('', $$jsonb_build_object('user', export -> 'user')$$), '1/1', 'the user alone');
SELECT is(imported($$INSERT INTO users (id, email) VALUES (ada(), 'ada@example.com')$$,
    $$jsonb_build_object('user', jsonb_build_object('id', export #> '{user,id}'),
        'conversations', jsonb_build_array(
            jsonb_build_object('id', id(20), 'user_id', ada(), 'title', 'One')))$$),
    '0/1 1/1 0/0
users: already imported: 1: 1', 'columns that are missing get their defaults');
SELECT is(imported('', $$jsonb_set(export, '{artifacts,0}', (export #> '{artifacts,0}') - 'title')$$),
    '1/1 1/1 2/2 9/9 1/2 1/1 2/2 2/2
artifacts: title is NULL: 1: 40', '... and NULL if other rows have them');
SELECT is(imported($$ALTER TABLE artifacts ADD COLUMN extra jsonb NOT NULL DEFAULT '{}'$$,
    $$jsonb_set(jsonb_set(export, '{artifacts,0,extra}', 'null'), '{artifacts,1,extra}', '1')$$),
    '1/1 1/1 2/2 9/9 2/2 1/1 2/2 2/2', 'a JSON null');

-- Without the triggers, what they would refuse or change goes in as it is: more agents than the limit, equal
-- times.
SELECT agentchat.import_user(jsonb_set(export, '{conversations,0,messages,1,created_at}',
    export #> '{conversations,0,messages,0,created_at}')) FROM exports \g /dev/null
SELECT is((SELECT count(DISTINCT created_at) FROM messages WHERE conversation_id = id(20)), 4::bigint,
    'equal times stay equal');
SELECT is((SELECT updated_at FROM conversations WHERE id = id(20)), (
    SELECT (export #>> '{conversations,0,updated_at}')::timestamp FROM exports), 'updated_at stays');
SELECT agentchat.delete_user(ada()) \g /dev/null

-- For users who are subject to row-level security, the triggers would act, also in a function of the owner.
CREATE FUNCTION import_me(export jsonb) RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path = ''
    AS 'SELECT sum(i.written) FROM agentchat.import_user(export) i';
CREATE ROLE tap_user;
GRANT SELECT ON exports TO tap_user;
GRANT USAGE ON SCHEMA tap, public TO tap_user;
SET ROLE tap_user;
SELECT throws_ok('SELECT import_me(export) FROM exports', '42501', NULL, 'not in a function of the owner');
RESET ROLE;

-- What is not an export.
CREATE FUNCTION fault(change text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    exported jsonb;
    result text;
BEGIN
    EXECUTE format('SELECT %s FROM exports', change) INTO exported;
    result := error_of(format('SELECT agentchat.import_user(%L)', exported));
    IF error_of(format('SELECT agentchat.import_user(%L, true)', exported)) IS DISTINCT FROM result
            OR EXISTS (SELECT FROM users WHERE id = ada()) THEN
        RETURN 'differs';
    END IF;
    RETURN regexp_replace(replace(result, '22023 invalid export of a user | ', ''),
        ' \| Pass the result.*', '');
END $$;
SELECT is(error_of('SELECT agentchat.import_user(NULL)'),
    '22004 export is NULL | Pass the result of agentchat.export_user().', 'NULL');
SELECT is(error_of($$SELECT agentchat.import_user('{}', NULL)$$),
    '22004 dry_run is NULL | Pass true or false.', 'dry_run NULL');
SELECT is(error_of($$SELECT agentchat.import_user('[]')$$), '22023 invalid export of a user | '
    'It is not a JSON object. | Pass the result of agentchat.export_user().', 'an array');
SELECT is(fault(change), expected, expected)
FROM (VALUES
    ($$export - 'user'$$, 'user is not a JSON object.'),
    ($$jsonb_set(export, '{user,id}', '7')$$, 'user.id is not a UUID.'),
    ($$jsonb_set(export, '{artifacts}', '{}')$$, 'artifacts is not an array.'),
    ($$jsonb_set(export, '{conversations}', 'null')$$, 'conversations is not an array.'),
    ($$jsonb_set(export, '{artifacts,1}', '"x"')$$, 'artifacts[1] is not a JSON object.'),
    ($$jsonb_set(export, '{workflows,1,id}', '"x"')$$, 'workflows[1].id is not a UUID.'),
    ($$jsonb_set(export, '{workflows,1,user_id}', to_jsonb(id(2)))$$,
        'workflows[1].user_id is not the id of the user.'),
    ($$jsonb_set(export, '{conversations,1,messages}', '7')$$, 'conversations[1].messages is not an array.'),
    ($$jsonb_set(export, '{conversations,1,messages,2}', '7')$$,
        'conversations[1].messages[2] is not a JSON object.'),
    ($$jsonb_set(export, '{conversations,0,messages,2,conversation_id}', to_jsonb(id(21)))$$,
        'conversations[0].messages[2].conversation_id is not the id of the conversation.'),
    ($$jsonb_set(export, '{conversations,1,messages,2,id}', to_jsonb(id(30)))$$,
        'conversations[1].messages[2].id is also the id of conversations[0].messages[0].'),
    ($$jsonb_set(export, '{conversations,0,messages,2,created_at}', '"noon"')$$,
        'conversations[0].messages[2].created_at is not a value of its column: '
        'invalid input syntax for type timestamp: "noon". | '
        'Change the value in the export, or the type of the column.'),
    ($$jsonb_set(export, '{user,created_at}', '{}')$$, 'user.created_at is not a value of its column: '
        'invalid input syntax for type timestamp: "{}". | '
        'Change the value in the export, or the type of the column.')) v (change, expected);
SELECT is(fault($$jsonb_set(export, '{conversations}', '[1]')$$), 'conversations[0] is not a JSON object.',
    'conversations[0] is not a JSON object.');

-- Some types refuse a text with another class of errors.
ALTER TABLE workflows ADD target regclass;
SELECT is(fault($$jsonb_set(export, '{workflows,1,target}', '"missing"')$$),
    'workflows[1].target is not a value of its column: relation "missing" does not exist. | '
    'Change the value in the export, or the type of the column.',
    'workflows[1].target is not a value of its column');
ALTER TABLE workflows DROP target;
CREATE EXTENSION hstore;
ALTER TABLE workflows ADD labels hstore;
SELECT is(fault($$jsonb_set(export, '{workflows,1,labels}', '{"a": "1"}')$$) ~
    '^workflows\[1\]\.labels is not a value of its column: ', true, 'nor is an object of hstore');
ALTER TABLE workflows DROP labels;
DROP EXTENSION hstore;

-- A read-only transaction.
START TRANSACTION READ ONLY;
SELECT lives_ok('SELECT agentchat.import_user(export, true) FROM exports',
    'a dry run works in a read-only transaction');
ROLLBACK;

-- Roles that may call it.
SET ROLE tap_user;
SELECT throws_ok('SELECT agentchat.import_user(export) FROM exports', '42501',
    'permission denied for function import_user', 'not for everybody');
RESET ROLE;
GRANT EXECUTE ON FUNCTION agentchat.import_user TO tap_user;
SET ROLE tap_user;
SELECT throws_ok('SELECT agentchat.import_user(export) FROM exports', '42501',
    'only the owner of the tables may import users', 'not for a role that does not own the tables');
RESET ROLE;
SELECT * FROM finish();
