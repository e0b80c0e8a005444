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
