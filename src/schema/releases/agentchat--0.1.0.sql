-- Complain if the script is sourced in psql, rather than via CREATE EXTENSION.
\echo Use "CREATE EXTENSION agentchat" to load this file. \quit
-- What must hold before anything is made. Every name is qualified: the script runs as superuser, and the
-- schema that it installs into may belong to somebody who plants functions and operators there.
DO $preconditions$
DECLARE
    target CONSTANT text := '@extschema@';
    target_oid CONSTANT oid := target::pg_catalog.regnamespace;
    taken text;
BEGIN
    IF target OPERATOR(pg_catalog.=) 'agentchat' THEN
        RAISE EXCEPTION 'agentchat cannot be installed into the schema "agentchat"'
            USING ERRCODE = 'reserved_name',
                  DETAIL = 'That schema is for the extension''s machinery, and the extension makes it by itself.',
                  HINT = 'Choose another one: CREATE EXTENSION agentchat SCHEMA chat;';
    END IF;

    IF EXISTS (SELECT FROM pg_catalog.pg_namespace n WHERE n.nspname OPERATOR(pg_catalog.=) 'agentchat') THEN
        RAISE EXCEPTION 'the schema "agentchat" exists already'
            USING ERRCODE = 'duplicate_schema',
                  DETAIL = 'The extension makes that schema by itself, for its machinery.',
                  HINT = 'Rename or drop the schema that is there, then run CREATE EXTENSION agentchat again.';
    END IF;

    SELECT p.oid::pg_catalog.regprocedure::text INTO taken
    FROM pg_catalog.pg_proc p
    WHERE p.pronamespace OPERATOR(pg_catalog.=) target_oid
      AND p.proname OPERATOR(pg_catalog.=) ANY (ARRAY['get_conversation']::name[])
    ORDER BY p.oid
    LIMIT 1;
    IF taken IS NOT NULL THEN
        RAISE EXCEPTION 'a function that agentchat would make exists already'
            USING ERRCODE = 'duplicate_function',
                  DETAIL = pg_catalog.format('It is %s in the schema %s.', taken, target),
                  HINT = 'Install agentchat into a schema of its own: '
                         'CREATE SCHEMA chat; CREATE EXTENSION agentchat SCHEMA chat;';
    END IF;
END
$preconditions$;
-- What users do not call: trigger functions, and later policy helpers and administration.
CREATE SCHEMA agentchat;

COMMENT ON SCHEMA agentchat IS 'The machinery of the extension agentchat: trigger functions and administration.';

-- Whatever a trigger or a policy calls belongs to PUBLIC: grants made by an extension's script on its own
-- functions are in pg_init_privs and not in dumps, so a restore would lose any other grant.
GRANT USAGE ON SCHEMA agentchat TO PUBLIC;

CREATE FUNCTION agentchat.set_updated_at() RETURNS trigger
    LANGUAGE c
    AS 'MODULE_PATHNAME', 'agentchat_set_updated_at';

GRANT EXECUTE ON FUNCTION agentchat.set_updated_at() TO PUBLIC;

COMMENT ON FUNCTION agentchat.set_updated_at() IS
'Trigger function: BEFORE UPDATE FOR EACH ROW, sets the column updated_at (timestamp, in UTC, or timestamptz) to the transaction''s time, never backwards, whenever the row changes. Fit for your own tables, too. Errors: 39P01 fired otherwise, 42703 no such column, 42804 column of another type.';
-- The nine tables. They belong to the user: the script makes them and then releases them from the extension
-- (tables/end.sql), so that pg_dump treats them like any table and DROP EXTENSION takes no row.
--
-- They are made only where none of them exists. What is there already may be anybody's, and no statement of
-- a script that runs as superuser may touch it. Each table's file is the body of this DO block.
DO $tables$
DECLARE
    present text;
