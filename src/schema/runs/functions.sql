-- The functions of the feature runs: an answer is written while readers read it, and outlives its server.
CREATE FUNCTION @extschema@.start_run(
    uuid,
    message_id text DEFAULT NULL,
    stale_after interval DEFAULT '30 seconds',
    metadata jsonb DEFAULT NULL
) RETURNS jsonb
    LANGUAGE c VOLATILE PARALLEL UNSAFE COST 1000
    AS 'MODULE_PATHNAME', 'agentchat_start_run';

GRANT EXECUTE ON FUNCTION @extschema@.start_run(uuid, text, interval, jsonb) TO PUBLIC;

CREATE FUNCTION @extschema@.start_run(
    conversation_id text,
    message_id text DEFAULT NULL,
    stale_after interval DEFAULT '30 seconds',
    metadata jsonb DEFAULT NULL
) RETURNS jsonb
    LANGUAGE c VOLATILE PARALLEL UNSAFE COST 1000
    AS 'MODULE_PATHNAME', 'agentchat_start_run_by_name';

GRANT EXECUTE ON FUNCTION @extschema@.start_run(text, text, interval, jsonb) TO PUBLIC;

COMMENT ON FUNCTION @extschema@.start_run(uuid, text, interval, jsonb) IS
'As start_run(text), for a uuid in SQL, such as the column id of conversations. '
'PostgREST does not offer this function.';

COMMENT ON FUNCTION @extschema@.start_run(text, text, interval, jsonb) IS
'Starts a run, the writing of an answer to a conversation: {"run_id", "conversation_id", "message_id", '
'"status": "running", "started_at", "next_seq": 1, "taken_over"}.

One run at a time can be running in a conversation. conversation_id: a UUID, or the id that the client '
'chose. message_id: the id of the answer; an id that is not a UUID stands for the UUIDv5 of conversation and '
'id; by default a new one. stale_after: a running run that has given no sign of life for so long is marked '
'as failed and taken over; taken_over is then its {"run_id", "message_id", "has_chunks"}, otherwise null. '
'metadata: an object. Errors: PT409 a run is in progress, or the message belongs to another conversation; '
'PT404 the caller cannot see such a conversation; 22004 conversation_id or stale_after is NULL; 22023 '
'stale_after is negative, metadata is not an object, or conversation_id is empty, has more than 255 '
'characters, or is a client''s id without a caller; 0A000 the feature is off.';

CREATE FUNCTION @extschema@.stop_run(uuid) RETURNS jsonb
    LANGUAGE c VOLATILE PARALLEL UNSAFE COST 1000
    AS 'MODULE_PATHNAME', 'agentchat_stop_run';

GRANT EXECUTE ON FUNCTION @extschema@.stop_run(uuid) TO PUBLIC;

CREATE FUNCTION @extschema@.stop_run(conversation_id text) RETURNS jsonb
    LANGUAGE c VOLATILE PARALLEL UNSAFE COST 1000
    AS 'MODULE_PATHNAME', 'agentchat_stop_run_by_name';

GRANT EXECUTE ON FUNCTION @extschema@.stop_run(text) TO PUBLIC;

COMMENT ON FUNCTION @extschema@.stop_run(uuid) IS
'As stop_run(text), for a uuid in SQL, such as the column id of conversations. '
'PostgREST does not offer this function.';

COMMENT ON FUNCTION @extschema@.stop_run(text) IS
'Asks the writer of the running run to stop: {"run_id", "status": "running", "stop_requested_at"}, or '
'{"status": "none"} if no run is running.

append_chunks() and heartbeat_run() tell the writer, which then calls finish_run(). A second call changes '
'nothing. conversation_id: a UUID, or the id that the client chose. Errors: PT404 the caller cannot see such '
'a conversation; 22004 conversation_id is NULL; 22023 conversation_id is empty, has more than 255 '
'characters, or is a client''s id without a caller; 40001 under REPEATABLE READ and SERIALIZABLE, the run '
'changes at the same time; 0A000 the feature is off.';

CREATE FUNCTION @extschema@.heartbeat_run(run_id uuid) RETURNS jsonb
    LANGUAGE c VOLATILE PARALLEL UNSAFE COST 1000
    AS 'MODULE_PATHNAME', 'agentchat_heartbeat_run';

GRANT EXECUTE ON FUNCTION @extschema@.heartbeat_run(uuid) TO PUBLIC;

COMMENT ON FUNCTION @extschema@.heartbeat_run(uuid) IS
'Says that the writer of a run is alive: {"stop_requested"}.

Call it while no chunk comes, for example while a tool is running. stop_requested: whether stop_run() was '
'called. Errors: PT404 the caller cannot see such a run; PT409 the run is over; 22004 run_id is NULL; 40001 '
'under REPEATABLE READ and SERIALIZABLE, the run changes at the same time; 0A000 the feature is off.';

CREATE FUNCTION @extschema@.recover_run(
    uuid,
    stale_after interval DEFAULT '30 seconds'
) RETURNS jsonb
    LANGUAGE c VOLATILE PARALLEL UNSAFE COST 1000
    AS 'MODULE_PATHNAME', 'agentchat_recover_run';

GRANT EXECUTE ON FUNCTION @extschema@.recover_run(uuid, interval) TO PUBLIC;

CREATE FUNCTION @extschema@.recover_run(
    conversation_id text,
    stale_after interval DEFAULT '30 seconds'
) RETURNS jsonb
    LANGUAGE c VOLATILE PARALLEL UNSAFE COST 1000
    AS 'MODULE_PATHNAME', 'agentchat_recover_run_by_name';

GRANT EXECUTE ON FUNCTION @extschema@.recover_run(text, interval) TO PUBLIC;

COMMENT ON FUNCTION @extschema@.recover_run(uuid, interval) IS
'As recover_run(text), for a uuid in SQL, such as the column id of conversations. '
'PostgREST does not offer this function.';

COMMENT ON FUNCTION @extschema@.recover_run(text, interval) IS
'Finds the oldest failed run of a conversation whose chunks nobody has saved: {"run_id", "conversation_id", '
'"message_id", "status": "failed", "started_at", "finished_at"}, or {"status": "none"}.

It first marks a running run as failed that has given no sign of life for stale_after. Read the chunks with '
'read_chunks(), make a message of them, and save it with finish_run() and the status failed. '
'conversation_id: a UUID, or the id that the client chose. Errors: PT404 the caller cannot see such a '
'conversation; 22004 an argument is NULL; 22023 stale_after is negative, or conversation_id is empty, has '
'more than 255 characters, or is a client''s id without a caller; 40001 under REPEATABLE READ and '
'SERIALIZABLE, the run changes at the same time; 0A000 the feature is off.';
