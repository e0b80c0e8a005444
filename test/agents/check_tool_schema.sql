-- agent_tools takes only valid JSON Schemas, and says where another one is wrong.
\ir ../lib/agentchat.sql
SELECT FROM agentchat.adopt() \g /dev/null

-- Stores a schema and returns 'stored', or the DETAIL of the refusal. agentchat.json_schema_error() must
-- agree.
CREATE FUNCTION tap.stored(schema jsonb) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    message text;
    detail text;
    hint text;
    same text := agentchat.json_schema_error(schema);
BEGIN
    INSERT INTO public.agent_tools (name, description, schema) VALUES ('t', '', schema)
    ON CONFLICT (name) DO UPDATE SET schema = excluded.schema;
    RETURN coalesce(same, 'stored');
EXCEPTION WHEN invalid_parameter_value THEN
    GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
    IF message <> 'agent_tools.schema is not a valid JSON Schema'
        OR hint <> 'Correct the schema of the tool "t".' OR detail IS DISTINCT FROM same THEN
        RETURN concat_ws(' | ', message, detail, hint, same);
    END IF;
    RETURN detail;
END $$;
-- The same for a schema of a draft.
CREATE FUNCTION tap.stored(draft int, schema jsonb) RETURNS text LANGUAGE sql AS $$
    SELECT tap.stored(jsonb_build_object('$schema',
        CASE WHEN draft < 2019 THEN format('http://json-schema.org/draft-0%s/schema#', draft)
            WHEN draft = 2019 THEN 'https://json-schema.org/draft/2019-09/schema'
            ELSE 'https://json-schema.org/draft/2020-12/schema' END) || schema)
$$;

SELECT plan(124);

-- ---- valid schemas

SELECT is(tap.stored(schema::jsonb), 'stored', schema) FROM (VALUES
    ('{}'),
    ('{"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}'),
    ('{"type": ["string", "null"], "unknownKeyword": 1, "format": "unknown-format"}'),
    ('{"properties": {"a": true, "b": false}, "additionalProperties": false}'),
    ('{"$defs": {"node": {"properties": {"next": {"$ref": "#/$defs/node"}}}}, "$ref": "#/$defs/node"}'),
    ('{"properties": {"child": {"$ref": "#"}}}'),
    ('{"properties": {"$ref": {"type": "string"}}}'),
    ('{"minLength": 2.0, "maxItems": 1e3, "multipleOf": 1e-400}'),
    ('{"enum": []}'),
    ('{"$schema": "http://json-schema.org/draft-07/schema", "items": [{}, {}], "additionalItems": false}'),
    ('{"$schema": "http://json-schema.org/draft-04/schema#", "minimum": 1, "exclusiveMinimum": true}')
) v (schema);

-- ---- faults, each with its path

