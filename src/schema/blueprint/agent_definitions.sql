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
