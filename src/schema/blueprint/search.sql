-- The tables of the feature search: an index of messages. agentchat.enable('search') makes them.
--
-- A message is noted in search_pending when it is written, and goes into a segment with many others later. A
-- search looks into both. Rows of segments are never changed: they are made and deleted.
CREATE TABLE agentchat.blueprint_search_pending (
    user_id uuid NOT NULL,
    noted_at timestamp DEFAULT (pg_catalog.clock_timestamp() AT TIME ZONE 'utc') NOT NULL,
    id uuid DEFAULT pg_catalog.gen_random_uuid() NOT NULL,
    message_id uuid NOT NULL,
    created_at timestamp NOT NULL,
    CONSTRAINT search_pending_pkey PRIMARY KEY (user_id, noted_at, id),
    CONSTRAINT search_pending_user_id_users_id_fk FOREIGN KEY (user_id)
        REFERENCES agentchat.blueprint_users (id) ON DELETE CASCADE
);

COMMENT ON TABLE agentchat.blueprint_search_pending IS
    'Messages that were written or changed, and are not in a segment of the index of search_messages().';
COMMENT ON COLUMN agentchat.blueprint_search_pending.user_id IS 'Whose conversation the message is in.';
COMMENT ON COLUMN agentchat.blueprint_search_pending.created_at IS 'That of the message, in UTC.';
COMMENT ON COLUMN agentchat.blueprint_search_pending.message_id IS 'The message. It may be deleted.';
COMMENT ON COLUMN agentchat.blueprint_search_pending.noted_at IS 'When the message was noted, in UTC.';
COMMENT ON COLUMN agentchat.blueprint_search_pending.id IS
    'Makes the row unique: a message that is changed twice is noted twice.';

CREATE TABLE agentchat.blueprint_search_segments (
    id uuid DEFAULT pg_catalog.gen_random_uuid() NOT NULL,
    user_id uuid NOT NULL,
    oldest timestamp NOT NULL,
    newest timestamp NOT NULL,
    messages bytea NOT NULL,
    CONSTRAINT search_segments_pkey PRIMARY KEY (id),
    CONSTRAINT search_segments_user_id_users_id_fk FOREIGN KEY (user_id)
        REFERENCES agentchat.blueprint_users (id) ON DELETE CASCADE
);

CREATE INDEX search_segments_user_id_newest_idx ON agentchat.blueprint_search_segments (user_id, newest);

COMMENT ON TABLE agentchat.blueprint_search_segments IS
    'The segments of the index of search_messages(): messages of a user.';
COMMENT ON COLUMN agentchat.blueprint_search_segments.user_id IS 'Whose conversations the messages are in.';
COMMENT ON COLUMN agentchat.blueprint_search_segments.oldest IS 'The time of the oldest message, in UTC.';
COMMENT ON COLUMN agentchat.blueprint_search_segments.newest IS 'The time of the newest message, in UTC.';
COMMENT ON COLUMN agentchat.blueprint_search_segments.messages IS
    'The messages, each by its time and id in 24 bytes.';

CREATE TABLE agentchat.blueprint_search_grams (
    segment_id uuid NOT NULL,
    bucket integer NOT NULL,
    grams bytea NOT NULL,
    CONSTRAINT search_grams_pkey PRIMARY KEY (segment_id, bucket),
    CONSTRAINT search_grams_segment_id_search_segments_id_fk FOREIGN KEY (segment_id)
        REFERENCES agentchat.blueprint_search_segments (id) ON DELETE CASCADE
);

COMMENT ON TABLE agentchat.blueprint_search_grams IS
    'What the messages of a segment contain: for each three letters, the messages that have them.';
COMMENT ON COLUMN agentchat.blueprint_search_grams.segment_id IS 'The segment.';
COMMENT ON COLUMN agentchat.blueprint_search_grams.bucket IS 'The number of the bucket of letters.';
COMMENT ON COLUMN agentchat.blueprint_search_grams.grams IS
    'The letters of the bucket, and the messages of each.';

-- Triggers on two of the nine tables, which exist only while the feature is on (feature_catalog() has their
-- names). Those of messages fire after agentchat_touch_conversations_*, in the order of their names: a
-- session then has the row of the conversation before it keeps others from moving it, as a session that moves
-- it does.
CREATE TRIGGER agentchat_update_search_on_insert AFTER INSERT ON agentchat.blueprint_messages
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION agentchat.index_new_messages();
CREATE TRIGGER agentchat_update_search_on_update AFTER UPDATE ON agentchat.blueprint_messages
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION agentchat.index_new_messages();
-- A conversation is touched with each message, but rarely gets another user.
CREATE TRIGGER agentchat_index_moved_conversation AFTER UPDATE ON agentchat.blueprint_conversations
    FOR EACH ROW WHEN (OLD.user_id IS DISTINCT FROM NEW.user_id)
    EXECUTE FUNCTION agentchat.index_moved_conversation();

-- Nobody but the owner reads these tables. The policies say so: Supabase's advisors miss them otherwise.
ALTER TABLE agentchat.blueprint_search_pending ENABLE ROW LEVEL SECURITY;
ALTER TABLE agentchat.blueprint_search_segments ENABLE ROW LEVEL SECURITY;
ALTER TABLE agentchat.blueprint_search_grams ENABLE ROW LEVEL SECURITY;
CREATE POLICY search_pending_select ON agentchat.blueprint_search_pending FOR SELECT USING (false);
CREATE POLICY search_segments_select ON agentchat.blueprint_search_segments FOR SELECT USING (false);
CREATE POLICY search_grams_select ON agentchat.blueprint_search_grams FOR SELECT USING (false);
