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
