-- get_agent() returns an agent with its definition, its configuration and its tools, to those who see it.
\ir ../lib/agentchat.sql
\ir ../lib/api_user.sql
\ir ../lib/default_agent_limit.sql
SELECT set_default_limit(-1) \g /dev/null
-- Definitions may name tools that do not exist, and schemas may be wrong, as they could before 0.2.0.
SET session_replication_role = replica;

SELECT plan(68);

-- Columns that users have added, and names in the way of those in the statements.
ALTER TABLE agent_instances ADD COLUMN i int[] DEFAULT '{1}', ADD COLUMN "Odd ""name""" numeric DEFAULT 1.50,
    ADD COLUMN gone int;
ALTER TABLE agent_instances DROP COLUMN gone;
ALTER TABLE agent_definitions ADD COLUMN d date DEFAULT '2026-01-05', ADD COLUMN opened_at timestamptz;
ALTER TABLE agent_tools ADD COLUMN t varchar(10) DEFAULT 't',
    ADD COLUMN price numeric DEFAULT 12345678901234567890.10;

CREATE FUNCTION id(name text) RETURNS uuid LANGUAGE sql IMMUTABLE RETURN md5(name)::uuid;

INSERT INTO agent_tools (id, name, description, schema)
SELECT id(name), name, 'Does ' || name, schema::jsonb FROM (VALUES
    ('search', '{"type": "object", "properties": {"q": {"type": "string"}}, "required": ["q"]}'),
    ('a b', '{"type": "object", "properties": {"n": {"const": 1.50}}}'),
    ('a.b', '{}'), ('a_b', '{"type": "object"}'), ('a_b_2', '{"anyOf": [{"type": "object"}]}'),
    ('', '{"type": ["object", "null"]}'), ('größe', '{"$schema": "x", "properties": {"q": true}}'),
    (repeat('x', 70), '{}'), (repeat('x', 64) || 'y', '{}'), (repeat('x', 200), '{}'),
    -- Its name looks like the id of another tool.
    (id('search')::text, '{}'), (id('nothing')::text, '{}')) v(name, schema);

CREATE FUNCTION define(name text, author text, tools jsonb, capabilities jsonb DEFAULT NULL,
    is_public boolean DEFAULT false, prompt text DEFAULT 'Be brief.') RETURNS void LANGUAGE sql AS $$
    INSERT INTO public.agent_definitions (id, user_id, name, description, system_prompt, tools, capabilities,
        is_public) VALUES (id(name), id(author), name, '', prompt, tools, capabilities, is_public);
$$;
-- Creates an agent of that name.
CREATE FUNCTION instantiate(name text, owner text, definition text, configuration jsonb DEFAULT NULL,
    status text DEFAULT 'active') RETURNS void LANGUAGE sql AS $$
    INSERT INTO public.agent_instances (id, user_id, definition_id, name, configuration, status)
    VALUES (id(name), id(owner), id(definition), name, configuration, status);
$$;

SELECT define('nothing', 'ada', NULL), define('empty', 'ada', '[]', '{}'),
    define('one', 'ada', '["search"]', '{"a": 1, "b": {"c": 1, "d": 2}, "e": [1, 2], "f": "x", "g": 1.50}'),
    define('public', 'bob', '["search"]', '{"secret": "of bob"}', true, 'A secret of bob'),
    define('private', 'bob', '["search"]', '{"secret": "of bob"}', false, 'A secret of bob'),
    define('ids', 'ada', jsonb_build_array(id('a b'), upper(id('search')::text), 'search', 'a b',
        '{' || id('a b') || '}')),
    define('like an id', 'ada', jsonb_build_array(id('nothing'))),
    define('missing', 'ada',
        '["none", "search", 1, null, ["x"], {}, "00000000-0000-0000-0000-000000000000", ""]'),
    define('blank', 'ada', NULL, prompt => E' \n'),
    define('odd', 'ada', to_jsonb(ARRAY['a.b', 'a b', 'search', 'a_b_2', 'a_b', '', 'größe', repeat('x', 70),
        repeat('x', 200), repeat('x', 64) || 'y']));
SELECT instantiate('nothing', 'ada', 'nothing'), instantiate('empty', 'ada', 'empty', '{}'),
    instantiate('one', 'ada', 'one', '{"b": {"d": 3}, "e": null, "f": [], "h": {"i": null}}'),
    instantiate('plain one', 'ada', 'one'), instantiate('only own', 'ada', 'nothing', '{"a": [1]}'),
    instantiate('paused', 'ada', 'one', NULL, 'paused'),
    instantiate('archived', 'ada', 'one', NULL, 'archived'),
    instantiate('public', 'ada', 'public'), instantiate('private', 'ada', 'private', '{"own": true}'),
    instantiate('of bob', 'bob', 'private'), instantiate('ids', 'ada', 'ids'),
    instantiate('like an id', 'ada', 'like an id'),
    instantiate('missing', 'ada', 'missing'), instantiate('blank', 'ada', 'blank'),
    instantiate('odd', 'ada', 'odd');
