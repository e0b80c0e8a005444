-- advance_workflow(), for the workers of a workflow.
CREATE FUNCTION @extschema@.advance_workflow(
    id uuid,
    status text DEFAULT NULL,
    step jsonb DEFAULT NULL,
    result jsonb DEFAULT NULL
) RETURNS jsonb
    LANGUAGE c COST 1000
    AS 'MODULE_PATHNAME', 'agentchat_advance_workflow';

GRANT EXECUTE ON FUNCTION @extschema@.advance_workflow(uuid, text, jsonb, jsonb) TO PUBLIC;

COMMENT ON FUNCTION @extschema@.advance_workflow(uuid, text, jsonb, jsonb) IS
'Moves a workflow to another status, appends a step to it and sets its result, in one go: {"id", '
'"workflow_id", "status", "step_count", "updated_at"}.

Many sessions can call it for one workflow. No step is lost, and the order of the steps is that of the '
'commits. status: from pending to running, from running to completed or failed, and from failed to running; '
'the status that the workflow already has changes nothing. step: a JSON object. result: any JSON value. An '
'argument that is NULL leaves its column as it is. Errors: 22004 id is NULL; 22023 an unknown status, a step '
'that is not an object, or steps that are too large together; PT404 the caller cannot change such a '
'workflow; PT409 the status cannot change this way; 40001 under REPEATABLE READ and SERIALIZABLE, the '
'workflow was changed since the transaction began.';
