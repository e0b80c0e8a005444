-- Schemas and inputs that are extreme get an answer or a clear error.
\ir ../lib/agentchat.sql
\set stack 2MB
SELECT :'instrumented' LIKE 'sanitizers %' AS has_sanitizers \gset
\if :has_sanitizers
    \set stack 4MB
\endif
SET max_stack_depth = :'stack';

-- Validates an input, and returns how many errors it has, or the error of the call.
CREATE FUNCTION tap.outcome(schema jsonb, input jsonb) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    result jsonb;
BEGIN
    INSERT INTO public.agent_tools (name, description, schema) VALUES ('t', '', schema)
    ON CONFLICT (name) DO UPDATE SET schema = excluded.schema;
    result := public.validate_tool_input('t', input);
    RETURN CASE WHEN result ->> 'valid' = 'true' THEN 'valid'
        ELSE jsonb_array_length(result -> 'errors')::text END;
EXCEPTION WHEN OTHERS THEN
    RETURN SQLSTATE || ': ' || SQLERRM;
END $$;

CREATE FUNCTION tap.nested(levels int, start text, middle text, stop text) RETURNS jsonb LANGUAGE sql AS
$$ SELECT (repeat(start, levels) || middle || repeat(stop, levels))::jsonb $$;

SELECT plan(36);

-- ---- nesting

SELECT is(tap.outcome('{"items": {"$ref": "#"}}', nested(1000, '[', '', ']')), 'valid', '1,000 arrays');
SELECT is(tap.outcome('{"items": {"$ref": "#"}, "not": {"const": 1}}', nested(1000, '[', '1', ']')), '1',
    '1,000 arrays with an error');
SELECT is(tap.outcome('{"additionalProperties": {"$ref": "#"}}', nested(1000, '{"a":', '1', '}')), 'valid',
    '1,000 objects');
SELECT is(tap.outcome('{"anyOf": [{"type": "string"}, {"type": "array", "items": {"$ref": "#"}}]}',
    nested(1000, '[', '""', ']')), 'valid', '1,000 levels of alternatives');
SELECT is(tap.outcome('{"anyOf": [{"type": "string"}, {"type": "array", "items": {"$ref": "#"}}]}',
    nested(1000, '[', '1', ']')), '1002', '1,000 levels of alternatives with an error in the last one');
SELECT is(tap.outcome('{"uniqueItems": true, "enum": [1]}', nested(1000, '[', '', ']')), '1',
    'comparing 1,000 levels');
SELECT is(tap.outcome(jsonb_build_object('const', nested(1000, '[', '1', ']')), nested(1000, '[', '1.0',
    ']')),
    'valid', 'a constant of 1,000 levels');
SELECT is(tap.outcome(nested(1000, '{"items":', 'true', '}'), '[[]]'), 'valid', 'a schema of 1,000 levels');
SELECT is(tap.outcome(nested(1001, '{"not":', '{"type": "string"}', '}'), '1'), 'valid', '1,001 times not');
SELECT is(tap.outcome(nested(1000, '{"allOf":[', '{"type": "string"}', ']}'), '1'), '1', '1,000 times allOf');

-- The parser of jsonb needs less stack than the validation.
SELECT is(tap.outcome('{"anyOf": [{"type": "string"}, {"type": "array", "items": {"$ref": "#"}}]}',
    nested(5000, '[', '""', ']')), '22023: a JSON value is nested too deeply', '5,000 levels are too deep');
SELECT is(tap.outcome(nested(6000, '{"not":', 'true', '}'), '1'),
    '22023: agent_tools.schema is not a valid JSON Schema', 'a schema that is nested too deeply');
SELECT matches(agentchat.json_schema_error(nested(6000, '{"not":', 'true', '}')),
    '^At (/not){250}\.\.\.: is nested too deeply\.$', 'its path is cut');
SET max_stack_depth = '100kB';
SELECT is(tap.outcome('{"items": {"$ref": "#"}}', nested(20, '[', '', ']')), 'valid',
    '20 levels with little stack');
SET max_stack_depth = :'stack';

-- ---- numbers