SELECT is(tap.stored(schema::jsonb), fault, schema) FROM (VALUES
    ('{"type": "strng"}',
        'At /type: must be "string", "number", "integer", "boolean", '
        '"array", "object" or "null".'),
    ('{"type": 5}',
        'At /type: must be "string", "number", "integer", "boolean", '
        '"array", "object" or "null".'),
    ('{"type": []}', 'At /type: must not be empty.'),
    ('{"type": ["string", "string"]}', 'At /type: must not contain "string" twice.'),
    ('{"properties": {"a": {"type": ["string", "x"]}}}',
        'At /properties/a/type/1: must be "string", "number", "integer", "boolean", '
        '"array", "object" or "null".'),
    ('{"properties": []}', 'At /properties: must be an object.'),
    ('{"properties": {"a/b~c": 1}}',
        'At /properties/a~1b~0c: must be a schema, which is an object or a boolean.'),
    ('{"required": true}', 'At /required: must be an array.'),
    ('{"required": [1]}', 'At /required/0: must be a string.'),
    ('{"required": ["a", "b", "a"]}', 'At /required: must not contain "a" twice.'),
    ('{"enum": "a"}', 'At /enum: must be an array.'),
    ('{"minimum": "1"}', 'At /minimum: must be a number.'),
    ('{"exclusiveMinimum": true}', 'At /exclusiveMinimum: must be a number: only draft 4 has booleans here.'),
    ('{"multipleOf": 0}', 'At /multipleOf: must be a number greater than 0.'),
    ('{"multipleOf": -1.5}', 'At /multipleOf: must be a number greater than 0.'),
    ('{"minLength": -1}', 'At /minLength: must be a whole number that is at least 0.'),
    ('{"maxLength": 1.5}', 'At /maxLength: must be a whole number that is at least 0.'),
    ('{"minItems": "1"}', 'At /minItems: must be a whole number that is at least 0.'),
    ('{"maxProperties": null}', 'At /maxProperties: must be a whole number that is at least 0.'),
    ('{"uniqueItems": 1}', 'At /uniqueItems: must be a boolean.'),
    ('{"items": [{}]}', 'At /items: must be a schema: "prefixItems" takes an array of schemas.'),
    ('{"prefixItems": []}', 'At /prefixItems: must not be empty.'),
    ('{"prefixItems": {}}', 'At /prefixItems: must be an array.'),
    ('{"contains": 1}', 'At /contains: must be a schema, which is an object or a boolean.'),
    ('{"minContains": -1}', 'At /minContains: must be a whole number that is at least 0.'),
    ('{"pattern": 1}', 'At /pattern: must be a string.'),
    ('{"format": 1}', 'At /format: must be a string.'),
    ('{"title": 1}', 'At /title: must be a string.'),
    ('{"description": null}', 'At /description: must be a string.'),
    ('{"examples": {}}', 'At /examples: must be an array.'),
    ('{"deprecated": 1}', 'At /deprecated: must be a boolean.'),
    ('{"patternProperties": {"a": 1}}',
        'At /patternProperties/a: must be a schema, which is an object or a boolean.'),
    ('{"additionalProperties": "no"}',
        'At /additionalProperties: must be a schema, which is an object or a boolean.'),
    ('{"propertyNames": []}', 'At /propertyNames: must be a schema, which is an object or a boolean.'),
    ('{"dependentRequired": {"a": "b"}}', 'At /dependentRequired/a: must be an array.'),
    ('{"dependentSchemas": {"a": ["b"]}}',
        'At /dependentSchemas/a: must be a schema, which is an object or a boolean.'),
    ('{"allOf": []}', 'At /allOf: must not be empty.'),
    ('{"anyOf": {}}', 'At /anyOf: must be an array.'),
    ('{"oneOf": [{}, 3]}', 'At /oneOf/1: must be a schema, which is an object or a boolean.'),
    ('{"not": null}', 'At /not: must be a schema, which is an object or a boolean.'),
    ('{"then": 1}', 'At /then: must be a schema, which is an object or a boolean.'),
    ('{"dependentRequired": ["a"]}', 'At /dependentRequired: must be an object.'),
    ('{"dependentSchemas": "a"}', 'At /dependentSchemas: must be an object.'),
    ('{"dependencies": ["a"]}', 'At /dependencies: must be an object.'),
    ('{"$defs": []}', 'At /$defs: must be an object.'),
    ('{"$anchor": "A-1.b", "items": {"$ref": "#A-1.b"}}', 'stored'),
    ('{"$defs": {"a": 1}}', 'At /$defs/a: must be a schema, which is an object or a boolean.'),
    ('{"definitions": {"a": {"type": 1}}}',
        'At /definitions/a/type: must be "string", "number", "integer", "boolean", '
        '"array", "object" or "null".'),
    ('{"$id": 1}', 'At /$id: must be a string.'),
    ('{"$id": 1, "$anchor": "1"}', 'At /$id: must be a string.'),
    ('{"$id": "http://example.com/#a"}', 'At /$id: must not have a fragment; use "$anchor".'),
    ('{"$anchor": "1"}',
        'At /$anchor: must be a name: a letter or "_", and then letters, digits, "_", "-" or ".".'),
    ('{"$schema": "http://json-schema.org/draft-03/schema#"}',
        'At /$schema: must name draft 4, 6, 7, 2019-09 or 2020-12, such as '
        '"https://json-schema.org/draft/2020-12/schema".'),
    ('{"$schema": 7}',
        'At /$schema: must name draft 4, 6, 7, 2019-09 or 2020-12, such as '
        '"https://json-schema.org/draft/2020-12/schema".')
) v (schema, fault);

-- ---- references

