-- The functions that the triggers and policies of the feature runs call.
CREATE FUNCTION agentchat.owns_run(run_id uuid) RETURNS boolean
    LANGUAGE c STABLE STRICT PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'agentchat_owns_run';

GRANT EXECUTE ON FUNCTION agentchat.owns_run(uuid) TO PUBLIC;

COMMENT ON FUNCTION agentchat.owns_run(uuid) IS
'Returns whether the conversation of the run belongs to the caller. Policies call it; it looks a run up once '
'for all its chunks. Errors: 22023 the claims do not name a user; 42P01 the table runs is missing.';

CREATE FUNCTION agentchat.protect_run() RETURNS trigger
    LANGUAGE c
    AS 'MODULE_PATHNAME', 'agentchat_protect_run';

GRANT EXECUTE ON FUNCTION agentchat.protect_run() TO PUBLIC;

COMMENT ON FUNCTION agentchat.protect_run() IS
'Trigger function of runs, AFTER UPDATE FOR EACH ROW: a run keeps its id, its conversation and its '
'message_id, and a run that is over keeps its status. Errors: PT409 the status would change; 22023 another '
'of these columns would change; 39P01 called by another kind of trigger, or for another table.';

CREATE FUNCTION agentchat.protect_chunks() RETURNS trigger
    LANGUAGE c
    AS 'MODULE_PATHNAME', 'agentchat_protect_chunks';

GRANT EXECUTE ON FUNCTION agentchat.protect_chunks() TO PUBLIC;

COMMENT ON FUNCTION agentchat.protect_chunks() IS
'Trigger function of run_chunks, AFTER INSERT, UPDATE or DELETE FOR EACH STATEMENT with transition tables: '
'chunks come only while their run is running, never change, and are deleted only when the run is over or '
'is deleted itself. Errors: PT409 a statement that breaks this rule; 39P01 called by another kind of '
'trigger, or for another table.';
