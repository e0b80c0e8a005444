-- The functions that write and read the chunks of a run.
CREATE FUNCTION @extschema@.append_chunks(run_id uuid, chunks jsonb, from_seq integer) RETURNS jsonb
    LANGUAGE c VOLATILE PARALLEL UNSAFE COST 1000
    AS 'MODULE_PATHNAME', 'agentchat_append_chunks';

GRANT EXECUTE ON FUNCTION @extschema@.append_chunks(uuid, jsonb, integer) TO PUBLIC;

COMMENT ON FUNCTION @extschema@.append_chunks(uuid, jsonb, integer) IS
'Writes the next chunks of a running run, all or none, and returns {"next_seq", "stop_requested"}.

chunks: an array of objects, such as UIMessageChunks of the AI SDK, or an object for one chunk. from_seq: '
'the number of the first; a run begins with 1. Chunks that are already stored may be sent again. next_seq: '
'the number of the next chunk of the run. Errors: 22023 chunks before from_seq are missing, from_seq is less '
'than 1, or a chunk is not an object, with the path; 22004 an argument is NULL; PT404 the caller cannot see '
'such a run; PT409 the run is over, or another chunk with that number is stored; 0A000 the feature runs is '
'off.';

CREATE FUNCTION @extschema@.read_chunks(
    uuid,
    run_id uuid DEFAULT NULL,
    after integer DEFAULT 0,
    max integer DEFAULT 1000
) RETURNS jsonb
    LANGUAGE c STABLE PARALLEL SAFE COST 1000
    AS 'MODULE_PATHNAME', 'agentchat_read_chunks';

GRANT EXECUTE ON FUNCTION @extschema@.read_chunks(uuid, uuid, integer, integer) TO PUBLIC;

CREATE FUNCTION @extschema@.read_chunks(
    conversation_id text,
    run_id uuid DEFAULT NULL,
    after integer DEFAULT 0,
    max integer DEFAULT 1000
) RETURNS jsonb
    LANGUAGE c STABLE PARALLEL SAFE COST 1000
    AS 'MODULE_PATHNAME', 'agentchat_read_chunks_by_name';

GRANT EXECUTE ON FUNCTION @extschema@.read_chunks(text, uuid, integer, integer) TO PUBLIC;

COMMENT ON FUNCTION @extschema@.read_chunks(uuid, uuid, integer, integer) IS
'As read_chunks(text), for a uuid in SQL, such as the column id of conversations. '
'PostgREST does not offer this function.';

COMMENT ON FUNCTION @extschema@.read_chunks(text, uuid, integer, integer) IS
'Returns the chunks of a run after a number, and the state of the run: {"run_id", "message_id", "status", '
'"stop_requested", "chunks", "next", "has_more", "idle_ms"}, or {"status": "none"} without such a run.

conversation_id: its UUID, or the id that the client chose, which names a conversation of the caller. '
'run_id: a run of that conversation; by default the running one. after: the number of the last chunk that '
'the reader has. max: the largest number of chunks; a call also ends after about 8 MB. next: the number of '
'the last chunk of the result, for the next call. idle_ms: milliseconds since the last sign of life of a '
'running run; null when it is over. Errors: 22023 after or max is negative, or conversation_id is empty, has '
'more than 255 characters, or is a client''s id without a caller; 22004 conversation_id is NULL; 0A000 the '
'feature runs is off.';
