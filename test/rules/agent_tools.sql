-- The tools of agent definitions exist, and a tool in use stays as it is.
\ir ../lib/agentchat.sql
\ir ../lib/api_user.sql
\ir ../lib/error_of.sql

INSERT INTO agent_tools (id, name, description, schema)
SELECT md5('tool ' || name)::uuid, name, '', '{"type": "object"}'
FROM unnest(ARRAY['search', 'mail', 'näme "quoted"', 'unused']) name;
CREATE FUNCTION definition(tools jsonb, author text DEFAULT 'ada', name text DEFAULT 'Poet') RETURNS void
    LANGUAGE sql AS
    'INSERT INTO agent_definitions (id, user_id, name, description, system_prompt, tools)
     VALUES (md5(''d '' || $3)::uuid, md5($2)::uuid, $3, '''', '''', $1)';
GRANT EXECUTE ON FUNCTION definition TO agentchat_test_user;
CREATE FUNCTION hex(tool text) RETURNS text LANGUAGE sql AS $$SELECT md5('tool ' || tool)$$;
CREATE FUNCTION id(tool text) RETURNS text LANGUAGE sql AS $$SELECT hex(tool)::uuid::text$$;

SELECT no_plan();

-- ---- what definitions may name

SELECT lives_ok($$SELECT definition('["search", "mail", "näme \"quoted\""]')$$, 'tools by name');
SELECT lives_ok(format($$UPDATE agent_definitions SET tools = %L$$, jsonb_build_array(written, 'mail')),
    'a tool by id: ' || written)
FROM unnest(ARRAY[id('search'), upper(id('search')), '{' || id('search') || '}', hex('search')]) written;
SELECT lives_ok($$UPDATE agent_definitions SET tools = '[]'$$, 'no tools');
SELECT lives_ok($$UPDATE agent_definitions SET tools = NULL$$, 'NULL');
SELECT lives_ok($$UPDATE agent_definitions SET tools = '["search", "search"]'$$, 'a tool twice');

SELECT is(error_of($$UPDATE agent_definitions SET tools = '["mail", "serch", "", "Mail"]'$$),
    '23503 agent_definitions.tools names tools that do not exist | Missing: "", "Mail", "serch". | '
    'Insert the tools into agent_tools first, or name existing tools by id or name.',
    'missing tools');
SELECT is(error_of($$SELECT definition('["no \"such\" tool"]', name => 'Other')$$),
    '23503 agent_definitions.tools names tools that do not exist | Missing: "no "such" tool". | '
    'Insert the tools into agent_tools first, or name existing tools by id or name.',
    '... on INSERT');
SELECT matches(error_of(format('UPDATE agent_definitions SET tools = %L',
        (SELECT jsonb_agg(md5(n::text)::uuid) FROM generate_series(1, 1000) n))),
    '^23503 .* Missing: ("[-0-9a-f]{36}", ){20}and 980 more\. ', '... ids, and many of them');
SELECT matches(error_of(format('UPDATE agent_definitions SET tools = %L', jsonb_build_array(repeat('ä',
    1000000)))),
    '^23503 .* Missing: "ä{60}..."\. ', '... with a long name');
SELECT is(error_of(format('UPDATE agent_definitions SET tools = %L', tools)),
    '22023 agent_definitions.tools must be an array of strings | ' || detail || ' | '
    'Name each tool by its id or its name.', detail)
FROM (VALUES ('["search", 1]', 'tools[1] is a number.'), ('[null]', 'tools[0] is null.'),
    ('[{"name": "search"}]', 'tools[0] is an object.'), ('[["search"]]', 'tools[0] is an array.'),
    ('["mail", "search", true]', 'tools[2] is a boolean.')) v (tools, detail);
SELECT throws_ok($$UPDATE agent_definitions SET tools = '{}'$$, '23514', NULL,
    'a value that is not an array is refused by the CHECK');
SELECT is((SELECT tools FROM agent_definitions), '["search", "search"]', 'nothing of this was written');

-- An id is compared first: the tool that has the other's id as its name is not needed.
INSERT INTO agent_tools (name, description, schema) VALUES (hex('mail'), '', '{"type": "object"}');
SELECT lives_ok(format('UPDATE agent_definitions SET tools = %L', jsonb_build_array(hex('mail'))),
    'an id that is also a name');
UPDATE agent_definitions SET tools = '["search"]';

-- ---- tools in use

SELECT is(error_of($$DELETE FROM agent_tools WHERE name = 'search'$$),
    '23503 a tool that agent definitions use must stay as it is | The tool "search" is in the tools of 1 '
        'agent definition. | '
    'Take it out of these definitions before you delete it, rename it or change its id.',
        'it cannot be deleted');
SELECT matches(error_of(statement), '^23503 .* 1 agent definition\. ', 'refused: ' || statement)
FROM unnest(ARRAY[
    $$UPDATE agent_tools SET name = 'find' WHERE name = 'search'$$,
    $$UPDATE agent_tools SET id = gen_random_uuid() WHERE name = 'search'$$,
    $$DELETE FROM agent_tools$$,
    $$INSERT INTO agent_tools (name, description, schema) VALUES ('search', '', '{}')
      ON CONFLICT (name) DO UPDATE SET name = 'find'$$]) statement;
SELECT lives_ok(statement, 'allowed: ' || statement)
FROM unnest(ARRAY[
    $$UPDATE agent_tools SET description = 'Searches', schema = '{"type": "object", "properties": {}}',
        metadata = '{}'$$,
    $$UPDATE agent_tools SET id = id, name = name$$,
    $$INSERT INTO agent_tools (name, description, schema) VALUES ('search', 'New', '{"type": "object"}')
      ON CONFLICT (name) DO UPDATE SET name = excluded.name, description = excluded.description$$,
    $$UPDATE agent_tools SET name = 'still unused' WHERE name = 'unused'$$,
    $$DELETE FROM agent_tools WHERE name = 'still unused'$$]) statement;

SELECT definition(jsonb_build_array('mail'), 'bob', 'Bob''s') \g /dev/null
SELECT definition(jsonb_build_array(written), 'bob', written) FROM unnest(ARRAY[upper(id('mail')),
    '{' || hex('mail') || '}']) written
\g /dev/null
SELECT matches(error_of($$DELETE FROM agent_tools WHERE name = 'mail'$$), ' 3 agent definitions\.',
    'definitions that name it, and those with its id in whatever form');
DELETE FROM agent_definitions WHERE name = 'Bob''s';
SELECT matches(error_of($$UPDATE agent_tools SET name = 'post' WHERE name = 'mail'$$),
    '^23503 .* 2 agent definitions\.',
    'it cannot be renamed if only its id is used');
DELETE FROM agent_definitions WHERE user_id = md5('bob')::uuid;

SELECT lives_ok($$WITH gone AS (DELETE FROM agent_definitions) DELETE FROM agent_tools
    WHERE name = 'search'$$,
    'a tool goes with the definitions that use it, in one statement');
SELECT lives_ok($$WITH made AS (INSERT INTO agent_tools (name, description, schema) VALUES ('search', '',
    '{"type": "object"}'))
    SELECT definition('["mail"]'); SELECT definition('["search"]', name => 'Finder')$$, '... and comes');
SELECT lives_ok($$
    DO $do$ BEGIN
        UPDATE agent_definitions SET tools = '[]';
        DELETE FROM agent_tools WHERE name = 'search';
        INSERT INTO agent_tools (name, description, schema) VALUES ('search', '', '{"type": "object"}');
        UPDATE agent_definitions SET tools = '["search"]';
    END $do$ $$, '... and both, step by step in one transaction');
SELECT matches(error_of($$DO $do$ BEGIN
        DELETE FROM agent_definitions;
        DELETE FROM agent_tools WHERE name = 'search';
        PERFORM definition('["search"]');
    END $do$ $$), '^23503 agent_definitions.tools ', 'a tool that this transaction has deleted is missing');

-- Only tools that change are looked at.
SET session_replication_role = replica;
DELETE FROM agent_definitions;
SELECT definition('["gone"]', name => 'Old') \g /dev/null
RESET session_replication_role;
SELECT lives_ok($$UPDATE agent_definitions SET name = 'Renamed', tools = '["gone"]'$$,
    'a definition whose tools are missing already can change otherwise');
SELECT matches(error_of($$UPDATE agent_definitions SET tools = '["gone", "mail"]'$$), '^23503',
    '... but not its tools');
DELETE FROM agent_definitions;

-- ---- with policies

UPDATE agent_definitions SET tools = '["search"]';
SELECT definition('["mail"]', 'bob', 'Private') \g /dev/null
SET ROLE agentchat_test_user;
SELECT become('ada') \g /dev/null
SELECT lives_ok($$SELECT definition('["search", "mail"]', name => 'Mine')$$, 'a user names tools');
SELECT matches(error_of($$SELECT definition('["none"]', name => 'Mine too')$$), '^23503 .*Missing: "none"',
    '... that exist');
RESET ROLE;
-- A role that is subject to policies and may nevertheless delete tools.
GRANT DELETE, UPDATE ON agent_tools TO agentchat_test_user;
CREATE POLICY all_tools ON agent_tools TO agentchat_test_user USING (true);
SET ROLE agentchat_test_user;
SELECT matches(error_of($$DELETE FROM agent_tools WHERE name = 'mail'$$), '^23503 .* 2 agent definitions\.',
    'definitions that the caller cannot see count');
RESET ROLE;

-- ---- restores, and tables as they were before

BEGIN;
SET LOCAL row_security = off;
SELECT lives_ok($$SELECT definition('["in no dump yet"]', name => 'Restored')$$, 'a restore checks nothing');
SELECT lives_ok($$DELETE FROM agent_tools$$, '... of tools either');
ROLLBACK;

ALTER TABLE agent_definitions DROP CONSTRAINT agent_definitions_tools_check;
SELECT matches(error_of($$UPDATE agent_definitions SET tools = '"search"'$$),
    '^22023 .*The value is a string\.', 'without the CHECK: a string');
SELECT matches(error_of($$UPDATE agent_definitions SET tools = '{"search": 1}'$$),
    '^22023 .*The value is an object\.', '... an object');
SET session_replication_role = replica;
UPDATE agent_definitions SET tools = '7' WHERE name = 'Private';
RESET session_replication_role;
SELECT lives_ok($$DELETE FROM agent_tools WHERE name NOT IN ('search', 'mail')$$,
    '... rows that have others do not disturb');

CREATE TABLE strange (id uuid, name text, tools jsonb);
CREATE TRIGGER t AFTER INSERT ON strange FOR EACH ROW EXECUTE FUNCTION
    agentchat.check_agent_definition_tools();
SELECT throws_ok('INSERT INTO strange DEFAULT VALUES', '39P01', NULL, 'the check is for its table alone');
DROP TRIGGER t ON strange;
INSERT INTO strange DEFAULT VALUES;
CREATE TRIGGER t AFTER DELETE ON strange FOR EACH ROW EXECUTE FUNCTION agentchat.protect_tool();
SELECT throws_ok('DELETE FROM strange', '39P01', NULL, '... and so is the protection');
\if :is_sql
SELECT skip('PL/pgSQL refuses it with an error of its own, 0A000');
\else
SELECT throws_ok('SELECT agentchat.protect_tool()', '39P01', NULL, '... which nobody can call');
\endif

SELECT * FROM finish();
