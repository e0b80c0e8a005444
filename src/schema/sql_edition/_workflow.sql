-- Helpers of advance_workflow().

-- check_workflow_change() raises 22023 for an unknown status, or a step that is not an object.
CREATE FUNCTION agentchat.check_workflow_change(status text, step jsonb) RETURNS void
    LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $function$
BEGIN
    IF status NOT IN ('pending', 'running', 'completed', 'failed') THEN
        RAISE EXCEPTION 'unknown workflow status'
            USING ERRCODE = 'invalid_parameter_value',
                  DETAIL = format('The status is %s.', agentchat.quoted_excerpt(status)),
                  HINT = 'Use "pending", "running", "completed" or "failed".';
    ELSIF jsonb_typeof(step) <> 'object' THEN
        RAISE EXCEPTION 'step must be a JSON object'
            USING ERRCODE = 'invalid_parameter_value',
                  HINT = 'Put the value into an object, such as {"output": ...}.';
    END IF;
END
$function$;

-- with_step() returns the steps of a workflow with a new one, which may be NULL. It raises 22023 if they are
-- not an array, which only tables without the constraints of agentchat can hold, or if they are too large.
CREATE FUNCTION agentchat.with_step(workflow uuid, steps jsonb, step jsonb) RETURNS jsonb
    LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $function$
BEGIN
    IF jsonb_typeof(steps) <> 'array' THEN
        RAISE EXCEPTION 'workflows.steps must be a JSON array'
            USING ERRCODE = 'invalid_parameter_value',
                  DETAIL = format('The steps of workflow %s are not an array.', workflow),
                  HINT = 'Run agentchat.check() to find such rows, and correct them.';
    END IF;
    RETURN CASE WHEN step IS NULL THEN steps ELSE coalesce(steps, '[]') || jsonb_build_array(step) END;
EXCEPTION
    WHEN program_limit_exceeded THEN
        RAISE EXCEPTION 'the steps of a workflow are too large'
            USING ERRCODE = 'invalid_parameter_value',
                  DETAIL = format('Workflow %s has %s steps of %s bytes, and the new step has %s bytes. '
                                  'A jsonb value holds less than 256 MB.', workflow,
                                  jsonb_array_length(steps), pg_column_size(steps || '[]'),
                                  pg_column_size(step)),
                  HINT = 'Go on in another workflow. Keep large results elsewhere, such as in artifacts, and '
                         'name their ids in the steps.';
END
$function$;