BEGIN
    -- CREATE EXTENSION lets warnings through only; this lasts until it ends.
    PERFORM pg_catalog.set_config('client_min_messages', 'notice', true);

    SELECT pg_catalog.string_agg(pg_catalog.quote_ident(c.relname), ', ' ORDER BY c.relname) INTO present
    FROM pg_catalog.pg_class c
    WHERE c.relnamespace OPERATOR(pg_catalog.=) '@extschema@'::pg_catalog.regnamespace
      AND c.relname OPERATOR(pg_catalog.=) ANY (ARRAY['users', 'conversations', 'messages', 'artifacts',
          'agent_definitions', 'agent_instances', 'agent_tools', 'workflows', 'subscriptions']::name[]);

    IF present IS NOT NULL THEN
        RAISE NOTICE 'agentchat makes no tables, because some of their names are taken already'
            USING DETAIL = pg_catalog.format('In the schema %s: %s.', '@extschema@', present),
                  HINT = 'What exists is left as it is. To have tables made, install into an empty schema: '
                         'CREATE SCHEMA chat; CREATE EXTENSION agentchat SCHEMA chat;';
        RETURN;
    END IF;

    -- Every pg_dump since 9.5 sets row_security off, and brings the tables itself: with the columns, indexes
    -- and triggers that the user added.
    IF pg_catalog.current_setting('row_security') OPERATOR(pg_catalog.=) 'off' THEN
        RAISE NOTICE 'agentchat leaves its tables to the dump that is being restored'
            USING DETAIL = 'The setting row_security is off, as in every script of pg_dump.',
                  HINT = 'If this is no restore: DROP EXTENSION agentchat; SET row_security = on; '
                         'CREATE EXTENSION agentchat;';
        RETURN;
    END IF;

CREATE TABLE @extschema@.users (
    id uuid DEFAULT pg_catalog.gen_random_uuid() NOT NULL,
    email text NOT NULL,
    name text,
    avatar_url text,
    created_at timestamp DEFAULT (pg_catalog.now() AT TIME ZONE 'utc') NOT NULL,
    updated_at timestamp DEFAULT (pg_catalog.now() AT TIME ZONE 'utc') NOT NULL,
    CONSTRAINT users_pkey PRIMARY KEY (id),
    CONSTRAINT users_email_unique UNIQUE (email)
);

COMMENT ON TABLE @extschema@.users IS 'The people who use the chat product.';
COMMENT ON COLUMN @extschema@.users.id IS 'With Supabase, the id in auth.users.';
COMMENT ON COLUMN @extschema@.users.email IS 'One row per e-mail address.';
COMMENT ON COLUMN @extschema@.users.name IS 'Display name.';
COMMENT ON COLUMN @extschema@.users.avatar_url IS 'URL of a picture.';
COMMENT ON COLUMN @extschema@.users.created_at IS 'In UTC.';
COMMENT ON COLUMN @extschema@.users.updated_at IS 'In UTC; set by trigger whenever the row changes.';

CREATE TABLE @extschema@.conversations (
    id uuid DEFAULT pg_catalog.gen_random_uuid() NOT NULL,
    user_id uuid NOT NULL,
    title text NOT NULL,
    system_prompt text,
    metadata jsonb,
    created_at timestamp DEFAULT (pg_catalog.now() AT TIME ZONE 'utc') NOT NULL,
    updated_at timestamp DEFAULT (pg_catalog.now() AT TIME ZONE 'utc') NOT NULL,
    CONSTRAINT conversations_pkey PRIMARY KEY (id),
    CONSTRAINT conversations_user_id_users_id_fk FOREIGN KEY (user_id) REFERENCES @extschema@.users (id),
    CONSTRAINT conversations_metadata_check CHECK (pg_catalog.jsonb_typeof(metadata) = 'object')
);

-- A user's conversations, latest first.
CREATE INDEX conversations_user_id_updated_at_id_idx ON @extschema@.conversations (user_id, updated_at, id);

COMMENT ON TABLE @extschema@.conversations IS 'A conversation of a user with the assistant.';
COMMENT ON COLUMN @extschema@.conversations.user_id IS 'Whose conversation it is.';
COMMENT ON COLUMN @extschema@.conversations.title IS 'As listed to the user.';
COMMENT ON COLUMN @extschema@.conversations.system_prompt IS 'Instructions that stand before the first message.';
COMMENT ON COLUMN @extschema@.conversations.metadata IS 'What the application wants to keep with it: a JSON object.';
COMMENT ON COLUMN @extschema@.conversations.created_at IS 'In UTC.';
COMMENT ON COLUMN @extschema@.conversations.updated_at IS 'In UTC; set by trigger whenever the row changes.';

CREATE TABLE @extschema@.messages (
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
        REFERENCES @extschema@.conversations (id) ON DELETE CASCADE,
    CONSTRAINT messages_role_check CHECK (role IN ('user', 'assistant', 'system')),
    CONSTRAINT messages_parts_check CHECK (pg_catalog.jsonb_typeof(parts) = 'array'),
    CONSTRAINT messages_attachments_check CHECK (pg_catalog.jsonb_typeof(attachments) = 'array')
);

