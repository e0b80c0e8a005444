-- validate_tool_input() gives all errors of an input, each with its path and in words for a model.
\ir ../lib/agentchat.sql

-- Returns the errors of an input, one a line. The error of a call begins with its SQLSTATE.
CREATE FUNCTION tap.errors(schema jsonb, input jsonb) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    result jsonb;
    detail text;
BEGIN
    INSERT INTO public.agent_tools (name, description, schema) VALUES ('t', '', schema)
    ON CONFLICT (name) DO UPDATE SET schema = excluded.schema;
    result := public.validate_tool_input('t', input);
    IF (result ->> 'valid')::boolean <> (result -> 'errors' = '[]') THEN
        RETURN result;
    END IF;
    RETURN coalesce(string_agg(concat_ws(': ', nullif(e ->> 'path', ''), e ->> 'message'), E'\n'), 'valid')
    FROM jsonb_array_elements(result -> 'errors') e;
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
    RETURN concat_ws(': ', SQLSTATE, SQLERRM, nullif(detail, ''));
END $$;

SELECT plan(79);

-- ---- the function

INSERT INTO agent_tools (id, name, description, schema) VALUES
    (md5('a')::uuid, 'get_weather', '', '{"type": "object", "properties": {"city": {"type": "string"}},
        "required": ["city"], "additionalProperties": false}'),
    -- A name that looks like another tool's id.
    (md5('b')::uuid, md5('a')::uuid::text, '', '{"type": "null"}'),
    (md5('c')::uuid, md5('d')::uuid::text, '', '{"type": "null"}');
SELECT is(validate_tool_input('get_weather', '{"city": "Paris"}'), '{"valid": true, "errors": []}', 'valid');
SELECT is(validate_tool_input('get_weather', '{"city": 1, "town": 2}'), '{"valid": false, "errors": [
    {"path": "/city", "message": "must be a string, but is the number 1"},
    {"path": "", "message": "must not have the property \"town\"; it may only have \"city\""}]}',
    'two errors');
SELECT is(validate_tool_input(md5('a')::uuid::text, '{"city": "Paris"}') -> 'valid', 'true',
    'the id comes first');
SELECT is(validate_tool_input(upper(md5('a')), '{}') -> 'valid', 'false', 'an id in another form');
SELECT is(validate_tool_input(md5('d')::uuid::text, 'null') -> 'valid', 'true', 'a name like an id');
SELECT throws_ok($$SELECT validate_tool_input('weather', '{}')$$, 'PT404', 'tool not found', 'another name');
SELECT throws_ok($$SELECT validate_tool_input('', '{}')$$, 'PT404', 'tool not found', 'no name');
SELECT throws_ok($$SELECT validate_tool_input(md5('x')::uuid::text, '{}')$$, 'PT404', 'tool not found',
    'another id');
SELECT throws_ok($$SELECT validate_tool_input(NULL, '{}')$$, '22004', NULL, 'tool is NULL');
SELECT throws_ok($$SELECT validate_tool_input('get_weather', NULL)$$, '22004', NULL, 'input is NULL');

-- ---- messages