SELECT is(tap.stored(schema::jsonb), fault, schema) FROM (VALUES
    ('{"$ref": 1}', 'At /$ref: must be a string.'),
    ('{"properties": {"a": {"$ref": "#/$defs/b"}}, "$defs": {"a": {}}}',
        'At /properties/a/$ref: refers to a place that the schema does not have.'),
    ('{"properties": {"a": {"$ref": "#/prefixItems/1"}}, "prefixItems": [{}]}',
        'At /properties/a/$ref: refers to a place that the schema does not have.'),
    ('{"properties": {"a": {"$ref": "#b"}}}',
        'At /properties/a/$ref: refers to the anchor "b", which the schema does not have.'),
    ('{"properties": {"a": {"$ref": "#%80"}}}',
        'At /properties/a/$ref: refers to the anchor "%80", which the schema does not have.'),
    ('{"$ref": "#/items/0", "items": {}}', 'At /$ref: refers to a place that the schema does not have.'),
    ('{"properties": {"a": {"$ref": "#/x"}}, "x": 1}',
        'At /x: must be a schema, which is an object or a boolean.'),
    ('{"properties": {"a": {"$ref": "#/x/y"}}, "x": {"y": {"type": 1}}}',
        'At /x/y/type: must be "string", "number", "integer", "boolean", '
        '"array", "object" or "null".'),
    ('{"$ref": "https://example.com/person.json#/a"}',
        'At /$ref: refers to "https://example.com/person.json", which is not in this schema: remote '
        'references are not supported.'),
    ('{"$ref": "http://json-schema.org/draft-07/schema#"}',
        'At /$ref: refers to "http://json-schema.org/draft-07/schema", which is not in this schema: remote '
        'references are not supported.'),
    ('{"items": {"$dynamicRef": "#a"}}', 'At /items/$dynamicRef: is not supported; use "$ref" instead.'),
    ('{"unevaluatedProperties": false}',
        'At /unevaluatedProperties: is not supported; use "additionalProperties", "items" or '
        '"additionalItems" instead.'),
    ('{"anyOf": [{"unevaluatedItems": false}]}',
        'At /anyOf/0/unevaluatedItems: is not supported; use "additionalProperties", "items" or '
        '"additionalItems" instead.'),
    ('{"$ref": "#"}',
        'At the root: refers to itself for the same value: checking a value would never end.'),
    ('{"$defs": {"a": {"allOf": [{"$ref": "#/$defs/b"}]}, "b": {"not": {"$ref": "#/$defs/a"}}}}',
        'At /$defs/a: refers to itself for the same value: checking a value would never end.'),
    ('{"if": {"$ref": "#"}}',
        'At the root: refers to itself for the same value: checking a value would never end.'),
    ('{"dependentSchemas": {"a": {"$ref": "#"}}}',
        'At the root: refers to itself for the same value: checking a value would never end.'),
    -- What goes into the value ends with it.
    ('{"items": {"$ref": "#"}, "additionalProperties": {"$ref": "#"}, "propertyNames": {"$ref": "#"}}',
        'stored')
) v (schema, fault);

SELECT is(tap.stored(jsonb_build_object('properties', jsonb_build_object('a' || repeat('é', 600), 1))),
    'At /properties/a' || repeat('é', 493) || '...: must be a schema, which is an object or a boolean.',
    'a long path is cut between two characters');
SELECT is(tap.stored(jsonb_build_object('$ref', '#/$defs/d1', 'anyOf', (
    SELECT jsonb_agg(jsonb_build_object('$ref', '#/$defs/d' || i)) FROM generate_series(1, 100) i), '$defs', (
    SELECT jsonb_object_agg('d' || i, jsonb_build_object('allOf', jsonb_build_array(jsonb_build_object(
        '$ref', '#/anyOf/' || i)))) FROM generate_series(1, 99) i)
    || '{"d100": {"type": "string"}}')), 'stored', 'references into large objects and arrays');

-- ---- drafts