-- Two rows to a page before values are stored apart, where the default is four: an answer of some kilobytes is then read
-- with its row, and not by a scan of another index.
ALTER TABLE @extschema@.messages SET (toast_tuple_target = 4080);

-- The reading order of a conversation.
CREATE INDEX messages_conversation_id_created_at_id_idx
    ON @extschema@.messages (conversation_id, created_at, id);

COMMENT ON TABLE @extschema@.messages IS 'The messages of a conversation; their order is created_at, id.';
COMMENT ON COLUMN @extschema@.messages.role IS 'Who speaks: user, assistant or system.';
COMMENT ON COLUMN @extschema@.messages.content IS 'The text.';
COMMENT ON COLUMN @extschema@.messages.parts IS 'The parts of an AI SDK UIMessage: a JSON array.';
COMMENT ON COLUMN @extschema@.messages.attachments IS 'Files sent along: a JSON array.';
COMMENT ON COLUMN @extschema@.messages.reasoning IS 'What the model thought before it answered.';
COMMENT ON COLUMN @extschema@.messages.created_at IS 'In UTC; with id the order of the conversation.';

CREATE TABLE @extschema@.artifacts (
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
    CONSTRAINT artifacts_user_id_users_id_fk FOREIGN KEY (user_id) REFERENCES @extschema@.users (id),
    CONSTRAINT artifacts_message_id_messages_id_fk FOREIGN KEY (message_id)
        REFERENCES @extschema@.messages (id) ON DELETE SET NULL,
    CONSTRAINT artifacts_type_check CHECK (type IN ('code', 'text', 'sheet', 'image')),
    CONSTRAINT artifacts_metadata_check CHECK (pg_catalog.jsonb_typeof(metadata) = 'object')
);

CREATE INDEX artifacts_user_id_created_at_id_idx ON @extschema@.artifacts (user_id, created_at, id);
CREATE INDEX artifacts_message_id_idx ON @extschema@.artifacts (message_id);

COMMENT ON TABLE @extschema@.artifacts IS 'Documents that came out of conversations: code, texts, sheets, images.';
COMMENT ON COLUMN @extschema@.artifacts.user_id IS 'Whose artifact it is.';
COMMENT ON COLUMN @extschema@.artifacts.message_id IS 'The message that it came from; NULL when that was deleted.';
COMMENT ON COLUMN @extschema@.artifacts.type IS 'code, text, sheet or image.';
COMMENT ON COLUMN @extschema@.artifacts.metadata IS 'What the application wants to keep with it: a JSON object.';
COMMENT ON COLUMN @extschema@.artifacts.created_at IS 'In UTC.';
COMMENT ON COLUMN @extschema@.artifacts.updated_at IS 'In UTC; set by trigger whenever the row changes.';

CREATE TABLE @extschema@.agent_definitions (
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
    CONSTRAINT agent_definitions_user_id_users_id_fk FOREIGN KEY (user_id) REFERENCES @extschema@.users (id),
    CONSTRAINT agent_definitions_tools_check CHECK (pg_catalog.jsonb_typeof(tools) = 'array'),
    CONSTRAINT agent_definitions_capabilities_check CHECK (pg_catalog.jsonb_typeof(capabilities) = 'object'),
    CONSTRAINT agent_definitions_metadata_check CHECK (pg_catalog.jsonb_typeof(metadata) = 'object')
);

CREATE INDEX agent_definitions_user_id_created_at_id_idx
    ON @extschema@.agent_definitions (user_id, created_at, id);
-- The gallery of public agents, which are few among many.
CREATE INDEX agent_definitions_public_created_at_id_idx
    ON @extschema@.agent_definitions (created_at, id) WHERE is_public;

COMMENT ON TABLE @extschema@.agent_definitions IS 'Agents as their authors describe them.';
COMMENT ON COLUMN @extschema@.agent_definitions.user_id IS 'The author.';
COMMENT ON COLUMN @extschema@.agent_definitions.system_prompt IS 'The agent''s instructions.';
COMMENT ON COLUMN @extschema@.agent_definitions.is_public IS 'Whether other users may see and use it.';
COMMENT ON COLUMN @extschema@.agent_definitions.tools IS 'The tools that it may use, by id or name: a JSON array of strings.';
COMMENT ON COLUMN @extschema@.agent_definitions.capabilities IS 'What it can do: a JSON object.';
COMMENT ON COLUMN @extschema@.agent_definitions.metadata IS 'What the application wants to keep with it: a JSON object.';
COMMENT ON COLUMN @extschema@.agent_definitions.created_at IS 'In UTC.';
COMMENT ON COLUMN @extschema@.agent_definitions.updated_at IS 'In UTC; set by trigger whenever the row changes.';

