-- The function that ends a run.
CREATE FUNCTION @extschema@.finish_run(
    run_id uuid,
    status text,
    messages jsonb DEFAULT NULL,
    format text DEFAULT 'ai-sdk',
    error jsonb DEFAULT NULL,
    metadata jsonb DEFAULT NULL
) RETURNS jsonb
    LANGUAGE c VOLATILE PARALLEL UNSAFE COST 1000
    AS 'MODULE_PATHNAME', 'agentchat_finish_run';

GRANT EXECUTE ON FUNCTION @extschema@.finish_run(uuid, text, jsonb, text, jsonb, jsonb) TO PUBLIC;

COMMENT ON FUNCTION @extschema@.finish_run(uuid, text, jsonb, text, jsonb, jsonb) IS
'Ends a run in one transaction: writes the answer, marks the run and deletes its chunks. Returns {"run_id", '
'"message_id", "status", "finished_at", "messages"}; messages is what append_messages() returns.

status: finished, failed or stopped. messages, format: as in append_messages(); NULL for no messages. error: '
'what went wrong. metadata: an object, whose keys replace those that start_run() was given. A repeat with '
'the same status is no error and writes nothing. A run that was marked as failed because it was silent can '
'be ended once more, with the status failed, while it has chunks: this saves what its writer left. Errors: '
'22023 unknown status or format, metadata that is not an object, or a message that does not match its '
'format, with the path; 22004 an argument is NULL; PT404 the caller cannot see such a run; PT409 the run is '
'over with another status, or a message belongs to another conversation; 0A000 the feature runs is off.';