RESET session_replication_role;

-- The same by SQL, for definitions that name each tool once and by its name.
CREATE FUNCTION expected(instance uuid) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object('instance', to_jsonb(i.*), 'definition', to_jsonb(d.*),
        'configuration', COALESCE(d.capabilities, '{}') || COALESCE(i.configuration, '{}'),
        'tools', COALESCE((SELECT jsonb_agg(to_jsonb(t.*) ORDER BY n)
            FROM jsonb_array_elements_text(d.tools) WITH ORDINALITY w(name, n)
                JOIN public.agent_tools t ON t.name = w.name), '[]'),
        'missing_tools', '[]'::jsonb, 'status', i.status, 'definition_status', 'available')
    FROM public.agent_instances i JOIN public.agent_definitions d ON d.id = i.definition_id WHERE i.id = $1
$$;

GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO agentchat_test_user;

CREATE FUNCTION check_rows(who text) RETURNS SETOF text LANGUAGE sql AS $$
    SELECT tap.is(get_agent(id(a)), expected(id(a)), format('the agent "%s" in rows, as %s', a, who))
    FROM unnest('{nothing, empty, one, plain one, only own, paused, archived, public, odd}'::text[]) a
$$;
SELECT check_rows('a superuser');
SELECT become('ada') \g /dev/null
SET ROLE agentchat_test_user;
SELECT check_rows('its user');

-- The value is well-formed jsonb, with keys in the order of jsonb.
SELECT is(get_agent(id(a), f), get_agent(id(a), f)::text::jsonb,
    format('the agent "%s" in %s is well-formed', a, f))
FROM unnest('{one, odd, missing}'::text[]) a, unnest('{rows, ai-sdk, openai, anthropic}'::text[]) f;
SELECT is(get_agent(id('one'), NULL), get_agent(id('one'), 'rows'), 'the format is rows if it is NULL');

-- The configuration.
SELECT is(get_agent(id('one'), f) -> 'configuration',
    '{"a": 1, "b": {"d": 3}, "e": null, "f": [], "g": 1.50, "h": {"i": null}}',
    'the configuration lies over the capabilities, by their outer keys, in ' || f)
FROM unnest('{rows, ai-sdk, openai, anthropic}'::text[]) f;

-- The status.
SELECT is(get_agent(id(a), 'ai-sdk') - '{system, tools, configuration, id}'::text[],
    jsonb_build_object('name', a, 'status', a, 'definition_status', 'available'),
    'an agent says that it is ' || a)
FROM unnest('{paused, archived}'::text[]) a;

-- Definitions that went private.
SELECT is(get_agent(id('private')) - 'instance', '{"definition": null, "tools": [], "missing_tools": [],
    "status": "active", "definition_status": "gone", "configuration": {"own": true}}',
    'a definition that went private is gone, with its tools and capabilities');
SELECT is(get_agent(id('private'), f), jsonb_build_object('id', id('private'), 'name', 'private',
    'status', 'active', 'definition_status', 'gone', 'system', NULL,
    'configuration', '{"own": true}'::jsonb, 'tools', CASE f WHEN 'ai-sdk' THEN '{}' ELSE '[]' END::jsonb),
    '... in ' || f)
FROM unnest('{ai-sdk, openai, anthropic}'::text[]) f;
RESET ROLE;
SELECT is(get_agent(id('private')) ->> 'definition_status', 'gone',
    '... for a role without row-level security, too');
SELECT is(get_agent(id('of bob')) ->> 'definition_status', 'available',
    '... but not for its author''s agents');
SET ROLE agentchat_test_user;

-- What the caller does not see.
SELECT is(get_agent(id('of bob')), NULL, 'another user''s agent is NULL');
SELECT is(get_agent(id('none at all')), NULL, 'an agent that does not exist is NULL');
SELECT is(get_agent(NULL), NULL, 'NULL is NULL');
SELECT become('bob') \g /dev/null
SELECT isnt(get_agent(id('of bob')), NULL, 'the user sees the agent');
SELECT become('') \g /dev/null
SELECT is(get_agent(id('one')), NULL, 'nobody sees it without a caller');
SELECT throws_ok($$ SELECT get_agent(md5('one')::uuid, 'xml') $$, '22023', 'unknown format',
    'an unknown format');
SELECT throws_ok($$ SELECT get_agent(NULL, 'drizzle') $$, '22023', 'unknown format',
    '... also without an agent');
SELECT become('ada') \g /dev/null