CREATE TABLE @extschema@.agent_instances (
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
    CONSTRAINT agent_instances_user_id_users_id_fk FOREIGN KEY (user_id) REFERENCES @extschema@.users (id),
    CONSTRAINT agent_instances_definition_id_agent_definitions_id_fk FOREIGN KEY (definition_id)
        REFERENCES @extschema@.agent_definitions (id),
    CONSTRAINT agent_instances_configuration_check CHECK (pg_catalog.jsonb_typeof(configuration) = 'object'),
    CONSTRAINT agent_instances_status_check CHECK (status IN ('active', 'paused', 'archived')),
    CONSTRAINT agent_instances_metadata_check CHECK (pg_catalog.jsonb_typeof(metadata) = 'object')
);

-- A user's agents of a status, and their number.
CREATE INDEX agent_instances_user_id_status_created_at_id_idx
    ON @extschema@.agent_instances (user_id, status, created_at, id);
CREATE INDEX agent_instances_definition_id_idx ON @extschema@.agent_instances (definition_id);

COMMENT ON TABLE @extschema@.agent_instances IS 'Agents at work for a user, each made from a definition.';
COMMENT ON COLUMN @extschema@.agent_instances.user_id IS 'Whose agent it is.';
COMMENT ON COLUMN @extschema@.agent_instances.definition_id IS 'What it was made from.';
COMMENT ON COLUMN @extschema@.agent_instances.configuration IS 'Laid over the definition''s capabilities: a JSON object.';
COMMENT ON COLUMN @extschema@.agent_instances.status IS 'active, paused or archived.';
COMMENT ON COLUMN @extschema@.agent_instances.metadata IS 'What the application wants to keep with it: a JSON object.';
COMMENT ON COLUMN @extschema@.agent_instances.created_at IS 'In UTC.';
COMMENT ON COLUMN @extschema@.agent_instances.updated_at IS 'In UTC; set by trigger whenever the row changes.';