SELECT is(tap.errors(schema::jsonb, input::jsonb), result, format('%s of %s', input, schema)) FROM (VALUES
    ('{"type": "number"}', '"abc"', 'must be a number, but is the string "abc"'),
    ('{"type": "integer"}', '1.5', 'must be an integer, but is the number 1.5'),
    ('{"type": "integer"}', '1.0', 'valid'),
    ('{"type": "integer"}', '1e400', 'valid'),
    ('{"type": ["number", "integer"]}', '1.5', 'valid'),
    ('{"type": ["integer", "number"]}', '1.5', 'valid'),
    ('{"type": ["string", "null"]}', 'true', 'must be a string or null, but is true'),
    ('{"type": ["string", "number", "array"]}', '{}',
        'must be a string, a number or an array, but is an object'),
    ('{"type": "object"}', '[]', 'must be an object, but is an array'),
    ('{"type": "boolean"}', 'null', 'must be a boolean, but is null'),
    ('{"enum": ["a", 3, null, [1, 2], {"b": 1}]}', '"c"',
        'must be one of "a", 3, null, [1,2] or {"b":1}, but is the string "c"'),
    ('{"enum": [[1, {"a": 1.0}]]}', '[1.0, {"a": 1}]', 'valid'),
    ('{"enum": ["a"]}', 'false', 'must be "a", but is false'),
    ('{"enum": []}', 'false', 'is not allowed'),
    ('{"const": {"a": 1}}', '{"a": 2}', 'must be {"a":1}, but is an object'),
    ('{"const": 1.0}', '1', 'valid'),
    ('{"minimum": 3}', '2', 'must be at least 3, but is 2'),
    ('{"maximum": 3}', '3.01', 'must be at most 3, but is 3.01'),
    ('{"exclusiveMinimum": 3}', '3.0', 'must be greater than 3, but is 3.0'),
    ('{"exclusiveMaximum": 3}', '3', 'must be less than 3, but is 3'),
    ('{"multipleOf": 0.01}', '19.99', 'valid'),
    ('{"multipleOf": 0.01}', '19.995', 'must be a multiple of 0.01, but is 19.995'),
    ('{"minLength": 2}', '"é"', 'must have at least 2 characters, but has 1'),
    ('{"maxLength": 1}', '"😀"', 'valid'),
    ('{"maxLength": 1}', '"ab"', 'must have at most 1 character, but has 2'),
    ('{"maxLength": 1e30}', '"ab"', 'valid'),
    ('{"pattern": "^\\d+$"}', '"12a"', 'must match the pattern "^\d+$", but is "12a"'),
    ('{"format": "email"}', '"a"', 'must have the format "email", but is "a"'),
    ('{"format": "email"}', '1', 'valid'),
    ('{"format": "email", "pattern": "^a$"}', '"a"', 'valid'),
    ('{"minItems": 2}', '[1]', 'must have at least 2 elements, but has 1'),
    ('{"maxItems": 1}', '[1, 2]', 'must have at most 1 element, but has 2'),
    ('{"uniqueItems": true}', '[1, 2, 1.0]',
        'must not have equal elements, but those at /0 and /2 are equal'),
    ('{"uniqueItems": true}', '[{"a": 1, "b": [2]}, {"b": [2.0], "a": 1.0}]',
        'must not have equal elements, but those at /0 and /1 are equal'),
    ('{"uniqueItems": true}', '[0, false, null, "", [], {}, "0", [[]], [{}]]', 'valid'),
    ('{"items": {"type": "string"}}', '["a", 1, "b", 2]',
        E'/1: must be a string, but is the number 1\n/3: must be a string, but is the number 2'),
    ('{"prefixItems": [{"type": "string"}], "items": false}', '["a", 1]',
        'must have at most 1 element, but has 2'),
    ('{"contains": {"type": "string"}}', '[1]',
        'must have at least 1 element that fits the schema of "contains", but has 0'),
    ('{"contains": {"type": "string"}, "minContains": 2}', '["a"]',
        'must have at least 2 elements that fit the schema of "contains", but has 1'),
    ('{"contains": {"type": "string"}, "maxContains": 1}', '["a", "b", "c"]',
        'must have at most 1 element that fits the schema of "contains", but has more'),
    ('{"required": ["b", "a"]}', '{}', E'must have the property "a"\nmust have the property "b"'),
    ('{"required": ["bb", "a", "ccc"]}', '{"d": 1, "bb": 1, "dd": 1, "dddd": 1}',
        E'must have the property "a"\nmust have the property "ccc"'),
    ('{"minProperties": 1}', '{}', 'must have at least 1 property, but has 0'),
    ('{"maxProperties": 0}', '{"a": 1}', 'must have at most 0 properties, but has 1'),
    ('{"properties": {"a/b~c": {"items": {"type": "null"}}}}', '{"a/b~c": [null, 1]}',
        '/a~1b~0c/1: must be null, but is the number 1'),
    ('{"properties": {"a": false}}', '{"a": 1}', '/a: is not allowed'),
    ('{"properties": {"a": {}, "b": {}}, "additionalProperties": false}', '{"c": 1}',
        'must not have the property "c"; it may only have "a" or "b"'),
    ('{"patternProperties": {"^x": {"type": "null"}}, "additionalProperties": false}', '{"xa": 1, "y": 1}',
        E'/xa: must be null, but is the number 1\nmust not have the property "y"'),
    ('{"additionalProperties": {"type": "null"}}', '{"c": 1}', '/c: must be null, but is the number 1'),
    ('{"propertyNames": {"maxLength": 1}}', '{"ab": 1}',
        'has the property name "ab", which must have at most 1 character, but has 2'),
    ('{"dependentRequired": {"a": ["b"]}}', '{"a": 1}', 'must have the property "b", because it has "a"'),
    ('{"dependentSchemas": {"a": {"required": ["b"]}}}', '{"a": 1}', 'must have the property "b"'),
    ('{"dependencies": {"a": ["b"], "c": {"required": ["d"]}}}', '{"a": 1, "c": 1}',
        E'must have the property "b", because it has "a"\nmust have the property "d"'),
    ('{"allOf": [{"type": "string"}, {"minimum": 3}]}', '2',
        E'must be a string, but is the number 2\nmust be at least 3, but is 2'),
    ('{"anyOf": [{"type": "string"}]}', '2', 'must be a string, but is the number 2'),
    ('{"not": {"type": "string"}}', '"a"', 'must not fit the schema of "not", but is the string "a"'),
    ('{"if": {"type": "string"}, "then": {"minLength": 2}, "else": {"minimum": 2}}', '1',
        'must be at least 2, but is 1'),
    ('{"oneOf": [{"type": "number"}, {"type": "string"}, {"minimum": 3}]}', '3',
        'must fit only one of the 3 schemas of "oneOf", but fits numbers 1 and 3'),
    -- The alternative of the right type comes closest.
    ('{"anyOf": [{"type": "string"}, {"type": "object", "required": ["a", "b"]}]}', '{}',
        E'must fit one of the 2 schemas of "anyOf", but fits none; number 2 comes closest\n'
        'must have the property "a"\nmust have the property "b"'),
    -- Then the one with the right constant, even if it has more errors.
    ('{"oneOf": [{"properties": {"kind": {"const": "a"}}},
        {"properties": {"kind": {"const": "b"}, "x": {"type": "null"}}, "required": ["x", "y"]}]}',
        '{"kind": "b", "x": 1}',
        E'must fit one of the 2 schemas of "oneOf", but fits none; number 2 comes closest\n'
        'must have the property "y"\n/x: must be null, but is the number 1'),
    -- Alternatives within alternatives.
    ('{"anyOf": [{"type": "null"}, {"items": {"anyOf": [{"type": "null"}, {"minimum": 3}]}}]}', '[null, 2]',
        E'must fit one of the 2 schemas of "anyOf", but fits none; number 2 comes closest\n'
        '/1: must fit one of the 2 schemas of "anyOf", but fits none; number 2 comes closest\n'
        '/1: must be at least 3, but is 2')
) v (schema, input, result);