-- The tools.
CREATE FUNCTION pg_temp.names(agent jsonb) RETURNS jsonb LANGUAGE sql
RETURN (SELECT jsonb_agg(COALESCE(t -> 'function', t) -> 'name' ORDER BY n)
    FROM jsonb_array_elements(agent -> 'tools') WITH ORDINALITY e(t, n));
SELECT is(pg_temp.names(get_agent(id('ids'))), '["a b", "search"]',
    'tools are found by id in any form, and by name; each comes once, in the order of the definition');
SELECT is(get_agent(id('ids')) -> 'missing_tools', '[]', '... and none is missing');
SELECT is(pg_temp.names(get_agent(id('like an id'))), jsonb_build_array(id('nothing')),
    'a name that looks like the id of no tool is a name');
SELECT is(get_agent(id('missing')) -> 'missing_tools',
    '["none", 1, null, ["x"], {}, "00000000-0000-0000-0000-000000000000"]',
    'missing tools are listed as they are');
SELECT is(pg_temp.names(get_agent(id('missing'))), '["search", ""]', '... and the others are found');
SELECT is(get_agent(id('one'), 'ai-sdk') -> 'tools', '{"search": {"description": "Does search",
    "inputSchema": {"type": "object", "properties": {"q": {"type": "string"}}, "required": ["q"]}}}',
    'tools for the AI SDK');
SELECT is(get_agent(id('odd'), 'ai-sdk') #> '{tools, a.b}', '{"description": "Does a.b", "inputSchema": {}}',
    '... have their names and their schemas');

SELECT is(pg_temp.names(get_agent(id('odd'), 'openai')),
    to_jsonb(ARRAY['a_b_3', 'a_b_4', 'search', 'a_b_2', 'a_b', '_', 'gr__e', repeat('x', 64),
        repeat('x', 62) || '_2', repeat('x', 62) || '_3']),
    'the names for OpenAI are plain, short and distinct');
SELECT is(pg_temp.names(get_agent(id('odd'), 'anthropic')),
    to_jsonb(ARRAY['a_b_3', 'a_b_4', 'search', 'a_b_2', 'a_b', '_', 'gr__e', repeat('x', 70),
        repeat('x', 128), repeat('x', 64) || 'y']), '... and those for Anthropic');
SELECT is((SELECT jsonb_agg(t -> 'input_schema' ORDER BY n) FILTER (WHERE n < 8)
    FROM jsonb_array_elements(get_agent(id('odd'), 'anthropic') -> 'tools') WITH ORDINALITY e(t, n)),
    '[{"type": "object", "properties": {}}, {"type": "object", "properties": {"n": {"const": 1.50}}},
      {"type": "object", "properties": {"q": {"type": "string"}}, "required": ["q"]},
      {"type": "object", "properties": {}, "anyOf": [{"type": "object"}]},
      {"type": "object", "properties": {}},
      {"type": ["object", "null"]}, {"type": "object", "$schema": "x", "properties": {"q": true}}]',
    'the root of a schema gets the type and the properties that providers demand');

-- The prompt.
SELECT is(get_agent(id('one'), f) -> 'system', system, 'the prompt for ' || f)
FROM (VALUES ('ai-sdk', '"Be brief."'::jsonb), ('openai', '"Be brief."'),
    ('anthropic', '[{"type": "text", "text": "Be brief."}]')) v(f, system);
SELECT is(get_agent(id('blank'), 'anthropic') -> 'system', 'null', 'a blank prompt is null');
RESET ROLE;

-- Tables in other forms.
CREATE TABLE before AS SELECT get_agent(id('one'), 'ai-sdk') AS agent;
ALTER TABLE agent_instances DROP CONSTRAINT agent_instances_configuration_check,
    ALTER COLUMN configuration TYPE json, ALTER COLUMN name TYPE varchar(100);
SELECT is(get_agent(id('one'), 'ai-sdk'), before.agent, 'columns of other types that give the same JSON')
FROM before;
ALTER TABLE agent_instances DROP CONSTRAINT agent_instances_pkey CASCADE;
INSERT INTO agent_instances SELECT * FROM agent_instances WHERE id = id('one');
SELECT is(get_agent(id('one'), 'ai-sdk'), before.agent, 'of two agents with one id, one is returned')
FROM before;
ALTER TABLE agent_tools DROP CONSTRAINT agent_tools_name_unique;
SET session_replication_role = replica;
UPDATE agent_tools SET name = 'search' WHERE name = 'a b';
RESET session_replication_role;
SELECT is(jsonb_array_length(get_agent(id('ids')) -> 'tools'), 1,
    'of two tools with one name, one is offered');
ALTER TABLE agent_tools ALTER COLUMN id DROP DEFAULT, ALTER COLUMN id TYPE text;
SELECT throws_ok($$ SELECT get_agent(md5('one')::uuid) $$, '42804', NULL, 'a column of another type');

SELECT finish();
