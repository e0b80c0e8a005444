// Statements that use every function in C and every trigger of agentchat, on the data of faults.sql. Ada calls them,
// or, with `by: 'owner'`, the owner of the tables. `uses` names the functions that a statement is for.
const c = "md5('c')::uuid";
const answer = `'[{"role": "assistant", "parts": [{"type": "text", "text": "Hello"}]}]'`;
const openai = `'[{"role": "assistant", "content": null, "tool_calls": [{"id": "x", "type": "function", "function":
    {"name": "weather", "arguments": "{\\"city\\": \\"Rome\\"}"}}]},
    {"role": "tool", "tool_call_id": "x", "content": "sun"}]'`;

const formats = ['rows', 'drizzle', 'ai-sdk', 'openai', 'openai-compatible', 'anthropic'];

const reads = [
    ...formats.map((format) => ({
        uses: ['get_conversation', 'get_conversation_json'],
        sql: `SELECT get_conversation(${c}, '${format}', 5), get_conversation_json(${c}, '${format}')`,
    })),
    {
        uses: ['get_conversation_by_name', 'get_conversation_json_by_name', 'list_conversations'],
        sql: `SELECT get_conversation(${c}::text), get_conversation_json(${c}::text),
            list_conversations(), list_conversations(words => 'rome')`,
    },
    {
        uses: ['get_context', 'get_context_by_name', 'count_tokens'],
        sql: `SELECT get_context(${c}, 60), get_context(${c}::text, 2000, 'anthropic', tokenizer => 'o200k_base')`,
    },
    { uses: ['count_tokens'], sql: `SELECT agentchat.count_tokens('The weather in Rome, 日本')`, by: 'owner' },
    {
        uses: ['search_messages', 'has_words'],
        sql: `SELECT search_messages('weather rome'), search_messages('"in rome" -paris', ${c}, 3)`,
    },
    {
        uses: ['has_words'],
        sql: `SELECT count(*) FROM messages WHERE agentchat.has_words(content, 'rome')`,
        by: 'owner',
    },
    {
        uses: ['read_chunks', 'read_chunks_by_name'],
        sql: `SELECT read_chunks(${c}) - 'idle_ms', read_chunks(${c}::text, max => 1) - 'idle_ms'`,
    },
    { uses: ['current_user_id', 'agent_usage'], sql: 'SELECT current_user_id(), agent_usage()' },
    { uses: ['get_agent'], sql: `SELECT get_agent(md5('i')::uuid), get_agent(md5('i')::uuid, 'openai')` },
    {
        uses: ['validate_tool_input'],
        sql: `SELECT validate_tool_input('weather', '{"city": "Rome"}'), validate_tool_input('weather', '{"city": 1}')`,
    },
    {
        uses: ['owns_conversation', 'owns_run'],
        sql: 'SELECT count(*) FROM messages, runs LEFT JOIN run_chunks ON run_id = runs.id',
    },
    {
        uses: [
            'default_agent_limit',
            'require_feature',
            'clean_json',
            'json_schema_error',
            'ui_parts',
            'auth_user_name',
            'auth_user_avatar_url',
        ],
        by: 'owner',
        sql: `SELECT agentchat.default_agent_limit(), agentchat.require_feature('runs'),
            agentchat.clean_json('{"a": "\\u0000"}'), agentchat.json_schema_error('{"type": "nothing"}'),
            agentchat.ui_parts('[{"type": "text", "text": "a"}]', 'vercel'),
            agentchat.auth_user_name('{"name": "Ada"}'), agentchat.auth_user_avatar_url('{"avatar_url": "a"}')`,
    },
    { uses: ['export_conversation'], by: 'owner', sql: `SELECT agentchat.export_conversation(${c})` },
];

