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
