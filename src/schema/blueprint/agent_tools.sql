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