SELECT is(tap.stored(draft, schema::jsonb), fault, format('draft %s: %s', draft, schema)) FROM (VALUES
    (4, '{"properties": {"a": true}}', 'At /properties/a: must be a schema, which is an object in draft 4.'),
    (4, '{"additionalProperties": true, "additionalItems": false}', 'stored'),
    (4, '{"exclusiveMaximum": true}',
        'At /exclusiveMaximum: must not stand without "maximum" in draft 4.'),
    (4, '{"minimum": 1, "exclusiveMinimum": 1}', 'At /exclusiveMinimum: must be a boolean.'),
    -- zod-to-json-schema writes this for 2019-09.
    (2019, '{"minimum": 1, "exclusiveMinimum": true, "maximum": 2, "exclusiveMaximum": false}', 'stored'),
    (4, '{"required": []}', 'At /required: must not be empty in draft 4.'),
    (4, '{"enum": []}', 'At /enum: must not be empty.'),
    (4, '{"enum": [1, 1.0]}', 'At /enum: must not contain the same value twice.'),
    (4, '{"const": 1, "contains": 1, "if": 1, "$id": 1}', 'stored'),
    (4, '{"id": 1}', 'At /id: must be a string.'),
    (6, '{"enum": [[1], [1]]}', 'At /enum: must not contain the same value twice.'),
    (6, '{"if": 1}', 'stored'),
    (6, '{"exclusiveMaximum": 3}', 'stored'),
    (7, '{"if": 1}', 'At /if: must be a schema, which is an object or a boolean.'),
    (7, '{"$defs": 1, "$anchor": 1, "dependentRequired": 1, "unevaluatedItems": false}', 'stored'),
    (7, '{"$ref": "#/definitions/a", "type": "x", "definitions": {"a": {}}}', 'stored'),
    (7, '{"$ref": "#/definitions/a", "definitions": {"a": {}, "b": 1}}',
        'At /definitions/b: must be a schema, which is an object or a boolean.'),
    (7, '{"items": []}', 'At /items: must not be empty.'),
    (7, '{"dependencies": {"a": 1}}',
        'At /dependencies/a: must be a schema, which is an object or a boolean.'),
    (2019, '{"items": [{}, 1]}', 'At /items/1: must be a schema, which is an object or a boolean.'),
    (2019, '{"$anchor": "a:b", "items": {"$ref": "#a:b"}}', 'stored'),
    (2019, '{"$anchor": "_a"}',
        'At /$anchor: must be a name: a letter, and then letters, digits, "_", "-", "." or ":".'),
    (2020, '{"$anchor": "_a", "items": {"$ref": "#_a"}}', 'stored'),
    (2020, '{"$anchor": "a:b"}',
        'At /$anchor: must be a name: a letter or "_", and then letters, digits, "_", "-" or ".".'),
    (2019, '{"$recursiveRef": "#"}', 'At /$recursiveRef: is not supported; use "$ref" instead.'),
    (2019, '{"$dynamicRef": "#", "prefixItems": 1}', 'stored'),
    (2019, '{"unevaluatedItems": true}',
        'At /unevaluatedItems: is not supported; use "additionalProperties", "items" or "additionalItems" '
        'instead.'),
    (2020, '{"$recursiveRef": "#", "additionalItems": 1}', 'stored')
) v (draft, schema, fault);

-- ---- the trigger

SELECT throws_ok($$INSERT INTO agent_tools (name, description, schema) VALUES ('u', '', '[]')$$, '23514',
    NULL, 'a schema that is not an object');
ALTER TABLE agent_tools DISABLE TRIGGER agentchat_check_schema;
INSERT INTO agent_tools (name, description, schema) VALUES ('old', '', '{"type": "x"}');
ALTER TABLE agent_tools ENABLE TRIGGER agentchat_check_schema;
SELECT lives_ok($$UPDATE agent_tools SET description = 'd' WHERE name = 'old'$$,
    'other columns of an older row can change');
SELECT lives_ok($$UPDATE agent_tools SET schema = '{"type": "x"}' WHERE name = 'old'$$,
    'its schema can stay');
SELECT throws_ok($$UPDATE agent_tools SET schema = '{"type": "y"}' WHERE name = 'old'$$, '22023',
    'agent_tools.schema is not a valid JSON Schema', 'another schema is checked');
SELECT throws_ok($$SELECT validate_tool_input('old', '{}')$$, '22023',
    'agent_tools.schema is not a valid JSON Schema', 'an older row validates nothing');
SET row_security = off;
SELECT lives_ok($$UPDATE agent_tools SET schema = '{"type": "y"}' WHERE name = 'old'$$,
    'a restore stores rows as they are');
RESET row_security;
CREATE TEMPORARY TABLE other (schema jsonb);
CREATE TRIGGER t BEFORE INSERT ON other FOR EACH ROW EXECUTE FUNCTION agentchat.check_tool_schema();
SELECT throws_ok($$INSERT INTO other VALUES ('{}')$$, '39P01', NULL, 'another kind of trigger');
SELECT throws_ok($$SELECT agentchat.check_tool_schema()$$, '39P01', NULL, 'no trigger');
SELECT is(agentchat.json_schema_error('3'), 'At the root: must be a schema, which is an object or a boolean.',
    'json_schema_error: a number');
SELECT is(agentchat.json_schema_error('true'), NULL, 'json_schema_error: a boolean');
SELECT is(agentchat.json_schema_error(NULL), NULL, 'json_schema_error: NULL');

SELECT * FROM finish();
