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
