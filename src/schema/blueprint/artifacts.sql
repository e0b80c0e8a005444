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
