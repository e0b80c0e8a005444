-- Creates the tables of the feature runs in the schema public, with their triggers and policies.
CREATE TABLE runs (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    conversation_id uuid NOT NULL,
    message_id uuid DEFAULT gen_random_uuid() NOT NULL,
    status text DEFAULT 'running' NOT NULL,
    started_at timestamp DEFAULT (now() AT TIME ZONE 'utc') NOT NULL,
    heartbeat_at timestamp,
    stop_requested_at timestamp,
    finished_at timestamp,
    error jsonb,
    metadata jsonb,
    CONSTRAINT runs_pkey PRIMARY KEY (id),
    CONSTRAINT runs_conversation_id_conversations_id_fk FOREIGN KEY (conversation_id)
        REFERENCES conversations (id) ON DELETE CASCADE,
    CONSTRAINT runs_status_check CHECK (status IN ('running', 'finished', 'failed', 'stopped')),
    CONSTRAINT runs_finished_at_check CHECK ((status = 'running') = (finished_at IS NULL)),
    CONSTRAINT runs_metadata_check CHECK (jsonb_typeof(metadata) = 'object')
);
CREATE UNIQUE INDEX runs_conversation_id_running_idx ON runs (conversation_id) WHERE status = 'running';
CREATE INDEX runs_conversation_id_started_at_idx ON runs (conversation_id, started_at);
CREATE TABLE run_chunks (
    run_id uuid NOT NULL,
    seq integer NOT NULL,
    chunk jsonb NOT NULL,
    created_at timestamp DEFAULT (now() AT TIME ZONE 'utc') NOT NULL,
    CONSTRAINT run_chunks_pkey PRIMARY KEY (run_id, seq),
    CONSTRAINT run_chunks_run_id_runs_id_fk FOREIGN KEY (run_id) REFERENCES runs (id) ON DELETE CASCADE,
    CONSTRAINT run_chunks_seq_check CHECK (seq > 0)
);
CREATE TRIGGER agentchat_protect_run AFTER UPDATE ON runs
    FOR EACH ROW EXECUTE FUNCTION agentchat.protect_run();
CREATE TRIGGER agentchat_protect_chunks_on_insert AFTER INSERT ON run_chunks
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION agentchat.protect_chunks();
CREATE TRIGGER agentchat_protect_chunks_on_update AFTER UPDATE ON run_chunks
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION agentchat.protect_chunks();
CREATE TRIGGER agentchat_protect_chunks_on_delete AFTER DELETE ON run_chunks
    REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION agentchat.protect_chunks();
ALTER TABLE runs ENABLE ROW LEVEL SECURITY;
ALTER TABLE run_chunks ENABLE ROW LEVEL SECURITY;
CREATE POLICY runs_select ON runs FOR SELECT USING (agentchat.owns_conversation(conversation_id));
CREATE POLICY runs_insert ON runs FOR INSERT WITH CHECK (agentchat.owns_conversation(conversation_id));
CREATE POLICY runs_update ON runs FOR UPDATE USING (agentchat.owns_conversation(conversation_id));
CREATE POLICY runs_delete ON runs FOR DELETE USING (agentchat.owns_conversation(conversation_id));
CREATE POLICY run_chunks_select ON run_chunks FOR SELECT USING (agentchat.owns_run(run_id));
CREATE POLICY run_chunks_insert ON run_chunks FOR INSERT WITH CHECK (agentchat.owns_run(run_id));
CREATE POLICY run_chunks_delete ON run_chunks FOR DELETE USING (agentchat.owns_run(run_id));
