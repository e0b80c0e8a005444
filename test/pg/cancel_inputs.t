#!/usr/bin/env bash
# Calls with inputs that are large in one dimension are cancelled, wherever the timeout finds them. A call that notices
# nothing until it has read its input takes longer than the limit on a slow machine.
. test/lib/tap.sh

sql -f - <<'END'
CREATE EXTENSION agentchat;
INSERT INTO users (id, email) VALUES (md5('ada')::uuid, 'ada@example.com');
INSERT INTO conversations (id, user_id, title) VALUES (md5('c')::uuid, md5('ada')::uuid, 'c');
-- Parts, or whatever else, made from a pattern with %s for a number.
CREATE FUNCTION many(pattern text, count int DEFAULT 200000) RETURNS jsonb LANGUAGE sql AS
$$ SELECT jsonb_agg(replace(pattern, '%s', n::text)::jsonb) FROM generate_series(1, count) n $$;
CREATE FUNCTION keys(count int DEFAULT 200000) RETURNS jsonb LANGUAGE sql AS
$$ SELECT jsonb_object_agg('k' || n, n) FROM generate_series(1, count) n $$;
CREATE FUNCTION keys_of(value jsonb, count int DEFAULT 200000) RETURNS jsonb LANGUAGE sql AS
$$ SELECT jsonb_object_agg('k' || n, value) FROM generate_series(1, count) n $$;
CREATE FUNCTION deep(levels int DEFAULT 4000) RETURNS jsonb LANGUAGE sql AS
$$ SELECT (repeat('[', levels) || repeat(']', levels))::jsonb $$;
CREATE FUNCTION message(parts jsonb, role text DEFAULT 'assistant', key text DEFAULT 'parts')
RETURNS jsonb LANGUAGE sql AS
$$ SELECT jsonb_build_object('role', role, 'content', '', key, parts) $$;
CREATE FUNCTION result(id text, content jsonb) RETURNS jsonb LANGUAGE sql AS
$$ SELECT jsonb_build_object('role', 'tool', 'tool_call_id', id, 'content', content) $$;
END

most_seconds=5
start_session caller
# Sanitizers take several times as much of the stack.
[[ ${INSTRUMENTED-} != sanitizers* ]] || tell caller "SET max_stack_depth = '16MB';"

stops() { # NAME CALL: a call of a function is cancelled after some of the milliseconds
    local ms begin seconds slowest=0 outcome outcomes=
    for ms in 1 80; do
        begin=$EPOCHREALTIME
        outcome=$(tell caller "SET statement_timeout = $ms; SELECT $2 IS NULL;")
        seconds=$(((${EPOCHREALTIME/./} - ${begin/./}) / 1000000))
        tell caller 'RESET statement_timeout;'
        ((seconds <= slowest)) || slowest=$seconds
        outcomes+=$(grep -oE 'due to (statement timeout|user request)|^f$' <<<"$outcome" || echo "$outcome")$'\n'
    done
    ok "$1: it is cancelled" grep -q 'due to' <<<"$outcomes"
    is "$(grep -vE '^(due to (statement timeout|user request)|f|)$' <<<"$outcomes")" '' '... nothing else happens'
    limit "... within $most_seconds s" test "$slowest" -lt "$most_seconds"
}

appends() { # NAME FORMAT MESSAGES
    tell caller "DROP TABLE IF EXISTS input; CREATE TEMPORARY TABLE input AS SELECT $3 AS messages;" |
        grep -v NOTICE || true
    stops "append $2, $1" "append_messages(md5('c')::uuid, (SELECT messages FROM input), '$2')"
}

text='{"type": "text", "text": "%s"}'
call='{"id": "c%s", "type": "function", "function": {"name": "f", "arguments": "{}"}}'
tool='{"type": "tool-f", "toolCallId": "c%s", "state": "output-available", "input": {}, "output": 1}'

for format in ai-sdk rows drizzle; do
    appends 'many parts' "$format" "message(many('$text'))"
    appends 'many messages with ids' "$format" \
        "many('{\"id\": \"m%s\", \"role\": \"user\", \"content\": \"x\", \"parts\": []}', 100000)"
    appends 'deep parts' "$format" \
        "message(jsonb_build_array(jsonb_build_object('type', 'data-x', 'data', many(deep()::text, 1000))))"
    appends 'a part with many keys' "$format" "message(jsonb_build_array(keys() || '{\"type\": \"data-x\"}'))"
done
appends 'metadata with many keys' ai-sdk "message('[]') || jsonb_build_object('metadata', keys())"
appends 'many calls of AI SDK 4' ai-sdk \
    "message(many('{\"toolCallId\": \"%s\"}'), 'assistant', 'toolInvocations')"
appends 'many messages' openai "many('{\"role\": \"user\", \"content\": \"%s\"}', 100000)"
appends 'much content' openai "message(many('$text'), 'user', 'content')"
appends 'many calls' openai "message(many('$call'), 'assistant', 'tool_calls')"
appends 'a result with much content' openai \
    "message(many('$call', 1), 'assistant', 'tool_calls') || jsonb_build_array(result('c1', many('$text')))"
appends 'a call with many arguments' openai \
    "message(jsonb_build_array(jsonb_build_object('id', 'c', 'function',
        jsonb_build_object('name', 'f', 'arguments', keys()::text))), 'assistant', 'tool_calls')"
