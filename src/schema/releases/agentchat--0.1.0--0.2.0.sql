-- Complains if this script is run in psql instead of by ALTER EXTENSION.
\echo Use "ALTER EXTENSION agentchat UPDATE" to load this file. \quit
-- Stops the script if a function of the user has the name of one of ours. PostgreSQL would accept a function
-- with other arguments beside ours, and callers might get either.
DO $function_names$
DECLARE
    taken text;
BEGIN
    SELECT p.oid::pg_catalog.regprocedure::text INTO taken
    FROM pg_catalog.pg_proc p
    WHERE p.pronamespace OPERATOR(pg_catalog.=) '@extschema@'::pg_catalog.regnamespace
      AND p.proname OPERATOR(pg_catalog.=) ANY (ARRAY[
          'advance_workflow', 'agent_usage', 'append_chunks', 'append_messages', 'create_conversation',
          'current_user_id', 'finish_run', 'fork_conversation', 'get_agent', 'get_context',
          'get_conversation', 'get_conversation_json', 'heartbeat_run', 'list_conversations', 'read_chunks',
          'recover_run', 'search_messages', 'start_run', 'stop_run', 'truncate_conversation',
          'update_conversation', 'validate_tool_input'
          ]::pg_catalog.name[])
      -- An update finds the functions of the previous version.
      AND NOT EXISTS (
          SELECT FROM pg_catalog.pg_depend d
              JOIN pg_catalog.pg_extension e ON d.refobjid OPERATOR(pg_catalog.=) e.oid
          WHERE d.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_proc'::pg_catalog.regclass
            AND d.objid OPERATOR(pg_catalog.=) p.oid
            AND d.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_extension'::pg_catalog.regclass
            AND e.extname OPERATOR(pg_catalog.=) 'agentchat')
    ORDER BY p.oid
    LIMIT 1;
    IF taken IS NOT NULL THEN
        RAISE EXCEPTION 'a function with a name that agentchat needs already exists'
            USING ERRCODE = 'duplicate_function',
                  DETAIL = pg_catalog.format('The schema %s contains %s.', '@extschema@', taken),
                  HINT = 'Rename it, or install agentchat into a separate schema: '
                         'CREATE SCHEMA chat; CREATE EXTENSION agentchat SCHEMA chat;';
    END IF;
END
$function_names$;
-- current_user_id(), which policies and functions ask for the caller.
CREATE FUNCTION @extschema@.current_user_id() RETURNS uuid
    LANGUAGE c STABLE PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'agentchat_current_user_id';

GRANT EXECUTE ON FUNCTION @extschema@.current_user_id() TO PUBLIC;

COMMENT ON FUNCTION @extschema@.current_user_id() IS
'Returns the id of the calling user, or NULL without one.

PostgREST takes the id from the JWT: it is the claim sub of the setting request.jwt.claims, or the older '
'setting request.jwt.claim.sub, which comes first. auth.uid() of Supabase returns the same. Errors: 22023 '
'the claims are not JSON, or sub is not a UUID.';
-- What administration asks about this installation. The SQL edition has these functions in
-- sql_edition/install/installation.sql.

-- version() returns the edition and the version of agentchat in this database.
CREATE FUNCTION agentchat.version(OUT edition text, OUT version text)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT 'extension', e.extversion FROM pg_extension e WHERE e.extname = 'agentchat'
$function$;

GRANT EXECUTE ON FUNCTION agentchat.version() TO PUBLIC;

COMMENT ON FUNCTION agentchat.version() IS
'Returns the edition of agentchat in this database, extension or sql, and its version.';

-- tables_schema() returns the schema of the tables and of the functions that users call.
CREATE FUNCTION agentchat.tables_schema() RETURNS oid
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT e.extnamespace FROM pg_extension e WHERE e.extname = 'agentchat'
$function$;

-- own_functions() returns all functions of agentchat.
CREATE FUNCTION agentchat.own_functions() RETURNS SETOF oid
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT d.objid
FROM pg_depend d
    JOIN pg_extension e ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid
WHERE d.classid = 'pg_proc'::regclass AND d.deptype = 'e' AND e.extname = 'agentchat'
$function$;
-- The rules of the tables: the functions that triggers and policies call. The first two comments are here for
-- updates from version 0.1.0.
COMMENT ON SCHEMA agentchat IS
'The internals of the extension agentchat: the functions of triggers and policies, and administration.';

COMMENT ON FUNCTION agentchat.set_updated_at() IS
'Trigger function, BEFORE UPDATE FOR EACH ROW: if the row changes, sets the column updated_at (timestamp, in '
'UTC, or timestamptz) to the time of the transaction, but never backwards. You can use it on your own '
'tables. Errors: 39P01 called by another kind of trigger; 42703 column missing; 42804 column of another '
'type.';

CREATE FUNCTION agentchat.set_created_at() RETURNS trigger
    LANGUAGE c
    AS 'MODULE_PATHNAME', 'agentchat_set_created_at';

GRANT EXECUTE ON FUNCTION agentchat.set_created_at() TO PUBLIC;

COMMENT ON FUNCTION agentchat.set_created_at() IS
'Trigger function of messages, BEFORE INSERT OR UPDATE FOR EACH ROW: moves created_at to the next '
'microsecond if the message would otherwise not come after those written before it. It keeps times that '
'differ on purpose. Errors: 39P01 called by another kind of trigger; 42703 column missing; 42804 column of '
'another type.';

CREATE FUNCTION agentchat.touch_conversations() RETURNS trigger
    LANGUAGE c
    AS 'MODULE_PATHNAME', 'agentchat_touch_conversations';

GRANT EXECUTE ON FUNCTION agentchat.touch_conversations() TO PUBLIC;

COMMENT ON FUNCTION agentchat.touch_conversations() IS
'Trigger function of messages, AFTER INSERT, UPDATE or DELETE FOR EACH STATEMENT with transition tables: '
'sets updated_at of the conversations whose messages changed to the time of the transaction, but never '
'backwards. Errors: 39P01 called by another kind of trigger; 42703 column missing; 42804 column of another '
'type.';

CREATE FUNCTION agentchat.enforce_agent_limit() RETURNS trigger
    LANGUAGE c
    AS 'MODULE_PATHNAME', 'agentchat_enforce_agent_limit';

GRANT EXECUTE ON FUNCTION agentchat.enforce_agent_limit() TO PUBLIC;

COMMENT ON FUNCTION agentchat.enforce_agent_limit() IS
'Trigger function of agent_instances, AFTER INSERT or UPDATE FOR EACH STATEMENT with transition tables: '
'refuses a statement that gives a user more agents than the subscription allows. Archived agents do not '
'count. Errors: PT402 agent limit reached; 39P01 called by another kind of trigger; 42703 column missing; '
'42804 column of another type.';

CREATE FUNCTION agentchat.default_agent_limit() RETURNS integer
    LANGUAGE c STABLE PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'agentchat_default_agent_limit';

GRANT EXECUTE ON FUNCTION agentchat.default_agent_limit() TO PUBLIC;

COMMENT ON FUNCTION agentchat.default_agent_limit() IS
'Returns how many agents a user without an active subscription may have: the setting '
'agentchat.default_agent_limit, which only superusers can change; -1 for no limit.';

CREATE FUNCTION agentchat.owns_conversation(conversation_id uuid) RETURNS boolean
    LANGUAGE c STABLE STRICT PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'agentchat_owns_conversation';

GRANT EXECUTE ON FUNCTION agentchat.owns_conversation(uuid) TO PUBLIC;

COMMENT ON FUNCTION agentchat.owns_conversation(uuid) IS
'Returns whether the conversation belongs to the caller. Policies call it; it looks a conversation up once '
'for all its messages. Errors: 22023 the claims do not name a user.';

CREATE FUNCTION agentchat.protect_user() RETURNS trigger
    LANGUAGE c
    AS 'MODULE_PATHNAME', 'agentchat_protect_user';

GRANT EXECUTE ON FUNCTION agentchat.protect_user() TO PUBLIC;

COMMENT ON FUNCTION agentchat.protect_user() IS
'Trigger function of users, AFTER UPDATE FOR EACH ROW: lets callers who are subject to row-level security '
'change only name and avatar_url. Errors: 42501 another column would change; 39P01 called by another kind of '
'trigger.';

CREATE FUNCTION agentchat.check_artifact_links() RETURNS trigger
    LANGUAGE c
    AS 'MODULE_PATHNAME', 'agentchat_check_artifact_links';

GRANT EXECUTE ON FUNCTION agentchat.check_artifact_links() TO PUBLIC;

COMMENT ON FUNCTION agentchat.check_artifact_links() IS
'Trigger function of artifacts, AFTER INSERT OR UPDATE FOR EACH ROW: refuses callers who are subject to '
'row-level security a message_id from another user''s conversation. Errors: 42501 such a link; 39P01 called '
'by another kind of trigger.';

CREATE FUNCTION agentchat.check_agent_instance_links() RETURNS trigger
    LANGUAGE c
    AS 'MODULE_PATHNAME', 'agentchat_check_agent_instance_links';

GRANT EXECUTE ON FUNCTION agentchat.check_agent_instance_links() TO PUBLIC;

COMMENT ON FUNCTION agentchat.check_agent_instance_links() IS
'Trigger function of agent_instances, AFTER INSERT OR UPDATE FOR EACH ROW: refuses callers who are subject '
'to row-level security a definition_id that is another user''s and not public. Errors: 42501 such a link; '
'39P01 called by another kind of trigger.';

CREATE FUNCTION agentchat.check_workflow_links() RETURNS trigger
    LANGUAGE c
    AS 'MODULE_PATHNAME', 'agentchat_check_workflow_links';

GRANT EXECUTE ON FUNCTION agentchat.check_workflow_links() TO PUBLIC;

COMMENT ON FUNCTION agentchat.check_workflow_links() IS
'Trigger function of workflows, AFTER INSERT OR UPDATE FOR EACH ROW: refuses callers who are subject to '
'row-level security an agent_instance_id that is another user''s. Errors: 42501 such a link; 39P01 called by '
'another kind of trigger.';

CREATE FUNCTION agentchat.check_tool_schema() RETURNS trigger
    LANGUAGE c
    AS 'MODULE_PATHNAME', 'agentchat_check_tool_schema';

GRANT EXECUTE ON FUNCTION agentchat.check_tool_schema() TO PUBLIC;

COMMENT ON FUNCTION agentchat.check_tool_schema() IS
'Trigger function of agent_tools, AFTER INSERT OR UPDATE FOR EACH ROW: refuses a new value of the column '
'schema that is not a valid JSON Schema of draft 4, 6, 7, 2019-09 or 2020-12. Errors: 22023 such a schema, '
'with the JSON Pointer of the fault in DETAIL; 39P01 called by another kind of trigger; 42703 column '
'missing; 42804 column of another type.';

CREATE FUNCTION agentchat.json_schema_error(schema jsonb) RETURNS text
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 1000
    AS 'MODULE_PATHNAME', 'agentchat_json_schema_error';

GRANT EXECUTE ON FUNCTION agentchat.json_schema_error(jsonb) TO PUBLIC;

COMMENT ON FUNCTION agentchat.json_schema_error(jsonb) IS
'Returns what is wrong with a JSON Schema, with the JSON Pointer of the place: '
'"At /properties/a/type: must be ..."; NULL if the schema is valid.';

CREATE FUNCTION agentchat.check_agent_definition_tools() RETURNS trigger
    LANGUAGE c
    AS 'MODULE_PATHNAME', 'agentchat_check_agent_definition_tools';

GRANT EXECUTE ON FUNCTION agentchat.check_agent_definition_tools() TO PUBLIC;

COMMENT ON FUNCTION agentchat.check_agent_definition_tools() IS
'Trigger function of agent_definitions, AFTER INSERT OR UPDATE FOR EACH ROW: refuses tools that do not '
'exist, and keeps the others from being deleted or renamed until the transaction ends. Errors: 23503 a tool '
'does not exist; 22023 tools is not an array of strings; 39P01 called by another kind of trigger.';

CREATE FUNCTION agentchat.protect_tool() RETURNS trigger
    LANGUAGE c
    AS 'MODULE_PATHNAME', 'agentchat_protect_tool';

GRANT EXECUTE ON FUNCTION agentchat.protect_tool() TO PUBLIC;

COMMENT ON FUNCTION agentchat.protect_tool() IS
'Trigger function of agent_tools, AFTER UPDATE OR DELETE FOR EACH ROW: refuses to delete or rename a tool '
'that agent definitions use, or to change its id. Errors: 23503 definitions use the tool; 39P01 called by '
'another kind of trigger.';

CREATE FUNCTION agentchat.check_workflow_status() RETURNS trigger
    LANGUAGE c
    AS 'MODULE_PATHNAME', 'agentchat_check_workflow_status';

GRANT EXECUTE ON FUNCTION agentchat.check_workflow_status() TO PUBLIC;

COMMENT ON FUNCTION agentchat.check_workflow_status() IS
'Trigger function of workflows, AFTER UPDATE FOR EACH ROW: lets status change only from pending to running, '
'from running to completed or failed, and from failed to running. Errors: PT409 another change; 39P01 called '
'by another kind of trigger; 42703 column missing; 42804 column of another type.';

CREATE FUNCTION agentchat.require_feature(feature text) RETURNS void
    LANGUAGE c STRICT
    AS 'MODULE_PATHNAME', 'agentchat_require_feature';

GRANT EXECUTE ON FUNCTION agentchat.require_feature(text) TO PUBLIC;

COMMENT ON FUNCTION agentchat.require_feature(text) IS
'Raises an error unless the feature is on, for functions of features. Errors: 0A000 the feature is off; '
'22023 no feature has that name.';
-- The functions behind agentchat.link_supabase_auth(), which puts a trigger on auth.users of Supabase Auth.
CREATE FUNCTION agentchat.sync_auth_user() RETURNS trigger
    LANGUAGE c
    AS 'MODULE_PATHNAME', 'agentchat_sync_auth_user';

-- The function writes to users with the rights of their owner. Creating a trigger takes the privilege to
-- execute its function; firing one takes none. Therefore the function needs no other check.
REVOKE EXECUTE ON FUNCTION agentchat.sync_auth_user() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION agentchat.sync_auth_user() TO pg_database_owner;

COMMENT ON FUNCTION agentchat.sync_auth_user() IS
'Trigger function of auth.users, AFTER INSERT, UPDATE or DELETE FOR EACH ROW: copies the row to users. An '
'error in this becomes a warning. It refuses to delete the row of a user who still has data. Errors: 23503 '
'the user still has data; 39P01 called by another kind of trigger or on another table.';

CREATE FUNCTION agentchat.auth_user_name(metadata jsonb) RETURNS text
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'agentchat_auth_user_name';

COMMENT ON FUNCTION agentchat.auth_user_name(jsonb) IS
'Returns the display name in raw_user_meta_data of auth.users.';

CREATE FUNCTION agentchat.auth_user_avatar_url(metadata jsonb) RETURNS text
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'agentchat_auth_user_avatar_url';

COMMENT ON FUNCTION agentchat.auth_user_avatar_url(jsonb) IS
'Returns the URL of the picture in raw_user_meta_data of auth.users.';
-- The functions that the triggers and policies of the feature runs call.
CREATE FUNCTION agentchat.owns_run(run_id uuid) RETURNS boolean
    LANGUAGE c STABLE STRICT PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'agentchat_owns_run';

GRANT EXECUTE ON FUNCTION agentchat.owns_run(uuid) TO PUBLIC;

COMMENT ON FUNCTION agentchat.owns_run(uuid) IS
'Returns whether the conversation of the run belongs to the caller. Policies call it; it looks a run up once '
'for all its chunks. Errors: 22023 the claims do not name a user; 42P01 the table runs is missing.';

CREATE FUNCTION agentchat.protect_run() RETURNS trigger
    LANGUAGE c
    AS 'MODULE_PATHNAME', 'agentchat_protect_run';

GRANT EXECUTE ON FUNCTION agentchat.protect_run() TO PUBLIC;

COMMENT ON FUNCTION agentchat.protect_run() IS
'Trigger function of runs, AFTER UPDATE FOR EACH ROW: a run keeps its id, its conversation and its '
'message_id, and a run that is over keeps its status. Errors: PT409 the status would change; 22023 another '
'of these columns would change; 39P01 called by another kind of trigger, or for another table.';

CREATE FUNCTION agentchat.protect_chunks() RETURNS trigger
    LANGUAGE c
    AS 'MODULE_PATHNAME', 'agentchat_protect_chunks';

GRANT EXECUTE ON FUNCTION agentchat.protect_chunks() TO PUBLIC;

COMMENT ON FUNCTION agentchat.protect_chunks() IS
'Trigger function of run_chunks, AFTER INSERT, UPDATE or DELETE FOR EACH STATEMENT with transition tables: '
'chunks come only while their run is running, never change, and are deleted only when the run is over or '
'is deleted itself. Errors: PT409 a statement that breaks this rule; 39P01 called by another kind of '
'trigger, or for another table.';
-- The functions that the triggers of the feature search call.
CREATE FUNCTION agentchat.index_new_messages() RETURNS trigger
    LANGUAGE c
    AS 'MODULE_PATHNAME', 'agentchat_index_new_messages';

GRANT EXECUTE ON FUNCTION agentchat.index_new_messages() TO PUBLIC;

COMMENT ON FUNCTION agentchat.index_new_messages() IS
'Trigger function of messages, AFTER INSERT or UPDATE FOR EACH STATEMENT with transition tables: notes the '
'messages for the index of search_messages(), and brings the noted ones into the index when there are many. '
'Errors: 39P01 called by another kind of trigger, or for another table.';

CREATE FUNCTION agentchat.index_moved_conversation() RETURNS trigger
    LANGUAGE c
    AS 'MODULE_PATHNAME', 'agentchat_index_moved_conversation';

GRANT EXECUTE ON FUNCTION agentchat.index_moved_conversation() TO PUBLIC;

COMMENT ON FUNCTION agentchat.index_moved_conversation() IS
'Trigger function of conversations, AFTER UPDATE FOR EACH ROW: notes the messages of a conversation that '
'another user has got for the index of search_messages(). Errors: 39P01 called by another kind of trigger, '
'or for another table.';
-- The blueprint: the nine tables as they should be, empty, in the schema agentchat.
--
-- CREATE EXTENSION creates the user's tables after it, agentchat.adopt() brings existing tables to it, and
-- agentchat.check() reports the differences. All three compare the catalog's entries of the user's tables and
-- of these. Therefore each definition is in one place. Constraints, indexes and triggers have the names of
-- those of the user's tables.
-- The table users: the people who use the product.
CREATE TABLE agentchat.blueprint_users (
    id uuid DEFAULT pg_catalog.gen_random_uuid() NOT NULL,
    email text NOT NULL,
    name text,
    avatar_url text,
    created_at timestamp DEFAULT (pg_catalog.now() AT TIME ZONE 'utc') NOT NULL,
    updated_at timestamp DEFAULT (pg_catalog.now() AT TIME ZONE 'utc') NOT NULL,
    CONSTRAINT users_pkey PRIMARY KEY (id),
    CONSTRAINT users_email_unique UNIQUE (email)
);

COMMENT ON TABLE agentchat.blueprint_users IS 'The people who use the chat product.';
COMMENT ON COLUMN agentchat.blueprint_users.id IS 'With Supabase, the id in auth.users.';
COMMENT ON COLUMN agentchat.blueprint_users.email IS 'One row per e-mail address.';
COMMENT ON COLUMN agentchat.blueprint_users.name IS 'Display name.';
COMMENT ON COLUMN agentchat.blueprint_users.avatar_url IS 'URL of a picture.';
COMMENT ON COLUMN agentchat.blueprint_users.created_at IS 'In UTC.';
COMMENT ON COLUMN agentchat.blueprint_users.updated_at IS 'In UTC; set by trigger whenever the row changes.';
-- The table conversations: the conversations of users.
CREATE TABLE agentchat.blueprint_conversations (
    id uuid DEFAULT pg_catalog.gen_random_uuid() NOT NULL,
    user_id uuid NOT NULL,
    title text NOT NULL,
    system_prompt text,
    metadata jsonb,
    created_at timestamp DEFAULT (pg_catalog.now() AT TIME ZONE 'utc') NOT NULL,
    updated_at timestamp DEFAULT (pg_catalog.now() AT TIME ZONE 'utc') NOT NULL,
    CONSTRAINT conversations_pkey PRIMARY KEY (id),
    CONSTRAINT conversations_user_id_users_id_fk FOREIGN KEY (user_id)
        REFERENCES agentchat.blueprint_users (id),
    CONSTRAINT conversations_metadata_check CHECK (pg_catalog.jsonb_typeof(metadata) = 'object')
);

-- For a user's conversations, latest first.
CREATE INDEX conversations_user_id_updated_at_id_idx
    ON agentchat.blueprint_conversations (user_id, updated_at, id);

COMMENT ON TABLE agentchat.blueprint_conversations IS 'A conversation of a user with the assistant.';
COMMENT ON COLUMN agentchat.blueprint_conversations.user_id IS 'Whose conversation it is.';
COMMENT ON COLUMN agentchat.blueprint_conversations.title IS 'As listed to the user.';
COMMENT ON COLUMN agentchat.blueprint_conversations.system_prompt IS
    'Instructions that stand before the first message.';
COMMENT ON COLUMN agentchat.blueprint_conversations.metadata IS
    'What the application wants to keep with it: a JSON object.';
COMMENT ON COLUMN agentchat.blueprint_conversations.created_at IS 'In UTC.';
COMMENT ON COLUMN agentchat.blueprint_conversations.updated_at IS
    'In UTC; set by trigger whenever the row changes.';
-- The table messages: the messages of conversations.
CREATE TABLE agentchat.blueprint_messages (
    id uuid DEFAULT pg_catalog.gen_random_uuid() NOT NULL,
    conversation_id uuid NOT NULL,
    role text NOT NULL,
    content text NOT NULL,
    parts jsonb,
    attachments jsonb,
    reasoning text,
    created_at timestamp DEFAULT (pg_catalog.now() AT TIME ZONE 'utc') NOT NULL,
    CONSTRAINT messages_pkey PRIMARY KEY (id),
    CONSTRAINT messages_conversation_id_conversations_id_fk FOREIGN KEY (conversation_id)
        REFERENCES agentchat.blueprint_conversations (id) ON DELETE CASCADE,
    CONSTRAINT messages_role_check CHECK (role IN ('user', 'assistant', 'system')),
    CONSTRAINT messages_parts_check CHECK (pg_catalog.jsonb_typeof(parts) = 'array'),
    CONSTRAINT messages_attachments_check CHECK (pg_catalog.jsonb_typeof(attachments) = 'array')
);

-- PostgreSQL stores values apart from their row to fit four rows on a page; here it is two. An answer of a
-- few kilobytes is then read with its row, without a scan of the TOAST table's index.
ALTER TABLE agentchat.blueprint_messages SET (toast_tuple_target = 4080);

-- For reading the messages of a conversation in their order.
CREATE INDEX messages_conversation_id_created_at_id_idx
    ON agentchat.blueprint_messages (conversation_id, created_at, id);

COMMENT ON TABLE agentchat.blueprint_messages IS
    'The messages of a conversation; their order is created_at, id.';
COMMENT ON COLUMN agentchat.blueprint_messages.role IS 'Who speaks: user, assistant or system.';
COMMENT ON COLUMN agentchat.blueprint_messages.content IS 'The text.';
COMMENT ON COLUMN agentchat.blueprint_messages.parts IS 'The parts of an AI SDK UIMessage: a JSON array.';
COMMENT ON COLUMN agentchat.blueprint_messages.attachments IS 'Files sent along: a JSON array.';
COMMENT ON COLUMN agentchat.blueprint_messages.reasoning IS 'What the model thought before it answered.';
COMMENT ON COLUMN agentchat.blueprint_messages.created_at IS 'In UTC; with id the order of the conversation.';
-- The table artifacts: the documents of users.
CREATE TABLE agentchat.blueprint_artifacts (
    id uuid DEFAULT pg_catalog.gen_random_uuid() NOT NULL,
    user_id uuid NOT NULL,
    message_id uuid,
    type text NOT NULL,
    title text NOT NULL,
    content text,
    metadata jsonb,
    created_at timestamp DEFAULT (pg_catalog.now() AT TIME ZONE 'utc') NOT NULL,
    updated_at timestamp DEFAULT (pg_catalog.now() AT TIME ZONE 'utc') NOT NULL,
    CONSTRAINT artifacts_pkey PRIMARY KEY (id),
    CONSTRAINT artifacts_user_id_users_id_fk FOREIGN KEY (user_id) REFERENCES agentchat.blueprint_users (id),
    CONSTRAINT artifacts_message_id_messages_id_fk FOREIGN KEY (message_id)
        REFERENCES agentchat.blueprint_messages (id) ON DELETE SET NULL,
    CONSTRAINT artifacts_type_check CHECK (type IN ('code', 'text', 'sheet', 'image')),
    CONSTRAINT artifacts_metadata_check CHECK (pg_catalog.jsonb_typeof(metadata) = 'object')
);

CREATE INDEX artifacts_user_id_created_at_id_idx ON agentchat.blueprint_artifacts (user_id, created_at, id);
CREATE INDEX artifacts_message_id_idx ON agentchat.blueprint_artifacts (message_id);

COMMENT ON TABLE agentchat.blueprint_artifacts IS
    'Documents that came out of conversations: code, texts, sheets, images.';
COMMENT ON COLUMN agentchat.blueprint_artifacts.user_id IS 'Whose artifact it is.';
COMMENT ON COLUMN agentchat.blueprint_artifacts.message_id IS
    'The message that it came from; NULL when that was deleted.';
COMMENT ON COLUMN agentchat.blueprint_artifacts.type IS 'code, text, sheet or image.';
COMMENT ON COLUMN agentchat.blueprint_artifacts.metadata IS
    'What the application wants to keep with it: a JSON object.';
COMMENT ON COLUMN agentchat.blueprint_artifacts.created_at IS 'In UTC.';
COMMENT ON COLUMN agentchat.blueprint_artifacts.updated_at IS
    'In UTC; set by trigger whenever the row changes.';
-- The table agent_definitions: the agents that users have described.
CREATE TABLE agentchat.blueprint_agent_definitions (
    id uuid DEFAULT pg_catalog.gen_random_uuid() NOT NULL,
    user_id uuid NOT NULL,
    name text NOT NULL,
    description text NOT NULL,
    system_prompt text NOT NULL,
    is_public boolean DEFAULT false NOT NULL,
    tools jsonb,
    capabilities jsonb,
    metadata jsonb,
    created_at timestamp DEFAULT (pg_catalog.now() AT TIME ZONE 'utc') NOT NULL,
    updated_at timestamp DEFAULT (pg_catalog.now() AT TIME ZONE 'utc') NOT NULL,
    CONSTRAINT agent_definitions_pkey PRIMARY KEY (id),
    CONSTRAINT agent_definitions_user_id_users_id_fk FOREIGN KEY (user_id)
        REFERENCES agentchat.blueprint_users (id),
    CONSTRAINT agent_definitions_tools_check CHECK (pg_catalog.jsonb_typeof(tools) = 'array'),
    CONSTRAINT agent_definitions_capabilities_check CHECK (pg_catalog.jsonb_typeof(capabilities) = 'object'),
    CONSTRAINT agent_definitions_metadata_check CHECK (pg_catalog.jsonb_typeof(metadata) = 'object')
);

CREATE INDEX agent_definitions_user_id_created_at_id_idx
    ON agentchat.blueprint_agent_definitions (user_id, created_at, id);
-- For the gallery of public agents, which are few among many.
CREATE INDEX agent_definitions_public_created_at_id_idx
    ON agentchat.blueprint_agent_definitions (created_at, id) WHERE is_public;

COMMENT ON TABLE agentchat.blueprint_agent_definitions IS 'Agents as their authors describe them.';
COMMENT ON COLUMN agentchat.blueprint_agent_definitions.user_id IS 'The author.';
COMMENT ON COLUMN agentchat.blueprint_agent_definitions.system_prompt IS 'The agent''s instructions.';
COMMENT ON COLUMN agentchat.blueprint_agent_definitions.is_public IS
    'Whether other users may see and use it.';
COMMENT ON COLUMN agentchat.blueprint_agent_definitions.tools IS
    'The tools that it may use, by id or name: a JSON array of strings.';
COMMENT ON COLUMN agentchat.blueprint_agent_definitions.capabilities IS 'What it can do: a JSON object.';
COMMENT ON COLUMN agentchat.blueprint_agent_definitions.metadata IS
    'What the application wants to keep with it: a JSON object.';
COMMENT ON COLUMN agentchat.blueprint_agent_definitions.created_at IS 'In UTC.';
COMMENT ON COLUMN agentchat.blueprint_agent_definitions.updated_at IS
    'In UTC; set by trigger whenever the row changes.';
-- The table agent_instances: the agents that work for a user.
CREATE TABLE agentchat.blueprint_agent_instances (
    id uuid DEFAULT pg_catalog.gen_random_uuid() NOT NULL,
    user_id uuid NOT NULL,
    definition_id uuid NOT NULL,
    name text NOT NULL,
    configuration jsonb,
    status text DEFAULT 'active' NOT NULL,
    metadata jsonb,
    created_at timestamp DEFAULT (pg_catalog.now() AT TIME ZONE 'utc') NOT NULL,
    updated_at timestamp DEFAULT (pg_catalog.now() AT TIME ZONE 'utc') NOT NULL,
    CONSTRAINT agent_instances_pkey PRIMARY KEY (id),
    CONSTRAINT agent_instances_user_id_users_id_fk FOREIGN KEY (user_id)
        REFERENCES agentchat.blueprint_users (id),
    CONSTRAINT agent_instances_definition_id_agent_definitions_id_fk FOREIGN KEY (definition_id)
        REFERENCES agentchat.blueprint_agent_definitions (id),
    CONSTRAINT agent_instances_configuration_check CHECK (pg_catalog.jsonb_typeof(configuration) = 'object'),
    CONSTRAINT agent_instances_status_check CHECK (status IN ('active', 'paused', 'archived')),
    CONSTRAINT agent_instances_metadata_check CHECK (pg_catalog.jsonb_typeof(metadata) = 'object')
);

-- For a user's agents of one status, and for their number.
CREATE INDEX agent_instances_user_id_status_created_at_id_idx
    ON agentchat.blueprint_agent_instances (user_id, status, created_at, id);
CREATE INDEX agent_instances_definition_id_idx ON agentchat.blueprint_agent_instances (definition_id);

COMMENT ON TABLE agentchat.blueprint_agent_instances IS
    'Agents at work for a user, each made from a definition.';
COMMENT ON COLUMN agentchat.blueprint_agent_instances.user_id IS 'Whose agent it is.';
COMMENT ON COLUMN agentchat.blueprint_agent_instances.definition_id IS 'What it was made from.';
COMMENT ON COLUMN agentchat.blueprint_agent_instances.configuration IS
    'Laid over the definition''s capabilities: a JSON object.';
COMMENT ON COLUMN agentchat.blueprint_agent_instances.status IS 'active, paused or archived.';
COMMENT ON COLUMN agentchat.blueprint_agent_instances.metadata IS
    'What the application wants to keep with it: a JSON object.';
COMMENT ON COLUMN agentchat.blueprint_agent_instances.created_at IS 'In UTC.';
COMMENT ON COLUMN agentchat.blueprint_agent_instances.updated_at IS
    'In UTC; set by trigger whenever the row changes.';
-- The table agent_tools: the tools of agents.
CREATE TABLE agentchat.blueprint_agent_tools (
    id uuid DEFAULT pg_catalog.gen_random_uuid() NOT NULL,
    name text NOT NULL,
    description text NOT NULL,
    schema jsonb NOT NULL,
    is_system boolean DEFAULT false NOT NULL,
    metadata jsonb,
    created_at timestamp DEFAULT (pg_catalog.now() AT TIME ZONE 'utc') NOT NULL,
    updated_at timestamp DEFAULT (pg_catalog.now() AT TIME ZONE 'utc') NOT NULL,
    CONSTRAINT agent_tools_pkey PRIMARY KEY (id),
    CONSTRAINT agent_tools_name_unique UNIQUE (name),
    CONSTRAINT agent_tools_schema_check CHECK (pg_catalog.jsonb_typeof(schema) = 'object'),
    CONSTRAINT agent_tools_metadata_check CHECK (pg_catalog.jsonb_typeof(metadata) = 'object')
);

COMMENT ON TABLE agentchat.blueprint_agent_tools IS 'The tools that agents can call.';
COMMENT ON COLUMN agentchat.blueprint_agent_tools.name IS 'As the model calls it.';
COMMENT ON COLUMN agentchat.blueprint_agent_tools.description IS 'What the model is told about it.';
COMMENT ON COLUMN agentchat.blueprint_agent_tools.schema IS 'JSON Schema of its input.';
COMMENT ON COLUMN agentchat.blueprint_agent_tools.is_system IS 'Whether it came with the product.';
COMMENT ON COLUMN agentchat.blueprint_agent_tools.metadata IS
    'What the application wants to keep with it: a JSON object.';
COMMENT ON COLUMN agentchat.blueprint_agent_tools.created_at IS 'In UTC.';
COMMENT ON COLUMN agentchat.blueprint_agent_tools.updated_at IS
    'In UTC; set by trigger whenever the row changes.';
-- The table workflows: work that agents do step by step.
CREATE TABLE agentchat.blueprint_workflows (
    id uuid DEFAULT pg_catalog.gen_random_uuid() NOT NULL,
    user_id uuid NOT NULL,
    agent_instance_id uuid,
    workflow_id text NOT NULL,
    status text NOT NULL,
    goal text NOT NULL,
    steps jsonb,
    result jsonb,
    metadata jsonb,
    created_at timestamp DEFAULT (pg_catalog.now() AT TIME ZONE 'utc') NOT NULL,
    updated_at timestamp DEFAULT (pg_catalog.now() AT TIME ZONE 'utc') NOT NULL,
    CONSTRAINT workflows_pkey PRIMARY KEY (id),
    CONSTRAINT workflows_user_id_users_id_fk FOREIGN KEY (user_id) REFERENCES agentchat.blueprint_users (id),
    CONSTRAINT workflows_agent_instance_id_agent_instances_id_fk FOREIGN KEY (agent_instance_id)
        REFERENCES agentchat.blueprint_agent_instances (id) ON DELETE SET NULL,
    CONSTRAINT workflows_status_check CHECK (status IN ('pending', 'running', 'completed', 'failed')),
    CONSTRAINT workflows_steps_check CHECK (pg_catalog.jsonb_typeof(steps) = 'array'),
    CONSTRAINT workflows_metadata_check CHECK (pg_catalog.jsonb_typeof(metadata) = 'object')
);

CREATE INDEX workflows_user_id_created_at_id_idx ON agentchat.blueprint_workflows (user_id, created_at, id);
CREATE INDEX workflows_agent_instance_id_idx ON agentchat.blueprint_workflows (agent_instance_id);
-- For callbacks of the workflow service, which use its own id.
CREATE INDEX workflows_workflow_id_idx ON agentchat.blueprint_workflows (workflow_id);

COMMENT ON TABLE agentchat.blueprint_workflows IS 'Work of agents that goes on by itself, step by step.';
COMMENT ON COLUMN agentchat.blueprint_workflows.user_id IS 'For whom it runs.';
COMMENT ON COLUMN agentchat.blueprint_workflows.agent_instance_id IS
    'The agent at work; NULL when that was deleted.';
COMMENT ON COLUMN agentchat.blueprint_workflows.workflow_id IS 'The id at the workflow service (Upstash).';
COMMENT ON COLUMN agentchat.blueprint_workflows.status IS 'pending, running, completed or failed.';
COMMENT ON COLUMN agentchat.blueprint_workflows.steps IS 'The steps so far: a JSON array.';
COMMENT ON COLUMN agentchat.blueprint_workflows.result IS 'What came out.';
COMMENT ON COLUMN agentchat.blueprint_workflows.metadata IS
    'What the application wants to keep with it: a JSON object.';
COMMENT ON COLUMN agentchat.blueprint_workflows.created_at IS 'In UTC.';
COMMENT ON COLUMN agentchat.blueprint_workflows.updated_at IS
    'In UTC; set by trigger whenever the row changes.';
-- The table subscriptions: the plans of users and their limits.
CREATE TABLE agentchat.blueprint_subscriptions (
    id uuid DEFAULT pg_catalog.gen_random_uuid() NOT NULL,
    user_id uuid NOT NULL,
    stripe_customer_id text,
    stripe_subscription_id text,
    stripe_price_id text,
    stripe_current_period_end timestamp,
    plan text NOT NULL,
    status text NOT NULL,
    is_active boolean DEFAULT false NOT NULL,
    agent_limit integer NOT NULL,
    created_at timestamp DEFAULT (pg_catalog.now() AT TIME ZONE 'utc') NOT NULL,
    updated_at timestamp DEFAULT (pg_catalog.now() AT TIME ZONE 'utc') NOT NULL,
    CONSTRAINT subscriptions_pkey PRIMARY KEY (id),
    CONSTRAINT subscriptions_user_id_users_id_fk FOREIGN KEY (user_id)
        REFERENCES agentchat.blueprint_users (id),
    CONSTRAINT subscriptions_plan_check CHECK (plan IN ('free', 'pro', 'enterprise')),
    CONSTRAINT subscriptions_status_check CHECK (status IN ('active', 'canceled', 'past_due')),
    CONSTRAINT subscriptions_agent_limit_check CHECK (agent_limit >= -1)
);

CREATE INDEX subscriptions_user_id_idx ON agentchat.blueprint_subscriptions (user_id);
-- For the ON CONFLICT clause of a webhook.
CREATE UNIQUE INDEX subscriptions_stripe_subscription_id_idx
    ON agentchat.blueprint_subscriptions (stripe_subscription_id);

COMMENT ON TABLE agentchat.blueprint_subscriptions IS 'What users pay for, as Stripe has it.';
COMMENT ON COLUMN agentchat.blueprint_subscriptions.stripe_subscription_id IS
    'Unique: webhooks can upsert by it.';
COMMENT ON COLUMN agentchat.blueprint_subscriptions.stripe_current_period_end IS 'In UTC.';
COMMENT ON COLUMN agentchat.blueprint_subscriptions.plan IS 'free, pro or enterprise.';
COMMENT ON COLUMN agentchat.blueprint_subscriptions.status IS 'active, canceled or past_due.';
COMMENT ON COLUMN agentchat.blueprint_subscriptions.is_active IS 'Whether it counts now.';
COMMENT ON COLUMN agentchat.blueprint_subscriptions.agent_limit IS
    'How many agents the user may have; -1 is no limit.';
COMMENT ON COLUMN agentchat.blueprint_subscriptions.created_at IS 'In UTC.';
COMMENT ON COLUMN agentchat.blueprint_subscriptions.updated_at IS
    'In UTC; set by trigger whenever the row changes.';
-- The triggers of the tables.
CREATE TRIGGER agentchat_set_updated_at BEFORE UPDATE ON agentchat.blueprint_users
    FOR EACH ROW EXECUTE FUNCTION agentchat.set_updated_at();
CREATE TRIGGER agentchat_set_updated_at BEFORE UPDATE ON agentchat.blueprint_conversations
    FOR EACH ROW EXECUTE FUNCTION agentchat.set_updated_at();
CREATE TRIGGER agentchat_set_updated_at BEFORE UPDATE ON agentchat.blueprint_artifacts
    FOR EACH ROW EXECUTE FUNCTION agentchat.set_updated_at();
CREATE TRIGGER agentchat_set_updated_at BEFORE UPDATE ON agentchat.blueprint_agent_definitions
    FOR EACH ROW EXECUTE FUNCTION agentchat.set_updated_at();
CREATE TRIGGER agentchat_set_updated_at BEFORE UPDATE ON agentchat.blueprint_agent_instances
    FOR EACH ROW EXECUTE FUNCTION agentchat.set_updated_at();
CREATE TRIGGER agentchat_set_updated_at BEFORE UPDATE ON agentchat.blueprint_agent_tools
    FOR EACH ROW EXECUTE FUNCTION agentchat.set_updated_at();
CREATE TRIGGER agentchat_set_updated_at BEFORE UPDATE ON agentchat.blueprint_workflows
    FOR EACH ROW EXECUTE FUNCTION agentchat.set_updated_at();
CREATE TRIGGER agentchat_set_updated_at BEFORE UPDATE ON agentchat.blueprint_subscriptions
    FOR EACH ROW EXECUTE FUNCTION agentchat.set_updated_at();

-- The order of messages. Triggers fire in the order of their names: a trigger of the user that comes before
-- this one can set created_at as it likes.
CREATE TRIGGER agentchat_set_created_at BEFORE INSERT OR UPDATE ON agentchat.blueprint_messages
    FOR EACH ROW EXECUTE FUNCTION agentchat.set_created_at();

-- A trigger with transition tables can have only one event.
CREATE TRIGGER agentchat_touch_conversations_on_insert AFTER INSERT ON agentchat.blueprint_messages
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION agentchat.touch_conversations();
CREATE TRIGGER agentchat_touch_conversations_on_update AFTER UPDATE ON agentchat.blueprint_messages
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION agentchat.touch_conversations();
CREATE TRIGGER agentchat_touch_conversations_on_delete AFTER DELETE ON agentchat.blueprint_messages
    REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION agentchat.touch_conversations();

-- Deleting agents needs no check.
CREATE TRIGGER agentchat_enforce_agent_limit_on_insert AFTER INSERT ON agentchat.blueprint_agent_instances
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION agentchat.enforce_agent_limit();
CREATE TRIGGER agentchat_enforce_agent_limit_on_update AFTER UPDATE ON agentchat.blueprint_agent_instances
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION agentchat.enforce_agent_limit();

-- Rules that policies cannot express: they cannot compare the old row with the new one, and would also refuse
-- an UPDATE of other columns.
CREATE TRIGGER agentchat_protect_user AFTER UPDATE ON agentchat.blueprint_users
    FOR EACH ROW EXECUTE FUNCTION agentchat.protect_user();
CREATE TRIGGER agentchat_check_links AFTER INSERT OR UPDATE ON agentchat.blueprint_artifacts
    FOR EACH ROW EXECUTE FUNCTION agentchat.check_artifact_links();
CREATE TRIGGER agentchat_check_links AFTER INSERT OR UPDATE ON agentchat.blueprint_agent_instances
    FOR EACH ROW EXECUTE FUNCTION agentchat.check_agent_instance_links();
CREATE TRIGGER agentchat_check_links AFTER INSERT OR UPDATE ON agentchat.blueprint_workflows
    FOR EACH ROW EXECUTE FUNCTION agentchat.check_workflow_links();

-- The schemas of tools.
CREATE TRIGGER agentchat_check_schema AFTER INSERT OR UPDATE ON agentchat.blueprint_agent_tools
    FOR EACH ROW EXECUTE FUNCTION agentchat.check_tool_schema();

-- The tools that definitions name exist. Two triggers do the work of a foreign key, which cannot look into
-- jsonb.
CREATE TRIGGER agentchat_check_tools AFTER INSERT OR UPDATE ON agentchat.blueprint_agent_definitions
    FOR EACH ROW EXECUTE FUNCTION agentchat.check_agent_definition_tools();
CREATE TRIGGER agentchat_protect_tool AFTER UPDATE OR DELETE ON agentchat.blueprint_agent_tools
    FOR EACH ROW EXECUTE FUNCTION agentchat.protect_tool();

-- Workflows may begin with any status.
CREATE TRIGGER agentchat_check_status AFTER UPDATE ON agentchat.blueprint_workflows
    FOR EACH ROW EXECUTE FUNCTION agentchat.check_workflow_status();
-- Row-level security: the rows that a signed-in user can see and write. The owner of the tables and roles
-- with BYPASSRLS are not subject to it.
--
-- The policies are for PUBLIC. The names of the roles are not known, and a denial must hold whatever was
-- granted: Supabase's default privileges grant everything to everybody. Without a caller no row is visible,
-- because NULL equals nothing. A subquery is evaluated only once in a query.
--
-- An action without a policy is denied to users.
ALTER TABLE agentchat.blueprint_users ENABLE ROW LEVEL SECURITY;
ALTER TABLE agentchat.blueprint_conversations ENABLE ROW LEVEL SECURITY;
ALTER TABLE agentchat.blueprint_messages ENABLE ROW LEVEL SECURITY;
ALTER TABLE agentchat.blueprint_artifacts ENABLE ROW LEVEL SECURITY;
ALTER TABLE agentchat.blueprint_agent_definitions ENABLE ROW LEVEL SECURITY;
ALTER TABLE agentchat.blueprint_agent_instances ENABLE ROW LEVEL SECURITY;
ALTER TABLE agentchat.blueprint_agent_tools ENABLE ROW LEVEL SECURITY;
ALTER TABLE agentchat.blueprint_workflows ENABLE ROW LEVEL SECURITY;
ALTER TABLE agentchat.blueprint_subscriptions ENABLE ROW LEVEL SECURITY;

-- A trigger lets only name and avatar_url change.
CREATE POLICY users_select ON agentchat.blueprint_users FOR SELECT
    USING (id OPERATOR(pg_catalog.=) (SELECT @extschema@.current_user_id()));
CREATE POLICY users_update ON agentchat.blueprint_users FOR UPDATE
    USING (id OPERATOR(pg_catalog.=) (SELECT @extschema@.current_user_id()))
    WITH CHECK (id OPERATOR(pg_catalog.=) (SELECT @extschema@.current_user_id()));

CREATE POLICY conversations_select ON agentchat.blueprint_conversations FOR SELECT
    USING (user_id OPERATOR(pg_catalog.=) (SELECT @extschema@.current_user_id()));
CREATE POLICY conversations_insert ON agentchat.blueprint_conversations FOR INSERT
    WITH CHECK (user_id OPERATOR(pg_catalog.=) (SELECT @extschema@.current_user_id()));
CREATE POLICY conversations_update ON agentchat.blueprint_conversations FOR UPDATE
    USING (user_id OPERATOR(pg_catalog.=) (SELECT @extschema@.current_user_id()))
    WITH CHECK (user_id OPERATOR(pg_catalog.=) (SELECT @extschema@.current_user_id()));
CREATE POLICY conversations_delete ON agentchat.blueprint_conversations FOR DELETE
    USING (user_id OPERATOR(pg_catalog.=) (SELECT @extschema@.current_user_id()));

-- The function looks a conversation up once for all its messages.
CREATE POLICY messages_select ON agentchat.blueprint_messages FOR SELECT
    USING (agentchat.owns_conversation(conversation_id));
CREATE POLICY messages_insert ON agentchat.blueprint_messages FOR INSERT
    WITH CHECK (agentchat.owns_conversation(conversation_id));
CREATE POLICY messages_update ON agentchat.blueprint_messages FOR UPDATE
    USING (agentchat.owns_conversation(conversation_id))
    WITH CHECK (agentchat.owns_conversation(conversation_id));
CREATE POLICY messages_delete ON agentchat.blueprint_messages FOR DELETE
    USING (agentchat.owns_conversation(conversation_id));

CREATE POLICY artifacts_select ON agentchat.blueprint_artifacts FOR SELECT
    USING (user_id OPERATOR(pg_catalog.=) (SELECT @extschema@.current_user_id()));
CREATE POLICY artifacts_insert ON agentchat.blueprint_artifacts FOR INSERT
    WITH CHECK (user_id OPERATOR(pg_catalog.=) (SELECT @extschema@.current_user_id()));
CREATE POLICY artifacts_update ON agentchat.blueprint_artifacts FOR UPDATE
    USING (user_id OPERATOR(pg_catalog.=) (SELECT @extschema@.current_user_id()))
    WITH CHECK (user_id OPERATOR(pg_catalog.=) (SELECT @extschema@.current_user_id()));
CREATE POLICY artifacts_delete ON agentchat.blueprint_artifacts FOR DELETE
    USING (user_id OPERATOR(pg_catalog.=) (SELECT @extschema@.current_user_id()));

-- Signed-in users see their own definitions and public ones. Without a caller the comparison is NULL, which
-- equals nothing in the list. This form asks for the caller only once.
CREATE POLICY agent_definitions_select ON agentchat.blueprint_agent_definitions FOR SELECT
    USING ((user_id OPERATOR(pg_catalog.=) (SELECT @extschema@.current_user_id()))
           OPERATOR(pg_catalog.=) ANY (ARRAY[true, NOT is_public]));
CREATE POLICY agent_definitions_insert ON agentchat.blueprint_agent_definitions FOR INSERT
    WITH CHECK (user_id OPERATOR(pg_catalog.=) (SELECT @extschema@.current_user_id()));
CREATE POLICY agent_definitions_update ON agentchat.blueprint_agent_definitions FOR UPDATE
    USING (user_id OPERATOR(pg_catalog.=) (SELECT @extschema@.current_user_id()))
    WITH CHECK (user_id OPERATOR(pg_catalog.=) (SELECT @extschema@.current_user_id()));
CREATE POLICY agent_definitions_delete ON agentchat.blueprint_agent_definitions FOR DELETE
    USING (user_id OPERATOR(pg_catalog.=) (SELECT @extschema@.current_user_id()));

CREATE POLICY agent_instances_select ON agentchat.blueprint_agent_instances FOR SELECT
    USING (user_id OPERATOR(pg_catalog.=) (SELECT @extschema@.current_user_id()));
CREATE POLICY agent_instances_insert ON agentchat.blueprint_agent_instances FOR INSERT
    WITH CHECK (user_id OPERATOR(pg_catalog.=) (SELECT @extschema@.current_user_id()));
CREATE POLICY agent_instances_update ON agentchat.blueprint_agent_instances FOR UPDATE
    USING (user_id OPERATOR(pg_catalog.=) (SELECT @extschema@.current_user_id()))
    WITH CHECK (user_id OPERATOR(pg_catalog.=) (SELECT @extschema@.current_user_id()));
CREATE POLICY agent_instances_delete ON agentchat.blueprint_agent_instances FOR DELETE
    USING (user_id OPERATOR(pg_catalog.=) (SELECT @extschema@.current_user_id()));

CREATE POLICY agent_tools_select ON agentchat.blueprint_agent_tools FOR SELECT
    USING ((SELECT @extschema@.current_user_id()) IS NOT NULL);

CREATE POLICY workflows_select ON agentchat.blueprint_workflows FOR SELECT
    USING (user_id OPERATOR(pg_catalog.=) (SELECT @extschema@.current_user_id()));
CREATE POLICY workflows_insert ON agentchat.blueprint_workflows FOR INSERT
    WITH CHECK (user_id OPERATOR(pg_catalog.=) (SELECT @extschema@.current_user_id()));
CREATE POLICY workflows_update ON agentchat.blueprint_workflows FOR UPDATE
    USING (user_id OPERATOR(pg_catalog.=) (SELECT @extschema@.current_user_id()))
    WITH CHECK (user_id OPERATOR(pg_catalog.=) (SELECT @extschema@.current_user_id()));
CREATE POLICY workflows_delete ON agentchat.blueprint_workflows FOR DELETE
    USING (user_id OPERATOR(pg_catalog.=) (SELECT @extschema@.current_user_id()));

CREATE POLICY subscriptions_select ON agentchat.blueprint_subscriptions FOR SELECT
    USING (user_id OPERATOR(pg_catalog.=) (SELECT @extschema@.current_user_id()));
-- Compresses large columns with lz4 if the server supports it. It decompresses several times faster than
-- pglz, and these columns are mostly read.
DO $compression$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_settings s
                   WHERE s.name OPERATOR(pg_catalog.=) 'default_toast_compression'
                     AND 'lz4' OPERATOR(pg_catalog.=) ANY (s.enumvals)) THEN
        RETURN;
    END IF;
    ALTER TABLE agentchat.blueprint_conversations
        ALTER COLUMN system_prompt SET COMPRESSION lz4,
        ALTER COLUMN metadata SET COMPRESSION lz4;
    ALTER TABLE agentchat.blueprint_messages
        ALTER COLUMN content SET COMPRESSION lz4,
        ALTER COLUMN parts SET COMPRESSION lz4,
        ALTER COLUMN attachments SET COMPRESSION lz4,
        ALTER COLUMN reasoning SET COMPRESSION lz4;
    ALTER TABLE agentchat.blueprint_artifacts
        ALTER COLUMN content SET COMPRESSION lz4,
        ALTER COLUMN metadata SET COMPRESSION lz4;
    ALTER TABLE agentchat.blueprint_agent_definitions
        ALTER COLUMN description SET COMPRESSION lz4,
        ALTER COLUMN system_prompt SET COMPRESSION lz4,
        ALTER COLUMN tools SET COMPRESSION lz4,
        ALTER COLUMN capabilities SET COMPRESSION lz4,
        ALTER COLUMN metadata SET COMPRESSION lz4;
    ALTER TABLE agentchat.blueprint_agent_instances
        ALTER COLUMN configuration SET COMPRESSION lz4,
        ALTER COLUMN metadata SET COMPRESSION lz4;
    ALTER TABLE agentchat.blueprint_agent_tools
        ALTER COLUMN description SET COMPRESSION lz4,
        ALTER COLUMN schema SET COMPRESSION lz4,
        ALTER COLUMN metadata SET COMPRESSION lz4;
    ALTER TABLE agentchat.blueprint_workflows
        ALTER COLUMN goal SET COMPRESSION lz4,
        ALTER COLUMN steps SET COMPRESSION lz4,
        ALTER COLUMN result SET COMPRESSION lz4,
        ALTER COLUMN metadata SET COMPRESSION lz4;
END
$compression$;
-- The tables of the feature runs: answers in progress, and their chunks. agentchat.enable('runs') makes them.
CREATE TABLE agentchat.blueprint_runs (
    id uuid DEFAULT pg_catalog.gen_random_uuid() NOT NULL,
    conversation_id uuid NOT NULL,
    message_id uuid DEFAULT pg_catalog.gen_random_uuid() NOT NULL,
    status text DEFAULT 'running' NOT NULL,
    started_at timestamp DEFAULT (pg_catalog.now() AT TIME ZONE 'utc') NOT NULL,
    heartbeat_at timestamp,
    stop_requested_at timestamp,
    finished_at timestamp,
    error jsonb,
    metadata jsonb,
    CONSTRAINT runs_pkey PRIMARY KEY (id),
    CONSTRAINT runs_conversation_id_conversations_id_fk FOREIGN KEY (conversation_id)
        REFERENCES agentchat.blueprint_conversations (id) ON DELETE CASCADE,
    CONSTRAINT runs_status_check CHECK (status IN ('running', 'finished', 'failed', 'stopped')),
    CONSTRAINT runs_finished_at_check CHECK ((status = 'running') = (finished_at IS NULL)),
    CONSTRAINT runs_metadata_check CHECK (pg_catalog.jsonb_typeof(metadata) = 'object')
);

-- At most one running run in a conversation.
CREATE UNIQUE INDEX runs_conversation_id_running_idx
    ON agentchat.blueprint_runs (conversation_id) WHERE status = 'running';
CREATE INDEX runs_conversation_id_started_at_idx ON agentchat.blueprint_runs (conversation_id, started_at);

COMMENT ON TABLE agentchat.blueprint_runs IS 'A run: an answer from its start to its end.';
COMMENT ON COLUMN agentchat.blueprint_runs.conversation_id IS 'The conversation that the answer belongs to.';
COMMENT ON COLUMN agentchat.blueprint_runs.message_id IS
    'The id of the answer in messages, which gets the row when the run ends.';
COMMENT ON COLUMN agentchat.blueprint_runs.status IS 'running, finished, failed or stopped.';
COMMENT ON COLUMN agentchat.blueprint_runs.started_at IS 'In UTC.';
COMMENT ON COLUMN agentchat.blueprint_runs.heartbeat_at IS
    'In UTC; when the writer last said that it is alive without writing chunks.';
COMMENT ON COLUMN agentchat.blueprint_runs.stop_requested_at IS
    'In UTC; when the writer was asked to stop.';
COMMENT ON COLUMN agentchat.blueprint_runs.finished_at IS 'In UTC; NULL while the run is running.';
COMMENT ON COLUMN agentchat.blueprint_runs.error IS 'Why it failed.';
COMMENT ON COLUMN agentchat.blueprint_runs.metadata IS
    'What the application wants to keep with it: a JSON object.';

-- Rows are only inserted while the run lasts, and deleted when it ends.
CREATE TABLE agentchat.blueprint_run_chunks (
    run_id uuid NOT NULL,
    seq integer NOT NULL,
    chunk jsonb NOT NULL,
    created_at timestamp DEFAULT (pg_catalog.now() AT TIME ZONE 'utc') NOT NULL,
    CONSTRAINT run_chunks_pkey PRIMARY KEY (run_id, seq),
    CONSTRAINT run_chunks_run_id_runs_id_fk FOREIGN KEY (run_id)
        REFERENCES agentchat.blueprint_runs (id) ON DELETE CASCADE,
    CONSTRAINT run_chunks_seq_check CHECK (seq > 0)
);

COMMENT ON TABLE agentchat.blueprint_run_chunks IS
    'The chunks of answers in progress, as the AI SDK streams them.';
COMMENT ON COLUMN agentchat.blueprint_run_chunks.run_id IS 'The run that the chunk belongs to.';
COMMENT ON COLUMN agentchat.blueprint_run_chunks.seq IS 'The place of the chunk in its run, from 1.';
COMMENT ON COLUMN agentchat.blueprint_run_chunks.chunk IS 'A UIMessageChunk of the AI SDK.';
COMMENT ON COLUMN agentchat.blueprint_run_chunks.created_at IS 'In UTC.';

-- A run keeps its id, conversation and answer, and ends once.
CREATE TRIGGER agentchat_protect_run AFTER UPDATE ON agentchat.blueprint_runs
    FOR EACH ROW EXECUTE FUNCTION agentchat.protect_run();

-- Chunks come only while their run is running, never change, and go when it is over.
CREATE TRIGGER agentchat_protect_chunks_on_insert AFTER INSERT ON agentchat.blueprint_run_chunks
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION agentchat.protect_chunks();
CREATE TRIGGER agentchat_protect_chunks_on_update AFTER UPDATE ON agentchat.blueprint_run_chunks
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION agentchat.protect_chunks();
CREATE TRIGGER agentchat_protect_chunks_on_delete AFTER DELETE ON agentchat.blueprint_run_chunks
    REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION agentchat.protect_chunks();

ALTER TABLE agentchat.blueprint_runs ENABLE ROW LEVEL SECURITY;
ALTER TABLE agentchat.blueprint_run_chunks ENABLE ROW LEVEL SECURITY;

CREATE POLICY runs_select ON agentchat.blueprint_runs FOR SELECT
    USING (agentchat.owns_conversation(conversation_id));
CREATE POLICY runs_insert ON agentchat.blueprint_runs FOR INSERT
    WITH CHECK (agentchat.owns_conversation(conversation_id));
CREATE POLICY runs_update ON agentchat.blueprint_runs FOR UPDATE
    USING (agentchat.owns_conversation(conversation_id))
    WITH CHECK (agentchat.owns_conversation(conversation_id));
CREATE POLICY runs_delete ON agentchat.blueprint_runs FOR DELETE
    USING (agentchat.owns_conversation(conversation_id));

CREATE POLICY run_chunks_select ON agentchat.blueprint_run_chunks FOR SELECT
    USING (agentchat.owns_run(run_id));
CREATE POLICY run_chunks_insert ON agentchat.blueprint_run_chunks FOR INSERT
    WITH CHECK (agentchat.owns_run(run_id));
CREATE POLICY run_chunks_delete ON agentchat.blueprint_run_chunks FOR DELETE
    USING (agentchat.owns_run(run_id));

-- As in compression.sql.
DO $compression$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_settings s
                   WHERE s.name OPERATOR(pg_catalog.=) 'default_toast_compression'
                     AND 'lz4' OPERATOR(pg_catalog.=) ANY (s.enumvals)) THEN
        RETURN;
    END IF;
    ALTER TABLE agentchat.blueprint_runs
        ALTER COLUMN error SET COMPRESSION lz4,
        ALTER COLUMN metadata SET COMPRESSION lz4;
    ALTER TABLE agentchat.blueprint_run_chunks
        ALTER COLUMN chunk SET COMPRESSION lz4;
END
$compression$;
-- The tables of the feature search: an index of messages. agentchat.enable('search') makes them.
--
-- A message is noted in search_pending when it is written, and goes into a segment with many others later. A
-- search looks into both. Rows of segments are never changed: they are made and deleted.
CREATE TABLE agentchat.blueprint_search_pending (
    user_id uuid NOT NULL,
    noted_at timestamp DEFAULT (pg_catalog.clock_timestamp() AT TIME ZONE 'utc') NOT NULL,
    id uuid DEFAULT pg_catalog.gen_random_uuid() NOT NULL,
    message_id uuid NOT NULL,
    created_at timestamp NOT NULL,
    CONSTRAINT search_pending_pkey PRIMARY KEY (user_id, noted_at, id),
    CONSTRAINT search_pending_user_id_users_id_fk FOREIGN KEY (user_id)
        REFERENCES agentchat.blueprint_users (id) ON DELETE CASCADE
);

COMMENT ON TABLE agentchat.blueprint_search_pending IS
    'Messages that were written or changed, and are not in a segment of the index of search_messages().';
COMMENT ON COLUMN agentchat.blueprint_search_pending.user_id IS 'Whose conversation the message is in.';
COMMENT ON COLUMN agentchat.blueprint_search_pending.created_at IS 'That of the message, in UTC.';
COMMENT ON COLUMN agentchat.blueprint_search_pending.message_id IS 'The message. It may be deleted.';
COMMENT ON COLUMN agentchat.blueprint_search_pending.noted_at IS 'When the message was noted, in UTC.';
COMMENT ON COLUMN agentchat.blueprint_search_pending.id IS
    'Makes the row unique: a message that is changed twice is noted twice.';

CREATE TABLE agentchat.blueprint_search_segments (
    id uuid DEFAULT pg_catalog.gen_random_uuid() NOT NULL,
    user_id uuid NOT NULL,
    oldest timestamp NOT NULL,
    newest timestamp NOT NULL,
    messages bytea NOT NULL,
    CONSTRAINT search_segments_pkey PRIMARY KEY (id),
    CONSTRAINT search_segments_user_id_users_id_fk FOREIGN KEY (user_id)
        REFERENCES agentchat.blueprint_users (id) ON DELETE CASCADE
);

CREATE INDEX search_segments_user_id_newest_idx ON agentchat.blueprint_search_segments (user_id, newest);

COMMENT ON TABLE agentchat.blueprint_search_segments IS
    'The segments of the index of search_messages(): messages of a user.';
COMMENT ON COLUMN agentchat.blueprint_search_segments.user_id IS 'Whose conversations the messages are in.';
COMMENT ON COLUMN agentchat.blueprint_search_segments.oldest IS 'The time of the oldest message, in UTC.';
COMMENT ON COLUMN agentchat.blueprint_search_segments.newest IS 'The time of the newest message, in UTC.';
COMMENT ON COLUMN agentchat.blueprint_search_segments.messages IS
    'The messages, each by its time and id in 24 bytes.';

CREATE TABLE agentchat.blueprint_search_grams (
    segment_id uuid NOT NULL,
    bucket integer NOT NULL,
    grams bytea NOT NULL,
    CONSTRAINT search_grams_pkey PRIMARY KEY (segment_id, bucket),
    CONSTRAINT search_grams_segment_id_search_segments_id_fk FOREIGN KEY (segment_id)
        REFERENCES agentchat.blueprint_search_segments (id) ON DELETE CASCADE
);

COMMENT ON TABLE agentchat.blueprint_search_grams IS
    'What the messages of a segment contain: for each three letters, the messages that have them.';
COMMENT ON COLUMN agentchat.blueprint_search_grams.segment_id IS 'The segment.';
COMMENT ON COLUMN agentchat.blueprint_search_grams.bucket IS 'The number of the bucket of letters.';
COMMENT ON COLUMN agentchat.blueprint_search_grams.grams IS
    'The letters of the bucket, and the messages of each.';

-- Triggers on two of the nine tables, which exist only while the feature is on (feature_catalog() has their
-- names). Those of messages fire after agentchat_touch_conversations_*, in the order of their names: a
-- session then has the row of the conversation before it keeps others from moving it, as a session that moves
-- it does.
CREATE TRIGGER agentchat_update_search_on_insert AFTER INSERT ON agentchat.blueprint_messages
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION agentchat.index_new_messages();
CREATE TRIGGER agentchat_update_search_on_update AFTER UPDATE ON agentchat.blueprint_messages
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION agentchat.index_new_messages();
-- A conversation is touched with each message, but rarely gets another user.
CREATE TRIGGER agentchat_index_moved_conversation AFTER UPDATE ON agentchat.blueprint_conversations
    FOR EACH ROW WHEN (OLD.user_id IS DISTINCT FROM NEW.user_id)
    EXECUTE FUNCTION agentchat.index_moved_conversation();

-- Nobody but the owner reads these tables. The policies say so: Supabase's advisors miss them otherwise.
ALTER TABLE agentchat.blueprint_search_pending ENABLE ROW LEVEL SECURITY;
ALTER TABLE agentchat.blueprint_search_segments ENABLE ROW LEVEL SECURITY;
ALTER TABLE agentchat.blueprint_search_grams ENABLE ROW LEVEL SECURITY;
CREATE POLICY search_pending_select ON agentchat.blueprint_search_pending FOR SELECT USING (false);
CREATE POLICY search_segments_select ON agentchat.blueprint_search_segments FOR SELECT USING (false);
CREATE POLICY search_grams_select ON agentchat.blueprint_search_grams FOR SELECT USING (false);
-- The tables of the blueprint and of the user.
--
-- Every search_path in this folder ends with pg_temp. PostgreSQL searches pg_temp first if a search_path does
-- not name it. A database's owner could then create a temporary view pg_class that runs functions with the
-- rights of the role that installs the extension: a superuser.

-- tables_prefix() returns the schema of the tables, quoted and with a dot, to stand before a name.
CREATE FUNCTION agentchat.tables_prefix() RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT format('%I.', n.nspname) FROM pg_namespace n WHERE n.oid = agentchat.tables_schema()
$function$;

-- feature_catalog() returns the optional features, with the names of their tables, and of the triggers that
-- they have on the nine tables. Their blueprint is in the schema agentchat like that of the nine; the user's
-- tables and these triggers exist only after agentchat.enable(). What is derived can be made again from the
-- nine tables: it is no data of the user.
CREATE FUNCTION agentchat.feature_catalog(
    OUT feature text, OUT tables text[], OUT triggers text[], OUT is_derived boolean, OUT description text
) RETURNS SETOF record
    LANGUAGE sql IMMUTABLE ROWS 2 SET search_path = pg_catalog, pg_temp
    AS $function$
VALUES ('runs', '{runs,run_chunks}'::text[], '{}'::text[], false,
        'Answers in progress: they survive a reload, a lost network and a restart, and can be stopped.'),
       ('search', '{search_pending,search_segments,search_grams}',
        '{agentchat_update_search_on_insert,agentchat_update_search_on_update,'
        'agentchat_index_moved_conversation}', true,
        'An index of messages: search_messages() finds rare words among millions of messages at once.')
$function$;

-- feature_is_on() returns whether a feature is on: one of its tables has a trigger or a policy of the
-- blueprint, or one of the nine has a trigger of the feature. It has the name, and calls the function, of
-- that in the blueprint, because a table of the user's own may be called runs. No setting says it: in a dump
-- and its restore only the tables themselves last.
--
-- In PL/pgSQL, because it keeps its plan: tables() asks for it in each part of differences().
CREATE FUNCTION agentchat.feature_is_on(feature text) RETURNS boolean
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
BEGIN
    RETURN EXISTS (
        SELECT FROM agentchat.feature_catalog() f
            CROSS JOIN unnest(
                f.tables || CASE WHEN f.triggers <> '{}' THEN ARRAY['messages', 'conversations'] END) n (name)
            JOIN pg_class t ON t.relnamespace = agentchat.tables_schema() AND t.relname = n.name
            JOIN pg_class b
                ON b.relnamespace = 'agentchat'::regnamespace AND b.relname = 'blueprint_' || n.name
        WHERE f.feature = feature_is_on.feature
          AND (EXISTS (
                  SELECT FROM pg_trigger g
                      JOIN pg_trigger m ON m.tgrelid = b.oid AND m.tgname = g.tgname AND m.tgfoid = g.tgfoid
                  WHERE g.tgrelid = t.oid AND NOT g.tgisinternal
                    AND (n.name = ANY (f.tables) OR g.tgname = ANY (f.triggers)))
               OR EXISTS (
                  SELECT FROM pg_policy p
                      JOIN pg_policy m ON m.polrelid = b.oid AND m.polname = p.polname
                      JOIN pg_depend d ON d.classid = 'pg_policy'::regclass AND d.objid = p.oid
                          AND d.refclassid = 'pg_proc'::regclass
                      JOIN pg_depend k ON k.classid = 'pg_policy'::regclass AND k.objid = m.oid
                          AND k.refclassid = 'pg_proc'::regclass AND k.refobjid = d.refobjid
                  WHERE p.polrelid = t.oid AND n.name = ANY (f.tables))));
END
$function$;

-- tables() returns each table of the blueprint (model) and the user's table of that name (actual), if it
-- exists: the nine tables, those of the features that are on, and those of the feature to be switched on
-- (enabling). feature is NULL for the nine.
CREATE FUNCTION agentchat.tables(
    enabling text DEFAULT NULL, OUT model regclass, OUT actual regclass, OUT table_name text,
    OUT qualified_name text, OUT prefix text, OUT feature text
) RETURNS SETOF record
    LANGUAGE sql STABLE ROWS 9 SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT b.oid::regclass, t.oid::regclass, n.name, n.prefix || quote_ident(n.name), n.prefix, f.feature
FROM pg_namespace s
    CROSS JOIN pg_class b
    CROSS JOIN LATERAL (
        SELECT substr(b.relname, length('blueprint_') + 1), format('%I.', s.nspname)) n (name, prefix)
    LEFT JOIN pg_class t ON t.relnamespace = s.oid AND t.relname = n.name
    LEFT JOIN agentchat.feature_catalog() f ON n.name = ANY (f.tables)
WHERE s.oid = agentchat.tables_schema()
  AND b.relnamespace = 'agentchat'::regnamespace AND b.relkind = 'r' AND starts_with(b.relname, 'blueprint_')
  AND CASE WHEN f.feature IS NULL OR f.feature = enabling THEN true
           ELSE agentchat.feature_is_on(f.feature) END
ORDER BY b.oid
$function$;
-- api_privileges() returns the privileges on the tables that a role of the API needs, one in each row, with a
-- column if the privilege is on that column only. Row-level security decides about the rows. Roles that
-- bypass it are those of servers, which write everywhere.
CREATE FUNCTION agentchat.api_privileges(
    bypasses_rls boolean, OUT table_name text, OUT privilege text, OUT column_name text
) RETURNS SETOF record
    LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT t.name, p.name, NULL
FROM unnest(ARRAY['users', 'conversations', 'messages', 'artifacts', 'agent_definitions', 'agent_instances',
                  'agent_tools', 'workflows', 'subscriptions', 'runs', 'run_chunks'])
        WITH ORDINALITY t (name, n)
    CROSS JOIN unnest('{SELECT,INSERT,UPDATE,DELETE}'::text[]) WITH ORDINALITY p (name, n)
WHERE bypasses_rls OR p.name = 'SELECT'
   OR CASE t.name WHEN 'run_chunks' THEN p.name <> 'UPDATE'
      ELSE t.name NOT IN ('users', 'agent_tools', 'subscriptions') END
UNION ALL
SELECT 'users', 'UPDATE', c.name
FROM unnest('{name,avatar_url}'::text[]) c (name)
WHERE NOT bypasses_rls
$function$;

-- grant_statements() returns the statements that grant these privileges on one table, if there are any.
CREATE FUNCTION agentchat.grant_statements(
    bypasses_rls boolean, table_name text, qualified_name text, role text
) RETURNS text[]
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT array_remove(ARRAY[
    'GRANT ' || string_agg(p.privilege || coalesce(' (' || p.column_name || ')', ''), ', ')
    || format(' ON %s TO %s', qualified_name, role)], NULL)
FROM agentchat.api_privileges(bypasses_rls) p
WHERE p.table_name = grant_statements.table_name
$function$;

-- grant_api() grants them on all tables, and USAGE of the schema if the role does not have it.
CREATE FUNCTION agentchat.grant_api(role regrole) RETURNS TABLE (statement text)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    bypasses_rls boolean;
BEGIN
    PERFORM agentchat.require_owner('grant the API on them');
    IF role IS NULL THEN
        RAISE EXCEPTION 'role is NULL'
            USING ERRCODE = 'null_value_not_allowed',
                  HINT = 'Pass the name of a role: SELECT agentchat.grant_api(''authenticated'');';
    END IF;
    SELECT r.rolbypassrls OR r.rolsuper INTO bypasses_rls FROM pg_roles r WHERE r.oid = role;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'role "%" does not exist', role USING ERRCODE = 'undefined_object';
    END IF;
    FOR statement IN
        SELECT format('GRANT USAGE ON SCHEMA %I TO %s', n.nspname, role)
        FROM pg_namespace n
        WHERE n.oid = agentchat.tables_schema() AND NOT has_schema_privilege(role, n.oid, 'USAGE')
        UNION ALL
        SELECT s.statement
        FROM agentchat.tables() t
            CROSS JOIN LATERAL unnest(agentchat.grant_statements(
                bypasses_rls, t.table_name, t.qualified_name, role::text)) s (statement)
        WHERE t.actual IS NOT NULL
    LOOP
        EXECUTE statement;
        RETURN NEXT;
    END LOOP;
END
$function$;

REVOKE EXECUTE ON FUNCTION agentchat.grant_api(regrole) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION agentchat.grant_api(regrole) TO pg_database_owner;

COMMENT ON FUNCTION agentchat.grant_api(regrole) IS
'Grants a role the privileges of authenticated on the tables, or those of service_role if the role bypasses '
'row-level security, and returns the statements. The policies ask for current_user_id(), not for the role. '
'Errors: 22004 role is NULL; 42501 not the owner of the tables; 42704 the role does not exist.';
-- column_differences() compares the columns: type, default, NOT NULL, comment and compression.
CREATE FUNCTION agentchat.column_differences(enabling text) RETURNS TABLE (
    stage integer, object text, problem text, at_once text[], later text[], bad_rows text, essential boolean,
    model regclass, place integer)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
-- Each column of the blueprint beside the user's column of that name, if it exists.
WITH columns AS (
    SELECT c.*, format('column %s of %s', c.quoted, c.qualified_name) AS name,
        format('ALTER TABLE %s ALTER COLUMN %s', c.qualified_name, c.quoted) AS alter_column,
        -- ADD COLUMN rewrites the whole table if the default differs from row to row.
        c.actual IS NOT NULL AND NOT c.present AND c.default_value IS NOT DISTINCT FROM 'gen_random_uuid()'
            AS rewrites
    FROM (
        SELECT t.model, t.actual, t.qualified_name, m.attnum::integer AS place,
            quote_ident(m.attname) AS quoted, a.attnum IS NOT NULL AS present, a.attnum AS actual_attnum,
            m.atttypid, m.atttypmod, a.atttypid AS actual_atttypid, a.atttypmod AS actual_atttypmod,
            a.attgenerated <> '' OR a.attidentity <> '' AS generated,
            m.attnotnull, a.attnotnull AS actual_not_null,
            m.attcompression, a.attcompression AS actual_compression, (
                SELECT pg_get_expr(d.adbin, d.adrelid) FROM pg_attrdef d
                WHERE d.adrelid = m.attrelid AND d.adnum = m.attnum) AS default_value, (
                SELECT pg_get_expr(d.adbin, d.adrelid) FROM pg_attrdef d
                WHERE d.adrelid = a.attrelid AND d.adnum = a.attnum) AS actual_default, (
                SELECT d.description FROM pg_description d
                WHERE d.classoid = 'pg_class'::regclass AND d.objoid = m.attrelid AND d.objsubid = m.attnum)
                AS comment, (
                SELECT d.description FROM pg_description d
                WHERE d.classoid = 'pg_class'::regclass AND d.objoid = a.attrelid AND d.objsubid = a.attnum)
                AS actual_comment
        FROM agentchat.tables(enabling) t
            JOIN pg_attribute m ON m.attrelid = t.model AND m.attnum > 0 AND NOT m.attisdropped
            LEFT JOIN pg_attribute a ON a.attrelid = t.actual AND a.attname = m.attname
                AND a.attnum > 0 AND NOT a.attisdropped
    ) c
)
SELECT 0, c.name,
    format('has the type %s%s instead of %s', format_type(c.actual_atttypid, c.actual_atttypmod),
           CASE WHEN c.generated THEN ', generated' END, format_type(c.atttypid, c.atttypmod)),
    NULL::text[], NULL::text[], NULL::text, true, c.model, c.place
FROM columns c
WHERE c.present
  AND (c.actual_atttypid <> c.atttypid OR c.actual_atttypmod <> c.atttypmod OR c.generated)

UNION ALL
SELECT 20, c.name, 'missing',
    CASE WHEN NOT c.rewrites THEN ARRAY[s.statement] END, CASE WHEN c.rewrites THEN ARRAY[s.statement] END,
    NULL, true, c.model, c.place
FROM columns c
    CROSS JOIN LATERAL (
        SELECT concat_ws(' ', 'ALTER TABLE', c.qualified_name, 'ADD COLUMN', c.quoted,
                         format_type(c.atttypid, c.atttypmod), 'DEFAULT ' || c.default_value,
                         CASE WHEN c.attnotnull AND c.default_value IS NOT NULL THEN 'NOT NULL' END)
            AS statement) s
WHERE c.actual IS NOT NULL AND NOT c.present

UNION ALL
SELECT 30, 'default of ' || c.name,
    CASE WHEN c.actual_default IS NULL THEN 'missing'
         ELSE format('is %s instead of %s', c.actual_default, c.default_value) END,
    ARRAY[format('%s SET DEFAULT %s', c.alter_column, c.default_value)],
    NULL, NULL, true, c.model, c.place
FROM columns c
WHERE c.present AND c.default_value IS NOT NULL AND c.actual_default IS DISTINCT FROM c.default_value

UNION ALL
SELECT 32, c.name, 'does not allow NULL',
    ARRAY[c.alter_column || ' DROP NOT NULL'],
    NULL, NULL, true, c.model, c.place
FROM columns c
WHERE c.actual_not_null AND NOT c.attnotnull

UNION ALL
-- A valid CHECK spares SET NOT NULL its scan of the table, which would run under an exclusive lock.
SELECT 35, c.name, 'allows NULL',
    NULL,
    ARRAY[format('ALTER TABLE %s DROP CONSTRAINT IF EXISTS agentchat_not_null, '
                 'ADD CONSTRAINT agentchat_not_null CHECK (%s IS NOT NULL) NOT VALID',
                 c.qualified_name, c.quoted),
          format('ALTER TABLE %s VALIDATE CONSTRAINT agentchat_not_null', c.qualified_name),
          -- Two statements: a single one would drop the constraint first.
          c.alter_column || ' SET NOT NULL',
          format('ALTER TABLE %s DROP CONSTRAINT agentchat_not_null', c.qualified_name)],
    format('SELECT count(*) FROM %s WHERE %s', c.qualified_name,
           CASE WHEN c.present THEN c.quoted || ' IS NULL' ELSE 'true' END),
    true, c.model, c.place
FROM columns c
WHERE c.actual IS NOT NULL AND c.attnotnull
  AND NOT CASE
      -- Since PostgreSQL 18 attnotnull is set even if the existing rows have not been checked.
      WHEN c.present THEN c.actual_not_null AND NOT EXISTS (
          SELECT FROM pg_constraint k
          WHERE k.conrelid = c.actual AND k.contype = 'n' AND k.conkey[1] = c.actual_attnum
            AND NOT k.convalidated)
      -- A missing column is added with NOT NULL if it has a default.
      ELSE c.default_value IS NOT NULL END

UNION ALL
SELECT 110, 'comment of ' || c.name, 'missing',
    CASE WHEN NOT c.rewrites THEN ARRAY[s.statement] END, CASE WHEN c.rewrites THEN ARRAY[s.statement] END,
    NULL, false, c.model, c.place
FROM columns c
    CROSS JOIN LATERAL (
        SELECT format('COMMENT ON COLUMN %s.%s IS %L', c.qualified_name, c.quoted, c.comment) AS statement) s
WHERE c.comment IS NOT NULL AND c.actual_comment IS NULL

UNION ALL
SELECT 120, 'compression of ' || c.name, 'not lz4',
    ARRAY[c.alter_column || ' SET COMPRESSION lz4'],
    NULL, NULL, false, c.model, c.place
FROM columns c
WHERE c.actual IS NOT NULL AND c.attcompression = 'l' AND coalesce(c.actual_compression, '') = ''
$function$;
-- table_differences() finds missing tables, and compares their comments and storage settings.
CREATE FUNCTION agentchat.table_differences(enabling text) RETURNS TABLE (
    stage integer, object text, problem text, at_once text[], later text[], bad_rows text, essential boolean,
    model regclass, place integer)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
WITH tables AS (
    SELECT t.*, m.description AS comment, a.description AS actual_comment
    FROM agentchat.tables(enabling) t
        LEFT JOIN pg_description m
            ON m.classoid = 'pg_class'::regclass AND m.objoid = t.model AND m.objsubid = 0
        LEFT JOIN pg_description a
            ON a.classoid = 'pg_class'::regclass AND a.objoid = t.actual AND a.objsubid = 0
)
SELECT 0, 'relation ' || t.qualified_name,
    format('is %s instead of a table', CASE c.relkind
        WHEN 'v' THEN 'a view' WHEN 'm' THEN 'a materialized view' WHEN 'p' THEN 'a partitioned table'
        WHEN 'f' THEN 'a foreign table' WHEN 'S' THEN 'a sequence' WHEN 'c' THEN 'a type'
        ELSE 'an index' END),
    NULL::text[], NULL::text[], NULL::text, true, t.model, 0
FROM tables t JOIN pg_class c ON c.oid = t.actual
WHERE c.relkind <> 'r'

UNION ALL
SELECT 10, 'table ' || t.qualified_name, 'missing',
    ARRAY[format('CREATE TABLE %s (%s)', t.qualified_name, (
        SELECT string_agg(
            concat_ws(' ', quote_ident(c.attname), format_type(c.atttypid, c.atttypmod),
                      'COMPRESSION ' || CASE c.attcompression WHEN 'l' THEN 'lz4' END,
                      'DEFAULT ' || pg_get_expr(d.adbin, d.adrelid),
                      CASE WHEN c.attnotnull THEN 'NOT NULL' END),
            ', ' ORDER BY c.attnum)
        FROM pg_attribute c
            LEFT JOIN pg_attrdef d ON d.adrelid = c.attrelid AND d.adnum = c.attnum
        WHERE c.attrelid = t.model AND c.attnum > 0 AND NOT c.attisdropped))],
    NULL, NULL, true, t.model, 0
FROM tables t
WHERE t.actual IS NULL

UNION ALL
SELECT 100, 'comment of table ' || t.qualified_name, 'missing',
    ARRAY[format('COMMENT ON TABLE %s IS %L', t.qualified_name, t.comment)],
    NULL, NULL, false, t.model, 0
FROM tables t
WHERE t.comment IS NOT NULL AND t.actual_comment IS NULL

UNION ALL
SELECT 130, 'storage of table ' || t.qualified_name, 'without ' || m.setting,
    ARRAY[format('ALTER TABLE %s SET (%s)', t.qualified_name, m.setting)],
    NULL, NULL, false, t.model, 0
FROM tables t
    CROSS JOIN LATERAL (SELECT unnest(c.reloptions) AS setting FROM pg_class c WHERE c.oid = t.model) m
WHERE NOT EXISTS (SELECT FROM pg_class c CROSS JOIN unnest(c.reloptions) a
                  WHERE c.oid = t.actual AND split_part(a, '=', 1) = split_part(m.setting, '=', 1))
$function$;
-- compared_constraints() returns the constraints of the blueprint that have one of these types
-- (pg_constraint.contype), each beside the user's constraint of the same name, if it exists.
CREATE FUNCTION agentchat.compared_constraints(enabling text, contypes "char"[]) RETURNS TABLE (
    model regclass, actual regclass, qualified_name text, prefix text,
    name text, conname name, quoted text, contype "char", columns name[], quoted_column text, definition text,
    confrelid oid, conindid oid, present boolean, same boolean, convalidated boolean, countable boolean)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT t.model, t.actual, t.qualified_name, t.prefix,
    format('constraint %I of %s', m.conname, t.qualified_name), m.conname, quote_ident(m.conname), m.contype,
    k.columns, quote_ident(k.columns[1]), d.definition, m.confrelid, m.conindid,
    a.oid IS NOT NULL,
    coalesce(regexp_replace(d.actual_definition, ' NOT VALID$', '') = d.definition
             -- ALTER TABLE ... DISABLE TRIGGER ALL disables foreign keys.
             AND NOT EXISTS (SELECT FROM pg_trigger g
                             WHERE g.tgconstraint = a.oid AND g.tgenabled <> 'O'), false),
    a.convalidated,
    -- Whether rows can break it: they cannot if one of its columns is still missing.
    coalesce(k.columns <@ ARRAY(SELECT c.attname FROM pg_attribute c
                                WHERE c.attrelid = t.actual AND c.attnum > 0 AND NOT c.attisdropped),
             t.actual IS NOT NULL)
FROM agentchat.tables(enabling) t
    JOIN pg_constraint m ON m.conrelid = t.model AND m.contype = ANY (contypes)
    CROSS JOIN LATERAL (
        SELECT array_agg(c.attname ORDER BY u.n) AS columns
        FROM unnest(m.conkey) WITH ORDINALITY u (attnum, n)
            JOIN pg_attribute c ON c.attrelid = m.conrelid AND c.attnum = u.attnum) k
    LEFT JOIN pg_constraint a ON a.conrelid = t.actual AND a.conname = m.conname
        AND a.contype IN ('p', 'u', 'c', 'f')
    -- OFFSET 0 keeps the planner from calling pg_get_constraintdef() once for each use.
    CROSS JOIN LATERAL (
        SELECT replace(pg_get_constraintdef(m.oid), 'agentchat.blueprint_', t.prefix) AS definition,
            pg_get_constraintdef(a.oid) AS actual_definition
        OFFSET 0) d
$function$;
-- check_differences() compares the CHECK constraints.
CREATE FUNCTION agentchat.check_differences(enabling text) RETURNS TABLE (
    stage integer, object text, problem text, at_once text[], later text[], bad_rows text, essential boolean,
    model regclass, place integer)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT 40, c.name,
    CASE WHEN c.present AND c.same THEN 'not validated' WHEN c.present THEN 'has a different definition'
         ELSE 'missing' END,
    CASE WHEN NOT (c.present AND c.same) THEN
        array_remove(ARRAY[
            CASE WHEN c.present THEN
                format('ALTER TABLE %s DROP CONSTRAINT %s', c.qualified_name, c.quoted) END,
            format('ALTER TABLE %s ADD CONSTRAINT %s %s%s', c.qualified_name, c.quoted, c.definition,
                   CASE WHEN c.actual IS NOT NULL THEN ' NOT VALID' END)], NULL)
    END,
    CASE WHEN c.actual IS NOT NULL THEN
        ARRAY[format('ALTER TABLE %s VALIDATE CONSTRAINT %s', c.qualified_name, c.quoted)] END,
    CASE WHEN c.countable THEN
        format('SELECT count(*) FROM %s WHERE NOT (%s)', c.qualified_name,
               regexp_replace(c.definition, '^CHECK ', '')) END,
    true, c.model, 0
FROM agentchat.compared_constraints(enabling, '{c}') c
WHERE NOT (c.present AND c.same AND c.convalidated)
$function$;
-- duplicates_query() returns a query that counts the surplus rows of a unique index on columns, among
-- the rows that its predicate selects. For a primary key it also counts the rows without a value.
CREATE FUNCTION agentchat.duplicates_query(
    table_name text, quoted_columns text, primary_key boolean, predicate text DEFAULT NULL
) RETURNS text
    LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT format('SELECT count(%s) - count(DISTINCT (%s)) FROM %s',
              CASE WHEN primary_key THEN '*' ELSE format('(%s)', quoted_columns) END, quoted_columns,
              table_name)
    || coalesce(' WHERE ' || predicate, '')
$function$;

-- spare_indexes() returns the indexes of the user's tables that belong to no constraint. One whose definition
-- is that of a missing index can take its place; nameless is the definition without the index's own name.
CREATE FUNCTION agentchat.spare_indexes(enabling text) RETURNS TABLE (
    indrelid oid, relname name, quoted text, indisvalid boolean, nameless text)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT i.indrelid, c.relname, quote_ident(c.relname), i.indisvalid,
    replace(pg_get_indexdef(c.oid), format(' INDEX %I ON ', c.relname), ' INDEX ON ')
FROM agentchat.tables(enabling) t
    JOIN pg_index i ON i.indrelid = t.actual
    JOIN pg_class c ON c.oid = i.indexrelid
WHERE NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = c.oid AND k.contype IN ('p', 'u', 'x'))
$function$;

-- index_differences() compares the indexes that belong to no constraint; key_differences() compares the
-- others.
CREATE FUNCTION agentchat.index_differences(enabling text) RETURNS TABLE (
    stage integer, object text, problem text, at_once text[], later text[], bad_rows text, essential boolean,
    model regclass, place integer)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
WITH spare AS MATERIALIZED (
    SELECT s.* FROM agentchat.spare_indexes(enabling) s
),
compared AS (
    SELECT t.model, t.actual, t.qualified_name, t.prefix, quote_ident(c.relname) AS quoted, m.indisunique,
        d.definition, k.quoted_columns, pg_get_expr(m.indpred, m.indrelid) AS predicate,
        -- Whether rows can break it: they cannot if one of its columns is still missing.
        coalesce(k.columns <@ ARRAY(SELECT r.attname FROM pg_attribute r
                                    WHERE r.attrelid = t.actual AND r.attnum > 0 AND NOT r.attisdropped),
                 t.actual IS NOT NULL) AS countable,
        a.indexrelid IS NOT NULL AS present,
        coalesce(a.indisvalid AND d.actual_definition = d.definition, false) AS good, (
            SELECT s.quoted FROM spare s
            WHERE s.indrelid = t.actual AND s.indisvalid
              AND s.nameless = replace(d.definition, format(' INDEX %I ON ', c.relname), ' INDEX ON ')
            ORDER BY s.relname LIMIT 1) AS same_otherwise
    FROM agentchat.tables(enabling) t
        JOIN pg_index m ON m.indrelid = t.model
        JOIN pg_class c ON c.oid = m.indexrelid
        LEFT JOIN (pg_index a JOIN pg_class n ON n.oid = a.indexrelid)
            ON a.indrelid = t.actual AND n.relname = c.relname
        CROSS JOIN LATERAL (
            SELECT array_agg(r.attname ORDER BY u.n) AS columns,
                string_agg(quote_ident(r.attname), ', ' ORDER BY u.n) AS quoted_columns
            FROM unnest(m.indkey) WITH ORDINALITY u (attnum, n)
                JOIN pg_attribute r ON r.attrelid = m.indrelid AND r.attnum = u.attnum) k
        -- OFFSET 0 keeps the planner from calling pg_get_indexdef() once for each use.
        CROSS JOIN LATERAL (
            SELECT replace(pg_get_indexdef(m.indexrelid), 'agentchat.blueprint_', t.prefix) AS definition,
                pg_get_indexdef(a.indexrelid) AS actual_definition
            OFFSET 0) d
    WHERE NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = c.oid AND k.contype IN ('p', 'u'))
)
SELECT 80, format('index %s of %s', i.quoted, i.qualified_name),
    CASE WHEN i.present THEN 'invalid, or has a different definition' ELSE 'missing' END,
    CASE WHEN i.actual IS NULL THEN ARRAY[i.definition]
         WHEN NOT i.present AND i.same_otherwise IS NOT NULL THEN
             ARRAY[format('ALTER INDEX %s%s RENAME TO %s', i.prefix, i.same_otherwise, i.quoted)] END,
    CASE WHEN i.actual IS NOT NULL AND (i.present OR i.same_otherwise IS NULL) THEN
        array_remove(ARRAY[
            CASE WHEN i.present THEN format('DROP INDEX CONCURRENTLY %s%s', i.prefix, i.quoted) END,
            regexp_replace(i.definition, ' INDEX ', ' INDEX CONCURRENTLY ')], NULL) END,
    CASE WHEN i.countable AND i.indisunique THEN
        agentchat.duplicates_query(i.qualified_name, i.quoted_columns, false, i.predicate) END,
    true, i.model, 0
FROM compared i
WHERE NOT i.good
$function$;
-- key_differences() compares the primary keys and unique constraints.
CREATE FUNCTION agentchat.key_differences(enabling text) RETURNS TABLE (
    stage integer, object text, problem text, at_once text[], later text[], bad_rows text, essential boolean,
    model regclass, place integer)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
WITH spare AS MATERIALIZED (
    SELECT s.* FROM agentchat.spare_indexes(enabling) s
),
keys AS (
    SELECT c.*,
        (SELECT string_agg(quote_ident(u.name), ', ' ORDER BY u.n)
         FROM unnest(c.columns) WITH ORDINALITY u (name, n)) AS quoted_columns,
        -- Two things can become the key without a new index: a constraint of another name, or a unique index
        -- without a constraint.
        (SELECT quote_ident(a.conname) FROM pg_constraint a
         WHERE a.conrelid = c.actual AND a.conname <> c.conname AND pg_get_constraintdef(a.oid) = c.definition
         ORDER BY a.conname LIMIT 1) AS other_name,
        (SELECT s.quoted FROM spare s
         WHERE s.indrelid = c.actual AND s.indisvalid
           AND s.nameless = replace(replace(pg_get_indexdef(c.conindid), 'agentchat.blueprint_', c.prefix),
                                    format(' INDEX %I ON ', c.conname), ' INDEX ON ')
         ORDER BY s.relname <> c.conname, s.relname LIMIT 1) AS index,
        -- Three things are in the way of a new one: a constraint of this name on other columns, another
        -- primary key, and the invalid index of an earlier attempt.
        ARRAY(SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', c.qualified_name, a.conname)
              FROM pg_constraint a
              WHERE a.conrelid = c.actual AND a.contype IN ('p', 'u', 'c', 'f')
                AND (a.conname = c.conname OR a.contype = 'p' AND c.contype = 'p')
              ORDER BY a.conname) AS drop_constraints,
        ARRAY(SELECT format('DROP INDEX CONCURRENTLY %s%s', c.prefix, s.quoted) FROM spare s
              WHERE s.indrelid = c.actual AND s.relname = c.conname) AS drop_indexes
    FROM agentchat.compared_constraints(enabling, '{p,u}') c
    WHERE NOT c.same
)
SELECT 50, k.name,
    CASE WHEN k.present THEN 'has a different definition'
         WHEN k.other_name IS NOT NULL THEN 'has another name' ELSE 'missing' END,
    CASE WHEN k.actual IS NULL THEN
             ARRAY[format('ALTER TABLE %s ADD CONSTRAINT %s %s', k.qualified_name, k.quoted, k.definition)]
         WHEN s.rename IS NOT NULL THEN ARRAY[s.rename] END,
    CASE WHEN k.actual IS NOT NULL AND s.rename IS NULL THEN
        k.drop_constraints
        || CASE WHEN k.index IS NULL THEN
               k.drop_indexes || ARRAY[format('CREATE UNIQUE INDEX CONCURRENTLY %s ON %s (%s)',
                                              k.quoted, k.qualified_name, k.quoted_columns)] END
        || ARRAY[format('ALTER TABLE %s ADD CONSTRAINT %s %s USING INDEX %s', k.qualified_name, k.quoted,
                        CASE k.contype WHEN 'p' THEN 'PRIMARY KEY' ELSE 'UNIQUE' END,
                        coalesce(k.index, k.quoted))] END,
    CASE WHEN k.countable AND s.rename IS NULL THEN
        agentchat.duplicates_query(k.qualified_name, k.quoted_columns, k.contype = 'p') END,
    true, k.model, 0
FROM keys k
    CROSS JOIN LATERAL (
        SELECT CASE WHEN NOT k.present AND k.other_name IS NOT NULL THEN
            format('ALTER TABLE %s RENAME CONSTRAINT %s TO %s', k.qualified_name, k.other_name, k.quoted)
        END AS rename) s
$function$;
-- foreign_key_differences() compares the foreign keys.
CREATE FUNCTION agentchat.foreign_key_differences(enabling text) RETURNS TABLE (
    stage integer, object text, problem text, at_once text[], later text[], bad_rows text, essential boolean,
    model regclass, place integer)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
WITH foreign_keys AS (
    SELECT c.* FROM agentchat.compared_constraints(enabling, '{f}') c
),
-- The tables that foreign keys refer to. A foreign key needs a unique index on the referenced id; a table
-- that is created here gets it first. A row refers to nothing if the table or its id is missing.
targets AS (
    SELECT t.model, t.actual, t.qualified_name, a.attnum IS NOT NULL AS has_id,
        t.actual IS NULL OR EXISTS (
            SELECT FROM pg_index i
            WHERE i.indrelid = t.actual AND i.indisunique AND i.indisvalid AND i.indimmediate
              AND i.indkey::text = a.attnum::text AND i.indpred IS NULL) AS can_be_referred_to
    FROM agentchat.tables(enabling) t
        LEFT JOIN pg_attribute a ON a.attrelid = t.actual AND a.attname = 'id' AND NOT a.attisdropped
),
-- Foreign keys of another name that do the same work.
rivals AS (
    SELECT f.actual, f.conname,
        array_agg(format('ALTER TABLE %s DROP CONSTRAINT %I', f.qualified_name, a.conname)
                  ORDER BY a.conname) AS drops
    FROM foreign_keys f
        JOIN targets target ON target.model = f.confrelid
        JOIN pg_constraint a ON a.conrelid = f.actual AND a.contype = 'f' AND a.confrelid = target.actual
            AND a.conname <> f.conname
    WHERE f.columns = ARRAY(SELECT k.attname
                            FROM unnest(a.conkey) WITH ORDINALITY u (attnum, n)
                                JOIN pg_attribute k ON k.attrelid = a.conrelid AND k.attnum = u.attnum
                            ORDER BY u.n)
    GROUP BY f.actual, f.conname
)
SELECT 60, f.name,
    CASE WHEN f.present AND f.same THEN CASE WHEN r.drops IS NULL THEN 'not validated' ELSE 'exists twice' END
         WHEN f.present OR r.drops IS NOT NULL THEN 'has a different definition' ELSE 'missing' END,
    CASE WHEN target.can_be_referred_to THEN s.replace END,
    CASE WHEN NOT target.can_be_referred_to THEN s.replace END
        || CASE WHEN s.validate THEN
               ARRAY[format('ALTER TABLE %s VALIDATE CONSTRAINT %s', f.qualified_name, f.quoted)] END,
    CASE WHEN f.countable AND s.validate THEN
        format('SELECT (SELECT count(*) FROM %s t WHERE t.%s IS NOT NULL', f.qualified_name, f.quoted_column)
        || CASE WHEN target.has_id THEN format(' AND NOT EXISTS (SELECT FROM %s r WHERE r.id = t.%s)',
                                               target.qualified_name, f.quoted_column) ELSE '' END || ')'
        -- The rows that keep the referenced table from getting its primary key.
        || CASE WHEN target.has_id AND NOT target.can_be_referred_to THEN
               format(' + (%s)', agentchat.duplicates_query(target.qualified_name, 'id', true))
           ELSE '' END END,
    true, f.model, 0
FROM foreign_keys f
    JOIN targets target ON target.model = f.confrelid
    LEFT JOIN rivals r ON r.actual = f.actual AND r.conname = f.conname
    CROSS JOIN LATERAL (
        SELECT f.actual IS NOT NULL AND NOT (f.present AND f.same AND f.convalidated) AS validate,
            coalesce(r.drops, '{}')
            || CASE WHEN f.present AND NOT f.same THEN
                   ARRAY[format('ALTER TABLE %s DROP CONSTRAINT %s', f.qualified_name, f.quoted)] END
            || CASE WHEN NOT (f.present AND f.same) THEN
                   ARRAY[format('ALTER TABLE %s ADD CONSTRAINT %s %s%s', f.qualified_name, f.quoted,
                                f.definition, CASE WHEN f.actual IS NOT NULL THEN ' NOT VALID' END)]
               END AS replace) s
WHERE NOT (f.present AND f.same AND f.convalidated AND r.drops IS NULL)
$function$;
-- trigger_differences() compares the triggers. Those that a feature has on one of the nine tables count only
-- while the feature is on or is switched on.
CREATE FUNCTION agentchat.trigger_differences(enabling text) RETURNS TABLE (
    stage integer, object text, problem text, at_once text[], later text[], bad_rows text, essential boolean,
    model regclass, place integer)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT 90, format('trigger %s of %s', t.quoted, t.qualified_name),
    CASE WHEN NOT t.present THEN 'missing'
         WHEN t.actual_definition <> t.definition THEN 'has a different definition' ELSE 'disabled' END,
    CASE WHEN t.present AND t.actual_definition = t.definition THEN
        ARRAY[format('ALTER TABLE %s ENABLE TRIGGER %s', t.qualified_name, t.quoted)]
    ELSE
        array_remove(ARRAY[
            CASE WHEN t.present THEN format('DROP TRIGGER %s ON %s', t.quoted, t.qualified_name) END,
            t.definition], NULL)
    END,
    NULL::text[], NULL::text, true, t.model, 0
FROM (
    SELECT t.model, t.qualified_name, quote_ident(m.tgname) AS quoted,
        replace(pg_get_triggerdef(m.oid), 'agentchat.blueprint_', t.prefix) AS definition, m.tgenabled,
        a.oid IS NOT NULL AS present, pg_get_triggerdef(a.oid) AS actual_definition,
        a.tgenabled AS actual_enabled
    FROM agentchat.tables(enabling) t
        JOIN pg_trigger m ON m.tgrelid = t.model AND NOT m.tgisinternal
        LEFT JOIN pg_trigger a ON a.tgrelid = t.actual AND a.tgname = m.tgname AND NOT a.tgisinternal
        LEFT JOIN agentchat.feature_catalog() f ON m.tgname = ANY (f.triggers)
    WHERE f.feature IS NULL OR f.feature = enabling OR agentchat.feature_is_on(f.feature)
) t
WHERE NOT t.present OR t.actual_definition <> t.definition OR t.actual_enabled <> t.tgenabled
$function$;

-- search_index_differences() tells that the index of the feature search may lack messages, because one of
-- the triggers that note them is missing or disabled, or because a table of the index is missing.
CREATE FUNCTION agentchat.search_index_differences(enabling text) RETURNS TABLE (
    stage integer, object text, problem text, at_once text[], later text[], bad_rows text, essential boolean,
    model regclass, place integer)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT 140, 'index of messages', 'may lack messages', ARRAY['SELECT agentchat.index_messages()'],
    NULL::text[], NULL::text, true, 'agentchat.blueprint_search_segments'::regclass, 0
WHERE EXISTS (SELECT FROM agentchat.trigger_differences(enabling) d
                  JOIN agentchat.feature_catalog() f ON f.feature = 'search'
                      AND split_part(d.object, ' ', 2) = ANY (f.triggers))
   OR EXISTS (SELECT FROM agentchat.tables(enabling) t WHERE t.feature = 'search' AND t.actual IS NULL)
$function$;
-- policy_differences() compares the policies, and finds tables whose row-level security is off.
CREATE FUNCTION agentchat.policy_differences(enabling text) RETURNS TABLE (
    stage integer, object text, problem text, at_once text[], later text[], bad_rows text, essential boolean,
    model regclass, place integer)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
WITH tables AS (
    SELECT t.* FROM agentchat.tables(enabling) t
)
SELECT 92, format('policy %s of %s', p.quoted, p.qualified_name),
    CASE WHEN p.present THEN 'has a different definition' ELSE 'missing' END,
    array_remove(ARRAY[
        CASE WHEN p.present THEN format('DROP POLICY %s ON %s', p.quoted, p.qualified_name) END,
        concat_ws(' ', format('CREATE POLICY %s ON %s FOR %s', p.quoted, p.qualified_name,
                              CASE p.polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT'
                                  WHEN 'w' THEN 'UPDATE' ELSE 'DELETE' END),
                  'USING (' || p.using || ')', 'WITH CHECK (' || p.with_check || ')')], NULL),
    NULL::text[], NULL::text, true, p.model, 0
FROM (
    SELECT t.model, t.qualified_name, quote_ident(m.polname) AS quoted, m.polcmd, w.using, w.with_check,
        a.oid IS NOT NULL AS present,
        a.polcmd = m.polcmd AND a.polpermissive AND a.polroles = m.polroles
            AND pg_get_expr(a.polqual, a.polrelid) IS NOT DISTINCT FROM w.using
            AND pg_get_expr(a.polwithcheck, a.polrelid) IS NOT DISTINCT FROM w.with_check AS same
    FROM tables t
        JOIN pg_policy m ON m.polrelid = t.model
        CROSS JOIN LATERAL (SELECT pg_get_expr(m.polqual, m.polrelid) AS using,
                                pg_get_expr(m.polwithcheck, m.polrelid) AS with_check) w
        LEFT JOIN pg_policy a ON a.polrelid = t.actual AND a.polname = m.polname
) p
WHERE NOT coalesce(p.same, false)

UNION ALL
SELECT 94, 'row-level security of ' || t.qualified_name, 'off',
    ARRAY[format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', t.qualified_name)],
    NULL, NULL, true, t.model, 0
FROM tables t
WHERE NOT EXISTS (SELECT FROM pg_class c WHERE c.oid = t.actual AND c.relrowsecurity)
$function$;
-- grant_differences() finds the grants that Supabase's roles lack, if these roles exist.
CREATE FUNCTION agentchat.grant_differences(enabling text) RETURNS TABLE (
    stage integer, object text, problem text, at_once text[], later text[], bad_rows text, essential boolean,
    model regclass, place integer)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
WITH tables AS (
    SELECT t.* FROM agentchat.tables(enabling) t
),
roles AS (
    SELECT t.*, r.oid AS role, r.rolname, quote_ident(r.rolname) AS quoted,
        r.rolname <> 'anon' AS uses_api, r.rolbypassrls OR r.rolsuper AS bypasses_rls
    FROM tables t
        CROSS JOIN pg_roles r
    WHERE r.rolname IN ('anon', 'authenticated', 'service_role')
)
-- Default privileges may have granted more on a new table when it was created. check() reports the grants of
-- the API's roles, too: its remedies must leave nothing to report.
SELECT 96, 'grants on ' || t.qualified_name, 'of a new table',
    ARRAY['REVOKE ALL ON ' || t.qualified_name || ' FROM PUBLIC']
        || ARRAY(SELECT format('REVOKE ALL ON %s FROM %s', r.qualified_name, r.quoted) FROM roles r
                 WHERE r.model = t.model ORDER BY r.rolname)
        || ARRAY(SELECT unnest(agentchat.grant_statements(
                     r.bypasses_rls, r.table_name, r.qualified_name, r.quoted))
                 FROM roles r WHERE r.model = t.model AND r.uses_api ORDER BY r.rolname),
    NULL::text[], NULL::text, EXISTS (SELECT FROM roles r WHERE r.model = t.model AND r.uses_api), t.model, 0
FROM tables t
WHERE t.actual IS NULL

UNION ALL
-- A role's existing grants on a table may be there for a reason: only a role without any gets grants. Without
-- grants the API does not work; pg_dump -x leaves them out.
SELECT 98, 'grants on ' || r.qualified_name, r.quoted || ' has none',
    agentchat.grant_statements(r.bypasses_rls, r.table_name, r.qualified_name, r.quoted),
    NULL, NULL, true, r.model, 0
FROM roles r
WHERE r.uses_api AND r.actual IS NOT NULL
  AND EXISTS (SELECT FROM agentchat.api_privileges(r.bypasses_rls) p WHERE p.table_name = r.table_name)
  AND NOT EXISTS (
      SELECT FROM pg_class c
          CROSS JOIN LATERAL (SELECT c.relacl AS acl UNION ALL
                              SELECT l.attacl FROM pg_attribute l WHERE l.attrelid = c.oid) g
          CROSS JOIN LATERAL aclexplode(g.acl) a
      WHERE c.oid = r.actual AND a.grantee = r.role)
  AND NOT EXISTS (SELECT FROM pg_class c WHERE c.oid = r.actual AND c.relowner = r.role)
$function$;
-- differences() returns a row for each difference between the user's tables and the blueprint, and how to
-- remove it, or only those of the tables of the feature to be switched on (enabling):
--   object      the object, in words
--   problem     what is wrong with it
--   at_once     statements that correct it with catalog work alone, under locks that last milliseconds
--   later       statements that correct it but take long on large tables, each for its own transaction
--   bad_rows    a query that counts the rows that prevent this
--   essential   whether anything depends on it (comments, compression and storage are for convenience)
-- The rows are in the order in which the statements must run, which is that of their stages. The statements
-- that create a missing table and all that belongs to it are in at_once.
--
-- The parts are functions because views do not have a search_path, which determines how
-- pg_get_constraintdef() and the like write names; because pg_upgrade copies the definitions of views, and
-- fails if a catalog has changed; and because PostgreSQL would plan the views as one large query, which takes
-- longer than running it.
--
-- JIT compilation would take seconds; the queries run for a few hundredths of one.
CREATE FUNCTION agentchat.differences(
    enabling text DEFAULT NULL, OUT stage integer, OUT object text, OUT problem text, OUT at_once text[],
    OUT later text[], OUT bad_rows text, OUT essential boolean
) RETURNS SETOF record
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp SET jit = off
    AS $function$
SELECT d.stage, d.object, d.problem, coalesce(d.at_once, '{}'), coalesce(d.later, '{}'),
    d.bad_rows, d.essential
FROM (
    SELECT * FROM agentchat.table_differences(enabling)
    UNION ALL SELECT * FROM agentchat.column_differences(enabling)
    UNION ALL SELECT * FROM agentchat.check_differences(enabling)
    UNION ALL SELECT * FROM agentchat.key_differences(enabling)
    UNION ALL SELECT * FROM agentchat.foreign_key_differences(enabling)
    UNION ALL SELECT * FROM agentchat.index_differences(enabling)
    UNION ALL SELECT * FROM agentchat.trigger_differences(enabling)
    UNION ALL SELECT * FROM agentchat.policy_differences(enabling)
    UNION ALL SELECT * FROM agentchat.grant_differences(enabling)
    UNION ALL SELECT * FROM agentchat.search_index_differences(enabling)
) d
WHERE enabling IS NULL
   OR d.model IN (SELECT t.model FROM agentchat.tables(enabling) t WHERE t.feature = enabling)
   OR EXISTS (SELECT FROM agentchat.feature_catalog() f CROSS JOIN unnest(f.triggers) g (name)
              WHERE f.feature = enabling AND starts_with(d.object, format('trigger %s of ', g.name)))
ORDER BY d.stage, d.model::oid, d.place, d.object
$function$;
-- Optional features: more tables beside the nine, which the owner switches on.

-- feature_tables() returns the tables of a feature that exist, and whether they are the feature's. A table of
-- the user's own may have the same name: it lacks a column or a foreign key of the blueprint.
CREATE FUNCTION agentchat.feature_tables(
    of_feature text, OUT actual regclass, OUT table_name text, OUT qualified_name text, OUT is_own boolean
) RETURNS SETOF record
    LANGUAGE sql STABLE ROWS 2 SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT t.actual, t.table_name, t.qualified_name,
    NOT agentchat.feature_is_on(of_feature)
    AND (c.relkind <> 'r'
         OR EXISTS (SELECT FROM pg_attribute m
                    WHERE m.attrelid = t.model AND m.attnum > 0 AND NOT m.attisdropped
                      AND NOT EXISTS (SELECT FROM pg_attribute a
                                      WHERE a.attrelid = t.actual AND a.attname = m.attname AND a.attnum > 0))
         OR EXISTS (SELECT FROM pg_constraint m
                    WHERE m.conrelid = t.model AND m.contype = 'f'
                      AND NOT EXISTS (SELECT FROM pg_constraint a
                                      WHERE a.conrelid = t.actual AND a.conname = m.conname
                                        AND a.contype = 'f')))
FROM agentchat.tables(of_feature) t
    JOIN pg_class c ON c.oid = t.actual
WHERE t.feature = of_feature
ORDER BY t.model::oid
$function$;

-- tables_of_features() returns the names of the existing tables of all features, whether on or off, that hold
-- data of users.
CREATE FUNCTION agentchat.tables_of_features() RETURNS text[]
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT ARRAY(SELECT t.table_name
             FROM agentchat.feature_catalog() f CROSS JOIN LATERAL agentchat.feature_tables(f.feature) t
             WHERE NOT t.is_own AND NOT f.is_derived)
$function$;

-- features() returns the features, whether they are on, and those of their tables that exist.
CREATE FUNCTION agentchat.features()
    RETURNS TABLE (feature text, state text, tables text[], description text)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT f.feature, CASE WHEN agentchat.feature_is_on(f.feature) THEN 'on' ELSE 'off' END,
    ARRAY(SELECT t.qualified_name FROM agentchat.feature_tables(f.feature) t WHERE NOT t.is_own),
    f.description
FROM agentchat.feature_catalog() f
$function$;

GRANT EXECUTE ON FUNCTION agentchat.features() TO PUBLIC;

COMMENT ON FUNCTION agentchat.features() IS
'Returns the optional features: the name, the state (on or off), the tables of the feature that exist, and '
'what it is for. agentchat.enable() switches a feature on, agentchat.disable() off.';

-- require_feature_name() refuses an argument that names no feature.
CREATE FUNCTION agentchat.require_feature_name(feature text) RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    hint CONSTANT text := (SELECT format('The features are: %s.', string_agg(f.feature, ', '))
                           FROM agentchat.feature_catalog() f);
BEGIN
    IF feature IS NULL THEN
        RAISE EXCEPTION 'feature is NULL' USING ERRCODE = 'null_value_not_allowed', HINT = hint;
    END IF;
    IF NOT EXISTS (SELECT FROM agentchat.feature_catalog() f WHERE f.feature = $1) THEN
        RAISE EXCEPTION 'unknown feature'
            USING ERRCODE = 'invalid_parameter_value',
                  DETAIL = format('agentchat has no feature "%s".', feature),
                  HINT = hint;
    END IF;
END
$function$;

-- enable() makes the tables of a feature, or brings back what they lack.
CREATE FUNCTION agentchat.enable(feature text)
    RETURNS TABLE (object text, outcome text, bad_rows bigint, statement text)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    others text;
BEGIN
    PERFORM agentchat.require_feature_name(feature);
    PERFORM agentchat.require_owner('enable features');

    SELECT string_agg(t.qualified_name, ', ') INTO others FROM agentchat.tables() t WHERE t.actual IS NULL;
    IF others IS NOT NULL THEN
        RAISE EXCEPTION 'the tables of agentchat are not complete'
            USING ERRCODE = 'undefined_table',
                  DETAIL = format('Missing: %s.', others),
                  HINT = 'Run as the owner of the tables: SELECT * FROM agentchat.adopt();';
    END IF;

    SELECT string_agg(t.qualified_name, ', ') INTO others
    FROM agentchat.feature_tables(feature) t
    WHERE t.is_own;
    IF others IS NOT NULL THEN
        RAISE EXCEPTION 'a relation with a name that the feature needs already exists'
            USING ERRCODE = 'duplicate_table',
                  DETAIL = format('These are not the tables of the feature: %s.', others),
                  HINT = 'Rename it, or install agentchat into a separate schema: '
                         'CREATE SCHEMA chat; CREATE EXTENSION agentchat SCHEMA chat;';
    END IF;

    PERFORM agentchat.require_owner('enable features', feature);
    RETURN QUERY SELECT * FROM agentchat.adopt_tables(true, feature);
END
$function$;

REVOKE EXECUTE ON FUNCTION agentchat.enable(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION agentchat.enable(text) TO pg_database_owner;

COMMENT ON FUNCTION agentchat.enable(text) IS
'Switches a feature on: makes its tables, or puts back their triggers, policies and whatever else they lack. '
'It returns the statements that it has run; a second call returns no row. Errors: 22004 feature is NULL; '
'22023 unknown feature; 42501 not the owner of the tables; 42P01 one of the nine tables is missing; 42P07 a '
'relation of yours has the name of one of the tables; 42804 columns of other types.';

-- disable() drops the triggers and policies of a feature.
CREATE FUNCTION agentchat.disable(feature text) RETURNS TABLE (object text, statement text)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $function$
BEGIN
    PERFORM agentchat.require_feature_name(feature);
    PERFORM agentchat.require_owner('disable features');

    -- enable() and adopt() of another session end before. Otherwise their triggers could appear between the
    -- two loops, and the second one would lock tables in its own order.
    PERFORM pg_advisory_xact_lock('agentchat.adopt(boolean)'::regprocedure::oid::bigint);

    -- In the order in which an application locks them, as adopt_tables() does.
    FOR statement IN
        SELECT format('LOCK TABLE %s IN ACCESS EXCLUSIVE MODE', t.qualified_name)
        FROM agentchat.tables() t
        WHERE t.actual IS NOT NULL
          AND EXISTS (SELECT FROM agentchat.detachments($1) d
                      WHERE right(d.object, length(t.qualified_name) + 4) = ' of ' || t.qualified_name)
        ORDER BY agentchat.lock_order(t.model, t.feature) DESC, t.model::oid DESC
    LOOP
        EXECUTE statement;
    END LOOP;

    FOR object, statement IN SELECT d.object, d.statement FROM agentchat.detachments(feature) d LOOP
        EXECUTE statement;
        RETURN NEXT;
    END LOOP;
END
$function$;

REVOKE EXECUTE ON FUNCTION agentchat.disable(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION agentchat.disable(text) TO pg_database_owner;

COMMENT ON FUNCTION agentchat.disable(text) IS
'Switches a feature off: drops the triggers and policies of its tables, and returns these statements. The '
'tables and their rows stay; row-level security stays enabled, and hides the rows from users. '
'agentchat.enable() switches the feature on again. Errors: 22004 feature is NULL; 22023 unknown feature; '
'42501 not the owner of the tables.';
-- require_owner() refuses callers who do not own the existing tables: their DDL would fail half-way. It also
-- refuses a superuser unless the owner is a superuser, too: planning a query on a table runs the functions in
-- its indexes and statistics with the caller's rights.
CREATE FUNCTION agentchat.require_owner(action text, enabling text DEFAULT NULL) RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    others text;
BEGIN
    SELECT string_agg(t.qualified_name, ', ') INTO others
    FROM agentchat.tables(enabling) t JOIN pg_class c ON c.oid = t.actual
    WHERE NOT pg_has_role(c.relowner, 'USAGE')
       OR (SELECT r.rolsuper FROM pg_roles r WHERE r.rolname = current_user)
           AND NOT (SELECT r.rolsuper FROM pg_roles r WHERE r.oid = c.relowner);
    IF others IS NOT NULL THEN
        RAISE EXCEPTION 'only the owner of the tables may %', action
            USING ERRCODE = 'insufficient_privilege',
                  DETAIL = format('The role %I does not own %s.', current_user, others),
                  HINT = 'Connect as their owner, or use SET ROLE. '
                         'A superuser''s rights are not used on tables of other roles.';
    END IF;
END
$function$;

-- lock_order() returns a number that is higher the earlier an application locks the table: before those that
-- it refers to, which are older in the blueprint. Triggers of messages and conversations write to the tables
-- of the feature search, which refer to the user.
CREATE FUNCTION agentchat.lock_order(model regclass, feature text) RETURNS oid
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT CASE WHEN feature = 'search' THEN 'agentchat.blueprint_users'::regclass ELSE model END::oid
$function$;

-- adopt_tables() runs the statements of differences(), or returns them.
CREATE FUNCTION agentchat.adopt_tables(build boolean, enabling text)
    RETURNS TABLE (object text, outcome text, bad_rows bigint, statement text)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET row_security = off
    AS $function$
DECLARE
    wrong text;
    differences jsonb[];
    difference jsonb;
    counts bigint[] := ARRAY[]::bigint[];
    owner name;
    changed boolean := false;
BEGIN
    -- A second session waits here, and then finds nothing left to do.
    PERFORM pg_advisory_xact_lock('agentchat.adopt(boolean)'::regprocedure::oid::bigint);

    differences := ARRAY(SELECT to_jsonb(d) FROM agentchat.differences(enabling) d);

    SELECT string_agg(format('%s %s', d ->> 'object', d ->> 'problem'), '; ') INTO wrong
    FROM unnest(differences) d
    WHERE d -> 'stage' = '0';
    IF wrong IS NOT NULL THEN
        RAISE EXCEPTION 'the tables do not match those of agentchat'
            USING ERRCODE = 'datatype_mismatch',
                  DETAIL = format('%s.', wrong),
                  HINT = 'Change the types, rename the tables, or install into another schema: '
                         'CREATE SCHEMA chat; CREATE EXTENSION agentchat SCHEMA chat;';
    END IF;

    -- Queries that read whole tables come first, before any lock that blocks other sessions. The rest is
    -- short, because its locks last until the transaction ends.
    FOR i IN 1 .. cardinality(differences) LOOP
        IF differences[i] ->> 'bad_rows' IS NOT NULL THEN
            EXECUTE differences[i] ->> 'bad_rows' INTO bad_rows;
            counts[i] := bad_rows;
        END IF;
    END LOOP;

    -- New tables get the owner of the others.
    SELECT pg_get_userbyid(c.relowner) INTO owner
    FROM agentchat.tables() t JOIN pg_class c ON c.oid = t.actual
    LIMIT 1;

    -- An application that writes a row locks the table first, then the tables that it refers to. Locks in
    -- another order could deadlock with it. These are the strongest locks of any statement here. One of the
    -- nine tables only gets triggers of the feature: it can be read meanwhile.
    IF EXISTS (SELECT FROM unnest(differences) d WHERE d -> 'at_once' <> '[]') THEN
        FOR statement IN
            SELECT format('LOCK TABLE %s IN %s MODE', t.qualified_name,
                          CASE WHEN enabling IS NULL OR t.feature = enabling THEN 'ACCESS EXCLUSIVE'
                               ELSE 'SHARE ROW EXCLUSIVE' END)
            FROM agentchat.tables(enabling) t
            WHERE t.actual IS NOT NULL
              AND (enabling IS NULL OR t.feature = enabling
                   OR EXISTS (SELECT FROM pg_trigger m JOIN agentchat.feature_catalog() f
                                  ON f.feature = enabling AND m.tgname = ANY (f.triggers)
                              WHERE m.tgrelid = t.model))
            ORDER BY agentchat.lock_order(t.model, t.feature) DESC, t.model::oid DESC
        LOOP
            EXECUTE statement;
        END LOOP;
    END IF;

    FOR i IN 1 .. cardinality(differences) LOOP
        difference := differences[i];
        object := difference ->> 'object';
        bad_rows := counts[i];

        IF difference -> 'at_once' <> '[]' THEN
            FOR statement IN SELECT jsonb_array_elements_text(difference -> 'at_once') LOOP
                EXECUTE statement;
                outcome := 'done';
                changed := true;
                RETURN NEXT;
            END LOOP;
            IF (difference ->> 'stage')::integer = 10 AND owner IS NOT NULL AND owner <> current_user THEN
                EXECUTE format('ALTER %s OWNER TO %I', object, owner);
            END IF;
        END IF;

        FOR statement IN SELECT jsonb_array_elements_text(difference -> 'later') LOOP
            IF counts[i] > 0 THEN
                outcome := 'to do after the bad rows are fixed';
            ELSIF build THEN
                statement := regexp_replace(statement, ' INDEX CONCURRENTLY ', ' INDEX ');
                EXECUTE statement;
                outcome := 'done';
            ELSE
                outcome := 'to do';
            END IF;
            changed := changed OR outcome = 'done';
            RETURN NEXT;
        END LOOP;
    END LOOP;

    -- The install script ends the same way.
    IF changed THEN
        NOTIFY pgrst, 'reload schema';
    END IF;
END
$function$;

-- adopt() brings the nine tables, and those of the features that are on, to the state of this version.
CREATE FUNCTION agentchat.adopt(build boolean DEFAULT false)
    RETURNS TABLE (object text, outcome text, bad_rows bigint, statement text)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    sleeping record;
BEGIN
    PERFORM agentchat.require_owner('adopt them');
    RETURN QUERY SELECT * FROM agentchat.adopt_tables(build, NULL);

    -- A restore or DROP EXTENSION may have left the tables of a feature without its triggers and policies.
    FOR sleeping IN
        SELECT f.feature, array_to_string(f.tables, ', ') AS tables
        FROM agentchat.features() f
        WHERE f.state = 'off' AND f.tables <> '{}'
    LOOP
        RAISE NOTICE 'the feature % is off', sleeping.feature
            USING DETAIL = format('agentchat.adopt() did not look at its tables: %s.', sleeping.tables),
                  HINT = format('To switch it on, run: SELECT * FROM agentchat.enable(%L);',
                                sleeping.feature);
    END LOOP;
END
$function$;

REVOKE EXECUTE ON FUNCTION agentchat.adopt(boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION agentchat.adopt(boolean) TO pg_database_owner;

COMMENT ON FUNCTION agentchat.adopt(boolean) IS
'Brings the tables to the full state of this version. It runs the statements that need only catalog work. It '
'returns those that take long, to be run one by one outside a transaction; with build => true it runs them, '
'too, and blocks the tables meanwhile. It counts the rows that break a rule and does not change them. A '
'second call does nothing. Errors: 42501 not the owner of the tables; 42804 columns of other types, or a '
'relation that is not a table.';

-- detachments() returns the statements that drop triggers and policies: those of all tables that call
-- functions of agentchat, or those of one feature that have a name of the blueprint.
CREATE FUNCTION agentchat.detachments(of_feature text, OUT object text, OUT statement text)
    RETURNS SETOF record
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
WITH functions AS (
    SELECT f.oid FROM agentchat.own_functions() f (oid)
)
SELECT format('%s %I of %s', u.kind, u.name, t.qualified_name),
    format('DROP %s %I ON %s', upper(u.kind), u.name, t.qualified_name)
FROM agentchat.tables() t
    CROSS JOIN LATERAL (
        SELECT 'trigger' AS kind, g.tgname AS name
        FROM pg_trigger g
        WHERE g.tgrelid = t.actual AND NOT g.tgisinternal
          AND CASE WHEN of_feature IS NULL THEN g.tgfoid IN (SELECT f.oid FROM functions f)
              WHEN t.feature = of_feature THEN
                  EXISTS (SELECT FROM pg_trigger m WHERE m.tgrelid = t.model AND m.tgname = g.tgname)
              ELSE EXISTS (SELECT FROM agentchat.feature_catalog() f
                           WHERE f.feature = of_feature AND g.tgname = ANY (f.triggers)) END
        UNION ALL
        SELECT 'policy', p.polname
        FROM pg_policy p
        WHERE p.polrelid = t.actual
          AND CASE WHEN of_feature IS NULL THEN EXISTS (
                  SELECT FROM pg_depend d JOIN functions f ON d.refobjid = f.oid
                  WHERE d.classid = 'pg_policy'::regclass AND d.objid = p.oid
                    AND d.refclassid = 'pg_proc'::regclass)
              ELSE t.feature = of_feature AND EXISTS (
                  SELECT FROM pg_policy m WHERE m.polrelid = t.model AND m.polname = p.polname) END
        ) u
ORDER BY t.model::oid, u.kind DESC, u.name
$function$;

-- detach() drops the triggers and policies that call functions of agentchat.
CREATE FUNCTION agentchat.detach()
    RETURNS TABLE (object text, statement text)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $function$
BEGIN
    PERFORM agentchat.require_owner('detach them');
    FOR object, statement IN SELECT d.object, d.statement FROM agentchat.detachments(NULL) d LOOP
        EXECUTE statement;
        RETURN NEXT;
    END LOOP;

    -- The trigger of agentchat.link_supabase_auth() is on a table of another role. Supabase lets the role
    -- postgres drop triggers of auth.users without owning it. Only an attempt shows whether this is allowed.
    IF (SELECT t.present FROM agentchat.auth_trigger() t) THEN
        object := 'trigger agentchat_sync_user of auth.users';
        statement := 'DROP TRIGGER agentchat_sync_user ON auth.users';
        BEGIN
            EXECUTE statement;
        EXCEPTION WHEN insufficient_privilege THEN
            RAISE EXCEPTION 'trigger agentchat_sync_user of auth.users must be dropped first'
                USING ERRCODE = 'insufficient_privilege',
                      DETAIL = format('The role %I may not drop it: %s.', current_user, SQLERRM),
                      HINT = format('Run as the owner of auth.users: %s;', statement);
        END;
        RETURN NEXT;
    END IF;
END
$function$;

REVOKE EXECUTE ON FUNCTION agentchat.detach() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION agentchat.detach() TO pg_database_owner;

COMMENT ON FUNCTION agentchat.detach() IS
'Drops the triggers and policies that depend on the extension. DROP EXTENSION agentchat then works without '
'CASCADE. No row changes. agentchat.adopt() puts them back, except triggers of your own that call functions '
'of the extension; agentchat.link_supabase_auth() puts back the trigger of auth.users. Errors: 42501 not the '
'owner of the tables, or not allowed to drop the trigger of auth.users.';
-- auth_trigger() returns whether auth.users has the trigger that keeps users in step with it (present), and
-- whether the trigger is unchanged and enabled (good).
CREATE FUNCTION agentchat.auth_trigger(OUT present boolean, OUT good boolean)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT count(*) > 0,
    -- AFTER INSERT OR UPDATE OR DELETE FOR EACH ROW, of all columns (src/include/catalog/pg_trigger.h).
    coalesce(bool_or(g.tgfoid = 'agentchat.sync_auth_user()'::regprocedure AND g.tgtype = 1 + 4 + 8 + 16
                     AND g.tgenabled IN ('O', 'A') AND g.tgqual IS NULL AND g.tgattr::text = ''), false)
FROM pg_trigger g
    JOIN pg_class c ON c.oid = g.tgrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = 'auth' AND c.relname = 'users' AND g.tgname = 'agentchat_sync_user' AND NOT g.tgisinternal
$function$;

-- require_supabase_auth() reports as an error what prevents reading auth.users, creating a trigger on it or
-- writing to users.
CREATE FUNCTION agentchat.require_supabase_auth() RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    auth_users CONSTANT oid := (
        SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = 'auth' AND c.relname = 'users' AND c.relkind IN ('r', 'p'));
    users CONSTANT oid := (SELECT t.actual FROM agentchat.tables() t WHERE t.table_name = 'users');
    lacking text;
    foreign_code text;
BEGIN
    IF auth_users IS NULL THEN
        RAISE EXCEPTION 'table auth.users does not exist'
            USING ERRCODE = 'undefined_table',
                  DETAIL = 'agentchat.link_supabase_auth() copies the users of Supabase Auth to users.',
                  HINT = 'Without Supabase Auth, write to users from your application.';
    END IF;
    IF users IS NULL THEN
        RAISE EXCEPTION 'table users does not exist'
            USING ERRCODE = 'undefined_table', HINT = 'First run: SELECT * FROM agentchat.adopt();';
    END IF;

    SELECT string_agg(format('%s (%s)', w.name, w.types[1]), ', ' ORDER BY w.name) INTO lacking
    FROM (VALUES ('id', '{uuid}'::text[]), ('email', '{character varying,text}'),
                 ('raw_user_meta_data', '{jsonb}')) AS w (name, types)
    WHERE NOT EXISTS (SELECT FROM pg_attribute a
                      WHERE a.attrelid = auth_users AND a.attname = w.name AND NOT a.attisdropped
                        AND format_type(a.atttypid, NULL) = ANY (w.types));
    IF lacking IS NOT NULL THEN
        RAISE EXCEPTION 'table auth.users does not match that of Supabase'
            USING ERRCODE = 'datatype_mismatch',
                  DETAIL = format('These columns are missing or have other types: %s.', lacking);
    END IF;

    SELECT string_agg(w.privilege, ', ' ORDER BY w.n) INTO lacking
    FROM (VALUES (1, 'USAGE of the schema', has_schema_privilege('auth', 'USAGE')),
                 (2, 'SELECT', has_table_privilege(auth_users, 'SELECT')),
                 (3, 'TRIGGER', has_table_privilege(auth_users, 'TRIGGER'))) AS w (n, privilege, has)
    WHERE NOT w.has;
    IF lacking IS NOT NULL THEN
        RAISE EXCEPTION 'permission denied to link auth.users'
            USING ERRCODE = 'insufficient_privilege',
                  DETAIL = format('The role %I lacks %s.', current_user, lacking),
                  HINT = format('Run as the owner of auth.users: GRANT USAGE ON SCHEMA auth TO %1$I; '
                                'GRANT SELECT, TRIGGER ON auth.users TO %1$I;', current_user);
    END IF;

    -- Otherwise only the visible users would be copied, without a word about the others.
    SELECT string_agg(t.relation::text, ', ' ORDER BY t.n) INTO lacking
    FROM unnest(ARRAY[auth_users, users]::regclass[]) WITH ORDINALITY t (relation, n)
    WHERE row_security_active(t.relation);
    IF lacking IS NOT NULL THEN
        RAISE EXCEPTION 'row-level security may hide users from the role %', quote_ident(current_user)
            USING ERRCODE = 'insufficient_privilege',
                  DETAIL = format('Row-level security applies to the role on %s.', lacking),
                  HINT = 'If it is forced on the owner, lift that meanwhile: '
                         'ALTER TABLE ... NO FORCE ROW LEVEL SECURITY. '
                         'Otherwise a superuser can give the role BYPASSRLS.';
    END IF;

    -- Planning a query runs the functions in the table's indexes, statistics and constraints with the
    -- caller's rights. Nobody must get a superuser's rights that way. PostgreSQL's own functions have no
    -- entries in pg_depend, and the table of Supabase has no others. The lock keeps others from being added.
    IF (SELECT r.rolsuper FROM pg_roles r WHERE r.rolname = current_user)
       AND NOT (SELECT r.rolsuper FROM pg_class c JOIN pg_roles r ON r.oid = c.relowner
                WHERE c.oid = auth_users) THEN
        LOCK TABLE auth.users IN SHARE UPDATE EXCLUSIVE MODE;
        SELECT pg_describe_object(o.classid, o.objid, 0) INTO foreign_code
        FROM (SELECT 'pg_class'::regclass AS classid, i.indexrelid AS objid FROM pg_index i
              WHERE i.indrelid = auth_users
              UNION ALL SELECT 'pg_statistic_ext'::regclass, e.oid FROM pg_statistic_ext e
              WHERE e.stxrelid = auth_users
              UNION ALL SELECT 'pg_constraint'::regclass, k.oid FROM pg_constraint k
              WHERE k.conrelid = auth_users
              UNION ALL SELECT 'pg_attrdef'::regclass, f.oid FROM pg_attrdef f
              WHERE f.adrelid = auth_users) o
        WHERE EXISTS (SELECT FROM pg_depend d
                      WHERE d.classid = o.classid AND d.objid = o.objid
                        AND d.refclassid IN ('pg_proc'::regclass, 'pg_operator'::regclass,
                                             'pg_opclass'::regclass))
        UNION ALL SELECT format('table %s, which inherits from it', h.inhrelid::regclass)
        FROM pg_inherits h WHERE h.inhparent = auth_users
        LIMIT 1;
        IF foreign_code IS NOT NULL THEN
            RAISE EXCEPTION 'auth.users calls functions that must not run with a superuser''s rights'
                USING ERRCODE = 'insufficient_privilege',
                      DETAIL = format('The table has the %s.', foreign_code),
                      HINT = 'Give the tables of agentchat to a role that is not a superuser, and run '
                             'agentchat.link_supabase_auth() as that role.';
        END IF;
    END IF;
END
$function$;

-- link_supabase_auth() puts the trigger on auth.users and copies its rows to users.
CREATE FUNCTION agentchat.link_supabase_auth()
    RETURNS TABLE (object text, outcome text)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    prefix CONSTANT text := agentchat.tables_prefix();
    was_there boolean;
    linked boolean;
    source text;
    updated uuid[] := ARRAY[]::uuid[];
    written uuid[];
    copied bigint := 0;
    number bigint;
BEGIN
    PERFORM agentchat.require_owner('link them');
    PERFORM agentchat.require_supabase_auth();

    -- A second session waits here, and then finds nothing left to do.
    PERFORM pg_advisory_xact_lock('agentchat.link_supabase_auth()'::regprocedure::oid::bigint);
    SELECT t.present, t.good INTO was_there, linked FROM agentchat.auth_trigger() t;

    -- The users of Supabase Auth the way agentchat.sync_auth_user() reads them, beside their rows in users.
    -- Single sign-on allows several of them with the same e-mail address. The one with this address in users
    -- comes first, then the oldest.
    SELECT format(
        $query$
        SELECT a.*, u.id IS NOT NULL AS present, u.email AS present_email,
            u.name IS NULL AND a.name IS NOT NULL
                OR u.avatar_url IS NULL AND a.avatar_url IS NOT NULL AS fills,
            row_number() OVER (PARTITION BY a.email
                               ORDER BY u.email IS NOT DISTINCT FROM a.email DESC, a.created_at, a.id) AS turn
        FROM (SELECT id, nullif(%2$s, '')::text AS email, id || '@no-email.invalid' AS placeholder,
                  agentchat.auth_user_name(raw_user_meta_data) AS name,
                  agentchat.auth_user_avatar_url(raw_user_meta_data) AS avatar_url,
                  coalesce(%3$s, now()) AT TIME ZONE 'utc' AS created_at
              FROM auth.users) a
            LEFT JOIN %1$susers u ON u.id = a.id
        $query$,
        prefix,
        -- A softly deleted user has a hash in place of the e-mail address.
        CASE WHEN bool_or(a.attname = 'deleted_at') THEN 'CASE WHEN deleted_at IS NULL THEN email END'
             ELSE 'email' END,
        CASE WHEN bool_or(a.attname = 'created_at' AND a.atttypid = 'timestamptz'::regtype) THEN 'created_at'
             ELSE 'NULL' END)
    INTO source
    FROM pg_attribute a
    WHERE a.attrelid = 'auth.users'::regclass AND NOT a.attisdropped;

    LOOP
        -- An e-mail address that a row gives up in the first round is free for another row in the second.
        -- Changes of the users stay: names and pictures are filled in only if they are missing, and only
        -- once.
        FOR round IN 1 .. 2 LOOP
            EXECUTE format(
                $query$
                WITH written AS (
                    UPDATE %1$susers u SET email = n.email,
                        name = CASE WHEN $1 THEN coalesce(u.name, n.name) ELSE u.name END,
                        avatar_url = CASE WHEN $1 THEN coalesce(u.avatar_url, n.avatar_url)
                                     ELSE u.avatar_url END
                    FROM (SELECT s.id, s.name, s.avatar_url, s.fills,
                              CASE WHEN s.present_email = s.email THEN s.email
                                   WHEN s.email IS NOT NULL AND s.turn = 1
                                       AND NOT EXISTS (SELECT FROM %1$susers o WHERE o.email = s.email)
                                       THEN s.email
                                   ELSE s.placeholder END AS email
                          FROM (%2$s) s
                          WHERE s.present
                            AND (s.present_email <> coalesce(s.email, s.placeholder) OR $1 AND s.fills)) n
                    WHERE u.id = n.id AND (u.email <> n.email OR $1 AND n.fills)
                    RETURNING u.id)
                SELECT array_agg(id) FROM written
                $query$, prefix, source) INTO written USING NOT was_there;
            EXIT WHEN written IS NULL;
            updated := updated || written;
        END LOOP;

        EXECUTE format(
            $query$
            INSERT INTO %1$susers (id, email, name, avatar_url, created_at)
            SELECT s.id,
                CASE WHEN s.email IS NOT NULL AND s.turn = 1
                         AND NOT EXISTS (SELECT FROM %1$susers o WHERE o.email = s.email) THEN s.email
                     ELSE s.placeholder END,
                s.name, s.avatar_url, s.created_at
            FROM (%2$s) s
            WHERE NOT s.present
            ON CONFLICT (id) DO NOTHING
            $query$, prefix, source);
        GET DIAGNOSTICS number = ROW_COUNT;
        copied := copied + number;

        -- The lock of CREATE TRIGGER blocks sign-ups until the transaction ends. Therefore most users are
        -- copied before it, and after it those who have signed up meanwhile.
        EXIT WHEN linked;
        CREATE OR REPLACE TRIGGER agentchat_sync_user AFTER INSERT OR UPDATE OR DELETE ON auth.users
            FOR EACH ROW EXECUTE FUNCTION agentchat.sync_auth_user();
        linked := true;
        object := 'trigger agentchat_sync_user of auth.users';
        outcome := CASE WHEN was_there THEN 'recreated' ELSE 'created' END;
        RETURN NEXT;
    END LOOP;

    object := 'users';
    IF copied > 0 THEN
        outcome := format('%s copied', copied);
        RETURN NEXT;
    END IF;
    number := (SELECT count(DISTINCT id) FROM unnest(updated) id);
    IF number > 0 THEN
        outcome := format('%s updated', number);
        RETURN NEXT;
    END IF;

    outcome := 'has a placeholder because another row of users has the e-mail address; they are not linked';
    FOR object IN EXECUTE format(
        'SELECT format(''user %%s'', s.id) FROM (%s) s '
        'WHERE s.present AND s.present_email <> s.email ORDER BY s.id', source)
    LOOP
        RETURN NEXT;
    END LOOP;
END
$function$;

REVOKE EXECUTE ON FUNCTION agentchat.link_supabase_auth() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION agentchat.link_supabase_auth() TO pg_database_owner;

COMMENT ON FUNCTION agentchat.link_supabase_auth() IS
'Keeps users in step with auth.users of Supabase Auth by a trigger there, and copies the users who have '
'already signed up. It returns a row for each thing done, and for each user whose e-mail address is in '
'another row of users: such a user gets the placeholder <id>@no-email.invalid and is not linked to that row. '
'A second call only reports those users. Errors: 42P01 table auth.users or users does not exist; 42804 '
'auth.users does not match that of Supabase; 42501 not the owner of users, or not allowed to read auth.users '
'and create triggers on it.';
-- is_missing_tool() returns a condition in SQL: the element e.tool of a definition's tools names no tool. NOT
-- IN hashes the tools once. NOT EXISTS would look for each element among them.
CREATE FUNCTION agentchat.is_missing_tool() RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT format(
    '(jsonb_typeof(e.tool) <> ''string'' OR e.tool #>> ''{}'' NOT IN '
    '(SELECT t.name FROM %1$sagent_tools t WHERE t.name IS NOT NULL) '
    'AND lower(translate(e.tool #>> ''{}'', ''{-}'', '''')) NOT IN '
    '(SELECT replace(t.id::text, ''-'', '''') FROM %1$sagent_tools t WHERE t.id IS NOT NULL))',
    agentchat.tables_prefix())
$function$;

-- names_missing_tool() returns a condition in SQL: the definition of that alias names a tool that is missing.
CREATE FUNCTION agentchat.names_missing_tool(definition text) RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT format('EXISTS (SELECT FROM jsonb_array_elements('
              'CASE jsonb_typeof(%1$I.tools) WHEN ''array'' THEN %1$I.tools END) e (tool) WHERE %2$s)',
              definition, agentchat.is_missing_tool())
$function$;

-- check() returns what is wrong with the tables and their rows, and how to correct it.
CREATE FUNCTION agentchat.check()
    RETURNS TABLE (object text, problem text, bad_rows bigint, remedy text)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET row_security = off
    AS $function$
DECLARE
    found record;
    -- The stage of the worst difference: 0 for a relation of another kind or type, which no query may read;
    -- up to 20 for a missing table or column.
    worst integer;
    prefix CONSTANT text := agentchat.tables_prefix();
BEGIN
    PERFORM agentchat.require_owner('check them');

    -- Differences from the blueprint.
    FOR found IN SELECT d.* FROM agentchat.differences() d WHERE d.essential LOOP
        worst := least(worst, found.stage);
        EXIT WHEN worst = 0 AND found.stage > 0;
        object := found.object;
        problem := found.problem;
        bad_rows := NULL;
        IF found.bad_rows IS NOT NULL THEN
            EXECUTE found.bad_rows INTO bad_rows;
        END IF;
        remedy := CASE
            WHEN found.stage = 0 THEN 'Change it back, or rename it and run agentchat.adopt().'
            WHEN bad_rows > 0 THEN 'Fix or delete the bad rows, then: '
                || array_to_string(found.at_once || found.later, '; ')
            ELSE array_to_string(found.at_once || found.later, '; ') END;
        RETURN NEXT;
    END LOOP;

    -- A missing trigger is not a fault: whether it ever existed is not known.
    IF (SELECT t.present AND NOT t.good FROM agentchat.auth_trigger() t) THEN
        object := 'trigger agentchat_sync_user of auth.users';
        problem := 'disabled, or has a different definition';
        bad_rows := NULL;
        remedy := 'SELECT * FROM agentchat.link_supabase_auth()';
        RETURN NEXT;
    END IF;

    -- Rows that refer to nothing in spite of a foreign key. They were written with session_replication_role
    -- set to replica, or with triggers disabled.
    FOR found IN
        SELECT t.qualified_name, a.attname, target.qualified_name AS target, m.confdeltype
        FROM agentchat.tables() t
            JOIN pg_constraint m ON m.conrelid = t.model AND m.contype = 'f'
            JOIN pg_constraint c ON c.conrelid = t.actual AND c.contype = 'f' AND c.conname = m.conname
                AND c.convalidated
            JOIN agentchat.tables() target ON target.actual = c.confrelid AND target.model = m.confrelid
            JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
        WHERE worst IS DISTINCT FROM 0
        ORDER BY t.model::oid, a.attname
    LOOP
        EXECUTE format('SELECT count(*) FROM %1$s t WHERE t.%2$I IS NOT NULL '
                       'AND NOT EXISTS (SELECT FROM %3$s r WHERE r.id = t.%2$I)',
                       found.qualified_name, found.attname, found.target) INTO bad_rows;
        CONTINUE WHEN bad_rows = 0;
        object := format('column %I of %s', found.attname, found.qualified_name);
        problem := format('refers to missing rows of %s', found.target);
        remedy := format(CASE found.confdeltype
                WHEN 'n' THEN
                    'Restore the missing rows, or clear the references: UPDATE %1$s t SET %2$I = NULL'
                ELSE 'Restore the missing rows, or delete those that refer to them: DELETE FROM %1$s t' END
            || ' WHERE t.%2$I IS NOT NULL AND NOT EXISTS (SELECT FROM %3$s r WHERE r.id = t.%2$I)',
            found.qualified_name, found.attname, found.target);
        RETURN NEXT;
    END LOOP;

    -- Definitions that name missing tools: they are older than the rule, or agent_tools was truncated. A uuid
    -- may be written in several ways, as for agentchat.protect_tool().
    EXECUTE CASE WHEN worst <= 20 THEN 'SELECT 0' ELSE format(
        'SELECT count(*) FROM %sagent_definitions d WHERE %s', prefix, agentchat.names_missing_tool('d')) END
        INTO bad_rows;
    IF bad_rows > 0 THEN
        object := format('column tools of %sagent_definitions', prefix);
        problem := format('names tools that are missing from %sagent_tools', prefix);
        remedy := format('Insert the missing tools, or take them out of the definitions: '
            'UPDATE %sagent_definitions d '
            'SET tools = (SELECT coalesce(jsonb_agg(e.tool ORDER BY e.place), ''[]'') '
            'FROM jsonb_array_elements(d.tools) WITH ORDINALITY e (tool, place) WHERE NOT %s) WHERE %s',
            prefix, agentchat.is_missing_tool(), agentchat.names_missing_tool('d'));
        RETURN NEXT;
    END IF;

    -- Tools with schemas by which no input can be checked: they are older than the rule.
    EXECUTE CASE WHEN worst <= 20 THEN 'SELECT 0' ELSE format(
        'SELECT count(*) FROM %sagent_tools t WHERE agentchat.json_schema_error(t.schema) IS NOT NULL',
        prefix) END INTO bad_rows;
    IF bad_rows > 0 THEN
        object := format('column schema of %sagent_tools', prefix);
        problem := 'is not a valid JSON Schema';
        remedy := format('Correct the schemas. This query lists them with their faults: '
            'SELECT t.name, agentchat.json_schema_error(t.schema) FROM %sagent_tools t '
            'WHERE agentchat.json_schema_error(t.schema) IS NOT NULL', prefix);
        RETURN NEXT;
    END IF;

    -- More agents than the subscription allows: a restore brought them back, or the limit was lowered.
    FOR found IN EXECUTE CASE WHEN worst <= 20 THEN 'SELECT WHERE false' ELSE format(
        $query$
        SELECT u.id, u.used, u.agent_limit
        FROM (SELECT i.user_id AS id, count(*) AS used,
                  coalesce((SELECT max(CASE s.agent_limit WHEN -1 THEN 2147483647 ELSE s.agent_limit END)
                            FROM %1$ssubscriptions s WHERE s.user_id = i.user_id AND s.is_active),
                           agentchat.default_agent_limit()) AS agent_limit
              FROM %1$sagent_instances i
              WHERE i.status <> 'archived'
              GROUP BY i.user_id) u
        WHERE u.used > u.agent_limit AND u.agent_limit <> -1
        ORDER BY u.id
        $query$, prefix) END
    LOOP
        object := format('user %s', found.id);
        problem := format('has %s agents, the limit is %s', found.used, found.agent_limit);
        bad_rows := found.used - greatest(found.agent_limit, 0);
        remedy := format('Raise agent_limit of the user''s subscription, or archive agents: '
                         'UPDATE %sagent_instances SET status = ''archived'' WHERE id = ...', prefix);
        RETURN NEXT;
    END LOOP;

    -- Grants that bypass row-level security, let in users who are not signed in, or are more than users need.
    FOR found IN
        SELECT t.qualified_name, t.table_name, r.rolname,
            coalesce(quote_ident(r.rolname), 'PUBLIC') AS grantee,
            string_agg(DISTINCT a.privilege_type, ', ' ORDER BY a.privilege_type) AS privileges,
            bool_or(a.is_grantable) AS is_grantable
        FROM agentchat.tables() t
            JOIN pg_class c ON c.oid = t.actual
            -- Grants on the table and on columns: REVOKE on the table revokes both.
            CROSS JOIN LATERAL (SELECT c.relacl AS acl, NULL::name AS column_name UNION ALL
                                SELECT l.attacl, l.attname FROM pg_attribute l WHERE l.attrelid = t.actual) g
            CROSS JOIN LATERAL aclexplode(g.acl) a
            LEFT JOIN pg_roles r ON r.oid = a.grantee
        WHERE a.grantee <> c.relowner
          AND (a.grantee = 0 OR r.rolname = 'anon'
               OR r.rolname = 'authenticated' AND NOT EXISTS (
                   SELECT FROM agentchat.api_privileges(false) p
                   WHERE p.table_name = t.table_name AND p.privilege = a.privilege_type
                     AND (p.column_name IS NULL OR p.column_name = g.column_name)))
        GROUP BY t.model, t.qualified_name, t.table_name, r.rolname
        ORDER BY t.model::oid, grantee
    LOOP
        object := format('grants on %s', found.qualified_name);
        problem := format('%s has %s', found.grantee, found.privileges);
        bad_rows := NULL;
        remedy := array_to_string(
            ARRAY[format('REVOKE %s ON %s FROM %s%s', found.privileges, found.qualified_name, found.grantee,
                         CASE WHEN found.is_grantable THEN ' CASCADE' ELSE '' END)]
            -- REVOKE on the table has also revoked those on its columns.
            || CASE WHEN found.rolname = 'authenticated' THEN
                   agentchat.grant_statements(false, found.table_name, found.qualified_name, found.grantee)
               END, '; ');
        RETURN NEXT;
    END LOOP;

    -- With this setting every session of the role or database looks like the restore of a dump.
    FOR found IN
        SELECT CASE WHEN r.rolname IS NULL AND d.datname IS NULL THEN 'ROLE ALL'
                   ELSE concat_ws(' IN ', 'ROLE ' || quote_ident(r.rolname),
                                  'DATABASE ' || quote_ident(d.datname))
               END AS whose
        FROM pg_db_role_setting s
            LEFT JOIN pg_roles r ON r.oid = s.setrole
            LEFT JOIN pg_database d ON d.oid = s.setdatabase
        WHERE (s.setdatabase = 0 OR d.datname = current_database())
          AND EXISTS (SELECT FROM unnest(s.setconfig) c
                      WHERE starts_with(c, 'row_security=')
                        AND NOT substr(c, length('row_security=') + 1)::boolean)
        ORDER BY s.setrole, s.setdatabase
    LOOP
        object := format('setting row_security of %s', found.whose);
        problem := 'is off, which makes sessions look like the restore of a dump';
        bad_rows := NULL;
        remedy := format('ALTER %s RESET row_security', found.whose);
        RETURN NEXT;
    END LOOP;
END
$function$;

REVOKE EXECUTE ON FUNCTION agentchat.check() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION agentchat.check() TO pg_database_owner;

COMMENT ON FUNCTION agentchat.check() IS
'Returns a row for each fault of the tables, with the number of rows concerned and the remedy; no rows if '
'all is well. It reads whole tables, changes nothing, and runs on a standby. Errors: 42501 not the owner of '
'the tables.';
-- change_edition() puts the functions of the other edition in place of those there are.
--
-- It leads through the version sql of the extension, which has no members: its scripts run as superuser and
-- check what they find. The functions keep their OIDs, and no table is touched.
CREATE FUNCTION agentchat.change_edition(target text, OUT edition text, OUT version text)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    present CONSTANT record := agentchat.version();
BEGIN
    IF target IS NULL OR target NOT IN ('extension', 'sql') THEN
        RAISE EXCEPTION 'unknown edition'
            USING ERRCODE = CASE WHEN target IS NULL THEN 'null_value_not_allowed'
                            ELSE 'invalid_parameter_value' END,
                  DETAIL = CASE WHEN target IS NULL THEN 'target is NULL.'
                           ELSE format('There is no edition "%s".', target) END,
                  HINT = 'The editions are extension, in C++, and sql.';
    END IF;
    BEGIN
        IF target = present.edition THEN
            NULL;
        ELSIF target = 'extension' THEN
            EXECUTE format('CREATE EXTENSION agentchat SCHEMA %s VERSION %L',
                           agentchat.tables_schema()::regnamespace, 'sql');
            EXECUTE format('ALTER EXTENSION agentchat UPDATE TO %L', present.version);
        ELSE
            ALTER EXTENSION agentchat UPDATE TO 'sql';
            DROP EXTENSION agentchat;
        END IF;
    EXCEPTION WHEN feature_not_supported OR undefined_file OR invalid_parameter_value THEN
        RAISE EXCEPTION 'the extension agentchat is not on this server, or without the scripts for this'
            USING ERRCODE = 'undefined_file',
                  DETAIL = format('PostgreSQL says: %s', SQLERRM),
                  HINT = 'Install the extension''s files on the server, with node in the PATH: make install';
    END;
    SELECT v.edition, v.version INTO edition, version FROM agentchat.version() v;
END
$function$;

REVOKE EXECUTE ON FUNCTION agentchat.change_edition(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION agentchat.change_edition(text) TO pg_database_owner;

COMMENT ON FUNCTION agentchat.change_edition(text) IS
'Puts the functions of the other edition in place of those there are, and returns version(): target is '
'extension, for functions in C++, or sql, for the same in SQL, with which a dump can be restored where the '
'extension cannot be installed. No table and no row changes; policies, triggers, views and functions of your '
'own stay valid. Errors: 22004 target is NULL; 22023 unknown edition; 58P01 the extension is not on this '
'server, or without the scripts for this; 55000 the feature search is on, tables have several owners, the '
'schema agentchat contains what is not of agentchat, or DROP EXTENSION would drop more than that; 42501 '
'the SQL edition belongs to another role, or not allowed to create extensions.';
-- require_user() refuses an argument that is not the id of a user.
CREATE FUNCTION agentchat.require_user(user_id uuid) RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    users CONSTANT text := agentchat.tables_prefix() || 'users';
    is_there boolean;
BEGIN
    IF user_id IS NULL THEN
        RAISE EXCEPTION 'user_id is NULL'
            USING ERRCODE = 'null_value_not_allowed',
                  HINT = 'Pass the id of the user.';
    END IF;
    EXECUTE format('SELECT EXISTS (SELECT FROM %s u WHERE u.id = $1)', users) INTO is_there USING user_id;
    IF NOT is_there THEN
        RAISE EXCEPTION 'user not found'
            USING ERRCODE = 'PT404',
                  DETAIL = format('No user has the id %s.', user_id),
                  HINT = format('Pass the id of a row in %s.', users);
    END IF;
END
$function$;

-- export_conversation() returns what get_conversation() returns in the format rows, with times that end in Z.
CREATE FUNCTION agentchat.export_conversation(id uuid) RETURNS jsonb
    LANGUAGE c STABLE STRICT PARALLEL SAFE COST 1000
    AS 'MODULE_PATHNAME', 'agentchat_export_conversation';

-- row_with_times() returns the SQL of a row t as jsonb, with times that end in Z.
CREATE FUNCTION agentchat.row_with_times(row_table regclass) RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT 'to_jsonb(t.*)' || coalesce(' || jsonb_build_object(' || string_agg(format(
    '%1$L, CASE WHEN isfinite(t.%2$I) AND t.%2$I >= ''0001-01-01'' '
    'THEN to_char(t.%2$I, ''YYYY-MM-DD"T"HH24:MI:SS.US"Z"'') ELSE t.%2$I::text END', a.attname, a.attname),
    ', ' ORDER BY a.attnum) || ')', '')
FROM pg_attribute a
WHERE a.attrelid = row_table AND a.attnum > 0 AND NOT a.attisdropped AND a.atttypid = 'timestamp'::regtype
$function$;

-- export_user() returns all data of a user. As a STABLE function it reads everything with one snapshot. The
-- texts of values do not depend on the session's settings: import_user() may run with others.
CREATE FUNCTION agentchat.export_user(user_id uuid) RETURNS jsonb
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET row_security = off
    SET datestyle = 'ISO' SET timezone = 'UTC' SET intervalstyle = 'postgres' SET extra_float_digits = 1
    SET bytea_output = 'hex'
    AS $function$
DECLARE
    prefix CONSTANT text := agentchat.tables_prefix();
    -- The largest size of a jsonb value.
    largest CONSTANT bigint := 268435455;
    sizes text;
    members text;
    size bigint;
    result jsonb;
BEGIN
    PERFORM agentchat.require_owner('export users');
    PERFORM agentchat.require_user(user_id);

    -- The sizes and the values of the members of the result, as SQL. A feature that is off keeps its rows,
    -- too.
    SELECT string_agg(format('(SELECT coalesce(sum(pg_column_size(%s)), 0) FROM %s%I t WHERE %s)',
                             m.document, prefix, m.key, m.condition), ' + ' ORDER BY m.n),
        string_agg(format('%L, ARRAY(SELECT %s FROM %s%I t WHERE %s ORDER BY %s)',
                          m.key, m.document, prefix, m.key, m.condition, m.place), ', ' ORDER BY m.n)
    INTO sizes, members
    FROM (SELECT k.key, k.n,
              CASE k.key WHEN 'conversations' THEN 'agentchat.export_conversation(t.id)'
              ELSE agentchat.row_with_times((prefix || quote_ident(k.key))::regclass) END AS document,
              CASE k.key
                  WHEN 'runs' THEN format('t.conversation_id IN '
                      '(SELECT c.id FROM %sconversations c WHERE c.user_id = $1)', prefix)
                  WHEN 'run_chunks' THEN format('t.run_id IN (SELECT r.id FROM %1$sruns r '
                      'JOIN %1$sconversations c ON c.id = r.conversation_id WHERE c.user_id = $1)', prefix)
                  ELSE 't.user_id = $1' END AS condition,
              CASE k.key WHEN 'runs' THEN 't.started_at, t.id' WHEN 'run_chunks' THEN 't.run_id, t.seq'
              ELSE 't.created_at, t.id' END AS place
          FROM unnest(ARRAY['conversations', 'artifacts', 'agent_definitions', 'agent_instances', 'workflows',
                            'subscriptions'] || agentchat.tables_of_features())
              WITH ORDINALITY k (key, n)) m;

    BEGIN
        -- Building the value takes several times its size in memory, and PostgreSQL would report only at the
        -- end that it is too large. ARRAY() takes half the memory of jsonb_agg().
        EXECUTE format('SELECT %s', sizes) INTO size USING user_id;
        IF size > largest THEN
            RAISE EXCEPTION USING ERRCODE = 'program_limit_exceeded';
        END IF;
        EXECUTE format('SELECT jsonb_build_object('
                       '''user'', (SELECT %s FROM %susers t WHERE t.id = $1), %s)',
                       agentchat.row_with_times((prefix || 'users')::regclass), prefix, members)
            INTO result USING user_id;
    EXCEPTION WHEN program_limit_exceeded THEN
        -- The error is from the lines above, or from PostgreSQL or get_conversation(), to which a single
        -- value was too large.
        RAISE EXCEPTION 'the user''s data is too large for a jsonb value'
            USING ERRCODE = 'program_limit_exceeded',
                  DETAIL = format('The user is %s.', user_id),
                  HINT = format('Export table by table, for example with psql: '
                                '\copy (SELECT to_jsonb(m.*) FROM %1$smessages m '
                                'JOIN %1$sconversations c ON c.id = m.conversation_id '
                                'WHERE c.user_id = %2$L) TO messages.jsonl', prefix, user_id);
    END;
    RETURN result;
END
$function$;

REVOKE EXECUTE ON FUNCTION agentchat.export_user(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION agentchat.export_user(uuid) TO pg_database_owner;

COMMENT ON FUNCTION agentchat.export_user(uuid) IS
'Returns all data of a user as one JSON object: user, conversations with their messages, artifacts, '
'agent_definitions, agent_instances, workflows, subscriptions, and the tables of features that exist (runs, '
'run_chunks), each row with all its columns. Times are ISO 8601 in UTC and end in Z. It changes nothing, and '
'runs on a standby. Errors: PT404 user not found; 22004 user_id is NULL; 54000 larger than a jsonb value can '
'be; 42501 not the owner of the tables.';
-- delete_user() erases a user and all data of the user.
--
-- It has no search_path of its own. The triggers of the tables, and those of the tables that DELETE cascades
-- to, run inside the function and expect the caller's search_path. Therefore every name, type and operator is
-- qualified.
--
-- It locks all rows first. Other writers then wait, and nothing deadlocks, because the order is that of an
-- application's statements: each table before those that it refers to (an UPDATE of a message touches its
-- conversation), and the user last. PostgreSQL checks foreign keys in the order of their names, and an
-- INSERT, too, locks a message or a definition before the user. With every row locked that a new row could
-- refer to, nobody can add anything.
CREATE FUNCTION agentchat.delete_user(user_id uuid) RETURNS jsonb
    LANGUAGE plpgsql SET row_security = off
    AS $function$
DECLARE
    prefix CONSTANT pg_catalog.text := agentchat.tables_prefix();
    -- The conditions on a user's rows and on those that refer to them, and the assignment for a row whose
    -- link changes.
    owned CONSTANT pg_catalog.text := 'user_id OPERATOR(pg_catalog.=) $1';
    said CONSTANT pg_catalog.text := pg_catalog.format(
        'conversation_id OPERATOR(pg_catalog.=) ANY (SELECT c.id FROM %sconversations c WHERE c.%s)',
        prefix, owned);
    of_message CONSTANT pg_catalog.text := pg_catalog.format(
        'message_id OPERATOR(pg_catalog.=) ANY (SELECT m.id FROM %smessages m WHERE m.%s)', prefix, said);
    of_agent CONSTANT pg_catalog.text := pg_catalog.format(
        'agent_instance_id OPERATOR(pg_catalog.=) ANY (SELECT i.id FROM %sagent_instances i WHERE i.%s)',
        prefix, owned);
    used CONSTANT pg_catalog.text := pg_catalog.format(
        'EXISTS (SELECT FROM %sagent_instances i WHERE i.definition_id OPERATOR(pg_catalog.=) t.id)', prefix);
    of_features CONSTANT pg_catalog.text[] := agentchat.tables_of_features();
    of_run CONSTANT pg_catalog.text := pg_catalog.format(
        'run_id OPERATOR(pg_catalog.=) ANY (SELECT r.id FROM %sruns r WHERE r.%s)', prefix, said);
    changed CONSTANT pg_catalog.text :=
        'updated_at = GREATEST(t.updated_at, pg_catalog.timezone(''UTC'', pg_catalog.now()))';
    of_user CONSTANT pg_catalog.text[] := ARRAY[
        pg_catalog.format('artifacts WHERE %s ORDER BY id', owned),
        pg_catalog.format('artifacts WHERE %s ORDER BY id', of_message),
        pg_catalog.format('messages WHERE %s ORDER BY conversation_id, created_at, id', said),
        pg_catalog.format('conversations WHERE %s ORDER BY id', owned)]
        -- finish_run() and a DELETE of the conversation lock it before its runs.
        OPERATOR(pg_catalog.||) CASE WHEN 'runs' OPERATOR(pg_catalog.=) ANY (of_features)
            THEN ARRAY[pg_catalog.format('runs WHERE %s ORDER BY id', said)] END
        OPERATOR(pg_catalog.||) CASE WHEN 'run_chunks' OPERATOR(pg_catalog.=) ANY (of_features)
            THEN ARRAY[pg_catalog.format('run_chunks WHERE %s ORDER BY run_id, seq', of_run)] END
        OPERATOR(pg_catalog.||) ARRAY[
        pg_catalog.format('workflows WHERE %s ORDER BY id', owned),
        pg_catalog.format('workflows WHERE %s ORDER BY id', of_agent),
        pg_catalog.format('agent_instances WHERE %s ORDER BY id', owned),
        pg_catalog.format('agent_definitions WHERE %s ORDER BY id', owned),
        pg_catalog.format('subscriptions WHERE %s ORDER BY id', owned),
        'users WHERE id OPERATOR(pg_catalog.=) $1'];
    rows pg_catalog.text;
    all_locked boolean;
    artifacts bigint;
    messages bigint;
    conversations bigint;
    runs bigint;
    run_chunks bigint;
    workflows bigint;
    agent_instances bigint;
    agent_definitions bigint;
    subscriptions bigint;
    users bigint;
    kept bigint;
    anonymous pg_catalog.uuid;
BEGIN
    PERFORM agentchat.require_owner('delete users');

    -- One call at a time: two users whose rows refer to one another's would lock them in different orders.
    PERFORM pg_catalog.pg_advisory_xact_lock(
        'agentchat.delete_user'::pg_catalog.regproc::pg_catalog.oid::bigint);
    PERFORM agentchat.require_user(user_id);

    LOOP
        BEGIN
            FOREACH rows IN ARRAY of_user LOOP
                EXECUTE pg_catalog.format(
                    'SELECT pg_catalog.count(*) FROM (SELECT FROM %s%s FOR UPDATE) locked', prefix, rows)
                    USING user_id;
            END LOOP;
            -- Rows that were added meanwhile are locked, too, unless somebody holds a lock on them and may be
            -- waiting for ours.
            FOR i IN REVERSE pg_catalog.cardinality(of_user) .. 1 LOOP
                EXECUTE pg_catalog.format(
                    'SELECT (SELECT pg_catalog.count(*) FROM (SELECT FROM %1$s%2$s) found) '
                    'OPERATOR(pg_catalog.=) '
                    '(SELECT pg_catalog.count(*) FROM (SELECT FROM %1$s%2$s FOR UPDATE SKIP LOCKED) locked)',
                    prefix, of_user[i])
                    INTO all_locked USING user_id;
                IF NOT all_locked THEN
                    RAISE EXCEPTION USING ERRCODE = 'AC001';
                END IF;
            END LOOP;
            EXIT;
        EXCEPTION WHEN SQLSTATE 'AC001' THEN
            -- The rollback has released the locks. Try again.
        END;
    END LOOP;

    EXECUTE pg_catalog.format('DELETE FROM %sartifacts WHERE %s', prefix, owned) USING user_id;
    GET DIAGNOSTICS artifacts = ROW_COUNT;
    EXECUTE pg_catalog.format('UPDATE %sartifacts t SET message_id = NULL, %s WHERE %s',
                              prefix, changed, of_message)
        USING user_id;
    EXECUTE pg_catalog.format('DELETE FROM %smessages WHERE %s', prefix, said) USING user_id;
    GET DIAGNOSTICS messages = ROW_COUNT;
    -- The chunks of a running run are only deleted with the run.
    IF 'run_chunks' OPERATOR(pg_catalog.=) ANY (of_features) THEN
        EXECUTE pg_catalog.format('SELECT pg_catalog.count(*) FROM %srun_chunks WHERE %s', prefix, of_run)
            INTO run_chunks USING user_id;
    END IF;
    IF 'runs' OPERATOR(pg_catalog.=) ANY (of_features) THEN
        EXECUTE pg_catalog.format('DELETE FROM %sruns WHERE %s', prefix, said) USING user_id;
        GET DIAGNOSTICS runs = ROW_COUNT;
    END IF;
    EXECUTE pg_catalog.format('DELETE FROM %sconversations WHERE %s', prefix, owned) USING user_id;
    GET DIAGNOSTICS conversations = ROW_COUNT;
    EXECUTE pg_catalog.format('DELETE FROM %sworkflows WHERE %s', prefix, owned) USING user_id;
    GET DIAGNOSTICS workflows = ROW_COUNT;
    EXECUTE pg_catalog.format('UPDATE %sworkflows t SET agent_instance_id = NULL, %s WHERE %s',
                              prefix, changed, of_agent)
        USING user_id;
    EXECUTE pg_catalog.format('DELETE FROM %sagent_instances WHERE %s', prefix, owned) USING user_id;
    GET DIAGNOSTICS agent_instances = ROW_COUNT;
    -- Definitions that are still in use have agents of other users: the user's own are deleted.
    EXECUTE pg_catalog.format('DELETE FROM %sagent_definitions t WHERE %s AND NOT %s', prefix, owned, used)
        USING user_id;
    GET DIAGNOSTICS agent_definitions = ROW_COUNT;
    EXECUTE pg_catalog.format('DELETE FROM %ssubscriptions WHERE %s', prefix, owned) USING user_id;
    GET DIAGNOSTICS subscriptions = ROW_COUNT;

    -- The definitions to keep move to a new, anonymous row, and the user's own row is deleted. This also
    -- deletes the rows of other tables that refer to it ON DELETE CASCADE, and the id, by which an account
    -- elsewhere or a log could identify the user.
    EXECUTE pg_catalog.format('SELECT pg_catalog.count(*) FROM %sagent_definitions WHERE %s', prefix, owned)
        INTO kept USING user_id;
    IF kept OPERATOR(pg_catalog.>) 0 THEN
        anonymous := pg_catalog.gen_random_uuid();
        EXECUTE pg_catalog.format('INSERT INTO %susers (id, email) VALUES ($1, $2)', prefix)
            USING anonymous, pg_catalog.format('%s@deleted.invalid', anonymous);
        EXECUTE pg_catalog.format('UPDATE %sagent_definitions t SET user_id = $2, %s WHERE %s',
                                  prefix, changed, owned)
            USING user_id, anonymous;
    END IF;
    EXECUTE pg_catalog.format('DELETE FROM %susers WHERE id OPERATOR(pg_catalog.=) $1', prefix) USING user_id;
    GET DIAGNOSTICS users = ROW_COUNT;

    RETURN pg_catalog.jsonb_build_object(
        'deleted', pg_catalog.jsonb_build_object(
            'users', users, 'conversations', conversations, 'messages', messages, 'artifacts', artifacts,
            'agent_definitions', agent_definitions, 'agent_instances', agent_instances,
            'workflows', workflows, 'subscriptions', subscriptions)
            OPERATOR(pg_catalog.||) pg_catalog.jsonb_strip_nulls(
                pg_catalog.jsonb_build_object('runs', runs, 'run_chunks', run_chunks)),
        'kept', pg_catalog.jsonb_build_object('agent_definitions', kept, 'anonymous_user_id', anonymous));
END
$function$;

REVOKE EXECUTE ON FUNCTION agentchat.delete_user(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION agentchat.delete_user(uuid) TO pg_database_owner;

COMMENT ON FUNCTION agentchat.delete_user(uuid) IS
'Erases a user and all data of the user, all or nothing, and returns the numbers of rows: {"deleted": '
'{"users", "conversations", "messages", ...}, "kept": {"agent_definitions", "anonymous_user_id"}}. It keeps '
'agent definitions from which other users have made agents; they move to a new, anonymous row in users. '
'Errors: PT404 user not found; 22004 user_id is NULL; 23503 a table of yours refers to a row to delete; '
'42501 not the owner of the tables.';
-- require_no_rls() refuses callers to whom row-level security applies. The tables' triggers would act for
-- them and replace the times of an import. A SECURITY DEFINER function changes only the current user.
CREATE FUNCTION agentchat.require_no_rls(action text) RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    caller CONSTANT text := coalesce(nullif(current_setting('role'), 'none'), session_user);
BEGIN
    IF EXISTS (SELECT FROM agentchat.tables() t JOIN pg_class c ON c.oid = t.actual JOIN pg_roles r
        ON r.rolname = caller
               WHERE NOT (r.rolsuper OR r.rolbypassrls OR pg_has_role(r.oid, c.relowner, 'USAGE'))) THEN
        RAISE EXCEPTION 'row-level security must not apply to the role that may %', action
            USING ERRCODE = 'insufficient_privilege',
                  DETAIL = format('The session''s role is %I.', caller),
                  HINT = 'Connect as the owner of the tables. A SECURITY DEFINER function is not enough.';
    END IF;
END
$function$;
-- The figures by which conversations are compared with what they were imported from: the number of messages,
-- the times of the first and the last, and a checksum of the texts.

-- utc_text() returns a time as export_user() writes it: ISO 8601 with six digits and Z.
CREATE FUNCTION agentchat.utc_text(moment timestamp) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp SET datestyle = 'ISO'
    AS $function$
SELECT CASE WHEN isfinite(moment) AND moment >= '0001-01-01'
    THEN to_char(moment, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') ELSE moment::text END
$function$;

-- conversation_figures() returns the figures of stored conversations. The checksum is the SHA-256 of the
-- SHA-256 of each text in UTF-8, in the order of the messages.
CREATE FUNCTION agentchat.conversation_figures(ids uuid[])
    RETURNS TABLE (conversation_id uuid, messages bigint, first_message_at timestamp,
                   last_message_at timestamp, checksum text)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET row_security = off
    AS $function$
BEGIN
    RETURN QUERY EXECUTE format(
        'SELECT c.id, count(m.id), min(m.created_at), max(m.created_at), encode(sha256(coalesce(string_agg('
        'sha256(convert_to(m.content, ''UTF8'')), ''''::bytea ORDER BY m.created_at, m.id), '''')), ''hex'') '
        'FROM %1$sconversations c LEFT JOIN %1$smessages m ON m.conversation_id = c.id '
        'WHERE c.id = ANY ($1) GROUP BY c.id', agentchat.tables_prefix()) USING ids;
END
$function$;

-- imported_figures() returns the figures of an import. sources is an array of the figures of the source's
-- conversations: conversation_id, messages, first_message_at, last_message_at, checksum.
CREATE FUNCTION agentchat.imported_figures(sources jsonb, dry_run boolean) RETURNS jsonb
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
WITH compared AS (
    SELECT s.n, f.messages, s.document - 'conversation_id' IS NOT DISTINCT FROM t.document AS agrees,
        jsonb_build_object('conversation_id', s.document -> 'conversation_id',
                           'source', s.document - 'conversation_id')
        || CASE WHEN dry_run THEN '{}' ELSE jsonb_build_object('stored', t.document) END AS document
    FROM jsonb_array_elements(sources) WITH ORDINALITY s (document, n)
        CROSS JOIN LATERAL (SELECT (s.document ->> 'messages')::bigint) f (messages)
        LEFT JOIN (
            SELECT c.conversation_id, jsonb_build_object(
                'messages', c.messages, 'first_message_at', agentchat.utc_text(c.first_message_at),
                'last_message_at', agentchat.utc_text(c.last_message_at), 'checksum', c.checksum) AS document
            FROM agentchat.conversation_figures(CASE WHEN dry_run THEN '{}' ELSE ARRAY(
                SELECT (e.document ->> 'conversation_id')::uuid
                FROM jsonb_array_elements(sources) e (document)) END) c
        ) t ON t.conversation_id = (s.document ->> 'conversation_id')::uuid
)
SELECT jsonb_build_object('conversations', count(*), 'messages', coalesce(sum(c.messages), 0),
                          'each', coalesce(jsonb_agg(c.document ORDER BY c.n), '[]'))
    || CASE WHEN dry_run THEN '{}' ELSE jsonb_build_object(
        'agreeing', count(*) FILTER (WHERE c.agrees),
        'differing', coalesce(to_jsonb((
            array_agg(c.document ORDER BY c.n) FILTER (WHERE NOT c.agrees))[:10]), '[]')) END
FROM compared c
$function$;
-- Reads the tables of a database of Vercel's chatbot, in any schema and of any generation.
--
-- Names of the source are in schemas that others may own. All functions in this folder that read it have a
-- search_path without that schema, and every name of it is qualified.

-- vercel_columns() returns the columns that the tables of the template have had: the name in the source, the
-- name and the kind that vercel_source() gives them, and whether the import needs them. A column whose kind
-- is left out is not imported.
CREATE FUNCTION agentchat.vercel_columns() RETURNS TABLE (
    source text, column_name name, output text, kind text, needed boolean
)
    LANGUAGE sql IMMUTABLE ROWS 50 SET search_path = pg_catalog, pg_temp
    AS $function$
VALUES
    ('User', 'id', 'id', 'uuid', true),
    ('User', 'email', 'email', 'text', true),
    ('User', 'password', NULL, 'left out', false),
    ('User', 'name', 'name', 'text', false),
    ('User', 'image', 'image', 'text', false),
    ('User', 'createdAt', 'created_at', 'timestamp', false),
    ('User', 'updatedAt', 'updated_at', 'timestamp', false),
    ('Chat', 'id', 'id', 'uuid', true),
    ('Chat', 'userId', 'user_id', 'uuid', true),
    ('Chat', 'title', 'title', 'text', false),
    ('Chat', 'visibility', 'visibility', 'text', false),
    ('Chat', 'lastContext', 'last_context', 'json', false),
    ('Chat', 'createdAt', 'created_at', 'timestamp', true),
    ('Message', 'id', 'id', 'uuid', true),
    ('Message', 'chatId', 'chat_id', 'uuid', true),
    ('Message', 'role', 'role', 'text', true),
    ('Message', 'content', 'content', 'json', true),
    ('Message', 'createdAt', 'created_at', 'timestamp', true),
    ('Message_v2', 'id', 'id', 'uuid', true),
    ('Message_v2', 'chatId', 'chat_id', 'uuid', true),
    ('Message_v2', 'role', 'role', 'text', true),
    ('Message_v2', 'parts', 'parts', 'json', true),
    ('Message_v2', 'attachments', 'attachments', 'json', false),
    ('Message_v2', 'createdAt', 'created_at', 'timestamp', true),
    ('Vote', 'chatId', 'chat_id', 'uuid', true),
    ('Vote', 'messageId', 'message_id', 'uuid', true),
    ('Vote', 'isUpvoted', 'is_upvoted', 'boolean', true),
    ('Vote_v2', 'chatId', 'chat_id', 'uuid', true),
    ('Vote_v2', 'messageId', 'message_id', 'uuid', true),
    ('Vote_v2', 'isUpvoted', 'is_upvoted', 'boolean', true),
    ('Document', 'id', 'id', 'uuid', true),
    ('Document', 'userId', 'user_id', 'uuid', true),
    ('Document', 'title', 'title', 'text', true),
    ('Document', 'content', 'content', 'text', true),
    ('Document', 'text', 'kind', 'text', false),
    ('Document', 'createdAt', 'created_at', 'timestamp', true),
    ('Suggestion', 'id', 'id', 'uuid', true),
    ('Suggestion', 'documentId', 'document_id', 'uuid', true),
    ('Suggestion', 'documentCreatedAt', 'document_created_at', 'timestamp', true),
    ('Suggestion', 'originalText', 'original_text', 'text', true),
    ('Suggestion', 'suggestedText', 'suggested_text', 'text', true),
    ('Suggestion', 'description', 'description', 'text', false),
    ('Suggestion', 'isResolved', 'is_resolved', 'boolean', false),
    ('Suggestion', 'userId', 'user_id', 'uuid', false),
    ('Suggestion', 'createdAt', 'created_at', 'timestamp', true)
$function$;

-- vercel_table_columns() returns the columns that a table of the source has, each with what vercel_columns()
-- says about it, or with an output that is NULL if the template does not know the column.
CREATE FUNCTION agentchat.vercel_table_columns(source_schema text) RETURNS TABLE (
    source text, source_table oid, column_name name, n smallint, type_id oid, base_type_id oid,
    type_name text, output text, kind text, is_of_kind boolean
)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT c.relname::text, c.oid, a.attname, a.attnum, a.atttypid, b.type_id,
    format_type(a.atttypid, a.atttypmod), k.output,
    k.kind, CASE k.kind
        WHEN 'uuid' THEN b.type_id = 'uuid'::regtype
        WHEN 'boolean' THEN b.type_id = 'boolean'::regtype
        WHEN 'timestamp' THEN b.type_id IN ('timestamp'::regtype, 'timestamptz'::regtype)
        WHEN 'json' THEN b.type_id IN ('json'::regtype, 'jsonb'::regtype)
        WHEN 'text' THEN t.typcategory IN ('S', 'E')
        ELSE true
    END
FROM pg_namespace s
    JOIN pg_class c ON c.relnamespace = s.oid AND c.relkind IN ('r', 'p', 'f', 'v', 'm')
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    JOIN pg_type t ON t.oid = a.atttypid
    -- The type of a domain can be a domain.
    CROSS JOIN LATERAL (
        WITH RECURSIVE types AS (
            SELECT t.oid, t.typtype, t.typbasetype
            UNION ALL
            SELECT p.oid, p.typtype, p.typbasetype
            FROM types d JOIN pg_type p ON p.oid = d.typbasetype WHERE d.typtype = 'd'
        )
        SELECT y.oid FROM types y WHERE y.typtype <> 'd') b (type_id)
    LEFT JOIN agentchat.vercel_columns() k ON k.source = c.relname AND k.column_name = a.attname
WHERE s.nspname = source_schema AND c.relname IN (SELECT v.source FROM agentchat.vercel_columns() v)
$function$;

-- require_vercel_chatbot() refuses a schema that does not hold tables of Vercel's chatbot, tables that cannot
-- be read, and a time zone that does not exist.
CREATE FUNCTION agentchat.require_vercel_chatbot(source_schema text, time_zone text) RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    wrong text;
BEGIN
    IF source_schema IS NULL OR time_zone IS NULL THEN
        RAISE EXCEPTION '% is NULL', CASE WHEN source_schema IS NULL THEN 'source_schema' ELSE 'time_zone' END
            USING ERRCODE = 'null_value_not_allowed',
                  HINT = 'Pass the schema of the chatbot''s tables, and the time zone of its times: '
                         'SELECT * FROM agentchat.import_vercel_chatbot(''public'', time_zone => ''UTC'');';
    END IF;
    BEGIN
        PERFORM timestamp '2000-01-01' AT TIME ZONE time_zone;
    EXCEPTION WHEN invalid_parameter_value THEN
        RAISE EXCEPTION 'time zone "%" does not exist', time_zone
            USING ERRCODE = 'invalid_parameter_value',
                  HINT = 'SELECT name FROM pg_timezone_names; lists the time zones. '
                         'The chatbot writes UTC unless its server has another time zone.';
    END;
    IF NOT EXISTS (SELECT FROM pg_namespace n WHERE n.nspname = source_schema) THEN
        RAISE EXCEPTION 'schema "%" does not exist', source_schema
            USING ERRCODE = 'invalid_parameter_value',
                  HINT = 'Pass the schema that has the chatbot''s tables, as it is spelt in the catalog.';
    END IF;
    IF NOT EXISTS (SELECT FROM agentchat.vercel_table_columns(source_schema)) THEN
        RAISE EXCEPTION 'schema "%" has no tables of Vercel''s chatbot', source_schema
            USING ERRCODE = 'invalid_parameter_value',
                  DETAIL = (SELECT format('None of these tables exists: %s.',
                                          string_agg(DISTINCT quote_ident(v.source), ', '))
                            FROM agentchat.vercel_columns() v),
                  HINT = 'Pass the schema that has the chatbot''s tables.';
    END IF;

    -- A view runs functions of its owner's choice with the caller's rights.
    SELECT string_agg(c.oid::regclass::text, ', ' ORDER BY c.oid) INTO wrong
    FROM (SELECT DISTINCT t.source_table FROM agentchat.vercel_table_columns(source_schema) t) t
        JOIN pg_class c ON c.oid = t.source_table AND c.relkind = 'v'
        JOIN pg_roles r ON r.oid = c.relowner
    WHERE NOT pg_has_role(c.relowner, 'USAGE')
       OR (SELECT u.rolsuper FROM pg_roles u WHERE u.rolname = current_user) AND NOT r.rolsuper;
    IF wrong IS NOT NULL THEN
        RAISE EXCEPTION 'the source has views of another role'
            USING ERRCODE = 'insufficient_privilege',
                  DETAIL = format('Reading these views would run their functions with the rights of the role '
                                  '%I: %s.', current_user, wrong),
                  HINT = 'Import from tables, or change the owner of the views.';
    END IF;

    SELECT string_agg(d.difference, ' ' ORDER BY d.source, d.column_name) INTO wrong
    FROM (SELECT v.source, v.column_name,
              format('%I.%I %s.', v.source, v.column_name,
                     CASE WHEN c.source IS NULL THEN 'is missing'
                     ELSE format('is of type %s instead of %s', c.type_name, v.kind) END) AS difference
          FROM agentchat.vercel_columns() v
              LEFT JOIN agentchat.vercel_table_columns(source_schema) c
                  ON c.source = v.source AND c.column_name = v.column_name
          WHERE v.source IN (SELECT t.source FROM agentchat.vercel_table_columns(source_schema) t)
            AND CASE WHEN c.source IS NULL THEN v.needed ELSE NOT c.is_of_kind END) d;
    IF wrong IS NOT NULL THEN
        RAISE EXCEPTION 'tables in schema "%" are not those of Vercel''s chatbot', source_schema
            USING ERRCODE = 'invalid_parameter_value',
                  DETAIL = wrong,
                  HINT = 'Create views with the columns of the chatbot in a schema of their own, and import '
                         'from there.';
    END IF;
END
$function$;

-- json_needs_cleaning() tells whether clean_json() replaces characters of a text.
CREATE FUNCTION agentchat.json_needs_cleaning(json_text text) RETURNS boolean
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $function$
-- Without escaped backslashes, every backslash begins an escape. Without pairs, every surrogate is alone.
SELECT json_text ~ '\\u(0000|[dD][89a-fA-F])'
   AND regexp_replace(replace(json_text, '\\', ''),
                      '\\u[dD][89abAB][[:xdigit:]]{2}\\u[dD][c-fC-F]', '', 'g') ~ '\\u(0000|[dD][89a-fA-F])'
$function$;

-- vercel_source() returns the SQL that reads some outputs of a table of the source, or NULL if the source
-- does not have the table. Times are in UTC, and JSON is jsonb. If the outputs name it, extra_columns has the
-- values of the columns that the template does not have, as an object, or NULL. replaced tells whether
-- characters of the JSON were replaced.
CREATE FUNCTION agentchat.vercel_source(source_schema text, source text, time_zone text, outputs text[])
    RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
WITH columns AS (
    SELECT c.*, format('s.%I', c.column_name) AS value, quote_ident('text of column ' || c.n) AS text_name,
        -- to_jsonb() and casts to text would call functions that the owner of a type has chosen. format()
        -- calls the output function, which only superusers choose. to_jsonb() of json[] would refuse the
        -- characters that clean_json() replaces.
        c.type_id < 16384 AND c.type_id <> 'json[]'::regtype AS is_built_in,
        c.base_type_id = 'json'::regtype AS is_json,
        c.kind IS NULL AS is_extra
    FROM agentchat.vercel_table_columns(source_schema) c
    WHERE c.source = vercel_source.source
      AND (c.output = ANY (outputs) OR c.kind IS NULL AND 'extra_columns' = ANY (outputs))
), expressions AS (
    SELECT c.*,
        CASE
            WHEN c.is_json
                THEN format('CASE s.%1$s WHEN ''[]'' THEN ''[]''::jsonb '
                            'ELSE agentchat.clean_json(s.%1$s) END', c.text_name)
            WHEN c.is_extra AND c.is_built_in THEN format('to_jsonb(%s)', c.value)
            WHEN c.is_extra
                THEN format('CASE WHEN %1$s IS NOT NULL THEN to_jsonb(format(''%%s'', %1$s)) END', c.value)
            WHEN c.kind = 'json' THEN c.value || '::jsonb'
            WHEN c.kind = 'text' AND NOT c.is_built_in
                THEN format('CASE WHEN %1$s IS NOT NULL THEN format(''%%s'', %1$s) END', c.value)
            WHEN c.kind = 'timestamp' AND c.base_type_id = 'timestamptz'::regtype
                THEN c.value || ' AT TIME ZONE ''UTC'''
            WHEN c.kind = 'timestamp'
                THEN format('%s::timestamp AT TIME ZONE %L AT TIME ZONE ''UTC''', c.value, time_zone)
            ELSE format('%s::%s', c.value, c.kind)
        END AS expression
    FROM columns c
)
SELECT format('SELECT %s FROM (SELECT s.*%s FROM %I.%I s OFFSET 0) s',
    concat_ws(', ',
        (SELECT string_agg(format('%s AS %s', coalesce(e.expression,
                    'NULL::' || CASE k.kind WHEN 'json' THEN 'jsonb' ELSE k.kind END), k.output), ', ')
         FROM agentchat.vercel_columns() k
             LEFT JOIN expressions e ON e.column_name = k.column_name
         WHERE k.source = vercel_source.source AND k.output = ANY (outputs)),
        (SELECT coalesce(CASE WHEN count(*) > 0
            THEN format('(SELECT jsonb_object_agg(e.key, e.value) FROM (VALUES %s) e (key, value) '
                                'WHERE e.value IS NOT NULL)',
                                string_agg(format('(%L, %s)', e.column_name, e.expression), ', ')) END,
                         'NULL::jsonb') || ' AS extra_columns'
         FROM expressions e
         WHERE e.is_extra),
        -- strpos() finds out quickly about most texts.
        (SELECT coalesce(string_agg(format('coalesce(strpos(s.%1$s, ''\u'') > 0 '
                                           'AND agentchat.json_needs_cleaning(s.%1$s), false)', e.text_name),
                                    ' OR '), 'false') || ' AS replaced'
         FROM expressions e
         WHERE e.is_json)),
    -- The text of JSON is used several times.
    (SELECT string_agg(format(', %s::text AS %s', e.value, e.text_name), '') FROM expressions e
        WHERE e.is_json),
    source_schema, vercel_source.source)
WHERE EXISTS (SELECT FROM agentchat.vercel_table_columns(source_schema) c
    WHERE c.source = vercel_source.source)
$function$;
-- ui_parts() returns the parts of a message from elsewhere in the form of today's AI SDK. What the AI SDK
-- would refuse is kept in a part of type data-imported, under the name of the source.
CREATE FUNCTION agentchat.ui_parts(parts jsonb, source text) RETURNS jsonb
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'agentchat_ui_parts';

-- vercel_ui_parts() returns what messages stores of a message of Vercel's chatbot: the parts in the form of
-- today's AI SDK, the attachments that are not among them, the texts, and notes of what could not be taken as
-- it is. It has no search_path of its own, so that the planner inlines it.
CREATE FUNCTION agentchat.vercel_ui_parts(parts jsonb, attachments jsonb) RETURNS TABLE (
    parts jsonb, attachments jsonb, content text, reasoning text, notes text[]
)
    LANGUAGE sql STABLE ROWS 1
    AS $function$
SELECT p.parts,
    CASE WHEN p.attachments OPERATOR(pg_catalog.=) '[]' THEN '[]'::pg_catalog.jsonb ELSE (
        SELECT COALESCE(pg_catalog.jsonb_agg(e.attachment ORDER BY e.n), '[]')
        FROM pg_catalog.jsonb_array_elements(p.attachments) WITH ORDINALITY e (attachment, n)
        WHERE NOT EXISTS (
            SELECT FROM pg_catalog.jsonb_array_elements(p.parts) f (part)
            WHERE f.part OPERATOR(pg_catalog.->>) 'type' OPERATOR(pg_catalog.=) 'file'
              AND (f.part OPERATOR(pg_catalog.->) 'url')
                  OPERATOR(pg_catalog.=) (e.attachment OPERATOR(pg_catalog.->) 'url')
              -- The part says all that the attachment says.
              AND CASE pg_catalog.jsonb_typeof(e.attachment) WHEN 'object' THEN
                  e.attachment OPERATOR(pg_catalog.-) '{url,name,contentType}'::pg_catalog.text[] END
                  OPERATOR(pg_catalog.=) '{}'
              AND COALESCE((e.attachment OPERATOR(pg_catalog.->>) 'name') OPERATOR(pg_catalog.=) ANY (ARRAY[
                      f.part OPERATOR(pg_catalog.->>) 'filename', f.part OPERATOR(pg_catalog.->>) 'name']),
                      NOT e.attachment OPERATOR(pg_catalog.?) 'name')
              AND COALESCE((e.attachment OPERATOR(pg_catalog.->>) 'contentType') OPERATOR(pg_catalog.=)
                      (f.part OPERATOR(pg_catalog.->>) 'mediaType'), true))) END,
    COALESCE((
        SELECT pg_catalog.string_agg(e.part OPERATOR(pg_catalog.->>) 'text', '')
        FROM pg_catalog.jsonb_array_elements(p.parts) e (part)
        WHERE e.part OPERATOR(pg_catalog.->>) 'type' OPERATOR(pg_catalog.=) 'text'), ''),
    CASE WHEN p.parts OPERATOR(pg_catalog.@>) '[{"type": "reasoning"}]' THEN (
        SELECT pg_catalog.string_agg(e.part OPERATOR(pg_catalog.->>) 'text', '')
        FROM pg_catalog.jsonb_array_elements(p.parts) e (part)
        WHERE e.part OPERATOR(pg_catalog.->>) 'type' OPERATOR(pg_catalog.=) 'reasoning') END,
    CASE WHEN p.parts OPERATOR(pg_catalog.=) $1 THEN NULL ELSE pg_catalog.array_remove(ARRAY[
        CASE WHEN p.parts OPERATOR(pg_catalog.@?)
                  '$[*] ? (@.type == "data-imported" && exists (@.data.part))'
             THEN 'parts that the AI SDK does not accept were kept as data' END,
        CASE WHEN COALESCE($1, '[]') OPERATOR(pg_catalog.=) '[]'
             THEN 'no parts, an empty text was written' END], NULL) END
-- Without OFFSET, the planner would call ui_parts() several times. The texts come in the order of the parts,
-- and to sort them would take a third of the time.
FROM (SELECT agentchat.ui_parts(COALESCE($1, '[]'), 'vercel_chatbot') AS parts,
             CASE WHEN pg_catalog.jsonb_typeof($2) OPERATOR(pg_catalog.=) 'array' THEN $2
             ELSE '[]' END AS attachments
      OFFSET 0) p
$function$;
-- Reads the table "Message" of the template's first generations. It has a row for each ModelMessage: the
-- user's, those of the assistant, and the results of tools. An answer is all rows of the assistant and of
-- tools up to the next row of another role.

-- vercel_tool_result() returns what a call gets from a part of type tool-result: its state, and its output or
-- error. Without a result, the call has no answer yet.
CREATE FUNCTION agentchat.vercel_tool_result(result jsonb) RETURNS jsonb
    LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT CASE
    WHEN result IS NULL THEN jsonb_build_object('state', 'input-available')
    WHEN is_error THEN jsonb_build_object('state', 'output-error', 'errorText', value #>> '{}')
    ELSE jsonb_build_object('state', 'output-available', 'output', value)
    END
FROM (
    -- AI SDK 5 wraps the output: {"type": "json", "value"}.
    SELECT CASE WHEN result ? 'result' THEN result -> 'result'
                WHEN is_wrapped THEN result -> 'output' -> 'value'
                ELSE coalesce(result -> 'output', result -> 'experimental_content', 'null') END AS value,
        result -> 'isError' = 'true' OR is_wrapped AND result -> 'output' ->> 'type' LIKE 'error-%'
            AS is_error
    FROM (SELECT coalesce(result -> 'output' ? 'value'
              AND jsonb_typeof(result -> 'output' -> 'type') = 'string', false)) w (is_wrapped)) v
$function$;

-- vercel_old_messages() returns the SQL that reads the table "Message", or NULL if the source does not have
-- it. The SQL has a row for each row of the table.
-- The first row of an answer has the parts of all its rows, and
-- the others have an outcome. message_id is the message that a row has become.
CREATE FUNCTION agentchat.vercel_old_messages(source_schema text, time_zone text) RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT format(
    $sql$
WITH source AS (
    SELECT s.id, s.chat_id, s.role, s.created_at, s.extra_columns, s.replaced,
        coalesce(s.role IN ('assistant', 'tool'), false) AS is_answer,
        CASE jsonb_typeof(s.content) WHEN 'array' THEN s.content
             WHEN 'null' THEN '[]' ELSE coalesce(jsonb_build_array(s.content), '[]') END AS content,
        v.id IS NOT NULL AS is_migrated
    FROM (%1$s) s LEFT JOIN (SELECT DISTINCT m.id FROM (%2$s) m) v ON v.id = s.id
), ordered AS MATERIALIZED (
    -- Of rows with the same time, questions come before answers, and calls before their results.
    SELECT s.*, row_number() OVER places AS n,
        count(*) FILTER (WHERE NOT s.is_answer) OVER (places ROWS UNBOUNDED PRECEDING) AS section
    FROM source s
    WINDOW places AS (PARTITION BY s.chat_id ORDER BY s.created_at,
        CASE WHEN s.role = 'system' THEN 1 WHEN NOT s.is_answer THEN 2
             WHEN s.role = 'tool' THEN 4 WHEN s.content @> '[{"type": "tool-call"}]' THEN 3 ELSE 5 END, s.id)
), answers AS (
    SELECT o.chat_id, o.section, bool_or(o.is_migrated) AS is_migrated,
        coalesce(min(o.n) FILTER (WHERE o.role = 'assistant' AND o.id IS NOT NULL),
                 min(o.n) FILTER (WHERE o.id IS NOT NULL)) AS first_n,
        (array_agg(o.id ORDER BY o.is_migrated DESC, o.role, o.n) FILTER (WHERE o.id IS NOT NULL))[1]
            AS message_id,
        jsonb_agg(o.id ORDER BY o.n) AS ids
    FROM ordered o
    WHERE o.is_answer
    GROUP BY o.chat_id, o.section
), elements AS MATERIALIZED (
    SELECT o.chat_id, o.section, o.is_answer, o.n, e.n AS part_n, e.part, e.part ->> 'type' AS type,
        CASE WHEN jsonb_typeof(e.part -> 'toolName') = 'string' THEN e.part ->> 'toolCallId' END AS call_id
    FROM ordered o CROSS JOIN LATERAL jsonb_array_elements(o.content) WITH ORDINALITY e (part, n)
), calls AS MATERIALIZED (
    -- Some providers use an id again, in other answers or even in the same.
    SELECT e.*, row_number() OVER (
        PARTITION BY e.chat_id, e.section, e.type, e.call_id ORDER BY e.n, e.part_n) AS occurrence
    FROM elements e
    WHERE e.type IN ('tool-call', 'tool-result') AND e.call_id IS NOT NULL
), answered AS (
    SELECT c.chat_id, c.n, c.part_n, r.n AS result_n, r.part_n AS result_part_n, r.part AS result
    FROM calls c JOIN calls r USING (chat_id, section, call_id, occurrence)
    WHERE c.type = 'tool-call' AND r.type = 'tool-result'
), open AS (
    SELECT c.*, row_number() OVER (PARTITION BY c.chat_id, c.type, c.call_id ORDER BY c.n, c.part_n)
        AS occurrence_in_chat
    FROM calls c
        LEFT JOIN answered a ON c.type = 'tool-call' AND a.chat_id = c.chat_id AND a.n = c.n
            AND a.part_n = c.part_n
        LEFT JOIN answered r ON c.type = 'tool-result' AND r.chat_id = c.chat_id AND r.result_n = c.n
            AND r.result_part_n = c.part_n
    WHERE a.n IS NULL AND r.n IS NULL
), results AS MATERIALIZED (
    SELECT a.* FROM answered a
    UNION ALL
    -- A result may also come in another answer than the call.
    SELECT c.chat_id, c.n, c.part_n, r.n, r.part_n, r.part
    FROM open c JOIN open r USING (chat_id, call_id, occurrence_in_chat)
    WHERE c.type = 'tool-call' AND r.type = 'tool-result'
), parts AS (
    SELECT e.chat_id, e.section, e.is_answer, e.n, e.part_n,
        CASE
            WHEN e.call_id IS NULL OR e.type NOT IN ('tool-call', 'tool-result') THEN e.part
            ELSE jsonb_build_object('toolCallId', e.call_id)
                || CASE e.type WHEN 'tool-call' THEN jsonb_build_object(
                        'type', 'tool-' || (e.part ->> 'toolName'),
                        'input', coalesce(e.part -> 'args', e.part -> 'input', 'null'))
                   ELSE jsonb_build_object('type', 'dynamic-tool', 'toolName', e.part -> 'toolName',
                        'input', NULL) END
                || agentchat.vercel_tool_result(CASE e.type WHEN 'tool-call' THEN r.result ELSE e.part END)
        END AS part
    FROM elements e
        LEFT JOIN results r ON r.chat_id = e.chat_id AND r.n = e.n AND r.part_n = e.part_n
        LEFT JOIN results t ON t.chat_id = e.chat_id AND t.result_n = e.n AND t.result_part_n = e.part_n
    WHERE t.n IS NULL
    UNION ALL
    SELECT o.chat_id, o.section, true, o.n, 0, '{"type": "step-start"}'
    FROM ordered o
    WHERE o.role = 'assistant' AND o.content <> '[]'
    UNION ALL
    SELECT o.chat_id, o.section, o.is_answer, o.n, 9223372036854775807, jsonb_build_object(
        'type', 'data-imported',
        'data', jsonb_build_object('source', 'vercel_chatbot', 'id', o.id, 'columns', o.extra_columns))
    FROM ordered o
    WHERE o.extra_columns IS NOT NULL
), joined AS (
    SELECT p.chat_id, p.section, p.is_answer, jsonb_agg(p.part ORDER BY p.n, p.part_n) AS parts
    FROM parts p
    GROUP BY p.chat_id, p.section, p.is_answer
), placed AS (
    SELECT o.*, a.message_id, a.first_n, a.is_migrated AS is_answer_migrated,
        j.parts || CASE WHEN jsonb_array_length(a.ids) > 1 THEN jsonb_build_array(jsonb_build_object(
            'type', 'data-imported', 'data', jsonb_build_object('source', 'vercel_chatbot', 'merged', a.ids)))
            ELSE '[]' END AS parts
    FROM ordered o
        LEFT JOIN answers a ON o.is_answer AND a.chat_id = o.chat_id AND a.section = o.section
        LEFT JOIN joined j ON j.chat_id = o.chat_id AND j.section = o.section AND j.is_answer = o.is_answer
            AND (NOT o.is_answer OR a.first_n = o.n)
)
SELECT 'Message' AS source, o.id, o.chat_id, CASE WHEN o.is_answer THEN 'assistant' ELSE o.role END AS role,
    p.content, p.parts, p.attachments, p.reasoning, o.created_at, o.replaced,
    p.notes || CASE WHEN p.parts @> '[{"type": "dynamic-tool"}]'
        THEN ARRAY['results without a call were kept'] END AS part_notes,
    CASE WHEN o.is_migrated OR o.is_answer_migrated THEN 'already in Message_v2'
         -- All results of a row may belong to calls in other answers.
         WHEN o.is_answer AND (o.n <> o.first_n OR o.role = 'tool' AND o.parts IS NULL)
             THEN 'part of an answer, merged' END AS old_outcome,
    CASE WHEN o.is_answer THEN o.message_id ELSE o.id END AS message_id
FROM placed o
    CROSS JOIN LATERAL agentchat.vercel_ui_parts(o.parts, '[]') p
    $sql$,
    agentchat.vercel_source(source_schema, 'Message', time_zone,
        ARRAY['id', 'chat_id', 'role', 'content', 'created_at', 'extra_columns']),
    coalesce(agentchat.vercel_source(source_schema, 'Message_v2', time_zone, ARRAY['id']),
             'SELECT NULL::uuid AS id'))
WHERE agentchat.vercel_source(source_schema, 'Message', time_zone, ARRAY['id']) IS NOT NULL
$function$;
-- The rows that import_vercel_chatbot() writes, made of those of the source. The dry run reads the same.
--
-- Each function returns a row for every row of the source. outcome is NULL if the row is to be written;
-- otherwise it says why it is not. notes names what else the result reports about the row.

-- vercel_users() returns the users of the source, and the id that each has in users: the first user of an
-- e-mail takes in the others, unless users has a row of that id or e-mail already.
CREATE FUNCTION agentchat.vercel_users(source_schema text, time_zone text) RETURNS TABLE (
    source_id uuid, id uuid, email text, name text, avatar_url text, created_at timestamp,
        updated_at timestamp,
    outcome text, notes text[]
)
    LANGUAGE plpgsql STABLE ROWS 10000 SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    users CONSTANT text := agentchat.vercel_source(source_schema, 'User', time_zone,
        ARRAY['id', 'email', 'name', 'image', 'created_at', 'updated_at']);
    -- Users had no time before 2026.
    chats CONSTANT text := coalesce(agentchat.vercel_source(source_schema, 'Chat', time_zone,
        ARRAY['user_id', 'created_at']), 'SELECT NULL::uuid AS user_id, NULL::timestamp AS created_at');
BEGIN
    IF users IS NULL THEN
        RETURN;
    END IF;
    RETURN QUERY EXECUTE format(
        $sql$
WITH first_chats AS (
    SELECT c.user_id, min(c.created_at) AS created_at FROM (%2$s) c GROUP BY c.user_id
), known AS (
    SELECT u.id, nullif(u.email, '') AS email, u.name, u.image, coalesce(u.created_at, f.created_at)
        AS created_at,
        u.updated_at, s.id IS NOT NULL AS is_stored, e.id AS id_of_email
    FROM (%1$s) u
        LEFT JOIN first_chats f ON f.user_id = u.id
        LEFT JOIN %3$susers s ON s.id = u.id
        LEFT JOIN %3$susers e ON e.email = nullif(u.email, '')
), ranked AS (
    SELECT k.*, row_number() OVER same_id AS occurrence,
        first_value(k.id) OVER same_email AS first_id,
        first_value(k.is_stored) OVER same_email AS first_is_stored
    FROM known k
    WINDOW same_id AS (PARTITION BY k.id),
        same_email AS (PARTITION BY coalesce(k.email, k.id::text) ORDER BY k.created_at, k.id)
), placed AS (
    SELECT r.*, CASE WHEN r.is_stored THEN r.id
                WHEN r.first_is_stored THEN r.first_id
                ELSE coalesce(r.id_of_email, r.first_id) END AS target
    FROM ranked r
)
SELECT p.id, p.target, coalesce(p.email, p.id || '@no-email.invalid'), p.name, p.image,
    coalesce(p.created_at, now() AT TIME ZONE 'UTC'), coalesce(p.updated_at, p.created_at,
        now() AT TIME ZONE 'UTC'),
    CASE WHEN p.id IS NULL THEN 'no id'
         WHEN p.occurrence > 1 THEN 'id occurs more than once'
         WHEN p.is_stored THEN 'already imported'
         WHEN p.target = p.id THEN NULL
         WHEN p.target = p.first_id THEN 'duplicate e-mail, merged'
         ELSE 'e-mail is already in users, merged' END,
    CASE WHEN p.email IS NULL THEN ARRAY['no e-mail, a placeholder was written'] END
FROM placed p
        $sql$, users, chats, agentchat.tables_prefix());
END
$function$;

-- vercel_chats() returns the chats of the source as conversations.
CREATE FUNCTION agentchat.vercel_chats(source_schema text, time_zone text, dry_run boolean) RETURNS TABLE (
    id uuid, user_id uuid, title text, metadata jsonb, created_at timestamp, outcome text, notes text[]
)
    LANGUAGE plpgsql STABLE ROWS 100000 SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    chats CONSTANT text := agentchat.vercel_source(source_schema, 'Chat', time_zone,
        ARRAY['id', 'user_id', 'title', 'visibility', 'last_context', 'created_at', 'extra_columns']);
BEGIN
    IF chats IS NULL THEN
        RETURN;
    END IF;
    RETURN QUERY EXECUTE format(
        $sql$
WITH owned AS (
    SELECT s.*, coalesce(u.id, s.user_id) AS owner, t.id IS NOT NULL OR $3 AND u.id IS NOT NULL AS has_owner,
        c.id IS NOT NULL AS is_stored, c.user_id AS stored_owner, row_number() OVER (PARTITION BY s.id)
            AS occurrence
    FROM (%1$s) s
        LEFT JOIN agentchat.vercel_users($1, $2) u
            ON u.source_id = s.user_id AND u.outcome IS DISTINCT FROM 'id occurs more than once'
        LEFT JOIN %2$susers t ON t.id = coalesce(u.id, s.user_id)
        LEFT JOIN %2$sconversations c ON c.id = s.id
)
SELECT o.id, o.owner, coalesce(o.title, 'New chat'),
    CASE WHEN o.visibility IS NULL THEN '{}' ELSE jsonb_build_object('visibility', o.visibility) END
        || CASE WHEN o.last_context IS NULL THEN '{}' ELSE jsonb_build_object('lastContext', o.last_context)
            END
        || jsonb_build_object('imported', agentchat.vercel_origin(o.id, o.user_id, o.owner, o.extra_columns)),
    coalesce(o.created_at, now() AT TIME ZONE 'UTC'),
    CASE WHEN o.id IS NULL THEN 'no id'
         WHEN o.occurrence > 1 THEN 'id occurs more than once'
         WHEN NOT o.has_owner THEN 'no such user'
         WHEN NOT o.is_stored THEN NULL
         WHEN o.stored_owner = o.owner THEN 'already imported'
         ELSE 'id is that of a conversation of another user' END,
    array_remove(ARRAY[
        CASE WHEN o.replaced THEN 'characters that jsonb cannot hold were replaced' END,
        CASE WHEN o.title IS NULL THEN 'no title, "New chat" was written' END,
        CASE WHEN o.created_at IS NULL THEN 'no time, that of the import was written' END], NULL)
FROM owned o
        $sql$, chats, agentchat.tables_prefix())
        USING source_schema, time_zone, dry_run;
END
$function$;

-- vercel_origin() returns what metadata keeps of a row of the source: where it is from, the user whose data
-- were merged into another's, and the values of columns that the template does not have.
CREATE FUNCTION agentchat.vercel_origin(id uuid, user_id uuid, owner uuid, extra_columns jsonb) RETURNS jsonb
    LANGUAGE sql IMMUTABLE
    AS $function$
SELECT pg_catalog.jsonb_build_object('source', 'vercel_chatbot', 'id', id)
    OPERATOR(pg_catalog.||) CASE WHEN user_id OPERATOR(pg_catalog.<>) owner
        THEN pg_catalog.jsonb_build_object('user_id', user_id) ELSE '{}' END
    OPERATOR(pg_catalog.||) CASE WHEN extra_columns IS NOT NULL
        THEN pg_catalog.jsonb_build_object('columns', extra_columns) ELSE '{}' END
$function$;

-- vercel_ids_are_unique() tells whether an index makes the ids of messages unique. Views and foreign tables
-- have
-- none.
CREATE FUNCTION agentchat.vercel_ids_are_unique(source_schema text) RETURNS boolean
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT EXISTS (
    SELECT FROM agentchat.vercel_table_columns(source_schema) c
        JOIN pg_index i ON i.indrelid = c.source_table AND i.indisunique AND i.indisvalid AND i.indimmediate
            AND i.indpred IS NULL AND i.indnkeyatts = 1 AND i.indkey[0] = c.n
    WHERE c.source = 'Message_v2' AND c.column_name = 'id')
$function$;

-- vercel_messages() returns the messages of the source. Without parts, it tells only which messages there
-- are: content, parts, attachments and reasoning are NULL.
CREATE FUNCTION agentchat.vercel_messages(
    source_schema text, time_zone text, dry_run boolean, with_parts boolean, OUT source text, OUT id uuid,
    OUT conversation_id uuid, OUT role text, OUT content text, OUT parts jsonb, OUT attachments jsonb,
    OUT reasoning text, OUT created_at timestamp, OUT outcome text, OUT notes text[], OUT n bigint
) RETURNS SETOF record
    LANGUAGE plpgsql STABLE ROWS 1000000 SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    prefix CONSTANT text := agentchat.tables_prefix();
    chats text := 'SELECT c.id, c.created_at FROM agentchat.vercel_chats($1, $2, $3) c '
        'WHERE c.outcome = ''already imported'' OR c.outcome IS NULL AND $3';
    current_messages text := agentchat.vercel_source(source_schema, 'Message_v2', time_zone,
        ARRAY['id', 'chat_id', 'role', 'created_at']
        || CASE WHEN with_parts THEN ARRAY['parts', 'attachments', 'extra_columns'] END);
    old_messages CONSTANT text := agentchat.vercel_old_messages(source_schema, time_zone);
BEGIN
    IF current_messages IS NULL AND old_messages IS NULL THEN
        RETURN;
    END IF;
    current_messages := CASE WHEN current_messages IS NULL THEN NULL WHEN with_parts THEN format(
        $sql$
SELECT 'Message_v2' AS source, s.id, s.chat_id, s.role, p.content,
    p.parts || CASE WHEN s.extra_columns IS NULL THEN '[]' ELSE jsonb_build_array(jsonb_build_object(
        'type', 'data-imported',
        'data', jsonb_build_object('source', 'vercel_chatbot', 'columns', s.extra_columns))) END AS parts,
    p.attachments, p.reasoning, s.created_at, s.replaced, p.notes AS part_notes,
    NULL AS old_outcome
FROM (%s) s
    CROSS JOIN LATERAL agentchat.vercel_ui_parts(s.parts, s.attachments) p
        $sql$, current_messages)
    ELSE format(
        $sql$
SELECT 'Message_v2' AS source, s.id, s.chat_id, s.role, NULL::text AS content, NULL::jsonb AS parts,
    NULL::jsonb AS attachments, NULL::text AS reasoning, s.created_at, s.replaced,
    NULL::text[] AS part_notes, NULL AS old_outcome
FROM (%s) s
        $sql$, current_messages) END;
    current_messages := concat_ws(' UNION ALL ', current_messages,
        'SELECT o.source, o.id, o.chat_id, o.role, o.content, o.parts, o.attachments, o.reasoning, '
        'o.created_at, o.replaced, o.part_notes, o.old_outcome '
        'FROM (' || old_messages || ') o');
    IF agentchat.vercel_source(source_schema, 'Chat', time_zone, ARRAY['id']) IS NULL THEN
        chats := format('SELECT c.id, c.created_at FROM %sconversations c', prefix);
    END IF;

    RETURN QUERY EXECUTE format(
        $sql$
WITH checked AS (
    SELECT s.*, coalesce(s.created_at, c.created_at) AS given_at,
        CASE WHEN s.id IS NULL THEN 'no id'
             WHEN c.id IS NULL THEN 'no such chat'
             WHEN s.old_outcome IS NOT NULL THEN s.old_outcome
             WHEN s.role IS NULL OR s.role NOT IN ('user', 'assistant', 'system')
                 THEN 'role is not user, assistant or system'
             WHEN %4$s > 1 THEN 'id occurs more than once'
             WHEN m.id IS NULL THEN NULL
             WHEN m.conversation_id = s.chat_id THEN 'already imported'
             ELSE 'id is that of a message of another conversation' END AS outcome,
        m.conversation_id = s.chat_id AND m.parts IS DISTINCT FROM s.parts AND $4 AS differs
    FROM (%1$s) s
        LEFT JOIN (%2$s) c ON c.id = s.chat_id
        LEFT JOIN %3$smessages m ON m.id = s.id
), ranked AS (
    SELECT c.*, c.outcome IS NULL OR c.outcome = 'already imported' AS has_place,
        CASE c.role WHEN 'system' THEN 1 WHEN 'user' THEN 2 ELSE 3 END AS role_rank
    FROM checked c
), numbered AS (
    SELECT r.*, row_number() OVER places AS n
    FROM ranked r
    -- Messages that are stored come before others of the same time, because they keep their times.
    WINDOW places AS (PARTITION BY r.chat_id, r.has_place ORDER BY r.given_at, r.outcome, r.role_rank, r.id)
)
SELECT n.source, n.id, n.chat_id, n.role, n.content, n.parts, n.attachments, n.reasoning,
    -- Each time is later than the one before it. The order is that of n, and PostgreSQL sorts once.
    max(n.given_at - n.n * interval '1 us') OVER (
        PARTITION BY n.chat_id, n.has_place ORDER BY n.given_at, n.outcome, n.role_rank, n.id
        ROWS UNBOUNDED PRECEDING) + n.n * interval '1 us',
    n.outcome,
    array_remove(ARRAY[
        CASE WHEN n.replaced THEN 'characters that jsonb cannot hold were replaced' END,
        CASE WHEN n.differs THEN 'differs from the message that is stored, which stays' END,
        CASE WHEN n.created_at IS NULL THEN 'no time, that of the chat was written' END], NULL)
        || CASE WHEN n.outcome IS NULL THEN n.part_notes END,
    row_number() OVER ()
FROM numbered n
        $sql$, current_messages, chats, prefix,
        -- Counting the rows of each id would sort them all.
        CASE WHEN agentchat.vercel_ids_are_unique(source_schema) THEN '1'
        ELSE 'row_number() OVER (PARTITION BY s.id ORDER BY c.id IS NULL, s.created_at)' END)
        USING source_schema, time_zone, dry_run, with_parts;
END
$function$;

-- vercel_votes() returns the votes of the source. A vote for an old message counts for the message that took
-- it in.
CREATE FUNCTION agentchat.vercel_votes(
    source_schema text, time_zone text, dry_run boolean, OUT source text, OUT id uuid,
        OUT conversation_id uuid,
    OUT message_id uuid, OUT vote jsonb, OUT outcome text, OUT notes text[]
) RETURNS SETOF record
    LANGUAGE plpgsql STABLE ROWS 10000 SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    prefix CONSTANT text := agentchat.tables_prefix();
    votes text;
    old_messages CONSTANT text := coalesce(agentchat.vercel_old_messages(source_schema, time_zone),
        'SELECT NULL::uuid AS id, NULL::uuid AS message_id');
    messages CONSTANT text := CASE WHEN dry_run
        THEN 'SELECT m.id, m.conversation_id FROM agentchat.vercel_messages($1, $2, true, false) m '
             'WHERE m.outcome IS NULL OR m.outcome = ''already imported'''
        ELSE format('SELECT m.id, m.conversation_id FROM %smessages m', prefix) END;
BEGIN
    SELECT string_agg(format(
        'SELECT %L AS source, %s AS rank, v.chat_id, coalesce(o.message_id, v.message_id) AS message_id, '
        'v.is_upvoted, v.extra_columns, v.replaced FROM (%s) v LEFT JOIN (%s) o ON o.id = v.message_id',
        t.source, t.rank, t.votes, CASE t.source WHEN 'Vote' THEN old_messages
        ELSE 'SELECT NULL::uuid AS id, NULL::uuid AS message_id' END), ' UNION ALL ')
    INTO votes
    FROM (SELECT v.source, v.rank, agentchat.vercel_source(source_schema, v.source, time_zone,
              ARRAY['chat_id', 'message_id', 'is_upvoted', 'extra_columns']) AS votes
          FROM (VALUES ('Vote_v2', 1), ('Vote', 2)) v (source, rank)) t
    WHERE t.votes IS NOT NULL;
    IF votes IS NULL THEN
        RETURN;
    END IF;
    RETURN QUERY EXECUTE format(
        $sql$
WITH known AS (
    SELECT v.*, m.id IS NOT NULL AS has_message, c.metadata #> ARRAY['votes', v.message_id::text]
        AS stored_vote,
        jsonb_build_object('is_upvoted', v.is_upvoted)
            || CASE WHEN v.extra_columns IS NULL THEN '{}'
               ELSE jsonb_build_object('columns', v.extra_columns) END AS vote,
        row_number() OVER (PARTITION BY v.chat_id, v.message_id ORDER BY v.rank) AS occurrence
    FROM (%1$s) v
        LEFT JOIN (%2$s) m ON m.id = v.message_id AND m.conversation_id = v.chat_id
        LEFT JOIN %3$sconversations c ON c.id = v.chat_id
)
SELECT k.source, k.message_id, k.chat_id, k.message_id, k.vote,
    CASE WHEN NOT k.has_message THEN 'no such message in the chat'
         WHEN k.is_upvoted IS NULL THEN 'no vote'
         WHEN k.occurrence > 1 THEN 'second vote on a message'
         WHEN k.stored_vote IS NOT NULL THEN 'already imported' END,
    array_remove(ARRAY[
        CASE WHEN k.replaced THEN 'characters that jsonb cannot hold were replaced' END,
        CASE WHEN k.has_message AND k.stored_vote <> k.vote AND k.occurrence = 1
             THEN 'differs from the vote that is stored, which stays' END], NULL)
FROM known k
        $sql$, votes, messages, prefix)
        USING source_schema, time_zone;
END
$function$;
-- vercel_documents() returns the versions of the documents of the source. The newest version is written, as
-- an artifact that has the older ones in its metadata; they are merged. If a document has got new versions
-- since an earlier import, the artifact is updated, unless it has changed here since.
CREATE FUNCTION agentchat.vercel_documents(
    source_schema text, time_zone text, dry_run boolean, OUT id uuid, OUT user_id uuid, OUT message_id uuid,
    OUT type text, OUT title text, OUT content text, OUT metadata jsonb, OUT created_at timestamp,
    OUT updated_at timestamp, OUT is_update boolean, OUT outcome text, OUT notes text[]
) RETURNS SETOF record
    LANGUAGE plpgsql STABLE ROWS 10000 SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    documents CONSTANT text := agentchat.vercel_source(source_schema, 'Document', time_zone,
        ARRAY['id', 'user_id', 'title', 'content', 'kind', 'created_at', 'extra_columns']);
BEGIN
    IF documents IS NULL THEN
        RETURN;
    END IF;
    RETURN QUERY EXECUTE format(
        $sql$
WITH versions AS (
    SELECT d.id, d.user_id, coalesce(d.title, '') AS title, d.content, coalesce(d.kind, 'text') AS kind,
        w.created_at, d.extra_columns, d.replaced,
        a.id IS NOT NULL AS is_stored, a.user_id AS stored_owner, a.updated_at AS stored_at,
        (a.metadata #>> '{imported,version_at}')::timestamp AS imported_at,
        coalesce(a.metadata #>> '{imported,version_at}' = agentchat.utc_text(w.created_at)
            OR a.metadata -> 'versions' @> jsonb_build_array(jsonb_build_object(
                'created_at', agentchat.utc_text(w.created_at))), false) AS is_known,
        row_number() OVER (PARTITION BY d.id ORDER BY d.created_at DESC, d.content DESC) AS age,
        first_value(d.user_id) OVER (PARTITION BY d.id ORDER BY d.created_at DESC, d.content DESC)
            AS newest_user_id,
        sum(octet_length(d.content) + 1000.0) OVER (
            PARTITION BY d.id ORDER BY d.created_at DESC, d.content DESC ROWS UNBOUNDED PRECEDING) AS size
    FROM (%1$s) d
        LEFT JOIN %2$sartifacts a ON a.id = d.id
        CROSS JOIN LATERAL (SELECT coalesce(
            d.created_at, (a.metadata #>> '{imported,version_at}')::timestamp, now() AT TIME ZONE 'UTC')
            ) w (created_at)
), older AS (
    SELECT v.id, min(v.created_at) AS created_at, jsonb_agg(
        jsonb_build_object('created_at', agentchat.utc_text(v.created_at), 'title', v.title,
                           'content', v.content, 'kind', v.kind)
            || CASE WHEN v.user_id = v.newest_user_id THEN '{}'
               ELSE jsonb_build_object('user_id', v.user_id) END
            || CASE WHEN v.extra_columns IS NULL THEN '{}'
               ELSE jsonb_build_object('columns', v.extra_columns) END
        ORDER BY v.age DESC) AS versions
    FROM versions v
    WHERE v.age > 1 AND v.size < 200000000 AND NOT v.is_known
    GROUP BY v.id
), mentions AS (
    -- The first message whose tools made the document.
    SELECT DISTINCT ON (c.user_id, o.id) c.user_id, o.id, m.id AS message_id
    FROM %2$sconversations c
        JOIN %2$smessages m ON m.conversation_id = c.id
        CROSS JOIN LATERAL (
            SELECT p.output_id #>> '{}' FROM jsonb_path_query(m.parts, '$[*].output.id') p (output_id)) o (id)
    WHERE NOT $3 AND c.metadata #>> '{imported,source}' = 'vercel_chatbot'
      AND EXISTS (SELECT FROM versions v WHERE NOT v.is_stored)
    ORDER BY c.user_id, o.id, m.created_at, m.id
)
SELECT v.id, o.owner, m.message_id, CASE WHEN k.is_known THEN v.kind ELSE 'text' END, v.title, v.content,
    CASE WHEN v.age = 1 THEN
        coalesce(a.metadata, '{}')
        || jsonb_build_object('imported',
            agentchat.vercel_origin(v.id, v.user_id, o.owner, v.extra_columns)
                || jsonb_build_object('version_at', agentchat.utc_text(v.created_at))
                || CASE WHEN k.is_known THEN '{}' ELSE jsonb_build_object('kind', v.kind) END)
        || CASE WHEN a.id IS NULL AND e.versions IS NULL THEN '{}' ELSE jsonb_build_object('versions', (
               SELECT coalesce(jsonb_agg(o.version ORDER BY o.version ->> 'created_at', o.n), '[]')
               FROM jsonb_array_elements(
                   coalesce(a.metadata -> 'versions', '[]')
                   || CASE WHEN a.id IS NULL OR v.is_known THEN '[]'
                      ELSE jsonb_build_array(jsonb_build_object(
                          'created_at', agentchat.utc_text(a.updated_at), 'title', a.title,
                          'content', a.content,
                          'kind', coalesce(a.metadata #>> '{imported,kind}', a.type))) END
                   || coalesce(e.versions, '[]')) WITH ORDINALITY o (version, n))) END
    END,
    coalesce(e.created_at, v.created_at), v.created_at,
    v.age = 1 AND v.is_stored AND v.stored_owner = o.owner AND v.stored_at = v.imported_at
        AND (NOT v.is_known OR e.versions IS NOT NULL),
    CASE WHEN v.id IS NULL THEN 'no id'
         WHEN t.id IS NULL AND NOT ($3 AND u.id IS NOT NULL) THEN 'no such user'
         WHEN v.stored_owner <> o.owner THEN 'id is that of an artifact of another user'
         WHEN v.is_stored AND v.imported_at IS NULL THEN 'id is that of an artifact that was not imported'
         WHEN v.is_known THEN 'already imported'
         WHEN v.stored_at <> v.imported_at THEN 'the artifact has changed since it was imported'
         -- A jsonb value can have 256 MB.
         WHEN v.age > 1 AND v.size >= 200000000 THEN 'older version, left out because of its size'
         WHEN v.age > 1 THEN 'older version, merged' END,
    array_remove(ARRAY[
        CASE WHEN v.replaced THEN 'characters that jsonb cannot hold were replaced' END,
        CASE WHEN NOT k.is_known THEN 'kind is not text, code, image or sheet; "text" was written' END], NULL)
FROM versions v
    LEFT JOIN agentchat.vercel_users($1, $2) u
        ON u.source_id = v.newest_user_id AND u.outcome IS DISTINCT FROM 'id occurs more than once'
    CROSS JOIN LATERAL (SELECT coalesce(u.id, v.newest_user_id)) o (owner)
    CROSS JOIN LATERAL (SELECT v.kind IN ('code', 'text', 'sheet', 'image')) k (is_known)
    LEFT JOIN %2$susers t ON t.id = o.owner
    LEFT JOIN older e ON e.id = v.id AND v.age = 1
    LEFT JOIN mentions m ON m.user_id = o.owner AND m.id = v.id::text AND v.age = 1
    LEFT JOIN %2$sartifacts a ON a.id = v.id AND v.age = 1
        $sql$, documents, agentchat.tables_prefix())
        USING source_schema, time_zone, dry_run;
END
$function$;

-- vercel_suggestions() returns the suggestions of the source, each as an element for the metadata of the
-- artifact that it belongs to.
CREATE FUNCTION agentchat.vercel_suggestions(
    source_schema text, time_zone text, dry_run boolean, OUT id uuid, OUT artifact_id uuid,
        OUT suggestion jsonb,
    OUT created_at timestamp, OUT outcome text, OUT notes text[]
) RETURNS SETOF record
    LANGUAGE plpgsql STABLE ROWS 10000 SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    prefix CONSTANT text := agentchat.tables_prefix();
    suggestions CONSTANT text := agentchat.vercel_source(source_schema, 'Suggestion', time_zone,
        ARRAY['id', 'document_id', 'document_created_at', 'original_text', 'suggested_text', 'description',
              'is_resolved', 'user_id', 'created_at', 'extra_columns']);
    versions CONSTANT text := coalesce(agentchat.vercel_source(source_schema, 'Document', time_zone,
        ARRAY['id', 'created_at']), 'SELECT NULL::uuid AS id, NULL::timestamp AS created_at WHERE false');
    artifacts CONSTANT text := format('SELECT a.id FROM %sartifacts a WHERE a.metadata ? ''imported''',
        prefix)
        || CASE WHEN dry_run THEN ' UNION SELECT d.id FROM agentchat.vercel_documents($1, $2, true) d '
                                  'WHERE d.outcome IS NULL' ELSE '' END;
BEGIN
    IF suggestions IS NULL THEN
        RETURN;
    END IF;
    RETURN QUERY EXECUTE format(
        $sql$
WITH stored AS (
    SELECT a.id AS artifact_id, e.suggestion ->> 'id' AS id
    FROM %4$sartifacts a
        CROSS JOIN LATERAL jsonb_array_elements(
            CASE jsonb_typeof(a.metadata -> 'suggestions') WHEN 'array' THEN a.metadata -> 'suggestions' END
        ) e (suggestion)
    WHERE a.id IN (SELECT s.document_id FROM (%1$s) s)
)
SELECT s.id, s.document_id,
    jsonb_build_object(
        'id', s.id, 'document_created_at', agentchat.utc_text(s.document_created_at),
        'original_text', s.original_text, 'suggested_text', s.suggested_text, 'description', s.description,
        'is_resolved', s.is_resolved, 'user_id', coalesce(u.id, s.user_id),
        'created_at', agentchat.utc_text(s.created_at))
        || CASE WHEN s.extra_columns IS NULL THEN '{}' ELSE jsonb_build_object('columns', s.extra_columns)
            END,
    s.created_at,
    CASE WHEN s.id IS NULL THEN 'no id'
         WHEN a.id IS NULL THEN 'no such document'
         WHEN row_number() OVER (PARTITION BY s.id) > 1 THEN 'id occurs more than once'
         WHEN t.id IS NOT NULL THEN 'already imported' END,
    array_remove(ARRAY[
        CASE WHEN s.replaced THEN 'characters that jsonb cannot hold were replaced' END,
        CASE WHEN a.id IS NOT NULL AND v.id IS NULL THEN 'the version that it belongs to does not exist'
            END], NULL)
FROM (%1$s) s
    LEFT JOIN (%2$s) a ON a.id = s.document_id
    LEFT JOIN (SELECT DISTINCT v.id, v.created_at FROM (%3$s) v) v
        ON v.id = s.document_id AND v.created_at = s.document_created_at
    LEFT JOIN agentchat.vercel_users($1, $2) u
        ON u.source_id = s.user_id AND u.outcome IS DISTINCT FROM 'id occurs more than once'
    LEFT JOIN stored t ON t.artifact_id = s.document_id AND t.id = s.id::text
        $sql$, suggestions, artifacts, versions, prefix)
        USING source_schema, time_zone;
END
$function$;

-- vercel_other_tables() returns the tables of the source's schema that are not imported, with the exact
-- numbers of their rows. The tables of the extension and of other extensions do not count as tables of the
-- source, nor do partitions and views, which have no rows of their own. Rows that the caller may not read are
-- not counted.
CREATE FUNCTION agentchat.vercel_other_tables(source_schema text) RETURNS TABLE (source text, read bigint,
    kind text)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    found record;
BEGIN
    FOR found IN
        SELECT c.oid::regclass AS name, c.relname,
            has_table_privilege(c.oid, 'SELECT') AND NOT row_security_active(c.oid) AS is_readable
        FROM pg_class c JOIN pg_namespace s ON s.oid = c.relnamespace
        WHERE s.nspname = source_schema AND c.relkind IN ('r', 'p', 'f') AND NOT c.relispartition
          AND c.relname NOT IN (SELECT v.source FROM agentchat.vercel_columns() v)
          AND c.oid NOT IN (SELECT t.actual FROM agentchat.tables() t WHERE t.actual IS NOT NULL)
          AND NOT EXISTS (SELECT FROM pg_depend d
                          WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
        ORDER BY c.relname
    LOOP
        source := found.relname;
        read := 0;
        kind := 'left out, and not counted because the table cannot be read';
        IF found.is_readable THEN
            EXECUTE format('SELECT count(*) FROM %s', found.name) INTO read;
            kind := 'left out';
        END IF;
        RETURN NEXT;
    END LOOP;
END
$function$;
-- figures_document() returns the figures of a conversation as JSON.
CREATE FUNCTION agentchat.figures_document(
    messages bigint, first_message_at timestamp, last_message_at timestamp, checksum text
) RETURNS jsonb
    LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT jsonb_build_object('messages', messages, 'first_message_at', agentchat.utc_text(first_message_at),
                          'last_message_at', agentchat.utc_text(last_message_at), 'checksum', checksum)
$function$;

-- vercel_comparison() returns the figures of each chat of the source, and of the conversation of that id.
-- Those of the source come from its own rows, not from the rows that an import would write.
CREATE FUNCTION agentchat.vercel_comparison(
    source_schema text, time_zone text, with_stored boolean
) RETURNS TABLE (
    conversation_id uuid, messages bigint, first_message_at timestamp, last_message_at timestamp,
    checksum text,
    stored_messages bigint, stored_first_message_at timestamp, stored_last_message_at timestamp,
    stored_checksum text, agrees boolean
)
    LANGUAGE plpgsql STABLE ROWS 100000 SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    chats CONSTANT text := coalesce(agentchat.vercel_source(source_schema, 'Chat', time_zone, ARRAY['id']),
        'SELECT DISTINCT m.chat_id AS id FROM messages m');
    messages CONSTANT text := concat_ws(' UNION ALL ',
        'SELECT m.id, m.chat_id, m.role, m.parts, m.created_at FROM (' || agentchat.vercel_source(
            source_schema, 'Message_v2', time_zone,
            ARRAY['id', 'chat_id', 'role', 'parts', 'created_at']) || ') m',
        'SELECT o.id, o.chat_id, o.role, o.parts, o.created_at FROM ('
            || agentchat.vercel_old_messages(source_schema, time_zone) || ') o WHERE o.old_outcome IS NULL',
        'SELECT NULL::uuid AS id, NULL::uuid AS chat_id, NULL AS role, NULL::jsonb AS parts, '
        'NULL::timestamp AS created_at WHERE false');
BEGIN
    RETURN QUERY EXECUTE format(
        $sql$
WITH messages AS MATERIALIZED (
    SELECT s.id, s.chat_id, s.role, s.created_at, sha256(convert_to(coalesce((
        -- The elements come in their order. To sort them would take a third of the time.
        SELECT string_agg(CASE WHEN jsonb_typeof(e.part) = 'string' THEN e.part #>> '{}'
                               WHEN jsonb_typeof(e.part -> 'text') = 'string' THEN e.part ->> 'text'
                               WHEN jsonb_typeof(e.part -> 'text') = 'array' THEN (
                                   SELECT string_agg(coalesce(t.part ->> 'text', t.part #>> '{}'), '')
                                   FROM jsonb_array_elements(e.part -> 'text') t (part)
                                   WHERE jsonb_typeof(t.part) = 'string'
                                      OR t.part ->> 'type' = 'text'
                                         AND jsonb_typeof(t.part -> 'text') = 'string') END, '')
        FROM jsonb_array_elements(CASE jsonb_typeof(s.parts) WHEN 'array' THEN s.parts
                                  ELSE jsonb_build_array(s.parts) END) e (part)
        WHERE e.part ->> 'type' = 'text' OR jsonb_typeof(e.part) = 'string'), ''), 'UTF8')) AS checksum
    FROM (%2$s) s
    WHERE s.role IN ('user', 'assistant', 'system')
), chats AS (
    SELECT DISTINCT c.id FROM (%1$s) c
), source AS (
    SELECT m.chat_id AS id, count(*) AS messages, min(m.created_at) AS first_message_at,
        max(m.created_at) AS last_message_at,
        encode(sha256(string_agg(m.checksum, ''::bytea ORDER BY m.created_at,
            CASE m.role WHEN 'system' THEN 1 WHEN 'user' THEN 2 ELSE 3 END, m.id)), 'hex') AS checksum
    FROM messages m
    GROUP BY m.chat_id
), stored AS (
    SELECT c.id, count(m.id) AS messages, min(m.created_at) AS first_message_at, max(m.created_at)
        AS last_message_at,
        encode(sha256(coalesce(string_agg(sha256(convert_to(m.content, 'UTF8')), ''::bytea
            ORDER BY m.created_at, m.id), '')), 'hex') AS checksum
    FROM %3$sconversations c LEFT JOIN %3$smessages m ON m.conversation_id = c.id
    WHERE $1 AND c.id IN (SELECT h.id FROM chats h)
    GROUP BY c.id
)
SELECT c.id, coalesce(s.messages, 0), s.first_message_at, s.last_message_at,
    coalesce(s.checksum, encode(sha256(''), 'hex')),
    t.messages, t.first_message_at, t.last_message_at, t.checksum,
    $1 AND t.id IS NOT NULL AND t.messages = coalesce(s.messages, 0)
        AND t.checksum = coalesce(s.checksum, encode(sha256(''), 'hex'))
        -- Of messages with equal times, each is stored a microsecond after the one before it.
        AND (t.messages = 0
             OR t.first_message_at = s.first_message_at
                 AND t.last_message_at BETWEEN s.last_message_at
                     AND s.last_message_at + t.messages * interval '1 us')
FROM chats c
    LEFT JOIN source s ON s.id = c.id
    LEFT JOIN stored t ON t.id = c.id
        $sql$, chats, messages, agentchat.tables_prefix())
        USING with_stored;
END
$function$;

-- vercel_figures() returns how many conversations agree with their chats, and the first that do not.
CREATE FUNCTION agentchat.vercel_figures(source_schema text, time_zone text, dry_run boolean) RETURNS jsonb
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
WITH compared AS MATERIALIZED (
    SELECT c.* FROM agentchat.vercel_comparison(source_schema, time_zone, NOT dry_run) c
), differing AS (
    SELECT c.* FROM compared c WHERE NOT dry_run AND NOT c.agrees ORDER BY c.conversation_id LIMIT 10
)
SELECT jsonb_build_object('conversations', count(*), 'messages', coalesce(sum(c.messages), 0))
    || CASE WHEN dry_run THEN '{}' ELSE jsonb_build_object(
        'agreeing', count(*) FILTER (WHERE c.agrees),
        'differing', (SELECT coalesce(jsonb_agg(jsonb_build_object(
                          'conversation_id', d.conversation_id,
                          'source', agentchat.figures_document(
                              d.messages, d.first_message_at, d.last_message_at, d.checksum),
                          'stored', CASE WHEN d.stored_messages IS NOT NULL THEN agentchat.figures_document(
                              d.stored_messages, d.stored_first_message_at, d.stored_last_message_at,
                              d.stored_checksum) END) ORDER BY d.conversation_id), '[]')
                      FROM differing d)) END
FROM compared c
$function$;

-- compare_vercel_chatbot() compares all conversations with the chats that they were imported from.
CREATE FUNCTION agentchat.compare_vercel_chatbot(
    source_schema text DEFAULT 'public', time_zone text DEFAULT 'UTC'
) RETURNS TABLE (conversation_id uuid, source jsonb, stored jsonb, agrees boolean)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET row_security = off SET jit = off
    SET enable_nestloop = off
    AS $function$
#variable_conflict use_column
BEGIN
    PERFORM agentchat.require_owner('compare them');
    PERFORM agentchat.require_vercel_chatbot(source_schema, time_zone);
    RETURN QUERY
        SELECT c.conversation_id, agentchat.figures_document(c.messages, c.first_message_at,
            c.last_message_at, c.checksum),
            CASE WHEN c.stored_messages IS NOT NULL THEN agentchat.figures_document(
                c.stored_messages, c.stored_first_message_at, c.stored_last_message_at, c.stored_checksum)
                    END,
            c.agrees
        FROM agentchat.vercel_comparison(source_schema, time_zone, true) c;
END
$function$;

REVOKE EXECUTE ON FUNCTION agentchat.compare_vercel_chatbot(text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION agentchat.compare_vercel_chatbot(text, text) TO pg_database_owner;

COMMENT ON FUNCTION agentchat.compare_vercel_chatbot(text, text) IS
'Compares the chats of a database of Vercel''s chatbot with the conversations that import_vercel_chatbot() '
'has written, and returns a row for each chat. source and stored are {"messages", "first_message_at", '
'"last_message_at", "checksum"}; stored is NULL if the conversation does not exist. It changes nothing. '
'Errors: 22004 an argument is NULL; 22023 the schema or the time zone does not exist, or the tables are not '
'those of the chatbot; 42501 not the owner of the tables.';
-- vercel_count() returns the number of rows of a table of the source, or NULL if the table does not exist.
CREATE FUNCTION agentchat.vercel_count(source_schema text, source text) RETURNS bigint
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    n bigint;
BEGIN
    IF EXISTS (SELECT FROM agentchat.vercel_table_columns(source_schema) c
               WHERE c.source = vercel_count.source) THEN
        EXECUTE format('SELECT count(*) FROM %I.%I', source_schema, source) INTO n;
    END IF;
    RETURN n;
END
$function$;

-- vercel_left_out_columns() returns the problem of columns of "User" that users does not have, if they have
-- values.
CREATE FUNCTION agentchat.vercel_left_out_columns(source_schema text) RETURNS jsonb
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    has_values text;
    counts text;
    problem jsonb;
BEGIN
    -- A function takes at most 100 arguments. A table can have more columns.
    SELECT string_agg(format('num_nonnulls(u.%I) > 0', c.column_name), ' OR '),
        string_agg(format('jsonb_build_object(%L, nullif(count(u.%I), 0))', c.column_name, c.column_name),
                   ' || ')
    INTO has_values, counts
    FROM agentchat.vercel_table_columns(source_schema) c
    WHERE c.source = 'User' AND c.output IS NULL;
    IF has_values IS NULL THEN
        RETURN '[]';
    END IF;
    EXECUTE format(
        'SELECT jsonb_build_object(''kind'', ''columns that users does not have were left out'', '
        '''count'', count(*) FILTER (WHERE %1$s), ''first_ids'', to_jsonb(ARRAY('
        'SELECT u.id FROM %3$I."User" u WHERE %1$s ORDER BY u.id LIMIT 10)), '
        '''columns'', jsonb_strip_nulls(%2$s)) FROM %3$I."User" u', has_values, counts, source_schema)
        INTO problem;
    RETURN CASE WHEN (problem -> 'count')::bigint > 0 THEN jsonb_build_array(problem) ELSE '[]' END;
END
$function$;

-- vercel_results() returns the result of an import, made of the counts of the tables that are imported.
CREATE FUNCTION agentchat.vercel_results(source_schema text, time_zone text, dry_run boolean, results jsonb)
    RETURNS TABLE (
        source text, read bigint, written bigint, merged bigint, skipped bigint, problems jsonb, figures jsonb
    )
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT r.source, c.read, c.written, c.merged, c.read - c.written - c.merged,
    (SELECT coalesce(jsonb_agg(p.problem ORDER BY p.problem ->> 'kind' COLLATE "C"), '[]')
     FROM jsonb_array_elements(c.problems || CASE r.source
         WHEN 'User' THEN agentchat.vercel_left_out_columns(source_schema) ELSE '[]' END) p (problem)),
    CASE r.source WHEN 'Chat' THEN agentchat.vercel_figures(source_schema, time_zone, dry_run) END
FROM unnest('{User,Chat,Message,Message_v2,Vote,Vote_v2,Document,Suggestion}'::text[])
        WITH ORDINALITY r (source, n)
    CROSS JOIN LATERAL jsonb_to_record(results -> r.source) c (
        read bigint, written bigint, merged bigint, problems jsonb)
WHERE results ? r.source
UNION ALL
SELECT o.source, o.read, 0, 0, o.read,
    jsonb_build_array(jsonb_build_object('kind', o.kind, 'count', o.read, 'first_ids', '[]'::jsonb)), NULL
FROM agentchat.vercel_other_tables(source_schema) o
$function$;
-- import_progress() tells how far an import has come. It returns true, so that a condition can call it.
CREATE FUNCTION agentchat.import_progress(source text, n bigint) RETURNS boolean
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $function$
BEGIN
    RAISE NOTICE 'importing "%": % rows done', source, n;
    RETURN true;
END
$function$;

-- import_vercel_chatbot() imports a database of Vercel's chatbot.
--
-- It has no search_path of its own. The user's triggers run inside the function and expect the caller's
-- search_path. Therefore every name, type and operator is qualified here. The functions that read the source
-- have a search_path.
--
-- A table is one statement. It reads the rows, writes those that have no outcome yet, and counts. Later
-- statements see what earlier ones have written. The dry run leaves the writing out.
CREATE FUNCTION agentchat.import_vercel_chatbot(
    source_schema text DEFAULT 'public', dry_run boolean DEFAULT false, time_zone text DEFAULT 'UTC'
) RETURNS TABLE (
    source text, read bigint, written bigint, merged bigint, skipped bigint, problems jsonb, figures jsonb
)
    LANGUAGE plpgsql SET row_security = off SET jit = off
    SET enable_nestloop = off SET enable_memoize = off
    AS $function$
#variable_conflict use_column
DECLARE
    -- The rows of each kind, and what is written of them: $1 is the schema, $2 the time zone, $3 dry_run.
    steps CONSTANT pg_catalog.jsonb := pg_catalog.jsonb_build_array(
        pg_catalog.jsonb_build_object(
            'sources', '{User}',
            'table', 'users',
            'rows', $sql$
SELECT 'User' AS source, u.source_id AS id, u.outcome, u.notes, u.email, u.name, u.avatar_url, u.created_at,
    u.updated_at
FROM agentchat.vercel_users($1, $2) u
            $sql$,
            'writing', $sql$
written AS (
    INSERT INTO %1$susers (id, email, name, avatar_url, created_at, updated_at)
    SELECT r.id, r.email, r.name, r.avatar_url, r.created_at, r.updated_at FROM rows r WHERE r.outcome IS NULL
),
            $sql$),
        pg_catalog.jsonb_build_object(
            'sources', '{Chat}',
            'table', 'conversations',
            'rows', $sql$
SELECT 'Chat' AS source, c.id, c.outcome, c.notes, c.user_id, c.title, c.metadata, c.created_at
FROM agentchat.vercel_chats($1, $2, $3) c
            $sql$,
            'writing', $sql$
written AS (
    INSERT INTO %1$sconversations (id, user_id, title, metadata, created_at, updated_at)
    SELECT r.id, r.user_id, r.title, r.metadata, r.created_at, r.created_at
    FROM rows r
    WHERE r.outcome IS NULL
),
            $sql$),
        pg_catalog.jsonb_build_object(
            'sources', '{Message,Message_v2}',
            'table', 'messages',
            'rows', $sql$
SELECT m.* FROM agentchat.vercel_messages($1, $2, $3, true) m
            $sql$,
            'writing', $sql$
written AS (
    INSERT INTO %1$smessages (id, conversation_id, role, content, parts, attachments, reasoning, created_at)
    SELECT r.id, r.conversation_id, r.role, r.content, r.parts, r.attachments, r.reasoning, r.created_at
    FROM rows r
    WHERE CASE WHEN r.n OPERATOR(pg_catalog.%%) 100000 OPERATOR(pg_catalog.=) 0
               AND agentchat.import_progress(r.source, r.n)
          THEN r.outcome IS NULL ELSE r.outcome IS NULL END
    RETURNING conversation_id, created_at
), newest AS (
    SELECT w.conversation_id, pg_catalog.max(w.created_at) AS created_at
    FROM written w
    GROUP BY w.conversation_id
), touched AS (
    UPDATE %1$sconversations c SET updated_at = n.created_at
    FROM newest n
    WHERE c.id OPERATOR(pg_catalog.=) n.conversation_id AND c.updated_at OPERATOR(pg_catalog.<) n.created_at
),
            $sql$),
        pg_catalog.jsonb_build_object(
            'sources', '{Vote,Vote_v2}',
            'rows', $sql$
SELECT v.* FROM agentchat.vercel_votes($1, $2, $3) v
            $sql$,
            'writing', $sql$
votes AS (
    SELECT r.conversation_id, pg_catalog.jsonb_object_agg(r.message_id, r.vote) AS votes
    FROM rows r
    WHERE r.outcome IS NULL
    GROUP BY r.conversation_id
), written AS (
    UPDATE %1$sconversations c
    SET metadata = COALESCE(c.metadata, '{}') OPERATOR(pg_catalog.||) pg_catalog.jsonb_build_object(
        'votes', COALESCE(c.metadata OPERATOR(pg_catalog.->) 'votes', '{}') OPERATOR(pg_catalog.||) v.votes)
    FROM votes v
    WHERE c.id OPERATOR(pg_catalog.=) v.conversation_id
),
            $sql$),
        pg_catalog.jsonb_build_object(
            'sources', '{Document}',
            'table', 'artifacts',
            'rows', $sql$
SELECT 'Document' AS source, d.* FROM agentchat.vercel_documents($1, $2, $3) d
            $sql$,
            'writing', $sql$
written AS (
    INSERT INTO %1$sartifacts (id, user_id, message_id, type, title, content, metadata, created_at,
        updated_at)
    SELECT r.id, r.user_id, r.message_id, r.type, r.title, r.content, r.metadata, r.created_at, r.updated_at
    FROM rows r
    WHERE r.outcome IS NULL AND NOT r.is_update
), updated AS (
    UPDATE %1$sartifacts a
    SET type = r.type, title = r.title, content = r.content, metadata = r.metadata, updated_at = r.updated_at
    FROM rows r
    WHERE r.is_update AND a.id OPERATOR(pg_catalog.=) r.id
),
            $sql$),
        pg_catalog.jsonb_build_object(
            'sources', '{Suggestion}',
            'rows', $sql$
SELECT 'Suggestion' AS source, s.* FROM agentchat.vercel_suggestions($1, $2, $3) s
            $sql$,
            'writing', $sql$
suggestions AS (
    SELECT r.artifact_id, pg_catalog.jsonb_agg(r.suggestion ORDER BY r.created_at, r.id) AS suggestions
    FROM rows r
    WHERE r.outcome IS NULL
    GROUP BY r.artifact_id
), written AS (
    UPDATE %1$sartifacts a
    SET metadata = a.metadata OPERATOR(pg_catalog.||) pg_catalog.jsonb_build_object(
        'suggestions', COALESCE(a.metadata OPERATOR(pg_catalog.->) 'suggestions', '[]')
            OPERATOR(pg_catalog.||) s.suggestions)
    FROM suggestions s
    WHERE a.id OPERATOR(pg_catalog.=) s.artifact_id
),
            $sql$));
    counting CONSTANT pg_catalog.text := $sql$
kinds AS (
    SELECT r.source, k.kind, r.id,
        pg_catalog.row_number() OVER (PARTITION BY r.source, k.kind ORDER BY r.id) AS n
    FROM rows r CROSS JOIN LATERAL pg_catalog.unnest(pg_catalog.array_append(r.notes, r.outcome)) k (kind)
    WHERE k.kind IS NOT NULL
), problems AS (
    SELECT k.source, k.kind, pg_catalog.jsonb_build_object(
        'kind', k.kind, 'count', pg_catalog.count(*), 'first_ids',
        COALESCE(pg_catalog.jsonb_agg(k.id ORDER BY k.n) FILTER (WHERE k.n OPERATOR(pg_catalog.<=) 10), '[]')
        ) AS problem
    FROM kinds k
    GROUP BY k.source, k.kind
), totals AS (
    SELECT r.source, pg_catalog.count(*) AS read, pg_catalog.count(*) FILTER (WHERE r.outcome IS NULL)
        AS written,
        pg_catalog.count(*) FILTER (WHERE pg_catalog.right(r.outcome, 8) OPERATOR(pg_catalog.=) ', merged')
            AS merged
    FROM rows r
    GROUP BY r.source
)
SELECT pg_catalog.jsonb_object_agg(t.source, pg_catalog.jsonb_build_object(
    'read', t.read, 'written', t.written, 'merged', t.merged, 'problems',
    COALESCE((SELECT pg_catalog.jsonb_agg(p.problem ORDER BY p.kind COLLATE pg_catalog."C") FROM problems p
              WHERE p.source OPERATOR(pg_catalog.=) t.source), '[]')))
FROM totals t
    $sql$;
    results pg_catalog.jsonb := '{}';
    step pg_catalog.jsonb;
    source_name pg_catalog.text;
    result pg_catalog.jsonb;
    n bigint;
    in_step bigint;
BEGIN
    PERFORM agentchat.require_owner('import into them');
    PERFORM agentchat.require_no_rls('import');
    IF dry_run IS NULL THEN
        RAISE EXCEPTION 'dry_run is NULL'
            USING ERRCODE = 'null_value_not_allowed',
                  HINT = 'Pass true to see what the import would do, or false.';
    END IF;
    PERFORM agentchat.require_vercel_chatbot(source_schema, time_zone);
    IF NOT dry_run THEN
        -- One import at a time: a second one would not see the rows of the first.
        PERFORM pg_catalog.pg_advisory_xact_lock(
            'agentchat.import_vercel_chatbot'::pg_catalog.regproc::pg_catalog.oid::pg_catalog.int8);
    END IF;

    FOR step IN SELECT s.step FROM pg_catalog.jsonb_array_elements(steps) s (step) LOOP
        in_step := NULL;
        FOREACH source_name IN ARRAY (step OPERATOR(pg_catalog.->>) 'sources')::pg_catalog.text[] LOOP
            n := agentchat.vercel_count(source_schema, source_name);
            IF n IS NOT NULL THEN
                RAISE NOTICE 'importing "%": % rows', source_name, n;
                -- The statement replaces this if it returns rows of the table.
                results := results OPERATOR(pg_catalog.||) pg_catalog.jsonb_build_object(source_name,
                    pg_catalog.jsonb_build_object('read', n, 'written', 0, 'merged', 0, 'problems',
                        CASE WHEN n OPERATOR(pg_catalog.=) 0 THEN '[]'
                        ELSE pg_catalog.jsonb_build_array(pg_catalog.jsonb_build_object(
                            'kind', 'left out', 'count', n, 'first_ids', '[]'::pg_catalog.jsonb)) END));
                in_step := COALESCE(in_step, 0) OPERATOR(pg_catalog.+) n;
            END IF;
        END LOOP;
        IF in_step OPERATOR(pg_catalog.>) 0 THEN
            EXECUTE pg_catalog.format(
                'WITH rows AS MATERIALIZED (%s), %s %s', step OPERATOR(pg_catalog.->>) 'rows',
                CASE WHEN dry_run THEN '' ELSE pg_catalog.format(
                    step OPERATOR(pg_catalog.->>) 'writing', agentchat.tables_prefix()) END, counting)
                INTO result USING source_schema, time_zone, dry_run;
            results := results OPERATOR(pg_catalog.||) COALESCE(result, '{}');
            -- Autovacuum does not see the new rows before the end of the transaction, and would tell the
            -- planner that the table is empty. Foreign keys would then be checked with the wrong index. The
            -- lock of ANALYZE keeps it away.
            IF NOT dry_run AND step OPERATOR(pg_catalog.?) 'table' THEN
                EXECUTE pg_catalog.format('ANALYZE %s%I', agentchat.tables_prefix(),
                                          step OPERATOR(pg_catalog.->>) 'table');
            END IF;
        END IF;
    END LOOP;

    RETURN QUERY SELECT r.* FROM agentchat.vercel_results(source_schema, time_zone, dry_run, results) r;
END
$function$;

REVOKE EXECUTE ON FUNCTION agentchat.import_vercel_chatbot(text, boolean, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION agentchat.import_vercel_chatbot(text, boolean, text) TO pg_database_owner;

COMMENT ON FUNCTION agentchat.import_vercel_chatbot(text, boolean, text) IS
'Imports a database of Vercel''s chatbot (User, Chat, Message_v2, Vote_v2, Document, Suggestion; Message and '
'Vote of older versions), all or nothing, and returns a row for each table of the source: read, written, '
'merged, skipped, problems ([{"kind", "count", "first_ids"}]), and figures of the conversations.

Ids and times stay. Running it again writes only rows that have been added since. dry_run returns the '
'same and writes nothing. source_schema: where the tables are. time_zone: the zone of the source''s times. '
'Errors: 22004 an argument is NULL; 22023 the schema or the time zone does not exist, or the tables are not '
'those of the chatbot; 42501 not the owner of the tables, or row-level security applies to the caller.';
-- What the imports of exports share: ids, and writing conversations.
--
-- The importers bring each conversation to one form, a JSON object with the keys id, source_id, title,
-- system_prompt, metadata, created_at, updated_at and messages. The messages have the keys id, source_id,
-- role, parts, attachments and created_at. Times are ISO 8601 in UTC. source_id is the id in the export, and
-- is not written.

-- imported_list() returns a list of an export; an empty one if the value is not a list. It has no search_path
-- of its own, so that the planner inlines it.
CREATE FUNCTION agentchat.imported_list(value jsonb) RETURNS jsonb
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $function$
SELECT CASE pg_catalog.jsonb_typeof(value) WHEN 'array' THEN value ELSE '[]' END
$function$;

-- imported_id() returns the id of a row that was imported. It is computed from the user, so that the export
-- that two users import becomes rows of their own, and nobody can make an export that touches rows of others.
-- The bits of the version are 8 (RFC 9562).
CREATE FUNCTION agentchat.imported_id(user_id uuid, kind text, source_id text) RETURNS uuid
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    hash bytea := substr(sha256(convert_to(format('%s %s %s', user_id, kind, source_id), 'UTF8')), 1, 16);
BEGIN
    hash := set_byte(hash, 6, 128 + get_byte(hash, 6) % 16);
    RETURN encode(set_byte(hash, 8, 128 + get_byte(hash, 8) % 64), 'hex')::uuid;
END
$function$;

-- imported_messages() returns the messages of conversations in the form above, in their order. fault tells
-- why a row is not written. PostgreSQL expects more rows than there are, and would scan the tables instead of
-- their indexes.
CREATE FUNCTION agentchat.imported_messages(user_id uuid, conversations jsonb)
    RETURNS TABLE (conversation_id uuid, n bigint, id uuid, source_id text, fault text, message jsonb)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET row_security = off
    SET enable_hashjoin = off SET enable_mergejoin = off
    AS $function$
BEGIN
    RETURN QUERY EXECUTE format(
        'SELECT (c.value ->> ''id'')::uuid, m.n, (m.message ->> ''id'')::uuid, m.message ->> ''source_id'', '
        'CASE WHEN t.id IS NOT NULL THEN ''already imported'' '
        'WHEN o.user_id <> $1 THEN ''conversation belongs to another user'' END, m.message '
        'FROM jsonb_array_elements($2) WITH ORDINALITY c '
        'CROSS JOIN LATERAL jsonb_array_elements(c.value -> ''messages'') WITH ORDINALITY m (message, n) '
        'LEFT JOIN %1$sconversations o ON o.id = (c.value ->> ''id'')::uuid '
        'LEFT JOIN %1$smessages t ON t.id = (m.message ->> ''id'')::uuid '
        'ORDER BY c.ordinality, m.n', agentchat.tables_prefix()) USING user_id, conversations;
END
$function$;

-- imported_conversations() returns conversations in the form above, in their order. fault tells why a row is
-- not written.
CREATE FUNCTION agentchat.imported_conversations(user_id uuid, conversations jsonb)
    RETURNS TABLE (id uuid, source_id text, fault text, conversation jsonb)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET row_security = off
    AS $function$
BEGIN
    RETURN QUERY EXECUTE format(
        'SELECT (c.value ->> ''id'')::uuid, c.value ->> ''source_id'', '
        'CASE WHEN o.user_id = $1 THEN ''already imported'' '
        'WHEN o.id IS NOT NULL THEN ''conversation belongs to another user'' END, c.value - ''messages'' '
        'FROM jsonb_array_elements($2) WITH ORDINALITY c '
        'LEFT JOIN %sconversations o ON o.id = (c.value ->> ''id'')::uuid '
        'ORDER BY c.ordinality', agentchat.tables_prefix()) USING user_id, conversations;
END
$function$;

-- new_conversations() returns the conversations that are not stored yet, as rows.
CREATE FUNCTION agentchat.new_conversations(user_id uuid, conversations jsonb)
    RETURNS TABLE (id uuid, owner uuid, title text, system_prompt text, metadata jsonb, created_at timestamp,
                   updated_at timestamp)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT c.id, user_id, c.conversation ->> 'title', c.conversation ->> 'system_prompt',
    nullif(c.conversation -> 'metadata', 'null'), (c.conversation ->> 'created_at')::timestamp,
    (c.conversation ->> 'updated_at')::timestamp
FROM agentchat.imported_conversations(user_id, conversations) c
WHERE c.fault IS NULL
$function$;

-- new_messages() returns the messages that are not stored yet, as rows, with content and reasoning as
-- append_messages() makes them of parts.
CREATE FUNCTION agentchat.new_messages(user_id uuid, conversations jsonb)
    RETURNS TABLE (id uuid, conversation_id uuid, role text, content text, parts jsonb, attachments jsonb,
                   reasoning text, created_at timestamp)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT m.id, m.conversation_id, m.message ->> 'role', t.content, m.message -> 'parts',
    nullif(m.message -> 'attachments', 'null'), t.reasoning, (m.message ->> 'created_at')::timestamp
FROM agentchat.imported_messages(user_id, conversations) m
    CROSS JOIN LATERAL (
        SELECT coalesce(string_agg(p.part ->> 'text', '' ORDER BY p.n)
                        FILTER (WHERE p.part ->> 'type' = 'text'), ''),
            string_agg(p.part ->> 'text', '' ORDER BY p.n) FILTER (WHERE p.part ->> 'type' = 'reasoning')
        FROM jsonb_array_elements(m.message -> 'parts') WITH ORDINALITY p (part, n)) t (content, reasoning)
WHERE m.fault IS NULL
$function$;

-- grown_conversations() returns the stored conversations that get new messages, with the time of the newest.
CREATE FUNCTION agentchat.grown_conversations(user_id uuid, conversations jsonb)
    RETURNS TABLE (id uuid, updated_at timestamp)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT c.id, max((m.message ->> 'created_at')::timestamp)
FROM agentchat.imported_conversations(user_id, conversations) c
    JOIN agentchat.imported_messages(user_id, conversations) m ON m.conversation_id = c.id
WHERE c.fault IS NOT NULL AND m.fault IS NULL
GROUP BY c.id
$function$;

-- write_imported_conversations() writes the conversations and messages that are not stored yet. It has no
-- search_path of its own, as delete_user().
CREATE FUNCTION agentchat.write_imported_conversations(user_id uuid, conversations jsonb) RETURNS void
    LANGUAGE plpgsql SET row_security = off
    AS $function$
DECLARE
    prefix CONSTANT pg_catalog.text := agentchat.tables_prefix();
    -- Later, the conversations are stored.
    grown CONSTANT pg_catalog.jsonb := (
        SELECT pg_catalog.jsonb_agg(g.*) FROM agentchat.grown_conversations(user_id, conversations) g);
BEGIN
    EXECUTE pg_catalog.format(
        'INSERT INTO %sconversations (id, user_id, title, system_prompt, metadata, created_at, updated_at) '
        'SELECT * FROM agentchat.new_conversations($1, $2)', prefix) USING user_id, conversations;
    EXECUTE pg_catalog.format(
        'INSERT INTO %smessages '
        '(id, conversation_id, role, content, parts, attachments, reasoning, created_at) '
        'SELECT * FROM agentchat.new_messages($1, $2)', prefix) USING user_id, conversations;
    EXECUTE pg_catalog.format(
        'UPDATE %sconversations t SET updated_at = GREATEST(t.updated_at, g.updated_at) '
        'FROM pg_catalog.jsonb_to_recordset($1) g (id pg_catalog.uuid, updated_at pg_catalog.timestamp) '
        'WHERE t.id OPERATOR(pg_catalog.=) g.id', prefix) USING grown;
END
$function$;

-- stored_conversations() returns the conversations of a user in which messages with these ids are stored.
CREATE FUNCTION agentchat.stored_conversations(user_id uuid, ids uuid[])
    RETURNS TABLE (id uuid, conversation_id uuid)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET row_security = off
    AS $function$
BEGIN
    RETURN QUERY EXECUTE format(
        'SELECT m.id, m.conversation_id '
        'FROM %1$smessages m JOIN %1$sconversations c ON c.id = m.conversation_id '
        'WHERE m.id = ANY ($2) AND c.user_id = $1', agentchat.tables_prefix()) USING user_id, ids;
END
$function$;

-- added_outcomes() adds to the summary of an import what happened to some rows. The summary has for each list
-- of the source {"read", "written", "problems": {kind: {"count", "first_ids"}}}. counts has for each list the
-- numbers of rows that were read and written. problems is an array of objects with source, kind and id.
CREATE FUNCTION agentchat.added_outcomes(summary jsonb, counts jsonb, problems jsonb) RETURNS jsonb
    LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
    AS $function$
WITH lists AS (
    SELECT l.source, sum(l.read) AS read, sum(l.written) AS written
    FROM (SELECT s.key, (s.value ->> 'read')::bigint, (s.value ->> 'written')::bigint
          FROM jsonb_each(summary) s
          UNION ALL
          SELECT c.key, (c.value ->> 0)::bigint, (c.value ->> 1)::bigint FROM jsonb_each(counts) c
          UNION ALL
          SELECT p.value ->> 'source', 0, 0 FROM jsonb_array_elements(problems) p) l (source, read, written)
    GROUP BY 1
), added AS (
    SELECT p.value ->> 'source' AS source, p.value ->> 'kind' AS kind, count(*) AS count,
        to_jsonb((array_agg(p.value ->> 'id' ORDER BY p.ordinality))[:10]) AS ids
    FROM jsonb_array_elements(problems) WITH ORDINALITY p
    GROUP BY 1, 2
), kinds AS (
    SELECT source, kind, coalesce((o.value ->> 'count')::bigint, 0) + coalesce(a.count, 0) AS count,
        jsonb_path_query_array(coalesce(o.value -> 'first_ids', '[]') || coalesce(a.ids, '[]'),
                               '$[0 to 9]') AS ids
    FROM (SELECT s.key AS source, k.key AS kind, k.value
          FROM jsonb_each(summary) s CROSS JOIN LATERAL jsonb_each(s.value -> 'problems') k) o
        FULL JOIN added a USING (source, kind)
)
SELECT coalesce(jsonb_object_agg(l.source, jsonb_build_object(
    'read', l.read, 'written', l.written, 'problems', coalesce((
        SELECT jsonb_object_agg(k.kind, jsonb_build_object('count', k.count, 'first_ids', k.ids))
        FROM kinds k WHERE k.source = l.source), '{}'))), '{}')
FROM lists l
$function$;

-- imported_lists() returns the result of the import of an export, from its summary. figures are those of the
-- conversations of the export.
CREATE FUNCTION agentchat.imported_lists(summary jsonb, figures jsonb, dry_run boolean)
    RETURNS TABLE (source text, read bigint, written bigint, merged bigint, skipped bigint, problems jsonb,
                   figures jsonb)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp SET row_security = off
    AS $function$
SELECT s.key, r.read, r.written, r.merged, r.read - r.written - r.merged, coalesce((
        SELECT jsonb_agg(jsonb_build_object('kind', k.key) || k.value ORDER BY k.key COLLATE "C")
        FROM jsonb_each(r.problems) k), '[]'),
    CASE s.key WHEN 'conversations' THEN agentchat.imported_figures(imported_lists.figures, dry_run) END
FROM jsonb_each(summary) s
    CROSS JOIN LATERAL (
        SELECT (s.value ->> 'read')::bigint, (s.value ->> 'written')::bigint,
            coalesce((s.value ->> 'merged')::bigint, 0), s.value -> 'problems')
            r (read, written, merged, problems)
ORDER BY array_position(ARRAY['conversations', 'branches'], s.key), s.key
$function$;

-- require_list() refuses a value that is not the list of conversations of an export.
CREATE FUNCTION agentchat.require_list(export jsonb) RETURNS void
    LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp
    AS $function$
BEGIN
    IF export IS NULL THEN
        RAISE EXCEPTION 'export is NULL'
            USING ERRCODE = 'null_value_not_allowed',
                  HINT = 'Pass the array in conversations.json, or a part of it.';
    END IF;
    IF jsonb_typeof(export) <> 'array' THEN
        RAISE EXCEPTION 'export is not a JSON array'
            USING ERRCODE = 'invalid_parameter_value',
                  DETAIL = format('It is of the type %s.', jsonb_typeof(export)),
                  HINT = 'Pass the array in conversations.json, or a part of it.';
    END IF;
END
$function$;

-- report_messages() tells how many messages have been read, every 100,000.
CREATE FUNCTION agentchat.report_messages(before jsonb, after jsonb) RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    count CONSTANT bigint := after #>> '{messages,read}';
BEGIN
    IF (before #>> '{messages,read}')::bigint / 100000 < count / 100000 THEN
        RAISE NOTICE 'importing "messages": % rows', count;
    END IF;
END
$function$;
-- imported_branches() divides the messages of a conversation into branches. parents has the place of the
-- message that each message follows, NULL at the beginning of a conversation. ages is larger for newer
-- messages. stored has the conversations in which the messages are stored, NULL for new messages.
--
-- For each message it returns the place of the first message of its branch, and a number that grows along the
-- branch. After a message a branch goes on: with the stored one that goes on there; else on the way to the
-- leaf; else where the newest message is. The result is NULL if messages follow one another in a circle.
--
-- Element by element in PL/pgSQL: a recursive query would take time quadratic in the length of a
-- conversation.
CREATE FUNCTION agentchat.imported_branches(
    parents integer[], ages integer[], stored uuid[], leaf integer, OUT first integer[], OUT places integer[]
) RETURNS record
    LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    size CONSTANT integer := cardinality(parents);
    first_child integer[] := array_fill(0, ARRAY[size]);
    next_child integer[] := array_fill(0, ARRAY[size]);
    -- All messages, each after the one that it follows.
    ordered integer[] := array_fill(0, ARRAY[size]);
    placed integer := 0;
    newest integer[] := ages;
    -- The message with which the branch goes on, and how much it has to.
    following integer[] := array_fill(0, ARRAY[size]);
    weights bigint[] := array_fill(0, ARRAY[size]);
    is_on_way boolean[] := array_fill(false, ARRAY[size]);
    message integer;
    parent integer;
    weight bigint;
BEGIN
    FOR message IN REVERSE size .. 1 LOOP
        parent := parents[message];
        IF parent IS NOT NULL THEN
            next_child[message] := first_child[parent];
            first_child[parent] := message;
        END IF;
    END LOOP;
    FOR message IN 1 .. size LOOP
        IF parents[message] IS NULL THEN
            placed := placed + 1;
            ordered[placed] := message;
        END IF;
    END LOOP;
    FOR i IN 1 .. size LOOP
        IF ordered[i] = 0 THEN
            RETURN;
        END IF;
        message := first_child[ordered[i]];
        WHILE message <> 0 LOOP
            placed := placed + 1;
            ordered[placed] := message;
            message := next_child[message];
        END LOOP;
    END LOOP;

    message := leaf;
    WHILE message IS NOT NULL LOOP
        is_on_way[message] := true;
        message := parents[message];
    END LOOP;
    FOR i IN REVERSE size .. 1 LOOP
        message := ordered[i];
        parent := parents[message];
        CONTINUE WHEN parent IS NULL;
        weight := newest[message] + CASE WHEN stored[message] = stored[parent] THEN 2::bigint << 32
                                    WHEN is_on_way[message] THEN 1::bigint << 32 ELSE 0 END;
        IF weight > weights[parent] AND (is_on_way[message] OR leaf IS DISTINCT FROM parent
                                         OR stored[message] = stored[parent]) THEN
            weights[parent] := weight;
            following[parent] := message;
        END IF;
        newest[parent] := GREATEST(newest[parent], newest[message]);
    END LOOP;

    first := array_fill(0, ARRAY[size]);
    places := array_fill(0, ARRAY[size]);
    FOR i IN 1 .. size LOOP
        message := ordered[i];
        parent := parents[message];
        places[message] := i;
        first[message] := CASE WHEN following[parent] = message THEN first[parent] ELSE message END;
    END LOOP;
END
$function$;
-- import_conversations() imports an export of conversations, of ChatGPT or of Claude. What differs is in two
-- functions of each kind: <kind>_conversations() finds the conversations of an export, and
-- <kind>_conversation() brings one to the form that write_imported_conversations() writes.

-- imported_outcome() returns the counts and the problems of a conversation that is imported. size is the
-- number of its messages in the source. A message can be made of several, whose ids are its source_ids:
-- merged is the number of those that others took in. noted are problems that were found before.
CREATE FUNCTION agentchat.imported_outcome(
    user_id uuid, documents jsonb, noted jsonb, size bigint, OUT counts jsonb, OUT problems jsonb,
    OUT merged bigint
) RETURNS record
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
WITH conversations AS MATERIALIZED (
    SELECT CASE WHEN c.conversation -> 'metadata' ? 'branched_from' THEN 'branches'
           ELSE 'conversations' END AS source, c.source_id, c.fault
    FROM agentchat.imported_conversations(user_id, documents) c
), messages AS MATERIALIZED (
    SELECT m.fault, coalesce(m.message -> 'source_ids', jsonb_build_array(m.source_id)) AS source_ids
    FROM agentchat.imported_messages(user_id, documents) m
)
SELECT (SELECT jsonb_object_agg(c.source, jsonb_build_array(c.read, c.written))
        FROM (SELECT o.source, count(*), count(*) FILTER (WHERE o.fault IS NULL)
              FROM conversations o GROUP BY 1) c (source, read, written))
    || jsonb_build_object('messages', jsonb_build_array(size, count(*) FILTER (WHERE m.fault IS NULL))),
    noted || coalesce((
        SELECT jsonb_agg(jsonb_build_object('source', o.source, 'kind', o.fault, 'id', o.source_id))
        FROM conversations o WHERE o.fault IS NOT NULL), '[]')
    || coalesce((
        SELECT jsonb_agg(jsonb_build_object('source', 'messages', 'kind', f.fault, 'id', i.value))
        FROM messages f CROSS JOIN LATERAL jsonb_array_elements(f.source_ids) i
        WHERE f.fault IS NOT NULL), '[]'),
    coalesce(sum(jsonb_array_length(m.source_ids) - 1) FILTER (WHERE m.fault IS NULL), 0)
FROM messages m
$function$;

-- left_out_outcome() returns the counts and the problems of a conversation that is not imported.
CREATE FUNCTION agentchat.left_out_outcome(
    place bigint, source_id text, message_ids jsonb, fault text, OUT counts jsonb, OUT problems jsonb,
    OUT merged bigint
) RETURNS record
    LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT jsonb_build_object('conversations', jsonb_build_array(1, 0),
                          'messages', jsonb_build_array(count(*), 0)),
    jsonb_build_array(jsonb_build_object(
        'source', 'conversations', 'kind', fault,
        'id', coalesce(source_id, format('conversation %s', place))))
    || coalesce(jsonb_agg(jsonb_build_object('source', 'messages', 'kind', 'conversation is not imported',
                                             'id', m.id) ORDER BY m.n), '[]'), 0::bigint
FROM jsonb_array_elements(message_ids) WITH ORDINALITY m (id, n)
$function$;

-- It has no search_path of its own, as delete_user().
CREATE FUNCTION agentchat.import_conversations(kind text, user_id uuid, export jsonb, dry_run boolean)
    RETURNS TABLE (source text, read bigint, written bigint, merged bigint, skipped bigint, problems jsonb,
                   figures jsonb)
    LANGUAGE plpgsql SET row_security = off SET jit = off
    AS $function$
DECLARE
    summary pg_catalog.jsonb := agentchat.added_outcomes(
        '{}', '{"conversations": [0, 0], "messages": [0, 0]}', '[]');
    all_figures pg_catalog.jsonb[] := '{}';
    all_merged pg_catalog.int8 := 0;
    all_outcomes pg_catalog.jsonb;
    listed record;
    planned record;
    outcome record;
    found_figures pg_catalog.jsonb;
BEGIN
    PERFORM agentchat.require_owner('import conversations');
    IF dry_run IS NULL THEN
        RAISE EXCEPTION 'dry_run is NULL'
            USING ERRCODE = 'null_value_not_allowed',
                  HINT = 'Pass true or false.';
    END IF;
    PERFORM agentchat.require_user(user_id);
    PERFORM agentchat.require_list(export);
    IF NOT dry_run THEN
        -- A second call with the same export waits, and then finds the rows.
        PERFORM pg_catalog.pg_advisory_xact_lock(
            'agentchat.import_conversations'::pg_catalog.regproc::pg_catalog.oid::pg_catalog.int4,
            pg_catalog.uuid_hash(user_id));
    END IF;
    RAISE NOTICE 'importing "conversations": % rows', pg_catalog.jsonb_array_length(export);

    FOR listed IN EXECUTE pg_catalog.format('SELECT c.* FROM agentchat.%I($1) c',
                                            pg_catalog.concat(kind, '_conversations')) USING export LOOP
        IF listed.fault IS NULL THEN
            EXECUTE pg_catalog.format('SELECT c.* FROM agentchat.%I($1, $2) c',
                                      pg_catalog.concat(kind, '_conversation'))
                INTO planned USING user_id, listed.conversation;
            SELECT o.* INTO outcome
            FROM agentchat.imported_outcome(user_id, planned.documents, planned.problems, planned.size) o;
            IF NOT dry_run THEN
                PERFORM agentchat.write_imported_conversations(user_id, planned.documents);
            END IF;
            FOR found_figures IN SELECT f.value FROM pg_catalog.jsonb_array_elements(planned.figures) f LOOP
                all_figures := pg_catalog.array_append(all_figures, found_figures);
            END LOOP;
        ELSE
            SELECT o.* INTO outcome
            FROM agentchat.left_out_outcome(listed.n, listed.source_id, listed.message_ids, listed.fault) o;
        END IF;
        all_merged := all_merged OPERATOR(pg_catalog.+) outcome.merged;
        all_outcomes := agentchat.added_outcomes(summary, outcome.counts, outcome.problems);
        PERFORM agentchat.report_messages(summary, all_outcomes);
        summary := all_outcomes;
    END LOOP;
    summary := pg_catalog.jsonb_set(summary, '{messages,merged}', pg_catalog.to_jsonb(all_merged));
    RETURN QUERY
        SELECT l.* FROM agentchat.imported_lists(summary, pg_catalog.to_jsonb(all_figures), dry_run) l;
END
$function$;
-- import_chatgpt() imports the conversations of an export of ChatGPT (conversations.json).
--
-- Sources for the format, which OpenAI does not document: the script in chat.html, which is in every export;
-- the importers of LibreChat and Open WebUI; chatgpt-exporter; and descriptions of exports from 2023 to 2026.
--
-- A conversation is a tree: mapping has its nodes by their ids, each with a message, a parent and children.
-- An answer consists of several nodes: thoughts, calls of tools, their results, texts.

-- chatgpt_time() returns a time of an export, a number of seconds since 1970, in UTC; NULL if it is not a
-- time.
CREATE FUNCTION agentchat.chatgpt_time(value jsonb) RETURNS timestamp
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $function$
SELECT CASE WHEN pg_catalog.jsonb_typeof(value) OPERATOR(pg_catalog.=) 'number' THEN
    CASE WHEN value::pg_catalog.numeric OPERATOR(pg_catalog.>=) 0
          AND value::pg_catalog.numeric OPERATOR(pg_catalog.<) 253402300800
    THEN '1970-01-01'::pg_catalog.timestamp OPERATOR(pg_catalog.+) (
        '1 us'::pg_catalog.interval OPERATOR(pg_catalog.*)
        pg_catalog.round(value::pg_catalog.numeric OPERATOR(pg_catalog.*) 1000000)::pg_catalog.float8) END END
$function$;

-- chatgpt_rest() returns what an object of an export has beside the given keys, without nulls and empty
-- lists. In PL/pgSQL, like all that is called for each node: it keeps the plans of its queries, unlike SQL.
CREATE FUNCTION agentchat.chatgpt_rest(object jsonb, keys text[]) RETURNS jsonb
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    rest jsonb;
    key text;
BEGIN
    IF coalesce(jsonb_typeof(object) <> 'object', true) THEN
        RETURN '{}';
    END IF;
    rest := object - keys;
    FOR key IN SELECT k.key FROM jsonb_object_keys(rest) k (key) LOOP
        IF rest -> key IN ('null', '[]', '{}') THEN
            object := object - key;
        END IF;
    END LOOP;
    RETURN object - keys;
END
$function$;

-- chatgpt_instructions() returns the custom instructions that a message consists of; NULL for other messages.
-- Until 2024 they were in the metadata of a system message.
CREATE FUNCTION agentchat.chatgpt_instructions(message jsonb) RETURNS text
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    said CONSTANT jsonb := message #> '{metadata,user_context_message_data}';
BEGIN
    RETURN CASE
        WHEN message #>> '{content,content_type}' = 'user_editable_context'
            THEN concat_ws(E'\n\n', nullif(message #>> '{content,user_profile}', ''),
                           nullif(message #>> '{content,user_instructions}', ''))
        WHEN message #> '{metadata,is_user_system_message}' = 'true'
            THEN concat_ws(E'\n\n', nullif(said ->> 'about_user_message', ''),
                           nullif(said ->> 'about_model_message', '')) END;
END
$function$;

-- chatgpt_hidden() tells whether ChatGPT does not show a message.
CREATE FUNCTION agentchat.chatgpt_hidden(message jsonb) RETURNS boolean
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $function$
BEGIN
    RETURN coalesce(message #> '{metadata,is_visually_hidden_from_conversation}' = 'true', false)
        OR agentchat.chatgpt_instructions(message) IS NOT NULL;
END
$function$;

-- chatgpt_input() returns the input of a tool's call as an object. Tools take JSON, or code.
CREATE FUNCTION agentchat.chatgpt_input(text text, language text) RETURNS jsonb
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    input jsonb;
BEGIN
    IF text ~ '^\s*\{' THEN
        BEGIN
            input := text::jsonb;
        EXCEPTION WHEN data_exception OR program_limit_exceeded OR statement_too_complex THEN
            -- Code can begin with a brace, and models make mistakes.
            input := NULL;
        END;
    END IF;
    RETURN coalesce(input, jsonb_strip_nulls(jsonb_build_object(
        CASE WHEN language IS NULL THEN 'input' ELSE 'code' END, text, 'language', language)));
END
$function$;

-- chatgpt_file() returns the part for a file. The bytes are not in conversations.json, and a reference such
-- as file-service:// and an id is not a URL that a reader can load.
CREATE FUNCTION agentchat.chatgpt_file(file jsonb, attachments jsonb) RETURNS jsonb
    LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT CASE
    WHEN file ->> 'asset_pointer' ~ '^https?://' THEN jsonb_build_object(
        'type', 'file', 'url', file ->> 'asset_pointer', 'mediaType', coalesce(a.attached ->> 'mime_type',
            a.attached ->> 'mimeType',
            CASE WHEN file ->> 'content_type' LIKE 'audio%' THEN 'audio/*' ELSE 'image/*' END))
    ELSE jsonb_build_object('type', 'data-imported', 'data', jsonb_build_object(
        'source', 'chatgpt', 'file', jsonb_strip_nulls(coalesce(a.attached, '{}') || file))) END
FROM (SELECT) one LEFT JOIN LATERAL (
    SELECT e.value
    FROM jsonb_array_elements(attachments) e
    WHERE e.value ->> 'id' <> '' AND strpos(file ->> 'asset_pointer', e.value ->> 'id') > 0
    LIMIT 1) a (attached) ON true
$function$;

-- chatgpt_files() returns the parts for the files that a message has in its metadata only: attached
-- documents, and pictures that code has drawn.
CREATE FUNCTION agentchat.chatgpt_files(message jsonb) RETURNS jsonb[]
    LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT array_agg(agentchat.chatgpt_file(f.file, '[]') ORDER BY f.kind, f.n)
FROM (
    SELECT 1, a.n, a.file
    FROM jsonb_array_elements(agentchat.imported_list(message #> '{metadata,attachments}'))
        WITH ORDINALITY a (file, n)
    WHERE jsonb_typeof(a.file) = 'object' AND NOT EXISTS (
        SELECT FROM jsonb_array_elements(agentchat.imported_list(message #> '{content,parts}')) p
        WHERE a.file ->> 'id' <> '' AND strpos(p.value ->> 'asset_pointer', a.file ->> 'id') > 0)
    UNION ALL
    SELECT 2, o.n, jsonb_build_object('asset_pointer', o.output -> 'image_url') || (o.output - 'image_url')
    FROM jsonb_array_elements(agentchat.imported_list(message #> '{metadata,aggregate_result,messages}'))
        WITH ORDINALITY o (output, n)
    WHERE jsonb_typeof(o.output -> 'image_url') = 'string'
) f (kind, n, file)
$function$;

-- chatgpt_sources() returns the web pages that a message cites, as parts.
CREATE FUNCTION agentchat.chatgpt_sources(message jsonb) RETURNS jsonb[]
    LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT array_agg(jsonb_strip_nulls(jsonb_build_object(
    'type', 'source-url', 'sourceId', format('%s-%s', message ->> 'id', s.n), 'url', s.url, 'title', s.title))
    ORDER BY s.n)
FROM (
    SELECT row_number() OVER (ORDER BY min(p.n)) AS n, p.page ->> 'url' AS url,
        min(CASE jsonb_typeof(p.page -> 'title') WHEN 'string' THEN p.page ->> 'title' END) AS title
    FROM (
        SELECT row_number() OVER (), u.page
        FROM (
            SELECT message -> 'content'
            WHERE message #>> '{content,content_type}' IN ('tether_quote', 'sonic_webpage')
            UNION ALL
            SELECT c.value -> 'metadata'
            FROM jsonb_array_elements(agentchat.imported_list(message #> '{metadata,citations}')) c
            UNION ALL
            SELECT i.value
            FROM jsonb_array_elements(agentchat.imported_list(message #> '{metadata,content_references}')) r
                CROSS JOIN LATERAL jsonb_array_elements(
                    agentchat.imported_list(r.value -> 'items') || r.value) i) u (page)) p (n, page)
    WHERE p.page ->> 'url' ~ '^https?://'
    GROUP BY p.page ->> 'url'
) s
$function$;

-- chatgpt_kept() returns what is kept of a message in the last part of the message that it becomes. content
-- is what no other part says.
CREATE FUNCTION agentchat.chatgpt_kept(message jsonb, content jsonb) RETURNS jsonb
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    kept jsonb := agentchat.chatgpt_rest(message, '{id,content,author}');
    author CONSTANT jsonb := CASE WHEN jsonb_typeof(message -> 'author') IN ('object', 'null')
        THEN agentchat.chatgpt_rest(message -> 'author', '{role}') ELSE message -> 'author' END;
BEGIN
    IF kept ->> 'recipient' = 'all' THEN
        kept := kept - 'recipient';
    END IF;
    IF kept -> 'weight' = '1' THEN
        kept := kept - 'weight';
    END IF;
    IF kept ->> 'status' = 'finished_successfully' THEN
        kept := kept - 'status';
    END IF;
    IF author <> '{}' THEN
        kept := kept || jsonb_build_object('author', author);
    END IF;
    IF content NOT IN ('{}', '{"content_type": "text"}', '{"content_type": "text", "parts": [""]}') THEN
        kept := kept || jsonb_build_object('content', content);
    END IF;
    RETURN kept || jsonb_build_object('role', message #> '{author,role}');
END
$function$;

-- chatgpt_output() returns the output of a tool that a message has: text, or what was found on a web page.
CREATE FUNCTION agentchat.chatgpt_output(content jsonb) RETURNS jsonb
    LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT CASE WHEN content ->> 'content_type' IN ('tether_quote', 'sonic_webpage')
    THEN agentchat.chatgpt_rest(content, '{content_type}')
    ELSE to_jsonb(coalesce(
        CASE WHEN content ->> 'content_type' = 'tether_browsing_display'
            THEN coalesce(nullif(content ->> 'result', ''), content ->> 'summary') END,
        content ->> 'text',
        (SELECT string_agg(CASE jsonb_typeof(p.value) WHEN 'string' THEN p.value #>> '{}'
                           ELSE p.value ->> 'text' END, E'\n' ORDER BY p.ordinality)
         FROM jsonb_array_elements(agentchat.imported_list(content -> 'parts')) WITH ORDINALITY p), '')) END
$function$;

-- chatgpt_thoughts() returns what thoughts have beside their texts. The chunks of a thought repeat its text.
CREATE FUNCTION agentchat.chatgpt_thoughts(thoughts jsonb) RETURNS jsonb
    LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT coalesce(jsonb_build_object('thoughts', jsonb_agg(r.rest ORDER BY t.ordinality)
                                   FILTER (WHERE r.rest <> '{}')), '{}')
FROM jsonb_array_elements(thoughts) WITH ORDINALITY t
    CROSS JOIN LATERAL (
        SELECT string_agg(c.value, '' ORDER BY c.ordinality)
        FROM jsonb_array_elements_text(agentchat.imported_list(t.value -> 'chunks'))
            WITH ORDINALITY c) c (chunks)
    CROSS JOIN LATERAL (
        SELECT CASE jsonb_typeof(t.value)
            WHEN 'object' THEN agentchat.chatgpt_rest(t.value, '{summary,content,finished}'::text[]
                || CASE WHEN replace(c.chunks, ' ', '') = replace(t.value ->> 'content', ' ', '')
                    THEN 'chunks' END)
            ELSE t.value END) r (rest)
HAVING count(*) FILTER (WHERE r.rest <> '{}') > 0
$function$;

-- chatgpt_node() returns what the message of a node becomes, an object: kind, parts, kept, problems; of a
-- call of a tool also tool and input, and of a result tool, output and error.
--
-- kind is the role of the message that the node can be in, or hidden if the node shows nothing.
CREATE FUNCTION agentchat.chatgpt_node(message jsonb) RETURNS jsonb
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    content jsonb := CASE jsonb_typeof(message -> 'content') WHEN 'null' THEN '{}'
                     ELSE coalesce(message -> 'content', '{}') END;
    content_type CONSTANT text := coalesce(content ->> 'content_type', 'text');
    role CONSTANT text := message #>> '{author,role}';
    recipient CONSTANT text := coalesce(nullif(message ->> 'recipient', ''), 'all');
    is_call CONSTANT boolean := role = 'assistant' AND recipient NOT IN ('all', 'assistant');
    attachments CONSTANT jsonb := agentchat.imported_list(message #> '{metadata,attachments}');
    is_hidden boolean := false;
    parts jsonb[] := '{}';
    problems text[] := '{}';
    texts text[] := '{}';
    shown text;
    piece jsonb;
    tool jsonb := '{}';
BEGIN
    IF message -> 'create_time' <> 'null' AND agentchat.chatgpt_time(message -> 'create_time') IS NULL THEN
        problems := array_append(problems, 'create_time is not a time; kept in a data part');
    END IF;
    IF coalesce(role NOT IN ('user', 'assistant', 'system', 'developer', 'tool'), true) THEN
        problems := array_append(problems, 'role is unknown; kept in a data part');
        is_hidden := true;
    ELSIF agentchat.chatgpt_instructions(message) IS NOT NULL THEN
        problems := array_append(problems, 'custom instructions; became the system prompt');
        is_hidden := true;
    ELSIF agentchat.chatgpt_hidden(message) THEN
        IF content_type <> 'text' OR coalesce(content -> 'parts' NOT IN ('[]', '[""]'), false) THEN
            problems := array_append(problems, 'hidden in ChatGPT; kept in a data part');
        END IF;
        is_hidden := true;
    ELSIF jsonb_typeof(content) <> 'object' THEN
        problems := array_append(problems, 'content of an unknown type; kept in a data part');
        is_hidden := true;
    ELSIF message -> 'weight' = '0' THEN
        problems := array_append(problems, 'weight is 0; noted in a data part');
    END IF;
    IF is_hidden THEN
        RETURN jsonb_build_object('kind', 'hidden', 'parts', '[]'::jsonb, 'problems', problems,
                                  'kept', agentchat.chatgpt_kept(message, content));
    END IF;

    IF content_type = 'thoughts' AND jsonb_typeof(content -> 'thoughts') = 'array' THEN
        FOR piece IN SELECT t.value FROM jsonb_array_elements(content -> 'thoughts') t LOOP
            shown := concat_ws(E'\n\n', '**' || nullif(piece ->> 'summary', '') || '**',
                               nullif(piece ->> 'content', ''));
            IF shown <> '' THEN
                parts := array_append(parts, jsonb_build_object('type', 'reasoning', 'text', shown));
            END IF;
        END LOOP;
        content := content - 'thoughts' || coalesce(agentchat.chatgpt_thoughts(content -> 'thoughts'), '{}');
    ELSIF content_type IN ('reasoning_recap', 'model_editable_context') THEN
        NULL;
    ELSIF content_type IN ('text', 'multimodal_text') OR jsonb_typeof(content -> 'parts') = 'array' THEN
        FOR piece IN
            SELECT p.value FROM jsonb_array_elements(agentchat.imported_list(content -> 'parts')) p
        LOOP
            shown := CASE WHEN jsonb_typeof(piece) = 'string' THEN piece #>> '{}'
                     WHEN coalesce(piece ->> 'content_type', 'text') IN ('text', 'audio_transcription')
                     THEN piece ->> 'text' END;
            IF shown IS NOT NULL THEN
                texts := array_append(texts, shown);
                IF shown <> '' AND role <> 'tool' AND NOT is_call THEN
                    parts := array_append(parts, jsonb_build_object('text', shown, 'type', CASE
                        WHEN content_type = 'thoughts'
                          OR role = 'assistant' AND message ->> 'channel' = 'analysis' THEN 'reasoning'
                        ELSE 'text' END));
                END IF;
            ELSIF piece ->> 'content_type' LIKE '%asset_pointer' THEN
                parts := array_append(parts, agentchat.chatgpt_file(piece, attachments));
            ELSIF piece <> 'null' THEN
                parts := array_append(parts, jsonb_build_object(
                    'type', 'data-imported', 'data', jsonb_build_object('source', 'chatgpt', 'part', piece)));
                problems := array_append(problems, 'part of an unknown type; kept in a data part');
            END IF;
        END LOOP;
        -- A transcription has more than its text.
        IF jsonb_typeof(content -> 'parts') = 'array'
           AND NOT content @? '$.parts[*].content_type ? (@ == "audio_transcription" || @ == "text")' THEN
            content := content - 'parts';
        END IF;
        IF content_type NOT IN ('text', 'multimodal_text', 'thoughts') THEN
            problems := array_append(problems, 'content of an unknown type; kept in a data part');
        END IF;
    ELSIF content_type IN ('code', 'execution_output', 'tether_quote', 'tether_browsing_display',
                           'sonic_webpage', 'system_error') THEN
        texts := ARRAY[coalesce(content ->> 'text', '')];
        IF role <> 'tool' AND NOT is_call AND texts[1] <> '' THEN
            parts := array_append(parts, jsonb_build_object('type', 'text', 'text', CASE content_type
                WHEN 'code'
                    THEN format(E'```%s\n%s\n```', nullif(content ->> 'language', 'unknown'), texts[1])
                ELSE texts[1] END));
        END IF;
        content := CASE
            WHEN role <> 'tool' THEN content - 'text'
            WHEN content_type IN ('tether_quote', 'sonic_webpage')
                THEN jsonb_build_object('content_type', content_type)
            WHEN content_type = 'tether_browsing_display' AND content ->> 'result' <> ''
                THEN content - 'result'
            ELSE content - 'text' END;
    ELSE
        problems := array_append(problems, 'content of an unknown type; kept in a data part');
        texts := ARRAY[coalesce(content ->> 'text', '')];
        IF role <> 'tool' AND NOT is_call AND texts[1] <> '' AND content_type <> 'thoughts' THEN
            parts := array_append(parts, jsonb_build_object('type', 'text', 'text', texts[1]));
        END IF;
    END IF;

    IF is_call THEN
        tool := jsonb_build_object('tool', recipient, 'input', agentchat.chatgpt_input(
            array_to_string(texts, E'\n'), content ->> 'language'));
    ELSIF role = 'tool' THEN
        tool := jsonb_build_object(
            'tool', coalesce(message #>> '{author,name}', ''),
            'output', agentchat.chatgpt_output(message -> 'content'), 'error', CASE content_type
                WHEN 'system_error' THEN coalesce(nullif(message #>> '{content,text}', ''),
                                                  message #>> '{content,name}', 'error') END);
    END IF;
    IF message -> 'metadata' ?| '{attachments,aggregate_result}' THEN
        parts := parts || agentchat.chatgpt_files(message);
    END IF;
    IF message -> 'metadata' ?| '{citations,content_references}'
       OR content_type IN ('tether_quote', 'sonic_webpage') THEN
        parts := parts || agentchat.chatgpt_sources(message);
    END IF;
    FOREACH piece IN ARRAY parts LOOP
        IF piece -> 'data' ? 'file' THEN
            problems := array_append(problems, 'files are not in the export; their references were kept');
            EXIT;
        END IF;
    END LOOP;
    RETURN tool || jsonb_build_object(
        'kind', CASE WHEN parts = '{}' AND tool = '{}' THEN 'hidden'
                WHEN role = 'tool' THEN 'assistant'
                WHEN role = 'developer' THEN 'system' ELSE role END,
        'parts', parts, 'problems', problems, 'kept', agentchat.chatgpt_kept(message, content));
END
$function$;

-- chatgpt_text() returns the text of a message. The import makes the column content from the parts; this text
-- is for the figures of the source.
CREATE FUNCTION agentchat.chatgpt_text(message jsonb) RETURNS text
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    content CONSTANT jsonb := message -> 'content';
    content_type CONSTANT text := coalesce(content ->> 'content_type', 'text');
    is_assistant CONSTANT boolean := message #>> '{author,role}' = 'assistant';
BEGIN
    IF coalesce(message #>> '{author,role}' NOT IN ('user', 'system', 'developer', 'assistant'), true)
       OR is_assistant AND message ->> 'recipient' NOT IN ('', 'all', 'assistant')
       OR agentchat.chatgpt_hidden(message)
       OR content_type IN ('thoughts', 'reasoning_recap', 'model_editable_context') THEN
        RETURN '';
    END IF;
    IF jsonb_typeof(content -> 'parts') = 'array' THEN
        IF is_assistant AND message ->> 'channel' = 'analysis' THEN
            RETURN '';
        END IF;
        RETURN coalesce((
            SELECT string_agg(CASE WHEN jsonb_typeof(p.value) = 'string' THEN p.value #>> '{}'
                              WHEN coalesce(p.value ->> 'content_type', 'text') IN (
                                  'text', 'audio_transcription')
                              THEN p.value ->> 'text' END, '' ORDER BY p.ordinality)
            FROM jsonb_array_elements(content -> 'parts') WITH ORDINALITY p), '');
    END IF;
    RETURN CASE
        WHEN content_type IN ('text', 'multimodal_text') THEN ''
        WHEN content_type = 'code' AND content ->> 'text' <> ''
            THEN concat('```', nullif(content ->> 'language', 'unknown'), E'\n', content ->> 'text', E'\n```')
        ELSE coalesce(content ->> 'text', '') END;
END
$function$;

-- chatgpt_tool() returns the name of a tool with only the characters that models allow.
CREATE FUNCTION agentchat.chatgpt_tool(name text) RETURNS text
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $function$
BEGIN
    RETURN coalesce(nullif(left(regexp_replace(name, '[^a-zA-Z0-9_-]', '_', 'g'), 64), ''), 'unknown');
END
$function$;

-- chatgpt_call_id() returns the id of a call of a tool: the id of the node, if models allow its characters.
CREATE FUNCTION agentchat.chatgpt_call_id(node_id text) RETURNS text
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $function$
BEGIN
    RETURN CASE WHEN node_id ~ '^[a-zA-Z0-9_-]{1,40}$' THEN node_id
           ELSE left(encode(sha256(convert_to(node_id, 'UTF8')), 'hex'), 40) END;
END
$function$;

-- chatgpt_result() returns what the part for the call of a tool has of its results, which are objects with
-- output and error.
CREATE FUNCTION agentchat.chatgpt_result(results jsonb) RETURNS jsonb
    LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT CASE
    WHEN jsonb_array_length(results) = 1 AND results #>> '{0,error}' IS NOT NULL
        THEN jsonb_build_object('state', 'output-error', 'errorText', results #> '{0,error}')
    WHEN jsonb_array_length(results) = 1
        THEN jsonb_build_object('state', 'output-available', 'output', results #> '{0,output}')
    ELSE jsonb_build_object('state', 'output-available', 'output',
                            jsonb_path_query_array(results, '$[*].output')) END
$function$;

-- chatgpt_parts() returns the parts of a message that nodes become, in their order.
--
-- The result of a tool belongs to the last call if that is of the same tool, or has no result yet; else to
-- the latest call of the same tool that has none. The names of tools such as browser.search begin with that
-- of the author of the result. What the model said after it had read a result is another step.
CREATE FUNCTION agentchat.chatgpt_parts(keys text[], nodes jsonb[]) RETURNS jsonb
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    made jsonb[] := '{}';
    kept jsonb[] := '{}';
    -- The calls: their places in made, the tools, and whether they have a result.
    places integer[] := '{}';
    tools text[] := '{}';
    answered boolean[] := '{}';
    -- The results: the places of their calls in made, and the nodes.
    answers integer[] := '{}';
    results jsonb[] := '{}';
    is_after_result boolean := false;
    node jsonb;
    part jsonb;
    tool text;
    found integer;
BEGIN
    FOR i IN 1 .. cardinality(nodes) LOOP
        node := nodes[i];
        tool := split_part(node ->> 'tool', '.', 1);
        IF is_after_result AND NOT node ? 'output' AND (node -> 'parts' <> '[]' OR node ? 'input') THEN
            made := array_append(made, '{"type": "step-start"}');
            is_after_result := false;
        END IF;
        IF node ? 'output' THEN
            found := nullif(cardinality(places), 0);
            IF answered[found] AND tools[found] <> tool THEN
                found := NULL;
                -- Without a limit, the time would be quadratic in the number of calls.
                FOR earlier IN REVERSE cardinality(places) - 1 .. GREATEST(cardinality(places) - 100, 1) LOOP
                    IF NOT answered[earlier] AND tools[earlier] = tool THEN
                        found := earlier;
                        EXIT;
                    END IF;
                END LOOP;
            END IF;
            IF found IS NOT NULL THEN
                answered[found] := true;
                answers := array_append(answers, places[found]);
                results := array_append(results, node);
            ELSIF node ->> 'output' <> '' OR node ->> 'error' <> '' THEN
                made := array_append(made, jsonb_build_object(
                    'type', 'dynamic-tool', 'toolName', agentchat.chatgpt_tool(node ->> 'tool'),
                    'toolCallId', agentchat.chatgpt_call_id(keys[i]), 'input', jsonb '{}')
                    || agentchat.chatgpt_result(jsonb_build_array(node)));
            END IF;
            is_after_result := true;
        END IF;
        FOR part IN SELECT p.value FROM jsonb_array_elements(node -> 'parts') p LOOP
            made := array_append(made, part);
        END LOOP;
        IF node ? 'input' THEN
            made := array_append(made, jsonb_build_object(
                'type', 'dynamic-tool', 'state', 'input-available',
                'toolName', agentchat.chatgpt_tool(node ->> 'tool'),
                'toolCallId', agentchat.chatgpt_call_id(keys[i]), 'input', node -> 'input'));
            places := array_append(places, cardinality(made));
            tools := array_append(tools, tool);
            answered := array_append(answered, false);
        END IF;
        kept := array_append(kept, jsonb_build_object('id', keys[i]) || (node -> 'kept'));
    END LOOP;
    FOR found, part IN
        SELECT a.place, agentchat.chatgpt_result(jsonb_agg(a.result ORDER BY a.n))
        FROM unnest(answers, results) WITH ORDINALITY a (place, result, n)
        GROUP BY a.place
    LOOP
        made[found] := made[found] || part;
    END LOOP;
    RETURN to_jsonb(array_append(made, jsonb_build_object('type', 'data-imported', 'data', jsonb_build_object(
        'source', 'chatgpt', 'nodes', to_jsonb(kept)))));
END
$function$;

-- chatgpt_nodes() returns the nodes of a conversation, older ones first. parent is the number of the node
-- that each follows. Where an export leaves out the parent, children say which one it is. fault tells why a
-- node is not imported.
CREATE FUNCTION agentchat.chatgpt_nodes(conversation jsonb)
    RETURNS TABLE (n integer, key text, message jsonb, said_at timestamp, parent integer, made jsonb,
                   fault text, problem text)
    LANGUAGE sql STABLE ROWS 100 SET search_path = pg_catalog, pg_temp
    AS $function$
WITH nodes AS MATERIALIZED (
    SELECT e.key, e.value AS node, e.value ->> 'parent' AS parent,
        CASE jsonb_typeof(e.value -> 'message') WHEN 'object' THEN e.value -> 'message' END AS message
    FROM jsonb_each(conversation -> 'mapping') e
), children AS (
    SELECT DISTINCT ON (c.value) c.value AS child, n.key AS parent, c.ordinality AS place
    FROM nodes n
        CROSS JOIN LATERAL jsonb_array_elements_text(agentchat.imported_list(n.node -> 'children'))
            WITH ORDINALITY c
    ORDER BY c.value, n.key
), numbered AS MATERIALIZED (
    SELECT n.*, c.parent AS listed_by, t.said_at,
        row_number() OVER (
            ORDER BY t.said_at NULLS FIRST, c.place NULLS FIRST, n.key COLLATE "C")::integer AS n
    FROM nodes n
        LEFT JOIN children c ON c.child = n.key
        CROSS JOIN LATERAL agentchat.chatgpt_time(n.message -> 'create_time') t (said_at)
)
SELECT n.n, n.key, n.message, n.said_at, coalesce(p.n, l.n),
    CASE WHEN n.message IS NOT NULL THEN agentchat.chatgpt_node(n.message) END,
    CASE WHEN n.message IS NOT NULL THEN NULL
        WHEN coalesce(n.node -> 'message', 'null') = 'null' THEN 'node without a message'
        ELSE 'message is not a JSON object' END,
    CASE WHEN p.n IS NULL AND l.n IS NULL AND n.parent <> '' AND n.message IS NOT NULL
        THEN 'message before is missing; begins a branch' END
FROM numbered n
    LEFT JOIN numbered p ON p.key = n.parent
    LEFT JOIN numbered l ON l.key = n.listed_by
ORDER BY n.n
$function$;

-- cut_circles() returns the parents of nodes without circles: in each circle, the oldest node becomes the
-- first. Nodes have larger numbers than older ones.
CREATE FUNCTION agentchat.cut_circles(INOUT parents integer[], OUT cut integer[]) RETURNS record
    LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    -- For each node, the first walk that has come by.
    walks integer[] := array_fill(0, ARRAY[cardinality(parents)]);
    node integer;
    other integer;
    oldest integer;
BEGIN
    cut := '{}';
    FOR walk IN 1 .. cardinality(parents) LOOP
        node := walk;
        WHILE walks[node] = 0 LOOP
            walks[node] := walk;
            node := parents[node];
        END LOOP;
        IF walks[node] = walk THEN
            oldest := node;
            other := parents[node];
            WHILE other <> node LOOP
                oldest := LEAST(oldest, other);
                other := parents[other];
            END LOOP;
            parents[oldest] := NULL;
            cut := array_append(cut, oldest);
        END IF;
    END LOOP;
END
$function$;

-- chatgpt_links() returns the parents of nodes without the skipped ones between them, and the links along
-- which branches can go on: those of skipped nodes, and between conversations in which nodes are stored, are
-- cut.
CREATE FUNCTION agentchat.chatgpt_links(
    INOUT parents integer[], skipped boolean[], stored uuid[], OUT links integer[]
) RETURNS record
    LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    found integer;
    passed integer;
    parent integer;
BEGIN
    FOR node IN 1 .. cardinality(parents) LOOP
        found := parents[node];
        WHILE skipped[found] LOOP
            found := parents[found];
        END LOOP;
        -- The next walk is shorter.
        passed := node;
        WHILE parents[passed] IS DISTINCT FROM found LOOP
            parent := parents[passed];
            parents[passed] := found;
            passed := parent;
        END LOOP;
    END LOOP;
    links := parents;
    FOR node IN 1 .. cardinality(parents) LOOP
        IF skipped[node]
           OR stored[node] IS NOT NULL AND stored[node] IS DISTINCT FROM stored[parents[node]] THEN
            links[node] := NULL;
        END IF;
    END LOOP;
END
$function$;

-- chatgpt_stored() returns which nodes are stored, and in which message. A message names its nodes in its
-- last part. PostgreSQL expects more rows than there are, and would scan the table instead of its index.
CREATE FUNCTION agentchat.chatgpt_stored(user_id uuid, ids uuid[], keys text[])
    RETURNS TABLE (key text, message_id uuid, conversation_id uuid, created_at timestamp)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET row_security = off
    SET enable_nestloop = on SET enable_hashjoin = off SET enable_mergejoin = off
    AS $function$
BEGIN
    RETURN QUERY EXECUTE format(
        'SELECT DISTINCT ON (k.key) k.key, s.id, s.conversation_id, s.created_at '
        'FROM (SELECT i.key, m.id, m.created_at, m.parts, '
        'CASE WHEN c.user_id = $1 THEN m.conversation_id END AS conversation_id '
        'FROM unnest($2, $3) i (id, key) JOIN %1$smessages m ON m.id = i.id '
        'JOIN %1$sconversations c ON c.id = m.conversation_id) s '
        'CROSS JOIN LATERAL (SELECT s.key, 1 UNION ALL '
        'SELECT p.value #>> ''{}'', 2 FROM jsonb_path_query(s.parts, '
        '''$[*] ? (@.type == "data-imported").data.nodes[*].id'') p (value)) k (key, place) '
        'ORDER BY k.key, k.place, s.id', agentchat.tables_prefix()) USING user_id, ids, keys;
END
$function$;

-- chatgpt_groups() divides nodes into messages. chain has the numbers of all nodes, branch by branch; heads
-- has the first node of the branch of each. kinds are those of chatgpt_node(), NULL for nodes that are not
-- imported. It returns the node that each node becomes one message with; NULL for nodes that are not imported
-- or stored.
--
-- An answer becomes one message. A node that shows nothing goes to the answer that it is in, else to the next
-- message, else to the one before.
CREATE FUNCTION agentchat.chatgpt_groups(
    chain integer[], heads integer[], kinds text[], roles text[], stored boolean[]
) RETURNS integer[]
    LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    groups integer[] := array_fill(NULL::integer, ARRAY[cardinality(kinds)]);
    head integer;
    current integer;
    waiting integer[] := '{}';
    node integer;
    other integer;
BEGIN
    -- The NULL at the end ends the last branch.
    FOREACH node IN ARRAY array_append(chain, NULL) LOOP
        IF head IS DISTINCT FROM heads[node] OR stored[node] THEN
            FOREACH other IN ARRAY waiting LOOP
                groups[other] := coalesce(current, waiting[1]);
            END LOOP;
            head := heads[node];
            current := NULL;
            waiting := '{}';
        END IF;
        CONTINUE WHEN node IS NULL OR stored[node] OR kinds[node] IS NULL;
        IF kinds[node] = 'hidden' THEN
            IF kinds[current] = 'assistant' AND roles[node] IN ('assistant', 'tool') AND waiting = '{}' THEN
                groups[node] := current;
            ELSE
                waiting := array_append(waiting, node);
            END IF;
            CONTINUE;
        END IF;
        IF current IS NULL OR kinds[node] <> 'assistant' OR kinds[current] <> 'assistant' THEN
            current := node;
        END IF;
        groups[node] := current;
        FOREACH other IN ARRAY waiting LOOP
            groups[other] := current;
        END LOOP;
        waiting := '{}';
    END LOOP;
    RETURN groups;
END
$function$;

-- chatgpt_origins() returns for each node the closest one before it that a reader of its message has come by.
-- chain has the numbers of all nodes, each after its parent; anchors are the results of chatgpt_groups().
CREATE FUNCTION agentchat.chatgpt_origins(
    chain integer[], parents integer[], anchors integer[], places integer[]
) RETURNS integer[]
    LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    origins integer[] := array_fill(NULL::integer, ARRAY[cardinality(parents)]);
    node integer;
    parent integer;
BEGIN
    FOREACH node IN ARRAY chain LOOP
        parent := parents[node];
        -- A node that shows nothing can be in a message that comes later.
        origins[node] := CASE WHEN places[anchors[parent]] <= places[parent] THEN parent
                         ELSE origins[parent] END;
    END LOOP;
    RETURN origins;
END
$function$;

-- chatgpt_id() returns the id of a conversation.
CREATE FUNCTION agentchat.chatgpt_id(conversation jsonb) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT coalesce(nullif(conversation ->> 'conversation_id', ''), nullif(conversation ->> 'id', ''))
$function$;

-- chatgpt_rest_of_conversation() returns what a conversation has beside what columns say.
CREATE FUNCTION agentchat.chatgpt_rest_of_conversation(conversation jsonb) RETURNS jsonb
    LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT agentchat.chatgpt_rest(conversation, '{mapping,title,conversation_id}'::text[]
    || CASE WHEN conversation ->> 'id' = agentchat.chatgpt_id(conversation) THEN 'id' END
    || ARRAY(SELECT k.key FROM unnest('{create_time,update_time}'::text[]) k (key)
             WHERE agentchat.chatgpt_time(conversation -> k.key) IS NOT NULL))
$function$;

-- chatgpt_conversation() returns what is to be written of a conversation of an export: the conversation and
-- each branch in the form that write_imported_conversations() expects, their figures, the problems, and how
-- many nodes there are.
--
-- A node that is stored stays in its message, and a branch that begins there is stored there. A later export
-- can have another current_node, or more nodes.
--
-- PostgreSQL expects fewer rows than there are, and would compare each node with each.
CREATE FUNCTION agentchat.chatgpt_conversation(
    user_id uuid, conversation jsonb, OUT documents jsonb, OUT figures jsonb, OUT problems jsonb,
    OUT size bigint
) RETURNS record
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
    SET enable_nestloop = off
    AS $function$
DECLARE
    source_id CONSTANT text := agentchat.chatgpt_id(conversation);
    main_id CONSTANT uuid := agentchat.imported_id(user_id, 'chatgpt conversation', source_id);
    began_at timestamp;
    -- What is known of each node, by its number.
    keys text[];
    ids uuid[];
    messages jsonb[];
    times timestamp[];
    parents integer[];
    ages integer[];
    links integer[];
    made jsonb[];
    message_ids uuid[];
    stored_in uuid[];
    stored_at timestamp[];
    leaf integer;
    cut integer[];
    first integer[];
    places integer[];
    anchors integer[];
    origins integer[];
    main integer;
BEGIN
    SELECT array_agg(n.key ORDER BY n.n), array_agg(n.message ORDER BY n.n),
        array_agg(n.said_at ORDER BY n.n), array_agg(n.parent ORDER BY n.n), array_agg(n.made ORDER BY n.n),
        array_agg(agentchat.imported_id(user_id, 'chatgpt message', format('%s/%s', source_id, n.key))
                  ORDER BY n.n),
        min(n.n) FILTER (WHERE n.key = conversation ->> 'current_node'), count(*),
        coalesce(agentchat.chatgpt_time(conversation -> 'create_time'), min(n.said_at), '1970-01-01'),
        coalesce(jsonb_agg(jsonb_build_object('source', 'messages', 'id', n.key,
                                              'kind', coalesce(n.fault, n.problem)) ORDER BY n.n)
                 FILTER (WHERE coalesce(n.fault, n.problem) IS NOT NULL), '[]')
    INTO keys, messages, times, parents, made, ids, leaf, size, began_at, problems
    FROM agentchat.chatgpt_nodes(conversation) n;
    problems := problems || coalesce((
        SELECT jsonb_agg(jsonb_build_object('source', 'conversations', 'id', source_id, 'kind', k.kind))
        FROM (SELECT format('%s is not a time; kept in metadata', u.key)
              FROM unnest('{create_time,update_time}'::text[]) u (key)
              WHERE conversation -> u.key <> 'null' AND agentchat.chatgpt_time(conversation -> u.key) IS NULL
              UNION ALL
              SELECT 'current_node is missing; branch of the newest message taken'
              WHERE leaf IS NULL AND size > 0) k (kind)), '[]');

    IF size > 0 THEN
        ages := ARRAY(SELECT generate_series(1, size::integer));
        SELECT c.parents, c.cut INTO parents, cut FROM agentchat.cut_circles(parents) c;
        SELECT array_agg(s.message_id ORDER BY k.n), array_agg(s.conversation_id ORDER BY k.n),
            array_agg(s.created_at ORDER BY k.n)
        INTO message_ids, stored_in, stored_at
        FROM unnest(keys) WITH ORDINALITY k (key, n)
            LEFT JOIN agentchat.chatgpt_stored(user_id, ids, keys) s ON s.key = k.key;
        SELECT l.parents, l.links INTO parents, links
        FROM agentchat.chatgpt_links(
            parents, ARRAY(SELECT m.made IS NULL FROM unnest(made) WITH ORDINALITY m (made, n) ORDER BY m.n),
            stored_in) l;
        leaf := CASE WHEN made[leaf] IS NULL THEN parents[leaf] ELSE leaf END;
        SELECT b.places INTO places FROM agentchat.imported_branches(parents, ages, stored_in, leaf) b;
        SELECT b.first INTO first FROM agentchat.imported_branches(links, ages, stored_in, leaf) b;
        main := coalesce(first[array_position(stored_in, main_id)], first[leaf],
                         first[(SELECT max(m.n) FROM unnest(made) WITH ORDINALITY m (made, n)
                                WHERE m.made IS NOT NULL)]);
        anchors := agentchat.chatgpt_groups(
            ARRAY(SELECT u.n::integer FROM unnest(first, places) WITH ORDINALITY u (head, place, n)
                  ORDER BY u.head, u.place),
            first, ARRAY(SELECT m.made ->> 'kind' FROM unnest(made) WITH ORDINALITY m (made, n) ORDER BY m.n),
            ARRAY(SELECT m.message #>> '{author,role}' FROM unnest(messages) WITH ORDINALITY m (message, n)
                  ORDER BY m.n),
            ARRAY(SELECT m.id IS NOT NULL FROM unnest(message_ids) WITH ORDINALITY m (id, n) ORDER BY m.n));
        -- The anchor of a stored node is the one from which the message has its id.
        SELECT array_agg(coalesce(a.anchor, i.n, CASE WHEN a.id IS NOT NULL THEN a.n END)::integer
                         ORDER BY a.n)
        INTO anchors
        FROM unnest(anchors, message_ids) WITH ORDINALITY a (anchor, id, n)
            LEFT JOIN unnest(ids) WITH ORDINALITY i (id, n) ON i.id = a.id;
        origins := agentchat.chatgpt_origins(
            ARRAY(SELECT p.n::integer FROM unnest(places) WITH ORDINALITY p (place, n) ORDER BY p.place),
            parents, anchors, places);
    END IF;

    WITH nodes AS MATERIALIZED (
        SELECT u.*, coalesce(u.message_id, ids[u.anchor]) AS id
        FROM unnest(keys, messages, times, made, message_ids, stored_in, stored_at, parents, first, places,
                    anchors, origins)
            WITH ORDINALITY u (key, message, said_at, made, message_id, stored_in, stored_at, parent, head,
                               place, anchor, origin, n)
        WHERE u.anchor IS NOT NULL
    ), heads AS (
        SELECT n.head, CASE WHEN n.head = main THEN main_id ELSE coalesce(
            (array_agg(n.stored_in ORDER BY n.place) FILTER (WHERE n.stored_in IS NOT NULL))[1],
            agentchat.imported_id(user_id, 'chatgpt branch', format(
                '%s/%s', source_id, min(n.key) FILTER (WHERE n.n = n.head)))) END AS conversation_id
        FROM nodes n
        GROUP BY n.head
    ), owned AS MATERIALIZED (
        SELECT n.*, h.conversation_id FROM nodes n JOIN heads h ON h.head = n.head
    ), listed AS (
        SELECT s.*, row_number() OVER (PARTITION BY s.conversation_id ORDER BY s.place) AS k
        FROM (
            SELECT n.conversation_id, n.id, min(n.place) AS place,
                bool_or(n.message_id IS NOT NULL) AS is_stored,
                min(n.key) FILTER (WHERE n.n = n.anchor) AS source_id,
                min(coalesce(nullif(n.made ->> 'kind', 'hidden'), CASE n.message #>> '{author,role}'
                    WHEN 'user' THEN 'user' WHEN 'assistant' THEN 'assistant' WHEN 'tool' THEN 'assistant'
                    ELSE 'system' END)) FILTER (WHERE n.n = n.anchor) AS role,
                coalesce(min(n.stored_at), min(n.said_at) FILTER (WHERE n.n = n.anchor), min(n.said_at))
                    AS said_at,
                array_agg(n.key ORDER BY n.place) AS of_keys, array_agg(n.made ORDER BY n.place) AS of_made,
                sha256(convert_to(string_agg(agentchat.chatgpt_text(n.message), '' ORDER BY n.place), 'UTF8'))
                    AS hash
            FROM owned n
            GROUP BY n.conversation_id, n.id
        ) s
    ), timed AS (
        -- Times that increase along a branch, at least by a microsecond. Some messages have the same time, or
        -- none.
        SELECT l.*, max(coalesce(l.said_at, CASE l.k WHEN 1 THEN began_at END) - l.k * interval '1 us')
            OVER (PARTITION BY l.conversation_id ORDER BY l.k) + l.k * interval '1 us' AS created_at
        FROM listed l
    ), branches AS (
        SELECT t.conversation_id, count(*) AS messages, min(t.created_at) AS first_message_at,
            max(t.created_at) AS last_message_at, string_agg(t.hash, '' ORDER BY t.k) AS hashes,
            jsonb_agg(jsonb_build_object(
                'id', t.id, 'source_id', t.source_id, 'source_ids', t.of_keys, 'role', t.role,
                'parts', agentchat.chatgpt_parts(t.of_keys, t.of_made),
                'created_at', agentchat.utc_text(t.created_at)) ORDER BY t.k) FILTER (WHERE NOT t.is_stored)
                AS documents
        FROM timed t
        GROUP BY t.conversation_id
    ), firsts AS (
        SELECT i.conversation_id, (array_agg(i.n ORDER BY i.place))[1] AS n,
            (array_agg(i.instructions ORDER BY i.place) FILTER (WHERE i.instructions <> ''))[1] AS prompt
        FROM (SELECT n.conversation_id, n.n, n.place,
                  agentchat.chatgpt_instructions(n.message) AS instructions
              FROM owned n) i
        GROUP BY i.conversation_id
    ), conversations AS MATERIALIZED (
        SELECT c.id, c.id = main_id AS is_main, f.place, f.key, p.key AS after, b.messages,
            b.first_message_at, b.last_message_at, b.hashes, b.documents,
            coalesce(o.prompt, m.prompt) AS prompt,
            coalesce(l.conversation_id, main_id) AS from_conversation, l.id AS from_message
        FROM (SELECT main_id UNION SELECT n.conversation_id FROM owned n) c (id)
            LEFT JOIN branches b ON b.conversation_id = c.id
            LEFT JOIN firsts o ON o.conversation_id = c.id
            LEFT JOIN firsts m ON m.conversation_id = main_id
            LEFT JOIN owned f ON f.n = o.n
            LEFT JOIN owned p ON p.n = f.parent
            LEFT JOIN owned l ON l.n = f.origin
    )
    SELECT jsonb_agg(jsonb_build_object(
            'id', c.id, 'source_id', CASE WHEN c.is_main THEN source_id
                ELSE format('%s, from %s', source_id, c.key) END,
            'title', coalesce(nullif(conversation ->> 'title', ''), 'Untitled'), 'system_prompt', c.prompt,
            'metadata', CASE WHEN c.is_main THEN jsonb_build_object('imported', jsonb_build_object(
                    'source', 'chatgpt', 'id', source_id,
                    'conversation', agentchat.chatgpt_rest_of_conversation(conversation)))
                ELSE jsonb_build_object(
                    'imported', jsonb_build_object('source', 'chatgpt', 'id', source_id, 'after', c.after),
                    'branched_from', jsonb_build_object('conversation_id', c.from_conversation,
                                                        'message_id', c.from_message)) END,
            'created_at', agentchat.utc_text(CASE WHEN c.is_main THEN began_at ELSE c.first_message_at END),
            'updated_at', agentchat.utc_text(GREATEST(
                c.last_message_at, CASE WHEN c.is_main THEN began_at END,
                CASE WHEN c.is_main THEN agentchat.chatgpt_time(conversation -> 'update_time') END)),
            'messages', coalesce(c.documents, '[]')) ORDER BY c.is_main DESC, c.place),
        jsonb_agg(jsonb_build_object(
            'conversation_id', c.id, 'messages', coalesce(c.messages, 0),
            'first_message_at', agentchat.utc_text(c.first_message_at),
            'last_message_at', agentchat.utc_text(c.last_message_at),
            'checksum', encode(sha256(coalesce(c.hashes, '')), 'hex')) ORDER BY c.is_main DESC, c.place),
        problems || coalesce((
            SELECT jsonb_agg(jsonb_build_object('source', 'messages', 'id', n.key, 'kind', p.kind)
                             ORDER BY n.n)
            FROM nodes n
                CROSS JOIN LATERAL (
                    SELECT 'already imported' WHERE n.message_id IS NOT NULL
                    UNION ALL
                    SELECT m.value FROM jsonb_array_elements_text(n.made -> 'problems') m
                    WHERE n.message_id IS NULL
                    UNION ALL
                    SELECT 'messages follow one another in a circle; oldest begins a branch'
                    WHERE n.n = ANY (cut)) p (kind)), '[]')
    INTO documents, figures, problems
    FROM conversations c;
END
$function$;

-- chatgpt_conversations() returns the conversations of an export. fault tells why one is not imported.
CREATE FUNCTION agentchat.chatgpt_conversations(export jsonb)
    RETURNS TABLE (n bigint, source_id text, message_ids jsonb, conversation jsonb, fault text)
    LANGUAGE sql IMMUTABLE ROWS 1000 SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT e.ordinality, agentchat.chatgpt_id(e.value), CASE jsonb_typeof(e.value -> 'mapping')
        WHEN 'object' THEN to_jsonb(ARRAY(SELECT jsonb_object_keys(e.value -> 'mapping'))) ELSE '[]' END,
    e.value, CASE
        WHEN coalesce(jsonb_typeof(e.value -> 'mapping') <> 'object', true)
            THEN 'not a conversation with a mapping'
        WHEN agentchat.chatgpt_id(e.value) IS NULL THEN 'conversation without an id'
        WHEN row_number() OVER (PARTITION BY agentchat.chatgpt_id(e.value),
                                    jsonb_typeof(e.value -> 'mapping')
                                ORDER BY e.ordinality) > 1 THEN 'conversation occurs twice' END
FROM jsonb_array_elements(export) WITH ORDINALITY e
ORDER BY e.ordinality
$function$;

CREATE FUNCTION agentchat.import_chatgpt(user_id uuid, export jsonb, dry_run boolean DEFAULT false)
    RETURNS TABLE (source text, read bigint, written bigint, merged bigint, skipped bigint, problems jsonb,
                   figures jsonb)
    LANGUAGE sql
    AS $function$
SELECT i.* FROM agentchat.import_conversations('chatgpt', user_id, export, dry_run) i
$function$;

REVOKE EXECUTE ON FUNCTION agentchat.import_chatgpt(uuid, jsonb, boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION agentchat.import_chatgpt(uuid, jsonb, boolean) TO pg_database_owner;

COMMENT ON FUNCTION agentchat.import_chatgpt(uuid, jsonb, boolean) IS
'Imports the conversations of an export of ChatGPT for a user: the array in conversations.json, or a part '
'of it, all or nothing. Returns a row for each list: conversations, branches, messages, with how many were '
'read, written, merged and skipped, and why. What has been imported before is not written again. dry_run '
'returns the same and writes nothing. Errors: PT404 user not found; 22004 an argument is NULL; 22023 not an '
'array; 42501 not the owner of the tables.';
-- import_claude() imports the conversations of an export of Claude (conversations.json).
--
-- Sources for the format, which Anthropic does not document: LibreChat's importClaudeConvo (pull request
-- 11124), Cherry Studio's AnthropicImporter (pull request 16164), and descriptions of exports from 2024 to
-- 2026.

-- claude_time() returns a time of an export in UTC; NULL if it is not a time.
CREATE FUNCTION agentchat.claude_time(value text) RETURNS timestamp
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
BEGIN
    -- Without these patterns, words such as "now" would be times.
    RETURN CASE
        WHEN value ~ '^\d{4}-\d\d-\d\d[T ][\d:.]+(Z|[+-][\d:]+)$' THEN value::timestamptz AT TIME ZONE 'UTC'
        WHEN value ~ '^\d{4}-\d\d-\d\d[T ][\d:.]+$' THEN value::timestamp END;
EXCEPTION WHEN data_exception THEN
    RETURN NULL;
END
$function$;

-- claude_parts() returns the parts of the messages of a conversation, and the kinds of problems in each.
--
-- Text, thoughts, and calls of tools become the parts that the AI SDK would have made. All else is kept in
-- parts data-imported: blocks of other types at their places, and the rest of the message in a last one.
CREATE FUNCTION agentchat.claude_parts(messages jsonb) RETURNS TABLE (n bigint, parts jsonb, problems text[])
    LANGUAGE sql STABLE ROWS 100 SET search_path = pg_catalog, pg_temp
    SET enable_nestloop = off SET jit = off
    AS $function$
WITH messages AS MATERIALIZED (
    SELECT e.n, e.message, agentchat.imported_list(e.message -> 'attachments') AS attachments,
        -- Older exports have only the text.
        CASE WHEN jsonb_typeof(e.message -> 'content') = 'array' AND e.message -> 'content' <> '[]'
                THEN e.message -> 'content'
            WHEN jsonb_typeof(e.message -> 'content') = 'string'
                THEN jsonb_build_array(e.message -> 'content')
            WHEN jsonb_typeof(e.message -> 'text') = 'string' AND e.message ->> 'text' <> ''
                THEN jsonb_build_array(e.message -> 'text')
            ELSE '[]' END AS content
    FROM jsonb_array_elements(messages) WITH ORDINALITY e (message, n)
    WHERE jsonb_typeof(e.message) = 'object'
), blocks AS MATERIALIZED (
    SELECT m.n, b.i, b.block, t.type, CASE t.type
            WHEN 'text' THEN CASE jsonb_typeof(b.block) WHEN 'string' THEN b.block #>> '{}'
                             ELSE b.block ->> 'text' END
            -- An export can have summaries in place of the thoughts.
            WHEN 'thinking' THEN coalesce(nullif(b.block ->> 'thinking', ''), (
                SELECT string_agg(s.summary ->> 'summary', E'\n' ORDER BY s.k)
                FROM jsonb_array_elements(agentchat.imported_list(b.block -> 'summaries'))
                    WITH ORDINALITY s (summary, k)), '') END AS shown
    FROM messages m
        CROSS JOIN LATERAL jsonb_array_elements(m.content) WITH ORDINALITY b (block, i)
        CROSS JOIN LATERAL (SELECT CASE jsonb_typeof(b.block) WHEN 'string' THEN 'text'
                                   WHEN 'object' THEN b.block ->> 'type' END) t (type)
), tools AS MATERIALIZED (
    -- The nth result with an id belongs to the nth call with that id. Old exports have no ids, only names.
    SELECT b.n, b.i, b.block, b.type, k.id, k.key,
        row_number() OVER (PARTITION BY b.n, b.type, k.key ORDER BY b.i) AS nth
    FROM blocks b
        CROSS JOIN LATERAL (
            SELECT nullif(b.block ->> CASE b.type WHEN 'tool_use' THEN 'id' ELSE 'tool_use_id' END, '')
        ) i (id)
        CROSS JOIN LATERAL (SELECT i.id, coalesce(i.id, 'name ' || (b.block ->> 'name'), '')) k (id, key)
    WHERE b.type IN ('tool_use', 'tool_result')
), calls AS MATERIALIZED (
    SELECT c.n, c.i, r.i AS result_i, r.block AS result,
        CASE WHEN c.id IS NULL THEN format('call-%s', c.i)
             WHEN c.nth > 1 THEN format('%s-%s', c.id, c.i) ELSE c.id END AS call_id
    FROM tools c
        LEFT JOIN tools r ON r.type = 'tool_result' AND r.n = c.n AND r.key = c.key AND r.nth = c.nth
            AND r.i > c.i
    WHERE c.type = 'tool_use'
), known AS MATERIALIZED (
    SELECT b.*, c.call_id, c.result, r.i IS NOT NULL AS is_result,
        b.type = 'tool_use' OR b.shown <> '' AS is_said,
        lag(r.i IS NOT NULL) OVER (PARTITION BY b.n, r.i IS NOT NULL OR b.type = 'tool_use' OR b.shown <> ''
                                   ORDER BY b.i) AS is_after_result
    FROM blocks b
        LEFT JOIN calls c ON c.n = b.n AND c.i = b.i
        LEFT JOIN calls r ON r.n = b.n AND r.result_i = b.i
), made AS (
    -- The model said what follows after it had read the result.
    SELECT k.n, k.i, -1 AS place, jsonb '{"type": "step-start"}' AS part
    FROM known k
    WHERE k.is_said AND k.is_after_result
    UNION ALL
    SELECT k.n, k.i, 0, CASE
        WHEN k.shown IS NOT NULL THEN jsonb_build_object(
            'type', CASE k.type WHEN 'text' THEN 'text' ELSE 'reasoning' END, 'text', k.shown)
        WHEN k.type = 'tool_use' THEN jsonb_build_object(
                'type', 'dynamic-tool', 'toolName', coalesce(nullif(k.block ->> 'name', ''), 'unknown'),
                'toolCallId', k.call_id,
                'input', CASE WHEN k.block -> 'input' <> 'null' THEN k.block -> 'input' ELSE '{}' END)
            || CASE WHEN k.result IS NULL THEN jsonb '{"state": "input-available"}'
                WHEN k.result -> 'is_error' = 'true' THEN jsonb_build_object(
                    'state', 'output-error', 'errorText', coalesce((
                        SELECT string_agg(e.block ->> 'text', E'\n' ORDER BY e.k)
                        FROM jsonb_array_elements(agentchat.imported_list(k.result -> 'content'))
                            WITH ORDINALITY e (block, k)), k.result ->> 'content', ''))
                ELSE jsonb_build_object('state', 'output-available',
                                        'output', coalesce(k.result -> 'content', 'null')) END
        ELSE jsonb_build_object('type', 'data-imported',
                                'data', jsonb_build_object('source', 'claude', 'block', k.block)) END
    FROM known k
    WHERE NOT k.is_result AND k.shown IS DISTINCT FROM ''
    UNION ALL
    -- The web pages that a text cites.
    SELECT k.n, k.i, s.place, s.part
    FROM known k
        CROSS JOIN LATERAL (
            SELECT DISTINCT ON (u.url) c.place::integer, jsonb_strip_nulls(jsonb_build_object(
                'type', 'source-url', 'sourceId', format('%s-%s', k.i, c.place), 'url', u.url,
                'title', CASE jsonb_typeof(c.citation -> 'title')
                         WHEN 'string' THEN c.citation -> 'title' END))
            FROM jsonb_array_elements(k.block -> 'citations') WITH ORDINALITY c (citation, place)
                CROSS JOIN LATERAL (
                    SELECT coalesce(c.citation ->> 'url', c.citation #>> '{details,url}')) u (url)
            WHERE u.url ~ '^https?://'
            ORDER BY u.url, c.place) s (place, part)
    WHERE k.type = 'text' AND jsonb_typeof(k.block -> 'citations') = 'array'
    UNION ALL
    -- The texts of the files that a message has attached. Long text that was pasted is a file without a name.
    SELECT m.n, 1 << 30, a.place::integer, jsonb_build_object(
        'type', 'text', 'text', coalesce(nullif(a.file ->> 'file_name', '') || E':\n\n', '')
                                || (a.file ->> 'extracted_content'))
    FROM messages m CROSS JOIN LATERAL jsonb_array_elements(m.attachments) WITH ORDINALITY a (file, place)
    WHERE a.file ->> 'extracted_content' <> ''
), kept AS (
    SELECT k.n,
        jsonb_agg(r.rest || jsonb_build_object('index', k.i - 1, 'type', k.type) ORDER BY k.i) AS blocks
    FROM known k
        CROSS JOIN LATERAL (
            SELECT jsonb_object_agg(e.key, e.value) AS rest
            FROM jsonb_each(CASE jsonb_typeof(k.block) WHEN 'object' THEN k.block ELSE '{}' END) e
            WHERE e.value NOT IN ('null', '[]') AND e.key <> ALL (CASE k.type
                WHEN 'text' THEN '{type,text}'
                WHEN 'thinking' THEN '{type,thinking}'
                WHEN 'tool_use' THEN '{type,id,name,input}'
                ELSE CASE WHEN k.block -> 'is_error' = 'true' AND jsonb_typeof(k.block -> 'content') = 'array'
                     THEN '{type,tool_use_id,name,is_error}'
                     ELSE '{type,tool_use_id,name,is_error,content}' END END::text[])) r
    WHERE r.rest IS NOT NULL AND (k.is_result OR k.type = 'tool_use' OR k.shown IS NOT NULL)
    GROUP BY k.n
), said AS (
    SELECT k.n, string_agg(k.shown, '' ORDER BY k.i) AS text FROM known k WHERE k.type = 'text' GROUP BY 1
), noted AS (
    SELECT x.n, array_agg(x.kind ORDER BY x.kind) AS kinds
    FROM (
        SELECT k.n, CASE WHEN k.type = 'tool_result' THEN 'tool result without a call; kept in a data part'
                    ELSE 'block of an unknown type; kept in a data part' END
        FROM known k
        WHERE NOT k.is_result AND k.shown IS NULL
          AND coalesce(k.type NOT IN ('tool_use', 'token_budget', 'flag'), true)
        UNION ALL
        SELECT m.n, 'files are not in the export; their names were kept'
        FROM messages m
        WHERE agentchat.imported_list(m.message -> 'files') <> '[]'
        UNION ALL
        SELECT m.n, 'created_at is not a time; kept in a data part'
        FROM messages m
        WHERE m.message ->> 'created_at' IS NOT NULL
          AND agentchat.claude_time(m.message ->> 'created_at') IS NULL
    ) x (n, kind)
    GROUP BY 1
)
SELECT m.n, coalesce(p.parts, '[]') || jsonb_build_object('type', 'data-imported', 'data',
        coalesce(o.rest, '{}')
        || CASE WHEN k.blocks IS NULL THEN '{}' ELSE jsonb_build_object('blocks', k.blocks) END
        || CASE WHEN m.attachments = '[]' THEN '{}' ELSE jsonb_build_object('attachments', (
            SELECT jsonb_agg(CASE WHEN a.file ->> 'extracted_content' <> '' THEN a.file - 'extracted_content'
                             ELSE a.file END ORDER BY a.place)
            FROM jsonb_array_elements(m.attachments) WITH ORDINALITY a (file, place))) END
        || jsonb_build_object('source', 'claude', 'id', m.message -> 'uuid')),
    coalesce(x.kinds, '{}')
FROM messages m
    LEFT JOIN (
        SELECT a.n, jsonb_agg(a.part ORDER BY a.i, a.place) AS parts FROM made a GROUP BY 1) p ON p.n = m.n
    LEFT JOIN kept k ON k.n = m.n
    LEFT JOIN said s ON s.n = m.n
    LEFT JOIN noted x ON x.n = m.n
    CROSS JOIN LATERAL (
        SELECT jsonb_object_agg(e.key, e.value) AS rest
        FROM jsonb_each(m.message) e
        WHERE e.value NOT IN ('null', '[]') AND CASE e.key
            WHEN 'uuid' THEN false
            WHEN 'sender' THEN false
            WHEN 'content' THEN jsonb_typeof(e.value) NOT IN ('array', 'string')
            WHEN 'attachments' THEN jsonb_typeof(e.value) <> 'array'
            WHEN 'created_at' THEN 'created_at is not a time; kept in a data part' = ANY (x.kinds)
            WHEN 'updated_at' THEN e.value <> m.message -> 'created_at'
            -- The text repeats the blocks, with a sentence in place of tools.
            WHEN 'text' THEN jsonb_typeof(e.value) <> 'string' OR e.value #>> '{}' <> coalesce(s.text, '')
                AND regexp_replace(
                    e.value #>> '{}',
                    '(```\s*This block is not supported on your current device yet\.\s*```)|\s', '', 'g')
                    <> regexp_replace(coalesce(s.text, ''), '\s', '', 'g')
            ELSE true END) o
$function$;

-- claude_messages() returns the messages of a conversation of an export, with the message that each follows,
-- in the order of the file. fault tells why a message is not imported.
CREATE FUNCTION agentchat.claude_messages(user_id uuid, conversation jsonb)
    RETURNS TABLE (n integer, id uuid, role text, created_at timestamp, parent integer, fault text,
                   problem text, message jsonb)
    LANGUAGE sql STABLE ROWS 100 SET search_path = pg_catalog, pg_temp
    SET enable_nestloop = off SET jit = off
    AS $function$
WITH listed AS (
    SELECT e.n::integer AS n, e.message, e.message ->> 'uuid' AS uuid,
        row_number() OVER (PARTITION BY e.message ->> 'uuid' ORDER BY e.n) AS occurrence,
        nullif(e.message ->> 'parent_message_uuid', '') AS parent_uuid
    FROM jsonb_array_elements(conversation -> 'chat_messages') WITH ORDINALITY e (message, n)
), linked AS (
    SELECT l.*, p.n AS parent, count(p.n) OVER () AS links
    FROM listed l LEFT JOIN listed p ON p.uuid = l.parent_uuid AND p.occurrence = 1
)
SELECT l.n,
    agentchat.imported_id(user_id, 'claude message',
                          format('%s/%s', conversation ->> 'uuid', coalesce(l.uuid, l.n::text))),
    CASE l.message ->> 'sender' WHEN 'human' THEN 'user' ELSE l.message ->> 'sender' END,
    agentchat.claude_time(l.message ->> 'created_at'),
    CASE WHEN l.parent IS NOT NULL THEN l.parent
        -- The first messages follow this one. Without links, the order of the file is that of the messages.
        WHEN l.links > 0 AND l.parent_uuid IN ('00000000-0000-4000-8000-000000000000',
                                               '00000000-0000-0000-0000-000000000000') THEN NULL
        WHEN l.n > 1 THEN l.n - 1 END,
    CASE WHEN jsonb_typeof(l.message) <> 'object' THEN 'message is not a JSON object'
        WHEN l.uuid IS NOT NULL AND l.occurrence > 1 THEN 'message occurs twice'
        WHEN coalesce(l.message ->> 'sender' NOT IN ('human', 'user', 'assistant', 'system'), true)
            THEN 'sender is not human or assistant' END,
    CASE WHEN l.links > 0 AND l.parent IS NULL AND l.n > 1 AND l.parent_uuid NOT IN (
        '00000000-0000-4000-8000-000000000000', '00000000-0000-0000-0000-000000000000')
        THEN 'message before is missing; order of the file kept' END,
    l.message
FROM linked l
ORDER BY l.n
$function$;

-- claude_texts() returns the texts of the messages of a conversation, for the figures of the source. The
-- import itself makes the column content from the parts.
CREATE FUNCTION agentchat.claude_texts(messages jsonb) RETURNS TABLE (n bigint, text text)
    LANGUAGE sql IMMUTABLE ROWS 100 SET search_path = pg_catalog, pg_temp
    SET enable_nestloop = off SET jit = off
    AS $function$
SELECT e.n, coalesce(nullif(c.text, ''),
        CASE WHEN jsonb_typeof(m.content) = 'array' AND m.content <> '[]' THEN NULL
             WHEN jsonb_typeof(m.content) = 'string' THEN m.content #>> '{}'
             WHEN jsonb_typeof(e.message -> 'text') = 'string' THEN e.message ->> 'text' END, '')
    || coalesce(a.text, '')
FROM jsonb_array_elements(messages) WITH ORDINALITY e (message, n)
    CROSS JOIN LATERAL (SELECT e.message -> 'content') m (content)
    CROSS JOIN LATERAL (
        SELECT string_agg(CASE jsonb_typeof(b.block) WHEN 'string' THEN b.block #>> '{}'
                          WHEN 'object' THEN b.block ->> 'text' END, '' ORDER BY b.i)
        FROM jsonb_array_elements(agentchat.imported_list(m.content)) WITH ORDINALITY b (block, i)
        WHERE jsonb_typeof(b.block) = 'string' OR b.block ->> 'type' = 'text') c (text)
    CROSS JOIN LATERAL (
        SELECT string_agg(CASE WHEN f.file ->> 'file_name' <> '' THEN (f.file ->> 'file_name') || E':\n\n'
                          ELSE '' END || (f.file ->> 'extracted_content'), '' ORDER BY f.i)
        FROM jsonb_array_elements(agentchat.imported_list(e.message -> 'attachments'))
            WITH ORDINALITY f (file, i)
        WHERE f.file ->> 'extracted_content' <> '') a (text)
$function$;

-- claude_rest_of_conversation() returns what a conversation has beside what columns say.
CREATE FUNCTION agentchat.claude_rest_of_conversation(conversation jsonb) RETURNS jsonb
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT coalesce(jsonb_object_agg(e.key, e.value), '{}')
FROM jsonb_each(conversation - '{uuid,name,chat_messages}'::text[]) e
WHERE e.value NOT IN ('null', '[]')
  AND (e.key NOT IN ('created_at', 'updated_at') OR agentchat.claude_time(e.value #>> '{}') IS NULL)
$function$;

-- claude_conversation() returns what is to be written of a conversation of an export: the conversation and
-- each branch in the form that write_imported_conversations() expects, their figures, and the problems.
--
-- A message that is stored stays in its conversation, and a branch that begins there is stored there. A later
-- export can have another leaf, or answers that have been added to a branch.
CREATE FUNCTION agentchat.claude_conversation(
    user_id uuid, conversation jsonb, OUT documents jsonb, OUT figures jsonb, OUT problems jsonb,
    OUT size bigint
) RETURNS record
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
    SET enable_nestloop = off SET jit = off
    AS $function$
DECLARE
    source_id CONSTANT text := conversation ->> 'uuid';
    main_id CONSTANT uuid := agentchat.imported_id(user_id, 'claude conversation', source_id);
    began_at timestamp;
    -- What is known of each message, in the order of the file.
    ids uuid[];
    roles text[];
    times timestamp[];
    parents integer[];
    faults text[];
    ages integer[];
    stored uuid[];
    leaf integer;
    first integer[];
    places integer[];
    -- Of the first messages of branches.
    main integer;
    heads integer[];
    conversation_ids uuid[];
    origins jsonb[];
    head integer;
    parent integer;
BEGIN
    size := jsonb_array_length(conversation -> 'chat_messages');
    SELECT array_agg(m.id ORDER BY m.n), array_agg(m.role ORDER BY m.n), array_agg(m.created_at ORDER BY m.n),
        array_agg(m.parent ORDER BY m.n), array_agg(m.fault ORDER BY m.n),
        array_agg(m.age ORDER BY m.n), array_agg(s.conversation_id ORDER BY m.n),
        min(m.n) FILTER (WHERE m.message ->> 'uuid' = conversation ->> 'current_leaf_message_uuid'),
        coalesce(jsonb_agg(jsonb_build_object('source', 'messages', 'kind', m.problem,
                                              'id', coalesce(m.message ->> 'uuid', m.n::text)) ORDER BY m.n)
                 FILTER (WHERE m.problem IS NOT NULL), '[]')
    INTO ids, roles, times, parents, faults, ages, stored, leaf, problems
    FROM (SELECT l.*, row_number() OVER (ORDER BY l.created_at NULLS FIRST, l.n)::integer AS age
          FROM agentchat.claude_messages(user_id, conversation) l) m
        LEFT JOIN (
            SELECT s.id, s.conversation_id
            FROM agentchat.stored_conversations(user_id, ARRAY(
                SELECT l.id FROM agentchat.claude_messages(user_id, conversation) l)) s
        ) s ON s.id = m.id AND m.fault IS NULL;

    SELECT coalesce(agentchat.claude_time(conversation ->> 'created_at'), min(t.time), '1970-01-01'),
        problems || coalesce(jsonb_agg(DISTINCT jsonb_build_object(
            'source', 'conversations', 'id', source_id,
            'kind', format('%s is not a time; kept in metadata', k.key)))
            FILTER (WHERE k.key IS NOT NULL), '[]')
    INTO began_at, problems
    FROM unnest(times) t (time) FULL JOIN (
        SELECT k.key FROM unnest('{created_at,updated_at}'::text[]) k (key)
        WHERE conversation -> k.key <> 'null'
          AND agentchat.claude_time(conversation ->> k.key) IS NULL) k ON false;

    IF ids IS NOT NULL THEN
        SELECT b.first, b.places INTO first, places
        FROM agentchat.imported_branches(parents, ages, stored, leaf) b;
        IF first IS NULL THEN
            problems := problems || jsonb_build_object('source', 'conversations', 'id', source_id,
                'kind', 'messages follow one another in a circle; order of the file kept');
            first := array_fill(1, ARRAY[cardinality(ids)]);
            places := ARRAY(SELECT generate_series(1, cardinality(ids)));
            parents := array_fill(NULL::integer, ARRAY[cardinality(ids)]);
        END IF;
        main := coalesce(first[array_position(stored, main_id)],
                         first[coalesce(leaf, array_position(ages, cardinality(ages)))]);
        SELECT array_agg(h.head ORDER BY h.head) INTO heads
        FROM (SELECT f.head FROM unnest(first, faults) f (head, fault) WHERE f.fault IS NULL GROUP BY 1) h;
        conversation_ids := array_fill(NULL::uuid, ARRAY[cardinality(ids)]);
        SELECT array_agg(c.conversation_id ORDER BY h.n) INTO conversation_ids
        FROM generate_series(1, cardinality(ids)) h (n)
            LEFT JOIN (
                SELECT DISTINCT ON (f.head) f.head, f.conversation_id
                FROM unnest(first, stored, places) f (head, conversation_id, place)
                WHERE f.conversation_id IS NOT NULL
                ORDER BY f.head, f.place
            ) c ON c.head = h.n;
        origins := array_fill(NULL::jsonb, ARRAY[cardinality(ids)]);
        FOREACH head IN ARRAY coalesce(heads, '{}') LOOP
            conversation_ids[head] := coalesce(conversation_ids[head], CASE WHEN head = main THEN main_id ELSE
                agentchat.imported_id(user_id, 'claude branch', ids[head]::text) END);
        END LOOP;
        FOREACH head IN ARRAY coalesce(heads, '{}') LOOP
            parent := parents[head];
            WHILE faults[parent] IS NOT NULL LOOP
                parent := parents[parent];
            END LOOP;
            origins[head] := jsonb_build_object('message_id', ids[parent], 'conversation_id',
                                                coalesce(conversation_ids[first[parent]], main_id));
        END LOOP;
    END IF;

    WITH listed AS (
        SELECT m.*, row_number() OVER (PARTITION BY m.head ORDER BY m.place) AS k
        FROM (
            SELECT u.ordinality AS n, u.id, u.role, u.time, u.head, u.place, e.message
            FROM unnest(ids, roles, times, faults, first, places)
                WITH ORDINALITY u (id, role, time, fault, head, place, ordinality)
                JOIN jsonb_array_elements(conversation -> 'chat_messages') WITH ORDINALITY e (message, n)
                    ON e.n = u.ordinality
            WHERE u.fault IS NULL
        ) m
    ), timed AS (
        -- Times that increase along a branch, at least by a microsecond. Some messages have the same time, or
        -- none.
        SELECT l.*, max(coalesce(l.time, CASE l.k WHEN 1 THEN began_at END) - l.k * interval '1 us')
            OVER (PARTITION BY l.head ORDER BY l.k) + l.k * interval '1 us' AS created_at
        FROM listed l
    ), made AS MATERIALIZED (
        SELECT t.*, p.parts, p.problems, x.text
        FROM timed t
            JOIN agentchat.claude_parts(conversation -> 'chat_messages') p ON p.n = t.n
            JOIN agentchat.claude_texts(conversation -> 'chat_messages') x ON x.n = t.n
    ), branches AS (
        SELECT m.head, min(m.created_at) AS first_message_at, max(m.created_at) AS last_message_at,
            count(*) AS messages,
            jsonb_agg(jsonb_build_object(
                'id', m.id, 'source_id', coalesce(m.message ->> 'uuid', m.n::text), 'role', m.role,
                'parts', m.parts, 'created_at', agentchat.utc_text(m.created_at)) ORDER BY m.k) AS documents,
            string_agg(sha256(convert_to(m.text, 'UTF8')), '' ORDER BY m.k) AS hashes
        FROM made m
        GROUP BY m.head
    ), conversations AS (
        SELECT h.n, h.is_main, coalesce(conversation_ids[b.head], main_id) AS id, b.*,
            CASE WHEN h.is_main THEN began_at ELSE b.first_message_at END AS created_at,
            CASE WHEN h.is_main THEN agentchat.claude_time(conversation ->> 'updated_at') END AS updated_at
        FROM (SELECT main, true, 0::bigint
              UNION ALL
              SELECT o.head, false, o.n FROM unnest(heads) WITH ORDINALITY o (head, n)
              WHERE o.head IS DISTINCT FROM main) h (head, is_main, n)
            LEFT JOIN branches b ON b.head = h.head
    )
    SELECT jsonb_agg(jsonb_build_object(
            'id', c.id, 'source_id', CASE WHEN c.is_main THEN source_id
                ELSE format('%s, from %s', source_id, c.documents -> 0 ->> 'source_id') END,
            'title', coalesce(nullif(conversation ->> 'name', ''), 'Untitled'),
            'metadata', jsonb_build_object('imported', jsonb_build_object('source', 'claude', 'id', source_id)
                || CASE WHEN c.is_main THEN jsonb_build_object(
                    'conversation', agentchat.claude_rest_of_conversation(conversation)) ELSE '{}' END)
                || CASE WHEN c.is_main THEN '{}'
                   ELSE jsonb_build_object('branched_from', origins[c.head]) END,
            'created_at', agentchat.utc_text(c.created_at),
            'updated_at', agentchat.utc_text(GREATEST(c.updated_at, c.last_message_at, c.created_at)),
            'messages', coalesce(c.documents, '[]')) ORDER BY c.n),
        jsonb_agg(jsonb_build_object(
            'conversation_id', c.id, 'messages', coalesce(c.messages, 0),
            'first_message_at', agentchat.utc_text(c.first_message_at),
            'last_message_at', agentchat.utc_text(c.last_message_at),
            'checksum', encode(sha256(coalesce(c.hashes, '')), 'hex')) ORDER BY c.n),
        problems || coalesce((
            SELECT jsonb_agg(jsonb_build_object('source', 'messages', 'kind', p.kind,
                                                'id', coalesce(m.message ->> 'uuid', m.n::text)) ORDER BY m.n)
            FROM made m CROSS JOIN LATERAL unnest(m.problems) p (kind)), '[]')
    INTO documents, figures, problems
    FROM conversations c;
    problems := problems || coalesce((
        SELECT jsonb_agg(jsonb_build_object('source', 'messages', 'kind', f.fault,
                                            'id', coalesce(e.message ->> 'uuid', f.n::text)) ORDER BY f.n)
        FROM unnest(faults) WITH ORDINALITY f (fault, n)
            JOIN jsonb_array_elements(conversation -> 'chat_messages') WITH ORDINALITY e (message, n)
                USING (n)
        WHERE f.fault IS NOT NULL), '[]');
END
$function$;

-- claude_conversations() returns the conversations of an export. fault tells why one is not imported.
CREATE FUNCTION agentchat.claude_conversations(export jsonb)
    RETURNS TABLE (n bigint, source_id text, message_ids jsonb, conversation jsonb, fault text)
    LANGUAGE sql IMMUTABLE ROWS 1000 SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT e.ordinality, e.value ->> 'uuid', to_jsonb(ARRAY(
        SELECT m.message ->> 'uuid'
        FROM jsonb_array_elements(agentchat.imported_list(e.value -> 'chat_messages'))
            WITH ORDINALITY m (message, n)
        ORDER BY m.n)),
    e.value, CASE
        WHEN coalesce(jsonb_typeof(e.value -> 'chat_messages') <> 'array', true)
            THEN 'not a conversation with chat_messages'
        WHEN coalesce(e.value ->> 'uuid', '') = '' THEN 'conversation without a uuid'
        WHEN row_number() OVER (PARTITION BY e.value ->> 'uuid' ORDER BY e.ordinality) > 1
            THEN 'conversation occurs twice' END
FROM jsonb_array_elements(export) WITH ORDINALITY e
ORDER BY e.ordinality
$function$;

CREATE FUNCTION agentchat.import_claude(user_id uuid, export jsonb, dry_run boolean DEFAULT false)
    RETURNS TABLE (source text, read bigint, written bigint, merged bigint, skipped bigint, problems jsonb,
                   figures jsonb)
    LANGUAGE sql
    AS $function$
SELECT i.* FROM agentchat.import_conversations('claude', user_id, export, dry_run) i
$function$;

REVOKE EXECUTE ON FUNCTION agentchat.import_claude(uuid, jsonb, boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION agentchat.import_claude(uuid, jsonb, boolean) TO pg_database_owner;

COMMENT ON FUNCTION agentchat.import_claude(uuid, jsonb, boolean) IS
'Imports the conversations of an export of Claude for a user: the array in conversations.json, or a part of '
'it, all or nothing. Returns a row for each list: conversations, branches, messages, with how many were '
'read, written and skipped, and why. What is imported already is not written again. dry_run returns the '
'same and writes nothing. Errors: PT404 user not found; 22004 an argument is NULL; 22023 not an array; 42501 '
'not the owner of the tables.';
-- import_user() writes what export_user() returned.
--
-- The functions before it read the export and the catalog, and decide about each row. They have a search_path
-- of their own, because PostgreSQL's texts of checks and indexes name the operators of pg_catalog without
-- their schema. import_user() itself has none, for the reason that stands at delete_user(). The texts of
-- intervals that export_user() writes have another meaning with IntervalStyle sql_standard.

-- export_rows() returns the rows of an export for one table: n is their order, path their place in the
-- export, and owner what they belong to, a conversation or the user.
CREATE FUNCTION agentchat.export_rows(export jsonb, table_name text)
    RETURNS TABLE (n bigint, path text, owner text, document jsonb)
    LANGUAGE sql IMMUTABLE ROWS 1000 SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT 1, 'user', NULL, export -> 'user'
WHERE table_name = 'users' AND export ? 'user'
UNION ALL
SELECT c.n, format('conversations[%s]', c.n - 1), export #>> '{user,id}',
    CASE jsonb_typeof(c.document) WHEN 'object' THEN c.document - 'messages' ELSE c.document END
FROM jsonb_array_elements(export -> 'conversations') WITH ORDINALITY c (document, n)
WHERE table_name = 'conversations'
UNION ALL
SELECT (c.n << 32) + m.n, format('conversations[%s].messages[%s]', c.n - 1, m.n - 1), c.document ->> 'id',
    m.document
FROM jsonb_array_elements(export -> 'conversations') WITH ORDINALITY c (document, n)
    CROSS JOIN LATERAL jsonb_array_elements(c.document -> 'messages') WITH ORDINALITY m (document, n)
WHERE table_name = 'messages'
UNION ALL
SELECT r.n, format('%s[%s]', table_name, r.n - 1), export #>> '{user,id}', r.document
FROM jsonb_array_elements(export -> table_name) WITH ORDINALITY r (document, n)
WHERE table_name NOT IN ('users', 'conversations', 'messages')
$function$;

-- export_fault() says what is wrong with the lists of an export, or returns NULL.
CREATE FUNCTION agentchat.export_fault(export jsonb) RETURNS text
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    uuid_form CONSTANT text := '^[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}$';
    list text;
    owner_column text;
    fault text;
BEGIN
    IF jsonb_typeof(export) <> 'object' THEN
        RETURN 'It is not a JSON object.';
    ELSIF jsonb_typeof(export -> 'user') IS DISTINCT FROM 'object' THEN
        RETURN 'user is not a JSON object.';
    ELSIF coalesce(export #>> '{user,id}' !~ uuid_form, true) THEN
        RETURN 'user.id is not a UUID.';
    END IF;
    FOREACH list IN ARRAY ARRAY['conversations', 'messages', 'artifacts', 'agent_definitions',
                                'agent_instances', 'workflows', 'subscriptions'] LOOP
        IF jsonb_typeof(export -> list) <> 'array' AND list <> 'messages' THEN
            RETURN format('%s is not an array.', list);
        END IF;
        owner_column := CASE list WHEN 'messages' THEN 'conversation_id' ELSE 'user_id' END;
        SELECT CASE
            WHEN jsonb_typeof(r.document) <> 'object' THEN format('%s is not a JSON object.', r.path)
            WHEN coalesce(r.document ->> 'id' !~ uuid_form, true) THEN format('%s.id is not a UUID.', r.path)
            WHEN r.first IS NOT NULL THEN format('%s.id is also the id of %s.', r.path, r.first)
            ELSE format('%s.%s is not the id of the %s.', r.path, owner_column, left(owner_column, -3)) END
        INTO fault
        FROM (SELECT e.*, lag(e.path) OVER (PARTITION BY lower(e.document ->> 'id') ORDER BY e.n) AS first
              FROM (SELECT x.n, x.path, x.owner, CASE jsonb_typeof(x.document) WHEN 'object'
                        THEN jsonb_build_object('id', x.document -> 'id', 'owner', x.document -> owner_column)
                        ELSE '0' END AS document
                    FROM agentchat.export_rows(export, list) x) e) r
        WHERE jsonb_typeof(r.document) <> 'object' OR coalesce(r.document ->> 'id' !~ uuid_form, true)
           OR r.first IS NOT NULL OR lower(r.document ->> 'owner') IS DISTINCT FROM lower(r.owner)
        ORDER BY r.n LIMIT 1;
        IF fault IS NULL AND list = 'conversations' THEN
            SELECT format('conversations[%s].messages is not an array.', c.n - 1) INTO fault
            FROM jsonb_array_elements(export -> 'conversations') WITH ORDINALITY c (document, n)
            WHERE jsonb_typeof(c.document -> 'messages') <> 'array'
            ORDER BY c.n LIMIT 1;
        END IF;
        EXIT WHEN fault IS NOT NULL;
    END LOOP;
    RETURN fault;
END
$function$;

-- require_export() refuses a value that export_user() cannot have returned.
CREATE FUNCTION agentchat.require_export(export jsonb) RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    fault text;
BEGIN
    IF export IS NULL THEN
        RAISE EXCEPTION 'export is NULL'
            USING ERRCODE = 'null_value_not_allowed',
                  HINT = 'Pass the result of agentchat.export_user().';
    END IF;
    fault := agentchat.export_fault(export);
    IF fault IS NOT NULL THEN
        RAISE EXCEPTION 'invalid export of a user'
            USING ERRCODE = 'invalid_parameter_value',
                  DETAIL = fault,
                  HINT = 'Pass the result of agentchat.export_user().';
    END IF;
END
$function$;

-- imported_tables() returns the tables that an export has rows for: each after those that it refers to, and
-- subscriptions before the agents that they allow.
CREATE FUNCTION agentchat.imported_tables(export jsonb) RETURNS text[]
    LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT array_agg(t.name ORDER BY t.n)
FROM unnest(ARRAY['users', 'subscriptions', 'conversations', 'messages', 'artifacts', 'agent_definitions',
                  'agent_instances', 'workflows']) WITH ORDINALITY t (name, n)
WHERE export ? CASE t.name WHEN 'users' THEN 'user' WHEN 'messages' THEN 'conversations' ELSE t.name END
$function$;

-- export_keys() returns the keys that the rows of an export for one table have.
CREATE FUNCTION agentchat.export_keys(export jsonb, table_name text) RETURNS text[]
    LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT coalesce(array_agg(DISTINCT k.key), '{}')
FROM agentchat.export_rows(export, table_name) r CROSS JOIN LATERAL jsonb_object_keys(r.document) k (key)
$function$;

-- import_columns() returns the columns of a table that have one of these names and that an INSERT can set.
CREATE FUNCTION agentchat.import_columns(target regclass, keys text[]) RETURNS text[]
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT array_agg(a.attname::text ORDER BY a.attnum)
FROM pg_attribute a
WHERE a.attrelid = target AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
  AND a.attname = ANY (keys)
$function$;

-- import_refusals() returns the rules of a table that could refuse the row p of an export, as conditions in
-- SQL that are true if they do. clears is the column that is set to NULL if the row it refers to is missing.
-- $3 is what import_verdicts() gets as written.
CREATE FUNCTION agentchat.import_refusals(target regclass, table_name text, columns text[])
    RETURNS TABLE (place integer, kind text, condition text, clears name)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
-- Foreign keys. The row referred to can be in the same export.
SELECT 1, format('no such %s', CASE WHEN t.actual IS NULL THEN format('row in %s', c.confrelid::regclass)
                               ELSE replace(left(t.table_name, -1), '_', ' ') END),
    format('%s AND NOT EXISTS (SELECT FROM %s f WHERE %s)%s', k.given, c.confrelid::regclass, k.found,
           CASE WHEN t.actual IS NOT NULL THEN
               format(' AND NOT coalesce((SELECT $3 -> %L) ? p.%I::text, false)', t.table_name, k.first) END),
    CASE WHEN c.confdeltype = 'n' AND cardinality(c.conkey) = 1 THEN k.first END
FROM pg_constraint c
    LEFT JOIN agentchat.tables() t ON t.actual = c.confrelid
    CROSS JOIN LATERAL (
        SELECT string_agg(format('p.%I IS NOT NULL', a.attname), ' AND '),
            string_agg(format('f.%I OPERATOR(%I.%s) p.%I', r.attname, n.nspname, o.oprname, a.attname),
                       ' AND '),
            min(a.attname::text)::name, min(r.attname::text)
        FROM unnest(c.conkey, c.confkey, c.conpfeqop) u (attnum, referred, operator)
            JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = u.attnum
            JOIN pg_attribute r ON r.attrelid = c.confrelid AND r.attnum = u.referred
            JOIN pg_operator o ON o.oid = u.operator
            JOIN pg_namespace n ON n.oid = o.oprnamespace) k (given, found, first, referred)
-- A key of the nine tables that is not the id may be that of a row to come: PostgreSQL checks it.
WHERE c.conrelid = target AND c.contype = 'f' AND (t.actual IS NULL OR k.referred = 'id')
UNION ALL
SELECT 2, 'the conversation belongs to another user',
    format('EXISTS (SELECT FROM %sconversations c WHERE c.id = p.conversation_id AND c.user_id <> $4)',
           agentchat.tables_prefix()), NULL
WHERE table_name = 'messages'
UNION ALL
SELECT 3, 'no such tool', agentchat.names_missing_tool('p'), NULL
WHERE table_name = 'agent_definitions' AND 'tools' = ANY (columns)
UNION ALL
-- NOT NULL. A JSON null is exported like an SQL NULL, and can only be the former in such a column.
SELECT 4, format('%I is NULL', a.attname), format('p.%I IS NOT DISTINCT FROM NULL', a.attname), NULL
FROM pg_attribute a
WHERE a.attrelid = target AND a.attnum > 0 AND NOT a.attisdropped AND a.attnotnull AND a.attgenerated = ''
  AND CASE WHEN a.attname = ANY (columns) THEN a.atttypid NOT IN ('json'::regtype, 'jsonb'::regtype)
      ELSE NOT a.atthasdef AND a.attidentity = '' END
UNION ALL
SELECT 5, format('the check %I refuses it', c.conname),
    format('(SELECT (%s) IS FALSE FROM (SELECT p.*) r)', pg_get_expr(c.conbin, c.conrelid)), NULL
FROM pg_constraint c
WHERE c.conrelid = target AND c.contype = 'c'
UNION ALL
-- Unique indexes, except that of the id.
SELECT 6, format('another row has the same value in %s', x.indexrelid::regclass),
    format('EXISTS (SELECT FROM (SELECT %1$s FROM %2$s WHERE %3$s) f, (SELECT %1$s FROM (SELECT p.*) r '
           'WHERE %3$s) g WHERE %4$s)',
           k.keys, target, coalesce(pg_get_expr(x.indpred, x.indrelid), 'true'), k.equal), NULL
FROM pg_index x
    CROSS JOIN LATERAL (
        SELECT string_agg(format('%s AS k%s', pg_get_indexdef(x.indexrelid, i, false), i), ', ' ORDER BY i),
            string_agg(format('(f.k%1$s OPERATOR(%2$I.%3$s) g.k%1$s%4$s)', i, n.nspname, o.oprname,
                              CASE WHEN x.indnullsnotdistinct
                                  THEN format(' OR f.k%1$s IS NULL AND g.k%1$s IS NULL', i) END),
                       ' AND ' ORDER BY i)
        FROM generate_series(1, x.indnkeyatts) i
            JOIN pg_opclass s ON s.oid = x.indclass[i - 1]
            JOIN pg_amop m ON m.amopfamily = s.opcfamily AND m.amoplefttype = s.opcintype
                AND m.amoprighttype = s.opcintype AND m.amopstrategy = 3
            JOIN pg_operator o ON o.oid = m.amopopr
            JOIN pg_namespace n ON n.oid = o.oprnamespace) k (keys, equal)
WHERE x.indrelid = target AND x.indisunique AND x.indisready
  AND NOT (x.indnkeyatts = 1 AND x.indpred IS NULL AND x.indkey[0] = (
      SELECT a.attnum FROM pg_attribute a WHERE a.attrelid = target AND a.attname = 'id'))
$function$;

-- require_values() finds the value of an export that a column cannot hold, and refuses it.
CREATE FUNCTION agentchat.require_values(actual regclass, export jsonb, table_name text) RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    value record;
    reason text;
BEGIN
    FOR value IN
        SELECT format('%s.%s', r.path, m.key) AS path, jsonb_build_object(m.key, m.value) AS document
        FROM agentchat.export_rows(export, table_name) r CROSS JOIN LATERAL jsonb_each(r.document) m
        ORDER BY r.n, m.key
    LOOP
        BEGIN
            EXECUTE format('SELECT jsonb_populate_record(NULL::%s, $1)', actual) USING value.document;
        EXCEPTION WHEN data_exception OR integrity_constraint_violation
            OR syntax_error_or_access_rule_violation OR internal_error THEN
            GET STACKED DIAGNOSTICS reason = MESSAGE_TEXT;
            RAISE EXCEPTION 'invalid export of a user'
                USING ERRCODE = 'invalid_parameter_value',
                      DETAIL = format('%s is not a value of its column: %s.', value.path, reason),
                      HINT = 'Change the value in the export, or the type of the column.';
        END;
    END LOOP;
END
$function$;

-- import_verdicts() decides about each row of an export for one table: verdict says why it is not written, or
-- is NULL. notes says what was changed in a row to write. written has for each table an object whose keys are
-- the ids of the rows that this call of import_user() has written, or would write.
CREATE FUNCTION agentchat.import_verdicts(export jsonb, table_name text, keys text[], written jsonb)
    RETURNS TABLE (n bigint, id uuid, document jsonb, verdict text, notes jsonb)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET row_security = off
    AS $function$
DECLARE
    actual CONSTANT regclass := (agentchat.tables_prefix() || quote_ident(table_name))::regclass;
    columns CONSTANT text[] := agentchat.import_columns(actual, keys);
    -- The row of the export is compared with that of the table as export_user() would return it: a JSON null
    -- is NULL. A column that is missing in the export does not count.
    same CONSTANT text := (
        SELECT string_agg(format('coalesce(to_jsonb(p.%1$I), ''null'') = '
                                 'coalesce(to_jsonb(t.%1$I), ''null'')', c.name), ' AND ')
        FROM unnest(columns) c (name));
    refusals text;
    -- About links that are cleared: the conditions, the changed row, and what to say.
    conditions text;
    documents text;
    kinds text;
BEGIN
    SELECT string_agg(format(' WHEN %s THEN %L', r.condition, r.kind), '' ORDER BY r.place, r.kind)
               FILTER (WHERE r.clears IS NULL),
        string_agg(format('%s AS clears_%s', r.condition, r.clear), ', ')
               FILTER (WHERE r.clears IS NOT NULL),
        string_agg(format(' || CASE WHEN l.clears_%s THEN jsonb_build_object(%L, NULL) ELSE ''{}'' END',
                          r.clear, r.clears), '') FILTER (WHERE r.clears IS NOT NULL),
        string_agg(format(', CASE WHEN l.clears_%s THEN %L END',
                          r.clear, format('%I was cleared: %s', r.clears, r.kind)), '')
               FILTER (WHERE r.clears IS NOT NULL)
    INTO refusals, conditions, documents, kinds
    FROM (SELECT f.*, row_number() OVER (ORDER BY f.clears, f.kind) AS clear
          FROM agentchat.import_refusals(actual, table_name, columns) f) r;

    -- Rows can refer to rows of their own table.
    written := written || jsonb_build_object(table_name, (
        SELECT jsonb_object_agg(lower(r.document ->> 'id'), NULL)
        FROM agentchat.export_rows(export, table_name) r));
    RETURN QUERY EXECUTE format(
        'SELECT r.n, p.id, d.document, CASE WHEN t.id IS NULL THEN CASE WHEN false THEN NULL%s END '
        'WHEN %s THEN ''already imported'' ELSE ''already exists with other values'' END, '
        'to_jsonb(nullif(d.notes, ''{}'')) '
        'FROM agentchat.export_rows($1, $2) r '
        -- OFFSET 0 keeps the planner from copying the conditions to where their results are used.
        'CROSS JOIN LATERAL (SELECT %s FROM jsonb_populate_record(NULL::%s, r.document) p OFFSET 0) l '
        'CROSS JOIN LATERAL (SELECT r.document%s, array_remove(ARRAY[NULL::text%s], NULL)) '
        'd (document, notes) '
        'CROSS JOIN LATERAL jsonb_populate_record(NULL::%4$s, d.document) p '
        'LEFT JOIN %4$s t ON t.id = p.id '
        'ORDER BY r.n',
        refusals, coalesce(same, 'true'), conditions, actual, documents, kinds)
        USING export, table_name, written, (export #>> '{user,id}')::uuid;
-- Types such as jsonpath and regclass refuse texts with errors of syntax and of names. hstore does so with an
-- internal error before PostgreSQL 16 (contrib/hstore/hstore_io.c).
EXCEPTION WHEN data_exception OR integrity_constraint_violation
    OR syntax_error_or_access_rule_violation OR internal_error THEN
    PERFORM agentchat.require_values(actual, export, table_name);
    RAISE;
END
$function$;

-- import_statement() returns the SQL that writes the rows of an export for one table, unless dry_run. It
-- returns the ids of all rows in their order, the verdicts, the notes by id, and the ids of the written rows.
CREATE FUNCTION agentchat.import_statement(table_name text, keys text[], dry_run boolean) RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT format('WITH verdicts AS MATERIALIZED (SELECT v.* FROM agentchat.import_verdicts($1, $2, $3, $4) v)%s '
              'SELECT pg_catalog.array_agg(v.id ORDER BY v.n), pg_catalog.array_agg(v.verdict ORDER BY v.n), '
              'pg_catalog.jsonb_object_agg(v.id, v.notes) '
              'FILTER (WHERE v.verdict IS NULL AND v.notes IS NOT NULL), ARRAY(%s) FROM verdicts v',
              CASE WHEN NOT dry_run AND i.columns IS NOT NULL THEN
                  format(', inserted AS (INSERT INTO %1$s (%2$s) OVERRIDING SYSTEM VALUE SELECT %3$s '
                         'FROM verdicts v '
                         'CROSS JOIN LATERAL pg_catalog.jsonb_populate_record(NULL::%1$s, v.document) p '
                         'WHERE v.verdict IS NULL RETURNING id)', i.actual, i.columns, i.values) END,
              CASE WHEN dry_run OR i.columns IS NULL
                  THEN 'SELECT v.id FROM verdicts v WHERE v.verdict IS NULL'
              ELSE 'SELECT i.id FROM inserted i' END)
FROM (SELECT t.actual, string_agg(quote_ident(c.name), ', ' ORDER BY c.n) AS columns,
          string_agg(CASE WHEN a.attnotnull AND a.atttypid IN ('json'::regtype, 'jsonb'::regtype)
                     THEN 'COALESCE(p.' || quote_ident(c.name) || ', ''null'')'
                     ELSE 'p.' || quote_ident(c.name) END,
                     ', ' ORDER BY c.n) AS values
      FROM (SELECT (agentchat.tables_prefix() || quote_ident(table_name))::regclass) t (actual)
          LEFT JOIN unnest(agentchat.import_columns(t.actual, keys)) WITH ORDINALITY c (name, n) ON true
          LEFT JOIN pg_attribute a ON a.attrelid = t.actual AND a.attname = c.name
      GROUP BY t.actual) i
$function$;

-- advance_sequences() moves the sequences of a table's columns past the values that were imported.
CREATE FUNCTION agentchat.advance_sequences(table_name text, keys text[]) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    actual CONSTANT regclass := (agentchat.tables_prefix() || quote_ident(table_name))::regclass;
    owned record;
BEGIN
    FOR owned IN
        SELECT c.name, s.sequence::regclass AS sequence
        FROM unnest(agentchat.import_columns(actual, keys)) c (name)
            CROSS JOIN LATERAL pg_get_serial_sequence(actual::text, c.name) s (sequence)
            JOIN pg_sequence q ON q.seqrelid = s.sequence::regclass AND q.seqincrement > 0
    LOOP
        EXECUTE format('SELECT setval(%L, m.newest) FROM (SELECT max(t.%I) FROM %s t) m (newest), %s q '
                       'WHERE m.newest > q.last_value OR m.newest = q.last_value AND NOT q.is_called',
                       owned.sequence, owned.name, actual, owned.sequence);
    END LOOP;
END
$function$;

-- import_problems() counts kinds of problems: each kind with the id of the row that has it.
CREATE FUNCTION agentchat.import_problems(kinds text[], ids text[]) RETURNS jsonb
    LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT coalesce(jsonb_agg(jsonb_build_object('kind', p.kind, 'count', p.count, 'first_ids', p.ids)
                          ORDER BY p.kind COLLATE "C"), '[]')
FROM (SELECT k.kind, count(*) AS count, to_jsonb((array_agg(k.id ORDER BY k.n))[:10]) AS ids
      FROM unnest(kinds, ids) WITH ORDINALITY k (kind, id, n)
      WHERE k.kind IS NOT NULL
      GROUP BY k.kind) p
$function$;

-- import_summary() returns what import_user() says about one table, from what import_statement() returned.
CREATE FUNCTION agentchat.import_summary(
    export jsonb, table_name text, keys text[], ids uuid[], verdicts text[], notes jsonb, written uuid[]
) RETURNS jsonb
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
WITH unknown_keys AS (
    SELECT array_agg(k.key) AS keys
    FROM unnest(keys) k (key)
    WHERE k.key NOT IN (
        SELECT a.attname FROM pg_attribute a
        WHERE a.attrelid = (agentchat.tables_prefix() || quote_ident(table_name))::regclass
          AND a.attnum > 0 AND NOT a.attisdropped)
),
unknown AS (
    SELECT m.key, r.n, r.document ->> 'id' AS id
    FROM unknown_keys u
        CROSS JOIN LATERAL agentchat.export_rows(export, table_name) r
        CROSS JOIN LATERAL unnest(u.keys) m (key)
    WHERE u.keys IS NOT NULL AND r.document -> m.key <> 'null'
),
found AS (
    SELECT v.verdict AS kind, v.id::text AS id FROM unnest(verdicts, ids) v (verdict, id)
    UNION ALL
    SELECT 'a trigger left it out', v.id::text FROM unnest(verdicts, ids) v (verdict, id)
    WHERE v.verdict IS NULL AND v.id NOT IN (SELECT w.id FROM unnest(written) w (id))
    UNION ALL
    SELECT k.kind, m.key
    FROM jsonb_each(notes) m CROSS JOIN LATERAL jsonb_array_elements_text(m.value) k (kind)
),
counted AS (
    SELECT agentchat.import_problems(array_agg(f.kind), array_agg(f.id)) AS problems FROM found f
)
SELECT jsonb_build_object('source', table_name, 'read', coalesce(cardinality(ids), 0), 'written',
                          cardinality(written), 'problems', (
    SELECT coalesce(jsonb_agg(p.problem ORDER BY p.problem ->> 'kind' COLLATE "C"), '[]')
    FROM (SELECT jsonb_array_elements(c.problems) FROM counted c
          UNION ALL
          SELECT jsonb_build_object(
              'kind', 'columns that the table does not have were left out', 'count', count(DISTINCT u.n),
              'first_ids', to_jsonb((array_agg(DISTINCT u.id))[:10]), 'columns', (
                  SELECT jsonb_object_agg(k.key, k.count)
                  FROM (SELECT o.key, count(*) AS count FROM unknown o GROUP BY o.key) k))
          FROM unknown u HAVING count(*) > 0) p (problem)))
$function$;

-- import_user_figures() returns the figures of an import of what export_user() returned.
CREATE FUNCTION agentchat.import_user_figures(export jsonb, dry_run boolean) RETURNS jsonb
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp SET row_security = off
    AS $function$
SELECT agentchat.imported_figures(coalesce(jsonb_agg(jsonb_build_object(
    'conversation_id', lower(c.document ->> 'id'), 'messages', f.messages,
    'first_message_at', agentchat.utc_text(f.first), 'last_message_at', agentchat.utc_text(f.last),
    'checksum', f.checksum) ORDER BY c.n), '[]'), dry_run)
FROM agentchat.export_rows(export, 'conversations') c
    CROSS JOIN LATERAL (
        SELECT count(*), min(m.created_at), max(m.created_at), encode(sha256(coalesce(string_agg(
            sha256(convert_to(m.content, 'UTF8')), ''::bytea ORDER BY m.created_at, m.id), '')), 'hex')
        FROM jsonb_to_recordset(export #> ARRAY['conversations', (c.n - 1)::text, 'messages'])
            m (id uuid, content text, created_at timestamp)) f (messages, first, last, checksum)
$function$;

-- import_results() returns the result of import_user(), from the summaries of the tables. Lists of the export
-- that are not known are left out.
CREATE FUNCTION agentchat.import_results(export jsonb, summaries jsonb[], dry_run boolean)
    RETURNS TABLE (source text, read bigint, written bigint, merged bigint, skipped bigint, problems jsonb,
                   figures jsonb)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp SET row_security = off
    AS $function$
SELECT r.source, r.read, r.written, 0, r.read - r.written, r.problems,
    CASE r.source WHEN 'conversations' THEN agentchat.import_user_figures(export, dry_run) END
FROM (SELECT s.n, x.* FROM unnest(summaries) WITH ORDINALITY s (summary, n)
          CROSS JOIN LATERAL jsonb_to_record(s.summary)
              x (source text, read bigint, written bigint, problems jsonb)
      UNION ALL
      SELECT NULL, m.key, l.length, 0, jsonb_build_array(jsonb_build_object(
          'kind', 'left out', 'count', l.length, 'first_ids', '[]'::jsonb))
      FROM jsonb_each(export) m
          CROSS JOIN LATERAL (SELECT CASE jsonb_typeof(m.value)
              WHEN 'array' THEN jsonb_array_length(m.value) ELSE 1 END) l (length)
      WHERE m.key <> 'user' AND m.key <> ALL (agentchat.imported_tables(export))) r
ORDER BY r.n, r.source
$function$;

CREATE FUNCTION agentchat.import_user(export jsonb, dry_run boolean DEFAULT false)
    RETURNS TABLE (source text, read bigint, written bigint, merged bigint, skipped bigint, problems jsonb,
                   figures jsonb)
    LANGUAGE plpgsql SET row_security = off SET intervalstyle = 'postgres'
    AS $function$
DECLARE
    -- For each table an object whose keys are the ids of the rows that this call has written.
    all_written pg_catalog.jsonb := '{}';
    summaries pg_catalog.jsonb[];
    keys pg_catalog.text[];
    ids pg_catalog.uuid[];
    verdicts pg_catalog.text[];
    notes pg_catalog.jsonb;
    written_ids pg_catalog.uuid[];
BEGIN
    PERFORM agentchat.require_owner('import users');
    PERFORM agentchat.require_no_rls('import users');
    IF dry_run IS NULL THEN
        RAISE EXCEPTION 'dry_run is NULL'
            USING ERRCODE = 'null_value_not_allowed',
                  HINT = 'Pass true or false.';
    END IF;
    IF pg_catalog.jsonb_typeof(export) OPERATOR(pg_catalog.=) 'object' THEN
        -- A stored value is decompressed here, once.
        export := pg_catalog.jsonb_concat(export, '{}');
    END IF;
    PERFORM agentchat.require_export(export);
    IF NOT dry_run THEN
        -- A second call with the same export waits, and then finds the rows.
        PERFORM pg_catalog.pg_advisory_xact_lock(
            'agentchat.import_user'::pg_catalog.regproc::pg_catalog.oid::bigint);
    END IF;

    FOREACH source IN ARRAY agentchat.imported_tables(export) LOOP
        keys := agentchat.export_keys(export, source);
        EXECUTE agentchat.import_statement(source, keys, dry_run)
            INTO ids, verdicts, notes, written_ids USING export, source, keys, all_written;
        IF NOT dry_run THEN
            PERFORM agentchat.advance_sequences(source, keys);
        END IF;
        summaries := pg_catalog.array_append(
            summaries, agentchat.import_summary(export, source, keys, ids, verdicts, notes, written_ids));
        all_written := pg_catalog.jsonb_set(all_written, ARRAY[source], pg_catalog.jsonb_object(
            written_ids::pg_catalog.text[], written_ids::pg_catalog.text[]));
    END LOOP;
    RETURN QUERY SELECT r.* FROM agentchat.import_results(export, summaries, dry_run) r;
END
$function$;

REVOKE EXECUTE ON FUNCTION agentchat.import_user(jsonb, boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION agentchat.import_user(jsonb, boolean) TO pg_database_owner;

COMMENT ON FUNCTION agentchat.import_user(jsonb, boolean) IS
'Writes what agentchat.export_user() returned, into this database or another one, all or nothing. Returns a '
'row for each table: how many rows of the export were read, written and skipped, and why. A row whose id '
'exists is not touched. dry_run returns the same and writes nothing. Errors: 22004 an argument is NULL; '
'22023 not an export, or a value that a column cannot hold; 42501 not the owner of the tables.';
-- Takes the name conversation_id from the first argument of version 0.1.0's get_conversation(). PostgREST
-- chooses between functions by the names of their arguments, and conversation_id is now the name of a text
-- argument. CREATE OR REPLACE FUNCTION cannot change the name of an argument (ProcedureCreate in
-- src/backend/catalog/pg_proc.c), and DROP FUNCTION would be refused if a view of the user calls the
-- function. Such a view refers to the function by its OID, and stays valid.
UPDATE pg_catalog.pg_proc p
SET proargnames = ARRAY['', 'format', 'message_limit', 'before_message']
WHERE p.oid OPERATOR(pg_catalog.=)
    '@extschema@.get_conversation(uuid, text, integer, text)'::pg_catalog.regprocedure;
-- The functions that write conversations and messages.
CREATE FUNCTION @extschema@.append_messages(
    uuid,
    messages jsonb,
    format text DEFAULT 'ai-sdk',
    check_tools boolean DEFAULT false
) RETURNS jsonb
    LANGUAGE c VOLATILE PARALLEL UNSAFE COST 1000
    AS 'MODULE_PATHNAME', 'agentchat_append_messages';

GRANT EXECUTE ON FUNCTION @extschema@.append_messages(uuid, jsonb, text, boolean) TO PUBLIC;

CREATE FUNCTION @extschema@.append_messages(
    conversation_id text,
    messages jsonb,
    format text DEFAULT 'ai-sdk',
    check_tools boolean DEFAULT false
) RETURNS jsonb
    LANGUAGE c VOLATILE PARALLEL UNSAFE COST 1000
    AS 'MODULE_PATHNAME', 'agentchat_append_messages_by_name';

GRANT EXECUTE ON FUNCTION @extschema@.append_messages(text, jsonb, text, boolean) TO PUBLIC;

COMMENT ON FUNCTION @extschema@.append_messages(uuid, jsonb, text, boolean) IS
'As append_messages(text), for a uuid in SQL, such as the column id of conversations. '
'PostgREST does not offer this function.';

COMMENT ON FUNCTION @extschema@.append_messages(text, jsonb, text, boolean) IS
'Writes messages to a conversation in their order, all or none, and returns {"id", "given_id", "created_at"} '
'for each.

conversation_id: its UUID, or the id that the client chose, which names a conversation of the caller. '
'messages: an array, or an object for one message. format: ai-sdk (UIMessages), openai (the messages of a '
'chat-completions request), rows (columns named as in the table), drizzle (camelCase). A message whose id is '
'already stored is updated and keeps its place. An id that is not a UUID stands for the UUIDv5 of '
'conversation and id. check_tools: whether tool calls must match the schemas in agent_tools. Errors: 22023 '
'unknown format, or a message that does not match its format or a tool call that does not match its tool, '
'with the path, or conversation_id is empty, has more than 255 characters, or is a client''s id without a '
'caller; 22004 an argument is NULL; PT404 the caller cannot see such a conversation; PT409 a message belongs '
'to another conversation; 54000 more than 100,000 messages.';

CREATE FUNCTION @extschema@.create_conversation(
    title text,
    messages jsonb DEFAULT NULL,
    system_prompt text DEFAULT NULL,
    metadata jsonb DEFAULT NULL,
    user_id uuid DEFAULT NULL,
    format text DEFAULT 'ai-sdk',
    id text DEFAULT NULL
) RETURNS jsonb
    LANGUAGE c VOLATILE PARALLEL UNSAFE COST 1000
    AS 'MODULE_PATHNAME', 'agentchat_create_conversation';

GRANT EXECUTE ON FUNCTION @extschema@.create_conversation(text, jsonb, text, jsonb, uuid, text, text)
    TO PUBLIC;

COMMENT ON FUNCTION @extschema@.create_conversation(text, jsonb, text, jsonb, uuid, text, text) IS
'Creates a conversation with its first messages.

The result is {"id", "user_id", "title", "created_at", "updated_at", "messages"}; messages is what '
'append_messages() returns. messages, format: as in append_messages(); NULL for no messages. metadata: an '
'object. user_id: by default the caller. id: a UUID, or the id that the client chose, which stands for the '
'UUIDv5 of user and id. If the user already has that conversation, the messages are appended to it, and its '
'title, system_prompt and metadata stay. Errors: 22023 neither user_id nor a caller, metadata that is not an '
'object, unknown format, an id that is empty or has more than 255 characters, or a message that does not '
'match its format, with the path; 22004 title is NULL; 23503 the user does not exist; 42501 user_id is '
'another user; PT409 the id belongs to a conversation of another user.';

CREATE FUNCTION agentchat.clean_json(json_text text) RETURNS jsonb
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'agentchat_clean_json';

GRANT EXECUTE ON FUNCTION agentchat.clean_json(text) TO PUBLIC;

COMMENT ON FUNCTION agentchat.clean_json(text) IS
'Converts JSON text to jsonb, and replaces what jsonb cannot hold with U+FFFD: the character 0 (\u0000) and '
'surrogates that are not in pairs.

Errors: 22P02 the text is not JSON, as in a cast to jsonb.';
-- The functions that read one conversation. Each exists twice: for the name of a conversation, which is a
-- text, and for a uuid. The type uuid is not implicitly cast to text, and a query may pass the column
-- conversations.id. The argument for the uuid has no name: PostgREST chooses between functions by the names
-- of their arguments, and never finds this one. It describes the one whose comment sorts last (Ord Routine in
-- PostgREST's src/PostgREST/SchemaCache/Routine.hs): the comments of functions for uuids begin with "As".
CREATE FUNCTION @extschema@.get_conversation(
    conversation_id text,
    format text DEFAULT 'rows',
    message_limit integer DEFAULT NULL,
    before_message text DEFAULT NULL
) RETURNS jsonb
    LANGUAGE c STABLE PARALLEL SAFE COST 1000
    AS 'MODULE_PATHNAME', 'agentchat_get_conversation_by_name';

GRANT EXECUTE ON FUNCTION @extschema@.get_conversation(text, text, integer, text) TO PUBLIC;

CREATE FUNCTION @extschema@.get_conversation_json(
    uuid,
    format text DEFAULT 'rows',
    message_limit integer DEFAULT NULL,
    before_message text DEFAULT NULL
) RETURNS json
    LANGUAGE c STABLE PARALLEL SAFE COST 1000
    AS 'MODULE_PATHNAME', 'agentchat_get_conversation_json';

GRANT EXECUTE ON FUNCTION @extschema@.get_conversation_json(uuid, text, integer, text) TO PUBLIC;

CREATE FUNCTION @extschema@.get_conversation_json(
    conversation_id text,
    format text DEFAULT 'rows',
    message_limit integer DEFAULT NULL,
    before_message text DEFAULT NULL
) RETURNS json
    LANGUAGE c STABLE PARALLEL SAFE COST 1000
    AS 'MODULE_PATHNAME', 'agentchat_get_conversation_json_by_name';

GRANT EXECUTE ON FUNCTION @extschema@.get_conversation_json(text, text, integer, text) TO PUBLIC;

COMMENT ON FUNCTION @extschema@.get_conversation_json(text, text, integer, text) IS
'Returns one conversation with its messages in order, as JSON text to send to a client.

It has the arguments of get_conversation and returns the same value, or NULL if the caller cannot see such a '
'conversation. Errors: 22023 unknown format, message_limit below 1, before_message is not in this '
'conversation, or conversation_id is empty, has more than 255 characters, or is a client''s id without a '
'caller; 54000 larger than a json value can be.';

COMMENT ON FUNCTION @extschema@.get_conversation(text, text, integer, text) IS
'Returns one conversation with its messages in order, as one JSON value.

The result is NULL if the caller cannot see such a conversation. conversation_id: its UUID, or the id that '
'the client chose, which names a conversation of the caller. format: rows (columns named as in the tables), '
'drizzle (camelCase, timestamps as in JSON.stringify), ai-sdk (an array of UIMessages), openai (the messages '
'of a chat-completions request), openai-compatible (the same for other providers with that API, with '
'reasoning), anthropic (system and messages of a Messages request). message_limit: only this many messages, '
'the newest, oldest first; a result that is an object has has_more. before_message: only messages before '
'this one, named by its UUID or by the id from the client. Errors: 22023 unknown format, message_limit below '
'1, before_message is not in this conversation, or conversation_id is empty, has more than 255 characters, '
'or is a client''s id without a caller; 54000 larger than a jsonb value can be.';

COMMENT ON FUNCTION @extschema@.get_conversation(uuid, text, integer, text) IS
'As get_conversation(text), for a uuid in SQL, such as the column id of conversations. '
'PostgREST does not offer this function.';

COMMENT ON FUNCTION @extschema@.get_conversation_json(uuid, text, integer, text) IS
'As get_conversation_json(text), for a uuid in SQL, such as the column id of conversations. '
'PostgREST does not offer this function.';

CREATE FUNCTION @extschema@.get_context(
    uuid,
    token_budget integer,
    format text DEFAULT 'openai',
    reserve integer DEFAULT 0,
    tokenizer text DEFAULT 'estimate'
) RETURNS jsonb
    LANGUAGE c STABLE PARALLEL SAFE COST 1000
    AS 'MODULE_PATHNAME', 'agentchat_get_context';

GRANT EXECUTE ON FUNCTION @extschema@.get_context(uuid, integer, text, integer, text) TO PUBLIC;

CREATE FUNCTION @extschema@.get_context(
    conversation_id text,
    token_budget integer,
    format text DEFAULT 'openai',
    reserve integer DEFAULT 0,
    tokenizer text DEFAULT 'estimate'
) RETURNS jsonb
    LANGUAGE c STABLE PARALLEL SAFE COST 1000
    AS 'MODULE_PATHNAME', 'agentchat_get_context_by_name';

GRANT EXECUTE ON FUNCTION @extschema@.get_context(text, integer, text, integer, text) TO PUBLIC;

COMMENT ON FUNCTION @extschema@.get_context(uuid, integer, text, integer, text) IS
'As get_context(text), for a uuid in SQL, such as the column id of conversations. '
'PostgREST does not offer this function.';

COMMENT ON FUNCTION @extschema@.get_context(text, integer, text, integer, text) IS
'Returns what fits into the window of a model: the system prompt and the newest messages of a conversation.

The result is {"messages": [...], "tokens", "from_message", "left_out"}, with "system" for anthropic. '
'token_budget: the window in tokens, of which reserve stays free for the answer and the tools. format: '
'openai, openai-compatible, anthropic or ai-sdk. tokenizer: estimate, o200k_base or cl100k_base. '
'from_message: the id of the first message. left_out: whether there are earlier messages. A message with '
'a part data-summary stands for all before it. NULL if the caller cannot see such a conversation. Errors: '
'22023 an argument out of its range, an unknown format or tokenizer, or a system prompt that does not fit; '
'22004 token_budget is NULL.';
-- The functions that list conversations, and those that cut, copy or update one.
CREATE FUNCTION agentchat.has_words(text text, words text) RETURNS boolean
    LANGUAGE c STABLE STRICT PARALLEL SAFE COST 100
    AS 'MODULE_PATHNAME', 'agentchat_has_words';

GRANT EXECUTE ON FUNCTION agentchat.has_words(text, text) TO PUBLIC;

COMMENT ON FUNCTION agentchat.has_words(text, text) IS
'Tells whether a text has the words that a user looks for, as list_conversations() looks in titles.

Letters of either case, with and without accents, are the same. A word is found anywhere, also inside a '
'longer one. "a b": a phrase; -a: not this word; a or b: either. Errors: 22023 more than 64 words.';

CREATE FUNCTION @extschema@.list_conversations(
    page_size integer DEFAULT 20,
    cursor text DEFAULT NULL,
    user_id uuid DEFAULT NULL,
    filter jsonb DEFAULT NULL,
    words text DEFAULT NULL
) RETURNS jsonb
    LANGUAGE c STABLE PARALLEL RESTRICTED COST 1000
    AS 'MODULE_PATHNAME', 'agentchat_list_conversations';

GRANT EXECUTE ON FUNCTION @extschema@.list_conversations(integer, text, uuid, jsonb, text) TO PUBLIC;

COMMENT ON FUNCTION @extschema@.list_conversations(integer, text, uuid, jsonb, text) IS
'Returns a user''s conversations, latest first, page by page: {"conversations": [...], "next_cursor"}.

Each conversation has its columns and a preview of its last message: {"role", "content" (200 characters), '
'"created_at"}, or null. Timestamps are ISO 8601 with six digits and Z. page_size: 1 to 1000. cursor: '
'next_cursor of the previous page; it is null on the last page. user_id: by default the caller. filter: '
'only conversations whose metadata contain it. words: only those whose titles have these words, such as '
'red "big car" -bike or train. A conversation that is not touched between the calls appears once. Errors: '
'22023 page_size out of range, a cursor that is not from this list, a filter that is no object, more than '
'64 words, or neither user_id nor a caller.';

CREATE FUNCTION @extschema@.truncate_conversation(uuid, from_message text) RETURNS integer
    LANGUAGE c
    AS 'MODULE_PATHNAME', 'agentchat_truncate_conversation';

GRANT EXECUTE ON FUNCTION @extschema@.truncate_conversation(uuid, text) TO PUBLIC;

CREATE FUNCTION @extschema@.truncate_conversation(conversation_id text, from_message text) RETURNS integer
    LANGUAGE c
    AS 'MODULE_PATHNAME', 'agentchat_truncate_conversation_by_name';

GRANT EXECUTE ON FUNCTION @extschema@.truncate_conversation(text, text) TO PUBLIC;

COMMENT ON FUNCTION @extschema@.truncate_conversation(uuid, text) IS
'As truncate_conversation(text), for a uuid in SQL, such as the column id of conversations. '
'PostgREST does not offer this function.';

COMMENT ON FUNCTION @extschema@.truncate_conversation(text, text) IS
'Deletes a message of a conversation and all messages after it, and returns their number.

Call it before an edited message or another answer is written. conversation_id, from_message: a UUID, or '
'the id that the client chose. Errors: PT404 the caller cannot see such a conversation or message; 22004 an '
'argument is NULL; 22023 conversation_id is empty, has more than 255 characters, or is a client''s id '
'without a caller.';

CREATE FUNCTION @extschema@.fork_conversation(
    uuid,
    up_to_message text DEFAULT NULL,
    title text DEFAULT NULL
) RETURNS uuid
    LANGUAGE c
    AS 'MODULE_PATHNAME', 'agentchat_fork_conversation';

GRANT EXECUTE ON FUNCTION @extschema@.fork_conversation(uuid, text, text) TO PUBLIC;

CREATE FUNCTION @extschema@.fork_conversation(
    conversation_id text,
    up_to_message text DEFAULT NULL,
    title text DEFAULT NULL
) RETURNS uuid
    LANGUAGE c
    AS 'MODULE_PATHNAME', 'agentchat_fork_conversation_by_name';

GRANT EXECUTE ON FUNCTION @extschema@.fork_conversation(text, text, text) TO PUBLIC;

COMMENT ON FUNCTION @extschema@.fork_conversation(uuid, text, text) IS
'As fork_conversation(text), for a uuid in SQL, such as the column id of conversations. '
'PostgREST does not offer this function.';

COMMENT ON FUNCTION @extschema@.fork_conversation(text, text, text) IS
'Copies a conversation with its messages, and returns the id of the copy.

It copies all messages, or those up to and including up_to_message. They get new ids and keep their order '
'and times. conversation_id, up_to_message: a UUID, or the id that the client chose. title: by default the '
'same. Errors: PT404 the caller cannot see such a conversation or message; 22004 conversation_id is NULL; '
'22023 conversation_id is empty, has more than 255 characters, or is a client''s id without a caller.';

CREATE FUNCTION @extschema@.update_conversation(
    uuid,
    title text DEFAULT NULL,
    metadata jsonb DEFAULT NULL
) RETURNS jsonb
    LANGUAGE c
    AS 'MODULE_PATHNAME', 'agentchat_update_conversation';

GRANT EXECUTE ON FUNCTION @extschema@.update_conversation(uuid, text, jsonb) TO PUBLIC;

CREATE FUNCTION @extschema@.update_conversation(
    conversation_id text,
    title text DEFAULT NULL,
    metadata jsonb DEFAULT NULL
) RETURNS jsonb
    LANGUAGE c
    AS 'MODULE_PATHNAME', 'agentchat_update_conversation_by_name';

GRANT EXECUTE ON FUNCTION @extschema@.update_conversation(text, text, jsonb) TO PUBLIC;

COMMENT ON FUNCTION @extschema@.update_conversation(uuid, text, jsonb) IS
'As update_conversation(text), for a uuid in SQL, such as the column id of conversations. '
'PostgREST does not offer this function.';

COMMENT ON FUNCTION @extschema@.update_conversation(text, text, jsonb) IS
'Changes the title of a conversation and keys of its metadata, and returns {"id", "title", "metadata", '
'"updated_at"}.

conversation_id: a UUID, or the id that the client chose. title: NULL leaves it unchanged. metadata: an '
'object. Its keys replace stored ones, as a whole; a JSON null removes a key. Other keys stay, also those '
'that another session writes at the same time. updated_at: ISO 8601 with six digits and Z; it stays if '
'nothing changes. Errors: PT404 the caller cannot see or change such a conversation; 22004 conversation_id '
'is NULL; 22023 metadata is not a JSON object, or conversation_id is empty, has more than 255 characters, or '
'is a client''s id without a caller; PT409 the stored metadata is not a JSON object.';
-- agent_usage(), for pages that show a user's agents and limit.
CREATE FUNCTION @extschema@.agent_usage(user_id uuid DEFAULT NULL) RETURNS jsonb
    LANGUAGE c STABLE PARALLEL RESTRICTED COST 1000
    AS 'MODULE_PATHNAME', 'agentchat_agent_usage';

GRANT EXECUTE ON FUNCTION @extschema@.agent_usage(uuid) TO PUBLIC;

COMMENT ON FUNCTION @extschema@.agent_usage(uuid) IS
'Returns how many agents a user has and may have: {"limit", "used", "remaining", "plan"}.

The result is NULL if the caller cannot see such a user. Archived agents do not count. limit: -1 for no '
'limit; remaining is then null. plan: that of the active subscription with the highest limit, or null '
'without one. user_id: by default the caller. The function takes no lock. Errors: 22023 neither user_id nor '
'a caller.';

-- get_agent(), for a server that is about to call a model for a user's agent.
CREATE FUNCTION @extschema@.get_agent(agent_instance_id uuid, format text DEFAULT 'rows') RETURNS jsonb
    LANGUAGE c STABLE PARALLEL SAFE COST 1000
    AS 'MODULE_PATHNAME', 'agentchat_get_agent';

GRANT EXECUTE ON FUNCTION @extschema@.get_agent(uuid, text) TO PUBLIC;

COMMENT ON FUNCTION @extschema@.get_agent(uuid, text) IS
'Returns a user''s agent with its definition, its configuration and its tools, as one JSON value.

The result is NULL if the caller cannot see such an instance. format: rows, ai-sdk, openai or anthropic. The '
'last three give the system prompt and the tools as a request to the model needs them. configuration: the '
'definition''s capabilities, and over them, key by key, the configuration of the instance. '
'definition_status: gone if the definition has become private; nothing of it is then in the result. Errors: '
'22023 unknown format; 54000 larger than a jsonb value can be.';

-- validate_tool_input(), for what a model wrote as the input of a tool.
CREATE FUNCTION @extschema@.validate_tool_input(tool text, input jsonb) RETURNS jsonb
    LANGUAGE c STABLE PARALLEL RESTRICTED COST 1000
    AS 'MODULE_PATHNAME', 'agentchat_validate_tool_input';

GRANT EXECUTE ON FUNCTION @extschema@.validate_tool_input(text, jsonb) TO PUBLIC;

COMMENT ON FUNCTION @extschema@.validate_tool_input(text, jsonb) IS
'Checks the input of a tool by its JSON Schema: {"valid", "errors": [{"path", "message"}]}.

tool: the id or the name of a row of agent_tools that the caller may see. path: the JSON Pointer of the '
'wrong value in the input. message: what was wanted and what came, in words for the model. All errors are '
'given. Errors: 22004 an argument is NULL; 22023 the stored schema is not a valid JSON Schema, or the input '
'is nested too deeply; PT404 tool not found.';
-- advance_workflow(), for the workers of a workflow.
CREATE FUNCTION @extschema@.advance_workflow(
    id uuid,
    status text DEFAULT NULL,
    step jsonb DEFAULT NULL,
    result jsonb DEFAULT NULL
) RETURNS jsonb
    LANGUAGE c COST 1000
    AS 'MODULE_PATHNAME', 'agentchat_advance_workflow';

GRANT EXECUTE ON FUNCTION @extschema@.advance_workflow(uuid, text, jsonb, jsonb) TO PUBLIC;

COMMENT ON FUNCTION @extschema@.advance_workflow(uuid, text, jsonb, jsonb) IS
'Moves a workflow to another status, appends a step to it and sets its result, in one go: {"id", '
'"workflow_id", "status", "step_count", "updated_at"}.

Many sessions can call it for one workflow. No step is lost, and the order of the steps is that of the '
'commits. status: from pending to running, from running to completed or failed, and from failed to running; '
'the status that the workflow already has changes nothing. step: a JSON object. result: any JSON value. An '
'argument that is NULL leaves its column as it is. Errors: 22004 id is NULL; 22023 an unknown status, a step '
'that is not an object, or steps that are too large together; PT404 the caller cannot change such a '
'workflow; PT409 the status cannot change this way; 40001 under REPEATABLE READ and SERIALIZABLE, the '
'workflow was changed since the transaction began.';
-- agentchat.count_tokens(), for budgets of context and cost.
CREATE FUNCTION agentchat.count_tokens(text text, tokenizer text DEFAULT 'o200k_base') RETURNS bigint
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 1000
    AS 'MODULE_PATHNAME', 'agentchat_count_tokens';

GRANT EXECUTE ON FUNCTION agentchat.count_tokens(text, text) TO PUBLIC;

COMMENT ON FUNCTION agentchat.count_tokens(text, text) IS
'Counts the tokens of a text.

tokenizer: o200k_base or cl100k_base, which count as OpenAI''s tiktoken; or estimate, which is faster and '
'rather counts too many. A special token such as <|endoftext|> counts as the text that it is. The result is '
'NULL if an argument is NULL. Errors: 22023 unknown tokenizer; 54000 more than 16 MB that a tokenizer does '
'not split, such as one word.';
-- The function that searches messages.
CREATE FUNCTION @extschema@.search_messages(
    query text,
    conversation_id uuid DEFAULT NULL,
    page_size integer DEFAULT 20,
    cursor text DEFAULT NULL,
    user_id uuid DEFAULT NULL,
    filter jsonb DEFAULT NULL,
    "in" text DEFAULT 'text'
) RETURNS jsonb
    LANGUAGE c STABLE PARALLEL RESTRICTED COST 10000
    AS 'MODULE_PATHNAME', 'agentchat_search_messages';

GRANT EXECUTE ON FUNCTION @extschema@.search_messages(text, uuid, integer, text, uuid, jsonb, text) TO PUBLIC;

COMMENT ON FUNCTION @extschema@.search_messages(text, uuid, integer, text, uuid, jsonb, text) IS
'Returns the messages of a user that have all the words, the newest first, page by page: {"messages": '
'[{"id", "conversation_id", "title", "role", "place", "snippet"}], "next_cursor"}.

query: words such as red "big car" -bike or train, found anywhere, in either case, with or without accents. '
'conversation_id: only messages of this conversation. page_size: 1 to 100. cursor: next_cursor of the '
'previous page; null at the end. A call ends after about 0.2 seconds; a page can then be short or empty, and '
'next_cursor goes on. user_id: by default the caller. filter: only conversations whose metadata contain it. '
'in: text, or all to search reasoning and the inputs and outputs of tools, too. place: {"created_at" (ISO '
'8601, UTC), "before_message" (what get_conversation() takes to end a page with this message; null for the '
'last)}. snippet: {"in" (text, reasoning or tool), "text", "hits": [{"start", "end"}] (in UTF-16 code units '
'of the text), "cut_before", "cut_after"}. Errors: 22004 query is NULL; 22023 page_size, cursor, filter or '
'in is not valid, more than 64 words, or neither user_id nor a caller.';
-- The functions of the feature runs: an answer is written while readers read it, and outlives its server.
CREATE FUNCTION @extschema@.start_run(
    uuid,
    message_id text DEFAULT NULL,
    stale_after interval DEFAULT '30 seconds',
    metadata jsonb DEFAULT NULL
) RETURNS jsonb
    LANGUAGE c VOLATILE PARALLEL UNSAFE COST 1000
    AS 'MODULE_PATHNAME', 'agentchat_start_run';

GRANT EXECUTE ON FUNCTION @extschema@.start_run(uuid, text, interval, jsonb) TO PUBLIC;

CREATE FUNCTION @extschema@.start_run(
    conversation_id text,
    message_id text DEFAULT NULL,
    stale_after interval DEFAULT '30 seconds',
    metadata jsonb DEFAULT NULL
) RETURNS jsonb
    LANGUAGE c VOLATILE PARALLEL UNSAFE COST 1000
    AS 'MODULE_PATHNAME', 'agentchat_start_run_by_name';

GRANT EXECUTE ON FUNCTION @extschema@.start_run(text, text, interval, jsonb) TO PUBLIC;

COMMENT ON FUNCTION @extschema@.start_run(uuid, text, interval, jsonb) IS
'As start_run(text), for a uuid in SQL, such as the column id of conversations. '
'PostgREST does not offer this function.';

COMMENT ON FUNCTION @extschema@.start_run(text, text, interval, jsonb) IS
'Starts a run, the writing of an answer to a conversation: {"run_id", "conversation_id", "message_id", '
'"status": "running", "started_at", "next_seq": 1, "taken_over"}.

One run at a time can be running in a conversation. conversation_id: a UUID, or the id that the client '
'chose. message_id: the id of the answer; an id that is not a UUID stands for the UUIDv5 of conversation and '
'id; by default a new one. stale_after: a running run that has given no sign of life for so long is marked '
'as failed and taken over; taken_over is then its {"run_id", "message_id", "has_chunks"}, otherwise null. '
'metadata: an object. Errors: PT409 a run is in progress, or the message belongs to another conversation; '
'PT404 the caller cannot see such a conversation; 22004 conversation_id or stale_after is NULL; 22023 '
'stale_after is negative, metadata is not an object, or conversation_id is empty, has more than 255 '
'characters, or is a client''s id without a caller; 0A000 the feature is off.';

CREATE FUNCTION @extschema@.stop_run(uuid) RETURNS jsonb
    LANGUAGE c VOLATILE PARALLEL UNSAFE COST 1000
    AS 'MODULE_PATHNAME', 'agentchat_stop_run';

GRANT EXECUTE ON FUNCTION @extschema@.stop_run(uuid) TO PUBLIC;

CREATE FUNCTION @extschema@.stop_run(conversation_id text) RETURNS jsonb
    LANGUAGE c VOLATILE PARALLEL UNSAFE COST 1000
    AS 'MODULE_PATHNAME', 'agentchat_stop_run_by_name';

GRANT EXECUTE ON FUNCTION @extschema@.stop_run(text) TO PUBLIC;

COMMENT ON FUNCTION @extschema@.stop_run(uuid) IS
'As stop_run(text), for a uuid in SQL, such as the column id of conversations. '
'PostgREST does not offer this function.';

COMMENT ON FUNCTION @extschema@.stop_run(text) IS
'Asks the writer of the running run to stop: {"run_id", "status": "running", "stop_requested_at"}, or '
'{"status": "none"} if no run is running.

append_chunks() and heartbeat_run() tell the writer, which then calls finish_run(). A second call changes '
'nothing. conversation_id: a UUID, or the id that the client chose. Errors: PT404 the caller cannot see such '
'a conversation; 22004 conversation_id is NULL; 22023 conversation_id is empty, has more than 255 '
'characters, or is a client''s id without a caller; 40001 under REPEATABLE READ and SERIALIZABLE, the run '
'changes at the same time; 0A000 the feature is off.';

CREATE FUNCTION @extschema@.heartbeat_run(run_id uuid) RETURNS jsonb
    LANGUAGE c VOLATILE PARALLEL UNSAFE COST 1000
    AS 'MODULE_PATHNAME', 'agentchat_heartbeat_run';

GRANT EXECUTE ON FUNCTION @extschema@.heartbeat_run(uuid) TO PUBLIC;

COMMENT ON FUNCTION @extschema@.heartbeat_run(uuid) IS
'Says that the writer of a run is alive: {"stop_requested"}.

Call it while no chunk comes, for example while a tool is running. stop_requested: whether stop_run() was '
'called. Errors: PT404 the caller cannot see such a run; PT409 the run is over; 22004 run_id is NULL; 40001 '
'under REPEATABLE READ and SERIALIZABLE, the run changes at the same time; 0A000 the feature is off.';

CREATE FUNCTION @extschema@.recover_run(
    uuid,
    stale_after interval DEFAULT '30 seconds'
) RETURNS jsonb
    LANGUAGE c VOLATILE PARALLEL UNSAFE COST 1000
    AS 'MODULE_PATHNAME', 'agentchat_recover_run';

GRANT EXECUTE ON FUNCTION @extschema@.recover_run(uuid, interval) TO PUBLIC;

CREATE FUNCTION @extschema@.recover_run(
    conversation_id text,
    stale_after interval DEFAULT '30 seconds'
) RETURNS jsonb
    LANGUAGE c VOLATILE PARALLEL UNSAFE COST 1000
    AS 'MODULE_PATHNAME', 'agentchat_recover_run_by_name';

GRANT EXECUTE ON FUNCTION @extschema@.recover_run(text, interval) TO PUBLIC;

COMMENT ON FUNCTION @extschema@.recover_run(uuid, interval) IS
'As recover_run(text), for a uuid in SQL, such as the column id of conversations. '
'PostgREST does not offer this function.';

COMMENT ON FUNCTION @extschema@.recover_run(text, interval) IS
'Finds the oldest failed run of a conversation whose chunks nobody has saved: {"run_id", "conversation_id", '
'"message_id", "status": "failed", "started_at", "finished_at"}, or {"status": "none"}.

It first marks a running run as failed that has given no sign of life for stale_after. Read the chunks with '
'read_chunks(), make a message of them, and save it with finish_run() and the status failed. '
'conversation_id: a UUID, or the id that the client chose. Errors: PT404 the caller cannot see such a '
'conversation; 22004 an argument is NULL; 22023 stale_after is negative, or conversation_id is empty, has '
'more than 255 characters, or is a client''s id without a caller; 40001 under REPEATABLE READ and '
'SERIALIZABLE, the run changes at the same time; 0A000 the feature is off.';
-- The functions that write and read the chunks of a run.
CREATE FUNCTION @extschema@.append_chunks(run_id uuid, chunks jsonb, from_seq integer) RETURNS jsonb
    LANGUAGE c VOLATILE PARALLEL UNSAFE COST 1000
    AS 'MODULE_PATHNAME', 'agentchat_append_chunks';

GRANT EXECUTE ON FUNCTION @extschema@.append_chunks(uuid, jsonb, integer) TO PUBLIC;

COMMENT ON FUNCTION @extschema@.append_chunks(uuid, jsonb, integer) IS
'Writes the next chunks of a running run, all or none, and returns {"next_seq", "stop_requested"}.

chunks: an array of objects, such as UIMessageChunks of the AI SDK, or an object for one chunk. from_seq: '
'the number of the first; a run begins with 1. Chunks that are already stored may be sent again. next_seq: '
'the number of the next chunk of the run. Errors: 22023 chunks before from_seq are missing, from_seq is less '
'than 1, or a chunk is not an object, with the path; 22004 an argument is NULL; PT404 the caller cannot see '
'such a run; PT409 the run is over, or another chunk with that number is stored; 0A000 the feature runs is '
'off.';

CREATE FUNCTION @extschema@.read_chunks(
    uuid,
    run_id uuid DEFAULT NULL,
    after integer DEFAULT 0,
    max integer DEFAULT 1000
) RETURNS jsonb
    LANGUAGE c STABLE PARALLEL SAFE COST 1000
    AS 'MODULE_PATHNAME', 'agentchat_read_chunks';

GRANT EXECUTE ON FUNCTION @extschema@.read_chunks(uuid, uuid, integer, integer) TO PUBLIC;

CREATE FUNCTION @extschema@.read_chunks(
    conversation_id text,
    run_id uuid DEFAULT NULL,
    after integer DEFAULT 0,
    max integer DEFAULT 1000
) RETURNS jsonb
    LANGUAGE c STABLE PARALLEL SAFE COST 1000
    AS 'MODULE_PATHNAME', 'agentchat_read_chunks_by_name';

GRANT EXECUTE ON FUNCTION @extschema@.read_chunks(text, uuid, integer, integer) TO PUBLIC;

COMMENT ON FUNCTION @extschema@.read_chunks(uuid, uuid, integer, integer) IS
'As read_chunks(text), for a uuid in SQL, such as the column id of conversations. '
'PostgREST does not offer this function.';

COMMENT ON FUNCTION @extschema@.read_chunks(text, uuid, integer, integer) IS
'Returns the chunks of a run after a number, and the state of the run: {"run_id", "message_id", "status", '
'"stop_requested", "chunks", "next", "has_more", "idle_ms"}, or {"status": "none"} without such a run.

conversation_id: its UUID, or the id that the client chose, which names a conversation of the caller. '
'run_id: a run of that conversation; by default the running one. after: the number of the last chunk that '
'the reader has. max: the largest number of chunks; a call also ends after about 8 MB. next: the number of '
'the last chunk of the result, for the next call. idle_ms: milliseconds since the last sign of life of a '
'running run; null when it is over. Errors: 22023 after or max is negative, or conversation_id is empty, has '
'more than 255 characters, or is a client''s id without a caller; 22004 conversation_id is NULL; 0A000 the '
'feature runs is off.';
-- The function that ends a run.
CREATE FUNCTION @extschema@.finish_run(
    run_id uuid,
    status text,
    messages jsonb DEFAULT NULL,
    format text DEFAULT 'ai-sdk',
    error jsonb DEFAULT NULL,
    metadata jsonb DEFAULT NULL
) RETURNS jsonb
    LANGUAGE c VOLATILE PARALLEL UNSAFE COST 1000
    AS 'MODULE_PATHNAME', 'agentchat_finish_run';

GRANT EXECUTE ON FUNCTION @extschema@.finish_run(uuid, text, jsonb, text, jsonb, jsonb) TO PUBLIC;

COMMENT ON FUNCTION @extschema@.finish_run(uuid, text, jsonb, text, jsonb, jsonb) IS
'Ends a run in one transaction: writes the answer, marks the run and deletes its chunks. Returns {"run_id", '
'"message_id", "status", "finished_at", "messages"}; messages is what append_messages() returns.

status: finished, failed or stopped. messages, format: as in append_messages(); NULL for no messages. error: '
'what went wrong. metadata: an object, whose keys replace those that start_run() was given. A repeat with '
'the same status is no error and writes nothing. A run that was marked as failed because it was silent can '
'be ended once more, with the status failed, while it has chunks: this saves what its writer left. Errors: '
'22023 unknown status or format, metadata that is not an object, or a message that does not match its '
'format, with the path; 22004 an argument is NULL; PT404 the caller cannot see such a run; PT409 the run is '
'over with another status, or a message belongs to another conversation; 0A000 the feature runs is off.';
-- sweep_runs() marks all runs as failed that give no sign of life, and lists the runs that are not saved.
--
-- It has no search_path of its own: triggers of the user on runs expect the caller's. Therefore every name
-- and operator is qualified. The columns of times may be timestamp in UTC or timestamptz; the seconds since
-- 1970 are the same.
CREATE FUNCTION agentchat.sweep_runs(older_than interval DEFAULT '1 minute')
RETURNS TABLE (run_id uuid, conversation_id uuid, message_id uuid, started_at timestamp, chunks bigint)
    LANGUAGE plpgsql SET row_security = off
    AS $function$
DECLARE
    prefix CONSTANT pg_catalog.text := agentchat.tables_prefix();
    last_sign CONSTANT pg_catalog.text := pg_catalog.format(
        'GREATEST(pg_catalog.date_part(''epoch'', r.started_at), '
        'pg_catalog.date_part(''epoch'', r.heartbeat_at), '
        '(SELECT pg_catalog.date_part(''epoch'', c.created_at) FROM %srun_chunks c '
        'WHERE c.run_id OPERATOR(pg_catalog.=) r.id ORDER BY c.seq DESC LIMIT 1))', prefix);
    silent_since double precision;
    silent pg_catalog.uuid[];
BEGIN
    PERFORM agentchat.require_feature('runs');
    PERFORM agentchat.require_owner('sweep runs');
    IF older_than IS NULL THEN
        RAISE EXCEPTION 'an argument must not be NULL'
            USING ERRCODE = 'null_value_not_allowed', DETAIL = 'The argument is older_than.';
    END IF;
    IF older_than OPERATOR(pg_catalog.<) interval '0' THEN
        RAISE EXCEPTION 'older_than must not be negative'
            USING ERRCODE = 'invalid_parameter_value',
                  HINT = 'Pass how long a run may give no sign of life, such as ''1 minute''.';
    END IF;
    silent_since := pg_catalog.date_part('epoch', pg_catalog.clock_timestamp())
        OPERATOR(pg_catalog.-) pg_catalog.date_part('epoch', older_than);

    -- A run that is locked is being written, or is being recovered.
    EXECUTE pg_catalog.format(
        'SELECT pg_catalog.array_agg(l.id) FROM (SELECT r.id FROM %sruns r '
        'WHERE r.status OPERATOR(pg_catalog.=) ''running'' AND %s OPERATOR(pg_catalog.<=) $1 '
        'FOR NO KEY UPDATE OF r SKIP LOCKED) l', prefix, last_sign)
        INTO silent USING silent_since;
    -- Chunks can have come before the locks were taken. The column's type reads the zone of the literal, or
    -- ignores it. The text is that of silence_error() in src/runs/silent_run.cpp.
    EXECUTE pg_catalog.format(
        'UPDATE %1$sruns u SET status = ''failed'', finished_at = %2$L, '
        'error = pg_catalog.jsonb_build_object(''message'', pg_catalog.concat('
        '''The run has given no sign of life since '', pg_catalog.to_char(pg_catalog.timezone(''UTC'', '
        'pg_catalog.to_timestamp(s.last_sign)), ''YYYY-MM-DD"T"HH24:MI:SS.USZ.''))) '
        'FROM (SELECT r.id, %3$s AS last_sign FROM %1$sruns r '
        'WHERE r.id OPERATOR(pg_catalog.=) ANY ($1)) s '
        'WHERE u.id OPERATOR(pg_catalog.=) s.id AND s.last_sign OPERATOR(pg_catalog.<=) $2',
        prefix,
        pg_catalog.to_char(pg_catalog.timezone('UTC', pg_catalog.clock_timestamp()),
            'YYYY-MM-DD HH24:MI:SS.US+00'),
        last_sign)
        USING silent, silent_since;

    -- Only runs that are running or not saved have chunks: that is the smaller table.
    RETURN QUERY EXECUTE pg_catalog.format(
        'SELECT r.id, r.conversation_id, r.message_id, pg_catalog.timezone(''UTC'', '
        'pg_catalog.to_timestamp(pg_catalog.date_part(''epoch'', r.started_at))), c.chunks '
        'FROM (SELECT run_id, pg_catalog.count(*) AS chunks FROM %1$srun_chunks GROUP BY run_id) c '
        'JOIN %1$sruns r ON r.id OPERATOR(pg_catalog.=) c.run_id '
        'WHERE r.status OPERATOR(pg_catalog.=) ''failed'' ORDER BY r.started_at, r.id', prefix);
END
$function$;

REVOKE EXECUTE ON FUNCTION agentchat.sweep_runs(interval) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION agentchat.sweep_runs(interval) TO pg_database_owner;

COMMENT ON FUNCTION agentchat.sweep_runs(interval) IS
'Marks all running runs as failed that have given no sign of life for older_than, and returns all failed '
'runs whose chunks nobody has saved, with the number of their chunks; for the owner of the tables, and for '
'pg_cron. A run that another session has locked is left for the next call. Save what is returned as '
'recover_run() says. Errors: 42501 not the owner of the tables; 22004 older_than is NULL; 22023 older_than '
'is negative; 0A000 the feature is off.';
-- index_messages() makes the index of search_messages() again, of one user or of all.
CREATE FUNCTION agentchat.index_messages(user_id uuid DEFAULT NULL) RETURNS bigint
    LANGUAGE c
    AS 'MODULE_PATHNAME', 'agentchat_index_messages';

REVOKE EXECUTE ON FUNCTION agentchat.index_messages(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION agentchat.index_messages(uuid) TO pg_database_owner;

COMMENT ON FUNCTION agentchat.index_messages(uuid) IS
'Makes the index of the feature search again for a user, or for all users, and returns the number of '
'messages in it. The index then holds nothing of messages that were deleted or changed. Triggers keep it up '
'to date otherwise; call this after changes that no trigger has seen (session_replication_role, disabled '
'triggers). Errors: 0A000 the feature search is off.';
-- Tells the user to bring the tables up to date. They belong to the user; adopt() adds what is new to them.
DO $update_footer$
BEGIN
    -- ALTER EXTENSION shows warnings only; this setting lasts until it ends.
    PERFORM pg_catalog.set_config('client_min_messages', 'notice', true);
    RAISE NOTICE 'the update did not change the tables of agentchat'
        USING HINT = 'To bring them up to this version, run as their owner: SELECT * FROM agentchat.adopt();';
END
$update_footer$;
-- Tells PostgREST to read functions and foreign keys again, which it otherwise does only when it starts.
-- Without a listener this does nothing.
NOTIFY pgrst, 'reload schema';
