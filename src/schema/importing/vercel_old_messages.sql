-- Reads the table "Message" of the template's first generations. It has a row for each ModelMessage: the
-- user's, those of the assistant, and the results of tools. An answer is all rows of the assistant and of
-- tools up to the next row of another role.

-- vercel_tool_result() returns what a call gets from a part of type tool-result: its state, and its output or
-- error. Without a result, the call has no answer yet.
CREATE FUNCTION agentchat.vercel_tool_result(result jsonb) RETURNS jsonb
    LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT CASE
    WHEN result IS NULL THEN jsonb_build_object('state', 'input-available')
    WHEN is_error THEN jsonb_build_object('state', 'output-error', 'errorText', value #>> '{}')
    ELSE jsonb_build_object('state', 'output-available', 'output', value)
    END
FROM (
    -- AI SDK 5 wraps the output: {"type": "json", "value"}.
    SELECT CASE WHEN result ? 'result' THEN result -> 'result'
                WHEN is_wrapped THEN result -> 'output' -> 'value'
                ELSE coalesce(result -> 'output', result -> 'experimental_content', 'null') END AS value,
        result -> 'isError' = 'true' OR is_wrapped AND result -> 'output' ->> 'type' LIKE 'error-%'
            AS is_error
    FROM (SELECT coalesce(result -> 'output' ? 'value'
              AND jsonb_typeof(result -> 'output' -> 'type') = 'string', false)) w (is_wrapped)) v
$function$;

-- vercel_old_messages() returns the SQL that reads the table "Message", or NULL if the source does not have
-- it. The SQL has a row for each row of the table.
-- The first row of an answer has the parts of all its rows, and
-- the others have an outcome. message_id is the message that a row has become.
CREATE FUNCTION agentchat.vercel_old_messages(source_schema text, time_zone text) RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT format(
    $sql$
WITH source AS (
    SELECT s.id, s.chat_id, s.role, s.created_at, s.extra_columns, s.replaced,
        coalesce(s.role IN ('assistant', 'tool'), false) AS is_answer,
        CASE jsonb_typeof(s.content) WHEN 'array' THEN s.content
             WHEN 'null' THEN '[]' ELSE coalesce(jsonb_build_array(s.content), '[]') END AS content,
        v.id IS NOT NULL AS is_migrated
    FROM (%1$s) s LEFT JOIN (SELECT DISTINCT m.id FROM (%2$s) m) v ON v.id = s.id
), ordered AS MATERIALIZED (
    -- Of rows with the same time, questions come before answers, and calls before their results.
    SELECT s.*, row_number() OVER places AS n,
        count(*) FILTER (WHERE NOT s.is_answer) OVER (places ROWS UNBOUNDED PRECEDING) AS section
    FROM source s
    WINDOW places AS (PARTITION BY s.chat_id ORDER BY s.created_at,
        CASE WHEN s.role = 'system' THEN 1 WHEN NOT s.is_answer THEN 2
             WHEN s.role = 'tool' THEN 4 WHEN s.content @> '[{"type": "tool-call"}]' THEN 3 ELSE 5 END, s.id)
), answers AS (
    SELECT o.chat_id, o.section, bool_or(o.is_migrated) AS is_migrated,
        coalesce(min(o.n) FILTER (WHERE o.role = 'assistant' AND o.id IS NOT NULL),
                 min(o.n) FILTER (WHERE o.id IS NOT NULL)) AS first_n,
        (array_agg(o.id ORDER BY o.is_migrated DESC, o.role, o.n) FILTER (WHERE o.id IS NOT NULL))[1]
            AS message_id,
        jsonb_agg(o.id ORDER BY o.n) AS ids
    FROM ordered o
    WHERE o.is_answer
    GROUP BY o.chat_id, o.section
), elements AS MATERIALIZED (
    SELECT o.chat_id, o.section, o.is_answer, o.n, e.n AS part_n, e.part, e.part ->> 'type' AS type,
        CASE WHEN jsonb_typeof(e.part -> 'toolName') = 'string' THEN e.part ->> 'toolCallId' END AS call_id
    FROM ordered o CROSS JOIN LATERAL jsonb_array_elements(o.content) WITH ORDINALITY e (part, n)
), calls AS MATERIALIZED (
    -- Some providers use an id again, in other answers or even in the same.
    SELECT e.*, row_number() OVER (
        PARTITION BY e.chat_id, e.section, e.type, e.call_id ORDER BY e.n, e.part_n) AS occurrence
    FROM elements e
    WHERE e.type IN ('tool-call', 'tool-result') AND e.call_id IS NOT NULL
), answered AS (
    SELECT c.chat_id, c.n, c.part_n, r.n AS result_n, r.part_n AS result_part_n, r.part AS result
    FROM calls c JOIN calls r USING (chat_id, section, call_id, occurrence)
    WHERE c.type = 'tool-call' AND r.type = 'tool-result'
), open AS (
    SELECT c.*, row_number() OVER (PARTITION BY c.chat_id, c.type, c.call_id ORDER BY c.n, c.part_n)
        AS occurrence_in_chat
    FROM calls c
        LEFT JOIN answered a ON c.type = 'tool-call' AND a.chat_id = c.chat_id AND a.n = c.n
            AND a.part_n = c.part_n
        LEFT JOIN answered r ON c.type = 'tool-result' AND r.chat_id = c.chat_id AND r.result_n = c.n
            AND r.result_part_n = c.part_n
    WHERE a.n IS NULL AND r.n IS NULL
), results AS MATERIALIZED (
    SELECT a.* FROM answered a
    UNION ALL
    -- A result may also come in another answer than the call.
    SELECT c.chat_id, c.n, c.part_n, r.n, r.part_n, r.part
    FROM open c JOIN open r USING (chat_id, call_id, occurrence_in_chat)
    WHERE c.type = 'tool-call' AND r.type = 'tool-result'
), parts AS (
    SELECT e.chat_id, e.section, e.is_answer, e.n, e.part_n,
        CASE
            WHEN e.call_id IS NULL OR e.type NOT IN ('tool-call', 'tool-result') THEN e.part
            ELSE jsonb_build_object('toolCallId', e.call_id)
                || CASE e.type WHEN 'tool-call' THEN jsonb_build_object(
                        'type', 'tool-' || (e.part ->> 'toolName'),
                        'input', coalesce(e.part -> 'args', e.part -> 'input', 'null'))
                   ELSE jsonb_build_object('type', 'dynamic-tool', 'toolName', e.part -> 'toolName',
                        'input', NULL) END
                || agentchat.vercel_tool_result(CASE e.type WHEN 'tool-call' THEN r.result ELSE e.part END)
        END AS part
    FROM elements e
        LEFT JOIN results r ON r.chat_id = e.chat_id AND r.n = e.n AND r.part_n = e.part_n
        LEFT JOIN results t ON t.chat_id = e.chat_id AND t.result_n = e.n AND t.result_part_n = e.part_n
    WHERE t.n IS NULL
    UNION ALL
    SELECT o.chat_id, o.section, true, o.n, 0, '{"type": "step-start"}'
    FROM ordered o
    WHERE o.role = 'assistant' AND o.content <> '[]'
    UNION ALL
    SELECT o.chat_id, o.section, o.is_answer, o.n, 9223372036854775807, jsonb_build_object(
        'type', 'data-imported',
        'data', jsonb_build_object('source', 'vercel_chatbot', 'id', o.id, 'columns', o.extra_columns))
    FROM ordered o
    WHERE o.extra_columns IS NOT NULL
), joined AS (
    SELECT p.chat_id, p.section, p.is_answer, jsonb_agg(p.part ORDER BY p.n, p.part_n) AS parts
    FROM parts p
    GROUP BY p.chat_id, p.section, p.is_answer
), placed AS (
    SELECT o.*, a.message_id, a.first_n, a.is_migrated AS is_answer_migrated,
        j.parts || CASE WHEN jsonb_array_length(a.ids) > 1 THEN jsonb_build_array(jsonb_build_object(
            'type', 'data-imported', 'data', jsonb_build_object('source', 'vercel_chatbot', 'merged', a.ids)))
            ELSE '[]' END AS parts
    FROM ordered o
        LEFT JOIN answers a ON o.is_answer AND a.chat_id = o.chat_id AND a.section = o.section
        LEFT JOIN joined j ON j.chat_id = o.chat_id AND j.section = o.section AND j.is_answer = o.is_answer
            AND (NOT o.is_answer OR a.first_n = o.n)
)
SELECT 'Message' AS source, o.id, o.chat_id, CASE WHEN o.is_answer THEN 'assistant' ELSE o.role END AS role,
    p.content, p.parts, p.attachments, p.reasoning, o.created_at, o.replaced,
    p.notes || CASE WHEN p.parts @> '[{"type": "dynamic-tool"}]'
        THEN ARRAY['results without a call were kept'] END AS part_notes,
    CASE WHEN o.is_migrated OR o.is_answer_migrated THEN 'already in Message_v2'
         -- All results of a row may belong to calls in other answers.
         WHEN o.is_answer AND (o.n <> o.first_n OR o.role = 'tool' AND o.parts IS NULL)
             THEN 'part of an answer, merged' END AS old_outcome,
    CASE WHEN o.is_answer THEN o.message_id ELSE o.id END AS message_id
FROM placed o
    CROSS JOIN LATERAL agentchat.vercel_ui_parts(o.parts, '[]') p
    $sql$,
    agentchat.vercel_source(source_schema, 'Message', time_zone,
        ARRAY['id', 'chat_id', 'role', 'content', 'created_at', 'extra_columns']),
    coalesce(agentchat.vercel_source(source_schema, 'Message_v2', time_zone, ARRAY['id']),
             'SELECT NULL::uuid AS id'))
WHERE agentchat.vercel_source(source_schema, 'Message', time_zone, ARRAY['id']) IS NOT NULL
$function$;