-- ---- long values

SELECT is(tap.errors('{"type": "null"}', to_jsonb(repeat('é', 1000))),
    format('must be null, but is the string "%s..."', repeat('é', 60)), 'a long string');
SELECT is(tap.errors('{"type": "null"}', repeat('9', 131000)::jsonb),
    format('must be null, but is the number %s... (131000 digits)', repeat('9', 60)), 'a long number');
SELECT is(tap.errors(jsonb_build_object('const', jsonb_build_array(repeat('x', 1000))), '1'),
    'must be an array, but is the number 1', 'a long constant');
SELECT alike(tap.errors((SELECT jsonb_build_object('enum', jsonb_agg('value' || n))
        FROM generate_series(1, 1000) n), '1'),
    'must be one of "value1", "value2", % or others (1000 in all), but is the number 1', 'a long enum');
SELECT alike(tap.errors((SELECT jsonb_build_object('properties', jsonb_object_agg('p' || n, true),
        'additionalProperties', false) FROM generate_series(1, 1000) n), '{"x": 1}'),
    'must not have the property "x"; it may only have "p1", "p2", % or others (1000 in all)',
    'many properties');

-- ---- altered tables

-- JSON Schema also has schemas that are no objects.
ALTER TABLE agent_tools DROP CONSTRAINT agent_tools_schema_check;
SELECT is(tap.errors(schema::jsonb, '3'), result, 'the schema ' || schema) FROM (VALUES
    ('true', 'valid'), ('false', 'is not allowed')) v (schema, result);
ALTER TABLE agent_tools DISABLE TRIGGER agentchat_check_schema;
SELECT is(tap.errors('"x"', '3'), '22023: agent_tools.schema is not a valid JSON Schema: '
    'At the root: must be a schema, which is an object or a boolean.', 'a text as a schema');

SELECT * FROM finish();