const writes = [
    { uses: ['append_messages'], sql: `SELECT append_messages(${c}, ${answer})` },
    {
        uses: ['append_messages_by_name'],
        sql: `SELECT append_messages(${c}::text, ${openai}, 'openai', check_tools => true)`,
    },
    {
        uses: ['create_conversation'],
        sql: `SELECT create_conversation('New', ${answer}, 'Be kind.', '{"a": 1}') - '{id,messages}'::text[]`,
    },
    {
        uses: ['fork_conversation'],
        sql: `SELECT jsonb_typeof(to_jsonb(fork_conversation(${c}, md5('m5')::uuid::text)))`,
    },
    { uses: ['fork_conversation_by_name'], sql: `SELECT jsonb_typeof(to_jsonb(fork_conversation(${c}::text)))` },
    { uses: ['truncate_conversation'], sql: `SELECT truncate_conversation(${c}, md5('m9')::uuid::text)` },
    { uses: ['truncate_conversation_by_name'], sql: `SELECT truncate_conversation(${c}::text, md5('m3')::uuid::text)` },
    { uses: ['update_conversation'], sql: `SELECT update_conversation(${c}, 'Maui', '{"a": 1}') - 'updated_at'` },
    { uses: ['update_conversation_by_name'], sql: `SELECT update_conversation(${c}::text, 'Kauai') - 'updated_at'` },
    { uses: ['start_run'], sql: `SELECT start_run(md5('empty')::uuid) ->> 'status'` },
    { uses: ['start_run'], fails: 'PT409', sql: `SELECT start_run(${c}, stale_after => '1000 years')` },
    { uses: ['start_run_by_name'], sql: `SELECT start_run(md5('empty')::uuid::text) ->> 'status'` },
    {
        uses: ['append_chunks', 'heartbeat_run', 'protect_chunks'],
        sql: `SELECT append_chunks(md5('r')::uuid, '[{"type": "text-delta", "id": "1", "delta": "a"}]', 4),
            heartbeat_run(md5('r')::uuid)`,
    },
    {
        uses: ['finish_run', 'protect_run'],
        sql: `SELECT finish_run(md5('r')::uuid, 'finished', ${answer}) ->> 'status'`,
    },
    { uses: ['stop_run'], sql: `SELECT stop_run(${c}) ->> 'status'` },
    { uses: ['stop_run_by_name'], sql: `SELECT stop_run(${c}::text) ->> 'status'` },
    { uses: ['recover_run'], sql: `SELECT recover_run(${c}, '1000 years') - 'idle_ms'` },
    { uses: ['recover_run_by_name'], sql: `SELECT recover_run(${c}::text, '1000 years') - 'idle_ms'` },
    {
        uses: ['advance_workflow'],
        sql: `SELECT advance_workflow(md5('w')::uuid, 'running', '{"did": 1}') - 'updated_at'`,
    },
    { uses: ['index_messages'], by: 'owner', sql: 'SELECT agentchat.index_messages()' },
    {
        uses: ['set_created_at', 'touch_conversations', 'index_new_messages'],
        sql: `INSERT INTO messages (conversation_id, role, content)
            SELECT ${c}, 'user', 'Again ' || n FROM generate_series(1, 3) n
            RETURNING content, created_at - '2100-01-05'`,
    },
    {
        uses: ['set_created_at', 'touch_conversations', 'index_new_messages'],
        sql: `UPDATE messages SET content = content || ' changed' WHERE role = 'user' RETURNING content`,
    },
    { uses: ['touch_conversations'], sql: `DELETE FROM messages WHERE role = 'user' RETURNING content` },
    {
        uses: ['enforce_agent_limit', 'check_agent_instance_links'],
        sql: `INSERT INTO agent_instances (user_id, definition_id, name)
            SELECT md5('ada')::uuid, md5('d')::uuid, 'One of ' || n FROM generate_series(1, 4) n RETURNING name`,
    },
    {
        uses: ['enforce_agent_limit'],
        fails: 'PT402',
        sql: `INSERT INTO agent_instances (user_id, definition_id, name)
            SELECT md5('ada')::uuid, md5('d')::uuid, 'Too many ' || n FROM generate_series(1, 5) n`,
    },
    {
        uses: ['enforce_agent_limit', 'set_updated_at'],
        sql: `UPDATE agent_instances SET status = 'archived', metadata = '{}' RETURNING status`,
    },
    {
        uses: ['check_artifact_links'],
        sql: `INSERT INTO artifacts (user_id, message_id, type, title) VALUES
            (md5('ada')::uuid, md5('m3')::uuid, 'text', 'Notes') RETURNING title`,
    },
    {
        uses: ['check_agent_definition_tools'],
        sql: `INSERT INTO agent_definitions (user_id, name, description, system_prompt, tools) VALUES
            (md5('ada')::uuid, 'Sibyl', 'Knows', 'Be kind.', '["weather"]') RETURNING name`,
    },
    {
        uses: ['check_workflow_links', 'check_workflow_status'],
        sql: `UPDATE workflows SET status = 'running', agent_instance_id = md5('i')::uuid RETURNING status`,
    },
    {
        uses: ['check_tool_schema', 'protect_tool'],
        by: 'owner',
        sql: `UPDATE agent_tools SET schema = '{"type": "object", "properties": {"day": {"format": "date"}}}'
            RETURNING name`,
    },
    {
        uses: ['protect_tool'],
        by: 'owner',
        fails: '23503',
        sql: `DELETE FROM agent_tools`,
    },
    { uses: ['protect_user'], by: 'owner', sql: `UPDATE users SET name = 'Countess' RETURNING name` },
    {
        uses: ['index_moved_conversation'],
        by: 'owner',
        sql: `UPDATE conversations SET user_id = md5('bob')::uuid RETURNING title`,
    },
    {
        uses: ['sync_auth_user'],
        by: 'owner',
        sql: `INSERT INTO auth.users (id, email) VALUES (md5('eve')::uuid, 'eve@example.com') RETURNING email`,
    },
];

module.exports = { reads, writes };