CREATE TABLE @extschema@.agent_tools (
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

COMMENT ON TABLE @extschema@.agent_tools IS 'The tools that agents can call.';
COMMENT ON COLUMN @extschema@.agent_tools.name IS 'As the model calls it.';
COMMENT ON COLUMN @extschema@.agent_tools.description IS 'What the model is told about it.';
COMMENT ON COLUMN @extschema@.agent_tools.schema IS 'JSON Schema of its input.';
COMMENT ON COLUMN @extschema@.agent_tools.is_system IS 'Whether it came with the product.';
COMMENT ON COLUMN @extschema@.agent_tools.metadata IS 'What the application wants to keep with it: a JSON object.';
COMMENT ON COLUMN @extschema@.agent_tools.created_at IS 'In UTC.';
COMMENT ON COLUMN @extschema@.agent_tools.updated_at IS 'In UTC; set by trigger whenever the row changes.';

CREATE TABLE @extschema@.workflows (
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
    CONSTRAINT workflows_user_id_users_id_fk FOREIGN KEY (user_id) REFERENCES @extschema@.users (id),
    CONSTRAINT workflows_agent_instance_id_agent_instances_id_fk FOREIGN KEY (agent_instance_id)
        REFERENCES @extschema@.agent_instances (id) ON DELETE SET NULL,
    CONSTRAINT workflows_status_check CHECK (status IN ('pending', 'running', 'completed', 'failed')),
    CONSTRAINT workflows_steps_check CHECK (pg_catalog.jsonb_typeof(steps) = 'array'),
    CONSTRAINT workflows_metadata_check CHECK (pg_catalog.jsonb_typeof(metadata) = 'object')
);

CREATE INDEX workflows_user_id_created_at_id_idx ON @extschema@.workflows (user_id, created_at, id);
CREATE INDEX workflows_agent_instance_id_idx ON @extschema@.workflows (agent_instance_id);
-- Callbacks of the workflow service name it by its own id.
CREATE INDEX workflows_workflow_id_idx ON @extschema@.workflows (workflow_id);

COMMENT ON TABLE @extschema@.workflows IS 'Work of agents that goes on by itself, step by step.';
COMMENT ON COLUMN @extschema@.workflows.user_id IS 'For whom it runs.';
COMMENT ON COLUMN @extschema@.workflows.agent_instance_id IS 'The agent at work; NULL when that was deleted.';
COMMENT ON COLUMN @extschema@.workflows.workflow_id IS 'The id at the workflow service (Upstash).';
COMMENT ON COLUMN @extschema@.workflows.status IS 'pending, running, completed or failed.';
COMMENT ON COLUMN @extschema@.workflows.steps IS 'The steps so far: a JSON array.';
COMMENT ON COLUMN @extschema@.workflows.result IS 'What came out.';
COMMENT ON COLUMN @extschema@.workflows.metadata IS 'What the application wants to keep with it: a JSON object.';
COMMENT ON COLUMN @extschema@.workflows.created_at IS 'In UTC.';
COMMENT ON COLUMN @extschema@.workflows.updated_at IS 'In UTC; set by trigger whenever the row changes.';

CREATE TABLE @extschema@.subscriptions (
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
    CONSTRAINT subscriptions_user_id_users_id_fk FOREIGN KEY (user_id) REFERENCES @extschema@.users (id),
    CONSTRAINT subscriptions_plan_check CHECK (plan IN ('free', 'pro', 'enterprise')),
    CONSTRAINT subscriptions_status_check CHECK (status IN ('active', 'canceled', 'past_due')),
    CONSTRAINT subscriptions_agent_limit_check CHECK (agent_limit >= -1)
);

CREATE INDEX subscriptions_user_id_idx ON @extschema@.subscriptions (user_id);
-- What a webhook's upsert names.
CREATE UNIQUE INDEX subscriptions_stripe_subscription_id_idx
    ON @extschema@.subscriptions (stripe_subscription_id);

COMMENT ON TABLE @extschema@.subscriptions IS 'What users pay for, as Stripe has it.';
COMMENT ON COLUMN @extschema@.subscriptions.stripe_subscription_id IS 'Unique: webhooks can upsert by it.';
COMMENT ON COLUMN @extschema@.subscriptions.stripe_current_period_end IS 'In UTC.';
COMMENT ON COLUMN @extschema@.subscriptions.plan IS 'free, pro or enterprise.';
COMMENT ON COLUMN @extschema@.subscriptions.status IS 'active, canceled or past_due.';
COMMENT ON COLUMN @extschema@.subscriptions.is_active IS 'Whether it counts now.';
COMMENT ON COLUMN @extschema@.subscriptions.agent_limit IS 'How many agents the user may have; -1 is no limit.';
COMMENT ON COLUMN @extschema@.subscriptions.created_at IS 'In UTC.';
COMMENT ON COLUMN @extschema@.subscriptions.updated_at IS 'In UTC; set by trigger whenever the row changes.';

CREATE TRIGGER agentchat_set_updated_at BEFORE UPDATE ON @extschema@.users
    FOR EACH ROW EXECUTE FUNCTION agentchat.set_updated_at();
CREATE TRIGGER agentchat_set_updated_at BEFORE UPDATE ON @extschema@.conversations
    FOR EACH ROW EXECUTE FUNCTION agentchat.set_updated_at();
CREATE TRIGGER agentchat_set_updated_at BEFORE UPDATE ON @extschema@.artifacts
    FOR EACH ROW EXECUTE FUNCTION agentchat.set_updated_at();
CREATE TRIGGER agentchat_set_updated_at BEFORE UPDATE ON @extschema@.agent_definitions
    FOR EACH ROW EXECUTE FUNCTION agentchat.set_updated_at();
CREATE TRIGGER agentchat_set_updated_at BEFORE UPDATE ON @extschema@.agent_instances
    FOR EACH ROW EXECUTE FUNCTION agentchat.set_updated_at();
CREATE TRIGGER agentchat_set_updated_at BEFORE UPDATE ON @extschema@.agent_tools
    FOR EACH ROW EXECUTE FUNCTION agentchat.set_updated_at();
CREATE TRIGGER agentchat_set_updated_at BEFORE UPDATE ON @extschema@.workflows
    FOR EACH ROW EXECUTE FUNCTION agentchat.set_updated_at();
CREATE TRIGGER agentchat_set_updated_at BEFORE UPDATE ON @extschema@.subscriptions
    FOR EACH ROW EXECUTE FUNCTION agentchat.set_updated_at();

-- lz4 unpacks several times faster than pglz, and reading is what these columns are for.
IF EXISTS (SELECT FROM pg_catalog.pg_settings s
           WHERE s.name OPERATOR(pg_catalog.=) 'default_toast_compression'
             AND 'lz4' OPERATOR(pg_catalog.=) ANY (s.enumvals)) THEN
    ALTER TABLE @extschema@.conversations
        ALTER COLUMN system_prompt SET COMPRESSION lz4,
        ALTER COLUMN metadata SET COMPRESSION lz4;
    ALTER TABLE @extschema@.messages
        ALTER COLUMN content SET COMPRESSION lz4,
        ALTER COLUMN parts SET COMPRESSION lz4,
        ALTER COLUMN attachments SET COMPRESSION lz4,
        ALTER COLUMN reasoning SET COMPRESSION lz4;
    ALTER TABLE @extschema@.artifacts
        ALTER COLUMN content SET COMPRESSION lz4,
        ALTER COLUMN metadata SET COMPRESSION lz4;
    ALTER TABLE @extschema@.agent_definitions
        ALTER COLUMN description SET COMPRESSION lz4,
        ALTER COLUMN system_prompt SET COMPRESSION lz4,
        ALTER COLUMN tools SET COMPRESSION lz4,
        ALTER COLUMN capabilities SET COMPRESSION lz4,
        ALTER COLUMN metadata SET COMPRESSION lz4;
    ALTER TABLE @extschema@.agent_instances
        ALTER COLUMN configuration SET COMPRESSION lz4,
        ALTER COLUMN metadata SET COMPRESSION lz4;
    ALTER TABLE @extschema@.agent_tools
        ALTER COLUMN description SET COMPRESSION lz4,
        ALTER COLUMN schema SET COMPRESSION lz4,
        ALTER COLUMN metadata SET COMPRESSION lz4;
    ALTER TABLE @extschema@.workflows
        ALTER COLUMN goal SET COMPRESSION lz4,
        ALTER COLUMN steps SET COMPRESSION lz4,
        ALTER COLUMN result SET COMPRESSION lz4,
        ALTER COLUMN metadata SET COMPRESSION lz4;
END IF;

-- The tables are the user's from here on.
ALTER EXTENSION agentchat DROP TABLE @extschema@.users;
ALTER EXTENSION agentchat DROP TABLE @extschema@.conversations;
ALTER EXTENSION agentchat DROP TABLE @extschema@.messages;
ALTER EXTENSION agentchat DROP TABLE @extschema@.artifacts;
ALTER EXTENSION agentchat DROP TABLE @extschema@.agent_definitions;
ALTER EXTENSION agentchat DROP TABLE @extschema@.agent_instances;
ALTER EXTENSION agentchat DROP TABLE @extschema@.agent_tools;
ALTER EXTENSION agentchat DROP TABLE @extschema@.workflows;
ALTER EXTENSION agentchat DROP TABLE @extschema@.subscriptions;

-- A trusted extension's script runs as the bootstrap superuser, so they would be that role's. The C functions
-- stay with it: whoever owns a C function can change what it does.
ALTER TABLE @extschema@.users OWNER TO @extowner@;
ALTER TABLE @extschema@.conversations OWNER TO @extowner@;
ALTER TABLE @extschema@.messages OWNER TO @extowner@;
ALTER TABLE @extschema@.artifacts OWNER TO @extowner@;
ALTER TABLE @extschema@.agent_definitions OWNER TO @extowner@;
ALTER TABLE @extschema@.agent_instances OWNER TO @extowner@;
ALTER TABLE @extschema@.agent_tools OWNER TO @extowner@;
ALTER TABLE @extschema@.workflows OWNER TO @extowner@;
ALTER TABLE @extschema@.subscriptions OWNER TO @extowner@;

END
$tables$;
CREATE FUNCTION @extschema@.get_conversation(
    conversation_id uuid,
    format text DEFAULT 'rows',
    message_limit integer DEFAULT NULL,
    before_message text DEFAULT NULL
) RETURNS jsonb
    LANGUAGE c STABLE PARALLEL SAFE COST 1000
    AS 'MODULE_PATHNAME', 'agentchat_get_conversation';

GRANT EXECUTE ON FUNCTION @extschema@.get_conversation(uuid, text, integer, text) TO PUBLIC;

COMMENT ON FUNCTION @extschema@.get_conversation(uuid, text, integer, text) IS
'One conversation with its messages in order, as one JSON object; NULL where there is none that the caller may see.

format: rows (the columns as they are named in the tables). message_limit: the newest so many messages, oldest first, and has_more in the result. before_message: only messages before this one (its UUID, or the id that the client gave). Errors: 22023 unknown format, message_limit below 1, before_message not of this conversation; 54000 larger than a jsonb can be.';
