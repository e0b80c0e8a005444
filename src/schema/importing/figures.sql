-- The figures by which conversations are compared with what they were imported from: the number of messages,
-- the times of the first and the last, and a checksum of the texts.

-- utc_text() returns a time as export_user() writes it: ISO 8601 with six digits and Z.
CREATE FUNCTION agentchat.utc_text(moment timestamp) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp SET datestyle = 'ISO'
    AS $function$
SELECT CASE WHEN isfinite(moment) AND moment >= '0001-01-01'
    THEN to_char(moment, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') ELSE moment::text END
$function$;

-- conversation_figures() returns the figures of stored conversations. The checksum is the SHA-256 of the
-- SHA-256 of each text in UTF-8, in the order of the messages.
CREATE FUNCTION agentchat.conversation_figures(ids uuid[])
    RETURNS TABLE (conversation_id uuid, messages bigint, first_message_at timestamp,
                   last_message_at timestamp, checksum text)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET row_security = off
    AS $function$
BEGIN
    RETURN QUERY EXECUTE format(
        'SELECT c.id, count(m.id), min(m.created_at), max(m.created_at), encode(sha256(coalesce(string_agg('
        'sha256(convert_to(m.content, ''UTF8'')), ''''::bytea ORDER BY m.created_at, m.id), '''')), ''hex'') '
        'FROM %1$sconversations c LEFT JOIN %1$smessages m ON m.conversation_id = c.id '
        'WHERE c.id = ANY ($1) GROUP BY c.id', agentchat.tables_prefix()) USING ids;
END
$function$;

-- imported_figures() returns the figures of an import. sources is an array of the figures of the source's
-- conversations: conversation_id, messages, first_message_at, last_message_at, checksum.
CREATE FUNCTION agentchat.imported_figures(sources jsonb, dry_run boolean) RETURNS jsonb
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
WITH compared AS (
    SELECT s.n, f.messages, s.document - 'conversation_id' IS NOT DISTINCT FROM t.document AS agrees,
        jsonb_build_object('conversation_id', s.document -> 'conversation_id',
                           'source', s.document - 'conversation_id')
        || CASE WHEN dry_run THEN '{}' ELSE jsonb_build_object('stored', t.document) END AS document
    FROM jsonb_array_elements(sources) WITH ORDINALITY s (document, n)
        CROSS JOIN LATERAL (SELECT (s.document ->> 'messages')::bigint) f (messages)
        LEFT JOIN (
            SELECT c.conversation_id, jsonb_build_object(
                'messages', c.messages, 'first_message_at', agentchat.utc_text(c.first_message_at),
                'last_message_at', agentchat.utc_text(c.last_message_at), 'checksum', c.checksum) AS document
            FROM agentchat.conversation_figures(CASE WHEN dry_run THEN '{}' ELSE ARRAY(
                SELECT (e.document ->> 'conversation_id')::uuid
                FROM jsonb_array_elements(sources) e (document)) END) c
        ) t ON t.conversation_id = (s.document ->> 'conversation_id')::uuid
)
SELECT jsonb_build_object('conversations', count(*), 'messages', coalesce(sum(c.messages), 0),
                          'each', coalesce(jsonb_agg(c.document ORDER BY c.n), '[]'))
    || CASE WHEN dry_run THEN '{}' ELSE jsonb_build_object(
        'agreeing', count(*) FILTER (WHERE c.agrees),
        'differing', coalesce(to_jsonb((
            array_agg(c.document ORDER BY c.n) FILTER (WHERE NOT c.agrees))[:10]), '[]')) END
FROM compared c
$function$;