SELECT is(tap.outcome(schema::jsonb, input::jsonb), result, name) FROM (VALUES
    ('{"minimum": 1e400}', '1e401', 'valid', 'numbers beyond double'),
    ('{"maximum": 1e400}', '1e401', '1', 'numbers beyond double that are too large'),
    ('{"exclusiveMinimum": 9007199254740993}', '9007199254740993.0000000000000000001', 'valid',
        'many digits'),
    ('{"const": 9007199254740993}', '9007199254740992', '1', 'numbers that are equal as double'),
    ('{"type": "integer"}', repeat('9', 131000), 'valid', '131,000 digits'),
    ('{"multipleOf": 0.1}', repeat('9', 131000) || '.1', 'valid', 'a multiple with 131,000 digits'),
    ('{"multipleOf": 1e-16000}', repeat('9', 131000), 'valid', 'a multiple of a very small number'),
    ('{"multipleOf": 1e-16000}', '1e-16001', '1', 'a smaller number is no multiple'),
    ('{"multipleOf": 7}', '1e131000', '1', 'no multiple with 131,000 digits'),
    ('{"multipleOf": ' || repeat('7', 2000) || '}', '1',
        '22023: agent_tools.schema is not a valid JSON Schema', 'multipleOf with 2,000 digits'),
    ('{"maxLength": 1e30, "minItems": 1e30}', '[]', '1', 'counts beyond 64 bits'),
    ('{"uniqueItems": true}', '[1e400, 10e399]', '1', 'equal numbers in other forms')
) v (schema, input, result, name);

-- ---- sizes

SELECT is(tap.outcome('{"maxLength": 10000000, "pattern": "^(x|y)*$"}', to_jsonb(repeat('xy', 5000000))),
    'valid',
    'a text of 10 MB');
SELECT is(tap.outcome('{"uniqueItems": true}', (SELECT jsonb_agg(n) FROM generate_series(1, 1000000) n)),
    'valid',
    '1,000,000 elements that differ');
SELECT is(tap.outcome('{"uniqueItems": true}', (SELECT jsonb_agg(n % 999999) FROM generate_series(1,
    1000000) n)),
    '1', '1,000,000 elements of which two are equal');
SELECT is(tap.outcome((SELECT jsonb_build_object('enum', jsonb_agg('v' || n)) FROM generate_series(1,
    300000) n),
    '"v300000"'), 'valid', 'an enum of 300,000 values');
SELECT is(tap.outcome((SELECT jsonb_build_object('properties',
        jsonb_object_agg('v' || n, jsonb_build_object('minLength', n)), 'required', jsonb_agg('v' || n))
    FROM generate_series(1, 50000) n), (SELECT jsonb_object_agg('v' || n, 'x') FROM generate_series(1,
        49999) n)),
    '49999', 'a schema of 50,000 properties');
SELECT is(tap.outcome((SELECT jsonb_build_object('$ref', '#/$defs/v1', '$defs', jsonb_object_agg('v' || n,
        jsonb_build_object('properties', jsonb_build_object('a', jsonb_build_object('$ref', '#/$defs/v'
            || n + 1))))
        || '{"v20001": {"type": "null"}}') FROM generate_series(1, 20000) n), nested(1000, '{"a":', '1',
            '}')),
    'valid', '20,000 schemas that refer to one another');
SELECT is(tap.outcome((SELECT jsonb_build_object('$ref', '#/$defs/v1', '$defs', jsonb_object_agg('v' || n,
        jsonb_build_object('$ref', '#/$defs/v' || n % 20000 + 1))) FROM generate_series(1, 20000) n), '1'),
    '22023: agent_tools.schema is not a valid JSON Schema', 'a cycle of 20,000 references');

-- ---- very many errors

INSERT INTO agent_tools (name, description, schema) VALUES ('nulls', '', '{"items": {"type": "null"}}');
CREATE TEMPORARY TABLE errors AS
SELECT validate_tool_input('nulls', jsonb_agg(n)) -> 'errors' AS list FROM generate_series(1, 1000000) n;
SELECT cmp_ok(octet_length(list::text), '<', 20000000, 'their texts end after 10 MB') FROM errors;
SELECT is(list -> -1, '{"path": "", "message": "has more errors, which are left out"}',
    'the last one says it')
FROM errors;
SELECT is(tap.outcome('{"items": {"anyOf": [{"type": "null"}, {"type": "array"}, {"type": "object"}]}}',
    (SELECT jsonb_agg(n) FROM generate_series(1, 1000) n)), '2000', 'errors of alternatives');

SELECT * FROM finish();
