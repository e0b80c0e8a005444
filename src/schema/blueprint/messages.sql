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
