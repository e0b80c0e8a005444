-- ui_parts() returns the parts of a message from elsewhere in the form of today's AI SDK. What the AI SDK
-- would refuse is kept in a part of type data-imported, under the name of the source.
CREATE FUNCTION agentchat.ui_parts(parts jsonb, source text) RETURNS jsonb
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'agentchat_ui_parts';

-- vercel_ui_parts() returns what messages stores of a message of Vercel's chatbot: the parts in the form of
-- today's AI SDK, the attachments that are not among them, the texts, and notes of what could not be taken as
-- it is. It has no search_path of its own, so that the planner inlines it.
CREATE FUNCTION agentchat.vercel_ui_parts(parts jsonb, attachments jsonb) RETURNS TABLE (
    parts jsonb, attachments jsonb, content text, reasoning text, notes text[]
)
    LANGUAGE sql STABLE ROWS 1
    AS $function$
SELECT p.parts,
    CASE WHEN p.attachments OPERATOR(pg_catalog.=) '[]' THEN '[]'::pg_catalog.jsonb ELSE (
        SELECT COALESCE(pg_catalog.jsonb_agg(e.attachment ORDER BY e.n), '[]')
        FROM pg_catalog.jsonb_array_elements(p.attachments) WITH ORDINALITY e (attachment, n)
        WHERE NOT EXISTS (
            SELECT FROM pg_catalog.jsonb_array_elements(p.parts) f (part)
            WHERE f.part OPERATOR(pg_catalog.->>) 'type' OPERATOR(pg_catalog.=) 'file'
              AND (f.part OPERATOR(pg_catalog.->) 'url')
                  OPERATOR(pg_catalog.=) (e.attachment OPERATOR(pg_catalog.->) 'url')
              -- The part says all that the attachment says.
              AND CASE pg_catalog.jsonb_typeof(e.attachment) WHEN 'object' THEN
                  e.attachment OPERATOR(pg_catalog.-) '{url,name,contentType}'::pg_catalog.text[] END
                  OPERATOR(pg_catalog.=) '{}'
              AND COALESCE((e.attachment OPERATOR(pg_catalog.->>) 'name') OPERATOR(pg_catalog.=) ANY (ARRAY[
                      f.part OPERATOR(pg_catalog.->>) 'filename', f.part OPERATOR(pg_catalog.->>) 'name']),
                      NOT e.attachment OPERATOR(pg_catalog.?) 'name')
              AND COALESCE((e.attachment OPERATOR(pg_catalog.->>) 'contentType') OPERATOR(pg_catalog.=)
                      (f.part OPERATOR(pg_catalog.->>) 'mediaType'), true))) END,
    COALESCE((
        SELECT pg_catalog.string_agg(e.part OPERATOR(pg_catalog.->>) 'text', '')
        FROM pg_catalog.jsonb_array_elements(p.parts) e (part)
        WHERE e.part OPERATOR(pg_catalog.->>) 'type' OPERATOR(pg_catalog.=) 'text'), ''),
    CASE WHEN p.parts OPERATOR(pg_catalog.@>) '[{"type": "reasoning"}]' THEN (
        SELECT pg_catalog.string_agg(e.part OPERATOR(pg_catalog.->>) 'text', '')
        FROM pg_catalog.jsonb_array_elements(p.parts) e (part)
        WHERE e.part OPERATOR(pg_catalog.->>) 'type' OPERATOR(pg_catalog.=) 'reasoning') END,
    CASE WHEN p.parts OPERATOR(pg_catalog.=) $1 THEN NULL ELSE pg_catalog.array_remove(ARRAY[
        CASE WHEN p.parts OPERATOR(pg_catalog.@?)
                  '$[*] ? (@.type == "data-imported" && exists (@.data.part))'
             THEN 'parts that the AI SDK does not accept were kept as data' END,
        CASE WHEN COALESCE($1, '[]') OPERATOR(pg_catalog.=) '[]'
             THEN 'no parts, an empty text was written' END], NULL) END
-- Without OFFSET, the planner would call ui_parts() several times. The texts come in the order of the parts,
-- and to sort them would take a third of the time.
FROM (SELECT agentchat.ui_parts(COALESCE($1, '[]'), 'vercel_chatbot') AS parts,
             CASE WHEN pg_catalog.jsonb_typeof($2) OPERATOR(pg_catalog.=) 'array' THEN $2
             ELSE '[]' END AS attachments
      OFFSET 0) p
$function$;