# Nothing here may be quadratic: comparing all of these pairs takes minutes.
tell caller "CREATE FUNCTION answers(id text) RETURNS jsonb LANGUAGE sql AS
    'SELECT jsonb_agg(result(replace(id, ''%s'', n::text), ''\"x\"'')) FROM generate_series(1, 90000) n';"
appends 'results that answer no call' openai \
    "message(many('$call', 90000), 'assistant', 'tool_calls') || answers('d%s')"
appends 'results in the opposite order' openai \
    "message(many('$call', 90000), 'assistant', 'tool_calls') || (SELECT jsonb_agg(r ORDER BY n DESC)
        FROM jsonb_array_elements(answers('c%s')) WITH ORDINALITY a (r, n))"
appends 'results with one id' openai \
    "message(many('${call/c%s/c}', 90000), 'assistant', 'tool_calls') || answers('c')"

reads() { # NAME ROLE PARTS
    local format
    tell caller "DELETE FROM messages; INSERT INTO messages (conversation_id, role, content, parts)
        SELECT md5('c')::uuid, '$2', '', $3;"
    for format in rows drizzle ai-sdk openai anthropic; do
        stops "read $format, $1" "get_conversation_json(md5('c')::uuid, '$format')"
    done
    stops "read ai-sdk as jsonb, $1" "get_conversation(md5('c')::uuid, 'ai-sdk')"
}
reads 'many texts' assistant "many('$text')"
reads 'many files' user \
    "many('{\"type\": \"file\", \"mediaType\": \"image/png\", \"url\": \"https://example.com/%s\"}')"
reads 'many calls' assistant "many('$tool')"
reads 'many steps' assistant "many('{\"type\": \"step-start\"}') || many('$text')"
reads 'a call with many keys' assistant \
    "jsonb_build_array('${tool/%s/}'::jsonb || jsonb_build_object('input', keys(), 'output', keys()))"
reads 'a call whose input is a long text' assistant \
    "jsonb_build_array('${tool/%s/}'::jsonb
        || jsonb_build_object('input', '{\"a\": \"' || repeat('x', 20000000) || '\"}'))"
reads 'deep parts' assistant \
    "jsonb_build_array('${tool/%s/}'::jsonb || jsonb_build_object('output', many(deep()::text, 1000)))"

# Schemas and inputs of tools.
validates() { # NAME SCHEMA INPUT
    tell caller "DROP TABLE IF EXISTS input; CREATE TEMPORARY TABLE input AS SELECT $3 AS value, $2 AS schema;
        INSERT INTO agent_tools (name, description, schema) SELECT 't', '', schema FROM input
        ON CONFLICT (name) DO UPDATE SET schema = excluded.schema;" | grep -v NOTICE || true
    stops "validate $1" "validate_tool_input('t', (SELECT value FROM input))"
}
compiles() { # NAME SCHEMA
    tell caller "DROP TABLE IF EXISTS input; CREATE TEMPORARY TABLE input AS SELECT $2 AS schema;" |
        grep -v NOTICE || true
    stops "compile $1" "coalesce(agentchat.json_schema_error((SELECT schema FROM input)), 'valid')"
}
tell caller "CREATE FUNCTION chain(levels int, pattern text) RETURNS jsonb LANGUAGE sql AS
    'SELECT jsonb_build_object(''\$ref'', ''#/\$defs/v1'', ''\$defs'', jsonb_object_agg(''v'' || n,
        replace(pattern, ''%s'', ''{\"\$ref\": \"#/\$defs/v'' || n + 1 || ''\"}'')::jsonb)
        || jsonb_build_object(''v'' || levels + 1, true)) FROM generate_series(1, levels) n';"
validates 'an exponential schema' "chain(60, '{\"allOf\": [%s, %s]}')" "'1'::jsonb"
validates 'an exponential schema of alternatives' \
    "chain(60, '{\"anyOf\": [{\"allOf\": [%s, {\"type\": \"string\"}]}, %s]}') ||
        '{\"type\": \"string\"}'" "'1'::jsonb"
validates 'many elements' "'{\"items\": {\"type\": \"integer\", \"minimum\": 0}}'::jsonb" "many('%s', 1000000)"
validates 'many errors' "'{\"items\": {\"type\": \"null\"}}'::jsonb" "many('%s')"
validates 'many unique elements' "'{\"uniqueItems\": true}'::jsonb" "many('[%s]', 1000000)"
validates 'many properties' "'{\"additionalProperties\": {\"type\": \"integer\"}}'::jsonb" 'keys(300000)'
validates 'names of many properties' "'{\"propertyNames\": {\"pattern\": \"^k[0-9]*$\"}}'::jsonb" 'keys()'
validates 'many texts by an alternation' \
    "'{\"items\": {\"pattern\": \"^(a+)+b?$\"}}'::jsonb" "many('\"aaaaaaaaaaaaaaaaaaaaaaaaaaa\"')"
compiles 'many properties' "jsonb_build_object('properties', keys_of('{\"type\": \"string\"}'))"
compiles 'many references' "chain(100000, '{\"properties\": {\"a\": %s}}')"
compiles 'a long chain of references' "chain(100000, '%s')"
compiles 'a wide enum' "jsonb_build_object('enum', many('\"v%s\"', 500000))"
compiles 'many alternatives' "jsonb_build_object('anyOf', many('{\"type\": \"string\"}'))"
done_testing
